//! The main key of the secrets at rest: its file, its change, and the sentences where it is wrong.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::program::{Program, errors_in};
use wirepost_e2e::server::{Server, Settings};
use wirepost_e2e::waiting::within;

const KEY_FILE: &str = "wirepost.db.key";
const NEXT_KEY_FILE: &str = "wirepost.db.key.next";
/// So many that a change of the key takes several steps.
const ENDPOINTS: usize = 450;
const KILLS: usize = 6;

/// How `wirepost keys` ended: what it printed, or what it complained of.
pub(crate) async fn keys(
    arguments: &[&str],
    variables: &[(&str, &str)],
    directory: &Path,
) -> Result<String, String> {
    let before = errors_in(directory).len();
    let mut program = start_keys(arguments, variables, directory);
    if program.ended().await.success() {
        Ok(program.lines().join("\n"))
    } else {
        Err(program.errors().split_off(before))
    }
}

fn start_keys(arguments: &[&str], variables: &[(&str, &str)], directory: &Path) -> Program {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Program::start(&[&["keys"], arguments].concat(), &BTreeMap::from_iter(variables), directory)
}

pub(crate) async fn stop(server: &mut Server) {
    server.ask_to_stop();
    assert!(server.ended().await.success());
}

/// A main key made of this byte, in hex.
fn main_key(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

#[tokio::test]
async fn the_first_start_makes_a_key_for_its_owner_alone_and_later_ones_find_it() {
    let mut server = Server::start().await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint("https://example.com/").await;
    let file = server.directory().join(KEY_FILE);
    let mode = fs::metadata(&file).expect("the key has a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = fs::read(&file).expect("it can be read");
    stop(&mut server).await;
    server.start_again().await;
    assert_eq!(customer.on(&server).key(&endpoint.id).await, endpoint.key);
    assert_eq!(fs::read(&file).expect("it can be read"), key);
}

#[tokio::test]
async fn a_key_that_is_wrong_missing_or_open_to_others_stops_the_start_in_a_sentence() {
    let mut server = Server::start().await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint("https://example.com/").await;
    stop(&mut server).await;
    let (directory, file) = (server.directory().to_owned(), server.directory().join(KEY_FILE));
    let refusal = async |settings: Settings| {
        let refusal = settings.refusal(&[], &directory).await;
        assert!(!refusal.status.success() && refusal.lines.is_empty(), "{refusal:?}");
        assert_eq!(refusal.sentence.trim_end().lines().count(), 1, "{}", refusal.sentence);
        refusal.sentence
    };
    let key = fs::read(&file).expect("it can be read");

    fs::remove_file(&file).expect("it is ours");
    let missing = refusal(Settings::default()).await;
    assert!(missing.contains("there is none here") && missing.contains("WIREPOST_MAIN_KEY"), "{missing}");
    assert!(!file.exists(), "no other key is made for secrets that it does not open");
    let given = refusal(Settings::default().with("WIREPOST_MAIN_KEY", main_key(1))).await;
    assert!(given.contains("is sealed with the main key"), "{given}");

    fs::write(&file, main_key(2)).expect("the directory is ours");
    let open_to_others = refusal(Settings::default()).await;
    assert!(open_to_others.contains("chmod 600 wirepost.db.key"), "{open_to_others}");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("it is ours");
    let wrong = refusal(Settings::default()).await;
    assert!(wrong.contains("is sealed with the main key") && !wrong.contains(&main_key(2)), "{wrong}");

    fs::write(&file, key).expect("it is ours");
    server.start_again().await;
    assert_eq!(customer.on(&server).key(&endpoint.id).await, endpoint.key);
}

#[tokio::test]
async fn the_key_is_changed_while_no_server_runs_and_the_one_before_opens_nothing_more() {
    let mut server = Server::start().await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint("https://example.com/").await;
    let running = keys(&["rotate"], &[], server.directory()).await.expect_err("the server holds the store");
    assert!(running.contains("in use by another process"), "{running}");
    stop(&mut server).await;
    let file = server.directory().join(KEY_FILE);
    let before = fs::read(&file).expect("it can be read");
    let told = keys(&["rotate"], &[], server.directory()).await.expect("the store is free");
    assert!(told.contains(KEY_FILE), "{told}");
    let after = fs::read(&file).expect("it can be read");
    assert_ne!(after, before);

    fs::write(&file, before).expect("it is ours");
    let refusal = Settings::default().refusal(&[], server.directory()).await;
    assert!(refusal.sentence.contains("is sealed with the main key"), "{refusal:?}");
    fs::write(&file, after).expect("it is ours");
    server.start_again().await;
    assert_eq!(customer.on(&server).key(&endpoint.id).await, endpoint.key);
}

#[tokio::test]
async fn a_key_that_is_given_by_a_variable_is_changed_by_variables() {
    let given = |byte| Settings::default().with("WIREPOST_MAIN_KEY", main_key(byte));
    let mut server = given(1).start().await;
    let customer = Customer::create(&server).await;
    let endpoint = customer.endpoint("https://example.com/").await;
    stop(&mut server).await;
    let directory = server.directory().to_owned();
    assert!(!directory.join(KEY_FILE).exists());
    let (one, two) = (main_key(1), main_key(2));
    let variables = [("WIREPOST_MAIN_KEY", one.as_str()), ("NEXT_KEY", two.as_str()), ("BAD_KEY", "short")];
    for (arguments, expected) in [
        (&["rotate"][..], "--new-key-from-env"),
        (&["rotate", "--new-key-from-env", "NO_KEY"], "there is no variable NO_KEY"),
        (&["rotate", "--new-key-from-env", "BAD_KEY"], "BAD_KEY: must be 32 bytes"),
        (&["rotate", "--new-key-from-env", "WIREPOST_MAIN_KEY"], "must be another"),
        (&["rotate", "--store", "sqlite:none.db"], "no store at none.db"),
    ] {
        let refused = keys(arguments, &variables, &directory).await.expect_err("a refusal");
        assert!(refused.contains(expected) && !refused.contains(&two), "{arguments:?}: {refused}");
    }
    let told = keys(&["rotate", "--new-key-from-env", "NEXT_KEY"], &variables, &directory).await;
    assert!(told.as_ref().is_ok_and(|told| told.contains("as it is in NEXT_KEY")), "{told:?}");
    let refusal = given(1).refusal(&[], &directory).await;
    assert!(refusal.sentence.contains("is sealed with the main key"), "{refusal:?}");
    server.start_again_with(given(2)).await;
    assert_eq!(customer.on(&server).key(&endpoint.id).await, endpoint.key);
}

#[tokio::test]
async fn a_change_of_the_key_that_is_killed_goes_on_at_the_next_start() {
    let mut server = Server::start().await;
    let customer = Customer::create(&server).await;
    let mut endpoints = Vec::new();
    for number in 0..ENDPOINTS {
        let endpoint = json!({"url": format!("https://example.com/{number}")});
        let made = customer.api().post(&customer.path("/endpoint"), &endpoint).await.expect(201);
        endpoints.push(text(&made["id"]));
    }
    let key_before = customer.key(&endpoints[0]).await;
    let next = server.directory().join(NEXT_KEY_FILE);
    let mut broken_off = 0;
    for _ in 0..KILLS {
        stop(&mut server).await;
        let mut rotating = start_keys(&["rotate"], &[], server.directory());
        within("the next key", async {
            while !next.exists() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        rotating.kill().await;
        broken_off += usize::from(next.exists());
        server.start_again().await;
        assert!(!next.exists(), "what was begun is ended, and one key is left");
        let customer = customer.on(&server);
        assert_eq!(customer.key(&endpoints[0]).await, key_before);
        for number in [0, ENDPOINTS / 2, ENDPOINTS - 1] {
            let shown = customer.show_endpoint(&endpoints[number]).await;
            assert_eq!(shown["url"], format!("https://example.com/{number}"));
        }
    }
    assert!(broken_off > 0, "each change was over before it could be killed");
}
