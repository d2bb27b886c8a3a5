//! What came of one request of a trial, as far as it tells of the rate.

use std::time::Duration;

use crate::attempt::{AttemptOutcome, FailureCause};

/// What kind of answer it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    /// It counts as delivered.
    Success,
    /// 429: asked more often than the receiver wants.
    TooMany,
    /// 502, 503 or 504: the receiver, or what stands before it, has enough.
    Overloaded,
    /// 410: it wants nothing more.
    Gone,
    /// Any other answer that does not count as delivered.
    Refused,
    /// No answer in time.
    TimedOut,
    /// No connection, or one that broke.
    Unreachable,
    /// The sending side failed; this says nothing of the receiver.
    OwnFault,
}

/// One request that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What came of it.
    pub kind: AnswerKind,
    /// From when it was due to its end.
    pub latency: Duration,
    /// How long the receiver asked to be left alone.
    pub retry_after: Option<Duration>,
    /// What went wrong, in words.
    pub failure: Option<String>,
}

/// Answers by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Delivered.
    pub succeeded: u32,
    /// 429.
    pub too_many: u32,
    /// 502, 503, 504.
    pub overloaded: u32,
    /// Other answers.
    pub refused: u32,
    /// No answer in time.
    pub timed_out: u32,
    /// No connection.
    pub unreachable: u32,
}

impl Answer {
    /// What this outcome tells of the rate; `succeeded` as the endpoint's own rule says.
    pub fn of(outcome: &AttemptOutcome, succeeded: bool, latency: Duration) -> Self {
        let kind = match outcome {
            _ if succeeded => AnswerKind::Success,
            AttemptOutcome::Answered { status: 429, .. } => AnswerKind::TooMany,
            AttemptOutcome::Answered { status: 502..=504, .. } => AnswerKind::Overloaded,
            AttemptOutcome::Answered { status: 410, .. } => AnswerKind::Gone,
            AttemptOutcome::Answered { .. } => AnswerKind::Refused,
            AttemptOutcome::NoAnswer(_) if outcome.is_our_fault() => AnswerKind::OwnFault,
            AttemptOutcome::NoAnswer(FailureCause { code: "timeout", .. }) => AnswerKind::TimedOut,
            AttemptOutcome::NoAnswer(_) => AnswerKind::Unreachable,
        };
        let (retry_after, failure) = match outcome {
            AttemptOutcome::Answered { retry_after, .. } if succeeded => (*retry_after, None),
            AttemptOutcome::Answered { status, retry_after } => {
                (*retry_after, Some(format!("the receiver answered {status}")))
            }
            AttemptOutcome::NoAnswer(cause) => (None, Some(cause.text.clone())),
        };
        Self { kind, latency, retry_after, failure }
    }
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, kind: AnswerKind) {
        let count = match kind {
            AnswerKind::Success => &mut self.succeeded,
            AnswerKind::TooMany => &mut self.too_many,
            AnswerKind::Overloaded => &mut self.overloaded,
            AnswerKind::Gone | AnswerKind::Refused => &mut self.refused,
            AnswerKind::TimedOut => &mut self.timed_out,
            AnswerKind::Unreachable => &mut self.unreachable,
            AnswerKind::OwnFault => return,
        };
        *count += 1;
    }

    /// Answers that say "too fast".
    pub fn too_fast(&self) -> u32 {
        self.too_many + self.overloaded
    }

    /// Failures of any other kind.
    pub fn failed(&self) -> u32 {
        self.refused + self.timed_out + self.unreachable
    }

    /// Requests that ended.
    pub fn ended(&self) -> u32 {
        self.succeeded + self.too_fast() + self.failed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(outcome: &AttemptOutcome) -> AnswerKind {
        Answer::of(
            outcome,
            matches!(outcome, AttemptOutcome::Answered { status: 200..=299, .. }),
            Duration::ZERO,
        )
        .kind
    }

    fn silence(code: &'static str) -> AttemptOutcome {
        AttemptOutcome::NoAnswer(FailureCause { code, text: "no answer".into() })
    }

    #[test]
    fn answers_are_told_apart_by_what_they_say_of_the_rate() {
        let answered = |status| kind(&AttemptOutcome::Answered { status, retry_after: None });
        assert_eq!(answered(204), AnswerKind::Success);
        assert_eq!(answered(429), AnswerKind::TooMany);
        assert!([502, 503, 504].iter().all(|status| answered(*status) == AnswerKind::Overloaded));
        assert_eq!(answered(410), AnswerKind::Gone);
        assert!([302, 400, 500].iter().all(|status| answered(*status) == AnswerKind::Refused));
        assert_eq!(kind(&silence("timeout")), AnswerKind::TimedOut);
        assert_eq!(kind(&silence("refused")), AnswerKind::Unreachable);
        assert_eq!(kind(&silence("local")), AnswerKind::OwnFault);
    }
}
