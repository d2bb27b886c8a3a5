//! The published Rust client library against our server, unchanged: only its server URL is ours.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use svix::api::{
    ApplicationListOptions, EventTypeDeleteOptions, EventTypeListOptions,
    MessageAttemptListByEndpointOptions, MessageAttemptListByMsgOptions, MessageCreateOptions,
    MessageGetOptions, MessageListOptions, Svix, SvixOptions,
};
use svix::models::{
    ApplicationIn, EndpointHeadersIn, EndpointHeadersPatchIn, EndpointIn, EndpointOut,
    EndpointSecretRotateIn, EndpointUpsertIn, EventExampleIn, EventTypeIn, EventTypeUpsertIn,
    MessageAttemptTriggerType, MessageIn, MessageStatus, Ordering, StatusCodeClass,
};
use wirepost_e2e::answer::Answer;
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::{Server, Settings, TOKEN};
use wirepost_e2e::waiting::eventually;

fn client(server: &Server, token: &str) -> Svix {
    let options = SvixOptions {
        server_url: Some(server.url()),
        ..SvixOptions::default()
    };
    Svix::new(token.to_owned(), Some(options))
}

/// A part of a request that the library would have built from the same JSON.
fn part<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("the library knows these fields")
}

fn names(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn status_of<T>(refused: Result<T, svix::Error>) -> u16 {
    match refused {
        Ok(_) => panic!("this should have been refused"),
        Err(svix::Error::Http(content)) => {
            content.payload.expect("the library can read the error");
            content.status.as_u16()
        }
        Err(svix::Error::Validation(content)) => {
            content.payload.expect("the library can read the refusal");
            content.status.as_u16()
        }
        Err(other) => panic!("not an answer: {other}"),
    }
}

#[tokio::test]
async fn apps_through_the_published_client() {
    let server = Server::start().await;
    let svix = client(&server, TOKEN);
    let apps = svix.application();
    let metadata = BTreeMap::from([("tier".to_owned(), "gold".to_owned())]);
    let wanted = ApplicationIn {
        uid: Some("customer-1".to_owned()),
        throttle_rate: Some(50),
        metadata: Some(metadata.clone()),
        ..ApplicationIn::new("First".to_owned())
    };
    let made = apps.create(wanted.clone(), None).await.expect("created");
    assert!(made.id.starts_with("app_") && made.metadata == metadata && made.throttle_rate == Some(50));
    assert_eq!(status_of(apps.create(wanted.clone(), None).await), 409);
    assert_eq!(apps.get_or_create(wanted, None).await.expect("found").id, made.id);
    assert_eq!(
        apps.get("customer-1".to_owned()).await.expect("found by uid").id,
        made.id
    );
    let patched = apps
        .patch(
            made.id.clone(),
            part(json!({"name": "Renamed", "throttleRate": null})),
        )
        .await;
    let patched = patched.expect("patched");
    assert_eq!((patched.name.as_str(), patched.throttle_rate), ("Renamed", None));
    let put = ApplicationIn {
        uid: Some("customer-2".to_owned()),
        ..ApplicationIn::new("Second".to_owned())
    };
    let second = apps.upsert("customer-2".to_owned(), put).await.expect("put");

    let page = |iterator| ApplicationListOptions {
        limit: Some(1),
        order: Some(Ordering::Ascending),
        iterator,
        ..ApplicationListOptions::default()
    };
    let first_page = apps.list(Some(page(None))).await.expect("a page");
    assert_eq!(
        (first_page.data[0].id.as_str(), first_page.done),
        (made.id.as_str(), false)
    );
    let next_page = apps
        .list(Some(page(first_page.iterator)))
        .await
        .expect("the next page");
    assert_eq!(
        (next_page.data[0].id.as_str(), next_page.done),
        (second.id.as_str(), true)
    );
    let back = apps
        .list(Some(page(next_page.prev_iterator)))
        .await
        .expect("the page before");
    assert_eq!(back.data[0].id, made.id);

    apps.delete(made.id.clone()).await.expect("deleted");
    assert_eq!(status_of(apps.get(made.id).await), 404);
    assert_eq!(
        status_of(client(&server, "a-wrong-token").application().list(None).await),
        401
    );
    svix.health().get().await.expect("healthy");
}

#[tokio::test]
async fn event_types_through_the_published_client() {
    let server = Server::start().await;
    let svix = client(&server, TOKEN);
    let event_types = svix.event_type();
    let schemas = json!({"1": {"type": "object", "examples": [{"id": 1}]}});
    let wanted = EventTypeIn {
        schemas: Some(schemas.clone()),
        group_name: Some("asset".to_owned()),
        ..EventTypeIn::new("asset.created".to_owned(), "An asset was created".to_owned())
    };
    let made = event_types.create(wanted.clone(), None).await.expect("created");
    assert_eq!(
        (made.schemas, made.group_name.as_deref()),
        (Some(schemas), Some("asset"))
    );
    assert_eq!(status_of(event_types.create(wanted, None).await), 409);
    let upsert = EventTypeUpsertIn {
        deprecated: Some(true),
        ..EventTypeUpsertIn::new("Gone soon".to_owned())
    };
    event_types
        .upsert("asset.deleted".to_owned(), upsert)
        .await
        .expect("put");
    let patch = part(json!({"description": "Patched"}));
    let patched = event_types
        .patch("asset.created".to_owned(), patch)
        .await
        .expect("patched");
    assert_eq!(patched.description, "Patched");
    assert_eq!(
        event_types
            .get("asset.deleted".to_owned())
            .await
            .expect("found")
            .description,
        "Gone soon"
    );

    let all = |include_archived| EventTypeListOptions {
        include_archived: Some(include_archived),
        with_content: Some(true),
        ..EventTypeListOptions::default()
    };
    let listed = event_types.list(Some(all(false))).await.expect("a list");
    let created = listed
        .data
        .iter()
        .find(|one| one.name == "asset.created")
        .expect("it is listed");
    assert!(created.schemas.is_some());
    event_types
        .delete("asset.deleted".to_owned(), None)
        .await
        .expect("archived");
    let is_listed = async |include_archived| {
        let listed = event_types
            .list(Some(all(include_archived)))
            .await
            .expect("a list");
        listed.data.iter().any(|one| one.name == "asset.deleted")
    };
    assert!(!is_listed(false).await && is_listed(true).await);
    let expunge = EventTypeDeleteOptions { expunge: Some(true) };
    event_types
        .delete("asset.deleted".to_owned(), Some(expunge))
        .await
        .expect("removed");
    assert!(!is_listed(true).await);
}

#[tokio::test]
async fn endpoints_through_the_published_client() {
    let server = Server::start().await;
    let svix = client(&server, TOKEN);
    let app = svix
        .application()
        .create(ApplicationIn::new("Customer".to_owned()), None)
        .await
        .expect("an app")
        .id;
    for name in ["asset.created", "asset.deleted"] {
        let wanted = EventTypeIn::new(name.to_owned(), "of this test".to_owned());
        svix.event_type()
            .create(wanted, None)
            .await
            .expect("an event type");
    }
    let endpoints = svix.endpoint();
    let wanted = EndpointIn {
        uid: Some("inbox".to_owned()),
        description: Some("Inbox".to_owned()),
        throttle_rate: Some(100),
        event_types: Some(names(&["asset.created"])),
        channels: Some(names(&["north"])),
        metadata: Some(BTreeMap::from([("team".to_owned(), "a".to_owned())])),
        ..EndpointIn::new("https://hooks.example/in".to_owned())
    };
    let made = endpoints
        .create(app.clone(), wanted.clone(), None)
        .await
        .expect("created");
    assert!(made.id.starts_with("ep_") && made.event_types == wanted.event_types);
    assert_eq!(
        (made.throttle_rate, &made.channels),
        (Some(100), &wanted.channels)
    );
    assert_eq!(
        status_of(endpoints.create(app.clone(), wanted.clone(), None).await),
        409
    );
    let unknown = EndpointIn {
        uid: None,
        event_types: Some(names(&["nobody.knows"])),
        ..wanted
    };
    assert_eq!(status_of(endpoints.create(app.clone(), unknown, None).await), 422);
    let found = endpoints
        .get(app.clone(), "inbox".to_owned())
        .await
        .expect("found by uid");
    assert_eq!(
        (found.id.as_str(), found.description.as_str()),
        (made.id.as_str(), "Inbox")
    );
    let patch = part(json!({"disabled": true, "throttleRate": null, "eventTypes": null}));
    let patched: EndpointOut = endpoints
        .patch(app.clone(), made.id.clone(), patch)
        .await
        .expect("patched");
    assert_eq!(
        (patched.disabled, patched.throttle_rate, patched.event_types),
        (Some(true), None, None)
    );
    let upsert = EndpointUpsertIn::new("https://hooks.example/second".to_owned());
    let second = endpoints
        .upsert(app.clone(), "second".to_owned(), upsert)
        .await
        .expect("put");
    assert_eq!(second.uid.as_deref(), Some("second"));
    let listed = endpoints.list(app.clone(), None).await.expect("a list");
    assert_eq!((listed.data.len(), listed.done), (2, true));
    endpoints
        .delete(app.clone(), "second".to_owned())
        .await
        .expect("deleted");
    assert_eq!(status_of(endpoints.get(app, "second".to_owned()).await), 404);
}

#[tokio::test]
async fn headers_and_secrets_through_the_published_client() {
    let server = Server::start().await;
    let svix = client(&server, TOKEN);
    let app = svix
        .application()
        .create(ApplicationIn::new("Customer".to_owned()), None)
        .await
        .expect("an app")
        .id;
    let endpoints = svix.endpoint();
    let wanted = EndpointIn::new("https://hooks.example/in".to_owned());
    let endpoint = endpoints
        .create(app.clone(), wanted, None)
        .await
        .expect("created")
        .id;
    let ids = || (app.clone(), endpoint.clone());

    let (app_id, id) = ids();
    let headers = [("x-one", "1"), ("authorization", "secret")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    endpoints
        .set_headers(app_id, id, EndpointHeadersIn::new(BTreeMap::from(headers)))
        .await
        .expect("set");
    let (app_id, id) = ids();
    let patch = EndpointHeadersPatchIn {
        headers: BTreeMap::from([("x-two".to_owned(), "2".to_owned())]),
        delete_headers: Some(vec!["x-one".to_owned()]),
    };
    endpoints.patch_headers(app_id, id, patch).await.expect("patched");
    let (app_id, id) = ids();
    let shown = endpoints.get_headers(app_id, id).await.expect("shown");
    assert_eq!(
        shown.headers,
        BTreeMap::from([("x-two".to_owned(), "2".to_owned())])
    );
    assert_eq!(shown.sensitive, names(&["authorization"]));

    let (app_id, id) = ids();
    let before = endpoints.get_secret(app_id, id).await.expect("shown").key;
    assert!(before.starts_with("whsec_"));
    let key = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let rotation = EndpointSecretRotateIn {
        key: Some(key.to_owned()),
        grace_period_seconds: Some(60),
    };
    let (app_id, id) = ids();
    // The published description answers 204, this version of the library waits for the key: a rotation that was
    // made is what counts.
    match endpoints.rotate_secret(app_id, id, rotation, None).await {
        Ok(rotated) => assert_eq!(rotated.key, key),
        Err(error) => assert!(
            matches!(error, svix::Error::Generic(_)),
            "it was refused: {error}"
        ),
    }
    let (app_id, id) = ids();
    assert_eq!(endpoints.get_secret(app_id, id).await.expect("shown").key, key);
}

#[tokio::test]
async fn messages_and_attempts_through_the_published_client() {
    let server = Settings::default()
        .with("WIREPOST_RETRY_SCHEDULE", "0s")
        .start()
        .await;
    let receiver =
        Receiver::answering(|received| Answer::status(if received.number <= 2 { 500 } else { 200 })).await;
    let svix = client(&server, TOKEN);
    let app = svix
        .application()
        .create(ApplicationIn::new("Customer".to_owned()), None)
        .await
        .expect("an app")
        .id;
    let endpoint = svix
        .endpoint()
        .create(app.clone(), EndpointIn::new(receiver.url()), None)
        .await;
    let endpoint = endpoint.expect("an endpoint").id;
    let payload = json!({"id": 42, "nested": {"a": [1, 2.5, null]}});
    let wanted = MessageIn {
        event_id: Some("event-1".to_owned()),
        channels: Some(names(&["north"])),
        tags: Some(names(&["urgent"])),
        ..MessageIn::new("asset.created".to_owned(), payload.clone())
    };
    let with_content = MessageCreateOptions {
        with_content: Some(true),
        ..MessageCreateOptions::default()
    };
    let sent = svix
        .message()
        .create(app.clone(), wanted.clone(), Some(with_content))
        .await
        .expect("accepted");
    assert_eq!(
        (&sent.payload, sent.event_id.as_deref()),
        (&payload, Some("event-1"))
    );
    assert_eq!(
        status_of(svix.message().create(app.clone(), wanted, None).await),
        409
    );
    let get = MessageGetOptions {
        with_content: Some(true),
    };
    let found = svix
        .message()
        .get(app.clone(), "event-1".to_owned(), Some(get))
        .await
        .expect("found");
    assert_eq!((found.id.as_str(), &found.payload), (sent.id.as_str(), &payload));
    let filtered = |tag: &str| MessageListOptions {
        tag: Some(tag.to_owned()),
        channel: Some("north".to_owned()),
        event_types: Some(names(&["asset.created", "asset.deleted"])),
        with_content: Some(true),
        ..MessageListOptions::default()
    };
    let listed = svix
        .message()
        .list(app.clone(), Some(filtered("urgent")))
        .await
        .expect("a list");
    assert_eq!((listed.data.len(), &listed.data[0].id), (1, &sent.id));
    assert_eq!(
        svix.message()
            .list(app.clone(), Some(filtered("calm")))
            .await
            .expect("a list")
            .data
            .len(),
        0
    );

    let attempts = svix.message_attempt();
    let standing = async || {
        let listed = attempts
            .list_attempted_destinations(app.clone(), sent.id.clone(), None)
            .await;
        listed.expect("a list").data.remove(0)
    };
    eventually("the failure", async || {
        (standing().await.status == MessageStatus::Fail).then_some(())
    })
    .await;
    attempts
        .resend(app.clone(), sent.id.clone(), endpoint.clone(), None)
        .await
        .expect("resent");
    eventually("the success", async || {
        (standing().await.status == MessageStatus::Success).then_some(())
    })
    .await;
    assert_eq!(standing().await.id, endpoint);
    let listed = attempts
        .list_by_msg(app.clone(), sent.id.clone(), None)
        .await
        .expect("a list");
    let codes: Vec<i16> = listed.data.iter().map(|one| one.response_status_code).collect();
    assert_eq!(codes, [200, 500, 500], "newest first");
    assert_eq!(listed.data[0].trigger_type, MessageAttemptTriggerType::Manual);
    let failed = MessageAttemptListByMsgOptions {
        status: Some(MessageStatus::Fail),
        endpoint_id: Some(endpoint.clone()),
        ..MessageAttemptListByMsgOptions::default()
    };
    let failed = attempts
        .list_by_msg(app.clone(), sent.id.clone(), Some(failed))
        .await
        .expect("a list");
    assert_eq!(failed.data.len(), 2);
    let succeeded = MessageAttemptListByEndpointOptions {
        status_code_class: Some(StatusCodeClass::Code2xx),
        with_msg: Some(true),
        with_content: Some(true),
        ..MessageAttemptListByEndpointOptions::default()
    };
    let listed = attempts
        .list_by_endpoint(app.clone(), endpoint.clone(), Some(succeeded))
        .await
        .expect("a list");
    assert_eq!(listed.data.len(), 1);
    assert_eq!(
        listed.data[0].msg.as_ref().map(|message| &message.payload),
        Some(&payload)
    );
    let one = attempts
        .get(app.clone(), sent.id.clone(), failed.data[0].id.clone(), None)
        .await
        .expect("found");
    assert_eq!((one.status, one.response_status_code), (MessageStatus::Fail, 500));
    let stats = svix
        .endpoint()
        .get_stats(app.clone(), endpoint, None)
        .await
        .expect("stats");
    assert_eq!((stats.success, stats.pending, stats.sending), (1, 0, 0));
    svix.message()
        .expunge_content(app.clone(), sent.id.clone())
        .await
        .expect("expunged");
    let get = MessageGetOptions {
        with_content: Some(true),
    };
    let found = svix.message().get(app, sent.id, Some(get)).await.expect("found");
    assert_eq!(found.payload, json!({"expired": true}));
}

#[tokio::test]
async fn an_example_is_sent_to_one_endpoint_through_the_published_client() {
    let server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let bystander = Receiver::accepting().await;
    let svix = client(&server, TOKEN);
    let app = svix
        .application()
        .create(ApplicationIn::new("Customer".to_owned()), None)
        .await
        .expect("an app")
        .id;
    let endpoint = svix
        .endpoint()
        .create(app.clone(), EndpointIn::new(receiver.url()), None)
        .await;
    let endpoint = endpoint.expect("an endpoint").id;
    svix.endpoint()
        .create(app.clone(), EndpointIn::new(bystander.url()), None)
        .await
        .expect("an endpoint");
    let example = json!({"id": 7, "name": "Sunset"});
    let wanted = EventTypeIn {
        schemas: Some(json!({"1": {"type": "object", "examples": [example.clone()]}})),
        ..EventTypeIn::new("asset.created".to_owned(), "of this test".to_owned())
    };
    svix.event_type()
        .create(wanted, None)
        .await
        .expect("an event type");
    let ask = async |event_type: &str| {
        let wanted = EventExampleIn::new(event_type.to_owned());
        svix.endpoint()
            .send_example(app.clone(), endpoint.clone(), wanted, None)
            .await
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
