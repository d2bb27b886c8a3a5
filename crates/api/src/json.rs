//! JSON bodies, with refusals in the shape that clients know.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use wirepost_control::apps::Written;

use crate::body::RawBody;
use crate::error::{ApiError, ApiResult};
use crate::settings::ApiState;

/// Room for an answer of which nobody knows how long it will be.
const SMALL_BYTES: usize = 256;

/// An answer with a JSON body.
pub(crate) struct Json<T>(pub(crate) StatusCode, pub(crate) T);

/// A request's JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// An answer that says no more than that it was done.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Nothing {}

impl<T: Serialize> Json<T> {
    /// The answer; room for so many bytes is made at once, where somebody knows about how many it will be.
    pub(crate) fn of_about(self, bytes: usize) -> Response {
        let mut body = Vec::with_capacity(bytes);
        serde_json::to_writer(&mut body, &self.1)
            .expect("our shapes have text keys and no failing serializer, so that they always become JSON");
        let mut response = Response::new(body.into());
        *response.status_mut() = self.0;
        let kind = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        self.of_about(SMALL_BYTES)
    }
}

impl<T: DeserializeOwned> FromRequest<ApiState> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ApiState) -> ApiResult<Self> {
        let RawBody(body) = RawBody::from_request(request, state).await?;
        read_json(&body).map(Self)
    }
}

/// 201 for what was made, 200 for what was there.
pub(crate) fn status_of(written: Written) -> StatusCode {
    match written {
        Written::Created => StatusCode::CREATED,
        Written::Existed => StatusCode::OK,
    }
}

/// Reads a body that is to be an object. Only a refusal pays for finding out where in the body it stood.
pub(crate) fn read_json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> ApiResult<T> {
    // serde would take a list of the right length for an object, its fields in order.
    if body.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
        return Err(not_an_object(body));
    }
    serde_json::from_slice(body)
        .map_err(|error| if is_json(body) { refusal::<T>(body, &error) } else { undecodable(&error) })
}

/// Whether a refused body is JSON at all. The error does not tell: where a word is expected and something else
/// stands, it speaks of bad JSON.
fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok()
}

fn not_an_object(body: &[u8]) -> ApiError {
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => ApiError::refused(vec!["body".to_owned()], "must be a JSON object", "type_error"),
        Err(error) => undecodable(&error),
    }
}

fn undecodable(error: &serde_json::Error) -> ApiError {
    let loc = vec!["body".to_owned()];
    ApiError::refused(loc, error.to_string(), "value_error.jsondecode")
}

fn refusal<'a, T: Deserialize<'a>>(body: &'a [u8], error: &serde_json::Error) -> ApiError {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(located) => located.path().to_string(),
        Ok(_) => String::new(),
    };
    let mut loc = vec!["body".to_owned()];
    loc.extend(path.split('.').filter(|part| !part.is_empty()).map(str::to_owned));
    let message =
        if error.is_data() { without_position(&error.to_string()) } else { "must be a text".to_owned() };
    // serde names the missing field only in its sentence.
    match message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) => {
            loc.push(field.to_owned());
            ApiError::refused(loc, "field required", "value_error.missing")
        }
        None => ApiError::refused(loc, message, "type_error"),
    }
}

/// The sentence of an error without its line and column, which say little about a body in one line.
fn without_position(sentence: &str) -> String {
    let end = sentence.rfind(" at line ").unwrap_or(sentence.len());
    sentence[..end].to_owned()
}
