//! Event types written by people: made, changed, archived, brought back, deleted.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::change::Change;
use wirepost_control::event_type_texts::EventTypeTexts;
use wirepost_control::event_types::{EventTypeChanges, Removal};
use wirepost_model::capability::Capability;
use wirepost_model::event_type::EventType;
use wirepost_model::payload_validation::PayloadValidation;

use super::here::Here;
use crate::fault::Fault;
use crate::form::{Form, Nothing};
use crate::layout::{Layout, html};
use crate::refusals::Refusals;
use crate::state::UiState;

/// The fields of the form as the API calls them, and the two that are texts here.
const FIELDS: [&str; 7] = ["name", "description", "groupName", "schema", "schemas", "example", "featureFlag"];

/// What a person filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    name: String,
    description: String,
    group_name: String,
    schema: String,
    example: String,
    as_new_version: Option<String>,
    payload_validation: PayloadValidation,
    feature_flag: String,
    deprecated: Option<String>,
}

/// Whether an event type is to be archived or brought back.
#[derive(Debug, Deserialize)]
pub(crate) struct Archiving {
    archived: String,
}

#[derive(Template)]
#[template(path = "catalogue/edit.html")]
struct EditPage<'a> {
    layout: Layout,
    here: &'a str,
    /// The event type as it is kept; none for a new one.
    kept: Option<&'a EventType>,
    /// Where the form goes.
    action: String,
    filled: &'a Filled,
    /// Headings that are there already.
    groups: Vec<String>,
    /// The number that a further version of the schema would have, if there is one to stand beside.
    next_version: Option<u64>,
    refusals: Refusals,
}

impl EditPage<'_> {
    fn at(&self, field: &str) -> Vec<String> {
        self.refusals.at(field)
    }

    fn at_schema(&self) -> Vec<String> {
        let written =
            self.refusals.at("schema").into_iter().map(|sentence| format!("The schema {sentence}."));
        // What is wrong inside stands below the version's number, which the person did not choose.
        let inside = self.refusals.at("schemas").into_iter().map(|told| match told.split_once('.') {
            Some((version, rest)) if version.parse::<u64>().is_ok() => format!("In the schema, at {rest}."),
            _ => format!("In the schema: {told}."),
        });
        written.chain(inside).collect()
    }

    fn elsewhere(&self) -> Vec<String> {
        self.refusals.besides(&FIELDS)
    }

    fn checks(&self, word: &str) -> bool {
        let chosen = match self.filled.payload_validation {
            PayloadValidation::Off => "off",
            PayloadValidation::Warn => "warn",
            PayloadValidation::Enforce => "enforce",
        };
        chosen == word
    }
}

pub(crate) async fn show_new(State(state): State<UiState>, here: Here) -> Result<Response, Fault> {
    page(&state, &here, None, &Filled::default(), Refusals::default()).await
}

pub(crate) async fn create(
    State(state): State<UiState>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let here = Here::of_organisation(person, String::new())?;
    let caller = here.person.caller.clone();
    let made = match filled.texts().changes(None) {
        Ok(changes) => state.control.create_event_type(caller, filled.name.trim(), changes).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => Ok(led_to(&made, "event-type-created")),
        Err(error) => refused(&state, &here, None, &filled, error).await,
    }
}

pub(crate) async fn show(State(state): State<UiState>, here: Here) -> Result<Response, Fault> {
    let kept = here.event_type(&state).await?;
    page(&state, &here, Some(&kept), &Filled::of(&kept), Refusals::default()).await
}

pub(crate) async fn save(
    State(state): State<UiState>,
    Path(name): Path<String>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let here = Here::of_organisation(person, name)?;
    let kept = here.event_type(&state).await?;
    let caller = here.person.caller.clone();
    let saved = match filled.texts().changes(Some(&kept)) {
        Ok(changes) => state.control.change_event_type(caller, &here.name, changes).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(saved) => Ok(led_to(&saved, "saved")),
        Err(error) => refused(&state, &here, Some(&kept), &filled, error).await,
    }
}

pub(crate) async fn archive(
    State(state): State<UiState>,
    Path(name): Path<String>,
    Form(person, filled): Form<Archiving>,
) -> Result<Response, Fault> {
    let archived = filled.archived == "yes";
    let changes = EventTypeChanges { archived: Change::Set(archived), ..EventTypeChanges::default() };
    let changed = state.control.change_event_type(person.caller, &name, changes).await?;
    Ok(led_to(&changed, if archived { "event-type-archived" } else { "event-type-back" }))
}

pub(crate) async fn delete(
    State(state): State<UiState>,
    Path(name): Path<String>,
    Form(person, Nothing {}): Form<Nothing>,
) -> Result<Redirect, Fault> {
    state.control.delete_event_type(person.caller, &name, Removal::Expunge).await?;
    Ok(Redirect::to("/catalog?done=event-type-deleted"))
}

fn led_to(event_type: &EventType, done: &str) -> Response {
    Redirect::to(&format!("/catalog/{}?done={done}", event_type.name)).into_response()
}

async fn refused(
    state: &UiState,
    here: &Here,
    kept: Option<&EventType>,
    filled: &Filled,
    error: ControlError,
) -> Result<Response, Fault> {
    let page = page(state, here, kept, filled, Refusals::try_from(error)?).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    state: &UiState,
    here: &Here,
    kept: Option<&EventType>,
    filled: &Filled,
    refusals: Refusals,
) -> Result<Response, Fault> {
    here.person.caller.require_organisation_for(Capability::ManageCatalog)?;
    let (title, action) = match kept {
        None => ("Add Event Type".to_owned(), format!("{}/-new", here.path)),
        Some(kept) => (format!("Edit {}", kept.name), format!("{}/{}/edit", here.path, kept.name)),
    };
    let all = here.event_types(state).await?;
    let mut groups: Vec<String> = all.into_iter().filter_map(|event_type| event_type.group_name).collect();
    groups.sort_unstable();
    groups.dedup();
    let layout = here.layout(state, &title);
    let next_version = kept.and_then(next_version);
    html(&EditPage { layout, here: &here.path, kept, action, filled, groups, next_version, refusals })
}

fn next_version(event_type: &EventType) -> Option<u64> {
    let schemas = event_type.schemas.as_ref()?.as_object()?;
    schemas.keys().filter_map(|version| version.parse::<u64>().ok()).max().map(|newest| newest + 1)
}

impl Filled {
    fn of(event_type: &EventType) -> Self {
        let texts = EventTypeTexts::of(event_type);
        Self {
            name: event_type.name.to_string(),
            description: texts.description,
            group_name: texts.group_name,
            schema: texts.schema,
            example: texts.example,
            as_new_version: None,
            payload_validation: texts.payload_validation,
            feature_flag: texts.feature_flag,
            deprecated: texts.deprecated.then(String::new),
        }
    }

    fn texts(&self) -> EventTypeTexts {
        EventTypeTexts {
            description: self.description.clone(),
            group_name: self.group_name.clone(),
            schema: self.schema.clone(),
            example: self.example.clone(),
            as_new_version: self.as_new_version.is_some(),
            payload_validation: self.payload_validation,
            feature_flag: self.feature_flag.clone(),
            deprecated: self.deprecated.is_some(),
        }
    }
}
