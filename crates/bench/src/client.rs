//! One kept HTTP/1.1 connection to the server or the sink: a request goes out in one write, its answer is
//! read by `content-length`. No pipelining, no redirects, no time-outs: whoever calls bounds the time.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{http1, payload};

const READ_AT_ONCE: usize = 8 * 1_024;

/// A connection that carries one exchange after another.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The answer to one request.
pub(crate) struct Answer<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body, empty when there is none.
    pub(crate) body: &'a [u8],
}

impl Connection {
    /// Connects without Nagle's delay.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(READ_AT_ONCE),
        })
    }

    /// Sends a complete request and waits for its complete answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(length) = http1::head_length(&self.buffer) {
                break AnswerHead::read(&self.buffer[..length])?;
            }
            self.read_more().await?;
        };
        while self.buffer.len() < head.length + head.body_length {
            self.read_more().await?;
        }
        Ok(Answer {
            status: head.status,
            body: &self.buffer[head.length..],
        })
    }

    async fn read_more(&mut self) -> io::Result<()> {
        self.buffer.reserve(READ_AT_ONCE);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "closed before the answer was complete",
            )),
            _ => Ok(()),
        }
    }
}

struct AnswerHead {
    length: usize,
    status: u16,
    body_length: usize,
}

impl AnswerHead {
    fn read(head: &[u8]) -> io::Result<Self> {
        let invalid = |reason| io::Error::new(io::ErrorKind::InvalidData, reason);
        let status = head
            .get(9..12)
            .and_then(payload::read_digits)
            .ok_or(invalid("no status line"))?;
        if http1::header(head, "transfer-encoding").is_some() {
            return Err(invalid("a chunked answer, which this client does not read"));
        }
        let body_length = http1::header(head, "content-length").map_or(Some(0), payload::read_digits);
        let body_length = body_length.ok_or(invalid("a content-length that is no number"))?;
        Ok(Self {
            length: head.len(),
            status: status as u16,
            body_length: body_length as usize,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::AnswerHead;

    #[test]
    fn an_answer_without_a_length_has_no_body() {
        let head = AnswerHead::read(b"HTTP/1.1 204 No Content\r\n\r\n").expect("the head is complete");
        assert_eq!((head.status, head.body_length), (204, 0));
    }

    #[test]
    fn a_chunked_answer_is_refused() {
        assert!(AnswerHead::read(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
