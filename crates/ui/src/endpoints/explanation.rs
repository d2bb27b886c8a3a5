//! How an endpoint stands at this moment, in sentences: why nothing goes out, why it goes out slowly, what comes next.

use wirepost_control::endpoint_now::{EndpointNow, Limited, NextAttempt};
use wirepost_control::next_try::WaitsFor;
use wirepost_model::endpoint::{Disabled, DisabledReason, Endpoint};
use wirepost_model::lane::Throttled;

use crate::show::number::grouped;
use crate::show::{Instant, counted, lasting};

/// One thing to know of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// `warn`, `bad` or nothing: the note's colour.
    pub(crate) tone: &'static str,
    pub(crate) sentence: String,
}

/// The attempt that comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) message: String,
    /// `3 of 9 attempts used`.
    pub(crate) used: String,
    pub(crate) at: Option<Instant>,
    pub(crate) why: &'static str,
}

/// Everything to know, the gravest first.
pub(crate) fn lines(endpoint: &Endpoint, now: &EndpointNow) -> Vec<Line> {
    let waiting = now.stats.pending + now.stats.sending;
    let mut lines = Vec::new();
    if let Some(disabled) = endpoint.disabled {
        lines.push(of_disabled(endpoint, disabled, waiting));
    } else if let (Some(since), Some(disable_at)) = (endpoint.failing_since, now.disable_at) {
        let (since, disable_at) = (Instant::from(since).text, Instant::from(disable_at).text);
        let sentence = format!(
            "Every attempt since {since} has failed. If none succeeds, the endpoint is disabled by the first \
             failure after {disable_at}."
        );
        lines.push(Line { tone: "warn", sentence });
    }
    lines.extend(now.limited.map(of_limit));
    lines.extend(now.stats.throttled.filter(|_| waiting > 0).map(of_sparing));
    if lines.is_empty() && waiting == 0 {
        lines.push(Line { tone: "", sentence: "Nothing waits: what comes goes out at once.".to_owned() });
    }
    lines
}

/// What comes next, where anything is on its way.
pub(crate) fn next(now: &EndpointNow) -> Option<Next> {
    let NextAttempt { message, tries, tries_most, next } = now.next?;
    // Of a disabled endpoint it is said above that nothing goes out.
    if next.waits_for == WaitsFor::Enabling {
        return None;
    }
    let used = format!("{tries} of {} used", counted(tries_most as u64, "attempt"));
    Some(Next {
        message: message.to_string(),
        used,
        at: next.at.map(Instant::from),
        why: next.waits_for.words(),
    })
}

fn of_disabled(endpoint: &Endpoint, disabled: Disabled, waiting: u64) -> Line {
    let at = Instant::from(disabled.at).text;
    let paused = match waiting {
        0 => String::new(),
        1 => " 1 message waits, and goes out when it is enabled.".to_owned(),
        many => format!(" {} messages wait, and go out when it is enabled.", grouped(many)),
    };
    match disabled.reason {
        DisabledReason::ByHand => Line {
            tone: "",
            sentence: format!(
                "Disabled by a person or program on {at}. What comes meanwhile is not sent, but can be replayed \
                 once it is enabled.{paused}"
            ),
        },
        DisabledReason::Gone => Line {
            tone: "bad",
            sentence: format!(
                "Disabled on {at}: it answered 410 Gone, which says that it wants nothing any more. What waited \
                 for it has ended as failed and can be recovered once it is enabled.{paused}"
            ),
        },
        DisabledReason::Failing => Line { tone: "bad", sentence: of_failures(endpoint, disabled, &paused) },
    }
}

fn of_failures(endpoint: &Endpoint, disabled: Disabled, paused: &str) -> String {
    let at = Instant::from(disabled.at).text;
    match endpoint.failing_since {
        Some(since) => format!(
            "Disabled on {at} after {} of failures, first failure {}.{paused}",
            lasting(disabled.at.since(since)),
            Instant::from(since).text,
        ),
        None => format!("Disabled on {at} after every attempt had failed for days.{paused}"),
    }
}

fn of_limit(limited: Limited) -> Line {
    let Limited { rate, of_app, waiting, clear_in } = limited;
    let (rate, waiting) = (grouped(u64::from(rate)), grouped(waiting));
    let whose = if of_app { ", the limit that all endpoints share" } else { "" };
    let clear = clear_in.map(|time| format!(", clear in {}", lasting(time))).unwrap_or_default();
    Line { tone: "warn", sentence: format!("Throttled to {rate}/s{whose}: {waiting} waiting{clear}.") }
}

fn of_sparing(throttled: Throttled) -> Line {
    let since = Instant::from(throttled.since).text;
    let sentence = if throttled.spacing.is_zero() {
        format!("Since {since} fewer requests go out at once: it failed or answered slowly under more.")
    } else {
        let spacing = lasting(throttled.spacing);
        format!(
            "Since {since} it is left alone for {spacing} between two requests: it is down or overloaded."
        )
    };
    Line { tone: "warn", sentence }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_limit_says_how_much_waits_and_for_how_long() {
        let limited =
            Limited { rate: 50, of_app: false, waiting: 1_204, clear_in: Some(Duration::from_secs(25)) };
        assert_eq!(of_limit(limited).sentence, "Throttled to 50/s: 1,204 waiting, clear in 25 s.");
        let shared = Limited { of_app: true, clear_in: None, ..limited };
        let said = "Throttled to 50/s, the limit that all endpoints share: 1,204 waiting.";
        assert_eq!(of_limit(shared).sentence, said);
    }
}
