//! Requests that are no deliveries: formed, signed and authorized as a delivery's are, and neither stored nor judged.
//!
//! They go past the endpoint's lane, over connections of their own, and count against the sockets of the process. What
//! comes of them touches neither the lane nor the endpoint's health.

use std::sync::Arc;

use bytes::Bytes;
use wirepost_model::attempt::{AttemptOutcome, FailureCause};
use wirepost_model::ids::{AppId, EndpointId, MessageId};
use wirepost_store::directory::EndpointView;

use crate::dispatcher::Dispatcher;
use crate::sender::outcome_of;
use crate::sockets::Socket;
use crate::transport::Outlet;

/// Opens ways for trials. Cheap to clone.
#[derive(Clone)]
pub struct Trials(Arc<Dispatcher>);

/// The way to one endpoint, until it changes.
pub struct TrialOutlet {
    dispatcher: Arc<Dispatcher>,
    app: AppId,
    endpoint: EndpointId,
    url: String,
    outlet: Arc<dyn Outlet>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialReply {
    /// The answer, or why there was none.
    pub outcome: AttemptOutcome,
    /// Whether a delivery would count as delivered by it.
    pub succeeded: bool,
}

/// A socket that goes back when nobody needs it any more, however that comes.
struct Aside {
    dispatcher: Arc<Dispatcher>,
    socket: Option<Socket>,
}

impl Trials {
    pub(crate) fn new(dispatcher: Arc<Dispatcher>) -> Self {
        Self(dispatcher)
    }

    /// The way to this endpoint; `None` where it is disabled or gone.
    pub async fn open(&self, app: AppId, endpoint: EndpointId) -> Option<TrialOutlet> {
        let view = look_up(&self.0, app, endpoint).await?;
        let url = view.endpoint.url.clone();
        let outlet = self.0.sender.transport.outlet(&url, view.endpoint.delivery_rules.http_version);
        Some(TrialOutlet { dispatcher: self.0.clone(), app, endpoint, url, outlet })
    }
}

impl TrialOutlet {
    /// Posts this payload under this id, within the time a delivery has. `None` once the endpoint is disabled, gone or
    /// has another URL, or this process is stopping.
    pub async fn send(&self, message: MessageId, payload: Bytes) -> Option<TrialReply> {
        if self.dispatcher.is_closing() {
            return None;
        }
        let view = look_up(&self.dispatcher, self.app, self.endpoint).await?;
        if view.endpoint.url != self.url {
            return None;
        }
        let Some(_aside) = Aside::take(&self.dispatcher) else {
            let text = "this server has no connections to spare for trials just now".to_owned();
            let outcome = AttemptOutcome::NoAnswer(FailureCause { code: "local", text });
            return Some(TrialReply { outcome, succeeded: false });
        };
        let sender = &self.dispatcher.sender;
        let (reply, _) = sender.post((&view, &*self.outlet), message, payload, sender.clock.now()).await;
        let outcome = outcome_of(&reply.answer, sender.clock.now());
        let succeeded = outcome.succeeded(view.endpoint.delivery_rules.success_rule);
        Some(TrialReply { outcome, succeeded })
    }
}

impl Aside {
    fn take(dispatcher: &Arc<Dispatcher>) -> Option<Self> {
        let socket = Some(dispatcher.sockets.take_aside()?);
        Some(Self { dispatcher: dispatcher.clone(), socket })
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            self.dispatcher.give_back(socket);
        }
    }
}

/// The endpoint as it is now, if things are sent to it.
async fn look_up(dispatcher: &Dispatcher, app: AppId, endpoint: EndpointId) -> Option<Arc<EndpointView>> {
    let app = dispatcher.directory.get(app).await.ok()?;
    app.endpoint(endpoint).filter(|view| view.endpoint.disabled.is_none()).cloned()
}
