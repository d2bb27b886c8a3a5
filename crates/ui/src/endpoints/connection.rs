//! `/app/{app}/endpoints/connection`: checks a URL before it is relied on. Forms send themselves here by a button
//! beside their URL; with a script only the answer is taken from the page, and put beside the field.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::connection_check::{ConnectionCheck, Reach, ShownCertificate};
use wirepost_model::capability::Capability;

use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::message::attempt_row::steps;
use crate::person::Person;
use crate::query::Query;
use crate::show::Instant;
use crate::state::UiState;

/// A URL, alone or among the fields of a form that has more.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Filled {
    #[serde(default)]
    url: String,
}

#[derive(Template)]
#[template(path = "endpoints/connection.html")]
struct ConnectionPage {
    layout: Layout,
    /// `/app/{app}/endpoints`.
    here: String,
    url: String,
    answer: Option<Answer>,
}

/// What came of a check.
struct Answer {
    /// `good`, `warn` or `bad`: the note's colour.
    tone: &'static str,
    what: String,
    advice: String,
    address: Option<String>,
    steps: Vec<(&'static str, String)>,
    certificate: Option<Certificate>,
    was_asked: bool,
}

/// A server's certificate in words.
struct Certificate {
    names: String,
    issuer: String,
    not_before: Instant,
    not_after: Instant,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(filled): Query<Filled>,
) -> Result<Response, Fault> {
    person.caller.require(Capability::ManageEndpoint)?;
    page(&state, &person, &app, filled.url, None).await
}

pub(crate) async fn check(
    State(state): State<UiState>,
    Path(app): Path<String>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let url = filled.url.trim().to_owned();
    let (status, answer) = match state.control.check_connection(&access, &url).await {
        Ok(check) => (StatusCode::OK, Answer::from(check)),
        Err(ControlError::Invalid { message, .. }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Answer::refused("This URL cannot be used.", &message))
        }
        Err(ControlError::TooManyRequests { wait }) => {
            let words = format!("check again in {} s", wait.as_secs().max(1));
            (StatusCode::TOO_MANY_REQUESTS, Answer::refused("Too much was checked just now.", &words))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, page(&state, &person, &app, url, Some(answer)).await?).into_response())
}

/// What is wrong with a URL, as far as it shows while it is typed; nothing where nothing is.
pub(crate) async fn judge(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(filled): Query<Filled>,
) -> Result<String, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    match state.control.judge_url(&access, filled.url.trim()) {
        Ok(()) => Ok(String::new()),
        Err(ControlError::Invalid { message, .. }) => Ok(sentence(&message)),
        Err(error) => Err(error.into()),
    }
}

async fn page(
    state: &UiState,
    person: &Person,
    app: &str,
    url: String,
    answer: Option<Answer>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), app).await?;
    let layout = Layout::in_app(state, person, access.app(), "Check connection", Section::Endpoints);
    let here = format!("/app/{}/endpoints", access.id());
    html(&ConnectionPage { layout, here, url, answer })
}

impl Answer {
    /// Nobody was asked.
    fn refused(what: &str, why: &str) -> Self {
        Self {
            tone: "bad",
            what: what.to_owned(),
            advice: sentence(why),
            address: None,
            steps: Vec::new(),
            certificate: None,
            was_asked: false,
        }
    }
}

impl From<ConnectionCheck> for Answer {
    fn from(check: ConnectionCheck) -> Self {
        Self {
            tone: match check.reach {
                Reach::Answers => "good",
                Reach::Doubtful => "warn",
                Reach::Fails => "bad",
            },
            what: check.what,
            advice: check.advice,
            address: check.address,
            steps: steps(check.timing),
            certificate: check.certificate.map(Certificate::from),
            was_asked: true,
        }
    }
}

impl From<ShownCertificate> for Certificate {
    fn from(shown: ShownCertificate) -> Self {
        let mut names = shown.names.join(", ");
        if names.is_empty() {
            names.push_str("no host at all");
        }
        if shown.more_names > 0 {
            names = format!("{names} and {} more", shown.more_names);
        }
        let behind = if shown.is_self_issued { " (itself: no authority stands behind it)" } else { "" };
        Self {
            names,
            issuer: format!("{}{behind}", shown.issuer),
            not_before: shown.not_before.into(),
            not_after: shown.not_after.into(),
        }
    }
}

/// With a capital letter and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut text: String = first.chain(letters).collect();
    if !text.is_empty() {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use wirepost_model::timestamp::Timestamp;

    use super::*;

    #[test]
    fn a_certificate_is_told_in_words() {
        let shown = ShownCertificate {
            names: vec!["a.example".into(), "b.example".into()],
            more_names: 7,
            issuer: "Itself".into(),
            is_self_issued: true,
            not_before: Timestamp::from_millis(0),
            not_after: Timestamp::from_millis(86_400_000),
        };
        let told = Certificate::from(shown.clone());
        assert_eq!(told.names, "a.example, b.example and 7 more");
        assert_eq!(told.issuer, "Itself (itself: no authority stands behind it)");
        assert_eq!(told.not_after.text, "1970-01-02 00:00:00 UTC");
        let nameless = ShownCertificate { names: Vec::new(), more_names: 0, ..shown };
        assert_eq!(Certificate::from(nameless).names, "no host at all");
    }

    #[test]
    fn words_become_a_sentence() {
        assert_eq!(sentence("the URL must begin with https://"), "The URL must begin with https://.");
        assert_eq!(sentence(""), "");
    }
}
