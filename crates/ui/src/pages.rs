//! Pages of lists that are walked by key, newest first: where one begins, and the ways on from it.

use wirepost_control::page::{From as PageFrom, Look, Order, PageQuery};
use wirepost_model::ids::{Id, Kind, TAIL_BYTES};

/// What an address says of where a page begins: behind the row of this id, or before that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begin<'a> {
    pub(crate) older: Option<&'a str>,
    pub(crate) newer: Option<&'a str>,
}

/// Addresses of the pages around one, and of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    pub(crate) refresh: String,
    pub(crate) newest: Option<String>,
    pub(crate) newer: Option<String>,
    pub(crate) older: Option<String>,
    /// The look ended before the page was full: whatever fits further on is behind this.
    pub(crate) further: Option<String>,
}

/// The page of so many rows behind this one, and whether it is the first: it is, where there is no such id.
pub(crate) fn behind<K: Kind>(id: Option<&str>, rows: usize) -> (PageQuery<i64>, bool) {
    let from = Begin { older: id, newer: None }.from::<K>();
    let is_first = from == PageFrom::Start;
    (PageQuery { limit: rows, order: Order::Descending, from }, is_first)
}

impl<'a> Begin<'a> {
    /// The same for the database. What is no id of this kind says nothing.
    pub(crate) fn from<K: Kind>(self) -> PageFrom<i64> {
        let key = |id: Option<&str>| Id::<K>::parse(id?).ok().map(|id| id.key());
        match (key(self.older), key(self.newer)) {
            (Some(key), _) => PageFrom::After(key),
            (None, Some(key)) => PageFrom::Before(key),
            (None, None) => PageFrom::Start,
        }
    }

    /// The same for an address.
    pub(crate) fn pairs(self) -> Vec<(&'static str, &'a str)> {
        let all = [("older", self.older), ("newer", self.newer)];
        all.into_iter().filter_map(|(name, id)| Some((name, id?))).collect()
    }
}

impl Pages {
    /// Around the page that was found from there, whose rows are known by `id`; `at` makes an address of what it is
    /// to say.
    pub(crate) fn around<T, K: Kind>(
        from: &PageFrom<i64>,
        found: &Look<T>,
        id: impl Fn(&T) -> Id<K>,
        at: impl Fn(&[(&'static str, &str)]) -> String,
    ) -> Self {
        let way = |name, id: Id<K>| at(&[(name, &id.to_string())]);
        let page = &found.page;
        let is_more = !page.done && found.reached.is_none();
        let newer = page.rows.first().map(|row| way("newer", id(row)));
        let older = page.rows.last().map(|row| way("older", id(row)));
        let (newest, reached) =
            (Some(at(&[])), found.reached.map(|key| Id::from_parts(key, [0; TAIL_BYTES])));
        let none = Self::default();
        match from {
            PageFrom::Before(_) => {
                let further = reached.map(|id| way("newer", id));
                Self { newest, newer: newer.filter(|_| is_more), older, further, ..none }
            }
            from => {
                let further = reached.map(|id| way("older", id));
                let first = *from == PageFrom::Start;
                let (newest, newer) = if first { (None, None) } else { (newest, newer) };
                Self { newest, newer, older: older.filter(|_| is_more), further, ..none }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wirepost_control::page::Page;
    use wirepost_model::ids::MessageId;

    use super::*;

    fn id(key: i64) -> MessageId {
        MessageId::from_parts(key, [0; TAIL_BYTES])
    }

    fn around(from: PageFrom<i64>, rows: &[i64], done: bool, reached: Option<i64>) -> [Option<String>; 4] {
        let found = Look { page: Page { rows: rows.to_vec(), done }, reached };
        let at = |more: &[(&str, &str)]| format!("{more:?}");
        let Pages { newest, newer, older, further, .. } = Pages::around(&from, &found, |key| id(*key), at);
        [newest, newer, older, further]
    }

    #[test]
    fn there_is_a_way_wherever_something_lies() {
        let to = |name: &str, key| Some(format!("[({name:?}, {:?})]", id(key).to_string()));
        let newest = || Some("[]".to_owned());
        let (start, after, before) = (PageFrom::Start, PageFrom::After(9), PageFrom::Before(1));
        assert_eq!(around(start.clone(), &[5, 4], true, None), [None, None, None, None]);
        assert_eq!(around(start.clone(), &[5, 4], false, None), [None, None, to("older", 4), None]);
        assert_eq!(around(after.clone(), &[5, 4], true, None), [newest(), to("newer", 5), None, None]);
        assert_eq!(around(after.clone(), &[], true, None), [newest(), None, None, None]);
        assert_eq!(around(before.clone(), &[5, 4], true, None), [newest(), None, to("older", 4), None]);
        // The look ended early: it goes on from where it ended, whatever was found.
        assert_eq!(around(start, &[5], false, Some(2)), [None, None, None, to("older", 2)]);
        assert_eq!(around(after, &[], false, Some(2)), [newest(), None, None, to("older", 2)]);
        assert_eq!(around(before, &[], false, Some(7)), [newest(), None, None, to("newer", 7)]);
    }
}
