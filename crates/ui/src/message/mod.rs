//! A message and what became of it: its contents, how it stands at each endpoint, and every attempt.

mod attempt;
mod attempt_row;
mod attempts;
mod contents;
mod delivery;
mod expunge;
mod outcome;
mod pretty;
mod resend;
mod show;

use axum::Router;
use axum::routing::{get, post};

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/app/{app}/logs/{message}", get(show::show))
        .route("/app/{app}/logs/{message}/contents", get(contents::download))
        .route("/app/{app}/logs/{message}/resend", post(resend::resend))
        .route("/app/{app}/logs/{message}/remove", get(expunge::ask).post(expunge::expunge))
        .route("/app/{app}/logs/{message}/attempts/{attempt}", get(attempt::show))
        .route("/app/{app}/logs/{message}/attempts/{attempt}/curl", get(attempt::download))
}

/// An address with its question; what is not said is left out.
fn address(here: &str, pairs: &[(&'static str, &str)]) -> String {
    let said: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    match serde_html_form::to_string(said) {
        Ok(question) if !question.is_empty() => format!("{here}?{question}"),
        _ => here.to_owned(),
    }
}
