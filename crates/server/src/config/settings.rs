//! All settings, checked. A wrong one is refused with a sentence that names it and where it was given.

use std::path::PathBuf;
use std::time::Duration;

use http::HeaderValue;
use ipnet::IpNet;
use wirepost_api::ApiSettings;
use wirepost_control::issuer::IssuerSettings;
use wirepost_control::openid::OpenIdAccess;
use wirepost_egress::ClientSettings;
use wirepost_engine::EngineSettings;
use wirepost_model::message::RETENTION_DAYS_DEFAULT;
use wirepost_model::retry_schedule::{RetrySchedule, parse_wait};
use wirepost_store::sealing::MainKey;
use wirepost_ui::UiSettings;

use super::layers::{Flags, Given, Layers};
use super::{failing, issuer, openid, pages};
use crate::commands::Sentence;

/// What the operator set.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) listen: String,
    pub(crate) store: PathBuf,
    pub(crate) admin_token: Option<AdminToken>,
    pub(crate) main_key: Option<MainKey>,
    pub(crate) main_key_file: Option<PathBuf>,
    pub(crate) client: ClientSettings,
    pub(crate) engine: EngineSettings,
    pub(crate) drain_timeout: Duration,
    pub(crate) payload_bytes_most: usize,
    pub(crate) retention_days: u16,
    pub(crate) api: ApiSettings,
    pub(crate) pages: UiSettings,
    pub(crate) connections_most: usize,
    pub(crate) public_url: Option<String>,
    pub(crate) token_requests_per_second: Option<u32>,
    pub(crate) replay_rate: u32,
    pub(crate) issuer: Option<IssuerSettings>,
    pub(crate) openid: Option<OpenIdAccess>,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
}

/// The organisation token from the settings.
#[derive(Clone)]
pub(crate) struct AdminToken(pub(crate) String);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

const SHORTEST_TOKEN: usize = 16;

impl std::fmt::Debug for AdminToken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("AdminToken(…)")
    }
}

impl Settings {
    /// What is logged unless told otherwise.
    pub(crate) const DEFAULT_LOG: &str = "info";

    /// Where everything is kept unless told otherwise.
    pub(crate) fn default_store() -> PathBuf {
        PathBuf::from("wirepost.db")
    }

    /// Reads flags, environment and file.
    pub(crate) fn read(flags: &Flags) -> Result<Self, Sentence> {
        Self::from_layers(&Layers::read(flags, |name| std::env::var(name).ok())?)
    }

    fn from_layers(layers: &Layers) -> Result<Self, Sentence> {
        let engine = failing::read(layers, EngineSettings::default())?;
        let client = ClientSettings {
            allow_http: setting(layers, "allow_http", false, parse_bool)?,
            allowed_subnets: setting(layers, "allow_subnets", Vec::new(), parse_subnets)?,
            ..ClientSettings::default()
        };
        let engine = EngineSettings {
            retry_schedule: setting(layers, "retry_schedule", engine.retry_schedule, |text| {
                RetrySchedule::parse(text).map_err(|invalid| invalid.reason)
            })?,
            request_timeout: setting(layers, "request_timeout", engine.request_timeout, |text| {
                parse_time(text, 1, 300)
            })?,
            sockets_most: setting(layers, "sockets_most", engine.sockets_most, |text| {
                parse_count(text, 2, 1_000_000)
            })?,
            in_flight_most: setting(layers, "in_flight_most", engine.in_flight_most, |text| {
                parse_count(text, 1, 10_000)
            })?,
            ..engine
        };
        Ok(Self {
            listen: setting(layers, "listen", "127.0.0.1:8071".to_owned(), |text| Ok(text.to_owned()))?,
            store: setting(layers, "store", Self::default_store(), parse_store)?,
            admin_token: setting(layers, "admin_token", None, parse_token)?,
            main_key: setting(layers, "main_key", None, parse_main_key)?,
            main_key_file: setting(layers, "main_key_file", None, |text| Ok(Some(PathBuf::from(text))))?,
            client,
            engine,
            drain_timeout: setting(layers, "drain_timeout", Duration::from_secs(20), |text| {
                parse_time(text, 0, 3_600)
            })?,
            payload_bytes_most: setting(layers, "payload_bytes_most", 1 << 20, |text| {
                parse_count(text, 1_024, 64 << 20)
            })?,
            retention_days: setting(layers, "retention_days", RETENTION_DAYS_DEFAULT, parse_days)?,
            public_url: setting(layers, "public_url", None, parse_public_url)?,
            token_requests_per_second: setting(layers, "token_requests_per_second", None, |text| {
                let count = parse_count(text, 0, 1_000_000)?;
                Ok(u32::try_from(count).ok().filter(|count| *count > 0))
            })?,
            replay_rate: setting(layers, "replay_rate", 1_000, |text| {
                let count = parse_count(text, 1, 100_000)?;
                Ok(u32::try_from(count).expect("it is at most 100,000"))
            })?,
            issuer: issuer::read(layers)?,
            openid: openid::read(layers)?,
            api: api_settings(layers)?,
            pages: pages::read(layers)?,
            connections_most: setting(layers, "connections_most", 4_096, |text| {
                parse_count(text, 1, 1_000_000)
            })?,
            log: setting(layers, "log", Self::DEFAULT_LOG.to_owned(), |text| Ok(text.to_owned()))?,
            log_format: setting(layers, "log_format", LogFormat::Text, parse_log_format)?,
        })
    }
}

fn api_settings(layers: &Layers) -> Result<ApiSettings, Sentence> {
    let api = ApiSettings::default();
    Ok(ApiSettings {
        body_timeout: setting(layers, "receive_timeout", api.body_timeout, |text| {
            parse_time(text, 1, 3_600)
        })?,
        cors_origins: setting(layers, "cors_origins", api.cors_origins, parse_origins)?,
        ..api
    })
}

/// The setting as parsed, or its default.
pub(super) fn setting<T>(
    layers: &Layers,
    name: &str,
    default: T,
    parse: impl Fn(&str) -> Result<T, Sentence>,
) -> Result<T, Sentence> {
    let Some(Given { text, place }) = layers.get(name) else {
        return Ok(default);
    };
    parse(text.trim()).map_err(|reason| format!("{place}: {reason}"))
}

fn parse_bool(text: &str) -> Result<bool, Sentence> {
    match text {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

fn parse_subnets(text: &str) -> Result<Vec<IpNet>, Sentence> {
    let parse = |part: &str| {
        let part = part.trim();
        part.parse().map_err(|_| format!("`{part}` is not a network; write 10.1.0.0/16 or fd00::/8"))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(parse).collect()
}

/// Origins exactly as browsers send them: a slash too many would match none, so it is refused.
pub(super) fn parse_origins(text: &str) -> Result<Vec<HeaderValue>, Sentence> {
    let parse = |part: &str| {
        let part = part.trim();
        let host = part.strip_prefix("https://").or_else(|| part.strip_prefix("http://"));
        let good = |host: &&str| {
            let known =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
            !host.is_empty() && host.bytes().all(known)
        };
        let origin = host.filter(good).and_then(|_| HeaderValue::from_str(part).ok());
        origin.ok_or_else(|| format!("`{part}` is not an origin; write https://pages.example.com"))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(parse).collect()
}

fn parse_store(text: &str) -> Result<PathBuf, Sentence> {
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(path.into()),
        Some(_) => Err("names no file behind sqlite:".to_owned()),
        None => Err(format!("`{text}` is not a store; write sqlite:FILE")),
    }
}

fn parse_token(text: &str) -> Result<Option<AdminToken>, Sentence> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    match text.len() {
        0 => Ok(None),
        SHORTEST_TOKEN.. if visible => Ok(Some(AdminToken(text.to_owned()))),
        _ => Err(format!("must be at least {SHORTEST_TOKEN} visible ASCII characters")),
    }
}

fn parse_main_key(text: &str) -> Result<Option<MainKey>, Sentence> {
    MainKey::parse(text).map(Some).map_err(|invalid| invalid.reason)
}

fn parse_public_url(text: &str) -> Result<Option<String>, Sentence> {
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['#', '?', ' ']) => Ok(Some(url.to_owned())),
        _ => Err(format!("`{text}` is not where people reach the pages; write https://webhooks.example.com")),
    }
}

pub(super) fn parse_time(text: &str, least_seconds: u64, most_seconds: u64) -> Result<Duration, Sentence> {
    let time = parse_wait(text).map_err(|invalid| invalid.reason)?;
    if (least_seconds..=most_seconds).contains(&time.as_secs()) {
        Ok(time)
    } else {
        Err(format!("must be {least_seconds}s to {most_seconds}s, is {text}"))
    }
}

fn parse_count(text: &str, least: usize, most: usize) -> Result<usize, Sentence> {
    let count = text.parse().ok().filter(|count| (least..=most).contains(count));
    count.ok_or_else(|| format!("`{text}` is not a number from {least} to {most}"))
}

/// More days than these are more hours than a message can say.
fn parse_days(text: &str) -> Result<u16, Sentence> {
    let days = parse_count(text, 1, 2_000)?;
    Ok(u16::try_from(days).expect("it is at most 2,000"))
}

fn parse_log_format(text: &str) -> Result<LogFormat, Sentence> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`{text}` is neither text nor json")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 bytes in base64.
    const MAIN_KEY: &str = "bWFpbiBrZXkgbWFpbiBrZXkgbWFpbiBrZXkgbWFpbiE=";

    fn read(name: &'static str, text: &'static str) -> Result<Settings, Sentence> {
        let variable = move |asked: &str| (asked == name).then(|| text.to_owned());
        Settings::from_layers(&Layers::read(&Flags::default(), variable)?)
    }

    #[test]
    fn the_defaults_are_strict() {
        let settings = read("NOTHING", "").expect("the defaults are good");
        assert!(!settings.client.allow_http && settings.client.allowed_subnets.is_empty());
        assert_eq!(settings.listen, "127.0.0.1:8071");
        assert_eq!(settings.engine.retry_schedule.attempts(), 9);
    }

    #[test]
    fn good_settings_are_taken() {
        let settings = read("WIREPOST_ALLOW_SUBNETS", "10.0.0.0/8, fd00::/8").expect("good networks");
        assert_eq!(settings.client.allowed_subnets.len(), 2);
        let settings = read("WIREPOST_RETRY_SCHEDULE", "1s,1m").expect("a good schedule");
        assert_eq!(settings.engine.retry_schedule.attempts(), 3);
        let settings = read("WIREPOST_CORS_ORIGINS", "https://a.example, http://localhost:5173");
        assert_eq!(settings.expect("good origins").api.cors_origins[1], "http://localhost:5173");
        let settings = read("WIREPOST_STORE", "sqlite:/tmp/x.db").expect("a good store");
        assert_eq!(settings.store, PathBuf::from("/tmp/x.db"));
        assert_eq!(read("WIREPOST_RETENTION_DAYS", "7").expect("a good number").retention_days, 7);
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (name, text) in [
            ("WIREPOST_ALLOW_HTTP", "maybe"),
            ("WIREPOST_ALLOW_SUBNETS", "10.0.0.0/40"),
            ("WIREPOST_STORE", "mysql:x"),
            ("WIREPOST_STORE", "sqlite:"),
            ("WIREPOST_RETRY_SCHEDULE", "5x"),
            ("WIREPOST_REQUEST_TIMEOUT", "0s"),
            ("WIREPOST_REQUEST_TIMEOUT", "1d"),
            ("WIREPOST_SOCKETS_MOST", "0"),
            ("WIREPOST_IN_FLIGHT_MOST", "-1"),
            ("WIREPOST_PAYLOAD_BYTES_MOST", "many"),
            ("WIREPOST_CONNECTIONS_MOST", "0"),
            ("WIREPOST_RECEIVE_TIMEOUT", "0s"),
            ("WIREPOST_CORS_ORIGINS", "https://pages.example.com/"),
            ("WIREPOST_CORS_ORIGINS", "https://Pages.example.com"),
            ("WIREPOST_CORS_ORIGINS", "*"),
            ("WIREPOST_RETENTION_DAYS", "0"),
            ("WIREPOST_RETENTION_DAYS", "90d"),
            ("WIREPOST_LOG_FORMAT", "xml"),
            ("WIREPOST_ADMIN_TOKEN", "short"),
            ("WIREPOST_MAIN_KEY", ""),
            ("WIREPOST_MAIN_KEY", "c2hvcnQ="),
        ] {
            let sentence = read(name, text).expect_err(name);
            assert!(sentence.starts_with(name), "{sentence}");
        }
    }

    #[test]
    fn token_and_main_key_are_neither_printed_nor_repeated() {
        let settings = read("WIREPOST_ADMIN_TOKEN", "a-long-enough-token").expect("a good token");
        assert!(!format!("{settings:?}").contains("a-long-enough-token"));
        let settings = read("WIREPOST_MAIN_KEY", MAIN_KEY).expect("a good key");
        assert!(!format!("{settings:?}").contains(&MAIN_KEY[..8]));
        let sentence = read("WIREPOST_ADMIN_TOKEN", "short one").expect_err("a bad token");
        assert!(!sentence.contains("short one"));
    }
}
