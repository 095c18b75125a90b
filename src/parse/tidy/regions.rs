//! In which region an event takes place: as it was said, where that names one and only one; else as its commune or
//! postcode tells; else as its source's, and then marked as assumed.
//!
//! The data are France's: regions and départements of the Code officiel géographique 2026 (INSEE, Licence Ouverte 2.0).

use super::Notes;
use crate::event::text::fold;
use crate::event::{Line, Mode, Name, Parts, Place, Region, RegionTerm};
use crate::format::atom;
use crate::programme::Code;

/// Where a region comes from that no entry says.
pub struct Home {
    /// What the feed says of itself.
    pub feed: Option<RegionTerm>,
    /// What the source is registered with.
    pub source: Option<Region>,
}

/// Understands the regions of an entry, or finds one. Whether the source's own was assumed.
pub fn tidy(parts: &mut Parts, home: &Home, notes: &mut Notes<'_>) -> bool {
    let known = located(parts);
    let told = std::mem::take(&mut parts.regions);
    for term in told {
        match canonical(&term.code) {
            Some(code) => parts.regions.push(RegionTerm { code, ..term }),
            None => notes.find(Code::BadRegion, term.code.as_str()),
        }
    }
    // What the scheme of regions holds that is no ISO code was kept as a category of a list that we do not know.
    let scheme = atom::REGION_SCHEME;
    let (told, others) = std::mem::take(&mut parts.categories).into_iter().partition(|c| c.scheme.as_str() == scheme);
    parts.categories = others;
    for category in told {
        let label = category.label.as_ref().map(Line::as_str);
        match in_words(category.term.as_str(), label, known) {
            Some(code) => parts.regions.push(RegionTerm { code, label: category.label }),
            None => notes.find(Code::BadRegion, category.term.as_str()),
        }
    }
    let online = parts.mode == Some(Mode::Online) || (parts.places.is_empty() && !parts.online.is_empty());
    // What takes place online has no region.
    if online || !parts.regions.is_empty() {
        return false;
    }
    let term = |code: Region| RegionTerm { code, label: None };
    if let Some(code) = known.and_then(|code| Region::new(code).ok()) {
        parts.regions.push(term(code));
        return false;
    }
    let assumed = home.feed.clone().or_else(|| home.source.clone().map(term));
    if assumed.is_some() {
        parts.regions.extend(assumed);
        parts.assumed.extend(Name::new("region").ok());
    }
    // A feed that says its region has said it; only what is known of the source alone is news to its lab.
    home.feed.is_none() && home.source.is_some()
}

/// The region that all places agree on, by their communes and postcodes.
fn located(parts: &Parts) -> Option<&'static str> {
    let slots = parts.slots.iter().filter_map(|slot| slot.place.as_ref());
    let mut found = parts.places.iter().chain(slots).filter_map(of_place);
    let first = found.next()?;
    found.all(|next| next == first).then_some(first)
}

fn of_place(place: &Place) -> Option<&'static str> {
    if place.country.as_ref().is_some_and(|country| country.as_str() != "FR") {
        return None;
    }
    let code = place.commune().or(place.postcode.as_ref())?.as_str();
    let well_formed = code.len() == 5 && code.bytes().skip(2).all(|b| b.is_ascii_digit());
    if well_formed { of_code(code) } else { None }
}

/// The region that a French commune or postcode lies in. A few dozen postcodes at the edge of a département serve a
/// commune of the next one; hardly any of these lies in another region.
fn of_code(code: &str) -> Option<&'static str> {
    let department = match code.get(..2)? {
        "97" | "98" => code.get(..3)?,
        two => two,
    };
    let named = |list: &str| list.split(' ').any(|known| known == department);
    REGIONS.iter().find(|region| named(region.departments)).map(|region| region.iso)
}

/// A region of France.
struct French {
    iso: &'static str,
    /// Other ISO 3166-2 codes it has had.
    former: &'static str,
    /// Its name, folded, with spaces for all signs.
    name: &'static str,
    /// INSEE's number, which is also that of a département elsewhere.
    insee: &'static str,
    /// Its départements by number, and what postcodes begin with.
    departments: &'static str,
}

const fn french(
    iso: &'static str,
    former: &'static str,
    name: &'static str,
    insee: &'static str,
    departments: &'static str,
) -> French {
    French { iso, former, name, insee, departments }
}

const REGIONS: [French; 25] = [
    french("FR-ARA", "", "auvergne rhone alpes", "84", "01 03 07 15 26 38 42 43 63 69 73 74"),
    french("FR-BFC", "", "bourgogne franche comte", "27", "21 25 39 58 70 71 89 90"),
    french("FR-BRE", "", "bretagne", "53", "22 29 35 56"),
    french("FR-CVL", "", "centre val de loire", "24", "18 28 36 37 41 45"),
    french("FR-COR", "FR-20R", "corse", "94", "20 2A 2B"),
    french("FR-GES", "", "grand est", "44", "08 10 51 52 54 55 57 67 68 88"),
    french("FR-HDF", "", "hauts de france", "32", "02 59 60 62 80"),
    french("FR-IDF", "", "ile de france", "11", "75 77 78 91 92 93 94 95"),
    french("FR-NOR", "", "normandie", "28", "14 27 50 61 76"),
    french("FR-NAQ", "", "nouvelle aquitaine", "75", "16 17 19 23 24 33 40 47 64 79 86 87"),
    french("FR-OCC", "", "occitanie", "76", "09 11 12 30 31 32 34 46 48 65 66 81 82"),
    french("FR-PDL", "", "pays de la loire", "52", "44 49 53 72 85"),
    french("FR-PAC", "", "provence alpes cote d azur", "93", "04 05 06 13 83 84"),
    french("FR-971", "FR-GP FR-GUA", "guadeloupe", "01", "971"),
    french("FR-972", "FR-MQ", "martinique", "02", "972"),
    french("FR-973", "FR-GF", "guyane", "03", "973"),
    french("FR-974", "FR-RE FR-LRE", "la reunion", "04", "974"),
    french("FR-976", "FR-YT FR-MAY", "mayotte", "06", "976"),
    french("FR-PM", "FR-975", "saint pierre et miquelon", "", "975"),
    french("FR-BL", "FR-977", "saint barthelemy", "", "977"),
    french("FR-MF", "FR-978", "saint martin", "", "978"),
    french("FR-TF", "FR-984", "terres australes et antarctiques francaises", "", "984"),
    french("FR-WF", "FR-986", "wallis et futuna", "", "986"),
    french("FR-PF", "FR-987", "polynesie francaise", "", "987"),
    french("FR-NC", "FR-988", "nouvelle caledonie", "", "988"),
];

/// A code of ISO 3166-2 as it is used here: a French region's own, for a former code and for those of its départements
/// (`FR-31`). `None` for a French code that is none; codes of other countries stay.
fn canonical(code: &Region) -> Option<Region> {
    let Some(part) = code.as_str().strip_prefix("FR-") else { return Some(code.clone()) };
    let known = REGIONS.iter().find(|region| {
        let former = region.former.split(' ').any(|former| former == code.as_str());
        former || region.iso == code.as_str() || region.departments.split(' ').any(|known| known == part)
    })?;
    // Both codes of Corsica are in use.
    if code.as_str() == "FR-20R" { Some(code.clone()) } else { Region::new(known.iso).ok() }
}

/// The region that words name. A number may be a region's or a département's: it counts only where the label or the
/// place (`known`) says the same.
fn in_words(term: &str, label: Option<&str>, known: Option<&str>) -> Option<Region> {
    if let Some(code) = Region::new(term).ok().and_then(|code| canonical(&code)) {
        return Some(code);
    }
    if let Some(region) = named(term) {
        return Region::new(region.iso).ok();
    }
    let number = term.trim();
    let candidates = REGIONS.iter().filter(|region| {
        !number.is_empty() && (region.insee == number || region.departments.split(' ').any(|d| d == number))
    });
    let said = label.and_then(named).map(|region| region.iso).or(known)?;
    candidates.map(|region| region.iso).find(|iso| *iso == said).and_then(|iso| Region::new(iso).ok())
}

fn named(words: &str) -> Option<&'static French> {
    let folded = fold(words);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let words = words.join(" ");
    let name = words.strip_prefix("region ").unwrap_or(&words);
    REGIONS.iter().find(|region| region.name == name || region.name.strip_prefix("la ") == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Area, Category, Id};
    use jiff::Timestamp;

    fn tidied(parts: &mut Parts, home: &Home) -> (Vec<String>, Vec<Code>, bool) {
        let mut findings = Vec::new();
        let id = parts.id.clone();
        let told = tidy(parts, home, &mut Notes::new(&id, &mut findings));
        let regions = parts.regions.iter().map(|term| term.code.to_string()).collect();
        (regions, findings.into_iter().map(|finding| finding.code).collect(), told)
    }

    fn parts(postcode: Option<&str>) -> Parts {
        let mut parts = Parts::new(Id::new("e1").unwrap(), Line::new("Atelier").unwrap(), Timestamp::UNIX_EPOCH);
        let postcode = postcode.and_then(|code| Line::new(code).ok());
        parts.places = vec![Place { name: Line::new("Le Hangar").ok(), postcode, ..Place::default() }].into();
        parts
    }

    const NOBODY: Home = Home { feed: None, source: None };

    #[test]
    fn a_number_or_a_name_stands_for_the_wrong_region() {
        for (term, label, postcode, region) in [
            ("occitanie", None, None, Some("FR-OCC")),
            ("Région Île-de-France", None, None, Some("FR-IDF")),
            ("Provence-Alpes-Côte d’Azur", None, None, Some("FR-PAC")),
            ("Réunion", None, None, Some("FR-974")),
            ("fr-31", None, None, Some("FR-OCC")),
            ("FR-RE", None, None, Some("FR-974")),
            ("FR-20R", None, None, Some("FR-20R")),
            ("BE-BRU", None, None, Some("BE-BRU")),
            ("75", None, None, None),
            ("75", Some("Nouvelle-Aquitaine"), None, Some("FR-NAQ")),
            ("75", None, Some("75011"), Some("FR-IDF")),
            ("75", None, Some("33000"), Some("FR-NAQ")),
            ("31", None, None, None),
            ("FR-ZZZ", None, None, None),
            ("Ailleurs", None, None, None),
        ] {
            let mut parts = parts(postcode);
            let scheme = Line::new(atom::REGION_SCHEME).unwrap();
            let label = label.and_then(|label| Line::new(label).ok());
            parts.categories = vec![Category { scheme, term: Line::new(term).unwrap(), label }].into();
            let (regions, codes, _) = tidied(&mut parts, &NOBODY);
            assert_eq!(regions, Vec::from_iter(region), "{term} {postcode:?}");
            assert_eq!(codes, if region.is_none() { vec![Code::BadRegion] } else { Vec::new() }, "{term}");
            assert!(parts.categories.is_empty());
        }
    }

    #[test]
    fn a_commune_or_postcode_lies_in_another_region() {
        for (postcode, region) in [
            ("31500", Some("FR-OCC")),
            ("20090", Some("FR-COR")),
            ("97410", Some("FR-974")),
            ("98800", Some("FR-NC")),
            ("01000", Some("FR-ARA")),
            ("1000", None),
            ("96000", None),
        ] {
            assert_eq!(tidied(&mut parts(Some(postcode)), &NOBODY).0, Vec::from_iter(region), "{postcode}");
        }
        let mut commune = parts(None);
        let line = |text: &str| Line::new(text).unwrap();
        commune.places.edit()[0].areas =
            vec![Area { scheme: line(Area::COMMUNE), code: line("2A004"), label: None }].into();
        assert_eq!(tidied(&mut commune, &NOBODY).0, ["FR-COR"]);
    }

    #[test]
    fn the_sources_region_is_assumed_without_a_mark_or_of_what_is_online() {
        let home = Home { feed: None, source: Region::new("FR-BRE").ok() };
        let mut on_site = parts(None);
        assert_eq!(tidied(&mut on_site, &home), (vec!["FR-BRE".to_owned()], Vec::new(), true));
        assert!(on_site.assumed.iter().any(|name| name.as_str() == "region"));
        assert_eq!(tidied(&mut on_site, &home), (vec!["FR-BRE".to_owned()], Vec::new(), false));
        let mut located = parts(Some("31500"));
        assert_eq!(tidied(&mut located, &home), (vec!["FR-OCC".to_owned()], Vec::new(), false));
        assert!(located.assumed.is_empty());
        let mut online = parts(None);
        online.places = crate::event::List::new();
        online.mode = Some(Mode::Online);
        assert_eq!(tidied(&mut online, &home), (Vec::new(), Vec::new(), false));
    }
}
