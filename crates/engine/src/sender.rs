//! Sends one delivery once: signs for this attempt, posts, and judges what came back.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use wirepost_model::attempt::{Attempt, AttemptContent, AttemptOutcome, FailureCause, Timing};
use wirepost_model::clock::Clock;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus};
use wirepost_model::delivery_rules::FailingHead;
use wirepost_model::id_source::IdSource;
use wirepost_model::ids::MessageId;
use wirepost_model::retry_after::parse_retry_after;
use wirepost_model::retry_schedule::Jitter;
use wirepost_model::signature::signature_header;
use wirepost_model::timestamp::Timestamp;
use wirepost_model::verdict::{Milestone, Rules, Verdict, judge};
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::AttemptRecord;
use wirepost_store::directory::EndpointView;

use crate::authorization::{Authorizations, Posting};
use crate::lane_cell::LaneCell;
use crate::settings::EngineSettings;
use crate::transport::{Answer, Outlet, Reply, Transport};

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Sends deliveries.
pub(crate) struct Sender {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<IdSource>,
    pub(crate) settings: EngineSettings,
    pub(crate) rng: Mutex<StdRng>,
    pub(crate) authorizations: Authorizations,
}

/// An attempt that ended.
pub(crate) struct Sent {
    pub(crate) record: AttemptRecord,
    pub(crate) outcome: AttemptOutcome,
    pub(crate) verdict: Verdict,
    pub(crate) ended_at: Timestamp,
    /// Whether the endpoint was asked at all: where not, the outcome says nothing of it.
    pub(crate) asked: bool,
}

impl Sender {
    /// One attempt of this delivery, to its end.
    pub(crate) async fn send(&self, delivery: &DueDelivery, view: &EndpointView, lane: &LaneCell) -> Sent {
        let started_at = self.clock.now();
        let (url, outlet) = lane.outlet(view, &*self.transport);
        let Some(payload) = delivery.payload.clone() else {
            return self.expired((delivery, view), url, started_at);
        };
        let message = delivery.key.message;
        let (reply, signature) = self.post((view, &*outlet), message, payload, started_at).await;
        let ended_at = self.clock.now();
        let Reply { answer, timing, remote_address } = reply;
        let outcome = outcome_of(&answer, ended_at);
        let content = content_of(answer.ok(), signature);
        let remote_address = remote_address.map(|address| address.to_string());
        let attempt = self.attempt(delivery, url, started_at, ended_at.since(started_at));
        let attempt = Attempt { remote_address, timing, ..attempt };
        self.judge((delivery, view), attempt, content, outcome, ended_at)
    }

    /// One request that carries this payload under this id, signed now, to its end; with the signature.
    pub(crate) async fn post(
        &self,
        (view, outlet): (&EndpointView, &dyn Outlet),
        message: MessageId,
        payload: Bytes,
        now: Timestamp,
    ) -> (Reply, String) {
        let message_id = message.to_string();
        let signature = sign(view, &message_id, now, &payload);
        let headers = self.headers(view, &message_id, now, &signature);
        let timeout = view.endpoint.delivery_rules.request_timeout.unwrap_or(self.settings.request_timeout);
        let reply = match &view.oauth {
            None => outlet.post(headers, payload, timeout).await,
            Some(config) => {
                let source = self.authorizations.source(view.endpoint.id, config, &*self.transport);
                let posting = Posting { outlet, headers, body: payload, timeout };
                // Boxed, so that requests without a token do not carry the room for this.
                Box::pin(posting.send(&*source)).await
            }
        };
        (reply, signature)
    }

    /// A delivery whose payload is gone can only end.
    pub(crate) fn expired(
        &self,
        (delivery, view): (&DueDelivery, &EndpointView),
        url: Arc<str>,
        now: Timestamp,
    ) -> Sent {
        let text = "the payload was removed before it could be sent".to_owned();
        let outcome = AttemptOutcome::NoAnswer(FailureCause { code: "expired", text });
        let attempt = self.attempt(delivery, url, now, Duration::ZERO);
        let mut sent = self.judge((delivery, view), attempt, AttemptContent::default(), outcome, now);
        sent.asked = false;
        // What was to be sent again by hand is again what it was, unless it would have to be sent once more.
        if sent.record.state.status() == DeliveryStatus::Pending {
            sent.verdict.state = DeliveryState::Failed;
            sent.record.state = DeliveryState::Failed;
            sent.verdict.milestone = Some(Milestone::Exhausted);
        }
        sent
    }

    /// By the rules with which the attempt began.
    fn judge(
        &self,
        (delivery, view): (&DueDelivery, &EndpointView),
        mut attempt: Attempt,
        content: AttemptContent,
        outcome: AttemptOutcome,
        ended_at: Timestamp,
    ) -> Sent {
        let own = &view.endpoint.delivery_rules;
        let schedule = own.retry_schedule.as_ref().unwrap_or(&self.settings.retry_schedule);
        let blocks = own.fifo && own.fifo_failing_head == FailingHead::Block;
        let rules = Rules { schedule, success: own.success_rule, blocks };
        attempt.succeeded = outcome.succeeded(rules.success);
        let jitter = if attempt.succeeded { Jitter::NONE } else { self.draw_jitter() };
        let verdict = judge(&outcome, delivery.progress, rules, ended_at, jitter);
        attempt.trigger = verdict.trigger;
        match &outcome {
            AttemptOutcome::Answered { status, .. } => attempt.status = Some(*status),
            AttemptOutcome::NoAnswer(cause) => {
                attempt.failure = Some(format!("{}: {}", cause.code, cause.text));
            }
        }
        let (read_revision, state, tries) = (delivery.progress.revision, verdict.state, verdict.tries);
        let record = AttemptRecord { attempt, content, read_revision, state, tries };
        Sent { record, outcome, verdict, ended_at, asked: true }
    }

    fn attempt(
        &self,
        delivery: &DueDelivery,
        url: Arc<str>,
        started_at: Timestamp,
        duration: Duration,
    ) -> Attempt {
        Attempt {
            id: self.ids.next(started_at),
            delivery: delivery.key,
            trigger: wirepost_model::attempt::Trigger::Scheduled,
            started_at,
            duration,
            succeeded: false,
            status: None,
            failure: None,
            remote_address: None,
            timing: Timing::default(),
            url,
        }
    }

    /// The headers of Standard Webhooks and the endpoint's own. Ours win over a custom header of the same name.
    fn headers(&self, view: &EndpointView, id: &str, now: Timestamp, signature: &str) -> HeaderMap {
        let custom = &view.endpoint.headers.0;
        let mut headers = HeaderMap::with_capacity(8 + custom.len());
        for (name, value) in custom {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(USER_AGENT, HeaderValue::from_static(self.settings.user_agent));
        headers.insert(WEBHOOK_TIMESTAMP, HeaderValue::from(now.as_seconds()));
        for (name, text) in [(WEBHOOK_ID, id), (WEBHOOK_SIGNATURE, signature)] {
            headers.insert(name, HeaderValue::from_str(text).expect("ids and signatures are visible ASCII"));
        }
        headers
    }

    fn draw_jitter(&self) -> Jitter {
        let rng: &mut dyn Rng = &mut *self.rng.lock();
        Jitter::from_draw(rng.random())
    }
}

/// Every secret that is valid now signs, the current one first.
fn sign(view: &EndpointView, message_id: &str, now: Timestamp, payload: &[u8]) -> String {
    let live = view.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|at| at > now));
    signature_header(live.map(|secret| &secret.secret), message_id, now.as_seconds(), payload)
}

pub(crate) fn outcome_of(answer: &Result<Answer, FailureCause>, now: Timestamp) -> AttemptOutcome {
    match answer {
        Ok(answer) => {
            let value = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let retry_after = value.and_then(|value| parse_retry_after(value, now));
            AttemptOutcome::Answered { status: answer.status, retry_after }
        }
        Err(cause) => AttemptOutcome::NoAnswer(cause.clone()),
    }
}

fn content_of(answer: Option<Answer>, signature: String) -> AttemptContent {
    let Some(answer) = answer else {
        return AttemptContent { signature, ..AttemptContent::default() };
    };
    let mut lines = String::with_capacity(answer.headers.len() * 32);
    for (name, value) in &answer.headers {
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    AttemptContent { signature, response_headers: Bytes::from(lines), response_body: answer.body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_header_is_understood() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        let answer = Answer { status: 503, headers, body: Bytes::new() };
        let outcome = outcome_of(&Ok(answer), Timestamp::default());
        let retry_after = Some(Duration::from_secs(7));
        assert_eq!(outcome, AttemptOutcome::Answered { status: 503, retry_after });
    }

    #[test]
    fn response_headers_are_kept_a_line_each() {
        let mut headers = HeaderMap::new();
        headers.append("x-one", HeaderValue::from_static("1"));
        headers.append("x-one", HeaderValue::from_static("2"));
        let answer = Answer { status: 200, headers, body: Bytes::from_static(b"ok") };
        let content = content_of(Some(answer), "v1,x".into());
        assert_eq!(content.response_headers, "x-one: 1\nx-one: 2\n");
        assert_eq!((content.signature.as_str(), &*content.response_body), ("v1,x", &b"ok"[..]));
    }
}
