//! Which messages a background task sends again to its endpoint. Pure: a message and how it stands there go in.

use crate::background_task::TaskWork;
use crate::delivery::DeliveryStatus;
use crate::endpoint::Endpoint;
use crate::message::{EXAMPLE_TAG, Message};
use crate::names::{Channel, EventTypeName};
use crate::timestamp::Timestamp;

/// What a task chooses by, beside what its work says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayChoice {
    /// Only messages accepted at this instant or later.
    pub since: Timestamp,
    /// Only messages accepted until this instant.
    pub until: Timestamp,
    /// What narrows a bulk replay; the other works take no more than their window.
    pub filter: ReplayFilter,
}

/// What narrows a bulk replay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayFilter {
    /// Only these event types; empty means all.
    pub event_types: Vec<EventTypeName>,
    /// Only messages of this channel.
    pub channel: Option<Channel>,
    /// Only messages with this tag.
    pub tag: Option<String>,
    /// Only deliveries that stand so; empty means all that ended.
    pub statuses: Vec<DeliveryStatus>,
    /// Only where the last attempt was answered with a status of this hundred; 0 means that it got no answer.
    pub status_class: Option<u8>,
}

/// How a message stands at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingAtEndpoint {
    /// The state of its delivery; none where there never was one.
    pub status: Option<DeliveryStatus>,
    /// The status that its last attempt was answered with; looked up only where a filter asks for it.
    pub answered: Option<u16>,
}

impl ReplayChoice {
    /// Whether this message is to be sent again.
    pub fn takes(
        &self,
        work: TaskWork,
        endpoint: &Endpoint,
        message: &Message,
        standing: StandingAtEndpoint,
    ) -> bool {
        let in_window = self.since <= message.created_at && message.created_at <= self.until;
        in_window
            && match work {
                TaskWork::EndpointRecover => standing.status == Some(DeliveryStatus::Failed),
                TaskWork::EndpointReplay => {
                    let never_tried = matches!(standing.status, None | Some(DeliveryStatus::Skipped));
                    // An example that another endpoint asked for would pass here for something that happened.
                    let is_example = message.tags.iter().any(|tag| tag == EXAMPLE_TAG);
                    never_tried && !is_example && endpoint.wants(&message.event_type, &message.channels)
                }
                TaskWork::EndpointBulkReplay => self.filter.takes(message, standing),
            }
    }
}

impl ReplayFilter {
    fn takes(&self, message: &Message, standing: StandingAtEndpoint) -> bool {
        let Some(status) = standing.status.filter(|status| *status != DeliveryStatus::Pending) else {
            return false;
        };
        let class = standing.answered.map_or(0, |answered| answered / 100);
        let by_status = self.statuses.is_empty() || self.statuses.contains(&status);
        let by_class = self.status_class.is_none_or(|wanted| u16::from(wanted) == class);
        let by_type = self.event_types.is_empty() || self.event_types.contains(&message.event_type);
        let by_channel = self.channel.as_ref().is_none_or(|channel| message.channels.contains(channel));
        let by_tag = self.tag.as_ref().is_none_or(|tag| message.tags.contains(tag));
        by_status && by_class && by_type && by_channel && by_tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::tests::endpoint;
    use crate::ids::{AppId, MessageId};

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn message() -> Message {
        Message {
            id: MessageId::from_parts(1, [0; 12]),
            app: AppId::from_parts(1, [0; 12]),
            event_type: EventTypeName::parse("asset.created").expect("a good name"),
            event_id: None,
            channels: vec![Channel::parse("eu").expect("a good name")],
            tags: vec!["nightly".to_owned()],
            created_at: NOON,
            deliver_at: None,
            retention_hours: Some(24),
        }
    }

    fn choice(filter: ReplayFilter) -> ReplayChoice {
        ReplayChoice { since: NOON, until: NOON, filter }
    }

    fn stands(status: Option<DeliveryStatus>) -> StandingAtEndpoint {
        StandingAtEndpoint { status, answered: None }
    }

    fn taken_by(work: TaskWork) -> Vec<Option<DeliveryStatus>> {
        let all = DeliveryStatus::ALL.map(Some).into_iter().chain([None]);
        let takes = |status: &Option<DeliveryStatus>| {
            let choice = choice(ReplayFilter::default());
            choice.takes(work, &endpoint(&[], &[]), &message(), stands(*status))
        };
        all.filter(takes).collect()
    }

    #[test]
    fn each_work_takes_what_stands_as_it_should() {
        use DeliveryStatus::{Canceled, Delivered, Failed, Skipped};
        assert_eq!(taken_by(TaskWork::EndpointRecover), [Some(Failed)]);
        assert_eq!(taken_by(TaskWork::EndpointReplay), [Some(Skipped), None]);
        let ended = [Some(Delivered), Some(Failed), Some(Canceled), Some(Skipped)];
        assert_eq!(taken_by(TaskWork::EndpointBulkReplay), ended);
    }

    #[test]
    fn both_ends_of_the_window_belong_to_it() {
        let later = NOON.plus(std::time::Duration::from_millis(1));
        let earlier = NOON.minus(std::time::Duration::from_millis(1));
        for (since, until, expected) in
            [(NOON, NOON, true), (later, later, false), (earlier, earlier, false), (earlier, later, true)]
        {
            let choice = ReplayChoice { since, until, filter: ReplayFilter::default() };
            let failed = stands(Some(DeliveryStatus::Failed));
            let takes = choice.takes(TaskWork::EndpointRecover, &endpoint(&[], &[]), &message(), failed);
            assert_eq!(takes, expected, "{since:?} {until:?}");
        }
    }

    #[test]
    fn what_is_missing_must_match_the_subscription() {
        let choice = choice(ReplayFilter::default());
        for (wanted, expected) in
            [(endpoint(&["asset.created"], &[]), true), (endpoint(&["a.b"], &[]), false)]
        {
            let takes = choice.takes(TaskWork::EndpointReplay, &wanted, &message(), stands(None));
            assert_eq!(takes, expected);
        }
    }

    #[test]
    fn an_example_for_another_endpoint_is_not_missing() {
        let example = Message { tags: vec![EXAMPLE_TAG.to_owned()], ..message() };
        let choice = choice(ReplayFilter::default());
        assert!(!choice.takes(TaskWork::EndpointReplay, &endpoint(&[], &[]), &example, stands(None)));
    }

    #[test]
    fn a_filter_narrows_by_everything_it_names() {
        let failed = StandingAtEndpoint { status: Some(DeliveryStatus::Failed), answered: Some(503) };
        let none = ReplayFilter::default();
        let name = |name| EventTypeName::parse(name).expect("a good name");
        let channel = |name| Channel::parse(name).ok();
        for (filter, expected) in [
            (none.clone(), true),
            (ReplayFilter { event_types: vec![name("asset.created")], ..none.clone() }, true),
            (ReplayFilter { event_types: vec![name("a.b")], ..none.clone() }, false),
            (ReplayFilter { channel: channel("eu"), ..none.clone() }, true),
            (ReplayFilter { channel: channel("us"), ..none.clone() }, false),
            (ReplayFilter { tag: Some("nightly".to_owned()), ..none.clone() }, true),
            (ReplayFilter { tag: Some("daily".to_owned()), ..none.clone() }, false),
            (ReplayFilter { statuses: vec![DeliveryStatus::Failed], ..none.clone() }, true),
            (ReplayFilter { statuses: vec![DeliveryStatus::Delivered], ..none.clone() }, false),
            (ReplayFilter { status_class: Some(5), ..none.clone() }, true),
            (ReplayFilter { status_class: Some(0), ..none }, false),
        ] {
            let takes = choice(filter.clone()).takes(
                TaskWork::EndpointBulkReplay,
                &endpoint(&[], &[]),
                &message(),
                failed,
            );
            assert_eq!(takes, expected, "{filter:?}");
        }
    }
}
