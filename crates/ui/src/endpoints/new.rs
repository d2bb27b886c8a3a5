//! `/app/{app}/endpoints/new`: the form for a new endpoint, and what was refused in it.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::caller::AppAccess;
use wirepost_control::endpoint_draft::EndpointDraft;
use wirepost_model::capability::Capability;

use super::event_choice::{Topic, topics};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::state::UiState;
use crate::wrong::{ShowsWrong, Wrong};

/// What a person filled in.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Filled {
    #[serde(default)]
    url: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    event_types: BTreeSet<String>,
    /// There while rate limiting is ticked.
    limited: Option<String>,
    #[serde(default)]
    throttle_rate: String,
}

#[derive(Template)]
#[template(path = "endpoints/new.html")]
struct NewPage<'a> {
    layout: Layout,
    here: String,
    filled: &'a Filled,
    topics: Vec<Topic>,
    wrong: Option<Wrong>,
}

impl ShowsWrong for NewPage<'_> {
    const FIELDS: &'static [&'static str] = &["url", "description", "throttleRate"];

    fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    person.caller.require(Capability::ManageEndpoint)?;
    page(&state, &person, &access, &Filled::default(), None).await
}

pub(crate) async fn create(
    State(state): State<UiState>,
    Path(app): Path<String>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let made = match filled.draft() {
        Ok(draft) => state.control.create_endpoint(&access, draft).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(endpoint) => {
            Ok(Redirect::to(&format!("/app/{}/endpoints/{}?done=created", access.id(), endpoint.id))
                .into_response())
        }
        Err(error) => {
            let wrong = Wrong::try_from(error)?;
            let page = page(&state, &person, &access, &filled, Some(wrong)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn page(
    state: &UiState,
    person: &Person,
    access: &AppAccess,
    filled: &Filled,
    wrong: Option<Wrong>,
) -> Result<Response, Fault> {
    let topics = topics(state.control.subscribable_event_types(access).await?, &filled.event_types);
    let layout = Layout::in_app(state, person, access.app(), "Add Endpoint", Section::Endpoints);
    let here = format!("/app/{}/endpoints", access.id());
    html(&NewPage { layout, here, filled, topics, wrong })
}

impl Filled {
    fn draft(&self) -> Result<EndpointDraft, ControlError> {
        let refused = |_| ControlError::body("throttleRate", "must be a whole number, 1 or more");
        let throttle_rate = match &self.limited {
            Some(_) => Some(self.throttle_rate.trim().parse().map_err(refused)?),
            None => None,
        };
        Ok(EndpointDraft {
            url: self.url.trim().to_owned(),
            description: self.description.trim().to_owned(),
            event_types: Some(self.event_types.iter().cloned().collect()),
            throttle_rate,
            ..EndpointDraft::default()
        })
    }
}
