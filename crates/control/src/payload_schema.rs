//! JSON Schemas: checked before they are stored, compiled once. A schema stands for itself: nothing is ever fetched
//! for it, neither from the network nor from a file.

use std::error::Error;

use jsonschema::{PatternOptions, Retrieve, Uri, ValidationError, Validator};
use serde_json::Value;

use crate::fault::{FAULTS_MOST, Fault};
use crate::schema_weight::check_weight;

/// Steps that one pattern may take over one text before it counts as not matching.
const BACKTRACKS_MOST: usize = 100_000;

/// A schema that payloads can be held against.
pub(crate) struct PayloadSchema(Validator);

/// Answers every question for a schema elsewhere with a refusal.
struct NothingOutside;

impl PayloadSchema {
    /// Compiles a schema (draft 2020-12 unless its `$schema` names another).
    ///
    /// # Errors
    /// Where and why it is none, that it refers to another document, or that it asks too much of one value.
    pub(crate) fn compile(schema: &Value) -> Result<Self, Fault> {
        // First: what is too long to follow would also be too long to compile.
        check_weight(schema)?;
        let options = jsonschema::options()
            .with_retriever(NothingOutside)
            .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(BACKTRACKS_MOST));
        options.build(schema).map(Self).map_err(|error| fault(&error))
    }

    /// What keeps the payload from fitting, at most [`FAULTS_MOST`] faults.
    pub(crate) fn faults(&self, payload: &Value) -> Vec<Fault> {
        self.0.iter_errors(payload).take(FAULTS_MOST).map(|error| fault(&error)).collect()
    }
}

impl Retrieve for NothingOutside {
    fn retrieve(&self, _: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        Err("a schema may refer only to itself".into())
    }
}

/// The value itself stays out of it: payloads are nobody else's business, and may be long.
fn fault(error: &ValidationError<'_>) -> Fault {
    let pointer = error.instance_path().as_str();
    let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
    Fault::at(pointer.split('/').skip(1).map(unescaped), error.masked().to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(schema: &Value, payload: &Value) -> Vec<String> {
        let schema = PayloadSchema::compile(schema).map_err(|fault| fault.to_string());
        schema.expect("a good schema").faults(payload).iter().map(Fault::to_string).collect()
    }

    fn refusal(schema: &Value) -> Fault {
        match PayloadSchema::compile(schema) {
            Ok(_) => panic!("{schema} was taken"),
            Err(fault) => fault,
        }
    }

    #[test]
    fn each_fault_has_its_place_and_keeps_the_value_to_itself() {
        let schema = json!({
            "type": "object",
            "properties": {"a/b": {"type": "array", "items": {"type": "integer"}}},
            "required": ["id"],
        });
        let told = faults(&schema, &json!({"a/b": [1, "secret"]}));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().any(|fault| fault.starts_with("a/b.1: ")), "{told:?}");
        assert!(told.iter().any(|fault| fault.contains("\"id\"")), "{told:?}");
        assert!(!told.iter().any(|fault| fault.contains("secret")), "{told:?}");
        assert!(faults(&schema, &json!({"id": 1})).is_empty());
    }

    #[test]
    fn what_is_no_schema_is_refused_at_its_place() {
        let fault = refusal(&json!({"properties": {"id": {"type": "text"}}}));
        assert_eq!(fault.place.first().map(String::as_str), Some("properties"), "{fault}");
        refusal(&json!({"pattern": "("}));
        refusal(&json!({"$ref": "#/$defs/missing"}));
        refusal(&json!({"$schema": "https://example.com/own-dialect"}));
    }

    #[test]
    fn nothing_is_fetched_from_the_network_or_a_file() {
        for elsewhere in
            ["http://127.0.0.1:9/x.json", "https://example.com/x", "file:///etc/hostname", "x.json"]
        {
            refusal(&json!({"$ref": elsewhere}));
            refusal(&json!({"properties": {"a": {"$dynamicRef": elsewhere}}}));
        }
    }

    #[test]
    fn a_schema_that_goes_round_in_circles_ends() {
        let two =
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}});
        let all = json!({"allOf": [{"$ref": "#"}], "anyOf": [{"not": {"$ref": "#"}}, {}]});
        let dynamic = json!({"$dynamicAnchor": "x", "$dynamicRef": "#x"});
        for circle in [json!({"$ref": "#"}), two, all, dynamic] {
            assert_eq!(faults(&circle, &json!({"a": 1})), [""; 0], "{circle}");
        }
        let tree = json!({"properties": {"child": {"$ref": "#"}, "name": {"type": "string"}}});
        assert_eq!(faults(&tree, &json!({"child": {"child": {"name": 1}}})).len(), 1);
    }

    #[test]
    fn the_longest_ways_that_are_taken_fit_on_a_stack() {
        let mut homes = serde_json::Map::new();
        for step in 0..30 {
            homes.insert(format!("p{step}"), json!({"allOf": [{"$ref": format!("#/$defs/p{}", step + 2)}]}));
        }
        let last = json!({"properties": {"a": {"$ref": "#/$defs/p0"}}, "type": "object"});
        homes.insert("p30".to_owned(), last.clone());
        homes.insert("p31".to_owned(), last);
        let schema = json!({"$ref": "#/$defs/p0", "$defs": homes});
        let mut payload = json!({});
        for _ in 0..120 {
            payload = json!({"a": payload});
        }
        assert_eq!(faults(&schema, &payload), [""; 0]);
    }

    #[test]
    fn a_pattern_that_never_ends_is_cut_off() {
        let schema = json!({"type": "string", "pattern": "^(?=(a+)+$)(a+)+$"});
        assert_eq!(faults(&schema, &json!(format!("{}b", "a".repeat(64)))).len(), 1);
    }
}
