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
        Ok(cut(destinations.collect(), &page))
    }
}

/// The page of a list that is in memory as a whole; an app's endpoints are few enough for that.
fn cut(mut destinations: Vec<Destination>, page: &PageQuery<i64>) -> Page<Destination> {
    let key = |destination: &Destination| destination.endpoint.id.key();
    destinations.sort_unstable_by_key(key);
    let walk = page.walk();
    if walk == Order::Descending {
        destinations.reverse();
    }
    if let PageFrom::After(edge) | PageFrom::Before(edge) = page.from {
        destinations.retain(|destination| match walk {
            Order::Ascending => key(destination) > edge,
            Order::Descending => key(destination) < edge,
        });
    }
    destinations.truncate(page.limit + 1);
    Page::from_walk(destinations, page)
}
