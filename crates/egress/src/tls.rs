//! TLS for outgoing connections: whom we trust, and how it begins. The machine's roots
//! are read at the first need, so that a start without any delivery due costs nothing.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::failure::Failure;
use crate::protocols::Protocols;
use crate::target::Target;
use crate::tls_reason;
use crate::tls_witness::{Shown, Witness};

pub(crate) struct Tls {
    extra_roots: RootCertStore,
    trust: OnceCell<Trust>,
}

/// What the machine's roots were made into.
struct Trust {
    connector: TlsConnector,
    verifier: Arc<WebPkiServerVerifier>,
}

impl Tls {
    pub(crate) fn new(extra_roots: &[CertificateDer<'static>]) -> Result<Self, rustls::Error> {
        let mut store = RootCertStore::empty();
        for root in extra_roots {
            store.add(root.clone())?;
        }
        Ok(Tls { extra_roots: store, trust: OnceCell::new() })
    }

    /// Reads the machine's roots unless that was done before.
    pub(crate) async fn load_roots(&self) -> Result<(), Failure> {
        self.trust().await.map(drop)
    }

    pub(crate) async fn handshake(
        &self,
        tcp: TcpStream,
        target: &Target,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        let (trust, protocols) = (self.trust().await?, target.protocols());
        let connector = match target.witness() {
            None => trust.connector.clone(),
            Some(shown) => trust.connector_with_witness(shown.clone())?,
        };
        let stream = connector
            .with_alpn(protocols.offered())
            .connect(target.host().server_name().clone(), tcp)
            .await
            .map_err(|error| Failure::Tls { reason: tls_reason::of_handshake(&error, protocols) })?;
        // A server that says nothing of versions speaks HTTP/1.1.
        let says_nothing = stream.get_ref().1.alpn_protocol().is_none();
        if protocols == Protocols::Http2 && says_nothing {
            return Err(Failure::Tls { reason: protocols.unknown_to_server() });
        }
        Ok(stream)
    }

    async fn trust(&self) -> Result<&Trust, Failure> {
        self.trust.get_or_try_init(|| load_trust(self.extra_roots.clone())).await
    }
}

impl Trust {
    /// Its connections resume none from before: every one shows its certificate.
    fn connector_with_witness(&self, shown: Arc<Shown>) -> Result<TlsConnector, Failure> {
        let witness = Witness { verifier: self.verifier.clone(), shown };
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?;
        let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(witness));
        Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
    }
}

async fn load_trust(extra_roots: RootCertStore) -> Result<Trust, Failure> {
    tokio::task::spawn_blocking(move || trust_with_native_roots(extra_roots))
        .await
        .map_err(|error| Failure::Local { reason: format!("reading the trusted roots failed: {error}") })?
}

fn trust_with_native_roots(mut roots: RootCertStore) -> Result<Trust, Failure> {
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "some trusted root certificates could not be read");
    }
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        let reason = "no trusted root certificates on this machine (is ca-certificates installed, or SSL_CERT_FILE set?)";
        return Err(Failure::Local { reason: reason.to_owned() });
    }
    let provider = Arc::new(default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let verifier = verifier.build().map_err(unusable)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_webpki_verifier(verifier.clone())
        .with_no_client_auth();
    Ok(Trust { connector: TlsConnector::from(Arc::new(config)), verifier })
}

fn unusable(error: impl std::fmt::Display) -> Failure {
    Failure::Local { reason: error.to_string() }
}
