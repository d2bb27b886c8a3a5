//! What the benchmark asks of the server besides load: apps, endpoints, figures. It speaks the public API
//! and knows nothing of the server's inside.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Answer, Connection};
use crate::error::{BenchError, Result};
use crate::load::{PlainRequests, is_too_much};
use crate::payload;
use crate::server_process::TOKEN;

/// The event type of the messages that carry load.
pub(crate) const EVENT_TYPE: &str = "bench.sent";
/// The event type of the messages that wait for a dead endpoint.
pub(crate) const DEAD_EVENT_TYPE: &str = "bench.dead";

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// How many deliveries of an endpoint are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct EndpointStats {
    pub(crate) success: u64,
    pub(crate) pending: u64,
    pub(crate) sending: u64,
    pub(crate) fail: u64,
    pub(crate) canceled: u64,
}

/// An endpoint to create.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewEndpoint<'a> {
    /// The uid of its app.
    pub(crate) app: &'a str,
    /// Its own uid.
    pub(crate) uid: &'a str,
    /// Where it is.
    pub(crate) url: &'a str,
    /// The one event type that it wants; all when absent.
    pub(crate) event_type: Option<&'a str>,
}

/// A connection to the server's API.
pub(crate) struct Api {
    connection: Connection,
}

impl Api {
    /// Connects to the server.
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        Ok(Self { connection: Connection::open(address).await? })
    }

    /// Whether `GET /health` answers 200.
    pub(crate) async fn is_healthy(&mut self) -> Result<bool> {
        let answer = self.connection.exchange(request(Method::GET, "/health", JSON, Bytes::new())).await?;
        Ok(answer.status == StatusCode::OK)
    }

    /// Creates an app whose uid is `uid`.
    pub(crate) async fn create_app(&mut self, uid: &str) -> Result<()> {
        self.create("/app", &json!({"name": uid, "uid": uid})).await
    }

    /// Creates an event type.
    pub(crate) async fn create_event_type(&mut self, name: &str) -> Result<()> {
        self.create("/event-type", &json!({"name": name, "description": "made by the benchmark"})).await
    }

    /// Creates an endpoint.
    pub(crate) async fn create_endpoint(&mut self, endpoint: NewEndpoint<'_>) -> Result<()> {
        let event_types: Vec<&str> = endpoint.event_type.into_iter().collect();
        let body = json!({"uid": endpoint.uid, "url": endpoint.url, "eventTypes": event_types});
        self.create(&format!("/app/{}/endpoint", endpoint.app), &body).await
    }

    /// The state of an endpoint's deliveries.
    pub(crate) async fn stats(&mut self, app: &str, endpoint: &str) -> Result<EndpointStats> {
        let path = format!("/app/{app}/endpoint/{endpoint}/stats");
        let asked = request(Method::GET, &path, JSON, Bytes::new());
        let body = self.ask(asked, StatusCode::OK).await?;
        serde_json::from_slice(&body)
            .map_err(|source| BenchError::Unreadable { call: format!("GET {path}"), source })
    }

    /// Posts a prepared batch; `false` when the server says "too much" and wants it again later.
    pub(crate) async fn post_batch(&mut self, app: &str, batch: Bytes) -> Result<bool> {
        let path = format!("/app/{app}/msg/batch");
        let answer = self.connection.exchange(request(Method::POST, &path, NDJSON, batch)).await?;
        match answer.status {
            StatusCode::ACCEPTED => Ok(true),
            status if is_too_much(status) => Ok(false),
            _ => Err(refused(format!("POST {path}"), &answer)),
        }
    }

    async fn create(&mut self, path: &str, body: &Value) -> Result<()> {
        let asked = request(Method::POST, path, JSON, body.to_string().into());
        self.ask(asked, StatusCode::CREATED).await.map(drop)
    }

    async fn ask(&mut self, asked: Request<Full<Bytes>>, expected: StatusCode) -> Result<Bytes> {
        let call = format!("{} {}", asked.method(), asked.uri());
        let answer = self.connection.exchange(asked).await?;
        if answer.status == expected { Ok(answer.body) } else { Err(refused(call, &answer)) }
    }
}

/// The requests that post one message each, with a payload of `size` bytes, to an app.
pub(crate) fn message_requests(app: &str, size: usize) -> PlainRequests {
    let head = request(Method::POST, &format!("/app/{app}/msg"), JSON, Bytes::new()).map(drop);
    PlainRequests::new(head, message_body(size))
}

/// `count` small messages for the dead endpoint, one a line.
pub(crate) fn batch_body(count: usize) -> Bytes {
    let line = format!(r#"{{"eventType":"{DEAD_EVENT_TYPE}","payload":{{"asset":"a1"}}}}"#);
    vec![line.as_str(); count].join("\n").into()
}

fn message_body(size: usize) -> Vec<u8> {
    let event_type = format!(r#"{{"eventType":"{EVENT_TYPE}","payload":"#);
    [event_type.as_bytes(), &payload::blank(size), b"}"].concat()
}

fn request(method: Method, path: &str, kind: &str, body: Bytes) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(HOST, "127.0.0.1")
        .header(AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(CONTENT_TYPE, kind)
        .body(Full::new(body))
        .expect("uids and the token are letters, digits and hyphens")
}

fn refused(call: String, answer: &Answer) -> BenchError {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    BenchError::Refused { call, status: answer.status.as_u16(), body }
}

#[cfg(test)]
mod tests {
    use super::{batch_body, message_body};

    #[test]
    fn a_message_is_json_with_a_payload_of_the_asked_size() {
        let body: serde_json::Value = serde_json::from_slice(&message_body(1_024)).expect("the body is JSON");
        assert_eq!(body["eventType"], "bench.sent");
        assert_eq!(body["payload"].to_string().len(), 1_024);
    }

    #[test]
    fn a_batch_has_one_message_a_line() {
        let body = batch_body(3);
        let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.len(), 3);
        for line in lines {
            serde_json::from_slice::<serde_json::Value>(line).expect("each line is JSON");
        }
    }
}
