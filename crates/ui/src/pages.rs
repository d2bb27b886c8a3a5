//! The ways on from one page of a list that is walked by key, newest first.

use wirepost_control::page::From as PageFrom;

/// Addresses of the pages around one, and of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    pub(crate) refresh: String,
    pub(crate) newest: Option<String>,
    pub(crate) newer: Option<String>,
    pub(crate) older: Option<String>,
}

impl Pages {
    /// Around a page with rows of these ids that was read from there. `done` says that nothing lies behind it in the
    /// direction of reading; `at` makes an address of what it is to say.
    pub(crate) fn around(
        from: &PageFrom<i64>,
        ids: &[String],
        done: bool,
        at: impl Fn(&[(&'static str, &str)]) -> String,
    ) -> Self {
        let newer = ids.first().map(|id| at(&[("newer", id)]));
        let older = ids.last().map(|id| at(&[("older", id)]));
        let newest = Some(at(&[]));
        match from {
            PageFrom::Start => Self { older: older.filter(|_| !done), ..Self::default() },
            PageFrom::After(_) => Self { newest, newer, older: older.filter(|_| !done), ..Self::default() },
            PageFrom::Before(_) => Self { newest, newer: newer.filter(|_| !done), older, ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(from: PageFrom<i64>, ids: &[&str], done: bool) -> [Option<String>; 3] {
        let ids: Vec<_> = ids.iter().map(|&id| id.to_owned()).collect();
        let at = |more: &[(&str, &str)]| format!("{more:?}");
        let Pages { newest, newer, older, .. } = Pages::around(&from, &ids, done, at);
        [newest, newer, older]
    }

    #[test]
    fn there_is_a_way_wherever_something_lies() {
        let to = |name: &str, id: &str| Some(format!("[({name:?}, {id:?})]"));
        let newest = || Some("[]".to_owned());
        assert_eq!(around(PageFrom::Start, &["b", "a"], true), [None, None, None]);
        assert_eq!(around(PageFrom::Start, &["b", "a"], false), [None, None, to("older", "a")]);
        assert_eq!(around(PageFrom::After(3), &["b", "a"], true), [newest(), to("newer", "b"), None]);
        assert_eq!(around(PageFrom::Before(3), &["b", "a"], true), [newest(), None, to("older", "a")]);
        assert_eq!(around(PageFrom::After(3), &[], true), [newest(), None, None]);
    }
}
