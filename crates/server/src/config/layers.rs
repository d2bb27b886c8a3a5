//! Where a setting is given: a flag wins over the environment, the environment over the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::Sentence;

/// Every setting, as it is spelled in the file; with dashes it is a flag, in capitals behind `WIREPOST_` a variable.
pub(crate) const NAMES: [&str; 43] = [
    "admin_token",
    "allow_http",
    "allow_subnets",
    "connections_most",
    "cors_origins",
    "disable_after",
    "drain_timeout",
    "frame_ancestors",
    "in_flight_most",
    "jwt_app_claim",
    "jwt_audience",
    "jwt_capabilities",
    "jwt_capabilities_claim",
    "jwt_issuer",
    "jwt_keys",
    "listen",
    "log",
    "log_format",
    "main_key",
    "main_key_file",
    "oidc_app_claim",
    "oidc_capabilities",
    "oidc_capabilities_claim",
    "oidc_client_id",
    "oidc_client_secret",
    "oidc_issuer",
    "oidc_name",
    "oidc_scopes",
    "operational_app",
    "page_accent",
    "page_logo",
    "page_name",
    "payload_bytes_most",
    "public_url",
    "receive_timeout",
    "replay_rate",
    "request_timeout",
    "retention_days",
    "retry_schedule",
    "sockets_most",
    "store",
    "token_requests_per_second",
    "warn_at_percent",
];

/// The flags of `serve` and `demo`. Each can also be given as `WIREPOST_…` or in the file.
#[derive(Args, Default)]
pub(crate) struct Flags {
    /// Settings as TOML: one `name = value` a line, named as the flags with underscores
    #[arg(long, value_name = "FILE", env = "WIREPOST_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8071]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where everything is kept [default: sqlite:wirepost.db]
    #[arg(long, value_name = "sqlite:FILE")]
    store: Option<String>,
    /// The file that keeps the main key [default: the store's file with .key behind it]
    #[arg(long, value_name = "FILE")]
    main_key_file: Option<String>,
    /// Let endpoints be http:// beside https://
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    allow_http: Option<String>,
    /// Private networks that endpoints may be in, e.g. 10.1.0.0/16,127.0.0.0/8
    #[arg(long, value_name = "CIDR,…")]
    allow_subnets: Option<String>,
    /// Waits between attempts, or a preset: default, svix [default: 0s,5s,5m,30m,2h,5h,10h,10h]
    #[arg(long, value_name = "WAIT,…")]
    retry_schedule: Option<String>,
    /// Most time for one request to an endpoint [default: 30s]
    #[arg(long, value_name = "TIME")]
    request_timeout: Option<String>,
    /// How long every attempt to an endpoint must have failed before it is disabled [default: 5d]
    #[arg(long, value_name = "TIME")]
    disable_after: Option<String>,
    /// Parts of that time, in percent, at which the operator is warned [default: 50,80]
    #[arg(long, value_name = "PERCENT,…")]
    warn_at_percent: Option<String>,
    /// The uid of the app by which the operator is told of trouble; made where it is missing [default: none]
    #[arg(long, value_name = "UID")]
    operational_app: Option<String>,
    /// Most time to let requests end when told to stop [default: 20s]
    #[arg(long, value_name = "TIME")]
    drain_timeout: Option<String>,
    /// Most requests to all endpoints open at a time [default: 8192]
    #[arg(long, value_name = "COUNT")]
    sockets_most: Option<String>,
    /// Most requests to one endpoint open at a time [default: 64]
    #[arg(long, value_name = "COUNT")]
    in_flight_most: Option<String>,
    /// Most bytes of a payload [default: 1048576]
    #[arg(long, value_name = "BYTES")]
    payload_bytes_most: Option<String>,
    /// Where people reach the pages [default: http:// and the address]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    pages: PageFlags,
    /// Most requests per second with one token [default: no bound]
    #[arg(long, value_name = "COUNT")]
    token_requests_per_second: Option<String>,
    /// Messages per second that are sent again at most, unless asked for otherwise [default: 1000]
    #[arg(long, value_name = "COUNT")]
    replay_rate: Option<String>,
    #[command(flatten)]
    issuer: IssuerFlags,
    #[command(flatten)]
    openid: OpenIdFlags,
    /// Days that payloads and answers are kept [default: 90]
    #[arg(long, value_name = "COUNT")]
    retention_days: Option<String>,
    /// Most callers' connections open at a time [default: 4096]
    #[arg(long, value_name = "COUNT")]
    connections_most: Option<String>,
    /// Most time for a caller's request body to come in [default: 30s]
    #[arg(long, value_name = "TIME")]
    receive_timeout: Option<String>,
    /// Origins whose pages may call from a browser, e.g. https://pages.example.com [default: none]
    #[arg(long, value_name = "ORIGIN,…")]
    cors_origins: Option<String>,
    /// What to log: error, warn, info, debug, or a filter like wirepost_engine=debug [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How to log: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

/// How the pages look, and where they may be shown.
#[derive(Args, Default)]
struct PageFlags {
    /// The name at the top of the pages [default: Webhooks]
    #[arg(long, value_name = "TEXT")]
    page_name: Option<String>,
    /// The colour of what can be pressed, on light and on dark ground, e.g. #0b57d0,#a8c7fa
    #[arg(long, value_name = "COLOUR,COLOUR")]
    page_accent: Option<String>,
    /// A picture beside the name: svg, png, jpeg or webp
    #[arg(long, value_name = "FILE")]
    page_logo: Option<String>,
    /// Origins whose pages may show these inside of theirs, e.g. https://dam.example.com [default: none]
    #[arg(long, value_name = "ORIGIN,…")]
    frame_ancestors: Option<String>,
}

/// Whose signed tokens are believed.
#[derive(Args, Default)]
struct IssuerFlags {
    /// Believe the signed tokens (JWT) of this issuer
    #[arg(long, value_name = "NAME")]
    jwt_issuer: Option<String>,
    /// What its tokens call this server (`aud`)
    #[arg(long, value_name = "NAME")]
    jwt_audience: Option<String>,
    /// Its keys as a JSON Web Key Set: a URL or a file
    #[arg(long, value_name = "URL|FILE")]
    jwt_keys: Option<String>,
    /// The claim that holds an app's id or uid [default: app]
    #[arg(long, value_name = "CLAIM")]
    jwt_app_claim: Option<String>,
    /// The claim that holds what the caller may do [default: capabilities]
    #[arg(long, value_name = "CLAIM")]
    jwt_capabilities_claim: Option<String>,
    /// What words of that claim stand for, e.g. Webhooks,Sender=SendMessages+ViewBase [default: Webhooks]
    #[arg(long, value_name = "WORD[=CAPABILITY+…],…")]
    jwt_capabilities: Option<String>,
}

/// Where people of the company sign in.
#[derive(Args, Default)]
struct OpenIdFlags {
    /// Let people sign in at this OpenID provider
    #[arg(long, value_name = "URL")]
    oidc_issuer: Option<String>,
    /// What it calls this server
    #[arg(long, value_name = "NAME")]
    oidc_client_id: Option<String>,
    /// What the button of the sign-in says [default: Sign in with your company]
    #[arg(long, value_name = "TEXT")]
    oidc_name: Option<String>,
    /// What to ask for beside openid [default: profile]
    #[arg(long, value_name = "SCOPE,…")]
    oidc_scopes: Option<String>,
    /// The claim that holds the id or uid of a person's app [default: app]
    #[arg(long, value_name = "CLAIM")]
    oidc_app_claim: Option<String>,
    /// The claim that holds what a person may do [default: capabilities]
    #[arg(long, value_name = "CLAIM")]
    oidc_capabilities_claim: Option<String>,
    /// What words of that claim stand for, e.g. Webhooks,Operators=Admin [default: Webhooks]
    #[arg(long, value_name = "WORD[=CAPABILITY+…],…")]
    oidc_capabilities: Option<String>,
}

/// A setting as given, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) text: String,
    /// For sentences: `--listen`, `WIREPOST_LISTEN` or `listen in wirepost.toml`.
    pub(crate) place: String,
}

/// All that was given, the winner for each name.
#[derive(Debug, Default)]
pub(crate) struct Layers(BTreeMap<&'static str, Given>);

impl Layers {
    /// Reads flags, then variables through `variable`, then the file.
    pub(crate) fn read(flags: &Flags, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Sentence> {
        let mut file = match &flags.config {
            Some(path) => read_file(path)?,
            None => BTreeMap::new(),
        };
        let mut layers = BTreeMap::new();
        for name in NAMES {
            let variable_name = format!("WIREPOST_{}", name.to_uppercase());
            let by_flag = flags
                .get(name)
                .map(|text| Given { text: text.clone(), place: format!("--{}", name.replace('_', "-")) });
            let by_variable =
                || Some(Given { text: variable(&variable_name)?, place: variable_name.clone() });
            let by_file = file.remove(name);
            if let Some(given) = by_flag.or_else(by_variable).or(by_file) {
                layers.insert(name, given);
            }
        }
        Ok(Self(layers))
    }

    /// The setting of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Given> {
        self.0.get(name)
    }
}

impl Flags {
    /// Flags that say where everything is kept, and nothing else.
    pub(crate) fn of_store(config: Option<PathBuf>, store: Option<String>) -> Self {
        Self { config, store, ..Self::default() }
    }

    fn get(&self, name: &str) -> Option<&String> {
        match name {
            "listen" => self.listen.as_ref(),
            "store" => self.store.as_ref(),
            "main_key_file" => self.main_key_file.as_ref(),
            "allow_http" => self.allow_http.as_ref(),
            "allow_subnets" => self.allow_subnets.as_ref(),
            "retry_schedule" => self.retry_schedule.as_ref(),
            "request_timeout" => self.request_timeout.as_ref(),
            "retention_days" => self.retention_days.as_ref(),
            "disable_after" => self.disable_after.as_ref(),
            "warn_at_percent" => self.warn_at_percent.as_ref(),
            "operational_app" => self.operational_app.as_ref(),
            "drain_timeout" => self.drain_timeout.as_ref(),
            "sockets_most" => self.sockets_most.as_ref(),
            "in_flight_most" => self.in_flight_most.as_ref(),
            "payload_bytes_most" => self.payload_bytes_most.as_ref(),
            "public_url" => self.public_url.as_ref(),
            "page_name" => self.pages.page_name.as_ref(),
            "page_accent" => self.pages.page_accent.as_ref(),
            "page_logo" => self.pages.page_logo.as_ref(),
            "frame_ancestors" => self.pages.frame_ancestors.as_ref(),
            "token_requests_per_second" => self.token_requests_per_second.as_ref(),
            "replay_rate" => self.replay_rate.as_ref(),
            "jwt_issuer" => self.issuer.jwt_issuer.as_ref(),
            "jwt_audience" => self.issuer.jwt_audience.as_ref(),
            "jwt_keys" => self.issuer.jwt_keys.as_ref(),
            "jwt_app_claim" => self.issuer.jwt_app_claim.as_ref(),
            "jwt_capabilities_claim" => self.issuer.jwt_capabilities_claim.as_ref(),
            "jwt_capabilities" => self.issuer.jwt_capabilities.as_ref(),
            "oidc_issuer" => self.openid.oidc_issuer.as_ref(),
            "oidc_client_id" => self.openid.oidc_client_id.as_ref(),
            "oidc_name" => self.openid.oidc_name.as_ref(),
            "oidc_scopes" => self.openid.oidc_scopes.as_ref(),
            "oidc_app_claim" => self.openid.oidc_app_claim.as_ref(),
            "oidc_capabilities_claim" => self.openid.oidc_capabilities_claim.as_ref(),
            "oidc_capabilities" => self.openid.oidc_capabilities.as_ref(),
            "connections_most" => self.connections_most.as_ref(),
            "receive_timeout" => self.receive_timeout.as_ref(),
            "cors_origins" => self.cors_origins.as_ref(),
            "log" => self.log.as_ref(),
            "log_format" => self.log_format.as_ref(),
            // The admin token, the main key and the client secret have no flag: other users of the machine can read flags.
            _ => None,
        }
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<String, Given>, Sentence> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let table: toml::Table = text.parse().map_err(|error| format!("{shown} is not TOML: {error}"))?;
    table
        .into_iter()
        .map(|(name, value)| {
            if !NAMES.contains(&name.as_str()) {
                return Err(format!("{shown}: there is no setting `{name}`; there are {}", NAMES.join(", ")));
            }
            let place = format!("{name} in {shown}");
            let text =
                as_text(value).ok_or_else(|| format!("{place}: must be text, a number or a list of text"))?;
            Ok((name, Given { text, place }))
        })
        .collect()
}

fn as_text(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(yes.to_string()),
        toml::Value::Array(items) => {
            items.into_iter().map(as_text).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(text.as_bytes()).expect("room for a line");
        file
    }

    #[test]
    fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
        let file = file("listen = 'file'\nstore = 'file'\nlog = 'file'\nallow_subnets = ['a', 'b']\n");
        let flags =
            Flags { config: Some(file.path().to_owned()), listen: Some("flag".into()), ..Flags::default() };
        let variable =
            |name: &str| ["WIREPOST_LISTEN", "WIREPOST_STORE"].contains(&name).then(|| "env".into());
        let layers = Layers::read(&flags, variable).expect("good layers");
        let text = |name| layers.get(name).map(|given| given.text.as_str());
        assert_eq!([text("listen"), text("store"), text("log")], [Some("flag"), Some("env"), Some("file")]);
        assert_eq!((text("allow_subnets"), text("log_format")), (Some("a,b"), None));
    }

    #[test]
    fn an_unknown_name_and_a_broken_file_are_named() {
        for (text, expected) in [("lisen = 'x'", "no setting `lisen`"), ("listen", "is not TOML")] {
            let file = file(text);
            let flags = Flags { config: Some(file.path().to_owned()), ..Flags::default() };
            let sentence = Layers::read(&flags, |_| None).expect_err("a refusal");
            assert!(sentence.contains(expected), "{sentence}");
        }
        let flags = Flags { config: Some("/nowhere/wirepost.toml".into()), ..Flags::default() };
        assert!(Layers::read(&flags, |_| None).is_err());
    }

    #[test]
    fn secrets_cannot_be_flags() {
        let layers = Layers::read(&Flags::default(), |name| Some(name.to_owned())).expect("good layers");
        let place = |name| layers.get(name).map(|given| given.place.as_str());
        assert_eq!(place("admin_token"), Some("WIREPOST_ADMIN_TOKEN"));
        assert_eq!(place("main_key"), Some("WIREPOST_MAIN_KEY"));
    }
}
