//! `PUT /app/{app}`: replaces an app, or makes it under the uid in the path.

use axum::extract::State;
use wirepost_control::Control;

use super::shapes::{AppIn, AppOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::{Json, JsonBody, status_of};
use crate::path::Named;

pub(crate) async fn put(
    Auth(caller): Auth,
    Named(id_or_uid): Named<String>,
    State(control): State<Control>,
    JsonBody(app): JsonBody<AppIn>,
) -> ApiResult<Json<AppOut>> {
    let (app, written) = control.put_app(caller, &id_or_uid, app.into()).await?;
    Ok(Json(status_of(written), app.into()))
}
