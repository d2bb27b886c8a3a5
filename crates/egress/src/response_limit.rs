//! Reads a response body up to its bound and not one buffer further.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body as _, Incoming};

use crate::progress::Progress;

/// Reads into `progress` until the body ends, breaks off or passes `limit` bytes. `drive` moves
/// the connection that the body comes from.
pub(crate) async fn read_body(
    mut body: Incoming,
    limit: usize,
    progress: &mut Progress,
    mut drive: impl FnMut(&mut Context<'_>),
) {
    while !body.is_end_stream() {
        let next = poll_fn(|cx| {
            if let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(cx) {
                return Poll::Ready(frame);
            }
            drive(cx);
            Pin::new(&mut body).poll_frame(cx)
        })
        .await;
        match next {
            Some(Ok(frame)) => {
                // Trailers carry nothing that is kept.
                let whole = frame.data_ref().is_none_or(|chunk| progress.keep_body(chunk, limit));
                if !whole {
                    return;
                }
            }
            Some(Err(_)) => return,
            None => break,
        }
    }
    progress.body_ended();
}
