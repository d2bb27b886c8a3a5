//! `GET /app/{app}/attempt/endpoint/{endpoint}`: a page of an endpoint's attempts, newest first.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::collections::HashMap;
use wirepost_control::Control;
use wirepost_control::page::Order;
use wirepost_model::ids::{AttemptKind, MessageId};
use wirepost_model::message::StoredMessage;

use super::shapes::AttemptOut;
use crate::auth::Auth;
use crate::error::ApiResult;
use crate::json::Json;
use crate::listing::Listing;
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;
use crate::v1::message::shapes::{MessageOut, payload_out};

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let path = "/api/v1/app/{app}/attempt/endpoint/{endpoint}";
    Operation::get(
        path,
        "v1.message-attempt.list-by-endpoint",
        "A page of an endpoint's attempts, newest first",
    )
    .queries(query::page())
    .queries(query::window())
    .queries(query::message_filter())
    .queries(query::attempt_filter())
    .query(query::flag("with_content", true, "With the answers' bodies"))
    .query(query::flag("with_msg", false, "With the messages"))
    .answers::<Listing<AttemptOut<'_>>>(StatusCode::OK, "The page")
}

pub(crate) async fn list_by_endpoint(
    Auth(caller): Auth,
    Named((app, endpoint)): Named<(String, String)>,
    parameters: Parameters,
    State(control): State<Control>,
) -> ApiResult<Response> {
    let access = control.enter(caller, &app).await?;
    let selection = parameters.attempt_selection()?;
    let with_content = parameters.flag("with_content", true)?;
    let with_messages = parameters.flag("with_msg", false)?;
    let page = parameters.page_by_id::<AttemptKind>(Order::Descending)?;
    let from = page.from.clone();
    let look = control.list_attempts_of_endpoint(&access, &endpoint, selection, page).await?;
    let messages = if with_messages {
        control.messages_of_attempts(&access, &look.page.rows, with_content).await?
    } else {
        HashMap::new()
    };
    let shown = shown_messages(&messages)?;
    let listing = Listing::of_look::<_, AttemptKind>(
        look,
        |stored| stored.attempt.id.to_string(),
        |stored| {
            let message = shown.get(&stored.attempt.delivery.message);
            let message = message.map(|(stored, payload)| MessageOut::new(&stored.message, payload.clone()));
            AttemptOut::new(&stored, with_content, message)
        },
        &from,
    );
    Ok(Json(StatusCode::OK, listing).into_response())
}

/// A message beside its payload as it is shown.
type Shown<'a> = (&'a StoredMessage, std::borrow::Cow<'a, serde_json::value::RawValue>);

fn shown_messages(messages: &HashMap<MessageId, StoredMessage>) -> ApiResult<HashMap<MessageId, Shown<'_>>> {
    messages.iter().map(|(id, stored)| Ok((*id, (stored, payload_out(&stored.payload)?)))).collect()
}
