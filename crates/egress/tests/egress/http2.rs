//! HTTP/2, chosen by ALPN: one connection carries all requests of a target and is replaced when
//! it is gone, refused or silent.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{Connection, SendResponse};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio_rustls::server::TlsStream;
use wirepost_egress::{Client, Failure, Phase, Target};

use crate::servers::{Authority, KnownNames, Server, TIMEOUT, failure, post, response};

/// A client and a target for a server that offers HTTP/2 and HTTP/1.1.
struct Setting {
    server: Server,
    client: Client,
    target: Arc<Target>,
}

async fn setting<F, Serving>(serve: F) -> Setting
where
    F: Fn(TlsStream<TcpStream>, usize) -> Serving + Clone + Send + Sync + 'static,
    Serving: Future<Output = ()> + Send + 'static,
{
    let authority = Authority::new();
    let acceptor = authority.acceptor("hooks.example", &["h2", "http/1.1"], |_| {});
    let server = Server::start(move |tcp, connection| {
        let (acceptor, serve) = (acceptor.clone(), serve.clone());
        async move {
            let tls = acceptor.accept(tcp).await.expect("the client trusts us");
            serve(tls, connection).await;
        }
    })
    .await;
    let names = KnownNames::default().with("hooks.example", &["127.0.0.1"]);
    let client = names.client(authority.trusted());
    client.load_roots().await.expect("the authority is trusted");
    let url = format!("https://ada:love@hooks.example:{}/in?q=1", server.address.port());
    let target = client.target(&url).expect("a URL");
    Setting { server, client, target }
}

/// Answers with what it was sent.
async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert("x-uri", head.uri.to_string().parse().expect("a header value"));
    response.headers_mut().insert("x-authorization", head.headers["authorization"].clone());
    assert!(!head.headers.contains_key("host"));
    Ok(response)
}

async fn serve_echo(tls: TlsStream<TcpStream>) {
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    // The client going away is how every test ends.
    let _ended = connection.serve_connection(TokioIo::new(tls), service_fn(echo)).await;
}

type Accepted = (Request<h2::RecvStream>, SendResponse<Bytes>);

async fn next_stream(connection: &mut Connection<TlsStream<TcpStream>, Bytes>) -> Accepted {
    connection.accept().await.expect("the connection is open").expect("a request")
}

fn answer_ok(mut respond: SendResponse<Bytes>) {
    respond.send_response(Response::new(()), true).expect("the client is listening");
}

/// Keeps the connection moving until the client closes it.
async fn until_closed(mut connection: Connection<TlsStream<TcpStream>, Bytes>) {
    while let Some(Ok((_, respond))) = connection.accept().await {
        answer_ok(respond);
    }
}

#[tokio::test]
async fn http2_is_chosen_by_alpn_and_one_connection_carries_all_requests() {
    let setting = setting(|tls, _| serve_echo(tls)).await;
    for turn in 0..5 {
        let exchange = post(&setting.client, &setting.target).await;
        assert_eq!(exchange.reused_connection, turn > 0);
        assert_eq!(exchange.remote_address, Some(setting.server.address));
        let answer = response(exchange);
        assert_eq!((answer.status, &answer.body[..], answer.truncated), (200, &b"{\"n\":1}"[..], false));
        let uri = format!("https://hooks.example:{}/in?q=1", setting.server.address.port());
        assert_eq!(answer.headers["x-uri"], uri);
        assert_eq!(answer.headers["x-authorization"], "Basic YWRhOmxvdmU=");
    }
    assert_eq!((setting.server.accepted(), setting.target.idle_connections()), (1, 1));
}

#[tokio::test]
async fn requests_at_once_share_one_connection() {
    const AT_ONCE: usize = 20;
    let all_here = Arc::new(Barrier::new(AT_ONCE));
    let setting = setting(move |tls, _| {
        let all_here = Arc::clone(&all_here);
        async move {
            let mut connection = h2::server::handshake(tls).await.expect("an HTTP/2 client");
            let (_, respond) = next_stream(&mut connection).await;
            answer_ok(respond);
            while let Some(Ok((_, respond))) = connection.accept().await {
                let all_here = Arc::clone(&all_here);
                tokio::spawn(async move {
                    all_here.wait().await;
                    answer_ok(respond);
                });
            }
        }
    })
    .await;
    response(post(&setting.client, &setting.target).await);
    let sending: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, target) = (setting.client.clone(), Arc::clone(&setting.target));
            tokio::spawn(async move { post(&client, &target).await })
        })
        .collect();
    for sent in sending {
        assert_eq!(response(sent.await.expect("the task ends")).status, 200);
    }
    assert_eq!(setting.server.accepted(), 1);
}

#[tokio::test]
async fn a_connection_that_says_goodbye_is_replaced() {
    let setting = setting(|tls, _| async move {
        let mut connection = h2::server::handshake(tls).await.expect("an HTTP/2 client");
        let (_, respond) = next_stream(&mut connection).await;
        answer_ok(respond);
        connection.graceful_shutdown();
        until_closed(connection).await;
    })
    .await;
    for _ in 0..4 {
        assert_eq!(response(post(&setting.client, &setting.target).await).status, 200);
    }
    assert!(setting.server.accepted() > 1);
}

#[tokio::test]
async fn a_refused_stream_is_sent_once_more_on_a_fresh_connection() {
    let setting = setting(|tls, connection_number| async move {
        let mut connection = h2::server::handshake(tls).await.expect("an HTTP/2 client");
        let (_, respond) = next_stream(&mut connection).await;
        answer_ok(respond);
        if connection_number == 1 {
            let (_, mut respond) = next_stream(&mut connection).await;
            respond.send_reset(h2::Reason::REFUSED_STREAM);
        }
        until_closed(connection).await;
    })
    .await;
    assert_eq!(response(post(&setting.client, &setting.target).await).status, 200);
    let second = post(&setting.client, &setting.target).await;
    assert!(!second.reused_connection);
    assert_eq!(response(second).status, 200);
    assert_eq!(setting.server.accepted(), 2);
}

#[tokio::test]
async fn a_stream_that_the_server_gave_up_is_not_sent_again() {
    let setting = setting(|tls, _| async move {
        let mut connection = h2::server::handshake(tls).await.expect("an HTTP/2 client");
        let (_, respond) = next_stream(&mut connection).await;
        answer_ok(respond);
        let (_, mut respond) = next_stream(&mut connection).await;
        respond.send_reset(h2::Reason::INTERNAL_ERROR);
        until_closed(connection).await;
    })
    .await;
    assert_eq!(response(post(&setting.client, &setting.target).await).status, 200);
    let failed = failure(post(&setting.client, &setting.target).await);
    assert_eq!(failed.code(), "protocol");
    assert!(failed.to_string().contains("HTTP/2 INTERNAL_ERROR"), "{failed}");
    assert_eq!(setting.server.accepted(), 1);
}

#[tokio::test]
async fn a_connection_on_which_a_request_timed_out_is_not_trusted_again() {
    let setting = setting(|tls, connection_number| async move {
        let mut connection = h2::server::handshake(tls).await.expect("an HTTP/2 client");
        if connection_number == 1 {
            let _unanswered = next_stream(&mut connection).await;
            until_closed(connection).await;
        } else {
            until_closed(connection).await;
        }
    })
    .await;
    let brief = Duration::from_millis(200);
    let exchange = setting.client.post(&setting.target, HeaderMap::new(), Bytes::new(), brief).await;
    assert_eq!(failure(exchange), Failure::TimedOut { phase: Phase::Answer, after: brief });
    assert_eq!(setting.target.idle_connections(), 0);
    assert_eq!(response(post(&setting.client, &setting.target).await).status, 200);
    assert_eq!(setting.server.accepted(), 2);
}

#[tokio::test]
async fn an_endless_http2_body_is_cut_at_the_limit_and_the_connection_stays() {
    let setting = setting(|tls, _| async move {
        let mut connection = h2::server::handshake(tls).await.expect("an HTTP/2 client");
        // A stream that is dropped would be reset before the client has read.
        let mut open_streams = Vec::new();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let mut body = respond.send_response(Response::new(()), false).expect("the client is listening");
            // Frames beyond the client's window wait here, as they would in any server.
            let endless = Bytes::from(vec![b'x'; 10_000_000]);
            body.send_data(endless, false).expect("the stream is open");
            open_streams.push(body);
        }
    })
    .await;
    for turn in 0..3 {
        let exchange = setting.client.post(&setting.target, HeaderMap::new(), Bytes::new(), TIMEOUT).await;
        assert_eq!(exchange.reused_connection, turn > 0);
        let answer = response(exchange);
        assert_eq!((answer.body.len(), answer.truncated), (16 * 1024, true));
    }
    assert_eq!(setting.server.accepted(), 1);
}

#[tokio::test]
async fn an_idle_http2_connection_is_closed_by_age() {
    let setting = setting(|tls, _| serve_echo(tls)).await;
    response(post(&setting.client, &setting.target).await);
    setting.target.close_idle_older_than(Duration::from_secs(60));
    assert_eq!(setting.target.idle_connections(), 1);
    setting.target.close_idle_older_than(Duration::ZERO);
    assert_eq!(setting.target.idle_connections(), 0);
}
