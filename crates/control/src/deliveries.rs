//! Deliveries as people see them: how one message stands at each of its endpoints.

use wirepost_model::endpoint::Endpoint;
use wirepost_model::timestamp::Timestamp;

use crate::caller::AppAccess;
use crate::page::{From as PageFrom, Order, Page, PageQuery};
use crate::status::ShownStatus;
use crate::{Control, ControlResult};

/// An endpoint, and how a message stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// How the message stands there.
    pub status: ShownStatus,
    /// When it is attempted next, if it is.
    pub next_attempt_at: Option<Timestamp>,
}

impl Control {
    /// A page of the endpoints that a message goes to, by id; deleted ones are left out.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn list_destinations(
        &self,
        access: &AppAccess,
        message: &str,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<Destination>> {
        let message = self.find_message(access, message, false).await?.message.id;
        let deliveries = self.store().deliveries_of_message(access.id(), message).await?;
        let destinations = deliveries.iter().filter_map(|delivery| {
            let view = access.view().endpoint(delivery.key.endpoint)?;
            Some(Destination {
                endpoint: view.endpoint.clone(),
                status: delivery.state.into(),
                next_attempt_at: delivery.state.due_at(),
            })
        });
        let key = |destination: &Destination| destination.endpoint.id.key();
        Ok(cut(destinations.collect(), key, &page))
    }
}

/// The page of a list that is in memory as a whole; an app's endpoints are few enough for that.
pub(crate) fn cut<T>(mut rows: Vec<T>, key: impl Fn(&T) -> i64, page: &PageQuery<i64>) -> Page<T> {
    rows.sort_unstable_by_key(&key);
    let walk = page.walk();
    if walk == Order::Descending {
        rows.reverse();
    }
    if let PageFrom::After(edge) | PageFrom::Before(edge) = page.from {
        rows.retain(|row| match walk {
            Order::Ascending => key(row) > edge,
            Order::Descending => key(row) < edge,
        });
    }
    rows.truncate(page.limit + 1);
    Page::from_walk(rows, page)
}
