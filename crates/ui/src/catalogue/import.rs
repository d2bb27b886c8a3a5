//! A document of event types: what it would change, and taking it in.

use std::collections::BTreeMap;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::catalogue::{Catalogue, ImportMode, ImportReport};
use wirepost_model::capability::Capability;
use wirepost_model::event_type::EventType;

use super::differences::differences;
use super::here::Here;
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, html};
use crate::show::counted;
use crate::state::UiState;

/// Most event types that a preview names of each kind.
const NAMED_MOST: usize = 200;

/// What a person filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    document: String,
    replace_all: Option<String>,
    /// What the preview was made of that the person saw.
    previewed: String,
}

#[derive(Template)]
#[template(path = "catalogue/import.html")]
struct ImportPage<'a> {
    layout: Layout,
    here: String,
    filled: &'a Filled,
    wrong: Option<String>,
    preview: Option<Preview>,
}

/// What an import would do.
struct Preview {
    /// Proves that this document was looked at.
    mark: String,
    changes_nothing: bool,
    parts: Vec<Part>,
    unchanged: String,
}

/// Event types to which the same would happen.
struct Part {
    title: String,
    rows: Vec<Row>,
    more: Option<String>,
}

struct Row {
    name: String,
    differences: Vec<String>,
}

pub(crate) async fn show(State(state): State<UiState>, here: Here) -> Result<Response, Fault> {
    page(&state, here, &Filled::default(), None, None)
}

/// Shows what the document would change; takes it in once the person has seen just that.
pub(crate) async fn import(
    State(state): State<UiState>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let here = Here::of_organisation(person, String::new())?;
    here.person.caller.require_organisation_for(Capability::ManageCatalog)?;
    let catalogue = match Catalogue::parse(&filled.document) {
        Ok(catalogue) if catalogue.is_empty() => {
            return refused(&state, here, &filled, "It describes no event type".to_owned());
        }
        Ok(catalogue) => catalogue,
        Err(fault) if fault.place.is_empty() => return refused(&state, here, &filled, fault.message),
        Err(fault) => return refused(&state, here, &filled, fault.to_string()),
    };
    let was_seen = filled.previewed == mark(&filled);
    let mode = ImportMode { dry_run: !was_seen, replace_all: filled.replace_all.is_some() };
    let before = here.event_types(&state).await?;
    let report = state.control.import_catalogue(here.person.caller.clone(), catalogue, mode).await?;
    if was_seen {
        return Ok(Redirect::to("/catalog?done=imported").into_response());
    }
    let preview = preview(&filled, before, report);
    page(&state, here, &filled, None, Some(preview))
}

fn refused(state: &UiState, here: Here, filled: &Filled, sentence: String) -> Result<Response, Fault> {
    let page = page(state, here, filled, Some(sentence), None)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn page(
    state: &UiState,
    here: Here,
    filled: &Filled,
    wrong: Option<String>,
    preview: Option<Preview>,
) -> Result<Response, Fault> {
    here.person.caller.require_organisation_for(Capability::ManageCatalog)?;
    let layout = here.layout(state, "Import event types");
    html(&ImportPage { layout, here: here.path, filled, wrong, preview })
}

/// Differs for every other document, and for every other way to take it in.
fn mark(filled: &Filled) -> String {
    // Browsers may send other line ends than they were given.
    let document = filled.document.replace("\r\n", "\n");
    let text = format!("{} {}", filled.replace_all.is_some(), document.trim());
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

fn preview(filled: &Filled, before: Vec<EventType>, report: ImportReport) -> Preview {
    let before: BTreeMap<String, EventType> =
        before.into_iter().map(|event_type| (event_type.name.to_string(), event_type)).collect();
    let changes = |after: &EventType| {
        before.get(after.name.as_str()).map(|before| differences(before, after)).unwrap_or_default()
    };
    let parts = [
        part(&report.added, "to be added", &|_| Vec::new()),
        part(&report.changed, "to be changed", &changes),
        part(&report.archived, "to be archived", &|_| Vec::new()),
    ];
    Preview {
        mark: mark(filled),
        changes_nothing: report.written().is_empty(),
        parts: parts.into_iter().flatten().collect(),
        unchanged: counted(report.unchanged.len() as u64, "event type"),
    }
}

fn part(
    event_types: &[EventType],
    title: &str,
    differences: &dyn Fn(&EventType) -> Vec<String>,
) -> Option<Part> {
    let count = event_types.len();
    let rows = event_types
        .iter()
        .take(NAMED_MOST)
        .map(|event_type| Row { name: event_type.name.to_string(), differences: differences(event_type) });
    (count > 0).then(|| Part {
        title: format!("{} {title}", counted(count as u64, "event type")),
        rows: rows.collect(),
        more: (count > NAMED_MOST).then(|| counted((count - NAMED_MOST) as u64, "event type")),
    })
}
