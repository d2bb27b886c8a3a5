//! The one thread that writes: takes what waits, commits it in one transaction, answers, and goes round again.
//! No window of time: while one batch is being synced, the next one gathers.

use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use wirepost_model::clock::Clock;
use wirepost_store::accepted::Handover;
use wirepost_store::{StoreError, StoreResult};

use crate::batch::commit_batch;
use crate::checkpointer::LogWatch;
use crate::command::{Command, change};
use crate::failure::Outcome;
use crate::meters::time_commit;
use crate::writing::Writing;

/// Rows after which a batch is full: one transaction stays short.
const BATCH_ROWS_MOST: usize = 8_000;
/// Bytes after which a batch is full.
const BATCH_BYTES_MOST: usize = 4 << 20;

/// The way to the writing thread.
pub(crate) struct Writer {
    sender: mpsc::Sender<Order>,
    thread: Option<JoinHandle<()>>,
}

enum Order {
    Write(Box<dyn Command>),
    Close(oneshot::Sender<()>),
}

/// What the thread works with.
pub(crate) struct WriterParts {
    pub(crate) connection: Connection,
    pub(crate) handover: Handover,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log_watch: LogWatch,
    /// Most orders that wait.
    pub(crate) queue: usize,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(parts: WriterParts) -> std::io::Result<Self> {
        let (sender, orders) = mpsc::channel(parts.queue);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_until_closed(parts, orders))?;
        Ok(Self { sender, thread: Some(thread) })
    }

    /// Runs `work` in the next transaction and answers once that is on disk. Where `work` refuses, it must have
    /// written nothing.
    pub(crate) async fn write<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&mut Writing<'_>) -> Outcome<T> + Send + 'static,
    {
        let (command, answer) = change(work);
        self.send(command).await?;
        answer.await.map_err(|_| closed())?
    }

    /// Puts a command in the queue. Its own reply channel gives the answer, or closes when the store does.
    pub(crate) async fn send(&self, command: Box<dyn Command>) -> StoreResult<()> {
        self.sender.send(Order::Write(command)).await.map_err(|_| closed())
    }

    /// Commits what was sent before, carries the log over into the file, and ends the thread.
    pub(crate) async fn close(&self) {
        let (ended, end) = oneshot::channel();
        if self.sender.send(Order::Close(ended)).await.is_ok() {
            // An error means that the thread ended another way; it is over in either case.
            let _ = end.await;
        }
    }
}

/// Who drops the store without closing it still finds the file free afterwards.
impl Drop for Writer {
    fn drop(&mut self) {
        self.sender = mpsc::channel(1).0;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writing thread ended in a panic");
        }
    }
}

/// What everybody hears after the end.
pub(crate) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

fn write_until_closed(mut parts: WriterParts, mut orders: mpsc::Receiver<Order>) {
    if let Err(error) = parts.log_watch.listen(&mut parts.connection) {
        tracing::error!(%error, "the growth of the log cannot be watched");
    }
    let mut writing = match Writing::new(&parts.connection) {
        Ok(writing) => writing,
        Err(error) => {
            tracing::error!(%error, "the writing thread could not start");
            return;
        }
    };
    let mut ended = None;
    let mut batch = Vec::new();
    while ended.is_none()
        && let Some(first) = orders.blocking_recv()
    {
        ended = gather(first, &mut orders, &mut batch);
        if !batch.is_empty() {
            writing.now = parts.clock.now();
            let outcomes = time_commit(|| commit_batch(&mut writing, &mut batch));
            writing.effects.tell(&parts.handover);
            for (command, outcome) in batch.drain(..).zip(outcomes) {
                command.settle(outcome);
            }
            parts.log_watch.after_commit(writing.connection);
        }
    }
    drop(writing);
    parts.log_watch.close(&parts.connection);
    drop(orders);
    drop(parts);
    if let Some(ended) = ended {
        // Whoever asked to close may have stopped waiting.
        let _ = ended.send(());
    }
}

/// Takes what waits, up to a full batch; gives back who asked to close, if somebody did.
fn gather(
    first: Order,
    orders: &mut mpsc::Receiver<Order>,
    batch: &mut Vec<Box<dyn Command>>,
) -> Option<oneshot::Sender<()>> {
    let (mut rows, mut bytes) = (0, 0);
    let mut next = Some(first);
    while let Some(order) = next {
        match order {
            Order::Close(ended) => return Some(ended),
            Order::Write(command) => {
                let size = command.size();
                rows += size.rows;
                bytes += size.bytes;
                batch.push(command);
            }
        }
        let full = rows >= BATCH_ROWS_MOST || bytes >= BATCH_BYTES_MOST;
        next = if full { None } else { orders.try_recv().ok() };
    }
    None
}
