//! The event types whose examples can be sent: those that the endpoint hears of first.

use wirepost_control::examples::sendable_example;
use wirepost_model::event_type::EventType;
use wirepost_model::names::EventTypeName;

use super::Question;
use crate::message::pretty::pretty;
use crate::query::address;
use crate::search::Words;

/// Most bytes of an example that are shown.
const EXAMPLE_BYTES_MOST: usize = 64 << 10;
/// Most examples of one event type that are offered.
const EXAMPLES_MOST: usize = 20;

/// The list, and what was chosen from it.
pub(super) struct Choice {
    /// What is looked for.
    pub(super) find: String,
    pub(super) groups: Vec<Group>,
    pub(super) is_catalogue_empty: bool,
    pub(super) chosen: Option<Chosen>,
}

/// Event types under one heading.
pub(super) struct Group {
    pub(super) heading: &'static str,
    pub(super) rows: Vec<Row>,
}

/// One event type.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) path: String,
    pub(super) is_chosen: bool,
}

/// The event type that is looked at.
pub(super) struct Chosen {
    pub(super) name: String,
    pub(super) description: String,
    /// Which of its examples, from 0.
    pub(super) number: usize,
    /// The example, laid out; `None` where there is none that could be sent.
    pub(super) example: Option<String>,
    pub(super) is_cut: bool,
    /// The others, where there are several.
    pub(super) numbers: Vec<Numbered>,
}

/// One of several examples.
pub(super) struct Numbered {
    pub(super) number: usize,
    pub(super) path: String,
    pub(super) is_chosen: bool,
}

impl Choice {
    /// `subscribed` is what the endpoint hears of; none means all. `here` is the tab's path.
    pub(super) fn of(
        event_types: Vec<EventType>,
        subscribed: &[EventTypeName],
        question: &Question,
        here: &str,
    ) -> Self {
        let is_catalogue_empty = event_types.is_empty();
        let hears_of =
            |event_type: &EventType| subscribed.is_empty() || subscribed.contains(&event_type.name);
        let (first, others): (Vec<EventType>, Vec<EventType>) = event_types.into_iter().partition(hears_of);
        let chosen = chosen(first.iter().chain(&others), question, here);
        let name = chosen.as_ref().map(|chosen| chosen.name.clone()).unwrap_or_default();
        let heading = if subscribed.is_empty() { "All event types" } else { "Subscribed" };
        let groups = [(heading, first), ("Not subscribed", others)];
        let groups = groups
            .into_iter()
            .map(|(heading, event_types)| Group { heading, rows: rows(event_types, question, here, &name) });
        let groups = groups.filter(|group| !group.rows.is_empty()).collect();
        Self { find: question.find.clone(), groups, is_catalogue_empty, chosen }
    }
}

fn rows(event_types: Vec<EventType>, question: &Question, here: &str, chosen: &str) -> Vec<Row> {
    let words = Words::of(&question.find);
    let fits = |event_type: &EventType| words.fit(&format!("{} {}", event_type.name, event_type.description));
    let row = |event_type: EventType| {
        let name = event_type.name.to_string();
        let pairs = [("type", name.as_str()), ("find", &question.find)];
        let shown = if question.find.is_empty() { &pairs[..1] } else { &pairs[..] };
        Row {
            path: address(here, shown) + "#example",
            is_chosen: name == chosen,
            description: event_type.description,
            name,
        }
    };
    event_types.into_iter().filter(fits).map(row).collect()
}

/// The one that was asked for, or the first that has an example.
fn chosen<'a>(
    mut event_types: impl Iterator<Item = &'a EventType> + Clone,
    question: &Question,
    here: &str,
) -> Option<Chosen> {
    let event_type = match &question.event_type {
        Some(name) => event_types.find(|event_type| event_type.name.as_str() == name)?,
        None => {
            let with_example = event_types.clone().find(|event_type| event_type.example().is_some());
            with_example.or_else(|| event_types.next())?
        }
    };
    let name = event_type.name.to_string();
    let count = (0..EXAMPLES_MOST).take_while(|number| event_type.example_at(*number).is_some()).count();
    let number = if question.event_type.is_some() { question.example } else { 0 };
    let example = sendable_example(event_type, number);
    let shown = example.map(|example| pretty(&example.to_string(), EXAMPLE_BYTES_MOST));
    let numbered = |at: usize| {
        let pairs = [("type", name.as_str()), ("example", &at.to_string())];
        Numbered { number: at + 1, path: address(here, &pairs) + "#example", is_chosen: at == number }
    };
    Some(Chosen {
        number,
        is_cut: shown.as_ref().is_some_and(|shown| shown.is_cut),
        example: shown.map(|shown| shown.text),
        numbers: if count > 1 { (0..count).map(numbered).collect() } else { Vec::new() },
        description: event_type.description.clone(),
        name,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event_type(name: &str, schemas: Option<serde_json::Value>) -> EventType {
        let name = EventTypeName::parse(name).expect("a good name");
        EventType { schemas, ..EventType::blank(name) }
    }

    fn catalogue() -> Vec<EventType> {
        let schema = |examples: serde_json::Value| Some(json!({"1": {"examples": examples}}));
        vec![
            event_type("asset.created", schema(json!([{"n": 1}, {"n": 2}]))),
            event_type("asset.deleted", None),
            event_type("user.joined", schema(json!([{"n": 3}]))),
        ]
    }

    fn names(group: &Group) -> Vec<&str> {
        group.rows.iter().map(|row| row.name.as_str()).collect()
    }

    #[test]
    fn what_the_endpoint_hears_of_stands_first() {
        let subscribed = [EventTypeName::parse("user.joined").expect("a good name")];
        let choice = Choice::of(catalogue(), &subscribed, &Question::default(), "/t");
        let headings: Vec<_> = choice.groups.iter().map(|group| (group.heading, names(group))).collect();
        let others = vec!["asset.created", "asset.deleted"];
        assert_eq!(headings, [("Subscribed", vec!["user.joined"]), ("Not subscribed", others)]);
        assert_eq!(choice.chosen.map(|chosen| chosen.name).as_deref(), Some("user.joined"));
    }

    #[test]
    fn an_example_is_chosen_by_its_number() {
        let question =
            Question { event_type: Some("asset.created".into()), example: 1, ..Question::default() };
        let chosen = Choice::of(catalogue(), &[], &question, "/t").chosen.expect("it is in the catalogue");
        assert_eq!(chosen.example.as_deref(), Some("{\n  \"n\": 2\n}"));
        let paths: Vec<_> = chosen.numbers.iter().map(|at| (at.path.as_str(), at.is_chosen)).collect();
        let first = "/t?type=asset.created&example=0#example";
        assert_eq!(paths, [(first, false), ("/t?type=asset.created&example=1#example", true)]);
    }

    #[test]
    fn a_search_leaves_what_holds_its_words() {
        let question = Question { find: "ASSET del".into(), ..Question::default() };
        let choice = Choice::of(catalogue(), &[], &question, "/t");
        assert_eq!(choice.groups.iter().flat_map(names).collect::<Vec<_>>(), ["asset.deleted"]);
        let none = Question { event_type: Some("gone.away".into()), ..Question::default() };
        assert!(Choice::of(catalogue(), &[], &none, "/t").chosen.is_none());
        assert!(Choice::of(Vec::new(), &[], &none, "/t").is_catalogue_empty);
    }
}
