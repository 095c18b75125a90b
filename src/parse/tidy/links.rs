//! Where links lead: to the page they name and to nobody who counts, and never into a network of somebody's own.

use std::net::IpAddr;

use super::Notes;
use crate::event::Address;
use crate::event::html::Revised;
use crate::fetch;
use crate::programme::Code;

/// Looks at the links of one entry, and remembers what it found.
pub struct Links {
    /// Whether links into a network of one's own lead somewhere: for a source that lives in one.
    from_inside: bool,
    tracked: Option<Address>,
    inside: Option<Address>,
}

impl Links {
    /// For an entry of a source that lives inside a network of its own, or not.
    pub fn new(from_inside: bool) -> Links {
        Links { from_inside, tracked: None, inside: None }
    }

    /// What becomes of a link.
    pub fn revise(&mut self, address: &Address) -> Revised {
        let untracked = address.untracked();
        if !self.from_inside && is_inside(untracked.as_ref().unwrap_or(address)) {
            self.inside.get_or_insert_with(|| address.clone());
            return Revised::Dropped;
        }
        match untracked {
            Some(plain) => {
                self.tracked.get_or_insert_with(|| address.clone());
                Revised::To(plain.into())
            }
            None => Revised::Kept,
        }
    }

    /// Says what was found.
    pub fn done(self, notes: &mut Notes<'_>) {
        if let Some(address) = self.tracked {
            notes.find(Code::TrackingRemoved, address.as_str());
        }
        if let Some(address) = self.inside {
            notes.find(Code::BadLink, address.as_str());
        }
    }
}

/// Ends of names that are never of the public network: RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`, and what
/// offices write.
const INSIDE: [&str; 10] =
    ["localhost", "local", "lan", "internal", "intranet", "home.arpa", "corp", "home", "private", "localdomain"];

/// Whether an address leads into a network of somebody's own, and so nowhere for the public.
pub fn is_inside(address: &Address) -> bool {
    let host = address.host_name().trim_end_matches('.');
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match literal.parse::<IpAddr>() {
        Ok(ip) => !fetch::is_public(ip),
        Err(_) => !host.contains('.') || INSIDE.iter().any(|end| crate::event::link::is_of(host, end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_into_somebodys_network() {
        for inside in [
            "http://localhost:8080/e",
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://intranet/e",
            "http://lab.local/",
            "https://agenda.intranet/",
            "http://192.168.1.4/",
            "http://nas.home.arpa/",
            "http://wiki.lab.internal./",
        ] {
            assert!(is_inside(&Address::new(inside).unwrap()), "{inside}");
        }
        for outside in
            ["https://lab.example/", "https://intranet.example/", "http://1.1.1.1/", "https://localhost.example/"]
        {
            assert!(!is_inside(&Address::new(outside).unwrap()), "{outside}");
        }
    }

    #[test]
    fn a_redirector_leads_inside() {
        let address = Address::new("https://www.google.com/url?q=http://192.168.0.1/admin").unwrap();
        assert_eq!(Links::new(false).revise(&address), Revised::Dropped);
    }
}
