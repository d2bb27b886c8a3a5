//! Every operation needs what it needs: without one of its capabilities it is refused, with them alone it is done.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wirepost_model::background_task::{TaskStatus, TaskWork};

use crate::described::{document, operation_of};
use crate::harness::Api;

const VIEW: &[&str] = &["ViewBase"];
const SEE_SECRET: &[&str] = &["ViewBase", "ViewEndpointSecret"];
const CHANGE_SECRET: &[&str] = &["ViewBase", "ManageEndpointSecret"];
const CHANGE: &[&str] = &["ViewBase", "ManageEndpoint"];
const ATTEMPT: &[&str] = &["ViewBase", "CreateAttempts"];
const SEND: &[&str] = &["SendMessages"];
const CATALOG: &[&str] = &["ManageCatalog"];
const ADMIN: &[&str] = &["Admin"];
pub(crate) const ALL: [&str; 8] = [
    "ViewBase",
    "ViewEndpointSecret",
    "ManageEndpointSecret",
    "CreateAttempts",
    "ManageEndpoint",
    "SendMessages",
    "ManageCatalog",
    "Admin",
];

/// What is asked for, what it needs, and the status when it is done.
pub(crate) type Call = (&'static [&'static str], &'static str, &'static str, Value, u16);

fn url() -> Value {
    json!({"url": "https://example.com/"})
}

fn since() -> Value {
    json!({"since": "2026-01-31T11:00:00Z"})
}

/// Below `/api/v1/app/acme`, with the endpoint `main` and the message `once`.
pub(crate) fn calls_inside() -> Vec<Call> {
    [calls_that_send_again(), calls_about_what_is_there()].concat()
}

fn calls_that_send_again() -> Vec<Call> {
    vec![
        (ATTEMPT, "POST", "/endpoint/main/recover", since(), 202),
        (ATTEMPT, "POST", "/endpoint/main/replay-missing", since(), 202),
        (ATTEMPT, "POST", "/endpoint/main/bulk-replay", since(), 202),
        (VIEW, "POST", "/endpoint/main/recover/preview", since(), 200),
        (VIEW, "POST", "/endpoint/main/replay-missing/preview", since(), 200),
        (VIEW, "POST", "/endpoint/main/bulk-replay/preview", since(), 200),
        (
            ATTEMPT,
            "POST",
            "/endpoint/main/cancel-msgs",
            json!({"createdBefore": "2026-01-31T12:00:00Z"}),
            204,
        ),
    ]
}

fn calls_about_what_is_there() -> Vec<Call> {
    let headers = json!({"headers": {}});
    let message = json!({"eventType": "a.b", "payload": {}});
    vec![
        (VIEW, "GET", "", Value::Null, 200),
        (VIEW, "GET", "/endpoint", Value::Null, 200),
        (VIEW, "GET", "/endpoint/main", Value::Null, 200),
        (VIEW, "GET", "/endpoint/main/headers", Value::Null, 200),
        (VIEW, "GET", "/endpoint/main/stats", Value::Null, 200),
        (VIEW, "GET", "/msg", Value::Null, 200),
        (VIEW, "GET", "/msg/once", Value::Null, 200),
        (VIEW, "GET", "/msg/once/endpoint", Value::Null, 200),
        (VIEW, "GET", "/msg/once/explain", Value::Null, 200),
        (VIEW, "GET", "/msg/once/attempt/{attempt}", Value::Null, 200),
        (VIEW, "GET", "/msg/once/attempt/{attempt}/headers", Value::Null, 200),
        (VIEW, "GET", "/endpoint/main/msg", Value::Null, 200),
        (VIEW, "GET", "/attempt/endpoint/main", Value::Null, 200),
        (VIEW, "GET", "/attempt/endpoint/main/count", Value::Null, 200),
        (VIEW, "GET", "/attempt/msg/once", Value::Null, 200),
        (VIEW, "GET", "/stats/attempts", Value::Null, 200),
        (VIEW, "GET", "/pulse", Value::Null, 200),
        (VIEW, "GET", "/pulse/{pulse}", Value::Null, 200),
        (VIEW, "GET", "/pulse/{pulse}/raise", Value::Null, 200),
        (VIEW, "GET", "/raise", Value::Null, 200),
        (SEE_SECRET, "GET", "/endpoint/main/secret", Value::Null, 200),
        (CHANGE_SECRET, "POST", "/endpoint/main/secret/rotate", json!({}), 204),
        (CHANGE, "POST", "/endpoint", url(), 201),
        (CHANGE, "PUT", "/endpoint/main", url(), 200),
        (CHANGE, "PATCH", "/endpoint/main", json!({"description": "x"}), 200),
        (CHANGE, "PUT", "/endpoint/main/headers", headers.clone(), 204),
        (CHANGE, "PATCH", "/endpoint/main/headers", headers, 204),
        (CHANGE, "PUT", "/endpoint/main/oauth", oauth(), 204),
        (VIEW, "GET", "/endpoint/main/oauth", Value::Null, 200),
        (VIEW, "GET", "/endpoint/main/oauth-config", Value::Null, 200),
        (CHANGE, "POST", "/endpoint/main/oauth/test", Value::Null, 200),
        (CHANGE, "DELETE", "/endpoint/main/oauth", Value::Null, 204),
        (CHANGE, "PUT", "/endpoint/main/basic-auth", json!({"username": "a", "password": "b"}), 204),
        (VIEW, "GET", "/endpoint/main/basic-auth", Value::Null, 200),
        (CHANGE, "DELETE", "/endpoint/main/basic-auth", Value::Null, 204),
        (CHANGE, "POST", "/pulse", json!({"name": "Another"}), 201),
        (CHANGE, "PUT", "/pulse/{pulse}", json!({"name": "Withdraw"}), 200),
        (CHANGE, "PATCH", "/pulse/{pulse}", json!({"description": "x"}), 200),
        (ATTEMPT, "POST", "/pulse/{pulse}/raise", json!({"objects": [{"id": "a1", "type": "asset"}]}), 202),
        (CHANGE, "DELETE", "/pulse/{pulse}", Value::Null, 204),
        (ATTEMPT, "POST", "/endpoint/main/send-example", json!({"eventType": "svix.ping"}), 200),
        (ATTEMPT, "POST", "/msg/once/endpoint/main/resend", Value::Null, 202),
        (SEND, "POST", "/msg", message.clone(), 202),
        (SEND, "POST", "/msg/batch", message, 202),
        (CHANGE, "DELETE", "/endpoint/main", Value::Null, 204),
    ]
}

/// Inside the app as well, though not below its path.
pub(crate) fn calls_beside() -> Vec<Call> {
    vec![
        (VIEW, "GET", "/stats/app/acme/attempt", Value::Null, 200),
        (VIEW, "GET", "/background-task", Value::Null, 200),
        (VIEW, "GET", "/background-task/{task}", Value::Null, 200),
        (ATTEMPT, "POST", "/background-task/{task}/cancel", Value::Null, 200),
    ]
}

/// From the root, by a token of the app alone: its paths name no app.
pub(crate) fn calls_of_dam() -> Vec<Call> {
    let oauth = json!({"clientId": "us", "clientSecret": "s", "tokenUrl": "https://auth.example.com/token"});
    vec![
        (CHANGE, "POST", "/v1/webhooks/endpoint", url(), 200),
        (VIEW, "GET", "/v1/webhooks/endpoint/list", Value::Null, 200),
        (VIEW, "GET", "/v1/webhooks/event-type/list", Value::Null, 200),
        (VIEW, "GET", "/v1/webhooks/endpoint/main", Value::Null, 200),
        (CHANGE, "PATCH", "/v1/webhooks/endpoint/main", json!({"disabled": true}), 204),
        (CHANGE, "PUT", "/v1/webhooks/endpoint/oauth/main", oauth.clone(), 204),
        (CHANGE, "DELETE", "/v1/webhooks/endpoint/oauth/main", Value::Null, 204),
        (CHANGE, "PUT", "/content-store-v1/webhooks/endpoint/oauth/main", oauth, 204),
        (CHANGE, "DELETE", "/content-store-v1/webhooks/endpoint/oauth/main", Value::Null, 204),
        (CHANGE, "DELETE", "/v1/webhooks/endpoint/main", Value::Null, 204),
    ]
}

/// What needs no capability: of no token, of any token, or of the very token that it ends.
const OPEN: [(&str, &str); 6] = [
    ("GET", "/health"),
    ("GET", "/health/ping"),
    ("GET", "/event-type"),
    ("GET", "/event-type/a.b"),
    ("GET", "/event-type/export/openapi"),
    ("POST", "/auth/logout"),
];

/// Where nobody listens, so that trying it out ends at once.
fn oauth() -> Value {
    json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretBasic", "clientId": "us",
        "clientSecret": "s3cret", "tokenUrl": "http://127.0.0.1:9/token",
    })
}

/// Where only the organisation has a place.
pub(crate) fn calls_of_organisation() -> Vec<Call> {
    let event_type = json!({"name": "c.d", "description": "x"});
    let token = json!({"name": "for a test"});
    let spec = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "webhooks": {}});
    vec![
        (VIEW, "GET", "/app", Value::Null, 200),
        (VIEW, "GET", "/operational/event-type", Value::Null, 200),
        (CATALOG, "POST", "/event-type/import/openapi", json!({"spec": spec}), 200),
        (CATALOG, "POST", "/event-type", event_type, 201),
        (CATALOG, "PUT", "/event-type/c.d", json!({"description": "y"}), 200),
        (CATALOG, "PATCH", "/event-type/c.d", json!({}), 200),
        (CATALOG, "DELETE", "/event-type/c.d", Value::Null, 204),
        (ADMIN, "POST", "/app", json!({"name": "x"}), 201),
        (ADMIN, "PUT", "/app/acme", json!({"name": "x", "uid": "acme"}), 200),
        (ADMIN, "PATCH", "/app/acme", json!({}), 200),
        (ADMIN, "POST", "/auth/app-portal-access/acme", json!({}), 200),
        (ADMIN, "POST", "/admin/token", token, 201),
        (ADMIN, "GET", "/admin/token", Value::Null, 200),
        (ADMIN, "GET", "/admin/storage", Value::Null, 200),
        (ADMIN, "DELETE", "/admin/token/{token}", Value::Null, 204),
        (SEND, "DELETE", "/app/acme/msg/once/attempt/{attempt}/content", Value::Null, 204),
        (SEND, "DELETE", "/app/acme/msg/once/content", Value::Null, 204),
        (ADMIN, "DELETE", "/app/acme", Value::Null, 204),
    ]
}

/// An app with one of each, and the ids of those that have no other name.
struct Rig {
    api: Api,
    ids: Vec<(&'static str, String)>,
}

impl Rig {
    async fn start() -> Self {
        let api = Api::start().await;
        let app = api.app("acme").await;
        api.event_type("a.b").await;
        let endpoint = json!({"url": "https://example.com/", "uid": "main"});
        api.create("/app/acme/endpoint", endpoint).await;
        api.create("/app/acme/msg", json!({"eventType": "a.b", "eventId": "once", "payload": {}})).await;
        let delivery = api.handed_over().await.remove(0);
        let task = crate::background_tasks::put(&api, &app, TaskWork::EndpointRecover, TaskStatus::Finished);
        let ids = vec![
            ("{attempt}", crate::attempts::record(&api, &delivery, Some(200), "").await),
            ("{pulse}", api.create("/app/acme/pulse", json!({"name": "Recall"})).await),
            ("{task}", task.await),
            ("{token}", api.create("/admin/token", json!({"name": "to be ended"})).await),
        ];
        Self { api, ids }
    }

    fn filled(&self, path: &str) -> String {
        self.ids.iter().fold(path.to_owned(), |path, (name, id)| path.replace(name, id))
    }
}

/// Tries a call with all capabilities but one, for each that it needs; then with those alone.
async fn check(rig: &Rig, app: Option<&str>, path: &str, call: Call) {
    let (needed, method, _, body, status) = call;
    let (api, path) = (&rig.api, &rig.filled(path));
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let within_reach = |name: &&str| app.is_none() || !["ManageCatalog", "Admin"].contains(name);
    for missing in needed {
        let others: Vec<&str> = ALL.into_iter().filter(|name| name != missing).filter(within_reach).collect();
        let token = api.token(json!({"name": "all but one", "app": app, "capabilities": others})).await;
        let answer = api.call_at(&token, method, path, body.clone()).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (403, "insufficient access".into()), "{method} {path} without {missing}");
    }
    let token = api.token(json!({"name": "just these", "app": app, "capabilities": needed})).await;
    let answer = api.call_at(&token, method, path, body).await;
    assert_eq!(answer.status.as_u16(), status, "{method} {path} with {needed:?}: {answer:?}");
}

#[tokio::test]
async fn every_operation_is_in_a_table() {
    let api = Api::start().await;
    let document = document(api.router()).await;
    let below = |root: &str, calls: Vec<Call>| {
        let call = |(_, method, path, _, _): Call| (method, format!("{root}{path}"));
        calls.into_iter().map(call).collect::<Vec<_>>()
    };
    let mut calls = below("/api/v1/app/acme", calls_inside());
    calls.extend(below("/api/v1", calls_beside()));
    calls.extend(below("/api/v1", calls_of_organisation()));
    calls.extend(below("", calls_of_dam()));
    calls.extend(OPEN.map(|(method, path)| (method, format!("/api/v1{path}"))));
    let known: BTreeSet<(String, &str)> = calls
        .iter()
        .map(|(method, path)| {
            let found = operation_of(document, method, path);
            let (template, _) = found.unwrap_or_else(|| panic!("{method} {path} is not described"));
            (method.to_lowercase(), template)
        })
        .collect();
    for (path, operations) in document["paths"].as_object().expect("the paths are an object") {
        for method in operations.as_object().expect("operations are an object").keys() {
            assert!(known.contains(&(method.clone(), path.as_str())), "{method} {path} is in no table");
        }
    }
}

#[tokio::test]
async fn what_is_open_needs_no_capability() {
    let api = Api::start().await;
    api.app("acme").await;
    api.event_type("a.b").await;
    for (app, capabilities) in [(Some("acme"), &ALL[..6]), (None, &ALL[..])] {
        for capability in capabilities {
            let wanted = json!({"name": "just one", "app": app, "capabilities": [capability]});
            let token = api.token(wanted).await;
            // The last one ends an app's token, and the organisation's are ended elsewhere.
            for (method, path) in OPEN.into_iter().take(if app.is_some() { 6 } else { 5 }) {
                let answer = api.call_as(&token, method, path, "").await;
                assert!(answer.status.is_success(), "{method} {path} with {capability}: {answer:?}");
            }
        }
    }
    for (method, path) in OPEN {
        let answer = api.call_as("", method, path, "").await;
        let refused = answer.status == 401;
        assert_eq!(refused, !path.starts_with("/health"), "{method} {path} without a token: {answer:?}");
    }
}

#[tokio::test]
async fn inside_an_app_every_operation_needs_its_capabilities_and_no_others() {
    for app in [Some("acme"), None] {
        let rig = Rig::start().await;
        for call in calls_beside() {
            let path = format!("/api/v1{}", call.2);
            check(&rig, app, &path, call).await;
        }
        for call in calls_inside() {
            let path = format!("/api/v1/app/acme{}", call.2);
            check(&rig, app, &path, call).await;
        }
    }
}

#[tokio::test]
async fn for_the_customers_of_a_dam_every_operation_needs_its_capabilities_and_no_others() {
    let rig = Rig::start().await;
    let of_organisation = rig.api.token(json!({"name": "of no app"})).await;
    for call in calls_of_dam() {
        let (_, method, path, body, _) = &call;
        let answer = rig.api.call_at(&of_organisation, method, path, body.to_string()).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (403, "insufficient access".into()), "{method} {path} by the organisation");
        let path = call.2;
        check(&rig, Some("acme"), path, call).await;
    }
}

#[tokio::test]
async fn for_the_organisation_every_operation_needs_its_capabilities_and_no_others() {
    let rig = Rig::start().await;
    for call in calls_of_organisation() {
        let path = format!("/api/v1{}", call.2);
        check(&rig, None, &path, call).await;
    }
}

#[tokio::test]
async fn a_token_of_an_app_has_no_place_where_the_organisations_is() {
    let rig = Rig::start().await;
    let api = &rig.api;
    let inside = ALL[..6].to_vec();
    let token = api.token(json!({"name": "of acme", "app": "acme", "capabilities": inside})).await;
    for (_, method, path, body, _) in calls_of_organisation() {
        let answer = api.call_as(&token, method, &rig.filled(path), body.to_string()).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (403, "insufficient access".into()), "{method} {path}");
    }
    api.app("other").await;
    for (_, method, path, body, _) in calls_inside() {
        let path = rig.filled(path);
        let answer = api.call_as(&token, method, &format!("/app/other{path}"), body.to_string()).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (404, "not_found".into()), "{method} /app/other{path}");
    }
}

#[tokio::test]
async fn a_secret_is_chosen_only_by_those_who_manage_secrets() {
    let Rig { api, .. } = Rig::start().await;
    let endpoint = json!({"url": "https://example.com/", "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"});
    let path = "/app/acme/endpoint";
    let maker = api.token(json!({"name": "x", "app": "acme", "capabilities": CHANGE})).await;
    assert_eq!(api.call_as(&maker, "POST", path, endpoint.to_string()).await.status, 403);
    let capabilities = ["ViewBase", "ManageEndpoint", "ManageEndpointSecret"];
    let chooser = api.token(json!({"name": "x", "app": "acme", "capabilities": capabilities})).await;
    assert_eq!(api.call_as(&chooser, "POST", path, endpoint.to_string()).await.status, 201);
}

#[tokio::test]
async fn a_rotation_shows_the_key_to_those_who_may_see_it() {
    let Rig { api, .. } = Rig::start().await;
    let path = "/app/acme/endpoint/main/secret/rotate";
    let blind = api.token(json!({"name": "x", "app": "acme", "capabilities": CHANGE_SECRET})).await;
    let answer = api.call_as(&blind, "POST", path, "{}").await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    let capabilities = ["ViewBase", "ViewEndpointSecret", "ManageEndpointSecret"];
    let seeing = api.token(json!({"name": "x", "app": "acme", "capabilities": capabilities})).await;
    let answer = api.call_as(&seeing, "POST", path, "{}").await;
    assert_eq!(answer.json(), api.get("/app/acme/endpoint/main/secret").await.json());
}

#[tokio::test]
async fn a_sender_makes_an_app_only_as_an_administrator() {
    let Rig { api, .. } = Rig::start().await;
    let message = json!({"eventType": "a.b", "payload": {}, "application": {"name": "x", "uid": "fresh"}});
    let sender = api.token(json!({"name": "x", "capabilities": ["SendMessages"]})).await;
    let refused = api.call_as(&sender, "POST", "/app/fresh/msg", message.to_string()).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "insufficient access".into()));
    let both = api.token(json!({"name": "x", "capabilities": ["SendMessages", "Admin"]})).await;
    assert_eq!(api.call_as(&both, "POST", "/app/fresh/msg", message.to_string()).await.status, 202);
}
