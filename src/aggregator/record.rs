//! What one fetch changes in what we hold of a source: the plan of a transaction, made without touching anything.
//!
//! Nothing is lost silently: an entry that is gone is withdrawn only when a complete feed or a tombstone says so, and
//! never when many are gone at once. Nothing is doubled silently: an entry that comes back under another id stays the
//! entry it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::event::text::{fold, hex};
use crate::event::{Address, Event, Id, Parts};
use crate::format::{FeedFacts, ReadEntry, Reading};
use crate::programme::{Code, Entry, EntryKey, Finding, Presence, Severity, SourceKey, Tally, Vanished};
use crate::store::{PutEntry, StoredEntry};

/// How many starts to come are kept of a source: when it was not read for long, the later ones still tell.
const MOST_STARTS: usize = 8;
/// How many vanished entries are watched: more at once are another feed, not withdrawn events.
const MOST_VANISHED: usize = 20;
/// So many entries must claim a change that is none before the feed is said to move its dates: one alone may have
/// been saved without being changed.
const MOVING_ENTRIES: usize = 2;

/// When so many entries of a complete feed are gone at once that a mistake is likelier than a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// A feed that had more than this many entries and now has none.
    pub emptied: usize,
    /// More than this many are gone…
    pub gone: usize,
    /// …and more than this part of all, in percent.
    pub percent: usize,
    /// How long after the first look the second one counts.
    pub confirm_after: Duration,
}

impl Default for Guard {
    fn default() -> Guard {
        Guard { emptied: 3, gone: 5, percent: 20, confirm_after: Duration::from_hours(1) }
    }
}

/// What is held of a source before a fetch.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// Its entries.
    pub entries: &'a BTreeMap<Id, StoredEntry>,
    /// What those say that are [wanted](Incoming::wanted).
    pub events: &'a BTreeMap<Id, Event>,
    /// Those that are watched because they vanished.
    pub vanished: &'a [Vanished],
    /// When it last answered well.
    pub good: Option<Timestamp>,
}

/// What a fetch changes.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Entries that are new or say something else.
    pub put: Vec<PutEntry>,
    /// Entries of which only the presence changed.
    pub presence: Vec<(Id, Presence)>,
    /// Entries that are listed under another id from now on.
    pub aliases: Vec<(Id, Id)>,
    /// What was found in the document.
    pub findings: Vec<Finding>,
    /// How many entries the feed lists.
    pub listed: u32,
    /// When the next events begin that it lists.
    pub starts: Vec<Timestamp>,
    /// What disappeared at once and is kept.
    pub mass: Option<Mass>,
    /// Entries of events to come that are gone though older ones are listed.
    pub vanished: Vec<Vanished>,
}

/// Entries that disappeared at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mass {
    /// SHA-256 of their ids, in hex: whether a second look finds the same.
    pub print: String,
    /// How many.
    pub gone: u32,
    /// Of how many.
    pub of: u32,
}

/// What was read, each entry under the key by which we know it, with the hash of its meaning.
#[derive(Debug, Clone)]
pub struct Incoming {
    reading: Reading,
    /// By position in the reading.
    prints: Vec<String>,
    /// The key of those that are listed under another id.
    aliases: BTreeMap<Id, Id>,
}

impl Incoming {
    /// What was read of a source whose entries are `held`.
    pub fn new(mut reading: Reading, held: &BTreeMap<Id, StoredEntry>) -> Incoming {
        let listed_now: BTreeSet<&Id> = reading.entries.iter().map(|read| &read.event.id).collect();
        let alias = |(id, known): (&Id, &StoredEntry)| {
            // An entry that is listed under both ids is two.
            let alias = known.alias.clone().filter(|alias| !held.contains_key(alias) && !listed_now.contains(id))?;
            Some((alias, id.clone()))
        };
        let aliases: BTreeMap<Id, Id> = held.iter().filter_map(alias).collect();
        for read in &mut reading.entries {
            if let Some(key) = aliases.get(&read.event.id) {
                rename(&mut read.event, key);
            }
        }
        let prints = reading.entries.iter().map(|read| print(&read.event)).collect();
        Incoming { reading, prints, aliases }
    }

    /// How many entries it has, and how well they were understood.
    pub fn tally(&self) -> Tally {
        self.reading.tally()
    }

    /// What the feed says of itself.
    pub fn feed(&self) -> &FeedFacts {
        &self.reading.feed
    }

    /// The entries whose stored events a plan must look into: those that are newly gone, and those that changed.
    pub fn wanted(&self, held: &BTreeMap<Id, StoredEntry>) -> BTreeSet<Id> {
        let mut wanted: BTreeSet<Id> = listed(held).cloned().collect();
        for (read, print) in self.reading.entries.iter().zip(&self.prints) {
            if held.get(&read.event.id).is_some_and(|known| known.print == *print) {
                wanted.remove(&read.event.id);
            }
        }
        wanted
    }

    /// Takes entries that are new by their id for those they are; tells which.
    fn recognise(&mut self, before: Before) -> Vec<(Id, Id)> {
        let changed = changed_ids(&self.reading.entries, before);
        for (read, print) in self.reading.entries.iter_mut().zip(&mut self.prints) {
            if let Some(key) = changed.get(&read.event.id) {
                self.aliases.insert(read.event.id.clone(), key.clone());
                rename(&mut read.event, key);
                *print = self::print(&read.event);
            }
        }
        changed.into_iter().collect()
    }

    fn key_of<'a>(&'a self, id: &'a Id) -> &'a Id {
        self.aliases.get(id).unwrap_or(id)
    }
}

/// Puts an event under another id; its other parts agree with each other as they did.
fn rename(event: &mut Event, id: &Id) {
    if let Ok(renamed) = Event::new(Parts { id: id.clone(), ..event.clone().into_parts() }) {
        *event = renamed;
    }
}

fn listed(held: &BTreeMap<Id, StoredEntry>) -> impl Iterator<Item = &Id> {
    held.iter().filter(|(_, known)| known.presence == Presence::Listed).map(|(id, _)| id)
}

/// Compares what was read with what is held.
pub fn plan(source: &SourceKey, mut incoming: Incoming, before: Before, guard: Guard, now: Timestamp) -> Plan {
    let held = before.entries;
    let mut plan = Plan::default();
    for (id, key) in incoming.recognise(before) {
        plan.findings.push(Finding::new(Code::IdChanged, Some(&key), id.as_str()));
        plan.aliases.push((key, id));
    }
    let entries = std::mem::take(&mut incoming.reading.entries);
    let prints = std::mem::take(&mut incoming.prints);
    plan.findings.append(&mut incoming.reading.findings);
    plan.starts = starts(&entries, now);
    // An entry whose id is missing may be any of those we hold.
    let nameless = plan.findings.iter().any(|f| f.code == Code::WithoutId);
    let complete = incoming.reading.feed.complete && !nameless;
    let mut listed: BTreeSet<Id> = BTreeSet::new();
    let mut oldest: Option<Timestamp> = None;
    let (mut same, mut touched) = (0, 0);
    for (ReadEntry { event, raw, .. }, print) in entries.into_iter().zip(prints) {
        let id = event.id.clone();
        listed.insert(id.clone());
        let known = held.get(&id);
        if let Some(known) = known {
            let since = event.published.unwrap_or(known.first_seen);
            oldest = Some(oldest.map_or(since, |oldest| oldest.min(since)));
        }
        match known {
            Some(known) if known.print == print => {
                same += 1;
                // What is dated now may be dated by us.
                touched += usize::from(before.good.is_some_and(|good| good < event.updated && event.updated < now));
                if known.presence != Presence::Listed {
                    plan.presence.push((id, Presence::Listed));
                }
            }
            known => {
                let stands_still = |old: &Event| old.updated == event.updated && event.updated < now;
                if before.events.get(&id).is_some_and(stands_still) {
                    plan.findings.push(Finding::new(Code::UpdatedStandsStill, Some(&id), &event.updated.to_string()));
                }
                let key = EntryKey { source: source.clone(), id };
                let first_seen = known.map_or(now, |known| known.first_seen);
                let event = Arc::new(event);
                let entry = Entry { key, event, first_seen, changed: now, presence: Presence::Listed };
                plan.put.push(PutEntry { entry, raw, print });
            }
        }
    }
    if touched >= MOVING_ENTRIES && touched == same {
        plan.findings.push(Finding::new(Code::UpdatedMoves, None, ""));
    }
    plan.listed = u32::try_from(listed.len()).unwrap_or(u32::MAX);
    // An entry that waits for its author is still listed: what it said before stays.
    let waits = |f: &&Finding| f.code.severity() == Severity::Quarantine;
    let waiting = plan.findings.iter().filter(waits).filter_map(|f| f.entry.as_ref());
    listed.extend(waiting.map(|id| incoming.key_of(id).clone()));
    for (id, when) in &incoming.reading.tombstones {
        let id = incoming.key_of(id);
        if let Some(known) = held.get(id)
            && !listed.contains(id)
        {
            if !matches!(known.presence, Presence::Withdrawn(_)) {
                plan.presence.push((id.clone(), Presence::Withdrawn(when.unwrap_or(now).min(now))));
            }
            listed.insert(id.clone());
        }
    }
    let here = held.iter().filter(|(_, known)| !matches!(known.presence, Presence::Withdrawn(_)));
    let held_now: Vec<&Id> = here.map(|(id, _)| id).collect();
    let gone: Vec<&Id> = held_now.iter().filter(|id| !listed.contains(**id)).copied().collect();
    let emptied = plan.listed == 0 && held_now.len() > guard.emptied;
    let many = gone.len() > guard.gone && gone.len() * 100 > held_now.len() * guard.percent;
    if complete && (emptied || many) {
        plan.mass = Some(Mass::of(&gone, held_now.len()));
    }
    let withdrawn = complete && plan.mass.is_none();
    for id in &gone {
        if withdrawn {
            plan.presence.push(((*id).clone(), Presence::Withdrawn(now)));
        } else if held.get(*id).is_some_and(|known| known.presence == Presence::Listed) {
            plan.presence.push(((*id).clone(), Presence::Missing(now)));
        }
    }
    if !complete {
        plan.vanished = vanished(&gone, &listed, before, oldest, now);
    }
    plan
}

/// Entries of events to come that are gone while the feed still lists older ones. What slid out of a window of the
/// latest entries is older than all that is left, and no news; nor is an event that is over.
fn vanished(
    gone: &[&Id],
    listed: &BTreeSet<Id>,
    before: Before,
    oldest: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Vanished> {
    let watched = before.vanished.iter().filter(|one| one.until > now && !listed.contains(&one.id));
    let mut all: Vec<Vanished> =
        watched.cloned().map(|one| Vanished { polls: one.polls.saturating_add(1), ..one }).collect();
    for id in gone {
        let (Some(known), Some(event)) = (before.entries.get(*id), before.events.get(*id)) else { continue };
        let since = event.published.unwrap_or(known.first_seen);
        let Some(until) = over(event).filter(|until| *until > now) else { continue };
        let new = known.presence == Presence::Listed && oldest.is_some_and(|oldest| oldest < since);
        if new && all.len() < MOST_VANISHED {
            let page = event.page.clone();
            all.push(Vanished { id: (*id).clone(), page, until, polls: 1, looked: None, page_gone: false });
        }
    }
    all
}

/// When an event is over: at the end of its last day, wherever in the world that is.
fn over(event: &Event) -> Option<Timestamp> {
    let end = event.last_day()?.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    end.checked_add(SignedDuration::from_hours(12)).ok()
}

fn starts(entries: &[ReadEntry], now: Timestamp) -> Vec<Timestamp> {
    let slots = entries.iter().flat_map(|read| &read.event.slots);
    let begins = slots.filter_map(|slot| match slot.when.start() {
        Some(start) => Some(start.instant()),
        None => Some(slot.when.first_day().to_zoned(TimeZone::UTC).ok()?.timestamp()),
    });
    let mut all: Vec<Timestamp> = begins.filter(|start| *start > now).collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(MOST_STARTS);
    all
}

/// Entries that are new by their id and yet known: by their page, else by title, start and place, of an entry that is
/// listed no more. Only where neither side leaves a choice.
fn changed_ids(entries: &[ReadEntry], before: Before) -> BTreeMap<Id, Id> {
    let held = before.entries;
    let here: BTreeSet<&Id> = entries.iter().map(|read| &read.event.id).collect();
    let new: Vec<&Event> = entries.iter().map(|read| &read.event).filter(|e| !held.contains_key(&e.id)).collect();
    let gone: Vec<&Event> =
        listed(held).filter(|id| !here.contains(id)).filter_map(|id| before.events.get(id)).collect();
    if new.is_empty() || gone.is_empty() {
        return BTreeMap::new();
    }
    let mut found: BTreeMap<Id, Id> = BTreeMap::new();
    let mut taken: BTreeSet<Id> = BTreeSet::new();
    for mark in [|event: &Event| event.page.as_ref().map(Address::key), said] {
        let (new, gone) = (alone(&new, mark), alone(&gone, mark));
        for (mark, event) in new {
            if let Some(old) = gone.get(&mark)
                && !found.contains_key(&event.id)
                && taken.insert(old.id.clone())
            {
                found.insert(event.id.clone(), old.id.clone());
            }
        }
    }
    found
}

/// Title, first start and commune, as far as they are told; nothing without a start.
fn said(event: &Event) -> Option<String> {
    let slot = event.slots.first()?;
    let start =
        slot.when.start().map_or_else(|| slot.when.first_day().to_string(), |start| start.instant().to_string());
    let commune = event.places.first().and_then(|place| place.locality.as_ref()).map(|name| fold(name.as_str()));
    Some(format!("{}\n{start}\n{}", fold(event.title.as_str()), commune.unwrap_or_default()))
}

/// Events by their mark, without those that share one.
fn alone<'a>(events: &[&'a Event], mark: fn(&Event) -> Option<String>) -> BTreeMap<String, &'a Event> {
    let mut all: BTreeMap<String, Option<&Event>> = BTreeMap::new();
    for event in events {
        if let Some(mark) = mark(event) {
            all.entry(mark).and_modify(|one| *one = None).or_insert(Some(event));
        }
    }
    all.into_iter().filter_map(|(mark, event)| Some((mark, event?))).collect()
}

impl Mass {
    fn of(gone: &[&Id], of: usize) -> Mass {
        let mut ids = Sha256::new();
        for id in gone {
            ids.update(id.as_str());
            ids.update(b"\n");
        }
        let print = hex(&ids.finalize());
        let number = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Mass { print, gone: number(gone.len()), of: number(of) }
    }
}

/// SHA-256 of what an entry means, without the times that some publishers move at every fetch and others never.
pub fn print(event: &Event) -> String {
    let mut said = event.clone().into_parts();
    said.updated = Timestamp::UNIX_EPOCH;
    said.published = None;
    if let Some(origin) = said.origin.as_mut() {
        origin.updated = None;
    }
    let json = serde_json::to_vec(&said).unwrap_or_default();
    hex(&Sha256::digest(&json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Days, Line, Name, Slot, When};
    use crate::format::{FeedFacts, Level, ReadEntry};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn reading(ids: &[usize], complete: bool) -> Reading {
        let entry = |n: &usize| {
            let id = Id::new(&format!("e{n}")).unwrap();
            let event = Event::new(Parts::new(id, Line::new("Titre").unwrap(), at(1))).unwrap();
            ReadEntry { event, level: Level::N2, raw: String::new() }
        };
        let feed = FeedFacts { complete, ..FeedFacts::default() };
        Reading { feed, entries: ids.iter().map(entry).collect(), ..Reading::default() }
    }

    /// What is held after a first reading of so many.
    fn held(count: usize) -> BTreeMap<Id, StoredEntry> {
        after(&plan_of(reading(&(0..count).collect::<Vec<_>>(), true), &BTreeMap::new()))
    }

    fn after(plan: &Plan) -> BTreeMap<Id, StoredEntry> {
        let stored = |put: &PutEntry| StoredEntry {
            print: put.print.clone(),
            first_seen: at(1),
            changed: at(1),
            presence: Presence::Listed,
            alias: None,
        };
        plan.put.iter().map(|put| (put.entry.key.id.clone(), stored(put))).collect()
    }

    fn plan_of(reading: Reading, held: &BTreeMap<Id, StoredEntry>) -> Plan {
        plan_with(reading, held, &BTreeMap::new())
    }

    fn plan_with(reading: Reading, held: &BTreeMap<Id, StoredEntry>, events: &BTreeMap<Id, Event>) -> Plan {
        let before = Before { entries: held, events, vanished: &[], good: Some(at(60)) };
        plan(&SourceKey::new("lab").unwrap(), Incoming::new(reading, held), before, Guard::default(), at(100))
    }

    #[test]
    fn one_entry_gone_from_a_complete_feed_is_withdrawn_and_from_a_window_is_kept() {
        let plan = plan_of(reading(&[0, 1, 2], true), &held(4));
        assert_eq!(plan.presence, vec![(Id::new("e3").unwrap(), Presence::Withdrawn(at(100)))]);
        let plan = plan_of(reading(&[0, 1, 2], false), &held(4));
        assert_eq!(plan.presence, vec![(Id::new("e3").unwrap(), Presence::Missing(at(100)))]);
        assert!(plan.findings.is_empty());
    }

    #[test]
    fn a_feed_that_empties_or_shrinks_withdraws_events() {
        for left in [0, 2, 4] {
            let plan = plan_of(reading(&(0..left).collect::<Vec<_>>(), true), &held(10));
            assert!(plan.presence.iter().all(|(_, p)| matches!(p, Presence::Missing(_))), "{left} left");
            let mass = plan.mass.unwrap();
            assert_eq!((mass.gone as usize, mass.of), (10 - left, 10));
        }
    }

    #[test]
    fn a_quarantined_entry_counts_as_gone() {
        let mut reading = reading(&[0, 1], true);
        reading.findings.push(Finding::new(Code::ZoneContradicted, Some(&Id::new("e2").unwrap()), ""));
        assert!(plan_of(reading, &held(3)).presence.is_empty());
    }

    #[test]
    fn a_tombstone_withdraws_and_an_entry_that_is_listed_again_returns() {
        let mut reading = reading(&[0], false);
        reading.tombstones.push((Id::new("e1").unwrap(), Some(at(50))));
        let mut held = held(2);
        assert_eq!(
            plan_of(reading.clone(), &held).presence,
            vec![(Id::new("e1").unwrap(), Presence::Withdrawn(at(50)))]
        );
        held.insert(
            Id::new("e0").unwrap(),
            StoredEntry { presence: Presence::Withdrawn(at(2)), ..held[&Id::new("e0").unwrap()].clone() },
        );
        assert!(plan_of(reading, &held).presence.contains(&(Id::new("e0").unwrap(), Presence::Listed)));
    }

    #[test]
    fn moving_only_its_updated_makes_an_entry_new() {
        let mut later = reading(&[0], true);
        let parts = Parts { updated: at(90), ..later.entries[0].event.clone().into_parts() };
        later.entries[0].event = Event::new(parts).unwrap();
        assert!(plan_of(later, &held(1)).put.is_empty());
    }

    /// Entries 0 to `count`, published in that order, each with its page and its day in the time to come.
    fn dated(ids: std::ops::Range<usize>, complete: bool) -> Reading {
        let mut reading = reading(&ids.collect::<Vec<_>>(), complete);
        for read in &mut reading.entries {
            let n: i64 = read.event.id.as_str()[1..].parse().unwrap();
            let parts = Parts {
                published: Some(at(n - 100)),
                page: crate::event::Address::new(&format!("https://lab.example/{n}")).ok(),
                slots: vec![Slot::new(
                    Name::new("c1").unwrap(),
                    When::Day { days: Days::new(DAY, DAY).unwrap(), duration: None },
                )]
                .into(),
                ..read.event.clone().into_parts()
            };
            read.event = Event::new(parts).unwrap();
        }
        reading
    }

    const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 10);

    fn events(reading: &Reading) -> BTreeMap<Id, Event> {
        reading.entries.iter().map(|read| (read.event.id.clone(), read.event.clone())).collect()
    }

    #[test]
    fn what_slides_out_of_a_window_is_news_and_what_vanishes_from_its_middle_is_none() {
        let all = dated(0..5, false);
        let held = after(&plan_of(all.clone(), &BTreeMap::new()));
        let slid = plan_with(dated(2..5, false), &held, &events(&all));
        assert!(slid.vanished.is_empty() && slid.presence.len() == 2);
        let mut without = dated(0..5, false);
        without.entries.remove(3);
        let plan = plan_with(without, &held, &events(&all));
        assert_eq!(plan.vanished.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["e3"]);
        assert_eq!(plan.vanished[0].page.as_ref().unwrap().as_str(), "https://lab.example/3");
    }

    #[test]
    fn an_entry_whose_id_changes_becomes_two() {
        let all = dated(0..3, true);
        let mut held = after(&plan_of(all.clone(), &BTreeMap::new()));
        let renamed = |reading: &mut Reading, n: usize| {
            rename(&mut reading.entries[n].event, &Id::new(&format!("new{n}")).unwrap());
        };
        // By its page; and without a page by title, start and place.
        let mut by_page = all.clone();
        renamed(&mut by_page, 1);
        let plan = plan_with(by_page.clone(), &held, &events(&all));
        assert_eq!((plan.put.len(), plan.presence.len()), (0, 0), "{:?}", plan.put);
        assert_eq!(plan.aliases, [(Id::new("e1").unwrap(), Id::new("new1").unwrap())]);
        assert!(plan.findings.iter().any(|f| f.code == Code::IdChanged && f.entry == Id::new("e1").ok()));
        // At the next poll it is known.
        held.get_mut(&Id::new("e1").unwrap()).unwrap().alias = Id::new("new1").ok();
        let again = plan_with(by_page, &held, &BTreeMap::new());
        assert!(again.put.is_empty() && again.presence.is_empty() && again.findings.is_empty());
        // All have one title and one start: nobody can tell which is which.
        let mut strangers = all.clone();
        for n in [0, 1] {
            let parts = Parts { page: None, ..strangers.entries[n].event.clone().into_parts() };
            strangers.entries[n].event = Event::new(parts).unwrap();
            renamed(&mut strangers, n);
        }
        held.get_mut(&Id::new("e1").unwrap()).unwrap().alias = None;
        let plan = plan_with(strangers, &held, &events(&all));
        assert!(plan.aliases.is_empty());
        assert_eq!(plan.put.len(), 2);
    }

    #[test]
    fn dates_of_update_that_tell_nothing_pass_unseen() {
        let all = dated(0..3, true);
        let held = after(&plan_of(all.clone(), &BTreeMap::new()));
        let touched = |seconds: i64, title: Option<&str>| {
            let mut reading = all.clone();
            for read in &mut reading.entries {
                let mut parts = Parts { updated: at(seconds), ..read.event.clone().into_parts() };
                if let Some(title) = title {
                    parts.title = Line::new(title).unwrap();
                }
                read.event = Event::new(parts).unwrap();
            }
            let plan = plan_with(reading, &held, &events(&all));
            plan.findings.iter().map(|finding| finding.code).collect::<BTreeSet<_>>()
        };
        assert_eq!(touched(90, None), [Code::UpdatedMoves].into());
        assert_eq!(touched(50, None), [].into(), "touched before we last looked");
        assert_eq!(touched(100, None), [].into(), "dated by us, since the feed gives no date");
        assert_eq!(touched(1, Some("Autre")), [Code::UpdatedStandsStill].into());
        assert_eq!(touched(90, Some("Autre")), [].into());
    }
}
