//! Who calls, from what they show: a token kept here, found by its hash, or one signed by the issuer that the
//! operator names. A look-up of a hash takes the same time whatever the token, so nothing can be learnt by trying.

use std::net::IpAddr;
use std::sync::Arc;

use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreError;

use crate::caller::Caller;
use crate::issuer::is_signed;
use crate::known_tokens::{KnownToken, TokenHash, hash_of};
use crate::{Control, ControlError, ControlResult, meters};

impl Control {
    /// Who calls with this token, from an address that is not known.
    ///
    /// # Errors
    /// As [`Self::authenticate_from`].
    pub async fn authenticate(&self, token: &str) -> ControlResult<Caller> {
        self.authenticate_from(token, None).await
    }

    /// Who calls with this token from this address. A token that is known already is let in however often others
    /// at the same address failed; all else has to wait there after too many failures.
    ///
    /// # Errors
    /// `Unauthenticated`; `TooManyRequests` by this token, or too many failures from this address;
    /// `IssuerUnavailable`; `Unavailable`.
    pub async fn authenticate_from(&self, token: &str, address: Option<IpAddr>) -> ControlResult<Caller> {
        let (hash, now) = (hash_of(token), self.now());
        let known = match self.0.tokens.find(&hash, now) {
            Some(known) => known,
            None => self.find_out(token, hash, address).await?,
        };
        if let Some(rate) = self.settings().requests_per_second_of_token {
            known.pace.take(rate, now).map_err(|wait| ControlError::TooManyRequests { wait })?;
        }
        if let Some(id) = known.caller.token()
            && known.use_is_to_be_noted(now)
        {
            let store = self.store().clone();
            // Nobody waits for the note, and one that is lost is made again with the next use.
            tokio::spawn(async move { store.note_token_use(id, now).await });
        }
        Ok(known.caller.clone())
    }

    async fn find_out(
        &self,
        token: &str,
        hash: TokenHash,
        address: Option<IpAddr>,
    ) -> ControlResult<Arc<KnownToken>> {
        let (failed, now) = (&self.0.failed_attempts, self.now());
        failed.check(address, now).map_err(|wait| ControlError::TooManyRequests { wait })?;
        let found = match &self.0.issuer {
            Some(issuer) if is_signed(token) => {
                let version = self.0.tokens.version();
                let known = issuer.known_token(self, token, now).await;
                if let Ok(known) = &known {
                    // Kept or not: no revocation here is about a signed token.
                    let _ = self.0.tokens.keep(hash, known.clone(), version);
                }
                known
            }
            _ => self.look_up(hash, now).await,
        };
        if matches!(found, Err(ControlError::Unauthenticated)) {
            meters::note_refusal();
            failed.count(address, now);
        }
        found
    }

    /// Who calls with the token of this hash, which is kept here or stands in the settings.
    pub(crate) async fn caller_of(&self, hash: TokenHash) -> ControlResult<Caller> {
        let now = self.now();
        let known = match self.0.tokens.find(&hash, now) {
            Some(known) => known,
            None => self.look_up(hash, now).await?,
        };
        Ok(known.caller.clone())
    }

    async fn look_up(&self, hash: TokenHash, now: Timestamp) -> ControlResult<Arc<KnownToken>> {
        loop {
            let version = self.0.tokens.version();
            let token = match self.store().find_token(hash).await {
                Ok(token) if token.is_good_at(now) => token,
                Ok(_) | Err(StoreError::NotFound) => return Err(ControlError::Unauthenticated),
                Err(error) => return Err(error.into()),
            };
            let known = Arc::new(KnownToken::of(&token));
            // What was read before a revocation may be what was revoked: it is read again.
            if self.0.tokens.keep(hash, known.clone(), version) {
                return Ok(known);
            }
        }
    }
}
