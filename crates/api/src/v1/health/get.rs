//! `GET /health`: 200 when all parts do their work, 500 when one does not; the body says which.

use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use wirepost_control::Control;

use crate::json::Json;
use crate::openapi::Operation;
use crate::request_id::RequestId;

/// How the parts are.
#[derive(Serialize, JsonSchema)]
pub(crate) struct HealthOut {
    database: PartOut,
    queue: PartOut,
    cache: PartOut,
}

/// How one part is.
#[derive(Serialize, JsonSchema)]
struct PartOut {
    /// `ok`, `error`, or `off` for a part that this process has not.
    status: &'static str,
}

const WELL: PartOut = PartOut { status: "ok" };
const UNWELL: PartOut = PartOut { status: "error" };
const ABSENT: PartOut = PartOut { status: "off" };

/// What this operation is to its callers.
pub(crate) fn operation() -> Operation {
    Operation::get("/api/v1/health", "v1.health.get", "How the parts are")
        .without_token()
        .answers::<HealthOut>(StatusCode::OK, "All parts do their work")
        .answers::<HealthOut>(StatusCode::INTERNAL_SERVER_ERROR, "A part does not; the body says which")
}

pub(crate) async fn get(State(control): State<Control>) -> Json<HealthOut> {
    let health = control.health().await;
    if let Some(reason) = &health.database_trouble {
        tracing::error!(%reason, request = %RequestId::current(), "the database does not do its work");
    }
    let status = if health.is_good() { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
    let parts = HealthOut {
        database: if health.is_good() { WELL } else { UNWELL },
        queue: if health.sends { WELL } else { ABSENT },
        // The cache lives in this process, which is answering.
        cache: WELL,
    };
    Json(status, parts)
}
