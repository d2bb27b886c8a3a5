//! Why nothing came, in the words a customer reads.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use wirepost_egress::{Client, Failure, Resolver};

use crate::servers::{
    KnownNames, OK, Server, failure, open_client, open_settings, post, post_once, read_request, response,
};

async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("a bound socket").port()
}

async fn failure_after(answer: &'static [u8]) -> Failure {
    let server = Server::start(move |mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        stream.write_all(answer).await.expect("the client is listening");
    })
    .await;
    failure(post_once(&server.url()).await)
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let port = closed_port().await;
    let exchange = post_once(&format!("http://127.0.0.1:{port}/")).await;
    assert!(exchange.timing.connect.is_some(), "a failed step took its time too");
    let refused = failure(exchange);
    assert_eq!(refused.to_string(), format!("127.0.0.1:{port} refused the connection"));
    assert_eq!(refused.code(), "refused");
}

#[tokio::test]
async fn a_name_nobody_knows_is_a_dns_failure() {
    let client = KnownNames::default().with("empty.example", &[]).client(open_settings());
    for (host, reason) in
        [("gone.example", "Name or service not known"), ("empty.example", "it has no address")]
    {
        let target = client.target(&format!("https://{host}/")).expect("a URL");
        let failed = failure(post(&client, &target).await);
        assert_eq!(failed.code(), "dns");
        assert_eq!(failed.to_string(), format!("the host name {host} could not be resolved: {reason}"));
    }
}

#[tokio::test]
async fn the_machines_own_resolver_is_asked_by_default() {
    let client = open_client();
    let target = client.target("http://no-such-host.invalid/").expect("a URL");
    let failed = failure(post(&client, &target).await);
    assert_eq!(failed.code(), "dns");
    assert!(!failed.to_string().contains("lookup address information"), "{failed}");
}

#[tokio::test]
async fn a_resolver_that_panics_costs_one_request() {
    struct Broken;
    #[async_trait]
    impl Resolver for Broken {
        async fn resolve(&self, _host: &str, _port: u16) -> io::Result<Vec<IpAddr>> {
            panic!("as asked for by the test")
        }
    }
    let client = Client::with_resolver(open_settings(), Arc::new(Broken)).expect("usable settings");
    let target = client.target("http://hooks.example/").expect("a URL");
    for _ in 0..3 {
        assert_eq!(failure(post(&client, &target).await).code(), "local");
    }
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses() {
    let server = Server::start(|mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        stream.write_all(OK).await.expect("the client is listening");
    })
    .await;
    // Nobody listens on the first address; the listener is bound to the second alone.
    let client =
        KnownNames::default().with("two.example", &["127.0.0.9", "127.0.0.1"]).client(open_settings());
    let url = format!("http://two.example:{}/", server.address.port());
    let exchange = post(&client, &client.target(&url).expect("a URL")).await;
    assert_eq!(exchange.remote_address, Some(server.address));
    assert!(exchange.timing.dns.is_some());
    assert_eq!(response(exchange).status, 200);
    assert_eq!(client.connects_started(), 2);
}

#[tokio::test]
async fn a_connection_that_is_reset_says_so() {
    let server = Server::start(|stream, _| async move {
        // Closing with unread bytes makes the kernel send a reset instead of an orderly end.
        stream.readable().await.expect("a request arrives");
    })
    .await;
    let failed = failure(post_once(&server.url()).await);
    assert_eq!(failed, Failure::Reset);
    assert_eq!(failed.to_string(), "the server closed the connection before it had answered");
}

#[tokio::test]
async fn an_end_before_or_within_the_head_is_a_reset() {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-le"] {
        assert_eq!(failure_after(answer).await, Failure::Reset);
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_failure() {
    for garbage in [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"\0\x01\x02\x03\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"] {
        let failed = failure_after(garbage).await;
        assert_eq!(failed.code(), "protocol", "{failed}");
        let words =
            "the answer is not acceptable HTTP: it does not begin with an HTTP status line and headers";
        assert_eq!(failed.to_string(), words);
    }
}
