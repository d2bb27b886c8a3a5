//! No inner address is ever connected to, however it is written and whoever resolves to it.

use wirepost_egress::{ClientSettings, Failure, UrlError};

use crate::servers::{KnownNames, OK, Server, failure, open_settings, post, read_request, response};
use tokio::io::AsyncWriteExt as _;

/// Addresses that a name may resolve to, none of which may be connected to.
const INNER: &[&str] = &[
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.254",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.254",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::10.0.0.1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
];

/// Hosts written as inner addresses, in notations that some program somewhere understands.
const INNER_NOTATIONS: &[&str] = &[
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0X7F.1",
    "017700000001",
    "0177.0.0.01",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "0",
    "10.1",
    "0xa9fea9fe",
    "2852039166",
    "169.254.43518",
    "0251.0376.0251.0376",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:1:2:3:4:5601:5601]",
    "[fd00:ec2::254]",
    "[fe80::a]",
    "localhost",
    "localhost.",
    "LocalHost",
    "hook.localhost",
];

fn strict() -> ClientSettings {
    ClientSettings { allow_http: true, ..ClientSettings::default() }
}

#[tokio::test]
async fn a_name_that_resolves_to_an_inner_address_is_refused_at_connect() {
    for address in INNER {
        let client = KnownNames::default().with("hooks.example", &[address]).client(strict());
        for url in ["http://hooks.example/", "https://hooks.example/"] {
            let target = client.target(url).expect("the name alone shows nothing");
            let exchange = post(&client, &target).await;
            assert_eq!(exchange.remote_address, None, "{address}");
            assert!(matches!(failure(exchange), Failure::BlockedAddress(_)), "{address}");
        }
        assert_eq!(client.connects_started(), 0, "{address}");
    }
}

#[tokio::test]
async fn a_host_written_as_an_inner_address_is_refused_in_every_notation() {
    let client = KnownNames::default().client(strict());
    for host in INNER_NOTATIONS {
        let refused = client.check_url(&format!("http://{host}/hook"));
        assert!(matches!(refused, Err(UrlError::InnerAddress(_))), "{host}: {refused:?}");
    }
}

#[tokio::test]
async fn a_name_whose_second_answer_is_inside_is_refused_without_trying_the_first() {
    let server = Server::start(|_, _| async {}).await;
    let inside = ["127.0.0.1", "10.0.0.1"];
    let client = KnownNames::default().with("rebind.example", &inside).client(open_settings());
    let url = format!("http://rebind.example:{}/", server.address.port());
    let target = client.target(&url).expect("the name alone shows nothing");
    let refused = failure(post(&client, &target).await);
    assert_eq!(refused.to_string(), "refused to connect: 10.0.0.1 is a private address");
    assert_eq!(refused.code(), "blocked");
    assert_eq!(client.connects_started(), 0);
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn a_final_dot_does_not_hide_an_inner_answer() {
    let client = KnownNames::default().with("hooks.example.", &["169.254.169.254"]).client(strict());
    let target = client.target("https://hooks.example./").expect("the name alone shows nothing");
    let refused = failure(post(&client, &target).await);
    assert_eq!(refused.to_string(), "refused to connect: 169.254.169.254 is a cloud metadata address");
    assert_eq!(client.connects_started(), 0);
}

#[tokio::test]
async fn an_allowed_subnet_is_connected_to_in_its_v4_mapped_form_too() {
    let server = Server::start(|mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        stream.write_all(OK).await.expect("the client is listening");
    })
    .await;
    for answer in ["127.0.0.1", "::ffff:127.0.0.1"] {
        let client = KnownNames::default().with("own.example", &[answer]).client(open_settings());
        let url = format!("http://own.example:{}/", server.address.port());
        let exchange = post(&client, &client.target(&url).expect("an allowed URL")).await;
        assert_eq!(exchange.remote_address, Some(server.address));
        assert_eq!(response(exchange).status, 200, "{answer}");
    }
}

#[tokio::test]
async fn an_allowed_subnet_lets_nothing_else_in() {
    let client = KnownNames::default().with("hooks.example", &["10.0.0.1"]).client(open_settings());
    let target = client.target("https://hooks.example/").expect("the name alone shows nothing");
    assert_eq!(failure(post(&client, &target).await).code(), "blocked");
    assert!(client.check_url("https://10.0.0.1/").is_err());
    assert!(client.check_url("https://127.0.0.1/").is_ok());
}

#[tokio::test]
async fn plain_http_is_refused_unless_the_operator_allows_it() {
    let client = KnownNames::default().client(ClientSettings::default());
    let refused = client.check_url("http://hooks.example/").expect_err("http is not allowed");
    assert_eq!(refused.to_string(), "the URL must begin with https://, not with http:");
    assert!(client.check_url("https://hooks.example/").is_ok());
}
