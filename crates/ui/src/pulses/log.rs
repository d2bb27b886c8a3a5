//! The log: who raised what, newest first.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use wirepost_control::ControlError;
use wirepost_control::caller::AppAccess;
use wirepost_model::ids::RaiseKind;
use wirepost_model::pulse::{Person as User, Raise};

use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::pages::behind;
use crate::person::Person;
use crate::query::Query;
use crate::show::{Instant, counted, shortened};
use crate::state::UiState;

/// Raises on one page.
pub(super) const RAISES: usize = 50;
/// Most characters of a field that is shown in the log.
const FIELD_MOST: usize = 120;

/// From where on.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pulses/log.html")]
struct LogPage {
    layout: Layout,
    here: String,
    is_first: bool,
    lines: Vec<Line>,
    next: Option<String>,
}

/// One raise.
pub(crate) struct Line {
    pub(super) at: Instant,
    pub(super) pulse: String,
    pub(super) pulse_path: String,
    pub(super) who: String,
    pub(super) objects: String,
    pub(super) fields: Vec<(String, String)>,
    pub(super) note: Option<String>,
    pub(super) message_path: String,
}

pub(crate) async fn log(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let here = format!("/app/{}/pulses", access.id());
    let (page, is_first) = behind::<RaiseKind>(question.after.as_deref(), RAISES);
    let page = state.control.list_raises(&access, None, page).await?;
    let next = page.rows.last().filter(|_| !page.done).map(|raise| format!("{here}/log?after={}", raise.id));
    let layout = Layout::in_app(&state, &person, access.app(), "Raised pulses", Section::Pulses);
    let lines = lines(&state, &access, page.rows).await?;
    html(&LogPage { layout, here, is_first, lines, next })
}

/// Raises as lines of the log; the names of their pulses are looked up, each once.
pub(super) async fn lines(
    state: &UiState,
    access: &AppAccess,
    raises: Vec<Raise>,
) -> Result<Vec<Line>, ControlError> {
    let mut names = BTreeMap::new();
    for raise in &raises {
        if let Entry::Vacant(unknown) = names.entry(raise.pulse.to_string()) {
            let pulse = state.control.find_pulse(access, unknown.key()).await?;
            unknown.insert(pulse.name);
        }
    }
    let app = access.id();
    let line = |raise: Raise| {
        let pulse = raise.pulse.to_string();
        Line {
            at: raise.raised_at.into(),
            pulse: names.get(&pulse).cloned().unwrap_or_default(),
            pulse_path: format!("/app/{app}/pulses/{pulse}"),
            who: raise.user.as_ref().map_or_else(|| "nobody named".to_owned(), called),
            objects: counted(u64::from(raise.object_count), "object"),
            fields: fields(&raise.fields),
            note: raise.note,
            message_path: format!("/app/{app}/logs/{}", raise.message),
        }
    };
    Ok(raises.into_iter().map(line).collect())
}

/// The name of a user, and the id where the name is another.
fn called(user: &User) -> String {
    let names = [user.first_name.as_deref(), user.last_name.as_deref()];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if name.is_empty() { user.id.clone() } else { format!("{name} ({})", user.id) }
}

fn fields(fields: &Value) -> Vec<(String, String)> {
    let shown = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        shortened(&text, FIELD_MOST)
    };
    let members = fields.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), shown(value))).collect()
}
