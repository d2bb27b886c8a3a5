//! Callers that send too slowly, too much, or come in too great a number.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wirepost_e2e::server::{Server, Settings, TOKEN};
use wirepost_e2e::waiting::within;

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).await.expect("the server listens")
}

/// Writes what the server will take of it, and reads until the server closes the connection.
async fn say(server: &Server, text: &str) -> String {
    let mut stream = connect(server).await;
    // A server that has heard enough may close before it has taken all.
    let _written = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _read = within("the server closes", stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(method: &str, path: &str, more: &str) -> String {
    format!("{method} /api/v1{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n{more}\r\n")
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_answered_408_and_the_connection_ends() {
    let server = Settings::default().with("WIREPOST_RECEIVE_TIMEOUT", "1s").start().await;
    let slow = head("POST", "/app", "content-length: 100\r\n") + r#"{"name":"#;
    let answer = say(&server, &slow).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains(r#"{"code":"request_timeout","#), "{answer}");
    assert!(answer.contains("x-request-id: "), "{answer}");
    server.api().get("/app").await.expect(200);
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let server = Server::start().await;
    let close = "connection: close\r\n";
    let long = |count| "x".repeat(count);
    let address = say(&server, &head("GET", &format!("/app?x={}", long(9_000)), close)).await;
    assert!(address.starts_with("HTTP/1.1 414 ") && address.contains("uri_too_long"), "{address}");
    let headers = say(&server, &head("GET", "/app", &format!("{close}x-long: {}\r\n", long(40_000)))).await;
    assert!(headers.starts_with("HTTP/1.1 431 ") && headers.contains("headers_too_large"), "{headers}");
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    for endless in [format!("x-long: {}\r\n", long(200_000)), many] {
        let refused = say(&server, &head("GET", "/app", &endless)).await;
        assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431 "), "{refused}");
    }
    server.api().get("/app").await.expect(200);
}

#[tokio::test]
async fn who_comes_beyond_the_cap_waits_for_a_place() {
    let server = Settings::default().with("WIREPOST_CONNECTIONS_MOST", "2").start().await;
    let (first, second, third) = (server.api(), server.api(), server.api());
    first.get("/app").await.expect(200);
    second.get("/app").await.expect(200);
    let mut waiting = Box::pin(third.get("/app"));
    tokio::select! {
        biased;
        reply = &mut waiting => panic!("it was answered beyond the cap: {reply:?}"),
        // Others are served while it waits.
        reply = async { first.get("/app").await; second.get("/app").await } => { reply.expect(200); }
    }
    drop(first);
    waiting.await.expect(200);
}
