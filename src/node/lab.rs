//! Who the lab is, as its desk asks it: which hour it is in its region, and what its ids begin with for ever.

use crate::event::{Address, Id, Language, Licence, Line, Region, Zone};
use crate::programme::Lab;

/// Regions of our default data, in the order in which they are offered: alphabetical, then overseas.
pub const REGIONS: [&str; 25] = [
    "FR-ARA", "FR-BFC", "FR-BRE", "FR-CVL", "FR-COR", "FR-GES", "FR-HDF", "FR-IDF", "FR-NOR", "FR-NAQ", "FR-OCC",
    "FR-PDL", "FR-PAC", "FR-971", "FR-972", "FR-973", "FR-974", "FR-976", "FR-PM", "FR-BL", "FR-MF", "FR-TF", "FR-WF",
    "FR-PF", "FR-NC",
];

/// Licences under which labs commonly publish: address and name.
pub const LICENCES: [(&str, &str); 3] = [
    ("https://www.etalab.gouv.fr/licence-ouverte-open-licence", "Licence Ouverte 2.0 (Etalab)"),
    ("https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
];

/// What the ids of a new lab begin with: the domain of `base`, and the year.
pub fn tag(base: &Address, year: i16) -> String {
    format!("tag:{},{year}:", base.host().split(':').next().unwrap_or_default())
}

/// Whether an address leads nobody but those at this very machine here.
pub fn is_here(base: &Address) -> bool {
    let host = base.host();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name == "[::1]" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// The zone of a region, by which its hours are meant: Paris but overseas. Of French Polynesia it is Tahiti's, which is
/// not that of the Marquesas and the Gambiers.
pub fn zone_of(region: &Region) -> Option<Zone> {
    let name = match region.as_str() {
        "FR-971" => "America/Guadeloupe",
        "FR-972" => "America/Martinique",
        "FR-973" => "America/Cayenne",
        "FR-974" => "Indian/Reunion",
        "FR-976" => "Indian/Mayotte",
        "FR-PM" => "America/Miquelon",
        "FR-BL" => "America/St_Barthelemy",
        "FR-MF" => "America/Marigot",
        "FR-TF" => "Indian/Kerguelen",
        "FR-WF" => "Pacific/Wallis",
        "FR-PF" => "Pacific/Tahiti",
        "FR-NC" => "Pacific/Noumea",
        code if code.starts_with("FR-") => "Europe/Paris",
        _ => return None,
    };
    Zone::new(name).ok()
}

/// What a person says of their lab.
#[derive(Debug, Clone)]
pub struct Said {
    /// The lab's name.
    pub name: Line,
    /// Title of its pages and feed; the name when none is given.
    pub title: Option<Line>,
    /// Its region.
    pub region: Option<Region>,
    /// Its zone; the region's when none is given.
    pub zone: Option<Zone>,
    /// Its home page.
    pub page: Option<Address>,
    /// The licence of what it publishes.
    pub licence: Option<Address>,
    /// The language it writes.
    pub language: Language,
}

impl Said {
    /// The lab with these words. One that is known keeps what its ids begin with and what only its feed told; a new
    /// one begins its ids with the domain of `base` and the year.
    pub fn lab(self, known: Option<&Lab>, base: &Address, year: i16) -> Option<Lab> {
        let tag = tag(base, year);
        let (tag, feed_id) = match known {
            Some(lab) => (lab.tag.clone(), lab.feed_id.clone()),
            None => (Id::new(&tag).ok()?, Id::new(&format!("{tag}programme")).ok()?),
        };
        let name_of = |href: &Address| LICENCES.iter().find(|(address, _)| *address == href.as_str());
        let licence =
            self.licence.map(|href| Licence { title: name_of(&href).and_then(|(_, name)| Line::new(name).ok()), href });
        // The same licence keeps the title that its feed gave it.
        let kept = known.and_then(|lab| lab.licence.clone());
        let same = |kept: &Licence| licence.as_ref().is_some_and(|licence| licence.href == kept.href);
        Some(Lab {
            title: self.title.unwrap_or_else(|| self.name.clone()),
            name: self.name,
            tag,
            feed_id,
            language: self.language,
            zone: self.zone.or_else(|| self.region.as_ref().and_then(zone_of)),
            region: self.region,
            page: self.page,
            licence: kept.filter(same).or(licence),
            rights: known.and_then(|lab| lab.rights.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Tongue;

    #[test]
    fn a_region_has_no_name_or_no_hour() {
        for code in REGIONS {
            let region = Region::new(code).unwrap();
            assert!(zone_of(&region).is_some() && Tongue::French.region(&region).is_some(), "{code}");
        }
        assert_eq!(zone_of(&Region::new("FR-974").unwrap()).unwrap().as_str(), "Indian/Reunion");
        assert!(zone_of(&Region::new("BE-BRU").unwrap()).is_none(), "an hour is invented");
    }

    #[test]
    fn a_lab_that_changes_its_domain_or_its_name_changes_its_ids() {
        let said = |name| Said {
            name: Line::new(name).unwrap(),
            title: None,
            region: Region::new("FR-974").ok(),
            zone: None,
            page: None,
            licence: Address::new(LICENCES[0].0).ok(),
            language: Language::new("fr").unwrap(),
        };
        let base = Address::new("https://lab.example:8443/agenda/").unwrap();
        let lab = said("Lab").lab(None, &base, 2026).unwrap();
        assert_eq!(
            (lab.tag.as_str(), lab.feed_id.as_str()),
            ("tag:lab.example,2026:", "tag:lab.example,2026:programme")
        );
        assert_eq!(lab.zone.as_ref().unwrap().as_str(), "Indian/Reunion");
        let other = Address::new("https://autre.example/").unwrap();
        let moved = said("Nouveau nom").lab(Some(&lab), &other, 2031).unwrap();
        assert_eq!((&moved.tag, &moved.feed_id), (&lab.tag, &lab.feed_id));
        assert_eq!(moved.licence.unwrap().title.unwrap().as_str(), LICENCES[0].1);
    }
}
