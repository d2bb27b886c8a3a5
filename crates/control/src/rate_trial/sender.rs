//! What a trial asks of those who send: requests formed, signed and authorized as deliveries are, but neither stored
//! nor judged.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use wirepost_model::attempt::AttemptOutcome;
use wirepost_model::ids::{AppId, EndpointId, MessageId};

/// Opens ways to endpoints.
#[async_trait]
pub trait TrialSenders: Send + Sync + 'static {
    /// The way to this endpoint; `None` where it is disabled or gone.
    async fn open(&self, app: AppId, endpoint: EndpointId) -> Option<Arc<dyn TrialSender>>;
}

/// The way to one endpoint.
#[async_trait]
pub trait TrialSender: Send + Sync + 'static {
    /// Posts this payload under this id, within the time that a delivery has. `None` once the endpoint is no longer
    /// what it was, or nothing is sent any more.
    async fn send(&self, message: MessageId, payload: Bytes) -> Option<TrialReply>;
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialReply {
    /// The answer, or why there was none.
    pub outcome: AttemptOutcome,
    /// Whether a delivery would count as delivered by it.
    pub succeeded: bool,
}
