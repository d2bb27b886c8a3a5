//! An endpoint's own rules of delivery, in the columns of its row.

use std::time::Duration;

use rusqlite::Connection;
use wirepost_model::delivery_rules::{DeliveryRules, FailingHead, HttpVersion, SuccessRule};
use wirepost_model::ids::EndpointId;
use wirepost_model::retry_schedule::RetrySchedule;

use crate::columns::Columns;
use crate::failure::Outcome;
use crate::statement::compile;

/// The columns, as [`read`] takes them.
pub(crate) const COLUMNS: &str = "retry_schedule, request_timeout_seconds, in_flight_most, http_version, \
     success_rule, fifo, fifo_failing_head";

/// Replaces the rules in the row of this endpoint.
pub(crate) fn write(
    connection: &Connection,
    endpoint: EndpointId,
    rules: &DeliveryRules,
) -> rusqlite::Result<()> {
    let sql = format!("UPDATE endpoint SET ({COLUMNS}) = (?, ?, ?, ?, ?, ?, ?) WHERE key = ?");
    compile(connection, &sql)?.execute((
        rules.retry_schedule.as_ref().map(ToString::to_string),
        rules.request_timeout.map(whole_seconds),
        rules.in_flight_most,
        rules.http_version.as_str(),
        rules.success_rule.as_str(),
        rules.fifo,
        rules.fifo_failing_head.as_str(),
        endpoint.key(),
    ))?;
    Ok(())
}

/// The rules from the columns that begin `at`.
pub(crate) fn read(columns: &Columns<'_>, at: usize) -> Outcome<DeliveryRules> {
    let seconds: Option<u32> = columns.get(at + 1)?;
    Ok(DeliveryRules {
        retry_schedule: columns.optional_parsed(at, RetrySchedule::parse)?,
        request_timeout: seconds.map(|seconds| Duration::from_secs(seconds.into())),
        in_flight_most: columns.get(at + 2)?,
        http_version: word(columns, at + 3, HttpVersion::parse)?,
        success_rule: word(columns, at + 4, SuccessRule::parse)?,
        fifo: columns.get(at + 5)?,
        fifo_failing_head: word(columns, at + 6, FailingHead::parse)?,
    })
}

fn whole_seconds(timeout: Duration) -> i64 {
    i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX)
}

fn word<T>(columns: &Columns<'_>, at: usize, parse: impl FnOnce(&str) -> Option<T>) -> Outcome<T> {
    let text: String = columns.get(at)?;
    parse(&text).ok_or_else(|| columns.damage(format!("`{text}` is none of its rules of delivery")))
}
