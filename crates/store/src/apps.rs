//! Apps in the database: customer accounts, found by id or uid.

use async_trait::async_trait;
use wirepost_model::app::App;
use wirepost_model::ids::AppId;
use wirepost_model::timestamp::Timestamp;

use crate::StoreResult;
use crate::page::{Page, PageQuery};

/// Keeps apps.
#[async_trait]
pub trait Apps {
    /// Adds an app.
    ///
    /// # Errors
    /// `Conflict(Uid)` when another app has its uid.
    async fn create_app(&self, app: App) -> StoreResult<()>;

    /// Replaces everything but id and `created_at`, where `updated_at` still is what `read_at` says.
    ///
    /// # Errors
    /// `NotFound`; `Conflict(Uid)`; `Conflict(Revision)` when it changed since it was read.
    async fn update_app(&self, app: App, read_at: Timestamp) -> StoreResult<()>;

    /// Removes an app and frees its uid. Its endpoints are deleted, their pending deliveries end as the
    /// engine comes to them; its messages can no longer be reached.
    ///
    /// # Errors
    /// `NotFound`.
    async fn delete_app(&self, app: AppId, at: Timestamp) -> StoreResult<()>;

    /// The app whose id or uid this is.
    ///
    /// # Errors
    /// `NotFound`.
    async fn find_app(&self, id_or_uid: &str) -> StoreResult<App>;

    /// Apps whose name or uid begins so, those by name first, so many at most. In names a letter from A to Z is the
    /// same in either case.
    async fn find_apps(&self, beginning: &str, most: usize) -> StoreResult<Vec<App>>;

    /// A page of apps by key.
    async fn list_apps(&self, page: PageQuery<i64>) -> StoreResult<Page<App>>;
}
