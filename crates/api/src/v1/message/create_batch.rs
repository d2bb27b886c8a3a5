//! `POST /app/{app}/msg/batch`: one message a line (`application/x-ndjson`), accepted in one transaction. Each line
//! has a result of its own, in order; a bad one does not refuse the others.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use wirepost_control::caller::AppAccess;
use wirepost_control::message_draft::MessageDraft;
use wirepost_control::messages::{Accepted, BATCH_MOST};
use wirepost_control::messages_once::BatchOnce;
use wirepost_control::{Conflict, Control, ControlError, ControlResult};
use wirepost_model::ids::MessageId;

use super::shapes::{MessageIn, warnings_of};
use crate::auth::Auth;
use crate::body::BatchBody;
use crate::error::{ApiError, ApiResult, RefusedValue};
use crate::idempotency_key::OnceKey;
use crate::json::{Json, read_json};
use crate::openapi::Operation;
use crate::path::Named;

/// What became of the lines.
#[derive(Serialize, JsonSchema)]
struct BatchOut {
    data: Vec<LineOut>,
}

/// What became of one line.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum LineOut {
    Accepted {
        id: MessageId,
        #[serde(skip_serializing_if = "Option::is_none")]
        warnings: Option<Vec<RefusedValue>>,
    },
    Refused {
        code: &'static str,
        detail: String,
    },
}

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    let example = json!({"eventType": "asset.metadata.updated", "payload": {"asset": {"id": "4711"}}});
    let summary = "Accepts many messages, one a line, in one transaction";
    Operation::post("/api/v1/app/{app}/msg/batch", "v1.message.create-batch", summary)
        .takes_as::<MessageIn<'_>>("application/x-ndjson", example)
        .answers::<BatchOut>(StatusCode::ACCEPTED, "What became of each line, in order")
}

pub(crate) async fn create_batch(
    Auth(caller): Auth,
    Named(app): Named<String>,
    State(control): State<Control>,
    key: OnceKey,
    BatchBody(body): BatchBody,
) -> ApiResult<Response> {
    let access = control.enter_to_send(caller.clone(), &app, None).await?;
    let lines: Vec<&[u8]> = lines_of(&body).take(BATCH_MOST + 1).collect();
    if lines.len() > BATCH_MOST {
        let sentence = format!("A batch may have at most {BATCH_MOST} messages");
        return Err(ControlError::LimitReached(sentence).into());
    }
    let read: Vec<ApiResult<MessageDraft<'_>>> = lines.into_iter().map(read_line).collect();
    let refusals: Vec<Option<ApiError>> = read.iter().map(|line| line.as_ref().err().cloned()).collect();
    let drafts = read.into_iter().flatten().collect();
    let Some(once) = key.request(&caller, &body) else {
        let results = control.create_messages(&access, drafts).await?;
        return Ok(Json(StatusCode::ACCEPTED, batch_out(&refusals, &results)).into_response());
    };
    let answer = |results: &[ControlResult<Accepted>]| as_bytes(&batch_out(&refusals, results));
    match control.create_messages_once(&access, drafts, &once, answer).await? {
        BatchOnce::Accepted(results) => {
            Ok(Json(StatusCode::ACCEPTED, batch_out(&refusals, &results)).into_response())
        }
        BatchOnce::Answered(kept) => {
            Ok(Json(StatusCode::ACCEPTED, answered_before(&control, &access, &kept).await?).into_response())
        }
    }
}

/// A line for each line: its refusal, or the next of the results.
fn batch_out(refusals: &[Option<ApiError>], results: &[ControlResult<Accepted>]) -> BatchOut {
    let mut results = results.iter();
    let line =
        |refusal: &Option<ApiError>| match (refusal, refusal.is_none().then(|| results.next()).flatten()) {
            (Some(error), _) => refused(error),
            (None, Some(Ok(Accepted { message, faults }))) => {
                LineOut::Accepted { id: message.id, warnings: warnings_of(faults) }
            }
            (None, Some(Err(error))) => refused(&error.clone().into()),
            (None, None) => refused(&ControlError::Internal("a line has no result".to_owned()).into()),
        };
    BatchOut { data: refusals.iter().map(line).collect() }
}

/// What was answered to the same batch. It was written down as if every good line had been accepted: those whose
/// `eventId` turned out to be taken are the ones that are not there.
async fn answered_before(control: &Control, access: &AppAccess, kept: &[u8]) -> ApiResult<Value> {
    let damaged = |error| ControlError::Internal(format!("a kept answer is not JSON: {error}"));
    let mut answer: Value = serde_json::from_slice(kept).map_err(damaged)?;
    let id_of = |line: &Value| line["id"].as_str().and_then(|id| MessageId::parse(id).ok());
    let lines = answer["data"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
    let there = control.existing_messages(access, lines.iter().filter_map(id_of).collect()).await?;
    let missing = |line: &&mut Value| id_of(line).is_some_and(|id| !there.contains(&id));
    for line in lines.iter_mut().filter(missing) {
        let error = ApiError::from(ControlError::Conflict(Conflict::EventId));
        *line = serde_json::to_value(refused(&error)).map_err(damaged)?;
    }
    Ok(answer)
}

fn as_bytes(answer: &BatchOut) -> Bytes {
    serde_json::to_vec(answer).expect("ids and sentences always become JSON").into()
}

/// The lines that hold something.
fn lines_of(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty())
}

fn read_line(line: &[u8]) -> ApiResult<MessageDraft<'_>> {
    let message: MessageIn<'_> = read_json(line)?;
    let payload = message.raw_payload()?.unwrap_or(message.payload);
    // A copy: one message that waits must not keep the whole batch in memory.
    let payload = Bytes::copy_from_slice(payload.get().as_bytes());
    Ok(message.into_draft(payload))
}

fn refused(error: &ApiError) -> LineOut {
    let (code, detail) = error.as_line();
    LineOut::Refused { code, detail }
}
