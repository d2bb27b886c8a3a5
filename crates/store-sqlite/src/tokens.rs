//! Access tokens: hashes only, found by hash.

use async_trait::async_trait;
use rusqlite::Row;
use wirepost_model::ids::AppId;
use wirepost_model::token::{Scope, Token};
use wirepost_store::tokens::Tokens;
use wirepost_store::{StoreError, StoreResult};

use crate::SqliteStore;
use crate::columns::Columns;
use crate::failure::Outcome;
use crate::statement::compile;

const COLUMNS: &str = "hash, key, tail, name, app_key, app_tail, created_at";

#[async_trait]
impl Tokens for SqliteStore {
    async fn put_token(&self, token: Token) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                let app = match token.scope {
                    Scope::Organisation => None,
                    Scope::App(app) => Some(app),
                };
                let sql = format!(
                    "INSERT INTO token ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING"
                );
                compile(writing.connection, &sql)?.execute((
                    token.hash,
                    token.id.key(),
                    token.id.tail(),
                    &token.name,
                    app.map(|app| app.key()),
                    app.map(|app| app.tail()),
                    token.created_at.as_millis(),
                ))?;
                Ok(())
            })
            .await
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

    async fn has_organisation_token(&self) -> StoreResult<bool> {
        self.readers
            .read(|connection| {
                let sql = "SELECT 1 FROM token WHERE app_key IS NULL LIMIT 1";
                Ok(compile(connection, sql)?.exists([])?)
            })
            .await
    }
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
        created_at: columns.instant(6)?,
    })
}
