//! What a dialect says of an event, in loose words, and the one way from there to an entry.
//!
//! Readers fill [`Draft`]s and hand them to a [`Gathering`]. What to make of a time without a zone, of an hour that a night
//! skips or has twice, of an end before its start, of a missing or shared id, of publication dates that are starts is
//! known here and not again in each dialect.

mod finish;
mod gathering;
mod time;

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use self::finish::looks_like_markup;
pub use self::finish::plain;
pub use self::gathering::Gathering;
use crate::event::{
    AccessCode, Availability, Capacity, Html, Language, Licence, Mode, Moment, Online, Organiser, Parts, Place,
    RegionTerm, Speaker, Status, Zone,
};
use crate::programme::Code;

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
    /// Its publication date as it was written, wall clock included: some programs put the event's start there.
    pub dated: Option<Clock>,
    /// What stood in the field for its publication date and could not be read.
    pub undated: Option<String>,
    /// How often it changed.
    pub sequence: u32,
    /// The zone that the document declares for it.
    pub zone: Option<Zone>,
    /// When it takes place.
    pub sessions: Vec<Session>,
    /// What stood in a field meant for its date and could not be read.
    pub unreadable: Option<String>,
    /// It repeats, and has no date left.
    pub without_dates: bool,
    /// What was wrong with what the dialect says of it.
    pub found: Vec<(Code, String)>,
    /// When it was to start before it moved.
    pub previous: Option<Clock>,
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
    /// The author's word on registration: the price, the conditions.
    pub terms: Option<String>,
    /// Whether it costs nothing.
    pub free: Option<bool>,
    /// How many may come.
    pub capacity: Capacity,
    /// Its accessibility, by code.
    pub access: BTreeSet<AccessCode>,
    /// A picture and what it shows.
    pub image: Option<(String, String)>,
    /// Files that go with it.
    pub files: Vec<File>,
    /// The language it is written in.
    pub language: Option<Language>,
    /// Its licence.
    pub licence: Option<Licence>,
    /// Who holds the rights.
    pub rights: Option<String>,
    /// The event as far as it is understood already, where a dialect has the profile's own terms for it: then only
    /// where, when, status and organisers are taken from the fields above.
    pub said: Option<Box<Parts>>,
    /// What stood in the document.
    pub raw: String,
}

/// A file of a [`Draft`].
#[derive(Debug, Clone)]
pub struct File {
    /// Where it is; may be relative.
    pub href: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its size in bytes.
    pub length: Option<u64>,
    /// Its title.
    pub title: Option<String>,
}

/// What is longer (bytes) is no summary: one or two sentences are meant by it.
const LONGEST_SUMMARY: usize = 400;

impl Draft {
    /// Takes the one text that a dialect has of an event: markup and long text are its body, a few words its summary.
    pub fn describe(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
        } else if looks_like_markup(text) {
            self.body = Some(text.to_owned());
        } else if text.contains("\n\n") || text.len() > LONGEST_SUMMARY {
            self.body = Html::from_text(text).map(|html| html.as_str().to_owned());
        } else {
            self.summary = Some(text.to_owned());
        }
    }
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
    /// Where, in one line, when it is not where the event is.
    pub location: Option<String>,
    /// A day that the dialect calls a whole one; otherwise a day without an hour has one that nobody told.
    pub whole_days: bool,
}

impl Session {
    /// A session of which only the times are known.
    pub fn new(start: Clock, end: Option<End>) -> Session {
        Session { name: None, start, end, status: None, availability: None, location: None, whole_days: false }
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

    /// The instant, taking a wall clock of nobody knows where for UTC's: near enough to tell the past from the future.
    pub fn instant(&self) -> Option<Timestamp> {
        let universal = |wall: DateTime| jiff::tz::Offset::UTC.to_timestamp(wall).ok();
        match self {
            Clock::Instant(at) => Some(*at),
            Clock::Offset(moment) => Some(moment.instant()),
            Clock::In(wall, zone) => zone.at(*wall).map(|moment| moment.instant()),
            Clock::Floating(wall) => universal(*wall),
            Clock::Day(date) => universal(date.at(0, 0, 0, 0)),
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
