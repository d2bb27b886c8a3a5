//! Compiles the statements of readers, once per connection. In tests, each shows its plan first: a list that walks
//! through a growing table is found before the table has grown.

use rusqlite::{CachedStatement, Connection};

/// The compiled statement, from the connection's own cache.
pub(crate) fn compile<'c>(connection: &'c Connection, sql: &str) -> rusqlite::Result<CachedStatement<'c>> {
    #[cfg(test)]
    plan::refuse_walks(connection, sql)?;
    connection.prepare_cached(sql)
}

#[cfg(test)]
mod plan {
    use rusqlite::Connection;

    /// Tables, by the names that statements give them, that may be walked: their lists show all of them, or they
    /// stay small beside messages.
    const WALKED: [&str; 6] = ["app", "e", "event_type", "token", "store_check", "CONSTANT"];

    pub(super) fn refuse_walks(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let mut steps = explain.raw_query();
        while let Some(step) = steps.next()? {
            let step: String = step.get(3)?;
            let mut words = step.split(' ');
            let walked = (words.next() == Some("SCAN")).then(|| words.next().unwrap_or_default());
            if let Some(table) = walked {
                assert!(WALKED.contains(&table), "`{step}` in {sql}");
            }
            // The few secrets of one endpoint may be sorted; nothing else is.
            let sorts = step.contains("TEMP B-TREE") && !sql.contains("FROM endpoint_secret");
            assert!(!sorts, "`{step}` in {sql}");
        }
        Ok(())
    }

    #[test]
    fn a_walk_through_a_growing_table_is_refused() {
        let connection = Connection::open_in_memory().expect("it opens");
        crate::migrations::migrate(&connection).expect("it is made");
        for (sql, fits) in [
            ("SELECT key FROM message WHERE app_key = ? ORDER BY key", true),
            ("SELECT key FROM message WHERE key = ?", false),
            ("SELECT key FROM message m WHERE m.created_at > ?", false),
            ("SELECT key FROM message WHERE app_key = ? ORDER BY created_at", false),
            ("SELECT key FROM app ORDER BY key", true),
        ] {
            let check = || refuse_walks(&connection, sql).expect("it compiles");
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check));
            assert_eq!(outcome.is_ok(), fits, "{sql}");
        }
    }
}
