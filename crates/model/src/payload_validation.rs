//! Whether payloads must be as the catalogue describes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done about a payload that does not fit its event type's schema; a later one is stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PayloadValidation {
    /// Nobody looks.
    #[default]
    Off,
    /// It is accepted, and whoever sent it hears what is wrong.
    Warn,
    /// It is refused.
    Enforce,
}

impl PayloadValidation {
    /// All of them, each at its number.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warn, Self::Enforce];

    /// The number that a database keeps.
    pub fn number(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Warn => 1,
            Self::Enforce => 2,
        }
    }

    /// The one of this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_number_and_each_is_stricter_than_the_one_before() {
        for mode in PayloadValidation::ALL {
            assert_eq!(PayloadValidation::from_number(mode.number()), Some(mode));
        }
        assert_eq!(PayloadValidation::from_number(3), None);
        assert!(PayloadValidation::ALL.is_sorted());
        assert_eq!(serde_json::to_string(&PayloadValidation::Enforce).ok().as_deref(), Some("\"enforce\""));
    }
}
