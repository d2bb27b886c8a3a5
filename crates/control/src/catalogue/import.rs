//! Takes a document's event types into the catalogue, and gives the catalogue out as a document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirepost_model::capability::Capability;
use wirepost_model::event_type::EventType;
use wirepost_model::feature_flags::FeatureFlags;
use wirepost_model::names::EventTypeName;

use super::{Catalogue, openapi_writing};
use crate::caller::Caller;
use crate::page::{From as PageFrom, Order, PageQuery};
use crate::{Control, ControlResult};

/// Event types that are read at a time.
const READ_AT_ONCE: usize = 250;

/// How a document is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportMode {
    /// Nothing is written; the report says what would be.
    pub dry_run: bool,
    /// What the document does not name is archived.
    pub replace_all: bool,
}

/// What an import does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportReport {
    /// Not in the catalogue before.
    pub added: Vec<EventType>,
    /// There, but otherwise; or archived, and brought back.
    pub changed: Vec<EventType>,
    /// Not in the document, and to be replaced by it.
    pub archived: Vec<EventType>,
    /// As the document has them.
    pub unchanged: Vec<EventTypeName>,
}

impl ImportReport {
    /// All that is written, by name.
    pub fn written(&self) -> Vec<&EventType> {
        let mut written: Vec<_> = self.added.iter().chain(&self.changed).chain(&self.archived).collect();
        written.sort_by(|one, other| one.name.cmp(&other.name));
        written
    }
}

impl Control {
    /// Takes in a document's event types, all or none.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`; `Unavailable`.
    pub async fn import_catalogue(
        &self,
        caller: Caller,
        catalogue: Catalogue,
        mode: ImportMode,
    ) -> ControlResult<ImportReport> {
        caller.require_organisation_for(Capability::ManageCatalog)?;
        let stored = self.whole_catalogue(true, caller.flags()).await?;
        let report = self.compare(catalogue, stored, mode);
        let written: Vec<EventType> = report.written().into_iter().cloned().collect();
        if !mode.dry_run && !written.is_empty() {
            self.write_event_types(written).await?;
        }
        Ok(report)
    }

    /// What the caller may see of the catalogue as an OpenAPI description; archived event types are not in it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn export_catalogue(&self, caller: Caller) -> ControlResult<Value> {
        Ok(openapi_writing::write(&self.whole_catalogue(false, caller.flags()).await?))
    }

    fn compare(&self, catalogue: Catalogue, stored: Vec<EventType>, mode: ImportMode) -> ImportReport {
        let now = self.now();
        let mut stored: BTreeMap<EventTypeName, EventType> =
            stored.into_iter().map(|event_type| (event_type.name.clone(), event_type)).collect();
        let mut report = ImportReport::default();
        let mut named = BTreeSet::new();
        for (name, changes) in catalogue.0 {
            named.insert(name.clone());
            let Some(before) = stored.remove(&name) else {
                report.added.push(changes.apply_to(self.blank_event_type(name)));
                continue;
            };
            let after = changes.apply_to(before.clone());
            if after == before {
                report.unchanged.push(name);
            } else {
                report.changed.push(EventType { updated_at: now, ..after });
            }
        }
        if mode.replace_all {
            let left = stored.into_values().filter(|event_type| !event_type.archived);
            report.archived =
                left.map(|event_type| EventType { archived: true, updated_at: now, ..event_type }).collect();
        }
        report
    }

    /// All that these flags show of the catalogue, by name.
    pub(crate) async fn whole_catalogue(
        &self,
        include_archived: bool,
        flags: &FeatureFlags,
    ) -> ControlResult<Vec<EventType>> {
        let mut all: Vec<EventType> = Vec::new();
        let mut page = PageQuery::first(READ_AT_ONCE, Order::Ascending);
        loop {
            let found = self.store().list_event_types(include_archived, flags.clone(), page.clone()).await?;
            all.extend(found.rows);
            match all.last() {
                Some(last) if !found.done => page.from = PageFrom::After(last.name.to_string()),
                _ => return Ok(all),
            }
        }
    }
}
