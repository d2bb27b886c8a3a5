//! Pulses over the API: set up, raised, logged.

use serde_json::{Value, json};

use crate::harness::{Api, assert_answer};

/// Everything that a parser and a writer of JSON would change.
const ODD_OBJECT: &str = "{ \"type\" :\"asset\",\t\"id\":\"a1\", \"price\": 1.50, \"s\":\"\\u00e9\\/\" }";

fn recall() -> Value {
    json!({
        "name": "Recall", "description": "Takes assets back from the shops",
        "fields": {
            "type": "object", "properties": {"reason": {"type": "string", "maxLength": 20}},
            "required": ["reason"], "additionalProperties": false,
        },
        "objects": {"max": 2},
    })
}

async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
    api
}

fn asset(id: &str) -> Value {
    json!({"id": id, "type": "asset"})
}

#[tokio::test]
async fn a_pulse_is_made_found_changed_and_archived() {
    let api = api().await;
    let made = api.call("POST", "/app/acme/pulse", recall()).await;
    assert_answer!("pulse_create", api, made);
    let path = format!("/app/acme/pulse/{}", made.json()["id"].as_str().expect("an id"));
    assert_eq!(api.get(&path).await.json(), made.json());
    api.wait(1_000);
    let patch = json!({"raisers": ["u2", "u1"], "objects": {"min": 0}});
    assert_answer!("pulse_patch", api, api.call("PATCH", &path, patch).await);
    let put = json!({"name": "Withdraw", "eventType": "asset.withdrawn"});
    assert_answer!("pulse_put", api, api.call("PUT", &path, put).await);

    for _ in 0..2 {
        let archived = api.call("DELETE", &path, Value::Null).await;
        assert_eq!((archived.status.as_u16(), archived.body.len()), (204, 0));
    }
    assert_eq!(api.get(&path).await.json()["archived"], json!(true));
    assert_eq!(api.get("/app/acme/pulse").await.json()["data"], json!([]));
    let all = api.get("/app/acme/pulse?include_archived=true").await;
    assert_eq!(all.json()["data"][0]["name"], json!("Withdraw"));
    let raise = json!({"objects": [asset("a1")]});
    let refused = api.call("POST", &format!("{path}/raise"), raise.clone()).await;
    assert_answer!("pulse_archived", api, refused);
    assert_eq!(api.call("PATCH", &path, json!({"archived": false})).await.status, 200);
    assert_eq!(api.call("POST", &format!("{path}/raise"), raise).await.status, 202);
}

#[tokio::test]
async fn a_name_is_taken_once_among_those_that_can_be_raised() {
    let api = api().await;
    let first = api.create("/app/acme/pulse", recall()).await;
    assert_answer!("pulse_name_conflict", api, api.call("POST", "/app/acme/pulse", recall()).await);
    api.app("other").await;
    api.create("/app/other/pulse", recall()).await;
    let path = format!("/app/acme/pulse/{first}");
    api.call("DELETE", &path, Value::Null).await;
    api.create("/app/acme/pulse", recall()).await;
    assert_eq!(api.call("PATCH", &path, json!({"archived": false})).await.status, 409);
}

#[tokio::test]
async fn bad_pulses_are_refused_with_the_place_of_the_fault() {
    let api = api().await;
    let id = api.create("/app/acme/pulse", recall()).await;
    for (body, loc) in [
        (json!({}), json!(["body", "name"])),
        (json!({"name": " "}), json!(["body", "name"])),
        (json!({"name": "x", "eventType": "a b"}), json!(["body", "eventType"])),
        (json!({"name": "x", "description": "x".repeat(4_097)}), json!(["body", "description"])),
        (json!({"name": "x", "fields": {"type": "string"}}), json!(["body", "fields"])),
        (json!({"name": "x", "fields": {"type": "object", "$ref": "#"}}), json!(["body", "fields"])),
        (
            json!({"name": "x", "fields": {"type": "object", "required": 1}}),
            json!(["body", "fields", "required"]),
        ),
        (
            json!({"name": "x", "objects": {"schema": {"minLength": -1}}}),
            json!(["body", "objects", "schema", "minLength"]),
        ),
        (json!({"name": "x", "objects": {"min": 3, "max": 2}}), json!(["body", "objects"])),
        (json!({"name": "x", "objects": {"max": 1_001}}), json!(["body", "objects"])),
        (json!({"name": "x", "objects": {"min": -1}}), json!(["body", "objects", "min"])),
        (json!({"name": "x", "raisers": [""]}), json!(["body", "raisers"])),
    ] {
        for (method, path) in
            [("POST", "/app/acme/pulse".to_owned()), ("PUT", format!("/app/acme/pulse/{id}"))]
        {
            let answer = api.call(method, &path, body.clone()).await;
            assert_eq!((answer.status.as_u16(), answer.loc()), (422, loc.clone()), "{method} {body}");
        }
    }
    let patched = api.call("PATCH", &format!("/app/acme/pulse/{id}"), json!({"objects": {"min": 3}})).await;
    assert_eq!((patched.status.as_u16(), patched.loc()), (422, json!(["body", "objects"])));
}

#[tokio::test]
async fn a_raise_is_a_message_and_a_line_in_the_log() {
    let api = api().await;
    let id = api.create("/app/acme/pulse", recall()).await;
    let wanted = json!({
        "objects": [asset("a1"), asset("a2")], "fields": {"reason": "broken"}, "note": "asked for by mail",
        "user": {"id": "u1", "firstName": "Erlich", "lastName": "Bachman", "role": "ignored"},
    });
    let raised = api.call("POST", &format!("/app/acme/pulse/{id}/raise"), wanted).await;
    assert_eq!(raised.status, 202, "{raised:?}");
    let (raise, message) = (&raised.json()["raise"], &raised.json()["message"]);
    let payload = &message["payload"];
    assert_eq!(payload["eventType"], json!("eventpulse.triggered"));
    assert_eq!(payload["event"]["time"], json!("2026-01-31T12:00:00.000Z"));
    assert_eq!(payload["event"]["user"], json!({"id": "u1", "firstName": "Erlich", "lastName": "Bachman"}));
    assert_eq!(payload["pulse"], json!({"id": id, "name": "Recall"}));
    assert_eq!(payload["objects"], json!([asset("a1"), asset("a2")]));
    assert_eq!(payload["fields"], json!({"reason": "broken"}));
    assert_eq!((&raise["id"], &raise["msgId"]), (&raised.json()["id"], &message["id"]));

    let delivery = api.handed_over().await.remove(0);
    assert_eq!(json!(delivery.key.message.to_string()), message["id"]);
    let sent: Value = serde_json::from_slice(&delivery.payload.expect("a payload")).expect("it is JSON");
    assert_eq!(&sent, payload);
    let event = payload["event"]["id"].as_str().expect("an id");
    let found = api.get(&format!("/app/acme/msg/{event}")).await;
    assert_eq!(found.json()["id"], message["id"], "people look for it by its event id");

    let log = api.get(&format!("/app/acme/pulse/{id}/raise")).await;
    assert_eq!(log.json()["data"], json!([raise]));
    assert_eq!(api.get("/app/acme/raise").await.json(), log.json());
    assert_answer!("raise_list", api, log);
}

#[tokio::test]
async fn objects_and_fields_are_sent_byte_for_byte() {
    let api = api().await;
    let id = api.create("/app/acme/pulse", recall()).await;
    let objects = format!("[ {ODD_OBJECT} ,{ODD_OBJECT}]");
    let fields = "{ \"reason\" : \"\\u00e9\" }";
    let body = format!("{{\"fields\":{fields}, \"objects\" : {objects} }}");
    let raised = api.call_raw("POST", &format!("/app/acme/pulse/{id}/raise"), body).await;
    assert_eq!(raised.status, 202, "{raised:?}");
    let payload = api.handed_over().await.remove(0).payload.expect("a payload");
    let payload = std::str::from_utf8(&payload).expect("it is text");
    assert!(payload.ends_with(&format!("\"objects\":{objects},\"fields\":{fields}}}")), "{payload}");
    assert!(!payload.contains("\"user\""), "nobody was named: {payload}");
}

#[tokio::test]
async fn bad_raises_are_refused_and_leave_nothing() {
    let api = api().await;
    let id = api.create("/app/acme/pulse", recall()).await;
    let good = json!({"reason": "broken"});
    for (body, loc) in [
        (json!({"fields": good}), json!(["body", "objects"])),
        (json!({"objects": [], "fields": good}), json!(["body", "objects"])),
        (
            json!({"objects": [asset("1"), asset("2"), asset("3")], "fields": good}),
            json!(["body", "objects"]),
        ),
        (json!({"objects": {}, "fields": good}), json!(["body", "objects"])),
        (json!({"objects": ["a1"], "fields": good}), json!(["body", "objects", "0"])),
        (json!({"objects": [{"type": "asset"}], "fields": good}), json!(["body", "objects", "0", "id"])),
        (json!({"objects": [asset("1")]}), json!(["body", "fields"])),
        (json!({"objects": [asset("1")], "fields": []}), json!(["body", "fields"])),
        (json!({"objects": [asset("1")], "fields": {"reason": 1}}), json!(["body", "fields", "reason"])),
        (json!({"objects": [asset("1")], "fields": good, "user": {"id": ""}}), json!(["body", "user"])),
        (json!({"objects": [asset("1")], "fields": good, "user": {}}), json!(["body", "user", "id"])),
        (
            json!({"objects": [asset("1")], "fields": good, "note": "x".repeat(4_097)}),
            json!(["body", "note"]),
        ),
    ] {
        let answer = api.call("POST", &format!("/app/acme/pulse/{id}/raise"), body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.loc()), (422, loc), "{body}");
    }
    assert!(api.handed_over().await.is_empty());
    assert_eq!(api.get("/app/acme/raise").await.json()["data"], json!([]));
    for path in ["/app/acme/pulse/none/raise", "/app/acme/pulse/pulse_1srOrx2ZWZBpBUvZwXKQmoEYga2/raise"] {
        for method in ["POST", "GET"] {
            assert_eq!(api.call(method, path, json!({"objects": []})).await.status, 404, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn who_may_raise_can_be_a_list_of_users() {
    let api = api().await;
    let mut pulse = recall();
    pulse["raisers"] = json!(["u1"]);
    let id = api.create("/app/acme/pulse", pulse).await;
    let mut raise = json!({"objects": [asset("a1")], "fields": {"reason": "broken"}});
    for (user, status) in [(Value::Null, 403), (json!({"id": "u2"}), 403), (json!({"id": "u1"}), 202)] {
        raise["user"] = user;
        let answer = api.call("POST", &format!("/app/acme/pulse/{id}/raise"), raise.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    }
    raise["user"] = Value::Null;
    let refused = api.call("POST", &format!("/app/acme/pulse/{id}/raise"), raise).await;
    assert_answer!("raise_by_another", api, refused);
    assert_eq!(api.handed_over().await.len(), 1);
}

#[tokio::test]
async fn an_apps_own_token_sets_pulses_up_and_raises_them() {
    let api = Api::start().await;
    let app = api.app("acme").await;
    let token = api.app_token(&app, "of-acme").await;
    let made = api.call_as(&token, "POST", "/app/acme/pulse", json!({"name": "Recall"}).to_string()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/app/acme/pulse/{}", made.json()["id"].as_str().expect("an id"));
    let raise = json!({"objects": [asset("a1")]}).to_string();
    let raised = api.call_as(&token, "POST", &format!("{path}/raise"), raise).await;
    assert_eq!(raised.status, 202, "{raised:?}");
    let log = api.call_as(&token, "GET", "/app/acme/raise", "").await;
    let token_id = log.json()["data"][0]["tokenId"].as_str().map(str::to_owned);
    assert!(token_id.is_some_and(|id| id.starts_with("tok_")), "the log says with which token");
}

#[tokio::test]
async fn a_raise_fits_the_catalogue_entry_it_is_made_after() {
    let api = api().await;
    let catalogue: Value =
        serde_json::from_str(include_str!("../../../../catalog/dam-events.json")).expect("JSON");
    let mut entries = catalogue.as_array().expect("a list").iter();
    let entry = entries.find(|entry| entry["name"] == "eventpulse.triggered").expect("it is described");
    let described = json!({
        "name": "eventpulse.triggered", "description": "A person raised it", "payloadValidation": "enforce",
        "schemas": {"1": entry["schema"]},
    });
    api.create("/event-type", described).await;
    let id = api.create("/app/acme/pulse", json!({"name": "Send to storefront"})).await;
    let path = format!("/app/acme/pulse/{id}/raise");
    let plain = json!({"objects": [asset("a1")]});
    let named = json!({"objects": entry["example"]["objects"], "user": entry["example"]["event"]["user"]});
    for body in [plain, named] {
        let raised = api.call("POST", &path, body).await;
        assert_eq!(raised.status, 202, "{raised:?}");
    }
    let other = json!({"name": "Anything", "objects": {"schema": {"type": "object"}}});
    let other = api.create("/app/acme/pulse", other).await;
    let refused = api.call("POST", &format!("/app/acme/pulse/{other}/raise"), json!({"objects": [{}]})).await;
    assert_eq!(refused.status, 422, "the event type is enforced for raises too");
}
