//! `GET /app/{app}/msg`: a page of an app's messages, newest first.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use wirepost_control::Control;
use wirepost_control::page::{Look, Order, Page};
use wirepost_model::ids::MessageKind;
use wirepost_model::message::StoredMessage;

use super::shapes::{MessageOut, payload_out};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/app/{app}/msg", "v1.message.list", "A page of an app's messages, newest first")
        .queries(query::page())
        .queries(query::window())
        .queries(query::message_filter())
        .query(query::flag("with_content", true, "With the payloads"))
        .answers::<Listing<MessageOut<'_>>>(StatusCode::OK, "The page")
}

pub(crate) async fn list(
    Auth(caller): Auth,
    Named(app): Named<String>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let filter = parameters.message_filter()?;
    let page = parameters.page_by_id::<MessageKind>(Order::Descending)?;
    let from = page.from.clone();
    let Look { page, reached } = control.list_messages(&access, filter, page).await?;
    let payloads =
        page.rows.iter().map(|stored| payload_out(&stored.payload)).collect::<ApiResult<Vec<_>>>()?;
    let rows = page.rows.iter().zip(payloads).collect();
    let listing = Listing::of_look::<_, MessageKind>(
        Look { page: Page { rows, done: page.done }, reached },
        |(stored, _): &(&StoredMessage, _)| stored.message.id.to_string(),
        |(stored, payload)| MessageOut::new(&stored.message, payload),
        &from,
    );
    Ok(Json(StatusCode::OK, listing).into_response())
}
