//! EventPulse: events that people raise by a decision, the form for it, and the log of who did.

mod builder;
mod edit;
mod form_fields;
mod list;
mod log;
mod raise;
mod show;

use axum::Router;
use axum::routing::{get, post};

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/app/{app}/pulses", get(list::list))
        .route("/app/{app}/pulses/log", get(log::log))
        .route("/app/{app}/pulses/new", get(edit::show_new).post(edit::create))
        .route("/app/{app}/pulses/{pulse}", get(show::show).post(raise::raise))
        .route("/app/{app}/pulses/{pulse}/edit", get(edit::show).post(edit::save))
        .route("/app/{app}/pulses/{pulse}/archived", post(edit::archive))
}
