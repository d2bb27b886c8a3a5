//! `wirepost serve`: the server, until it is told to stop.

use super::Sentence;
use crate::assembly::Wirepost;
use crate::config::{Flags, Settings};
use crate::{shutdown, telemetry};

/// Serves until SIGTERM or Ctrl-C, then drains.
pub(crate) async fn run(flags: &Flags) -> Result<(), Sentence> {
    let settings = Settings::read(flags)?;
    telemetry::start(&settings)?;
    let mut signals = shutdown::Signals::listen()?;
    let wirepost = Wirepost::start(settings).await?;
    wirepost.announce();
    signals.next().await;
    wirepost.stop(signals).await;
    Ok(())
}
