//! `/tokens`: the access tokens of the organisation and of its apps. A token is shown once, when it is made.

mod list;
mod new;

use axum::Router;
use axum::routing::{get, post};

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .route("/tokens", get(list::list))
        .route("/tokens/new", get(new::show).post(new::create))
        .route("/tokens/{token}/revoke", post(list::revoke))
}
