//! The OpenAPI 3.1 document, put together from the descriptions beside the handlers.

use http::Method;
use serde_json::{Map, Value, json};
use wirepost_control::idempotency::KEY_BYTES_MOST;

use super::operation::{AnswerShape, JSON, Operation, RequestShape};
use super::query::QueryParameter;
use super::schemas::{Schemas, value_of};
use crate::idempotency_key::IDEMPOTENCY_KEY;

const TITLE: &str = "Wirepost";
const DESCRIPTION: &str = "Sends webhooks. Every answer carries x-request-id; every error has a JSON body. Ids in \
                           paths may be ids or uids. A trailing slash is accepted.";
/// The name of the one way to say who calls.
const BEARER: &str = "bearer";

/// A name in a path, and what it names.
const PATH_NAMES: &[(&str, &str)] = &[
    ("app", "The app's id or uid"),
    ("endpoint", "The endpoint's id or uid"),
    ("message", "The message's id or eventId"),
    ("attempt", "The attempt's id"),
    ("name", "The event type's name"),
    ("id", "The endpoint's id"),
    ("pulse", "The pulse's id"),
    ("task", "The task's id"),
    ("token", "The token's id"),
];

/// The document of these operations.
pub(crate) fn document_of(operations: Vec<Operation>) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for operation in operations {
        let operation = operation.with_common_answers();
        let place = paths.entry(operation.path).or_insert_with(|| json!({}));
        place[operation.method.as_str().to_lowercase()] = described(&operation, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas.into_definitions(),
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn described(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [tag_of(operation.id)],
        "security": if operation.needs_token { json!([{BEARER: []}]) } else { json!([]) },
        "responses": responses(&operation.answers, schemas),
    });
    let once = (operation.method == Method::POST && operation.needs_token).then(idempotency_key);
    let parameters: Vec<Value> = path_parameters(operation.path)
        .chain(operation.query.iter().map(query_parameter))
        .chain(once)
        .collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(request) = &operation.request {
        described["requestBody"] = request_body(request, schemas);
    }
    described
}

/// The resource in `v1.resource.operation`, the face in `face.operation`.
fn tag_of(id: &str) -> &str {
    id.strip_prefix("v1.").unwrap_or(id).split('.').next().unwrap_or(id)
}

fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        let description =
            PATH_NAMES.iter().find(|(known, _)| *known == name).map_or(name, |(_, words)| words);
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": description,
            "schema": {"type": "string", "minLength": 1},
        })
    })
}

fn query_parameter(parameter: &QueryParameter) -> Value {
    let mut described = json!({
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": parameter.schema,
    });
    if parameter.schema.get("type").is_some_and(|kind| kind == "array") {
        described["style"] = "form".into();
        described["explode"] = false.into();
    }
    described
}

fn idempotency_key() -> Value {
    json!({
        "name": IDEMPOTENCY_KEY.as_str(),
        "in": "header",
        "description": "Chosen by the caller: under it this is done once, and sent again it is answered as before",
        "schema": {"type": "string", "minLength": 1, "maxLength": KEY_BYTES_MOST},
    })
}

fn request_body(request: &RequestShape, schemas: &mut Schemas) -> Value {
    let mut schema = value_of((request.schema)(&mut schemas.read));
    if !request.required.is_empty() {
        schema = json!({"allOf": [schema, {"required": request.required}]});
    }
    json!({
        // Many lines may be none.
        "required": request.media_type == JSON && !request.is_optional,
        "content": {request.media_type: {"schema": schema, "example": request.example}},
    })
}

fn responses(answers: &[AnswerShape], schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    for answer in answers {
        let mut response = json!({"description": answer.description});
        if let Some(schema) = answer.schema {
            let schema = value_of(schema(&mut schemas.shown));
            response["content"] = json!({answer.media_type: {"schema": schema}});
        }
        responses.insert(answer.status.as_u16().to_string(), response);
    }
    responses.into()
}
