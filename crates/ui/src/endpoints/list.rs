//! `/app/{app}/endpoints`: all endpoints of an app, with how they are doing.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use wirepost_control::stats::SuccessRate;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::Endpoint;

use super::state_of::EndpointState;
use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::query::{Query, address};
use crate::search::Words;
use crate::show::{counted, percent};
use crate::state::UiState;

/// Endpoints on one page.
const ROWS: usize = 50;

/// What is looked for, and which page of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    #[serde(default)]
    find: String,
    #[serde(default)]
    page: usize,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "endpoints/list.html")]
struct ListPage {
    layout: Layout,
    here: String,
    may_add: bool,
    find: String,
    has_any: bool,
    found: String,
    rows: Vec<Row>,
    earlier: Option<String>,
    later: Option<String>,
}

struct Row {
    path: String,
    url: String,
    description: String,
    state: EndpointState,
    rate: Option<String>,
    attempts: String,
    subscribed: String,
}

pub(crate) async fn list(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let here = format!("/app/{}/endpoints", access.id());
    let words = Words::of(&question.find);
    let mut found: Vec<&Endpoint> =
        state.control.all_endpoints(&access).filter(|endpoint| fits(endpoint, &words)).collect();
    found.reverse();
    let shown: Vec<&Endpoint> =
        found.iter().skip(question.page.saturating_mul(ROWS)).take(ROWS).copied().collect();
    let ids = shown.iter().map(|endpoint| endpoint.id).collect();
    let rates = state.control.success_rates(&access, ids).await?;
    let rows = shown.into_iter().zip(rates).map(|(endpoint, rate)| row(&here, endpoint, rate)).collect();
    let page_at =
        |page: usize| address(&here, &[("find", question.find.as_str()), ("page", &page.to_string())]);
    let more = found.len() > question.page.saturating_add(1).saturating_mul(ROWS);
    html(&ListPage {
        layout: Layout::in_app(&state, &person, access.app(), "Endpoints", Section::Endpoints)
            .telling(question.done.as_deref()),
        may_add: person.may(Capability::ManageEndpoint),
        has_any: state.control.all_endpoints(&access).next().is_some(),
        found: counted(found.len() as u64, "endpoint"),
        earlier: question.page.checked_sub(1).map(page_at),
        later: more.then(|| page_at(question.page + 1)),
        find: question.find,
        rows,
        here,
    })
}

fn fits(endpoint: &Endpoint, words: &Words) -> bool {
    words.fit(&format!("{} {} {}", endpoint.url, endpoint.description, endpoint.id))
}

fn row(here: &str, endpoint: &Endpoint, rate: SuccessRate) -> Row {
    let all = rate.succeeded + rate.failed;
    Row {
        path: format!("{here}/{}", endpoint.id),
        url: endpoint.url.clone(),
        description: endpoint.description.clone(),
        state: EndpointState::of(endpoint),
        rate: percent(rate.succeeded, all),
        attempts: counted(all, "attempt"),
        subscribed: match endpoint.event_types.len() {
            0 => "All events".to_owned(),
            count => counted(count as u64, "event type"),
        },
    }
}
