//! `/apps`: for the organisation, the way into each app.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::page::{From as PageFrom, Order, PageQuery};
use wirepost_model::app::App;
use wirepost_model::ids::AppId;

use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::query::Query;
use crate::show::Instant;
use crate::state::UiState;

/// Apps on one page.
const ROWS: usize = 50;

/// What is looked for, and from where on.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    find: Option<String>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "apps.html")]
struct AppsPage {
    layout: Layout,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
    /// What was looked for and is not there.
    missed: Option<String>,
}

struct Row {
    id: String,
    name: String,
    uid: Option<String>,
    created: Instant,
}

pub(crate) fn router() -> Router<UiState> {
    Router::new().route("/apps", get(list))
}

async fn list(
    State(state): State<UiState>,
    person: Person,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let find = question.find.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(wanted) = &find {
        match state.control.find_app(person.caller.clone(), wanted).await {
            Ok(app) => return Ok(Redirect::to(&format!("/app/{}/endpoints", app.id)).into_response()),
            Err(ControlError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let after = question.after.as_deref().and_then(|id| AppId::parse(id).ok());
    let from = after.map_or(PageFrom::Start, |id| PageFrom::After(id.key()));
    let page = PageQuery { limit: ROWS, order: Order::Descending, from };
    let page = state.control.list_apps(person.caller.clone(), page).await?;
    let next = page.rows.last().filter(|_| !page.done).map(|app| format!("/apps?after={}", app.id));
    let layout = Layout::of_organisation(&state, &person, "Apps", Section::Apps);
    let rows = page.rows.into_iter().map(Row::from).collect();
    html(&AppsPage { layout, rows, next, is_first: after.is_none(), missed: find })
}

impl From<App> for Row {
    fn from(app: App) -> Self {
        let uid = app.uid.map(|uid| uid.to_string());
        Self { id: app.id.to_string(), name: app.name, uid, created: app.created_at.into() }
    }
}
