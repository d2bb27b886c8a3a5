//! The list from which people choose what an endpoint hears of: event types by topic, the chosen ones ticked.

use std::collections::{BTreeMap, BTreeSet};

use wirepost_model::event_type::EventType;

/// Event types of one topic.
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) choices: Vec<Choice>,
}

/// An event type that may be chosen.
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_chosen: bool,
}

/// The topics of the catalogue. What is chosen already stays in the list, archived or not.
pub(crate) fn topics(event_types: Vec<EventType>, chosen: &BTreeSet<String>) -> Vec<Topic> {
    let mut topics: BTreeMap<String, Vec<Choice>> = BTreeMap::new();
    for event_type in event_types {
        let name = event_type.name.to_string();
        let is_chosen = chosen.contains(&name);
        if event_type.archived && !is_chosen {
            continue;
        }
        let topic = event_type.group_name.unwrap_or_else(|| topic_of(&name).to_owned());
        let description = event_type.description;
        topics.entry(topic).or_default().push(Choice { name, description, is_chosen });
    }
    topics.into_iter().map(|(name, choices)| Topic { name, choices }).collect()
}

/// What stands before the first dot.
fn topic_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
