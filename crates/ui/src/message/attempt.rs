//! `/app/{app}/logs/{message}/attempts/{attempt}`: one request and its answer, whole, and how to make it again.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use wirepost_control::ControlError;
use wirepost_control::attempt_details::AttemptDetails;
use wirepost_model::capability::Capability;

use super::attempt_row::{AttemptRow, Body};
use super::contents::as_file;
use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::show::sized;
use crate::state::UiState;

/// Most bytes of a command on a page.
const COMMAND_BYTES_MOST: usize = 16 << 10;

#[derive(Template)]
#[template(path = "message/attempt.html")]
struct AttemptPage {
    layout: Layout,
    list_path: String,
    /// The message's page.
    message_path: String,
    message_id: String,
    event_type: String,
    endpoint: String,
    endpoint_path: Option<String>,
    row: AttemptRow,
    sent: Vec<(String, String)>,
    hidden: Vec<String>,
    received: Option<Vec<(String, String)>>,
    command: Option<Command>,
    /// What to know of the command, or why there is none.
    command_note: String,
    can_resend: bool,
}

/// A command for a shell.
struct Command {
    /// The command, unless it is too large for a page.
    text: Option<String>,
    size: String,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, message, attempt)): Path<(String, String, String)>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let details = state.control.attempt_details(&access, &message, &attempt).await?;
    let endpoint_id = details.stored.attempt.delivery.endpoint;
    let endpoint = state.control.all_endpoints(&access).find(|endpoint| endpoint.id == endpoint_id);
    let is_enabled = endpoint.is_some_and(|endpoint| endpoint.disabled.is_none());
    let is_repeatable = details.repeat.curl.is_some();
    let root = format!("/app/{}", access.id());
    let AttemptDetails { message, stored, headers, repeat } = details;
    let message_path = format!("{root}/logs/{}", message.id);
    let title = format!("Attempt · {}", stored.attempt.url);
    html(&AttemptPage {
        layout: Layout::in_app(&state, &person, access.app(), &title, Section::Logs),
        row: AttemptRow::whole(&stored, &message_path),
        list_path: format!("{root}/logs"),
        message_path,
        message_id: message.id.to_string(),
        event_type: message.event_type.to_string(),
        endpoint: endpoint_id.to_string(),
        endpoint_path: endpoint.map(|endpoint| format!("{root}/endpoints/{}", endpoint.id)),
        sent: headers.sent.into_iter().collect(),
        hidden: headers.sensitive,
        received: headers.received,
        command: repeat.curl.map(Command::from),
        command_note: repeat.note,
        can_resend: is_enabled && is_repeatable && person.may(Capability::CreateAttempts),
    })
}

/// Gives the command away as a file, where it is too large for a page.
pub(crate) async fn download(
    State(state): State<UiState>,
    person: Person,
    Path((app, message, attempt)): Path<(String, String, String)>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller, &app).await?;
    let details = state.control.attempt_details(&access, &message, &attempt).await?;
    let command = details.repeat.curl.ok_or(ControlError::MissingPayload)?;
    Ok(as_file(&format!("{}.sh", details.stored.attempt.id), command))
}

impl From<String> for Command {
    fn from(text: String) -> Self {
        let size = sized(text.len() as u64);
        Self { text: Some(text).filter(|text| text.len() <= COMMAND_BYTES_MOST), size }
    }
}
