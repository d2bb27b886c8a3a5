//! Who calls, what they may do, and which apps they may enter. No operation inside an app can be asked for without
//! the [`AppAccess`] that is handed out here.

use std::sync::Arc;

use wirepost_model::app::App;
use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::ids::{AppId, TokenId};
use wirepost_model::token::Scope;
use wirepost_store::directory::AppView;

use crate::{Control, ControlError, ControlResult};

/// Somebody with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    scope: Scope,
    capabilities: Capabilities,
    token: Option<TokenId>,
    flags: FeatureFlags,
}

/// An app that a caller may act in; made only by [`Control::enter`] and its kin.
#[derive(Debug, Clone)]
pub struct AppAccess {
    view: Arc<AppView>,
    capabilities: Capabilities,
    flags: FeatureFlags,
}

impl Caller {
    /// A caller of this reach with the capabilities that belong to it by default.
    pub fn new(scope: Scope) -> Self {
        let capabilities = scope.capabilities_by_default();
        Self { scope, capabilities, token: None, flags: FeatureFlags::default() }
    }

    /// The same with exactly these capabilities.
    #[must_use]
    pub fn with_capabilities(self, capabilities: Capabilities) -> Self {
        Self { capabilities, ..self }
    }

    /// The same, known by a token that is kept here.
    pub(crate) fn with_token(self, token: TokenId) -> Self {
        Self { token: Some(token), ..self }
    }

    /// The same, to whom only what these flags show is shown.
    pub(crate) fn with_flags(self, flags: FeatureFlags) -> Self {
        Self { flags, ..self }
    }

    /// What the caller may reach.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The kept token that the caller is known by; none for the one from the settings and for signed ones.
    pub fn token(&self) -> Option<TokenId> {
        self.token
    }

    /// What the caller may do, where it may do anything.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Whether the caller may do this, where it may do anything.
    pub fn may(&self, capability: Capability) -> bool {
        self.capabilities.has(capability)
    }

    /// Lets only those pass who may do this.
    ///
    /// # Errors
    /// `MissingCapability`.
    pub fn require(&self, capability: Capability) -> ControlResult<()> {
        require(self.capabilities, capability)
    }

    /// Lets only the organisation's own administration pass.
    ///
    /// # Errors
    /// `Forbidden` for the callers of one app; `MissingCapability` without [`Capability::Admin`].
    pub fn require_organisation(&self) -> ControlResult<()> {
        self.require_organisation_for(Capability::Admin)
    }

    /// Lets only callers of the organisation pass who may do this.
    ///
    /// # Errors
    /// `Forbidden` for the callers of one app; `MissingCapability`.
    pub fn require_organisation_for(&self, capability: Capability) -> ControlResult<()> {
        match self.scope {
            Scope::Organisation => self.require(capability),
            Scope::App(_) => Err(ControlError::Forbidden),
        }
    }

    pub(crate) fn flags(&self) -> &FeatureFlags {
        &self.flags
    }

    fn may_enter(&self, app: AppId) -> bool {
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

    /// Whether who entered may do this here.
    pub fn may(&self, capability: Capability) -> bool {
        self.capabilities.has(capability)
    }

    /// Lets only those go on who may do this here.
    ///
    /// # Errors
    /// `MissingCapability`.
    pub fn require(&self, capability: Capability) -> ControlResult<()> {
        require(self.capabilities, capability)
    }

    pub(crate) fn flags(&self) -> &FeatureFlags {
        &self.flags
    }

    pub(crate) fn view(&self) -> &AppView {
        &self.view
    }
}

impl Control {
    /// Enters the app whose id or uid this is, to look. What changes something asks for more on its own account.
    /// Reads no database when the app is in memory.
    ///
    /// # Errors
    /// `NotFound` when there is no such app, or the caller may not know of it; `MissingCapability` without
    /// [`Capability::ViewBase`].
    pub async fn enter(&self, caller: Caller, id_or_uid: &str) -> ControlResult<AppAccess> {
        self.enter_for(caller, id_or_uid, Capability::ViewBase).await
    }

    /// Enters an app for something that needs this capability and no other.
    ///
    /// # Errors
    /// `NotFound` as [`Self::enter`]; `MissingCapability`.
    pub async fn enter_for(
        &self,
        caller: Caller,
        id_or_uid: &str,
        capability: Capability,
    ) -> ControlResult<AppAccess> {
        let view = self.directory().find(id_or_uid).await?;
        if !caller.may_enter(view.app.id) {
            return Err(ControlError::NotFound);
        }
        caller.require(capability)?;
        Ok(AppAccess { view, capabilities: caller.capabilities, flags: caller.flags })
    }

    /// Enters an app to do what only the organisation's administration may do in it.
    ///
    /// # Errors
    /// `NotFound` as [`Self::enter`]; `Forbidden` for the app's own callers; `MissingCapability` without
    /// [`Capability::Admin`].
    pub async fn enter_as_organisation(&self, caller: Caller, id_or_uid: &str) -> ControlResult<AppAccess> {
        let view = self.directory().find(id_or_uid).await?;
        if !caller.may_enter(view.app.id) {
            return Err(ControlError::NotFound);
        }
        caller.require_organisation()?;
        Ok(AppAccess { view, capabilities: caller.capabilities, flags: caller.flags })
    }
}

fn require(capabilities: Capabilities, needed: Capability) -> ControlResult<()> {
    if capabilities.has(needed) { Ok(()) } else { Err(ControlError::MissingCapability(needed)) }
}
