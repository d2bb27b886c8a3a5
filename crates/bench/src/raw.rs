//! The raw limit: a client that signs and posts the same payload straight to the same sink and keeps
//! nothing. It is what this machine could do without a server, and every other figure is held against it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::Full;

use crate::clock;
use crate::error::Result;
use crate::latency::Latency;
use crate::load::{ClosedLoop, OpenLoop, Requests, Target};
use crate::payload::{self, Stamp, Template};
use crate::process_reading;
use crate::receiver::Behaviour;
use crate::workbench::{CONNECTIONS, PAYLOAD_BYTES, Workbench};

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
const SECRET: [u8; 24] = [0x5a; 24];

/// What the machine does without a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawLimit {
    /// Messages per second over 64 connections.
    pub(crate) rate: f64,
    /// CPU of the signing client per message, µs.
    pub(crate) client_cpu_us: f64,
    /// CPU of the sink per message, µs.
    pub(crate) sink_cpu_us: f64,
}

impl RawLimit {
    /// The mean of a measurement before and one after.
    pub(crate) fn mean(before: Self, after: Self) -> Self {
        Self {
            rate: f64::midpoint(before.rate, after.rate),
            client_cpu_us: f64::midpoint(before.client_cpu_us, after.client_cpu_us),
            sink_cpu_us: f64::midpoint(before.sink_cpu_us, after.sink_cpu_us),
        }
    }
}

/// Measures the raw limit for `duration`.
pub(crate) async fn measure(bench: &Workbench, duration: Duration) -> Result<RawLimit> {
    let receiver = bench.sink.add_receiver(Behaviour::Answer(StatusCode::OK));
    let target = target(bench.sink.address(), receiver.url());
    let (load_before, sink_before) = cpu_of_both()?;
    let outcome = ClosedLoop::start(bench.load(), &target).finish_after(duration).await.unbroken()?;
    let ended_at_ns = receiver.record().last_at_ns;
    let (load_after, sink_after) = cpu_of_both()?;
    let messages = outcome.accepted.len() as f64;
    Ok(RawLimit {
        rate: messages / clock::seconds_between(outcome.began_at_ns, ended_at_ns),
        client_cpu_us: (load_after - load_before).as_secs_f64() * 1e6 / messages,
        sink_cpu_us: (sink_after - sink_before).as_secs_f64() * 1e6 / messages,
    })
}

/// Post → arrival without a server at a fixed rate.
pub(crate) async fn latency_at(bench: &Workbench, open_loop: OpenLoop) -> Result<Latency> {
    let receiver = bench.sink.add_receiver(Behaviour::Answer(StatusCode::OK));
    let target = target(bench.sink.address(), receiver.url());
    open_loop.run(bench.load(), &target).await.unbroken()?;
    Ok(receiver.record().take_latency())
}

fn cpu_of_both() -> Result<(Duration, Duration)> {
    Ok((process_reading::own_cpu_time_of("load")?, process_reading::own_cpu_time_of("sink")?))
}

fn target(address: SocketAddr, url: &str) -> Target<SignedRequests> {
    Target {
        address,
        requests: SignedRequests::new(address, url, PAYLOAD_BYTES),
        accepted_status: StatusCode::OK,
        connections: CONNECTIONS,
        sequence: Arc::new(AtomicU64::new(0)),
    }
}

/// Requests as a webhook sender makes them, signed one by one.
#[derive(Clone)]
struct SignedRequests {
    head: Request<()>,
    body: Template,
    key: hmac::Key,
}

impl SignedRequests {
    fn new(address: SocketAddr, url: &str, size: usize) -> Self {
        let path = url.rsplit_once(&address.to_string()).map_or("/", |(_, path)| path);
        let head = Request::post(path)
            .header(HOST, address.to_string())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "Wirepost-bench/0.1")
            .body(())
            .expect("the path of a receiver is a valid target");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
        Self { head, body: Template::new(payload::blank(size)), key }
    }

    /// The signature of Standard Webhooks over `id.timestamp.body`.
    fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            context.update(part);
        }
        let mut signature = "v1,".to_owned();
        STANDARD.encode_string(context.sign().as_ref(), &mut signature);
        signature
    }
}

impl Requests for SignedRequests {
    fn next(&mut self, stamp: Stamp) -> Request<Full<Bytes>> {
        let body = self.body.fill(stamp);
        let id = format!("msg_{:027}", stamp.sequence);
        let timestamp = clock::unix_seconds().to_string();
        let signature = self.sign(&id, &timestamp, &body);
        let mut request = self.head.clone().map(|()| Full::new(body));
        let headers = [(WEBHOOK_ID, id), (WEBHOOK_TIMESTAMP, timestamp), (WEBHOOK_SIGNATURE, signature)];
        for (name, value) in headers {
            let value = HeaderValue::try_from(value).expect("letters, digits and base64 are a header value");
            request.headers_mut().insert(name, value);
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use http_body_util::BodyExt;

    use super::{SECRET, SignedRequests};
    use crate::load::Requests;
    use crate::payload::{Stamp, read_stamp};

    #[tokio::test]
    async fn a_raw_request_carries_a_signature_that_verifies() {
        let address = "127.0.0.1:4000".parse().expect("an address");
        let mut requests = SignedRequests::new(address, "http://127.0.0.1:4000/r/2", 1_024);
        for sequence in [0, 41] {
            let stamp = Stamp { sequence, sent_at_ns: 9 };
            let (head, body) = requests.next(stamp).into_parts();
            let body = body.collect().await.expect("the body is in memory").to_bytes();
            assert_eq!((head.uri.path(), body.len(), read_stamp(&body)), ("/r/2", 1_024, Some(stamp)));
            let header = |name: &str| head.headers[name].as_bytes();
            let signed = [header("webhook-id"), header("webhook-timestamp"), &body].join(b".".as_slice());
            let signature = header("webhook-signature").strip_prefix(b"v1,").expect("version 1");
            let signature = STANDARD.decode(signature).expect("base64");
            let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
            hmac::verify(&key, &signed, &signature).expect("the signature is of these bytes");
        }
    }
}
