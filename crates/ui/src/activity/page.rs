//! The page: figures and a chart of all endpoints, and each endpoint by itself.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use wirepost_control::ControlError;
use wirepost_control::activity::{Activity, ActivityRange, Counts};
use wirepost_control::caller::AppAccess;
use wirepost_model::ids::EndpointId;

use super::chart::Chart;
use super::latency::{Percentiles, uncounted};
use super::scale::moment;
use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::query::Query;
use crate::show::number::grouped;
use crate::show::{Instant, counted, percent};
use crate::state::UiState;

/// Endpoints on one page.
const ROWS: usize = 25;

/// How far back is looked, and which endpoints are listed.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    #[serde(default)]
    range: String,
    #[serde(default)]
    page: usize,
}

#[derive(Template)]
#[template(path = "activity/view.html")]
struct ActivityPage {
    layout: Layout,
    ranges: Vec<RangeLink>,
    /// `the last 6 hours`.
    period: &'static str,
    /// `5 minutes`.
    step: &'static str,
    /// Why there is nothing to see, where that is so.
    refusal: Option<String>,
    seen: Option<Seen>,
    here: String,
}

/// Another range to look at.
struct RangeLink {
    path: String,
    text: &'static str,
    is_current: bool,
}

/// What there was to see.
struct Seen {
    until: Instant,
    attempts: String,
    succeeded: String,
    failed: String,
    rate: String,
    latency: Percentiles,
    uncounted: Option<String>,
    chart: Chart,
    points: Vec<PointRow>,
    endpoints: Vec<EndpointRow>,
    earlier: Option<String>,
    later: Option<String>,
}

/// A point, for those who read rather than look.
struct PointRow {
    from: String,
    succeeded: String,
    failed: String,
    latency: Percentiles,
}

struct EndpointRow {
    /// None for one that was deleted.
    path: Option<String>,
    name: String,
    attempts: String,
    rate: String,
    latency: Percentiles,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let range = ActivityRange::from_word(&question.range).unwrap_or_default();
    let here = format!("/app/{}/activity", access.id());
    let (seen, refusal) = match state.control.activity(&access, range).await {
        Ok(activity) if activity.total.attempts() == 0 => (None, None),
        Ok(activity) => {
            let seen = Seen::of(&state, &access, &activity, &here, question.page);
            (Some(seen), None)
        }
        Err(ControlError::LimitReached(sentence)) => (None, Some(sentence)),
        Err(error) => return Err(error.into()),
    };
    html(&ActivityPage {
        layout: Layout::in_app(&state, &person, access.app(), "Activity", Section::Activity),
        ranges: ActivityRange::ALL.map(|of| RangeLink::to(&here, of, range)).into(),
        period: period(range),
        step: step(range),
        refusal,
        seen,
        here: path_of(&here, range, question.page),
    })
}

impl RangeLink {
    fn to(here: &str, of: ActivityRange, current: ActivityRange) -> Self {
        let text = match of {
            ActivityRange::SixHours => "6 hours",
            ActivityRange::Day => "24 hours",
            ActivityRange::Week => "7 days",
        };
        Self { path: path_of(here, of, 0), text, is_current: of == current }
    }
}

impl Seen {
    fn of(state: &UiState, access: &AppAccess, activity: &Activity, here: &str, page: usize) -> Self {
        let total = &activity.total;
        let shown = activity.endpoints.iter().skip(page.saturating_mul(ROWS)).take(ROWS);
        let row = |(endpoint, counts): &(EndpointId, Counts)| {
            let known = state.control.all_endpoints(access).find(|known| known.id == *endpoint);
            EndpointRow {
                path: known.map(|known| format!("/app/{}/endpoints/{}", access.id(), known.id)),
                name: known.map_or_else(|| endpoint.to_string(), |known| known.url.clone()),
                attempts: grouped(counts.attempts()),
                rate: rate(counts),
                latency: Percentiles::of(counts),
            }
        };
        let more = activity.endpoints.len() > page.saturating_add(1).saturating_mul(ROWS);
        let missing = uncounted(total);
        Self {
            until: activity.until.into(),
            attempts: grouped(total.attempts()),
            succeeded: grouped(total.attempts_succeeded),
            failed: grouped(total.attempts_failed),
            rate: rate(total),
            latency: Percentiles::of(total),
            uncounted: (missing > 0).then(|| counted(missing, "attempt")),
            chart: Chart::of(activity),
            points: activity
                .points
                .iter()
                .rev()
                .filter(|point| point.attempts() > 0)
                .map(PointRow::of)
                .collect(),
            endpoints: shown.map(row).collect(),
            earlier: page.checked_sub(1).map(|page| path_of(here, activity.range, page)),
            later: more.then(|| path_of(here, activity.range, page + 1)),
        }
    }
}

impl PointRow {
    fn of(point: &Counts) -> Self {
        Self {
            from: moment(point.from),
            succeeded: grouped(point.attempts_succeeded),
            failed: grouped(point.attempts_failed),
            latency: Percentiles::of(point),
        }
    }
}

fn rate(counts: &Counts) -> String {
    percent(counts.attempts_succeeded, counts.attempts()).unwrap_or_default()
}

fn path_of(here: &str, range: ActivityRange, page: usize) -> String {
    match (range, page) {
        (ActivityRange::SixHours, 0) => here.to_owned(),
        (range, 0) => format!("{here}?range={}", range.as_str()),
        (range, page) => format!("{here}?range={}&page={page}", range.as_str()),
    }
}

fn period(range: ActivityRange) -> &'static str {
    match range {
        ActivityRange::SixHours => "the last 6 hours",
        ActivityRange::Day => "the last 24 hours",
        ActivityRange::Week => "the last 7 days",
    }
}

fn step(range: ActivityRange) -> &'static str {
    match range {
        ActivityRange::SixHours => "5 minutes",
        ActivityRange::Day => "30 minutes",
        ActivityRange::Week => "2 hours",
    }
}
