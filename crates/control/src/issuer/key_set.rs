//! The keys of the issuer, fetched when they are needed and kept for a while. A key that is not known makes us look
//! again, at most once a minute, so that keys can change and nobody can make us ask without end.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey};
use parking_lot::RwLock;
use tokio::sync::Mutex;
use wirepost_egress::{Client, ClientSettings};
use wirepost_model::timestamp::Timestamp;

use super::settings::KeySource;
use crate::{ControlError, ControlResult};

/// Keys older than this are fetched again.
const FRESH_FOR: Duration = Duration::from_secs(3_600);
/// Keys that cannot be fetched again are believed for this long.
const BELIEVED_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Time between two tries to fetch.
const ASK_EVERY: Duration = Duration::from_secs(60);
/// Most time for one try.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of a key set.
const SET_BYTES_MOST: usize = 512 * 1_024;

/// The keys as they are known.
pub(super) struct KeySet {
    door: Option<Door>,
    known: RwLock<Known>,
    fetching: Mutex<()>,
}

/// The way to where they are.
struct Door {
    url: String,
    client: Client,
}

#[derive(Clone, Default)]
struct Known {
    set: Arc<JwkSet>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

impl KeySet {
    pub(super) fn new(source: &KeySource) -> Self {
        let (door, set) = match source {
            KeySource::Url(url) => (Some(Door::new(url)), JwkSet::default()),
            KeySource::Set(set) => (None, set.clone()),
        };
        let known = Known { set: Arc::new(set), ..Known::default() };
        Self { door, known: RwLock::new(known), fetching: Mutex::default() }
    }

    /// The key that checks a signature.
    pub(super) async fn find(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> ControlResult<DecodingKey> {
        let known = self.known.read().clone();
        let found = pick(&known.set, id, algorithm);
        if self.door.is_none() {
            return found.ok_or(ControlError::Unauthenticated);
        }
        if let Some(key) = found.filter(|_| known.is_younger_than(FRESH_FOR, now)) {
            return Ok(key);
        }
        // In a task of its own: a caller who hangs up would otherwise cut it off, for all who come within a minute.
        let set = self.clone();
        let asked = tokio::spawn(async move { set.ask_again(now).await }).await;
        asked.map_err(|failure| ControlError::Internal(failure.to_string()))?;
        let known = self.known.read().clone();
        if !known.is_younger_than(BELIEVED_FOR, now) {
            return Err(ControlError::IssuerUnavailable);
        }
        pick(&known.set, id, algorithm).ok_or(ControlError::Unauthenticated)
    }

    /// Fetches the keys, unless somebody did a moment ago. Whoever comes meanwhile waits for the same answer.
    async fn ask_again(&self, now: Timestamp) {
        let Some(door) = &self.door else { return };
        let _turn = self.fetching.lock().await;
        let asked_at = self.known.read().asked_at;
        if asked_at.is_some_and(|asked| now.since(asked) < ASK_EVERY) {
            return;
        }
        self.known.write().asked_at = Some(now);
        match door.fetch().await {
            Ok(set) => {
                let mut known = self.known.write();
                (known.set, known.fetched_at) = (Arc::new(set), Some(now));
            }
            Err(reason) => tracing::warn!(url = door.url, reason, "the keys of the issuer cannot be had"),
        }
    }
}

impl Known {
    fn is_younger_than(&self, age: Duration, now: Timestamp) -> bool {
        self.fetched_at.is_some_and(|fetched| now.since(fetched) < age)
    }
}

impl Door {
    fn new(url: &str) -> Self {
        // The operator names this address, so it may be an inner one.
        let everywhere = ["0.0.0.0/0", "::/0"].map(|network| network.parse().expect("a network"));
        let settings = ClientSettings {
            allow_http: true,
            allowed_subnets: everywhere.to_vec(),
            response_body_limit: SET_BYTES_MOST,
            ..ClientSettings::default()
        };
        let client = Client::new(settings).expect("only an extra root could be refused, and there is none");
        Self { url: url.to_owned(), client }
    }

    async fn fetch(&self) -> Result<JwkSet, String> {
        let target = self.client.target(&self.url).map_err(|error| error.to_string())?;
        let answer = self.client.get(&target, FETCH_TIMEOUT).await.result;
        let answer = answer.map_err(|failure| failure.to_string())?;
        if answer.status != 200 || answer.truncated {
            return Err(format!("the answer was {} with {} bytes", answer.status, answer.body.len()));
        }
        serde_json::from_slice(&answer.body).map_err(|error| error.to_string())
    }
}

/// The key of this id; a token that names none means the only one that there is.
fn pick(set: &JwkSet, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
    let key = match id {
        Some(id) => set.find(id)?,
        None if set.keys.len() == 1 => set.keys.first()?,
        None => return None,
    };
    if is_for(key, algorithm) { DecodingKey::from_jwk(key).ok() } else { None }
}

/// Whether a key, as far as it says, is for signatures of this kind.
fn is_for(key: &Jwk, algorithm: Algorithm) -> bool {
    use jsonwebtoken::jwk::PublicKeyUse;
    let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let fits = key.common.key_algorithm.is_none_or(|named| named == algorithm.into());
    signs && fits
}
