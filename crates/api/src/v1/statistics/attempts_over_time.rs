//! `GET /stats/app/{app}/attempt`: an app's attempts over time, one number for each five minutes, hour or day.

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::Control;
use wirepost_control::app_stats::{AttemptSeries, StatisticsPeriod};
use wirepost_model::timestamp::Timestamp;

use crate::auth::Auth;
use crate::error::{ApiError, ApiResult};
use crate::json::Json;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// A series as we show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeriesOut {
    /// Where the first number begins.
    start_date: Timestamp,
    end_date: Timestamp,
    period: &'static str,
    data: NumbersOut,
}

/// The numbers of a series, oldest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NumbersOut {
    success_count: Vec<u64>,
    failure_count: Vec<u64>,
    /// No attempt of ours is ever canceled: only deliveries are.
    canceled_count: Vec<u64>,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/stats/app/{app}/attempt";
    Operation::get(path, "v1.stats.app-attempts", "An app's attempts over time")
        .query(query::instant("startDate", "From when on"))
        .query(query::instant("endDate", "Until when"))
        .query(query::one_of("period", &["FiveMinutes", "OneHour", "OneDay"], "How long each number counts"))
        .query(query::event_types())
        .answers::<SeriesOut>(StatusCode::OK, "A number for each period")
}

pub(crate) async fn attempts_over_time(
    Auth(caller): Auth,
    Named(app): Named<String>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<SeriesOut>> {
    let access = control.enter(caller, &app).await?;
    let (start, end) = (parameters.instant("startDate")?, parameters.instant("endDate")?);
    let (period, event_types) = (parameters.period()?, parameters.event_types()?);
    let series = control.app_attempt_series(&access, start, end, period, &event_types).await?;
    Ok(Json(StatusCode::OK, series.into()))
}

impl Parameters {
    /// How long a point lasts, by default a day.
    fn period(&self) -> ApiResult<StatisticsPeriod> {
        let Some(word) = self.text("period") else {
            return Ok(StatisticsPeriod::OneDay);
        };
        StatisticsPeriod::from_word(word)
            .ok_or_else(|| ApiError::refused_parameter("period", "must be FiveMinutes, OneHour or OneDay"))
    }
}

impl From<AttemptSeries> for SeriesOut {
    fn from(series: AttemptSeries) -> Self {
        Self {
            start_date: series.start,
            end_date: series.end,
            period: series.period.as_str(),
            data: NumbersOut {
                success_count: series.points.iter().map(|point| point.success).collect(),
                failure_count: series.points.iter().map(|point| point.failure).collect(),
                canceled_count: vec![0; series.points.len()],
            },
        }
    }
}
