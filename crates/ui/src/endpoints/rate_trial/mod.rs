//! `/app/{app}/endpoints/{endpoint}/testing/rate`: finds the rate that an endpoint copes with. A person sets bounds,
//! watches the trial as it is drawn, and may make a limit of what it proposes.
//!
//! A trial runs only while a page watches it, and that takes script: without it, nothing can be begun here.

mod actions;
mod begin;
mod events;
mod plot;
mod progress;
mod show;
mod steps;

use axum::Router;
use axum::routing::{get, post};

use crate::state::UiState;

pub(super) fn router() -> Router<UiState> {
    let here = "/app/{app}/endpoints/{endpoint}/testing/rate";
    let at = |rest: &str| format!("{here}/{{trial}}{rest}");
    Router::new()
        .route(here, get(begin::show).post(begin::begin))
        .route(&at(""), get(show::show))
        .route(&at("/events"), get(events::events))
        .route(&at("/stop"), post(actions::stop))
        .route(&at("/apply"), post(actions::apply))
}
