//! `GET /app/{app}/attempt/msg/{message}`: a page of a message's attempts, newest first.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use wirepost_control::Control;
use wirepost_control::page::Order;
use wirepost_model::ids::AttemptKind;

use super::shapes::AttemptOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/attempt/msg/{message}";
    Operation::get(path, "v1.message-attempt.list-by-msg", "A page of a message's attempts, newest first")
        .queries(query::page())
        .queries(query::window())
        .queries(query::message_filter())
        .queries(query::attempt_filter())
        .query(query::text("endpoint_id", "Only attempts at this endpoint, by its id or uid"))
        .query(query::flag("with_content", true, "With the answers' bodies"))
        .answers::<Listing<AttemptOut<'_>>>(StatusCode::OK, "The page")
}

pub(crate) async fn list_by_message(
    Auth(caller): Auth,
    Named((app, message)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let selection = parameters.attempt_selection()?;
    let endpoint = parameters.text("endpoint_id");
    let with_content = parameters.flag("with_content", true)?;
    let page = parameters.page_by_id::<AttemptKind>(Order::Descending)?;
    let page = control.list_attempts_of_message(&access, &message, endpoint, selection, page).await?;
    let listing = Listing::new(
        page,
        |stored| stored.attempt.id.to_string(),
        |stored| AttemptOut::new(&stored, with_content, None),
    );
    Ok(Json(StatusCode::OK, listing).into_response())
}
