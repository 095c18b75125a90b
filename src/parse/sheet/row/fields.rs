//! What a cell says of an event, field by field: its place first, then all else; and what an emptied cell takes away.

use std::collections::BTreeSet;

use super::super::Trouble;
use super::super::book::{Cell, Line};
use super::super::value::{self, Taken, Wrong};
use super::{Notes, Reader, matches};
use crate::event::text::fold;
use crate::event::{
    Access, Area, Capacity, Country, Geo, Image, Language, Licence, Line as Words, List, Notice, Online, OnlineAccess,
    Parts, Place, Rare, Region, RegionTerm, Registration, Slot, Term, Zone,
};
use crate::format::sheet::{Field, said};
use crate::language::Tongue;

impl Reader<'_> {
    /// The place that a row says: the event's in its first row, the slot's own in a later one that says another.
    pub(super) fn place(&self, line: &Line, slot: Option<&mut Slot>, parts: &mut Parts, notes: &mut Notes) {
        const FIELDS: [Field; 8] = [
            Field::Venue,
            Field::Street,
            Field::Postcode,
            Field::Town,
            Field::Commune,
            Field::Country,
            Field::Latitude,
            Field::Longitude,
        ];
        if FIELDS.iter().all(|field| self.cell(line, *field).is_nothing()) {
            return;
        }
        let now = match &slot {
            Some(slot) => slot.place.as_ref().or(parts.places.first()).cloned(),
            None => {
                let first = parts.slots.first().and_then(|slot| slot.place.as_ref());
                first.or(parts.places.first()).cloned()
            }
        };
        let mut place = now.clone().unwrap_or_default();
        let probe = {
            let mut probe = Parts::new(parts.id.clone(), parts.title.clone(), parts.updated);
            probe.places.extend(now.clone());
            probe
        };
        let mut degrees = (None, None);
        for field in FIELDS {
            let cell = self.cell(line, field);
            if cell.is_nothing() || matches(cell, &said(field, &probe, None, Tongue::French)) {
                continue;
            }
            if let Err(wrong) = self.set_place(field, cell, line.number, &mut place, &mut degrees, notes) {
                notes.tell(line.number, Some(field), cell, wrong);
            }
        }
        if degrees != (None, None) {
            let (north, east) = (
                degrees.0.or_else(|| value::degrees(self.cell(line, Field::Latitude)).ok()),
                degrees.1.or_else(|| value::degrees(self.cell(line, Field::Longitude)).ok()),
            );
            match north.zip(east).and_then(|(north, east)| Geo::new(north, east)) {
                Some(geo) => place.geo = Some(geo),
                None => {
                    let cell = self.cell(line, Field::Latitude);
                    notes.tell(
                        line.number,
                        Some(Field::Latitude),
                        cell,
                        Wrong(Trouble::NotANumber, "45.764".to_owned()),
                    );
                }
            }
        }
        if Some(&place) == now.as_ref() || place == Place::default() {
            return;
        }
        match slot {
            Some(slot) => slot.place = place.into(),
            None if parts.places.is_empty() => parts.places.push(place),
            None => parts.places.edit()[0] = place,
        }
    }

    fn set_place(
        &self,
        field: Field,
        cell: &Cell,
        row: u32,
        place: &mut Place,
        degrees: &mut (Option<f64>, Option<f64>),
        notes: &mut Notes,
    ) -> Taken<()> {
        match field {
            Field::Venue => place.name = Some(value::line(cell)?),
            Field::Street => place.street = Some(value::line(cell)?),
            Field::Town => place.locality = Some(value::line(cell)?),
            Field::Country => {
                let country = Country::new(&cell.to_string()).or_else(|error| match fold(&cell.to_string()).as_str() {
                    "france" => Country::new("FR"),
                    _ => Err(error),
                });
                place.country = Some(country.map_err(|_| Wrong(Trouble::BadCode, "FR".to_owned()))?);
            }
            Field::Postcode => place.postcode = Some(value::line(&self.five_digits(field, cell, row, place, notes))?),
            Field::Commune => {
                let code = value::line(&self.five_digits(field, cell, row, place, notes))?;
                let scheme = Words::new(Area::COMMUNE).map_err(|_| Wrong(Trouble::BadCode, "69123".to_owned()))?;
                let good = code.as_str().len() == 5 && code.as_str().bytes().all(|b| b.is_ascii_alphanumeric());
                if !good {
                    return Err(Wrong(Trouble::BadCode, "69123".to_owned()));
                }
                place.areas.retain(|area| area.scheme != scheme);
                place.areas.push(Area { scheme, code, label: None });
            }
            Field::Latitude => degrees.0 = Some(value::degrees(cell)?),
            Field::Longitude => degrees.1 = Some(value::degrees(cell)?),
            _ => {}
        }
        Ok(())
    }

    /// French codes have five digits; a spreadsheet that takes one for a number drops its first zero.
    fn five_digits(&self, field: Field, cell: &Cell, row: u32, place: &Place, notes: &mut Notes) -> Cell {
        let french = match (&place.country, &self.ask.hints.region) {
            (Some(country), _) => country.as_str() == "FR",
            (None, Some(region)) => region.as_str().starts_with("FR-"),
            (None, None) => self.headings.tongue == Tongue::French,
        };
        match cell {
            Cell::Number(number) if french && (1_000.0..10_000.0).contains(number) && number.fract() == 0.0 => {
                let whole = format!("0{number}");
                notes.tell(row, Some(field), cell, Wrong(Trouble::ZeroLost, whole.clone()));
                Cell::Text(whole)
            }
            cell => cell.clone(),
        }
    }

    /// Takes what a cell says of the whole event.
    pub(super) fn set(&self, field: Field, cell: &Cell, line: &Line, parts: &mut Parts) -> Taken<()> {
        let bad = |instead: &str| Wrong(Trouble::BadCode, instead.to_owned());
        let terms = |cell: &Cell, now: &[Term]| -> Taken<Vec<Term>> {
            let codes = value::list(cell)?;
            codes
                .iter()
                .map(|code| {
                    // One that was there keeps what it is called.
                    let known = now.iter().find(|term| term.code.as_str() == code).cloned();
                    known.map_or_else(|| Ok(Term { code: value::line(&Cell::Text(code.clone()))?, label: None }), Ok)
                })
                .collect()
        };
        match field {
            Field::Title => parts.title = value::line(cell)?,
            Field::Summary => parts.summary = Some(value::line(cell)?),
            Field::Body => parts.body = value::html(cell)?,
            Field::Mode => parts.mode = Some(value::code(&cell.to_string())?),
            Field::Online => parts.online = vec![online(cell)?].into(),
            Field::Organisers => parts.organisers = value::organisers(cell)?.into(),
            Field::Speakers => parts.speakers = value::speakers(cell)?.into(),
            Field::Formats => parts.formats = value::codes(cell)?.into_iter().collect(),
            Field::Audiences => parts.audiences = value::codes(cell)?.into_iter().collect(),
            Field::Registration => registration(parts).href = Some(value::contact(cell)?),
            Field::Free => registration(parts).free = Some(value::yes(cell)?),
            Field::RegistrationNote => registration(parts).note = Some(value::line(cell)?),
            Field::Capacity | Field::Remaining => {
                let number = value::count(cell)?;
                let now = registration(parts).capacity;
                let (total, remaining) = match field {
                    Field::Capacity => (Some(number), now.remaining()),
                    _ => (now.total(), Some(number)),
                };
                let all = total.unwrap_or(0).to_string();
                registration(parts).capacity =
                    Capacity::new(total, remaining).ok_or(Wrong(Trouble::MoreThanAll, all))?;
            }
            Field::Tags => {
                let mut pieces = value::list(cell)?;
                // A list of one with commas in it is a list divided by them.
                if let [one] = pieces.as_slice() {
                    pieces = one.split(',').map(|piece| piece.trim().trim_start_matches('#').to_owned()).collect();
                }
                parts.tags = pieces.iter().filter_map(|piece| Words::new(piece).ok()).collect();
            }
            Field::Topics => parts.topics = terms(cell, &parts.topics)?.into(),
            Field::Editions => parts.editions = terms(cell, &parts.editions)?.into(),
            Field::Regions => {
                let regions = value::list(cell)?.iter().map(|text| region(text)).collect::<Option<Vec<_>>>();
                parts.regions = regions.ok_or_else(|| bad("FR-ARA"))?.into();
            }
            Field::Status => parts.status = value::code(&cell.to_string())?,
            Field::Notice => {
                let zone = parts.zone.clone().or_else(|| self.ask.hints.zone.clone());
                let utc = || Zone::new("UTC").ok();
                let since = zone.or_else(utc).and_then(|zone| zone.of(self.ask.hints.seen));
                if let Some(since) = since {
                    let since = parts.notice.as_ref().map_or(since, |notice| notice.since);
                    parts.notice = Notice { since, text: Some(value::line(cell)?), foreign: Default::default() }.into();
                }
            }
            Field::Access => access(parts).codes = value::codes(cell)?.into_iter().collect(),
            Field::AccessNote => access(parts).note = Some(value::line(cell)?),
            Field::Image => {
                let href = value::address(cell)?;
                let said = self.cell(line, Field::ImageAlt);
                let alt = if said.is_nothing() { None } else { Some(value::line(said)?) };
                let alt = alt.or_else(|| parts.image.as_ref().map(|image| image.alt.clone()));
                let alt = alt.ok_or(Wrong(Trouble::ImageWithoutAlt, Field::ImageAlt.heading(self.headings.tongue)))?;
                parts.image = Image { href, alt, media_type: None, length: None, foreign: Default::default() }.into();
            }
            Field::ImageAlt => {
                let alt = value::line(cell)?;
                if let Some(image) = parts.image.as_mut() {
                    image.alt = alt;
                }
            }
            Field::Resources => parts.resources = value::resources(cell)?.into(),
            Field::Page => parts.page = Some(value::address(cell)?),
            Field::Language => parts.language = Some(Language::new(&cell.to_string()).map_err(|_| bad("fr"))?),
            Field::Licence => parts.licence = Some(Licence { href: value::address(cell)?, title: None }),
            _ => {}
        }
        Ok(())
    }
}

fn registration(parts: &mut Parts) -> &mut Registration {
    parts.registration.get_or_insert_with(Registration::default)
}

fn access(parts: &mut Parts) -> &mut Access {
    parts.access.get_or_insert_with(Access::default)
}

fn online(cell: &Cell) -> Taken<Online> {
    let word = fold(&cell.to_string());
    let said = |key: &str| [Tongue::French, Tongue::English].iter().any(|tongue| fold(&tongue.say(key)) == word);
    let access = if said("cell-public") || word == "public" {
        OnlineAccess::Public(None)
    } else if said("cell-registered") || word == "inscrits" || word == "oui" || word == "yes" {
        OnlineAccess::Registered
    } else {
        OnlineAccess::Public(Some(value::address(cell)?))
    };
    Ok(Online { access, note: None, foreign: Default::default() })
}

/// A region by its code or by its name.
fn region(text: &str) -> Option<RegionTerm> {
    let named = || {
        let folded = fold(text.trim());
        let codes = [
            "ARA", "BFC", "BRE", "CVL", "20R", "GES", "HDF", "IDF", "NOR", "NAQ", "OCC", "PDL", "PAC", "971", "972",
            "973", "974", "976",
        ];
        codes.iter().filter_map(|code| Region::new(&format!("FR-{code}")).ok()).find(|region| {
            [Tongue::French, Tongue::English]
                .iter()
                .any(|tongue| tongue.region(region).is_some_and(|name| fold(&name) == folded))
        })
    };
    let code = Region::new(text).ok().or_else(named)?;
    let label = Tongue::French.region(&code).and_then(|label| Words::new(&label).ok());
    Some(RegionTerm { code, label })
}

/// Empties a field that a table of ours no longer says.
pub(super) fn empty(field: Field, parts: &mut Parts) {
    match field {
        Field::Summary => parts.summary = None,
        Field::Body => parts.body = None,
        Field::Mode => parts.mode = None,
        Field::Online => parts.online = List::new(),
        Field::Organisers => parts.organisers = List::new(),
        Field::Speakers => parts.speakers = List::new(),
        Field::Formats => parts.formats = BTreeSet::new(),
        Field::Audiences => parts.audiences = BTreeSet::new(),
        Field::Registration => registration(parts).href = None,
        Field::Free => registration(parts).free = None,
        Field::RegistrationNote => registration(parts).note = None,
        Field::Capacity => registration(parts).capacity = Capacity::default(),
        Field::Remaining => {
            let total = registration(parts).capacity.total();
            registration(parts).capacity = Capacity::new(total, None).unwrap_or_default();
        }
        Field::Tags => parts.tags = List::new(),
        Field::Topics => parts.topics = List::new(),
        Field::Editions => parts.editions = List::new(),
        Field::Regions => parts.regions = List::new(),
        Field::Notice => parts.notice = Rare::default(),
        Field::Access => access(parts).codes = BTreeSet::new(),
        Field::AccessNote => access(parts).note = None,
        Field::Image => parts.image = Rare::default(),
        Field::Resources => parts.resources = List::new(),
        Field::Page => parts.page = None,
        Field::Licence => parts.licence = None,
        // What an event always has, and what is written for programs.
        _ => {}
    }
}
