//! An entry made ready for comparing: what the rules and likeness look at, and nothing else.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use sha2::{Digest, Sha256};

use super::likeness::{self, Sketch, Title};
use super::steps;
use crate::event::{Event, Id, Line, Mode, Place, Status};
use crate::programme::{Entry, Role, Source};

/// Most slots of an entry that are looked at.
const MOST_SLOTS: usize = 100;
/// Most rare words of a text that are kept: those with the least keys, which two texts choose alike (Broder, 1997).
const MOST_TEXT: usize = 32;
/// How much of a text is read, in bytes.
const MOST_READ: usize = 1500;
/// Starts this close are the same start, said less or more exactly (seconds).
pub const SAME_START: i64 = 15 * 60;
/// What a word of a text tells at least, to be kept ([`likeness::rarity`]).
const RARE: u16 = 500;

/// An entry of a feed as other feeds name it, or an address: SHA-256 of it, cut to 16 bytes. Exact evidence rests on
/// these, so that nobody may find two texts of one key.
pub type Mark = [u8; 16];

/// The mark of an entry, by `atom:id` of its feed and its own.
pub fn claim(source: &Id, id: &Id) -> Mark {
    mark(&[source.as_str(), id.as_str()])
}

fn mark(parts: &[&str]) -> Mark {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    std::array::from_fn(|at| digest[at])
}

/// An entry made ready for comparing.
#[derive(Debug, Clone)]
pub struct Profile {
    pub entry: Entry,
    /// Whether it takes part: it was not taken back, its source is not under review, it is not our own come back.
    pub shown: bool,
    pub sketch: Sketch,
    /// [`Sketch::name`].
    pub name: u64,
    /// Instants at which it starts, where the hour is known; sorted.
    pub starts: Box<[Timestamp]>,
    /// Its source's name.
    pub source_name: Line,
    /// Keys ([`named`]) of its organisers; that of its source last.
    pub organisers: Box<[u64]>,
    /// Keys of its speakers.
    pub speakers: Box<[u64]>,
    /// Keys of its venues.
    pub venues: Box<[u64]>,
    /// The step of a series that its title names, of how many if it says so.
    pub step: Option<(u32, Option<u32>)>,
    /// A sample of the rare words of its texts, sorted.
    pub text: Box<[u32]>,
    /// A key of its source: two sources differ when these do.
    source: u64,
    pub role: Role,
    /// Whether its source is registered as its first organiser.
    pub registered: bool,
    /// This entry, as other feeds name it.
    pub own: Option<Mark>,
    /// Entries that an approved aggregator says it took this from.
    pub chain: Box<[Mark]>,
    /// Entries that it says are the same event.
    pub with: Box<[Mark]>,
    /// Its page and registration address, when they are on a host verified for its source.
    pub page: Option<Mark>,
    pub registration: Option<Mark>,
}

impl Profile {
    /// `feed_id` is that of the source's feed, unless other sources claim it too.
    pub fn new(entry: Entry, shown: bool, source: &Source, feed_id: Option<&Id>) -> Profile {
        let event = &entry.event;
        let source_name = likeness::plain(source.name.as_str());
        // A portal that signs itself is no organiser for that.
        let first = event.organisers.first();
        let registered =
            source.role == Role::Lab && first.is_some_and(|o| likeness::plain(o.name.as_str()) == source_name);
        let mut organisers = names(event.organisers.iter().map(|o| o.name.as_str()));
        organisers.extend((!source_name.is_empty()).then(|| likeness::long_key(&source_name)));
        let verified = |host: &str| source.verified_hosts.contains(host);
        let mut chain = Vec::new();
        if source.role == Role::Aggregator {
            chain.extend(event.copies.iter().map(|copy| claim(&copy.source, &copy.id)));
            chain.extend(event.origin.as_ref().and_then(|o| o.id.as_ref()).map(|id| claim(id, &event.id)));
        }
        let registration = event.registration.as_ref().and_then(|r| r.href.as_ref()).and_then(|h| h.address());
        let mut starts: Vec<Timestamp> =
            event.slots.iter().filter_map(|slot| slot.when.start()).map(|start| start.instant()).collect();
        starts.sort_unstable();
        starts.truncate(MOST_SLOTS);
        let sketch = sketch(event);
        Profile {
            shown,
            name: sketch.name(),
            sketch,
            starts: starts.into(),
            source_name: source.name.clone(),
            organisers: organisers.into(),
            speakers: names(event.speakers.iter().map(|s| s.name.as_str())).into(),
            venues: names(places(event).filter_map(|p| p.name.as_ref()).map(|n| n.as_str())).into(),
            step: steps::step(event.title.as_str()),
            text: text(event),
            source: likeness::long_key(entry.key.source.as_str()),
            role: source.role,
            registered,
            own: feed_id.map(|feed| claim(feed, &event.id)),
            chain: chain.into(),
            with: event.with.iter().map(|w| claim(&w.source, &w.event)).collect(),
            page: event.page.as_ref().filter(|p| verified(p.host())).map(|p| mark(&[p.as_str()])),
            registration: registration.filter(|p| verified(p.host())).map(|p| mark(&[p.as_str()])),
            entry,
        }
    }

    pub fn event(&self) -> &Event {
        &self.entry.event
    }

    /// Whether both are of one source.
    pub fn of_one_source(&self, other: &Profile) -> bool {
        self.source == other.source && self.entry.key.source == other.entry.key.source
    }

    /// Whether it says on which day it takes place.
    pub fn has_days(&self) -> bool {
        !self.sketch.slots.is_empty()
    }

    /// Both say in which town, and no town is of both.
    pub fn other_town(&self, other: &Profile) -> bool {
        let (a, b) = (&self.sketch.towns, &other.sketch.towns);
        !a.is_empty() && !b.is_empty() && !a.iter().any(|town| b.contains(town))
    }

    /// The key of an organiser of both; that of a source counts.
    pub fn shared_organiser(&self, other: &Profile) -> Option<u64> {
        self.organisers.iter().find(|name| other.organisers.contains(name)).copied()
    }

    /// The first day on which both take place.
    pub fn shared_day(&self, other: &Profile) -> Option<i32> {
        let pairs = self.sketch.slots.iter().flat_map(|x| other.sketch.slots.iter().map(move |y| (x, y)));
        pairs.filter(|(x, y)| x.0 <= y.1 && y.0 <= x.1).map(|(x, y)| x.0.max(y.0)).min()
    }

    /// An instant at which both start, within `seconds`: on the other side of the globe that may be another day.
    pub fn shared_start(&self, other: &Profile, seconds: i64) -> Option<Timestamp> {
        let close = |x: &Timestamp, y: &Timestamp| (x.as_second() - y.as_second()).abs() <= seconds;
        self.starts.iter().find(|x| other.starts.iter().any(|y| close(x, y))).copied()
    }

    /// Days between the end of the one and the start of the other; negative when they overlap.
    pub fn gap(&self, other: &Profile) -> Option<i32> {
        let span = |p: &Profile| {
            let last = p.sketch.slots.iter().map(|slot| slot.1).max()?;
            Some((p.sketch.slots.first()?.0, last))
        };
        let ((from, to), (since, until)) = span(self).zip(span(other))?;
        Some((since - to).max(from - until))
    }
}

/// A day since 1970 as a date.
pub fn day(days: i32) -> Date {
    date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap_or(Date::ZERO)
}

fn days(date: Date) -> i32 {
    jiff::civil::date(1970, 1, 1).until(date).map_or(0, |span| span.get_days())
}

/// A key of a name: names that are written alike, but for case, accents and punctuation, have the same. None when nothing
/// is left of it.
pub fn named(name: &str) -> Option<u64> {
    Some(likeness::plain(name)).filter(|folded| !folded.is_empty()).map(|folded| likeness::long_key(&folded))
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u64> {
    let mut seen = BTreeSet::new();
    names.filter_map(named).filter(|key| seen.insert(*key)).collect()
}

/// The places of an event and of its slots.
pub fn places(event: &Event) -> impl Iterator<Item = &Place> {
    event.places.iter().chain(event.slots.iter().filter_map(|slot| slot.place.as_ref()))
}

/// Whether one can come to it.
pub fn on_site(event: &Event) -> bool {
    !matches!(event.mode, Some(Mode::Online)) && event.status != Status::MovedOnline
}

fn sketch(event: &Event) -> Sketch {
    let mut slots: Vec<(i32, i32)> =
        event.slots.iter().map(|slot| (days(slot.when.first_day()), days(slot.when.last_day()))).collect();
    slots.sort_unstable();
    slots.dedup();
    slots.truncate(MOST_SLOTS);
    let mut towns: Vec<Box<str>> = Vec::new();
    let mut place: Vec<u32> = Vec::new();
    let mut country = None;
    for one in places(event) {
        if let Some(locality) = &one.locality {
            let town = likeness::town(locality.as_str());
            let written = likeness::plain(locality.as_str());
            place.extend(town.split(' ').chain(written.split(' ')).map(likeness::key));
            if !town.is_empty() && !towns.contains(&town.as_str().into()) {
                towns.push(town.into());
            }
        }
        if let Some(code) = &one.country {
            place.extend(likeness::country_words(code.as_str()));
            country = country.or_else(|| code.as_str().as_bytes().try_into().ok());
        }
    }
    place.sort_unstable();
    place.dedup();
    let online = match (event.mode, event.status) {
        (_, Status::MovedOnline) | (Some(Mode::Online), _) => Some(true),
        (Some(Mode::Offline), _) => Some(false),
        _ => None,
    };
    let english = event.language.as_ref().is_some_and(|language| language.primary() == "en");
    Sketch {
        title: Title::of(event.title.as_str(), english, &place),
        slots: slots.into(),
        place: place.into(),
        towns: towns.into(),
        country,
        online,
        context: likeness::Context::default(),
    }
}

fn text(event: &Event) -> Box<[u32]> {
    let texts = event.summary.iter().map(|text| text.as_str().to_owned());
    let texts = texts.chain(event.body.iter().map(|html| crate::event::html::strip_tags(cut(html.as_str()))));
    let mut keys: Vec<u32> = Vec::new();
    for text in texts {
        let folded = crate::event::text::fold(cut(&text));
        let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 4);
        keys.extend(words.filter(|word| likeness::rarity(word) >= RARE).map(likeness::key));
    }
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(MOST_TEXT);
    keys.into()
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MOST_READ);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
