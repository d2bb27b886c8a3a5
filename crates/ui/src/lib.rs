//! The pages: HTML that the server draws, one stylesheet, one small script. They show what `control` answers and ask
//! it for what people want; a rule never lives here, and nothing is fetched from anywhere else.

mod activity;
mod apps;
mod assets;
mod capability_choice;
mod catalogue;
mod cookies;
mod endpoints;
mod event_stream;
mod fault;
mod filters;
mod form;
mod form_key;
mod layout;
mod live_streams;
mod logs;
mod message;
mod notice;
mod pages;
mod person;
mod protection;
mod pulses;
mod query;
mod recovery;
mod refusals;
mod search;
mod server;
mod settings;
mod show;
mod sign_in;
mod state;
mod tokens;
mod wrong;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use wirepost_control::{Control, ControlError};

pub use live_streams::LiveStreams;
pub use settings::{Accent, Logo, UiSettings};

use crate::fault::Fault;
use crate::person::Person;
use crate::state::UiState;

/// The pages and what they are made of. A path that is none of theirs gets a page that says so.
/// `streams` are ended by whoever stops the server.
pub fn router(control: Control, settings: UiSettings, streams: LiveStreams) -> Router {
    let state = UiState::new(control, settings, streams);
    Router::new()
        .route("/", get(front))
        .merge(sign_in::router())
        .merge(activity::router())
        .merge(apps::router())
        .merge(tokens::router())
        .merge(server::router())
        .merge(endpoints::router())
        .merge(logs::router())
        .merge(message::router())
        .merge(recovery::router())
        .merge(catalogue::router())
        .merge(pulses::router())
        .layer(from_fn(protection::refuse_foreign_posts))
        .merge(assets::router())
        .fallback(|| async { Fault::from(ControlError::NotFound) })
        .layer(from_fn_with_state(state.clone(), protection::protect))
        .layer(CompressionLayer::new())
        .with_state(state)
}

/// Leads a person to what there is to see.
async fn front(person: Person) -> Result<impl IntoResponse, Fault> {
    Ok(match person.own_app() {
        Some(app) => Redirect::to(&format!("/app/{app}/endpoints")),
        None => Redirect::to("/apps"),
    })
}
