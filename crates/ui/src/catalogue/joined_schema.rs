//! A schema with all that it refers to, and what it says of a value in words.

use serde_json::{Map, Value};

use crate::show::shortened;

/// Most values of a list of choices that are named.
pub(super) const CHOICES_MOST: usize = 12;
/// Most characters of a value that is shown.
const VALUE_MOST: usize = 60;

/// What a schema may say of a value, and the words for it.
const BOUNDS: [(&str, &str); 12] = [
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("exclusiveMinimum", "more than {}"),
    ("exclusiveMaximum", "less than {}"),
    ("multipleOf", "a multiple of {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("pattern", "matches {}"),
    ("contentEncoding", "encoded as {}"),
    ("default", "{} unless given"),
];

/// A schema with all that it refers to and is joined from.
pub(super) struct Joined<'a> {
    pub(super) parts: Vec<&'a Map<String, Value>>,
    pub(super) references: Vec<&'a str>,
    /// It refers to something that is being shown already.
    pub(super) again: Option<&'a str>,
}

impl<'a> Joined<'a> {
    pub(super) fn first(&self, key: &str) -> Option<&'a Value> {
        self.parts.iter().find_map(|part| part.get(key))
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.first(key).and_then(Value::as_str).map(str::to_owned)
    }

    pub(super) fn list<'k>(&self, key: &'k str) -> impl Iterator<Item = &'a Value> + use<'a, 'k> {
        let lists = self.parts.clone().into_iter().filter_map(move |part| part.get(key)?.as_array());
        lists.flatten()
    }

    pub(super) fn maps<'k>(
        &self,
        key: &'k str,
    ) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a, 'k> {
        self.parts.clone().into_iter().filter_map(move |part| part.get(key)?.as_object()).flatten()
    }

    /// The kind of a schema that names none.
    pub(super) fn guessed_kind(&self) -> &'static str {
        let of_value = |value: &Value| match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        match (self.first("const"), self.list("enum").next()) {
            (Some(value), _) | (None, Some(value)) => of_value(value),
            _ if self.first("properties").is_some() => "object",
            _ if self.first("items").is_some() => "array",
            _ => "",
        }
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(value) = self.first("const") {
            notes.push(format!("always {}", shown(value)));
        }
        let choices: Vec<_> = self.list("enum").take(CHOICES_MOST + 1).collect();
        if !choices.is_empty() {
            let named: Vec<_> = choices.iter().take(CHOICES_MOST).map(|choice| shown(choice)).collect();
            let more = if choices.len() > CHOICES_MOST { " and others" } else { "" };
            notes.push(format!("one of {}{more}", named.join(", ")));
        }
        let said = BOUNDS.iter().filter_map(|(key, words)| {
            let value = self.first(key).filter(|value| !value.is_object() && !value.is_array())?;
            Some(words.replace("{}", &shown(value)))
        });
        notes.extend(said);
        if self.first("deprecated").and_then(Value::as_bool) == Some(true) {
            notes.push("deprecated".to_owned());
        }
        notes
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => shortened(text, VALUE_MOST),
        other => shortened(&other.to_string(), VALUE_MOST),
    }
}
