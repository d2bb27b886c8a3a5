//! A message as a row of the log: drawn alike when the page is loaded and when the row comes by itself.

use askama::Template;
use wirepost_control::caller::AppAccess;
use wirepost_control::logs::LogEntry;
use wirepost_model::message::StoredMessage;

use super::outcome::Outcomes;
use crate::fault::Fault;
use crate::show::Instant;
use crate::state::UiState;

/// One message.
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) event_type: String,
    pub(crate) event_id: Option<String>,
    pub(crate) created: Instant,
    pub(crate) outcomes: Outcomes,
}

/// A row that is sent alone.
#[derive(Template)]
#[template(path = "logs/live_row.html")]
struct RowAlone<'a> {
    row: &'a Row,
}

impl Row {
    /// The row alone, as it stands in the page.
    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        RowAlone { row: self }.render()
    }

    pub(crate) fn of(here: &str, entry: LogEntry) -> Self {
        let outcomes = Outcomes::of(&entry);
        let id = entry.message.id.to_string();
        let event_id = entry.message.event_id.map(|id| id.to_string()).or(entry.payload_event_id);
        Self {
            path: format!("{here}/{id}"),
            id,
            event_type: entry.message.event_type.to_string(),
            event_id,
            created: entry.message.created_at.into(),
            outcomes,
        }
    }
}

/// The rows of a page of messages.
pub(crate) async fn rows(
    state: &UiState,
    access: &AppAccess,
    here: &str,
    messages: Vec<StoredMessage>,
) -> Result<Vec<Row>, Fault> {
    let entries = state.control.log_entries(access, messages).await?;
    Ok(entries.into_iter().map(|entry| Row::of(here, entry)).collect())
}
