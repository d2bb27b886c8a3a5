//! What the benchmark asks of the server besides load: apps, endpoints, figures. It speaks the public API
//! and knows nothing of the server's inside.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Full;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wirepost_model::timestamp::Timestamp;

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

/// What of the room on the disk is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StorageUse {
    pub(crate) free_bytes: u64,
}

/// What of a background task is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) data: TaskProgress,
}

/// How far a background task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskProgress {
    pub(crate) messages_sent: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    created_at: String,
}

#[derive(Deserialize)]
struct Listing<T> {
    data: Vec<T>,
    iterator: Option<String>,
    done: bool,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

#[derive(Deserialize)]
struct Begun {
    timestamp: Timestamp,
}

#[derive(Deserialize)]
struct Explained {
    next: Option<NextTry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NextTry {
    waits_for: String,
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

    /// What takes how much room on the disk.
    pub(crate) async fn storage(&mut self) -> Result<StorageUse> {
        let path = "/admin/storage";
        let body = self.ask(request(Method::GET, path, JSON, Bytes::new()), StatusCode::OK).await?;
        serde_json::from_slice(&body)
            .map_err(|source| BenchError::Unreadable { call: format!("GET {path}"), source })
    }

    /// What the meter of this name, which has no labels, shows; 0 while it has nothing to show.
    pub(crate) async fn meter(&mut self, name: &str) -> Result<f64> {
        let mut asked = request(Method::GET, "", JSON, Bytes::new());
        *asked.uri_mut() = Uri::from_static("/metrics");
        let body = self.ask(asked, StatusCode::OK).await?;
        let shown = |line: &str| line.strip_prefix(name)?.trim().parse().ok();
        Ok(String::from_utf8_lossy(&body).lines().find_map(shown).unwrap_or_default())
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

    /// Begins to send again what failed at an endpoint in the last hour; the task's id.
    pub(crate) async fn recover(&mut self, app: &str, endpoint: &str, since: &str) -> Result<String> {
        let path = format!("/app/{app}/endpoint/{endpoint}/recover");
        let asked = request(Method::POST, &path, JSON, json!({"since": since}).to_string().into());
        let task: Task = self.read(&path, asked, StatusCode::ACCEPTED).await?;
        Ok(task.id)
    }

    /// How a background task stands.
    pub(crate) async fn task(&mut self, id: &str) -> Result<Task> {
        let path = format!("/background-task/{id}");
        self.read(&path, request(Method::GET, &path, JSON, Bytes::new()), StatusCode::OK).await
    }

    /// When the endpoint was made, as the API says it.
    pub(crate) async fn made_at(&mut self, app: &str, endpoint: &str) -> Result<String> {
        let path = format!("/app/{app}/endpoint/{endpoint}");
        let asked = request(Method::GET, &path, JSON, Bytes::new());
        let made: Made = self.read(&path, asked, StatusCode::OK).await?;
        Ok(made.created_at)
    }

    /// Sets the rate limit of an app, in messages per second, or lifts it.
    pub(crate) async fn limit_app(&mut self, app: &str, rate: Option<u32>) -> Result<()> {
        self.limit(&format!("/app/{app}"), rate).await
    }

    /// Sets the rate limit of an endpoint, in messages per second, or lifts it.
    pub(crate) async fn limit_endpoint(
        &mut self,
        app: &str,
        endpoint: &str,
        rate: Option<u32>,
    ) -> Result<()> {
        self.limit(&format!("/app/{app}/endpoint/{endpoint}"), rate).await
    }

    async fn limit(&mut self, path: &str, rate: Option<u32>) -> Result<()> {
        let body = json!({"throttleRate": rate}).to_string();
        self.ask(request(Method::PATCH, path, JSON, body.into()), StatusCode::OK).await.map(drop)
    }

    /// The id of the message that the app accepted last.
    pub(crate) async fn newest_message(&mut self, app: &str) -> Result<Option<String>> {
        let path = format!("/app/{app}/msg?limit=1&with_content=false");
        let listing: Listing<Identified> = self.get(&path).await?;
        Ok(listing.data.into_iter().next().map(|message| message.id))
    }

    /// What the message waits for at an endpoint, in the API's word; `None` once it waits no more.
    pub(crate) async fn waits_for(
        &mut self,
        app: &str,
        message: &str,
        endpoint: &str,
    ) -> Result<Option<String>> {
        let path = format!("/app/{app}/msg/{message}/explain?endpoint_id={endpoint}");
        let listing: Listing<Explained> = self.get(&path).await?;
        Ok(listing.data.into_iter().find_map(|explained| explained.next).map(|next| next.waits_for))
    }

    /// When each attempt at an endpoint began, newest first.
    pub(crate) async fn attempts_begun(&mut self, app: &str, endpoint: &str) -> Result<Vec<Timestamp>> {
        let first = format!("/app/{app}/attempt/endpoint/{endpoint}?limit=250&with_content=false");
        let (mut path, mut begun) = (first.clone(), Vec::new());
        loop {
            let listing: Listing<Begun> = self.get(&path).await?;
            begun.extend(listing.data.iter().map(|attempt| attempt.timestamp));
            match listing.iterator {
                Some(iterator) if !listing.done => path = format!("{first}&iterator={iterator}"),
                _ => return Ok(begun),
            }
        }
    }

    async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T> {
        self.read(path, request(Method::GET, path, JSON, Bytes::new()), StatusCode::OK).await
    }

    async fn read<T: DeserializeOwned>(
        &mut self,
        path: &str,
        asked: Request<Full<Bytes>>,
        expected: StatusCode,
    ) -> Result<T> {
        let body = self.ask(asked, expected).await?;
        serde_json::from_slice(&body)
            .map_err(|source| BenchError::Unreadable { call: path.to_owned(), source })
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

/// Messages of this type with these numbers, one a line, that were sent at no instant.
pub(crate) fn numbered_batch(event_type: &str, numbers: std::ops::Range<u64>) -> Bytes {
    let event_type = format!(r#"{{"eventType":"{event_type}","payload":"#);
    let line = [event_type.as_bytes(), &payload::blank(payload::SMALLEST), b"}\n"].concat();
    let mut template = payload::Template::new(line);
    let stamp = |sequence| payload::Stamp { sequence, sent_at_ns: 0 };
    numbers.flat_map(|number| template.fill(stamp(number))).collect()
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
