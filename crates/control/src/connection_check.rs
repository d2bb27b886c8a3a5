//! Checking a connection before it is relied on: one request that no receiver can take for an event goes to a URL, and
//! what came of it is told in words, with the certificate that was shown. How often an app may do it, and where to, is
//! bounded as for everything that is tried out.

use std::time::Duration;

use wirepost_egress::{Certificate, Probe, Response};
use wirepost_model::attempt::{Timing, USER_AGENT};
use wirepost_model::capability::Capability;
use wirepost_model::failure_words::FailureWords;
use wirepost_model::timestamp::Timestamp;

use crate::caller::AppAccess;
use crate::{Control, ControlError, ControlResult};

/// The longest that a check may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A certificate that ends within this is worth a word.
const ENDS_SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Bytes of the address in a redirect that are told.
const LOCATION_BYTES_MOST: usize = 200;

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionCheck {
    /// How far it got.
    pub reach: Reach,
    /// What happened, a sentence.
    pub what: String,
    /// What it means and what to do, one sentence or more.
    pub advice: String,
    /// The status code of the answer; `None` without one.
    pub status: Option<u16>,
    /// The address that answered, with port.
    pub address: Option<String>,
    /// What the server showed, accepted or not; `None` without TLS.
    pub certificate: Option<ShownCertificate>,
    /// Where the time went.
    pub timing: Timing,
}

/// How far a check got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A server answers there, and nothing speaks against sending to it.
    Answers,
    /// A server answers there, and something about it should be looked at.
    Doubtful,
    /// No answer came.
    Fails,
}

/// A server's certificate, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCertificate {
    /// The host names and addresses it is for.
    pub names: Vec<String>,
    /// How many more there are.
    pub more_names: usize,
    /// Who signed it.
    pub issuer: String,
    /// No authority stands behind it.
    pub is_self_issued: bool,
    /// From when on it is good.
    pub not_before: Timestamp,
    /// Until when it is good.
    pub not_after: Timestamp,
}

impl Control {
    /// Judges a URL as it would be judged for an endpoint, as far as it shows without asking anybody.
    ///
    /// # Errors
    /// `MissingCapability`; `Invalid` with what is wrong.
    pub fn judge_url(&self, access: &AppAccess, url: &str) -> ControlResult<()> {
        access.require(Capability::ManageEndpoint)?;
        self.check_url(url).map(drop)
    }

    /// Asks a URL for its head, and tells what came of it.
    ///
    /// # Errors
    /// `MissingCapability`; `Invalid` for a URL that nothing may be sent to; `TooManyRequests`. That nobody answers
    /// is no error but a result.
    pub async fn check_connection(&self, access: &AppAccess, url: &str) -> ControlResult<ConnectionCheck> {
        self.judge_url(access, url)?;
        self.0.trials.take(access.id(), self.now())?;
        let probe = self.0.parts.client.probe(url, USER_AGENT, TIMEOUT).await;
        let probe = probe.map_err(|refusal| ControlError::body("url", refusal.to_string()))?;
        Ok(ConnectionCheck::of(probe, self.now()))
    }
}

impl ConnectionCheck {
    fn of(probe: Probe, now: Timestamp) -> Self {
        let Probe { exchange, certificate } = probe;
        let certificate = certificate.map(ShownCertificate::from);
        let timing = &exchange.timing;
        let timing = Timing {
            dns: timing.dns,
            connect: timing.connect,
            tls: timing.tls,
            first_byte: timing.first_byte,
        };
        let address = exchange.remote_address.map(|address| address.to_string());
        let (reach, what, advice, status) = match exchange.result {
            Ok(response) => {
                let (reach, meaning) = meaning(response.status);
                let what = format!("A server answered with {}.", told_answer(&response));
                let (reach, advice) = beside_certificate(reach, meaning, certificate.as_ref(), now);
                (reach, what, advice, Some(response.status))
            }
            Err(failure) => {
                let words = FailureWords::of_cause(failure.code(), &failure.to_string());
                (Reach::Fails, words.what.into_owned(), words.advice.to_owned(), None)
            }
        };
        Self { reach, what, advice, status, address, certificate, timing }
    }
}

impl From<Certificate> for ShownCertificate {
    fn from(shown: Certificate) -> Self {
        let at = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1_000));
        Self {
            names: shown.names,
            more_names: shown.more_names,
            issuer: shown.issuer,
            is_self_issued: shown.is_self_issued,
            not_before: at(shown.not_before_seconds),
            not_after: at(shown.not_after_seconds),
        }
    }
}

fn told_answer(response: &Response) -> String {
    let location = response.headers.get("location").and_then(|location| location.to_str().ok());
    match location {
        Some(location) if (300..400).contains(&response.status) => {
            let end = location.len().min(LOCATION_BYTES_MOST);
            // Header values that are text are ASCII.
            let shown = location.get(..end).unwrap_or_default();
            format!("{} and leads to {shown}", response.status)
        }
        _ => response.status.to_string(),
    }
}

/// What the answer to a HEAD request says of the answer to a POST with an event.
fn meaning(status: u16) -> (Reach, &'static str) {
    match status {
        200..=299 => {
            (Reach::Answers, "The connection stands. Send an example to see what it does with events.")
        }
        405 | 501 => (
            Reach::Answers,
            "That is as it should be: it was asked by HEAD, and this address takes other requests, events among \
             them as far as can be seen.",
        ),
        400 | 415 | 422 => (
            Reach::Answers,
            "The connection stands. It did not take the request, which had no event in it; send an example to see \
             what it does with one.",
        ),
        401 | 403 => (
            Reach::Answers,
            "The connection stands. It refused a request without signature and credentials, as it should; where it \
             wants credentials, set them in the tab Advanced.",
        ),
        404 | 410 => (
            Reach::Doubtful,
            "The host is right, but nothing is at this path for a HEAD request. Check the path, or send an example \
             if it takes POST alone.",
        ),
        300..=399 => (Reach::Doubtful, "Redirects are never followed: set the URL to where it leads."),
        429 => (Reach::Doubtful, "It is asked more often than it wants to be. Think of a rate limit."),
        500..=599 => {
            (Reach::Doubtful, "It, or what stands before it, has trouble of its own. Look whether it runs.")
        }
        _ => (Reach::Doubtful, "That is unusual. Look at the receiver's log."),
    }
}

/// The same, with a word on a certificate that ends soon.
fn beside_certificate(
    reach: Reach,
    meaning: &str,
    certificate: Option<&ShownCertificate>,
    now: Timestamp,
) -> (Reach, String) {
    let left = certificate.map(|certificate| certificate.not_after.since(now));
    match left {
        Some(left) if left < ENDS_SOON => {
            let days = left.as_secs() / 86_400;
            let ending = if days == 1 { "" } else { "s" };
            let warning = format!("{meaning} Its certificate ends in {days} day{ending}: renew it before.");
            (Reach::Doubtful, warning)
        }
        _ => (reach, meaning.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn ends_in(days: u64) -> ShownCertificate {
        ShownCertificate {
            names: vec!["hooks.example".into()],
            more_names: 0,
            issuer: "An authority".into(),
            is_self_issued: false,
            not_before: NOW.minus(Duration::from_secs(86_400)),
            not_after: NOW.plus(Duration::from_secs(days * 86_400)),
        }
    }

    #[test]
    fn every_answer_has_a_meaning() {
        for status in 100..=999 {
            let (_, meaning) = meaning(status);
            assert!(meaning.ends_with('.'), "{status}");
        }
        let reach = |status| meaning(status).0;
        assert_eq!([200, 204, 401, 405].map(reach), [Reach::Answers; 4]);
        assert_eq!([301, 404, 429, 503].map(reach), [Reach::Doubtful; 4]);
    }

    #[test]
    fn a_certificate_that_ends_soon_is_told() {
        let told = |days| beside_certificate(Reach::Answers, "Fine.", Some(&ends_in(days)), NOW);
        assert_eq!(told(30), (Reach::Answers, "Fine.".to_owned()));
        let (reach, sentence) = told(1);
        assert_eq!(reach, Reach::Doubtful);
        assert_eq!(sentence, "Fine. Its certificate ends in 1 day: renew it before.");
        assert_eq!(beside_certificate(Reach::Answers, "Fine.", None, NOW).0, Reach::Answers);
    }
}
