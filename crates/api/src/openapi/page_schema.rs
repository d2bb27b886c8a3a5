//! Schemas on the page: their fields in words, and an example made from them.

use serde_json::{Map, Value, json};

use super::page::{Escaped, push};

/// How far an example follows shapes within shapes.
const DEPTH_MOST: usize = 6;

/// Lists the fields of an object's schema.
pub(crate) fn fields(page: &mut String, schema: &Value, document: &Value) {
    let schema = resolved(schema, document);
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let required = schema["required"].as_array();
    page.push_str("<dl>\n");
    for (name, field) in properties {
        let must = required.is_some_and(|names| names.iter().any(|required| required == name));
        let description = field["description"].as_str().unwrap_or_default();
        push(
            page,
            format_args!(
                "<dt><code>{}</code> <small>{}{}</small></dt><dd>{}</dd>\n",
                Escaped(name),
                Escaped(&kind_of(field)),
                if must { ", always" } else { "" },
                Escaped(description),
            ),
        );
    }
    page.push_str("</dl>\n");
}

/// What a value of this schema is, in a word or two.
pub(crate) fn kind_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or(name).to_owned();
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> =
            words.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned)).collect();
        return words.join(" | ");
    }
    if let Some(choices) = choices(schema) {
        let kinds: Vec<String> = choices.iter().map(kind_of).collect();
        return kinds.join(" | ");
    }
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return "anything".to_owned(),
    };
    let named = |kind: &str| match kind {
        "array" => format!("list of {}", kind_of(&schema["items"])),
        "string" if schema["format"] == "date-time" => "instant".to_owned(),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind_of(&schema["additionalProperties"]))
        }
        other => other.to_owned(),
    };
    kinds.into_iter().map(named).collect::<Vec<_>>().join(" | ")
}

/// A value of this schema.
pub(crate) fn example_of(schema: &Value, document: &Value) -> Value {
    example_within(schema, document, DEPTH_MOST)
}

fn example_within(schema: &Value, document: &Value, depth: usize) -> Value {
    let schema = resolved(schema, document);
    if let Some(example) = schema["examples"].get(0).or_else(|| schema["enum"].get(0)) {
        return example.clone();
    }
    if depth == 0 {
        return Value::Null;
    }
    if let Some(choices) = choices(schema) {
        return choices.first().map_or(Value::Null, |choice| example_within(choice, document, depth - 1));
    }
    let kind = schema["type"].get(0).unwrap_or(&schema["type"]);
    match kind.as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let example =
                |(name, field): (&String, &Value)| (name.clone(), example_within(field, document, depth - 1));
            properties.map(example).collect::<Map<_, _>>().into()
        }
        Some("array") => json!([example_within(&schema["items"], document, depth - 1)]),
        Some("string") => "text".into(),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => false.into(),
        _ => json!({}),
    }
}

fn choices(schema: &Value) -> Option<&Vec<Value>> {
    schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array())
}

fn resolved<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
    name.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_follows_names_and_takes_what_the_words_offer() {
        let document = json!({"components": {"schemas": {"Inner": {
            "type": "object",
            "properties": {"at": {"type": ["string", "null"], "examples": ["noon"]}},
        }}}});
        let schema = json!({"type": "array", "items": {"$ref": "#/components/schemas/Inner"}});
        assert_eq!(example_of(&schema, &document), json!([{"at": "noon"}]));
        assert_eq!(kind_of(&schema), "list of Inner");
    }

    #[test]
    fn a_shape_that_holds_itself_ends() {
        let document = json!({"components": {"schemas": {"Loop": {
            "type": "object", "properties": {"again": {"$ref": "#/components/schemas/Loop"}},
        }}}});
        assert!(example_of(&json!({"$ref": "#/components/schemas/Loop"}), &document).is_object());
    }
}
