//! What a dialect says of an event, in loose words, and the one way from there to an entry.
//!
//! Every reader but Atom's fills [`Draft`]s and hands them to a [`Gathering`]. What to make of a time without a zone, of an
//! hour that a night skips or has twice, of an end before its start, of a missing or shared id is known here and not
//! again in each dialect.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::event::text::fold;
use crate::event::{
    Address, Availability, Contact, Days, Event, Geo, Hours, Html, Id, Image, Language, Licence, Line, Mode, Moment,
    Name, Online, Organiser, Parts, Place, RegionTerm, Slot, Speaker, Status, When, Zone,
};
use crate::format::{FeedFacts, Hints, Level, ReadEntry, Reading};
use crate::programme::{Code, Finding};

/// An event as a dialect tells it. All text is hostile and unchecked; what was not said is absent.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Its identifier.
    pub id: Option<String>,
    /// Its title, which may hold markup and doubly escaped characters.
    pub title: String,
    /// A sentence on it, plain or not.
    pub summary: Option<String>,
    /// The text, as HTML.
    pub body: Option<String>,
    /// Its page; may be relative.
    pub page: Option<String>,
    /// First publication.
    pub published: Option<Timestamp>,
    /// Last change.
    pub updated: Option<Timestamp>,
    /// How often it changed.
    pub sequence: u32,
    /// The zone that the document declares for it.
    pub zone: Option<Zone>,
    /// When it takes place.
    pub sessions: Vec<Session>,
    /// Whether it takes place.
    pub status: Option<Status>,
    /// Whether one can still come.
    pub availability: Option<Availability>,
    /// On site, online or both.
    pub mode: Option<Mode>,
    /// Where, in one line as people write it: a venue, a town, a link, "online".
    pub location: Option<String>,
    /// Where, field by field.
    pub place: Option<Place>,
    /// Degrees north and east, as they were given.
    pub geo: Option<(f64, f64)>,
    /// Where online, by the dialect's own field for it.
    pub online: Option<Online>,
    /// Who organises.
    pub organisers: Vec<Organiser>,
    /// Who speaks.
    pub speakers: Vec<Speaker>,
    /// Free tags.
    pub tags: Vec<String>,
    /// Regions.
    pub regions: Vec<RegionTerm>,
    /// Where to register; may be relative.
    pub registration: Option<String>,
    /// A picture and what it shows.
    pub image: Option<(String, String)>,
    /// The language it is written in.
    pub language: Option<Language>,
    /// Its licence.
    pub licence: Option<Licence>,
    /// Who holds the rights.
    pub rights: Option<String>,
    /// What stood in the document.
    pub raw: String,
}

/// One date and time of a [`Draft`].
#[derive(Debug, Clone)]
pub struct Session {
    /// What tells it from the others and does not change when it moves; made of its position where absent.
    pub name: Option<String>,
    /// Its start.
    pub start: Clock,
    /// Its end, where one was told.
    pub end: Option<End>,
    /// Its own status.
    pub status: Option<Status>,
    /// Its own availability.
    pub availability: Option<Availability>,
    /// A day that the dialect calls a whole one; otherwise a day without an hour has one that nobody told.
    pub whole_days: bool,
}

impl Session {
    /// A session of which only the times are known.
    pub fn new(start: Clock, end: Option<End>) -> Session {
        Session { name: None, start, end, status: None, availability: None, whole_days: false }
    }
}

/// A point in time, as exactly as it was told.
#[derive(Debug, Clone, PartialEq)]
pub enum Clock {
    /// A day.
    Day(Date),
    /// A wall clock of nobody knows where.
    Floating(DateTime),
    /// A wall clock of a zone.
    In(DateTime, Zone),
    /// A wall clock with its offset.
    Offset(Moment),
    /// An instant, told in UTC: the wall clock follows from where it takes place.
    Instant(Timestamp),
}

impl Clock {
    /// Reads RFC 3339 and the many forms of ISO 8601 near it: without seconds, with a space, basic, of any fraction.
    pub fn parse(text: &str) -> Option<Clock> {
        let text = text.trim();
        if let Ok(date) = text.parse::<Date>()
            && text.len() <= 10
        {
            return Some(Clock::Day(date));
        }
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        let wall = DateTime::from_parts(pieces.date(), pieces.time()?);
        match pieces.to_numeric_offset() {
            _ if text.ends_with(['Z', 'z']) => {
                wall.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| Clock::Instant(zoned.timestamp()))
            }
            Some(offset) => Moment::new(wall, offset).ok().map(Clock::Offset),
            None => Some(Clock::Floating(wall)),
        }
    }
}

/// The end of a [`Session`].
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// At a point in time; a day is included.
    At(Clock),
    /// On the day before this one (iCalendar's `DTEND;VALUE=DATE`, RFC 5545 §3.6.1).
    Before(Date),
    /// After so long.
    After(SignedDuration),
}

/// The entries of one document, as they are read.
#[derive(Debug)]
pub struct Gathering<'a> {
    hints: &'a Hints,
    reading: Reading,
    seen: HashMap<Id, usize>,
}

impl<'a> Gathering<'a> {
    /// Begins with what the document says of itself.
    pub fn new(feed: FeedFacts, hints: &'a Hints) -> Gathering<'a> {
        Gathering { hints, reading: Reading { feed, ..Reading::default() }, seen: HashMap::new() }
    }

    /// What the document says of itself.
    pub fn feed(&self) -> &FeedFacts {
        &self.reading.feed
    }

    /// A finding on the document or on an entry that is not taken up.
    pub fn find(&mut self, code: Code, entry: Option<&Id>, detail: &str) {
        self.reading.findings.push(Finding::new(code, entry, detail));
    }

    /// Takes an entry up, or says in a finding why not.
    pub fn add(&mut self, draft: Draft) {
        let raw = draft.raw.clone();
        let Some((event, level)) = finish(draft, self.hints, &self.reading.feed, &mut self.reading.findings) else {
            return;
        };
        match self.seen.get(&event.id) {
            None => {
                self.seen.insert(event.id.clone(), self.reading.entries.len());
                self.reading.entries.push(ReadEntry { event, level, raw });
            }
            // Said twice in the same words: once is enough.
            Some(first) if self.reading.entries[*first].event == event => {}
            Some(_) => {
                self.reading.findings.push(Finding::new(Code::IdTwice, Some(&event.id), event.title.as_str()));
            }
        }
    }

    /// All that was read.
    pub fn done(self) -> Reading {
        self.reading
    }
}

/// Findings on one entry, and what had to be assumed of it.
struct Notes<'a> {
    id: Id,
    findings: &'a mut Vec<Finding>,
    assumed: BTreeSet<Name>,
}

impl Notes<'_> {
    fn find(&mut self, code: Code, detail: &str) {
        self.findings.push(Finding::new(code, Some(&self.id), detail));
    }

    fn assume(&mut self, field: &str) {
        self.assumed.extend(Name::new(field).ok());
    }
}

fn finish(draft: Draft, hints: &Hints, feed: &FeedFacts, findings: &mut Vec<Finding>) -> Option<(Event, Level)> {
    let base = hints.address.as_ref();
    let page = draft.page.as_deref().and_then(|page| Address::join(base, page).ok());
    let title = title(&draft.title);
    let id = match draft.id.as_deref().and_then(|id| Id::new(id).ok()) {
        Some(id) => id,
        None => {
            let Some(id) = derived_id(&draft, page.as_ref(), title.as_ref().map(|(title, _)| title)) else {
                findings.push(Finding::new(Code::WithoutId, None, ""));
                return None;
            };
            findings.push(Finding::new(Code::IdDerived, Some(&id), draft.title.trim()));
            id
        }
    };
    let mut notes = Notes { id: id.clone(), findings, assumed: BTreeSet::new() };
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
    let latest = hints.seen.checked_add(SignedDuration::from_hours(24)).unwrap_or(hints.seen);
    let past = |at: Option<Timestamp>| at.filter(|at| *at <= latest);
    let published = past(draft.published);
    let updated = past(draft.updated).max(published);
    if updated.is_none() {
        let told = draft.published.or(draft.updated).map(|at| at.to_string()).unwrap_or_default();
        notes.find(Code::BadUpdated, &told);
    }
    let mut parts = Parts::new(id, title, updated.unwrap_or(hints.seen));
    parts.published = published;
    parts.sequence = draft.sequence;
    parts.language = draft.language.or_else(|| feed.language.clone()).or_else(|| hints.language.clone());
    let page_base = page.as_ref().or(base);
    parts.body = draft.body.as_deref().and_then(|body| {
        let (body, lost) = Html::clean_telling(body, page_base);
        Code::of_lost(&lost).for_each(|(code, detail)| notes.find(code, detail));
        body
    });
    parts.summary = draft.summary.as_deref().and_then(plain);
    parts.registration = draft.registration.as_deref().and_then(|href| {
        let href = href.trim();
        let contact = Contact::new(href).ok().or_else(|| Address::join(page_base, href).ok().map(Contact::from));
        contact.map(|href| crate::event::Registration { href: Some(href), ..Default::default() })
    });
    parts.image = draft.image.as_ref().and_then(|(href, alt)| {
        let href = Address::join(page_base, href.trim()).ok()?;
        match Line::new(alt) {
            Ok(alt) => Some(Image { href, alt, media_type: None, length: None, foreign: Default::default() }),
            Err(_) => {
                notes.find(Code::ImageWithoutAlt, href.as_str());
                None
            }
        }
    });
    parts.page = page;
    parts.status = draft.status.unwrap_or(Status::Scheduled);
    parts.mode = draft.mode;
    parts.places = draft.place.into_iter().filter(|place| !place.is_empty()).collect();
    // What is written in one line is understood later, for all dialects alike.
    if let Some(name) = draft.location.as_deref().and_then(plain) {
        match parts.places.first_mut() {
            Some(place) if place.name.is_some() => {}
            Some(place) => place.name = Some(name),
            None => parts.places.push(Place { name: Some(name), ..Place::default() }),
        }
    }
    if let Some((lat, lon)) = draft.geo {
        match Geo::new(lat, lon) {
            // 0, 0 lies in the sea: it is what programs write that were given nothing.
            Some(geo) if (lat, lon) != (0.0, 0.0) => match parts.places.first_mut() {
                Some(place) => place.geo = Some(geo),
                None => parts.places.push(Place { geo: Some(geo), ..Place::default() }),
            },
            Some(_) => {}
            None => notes.find(Code::BadValue, &format!("geo: {lat}, {lon}")),
        }
    }
    parts.online.extend(draft.online);
    parts.organisers = draft.organisers;
    if parts.organisers.is_empty() {
        parts.organisers.extend(feed.author.clone());
    }
    parts.speakers = draft.speakers;
    parts.tags = draft.tags.iter().filter_map(|tag| plain(tag)).collect();
    parts.regions = draft.regions;
    parts.licence = draft.licence.or_else(|| feed.licence.clone());
    parts.rights = draft.rights.as_deref().and_then(plain).or_else(|| feed.rights.clone());
    let told = !draft.sessions.is_empty();
    let zone = draft.zone.as_ref().or(hints.zone.as_ref());
    let assumed = draft.zone.is_none();
    let mut names = BTreeSet::new();
    for (index, session) in draft.sessions.into_iter().enumerate() {
        let (when, own) = when(&session, zone, assumed, &mut notes)?;
        let name = session.name.as_deref().and_then(slot_name).filter(|name| !names.contains(name));
        let Some(name) = name.or_else(|| Name::new(&format!("c{}", index + 1)).ok()) else { continue };
        if !names.insert(name.clone()) {
            continue;
        }
        let mut slot = Slot::new(name, when);
        slot.status = session.status;
        slot.availability = session.availability.or(draft.availability);
        slot.zone = own;
        parts.slots.push(slot);
    }
    // One zone for all slots is the event's.
    let zones: BTreeSet<Option<Zone>> = parts.slots.iter().map(|slot| slot.zone.clone()).collect();
    if zones.len() == 1 {
        parts.zone = zones.into_iter().next().flatten();
    }
    let level = if told { Level::N1 } else { Level::N0 };
    if !told {
        notes.find(Code::NoEventData, parts.title.clone().as_str());
    }
    parts.assumed.append(&mut notes.assumed);
    match Event::new(parts) {
        Ok(event) => Some((event, level)),
        Err(fault) => {
            let code = match fault {
                crate::event::Fault::ZoneContradicted { .. } => Code::ZoneContradicted,
                _ => Code::Contradiction,
            };
            notes.find(code, &fault.to_string());
            None
        }
    }
}

/// A title without markup and escapes, and whether there were any.
fn title(text: &str) -> Option<(Line, bool)> {
    let mut text = text.trim().to_owned();
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
fn looks_like_markup(text: &str) -> bool {
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
    let hash: String = Sha256::digest(seed.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Id::new(&format!("urn:essaim:sans-id:{hash}")).ok()
}

/// The name of a slot from whatever tells a session from its siblings.
fn slot_name(text: &str) -> Option<Name> {
    Name::new(text).ok().or_else(|| {
        let hash: String = Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Name::new(&format!("c{hash}")).ok()
    })
}

/// When a session takes place, and the zone that its wall clock was read in. `None`, with a finding, when it cannot be
/// told: the entry then waits, since an event without its date would look as if none were known.
fn when(session: &Session, zone: Option<&Zone>, assumed: bool, notes: &mut Notes<'_>) -> Option<(When, Option<Zone>)> {
    if let Clock::Day(first) = session.start {
        let last = match &session.end {
            None => first,
            Some(End::At(Clock::Day(last))) => *last,
            Some(End::Before(after)) => after.yesterday().unwrap_or(*after).max(first),
            Some(End::At(Clock::Floating(wall) | Clock::In(wall, _))) => wall.date(),
            Some(End::At(Clock::Offset(moment))) => moment.wall().date(),
            Some(End::At(Clock::Instant(at))) => zone.and_then(|zone| zone.of(*at))?.wall().date(),
            Some(End::After(length)) => {
                let days = (length.as_hours() / 24).max(1) - 1;
                first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?
            }
        };
        if last < first {
            notes.find(Code::EndBeforeStart, &format!("{first} – {last}"));
        }
        let days = Days::new(first, last.max(first)).ok()?;
        let when = if session.whole_days { When::AllDay(days) } else { When::Day { days, duration: None } };
        return Some((when, None));
    }
    let Some((start, own)) = moment(&session.start, zone, assumed, notes) else {
        notes.find(Code::DateUnreadable, &format!("{:?}", session.start));
        return None;
    };
    let end = match &session.end {
        None => None,
        Some(End::At(Clock::Day(_)) | End::Before(_)) => None,
        Some(End::At(clock)) => moment(clock, own.as_ref().or(zone), assumed, notes).map(|(moment, _)| moment),
        Some(End::After(length)) => {
            let at = start.instant().checked_add(*length).ok();
            at.and_then(|at| match &own {
                Some(zone) => zone.of(at),
                None => Moment::new(start.offset().to_datetime(at), start.offset()).ok(),
            })
        }
    };
    if let Some(days) = midnight_to_midnight(start, end) {
        notes.find(Code::AllDayByHours, &format!("{start} – {}", end.map(|end| end.to_string()).unwrap_or_default()));
        return Some((When::AllDay(days), None));
    }
    let end = end.and_then(|end| {
        if end.instant() >= start.instant() {
            return Some(end);
        }
        notes.find(Code::EndBeforeStart, &format!("{start} – {end}"));
        let next = end.wall().checked_add(jiff::Span::new().days(1)).ok()?;
        let next = Moment::new(next, end.offset()).ok()?;
        let night =
            end.wall().date() == start.wall().date() && next.instant().duration_since(start.instant()).as_hours() <= 12;
        if night {
            notes.assume("end");
        }
        night.then_some(next)
    });
    Some((When::Timed(Hours::new(start, end).ok()?), own))
}

/// Whole days that were told as hours: from midnight on the wall clock to a later midnight, or to a minute before.
fn midnight_to_midnight(start: Moment, end: Option<Moment>) -> Option<Days> {
    let end = end?;
    if start.wall().time() != Time::midnight() || end.instant() <= start.instant() {
        return None;
    }
    let last = match end.wall().time() {
        time if time == Time::midnight() => end.wall().date().yesterday().ok()?,
        time if (time.hour(), time.minute()) == (23, 59) => end.wall().date(),
        _ => return None,
    };
    Days::new(start.wall().date(), last).ok()
}

/// A moment, and the zone whose wall clock it shows.
fn moment(clock: &Clock, zone: Option<&Zone>, assumed: bool, notes: &mut Notes<'_>) -> Option<(Moment, Option<Zone>)> {
    let (wall, zone) = match clock {
        Clock::Day(_) => return None,
        Clock::Offset(moment) => return Some((*moment, zone.filter(|zone| moment.agrees_with(zone)).cloned())),
        // The instant is certain whatever the zone; where it takes place tells the wall clock.
        Clock::Instant(at) => {
            return match zone {
                Some(zone) => zone.of(*at).map(|moment| (moment, Some(zone.clone()))),
                None => {
                    let wall = jiff::tz::Offset::UTC.to_datetime(*at);
                    Moment::new(wall, jiff::tz::Offset::UTC).ok().map(|moment| (moment, None))
                }
            };
        }
        Clock::In(wall, zone) => (*wall, zone),
        Clock::Floating(wall) => {
            let zone = zone?;
            if assumed {
                notes.find(Code::FloatingTime, &wall.to_string());
                notes.assume("tz");
            }
            (*wall, zone)
        }
    };
    let moment = zone.at(wall)?;
    let rules = zone.rules();
    let ambiguous = rules.to_ambiguous_timestamp(wall);
    match ambiguous.offset() {
        jiff::tz::AmbiguousOffset::Unambiguous { .. } => {}
        jiff::tz::AmbiguousOffset::Gap { .. } => notes.find(Code::HourSkipped, &format!("{wall} {zone}")),
        jiff::tz::AmbiguousOffset::Fold { .. } => notes.find(Code::HourTwice, &format!("{wall} {zone}")),
    }
    Some((moment, Some(zone.clone())))
}
