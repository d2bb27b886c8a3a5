//! The app that a caller belongs to, for faces whose paths do not name it.

use wirepost_model::token::Scope;

use crate::caller::{AppAccess, Caller};
use crate::{Control, ControlError, ControlResult};

impl Control {
    /// Enters the one app that the caller's token is for.
    ///
    /// # Errors
    /// `AppTokenNeeded` for a caller of the organisation, who belongs to no app; else as [`Self::enter`].
    pub async fn enter_own_app(&self, caller: Caller) -> ControlResult<AppAccess> {
        match caller.scope() {
            Scope::App(app) => self.enter(caller, &app.to_string()).await,
            Scope::Organisation => Err(ControlError::AppTokenNeeded),
        }
    }
}
