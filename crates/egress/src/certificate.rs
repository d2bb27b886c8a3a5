//! The certificate a server shows, as far as people ask about it: whom it is for, who made it, and when it is good.
//! It is read for telling alone; whether it may be trusted is decided elsewhere.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

/// Names that are told; a certificate may hold thousands.
const NAMES_MOST: usize = 20;
/// Bytes of one name that are told.
const NAME_BYTES_MOST: usize = 253;

/// What a server's certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The host names and addresses it is for, as many as are told.
    pub names: Vec<String>,
    /// How many more there are.
    pub more_names: usize,
    /// Who signed it, by name.
    pub issuer: String,
    /// Its own key signed it, by what it says: no authority stands behind it.
    pub is_self_issued: bool,
    /// From when on it is good, in seconds since 1970.
    pub not_before_seconds: i64,
    /// Until when it is good, in seconds since 1970.
    pub not_after_seconds: i64,
}

impl Certificate {
    /// Reads what a server sent; `None` where that is no certificate.
    pub(crate) fn read(sent: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(sent).ok()?;
        let names = names_of(&certificate);
        Some(Self {
            more_names: names.len().saturating_sub(NAMES_MOST),
            names: names.into_iter().take(NAMES_MOST).map(|name| cut(&name)).collect(),
            issuer: name_of(certificate.issuer()),
            is_self_issued: certificate.issuer() == certificate.subject(),
            not_before_seconds: certificate.validity().not_before.timestamp(),
            not_after_seconds: certificate.validity().not_after.timestamp(),
        })
    }
}

/// Only these names count (RFC 9525, section 6.3); the subject's own is looked at by nobody any more.
fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    extension.value.general_names.iter().filter_map(plain).collect()
}

fn plain(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

/// The common name with the organisation behind it, or all that is there.
fn name_of(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().find_map(|part| part.as_str().ok());
    let organisation = name.iter_organization().find_map(|part| part.as_str().ok());
    match (common, organisation) {
        (Some(common), Some(organisation)) => cut(&format!("{common} ({organisation})")),
        (Some(one), None) | (None, Some(one)) => cut(one),
        (None, None) => cut(&name.to_string()),
    }
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(NAME_BYTES_MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn shown(names: &[String], change: impl FnOnce(&mut CertificateParams)) -> Certificate {
        let mut params = CertificateParams::new(names).expect("names");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let made = params.self_signed(&key).expect("a certificate");
        Certificate::read(made.der()).expect("it can be read")
    }

    #[test]
    fn a_certificate_tells_its_names_dates_and_issuer() {
        let told = shown(&["hooks.example".to_owned(), "10.0.0.1".to_owned()], |params| {
            params.not_before = date_time_ymd(2026, 1, 1);
            params.not_after = date_time_ymd(2026, 4, 1);
            params.distinguished_name.push(DnType::CommonName, "Our own");
            params.distinguished_name.push(DnType::OrganizationName, "Acme");
        });
        assert_eq!(told.names, ["hooks.example", "10.0.0.1"]);
        assert_eq!((told.issuer.as_str(), told.is_self_issued, told.more_names), ("Our own (Acme)", true, 0));
        assert_eq!((told.not_before_seconds, told.not_after_seconds), (1_767_225_600, 1_775_001_600));
    }

    #[test]
    fn a_certificate_for_many_names_tells_some() {
        let names: Vec<String> = (0..25).map(|number| format!("{number}.example")).collect();
        let told = shown(&names, |_| {});
        assert_eq!((told.names.len(), told.more_names), (20, 5));
    }

    #[test]
    fn what_is_no_certificate_tells_nothing() {
        assert_eq!(Certificate::read(&CertificateDer::from(&b"nonsense"[..])), None);
        assert_eq!(cut("ü".repeat(200).as_str()).len(), 252);
    }
}
