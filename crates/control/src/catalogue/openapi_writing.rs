//! Writes event types as an OpenAPI 3.1 document whose `webhooks` they are. Reading it back gives the same ones.

use serde_json::{Map, Value, json};
use wirepost_model::event_type::EventType;
use wirepost_model::payload_validation::PayloadValidation;

use super::references;

/// Only apps with this flag see it.
pub(super) const FEATURE_FLAG: &str = "x-feature-flag";
/// Whether payloads must fit: `warn` or `enforce`.
pub(super) const PAYLOAD_VALIDATION: &str = "x-payload-validation";
/// All schemas by version, where there are others beside `1`.
pub(super) const SCHEMAS: &str = "x-schemas";

/// The document.
pub(super) fn write(event_types: &[EventType]) -> Value {
    let webhooks: Map<String, Value> = event_types
        .iter()
        .map(|event_type| (event_type.name.to_string(), json!({ "post": operation(event_type) })))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Webhooks", "version": "1"},
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "webhooks": webhooks,
    })
}

fn operation(event_type: &EventType) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), json!(event_type.name));
    operation.insert("description".to_owned(), json!(event_type.description));
    if let Some(group) = &event_type.group_name {
        operation.insert("tags".to_owned(), json!([group]));
    }
    if event_type.deprecated {
        operation.insert("deprecated".to_owned(), json!(true));
    }
    if let Some(flag) = &event_type.feature_flag {
        operation.insert(FEATURE_FLAG.to_owned(), json!(flag));
    }
    if event_type.payload_validation != PayloadValidation::Off {
        operation.insert(PAYLOAD_VALIDATION.to_owned(), json!(event_type.payload_validation));
    }
    if let Some(schemas) = &event_type.schemas
        && !only_first(schemas)
    {
        operation.insert(SCHEMAS.to_owned(), schemas.clone());
    }
    if let Some(schema) = event_type.newest_schema() {
        let place =
            format!("#/webhooks/{}/post/requestBody/content/application~1json/schema", event_type.name);
        let schema = references::placed(schema, &place);
        let body = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        operation.insert("requestBody".to_owned(), body);
    }
    let taken = json!({"2XX": {"description": "It was received; any other answer is tried again."}});
    operation.insert("responses".to_owned(), taken);
    Value::Object(operation)
}

fn only_first(schemas: &Value) -> bool {
    schemas.as_object().is_some_and(|schemas| schemas.len() == 1 && schemas.contains_key("1"))
}
