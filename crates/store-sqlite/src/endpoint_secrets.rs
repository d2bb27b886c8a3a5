//! Signing secrets of endpoints: one current, older ones until they expire.

use rusqlite::Connection;
use wirepost_model::endpoint::EndpointSecret;
use wirepost_model::ids::EndpointId;
use wirepost_model::signing_secret::SigningSecret;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreError;
use wirepost_store::error::Conflict;

use crate::columns::Columns;
use crate::failure::Outcome;
use crate::statement::compile;

/// Makes `secret` the current one of an endpoint that has none.
pub(crate) fn insert(
    connection: &Connection,
    endpoint: EndpointId,
    secret: &EndpointSecret,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO endpoint_secret (endpoint_key, secret, created_at, expires_at)
               VALUES (?1, seal(?2, 'endpoint_secret.secret', ?1), ?3, ?4)";
    compile(connection, sql)?.execute((
        endpoint.key(),
        secret.secret.expose(),
        secret.created_at.as_millis(),
        secret.expires_at.map(Timestamp::as_millis),
    ))?;
    Ok(())
}

/// All secrets of an endpoint, the current one first, then the newest.
pub(crate) fn of_endpoint(connection: &Connection, endpoint_key: i64) -> Outcome<Vec<EndpointSecret>> {
    let sql = "SELECT number, unseal(secret, 'endpoint_secret.secret', endpoint_key), created_at, expires_at
               FROM endpoint_secret WHERE endpoint_key = ?
               ORDER BY expires_at IS NOT NULL, number DESC";
    let mut statement = compile(connection, sql)?;
    let mut rows = statement.query([endpoint_key])?;
    let mut secrets = Vec::new();
    while let Some(row) = rows.next()? {
        let columns = Columns::new(row, "endpoint_secret", row.get(0)?);
        secrets.push(EndpointSecret {
            secret: columns.parsed(1, SigningSecret::parse)?,
            created_at: columns.instant(2)?,
            expires_at: columns.optional_instant(3)?,
        });
    }
    Ok(secrets)
}

/// Puts `secret` in the place of the current one, which signs on until `old_expires_at`.
pub(crate) fn rotate(
    connection: &Connection,
    endpoint: EndpointId,
    secret: &EndpointSecret,
    old_expires_at: Timestamp,
    old_most: usize,
) -> Outcome<()> {
    let now = secret.created_at.as_millis();
    let sql = "SELECT count(*) FROM endpoint_secret WHERE endpoint_key = ? AND expires_at > ?";
    let valid: usize = compile(connection, sql)?.query_row((endpoint.key(), now), |row| row.get(0))?;
    if valid >= old_most {
        return Err(StoreError::Conflict(Conflict::Secrets).into());
    }
    compile(connection, "DELETE FROM endpoint_secret WHERE endpoint_key = ? AND expires_at <= ?")?
        .execute((endpoint.key(), now))?;
    compile(
        connection,
        "UPDATE endpoint_secret SET expires_at = ? WHERE endpoint_key = ? AND expires_at IS NULL",
    )?
    .execute((old_expires_at.as_millis(), endpoint.key()))?;
    insert(connection, endpoint, secret)?;
    Ok(())
}
