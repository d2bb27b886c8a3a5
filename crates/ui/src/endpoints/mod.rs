//! The pages of an app's endpoints.

mod event_choice;
mod list;
mod new;
mod state_of;

use axum::Router;
use axum::routing::get;

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/app/{app}/endpoints", get(list::list))
        .route("/app/{app}/endpoints/new", get(new::show).post(new::create))
}
