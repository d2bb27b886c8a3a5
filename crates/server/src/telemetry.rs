//! Logs: to standard error, as text or JSON.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::commands::Sentence;
use crate::config::{LogFormat, Settings};

/// Starts logging as the settings say.
pub(crate) fn start(settings: &Settings) -> Result<(), Sentence> {
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|error| format!("log: `{}` is not a log filter: {error}", settings.log))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr);
    let started = match settings.log_format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| format!("cannot start logging: {error}"))
}
