//! `GET /metrics`: what an operator watches, in the text format of Prometheus, for a token of the organisation that
//! may look around. No label names an app or an endpoint, so there are never more lines than stand here.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use wirepost_control::Control;
use wirepost_control::operations_view::Gauges;

use crate::auth::Auth;
use crate::error::{ApiError, ApiResult};

static METERS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Where durations are told apart, in seconds.
const BOUNDS: [f64; 11] = [0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0];
/// What was measured is summed up so often, whether somebody asks or not.
const SUM_UP_EVERY: Duration = Duration::from_secs(15);

/// Has the whole process count from now on. To be called once, on a runtime, before anything that is to be counted.
///
/// # Errors
/// A sentence, where the process counts already.
pub fn start_metering() -> Result<(), String> {
    let builder = PrometheusBuilder::new().set_buckets(&BOUNDS).map_err(|error| error.to_string())?;
    let meters = builder.install_recorder().map_err(|error| error.to_string())?;
    describe();
    let summed_up = meters.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SUM_UP_EVERY).await;
            summed_up.run_upkeep();
        }
    });
    METERS.set(meters).map_err(|_| "the process counts already".to_owned())
}

pub(crate) async fn metrics(Auth(caller): Auth, State(control): State<Control>) -> ApiResult<Response> {
    let gauges = control.gauges(caller).await?;
    let meters = METERS.get().ok_or_else(ApiError::not_found)?;
    set(&gauges);
    meters.run_upkeep();
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], meters.render()).into_response())
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts bytes or lanes beyond 2^53")]
fn set(Gauges { lanes, storage }: &Gauges) {
    gauge!("wirepost_requests_in_flight").set(lanes.in_flight as f64);
    gauge!("wirepost_lanes").set(lanes.lanes as f64);
    gauge!("wirepost_lanes_behind").set(lanes.behind as f64);
    gauge!("wirepost_deliveries_queued").set(lanes.queued as f64);
    for (kind, bytes) in storage.by_kind() {
        gauge!("wirepost_storage_bytes", "kind" => kind).set(bytes as f64);
    }
    gauge!("wirepost_storage_measured_at_seconds").set(storage.measured_at.as_seconds() as f64);
}

fn describe() {
    describe_counter!("wirepost_messages_accepted_total", "Messages that were accepted and are on disk");
    describe_counter!("wirepost_attempts_total", "Requests to endpoints that ended, by outcome");
    describe_counter!("wirepost_token_refusals_total", "Calls with a token that is not good");
    describe_counter!("wirepost_retention_removed_total", "Payloads and answers removed by age");
    describe_histogram!("wirepost_retention_held_seconds", "How long a step of removal held the writer");
    describe_gauge!("wirepost_retention_held_seconds_longest", "The longest of these since the start");
    describe_histogram!("wirepost_store_commit_seconds", "From the first statement of a batch to its sync");
    describe_gauge!("wirepost_requests_in_flight", "Requests to endpoints that are open");
    describe_gauge!("wirepost_lanes", "Endpoints with something in memory");
    describe_gauge!("wirepost_lanes_behind", "Of these, those with more waiting in the database");
    describe_gauge!("wirepost_deliveries_queued", "Deliveries that wait in memory, all endpoints together");
    describe_gauge!("wirepost_storage_bytes", "Bytes on the disk, by kind");
    describe_gauge!("wirepost_storage_measured_at_seconds", "When that was measured, in seconds since 1970");
}
