//! Signing secrets: shown to those who verify, and rotated with an overlap.

use std::time::Duration;

use wirepost_model::capability::Capability;
use wirepost_model::endpoint::EndpointSecret;
use wirepost_model::ids::EndpointId;
use wirepost_model::signing_secret::SigningSecret;

use crate::caller::AppAccess;
use crate::change::Change;
use crate::error::{Conflict, in_body};
use crate::{Control, ControlError, ControlResult};

/// Old secrets that may sign beside the current one.
const OLD_SECRETS_MOST: usize = 10;
/// Longest time an old secret may go on signing, in seconds: a week.
const GRACE_SECONDS_MOST: u64 = 604_800;
/// How long an old secret goes on signing unless somebody says otherwise, in seconds: a day.
pub(crate) const GRACE_SECONDS_DEFAULT: u64 = 86_400;

/// A rotation as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rotation {
    /// The secret to come; one is made where none is given.
    pub secret: Option<String>,
    /// How long the old one goes on signing.
    pub grace_seconds: Option<u64>,
}

impl Control {
    /// What receivers verify an endpoint's messages with: the current secret, or its public half.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn verification_key(&self, access: &AppAccess, endpoint: &str) -> ControlResult<String> {
        access.require(Capability::ViewEndpointSecret)?;
        let endpoint = self.find_endpoint(access, endpoint).await?;
        let secrets = self.store().endpoint_secrets(access.id(), endpoint.id).await?;
        let current = secrets.first().ok_or(ControlError::NotFound)?;
        Ok(current.secret.verification_key())
    }

    /// Gives an endpoint another secret; the old one goes on signing beside it for a while.
    ///
    /// # Errors
    /// `NotFound`; `Invalid`; `LimitReached` while too many old ones sign; `Unavailable`.
    pub async fn rotate_secret(
        &self,
        access: &AppAccess,
        endpoint: &str,
        rotation: Rotation,
    ) -> ControlResult<()> {
        access.require(Capability::ManageEndpointSecret)?;
        let grace_seconds = rotation.grace_seconds.unwrap_or(GRACE_SECONDS_DEFAULT);
        if grace_seconds > GRACE_SECONDS_MOST {
            let sentence = format!("must be 0 to {GRACE_SECONDS_MOST} seconds");
            return Err(ControlError::body("gracePeriodSeconds", sentence));
        }
        let secret = self.parse_or_make_secret(rotation.secret.as_deref(), "key")?;
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        self.rotate_to(access, endpoint, secret, grace_seconds).await
    }

    /// The secret of an endpoint that is being made.
    pub(crate) fn first_secret(&self, given: Option<&str>) -> ControlResult<SigningSecret> {
        self.parse_or_make_secret(given, "secret")
    }

    /// The secret that a change asks for, where it asks for one and may.
    pub(crate) fn wanted_secret(
        &self,
        access: &AppAccess,
        secret: &Change<String>,
    ) -> ControlResult<Option<SigningSecret>> {
        let Change::Set(text) = secret else { return Ok(None) };
        access.require(Capability::ManageEndpointSecret)?;
        SigningSecret::parse(text).map(Some).map_err(in_body("secret"))
    }

    /// Has an endpoint sign with this secret, as a rotation does; one that it signs with already stays as it is, so
    /// that the same change twice is one.
    pub(crate) async fn sign_with(
        &self,
        access: &AppAccess,
        endpoint: EndpointId,
        secret: SigningSecret,
    ) -> ControlResult<()> {
        let secrets = self.store().endpoint_secrets(access.id(), endpoint).await?;
        let is_this = |known: &EndpointSecret| known.secret.verification_key() == secret.verification_key();
        if secrets.first().is_some_and(is_this) {
            return Ok(());
        }
        self.rotate_to(access, endpoint, secret, GRACE_SECONDS_DEFAULT).await
    }

    async fn rotate_to(
        &self,
        access: &AppAccess,
        endpoint: EndpointId,
        secret: SigningSecret,
        grace_seconds: u64,
    ) -> ControlResult<()> {
        let (app, now) = (access.id(), self.now());
        let secret = EndpointSecret { secret, created_at: now, expires_at: None };
        let old_expires_at = now.plus(Duration::from_secs(grace_seconds));
        let store = self.store().clone();
        let write = async move {
            let most = OLD_SECRETS_MOST;
            store.rotate_secret(app, endpoint, secret, old_expires_at, most).await
        };
        self.commit(app, write).await.map_err(|error| match error.into() {
            ControlError::Conflict(Conflict::Secrets) => {
                let sentence =
                    format!("At most {OLD_SECRETS_MOST} old secrets may be valid at the same time");
                ControlError::LimitReached(sentence)
            }
            error => error,
        })
    }

    fn parse_or_make_secret(&self, given: Option<&str>, field: &'static str) -> ControlResult<SigningSecret> {
        if let Some(text) = given {
            return SigningSecret::parse(text).map_err(in_body(field));
        }
        let mut bytes = [0; SigningSecret::GENERATED_BYTES];
        self.ids().fill_random(&mut bytes);
        Ok(SigningSecret::from_random(bytes))
    }
}
