//! A page that says what did not work and what to do.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use wirepost_control::ControlError;

use crate::assets::{SCRIPT_PATH, STYLE_PATH};
use crate::layout::html;

/// Why there is no page, for the person who asked.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    title: &'static str,
    sentence: String,
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    style: &'a str,
    script: &'a str,
    title: &'a str,
    sentence: &'a str,
}

impl Fault {
    pub(crate) fn bad_request(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, title: "That did not work", sentence: sentence.into() }
    }

    pub(crate) fn forbidden(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, title: "Not allowed", sentence: sentence.into() }
    }

    fn of(error: &ControlError) -> (StatusCode, &'static str) {
        match error {
            ControlError::Unauthenticated => (StatusCode::UNAUTHORIZED, "Please sign in"),
            ControlError::NotFound => (StatusCode::NOT_FOUND, "There is no such page"),
            ControlError::Forbidden | ControlError::MissingCapability(_) | ControlError::NotARaiser => {
                (StatusCode::FORBIDDEN, "Not allowed")
            }
            ControlError::TooManyRequests { .. } => (StatusCode::TOO_MANY_REQUESTS, "Too fast"),
            ControlError::Unavailable(_) | ControlError::IssuerUnavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "Not available just now")
            }
            ControlError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something is broken here"),
            _ => (StatusCode::UNPROCESSABLE_ENTITY, "That did not work"),
        }
    }
}

impl From<ControlError> for Fault {
    fn from(error: ControlError) -> Self {
        if let ControlError::Internal(reason) | ControlError::Unavailable(reason) = &error {
            tracing::error!(reason, "a page could not be drawn");
        }
        let (status, title) = Self::of(&error);
        let sentence = match &error {
            ControlError::NotFound => {
                "It may have been deleted, or it belongs to somebody else. Check the address, or start again from \
                 the first page."
                    .to_owned()
            }
            ControlError::Unavailable(_) => {
                "The database does not answer at the moment. Nothing is lost; try again in a minute.".to_owned()
            }
            other => format!("{other}."),
        };
        Self { status, title, sentence }
    }
}

impl From<askama::Error> for Fault {
    fn from(error: askama::Error) -> Self {
        Self::from(ControlError::Internal(error.to_string()))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let page = FaultPage {
            style: &STYLE_PATH,
            script: &SCRIPT_PATH,
            title: self.title,
            sentence: &self.sentence,
        };
        match html(&page) {
            Ok(response) => (self.status, response).into_response(),
            Err(_) => (self.status, self.sentence).into_response(),
        }
    }
}
