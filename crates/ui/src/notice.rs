//! What was done, told once at the top of the page that follows. The address carries a word; the sentence is ours, so
//! that no address can put words into our mouth.

/// Words that addresses carry as `done`, and what they say.
const SENTENCES: &[(&str, &str)] = &[
    ("created", "The endpoint is there. It hears of events from now on."),
    ("saved", "Saved."),
    ("limited", "The rate limit is set. Messages beyond it wait; none is dropped."),
    ("deleted", "The endpoint is deleted."),
    ("enabled", "The endpoint is enabled: events are sent to it again."),
    ("disabled", "The endpoint is disabled: nothing is sent to it until it is enabled."),
    ("rotated", "The new key signs from now on; the old one stays valid beside it for 24 hours."),
    ("header-set", "The header is set. It goes with every request from now on."),
    ("header-removed", "The header is removed."),
    ("authenticated", "The authentication is saved. It holds from the next attempt on."),
    ("removed", "The contents are removed."),
    ("event-type-created", "The event type is there. Customers can subscribe to it from now on."),
    ("event-type-archived", "The event type is archived."),
    ("event-type-back", "The event type is back."),
    ("event-type-deleted", "The event type is deleted."),
    ("pulse-created", "The pulse is there. It can be raised from now on."),
    ("pulse-archived", "The pulse is archived. It can no longer be raised; its log stays."),
    ("pulse-back", "The pulse is back."),
    ("app-created", "The app is there. Open its pages, or make a link for its people."),
    ("app-deleted", "The app is deleted."),
    ("token-revoked", "The token is revoked. Whoever shows it is refused."),
    ("imported", "The event types of the document are in the catalogue."),
];

/// The sentence for a word, if it is one of ours.
pub(crate) fn sentence(word: Option<&str>) -> Option<&'static str> {
    SENTENCES.iter().find(|(known, _)| Some(*known) == word).map(|(_, sentence)| *sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_sentences_are_said() {
        assert_eq!(sentence(Some("saved")), Some("Saved."));
        assert_eq!(sentence(Some("<b>Call us</b>")), None);
        assert_eq!(sentence(None), None);
    }
}
