//! What a trial comes to: why it ended, what it proposes, and the reason in words.

use super::tally::Cut;

/// Of the highest rate that was held, so many percent are proposed.
const PROPOSED_PERCENT: u32 = 90;

/// Why a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The rate that the receiver copes with is known.
    Found,
    /// The receiver coped with all that it was allowed to be asked.
    BoundReached,
    /// As many requests as were allowed were sent.
    OutOfRequests,
    /// The time that was allowed is over.
    OutOfTime,
    /// One request a second was too much.
    NotEvenOne,
    /// Requests failed.
    Failing,
    /// The receiver answered 410.
    Gone,
    /// This server could not send as fast as it should.
    Late,
    /// This server failed at sending.
    OwnFault,
    /// Somebody stopped it.
    Stopped,
    /// Nobody looked at it any more.
    Unwatched,
    /// The endpoint was disabled, deleted or led elsewhere meanwhile.
    EndpointChanged,
    /// This server is being stopped.
    ServerStopping,
}

/// What a trial comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conclusion {
    /// Why it ended.
    pub ending: Ending,
    /// The highest rate that went well.
    pub good: Option<u32>,
    /// Whether that rate was held for longer.
    pub held: bool,
    /// The lowest rate that did not go well, and why.
    pub bad: Option<(u32, Cut)>,
    /// The highest rate that was allowed.
    pub bound: u32,
}

impl Conclusion {
    /// The limit to set, in messages per second; `None` where nothing went well.
    pub fn proposal(&self) -> Option<u32> {
        let good = self.good?;
        match self.ending {
            Ending::BoundReached => Some(good),
            _ => Some((good * PROPOSED_PERCENT).div_ceil(100)),
        }
    }

    /// What happened and why this is proposed, in sentences.
    pub fn reason(&self) -> String {
        [self.why_ended(), self.what_was_seen(), self.why_proposed()]
            .into_iter()
            .filter(|sentence| !sentence.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn why_ended(&self) -> String {
        let bound = self.bound;
        match self.ending {
            Ending::Found => String::new(),
            Ending::BoundReached => format!("The receiver did not degrade up to your bound of {bound}/s."),
            Ending::OutOfRequests => "As many requests as you allowed were sent.".to_owned(),
            Ending::OutOfTime => "The time that you allowed is over.".to_owned(),
            Ending::NotEvenOne => "One request a second is too much for this receiver.".to_owned(),
            Ending::Failing => "Stopped because requests failed: more of them than you allowed.".to_owned(),
            Ending::Gone => {
                "Stopped because the receiver answered 410 Gone: it wants nothing more.".to_owned()
            }
            Ending::Late => "Stopped because this server could not send as fast as it should.".to_owned(),
            Ending::OwnFault => {
                "Stopped because this server failed at sending, which says nothing of the receiver."
                    .to_owned()
            }
            Ending::Stopped => "Stopped by hand.".to_owned(),
            Ending::Unwatched => "Stopped because nobody had this page open any more.".to_owned(),
            Ending::EndpointChanged => {
                "Stopped because the endpoint was disabled, deleted or given another URL.".to_owned()
            }
            Ending::ServerStopping => "Stopped because this server was stopped.".to_owned(),
        }
    }

    fn what_was_seen(&self) -> String {
        let good = match (self.good, self.held) {
            (None, _) => None,
            (Some(good), true) => Some(format!("It held {good}/s for six seconds")),
            (Some(good), false) => Some(format!("It coped with {good}/s")),
        };
        let bad = self.bad.map(|(rate, cut)| format!("at {rate}/s {}", why_too_much(cut)));
        match (good, bad) {
            (Some(good), Some(bad)) => format!("{good}; {bad}."),
            (Some(good), None) => format!("{good}."),
            (None, Some(bad)) => format!("Already {bad}."),
            (None, None) => String::new(),
        }
    }

    fn why_proposed(&self) -> String {
        let Some(good) = self.good else {
            return "There is nothing to propose.".to_owned();
        };
        match self.ending {
            Ending::BoundReached => "It may take more: to find out, allow a higher rate.".to_owned(),
            Ending::Found => format!("The proposal leaves a tenth of {good}/s free."),
            _ => format!("The proposal leaves a tenth of {good}/s free; the receiver may take more."),
        }
    }
}

fn why_too_much(cut: Cut) -> String {
    match cut {
        Cut::Slow(limit) => {
            format!("more than 5 % of its answers took longer than {} ms", limit.as_millis())
        }
        Cut::TooFast => "it answered that this is too fast (429, 502, 503 or 504)".to_owned(),
        Cut::Failing => "requests failed".to_owned(),
        Cut::Gone => "it answered 410".to_owned(),
        Cut::Late | Cut::OwnFault => "this server could not send as it should".to_owned(),
    }
}
