//! What the dispatcher does with the database beside recording: reads what is due and who the endpoints are, and
//! ends what will never be sent. Each such work is a task of its own that looks at its lane again at its end.

use std::sync::Arc;
use std::time::Duration;

use wirepost_model::delivery::DeliveryStatus;
use wirepost_model::ids::AppId;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::{StoreError, StoreResult};

use crate::dispatcher::{Dispatcher, Found};
use crate::lane::ToRead;
use crate::lane_cell::LaneCell;
use crate::queue::{Read, Wanted};

/// After a failure, it is tried again this much later.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Deliveries of a deleted or gone endpoint that are ended in one transaction.
const END_BATCH: usize = 500;

impl Dispatcher {
    /// Reads an app into the directory, then looks at its lanes again. One read per app at a time.
    pub(crate) fn learn(self: &Arc<Self>, app: AppId) {
        if !self.learning.lock().insert(app) {
            return;
        }
        let dispatcher = self.clone();
        tokio::spawn(async move {
            let turn = dispatcher.learns.acquire().await;
            let _turn = turn.expect("the semaphore is never closed");
            let found = dispatcher.directory.get(app).await;
            // From here on, who misses the app begins another read.
            dispatcher.learning.lock().remove(&app);
            let lanes = dispatcher.lanes.of_app(Some(app));
            match found {
                Ok(_) => dispatcher.kick_all(lanes),
                Err(StoreError::NotFound) => lanes.iter().for_each(|lane| dispatcher.end(lane)),
                Err(error) => {
                    tracing::warn!(%error, %app, "cannot read an app; trying again");
                    let again_at = dispatcher.clock.now().plus(AGAIN_AFTER);
                    for lane in lanes {
                        dispatcher.timers.set(lane.endpoint, again_at);
                    }
                }
            }
        });
    }

    /// Reads what is due for the lane.
    pub(crate) fn load(self: &Arc<Self>, lane: &Arc<LaneCell>, now: Timestamp, to_read: ToRead) {
        let (dispatcher, lane) = (self.clone(), lane.clone());
        tokio::spawn(async move {
            let turn = dispatcher.loads.acquire().await;
            let turn = turn.expect("the semaphore is never closed");
            let store = &dispatcher.store;
            let found = match to_read.wanted {
                Wanted::Due { limit } => store.due_deliveries(lane.endpoint, now, limit).await.map(Read::Due),
                Wanted::Line { from, limit } => store.line(lane.endpoint, from, limit).await.map(Read::Line),
            };
            drop(turn);
            let found = found.map_err(|error| {
                tracing::warn!(%error, endpoint = %lane.endpoint, "cannot read what is due; trying again");
                dispatcher.clock.now().plus(AGAIN_AFTER)
            });
            let now = dispatcher.clock.now();
            lane.with(|inner| inner.end_load(to_read.number, found, lane.room(), now));
            dispatcher.kick(&lane);
        });
    }

    /// Ends all that is pending of an endpoint that is deleted or gone, in bounded steps.
    pub(crate) fn end(self: &Arc<Self>, lane: &Arc<LaneCell>) {
        if !lane.with(|inner| inner.begin_end()) {
            return;
        }
        let now = self.clock.now();
        self.wake(lane.app_pace.lock().leave(lane.endpoint, now));
        let (dispatcher, lane) = (self.clone(), lane.clone());
        tokio::spawn(async move {
            while !dispatcher.is_closing() {
                match dispatcher.end_step(&lane).await {
                    Ok(true) => break,
                    Ok(false) => {}
                    Err(error) => {
                        tracing::warn!(%error, endpoint = %lane.endpoint, "cannot end deliveries; trying again");
                        tokio::time::sleep(AGAIN_AFTER).await;
                    }
                }
            }
            lane.with(|inner| inner.end_end());
            dispatcher.kick(&lane);
        });
    }

    /// Ends some; answers whether that was all. Looks each time whether it still is to be: an endpoint that was
    /// gone may have been enabled again, and what was accepted since must be sent.
    async fn end_step(&self, lane: &LaneCell) -> StoreResult<bool> {
        let Some(status) = self.end_status(lane).await? else {
            let now = self.clock.now();
            lane.with(|inner| inner.note_more(now, now));
            return Ok(true);
        };
        let ended = self.store.end_pending(lane.endpoint, status, END_BATCH).await?;
        Ok(ended < END_BATCH)
    }

    /// How the endpoint's deliveries end, unless they do not.
    async fn end_status(&self, lane: &LaneCell) -> StoreResult<Option<DeliveryStatus>> {
        match self.directory.get(lane.app).await {
            Ok(app) => match Found::in_app(&app, lane) {
                Found::Ended(status) => Ok(Some(status)),
                Found::Open(_) | Found::Paused(_) | Found::Unknown => Ok(None),
            },
            Err(StoreError::NotFound) => Ok(Some(DeliveryStatus::Canceled)),
            Err(error) => Err(error),
        }
    }
}
