//! One HTTP/2 connection, shared by all requests to its target. A task of its own moves it;
//! the task ends at once when nobody holds the connection any more.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::AbortHandle;

use crate::hyper_failure::Unanswered;
use crate::stream::Stream;

/// What a server may send on one stream before we have read it. Bodies are kept to a few KiB, so
/// the smallest window of RFC 9113 §6.9.2 is plenty.
const STREAM_WINDOW: u32 = 65_535;
/// The same for all streams of a connection together.
const CONNECTION_WINDOW: u32 = 1024 * 1024;

pub(crate) struct Http2Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: AbortHandle,
    pub(crate) remote_address: SocketAddr,
}

impl Http2Connection {
    pub(crate) async fn open(
        stream: Stream,
        remote_address: SocketAddr,
        head_limit: usize,
    ) -> hyper::Result<Self> {
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(u32::try_from(head_limit).unwrap_or(u32::MAX))
            .handshake(TokioIo::new(stream))
            .await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                // The requests that were under way have been told.
                tracing::debug!(%error, "an HTTP/2 connection ended");
            }
        });
        Ok(Http2Connection { sender, driver: driver.abort_handle(), remote_address })
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Sends `request` as one stream and waits for the head of the response.
    pub(crate) async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Unanswered> {
        let mut sender = self.sender.clone();
        sender.ready().await.map_err(|error| Unanswered::new(&error, true))?;
        sender.try_send_request(request).await.map_err(unanswered)
    }
}

impl Drop for Http2Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn unanswered(mut failed: TrySendError<Request<Full<Bytes>>>) -> Unanswered {
    let unsent = failed.take_message().is_some();
    let error = failed.error();
    let may_repeat = unsent || error.is_canceled() || error.is_closed() || broke_as_a_whole(error);
    Unanswered::new(error, may_repeat)
}

fn broke_as_a_whole(error: &hyper::Error) -> bool {
    h2_error(error)
        .is_some_and(|h2| h2.is_io() || h2.is_go_away() || h2.reason() == Some(h2::Reason::REFUSED_STREAM))
}

/// The HTTP/2 error inside `error`.
pub(crate) fn h2_error(error: &hyper::Error) -> Option<&h2::Error> {
    std::error::Error::source(error)?.downcast_ref()
}
