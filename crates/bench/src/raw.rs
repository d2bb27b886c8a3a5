//! The raw limit: a client that signs and posts the same payload straight to the same sink and keeps
//! nothing. It is what this machine could do without a server, and every other figure is held against it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::clock;
use crate::error::Result;
use crate::latency::Latency;
use crate::load::{ClosedLoop, OpenLoop, Requests, Target};
use crate::payload::{self, Stamp, StampPlace};
use crate::process_reading;
use crate::receiver::Behaviour;
use crate::workbench::{CONNECTIONS, PAYLOAD_BYTES, Workbench};

const ID_LENGTH: usize = 31;
const ID_DIGITS: usize = 27;
const TIMESTAMP_LENGTH: usize = 10;
const SIGNATURE_LENGTH: usize = 44;
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
    let receiver = bench.sink.add_receiver(Behaviour::Answer(200));
    let target = target(bench.sink.address(), receiver.url());
    let (load_before, sink_before) = cpu_of_both()?;
    let outcome = ClosedLoop::start(bench.load(), &target)
        .finish_after(duration)
        .await
        .unbroken()?;
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
    let receiver = bench.sink.add_receiver(Behaviour::Answer(200));
    let target = target(bench.sink.address(), receiver.url());
    open_loop.run(bench.load(), &target).await.unbroken()?;
    Ok(receiver.record().take_latency())
}

fn cpu_of_both() -> Result<(Duration, Duration)> {
    Ok((
        process_reading::own_cpu_time_of("load")?,
        process_reading::own_cpu_time_of("sink")?,
    ))
}

fn target(address: SocketAddr, url: &str) -> Target<SignedRequests> {
    Target {
        address,
        requests: SignedRequests::new(address, url, PAYLOAD_BYTES),
        accepted_status: 200,
        connections: CONNECTIONS,
        sequence: Arc::new(AtomicU64::new(0)),
    }
}

/// Requests as a webhook sender makes them, signed one by one.
#[derive(Clone)]
struct SignedRequests {
    bytes: Vec<u8>,
    place: StampPlace,
    body_at: usize,
    id_at: usize,
    timestamp_at: usize,
    signature_at: usize,
    key: hmac::Key,
}

impl SignedRequests {
    fn new(address: SocketAddr, url: &str, size: usize) -> Self {
        let path = url
            .rsplit_once(&address.to_string())
            .map_or("/", |(_, path)| path);
        let blanks = "0".repeat(SIGNATURE_LENGTH);
        let mut bytes = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             user-agent: Wirepost-bench/0.1\r\nwebhook-id: msg_{id}\r\nwebhook-timestamp: {timestamp}\r\n\
             webhook-signature: v1,{blanks}\r\ncontent-length: {size}\r\n\r\n",
            id = &blanks[..ID_DIGITS],
            timestamp = &blanks[..TIMESTAMP_LENGTH],
        )
        .into_bytes();
        let place_of = |name: &str| {
            let name = name.as_bytes();
            bytes
                .windows(name.len())
                .position(|window| window == name)
                .expect("the head names it")
                + name.len()
        };
        let (id_at, timestamp_at) = (place_of("webhook-id: "), place_of("webhook-timestamp: "));
        let signature_at = place_of("webhook-signature: v1,");
        let body_at = bytes.len();
        bytes.extend(payload::blank(size));
        let place = StampPlace::find(&bytes).expect("the payload was just put in");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
        Self {
            bytes,
            place,
            body_at,
            id_at,
            timestamp_at,
            signature_at,
            key,
        }
    }

    /// The signature of Standard Webhooks over `id.timestamp.body`.
    fn sign(&self) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&self.bytes[self.id_at..self.id_at + ID_LENGTH]);
        context.update(b".");
        context.update(&self.bytes[self.timestamp_at..self.timestamp_at + TIMESTAMP_LENGTH]);
        context.update(b".");
        context.update(&self.bytes[self.body_at..]);
        context.sign()
    }
}

impl Requests for SignedRequests {
    fn next(&mut self, stamp: Stamp) -> &[u8] {
        let digits_at = self.id_at + ID_LENGTH - ID_DIGITS;
        payload::write_digits(&mut self.bytes[digits_at..digits_at + ID_DIGITS], stamp.sequence);
        let timestamp = &mut self.bytes[self.timestamp_at..self.timestamp_at + TIMESTAMP_LENGTH];
        payload::write_digits(timestamp, clock::unix_seconds());
        self.place.fill(&mut self.bytes, stamp);
        let tag = self.sign();
        let place = &mut self.bytes[self.signature_at..self.signature_at + SIGNATURE_LENGTH];
        STANDARD
            .encode_slice(tag.as_ref(), place)
            .expect("44 characters hold 32 bytes");
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::{SECRET, SignedRequests};
    use crate::http1;
    use crate::load::Requests;
    use crate::payload::{Stamp, read_stamp};

    #[test]
    fn a_raw_request_carries_a_signature_that_verifies() {
        let address = "127.0.0.1:4000".parse().expect("an address");
        let mut requests = SignedRequests::new(address, "http://127.0.0.1:4000/r/2", 1_024);
        for sequence in [0, 41] {
            let stamp = Stamp {
                sequence,
                sent_at_ns: 9,
            };
            let request = requests.next(stamp).to_vec();
            let (head, body) = request.split_at(http1::head_length(&request).expect("the head is complete"));
            assert!(head.starts_with(b"POST /r/2 HTTP/1.1\r\n"));
            assert_eq!((body.len(), read_stamp(body)), (1_024, Some(stamp)));
            let header = |name| http1::header(head, name).expect("the header is there");
            let signed = [header("webhook-id"), header("webhook-timestamp"), body].join(b".".as_slice());
            let signature = header("webhook-signature")
                .strip_prefix(b"v1,")
                .expect("version 1");
            let signature = STANDARD.decode(signature).expect("base64");
            let key = hmac::Key::new(hmac::HMAC_SHA256, &SECRET);
            hmac::verify(&key, &signed, &signature).expect("the signature is of these bytes");
        }
    }
}
