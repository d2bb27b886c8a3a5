//! Endpoints, with their headers, secrets, figures and examples.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod delete_oauth;
pub(crate) mod get;
pub(crate) mod get_headers;
pub(crate) mod get_oauth;
pub(crate) mod get_oauth_config;
pub(crate) mod get_secret;
pub(crate) mod get_stats;
pub(crate) mod list;
pub(crate) mod oauth_shapes;
pub(crate) mod patch;
pub(crate) mod patch_headers;
pub(crate) mod put;
pub(crate) mod put_headers;
pub(crate) mod put_oauth;
pub(crate) mod rotate_secret;
pub(crate) mod rules_shapes;
pub(crate) mod send_example;
pub(crate) mod shapes;
