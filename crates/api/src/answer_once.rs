//! Answers a request that carries an idempotency key once: whoever sends it again hears the first answer, and waits
//! for it where that is still on its way. For all that is posted but messages, whose answers are committed with them.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use wirepost_control::idempotency::RequestOnce;
use wirepost_control::{Control, ControlError};

use crate::auth::Auth;
use crate::body::read;
use crate::error::ApiResult;
use crate::idempotency_key::{IDEMPOTENCY_KEY, OnceKey};
use crate::request_id::RequestId;
use crate::settings::ApiState;

/// Bytes in front of a kept answer: its status.
const STATUS_BYTES: usize = 2;

/// Passes on what carries no key.
pub(crate) async fn answer_once(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    if !is_keyed(&request) {
        return next.run(request).await;
    }
    answer(state, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

/// Whether the request is to be done once.
pub(crate) fn is_keyed(request: &Request) -> bool {
    request.method() == Method::POST && request.headers().contains_key(IDEMPOTENCY_KEY)
}

/// The answer to a request that carries a key.
pub(crate) async fn answer(state: ApiState, request: Request, next: Next) -> ApiResult<Response> {
    let (mut parts, body) = request.into_parts();
    let Auth(caller) = Auth::from_request_parts(&mut parts, &state).await?;
    let key = OnceKey::read(&parts)?;
    parts.extensions.insert(caller.clone());
    // The operation itself may allow less, and says so when the body comes to it.
    let body = read(Request::from_parts(parts.clone(), body), &state, state.batch_bytes_most()).await?;
    let once = key.request(&caller, &body);
    let request = Request::from_parts(parts, Body::from(body));
    let Some(once) = once else {
        return Ok(next.run(request).await);
    };
    let control = state.control().clone();
    let work = RequestId::current().carried_by(answer_in_turn(control, once, request, next));
    // A task of its own: a caller who hangs up would otherwise cut it off between the work and the keeping.
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|failure| Err(ControlError::Internal(failure.to_string()).into()))
}

async fn answer_in_turn(
    control: Control,
    once: RequestOnce,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    let _turn = control.take_turn(&once).await;
    if let Some(kept) = control.recall_answer(&once).await? {
        return as_response(kept);
    }
    let response = next.run(request).await;
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = body.collect().await;
    let body =
        body.map_err(|error| ControlError::Internal(format!("an answer broke off: {error}")))?.to_bytes();
    let kept = [&parts.status.as_u16().to_be_bytes()[..], &body].concat();
    if let Err(error) = control.keep_answer(&once, &kept).await {
        // The work is done: to answer otherwise would only ask for it again.
        tracing::warn!(%error, request = %RequestId::current(), "an answer could not be kept");
    }
    Ok(Response::from_parts(parts, body.into()))
}

fn as_response(mut kept: Vec<u8>) -> ApiResult<Response> {
    let status = kept.first_chunk::<STATUS_BYTES>().map(|status| u16::from_be_bytes(*status));
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| ControlError::Internal("a kept answer has no status".to_owned()))?;
    let body = Bytes::from(kept.split_off(STATUS_BYTES));
    let has_body = !body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    if has_body {
        let kind = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(response)
}
