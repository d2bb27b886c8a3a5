//! Event types as files: the JSON Schema of one, and OpenAPI descriptions of one or of all.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::{Value, json};
use wirepost_control::ControlError;
use wirepost_control::catalogue::openapi_of;

use super::here::Here;
use crate::fault::Fault;
use crate::state::UiState;

/// The newest JSON Schema of an event type.
pub(crate) async fn schema(State(state): State<UiState>, here: Here) -> Result<Response, Fault> {
    let event_type = here.event_type(&state).await?;
    let mut schema = event_type.newest_schema().cloned().ok_or(ControlError::NotFound)?;
    if let Some(members) = schema.as_object_mut() {
        // A file stands alone: it says what it is read as, and of what it is.
        members.entry("$schema").or_insert(json!("https://json-schema.org/draft/2020-12/schema"));
        members.entry("title").or_insert(json!(event_type.name));
    }
    Ok(file(&format!("{}.schema.json", event_type.name), &schema))
}

/// An OpenAPI description of one event type.
pub(crate) async fn openapi(State(state): State<UiState>, here: Here) -> Result<Response, Fault> {
    let event_type = here.event_type(&state).await?;
    Ok(file(&format!("{}.openapi.json", event_type.name), &openapi_of(&event_type)))
}

/// An OpenAPI description of all that is to be seen.
pub(crate) async fn whole(State(state): State<UiState>, here: Here) -> Result<Response, Fault> {
    let document = match &here.access {
        Some(access) => state.control.export_catalogue_in(access).await?,
        None => state.control.export_catalogue(here.person.caller.clone()).await?,
    };
    Ok(file("events.openapi.json", &document))
}

fn file(name: &str, document: &Value) -> Response {
    let kept = format!("attachment; filename=\"{name}\"");
    let kept = HeaderValue::try_from(kept).expect("names of event types are plain ASCII");
    let media_type = HeaderValue::from_static("application/json");
    let headers = [(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, kept)];
    (headers, format!("{document:#}\n")).into_response()
}
