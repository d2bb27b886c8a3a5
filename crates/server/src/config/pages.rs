//! How the pages look, and where they may be shown.

use http::HeaderValue;
use wirepost_ui::{Accent, Logo, UiSettings};

use super::layers::Layers;
use super::settings::{parse_origins, setting};
use crate::commands::Sentence;

/// Largest logo, in bytes: it is fetched with every first page.
const LOGO_BYTES_MOST: usize = 256 * 1_024;
/// Endings of files that may be a logo, and what they hold.
const LOGO_KINDS: [(&str, &str); 5] = [
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
];

/// The pages' settings as they are given; where people reach them is known later.
pub(super) fn read(layers: &Layers) -> Result<UiSettings, Sentence> {
    let pages = UiSettings::default();
    let origins = setting(layers, "frame_ancestors", Vec::new(), parse_origins)?;
    let as_text = |origin: &HeaderValue| origin.to_str().map(str::to_owned);
    Ok(UiSettings {
        name: setting(layers, "page_name", pages.name, parse_name)?,
        accent: setting(layers, "page_accent", None, parse_accent)?,
        logo: setting(layers, "page_logo", None, read_logo)?,
        frame_ancestors: origins
            .iter()
            .map(as_text)
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?,
        ..pages
    })
}

fn parse_name(text: &str) -> Result<String, Sentence> {
    if text.is_empty() || text.chars().count() > 60 {
        return Err("must be 1 to 60 characters".to_owned());
    }
    Ok(text.to_owned())
}

fn parse_accent(text: &str) -> Result<Option<Accent>, Sentence> {
    let is_colour = |text: &&str| {
        text.strip_prefix('#')
            .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let refusal = || format!("`{text}` is not two colours; write #0b57d0,#a8c7fa");
    let (light, dark) = text.split_once(',').ok_or_else(refusal)?;
    let [light, dark] = [light.trim(), dark.trim()];
    if [light, dark].iter().all(is_colour) {
        Ok(Some(Accent { light: light.to_owned(), dark: dark.to_owned() }))
    } else {
        Err(refusal())
    }
}

fn read_logo(text: &str) -> Result<Option<Logo>, Sentence> {
    let ending = text.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let kind = LOGO_KINDS.iter().find(|(known, _)| *known == ending);
    let (_, media_type) = kind.ok_or_else(|| format!("`{text}` is not an svg, png, jpeg or webp file"))?;
    let bytes = std::fs::read(text).map_err(|error| format!("cannot read {text}: {error}"))?;
    if bytes.len() > LOGO_BYTES_MOST {
        return Err(format!("{text} has more than {LOGO_BYTES_MOST} bytes"));
    }
    Ok(Some(Logo { media_type: (*media_type).to_owned(), bytes }))
}
