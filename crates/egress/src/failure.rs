//! Why no answer came, in words the owner of the receiving server understands, and as a short
//! code that machines may count.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::address_guard::InnerAddress;

/// What a request was waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The addresses of the host name.
    Dns,
    /// The TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The head of the response.
    Answer,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Dns => "resolving the host name",
            Phase::Connect => "connecting",
            Phase::Tls => "the TLS handshake",
            Phase::Answer => "waiting for the answer",
        })
    }
}

/// Why a request ended without a response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The host name has no address, or its name servers did not answer.
    #[error("the host name {host} could not be resolved: {reason}")]
    Dns {
        /// The name that was asked for.
        host: String,
        /// The resolver's words.
        reason: String,
    },
    /// The guard refused one of the resolved addresses; nothing was connected to.
    #[error("refused to connect: {0}")]
    BlockedAddress(InnerAddress),
    /// Nobody listens on the port.
    #[error("{address} refused the connection")]
    Refused {
        /// The last address that was tried.
        address: SocketAddr,
    },
    /// No route leads to the host.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// The last address that was tried.
        address: SocketAddr,
        /// The system's words.
        reason: String,
    },
    /// The TLS handshake or the certificate failed.
    #[error("no secure connection: {reason}")]
    Tls {
        /// What is wrong with the certificate or the handshake.
        reason: String,
    },
    /// Time was up.
    #[error("timed out after {} s while {phase}", after.as_secs_f64())]
    TimedOut {
        /// What the request was waiting for.
        phase: Phase,
        /// The limit that was reached.
        after: Duration,
    },
    /// The server closed the connection before it had answered.
    #[error("the server closed the connection before it had answered")]
    Reset,
    /// What came back is not HTTP, or breaks its rules or our bounds.
    #[error("the answer is not acceptable HTTP: {reason}")]
    Protocol {
        /// Which rule or bound.
        reason: String,
    },
    /// This machine could not send (out of sockets, no trusted roots); the endpoint is not to blame.
    #[error("this server could not send: {reason}")]
    Local {
        /// What is missing here.
        reason: String,
    },
}

impl Failure {
    /// A stable short code: `dns`, `blocked`, `refused`, `unreachable`, `tls`, `timeout`, `reset`,
    /// `protocol` or `local`.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::Dns { .. } => "dns",
            Failure::BlockedAddress(_) => "blocked",
            Failure::Refused { .. } => "refused",
            Failure::Unreachable { .. } => "unreachable",
            Failure::Tls { .. } => "tls",
            Failure::TimedOut { .. } => "timeout",
            Failure::Reset => "reset",
            Failure::Protocol { .. } => "protocol",
            Failure::Local { .. } => "local",
        }
    }

    /// What a failed TCP connect means.
    pub(crate) fn of_connect(error: &io::Error, address: SocketAddr) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionRefused => Failure::Refused { address },
            Kind::ConnectionReset | Kind::ConnectionAborted => Failure::Reset,
            Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::TimedOut | Kind::NetworkDown => {
                Failure::Unreachable { address, reason: plain_words(error) }
            }
            _ => Failure::Local { reason: format!("connecting to {address}: {}", plain_words(error)) },
        }
    }

    /// What a failed name lookup means.
    pub(crate) fn of_lookup(error: &io::Error, host: &str) -> Self {
        let text = plain_words(error);
        let reason = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
        Failure::Dns { host: host.to_owned(), reason: reason.to_owned() }
    }
}

/// The system's sentence without its error number.
fn plain_words(error: &io::Error) -> String {
    let mut text = error.to_string();
    if let Some(end) = text.find(" (os error") {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_says_after_how_long_and_while_doing_what() {
        let failure = Failure::TimedOut { phase: Phase::Answer, after: Duration::from_millis(1500) };
        assert_eq!(failure.to_string(), "timed out after 1.5 s while waiting for the answer");
        assert_eq!(failure.code(), "timeout");
    }

    #[test]
    fn running_out_of_sockets_is_not_the_endpoints_fault() {
        let too_many_files = io::Error::from_raw_os_error(24);
        let failure = Failure::of_connect(&too_many_files, ([93, 184, 215, 14], 443).into());
        assert_eq!(failure.code(), "local");
        assert!(!failure.to_string().contains("os error"), "{failure}");
    }

    #[test]
    fn a_host_without_a_route_is_unreachable() {
        let no_route = io::Error::from_raw_os_error(113);
        let failure = Failure::of_connect(&no_route, ([93, 184, 215, 14], 443).into());
        assert_eq!(failure.to_string(), "93.184.215.14:443 cannot be reached: No route to host");
    }
}
