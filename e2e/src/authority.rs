//! A certificate authority made on the spot, and the certificates it signs.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Signs certificates for receivers.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A fresh authority.
    pub fn create(name: &str) -> Self {
        let mut wanted = CertificateParams::default();
        wanted.distinguished_name.push(DnType::CommonName, name);
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key pair");
        Self(CertifiedIssuer::self_signed(wanted, key).expect("a root certificate"))
    }

    /// Writes its root where `SSL_CERT_FILE` can name it.
    pub fn write_root(&self, path: &Path) {
        std::fs::write(path, self.0.pem()).expect("the test's own directory can be written");
    }

    /// The TLS side of a receiver called `name` that offers these protocols.
    pub fn receiver(&self, name: &str, protocols: &[&str]) -> TlsAcceptor {
        self.receiver_with(name, protocols, |_| ())
    }

    /// The same, after `change` has had its way with the certificate.
    pub fn receiver_with(
        &self,
        name: &str,
        protocols: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> TlsAcceptor {
        let mut wanted = CertificateParams::new(vec![name.to_owned()]).expect("a host name");
        change(&mut wanted);
        let key = KeyPair::generate().expect("a key pair");
        let certificate = wanted.signed_by(&key, &self.0).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("the key is PKCS #8");
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows the default versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the certificate fits its key");
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}
