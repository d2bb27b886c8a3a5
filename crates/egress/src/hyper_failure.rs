//! What an error of the HTTP library means for the owner of the receiving server.

use std::error::Error;
use std::io;

use crate::failure::Failure;
use crate::http2::h2_error;
use crate::tls_reason;

/// A request that got no response head.
pub(crate) struct Unanswered {
    pub(crate) failure: Failure,
    /// The server cannot have acted on it, as far as can be known: on a connection kept from
    /// earlier, another try on a fresh one is right.
    pub(crate) may_repeat: bool,
}

impl Unanswered {
    pub(crate) fn new(error: &hyper::Error, may_repeat: bool) -> Self {
        Unanswered { failure: of_request(error), may_repeat }
    }
}

/// The failure behind `error`, for a request that got no response head.
pub(crate) fn of_request(error: &hyper::Error) -> Failure {
    if let Some(io_error) = io_error(error) {
        return of_io(io_error);
    }
    if let Some(h2_error) = h2_error(error) {
        return of_http2(h2_error);
    }
    if error.is_parse_too_large() {
        return protocol("its head is larger than we read");
    }
    if error.is_parse_version_h2() {
        return protocol("it is HTTP/2, which was not agreed upon");
    }
    if error.is_parse() {
        return protocol("it does not begin with an HTTP status line and headers");
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return Failure::Reset;
    }
    protocol(&error.to_string())
}

fn of_io(error: &io::Error) -> Failure {
    use io::ErrorKind as Kind;
    if let Some(reason) = tls_reason::of_tls_error(error) {
        return Failure::Tls { reason };
    }
    match error.kind() {
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::BrokenPipe
        | Kind::UnexpectedEof
        | Kind::NotConnected
        | Kind::TimedOut
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable => Failure::Reset,
        _ => protocol(&error.to_string()),
    }
}

fn of_http2(error: &h2::Error) -> Failure {
    if let Some(io_error) = error.get_io() {
        return of_io(io_error);
    }
    match error.reason() {
        Some(h2::Reason::NO_ERROR) | None if error.is_go_away() => Failure::Reset,
        Some(reason) => protocol(&format!("HTTP/2 {reason:?} ({})", reason.description())),
        None => protocol(&error.to_string()),
    }
}

fn protocol(reason: &str) -> Failure {
    Failure::Protocol { reason: reason.to_owned() }
}

fn io_error(error: &hyper::Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(io_error) = inner.downcast_ref() {
            return Some(io_error);
        }
        source = inner.source();
    }
    None
}
