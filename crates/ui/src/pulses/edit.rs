//! Administrators set pulses up: made, changed, archived, brought back.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use wirepost_control::ControlError;
use wirepost_control::caller::AppAccess;
use wirepost_control::change::Change;
use wirepost_control::pulse_draft::PulseChanges;
use wirepost_model::capability::Capability;
use wirepost_model::pulse::{EVENT_TYPE_DEFAULT, OBJECTS_MOST, Pulse, Raisers};

use super::builder::{KINDS, Row, rows_in, rows_of, schema_of, with_free_rows};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::refusals::Refusals;
use crate::state::UiState;

/// The fields of the form as the API calls them.
const FIELDS: [&str; 6] = ["name", "description", "eventType", "objects", "fields", "raisers"];

/// What a person filled in.
#[derive(Debug, Default)]
struct Filled {
    name: String,
    description: String,
    event_type: String,
    least: String,
    most: String,
    object_schema: String,
    rows: Vec<Row>,
    /// The schema of the fields as JSON, in place of rows.
    fields: String,
    /// Whether only the people below may raise it.
    is_for_some: bool,
    /// Their ids, by line.
    raisers: String,
}

/// Whether a pulse is to be archived or brought back.
#[derive(Debug, Deserialize)]
pub(crate) struct Archiving {
    archived: String,
}

#[derive(Template)]
#[template(path = "pulses/edit.html")]
struct EditPage<'a> {
    layout: Layout,
    here: String,
    /// The pulse as it is kept; none for a new one.
    kept: Option<&'a Pulse>,
    action: String,
    filled: &'a Filled,
    rows: Vec<Row>,
    kinds: [(&'static str, &'static str); 7],
    event_types: Vec<String>,
    refusals: Refusals,
}

impl EditPage<'_> {
    fn at(&self, field: &str) -> Vec<String> {
        self.refusals.at(field)
    }

    fn elsewhere(&self) -> Vec<String> {
        self.refusals.besides(&FIELDS)
    }
}

pub(crate) async fn show_new(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    page(&state, &person, &access, None, &Filled::blank(), Refusals::default()).await
}

pub(crate) async fn create(
    State(state): State<UiState>,
    Path(app): Path<String>,
    Form(person, filled): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let filled = Filled::from(filled);
    let made = match filled.changes() {
        Ok(changes) => state.control.create_pulse(&access, changes).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(pulse) => Ok(led_to(&access, &pulse, "pulse-created")),
        Err(error) => refused(&state, &person, &access, None, (&filled, error)).await,
    }
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, pulse)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let kept = state.control.find_pulse(&access, &pulse).await?;
    page(&state, &person, &access, Some(&kept), &Filled::of(&kept), Refusals::default()).await
}

pub(crate) async fn save(
    State(state): State<UiState>,
    Path((app, pulse)): Path<(String, String)>,
    Form(person, filled): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let kept = state.control.find_pulse(&access, &pulse).await?;
    let filled = Filled::from(filled);
    let saved = match filled.changes() {
        Ok(changes) => state.control.change_pulse(&access, &pulse, changes).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(pulse) => Ok(led_to(&access, &pulse, "saved")),
        Err(error) => refused(&state, &person, &access, Some(&kept), (&filled, error)).await,
    }
}

pub(crate) async fn archive(
    State(state): State<UiState>,
    Path((app, pulse)): Path<(String, String)>,
    Form(person, filled): Form<Archiving>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let archived = filled.archived == "yes";
    let changes = PulseChanges { archived: Change::Set(archived), ..PulseChanges::default() };
    match state.control.change_pulse(&access, &pulse, changes).await {
        Ok(pulse) => Ok(led_to(&access, &pulse, if archived { "pulse-archived" } else { "pulse-back" })),
        // Its name was taken meanwhile: it needs another before it can come back.
        Err(error @ ControlError::Conflict(_)) => {
            let kept = state.control.find_pulse(&access, &pulse).await?;
            let filled = Filled::of(&kept);
            refused(&state, &person, &access, Some(&kept), (&filled, error)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn led_to(access: &AppAccess, pulse: &Pulse, done: &str) -> Response {
    Redirect::to(&format!("/app/{}/pulses/{}?done={done}", access.id(), pulse.id)).into_response()
}

async fn refused(
    state: &UiState,
    person: &Person,
    access: &AppAccess,
    kept: Option<&Pulse>,
    (filled, error): (&Filled, ControlError),
) -> Result<Response, Fault> {
    let page = page(state, person, access, kept, filled, Refusals::try_from(error)?).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    state: &UiState,
    person: &Person,
    access: &AppAccess,
    kept: Option<&Pulse>,
    filled: &Filled,
    refusals: Refusals,
) -> Result<Response, Fault> {
    access.require(Capability::ManageEndpoint)?;
    let here = format!("/app/{}/pulses", access.id());
    let (title, action) = match kept {
        None => ("Add Pulse".to_owned(), format!("{here}/new")),
        Some(kept) => (format!("Edit {}", kept.name), format!("{here}/{}/edit", kept.id)),
    };
    let event_types = state.control.all_event_types(access).await?;
    html(&EditPage {
        layout: Layout::in_app(state, person, access.app(), &title, Section::Pulses),
        here,
        kept,
        action,
        filled,
        rows: with_free_rows(filled.rows.clone()),
        kinds: KINDS,
        event_types: event_types.into_iter().map(|event_type| event_type.name.to_string()).collect(),
        refusals,
    })
}

impl Filled {
    fn blank() -> Self {
        Self {
            event_type: EVENT_TYPE_DEFAULT.to_owned(),
            least: "1".to_owned(),
            most: OBJECTS_MOST.to_string(),
            ..Self::default()
        }
    }

    fn of(pulse: &Pulse) -> Self {
        let rows = pulse.fields.as_ref().and_then(rows_of);
        let written = pulse.fields.as_ref().filter(|_| rows.is_none());
        Self {
            name: pulse.name.clone(),
            description: pulse.description.clone(),
            event_type: pulse.event_type.to_string(),
            least: pulse.objects.least.to_string(),
            most: pulse.objects.most.to_string(),
            object_schema: pulse.objects.schema.as_ref().map(pretty).unwrap_or_default(),
            fields: written.map(pretty).unwrap_or_default(),
            rows: rows.unwrap_or_default(),
            is_for_some: pulse.raisers != Raisers::Anyone,
            raisers: match &pulse.raisers {
                Raisers::Anyone => String::new(),
                Raisers::Users(users) => users.join("\n"),
            },
        }
    }

    fn changes(&self) -> Result<PulseChanges, ControlError> {
        let fields = match read("fields", &self.fields)? {
            Some(schema) => Some(schema),
            None if self.rows.iter().any(Row::lacks_choices) => {
                return Err(ControlError::body("fields", "what is one of several needs its choices"));
            }
            None => schema_of(&self.rows),
        };
        let users: Vec<String> =
            self.raisers.lines().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        Ok(PulseChanges {
            name: Change::Set(self.name.clone()),
            event_type: Change::Set(self.event_type.clone()),
            description: Change::Set(self.description.clone()),
            fields: Change::Set(fields),
            objects_least: Change::Set(number(&self.least)?),
            objects_most: Change::Set(number(&self.most)?),
            object_schema: Change::Set(read("objects", &self.object_schema)?),
            raisers: Change::Set(self.is_for_some.then_some(users)),
            archived: Change::Keep,
        })
    }
}

impl From<Vec<(String, String)>> for Filled {
    fn from(filled: Vec<(String, String)>) -> Self {
        let text = |wanted: &str| {
            filled.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim().to_owned())
        };
        let text = |wanted: &str| text(wanted).unwrap_or_default();
        Self {
            name: text("name"),
            description: text("description"),
            event_type: text("event_type"),
            least: text("least"),
            most: text("most"),
            object_schema: text("object_schema"),
            rows: rows_in(&filled),
            fields: text("fields"),
            is_for_some: text("who") == "some",
            raisers: text("raisers"),
        }
    }
}

fn number(text: &str) -> Result<u32, ControlError> {
    text.parse().map_err(|_| ControlError::body("objects", "must be whole numbers"))
}

fn read(field: &'static str, text: &str) -> Result<Option<Value>, ControlError> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = serde_json::from_str(text);
    read.map(Some).map_err(|error| ControlError::body(field, format!("must be JSON: {error}")))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
