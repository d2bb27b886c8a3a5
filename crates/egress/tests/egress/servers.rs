//! Small servers that do exactly what a test asks, a resolver that answers what it is told, and
//! certificates made on the spot.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use wirepost_egress::{Client, ClientSettings, Exchange, Failure, Resolver, Response, Target};

pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// A listener on a free port of this machine, with the number of connections it has accepted.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
}

impl Server {
    /// Runs `serve` for each connection, in a task of its own; connections are counted from 1.
    pub(crate) async fn start<F, Serving>(serve: F) -> Server
    where
        F: Fn(TcpStream, usize) -> Serving + Send + 'static,
        Serving: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, counter.fetch_add(1, Ordering::SeqCst) + 1));
            }
        });
        Server { address, accepted }
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }
}

/// Reads one request with its body; `None` when the client has closed the connection.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut request = Vec::new();
    loop {
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |value| value.parse().expect("a number"));
            if request.len() >= end + 4 + length {
                return Some(String::from_utf8(request).expect("the tests send text"));
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}

/// Settings that let this machine and plain HTTP through.
pub(crate) fn open_settings() -> ClientSettings {
    ClientSettings {
        allow_http: true,
        allowed_subnets: vec!["127.0.0.0/8".parse().expect("a subnet")],
        ..ClientSettings::default()
    }
}

pub(crate) fn open_client() -> Client {
    Client::new(open_settings()).expect("settings without roots of their own")
}

pub(crate) async fn post(client: &Client, target: &Target) -> Exchange {
    client.post(target, HeaderMap::new(), Bytes::from_static(b"{\"n\":1}"), TIMEOUT).await
}

/// Posts once to `url` with a client of its own.
pub(crate) async fn post_once(url: &str) -> Exchange {
    let client = open_client();
    let target = client.target(url).expect("a URL that is allowed here");
    post(&client, &target).await
}

pub(crate) fn response(exchange: Exchange) -> Response {
    exchange.result.expect("a response")
}

pub(crate) fn failure(exchange: Exchange) -> Failure {
    exchange.result.expect_err("a failure")
}

/// Answers with the addresses it was given; a name it does not know fails to resolve.
#[derive(Default)]
pub(crate) struct KnownNames(HashMap<String, Vec<IpAddr>>);

impl KnownNames {
    pub(crate) fn with(mut self, name: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
        self.0.insert(name.to_owned(), addresses);
        self
    }

    pub(crate) fn client(self, settings: ClientSettings) -> Client {
        Client::with_resolver(settings, Arc::new(self)).expect("usable settings")
    }
}

#[async_trait]
impl Resolver for KnownNames {
    async fn resolve(&self, host: &str, _port: u16) -> io::Result<Vec<IpAddr>> {
        self.0.get(host).cloned().ok_or_else(|| io::Error::other("Name or service not known"))
    }
}

/// An authority that signs server certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        Authority::named("Authority of the test")
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Authority(CertifiedIssuer::self_signed(params, key).expect("a root certificate"))
    }

    pub(crate) fn root(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// Settings for a client that trusts this authority.
    pub(crate) fn trusted(&self) -> ClientSettings {
        ClientSettings { extra_roots: vec![self.root()], ..open_settings() }
    }

    /// A server's TLS side for `name`, after `change` has had its way with the certificate.
    pub(crate) fn acceptor(
        &self,
        name: &str,
        protocols: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        acceptor(&certificate, &key, protocols)
    }

    /// The TLS side of a server that shows the authority's own certificate.
    pub(crate) fn own_acceptor(&self) -> TlsAcceptor {
        acceptor(self.0.as_ref(), self.0.key(), &[])
    }

    /// A server's TLS side for `name` whose certificate no authority has signed.
    pub(crate) fn self_signed_acceptor(name: &str) -> TlsAcceptor {
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let key = KeyPair::generate().expect("a key");
        acceptor(&params.self_signed(&key).expect("a certificate"), &key, &[])
    }
}

fn acceptor(certificate: &Certificate, key: &KeyPair, protocols: &[&str]) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the default versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).expect("a PKCS #8 key"),
        )
        .expect("a certificate with its key");
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}
