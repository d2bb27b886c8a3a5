//! The description of the API: what is served is what is kept in the repository, and it says what is true.

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::Value;

use crate::described::{document, trouble_of};
use crate::harness::{Answer, Api};

/// Set to write the document instead of comparing it: `make openapi`.
const REWRITE: &str = "WIREPOST_REWRITE_OPENAPI";
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

fn kept() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

async fn ask(api: &Api, path: &str) -> Answer {
    api.send(Request::get(path).body(Body::empty()).expect("a good request")).await
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("the paths are an object");
    paths.iter().flat_map(|(path, operations)| {
        let operations = operations.as_object().expect("operations are an object");
        operations.iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

#[tokio::test]
async fn the_kept_document_is_the_one_that_is_served() {
    let api = Api::start().await;
    let answer = ask(&api, "/api/v1/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(kept(), &answer.body).expect("the document can be written");
        return;
    }
    let kept: Value =
        serde_json::from_slice(&std::fs::read(kept()).expect("there is a document")).expect("JSON");
    assert!(kept == answer.json(), "docs/openapi.json is not what is served: run `make openapi`");
}

#[tokio::test]
async fn every_path_knows_the_methods_that_are_described_and_no_other() {
    let api = Api::start().await;
    let document = document(api.router()).await;
    let paths: BTreeSet<&str> = operations(document).map(|(path, _, _)| path).collect();
    for path in paths {
        let described: BTreeSet<String> = METHODS
            .into_iter()
            .filter(|method| document["paths"][path].get(method).is_some())
            .map(str::to_uppercase)
            .collect();
        let request = Request::builder().method("TRACE").uri(path.replace(['{', '}'], "x"));
        let answer = api.send(request.body(Body::empty()).expect("a good request")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allowed = answer.headers["allow"].to_str().expect("text");
        let known: BTreeSet<String> =
            allowed.split(',').map(str::to_owned).filter(|method| method != "HEAD").collect();
        assert_eq!(known, described, "{path}");
    }
}

#[tokio::test]
async fn every_operation_has_an_id_of_its_own() {
    let api = Api::start().await;
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(document(api.router()).await) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(ids.insert(id), "{method} {path}: {id} is taken");
    }
    assert!(ids.len() > 30, "{ids:?}");
}

#[tokio::test]
async fn every_example_of_a_body_has_its_shape() {
    let api = Api::start().await;
    let document = document(api.router()).await;
    for (path, method, operation) in operations(document) {
        for body in
            operation["requestBody"]["content"].as_object().into_iter().flat_map(|bodies| bodies.values())
        {
            let name = format!("{method} {path} request");
            let trouble = trouble_of(name, &body["schema"], document, &body["example"]);
            assert!(trouble.is_empty(), "{method} {path}: {trouble:?}");
        }
    }
}

#[tokio::test]
async fn every_operation_but_health_asks_for_a_token() {
    let api = Api::start().await;
    for (path, method, operation) in operations(document(api.router()).await) {
        let open = operation["security"].as_array().is_some_and(Vec::is_empty);
        let request =
            Request::builder().method(method.to_uppercase().as_str()).uri(path.replace(['{', '}'], "x"));
        let answer = api.send(request.body(Body::empty()).expect("a good request")).await;
        assert_eq!(answer.status != StatusCode::UNAUTHORIZED, open, "{method} {path}: {answer:?}");
    }
}

#[tokio::test]
async fn the_page_shows_every_operation_and_asks_nobody_else() {
    let api = Api::start().await;
    let answer = ask(&api, "/docs").await;
    let policy = answer.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    let page = String::from_utf8(answer.body.to_vec()).expect("text");
    for (_, _, operation) in operations(document(api.router()).await) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(page.contains(&format!("<section id=\"{id}\">")), "{id} is not on the page");
    }
    for refused in ["<script", "style=", "http://", "https://fonts", "src="] {
        assert!(!page.contains(refused), "{refused}");
    }
    let style = ask(&api, "/docs/style.css").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert!(!String::from_utf8_lossy(&style.body).contains("url("), "it loads nothing");
}
