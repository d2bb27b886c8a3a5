//! How an endpoint knows that requests are ours, beside their signature: not at all, by user name and password, by a
//! header that is a credential, or by a token of an OAuth server. One of these is chosen; what was before goes away
//! with it, after the new one stands, so that no request goes without.

use std::collections::{BTreeMap, BTreeSet};

use wirepost_model::capability::Capability;

use crate::basic_auth::{AUTHORIZATION, BasicDraft, has_basic};
use crate::caller::AppAccess;
use crate::headers::is_sensitive;
use crate::oauth::{OauthDraft, ShownOauth};
use crate::{Control, ControlError, ControlResult};

/// How requests prove who sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticationKind {
    /// By their signature alone.
    None,
    /// By a user name and a password (RFC 7617).
    Basic,
    /// By a header whose name says that it is a credential.
    Header,
    /// By a token of an OAuth server (RFC 6749, section 4.4).
    Oauth,
}

/// How requests to one endpoint prove it, as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAuthentication {
    /// What counts: a token goes before a header, and both go along.
    pub kind: AuthenticationKind,
    /// The names of all headers that are credentials.
    pub headers: Vec<String>,
    /// Where tokens come from.
    pub oauth: Option<ShownOauth>,
}

/// How requests shall prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthenticationDraft {
    /// By their signature alone.
    None,
    /// By a user name and a password.
    Basic(BasicDraft),
    /// By this header.
    Header(HeaderDraft),
    /// By a token. Hidden parameters and headers of the same client at the same URL are kept.
    Oauth(OauthDraft),
}

/// A header that is a credential.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderDraft {
    /// Its name, which must say that the value is to be hidden.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Control {
    /// How requests to an endpoint prove who sends them.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn endpoint_authentication(
        &self,
        access: &AppAccess,
        endpoint: &str,
    ) -> ControlResult<ShownAuthentication> {
        let endpoint = self.find_endpoint(access, endpoint).await?;
        let oauth = self.store().find_oauth(access.id(), endpoint.id).await?.map(ShownOauth::from);
        let is_basic = has_basic(&endpoint.headers);
        let headers: Vec<String> = endpoint.headers.0.into_keys().filter(|name| is_sensitive(name)).collect();
        let kind = match (&oauth, is_basic, headers.is_empty()) {
            (Some(_), ..) => AuthenticationKind::Oauth,
            (None, true, _) => AuthenticationKind::Basic,
            (None, false, false) => AuthenticationKind::Header,
            (None, false, true) => AuthenticationKind::None,
        };
        Ok(ShownAuthentication { kind, headers, oauth })
    }

    /// Has requests to an endpoint prove it in this way and no other from now on. The header `authorization` and the
    /// OAuth configuration go unless they are what is set; other headers go where they are named in `dropped`.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`; `Invalid`; `Unavailable`. Whoever hears that the second half failed asks
    /// again: the first changes nothing then.
    pub async fn put_endpoint_authentication(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: AuthenticationDraft,
        dropped: &BTreeSet<String>,
    ) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        let mut changes: BTreeMap<String, Option<String>> =
            dropped.iter().map(|name| (name.to_ascii_lowercase(), None)).collect();
        changes.insert(AUTHORIZATION.to_owned(), None);
        let mut is_oauth = false;
        match draft {
            AuthenticationDraft::None => {}
            AuthenticationDraft::Basic(basic) => {
                changes.insert(AUTHORIZATION.to_owned(), Some(basic.check()?));
            }
            AuthenticationDraft::Header(header) => {
                let (name, value) = header.check()?;
                changes.insert(name, Some(value));
            }
            AuthenticationDraft::Oauth(oauth) => {
                let oauth = self.with_hidden_extras(access, endpoint, oauth).await?;
                self.put_oauth(access, endpoint, oauth).await?;
                is_oauth = true;
            }
        }
        self.change_endpoint_headers(access, endpoint, changes).await?;
        if !is_oauth {
            self.delete_oauth(access, endpoint).await?;
        }
        Ok(())
    }
}

impl HeaderDraft {
    /// The rest is judged as for every header.
    fn check(self) -> ControlResult<(String, String)> {
        let name = self.name.trim().to_ascii_lowercase();
        if !is_sensitive(&name) {
            let sentence = "must say that its value is a credential, or it would be shown: with a word such as \
                            authorization, auth, token, key or secret, as in x-api-key";
            return Err(ControlError::body("name", sentence));
        }
        if self.value.is_empty() {
            return Err(ControlError::body("value", "is needed"));
        }
        Ok((name, self.value))
    }
}

impl std::fmt::Debug for HeaderDraft {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("HeaderDraft").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_would_be_shown_is_no_authentication() {
        let check = |name: &str, value: &str| HeaderDraft { name: name.into(), value: value.into() }.check();
        assert_eq!(check(" X-Api-Key ", "s"), Ok(("x-api-key".into(), "s".into())));
        assert!(
            check("x-tenant", "s").is_err() && check("", "s").is_err() && check("x-api-key", "").is_err()
        );
        let draft = HeaderDraft { name: "x-api-key".into(), value: "hidden".into() };
        assert!(!format!("{draft:?}").contains("hidden"));
    }
}
