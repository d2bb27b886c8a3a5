//! Brings deliveries to senders: asks each lane what may go, takes a socket, and sends until the lane must wait.
//!
//! Whatever makes a lane wait also sees to it that the lane is kicked again: a timer, the end of a request, the
//! end of a read, a free socket, or a change of its endpoint.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc};
use wirepost_model::clock::Clock;
use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::endpoint::DisabledReason;
use wirepost_model::ids::AppId;
use wirepost_model::lane::Waiting;
use wirepost_store::Store;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::directory::{AppView, Directory, EndpointView};

use crate::app_pace::Wake;
use crate::lane::{Lane, Next, Standing};
use crate::lane_cell::LaneCell;
use crate::lanes::LaneRegistry;
use crate::recorder::{Recorded, ToRecord};
use crate::sender::Sender;
use crate::sockets::{Socket, Sockets};
use crate::timers::Timers;

/// Reads of due deliveries, and of apps, under way at a time.
const READS_MOST: usize = 4;

/// What all sending shares.
pub(crate) struct Dispatcher {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) lanes: Arc<LaneRegistry>,
    pub(crate) timers: Timers,
    pub(crate) sockets: Sockets,
    pub(crate) sender: Sender,
    pub(crate) loads: Semaphore,
    pub(crate) learns: Semaphore,
    /// Apps that are being read into the directory.
    pub(crate) learning: Mutex<HashSet<AppId>>,
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
pub(crate) enum Found {
    Open(Arc<EndpointView>),
    Paused(Arc<EndpointView>),
    /// Nothing more will ever be sent; what is pending ends like this.
    Ended(DeliveryStatus),
    /// Not in memory.
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
        Self {
            store,
            directory,
            clock: sender.clock.clone(),
            lanes,
            timers: Timers::default(),
            sockets: Sockets::new(sender.settings.sockets_most),
            sender,
            loads: Semaphore::new(READS_MOST),
            learns: Semaphore::new(READS_MOST),
            learning: Mutex::default(),
            records,
            unrecorded: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
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
        for Recorded { lane, message_key, state } in batch {
            lane.with(|inner| inner.recorded(message_key, state, now));
            if again.last().is_none_or(|last| !Arc::ptr_eq(last, &lane)) {
                again.push(lane);
            }
        }
        self.kick_all(again);
    }

    /// Looks at each of these lanes once.
    pub(crate) fn kick_all(self: &Arc<Self>, mut lanes: Vec<Arc<LaneCell>>) {
        lanes.sort_by_key(|lane| lane.endpoint);
        lanes.dedup_by(|lane, before| Arc::ptr_eq(lane, before));
        for lane in lanes {
            self.kick(&lane);
        }
    }

    /// From now on nothing is begun; what is under way goes on.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    /// Whether nothing is begun any more.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Whether no request is open and every attempt is recorded.
    pub(crate) fn is_quiet(&self) -> bool {
        self.sockets.taken() == 0 && self.unrecorded.load(Ordering::SeqCst) == 0
    }

    /// Forgets what is not needed of tokens, and closes connections to their servers idle for longer than `age`.
    pub(crate) fn tidy_authorizations(&self, age: Duration) {
        self.sender.authorizations.tidy(age);
    }

    /// One sender: sends this delivery, then whatever the lane may send next.
    async fn send_on(self: Arc<Self>, lane: Arc<LaneCell>, mut going: Going) {
        loop {
            let Going { delivery, view, socket } = going;
            let sent = self.sender.send(&delivery, &view, &lane).await;
            if let Some(pause) = sent.verdict.lane_pause {
                lane.with(|inner| inner.pause(sent.ended_at.plus(pause)));
            }
            if sent.verdict.endpoint_gone {
                lane.with(|inner| inner.stop_until_recorded(delivery.key.message.key()));
            }
            // While the database is away, the lane's place is not free: no more goes out than can be recorded.
            let Ok(record) = self.records.reserve().await else {
                tracing::debug!(endpoint = %lane.endpoint, "an attempt ended after the engine; it will be made again");
                return;
            };
            let outcome = sent.asked.then_some(&sent.outcome);
            let started_at = sent.record.attempt.started_at;
            let may_open_more = lane.with(|inner| inner.sent(outcome, started_at, sent.ended_at));
            self.unrecorded.fetch_add(1, Ordering::SeqCst);
            record.send(ToRecord { sent, view, lane: lane.clone() });
            self.give_back(socket);
            match self.take(&lane, &mut None) {
                Some(next) => going = next,
                None => return,
            }
            if may_open_more {
                self.kick(&lane);
            }
        }
    }

    /// Takes what may go next out of the lane, or arranges for the lane to be kicked when something may.
    /// Uses `granted` where there is one; a socket that was not needed stays in it.
    fn take(self: &Arc<Self>, lane: &Arc<LaneCell>, granted: &mut Option<Socket>) -> Option<Going> {
        if self.is_closing() {
            return None;
        }
        let (view, standing) = match self.look_up(lane) {
            Found::Open(view) => (view, Standing::Open),
            Found::Paused(view) => (view, Standing::Paused),
            Found::Ended(_) => {
                self.end(lane);
                return None;
            }
            Found::Unknown => {
                self.learn(lane.app);
                return None;
            }
        };
        let taken = lane.with(|inner| self.take_from(lane, inner, (&view, standing), granted));
        let (delivery, socket) = taken?;
        Some(Going { delivery, view, socket })
    }

    fn take_from(
        self: &Arc<Self>,
        lane: &Arc<LaneCell>,
        inner: &mut Lane,
        (view, standing): (&EndpointView, Standing),
        granted: &mut Option<Socket>,
    ) -> Option<(DueDelivery, Socket)> {
        let now = self.clock.now();
        inner.set_rate(view.endpoint.throttle_rate, now);
        let operators = self.sender.settings.in_flight_most;
        inner.set_in_flight_most(view.endpoint.delivery_rules.in_flight_most(operators));
        let mut app_pace = lane.app_pace.lock();
        app_pace.set_limit(view.app_throttle_rate, now);
        inner.set_order(view.endpoint.delivery_rules.fifo, now);
        if let Some(to_read) = inner.begin_load(standing, lane.room(), now) {
            self.load(lane, now, to_read);
        }
        match inner.next(standing, app_pace.wait_until(lane.endpoint, now), now) {
            Next::Ready => {}
            Next::Wait(waiting) => {
                self.wake(app_pace.leave(lane.endpoint, now));
                self.arrange(lane, waiting);
                return None;
            }
            Next::WaitForApp(_) => {
                self.wake(app_pace.queue(lane.endpoint, now));
                return None;
            }
        }
        let socket = granted.take().or_else(|| self.sockets.take(lane, inner.repute()));
        let Some(socket) = socket else {
            self.wake(app_pace.leave(lane.endpoint, now));
            inner.set_waits_for_socket(true);
            return None;
        };
        self.wake(app_pace.take(lane.endpoint, now));
        let delivery = inner.send(now).expect("a lane that says Ready has one ready");
        Some((delivery, socket))
    }

    /// Sees to it that the lane whose turn comes next is looked at then.
    pub(crate) fn wake(&self, wake: Wake) {
        if let Some((endpoint, at)) = wake {
            self.timers.set(endpoint, at);
        }
    }

    /// Sees to it that a lane is looked at again.
    fn arrange(&self, lane: &LaneCell, waiting: Waiting) {
        match waiting {
            Waiting::Due(at)
            | Waiting::Head(at)
            | Waiting::RateLimit(at)
            | Waiting::RetryAfter(at)
            | Waiting::BackOff(at) => self.timers.set(lane.endpoint, at),
            // The end of a request, a free socket, the end of the read, a change of the endpoint, or the next
            // delivery kicks it.
            Waiting::InFlightFull
            | Waiting::Sockets
            | Waiting::AppRateLimit(_)
            | Waiting::Loading
            | Waiting::Disabled
            | Waiting::Empty => {}
        }
    }

    /// Gives a socket back, and lets those whose turn it is use it.
    pub(crate) fn give_back(self: &Arc<Self>, socket: Socket) {
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

    fn look_up(&self, lane: &LaneCell) -> Found {
        match self.directory.cached(lane.app) {
            Some(app) => Found::in_app(&app, lane),
            None => Found::Unknown,
        }
    }
}

impl Found {
    pub(crate) fn in_app(app: &AppView, lane: &LaneCell) -> Self {
        let Some(view) = app.endpoint(lane.endpoint) else {
            return Self::Ended(DeliveryStatus::Canceled);
        };
        match view.endpoint.disabled {
            None => Self::Open(view.clone()),
            Some(disabled) if disabled.reason == DisabledReason::Gone => Self::Ended(DeliveryStatus::Failed),
            Some(_) => Self::Paused(view.clone()),
        }
    }
}
