//! `/app/{app}/logs/{message}`: everything that is known of one message.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_model::capability::Capability;
use wirepost_model::message::{Message, StoredMessage};
use wirepost_model::token::Scope;

use super::attempt_row::Body;
use super::attempts::{AttemptList, AttemptQuestion};
use super::contents::Contents;
use super::outcome::{Missed, OutcomeQuestion, Place, Reached};
use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::query::{Query, address};
use crate::show::{Instant, counted};
use crate::state::UiState;

/// Endpoints that the menu names; all others are on the page.
const MENU_ROWS: usize = 6;

/// What an address says of a message's page.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    #[serde(flatten)]
    attempts: AttemptQuestion,
    #[serde(flatten)]
    outcome: OutcomeQuestion,
    /// `raw`, or laid out.
    contents: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "message/message.html")]
struct MessagePage {
    layout: Layout,
    here: String,
    list_path: String,
    facts: Facts,
    contents: Contents,
    raw_path: String,
    reached: Reached,
    missed: Missed,
    missed_path: String,
    attempts: AttemptList,
    /// How often the page looks whether something happened; never where nothing will by itself.
    refresh_ms: Option<u32>,
    /// How it stands, for those who hear the page.
    said: String,
    was_resent: bool,
    may_send: bool,
    may_remove: bool,
}

/// What was known when the message came.
struct Facts {
    id: String,
    event_type: String,
    event_type_path: String,
    event_id: Option<String>,
    created: Instant,
    deliver_at: Option<Instant>,
    channels: Vec<String>,
    tags: Vec<String>,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, wanted)): Path<(String, String)>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let stored = state.control.find_message(&access, &wanted, true).await?;
    let id = stored.message.id.to_string();
    let root = format!("/app/{}", access.id());
    let (here, endpoints) = (format!("{root}/logs/{id}"), format!("{root}/endpoints"));
    if wanted != id {
        return Ok(Redirect::to(&here).into_response());
    }
    let place = Place { message: &id, here: &here, endpoints: &endpoints };
    let page = question.page(&state, &person, &access, &stored, place).await?;
    html(&page)
}

impl Question {
    async fn page(
        &self,
        state: &UiState,
        person: &Person,
        access: &AppAccess,
        stored: &StoredMessage,
        place: Place<'_>,
    ) -> Result<MessagePage, Fault> {
        let reached = self.outcome.reached(state, access, place).await?;
        let missed = self.outcome.missed(state, access, place).await?;
        let mut attempts = self.attempts.read(&state.control, access, place.message, place.here).await?;
        tell_next(&mut attempts, &reached);
        let days = state.control.settings().retention_days;
        let is_raw = self.contents.as_deref() == Some("raw");
        let contents = Contents::of(stored, is_raw, days, state.control.now());
        let was_resent = self.done.as_deref() == Some("resent");
        let done = self.done.as_deref().filter(|_| !was_resent);
        let title = stored.message.event_type.to_string();
        let is_organisation = person.caller.scope() == Scope::Organisation;
        Ok(MessagePage {
            layout: Layout::in_app(state, person, access.app(), &title, Section::Logs).telling(done),
            here: place.here.to_owned(),
            list_path: format!("/app/{}/logs", access.id()),
            facts: Facts::of(&stored.message, event_id(state, access, &stored.message).await?),
            may_send: person.may(Capability::CreateAttempts) && contents.are_kept(),
            may_remove: is_organisation && person.may(Capability::SendMessages) && contents.are_kept(),
            contents,
            raw_path: address(place.here, &[("contents", "raw")]),
            missed_path: place.missed_path(),
            refresh_ms: reached.rows.iter().filter_map(|row| row.look_again_ms()).min(),
            said: said(&reached),
            was_resent,
            reached,
            missed,
            attempts,
        })
    }
}

impl MessagePage {
    /// The endpoints that the menu names.
    fn resendable(&self) -> impl Iterator<Item = &super::delivery::DeliveryRow> {
        self.reached.rows.iter().filter(|row| self.may_send && row.can_resend).take(MENU_ROWS)
    }

    fn has_menu(&self) -> bool {
        self.contents.are_kept()
    }
}

impl Facts {
    fn of(message: &Message, event_id: Option<String>) -> Self {
        let event_type = message.event_type.to_string();
        Self {
            id: message.id.to_string(),
            event_type_path: format!("/app/{}/catalog/{event_type}", message.app),
            event_type,
            event_id,
            created: message.created_at.into(),
            deliver_at: message.deliver_at.map(Instant::from),
            channels: message.channels.iter().map(ToString::to_string).collect(),
            tags: message.tags.clone(),
        }
    }
}

/// What the message is called in the log too: by whoever sent it, or by its payload.
async fn event_id(state: &UiState, access: &AppAccess, message: &Message) -> Result<Option<String>, Fault> {
    match &message.event_id {
        Some(given) => Ok(Some(given.to_string())),
        None => Ok(state.control.payload_event_id(access, message).await?),
    }
}

/// The last attempt of a delivery that goes on says when the next one is made.
fn tell_next(attempts: &mut AttemptList, reached: &Reached) {
    for delivery in &reached.rows {
        let last = delivery.last_attempt.map(|id| id.to_string());
        if let Some(row) = attempts.rows.iter_mut().find(|row| Some(&row.id) == last.as_ref()) {
            row.next = delivery.next.clone();
        }
    }
}

fn said(reached: &Reached) -> String {
    let count = |tone: &str| reached.rows.iter().filter(|row| row.tone == tone).count() as u64;
    format!("Delivered to {}, failed at {}", counted(count("good"), "endpoint"), count("bad"))
}
