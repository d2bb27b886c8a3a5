//! Brings the schema up to date: numbered files, each applied once, in one transaction. Never backwards.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Marks a file as ours (`PRAGMA application_id`): the letters `Wpst`.
const APPLICATION_ID: i64 = 0x5770_7374;

/// Number n is at n - 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first_tables.sql"),
    include_str!("../migrations/0002_token_capabilities.sql"),
    include_str!("../migrations/0003_kept_answers.sql"),
    include_str!("../migrations/0004_more_to_ask.sql"),
    include_str!("../migrations/0005_endpoint_oauth.sql"),
    include_str!("../migrations/0006_pulses.sql"),
    include_str!("../migrations/0007_payload_validation.sql"),
    include_str!("../migrations/0008_delivery_rules.sql"),
    include_str!("../migrations/0009_failing_warnings.sql"),
    include_str!("../migrations/0010_main_key.sql"),
    include_str!("../migrations/0011_replay_tasks.sql"),
    include_str!("../migrations/0012_ended_rows.sql"),
    include_str!("../migrations/0013_token_feature_flags.sql"),
    include_str!("../migrations/0014_sign_ins.sql"),
    include_str!("../migrations/0015_latency_counts.sql"),
    include_str!("../migrations/0016_app_names.sql"),
];

/// Why the schema could not be brought up to date.
#[derive(Debug)]
pub(crate) enum MigrationError {
    /// Another program's database.
    Foreign,
    /// A later version wrote it.
    Newer { found: i64, known: i64 },
    /// The file is where no log can be written ahead of it.
    NoLog,
    /// SQLite failed.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for MigrationError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Applies what is missing.
pub(crate) fn migrate(connection: &Connection) -> Result<(), MigrationError> {
    let known = i64::try_from(MIGRATIONS.len()).expect("there are few migrations");
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(MigrationError::Newer { found, known });
    }
    for (number, sql) in (1..).zip(MIGRATIONS) {
        if number > found {
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.commit()?;
    Ok(())
}

/// Refuses another program's database, before anything in it is changed.
pub(crate) fn refuse_foreign(connection: &Connection) -> Result<(), MigrationError> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(MigrationError::Foreign);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_made_before_there_were_capabilities_have_what_they_had() {
        let connection = Connection::open_in_memory().expect("it opens");
        connection.execute_batch(MIGRATIONS[0]).expect("the first tables are made");
        connection.pragma_update(None, "user_version", 1).expect("it is set");
        let sql = "INSERT INTO token VALUES
            (zeroblob(32), 1, zeroblob(12), 'organisation', NULL, NULL, 0),
            (randomblob(32), 2, zeroblob(12), 'app', 7, zeroblob(12), 0)";
        connection.execute(sql, []).expect("they are kept");
        migrate(&connection).expect("it is brought up to date");
        let bits = |key: i64| -> u8 {
            let sql = "SELECT capabilities FROM token WHERE key = ?";
            connection.query_row(sql, [key], |row| row.get(0)).expect("it is there")
        };
        assert_eq!((bits(1), bits(2)), (255, 31));
    }

    #[test]
    fn endpoints_made_before_there_were_rules_of_their_own_have_none() {
        let connection = Connection::open_in_memory().expect("it opens");
        connection.execute_batch(MIGRATIONS[0]).expect("the first tables are made");
        connection.pragma_update(None, "user_version", 1).expect("it is set");
        let sql = "INSERT INTO endpoint VALUES
            (1, zeroblob(12), 1, NULL, 'https://example.com/', '', '[]', '[]', NULL, NULL, NULL, '{}', '{}', NULL, 0,
             0, 1, NULL)";
        connection.execute(sql, []).expect("it is kept");
        migrate(&connection).expect("it is brought up to date");
        let sql = format!("SELECT {} FROM endpoint", crate::delivery_rules::COLUMNS);
        let rules = connection.query_row(&sql, [], |row| {
            let columns = crate::columns::Columns::new(row, "endpoint", 1);
            Ok(crate::delivery_rules::read(&columns, 0))
        });
        let rules = rules.expect("it is there").expect("they can be read");
        assert_eq!(rules, wirepost_model::delivery_rules::DeliveryRules::default());
    }

    #[test]
    fn payloads_that_were_kept_for_days_are_kept_for_as_many_hours() {
        let connection = Connection::open_in_memory().expect("it opens");
        connection.execute_batch(MIGRATIONS[0]).expect("the first tables are made");
        connection.pragma_update(None, "user_version", 1).expect("it is set");
        let sql = "INSERT INTO message (app_key, key, tail, event_type, created_at, retention_days)
                   VALUES (1, 1, zeroblob(12), 'a.b', 0, 7), (1, 2, zeroblob(12), 'a.b', 0, NULL)";
        connection.execute(sql, []).expect("they are kept");
        migrate(&connection).expect("it is brought up to date");
        let hours = |key: i64| -> Option<i64> {
            let sql = "SELECT retention_hours FROM message WHERE key = ?";
            connection.query_row(sql, [key], |row| row.get(0)).expect("it is there")
        };
        assert_eq!((hours(1), hours(2)), (Some(7 * 24), None));
    }
}
