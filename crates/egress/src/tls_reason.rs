//! What is wrong with a certificate or a handshake, in words its owner can act upon.

use std::io;
use std::time::{Duration, SystemTime};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, OtherError};

use crate::protocols::Protocols;

/// The reason of a handshake that failed, in which these protocols were offered.
pub(crate) fn of_handshake(error: &io::Error, protocols: Protocols) -> String {
    match of_tls_error(error) {
        Some(_) if is_about_protocols(error) => protocols.unknown_to_server(),
        Some(reason) => reason,
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted => {
                "the server closed the connection during the TLS handshake".to_owned()
            }
            _ => error.to_string(),
        },
    }
}

/// The reason, if TLS itself and not the socket failed.
pub(crate) fn of_tls_error(error: &io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<Error>().map(words)
}

fn is_about_protocols(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(
        inner,
        Some(Error::NoApplicationProtocol | Error::AlertReceived(AlertDescription::NoApplicationProtocol))
    )
}

fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => certificate_words(certificate),
        Error::AlertReceived(alert) => alert_words(*alert),
        Error::InvalidMessage(_) => "the server does not speak TLS on this port".to_owned(),
        Error::PeerIncompatible(_) => {
            "the server offers no TLS version or cipher that is still safe (TLS 1.2 or 1.3 is needed)"
                .to_owned()
        }
        other => format!("the TLS handshake failed: {other}"),
    }
}

fn certificate_words(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired => "the certificate has expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate expired on {}", date(*not_after))
        }
        CertificateError::NotValidYet => "the certificate is not valid yet".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("the certificate is not valid before {}", date(*not_before))
        }
        CertificateError::UnknownIssuer => {
            "the certificate is not signed by a trusted authority (is it self-signed, or is the intermediate \
             certificate missing?)"
                .to_owned()
        }
        CertificateError::NotValidForName => "the certificate is for another host name".to_owned(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            format!("the certificate is not for {} but for {}", expected.to_str(), names(presented))
        }
        CertificateError::Revoked => "the certificate was revoked".to_owned(),
        CertificateError::BadSignature => {
            "the signature on the certificate does not match its issuer".to_owned()
        }
        CertificateError::BadEncoding => "the certificate cannot be read".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is not made for servers".to_owned()
        }
        CertificateError::Other(OtherError(error)) => other_words(&error.to_string()),
        other => format!("the certificate was not accepted: {other}"),
    }
}

/// What the library below calls by the names of its own errors.
fn other_words(error: &str) -> String {
    match error {
        // Tools that make self-signed certificates make them so by default.
        "CaUsedAsEndEntity" => {
            "the certificate is that of an authority and not of a server (is it self-signed?)"
        }
        "UnsupportedCertVersion" => "the certificate is of an old version without host names",
        other => return format!("the certificate was not accepted: {other}"),
    }
    .to_owned()
}

/// A few of the names on a certificate, without the library's `DnsName("…")` around them.
fn names(presented: &[String]) -> String {
    const SHOWN: usize = 3;
    let plain = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
    match presented.len() {
        0 => "no name at all".to_owned(),
        count if count > SHOWN => {
            let shown: Vec<String> = presented.iter().take(SHOWN).map(plain).collect();
            format!("{} and {} more", shown.join(", "), count - SHOWN)
        }
        _ => presented.iter().map(plain).collect::<Vec<_>>().join(", "),
    }
}

fn alert_words(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::HandshakeFailure => {
            "the server refused the handshake: no cipher in common".to_owned()
        }
        AlertDescription::ProtocolVersion => {
            "the server refused the handshake: no TLS version in common (TLS 1.2 or 1.3 is needed)".to_owned()
        }
        AlertDescription::UnrecognisedName => "the server does not know this host name".to_owned(),
        AlertDescription::CertificateRequired => "the server asks for a client certificate".to_owned(),
        other => format!("the server refused the handshake: {other:?}"),
    }
}

/// Day, month and year; an HTTP date is `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
fn date(time: UnixTime) -> String {
    const YEAR_9999: u64 = 253_402_300_799;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs().min(YEAR_9999));
    httpdate::fmt_http_date(time)[5..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(error: Error) -> String {
        of_handshake(&io::Error::new(io::ErrorKind::InvalidData, error), Protocols::Any)
    }

    #[test]
    fn an_expired_certificate_says_when_it_expired() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let expired = CertificateError::ExpiredContext { time: at(900_000_000), not_after: at(784_111_777) };
        assert_eq!(reason(Error::InvalidCertificate(expired)), "the certificate expired on 06 Nov 1994");
    }

    #[test]
    fn a_certificate_for_many_names_shows_only_some() {
        let presented: Vec<String> = (1..=5).map(|n| format!("DnsName(\"{n}.example\")")).collect();
        assert_eq!(names(&presented), "1.example, 2.example, 3.example and 2 more");
        assert_eq!(names(&presented[..1]), "1.example");
    }

    #[test]
    fn an_alert_is_told_in_words() {
        let alert = Error::AlertReceived(AlertDescription::ProtocolVersion);
        assert!(reason(alert).contains("no TLS version in common"));
    }

    #[test]
    fn a_server_that_speaks_another_http_is_told_from_one_that_speaks_none() {
        let refusal = || {
            let alert = Error::AlertReceived(AlertDescription::NoApplicationProtocol);
            io::Error::new(io::ErrorKind::InvalidData, alert)
        };
        assert!(of_handshake(&refusal(), Protocols::Any).contains("neither"));
        assert!(of_handshake(&refusal(), Protocols::Http1).contains("does not speak HTTP/1.1"));
        assert!(of_handshake(&refusal(), Protocols::Http2).contains("does not speak HTTP/2"));
    }

    #[test]
    fn a_socket_that_closed_is_no_riddle() {
        let closed = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(
            of_handshake(&closed, Protocols::Any),
            "the server closed the connection during the TLS handshake"
        );
    }
}
