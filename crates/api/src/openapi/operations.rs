//! Every operation, resource by resource. Each describes itself beside its handler.

use super::Operation;
use crate::dam;
use crate::v1::{
    app, attempt, authentication, background_task, destination, endpoint, event_type, health, message,
    operational, pulse, statistics, storage, token,
};

/// What the document describes.
pub(crate) fn operations() -> Vec<Operation> {
    let groups = [
        apps(),
        endpoints(),
        messages(),
        attempts(),
        statistics(),
        event_types(),
        pulses(),
        authentications(),
        tokens(),
        storages(),
        background_tasks(),
        healths(),
        dam::operations(),
    ];
    groups.into_iter().flatten().collect()
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
        endpoint::get_oauth::operation(),
        endpoint::put_oauth::operation(),
        endpoint::delete_oauth::operation(),
        endpoint::get_oauth_config::operation(),
        endpoint::test_oauth::operation(),
        endpoint::get_basic_auth::operation(),
        endpoint::put_basic_auth::operation(),
        endpoint::delete_basic_auth::operation(),
    ]
}

fn messages() -> Vec<Operation> {
    vec![
        message::list::operation(),
        message::create::operation(),
        message::create_batch::operation(),
        message::get::operation(),
        message::expunge_content::operation(),
        message::explain::operation(),
        message::list_by_endpoint::operation(),
    ]
}

fn attempts() -> Vec<Operation> {
    vec![
        attempt::list_by_endpoint::operation(),
        attempt::list_by_message::operation(),
        attempt::get::operation(),
        attempt::get_headers::operation(),
        attempt::expunge_content::operation(),
        attempt::count_by_endpoint::operation(),
        destination::list::operation(),
        destination::resend::operation(),
        endpoint::recover::operation(),
        endpoint::preview_recover::operation(),
        endpoint::replay_missing::operation(),
        endpoint::preview_replay_missing::operation(),
        endpoint::bulk_replay::operation(),
        endpoint::preview_bulk_replay::operation(),
        endpoint::cancel_messages::operation(),
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
        event_type::import_openapi::operation(),
        event_type::export_openapi::operation(),
        operational::list_event_types::operation(),
    ]
}

fn pulses() -> Vec<Operation> {
    vec![
        pulse::list::operation(),
        pulse::create::operation(),
        pulse::get::operation(),
        pulse::put::operation(),
        pulse::patch::operation(),
        pulse::delete::operation(),
        pulse::raise::operation(),
        pulse::list_raises::operation(),
        pulse::list_raises_of_app::operation(),
    ]
}

fn authentications() -> Vec<Operation> {
    vec![authentication::app_portal_access::operation(), authentication::logout::operation()]
}

fn tokens() -> Vec<Operation> {
    vec![token::list::operation(), token::create::operation(), token::revoke::operation()]
}

fn storages() -> Vec<Operation> {
    vec![storage::get::operation()]
}

fn statistics() -> Vec<Operation> {
    vec![statistics::app_attempts::operation(), statistics::attempts_over_time::operation()]
}

fn background_tasks() -> Vec<Operation> {
    vec![
        background_task::list::operation(),
        background_task::get::operation(),
        background_task::cancel::operation(),
    ]
}

fn healths() -> Vec<Operation> {
    vec![health::get::operation(), health::ping::operation()]
}
