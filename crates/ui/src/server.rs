//! `/server`: for operators, the process that answers, what is under way in it, and what takes how much room.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use wirepost_control::ControlSettings;
use wirepost_control::operations_view::{Gauges, Node};
use wirepost_model::storage::{Room, StorageUse};

use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::show::number::grouped;
use crate::show::{Instant, counted, lasting};
use crate::state::UiState;

#[derive(Template)]
#[template(path = "server/view.html")]
struct ServerPage {
    layout: Layout,
    version: &'static str,
    public_url: String,
    started: Instant,
    uptime: String,
    trouble: Option<String>,
    sends: bool,
    figures: Vec<Figure>,
    storage: StorageShown,
    settings: Vec<Fact>,
}

/// A number, and what it counts.
struct Figure {
    number: String,
    name: &'static str,
    words: &'static str,
}

/// What takes how much room.
struct StorageShown {
    measured: Instant,
    total: String,
    rows: Vec<Kept>,
}

/// One kind of what is kept.
struct Kept {
    name: &'static str,
    bytes: String,
    rows: Option<String>,
    leaves: String,
}

/// A setting in force.
struct Fact {
    name: &'static str,
    value: String,
}

pub(crate) fn router() -> Router<UiState> {
    Router::new().route("/server", get(show))
}

async fn show(State(state): State<UiState>, person: Person) -> Result<Response, Fault> {
    let Node { started_at, uptime, health } = state.control.node(&person.caller).await?;
    let storage = state.control.storage_use(person.caller.clone()).await?;
    let gauges = state.control.gauges(person.caller.clone()).await?;
    let settings = state.control.settings();
    html(&ServerPage {
        layout: Layout::of_organisation(&state, &person, "Server", Section::Server),
        version: env!("CARGO_PKG_VERSION"),
        public_url: settings.public_url.clone(),
        started: started_at.into(),
        uptime: lasting(uptime),
        trouble: health.database_trouble,
        sends: health.sends,
        figures: figures(&gauges),
        storage: StorageShown::of(&storage, settings),
        settings: facts(settings),
    })
}

fn figures(gauges: &Gauges) -> Vec<Figure> {
    let lanes = gauges.lanes;
    let figure = |number: usize, name, words| Figure { number: grouped(number as u64), name, words };
    vec![
        figure(lanes.in_flight, "In flight", "requests to endpoints that are open"),
        figure(lanes.queued, "Waiting", "deliveries that wait in memory"),
        figure(lanes.lanes, "Lanes", "endpoints with something in memory"),
        figure(lanes.behind, "Behind", "of these, with more waiting in the database"),
    ]
}

impl StorageShown {
    fn of(storage: &StorageUse, settings: &ControlSettings) -> Self {
        let contents = format!("after {}, or sooner if the message says so", days(settings.retention_days));
        let counted = |room: Room| Some(grouped(room.rows));
        let kept = |name, bytes: u64, rows, leaves: &str| Kept {
            name,
            bytes: bytes_text(bytes),
            rows,
            leaves: leaves.to_owned(),
        };
        let stays = "never: what was sent, and what became of it";
        let rows = vec![
            kept("Payloads", storage.payloads.bytes, counted(storage.payloads), &contents),
            kept("Responses", storage.responses.bytes, counted(storage.responses), &contents),
            kept("Messages", storage.messages.bytes, counted(storage.messages), stays),
            kept("Deliveries", storage.deliveries.bytes, counted(storage.deliveries), stays),
            kept("Attempts", storage.attempts.bytes, counted(storage.attempts), stays),
            kept("Indexes", storage.indexes_bytes, None, "with what they lead to"),
            kept(
                "Everything else",
                storage.rest_bytes,
                None,
                "tokens 30 days and tasks 90 days after their end, counters after 400 days",
            ),
            kept("Free in the file", storage.free_bytes, None, "filled by what comes next"),
            kept("Log", storage.log_bytes, None, "written over again and again"),
        ];
        Self { measured: storage.measured_at.into(), total: bytes_text(storage.total_bytes()), rows }
    }
}

fn facts(settings: &ControlSettings) -> Vec<Fact> {
    let fact = |name, value: String| Fact { name, value };
    let or_none = |value: Option<String>, none: &str| value.unwrap_or_else(|| none.to_owned());
    let rules = &settings.operator_rules;
    let rate =
        settings.requests_per_second_of_token.map(|rate| counted(rate.into(), "request") + " per second");
    vec![
        fact("Payloads and responses are kept", days(settings.retention_days)),
        fact("Largest payload", bytes_text(settings.payload_bytes_most as u64)),
        fact("Endpoints of one app, at most", grouped(settings.endpoints_per_app_most as u64)),
        fact("A request to an endpoint may take", lasting(rules.request_timeout)),
        fact("Attempts of one delivery", grouped(rules.retry_schedule.attempts() as u64)),
        fact("Requests open to one endpoint, at most", grouped(rules.in_flight_most as u64)),
        fact("An endpoint that only fails is disabled after", lasting(settings.disable_after)),
        fact("Sending again goes at", counted(settings.replay_rate.into(), "message") + " per second"),
        fact("One token may ask", or_none(rate, "as fast as it likes")),
        fact(
            "Operators are told by the app",
            or_none(settings.operational_app.as_ref().map(ToString::to_string), "none"),
        ),
        fact(
            "Signed tokens are believed of",
            or_none(settings.issuer.as_ref().map(|issuer| issuer.name.clone()), "nobody"),
        ),
    ]
}

fn days(days: u16) -> String {
    counted(days.into(), "day")
}

/// Bytes in the unit in which they are two or three digits: `950 B`, `12.4 MB`.
fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes}\u{a0}B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{}\u{a0}{}", grouped(tenths / 10), tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_the_unit_that_suits_them() {
        let told = [0, 999, 1_000, 12_345, 999_999, 1_000_000, 5_430_000_000]
            .map(|bytes| bytes_text(bytes).replace('\u{a0}', " "));
        assert_eq!(told, ["0 B", "999 B", "1.0 kB", "12.3 kB", "999.9 kB", "1.0 MB", "5.4 GB"]);
        assert_eq!(bytes_text(u64::MAX), "18,446,744.0\u{a0}TB");
    }
}
