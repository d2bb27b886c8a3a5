//! The number of the request that is being answered: it stands in the answer's header `x-request-id` and in every
//! log line about the request. While a request's future is polled its number is known to all it calls.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderName, HeaderValue};

/// The header that tells it.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Digits of a request id.
const DIGITS: usize = 16;

thread_local! {
    static CURRENT: Cell<RequestId> = const { Cell::new(RequestId(0)) };
}

/// Tells requests apart, across restarts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) u64);

/// A future that works on a request.
pub(crate) struct Numbered<F> {
    request: RequestId,
    work: Pin<Box<F>>,
}

impl RequestId {
    /// The one that is being answered here and now; zeros outside of any.
    pub(crate) fn current() -> Self {
        CURRENT.get()
    }

    /// Runs `work` on this request.
    pub(crate) fn during<T>(self, work: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(self);
        let done = work();
        CURRENT.set(before);
        done
    }

    /// A future that works on this request, wherever it is polled.
    pub(crate) fn carried_by<F: Future>(self, work: F) -> Numbered<F> {
        Numbered { request: self, work: Box::pin(work) }
    }

    /// As the header tells it.
    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_bytes(&self.digits()).expect("hexadecimal digits may stand in a header")
    }

    fn digits(self) -> [u8; DIGITS] {
        let mut digits = [0; DIGITS];
        for (at, digit) in digits.iter_mut().enumerate() {
            let nibble = (self.0 >> (4 * (DIGITS - 1 - at))) & 0xf;
            *digit = b"0123456789abcdef"[usize::try_from(nibble).expect("four bits fit into a usize")];
        }
        digits
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

impl<F: Future> Future for Numbered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let request = self.request;
        request.during(|| self.work.as_mut().poll(context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_known_while_the_request_is_worked_on_and_not_after() {
        let request = RequestId(0x0123_4567_89ab_cdef);
        let work = async {
            let before = RequestId::current();
            tokio::task::yield_now().await;
            (before, RequestId::current())
        };
        let outside = RequestId(7).during(|| tokio::spawn(request.carried_by(work)));
        assert_eq!(outside.await.expect("it ends"), (request, request));
        assert_eq!(RequestId::current(), RequestId(0));
        assert_eq!(request.to_string(), "0123456789abcdef");
        assert_eq!(request.header(), "0123456789abcdef");
    }
}
