//! The address guard: nothing inside is reached, however it is written. A receiver listens on this machine while
//! all of them are tried, and hears nothing.

use std::net::{IpAddr, SocketAddr};

use serde_json::json;
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::{Server, Settings};
use wirepost_e2e::waiting::eventually;

/// Hosts that lead inside, as a URL may spell them.
const INNER_HOSTS: [&str; 59] = [
    // this machine, in every notation that resolvers and URL parsers know
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "017700000001",
    "0x7f.1",
    "127.0.0.0x1",
    "127.0.0.01",
    "%31%32%37.0.0.1",
    "１２７.0.0.1",
    "127。0。0。1",
    "user:password@127.0.0.1",
    "0.0.0.0",
    "0",
    "0.1.2.3",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    // IPv4 inside IPv6
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    // private, shared and local networks
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "169.254.0.1",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    // cloud metadata
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[fd00:ec2::254]",
    "[::ffff:169.254.169.254]",
    // nobody's: documentation, multicast, broadcast, reserved
    "192.0.2.1",
    "224.0.0.1",
    "255.255.255.255",
    "[2001:db8::1]",
    "[ff02::1]",
    // names that resolve inside
    "localhost",
    "localhost.",
    "LOCALHOST",
    "hooks.localhost",
];

/// Plain HTTP is let through, so that only the guard stands in the way.
fn guarded() -> Settings {
    Settings::default().without("WIREPOST_ALLOW_SUBNETS").with("WIREPOST_RETRY_SCHEDULE", "0s")
}

/// Tries to have a message sent to `url`; the words it is refused with, at once or at the attempt.
async fn refusal(customer: &Customer, url: &str) -> String {
    let made = customer.api().post(&customer.path("/endpoint"), &json!({ "url": url })).await;
    if made.status == 422 {
        return text(&made.json()["detail"][0]["msg"]);
    }
    let endpoint = text(&made.expect(201)["id"]);
    customer.send("{}").await;
    let path = customer.path(&format!("/attempt/endpoint/{endpoint}"));
    let attempt = eventually("an attempt", async || {
        let page = customer.api().get(&path).await.expect(200);
        page["data"].as_array().and_then(|rows| rows.first().cloned())
    })
    .await;
    assert_eq!(attempt["responseStatusCode"], 0, "{url} was answered: {attempt}");
    customer.api().delete(&customer.path(&format!("/endpoint/{endpoint}"))).await.expect(204);
    text(&attempt["response"])
}

#[tokio::test]
async fn inner_addresses_are_refused_in_every_notation() {
    let server = guarded().start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    let port = receiver.url().rsplit_once(':').expect("a URL with a port").1.to_owned();
    for host in INNER_HOSTS {
        let words = refusal(&customer, &format!("http://{host}:{port}")).await;
        eprintln!("{host:<40} {words}");
        let by_guard = ["address", "\"this network\"", "reserved for", "not a host"];
        assert!(by_guard.iter().any(|part| words.contains(part)), "{host}: `{words}` is not the guard's");
    }
    assert_eq!(receiver.count(), 0, "something came through: {:?}", receiver.received());
}

#[tokio::test]
async fn a_name_that_resolves_inside_is_refused_at_the_attempt() {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("the machine has a name");
    let name = name.trim();
    let addresses = tokio::net::lookup_host((name, 80)).await.map(Iterator::collect::<Vec<_>>);
    if !addresses.is_ok_and(|addresses| !addresses.is_empty() && addresses.iter().all(leads_inside)) {
        eprintln!("skipped: {name}, the name of this machine, does not resolve to an inner address");
        assert!(
            std::env::var_os("CI").is_none_or(|value| value != "true"),
            "what cannot run in CI is not checked by anybody"
        );
        return;
    }
    let server = guarded().start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    for name in [name.to_owned(), name.to_uppercase()] {
        let words = refusal(&customer, &receiver.url_by_name(&name)).await;
        assert!(words.starts_with("refused to connect: ") && words.contains("address"), "{name}: {words}");
    }
    assert_eq!(receiver.count(), 0);
}

/// Whether only this machine or its own network has the address.
fn leads_inside(address: &SocketAddr) -> bool {
    match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[tokio::test]
async fn a_network_that_the_operator_allows_is_let_through_and_no_other() {
    let settings = guarded().with("WIREPOST_ALLOW_SUBNETS", "127.0.0.1/32");
    let server = settings.start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    customer.send("{}").await;
    receiver.wait_for(1).await;
    for host in ["127.0.0.2", "10.0.0.1", "[::1]"] {
        let words = refusal(&customer, &receiver.url_by_name(host)).await;
        assert!(words.contains("address"), "{host}: {words}");
    }
}

#[tokio::test]
async fn an_endpoint_from_before_the_rules_became_stricter_is_not_sent_to() {
    let mut server = Server::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&server).await;
    customer.endpoint(&receiver.url()).await;
    server.kill().await;
    server.start_again_with(guarded()).await;
    let customer = customer.on(&server);
    let message = customer.send("{}").await;
    customer.stands_at(&message, "fail").await;
    for attempt in customer.attempts_once(&message, 2).await {
        let reason = text(&attempt["response"]);
        assert!(reason.contains("a loopback address"), "{reason}");
    }
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn plain_http_is_refused_unless_it_is_allowed() {
    let strict = Settings::default().without("WIREPOST_ALLOW_HTTP").start().await;
    let customer = Customer::create(&strict).await;
    let endpoint = json!({"url": "http://hooks.example/in"});
    let refused = customer.api().post(&customer.path("/endpoint"), &endpoint).await.expect(422);
    let words = text(&refused["detail"][0]["msg"]);
    assert!(words.contains("https"), "`{words}` does not say what to do");
    assert_eq!(refused["detail"][0]["loc"], json!(["body", "url"]));
    let endpoint = json!({"url": "https://hooks.example/in"});
    customer.api().post(&customer.path("/endpoint"), &endpoint).await.expect(201);
    for scheme in ["ftp", "file", "gopher", "javascript", "unix"] {
        let endpoint = json!({"url": format!("{scheme}://hooks.example/in")});
        customer.api().post(&customer.path("/endpoint"), &endpoint).await.expect(422);
    }
}
