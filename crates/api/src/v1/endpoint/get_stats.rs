//! `GET /app/{app}/endpoint/{endpoint}/stats`: how many deliveries stand how.

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
use crate::v1::endpoint::throttled::ThrottledOut;

/// An endpoint's figures as we show them.
#[derive(Serialize, JsonSchema)]
pub(crate) struct StatsOut {
    success: u64,
    pending: u64,
    sending: u64,
    fail: u64,
    canceled: u64,
    /// How the endpoint is spared now, where it does not take all that is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    throttled: Option<ThrottledOut>,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get(
        "/api/v1/app/{app}/endpoint/{endpoint}/stats",
        "v1.endpoint.get-stats",
        "How many deliveries stand how",
    )
    .query(query::instant("since", "From when on; at most 28 days before the end"))
    .query(query::instant("until", "Until when"))
    .answers::<StatsOut>(StatusCode::OK, "The figures")
}

pub(crate) async fn get_stats(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<StatsOut>> {
    let access = control.enter(caller, &app).await?;
    let (since, until) = (parameters.instant("since")?, parameters.instant("until")?);
    let stats = control.endpoint_stats(&access, &endpoint, since, until).await?;
    let stats = StatsOut {
        success: stats.success,
        pending: stats.pending,
        sending: stats.sending,
        fail: stats.fail,
        canceled: stats.canceled,
        throttled: stats.throttled.map(ThrottledOut::from),
    };
    Ok(Json(StatusCode::OK, stats))
}
