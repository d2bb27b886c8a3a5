//! The five words in which people are told how a message stands.

use wirepost_model::attempt::Attempt;
use wirepost_model::delivery::DeliveryState;

/// How a delivery or an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownStatus {
    /// It was delivered.
    Success,
    /// It will be attempted.
    Pending,
    /// It was not delivered.
    Fail,
    /// It is being attempted.
    Sending,
    /// It was ended without being delivered, or never begun.
    Canceled,
}

impl ShownStatus {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Success, Self::Pending, Self::Fail, Self::Sending, Self::Canceled];

    /// The number that callers know it by.
    pub fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Pending => 1,
            Self::Fail => 2,
            Self::Sending => 3,
            Self::Canceled => 4,
        }
    }

    /// The status of this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Pending => "pending",
            Self::Fail => "fail",
            Self::Sending => "sending",
            Self::Canceled => "canceled",
        }
    }

    /// How this attempt came out.
    pub fn of_attempt(attempt: &Attempt) -> Self {
        if attempt.succeeded { Self::Success } else { Self::Fail }
    }
}

impl From<DeliveryState> for ShownStatus {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Pending { .. } => Self::Pending,
            DeliveryState::Delivered => Self::Success,
            DeliveryState::Failed => Self::Fail,
            DeliveryState::Canceled | DeliveryState::Skipped => Self::Canceled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_to_the_status() {
        for status in ShownStatus::ALL {
            assert_eq!(ShownStatus::from_number(status.number()), Some(status));
        }
        assert_eq!(ShownStatus::from_number(5), None);
    }
}
