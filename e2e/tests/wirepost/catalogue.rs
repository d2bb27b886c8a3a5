//! `wirepost catalog`: in a store that is free, refused by one in use, and through the running server.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use wirepost_e2e::program::Program;
use wirepost_e2e::server::{Server, TOKEN};

/// What the command printed, or else what it complained of.
async fn catalog(directory: &Path, arguments: &[&str], url: Option<&str>) -> Result<String, String> {
    let mut variables = BTreeMap::from([("WIREPOST_STORE".to_owned(), "sqlite:wirepost.db".to_owned())]);
    if let Some(url) = url {
        variables.insert("WIREPOST_URL".to_owned(), url.to_owned());
        variables.insert("WIREPOST_ADMIN_TOKEN".to_owned(), TOKEN.to_owned());
    }
    let mut program = Program::start(&[&["catalog"], arguments].concat(), &variables, directory);
    if program.ended().await.success() { Ok(program.lines().join("\n")) } else { Err(program.errors()) }
}

#[tokio::test]
async fn the_dam_catalogue_is_loaded_exported_and_imported_again_without_a_change() {
    let mut server = Server::start().await;
    let directory = server.directory().to_owned();
    let path = directory.as_path();
    server.ask_to_stop();
    assert!(server.ended().await.success());
    let counted = |shown: Result<String, String>| {
        shown.map(|shown| shown.lines().last().unwrap_or_default().to_owned())
    };
    let dry = counted(catalog(path, &["load", "dam", "--dry-run"], None).await);
    let would = "64 added, 0 changed, 0 archived, 0 left alone (dry run: nothing was written)";
    assert_eq!(dry.as_deref(), Ok(would));
    let loaded = counted(catalog(path, &["load", "dam"], None).await);
    assert_eq!(loaded.as_deref(), Ok("64 added, 0 changed, 0 archived, 0 left alone"));

    server.start_again().await;
    let refused = catalog(path, &["export"], None).await.expect_err("the server holds the store");
    assert!(refused.contains("in use by another process") && refused.contains("--url"), "{refused}");
    let url = server.url();
    assert_eq!(catalog(path, &["export", "events.json"], Some(&url)).await.as_deref(), Ok(""));
    let text = std::fs::read_to_string(path.join("events.json")).expect("it was written");
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(document["webhooks"].as_object().map(serde_json::Map::len), Some(64));
    let again = ["import", "events.json", "--replace-all"];
    let imported = counted(catalog(path, &again, Some(&url)).await);
    assert_eq!(imported.as_deref(), Ok("0 added, 0 changed, 0 archived, 64 left alone"));
    std::fs::write(path.join("bad.yaml"), "openapi: 3.1.0\nwebhooks: {a b: {post: {}}}\n").expect("room");
    let bad = catalog(path, &["import", "bad.yaml"], Some(&url)).await.expect_err("a blank in a name");
    assert!(bad.contains("bad.yaml: webhooks.a b.name: "), "{bad}");
}
