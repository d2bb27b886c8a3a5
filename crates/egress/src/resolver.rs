//! Where addresses of host names come from. A trait, so that a test can answer what it likes.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;

/// Turns a host name into addresses, in the order they should be tried.
#[async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// All addresses of `host`; `port` is only a hint for resolvers that want one.
    ///
    /// # Errors
    /// The resolver's own error when the name has no address or no answer came.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<IpAddr>>;
}

/// The machine's own resolver (`getaddrinfo`), on a blocking thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.map(|address| address.ip()).collect())
    }
}
