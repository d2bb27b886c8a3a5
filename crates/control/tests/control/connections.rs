//! Checking a connection: what people are told of servers that answer, refuse, hang, or show a bad certificate.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use wirepost_control::connection_check::{ConnectionCheck, Reach};
use wirepost_control::{ControlError, ControlSettings};
use wirepost_egress::ClientSettings;

use crate::rig::Rig;

fn open_client() -> ClientSettings {
    ClientSettings {
        allow_http: true,
        allowed_subnets: vec!["127.0.0.0/8".parse().expect("a network")],
        ..ClientSettings::default()
    }
}

fn rig() -> Rig {
    Rig::start_reaching(open_client(), ControlSettings::default())
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    (listener, address)
}

/// Answers every connection with these bytes; with none it hangs.
async fn server(answer: &'static [u8]) -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 1_024];
                let read = stream.read(&mut head).await.expect("a request");
                assert!(head[..read].starts_with(b"HEAD "), "nothing that looks like an event is sent");
                if answer.is_empty() {
                    std::future::pending::<()>().await;
                }
                stream.write_all(answer).await.expect("it listens");
            });
        }
    });
    address
}

/// A server whose certificate nobody signed but itself, and that ended long ago.
async fn server_with_expired_certificate() -> SocketAddr {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    params.not_before = date_time_ymd(2019, 1, 1);
    params.not_after = date_time_ymd(2020, 2, 29);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the default versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).expect("a PKCS #8 key"),
        )
        .expect("a certificate with its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // The client refuses the certificate, which is what it should do.
            let _refused = acceptor.accept(stream).await;
        }
    });
    address
}

async fn check(rig: &Rig, url: &str) -> ConnectionCheck {
    let access = rig.app("acme").await;
    rig.control.check_connection(&access, url).await.expect("a URL that may be checked")
}

#[tokio::test]
async fn a_server_that_takes_no_head_is_there() {
    let address = server(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n").await;
    let told = check(&rig(), &format!("http://{address}/hook")).await;
    assert_eq!((told.reach, told.status, told.certificate), (Reach::Answers, Some(405), None));
    assert_eq!(told.what, "A server answered with 405.");
    assert!(told.advice.starts_with("That is as it should be"), "{}", told.advice);
    assert_eq!(told.address, Some(address.to_string()));
    assert!(told.timing.connect.is_some() && told.timing.first_byte.is_some());
}

#[tokio::test]
async fn a_redirect_is_told_with_where_it_leads() {
    let address = server(
        b"HTTP/1.1 301 Moved Permanently\r\nlocation: https://new.example/hook\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let told = check(&rig(), &format!("http://{address}/hook")).await;
    assert_eq!(told.reach, Reach::Doubtful);
    assert_eq!(told.what, "A server answered with 301 and leads to https://new.example/hook.");
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_are_told() {
    let (listener, address) = listener().await;
    drop(listener);
    let rig = rig();
    let told = check(&rig, &format!("http://{address}/")).await;
    assert_eq!((told.reach, told.status), (Reach::Fails, None));
    assert_eq!(told.what, format!("{address} refused the connection."));
    let access = rig.control.enter(rig.caller(), "acme").await.expect("it was made");
    let told = rig.control.check_connection(&access, "https://nobody.invalid/").await.expect("a good URL");
    assert!(told.what.starts_with("The host name nobody.invalid could not be resolved"), "{}", told.what);
    assert!(told.advice.starts_with("Check the host name"));
}

#[tokio::test]
async fn a_bad_certificate_is_told_with_its_dates() {
    let address = server_with_expired_certificate().await;
    let told = check(&rig(), &format!("https://localhost:{}/", address.port())).await;
    assert_eq!(told.reach, Reach::Fails);
    assert!(told.what.starts_with("No secure connection: "), "{}", told.what);
    let certificate = told.certificate.expect("it was shown");
    assert!(certificate.is_self_issued && certificate.names == ["localhost"], "{certificate:?}");
    assert_eq!(certificate.not_after.to_string(), "2020-02-29T00:00:00.000Z");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_not_waited_for_for_ever() {
    let address = server(b"").await;
    let told = check(&rig(), &format!("http://{address}/")).await;
    assert!(told.what.starts_with("Timed out after 10 s while"), "{}", told.what);
}

#[tokio::test]
async fn what_may_not_be_sent_to_is_refused_before_anybody_is_asked() {
    let rig = Rig::start();
    let access = rig.app("acme").await;
    let refusal = |error| match error {
        Err(ControlError::Invalid { field: "url", message, .. }) => message,
        other => panic!("not a refusal of the URL: {other:?}"),
    };
    for (url, words) in [
        ("http://example.com/", "must begin with https://"),
        ("https://10.0.0.1/", "must lead to the public Internet: 10.0.0.1 is a private address"),
        ("nonsense", "this is not a URL"),
    ] {
        let told = refusal(rig.control.judge_url(&access, url));
        assert!(told.contains(words), "{told}");
        // However often: nothing was sent, so that nothing is counted.
        for _ in 0..12 {
            refusal(rig.control.check_connection(&access, url).await.map(drop));
        }
    }
}

#[tokio::test]
async fn an_app_checks_now_and_then() {
    let address = server(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let rig = rig();
    let access = rig.app("acme").await;
    let url = format!("http://{address}/");
    for _ in 0..10 {
        rig.control.check_connection(&access, &url).await.expect("one of its ten");
    }
    let refused = rig.control.check_connection(&access, &url).await;
    assert!(matches!(refused, Err(ControlError::TooManyRequests { .. })), "{refused:?}");
}
