//! `/tokens/new`: the form for a new token, what was refused in it, and the token itself, once.

use std::collections::BTreeSet;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::tokens::{FreshToken, TokenDraft};
use wirepost_model::capability::Capabilities;
use wirepost_model::token::Token;

use crate::capability_choice::{CapabilityChoice, choices, ticked};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::show::Instant;
use crate::state::UiState;
use crate::wrong::{ShowsWrong, Wrong};

const DAY: Duration = Duration::from_secs(86_400);
/// For how long a token may be good: days and words; 0 is for ever.
const DURATIONS: [(u32, &str); 5] =
    [(90, "90 days"), (30, "30 days"), (7, "7 days"), (365, "a year"), (0, "until it is revoked")];

/// What a person filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    name: String,
    app: String,
    days: u32,
    capabilities: BTreeSet<String>,
}

#[derive(Template)]
#[template(path = "tokens/new.html")]
struct NewPage {
    layout: Layout,
    filled: Filled,
    durations: Vec<Lasting>,
    capabilities: Vec<CapabilityChoice>,
    wrong: Option<Wrong>,
}

/// A time to choose.
struct Lasting {
    days: u32,
    words: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "tokens/made.html")]
struct MadePage {
    layout: Layout,
    name: String,
    token: String,
    expires: Option<Instant>,
}

impl ShowsWrong for NewPage {
    const FIELDS: &'static [&'static str] = &["name", "app", "capabilities", "expiresAt"];

    fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }
}

pub(crate) async fn show(State(state): State<UiState>, person: Person) -> Result<Response, Fault> {
    person.caller.require_organisation()?;
    page(&state, &person, Filled { days: DURATIONS[0].0, ..Filled::default() }, None)
}

pub(crate) async fn create(
    State(state): State<UiState>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    person.caller.require_organisation()?;
    match make(&state, &person, &filled).await {
        Ok((token, fresh)) => html(&MadePage {
            layout: Layout::of_organisation(&state, &person, "The new token", Section::Tokens),
            name: token.name,
            token: fresh.expose().to_owned(),
            expires: token.expires_at.map(Instant::from),
        }),
        Err(error) => {
            let page = page(&state, &person, filled, Some(Wrong::try_from(error)?))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn make(
    state: &UiState,
    person: &Person,
    filled: &Filled,
) -> Result<(Token, FreshToken), ControlError> {
    let app = Some(filled.app.trim()).filter(|app| !app.is_empty()).map(ToOwned::to_owned);
    let names_an_app = app.is_some();
    let draft = TokenDraft {
        name: filled.name.trim().to_owned(),
        app,
        capabilities: Some(ticked(&filled.capabilities)?),
        expires_at: (filled.days > 0).then(|| state.control.now().plus(DAY.saturating_mul(filled.days))),
        ..TokenDraft::default()
    };
    state.control.create_token(person.caller.clone(), draft).await.map_err(|error| match error {
        ControlError::NotFound if names_an_app => ControlError::body("app", "is not known by this id or uid"),
        error => error,
    })
}

fn page(state: &UiState, person: &Person, filled: Filled, wrong: Option<Wrong>) -> Result<Response, Fault> {
    let lasting = |(days, words)| Lasting { days, words, is_chosen: days == filled.days };
    html(&NewPage {
        layout: Layout::of_organisation(state, person, "New Token", Section::Tokens),
        durations: DURATIONS.map(lasting).into(),
        capabilities: choices(Capabilities::ALL, &filled.capabilities),
        filled,
        wrong,
    })
}
