//! `POST /app`: makes an app, or finds the one of the same uid when asked to.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use wirepost_control::Control;

use super::shapes::{AppIn, AppOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody, status_of};
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::post("/api/v1/app", "v1.application.create", "Makes an app")
        .query(query::flag("get_if_exists", false, "Answer with the app of the same uid where there is one"))
        .takes::<AppIn>(json!({"name": "Example company", "uid": "example-company"}))
        .answers::<AppOut>(StatusCode::CREATED, "The app that was made")
        .answers::<AppOut>(StatusCode::OK, "The app of this uid, which was there")
        .refuses(StatusCode::CONFLICT, "Another app has this uid")
}

pub(crate) async fn create(
    Auth(caller): Auth,
    parameters: Parameters,
    State(control): State<Control>,
    JsonBody(app): JsonBody<AppIn>,
) -> ApiResult<Json<AppOut>> {
    if !parameters.flag("get_if_exists", false)? {
        let app = control.create_app(caller, app.into()).await?;
        return Ok(Json(StatusCode::CREATED, app.into()));
    }
    let (app, written) = control.find_or_create_app(caller, app.into()).await?;
    Ok(Json(status_of(written), app.into()))
}
