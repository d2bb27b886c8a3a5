//! Reads the lists of names that subscriptions and messages carry.

use std::ops::RangeInclusive;

use wirepost_model::event_type::EventType;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::names::{Channel, EventTypeName};
use wirepost_model::operational::OperationalType;

use crate::caller::AppAccess;
use crate::error::in_body;
use crate::{Control, ControlError, ControlResult};

/// Reads channels: sorted, each once.
pub(crate) fn parse_channels<T: AsRef<str>>(
    names: &[T],
    count: RangeInclusive<usize>,
) -> ControlResult<Vec<Channel>> {
    if !count.contains(&names.len()) {
        let sentence = format!("must be {} to {} channels", count.start(), count.end());
        return Err(ControlError::body("channels", sentence));
    }
    let parse = |name: &T| Channel::parse(name.as_ref()).map_err(in_body("channels"));
    let mut channels = names.iter().map(parse).collect::<ControlResult<Vec<_>>>()?;
    channels.sort_unstable();
    channels.dedup();
    Ok(channels)
}

/// Reads a field of the body that names an event type.
pub(crate) fn parse_event_type(name: &str, field: &'static str) -> ControlResult<EventTypeName> {
    EventTypeName::parse(name).map_err(in_body(field))
}

impl Control {
    /// The event types that an endpoint of the app may subscribe to, by name. In the operational app they begin with
    /// those of which an operator is told.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn subscribable_event_types(&self, access: &AppAccess) -> ControlResult<Vec<EventType>> {
        let mut event_types = Vec::new();
        if self.is_operational(access.app()) {
            let told = |of: OperationalType| EventType {
                description: of.description().to_owned(),
                group_name: Some("Operational".to_owned()),
                ..EventType::blank(of.name())
            };
            event_types.extend(OperationalType::ALL.map(told));
        }
        event_types.extend(self.all_event_types(access).await?);
        Ok(event_types)
    }

    /// Reads the event types of a subscription: sorted, each once, all of them in the catalogue that is shown to who
    /// asks. The endpoint that is changed keeps those that it has and that are hidden by now. In the operational app
    /// those are there too of which an operator is told.
    pub(crate) async fn parse_subscription(
        &self,
        access: &AppAccess,
        changed: Option<&str>,
        names: &[String],
    ) -> ControlResult<Vec<EventTypeName>> {
        let parse = |name: &String| parse_event_type(name, "eventTypes");
        let mut wanted = names.iter().map(parse).collect::<ControlResult<Vec<_>>>()?;
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(wanted);
        }
        let flags = access.flags();
        let mut known = self.store().known_event_types(wanted.clone(), flags.clone()).await?;
        if let Some(endpoint) = changed
            && flags.names().is_some()
            && known.len() < wanted.len()
        {
            known.extend(self.kept_of(access, endpoint, &wanted).await?);
        }
        let is_told = |name: &EventTypeName| {
            self.is_operational(access.app()) && OperationalType::from_name(name).is_some()
        };
        match wanted.iter().find(|name| !known.contains(name) && !is_told(name)) {
            None => Ok(wanted),
            Some(unknown) => {
                let sentence = format!("the event type {unknown} is not in the catalogue");
                Err(ControlError::body("eventTypes", sentence))
            }
        }
    }

    /// Those of `wanted` that the endpoint is subscribed to, as far as they are in the catalogue, hidden or not.
    async fn kept_of(
        &self,
        access: &AppAccess,
        endpoint: &str,
        wanted: &[EventTypeName],
    ) -> ControlResult<Vec<EventTypeName>> {
        let had = self.find_endpoint(access, endpoint).await?.event_types;
        let kept = wanted.iter().filter(|name| had.contains(name)).cloned().collect();
        Ok(self.store().known_event_types(kept, FeatureFlags::default()).await?)
    }
}
