//! How a message stands at one endpoint, in words: how far it has come, when it is tried next and why not sooner, and
//! what its last failure means.

use wirepost_control::explain::EndpointExplanation;
use wirepost_control::next_try::{NextTry, WaitsFor};
use wirepost_model::delivery::DeliveryState;
use wirepost_model::delivery_rules::OperatorRules;
use wirepost_model::failure_words::FailureWords;
use wirepost_model::ids::AttemptId;
use wirepost_model::timestamp::Timestamp;

use crate::show::{Instant, counted, lasting};

/// What is shown of one endpoint that a message goes to.
pub(crate) struct DeliveryRow {
    pub(crate) id: String,
    /// The endpoint's page; none once it was deleted.
    pub(crate) path: Option<String>,
    pub(crate) url: String,
    pub(crate) tone: &'static str,
    pub(crate) word: &'static str,
    pub(crate) sentence: String,
    pub(crate) next: Option<Next>,
    /// The last attempt's failure, unless the message was delivered all the same.
    pub(crate) failure: Option<FailureWords>,
    /// The message that has to end first.
    pub(crate) behind: Option<String>,
    /// How the endpoint is spared, where it does not take all that is sent.
    pub(crate) spared: Option<String>,
    /// Whether it can be sent there now, by whoever may.
    pub(crate) can_resend: bool,
    pub(crate) last_attempt: Option<AttemptId>,
    waits_for: Option<WaitsFor>,
}

/// When a message is tried next.
#[derive(Clone)]
pub(crate) struct Next {
    pub(crate) at: Option<Instant>,
    /// How long from now.
    pub(crate) within: String,
    pub(crate) why: &'static str,
    millis: Option<u128>,
}

impl DeliveryRow {
    /// `endpoints` is where the app's endpoints are: `/app/{app}/endpoints`.
    pub(crate) fn of(
        row: EndpointExplanation,
        endpoints: &str,
        operator: &OperatorRules,
        now: Timestamp,
    ) -> Self {
        let state = row.state.unwrap_or(DeliveryState::Skipped);
        let (tone, word) = badge(state, row.tries);
        let id = row.id.to_string();
        let last_url = row.last_attempt.as_ref().map(|attempt| attempt.url.to_string());
        let url = row.endpoint.as_ref().map(|endpoint| endpoint.url.clone()).or(last_url);
        let most = row
            .endpoint
            .as_ref()
            .map(|endpoint| endpoint.delivery_rules.in_force(operator).retry_schedule.attempts());
        let failed = state != DeliveryState::Delivered;
        Self {
            path: row.endpoint.as_ref().map(|_| format!("{endpoints}/{id}")),
            id,
            url: url.unwrap_or_else(|| "A deleted endpoint".to_owned()),
            tone,
            word,
            sentence: sentence(state, row.tries, most, &row),
            next: row.next.map(|next| Next::of(next, now)),
            behind: row.behind.map(|message| message.to_string()),
            spared: row.throttled.filter(|_| state.due_at().is_some()).map(|throttled| {
                format!(
                    "The endpoint is down or overloaded; it is asked less often since {}.",
                    Instant::from(throttled.since).text
                )
            }),
            can_resend: row.endpoint.as_ref().is_some_and(|endpoint| endpoint.disabled.is_none()),
            waits_for: row.next.map(|next| next.waits_for),
            last_attempt: row.last_attempt.map(|attempt| attempt.id),
            failure: row.failure.filter(|_| failed),
        }
    }

    /// After how many milliseconds it is worth looking again; never where it waits for a person, or for nothing.
    pub(crate) fn look_again_ms(&self) -> Option<u32> {
        let waits_for = self.waits_for.filter(|waits_for| *waits_for != WaitsFor::Enabling)?;
        let later = matches!(waits_for, WaitsFor::Schedule | WaitsFor::DeliverAt)
            && self.next.as_ref().and_then(|next| next.millis).is_some_and(|millis| millis > SOON_MILLIS);
        Some(if later { 10_000 } else { 1_000 })
    }
}

/// What comes within this is waited for on tiptoe.
const SOON_MILLIS: u128 = 12_000;

impl Next {
    fn of(next: NextTry, now: Timestamp) -> Self {
        let wait = next.at.map(|at| at.since(now));
        let within = wait.filter(|wait| wait.as_millis() > 0).map(|wait| format!("in {}", lasting(wait)));
        Self {
            at: next.at.map(Instant::from),
            within: within.unwrap_or_default(),
            why: next.waits_for.words(),
            millis: wait.map(|wait| wait.as_millis()),
        }
    }
}

fn badge(state: DeliveryState, tries: u32) -> (&'static str, &'static str) {
    match state {
        DeliveryState::Delivered => ("good", "Delivered"),
        DeliveryState::Pending { .. } if tries > 0 => ("warn", "To be tried again"),
        DeliveryState::Pending { .. } => ("calm", "Pending"),
        DeliveryState::Failed => ("bad", "Failed"),
        DeliveryState::Canceled => ("calm", "Canceled"),
        DeliveryState::Skipped => ("calm", "Not sent"),
    }
}

/// How far it has come. `most` is how many attempts its endpoint's schedule has.
fn sentence(state: DeliveryState, tries: u32, most: Option<usize>, row: &EndpointExplanation) -> String {
    let made = counted(u64::from(tries), "attempt");
    let used = most.filter(|most| usize::try_from(tries).is_ok_and(|tries| tries < *most));
    match state {
        DeliveryState::Delivered => match tries {
            0 => "Delivered when it was sent by hand.".to_owned(),
            1 => "Delivered at the first attempt.".to_owned(),
            _ => format!("Delivered after {made}."),
        },
        DeliveryState::Pending { .. } => match (tries, used) {
            (0, _) => "Not attempted on the schedule yet.".to_owned(),
            (_, Some(most)) => format!("{tries} of {most} attempts used."),
            (_, None) => format!("{made} made."),
        },
        DeliveryState::Failed => match (tries, row.last_attempt.is_some()) {
            (0, false) => "Given up before it was attempted: the endpoint wanted nothing more.".to_owned(),
            (0, true) => "The attempt by hand failed. It is not tried again by itself.".to_owned(),
            _ => format!("{made} made. It is not tried again by itself."),
        },
        DeliveryState::Canceled if row.endpoint.is_some() => {
            format!("Canceled before it was delivered; {made} made.")
        }
        DeliveryState::Canceled | DeliveryState::Skipped => row.why.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wirepost_control::matching::Matching;
    use wirepost_control::repeated_request::Repeat;
    use wirepost_model::ids::EndpointId;

    use super::*;

    const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn told(state: DeliveryState, tries: u32, next: Option<NextTry>) -> DeliveryRow {
        let row = EndpointExplanation {
            id: EndpointId::from_parts(1, [0; 12]),
            endpoint: None,
            matching: Matching::Deleted,
            why: "It is gone.".to_owned(),
            state: Some(state),
            tries,
            next,
            throttled: None,
            behind: None,
            last_attempt: None,
            failure: None,
            repeat: Repeat { curl: None, note: String::new() },
        };
        DeliveryRow::of(row, "/app/a/endpoints", &OperatorRules::default(), NOON)
    }

    #[test]
    fn each_state_has_a_word_and_a_sentence() {
        let pending = DeliveryState::Pending { due_at: NOON };
        for (state, tries, word, expected) in [
            (DeliveryState::Delivered, 1, "Delivered", "Delivered at the first attempt."),
            (DeliveryState::Delivered, 3, "Delivered", "Delivered after 3 attempts."),
            (DeliveryState::Delivered, 0, "Delivered", "Delivered when it was sent by hand."),
            (pending, 0, "Pending", "Not attempted on the schedule yet."),
            (pending, 2, "To be tried again", "2 attempts made."),
            (DeliveryState::Failed, 9, "Failed", "9 attempts made. It is not tried again by itself."),
            (DeliveryState::Canceled, 0, "Canceled", "It is gone."),
            (DeliveryState::Skipped, 0, "Not sent", "It is gone."),
        ] {
            let row = told(state, tries, None);
            assert_eq!((row.word, row.sentence.as_str()), (word, expected));
            assert!(row.path.is_none() && !row.can_resend && row.look_again_ms().is_none());
        }
    }

    #[test]
    fn what_comes_soon_is_looked_for_often() {
        let waiting = |seconds, waits_for| {
            let at = NOON.plus(Duration::from_secs(seconds));
            let state = DeliveryState::Pending { due_at: at };
            told(state, 1, Some(NextTry { at: Some(at), waits_for })).look_again_ms()
        };
        assert_eq!(waiting(5, WaitsFor::Schedule), Some(1_000));
        assert_eq!(waiting(300, WaitsFor::Schedule), Some(10_000));
        assert_eq!(waiting(300, WaitsFor::RateLimit), Some(1_000));
        assert_eq!(waiting(0, WaitsFor::Enabling), None);
    }
}
