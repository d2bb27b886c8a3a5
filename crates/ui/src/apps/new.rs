//! `/apps/new`: the form for a new app, and what was refused in it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::fields::{Fields, Filled};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::state::UiState;
use crate::wrong::{ShowsWrong, Wrong};

#[derive(Template)]
#[template(path = "apps/new.html")]
struct NewPage {
    layout: Layout,
    fields: Fields,
}

pub(crate) async fn show(State(state): State<UiState>, person: Person) -> Result<Response, Fault> {
    person.caller.require_organisation()?;
    page(&state, &person, Filled::default(), None)
}

pub(crate) async fn create(
    State(state): State<UiState>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    person.caller.require_organisation()?;
    let made = match filled.draft() {
        Ok(draft) => state.control.create_app(person.caller.clone(), draft).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(app) => Ok(Redirect::to(&format!("/apps/{}?done=app-created", app.id)).into_response()),
        Err(error) => {
            let page = page(&state, &person, filled, Some(Wrong::try_from(error)?))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn page(state: &UiState, person: &Person, filled: Filled, wrong: Option<Wrong>) -> Result<Response, Fault> {
    let layout = Layout::of_organisation(state, person, "New App", Section::Apps);
    html(&NewPage { layout, fields: Fields { filled, wrong } })
}
