//! `/app/{app}/endpoints/{endpoint}/edit`: an endpoint's URL and description.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_control::change::Change;
use wirepost_control::endpoint_draft::EndpointChanges;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::Endpoint;

use super::frame::open;
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::state::UiState;
use crate::wrong::{ShowsWrong, Wrong};

/// What a person filled in.
#[derive(Debug, Deserialize)]
pub(crate) struct Filled {
    url: String,
    #[serde(default)]
    description: String,
}

#[derive(Template)]
#[template(path = "endpoints/edit.html")]
struct EditPage<'a> {
    layout: Layout,
    /// `/app/{app}/endpoints`.
    here: String,
    /// The endpoint's own page.
    back: String,
    url: &'a str,
    filled: &'a Filled,
    wrong: Option<Wrong>,
}

impl ShowsWrong for EditPage<'_> {
    const FIELDS: &'static [&'static str] = &["url", "description"];

    fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    person.caller.require(Capability::ManageEndpoint)?;
    let filled = Filled { url: endpoint.url.clone(), description: endpoint.description.clone() };
    page(&state, &person, &access, &endpoint, (&filled, None))
}

pub(crate) async fn save(
    State(state): State<UiState>,
    Path((app, endpoint)): Path<(String, String)>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let changes = EndpointChanges {
        url: Change::Set(filled.url.trim().to_owned()),
        description: Change::Set(filled.description.trim().to_owned()),
        ..EndpointChanges::default()
    };
    match state.control.change_endpoint(&access, &endpoint.id.to_string(), changes).await {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=saved", path(&access, &endpoint))).into_response()),
        Err(error) => {
            let wrong = Wrong::try_from(error)?;
            let page = page(&state, &person, &access, &endpoint, (&filled, Some(wrong)))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn page(
    state: &UiState,
    person: &Person,
    access: &AppAccess,
    endpoint: &Endpoint,
    (filled, wrong): (&Filled, Option<Wrong>),
) -> Result<Response, Fault> {
    let layout = Layout::in_app(state, person, access.app(), "Edit Endpoint", Section::Endpoints);
    let here = format!("/app/{}/endpoints", access.id());
    html(&EditPage { layout, here, back: path(access, endpoint), url: &endpoint.url, filled, wrong })
}

/// The endpoint's own page.
pub(crate) fn path(access: &AppAccess, endpoint: &Endpoint) -> String {
    format!("/app/{}/endpoints/{}", access.id(), endpoint.id)
}
