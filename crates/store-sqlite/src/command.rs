//! A write on its way to the writer: work that may run more than once before it is committed, and its answer.

use tokio::sync::oneshot;
use wirepost_store::{StoreError, StoreResult};

use crate::failure::{Failure, Outcome};
use crate::writing::Writing;

/// One write. It runs inside a transaction that it shares with others.
pub(crate) trait Command: Send {
    /// Does the work and keeps its answer. An error spoils the transaction, which then runs again without it,
    /// so this must start from the beginning each time.
    fn run(&mut self, writing: &mut Writing<'_>) -> rusqlite::Result<()>;

    /// Gives the answer to whoever waits: the kept one after the commit, or why nothing was written.
    fn settle(self: Box<Self>, committed: Result<(), String>);

    /// How much it adds to a transaction.
    fn size(&self) -> CommandSize;
}

/// How much a command adds to a transaction.
#[derive(Clone, Copy, Default)]
pub(crate) struct CommandSize {
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
}

/// A command made of a closure.
struct Change<T, W> {
    work: W,
    answer: Option<StoreResult<T>>,
    reply: oneshot::Sender<StoreResult<T>>,
}

/// A command that runs `work`; where `work` refuses, it must have written nothing.
pub(crate) fn change<T, W>(work: W) -> (Box<dyn Command>, oneshot::Receiver<StoreResult<T>>)
where
    T: Send + 'static,
    W: FnMut(&mut Writing<'_>) -> Outcome<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let change = Change { work, answer: None, reply };
    (Box::new(change), answer)
}

impl<T, W> Command for Change<T, W>
where
    T: Send,
    W: FnMut(&mut Writing<'_>) -> Outcome<T> + Send,
{
    fn run(&mut self, writing: &mut Writing<'_>) -> rusqlite::Result<()> {
        self.answer = Some(match (self.work)(writing) {
            Ok(done) => Ok(done),
            Err(Failure::Refused(refusal)) => Err(refusal),
            Err(Failure::Sql(error)) => return Err(error),
        });
        Ok(())
    }

    fn settle(self: Box<Self>, committed: Result<(), String>) {
        let answer = match (committed, self.answer) {
            (Ok(()), Some(answer)) => answer,
            (Ok(()), None) => Err(StoreError::Unavailable("the write did not run".to_owned())),
            (Err(reason), _) => Err(StoreError::Unavailable(reason)),
        };
        // Whoever asked may have gone away; the write stands all the same.
        let _ = self.reply.send(answer);
    }

    fn size(&self) -> CommandSize {
        CommandSize { rows: 8, bytes: 0 }
    }
}
