//! Which operation answers which path, from the root of the server.

use axum::routing::{MethodRouter, get, post, put};

use super::create_oauth::create_oauth;
use super::create_subscription::create_subscription;
use super::delete_oauth::delete_oauth;
use super::delete_webhook::delete_webhook;
use super::get_endpoint_by_id::get_endpoint_by_id;
use super::get_endpoint_subscriptions_list::get_endpoint_subscriptions_list;
use super::get_event_type_list::get_event_type_list;
use super::update_endpoint_by_id::update_endpoint_by_id;
use crate::openapi::Operation;
use crate::settings::ApiState;

/// Paths, and what answers there. The OAuth operations answer at two paths: both are published.
pub(crate) fn routes() -> Vec<(&'static str, MethodRouter<ApiState>)> {
    let oauth = || put(create_oauth).delete(delete_oauth);
    vec![
        ("/v1/webhooks/endpoint", post(create_subscription)),
        ("/v1/webhooks/endpoint/list", get(get_endpoint_subscriptions_list)),
        ("/v1/webhooks/event-type/list", get(get_event_type_list)),
        (
            "/v1/webhooks/endpoint/{id}",
            get(get_endpoint_by_id).patch(update_endpoint_by_id).delete(delete_webhook),
        ),
        ("/v1/webhooks/endpoint/oauth/{id}", oauth()),
        ("/content-store-v1/webhooks/endpoint/oauth/{id}", oauth()),
    ]
}

/// What the operations are to their callers.
pub(crate) fn operations() -> Vec<Operation> {
    let oauth = "/v1/webhooks/endpoint/oauth/{id}";
    let oauth_elsewhere = "/content-store-v1/webhooks/endpoint/oauth/{id}";
    vec![
        super::create_subscription::operation(),
        super::get_endpoint_subscriptions_list::operation(),
        super::get_event_type_list::operation(),
        super::get_endpoint_by_id::operation(),
        super::update_endpoint_by_id::operation(),
        super::delete_webhook::operation(),
        super::create_oauth::operation(oauth, "dam.CreateOauth"),
        super::delete_oauth::operation(oauth, "dam.DeleteOauth"),
        super::create_oauth::operation(oauth_elsewhere, "dam.content-store.CreateOauth"),
        super::delete_oauth::operation(oauth_elsewhere, "dam.content-store.DeleteOauth"),
    ]
}
