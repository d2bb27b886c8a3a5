//! What became of a message: how it stands at each endpoint, and where it did not go and why.

use serde::Deserialize;
use wirepost_control::caller::AppAccess;
use wirepost_control::explain::{EndpointExplanation, ExplainedAt};
use wirepost_control::page::{From as PageFrom, Order, Page, PageQuery};
use wirepost_model::ids::EndpointId;

use super::delivery::DeliveryRow;
use crate::fault::Fault;
use crate::query::address;
use crate::state::UiState;

/// Endpoints on one page.
const ROWS: usize = 20;
/// Stands in the address where the list of endpoints that were not reached is open at its beginning.
const OPEN: &str = "open";

/// What an address says of the endpoints.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct OutcomeQuestion {
    /// Only endpoints behind this one.
    reached: Option<String>,
    /// Whether the list of endpoints that were not reached is open, and behind which one it begins.
    missed: Option<String>,
}

/// How a message stands at the endpoints it goes to.
pub(crate) struct Reached {
    pub(crate) rows: Vec<DeliveryRow>,
    pub(crate) first: Option<String>,
    pub(crate) more: Option<String>,
}

/// The endpoints that a message does not go to.
pub(crate) struct Missed {
    pub(crate) rows: Vec<MissedRow>,
    pub(crate) is_open: bool,
    pub(crate) first: Option<String>,
    pub(crate) more: Option<String>,
}

/// An endpoint that a message does not go to.
pub(crate) struct MissedRow {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) url: String,
    pub(crate) why: String,
    /// Whether it can be sent there all the same, by whoever may.
    pub(crate) can_send: bool,
}

/// Which message, and where its page is.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) message: &'a str,
    /// `/app/{app}/logs/{message}`
    pub(crate) here: &'a str,
    /// `/app/{app}/endpoints`
    pub(crate) endpoints: &'a str,
}

impl OutcomeQuestion {
    /// A page of the endpoints that the message goes to.
    pub(crate) async fn reached(
        &self,
        state: &UiState,
        access: &AppAccess,
        place: Place<'_>,
    ) -> Result<Reached, Fault> {
        let behind = key_of(self.reached.as_deref());
        let page = explained(state, access, place, ExplainedAt::Reached, behind).await?;
        let more = next(&page).map(|id| format!("{}#outcome", address(place.here, &[("reached", &id)])));
        let (operator, now) = (&state.control.settings().operator_rules, state.control.now());
        let rows = page.rows.into_iter().map(|row| DeliveryRow::of(row, place.endpoints, operator, now));
        let first = behind.map(|_| format!("{}#outcome", place.here));
        Ok(Reached { rows: rows.collect(), first, more })
    }

    /// A page of the endpoints that it does not go to.
    pub(crate) async fn missed(
        &self,
        state: &UiState,
        access: &AppAccess,
        place: Place<'_>,
    ) -> Result<Missed, Fault> {
        let behind = key_of(self.missed.as_deref());
        let page = explained(state, access, place, ExplainedAt::Missed, behind).await?;
        let at = |id: &str| format!("{}#missed", address(place.here, &[("missed", id)]));
        let more = next(&page).map(|id| at(&id));
        let rows = page.rows.into_iter().filter_map(|row| {
            let endpoint = row.endpoint?;
            Some(MissedRow {
                path: format!("{}/{}", place.endpoints, endpoint.id),
                id: endpoint.id.to_string(),
                can_send: endpoint.disabled.is_none(),
                url: endpoint.url,
                why: row.why,
            })
        });
        let first = behind.map(|_| at(OPEN));
        Ok(Missed { rows: rows.collect(), is_open: self.missed.is_some(), first, more })
    }
}

impl Place<'_> {
    /// Where the endpoints that were not reached are listed.
    pub(crate) fn missed_path(&self) -> String {
        format!("{}#missed", address(self.here, &[("missed", OPEN)]))
    }
}

async fn explained(
    state: &UiState,
    access: &AppAccess,
    place: Place<'_>,
    at: ExplainedAt<'_>,
    behind: Option<i64>,
) -> Result<Page<EndpointExplanation>, Fault> {
    let from = behind.map_or(PageFrom::Start, PageFrom::After);
    let page = PageQuery { limit: ROWS, order: Order::Ascending, from };
    Ok(state.control.explain_message(access, place.message, at, page).await?.endpoints)
}

fn key_of(id: Option<&str>) -> Option<i64> {
    EndpointId::parse(id?).ok().map(|id| id.key())
}

fn next(page: &Page<EndpointExplanation>) -> Option<String> {
    page.rows.last().filter(|_| !page.done).map(|row| row.id.to_string())
}
