//! The catalogue: all event types, by group and topic.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use wirepost_control::Control;
use wirepost_model::event_type::EventType;

use super::here::Here;
use crate::fault::Fault;
use crate::layout::{Layout, html};
use crate::query::Query;
use crate::search::Words;
use crate::show::counted;
use crate::state::UiState;

/// Most event types on the page; who has more searches.
const ROWS_MOST: usize = 500;

/// What is looked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    #[serde(default)]
    find: String,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "catalogue/list.html")]
struct ListPage {
    layout: Layout,
    here: String,
    in_app: bool,
    may_edit: bool,
    find: String,
    has_any: bool,
    /// How many are shown, where not all are.
    shown: Option<usize>,
    found: String,
    groups: Vec<Group>,
}

/// A heading of the catalogue.
struct Group {
    name: String,
    topics: Vec<Topic>,
}

/// Event types that tell of the same thing.
struct Topic {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    path: String,
    name: String,
    description: String,
    is_archived: bool,
    is_deprecated: bool,
    is_planned: bool,
    /// How many endpoints of the app hear of it.
    subscribed: Option<String>,
}

pub(crate) async fn list(
    State(state): State<UiState>,
    here: Here,
    Query(question): Query<Question>,
) -> Result<Response, Fault> {
    let all = here.event_types(&state).await?;
    let has_any = !all.is_empty();
    let words = Words::of(&question.find);
    let found: Vec<EventType> = all.into_iter().filter(|event_type| fits(event_type, &words)).collect();
    let count = found.len();
    html(&ListPage {
        layout: here.layout(&state, "Event Catalog").telling(question.done.as_deref()),
        in_app: here.access.is_some(),
        may_edit: here.may_edit(),
        find: question.find,
        has_any,
        shown: (count > ROWS_MOST).then_some(ROWS_MOST),
        found: counted(count as u64, "event type"),
        groups: groups(&here, &state.control, found.into_iter().take(ROWS_MOST)),
        here: here.path,
    })
}

fn fits(event_type: &EventType, words: &Words) -> bool {
    let group = event_type.group_name.as_deref().unwrap_or_default();
    words.fit(&format!("{} {} {group}", event_type.name, event_type.description))
}

/// Groups and topics by name. An event type without a group stands under its topic's first word.
fn groups(here: &Here, control: &Control, event_types: impl Iterator<Item = EventType>) -> Vec<Group> {
    let mut groups: BTreeMap<String, BTreeMap<String, Vec<Row>>> = BTreeMap::new();
    for event_type in event_types {
        let topic = topic_of(event_type.name.as_str()).to_owned();
        let group = event_type.group_name.clone();
        let group = group.unwrap_or_else(|| topic.split('.').next().unwrap_or_default().to_owned());
        let rows = groups.entry(group).or_default().entry(topic).or_default();
        rows.push(row(here, control, event_type));
    }
    let topics_of = |topics: BTreeMap<String, Vec<Row>>| {
        topics.into_iter().map(|(name, rows)| Topic { name, rows }).collect()
    };
    groups.into_iter().map(|(name, topics)| Group { name, topics: topics_of(topics) }).collect()
}

/// What stands before the last dot.
fn topic_of(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(topic, _)| topic)
}

fn row(here: &Here, control: &Control, event_type: EventType) -> Row {
    let subscribed =
        here.access.as_ref().map(|access| match control.subscribers(access, &event_type.name).count() {
            0 => "none".to_owned(),
            count => counted(count as u64, "endpoint"),
        });
    Row {
        path: format!("{}/{}", here.path, event_type.name),
        is_archived: event_type.archived,
        is_deprecated: event_type.deprecated,
        is_planned: is_planned(&event_type),
        name: event_type.name.to_string(),
        description: event_type.description,
        subscribed,
    }
}

/// Whether its schema says that it is announced and not sent yet.
pub(super) fn is_planned(event_type: &EventType) -> bool {
    let status = event_type.newest_schema().and_then(|schema| schema.get("x-status")).and_then(Value::as_str);
    status == Some("planned")
}
