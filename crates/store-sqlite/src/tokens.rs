//! Access tokens: hashes only, found by hash.

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::ids::{AppId, TokenId};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::{Scope, Token};
use wirepost_store::page::{Page, PageQuery};
use wirepost_store::tokens::Tokens;
use wirepost_store::{StoreError, StoreResult};

use crate::SqliteStore;
use crate::columns::{Columns, to_json};
use crate::failure::Outcome;
use crate::listing::Listing;
use crate::statement::compile;

const COLUMNS: &str = "hash, key, tail, name, app_key, app_tail, capabilities, created_at, expires_at, \
                       last_used_at, revoked_at, feature_flags";
const GOOD: &str = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";

#[async_trait]
impl Tokens for SqliteStore {
    async fn put_token(&self, token: Token) -> StoreResult<()> {
        self.writer.write(move |writing| insert(writing.connection, &token)).await
    }

    async fn find_token(&self, hash: [u8; 32]) -> StoreResult<Token> {
        self.readers
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM token WHERE hash = ?");
                let mut statement = compile(connection, &sql)?;
                let mut rows = statement.query([hash])?;
                rows.next()?.map_or(Err(StoreError::NotFound.into()), read)
            })
            .await
    }

    async fn list_tokens(
        &self,
        good_at: Option<Timestamp>,
        page: PageQuery<i64>,
    ) -> StoreResult<Page<Token>> {
        self.readers
            .read(move |connection| {
                let mut list = Listing::new(format!("SELECT {COLUMNS} FROM token WHERE key > 0"), []);
                if let Some(instant) = good_at {
                    list.and(GOOD, instant.as_millis());
                }
                list.page(connection, "key", &page, read)
            })
            .await
    }

    async fn revoke_token(&self, token: TokenId, at: Timestamp) -> StoreResult<Token> {
        self.writer.write(move |writing| revoke(writing.connection, token, at)).await
    }

    async fn note_token_use(&self, token: TokenId, at: Timestamp) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                let sql = "UPDATE token SET last_used_at = ? WHERE key = ? AND tail = ?";
                compile(writing.connection, sql)?.execute((at.as_millis(), token.key(), token.tail()))?;
                Ok(())
            })
            .await
    }

    async fn has_admin_token(&self, now: Timestamp) -> StoreResult<bool> {
        self.readers
            .read(move |connection| {
                let sql = format!(
                    "SELECT 1 FROM token WHERE app_key IS NULL AND capabilities & ? AND {GOOD} LIMIT 1"
                );
                Ok(compile(connection, &sql)?.exists((Capability::Admin as u8, now.as_millis()))?)
            })
            .await
    }
}

fn insert(connection: &Connection, token: &Token) -> Outcome<()> {
    let app = match token.scope {
        Scope::Organisation => None,
        Scope::App(app) => Some(app),
    };
    let sql = format!(
        "INSERT INTO token ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING"
    );
    compile(connection, &sql)?.execute((
        token.hash,
        token.id.key(),
        token.id.tail(),
        &token.name,
        app.map(|app| app.key()),
        app.map(|app| app.tail()),
        token.capabilities.bits(),
        token.created_at.as_millis(),
        token.expires_at.map(Timestamp::as_millis),
        token.last_used_at.map(Timestamp::as_millis),
        token.revoked_at.map(Timestamp::as_millis),
        token.feature_flags.names().map(|names| to_json(&names)),
    ))?;
    Ok(())
}

fn revoke(connection: &Connection, token: TokenId, at: Timestamp) -> Outcome<Token> {
    let sql = "UPDATE token SET revoked_at = ? WHERE key = ? AND tail = ? AND revoked_at IS NULL";
    compile(connection, sql)?.execute((at.as_millis(), token.key(), token.tail()))?;
    let sql = format!("SELECT {COLUMNS} FROM token WHERE key = ? AND tail = ?");
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((token.key(), token.tail()))?;
    rows.next()?.map_or(Err(StoreError::NotFound.into()), read)
}

fn read(row: &Row<'_>) -> Outcome<Token> {
    let columns = Columns::new(row, "token", row.get(1)?);
    let scope = match columns.get::<Option<i64>>(4)? {
        None => Scope::Organisation,
        Some(key) => Scope::App(AppId::from_parts(key, columns.get(5)?)),
    };
    Ok(Token {
        id: columns.id(1, 2)?,
        hash: columns.get(0)?,
        name: columns.get(3)?,
        scope,
        capabilities: Capabilities::from_bits(columns.get(6)?),
        created_at: columns.instant(7)?,
        expires_at: columns.optional_instant(8)?,
        last_used_at: columns.optional_instant(9)?,
        revoked_at: columns.optional_instant(10)?,
        feature_flags: read_flags(&columns, 11)?,
    })
}

fn read_flags(columns: &Columns<'_>, at: usize) -> Outcome<FeatureFlags> {
    match columns.optional_json(at)? {
        None => Ok(FeatureFlags::default()),
        Some(names) => FeatureFlags::only(names).map_err(|error| columns.damage(error)),
    }
}
