//! A message and what became of it: its contents, how it stands at each endpoint, and every attempt.

mod attempt;
pub(crate) mod attempt_row;
mod attempts;
mod contents;
pub(crate) mod delivery;
mod expunge;
mod outcome;
pub(crate) mod pretty;
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
