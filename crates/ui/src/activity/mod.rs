//! `/app/{app}/activity`: what was sent to an app's endpoints in the last hours or days. It reads counters alone.

mod chart;
mod latency;
mod page;
pub(crate) mod scale;

use axum::Router;
use axum::routing::get;

use crate::state::UiState;

pub(crate) fn router() -> Router<UiState> {
    Router::new().route("/app/{app}/activity", get(page::show))
}
