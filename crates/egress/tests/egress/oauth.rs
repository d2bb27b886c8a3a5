//! Tokens: fetched once for all, renewed in time, and failures told in words. The token server is a small one that
//! counts what it is asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::AsyncWriteExt as _;
use wirepost_egress::{
    Authorization, Client, ClientCredentials, ClientProof, TokenFailure, TokenRefusal, TokenSource,
    TokenTerms,
};

use crate::servers::{Server, open_client, open_settings, read_request};

/// What the token server says, and what it was asked.
#[derive(Default)]
struct Book {
    answers: Mutex<Vec<(u16, String)>>,
    requests: Mutex<Vec<String>>,
}

impl Book {
    fn asked(&self) -> usize {
        self.requests.lock().len()
    }
}

/// A token server that gives these answers in turn, and then tokens that live for an hour.
async fn token_server(answers: &[(u16, &str)]) -> (Server, Arc<Book>) {
    let book = Arc::new(Book::default());
    *book.answers.lock() = answers.iter().rev().map(|(status, body)| (*status, (*body).to_owned())).collect();
    let notes = book.clone();
    let server = Server::start(move |mut stream, _| {
        let notes = notes.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await {
                let number = {
                    let mut requests = notes.requests.lock();
                    requests.push(request);
                    requests.len()
                };
                let planned = notes.answers.lock().pop();
                let hour =
                    format!(r#"{{"access_token":"t{number}","token_type":"Bearer","expires_in":3600}}"#);
                let (status, body) = planned.unwrap_or((200, hour));
                let length = body.len();
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.expect("the client is listening");
            }
        }
    })
    .await;
    (server, book)
}

fn credentials(token_url: String) -> ClientCredentials {
    ClientCredentials {
        token_url,
        client_id: "us".into(),
        client_secret: "s3cret".into(),
        proof: ClientProof::Post,
        scopes: Vec::new(),
        extra_params: BTreeMap::new(),
        extra_headers: BTreeMap::new(),
    }
}

fn source(server: &Server) -> TokenSource {
    TokenSource::new(open_client(), credentials(server.url())).expect("a URL that is allowed here")
}

fn text(token: &Authorization) -> &str {
    token.to_str().expect("a token is ASCII")
}

#[tokio::test]
async fn a_thousand_who_ask_at_once_cost_one_request() {
    let (server, book) = token_server(&[]).await;
    let source = Arc::new(source(&server));
    assert_eq!(source.cached(), None);
    let tasks: Vec<_> = (0..1_000)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.token().await })
        })
        .collect();
    for task in tasks {
        let token = task.await.expect("it ends").expect("a token");
        assert_eq!(text(&token), "Bearer t1");
    }
    assert_eq!((book.asked(), source.cached().as_ref().map(text)), (1, Some("Bearer t1")));
}

#[tokio::test]
async fn the_request_is_the_form_of_rfc_6749() {
    let (server, book) = token_server(&[]).await;
    let credentials = ClientCredentials {
        proof: ClientProof::Basic,
        scopes: vec!["read".into(), "write".into()],
        ..credentials(server.url())
    };
    let source = TokenSource::new(open_client(), credentials).expect("a URL that is allowed here");
    source.token().await.expect("a token");
    let request = book.requests.lock()[0].clone();
    assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    for line in [
        "\r\ncontent-type: application/x-www-form-urlencoded\r\n",
        "\r\naccept: application/json\r\n",
        "\r\nauthorization: Basic dXM6czNjcmV0\r\n",
    ] {
        assert!(request.contains(line), "{line} is missing in {request}");
    }
    assert!(request.ends_with("\r\n\r\ngrant_type=client_credentials&scope=read+write"), "{request}");
}

/// Turns tokio's own time on without letting it run ahead of the sockets.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_is_renewed_a_tenth_of_its_life_or_a_minute_before_it_expires() {
    let short = r#"{"access_token":"short","expires_in":100}"#;
    let (server, book) = token_server(&[(200, short)]).await;
    let source = source(&server);
    assert_eq!(text(&source.token().await.expect("a token")), "Bearer short");
    pass(Duration::from_secs(85)).await;
    assert_eq!(text(&source.token().await.expect("a token")), "Bearer short");
    pass(Duration::from_secs(6)).await;
    assert_eq!(source.cached(), None, "10 % of 100 s are left");
    assert_eq!(text(&source.token().await.expect("a token")), "Bearer t2");
    pass(Duration::from_secs(3_600 - 65)).await;
    assert!(source.cached().is_some(), "an hour less a minute is not over");
    pass(Duration::from_secs(6)).await;
    assert_eq!(text(&source.token().await.expect("a token")), "Bearer t3");
    assert_eq!(book.asked(), 3);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_not_in_a_circle() {
    let (server, book) = token_server(&[]).await;
    let source = source(&server);
    let first = source.token().await.expect("a token");
    assert!(source.refused(&first));
    assert!(source.refused(&first), "whoever comes later with the old one finds the new one");
    let second = source.token().await.expect("a token");
    assert_eq!((text(&second), source.cached()), ("Bearer t2", Some(second.clone())));
    assert!(source.refused(&first), "the old one says nothing of the new one");
    assert!(!source.refused(&second), "it was replaced only just now");
    assert_eq!(source.cached(), Some(second.clone()));
    pass(Duration::from_secs(2)).await;
    assert!(source.refused(&second));
    assert_eq!((text(&source.token().await.expect("a token")), book.asked()), ("Bearer t3", 3));
}

#[tokio::test]
async fn a_wrong_secret_is_told_in_the_servers_words_and_asked_about_once_a_second() {
    let body = r#"{"error":"invalid_client","error_description":"s3cret is not the secret"}"#;
    let (server, book) = token_server(&[(401, body)]).await;
    let source = source(&server);
    for _ in 0..10 {
        let failure = source.token().await.expect_err("no token");
        let expected = "the token server answered 401: invalid_client (… is not the secret)";
        assert_eq!(failure.to_string(), expected);
    }
    assert_eq!(book.asked(), 1);
    pass(Duration::from_secs(2)).await;
    assert_eq!(text(&source.token().await.expect("it was mended")), "Bearer t2");
}

#[tokio::test]
async fn trying_out_asks_each_time_and_keeps_nothing() {
    let refusal = r#"{"error":"invalid_client","error_description":"dXM6czNjcmV0 is unknown"}"#;
    let unsaid = r#"{"access_token":"t"}"#;
    let (server, book) = token_server(&[(401, refusal), (200, unsaid)]).await;
    let source = source(&server);
    let refused = TokenRefusal {
        status: 401,
        error: Some("invalid_client".into()),
        description: Some("… is unknown".into()),
    };
    assert_eq!(source.try_out().await, Err(TokenFailure::Refused(refused)));
    assert_eq!(source.try_out().await, Ok(TokenTerms { lifetime: None }));
    let hour = TokenTerms { lifetime: Some(Duration::from_secs(3_600)) };
    assert_eq!(source.try_out().await, Ok(hour));
    assert_eq!((book.asked(), source.cached()), (3, None));
}

#[tokio::test]
async fn an_answer_without_end_or_sense_is_a_failure() {
    let endless = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(64 * 1_024));
    for (answer, word) in
        [((200, endless.as_str()), "did not end"), ((200, "hello"), "JSON"), ((302, ""), "302")]
    {
        let (server, _) = token_server(&[answer]).await;
        let failure = source(&server).token().await.expect_err("no token");
        assert!(failure.to_string().contains(word), "{failure}");
        assert!(!failure.is_local());
    }
}

#[tokio::test]
async fn no_answer_is_told_as_for_any_request() {
    let hangs_up = Server::start(|mut stream, _| async move {
        read_request(&mut stream).await;
    })
    .await;
    let failure = source(&hangs_up).token().await.expect_err("no token");
    let expected = "the token server gave no answer: the server closed the connection before it had answered";
    assert_eq!(failure.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_silent_token_server_is_waited_for_ten_seconds_by_all_together() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let silent = Server::start(move |mut stream, _| {
        let counter = counter.clone();
        async move {
            read_request(&mut stream).await;
            counter.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
    })
    .await;
    let source = Arc::new(source(&silent));
    let began = tokio::time::Instant::now();
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.token().await })
        })
        .collect();
    for task in tasks {
        let failure = task.await.expect("it ends").expect_err("no token");
        assert!(failure.to_string().contains("timed out after 10 s"), "{failure}");
    }
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    assert!(asked.load(Ordering::SeqCst) <= 1);
}

#[tokio::test]
async fn the_address_guard_holds_for_token_servers_too() {
    let guarded = Client::new(wirepost_egress::ClientSettings::default()).expect("the default settings");
    let inner = TokenSource::new(guarded.clone(), credentials("https://127.0.0.1/token".into()));
    assert!(matches!(inner, Err(TokenFailure::Url(_))), "{inner:?}");
    let plain = TokenSource::new(guarded, credentials("http://auth.example/token".into()));
    assert!(matches!(plain, Err(TokenFailure::Url(_))), "{plain:?}");
    let names = crate::servers::KnownNames::default().with("auth.example", &["10.0.0.1"]);
    let settings = wirepost_egress::ClientSettings { allowed_subnets: Vec::new(), ..open_settings() };
    let source = TokenSource::new(names.client(settings), credentials("http://auth.example/token".into()));
    let failure = source.expect("a name is judged when it is resolved").token().await.expect_err("no token");
    assert!(failure.to_string().contains("refused to connect"), "{failure}");
}

#[test]
fn nothing_that_is_printed_holds_the_secret() {
    let printed = format!("{:?}", credentials("https://user:s3cret@auth.example/".into()));
    assert!(printed.contains("us") && !printed.contains("s3cret"), "{printed}");
}
