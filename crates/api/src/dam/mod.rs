//! The face for customers of a digital asset manager: one file per operation. Each acts inside the one app that
//! the caller's token is for, and answers errors with `{code, detail}` alone.

mod answer;
mod entry;
mod once;
mod range;
mod routes;
mod shapes;

mod create_oauth;
mod create_subscription;
mod delete_oauth;
mod delete_webhook;
mod get_endpoint_by_id;
mod get_endpoint_subscriptions_list;
mod get_event_type_list;
mod update_endpoint_by_id;

pub(crate) use once::answer_once;
pub(crate) use routes::{operations, routes};
