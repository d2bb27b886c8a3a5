//! `/app/{app}/endpoints/{endpoint}/testing`: an example of an event type is sent to the endpoint, and the page shows
//! what comes of it.

mod choice;
mod outcome;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::caller::AppAccess;
use wirepost_model::endpoint::Endpoint;

use self::choice::Choice;
use self::outcome::Outcome;
use super::frame::{Frame, Tab, open};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, html};
use crate::message::attempt_row::Body;
use crate::person::Person;
use crate::query::{Query, address};
use crate::state::UiState;

/// Which event type is looked at, and which message came of the last press of the button.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Question {
    #[serde(default)]
    find: String,
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// Which of its examples, from 0.
    #[serde(default)]
    example: usize,
    sent: Option<String>,
}

/// What is to be sent.
#[derive(Debug, Deserialize)]
pub(crate) struct Sending {
    event_type: String,
    #[serde(default)]
    example: usize,
}

#[derive(Template)]
#[template(path = "endpoints/testing.html")]
struct TestingPage {
    layout: Layout,
    frame: Frame,
    choice: Choice,
    outcome: Option<Outcome>,
    /// Why nothing was sent.
    wrong: Option<String>,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint)): Path<(String, String)>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    html(&page(&state, &person, &access, &endpoint, &question).await?)
}

pub(crate) async fn send(
    State(state): State<UiState>,
    Path((app, endpoint)): Path<(String, String)>,
    Form(person, sending): Form<Sending>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let id = endpoint.id.to_string();
    let Sending { event_type, example } = sending;
    match state.control.send_example(&access, &id, &event_type, example).await {
        Ok((message, _)) => {
            let pairs = [
                ("type", event_type.as_str()),
                ("example", &example.to_string()),
                ("sent", &message.id.to_string()),
            ];
            let here = format!("/app/{}/endpoints/{id}/testing", access.id());
            Ok(Redirect::to(&address(&here, &pairs)).into_response())
        }
        Err(error @ (ControlError::EndpointDisabled | ControlError::NoExample)) => {
            let question = Question { event_type: Some(event_type), example, ..Question::default() };
            let mut page = page(&state, &person, &access, &endpoint, &question).await?;
            page.wrong = Some(format!("Nothing was sent. {error}."));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(
    state: &UiState,
    person: &Person,
    access: &AppAccess,
    endpoint: &Endpoint,
    question: &Question,
) -> Result<TestingPage, Fault> {
    let frame = Frame::of(state, person, access, endpoint, Tab::Testing).await?;
    let event_types = state.control.all_event_types(access).await?;
    let here = format!("{}/testing", frame.path);
    let choice = Choice::of(event_types, &endpoint.event_types, question, &here);
    let outcome = match &question.sent {
        Some(message) => Outcome::of(state, access, endpoint, message).await?,
        None => None,
    };
    let layout = frame.layout(state, person, access);
    Ok(TestingPage { layout, frame, choice, outcome, wrong: None })
}
