//! What became of one request: the response or the failure, how long each step took, and where
//! it went.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use crate::failure::Failure;

/// The outcome of one request.
#[derive(Debug)]
pub struct Exchange {
    /// What the server answered, or why nothing came.
    pub result: Result<Response, Failure>,
    /// How long each step took.
    pub timing: Timing,
    /// Where the request was sent, once a connection stood.
    pub remote_address: Option<SocketAddr>,
    /// The request went over a connection that an earlier one had opened.
    pub reused_connection: bool,
}

/// How long each step took; `None` where it was not reached or, for the first three, not needed
/// because a connection stood already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Resolving the host name.
    pub dns: Option<Duration>,
    /// Opening the TCP connection, over all addresses that were tried.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the request being handed to the connection to the head of the response.
    pub first_byte: Option<Duration>,
    /// From the call to its end.
    pub total: Duration,
}

/// A response as far as it was read.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code; redirects are reported, never followed.
    pub status: u16,
    /// The headers as received.
    pub headers: HeaderMap,
    /// At most [`response_body_limit`](crate::ClientSettings::response_body_limit) bytes.
    pub body: Bytes,
    /// The body went on past the limit, past the deadline, or broke off.
    pub truncated: bool,
}
