//! A URL we may send to, taken apart once: everything a request needs of it is precomputed.
//! Only what can be judged without the network is judged here; names are judged when resolved.

use std::net::IpAddr;

use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use rustls::pki_types::ServerName;
use url::{Host, Position, Url};

use crate::address_guard::{AddressGuard, InnerAddress};
use crate::basic::{basic_authorization, sensitive};

/// Longest URL accepted, in bytes.
const URL_LIMIT: usize = 2048;

/// Why a URL cannot be sent to, as a sentence for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is longer than 2048 bytes.
    #[error("the URL is longer than {URL_LIMIT} bytes")]
    TooLong,
    /// White space or control characters stand in it.
    #[error("the URL contains white space or a control character")]
    WhiteSpace,
    /// It does not parse.
    #[error("this is not a URL: {0}")]
    NotAUrl(url::ParseError),
    /// Another scheme than `https` (or `http`, where the operator allows it).
    #[error("the URL must begin with {wanted}, not with {found}:")]
    Scheme {
        /// The schemes that would do.
        wanted: &'static str,
        /// The scheme that was given.
        found: String,
    },
    /// It has a `#fragment`, which is never sent.
    #[error("the URL must not have a fragment (#…), which would never be sent")]
    Fragment,
    /// Port 0.
    #[error("port 0 cannot be connected to")]
    PortZero,
    /// The user name or the password cannot be sent as basic authentication (RFC 7617).
    #[error("the user name in the URL must not contain a colon")]
    UserName,
    /// The host is not a name that DNS and TLS can carry.
    #[error("{0:?} is not a valid host name")]
    HostName(String),
    /// The host is written as an inner address, or is `localhost`.
    #[error("the URL must lead to the public Internet: {0}")]
    InnerAddress(InnerAddress),
    /// The path or the query cannot be sent.
    #[error("the path or the query of the URL cannot be sent: {0}")]
    Path(String),
}

/// A URL without its user name and password, and what these are sent as.
pub struct BareUrl {
    /// The URL; as it was written, where no user name stood in it.
    pub url: String,
    /// The same in the form in which it is sent, with all encoded that has to be.
    pub sent: String,
    /// The value of `Authorization` made of user name and password. A secret.
    pub authorization: Option<String>,
}

/// The parts of a URL in the form in which they are sent.
pub(crate) struct EndpointUrl {
    pub(crate) tls: bool,
    pub(crate) host: EndpointHost,
    pub(crate) port: u16,
    /// `host[:port]`, for HTTP/1.1.
    pub(crate) host_header: HeaderValue,
    /// Path and query, for HTTP/1.1.
    pub(crate) origin_form: Uri,
    /// Scheme, authority, path and query, for HTTP/2.
    pub(crate) absolute_form: Uri,
    /// Basic authentication made of the URL's user name and password.
    pub(crate) authorization: Option<HeaderValue>,
}

/// Where to connect to.
pub(crate) enum EndpointHost {
    Name { name: String, server_name: ServerName<'static> },
    Address { address: IpAddr, server_name: ServerName<'static> },
}

impl EndpointHost {
    /// The name that the server's certificate must carry.
    pub(crate) fn server_name(&self) -> &ServerName<'static> {
        match self {
            EndpointHost::Name { server_name, .. } | EndpointHost::Address { server_name, .. } => server_name,
        }
    }
}

impl EndpointUrl {
    pub(crate) fn parse(text: &str, allow_http: bool, guard: &AddressGuard) -> Result<Self, UrlError> {
        if text.len() > URL_LIMIT {
            return Err(UrlError::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(UrlError::WhiteSpace);
        }
        let url = Url::parse(text).map_err(UrlError::NotAUrl)?;
        let tls = uses_tls(&url, allow_http)?;
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(UrlError::PortZero)?;
        Ok(EndpointUrl {
            tls,
            host: host_of(&url, guard)?,
            port,
            host_header: host_header(&url)?,
            origin_form: sendable(&url[Position::BeforePath..Position::AfterQuery])?,
            absolute_form: sendable(&absolute_form(&url))?,
            authorization: authorization_of(&url)?.map(sensitive),
        })
    }
}

impl BareUrl {
    /// Takes user name and password out of a URL, so that it can be shown.
    ///
    /// # Errors
    /// It is no URL, or the user name cannot be sent.
    pub fn of(text: &str) -> Result<Self, UrlError> {
        let mut url = Url::parse(text).map_err(UrlError::NotAUrl)?;
        let authorization = authorization_of(&url)?;
        if authorization.is_none() {
            return Ok(BareUrl { url: text.to_owned(), sent: url.into(), authorization });
        }
        let parted = url.set_username("").and_then(|()| url.set_password(None));
        parted.map_err(|()| UrlError::NotAUrl(url::ParseError::EmptyHost))?;
        let sent = String::from(url);
        Ok(BareUrl { url: sent.clone(), sent, authorization })
    }
}

fn uses_tls(url: &Url, allow_http: bool) -> Result<bool, UrlError> {
    let wanted = if allow_http { "https:// or http://" } else { "https://" };
    match url.scheme() {
        "https" => Ok(true),
        "http" if allow_http => Ok(false),
        found => Err(UrlError::Scheme { wanted, found: found.to_owned() }),
    }
}

fn host_of(url: &Url, guard: &AddressGuard) -> Result<EndpointHost, UrlError> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(name)) => return named_host(name, guard),
        None => return Err(UrlError::NotAUrl(url::ParseError::EmptyHost)),
    };
    guard.check(address).map_err(UrlError::InnerAddress)?;
    Ok(EndpointHost::Address { address, server_name: ServerName::IpAddress(address.into()) })
}

fn named_host(name: &str, guard: &AddressGuard) -> Result<EndpointHost, UrlError> {
    // The final dot of a fully qualified name is for DNS; certificates do not carry it.
    let bare = name.strip_suffix('.').unwrap_or(name);
    let server_name =
        ServerName::try_from(bare.to_owned()).map_err(|_| UrlError::HostName(name.to_owned()))?;
    if bare == "localhost" || bare.ends_with(".localhost") {
        let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from(std::net::Ipv6Addr::LOCALHOST)];
        if let [Err(inner), Err(_)] = loopback.map(|address| guard.check(address)) {
            return Err(UrlError::InnerAddress(inner));
        }
    }
    Ok(EndpointHost::Name { name: name.to_owned(), server_name })
}

fn host_header(url: &Url) -> Result<HeaderValue, UrlError> {
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    HeaderValue::from_str(authority).map_err(|_| UrlError::HostName(authority.to_owned()))
}

fn absolute_form(url: &Url) -> String {
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    format!("{}://{authority}{}", url.scheme(), &url[Position::BeforePath..Position::AfterQuery])
}

fn sendable(text: &str) -> Result<Uri, UrlError> {
    text.parse().map_err(|error: http::uri::InvalidUri| UrlError::Path(error.to_string()))
}

fn authorization_of(url: &Url) -> Result<Option<String>, UrlError> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let user_name: Vec<u8> = percent_decode_str(url.username()).collect();
    if user_name.contains(&b':') {
        return Err(UrlError::UserName);
    }
    let password: Vec<u8> = percent_decode_str(url.password().unwrap_or_default()).collect();
    Ok(Some(basic_authorization(&user_name, &password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<EndpointUrl, UrlError> {
        EndpointUrl::parse(text, false, &AddressGuard::default())
    }

    fn sentence(text: &str) -> String {
        parse(text).err().unwrap_or_else(|| panic!("{text} passed")).to_string()
    }

    #[test]
    fn a_url_is_taken_apart_into_what_is_sent() {
        let url = parse("https://Hooks.Example.com:8443/in/a%20b?x=1&y={z}").expect("a sendable URL");
        assert_eq!(url.host_header, "hooks.example.com:8443");
        assert_eq!(url.origin_form.to_string(), "/in/a%20b?x=1&y={z}");
        assert_eq!(url.absolute_form.to_string(), "https://hooks.example.com:8443/in/a%20b?x=1&y={z}");
        assert_eq!(url.port, 8443);
        assert!(url.authorization.is_none());
    }

    #[test]
    fn the_default_port_is_not_named_in_the_host_header() {
        let url = parse("https://example.com:443").expect("a sendable URL");
        assert_eq!(url.host_header, "example.com");
        assert_eq!(url.origin_form.to_string(), "/");
    }

    #[test]
    fn user_name_and_password_become_basic_authorization_and_leave_the_url() {
        let url = parse("https://Aladdin:open%20sesame@example.com/x").expect("a sendable URL");
        let value = url.authorization.expect("the URL carries a user name");
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(value.is_sensitive());
        assert_eq!(url.absolute_form.to_string(), "https://example.com/x");
        assert_eq!(url.host_header, "example.com");
    }

    #[test]
    fn a_url_is_shown_without_user_name_and_password() {
        let split = |text| BareUrl::of(text).map(|bare| (bare.url, bare.authorization)).ok();
        let (url, authorization) = split("https://Aladdin:open%20sesame@example.com/x?y=1").expect("a URL");
        assert_eq!(url, "https://example.com/x?y=1");
        assert_eq!(authorization.as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        let (url, authorization) = split("https://key@example.com").expect("a URL");
        assert_eq!(
            (url.as_str(), authorization.as_deref()),
            ("https://example.com/", Some("Basic a2V5Og=="))
        );
        let as_written = "HTTPS://Example.com/a/../b";
        assert_eq!(split(as_written), Some((as_written.to_owned(), None)));
        assert_eq!((split("https://a%3Ab:c@example.com/"), split("example.com")), (None, None));
        let sent = BareUrl::of("https://bücher.example/a b?c='`\"").expect("a URL").sent;
        assert_eq!(sent, "https://xn--bcher-kva.example/a%20b?c=%27`%22");
    }

    #[test]
    fn an_international_name_is_sent_in_its_ascii_form() {
        let url = parse("https://bücher.example/ü").expect("a sendable URL");
        assert_eq!(url.host_header, "xn--bcher-kva.example");
        assert_eq!(url.origin_form.to_string(), "/%C3%BC");
    }

    #[test]
    fn the_final_dot_of_a_name_is_not_part_of_the_certificate_name() {
        let url = parse("https://example.com./").expect("a sendable URL");
        assert_eq!(url.host.server_name().to_str(), "example.com");
    }

    #[test]
    fn each_refusal_says_what_is_wrong() {
        assert_eq!(sentence("http://example.com/"), "the URL must begin with https://, not with http:");
        assert_eq!(sentence("ftp://example.com/"), "the URL must begin with https://, not with ftp:");
        assert!(sentence("example.com/hook").starts_with("this is not a URL"));
        assert!(sentence("https://").starts_with("this is not a URL"));
        assert!(sentence("https://example.com/#top").contains("fragment"));
        assert!(sentence("https://example.com/a b").contains("white space"));
        assert!(sentence("https://example.com:0/").contains("port 0"));
        assert!(sentence("https://a%3Ab:c@example.com/").contains("colon"));
        assert!(sentence(&format!("https://example.com/{}", "a".repeat(2048))).contains("2048 bytes"));
        assert!(sentence("https://-a..b/").contains("not a valid host name"));
    }

    #[test]
    fn a_host_written_as_an_inner_address_is_refused_in_every_notation() {
        let hosts = [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "127。0。0。1",
            "１２７.0.0.1",
            "0",
            "0x0",
            "10.0.0.1",
            "012.1.2.3",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[fd00::1]",
            "[fe80::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:1::1]",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
        ];
        for host in hosts {
            let refused = parse(&format!("https://{host}/")).err();
            assert!(matches!(refused, Some(UrlError::InnerAddress(_))), "{host}: {refused:?}");
        }
    }

    #[test]
    fn http_and_inner_addresses_pass_where_the_operator_allows_them() {
        let guard = AddressGuard::new(vec!["127.0.0.0/8".parse().expect("a subnet")]);
        for url in ["http://127.0.0.1:9000/x", "http://localhost/", "https://0x7f.1/"] {
            assert!(EndpointUrl::parse(url, true, &guard).is_ok(), "{url}");
        }
        let ftp = EndpointUrl::parse("ftp://127.0.0.1/", true, &guard).err().expect("only http and https");
        assert_eq!(ftp.to_string(), "the URL must begin with https:// or http://, not with ftp:");
    }
}
