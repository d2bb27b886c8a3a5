//! Documents in and out, and payloads held against what they describe.

use serde_json::{Value, json};

use crate::harness::{Api, TOKEN};

const IMPORT: &str = "/event-type/import/openapi";
const EXPORT: &str = "/event-type/export/openapi";

fn document() -> Value {
    let schema = json!({
        "type": "object",
        "properties": {"asset": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}},
        "required": ["asset"],
    });
    let body = json!({"content": {"application/json": {"schema": schema}}});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "webhooks": {
            "asset.created": {"post": {"description": "x", "requestBody": body, "responses": {}}},
            "asset.deleted": {"post": {"description": "y", "responses": {}}},
        },
    })
}

async fn import(api: &Api, body: Value) -> Value {
    let answer = api.call("POST", IMPORT, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["data"].clone()
}

/// A message of this type with this payload to this app.
async fn send(api: &Api, app: &str, event_type: &str, payload: Value) -> crate::harness::Answer {
    api.call("POST", &format!("/app/{app}/msg"), json!({"eventType": event_type, "payload": payload})).await
}

#[tokio::test]
async fn a_document_is_taken_in_and_comes_out_again() {
    let api = Api::start().await;
    let would = import(&api, json!({"spec": document(), "dryRun": true})).await;
    assert_eq!(
        (&would["modified"], &would["added"]),
        (&json!([]), &json!(["asset.created", "asset.deleted"]))
    );
    assert_eq!(would["to_modify"][0]["name"], "asset.created");
    assert_eq!(would["to_modify"][0]["schemas"]["1"]["type"], "object");
    assert_eq!(api.get("/event-type").await.json()["data"], json!([]));

    let done = import(&api, json!({"spec": document()})).await;
    assert_eq!((&done["modified"], &done["to_modify"]), (&would["added"], &Value::Null));
    let exported = api.get(EXPORT).await;
    assert_eq!(exported.status, 200);
    let again = import(&api, json!({"specRaw": exported.json().to_string(), "replaceAll": true})).await;
    assert_eq!((&again["modified"], &again["unchanged"]), (&json!([]), &would["added"]));
}

#[tokio::test]
async fn replacing_all_archives_what_is_not_in_the_document() {
    let api = Api::start().await;
    api.event_type("a.left").await;
    let kept = import(&api, json!({"spec": document()})).await;
    assert_eq!(kept["archived"], json!([]));
    let replaced = import(&api, json!({"spec": document(), "replaceAll": true})).await;
    assert_eq!((&replaced["archived"], &replaced["modified"]), (&json!(["a.left"]), &json!(["a.left"])));
    assert_eq!(api.get("/event-type/a.left").await.json()["archived"], json!(true));
    assert!(api.get(EXPORT).await.json()["webhooks"].get("a.left").is_none());
}

#[tokio::test]
async fn bad_documents_are_refused_at_their_place_and_change_nothing() {
    let api = Api::start().await;
    let mut broken = document();
    broken["webhooks"]["a.b"] = json!({"post": {"x-schemas": {"1": {"type": "text"}}}});
    for (body, loc) in [
        (json!({}), json!(["body", "spec"])),
        (json!({"spec": document(), "specRaw": "{}"}), json!(["body", "spec"])),
        (json!({"specRaw": "{"}), json!(["body", "specRaw"])),
        (json!({"specRaw": "a: [b"}), json!(["body", "specRaw"])),
        (json!({"spec": {"openapi": "3.1.0"}}), json!(["body", "spec", "webhooks"])),
        (json!({"spec": broken}), json!(["body", "spec", "webhooks", "a.b", "schemas", "1", "type"])),
        (json!({"spec": document(), "dryRun": 1}), json!(["body", "dryRun"])),
    ] {
        let answer = api.call("POST", IMPORT, body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.loc()), (422, loc), "{body}: {answer:?}");
    }
    assert_eq!(api.get("/event-type?include_archived=true").await.json()["data"], json!([]));
}

#[tokio::test]
async fn only_the_organisation_takes_documents_in() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    let token = api.app_token(&app, "of-acme").await;
    let body = json!({"spec": document()}).to_string();
    let refused = api.call_as(&token, "POST", IMPORT, body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "insufficient access".into()));
    assert_eq!(api.call_as("", "POST", IMPORT, body).await.status, 401);
    assert_eq!(api.call_as("", "GET", EXPORT, "").await.status, 401);
    assert_eq!(api.call_as(&format!("Bearer {TOKEN}"), "GET", EXPORT, "").await.status, 200);
}

#[tokio::test]
async fn schemas_that_could_never_be_used_are_refused() {
    let api = Api::start().await;
    for schema in [
        json!({"type": "text"}),
        json!({"$ref": "https://example.com/schema.json"}),
        json!({"$ref": "file:///etc/hostname"}),
        json!({"properties": {"a": {"$ref": "#/$defs/missing"}}}),
    ] {
        let wanted = json!({"name": "a.b", "description": "x", "schemas": {"1": schema}});
        let answer = api.call("POST", "/event-type", wanted.clone()).await;
        assert_eq!(answer.status, 422, "{wanted}");
        assert_eq!(
            answer.loc().as_array().map(|loc| loc[..3].to_vec()),
            Some(vec![json!("body"), json!("schemas"), json!("1")])
        );
    }
}

#[tokio::test]
async fn payloads_are_not_looked_at_unless_somebody_asks() {
    let api = Api::start().await;
    api.app("acme").await;
    import(&api, json!({"spec": document()})).await;
    let accepted = send(&api, "acme", "asset.created", json!({"no": "asset"})).await;
    assert_eq!((accepted.status.as_u16(), accepted.json().get("warnings")), (202, None));
    assert_eq!(api.get("/app/acme").await.json()["payloadValidation"], "off");
    assert_eq!(api.get("/event-type/asset.created").await.json()["payloadValidation"], "off");
}

#[tokio::test]
async fn an_app_that_insists_refuses_payloads_that_do_not_fit() {
    let api = Api::start().await;
    api.app("acme").await;
    api.app("other").await;
    import(&api, json!({"spec": document()})).await;
    assert_eq!(api.call("PATCH", "/app/acme", json!({"payloadValidation": "enforce"})).await.status, 200);
    let refused = send(&api, "acme", "asset.created", json!({"asset": {"id": 7}})).await;
    assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", "payload", "asset", "id"])));
    let incomplete = send(&api, "acme", "asset.created", json!({})).await;
    assert_eq!((incomplete.status.as_u16(), incomplete.loc()), (422, json!(["body", "payload"])));
    let unknown = send(&api, "acme", "asset.unknown", json!({})).await;
    assert_eq!((unknown.status.as_u16(), unknown.loc()), (422, json!(["body", "eventType"])));
    for (app, event_type, payload) in [
        ("acme", "asset.created", json!({"asset": {"id": "a"}})),
        ("acme", "asset.deleted", json!({"anything": true})),
        ("other", "asset.created", json!({})),
    ] {
        assert_eq!(send(&api, app, event_type, payload).await.status, 202, "{app} {event_type}");
    }
    let listed = api.get("/app/acme/msg").await.json()["data"].as_array().map(Vec::len);
    assert_eq!(listed, Some(2), "what was refused is not kept");
    let put = json!({"name": "renamed"});
    assert_eq!(api.call("PUT", "/app/acme", put).await.json()["payloadValidation"], "enforce");
    assert_eq!(api.call("PATCH", "/app/acme", json!({"payloadValidation": "maybe"})).await.status, 422);
}

#[tokio::test]
async fn a_warning_names_what_does_not_fit_and_the_message_is_accepted() {
    let api = Api::start().await;
    api.app("acme").await;
    import(&api, json!({"spec": document()})).await;
    let warn = json!({"payloadValidation": "warn"});
    api.call("PATCH", "/event-type/asset.created", warn).await;
    let warned = send(&api, "acme", "asset.created", json!({"asset": {"id": 7}})).await;
    let told = warned.json()["warnings"].clone();
    assert_eq!((warned.status.as_u16(), &told[0]["loc"]), (202, &json!(["body", "payload", "asset", "id"])));
    let fits = send(&api, "acme", "asset.created", json!({"asset": {"id": "a"}})).await;
    assert_eq!((fits.status.as_u16(), fits.json().get("warnings")), (202, None));
    let lines =
        "{\"eventType\":\"asset.created\",\"payload\":{}}\n{\"eventType\":\"asset.deleted\",\"payload\":{}}";
    let batch = api.call_raw("POST", "/app/acme/msg/batch", lines).await.json()["data"].clone();
    assert_eq!(batch[0]["warnings"][0]["loc"], json!(["body", "payload"]));
    assert_eq!((batch[1]["id"].is_string(), batch[1].get("warnings")), (true, None));
}

#[tokio::test]
async fn a_change_of_the_catalogue_counts_for_the_next_message() {
    let api = Api::start().await;
    api.app("acme").await;
    import(&api, json!({"spec": document()})).await;
    let path = "/event-type/asset.created";
    for (change, status) in [
        (json!({}), 202),
        (json!({"payloadValidation": "enforce"}), 422),
        (json!({"schemas": {"1": {"type": "object"}}}), 202),
        (json!({"schemas": {"1": {"type": "object"}, "2": {"required": ["x"]}}}), 422),
        (json!({"payloadValidation": "off"}), 202),
    ] {
        assert_eq!(api.call("PATCH", path, change.clone()).await.status, 200);
        let answer = send(&api, "acme", "asset.created", json!({"asset": {}})).await;
        assert_eq!(answer.status.as_u16(), status, "after {change}: {answer:?}");
    }
    api.call("PATCH", "/app/acme", json!({"payloadValidation": "enforce"})).await;
    assert_eq!(send(&api, "acme", "b.new", json!({})).await.status, 422);
    api.event_type("b.new").await;
    assert_eq!(send(&api, "acme", "b.new", json!({})).await.status, 202);
    api.call("DELETE", "/event-type/b.new?expunge=true", Value::Null).await;
    assert_eq!(send(&api, "acme", "b.new", json!({})).await.status, 422);
}
