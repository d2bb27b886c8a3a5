//! `/app/{app}/logs`: the latest messages, narrowed by filters, and the way to one of them by its name.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_control::page::{From as PageFrom, Order, PageQuery};
use wirepost_model::ids::MessageKind;
use wirepost_model::message::StoredMessage;

use super::row::{Row, rows};
use crate::fault::Fault;
use crate::filters::{FilterForm, FilterQuestion, Filters};
use crate::layout::{Layout, Section, html};
use crate::pages::{Begin, Pages};
use crate::person::Person;
use crate::query::Query;
use crate::state::UiState;

/// Messages on one page.
pub(crate) const ROWS: usize = 50;

/// What the address says beside the filters.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Question {
    /// A message's name to jump to.
    #[serde(default)]
    find: String,
    /// The page behind this message.
    older: Option<String>,
    /// The page before this message.
    newer: Option<String>,
    live: Option<String>,
}

#[derive(Template)]
#[template(path = "logs/list.html")]
struct ListPage {
    layout: Layout,
    here: String,
    filters: FilterForm,
    find: String,
    /// Whether `find` is the name of several messages, which are listed, or of none.
    found: Found,
    rows: Vec<Row>,
    pages: Pages,
    live: Live,
}

/// What was found under a name that was looked for.
#[derive(PartialEq, Eq)]
enum Found {
    NotAsked,
    Nothing,
    Several,
}

/// Rows that come by themselves.
struct Live {
    is_on: bool,
    /// Turns it on or off; only the newest page can.
    toggle: Option<String>,
    from: String,
}

pub(crate) async fn list(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(filters): Query<FilterQuestion>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let here = format!("/app/{}/logs", access.id());
    let asked = filters.read(state.control.now());
    let kept: &[_] = if question.live.is_some() { &[("live", "1")] } else { &[] };
    let form = filters.form(&state, &access, &here, kept, &asked).await?;
    let mut page = ListPage {
        layout: Layout::in_app(&state, &person, access.app(), "Logs", Section::Logs),
        find: question.find.trim().to_owned(),
        found: Found::NotAsked,
        rows: Vec::new(),
        pages: Pages::default(),
        live: Live::of(&here, &filters, &question),
        filters: form,
        here,
    };
    if !page.find.is_empty() {
        return jump(&state, &access, page).await;
    }
    let Ok(asked) = asked else {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
    };
    page.fill(&state, &access, (&filters, asked), &question).await?;
    html(&page)
}

/// One message that is meant is opened; several are listed; none is said.
async fn jump(state: &UiState, access: &AppAccess, mut page: ListPage) -> Result<Response, Fault> {
    let found = state.control.messages_called(access, &page.find).await?;
    if let [one] = found.as_slice() {
        return Ok(Redirect::to(&format!("{}/{}", page.here, one.message.id)).into_response());
    }
    page.found = if found.is_empty() { Found::Nothing } else { Found::Several };
    page.live.toggle = None;
    page.rows = rows(state, access, &page.here, found).await?;
    html(&page)
}

impl ListPage {
    async fn fill(
        &mut self,
        state: &UiState,
        access: &AppAccess,
        (typed, filters): (&FilterQuestion, Filters),
        question: &Question,
    ) -> Result<(), Fault> {
        let query =
            PageQuery { limit: ROWS, order: Order::Descending, from: question.begin().from::<MessageKind>() };
        let found = state.control.list_messages(access, filters.into(), query.clone()).await?;
        let id = |stored: &StoredMessage| stored.message.id;
        self.pages = Pages::around(&query.from, &found, id, |more| typed.address(&self.here, more));
        self.pages.refresh = match question.live {
            Some(_) => typed.address(&self.here, &[("live", "1")]),
            None => typed.address(&self.here, &question.begin().pairs()),
        };
        self.rows = rows(state, access, &self.here, found.page.rows).await?;
        Ok(())
    }
}

impl Question {
    fn begin(&self) -> Begin<'_> {
        Begin { older: self.older.as_deref(), newer: self.newer.as_deref() }
    }
}

impl Live {
    fn of(here: &str, filters: &FilterQuestion, question: &Question) -> Self {
        let is_first = question.begin().from::<MessageKind>() == PageFrom::Start;
        let is_on = is_first && question.live.is_some();
        let turned: &[_] = if is_on { &[] } else { &[("live", "1")] };
        Self {
            is_on,
            toggle: is_first.then(|| filters.address(here, turned)),
            from: filters.address(&format!("{here}/live"), &[]),
        }
    }
}
