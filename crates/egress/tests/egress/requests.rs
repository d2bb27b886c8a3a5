//! What goes over the wire, and what comes back unaltered.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;

use crate::servers::{OK, Server, TIMEOUT, open_client, post_once, read_request, response};

/// A server that answers `answer` to everything and hands on what it was sent.
async fn recording(answer: &'static [u8]) -> (Server, mpsc::UnboundedReceiver<String>) {
    let (sender, requests) = mpsc::unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let sender = sender.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await {
                sender.send(request).expect("the test is listening");
                stream.write_all(answer).await.expect("the client is listening");
            }
        }
    })
    .await;
    (server, requests)
}

#[tokio::test]
async fn the_request_carries_the_body_the_callers_headers_host_and_length() {
    let (server, mut requests) = recording(OK).await;
    let client = open_client();
    let target = client.target(&format!("http://{}/in?a=b%20c", server.address)).expect("an allowed URL");
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("host", HeaderValue::from_static("elsewhere.example"));
    let body = Bytes::from_static(b"{ \"price\":  1.50 }");
    let answer = response(client.post(&target, headers, body, TIMEOUT).await);
    assert_eq!((answer.status, &answer.body[..], answer.truncated), (200, &b"ok"[..], false));

    let request = requests.recv().await.expect("one request");
    let (head, body) = request.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST /in?a=b%20c HTTP/1.1");
    lines.sort_unstable();
    let host = format!("host: {}", server.address);
    assert_eq!(lines, ["content-length: 18", "content-type: application/json", &host]);
    assert_eq!(body, "{ \"price\":  1.50 }");
}

#[tokio::test]
async fn the_user_name_of_the_url_is_sent_as_basic_authorization() {
    let (server, mut requests) = recording(OK).await;
    let client = open_client();
    let target = client.target(&format!("http://ada:love@{}/", server.address)).expect("an allowed URL");
    response(client.post(&target, HeaderMap::new(), Bytes::new(), TIMEOUT).await);
    let request = requests.recv().await.expect("one request");
    assert!(request.contains("\r\nauthorization: Basic YWRhOmxvdmU=\r\n"), "{request}");

    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer t"));
    response(client.post(&target, headers, Bytes::new(), TIMEOUT).await);
    let request = requests.recv().await.expect("a second request");
    assert!(request.contains("\r\nauthorization: Bearer t\r\n"), "{request}");
    assert!(!request.contains("Basic"), "{request}");
    assert!(!format!("{target:?}").contains("love"), "{target:?}");
}

#[tokio::test]
async fn another_method_can_be_sent() {
    let (server, mut requests) = recording(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    let exchange = client.send(&target, Method::GET, HeaderMap::new(), Bytes::new(), TIMEOUT).await;
    let answer = response(exchange);
    assert_eq!((answer.status, answer.body.len(), answer.truncated), (204, 0, false));
    assert!(requests.recv().await.expect("one request").starts_with("GET /hook HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_redirect_is_reported_and_never_followed() {
    let elsewhere = Server::start(|_, _| async {}).await;
    let address = elsewhere.address;
    let server = Server::start(move |mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        let answer = format!("HTTP/1.1 307 Go\r\nlocation: http://{address}/\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.expect("the client is listening");
    })
    .await;
    let answer = response(post_once(&server.url()).await);
    assert_eq!(answer.status, 307);
    assert_eq!(answer.headers["location"], format!("http://{address}/"));
    assert_eq!((server.accepted(), elsewhere.accepted()), (1, 0));
}

#[tokio::test]
async fn informational_responses_are_passed_over() {
    let hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n\
        HTTP/1.1 202 Accepted\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
    let (server, _requests) = recording(hints).await;
    let answer = response(post_once(&server.url()).await);
    assert_eq!(answer.status, 202);
    assert_eq!(answer.headers["retry-after"], "7");
    assert!(!answer.headers.contains_key("link"));
}

#[tokio::test]
async fn timing_tells_a_fresh_connection_from_a_reused_one() {
    let (server, _requests) = recording(OK).await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    let fresh = client.post(&target, HeaderMap::new(), Bytes::new(), TIMEOUT).await;
    assert!(!fresh.reused_connection);
    assert_eq!(fresh.remote_address, Some(server.address));
    assert!(fresh.timing.connect.is_some() && fresh.timing.first_byte.is_some());
    assert!(fresh.timing.dns.is_none() && fresh.timing.tls.is_none(), "{:?}", fresh.timing);
    let reused = client.post(&target, HeaderMap::new(), Bytes::new(), TIMEOUT).await;
    assert!(reused.reused_connection);
    assert_eq!(reused.remote_address, Some(server.address));
    assert!(reused.timing.connect.is_none() && reused.timing.first_byte.is_some());
    assert!(reused.timing.total >= reused.timing.first_byte.expect("an answer came"));
}
