//! One event from its copies: who speaks, what the others add, and what may not be taken from them.
//!
//! Scalars come from the primary; where it is silent, from the next copy that is not. Names and tags are joined. Status,
//! registration and notice come from the primary alone, so that a copy can neither cancel an event nor lead its readers
//! elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::profile::Profile;
use crate::event::text::fold;
use crate::event::{Address, Copy, Event, Foreign, Id, Line, List, Organiser, Origin, Parts, Rare, Slot, Status};
use crate::programme::{Doubt, Field, Source, Voice};

/// A copy with what is known of its source.
pub struct Spoken<'a> {
    pub profile: &'a Profile,
    pub source: &'a Source,
    /// `atom:id` and title of its feed.
    pub feed: (Option<&'a Id>, Option<&'a Line>),
}

impl Spoken<'_> {
    fn event(&self) -> &Event {
        &self.profile.entry.event
    }
}

/// Merges the primary and the other copies in their rank, and says whose word each field is that is not the primary's
/// alone. `id` and `page` are the programme's; times and sequence are set by the caller.
pub fn merge(primary: &Spoken<'_>, others: &[Spoken<'_>], id: Id, page: Option<Address>) -> (Parts, Voices) {
    let mut voices = Voices::new();
    let mut parts = primary.event().clone().into_parts();
    let own = std::mem::take(&mut parts.copies);
    parts.id = id;
    parts.page = page;
    parts.with = List::new();
    for copy in others {
        fill(&mut parts, copy, &mut voices);
    }
    parts.origin = origin(primary).into();
    parts.copies = std::iter::once(primary).chain(others).map(reference).collect();
    // What an aggregator took its copy from is named too, so that the next aggregator meets the labs' own entries.
    parts.copies.extend(own);
    parts.copies.extend(others.iter().flat_map(|copy| copy.event().copies.clone()));
    // What several say is the word of all who added to it, the primary too.
    for (field, said) in [
        (Field::Organisers, primary.event().organisers.is_empty()),
        (Field::Resources, primary.event().resources.is_empty()),
        (Field::Tags, no_tags(primary.event())),
        (Field::Editions, primary.event().editions.is_empty() && primary.event().regions.is_empty()),
    ] {
        if let (Some(by), false) = (voices.get_mut(&field), said) {
            by.insert(0, Voice::Copy(primary.profile.entry.key.clone()));
        }
    }
    (parts, voices)
}

/// Whose word each field is.
pub type Voices = BTreeMap<Field, Vec<Voice>>;

fn no_tags(event: &Event) -> bool {
    event.tags.is_empty() && event.topics.is_empty() && event.formats.is_empty() && event.audiences.is_empty()
}

fn fill(parts: &mut Parts, copy: &Spoken<'_>, voices: &mut Voices) {
    let other = copy.event();
    let mut say = |field: Field, said: bool| {
        if said {
            voices.entry(field).or_default().push(Voice::Copy(copy.profile.entry.key.clone()));
        }
    };
    fn absent<T: Clone>(mine: &mut Option<T>, theirs: &Option<T>) -> bool {
        let takes = mine.is_none() && theirs.is_some();
        if takes {
            mine.clone_from(theirs);
        }
        takes
    }
    fn lacking<T: Clone>(mine: &mut Rare<T>, theirs: &Rare<T>) -> bool {
        let takes = mine.is_none() && theirs.is_some();
        if takes {
            mine.clone_from(theirs);
        }
        takes
    }
    fn empty<T: Clone>(mine: &mut List<T>, theirs: &List<T>) -> bool {
        let takes = mine.is_empty() && !theirs.is_empty();
        if takes {
            mine.clone_from(theirs);
        }
        takes
    }
    say(Field::Language, absent(&mut parts.language, &other.language));
    say(Field::Summary, absent(&mut parts.summary, &other.summary));
    say(Field::Body, absent(&mut parts.body, &other.body));
    say(Field::Mode, absent(&mut parts.mode, &other.mode));
    say(Field::Access, lacking(&mut parts.access, &other.access));
    say(Field::Image, lacking(&mut parts.image, &other.image));
    absent(&mut parts.published, &other.published);
    if empty(&mut parts.slots, &other.slots) {
        say(Field::Slots, true);
        parts.zone.clone_from(&other.zone);
        parts.assumed.extend(other.assumed.iter().cloned());
        // A copy's own registration of a slot would be a registration link of a copy.
        parts.slots.iter_mut().for_each(|slot| slot.registration = Rare::default());
    }
    say(Field::Places, empty(&mut parts.places, &other.places));
    say(Field::Online, empty(&mut parts.online, &other.online));
    say(Field::Speakers, empty(&mut parts.speakers, &other.speakers));
    say(Field::Series, empty(&mut parts.series, &other.series));
    let mut named: BTreeSet<String> = parts.organisers.iter().map(|o| fold(o.name.as_str())).collect();
    let before = parts.organisers.len();
    for organiser in &other.organisers {
        if named.insert(fold(organiser.name.as_str())) {
            let role = if parts.organisers.is_empty() { None } else { Line::new(Organiser::CO_ORGANISER).ok() };
            parts.organisers.push(Organiser { role, ..organiser.clone() });
        }
    }
    say(Field::Organisers, parts.organisers.len() > before);
    let size = |parts: &Parts| parts.formats.len() + parts.audiences.len() + parts.topics.len() + parts.tags.len();
    let before = size(parts);
    parts.formats.extend(&other.formats);
    parts.audiences.extend(&other.audiences);
    parts.topics.extend(other.topics.iter().filter(|topic| !parts.topics.contains(topic)).cloned().collect::<Vec<_>>());
    parts.tags.extend(other.tags.iter().filter(|tag| !parts.tags.contains(tag)).cloned().collect::<Vec<_>>());
    say(Field::Tags, size(parts) > before);
    let before = parts.regions.len() + parts.editions.len();
    parts.regions.extend(other.regions.iter().filter(|r| !parts.regions.contains(r)).cloned().collect::<Vec<_>>());
    parts.editions.extend(other.editions.iter().filter(|e| !parts.editions.contains(e)).cloned().collect::<Vec<_>>());
    say(Field::Editions, parts.regions.len() + parts.editions.len() > before);
    let resources = other.resources.iter().filter(|r| !parts.resources.contains(r)).cloned().collect::<Vec<_>>();
    say(Field::Resources, !resources.is_empty());
    parts.resources.extend(resources);
}

fn origin(primary: &Spoken<'_>) -> Origin {
    let event = primary.event();
    Origin {
        id: primary.feed.0.cloned(),
        title: primary.feed.1.cloned().or_else(|| Some(primary.source.name.clone())),
        updated: Some(event.updated),
        feed: Some(primary.source.address.clone()),
        licence: event.licence.clone(),
        rights: event.rights.clone(),
    }
}

fn reference(copy: &Spoken<'_>) -> Copy {
    // A feed without an id is named by its address.
    let source = copy.feed.0.cloned().or_else(|| Id::new(copy.source.address.as_str()).ok());
    Copy {
        source: source.unwrap_or_else(|| copy.profile.entry.key.id.clone()),
        id: copy.profile.entry.key.id.clone(),
        href: copy.event().page.clone(),
        foreign: Foreign::default(),
    }
}

/// What the copies say against the primary that a person should look at.
pub fn doubts(primary: &Spoken<'_>, others: &[Spoken<'_>]) -> Vec<Doubt> {
    let off = |event: &Event| matches!(event.status, Status::Cancelled | Status::Postponed);
    others
        .iter()
        .filter(|copy| off(copy.event()) && !off(primary.event()))
        .map(|copy| Doubt::CancelledByCopy { entry: copy.profile.entry.key.clone() })
        .collect()
}

/// The slot of a copy that is the same time as `slot`: the same start, else the same days.
pub fn same_slot<'a>(slot: &Slot, copy: &'a Event) -> Option<&'a Slot> {
    let instant = |s: &Slot| s.when.start().map(|m| m.instant());
    let by_start = copy.slots.iter().find(|s| instant(s).is_some() && instant(s) == instant(slot));
    by_start.or_else(|| {
        let days = |s: &Slot| (s.when.first_day(), s.when.last_day());
        let mut same = copy.slots.iter().filter(|s| days(s) == days(slot));
        // Two slots on one day cannot be told apart by the day.
        same.next().filter(|_| same.next().is_none())
    })
}
