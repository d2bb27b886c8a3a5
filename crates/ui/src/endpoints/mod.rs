//! The pages of an app's endpoints.

mod advanced;
mod connection;
mod deletion;
mod edit;
pub(crate) mod event_choice;
mod explanation;
mod facts;
pub(crate) mod frame;
mod list;
mod new;
mod overview;
mod rate_trial;
mod secret;
mod signing_card;
mod state_of;
mod subscription;
mod switching;
mod testing;

use axum::Router;
use axum::routing::{get, post};

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new()
        .merge(rate_trial::router())
        .route("/app/{app}/endpoints", get(list::list))
        .route("/app/{app}/endpoints/new", get(new::show).post(new::create))
        .route("/app/{app}/endpoints/{endpoint}", get(overview::show))
        .route("/app/{app}/endpoints/connection", get(connection::show).post(connection::check))
        .route("/app/{app}/endpoints/connection/url", get(connection::judge))
        .route("/app/{app}/endpoints/{endpoint}/advanced", get(advanced::show).post(advanced::change))
        .route("/app/{app}/endpoints/{endpoint}/testing", get(testing::show).post(testing::send))
        .route("/app/{app}/endpoints/{endpoint}/edit", get(edit::show).post(edit::save))
        .route("/app/{app}/endpoints/{endpoint}/events", get(subscription::show).post(subscription::save))
        .route("/app/{app}/endpoints/{endpoint}/enable", post(switching::enable))
        .route("/app/{app}/endpoints/{endpoint}/disable", post(switching::disable))
        .route("/app/{app}/endpoints/{endpoint}/delete", get(deletion::ask).post(deletion::delete))
        // Whoever loads the page again that showed the secret sees the one without it.
        .route("/app/{app}/endpoints/{endpoint}/secret", get(overview::show).post(secret::reveal))
        .route("/app/{app}/endpoints/{endpoint}/secret/rotate", post(secret::rotate))
}
