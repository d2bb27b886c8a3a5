//! Every operation, resource by resource. Each describes itself beside its handler.

use super::Operation;
use crate::v1::{app, attempt, destination, endpoint, event_type, health, message};

/// What the document describes.
pub(crate) fn operations() -> Vec<Operation> {
    [apps(), endpoints(), messages(), attempts(), event_types(), healths()].into_iter().flatten().collect()
}

fn apps() -> Vec<Operation> {
    vec![
        app::list::operation(),
        app::create::operation(),
        app::get::operation(),
        app::put::operation(),
        app::patch::operation(),
        app::delete::operation(),
    ]
}

fn endpoints() -> Vec<Operation> {
    vec![
        endpoint::list::operation(),
        endpoint::create::operation(),
        endpoint::get::operation(),
        endpoint::put::operation(),
        endpoint::patch::operation(),
        endpoint::delete::operation(),
        endpoint::get_headers::operation(),
        endpoint::put_headers::operation(),
        endpoint::patch_headers::operation(),
        endpoint::get_secret::operation(),
        endpoint::rotate_secret::operation(),
        endpoint::get_stats::operation(),
        endpoint::send_example::operation(),
    ]
}

fn messages() -> Vec<Operation> {
    vec![
        message::list::operation(),
        message::create::operation(),
        message::create_batch::operation(),
        message::get::operation(),
        message::expunge_content::operation(),
    ]
}

fn attempts() -> Vec<Operation> {
    vec![
        attempt::list_by_endpoint::operation(),
        attempt::list_by_message::operation(),
        attempt::get::operation(),
        destination::list::operation(),
        destination::resend::operation(),
    ]
}

fn event_types() -> Vec<Operation> {
    vec![
        event_type::list::operation(),
        event_type::create::operation(),
        event_type::get::operation(),
        event_type::put::operation(),
        event_type::patch::operation(),
        event_type::delete::operation(),
    ]
}

fn healths() -> Vec<Operation> {
    vec![health::get::operation(), health::ping::operation()]
}
