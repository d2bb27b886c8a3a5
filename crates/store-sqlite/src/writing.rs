//! What a write may use while its batch runs: the connection, the compiled statements of the hot path, and the
//! effects that follow once the batch is committed.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Statement};
use wirepost_model::ids::EndpointId;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::accepted::{DueDelivery, Handover};
use wirepost_store::deliveries::PendingEndpoint;

use crate::{deliveries, latency_column, messages, meters, stats};

/// Endpoints whose URL number is kept in memory; beyond it the map starts again.
const URLS_KEPT: usize = 50_000;
/// Of an endpoint's URLs, the newest that are opened to find one of them.
const URLS_OPENED: usize = 16;

/// A batch in the making.
pub(crate) struct Writing<'c> {
    /// The writing connection.
    pub(crate) connection: &'c Connection,
    /// Compiled once, for the paths that every message takes.
    pub(crate) hot: HotStatements<'c>,
    /// When the batch began.
    pub(crate) now: Timestamp,
    /// What the engine is to hear after the commit.
    pub(crate) effects: Effects,
    urls: HashMap<i64, (Arc<str>, i64)>,
}

/// The statements that every message takes.
pub(crate) struct HotStatements<'c> {
    pub(crate) insert_message: Statement<'c>,
    pub(crate) insert_content: Statement<'c>,
    pub(crate) insert_delivery: Statement<'c>,
    pub(crate) insert_attempt: Statement<'c>,
    pub(crate) insert_attempt_content: Statement<'c>,
    pub(crate) advance_delivery: Statement<'c>,
    pub(crate) add_counts: Statement<'c>,
}

/// What the engine is to hear after the commit.
#[derive(Default)]
pub(crate) struct Effects {
    due: Vec<DueDelivery>,
    later: Vec<PendingEndpoint>,
    withdrawn: Vec<EndpointId>,
    accepted: usize,
}

/// How many effects there were at a moment, to go back to it.
#[derive(Clone, Copy, Default)]
pub(crate) struct EffectsMark(usize, usize, usize, usize);

impl<'c> Writing<'c> {
    pub(crate) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        latency_column::teach(connection)?;
        let hot = HotStatements {
            insert_message: connection.prepare(messages::INSERT_MESSAGE)?,
            insert_content: connection.prepare(messages::INSERT_CONTENT)?,
            insert_delivery: connection.prepare(messages::INSERT_DELIVERY)?,
            insert_attempt: connection.prepare(deliveries::INSERT_ATTEMPT)?,
            insert_attempt_content: connection.prepare(deliveries::INSERT_ATTEMPT_CONTENT)?,
            advance_delivery: connection.prepare(deliveries::ADVANCE_DELIVERY)?,
            add_counts: connection.prepare(stats::ADD_COUNTS)?,
        };
        Ok(Self {
            connection,
            hot,
            now: Timestamp::default(),
            effects: Effects::default(),
            urls: HashMap::new(),
        })
    }

    /// The small number that stands for this URL of this endpoint in attempts.
    pub(crate) fn url_number(&mut self, endpoint_key: i64, url: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some((known, number)) = self.urls.get(&endpoint_key)
            && (Arc::ptr_eq(known, url) || **known == **url)
        {
            return Ok(*number);
        }
        let number = self.find_or_add_url(endpoint_key, url)?;
        if self.urls.len() >= URLS_KEPT {
            self.urls.clear();
        }
        self.urls.insert(endpoint_key, (url.clone(), number));
        Ok(number)
    }

    /// Sealed, the same URL never looks the same: the newest few of the endpoint are opened. One that lies further
    /// back gets another number, which does no harm.
    fn find_or_add_url(&self, endpoint_key: i64, url: &str) -> rusqlite::Result<i64> {
        let sql = "SELECT number FROM
                       (SELECT number, unseal(url, 'endpoint_url.url', endpoint_key) AS opened
                        FROM endpoint_url WHERE endpoint_key = ? ORDER BY number DESC LIMIT ?)
                   WHERE opened = ?";
        let mut find = self.connection.prepare_cached(sql)?;
        let found = find.query_row((endpoint_key, URLS_OPENED, url), |row| row.get(0)).optional()?;
        if let Some(number) = found {
            return Ok(number);
        }
        let sql = "INSERT INTO endpoint_url (endpoint_key, url)
                   VALUES (?1, seal(?2, 'endpoint_url.url', ?1))";
        self.connection.prepare_cached(sql)?.insert((endpoint_key, url))
    }

    /// Forgets what came since `mark`, in memory as in the database, which was rolled back to then.
    pub(crate) fn back_to(&mut self, mark: EffectsMark) {
        self.urls.clear();
        self.effects.due.truncate(mark.0);
        self.effects.later.truncate(mark.1);
        self.effects.withdrawn.truncate(mark.2);
        self.effects.accepted = mark.3;
    }
}

impl Effects {
    /// The engine gets this delivery at once.
    pub(crate) fn hand_over(&mut self, due: DueDelivery) {
        self.due.push(due);
    }

    /// The engine learns that this endpoint has something due later.
    pub(crate) fn note(&mut self, pending: PendingEndpoint) {
        // Messages of a batch mostly come for one endpoint after another; the engine sorts out the rest.
        match self.later.last_mut() {
            Some(last) if last.endpoint == pending.endpoint => {
                last.first_due_at = last.first_due_at.min(pending.first_due_at);
            }
            _ => self.later.push(pending),
        }
    }

    /// The engine forgets what it holds of this endpoint, and reads it again.
    pub(crate) fn withdraw(&mut self, endpoint: EndpointId) {
        self.withdrawn.push(endpoint);
    }

    /// One more message was accepted.
    pub(crate) fn count_accepted(&mut self) {
        self.accepted += 1;
    }

    /// Where the effects stand. An instant noted too early afterwards only costs the engine a look.
    pub(crate) fn mark(&self) -> EffectsMark {
        EffectsMark(self.due.len(), self.later.len(), self.withdrawn.len(), self.accepted)
    }

    /// Tells the engine, after the commit.
    pub(crate) fn tell(&mut self, handover: &Handover) {
        meters::note_accepted(std::mem::take(&mut self.accepted));
        handover.offer(std::mem::take(&mut self.due));
        if !self.later.is_empty() {
            handover.note(self.later.drain(..));
        }
        if !self.withdrawn.is_empty() {
            handover.withdraw(self.withdrawn.drain(..));
        }
    }
}
