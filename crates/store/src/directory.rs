//! The directory: apps with their endpoints in memory, so that accepting and sending read no database.
//!
//! A cache only. Whoever changes an app or endpoint calls [`Directory::changed`] after the commit and before
//! the answer; from then on nobody finds the old state.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::broadcast;
use wirepost_model::app::App;
use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::{Endpoint, EndpointSecret};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::message::Message;
use wirepost_model::oauth::OauthConfig;

use crate::endpoints::{AppWithEndpoints, EndpointWithSecrets};
use crate::{Store, StoreResult};

/// Most apps kept in memory; beyond it, one makes room for another.
const APPS_MOST: usize = 50_000;
/// Changes a slow listener may lag behind before it is told to look at everything.
const CHANGES_KEPT: usize = 1_024;

/// An app and its endpoints as they are now.
#[derive(Debug)]
pub struct AppView {
    /// The app.
    pub app: App,
    /// Its endpoints, by key.
    pub endpoints: Vec<Arc<EndpointView>>,
}

/// An endpoint and its secrets as they are now.
#[derive(Debug)]
pub struct EndpointView {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Its secrets, the current one first; expired ones may be among them.
    pub secrets: Vec<EndpointSecret>,
    /// Where its tokens come from, if it wants some.
    pub oauth: Option<OauthConfig>,
    /// The limit of its app, in messages per second.
    pub app_throttle_rate: Option<u32>,
}

/// Apps with their endpoints in memory.
pub struct Directory {
    store: Arc<dyn Store>,
    cache: RwLock<Cache>,
    changes: broadcast::Sender<AppId>,
}

#[derive(Default)]
struct Cache {
    apps: HashMap<AppId, Arc<AppView>>,
    uids: HashMap<String, AppId>,
    /// Rises with every change: what was read before one must not be kept after it.
    version: u64,
}

impl Directory {
    /// An empty directory over this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, cache: RwLock::default(), changes: broadcast::channel(CHANGES_KEPT).0 }
    }

    /// The app of this id, if it is in memory.
    pub fn cached(&self, app: AppId) -> Option<Arc<AppView>> {
        self.cache.read().apps.get(&app).cloned()
    }

    /// The app of this id.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn get(&self, app: AppId) -> StoreResult<Arc<AppView>> {
        match self.cached(app) {
            Some(view) => Ok(view),
            None => self.load(app).await,
        }
    }

    /// The app whose id or uid this is.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn find(&self, id_or_uid: &str) -> StoreResult<Arc<AppView>> {
        if let Ok(id) = AppId::parse(id_or_uid) {
            return self.get(id).await;
        }
        let known = self.cache.read().uids.get(id_or_uid).copied();
        let id = match known {
            Some(id) => id,
            None => self.store.find_app(id_or_uid).await?.id,
        };
        self.get(id).await
    }

    /// Forgets what is in memory of this app, and tells all who listen. To be called after every committed change.
    pub fn changed(&self, app: AppId) {
        self.cache.write().forget(app);
        // Nobody may be listening; then nobody needs to know.
        let _ = self.changes.send(app);
    }

    /// Hears of every change from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<AppId> {
        self.changes.subscribe()
    }

    async fn load(&self, app: AppId) -> StoreResult<Arc<AppView>> {
        loop {
            let version = self.cache.read().version;
            let view = Arc::new(AppView::new(self.store.app_with_endpoints(app).await?));
            let mut cache = self.cache.write();
            if cache.version == version {
                cache.keep(view.clone());
                return Ok(view);
            }
        }
    }
}

impl Cache {
    fn keep(&mut self, view: Arc<AppView>) {
        if self.apps.len() >= APPS_MOST
            && let Some(other) = self.apps.keys().next().copied()
        {
            self.remove(other);
        }
        if let Some(uid) = &view.app.uid {
            self.uids.insert(uid.as_str().to_owned(), view.app.id);
        }
        self.apps.insert(view.app.id, view);
    }

    fn forget(&mut self, app: AppId) {
        self.version += 1;
        self.remove(app);
    }

    fn remove(&mut self, app: AppId) {
        if let Some(uid) = self.apps.remove(&app).and_then(|view| view.app.uid.clone()) {
            self.uids.remove(uid.as_str());
        }
    }
}

impl AppView {
    fn new(found: AppWithEndpoints) -> Self {
        let app_throttle_rate = found.app.throttle_rate;
        let view = |EndpointWithSecrets { endpoint, secrets, oauth }| {
            Arc::new(EndpointView { endpoint, secrets, oauth, app_throttle_rate })
        };
        Self { app: found.app, endpoints: found.endpoints.into_iter().map(view).collect() }
    }

    /// One delivery for each endpoint that wants the message; those that are disabled are on record as skipped.
    pub fn deliveries_of(&self, message: &Message) -> Vec<(EndpointId, DeliveryState)> {
        let due_at = message.deliver_at.map_or(message.created_at, |at| at.max(message.created_at));
        let wanting = self.endpoints.iter().map(|view| &view.endpoint);
        wanting
            .filter(|endpoint| endpoint.wants(&message.event_type, &message.channels))
            .map(|endpoint| match endpoint.disabled {
                None => (endpoint.id, DeliveryState::Pending { due_at }),
                Some(_) => (endpoint.id, DeliveryState::Skipped),
            })
            .collect()
    }

    /// The endpoint of this id, unless it was deleted.
    pub fn endpoint(&self, id: EndpointId) -> Option<&Arc<EndpointView>> {
        let at = self.endpoints.binary_search_by_key(&id.key(), |view| view.endpoint.id.key()).ok()?;
        self.endpoints.get(at).filter(|view| view.endpoint.id == id)
    }
}
