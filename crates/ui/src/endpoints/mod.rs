//! The pages of an app's endpoints.

mod event_choice;
pub(crate) mod frame;
mod list;
mod new;
mod overview;
mod signing_card;
mod state_of;

use axum::Router;
use axum::routing::get;

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/app/{app}/endpoints", get(list::list))
        .route("/app/{app}/endpoints/new", get(new::show).post(new::create))
        .route("/app/{app}/endpoints/{endpoint}", get(overview::show))
}
