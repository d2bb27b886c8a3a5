//! How a message stands at its endpoints, as dots for the quick eye and as words for everybody.

use wirepost_control::logs::{LogEntry, Outcome};
use wirepost_control::status::ShownStatus;

/// Most dots of one message; the rest is a number.
const DOTS_MOST: usize = 12;

/// What is shown of a message's outcomes.
pub(crate) struct Outcomes {
    pub(crate) dots: Vec<Dot>,
    /// `+4`, where there are more than dots; empty where not.
    pub(crate) more: String,
    /// `3 delivered, 1 failed`.
    pub(crate) words: String,
    /// Whether all ended, and nothing but a resend changes them.
    pub(crate) is_settled: bool,
}

/// How a message stands at one endpoint.
pub(crate) struct Dot {
    /// `good`, `warn`, `bad` or `calm`: its colour.
    pub(crate) tone: &'static str,
    pub(crate) title: String,
}

/// The ways a message may stand, worst first: what a person looks for must not hide behind the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Failed,
    Retrying,
    Waiting,
    Canceled,
    Delivered,
}

impl Outcomes {
    pub(crate) fn of(entry: &LogEntry) -> Self {
        let mut standings: Vec<_> = entry.outcomes.iter().map(|one| (Standing::of(one), one)).collect();
        let words = words(entry, &standings);
        let is_settled = standings.iter().all(|(standing, _)| standing.is_settled());
        if standings.len() > DOTS_MOST {
            standings.sort_by_key(|(standing, _)| *standing);
        }
        let rest = standings.len().saturating_sub(DOTS_MOST);
        let more = match (rest, entry.complete) {
            (0, _) => String::new(),
            (rest, true) => format!("+{rest}"),
            (rest, false) => format!("+{rest} or more"),
        };
        let dots = standings.iter().take(DOTS_MOST).map(|(standing, one)| standing.dot(&one.url));
        Self { dots: dots.collect(), more, words, is_settled }
    }

    /// The same text for the same outcomes.
    pub(crate) fn mark(&self) -> String {
        let tones = self.dots.iter().map(|dot| dot.tone.get(..1).unwrap_or_default());
        format!("{} {}", tones.collect::<String>(), self.words)
    }
}

impl Standing {
    const ALL: [Self; 5] = [Self::Delivered, Self::Failed, Self::Retrying, Self::Waiting, Self::Canceled];

    fn of(outcome: &Outcome) -> Self {
        match outcome.status {
            ShownStatus::Success => Self::Delivered,
            ShownStatus::Fail => Self::Failed,
            ShownStatus::Canceled => Self::Canceled,
            ShownStatus::Pending | ShownStatus::Sending if outcome.tries > 0 => Self::Retrying,
            ShownStatus::Pending | ShownStatus::Sending => Self::Waiting,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Retrying => "to be tried again",
            Self::Waiting => "waiting",
            Self::Canceled => "not sent",
            Self::Delivered => "delivered",
        }
    }

    fn is_settled(self) -> bool {
        !matches!(self, Self::Retrying | Self::Waiting)
    }

    fn dot(self, url: &str) -> Dot {
        let tone = match self {
            Self::Delivered => "good",
            Self::Failed => "bad",
            Self::Retrying => "warn",
            Self::Waiting | Self::Canceled => "calm",
        };
        Dot { tone, title: format!("{url}: {}", self.word()) }
    }
}

fn words(entry: &LogEntry, standings: &[(Standing, &Outcome)]) -> String {
    let told: Vec<_> = Standing::ALL
        .iter()
        .filter_map(|wanted| {
            let count = standings.iter().filter(|(standing, _)| standing == wanted).count();
            (count > 0).then(|| format!("{count} {}", wanted.word()))
        })
        .collect();
    match (told.is_empty(), entry.complete) {
        (true, true) => "no endpoint".to_owned(),
        (true, false) => "none of the first endpoints".to_owned(),
        (false, true) => told.join(", "),
        (false, false) => format!("{}, and maybe more", told.join(", ")),
    }
}
