//! Puts the statement of a page together: conditions in the order they come, then the walk by key.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use wirepost_store::page::{Look, Order, Page, PageQuery};

use crate::failure::Outcome;
use crate::key_range::KeyRange;
use crate::statement::compile;

/// A list that is being put together.
pub(crate) struct Listing {
    sql: String,
    values: Vec<Value>,
}

/// What a list walks along: a part of an index, in the order of its keys.
pub(crate) struct Walk {
    /// Selects the keys, up to and including the first condition.
    pub(crate) sql: String,
    /// The values of that condition.
    pub(crate) values: Vec<Value>,
    /// The column of the keys.
    pub(crate) key: &'static str,
}

impl Walk {
    /// Where a look at no more than `most` rows ends, if there are more in the range: at this row, itself included.
    pub(crate) fn end(
        &self,
        connection: &Connection,
        range: &KeyRange,
        query: &PageQuery<i64>,
        most: usize,
    ) -> Outcome<Option<i64>> {
        let mut listing = Listing::new(self.sql.clone(), self.values.clone());
        range.bound_keys(&mut listing, self);
        let skipped = most.saturating_sub(1);
        listing.walk(self.key, &PageQuery { limit: 1, ..query.clone() });
        // One row more than the limit, as for a page: the second one shows that there is something behind the end.
        listing.sql.push_str(" OFFSET ?");
        listing.values.push(i64::try_from(skipped).unwrap_or(i64::MAX).into());
        let keys = listing.rows(connection, |row| Ok(row.get(0)?))?;
        Ok(keys.first().copied().filter(|_| keys.len() > 1))
    }
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

    /// Adds a condition with several values.
    pub(crate) fn and_all(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.and_plain(condition);
        self.values.extend(values);
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

    /// The page along a walk that ends at this key, if it ends before the list does.
    pub(crate) fn look<T>(
        mut self,
        connection: &Connection,
        (walk, end): (&Walk, Option<i64>),
        query: &PageQuery<i64>,
        read: impl FnMut(&Row<'_>) -> Outcome<T>,
    ) -> Outcome<Look<T>> {
        if let Some(end) = end {
            let within = if query.walk() == Order::Ascending { "<=" } else { ">=" };
            self.and(&format!("{} {within} ?", walk.key), end);
        }
        Ok(Look::ended(self.page(connection, walk.key, query, read)?, end))
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
