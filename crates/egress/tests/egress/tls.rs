//! Certificates and handshakes: what is trusted, and what is said when it is not.

use rcgen::date_time_ymd;
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsAcceptor;
use wirepost_egress::{Client, ClientSettings, Exchange, Failure};

use crate::servers::{
    Authority, KnownNames, OK, Server, failure, open_settings, post, read_request, response,
};

async fn https_server(acceptor: TlsAcceptor) -> Server {
    Server::start(move |tcp, _| {
        let acceptor = acceptor.clone();
        async move {
            // A client that does not trust us ends the handshake, which is what it should do.
            let Ok(mut stream) = acceptor.accept(tcp).await else {
                return;
            };
            while read_request(&mut stream).await.is_some() {
                stream.write_all(OK).await.expect("the client is listening");
            }
        }
    })
    .await
}

async fn post_to(server: &Server, name: &str, settings: ClientSettings) -> Exchange {
    let client = KnownNames::default().with(name, &["127.0.0.1"]).client(settings);
    let url = format!("https://{name}:{}/hook", server.address.port());
    post(&client, &client.target(&url).expect("a URL")).await
}

fn tls_reason(exchange: Exchange) -> String {
    match failure(exchange) {
        Failure::Tls { reason } => reason,
        other => panic!("not a TLS failure: {other}"),
    }
}

#[tokio::test]
async fn a_trusted_certificate_lets_requests_through_and_the_connection_is_kept() {
    let authority = Authority::new();
    let server = https_server(authority.acceptor("hooks.example", &["http/1.1"], |_| {})).await;
    let names = KnownNames::default().with("hooks.example", &["127.0.0.1"]);
    let client = names.client(authority.trusted());
    let url = format!("https://hooks.example:{}/hook", server.address.port());
    let target = client.target(&url).expect("a URL");
    let first = post(&client, &target).await;
    assert!(first.timing.dns.is_some() && first.timing.connect.is_some() && first.timing.tls.is_some());
    assert_eq!(response(first).body, "ok");
    let second = post(&client, &target).await;
    assert!(second.reused_connection && second.timing.tls.is_none());
    assert_eq!(response(second).status, 200);
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_name_with_a_final_dot_matches_its_certificate() {
    let authority = Authority::new();
    let server = https_server(authority.acceptor("hooks.example", &[], |_| {})).await;
    assert_eq!(response(post_to(&server, "hooks.example.", authority.trusted()).await).status, 200);
}

#[tokio::test]
async fn a_certificate_for_an_address_is_accepted() {
    let authority = Authority::new();
    let server = https_server(authority.acceptor("127.0.0.1", &[], |_| {})).await;
    let client = Client::new(authority.trusted()).expect("usable settings");
    let target = client.target(&format!("https://{}/", server.address)).expect("a URL");
    assert_eq!(response(post(&client, &target).await).status, 200);
}

#[tokio::test]
async fn an_unknown_issuer_is_told() {
    let server = https_server(Authority::new().acceptor("hooks.example", &[], |_| {})).await;
    let stranger = Authority::named("Nobody's authority");
    let reason = tls_reason(post_to(&server, "hooks.example", stranger.trusted()).await);
    let words = "the certificate is not signed by a trusted authority";
    assert!(reason.starts_with(words), "{reason}");

    let namesake = Authority::new();
    let reason = tls_reason(post_to(&server, "hooks.example", namesake.trusted()).await);
    assert_eq!(reason, "the signature on the certificate does not match its issuer");
}

#[tokio::test]
async fn an_expired_certificate_is_told_with_its_date() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("hooks.example", &[], |params| {
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 2, 29);
    });
    let server = https_server(acceptor).await;
    let exchange = post_to(&server, "hooks.example", authority.trusted()).await;
    assert_eq!(exchange.result.as_ref().expect_err("a failure").code(), "tls");
    assert_eq!(tls_reason(exchange), "the certificate expired on 29 Feb 2020");
}

#[tokio::test]
async fn a_certificate_of_the_future_is_told_with_its_date() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("hooks.example", &[], |params| {
        params.not_before = date_time_ymd(2999, 1, 1);
        params.not_after = date_time_ymd(3000, 1, 1);
    });
    let server = https_server(acceptor).await;
    let reason = tls_reason(post_to(&server, "hooks.example", authority.trusted()).await);
    assert_eq!(reason, "the certificate is not valid before 01 Jan 2999");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_told_with_both_names() {
    let authority = Authority::new();
    let server = https_server(authority.acceptor("other.example", &[], |_| {})).await;
    let reason = tls_reason(post_to(&server, "hooks.example", authority.trusted()).await);
    assert_eq!(reason, "the certificate is not for hooks.example but for other.example");
}

#[tokio::test]
async fn a_port_that_does_not_speak_tls_is_told() {
    let server = Server::start(|mut stream, _| async move {
        stream.write_all(b"220 mail.example ESMTP\r\n").await.expect("the client is listening");
        read_request(&mut stream).await;
    })
    .await;
    let reason = tls_reason(post_to(&server, "hooks.example", Authority::new().trusted()).await);
    assert_eq!(reason, "the server does not speak TLS on this port");
}

#[tokio::test]
async fn a_server_that_hangs_up_in_the_handshake_is_told() {
    let server = Server::start(|stream, _| async move { drop(stream) }).await;
    let reason = tls_reason(post_to(&server, "hooks.example", Authority::new().trusted()).await);
    assert_eq!(reason, "the server closed the connection during the TLS handshake");
}

#[tokio::test]
async fn a_root_that_is_no_certificate_stops_the_client_from_being_made() {
    let settings =
        ClientSettings { extra_roots: vec![b"not a certificate".to_vec().into()], ..open_settings() };
    let refused = Client::new(settings).expect_err("this root cannot be used");
    assert!(refused.to_string().starts_with("an extra root certificate cannot be used"), "{refused}");
}
