//! How long endpoints may fail, and by which app the operator is told of it.

use wirepost_engine::EngineSettings;
use wirepost_model::ids::{AppKind, Kind};
use wirepost_model::names::Uid;

use super::layers::Layers;
use super::settings::{parse_time, setting};
use crate::commands::Sentence;

/// Shortest and longest that an endpoint may be allowed to fail, in seconds: the longest is a year.
const DISABLE_AFTER_SECONDS: (u64, u64) = (1, 365 * 24 * 60 * 60);

/// The engine's settings with these three as they are given.
pub(super) fn read(layers: &Layers, engine: EngineSettings) -> Result<EngineSettings, Sentence> {
    let (shortest, longest) = DISABLE_AFTER_SECONDS;
    Ok(EngineSettings {
        disable_after: setting(layers, "disable_after", engine.disable_after, |text| {
            parse_time(text, shortest, longest)
        })?,
        warn_at_percent: setting(layers, "warn_at_percent", engine.warn_at_percent, parse_percents)?,
        operational_app: setting(layers, "operational_app", engine.operational_app, parse_uid)?,
        ..engine
    })
}

fn parse_percents(text: &str) -> Result<Vec<u8>, Sentence> {
    let parse = |part: &str| {
        let percent = part.trim().parse().ok().filter(|percent| (1..=99).contains(percent));
        percent.ok_or_else(|| format!("`{}` is not a number of percent from 1 to 99", part.trim()))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(parse).collect()
}

fn parse_uid(text: &str) -> Result<Option<Uid>, Sentence> {
    if text.is_empty() {
        return Ok(None);
    }
    Uid::parse_beside_ids(text, AppKind::PREFIX).map(Some).map_err(|invalid| invalid.reason)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Flags;

    fn read_from(name: &'static str, text: &'static str) -> Result<EngineSettings, Sentence> {
        let variable = move |asked: &str| (asked == name).then(|| text.to_owned());
        read(&Layers::read(&Flags::default(), variable)?, EngineSettings::default())
    }

    #[test]
    fn five_days_and_two_warnings_unless_told_otherwise() {
        let settings = read_from("NOTHING", "").expect("the defaults are good");
        assert_eq!(settings.disable_after, Duration::from_secs(5 * 24 * 60 * 60));
        assert_eq!((settings.warn_at_percent, settings.operational_app), (vec![50, 80], None));
    }

    #[test]
    fn good_settings_are_taken() {
        let settings = read_from("WIREPOST_DISABLE_AFTER", "36h").expect("a good time");
        assert_eq!(settings.disable_after, Duration::from_secs(36 * 60 * 60));
        let settings = read_from("WIREPOST_WARN_AT_PERCENT", "25, 50,90").expect("good percents");
        assert_eq!(settings.warn_at_percent, [25, 50, 90]);
        assert_eq!(read_from("WIREPOST_WARN_AT_PERCENT", "").expect("none").warn_at_percent, [0; 0]);
        let settings = read_from("WIREPOST_OPERATIONAL_APP", "operations").expect("a good uid");
        assert_eq!(settings.operational_app, Uid::parse("operations").ok());
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (name, text) in [
            ("WIREPOST_DISABLE_AFTER", "0s"),
            ("WIREPOST_DISABLE_AFTER", "400d"),
            ("WIREPOST_WARN_AT_PERCENT", "100"),
            ("WIREPOST_WARN_AT_PERCENT", "half"),
            ("WIREPOST_OPERATIONAL_APP", "app_operations"),
            ("WIREPOST_OPERATIONAL_APP", "our operations"),
        ] {
            let sentence = read_from(name, text).expect_err(name);
            assert!(sentence.starts_with(name), "{sentence}");
        }
    }
}
