//! A person raises a pulse.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use wirepost_control::ControlError;
use wirepost_control::error::Conflict;
use wirepost_control::fault::Fault as Refused;
use wirepost_control::idempotency::{RequestOnce, RequestWords};
use wirepost_control::raisers::raiser;
use wirepost_control::raises::RaiseDraft;
use wirepost_model::capability::Capability;
use wirepost_model::pulse::Pulse;

use super::form_fields::filled_in;
use super::show::{LookedAt, Question, page};
use crate::fault::Fault;
use crate::form::Form;
use crate::person::Person;
use crate::refusals::Refusals;
use crate::state::UiState;

/// What is raised for where the person names no other kind.
const OBJECT_TYPE: &str = "asset";

/// What a person filled in: its own fields, and those of the pulse.
#[derive(Debug, Default)]
pub(crate) struct Filled(pub(super) Vec<(String, String)>);

impl Filled {
    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The objects as they were typed.
    pub(super) fn objects(&self) -> &str {
        self.text("objects")
    }

    /// What kind of objects they are.
    pub(super) fn object_type(&self) -> &str {
        if self.0.is_empty() { OBJECT_TYPE } else { self.text("object_type") }
    }

    pub(super) fn note(&self) -> &str {
        self.text("note")
    }
}

pub(crate) async fn raise(
    State(state): State<UiState>,
    Path((app, pulse)): Path<(String, String)>,
    Form(person, filled): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let pulse = state.control.find_pulse(&access, &pulse).await?;
    access.require(Capability::CreateAttempts)?;
    let filled = Filled(filled);
    match raise_once(&state, &person, &app, &pulse, &filled).await {
        Ok(message) => {
            let path = format!("/app/{}/pulses/{}?raised={message}", access.id(), pulse.id);
            Ok(Redirect::to(&path).into_response())
        }
        Err(error) => {
            let refusals = Refusals::try_from(error)?;
            let looked_at = LookedAt { person: &person, access: &access, pulse: &pulse };
            let page = page(&state, looked_at, Question::default(), &filled, &refusals).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Raises the pulse, and gives back the message's id. A form that is sent twice, as by two clicks, raises once.
async fn raise_once(
    state: &UiState,
    person: &Person,
    app: &str,
    pulse: &Pulse,
    filled: &Filled,
) -> Result<String, ControlError> {
    let objects = objects(pulse, filled)?;
    let fields =
        filled_in(pulse.fields.as_ref(), &filled.0).map_err(|fault| ControlError::Refused(vec![fault]))?;
    let note = Some(filled.note().trim().to_owned()).filter(|note| !note.is_empty());
    let body = json!([objects, fields, note]).to_string();
    let once = RequestOnce::new(
        &person.caller,
        RequestWords {
            key: filled.text("once").as_bytes(),
            operation: "a person raises a pulse",
            parameters: &pulse.id.to_string(),
            body: body.as_bytes(),
        },
    );
    let _turn = state.control.take_turn(&once).await;
    let is_other = match state.control.recall_answer(&once).await {
        Ok(Some(message)) => return Ok(String::from_utf8_lossy(&message).into_owned()),
        Ok(None) => false,
        // The person went back in the browser and changed the form: another raise.
        Err(ControlError::Conflict(Conflict::Idempotency)) => true,
        Err(error) => return Err(error),
    };
    let (objects, fields) = (raw(&objects), raw(&fields));
    let user = Some(raiser(&person.caller, &person.name));
    let draft = RaiseDraft { objects: &objects, fields: Some(&fields), user, note };
    let raised = state.control.raise_pulse(person.caller.clone(), app, &pulse.id.to_string(), draft).await?;
    let message = raised.accepted.message.id.to_string();
    if !is_other {
        state.control.keep_answer(&once, message.as_bytes()).await?;
    }
    Ok(message)
}

/// The objects that were picked: ids by line, or JSON where the pulse has a schema of its own for them.
fn objects(pulse: &Pulse, filled: &Filled) -> Result<Value, ControlError> {
    let text = filled.objects().trim();
    if pulse.objects.schema.is_none() {
        let ids = text.lines().map(str::trim).filter(|id| !id.is_empty());
        let kind = filled.object_type().trim();
        return Ok(ids.map(|id| json!({"id": id, "type": kind})).collect());
    }
    if text.is_empty() {
        return Ok(json!([]));
    }
    serde_json::from_str(text).map_err(|error| {
        let place = vec!["objects".to_owned()];
        ControlError::Refused(vec![Refused { place, message: format!("is not JSON: {error}") }])
    })
}

fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).expect("a value is always JSON")
}
