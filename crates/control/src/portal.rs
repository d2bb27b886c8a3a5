//! Access to the app portal: a token of one app for a while, and the address at which it opens the pages.

use std::time::Duration;

use wirepost_model::capability::{Capabilities, Capability};
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::token::Scope;

use crate::apps::AppDraft;
use crate::caller::Caller;
use crate::error::in_body;
use crate::tokens::{FreshToken, TokenDraft};
use crate::{Control, ControlError, ControlResult};

/// Shortest and longest time that an access lasts, in seconds: an hour to a week.
const EXPIRY_SECONDS: std::ops::RangeInclusive<u64> = 3_600..=604_800;
/// What the name of a token begins with whose session the caller named.
pub(crate) const NAMED_SESSION: &str = "app portal, session ";

/// An access as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortalDraft {
    /// How long it lasts; a week unless said.
    pub expiry_seconds: Option<u64>,
    /// What may be done with it; all that concerns endpoints unless said.
    pub capabilities: Option<Capabilities>,
    /// Whether nothing may be done with it but to look.
    pub read_only: bool,
    /// The app as it is to be made first, where it is unknown.
    pub application: Option<AppDraft>,
    /// The caller's own id for the session, kept in the token's name.
    pub session_id: Option<String>,
    /// The feature flags it has; what is behind any other is hidden from it.
    pub feature_flags: Vec<String>,
}

/// An access that was just given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalAccess {
    /// Where it opens the pages, once.
    pub url: String,
    /// The token, for whoever calls the API.
    pub token: FreshToken,
}

impl Control {
    /// Gives access to an app's portal; makes the app first where it is unknown and the draft carries its uid.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`; `MissingCapability`; `Invalid`; `Refused`; `Unavailable`.
    pub async fn open_portal(
        &self,
        caller: Caller,
        app: &str,
        draft: PortalDraft,
    ) -> ControlResult<PortalAccess> {
        let wanted = self.portal_token(&draft)?;
        let app = self.enter_or_make_as_organisation(caller, app, draft.application).await?.id();
        let (kept, token) = self.put_token(Scope::App(app), wanted).await?;
        let code = self.make_link(&kept).await?;
        let public_url = self.settings().public_url.trim_end_matches('/');
        Ok(PortalAccess { url: format!("{public_url}/app-portal/login?key={}", code.expose()), token })
    }

    fn portal_token(&self, draft: &PortalDraft) -> ControlResult<TokenDraft> {
        let seconds = draft.expiry_seconds.unwrap_or(*EXPIRY_SECONDS.end());
        if !EXPIRY_SECONDS.contains(&seconds) {
            let sentence = format!("must be {} to {} seconds", EXPIRY_SECONDS.start(), EXPIRY_SECONDS.end());
            return Err(ControlError::body("expiry", sentence));
        }
        let flags = FeatureFlags::only(draft.feature_flags.clone());
        Ok(TokenDraft {
            name: token_name(draft.session_id.as_deref())?,
            capabilities: draft.checked_capabilities()?,
            expires_at: Some(self.now().plus(Duration::from_secs(seconds))),
            feature_flags: flags.map_err(in_body("featureFlags"))?,
            ..TokenDraft::default()
        })
    }
}

impl PortalDraft {
    fn checked_capabilities(&self) -> ControlResult<Option<Capabilities>> {
        let to_look = Capabilities::from_iter([Capability::ViewBase]);
        let wanted = self.capabilities.or(self.read_only.then_some(to_look));
        let sentence = match wanted.unwrap_or_default() {
            wanted if self.read_only && !wanted.are_within(to_look) => {
                "must be ViewBase alone beside readOnly"
            }
            wanted if !wanted.are_within(Capabilities::OF_CUSTOMER) => {
                "must be ViewBase, ViewEndpointSecret, ManageEndpointSecret, CreateAttempts or ManageEndpoint"
            }
            _ => return Ok(wanted),
        };
        Err(ControlError::body("capabilities", sentence))
    }
}

fn token_name(session: Option<&str>) -> ControlResult<String> {
    let Some(session) = session else {
        return Ok("app portal".to_owned());
    };
    // The same length and letters as a uid's, and the one in mail addresses.
    wirepost_model::names::Uid::parse(&session.replace('@', "_")).map_err(in_body("sessionId"))?;
    Ok(format!("{NAMED_SESSION}{session}"))
}
