//! What holds for entries of every dialect once they are read, so that none of it is known in each.
//!
//! What should not be republished goes: tracking, links into private networks, meeting rooms, people's numbers. What was
//! said in the wrong field is understood: a status in the title, "online" for a place, an address in one line, a number
//! for a region. Each kind is a file; this one walks the fields. Nothing is guessed, each change is a finding, and what
//! is tidy stays as it is.

mod links;
mod listing;
mod places;
mod private;
mod regions;
mod status;

use self::links::Links;
use self::private::Hide;
use self::regions::Home;
use crate::event::html::{Revised, Shown};
use crate::event::{Address, Contact, Event, Id, Line, Online, OnlineAccess, Parts, Rare, Registration, Slot};
use crate::format::{Hints, Level, ReadEntry, Reading};
use crate::language::Tongue;
use crate::programme::{Code, Finding};

/// Puts right what can be put right without guessing, and says so.
pub fn tidy(reading: &mut Reading, hints: &Hints) {
    let from_inside = hints.address.as_ref().is_some_and(links::is_inside);
    let home = Home { feed: reading.feed.regions.first().cloned(), source: hints.region.clone() };
    let country = hints.region.as_ref().and_then(|region| region.as_str().split('-').next()).unwrap_or(DEFAULT_COUNTRY);
    let mut assumed = 0;
    let entries = std::mem::take(&mut reading.entries);
    for ReadEntry { event, level, raw } in entries {
        let mut parts = event.into_parts();
        let id = parts.id.clone();
        let mut notes = Notes::new(&id, &mut reading.findings);
        if level != Level::N2 {
            // At the full profile fields say it, and the title is its author's.
            status::tidy(&mut parts, &mut notes);
        }
        places::tidy(&mut parts, level, country, &mut notes);
        republished(&mut parts, level, from_inside, &mut notes);
        assumed += usize::from(regions::tidy(&mut parts, &home, &mut notes));
        match Event::new(parts) {
            Ok(event) => reading.entries.push(ReadEntry { event, level, raw }),
            Err(fault) => notes.find(Code::Contradiction, &fault.to_string()),
        }
    }
    if assumed > 0 {
        reading.findings.push(Finding::new(Code::RegionAssumed, None, &assumed.to_string()));
    }
    listing::look(reading, hints);
    // What is kept out of the programme is kept out of what is said of it.
    for finding in &mut reading.findings {
        if let Some(detail) = private::hidden(&finding.detail) {
            finding.detail = detail;
        }
    }
}

/// The country of sources that name no region: the one whose data come with the program.
const DEFAULT_COUNTRY: &str = "FR";

/// Findings on one entry, as they are made.
struct Notes<'a> {
    entry: &'a Id,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Notes<'a> {
    fn new(entry: &'a Id, findings: &'a mut Vec<Finding>) -> Notes<'a> {
        Notes { entry, findings }
    }

    fn find(&mut self, code: Code, detail: &str) {
        self.findings.push(Finding::new(code, Some(self.entry), detail));
    }
}

/// Looks at every word and link of an entry that is shown to others.
fn republished(parts: &mut Parts, level: Level, from_inside: bool, notes: &mut Notes<'_>) {
    // At the full profile an author can say that a room is open to everyone; elsewhere a reader of a dialect supposed it.
    let declared = level == Level::N2 && onlines(parts).any(|online| online.access != OnlineAccess::Registered);
    let mut hide = Hide::new(Tongue::of(parts.language.as_ref()), !declared);
    let mut links = Links::new(from_inside);
    for online in onlines(parts) {
        if matches!(&online.access, OnlineAccess::Public(Some(address)) if hide.address(address)) {
            online.access = OnlineAccess::Registered;
        }
    }
    addresses(parts, |address| if hide.address(address) { Revised::Dropped } else { links.revise(address) });
    registrations(parts).for_each(|registration| contact(registration, &mut hide));
    let organisers = std::mem::take(&mut parts.organisers);
    parts.organisers = organisers.into_iter().filter_map(|organiser| hide.organiser(organiser)).collect();
    if let Some(body) = parts.body.take() {
        let revised = body.revise(|shown| match shown {
            Shown::Words(words) => hide.text(words).map_or(Revised::Kept, Revised::To),
            Shown::Link(link) => match Address::new(link) {
                Ok(address) if hide.address(&address) => Revised::Dropped,
                Ok(address) => links.revise(&address),
                Err(_) if hide.person(link) => Revised::Dropped,
                Err(_) => Revised::Kept,
            },
        });
        parts.body = revised.unwrap_or(Some(body));
    }
    for line in lines(parts) {
        if let Some(hidden) = hide.line(line.as_str()).and_then(|text| Line::new(&text).ok()) {
            *line = hidden;
        }
    }
    for foreign in [&mut parts.foreign, &mut parts.foreign_event] {
        foreign.revise(&mut |text| hide.line(text));
    }
    hide.done(notes);
    links.done(notes);
}

/// A registration by mail or telephone: a role's stays, a person's gives way to words that say there was one.
fn contact(registration: &mut Registration, hide: &mut Hide) {
    let Some(href) = registration.href.as_ref().map(Contact::as_str) else { return };
    if hide.person(href) {
        registration.note = registration.note.take().or_else(|| hide.in_place_of(href));
        registration.href = None;
    }
}

fn onlines(parts: &mut Parts) -> impl Iterator<Item = &mut Online> {
    let slots = parts.slots.iter_mut().filter_map(|slot| slot.online.as_mut());
    parts.online.iter_mut().chain(slots)
}

fn registrations(parts: &mut Parts) -> impl Iterator<Item = &mut Registration> {
    let slots = parts.slots.iter_mut().filter_map(|slot| slot.registration.as_mut());
    parts.registration.iter_mut().chain(slots)
}

/// Every line of text that is shown; ids and code lists are left out.
fn lines(parts: &mut Parts) -> impl Iterator<Item = &mut Line> {
    let Parts {
        title,
        summary,
        slots,
        places,
        online,
        organisers,
        speakers,
        tags,
        access,
        registration,
        notice,
        resources,
        image,
        links,
        rights,
        ..
    } = parts;
    let of_slots = slots.iter_mut().flat_map(|slot| {
        let Slot { place, online, registration, .. } = slot;
        let place = place.as_mut().into_iter().flat_map(|place| [place.name.as_mut(), place.street.as_mut()]);
        let online = online.as_mut().into_iter().map(|online| online.note.as_mut());
        place.chain(online).chain(registration.as_mut().into_iter().map(|registration| registration.note.as_mut()))
    });
    [Some(title), summary.as_mut(), rights.as_mut()]
        .into_iter()
        .chain(of_slots)
        .chain(places.iter_mut().flat_map(|place| [place.name.as_mut(), place.street.as_mut()]))
        .chain(online.iter_mut().map(|online| online.note.as_mut()))
        .chain(organisers.iter_mut().map(|organiser| Some(&mut organiser.name)))
        .chain(speakers.iter_mut().flat_map(|speaker| [Some(&mut speaker.name), speaker.affiliation.as_mut()]))
        .chain(tags.iter_mut().map(Some))
        .chain(access.iter_mut().map(|access| access.note.as_mut()))
        .chain(registration.iter_mut().map(|registration| registration.note.as_mut()))
        .chain(notice.iter_mut().map(|notice| notice.text.as_mut()))
        .chain(resources.iter_mut().map(|resource| resource.title.as_mut()))
        .chain(image.iter_mut().map(|image| Some(&mut image.alt)))
        .chain(links.iter_mut().map(|link| link.title.as_mut()))
        .flatten()
}

/// Asks of each address that is shown what becomes of it, and does so.
fn addresses(parts: &mut Parts, mut ask: impl FnMut(&Address) -> Revised) {
    let mut revised = |address: &mut Address| match ask(address) {
        Revised::Kept => true,
        Revised::To(text) => Address::new(&text).map(|new| *address = new).is_ok(),
        Revised::Dropped => false,
    };
    let mut optional = |address: &mut Option<Address>| {
        if !address.as_mut().is_none_or(&mut revised) {
            *address = None;
        }
    };
    optional(&mut parts.page);
    parts.organisers.iter_mut().for_each(|organiser| optional(&mut organiser.page));
    parts.speakers.iter_mut().for_each(|speaker| optional(&mut speaker.page));
    for online in onlines(parts) {
        if let OnlineAccess::Public(address) = &mut online.access {
            optional(address);
        }
    }
    for registration in registrations(parts) {
        let mut address = registration.href.as_ref().and_then(Contact::address);
        if address.is_some() {
            optional(&mut address);
            registration.href = address.map(Contact::from);
        }
    }
    parts.resources.retain_mut(|resource| revised(&mut resource.href));
    parts.links.retain_mut(|link| revised(&mut link.href));
    if parts.image.as_mut().is_some_and(|image| !revised(&mut image.href)) {
        parts.image = Rare::default();
    }
}

#[cfg(test)]
mod tests;
