//! Starting: settings that are wrong, a store that is taken, and the first token.

use serde_json::json;
use wirepost_e2e::server::{Server, Settings};

const TOKEN_LINE: &str = "organisation token";

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_a_sentence_that_names_it() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, value) in [
        ("WIREPOST_LISTEN", "nowhere"),
        ("WIREPOST_STORE", "mysql:wirepost"),
        ("WIREPOST_STORE", "sqlite:"),
        ("WIREPOST_ADMIN_TOKEN", "short"),
        ("WIREPOST_ALLOW_HTTP", "perhaps"),
        ("WIREPOST_ALLOW_SUBNETS", "10.0.0.0/40"),
        ("WIREPOST_ALLOW_SUBNETS", "inside"),
        ("WIREPOST_RETRY_SCHEDULE", "1s,soon"),
        ("WIREPOST_REQUEST_TIMEOUT", "0s"),
        ("WIREPOST_REQUEST_TIMEOUT", "30"),
        ("WIREPOST_DRAIN_TIMEOUT", "-1s"),
        ("WIREPOST_SOCKETS_MOST", "0"),
        ("WIREPOST_IN_FLIGHT_MOST", "many"),
        ("WIREPOST_PAYLOAD_BYTES_MOST", "1MB"),
        ("WIREPOST_CONNECTIONS_MOST", "0"),
        ("WIREPOST_RECEIVE_TIMEOUT", "soon"),
        ("WIREPOST_CORS_ORIGINS", "everyone"),
        ("WIREPOST_PUBLIC_URL", "webhooks.example.com"),
        ("WIREPOST_TOKEN_REQUESTS_PER_SECOND", "many"),
        ("WIREPOST_JWT_CAPABILITIES", "Boss=Admin"),
        ("WIREPOST_JWT_KEYS", "not-there.json"),
        ("WIREPOST_LOG", "wirepost=loud=er"),
        ("WIREPOST_LOG_FORMAT", "xml"),
        ("WIREPOST_CONFIG", "not-there.toml"),
    ] {
        let refusal = Settings::default().with(name, value).refusal(&[], directory.path()).await;
        let setting = name.trim_start_matches("WIREPOST_").to_lowercase();
        let sentence = &refusal.sentence;
        assert!(!refusal.status.success() && refusal.lines.is_empty(), "{name}={value}: {refusal:?}");
        let named = sentence.contains(name) || sentence.contains(value) && sentence.contains(&setting);
        assert!(named || sentence.contains("not-there.toml"), "{name}={value}: {sentence}");
        assert!(sentence.starts_with("wirepost: ") && sentence.trim_end().lines().count() == 1, "{sentence}");
    }
}

#[tokio::test]
async fn a_wrong_flag_or_line_of_the_file_is_named_where_it_was_given() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("wirepost.toml");
    for (text, expected) in [
        ("request_timeout = 'soon'\n", "request_timeout in wirepost.toml"),
        ("reqest_timeout = '1s'\n", "`reqest_timeout`"),
        ("request_timeout\n", "wirepost.toml is not TOML"),
    ] {
        std::fs::write(&file, text).expect("the directory can be written");
        let arguments = ["--config", "wirepost.toml"];
        let refusal = Settings::default().refusal(&arguments, directory.path()).await;
        assert!(!refusal.status.success() && refusal.sentence.contains(expected), "{refusal:?}");
    }
    let refusal = Settings::default().refusal(&["--retry-schedule", "often"], directory.path()).await;
    assert!(!refusal.status.success() && refusal.sentence.contains("--retry-schedule"), "{refusal:?}");
    let refusal = Settings::default().refusal(&["--nothing"], directory.path()).await;
    assert!(!refusal.status.success() && refusal.sentence.contains("--nothing"), "{refusal:?}");
}

#[tokio::test]
async fn a_second_process_on_the_same_store_refuses_and_harms_nothing() {
    let server = Server::start().await;
    let refusal = server.settings().refusal(&[], server.directory()).await;
    assert!(!refusal.status.success() && refusal.lines.is_empty(), "{refusal:?}");
    assert!(refusal.sentence.contains("wirepost.db"), "the sentence names the store: {}", refusal.sentence);
    assert!(refusal.sentence.contains("another"), "the sentence says why: {}", refusal.sentence);
    server.api().post("/app", &json!({"name": "still here"})).await.expect(201);
}

#[tokio::test]
async fn a_port_that_is_taken_stops_the_start() {
    let server = Server::start().await;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let address = server.url().replace("http://", "");
    let taken = Settings::default().with("WIREPOST_LISTEN", address.as_str());
    let refusal = taken.refusal(&[], directory.path()).await;
    assert!(!refusal.status.success() && refusal.sentence.contains(&address), "{refusal:?}");
}

#[tokio::test]
async fn the_first_start_prints_a_token_once_and_keeps_only_its_hash() {
    let mut server = Settings::default().without("WIREPOST_ADMIN_TOKEN").start().await;
    let lines = server.program().lines();
    let line = lines.iter().find(|line| line.contains(TOKEN_LINE)).expect("the token is printed");
    let token = line.rsplit_once(' ').expect("the token stands last").1.to_owned();
    assert!(token.len() >= 32, "`{token}` can be guessed");
    assert_eq!(lines.iter().filter(|line| line.contains(&token)).count(), 1);
    let api = server.api_with(&token);
    api.post("/app", &json!({"name": "A customer", "uid": "customer"})).await.expect(201);

    server.ask_to_stop();
    assert!(server.ended().await.success());
    server.start_again().await;
    assert!(!server.program().lines().iter().any(|line| line.contains(TOKEN_LINE)), "it is shown only once");
    server.api_with(&token).get("/app/customer").await.expect(200);
    assert!(!server.program().errors().contains(&token), "the token is not logged");
    let files = server.store_files();
    assert!(files.len() > 1, "the log lies beside the database: {files:?}");
    for file in files {
        let bytes = std::fs::read(&file).expect("the store can be read");
        let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!found, "{} holds the token itself", file.display());
    }
}

#[tokio::test]
async fn the_token_from_the_environment_is_good_while_it_is_set() {
    let mut server = Settings::default().with("WIREPOST_ADMIN_TOKEN", "the-first-token-of-all").start().await;
    server.api_with("the-first-token-of-all").get("/app").await.expect(200);
    server.kill().await;
    server
        .start_again_with(Settings::default().with("WIREPOST_ADMIN_TOKEN", "the-second-token-of-all"))
        .await;
    server.api_with("the-second-token-of-all").get("/app").await.expect(200);
    server.api_with("the-first-token-of-all").get("/app").await.expect(401);
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let server = Server::start().await;
    for token in ["", "wrong", "organisation-token-of-the-test", "organisation-token-of-the-tests-and-more"] {
        let api = server.api_with(token);
        for path in ["/app", "/app/none", "/event-type", "/app/none/msg"] {
            let refused = api.get(path).await.expect(401);
            assert_eq!(refused["code"], "authentication_failed");
        }
        api.post("/app", &json!({"name": "x"})).await.expect(401);
    }
    assert_eq!(server.api_with("").get("/health/ping").await.status, 204);
}

#[tokio::test]
async fn the_version_and_the_flags_are_told_without_a_store() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let help = Settings::default().refusal(&["--help"], directory.path()).await;
    assert!(help.status.success());
    for flag in ["--listen", "--store", "--config", "--retry-schedule", "--allow-subnets"] {
        assert!(
            help.lines.iter().any(|line| line.contains(flag)),
            "{flag} is not explained: {:?}",
            help.lines
        );
    }
    assert!(!directory.path().join("wirepost.db").exists());
}
