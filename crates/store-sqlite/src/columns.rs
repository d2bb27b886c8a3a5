//! Values as columns hold them, and back: lists and maps as JSON, names and states checked on the way out.

use std::fmt::Display;
use std::time::Duration;

use rusqlite::Row;
use rusqlite::types::ValueRef;
use wirepost_model::delivery::{DeliveryState, DeliveryStatus, ResumeAs};
use wirepost_model::ids::Id;
use wirepost_model::invalid::Invalid;
use wirepost_model::latency::Latencies;
use wirepost_model::payload_validation::PayloadValidation;
use wirepost_model::timestamp::Timestamp;

use crate::failure::{Failure, Outcome, corrupt};
use crate::latency_column;

/// A row on its way out: knows its table and key, so that damage is named.
pub(crate) struct Columns<'r> {
    row: &'r Row<'r>,
    table: &'static str,
    key: i64,
}

impl<'r> Columns<'r> {
    /// `key` names the row where it is damaged.
    pub(crate) fn new(row: &'r Row<'r>, table: &'static str, key: i64) -> Self {
        Self { row, table, key }
    }

    /// A column as SQLite knows it.
    pub(crate) fn get<T: rusqlite::types::FromSql>(&self, at: usize) -> Outcome<T> {
        self.row.get(at).map_err(|error| self.damage(error))
    }

    /// An id from its key and its tail.
    pub(crate) fn id<K: wirepost_model::ids::Kind>(&self, key_at: usize, tail_at: usize) -> Outcome<Id<K>> {
        Ok(Id::from_parts(self.get(key_at)?, self.get(tail_at)?))
    }

    /// An instant.
    pub(crate) fn instant(&self, at: usize) -> Outcome<Timestamp> {
        self.get(at).map(Timestamp::from_millis)
    }

    /// An instant or none.
    pub(crate) fn optional_instant(&self, at: usize) -> Outcome<Option<Timestamp>> {
        Ok(self.get::<Option<i64>>(at)?.map(Timestamp::from_millis))
    }

    /// A duration in whole microseconds, or none.
    pub(crate) fn optional_micros(&self, at: usize) -> Outcome<Option<Duration>> {
        Ok(self.get::<Option<u64>>(at)?.map(Duration::from_micros))
    }

    /// Text that must parse.
    pub(crate) fn parsed<T>(&self, at: usize, parse: impl FnOnce(&str) -> Result<T, Invalid>) -> Outcome<T> {
        let text: String = self.get(at)?;
        parse(&text).map_err(|invalid| self.damage(invalid))
    }

    /// Text that must parse, or none.
    pub(crate) fn optional_parsed<T>(
        &self,
        at: usize,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Outcome<Option<T>> {
        let text: Option<String> = self.get(at)?;
        let parsed = text.map(|text| parse(&text)).transpose();
        parsed.map_err(|invalid| self.damage(invalid))
    }

    /// How long attempts took; nothing where nothing was counted.
    pub(crate) fn latencies(&self, at: usize) -> Outcome<Latencies> {
        match self.row.get_ref(at)? {
            ValueRef::Null => Ok(Latencies::default()),
            ValueRef::Blob(bytes) => {
                latency_column::decode(bytes).ok_or_else(|| self.damage("no counts of latencies"))
            }
            other => Err(self.damage(format!("latencies as {}", other.data_type()))),
        }
    }

    /// JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, at: usize) -> Outcome<T> {
        let text: String = self.get(at)?;
        serde_json::from_str(&text).map_err(|error| self.damage(error))
    }

    /// JSON, or none.
    pub(crate) fn optional_json<T: serde::de::DeserializeOwned>(&self, at: usize) -> Outcome<Option<T>> {
        let text: Option<String> = self.get(at)?;
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        read.map_err(|error| self.damage(error))
    }

    /// The state of a delivery from its number and its instant.
    pub(crate) fn state(&self, state_at: usize, due_at: usize) -> Outcome<DeliveryState> {
        let state = self.optional_state(state_at, due_at)?;
        state.ok_or_else(|| self.damage("it has no state"))
    }

    /// What a delivery returns to when its attempt by hand fails, if one is wanted.
    pub(crate) fn resume(&self, state_at: usize, due_at: usize) -> Outcome<Option<ResumeAs>> {
        Ok(self.optional_state(state_at, due_at)?.map(ResumeAs))
    }

    fn optional_state(&self, state_at: usize, due_at: usize) -> Outcome<Option<DeliveryState>> {
        let Some(number) = self.get::<Option<u8>>(state_at)? else {
            return Ok(None);
        };
        let known = DeliveryStatus::ALL.get(usize::from(number));
        let status = known.ok_or_else(|| self.damage("it has a state that does not exist"))?;
        let due_at = self.optional_instant(due_at)?;
        if *status == DeliveryStatus::Pending && due_at.is_none() {
            return Err(self.damage("it is pending without an instant"));
        }
        Ok(Some(status.with_due_at(due_at.unwrap_or_default())))
    }

    /// Whether payloads are checked, from its number.
    pub(crate) fn payload_validation(&self, at: usize) -> Outcome<PayloadValidation> {
        let known = PayloadValidation::from_number(self.get(at)?);
        known.ok_or_else(|| self.damage("it has a payload validation that does not exist"))
    }

    /// Says that this row cannot be what was written.
    pub(crate) fn damage(&self, reason: impl Display) -> Failure {
        corrupt(self.table, self.key, reason)
    }
}

/// A list or map as a column holds it.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("lists and maps of text are always JSON")
}

/// A list as a column holds it where empty ones are null.
pub(crate) fn to_json_unless_empty<T: serde::Serialize>(list: &[T]) -> Option<String> {
    (!list.is_empty()).then(|| to_json(&list))
}

/// Whole microseconds, as columns hold durations.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
