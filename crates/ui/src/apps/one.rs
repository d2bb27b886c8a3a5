//! `/apps/{app}`: one app as the organisation sees it: its settings, a link to its pages for its people, its end.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::ControlResult;
use wirepost_model::app::App;

use super::fields::{Fields, Filled};
use super::link::{self, Duration};
use crate::capability_choice::CapabilityChoice;
use crate::fault::Fault;
use crate::form::{Form, Nothing};
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::query::Query;
use crate::show::{Instant, counted};
use crate::state::UiState;
use crate::wrong::{ShowsWrong, Wrong};

/// What stands in the address.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "apps/one.html")]
struct AppPage {
    layout: Layout,
    id: String,
    name: String,
    created: Instant,
    updated: Instant,
    metadata: Vec<(String, String)>,
    endpoints: String,
    fields: Fields,
    durations: Vec<Duration>,
    capabilities: Vec<CapabilityChoice>,
}

#[derive(Template)]
#[template(path = "apps/delete.html")]
struct DeletePage {
    layout: Layout,
    id: String,
    name: String,
    endpoints: String,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let (app, endpoints) = open(&state, &person, &app).await?;
    page(&state, &person, &app, endpoints, None, question.done.as_deref())
}

pub(crate) async fn change(
    State(state): State<UiState>,
    Path(app): Path<String>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let changed = match filled.changes() {
        Ok(changes) => state.control.change_app(person.caller.clone(), &app, changes).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(app) => Ok(Redirect::to(&format!("/apps/{}?done=saved", app.id)).into_response()),
        Err(error) => {
            let wrong = Some(Wrong::try_from(error)?);
            let (app, endpoints) = open(&state, &person, &app).await?;
            let page = page(&state, &person, &app, endpoints, Some(Fields { filled, wrong }), None)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(crate) async fn ask(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
) -> Result<Response, Fault> {
    let (app, endpoints) = open(&state, &person, &app).await?;
    html(&DeletePage {
        layout: Layout::of_organisation(&state, &person, "Delete App", Section::Apps),
        id: app.id.to_string(),
        endpoints: counted(endpoints as u64, "endpoint"),
        name: app.name,
    })
}

pub(crate) async fn delete(
    State(state): State<UiState>,
    Path(app): Path<String>,
    Form(person, Nothing {}): Form<Nothing>,
) -> Result<Redirect, Fault> {
    state.control.delete_app(person.caller, &app).await?;
    Ok(Redirect::to("/apps?done=app-deleted"))
}

/// The app, and how many endpoints it has, for who may change it.
pub(super) async fn open(state: &UiState, person: &Person, app: &str) -> ControlResult<(App, usize)> {
    let access = state.control.enter_as_organisation(person.caller.clone(), app).await?;
    Ok((access.app().clone(), state.control.all_endpoints(&access).count()))
}

fn page(
    state: &UiState,
    person: &Person,
    app: &App,
    endpoints: usize,
    refused: Option<Fields>,
    done: Option<&str>,
) -> Result<Response, Fault> {
    html(&AppPage {
        layout: Layout::of_organisation(state, person, &app.name, Section::Apps).telling(done),
        id: app.id.to_string(),
        name: app.name.clone(),
        created: app.created_at.into(),
        updated: app.updated_at.into(),
        metadata: app.metadata.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        endpoints: counted(endpoints as u64, "endpoint"),
        fields: refused.unwrap_or_else(|| Fields { filled: app.into(), wrong: None }),
        durations: link::durations(),
        capabilities: link::capabilities(),
    })
}
