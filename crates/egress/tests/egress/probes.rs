//! Trying a connection out: what is sent, and what is told of the certificate whether it is trusted or not.

use std::time::Duration;

use rcgen::date_time_ymd;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use wirepost_egress::{Client, Failure, Phase, Probe, UrlError};

use crate::servers::{Authority, KnownNames, OK, Server, TIMEOUT, open_client, open_settings, read_request};

const NAME: &str = "hooks.example";

async fn https_server(acceptor: TlsAcceptor) -> Server {
    Server::start(move |tcp, _| {
        let acceptor = acceptor.clone();
        async move {
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

async fn probe(client: &Client, url: &str) -> Probe {
    client.probe(url, "Test/1", TIMEOUT).await.expect("an allowed URL")
}

async fn probe_name(server: &Server, authority: &Authority) -> Probe {
    let client = KnownNames::default().with(NAME, &["127.0.0.1"]).client(authority.trusted());
    probe(&client, &format!("https://{NAME}:{}/hook", server.address.port())).await
}

fn tls_reason(probe: &Probe) -> &str {
    match &probe.exchange.result {
        Err(Failure::Tls { reason }) => reason,
        other => panic!("not a TLS failure: {other:?}"),
    }
}

#[tokio::test]
async fn a_trusted_certificate_is_shown_beside_the_answer() {
    let authority = Authority::named("The test's authority");
    let server = https_server(authority.acceptor(NAME, &["http/1.1"], |_| {})).await;
    let probe = probe_name(&server, &authority).await;
    assert_eq!(probe.exchange.result.expect("an answer").status, 200);
    let certificate = probe.certificate.expect("TLS was spoken");
    assert_eq!(
        (certificate.names, certificate.issuer),
        (vec![NAME.to_owned()], "The test's authority".into())
    );
    assert!(!certificate.is_self_issued);
    assert!(probe.exchange.timing.tls.is_some() && probe.exchange.timing.first_byte.is_some());
}

#[tokio::test]
async fn an_expired_certificate_is_shown_with_its_dates() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(NAME, &[], |params| {
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 2, 29);
    });
    let probe = probe_name(&https_server(acceptor).await, &authority).await;
    assert_eq!(tls_reason(&probe), "the certificate expired on 29 Feb 2020");
    let certificate = probe.certificate.expect("it was shown before it was refused");
    assert_eq!(
        (certificate.not_before_seconds, certificate.not_after_seconds),
        (1_546_300_800, 1_582_934_400)
    );
}

#[tokio::test]
async fn a_certificate_of_its_own_making_is_refused_and_shown() {
    let server = https_server(Authority::self_signed_acceptor(NAME)).await;
    let probe = probe_name(&server, &Authority::new()).await;
    assert!(tls_reason(&probe).contains("not signed by a trusted authority"));
    let certificate = probe.certificate.expect("it was shown before it was refused");
    assert!(certificate.is_self_issued, "{certificate:?}");
    assert_eq!(certificate.names, [NAME]);
}

#[tokio::test]
async fn an_authority_that_serves_its_own_certificate_is_refused_in_words() {
    let authority = Authority::named("Itself");
    let server = https_server(authority.own_acceptor()).await;
    let probe = probe_name(&server, &Authority::new()).await;
    let words = "the certificate is that of an authority and not of a server (is it self-signed?)";
    assert_eq!(tls_reason(&probe), words);
}

#[tokio::test]
async fn every_probe_sees_the_certificate_again() {
    let authority = Authority::new();
    let server = https_server(authority.acceptor(NAME, &[], |_| {})).await;
    let client = KnownNames::default().with(NAME, &["127.0.0.1"]).client(authority.trusted());
    let url = format!("https://{NAME}:{}/hook", server.address.port());
    for _ in 0..3 {
        assert!(probe(&client, &url).await.certificate.is_some(), "no session is resumed");
    }
    assert_eq!(server.accepted(), 3, "no connection is kept");
}

#[tokio::test]
async fn what_is_sent_is_one_head_and_nothing_of_an_event() {
    let (sender, mut heard) = mpsc::unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let sender = sender.clone();
        async move {
            sender.send(read_request(&mut stream).await.expect("a request")).expect("the test is listening");
            stream.write_all(b"HTTP/1.1 405 No\r\ncontent-length: 9\r\n\r\n").await.expect("it listens");
        }
    })
    .await;
    let probe = probe(&open_client(), &server.url()).await;
    assert_eq!(probe.exchange.result.expect("an answer").status, 405);
    assert_eq!(probe.certificate, None);
    let request = heard.recv().await.expect("one request came").to_ascii_lowercase();
    let mut lines: Vec<&str> = request.trim_end().lines().collect();
    lines[1..].sort_unstable();
    let host = format!("host: {}", server.address);
    assert_eq!(lines, ["head /hook http/1.1", &host, "user-agent: test/1"]);
}

#[tokio::test]
async fn a_closed_port_and_an_inner_address_are_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    drop(listener);
    let refused = probe(&open_client(), &format!("http://{address}/")).await;
    assert_eq!(refused.exchange.result.err(), Some(Failure::Refused { address }));
    let client = KnownNames::default().with(NAME, &["10.0.0.1"]).client(open_settings());
    let blocked = probe(&client, &format!("https://{NAME}/")).await.exchange.result;
    assert_eq!(blocked.expect_err("it is inner").code(), "blocked");
    let url = open_client().probe("https://10.0.0.1/", "Test/1", TIMEOUT).await;
    assert!(matches!(url, Err(UrlError::InnerAddress(_))));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_waited_for_as_long_as_was_said() {
    let server = Server::start(|mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        std::future::pending::<()>().await;
    })
    .await;
    let timeout = Duration::from_secs(10);
    let probe = open_client().probe(&server.url(), "Test/1", timeout).await;
    let failure = probe.expect("a good URL").exchange.result.expect_err("nothing is said");
    assert_eq!(failure, Failure::TimedOut { phase: Phase::Answer, after: timeout });
}
