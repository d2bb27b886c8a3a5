//! Sees the certificate that a server shows while it is verified as always. Who checks a connection wants to see it
//! most of all where it was refused, and then the handshake leaves nothing behind.

use std::sync::Arc;

use parking_lot::Mutex;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use crate::certificate::Certificate;

/// Where the certificate is left that a server showed.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Option<Certificate>>);

impl Shown {
    /// The certificate, if one came that can be read.
    pub(crate) fn take(&self) -> Option<Certificate> {
        self.0.lock().take()
    }
}

/// Judges nothing itself: every question goes on to the verifier of all other connections.
#[derive(Debug)]
pub(crate) struct Witness {
    pub(crate) verifier: Arc<WebPkiServerVerifier>,
    pub(crate) shown: Arc<Shown>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.0.lock() = Certificate::read(end_entity);
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
