//! The hand-over: deliveries go from a commit straight to the engine, payload included, so that the happy path
//! reads nothing back. Only a hint: what does not fit waits in the database and is found there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use wirepost_model::delivery::{DeliveryKey, Progress};
use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;

use crate::deliveries::PendingEndpoint;

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
    missed: Arc<Mutex<BTreeMap<EndpointId, PendingEndpoint>>>,
    withdrawn: Arc<Mutex<BTreeSet<EndpointId>>>,
}

/// The engine's end.
#[derive(Debug)]
pub struct Arrivals {
    receiver: mpsc::Receiver<Vec<DueDelivery>>,
    missed: Arc<Mutex<BTreeMap<EndpointId, PendingEndpoint>>>,
    withdrawn: Arc<Mutex<BTreeSet<EndpointId>>>,
}

/// Both ends, with room for `batches` commits.
pub fn handover(batches: usize) -> (Handover, Arrivals) {
    let (sender, receiver) = mpsc::channel(batches);
    let missed = Arc::new(Mutex::new(BTreeMap::new()));
    let withdrawn = Arc::new(Mutex::new(BTreeSet::new()));
    let handover = Handover { sender, missed: missed.clone(), withdrawn: withdrawn.clone() };
    (handover, Arrivals { receiver, missed, withdrawn })
}

impl Handover {
    /// Hands over deliveries of one commit. Never waits: when the engine is behind, or gone, they stay in the
    /// database and only their endpoints are noted.
    pub fn offer(&self, due: Vec<DueDelivery>) {
        if due.is_empty() {
            return;
        }
        if let Err(mpsc::error::TrySendError::Full(due)) = self.sender.try_send(due) {
            self.note(due.iter().map(|delivery| PendingEndpoint {
                app: delivery.key.app,
                endpoint: delivery.key.endpoint,
                first_due_at: delivery.due_at,
            }));
        }
    }

    /// Says that these endpoints have something in the database, due at these instants.
    pub fn note(&self, pending: impl IntoIterator<Item = PendingEndpoint>) {
        let mut missed = self.missed.lock();
        for endpoint in pending {
            let noted = missed.entry(endpoint.endpoint).or_insert(endpoint);
            noted.first_due_at = noted.first_due_at.min(endpoint.first_due_at);
        }
        drop(missed);
        self.wake();
    }

    /// Says that deliveries of these endpoints were canceled: what was handed over of them is to be read again.
    pub fn withdraw(&self, endpoints: impl IntoIterator<Item = EndpointId>) {
        self.withdrawn.lock().extend(endpoints);
        self.wake();
    }

    /// An empty batch wakes the engine. When there is no room for one, it has yet to look.
    fn wake(&self) {
        let _ = self.sender.try_send(Vec::new());
    }
}

impl Arrivals {
    /// The next batches of deliveries, as many as wait. Empty when the store is gone for good.
    pub async fn next(&mut self, into: &mut Vec<Vec<DueDelivery>>) -> usize {
        self.receiver.recv_many(into, 64).await
    }

    /// Endpoints with something in the database since the last call, each with its earliest instant.
    pub fn take_missed(&self) -> Vec<PendingEndpoint> {
        std::mem::take(&mut *self.missed.lock()).into_values().collect()
    }

    /// Endpoints whose deliveries are to be read again since the last call.
    pub fn take_withdrawn(&self) -> BTreeSet<EndpointId> {
        std::mem::take(&mut *self.withdrawn.lock())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wirepost_model::ids::{AppId, MessageId};

    use super::*;

    fn due(endpoint: i64, at: i64) -> DueDelivery {
        DueDelivery {
            key: DeliveryKey {
                app: AppId::from_parts(1, [0; 12]),
                endpoint: EndpointId::from_parts(endpoint, [0; 12]),
                message: MessageId::from_parts(at, [0; 12]),
            },
            progress: Progress::FRESH,
            due_at: Timestamp::from_millis(at),
            payload: Some(Bytes::from_static(b"{}")),
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_is_noted_with_its_earliest_instant() {
        let (handover, mut arrivals) = handover(1);
        handover.offer(vec![due(1, 5)]);
        handover.offer(vec![due(2, 9), due(2, 7)]);
        handover.offer(vec![due(2, 8)]);
        let mut batches = Vec::new();
        assert_eq!(arrivals.next(&mut batches).await, 1);
        assert_eq!(batches, [vec![due(1, 5)]]);
        let missed = arrivals.take_missed();
        assert_eq!(missed.len(), 1);
        assert_eq!(missed[0].first_due_at, Timestamp::from_millis(7));
        assert!(arrivals.take_missed().is_empty());
    }

    #[tokio::test]
    async fn a_note_wakes_the_engine() {
        let (handover, mut arrivals) = handover(1);
        let key = due(3, 4).key;
        let first_due_at = Timestamp::from_millis(4);
        handover.note([PendingEndpoint { app: key.app, endpoint: key.endpoint, first_due_at }]);
        assert_eq!(arrivals.next(&mut Vec::new()).await, 1);
        assert_eq!(arrivals.take_missed().len(), 1);
        handover.withdraw([key.endpoint]);
        assert_eq!(arrivals.next(&mut Vec::new()).await, 1);
        assert_eq!(arrivals.take_withdrawn(), [key.endpoint].into());
        assert!(arrivals.take_withdrawn().is_empty());
        drop(handover);
        assert_eq!(arrivals.next(&mut Vec::new()).await, 0);
    }
}
