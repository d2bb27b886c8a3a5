//! The form in which a person says what is sent, and how much a trial may ask of the receiver.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_control::examples::{PING, sendable_example};
use wirepost_control::rate_trial::RateTrialDraft;
use wirepost_control::{ControlError, ControlResult};
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::Endpoint;

use super::super::frame::{Frame, Tab, open};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, html};
use crate::person::Person;
use crate::state::UiState;
use crate::wrong::{ShowsWrong, Wrong};

/// The fields, as the operations call them.
const FIELDS: [&str; 5] = ["eventType", "rateMost", "requestsMost", "secondsMost", "errorsPercentMost"];

/// What a person filled in.
#[derive(Debug, Deserialize)]
pub(crate) struct Filled {
    #[serde(default)]
    event_type: String,
    #[serde(default)]
    rate_most: String,
    #[serde(default)]
    requests_most: String,
    #[serde(default)]
    seconds_most: String,
    #[serde(default)]
    errors_percent_most: String,
}

#[derive(Template)]
#[template(path = "endpoints/rate_trial/begin.html")]
struct BeginPage {
    layout: Layout,
    frame: Frame,
    filled: Filled,
    event_types: Vec<String>,
    wrong: Option<Wrong>,
}

impl ShowsWrong for BeginPage {
    const FIELDS: &'static [&'static str] = &FIELDS;

    fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    person.caller.require(Capability::CreateAttempts)?;
    let filled = Filled::suggested(&state, &access, &endpoint);
    page(&state, &person, (&access, &endpoint), filled, None).await
}

pub(crate) async fn begin(
    State(state): State<UiState>,
    Path((app, endpoint)): Path<(String, String)>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let id = endpoint.id.to_string();
    let begun = match filled.draft() {
        Ok(draft) => state.control.start_rate_trial(&access, &id, draft).await,
        Err(error) => Err(error),
    };
    let wrong = match begun {
        Ok(trial) => {
            let path = format!("/app/{}/endpoints/{id}/testing/rate/{trial}", access.id());
            return Ok(Redirect::to(&path).into_response());
        }
        Err(error @ (ControlError::EndpointDisabled | ControlError::TooManyRequests { .. })) => {
            Wrong::new("", error.to_string())
        }
        Err(ControlError::NoExample) => Wrong::new("eventType", "has no example that is a JSON object"),
        Err(error) => Wrong::try_from(error)?,
    };
    let page = page(&state, &person, (&access, &endpoint), filled, Some(wrong)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    state: &UiState,
    person: &Person,
    (access, endpoint): (&AppAccess, &Endpoint),
    filled: Filled,
    wrong: Option<Wrong>,
) -> Result<Response, Fault> {
    let frame = Frame::of(state, person, access, endpoint, Tab::Testing).await?;
    let layout = frame.layout(state, person, access);
    let event_types = state.control.all_event_types(access).await?;
    let has_example = event_types
        .iter()
        .filter(|event_type| !event_type.archived && sendable_example(event_type, 0).is_some());
    let mut names: Vec<_> = has_example.map(|event_type| event_type.name.to_string()).collect();
    // What it hears of stands first: its receiver knows what to do with it.
    let hears = |name: &String| endpoint.event_types.iter().any(|subscribed| subscribed.as_str() == name);
    names.sort_by_key(|name| !hears(name));
    names.push(PING.to_owned());
    html(&BeginPage { layout, frame, filled, event_types: names, wrong })
}

impl Filled {
    fn suggested(state: &UiState, access: &AppAccess, endpoint: &Endpoint) -> Self {
        let bounds = state.control.suggested_trial_bounds(access, endpoint);
        Self {
            event_type: String::new(),
            rate_most: bounds.rate_most.to_string(),
            requests_most: bounds.requests_most.to_string(),
            seconds_most: bounds.lasts_most.as_secs().to_string(),
            errors_percent_most: bounds.errors_percent_most.to_string(),
        }
    }

    fn draft(&self) -> ControlResult<RateTrialDraft> {
        Ok(RateTrialDraft {
            event_type: self.event_type.clone(),
            rate_most: whole(FIELDS[1], &self.rate_most)?,
            requests_most: whole(FIELDS[2], &self.requests_most)?,
            seconds_most: whole(FIELDS[3], &self.seconds_most)?,
            errors_percent_most: whole(FIELDS[4], &self.errors_percent_most)?,
        })
    }
}

pub(super) fn whole(field: &'static str, text: &str) -> ControlResult<u32> {
    text.trim().parse().map_err(|_| ControlError::body(field, "must be a whole number"))
}
