//! Basic authentication of requests to an endpoint (RFC 7617). It is kept as the header `authorization`, with all that
//! holds for headers that are credentials: set, replaced and taken away, but never shown. A user name in a URL is
//! taken out of it and set in the same way.

use wirepost_egress::basic_authorization;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::{CustomHeaders, Endpoint};

use crate::caller::AppAccess;
use crate::{Control, ControlError, ControlResult};

/// The header that carries credentials, as names of headers are kept.
pub(crate) const AUTHORIZATION: &str = "authorization";
/// Most bytes of a user name, and of a password: in base64 both together fit into one header.
const TEXT_BYTES_MOST: usize = 1_024;

/// A user name and a password as somebody wants them sent.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicDraft {
    /// Who we are to the receiver.
    pub user_name: String,
    /// What proves it.
    pub password: String,
}

impl Control {
    /// Has every request to an endpoint carry this user name and password from now on, in place of any other
    /// `authorization`. A token of an OAuth server goes before it.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`; `Invalid`; `Unavailable`.
    pub async fn put_basic_auth(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: BasicDraft,
    ) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        let value = draft.check()?;
        let edit = |endpoint: &mut Endpoint, now| {
            endpoint.headers.0.insert(AUTHORIZATION.to_owned(), value.clone());
            endpoint.updated_at = now;
            Ok(())
        };
        self.rewrite_endpoint(access, endpoint, edit).await?;
        Ok(())
    }

    /// Whether requests to an endpoint carry a user name and a password; which ones is told to nobody.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn has_basic_auth(&self, access: &AppAccess, endpoint: &str) -> ControlResult<bool> {
        Ok(has_basic(&self.find_endpoint(access, endpoint).await?.headers))
    }

    /// Has requests to an endpoint carry no user name and password any more; another `authorization` stays.
    ///
    /// # Errors
    /// `MissingCapability`; `NotFound`; `Unavailable`.
    pub async fn delete_basic_auth(&self, access: &AppAccess, endpoint: &str) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        if !self.has_basic_auth(access, endpoint).await? {
            return Ok(());
        }
        let edit = |endpoint: &mut Endpoint, now| {
            if has_basic(&endpoint.headers) {
                endpoint.headers.0.remove(AUTHORIZATION);
                endpoint.updated_at = now;
            }
            Ok(())
        };
        self.rewrite_endpoint(access, endpoint, edit).await?;
        Ok(())
    }
}

impl BasicDraft {
    /// RFC 7617, section 2: no control characters, and no colon in the user name.
    pub(crate) fn check(&self) -> ControlResult<String> {
        let fits = |text: &str| text.len() <= TEXT_BYTES_MOST && !text.chars().any(char::is_control);
        if !fits(&self.user_name) || self.user_name.contains(':') {
            let sentence =
                format!("must be at most {TEXT_BYTES_MOST} bytes without colons and control characters");
            return Err(ControlError::body("username", sentence));
        }
        if !fits(&self.password) {
            let sentence = format!("must be at most {TEXT_BYTES_MOST} bytes without control characters");
            return Err(ControlError::body("password", sentence));
        }
        if self.user_name.is_empty() && self.password.is_empty() {
            return Err(ControlError::body("username", "is needed where there is no password"));
        }
        Ok(basic_authorization(self.user_name.as_bytes(), self.password.as_bytes()))
    }
}

impl std::fmt::Debug for BasicDraft {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("BasicDraft(…)")
    }
}

pub(crate) fn has_basic(headers: &CustomHeaders) -> bool {
    let scheme = headers.0.get(AUTHORIZATION).and_then(|value| value.split(' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(user_name: &str, password: &str) -> BasicDraft {
        BasicDraft { user_name: user_name.into(), password: password.into() }
    }

    #[test]
    fn name_and_password_become_one_value() {
        let value = draft("Aladdin", "open sesame").check();
        assert_eq!(value.as_deref(), Ok("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(draft("key", "").check().is_ok() && draft("", "token").check().is_ok());
        assert!(draft(&"n".repeat(1_024), &"p".repeat(1_024)).check().is_ok_and(|value| value.len() < 4_096));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for (name, password) in [("a:b", "x"), ("", ""), ("a\n", "x"), ("a", "x\u{7f}")] {
            assert!(draft(name, password).check().is_err(), "{name:?} {password:?}");
        }
        assert!(draft(&"n".repeat(1_025), "").check().is_err());
        assert!(!format!("{:?}", draft("hidden", "hidden")).contains("hidden"));
    }

    #[test]
    fn basic_is_known_by_its_first_word() {
        let headers =
            |value: &str| CustomHeaders([(AUTHORIZATION.to_owned(), value.to_owned())].into_iter().collect());
        assert!(has_basic(&headers("Basic abc")) && has_basic(&headers("basic abc")));
        assert!(!has_basic(&headers("Bearer abc")) && !has_basic(&CustomHeaders::default()));
    }
}
