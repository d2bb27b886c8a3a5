//! `/app/{app}/endpoints/{endpoint}`: how an endpoint is doing, why, and what was set of it.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_control::endpoint_now::EndpointNow;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::timestamp::Timestamp;

use super::explanation::{self, Line, Next};
use super::facts::{Fact, facts};
use super::frame::{Frame, Tab, open};
use crate::fault::Fault;
use crate::filters::FilterQuestion;
use crate::layout::{Layout, html};
use crate::logs::attempt_list::{AttemptList, AttemptQuestion};
use crate::person::Person;
use crate::query::Query;
use crate::show::number::grouped;
use crate::state::UiState;

/// How far the next attempt is when the page looks seldom.
const SELDOM: Duration = Duration::from_secs(10);

/// What stands in the address.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    done: Option<String>,
}

/// The tab; also what answers whoever asked to see the secret.
#[derive(Template)]
#[template(path = "endpoints/overview.html")]
pub(crate) struct OverviewPage {
    pub(crate) layout: Layout,
    pub(crate) frame: Frame,
    description: String,
    /// Success, pending, sending, fail.
    figures: [(&'static str, String); 4],
    /// When to look again; never where nothing is on its way.
    refresh_ms: Option<u64>,
    lines: Vec<Line>,
    next: Option<Next>,
    /// Where messages are.
    logs: String,
    facts: Vec<Fact>,
    attempts: AttemptList,
}

pub(crate) async fn show(
    State(state): State<UiState>,
    person: Person,
    Path((app, endpoint)): Path<(String, String)>,
    Query(question): Query<Question>,
    Query(narrowed): Query<FilterQuestion>,
    Query(attempts): Query<AttemptQuestion>,
) -> Result<Response, Fault> {
    let (access, endpoint) = open(&state, &person, &app, &endpoint).await?;
    let mut page = OverviewPage::of(&state, &person, &access, endpoint, (&narrowed, &attempts)).await?;
    page.layout = page.layout.telling(question.done.as_deref());
    let status = if page.attempts.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, html(&page)?).into_response())
}

impl OverviewPage {
    pub(crate) async fn of(
        state: &UiState,
        person: &Person,
        access: &AppAccess,
        endpoint: Endpoint,
        asked: (&FilterQuestion, &AttemptQuestion),
    ) -> Result<Self, Fault> {
        let frame = Frame::of(state, person, access, &endpoint, Tab::Overview).await?;
        let now = state.control.endpoint_now(access, &endpoint).await?;
        let attempts = AttemptList::of(state, access, endpoint.id, &frame.path, asked).await?;
        Ok(Self {
            layout: frame.layout(state, person, access),
            frame,
            figures: figures(&now),
            refresh_ms: refresh_ms(&endpoint, &now, state.control.now()),
            lines: explanation::lines(&endpoint, &now),
            next: explanation::next(&now),
            logs: format!("/app/{}/logs", access.id()),
            facts: facts(&state.control, access, &endpoint).await?,
            description: endpoint.description,
            attempts,
        })
    }
}

/// Often while something goes out, seldom while the next attempt is far.
fn refresh_ms(endpoint: &Endpoint, now: &EndpointNow, at: Timestamp) -> Option<u64> {
    if endpoint.disabled.is_some() || now.stats.pending + now.stats.sending == 0 {
        return None;
    }
    let next_at = now.next.and_then(|next| next.next.at);
    Some(if next_at.is_some_and(|next_at| next_at > at.plus(SELDOM)) { 10_000 } else { 2_000 })
}

fn figures(now: &EndpointNow) -> [(&'static str, String); 4] {
    let stats = &now.stats;
    [
        ("Success", grouped(stats.success)),
        ("Pending", grouped(stats.pending)),
        ("Sending", grouped(stats.sending)),
        ("Fail", grouped(stats.fail)),
    ]
}
