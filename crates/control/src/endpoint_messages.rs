//! The messages of one endpoint, each with how it stands there.

use wirepost_model::delivery::DeliveryStatus;
pub use wirepost_store::endpoint_messages::EndpointMessage;
use wirepost_store::endpoint_messages::EndpointMessageFilter;
use wirepost_store::messages::MessageFilter;

use crate::caller::AppAccess;
use crate::messages::nearest_after;
use crate::page::{Page, PageQuery};
use crate::status::ShownStatus;
use crate::{Control, ControlResult};

impl Control {
    /// A page of an endpoint's messages, newest first. `after` alone gives the page nearest after it. What is being
    /// attempted is pending until it ended, so that no message stands as sending.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`.
    pub async fn list_messages_of_endpoint(
        &self,
        access: &AppAccess,
        endpoint: &str,
        status: Option<ShownStatus>,
        filter: MessageFilter,
        page: PageQuery<i64>,
    ) -> ControlResult<Page<EndpointMessage>> {
        let endpoint = self.find_endpoint(access, endpoint).await?.id;
        let statuses = match status {
            None => Vec::new(),
            Some(ShownStatus::Success) => vec![DeliveryStatus::Delivered],
            Some(ShownStatus::Pending) => vec![DeliveryStatus::Pending],
            Some(ShownStatus::Fail) => vec![DeliveryStatus::Failed],
            Some(ShownStatus::Canceled) => vec![DeliveryStatus::Canceled, DeliveryStatus::Skipped],
            Some(ShownStatus::Sending) => return Ok(Page { rows: Vec::new(), done: true }),
        };
        let page = nearest_after(page, filter.before, filter.after);
        let filter = EndpointMessageFilter { statuses, message: filter };
        Ok(self.store().list_messages_of_endpoint(access.id(), endpoint, filter, page).await?)
    }
}
