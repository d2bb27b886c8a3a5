//! What the producer sent: laid out, as it came, or downloaded; and why it is gone where it is.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use wirepost_control::ControlError;
use wirepost_model::message::{Payload, StoredMessage};
use wirepost_model::timestamp::Timestamp;

use super::pretty::{cut, pretty};
use crate::fault::Fault;
use crate::person::Person;
use crate::show::{Instant, sized};
use crate::state::UiState;

/// Most bytes of contents on a page.
const SHOWN_BYTES_MOST: usize = 8 << 10;

/// Contents as a page shows them.
pub(crate) enum Contents {
    Kept(Kept),
    /// They are gone, and why.
    Gone(String),
}

/// Contents that are there.
pub(crate) struct Kept {
    pub(crate) text: String,
    pub(crate) is_raw: bool,
    /// `1.2 MB`, of all.
    pub(crate) size: String,
    /// How much is shown, where that is not all.
    pub(crate) shown: Option<String>,
}

impl Contents {
    /// The contents of a message that was read with them. `days` is how long contents are kept.
    pub(crate) fn of(stored: &StoredMessage, is_raw: bool, days: u16, now: Timestamp) -> Self {
        let Payload::Present(payload) = &stored.payload else {
            return Self::Gone(why_gone(stored, days, now));
        };
        let text = String::from_utf8_lossy(payload);
        let page = if is_raw { cut(&text, SHOWN_BYTES_MOST) } else { pretty(&text, SHOWN_BYTES_MOST) };
        let shown = page.is_cut.then(|| sized(page.text.len() as u64));
        Self::Kept(Kept { text: page.text, is_raw, size: sized(payload.len() as u64), shown })
    }

    pub(crate) fn are_kept(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}

/// Gives the contents away as they came. Whatever is in them, a browser keeps them as a file and draws nothing.
pub(crate) async fn download(
    State(state): State<UiState>,
    person: Person,
    Path((app, message)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller, &app).await?;
    let stored = state.control.find_message(&access, &message, true).await?;
    match stored.payload {
        Payload::Present(payload) => Ok(as_file(&format!("{}.json", stored.message.id), payload)),
        Payload::Expired | Payload::Omitted => Err(ControlError::MissingPayload.into()),
    }
}

/// A file of plain text; its name is made of letters and digits.
pub(crate) fn as_file(name: &str, text: impl Into<Bytes>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::try_from(disposition).expect("ids are letters and digits");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, text.into()).into_response()
}

fn why_gone(stored: &StoredMessage, days: u16, now: Timestamp) -> String {
    let hours = stored.message.retention_hours.unwrap_or(days.saturating_mul(24));
    let end = stored.message.created_at.plus(Duration::from_secs(u64::from(hours) * 3_600));
    let stays = "What is known of the message and its attempts stays.";
    if end > now {
        return format!(
            "The contents were removed by hand, or because they were kept for less time then. {stays}"
        );
    }
    let kept = match stored.message.retention_hours {
        Some(hours) => crate::show::counted(u64::from(hours), "hour"),
        None => crate::show::counted(u64::from(days), "day"),
    };
    format!("The contents are no longer kept: their {kept} were over on {}. {stays}", Instant::from(end).text)
}
