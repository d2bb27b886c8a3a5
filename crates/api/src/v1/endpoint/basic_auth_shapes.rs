//! Basic authentication on the wire. What is set is never shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepost_control::basic_auth::BasicDraft;

/// A user name and a password as they are sent to us.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct BasicAuthIn {
    /// Without a colon.
    #[schemars(length(max = 1024))]
    username: String,
    /// Empty where the user name alone is the secret.
    #[serde(default)]
    #[schemars(length(max = 1024))]
    password: String,
}

/// Whether requests carry a user name and a password.
#[derive(Serialize, JsonSchema)]
pub(crate) struct BasicAuthOut {
    pub(crate) enabled: bool,
}

impl From<BasicAuthIn> for BasicDraft {
    fn from(wanted: BasicAuthIn) -> Self {
        Self { user_name: wanted.username, password: wanted.password }
    }
}
