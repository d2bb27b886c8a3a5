//! What the operator may set about outgoing requests, with the defaults for the open Internet.

use std::time::Duration;

use ipnet::IpNet;
use rustls::pki_types::CertificateDer;

/// How a [`Client`](crate::Client) connects and what it is willing to read.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Lets `http://` through beside `https://`.
    pub allow_http: bool,
    /// The operator's own networks, which the address guard lets through.
    pub allowed_subnets: Vec<IpNet>,
    /// Time to have a connection ready: name, TCP and TLS together.
    pub connect_timeout: Duration,
    /// An idle connection older than this is not used again.
    pub idle_timeout: Duration,
    /// Idle connections kept for one target.
    pub idle_connections_limit: usize,
    /// Bytes of a response body that are read and kept; the rest is never asked for.
    pub response_body_limit: usize,
    /// Bytes of a response head (status line and headers); a larger one is a protocol failure.
    /// Values under 8 KiB count as 8 KiB.
    pub response_head_limit: usize,
    /// Certificates trusted beside those of the machine.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        ClientSettings {
            allow_http: false,
            allowed_subnets: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(50),
            idle_connections_limit: 64,
            response_body_limit: 16 * 1024,
            response_head_limit: 32 * 1024,
            extra_roots: Vec::new(),
        }
    }
}
