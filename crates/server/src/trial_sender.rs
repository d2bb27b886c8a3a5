//! Hands the requests of rate trials to the engine, which `control` does not know.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use wirepost_control::rate_trial::{TrialReply, TrialSender, TrialSenders};
use wirepost_engine::{TrialOutlet, Trials};
use wirepost_model::ids::{AppId, EndpointId, MessageId};

/// The engine, as far as trials need it.
pub(crate) struct ThroughEngine(Trials);

struct ToEndpoint(TrialOutlet);

impl ThroughEngine {
    pub(crate) fn shared(trials: Trials) -> Arc<dyn TrialSenders> {
        Arc::new(Self(trials))
    }
}

#[async_trait]
impl TrialSenders for ThroughEngine {
    async fn open(&self, app: AppId, endpoint: EndpointId) -> Option<Arc<dyn TrialSender>> {
        Some(Arc::new(ToEndpoint(self.0.open(app, endpoint).await?)))
    }
}

#[async_trait]
impl TrialSender for ToEndpoint {
    async fn send(&self, message: MessageId, payload: Bytes) -> Option<TrialReply> {
        let reply = self.0.send(message, payload).await?;
        Some(TrialReply { outcome: reply.outcome, succeeded: reply.succeeded })
    }
}
