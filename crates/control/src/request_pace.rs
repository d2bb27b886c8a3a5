//! How fast one token may ask, and one address may fail: the generic cell rate algorithm, told the time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use wirepost_model::timestamp::Timestamp;

const SECOND_MICROS: i64 = 1_000_000;
/// Failures that one address may have at once; one more is forgiven every second.
const FAILURES_AT_ONCE: i64 = 60;
/// Addresses whose failures are counted apart; those beyond are counted together.
const ADDRESSES_MOST: usize = 10_000;

/// The requests of one token. Holds the instant, in microseconds, up to which its share is used.
#[derive(Default)]
pub(crate) struct RequestPace(AtomicI64);

/// Attempts to call with a token that is not good, by the address they came from.
#[derive(Default)]
pub(crate) struct FailedAttempts(Mutex<HashMap<Option<IpAddr>, i64>>);

impl RequestPace {
    /// Takes one of so many requests a second; up to a second's worth may come at once.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn take(&self, per_second: u32, now: Timestamp) -> Result<(), Duration> {
        let each = SECOND_MICROS / i64::from(per_second.max(1));
        let now = now.as_millis().saturating_mul(1_000);
        let spare = SECOND_MICROS - each;
        let used = |used: i64| (used - now <= spare).then(|| used.max(now) + each);
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, used) {
            Ok(_) => Ok(()),
            Err(used) => Err(micros(used - now - spare)),
        }
    }
}

impl FailedAttempts {
    /// Whether an attempt from this address may be looked at.
    ///
    /// # Errors
    /// How long to wait, after too many failures.
    pub(crate) fn check(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Duration> {
        let failures = self.0.lock();
        let Some(used) = failures.get(&network_of(address)) else {
            return Ok(());
        };
        let over = used - now.as_millis().saturating_mul(1_000) - (FAILURES_AT_ONCE - 1) * SECOND_MICROS;
        if over > 0 { Err(micros(over)) } else { Ok(()) }
    }

    /// Counts a failure.
    pub(crate) fn count(&self, address: Option<IpAddr>, now: Timestamp) {
        let now = now.as_millis().saturating_mul(1_000);
        let mut failures = self.0.lock();
        let mut address = network_of(address);
        if failures.len() >= ADDRESSES_MOST && !failures.contains_key(&address) {
            failures.retain(|_, used| *used > now);
            if failures.len() >= ADDRESSES_MOST {
                address = None;
            }
        }
        let used = failures.entry(address).or_default();
        *used = (*used).max(now) + SECOND_MICROS;
    }
}

/// Whoever has one IPv6 address has the 2⁶⁴ around it.
fn network_of(address: Option<IpAddr>) -> Option<IpAddr> {
    address.map(|address| match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    })
}

fn micros(wait: i64) -> Duration {
    Duration::from_micros(u64::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_769_860_800_000 + millis)
    }

    #[test]
    fn a_seconds_worth_may_come_at_once_and_then_one_after_another() {
        let pace = RequestPace::default();
        assert!((0..4).all(|_| pace.take(4, at(0)).is_ok()));
        assert_eq!(pace.take(4, at(0)), Err(Duration::from_millis(250)));
        assert_eq!(pace.take(4, at(100)), Err(Duration::from_millis(150)));
        assert_eq!(pace.take(4, at(250)), Ok(()));
        assert!(pace.take(4, at(250)).is_err());
        assert!((0..4).all(|_| pace.take(4, at(9_000)).is_ok()));
    }

    #[test]
    fn one_a_second_is_one_a_second() {
        let pace = RequestPace::default();
        assert_eq!(pace.take(1, at(0)), Ok(()));
        assert_eq!(pace.take(1, at(999)), Err(Duration::from_millis(1)));
        assert_eq!(pace.take(1, at(1_000)), Ok(()));
    }

    #[test]
    fn failures_of_one_address_are_bounded_and_forgiven() {
        let failed = FailedAttempts::default();
        let (bad, good) = (Some([192, 0, 2, 1].into()), Some([192, 0, 2, 2].into()));
        for _ in 0..FAILURES_AT_ONCE {
            assert_eq!(failed.check(bad, at(0)), Ok(()));
            failed.count(bad, at(0));
        }
        assert_eq!(failed.check(bad, at(0)), Err(Duration::from_secs(1)));
        assert_eq!(failed.check(good, at(0)), Ok(()));
        assert_eq!(failed.check(bad, at(1_000)), Ok(()));
    }

    #[test]
    fn neighbours_in_ipv6_are_one_and_ipv4_is_ipv4_in_any_dress() {
        let network = |text: &str| network_of(Some(text.parse().expect("an address")));
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }

    #[test]
    fn memory_is_bounded() {
        let failed = FailedAttempts::default();
        for number in 0..20_000_u32 {
            failed.count(Some(std::net::Ipv4Addr::from_bits(number).into()), at(0));
        }
        assert!(failed.0.lock().len() <= ADDRESSES_MOST + 1);
        assert!(failed.check(None, at(0)).is_err(), "those beyond are counted together");
    }
}
