//! References inside schemas. In a document they point from its root; a schema that is kept stands for itself, so
//! that it brings along what it refers to.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::fault::Fault;

/// Where an OpenAPI document keeps what several schemas share.
const COMPONENTS: &str = "#/components/schemas/";
/// Keywords whose values are data, not schemas.
const DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];
/// Keywords whose values are maps of schemas by names of any kind.
const MAPS: [&str; 5] = ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// The schema at `place` of the document, standing for itself: what it refers to in the document is among its `$defs`.
pub(super) fn gathered(document: &Value, schema: &Value, place: &str) -> Result<Value, Fault> {
    let mut schema = schema.clone();
    let own = definitions(&schema);
    let mut gathering = Gathering { place, own: &own, wanted: Vec::new() };
    rewrite(&mut schema, &mut |reference| gathering.inward(reference));
    let mut brought = BTreeMap::new();
    while let Some(name) = gathering.wanted.pop() {
        let key = gathering.key(&name);
        if brought.contains_key(&key) {
            continue;
        }
        let found = document.pointer(&format!("/components/schemas/{name}"));
        let missing = || Fault::at([format!("{COMPONENTS}{name}")], "is not in the document");
        let mut component = found.ok_or_else(missing)?.clone();
        rewrite(&mut component, &mut |reference| gathering.inward(reference));
        brought.insert(key, component);
    }
    if let (Some(fields), false) = (schema.as_object_mut(), brought.is_empty()) {
        let definitions = fields.entry("$defs").or_insert_with(|| Value::Object(Map::new()));
        if let Some(definitions) = definitions.as_object_mut() {
            definitions.extend(brought);
        }
    }
    Ok(schema)
}

/// The schema as it may stand at `place` of a document: its references to itself point there.
pub(super) fn placed(schema: &Value, place: &str) -> Value {
    let mut schema = schema.clone();
    // A schema with an address of its own refers to that, wherever it stands.
    if schema.get("$id").is_none() {
        rewrite(&mut schema, &mut |reference| match reference.strip_prefix('#') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Some(format!("{place}{rest}")),
            _ => None,
        });
    }
    schema
}

struct Gathering<'a> {
    place: &'a str,
    own: &'a [String],
    /// Names of components, escaped as in pointers.
    wanted: Vec<String>,
}

impl Gathering<'_> {
    fn inward(&mut self, reference: &str) -> Option<String> {
        if let Some(rest) = reference.strip_prefix(self.place)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return Some(format!("#{rest}"));
        }
        let inside = reference.strip_prefix(COMPONENTS)?;
        let (name, rest) = inside.find('/').map_or((inside, ""), |at| inside.split_at(at));
        self.wanted.push(name.to_owned());
        Some(format!("#/$defs/{}{rest}", self.key(name)))
    }

    /// Under what a component is brought along: the schema's own definitions keep their names.
    fn key(&self, name: &str) -> String {
        if self.own.iter().any(|own| own == name) { format!("components.{name}") } else { name.to_owned() }
    }
}

fn definitions(schema: &Value) -> Vec<String> {
    let own = schema.get("$defs").and_then(Value::as_object);
    own.map(|own| own.keys().cloned().collect()).unwrap_or_default()
}

fn rewrite(schema: &mut Value, turn: &mut dyn FnMut(&str) -> Option<String>) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, turn)),
        Value::Object(fields) => fields.iter_mut().for_each(|(keyword, value)| match value {
            Value::String(reference) if keyword == "$ref" => {
                if let Some(turned) = turn(reference) {
                    *reference = turned;
                }
            }
            Value::Object(named) if MAPS.contains(&keyword.as_str()) => {
                named.values_mut().for_each(|schema| rewrite(schema, turn));
            }
            value if !DATA.contains(&keyword.as_str()) => rewrite(value, turn),
            _ => {}
        }),
        _ => {}
    }
}
