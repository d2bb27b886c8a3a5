//! `/app/{app}/tasks`: everything that was sent again in bulk, or is being sent.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use wirepost_control::background_tasks::WantedTasks;
use wirepost_control::caller::AppAccess;
use wirepost_model::background_task::{BackgroundTask, TaskStatus};
use wirepost_model::id_source::instant_of;
use wirepost_model::ids::TaskKind;

use super::task::TaskState;
use super::work::words;
use crate::fault::Fault;
use crate::layout::{Layout, Section, html};
use crate::pages::behind;
use crate::person::Person;
use crate::query::Query;
use crate::show::Instant;
use crate::show::number::grouped;
use crate::state::UiState;

/// Tasks on one page.
const ROWS: usize = 30;

/// From where on.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "recovery/tasks.html")]
struct TasksPage {
    layout: Layout,
    endpoints_path: String,
    here: String,
    rows: Vec<Row>,
    is_first: bool,
    older: Option<String>,
    /// Whether one of them goes on.
    is_moving: bool,
}

struct Row {
    path: String,
    title: &'static str,
    /// None once it was deleted.
    url: Option<String>,
    state: TaskState,
    sent: String,
    begun: Instant,
}

pub(crate) async fn list(
    State(state): State<UiState>,
    person: Person,
    Path(app): Path<String>,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let root = format!("/app/{}", access.id());
    let here = format!("{root}/tasks");
    let (page, is_first) = behind::<TaskKind>(question.before.as_deref(), ROWS);
    let page = state.control.list_tasks_of_app(&access, WantedTasks::default(), page).await?;
    let older = page.rows.last().filter(|_| !page.done).map(|task| format!("{here}?before={}", task.id));
    let is_moving = page.rows.iter().any(|task| task.status == TaskStatus::Running);
    html(&TasksPage {
        layout: Layout::in_app(&state, &person, access.app(), "Recoveries and replays", Section::Endpoints),
        endpoints_path: format!("{root}/endpoints"),
        rows: page.rows.iter().map(|task| row(&state, &access, &here, task)).collect(),
        here,
        is_first,
        older,
        is_moving,
    })
}

fn row(state: &UiState, access: &AppAccess, here: &str, task: &BackgroundTask) -> Row {
    let endpoint = state.control.all_endpoints(access).find(|endpoint| endpoint.id == task.endpoint);
    Row {
        path: format!("{here}/{}", task.id),
        title: words(task.work).title,
        url: endpoint.map(|endpoint| endpoint.url.clone()),
        state: TaskState::of(task),
        sent: grouped(task.progress.sent),
        begun: instant_of(task.id.key()).into(),
    }
}
