//! HTTPS: whom we trust, what is wrong with those we do not, and HTTP/2 where it is spoken.

use std::path::PathBuf;

use http::Version;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use wirepost_e2e::authority::Authority;
use wirepost_e2e::customer::{Customer, text};
use wirepost_e2e::receiver::Receiver;
use wirepost_e2e::server::{Server, Settings};

/// The receivers' address, as a name on their certificates.
const HERE: &str = "127.0.0.1";

struct Setting {
    server: Server,
    authority: Authority,
    // Held so that the root certificate stays where the server reads it.
    _directory: TempDir,
}

impl Setting {
    /// A server that trusts an authority made for it, and lets no plain HTTP out.
    async fn start() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root: PathBuf = directory.path().join("root.pem");
        let authority = Authority::create("Trusted authority");
        authority.write_root(&root);
        let settings = Settings::default().without("WIREPOST_ALLOW_HTTP");
        let settings =
            settings.with("SSL_CERT_FILE", root.to_string_lossy()).with("WIREPOST_RETRY_SCHEDULE", "0s");
        Self { server: settings.start().await, authority, _directory: directory }
    }

    async fn delivers_by(&self, protocols: &[&str]) -> Version {
        let receiver = Receiver::accepting_over_tls(self.authority.receiver(HERE, protocols)).await;
        let customer = Customer::create(&self.server).await;
        let endpoint = customer.endpoint(&receiver.url()).await;
        let messages = customer.send_batch((0..20).map(|number| format!(r#"{{"n":{number}}}"#))).await;
        for message in &messages {
            customer.stands_at(message, "success").await;
        }
        let received = receiver.received();
        assert_eq!(received.len(), messages.len());
        for one in &received {
            let verifier = standardwebhooks::Webhook::new(&endpoint.key).expect("the key is a secret");
            verifier.verify(&one.body, &one.headers).expect("the signature is good");
            assert_eq!(one.version, received[0].version);
        }
        received[0].version
    }

    async fn refuses(&self, acceptor: TlsAcceptor, words: &[&str]) {
        let receiver = Receiver::accepting_over_tls(acceptor).await;
        let customer = Customer::create(&self.server).await;
        customer.endpoint(&receiver.url()).await;
        let message = customer.send("{}").await;
        customer.stands_at(&message, "fail").await;
        for attempt in customer.attempts_once(&message, 2).await {
            let reason = text(&attempt["response"]);
            assert!(words.iter().all(|words| reason.contains(words)), "`{reason}` does not say {words:?}");
            assert_eq!(attempt["responseStatusCode"], 0);
        }
        assert_eq!(receiver.count(), 0, "nothing was sent over a connection that is not to be trusted");
    }
}

#[tokio::test]
async fn a_good_certificate_is_trusted_and_http_2_is_spoken_where_it_is_offered() {
    let setting = Setting::start().await;
    assert_eq!(setting.delivers_by(&["h2", "http/1.1"]).await, Version::HTTP_2);
    assert_eq!(setting.delivers_by(&["h2"]).await, Version::HTTP_2);
    assert_eq!(setting.delivers_by(&["http/1.1"]).await, Version::HTTP_11);
    assert_eq!(setting.delivers_by(&[]).await, Version::HTTP_11);
}

#[tokio::test]
async fn deliveries_over_http_2_share_one_connection() {
    let setting = Setting::start().await;
    let receiver = Receiver::accepting_over_tls(setting.authority.receiver(HERE, &["h2"])).await;
    let customer = Customer::create(&setting.server).await;
    customer.endpoint(&receiver.url()).await;
    customer.send("{}").await;
    receiver.wait_for(1).await;
    customer.send_batch((0..50).map(|number| format!(r#"{{"n":{number}}}"#))).await;
    let received = receiver.wait_for(51).await;
    assert!(received.iter().all(|one| one.client == received[0].client));
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let setting = Setting::start().await;
    let stranger = Authority::create("Somebody");
    setting.refuses(stranger.receiver(HERE, &["http/1.1"]), &["not signed by a trusted authority"]).await;
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_and_both_names_are_told() {
    let setting = Setting::start().await;
    let acceptor = setting.authority.receiver("hooks.example", &["http/1.1"]);
    setting.refuses(acceptor, &["the certificate is not for 127.0.0.1", "hooks.example"]).await;
}

#[tokio::test]
async fn a_certificate_that_has_expired_or_is_not_valid_yet_is_refused_with_the_date() {
    let setting = Setting::start().await;
    let expired = setting.authority.receiver_with(HERE, &["http/1.1"], |certificate| {
        certificate.not_before = rcgen::date_time_ymd(2018, 1, 1);
        certificate.not_after = rcgen::date_time_ymd(2019, 3, 4);
    });
    setting.refuses(expired, &["expired on 04 Mar 2019"]).await;
    let early = setting.authority.receiver_with(HERE, &["http/1.1"], |certificate| {
        certificate.not_before = rcgen::date_time_ymd(2099, 1, 2);
        certificate.not_after = rcgen::date_time_ymd(2100, 1, 1);
    });
    setting.refuses(early, &["not valid before 02 Jan 2099"]).await;
}

#[tokio::test]
async fn a_receiver_that_speaks_no_tls_is_told_so() {
    let setting = Setting::start().await;
    let receiver = Receiver::accepting().await;
    let customer = Customer::create(&setting.server).await;
    customer.endpoint(&receiver.url().replace("http://", "https://")).await;
    let message = customer.send("{}").await;
    customer.stands_at(&message, "fail").await;
    for attempt in customer.attempts_once(&message, 2).await {
        let reason = text(&attempt["response"]);
        assert!(reason.contains("does not speak TLS"), "{reason}");
    }
}
