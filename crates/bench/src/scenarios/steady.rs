//! A steady rate of messages for one endpoint, and how long they take to it: what scenarios c, d and e
//! compare.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::api::{Api, NewEndpoint};
use crate::error::Result;
use crate::latency::Latency;
use crate::load::{OpenLoop, PlainRequests, Target};
use crate::receiver::{Behaviour, Receiver};
use crate::server_process::ServerProcess;
use crate::workbench::{self, Workbench};

/// The rate at which latency is looked at, messages per second.
pub(crate) const RATE: u32 = 200;

/// A healthy endpoint and the load for it.
pub(crate) struct SteadyFlow {
    target: Target<PlainRequests>,
    receiver: Arc<Receiver>,
    rate: u32,
}

/// What a steady flow has met.
pub(crate) struct Steady {
    /// Post → arrival.
    pub(crate) arrival: Latency,
    /// Post → 202.
    pub(crate) accept: Latency,
    /// Requests answered "too much".
    pub(crate) refused: u64,
}

impl SteadyFlow {
    /// Creates the app `app` with one healthy endpoint that wants `event_type` (all when absent).
    pub(crate) async fn create(
        bench: &Workbench,
        server: &ServerProcess,
        app: &str,
        event_type: Option<&str>,
        rate: u32,
    ) -> Result<Self> {
        let receiver = bench.sink.add_receiver(Behaviour::Answer(StatusCode::OK));
        let mut api = Api::connect(server.address()).await?;
        api.create_app(app).await?;
        api.create_endpoint(NewEndpoint { app, uid: "healthy", url: receiver.url(), event_type }).await?;
        Ok(Self { target: workbench::messages_to(server, app), receiver, rate })
    }

    /// The same flow to a server that was started again.
    pub(crate) fn to(&mut self, server: &ServerProcess) {
        self.target.address = server.address();
    }

    /// Posts for as long as loads run and waits until everything accepted has arrived.
    pub(crate) async fn run(&self, bench: &Workbench) -> Result<Steady> {
        self.run_for(bench, bench.duration()).await
    }

    /// The same for another time.
    pub(crate) async fn run_for(&self, bench: &Workbench, duration: Duration) -> Result<Steady> {
        let before = self.receiver.record().delivered;
        let open_loop = OpenLoop { rate: self.rate, duration };
        let outcome = open_loop.run(bench.load(), &self.target).await.unbroken()?;
        let expected = before + outcome.accepted.len() as u64;
        workbench::wait_for(std::slice::from_ref(&self.receiver), expected).await?;
        let arrival = self.receiver.record().take_latency();
        Ok(Steady { arrival, accept: outcome.accept_latency, refused: outcome.refused })
    }
}
