//! Where deliveries arrive: an HTTP/1.1 server with one receiver per path. It reads a request, asks the
//! receiver for a status, answers, and keeps the connection. It must not verify or log: its cost is part of
//! the raw limit.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

use crate::payload;
use crate::receiver::{Arrived, Behaviour, Receiver};

const PATH_PREFIX: &str = "/r/";
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");

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
        let mut receivers = self.shared.receivers.write().unwrap_or_else(PoisonError::into_inner);
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
        tokio::spawn(serve(stream, life, Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, life: u16, shared: Arc<Shared>) {
    let answer = service_fn(|request| answer(request, life, &shared));
    if stream.set_nodelay(true).is_ok() {
        // A connection that breaks is the sender's end, seen by what does not arrive.
        let _broken = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
    }
    shared.open_connections.fetch_sub(1, Ordering::AcqRel);
}

async fn answer(
    request: Request<Incoming>,
    life: u16,
    shared: &Shared,
) -> Result<Response<Empty<Bytes>>, hyper::Error> {
    let receiver = shared.receiver(request.uri().path());
    let webhook_id = request.headers().get(&WEBHOOK_ID).map_or(0, |id| hash(id.as_bytes()));
    let body = request.into_body().collect().await?.to_bytes();
    let (Some(stamp), Some(receiver)) = (payload::read_stamp(&body), receiver) else {
        return Ok(answer_with(StatusCode::NOT_FOUND));
    };
    let status = receiver.receive(Arrived { stamp, webhook_id, life });
    if let Some(delay) = receiver.delay() {
        // Dropped with its connection when the sender gives up first.
        tokio::time::sleep(delay).await;
    }
    Ok(answer_with(status))
}

fn answer_with(status: StatusCode) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response
}

impl Shared {
    fn receiver(&self, path: &str) -> Option<Arc<Receiver>> {
        let number: usize = path.strip_prefix(PATH_PREFIX)?.parse().ok()?;
        self.receivers.read().unwrap_or_else(PoisonError::into_inner).get(number)?.upgrade()
    }
}

/// FNV-1a in 64 bits: enough to tell the ids of one run apart.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Request;
    use http_body_util::Full;

    use super::{Sink, StatusCode};
    use crate::client::Connection;
    use crate::payload::{Stamp, Template, blank};
    use crate::receiver::Behaviour;

    fn request(path: &str, sequence: u64) -> Request<Full<Bytes>> {
        let mut template = Template::new(blank(200));
        let body = template.fill(Stamp { sequence, sent_at_ns: 0 });
        Request::post(path).header("webhook-id", "msg_1").body(Full::new(body)).expect("it is well formed")
    }

    #[tokio::test]
    async fn a_delivery_is_noted_by_the_receiver_of_its_path() {
        let sink = Sink::open(&tokio::runtime::Handle::current()).await.expect("the loopback is there");
        let first = sink.add_receiver(Behaviour::Answer(StatusCode::OK));
        let second = sink.add_receiver(Behaviour::Answer(StatusCode::INTERNAL_SERVER_ERROR));
        let mut connection = Connection::open(sink.address()).await.expect("the sink listens");
        for (path, status) in [("/r/0", 200), ("/r/1", 500), ("/r/0", 200), ("/r/7", 404)] {
            let answer = connection.exchange(request(path, 5)).await.expect("the sink answers");
            assert_eq!(answer.status, status, "{path}");
        }
        for (receiver, seen) in [(first, (2, 1)), (second, (1, 0))] {
            let record = receiver.record();
            assert_eq!((record.requests, record.delivered), seen);
        }
        assert_eq!(sink.open_connections(), 1);
    }
}
