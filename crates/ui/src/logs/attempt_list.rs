//! **Message Attempts**: the attempts of one endpoint, drawn by `parts/attempt_list.html` in the page of the endpoint,
//! whose address carries what narrows them.

use serde::Deserialize;
use wirepost_control::attempts::AttemptSelection;
use wirepost_control::caller::AppAccess;
use wirepost_control::page::{Order, PageQuery};
use wirepost_control::status::ShownStatus;
use wirepost_control::{AttemptFilter, StoredAttempt};
use wirepost_model::attempt::Trigger;
use wirepost_model::ids::{AttemptKind, EndpointId, MessageId};

use crate::fault::Fault;
use crate::filters::{FilterForm, FilterQuestion};
use crate::pages::{Begin, Pages};
use crate::show::Instant;
use crate::state::UiState;

/// Attempts on one page.
const ROWS: usize = 25;
/// Where the list stands in its page.
const ANCHOR: &str = "#attempts";

/// What the endpoint's address says of its attempts beside the filters.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AttemptQuestion {
    /// `succeeded`, `failed`, or all.
    #[serde(default)]
    status: String,
    older: Option<String>,
    newer: Option<String>,
}

/// The list. A page that includes it has it as `attempts`, and answers 422 where it `is_refused`.
pub(crate) struct AttemptList {
    pub(crate) filters: FilterForm,
    /// All, succeeded, failed.
    pub(crate) tabs: [TabLink; 3],
    pub(crate) rows: Vec<AttemptRow>,
    pub(crate) pages: Pages,
}

/// A tab of the list.
pub(crate) struct TabLink {
    pub(crate) text: &'static str,
    pub(crate) path: String,
    pub(crate) is_current: bool,
}

/// One attempt.
pub(crate) struct AttemptRow {
    pub(crate) event_type: String,
    pub(crate) message: String,
    pub(crate) message_path: String,
    /// `good` or `bad`.
    pub(crate) tone: &'static str,
    /// The status code, or that there was no answer.
    pub(crate) status: String,
    pub(crate) at: Instant,
    pub(crate) trigger: &'static str,
}

impl AttemptList {
    /// The attempts of this endpoint, for its page at `here`.
    pub(crate) async fn of(
        state: &UiState,
        access: &AppAccess,
        endpoint: EndpointId,
        here: &str,
        (filters, question): (&FilterQuestion, &AttemptQuestion),
    ) -> Result<Self, Fault> {
        let asked = filters.read(state.control.now());
        let mut form = filters.form(state, access, here, &question.status_pair(), &asked).await?;
        form.anchor = ANCHOR;
        let mut list = Self {
            filters: form,
            tabs: question.tabs(here, filters),
            rows: Vec::new(),
            pages: Pages::default(),
        };
        let Ok(asked) = asked else { return Ok(list) };
        let selection = AttemptSelection { status: question.wanted(), filter: AttemptFilter::from(asked) };
        let query =
            PageQuery { limit: ROWS, order: Order::Descending, from: question.begin().from::<AttemptKind>() };
        let control = &state.control;
        let endpoint = endpoint.to_string();
        let found = control.list_attempts_of_endpoint(access, &endpoint, selection, query.clone()).await?;
        let address = |more: &[(&'static str, &str)]| {
            let mut pairs = question.status_pair();
            pairs.extend(more);
            filters.address(here, &pairs) + ANCHOR
        };
        list.pages = Pages::around(&query.from, &found, |stored| stored.attempt.id, address);
        list.pages.refresh = address(&question.begin().pairs());
        list.rows = rows(state, access, found.page.rows).await?;
        Ok(list)
    }

    /// Whether the filters could not be read.
    pub(crate) fn is_refused(&self) -> bool {
        !self.filters.is_read()
    }
}

async fn rows(
    state: &UiState,
    access: &AppAccess,
    attempts: Vec<StoredAttempt>,
) -> Result<Vec<AttemptRow>, Fault> {
    let messages = state.control.messages_of_attempts(access, &attempts, false).await?;
    let event_type = |id: &MessageId| messages.get(id).map(|stored| stored.message.event_type.to_string());
    let rows = attempts.iter().map(|StoredAttempt { attempt, .. }| {
        let message = attempt.delivery.message;
        AttemptRow {
            event_type: event_type(&message).unwrap_or_default(),
            message_path: format!("/app/{}/logs/{message}?attempt={id}#{id}", access.id(), id = attempt.id),
            message: message.to_string(),
            tone: if attempt.succeeded { "good" } else { "bad" },
            status: attempt.status.map_or_else(|| "No answer".to_owned(), |status| status.to_string()),
            at: attempt.started_at.into(),
            trigger: match attempt.trigger {
                Trigger::Scheduled => "Scheduled",
                Trigger::Manual => "Manual",
            },
        }
    });
    Ok(rows.collect())
}

impl AttemptQuestion {
    fn wanted(&self) -> Option<ShownStatus> {
        match self.status.as_str() {
            "succeeded" => Some(ShownStatus::Success),
            "failed" => Some(ShownStatus::Fail),
            _ => None,
        }
    }

    fn status_pair(&self) -> Vec<(&'static str, &str)> {
        match self.wanted() {
            Some(_) => vec![("status", self.status.as_str())],
            None => Vec::new(),
        }
    }

    fn begin(&self) -> Begin<'_> {
        Begin { older: self.older.as_deref(), newer: self.newer.as_deref() }
    }

    fn tabs(&self, here: &str, filters: &FilterQuestion) -> [TabLink; 3] {
        let tabs = [("All", ""), ("Succeeded", "succeeded"), ("Failed", "failed")];
        tabs.map(|(text, status)| {
            let pairs = [("status", status)];
            let pairs = if status.is_empty() { &[][..] } else { &pairs[..] };
            let is_current = match self.wanted() {
                Some(_) => self.status == status,
                None => status.is_empty(),
            };
            TabLink { text, path: filters.address(here, pairs) + ANCHOR, is_current }
        })
    }
}
