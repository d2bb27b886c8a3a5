//! `POST /app/{app}/msg/batch`: one message a line (`application/x-ndjson`), accepted in one transaction. Each line
//! has a result of its own, in order; a bad one does not refuse the others.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use wirepost_control::message_draft::MessageDraft;
use wirepost_control::messages::BATCH_MOST;
use wirepost_control::{Control, ControlError};
use wirepost_model::ids::MessageId;

use super::shapes::MessageIn;
use crate::auth::Auth;
use crate::body::BatchBody;
use crate::error::{ApiError, ApiResult};
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
    Accepted { id: MessageId },
    Refused { code: &'static str, detail: String },
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
    BatchBody(body): BatchBody,
) -> ApiResult<Response> {
    let access = control.enter_as_organisation(caller, &app).await?;
    let lines: Vec<&[u8]> = lines_of(&body).take(BATCH_MOST + 1).collect();
    if lines.len() > BATCH_MOST {
        let sentence = format!("A batch may have at most {BATCH_MOST} messages");
        return Err(ControlError::LimitReached(sentence).into());
    }
    let read: Vec<ApiResult<MessageDraft<'_>>> = lines.into_iter().map(read_line).collect();
    let refusals: Vec<Option<ApiError>> = read.iter().map(|line| line.as_ref().err().cloned()).collect();
    let drafts = read.into_iter().flatten().collect();
    let mut accepted = control.create_messages(&access, drafts).await?.into_iter();
    let mut data = Vec::with_capacity(refusals.len());
    for refusal in refusals {
        data.push(match refusal {
            Some(error) => refused(&error),
            None => match accepted.next() {
                Some(Ok(message)) => LineOut::Accepted { id: message.id },
                Some(Err(error)) => refused(&error.into()),
                None => return Err(ControlError::Internal("a line has no result".to_owned()).into()),
            },
        });
    }
    Ok(Json(StatusCode::ACCEPTED, BatchOut { data }).into_response())
}

/// The lines that hold something.
fn lines_of(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty())
}

fn read_line(line: &[u8]) -> ApiResult<MessageDraft<'_>> {
    let message: MessageIn<'_> = read_json(line)?;
    // A copy: one message that waits must not keep the whole batch in memory.
    let payload = Bytes::copy_from_slice(message.payload.get().as_bytes());
    Ok(message.into_draft(payload))
}

fn refused(error: &ApiError) -> LineOut {
    let (code, detail) = error.as_line();
    LineOut::Refused { code, detail }
}
