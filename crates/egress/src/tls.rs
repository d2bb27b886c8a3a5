//! TLS for outgoing connections: whom we trust, and how it begins. The machine's roots
//! are read at the first need, so that a start without any delivery due costs nothing.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::failure::Failure;
use crate::protocols::Protocols;
use crate::tls_reason;

pub(crate) struct Tls {
    extra_roots: RootCertStore,
    connector: OnceCell<TlsConnector>,
}

impl Tls {
    pub(crate) fn new(extra_roots: &[CertificateDer<'static>]) -> Result<Self, rustls::Error> {
        let mut store = RootCertStore::empty();
        for root in extra_roots {
            store.add(root.clone())?;
        }
        Ok(Tls { extra_roots: store, connector: OnceCell::new() })
    }

    /// Reads the machine's roots unless that was done before.
    pub(crate) async fn connector(&self) -> Result<&TlsConnector, Failure> {
        self.connector.get_or_try_init(|| load_connector(self.extra_roots.clone())).await
    }

    pub(crate) async fn handshake(
        &self,
        tcp: TcpStream,
        name: &ServerName<'static>,
        protocols: Protocols,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        let connector = self.connector().await?.with_alpn(protocols.offered());
        let stream = connector
            .connect(name.clone(), tcp)
            .await
            .map_err(|error| Failure::Tls { reason: tls_reason::of_handshake(&error, protocols) })?;
        // A server that says nothing of versions speaks HTTP/1.1.
        let says_nothing = stream.get_ref().1.alpn_protocol().is_none();
        if protocols == Protocols::Http2 && says_nothing {
            return Err(Failure::Tls { reason: protocols.unknown_to_server() });
        }
        Ok(stream)
    }
}

async fn load_connector(extra_roots: RootCertStore) -> Result<TlsConnector, Failure> {
    tokio::task::spawn_blocking(move || connector_with_native_roots(extra_roots))
        .await
        .map_err(|error| Failure::Local { reason: format!("reading the trusted roots failed: {error}") })?
}

fn connector_with_native_roots(mut roots: RootCertStore) -> Result<TlsConnector, Failure> {
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "some trusted root certificates could not be read");
    }
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        let reason = "no trusted root certificates on this machine (is ca-certificates installed, or SSL_CERT_FILE set?)";
        return Err(Failure::Local { reason: reason.to_owned() });
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Local { reason: error.to_string() })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
