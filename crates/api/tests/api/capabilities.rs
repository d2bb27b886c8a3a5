//! Every operation needs what it needs: without one of its capabilities it is refused, with them alone it is done.

use serde_json::{Value, json};

use crate::harness::Api;

const VIEW: &[&str] = &["ViewBase"];
const SEE_SECRET: &[&str] = &["ViewBase", "ViewEndpointSecret"];
const CHANGE_SECRET: &[&str] = &["ViewBase", "ManageEndpointSecret"];
const CHANGE: &[&str] = &["ViewBase", "ManageEndpoint"];
const ATTEMPT: &[&str] = &["ViewBase", "CreateAttempts"];
const SEND: &[&str] = &["SendMessages"];
const CATALOG: &[&str] = &["ManageCatalog"];
const ADMIN: &[&str] = &["Admin"];
const ALL: [&str; 8] = [
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
type Call = (&'static [&'static str], &'static str, &'static str, Value, u16);

fn url() -> Value {
    json!({"url": "https://example.com/"})
}

/// Inside the app `acme`, with the endpoint `main` and the message `once`.
fn calls_inside() -> Vec<Call> {
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
        (VIEW, "GET", "/attempt/endpoint/main", Value::Null, 200),
        (VIEW, "GET", "/attempt/msg/once", Value::Null, 200),
        (SEE_SECRET, "GET", "/endpoint/main/secret", Value::Null, 200),
        (CHANGE_SECRET, "POST", "/endpoint/main/secret/rotate", json!({}), 204),
        (CHANGE, "POST", "/endpoint", url(), 201),
        (CHANGE, "PUT", "/endpoint/main", url(), 200),
        (CHANGE, "PATCH", "/endpoint/main", json!({"description": "x"}), 200),
        (CHANGE, "PUT", "/endpoint/main/headers", headers.clone(), 204),
        (CHANGE, "PATCH", "/endpoint/main/headers", headers, 204),
        (ATTEMPT, "POST", "/endpoint/main/send-example", json!({"eventType": "svix.ping"}), 200),
        (ATTEMPT, "POST", "/msg/once/endpoint/main/resend", Value::Null, 202),
        (SEND, "POST", "/msg", message.clone(), 202),
        (SEND, "POST", "/msg/batch", message, 202),
    ]
}

/// Where only the organisation has a place.
fn calls_of_organisation() -> Vec<Call> {
    let event_type = json!({"name": "c.d", "description": "x"});
    let token = json!({"name": "for a test"});
    vec![
        (VIEW, "GET", "/app", Value::Null, 200),
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
        (SEND, "DELETE", "/app/acme/msg/once/content", Value::Null, 204),
        (ADMIN, "DELETE", "/app/acme", Value::Null, 204),
    ]
}

async fn rig() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    let endpoint = json!({"url": "https://example.com/", "uid": "main"});
    api.create("/app/acme/endpoint", endpoint).await;
    api.create("/app/acme/msg", json!({"eventType": "a.b", "eventId": "once", "payload": {}})).await;
    api
}

async fn check(api: &Api, app: Option<&str>, path: &str, call: Call) {
    let (needed, method, _, body, status) = call;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let within_reach = |name: &&str| app.is_none() || !["ManageCatalog", "Admin"].contains(name);
    for missing in needed {
        let others: Vec<&str> = ALL.into_iter().filter(|name| name != missing).filter(within_reach).collect();
        let token = api.token(json!({"name": "all but one", "app": app, "capabilities": others})).await;
        let answer = api.call_as(&token, method, path, body.clone()).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (403, "insufficient access".into()), "{method} {path} without {missing}");
    }
    let token = api.token(json!({"name": "just these", "app": app, "capabilities": needed})).await;
    let answer = api.call_as(&token, method, path, body).await;
    assert_eq!(answer.status.as_u16(), status, "{method} {path} with {needed:?}: {answer:?}");
}

#[tokio::test]
async fn inside_an_app_every_operation_needs_its_capabilities_and_no_others() {
    let api = rig().await;
    for app in [Some("acme"), None] {
        for call in calls_inside() {
            let path = format!("/app/acme{}", call.2);
            check(&api, app, &path, call).await;
        }
    }
    check(&api, Some("acme"), "/app/acme/endpoint/main", (CHANGE, "DELETE", "", Value::Null, 204)).await;
}

#[tokio::test]
async fn for_the_organisation_every_operation_needs_its_capabilities_and_no_others() {
    let api = rig().await;
    for call in calls_of_organisation() {
        let path = call.2;
        check(&api, None, path, call).await;
    }
}

#[tokio::test]
async fn a_token_of_an_app_has_no_place_where_the_organisations_is() {
    let api = rig().await;
    let inside = ALL[..6].to_vec();
    let token = api.token(json!({"name": "of acme", "app": "acme", "capabilities": inside})).await;
    for (_, method, path, body, _) in calls_of_organisation() {
        let answer = api.call_as(&token, method, path, body.to_string()).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (403, "insufficient access".into()), "{method} {path}");
    }
    api.app("other").await;
    for (_, method, path, body, _) in calls_inside() {
        let answer = api.call_as(&token, method, &format!("/app/other{path}"), body.to_string()).await;
        let told = (answer.status.as_u16(), answer.code());
        assert_eq!(told, (404, "not_found".into()), "{method} /app/other{path}");
    }
}

#[tokio::test]
async fn a_secret_is_chosen_only_by_those_who_manage_secrets() {
    let api = rig().await;
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
    let api = rig().await;
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
    let api = rig().await;
    let message = json!({"eventType": "a.b", "payload": {}, "application": {"name": "x", "uid": "fresh"}});
    let sender = api.token(json!({"name": "x", "capabilities": ["SendMessages"]})).await;
    let refused = api.call_as(&sender, "POST", "/app/fresh/msg", message.to_string()).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "insufficient access".into()));
    let both = api.token(json!({"name": "x", "capabilities": ["SendMessages", "Admin"]})).await;
    assert_eq!(api.call_as(&both, "POST", "/app/fresh/msg", message.to_string()).await.status, 202);
}
