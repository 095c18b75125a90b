//! Which addresses may be asked.
//!
//! An address comes from a feed, a form or a redirect, and is hostile: it may spell our own network in any of the ways
//! that a URL allows, or be a name that resolves there. This file hides spellings and ranges behind one [`Gate`], asked
//! twice: with the URL before each request, since literals never reach a resolver, and with the resolver's answers. The
//! connection goes to the answers that passed, so a name cannot change its mind between the check and the use.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::{Deserialize, Deserializer};
use url::{Host, Url};

/// IPv4 that is not public unicast: IANA's special-purpose registry (RFC 6890), and one address that it does not know.
const NOT_PUBLIC_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),        // "this network": 0.0.0.0 is ourselves (RFC 791)
    v4([10, 0, 0, 0], 8),       // private (RFC 1918)
    v4([100, 64, 0, 0], 10),    // shared by carriers, CGNAT (RFC 6598)
    v4([127, 0, 0, 0], 8),      // loopback (RFC 1122)
    v4([168, 63, 129, 16], 32), // the host of each Azure machine: unknown to IANA
    v4([169, 254, 0, 0], 16),   // link-local (RFC 3927), where clouds keep their credentials
    v4([172, 16, 0, 0], 12),    // private (RFC 1918)
    v4([192, 0, 0, 0], 24),     // protocol assignments (RFC 6890)
    v4([192, 0, 2, 0], 24),     // documentation (RFC 5737)
    v4([192, 88, 99, 0], 24),   // 6to4 relays, withdrawn (RFC 7526)
    v4([192, 168, 0, 0], 16),   // private (RFC 1918)
    v4([198, 18, 0, 0], 15),    // benchmarks (RFC 2544)
    v4([198, 51, 100, 0], 24),  // documentation (RFC 5737)
    v4([203, 0, 113, 0], 24),   // documentation (RFC 5737)
    v4([224, 0, 0, 0], 4),      // multicast (RFC 5771)
    v4([240, 0, 0, 0], 4),      // reserved, and broadcast (RFC 1112, RFC 919)
];

/// The only IPv6 that is handed out as public unicast (RFC 4291 §2.4). Everything else, loopback, unique local (ULA),
/// link-local, site-local, multicast and the IPv4-compatible `::a.b.c.d`, lies outside.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// What is not public inside [`GLOBAL_V6`].
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0], 23),      // protocol assignments (RFC 2928), Teredo among them (RFC 4380)
    v6([0x2001, 0x0db8, 0], 32), // documentation (RFC 3849)
    v6([0x2002, 0, 0], 16),      // 6to4 (RFC 3056): withdrawn, and leads to whatever IPv4 it embeds
    v6([0x3fff, 0, 0], 20),      // documentation (RFC 9637)
];

/// The well-known prefix of NAT64 (RFC 6052): on a network without IPv4, this is how public IPv4 is reached.
const NAT64: Ipv6Net = v6([0x0064, 0xff9b, 0], 96);

/// Where services of an intranet are: what a name of [`AllowedHost`] may lead to beside the public addresses.
const INTRANET_V4: [Ipv4Net; 4] = [
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10), // shared (RFC 6598): what many private overlays hand out
    v4([172, 16, 0, 0], 12),
    v4([192, 168, 0, 0], 16),
];

/// Unique local addresses (RFC 4193).
const INTRANET_V6: Ipv6Net = v6([0xfc00, 0, 0], 7);

/// Where clouds answer each of their machines with its credentials, inside the ranges of an intranet. The others are
/// link-local.
const CREDENTIALS: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254)),
];

/// Endings of one label under which nobody can register a name for the public (RFC 2606, RFC 6762, and what ICANN keeps
/// for private use or out of the root). All below any other, `.fr`, would let whoever owns a domain there name an
/// address of ours.
const PRIVATE_ENDINGS: [&str; 9] =
    ["internal", "local", "localhost", "lan", "intranet", "private", "corp", "home", "test"];

const fn v4(start: [u8; 4], bits: u8) -> Ipv4Net {
    let [a, b, c, d] = start;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(start: [u16; 3], bits: u8) -> Ipv6Net {
    let [a, b, c] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

/// Whether an IP address is public unicast, and so leads out of our network.
///
/// Refused are loopback, private, link-local, shared (CGNAT), benchmark, documentation, multicast, unspecified and
/// reserved addresses, and their IPv6 kin: unique local, compatible, 6to4, Teredo. An IPv4-mapped or NAT64 address is
/// what the IPv4 address inside it is. A NAT64 prefix that a network chose for itself cannot be recognised (RFC 6052
/// §2.2); where one leads to private IPv4, its router is what must refuse.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !NOT_PUBLIC_V4.iter().any(|net| net.contains(&ip)),
        IpAddr::V6(ip) => match embedded_v4(ip) {
            Some(inside) => is_public(inside.into()),
            None => GLOBAL_V6.contains(&ip) && !NOT_PUBLIC_V6.iter().any(|net| net.contains(&ip)),
        },
    }
}

/// The IPv4 address that a packet to this IPv6 address ends up at, for the forms that do reach public IPv4.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = ip.octets();
    ip.to_ipv4_mapped().or_else(|| NAT64.contains(&ip).then(|| Ipv4Addr::new(a, b, c, d)))
}

/// A name, or all names below one, whose addresses may be inside our network.
///
/// Written `agenda.intranet.example`, which is that name alone, or `.lab.example`, which is every name below
/// `lab.example` and not itself. Names are compared as DNS does, in ASCII (punycode) and without regard to case; a dot
/// at the end of one that is asked says nothing.
///
/// Whoever runs the DNS of such a name decides where in our network we ask, so it opens no more than an intranet needs:
/// private, shared (RFC 6598) and unique local addresses, and loopback for a name that is written whole, since it is
/// common to find `localhost.` below a domain. Link-local, multicast, unspecified and reserved addresses stay refused,
/// and those where clouds keep the credentials of their machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    name: String,
    below: bool,
}

/// Why a text names no [`AllowedHost`]; says what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAHost {
    /// It is an address and no name.
    #[error("{0:?} is an IP address: write it in allowed_networks, as in \"10.1.2.3/32\"")]
    Ip(String),
    /// Everybody may have a name below this one.
    #[error("{0:?} is everybody's: name the domain, as in \".lab.example\"")]
    Everybody(String),
    /// It is no name of a host.
    #[error(
        "{0:?} is not a host: write its name without scheme, port or path, as in \"agenda.intranet.example\", \
         or with a dot before it for all names below, as in \".lab.example\""
    )]
    Unreadable(String),
}

impl FromStr for AllowedHost {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<AllowedHost, NotAHost> {
        let unreadable = || NotAHost::Unreadable(text.to_owned());
        let (name, below) = text.strip_prefix('.').map_or((text, false), |name| (name, true));
        let name = match Host::parse(name) {
            Ok(Host::Domain(name)) => name,
            Ok(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(NotAHost::Ip(text.to_owned())),
            // An IPv6 address stands in brackets in a URL only.
            Err(_) if name.parse::<IpAddr>().is_ok() => return Err(NotAHost::Ip(text.to_owned())),
            Err(_) => return Err(unreadable()),
        };
        let name = without_root(&name);
        let label = |label: &str| !label.is_empty() && label.len() <= 63;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !name.split('.').all(label) || !name.chars().all(plain) {
            return Err(unreadable());
        }
        if below && !name.contains('.') && !PRIVATE_ENDINGS.contains(&name) {
            return Err(NotAHost::Everybody(text.to_owned()));
        }
        Ok(AllowedHost { name: name.to_owned(), below })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "." } else { "" }, self.name)
    }
}

impl<'de> Deserialize<'de> for AllowedHost {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<AllowedHost, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl AllowedHost {
    /// Whether it names this host, in lower case as the URL parser leaves it.
    fn names(&self, host: &str) -> bool {
        let host = without_root(host);
        match host.strip_suffix(self.name.as_str()) {
            Some(rest) if self.below => rest.len() > 1 && rest.ends_with('.'),
            Some(rest) => rest.is_empty(),
            None => false,
        }
    }

    /// Whether this host may be at this address, in its canonical form.
    fn admits(&self, host: &str, canonical: IpAddr) -> bool {
        let intranet = match canonical {
            IpAddr::V4(ip) => INTRANET_V4.iter().any(|net| net.contains(&ip)),
            IpAddr::V6(ip) => INTRANET_V6.contains(&ip),
        };
        let inside = intranet && !CREDENTIALS.contains(&canonical) || !self.below && canonical.is_loopback();
        inside && self.names(host)
    }
}

/// A name without the dot of the root at its end (RFC 1034 §3.1).
fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Why an address is not one that we ask.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// It cannot be read as an address at all.
    #[error("not a web address: {0}")]
    Unreadable(#[from] url::ParseError),
    /// Another scheme: `file:` would read our disk, `gopher:` would speak to anything.
    #[error("only http and https addresses are fetched, not {0}:")]
    Scheme(String),
    /// A user name or password in the address (RFC 3986 §3.2.1): it would be stored, logged and published with it.
    #[error("the address holds a user name or a password")]
    Credentials,
    /// It leads inside a network.
    #[error("{host} is not at a public address ({ip})")]
    NotPublic { host: String, ip: IpAddr },
}

/// Decides which URLs may be asked and which addresses connected to.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    everywhere: bool,
    networks: Arc<[IpNet]>,
    hosts: Arc<[AllowedHost]>,
}

impl Gate {
    /// A gate that lets through what is public, these networks and what these hosts may have, or everything.
    pub(super) fn new(everywhere: bool, networks: &[IpNet], hosts: &[AllowedHost]) -> Gate {
        Gate { everywhere, networks: networks.into(), hosts: hosts.into() }
    }

    /// Reads an address and checks what can be known of it before its name is resolved. The fragment, which is never
    /// sent (RFC 9110 §4.2.5), is dropped.
    pub(super) fn read(&self, address: &str) -> Result<Url, Refused> {
        self.check(Url::parse(address)?)
    }

    /// The same for the target of a redirect, which may be relative to the page that redirects (RFC 9110 §10.2.2).
    pub(super) fn read_relative(&self, base: &Url, location: &str) -> Result<Url, Refused> {
        self.check(base.join(location)?)
    }

    fn check(&self, mut url: Url) -> Result<Url, Refused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        // The URL parser has already turned `2130706433`, `0x7f.1` and `0177.0.0.1` into the address that they spell.
        match url.host() {
            Some(Host::Ipv4(ip)) => self.admit(&ip.to_string(), ip.into())?,
            Some(Host::Ipv6(ip)) => self.admit(&ip.to_string(), ip.into())?,
            Some(Host::Domain(_)) => {}
            None => return Err(Refused::Unreadable(url::ParseError::EmptyHost)),
        }
        url.set_fragment(None);
        Ok(url)
    }

    fn admit(&self, host: &str, ip: IpAddr) -> Result<(), Refused> {
        // Canonical, so that a network of IPv4 also admits the mapped spelling of its addresses.
        let canonical = ip.to_canonical();
        let admitted = self.everywhere
            || is_public(ip)
            || self.networks.iter().any(|net| net.contains(&canonical))
            || self.hosts.iter().any(|allowed| allowed.admits(host, canonical));
        if admitted { Ok(()) } else { Err(Refused::NotPublic { host: host.to_owned(), ip }) }
    }

    /// Keeps the answers for a name that may be connected to. A name with one public and one private answer keeps the
    /// public one; a name with none left is refused.
    fn keep_admitted(&self, host: &str, answers: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
        let mut kept = Vec::new();
        let mut refused = None;
        for answer in answers {
            match self.admit(host, answer.ip()) {
                Ok(()) => kept.push(answer),
                Err(refusal) => refused = Some(refusal),
            }
        }
        match refused {
            Some(refusal) if kept.is_empty() => Err(refusal),
            _ => Ok(kept),
        }
    }
}

impl Resolve for Gate {
    fn resolve(&self, name: Name) -> Resolving {
        let gate = self.clone();
        Box::pin(async move {
            let answers = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept = gate.keep_admitted(name.as_str(), answers)?;
            if kept.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(ip: &str) -> bool {
        is_public(ip.parse().unwrap())
    }

    fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
        text.split_whitespace()
    }

    #[test]
    fn every_kind_of_inner_address_is_not_public() {
        for ip in words(
            "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 \
             127.255.255.255 168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 \
             192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 \
             203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255",
        ) {
            assert!(!public(ip), "{ip}");
            let v4: Ipv4Addr = ip.parse().unwrap();
            let [a, b, c, d] = v4.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for (form, disguised) in [
                ("mapped", v4.to_ipv6_mapped()),
                ("compatible", Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low)),
                ("NAT64", Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low)),
                ("local NAT64", Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low)),
                ("6to4", Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1)),
                ("Teredo server", Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 0)),
                ("Teredo client", Ipv6Addr::new(0x2001, 0, 0x4136, 0xe378, 0, 0, !high, !low)),
            ] {
                assert!(!is_public(disguised.into()), "{ip} as {form}: {disguised}");
            }
        }
        for ip in words(
            ":: ::1 fc00::1 fd12:3456:789a::1 fe80::1 febf::1 fec0::1 ff02::1 100::1 2001::1 \
             2001:2::1 2001:10::1 2001:1ff::1 2001:db8::1 3fff::1 3fff:fff::1 4000::1 5f00::1",
        ) {
            assert!(!public(ip), "{ip}");
        }
    }

    #[test]
    fn the_public_neighbours_of_refused_ranges_stay_public() {
        for ip in words(
            "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
             169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.88.98.255 \
             192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 \
             ::ffff:93.184.215.14 64:ff9b::5db8:d70e 2001:200::1 2001:db9::1 2003::1 \
             2606:4700::1111 2a01:e0c::1 3fff:1000::1",
        ) {
            assert!(public(ip), "{ip}");
        }
    }

    #[test]
    fn a_name_with_a_public_and_a_private_answer_keeps_only_the_public_one() {
        let answers: Vec<SocketAddr> = vec!["10.0.0.1:0".parse().unwrap(), "93.184.215.14:0".parse().unwrap()];
        let kept = Gate::new(false, &[], &[]).keep_admitted("two.example", answers.clone().into_iter()).unwrap();
        assert_eq!(kept, answers[1..]);
        assert!(Gate::new(false, &[], &[]).keep_admitted("two.example", answers[..1].iter().copied()).is_err());
        assert_eq!(Gate::new(true, &[], &[]).keep_admitted("two.example", answers.into_iter()).unwrap().len(), 2);
    }

    #[test]
    fn an_allowed_network_admits_its_own_addresses_in_both_spellings_and_no_other() {
        let gate = Gate::new(false, &["10.1.0.0/16".parse().unwrap(), "fd00:1::/32".parse().unwrap()], &[]);
        for address in ["http://10.1.2.3/", "http://[::ffff:10.1.2.3]/", "http://[fd00:1::5]/"] {
            assert!(gate.read(address).is_ok(), "{address}");
        }
        for address in ["http://10.2.0.1/", "http://[::10.1.2.3]/", "http://[fd00:2::5]/", "http://127.0.0.1/"] {
            assert!(matches!(gate.read(address), Err(Refused::NotPublic { .. })), "{address}");
        }
    }

    fn hosts(names: &[&str]) -> Gate {
        Gate::new(false, &[], &names.iter().map(|name| name.parse().unwrap()).collect::<Vec<_>>())
    }

    /// Whether this name with this one answer is connected to.
    fn admitted(gate: &Gate, host: &str, ip: &str) -> bool {
        gate.keep_admitted(host, std::iter::once(SocketAddr::new(ip.parse().unwrap(), 0))).is_ok()
    }

    #[test]
    fn an_allowed_host_opens_the_intranet_to_another_name() {
        let gate = hosts(&["Agenda.Intranet.Example", ".lab.example", "mégaphone.example", ".lan"]);
        for host in [
            "agenda.intranet.example",
            "agenda.intranet.example.",
            "a.lab.example",
            "b.a.lab.example.",
            "xn--mgaphone-b1a.example",
            "nas.lan",
        ] {
            assert!(admitted(&gate, host, "10.1.2.3"), "{host}");
        }
        for host in [
            "intranet.example",
            "x.agenda.intranet.example",
            "xagenda.intranet.example",
            "agenda.intranet.example.evil.example",
            "lab.example",
            ".lab.example",
            "evillab.example",
            "lab.example.evil.example",
            "xn--mgaphone-b1a.example.evil.example",
            "lan",
            "",
            "10.1.2.3",
        ] {
            assert!(!admitted(&gate, host, "10.1.2.3"), "{host}");
        }
        // What is allowed is the name: its address written down is refused like any other.
        assert!(gate.read("http://10.1.2.3/").is_err());
        assert!(gate.read("http://agenda.intranet.example:8080/").is_ok());
    }

    #[test]
    fn an_allowed_host_leads_to_credentials_or_to_no_host_at_all() {
        let gate = hosts(&["agenda.intranet.example", ".lab.example"]);
        let both = ["agenda.intranet.example", "a.lab.example"];
        for host in both {
            for ip in words(
                "10.0.0.1 100.64.0.1 172.16.0.1 192.168.255.255 ::ffff:10.0.0.1 fc00::1 \
                 fd12:3456:789a::1 93.184.215.14",
            ) {
                assert!(admitted(&gate, host, ip), "{host} {ip}");
            }
            for ip in words(
                "0.0.0.0 0.1.2.3 100.100.100.200 ::ffff:100.100.100.200 168.63.129.16 169.254.169.254 \
                 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 192.0.0.192 192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 \
                 255.255.255.255 :: fd00:ec2::254 fd20:ce::254 fe80::1 fec0::1 ff02::1 2002:a00:1::1 2001:db8::1",
            ) {
                assert!(!admitted(&gate, host, ip), "{host} {ip}");
            }
        }
        for ip in ["127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1"] {
            assert!(admitted(&gate, both[0], ip), "{ip}");
            assert!(!admitted(&gate, both[1], ip), "{ip}");
        }
        // One good answer does not carry a bad one through.
        let answers = ["169.254.169.254:0", "10.0.0.1:0"].map(|answer| answer.parse().unwrap());
        assert_eq!(gate.keep_admitted(both[0], answers.into_iter()).unwrap(), answers[1..]);
    }

    #[test]
    fn what_names_no_host_is_allowed_or_not_said_how_to_mend() {
        for (text, wanted) in [
            ("", "a dot before it"),
            (".", "a dot before it"),
            ("..lab.example", "a dot before it"),
            ("a..example", "a dot before it"),
            ("https://lab.example/", "without scheme"),
            ("lab.example:8080", "without scheme"),
            ("lab.example/agenda", "without scheme"),
            ("*.lab.example", "a dot before it"),
            ("lab example", "without scheme"),
            ("10.1.2.3", "allowed_networks"),
            ("0x7f.1", "allowed_networks"),
            ("::1", "allowed_networks"),
            ("[fd00::1]", "allowed_networks"),
            (".fr", "name the domain"),
            (".example", "name the domain"),
        ] {
            let error = text.parse::<AllowedHost>().expect_err(text).to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
        for (text, read) in [
            ("intranet", "intranet"),
            (".LAB.example.", ".lab.example"),
            (".Mégaphone.example", ".xn--mgaphone-b1a.example"),
        ] {
            assert_eq!(text.parse::<AllowedHost>().unwrap().to_string(), read);
        }
    }
}
