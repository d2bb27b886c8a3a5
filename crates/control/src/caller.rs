//! Who calls, and which apps they may enter. No operation inside an app can be asked for without the
//! [`AppAccess`] that is handed out here.

use std::sync::Arc;

use wirepost_model::app::App;
use wirepost_model::ids::AppId;
use wirepost_model::token::Scope;
use wirepost_store::directory::AppView;

use crate::{Control, ControlError, ControlResult};

/// Somebody with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    scope: Scope,
}

/// An app that a caller may act in; made only by [`Control::enter`] and its kin.
#[derive(Debug, Clone)]
pub struct AppAccess {
    view: Arc<AppView>,
}

impl Caller {
    /// A caller of this reach.
    pub fn new(scope: Scope) -> Self {
        Self { scope }
    }

    /// What the caller may reach.
    pub fn scope(self) -> Scope {
        self.scope
    }

    /// Lets only the organisation pass.
    ///
    /// # Errors
    /// `Forbidden` for the callers of one app.
    pub fn require_organisation(self) -> ControlResult<()> {
        match self.scope {
            Scope::Organisation => Ok(()),
            Scope::App(_) => Err(ControlError::Forbidden),
        }
    }

    fn may_enter(self, app: AppId) -> bool {
        match self.scope {
            Scope::Organisation => true,
            Scope::App(own) => own == app,
        }
    }
}

impl AppAccess {
    /// The app as it was when it was entered.
    pub fn app(&self) -> &App {
        &self.view.app
    }

    /// Its id.
    pub fn id(&self) -> AppId {
        self.view.app.id
    }

    pub(crate) fn view(&self) -> &AppView {
        &self.view
    }
}

impl Control {
    /// Enters the app whose id or uid this is. Reads no database when the app is in memory.
    ///
    /// # Errors
    /// `NotFound` when there is no such app, or the caller may not know of it.
    pub async fn enter(&self, caller: Caller, id_or_uid: &str) -> ControlResult<AppAccess> {
        let view = self.directory().find(id_or_uid).await?;
        if caller.may_enter(view.app.id) { Ok(AppAccess { view }) } else { Err(ControlError::NotFound) }
    }

    /// Enters an app to do what only the organisation may do in it.
    ///
    /// # Errors
    /// `NotFound` as [`Self::enter`]; `Forbidden` for the app's own callers.
    pub async fn enter_as_organisation(&self, caller: Caller, id_or_uid: &str) -> ControlResult<AppAccess> {
        let access = self.enter(caller, id_or_uid).await?;
        caller.require_organisation()?;
        Ok(access)
    }
}
