//! Requests that carry an idempotency key are done once.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use wirepost_model::timestamp::Timestamp;
use wirepost_store::idempotency::Idempotency;

use crate::harness::{Answer, Api, NOON_MILLIS, TOKEN};

const HOUR_MILLIS: i64 = 3_600_000;

async fn post_as(api: &Api, authorization: &str, key: &str, path: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(format!("/api/v1{path}"))
        .header("authorization", authorization)
        .header("idempotency-key", key);
    api.send(request.body(body.into()).expect("a good request")).await
}

async fn post(api: &Api, key: &str, path: &str, body: Value) -> Answer {
    post_as(api, &format!("Bearer {TOKEN}"), key, path, body.to_string()).await
}

fn message(number: u32) -> Value {
    json!({"eventType": "a.b", "payload": {"number": number}, "tags": ["new"], "channels": ["eu"]})
}

async fn messages_in(api: &Api, app: &str) -> usize {
    let list = api.get(&format!("/app/{app}/msg")).await.json();
    list["data"].as_array().expect("a list").len()
}

/// How many apps and messages there are.
async fn things(api: &Api) -> usize {
    let apps = api.get("/app").await.json();
    apps["data"].as_array().expect("a list").len() + messages_in(api, "acme").await
}

fn assert_same(first: &Answer, again: &Answer) {
    assert!(first.status.is_success(), "{first:?}");
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(first.headers.get("content-type"), again.headers.get("content-type"));
    assert_ne!(first.headers["x-request-id"], again.headers["x-request-id"]);
}

#[tokio::test]
async fn every_kind_of_post_answers_the_same_again_across_a_restart() {
    let api = Api::start().await;
    api.app("acme").await;
    let endpoint = api.create("/app/acme/endpoint", json!({"url": "https://example.com/"})).await;
    let sent = api.create("/app/acme/msg", message(0)).await;
    let batch = format!("{}\nnot JSON\n{}\n", message(1), json!({"eventType": "a b", "payload": {}}));
    let posts: Vec<(String, String)> = vec![
        ("/app".into(), json!({"name": "One"}).to_string()),
        ("/app?get_if_exists=true".into(), json!({"name": "Two", "uid": "two"}).to_string()),
        ("/app/acme/endpoint".into(), json!({"url": "https://example.com/2"}).to_string()),
        ("/event-type".into(), json!({"name": "a.c", "description": "d"}).to_string()),
        ("/app/acme/msg".into(), message(2).to_string()),
        ("/app/acme/msg?with_content=false".into(), message(3).to_string()),
        ("/app/acme/msg/batch".into(), batch),
        (format!("/app/acme/msg/{sent}/endpoint/{endpoint}/resend"), String::new()),
        (format!("/app/acme/endpoint/{endpoint}/secret/rotate"), "{}".into()),
    ];
    let token = format!("Bearer {TOKEN}");
    let mut first = Vec::new();
    for (number, (path, body)) in posts.iter().enumerate() {
        let answer = post_as(&api, &token, &format!("key {number}"), path, body.clone()).await;
        assert_same(&answer, &post_as(&api, &token, &format!("key {number}"), path, body.clone()).await);
        first.push(answer);
    }
    let apps = api.get("/app").await.json();
    let sent = messages_in(&api, "acme").await;
    let secret = api.get(&format!("/app/acme/endpoint/{endpoint}/secret")).await.body;
    let api = api.started_again().await;
    for (number, ((path, body), first)) in posts.iter().zip(&first).enumerate() {
        let again = post_as(&api, &token, &format!("key {number}"), path, body.clone()).await;
        assert_same(first, &again);
    }
    assert_eq!(api.get("/app").await.json(), apps);
    assert_eq!(messages_in(&api, "acme").await, sent);
    assert_eq!(api.get(&format!("/app/acme/endpoint/{endpoint}/secret")).await.body, secret);
}

#[tokio::test]
async fn another_request_under_the_key_is_a_conflict_and_does_nothing() {
    let api = Api::start().await;
    api.app("acme").await;
    for (path, body, other) in [
        ("/app", json!({"name": "One"}), json!({"name": "Another"})),
        ("/app/acme/msg", message(1), message(2)),
        ("/app/acme/msg/batch", message(1), message(2)),
    ] {
        let first = post(&api, "the key", path, body.clone()).await;
        let (apps, messages) = (api.get("/app").await.body, messages_in(&api, "acme").await);
        let refused = post(&api, "the key", path, other).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "conflict".into()), "{path}");
        let detail = refused.json()["detail"].clone();
        assert_eq!(detail, json!("This idempotency key was used for another request: send another key"));
        let with_parameter = post(&api, "the key", &format!("{path}?with_content=false"), body.clone()).await;
        assert_eq!(with_parameter.status, 409, "{path}");
        assert_eq!((api.get("/app").await.body, messages_in(&api, "acme").await), (apps, messages));
        assert_same(&first, &post(&api, "the key", &format!("{path}/"), body).await);
    }
}

#[tokio::test]
async fn of_many_at_once_one_is_done_and_all_hear_its_answer() {
    let api = Api::start().await;
    api.app("acme").await;
    for count in [2, 64] {
        for (path, body) in [("/app/acme/msg", message(count)), ("/app", json!({"name": format!("{count}")}))]
        {
            let things = things(&api).await;
            let key = format!("{count} at once");
            let mut asking: Vec<_> =
                (0..count).map(|_| Box::pin(post(&api, &key, path, body.clone()))).collect();
            let answers = all(&mut asking).await;
            for answer in &answers[1..] {
                assert_same(&answers[0], answer);
            }
            assert_eq!(self::things(&api).await, things + 1, "{count} at {path}");
        }
    }
}

/// Polls all of them in turn until each has its answer.
async fn all<F: Future<Output = Answer> + Unpin>(asking: &mut [F]) -> Vec<Answer> {
    let mut answers: Vec<Option<Answer>> = asking.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in asking.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let std::task::Poll::Ready(ready) = std::pin::Pin::new(future).poll(context)
            {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_first_caller_that_hangs_up_leaves_the_answer_to_the_next() {
    let api = Api::start().await;
    api.app("acme").await;
    for polls in 1..6 {
        for (path, body) in [("/app/acme/msg", message(polls)), ("/app", json!({"name": "One"}))] {
            let things = things(&api).await;
            let key = format!("{polls} polls");
            let mut first = Box::pin(post(&api, &key, path, body.clone()));
            for _ in 0..polls {
                let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
                if first.as_mut().poll(context).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(first);
            let second = post(&api, &key, path, body.clone()).await;
            assert_same(&second, &post(&api, &key, path, body).await);
            assert_eq!(self::things(&api).await, things + 1, "{polls} polls at {path}");
        }
    }
}

#[tokio::test]
async fn a_key_is_its_callers_and_its_operations_own() {
    let api = Api::start().await;
    let (mine, theirs) = (api.app("mine").await, api.app("theirs").await);
    let tokens = [api.app_token(&mine, "mine").await, api.app_token(&theirs, "theirs").await];
    let body = json!({"url": "https://example.com/"}).to_string();
    let mut made = Vec::new();
    for (token, app) in tokens.iter().zip([&mine, &theirs]) {
        let path = format!("/app/{app}/endpoint");
        made.push(post_as(&api, token, "shared", &path, body.clone()).await.json()["id"].clone());
        let by_other = format!("/app/{}/endpoint", if app == &mine { &theirs } else { &mine });
        assert_eq!(post_as(&api, token, "shared", &by_other, body.clone()).await.status, 404);
    }
    made.push(
        post(&api, "shared", "/app/mine/endpoint", json!({"url": "https://example.com/"})).await.json()["id"]
            .clone(),
    );
    assert!(made[0] != made[1] && made[1] != made[2] && made[0] != made[2], "{made:?}");
    let nobody = post_as(&api, "Bearer nobody", "shared", &format!("/app/{mine}/endpoint"), body).await;
    assert_eq!((nobody.status.as_u16(), nobody.code()), (401, "authentication_failed".into()));
}

#[tokio::test]
async fn refusals_are_not_remembered() {
    let api = Api::start().await;
    let early = post(&api, "early", "/app/acme/msg", message(1)).await;
    assert_eq!(early.status, 404);
    api.create("/app", json!({"name": "Acme", "uid": "acme"})).await;
    let named = json!({"eventType": "a.b", "eventId": "once", "payload": {}});
    assert_eq!(post(&api, "early", "/app/acme/msg", message(1)).await.status, 202);
    assert_eq!(post(&api, "a", "/app/acme/msg", named.clone()).await.status, 202);
    assert_eq!(post(&api, "b", "/app/acme/msg", named.clone()).await.code(), "conflict");
    let other = json!({"eventType": "a.b", "eventId": "twice", "payload": {}});
    assert_eq!(post(&api, "b", "/app/acme/msg", other).await.status, 202, "nothing was kept under b");
    let duplicate = json!({"name": "Acme", "uid": "acme"});
    assert_eq!(post(&api, "c", "/app", duplicate).await.status, 409);
    assert_eq!(post(&api, "c", "/app", json!({"name": "Other"})).await.status, 201);
}

#[tokio::test]
async fn a_batch_with_a_taken_event_id_answers_the_same_again() {
    let api = Api::start().await;
    api.app("acme").await;
    let named = json!({"eventType": "a.b", "eventId": "once", "payload": {}});
    api.create("/app/acme/msg", named.clone()).await;
    let batch = format!("{}\n{named}\nnonsense\n{}", message(1), message(2));
    let token = format!("Bearer {TOKEN}");
    let first = post_as(&api, &token, "k", "/app/acme/msg/batch", batch.clone()).await;
    assert_eq!(first.json()["data"][1]["code"], "conflict");
    assert!(first.json()["data"][3]["id"].is_string());
    assert_same(&first, &post_as(&api, &token, "k", "/app/acme/msg/batch", batch).await);
    assert_eq!(messages_in(&api, "acme").await, 3);
}

#[tokio::test]
async fn an_answer_is_kept_for_twelve_hours() {
    let api = Api::start().await;
    api.app("acme").await;
    for (path, body) in [("/app/acme/msg", message(1)), ("/app", json!({"name": "One"}))] {
        let first = post(&api, "the key", path, body.clone()).await;
        api.wait(12 * HOUR_MILLIS - 1);
        assert_same(&first, &post(&api, "the key", path, body.clone()).await);
        api.wait(1);
        let later = post(&api, "the key", path, body).await;
        assert!(later.status == first.status && later.json()["id"] != first.json()["id"], "{path}");
    }
}

#[tokio::test]
async fn what_became_of_the_message_later_does_not_change_its_answer() {
    let api = Api::start().await;
    api.app("acme").await;
    let first = post(&api, "the key", "/app/acme/msg", message(1)).await;
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(api.call("DELETE", &format!("/app/acme/msg/{id}/content"), Value::Null).await.status, 204);
    assert_same(&first, &post(&api, "the key", "/app/acme/msg", message(1)).await);
}

#[tokio::test]
async fn a_key_must_have_1_to_256_bytes() {
    let api = Api::start().await;
    api.app("acme").await;
    for path in ["/app", "/app/acme/msg", "/app/acme/msg/batch"] {
        for key in [String::new(), "k".repeat(257)] {
            let refused = post(&api, &key, path, message(1)).await;
            assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["header", "idempotency-key"])));
        }
    }
    let longest = "k".repeat(256);
    assert_eq!(post(&api, &longest, "/app/acme/msg", message(1)).await.status, 202);
    assert_eq!(messages_in(&api, "acme").await, 1);
}

#[tokio::test]
async fn without_the_header_nothing_is_kept() {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/"})).await;
    api.create("/app/acme/msg", message(1)).await;
    let in_two_days = Timestamp::from_millis(NOON_MILLIS + 48 * HOUR_MILLIS);
    let kept = async || api.store.forget_answers(in_two_days, 100).await.expect("the store writes");
    assert_eq!(kept().await, 0);
    post(&api, "a", "/app/acme/msg", message(1)).await;
    post(&api, "b", "/app", json!({"name": "One"})).await;
    assert_eq!(kept().await, 2);
}

#[tokio::test]
async fn a_secret_in_an_answer_is_kept_sealed() {
    let api = Api::start().await;
    api.app("acme").await;
    let body = json!({"expiry": 3_600});
    let first = post(&api, "the key", "/auth/app-portal-access/acme", body.clone()).await;
    assert_same(&first, &post(&api, "the key", "/auth/app-portal-access/acme", body).await);
    let token = first.json()["token"].as_str().expect("a token").to_owned();
    for name in ["wirepost.db", "wirepost.db-wal"] {
        let bytes = std::fs::read(api.folder().join(name)).expect("the store's files are there");
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "{name}");
    }
}
