//! Pages on the wire: `limit`, `iterator` and `order` in; `data`, `iterator`, `prevIterator` and `done` out. The
//! iterator is the id of the last row; with a hyphen in front of the first one's, it leads back.

use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::page::{From as PageFrom, Look, Order, Page, PageQuery};
use wirepost_model::ids::{Id, Kind, TAIL_BYTES};

use crate::error::{ApiError, ApiResult};
use crate::parameters::{ITERATOR, Parameters};

/// Rows of a page when nothing is said.
pub(crate) const LIMIT_DEFAULT: u64 = 50;
/// Most rows of a page.
pub(crate) const LIMIT_MOST: u64 = 250;

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ListOf{T}")]
pub(crate) struct Listing<T> {
    /// The rows.
    data: Vec<T>,
    /// Leads to the next page.
    iterator: Option<String>,
    /// Leads to the page before.
    prev_iterator: Option<String>,
    /// Whether this is the last page.
    done: bool,
}

impl<T> Listing<T> {
    /// The page on the wire; `id` gives what a row is known by.
    pub(crate) fn new<R>(page: Page<R>, id: impl Fn(&R) -> String, turn: impl FnMut(R) -> T) -> Self {
        Self {
            iterator: page.rows.last().map(&id),
            prev_iterator: page.rows.first().map(|row| format!("-{}", id(row))),
            done: page.done,
            data: page.rows.into_iter().map(turn).collect(),
        }
    }
}

impl<T> Listing<T> {
    /// The page of a look that may have ended before the page was full: then the iterator names the place where it
    /// ended, of whose id only the key counts.
    pub(crate) fn of_look<R, K: Kind>(
        look: Look<R>,
        id: impl Fn(&R) -> String,
        turn: impl FnMut(R) -> T,
        from: &PageFrom<i64>,
    ) -> Self {
        let reached = look.reached.map(|key| Id::<K>::from_parts(key, [0; TAIL_BYTES]).to_string());
        let listing = Self::new(look.page, id, turn);
        match (reached, from) {
            (None, _) => listing,
            (Some(id), PageFrom::Before(_)) => Self { prev_iterator: Some(format!("-{id}")), ..listing },
            (Some(id), _) => Self { iterator: Some(id), ..listing },
        }
    }
}

impl Parameters {
    /// The page that is wanted of a list whose rows are known by ids.
    pub(crate) fn page_by_id<K: Kind>(&self, order: Order) -> ApiResult<PageQuery<i64>> {
        let from = match self.iterator() {
            PageFrom::Start => PageFrom::Start,
            PageFrom::After(id) => PageFrom::After(key_of::<K>(id)?),
            PageFrom::Before(id) => PageFrom::Before(key_of::<K>(id)?),
        };
        Ok(PageQuery { limit: self.limit()?, order, from })
    }

    /// The page that is wanted of a list whose rows are known by names.
    pub(crate) fn page_by_name(&self, order: Order) -> ApiResult<PageQuery<String>> {
        let from = match self.iterator() {
            PageFrom::Start => PageFrom::Start,
            PageFrom::After(name) => PageFrom::After(name.to_owned()),
            PageFrom::Before(name) => PageFrom::Before(name.to_owned()),
        };
        Ok(PageQuery { limit: self.limit()?, order, from })
    }

    /// The order that is wanted, by default oldest first.
    pub(crate) fn order(&self) -> ApiResult<Order> {
        match self.text("order") {
            None | Some("ascending") => Ok(Order::Ascending),
            Some("descending") => Ok(Order::Descending),
            Some(_) => Err(ApiError::unreadable_parameter("order", "must be ascending or descending")),
        }
    }

    fn limit(&self) -> ApiResult<usize> {
        let limit = self.number("limit")?.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MOST).contains(&limit) {
            let sentence = format!("must be 1 to {LIMIT_MOST}");
            return Err(ApiError::refused_parameter("limit", sentence));
        }
        Ok(usize::try_from(limit).expect("250 fits into a usize"))
    }

    fn iterator(&self) -> PageFrom<&str> {
        match self.text(ITERATOR) {
            None | Some("") => PageFrom::Start,
            Some(text) => match text.strip_prefix('-') {
                None => PageFrom::After(text),
                Some(id) => PageFrom::Before(id),
            },
        }
    }
}

fn key_of<K: Kind>(id: &str) -> ApiResult<i64> {
    match Id::<K>::parse(id) {
        Ok(id) => Ok(id.key()),
        Err(invalid) => Err(ApiError::refused_parameter("iterator", invalid.reason)),
    }
}

#[cfg(test)]
mod tests {
    use wirepost_model::ids::MessageKind;

    use super::*;

    #[test]
    fn a_look_that_ended_early_is_gone_on_from_where_it_ended() {
        let id = |key: i64| Id::<MessageKind>::from_parts(key, [0; TAIL_BYTES]).to_string();
        let shown = |reached, from: &PageFrom<i64>| {
            let look = Look { page: Page { rows: vec![9, 8], done: false }, reached };
            let Listing { iterator, prev_iterator, .. } =
                Listing::of_look::<i64, MessageKind>(look, |key| id(*key), |key| key, from);
            (iterator, prev_iterator)
        };
        let back = |key| Some(format!("-{}", id(key)));
        assert_eq!(shown(None, &PageFrom::Start), (Some(id(8)), back(9)));
        assert_eq!(shown(Some(5), &PageFrom::After(10)), (Some(id(5)), back(9)));
        assert_eq!(shown(Some(12), &PageFrom::Before(7)), (Some(id(8)), back(12)));
    }
}
