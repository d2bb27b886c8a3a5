//! `wirepost token`: in a store that is free, through a running server, and the sentences where neither will do.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use wirepost_e2e::program::{Program, errors_in};
use wirepost_e2e::server::{Server, TOKEN};

/// How the command ended: what it printed, or what it complained of.
async fn token(arguments: &[&str], directory: &Path) -> Result<Vec<String>, String> {
    let before = errors_in(directory).len();
    let mut program = Program::start(&[&["token"], arguments].concat(), &BTreeMap::new(), directory);
    if program.ended().await.success() {
        Ok(program.lines())
    } else {
        Err(program.errors().split_off(before))
    }
}

#[tokio::test]
async fn tokens_are_made_listed_and_revoked_through_a_running_server() {
    let server = Server::start().await;
    server.api().post("/app", &json!({"name": "A customer", "uid": "customer"})).await.expect(201);
    let url = server.url();
    let at = ["--url", url.as_str(), "--token", TOKEN];
    let ask = async |arguments: &[&str]| token(&[arguments, &at].concat(), server.directory()).await;
    let wanted =
        ["create", "--name", "The shop", "--app", "customer", "--capabilities", "ViewBase,SendMessages"];
    let made = ask(&[&wanted[..], &["--expires-in", "1h"]].concat()).await.expect("it is made");
    let [fresh] = made.as_slice() else { panic!("the token alone is printed: {made:?}") };
    let api = server.api_with(fresh);
    let message = json!({"eventType": "a.b", "payload": {}});
    api.post("/app/customer/msg", &message).await.expect(202);
    api.get("/app").await.expect(403);

    let listed = ask(&["list"]).await.expect("they are listed");
    let [line] = listed.as_slice() else { panic!("one token: {listed:?}") };
    assert!(line.contains("ViewBase,SendMessages") && line.ends_with("The shop"), "{line}");
    assert!(!line.contains(fresh) && !line.contains("expires never"), "{line}");
    let id = line.split_whitespace().next().expect("the id stands first");
    ask(&["revoke", id]).await.expect("it is revoked");
    api.post("/app/customer/msg", &message).await.expect(401);
    assert_eq!(ask(&["list"]).await, Ok(Vec::new()));
    let unknown = ask(&["revoke", id.replace("tok_", "ep_").as_str()]).await.expect_err("no such token");
    assert!(unknown.contains("404"), "{unknown}");
}

#[tokio::test]
async fn a_store_that_is_free_is_opened_and_one_that_is_not_is_left_alone() {
    let mut server = Server::start().await;
    let create = ["create", "--name", "made beside"];
    let refused = token(&create, server.directory()).await.expect_err("the server holds the store");
    assert!(refused.starts_with("wirepost: ") && refused.contains("--url"), "{refused}");
    server.ask_to_stop();
    assert!(server.ended().await.success());

    let made = token(&create, server.directory()).await.expect("the store is free");
    let listed = token(&["list"], server.directory()).await.expect("the store is free");
    assert!(listed.iter().any(|line| line.ends_with("made beside")), "{listed:?}");
    server.start_again().await;
    server.api_with(&made[0]).get("/app").await.expect(200);
}

#[tokio::test]
async fn a_wrong_wish_is_told_in_a_sentence() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (arguments, expected) in [
        (&["create", "--name", "x"][..], "no store"),
        (&["create"], "--name"),
        (&["create", "--name", "x", "--capabilities", "Everything"], "ViewBase"),
        (&["create", "--name", "x", "--expires-in", "soon"], "soon"),
        (&["list", "--url", "http://127.0.0.1:1"], "--token"),
        (&["list", "--url", "http://127.0.0.1:1", "--token", "x"], "no answer"),
        (&["revoke"], "ID"),
    ] {
        let refused = token(arguments, directory.path()).await.expect_err("a refusal");
        assert!(refused.contains(expected), "{arguments:?}: {refused}");
    }
    assert!(!directory.path().join("wirepost.db").exists());
}
