//! Which handler answers which path and method. Every path may end in a slash.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use http::{HeaderValue, StatusCode};
use wirepost_control::Control;

use crate::answer_once::answer_once;
use crate::cors::allow_origins;
use crate::dam;
use crate::envelope::Envelope;
use crate::error::ApiError;
use crate::metrics::metrics;
use crate::openapi;
use crate::settings::{ApiSettings, ApiState};
use crate::v1::{
    app, attempt, authentication, background_task, destination, endpoint, event_type, health, message,
    operational, pulse, statistics, storage, token,
};

/// The API below `/api/v1`, and the face for a digital asset manager's customers; all else is answered with a JSON 404.
pub fn router(control: Control, settings: ApiSettings) -> Router {
    let mut start = [0; 8];
    control.fill_random(&mut start);
    let envelope = Envelope::counting_from(u64::from_be_bytes(start));
    let origins: Arc<[HeaderValue]> = settings.cors_origins.clone().into();
    let state = ApiState::new(control, settings);
    let once = from_fn_with_state(state.clone(), answer_once);
    let dam_once = from_fn_with_state(state.clone(), dam::answer_once);
    let mut router = Router::new().merge(openapi::serving::router()).route("/metrics", get(metrics));
    for (path, methods) in routes() {
        let methods =
            if COMMITTED_WITH_ANSWER.contains(&path) { methods } else { methods.route_layer(once.clone()) };
        let path = format!("/api/v1{path}");
        router = router.route(&path, methods.clone()).route(&format!("{path}/"), methods);
    }
    for (path, methods) in dam::routes() {
        let methods = methods.route_layer(dam_once.clone());
        router = router.route(path, methods.clone()).route(&format!("{path}/"), methods);
    }
    router = router.fallback(unknown_path).method_not_allowed_fallback(unknown_method);
    if !origins.is_empty() {
        router = router.layer(from_fn_with_state(origins, allow_origins));
    }
    router.layer(envelope).with_state(state)
}

/// Where what is posted is committed together with its answer, so that an idempotency key needs nothing around it.
const COMMITTED_WITH_ANSWER: [&str; 2] = ["/app/{app}/msg", "/app/{app}/msg/batch"];

/// A path below the root of the API, and what answers there.
type Route = (&'static str, MethodRouter<ApiState>);

/// All of them. Each has its description in `openapi/operations.rs`.
fn routes() -> impl Iterator<Item = Route> {
    let routes = [
        apps(),
        endpoints(),
        event_types(),
        messages(),
        recoveries(),
        attempts(),
        statistics(),
        background_tasks(),
        authentications(),
        tokens(),
        storages(),
        pulses(),
        healths(),
    ];
    routes.into_iter().flatten()
}

fn apps() -> Vec<Route> {
    vec![
        ("/app", post(app::create::create).get(app::list::list)),
        (
            "/app/{app}",
            get(app::get::get).put(app::put::put).patch(app::patch::patch).delete(app::delete::delete),
        ),
    ]
}

fn endpoints() -> Vec<Route> {
    vec![
        ("/app/{app}/endpoint", post(endpoint::create::create).get(endpoint::list::list)),
        (
            "/app/{app}/endpoint/{endpoint}",
            get(endpoint::get::get)
                .put(endpoint::put::put)
                .patch(endpoint::patch::patch)
                .delete(endpoint::delete::delete),
        ),
        (
            "/app/{app}/endpoint/{endpoint}/headers",
            get(endpoint::get_headers::get_headers)
                .put(endpoint::put_headers::put_headers)
                .patch(endpoint::patch_headers::patch_headers),
        ),
        (
            "/app/{app}/endpoint/{endpoint}/oauth",
            get(endpoint::get_oauth::get_oauth)
                .put(endpoint::put_oauth::put_oauth)
                .delete(endpoint::delete_oauth::delete_oauth),
        ),
        ("/app/{app}/endpoint/{endpoint}/oauth-config", get(endpoint::get_oauth_config::get_oauth_config)),
        ("/app/{app}/endpoint/{endpoint}/oauth/test", post(endpoint::test_oauth::test_oauth)),
        (
            "/app/{app}/endpoint/{endpoint}/basic-auth",
            get(endpoint::get_basic_auth::get_basic_auth)
                .put(endpoint::put_basic_auth::put_basic_auth)
                .delete(endpoint::delete_basic_auth::delete_basic_auth),
        ),
        ("/app/{app}/endpoint/{endpoint}/secret", get(endpoint::get_secret::get_secret)),
        ("/app/{app}/endpoint/{endpoint}/secret/rotate", post(endpoint::rotate_secret::rotate_secret)),
        ("/app/{app}/endpoint/{endpoint}/stats", get(endpoint::get_stats::get_stats)),
        ("/app/{app}/endpoint/{endpoint}/send-example", post(endpoint::send_example::send_example)),
    ]
}

fn event_types() -> Vec<Route> {
    vec![
        ("/event-type", post(event_type::create::create).get(event_type::list::list)),
        ("/event-type/import/openapi", post(event_type::import_openapi::import_openapi)),
        ("/event-type/export/openapi", get(event_type::export_openapi::export_openapi)),
        ("/operational/event-type", get(operational::list_event_types::list_event_types)),
        (
            "/event-type/{name}",
            get(event_type::get::get)
                .merge(put(event_type::put::put))
                .merge(patch(event_type::patch::patch))
                .merge(delete(event_type::delete::delete)),
        ),
    ]
}

fn messages() -> Vec<Route> {
    vec![
        ("/app/{app}/msg", post(message::create::create).get(message::list::list)),
        ("/app/{app}/msg/batch", post(message::create_batch::create_batch)),
        ("/app/{app}/msg/{message}", get(message::get::get)),
        ("/app/{app}/msg/{message}/explain", get(message::explain::explain)),
        ("/app/{app}/msg/{message}/content", delete(message::expunge_content::expunge_content)),
        ("/app/{app}/msg/{message}/endpoint", get(destination::list::list)),
        ("/app/{app}/endpoint/{endpoint}/msg", get(message::list_by_endpoint::list_by_endpoint)),
        ("/app/{app}/msg/{message}/endpoint/{endpoint}/resend", post(destination::resend::resend)),
    ]
}

fn recoveries() -> Vec<Route> {
    vec![
        ("/app/{app}/endpoint/{endpoint}/recover", post(endpoint::recover::recover)),
        ("/app/{app}/endpoint/{endpoint}/recover/preview", post(endpoint::preview_recover::preview_recover)),
        ("/app/{app}/endpoint/{endpoint}/replay-missing", post(endpoint::replay_missing::replay_missing)),
        (
            "/app/{app}/endpoint/{endpoint}/replay-missing/preview",
            post(endpoint::preview_replay_missing::preview_replay_missing),
        ),
        ("/app/{app}/endpoint/{endpoint}/bulk-replay", post(endpoint::bulk_replay::bulk_replay)),
        (
            "/app/{app}/endpoint/{endpoint}/bulk-replay/preview",
            post(endpoint::preview_bulk_replay::preview_bulk_replay),
        ),
        ("/app/{app}/endpoint/{endpoint}/cancel-msgs", post(endpoint::cancel_messages::cancel_messages)),
    ]
}

fn attempts() -> Vec<Route> {
    vec![
        ("/app/{app}/attempt/endpoint/{endpoint}", get(attempt::list_by_endpoint::list_by_endpoint)),
        ("/app/{app}/attempt/endpoint/{endpoint}/count", get(attempt::count_by_endpoint::count_by_endpoint)),
        ("/app/{app}/attempt/msg/{message}", get(attempt::list_by_message::list_by_message)),
        ("/app/{app}/msg/{message}/attempt/{attempt}", get(attempt::get::get)),
        ("/app/{app}/msg/{message}/attempt/{attempt}/headers", get(attempt::get_headers::get_headers)),
        (
            "/app/{app}/msg/{message}/attempt/{attempt}/content",
            delete(attempt::expunge_content::expunge_content),
        ),
    ]
}

fn statistics() -> Vec<Route> {
    vec![
        ("/app/{app}/stats/attempts", get(statistics::app_attempts::app_attempts)),
        ("/stats/app/{app}/attempt", get(statistics::attempts_over_time::attempts_over_time)),
    ]
}

fn background_tasks() -> Vec<Route> {
    vec![
        ("/background-task", get(background_task::list::list)),
        ("/background-task/{task}", get(background_task::get::get)),
        ("/background-task/{task}/cancel", post(background_task::cancel::cancel)),
    ]
}

fn authentications() -> Vec<Route> {
    vec![
        ("/auth/app-portal-access/{app}", post(authentication::app_portal_access::app_portal_access)),
        ("/auth/logout", post(authentication::logout::logout)),
    ]
}

fn tokens() -> Vec<Route> {
    vec![
        ("/admin/token", post(token::create::create).get(token::list::list)),
        ("/admin/token/{token}", delete(token::revoke::revoke)),
    ]
}

fn storages() -> Vec<Route> {
    vec![("/admin/storage", get(storage::get::get))]
}

fn pulses() -> Vec<Route> {
    vec![
        ("/app/{app}/pulse", post(pulse::create::create).get(pulse::list::list)),
        (
            "/app/{app}/pulse/{pulse}",
            get(pulse::get::get)
                .put(pulse::put::put)
                .patch(pulse::patch::patch)
                .delete(pulse::delete::delete),
        ),
        ("/app/{app}/pulse/{pulse}/raise", post(pulse::raise::raise).get(pulse::list_raises::list_raises)),
        ("/app/{app}/raise", get(pulse::list_raises_of_app::list_raises_of_app)),
    ]
}

fn healths() -> Vec<Route> {
    vec![("/health", get(health::get::get)), ("/health/ping", get(health::ping::ping))]
}

async fn unknown_path() -> ApiError {
    ApiError::not_found()
}

async fn unknown_method() -> ApiError {
    let sentence = "This path does not know this method; the header Allow names those it knows";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", sentence)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_described_and_every_description_has_a_route() {
        let routed: BTreeSet<String> = routes()
            .map(|(path, _)| format!("/api/v1{path}"))
            .chain(dam::routes().into_iter().map(|(path, _)| path.to_owned()))
            .collect();
        let document = openapi::document();
        let described = document["paths"].as_object().expect("the paths are an object");
        assert_eq!(described.keys().cloned().collect::<BTreeSet<_>>(), routed);
    }
}
