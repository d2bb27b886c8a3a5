//! Retries across `kill -9`: each request that was sent again was done once, and who had heard an answer hears the
//! same one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use wirepost_e2e::api::Api;
use wirepost_e2e::server::Server;
use wirepost_e2e::waiting::within;

const POSTERS: usize = 8;
const ANSWERS_BEFORE_KILL: usize = 60;

fn body(number: u64) -> String {
    format!(r#"{{"eventType":"a.b","payload":{{"n":{number}}}}}"#)
}

/// Posts messages, each under a key of its own, until the server is gone; what each was answered, if it was.
async fn post_until_killed(
    api: Api,
    numbers: Arc<AtomicU64>,
    answers: watch::Sender<usize>,
) -> Vec<(u64, Option<Bytes>)> {
    let mut asked = Vec::new();
    loop {
        let number = numbers.fetch_add(1, Ordering::SeqCst);
        let keyed = api.with_key(&format!("key {number}"));
        match keyed.try_post_text("/app/acme/msg", body(number)).await {
            Ok(reply) => {
                reply.expect(202);
                asked.push((number, Some(reply.body)));
                answers.send_modify(|count| *count += 1);
            }
            Err(_) => {
                asked.push((number, None));
                return asked;
            }
        }
    }
}

#[tokio::test]
async fn what_is_sent_again_after_a_kill_is_done_once() {
    let mut server = Server::start().await;
    let rename = json!({"name": "Acme", "uid": "acme"});
    let made = server.api().with_key("make").post("/app", &rename).await;
    made.expect(201);
    let (numbers, (answers, mut counted)) = (Arc::new(AtomicU64::new(0)), watch::channel(0));
    let mut posters = JoinSet::new();
    for _ in 0..POSTERS {
        posters.spawn(post_until_killed(server.api(), numbers.clone(), answers.clone()));
    }
    within("some answers", counted.wait_for(|count| *count >= ANSWERS_BEFORE_KILL)).await.expect("it counts");
    server.kill().await;
    let asked: BTreeMap<u64, Option<Bytes>> = posters.join_all().await.into_iter().flatten().collect();
    server.start_again().await;
    for (number, heard) in &asked {
        let again =
            server.api().with_key(&format!("key {number}")).post_text("/app/acme/msg", body(*number)).await;
        again.expect(202);
        assert!(heard.as_ref().is_none_or(|heard| *heard == again.body), "message {number}: {again:?}");
    }
    assert_eq!(server.api().with_key("make").post("/app", &rename).await.body, made.body);
    let refused = server.api().with_key("key 0").post_text("/app/acme/msg", body(1)).await.expect(409);
    assert_eq!(refused["code"], "conflict");
    assert_eq!(count_messages(&server.api()).await, asked.len(), "each was accepted once");
}

async fn count_messages(api: &Api) -> usize {
    let (mut count, mut path) = (0, "/app/acme/msg?limit=250".to_owned());
    loop {
        let page = api.get(&path).await.expect(200);
        count += page["data"].as_array().map_or(0, Vec::len);
        if page["done"] == true {
            return count;
        }
        let iterator = page["iterator"].as_str().expect("a page that is not the last has an iterator");
        path = format!("/app/acme/msg?limit=250&iterator={iterator}");
    }
}
