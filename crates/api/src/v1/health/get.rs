//! `GET /health`: 200 when all parts do their work, 500 when one does not; the body says which.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use wirepost_control::Control;

use crate::json::Json;

/// How the parts are.
#[derive(Serialize)]
pub(crate) struct HealthOut {
    database: PartOut,
    queue: PartOut,
    cache: PartOut,
}

/// How one part is.
#[derive(Serialize)]
struct PartOut {
    status: &'static str,
}

const WELL: PartOut = PartOut { status: "ok" };
const UNWELL: PartOut = PartOut { status: "error" };
const ABSENT: PartOut = PartOut { status: "off" };

pub(crate) async fn get(State(control): State<Control>) -> Json<HealthOut> {
    let health = control.health().await;
    if let Some(reason) = &health.database_trouble {
        tracing::error!(%reason, "the database does not do its work");
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
