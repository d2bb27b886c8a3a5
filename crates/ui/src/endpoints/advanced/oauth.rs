//! The form of an OAuth configuration, and what came of trying it out.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use wirepost_control::oauth::{OauthDraft, ShownOauth};
use wirepost_control::{ControlError, ControlResult};
use wirepost_model::oauth::OauthAuthMethod;

use super::Here;
use super::authentication::Sent;
use super::channels::words;
use crate::fault::Fault;

/// What a person filled in, or what is set and may be shown.
#[derive(Clone, Default, Deserialize)]
pub(super) struct OauthForm {
    #[serde(default)]
    pub(super) token_url: String,
    #[serde(default)]
    pub(super) client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    pub(super) auth_method: String,
    #[serde(default)]
    pub(super) scopes: String,
    /// One `name=value` a line.
    #[serde(default)]
    pub(super) extra_params: String,
    /// One `name: value` a line.
    #[serde(default)]
    pub(super) extra_headers: String,
}

/// What came of asking for a token.
pub(super) struct Trial {
    pub(super) is_good: bool,
    pub(super) summary: String,
}

impl Trial {
    /// Asks with what the form holds.
    pub(super) async fn of(here: &Here<'_>, sent: &Sent) -> Result<Self, Fault> {
        let control = &here.state.control;
        let tried = match sent.oauth.draft() {
            Ok(draft) => {
                let draft = control.with_hidden_extras(&here.access, &here.id(), draft).await?;
                control.try_oauth(&here.access, &here.id(), Some(draft)).await
            }
            Err(error) => Err(error),
        };
        match tried {
            Ok(trial) => Ok(Self { is_good: trial.ok, summary: trial.summary }),
            Err(ControlError::TooManyRequests { wait }) => {
                let seconds = wait.as_secs().max(1);
                let summary = format!("Nothing was tried: too much was tried just now. Wait {seconds} s.");
                Ok(Self { is_good: false, summary })
            }
            Err(ControlError::Invalid { field, message, .. }) => {
                let summary = format!("Nothing was tried. {}: {message}.", label(field));
                Ok(Self { is_good: false, summary })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A field as the page calls it.
fn label(field: &str) -> &str {
    match field {
        "tokenUrl" => "Token URL",
        "clientId" => "Client id",
        "clientSecret" => "Client secret",
        "scopes" => "Scopes",
        "extraParams" => "More parameters",
        "extraHeaders" => "More headers",
        other => other,
    }
}

impl OauthForm {
    pub(super) fn of(shown: &ShownOauth) -> Self {
        Self {
            token_url: shown.token_url.clone(),
            client_id: shown.client_id.clone(),
            client_secret: String::new(),
            auth_method: shown.auth_method.as_str().to_owned(),
            scopes: shown.scopes.join(" "),
            extra_params: lines(&shown.extra_params, "="),
            extra_headers: lines(&shown.extra_headers, ": "),
        }
    }

    /// A secret goes in and never comes out.
    pub(super) fn without_secret(self) -> Self {
        Self { client_secret: String::new(), ..self }
    }

    pub(super) fn draft(&self) -> ControlResult<OauthDraft> {
        let secret = Some(&self.client_secret).filter(|secret| !secret.is_empty());
        let method = OauthAuthMethod::parse(&self.auth_method);
        Ok(OauthDraft {
            token_url: self.token_url.trim().to_owned(),
            client_id: self.client_id.trim().to_owned(),
            client_secret: secret.cloned(),
            auth_method: method.unwrap_or(OauthAuthMethod::ClientSecretBasic),
            scopes: words(&self.scopes),
            extra_params: pairs("extraParams", &self.extra_params, '=')?,
            extra_headers: pairs("extraHeaders", &self.extra_headers, ':')?,
        })
    }

    pub(super) fn has_extras(&self) -> bool {
        !self.extra_params.is_empty() || !self.extra_headers.is_empty()
    }
}

fn lines(map: &BTreeMap<String, String>, between: &str) -> String {
    let mut text = String::new();
    for (name, value) in map {
        writeln!(text, "{name}{between}{value}").expect("a text takes all that is written");
    }
    text
}

fn pairs(field: &'static str, text: &str, between: char) -> ControlResult<BTreeMap<String, String>> {
    let pair = |line: &str| {
        let parts = line.split_once(between).map(|(name, value)| (name.trim(), value.trim()));
        let (name, value) = parts.ok_or_else(|| {
            ControlError::body(field, format!("must have a {between} between name and value in each line"))
        })?;
        Ok((name.to_owned(), value.to_owned()))
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extras_are_read_as_they_are_written() {
        let form =
            OauthForm { extra_params: "audience=a=b\n\n resource = x \r\n".into(), ..OauthForm::default() };
        let draft = form.draft().expect("good lines");
        let expected = [("audience", "a=b"), ("resource", "x")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(draft.extra_params, BTreeMap::from(expected));
        assert_eq!(lines(&draft.extra_params, "="), "audience=a=b\nresource=x\n");
        assert!(OauthForm { extra_headers: "nonsense".into(), ..OauthForm::default() }.draft().is_err());
    }

    #[test]
    fn a_secret_does_not_come_out_again() {
        let form = OauthForm { client_secret: "s3".into(), ..OauthForm::default() };
        assert_eq!(form.draft().expect("a form").client_secret.as_deref(), Some("s3"));
        assert_eq!(form.without_secret().draft().expect("a form").client_secret, None);
    }
}
