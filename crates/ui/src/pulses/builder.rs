//! The fields of a pulse as rows that a person fills in, and the JSON Schema they stand for. A schema that says more
//! than rows can is written as JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Rows that are left free for further fields.
const FREE: usize = 3;
/// Most rows.
const ROWS_MOST: usize = 40;

/// One field that a pulse asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its name in the payload.
    pub(crate) name: String,
    /// What people read beside it; its name where it is blank.
    pub(crate) label: String,
    /// One of [`KINDS`].
    pub(crate) kind: String,
    /// For a choice, with commas between them.
    pub(crate) choices: String,
    pub(crate) is_required: bool,
}

/// What a field may be, as the form calls it and as people read it.
pub(crate) const KINDS: [(&str, &str); 7] = [
    ("text", "a line of text"),
    ("long", "several lines"),
    ("integer", "a whole number"),
    ("number", "a number"),
    ("yes", "yes or no"),
    ("date", "a date"),
    ("choice", "one of these"),
];

/// The rows of a schema, if it says nothing that rows cannot.
pub(crate) fn rows_of(schema: &Value) -> Option<Vec<Row>> {
    let required: BTreeSet<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let members = schema.get("properties")?.as_object()?;
    let rows: Option<Vec<Row>> = members
        .iter()
        .map(|(name, member)| {
            let text = |key: &str| member.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let choices = member.get("enum").and_then(Value::as_array).into_iter().flatten();
            let choices: Option<Vec<&str>> = choices.map(Value::as_str).collect();
            Some(Row {
                name: name.clone(),
                label: text("title"),
                kind: kind_of(member).to_owned(),
                choices: choices?.join(", "),
                is_required: required.contains(name.as_str()),
            })
        })
        .collect();
    rows.filter(|rows| schema_of(rows).as_ref() == Some(schema))
}

/// The schema that rows stand for; none without a row that has a name.
pub(crate) fn schema_of(rows: &[Row]) -> Option<Value> {
    let named: Vec<&Row> = rows.iter().filter(|row| !row.name.trim().is_empty()).collect();
    let members: Map<String, Value> =
        named.iter().map(|row| (row.name.trim().to_owned(), row.member())).collect();
    let required: BTreeSet<&str> =
        named.iter().filter(|row| row.is_required).map(|row| row.name.trim()).collect();
    (!members.is_empty()).then(|| {
        json!({
            "type": "object",
            "properties": members,
            "required": required,
            "additionalProperties": false,
        })
    })
}

/// The rows that a form brought, in their order.
pub(crate) fn rows_in(filled: &[(String, String)]) -> Vec<Row> {
    let text = |part: &str, number: usize| {
        let wanted = format!("{part}.{number}");
        filled.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.trim().to_owned())
    };
    let rows = (0..ROWS_MOST).map_while(|number| {
        Some(Row {
            name: text("name", number)?,
            label: text("label", number).unwrap_or_default(),
            kind: text("kind", number).unwrap_or_default(),
            choices: text("choices", number).unwrap_or_default(),
            is_required: text("required", number).as_deref() == Some("yes"),
        })
    });
    rows.filter(|row| !row.name.is_empty() || !row.label.is_empty()).collect()
}

/// The same rows and some that are free.
pub(crate) fn with_free_rows(mut rows: Vec<Row>) -> Vec<Row> {
    let count = (rows.len() + FREE).min(ROWS_MOST);
    rows.resize(count.max(rows.len()), Row::default());
    rows
}

impl Row {
    /// Whether one of several is asked for, and none is named.
    pub(crate) fn lacks_choices(&self) -> bool {
        self.kind == "choice" && self.choices().next().is_none()
    }

    fn choices(&self) -> impl Iterator<Item = &str> {
        self.choices.split(',').map(str::trim).filter(|choice| !choice.is_empty())
    }

    fn member(&self) -> Value {
        let mut member = match self.kind.as_str() {
            "long" => json!({"type": "string", "contentMediaType": "text/plain"}),
            "integer" => json!({"type": "integer"}),
            "number" => json!({"type": "number"}),
            "yes" => json!({"type": "boolean"}),
            "date" => json!({"type": "string", "format": "date"}),
            "choice" => json!({"type": "string", "enum": self.choices().collect::<Vec<_>>()}),
            _ => json!({"type": "string"}),
        };
        let label = self.label.trim();
        if let Some(member) = member.as_object_mut().filter(|_| !label.is_empty()) {
            member.insert("title".to_owned(), Value::from(label));
        }
        member
    }
}

fn kind_of(member: &Value) -> &'static str {
    match member.get("type").and_then(Value::as_str) {
        Some("integer") => "integer",
        Some("number") => "number",
        Some("boolean") => "yes",
        _ if member.get("enum").is_some() => "choice",
        _ if member.get("format").is_some() => "date",
        _ if member.get("contentMediaType").is_some() => "long",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, kind: &str) -> Row {
        Row { name: name.to_owned(), kind: kind.to_owned(), ..Row::default() }
    }

    #[test]
    fn rows_come_back_from_the_schema_they_stand_for() {
        let mut rows: Vec<Row> = KINDS.iter().map(|(kind, _)| row(&format!("a {kind}"), kind)).collect();
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        rows[0].choices = "Oslo, Lima".to_owned();
        rows[1].label = "On".to_owned();
        rows[2].is_required = true;
        let schema = schema_of(&rows).expect("there are rows");
        assert_eq!(rows_of(&schema), Some(rows));
        assert_eq!(schema_of(&[Row::default()]), None);
    }

    #[test]
    fn what_rows_cannot_say_is_left_to_json() {
        for schema in [
            json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            json!({"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}},
                "required": [], "additionalProperties": false}),
            json!({"type": "object"}),
        ] {
            assert_eq!(rows_of(&schema), None, "{schema}");
        }
    }

    #[test]
    fn a_form_brings_the_rows_that_were_filled_in() {
        let filled = [
            ("name.0", "shop"),
            ("kind.0", "choice"),
            ("required.0", "yes"),
            ("name.1", ""),
            ("name.2", "n"),
        ];
        let filled: Vec<_> =
            filled.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let rows = rows_in(&filled);
        assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["shop", "n"]);
        assert!(rows[0].is_required && !rows[1].is_required);
        assert_eq!(with_free_rows(rows).len(), 2 + FREE);
    }
}
