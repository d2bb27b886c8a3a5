//! Endpoints and their secrets in the database.

use async_trait::async_trait;
use wirepost_model::app::App;
use wirepost_model::endpoint::{Endpoint, EndpointSecret};
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::oauth::OauthConfig;
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;
use crate::messages::NewMessage;
use crate::page::{Page, PageQuery};

/// An endpoint with all that sending needs: its secrets and how it is authorized to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointWithSecrets {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Current secret, then those in their grace period, newest first; expired ones may still be among them.
    pub secrets: Vec<EndpointSecret>,
    /// Where its tokens come from, if it wants some.
    pub oauth: Option<OauthConfig>,
}

/// An app with all of its endpoints: what accepting and sending need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppWithEndpoints {
    /// The app.
    pub app: App,
    /// Its endpoints that are not deleted, by key.
    pub endpoints: Vec<EndpointWithSecrets>,
}

/// A change of endpoints of one app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointChange {
    /// See [`Endpoints::create_endpoints`].
    Create(Vec<(Endpoint, EndpointSecret)>),
    /// See [`Endpoints::update_endpoint`].
    Update(Box<Endpoint>),
    /// See [`Endpoints::delete_endpoint`].
    Delete {
        /// Its app.
        app: AppId,
        /// Which one.
        endpoint: EndpointId,
        /// When.
        at: Timestamp,
    },
}

/// Keeps endpoints. A deleted endpoint leaves its deliveries and attempts behind, but is found no more.
#[async_trait]
pub trait Endpoints: Sync {
    /// Changes endpoints, and accepts the messages that tell of it in the same transaction; where the change is
    /// refused, none is accepted.
    ///
    /// # Errors
    /// As the methods below that do the same and tell nobody.
    async fn change_endpoints(&self, change: EndpointChange, notices: Vec<NewMessage>) -> StoreResult<()>;

    /// Adds an endpoint with its first secret.
    ///
    /// # Errors
    /// `NotFound` when the app is gone; `Conflict(Uid)` when another endpoint of the app has its uid.
    async fn create_endpoint(&self, endpoint: Endpoint, secret: EndpointSecret) -> StoreResult<()> {
        self.create_endpoints(vec![(endpoint, secret)]).await
    }

    /// Adds endpoints with their first secrets, all or none.
    ///
    /// # Errors
    /// As [`Self::create_endpoint`], for any of them; `Conflict(Uid)` also when two of them share a uid.
    async fn create_endpoints(&self, endpoints: Vec<(Endpoint, EndpointSecret)>) -> StoreResult<()> {
        self.change_endpoints(EndpointChange::Create(endpoints), Vec::new()).await
    }

    /// Replaces everything but ids, `created_at` and `failing_since`, where the stored revision still is
    /// `endpoint.revision`; the stored one rises by one. Since when it fails is the engine's to say
    /// (`record_attempts`); enabling an endpoint that was disabled forgets it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict(Uid)`; `Conflict(Revision)` when it changed since it was read.
    async fn update_endpoint(&self, endpoint: Endpoint) -> StoreResult<()> {
        self.change_endpoints(EndpointChange::Update(Box::new(endpoint)), Vec::new()).await
    }

    /// Deletes an endpoint and frees its uid. Its pending deliveries end as the engine comes to them.
    ///
    /// # Errors
    /// `NotFound`.
    async fn delete_endpoint(&self, app: AppId, endpoint: EndpointId, at: Timestamp) -> StoreResult<()> {
        self.change_endpoints(EndpointChange::Delete { app, endpoint, at }, Vec::new()).await
    }

    /// The app's endpoint whose id or uid this is.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_endpoint(&self, app: AppId, id_or_uid: &str) -> StoreResult<Endpoint>;

    /// A page of the app's endpoints by key.
    async fn list_endpoints(&self, app: AppId, page: PageQuery<i64>) -> StoreResult<Page<Endpoint>>;

    /// The secrets of an endpoint, current one first.
    ///
    /// # Errors
    /// `NotFound`.
    async fn endpoint_secrets(&self, app: AppId, endpoint: EndpointId) -> StoreResult<Vec<EndpointSecret>>;

    /// Makes `secret` the current one; the one before it signs on until `old_expires_at`. Secrets that expired
    /// before `secret.created_at` are removed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict(Secrets)` when `old_most` old ones are still valid.
    async fn rotate_secret(
        &self,
        app: AppId,
        endpoint: EndpointId,
        secret: EndpointSecret,
        old_expires_at: Timestamp,
        old_most: usize,
    ) -> StoreResult<()>;

    /// An app with all its endpoints and their secrets, in one consistent read.
    ///
    /// # Errors
    /// `NotFound` when the app is gone.
    async fn app_with_endpoints(&self, app: AppId) -> StoreResult<AppWithEndpoints>;
}
