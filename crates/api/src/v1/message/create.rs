//! `POST /app/{app}/msg`: accepts a message. 202 means that it is kept and will be attempted.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use serde_json::value::RawValue;
use std::borrow::Cow;
use wirepost_control::Control;
use wirepost_control::messages::Accepted;

use super::shapes::{MessageIn, MessageOut, no_payload, payload_in};
use crate::auth::Auth;
use crate::body::RawBody;
use crate::error::ApiResult;
use crate::idempotency_key::OnceKey;
use crate::json::{Json, read_json};
use crate::openapi::{Operation, query};
use crate::parameters::Parameters;
use crate::path::Named;

/// About as many bytes does an answer have beside its payload.
const BESIDE_PAYLOAD_BYTES: usize = 384;

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let example = json!({"eventType": "asset.metadata.updated", "payload": {"asset": {"id": "4711"}}});
    Operation::post(
        "/api/v1/app/{app}/msg",
        "v1.message.create",
        "Accepts a message, which will be attempted",
    )
    .query(query::flag("with_content", true, "Answer with the payload"))
    .takes::<MessageIn<'_>>(example)
    .answers::<MessageOut<'_>>(StatusCode::ACCEPTED, "It is kept and will be attempted")
    .refuses(StatusCode::CONFLICT, "There is a message of this eventId")
}

pub(crate) async fn create(
    Auth(caller): Auth,
    Named(app): Named<String>,
    parameters: Parameters,
    State(control): State<Control>,
    key: OnceKey,
    RawBody(body): RawBody,
) -> ApiResult<Response> {
    let with_content = parameters.flag("with_content", true)?;
    let mut wanted: MessageIn<'_> = read_json(&body)?;
    let raw = wanted.raw_payload()?.map(RawValue::to_owned);
    let shown = raw.map_or(Cow::Borrowed(wanted.payload), Cow::Owned);
    let application = wanted.application.take().map(Into::into);
    let access = control.enter_to_send(caller.clone(), &app, application).await?;
    let draft = wanted.into_draft(payload_in(&body, &shown));
    let Accepted { message, faults } = match key.request(&caller, &body) {
        None => control.create_message(&access, draft).await?,
        Some(once) => control.create_message_once(&access, draft, &once).await?,
    };
    let shown = if with_content { shown } else { no_payload() };
    let about = shown.get().len() + BESIDE_PAYLOAD_BYTES;
    let shown = MessageOut::new(&message, shown).with_warnings(&faults);
    Ok(Json(StatusCode::ACCEPTED, shown).of_about(about))
}
