//! What one fetch changes in what we hold of a source: the plan of a transaction, made without touching anything.
//!
//! Nothing is lost silently: an entry that is gone is withdrawn only when a complete feed or a tombstone says so, and
//! never when many are gone at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::event::{Event, Id};
use crate::format::Reading;
use crate::programme::{Code, Entry, EntryKey, Finding, Presence, Severity, SourceKey};
use crate::store::{PutEntry, StoredEntry};

/// When so many entries of a complete feed are gone at once that a mistake is likelier than a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// A feed that had more than this many entries and now has none.
    pub emptied: usize,
    /// More than this many are gone…
    pub gone: usize,
    /// …and more than this part of all, in percent.
    pub percent: usize,
}

impl Default for Guard {
    fn default() -> Guard {
        Guard { emptied: 3, gone: 5, percent: 20 }
    }
}

/// What a fetch changes.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Entries that are new or say something else.
    pub put: Vec<PutEntry>,
    /// Entries of which only the presence changed.
    pub presence: Vec<(Id, Presence)>,
    /// All findings on the source.
    pub findings: Vec<Finding>,
    /// How many entries the feed lists.
    pub listed: u32,
}

/// Compares what was read with what is held.
pub fn plan(
    source: &SourceKey,
    reading: Reading,
    held: &BTreeMap<Id, StoredEntry>,
    guard: Guard,
    now: Timestamp,
) -> Plan {
    let mut plan = Plan { findings: reading.findings, ..Plan::default() };
    let mut listed: BTreeSet<Id> = BTreeSet::new();
    for read in reading.entries {
        let id = read.event.id.clone();
        listed.insert(id.clone());
        let print = print(&read.event);
        match held.get(&id) {
            Some(known) if known.print == print => {
                if known.presence != Presence::Listed {
                    plan.presence.push((id, Presence::Listed));
                }
            }
            known => {
                let key = EntryKey { source: source.clone(), id };
                let first_seen = known.map_or(now, |known| known.first_seen);
                let event = Arc::new(read.event);
                let entry = Entry { key, event, first_seen, changed: now, presence: Presence::Listed };
                plan.put.push(PutEntry { entry, raw: read.raw, print });
            }
        }
    }
    plan.listed = u32::try_from(listed.len()).unwrap_or(u32::MAX);
    // An entry that waits for its author is still listed: what it said before stays.
    let waits = |f: &&Finding| f.code.severity() == Severity::Quarantine;
    listed.extend(plan.findings.iter().filter(waits).filter_map(|f| f.entry.clone()));
    for (id, when) in reading.tombstones {
        if let Some(known) = held.get(&id)
            && !listed.contains(&id)
        {
            if !matches!(known.presence, Presence::Withdrawn(_)) {
                plan.presence.push((id.clone(), Presence::Withdrawn(when.unwrap_or(now).min(now))));
            }
            listed.insert(id);
        }
    }
    let here = held.iter().filter(|(_, known)| !matches!(known.presence, Presence::Withdrawn(_)));
    let held_now: Vec<&Id> = here.map(|(id, _)| id).collect();
    let gone: Vec<&Id> = held_now.iter().filter(|id| !listed.contains(**id)).copied().collect();
    // An entry whose id is missing may be any of those we hold.
    let nameless = plan.findings.iter().any(|f| f.code == Code::WithoutId);
    let complete = reading.feed.complete && !nameless;
    let emptied = plan.listed == 0 && held_now.len() > guard.emptied;
    let many = gone.len() > guard.gone && gone.len() * 100 > held_now.len() * guard.percent;
    if complete && (emptied || many) {
        let detail = format!("{}/{}", gone.len(), held_now.len());
        plan.findings.push(Finding::new(Code::MassDisappearance, None, &detail));
    }
    for id in gone {
        let known = held.get(id).map(|known| known.presence);
        let presence = if complete && !emptied && !many { Presence::Withdrawn(now) } else { Presence::Missing(now) };
        if matches!(presence, Presence::Missing(_)) {
            // In a window of the latest entries the older ones slide out, which is no news.
            if reading.feed.complete && !emptied && !many {
                plan.findings.push(Finding::new(Code::Disappeared, Some(id), ""));
            }
            if matches!(known, Some(Presence::Missing(_))) {
                continue;
            }
        }
        plan.presence.push((id.clone(), presence));
    }
    plan
}

/// SHA-256 of what an entry means, without the times that some publishers move at every fetch and others never.
pub fn print(event: &Event) -> String {
    let mut said = event.clone().into_parts();
    said.updated = Timestamp::UNIX_EPOCH;
    said.published = None;
    if let Some(origin) = &mut said.origin {
        origin.updated = None;
    }
    let json = serde_json::to_vec(&said).unwrap_or_default();
    Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Line, Parts};
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

    fn held(count: usize) -> BTreeMap<Id, StoredEntry> {
        let plan = plan_of(reading(&(0..count).collect::<Vec<_>>(), true), &BTreeMap::new());
        plan.put
            .into_iter()
            .map(|put| {
                let stored =
                    StoredEntry { print: put.print, first_seen: at(1), changed: at(1), presence: Presence::Listed };
                (put.entry.key.id, stored)
            })
            .collect()
    }

    fn plan_of(reading: Reading, held: &BTreeMap<Id, StoredEntry>) -> Plan {
        plan(&SourceKey::new("lab").unwrap(), reading, held, Guard::default(), at(100))
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
            assert!(plan.findings.iter().any(|f| f.code == Code::MassDisappearance));
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
}
