//! An answer that goes on for as long as somebody reads it: server-sent events.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::channel::{Channel, Sender};
use tokio::time::timeout;

/// Somebody to whom events are sent.
pub(crate) struct Reader {
    sender: Sender<Bytes, Infallible>,
    patience: Duration,
}

/// Nobody reads any more, or nobody may.
pub(crate) struct Ended;

impl Reader {
    /// A reader for whom so many events may wait, and who is gone once it takes nothing for so long; and what it
    /// reads.
    pub(crate) fn new(waiting_most: usize, patience: Duration) -> (Self, Channel<Bytes, Infallible>) {
        let (sender, events) = Channel::new(waiting_most);
        (Self { sender, patience }, events)
    }

    /// Sends a piece of a page as an event of this name.
    pub(crate) async fn send(&mut self, name: &str, html: &str) -> Result<(), Ended> {
        self.send_text(event(name, html)).await
    }

    /// Sends what browsers pass over, so that a reader who is gone is noticed.
    pub(crate) async fn send_sign_of_life(&mut self) -> Result<(), Ended> {
        self.send_text(": still here\n\n".to_owned()).await
    }

    async fn send_text(&mut self, text: String) -> Result<(), Ended> {
        match timeout(self.patience, self.sender.send_data(text.into())).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Ended),
        }
    }
}

/// The answer that consists of these events.
pub(crate) fn answer(events: Body) -> Response {
    let media_type = HeaderValue::from_static("text/event-stream");
    ([(header::CONTENT_TYPE, media_type)], events).into_response()
}

/// An event as it is written: each line of it is a line of data.
fn event(name: &str, html: &str) -> String {
    let mut text = String::with_capacity(html.len() + 64);
    for part in ["event: ", name, "\n"] {
        text.push_str(part);
    }
    for line in html.lines() {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::event;

    #[test]
    fn every_line_of_a_row_is_data() {
        assert_eq!(
            event("row", "<tr>\r\n<td>1</td>\n\n</tr>"),
            "event: row\ndata: <tr>\ndata: <td>1</td>\ndata: \ndata: </tr>\n\n"
        );
    }
}
