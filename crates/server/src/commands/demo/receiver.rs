//! The demo's receiver: verifies every signature with the published verifier, and refuses some on purpose.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;
use wirepost_model::clock::Clock;

use crate::commands::Sentence;
use crate::system::SystemClock;

/// Largest body that is read.
const BODY_MOST: usize = 2 << 20;
/// One delivery in so many is refused the first time.
const REFUSE_EVERY: u64 = 8;

/// A receiver on this machine.
pub(super) struct Receiver {
    address: String,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    verifiers: HashMap<String, Webhook>,
    received: u64,
    refused: HashSet<String>,
}

/// What the receiver makes of a request.
enum Opinion {
    Welcome,
    RefusedOnPurpose,
    WelcomeAtLast,
    BadSignature(String),
}

impl Receiver {
    /// Listens on a free port of this machine.
    pub(super) async fn start() -> Result<Self, Sentence> {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.map_err(|error| format!("the receiver cannot listen: {error}"))?;
        let address =
            listener.local_addr().map_err(|error| format!("the receiver cannot listen: {error}"))?;
        let inside: Arc<Inside> = Arc::default();
        tokio::spawn(accept(listener, inside.clone()));
        Ok(Self { address: address.to_string(), inside })
    }

    /// The URL of one of its inboxes.
    pub(super) fn url(&self, inbox: &str) -> String {
        format!("http://{}/{inbox}", self.address)
    }

    /// From now on this inbox believes what is signed with `key`.
    pub(super) fn trust(&self, inbox: &str, key: &str) -> Result<(), Sentence> {
        let verifier =
            Webhook::new(key).map_err(|error| format!("the receiver cannot use the key: {error}"))?;
        self.inside.lock().verifiers.insert(format!("/{inbox}"), verifier);
        Ok(())
    }
}

/// Prints a line with the time (UTC).
#[expect(clippy::print_stdout, reason = "the demo talks to the person in front of it")]
pub(super) fn narrate(line: &str) {
    let now = SystemClock.now().to_string();
    println!("{}  {line}", now.get(11..19).unwrap_or_default());
}

async fn accept(listener: TcpListener, inside: Arc<Inside>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inside = inside.clone();
        let service = service_fn(move |request| receive(inside.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn receive(
    inside: Arc<Inside>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_MOST).collect().await.map(|body| body.to_bytes()) else {
        return Ok(answer(StatusCode::PAYLOAD_TOO_LARGE, "too large"));
    };
    let id = head.headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or("no webhook-id");
    let opinion = inside.judge(head.uri.path(), id, &head.headers, &body);
    let inbox = head.uri.path();
    let (status, mark, words) = match &opinion {
        Opinion::Welcome => (StatusCode::NO_CONTENT, "✓ delivered ", "signature valid".to_owned()),
        Opinion::WelcomeAtLast => {
            (StatusCode::NO_CONTENT, "✓ delivered ", "signature valid, by retry".to_owned())
        }
        Opinion::RefusedOnPurpose => {
            (StatusCode::SERVICE_UNAVAILABLE, "✗ refused   ", "503 on purpose".to_owned())
        }
        Opinion::BadSignature(why) => {
            (StatusCode::UNAUTHORIZED, "✗ refused   ", format!("bad signature: {why}"))
        }
    };
    narrate(&format!("{mark} {inbox:<28} {id}  ({words})"));
    Ok(answer(status, ""))
}

impl Inside {
    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, inbox: &str, id: &str, headers: &HeaderMap, body: &[u8]) -> Opinion {
        let mut seen = self.lock();
        let verified = match seen.verifiers.get(inbox) {
            Some(verifier) => verifier.verify(body, headers).map_err(|error| error.to_string()),
            None => Err("no such inbox".to_owned()),
        };
        if let Err(why) = verified {
            return Opinion::BadSignature(why);
        }
        let delivery = format!("{inbox} {id}");
        if seen.refused.remove(&delivery) {
            return Opinion::WelcomeAtLast;
        }
        seen.received += 1;
        if seen.received.is_multiple_of(REFUSE_EVERY) {
            seen.refused.insert(delivery);
            return Opinion::RefusedOnPurpose;
        }
        Opinion::Welcome
    }
}

fn answer(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}
