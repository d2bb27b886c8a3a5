//! What happened in an app: the counters of its endpoints summed up, and its attempts counted by event type.

use std::collections::BTreeMap;

use async_trait::async_trait;
use rusqlite::Connection;
use wirepost_model::ids::{AppId, EndpointId};
use wirepost_model::names::EventTypeName;
use wirepost_model::timestamp::Timestamp;
use wirepost_store::StoreResult;
use wirepost_store::app_stats::{AppActivity, AppStats, EventTypeCounts};
use wirepost_store::stats::{Counts, span_of};

use crate::columns::Columns;
use crate::failure::Outcome;
use crate::key_range::KeyRange;
use crate::listing::Listing;
use crate::statement::compile;
use crate::stats::{self, COUNTS};
use crate::{SqliteStore, apps};

#[async_trait]
impl AppStats for SqliteStore {
    async fn app_counts(&self, app: AppId, since: Timestamp, until: Timestamp) -> StoreResult<Vec<Counts>> {
        self.readers
            .read(move |connection| {
                if !apps::exists(connection, app)? {
                    return Ok(Vec::new());
                }
                Ok(sum(connection, app, since, until)?.into_values().collect())
            })
            .await
    }

    async fn app_activity(
        &self,
        app: AppId,
        since: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> StoreResult<Option<AppActivity>> {
        self.readers
            .read(move |connection| {
                if !apps::exists(connection, app)? {
                    return Ok(Some(AppActivity::default()));
                }
                sum_both_ways(connection, app, since, until, most)
            })
            .await
    }

    async fn attempts_by_event_type(
        &self,
        app: AppId,
        since: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> StoreResult<Option<Vec<EventTypeCounts>>> {
        self.readers
            .read(move |connection| {
                if !apps::exists(connection, app)? {
                    return Ok(Some(Vec::new()));
                }
                let Some(counts) = count_by_event_type(connection, app, since, until, most)? else {
                    return Ok(None);
                };
                let row = |((event_type, from), (succeeded, failed))| EventTypeCounts {
                    event_type,
                    from,
                    succeeded,
                    failed,
                };
                Ok(Some(counts.into_iter().map(row).collect()))
            })
            .await
    }
}

fn sum(
    connection: &Connection,
    app: AppId,
    since: Timestamp,
    until: Timestamp,
) -> Outcome<BTreeMap<Timestamp, Counts>> {
    let sql = format!(
        "SELECT {COUNTS}
         FROM endpoint e INDEXED BY endpoint_of_app
         CROSS JOIN endpoint_counts c ON c.endpoint_key = e.key AND c.span BETWEEN ? AND ?
         WHERE e.app_key = ?"
    );
    let mut statement = compile(connection, &sql)?;
    let mut rows = statement.query((span_of(since).as_millis(), span_of(until).as_millis(), app.key()))?;
    let mut spans: BTreeMap<Timestamp, Counts> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        add(&mut spans, &stats::read(row)?);
    }
    Ok(spans)
}

fn add(spans: &mut BTreeMap<Timestamp, Counts>, counts: &Counts) {
    let from = counts.from;
    spans.entry(from).or_insert(Counts { from, ..Counts::default() }).add(counts);
}

fn sum_both_ways(
    connection: &Connection,
    app: AppId,
    since: Timestamp,
    until: Timestamp,
    most: usize,
) -> Outcome<Option<AppActivity>> {
    let sql = format!(
        "SELECT {COUNTS}, e.key, e.tail
         FROM endpoint e INDEXED BY endpoint_of_app
         CROSS JOIN endpoint_counts c ON c.endpoint_key = e.key AND c.span BETWEEN ? AND ?
         WHERE e.app_key = ? ORDER BY e.key LIMIT ?"
    );
    let mut statement = compile(connection, &sql)?;
    let spans = (span_of(since).as_millis(), span_of(until).as_millis());
    let mut rows = statement.query((spans.0, spans.1, app.key(), most.saturating_add(1)))?;
    let mut by_span: BTreeMap<Timestamp, Counts> = BTreeMap::new();
    let mut by_endpoint: Vec<(EndpointId, Counts)> = Vec::new();
    let mut looked_at = 0;
    while let Some(row) = rows.next()? {
        looked_at += 1;
        if looked_at > most {
            return Ok(None);
        }
        let counts = stats::read(row)?;
        add(&mut by_span, &counts);
        // All rows of an endpoint come one after another.
        match by_endpoint.last_mut() {
            Some((endpoint, sum)) if endpoint.key() == row.get::<_, i64>(8)? => sum.add(&counts),
            _ => by_endpoint.push((Columns::new(row, "endpoint", row.get(8)?).id(8, 9)?, counts)),
        }
    }
    Ok(Some(AppActivity { by_span: by_span.into_values().collect(), by_endpoint }))
}

/// Successes and failures by event type and span.
type CountsByType = BTreeMap<(EventTypeName, Timestamp), (u64, u64)>;

fn count_by_event_type(
    connection: &Connection,
    app: AppId,
    since: Timestamp,
    until: Timestamp,
    most: usize,
) -> Outcome<Option<CountsByType>> {
    let mut listing = Listing::new(
        "SELECT a.key, a.started_at, a.succeeded, m.event_type
         FROM endpoint e INDEXED BY endpoint_of_app
         CROSS JOIN attempt a ON a.endpoint_key = e.key
         CROSS JOIN message m ON m.app_key = e.app_key AND m.key = a.message_key
         WHERE e.app_key = ?",
        [app.key().into()],
    );
    // A range excludes its ends; attempts that began at one count.
    let just_after = Timestamp::from_millis(until.as_millis().saturating_add(1));
    let just_before = Timestamp::from_millis(since.as_millis().saturating_sub(1));
    KeyRange::new(Some(just_after), Some(just_before)).bound(&mut listing, "a.key", "a.started_at");
    listing.limit(most + 1);
    let mut counts = CountsByType::new();
    let looked_at = listing.rows(connection, |row| {
        let columns = Columns::new(row, "attempt", row.get(0)?);
        let event_type = columns.parsed(3, EventTypeName::parse)?;
        let (succeeded, failed) = counts.entry((event_type, span_of(columns.instant(1)?))).or_default();
        *(if columns.get(2)? { succeeded } else { failed }) += 1;
        Ok(())
    })?;
    Ok((looked_at.len() <= most).then_some(counts))
}
