//! What all pages have around them: name, sections, who is signed in.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use wirepost_model::app::App;
use wirepost_model::capability::Capability;

use crate::assets::{SCRIPT_PATH, STYLE_PATH};
use crate::fault::Fault;
use crate::notice;
use crate::person::Person;
use crate::state::UiState;

/// A section of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Endpoints,
    Catalogue,
    Logs,
    Activity,
    Pulses,
    Apps,
    Tokens,
    Server,
}

/// What the frame around a page shows.
pub(crate) struct Layout {
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    /// The product.
    pub(crate) name: String,
    pub(crate) has_logo: bool,
    /// The page.
    pub(crate) title: String,
    pub(crate) links: Vec<Link>,
    /// The app that is looked into, for those who have several.
    pub(crate) app_name: Option<String>,
    pub(crate) person: String,
    pub(crate) form_key: String,
    /// What was just done.
    pub(crate) notice: Option<&'static str>,
}

/// One section in the frame.
pub(crate) struct Link {
    pub(crate) path: String,
    pub(crate) text: &'static str,
    pub(crate) is_current: bool,
}

impl Layout {
    /// The frame of a page in an app.
    pub(crate) fn in_app(state: &UiState, person: &Person, app: &App, title: &str, current: Section) -> Self {
        let link = |section: Section, text: &'static str, path: &str| Link {
            path: format!("/app/{}/{path}", app.id),
            text,
            is_current: section == current,
        };
        let links = vec![
            link(Section::Endpoints, "Endpoints", "endpoints"),
            link(Section::Catalogue, "Event Catalog", "catalog"),
            link(Section::Logs, "Logs", "logs"),
            link(Section::Activity, "Activity", "activity"),
            link(Section::Pulses, "EventPulse", "pulses"),
        ];
        let app_name = person.own_app().is_none().then(|| app.name.clone());
        Self { links, app_name, ..Self::new(state, person, title) }
    }

    /// The frame of a page of the organisation.
    pub(crate) fn of_organisation(state: &UiState, person: &Person, title: &str, current: Section) -> Self {
        let sections = [
            (Section::Apps, "Apps", "/apps", Capability::ViewBase),
            (Section::Catalogue, "Event Catalog", "/catalog", Capability::ViewBase),
            (Section::Tokens, "Tokens", "/tokens", Capability::Admin),
            (Section::Server, "Server", "/server", Capability::Admin),
        ];
        let shown = sections.into_iter().filter(|(.., needed)| person.may(*needed));
        let links = shown.map(|(section, text, path, _)| Link {
            path: path.to_owned(),
            text,
            is_current: section == current,
        });
        let links = links.collect();
        Self { links, ..Self::new(state, person, title) }
    }

    /// The same, telling what was just done; the word comes from the address.
    #[must_use]
    pub(crate) fn telling(self, done: Option<&str>) -> Self {
        Self { notice: notice::sentence(done), ..self }
    }

    fn new(state: &UiState, person: &Person, title: &str) -> Self {
        Self {
            style: &STYLE_PATH,
            script: &SCRIPT_PATH,
            name: state.settings.name.clone(),
            has_logo: state.settings.logo.is_some(),
            title: title.to_owned(),
            links: Vec::new(),
            app_name: None,
            person: person.name.clone(),
            form_key: person.form_key.clone(),
            notice: None,
        }
    }
}

/// A page as it is sent.
pub(crate) fn html(page: &impl Template) -> Result<Response, Fault> {
    Ok(Html(page.render()?).into_response())
}
