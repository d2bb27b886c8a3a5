//! What a failed attempt means, and what can be done, in words for people. Written once, for the API and the pages.

use std::borrow::Cow;

use crate::attempt::Attempt;

/// A failure in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureWords {
    /// A stable short word: that of the failure's cause, or `answer` where the receiver answered.
    pub code: Cow<'static, str>,
    /// What happened, a sentence.
    pub what: Cow<'static, str>,
    /// What to do about it, a sentence.
    pub advice: &'static str,
}

impl Attempt {
    /// What its failure means; `None` where it succeeded.
    pub fn failure_words(&self) -> Option<FailureWords> {
        if self.succeeded {
            return None;
        }
        if let Some(status) = self.status {
            let (what, advice) = words_of_status(status);
            let what = format!("The receiver answered {status}: {what}.");
            return Some(FailureWords { code: "answer".into(), what: what.into(), advice });
        }
        let failure = self.failure.as_deref().unwrap_or_default();
        let (code, text) = failure.split_once(": ").unwrap_or(("unknown", "no answer came"));
        Some(FailureWords::of_cause(code.to_owned(), text))
    }
}

impl FailureWords {
    /// What it means that no answer came, for this cause.
    pub fn of_cause(code: impl Into<Cow<'static, str>>, text: &str) -> Self {
        let code = code.into();
        let advice = advice_for_cause(&code);
        Self { code, what: sentence(text).into(), advice }
    }
}

/// What an answer says that did not count as success.
fn words_of_status(status: u16) -> (&'static str, &'static str) {
    match status {
        100..=199 => ("it announced an answer and gave none", LOOK_AT_LOG),
        200..=299 => {
            ("this endpoint does not count that as success", "Have it answer 200, or change what counts.")
        }
        300..=399 => (
            "it led elsewhere, and redirects are never followed",
            "Set the endpoint's URL to where the redirect leads.",
        ),
        400 | 422 => (
            "it did not accept the request as it is",
            "Look at the answer and the receiver's log: it must take the body as it comes and verify the signature \
             over the raw bytes.",
        ),
        401 => (
            "it wants credentials, or did not accept those that were sent",
            "Set or check the endpoint's credentials. Where the receiver answers so to signatures, compare its \
             secret with the endpoint's.",
        ),
        403 => (
            "it refused the request",
            "Check the endpoint's credentials and secret, and whether a firewall before the receiver lets these \
             requests through.",
        ),
        404 => ("nothing is there", "Check the path of the endpoint's URL."),
        405 => ("it takes no POST there", "Check the path of the endpoint's URL."),
        408 => ("it did not get the request in time", LOOK_AT_LOG),
        410 => (
            "it wants nothing more, so that the endpoint was disabled",
            "Enable the endpoint once the receiver is back.",
        ),
        411 | 413 | 431 => ("the request is larger than it takes", "Raise the receiver's limits."),
        415 => ("it does not take this kind of body", "Let the receiver take application/json."),
        429 => (
            "it was asked more often than it wants to be",
            "Lower the endpoint's rate limit, or let the receiver take more. Waiting loses nothing.",
        ),
        400..=499 => ("it refused the request", LOOK_AT_LOG),
        502..=504 => (
            "it, or what stands before it, is down or overloaded",
            "Look whether the receiver runs. The endpoint is asked less often until it answers again.",
        ),
        _ => ("it failed at it", LOOK_AT_LOG),
    }
}

const LOOK_AT_LOG: &str = "Look at the answer, and at the receiver's log of that time.";

/// What to do where no answer came, by the cause's short word.
fn advice_for_cause(code: &str) -> &'static str {
    match code {
        "dns" => "Check the host name in the endpoint's URL, and its records in DNS.",
        "blocked" => {
            "Use a URL that leads to the public Internet. Inner networks are open only where the operator says so."
        }
        "refused" => "Check that the receiver runs, and the port in the endpoint's URL.",
        "unreachable" => "Check that the receiver's machine is up, and that the way to it is open.",
        "tls" => {
            "Mend the receiver's certificate or its TLS settings; the cause says what is wrong with them."
        }
        "timeout" => "Let the receiver answer first and work afterwards, or look why it is not reached.",
        "reset" => "Look at the receiver's log: it, or what stands before it, hung up.",
        "protocol" => {
            "Look at what the receiver sends: it must be HTTP/1.1 or HTTP/2, with a head of bounded size."
        }
        "oauth" => {
            "Try the endpoint's OAuth configuration out; it tells what the token server answers. The receiver was \
             not asked."
        }
        "url" => "Set another URL: this one breaks a rule that the operator has made since.",
        "local" => "Nothing is wrong with the receiver: the operator of this server has to look.",
        "expired" => "Nothing can be done: what would be sent is no longer kept.",
        _ => "Look at the cause.",
    }
}

/// The text with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.ends_with(['.', ')', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::attempt::{Timing, Trigger};
    use crate::delivery::DeliveryKey;
    use crate::ids::{AppId, AttemptId, EndpointId, MessageId};
    use crate::timestamp::Timestamp;

    fn attempt(status: Option<u16>, failure: Option<&str>) -> Attempt {
        Attempt {
            id: AttemptId::from_parts(1, [0; 12]),
            delivery: DeliveryKey {
                app: AppId::from_parts(1, [0; 12]),
                endpoint: EndpointId::from_parts(1, [0; 12]),
                message: MessageId::from_parts(1, [0; 12]),
            },
            trigger: Trigger::Scheduled,
            started_at: Timestamp::default(),
            duration: Duration::ZERO,
            succeeded: false,
            status,
            failure: failure.map(str::to_owned),
            remote_address: None,
            timing: Timing::default(),
            url: "https://example.com/".into(),
        }
    }

    #[test]
    fn success_needs_no_words() {
        let delivered = Attempt { succeeded: true, ..attempt(Some(204), None) };
        assert_eq!(delivered.failure_words(), None);
    }

    #[test]
    fn every_answer_has_words() {
        for status in 100..=999 {
            let words = attempt(Some(status), None).failure_words().expect("it failed");
            assert_eq!(words.code, "answer");
            assert!(words.what.contains(&status.to_string()) && words.advice.ends_with('.'), "{words:?}");
        }
        let words = attempt(Some(503), None).failure_words().expect("it failed");
        assert_eq!(
            words.what,
            "The receiver answered 503: it, or what stands before it, is down or overloaded."
        );
    }

    #[test]
    fn a_cause_becomes_a_sentence() {
        let cause = "oauth: the token server answered 401: invalid_client";
        let words = attempt(None, Some(cause)).failure_words().expect("it failed");
        assert_eq!(words.code, "oauth");
        assert_eq!(words.what, "The token server answered 401: invalid_client.");
        assert!(words.advice.contains("OAuth"));
    }

    #[test]
    fn a_cause_without_a_word_before_it_is_no_trouble() {
        for failure in [None, Some(""), Some("odd")] {
            let words = attempt(None, failure).failure_words().expect("it failed");
            assert_eq!((words.code.as_ref(), words.what.as_ref()), ("unknown", "No answer came."));
        }
    }
}
