//! One HTTP/1.1 connection. It has no task of its own: whoever sends over it drives it, which
//! saves two task switches a request.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::task::unconstrained;
use tokio::time::Instant;

use crate::hyper_failure::Unanswered;
use crate::stream::{Heard, Stream};

/// hyper refuses a smaller read buffer.
const SMALLEST_BUFFER: usize = 8 * 1024;

type Driver = Connection<TokioIo<Stream>, Full<Bytes>>;

pub(crate) struct Http1Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Gone once it ended: one that is kept keeps a request that it never took, unanswered.
    driver: Option<Driver>,
    heard: Heard,
    pub(crate) remote_address: SocketAddr,
    pub(crate) idle_since: Instant,
}

impl Http1Connection {
    /// Readies `stream` for requests; response heads larger than `head_limit` bytes will fail.
    pub(crate) async fn open(
        stream: Stream,
        remote_address: SocketAddr,
        head_limit: usize,
    ) -> hyper::Result<Box<Self>> {
        let heard = stream.heard();
        let buffer = head_limit.max(SMALLEST_BUFFER);
        let (sender, driver) = Builder::new()
            .max_buf_size(buffer)
            .max_header_size(buffer)
            .handshake(TokioIo::new(stream))
            .await?;
        let idle_since = Instant::now();
        Ok(Box::new(Http1Connection { sender, driver: Some(driver), heard, remote_address, idle_since }))
    }

    /// Sends `request` and waits for the head of the response.
    pub(crate) async fn ask(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Unanswered> {
        self.heard.forget();
        // The answer comes out of the driver, which is polled right here: it need not wake this
        // task, and would cost a useless poll of it per request if it did. Without a waker it must
        // not be put off by the scheduler's budget either, or nothing would come back to it.
        let mut answer = pin!(unconstrained(self.sender.try_send_request(request)));
        poll_fn(|cx| {
            drive(&mut self.driver, cx);
            answer.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        })
        .await
        .map_err(|mut failed| {
            // A server may say something (408, mostly) before it closes an idle connection; that
            // was not about this request if this one had not been written yet.
            let unsent = failed.take_message().is_some();
            Unanswered::new(failed.error(), unsent || !self.heard.anything())
        })
    }

    /// Moves bytes; the body of the response advances by it.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, cx);
    }

    /// The last response left the connection fit for another request.
    pub(crate) fn is_reusable(&self) -> bool {
        self.driver.is_some() && !self.sender.is_closed()
    }

    /// The driver waits for the next request, as far as it has been driven.
    pub(crate) fn is_ready(&self) -> bool {
        self.driver.is_some() && self.sender.is_ready()
    }

    /// Looks whether the server has closed an idle connection, or said something unasked. However
    /// many are looked at in one go, the scheduler's budget makes none of them seem open.
    pub(crate) fn is_still_open(&mut self, cx: &mut Context<'_>) -> bool {
        let looked = poll_fn(|cx| {
            self.drive(cx);
            Poll::Ready(self.is_ready())
        });
        pin!(unconstrained(looked)).poll(cx) == Poll::Ready(true)
    }
}

fn drive(driver: &mut Option<Driver>, cx: &mut Context<'_>) {
    if let Some(under_way) = driver
        && let Poll::Ready(_told_to_the_request) = Pin::new(under_way).poll(cx)
    {
        *driver = None;
    }
}
