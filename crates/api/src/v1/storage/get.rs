//! `GET /admin/storage`: what takes how much room on the disk.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::shapes::StorageOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/admin/storage", "v1.admin.storage.get", "What takes how much room on the disk")
        .answers::<StorageOut>(StatusCode::OK, "The room of each kind, no older than ten seconds")
}

pub(crate) async fn get(Auth(caller): Auth, State(control): State<Control>) -> ApiResult<Json<StorageOut>> {
    let storage = control.storage_use(caller).await?;
    Ok(Json(StatusCode::OK, storage.into()))
}
