//! `GET /app/{app}/attempt/endpoint/{endpoint}/count`: how many attempts a list of an endpoint's would show.

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::Control;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// A number of attempts as we show it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CountOut {
    count: u64,
    /// Whether there may be more: not all were looked at.
    approximated: bool,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/attempt/endpoint/{endpoint}/count";
    let summary = "How many attempts a list of an endpoint's would show";
    Operation::get(path, "v1.message-attempt.count-by-endpoint", summary)
        .queries(query::window())
        .queries(query::message_filter())
        .queries(query::attempt_filter())
        .answers::<CountOut>(StatusCode::OK, "The number")
}

pub(crate) async fn count_by_endpoint(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<CountOut>> {
    let access = control.enter(caller, &app).await?;
    let selection = parameters.attempt_selection()?;
    let found = control.count_attempts_of_endpoint(&access, &endpoint, selection).await?;
    Ok(Json(StatusCode::OK, CountOut { count: found.count, approximated: !found.complete }))
}
