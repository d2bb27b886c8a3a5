//! `/app/{app}/logs/live`: server-sent events, one for each row of the log's first page that is new or has changed.
//! Each stream looks once a second. A stream is bounded in number, and ends with the session, with the server, and
//! with a reader that takes nothing any more.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use tokio::time::{MissedTickBehavior, interval};
use wirepost_control::ControlResult;
use wirepost_control::caller::AppAccess;
use wirepost_control::logs::LogEntry;
use wirepost_control::page::{Order, PageQuery};
use wirepost_model::capability::Capability;
use wirepost_model::ids::MessageId;

use super::list::ROWS;
use super::row::Row;
use crate::cookies::shown_secret;
use crate::event_stream::{Ended, Reader, answer};
use crate::fault::Fault;
use crate::filters::FilterQuestion;
use crate::live_streams::Place;
use crate::person::Person;
use crate::query::Query;
use crate::state::UiState;

/// Between two looks.
const PACE: Duration = Duration::from_secs(1);
/// Every so many looks the session is looked at again, rows that have ended too, and something is sent in any case.
const ROUND: u32 = 10;
/// Rows that may wait for their reader.
const WAITING_MOST: usize = 4;
/// A reader that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn live(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(filters): Query<FilterQuestion>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    if filters.read(state.control.now()).is_err() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, "The filters cannot be read.").into_response());
    }
    let Some(place) = state.streams.take(access.id()) else {
        let sentence =
            "Too many people look at rows that come by themselves. Close one of these pages, or wait.";
        return Ok((StatusCode::SERVICE_UNAVAILABLE, sentence).into_response());
    };
    let (reader, events) = Reader::new(WAITING_MOST, PATIENCE);
    let stream = Stream {
        here: format!("/app/{}/logs", access.id()),
        secret: shown_secret(&headers, &state.settings).unwrap_or_default(),
        access,
        filters,
        reader,
        shown: HashMap::new(),
        state,
    };
    tokio::spawn(stream.run(place));
    Ok(answer(Body::new(events)))
}

/// What one reader follows, and what it was sent.
struct Stream {
    state: UiState,
    access: AppAccess,
    filters: FilterQuestion,
    here: String,
    /// What the reader's browser shows.
    secret: String,
    reader: Reader,
    /// The rows of the first page as they were sent, and whether they have ended.
    shown: HashMap<MessageId, Sent>,
}

struct Sent {
    mark: String,
    is_settled: bool,
}

impl Stream {
    async fn run(mut self, place: Place) {
        tokio::select! {
            Ended = self.follow() => {}
            () = place.closed() => {}
        }
    }

    async fn follow(&mut self) -> Ended {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for look in 0_u32.. {
            pace.tick().await;
            if let Err(ended) = self.look(look % ROUND == 0).await {
                return ended;
            }
        }
        Ended
    }

    async fn look(&mut self, is_thorough: bool) -> Result<(), Ended> {
        if is_thorough {
            self.look_at_session().await?;
            self.reader.send_sign_of_life().await?;
        }
        match self.fresh(is_thorough).await {
            Ok(entries) => self.tell(entries).await,
            Err(error) => {
                // The reader's browser comes again by itself.
                tracing::debug!(%error, "a log is not followed any more");
                Err(Ended)
            }
        }
    }

    /// A session ends here as it ends everywhere, and what it may see can change.
    async fn look_at_session(&mut self) -> Result<(), Ended> {
        let visitor = self.state.control.visitor(&self.secret).await.map_err(|_| Ended)?;
        if !visitor.caller.may(Capability::ViewBase) {
            return Err(Ended);
        }
        let app = self.access.id().to_string();
        self.access = self.state.control.enter(visitor.caller, &app).await.map_err(|_| Ended)?;
        Ok(())
    }

    /// The messages of the first page that the reader may not know as they are, oldest first.
    async fn fresh(&mut self, is_thorough: bool) -> ControlResult<Vec<LogEntry>> {
        let control = &self.state.control;
        let Ok(filters) = self.filters.read(control.now()) else {
            return Ok(Vec::new());
        };
        let page = PageQuery::first(ROWS, Order::Descending);
        let mut messages = control.list_messages(&self.access, filters.into(), page).await?.page.rows;
        let ids: Vec<_> = messages.iter().map(|stored| stored.message.id).collect();
        self.shown.retain(|id, _| ids.contains(id));
        messages.retain(|stored| {
            let sent = self.shown.get(&stored.message.id);
            is_thorough || !sent.is_some_and(|sent| sent.is_settled)
        });
        messages.reverse();
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        control.log_entries(&self.access, messages).await
    }

    async fn tell(&mut self, entries: Vec<LogEntry>) -> Result<(), Ended> {
        for entry in entries {
            let id = entry.message.id;
            let row = Row::of(&self.here, entry);
            let sent = Sent { mark: row.outcomes.mark(), is_settled: row.outcomes.is_settled };
            if self.shown.get(&id).is_some_and(|known| known.mark == sent.mark) {
                continue;
            }
            let html = row.html().map_err(|_| Ended)?;
            self.reader.send("row", &html).await?;
            self.shown.insert(id, sent);
        }
        Ok(())
    }
}
