//! `POST /event-type/import/openapi`: takes in the event types of a document, all or none, or says what that would do.

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wirepost_control::catalogue::{Catalogue, ImportMode, ImportReport};
use wirepost_control::fault::Fault;
use wirepost_control::{Control, ControlError};
use wirepost_model::event_type::EventType;
use wirepost_model::names::EventTypeName;

use super::shapes::EventTypeOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody};
use crate::openapi::Operation;

/// A document, and what to do with it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EventTypeImportOpenApiIn")]
pub(crate) struct ImportIn {
    /// The document.
    #[schemars(with = "Option<Map<String, Value>>")]
    spec: Option<Value>,
    /// The document as text, in JSON or YAML.
    spec_raw: Option<String>,
    /// Only say what would be done.
    dry_run: Option<bool>,
    /// Archive what the document does not name.
    replace_all: Option<bool>,
}

/// What was done.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventTypeImportOpenApiOut")]
pub(crate) struct ImportOut {
    data: Imported,
}

/// What was done, or with `dryRun` would be.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventTypeImportOpenApiOutData")]
struct Imported {
    /// What was written.
    modified: Vec<EventTypeName>,
    /// With `dryRun`: what would be written.
    to_modify: Option<Vec<EventTypeOut>>,
    /// Not in the catalogue before.
    added: Vec<EventTypeName>,
    /// In the catalogue before, but otherwise.
    changed: Vec<EventTypeName>,
    /// In the catalogue before, and not in the document.
    archived: Vec<EventTypeName>,
    /// In the catalogue before, as in the document.
    unchanged: Vec<EventTypeName>,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let spec = json!({
        "openapi": "3.1.0",
        "info": {"title": "Events", "version": "1"},
        "webhooks": {"asset.archived": {"post": {"description": "An asset was archived", "responses": {}}}},
    });
    Operation::post(
        "/api/v1/event-type/import/openapi",
        "v1.event-type.import-openapi",
        "Takes in the event types of a document, all or none",
    )
    .takes::<ImportIn>(json!({"spec": spec, "dryRun": true}))
    .answers::<ImportOut>(StatusCode::OK, "What was done")
}

pub(crate) async fn import_openapi(
    Auth(caller): Auth,
    State(control): State<Control>,
    JsonBody(wanted): JsonBody<ImportIn>,
) -> ApiResult<Json<ImportOut>> {
    let mode = ImportMode {
        dry_run: wanted.dry_run.unwrap_or_default(),
        replace_all: wanted.replace_all.unwrap_or_default(),
    };
    let catalogue = wanted.catalogue().map_err(|fault| ControlError::Refused(vec![fault]))?;
    let report = control.import_catalogue(caller, catalogue, mode).await?;
    Ok(Json(StatusCode::OK, ImportOut { data: Imported::new(report, mode) }))
}

impl ImportIn {
    fn catalogue(&self) -> Result<Catalogue, Fault> {
        let unclear = || Fault { place: vec!["spec".to_owned()], message: "give spec or specRaw".to_owned() };
        match (&self.spec, &self.spec_raw) {
            (Some(document), None) => {
                Catalogue::from_document(document).map_err(|fault| fault.within(["spec"]))
            }
            (None, Some(text)) => Catalogue::parse(text).map_err(|fault| fault.within(["specRaw"])),
            _ => Err(unclear()),
        }
    }
}

impl Imported {
    fn new(report: ImportReport, mode: ImportMode) -> Self {
        let written = report.written();
        let modified = written.iter().map(|event_type| event_type.name.clone()).collect();
        let shown = || written.iter().map(|event_type| EventTypeOut::from((*event_type).clone())).collect();
        Self {
            to_modify: mode.dry_run.then(shown),
            modified: if mode.dry_run { Vec::new() } else { modified },
            added: names(&report.added),
            changed: names(&report.changed),
            archived: names(&report.archived),
            unchanged: report.unchanged,
        }
    }
}

fn names(event_types: &[EventType]) -> Vec<EventTypeName> {
    event_types.iter().map(|event_type| event_type.name.clone()).collect()
}
