//! Access to the app portal, and its end.

pub(crate) mod app_portal_access;
pub(crate) mod logout;
pub(crate) mod shapes;
