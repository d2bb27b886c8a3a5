//! `PUT /app/{app}`: replaces an app, or makes it under the uid in the path.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{AppIn, AppOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody, status_of};
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::put(
        "/api/v1/app/{app}",
        "v1.application.upsert",
        "Replaces an app, or makes it under the uid in the path",
    )
    .takes::<AppIn>(json!({"name": "Example company", "uid": "example-company"}))
    .answers::<AppOut>(StatusCode::OK, "The app as it is now")
    .answers::<AppOut>(StatusCode::CREATED, "The app that was made")
    .refuses(StatusCode::CONFLICT, "Another app has this uid")
}

pub(crate) async fn put(
    Auth(caller): Auth,
    Named(id_or_uid): Named<String>,
    State(control): State<Control>,
    JsonBody(app): JsonBody<AppIn>,
) -> ApiResult<Json<AppOut>> {
    let (app, written) = control.put_app(caller, &id_or_uid, app.into()).await?;
    Ok(Json(status_of(written), app.into()))
}
