//! Secrets in the file: none is found in it, in its log or in what lies beside them, however it came there; and the
//! key can be changed, at whatever moment that is broken off.

use std::collections::BTreeMap;
use std::path::Path;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rusqlite::Connection;
use wirepost_model::endpoint::{CustomHeaders, Endpoint, EndpointSecret};
use wirepost_model::ids::EndpointId;
use wirepost_model::oauth::{ClientSecret, OauthAuthMethod, OauthConfig};
use wirepost_model::signing_secret::SigningSecret;
use wirepost_store::attempts::{AttemptFilter, Attempts};
use wirepost_store::deliveries::Deliveries;
use wirepost_store::endpoints::{AppWithEndpoints, Endpoints};
use wirepost_store::messages::Messages;
use wirepost_store::oauth::EndpointOauth;
use wirepost_store::page::{Order, PageQuery};
use wirepost_store::sealing::{GivenKeys, MainKey, Sealing};
use wirepost_store::{Store, StoreError};

use super::workload::{NOW, Workload, endpoint_of, open, sealing};
use crate::main_key::{note_next, step, unlock};
use crate::sealed_columns::{Found, lay_open};
use crate::{OpenError, Settings, SqliteStore};

/// A piece of every secret that [`fill`] keeps.
const HIDDEN: [&str; 8] = [
    "hidden-in-a-url",
    "hidden-in-a-former-url",
    "hidden-in-a-header",
    "hidden-in-a-token-url",
    "hidden-client-secret",
    "hidden-in-a-parameter",
    "hidden-in-an-extra-header",
    "AgICAgICAgIC", // of the signing secrets, in base64
];

/// Keys that differ from the usual one.
fn keys(keys: &[u8], another: Option<u8>) -> Sealing {
    let key = |byte| MainKey::new([byte; 32]);
    let given = GivenKeys { keys: keys.iter().copied().map(key).collect(), another: another.map(key) };
    Sealing::new(given, StdRng::seed_from_u64(1))
}

fn headers(value: &str) -> CustomHeaders {
    CustomHeaders(BTreeMap::from([("x-api-key".to_owned(), value.to_owned())]))
}

fn secret(byte: u8) -> EndpointSecret {
    let secret = SigningSecret::from_random([byte; SigningSecret::GENERATED_BYTES]);
    EndpointSecret { secret, created_at: NOW, expires_at: None }
}

/// Keeps secrets of every kind in every way they come: made, replaced, rotated, and sent to.
async fn fill(work: &Workload) -> EndpointId {
    let mut endpoint = endpoint_of(&work.app, work.id());
    endpoint.url = "https://user:hidden-in-a-former-url@example.com/".to_owned();
    endpoint.headers = headers("hidden-in-a-header");
    work.store.create_endpoint(endpoint.clone(), secret(2)).await.expect("it is created");
    attempt(work, &endpoint).await;
    endpoint.url = "https://user:hidden-in-a-url@example.com/".to_owned();
    work.store.update_endpoint(endpoint.clone()).await.expect("it is updated");
    attempt(work, &endpoint).await;
    let rotated = work.store.rotate_secret(work.app.id, endpoint.id, secret(2), NOW, 10).await;
    rotated.expect("it is rotated");
    let config = OauthConfig {
        token_url: "https://user:hidden-in-a-token-url@example.com/token".to_owned(),
        client_id: "us".to_owned(),
        client_secret: ClientSecret::new("hidden-client-secret"),
        auth_method: OauthAuthMethod::ClientSecretPost,
        scopes: Vec::new(),
        extra_params: headers("hidden-in-a-parameter").0,
        extra_headers: headers("hidden-in-an-extra-header"),
        updated_at: NOW,
    };
    work.store.put_oauth(work.app.id, endpoint.id, config).await.expect("it is put");
    endpoint.id
}

/// Accepts a message for the workload's endpoint and records that it was sent to this URL.
async fn attempt(work: &Workload, endpoint: &Endpoint) {
    let mut message = work.message(10);
    message.deliveries[0].0 = endpoint.id;
    work.store.accept_messages(vec![message.clone()]).await.expect("it is accepted");
    let mut record = work.success(&message);
    record.attempt.delivery.endpoint = endpoint.id;
    record.attempt.url = endpoint.url.as_str().into();
    work.store.record_attempts(vec![record], Vec::new()).await.expect("it is recorded");
}

/// All that is known of the app, URLs that were sent to included.
async fn all_of(store: &SqliteStore, work: &Workload) -> (AppWithEndpoints, Vec<String>) {
    let known = store.app_with_endpoints(work.app.id).await.expect("it reads");
    let mut sent_to = Vec::new();
    for with in &known.endpoints {
        let page = PageQuery::first(10, Order::Ascending);
        let filter = AttemptFilter::default();
        let found = store.list_attempts_of_endpoint(work.app.id, with.endpoint.id, filter, page).await;
        let found = found.expect("it reads").page;
        sent_to.extend(found.rows.iter().map(|stored| stored.attempt.url.to_string()));
    }
    (known, sent_to)
}

/// What of the hidden is in any file of the folder.
fn found_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let files = entries.map(|entry| entry.expect("an entry can be read").path());
    let holds = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    let found = files.flat_map(|file| {
        let bytes = std::fs::read(&file).expect("it can be read");
        let words = HIDDEN.into_iter().filter(move |word| holds(&bytes, word));
        words.map(move |word| format!("{word} in {}", file.display()))
    });
    found.collect()
}

fn raw(path: &Path) -> Connection {
    Connection::open(path).expect("it opens")
}

#[tokio::test]
async fn no_secret_is_in_the_file_or_beside_it() {
    let work = Workload::begin(Settings::default()).await;
    fill(&work).await;
    assert_eq!(found_in(work.folder.path()), Vec::<String>::new());
    let before = all_of(&work.store, &work).await;
    assert_eq!(
        before.1,
        ["hidden-in-a-former-url", "hidden-in-a-url"].map(|word| format!("https://user:{word}@example.com/"))
    );
    work.store.close().await;
    assert_eq!(found_in(work.folder.path()), Vec::<String>::new());
    let again = open(&work.path(), Settings::default());
    assert_eq!(all_of(&again, &work).await, before);
}

#[tokio::test]
async fn a_file_that_an_earlier_version_left_in_clear_is_sealed_and_no_trace_stays() {
    let work = Workload::begin(Settings::default()).await;
    let many = (0..450).map(|_| (endpoint_of(&work.app, work.id()), secret(2))).collect();
    work.store.create_endpoints(many).await.expect("they are created");
    fill(&work).await;
    let before = all_of(&work.store, &work).await;
    work.store.close().await;
    let connection = raw(&work.path());
    unlock(&connection, &sealing()).expect("the key is right");
    lay_open(&connection).expect("it writes");
    connection.execute("DELETE FROM main_key", []).expect("it writes");
    drop(connection);
    assert_eq!(found_in(work.folder.path()).len(), HIDDEN.len());

    let again = open(&work.path(), Settings::default());
    assert_eq!(all_of(&again, &work).await, before);
    again.close().await;
    assert_eq!(found_in(work.folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_without_a_key_gets_its_first_one_before_that_is_changed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("wirepost.db");
    let rotated = SqliteStore::rotate_main_key(&path, &Settings::default(), &keys(&[1], Some(2)));
    assert_eq!(rotated.ok().as_ref(), Some(MainKey::new([2; 32]).id()));
}

#[tokio::test]
async fn a_change_of_the_key_goes_on_wherever_it_was_broken_off() {
    let work = Workload::begin(Settings::default()).await;
    fill(&work).await;
    let before = all_of(&work.store, &work).await;
    work.store.close().await;
    let (path, settings) = (work.path(), Settings::default());
    for (steps, former, next) in [(0, 7, 1), (1, 1, 2), (2, 2, 3), (3, 3, 4)] {
        let both = keys(&[former], Some(next));
        let connection = raw(&path);
        note_next(&connection, &both).expect("the key is right");
        let sealer =
            both.unlock_half_way(&proofs(&connection).0, &proofs(&connection).1).expect("both are there");
        crate::sealed_columns::teach(&connection, &sealer.into()).expect("it learns");
        for _ in 0..steps {
            step(&connection, Found::Sealed, 1).expect("it writes");
        }
        let unfinished = steps < 3;
        drop(connection);
        if unfinished {
            for alone in [former, next] {
                let refused = SqliteStore::rotate_main_key(&path, &settings, &keys(&[alone], None));
                let sentence = refused.expect_err("one key is missing").to_string();
                assert!(
                    sentence.contains("half sealed anew") && sentence.contains("keys rotate"),
                    "{sentence}"
                );
            }
        }
        let ended = SqliteStore::rotate_main_key(&path, &settings, &both);
        assert_eq!(ended.is_ok(), unfinished, "once it is done, the same key is no change: {ended:?}");
        let (handover, _) = wirepost_store::accepted::handover(8);
        let clock = std::sync::Arc::new(wirepost_model::clock::ManualClock::new(NOW));
        let store = SqliteStore::open(&path, settings.clone(), handover, clock, &keys(&[next], None));
        let store = store.expect("the new key alone opens it");
        assert_eq!(all_of(&store, &work).await, before, "after {steps} steps");
        store.close().await;
    }
}

/// The proofs that the file keeps while its key is changed.
fn proofs(connection: &Connection) -> (String, String) {
    let sql = "SELECT proof, next_proof FROM main_key";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("a change was noted")
}

#[tokio::test]
async fn a_wrong_key_and_none_are_refused_in_a_sentence_and_harm_nothing() {
    let work = Workload::begin(Settings::default()).await;
    fill(&work).await;
    let before = all_of(&work.store, &work).await;
    work.store.close().await;
    let refusal = |given: &[u8]| -> OpenError {
        let refused = SqliteStore::rotate_main_key(&work.path(), &Settings::default(), &keys(given, None));
        refused.expect_err("the key does not fit")
    };
    let right = MainKey::new([7; 32]);
    let wrong = refusal(&[1]).to_string();
    assert!(wrong.contains(&right.id().to_string()) && wrong.contains("WIREPOST_MAIN_KEY"), "{wrong}");
    assert!(wrong.contains(&MainKey::new([1; 32]).id().to_string()), "{wrong}");
    let missing = refusal(&[]).to_string();
    assert!(missing.contains("there is none here") && missing.contains("key file"), "{missing}");
    assert_eq!(all_of(&open(&work.path(), Settings::default()), &work).await, before);
}

#[tokio::test]
async fn what_is_sealed_for_one_endpoint_does_not_open_for_another() {
    let work = Workload::begin(Settings::default()).await;
    let filled = fill(&work).await;
    work.store.close().await;
    let sql = "UPDATE endpoint SET url = (SELECT url FROM endpoint ORDER BY key DESC LIMIT 1)";
    raw(&work.path()).execute(sql, []).expect("it writes");
    let again = open(&work.path(), Settings::default());
    let moved = again.find_endpoint(work.app.id, &work.endpoint.id.to_string()).await;
    assert!(matches!(moved, Err(StoreError::Corrupt { table: "endpoint", .. })), "{moved:?}");
    let kept = again.find_endpoint(work.app.id, &filled.to_string()).await;
    assert!(kept.expect("its own opens").url.contains("hidden-in-a-url"));
}
