//! The pulses of an app.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::raisers::raiser;
use wirepost_model::capability::Capability;
use wirepost_model::ids::PulseKind;
use wirepost_model::pulse::{Pulse, Raisers};

use super::log::{Line, lines};
use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::pages::behind;
use crate::person::Person;
use crate::query::Query;
use crate::show::number::grouped;
use crate::state::UiState;

/// Pulses on one page.
const ROWS: usize = 50;
/// Raises that are shown below them.
const RAISES: usize = 10;

/// Which of them, and from where on.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    after: Option<String>,
    archived: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "pulses/list.html")]
struct ListPage {
    layout: Layout,
    here: String,
    may_manage: bool,
    with_archived: bool,
    is_first: bool,
    rows: Vec<Row>,
    next: Option<String>,
    lines: Vec<Line>,
    /// Where the rest of the log is, if there is more.
    log: Option<String>,
}

struct Row {
    path: String,
    name: String,
    description: String,
    event_type: String,
    raisers: String,
    is_archived: bool,
    may_raise: bool,
}

pub(crate) async fn list(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let here = format!("/app/{}/pulses", access.id());
    let (page, is_first) = behind::<PulseKind>(question.after.as_deref(), ROWS);
    let with_archived = question.archived.is_some();
    let page = state.control.list_pulses(&access, with_archived, page).await?;
    let archived = if with_archived { "archived=yes&" } else { "" };
    let last = page.rows.last().filter(|_| !page.done);
    let next = last.map(|pulse| format!("{here}?{archived}after={}", pulse.id));
    let user = raiser(&person.caller, &person.name);
    let row = |pulse: Pulse| Row {
        path: format!("{here}/{}", pulse.id),
        may_raise: state.control.may_raise(&access, &pulse, &user),
        event_type: pulse.event_type.to_string(),
        raisers: raisers(&pulse.raisers),
        is_archived: pulse.archived,
        name: pulse.name,
        description: pulse.description,
    };
    let raises = PageQuery::first(RAISES, Order::Descending);
    let raises = state.control.list_raises(&access, None, raises).await?;
    let log = (!raises.done).then(|| format!("{here}/log"));
    html(&ListPage {
        layout: Layout::in_app(&state, &person, access.app(), "EventPulse", Section::Pulses)
            .telling(question.done.as_deref()),
        may_manage: person.may(Capability::ManageEndpoint),
        with_archived,
        is_first,
        rows: page.rows.into_iter().map(row).collect(),
        next,
        lines: lines(&state, &access, raises.rows).await?,
        log,
        here,
    })
}

/// Who may raise, in words.
pub(super) fn raisers(raisers: &Raisers) -> String {
    match raisers {
        Raisers::Anyone => "Everybody".to_owned(),
        Raisers::Users(users) if users.is_empty() => "Nobody".to_owned(),
        Raisers::Users(users) => match users.len() {
            1 => "One person".to_owned(),
            count => format!("{} people", grouped(count as u64)),
        },
    }
}
