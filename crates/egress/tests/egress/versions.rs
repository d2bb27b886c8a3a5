//! The HTTP version that is spoken: the one both sides know, or the only one that a target allows.

use std::convert::Infallible;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use wirepost_egress::{Client, Protocols};

use crate::servers::{
    Authority, KnownNames, OK, Server, failure, open_client, post, post_once, read_request, response,
};

/// A server that offers these protocols over TLS, and a client that knows it.
async fn secure(offered: &'static [&'static str]) -> (Server, Client, String) {
    let authority = Authority::new();
    let acceptor = authority.acceptor("hooks.example", offered, |_| {});
    let server = Server::start(move |tcp, _| {
        let acceptor = acceptor.clone();
        async move {
            // A handshake without a protocol in common fails on both sides.
            let Ok(tls) = acceptor.accept(tcp).await else { return };
            match tls.get_ref().1.alpn_protocol() {
                Some(b"h2") => serve_http2(tls).await,
                _ => serve_http1(tls).await,
            }
        }
    })
    .await;
    let client = KnownNames::default().with("hooks.example", &["127.0.0.1"]).client(authority.trusted());
    client.load_roots().await.expect("the authority is trusted");
    let url = format!("https://hooks.example:{}/in", server.address.port());
    (server, client, url)
}

async fn serve_http1(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    while let Some(request) = read_request(&mut stream).await {
        assert!(request.contains("HTTP/1.1\r\n"), "{request}");
        if stream.write_all(OK).await.is_err() {
            return;
        }
    }
}

async fn serve_http2(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let answer = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("two")))) });
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    // The client going away is how every test ends.
    let _ended = connection.serve_connection(TokioIo::new(stream), answer).await;
}

#[tokio::test]
async fn a_target_is_spoken_to_in_the_version_it_allows() {
    let (server, client, url) = secure(&["h2", "http/1.1"]).await;
    for (protocols, body) in
        [(Protocols::Any, &b"two"[..]), (Protocols::Http1, b"ok"), (Protocols::Http2, b"two")]
    {
        let target = client.target_speaking(&url, protocols).expect("a URL");
        for turn in 0..3 {
            let exchange = post(&client, &target).await;
            assert_eq!(exchange.reused_connection, turn > 0, "{protocols:?}");
            assert_eq!(response(exchange).body, body, "{protocols:?}");
        }
    }
    assert_eq!(server.accepted(), 3, "a target has connections of its own");
}

#[tokio::test]
async fn a_server_that_does_not_speak_the_only_version_allowed_is_told_so() {
    for (offered, protocols, words) in [
        (&["http/1.1"][..], Protocols::Http2, "does not speak HTTP/2"),
        (&[], Protocols::Http2, "does not speak HTTP/2"),
        (&["h2"], Protocols::Http1, "does not speak HTTP/1.1"),
        (&["spdy/3"], Protocols::Any, "neither HTTP/1.1 nor HTTP/2"),
    ] {
        let (_server, client, url) = secure(offered).await;
        let target = client.target_speaking(&url, protocols).expect("a URL");
        let failed = failure(post(&client, &target).await);
        assert_eq!(failed.code(), "tls", "{offered:?} {protocols:?}");
        assert!(failed.to_string().contains(words), "{failed}");
    }
    let (_server, client, url) = secure(&[]).await;
    let target = client.target_speaking(&url, Protocols::Http1).expect("a URL");
    assert_eq!(response(post(&client, &target).await).status, 200, "who names no version speaks HTTP/1.1");
}

#[tokio::test]
async fn without_tls_http2_is_spoken_only_where_nothing_else_is_allowed() {
    let server = Server::start(|tcp, _| serve_http2(tcp)).await;
    let client = open_client();
    let target = client.target_speaking(&server.url(), Protocols::Http2).expect("an allowed URL");
    for _ in 0..3 {
        assert_eq!(response(post(&client, &target).await).body, b"two"[..]);
    }
    assert_eq!(server.accepted(), 1);

    let plain = Server::start(|tcp, _| serve_http1(tcp)).await;
    assert_eq!(response(post_once(&plain.url()).await).status, 200);
}

#[tokio::test]
async fn a_server_without_http2_fails_a_target_that_allows_nothing_else() {
    let server = Server::start(|mut tcp, _| async move {
        // What the beginning of an HTTP/2 connection is to a server that knows HTTP/1.1 alone.
        let mut beginning = [0; 24];
        tcp.read_exact(&mut beginning).await.expect("the client is there");
        let refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        tcp.write_all(refusal).await.expect("the client is listening");
        // Closing with unread bytes would take the answer back.
        let _client_went_away = tcp.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let client = open_client();
    let target = client.target_speaking(&server.url(), Protocols::Http2).expect("an allowed URL");
    let failed = failure(post(&client, &target).await);
    assert_eq!(failed.code(), "protocol", "{failed}");
}
