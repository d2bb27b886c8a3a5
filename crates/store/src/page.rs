//! Pages of lists: by key, so that a page costs the same at the start and at the end.

/// Which page is wanted. `K` is what the list is ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuery<K> {
    /// Most rows.
    pub limit: usize,
    /// The order of the list.
    pub order: Order,
    /// Where to go on.
    pub from: From<K>,
}

/// The order of a list by key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Oldest (lowest) first.
    Ascending,
    /// Newest (highest) first.
    Descending,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From<K> {
    /// At the start of the list.
    Start,
    /// Behind this key, in the list's order.
    After(K),
    /// The page that ends just before this key, in the list's order.
    Before(K),
}

/// One page, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether nothing comes after them in the direction that was walked.
    pub done: bool,
}

/// A page of a list that is looked through for rows that fit. The look ends after so many rows, the page full or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look<T> {
    /// The page. It is not done where the look ended early.
    pub page: Page<T>,
    /// The key to go on from, where the look ended before the page was full.
    pub reached: Option<i64>,
}

impl<K> PageQuery<K> {
    /// The first page in this order.
    pub fn first(limit: usize, order: Order) -> Self {
        Self { limit, order, from: From::Start }
    }

    /// The direction in which the database must walk: against the order for a page before a key.
    pub fn walk(&self) -> Order {
        match (&self.from, self.order) {
            (From::Before(_), Order::Ascending) => Order::Descending,
            (From::Before(_), Order::Descending) => Order::Ascending,
            (_, order) => order,
        }
    }

    /// The key at which the walk starts, itself excluded.
    pub fn edge(&self) -> Option<&K> {
        match &self.from {
            From::Start => None,
            From::After(key) | From::Before(key) => Some(key),
        }
    }
}

impl<T> Page<T> {
    /// A page from up to `limit + 1` rows in the order they were walked: the row too many only shows that more come.
    pub fn from_walk<K>(mut rows: Vec<T>, query: &PageQuery<K>) -> Self {
        let done = rows.len() <= query.limit;
        rows.truncate(query.limit);
        if matches!(query.from, From::Before(_)) {
            rows.reverse();
        }
        Self { rows, done }
    }

    /// The same page of other things.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(turn).collect(), done: self.done }
    }
}

impl<T> Look<T> {
    /// A look that found this page and ended at this key, if it ended before the list did. Where the page is full it
    /// is gone on from as always.
    pub fn ended(mut page: Page<T>, at: Option<i64>) -> Self {
        let reached = at.filter(|_| page.done);
        page.done &= reached.is_none();
        Self { page, reached }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_too_many_shows_that_more_come() {
        let query = PageQuery::<i64>::first(2, Order::Descending);
        assert_eq!(Page::from_walk(vec![9, 8, 7], &query), Page { rows: vec![9, 8], done: false });
        assert_eq!(Page::from_walk(vec![9, 8], &query), Page { rows: vec![9, 8], done: true });
    }

    #[test]
    fn a_look_that_ended_early_says_where() {
        let page = |done| Page { rows: vec![9, 8], done };
        let early = Look { page: page(false), reached: Some(5) };
        assert_eq!(Look::ended(page(true), Some(5)), early);
        assert_eq!(Look::ended(page(true), None), Look { page: page(true), reached: None });
        // More was found than fits: the last row leads on.
        assert_eq!(Look::ended(page(false), Some(5)), Look { page: page(false), reached: None });
    }

    #[test]
    fn a_page_before_a_key_is_walked_backwards_and_turned_round() {
        let query = PageQuery { limit: 2, order: Order::Descending, from: From::Before(5) };
        assert_eq!(query.walk(), Order::Ascending);
        assert_eq!(Page::from_walk(vec![6, 7, 8], &query), Page { rows: vec![7, 6], done: false });
    }
}
