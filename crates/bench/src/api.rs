//! What the benchmark asks of the server besides load: apps, endpoints, figures. It speaks the public API
//! and knows nothing of the server's inside.

use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Connection;
use crate::error::{BenchError, Result};
use crate::payload;
use crate::server_process::TOKEN;

/// The event type of the messages that carry load.
pub(crate) const EVENT_TYPE: &str = "bench.sent";
/// The event type of the messages that wait for a dead endpoint.
pub(crate) const DEAD_EVENT_TYPE: &str = "bench.dead";

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
        Ok(Self {
            connection: Connection::open(address).await?,
        })
    }

    /// Whether `GET /health` answers 200.
    pub(crate) async fn is_healthy(&mut self) -> Result<bool> {
        let answer = self
            .connection
            .exchange(&request("GET", "/health", "application/json", b""))
            .await?;
        Ok(answer.status == 200)
    }

    /// Creates an app whose uid is `uid`.
    pub(crate) async fn create_app(&mut self, uid: &str) -> Result<()> {
        self.create("/app", &json!({"name": uid, "uid": uid})).await
    }

    /// Creates an event type.
    pub(crate) async fn create_event_type(&mut self, name: &str) -> Result<()> {
        self.create(
            "/event-type",
            &json!({"name": name, "description": "made by the benchmark"}),
        )
        .await
    }

    /// Creates an endpoint.
    pub(crate) async fn create_endpoint(&mut self, endpoint: NewEndpoint<'_>) -> Result<()> {
        let event_types: Vec<&str> = endpoint.event_type.into_iter().collect();
        let body = json!({"uid": endpoint.uid, "url": endpoint.url, "eventTypes": event_types});
        self.create(&format!("/app/{}/endpoint", endpoint.app), &body)
            .await
    }

    /// The state of an endpoint's deliveries.
    pub(crate) async fn stats(&mut self, app: &str, endpoint: &str) -> Result<EndpointStats> {
        let path = format!("/app/{app}/endpoint/{endpoint}/stats");
        let body = self.ask("GET", &path, "application/json", b"", 200).await?;
        serde_json::from_slice(&body).map_err(|source| BenchError::Unreadable {
            call: format!("GET {path}"),
            source,
        })
    }

    /// Posts a prepared batch; `false` when the server says "too much" and wants it again later.
    pub(crate) async fn post_batch(&mut self, batch: &[u8]) -> Result<bool> {
        let answer = self.connection.exchange(batch).await?;
        match answer.status {
            202 => Ok(true),
            429 | 503 => Ok(false),
            status => Err(refused("POST /msg/batch".to_owned(), status, answer.body)),
        }
    }

    async fn create(&mut self, path: &str, body: &Value) -> Result<()> {
        self.ask("POST", path, "application/json", body.to_string().as_bytes(), 201)
            .await
            .map(drop)
    }

    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
        expected: u16,
    ) -> Result<Vec<u8>> {
        let answer = self
            .connection
            .exchange(&request(method, path, kind, body))
            .await?;
        if answer.status == expected {
            return Ok(answer.body.to_vec());
        }
        Err(refused(format!("{method} {path}"), answer.status, answer.body))
    }
}

/// The request that posts one message with a payload of `size` bytes to an app.
pub(crate) fn message_request(app: &str, size: usize) -> Vec<u8> {
    let event_type = format!(r#"{{"eventType":"{EVENT_TYPE}","payload":"#);
    let body = [event_type.as_bytes(), &payload::blank(size), b"}"].concat();
    request("POST", &format!("/app/{app}/msg"), "application/json", &body)
}

/// The request that posts `count` small messages for the dead endpoint at once.
pub(crate) fn batch_request(app: &str, count: usize) -> Vec<u8> {
    let line = format!(r#"{{"eventType":"{DEAD_EVENT_TYPE}","payload":{{"asset":"a1"}}}}"#);
    let body = vec![line.as_str(); count].join("\n");
    request(
        "POST",
        &format!("/app/{app}/msg/batch"),
        "application/x-ndjson",
        body.as_bytes(),
    )
}

fn request(method: &str, path: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: {kind}\r\ncontent-length: {length}\r\n\r\n",
        length = body.len()
    );
    [head.as_bytes(), body].concat()
}

fn refused(call: String, status: u16, body: &[u8]) -> BenchError {
    BenchError::Refused {
        call,
        status,
        body: String::from_utf8_lossy(body).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{batch_request, message_request};
    use crate::http1;

    fn body_of(request: &[u8]) -> &[u8] {
        &request[http1::head_length(request).expect("the head is complete")..]
    }

    #[test]
    fn a_message_request_is_json_with_a_payload_of_the_asked_size() {
        let request = message_request("bench", 1_024);
        let body: serde_json::Value = serde_json::from_slice(body_of(&request)).expect("the body is JSON");
        assert_eq!(body["eventType"], "bench.sent");
        assert_eq!(body["payload"].to_string().len(), 1_024);
    }

    #[test]
    fn a_batch_has_one_message_a_line() {
        let request = batch_request("bench", 3);
        let lines: Vec<&[u8]> = body_of(&request).split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.len(), 3);
        for line in lines {
            serde_json::from_slice::<serde_json::Value>(line).expect("each line is JSON");
        }
    }
}
