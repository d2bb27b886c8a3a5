//! A link to an app's pages, to be handed over: made on request and shown once.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use wirepost_control::portal::PortalDraft;
use wirepost_model::capability::{Capabilities, Capability};

use super::one::open;
use crate::capability_choice::{CapabilityChoice, choices, names, ticked};
use crate::fault::Fault;
use crate::form::Form;
use crate::layout::{Layout, Section, html};
use crate::state::UiState;

/// For how long a link may be good: seconds and words, the one that is chosen first.
const DURATIONS: [(u64, &str); 4] =
    [(86_400, "a day"), (3_600, "an hour"), (3 * 86_400, "3 days"), (7 * 86_400, "a week")];

/// A time to choose.
pub(crate) struct Duration {
    pub(crate) seconds: u64,
    pub(crate) words: &'static str,
}

/// What a person filled in.
#[derive(Debug, Deserialize)]
pub(crate) struct Filled {
    seconds: u64,
    #[serde(default)]
    capabilities: BTreeSet<String>,
}

#[derive(Template)]
#[template(path = "apps/link.html")]
struct LinkPage {
    layout: Layout,
    id: String,
    name: String,
    url: String,
    duration: String,
    /// What may be done beside looking.
    more: Vec<CapabilityChoice>,
}

/// The times that are offered.
pub(super) fn durations() -> Vec<Duration> {
    DURATIONS.map(|(seconds, words)| Duration { seconds, words }).into()
}

/// What may be allowed beside looking; all of it, unless somebody takes a tick away.
pub(super) fn capabilities() -> Vec<CapabilityChoice> {
    let offered = beside_looking();
    choices(offered, &names(offered))
}

pub(crate) async fn make(
    State(state): State<UiState>,
    Path(app): Path<String>,
    Form(person, filled): Form<Filled>,
) -> Result<Response, Fault> {
    let (app, _) = open(&state, &person, &app).await?;
    let looking = Capabilities::from_iter([Capability::ViewBase]);
    let draft = PortalDraft {
        expiry_seconds: Some(filled.seconds),
        capabilities: Some(ticked(&filled.capabilities)?.and(looking)),
        ..PortalDraft::default()
    };
    let access = state.control.open_portal(person.caller.clone(), &app.id.to_string(), draft).await?;
    let known = DURATIONS.into_iter().find(|(seconds, _)| *seconds == filled.seconds);
    let all = choices(beside_looking(), &filled.capabilities);
    html(&LinkPage {
        layout: Layout::of_organisation(&state, &person, "A link for its people", Section::Apps),
        id: app.id.to_string(),
        name: app.name,
        url: access.url,
        duration: known.map_or_else(
            || crate::show::lasting(std::time::Duration::from_secs(filled.seconds)),
            |(_, words)| words.to_owned(),
        ),
        more: all.into_iter().filter(|choice| choice.is_ticked).collect(),
    })
}

fn beside_looking() -> Capabilities {
    Capabilities::OF_CUSTOMER.iter().filter(|capability| *capability != Capability::ViewBase).collect()
}
