//! From where the catalogue is looked at: in an app, as its customers see it, or for the whole organisation.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use wirepost_control::ControlError;
use wirepost_control::caller::AppAccess;
use wirepost_model::capability::Capability;
use wirepost_model::event_type::EventType;

use crate::fault::Fault;
use crate::layout::{Layout, Section};
use crate::person::Person;
use crate::state::UiState;

/// Who looks, and from where.
pub(crate) struct Here {
    pub(crate) person: Person,
    /// The app that is looked into; none for the organisation's own catalogue.
    pub(crate) access: Option<AppAccess>,
    /// The list's address.
    pub(crate) path: String,
    /// The event type that the address names; empty in the list's.
    pub(crate) name: String,
}

impl Here {
    /// For a form of the organisation's catalogue.
    pub(crate) fn of_organisation(person: Person, name: String) -> Result<Self, Fault> {
        person.caller.require_organisation_for(Capability::ViewBase)?;
        Ok(Self { person, access: None, path: "/catalog".to_owned(), name })
    }

    /// Whether the person may change the catalogue, and does so here.
    pub(crate) fn may_edit(&self) -> bool {
        self.access.is_none() && self.person.may(Capability::ManageCatalog)
    }

    /// The frame of a page.
    pub(crate) fn layout(&self, state: &UiState, title: &str) -> Layout {
        match &self.access {
            Some(access) => Layout::in_app(state, &self.person, access.app(), title, Section::Catalogue),
            None => Layout::of_organisation(state, &self.person, title, Section::Catalogue),
        }
    }

    /// All event types that are to be seen from here, by name.
    pub(crate) async fn event_types(&self, state: &UiState) -> Result<Vec<EventType>, ControlError> {
        match &self.access {
            Some(access) => state.control.all_event_types(access).await,
            None => state.control.catalogue_with_archived(&self.person.caller).await,
        }
    }

    /// The event type that the address names.
    pub(crate) async fn event_type(&self, state: &UiState) -> Result<EventType, ControlError> {
        match &self.access {
            Some(access) => state.control.event_type_in(access, &self.name).await,
            None => state.control.find_event_type(self.person.caller.clone(), &self.name).await,
        }
    }
}

impl FromRequestParts<UiState> for Here {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &UiState) -> Result<Self, Response> {
        let person = Person::from_request_parts(parts, state).await?;
        let Path(mut named) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let name = named.remove("type").unwrap_or_default();
        let Some(app) = named.get("app") else {
            return Self::of_organisation(person, name).map_err(IntoResponse::into_response);
        };
        let access = state.control.enter(person.caller.clone(), app).await;
        let access = access.map_err(|error| Fault::from(error).into_response())?;
        let path = format!("/app/{}/catalog", access.id());
        Ok(Self { person, access: Some(access), path, name })
    }
}
