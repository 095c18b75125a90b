//! One event from its copies: who speaks, what the others add, and what may not be taken from them.
//!
//! Scalars come from the primary; where it is silent, from the next copy that is not. Names and tags are joined. Status,
//! registration and notice come from the primary alone, so that a copy can neither cancel an event nor lead its readers
//! elsewhere.

use std::collections::BTreeSet;

use super::compare::Profile;
use crate::event::text::fold;
use crate::event::{Address, Copy, Event, Foreign, Id, Line, Organiser, Origin, Parts, Rare, Slot, Status};
use crate::programme::{Doubt, Source};

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

/// Merges the primary and the other copies in their rank. `id` and `page` are the programme's; times and sequence are set by the caller.
pub fn merge(primary: &Spoken<'_>, others: &[Spoken<'_>], id: Id, page: Option<Address>) -> Parts {
    let mut parts = primary.event().clone().into_parts();
    let own = std::mem::take(&mut parts.copies);
    parts.id = id;
    parts.page = page;
    parts.with = Vec::new();
    for copy in others {
        fill(&mut parts, copy);
    }
    parts.origin = Some(origin(primary));
    parts.copies = std::iter::once(primary).chain(others).map(reference).collect();
    // What an aggregator took its copy from is named too, so that the next aggregator meets the labs' own entries.
    parts.copies.extend(own);
    parts.copies.extend(others.iter().flat_map(|copy| copy.event().copies.clone()));
    parts
}

fn fill(parts: &mut Parts, copy: &Spoken<'_>) {
    let other = copy.event();
    fn absent<T: Clone>(mine: &mut Option<T>, theirs: &Option<T>) {
        if mine.is_none() {
            mine.clone_from(theirs);
        }
    }
    absent(&mut parts.language, &other.language);
    absent(&mut parts.summary, &other.summary);
    absent(&mut parts.body, &other.body);
    absent(&mut parts.mode, &other.mode);
    absent(&mut parts.access, &other.access);
    absent(&mut parts.image, &other.image);
    absent(&mut parts.published, &other.published);
    if parts.slots.is_empty() {
        parts.slots.clone_from(&other.slots);
        parts.zone.clone_from(&other.zone);
        parts.assumed.extend(other.assumed.iter().cloned());
        // A copy's own registration of a slot would be a registration link of a copy.
        parts.slots.iter_mut().for_each(|slot| slot.registration = Rare::default());
    }
    if parts.places.is_empty() {
        parts.places.clone_from(&other.places);
    }
    if parts.online.is_empty() {
        parts.online.clone_from(&other.online);
    }
    if parts.speakers.is_empty() {
        parts.speakers.clone_from(&other.speakers);
    }
    if parts.series.is_empty() {
        parts.series.clone_from(&other.series);
    }
    let mut named: BTreeSet<String> = parts.organisers.iter().map(|o| fold(o.name.as_str())).collect();
    for organiser in &other.organisers {
        if named.insert(fold(organiser.name.as_str())) {
            let role = if parts.organisers.is_empty() { None } else { Line::new(Organiser::CO_ORGANISER).ok() };
            parts.organisers.push(Organiser { role, ..organiser.clone() });
        }
    }
    parts.formats.extend(&other.formats);
    parts.audiences.extend(&other.audiences);
    parts.topics.extend(other.topics.iter().cloned());
    parts.tags.extend(other.tags.iter().cloned());
    parts.regions.extend(other.regions.iter().cloned());
    parts.editions.extend(other.editions.iter().cloned());
    parts.resources.extend(other.resources.iter().cloned());
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
