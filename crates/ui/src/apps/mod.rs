//! `/apps`: for the organisation, all apps, the way into each, and what may be done with them.

mod fields;
mod link;
mod list;
mod new;
mod one;

use axum::Router;
use axum::routing::{get, post};

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/apps", get(list::list))
        .route("/apps/new", get(new::show).post(new::create))
        .route("/apps/{app}", get(one::show).post(one::change))
        .route("/apps/{app}/delete", get(one::ask).post(one::delete))
        .route("/apps/{app}/link", post(link::make))
}
