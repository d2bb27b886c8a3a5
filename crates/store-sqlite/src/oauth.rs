//! OAuth configurations of endpoints: found for one endpoint, or for all of an app at once.

use std::collections::HashMap;

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use wirepost_model::endpoint::CustomHeaders;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::oauth::{ClientSecret, OauthAuthMethod, OauthConfig};
use wirepost_store::StoreResult;
use wirepost_store::oauth::EndpointOauth;

use crate::columns::{Columns, to_json};
use crate::failure::Outcome;
use crate::statement::compile;
use crate::{SqliteStore, endpoints};

const COLUMNS: &str = "endpoint_key, token_url, client_id, client_secret, auth_method, scopes, extra_params, \
     extra_headers, updated_at";
/// The same, as they are read.
const OPENED: &str = "endpoint_key, unseal(token_url, 'endpoint_oauth.token_url', endpoint_key), client_id, \
     unseal(client_secret, 'endpoint_oauth.client_secret', endpoint_key), auth_method, scopes, \
     unseal(extra_params, 'endpoint_oauth.extra_params', endpoint_key), \
     unseal(extra_headers, 'endpoint_oauth.extra_headers', endpoint_key), updated_at";

#[async_trait]
impl EndpointOauth for SqliteStore {
    async fn put_oauth(&self, app: AppId, endpoint: EndpointId, config: OauthConfig) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                endpoints::by_id(writing.connection, app, endpoint)?;
                replace(writing.connection, app, endpoint, &config)?;
                Ok(raise_revision(writing.connection, endpoint)?)
            })
            .await
    }

    async fn delete_oauth(&self, app: AppId, endpoint: EndpointId) -> StoreResult<()> {
        self.writer
            .write(move |writing| {
                endpoints::by_id(writing.connection, app, endpoint)?;
                if remove(writing.connection, app, endpoint)? {
                    raise_revision(writing.connection, endpoint)?;
                }
                Ok(())
            })
            .await
    }

    async fn find_oauth(&self, app: AppId, endpoint: EndpointId) -> StoreResult<Option<OauthConfig>> {
        self.readers
            .read(move |connection| {
                endpoints::by_id(connection, app, endpoint)?;
                let sql =
                    format!("SELECT {OPENED} FROM endpoint_oauth WHERE app_key = ? AND endpoint_key = ?");
                let mut statement = compile(connection, &sql)?;
                let mut rows = statement.query((app.key(), endpoint.key()))?;
                rows.next()?.map(read).transpose()
            })
            .await
    }
}

/// The configurations of an app's endpoints, by the endpoint's key.
pub(crate) fn of_app(connection: &Connection, app: AppId) -> Outcome<HashMap<i64, OauthConfig>> {
    let sql = format!("SELECT {OPENED} FROM endpoint_oauth WHERE app_key = ?");
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query([app.key()])?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        found.insert(row.get(0)?, read(row)?);
    }
    Ok(found)
}

/// Removes the configuration of an endpoint; answers whether it had one.
pub(crate) fn remove(connection: &Connection, app: AppId, endpoint: EndpointId) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM endpoint_oauth WHERE app_key = ? AND endpoint_key = ?";
    Ok(compile(connection, sql)?.execute((app.key(), endpoint.key()))? > 0)
}

/// Removes the configurations of all endpoints of an app.
pub(crate) fn remove_of_app(connection: &Connection, app: AppId) -> rusqlite::Result<()> {
    compile(connection, "DELETE FROM endpoint_oauth WHERE app_key = ?")?.execute([app.key()])?;
    Ok(())
}

fn replace(
    connection: &Connection,
    app: AppId,
    endpoint: EndpointId,
    config: &OauthConfig,
) -> rusqlite::Result<()> {
    let sql = format!(
        "INSERT OR REPLACE INTO endpoint_oauth (app_key, {COLUMNS})
         VALUES (?1, ?2, seal(?3, 'endpoint_oauth.token_url', ?2), ?4,
                 seal(?5, 'endpoint_oauth.client_secret', ?2), ?6, ?7,
                 seal(?8, 'endpoint_oauth.extra_params', ?2),
                 seal(?9, 'endpoint_oauth.extra_headers', ?2), ?10)"
    );
    compile(connection, &sql)?.execute((
        app.key(),
        endpoint.key(),
        &config.token_url,
        &config.client_id,
        config.client_secret.expose(),
        config.auth_method.as_str(),
        to_json(&config.scopes),
        to_json(&config.extra_params),
        to_json(&config.extra_headers.0),
        config.updated_at.as_millis(),
    ))?;
    Ok(())
}

fn raise_revision(connection: &Connection, endpoint: EndpointId) -> rusqlite::Result<()> {
    let sql = "UPDATE endpoint SET revision = revision + 1 WHERE key = ?";
    compile(connection, sql)?.execute([endpoint.key()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Outcome<OauthConfig> {
    let columns = Columns::new(row, "endpoint_oauth", row.get(0)?);
    let method: String = columns.get(4)?;
    let auth_method =
        OauthAuthMethod::parse(&method).ok_or_else(|| columns.damage("its method is unknown"))?;
    Ok(OauthConfig {
        token_url: columns.get(1)?,
        client_id: columns.get(2)?,
        client_secret: ClientSecret::new(columns.get::<String>(3)?),
        auth_method,
        scopes: columns.json(5)?,
        extra_params: columns.json(6)?,
        extra_headers: CustomHeaders(columns.json(7)?),
        updated_at: columns.instant(8)?,
    })
}
