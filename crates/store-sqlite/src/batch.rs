//! One transaction for all commands that came in the same moment. A command that fails does not spoil the others:
//! they run again, each behind a savepoint. What the disk refuses, all of them hear.

use rusqlite::Connection;

use crate::command::Command;
use crate::failure::is_outage;
use crate::writing::{EffectsMark, Writing};

/// Why nothing of a transaction was written.
enum Spoiled {
    /// One command failed for its own reasons.
    ByCommand,
    /// The database cannot write just now.
    ByOutage(String),
}

/// Runs and commits the commands; answers per command whether it is in the database, or why it is not.
pub(crate) fn commit_batch(
    writing: &mut Writing<'_>,
    commands: &mut [Box<dyn Command>],
) -> Vec<Result<(), String>> {
    let outcome = match commit_together(writing, commands) {
        Ok(()) => return vec![Ok(()); commands.len()],
        Err(Spoiled::ByCommand) => commit_apart(writing, commands),
        Err(Spoiled::ByOutage(reason)) => Err(reason),
    };
    outcome.unwrap_or_else(|reason| {
        tracing::error!(reason, writes = commands.len(), "writes were refused by the database");
        vec![Err(reason); commands.len()]
    })
}

/// The common case: no savepoints, since nothing fails.
fn commit_together(writing: &mut Writing<'_>, commands: &mut [Box<dyn Command>]) -> Result<(), Spoiled> {
    let outcome = begin(writing.connection).map_err(outage).and_then(|()| {
        for command in &mut *commands {
            command.run(writing).map_err(|error| judge(writing.connection, &error))?;
        }
        commit(writing.connection).map_err(outage)
    });
    if outcome.is_err() {
        roll_back(writing);
    }
    outcome
}

fn commit_apart(
    writing: &mut Writing<'_>,
    commands: &mut [Box<dyn Command>],
) -> Result<Vec<Result<(), String>>, String> {
    let outcome = run_apart(writing, commands);
    if outcome.is_err() {
        roll_back(writing);
    }
    outcome
}

fn run_apart(
    writing: &mut Writing<'_>,
    commands: &mut [Box<dyn Command>],
) -> Result<Vec<Result<(), String>>, String> {
    let words = |error: rusqlite::Error| error.to_string();
    begin(writing.connection).map_err(words)?;
    let mut outcomes = Vec::with_capacity(commands.len());
    for command in commands {
        execute(writing.connection, "SAVEPOINT command").map_err(words)?;
        let mark = writing.effects.mark();
        let outcome = command.run(writing);
        if let Err(error) = &outcome {
            if let Spoiled::ByOutage(reason) = judge(writing.connection, error) {
                return Err(reason);
            }
            tracing::error!(%error, "a write failed and was left out");
            execute(writing.connection, "ROLLBACK TO command").map_err(words)?;
            writing.back_to(mark);
        }
        execute(writing.connection, "RELEASE command").map_err(words)?;
        outcomes.push(outcome.map_err(words));
    }
    commit(writing.connection).map_err(words)?;
    Ok(outcomes)
}

fn judge(connection: &Connection, error: &rusqlite::Error) -> Spoiled {
    // SQLite itself ends a transaction that it cannot go on with.
    if is_outage(error) || connection.is_autocommit() {
        Spoiled::ByOutage(error.to_string())
    } else {
        Spoiled::ByCommand
    }
}

fn outage(error: rusqlite::Error) -> Spoiled {
    Spoiled::ByOutage(error.to_string())
}

fn begin(connection: &Connection) -> rusqlite::Result<()> {
    execute(connection, "BEGIN IMMEDIATE")
}

fn commit(connection: &Connection) -> rusqlite::Result<()> {
    execute(connection, "COMMIT")
}

fn roll_back(writing: &mut Writing<'_>) {
    if !writing.connection.is_autocommit()
        && let Err(error) = execute(writing.connection, "ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
    writing.back_to(EffectsMark::default());
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
