//! A customer's server: keeps every request as it came, and answers as the test says. Plain, or over TLS with
//! HTTP/1.1 or HTTP/2.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Version};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::answer::{Answer, Flow};
use crate::waiting::within;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Which one it is, counted from 1.
    pub number: usize,
    /// Who sent it, so that requests of one connection are known.
    pub client: SocketAddr,
    /// The path it was sent to.
    pub path: String,
    /// What stood behind the path, if anything.
    pub query: Option<String>,
    /// HTTP/1.1 or HTTP/2.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, byte by byte.
    pub body: Bytes,
    /// When it had arrived in full.
    pub arrived_at: Instant,
}

impl Received {
    /// A header's text; a panic when it is not there.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().expect("the header is text")
    }

    /// The message's id.
    #[track_caller]
    pub fn webhook_id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The seconds since 1970 that were signed.
    #[track_caller]
    pub fn webhook_timestamp(&self) -> i64 {
        self.header("webhook-timestamp").parse().expect("the timestamp is a number")
    }
}

/// What decides the answers.
pub type Behaviour = dyn Fn(&Received) -> Answer + Send + Sync;

/// A listening receiver; it stops when it is dropped.
pub struct Receiver {
    address: SocketAddr,
    scheme: &'static str,
    received: watch::Receiver<Vec<Received>>,
    connections: watch::Receiver<HashSet<SocketAddr>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Answers every request with 204.
    pub async fn accepting() -> Self {
        Self::answering(|_| Answer::status(204)).await
    }

    /// Answers as told, over plain HTTP/1.1.
    pub async fn answering(behaviour: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(behaviour)).await
    }

    /// Answers every request with 204, over TLS.
    pub async fn accepting_over_tls(acceptor: TlsAcceptor) -> Self {
        Self::start(Some(acceptor), Arc::new(|_| Answer::status(204))).await
    }

    async fn start(acceptor: Option<TlsAcceptor>, behaviour: Arc<Behaviour>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let (sender, received) = watch::channel(Vec::new());
        let open = watch::Sender::default();
        let connections = open.subscribe();
        let inside = Arc::new(Inside { sender, open, behaviour });
        let task = tokio::spawn(accept(listener, acceptor, inside));
        Self { address, scheme, received, connections, task }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("{}://{}/hook", self.scheme, self.address)
    }

    /// Its URL with a name in place of the address.
    pub fn url_by_name(&self, name: &str) -> String {
        format!("{}://{name}:{}/hook", self.scheme, self.address.port())
    }

    /// What has arrived by now.
    pub fn received(&self) -> Vec<Received> {
        self.received.borrow().clone()
    }

    /// How many requests have arrived by now.
    pub fn count(&self) -> usize {
        self.received.borrow().len()
    }

    /// All that has arrived, as soon as it is so many.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait_until(&format!("{count} requests"), |received| received.len() >= count).await
    }

    /// All that has arrived, as soon as it is as `enough` wants it.
    pub async fn wait_until(&self, what: &str, mut enough: impl FnMut(&[Received]) -> bool) -> Vec<Received> {
        let mut received = self.received.clone();
        let seen = within(what, received.wait_for(|received| enough(received))).await;
        seen.expect("the receiver listens as long as it is not dropped").clone()
    }
}

impl Receiver {
    /// Waits until nothing of an ended client is left: all that it had sent was received, and every connection
    /// is closed.
    pub async fn settled(&self) {
        // Connections are taken in their order: once this one is, none from before is still waiting.
        let last = TcpStream::connect(self.address).await.expect("the receiver listens");
        let address = last.local_addr().expect("a connected socket has an address");
        let mut connections = self.connections.clone();
        let taken = within("a connection to be taken", connections.wait_for(|open| open.contains(&address)));
        taken.await.expect("the receiver listens as long as it is not dropped");
        drop(last);
        let closed = within("connections to be closed", connections.wait_for(HashSet::is_empty));
        closed.await.expect("the receiver listens as long as it is not dropped");
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Inside {
    sender: watch::Sender<Vec<Received>>,
    open: watch::Sender<HashSet<SocketAddr>>,
    behaviour: Arc<Behaviour>,
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, inside: Arc<Inside>) {
    // Dropping the set ends the connections with the receiver.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, client)) = listener.accept().await {
        stream.set_nodelay(true).expect("a connected socket takes the option");
        let (acceptor, inside) = (acceptor.clone(), inside.clone());
        inside.open.send_modify(|open| assert!(open.insert(client), "two clients have one address"));
        connections.spawn(async move {
            welcome(stream, client, acceptor, inside.clone()).await;
            inside.open.send_modify(|open| assert!(open.remove(&client), "a client left twice"));
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn welcome(stream: TcpStream, client: SocketAddr, acceptor: Option<TlsAcceptor>, inside: Arc<Inside>) {
    let Some(acceptor) = acceptor else {
        return serve(stream, client, Speaks::Http1, inside).await;
    };
    // A client that does not trust the certificate breaks the handshake off.
    if let Ok(stream) = acceptor.accept(stream).await {
        let speaks = match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Speaks::Http2,
            _ => Speaks::Http1,
        };
        serve(stream, client, speaks, inside).await;
    }
}

#[derive(Debug, Clone, Copy)]
enum Speaks {
    Http1,
    Http2,
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    client: SocketAddr,
    speaks: Speaks,
    inside: Arc<Inside>,
) {
    let service = service_fn(move |request| receive(inside.clone(), client, request));
    let stream = TokioIo::new(stream);
    // A client that hangs up in the middle is part of many tests.
    let _ended = match speaks {
        Speaks::Http1 => http1::Builder::new().serve_connection(stream, service).await,
        Speaks::Http2 => {
            let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service);
            connection.await
        }
    };
}

async fn receive(
    inside: Arc<Inside>,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Flow>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut received = Received {
        number: 0,
        client,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        version: head.version,
        headers: head.headers,
        body,
        arrived_at: Instant::now(),
    };
    let mut answer = None;
    inside.sender.send_modify(|all| {
        received.number = all.len() + 1;
        answer = Some((inside.behaviour)(&received));
        all.push(received);
    });
    let mut answer = answer.expect("the closure above ran");
    if let Some(gate) = &mut answer.held_by {
        // The gate of a test that has ended lets nothing through any more; the connection ends with it.
        let _open = gate.wait_for(|open| *open).await;
    }
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
