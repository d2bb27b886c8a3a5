//! The operational app: the one whose endpoints an operator hears of trouble by. Turns what happened into messages
//! of that app, and never into one about itself: else one failing endpoint would tell of its own failing for ever.

use std::sync::Arc;

use wirepost_model::ids::MessageId;
use wirepost_model::message::{Message, RETENTION_HOURS_DEFAULT};
use wirepost_model::names::Uid;
use wirepost_model::operational::OperationalEvent;
use wirepost_model::timestamp::Timestamp;

use crate::directory::{AppView, Directory};
use crate::messages::NewMessage;
use crate::{StoreError, StoreResult};

/// Where an operator is told, if anywhere.
pub struct OperationalApp {
    directory: Arc<Directory>,
    uid: Option<Uid>,
}

impl OperationalApp {
    /// The app of this uid.
    pub fn new(directory: Arc<Directory>, uid: Option<Uid>) -> Self {
        Self { directory, uid }
    }

    /// Whether somebody may be told.
    pub fn is_set(&self) -> bool {
        self.uid.is_some()
    }

    /// The app with its endpoints as they are now; nothing where none is set, or where it was deleted.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn view(&self) -> StoreResult<Option<Arc<AppView>>> {
        let Some(uid) = &self.uid else {
            return Ok(None);
        };
        match self.directory.find(uid.as_str()).await {
            Ok(view) => Ok(Some(view)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The message by which the operational app is told of this; nothing where it happened in that app itself.
pub fn message_of(
    event: &OperationalEvent,
    app: &AppView,
    id: MessageId,
    now: Timestamp,
) -> Option<NewMessage> {
    if event.app == app.app.id {
        return None;
    }
    let message = Message {
        id,
        app: app.app.id,
        event_type: event.event_type.name(),
        event_id: None,
        channels: Vec::new(),
        tags: Vec::new(),
        created_at: now,
        deliver_at: None,
        retention_hours: RETENTION_HOURS_DEFAULT,
    };
    let deliveries = app.deliveries_of(&message);
    Some(NewMessage { message, payload: event.payload(now), deliveries, payload_event_id: None })
}
