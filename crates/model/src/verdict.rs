//! The judge: what came back, how far the delivery is, the rules and the time go in; the next state comes out.

use std::time::Duration;

use crate::attempt::{AttemptOutcome, Trigger};
use crate::delivery::{DeliveryState, Progress, ResumeAs};
use crate::delivery_rules::SuccessRule;
use crate::retry_schedule::{Jitter, RetrySchedule};
use crate::timestamp::Timestamp;

/// 410 Gone: the receiver wants nothing more.
const GONE: u16 = 410;

/// Attempts of one delivery that must fail before an operator hears of it: the fourth is half an hour into the
/// default schedule.
const FAILING_TRIES: u32 = 4;

/// What blocks a line is tried again no sooner than this once its schedule is over, however short its last wait.
const BLOCKED_WAIT_LEAST: Duration = Duration::from_secs(60);

/// A turn that a delivery took, and of which an operator may want to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// It failed for the fourth time, and is tried on.
    Failing,
    /// It was delivered after it had been failing, or had failed.
    Recovered,
    /// Its last attempt failed.
    Exhausted,
}

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
    /// Whether the delivery took a turn.
    pub milestone: Option<Milestone>,
}

/// What an attempt is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The waits between attempts.
    pub schedule: &'a RetrySchedule,
    /// Which answers deliver.
    pub success: SuccessRule,
    /// Whether it is tried on with the last wait, because those behind it wait until it is delivered.
    pub blocks: bool,
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
        after_failure(outcome, tries, rules, now, jitter)
    };
    let lane_pause = if outcome.asks_to_slow_down() { retry_after(outcome) } else { None };
    let milestone = milestone(progress, state, tries);
    Verdict { state, tries, trigger, endpoint_gone, lane_pause, milestone }
}

/// Attempts by hand only ever recover: what they return to was told of when it was reached.
fn milestone(progress: Progress, state: DeliveryState, tries: u32) -> Option<Milestone> {
    match (state, progress.resend) {
        (DeliveryState::Delivered, Some(ResumeAs(DeliveryState::Delivered))) => None,
        (DeliveryState::Delivered, Some(ResumeAs(DeliveryState::Failed))) => Some(Milestone::Recovered),
        (DeliveryState::Delivered, _) => (progress.tries >= FAILING_TRIES).then_some(Milestone::Recovered),
        (DeliveryState::Failed, None) => Some(Milestone::Exhausted),
        (DeliveryState::Pending { .. }, None) if tries == FAILING_TRIES => Some(Milestone::Failing),
        _ => None,
    }
}

/// Never earlier than the schedule, never earlier than the receiver asked.
fn after_failure(
    outcome: &AttemptOutcome,
    tries: u32,
    rules: Rules<'_>,
    now: Timestamp,
    jitter: Jitter,
) -> DeliveryState {
    let blocked = || rules.blocks.then(|| last_wait(rules.schedule, jitter));
    match rules.schedule.wait_after(tries, jitter).or_else(blocked) {
        Some(wait) => {
            let wait = wait.max(retry_after(outcome).unwrap_or_default());
            DeliveryState::Pending { due_at: now.plus(wait) }
        }
        None => DeliveryState::Failed,
    }
}

fn last_wait(schedule: &RetrySchedule, jitter: Jitter) -> Duration {
    let last = u32::try_from(schedule.attempts() - 1).ok();
    last.and_then(|last| schedule.wait_after(last, jitter)).unwrap_or_default().max(BLOCKED_WAIT_LEAST)
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
        let rules = Rules { schedule: &RetrySchedule::default(), success, blocks: false };
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
    fn what_blocks_a_line_is_tried_on_with_the_last_wait() {
        for (waits, wait) in [("0s,5s,5m", 300), ("0s", 60), ("none", 60)] {
            let schedule = RetrySchedule::parse(waits).expect("a good schedule");
            let rules = Rules { schedule: &schedule, success: SuccessRule::Any2xx, blocks: true };
            for tries in [3, 4, 50] {
                let progress = Progress { tries, ..Progress::FRESH };
                let verdict = judge(&answered(500), progress, rules, NOW, Jitter::NONE);
                assert_eq!(verdict.state.due_at(), Some(NOW.plus(Duration::from_secs(wait))), "{waits}");
                assert_eq!(
                    judge(&answered(410), progress, rules, NOW, Jitter::NONE).state,
                    DeliveryState::Failed
                );
            }
        }
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
    fn a_delivery_is_told_of_at_its_fourth_failure_and_at_its_last() {
        let after = |tries| Progress { tries, ..Progress::FRESH };
        let told = |tries| judged(&answered(500), after(tries)).milestone;
        let milestones: Vec<_> = (0..9).filter_map(|tries| Some((tries + 1, told(tries)?))).collect();
        assert_eq!(milestones, [(4, Milestone::Failing), (9, Milestone::Exhausted)]);
        assert_eq!(judged(&answered(410), after(0)).milestone, Some(Milestone::Exhausted));
        let delivered = |tries| judged(&answered(200), after(tries)).milestone;
        let recovered = Some(Milestone::Recovered);
        assert_eq!([0, 3, 4, 8].map(delivered), [None, None, recovered, recovered]);
    }

    #[test]
    fn an_attempt_by_hand_tells_only_of_recovery() {
        let resent = |state, status| {
            let progress = Progress { tries: 9, revision: 9, resend: Some(ResumeAs(state)) };
            judged(&answered(status), progress).milestone
        };
        let pending = DeliveryState::Pending { due_at: NOW };
        for state in [DeliveryState::Failed, DeliveryState::Delivered, pending] {
            assert_eq!(resent(state, 500), None);
        }
        assert_eq!(resent(DeliveryState::Failed, 200), Some(Milestone::Recovered));
        assert_eq!(resent(pending, 200), Some(Milestone::Recovered));
        assert_eq!(resent(DeliveryState::Delivered, 200), None);
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
            let schedule = RetrySchedule::default();
            let rules = Rules { schedule: &schedule, success: SuccessRule::Any2xx, blocks: false };
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
            let rules = Rules { schedule: &schedule, success: SuccessRule::Only200, blocks: false };
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
