//! One kept HTTP/1.1 connection to the server or the sink. An ordinary client on an ordinary library, the
//! same for load and for the raw limit: a leaner one would measure itself. No redirects and no time-outs;
//! whoever calls bounds the time.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection that carries one exchange after another.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

/// The answer to one request.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The whole body, empty when there is none.
    pub(crate) body: Bytes,
}

impl Connection {
    /// Connects without Nagle's delay.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        // It ends with its sender; why it broke is told to whoever sends.
        tokio::spawn(async move {
            let _told_to_the_sender = connection.await;
        });
        Ok(Self { sender })
    }

    /// Sends a request and waits for its complete answer.
    pub(crate) async fn exchange(&mut self, request: Request<Full<Bytes>>) -> io::Result<Answer> {
        self.sender.ready().await.map_err(io::Error::other)?;
        let response = self.sender.send_request(request).await.map_err(io::Error::other)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Answer { status, headers, body })
    }
}
