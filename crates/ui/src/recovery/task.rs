//! `/app/{app}/tasks/{task}`: how far a task has come, how fast it goes, and an end to it.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use serde::Deserialize;
use wirepost_control::recovery::ReplayCount;
use wirepost_model::background_task::{BackgroundTask, TaskStatus, TaskStop};
use wirepost_model::capability::Capability;
use wirepost_model::id_source::instant_of;
use wirepost_model::timestamp::Timestamp;

use super::work::{WorkWords, words};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::person::Person;
use crate::show::number::grouped;
use crate::show::{Instant, counted, lasting};
use crate::state::UiState;

/// The form has nothing to fill in.
#[derive(Debug, Deserialize)]
pub(crate) struct Confirmed {}

#[derive(Template)]
#[template(path = "recovery/task.html")]
struct TaskPage {
    layout: Layout,
    here: String,
    tasks_path: String,
    url: Option<String>,
    endpoint_path: String,
    words: WorkWords,
    state: TaskState,
    is_running: bool,
    may_cancel: bool,
    since: Instant,
    until: Instant,
    begun: Instant,
    updated: Instant,
    rate: String,
    figures: Figures,
}

/// How a task stands, as a badge and a sentence.
pub(crate) struct TaskState {
    pub(crate) tone: &'static str,
    pub(crate) word: &'static str,
    pub(crate) sentence: String,
}

/// How far a task has come, in numbers.
#[derive(Debug, PartialEq, Eq)]
struct Figures {
    sent: String,
    /// Of how many, as far as that can be told.
    all: String,
    /// For the bar: how many are done with, and how many there are at least.
    done: u64,
    total: u64,
    /// Messages whose contents are no longer kept.
    expired: Option<String>,
    /// Messages per second.
    speed: Option<String>,
    remaining: Option<String>,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, task)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let task = state.control.find_task_of_app(&access, &task).await?;
    let left = state.control.remaining_of_task(&access, &task).await?;
    let root = format!("/app/{}", access.id());
    let words = words(task.work);
    let endpoint = state.control.all_endpoints(&access).find(|endpoint| endpoint.id == task.endpoint);
    let is_running = task.status == TaskStatus::Running;
    html(&TaskPage {
        layout: Layout::in_app(&state, &person, access.app(), words.title, Section::Endpoints),
        here: format!("{root}/tasks/{}", task.id),
        tasks_path: format!("{root}/tasks"),
        url: endpoint.map(|endpoint| endpoint.url.clone()),
        endpoint_path: format!("{root}/endpoints/{}", task.endpoint),
        words,
        state: TaskState::of(&task),
        is_running,
        may_cancel: is_running && person.may(Capability::CreateAttempts),
        since: task.choice.since.into(),
        until: task.choice.until.into(),
        begun: instant_of(task.id.key()).into(),
        updated: task.updated_at.into(),
        rate: grouped(u64::from(task.rate)),
        figures: Figures::of(&task, left, state.control.now()),
    })
}

pub(crate) async fn cancel(
    State(state): State<UiState>,
    Path((app, task)): Path<(String, String)>,
    Form(person, Confirmed {}): Form<Confirmed>,
) -> Result<Redirect, Fault> {
    let access = state.control.enter(person.caller.clone(), &app).await?;
    let task = state.control.find_task_of_app(&access, &task).await?.id;
    state.control.cancel_task(person.caller, &task.to_string()).await?;
    Ok(Redirect::to(&format!("/app/{}/tasks/{task}", access.id())))
}

impl TaskState {
    pub(crate) fn of(task: &BackgroundTask) -> Self {
        let (tone, word) = match (task.status, task.stopped) {
            (TaskStatus::Running, _) => ("warn", "Running"),
            (TaskStatus::Finished, _) => ("good", "Finished"),
            (TaskStatus::Failed, Some(TaskStop::Canceled)) => ("calm", "Canceled"),
            (TaskStatus::Failed, _) => ("bad", "Given up"),
        };
        let sentence = match (task.status, task.stopped) {
            (TaskStatus::Failed, Some(stopped)) => stopped.sentence().to_owned(),
            (TaskStatus::Failed, None) => "It was given up.".to_owned(),
            (TaskStatus::Running, _) => {
                "It goes on by itself, whether or not somebody looks. New messages go first.".to_owned()
            }
            (TaskStatus::Finished, _) if task.progress.sent == 0 => "There was nothing to send.".to_owned(),
            (TaskStatus::Finished, _) => {
                format!(
                    "{} given to be sent. What fails is tried again on the schedule.",
                    all_of(task.progress.sent)
                )
            }
        };
        Self { tone, word, sentence }
    }
}

impl Figures {
    fn of(task: &BackgroundTask, left: ReplayCount, now: Timestamp) -> Self {
        let progress = task.progress;
        let total = progress.sent + left.count;
        let least = if left.complete { "" } else { "at least " };
        let is_running = task.status == TaskStatus::Running;
        let end = if is_running { now } else { task.updated_at };
        let seconds = end.since(instant_of(task.id.key())).as_secs_f64();
        // In the first moment a speed says nothing.
        let speed = (seconds >= 0.5 && progress.sent > 0).then(|| as_float(progress.sent) / seconds);
        let remaining =
            speed.filter(|_| is_running && left.complete).map(|speed| as_float(left.count) / speed);
        Self {
            sent: grouped(progress.sent),
            all: format!("{least}{}", grouped(total)),
            done: progress.sent,
            total: total.max(1),
            expired: (progress.expired > 0).then(|| counted(progress.expired, "message")),
            speed: speed
                .map(|speed| if speed < 10.0 { format!("{speed:.1}") } else { format!("{speed:.0}") }),
            remaining: remaining.map(|seconds| match Duration::try_from_secs_f64(seconds.ceil()) {
                Ok(wait) if wait >= Duration::from_secs(1) => lasting(wait),
                _ => "a moment".to_owned(),
            }),
        }
    }
}

fn all_of(count: u64) -> String {
    if count == 1 { "1 message was".to_owned() } else { format!("All {} messages were", grouped(count)) }
}

/// Numbers of messages are far below what a float tells apart.
fn as_float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use wirepost_model::background_task::{TaskProgress, TaskWork};
    use wirepost_model::id_source::first_key_at;
    use wirepost_model::ids::{AppId, EndpointId, TaskId};
    use wirepost_model::replay::{ReplayChoice, ReplayFilter};

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn task(status: TaskStatus, stopped: Option<TaskStop>, sent: u64) -> BackgroundTask {
        BackgroundTask {
            id: TaskId::from_parts(first_key_at(NOON), [0; 12]),
            app: AppId::from_parts(1, [0; 12]),
            endpoint: EndpointId::from_parts(1, [0; 12]),
            work: TaskWork::EndpointRecover,
            choice: ReplayChoice { since: NOON, until: NOON, filter: ReplayFilter::default() },
            rate: 1_000,
            progress: TaskProgress { cursor: 0, found: sent, sent, expired: 0 },
            status,
            stopped,
            updated_at: NOON,
        }
    }

    #[test]
    fn speed_tells_how_long_the_rest_takes() {
        let later = NOON.plus(Duration::from_secs(10));
        let left = ReplayCount { count: 3_000, complete: true };
        let figures = Figures::of(&task(TaskStatus::Running, None, 1_000), left, later);
        assert_eq!((figures.sent.as_str(), figures.all.as_str()), ("1,000", "4,000"));
        assert_eq!((figures.speed.as_deref(), figures.remaining.as_deref()), (Some("100"), Some("30 s")));
        let left = ReplayCount { count: 3_000, complete: false };
        let figures = Figures::of(&task(TaskStatus::Running, None, 1_000), left, later);
        assert_eq!((figures.all.as_str(), figures.remaining), ("at least 4,000", None));
    }

    #[test]
    fn nothing_is_said_of_a_speed_that_nobody_knows() {
        let none = ReplayCount { count: 0, complete: true };
        let figures = Figures::of(&task(TaskStatus::Running, None, 0), none, NOON);
        assert_eq!((figures.speed, figures.remaining, figures.total), (None, None, 1));
    }

    #[test]
    fn each_end_has_its_word() {
        for (status, stopped, word) in [
            (TaskStatus::Running, None, "Running"),
            (TaskStatus::Finished, None, "Finished"),
            (TaskStatus::Failed, Some(TaskStop::Canceled), "Canceled"),
            (TaskStatus::Failed, Some(TaskStop::EndpointDisabled), "Given up"),
        ] {
            let state = TaskState::of(&task(status, stopped, 2));
            assert!(state.word == word && state.sentence.ends_with('.'), "{}", state.sentence);
        }
    }
}
