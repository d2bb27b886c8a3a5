//! What an operator watches of those who call.

use std::sync::LazyLock;

use metrics::{Counter, counter};

static REFUSED: LazyLock<Counter> = LazyLock::new(|| counter!("wirepost_token_refusals_total"));

/// Somebody called with a token that is not good.
pub(crate) fn note_refusal() {
    REFUSED.increment(1);
}
