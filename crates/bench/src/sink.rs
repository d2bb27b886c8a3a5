//! Where deliveries arrive: a small HTTP/1.1 server with one receiver per path. It reads a request, asks
//! the receiver for a status, answers, and keeps the connection. It must not verify, log or allocate per
//! request: its cost is part of the raw limit.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use crate::http1;
use crate::payload::{self, read_digits};
use crate::receiver::{Arrived, Behaviour, Receiver};

const READ_AT_ONCE: usize = 16 * 1_024;
const PATH_PREFIX: &[u8] = b"POST /r/";

/// The listening sink. Its receivers live as long as someone holds them.
#[derive(Clone)]
pub(crate) struct Sink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    receivers: RwLock<Vec<Weak<Receiver>>>,
    open_connections: AtomicUsize,
    life: AtomicU16,
}

impl Sink {
    /// Listens on a free port of the loopback and serves on `runtime` until that ends.
    pub(crate) async fn open(runtime: &Handle) -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let listener = listener.into_std()?;
        let shared = Arc::new(Shared {
            receivers: RwLock::default(),
            open_connections: AtomicUsize::new(0),
            life: AtomicU16::new(0),
        });
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared })
    }

    /// The address that the raw client connects to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds an endpoint under a path of its own.
    pub(crate) fn add_receiver(&self, behaviour: Behaviour) -> Arc<Receiver> {
        let mut receivers = self
            .shared
            .receivers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let url = format!("http://{}/r/{}", self.address, receivers.len());
        let receiver = Arc::new(Receiver::new(behaviour, url));
        receivers.push(Arc::downgrade(&receiver));
        receiver
    }

    /// How many connections are open.
    pub(crate) fn open_connections(&self) -> usize {
        self.shared.open_connections.load(Ordering::Acquire)
    }

    /// From now on connections belong to the next life of the server; returns its number.
    pub(crate) fn begin_next_life(&self) -> u16 {
        self.shared.life.fetch_add(1, Ordering::AcqRel) + 1
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    // Registered here and not where it was bound, so that the sink's own thread polls it.
    let listener = TcpListener::from_std(listener).expect("a listener of tokio's does not block");
    loop {
        // An accept fails when a client is gone again or files run short; the next one may not.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        shared.open_connections.fetch_add(1, Ordering::AcqRel);
        let life = shared.life.load(Ordering::Acquire);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A connection that breaks is the sender's end, seen by what does not arrive.
            let _broken = Conversation::new(stream, life).run(&shared).await;
            shared.open_connections.fetch_sub(1, Ordering::AcqRel);
        });
    }
}

/// One connection and the receiver it talked to last.
struct Conversation {
    stream: TcpStream,
    life: u16,
    buffer: Vec<u8>,
    receiver: Option<(u64, Arc<Receiver>)>,
}

struct Request {
    length: usize,
    body_at: usize,
    receiver: u64,
    webhook_id: u64,
}

impl Conversation {
    fn new(stream: TcpStream, life: u16) -> Self {
        Self {
            stream,
            life,
            buffer: Vec::with_capacity(READ_AT_ONCE),
            receiver: None,
        }
    }

    async fn run(mut self, shared: &Shared) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        loop {
            while let Some(request) = parse(&self.buffer)? {
                self.answer(&request, shared).await?;
                self.buffer.drain(..request.length);
            }
            self.buffer.reserve(READ_AT_ONCE);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(());
            }
        }
    }

    async fn answer(&mut self, request: &Request, shared: &Shared) -> io::Result<()> {
        let body = &self.buffer[request.body_at..request.length];
        let stamp = payload::read_stamp(body);
        let receiver = self.receiver(request.receiver, shared);
        let (Some(stamp), Some(receiver)) = (stamp, receiver) else {
            return self.stream.write_all(answer_line(404)).await;
        };
        let arrived = Arrived {
            stamp,
            webhook_id: request.webhook_id,
            life: self.life,
        };
        let status = receiver.receive(arrived);
        if let Some(delay) = receiver.delay() {
            self.hold(delay).await?;
        }
        self.stream.write_all(answer_line(status)).await
    }

    /// Waits before an answer, but no longer than the sender does.
    async fn hold(&mut self, delay: Duration) -> io::Result<()> {
        let until = Instant::now() + delay;
        while let Ok(read) = timeout_at(until, self.stream.read_buf(&mut self.buffer)).await {
            if read? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    fn receiver(&mut self, number: u64, shared: &Shared) -> Option<Arc<Receiver>> {
        if let Some((known, receiver)) = &self.receiver
            && *known == number
        {
            return Some(Arc::clone(receiver));
        }
        let receivers = shared.receivers.read().unwrap_or_else(PoisonError::into_inner);
        let receiver = receivers.get(usize::try_from(number).ok()?)?.upgrade()?;
        self.receiver = Some((number, Arc::clone(&receiver)));
        Some(receiver)
    }
}

/// Reads one request off the start of `buffer`; `Ok(None)` while it is not complete.
fn parse(buffer: &[u8]) -> io::Result<Option<Request>> {
    let Some(body_at) = http1::head_length(buffer) else {
        return Ok(None);
    };
    let head = &buffer[..body_at];
    let invalid = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "a request that this sink does not read",
        )
    };
    let path = head
        .strip_prefix(PATH_PREFIX)
        .and_then(|rest| rest.split(|byte| *byte == b' ').next());
    let receiver = path.and_then(read_digits).ok_or_else(invalid)?;
    let (mut body_length, mut webhook_id) = (None, 0);
    for (name, value) in http1::headers(head) {
        if name.eq_ignore_ascii_case(b"content-length") {
            body_length = read_digits(value);
        } else if name.eq_ignore_ascii_case(b"webhook-id") {
            webhook_id = hash(value);
        }
    }
    let length = body_at + usize::try_from(body_length.ok_or_else(invalid)?).map_err(|_| invalid())?;
    Ok((buffer.len() >= length).then_some(Request {
        length,
        body_at,
        receiver,
        webhook_id,
    }))
}

/// FNV-1a in 64 bits: enough to tell the ids of one run apart.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn answer_line(status: u16) -> &'static [u8] {
    match status {
        200 => b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        404 => b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
        _ => b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
    }
}

#[cfg(test)]
mod tests {
    use super::{Sink, parse};
    use crate::client::Connection;
    use crate::payload::{Stamp, StampPlace, blank};
    use crate::receiver::Behaviour;

    fn request(path: &str, sequence: u64) -> Vec<u8> {
        let body = blank(200);
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: sink\r\nWebhook-Id: msg_1\r\ncontent-length: 200\r\n\r\n");
        let mut request = [head.as_bytes(), &body].concat();
        StampPlace::find(&request).expect("the payload is inside").fill(
            &mut request,
            Stamp {
                sequence,
                sent_at_ns: 0,
            },
        );
        request
    }

    #[tokio::test]
    async fn a_delivery_is_noted_by_the_receiver_of_its_path() {
        let sink = Sink::open(&tokio::runtime::Handle::current())
            .await
            .expect("the loopback is there");
        let (first, second) = (
            sink.add_receiver(Behaviour::Answer(200)),
            sink.add_receiver(Behaviour::Answer(500)),
        );
        let mut connection = Connection::open(sink.address()).await.expect("the sink listens");
        for (path, status) in [("/r/0", 200), ("/r/1", 500), ("/r/0", 200), ("/r/7", 404)] {
            let answer = connection
                .exchange(&request(path, 5))
                .await
                .expect("the sink answers");
            assert_eq!(answer.status, status, "{path}");
        }
        for (receiver, seen) in [(first, (2, 1)), (second, (1, 0))] {
            let record = receiver.record();
            assert_eq!((record.requests, record.delivered), seen);
        }
        assert_eq!(sink.open_connections(), 1);
    }

    #[test]
    fn a_request_is_complete_only_with_its_body() {
        let whole = request("/r/3", 1);
        for cut in 0..whole.len() {
            assert!(
                parse(&whole[..cut])
                    .expect("the request is well formed")
                    .is_none(),
                "cut at {cut}"
            );
        }
        let parsed = parse(&whole)
            .expect("the request is well formed")
            .expect("the request is complete");
        assert_eq!((parsed.length, parsed.receiver), (whole.len(), 3));
    }
}
