//! Connections are kept, looked at before use, given up when doubtful, and bounded in number.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{Barrier, Notify};
use wirepost_egress::{Client, ClientSettings, Target};

use crate::servers::{
    OK, Server, TIMEOUT, failure, open_client, open_settings, post, read_request, response,
};

/// Answers every request on every connection.
async fn steady(answer: &'static [u8]) -> Server {
    Server::start(move |mut stream, _| async move {
        while read_request(&mut stream).await.is_some() {
            stream.write_all(answer).await.expect("the client is listening");
        }
    })
    .await
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (answer, body) in [(OK, "ok"), (&chunked[..], "abcde")] {
        let server = steady(answer).await;
        let client = open_client();
        let target = client.target(&server.url()).expect("an allowed URL");
        for turn in 0..50 {
            let exchange = post(&client, &target).await;
            assert_eq!(exchange.reused_connection, turn > 0);
            assert_eq!(response(exchange).body, body);
        }
        assert_eq!((server.accepted(), target.idle_connections()), (1, 1));
    }
}

#[tokio::test]
async fn two_targets_never_share_a_connection() {
    let server = steady(OK).await;
    let client = open_client();
    for _ in 0..2 {
        let target = client.target(&server.url()).expect("an allowed URL");
        assert!(!post(&client, &target).await.reused_connection);
    }
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_connection_that_the_server_will_close_is_not_kept() {
    let server = steady(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok").await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    for _ in 0..3 {
        assert_eq!(response(post(&client, &target).await).body, "ok");
    }
    assert_eq!((server.accepted(), target.idle_connections()), (3, 0));
}

#[tokio::test]
async fn a_kept_connection_that_dies_unheard_is_replaced_within_the_same_call() {
    // The first connection answers once and then dies under the second request.
    let server = Server::start(|mut stream, connection| async move {
        read_request(&mut stream).await.expect("a first request");
        stream.write_all(OK).await.expect("the client is listening");
        while read_request(&mut stream).await.is_some() && connection > 1 {
            stream.write_all(OK).await.expect("the client is listening");
        }
    })
    .await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    assert_eq!(response(post(&client, &target).await).status, 200);
    let second = post(&client, &target).await;
    assert!(!second.reused_connection, "it was sent over a fresh one in the end");
    assert_eq!(response(second).status, 200);
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_request_that_was_partly_answered_is_not_sent_again() {
    let server = Server::start(|mut stream, _| async move {
        read_request(&mut stream).await.expect("a first request");
        stream.write_all(OK).await.expect("the client is listening");
        read_request(&mut stream).await.expect("a second request");
        stream.write_all(b"HTTP/1.1 2").await.expect("the client is listening");
    })
    .await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    assert_eq!(response(post(&client, &target).await).status, 200);
    assert_eq!(failure(post(&client, &target).await).code(), "reset");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_fresh_connection_that_dies_is_not_tried_a_second_time() {
    let server = Server::start(|mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
    })
    .await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    assert_eq!(failure(post(&client, &target).await).code(), "reset");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_not_used() {
    let closed = Arc::new(Notify::new());
    let told = Arc::clone(&closed);
    let server = Server::start(move |mut stream, _| {
        let told = Arc::clone(&told);
        async move {
            read_request(&mut stream).await.expect("a request");
            stream.write_all(OK).await.expect("the client is listening");
            drop(stream);
            told.notify_one();
        }
    })
    .await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    for _ in 0..3 {
        assert_eq!(response(post(&client, &target).await).status, 200);
        closed.notified().await;
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_is_known_to_be_closed_is_not_used() {
    let idle = Duration::from_secs(5);
    let server = Server::start(move |mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        stream.write_all(OK).await.expect("the client is listening");
        pass(idle).await;
    })
    .await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    for _ in 0..3 {
        assert_eq!(response(post(&client, &target).await).status, 200);
        pass(idle * 2).await;
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_word_said_before_closing_an_idle_connection_is_no_answer() {
    const BYE: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let idle = Duration::from_secs(5);
    let server = Server::start(move |mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        stream.write_all(OK).await.expect("the client is listening");
        pass(idle).await;
        stream.write_all(BYE).await.expect("the client is there");
        read_request(&mut stream).await;
    })
    .await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    for _ in 0..3 {
        assert_eq!(response(post(&client, &target).await).status, 200);
        pass(idle * 2).await;
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn bytes_nobody_asked_for_are_not_taken_for_the_next_answer() {
    let smuggled =
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
    let server = steady(smuggled).await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    for _ in 0..3 {
        assert_eq!(response(post(&client, &target).await).status, 200);
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn idle_connections_are_bounded_per_target() {
    const AT_ONCE: usize = 5;
    let all_here = Arc::new(Barrier::new(AT_ONCE));
    let server = Server::start(move |mut stream, _| {
        let all_here = Arc::clone(&all_here);
        async move {
            read_request(&mut stream).await.expect("a request");
            all_here.wait().await;
            stream.write_all(OK).await.expect("the client is listening");
            read_request(&mut stream).await;
        }
    })
    .await;
    let settings = ClientSettings { idle_connections_limit: 2, ..open_settings() };
    let client = Client::new(settings).expect("usable settings");
    let target = client.target(&server.url()).expect("an allowed URL");
    post_at_once(AT_ONCE, &client, &target).await;
    assert_eq!((server.accepted(), target.idle_connections()), (AT_ONCE, 2));
}

#[tokio::test(start_paused = true)]
async fn a_connection_idle_for_too_long_is_not_used_again() {
    let server = steady(OK).await;
    let settings = ClientSettings { idle_timeout: Duration::from_secs(50), ..open_settings() };
    let client = Client::new(settings).expect("usable settings");
    let target = client.target(&server.url()).expect("an allowed URL");
    post(&client, &target).await;
    tokio::time::advance(Duration::from_secs(49)).await;
    assert!(post(&client, &target).await.reused_connection);
    tokio::time::advance(Duration::from_secs(51)).await;
    assert!(!post(&client, &target).await.reused_connection);
    assert_eq!(server.accepted(), 2);
}

#[tokio::test(start_paused = true)]
async fn idle_connections_can_be_closed_by_age() {
    let server = steady(OK).await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    post(&client, &target).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    target.close_idle_older_than(Duration::from_secs(11));
    assert_eq!(target.idle_connections(), 1);
    target.close_idle_older_than(Duration::from_secs(9));
    assert_eq!(target.idle_connections(), 0);
}

#[tokio::test]
async fn however_many_idle_connections_the_server_closed_all_are_noticed_at_one_look() {
    const EACH: usize = 100;
    let idle = Duration::from_secs(5);
    let all_here = Arc::new(Barrier::new(EACH));
    let server = Server::start(move |mut stream, _| {
        let all_here = Arc::clone(&all_here);
        async move {
            read_request(&mut stream).await.expect("a request");
            all_here.wait().await;
            stream.write_all(OK).await.expect("the client is listening");
            pass(idle).await;
        }
    })
    .await;
    let settings = ClientSettings { idle_connections_limit: EACH, ..open_settings() };
    let client = Client::new(settings).expect("usable settings");
    let targets = [(); 2].map(|()| client.target(&server.url()).expect("an allowed URL"));
    for target in &targets {
        post_at_once(EACH, &client, target).await;
        assert_eq!(target.idle_connections(), EACH);
    }
    tokio::time::pause();
    pass(idle * 2).await;
    // Together they are more than one task may look at before it has to let others go on.
    for target in &targets {
        target.close_idle_older_than(idle * 20);
        assert_eq!(target.idle_connections(), 0);
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_closes_the_connection() {
    let (sender, closed) = tokio::sync::oneshot::channel();
    let sender = parking_lot::Mutex::new(Some(sender));
    let heard = Arc::new(Notify::new());
    let tell = Arc::clone(&heard);
    let server = Server::start(move |mut stream, _| {
        let (sender, tell) = (sender.lock().take(), Arc::clone(&tell));
        async move {
            read_request(&mut stream).await.expect("a request");
            tell.notify_one();
            let end = read_request(&mut stream).await;
            sender.expect("one connection only").send(end).expect("the test is listening");
        }
    })
    .await;
    let client = open_client();
    let target = client.target(&server.url()).expect("an allowed URL");
    {
        let sending = client.post(&target, HeaderMap::new(), Bytes::new(), TIMEOUT);
        tokio::select! {
            exchange = sending => panic!("nobody answered, and yet: {exchange:?}"),
            () = heard.notified() => {}
        }
    }
    assert_eq!(closed.await.expect("the server sees the end"), None);
    assert_eq!(target.idle_connections(), 0);
}

/// So many requests together, all of them answered.
async fn post_at_once(count: usize, client: &Client, target: &Arc<Target>) {
    let sending: Vec<_> = (0..count)
        .map(|_| {
            let (client, target) = (client.clone(), Arc::clone(target));
            tokio::spawn(async move { post(&client, &target).await })
        })
        .collect();
    for sent in sending {
        assert_eq!(response(sent.await.expect("the task ends")).status, 200);
    }
}

/// Lets so much of the virtual time go by.
async fn pass(time: Duration) {
    let end = tokio::time::Instant::now() + time;
    tokio::time::interval_at(end, time).tick().await;
}
