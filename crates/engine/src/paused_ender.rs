//! Ends deliveries that waited at a disabled endpoint for so long that their payload is gone: there is nothing left
//! to send. Others learn it when their turn comes. Where it is cut off, the next look goes on.

use std::sync::Arc;
use std::time::Duration;

use wirepost_model::timestamp::Timestamp;
use wirepost_store::deliveries::PendingEndpoint;
use wirepost_store::{StoreError, StoreResult};

use crate::dispatcher::Dispatcher;

/// Between two looks: nobody waits for the end of what nobody sends.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);
/// Deliveries ended in one transaction.
const STEP: usize = 200;
/// Between two of them.
const NEXT_STEP_AFTER: Duration = Duration::from_millis(100);

/// Ends them for as long as it runs.
pub(crate) async fn end_paused(dispatcher: Arc<Dispatcher>, kept_for: Duration) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let before = dispatcher.clock.now().minus(kept_for);
        if let Err(error) = look(&dispatcher, before).await {
            tracing::warn!(%error, "deliveries without a payload could not be ended; trying again later");
        }
    }
}

async fn look(dispatcher: &Dispatcher, before: Timestamp) -> StoreResult<()> {
    for pending in dispatcher.store.pending_endpoints().await? {
        if pending.first_due_at < before {
            end_at(dispatcher, pending, before).await?;
        }
    }
    Ok(())
}

/// Ends what was due before then, where the endpoint is disabled.
async fn end_at(dispatcher: &Dispatcher, pending: PendingEndpoint, before: Timestamp) -> StoreResult<()> {
    loop {
        let app = match dispatcher.directory.get(pending.app).await {
            Err(StoreError::NotFound) => return Ok(()),
            app => app?,
        };
        let view = app.endpoint(pending.endpoint).filter(|view| view.endpoint.disabled.is_some());
        let Some(view) = view else {
            return Ok(());
        };
        let url: Arc<str> = view.endpoint.url.as_str().into();
        let due = dispatcher.store.due_deliveries(pending.endpoint, before, STEP).await?;
        let gone = due.deliveries.iter().filter(|delivery| delivery.payload.is_none());
        let (sender, now) = (&dispatcher.sender, dispatcher.clock.now());
        let records: Vec<_> =
            gone.map(|gone| sender.expired((gone, view), url.clone(), now).record).collect();
        if records.is_empty() {
            return Ok(());
        }
        dispatcher.store.record_attempts(records, Vec::new()).await?;
        tokio::time::sleep(NEXT_STEP_AFTER).await;
    }
}
