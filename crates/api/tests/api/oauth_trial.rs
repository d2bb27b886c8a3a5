//! OAuth configurations tried out against a token server: what it said is told, the token and the secret never.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::harness::Api;

const PATH: &str = "/app/acme/endpoint/main/oauth";
const TRIAL: &str = "/app/acme/endpoint/main/oauth/test";

/// A token server that gives these answers in turn, and keeps what it was asked.
struct TokenServer {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl TokenServer {
    async fn answering(answers: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/token", listener.local_addr().expect("a bound socket has an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (notes, answers) = (requests.clone(), answers.iter().map(answer).collect::<Vec<_>>());
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("somebody asks");
                let mut bytes = vec![0; 4_096];
                let mut length = 0;
                while !is_whole(&bytes[..length]) {
                    length += stream.read(&mut bytes[length..]).await.expect("the request comes");
                }
                notes.lock().push(String::from_utf8_lossy(&bytes[..length]).into_owned());
                stream.write_all(answer.as_bytes()).await.expect("the client is listening");
            }
        });
        Self { url, requests }
    }
}

fn answer((status, body): &(u16, &str)) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// The forms are short and end with a grant type or a parameter; the length says where.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()) == Some(body.len())
}

fn wanted(token_url: &str) -> Value {
    json!({
        "grantType": "clientCredentials", "authMethod": "clientSecretPost", "clientId": "us",
        "clientSecret": "s3cret", "tokenUrl": token_url, "scopes": ["write"],
    })
}

async fn api() -> Api {
    let api = Api::start().await;
    api.app("acme").await;
    api.create("/app/acme/endpoint", json!({"url": "https://example.com/", "uid": "main"})).await;
    api
}

#[tokio::test]
async fn what_is_kept_is_tried_without_a_body() {
    let granted = r#"{"access_token":"the-token","token_type":"Bearer","expires_in":120}"#;
    let server = TokenServer::answering(&[(200, granted)]).await;
    let api = api().await;
    assert_eq!(api.call("POST", TRIAL, Value::Null).await.status, 404, "nothing is kept yet");
    assert_eq!(api.call("PUT", PATH, wanted(&server.url)).await.status, 204);
    let trial = api.call("POST", TRIAL, Value::Null).await;
    let expected = json!({
        "ok": true, "summary": "The token server gave a Bearer token that lives for 120 s.", "status": 200,
        "error": null, "errorDescription": null, "tokenType": "Bearer", "expiresInSeconds": 120,
    });
    assert_eq!((trial.status.as_u16(), trial.json()), (200, expected));
    let asked = server.requests.lock().clone();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].ends_with("grant_type=client_credentials&scope=write&client_id=us&client_secret=s3cret")
    );
}

#[tokio::test]
async fn a_body_is_tried_and_not_kept() {
    let refused = r#"{"error":"invalid_client","error_description":"s3cret is not the secret"}"#;
    let server = TokenServer::answering(&[(401, refused), (200, "<html>"), (503, "")]).await;
    let api = api().await;
    let trial = api.call("POST", TRIAL, wanted(&server.url)).await;
    assert!(!String::from_utf8_lossy(&trial.body).contains("s3cret"), "{trial:?}");
    let told = trial.json();
    assert_eq!(
        (&told["ok"], &told["status"], &told["error"]),
        (&json!(false), &json!(401), &json!("invalid_client"))
    );
    assert_eq!(told["errorDescription"], json!("… is not the secret"));
    let summary = told["summary"].as_str().expect("a sentence");
    assert!(summary.starts_with("No token: the token server answered 401: invalid_client ("), "{summary}");
    for (status, part) in [(200, "not with JSON"), (503, "trouble of its own")] {
        let told = api.call("POST", TRIAL, wanted(&server.url)).await.json();
        assert_eq!((&told["ok"], &told["status"]), (&json!(false), &json!(status)));
        assert!(told["summary"].as_str().is_some_and(|text| text.contains(part)), "{told}");
    }
    assert_eq!(api.get(PATH).await.status, 404, "nothing was kept");
}

#[tokio::test]
async fn a_kept_secret_is_tried_only_where_it_goes_anyway() {
    let granted = r#"{"access_token":"the-token"}"#;
    let server = TokenServer::answering(&[(200, granted)]).await;
    let thief = TokenServer::answering(&[(200, granted)]).await;
    let api = api().await;
    assert_eq!(api.call("PUT", PATH, wanted(&server.url)).await.status, 204);
    let mut without = wanted(&server.url);
    without["clientSecret"] = Value::Null;
    without["scopes"] = json!(["read"]);
    let told = api.call("POST", TRIAL, without.clone()).await.json();
    assert_eq!((&told["ok"], &told["expiresInSeconds"]), (&json!(true), &Value::Null));
    assert!(server.requests.lock()[0].contains("scope=read&client_id=us&client_secret=s3cret"));
    without["tokenUrl"] = json!(thief.url);
    let refused = api.call("POST", TRIAL, without).await;
    assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", "clientSecret"])));
    assert!(thief.requests.lock().is_empty());
}

#[tokio::test]
async fn nobody_looks_for_open_doors_with_it() {
    let api = api().await;
    for url in ["http://10.0.0.1/token", "http://169.254.169.254/token", "http://[::1]/token", "auth"] {
        let refused = api.call("POST", TRIAL, wanted(url)).await;
        assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", "tokenUrl"])), "{url}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/token", closed.local_addr().expect("a bound socket has an address"));
    drop(closed);
    for _ in 0..10 {
        let told = api.call("POST", TRIAL, wanted(&url)).await.json();
        assert_eq!((&told["ok"], &told["status"]), (&json!(false), &Value::Null));
        assert!(
            told["summary"].as_str().is_some_and(|text| text.contains("refused the connection")),
            "{told}"
        );
    }
    let slowed = api.call("POST", TRIAL, wanted(&url)).await;
    assert_eq!(
        (slowed.status.as_u16(), &slowed.headers["retry-after"]),
        (429, &"6".parse().expect("a value"))
    );
    api.wait(6_000);
    assert_eq!(api.call("POST", TRIAL, wanted(&url)).await.status, 200);
}

#[tokio::test]
async fn a_token_url_holds_no_credentials() {
    let api = api().await;
    let url = "https://us:s3cret@auth.example.com/token";
    for (method, path) in [("PUT", PATH), ("POST", TRIAL)] {
        let refused = api.call(method, path, wanted(url)).await;
        assert_eq!((refused.status.as_u16(), refused.loc()), (422, json!(["body", "tokenUrl"])), "{method}");
        assert!(!String::from_utf8_lossy(&refused.body).contains("s3cret"), "{refused:?}");
    }
}
