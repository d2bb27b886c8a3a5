//! The columns that hold secrets, and the two functions by which statements write and read them:
//! `seal(text, 'table.column', key)` and `unseal(text, 'table.column', key)`, where the key is the endpoint's. What is
//! null stays null; what does not open is null, so that reading the row says that it is damaged.

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use wirepost_store::sealing::{Place, Sealer};

/// A table with secrets of endpoints.
struct SealedTable {
    name: &'static str,
    columns: &'static [&'static str],
    /// Finds the rows of the endpoint whose key is `?1`.
    of_endpoint: &'static str,
    /// The endpoint's key in such a row.
    endpoint_key: &'static str,
}

/// Every column with secrets; a change of the main key takes these.
const SEALED: &[SealedTable] = &[
    SealedTable {
        name: "endpoint",
        columns: &["url", "headers"],
        of_endpoint: "key = ?1",
        endpoint_key: "key",
    },
    SealedTable {
        name: "endpoint_secret",
        columns: &["secret"],
        of_endpoint: "endpoint_key = ?1",
        endpoint_key: "endpoint_key",
    },
    SealedTable {
        name: "endpoint_url",
        columns: &["url"],
        of_endpoint: "endpoint_key = ?1",
        endpoint_key: "endpoint_key",
    },
    SealedTable {
        name: "endpoint_oauth",
        columns: &["token_url", "client_secret", "extra_params", "extra_headers"],
        of_endpoint: "app_key = (SELECT app_key FROM endpoint WHERE key = ?1) AND endpoint_key = ?1",
        endpoint_key: "endpoint_key",
    },
];

/// How a text stands before it is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// In clear.
    Clear,
    /// Sealed with a key that gives way to another.
    Sealed,
}

/// Teaches a connection to seal and unseal. Only statements may: no view or trigger that a file brings along.
pub(crate) fn teach(connection: &Connection, sealer: &Arc<Sealer>) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    let seal = sealer.clone();
    connection.create_scalar_function("seal", 3, flags, move |call| {
        on_text(call, |place, clear| Some(seal.seal(place, clear)))
    })?;
    let unseal = sealer.clone();
    connection.create_scalar_function("unseal", 3, flags, move |call| {
        on_text(call, |place, sealed| unseal.unseal(place, sealed))
    })
}

fn on_text(
    call: &Context<'_>,
    turn: impl FnOnce(Place<'_>, &str) -> Option<String>,
) -> rusqlite::Result<Option<String>> {
    let Some(text) = call.get::<Option<String>>(0)? else {
        return Ok(None);
    };
    let column: String = call.get(1)?;
    Ok(turn(Place { column: &column, key: call.get(2)? }, &text))
}

/// Seals all that belongs to an endpoint with the key in force. What does not open stays as it is.
pub(crate) fn seal_endpoint(
    connection: &Connection,
    endpoint_key: i64,
    found: Found,
) -> rusqlite::Result<()> {
    for table in SEALED {
        let mut update = connection.prepare_cached(&table.sealing(found))?;
        update.execute([endpoint_key])?;
    }
    Ok(())
}

/// As an earlier version left it: everything in clear.
#[cfg(test)]
pub(crate) fn lay_open(connection: &Connection) -> rusqlite::Result<()> {
    for SealedTable { name, columns, endpoint_key, .. } in SEALED {
        for column in *columns {
            let opened = format!("unseal({column}, '{name}.{column}', {endpoint_key})");
            connection.execute(&format!("UPDATE {name} SET {column} = {opened}"), [])?;
        }
    }
    Ok(())
}

impl SealedTable {
    fn sealing(&self, found: Found) -> String {
        let Self { name, of_endpoint, endpoint_key, .. } = self;
        let set = self.columns.iter().map(|column| {
            let place = format!("'{name}.{column}', {endpoint_key}");
            match found {
                Found::Clear => format!("{column} = seal({column}, {place})"),
                Found::Sealed => {
                    format!("{column} = coalesce(seal(unseal({column}, {place}), {place}), {column})")
                }
            }
        });
        format!("UPDATE {name} SET {} WHERE {of_endpoint}", set.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use wirepost_store::sealing::{GivenKeys, MainKey, Sealing};

    use super::*;
    use crate::statement::compile;

    fn taught(key: u8) -> Connection {
        let connection = Connection::open_in_memory().expect("it opens");
        crate::migrations::migrate(&connection).expect("it is made");
        let keys = GivenKeys::from(MainKey::new([key; 32]));
        let sealer = Sealing::new(keys, StdRng::seed_from_u64(1)).begin().expect("a key is given");
        teach(&connection, &Arc::new(sealer)).expect("it learns");
        connection
    }

    #[test]
    fn statements_seal_and_unseal_and_null_stays_null() {
        let connection = taught(1);
        let ask = |sql: &str| -> Option<String> {
            connection.query_row(sql, [], |row| row.get(0)).expect("it answers")
        };
        assert_eq!(ask("SELECT unseal(seal('hidden', 'a.b', 7), 'a.b', 7)").as_deref(), Some("hidden"));
        assert_eq!(ask("SELECT unseal(seal('hidden', 'a.b', 7), 'a.b', 8)"), None);
        assert_eq!(ask("SELECT unseal('hidden', 'a.b', 7)"), None);
        assert_eq!(ask("SELECT seal(NULL, 'a.b', 7)"), None);
    }

    #[test]
    fn each_table_is_found_by_an_index_and_knows_its_columns() {
        let connection = taught(1);
        for table in SEALED {
            for found in [Found::Clear, Found::Sealed] {
                compile(&connection, &table.sealing(found)).expect("table, columns and functions are there");
            }
        }
    }
}
