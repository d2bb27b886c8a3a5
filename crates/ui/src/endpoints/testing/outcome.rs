//! What came of an example that was sent: how it stands, and each attempt.

use std::time::Duration;

use wirepost_control::ControlError;
use wirepost_control::attempts::AttemptSelection;
use wirepost_control::caller::AppAccess;
use wirepost_control::explain::ExplainedAt;
use wirepost_control::page::{Order, PageQuery};
use wirepost_model::endpoint::Endpoint;

use crate::fault::Fault;
use crate::message::attempt_row::AttemptRow;
use crate::message::delivery::DeliveryRow;
use crate::state::UiState;

/// Attempts that are shown here; all are on the message's page.
const ATTEMPTS: usize = 5;
/// A page that was left open does not ask for ever.
const FOLLOWED_FOR: Duration = Duration::from_secs(15 * 60);

/// What came of it so far.
pub(super) struct Outcome {
    pub(super) message: String,
    /// The message's page.
    pub(super) path: String,
    pub(super) event_type: String,
    pub(super) delivery: DeliveryRow,
    pub(super) attempts: Vec<AttemptRow>,
    /// After how many milliseconds the page looks again; never once it ended.
    pub(super) refresh_ms: Option<u32>,
}

impl Outcome {
    /// `None` where there is no such message, or it does not go to this endpoint.
    pub(super) async fn of(
        state: &UiState,
        access: &AppAccess,
        endpoint: &Endpoint,
        message: &str,
    ) -> Result<Option<Self>, Fault> {
        let (control, id) = (&state.control, endpoint.id.to_string());
        let first = PageQuery::first(1, Order::Ascending);
        let explained = control.explain_message(access, message, ExplainedAt::One(&id), first).await;
        let explained = match explained {
            Ok(explained) => explained,
            Err(ControlError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let message = explained.message;
        let Some(row) = explained.endpoints.rows.into_iter().find(|row| row.state.is_some()) else {
            return Ok(None);
        };
        let (endpoints, now) = (format!("/app/{}/endpoints", access.id()), control.now());
        let delivery = DeliveryRow::of(row, &endpoints, &control.settings().operator_rules, now);
        let path = format!("/app/{}/logs/{}", access.id(), message.id);
        let newest = PageQuery::first(ATTEMPTS, Order::Descending);
        let selection = AttemptSelection::default();
        let found = control
            .list_attempts_of_message(access, &message.id.to_string(), Some(&id), selection, newest)
            .await?;
        let mut attempts: Vec<AttemptRow> =
            found.rows.iter().map(|stored| AttemptRow::of(stored, &path)).collect();
        if let Some(last) = attempts.first_mut() {
            last.is_open = true;
        }
        let is_fresh = now.since(message.created_at) < FOLLOWED_FOR;
        Ok(Some(Self {
            message: message.id.to_string(),
            path,
            event_type: message.event_type.to_string(),
            refresh_ms: delivery.look_again_ms().filter(|_| is_fresh),
            delivery,
            attempts,
        }))
    }
}
