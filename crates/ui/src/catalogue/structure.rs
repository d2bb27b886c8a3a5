//! What a payload is made of, told from its JSON Schema: one line for each field, from the outside in. Bounded in depth
//! and length, and a schema that refers to itself is not followed round.

use serde_json::Value;

use super::joined_schema::{CHOICES_MOST, Joined};

/// Deepest nesting that is shown.
const DEPTH_MOST: usize = 12;
/// Most lines.
const LINES_MOST: usize = 400;
/// References and joined schemas that are followed for one value.
const HOPS_MOST: usize = 8;
/// A payload's fields.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    pub(crate) fields: Vec<Field>,
    /// Whether there is more than is shown.
    pub(crate) is_cut: bool,
}

/// One field, or one of several shapes that a field may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// The way to it: `event.user.`, or nothing at the top.
    pub(crate) within: String,
    pub(crate) name: String,
    /// `string (uuid)`, `array of objects` …
    pub(crate) kind: String,
    pub(crate) is_required: bool,
    /// Whether it is a shape beside others, which is never required by itself.
    pub(crate) is_shape: bool,
    pub(crate) description: String,
    /// What else holds of it: choices, bounds.
    pub(crate) notes: Vec<String>,
}

/// Tells the fields of what fits this schema.
pub(crate) fn structure_of(schema: &Value) -> Structure {
    let mut reader = Reader { root: schema, found: Structure::default(), open: Vec::new() };
    reader.members(schema, "", 0);
    reader.found
}

struct Reader<'a> {
    root: &'a Value,
    found: Structure,
    /// References that are being followed, so that none is followed inside of itself.
    open: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    /// The lines of what stands inside a value.
    fn members(&mut self, schema: &'a Value, within: &str, depth: usize) {
        let joined = self.joined(schema);
        if joined.again.is_some() {
            return;
        }
        let references = joined.references.len();
        self.open.extend(&joined.references);
        let required: Vec<&str> = joined.list("required").filter_map(Value::as_str).collect();
        for (name, member) in joined.maps("properties") {
            self.field(member, within, name, required.contains(&name.as_str()), depth);
        }
        for (pattern, member) in joined.maps("patternProperties") {
            self.field(member, within, &format!("/{pattern}/"), false, depth);
        }
        if let Some(others) = joined.first("additionalProperties").filter(|others| others.is_object()) {
            self.field(others, within, "any other name", false, depth);
        }
        if let Some(items) = joined.first("items").filter(|items| items.is_object()) {
            let inside = format!("{}[].", within.strip_suffix('.').unwrap_or(within));
            self.inside(items, &inside, depth);
        }
        self.shapes(&joined, within, depth);
        self.open.truncate(self.open.len() - references);
    }

    fn field(&mut self, schema: &'a Value, within: &str, name: &str, is_required: bool, depth: usize) {
        let joined = self.joined(schema);
        let field = Field {
            within: within.to_owned(),
            name: name.to_owned(),
            kind: self.kind(&joined, HOPS_MOST),
            is_required,
            is_shape: false,
            description: joined.text("description").or_else(|| joined.text("title")).unwrap_or_default(),
            notes: self.notes(&joined),
        };
        if self.add(field) {
            self.inside(schema, &format!("{within}{name}."), depth);
        }
    }

    /// What holds of a value, and of each in a list of plain ones.
    fn notes(&self, joined: &Joined<'a>) -> Vec<String> {
        let mut notes = joined.notes();
        if let Some(items) = joined.first("items").filter(|items| items.is_object()) {
            notes.extend(self.joined(items).notes().into_iter().map(|note| format!("each {note}")));
        }
        notes
    }

    /// `oneOf` and `anyOf`, where the shapes differ in more than their kind.
    fn shapes(&mut self, joined: &Joined<'a>, within: &str, depth: usize) {
        let shapes = joined.list("oneOf").chain(joined.list("anyOf"));
        let shapes: Vec<_> = shapes.filter(|shape| self.has_members(shape)).collect();
        for (number, shape) in shapes.into_iter().enumerate() {
            let inner = self.joined(shape);
            let title = inner.text("title").or_else(|| inner.references.first().map(|place| last_of(place)));
            let field = Field {
                within: within.to_owned(),
                name: title.unwrap_or_else(|| format!("shape {}", number + 1)),
                kind: self.kind(&inner, HOPS_MOST),
                is_required: false,
                is_shape: true,
                description: inner.text("description").unwrap_or_default(),
                notes: inner.notes(),
            };
            if self.add(field) {
                self.inside(shape, within, depth);
            }
        }
    }

    fn inside(&mut self, schema: &'a Value, within: &str, depth: usize) {
        if depth + 1 < DEPTH_MOST {
            self.members(schema, within, depth + 1);
        } else if self.has_members(schema) {
            self.found.is_cut = true;
        }
    }

    fn add(&mut self, field: Field) -> bool {
        let has_room = self.found.fields.len() < LINES_MOST;
        if has_room {
            self.found.fields.push(field);
        } else {
            self.found.is_cut = true;
        }
        has_room
    }

    fn has_members(&self, schema: &'a Value) -> bool {
        let joined = self.joined(schema);
        let keys = ["properties", "patternProperties", "oneOf", "anyOf"];
        let items = joined.first("items").filter(|items| items.is_object());
        keys.into_iter().any(|key| joined.first(key).is_some()) || items.is_some()
    }

    fn joined(&self, schema: &'a Value) -> Joined<'a> {
        let mut joined = Joined { parts: Vec::new(), references: Vec::new(), again: None };
        let mut waiting = vec![schema];
        for _ in 0..HOPS_MOST * HOPS_MOST {
            let Some(part) = waiting.pop().map(Value::as_object) else {
                break;
            };
            let Some(part) = part else {
                continue;
            };
            joined.parts.push(part);
            if let Some(place) = part.get("$ref").and_then(Value::as_str) {
                if self.open.contains(&place) || joined.references.contains(&place) {
                    joined.again = Some(place);
                } else if joined.references.len() < HOPS_MOST {
                    joined.references.push(place);
                    waiting.extend(self.referred(place));
                }
            }
            waiting.extend(part.get("allOf").and_then(Value::as_array).into_iter().flatten().rev());
        }
        joined
    }

    fn referred(&self, place: &str) -> Option<&'a Value> {
        self.root.pointer(place.strip_prefix('#')?)
    }

    /// What a value is, in the words of JSON; so many lists and shapes inside each other are told apart.
    fn kind(&self, joined: &Joined<'a>, hops: usize) -> String {
        if let Some(place) = joined.again {
            return format!("{}, as above", last_of(place));
        }
        let named: Vec<&str> = match joined.first("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => vec![joined.guessed_kind()],
        };
        let named = named.into_iter().filter(|kind| !kind.is_empty());
        let told: Vec<String> = named.map(|kind| self.one_kind(kind, joined, hops)).collect();
        if told.is_empty() { self.kind_of_shapes(joined, hops) } else { told.join(" or ") }
    }

    fn one_kind(&self, kind: &str, joined: &Joined<'a>, hops: usize) -> String {
        match (kind, joined.first("items"), joined.text("format")) {
            ("array", Some(items), _) if items.is_object() && hops > 0 => {
                format!("array of {}", self.kind(&self.joined(items), hops - 1))
            }
            ("string" | "number" | "integer", _, Some(format)) => format!("{kind} ({format})"),
            _ => kind.to_owned(),
        }
    }

    fn kind_of_shapes(&self, joined: &Joined<'a>, hops: usize) -> String {
        let shapes = joined.list("oneOf").chain(joined.list("anyOf")).take(CHOICES_MOST);
        let mut kinds: Vec<String> = Vec::new();
        for shape in shapes.filter(|_| hops > 0) {
            // A tree of shapes inside shapes is told by its first branches only.
            let kind = self.kind(&self.joined(shape), hops.min(2) - 1);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        if kinds.is_empty() { "any".to_owned() } else { kinds.join(" or ") }
    }
}

/// The name that a reference ends with.
fn last_of(place: &str) -> String {
    let name = place.rsplit('/').next().unwrap_or(place).trim_start_matches('#');
    if name.is_empty() { "the payload".to_owned() } else { name.replace("~1", "/").replace("~0", "~") }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn told(schema: &Value) -> Vec<String> {
        let line = |field: Field| {
            let required = if field.is_required { "!" } else { "" };
            let notes =
                if field.notes.is_empty() { String::new() } else { format!(" [{}]", field.notes.join("; ")) };
            format!("{}{}{required}: {}{notes}", field.within, field.name, field.kind)
        };
        structure_of(schema).fields.into_iter().map(line).collect()
    }

    #[test]
    fn objects_and_lists_are_told_from_the_outside_in() {
        let schema = json!({
            "type": "object",
            "properties": {
                "event": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}},
                "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 3},
                "assets": {"type": "array", "items": {"properties": {"n": {"type": ["integer", "null"], "minimum": 1}}}},
            },
            "required": ["event"],
        });
        assert_eq!(
            told(&schema),
            [
                "assets: array of object",
                "assets[].n: integer or null [at least 1]",
                "event!: object",
                "event.id!: string (uuid)",
                "tags: array of string [at most 3 items; each one of a, b]",
            ]
        );
    }

    #[test]
    fn references_are_followed_and_never_round() {
        let schema = json!({
            "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "v": {"const": 1}}}},
            "allOf": [{"properties": {"a": {"$ref": "#/$defs/node"}}}, {"required": ["a"]}],
            "properties": {"gone": {"$ref": "#/$defs/nobody"}, "self": {"$ref": "#"}},
        });
        let told = told(&schema);
        for wanted in ["a!: object", "a.next: node, as above", "a.v: number [always 1]", "gone: any"] {
            assert!(told.iter().any(|line| line == wanted), "{wanted}: {told:?}");
        }
        assert!(told.len() < 20, "{told:?}");
        let endless =
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"});
        assert!(structure_of(&endless).fields.is_empty());
    }

    #[test]
    fn shapes_beside_each_other_are_told_with_their_names() {
        let schema = json!({
            "properties": {
                "either": {"oneOf": [{"type": "string"}, {"type": "null"}]},
                "owner": {"oneOf": [
                    {"title": "A user", "type": "object", "properties": {"id": {"type": "string"}}},
                    {"type": "object", "properties": {"team": {"enum": ["a", "b"]}}},
                ]},
            },
        });
        assert_eq!(
            told(&schema),
            [
                "either: string or null",
                "owner: object",
                "owner.A user: object",
                "owner.id: string",
                "owner.shape 2: object",
                "owner.team: string [one of a, b]",
            ]
        );
    }

    #[test]
    fn what_is_long_or_deep_is_cut_and_says_so() {
        let mut deep = json!({"type": "string"});
        for _ in 0..20 {
            deep = json!({"properties": {"a": deep}});
        }
        let cut = structure_of(&deep);
        assert_eq!((cut.fields.len(), cut.is_cut), (DEPTH_MOST, true));
        let list = json!({"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}, "properties": {"a": {"$ref": "#/$defs/a"}}});
        assert_eq!(structure_of(&list).fields.len(), 1);
        let members: Map<String, Value> =
            (0..1_000).map(|number| (format!("f{number}"), json!({}))).collect();
        let cut = structure_of(&json!({"properties": members}));
        assert_eq!((cut.fields.len(), cut.is_cut), (LINES_MOST, true));
        assert!(structure_of(&json!(true)).fields.is_empty());
    }
}
