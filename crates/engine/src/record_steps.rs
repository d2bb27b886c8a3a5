//! Cuts what is to be recorded into writes of bounded size: where thousands of deliveries end at once and an operator
//! is told of each, the messages that say so must not hold the store for long. Pure.

use std::collections::HashMap;

use wirepost_store::deliveries::Recording;
use wirepost_store::notices::{Cause, Notice};

/// Rows that the notices of one write add at most; a single one may add more.
const NOTICE_ROWS_MOST: usize = 2_000;

/// A write that is being filled.
#[derive(Default)]
struct Step {
    recording: Recording,
    notice_rows: usize,
}

/// The writes in their order; nearly always one. Each notice goes with what it tells of.
pub(crate) fn in_steps(recording: Recording) -> Vec<Recording> {
    if rows_of(&recording.notices) <= NOTICE_ROWS_MOST {
        return vec![recording];
    }
    let Recording { records, health, notices } = recording;
    let (mut of_attempts, mut of_endpoints) = (HashMap::new(), HashMap::new());
    for notice in notices {
        match notice.cause {
            Cause::Attempt(attempt) => of_attempts.insert(attempt, notice),
            Cause::Disabled(endpoint) | Cause::Failing { endpoint, .. } => {
                of_endpoints.insert(endpoint, notice)
            }
        };
    }
    let mut steps = vec![Step::default()];
    for record in records {
        let notice = of_attempts.remove(&record.attempt.id);
        step_for(&mut steps, notice).recording.records.push(record);
    }
    for change in health {
        let notice = of_endpoints.remove(&change.endpoint);
        step_for(&mut steps, notice).recording.health.push(change);
    }
    steps.into_iter().map(|step| step.recording).collect()
}

/// The last step, or another one where it has no room for the notice, which is put there.
fn step_for(steps: &mut Vec<Step>, notice: Option<Notice>) -> &mut Step {
    let rows = notice.as_ref().map_or(0, Notice::rows);
    let taken = steps.last().map_or(usize::MAX, |step| step.notice_rows);
    if taken > 0 && taken.saturating_add(rows) > NOTICE_ROWS_MOST {
        steps.push(Step::default());
    }
    let step = steps.last_mut().expect("there is one from the beginning");
    step.notice_rows += rows;
    step.recording.notices.extend(notice);
    step
}

fn rows_of(notices: &[Notice]) -> usize {
    notices.iter().map(Notice::rows).sum()
}

#[cfg(test)]
mod tests {
    use wirepost_store::deliveries::AttemptRecord;

    use super::*;
    use crate::sample;

    #[test]
    fn what_is_told_of_goes_with_its_notice_and_no_write_is_large() {
        let records: Vec<_> = (1..=900).map(sample::record).collect();
        let told = |record: &AttemptRecord| sample::notice(Cause::Attempt(record.attempt.id), 4);
        let health: Vec<_> = (1..=10).map(sample::health_change).collect();
        let warned = health.iter().map(|change| sample::notice(Cause::Disabled(change.endpoint), 4));
        let notices: Vec<_> = records.iter().map(told).chain(warned).collect();
        let (records_too, health_too, notices_too) = (records.clone(), health.clone(), notices.clone());
        let steps = in_steps(Recording { records: records_too, health: health_too, notices: notices_too });
        for step in &steps {
            assert!(rows_of(&step.notices) <= NOTICE_ROWS_MOST);
            let own = |notice: &Notice| match notice.cause {
                Cause::Attempt(id) => step.records.iter().any(|record| record.attempt.id == id),
                Cause::Disabled(id) => step.health.iter().any(|change| change.endpoint == id),
                Cause::Failing { .. } => false,
            };
            assert!(step.notices.iter().all(own));
        }
        assert_eq!(steps.len(), 4);
        assert_eq!(steps.iter().flat_map(|step| step.records.clone()).collect::<Vec<_>>(), records);
        assert_eq!(steps.iter().flat_map(|step| step.health.clone()).collect::<Vec<_>>(), health);
        assert_eq!(steps.iter().flat_map(|step| step.notices.clone()).collect::<Vec<_>>(), notices);
    }

    #[test]
    fn without_much_to_tell_all_is_one_write() {
        let records: Vec<_> = (1..=2_048).map(sample::record).collect();
        let notice = sample::notice(Cause::Attempt(records[7].attempt.id), 1_900);
        let steps = in_steps(Recording { records, health: Vec::new(), notices: vec![notice] });
        assert_eq!(steps.len(), 1);
        assert_eq!((steps[0].records.len(), steps[0].notices.len()), (2_048, 1));
    }

    #[test]
    fn a_notice_that_is_larger_than_a_write_is_written_alone() {
        let records: Vec<_> = (1..=3).map(sample::record).collect();
        let notice = |record: &AttemptRecord| sample::notice(Cause::Attempt(record.attempt.id), 5_000);
        let notices = records.iter().map(notice).collect();
        let steps = in_steps(Recording { records, health: Vec::new(), notices });
        assert_eq!(steps.iter().map(|step| step.notices.len()).collect::<Vec<_>>(), [1, 1, 1]);
    }
}
