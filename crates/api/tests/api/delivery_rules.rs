//! An endpoint's own rules of delivery over the API: set, changed, dropped, refused; and that no field is passed over.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::described::document;
use crate::harness::{Api, assert_answer};

const PATH: &str = "/app/acme/endpoint/main";
const URL: &str = "https://example.com/hook";

async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    api.event_type("asset.created").await;
    api.create("/app/acme/endpoint", json!({"url": URL, "uid": "main"})).await;
    api
}

/// The rules of an endpoint as it is shown, and what applies.
fn rules(endpoint: &Value) -> Value {
    const NAMES: [&str; 8] = [
        "retrySchedule",
        "requestTimeoutSeconds",
        "inFlightMost",
        "httpVersion",
        "successRule",
        "fifo",
        "fifoFailingHead",
        "inForce",
    ];
    NAMES.iter().map(|name| ((*name).to_owned(), endpoint[*name].clone())).collect()
}

fn default_rules() -> Value {
    json!({
        "retrySchedule": null, "requestTimeoutSeconds": null, "inFlightMost": null, "httpVersion": "auto",
        "successRule": "2xx", "fifo": false, "fifoFailingHead": "block",
        "inForce": {
            "retrySchedule": [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000],
            "requestTimeoutSeconds": 30, "inFlightMost": 64,
        },
    })
}

#[tokio::test]
async fn rules_are_set_changed_and_dropped_one_by_one() {
    let api = api().await;
    assert_eq!(rules(&api.get(PATH).await.json()), default_rules());
    let wanted = json!({
        "url": URL, "retrySchedule": ["5s", 60, "2h"], "requestTimeoutSeconds": 5, "inFlightMost": 2,
        "httpVersion": "1.1", "successRule": "200", "fifo": true, "fifoFailingHead": "skip",
    });
    let put = api.call("PUT", PATH, wanted).await;
    assert_answer!("endpoint_with_rules_of_its_own", api, put);
    assert_eq!(put.json()["inForce"]["inFlightMost"], 1, "order allows but one");

    let patch = json!({"retrySchedule": "svix", "fifo": null, "httpVersion": null, "inFlightMost": 1000});
    let patched = rules(&api.call("PATCH", PATH, patch).await.json());
    assert_eq!(patched["retrySchedule"], json!([5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]));
    assert_eq!((&patched["fifo"], &patched["httpVersion"]), (&json!(false), &json!("auto")));
    assert_eq!(patched["inForce"]["inFlightMost"], 1_000);
    assert_eq!((&patched["successRule"], &patched["requestTimeoutSeconds"]), (&json!("200"), &json!(5)));
    assert_eq!(rules(&api.get(PATH).await.json()), patched);

    let none = rules(&api.call("PATCH", PATH, json!({"retrySchedule": "none"})).await.json());
    assert_eq!((&none["retrySchedule"], &none["inForce"]["retrySchedule"]), (&json!([]), &json!([])));

    let replaced = api.call("PUT", PATH, json!({"url": URL})).await.json();
    assert_eq!(
        rules(&replaced),
        default_rules(),
        "a replacement that says nothing leaves all to the operator"
    );
}

#[tokio::test]
async fn what_is_shown_can_be_sent_back() {
    let api = api().await;
    let wanted = json!({
        "url": URL, "uid": "main", "retrySchedule": [1, 2], "requestTimeoutSeconds": 60, "httpVersion": "2",
    });
    let shown = api.call("PUT", PATH, wanted).await.json();
    for method in ["PUT", "PATCH"] {
        let again = api.call(method, PATH, shown.clone()).await;
        assert_eq!(again.status, 200, "{method}");
        assert_eq!(rules(&again.json()), rules(&shown), "{method}");
    }
}

#[tokio::test]
async fn bad_rules_are_refused_with_the_place_of_the_fault() {
    let api = api().await;
    let before = api.get(PATH).await.json();
    let at = |field: &str| json!(["body", field]);
    let schedule = at("retrySchedule");
    for (field, value, loc) in [
        ("retrySchedule", json!("fast"), schedule.clone()),
        ("retrySchedule", json!(""), schedule.clone()),
        ("retrySchedule", json!(5), schedule.clone()),
        ("retrySchedule", json!([-1]), schedule.clone()),
        ("retrySchedule", json!(["5s", true]), schedule.clone()),
        ("retrySchedule", json!(["5s", "soon"]), json!(["body", "retrySchedule", "1"])),
        ("retrySchedule", json!([86_401]), schedule.clone()),
        ("retrySchedule", json!(vec!["1d"; 6]), schedule.clone()),
        ("retrySchedule", json!(vec![1; 21]), schedule),
        ("requestTimeoutSeconds", json!(0), at("requestTimeoutSeconds")),
        ("requestTimeoutSeconds", json!(61), at("requestTimeoutSeconds")),
        ("requestTimeoutSeconds", json!(1.5), at("requestTimeoutSeconds")),
        ("inFlightMost", json!(0), at("inFlightMost")),
        ("inFlightMost", json!(1_001), at("inFlightMost")),
        ("httpVersion", json!("3"), at("httpVersion")),
        ("httpVersion", json!(2), at("httpVersion")),
        ("successRule", json!("204"), at("successRule")),
        ("fifo", json!("yes"), at("fifo")),
        ("fifoFailingHead", json!("drop"), at("fifoFailingHead")),
    ] {
        for (method, path) in [("POST", "/app/acme/endpoint"), ("PUT", PATH), ("PATCH", PATH)] {
            let answer = api.call(method, path, json!({"url": URL, field: value})).await;
            assert_eq!(
                (answer.status.as_u16(), answer.loc()),
                (422, loc.clone()),
                "{method} {field}: {value}"
            );
        }
    }
    assert_eq!(api.get(PATH).await.json(), before);
    let answer = api.call("PATCH", PATH, json!({"retrySchedule": vec!["1d"; 6]})).await;
    assert_eq!(answer.json()["detail"][0]["msg"], "may last at most 5 days in all");
}

#[tokio::test]
async fn two_names_of_one_thing_must_not_contradict_each_other() {
    let api = api().await;
    api.event_type("asset.deleted").await;
    for (body, loc) in [
        (json!({"throttleRate": 1, "rateLimit": 2}), json!(["body", "rateLimit"])),
        (
            json!({"eventTypes": ["asset.created"], "filterTypes": ["asset.deleted"]}),
            json!(["body", "filterTypes"]),
        ),
    ] {
        for (method, path) in [("POST", "/app/acme/endpoint"), ("PUT", PATH), ("PATCH", PATH)] {
            let mut body = body.clone();
            body["url"] = json!(URL);
            let answer = api.call(method, path, body).await;
            assert_eq!((answer.status.as_u16(), answer.loc()), (422, loc.clone()), "{method}");
        }
    }
    let cleared = json!({"throttleRate": null, "rateLimit": 5});
    assert_eq!(api.call("PATCH", PATH, cleared).await.status, 422);
    let same = json!({"throttleRate": 5, "rateLimit": 5});
    assert_eq!(api.call("PATCH", PATH, same).await.json()["throttleRate"], 5);
}

/// For every field that may be sent: a value, and what is shown of it where that is not the same.
fn every_field() -> Map<String, Value> {
    let fields = json!({
        "url": "https://other.example/hook", "description": "another", "eventTypes": ["asset.created"],
        "filterTypes": ["asset.created"], "channels": ["eu"], "disabled": true, "throttleRate": 7,
        "rateLimit": 7, "uid": "main", "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "metadata": {"a": "b"}, "headers": {"x-tenant": "7"}, "retrySchedule": [1, 2],
        "requestTimeoutSeconds": 3, "inFlightMost": 4, "httpVersion": "2", "successRule": "200",
        "fifo": true, "fifoFailingHead": "skip",
    });
    fields.as_object().expect("it is one").clone()
}

#[tokio::test]
async fn no_field_that_may_be_sent_is_passed_over() {
    for (method, shape) in [("POST", "EndpointIn"), ("PUT", "EndpointIn"), ("PATCH", "EndpointPatch")] {
        let api = api().await;
        let schema = &document(api.router()).await["components"]["schemas"][shape]["properties"];
        let described: BTreeSet<&String> = schema.as_object().expect("a shape has fields").keys().collect();
        let fields = every_field();
        assert_eq!(described, fields.keys().collect(), "{shape}: say here what is to be seen of a field");
        for (field, value) in &fields {
            let (mut body, path) =
                (json!({"url": URL}), if method == "POST" { "/app/acme/endpoint" } else { PATH });
            body[field] = value.clone();
            if method == "POST" {
                api.call("DELETE", PATH, Value::Null).await;
                body["uid"] = json!("main");
            }
            let answer = api.call(method, path, body).await;
            assert!(answer.status.is_success(), "{method} {field}: {}", answer.json());
            let shown = match field.as_str() {
                "secret" => api.get(&format!("{PATH}/secret")).await.json()["key"].clone(),
                "headers" => api.get(&format!("{PATH}/headers")).await.json()["headers"].clone(),
                _ => api.get(PATH).await.json()[field].clone(),
            };
            assert_eq!(&shown, value, "{method} {field}");
        }
    }
}
