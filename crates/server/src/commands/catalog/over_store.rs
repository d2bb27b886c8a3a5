//! The catalogue in a store on which no server runs.

use std::sync::Arc;

use serde_json::Value;
use wirepost_control::Control;
use wirepost_control::caller::Caller;
use wirepost_control::catalogue::{Catalogue, ImportMode, ImportReport};
use wirepost_model::event_type::EventType;
use wirepost_model::token::Scope;
use wirepost_store::Store;

use super::told::Told;
use crate::assembly::control_without_engine;
use crate::commands::Sentence;
use crate::config::Settings;

/// A store that was free.
pub(super) struct OverStore {
    control: Control,
    store: Arc<dyn Store>,
}

impl OverStore {
    /// Opens the store; it is made where there is none yet, so that a catalogue can be loaded before the first start.
    pub(super) async fn open(settings: &Settings) -> Result<Self, Sentence> {
        match control_without_engine(settings).await {
            Ok((control, store)) => Ok(Self { control, store }),
            Err(reason) => Err(format!("{reason} (to ask a running server, use --url)")),
        }
    }

    pub(super) async fn import(self, catalogue: Catalogue, mode: ImportMode) -> Result<Told, Sentence> {
        let report = self.control.import_catalogue(operator(), catalogue, mode).await;
        self.store.close().await;
        report.map(Told::from).map_err(|error| error.to_string())
    }

    pub(super) async fn export(self) -> Result<Value, Sentence> {
        let document = self.control.export_catalogue(operator()).await;
        self.store.close().await;
        document.map_err(|error| error.to_string())
    }
}

/// Whoever may open the store may do everything.
fn operator() -> Caller {
    Caller::new(Scope::Organisation)
}

impl From<ImportReport> for Told {
    fn from(report: ImportReport) -> Self {
        let names = |event_types: &[EventType]| {
            event_types.iter().map(|event_type| event_type.name.to_string()).collect()
        };
        Self {
            added: names(&report.added),
            changed: names(&report.changed),
            archived: names(&report.archived),
            unchanged: report.unchanged.len(),
        }
    }
}
