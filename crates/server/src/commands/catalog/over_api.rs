//! The catalogue of a running server, by its own API.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use wirepost_control::catalogue::{Catalogue, ImportMode};
use wirepost_egress::{Client, ClientSettings};

use super::told::Told;
use crate::commands::Sentence;

/// Most time for one request.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Most bytes of a catalogue.
const BODY_BYTES_MOST: usize = 64 << 20;

/// A running server, and the right to ask it.
pub(super) struct OverApi {
    client: Client,
    url: String,
    headers: HeaderMap,
}

impl OverApi {
    pub(super) fn new(url: &str, token: &str) -> Result<Self, Sentence> {
        // Whoever types this address may ask any server.
        let everywhere = ["0.0.0.0/0", "::/0"].map(|network| network.parse().expect("a network"));
        let settings = ClientSettings {
            allow_http: true,
            allowed_subnets: everywhere.to_vec(),
            response_body_limit: BODY_BYTES_MOST,
            ..ClientSettings::default()
        };
        let mut headers = HeaderMap::new();
        let bearer = HeaderValue::try_from(format!("Bearer {token}"));
        let bearer = bearer.map_err(|_| "the token has characters that no header can carry".to_owned())?;
        headers.insert(header::AUTHORIZATION, bearer);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let client = Client::new(settings).map_err(|error| error.to_string())?;
        Ok(Self { client, url: format!("{}/api/v1/event-type", url.trim_end_matches('/')), headers })
    }

    pub(super) async fn import(self, catalogue: &Catalogue, mode: ImportMode) -> Result<Told, Sentence> {
        let body = json!({
            "spec": catalogue.to_openapi(),
            "dryRun": mode.dry_run,
            "replaceAll": mode.replace_all,
        });
        let answer = self.ask(Method::POST, "/import/openapi", body.to_string()).await?;
        let names = |what: &str| {
            let names = answer["data"][what].as_array().into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        Ok(Told {
            added: names("added"),
            changed: names("changed"),
            archived: names("archived"),
            unchanged: names("unchanged").len(),
        })
    }

    pub(super) async fn export(self) -> Result<Value, Sentence> {
        self.ask(Method::GET, "/export/openapi", String::new()).await
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> Result<Value, Sentence> {
        let target = self.client.target(&format!("{}{path}", self.url)).map_err(|error| error.to_string())?;
        let sent = self.client.send(&target, method, self.headers.clone(), Bytes::from(body), TIMEOUT);
        let answer = sent.await.result.map_err(|failure| format!("no answer from the server: {failure}"))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match answer.status {
            200..300 if !answer.truncated && body.is_object() => Ok(body),
            200..300 => Err("the server's answer is not a whole catalogue".to_owned()),
            status => {
                let detail =
                    body["detail"].as_str().map_or_else(|| body["detail"].to_string(), str::to_owned);
                Err(format!("the server answered {status}: {detail}"))
            }
        }
    }
}
