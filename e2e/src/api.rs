//! A client of the API that shows statuses and bodies as they are. One connection, opened when it is needed.

use std::error::Error;
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use crate::waiting::within;

/// Why there is no answer at all.
pub type NoAnswer = Box<dyn Error + Send + Sync>;

/// A client of one server with one token.
pub struct Api {
    address: SocketAddr,
    token: String,
    /// Sent along as `idempotency-key`; none when it is empty.
    key: String,
    connection: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, to its end.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON; `null` without one.
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    /// The body as JSON, when the status is this one; a panic with the whole answer when not.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }
}

impl Api {
    /// A client of the server at `address`.
    pub fn at(address: SocketAddr, token: &str) -> Self {
        Self { address, token: token.to_owned(), key: String::new(), connection: Mutex::default() }
    }

    /// Another client of the same server, with a connection of its own.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::at(self.address, &self.token)
    }

    /// Another client of the same server, which wants what it posts to be done once under this key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.another() }
    }

    /// GET, below `/api/v1`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, "", Bytes::new()).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, JSON, body.to_string().into()).await
    }

    /// POST of JSON, byte by byte as it stands here.
    pub async fn post_text(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.send(Method::POST, path, JSON, body.into()).await
    }

    /// POST of one JSON document a line.
    pub async fn post_lines(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.send(Method::POST, path, "application/x-ndjson", body.into()).await
    }

    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, JSON, body.to_string().into()).await
    }

    /// PATCH with JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PATCH, path, JSON, body.to_string().into()).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, "", Bytes::new()).await
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: Bytes) -> Reply {
        let what = format!("{method} {path}");
        let reply = within(&what, self.try_send(method, path, kind, body)).await;
        reply.unwrap_or_else(|error| panic!("no answer to {what}: {error}"))
    }

    /// POST of JSON to a server that may be dying.
    ///
    /// # Errors
    /// The connection could not be opened or broke before the answer had ended.
    pub async fn try_post_text(&self, path: &str, body: impl Into<Bytes>) -> Result<Reply, NoAnswer> {
        within(path, self.try_send(Method::POST, path, JSON, body.into())).await
    }

    async fn try_send(&self, method: Method, path: &str, kind: &str, body: Bytes) -> Result<Reply, NoAnswer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(HOST, self.address.to_string());
        if !self.token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        }
        if !self.key.is_empty() {
            request = request.header("idempotency-key", &self.key);
        }
        if !kind.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        let mut connection = self.connection.lock().await;
        let mut sender = match connection.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        sender.ready().await?;
        let (head, body) = sender.send_request(request.body(Full::new(body))?).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        *connection = Some(sender);
        Ok(Reply { status: head.status, headers: head.headers, body })
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, NoAnswer> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

const JSON: &str = "application/json";
