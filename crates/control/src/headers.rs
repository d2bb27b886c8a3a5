//! The headers that customers add to each request. Those that are ours to send, or that frame the request, are
//! refused; those that look like credentials are never shown again.

use std::collections::BTreeMap;

use wirepost_model::capability::Capability;
use wirepost_model::endpoint::{CustomHeaders, Endpoint};

use crate::caller::AppAccess;
use crate::{Control, ControlError, ControlResult};

/// Most headers of one endpoint.
const HEADERS_MOST: usize = 50;
/// Most bytes of a name.
const NAME_BYTES_MOST: usize = 256;

const REFUSED_NAMES: &[&str] = &[
    "cache-control",
    "connection",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];
const REFUSED_BEGINNINGS: &[&str] = &["content-", "proxy-", "svix-", "webhook-"];
/// Words in a name that make its value a credential.
const SENSITIVE_WORDS: &[&str] = &[
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "jwt",
    "key",
    "passwd",
    "password",
    "secret",
    "session",
    "signature",
    "token",
];

/// An endpoint's headers as they may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShownHeaders {
    /// Names and values.
    pub headers: BTreeMap<String, String>,
    /// Names alone: their values look like credentials.
    pub sensitive: Vec<String>,
}

impl Control {
    /// The headers of an endpoint, credentials by name only.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn endpoint_headers(&self, access: &AppAccess, endpoint: &str) -> ControlResult<ShownHeaders> {
        let endpoint = self.find_endpoint(access, endpoint).await?;
        let (sensitive, headers): (BTreeMap<_, _>, BTreeMap<_, _>) =
            endpoint.headers.0.into_iter().partition(|(name, _)| is_sensitive(name));
        Ok(ShownHeaders { headers, sensitive: sensitive.into_keys().collect() })
    }

    /// Replaces all headers of an endpoint.
    ///
    /// # Errors
    /// `NotFound`; `Invalid`; `Unavailable`.
    pub async fn put_endpoint_headers(
        &self,
        access: &AppAccess,
        endpoint: &str,
        headers: BTreeMap<String, String>,
    ) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        let headers = check_headers(headers)?;
        let edit = |endpoint: &mut Endpoint, now| {
            endpoint.headers = headers.clone();
            endpoint.updated_at = now;
            Ok(())
        };
        self.rewrite_endpoint(access, endpoint, edit).await?;
        Ok(())
    }

    /// Sets those headers of an endpoint that have a value here, and deletes those that have none.
    ///
    /// # Errors
    /// `NotFound`; `Invalid`; `Unavailable`.
    pub async fn change_endpoint_headers(
        &self,
        access: &AppAccess,
        endpoint: &str,
        changes: BTreeMap<String, Option<String>>,
    ) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        let edit = |endpoint: &mut Endpoint, now| {
            let mut headers = std::mem::take(&mut endpoint.headers.0);
            for (name, value) in &changes {
                let name = name.to_ascii_lowercase();
                match value {
                    Some(value) => headers.insert(name, value.clone()),
                    None => headers.remove(&name),
                };
            }
            endpoint.headers = check_headers(headers)?;
            endpoint.updated_at = now;
            Ok(())
        };
        self.rewrite_endpoint(access, endpoint, edit).await?;
        Ok(())
    }
}

/// Headers that may be sent, by lower-case name.
pub(crate) fn check_headers(headers: BTreeMap<String, String>) -> ControlResult<CustomHeaders> {
    if headers.len() > HEADERS_MOST {
        let sentence = format!("must be at most {HEADERS_MOST} headers");
        return Err(ControlError::body("headers", sentence));
    }
    let check = |(name, value): (String, String)| {
        let name = name.to_ascii_lowercase();
        check_name(&name)?;
        check_value(&name, &value)?;
        Ok((name, value))
    };
    let headers = headers.into_iter().map(check).collect::<ControlResult<_>>()?;
    Ok(CustomHeaders(headers))
}

fn check_name(name: &str) -> ControlResult<()> {
    // RFC 9110, section 5.6.2: a token.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > NAME_BYTES_MOST || !name.bytes().all(is_token) {
        return Err(ControlError::body("headers", "a name is not a header name"));
    }
    let ours =
        REFUSED_NAMES.contains(&name) || REFUSED_BEGINNINGS.iter().any(|start| name.starts_with(start));
    if ours {
        return Err(ControlError::body("headers", format!("{name} cannot be set")));
    }
    Ok(())
}

fn check_value(name: &str, value: &str) -> ControlResult<()> {
    let most = CustomHeaders::VALUE_BYTES_MOST;
    if value.len() > most {
        let sentence = format!("the value of {name} must be at most {most} bytes");
        return Err(ControlError::body("headers", sentence));
    }
    // RFC 9110, section 5.5, without its obsolete bytes over 127.
    let is_sendable = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
    if !value.bytes().all(is_sendable) || value.trim() != value {
        let sentence = format!("the value of {name} must be printable ASCII without blanks around it");
        return Err(ControlError::body("headers", sentence));
    }
    Ok(())
}

pub(crate) fn is_sensitive(name: &str) -> bool {
    name.split(['-', '_', '.']).any(|word| SENSITIVE_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> ControlResult<CustomHeaders> {
        check_headers(BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn headers_that_are_ours_are_refused_in_any_case() {
        for name in [
            "Host",
            "user-agent",
            "Content-Type",
            "content-length",
            "Transfer-Encoding",
            "connection",
            "upgrade",
            "Proxy-Authorization",
            "cache-control",
            "webhook-id",
            "Webhook-Anything",
            "svix-id",
            "te",
        ] {
            assert!(check(name, "x").is_err(), "{name}");
        }
    }

    #[test]
    fn names_are_kept_in_lower_case() {
        let headers = check("X-Api-Key", "abc").expect("a good header");
        assert_eq!(headers.0.keys().collect::<Vec<_>>(), ["x-api-key"]);
    }

    #[test]
    fn what_would_break_a_request_is_refused() {
        for (name, value) in
            [("", "x"), ("a b", "x"), ("ä", "x"), ("a:", "x"), ("a", "x\r\ny: z"), ("a", "ü"), ("a", " x")]
        {
            assert!(check(name, value).is_err(), "{name:?}: {value:?}");
        }
        assert!(check("a", &"x".repeat(4_096)).is_ok());
        assert!(check("a", &"x".repeat(4_097)).is_err());
        let many = (0..51).map(|at| (format!("x-{at}"), String::new())).collect();
        assert!(check_headers(many).is_err());
    }

    #[test]
    fn credentials_are_known_by_their_names() {
        for name in ["authorization", "x-api-key", "x-auth-token", "cookie", "x_secret", "x-apikey"] {
            assert!(is_sensitive(name), "{name}");
        }
        for name in ["x-monkey", "x-tenant", "accept", "x-author"] {
            assert!(!is_sensitive(name), "{name}");
        }
    }
}
