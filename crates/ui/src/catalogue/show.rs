//! An event type: what it tells, what its payload is made of, an example, code, and who hears of it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use wirepost_control::catalogue::faults_of_example;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::event_type::EventType;
use wirepost_model::payload_validation::PayloadValidation;

use super::code::{Code, programs_for};
use super::here::Here;
use super::list::is_planned;
use super::structure::{Structure, structure_of};
use crate::fault::Fault;
use crate::layout::{Layout, html};
use crate::query::Query;
use crate::show::{Instant, counted};
use crate::state::UiState;

/// Most endpoints that are named as subscribers.
const NAMED_MOST: usize = 20;

/// What was just done.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "catalogue/show.html")]
struct ShowPage {
    layout: Layout,
    here: String,
    /// The page of this event type.
    path: String,
    in_app: bool,
    may_edit: bool,
    event_type: EventType,
    is_planned: bool,
    updated: Instant,
    /// What is done about payloads that do not fit.
    checks: &'static str,
    versions: Option<String>,
    /// Where its JSON Schema is, if it has one.
    schema_file: Option<String>,
    structure: Structure,
    example: Option<String>,
    example_faults: Vec<String>,
    programs: Vec<Code>,
    subscribers: Vec<Subscriber>,
    more_subscribers: Option<String>,
}

/// An endpoint that hears of it.
struct Subscriber {
    path: String,
    url: String,
    /// What is to be known of how it hears of it.
    remark: Option<&'static str>,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    here: Here,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let event_type = here.event_type(&state).await?;
    let heard_by: Vec<&Endpoint> = match &here.access {
        Some(access) => state.control.subscribers(access, &event_type.name).collect(),
        None => Vec::new(),
    };
    let more = heard_by.len().saturating_sub(NAMED_MOST);
    let endpoints = here.path.replace("/catalog", "/endpoints");
    let named = heard_by.into_iter().take(NAMED_MOST);
    let may_edit = here.may_edit();
    let path = format!("{}/{}", here.path, event_type.name);
    html(&ShowPage {
        layout: here.layout(&state, event_type.name.as_str()).telling(question.done.as_deref()),
        in_app: here.access.is_some(),
        is_planned: is_planned(&event_type),
        updated: event_type.updated_at.into(),
        checks: checks(event_type.payload_validation),
        versions: versions(&event_type),
        schema_file: event_type.newest_schema().map(|_| format!("{path}/schema.json")),
        structure: event_type.newest_schema().map(structure_of).unwrap_or_default(),
        example: event_type.example().map(|example| format!("{example:#}")),
        example_faults: if may_edit { example_faults(&event_type) } else { Vec::new() },
        programs: programs_for(&event_type),
        subscribers: named.map(|endpoint| subscriber(&endpoints, endpoint)).collect(),
        more_subscribers: (more > 0).then(|| counted(more as u64, "endpoint")),
        may_edit,
        path,
        here: here.path,
        event_type,
    })
}

fn subscriber(endpoints: &str, endpoint: &Endpoint) -> Subscriber {
    let remark = if endpoint.disabled.is_some() {
        Some("disabled")
    } else if !endpoint.channels.is_empty() {
        Some("on its channels only")
    } else if endpoint.event_types.is_empty() {
        Some("all events")
    } else {
        None
    };
    Subscriber { path: format!("{endpoints}/{}", endpoint.id), url: endpoint.url.clone(), remark }
}

fn checks(validation: PayloadValidation) -> &'static str {
    match validation {
        PayloadValidation::Off => "Payloads are not checked",
        PayloadValidation::Warn => "Payloads that do not fit are sent, with a warning to the sender",
        PayloadValidation::Enforce => "Payloads that do not fit are refused",
    }
}

/// The version that is shown, where there are several.
fn versions(event_type: &EventType) -> Option<String> {
    let schemas = event_type.schemas.as_ref().and_then(Value::as_object)?;
    let newest = schemas.keys().max_by_key(|version| version.parse::<u64>().unwrap_or(0))?;
    (schemas.len() > 1).then(|| format!("{newest}, the newest of {}", schemas.len()))
}

fn example_faults(event_type: &EventType) -> Vec<String> {
    let told = faults_of_example(event_type).into_iter().map(|fault| match fault.place.as_slice() {
        [] => fault.message,
        _ => fault.to_string(),
    });
    told.collect()
}
