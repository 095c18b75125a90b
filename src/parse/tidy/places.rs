//! Where an event takes place, when one line of words says it: a venue, an address, a link, or a way of saying that
//! there is none. And points of the map with their two numbers the wrong way round.
//!
//! What is not surely understood stays as its author wrote it.

use super::Notes;
use crate::event::text::fold;
use crate::event::{Address, Country, Geo, Line, Mode, Online, OnlineAccess, Parts, Place};
use crate::format::Level;
use crate::programme::Code;

/// Understands the lines that stand for places. `home` is the country of places that name none.
pub fn tidy(parts: &mut Parts, level: Level, home: &str, notes: &mut Notes<'_>) {
    for place in places_of(parts) {
        point(place, home, notes);
    }
    // At the full profile each part of an address has a field of its own, and so has taking part online.
    if level != Level::N2 {
        online(parts, notes);
        places_of(parts).filter(|place| is_line(place)).for_each(split_address);
    }
}

fn places_of(parts: &mut Parts) -> impl Iterator<Item = &mut Place> {
    let slots = parts.slots.iter_mut().filter_map(|slot| slot.place.as_mut());
    parts.places.iter_mut().chain(slots)
}

/// Takes words and links for taking part online out of the places.
fn online(parts: &mut Parts, notes: &mut Notes<'_>) {
    let mut words = Vec::new();
    for place in &mut parts.places {
        let Some(name) = place.name.take() else { continue };
        match online_in(name.as_str()) {
            Said::OnSite => place.name = Some(name),
            Said::Online { link, rest } => {
                place.name = rest.and_then(|rest| Line::new(&rest).ok());
                words.push((name, link));
            }
        }
    }
    parts.places.retain(|place| !place.is_empty());
    let mode = if parts.places.is_empty() { Mode::Online } else { Mode::Mixed };
    for (name, link) in words {
        parts.mode.get_or_insert(mode);
        let Some(link) = link else {
            notes.find(Code::OnlineInPlace, name.as_str());
            continue;
        };
        // A link where a place is expected is nearly always a meeting of those who registered; a stage is for everyone.
        if !is_stage(&link) {
            notes.find(Code::PrivateLink, link.host_name());
            continue;
        }
        notes.find(Code::OnlineInPlace, name.as_str());
        let access = OnlineAccess::Public(Some(link));
        if !parts.online.iter().any(|online| online.access == access) {
            parts.online.push(Online { access, note: None, foreign: Default::default() });
        }
    }
}

/// A place of which nothing is known but one line.
fn is_line(place: &Place) -> bool {
    place.street.is_none() && place.postcode.is_none() && place.locality.is_none() && place.areas.is_empty()
}

/// What a line for a place says.
enum Said {
    OnSite,
    /// Online, by this link where one stands in it; `rest` is what it says of a place besides.
    Online {
        link: Option<Address>,
        rest: Option<String>,
    },
}

/// The longest line that is taken apart (bytes): a longer one is a description.
const LONGEST: usize = 300;

fn online_in(line: &str) -> Said {
    if line.len() > LONGEST {
        return Said::OnSite;
    }
    if let Some(at) = line.find("://") {
        let start = line[..at].bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        // Markup that nobody read ends a link too.
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>');
        let end = line[at..].find(ends).map_or(line.len(), |end| at + end);
        let link = &line[at - start..end];
        let Ok(address) = Address::new(link.trim_end_matches([')', ',', ';', '.'])) else { return Said::OnSite };
        // A map shows where it is, and needs not be said to be online.
        if is_map(&address) {
            return Said::OnSite;
        }
        let rest = format!("{} {}", &line[..at - start], &line[end..]);
        let rest = match online_in(&rest) {
            Said::OnSite => Some(rest.trim_matches(AROUND).to_owned()).filter(|rest| ways(rest).elsewhere),
            Said::Online { rest, .. } => rest,
        };
        return Said::Online { link: Some(address), rest };
    }
    if is_online(line) {
        return Said::Online { link: None, rest: None };
    }
    // « Salle B + en ligne », « Médiathèque (et en ligne) ».
    let mut rest = Vec::new();
    let mut online = false;
    for piece in pieces(line) {
        match is_online(piece) {
            true => online = true,
            false => rest.push(piece.trim_matches(AROUND)),
        }
    }
    if !online {
        return Said::OnSite;
    }
    let rest = rest.join(", ");
    // « Salle B et en ligne et en visio » says it twice.
    match online_in(&rest) {
        Said::OnSite => Said::Online { link: None, rest: Some(rest) },
        again @ Said::Online { .. } => again,
    }
}

/// What may stand around the parts of a line.
const AROUND: [char; 12] = [' ', '\u{a0}', ',', ';', '+', '/', '&', '-', '–', '|', '(', ')'];

/// A line cut where it lists: at signs, and at the words for *and* and *or* before a way of taking part.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let signs = line.split([',', ';', '+', '/', '|', '(', ')']).flat_map(|piece| piece.split(" - "));
    let signs = signs.flat_map(|piece| piece.split(" – ")).flat_map(|piece| piece.split(" & "));
    signs
        .flat_map(|piece| {
            let cut = [" et ", " and ", " ou ", " or "].iter().find_map(|word| {
                let (before, after) = piece.rsplit_once(word)?;
                (is_online(after) || is_online(before)).then_some([before, after])
            });
            let whole = cut.is_none().then_some(piece);
            cut.into_iter().flatten().chain(whole)
        })
        .filter(|piece| piece.contains(char::is_alphanumeric))
}

/// Words for taking part from anywhere.
const ONLINE: &str = " enligne online webinaire webinar visio visioconference visioconferences visioconf distanciel \
    adistance distance virtuel virtuelle virtual remote zoom teams webex jitsi bbb meet googlemeet youtube twitch \
    internet web lien link ";

/// Words that stand beside those and add no place: forms ask for a country even of what is online.
const BESIDE: &str = " a and au aux apres after by communique confirmed confirmee connexion connection conference de des \
    direct du en envoye envoyee et evenement event exclusivement for google in inscription inscriptions inscrits join l \
    la le les live mail microsoft ms on only ou par participants participer pour provided recu registered \
    registration retransmis reunion sent sera seulement streaming sur the to transmis un une uniquement via \
    votre vous will be your 100 email e \
    france belgique suisse luxembourg canada europe ";

/// What the words of a line speak of.
struct Ways {
    /// Taking part from anywhere.
    online: bool,
    /// Something else, which may be a place.
    elsewhere: bool,
}

fn ways(line: &str) -> Ways {
    let folded = fold(line).replace("en ligne", "enligne").replace("a distance", "adistance");
    let known = |list: &str, word: &str| list.split(' ').any(|known| known == word);
    let mut ways = Ways { online: false, elsewhere: false };
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let online = known(ONLINE, word);
        ways.online |= online;
        ways.elsewhere |= !online && !known(BESIDE, word);
    }
    ways
}

/// Whether a line says that one takes part online, and nothing of a place.
fn is_online(line: &str) -> bool {
    let ways = ways(line);
    ways.online && !ways.elsewhere
}

/// Sites that show a film to everyone.
fn is_stage(address: &Address) -> bool {
    const STAGES: [&str; 6] = ["youtube.com", "youtu.be", "twitch.tv", "vimeo.com", "dailymotion.com", "canal-u.tv"];
    STAGES.iter().any(|stage| crate::event::link::is_of(address.host_name(), stage))
}

fn is_map(address: &Address) -> bool {
    let host = address.host_name();
    let maps = ["openstreetmap.org", "osm.org", "maps.app.goo.gl", "maps.apple.com", "umap.openstreetmap.fr"];
    maps.iter().any(|map| crate::event::link::is_of(host, map))
        || host.starts_with("maps.")
        || address.path().starts_with("/maps")
}

/// Gives each part of a French address in one line its field, where a postcode and a town end it. Nothing changes
/// where one part could be two things.
fn split_address(place: &mut Place) {
    let Some(line) = place.name.as_ref().map(Line::as_str).filter(|line| line.len() <= LONGEST) else { return };
    let (line, country) = match line.rsplit_once(',') {
        Some((rest, last)) if fold(last.trim()) == "france" => (rest, Country::new("FR").ok()),
        _ => (line, None),
    };
    let Some((before, postcode, town)) = postcode_and_town(line) else { return };
    let mut parts: Vec<String> = Vec::new();
    for part in before.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match parts.last_mut() {
            // « 12, rue des Lilas »: the comma is the number's.
            Some(number) if is_number(number) => *number = format!("{number}, {part}"),
            _ => parts.push(part.to_owned()),
        }
    }
    let streets: Vec<usize> = (0..parts.len()).filter(|index| is_street(&parts[*index])).collect();
    let (name, street) = match streets[..] {
        [] => (parts.join(", "), String::new()),
        [at] => (parts[..at].join(", "), parts[at..].join(", ")),
        _ => return,
    };
    let (Ok(postcode), Ok(town)) = (Line::new(postcode), Line::new(town)) else { return };
    let (name, street) = (Line::new(&name).ok(), Line::new(&street).ok());
    (place.name, place.street, place.postcode, place.locality) = (name, street, Some(postcode), Some(town));
    place.country = place.country.take().or(country);
}

/// The number of a house: `12`, `12 bis`, `12B`.
fn is_number(text: &str) -> bool {
    let mut words = text.split(' ');
    words.next().is_some_and(|first| first.len() <= 4 && first.starts_with(|c: char| c.is_ascii_digit()))
        && words.next().is_none_or(|second| matches!(second, "bis" | "ter"))
        && words.next().is_none()
}

/// A postcode and the town after it, where these end the line; and what stands before.
fn postcode_and_town(line: &str) -> Option<(&str, &str, &str)> {
    let bytes = line.as_bytes();
    let is_code = |at: usize| {
        let code = bytes.get(at..at + 5).is_some_and(|code| code.iter().all(u8::is_ascii_digit));
        let alone = at == 0 || matches!(bytes[at - 1], b' ' | b',' | b'(' | 0xA0);
        code && alone && bytes.get(at + 5).is_some_and(|next| *next == b' ')
    };
    let at = (0..bytes.len().saturating_sub(5)).rfind(|at| is_code(*at))?;
    let (code, town) = (&line[at..at + 5], line[at + 6..].trim());
    if !(1_000..99_000).contains(&code.parse::<u32>().ok()?) {
        return None;
    }
    // « 31000 Toulouse cedex 9 » is a town and where its mail is sorted.
    let folded = fold(town);
    let name = folded.split(" cedex").next().unwrap_or_default();
    let is_town = name.starts_with(|c: char| c.is_alphabetic())
        && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.'))
        && name.split_whitespace().count() <= 8
        && !is_street(name);
    let before = line[..at].trim_end_matches([' ', '\u{a0}', ',', '-', '–']);
    is_town.then_some((before, code, town))
}

/// How French streets are called.
const STREETS: &str = " rue avenue av ave boulevard bd bld blvd place allee allees chemin quai impasse route rte cours \
    esplanade faubourg parvis promenade rond-point za zi zac lieu-dit ";

/// How streets are called that share the word with houses: only after a number.
const STREETS_BY_NUMBER: &str = " square passage villa sentier mail zone hameau residence voie montee traverse venelle \
    ruelle cite pont port cour place ";

fn is_street(part: &str) -> bool {
    let folded = fold(part);
    let mut words =
        folded.split([' ', '\u{a0}']).map(|word| word.trim_end_matches(['.', ','])).filter(|w| !w.is_empty());
    let known = |list: &str, word: &str| list.split(' ').any(|known| known == word);
    let Some(first) = words.next() else { return false };
    if !first.starts_with(|c: char| c.is_ascii_digit()) {
        return known(STREETS, first);
    }
    // « 12 bis rue des Lilas », but not « 4 Jardins ».
    words.take(2).any(|word| known(STREETS, word) || known(STREETS_BY_NUMBER, word))
}

/// Puts a point right: 0, 0 is what programs write that were given nothing, and one that lies in its country only with
/// its two numbers exchanged had them exchanged.
fn point(place: &mut Place, home: &str, notes: &mut Notes<'_>) {
    let Some(geo) = place.geo else { return };
    let (lat, lon) = (geo.lat(), geo.lon());
    if (lat, lon) == (0.0, 0.0) {
        place.geo = None;
        notes.find(Code::BadValue, "geo: 0, 0");
        return;
    }
    let country = place.country.as_ref().map_or(home, Country::as_str);
    let Some((_, boxes)) = COUNTRIES.iter().find(|(code, _)| *code == country) else { return };
    let inside = |lat: f64, lon: f64| {
        boxes
            .iter()
            .any(|[south, north, west, east]| (*south..=*north).contains(&lat) && (*west..=*east).contains(&lon))
    };
    if !inside(lat, lon) && inside(lon, lat) {
        place.geo = Geo::new(lon, lat);
        notes.find(Code::GeoSwapped, &format!("{lat}, {lon}"));
    }
}

/// South, north, west and east ends of where a country lies, in degrees. Other countries are added here.
const COUNTRIES: [(&str, &[[f64; 4]]); 4] = [
    (
        "FR",
        &[
            [41.2, 51.2, -5.3, 9.7],        // France in Europe
            [15.8, 16.6, -61.9, -60.9],     // Guadeloupe
            [14.3, 15.0, -61.3, -60.7],     // Martinique
            [2.0, 5.9, -54.7, -51.5],       // Guyane
            [-21.5, -20.8, 55.1, 55.9],     // La Réunion
            [-13.1, -12.5, 44.9, 45.4],     // Mayotte
            [46.7, 47.2, -56.5, -56.0],     // Saint-Pierre-et-Miquelon
            [17.8, 18.2, -63.2, -62.7],     // Saint-Martin, Saint-Barthélemy
            [-14.4, -13.1, -178.3, -176.1], // Wallis-et-Futuna
            [-28.0, -7.8, -154.8, -134.4],  // Polynésie française
            [-23.0, -19.5, 163.5, 168.2],   // Nouvelle-Calédonie
        ],
    ),
    ("BE", &[[49.4, 51.6, 2.5, 6.5]]),
    ("CH", &[[45.8, 47.9, 5.9, 10.5]]),
    ("LU", &[[49.4, 50.2, 5.7, 6.6]]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Id;
    use jiff::Timestamp;

    fn tidied(location: &str, geo: Option<(f64, f64)>) -> (Parts, Vec<Code>) {
        let mut parts = Parts::new(Id::new("e1").unwrap(), Line::new("Atelier").unwrap(), Timestamp::UNIX_EPOCH);
        let geo = geo.and_then(|(lat, lon)| Geo::new(lat, lon));
        parts.places = vec![Place { name: Line::new(location).ok(), geo, ..Place::default() }].into();
        let mut findings = Vec::new();
        let id = parts.id.clone();
        tidy(&mut parts, Level::N1, "FR", &mut Notes::new(&id, &mut findings));
        (parts, findings.into_iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn online_is_taken_for_a_place() {
        for (location, mode, place) in [
            ("En ligne", Some(Mode::Online), None),
            ("Visioconférence (Zoom)", Some(Mode::Online), None),
            ("En visio, via Teams", Some(Mode::Online), None),
            ("Webinaire en ligne", Some(Mode::Online), None),
            ("Lien envoyé après inscription", Some(Mode::Online), None),
            ("100 % en ligne", Some(Mode::Online), None),
            ("À distance", Some(Mode::Online), None),
            ("En ligne, France", Some(Mode::Online), None),
            ("En ligne + Salle Pasteur", Some(Mode::Mixed), Some("Salle Pasteur")),
            ("Salle B et en ligne", Some(Mode::Mixed), Some("Salle B")),
            ("Médiathèque (et en ligne)", Some(Mode::Mixed), Some("Médiathèque")),
            ("Le Hangar / visio", Some(Mode::Mixed), Some("Le Hangar")),
            ("Ligne 3, station Jean-Jaurès", None, Some("Ligne 3, station Jean-Jaurès")),
            ("Salle de conférence", None, Some("Salle de conférence")),
            ("Café du Web", None, Some("Café du Web")),
            ("Musée de la Marine et du Port", None, Some("Musée de la Marine et du Port")),
        ] {
            let (parts, codes) = tidied(location, None);
            let name = parts.places.first().and_then(|place| place.name.as_ref()).map(Line::as_str);
            assert_eq!((parts.mode, name), (mode, place), "{location}");
            assert_eq!(codes, if mode.is_some() { vec![Code::OnlineInPlace] } else { Vec::new() }, "{location}");
        }
    }

    #[test]
    fn a_link_in_the_place_of_a_place_goes_further_than_it_should() {
        let (parts, codes) = tidied("https://visio.example/j/99071?pwd=tropique", None);
        assert_eq!((parts.mode, parts.places.len(), codes), (Some(Mode::Online), 0, vec![Code::PrivateLink]));
        let (parts, codes) = tidied("Salle B – https://us02web.zoom.us/j/8?pwd=x", None);
        assert_eq!(parts.places[0].name.as_ref().unwrap().as_str(), "Salle B");
        assert_eq!((parts.mode, codes), (Some(Mode::Mixed), vec![Code::PrivateLink]));
        let (parts, codes) = tidied("En direct sur https://www.youtube.com/@lab/live", None);
        assert!(
            matches!(&parts.online[0].access, OnlineAccess::Public(Some(address)) if address.path() == "/@lab/live")
        );
        assert_eq!((parts.mode, codes), (Some(Mode::Online), vec![Code::OnlineInPlace]));
        let (parts, codes) = tidied("https://www.openstreetmap.org/way/1", None);
        assert_eq!((parts.mode, parts.places.len(), codes), (None, 1, Vec::new()));
    }

    #[test]
    fn a_link_in_unread_markup_is_seen_at_a_second_look_only() {
        let line = "https://lab.example/?utm_source=x <a href=\"https://meet.google.com/abc-defg-hij\">…";
        let (parts, _) = tidied(line, None);
        let once = parts.places[0].name.clone().unwrap();
        assert!(!once.as_str().contains("://"), "{once}");
        let (again, codes) = tidied(once.as_str(), None);
        assert_eq!((again.places[0].name.clone(), codes), (Some(once), Vec::new()));
    }

    #[test]
    fn an_address_in_one_line_is_one_name_or_is_cut_wrongly() {
        for (line, [name, street, postcode, town]) in [
            (
                "Médiathèque José Cabanis, 1 allée Jacques Chaban-Delmas, 31500 Toulouse",
                ["Médiathèque José Cabanis", "1 allée Jacques Chaban-Delmas", "31500", "Toulouse"],
            ),
            ("12 bis rue des Lilas 31000 Toulouse", ["", "12 bis rue des Lilas", "31000", "Toulouse"]),
            ("Préfecture, 97400 Saint-Denis, France", ["Préfecture", "", "97400", "Saint-Denis"]),
            (
                "Salle 3, Tour A, 5 place d’Armes, bât. C, 59000 Lille Cedex 2",
                ["Salle 3, Tour A", "5 place d’Armes, bât. C", "59000", "Lille Cedex 2"],
            ),
            ("35000 Rennes", ["", "", "35000", "Rennes"]),
            (
                "Cité des sciences, 12, rue du Port, 75019 Paris",
                ["Cité des sciences", "12, rue du Port", "75019", "Paris"],
            ),
            ("2 rue A, 3 rue B, 31000 Toulouse", ["2 rue A, 3 rue B, 31000 Toulouse", "", "", ""]),
            ("Rue de la Loi, 1000 Bruxelles", ["Rue de la Loi, 1000 Bruxelles", "", "", ""]),
            ("Dossier 12345 au guichet, Toulouse", ["Dossier 12345 au guichet, Toulouse", "", "", ""]),
            ("Hauptstraße 3, 10115 Berlin, Allemagne", ["Hauptstraße 3, 10115 Berlin, Allemagne", "", "", ""]),
        ] {
            let (parts, codes) = tidied(line, None);
            let place = &parts.places[0];
            let field = |field: &Option<Line>| field.as_ref().map_or(String::new(), Line::to_string);
            let found = [field(&place.name), field(&place.street), field(&place.postcode), field(&place.locality)];
            assert_eq!(found, [name, street, postcode, town], "{line}");
            assert!(codes.is_empty() && parts.mode.is_none(), "{line}");
        }
    }

    #[test]
    fn a_point_is_shown_where_it_is_not() {
        for (given, shown, code) in [
            ((43.6, 1.44), Some((43.6, 1.44)), None),
            ((1.44, 43.6), Some((43.6, 1.44)), Some(Code::GeoSwapped)),
            ((55.45, -20.88), Some((-20.88, 55.45)), Some(Code::GeoSwapped)),
            ((52.52, 13.4), Some((52.52, 13.4)), None),
            ((0.0, 0.0), None, Some(Code::BadValue)),
        ] {
            let (parts, codes) = tidied("Le Hangar", Some(given));
            assert_eq!(parts.places[0].geo.map(|geo| (geo.lat(), geo.lon())), shown, "{given:?}");
            assert_eq!(codes, Vec::from_iter(code), "{given:?}");
        }
    }
}
