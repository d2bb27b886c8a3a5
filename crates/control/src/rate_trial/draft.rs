//! What somebody allows a trial, and the check of it.

use std::ops::RangeInclusive;
use std::time::Duration;

use wirepost_model::rate_trial::{
    ERRORS_PERCENT_BOUNDS, RATE_BOUNDS, REQUESTS_BOUNDS, SECONDS_BOUNDS, TrialBounds,
};

use crate::{ControlError, ControlResult};

/// A trial as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateTrialDraft {
    /// The event type whose example is sent.
    pub event_type: String,
    /// The highest rate, in requests per second.
    pub rate_most: u32,
    /// Most requests in all.
    pub requests_most: u32,
    /// How long it may last.
    pub seconds_most: u32,
    /// Failures that end it, in percent of a step's requests.
    pub errors_percent_most: u32,
}

impl RateTrialDraft {
    /// The bounds, where they may be; `limit` is the lowest rate limit in force for the endpoint.
    pub(crate) fn check(&self, limit: Option<u32>) -> ControlResult<TrialBounds> {
        within("rateMost", self.rate_most, RATE_BOUNDS)?;
        within("requestsMost", self.requests_most, REQUESTS_BOUNDS)?;
        within("secondsMost", self.seconds_most, SECONDS_BOUNDS)?;
        within("errorsPercentMost", self.errors_percent_most, ERRORS_PERCENT_BOUNDS)?;
        if let Some(limit) = limit.filter(|limit| *limit < self.rate_most) {
            let sentence = format!(
                "must be at most {limit}, which is the rate limit in force: raise or remove that first to look further"
            );
            return Err(ControlError::body("rateMost", sentence));
        }
        Ok(TrialBounds {
            rate_most: self.rate_most,
            requests_most: self.requests_most,
            lasts_most: Duration::from_secs(self.seconds_most.into()),
            errors_percent_most: self.errors_percent_most,
        })
    }
}

fn within(field: &'static str, count: u32, bounds: RangeInclusive<u32>) -> ControlResult<()> {
    if bounds.contains(&count) {
        return Ok(());
    }
    Err(ControlError::body(field, format!("must be {} to {}", bounds.start(), bounds.end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(rate_most: u32) -> RateTrialDraft {
        RateTrialDraft {
            event_type: "svix.ping".into(),
            rate_most,
            requests_most: 1_000,
            seconds_most: 60,
            errors_percent_most: 5,
        }
    }

    fn refusal(draft: &RateTrialDraft, limit: Option<u32>) -> String {
        draft.check(limit).expect_err("it is refused").to_string()
    }

    #[test]
    fn bounds_have_bounds() {
        assert!(draft(1).check(None).is_ok() && draft(1_000).check(None).is_ok());
        assert_eq!(refusal(&draft(0), None), "body.rateMost: must be 1 to 1000");
        assert_eq!(refusal(&draft(1_001), None), "body.rateMost: must be 1 to 1000");
        let draft = RateTrialDraft { requests_most: 20_001, ..draft(1) };
        assert_eq!(refusal(&draft, None), "body.requestsMost: must be 20 to 20000");
        let draft = RateTrialDraft { requests_most: 20, seconds_most: 181, ..draft };
        assert_eq!(refusal(&draft, None), "body.secondsMost: must be 10 to 180");
        let draft = RateTrialDraft { seconds_most: 180, errors_percent_most: 51, ..draft };
        assert_eq!(refusal(&draft, None), "body.errorsPercentMost: must be 1 to 50");
    }

    #[test]
    fn a_trial_never_goes_beyond_a_limit_in_force() {
        assert!(draft(50).check(Some(50)).is_ok());
        assert!(refusal(&draft(51), Some(50)).starts_with("body.rateMost: must be at most 50, "));
    }
}
