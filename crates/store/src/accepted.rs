//! The hand-over: deliveries go from a commit straight to the engine, payload included, so that the happy path
//! reads nothing back. Only a hint: what does not fit waits in the database and is found there.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use wirepost_model::delivery::{DeliveryKey, Progress};
use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;

/// A delivery that is due, with all that sending needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// Which one.
    pub key: DeliveryKey,
    /// How far it has come.
    pub progress: Progress,
    /// Not attempted before this.
    pub due_at: Timestamp,
    /// What to send; `None` when it was removed by age or by hand.
    pub payload: Option<Bytes>,
}

/// The store's end: takes what a commit made due.
#[derive(Debug, Clone)]
pub struct Handover {
    sender: mpsc::Sender<Vec<DueDelivery>>,
    missed: Arc<Mutex<Vec<(EndpointId, Timestamp)>>>,
}

/// The engine's end.
#[derive(Debug)]
pub struct Arrivals {
    receiver: mpsc::Receiver<Vec<DueDelivery>>,
    missed: Arc<Mutex<Vec<(EndpointId, Timestamp)>>>,
}

/// Both ends, with room for `batches` commits.
pub fn handover(batches: usize) -> (Handover, Arrivals) {
    let (sender, receiver) = mpsc::channel(batches);
    let missed = Arc::new(Mutex::new(Vec::new()));
    (
        Handover {
            sender,
            missed: missed.clone(),
        },
        Arrivals { receiver, missed },
    )
}

impl Handover {
    /// Hands over deliveries of one commit. Never waits: when the engine is behind, or gone, they stay in the
    /// database and only their endpoints are noted.
    pub fn offer(&self, due: Vec<DueDelivery>) {
        if due.is_empty() {
            return;
        }
        if let Err(mpsc::error::TrySendError::Full(due)) = self.sender.try_send(due) {
            let mut missed = self.missed.lock();
            for delivery in due {
                note_earliest(&mut missed, delivery.key.endpoint, delivery.due_at);
            }
        }
    }

    /// Says that this endpoint has something due at `due_at` in the database.
    pub fn note(&self, endpoint: EndpointId, due_at: Timestamp) {
        note_earliest(&mut self.missed.lock(), endpoint, due_at);
        // An empty batch wakes the engine; when there is no room, it is awake already.
        let _ = self.sender.try_send(Vec::new());
    }
}

impl Arrivals {
    /// The next batches of deliveries, as many as wait. Empty when the store is gone for good.
    pub async fn next(&mut self, into: &mut Vec<Vec<DueDelivery>>) -> usize {
        self.receiver.recv_many(into, 64).await
    }

    /// Endpoints with something in the database since the last call, each with its earliest instant.
    pub fn take_missed(&self) -> Vec<(EndpointId, Timestamp)> {
        std::mem::take(&mut self.missed.lock())
    }
}

fn note_earliest(missed: &mut Vec<(EndpointId, Timestamp)>, endpoint: EndpointId, due_at: Timestamp) {
    match missed.iter_mut().find(|(noted, _)| *noted == endpoint) {
        Some((_, earliest)) => *earliest = due_at.min(*earliest),
        None => missed.push((endpoint, due_at)),
    }
}
