//! One attempt as it stands among others: the answer in short, where the time went, and what a failure means.

use std::time::Duration;

use wirepost_control::StoredAttempt;
use wirepost_model::attempt::{Attempt, Timing, Trigger};
use wirepost_model::failure_words::FailureWords;

use super::delivery::Next;
use super::pretty::cut;
use crate::show::{Instant, number::grouped};

/// Most bytes of an answer's body where others stand beside it.
const BODY_BYTES_AMONG_OTHERS: usize = 1_000;

/// What is shown of an attempt.
pub(crate) struct AttemptRow {
    pub(crate) id: String,
    /// Its own page.
    pub(crate) path: String,
    pub(crate) url: String,
    /// `good` or `bad`: the badge's colour.
    pub(crate) tone: &'static str,
    /// `200 Succeeded`, `503 Failed`, `No answer`.
    pub(crate) word: String,
    pub(crate) trigger: &'static str,
    pub(crate) duration: String,
    pub(crate) time: Instant,
    pub(crate) address: Option<String>,
    /// The steps of the request that were taken, and how long each took.
    pub(crate) steps: Vec<(&'static str, String)>,
    pub(crate) failure: Option<FailureWords>,
    pub(crate) body: Body,
    /// When the one behind it is made, if it is the last of a delivery that goes on.
    pub(crate) next: Option<Next>,
    pub(crate) is_open: bool,
}

/// The body of an answer.
pub(crate) enum Body {
    /// Its beginning, and whether more of it is on the attempt's own page.
    Text {
        text: String,
        is_cut: bool,
    },
    Empty,
    /// No answer came.
    NoAnswer,
    /// Too old, or removed.
    Gone,
}

impl AttemptRow {
    /// `here` is the message's page.
    pub(crate) fn of(stored: &StoredAttempt, here: &str) -> Self {
        Self::with_body(stored, here, Body::of(stored, BODY_BYTES_AMONG_OTHERS))
    }

    /// The same with all that is kept of the body.
    pub(crate) fn whole(stored: &StoredAttempt, here: &str) -> Self {
        Self::with_body(stored, here, Body::of(stored, usize::MAX))
    }

    fn with_body(stored: &StoredAttempt, here: &str, body: Body) -> Self {
        let attempt = &stored.attempt;
        let id = attempt.id.to_string();
        Self {
            path: format!("{here}/attempts/{id}"),
            id,
            url: attempt.url.to_string(),
            tone: if attempt.succeeded { "good" } else { "bad" },
            word: word(attempt),
            trigger: trigger(attempt.trigger),
            duration: milliseconds(attempt.duration),
            time: attempt.started_at.into(),
            address: attempt.remote_address.clone(),
            steps: steps(attempt.timing),
            failure: attempt.failure_words(),
            body,
            next: None,
            is_open: false,
        }
    }
}

impl Body {
    fn of(stored: &StoredAttempt, bytes_most: usize) -> Self {
        if stored.attempt.status.is_none() {
            return Self::NoAnswer;
        }
        match &stored.content {
            None => Self::Gone,
            Some(content) if content.response_body.is_empty() && content.response_headers.is_empty() => {
                Self::Gone
            }
            Some(content) if content.response_body.is_empty() => Self::Empty,
            Some(content) => {
                let shown = cut(&String::from_utf8_lossy(&content.response_body), bytes_most);
                Self::Text { text: shown.text, is_cut: shown.is_cut }
            }
        }
    }
}

fn word(attempt: &Attempt) -> String {
    match (attempt.status, attempt.succeeded) {
        (Some(status), true) => format!("{status} Succeeded"),
        (Some(status), false) => format!("{status} Failed"),
        (None, _) => "No answer".to_owned(),
    }
}

fn trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Scheduled => "Scheduled",
        Trigger::Manual => "Manual",
    }
}

/// The steps that were taken, and how long each took.
pub(crate) fn steps(timing: Timing) -> Vec<(&'static str, String)> {
    let steps = [
        ("DNS", timing.dns),
        ("Connect", timing.connect),
        ("TLS", timing.tls),
        ("First byte", timing.first_byte),
    ];
    steps.into_iter().filter_map(|(name, took)| Some((name, milliseconds(took?)))).collect()
}

fn milliseconds(duration: Duration) -> String {
    let whole = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if whole == 0 { "under 1 ms".to_owned() } else { format!("{} ms", grouped(whole)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_that_were_taken_are_told() {
        let timing = Timing {
            connect: Some(Duration::from_micros(300)),
            first_byte: Some(Duration::from_millis(1_204)),
            ..Timing::default()
        };
        let expected = [("Connect", "under 1 ms".to_owned()), ("First byte", "1,204 ms".to_owned())];
        assert_eq!(steps(timing), expected);
        assert!(steps(Timing::default()).is_empty());
    }
}
