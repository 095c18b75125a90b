//! What an event is.
//!
//! The whole of the profile, in types that cannot hold an impossible value: strings by [`text`] and [`html`], times by
//! [`when`], code lists by [`vocabulary`], and what concerns several fields by [`Event::new`]. No I/O and no clock: the
//! same words make the same event at any time and anywhere.

pub mod foreign;
pub mod html;
pub mod link;
pub mod list;
pub mod place;
pub mod rare;
pub mod registration;
pub mod text;
pub mod vocabulary;
pub mod when;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::Deref;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use foreign::Foreign;
pub use html::Html;
pub use list::List;
pub use place::{Area, Geo, Online, OnlineAccess, Place};
pub use rare::Rare;
pub use registration::{Capacity, Registration, Window};
pub use text::{Address, Contact, Country, Id, Language, Line, MediaType, Name, Region};
pub use vocabulary::{AccessCode, Audience, Availability, Format, Mode, Per, ResourceKind, Status};
pub use when::{Before, Days, Hours, Minutes, Moment, Occurs, SlotRef, When, Zone};

/// An event as one lab says it, or as a programme has merged it. Immutable: to change one, take its [`Parts`],
/// change them, and build it again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Event(Parts);

/// The fields of an event, before they are known to agree with each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parts {
    /// Minted once, never derived from title, date or address.
    pub id: Id,
    /// As the author wrote it, without a status prefix such as `[Annulé]`.
    pub title: Line,
    /// The language it is written in.
    pub language: Option<Language>,
    /// The author's one or two sentences.
    pub summary: Option<Line>,
    /// The author's text.
    pub body: Option<Html>,
    /// The zone in which the slots were written, unless one says otherwise.
    pub zone: Option<Zone>,
    /// When it takes place; none while no date is known (*date à préciser*). Sorted; see [`Event::new`].
    pub slots: List<Slot>,
    /// Whether it takes place as announced.
    pub status: Status,
    /// Dates it had before it moved.
    pub previous: List<Previous>,
    /// On site, online, or either; absent when nobody said.
    pub mode: Option<Mode>,
    /// Where.
    pub places: List<Place>,
    /// Where online.
    pub online: List<Online>,
    /// Who organises: the owning lab first, then its co-organisers.
    pub organisers: List<Organiser>,
    /// Who speaks, moderates, plays.
    pub speakers: List<Speaker>,
    /// What kinds of event it is.
    pub formats: BTreeSet<Format>,
    /// Topics of the edition's controlled list.
    pub topics: List<Term>,
    /// The author's free tags.
    pub tags: List<Line>,
    /// Whom it is for.
    pub audiences: BTreeSet<Audience>,
    /// Regions it takes place in; none for national and online events.
    pub regions: List<RegionTerm>,
    /// Editions of a programme it belongs to.
    pub editions: List<Term>,
    /// Categories of lists we do not know, kept.
    pub categories: List<Category>,
    /// Its accessibility.
    pub access: Rare<Access>,
    /// Series it is a step of.
    pub series: List<Series>,
    /// How to register.
    pub registration: Rare<Registration>,
    /// The author's word on a change: why it is cancelled, where it moved.
    pub notice: Rare<Notice>,
    /// What is left after it, or given before: slides, recordings, a leaflet.
    pub resources: List<Resource>,
    /// Its picture.
    pub image: Rare<Image>,
    /// The page where its author shows it.
    pub page: Option<Address>,
    /// Other links of the entry, kept.
    pub links: List<Link>,
    /// Under which licence its text may be reused.
    pub licence: Option<Licence>,
    /// Who holds the rights, in words.
    pub rights: Option<Line>,
    /// First publication.
    pub published: Option<Timestamp>,
    /// Last significant change.
    pub updated: Timestamp,
    /// How often it changed significantly (RFC 5545 `SEQUENCE`).
    pub sequence: u32,
    /// Names of fields that were assumed, not said.
    pub assumed: BTreeSet<Name>,
    /// Co-organisation: the partners' entries on the same event. Holds only if each names the other.
    pub with: List<With>,
    /// The feed an aggregator took it from (`atom:source`).
    pub origin: Rare<Origin>,
    /// Which entries an aggregator made it from.
    pub copies: List<Copy>,
    /// What stands in the entry beyond the profile.
    pub foreign: Foreign,
    /// What stands in its `evt:event` beyond the profile.
    pub foreign_event: Foreign,
}

impl Parts {
    /// An event of which only this is known; everything else is absent, not defaulted.
    pub fn new(id: Id, title: Line, updated: Timestamp) -> Parts {
        Parts {
            id,
            title,
            language: None,
            summary: None,
            body: None,
            zone: None,
            slots: List::new(),
            status: Status::Scheduled,
            previous: List::new(),
            mode: None,
            places: List::new(),
            online: List::new(),
            organisers: List::new(),
            speakers: List::new(),
            formats: BTreeSet::new(),
            topics: List::new(),
            tags: List::new(),
            audiences: BTreeSet::new(),
            regions: List::new(),
            editions: List::new(),
            categories: List::new(),
            access: Rare::default(),
            series: List::new(),
            registration: Rare::default(),
            notice: Rare::default(),
            resources: List::new(),
            image: Rare::default(),
            page: None,
            links: List::new(),
            licence: None,
            rights: None,
            published: None,
            updated,
            sequence: 0,
            assumed: BTreeSet::new(),
            with: List::new(),
            origin: Rare::default(),
            copies: List::new(),
            foreign: Foreign::default(),
            foreign_event: Foreign::default(),
        }
    }

    /// The status of one slot: its own if it has one, unless the whole event is cancelled or postponed.
    pub fn status_of(&self, slot: &Slot) -> Status {
        match self.status {
            Status::Cancelled | Status::Postponed => self.status,
            status => slot.status.unwrap_or(status),
        }
    }

    /// Whether one can still come: full only when every slot that takes place is.
    pub fn availability(&self) -> Option<Availability> {
        let mut said = self.slots.iter().filter(|s| self.status_of(s) != Status::Cancelled).map(|s| s.availability);
        match said.next() {
            Some(first) => said.all(|next| next == first).then_some(first).flatten(),
            None => None,
        }
        .or_else(|| {
            let left = self.registration.as_ref().and_then(|r| r.capacity.remaining());
            (left == Some(0)).then_some(Availability::Full)
        })
    }

    /// Gives back the room that lists took while they grew: an event is kept for long.
    fn shrink(&mut self) {
        self.slots.shrink();
        self.previous.shrink();
        self.places.shrink();
        self.online.shrink();
        self.organisers.shrink();
        self.speakers.shrink();
        self.topics.shrink();
        self.tags.shrink();
        self.regions.shrink();
        self.editions.shrink();
        self.categories.shrink();
        self.series.shrink();
        self.resources.shrink();
        self.links.shrink();
        self.with.shrink();
        self.copies.shrink();
    }

    /// The zone of one slot, when it was said.
    pub fn zone_of<'a>(&'a self, slot: &'a Slot) -> Option<&'a Zone> {
        slot.zone.as_ref().or(self.zone.as_ref())
    }

    /// The last day on which it takes place, on the poster's wall clock; `None` without a date.
    pub fn last_day(&self) -> Option<jiff::civil::Date> {
        self.slots.iter().map(|slot| slot.when.last_day()).max()
    }
}

/// One date and time at which an event takes place (*créneau*).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// Its name within the event, kept when it moves.
    pub name: SlotRef,
    /// When.
    pub when: When,
    /// Its zone, when it is not the event's.
    pub zone: Option<Zone>,
    /// Its own status; the event's when absent.
    pub status: Option<Status>,
    /// Whether one can still come to it.
    pub availability: Option<Availability>,
    /// Its place, when it is not the event's.
    pub place: Rare<Place>,
    /// Its online access, when it is not the event's.
    pub online: Rare<Online>,
    /// Its registration, when it is not the event's.
    pub registration: Rare<Registration>,
    /// Beyond the profile.
    pub foreign: Foreign,
}

impl Slot {
    /// A slot of which only the time is known.
    pub fn new(name: SlotRef, when: When) -> Slot {
        let foreign = Foreign::default();
        Slot {
            name,
            when,
            zone: None,
            status: None,
            availability: None,
            place: Rare::default(),
            online: Rare::default(),
            registration: Rare::default(),
            foreign,
        }
    }
}

/// A date an event had before it moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Previous {
    /// The slot that moved; absent for the whole event.
    pub slot: Option<SlotRef>,
    /// When it would have been.
    pub when: Before,
    /// Beyond the profile.
    pub foreign: Foreign,
}

/// Who organises.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Organiser {
    /// Name.
    pub name: Line,
    /// Home page.
    pub page: Option<Address>,
    /// Their part, when it is said: [`Organiser::CO_ORGANISER`] for all but the first.
    pub role: Option<Line>,
}

impl Organiser {
    /// The role of a further author.
    pub const CO_ORGANISER: &'static str = "co-organizer";
}

/// Who speaks, moderates or plays: a name and where they work, nothing more personal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Speaker {
    /// Name.
    pub name: Line,
    /// A page about them.
    pub page: Option<Address>,
    /// `speaker`, `moderator`…
    pub role: Option<Line>,
    /// For whom they work.
    pub affiliation: Option<Line>,
}

impl Speaker {
    /// The usual role.
    pub const SPEAKER: &'static str = "speaker";
}

/// A term of a list that an edition or a lab defines: a code and what to call it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Term {
    /// The code.
    pub code: Line,
    /// Its name for people.
    pub label: Option<Line>,
}

/// A region, with the name its author gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RegionTerm {
    /// The code.
    pub code: Region,
    /// Its name for people.
    pub label: Option<Line>,
}

/// A category of a list we do not know.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Category {
    /// The list.
    pub scheme: Line,
    /// The term.
    pub term: Line,
    /// Its name for people.
    pub label: Option<Line>,
}

/// How accessible an event is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access {
    /// By code, so that one can filter on it.
    pub codes: BTreeSet<AccessCode>,
    /// In words.
    pub note: Option<Line>,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

/// A step of a series.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Series {
    /// The series.
    pub id: Id,
    /// Its title.
    pub title: Option<Line>,
    /// Which step, of how many.
    pub step: Step,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

/// The place of an event in its series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(Option<NonZeroU32>, Option<NonZeroU32>)", into = "(Option<NonZeroU32>, Option<NonZeroU32>)")]
pub struct Step {
    position: Option<NonZeroU32>,
    total: Option<NonZeroU32>,
}

impl Step {
    /// `None` when the position is past the total.
    pub fn new(position: Option<NonZeroU32>, total: Option<NonZeroU32>) -> Option<Step> {
        let past = matches!((position, total), (Some(position), Some(total)) if position > total);
        (!past).then_some(Step { position, total })
    }

    /// Which step it is, from 1.
    pub fn position(self) -> Option<u32> {
        self.position.map(NonZeroU32::get)
    }

    /// How many steps there are.
    pub fn total(self) -> Option<u32> {
        self.total.map(NonZeroU32::get)
    }
}

impl TryFrom<(Option<NonZeroU32>, Option<NonZeroU32>)> for Step {
    type Error = &'static str;
    fn try_from((position, total): (Option<NonZeroU32>, Option<NonZeroU32>)) -> Result<Step, &'static str> {
        Step::new(position, total).ok_or("a step past the last")
    }
}

impl From<Step> for (Option<NonZeroU32>, Option<NonZeroU32>) {
    fn from(step: Step) -> (Option<NonZeroU32>, Option<NonZeroU32>) {
        (step.position, step.total)
    }
}

/// The author's word on a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Notice {
    /// Since when it holds.
    pub since: Moment,
    /// In words.
    pub text: Option<Line>,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

/// Something to read, watch or download.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Resource {
    /// Where.
    pub href: Address,
    /// What.
    pub kind: ResourceKind,
    /// Its media type; a resource that has one is a file and becomes an enclosure.
    pub media_type: Option<MediaType>,
    /// Its size in bytes.
    pub length: Option<u64>,
    /// Its title.
    pub title: Option<Line>,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

/// A picture, never without the words that stand for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Image {
    /// Where.
    pub href: Address,
    /// What it shows, for those who do not see it.
    pub alt: Line,
    /// Its media type.
    pub media_type: Option<MediaType>,
    /// Its size in bytes.
    pub length: Option<u64>,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

/// A link of the entry that has no field of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// Its relation: a registered name or an address (RFC 4287 §4.2.7.2).
    pub rel: Line,
    /// Where it leads.
    pub href: Address,
    /// What is there.
    pub media_type: Option<MediaType>,
    /// In which language.
    pub language: Option<Language>,
    /// Its title.
    pub title: Option<Line>,
}

/// A licence by its address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Licence {
    /// Its address, which identifies it.
    pub href: Address,
    /// Its name.
    pub title: Option<Line>,
}

/// A partner's entry on the same event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct With {
    /// The `atom:id` of the partner's feed.
    pub source: Id,
    /// The `atom:id` of the partner's entry.
    pub event: Id,
    /// The partner's name.
    pub name: Option<Line>,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

/// The feed that an entry was taken from (RFC 4287 §4.2.11).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// Its `atom:id`.
    pub id: Option<Id>,
    /// Its title.
    pub title: Option<Line>,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// Its address.
    pub feed: Option<Address>,
    /// Its licence.
    pub licence: Option<Licence>,
    /// Its rights, in words.
    pub rights: Option<Line>,
}

/// One of the entries that an aggregator made an event from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Copy {
    /// The `atom:id` of the feed it came from.
    pub source: Id,
    /// Its own `atom:id` there.
    pub id: Id,
    /// Its page.
    pub href: Option<Address>,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

/// Why parts do not make an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Two slots of one name: a calendar could not tell them apart.
    #[error("two slots are named {0}")]
    SlotNamedTwice(SlotRef),
    /// A wall clock whose offset its zone never has: one of them is wrong, and we cannot know which.
    /// Both are said, as a poster and as a calendar would.
    #[error("{moment} is {} in {zone}", there(*moment, zone))]
    ZoneContradicted {
        /// What was written.
        moment: Moment,
        /// The zone it was said to be in.
        zone: Zone,
    },
    /// Published after its last change.
    #[error("published after its last change")]
    PublishedAfterUpdated,
}

impl Event {
    /// Builds an event from parts that agree.
    ///
    /// Puts the slots in order of time (then of name), drops what is said twice in a list, leaves out a slot's zone
    /// when it is the event's and an address that only the registered should have, and cuts instants to whole seconds.
    ///
    /// # Errors
    /// [`Fault`] says which parts contradict each other.
    pub fn new(mut parts: Parts) -> Result<Event, Fault> {
        Event::settle(&mut parts)?;
        Ok(Event(parts))
    }

    /// The same, but parts that contradict each other come back, in disorder, to be mended.
    ///
    /// # Errors
    /// [`Fault`] and the parts.
    pub fn or_parts(mut parts: Parts) -> Result<Event, Box<(Fault, Parts)>> {
        match Event::settle(&mut parts) {
            Ok(()) => Ok(Event(parts)),
            Err(fault) => Err(Box::new((fault, parts))),
        }
    }

    fn settle(parts: &mut Parts) -> Result<(), Fault> {
        parts.updated = whole_seconds(parts.updated);
        parts.published = parts.published.map(whole_seconds);
        if parts.published.is_some_and(|published| published > parts.updated) {
            return Err(Fault::PublishedAfterUpdated);
        }
        if parts.origin.as_ref().and_then(|origin| origin.updated).is_some_and(|at| whole_seconds(at) != at)
            && let Some(origin) = parts.origin.as_mut()
        {
            origin.updated = origin.updated.map(whole_seconds);
        }
        let common = parts.zone.clone();
        let told_again = |slot: &Slot| slot.zone.is_some() && slot.zone == common;
        let no_place = |slot: &Slot| slot.place.as_ref().is_some_and(Place::is_empty);
        let no_registration = |slot: &Slot| slot.registration.as_ref().is_some_and(Registration::is_empty);
        let not_private = |slot: &Slot| slot.online.as_ref().is_some_and(Online::tells_private_address);
        parts.slots.mend(
            |slot| told_again(slot) || no_place(slot) || no_registration(slot) || not_private(slot),
            |slot| {
                if told_again(slot) {
                    slot.zone = None;
                }
                if no_place(slot) {
                    slot.place = Rare::default();
                }
                if no_registration(slot) {
                    slot.registration = Rare::default();
                }
                if let Some(online) = slot.online.as_mut() {
                    online.keep_private();
                }
            },
        );
        for slot in &parts.slots {
            let zone = slot.zone.as_ref().or(parts.zone.as_ref());
            if let (Some(zone), When::Timed(hours)) = (zone, &slot.when) {
                for moment in [Some(hours.start()), hours.end()].into_iter().flatten() {
                    if !moment.agrees_with(zone) {
                        return Err(Fault::ZoneContradicted { moment, zone: zone.clone() });
                    }
                }
            }
        }
        parts.online.mend(Online::tells_private_address, Online::keep_private);
        if !parts.slots.is_sorted_by(|a, b| (a.when, &a.name) <= (b.when, &b.name)) {
            parts.slots.edit().sort_by(|a, b| (a.when, &a.name).cmp(&(b.when, &b.name)));
        }
        let mut names = BTreeSet::new();
        for slot in &parts.slots {
            if !names.insert(&slot.name) {
                return Err(Fault::SlotNamedTwice(slot.name.clone()));
            }
        }
        parts.places.retain(|place| !place.is_empty());
        if parts.registration.as_ref().is_some_and(Registration::is_empty) {
            parts.registration = Rare::default();
        }
        if parts.access.as_ref().is_some_and(|access| *access == Access::default()) {
            parts.access = Rare::default();
        }
        once(&mut parts.tags, |tag| tag.clone());
        once(&mut parts.topics, |topic| topic.code.clone());
        once(&mut parts.editions, |edition| edition.code.clone());
        once(&mut parts.regions, |region| region.code.clone());
        once(&mut parts.categories, |c| (c.scheme.clone(), c.term.clone()));
        once(&mut parts.links, |link| link.clone());
        if let Some(image) = parts.image.as_ref() {
            // In a feed both would be an enclosure of one address: the picture is not also a document.
            parts.resources.retain(|resource| resource.href != image.href);
        }
        once(&mut parts.resources, |resource| resource.href.clone());
        once(&mut parts.copies, |copy| (copy.source.clone(), copy.id.clone()));
        once(&mut parts.with, |with| (with.source.clone(), with.event.clone()));
        parts.shrink();
        Ok(())
    }

    /// Holds what it says as `other` does in one place with it: entries of one source have organisers, places, editions
    /// and more in common. What either says is not changed.
    pub fn share(&mut self, other: &Event) {
        fn share<T: Clone + PartialEq>(mine: &mut T, theirs: &T) {
            if mine == theirs {
                mine.clone_from(theirs);
            }
        }
        let (mine, theirs) = (&mut self.0, &other.0);
        share(&mut mine.language, &theirs.language);
        share(&mut mine.zone, &theirs.zone);
        share(&mut mine.places, &theirs.places);
        share(&mut mine.online, &theirs.online);
        share(&mut mine.organisers, &theirs.organisers);
        share(&mut mine.speakers, &theirs.speakers);
        share(&mut mine.topics, &theirs.topics);
        share(&mut mine.tags, &theirs.tags);
        share(&mut mine.regions, &theirs.regions);
        share(&mut mine.editions, &theirs.editions);
        share(&mut mine.categories, &theirs.categories);
        share(&mut mine.access, &theirs.access);
        share(&mut mine.series, &theirs.series);
        share(&mut mine.registration, &theirs.registration);
        share(&mut mine.licence, &theirs.licence);
        share(&mut mine.rights, &theirs.rights);
        share(&mut mine.origin, &theirs.origin);
    }

    /// Gives the parts back, to change them.
    pub fn into_parts(self) -> Parts {
        self.0
    }
}

impl Deref for Event {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// An instant as the clocks of a zone say it.
fn there(moment: Moment, zone: &Zone) -> String {
    zone.of(moment.instant()).map_or_else(|| "no time".to_owned(), |there| there.to_string())
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Keeps the first of those that `key` makes equal, in their order.
fn once<T: Clone, K: Ord>(list: &mut List<T>, key: impl Fn(&T) -> K) {
    if list.len() < 2 {
        return;
    }
    let mut seen = BTreeSet::new();
    if !list.iter().all(|item| seen.insert(key(item))) {
        seen.clear();
        list.edit().retain(|item| seen.insert(key(item)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts::new(Id::new("tag:a,2024:1").unwrap(), Line::new("Titre").unwrap(), Timestamp::UNIX_EPOCH)
    }

    fn slot(name: &str, start: &str) -> Slot {
        let hours = Hours::new(Moment::parse(start).unwrap(), None).unwrap();
        Slot::new(Name::new(name).unwrap(), When::Timed(hours))
    }

    #[test]
    fn two_slots_of_one_name_are_no_event() {
        let mut parts = parts();
        parts.slots = vec![slot("c1", "2024-11-19T10:00:00+01:00"), slot("c1", "2024-11-20T10:00:00+01:00")].into();
        assert!(matches!(Event::new(parts), Err(Fault::SlotNamedTwice(_))));
    }

    #[test]
    fn an_hour_that_contradicts_its_zone_is_no_event() {
        let mut parts = parts();
        parts.zone = Some(Zone::new("Europe/Paris").unwrap());
        parts.slots = vec![slot("c1", "2024-11-19T10:00:00+02:00")].into();
        assert!(matches!(Event::new(parts), Err(Fault::ZoneContradicted { .. })));
    }

    #[test]
    fn slots_said_in_any_order_are_one_event() {
        let (a, b) = (slot("c1", "2024-11-20T10:00:00+01:00"), slot("c2", "2024-11-19T10:00:00+01:00"));
        let mut one = parts();
        one.slots = vec![a.clone(), b.clone()].into();
        let mut two = parts();
        two.slots = vec![b, a].into();
        assert_eq!(Event::new(one), Event::new(two));
    }

    #[test]
    fn what_two_events_say_alike_is_held_twice() {
        let tag = |text: &str| Line::new(text).unwrap();
        let mut first = parts();
        first.slots = vec![slot("c1", "2024-11-19T10:00:00+01:00"), slot("c2", "2024-11-20T10:00:00+01:00")].into();
        first.tags = vec![tag("eau"), tag("forêt")].into();
        let first = Event::new(first).unwrap();
        // As an event is published from its entry: made anew of the same parts, which are in order.
        let published = Event::new(Parts { sequence: 3, ..first.clone().into_parts() }).unwrap();
        assert!(std::ptr::eq(published.slots.as_ptr(), first.slots.as_ptr()), "the slots are copied");
        assert!(std::ptr::eq(published.tags.as_ptr(), first.tags.as_ptr()), "the tags are copied");
        // As entries of one source are read back, each on its own.
        let mut other = parts();
        other.tags = vec![tag("eau"), tag("forêt")].into();
        let mut other = Event::new(other).unwrap();
        other.share(&first);
        assert!(std::ptr::eq(other.tags.as_ptr(), first.tags.as_ptr()), "the tags are held twice");
        assert!(other.slots.is_empty(), "it says what another said");
    }

    #[test]
    fn an_event_is_full_only_when_every_slot_is() {
        let mut parts = parts();
        parts.slots = vec![slot("c1", "2024-11-19T10:00:00+01:00"), slot("c2", "2024-11-20T10:00:00+01:00")].into();
        parts.slots.edit()[0].availability = Some(Availability::Full);
        assert_eq!(Event::new(parts.clone()).unwrap().availability(), None);
        parts.slots.edit()[1].availability = Some(Availability::Full);
        assert_eq!(Event::new(parts.clone()).unwrap().availability(), Some(Availability::Full));
        parts.slots.edit()[1].availability = None;
        parts.slots.edit()[1].status = Some(Status::Cancelled);
        assert_eq!(Event::new(parts).unwrap().availability(), Some(Availability::Full));
    }

    #[test]
    fn a_note_for_the_registered_stays_unless_it_holds_an_address() {
        let kept = |text: &str| {
            let mut parts = parts();
            let note = Line::new(text).ok();
            parts.online = vec![Online { access: OnlineAccess::Registered, note, foreign: Foreign::default() }].into();
            Event::new(parts).unwrap().online[0].note.is_some()
        };
        for fine in
            ["Lien envoyé aux inscrits", "Agents de l’État/collectivités.", "Teams ou Zoom : code à l’inscription"]
        {
            assert!(kept(fine), "{fine}");
        }
        for secret in
            ["https://visio.example/42", "ici : www.visio.example", "visio.example/42", "(HTTPS://visio.example)"]
        {
            assert!(!kept(secret), "{secret}");
        }
    }

    #[test]
    fn impossible_pairs_cannot_be_built() {
        let n = |n| NonZeroU32::new(n);
        assert!(Step::new(n(4), n(3)).is_none() && Step::new(n(3), n(3)).is_some());
        assert!(Capacity::new(Some(10), Some(11)).is_none());
        assert!(Geo::new(91.0, 0.0).is_none() && Geo::new(f64::NAN, 0.0).is_none());
        assert!(serde_json::from_str::<Capacity>("[1,2]").is_err());
    }
}
