//! Time and bytes are bounded whatever the server does. The clock is the runtime's own, paused:
//! it moves on only when nothing else can happen.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use wirepost_egress::{Client, Exchange, Failure, Phase, Resolver};

use crate::servers::{Server, failure, open_client, open_settings, post_once, read_request, response};

const LIMIT: usize = 16 * 1024;

async fn post_within(url: &str, timeout: Duration) -> Exchange {
    let client = open_client();
    let target = client.target(url).expect("an allowed URL");
    let exchange = client.post(&target, HeaderMap::new(), Bytes::new(), timeout).await;
    assert_eq!(target.idle_connections(), 0, "a connection in the middle of an answer is not kept");
    exchange
}

/// Writes `chunk` until the client hangs up; the number of bytes that went out.
async fn pour(stream: &mut TcpStream, chunk: &[u8], most: u64) -> u64 {
    let mut written = 0;
    while written < most && stream.write_all(chunk).await.is_ok() {
        written += chunk.len() as u64;
    }
    written
}

/// A server that sends `head`, then `chunk` again and again, and tells how much it got rid of.
async fn pouring(
    head: &'static [u8],
    chunk: &'static [u8],
    most: u64,
) -> (Server, mpsc::UnboundedReceiver<u64>) {
    let (sender, poured) = mpsc::unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let sender = sender.clone();
        async move {
            read_request(&mut stream).await.expect("a request");
            stream.write_all(head).await.expect("the client is listening");
            let written = pour(&mut stream, chunk, most).await;
            sender.send(written).expect("the test is listening");
        }
    })
    .await;
    (server, poured)
}

/// A server that sends `head`, then `drop` once a second.
async fn dripping(head: &'static [u8], drop: &'static [u8]) -> Server {
    Server::start(move |mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        stream.write_all(head).await.expect("the client is listening");
        let mut second = tokio::time::interval(Duration::from_secs(1));
        loop {
            second.tick().await;
            if stream.write_all(drop).await.is_err() {
                return;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_body_of_ten_gigabytes_is_cut_at_the_limit_and_never_drained() {
    const TEN_GIGABYTES: u64 = 10_000_000_000;
    // What the two socket buffers of a loopback connection can swallow at most.
    const SOCKET_BUFFERS: u64 = 64 * 1024 * 1024;
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n";
    let (server, mut poured) = pouring(head, &[b'x'; 65_536], TEN_GIGABYTES).await;
    let answer = response(post_once(&server.url()).await);
    assert_eq!((answer.status, answer.body.len(), answer.truncated), (200, LIMIT, true));
    assert!(answer.body.iter().all(|byte| *byte == b'x'));
    assert!(poured.recv().await.expect("the server was cut off") < SOCKET_BUFFERS);
}

#[tokio::test]
async fn an_endless_chunked_body_is_cut_at_the_limit() {
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let (server, mut poured) = pouring(head, b"10\r\n0123456789abcdef\r\n", u64::MAX).await;
    let answer = response(post_once(&server.url()).await);
    assert_eq!((answer.body.len(), answer.truncated), (LIMIT, true));
    poured.recv().await.expect("the server was cut off");
}

#[tokio::test]
async fn a_body_of_just_the_limit_is_whole_and_one_byte_more_is_not() {
    for (length, truncated) in [(LIMIT, false), (LIMIT + 1, true)] {
        let server = Server::start(move |mut stream, _| async move {
            read_request(&mut stream).await.expect("a request");
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.expect("the client is listening");
            stream.write_all(&vec![b'x'; length]).await.expect("the client is listening");
        })
        .await;
        let answer = response(post_once(&server.url()).await);
        assert_eq!((answer.body.len(), answer.truncated), (LIMIT, truncated));
    }
}

#[tokio::test]
async fn an_endless_head_is_a_protocol_failure() {
    let endless: [(&[u8], &[u8]); 2] = [
        (b"HTTP/1.1 200 OK\r\n", b"x-more: 0123456789abcdef\r\n"),
        (b"HTTP/1.1 200 OK\r\nx-long: ", b"aaaaaaaa"),
    ];
    for (head, chunk) in endless {
        let (server, mut poured) = pouring(head, chunk, u64::MAX).await;
        let failed = failure(post_once(&server.url()).await);
        assert_eq!(failed.code(), "protocol", "{failed}");
        poured.recv().await.expect("the server was cut off");
    }
}

#[tokio::test]
async fn endless_informational_responses_end_with_the_time_out() {
    let (server, mut poured) = pouring(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", u64::MAX).await;
    let failed = failure(post_within(&server.url(), Duration::from_millis(300)).await);
    assert_eq!(failed.code(), "timeout");
    poured.recv().await.expect("the server was cut off");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_costs_just_the_time_out() {
    let server = dripping(b"", b"").await;
    let began = Instant::now();
    let exchange = post_within(&server.url(), Duration::from_secs(30)).await;
    assert_eq!(began.elapsed().as_secs(), 30);
    assert_eq!(exchange.timing.total.as_secs(), 30);
    assert_eq!(exchange.remote_address, Some(server.address));
    let failed = failure(exchange);
    assert_eq!(failed, Failure::TimedOut { phase: Phase::Answer, after: Duration::from_secs(30) });
    assert_eq!(failed.to_string(), "timed out after 30 s while waiting for the answer");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_drips_times_out() {
    let server = dripping(b"HTTP/1.1 200 OK\r\nx-slow: ", b"z").await;
    let began = Instant::now();
    let failed = failure(post_within(&server.url(), Duration::from_secs(15)).await);
    assert_eq!(failed, Failure::TimedOut { phase: Phase::Answer, after: Duration::from_secs(15) });
    assert_eq!(began.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_a_response_cut_off_at_the_time_out() {
    let server = dripping(b"HTTP/1.1 201 Created\r\ncontent-length: 1000\r\n\r\n", b"z").await;
    let began = Instant::now();
    let exchange = post_within(&server.url(), Duration::from_millis(4_500)).await;
    assert_eq!(began.elapsed().as_millis(), 4_500);
    let answer = response(exchange);
    assert_eq!((answer.status, &answer.body[..], answer.truncated), (201, &b"zzzzz"[..], true));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_response_cut_off() {
    let server = Server::start(|mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
        stream.write_all(answer).await.expect("the client is listening");
    })
    .await;
    let answer = response(post_once(&server.url()).await);
    assert_eq!((answer.status, &answer.body[..], answer.truncated), (200, &b"abc"[..], true));
}

/// Never answers.
struct Silence;

#[async_trait]
impl Resolver for Silence {
    async fn resolve(&self, _host: &str, _port: u16) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_name_server_times_out_with_the_connect_time_out_or_the_shorter_one() {
    let client = Client::with_resolver(open_settings(), Arc::new(Silence)).expect("usable settings");
    let target = client.target("https://hooks.example/").expect("a URL");
    for (timeout, after) in [(30, 10), (4, 4)] {
        let began = Instant::now();
        let timeout = Duration::from_secs(timeout);
        let exchange = client.post(&target, HeaderMap::new(), Bytes::new(), timeout).await;
        let expected = Failure::TimedOut { phase: Phase::Dns, after: Duration::from_secs(after) };
        assert_eq!(failure(exchange), expected);
        assert_eq!(began.elapsed().as_secs(), after);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_tls_server_times_out_in_the_handshake() {
    let server = Server::start(|stream, _| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let url = format!("https://{}/", server.address);
    let authority = crate::servers::Authority::new();
    let client = Client::new(authority.trusted()).expect("usable settings");
    client.load_roots().await.expect("the authority is trusted");
    let target = client.target(&url).expect("a URL");
    let exchange = client.post(&target, HeaderMap::new(), Bytes::new(), Duration::from_secs(30)).await;
    assert!(exchange.timing.tls.is_some_and(|tls| tls.as_secs() == 10), "{:?}", exchange.timing);
    let expected = Failure::TimedOut { phase: Phase::Tls, after: Duration::from_secs(10) };
    assert_eq!(failure(exchange), expected);
}
