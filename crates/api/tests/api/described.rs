//! Holds every answer that any test gets against the document: a status that is not described, or a body of another
//! shape than described, fails the test that saw it.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use http::Request;
use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt;

use crate::harness::Answer;

static DOCUMENT: OnceCell<Value> = OnceCell::const_new();
static VALIDATORS: LazyLock<Mutex<HashMap<String, Validator>>> = LazyLock::new(Mutex::default);

/// The document, as the router serves it.
pub(crate) async fn document(router: &Router) -> &'static Value {
    let ask = async || {
        let request = Request::get("/api/v1/openapi.json").body(Body::empty()).expect("a good request");
        let Ok(response) = router.clone().oneshot(request).await;
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("the body is whole");
        serde_json::from_slice(&body).expect("the document is JSON")
    };
    DOCUMENT.get_or_init(ask).await
}

/// Panics when the answer is not one of those described.
pub(crate) async fn check(router: &Router, method: &str, path: &str, answer: &Answer) {
    let document = document(router).await;
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let Some((template, operation)) = operation_of(document, method, path) else {
        return;
    };
    let status = answer.status.as_u16().to_string();
    let Some(response) = operation["responses"].get(&status) else {
        panic!("{method} {template} answers {status}, which is not described: {answer:?}");
    };
    let schema = &response["content"]["application/json"]["schema"];
    if schema.is_null() {
        assert!(answer.body.is_empty(), "{method} {template} answers {status} with a body: {answer:?}");
        return;
    }
    let trouble = trouble_of(format!("{method} {template} {status}"), schema, document, &answer.json());
    assert!(trouble.is_empty(), "{method} {template} {status}: {trouble:?} in {answer:?}");
}

/// What speaks against a value of this schema; the schema is kept under its name.
pub(crate) fn trouble_of(name: String, schema: &Value, document: &Value, value: &Value) -> Vec<String> {
    let mut validators = VALIDATORS.lock();
    let validator = validators.entry(name).or_insert_with(|| {
        let whole = json!({"components": document["components"], "allOf": [schema]});
        let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
        options.should_validate_formats(true).build(&whole).expect("a good schema")
    });
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The described path that a path is of, and what its method does. A path without names goes first.
pub(crate) fn operation_of<'a>(
    document: &'a Value,
    method: &str,
    path: &str,
) -> Option<(&'a str, &'a Value)> {
    let paths = document["paths"].as_object()?;
    let matching = paths.iter().filter(|(template, _)| is_of(path, template));
    let (template, operations) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, operations.get(method.to_lowercase())?))
}

fn is_of(path: &str, template: &str) -> bool {
    let (path, template) = (path.split('/'), template.split('/'));
    path.clone().count() == template.clone().count()
        && path.zip(template).all(|(part, wanted)| wanted.starts_with('{') || part == wanted)
}
