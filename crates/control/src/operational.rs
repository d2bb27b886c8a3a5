//! What an operator is told of what people do: each change of an endpoint goes into the database together with the
//! messages of the operational app that tell of it.

use wirepost_model::app::App;
use wirepost_model::capability::Capability;
use wirepost_model::names::Uid;
use wirepost_model::operational::{OperationalEvent, OperationalType};
use wirepost_model::token::Scope;
use wirepost_store::StoreResult;
use wirepost_store::endpoints::EndpointChange;
use wirepost_store::messages::NewMessage;
use wirepost_store::operational_app::message_of;

use crate::apps::AppDraft;
use crate::caller::{AppAccess, Caller};
use crate::change::Change;
use crate::{Control, ControlError, ControlResult};

/// What the operational app is called where it is made at the start.
const NAME: &str = "Operations";

impl Control {
    /// Makes the operational app of the settings where it is not there yet.
    ///
    /// # Errors
    /// `Invalid` for a uid that no app can have; `Unavailable`.
    pub async fn ensure_operational_app(&self) -> ControlResult<()> {
        let Some(uid) = self.settings().operational_app.as_ref().map(Uid::to_string) else {
            return Ok(());
        };
        let draft = AppDraft { name: NAME.to_owned(), uid: Change::Set(Some(uid)), ..AppDraft::default() };
        self.find_or_create_app(Caller::new(Scope::Organisation), draft).await?;
        Ok(())
    }

    /// What an operator can be told of, for those who may choose from it: callers of the organisation, and of the
    /// operational app itself.
    ///
    /// # Errors
    /// `Forbidden` for the callers of other apps; `MissingCapability`; `Unavailable`.
    pub async fn list_operational_types(&self, caller: Caller) -> ControlResult<[OperationalType; 10]> {
        caller.require(Capability::ViewBase)?;
        match caller.scope() {
            Scope::Organisation => Ok(OperationalType::ALL),
            Scope::App(own) => match self.operational().view().await? {
                Some(app) if app.app.id == own => Ok(OperationalType::ALL),
                _ => Err(ControlError::Forbidden),
            },
        }
    }

    /// Whether this is the app by which an operator is told.
    pub(crate) fn is_operational(&self, app: &App) -> bool {
        app.uid.is_some() && app.uid == self.settings().operational_app
    }

    /// Changes endpoints of an app and tells of it, as one.
    pub(crate) async fn write_endpoints(
        &self,
        access: &AppAccess,
        change: EndpointChange,
        events: &[OperationalEvent],
    ) -> StoreResult<()> {
        let notices = self.notices(events).await?;
        let store = self.store().clone();
        self.commit(access.id(), async move { store.change_endpoints(change, notices).await }).await
    }

    /// The messages that tell of these events; none where nobody is to be told.
    pub(crate) async fn notices(&self, events: &[OperationalEvent]) -> StoreResult<Vec<NewMessage>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let Some(app) = self.operational().view().await? else {
            return Ok(Vec::new());
        };
        let now = self.now();
        let message = |event| message_of(event, &app, self.ids().next(now), now);
        Ok(events.iter().filter_map(message).collect())
    }
}
