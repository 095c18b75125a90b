//! Which components of a calendar are one event.
//!
//! Components of one `UID` are: a rule with what single dates of it were changed to, or one component for each date.
//! Programs also give one `UID` to events that have nothing in common; these are told apart.

use std::collections::HashMap;

use calcard::icalendar::{ICalendarParameterName as Parameter, ICalendarProperty as Property};
use sha2::{Digest, Sha256};

use super::fields::{Fields, parameter, text};
use super::producer::Producer;
use crate::event::text::fold;

/// Components that are one event.
#[derive(Debug)]
pub struct Group<'a> {
    /// Its identifier, if it has one.
    pub id: Option<String>,
    /// The component that says what it is.
    pub first: Fields<'a>,
    /// Others that say the same for other dates.
    pub others: Vec<Fields<'a>>,
    /// What single dates were changed to.
    pub overrides: Vec<Fields<'a>>,
    /// Nothing but changed dates was told.
    pub without_master: bool,
    /// Its dates have an identifier each and name each other.
    pub siblings: bool,
    /// Its identifier had to be told from that of other events.
    pub shared: bool,
}

impl<'a> Group<'a> {
    /// A component that is an event by itself.
    pub fn new(id: Option<String>, first: Fields<'a>) -> Group<'a> {
        let (others, overrides) = (Vec::new(), Vec::new());
        Group { id, first, others, overrides, without_master: false, siblings: false, shared: false }
    }

    /// Its components, the one that speaks for all first.
    pub fn all(&self) -> impl Iterator<Item = &Fields<'a>> {
        [&self.first].into_iter().chain(&self.others).chain(&self.overrides)
    }

    fn has_one_of_many_ids(&self) -> bool {
        let uid = self.first.text(&Property::Uid);
        self.others.iter().any(|other| other.text(&Property::Uid) != uid)
    }
}

/// Sorts the events of a calendar, in their order.
pub fn groups<'a>(events: Vec<Fields<'a>>, producer: &Producer) -> Vec<Group<'a>> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut sorted: Vec<(Option<String>, Vec<Fields>)> = Vec::new();
    for fields in events {
        let id = fields.text(&Property::Uid).and_then(|uid| producer.id(&uid));
        let siblings = if producer.tells_siblings() { siblings(&fields) } else { Vec::new() };
        let names: Vec<String> = id.iter().cloned().chain(siblings).collect();
        let at = names.iter().find_map(|name| known.get(name)).copied().unwrap_or(sorted.len());
        known.extend(names.into_iter().map(|name| (name, at)));
        match sorted.get_mut(at) {
            Some((_, components)) => components.push(fields),
            None => sorted.push((id, vec![fields])),
        }
    }
    sorted.into_iter().flat_map(|(id, components)| split(id, components, producer)).collect()
}

fn siblings(fields: &Fields) -> Vec<String> {
    let sibling =
        |entry: &&_| parameter(entry, &Parameter::Reltype).is_some_and(|kind| kind.eq_ignore_ascii_case("SIBLING"));
    fields.entries(&Property::RelatedTo).filter(sibling).filter_map(text).collect()
}

/// The events among the components of one identifier.
fn split<'a>(id: Option<String>, components: Vec<Fields<'a>>, producer: &Producer) -> Vec<Group<'a>> {
    let changed = |fields: &Fields| fields.has(&Property::RecurrenceId);
    let (overrides, masters): (Vec<_>, Vec<_>) = components.into_iter().partition(changed);
    let mut groups: Vec<Group> = Vec::new();
    let mut by_words: HashMap<(String, String), usize> = HashMap::new();
    for master in latest(masters) {
        let say = |name| fold(&producer.title(&master.text(name).unwrap_or_default()));
        let words = match producer.tells_siblings() {
            // They name each other: what differs is theirs.
            true => Default::default(),
            false => (say(&Property::Summary), say(&Property::Location)),
        };
        let at = *by_words.entry(words).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.others.push(master),
            None => groups.push(Group::new(id.clone(), master)),
        }
    }
    let repeats = |group: &Group| group.all().any(|fields| fields.has(&Property::Rrule));
    let owner = groups.iter().position(repeats).unwrap_or(0);
    match groups.get_mut(owner) {
        Some(owner) => owner.overrides = overrides,
        None => {
            let mut overrides = overrides.into_iter();
            groups.extend(overrides.next().map(|first| {
                let group = Group::new(id, first);
                Group { others: overrides.collect(), without_master: true, ..group }
            }));
        }
    }
    for group in &mut groups {
        group.siblings = group.has_one_of_many_ids();
    }
    if groups.len() > 1 {
        tell_apart(&mut groups);
    }
    groups
}

/// Leaves out versions of a component that a later one replaces.
fn latest(masters: Vec<Fields>) -> Vec<Fields> {
    let mut kept: Vec<Fields> = Vec::new();
    let mut by_start: HashMap<String, usize> = HashMap::new();
    for master in masters {
        let start = master.entry(&Property::Dtstart).map(|entry| format!("{:?}", entry.values)).unwrap_or_default();
        let uid = master.text(&Property::Uid).unwrap_or_default();
        match by_start.get(&format!("{uid}\n{start}")).copied() {
            Some(at) if kept[at].revision().0 != master.revision().0 => {
                if kept[at].revision().0 < master.revision().0 {
                    kept[at] = master;
                }
            }
            _ => {
                by_start.insert(format!("{uid}\n{start}"), kept.len());
                kept.push(master);
            }
        }
    }
    kept
}

/// Gives events of one identifier one each, by their starts, and by their titles where they start together.
fn tell_apart(groups: &mut [Group]) {
    let mut starts: HashMap<String, usize> = HashMap::new();
    let start = |group: &Group| {
        group.first.entry(&Property::Dtstart).map(|entry| format!("{:?}", entry.values)).unwrap_or_default()
    };
    for group in groups.iter() {
        *starts.entry(start(group)).or_default() += 1;
    }
    for group in groups {
        let start = start(group);
        let title = group.first.text(&Property::Summary).unwrap_or_default();
        let seed = if starts[&start] > 1 { format!("{start}\n{}", fold(&title)) } else { start };
        let hash: String = Sha256::digest(seed.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        group.id = group.id.as_ref().map(|id| format!("{id}#{hash}"));
        group.shared = true;
    }
}
