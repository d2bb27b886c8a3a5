//! The lines of endpoints whose messages go in the order in which they were accepted.

use async_trait::async_trait;
use wirepost_model::ids::EndpointId;

use crate::StoreResult;
use crate::accepted::DueDelivery;

/// The beginning of a line, or of what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineBatch {
    /// Pending deliveries by the keys of their messages, due or not.
    pub deliveries: Vec<DueDelivery>,
    /// From which key on there may be more; `None` when that were all.
    pub rest_from: Option<i64>,
}

/// Reads deliveries in the order of their messages.
#[async_trait]
pub trait Lines {
    /// Up to `limit` pending deliveries of this endpoint whose messages have at least the key `from`, or from the
    /// first one that is pending on, with payloads. Fewer, or none, where the payloads together are large or many
    /// others that have ended lie between: then `rest_from` says where to go on.
    async fn line(&self, endpoint: EndpointId, from: Option<i64>, limit: usize) -> StoreResult<LineBatch>;
}
