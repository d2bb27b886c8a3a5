//! `/app/{app}/endpoints/{endpoint}/recover` and `…/replay`: which messages would be sent again, counted before anybody
//! asks for it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_control::recovery::{ReplayDraft, ReplayFilter};
use wirepost_control::{ControlError, ControlResult};
use wirepost_model::background_task::TaskWork;
use wirepost_model::capability::Capability;

use super::window::{Window, WindowOption, WindowQuestion};
use super::work::{WorkWords, words};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::query::Query;
use crate::show::number::grouped;
use crate::show::{Instant, counted};
use crate::state::UiState;
use crate::wrong::{ShowsWrong, Wrong};

/// What was picked and filled in.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Filled {
    #[serde(flatten)]
    window: WindowQuestion,
    /// Most messages per second; as the settings have it where it is empty.
    #[serde(default)]
    rate: String,
}

#[derive(Template)]
#[template(path = "recovery/begin.html")]
struct BeginPage<'a> {
    layout: Layout,
    /// The endpoint's page.
    endpoint_path: String,
    tasks_path: String,
    url: String,
    words: WorkWords,
    options: Vec<WindowOption>,
    filled: &'a Filled,
    usual_rate: String,
    wrong: Option<Wrong>,
    is_enabled: bool,
    /// None where nothing could be counted.
    preview: Option<Preview>,
}

/// What would be sent.
struct Preview {
    /// `1,204 messages`, `at least 1,204 messages`; none where looking for some time found none and was not done.
    count: Option<String>,
    is_none: bool,
    since: Instant,
    until: Instant,
}

impl ShowsWrong for BeginPage<'_> {
    const FIELDS: &'static [&'static str] = &["since", "until", "rate"];

    fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }
}

impl BeginPage<'_> {
    /// What cannot be read as a time stays as it was typed only where any text may stand.
    fn input_type(&self, field: &str) -> &'static str {
        if self.wrong_at(field).is_some() { "text" } else { "datetime-local" }
    }

    /// Whether there is something to begin, or it was tried and something else was wrong than the window.
    fn can_begin(&self) -> bool {
        let is_refused =
            self.wrong.as_ref().is_some_and(|wrong| wrong.besides(&["since", "until"]).is_some());
        is_refused || self.preview.as_ref().is_some_and(|preview| !preview.is_none)
    }

    fn count(&self) -> Option<&str> {
        self.preview.as_ref()?.count.as_deref()
    }
}

type Where = Path<(String, String)>;

pub(crate) async fn show_recover(
    State(state): State<UiState>,
    person: Person,
    Path(path): Where,
    Query(filled): Query<Filled>,
) -> Result<Response, Fault> {
    Asked { state, person, path, work: TaskWork::EndpointRecover }.page(&filled, None).await
}

pub(crate) async fn show_replay(
    State(state): State<UiState>,
    person: Person,
    Path(path): Where,
    Query(filled): Query<Filled>,
) -> Result<Response, Fault> {
    Asked { state, person, path, work: TaskWork::EndpointReplay }.page(&filled, None).await
}

pub(crate) async fn begin_recover(
    State(state): State<UiState>,
    Path(path): Where,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    Asked { state, person, path, work: TaskWork::EndpointRecover }.begin(&filled).await
}

pub(crate) async fn begin_replay(
    State(state): State<UiState>,
    Path(path): Where,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    Asked { state, person, path, work: TaskWork::EndpointReplay }.begin(&filled).await
}

/// Who asks for what, and at which endpoint of which app.
struct Asked {
    state: UiState,
    person: Person,
    path: (String, String),
    work: TaskWork,
}

impl Asked {
    async fn enter(&self) -> ControlResult<AppAccess> {
        let access = self.state.control.enter(self.person.caller.clone(), &self.path.0).await?;
        access.require(Capability::CreateAttempts)?;
        Ok(access)
    }

    async fn begin(&self, filled: &Filled) -> Result<Response, Fault> {
        let access = self.enter().await?;
        let begun = match self.draft(filled) {
            Ok(draft) => {
                let begun = self.state.control.begin_replay(&access, &self.path.1, draft).await;
                begun.map_err(Wrong::try_from)
            }
            Err(wrong) => Err(Ok(wrong)),
        };
        match begun {
            Ok(task) => Ok(Redirect::to(&format!("/app/{}/tasks/{}", access.id(), task.id)).into_response()),
            Err(refusal) => {
                let page = self.page(filled, Some(refusal?)).await?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
        }
    }

    async fn page(&self, filled: &Filled, refused: Option<Wrong>) -> Result<Response, Fault> {
        let access = self.enter().await?;
        let control = &self.state.control;
        let endpoint = control.find_endpoint(&access, &self.path.1).await?;
        let (preview, wrong) = match refused {
            Some(wrong) => (None, Some(wrong)),
            None => self.preview(&access, filled).await?,
        };
        let words = words(self.work);
        let title = format!("{} · {}", words.title, endpoint.url);
        html(&BeginPage {
            layout: Layout::in_app(&self.state, &self.person, access.app(), &title, Section::Endpoints),
            endpoint_path: format!("/app/{}/endpoints/{}", access.id(), endpoint.id),
            tasks_path: format!("/app/{}/tasks", access.id()),
            is_enabled: endpoint.disabled.is_none(),
            url: endpoint.url,
            words,
            options: filled.window.options(),
            filled,
            usual_rate: grouped(u64::from(control.settings().replay_rate)),
            wrong,
            preview,
        })
    }

    /// How many it would be, or what is wrong with the question; neither while the window is still to be written out.
    async fn preview(
        &self,
        access: &AppAccess,
        filled: &Filled,
    ) -> Result<(Option<Preview>, Option<Wrong>), Fault> {
        let now = self.state.control.now();
        let window = match filled.window.read(now) {
            Ok(Some(window)) => window,
            Ok(None) => return Ok((None, None)),
            Err(wrong) => return Ok((None, Some(wrong))),
        };
        let draft = self.draft_of(window, None);
        match self.state.control.preview_replay(access, &self.path.1, draft).await {
            Ok(found) => {
                let least = if found.complete { "" } else { "at least " };
                Ok((
                    Some(Preview {
                        count: (found.complete || found.count > 0)
                            .then(|| format!("{least}{}", counted(found.count, "message"))),
                        is_none: found.complete && found.count == 0,
                        since: window.since.into(),
                        until: window.until.unwrap_or(now).min(now).into(),
                    }),
                    None,
                ))
            }
            // The page says so by itself.
            Err(ControlError::EndpointDisabled) => Ok((None, None)),
            Err(error) => Ok((None, Some(Wrong::try_from(error)?))),
        }
    }

    fn draft(&self, filled: &Filled) -> Result<ReplayDraft, Wrong> {
        let window = filled.window.read(self.state.control.now())?;
        let window = window.ok_or_else(|| Wrong::new("since", "needs a date and time, in UTC"))?;
        let rate = match filled.rate.trim() {
            "" => None,
            rate => Some(rate.parse().map_err(|_| Wrong::new("rate", "must be a whole number"))?),
        };
        Ok(self.draft_of(window, rate))
    }

    fn draft_of(&self, window: Window, rate: Option<u32>) -> ReplayDraft {
        let Window { since, until } = window;
        ReplayDraft { work: self.work, since, until, filter: ReplayFilter::default(), rate }
    }
}
