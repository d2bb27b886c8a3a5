//! The judge: what came back, how far the delivery is, the rules and the time go in; the next state comes out.

use std::time::Duration;

use crate::attempt::{AttemptOutcome, Trigger};
use crate::delivery::{DeliveryState, Progress, ResumeAs};
use crate::delivery_rules::SuccessRule;
use crate::retry_schedule::{Jitter, RetrySchedule};
use crate::timestamp::Timestamp;

/// 410 Gone: the receiver wants nothing more.
const GONE: u16 = 410;

/// What follows from an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The delivery's next state.
    pub state: DeliveryState,
    /// Attempts on the schedule so far, this one included.
    pub tries: u32,
    /// What asked for the attempt.
    pub trigger: Trigger,
    /// Whether the endpoint is to be disabled because it said 410 Gone.
    pub endpoint_gone: bool,
    /// How long the whole lane is to be left alone.
    pub lane_pause: Option<Duration>,
}

/// What an attempt is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The waits between attempts.
    pub schedule: &'a RetrySchedule,
    /// Which answers deliver.
    pub success: SuccessRule,
}

/// Judges an attempt that ended `now`.
pub fn judge(
    outcome: &AttemptOutcome,
    progress: Progress,
    rules: Rules<'_>,
    now: Timestamp,
    jitter: Jitter,
) -> Verdict {
    let (trigger, tries) = match progress.resend {
        Some(_) => (Trigger::Manual, progress.tries),
        None => (Trigger::Scheduled, progress.tries.saturating_add(1)),
    };
    let endpoint_gone = matches!(outcome, AttemptOutcome::Answered { status: GONE, .. });
    let state = if outcome.succeeded(rules.success) {
        DeliveryState::Delivered
    } else if let Some(ResumeAs(state)) = progress.resend {
        no_earlier_than_asked(state, outcome, now)
    } else if endpoint_gone {
        DeliveryState::Failed
    } else {
        after_failure(outcome, tries, rules.schedule, now, jitter)
    };
    let lane_pause = if outcome.asks_to_slow_down() { retry_after(outcome) } else { None };
    Verdict { state, tries, trigger, endpoint_gone, lane_pause }
}

/// Never earlier than the schedule, never earlier than the receiver asked.
fn after_failure(
    outcome: &AttemptOutcome,
    tries: u32,
    schedule: &RetrySchedule,
    now: Timestamp,
    jitter: Jitter,
) -> DeliveryState {
    match schedule.wait_after(tries, jitter) {
        Some(wait) => {
            let wait = wait.max(retry_after(outcome).unwrap_or_default());
            DeliveryState::Pending { due_at: now.plus(wait) }
        }
        None => DeliveryState::Failed,
    }
}

/// A delivery that was waiting goes on waiting, but is not retried before the receiver asked for it.
fn no_earlier_than_asked(state: DeliveryState, outcome: &AttemptOutcome, now: Timestamp) -> DeliveryState {
    match (state, retry_after(outcome)) {
        (DeliveryState::Pending { due_at }, Some(wait)) => {
            DeliveryState::Pending { due_at: due_at.max(now.plus(wait)) }
        }
        _ => state,
    }
}

fn retry_after(outcome: &AttemptOutcome) -> Option<Duration> {
    match outcome {
        AttemptOutcome::Answered { retry_after, .. } => *retry_after,
        AttemptOutcome::NoAnswer(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::attempt::FailureCause;

    const NOW: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn answered(status: u16) -> AttemptOutcome {
        AttemptOutcome::Answered { status, retry_after: None }
    }

    fn judged(outcome: &AttemptOutcome, progress: Progress) -> Verdict {
        judged_by(SuccessRule::Any2xx, outcome, progress)
    }

    fn judged_by(success: SuccessRule, outcome: &AttemptOutcome, progress: Progress) -> Verdict {
        let rules = Rules { schedule: &RetrySchedule::default(), success };
        judge(outcome, progress, rules, NOW, Jitter::NONE)
    }

    #[test]
    fn any_2xx_delivers_and_nothing_else_does() {
        for status in 100..600 {
            let delivered = judged(&answered(status), Progress::FRESH).state == DeliveryState::Delivered;
            assert_eq!(delivered, (200..300).contains(&status), "{status}");
        }
    }

    #[test]
    fn where_200_alone_counts_no_other_answer_delivers() {
        for status in 100..600 {
            let verdict = judged_by(SuccessRule::Only200, &answered(status), Progress::FRESH);
            assert_eq!(verdict.state == DeliveryState::Delivered, status == 200, "{status}");
            assert_eq!(verdict.endpoint_gone, status == 410, "{status}");
        }
        let wait = Some(Duration::from_secs(40));
        let asked = AttemptOutcome::Answered { status: 204, retry_after: wait };
        let verdict = judged_by(SuccessRule::Only200, &asked, Progress::FRESH);
        assert_eq!(verdict.state.due_at(), Some(NOW.plus(Duration::from_secs(40))));
    }

    #[test]
    fn nine_attempts_at_their_times_then_failed() {
        let mut progress = Progress::FRESH;
        let mut waits = Vec::new();
        loop {
            let verdict = judged(&answered(500), progress);
            progress.tries = verdict.tries;
            match verdict.state {
                DeliveryState::Pending { due_at } => waits.push(due_at.since(NOW).as_secs()),
                state => break assert_eq!(state, DeliveryState::Failed),
            }
        }
        assert_eq!(waits, [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
        assert_eq!(progress.tries, 9);
    }

    #[test]
    fn a_410_ends_the_delivery_and_the_endpoint() {
        let verdict = judged(&answered(410), Progress::FRESH);
        assert!(verdict.endpoint_gone && verdict.state == DeliveryState::Failed);
    }

    #[test]
    fn overload_pauses_the_lane_and_other_failures_only_their_delivery() {
        let wait = Some(Duration::from_secs(90));
        for (status, pause) in [(429, wait), (503, wait), (500, None), (404, None)] {
            let verdict = judged(&AttemptOutcome::Answered { status, retry_after: wait }, Progress::FRESH);
            assert_eq!(verdict.lane_pause, pause, "{status}");
            assert_eq!(verdict.state, DeliveryState::Pending { due_at: NOW.plus(Duration::from_secs(90)) });
        }
    }

    #[test]
    fn a_resend_is_one_attempt_that_costs_no_try() {
        let was = DeliveryState::Pending { due_at: NOW.plus(Duration::from_secs(500)) };
        let progress = Progress { tries: 3, revision: 8, resend: Some(ResumeAs(was)) };
        let failed = judged(&answered(500), progress);
        assert_eq!((failed.state, failed.tries, failed.trigger), (was, 3, Trigger::Manual));
        assert_eq!(judged(&answered(200), progress).state, DeliveryState::Delivered);
    }

    #[test]
    fn a_failed_resend_puts_the_next_retry_off_where_the_receiver_asks_for_it() {
        let was = DeliveryState::Pending { due_at: NOW.plus(Duration::from_secs(5)) };
        let progress = Progress { resend: Some(ResumeAs(was)), ..Progress::FRESH };
        let asked = AttemptOutcome::Answered { status: 503, retry_after: Some(Duration::from_secs(60)) };
        assert_eq!(judged(&asked, progress).state.due_at(), Some(NOW.plus(Duration::from_secs(60))));
    }

    proptest! {
        #[test]
        fn a_retry_is_never_earlier_than_asked(
            status in 300u16..600, asked in 0u64..90_000, tries in 0u32..12, draw in 0.0..1.0f64,
        ) {
            let asked = Duration::from_secs(asked);
            let outcome = AttemptOutcome::Answered { status, retry_after: Some(asked) };
            let progress = Progress { tries, ..Progress::FRESH };
            let rules = Rules { schedule: &RetrySchedule::default(), success: SuccessRule::Any2xx };
            let verdict = judge(&outcome, progress, rules, NOW, Jitter::from_draw(draw));
            match verdict.state {
                DeliveryState::Pending { due_at } => prop_assert!(due_at >= NOW.plus(asked)),
                state => prop_assert!(state == DeliveryState::Failed && (tries >= 8 || status == 410)),
            }
        }

        #[test]
        fn any_schedule_is_kept_to_its_end_and_no_further(
            waits in proptest::collection::vec(0_u64..86_400, 0..20), draw in 0.0..1.0f64,
        ) {
            let waits: Vec<_> = waits.into_iter().map(Duration::from_secs).collect();
            let schedule = RetrySchedule::try_new(waits.clone()).expect("a good schedule");
            let rules = Rules { schedule: &schedule, success: SuccessRule::Only200 };
            let mut progress = Progress::FRESH;
            for wait in waits {
                let verdict = judge(&answered(204), progress, rules, NOW, Jitter::from_draw(draw));
                progress.tries = verdict.tries;
                let due_at = verdict.state.due_at().expect("it is tried again");
                prop_assert!(due_at >= NOW.plus(wait.mul_f64(0.799)) && due_at <= NOW.plus(wait.mul_f64(1.201)));
            }
            let last = judge(&answered(204), progress, rules, NOW, Jitter::from_draw(draw));
            prop_assert_eq!(last.state, DeliveryState::Failed);
        }

        #[test]
        fn no_answer_is_a_failure(tries in 0u32..12) {
            let cause = FailureCause { code: "timeout", text: "no answer within 30 s".into() };
            let verdict = judged(&AttemptOutcome::NoAnswer(cause), Progress { tries, ..Progress::FRESH });
            prop_assert!(verdict.state != DeliveryState::Delivered && !verdict.endpoint_gone);
        }
    }
}
