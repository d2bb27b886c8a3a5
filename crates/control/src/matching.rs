//! Why a message goes to an endpoint or does not, as far as what is kept can tell.

use wirepost_model::delivery::DeliveryState;
use wirepost_model::endpoint::Endpoint;
use wirepost_model::message::Message;

/// Most event types or channels that a sentence names.
const NAMED_MOST: usize = 5;

/// How a message and an endpoint met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// It goes there.
    Matched,
    /// It would go there, but the endpoint was disabled when the message was accepted.
    Disabled,
    /// It went there, and the endpoint was deleted since.
    Deleted,
    /// The endpoint was made after the message.
    CreatedLater,
    /// The endpoint wants other event types.
    EventType,
    /// The endpoint wants other channels.
    Channel,
    /// The endpoint would want it as it is now, and was changed after the message.
    ChangedLater,
    /// The message was made for another endpoint alone, as an example is.
    MeantForOthers,
}

impl Matching {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Matched,
        Self::Disabled,
        Self::Deleted,
        Self::CreatedLater,
        Self::EventType,
        Self::Channel,
        Self::ChangedLater,
        Self::MeantForOthers,
    ];

    /// The stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
            Self::CreatedLater => "createdLater",
            Self::EventType => "eventType",
            Self::Channel => "channel",
            Self::ChangedLater => "changedLater",
            Self::MeantForOthers => "meantForOthers",
        }
    }

    /// Whether there is a delivery that was or will be attempted.
    pub fn is_match(self) -> bool {
        matches!(self, Self::Matched | Self::Deleted)
    }

    /// How they met. An endpoint that is not found any more has a delivery, or nobody would ask.
    pub(crate) fn of(endpoint: Option<&Endpoint>, state: Option<DeliveryState>, message: &Message) -> Self {
        let Some(endpoint) = endpoint else {
            return Self::Deleted;
        };
        match state {
            Some(DeliveryState::Skipped) => Self::Disabled,
            Some(_) => Self::Matched,
            None if endpoint.id.key() > message.id.key() => Self::CreatedLater,
            None if !endpoint.wants(&message.event_type, &endpoint.channels) => Self::EventType,
            None if !endpoint.wants(&message.event_type, &message.channels) => Self::Channel,
            None if endpoint.updated_at > message.created_at => Self::ChangedLater,
            None => Self::MeantForOthers,
        }
    }

    /// The same in a sentence.
    pub(crate) fn words(self, endpoint: Option<&Endpoint>, message: &Message) -> String {
        let sentence = match (self, endpoint) {
            (Self::CreatedLater, Some(endpoint)) => {
                return format!("The endpoint was made at {}, after the message.", endpoint.created_at);
            }
            (Self::EventType, Some(endpoint)) => {
                let wanted = named(endpoint.event_types.iter().map(|name| name.as_str()));
                return format!("The endpoint wants {wanted}; this is {}.", message.event_type.as_str());
            }
            (Self::Channel, Some(endpoint)) => {
                let wanted = named(endpoint.channels.iter().map(|name| name.as_str()));
                let given = named(message.channels.iter().map(|name| name.as_str()));
                return format!("The endpoint listens to {wanted}; this message is on {given}.");
            }
            (Self::ChangedLater, Some(endpoint)) => {
                return format!(
                    "The endpoint would want the message as it is now, but was changed at {}, after it.",
                    endpoint.updated_at
                );
            }
            (Self::Disabled, _) => {
                "The endpoint was disabled when the message was accepted, so that it was skipped."
            }
            (Self::Deleted, _) => "The endpoint was deleted since; what was pending for it is canceled.",
            (Self::MeantForOthers, _) => {
                "The message was meant for another endpoint alone, as an example is."
            }
            _ => "The message goes to this endpoint.",
        };
        sentence.to_owned()
    }
}

/// A few names, and how many more there are.
fn named<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = names.len();
    if count == 0 {
        return "none".to_owned();
    }
    let mut list = names.take(NAMED_MOST).collect::<Vec<_>>().join(", ");
    if count > NAMED_MOST {
        list.push_str(&format!(" and {} more", count - NAMED_MOST));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_names_are_named() {
        assert_eq!(named([].into_iter()), "none");
        assert_eq!(named(["a", "b"].into_iter()), "a, b");
        assert_eq!(named(["a", "b", "c", "d", "e", "f", "g"].into_iter()), "a, b, c, d, e and 2 more");
    }

    #[test]
    fn the_words_differ() {
        let mut words: Vec<&str> = Matching::ALL.into_iter().map(Matching::as_str).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Matching::ALL.len());
    }
}
