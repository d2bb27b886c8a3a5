//! Holds the document of our API against what published clients need: nothing of it may be missing, and what is
//! excused as missing must really be so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::described::document;
use crate::harness::Api;

#[derive(Deserialize)]
struct Needs {
    ignored: BTreeMap<String, String>,
    operation: Vec<Needed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Needed {
    id: String,
    call: String,
    later: Option<String>,
    departs: Option<String>,
    #[serde(default)]
    query: Vec<String>,
    #[serde(default)]
    body: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    statuses: Vec<u16>,
    #[serde(default)]
    answer: Vec<String>,
    #[serde(default)]
    row: Vec<String>,
}

/// The document, the names that are ignored, and those of them that were met.
struct Checker<'a> {
    document: &'a Value,
    ignored: &'a BTreeMap<String, String>,
    met: BTreeSet<&'a str>,
    missing: Vec<String>,
}

fn needs() -> Needs {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../e2e/compatibility/operations.toml");
    toml::from_str(&std::fs::read_to_string(path).expect("there is a table")).expect("the table is TOML")
}

#[tokio::test]
async fn nothing_that_a_published_client_needs_is_missing() {
    let api = Api::start().await;
    let needs = needs();
    assert!(needs.operation.len() > 50, "the table holds every operation");
    let mut checker = Checker {
        document: document(api.router()).await,
        ignored: &needs.ignored,
        met: BTreeSet::new(),
        missing: Vec::new(),
    };
    for needed in &needs.operation {
        checker.check(needed);
    }
    for name in needs.ignored.keys().filter(|name| !checker.met.contains(name.as_str())) {
        checker.missing.push(format!("{name} is called ignored, but nothing needs that"));
    }
    let missing = &checker.missing;
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

impl<'a> Checker<'a> {
    fn check(&mut self, needed: &'a Needed) {
        let (method, path) = needed.call.split_once(' ').expect("a method and a path");
        let Some(operation) = self.operation(method, path) else {
            if needed.later.is_none() {
                self.missing.push(format!("{}: {} is not described", needed.id, needed.call));
            }
            return;
        };
        if needed.later.is_some() {
            self.missing.push(format!("{} is there: its line `later` has to go", needed.id));
        }
        let id = operation["operationId"].as_str().unwrap_or_default();
        if id != needed.id {
            self.missing.push(format!("{} is called {id}", needed.id));
        }
        self.check_query(needed, operation);
        self.check_body(needed, operation);
        self.check_answers(needed, operation);
    }

    fn check_query(&mut self, needed: &'a Needed, operation: &Value) {
        let known: BTreeSet<&str> = list(&operation["parameters"])
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        self.compare(&needed.id, "query", &needed.query, &known);
    }

    fn check_body(&mut self, needed: &'a Needed, operation: &Value) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let (known, required) = self.fields(schema);
        self.compare(&needed.id, "body", &needed.body, &known);
        let needs: BTreeSet<&str> = needed.needs.iter().map(String::as_str).collect();
        if required != needs {
            self.missing.push(format!("{}: a request needs {needs:?}, not {required:?}", needed.id));
        }
    }

    fn check_answers(&mut self, needed: &Needed, operation: &Value) {
        let responses = operation["responses"].as_object().expect("an operation answers");
        let successes: BTreeSet<u16> = responses
            .keys()
            .filter_map(|status| status.parse().ok())
            .filter(|status| *status < 300)
            .collect();
        if successes != needed.statuses.iter().copied().collect() {
            self.missing.push(format!("{}: success is {successes:?}, not {:?}", needed.id, needed.statuses));
        }
        assert!(needed.departs.as_deref() != Some(""), "{}: a departure has a reason", needed.id);
        for status in successes {
            let schema = &responses[&status.to_string()]["content"]["application/json"]["schema"];
            self.check_shown(&needed.id, schema, &needed.answer);
            if !needed.row.is_empty() {
                self.check_shown(
                    &needed.id,
                    &self.resolved(schema)["properties"]["data"]["items"],
                    &needed.row,
                );
            }
        }
    }

    fn check_shown(&mut self, id: &str, schema: &Value, needed: &[String]) {
        let (_, always) = self.fields(schema);
        for name in needed.iter().filter(|name| !always.contains(name.as_str())) {
            self.missing.push(format!("{id}: an answer may come without {name}"));
        }
    }

    fn compare(&mut self, id: &str, place: &str, needed: &'a [String], known: &BTreeSet<&str>) {
        for name in needed {
            let ignored = self.ignored.contains_key(name);
            if ignored && !known.contains(name.as_str()) {
                self.met.insert(name);
            } else if !known.contains(name.as_str()) {
                self.missing.push(format!("{id}: {place} knows no {name}"));
            }
        }
    }

    /// What the document says of a call; names in paths may differ.
    fn operation(&self, method: &str, path: &str) -> Option<&'a Value> {
        let paths = self.document["paths"].as_object().expect("the paths are an object");
        let (_, operations) = paths.iter().find(|(known, _)| without_names(known) == without_names(path))?;
        operations.get(method.to_lowercase())
    }

    /// The fields of a shape, and those that are always there.
    fn fields(&self, schema: &'a Value) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
        let schema = self.resolved(schema);
        let mut known: BTreeSet<&str> =
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let mut always: BTreeSet<&str> = list(&schema["required"]).iter().filter_map(Value::as_str).collect();
        for part in list(&schema["allOf"]) {
            let (more, always_too) = self.fields(part);
            known.extend(more);
            always.extend(always_too);
        }
        (known, always)
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let pointer = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
        pointer.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(schema)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn without_names(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
