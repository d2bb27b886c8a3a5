//! What all tabs of an endpoint's page have around them: its URL and state, the menu, the tabs, and at the side what
//! it hears of and how it is signed for.

use wirepost_control::ControlResult;
use wirepost_control::caller::AppAccess;
use wirepost_model::capability::Capability;
use wirepost_model::endpoint::Endpoint;

use super::signing_card::SigningCard;
use super::state_of::EndpointState;
use crate::layout::{Layout, Section};
use crate::person::Person;
use crate::state::UiState;

/// A tab of an endpoint's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Advanced,
    Testing,
}

/// An endpoint's page without its tab.
///
/// A tab is a page whose template begins with `{% extends "endpoints/frame.html" %}` and fills `{% block tab %}` (what
/// stands beside the side column) and, where it has more, `{% block below %}` (what has the whole width). Its struct
/// holds `layout` and `frame`:
///
/// ```text
/// let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
/// let frame = Frame::of(&state, &person, &access, &endpoint, Tab::Testing).await?;
/// let layout = frame.layout(&state, &person, &access).telling(question.done.as_deref());
/// html(&TestingPage { layout, frame, … })
/// ```
pub(crate) struct Frame {
    /// `/app/{app}/endpoints`.
    pub(crate) list_path: String,
    /// `/app/{app}/endpoints/{endpoint}`: where all that concerns it begins.
    pub(crate) path: String,
    pub(crate) url: String,
    pub(crate) state: EndpointState,
    pub(crate) is_enabled: bool,
    pub(crate) tabs: Vec<TabLink>,
    /// What it hears of; none means all.
    pub(crate) event_types: Vec<String>,
    pub(crate) signing: SigningCard,
    /// Whether the person may change and delete it.
    pub(crate) may_manage: bool,
    /// Whether the person may have something sent to it.
    pub(crate) may_attempt: bool,
    title: &'static str,
}

/// One tab in the row of tabs.
pub(crate) struct TabLink {
    pub(crate) path: String,
    pub(crate) text: &'static str,
    pub(crate) is_current: bool,
}

/// The app and its endpoint, by ids or uids as addresses carry them.
///
/// # Errors
/// `NotFound` where the person may not know of them; `Unavailable`.
pub(crate) async fn open(
    state: &UiState,
    person: &Person,
    app: &str,
    endpoint: &str,
) -> ControlResult<(AppAccess, Endpoint)> {
    let access = state.control.enter(person.caller.clone(), app).await?;
    let endpoint = state.control.find_endpoint(&access, endpoint).await?;
    Ok((access, endpoint))
}

impl Frame {
    /// The frame around this tab.
    ///
    /// # Errors
    /// `NotFound` when it was just deleted; `Unavailable`.
    pub(crate) async fn of(
        state: &UiState,
        person: &Person,
        access: &AppAccess,
        endpoint: &Endpoint,
        tab: Tab,
    ) -> ControlResult<Self> {
        let list_path = format!("/app/{}/endpoints", access.id());
        let path = format!("{list_path}/{}", endpoint.id);
        let link = |of: Tab| TabLink {
            path: format!("{path}{}", of.path()),
            text: of.text(),
            is_current: of == tab,
        };
        Ok(Self {
            tabs: [Tab::Overview, Tab::Advanced, Tab::Testing].map(link).into(),
            list_path,
            url: endpoint.url.clone(),
            state: EndpointState::of(endpoint),
            is_enabled: endpoint.disabled.is_none(),
            event_types: endpoint.event_types.iter().map(ToString::to_string).collect(),
            signing: SigningCard::of(&state.control.signing(access, endpoint.id).await?, person),
            may_manage: person.may(Capability::ManageEndpoint),
            may_attempt: person.may(Capability::CreateAttempts),
            title: tab.text(),
            path,
        })
    }

    /// What stands around the frame, titled with the tab and the URL.
    pub(crate) fn layout(&self, state: &UiState, person: &Person, access: &AppAccess) -> Layout {
        let title = format!("{} · {}", self.title, self.url);
        Layout::in_app(state, person, access.app(), &title, Section::Endpoints)
    }
}

impl Frame {
    /// Whether there is anything in the menu.
    pub(crate) fn has_menu(&self) -> bool {
        self.may_manage || self.may_send_again()
    }

    /// Whether messages may be recovered and replayed: what is disabled is sent nothing.
    pub(crate) fn may_send_again(&self) -> bool {
        self.may_attempt && self.is_enabled
    }
}

impl Tab {
    fn text(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Advanced => "Advanced",
            Self::Testing => "Testing",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Advanced => "/advanced",
            Self::Testing => "/testing",
        }
    }
}
