//! The company's own sign-in: said whole, or not at all.

use wirepost_control::issuer::Grants;
use wirepost_control::openid::{ClientSecret, OpenIdAccess};

use super::layers::Layers;
use super::settings::setting;
use crate::commands::Sentence;

/// Most characters of the button's text.
const NAME_MOST: usize = 60;

/// Reads the settings that begin with `oidc_`.
pub(super) fn read(layers: &Layers) -> Result<Option<OpenIdAccess>, Sentence> {
    let text = |name: &str| setting(layers, name, None, parse_text);
    let grants = |text: &str| Grants::parse_for_people(text).map_err(|invalid| invalid.reason);
    let issuer = setting(layers, "oidc_issuer", None, parse_issuer)?;
    let client_secret = text("oidc_client_secret")?.map(ClientSecret);
    let (issuer, client_id) = match (issuer, text("oidc_client_id")?, &client_secret) {
        (Some(issuer), Some(client_id), _) => (issuer, client_id),
        (None, None, None) => return Ok(None),
        _ => return Err("oidc_issuer and oidc_client_id belong together: say both or none".to_owned()),
    };
    Ok(Some(OpenIdAccess {
        name: setting(layers, "oidc_name", "Sign in with your company".to_owned(), parse_name)?,
        issuer,
        client_id,
        client_secret,
        scopes: setting(layers, "oidc_scopes", vec!["profile".to_owned()], parse_scopes)?,
        app_claim: text("oidc_app_claim")?.unwrap_or_else(|| "app".to_owned()),
        capabilities_claim: text("oidc_capabilities_claim")?.unwrap_or_else(|| "capabilities".to_owned()),
        grants: setting(layers, "oidc_capabilities", Grants::default(), grants)?,
    }))
}

fn parse_text(text: &str) -> Result<Option<String>, Sentence> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(Some(text.to_owned())) }
}

/// Exactly as the provider spells it, slash or not: it must say the same of itself.
fn parse_issuer(text: &str) -> Result<Option<String>, Sentence> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['#', '?', ' ']) => Ok(Some(text.to_owned())),
        _ => Err(format!("`{text}` is not an issuer; write https://login.example.com")),
    }
}

fn parse_scopes(text: &str) -> Result<Vec<String>, Sentence> {
    let scopes = text.split([' ', ',']).filter(|scope| !scope.is_empty() && *scope != "openid");
    Ok(scopes.map(str::to_owned).collect())
}

fn parse_name(text: &str) -> Result<String, Sentence> {
    if text.is_empty() || text.chars().count() > NAME_MOST {
        return Err(format!("must be 1 to {NAME_MOST} characters"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    fn read_from(given: &[(&str, &str)]) -> Result<Option<OpenIdAccess>, Sentence> {
        let variable = |asked: &str| {
            let found = given.iter().find(|(name, _)| asked == format!("WIREPOST_OIDC_{name}"));
            found.map(|(_, text)| (*text).to_owned())
        };
        read(&Layers::read(&Flags::default(), variable)?)
    }

    const ISSUER: (&str, &str) = ("ISSUER", "https://login.example.com/realms/one");
    const CLIENT: (&str, &str) = ("CLIENT_ID", "wirepost");

    #[test]
    fn a_sign_in_is_said_whole_or_not_at_all() {
        assert_eq!(read_from(&[]), Ok(None));
        let access = read_from(&[ISSUER, CLIENT]).expect("it is whole").expect("it is there");
        assert_eq!((access.issuer.as_str(), access.app_claim.as_str()), (ISSUER.1, "app"));
        assert_eq!((access.client_secret, access.scopes), (None, vec!["profile".to_owned()]));
        for part in [&[ISSUER][..], &[CLIENT], &[("CLIENT_SECRET", "x")]] {
            assert!(read_from(part).expect_err("a part").contains("belong together"), "{part:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            ("ISSUER", "login.example.com"),
            ("ISSUER", "https://login.example.com/?realm=one"),
            ("CLIENT_ID", ""),
            ("NAME", ""),
            ("CAPABILITIES", "Boss=Everything"),
        ] {
            let mut given = vec![wrong];
            given.extend([ISSUER, CLIENT].into_iter().filter(|(name, _)| *name != wrong.0));
            let sentence = read_from(&given).expect_err(wrong.1);
            assert!(sentence.starts_with(&format!("WIREPOST_OIDC_{}", wrong.0)), "{sentence}");
        }
    }

    #[test]
    fn scopes_come_in_one_text_and_the_secret_is_not_printed() {
        let given = [ISSUER, CLIENT, ("SCOPES", "openid email, groups"), ("CLIENT_SECRET", "very secret")];
        let access = read_from(&given).expect("it is whole").expect("it is there");
        assert_eq!(access.scopes, ["email", "groups"]);
        assert!(!format!("{access:?}").contains("very secret"));
    }
}
