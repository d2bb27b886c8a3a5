//! The issuer whose signed tokens are believed: all of it is said, or nothing.

use wirepost_control::issuer::{Grants, IssuerSettings, KeySource};

use super::layers::Layers;
use super::settings::setting;
use crate::commands::Sentence;

/// Reads the settings that begin with `jwt_`.
pub(super) fn read(layers: &Layers) -> Result<Option<IssuerSettings>, Sentence> {
    let text = |name: &str| setting(layers, name, None, parse_name);
    let keys = setting(layers, "jwt_keys", None, parse_keys)?;
    let app_claim = text("jwt_app_claim")?.unwrap_or_else(|| "app".to_owned());
    let capabilities_claim = text("jwt_capabilities_claim")?.unwrap_or_else(|| "capabilities".to_owned());
    let grants = setting(layers, "jwt_capabilities", Grants::default(), |text| {
        Grants::parse(text).map_err(|invalid| invalid.reason)
    })?;
    match (text("jwt_issuer")?, text("jwt_audience")?, keys) {
        (Some(name), Some(audience), Some(keys)) => {
            Ok(Some(IssuerSettings { name, audience, keys, app_claim, capabilities_claim, grants }))
        }
        (None, None, None) => Ok(None),
        _ => Err("jwt_issuer, jwt_audience and jwt_keys belong together: say all three or none".to_owned()),
    }
}

fn parse_name(text: &str) -> Result<Option<String>, Sentence> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(Some(text.to_owned())) }
}

fn parse_keys(text: &str) -> Result<Option<KeySource>, Sentence> {
    if text.starts_with("https://") || text.starts_with("http://") {
        return Ok(Some(KeySource::Url(text.to_owned())));
    }
    let file = std::fs::read_to_string(text).map_err(|error| format!("cannot read {text}: {error}"))?;
    KeySource::from_text(&file).map(Some).map_err(|invalid| format!("{text} {}", invalid.reason))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::config::Flags;

    fn read_from(given: &[(&str, &str)]) -> Result<Option<IssuerSettings>, Sentence> {
        let variable = |asked: &str| {
            let found = given.iter().find(|(name, _)| asked == format!("WIREPOST_JWT_{name}"));
            found.map(|(_, text)| (*text).to_owned())
        };
        read(&Layers::read(&Flags::default(), variable)?)
    }

    #[test]
    fn an_issuer_is_said_whole_or_not_at_all() {
        let name = ("ISSUER", "https://login.example.com/");
        let audience = ("AUDIENCE", "wirepost");
        let keys = ("KEYS", "https://login.example.com/keys");
        assert_eq!(read_from(&[]), Ok(None));
        let issuer = read_from(&[name, audience, keys]).expect("it is whole").expect("it is there");
        assert_eq!((issuer.name.as_str(), issuer.app_claim.as_str()), (name.1, "app"));
        for part in [&[name, audience][..], &[keys], &[audience, keys]] {
            assert!(read_from(part).expect_err("a part").contains("belong together"));
        }
        assert!(read_from(&[("CAPABILITIES", "Boss=Admin")]).is_err());
    }

    #[test]
    fn keys_can_be_a_file() {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(b"{\"keys\": []}").expect("room for a line");
        let path = file.path().to_string_lossy().into_owned();
        assert!(matches!(parse_keys(&path), Ok(Some(KeySource::Set(_)))));
        file.write_all(b"no more JSON").expect("room for a line");
        assert!(parse_keys(&path).expect_err("it is broken").contains("is not a JSON Web Key Set"));
        assert!(parse_keys("not/there.json").expect_err("it is missing").contains("cannot read"));
    }
}
