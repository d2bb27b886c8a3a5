//! No secret that a customer gave is in a file of the store, in a log line at its most talkative, or in an answer of
//! the API but the one that is there to show it.

use std::fs;
use std::path::Path;

use serde_json::json;
use wirepost_e2e::answer::{Answer, Flow};
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::receiver::{Received, Receiver};
use wirepost_e2e::server::{Server, Settings};

use super::main_key::{keys, stop};

/// A word of every secret that a customer gives or a token server grants, in clear and as it looks in base64: where it
/// begins a signing secret, and behind `user:`.
const HIDDEN: [&str; 3] = ["hidden", "aGlkZGVu", "dXNlcjpoaWRkZW4"];

fn shows_a_secret(text: &[u8]) -> bool {
    let holds = |word: &str| text.windows(word.len()).any(|window| window == word.as_bytes());
    HIDDEN.into_iter().any(holds)
}

/// An app that gave secrets of every kind, and was sent to with each of them.
struct Secretive {
    customer: Customer,
    /// One endpoint with credentials in its URL and its headers, one that is sent to with a token.
    endpoints: [String; 2],
    message: String,
    /// What the API answered meanwhile.
    answers: Vec<String>,
    _receivers: [Receiver; 2],
}

async fn secretive(server: &Server) -> Secretive {
    let (receiver, token_server) = (Receiver::accepting().await, Receiver::answering(grant).await);
    let customer = Customer::create(server).await;
    let (api, signing) = (customer.api(), format!("whsec_{}{}", HIDDEN[1], "A".repeat(32)));
    let known = json!({
        "url": receiver.url().replace("http://", "http://user:hidden-password@"),
        "secret": signing,
        "headers": {"x-api-key": "hidden-header", "cookie": "hidden-cookie"},
    });
    let oauth = json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretPost", "clientId": "us",
        "clientSecret": "hidden-client-secret", "tokenUrl": token_server.url(),
        "extraParams": {"password": "hidden-parameter"}, "extraHeaders": {"x-api-key": "hidden-extra-header"},
    });
    let mut answers = Vec::new();
    let mut endpoints = [String::new(), String::new()];
    for (id, endpoint) in endpoints.iter_mut().zip([&known, &json!({"url": receiver.url()})]) {
        let made = api.post(&customer.path("/endpoint"), endpoint).await.expect(201);
        answers.push(made.to_string());
        *id = text(&made["id"]);
    }
    let put = api.put(&customer.path(&format!("/endpoint/{}/oauth", endpoints[1])), &oauth).await;
    answers.push(put.expect(204).to_string());
    let message = customer.send("{}").await;
    let received = receiver.wait_for(2).await;
    let carried = |name: &str, value: &str| {
        received.iter().any(|request| request.headers.get(name).is_some_and(|found| found == value))
    };
    assert!(carried("authorization", "Bearer hidden-access-token"), "{received:?}");
    assert!(carried("x-api-key", "hidden-header"), "{received:?}");
    customer.attempts_once(&message, 2).await;
    let rotate = customer.path(&format!("/endpoint/{}/secret/rotate", endpoints[0]));
    api.post(&rotate, &json!({"key": format!("whsec_{}{}", HIDDEN[1], "B".repeat(32))})).await;
    Secretive { customer, endpoints, message, answers, _receivers: [receiver, token_server] }
}

fn grant(_: &Received) -> Answer {
    let token = r#"{"access_token": "hidden-access-token", "token_type": "Bearer", "expires_in": 3600}"#;
    Answer::status(200).header("content-type", "application/json").body(Flow::text(token))
}

impl Secretive {
    /// What every operation that shows something of endpoints or attempts answers; the one that shows a signing
    /// secret to those who verify is left out.
    async fn ask(&mut self) {
        let [known, authorized] = self.endpoints.clone();
        let mut paths = vec!["".to_owned(), "/endpoint".to_owned(), format!("/endpoint/{authorized}/oauth")];
        for endpoint in [known, authorized] {
            for rest in ["", "/headers", "/basic-auth", "/stats", "/msg"] {
                paths.push(format!("/endpoint/{endpoint}{rest}"));
            }
            paths.push(format!("/attempt/endpoint/{endpoint}"));
        }
        for attempt in self.customer.attempts(&self.message).await {
            let attempt = text(&attempt["id"]);
            paths.push(format!("/msg/{}/attempt/{attempt}", self.message));
            paths.push(format!("/msg/{}/attempt/{attempt}/headers", self.message));
        }
        paths.push(format!("/attempt/msg/{}", self.message));
        paths.push(format!("/msg/{}/endpoint", self.message));
        paths.push(format!("/msg/{}/explain", self.message));
        for path in paths {
            let answer = self.customer.api().get(&self.customer.path(&path)).await.expect(200);
            self.answers.push(format!("{path}: {answer}"));
        }
    }
}

/// The files in which a secret is found.
fn files_with_secrets(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("the directory is there");
    let files = entries.map(|entry| entry.expect("an entry can be read").path());
    let found = files.filter(|file| shows_a_secret(&fs::read(file).expect("it can be read")));
    found.map(|file| file.display().to_string()).collect()
}

#[tokio::test]
async fn no_secret_is_in_a_file_a_log_line_or_an_answer() {
    let mut server = Settings::default().with("WIREPOST_LOG", "trace").start().await;
    let mut secretive = secretive(&server).await;
    secretive.ask().await;
    assert_eq!(secretive.answers.iter().find(|answer| shows_a_secret(answer.as_bytes())), None);
    assert!(server.program().errors().contains("DEBUG"), "much is logged");
    assert_eq!(files_with_secrets(server.directory()), Vec::<String>::new());
    stop(&mut server).await;
    keys(&["rotate"], &[], server.directory()).await.expect("the store is free");
    assert_eq!(files_with_secrets(server.directory()), Vec::<String>::new());
    server.start_again().await;
    assert_eq!(files_with_secrets(server.directory()), Vec::<String>::new());
    let key = secretive.customer.on(&server).key(&secretive.endpoints[0]).await;
    assert!(key.contains(HIDDEN[1]), "it is still there for those who verify: {key}");
}
