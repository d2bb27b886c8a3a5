//! What must be true of a simulated history, whatever happened in it.

use std::collections::BTreeMap;

use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::ids::{EndpointId, MessageId};
use wirepost_model::timestamp::Timestamp;

use crate::disk::{AttemptRow, DeliveryRow, Disk};
use crate::receiver::Request;
use crate::simulation::Plot;
use crate::told::of_notices;
use crate::world::{World, url_of};

type Delivery = (EndpointId, MessageId);

/// Requests that a kill left without a record, by delivery; and all requests, over all lives.
#[derive(Default)]
pub(crate) struct Loss {
    requests: BTreeMap<Delivery, Vec<Request>>,
    unrecorded: BTreeMap<Delivery, usize>,
    killed_lives: usize,
}

/// Whether nothing is pending but what waits for a disabled endpoint.
pub(crate) fn all_ended(disk: &Disk) -> bool {
    let tasks_ended = disk.running_tasks().is_empty();
    tasks_ended
        && disk.pending_endpoints().iter().all(|pending| {
            let row = &disk.endpoints[&pending.endpoint];
            let gone = wirepost_model::endpoint::DisabledReason::Gone;
            !row.deleted && row.endpoint.disabled.is_some_and(|disabled| disabled.reason != gone)
        })
}

/// For a failure: what is pending and should not be.
pub(crate) fn what_hangs(world: &World) -> String {
    let lanes = world.engine.lanes();
    let disk = world.disk.lock();
    let pending = disk.pending_endpoints().into_iter();
    let each = pending.map(|pending| {
        let row = &disk.endpoints[&pending.endpoint];
        format!(
            "{pending:?} deleted {} disabled {:?} lane {:?}",
            row.deleted,
            row.endpoint.disabled,
            lanes.view(pending.endpoint)
        )
    });
    let each: Vec<_> = each.collect();
    format!("now {:?}: {}", world.clock.shows(), each.join("\n"))
}

/// What must be true of each life; and what of it is to be remembered.
pub(crate) fn of_one_life(plot: &Plot, world: &World, loss: &mut Loss) {
    let seed = plot.seed;
    assert_eq!(world.receivers.twice(), [], "seed {seed}: two requests of one delivery at once");
    assert_eq!(world.receivers.untimely(), [""; 0], "seed {seed}");
    let (in_all, at_one) = world.receivers.most_open();
    assert!(in_all <= plot.settings.sockets_most.max(2), "seed {seed}: {in_all} sockets");
    assert!(at_one <= plot.settings.in_flight_most, "seed {seed}: {at_one} to one endpoint");
    let log = world.receivers.log();
    of_standing_and_pauses(plot, &log);
    of_rates(plot, &log);
    let by_url: BTreeMap<_, _> = {
        let history = plot.history.lock();
        history.endpoints.keys().map(|id| (url_of(*id), *id)).collect()
    };
    for request in log {
        let message = request.message.parse().expect("webhook-id is a message id");
        let delivery = (by_url[&request.url], message);
        loss.requests.entry(delivery).or_default().push(request);
    }
    let mut unrecorded = BTreeMap::new();
    let recorded = recorded(&plot.disk.lock());
    for (delivery, requests) in &loss.requests {
        let recorded = recorded.get(delivery).copied().unwrap_or(0);
        let without = requests.len().checked_sub(recorded);
        let without = without.unwrap_or_else(|| panic!("seed {seed}: {delivery:?} has attempts nobody saw"));
        let before = loss.unrecorded.get(delivery).copied().unwrap_or(0);
        // A life leaves at most the one request of a delivery that was open or unrecorded at its kill.
        assert!((before..=before + 1).contains(&without), "seed {seed}: {delivery:?} {before} {without}");
        unrecorded.insert(*delivery, without);
    }
    loss.unrecorded = unrecorded;
    loss.killed_lives += 1;
}

fn of_standing_and_pauses(plot: &Plot, log: &[Request]) {
    let history = plot.history.lock();
    for endpoint in history.endpoints.keys() {
        let url = url_of(*endpoint);
        let requests = || log.iter().filter(|request| request.url == url);
        for request in requests() {
            let at = request.began_at;
            assert!(
                !history.is_closed(*endpoint, at),
                "seed {}: sent to a closed endpoint: {request:?} {:?}",
                plot.seed,
                history.closed[endpoint]
            );
        }
        let pauses = requests().filter_map(|request| Some((request.ended_at?, request.quiet_until?)));
        for (from, until) in pauses {
            let early = requests().find(|request| from < request.began_at && request.began_at < until);
            assert!(early.is_none(), "seed {}: {from:?} to {until:?}: {early:?}", plot.seed);
        }
    }
}

fn of_rates(plot: &Plot, log: &[Request]) {
    let history = plot.history.lock();
    let began = |of: &dyn Fn(&Request) -> bool| -> Vec<Timestamp> {
        log.iter().filter(|request| of(request)).map(|request| request.began_at).collect()
    };
    for (endpoint, (_, rate)) in &history.endpoints {
        let url = url_of(*endpoint);
        of_rate(plot, *rate, &began(&|request| request.url == url));
    }
    for (app, rate) in &history.apps {
        let endpoints = history.endpoints.iter().filter(|(_, (of, _))| of == app);
        let urls: Vec<_> = endpoints.map(|(id, _)| url_of(*id)).collect();
        of_rate(plot, *rate, &began(&|request| urls.contains(&request.url)));
    }
}

/// No ten seconds hold more than 2 % over the limit.
fn of_rate(plot: &Plot, rate: Option<u32>, began: &[Timestamp]) {
    let Some(rate) = rate else { return };
    let most = rate as usize * 1_020 / 100;
    let mut first = 0;
    for (last, at) in began.iter().enumerate() {
        while began[first].plus(std::time::Duration::from_secs(10)) <= *at {
            first += 1;
        }
        let count = last - first + 1;
        assert!(count <= most, "seed {}: {count} in ten seconds at {rate}/s", plot.seed);
    }
}

/// What must be true at the end of all lives; and what happened, for the count.
pub(crate) fn of_the_whole(plot: &Plot, loss: &Loss) -> Vec<(&'static str, u64)> {
    let disk = plot.disk.lock();
    let mut log: Vec<_> = loss.requests.values().flatten().cloned().collect();
    log.sort_by_key(|request| request.began_at);
    of_rates(plot, &log);
    for message in &plot.history.lock().accepted {
        assert!(disk.payloads.contains_key(message), "seed {}: {message} is lost", plot.seed);
    }
    let mut attempts: BTreeMap<Delivery, Vec<&AttemptRow>> = BTreeMap::new();
    for row in &disk.attempts {
        let key = row.record.attempt.delivery;
        attempts.entry((key.endpoint, key.message)).or_default().push(row);
    }
    let mut told: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (delivery, row) in &disk.deliveries {
        let attempts = attempts.remove(delivery).unwrap_or_default();
        let requests = loss.requests.get(delivery).map_or(&[][..], Vec::as_slice);
        of_one_delivery(plot, &disk, row, &attempts, requests);
        let what = match row.state.status() {
            DeliveryStatus::Pending => "pending",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Failed => "failed",
            DeliveryStatus::Canceled => "canceled",
            DeliveryStatus::Skipped => "skipped",
        };
        *told.entry(what).or_default() += 1;
        *told.entry("resends").or_default() += u64::from(row.resends);
        *told.entry("replays").or_default() += u64::from(row.replays);
        let fenced = attempts.iter().filter(|attempt| attempt.fenced).count();
        *told.entry("fenced").or_default() += fenced as u64;
        *told.entry("requests").or_default() += requests.len() as u64;
        if plot.history.lock().in_order.contains(&delivery.0) {
            *told.entry("in order").or_default() += requests.len() as u64;
        }
    }
    assert!(attempts.is_empty(), "seed {}: attempts of nothing", plot.seed);
    let repeats: usize = loss.unrecorded.values().sum();
    told.insert("repeats", repeats as u64);
    told.insert("told", of_notices(plot, &disk));
    told.into_iter().collect()
}

fn of_one_delivery(
    plot: &Plot,
    disk: &Disk,
    row: &DeliveryRow,
    attempts: &[&AttemptRow],
    requests: &[Request],
) {
    let told = || format!("seed {}: {:?} {:?} {requests:#?}", plot.seed, row.key, row.state);
    let endpoint = &disk.endpoints[&row.key.endpoint];
    let succeeded = |attempt: &&&AttemptRow| attempt.record.attempt.succeeded;
    let believed = attempts.iter().filter(succeeded).any(|attempt| !attempt.fenced);
    match row.state {
        DeliveryState::Delivered => {
            let answered = requests.iter().any(|request| matches!(request.status, Some(200..300)));
            assert!(believed && answered, "{}", told());
        }
        DeliveryState::Failed => {
            let ran_out = row.progress.tries as usize == plot.settings.retry_schedule.attempts();
            let expired = disk.payloads[&row.key.message].is_none();
            // A 410 ends the delivery even where the endpoint, changed meanwhile, is not disabled by it.
            let told_gone = attempts.iter().any(|attempt| attempt.record.attempt.status == Some(410));
            assert!(ran_out || expired || told_gone || endpoint.was_gone, "{}", told());
        }
        DeliveryState::Canceled => assert!(endpoint.deleted, "{}", told()),
        // The test waited until all others had ended.
        DeliveryState::Pending { .. } => assert!(endpoint.endpoint.disabled.is_some(), "{}", told()),
        DeliveryState::Skipped => assert!(!believed, "{}", told()),
    }
    // A success that counted is undone by nothing but an end by hand after it was to be sent again.
    let ended = row.resends > 0 && (endpoint.deleted || endpoint.was_gone || row.state.due_at().is_some());
    let replayed = row.replays > 0;
    assert!(!believed || row.state == DeliveryState::Delivered || ended || replayed, "{}", told());
    assert!(row.progress.tries as usize <= plot.settings.retry_schedule.attempts(), "{}", told());
    of_due_times(plot, attempts);
}

/// No scheduled attempt began before the one recorded before it allowed.
fn of_due_times(plot: &Plot, attempts: &[&AttemptRow]) {
    for pair in attempts.windows(2) {
        let (before, after) = (&pair[0].record, &pair[1].record);
        let next_in_line = after.read_revision == before.read_revision + 1 && !pair[0].fenced;
        if let (true, DeliveryState::Pending { due_at }) = (next_in_line, before.state) {
            let at = after.attempt.started_at;
            assert!(at >= due_at, "seed {}: {:?} before {due_at:?}", plot.seed, after.attempt);
        }
    }
}

/// Attempts on the disk that reached out, by delivery.
fn recorded(disk: &Disk) -> BTreeMap<Delivery, usize> {
    let mut recorded = BTreeMap::new();
    for row in &disk.attempts {
        let attempt = &row.record.attempt;
        let failure = attempt.failure.as_deref().unwrap_or_default();
        if !failure.starts_with("expired: ") {
            *recorded.entry((attempt.delivery.endpoint, attempt.delivery.message)).or_default() += 1;
        }
    }
    recorded
}
