//! `GET /app/{app}/endpoint/{endpoint}/msg`: a page of an endpoint's messages, each with how it stands, newest first.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::Control;
use wirepost_control::page::{Order, Page};
use wirepost_control::status::ShownStatus;
use wirepost_model::ids::MessageKind;
use wirepost_model::timestamp::Timestamp;

use super::shapes::{MessageOut, payload_out};
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// A message beside how it stands at an endpoint, as we show it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointMessageOut<'a> {
    #[serde(flatten)]
    message: MessageOut<'a>,
    status: u8,
    status_text: &'static str,
    next_attempt: Option<Timestamp>,
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/endpoint/{endpoint}/msg";
    let summary = "A page of an endpoint's messages, each with how it stands, newest first";
    Operation::get(path, "v1.message-attempt.list-attempted-messages", summary)
        .queries(query::page())
        .queries(query::window())
        .queries(query::message_filter())
        .query(query::status())
        .query(query::flag("with_content", true, "With the payloads"))
        .answers::<Listing<EndpointMessageOut<'_>>>(StatusCode::OK, "The page")
}

pub(crate) async fn list_by_endpoint(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let (status, filter) = (parameters.status()?, parameters.message_filter()?);
    let page = parameters.page_by_id::<MessageKind>(Order::Descending)?;
    let page = control.list_messages_of_endpoint(&access, &endpoint, status, filter, page).await?;
    let payloads = page.rows.iter().map(|row| payload_out(&row.stored.payload));
    let payloads = payloads.collect::<ApiResult<Vec<_>>>()?;
    let page = Page { rows: page.rows.iter().zip(payloads).collect(), done: page.done };
    let listing = Listing::new(
        page,
        |(row, _)| row.stored.message.id.to_string(),
        |(row, payload)| {
            let status = ShownStatus::from(row.state);
            EndpointMessageOut {
                message: MessageOut::new(&row.stored.message, payload),
                status: status.number(),
                status_text: status.as_str(),
                next_attempt: row.state.due_at(),
            }
        },
    );
    Ok(Json(StatusCode::OK, listing).into_response())
}
