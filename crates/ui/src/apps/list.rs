//! The list of apps, newest first, or what was looked for in it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wirepost_control::page::PageQuery;
use wirepost_model::app::App;
use wirepost_model::capability::Capability;
use wirepost_model::ids::AppKind;

use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::pages::behind;
use crate::person::Person;
use crate::query::Query;
use crate::show::Instant;
use crate::state::UiState;

/// Apps on one page.
const ROWS: usize = 50;

/// What is looked for, and from where on.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    #[serde(default)]
    find: String,
    after: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "apps/list.html")]
struct AppsPage {
    layout: Layout,
    may_manage: bool,
    find: String,
    rows: Vec<Row>,
    /// Whether there may be more than what was found.
    is_cut: bool,
    next: Option<String>,
    is_first: bool,
}

struct Row {
    id: String,
    name: String,
    uid: Option<String>,
    created: Instant,
}

/// What there is to show, and what there may be behind it.
struct Found {
    apps: Vec<App>,
    is_cut: bool,
    next: Option<String>,
}

pub(crate) async fn list(
    State(state): State<UiState>,
    person: Person,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let find = question.find.trim();
    let (all, is_first) = behind::<AppKind>(question.after.as_deref(), ROWS);
    let found = match find {
        "" => page(&state, &person, all).await?,
        text => {
            let found = state.control.search_apps(person.caller.clone(), text).await?;
            Found { apps: found.apps, is_cut: found.is_cut, next: None }
        }
    };
    html(&AppsPage {
        layout: Layout::of_organisation(&state, &person, "Apps", Section::Apps)
            .telling(question.done.as_deref()),
        may_manage: person.may(Capability::Admin),
        find: find.to_owned(),
        rows: found.apps.into_iter().map(Row::from).collect(),
        is_cut: found.is_cut,
        next: found.next,
        is_first: is_first || !find.is_empty(),
    })
}

async fn page(state: &UiState, person: &Person, page: PageQuery<i64>) -> Result<Found, Fault> {
    let page = state.control.list_apps(person.caller.clone(), page).await?;
    let next = page.rows.last().filter(|_| !page.done).map(|app| format!("/apps?after={}", app.id));
    Ok(Found { apps: page.rows, is_cut: false, next })
}

impl From<App> for Row {
    fn from(app: App) -> Self {
        let uid = app.uid.map(|uid| uid.to_string());
        Self { id: app.id.to_string(), name: app.name, uid, created: app.created_at.into() }
    }
}
