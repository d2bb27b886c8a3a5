//! Whether the parts that everything stands on do their work.

use crate::Control;

/// How the parts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Why the database does not do its work, if it does not.
    pub database_trouble: Option<String>,
    /// Whether deliveries are being sent by this process.
    pub sends: bool,
}

impl Health {
    /// Whether all is well.
    pub fn is_good(&self) -> bool {
        self.database_trouble.is_none()
    }
}

impl Control {
    /// Asks the database to write and read something small.
    pub async fn health(&self) -> Health {
        let trouble = self.store().check().await.err();
        Health {
            database_trouble: trouble.map(|error| error.to_string()),
            sends: self.0.parts.lanes.is_some(),
        }
    }
}
