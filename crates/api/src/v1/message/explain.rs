//! `GET /app/{app}/msg/{message}/explain`: what became of a message at each endpoint, and why.

use axum::extract::State;
use http::StatusCode;
use wirepost_control::Control;
use wirepost_control::explain::ExplainedAt;
use wirepost_control::page::Order;
use wirepost_model::ids::EndpointKind;

use super::explain_shapes::ExplanationOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/msg/{message}/explain";
    Operation::get(path, "v1.message.explain", "What became of a message at each endpoint, and why")
        .queries(query::page())
        .query(query::text("endpoint_id", "Only at this endpoint, by its id or uid"))
        .answers::<ExplanationOut>(StatusCode::OK, "The message, and a page of endpoints by id")
}

pub(crate) async fn explain(
    Auth(caller): Auth,
    Named((app, message)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Json<ExplanationOut>> {
    let access = control.enter(caller, &app).await?;
    let page = parameters.page_by_id::<EndpointKind>(Order::Ascending)?;
    let at = parameters.text("endpoint_id").map_or(ExplainedAt::All, ExplainedAt::One);
    let explanation = control.explain_message(&access, &message, at, page).await?;
    Ok(Json(StatusCode::OK, explanation.into()))
}
