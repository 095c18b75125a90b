//! Where: places with their communes, and online accesses, of an event or of one of its slots.

use super::read::Reader;
use crate::event::{
    Area, Country, Foreign, Geo, Line, Mode, Online, OnlineAccess, Parts, Place, Region, RegionTerm, Slot,
};
use crate::node::communes;

impl Reader<'_> {
    pub(super) fn places(&mut self, parts: &mut Parts) {
        parts.mode = Mode::from_code(self.form.get("mode"));
        let known = std::mem::take(&mut parts.places);
        for row in 0..self.form.rows("place") {
            let known = self.known("place", row, &known).cloned();
            let place = self.place(&format!("place-{row}-"), known);
            if !place.is_empty() {
                parts.places.push(place);
            }
        }
        let known = std::mem::take(&mut parts.regions);
        for row in 0..self.form.rows("region") {
            let code = self.word(&format!("region-{row}-code"), "region", Region::new);
            if let Some(code) = code.filter(|code| parts.regions.iter().all(|term| term.code != *code)) {
                let same = known.iter().find(|term| term.code == code).cloned();
                parts.regions.push(same.unwrap_or(RegionTerm { code, label: None }));
            }
        }
    }

    /// The place that a slot has of its own.
    pub(super) fn own_place(&mut self, row: usize, known: Option<&Slot>) -> Option<Place> {
        let known = known.and_then(|slot| slot.place.as_ref()).filter(|_| self.form.is_own(row));
        let place = self.place(&format!("slot-{row}-place-"), known.cloned());
        Some(place).filter(|place| !place.is_empty())
    }

    fn place(&mut self, at: &str, known: Option<Place>) -> Place {
        let known = known.unwrap_or_default();
        let field = |column: &str| format!("{at}{column}");
        let place = Place {
            name: self.line(&field("name")),
            street: self.line(&field("street")),
            postcode: self.line(&field("postcode")),
            locality: self.line(&field("city")),
            country: self.word(&field("country"), "country", Country::new),
            geo: self.word(&field("geo"), "geo", |typed| geo(typed).ok_or(())),
            ..known.clone()
        };
        if !shows(&place) {
            // All that a person saw of it was taken away; what shows nothing stays as it is.
            return if shows(&known) { Place::default() } else { known };
        }
        if (&place.postcode, &place.locality) == (&known.postcode, &known.locality) {
            return place;
        }
        in_commune(place)
    }

    pub(super) fn accesses(&mut self, parts: &mut Parts) {
        let known = std::mem::take(&mut parts.online);
        for row in 0..self.form.rows("online") {
            let known = self.known("online", row, &known).cloned();
            parts.online.extend(self.online(&format!("online-{row}-"), known));
        }
    }

    pub(super) fn online(&mut self, at: &str, known: Option<Online>) -> Option<Online> {
        let field = |column: &str| format!("{at}{column}");
        let (href, note) = (self.address(&field("href")), self.line(&field("note")));
        let access = match self.form.get(&field("access")) {
            "public" => Some(OnlineAccess::Public(href.clone())),
            "registered" => Some(OnlineAccess::Registered),
            _ if href.is_some() || note.is_some() => {
                self.problem(&field("access"), "online", "");
                None
            }
            _ => None,
        };
        if access == Some(OnlineAccess::Registered) && href.is_some() {
            self.problem(&field("href"), "online-private", "");
        }
        let foreign = known.map_or_else(Foreign::default, |known| known.foreign);
        let online = access.map(|access| Online { access, note, foreign });
        if online.as_ref().is_some_and(Online::tells_private_address) {
            self.problem(&field("note"), "online-private", "");
        }
        online
    }
}

/// Whether a form shows something of a place.
fn shows(place: &Place) -> bool {
    let lines = [&place.name, &place.street, &place.postcode, &place.locality];
    lines.iter().any(|line| line.is_some()) || place.country.is_some() || place.geo.is_some()
}

/// Latitude and longitude as one types them.
fn geo(typed: &str) -> Option<Geo> {
    let mut numbers = typed.split([',', ';', ' ']).filter(|n| !n.is_empty()).map(str::parse::<f64>);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(lat)), Some(Ok(lon)), None) => Geo::new(lat, lon),
        _ => None,
    }
}

/// A place whose town was typed, with the commune of that name where there is one.
fn in_commune(mut place: Place) -> Place {
    place.areas.retain(|area| area.scheme.as_str() != Area::COMMUNE);
    let Some(city) = &place.locality else { return place };
    if place.country.as_ref().is_some_and(|country| country.as_str() != "FR") {
        return place;
    }
    let postcode = place.postcode.as_ref().map(Line::as_str).unwrap_or_default();
    let Some(commune) = communes::find(city.as_str(), postcode) else { return place };
    let line = |text: &str| Line::new(text).ok();
    if let (Some(scheme), Some(code)) = (line(Area::COMMUNE), line(commune.code)) {
        place.areas.push(Area { scheme, code, label: line(commune.name) });
    }
    if place.postcode.is_none() && commune.postcodes.len() == 1 {
        place.postcode = line(commune.postcodes[0]);
    }
    place
}
