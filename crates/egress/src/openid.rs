//! A company's own sign-in: OpenID Connect Core 1.0, the authorization code flow with PKCE (RFC 7636). Says where to
//! send a browser, and what the provider says of who comes back; that is believed once it is signed with the
//! provider's keys, for us, for this very sign-in, and not over. What it means here is not known in this room.

use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse,
};
use serde_json::{Map, Value};

use crate::openid_provider::{Freshness, OpenIdDoor, OpenIdProvider};

/// Signatures that are believed: those for which the provider alone has the key. Never `none`, never a shared secret.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What the provider knows of us. Its `Debug` leaves the secret out.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenIdSettings {
    /// The provider: an address under which its `.well-known/openid-configuration` stands.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What proves that we are who it calls so; none for a public client.
    pub client_secret: Option<String>,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Where it sends browsers back to.
    pub redirect_url: String,
}

/// What binds an answer of the provider to one browser's sign-in: random to everybody else.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInProof {
    /// Comes back beside the code.
    pub state: [u8; 32],
    /// Comes back inside what the provider signs.
    pub nonce: [u8; 32],
    /// Is shown when the code is turned in; before that, only its hash.
    pub verifier: [u8; 32],
}

/// Why nobody could be signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenIdFailure {
    /// The provider could not be asked, or its answer made no sense.
    #[error("the sign-in service cannot be asked: {0}")]
    Unavailable(String),
    /// It refused the code, or what it answered is not to be believed.
    #[error("the sign-in is not good: {0}")]
    Refused(String),
}

/// The way to sign in at one provider.
pub struct OpenIdClient {
    settings: OpenIdSettings,
    provider: OpenIdProvider,
}

impl SignInProof {
    /// The state as it stands in addresses.
    pub fn state_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.state)
    }

    fn nonce(&self) -> Nonce {
        Nonce::new(URL_SAFE_NO_PAD.encode(self.nonce))
    }

    fn verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(URL_SAFE_NO_PAD.encode(self.verifier))
    }
}

impl OpenIdClient {
    /// A client that has asked nothing yet.
    pub fn new(settings: OpenIdSettings) -> Self {
        Self { provider: OpenIdProvider::new(settings.issuer.clone()), settings }
    }

    /// Where a browser begins to sign in.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn address(&self, proof: &SignInProof) -> Result<String, OpenIdFailure> {
        let metadata = self.provider.metadata(Freshness::Usual).await?;
        let redirect = RedirectUrl::new(self.settings.redirect_url.clone()).map_err(unavailable)?;
        let client = CoreClient::from_provider_metadata((*metadata).clone(), self.id(), None);
        let client = client.set_redirect_uri(redirect);
        let (state, nonce) = (CsrfToken::new(proof.state_text()), proof.nonce());
        let request =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce);
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&proof.verifier());
        let (address, ..) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        Ok(address.into())
    }

    /// What the provider says of who came back with this code: the claims of a token that it signed.
    ///
    /// # Errors
    /// `Refused`; `Unavailable`.
    pub async fn claims(
        &self,
        code: &str,
        proof: &SignInProof,
        now: SystemTime,
    ) -> Result<Map<String, Value>, OpenIdFailure> {
        let metadata = self.provider.metadata(Freshness::Usual).await?;
        let token = self.turn_in(code, proof, &metadata).await?;
        match self.verified(&token, proof, &metadata, now) {
            // Keys change: what was signed with one that is not known may be good after another look.
            Err(_) => {
                let metadata = self.provider.metadata(Freshness::AfterAnUnknownKey).await?;
                self.verified(&token, proof, &metadata, now)
            }
            good => good,
        }
    }

    async fn turn_in(
        &self,
        code: &str,
        proof: &SignInProof,
        metadata: &CoreProviderMetadata,
    ) -> Result<CoreIdToken, OpenIdFailure> {
        let redirect = RedirectUrl::new(self.settings.redirect_url.clone()).map_err(unavailable)?;
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(metadata.clone(), self.id(), secret);
        let client = client.set_redirect_uri(redirect).set_auth_type(auth_type(metadata));
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(unavailable)?;
        let door = OpenIdDoor::open(&self.provider);
        let answer = request.set_pkce_verifier(proof.verifier()).request_async(&door).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => {
                OpenIdFailure::Refused(said.error().as_ref().to_owned())
            }
            other => unavailable(other),
        })?;
        answer.id_token().cloned().ok_or_else(|| unavailable("it gave no ID token"))
    }

    fn verified(
        &self,
        token: &CoreIdToken,
        proof: &SignInProof,
        metadata: &CoreProviderMetadata,
        now: SystemTime,
    ) -> Result<Map<String, Value>, OpenIdFailure> {
        let client = CoreClient::from_provider_metadata(metadata.clone(), self.id(), None);
        let verifier =
            client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now.into());
        token.claims(&verifier, &proof.nonce()).map_err(|error| OpenIdFailure::Refused(in_full(&error)))?;
        // What was just verified, with the claims that no standard names.
        let text = token.to_string();
        let payload = text.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let claims = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        claims.ok_or_else(|| OpenIdFailure::Refused("the ID token holds no claims".to_owned()))
    }

    fn id(&self) -> ClientId {
        ClientId::new(self.settings.client_id.clone())
    }
}

/// In the header, unless the provider says that it looks in the body only.
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    match metadata.token_endpoint_auth_methods_supported() {
        Some(known)
            if known.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !known.contains(&CoreClientAuthMethod::ClientSecretBasic) =>
        {
            AuthType::RequestBody
        }
        _ => AuthType::BasicAuth,
    }
}

pub(crate) fn unavailable(reason: impl fmt::Display) -> OpenIdFailure {
    OpenIdFailure::Unavailable(reason.to_string())
}

/// An error with what caused it.
pub(crate) fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

impl fmt::Debug for OpenIdSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issuer, client_id, scopes, redirect_url, .. } = self;
        write!(out, "OpenIdSettings {{ {issuer:?}, {client_id:?}, {scopes:?}, {redirect_url:?}, … }}")
    }
}
