//! Decides which addresses a request may go to: globally routable unicast ones and the
//! operator's own networks, nothing else. Pure: it resolves nothing and connects nowhere.
//! Tunnel forms (NAT64, 6to4, Teredo) are refused altogether, for they reach an IPv4 host that
//! the address does not show.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Judges addresses before a socket is opened.
#[derive(Clone, Debug, Default)]
pub struct AddressGuard {
    allowed_subnets: Vec<IpNet>,
}

/// An address that is not globally routable, and what it is instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InnerAddress {
    /// The address as it was resolved or written.
    pub address: IpAddr,
    /// What kind of address it is, as a noun phrase.
    pub why: &'static str,
}

impl fmt::Display for InnerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.address, self.why)
    }
}

impl AddressGuard {
    /// A guard that lets `allowed_subnets` through beside the public addresses.
    pub fn new(allowed_subnets: Vec<IpNet>) -> Self {
        AddressGuard { allowed_subnets }
    }

    /// Refuses the whole list if one address of it is inner: a name with one public and one
    /// inner answer is an attempt to get inside.
    ///
    /// # Errors
    /// The first inner address.
    pub fn check_all(&self, addresses: &[IpAddr]) -> Result<(), InnerAddress> {
        addresses.iter().try_for_each(|address| self.check(*address))
    }

    /// Refuses an address that is neither public nor in an allowed subnet.
    ///
    /// # Errors
    /// The address with what it is.
    pub fn check(&self, address: IpAddr) -> Result<(), InnerAddress> {
        if self.is_allowed(address) {
            // An allowed tunnel prefix opens the tunnel, not the inner hosts behind it.
            return match tunnelled(address) {
                Some(inside) if !self.is_allowed(IpAddr::V4(inside)) => refuse(address, v4_kind(inside)),
                _ => Ok(()),
            };
        }
        match address {
            IpAddr::V4(v4) => refuse(address, v4_kind(v4)),
            IpAddr::V6(v6) => refuse(address, v6_kind(v6)),
        }
    }

    fn is_allowed(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        self.allowed_subnets.iter().any(|subnet| subnet.contains(&address) || subnet.contains(&plain))
    }
}

fn refuse(address: IpAddr, kind: Option<&'static str>) -> Result<(), InnerAddress> {
    match kind {
        Some(why) => Err(InnerAddress { address, why }),
        None => Ok(()),
    }
}

/// IANA IPv4 Special-Purpose Address Registry: what is not globally reachable unicast.
const V4_INNER: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "in \"this network\" (0.0.0.0/8)"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "a carrier-grade NAT address"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    (Ipv4Addr::new(169, 254, 169, 254), 32, "a cloud metadata address"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "reserved for protocol assignments"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "a documentation address"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a 6to4 relay address"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "a benchmarking address"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "a documentation address"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "a documentation address"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (Ipv4Addr::new(255, 255, 255, 255), 32, "the broadcast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

/// IANA IPv6 Special-Purpose Address Registry. Longer prefixes stand before the shorter ones
/// that hold them; whatever is outside 2000::/3 is refused without being named here.
const V6_INNER: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, "an IPv4 address in IPv6 clothes (v4-mapped)"),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4 address in IPv6 clothes (v4-compatible)"),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, "a NAT64 address, which hides an IPv4 host"),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "a local NAT64 address, which hides an IPv4 host"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "a discard-only address"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, "a Teredo address, which hides an IPv4 host"),
    (Ipv6Addr::new(0x2001, 0x10, 0, 0, 0, 0, 0, 0), 28, "an ORCHID, which is not an address"),
    (Ipv6Addr::new(0x2001, 0x20, 0, 0, 0, 0, 0, 0), 28, "an ORCHID, which is not an address"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "reserved for protocol assignments"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "a documentation address"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "a 6to4 address, which hides an IPv4 host"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "a documentation address"),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, "a segment-routing identifier"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a unique local (private) address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "a site-local (private) address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
];

fn v4_kind(address: Ipv4Addr) -> Option<&'static str> {
    let bits = u32::from(address);
    V4_INNER.iter().find(|(base, length, _)| (bits ^ u32::from(*base)) >> (32 - length) == 0).map(|row| row.2)
}

fn v6_kind(address: Ipv6Addr) -> Option<&'static str> {
    let bits = u128::from(address);
    let named = V6_INNER
        .iter()
        .find(|(base, length, _)| (bits ^ u128::from(*base)) >> (128 - length) == 0)
        .map(|row| row.2);
    named.or_else(|| (bits >> 125 != 0b001).then_some("not a globally routable address"))
}

/// The IPv4 host that an IPv6 tunnel address leads to (RFC 6052, 3056, 4380).
fn tunnelled(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else { return None };
    let segments = v6.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match segments {
        [0x64, 0xff9b, 0 | 1, ..] => Some(join(segments[6], segments[7])),
        [0, 0, 0, 0, 0, 0, high @ 1..=0xffff, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        [0x2001, 0, ..] => Some(join(!segments[6], !segments[7])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(subnets: &[&str]) -> AddressGuard {
        AddressGuard::new(subnets.iter().map(|subnet| subnet.parse().expect("a subnet")).collect())
    }

    fn passes(guard: &AddressGuard, address: &str) -> bool {
        guard.check(address.parse().expect("an address")).is_ok()
    }

    #[test]
    fn inner_ranges_are_refused_from_their_first_to_their_last_address() {
        let ranges = [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "255.255.255.255"),
            ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("64:ff9b::", "64:ff9b::ffff:ffff"),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
            ("100::", "100::ffff:ffff:ffff:ffff"),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ];
        for (first, last) in ranges {
            assert!(!passes(&guard(&[]), first), "{first}");
            assert!(!passes(&guard(&[]), last), "{last}");
        }
    }

    #[test]
    fn the_neighbours_of_inner_ranges_and_other_public_addresses_pass() {
        let public = [
            "1.0.0.0",
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2001:db7::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "3ffe::1",
            "3fff:1000::1",
        ];
        for address in public {
            assert!(passes(&guard(&[]), address), "{address}");
        }
    }

    #[test]
    fn an_allowed_subnet_passes_in_its_v4_mapped_form_too() {
        let guard = guard(&["10.1.0.0/16", "fd00:1::/32"]);
        for address in ["10.1.2.3", "::ffff:10.1.2.3", "fd00:1::9"] {
            assert!(passes(&guard, address), "{address}");
        }
        for address in
            ["10.2.0.1", "::ffff:10.2.0.1", "fd00:2::9", "127.0.0.1", "::10.1.2.3", "2002:a01:203::1"]
        {
            assert!(!passes(&guard, address), "{address}");
        }
    }

    #[test]
    fn an_allowed_tunnel_prefix_does_not_open_inner_hosts_behind_it() {
        let guard = guard(&["64:ff9b::/96", "2002::/16", "2001::/32", "::/96"]);
        for address in ["64:ff9b::808:808", "2002:808:808::1", "2001::f7f7:f7f7", "::8.8.8.8"] {
            assert!(passes(&guard, address), "{address}");
        }
        for address in
            ["64:ff9b::7f00:1", "2002:a00:1::1", "2001::5601:5601", "2001::80ff:fffe", "::127.0.0.1"]
        {
            assert!(!passes(&guard, address), "{address}");
        }
    }

    #[test]
    fn one_inner_answer_refuses_the_whole_name() {
        let answers =
            ["93.184.215.14", "2606:4700::1111", "10.0.0.1"].map(|a| a.parse().expect("an address"));
        let refused = guard(&[]).check_all(&answers).expect_err("the third is inner");
        assert_eq!(refused.to_string(), "10.0.0.1 is a private address");
        assert!(guard(&[]).check_all(&answers[..2]).is_ok());
    }

    #[test]
    fn the_reason_names_the_kind() {
        let why = |address: &str| {
            guard(&[]).check(address.parse().expect("an address")).expect_err("an inner address").why
        };
        assert_eq!(why("169.254.169.254"), "a cloud metadata address");
        assert_eq!(why("255.255.255.255"), "the broadcast address");
        assert_eq!(why("::1"), "a loopback address");
        assert_eq!(why("2001::1"), "a Teredo address, which hides an IPv4 host");
        assert_eq!(why("2001:2::1"), "reserved for protocol assignments");
    }
}
