//! Opens connections: resolve, guard, connect, secure. Only addresses that the guard has passed
//! are connected to, and the name is not resolved a second time in between.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::address_guard::AddressGuard;
use crate::endpoint_url::EndpointHost;
use crate::failure::{Failure, Phase};
use crate::progress::Progress;
use crate::resolver::Resolver;
use crate::stream::{Stream, Wire};
use crate::target::Target;
use crate::tls::Tls;

/// Addresses of one name that are tried; all of them are judged.
const ADDRESSES_TRIED: usize = 8;

pub(crate) struct Dialer {
    pub(crate) guard: AddressGuard,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) tls: Tls,
    pub(crate) connect_timeout: Duration,
    pub(crate) connects_started: AtomicU64,
}

/// An open connection on which no HTTP was spoken yet.
pub(crate) struct Dialled {
    pub(crate) stream: Stream,
    pub(crate) remote_address: SocketAddr,
}

impl Dialer {
    /// Opens a connection to `target` within the connect time-out.
    pub(crate) async fn dial(&self, target: &Target, progress: &mut Progress) -> Result<Dialled, Failure> {
        let deadline = Instant::now() + self.connect_timeout;
        match timeout_at(deadline, self.dial_until(target, progress, deadline)).await {
            Ok(dialled) => dialled,
            Err(_elapsed) => Err(Failure::TimedOut { phase: progress.phase(), after: self.connect_timeout }),
        }
    }

    async fn dial_until(
        &self,
        target: &Target,
        progress: &mut Progress,
        deadline: Instant,
    ) -> Result<Dialled, Failure> {
        let addresses = self.addresses(target, progress).await?;
        self.guard.check_all(&addresses).map_err(Failure::BlockedAddress)?;
        let (tcp, remote_address) = self.connect_in_turn(&addresses, target.port(), deadline).await?;
        let wire = if target.uses_tls() {
            progress.enter(Phase::Tls);
            Wire::Tls(Box::new(self.tls.handshake(tcp, target).await?))
        } else {
            Wire::Plain(tcp)
        };
        progress.enter(Phase::Answer);
        Ok(Dialled { stream: Stream::new(wire), remote_address })
    }

    async fn addresses(&self, target: &Target, progress: &mut Progress) -> Result<Vec<IpAddr>, Failure> {
        match target.host() {
            EndpointHost::Address { address, .. } => {
                progress.begin_phase(Phase::Connect);
                Ok(vec![*address])
            }
            EndpointHost::Name { name, .. } => {
                progress.begin_phase(Phase::Dns);
                let addresses = self.look_up(target, name).await?;
                progress.enter(Phase::Connect);
                Ok(addresses)
            }
        }
    }

    /// Resolves in a task of its own, which holds the target's permit until the resolver's thread
    /// is free again, even when the request gives up before.
    async fn look_up(&self, target: &Target, name: &str) -> Result<Vec<IpAddr>, Failure> {
        let lost = |error: &dyn std::fmt::Display| Failure::Local { reason: format!("name lookup: {error}") };
        let permit = Arc::clone(&target.lookups).acquire_owned().await.map_err(|error| lost(&error))?;
        let (resolver, host, port) = (Arc::clone(&self.resolver), name.to_owned(), target.port());
        let lookup = tokio::spawn(async move {
            let found = resolver.resolve(&host, port).await;
            drop(permit);
            found
        });
        let addresses =
            lookup.await.map_err(|error| lost(&error))?.map_err(|error| Failure::of_lookup(&error, name))?;
        if addresses.is_empty() {
            return Err(Failure::Dns { host: name.to_owned(), reason: "it has no address".to_owned() });
        }
        Ok(addresses)
    }

    /// Tries the addresses one after another; each may take its even share of the time left, so
    /// that one that swallows packets leaves time for the next.
    async fn connect_in_turn(
        &self,
        addresses: &[IpAddr],
        port: u16,
        deadline: Instant,
    ) -> Result<(TcpStream, SocketAddr), Failure> {
        let tried = &addresses[..addresses.len().min(ADDRESSES_TRIED)];
        let mut last = None;
        for (position, address) in tried.iter().enumerate() {
            let left = u32::try_from(tried.len() - position).expect("at most eight addresses are tried");
            let now = Instant::now();
            let share = now + deadline.saturating_duration_since(now) / left;
            let address = SocketAddr::new(address.to_canonical(), port);
            match timeout_at(share, self.connect(address)).await {
                Ok(Ok(tcp)) => return Ok((tcp, address)),
                Ok(Err(failure)) => last = Some(failure),
                Err(_elapsed) => {
                    last = Some(Failure::TimedOut { phase: Phase::Connect, after: self.connect_timeout });
                }
            }
        }
        Err(last.expect("a name without addresses has failed before"))
    }

    async fn connect(&self, address: SocketAddr) -> Result<TcpStream, Failure> {
        self.connects_started.fetch_add(1, Ordering::Relaxed);
        let connected = TcpStream::connect(address).await;
        let tcp = connected.map_err(|error| Failure::of_connect(&error, address))?;
        // A request is written whole; waiting to fill a packet would only add latency.
        tcp.set_nodelay(true).map_err(|error| Failure::of_connect(&error, address))?;
        Ok(tcp)
    }
}
