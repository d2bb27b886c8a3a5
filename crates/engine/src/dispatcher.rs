//! Brings deliveries to senders: asks each lane what may go, takes a socket, and sends until the lane must wait.
//!
//! Whatever makes a lane wait also sees to it that the lane is kicked again: a timer, the end of a request, the
//! end of a read, a free socket, or a change of its endpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use wirepost_model::clock::Clock;
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::endpoint::DisabledReason;
use wirepost_model::lane::Waiting;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::directory::{Directory, EndpointView};
use wirepost_store::{Store, StoreError};

use crate::lane::{Next, Standing};
use crate::lane_cell::LaneCell;
use crate::lanes::LaneRegistry;
use crate::recorder::{Recorded, ToRecord};
use crate::sender::Sender;
use crate::sockets::{Socket, Sockets};
use crate::timers::Timers;

/// Reads of due deliveries under way at a time.
const LOADS_MOST: usize = 4;
/// After a failed read, it is tried again this much later.
const LOAD_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Deliveries of a deleted or gone endpoint that are ended in one transaction.
const END_BATCH: usize = 500;

/// What all sending shares.
pub(crate) struct Dispatcher {
    store: Arc<dyn Store>,
    directory: Arc<Directory>,
    clock: Arc<dyn Clock>,
    pub(crate) lanes: Arc<LaneRegistry>,
    pub(crate) timers: Timers,
    sockets: Sockets,
    sender: Sender,
    loads: Semaphore,
    records: mpsc::Sender<ToRecord>,
    /// Attempts that ended and are not recorded yet.
    unrecorded: AtomicUsize,
    closing: AtomicBool,
}

/// A delivery that goes now.
struct Going {
    delivery: DueDelivery,
    view: Arc<EndpointView>,
    socket: Socket,
}

/// What the directory says of a lane's endpoint.
enum Found {
    Open(Arc<EndpointView>),
    Paused(Arc<EndpointView>),
    /// Nothing more will ever be sent; what is pending ends like this.
    Ended(DeliveryStatus),
    /// Not in memory; it is being read.
    Unknown,
}

impl Dispatcher {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        directory: Arc<Directory>,
        lanes: Arc<LaneRegistry>,
        sender: Sender,
        records: mpsc::Sender<ToRecord>,
    ) -> Self {
        let sockets = Sockets::new(sender.settings.sockets_most);
        let (clock, timers, loads) = (
            sender.clock.clone(),
            Timers::default(),
            Semaphore::new(LOADS_MOST),
        );
        let (unrecorded, closing) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self {
            store,
            directory,
            clock,
            lanes,
            timers,
            sockets,
            sender,
            loads,
            records,
            unrecorded,
            closing,
        }
    }

    /// Looks at a lane and sends all that may go now.
    pub(crate) fn kick(self: &Arc<Self>, lane: &Arc<LaneCell>) {
        let mut socket = None;
        while let Some(going) = self.take(lane, &mut socket) {
            tokio::spawn(self.clone().send_on(lane.clone(), going));
        }
    }

    /// Learns that records are committed.
    pub(crate) fn recorded(self: &Arc<Self>, batch: Vec<Recorded>) {
        self.unrecorded.fetch_sub(batch.len(), Ordering::SeqCst);
        let now = self.clock.now();
        let mut again: Vec<Arc<LaneCell>> = Vec::new();
        for Recorded {
            lane,
            message_key,
            state,
        } in batch
        {
            lane.with(|inner| inner.recorded(message_key, state, now));
            if !again.iter().any(|known| Arc::ptr_eq(known, &lane)) {
                again.push(lane);
            }
        }
        for lane in again {
            self.kick(&lane);
        }
    }

    /// From now on nothing is begun; what is under way goes on.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    /// Whether no request is open and every attempt is recorded.
    pub(crate) fn is_quiet(&self) -> bool {
        self.sockets.taken() == 0 && self.unrecorded.load(Ordering::SeqCst) == 0
    }

    /// One sender: sends this delivery, then whatever the lane may send next.
    async fn send_on(self: Arc<Self>, lane: Arc<LaneCell>, mut going: Going) {
        loop {
            let Going {
                delivery,
                view,
                socket,
            } = going;
            let sent = self.sender.send(&delivery, &view, &lane).await;
            let pause = sent.verdict.lane_pause.map(|pause| sent.ended_at.plus(pause));
            let started_at = sent.record.attempt.started_at;
            lane.with(|inner| inner.sent(&sent.outcome, pause, started_at, sent.ended_at));
            self.unrecorded.fetch_add(1, Ordering::SeqCst);
            let record = ToRecord {
                sent,
                view,
                lane: lane.clone(),
            };
            if self.records.send(record).await.is_err() {
                tracing::error!("the recorder is gone; the attempt will be made again after a restart");
            }
            self.give_back(socket);
            match self.take(&lane, &mut None) {
                Some(next) => going = next,
                None => return,
            }
            // The answer may have opened the lane further than one for one.
            self.kick(&lane);
        }
    }

    /// Takes what may go next out of the lane, or arranges for the lane to be kicked when something may.
    /// Uses `granted` where there is one; a socket that was not needed stays in it.
    fn take(self: &Arc<Self>, lane: &Arc<LaneCell>, granted: &mut Option<Socket>) -> Option<Going> {
        if self.closing.load(Ordering::SeqCst) {
            return None;
        }
        let (view, standing) = match self.look_up(lane) {
            Found::Open(view) => (view, Standing::Open),
            Found::Paused(view) => (view, Standing::Paused),
            Found::Ended(status) => {
                self.end(lane, status);
                return None;
            }
            Found::Unknown => return None,
        };
        let now = self.clock.now();
        lane.with(|inner| {
            inner.set_rate(view.endpoint.throttle_rate);
            let mut app_pace = lane.app_pace.lock();
            app_pace.set_limit(view.app_throttle_rate);
            if let Some(limit) = inner.begin_load(standing, now) {
                self.load(lane, now, limit);
            }
            if let Next::Wait(waiting) = inner.next(standing, &app_pace, now) {
                self.arrange(lane, waiting);
                return None;
            }
            let socket = granted
                .take()
                .or_else(|| self.sockets.take(lane, inner.endpoint_answers()));
            let Some(socket) = socket else {
                inner.set_waits_for_socket(true);
                return None;
            };
            app_pace.take(now);
            let delivery = inner.send(now).expect("a lane that says Ready has one ready");
            Some(Going {
                delivery,
                view,
                socket,
            })
        })
    }

    /// Sees to it that a lane is looked at again.
    fn arrange(&self, lane: &LaneCell, waiting: Waiting) {
        match waiting {
            Waiting::Due(at) | Waiting::RateLimit(at) | Waiting::RetryAfter(at) => {
                self.timers.set(lane.endpoint, at);
            }
            // The end of a request, a free socket, the end of the read, a change of the endpoint, or the next
            // delivery kicks it.
            Waiting::InFlightFull
            | Waiting::Sockets
            | Waiting::Loading
            | Waiting::Disabled
            | Waiting::Empty => {}
        }
    }

    /// Gives a socket back, and lets those whose turn it is use it.
    fn give_back(self: &Arc<Self>, socket: Socket) {
        let mut free = Some(socket);
        while let Some(socket) = free.take() {
            let Some((lane, socket)) = self.sockets.give_back(socket) else {
                return;
            };
            lane.with(|inner| inner.set_waits_for_socket(false));
            let mut granted = Some(socket);
            if let Some(going) = self.take(&lane, &mut granted) {
                tokio::spawn(self.clone().send_on(lane.clone(), going));
                self.kick(&lane);
            }
            free = granted;
        }
    }

    fn look_up(self: &Arc<Self>, lane: &Arc<LaneCell>) -> Found {
        let Some(app) = self.directory.cached(lane.app) else {
            self.learn(lane);
            return Found::Unknown;
        };
        let Some(view) = app.endpoint(lane.endpoint) else {
            return Found::Ended(DeliveryStatus::Canceled);
        };
        match view.endpoint.disabled {
            None => Found::Open(view.clone()),
            Some(disabled) if disabled.reason == DisabledReason::Gone => Found::Ended(DeliveryStatus::Failed),
            Some(_) => Found::Paused(view.clone()),
        }
    }

    /// Reads the lane's app into the directory, then looks at the lane again.
    fn learn(self: &Arc<Self>, lane: &Arc<LaneCell>) {
        let (dispatcher, lane) = (self.clone(), lane.clone());
        tokio::spawn(async move {
            match dispatcher.directory.get(lane.app).await {
                Ok(_) => dispatcher.kick(&lane),
                Err(StoreError::NotFound) => dispatcher.end(&lane, DeliveryStatus::Canceled),
                Err(error) => {
                    tracing::warn!(%error, endpoint = %lane.endpoint, "cannot read an endpoint; trying again");
                    dispatcher
                        .timers
                        .set(lane.endpoint, dispatcher.clock.now().plus(LOAD_AGAIN_AFTER));
                }
            }
        });
    }

    /// Reads what is due for the lane.
    fn load(self: &Arc<Self>, lane: &Arc<LaneCell>, now: Timestamp, limit: usize) {
        let (dispatcher, lane) = (self.clone(), lane.clone());
        tokio::spawn(async move {
            let _turn = dispatcher
                .loads
                .acquire()
                .await
                .expect("the semaphore is never closed");
            let found = dispatcher.store.due_deliveries(lane.endpoint, now, limit).await;
            let found = found.map_err(|error| {
                tracing::warn!(%error, endpoint = %lane.endpoint, "cannot read what is due; trying again");
                dispatcher.clock.now().plus(LOAD_AGAIN_AFTER)
            });
            lane.with(|inner| inner.end_load(found));
            dispatcher.kick(&lane);
        });
    }

    /// Ends all that is pending of an endpoint that is deleted or gone, in bounded steps.
    fn end(self: &Arc<Self>, lane: &Arc<LaneCell>, status: DeliveryStatus) {
        if !lane.with(|inner| inner.begin_end()) {
            return;
        }
        let (dispatcher, lane) = (self.clone(), lane.clone());
        tokio::spawn(async move {
            loop {
                match dispatcher
                    .store
                    .end_pending(lane.endpoint, status, END_BATCH)
                    .await
                {
                    Ok(ended) if ended < END_BATCH => break,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, endpoint = %lane.endpoint, "cannot end deliveries; trying again");
                        tokio::time::sleep(LOAD_AGAIN_AFTER).await;
                    }
                }
            }
            lane.with(|inner| inner.end_end());
            dispatcher.kick(&lane);
        });
    }
}
