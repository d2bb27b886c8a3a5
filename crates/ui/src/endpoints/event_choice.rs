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
    let mut missing = chosen.clone();
    for event_type in event_types {
        let name = event_type.name.to_string();
        let is_chosen = missing.remove(&name);
        if event_type.archived && !is_chosen {
            continue;
        }
        let topic = event_type.group_name.unwrap_or_else(|| topic_of(&name).to_owned());
        let description = event_type.description;
        topics.entry(topic).or_default().push(Choice { name, description, is_chosen });
    }
    for name in missing {
        let description = "No longer in the catalogue.".to_owned();
        let topic = topic_of(&name).to_owned();
        topics.entry(topic).or_default().push(Choice { name, description, is_chosen: true });
    }
    topics.into_iter().map(|(name, choices)| Topic { name, choices }).collect()
}

/// What stands before the first dot.
fn topic_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use wirepost_model::names::EventTypeName;

    use super::*;

    fn event_type(name: &str, group_name: Option<&str>) -> EventType {
        let group_name = group_name.map(str::to_owned);
        EventType { group_name, ..EventType::blank(EventTypeName::parse(name).expect("a good name")) }
    }

    fn listed(topics: &[Topic]) -> Vec<(&str, Vec<(&str, bool)>)> {
        topics
            .iter()
            .map(|topic| {
                let choices = topic.choices.iter().map(|choice| (choice.name.as_str(), choice.is_chosen));
                (topic.name.as_str(), choices.collect())
            })
            .collect()
    }

    #[test]
    fn types_stand_under_their_group_or_topic() {
        let all = vec![event_type("asset.created", None), event_type("user.invited", Some("People"))];
        let found = topics(all, &BTreeSet::new());
        assert_eq!(
            listed(&found),
            [("People", vec![("user.invited", false)]), ("asset", vec![("asset.created", false)])]
        );
    }

    #[test]
    fn what_was_chosen_stays_though_it_left_the_catalogue() {
        let chosen = BTreeSet::from(["asset.created".to_owned(), "asset.gone".to_owned()]);
        let found = topics(vec![event_type("asset.created", None)], &chosen);
        assert_eq!(listed(&found), [("asset", vec![("asset.created", true), ("asset.gone", true)])]);
    }
}
