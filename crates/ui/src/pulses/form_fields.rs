//! The fields that a pulse asks for, as a form: each member of its JSON Schema is a field of its kind, and what is
//! filled in becomes the JSON that the pulse wants. Whether it is good is not judged here.

use serde_json::{Map, Value, json};
use wirepost_control::fault::Fault;

use crate::refusals::Refusals;

/// What names of fields begin with in the form.
const PREFIX: &str = "field.";
/// The name of the field for all of them at once, where the schema names none.
const ALL: &str = "fields";
/// From this many characters on a text gets several lines.
const LONG: u64 = 300;

/// One field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormField {
    /// Its name in the form.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    /// What is filled in.
    pub(crate) value: String,
    pub(crate) wrong: Vec<String>,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line; the word is the kind of input.
    Line(&'static str),
    /// Several lines of text.
    Lines,
    /// A box to tick.
    Tick,
    /// One of these.
    Choice(Vec<String>),
    /// JSON, for whatever has no form of its own.
    Json,
}

/// The form for this schema, with what was filled in and what was wrong with it.
pub(crate) fn form_for(
    schema: Option<&Value>,
    filled: &[(String, String)],
    refusals: &Refusals,
) -> Vec<FormField> {
    let Some(schema) = schema else {
        return Vec::new();
    };
    let value_of =
        |name: &str| filled.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let Some(members) = members(schema) else {
        let wrong = refusals.at(ALL);
        let (label, hint) = ("Fields".to_owned(), "A JSON object.".to_owned());
        let value = value_of(ALL).unwrap_or_default();
        let (name, kind) = (ALL.to_owned(), Kind::Json);
        return vec![FormField { name, label, hint, kind, is_required: false, value, wrong }];
    };
    let required: Vec<&str> = texts(schema, "required").collect();
    let refusals = refusals.inside(ALL);
    let field = |(name, member): (&String, &Value)| {
        let known = format!("{PREFIX}{name}");
        let text = |key: &str| member.get(key).and_then(Value::as_str).map(str::to_owned);
        FormField {
            label: text("title").unwrap_or_else(|| name.clone()),
            hint: text("description").unwrap_or_default(),
            kind: kind_of(member),
            is_required: required.contains(&name.as_str()),
            value: value_of(&known).unwrap_or_else(|| member.get("default").map(plain).unwrap_or_default()),
            wrong: refusals.at(name),
            name: known,
        }
    };
    members.iter().map(field).collect()
}

/// What was filled in, as the pulse wants it; a field that was left empty is left out.
///
/// # Errors
/// Where JSON was wanted and is none.
pub(crate) fn filled_in(schema: Option<&Value>, filled: &[(String, String)]) -> Result<Value, Fault> {
    let Some(schema) = schema else {
        return Ok(json!({}));
    };
    let value_of =
        |name: &str| filled.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let Some(members) = members(schema) else {
        let text = value_of(ALL).unwrap_or_default();
        return if text.trim().is_empty() { Ok(json!({})) } else { json_in(text, vec![ALL.to_owned()]) };
    };
    let mut fields = Map::new();
    for (name, member) in members {
        let text = value_of(&format!("{PREFIX}{name}")).unwrap_or_default();
        let value = match kind_of(member) {
            Kind::Tick => Some(Value::Bool(!text.is_empty())),
            _ if text.trim().is_empty() => None,
            Kind::Choice(_) => {
                let chosen = texts_or_values(member).find(|value| plain(value) == text);
                Some(chosen.cloned().unwrap_or_else(|| Value::from(text)))
            }
            Kind::Json => Some(json_in(text, vec![ALL.to_owned(), name.clone()])?),
            Kind::Line("number") => Some(number_in(text)),
            Kind::Line(_) => Some(Value::from(text.trim())),
            Kind::Lines => Some(Value::from(text.replace("\r\n", "\n"))),
        };
        if let Some(value) = value {
            fields.insert(name.clone(), value);
        }
    }
    Ok(Value::Object(fields))
}

fn members(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object).filter(|members| !members.is_empty())
}

fn kind_of(member: &Value) -> Kind {
    if member.get("enum").is_some_and(Value::is_array) {
        return Kind::Choice(texts_or_values(member).map(plain).collect());
    }
    let longest = member.get("maxLength").and_then(Value::as_u64).unwrap_or(0);
    let format = member.get("format").and_then(Value::as_str);
    match (member.get("type").and_then(Value::as_str), format) {
        (Some("boolean"), _) => Kind::Tick,
        (Some("integer" | "number"), _) => Kind::Line("number"),
        (Some("string"), Some("date")) => Kind::Line("date"),
        (Some("string"), Some("email")) => Kind::Line("email"),
        (Some("string"), Some("uri")) => Kind::Line("url"),
        (Some("string"), _) if longest >= LONG || member.get("contentMediaType").is_some() => Kind::Lines,
        (Some("string"), _) => Kind::Line("text"),
        _ => Kind::Json,
    }
}

fn texts_or_values(member: &Value) -> impl Iterator<Item = &Value> {
    member.get("enum").and_then(Value::as_array).into_iter().flatten()
}

fn texts<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A value as it stands in a form.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is no number stays a text, and whoever judges it says so.
fn number_in(text: &str) -> Value {
    let read = serde_json::from_str::<Value>(text.trim()).ok();
    read.filter(Value::is_number).unwrap_or_else(|| Value::from(text))
}

fn json_in(text: &str, place: Vec<String>) -> Result<Value, Fault> {
    serde_json::from_str(text).map_err(|error| Fault { place, message: format!("is not JSON: {error}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn schema() -> Value {
        json!({"type": "object", "required": ["shop"], "properties": {
            "count": {"type": "integer"},
            "day": {"type": "string", "format": "date"},
            "list": {"type": "array"},
            "loud": {"type": "boolean", "title": "Out loud"},
            "reason": {"type": "string", "maxLength": 1_000, "description": "Why"},
            "shop": {"enum": ["Oslo", 7]},
        }})
    }

    #[test]
    fn each_member_is_a_field_of_its_kind() {
        let form = form_for(Some(&schema()), &filled(&[("field.reason", "old")]), &Refusals::default());
        let kinds: Vec<&Kind> = form.iter().map(|field| &field.kind).collect();
        let choice = Kind::Choice(vec!["Oslo".to_owned(), "7".to_owned()]);
        let wanted = [Kind::Line("number"), Kind::Line("date"), Kind::Json, Kind::Tick, Kind::Lines, choice];
        assert_eq!(kinds, wanted.iter().collect::<Vec<_>>());
        assert_eq!((form[3].label.as_str(), form[4].value.as_str()), ("Out loud", "old"));
        assert!(form[5].is_required && !form[0].is_required);
        assert!(form_for(None, &[], &Refusals::default()).is_empty());
    }

    #[test]
    fn what_was_filled_in_becomes_values_of_its_kind() {
        let given = filled(&[
            ("field.count", "3"),
            ("field.day", ""),
            ("field.list", "[1]"),
            ("field.loud", "on"),
            ("field.shop", "7"),
            ("field.other", "x"),
        ]);
        let wanted = json!({"count": 3, "list": [1], "loud": true, "shop": 7});
        assert_eq!(filled_in(Some(&schema()), &given), Ok(wanted));
        let odd = filled_in(Some(&schema()), &filled(&[("field.count", "many")]));
        assert_eq!(odd, Ok(json!({"count": "many", "loud": false})));
        let broken = filled_in(Some(&schema()), &filled(&[("field.list", "[1")])).expect_err("no JSON");
        assert_eq!(broken.place, ["fields", "list"]);
    }

    #[test]
    fn a_schema_without_members_is_filled_in_as_json() {
        let schema = json!({"type": "object"});
        let form = form_for(Some(&schema), &[], &Refusals::default());
        assert_eq!((form.len(), &form[0].kind), (1, &Kind::Json));
        assert_eq!(filled_in(Some(&schema), &filled(&[("fields", "{\"a\": 1}")])), Ok(json!({"a": 1})));
        assert_eq!(filled_in(Some(&schema), &[]), Ok(json!({})));
    }
}
