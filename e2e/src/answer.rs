//! What a receiver answers: a status, headers, and a body that may be large, slow or without end.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::{Interval, interval};

const CHUNK: Bytes = Bytes::from_static(&[b'x'; 65_536]);
const DROP: Bytes = Bytes::from_static(b"x");
const DROP_EVERY: Duration = Duration::from_millis(100);

/// An answer to one request.
#[derive(Debug)]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Flow,
    pub(crate) held_by: Option<watch::Receiver<bool>>,
}

impl Answer {
    /// This status at once, without a body.
    pub fn status(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("the tests ask for real statuses"),
            headers: HeaderMap::new(),
            body: Flow::whole(Bytes::new()),
            held_by: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = HeaderValue::try_from(value.into()).expect("the tests send visible values");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// Adds a body.
    #[must_use]
    pub fn body(mut self, body: Flow) -> Self {
        self.body = body;
        self
    }

    /// Waits until the gate is open.
    #[must_use]
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.held_by = Some(gate.0.subscribe());
        self
    }
}

/// Holds answers back until it is opened.
#[derive(Debug, Clone)]
pub struct Gate(watch::Sender<bool>);

impl Default for Gate {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Gate {
    /// Lets all answers go, those to come included.
    pub fn open(&self) {
        self.0.send_replace(true);
    }
}

/// A body on its way.
#[derive(Debug)]
pub struct Flow {
    chunk: Bytes,
    /// Bytes still to come; `None` for a body without end.
    left: Option<u64>,
    pace: Option<Interval>,
}

impl Flow {
    /// This text.
    pub fn text(text: &str) -> Self {
        Self::whole(Bytes::copy_from_slice(text.as_bytes()))
    }

    /// So many bytes, announced by `content-length`.
    pub fn announced(bytes: u64) -> Self {
        Self { chunk: CHUNK, left: Some(bytes), pace: None }
    }

    /// Chunk after chunk, for ever.
    pub fn endless() -> Self {
        Self { chunk: CHUNK, left: None, pace: None }
    }

    /// A byte every tenth of a second, for ever.
    pub fn dripping() -> Self {
        Self { chunk: DROP, left: None, pace: Some(interval(DROP_EVERY)) }
    }

    fn whole(chunk: Bytes) -> Self {
        Self { left: Some(chunk.len() as u64), chunk, pace: None }
    }
}

impl Body for Flow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(pace) = &mut self.pace {
            ready!(pace.poll_tick(context));
        }
        let mut chunk = self.chunk.clone();
        if let Some(left) = &mut self.left {
            let length = usize::try_from(*left).unwrap_or(usize::MAX).min(chunk.len());
            chunk.truncate(length);
            *left -= length as u64;
        }
        Poll::Ready((!chunk.is_empty()).then(|| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map(SizeHint::with_exact).unwrap_or_default()
    }
}
