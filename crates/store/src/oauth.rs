//! How endpoints are authorized to, in the database: at most one OAuth configuration an endpoint.

use async_trait::async_trait;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::oauth::OauthConfig;

use crate::StoreResult;

/// Keeps OAuth configurations. One leaves with its endpoint or app. Writing one raises the endpoint's revision:
/// what was sent before says nothing of how the endpoint stands now.
#[async_trait]
pub trait EndpointOauth {
    /// Sets the configuration of an endpoint, or replaces it.
    ///
    /// # Errors
    /// `NotFound`.
    async fn put_oauth(&self, app: AppId, endpoint: EndpointId, config: OauthConfig) -> StoreResult<()>;

    /// Removes the configuration of an endpoint; one that has none stays so.
    ///
    /// # Errors
    /// `NotFound` when there is no such endpoint.
    async fn delete_oauth(&self, app: AppId, endpoint: EndpointId) -> StoreResult<()>;

    /// The configuration of an endpoint, if it has one.
    ///
    /// # Errors
    /// `NotFound` when there is no such endpoint.
    async fn find_oauth(&self, app: AppId, endpoint: EndpointId) -> StoreResult<Option<OauthConfig>>;
}
