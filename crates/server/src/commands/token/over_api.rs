//! Tokens of a running server, by its own API.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use wirepost_egress::{Client, ClientSettings};
use wirepost_model::capability::Capability;
use wirepost_model::clock::Clock;

use super::{Line, Wanted};
use crate::commands::Sentence;
use crate::system::SystemClock;

/// Most time for one request.
const TIMEOUT: Duration = Duration::from_secs(30);
/// A page of tokens is at most this large.
const BODY_BYTES_MOST: usize = 1 << 20;

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
        Ok(Self { client, url: format!("{}/api/v1/admin/token", url.trim_end_matches('/')), headers })
    }

    pub(super) async fn create(self, wanted: Wanted) -> Result<String, Sentence> {
        let names = |set: wirepost_model::capability::Capabilities| {
            set.iter().map(Capability::as_str).collect::<Vec<_>>()
        };
        let body = json!({
            "name": wanted.name,
            "app": wanted.app,
            "capabilities": wanted.capabilities.map(names),
            "expiresAt": wanted.expires_in.map(|time| SystemClock.now().plus(time).to_string()),
        });
        let answer = self.ask(Method::POST, "", body.to_string()).await?;
        let token = answer["token"].as_str().ok_or("the server answered without a token")?;
        Ok(token.to_owned())
    }

    pub(super) async fn list(self) -> Result<Vec<Line>, Sentence> {
        let mut lines = Vec::new();
        let mut query = "?limit=250".to_owned();
        loop {
            let page = self.ask(Method::GET, &query, String::new()).await?;
            lines.extend(page["data"].as_array().into_iter().flatten().map(line));
            match (page["done"].as_bool(), page["iterator"].as_str()) {
                (Some(false), Some(iterator)) => query = format!("?limit=250&iterator={iterator}"),
                _ => return Ok(lines),
            }
        }
    }

    pub(super) async fn revoke(self, id: &str) -> Result<(), Sentence> {
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !plain || id.is_empty() {
            return Err(format!("`{id}` is not the id of a token"));
        }
        self.ask(Method::DELETE, &format!("/{id}"), String::new()).await.map(drop)
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> Result<Value, Sentence> {
        let target = self.client.target(&format!("{}{path}", self.url)).map_err(|error| error.to_string())?;
        let sent = self.client.send(&target, method, self.headers.clone(), Bytes::from(body), TIMEOUT);
        let answer = sent.await.result.map_err(|failure| format!("no answer from the server: {failure}"))?;
        let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if (200..300).contains(&answer.status) {
            return Ok(body);
        }
        let detail = body["detail"].as_str().map_or_else(|| body["detail"].to_string(), str::to_owned);
        Err(format!("the server answered {}: {detail}", answer.status))
    }
}

fn line(token: &Value) -> Line {
    let text = |name: &str| token[name].as_str().map(str::to_owned);
    let capabilities = token["capabilities"].as_array().into_iter().flatten();
    Line {
        id: text("id").unwrap_or_default(),
        name: text("name").unwrap_or_default(),
        app: text("app"),
        capabilities: capabilities.filter_map(Value::as_str).map(str::to_owned).collect(),
        expires_at: text("expiresAt"),
        last_used_at: text("lastUsedAt"),
    }
}
