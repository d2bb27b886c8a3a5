//! The pages of an app's log: its messages, and one of them.

pub(crate) mod attempt_list;
mod list;
mod live;
mod outcome;
mod row;

use axum::Router;
use axum::routing::get;

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new().route("/app/{app}/logs", get(list::list)).route("/app/{app}/logs/live", get(live::live))
}
