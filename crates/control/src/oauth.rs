//! How requests to an endpoint are authorized: set, shown without its secrets, and taken away.

use std::collections::BTreeMap;

use wirepost_egress::BareUrl;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::CustomHeaders;
use wirepost_model::ids::EndpointId;
use wirepost_model::oauth::{ClientSecret, OauthAuthMethod, OauthConfig};

use crate::caller::AppAccess;
use crate::headers::{check_headers, is_sensitive};
use crate::{Control, ControlError, ControlResult};

/// Most bytes of a client's id, its secret, or the value of a parameter.
const TEXT_BYTES_MOST: usize = 4_096;
/// Most scopes.
const SCOPES_MOST: usize = 50;
/// Most bytes of a scope, or of the name of a parameter.
const NAME_BYTES_MOST: usize = 256;
/// Most parameters beside our own.
const PARAMS_MOST: usize = 20;
/// Parameters that are ours to send.
const OUR_PARAMS: &[&str] = &["client_id", "client_secret", "grant_type", "scope"];

/// An OAuth configuration as somebody wants it.
#[derive(Clone, PartialEq, Eq)]
pub struct OauthDraft {
    /// Where tokens are asked for.
    pub token_url: String,
    /// Who we are to the token server.
    pub client_id: String,
    /// What proves it; without one, the secret that is kept for the same client at the same URL stays.
    pub client_secret: Option<String>,
    /// How it is proven.
    pub auth_method: OauthAuthMethod,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// Parameters beside our own.
    pub extra_params: BTreeMap<String, String>,
    /// Headers beside our own.
    pub extra_headers: BTreeMap<String, String>,
}

/// An OAuth configuration as it may be shown: without the secret, and without parameters and headers whose names
/// make them credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownOauth {
    /// Where tokens are asked for.
    pub token_url: String,
    /// Who we are to the token server.
    pub client_id: String,
    /// How it is proven.
    pub auth_method: OauthAuthMethod,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// Parameters beside our own.
    pub extra_params: BTreeMap<String, String>,
    /// Headers beside our own.
    pub extra_headers: BTreeMap<String, String>,
    /// The names of those parameters and headers that are not shown.
    pub hidden: Vec<String>,
}

impl Control {
    /// Has every request to an endpoint carry a token from now on. Tokens that another configuration brought are
    /// used no more.
    ///
    /// # Errors
    /// `NotFound`; `Invalid`; `Unavailable`.
    pub async fn put_oauth(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: OauthDraft,
    ) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        let app = access.id();
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let config = self.checked_oauth(access, endpoint, draft).await?;
        let store = self.store().clone();
        self.commit(app, async move { store.put_oauth(app, endpoint, config).await }).await?;
        Ok(())
    }

    /// How requests to an endpoint are authorized, if by tokens.
    ///
    /// # Errors
    /// `NotFound` when there is no such endpoint; `Unavailable`.
    pub async fn find_oauth(&self, access: &AppAccess, endpoint: &str) -> ControlResult<Option<ShownOauth>> {
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        Ok(self.store().find_oauth(access.id(), endpoint).await?.map(ShownOauth::from))
    }

    /// Has requests to an endpoint carry no token any more.
    ///
    /// # Errors
    /// `NotFound` when there is no such endpoint; `Unavailable`.
    pub async fn delete_oauth(&self, access: &AppAccess, endpoint: &str) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        let app = access.id();
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let store = self.store().clone();
        self.commit(app, async move { store.delete_oauth(app, endpoint).await }).await?;
        Ok(())
    }

    /// The same, with those parameters and headers that are not shown, as they are kept for the same client at the
    /// same URL: for who changes what is shown and must not lose the rest.
    ///
    /// # Errors
    /// `NotFound` when there is no such endpoint; `Unavailable`.
    pub async fn with_hidden_extras(
        &self,
        access: &AppAccess,
        endpoint: &str,
        draft: OauthDraft,
    ) -> ControlResult<OauthDraft> {
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let kept = self.store().find_oauth(access.id(), endpoint).await?;
        Ok(draft.with_kept_extras(kept.as_ref()))
    }

    /// What somebody wants of an endpoint's requests, with the secret that is kept where they bring none.
    pub(crate) async fn checked_oauth(
        &self,
        access: &AppAccess,
        endpoint: EndpointId,
        draft: OauthDraft,
    ) -> ControlResult<OauthConfig> {
        if draft.client_secret.is_some() {
            return self.check_oauth(draft);
        }
        let kept = self.store().find_oauth(access.id(), endpoint).await?;
        self.check_oauth(draft.with_kept_secret(kept.as_ref()))
    }

    fn check_oauth(&self, draft: OauthDraft) -> ControlResult<OauthConfig> {
        let client = &self.0.parts.client;
        let refused =
            |refusal: wirepost_egress::UrlError| ControlError::body("tokenUrl", refusal.to_string());
        client.check_url(&draft.token_url).map_err(refused)?;
        // It is shown, so that it must not hold a secret.
        if BareUrl::of(&draft.token_url).map_err(refused)?.authorization.is_some() {
            let sentence = "must not hold a user name: clientId and clientSecret stand for it";
            return Err(ControlError::body("tokenUrl", sentence));
        }
        check_text(&draft.client_id, "clientId")?;
        let Some(client_secret) = draft.client_secret else {
            let sentence = "is needed: none is kept for this client at this token URL";
            return Err(ControlError::body("clientSecret", sentence));
        };
        check_text(&client_secret, "clientSecret")?;
        check_scopes(&draft.scopes)?;
        check_params(&draft.extra_params)?;
        Ok(OauthConfig {
            token_url: draft.token_url,
            client_id: draft.client_id,
            client_secret: ClientSecret::new(client_secret),
            auth_method: draft.auth_method,
            scopes: draft.scopes,
            extra_params: draft.extra_params,
            extra_headers: check_extra_headers(draft.extra_headers, draft.auth_method)?,
            updated_at: self.now(),
        })
    }
}

impl OauthDraft {
    /// Somebody who does not know the secret must not be able to have it sent elsewhere.
    fn with_kept_secret(self, kept: Option<&OauthConfig>) -> Self {
        let same = kept.filter(|kept| self.is_for_same(kept));
        let client_secret = same.map(|kept| kept.client_secret.expose().to_owned());
        Self { client_secret, ..self }
    }

    fn with_kept_extras(mut self, kept: Option<&OauthConfig>) -> Self {
        if let Some(kept) = kept.filter(|kept| self.is_for_same(kept)) {
            keep_hidden(&mut self.extra_params, &kept.extra_params);
            keep_hidden(&mut self.extra_headers, &kept.extra_headers.0);
        }
        self
    }

    fn is_for_same(&self, kept: &OauthConfig) -> bool {
        kept.token_url == self.token_url && kept.client_id == self.client_id
    }
}

impl std::fmt::Debug for OauthDraft {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("OauthDraft").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl From<OauthConfig> for ShownOauth {
    fn from(config: OauthConfig) -> Self {
        let mut hidden = Vec::new();
        let mut shown = |map: BTreeMap<String, String>| -> BTreeMap<String, String> {
            let (secret, shown): (BTreeMap<_, _>, BTreeMap<_, _>) =
                map.into_iter().partition(|(name, _)| is_hidden(name));
            hidden.extend(secret.into_keys());
            shown
        };
        let (extra_params, extra_headers) = (shown(config.extra_params), shown(config.extra_headers.0));
        Self {
            token_url: config.token_url,
            client_id: config.client_id,
            auth_method: config.auth_method,
            scopes: config.scopes,
            extra_params,
            extra_headers,
            hidden,
        }
    }
}

fn is_hidden(name: &str) -> bool {
    is_sensitive(&name.to_ascii_lowercase())
}

fn keep_hidden(wanted: &mut BTreeMap<String, String>, kept: &BTreeMap<String, String>) {
    for (name, value) in kept.iter().filter(|(name, _)| is_hidden(name)) {
        if !wanted.keys().any(|said| said.eq_ignore_ascii_case(name)) {
            wanted.insert(name.clone(), value.clone());
        }
    }
}

/// RFC 6749, appendix A: visible ASCII and blanks, where we let other letters pass, since they are encoded.
fn check_text(text: &str, field: &'static str) -> ControlResult<()> {
    if text.is_empty() || text.len() > TEXT_BYTES_MOST || text.chars().any(char::is_control) {
        let sentence = format!("must be 1 to {TEXT_BYTES_MOST} bytes without control characters");
        return Err(ControlError::body(field, sentence));
    }
    Ok(())
}

/// RFC 6749, section 3.3.
fn check_scopes(scopes: &[String]) -> ControlResult<()> {
    let is_letter = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    let is_scope =
        |scope: &String| (1..=NAME_BYTES_MOST).contains(&scope.len()) && scope.bytes().all(is_letter);
    if scopes.len() > SCOPES_MOST || !scopes.iter().all(is_scope) {
        let sentence = format!("must be at most {SCOPES_MOST} scopes of visible ASCII without \" and \\");
        return Err(ControlError::body("scopes", sentence));
    }
    Ok(())
}

fn check_params(params: &BTreeMap<String, String>) -> ControlResult<()> {
    let refuse = |sentence: String| Err(ControlError::body("extraParams", sentence));
    if params.len() > PARAMS_MOST {
        return refuse(format!("must be at most {PARAMS_MOST} parameters"));
    }
    for (name, value) in params {
        if !(1..=NAME_BYTES_MOST).contains(&name.len()) || value.len() > TEXT_BYTES_MOST {
            return refuse(format!(
                "a name must be 1 to {NAME_BYTES_MOST} bytes, a value at most {TEXT_BYTES_MOST}"
            ));
        }
        if OUR_PARAMS.contains(&name.as_str()) {
            return refuse(format!("{name} cannot be set"));
        }
    }
    Ok(())
}

fn check_extra_headers(
    headers: BTreeMap<String, String>,
    method: OauthAuthMethod,
) -> ControlResult<CustomHeaders> {
    let headers = check_headers(headers).map_err(|error| match error {
        ControlError::Invalid { message, .. } => ControlError::body("extraHeaders", message),
        error => error,
    })?;
    if method == OauthAuthMethod::ClientSecretBasic && headers.0.contains_key("authorization") {
        let sentence = "authorization cannot be set: it carries the client's id and secret";
        return Err(ControlError::body("extraHeaders", sentence));
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> OauthConfig {
        OauthConfig {
            token_url: "https://auth.example/token".into(),
            client_id: "us".into(),
            client_secret: ClientSecret::new("kept"),
            auth_method: OauthAuthMethod::ClientSecretBasic,
            scopes: Vec::new(),
            extra_params: BTreeMap::from([
                ("audience".into(), "x".into()),
                ("client_assertion_Key".into(), "hidden".into()),
            ]),
            extra_headers: CustomHeaders(BTreeMap::from([("x-api-key".into(), "hidden".into())])),
            updated_at: wirepost_model::timestamp::Timestamp::default(),
        }
    }

    fn draft(token_url: &str, client_id: &str) -> OauthDraft {
        OauthDraft {
            token_url: token_url.into(),
            client_id: client_id.into(),
            client_secret: None,
            auth_method: OauthAuthMethod::ClientSecretPost,
            scopes: Vec::new(),
            extra_params: BTreeMap::new(),
            extra_headers: BTreeMap::new(),
        }
    }

    #[test]
    fn a_kept_secret_goes_only_where_it_went_before() {
        let secret = |url, id| draft(url, id).with_kept_secret(Some(&kept())).client_secret;
        assert_eq!(secret("https://auth.example/token", "us").as_deref(), Some("kept"));
        assert_eq!(secret("https://thief.example/token", "us"), None);
        assert_eq!(secret("https://auth.example/token", "them"), None);
        assert_eq!(draft("https://auth.example/token", "us").with_kept_secret(None).client_secret, None);
    }

    #[test]
    fn credentials_among_the_extras_are_not_shown() {
        let shown = ShownOauth::from(kept());
        assert_eq!(shown.extra_params.into_keys().collect::<Vec<_>>(), ["audience"]);
        assert!(shown.extra_headers.is_empty());
        assert_eq!(shown.hidden, ["client_assertion_Key", "x-api-key"]);
    }

    #[test]
    fn what_is_hidden_is_kept_for_the_same_client_alone() {
        let same = draft("https://auth.example/token", "us").with_kept_extras(Some(&kept()));
        assert_eq!(same.extra_params.into_keys().collect::<Vec<_>>(), ["client_assertion_Key"]);
        assert_eq!(same.extra_headers.into_keys().collect::<Vec<_>>(), ["x-api-key"]);
        let other = draft("https://thief.example/token", "us").with_kept_extras(Some(&kept()));
        assert!(other.extra_params.is_empty() && other.extra_headers.is_empty());
        let mut said = draft("https://auth.example/token", "us");
        said.extra_headers.insert("X-Api-Key".into(), "another".into());
        assert_eq!(said.with_kept_extras(Some(&kept())).extra_headers.len(), 1);
    }

    #[test]
    fn scopes_are_words() {
        for (scope, fits) in
            [("read", true), ("https://x.example/.default", true), ("a b", false), ("", false)]
        {
            assert_eq!(check_scopes(&[scope.to_owned()]).is_ok(), fits, "{scope:?}");
        }
    }

    #[test]
    fn what_is_ours_to_send_cannot_be_set() {
        for name in OUR_PARAMS {
            let params = BTreeMap::from([((*name).to_owned(), "x".to_owned())]);
            assert!(check_params(&params).is_err(), "{name}");
        }
        let headers = || BTreeMap::from([("Authorization".to_owned(), "x".to_owned())]);
        assert!(check_extra_headers(headers(), OauthAuthMethod::ClientSecretBasic).is_err());
        assert!(check_extra_headers(headers(), OauthAuthMethod::ClientSecretPost).is_ok());
    }
}
