//! Apps as operators look for them: by id, by uid, and by how a name or a uid begins.

use std::collections::BTreeMap;

use wirepost_model::app::App;
use wirepost_model::capability::Capability;
use wirepost_model::ids::AppId;
use wirepost_store::StoreError;

use crate::caller::Caller;
use crate::{Control, ControlResult};

/// Most apps that are found at once.
pub const FOUND_MOST: usize = 50;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundApps {
    /// The app of this very id or uid first, then by name.
    pub apps: Vec<App>,
    /// Whether there may be more, for a longer beginning to tell apart.
    pub is_cut: bool,
}

impl Control {
    /// Apps whose id or uid this is, or whose name or uid begins so.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`; `Unavailable`.
    pub async fn search_apps(&self, caller: Caller, text: &str) -> ControlResult<FoundApps> {
        caller.require_organisation_for(Capability::ViewBase)?;
        let mut apps = match self.store().find_app(text).await {
            Ok(app) => vec![app],
            Err(StoreError::NotFound) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        for app in self.store().find_apps(text, FOUND_MOST + 1).await? {
            if apps.iter().all(|found| found.id != app.id) {
                apps.push(app);
            }
        }
        let is_cut = apps.len() > FOUND_MOST;
        apps.truncate(FOUND_MOST);
        Ok(FoundApps { apps, is_cut })
    }

    /// The names of these apps, without those that were deleted.
    ///
    /// # Errors
    /// `Forbidden`; `MissingCapability`; `Unavailable`.
    pub async fn app_names(
        &self,
        caller: &Caller,
        ids: impl IntoIterator<Item = AppId>,
    ) -> ControlResult<BTreeMap<AppId, String>> {
        caller.require_organisation_for(Capability::ViewBase)?;
        let mut names = BTreeMap::new();
        for id in ids {
            if names.contains_key(&id) {
                continue;
            }
            match self.store().find_app(&id.to_string()).await {
                Ok(app) => drop(names.insert(id, app.name)),
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(names)
    }
}
