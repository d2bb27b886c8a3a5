//! OAuth 2.0 client credentials (RFC 6749, section 4.4) with which an endpoint's requests are authorized.

use std::collections::BTreeMap;
use std::fmt;

use crate::endpoint::CustomHeaders;
use crate::timestamp::Timestamp;

/// How an endpoint's requests get their token.
#[derive(Clone, PartialEq, Eq)]
pub struct OauthConfig {
    /// Where tokens are asked for. Checked when set; the address again at every connect.
    pub token_url: String,
    /// Who we are to the token server.
    pub client_id: String,
    /// What proves it.
    pub client_secret: ClientSecret,
    /// How it is proven.
    pub auth_method: OauthAuthMethod,
    /// The scopes asked for; none where there are none.
    pub scopes: Vec<String>,
    /// Parameters sent beside our own, e.g. `audience`.
    pub extra_params: BTreeMap<String, String>,
    /// Headers of the request for a token, by lower-case name.
    pub extra_headers: CustomHeaders,
    /// When it was set. A token that an earlier configuration brought is not used under this one.
    pub updated_at: Timestamp,
}

/// A client's secret. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

/// How a client shows its secret (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OauthAuthMethod {
    /// In the header `Authorization: Basic`.
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
}

impl ClientSecret {
    /// Guards this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: for the store and the token server.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl OauthAuthMethod {
    /// The method as the database and RFC 7591, section 2, spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::ClientSecretBasic, Self::ClientSecretPost].into_iter().find(|method| method.as_str() == text)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClientSecret(…)")
    }
}

/// Parameters may be credentials, and so may a user name in the URL: neither is shown.
impl fmt::Debug for OauthConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("OauthConfig")
            .field("client_id", &self.client_id)
            .field("auth_method", &self.auth_method)
            .field("scopes", &self.scopes)
            .field("extra_params", &self.extra_params.keys())
            .field("extra_headers", &self.extra_headers)
            .field("updated_at", &self.updated_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_printed() {
        let hidden = || BTreeMap::from([("password".to_owned(), "hidden".to_owned())]);
        let config = OauthConfig {
            token_url: "https://user:hidden@auth.example/token".into(),
            client_id: "us".into(),
            client_secret: ClientSecret::new("hidden"),
            auth_method: OauthAuthMethod::ClientSecretBasic,
            scopes: vec!["write".into()],
            extra_params: hidden(),
            extra_headers: CustomHeaders(hidden()),
            updated_at: Timestamp::default(),
        };
        let printed = format!("{config:?} {:?}", config.client_secret);
        assert!(printed.contains("password") && !printed.contains("hidden"), "{printed}");
    }

    #[test]
    fn a_method_is_read_as_it_was_written() {
        for method in [OauthAuthMethod::ClientSecretBasic, OauthAuthMethod::ClientSecretPost] {
            assert_eq!(OauthAuthMethod::parse(method.as_str()), Some(method));
        }
        assert_eq!(OauthAuthMethod::parse("private_key_jwt"), None);
    }
}
