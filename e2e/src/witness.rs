//! Stands between a client and the server and writes down what was asked and with which status it was answered. It
//! passes everything on unchanged, so a client needs no other setting than its server URL.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A listener for one server; it stops when it is dropped.
pub struct Witness {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Witness {
    /// A witness of what this client library asks of the server at `server`. It writes into the folder that
    /// `WIREPOST_RECORDS` names, and nothing without one.
    pub async fn of(client: &str, server: SocketAddr) -> Self {
        let folder = std::env::var_os("WIREPOST_RECORDS").filter(|folder| !folder.is_empty());
        let record = folder.map(|folder: OsString| PathBuf::from(folder).join(format!("{client}.part")));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let task = tokio::spawn(listen(listener, Arc::new(Onward { server, record })));
        Self { address, task }
    }

    /// Its URL, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Onward {
    server: SocketAddr,
    record: Option<PathBuf>,
}

async fn listen(listener: TcpListener, onward: Arc<Onward>) {
    // Dropping the set ends the connections with the witness.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).expect("a connected socket takes the option");
        let onward = onward.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| pass_on(onward.clone(), request));
            // A client that hangs up has its answer.
            let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn pass_on(onward: Arc<Onward>, request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let (head, body) = request.into_parts();
    let request = Request::from_parts(head, Full::new(body.collect().await?.to_bytes()));
    let stream = TcpStream::connect(onward.server).await.expect("the server runs as long as its witness");
    stream.set_nodelay(true).expect("a connected socket takes the option");
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    onward.write_down(&format!("{asked} {}\n", head.status.as_u16()));
    Ok(Response::from_parts(head, Full::new(body.collect().await?.to_bytes())))
}

impl Onward {
    /// One write a line: tests that run at the same time write into the same file.
    fn write_down(&self, line: &str) {
        let Some(record) = &self.record else { return };
        let file = File::options().create(true).append(true).open(record);
        file.expect("the record can be opened")
            .write_all(line.as_bytes())
            .expect("the record can be written");
    }
}
