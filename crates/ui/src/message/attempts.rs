//! The attempts of a message, newest first, a page at a time: all of them, or those that succeeded or failed, at all
//! endpoints or at one.

use serde::Deserialize;
use wirepost_control::Control;
use wirepost_control::attempts::AttemptSelection;
use wirepost_control::caller::AppAccess;
use wirepost_control::page::{From as PageFrom, Order, PageQuery};
use wirepost_control::status::ShownStatus;
use wirepost_model::ids::AttemptId;

use super::attempt_row::AttemptRow;
use crate::fault::Fault;
use crate::query::address;

/// Attempts on one page.
const ROWS: usize = 10;
/// What they may be narrowed to: the word in the address, and how it is shown.
const TABS: [(&str, &str); 3] = [("", "All"), ("succeeded", "Succeeded"), ("failed", "Failed")];

/// What an address says of the attempts.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AttemptQuestion {
    #[serde(default)]
    show: String,
    /// Only at this endpoint.
    #[serde(default)]
    endpoint: String,
    /// Only attempts before this one.
    before: Option<String>,
    /// The page that begins with this one, and it is open.
    attempt: Option<String>,
}

/// A page of attempts.
pub(crate) struct AttemptList {
    pub(crate) rows: Vec<AttemptRow>,
    pub(crate) tabs: Vec<Tab>,
    /// The same at all endpoints, where only one is asked for.
    pub(crate) everywhere: Option<String>,
    pub(crate) newest: Option<String>,
    pub(crate) older: Option<String>,
    /// What to say where there are none.
    pub(crate) none: &'static str,
}

/// One way to narrow the list.
pub(crate) struct Tab {
    pub(crate) path: String,
    pub(crate) text: &'static str,
    pub(crate) is_current: bool,
}

impl AttemptQuestion {
    /// The page that was asked for of the message whose page is `here`.
    pub(crate) async fn read(
        &self,
        control: &Control,
        access: &AppAccess,
        message: &str,
        here: &str,
    ) -> Result<AttemptList, Fault> {
        let endpoint = Some(self.endpoint.as_str()).filter(|endpoint| !endpoint.is_empty());
        let page = PageQuery { limit: ROWS, order: Order::Descending, from: self.from() };
        let found =
            control.list_attempts_of_message(access, message, endpoint, self.selection(), page).await?;
        let older = found.rows.last().filter(|_| !found.done).map(|stored| stored.attempt.id.to_string());
        let mut rows: Vec<_> = found.rows.iter().map(|stored| AttemptRow::of(stored, here)).collect();
        self.open_one(&mut rows);
        let narrowed = [("show", self.show.as_str()), ("endpoint", self.endpoint.as_str())];
        Ok(AttemptList {
            rows,
            tabs: TABS.map(|(word, text)| self.tab(here, word, text)).into(),
            everywhere: endpoint.map(|_| at(here, &[("show", &self.show)])),
            newest: self.is_behind().then(|| at(here, &narrowed)),
            older: older.map(|before| at(here, &[narrowed[0], narrowed[1], ("before", &before)])),
            none: self.none(),
        })
    }

    fn selection(&self) -> AttemptSelection {
        let status = match self.show.as_str() {
            "succeeded" => Some(ShownStatus::Success),
            "failed" => Some(ShownStatus::Fail),
            _ => None,
        };
        AttemptSelection { status, ..AttemptSelection::default() }
    }

    fn from(&self) -> PageFrom<i64> {
        let key = |id: &Option<String>| Some(AttemptId::parse(id.as_deref()?).ok()?.key());
        match (key(&self.before), key(&self.attempt)) {
            (Some(before), _) => PageFrom::After(before),
            (None, Some(first)) => PageFrom::After(first.saturating_add(1)),
            (None, None) => PageFrom::Start,
        }
    }

    fn is_behind(&self) -> bool {
        self.from() != PageFrom::Start
    }

    /// The one that was asked for stands open; where none was, the newest does if it failed.
    fn open_one(&self, rows: &mut [AttemptRow]) {
        let wanted = match &self.attempt {
            Some(id) => rows.iter_mut().find(|row| row.id == *id),
            None => rows.first_mut().filter(|row| !self.is_behind() && row.failure.is_some()),
        };
        if let Some(row) = wanted {
            row.is_open = true;
        }
    }

    fn tab(&self, here: &str, word: &'static str, text: &'static str) -> Tab {
        let path = at(here, &[("show", word), ("endpoint", &self.endpoint)]);
        Tab { path, text, is_current: self.show == word }
    }

    fn none(&self) -> &'static str {
        match self.show.as_str() {
            _ if self.is_behind() => "There are none before this.",
            "succeeded" => "None has succeeded.",
            "failed" => "None has failed.",
            _ => "No attempt was made yet.",
        }
    }
}

/// The address of these attempts; what is not said is left out.
fn at(here: &str, pairs: &[(&'static str, &str)]) -> String {
    let said: Vec<_> = pairs.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    format!("{}#attempts", address(here, &said))
}
