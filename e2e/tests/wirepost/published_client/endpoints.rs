//! Endpoints, their headers and secrets through the published client.

use serde_json::{Value, json};
use svix::models::{
    EndpointHeadersIn, EndpointHeadersPatchIn, EndpointIn, EndpointSecretRotateIn, EndpointUpsertIn,
    EventExampleIn,
};
use wirepost_e2e::receiver::Receiver;

use super::{Setting, names, pairs, part, status_of};

const URL: &str = "https://hooks.example/in";

fn wanted() -> EndpointIn {
    EndpointIn {
        uid: Some("inbox".to_owned()),
        description: Some("Inbox".to_owned()),
        throttle_rate: Some(100),
        event_types: Some(names(&["asset.created"])),
        channels: Some(names(&["north"])),
        metadata: Some(pairs(&[("team", "a")])),
        ..EndpointIn::new(URL.to_owned())
    }
}

#[tokio::test]
async fn an_endpoint_is_made_and_found_and_a_wrong_one_refused() {
    let setting = Setting::start().await;
    setting.event_type("asset.created", json!({"1": {"type": "object"}})).await;
    let endpoints = setting.svix.endpoint();
    let made = endpoints.create(setting.app(), wanted(), None).await.expect("created");
    assert!(made.id.starts_with("ep_") && made.event_types == wanted().event_types);
    assert_eq!((made.throttle_rate, &made.channels), (Some(100), &wanted().channels));
    assert_eq!(status_of(endpoints.create(setting.app(), wanted(), None).await), 409);
    let unknown = EndpointIn { uid: None, event_types: Some(names(&["nobody.knows"])), ..wanted() };
    assert_eq!(status_of(endpoints.create(setting.app(), unknown, None).await), 422);
    let inside = EndpointIn::new("https://10.0.0.1/in".to_owned());
    assert_eq!(status_of(endpoints.create(setting.app(), inside, None).await), 422);
    let found = endpoints.get(setting.app(), "inbox".to_owned()).await.expect("found by uid");
    assert_eq!((found.id, found.description.as_str()), (made.id, "Inbox"));
    assert_eq!((found.url.as_str(), found.metadata), (URL, pairs(&[("team", "a")])));
}

#[tokio::test]
async fn an_endpoint_is_changed_listed_and_deleted() {
    let setting = Setting::start().await;
    setting.event_type("asset.created", json!({"1": {"type": "object"}})).await;
    let endpoints = setting.svix.endpoint();
    let made = endpoints.create(setting.app(), wanted(), None).await.expect("created").id;
    let patch = part(json!({"disabled": true, "throttleRate": null, "eventTypes": null}));
    let patched = endpoints.patch(setting.app(), made.clone(), patch).await.expect("patched");
    assert_eq!((patched.disabled, patched.throttle_rate, patched.event_types), (Some(true), None, None));
    assert_eq!(patched.channels, wanted().channels);
    let put = EndpointUpsertIn::new("https://hooks.example/second".to_owned());
    let second = endpoints.upsert(setting.app(), "second".to_owned(), put).await.expect("put");
    assert_eq!(second.uid.as_deref(), Some("second"));
    let listed = endpoints.list(setting.app(), None).await.expect("a list");
    let ids: Vec<&str> = listed.data.iter().map(|endpoint| endpoint.id.as_str()).collect();
    assert!(
        listed.done && ids.len() == 2 && ids.contains(&made.as_str()) && ids.contains(&second.id.as_str())
    );
    endpoints.delete(setting.app(), "second".to_owned()).await.expect("deleted");
    assert_eq!(status_of(endpoints.get(setting.app(), second.id).await), 404);
}

#[tokio::test]
async fn headers_are_set_patched_and_shown_without_their_secrets() {
    let setting = Setting::start().await;
    let endpoint = setting.endpoint(URL).await;
    let endpoints = setting.svix.endpoint();
    let headers = EndpointHeadersIn::new(pairs(&[("x-one", "1"), ("authorization", "secret")]));
    endpoints.set_headers(setting.app(), endpoint.clone(), headers).await.expect("set");
    let patch = EndpointHeadersPatchIn {
        headers: pairs(&[("x-two", "2")]),
        delete_headers: Some(vec!["x-one".to_owned()]),
    };
    endpoints.patch_headers(setting.app(), endpoint.clone(), patch).await.expect("patched");
    let shown = endpoints.get_headers(setting.app(), endpoint).await.expect("shown");
    assert_eq!((shown.headers, shown.sensitive), (pairs(&[("x-two", "2")]), names(&["authorization"])));
}

#[tokio::test]
async fn a_secret_is_shown_and_rotated() {
    let setting = Setting::start().await;
    let endpoint = setting.endpoint(URL).await;
    let endpoints = setting.svix.endpoint();
    let shown = async || endpoints.get_secret(setting.app(), endpoint.clone()).await.expect("shown").key;
    assert!(shown().await.starts_with("whsec_"));
    let key = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let rotation = EndpointSecretRotateIn { key: Some(key.to_owned()), grace_period_seconds: Some(60) };
    let rotated = endpoints.rotate_secret(setting.app(), endpoint.clone(), rotation, None).await;
    assert_eq!(rotated.expect("rotated").key, key);
    assert_eq!(shown().await, key);
}

#[tokio::test]
async fn an_example_is_sent_to_one_endpoint() {
    let setting = Setting::start().await;
    let (receiver, bystander) = (Receiver::accepting().await, Receiver::accepting().await);
    let endpoint = setting.endpoint(&receiver.url()).await;
    setting.endpoint(&bystander.url()).await;
    let example = json!({"id": 7, "name": "Sunset"});
    setting
        .event_type("asset.created", json!({"1": {"type": "object", "examples": [example.clone()]}}))
        .await;
    let ask = async |event_type: &str| {
        let wanted = EventExampleIn::new(event_type.to_owned());
        setting.svix.endpoint().send_example(setting.app(), endpoint.clone(), wanted, None).await
    };
    let sent = ask("asset.created").await.expect("sent");
    let received = receiver.wait_for(1).await;
    assert_eq!(received[0].webhook_id(), sent.id);
    let arrived: Value = serde_json::from_slice(&received[0].body).expect("the payload is JSON");
    assert_eq!(arrived, example);
    ask("svix.ping").await.expect("built in");
    receiver.wait_for(2).await;
    assert_eq!(status_of(ask("nobody.knows").await), 404);
    assert_eq!(bystander.count(), 0);
}
