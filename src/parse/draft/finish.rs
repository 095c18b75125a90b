//! From loose words to an event that holds, and what had to be mended or assumed on the way.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::gathering::tomorrow;
use super::time::when;
use super::{Draft, File, Session};
use crate::event::html::is_struck_out;
use crate::event::text::{fold, hex};
use crate::event::{
    Access, Address, Before, Contact, Event, Fault, Geo, Html, Id, Image, Line, MediaType, Name, Parts, Place,
    Previous, Registration, Resource, ResourceKind, Slot, Status, When, Zone,
};
use crate::format::{FeedFacts, Hints, Level};
use crate::parse::dates;
use crate::programme::{Code, Finding};

/// Times before this (2000-01-01) are those of a clock that was never set.
const EARLIEST: Timestamp = Timestamp::constant(946_684_800, 0);
/// Most sessions of one entry: OpenAgenda's own limit.
const MOST_SESSIONS: usize = 800;
/// Most bytes of a title that are looked at: four of markup for each that a line may have.
const LONGEST_TITLE: usize = 4 * Line::MOST;
/// Findings on one entry beyond which only those count that decide what becomes of it.
const MOST_FINDINGS: usize = 20;

/// Findings on one entry, and what had to be assumed of it.
#[derive(Debug, Default)]
pub(super) struct Notes {
    id: Option<Id>,
    pub(super) findings: Vec<Finding>,
    assumed: BTreeSet<Name>,
}

impl Notes {
    pub(super) fn find(&mut self, code: Code, detail: &str) {
        if self.findings.len() < MOST_FINDINGS || code.severity() >= crate::programme::Severity::Quarantine {
            self.findings.push(Finding::new(code, self.id.as_ref(), detail));
        }
    }

    pub(super) fn assume(&mut self, field: &str) {
        self.assumed.extend(Name::new(field).ok());
    }

    pub(super) fn has_assumed(&self, field: &str) -> bool {
        self.assumed.iter().any(|name| name.as_str() == field)
    }

    /// An author's markup, sanitised, with findings on what was taken away.
    fn html(&mut self, markup: &str, base: Option<&Address>) -> Option<Html> {
        let (html, lost) = Html::clean_telling(markup, base);
        Code::of_lost(&lost).for_each(|(code, detail)| self.find(code, detail));
        html
    }
}

/// What a draft says but for where and when. `shared_page`: its link tells it from no other.
pub(super) fn begin(
    draft: &Draft,
    shared_page: bool,
    hints: &Hints,
    feed: &FeedFacts,
    notes: &mut Notes,
) -> Option<Parts> {
    let base = feed.page.as_ref().or(hints.address.as_ref());
    let page = draft.page.as_deref().and_then(|page| Address::join(base, page).ok());
    let title = title(&draft.title);
    let told = draft.id.as_deref().and_then(|id| Id::new(id).ok());
    let seed = page.as_ref().filter(|_| !shared_page);
    let Some(id) = told.clone().or_else(|| derived_id(draft, seed, title.as_ref().map(|(title, _)| title))) else {
        notes.find(Code::WithoutId, "");
        return None;
    };
    notes.id = Some(id.clone());
    if told.is_none() {
        notes.find(Code::IdDerived, draft.title.trim());
    }
    let Some((title, cleaned)) = title else {
        notes.find(Code::WithoutTitle, "");
        return None;
    };
    if cleaned {
        notes.find(Code::MarkupInTitle, &draft.title);
    }
    if let Some(told) = draft.page.as_deref().filter(|told| page.is_none() && !told.trim().is_empty()) {
        notes.find(Code::BadLink, told);
    }
    let latest = tomorrow(hints);
    let likely = |at: Option<Timestamp>| at.filter(|at| (EARLIEST..=latest).contains(at));
    let published = likely(draft.published);
    let updated = likely(draft.updated).max(published);
    if updated.is_none() {
        let told = draft.published.or(draft.updated).map(|at| at.to_string());
        notes.find(Code::BadUpdated, &told.or_else(|| draft.undated.clone()).unwrap_or_default());
    }
    let mut parts = Parts::new(id, title, updated.unwrap_or(hints.seen));
    parts.published = published;
    parts.sequence = draft.sequence;
    parts.language = draft.language.clone().or_else(|| feed.language.clone()).or_else(|| hints.language.clone());
    let page_base = page.as_ref().or(base);
    parts.body = draft.body.as_deref().and_then(|body| notes.html(body, page_base));
    parts.summary = draft.summary.as_deref().and_then(plain);
    let registration = Registration {
        href: draft.registration.as_deref().and_then(|href| {
            let href = href.trim();
            Contact::new(href).ok().or_else(|| Address::join(page_base, href).ok().map(Contact::from))
        }),
        note: draft.terms.as_deref().and_then(plain),
        free: draft.free,
        capacity: draft.capacity,
        ..Registration::default()
    };
    parts.registration = (!registration.is_empty()).then_some(registration).into();
    if !draft.access.is_empty() {
        parts.access = Access { codes: draft.access.clone(), ..Access::default() }.into();
    }
    let image = draft.image.as_ref().and_then(|(href, alt)| {
        let href = Address::join(page_base, href.trim()).ok()?;
        match Line::new(alt) {
            Ok(alt) => Some(Image { href, alt, media_type: None, length: None, foreign: Default::default() }),
            Err(_) => {
                notes.find(Code::ImageWithoutAlt, href.as_str());
                None
            }
        }
    });
    parts.image = image.into();
    parts.resources = draft.files.iter().filter_map(|file| resource(file, page_base)).collect();
    parts.page = page;
    parts.online.extend(draft.online.clone());
    parts.organisers.extend(feed.author.clone());
    parts.speakers = draft.speakers.clone().into();
    parts.tags = draft.tags.iter().filter_map(|tag| plain(tag)).collect();
    parts.regions = draft.regions.clone().into();
    parts.licence = draft.licence.clone().or_else(|| feed.licence.clone());
    parts.rights = draft.rights.as_deref().and_then(plain).or_else(|| feed.rights.clone());
    Some(parts)
}

fn resource(file: &File, base: Option<&Address>) -> Option<Resource> {
    Some(Resource {
        href: Address::join(base, file.href.trim()).ok()?,
        kind: ResourceKind::Other,
        media_type: file.media_type.as_deref().and_then(|text| MediaType::new(text).ok()),
        length: file.length,
        title: file.title.as_deref().and_then(plain),
        foreign: Default::default(),
    })
}

/// The event that a draft tells of, and how much of the profile it follows; `None`, with a finding, when it must wait.
pub(super) fn finish(
    mut draft: Draft,
    shared_page: bool,
    hints: &Hints,
    feed: &FeedFacts,
    notes: &mut Notes,
) -> Option<(Event, Level)> {
    let mut parts = match draft.said.take() {
        Some(mut parts) => {
            notes.id = Some(parts.id.clone());
            if let Some(body) = draft.body.take() {
                parts.body = notes.html(&body, parts.page.as_ref());
            }
            *parts
        }
        None => begin(&draft, shared_page, hints, feed, notes)?,
    };
    for (code, detail) in std::mem::take(&mut draft.found) {
        notes.find(code, &detail);
    }
    if !draft.organisers.is_empty() {
        parts.organisers = std::mem::take(&mut draft.organisers).into();
    }
    parts.status = draft.status.unwrap_or(parts.status).max(parts.status);
    if draft.status.is_none() && is_struck_out(&draft.title) {
        notes.find(Code::StatusInTitle, parts.title.clone().as_str());
        parts.status = Status::Cancelled;
    }
    parts.mode = draft.mode.or(parts.mode);
    places(&mut draft, &mut parts, notes);
    slots(&mut draft, &mut parts, hints, notes)?;
    let level = if parts.slots.is_empty() { Level::N0 } else { Level::N1 };
    if level == Level::N0 {
        notes.find(Code::NoEventData, parts.title.clone().as_str());
        suggest(&parts, notes);
    }
    parts.assumed.append(&mut notes.assumed);
    match Event::new(parts) {
        Ok(event) => Some((event, level)),
        Err(fault) => {
            let code = match fault {
                Fault::ZoneContradicted { .. } => Code::ZoneContradicted,
                _ => Code::Contradiction,
            };
            notes.find(code, &fault.to_string());
            None
        }
    }
}

fn places(draft: &mut Draft, parts: &mut Parts, notes: &mut Notes) {
    parts.places.extend(draft.place.take().filter(|place| !place.is_empty()));
    // What is written in one line is understood later, for all dialects alike.
    if let Some(name) = draft.location.as_deref().and_then(plain) {
        match parts.places.iter_mut().next() {
            Some(place) if place.name.is_some() => {}
            Some(place) => place.name = Some(name),
            None => parts.places.push(Place { name: Some(name), ..Place::default() }),
        }
    }
    let Some((lat, lon)) = draft.geo else { return };
    match Geo::new(lat, lon) {
        Some(geo) => match parts.places.iter_mut().next() {
            Some(place) => place.geo = Some(geo),
            None => parts.places.push(Place { geo: Some(geo), ..Place::default() }),
        },
        None => notes.find(Code::BadValue, &format!("geo: {lat}, {lon}")),
    }
}

fn slots(draft: &mut Draft, parts: &mut Parts, hints: &Hints, notes: &mut Notes) -> Option<()> {
    if let Some(text) = draft.unreadable.take() {
        if draft.sessions.is_empty() {
            let told = dates::in_words(&text).map(|told| format!(" → {told}")).unwrap_or_default();
            notes.find(Code::DateUnreadable, &format!("{text}{told}"));
            return None;
        }
        notes.find(Code::BadValue, &text);
    }
    if draft.sessions.len() > MOST_SESSIONS {
        notes.find(Code::Contradiction, &format!("more than {MOST_SESSIONS} slots"));
        return None;
    }
    if draft.sessions.is_empty() {
        return Some(());
    }
    let zone = draft.zone.as_ref().or(hints.zone.as_ref());
    let assumed = draft.zone.is_none();
    let previous = draft.previous.take().map(|clock| Session::new(clock, None));
    if let Some((before, _)) = previous.and_then(|session| when(&session, zone, assumed, notes)) {
        let when = match before {
            When::Timed(hours) => Before::Timed(hours),
            When::Day { days, .. } | When::AllDay(days) | When::Period(days) => Before::Days(days),
        };
        parts.previous.push(Previous { slot: None, when, foreign: Default::default() });
    }
    let mut names: BTreeSet<Name> = parts.slots.iter().map(|slot| slot.name.clone()).collect();
    for (index, session) in std::mem::take(&mut draft.sessions).into_iter().enumerate() {
        let (when, own) = when(&session, zone, assumed, notes)?;
        let name = session.name.as_deref().and_then(slot_name).filter(|name| !names.contains(name));
        let Some(name) = name.or_else(|| Name::new(&format!("c{}", index + 1)).ok()) else { continue };
        if !names.insert(name.clone()) {
            continue;
        }
        let mut slot = Slot::new(name, when);
        slot.status = session.status;
        slot.availability = session.availability.or(draft.availability);
        let location = session.location.as_deref().and_then(plain);
        slot.place = location.map(|name| Place { name: Some(name), ..Place::default() }).into();
        slot.zone = own;
        parts.slots.push(slot);
    }
    // One zone for all slots is the event's.
    let zones: BTreeSet<Option<Zone>> = parts.slots.iter().map(|slot| slot.zone.clone()).collect();
    if zones.len() == 1 {
        parts.zone = zones.into_iter().next().flatten();
    }
    Some(())
}

/// Tells people of a date in the words of an entry that has no other: to be confirmed, not to be published.
fn suggest(parts: &Parts, notes: &mut Notes) {
    let body = parts.body.as_ref().map(Html::to_text);
    let texts = [Some(parts.title.as_str()), parts.summary.as_ref().map(Line::as_str), body.as_deref()];
    if let Some(told) = texts.into_iter().flatten().find_map(dates::in_words) {
        notes.find(Code::DateInWords, &told.to_string());
    }
}

/// A title without markup and escapes, and whether there were any.
fn title(text: &str) -> Option<(Line, bool)> {
    let text = text.trim();
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST_TITLE).last().unwrap_or(0);
    let mut text = if text.len() > LONGEST_TITLE { text[..end].to_owned() } else { text.to_owned() };
    let mut cleaned = false;
    // Some programs escape twice; more than twice nobody does by mistake.
    for _ in 0..2 {
        if !looks_like_markup(&text) {
            break;
        }
        let Some(html) = Html::clean(&text, None) else { break };
        let plain = html.to_text();
        if plain == text {
            break;
        }
        (text, cleaned) = (plain, true);
    }
    let line = Line::new(&text).ok().or_else(|| {
        let cut: String = text.chars().take(Line::MOST - 1).chain(['…']).collect();
        Line::new(&cut).ok()
    })?;
    Some((line, cleaned))
}

/// Whether a text that should be plain holds tags or references to characters.
pub(super) fn looks_like_markup(text: &str) -> bool {
    let reference = text.split('&').skip(1).any(|rest| {
        rest.split_once(';').is_some_and(|(name, _)| {
            (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
        })
    });
    let tag = text.split('<').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'));
    reference || tag
}

/// One line of plain text from text that may be HTML.
pub fn plain(text: &str) -> Option<Line> {
    title(text).map(|(line, _)| line)
}

/// An id for an entry that has none, the same at each fetch: made of its link, else of its title and first day.
fn derived_id(draft: &Draft, page: Option<&Address>, title: Option<&Line>) -> Option<Id> {
    let seed = match (page, title) {
        (Some(page), _) => page.as_str().to_owned(),
        (None, Some(title)) => {
            let first = draft.sessions.first().map(|session| format!("{:?}", session.start)).unwrap_or_default();
            format!("{}\n{first}", fold(title.as_str()))
        }
        (None, None) => return None,
    };
    let hash = hex(&Sha256::digest(seed.as_bytes())[..16]);
    Id::new(&format!("urn:essaim:sans-id:{hash}")).ok()
}

/// The name of a slot from whatever tells a session from its siblings.
fn slot_name(text: &str) -> Option<Name> {
    Name::new(text).ok().or_else(|| {
        let hash: String = Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Name::new(&format!("c{hash}")).ok()
    })
}
