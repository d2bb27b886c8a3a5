//! The event catalogue: as an app's people see it, and as the organisation sees and edits it.
//!
//! No event type's name begins with a hyphen, so that addresses which do are free for pages of our own.

mod code;
mod differences;
mod download;
mod edit;
mod here;
mod import;
mod joined_schema;
mod list;
mod show;
mod structure;

use axum::Router;
use axum::routing::{get, post};

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    let mut router = Router::new();
    for place in ["/catalog", "/app/{app}/catalog"] {
        router = router
            .route(place, get(list::list))
            .route(&format!("{place}/-openapi.json"), get(download::whole))
            .route(&format!("{place}/{{type}}"), get(show::show))
            .route(&format!("{place}/{{type}}/schema.json"), get(download::schema))
            .route(&format!("{place}/{{type}}/openapi.json"), get(download::openapi));
    }
    router
        .route("/catalog/-new", get(edit::show_new).post(edit::create))
        .route("/catalog/-import", get(import::show).post(import::import))
        .route("/catalog/{type}/edit", get(edit::show).post(edit::save))
        .route("/catalog/{type}/archived", post(edit::archive))
        .route("/catalog/{type}/deleted", post(edit::delete))
}
