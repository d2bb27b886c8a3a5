//! People who sign in at their own company: sent to its OpenID provider and back, known by what it signed of them,
//! and given a session of their own. What binds the two halves is kept by the browser alone; nothing is stored for
//! those who never come back.

mod settings;

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use wirepost_egress::{OpenIdClient, OpenIdFailure, OpenIdSettings, SignInProof};
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Scope;

pub use settings::{ClientSecret, OpenIdAccess};

use crate::caller::Caller;
use crate::issuer::claims::Claims;
use crate::known_tokens::hash_of;
use crate::sessions::SignedIn;
use crate::tokens::FreshToken;
use crate::{Control, ControlError, ControlResult, ControlSettings};

/// Where the provider sends people back to, behind the address of the pages.
pub const RETURN_PATH: &str = "/login/oidc/callback";
/// How long a person may take at the provider.
pub const SIGN_IN_LASTS: Duration = Duration::from_secs(600);
/// Most characters of what a person is called.
const NAME_MOST: usize = 100;

/// The way to the provider.
pub(crate) struct OpenId {
    access: OpenIdAccess,
    client: OpenIdClient,
}

/// A sign-in that was just begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIdBeginning {
    /// Where the browser goes.
    pub address: String,
    /// What the browser keeps meanwhile and shows when it comes back; for nobody else.
    pub kept: FreshToken,
}

/// What a browser brings back.
#[derive(Debug, Clone, Copy)]
pub struct OpenIdAnswer<'a> {
    /// What it kept.
    pub kept: &'a str,
    /// What it was sent back with, beside the code.
    pub state: &'a str,
    /// What the provider gives what it signed for, once.
    pub code: &'a str,
}

impl OpenId {
    pub(crate) fn new(access: OpenIdAccess, settings: &ControlSettings) -> Self {
        let client = OpenIdClient::new(OpenIdSettings {
            issuer: access.issuer.clone(),
            client_id: access.client_id.clone(),
            client_secret: access.client_secret.clone().map(|secret| secret.0),
            scopes: access.scopes.clone(),
            redirect_url: format!("{}{RETURN_PATH}", settings.public_url.trim_end_matches('/')),
        });
        Self { access, client }
    }
}

impl Control {
    /// Begins to sign a person in at the provider.
    ///
    /// # Errors
    /// `NotFound` where no provider is set; `IssuerUnavailable`.
    pub async fn begin_openid(&self) -> ControlResult<OpenIdBeginning> {
        let openid = self.openid()?;
        let kept = self.make_token().dated(self.now());
        let address = openid.client.address(&proof(kept.expose())).await.map_err(refusal)?;
        Ok(OpenIdBeginning { address, kept })
    }

    /// Opens a session for who comes back from the provider, as far as it says that webhooks are that person's concern.
    ///
    /// # Errors
    /// `NotFound` where no provider is set; `Unauthenticated` for an answer that this browser did not ask for, or not
    /// lately, or that the provider does not stand by; `Forbidden` for a person of no app here; `MissingCapability`
    /// for one who may see nothing; `TooManyRequests`; `IssuerUnavailable`; `Unavailable`.
    pub async fn sign_in_with_openid(
        &self,
        answer: OpenIdAnswer<'_>,
        address: Option<IpAddr>,
    ) -> ControlResult<SignedIn> {
        let (openid, now) = (self.openid()?, self.now());
        let proof = proof(answer.kept);
        let is_asked_for =
            verify_slices_are_equal(answer.state.as_bytes(), proof.state_text().as_bytes()).is_ok();
        if !is_asked_for || !is_recent(answer.kept, now) {
            return Err(ControlError::Unauthenticated);
        }
        let failed = &self.0.failed_attempts;
        failed.check(address, now).map_err(|wait| ControlError::TooManyRequests { wait })?;
        let claims =
            openid.client.claims(answer.code, &proof, system_time(now)).await.map_err(|failure| {
                if matches!(failure, OpenIdFailure::Refused(_)) {
                    failed.count(address, now);
                }
                refusal(failure)
            })?;
        let claims = Claims::from(claims);
        let caller = self.caller_by(&openid.access, &claims).await?;
        self.open_session(caller, name_of(&claims), None).await
    }

    fn openid(&self) -> ControlResult<&OpenId> {
        self.0.openid.as_ref().ok_or(ControlError::NotFound)
    }

    /// Whom the claims speak of. Inside an app nothing of the organisation is granted; who belongs to no app has to be
    /// its administrator, and who may make tokens may have any.
    async fn caller_by(&self, access: &OpenIdAccess, claims: &Claims) -> ControlResult<Caller> {
        let words = claims.words(&access.capabilities_claim);
        let granted = access.grants.all_of(words.iter().map(String::as_str));
        if !claims.has(&access.app_claim) {
            let is_administrator = granted.has(Capability::Admin);
            let caller = Caller::new(Scope::Organisation).with_capabilities(Capabilities::ALL);
            return if is_administrator { Ok(caller) } else { Err(ControlError::Forbidden) };
        }
        let app = claims.text(&access.app_claim).ok_or(ControlError::Forbidden)?;
        let app = match self.directory().find(app).await.map_err(ControlError::from) {
            Err(ControlError::NotFound) => return Err(ControlError::Forbidden),
            found => found?.app.id,
        };
        let inside = granted.iter().filter(|capability| Capabilities::INSIDE_APP.has(*capability));
        Ok(Caller::new(Scope::App(app)).with_capabilities(inside.collect()))
    }
}

/// All three come from what the browser keeps, each in a way of its own, so that none tells another.
fn proof(kept: &str) -> SignInProof {
    let [state, nonce, verifier] =
        ["state", "nonce", "verifier"].map(|part| hash_of(&format!("the {part} of {kept}")));
    SignInProof { state, nonce, verifier }
}

/// Whether a sign-in began so lately that its person may still come back.
fn is_recent(kept: &str, now: Timestamp) -> bool {
    FreshToken::date_of(kept).is_some_and(|begun| begun <= now && now.since(begun) < SIGN_IN_LASTS)
}

fn name_of(claims: &Claims) -> String {
    let names = ["name", "preferred_username", "email", "sub"];
    let name = names.into_iter().find_map(|claim| claims.text(claim)).unwrap_or("Somebody");
    name.chars().take(NAME_MOST).collect()
}

fn refusal(failure: OpenIdFailure) -> ControlError {
    match failure {
        OpenIdFailure::Unavailable(reason) => {
            tracing::warn!(reason, "the sign-in service gave no answer that could be used");
            ControlError::IssuerUnavailable
        }
        OpenIdFailure::Refused(reason) => {
            tracing::info!(reason, "a sign-in was refused");
            ControlError::Unauthenticated
        }
    }
}

fn system_time(now: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + now.since(Timestamp::default())
}
