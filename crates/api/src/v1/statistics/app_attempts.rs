//! `GET /app/{app}/stats/attempts`: how an app's attempts came out, by event type.

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use wirepost_control::Control;
use wirepost_control::app_stats::{AppAttemptStats, AttemptSums};
use wirepost_model::names::EventTypeName;
use wirepost_model::timestamp::Timestamp;

use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// An app's attempts in a period as we show them. No attempt of ours is ever canceled: only deliveries are.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AppAttemptsOut {
    by_event_type: BTreeMap<EventTypeName, SumsOut>,
    total_success: u64,
    total_failure: u64,
    total_canceled: u64,
    since: Timestamp,
    until: Timestamp,
}

/// How attempts came out, as we show it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SumsOut {
    success: u64,
    failure: u64,
    canceled: u64,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/stats/attempts";
    Operation::get(path, "v1.application.stats.attempts", "How an app's attempts came out, by event type")
        .query(query::instant("since", "From when on; at most 28 days before the end"))
        .query(query::instant("until", "Until when"))
        .query(query::event_types())
        .answers::<AppAttemptsOut>(StatusCode::OK, "The figures")
}

pub(crate) async fn app_attempts(
    Auth(caller): Auth,
    Named(app): Named<String>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<AppAttemptsOut>> {
    let access = control.enter(caller, &app).await?;
    let (since, until) = (parameters.instant("since")?, parameters.instant("until")?);
    let event_types = parameters.event_types()?;
    let stats = control.app_attempt_stats(&access, since, until, &event_types).await?;
    Ok(Json(StatusCode::OK, stats.into()))
}

impl From<AppAttemptStats> for AppAttemptsOut {
    fn from(stats: AppAttemptStats) -> Self {
        let total = stats.total();
        Self {
            total_success: total.success,
            total_failure: total.failure,
            total_canceled: 0,
            since: stats.since,
            until: stats.until,
            by_event_type: stats.by_event_type.into_iter().map(|(name, sums)| (name, sums.into())).collect(),
        }
    }
}

impl From<AttemptSums> for SumsOut {
    fn from(sums: AttemptSums) -> Self {
        Self { success: sums.success, failure: sums.failure, canceled: 0 }
    }
}
