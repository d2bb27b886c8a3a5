//! Tokens that another system signs: JSON Web Tokens (RFC 7519) of the one issuer that the operator names. What
//! they claim is mapped to an app and to capabilities inside it; never to the organisation.

pub(crate) mod claims;
mod key_set;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use wirepost_model::timestamp::Timestamp;
use wirepost_model::token::Scope;

pub use settings::{Grants, IssuerSettings, KeySource};

use crate::caller::Caller;
use crate::known_tokens::KnownToken;
use crate::{Control, ControlError, ControlResult};
use claims::Claims;
use key_set::KeySet;

/// Signatures that are believed: those for which the issuer alone has the key. Never `none`, never a shared secret.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// A token that was found good is not looked at again for this long, or until it ends.
const KNOWN_FOR: Duration = Duration::from_secs(60);

/// The issuer, and its keys.
pub(crate) struct Issuer {
    settings: IssuerSettings,
    keys: Arc<KeySet>,
}

/// Whether this looks like a signed token: three parts, of which the first is a JSON object in base64.
pub(crate) fn is_signed(token: &str) -> bool {
    token.starts_with("eyJ") && token.bytes().filter(|byte| *byte == b'.').count() == 2
}

impl Issuer {
    pub(crate) fn new(settings: IssuerSettings) -> Self {
        Self { keys: Arc::new(KeySet::new(&settings.keys)), settings }
    }

    /// Who calls with this token.
    pub(crate) async fn known_token(
        &self,
        control: &Control,
        token: &str,
        now: Timestamp,
    ) -> ControlResult<Arc<KnownToken>> {
        let claims = self.verify(token, now).await?;
        let app = claims.text(&self.settings.app_claim).ok_or(ControlError::Unauthenticated)?;
        let app = match control.directory().find(app).await.map_err(ControlError::from) {
            Err(ControlError::NotFound) => return Err(ControlError::Unauthenticated),
            found => found?.app.id,
        };
        let granted = claims.words(&self.settings.capabilities_claim);
        let capabilities = self.settings.grants.of(granted.iter().map(String::as_str));
        let caller = Caller::new(Scope::App(app)).with_capabilities(capabilities);
        let good_until = claims.ends_at().min(now.plus(KNOWN_FOR));
        Ok(Arc::new(KnownToken::new(caller, Some(good_until))))
    }

    async fn verify(&self, token: &str, now: Timestamp) -> ControlResult<Claims> {
        let header = decode_header(token).map_err(|_| ControlError::Unauthenticated)?;
        // RFC 7515, section 4.1.11: what the issuer calls critical has to be understood, and we understand none.
        if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
            return Err(ControlError::Unauthenticated);
        }
        let key = self.keys.find(header.kid.as_deref(), header.alg, now).await?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.name]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // The library would read a clock of its own; ours is asked below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = decode::<Claims>(token, &key, &validation).map_err(|error| {
            tracing::debug!(%error, "a signed token was refused");
            ControlError::Unauthenticated
        })?;
        if claims.claims.are_in_force(now) { Ok(claims.claims) } else { Err(ControlError::Unauthenticated) }
    }
}
