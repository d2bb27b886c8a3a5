//! What tasks do, in words.

use wirepost_model::background_task::TaskWork;

/// The words of one kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkWords {
    /// What it is called.
    pub(crate) title: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// What is pressed to begin it.
    pub(crate) button: &'static str,
    /// What there is to send, behind its number: `1 message` …
    pub(crate) found: &'static str,
    /// That there is none.
    pub(crate) none: &'static str,
    /// Where it is asked for, below the endpoint's page; none where only programs ask.
    pub(crate) path: &'static str,
}

/// The words for this work.
pub(crate) fn words(work: TaskWork) -> WorkWords {
    match work {
        TaskWork::EndpointRecover => WorkWords {
            title: "Recover failed messages",
            about: "Sends again every message that failed at this endpoint, oldest first, each on the retry schedule \
                    from its start.",
            button: "Recover",
            found: "failed at this endpoint and can be sent again",
            none: "No message that failed at this endpoint in this time can be sent again.",
            path: "recover",
        },
        TaskWork::EndpointReplay => WorkWords {
            title: "Replay missing messages",
            about: "Sends every message that this endpoint wants as it is set up now and was never sent: from before \
                    it was made or changed, or while it was disabled.",
            button: "Replay",
            found: "never sent to this endpoint",
            none: "Nothing is missing at this endpoint in this time.",
            path: "replay",
        },
        TaskWork::EndpointBulkReplay => WorkWords {
            title: "Replay of chosen messages",
            about: "Sends again the messages that a program chose by a filter.",
            button: "Replay",
            found: "chosen by a program",
            none: "The filter chooses none.",
            path: "",
        },
    }
}
