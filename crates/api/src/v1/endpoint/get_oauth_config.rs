//! `GET /app/{app}/endpoint/{endpoint}/oauth-config`: whether requests carry tokens, and where those come from.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;

use super::oauth_shapes::{OauthOut, OauthStateOut};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::Operation;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let summary = "Whether requests carry tokens, and where those come from";
    Operation::get("/api/v1/app/{app}/endpoint/{endpoint}/oauth-config", "v1.endpoint.get-oauth-2", summary)
        .answers::<OauthStateOut>(StatusCode::OK, "Whether, and how")
}

pub(crate) async fn get_oauth_config(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    State(control): State<Control>,
) -> ApiResult<Json<OauthStateOut>> {
    let access = control.enter(caller, &app).await?;
    let config = control.find_oauth(&access, &endpoint).await?.map(OauthOut::from);
    Ok(Json(StatusCode::OK, OauthStateOut { enabled: config.is_some(), config }))
}
