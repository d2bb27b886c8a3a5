//! Reads the `webhooks` (or `x-webhooks`) of an OpenAPI 3 document: each is an event type, its request body's schema
//! the schema of the payload.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wirepost_model::payload_validation::PayloadValidation;

use super::openapi_writing::{FEATURE_FLAG, PAYLOAD_VALIDATION, SCHEMAS};
use super::{Catalogue, references};
use crate::change::Change;
use crate::event_types::{EventTypeChanges, check_group_name, described_in};
use crate::fault::Fault;

/// Operations that a webhook may have, the usual one first.
const METHODS: [&str; 5] = ["post", "put", "patch", "delete", "get"];
/// References that are followed one after the other.
const HOPS_MOST: usize = 8;

/// Reads the document.
pub(super) fn read(document: &Value) -> Result<Catalogue, Fault> {
    let version = document.get("openapi").and_then(Value::as_str).unwrap_or_default();
    if !version.starts_with("3.") {
        return Err(Fault::at(["openapi"], "must be version 3 of OpenAPI"));
    }
    let named = ["webhooks", "x-webhooks"].into_iter().find_map(|key| Some((key, document.get(key)?)));
    let (key, webhooks) = named.ok_or_else(|| Fault::at(["webhooks"], "is not in the document"))?;
    let webhooks = webhooks.as_object().ok_or_else(|| Fault::at([key], "must be an object"))?;
    let reader = Reader { document, key };
    let described = webhooks.iter().map(|(name, item)| {
        let read = reader.event_type(name, item);
        read.and_then(|changes| described_in(name, changes)).map_err(|fault| fault.within([key, name]))
    });
    Catalogue::of(described.collect::<Result<_, _>>()?)
}

struct Reader<'a> {
    document: &'a Value,
    key: &'a str,
}

impl<'a> Reader<'a> {
    fn event_type(&self, name: &str, item: &'a Value) -> Result<EventTypeChanges, Fault> {
        let item = self.followed(item)?;
        let operation = METHODS.into_iter().find_map(|method| Some((method, item.get(method)?)));
        let (method, operation) = operation.ok_or_else(|| Fault::at(["post"], "is missing"))?;
        let operation = operation.as_object().ok_or_else(|| Fault::at([method], "must be an object"))?;
        let within = |fault: Fault| fault.within([method]);
        Ok(EventTypeChanges {
            description: description(operation, item),
            archived: Change::Set(false),
            deprecated: Change::Set(operation.get("deprecated").and_then(Value::as_bool).unwrap_or(false)),
            schemas: self.schemas(name, method, operation).map_err(within)?,
            feature_flag: extension::<Option<String>>(operation, FEATURE_FLAG).map_err(within)?,
            group_name: group(operation),
            payload_validation: extension::<PayloadValidation>(operation, PAYLOAD_VALIDATION)
                .map_err(within)?,
        })
    }

    fn schemas(
        &self,
        name: &str,
        method: &str,
        operation: &'a Map<String, Value>,
    ) -> Result<Change<Option<Value>>, Fault> {
        if let Some(all) = operation.get(SCHEMAS) {
            return Ok(Change::Set(Some(all.clone())));
        }
        let Some(body) = operation.get("requestBody") else {
            return Ok(Change::Keep);
        };
        let content = self.followed(body)?.get("content").and_then(Value::as_object);
        let json = content.into_iter().flatten().find(|(kind, _)| kind.contains("json"));
        let Some((kind, media)) = json else {
            return Ok(Change::Keep);
        };
        let Some(schema) = media.get("schema") else {
            return Ok(Change::Keep);
        };
        let kind = kind.replace('~', "~0").replace('/', "~1");
        let place = format!("#/{}/{name}/{method}/requestBody/content/{kind}/schema", self.key);
        let mut schema = references::gathered(self.document, schema, &place)?;
        take_examples(&mut schema, media);
        Ok(Change::Set(Some(json!({ "1": schema }))))
    }

    /// What a reference inside the document leads to.
    fn followed(&self, mut value: &'a Value) -> Result<&'a Value, Fault> {
        for _ in 0..HOPS_MOST {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return Ok(value);
            };
            let found = reference.strip_prefix('#').and_then(|pointer| self.document.pointer(pointer));
            value = found.ok_or_else(|| Fault::at(["$ref"], "leads to nothing in the document"))?;
        }
        Err(Fault::at(["$ref"], "leads from reference to reference"))
    }
}

fn description(operation: &Map<String, Value>, item: &Value) -> Change<String> {
    let of_operation = ["description", "summary"].into_iter().find_map(|key| operation.get(key)?.as_str());
    let of_item = || ["description", "summary"].into_iter().find_map(|key| item.get(key)?.as_str());
    of_operation.or_else(of_item).map_or(Change::Keep, |text| Change::Set(text.to_owned()))
}

/// The first tag, if it can be a heading: tags of other people's documents need not be fit for it.
fn group(operation: &Map<String, Value>) -> Change<Option<String>> {
    let first = operation.get("tags").and_then(|tags| tags.get(0)?.as_str());
    let fit = first.filter(|name| check_group_name(name).is_ok());
    fit.map_or(Change::Keep, |name| Change::Set(Some(name.to_owned())))
}

fn extension<'a, T: Deserialize<'a>>(
    operation: &'a Map<String, Value>,
    name: &str,
) -> Result<Change<T>, Fault> {
    let Some(value) = operation.get(name) else {
        return Ok(Change::Keep);
    };
    T::deserialize(value).map(Change::Set).map_err(|error| Fault::at([name], error.to_string()))
}

/// Examples beside a schema that has none of its own become its own.
fn take_examples(schema: &mut Value, media: &Value) {
    let beside = media.get("example").cloned().map(|example| vec![example]);
    let named = || {
        let examples = media.get("examples")?.as_object()?;
        Some(examples.values().filter_map(|example| example.get("value")).cloned().collect::<Vec<_>>())
    };
    let examples = beside.or_else(named).unwrap_or_default();
    if let Some(fields) = schema.as_object_mut()
        && !examples.is_empty()
        && !fields.contains_key("examples")
        && !fields.contains_key("example")
    {
        fields.insert("examples".to_owned(), Value::Array(examples));
    }
}
