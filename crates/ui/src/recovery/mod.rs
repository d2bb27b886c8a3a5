//! Sending again what failed at an endpoint or never got there: how many there are, the task that does it, and all
//! tasks of an app.

mod begin;
mod task;
mod tasks;
mod window;
mod work;

use axum::Router;
use axum::routing::{get, post};

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/app/{app}/endpoints/{endpoint}/recover", get(begin::show_recover).post(begin::begin_recover))
        .route("/app/{app}/endpoints/{endpoint}/replay", get(begin::show_replay).post(begin::begin_replay))
        .route("/app/{app}/tasks", get(tasks::list))
        .route("/app/{app}/tasks/{task}", get(task::show))
        .route("/app/{app}/tasks/{task}/cancel", post(task::cancel))
}
