//! An app with its endpoints and messages, in the words of the tests. It asks through the API and nothing else.

use serde_json::{Value, json};

use crate::api::Api;
use crate::server::Server;
use crate::waiting::eventually;

/// The event type of every message that is not told otherwise.
pub const EVENT_TYPE: &str = "asset.created";

/// An app.
pub struct Customer {
    api: Api,
    id: String,
}

/// An endpoint as it was made.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// What its messages are verified with.
    pub key: String,
}

impl Customer {
    /// A fresh app on this server.
    pub async fn create(server: &Server) -> Self {
        Self::create_with(server, &json!({"name": "A customer"})).await
    }

    /// A fresh app as described.
    pub async fn create_with(server: &Server, app: &Value) -> Self {
        let api = server.api();
        let app = api.post("/app", app).await.expect(201);
        Self { api, id: text(&app["id"]) }
    }

    /// The same app on a server that was started again.
    #[must_use]
    pub fn on(&self, server: &Server) -> Self {
        Self { api: server.api(), id: self.id.clone() }
    }

    /// The client behind it.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The app's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A path inside the app, below `/api/v1`.
    pub fn path(&self, rest: &str) -> String {
        format!("/app/{}{rest}", self.id)
    }

    /// A fresh endpoint.
    pub async fn endpoint(&self, url: &str) -> Endpoint {
        self.endpoint_with(json!({ "url": url })).await
    }

    /// A fresh endpoint as described.
    pub async fn endpoint_with(&self, endpoint: Value) -> Endpoint {
        let made = self.api.post(&self.path("/endpoint"), &endpoint).await.expect(201);
        let id = text(&made["id"]);
        let key = self.key(&id).await;
        Endpoint { id, key }
    }

    /// An endpoint as it stands now.
    pub async fn show_endpoint(&self, id: &str) -> Value {
        self.api.get(&self.path(&format!("/endpoint/{id}"))).await.expect(200)
    }

    /// What an endpoint's messages are verified with now.
    pub async fn key(&self, endpoint: &str) -> String {
        let secret = self.api.get(&self.path(&format!("/endpoint/{endpoint}/secret"))).await.expect(200);
        text(&secret["key"])
    }

    /// Posts a message whose payload are these bytes; its id.
    pub async fn send(&self, payload: &str) -> String {
        let body = format!(r#"{{"eventType":"{EVENT_TYPE}","payload":{payload}}}"#);
        let message = self.api.post_text(&self.path("/msg?with_content=false"), body).await.expect(202);
        text(&message["id"])
    }

    /// Posts one message a payload in one request; their ids.
    pub async fn send_batch(&self, payloads: impl Iterator<Item = String>) -> Vec<String> {
        let line = |payload| format!("{{\"eventType\":\"{EVENT_TYPE}\",\"payload\":{payload}}}\n");
        let lines: String = payloads.map(line).collect();
        let results = self.api.post_lines(&self.path("/msg/batch"), lines).await.expect(202);
        let results = results["data"].as_array().expect("a result a line");
        results.iter().map(|result| text(&result["id"])).collect()
    }

    /// Asks for one more attempt.
    pub async fn resend(&self, message: &str, endpoint: &str) {
        let path = self.path(&format!("/msg/{message}/endpoint/{endpoint}/resend"));
        self.api.post(&path, &json!({})).await.expect(202);
    }

    /// A message's attempts that are recorded by now, in the order they were made.
    pub async fn attempts(&self, message: &str) -> Vec<Value> {
        let path = self.path(&format!("/attempt/msg/{message}?limit=250"));
        let mut attempts = rows(&self.api.get(&path).await.expect(200));
        attempts.reverse();
        attempts
    }

    /// The attempts of a message as soon as so many are recorded.
    pub async fn attempts_once(&self, message: &str, count: usize) -> Vec<Value> {
        let look = async || Some(self.attempts(message).await).filter(|attempts| attempts.len() >= count);
        let attempts = eventually(&format!("{count} recorded attempts"), look).await;
        assert_eq!(attempts.len(), count, "more attempts than expected: {attempts:?}");
        attempts
    }

    /// How a message stands at its only endpoint.
    pub async fn standing(&self, message: &str) -> Value {
        let path = self.path(&format!("/msg/{message}/endpoint"));
        let mut rows = rows(&self.api.get(&path).await.expect(200));
        assert_eq!(rows.len(), 1, "the message has one endpoint: {rows:?}");
        rows.remove(0)
    }

    /// Waits until a message stands so at its only endpoint (`success`, `pending`, `fail`, `canceled`).
    pub async fn stands_at(&self, message: &str, status: &str) -> Value {
        let look = async || Some(self.standing(message).await).filter(|row| row["statusText"] == status);
        eventually(&format!("the status {status} of {message}"), look).await
    }
}

/// The rows of a page.
pub fn rows(page: &Value) -> Vec<Value> {
    page["data"].as_array().unwrap_or_else(|| panic!("a page has rows: {page}")).clone()
}

/// A text in an answer.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}
