//! What must be true of what the operator of a simulated history was told.

use std::collections::{BTreeMap, BTreeSet};

use wirepost_model::attempt::Trigger;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::ids::AttemptId;
use wirepost_store::notices::Cause;

use crate::disk::{AttemptRow, Disk};
use crate::simulation::Plot;

/// Each end is told of once, in the write that made it so; nothing of the operational app is told; answers how much
/// was told.
pub(crate) fn of_notices(plot: &Plot, disk: &Disk) -> u64 {
    let seed = plot.seed;
    let operators =
        disk.apps.values().find(|app| app.uid.is_some() && app.uid == plot.settings.operational_app);
    let operators = operators.map(|app| app.id);
    let mut told: BTreeSet<AttemptId> = BTreeSet::new();
    let mut warned = BTreeMap::new();
    for (cause, message) in &disk.told {
        assert_eq!(Some(message.message.app), operators, "seed {seed}");
        match *cause {
            Cause::Attempt(attempt) => {
                assert!(told.insert(attempt), "seed {seed}: {attempt} is told of twice")
            }
            Cause::Failing { endpoint, since, percent } => {
                let before = warned.insert((endpoint, since), percent);
                assert!(before.is_none_or(|before| before < percent), "seed {seed}: {endpoint} {percent}");
                assert_ne!(Some(disk.endpoints[&endpoint].endpoint.app), operators, "seed {seed}");
            }
            Cause::Disabled(endpoint) => {
                assert_ne!(Some(disk.endpoints[&endpoint].endpoint.app), operators, "seed {seed}");
            }
        }
    }
    for row in &disk.attempts {
        let attempt = &row.record.attempt;
        let of_operators = Some(attempt.delivery.app) == operators;
        let is_told = told.contains(&attempt.id);
        assert!(!is_told || !of_operators && !row.fenced, "seed {seed}: {attempt:?}");
        assert!(is_told || !is_last(row) || of_operators || operators.is_none(), "seed {seed}: {attempt:?}");
    }
    disk.told.len() as u64
}

/// Whether it was the last attempt on the schedule, and failed.
fn is_last(row: &AttemptRow) -> bool {
    let on_schedule = row.record.attempt.trigger == Trigger::Scheduled;
    !row.fenced && on_schedule && row.record.state == DeliveryState::Failed
}
