//! Puts the statement of a page together: conditions in the order they come, then the walk by key.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use wirepost_store::page::{Order, Page, PageQuery};

use crate::failure::Outcome;
use crate::statement::compile;

/// A list that is being put together.
pub(crate) struct Listing {
    sql: String,
    values: Vec<Value>,
}

impl Listing {
    /// Begins with a statement up to and including its first condition, and that condition's values.
    pub(crate) fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }

    /// Adds a condition with one value.
    pub(crate) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.and_plain(condition);
        self.values.push(value.into());
    }

    /// Adds a condition without a value.
    pub(crate) fn and_plain(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// Adds the condition that `column` is one of these.
    pub(crate) fn and_one_of(&mut self, column: &str, values: impl Iterator<Item = Value>) {
        self.and_plain(column);
        self.sql.push_str(" IN (");
        let before = self.values.len();
        self.values.extend(values);
        self.sql.push_str(&vec!["?"; self.values.len() - before].join(", "));
        self.sql.push(')');
    }

    /// The page along `column`, one row more than asked so that it shows whether more come.
    pub(crate) fn page<T, K>(
        mut self,
        connection: &Connection,
        column: &str,
        query: &PageQuery<K>,
        read: impl FnMut(&Row<'_>) -> Outcome<T>,
    ) -> Outcome<Page<T>>
    where
        K: Clone + Into<Value>,
    {
        self.walk(column, query);
        Ok(Page::from_walk(self.rows(connection, read)?, query))
    }

    /// The rows of the page in the order of the walk, one more than asked.
    pub(crate) fn walked<T, K>(
        mut self,
        connection: &Connection,
        column: &str,
        query: &PageQuery<K>,
        read: impl FnMut(&Row<'_>) -> Outcome<T>,
    ) -> Outcome<Vec<T>>
    where
        K: Clone + Into<Value>,
    {
        self.walk(column, query);
        self.rows(connection, read)
    }

    fn walk<K: Clone + Into<Value>>(&mut self, column: &str, query: &PageQuery<K>) {
        let (beyond, direction) = match query.walk() {
            Order::Ascending => (">", "ASC"),
            Order::Descending => ("<", "DESC"),
        };
        if let Some(edge) = query.edge() {
            self.and(&format!("{column} {beyond} ?"), edge.clone());
        }
        self.sql.push_str(&format!(" ORDER BY {column} {direction} LIMIT ?"));
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
        self.values.push(limit.into());
    }

    /// The key `column` of the row behind the newest `count`, if there are so many.
    pub(crate) fn nth_newest(
        mut self,
        connection: &Connection,
        column: &str,
        count: usize,
    ) -> Outcome<Option<i64>> {
        self.sql.push_str(&format!(" ORDER BY {column} DESC LIMIT 1 OFFSET ?"));
        self.values.push(i64::try_from(count).unwrap_or(i64::MAX).into());
        Ok(self.rows(connection, |row| Ok(row.get(0)?))?.pop())
    }

    /// Ends the statement after so many rows.
    pub(crate) fn limit(&mut self, most: usize) {
        self.sql.push_str(" LIMIT ?");
        self.values.push(i64::try_from(most).unwrap_or(i64::MAX).into());
    }

    /// All rows.
    pub(crate) fn rows<T>(
        self,
        connection: &Connection,
        mut read: impl FnMut(&Row<'_>) -> Outcome<T>,
    ) -> Outcome<Vec<T>> {
        let mut statement = compile(connection, &self.sql)?;
        let mut rows = statement.query(params_from_iter(self.values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }
}
