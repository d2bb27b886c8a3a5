//! Sends again what was sent already, because a person or program asks for it.

use wirepost_model::capability::Capability;
use wirepost_model::delivery::DeliveryKey;
use wirepost_model::message::Payload;

use crate::caller::AppAccess;
use crate::{Control, ControlError, ControlResult};

impl Control {
    /// Asks for one attempt of a message at an endpoint now, whatever the endpoint subscribed to.
    ///
    /// # Errors
    /// `NotFound`; `EndpointDisabled`; `MissingPayload`; `Unavailable`.
    pub async fn resend_message(
        &self,
        access: &AppAccess,
        message: &str,
        endpoint: &str,
    ) -> ControlResult<()> {
        access.require(Capability::CreateAttempts)?;
        let stored = self.find_message(access, message, true).await?;
        let endpoint = self.find_endpoint(access, endpoint).await?;
        if endpoint.disabled.is_some() {
            return Err(ControlError::EndpointDisabled);
        }
        if stored.payload == Payload::Expired {
            return Err(ControlError::MissingPayload);
        }
        let key = DeliveryKey { app: access.id(), endpoint: endpoint.id, message: stored.message.id };
        Ok(self.store().resend(key, self.now()).await?)
    }
}
