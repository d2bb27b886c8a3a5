//! How requests prove who sends them, beside their signature. One kind is chosen; the page says what goes away with
//! it, and shows no secret that was set once.

use std::collections::BTreeSet;

use serde::Deserialize;
use wirepost_control::ControlResult;
use wirepost_control::basic_auth::BasicDraft;
use wirepost_control::endpoint_authentication::{
    AuthenticationDraft, AuthenticationKind, HeaderDraft, ShownAuthentication,
};

use super::Here;
use super::oauth::{OauthForm, Trial};
use crate::wrong::{ShowsWrong, Wrong};

/// The header that carries credentials of most kinds.
const AUTHORIZATION: &str = "authorization";
/// All kinds, as addresses and forms name them.
const KINDS: [(AuthenticationKind, &str, &str); 4] = [
    (AuthenticationKind::None, "none", "None"),
    (AuthenticationKind::Basic, "basic", "Basic"),
    (AuthenticationKind::Header, "header", "Header"),
    (AuthenticationKind::Oauth, "oauth", "OAuth 2.0"),
];

/// The part of the page.
pub(super) struct Authentication {
    kept: ShownAuthentication,
    pub(super) chosen: AuthenticationKind,
    pub(super) oauth: OauthForm,
    pub(super) trial: Option<Trial>,
    /// What was filled in and refused; no secret is among it.
    pub(super) username: String,
    pub(super) name: String,
    wrong: Option<Wrong>,
}

/// One kind in the row of kinds.
pub(super) struct KindLink {
    pub(super) word: &'static str,
    pub(super) text: &'static str,
    pub(super) is_chosen: bool,
}

/// What a person filled in.
#[derive(Deserialize)]
pub(super) struct Sent {
    kind: String,
    /// There when the button was Test.
    #[serde(default)]
    test: Option<String>,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
    /// Headers that are to go.
    #[serde(default)]
    drop: BTreeSet<String>,
    #[serde(flatten)]
    pub(super) oauth: OauthForm,
}

impl Authentication {
    pub(super) fn of(kept: ShownAuthentication, kind: Option<&str>) -> Self {
        let chosen = kind.and_then(kind_of).unwrap_or(kept.kind);
        let oauth = kept.oauth.as_ref().map(OauthForm::of).unwrap_or_default();
        let name = kept.headers.first().cloned().unwrap_or_else(|| AUTHORIZATION.to_owned());
        Self { kept, chosen, oauth, trial: None, username: String::new(), name, wrong: None }
    }

    pub(super) fn refuse(&mut self, sent: Sent, wrong: Wrong) {
        self.fill(sent);
        self.wrong = Some(wrong);
    }

    pub(super) fn tried(&mut self, sent: Sent, trial: Trial) {
        self.fill(sent);
        self.trial = Some(trial);
    }

    fn fill(&mut self, sent: Sent) {
        (self.username, self.name) = (sent.username, sent.name);
        self.oauth = sent.oauth.without_secret();
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = KindLink> + '_ {
        KINDS.into_iter().map(|(kind, word, text)| KindLink { word, text, is_chosen: kind == self.chosen })
    }

    /// The chosen kind as forms name it.
    pub(super) fn word(&self) -> &'static str {
        KINDS.into_iter().find(|(kind, ..)| *kind == self.chosen).map_or("none", |(_, word, _)| word)
    }

    /// The kind that is set.
    pub(super) fn text(&self) -> &'static str {
        KINDS.into_iter().find(|(kind, ..)| *kind == self.kept.kind).map_or("None", |(.., text)| text)
    }

    /// What is set, in a sentence.
    pub(super) fn sentence(&self) -> String {
        match (&self.kept.oauth, self.kept.kind) {
            (Some(oauth), _) => {
                format!(
                    "Each request carries a token that {} gives for the client {}.",
                    oauth.token_url, oauth.client_id
                )
            }
            (None, AuthenticationKind::Basic) => {
                "Each request carries a user name and a password. They are not shown again.".to_owned()
            }
            (None, AuthenticationKind::Header) => {
                format!(
                    "Each request carries {}. The value is not shown again.",
                    self.kept.headers.join(" and ")
                )
            }
            (None, _) => {
                "Requests prove who sends them by their signature. That is enough for receivers that verify it."
                    .to_owned()
            }
        }
    }

    /// Whether nothing would change if the chosen kind were saved.
    pub(super) fn is_none_already(&self) -> bool {
        self.chosen == AuthenticationKind::None && self.kept.kind == AuthenticationKind::None
    }

    /// What goes away when the chosen kind is saved, in sentences.
    pub(super) fn losses(&self) -> Vec<&'static str> {
        let mut losses = Vec::new();
        if self.kept.oauth.is_some() && self.chosen != AuthenticationKind::Oauth {
            losses.push("The OAuth 2.0 configuration goes away, with its client secret.");
        }
        if self.kept.headers.iter().any(|name| name == AUTHORIZATION) {
            losses.extend(loss_of_authorization(self.kept.kind, self.chosen));
        }
        losses
    }

    /// Other headers that are credentials: a person says whether they go as well.
    pub(super) fn others(&self) -> Vec<&str> {
        let is_other = |name: &&String| *name != AUTHORIZATION;
        let stays = |name: &&String| self.chosen == AuthenticationKind::Header && **name == self.name;
        let names = self.kept.headers.iter().filter(is_other).filter(|name| !stays(name));
        names.map(String::as_str).collect()
    }

    pub(super) fn is_refused(&self) -> bool {
        self.wrong.is_some()
    }

    /// The names of parameters and headers that are kept and not shown.
    pub(super) fn hidden_extras(&self) -> Option<String> {
        let hidden = &self.kept.oauth.as_ref()?.hidden;
        (!hidden.is_empty()).then(|| hidden.join(", "))
    }

    /// Whether a client secret is kept.
    pub(super) fn has_secret(&self) -> bool {
        self.kept.oauth.is_some()
    }
}

impl ShowsWrong for Authentication {
    const FIELDS: &'static [&'static str] = &[
        "username",
        "password",
        "name",
        "value",
        "tokenUrl",
        "clientId",
        "clientSecret",
        "scopes",
        "extraParams",
        "extraHeaders",
        "headers",
    ];

    fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }
}

impl Sent {
    pub(super) fn is_trial(&self) -> bool {
        self.test.is_some() && kind_of(&self.kind) == Some(AuthenticationKind::Oauth)
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    pub(super) async fn save(&self, here: &Here<'_>) -> ControlResult<()> {
        let draft = match kind_of(&self.kind).unwrap_or(AuthenticationKind::None) {
            AuthenticationKind::None => AuthenticationDraft::None,
            AuthenticationKind::Basic => AuthenticationDraft::Basic(BasicDraft {
                user_name: self.username.clone(),
                password: self.password.clone(),
            }),
            AuthenticationKind::Header => AuthenticationDraft::Header(HeaderDraft {
                name: self.name.clone(),
                value: self.value.trim().to_owned(),
            }),
            AuthenticationKind::Oauth => AuthenticationDraft::Oauth(self.oauth.draft()?),
        };
        let control = &here.state.control;
        control.put_endpoint_authentication(&here.access, &here.id(), draft, &self.drop).await
    }
}

/// What becomes of the header `authorization`, which one of these kinds has set, when the other one is chosen.
fn loss_of_authorization(kept: AuthenticationKind, chosen: AuthenticationKind) -> Option<&'static str> {
    use AuthenticationKind::{Basic, Header};
    match (kept, chosen) {
        (Basic, Basic) => None,
        (Basic, _) => Some("The user name and the password that are set go away."),
        (Header, Header) => {
            Some("The header authorization gets the new value, or goes away for another name.")
        }
        _ => Some("The header authorization goes away, with its value."),
    }
}

fn kind_of(word: &str) -> Option<AuthenticationKind> {
    KINDS.into_iter().find(|(_, known, _)| *known == word).map(|(kind, ..)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(kind: AuthenticationKind, headers: &[&str]) -> ShownAuthentication {
        let headers = headers.iter().map(|name| (*name).to_owned()).collect();
        ShownAuthentication { kind, headers, oauth: None }
    }

    #[test]
    fn what_goes_away_is_said_before_it_goes() {
        let shown = kept(AuthenticationKind::Basic, &["authorization", "x-api-key"]);
        let part = Authentication::of(shown.clone(), Some("oauth"));
        assert_eq!(part.losses(), ["The user name and the password that are set go away."]);
        assert_eq!(part.others(), ["x-api-key"]);
        assert!(Authentication::of(shown, None).losses().is_empty(), "the same kind replaces, and says so");
        let shown = kept(AuthenticationKind::Header, &["authorization"]);
        let part = Authentication::of(shown, Some("none"));
        assert_eq!(part.losses(), ["The header authorization goes away, with its value."]);
        let both = kept(AuthenticationKind::Oauth, &["authorization"]);
        let part = Authentication::of(both, None);
        assert_eq!(part.losses(), ["The header authorization goes away, with its value."]);
    }

    #[test]
    fn the_kind_that_is_set_is_looked_at_first() {
        let part = Authentication::of(kept(AuthenticationKind::Header, &["x-api-key"]), Some("nonsense"));
        assert_eq!((part.word(), part.text(), part.name.as_str()), ("header", "Header", "x-api-key"));
        assert!(part.others().is_empty());
        assert!(Authentication::of(kept(AuthenticationKind::None, &[]), None).is_none_already());
    }
}
