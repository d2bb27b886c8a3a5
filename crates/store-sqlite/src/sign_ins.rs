//! Sessions and sign-in links: found by hash.

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use wirepost_model::capability::Capabilities;
use wirepost_model::ids::AppId;
use wirepost_model::session::{Session, SignInLink};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Scope;
use wirepost_store::sign_ins::SignIns;
use wirepost_store::{StoreError, StoreResult};

use crate::SqliteStore;
use crate::columns::Columns;
use crate::failure::Outcome;
use crate::statement::compile;

const COLUMNS: &str = "hash, opened_by, person, app_key, app_tail, capabilities, created_at, expires_at";

#[async_trait]
impl SignIns for SqliteStore {
    async fn put_link(&self, link: SignInLink) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                let sql = "INSERT INTO sign_in_link (hash, token, expires_at) VALUES (?, ?, ?)";
                let values = (link.hash, link.token, link.expires_at.as_millis());
                compile(writing.connection, sql)?.execute(values)?;
                Ok(())
            })
            .await
    }

    async fn take_link(&self, hash: [u8; 32], now: Timestamp) -> StoreResult<SignInLink> {
        self.writer
            .write(move |writing| {
                let sql =
                    "DELETE FROM sign_in_link WHERE hash = ? AND expires_at > ? RETURNING token, expires_at";
                let mut statement = compile(writing.connection, sql)?;
                let mut rows = statement.query((hash, now.as_millis()))?;
                let row = rows.next()?.ok_or(StoreError::NotFound)?;
                let columns = Columns::new(row, "sign_in_link", 0);
                Ok(SignInLink { hash, token: columns.get(0)?, expires_at: columns.instant(1)? })
            })
            .await
    }

    async fn put_session(&self, session: Session) -> StoreResult<()> {
        self.writer.write(move |writing| insert(writing.connection, &session)).await
    }

    async fn find_session(&self, hash: [u8; 32]) -> StoreResult<Session> {
        self.readers
            .read(move |connection| {
                let sql = format!("SELECT {COLUMNS} FROM session WHERE hash = ?");
                let mut statement = compile(connection, &sql)?;
                let mut rows = statement.query([hash])?;
                rows.next()?.map_or(Err(StoreError::NotFound.into()), read)
            })
            .await
    }

    async fn end_session(&self, hash: [u8; 32]) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                compile(writing.connection, "DELETE FROM session WHERE hash = ?")?.execute([hash])?;
                Ok(())
            })
            .await
    }

    async fn prune_sign_ins(&self, now: Timestamp, most: usize) -> StoreResult<usize> {
        self.writer.write(move |writing| prune(writing.connection, now, most)).await
    }
}

fn insert(connection: &Connection, session: &Session) -> Outcome<()> {
    let app = match session.scope {
        Scope::Organisation => None,
        Scope::App(app) => Some(app),
    };
    let sql = format!("INSERT INTO session ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    compile(connection, &sql)?.execute((
        session.hash,
        session.opened_by,
        &session.person,
        app.map(|app| app.key()),
        app.map(|app| app.tail()),
        session.capabilities.bits(),
        session.created_at.as_millis(),
        session.expires_at.as_millis(),
    ))?;
    Ok(())
}

fn read(row: &Row<'_>) -> Outcome<Session> {
    let columns = Columns::new(row, "session", 0);
    let scope = match columns.get::<Option<i64>>(3)? {
        None => Scope::Organisation,
        Some(key) => Scope::App(AppId::from_parts(key, columns.get(4)?)),
    };
    Ok(Session {
        hash: columns.get(0)?,
        opened_by: columns.get(1)?,
        person: columns.get(2)?,
        scope,
        capabilities: Capabilities::from_bits(columns.get(5)?),
        created_at: columns.instant(6)?,
        expires_at: columns.instant(7)?,
    })
}

fn prune(connection: &Connection, now: Timestamp, most: usize) -> Outcome<usize> {
    let mut gone = 0;
    for table in ["session", "sign_in_link"] {
        let sql = format!(
            "DELETE FROM {table} WHERE hash IN (SELECT hash FROM {table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"
        );
        gone += compile(connection, &sql)?.execute((now.as_millis(), most))?;
    }
    Ok(gone)
}
