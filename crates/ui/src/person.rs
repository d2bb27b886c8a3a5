//! Who looks at a page: the person whose session the browser shows. Pages that need one ask for [`Person`]; without a
//! session they lead to the sign-in.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::Method;
use http::request::Parts;
use wirepost_control::caller::Caller;
use wirepost_control::sessions::Visitor;
use wirepost_control::{Control, ControlError};
use wirepost_model::capability::Capability;
use wirepost_model::ids::AppId;
use wirepost_model::token::Scope;

use crate::cookies::shown_secret;
use crate::fault::Fault;
use crate::form_key::FormKey;
use crate::state::UiState;

/// A person with a session.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) caller: Caller,
    pub(crate) name: String,
    /// What the forms of the page carry that is drawn for the person now.
    pub(crate) form_key: String,
    /// What the forms that come from the person's pages are held against.
    pub(crate) key: FormKey,
}

impl Person {
    /// The one app of a person who has no other.
    pub(crate) fn own_app(&self) -> Option<AppId> {
        match self.caller.scope() {
            Scope::Organisation => None,
            Scope::App(app) => Some(app),
        }
    }

    /// Whether the person may do this; the pages show no button for what would be refused.
    pub(crate) fn may(&self, capability: Capability) -> bool {
        self.caller.may(capability)
    }

    fn new(visitor: Visitor, secret: &str, control: &Control) -> Self {
        let key = FormKey::of(secret);
        let mut mask = [0; 32];
        control.fill_random(&mut mask);
        Self { caller: visitor.caller, name: visitor.person, form_key: key.masked(mask), key }
    }
}

impl FromRequestParts<UiState> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &UiState) -> Result<Self, Response> {
        let Some(secret) = shown_secret(&parts.headers, &state.settings) else {
            return Err(to_sign_in(parts));
        };
        match state.control.visitor(&secret).await {
            // To whom webhooks are no concern, these pages do not exist.
            Ok(visitor) if !visitor.caller.may(Capability::ViewBase) => {
                Err(Fault::from(ControlError::NotFound).into_response())
            }
            Ok(visitor) => Ok(Self::new(visitor, &secret, &state.control)),
            Err(ControlError::Unauthenticated) => Err(to_sign_in(parts)),
            Err(error) => Err(Fault::from(error).into_response()),
        }
    }
}

/// To the sign-in, and back here after it; what was to be changed has to be asked for again.
fn to_sign_in(parts: &Parts) -> Response {
    let back = match parts.method {
        Method::GET => parts.uri.path_and_query().map_or("/", |path| path.as_str()),
        _ => "/",
    };
    Redirect::to(&crate::sign_in::path_with_return_to(back)).into_response()
}
