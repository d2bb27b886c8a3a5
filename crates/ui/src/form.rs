//! Forms that people send: bounded, and refused unless one of our own pages drew them for this very session.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;
use crate::person::Person;
use crate::state::UiState;

/// Most bytes of a form.
const FORM_BYTES_MOST: usize = 2 << 20;
/// Most bytes of a form that anybody may send: the longest address to come back to, and a token.
const OPEN_FORM_BYTES_MOST: usize = 80 << 10;
/// The field that proves where a form came from.
const FORM_KEY: &str = "form_key";

/// What a form carries that only says yes: nothing but the key that each form carries.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

/// What a person with a session sent.
pub(crate) struct Form<T>(pub(crate) Person, pub(crate) T);

impl<T: DeserializeOwned> FromRequest<UiState> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &UiState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let person = Person::from_request_parts(&mut parts, state).await?;
        let fields = read(Request::from_parts(parts, body), FORM_BYTES_MOST).await;
        let fields = fields.map_err(IntoResponse::into_response)?;
        let shown = fields.iter().find(|(name, _)| name == FORM_KEY).map(|(_, value)| value);
        if !shown.is_some_and(|shown| person.key.is_in(shown)) {
            let sentence = "This form is out of date: go back, load the page again, and send it once more.";
            return Err(Fault::forbidden(sentence).into_response());
        }
        fill(&fields).map(|filled| Self(person, filled)).map_err(IntoResponse::into_response)
    }
}

/// The fields of a form that needs no session.
pub(crate) async fn read_open(request: Request) -> Result<Vec<(String, String)>, Fault> {
    read(request, OPEN_FORM_BYTES_MOST).await
}

async fn read(request: Request, bytes_most: usize) -> Result<Vec<(String, String)>, Fault> {
    let body = Limited::new(request.into_body(), bytes_most).collect().await;
    let body =
        body.map_err(|_| Fault::bad_request("This form did not come whole, or is too large."))?.to_bytes();
    serde_html_form::from_bytes(&body).map_err(|_| Fault::bad_request("This is not a form."))
}

/// Puts fields where they belong.
pub(crate) fn fill<T: DeserializeOwned>(fields: &[(String, String)]) -> Result<T, Fault> {
    let text = serde_html_form::to_string(fields).map_err(|_| Fault::bad_request("This is not a form."))?;
    serde_html_form::from_str(&text)
        .map_err(|error| Fault::bad_request(format!("This form is not ours: {error}.")))
}
