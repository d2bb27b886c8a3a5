//! The command that explain tells is run as it is: it makes the same request again, a published verifier accepts it,
//! and nothing that a customer wrote gets out of its place in it.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::receiver::{Received, Receiver};
use wirepost_e2e::server::Server;
use wirepost_e2e::waiting::within;

use crate::signatures::verifies;

/// Would leave a file behind wherever a shell read it as anything but text.
const ODD: &str = r#"it's "; touch broken; $(touch broken) `touch broken` | touch broken & #\ "#;
/// Headers that curl or the connection adds.
const OF_THE_CLIENT: [&str; 3] = ["accept", "host", "connection"];

/// What an endpoint's last request can be repeated with.
async fn command(customer: &Customer, message: &str) -> String {
    let explained = customer.api().get(&customer.path(&format!("/msg/{message}/explain"))).await.expect(200);
    let id = text(&explained["data"][0]["endpointId"]);
    let path = customer.path(&format!("/msg/{message}/explain?endpoint_id={id}"));
    text(&customer.api().get(&path).await.expect(200)["data"][0]["curl"])
}

/// Runs a command in a directory that is empty but for its own text.
async fn run(command: &str, directory: &Path) {
    std::fs::write(directory.join("command"), command).expect("the directory can be written");
    let ended = Command::new("sh").arg("command").current_dir(directory).output();
    let output = within("the end of the command", ended).await.expect("a POSIX shell is there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: is curl installed? {said}", output.status);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("HTTP/1.1 204"), "{output:?}");
    let names: Vec<_> = std::fs::read_dir(directory)
        .expect("the directory is there")
        .map(|entry| entry.expect("an entry can be read").file_name())
        .collect();
    assert_eq!(names, ["command"], "something broke out of {command}");
}

fn headers(received: &Received) -> Vec<(String, Vec<u8>)> {
    let named = received.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let mut headers: Vec<_> = named.filter(|(name, _)| !OF_THE_CLIENT.contains(&name.as_str())).collect();
    headers.sort();
    headers
}

/// A delivery of this payload, and what arrived when the command was run that repeats it.
async fn repeated(url_end: &str, own_headers: Value, payload: &str) -> (String, Received, Received) {
    let server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    let url = format!("{}{url_end}", receiver.url());
    let endpoint = customer.endpoint_with(json!({"url": url, "headers": own_headers})).await;
    let message = customer.send(payload).await;
    customer.attempts_once(&message, 1).await;
    let directory = tempfile::tempdir().expect("a temporary directory");
    run(&command(&customer, &message).await, directory.path()).await;
    let mut received = receiver.wait_until("both requests", |received| received.len() == 2).await;
    let again = received.remove(1);
    (endpoint.key, received.remove(0), again)
}

#[tokio::test]
async fn the_command_repeats_the_request_and_a_published_verifier_accepts_it() {
    let payload = r#"{"name":"Zoë", "price": 1.50}"#;
    let (key, first, again) = repeated("", json!({"x-tenant": "7", "x-empty": ""}), payload).await;
    assert!(verifies(&key, &again.headers, &again.body));
    assert_eq!((again.body.as_ref(), headers(&again)), (payload.as_bytes(), headers(&first)));
}

#[tokio::test]
async fn what_a_customer_wrote_stays_text_in_the_command() {
    let payload = json!({ "text": ODD, ODD: "@/etc/passwd\n" }).to_string();
    let own_headers = json!({"x-odd": ODD.trim(), "x-file": "@/etc/passwd"});
    let url_end = "?a='b'&c=$(touch%20broken)`d`;touch&[1-9]={e,f}&g=%27;h|i<j>k";
    let (key, first, again) = repeated(url_end, own_headers, &payload).await;
    assert!(verifies(&key, &again.headers, &again.body));
    assert_eq!((&again.body, headers(&again)), (&first.body, headers(&first)));
    assert_eq!((&again.path, &again.query), (&first.path, &first.query));
    assert_eq!(again.header("x-odd"), ODD.trim());
}

#[tokio::test]
async fn a_payload_that_is_too_long_for_an_argument_is_repeated_too() {
    let payload = json!({ "text": "it's long ".repeat(30_000) }).to_string();
    let (key, first, again) = repeated("", json!({}), &payload).await;
    assert!(verifies(&key, &again.headers, &again.body));
    assert_eq!((again.body.len(), headers(&again)), (payload.len(), headers(&first)));
}
