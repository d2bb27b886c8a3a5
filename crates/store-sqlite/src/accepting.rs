//! Accepting messages: the write that every producer waits for. One row for the message, one for its payload, one
//! per delivery; no read, no savepoint.

use tokio::sync::oneshot;
use wirepost_model::delivery::{DeliveryKey, DeliveryState, Progress};
use wirepost_model::ids::EndpointId;
use wirepost_model::message::Message;
use wirepost_model::names::Uid;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::DueDelivery;
use wirepost_store::deliveries::PendingEndpoint;
use wirepost_store::error::Conflict;
use wirepost_store::idempotency::NewAnswer;
use wirepost_store::messages::NewMessage;
use wirepost_store::{StoreError, StoreResult};

use crate::columns::to_json_unless_empty;
use crate::command::{Command, CommandSize};
use crate::idempotency;
use crate::writing::Writing;

const HOUR_MILLIS: i64 = 60 * 60 * 1_000;
/// A message, its payload, and entries in their indices.
const ROWS_PER_MESSAGE: usize = 3;

/// A result per message, in order.
pub(crate) type Accepted = StoreResult<Vec<Result<(), StoreError>>>;

/// Messages on their way to the writer.
pub(crate) struct AcceptMessages {
    messages: Vec<NewMessage>,
    /// What is to be answered to whoever asks for the same again.
    kept: Option<NewAnswer>,
    answers: StoreResult<Vec<Result<(), StoreError>>>,
    reply: oneshot::Sender<Accepted>,
}

impl AcceptMessages {
    /// The command and where its answer comes.
    pub(crate) fn command(messages: Vec<NewMessage>) -> (Box<dyn Command>, oneshot::Receiver<Accepted>) {
        Self::with(messages, None)
    }

    /// The same for messages that are accepted only if no answer is kept under this one's key.
    pub(crate) fn command_once(
        messages: Vec<NewMessage>,
        kept: NewAnswer,
    ) -> (Box<dyn Command>, oneshot::Receiver<Accepted>) {
        Self::with(messages, Some(kept))
    }

    fn with(
        messages: Vec<NewMessage>,
        kept: Option<NewAnswer>,
    ) -> (Box<dyn Command>, oneshot::Receiver<Accepted>) {
        let (reply, answer) = oneshot::channel();
        let command = Self { messages, kept, answers: Ok(Vec::new()), reply };
        (Box::new(command), answer)
    }
}

impl Command for AcceptMessages {
    fn run(&mut self, writing: &mut Writing<'_>) -> rusqlite::Result<()> {
        if let Some(kept) = &self.kept
            && !idempotency::keep(writing, kept)?
        {
            self.answers = Err(StoreError::Conflict(Conflict::Idempotency));
            return Ok(());
        }
        let mut answers = Vec::with_capacity(self.messages.len());
        for message in &self.messages {
            answers.push(accept(writing, message)?);
        }
        if let Some(kept) = &self.kept
            && answers.iter().all(Result::is_err)
        {
            idempotency::take_back(writing, kept.key)?;
        }
        self.answers = Ok(answers);
        Ok(())
    }

    fn settle(self: Box<Self>, committed: Result<(), String>) {
        let answer = match committed {
            Ok(()) => self.answers,
            Err(reason) => Err(StoreError::Unavailable(reason)),
        };
        // The producer may have hung up; its messages are accepted all the same.
        let _ = self.reply.send(answer);
    }

    fn size(&self) -> CommandSize {
        let mut size = CommandSize { rows: usize::from(self.kept.is_some()), bytes: 0 };
        for message in &self.messages {
            size.rows += ROWS_PER_MESSAGE + message.deliveries.len();
            size.bytes += message.payload.len();
        }
        size
    }
}

/// Accepts one message inside a transaction; where it refuses, it has written nothing.
pub(crate) fn accept(
    writing: &mut Writing<'_>,
    accepted: &NewMessage,
) -> rusqlite::Result<Result<(), StoreError>> {
    let message = &accepted.message;
    if !insert_message(writing, message, accepted.payload_event_id.as_deref())? {
        return Ok(Err(StoreError::Conflict(Conflict::EventId)));
    }
    insert_labels(writing, message)?;
    let content = &mut writing.hot.insert_content;
    content.raw_bind_parameter(1, message.id.key())?;
    content.raw_bind_parameter(2, &accepted.payload[..])?;
    content.raw_bind_parameter(3, expires_at(message))?;
    content.raw_execute()?;
    for (endpoint, state) in &accepted.deliveries {
        insert_delivery(writing, accepted, *endpoint, *state)?;
    }
    writing.effects.count_accepted();
    Ok(Ok(()))
}

/// Accepts a message that tells an operator of something; it has no event id that could be taken.
pub(crate) fn accept_notice(writing: &mut Writing<'_>, notice: &NewMessage) -> rusqlite::Result<()> {
    accept(writing, notice).map(drop)
}

/// Answers whether it was inserted: not, where its event id is taken.
fn insert_message(
    writing: &mut Writing<'_>,
    message: &Message,
    payload_event_id: Option<&str>,
) -> rusqlite::Result<bool> {
    let insert = &mut writing.hot.insert_message;
    insert.raw_bind_parameter(1, message.app.key())?;
    insert.raw_bind_parameter(2, message.id.key())?;
    insert.raw_bind_parameter(3, message.id.tail())?;
    insert.raw_bind_parameter(4, message.event_type.as_str())?;
    insert.raw_bind_parameter(5, message.event_id.as_ref().map(Uid::as_str))?;
    insert.raw_bind_parameter(6, to_json_unless_empty(&message.channels))?;
    insert.raw_bind_parameter(7, to_json_unless_empty(&message.tags))?;
    insert.raw_bind_parameter(8, message.created_at.as_millis())?;
    insert.raw_bind_parameter(9, message.deliver_at.map(Timestamp::as_millis))?;
    insert.raw_bind_parameter(10, message.retention_hours)?;
    insert.raw_bind_parameter(11, payload_event_id)?;
    Ok(insert.raw_execute()? > 0)
}

fn insert_labels(writing: &Writing<'_>, message: &Message) -> rusqlite::Result<()> {
    let (app, key) = (message.app.key(), message.id.key());
    for channel in &message.channels {
        let sql = "INSERT INTO message_channel (app_key, channel, message_key) VALUES (?, ?, ?)
                   ON CONFLICT DO NOTHING";
        let mut insert = writing.connection.prepare_cached(sql)?;
        insert.execute((app, channel.as_str(), key))?;
    }
    for tag in &message.tags {
        let sql =
            "INSERT INTO message_tag (app_key, tag, message_key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        let mut insert = writing.connection.prepare_cached(sql)?;
        insert.execute((app, tag, key))?;
    }
    Ok(())
}

fn insert_delivery(
    writing: &mut Writing<'_>,
    accepted: &NewMessage,
    endpoint: EndpointId,
    state: DeliveryState,
) -> rusqlite::Result<()> {
    let insert = &mut writing.hot.insert_delivery;
    insert.raw_bind_parameter(1, endpoint.key())?;
    insert.raw_bind_parameter(2, accepted.message.id.key())?;
    insert.raw_bind_parameter(3, state.status().number())?;
    insert.raw_bind_parameter(4, state.due_at().map(Timestamp::as_millis))?;
    insert.raw_execute()?;
    let Some(due_at) = state.due_at() else {
        return Ok(());
    };
    if due_at > writing.now {
        writing.effects.note(PendingEndpoint { app: accepted.message.app, endpoint, first_due_at: due_at });
    } else {
        writing.effects.hand_over(DueDelivery {
            key: DeliveryKey { app: accepted.message.app, endpoint, message: accepted.message.id },
            progress: Progress::FRESH,
            due_at,
            payload: Some(accepted.payload.clone()),
        });
    }
    Ok(())
}

/// Contents kept for the default time expire in the order of their keys and need no instant of their own.
fn expires_at(message: &Message) -> Option<i64> {
    let hours = i64::from(message.retention_hours?);
    Some(message.created_at.as_millis().saturating_add(hours * HOUR_MILLIS))
}
