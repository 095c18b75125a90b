//! From clusters to published events: ids, slugs and calendar UIDs that stay, and what is said of each.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::compare::{Verdict, compare, thousandths, why};
use super::index::No;
use super::merge::{Spoken, Voices, doubts, merge, same_slot};
use super::profile::Profile;
use super::{Link, Reconciler};
use crate::event::{Address, Event, Id, Parts, SlotRef};
use crate::programme::{Announced, Doubt, EntryKey, Join, Print, Published, Record, Rule, Slug, Voice};

/// Most entries that are said to be perhaps the same event: the nearest.
const MOST_NEAR: usize = 8;

impl Reconciler {
    /// Gives each cluster its event: the one its entries are remembered in, the oldest of several, a new one if none.
    pub(super) fn assign(&mut self, clusters: &[Vec<No>], at: Timestamp, records: &mut Vec<Record>) -> Vec<Id> {
        // An event whose entries are now in several clusters stays with its founder, else with the first in rank.
        let mut owner: BTreeMap<Id, usize> = BTreeMap::new();
        for (index, cluster) in clusters.iter().enumerate() {
            for no in cluster {
                let key = self.key(*no);
                let Some(id) = self.ledger.event_of(key).cloned() else { continue };
                let founds = self.ledger.event(&id).is_some_and(|minted| minted.founder == *key);
                if founds {
                    owner.insert(id, index);
                } else {
                    owner.entry(id).or_insert(index);
                }
            }
        }
        let mut out = Vec::new();
        for (index, cluster) in clusters.iter().enumerate() {
            let mut owned: Vec<&Id> = owner.iter().filter(|(_, of)| **of == index).map(|(id, _)| id).collect();
            owned.sort_by_cached_key(|id| (self.ledger.event(id).map(|minted| minted.at), (*id).clone()));
            let id = match owned.split_first() {
                Some((oldest, younger)) => {
                    let oldest = (*oldest).clone();
                    let younger: Vec<Id> = younger.iter().map(|id| (*id).clone()).collect();
                    for from in younger {
                        self.remember(Record::Redirected { from, to: oldest.clone(), at }, records);
                    }
                    oldest
                }
                None => self.mint(cluster[0], at, records),
            };
            for no in cluster {
                let key = self.key(*no);
                if self.ledger.event_of(key) != Some(&id)
                    || !self.ledger.joined(&id).is_some_and(|joined| joined.contains(key))
                {
                    let entry = key.clone();
                    self.remember(Record::Joined { event: id.clone(), entry, at }, records);
                }
            }
            out.push(id);
        }
        out
    }

    fn mint(&mut self, founder: No, at: Timestamp, records: &mut Vec<Record>) -> Id {
        let title = self.at(founder).profile.event().title.to_string();
        let founder = self.key(founder).clone();
        let mut seed = founder.to_string();
        let id = loop {
            let uuid = Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes());
            let text = format!("{}evenement/{uuid}", self.identity.tag);
            match Id::new(&text) {
                Ok(id) if self.ledger.event(&id).is_none() => break id,
                // An entry that founds a second event, after its first became another's.
                _ => seed.push('+'),
            }
        };
        let slug = Slug::from_title(&title, |slug| self.ledger.has_slug(slug));
        self.remember(Record::Minted { event: id.clone(), slug, founder, at }, records);
        id
    }

    fn remember(&mut self, record: Record, records: &mut Vec<Record>) {
        self.ledger.apply(&record);
        match &record {
            Record::Redirected { from, at, .. } => {
                self.programme.events.remove(from);
                self.programme.tombstones.insert(from.clone(), *at);
                let to = self.ledger.event(self.ledger.survivor(from));
                if let (Some(from), Some(to)) = (self.ledger.event(from), to) {
                    // What led to the one that is no more leads on.
                    let redirects = &mut self.programme.redirects;
                    redirects
                        .values_mut()
                        .filter(|slug| **slug == from.slug)
                        .for_each(|slug| slug.clone_from(&to.slug));
                    redirects.insert(from.slug.clone(), to.slug.clone());
                }
            }
            Record::Gone { event, since } => match since {
                Some(since) => drop(self.programme.tombstones.insert(event.clone(), *since)),
                None => drop(self.programme.tombstones.remove(event)),
            },
            _ => {}
        }
        records.push(record);
    }

    /// Redirects and tombstones, which only the ledger knows.
    pub(super) fn remember_programme(&mut self) {
        self.programme.redirects.clear();
        self.programme.tombstones.clear();
        for (id, minted) in self.ledger.events() {
            if let Some((_, at)) = &minted.redirect {
                if let Some(to) = self.ledger.event(self.ledger.survivor(id)) {
                    self.programme.redirects.insert(minted.slug.clone(), to.slug.clone());
                }
                self.programme.tombstones.insert(id.clone(), *at);
            } else if let Some(since) = minted.gone {
                self.programme.tombstones.insert(id.clone(), since);
            }
        }
    }

    /// Notes the events that no entry stands for any more, though nothing says since when: a withdrawal that was
    /// recorded and whose round was then cut off.
    pub fn sweep(&mut self, at: Timestamp) -> Vec<Record> {
        let shown: HashSet<&Id> = self.held.iter().filter_map(|held| held.placed.as_ref()).collect();
        let events = self.ledger.events();
        let left = events.filter(|(id, m)| m.redirect.is_none() && m.gone.is_none() && !shown.contains(id));
        let left: BTreeSet<Id> = left.map(|(id, _)| id.clone()).collect();
        let mut records = Vec::new();
        self.forget(left, at, &mut records);
        records
    }

    /// Events that no cluster took are no more.
    pub(super) fn forget(&mut self, left: BTreeSet<Id>, at: Timestamp, records: &mut Vec<Record>) {
        for id in left {
            self.programme.events.remove(&id);
            let gone = self.ledger.event(&id).is_some_and(|minted| minted.redirect.is_none() && minted.gone.is_none());
            if gone {
                self.remember(Record::Gone { event: id, since: Some(at) }, records);
            }
        }
    }

    pub(super) fn publish(&mut self, cluster: &[No], id: Id, at: Timestamp, records: &mut Vec<Record>) {
        let Some(minted) = self.ledger.event(&id) else { return };
        let (slug, known, gone) = (minted.slug.clone(), (minted.print, minted.sequence, minted.updated), minted.gone);
        let page = Address::new(&format!("{}e/{slug}", self.identity.base)).ok();
        let copies: Vec<Spoken<'_>> = cluster.iter().filter_map(|no| self.spoken(*no)).collect();
        let Some((primary, others)) = copies.split_first() else { return };
        let (mut parts, mut voices) = merge(primary, others, id.clone(), page);
        let announced = self.announced(primary, others);
        let mut doubts = doubts(primary, others);
        doubts.extend(self.drifted(primary, others));
        doubts.extend(self.near_misses(cluster));
        doubts.sort();
        let mut uids = self.uids(primary, others, &parts, &id);
        self.correct(cluster, &mut parts, &mut voices);
        for slot in &parts.slots {
            let seed = || format!("{id}#{}", slot.name);
            uids.0.entry(slot.name.clone()).or_insert_with(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, seed().as_bytes()));
        }
        let hidden = cluster.iter().any(|no| self.rulings.hidden(self.key(*no)));
        let latest =
            copies.iter().map(|c| c.profile.entry.event.updated.min(c.profile.entry.changed)).max().unwrap_or(at);
        let print = print(&mut parts);
        let (sequence, updated) = match known {
            (Some(before), sequence, updated) if before == print => (sequence, updated),
            (None, sequence, _) => (sequence, latest),
            (Some(_), sequence, updated) => (sequence + 1, if latest > updated { latest } else { at.max(updated) }),
        };
        for no in cluster {
            self.at_mut(*no).placed = Some(id.clone());
        }
        for record in uids.1 {
            self.remember(record, records);
        }
        if known.0 != Some(print) {
            self.remember(Record::Changed { event: id.clone(), sequence, updated, print }, records);
        }
        // Those who follow the feed must hear that an event is hidden, and that it is shown again.
        if gone.is_some() != hidden {
            let since = hidden.then_some(at);
            self.remember(Record::Gone { event: id.clone(), since }, records);
        }
        parts.sequence = sequence;
        parts.updated = updated;
        parts.published = parts.published.map(|published| published.min(updated));
        // Only a zone can disagree with what was once a valid event, when the zone database has changed since: its name
        // goes, the offsets stay, and the event is shown.
        let event = Event::or_parts(parts).or_else(|back| Event::new(without_zones(back.1)));
        let Ok(event) = event else { return };
        if hidden {
            self.programme.events.remove(&id);
            return;
        }
        let uids = uids.0.into_iter().collect();
        let published = Published { event, slug, uids, copies: announced, doubts, voices };
        self.programme.events.insert(id, Arc::new(published));
    }

    /// What people corrected stands whatever the copies say. A value that the event can no longer hold, since other
    /// fields changed, is passed over.
    fn correct(&self, cluster: &[No], parts: &mut Parts, voices: &mut Voices) {
        for correction in self.rulings.corrections(cluster.iter().map(|no| self.key(*no))) {
            let mut corrected = parts.clone();
            let done = correction.field.correct(&mut corrected, &correction.value);
            if done.is_ok() && Event::new(corrected.clone()).is_ok() {
                *parts = corrected;
                voices.insert(correction.field, vec![Voice::Decision { id: correction.decision }]);
            }
        }
    }

    fn spoken(&self, no: No) -> Option<Spoken<'_>> {
        let profile = self.shown(no)?;
        let known = self.sources.get(&profile.entry.key.source)?;
        Some(Spoken { profile, source: &known.source, feed: (self.feed_id(known), known.feed_title.as_ref()) })
    }

    fn announced(&self, primary: &Spoken<'_>, others: &[Spoken<'_>]) -> Vec<Announced> {
        let say = |copy: &Spoken<'_>, join| Announced {
            key: copy.profile.entry.key.clone(),
            name: copy.source.name.clone(),
            page: copy.profile.entry.event.page.clone(),
            title: copy.profile.entry.event.title.clone(),
            primary: copy.profile.entry.key == primary.profile.entry.key,
            join,
        };
        let mut out = vec![say(primary, None)];
        out.extend(others.iter().map(|copy| say(copy, Some(self.why(primary.profile, copy.profile)))));
        out
    }

    /// Why a copy is joined to the primary, by the highest authority that joins it.
    fn why(&self, primary: &Profile, copy: &Profile) -> Join {
        if self.rulings.same(&primary.entry.key, &copy.entry.key) {
            return Join { rule: Rule::Decision, score: 1000, evidence: Vec::new() };
        }
        let join = why(&self.card, primary, copy);
        match compare(&self.card, primary, copy) {
            Verdict::Same(..) => join,
            _ => Join { rule: Rule::Confirmed, ..join },
        }
    }

    fn drifted(&self, primary: &Spoken<'_>, others: &[Spoken<'_>]) -> Vec<Doubt> {
        let key = &primary.profile.entry.key;
        others
            .iter()
            .filter(|copy| !self.rulings.same(key, &copy.profile.entry.key))
            .filter(|copy| !matches!(compare(&self.card, primary.profile, copy.profile), Verdict::Same(..)))
            .map(|copy| Doubt::Drifted { entry: copy.profile.entry.key.clone() })
            .collect()
    }

    fn near_misses(&self, cluster: &[No]) -> Vec<Doubt> {
        let mut best: BTreeMap<No, (i32, No)> = BTreeMap::new();
        // In rank, so that of two that are as near the first in rank says why.
        for no in cluster {
            for (other, link) in &self.at(*no).links {
                let apart = cluster.contains(other) || self.rulings.different(self.key(*no), self.key(*other));
                if let (Link::Perhaps(score), false) = (link, apart) {
                    // The copy that is nearest says why.
                    let known = best.entry(*other).or_insert((*score, *no));
                    if *score > known.0 {
                        *known = (*score, *no);
                    }
                }
            }
        }
        let doubt = |(other, (score, no)): (No, (i32, No))| Doubt::Perhaps {
            entry: self.key(other).clone(),
            score: thousandths(score),
            evidence: why(&self.card, &self.at(no).profile, &self.at(other).profile).evidence,
        };
        let mut nearest: Vec<(No, (i32, No))> = best.into_iter().collect();
        nearest.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| self.key(a.0).cmp(self.key(b.0))));
        nearest.truncate(MOST_NEAR);
        nearest.into_iter().map(doubt).collect()
    }

    /// The calendar UID of each slot: the one it has, or that a copy of the same slot has; a new one is that of the
    /// founding copy's own calendar.
    fn uids(
        &self,
        primary: &Spoken<'_>,
        others: &[Spoken<'_>],
        parts: &Parts,
        event: &Id,
    ) -> (BTreeMap<SlotRef, Uuid>, Vec<Record>) {
        let founder = self.ledger.event(event).map(|minted| minted.founder.clone());
        let mut out = BTreeMap::new();
        let mut records = Vec::new();
        let mut given: BTreeSet<Uuid> = BTreeSet::new();
        // Every copy's name for each slot, the primary's first. When the primary has no slots, they are a copy's.
        let named: Vec<(&SlotRef, Vec<(&EntryKey, &SlotRef)>)> = parts
            .slots
            .iter()
            .map(|slot| {
                let copies = std::iter::once(primary).chain(others);
                let names = copies.filter_map(|copy| {
                    let theirs = &copy.profile.entry.event;
                    let own = theirs.slots.iter().find(|s| s.name == slot.name && s.when == slot.when);
                    Some((&copy.profile.entry.key, &own.or_else(|| same_slot(slot, theirs))?.name))
                });
                (&slot.name, names.collect())
            })
            .collect();
        // First those that a slot has by its own name with its first copy, so that no other slot takes them because a
        // copy has not followed a move.
        for (slot, names) in &named {
            let own = names.first().and_then(|(key, name)| self.ledger.uid(event, key, name));
            if let Some(uid) = own.filter(|uid| given.insert(*uid)) {
                out.insert((*slot).clone(), uid);
            }
        }
        for (slot, names) in named {
            let uid = out.get(slot).copied().unwrap_or_else(|| {
                let mut known = names.iter().filter_map(|(key, name)| self.ledger.uid(event, key, name));
                known.find(|uid| !given.contains(uid)).unwrap_or_else(|| {
                    let founding = names.iter().find(|(key, _)| Some(*key) == founder.as_ref()).or(names.first());
                    let (key, name) = founding.copied().unwrap_or((&primary.profile.entry.key, slot));
                    let mut seed = format!("{}#{name}", key.id);
                    loop {
                        let uid = Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes());
                        if !self.ledger.has_uid(&uid) && !given.contains(&uid) {
                            break uid;
                        }
                        // Two sources may use one id, by accident or design: neither gets the other's UID.
                        seed = format!("{}\n{seed}", key.source);
                    }
                })
            });
            given.insert(uid);
            out.insert(slot.clone(), uid);
            for (key, name) in names {
                if self.ledger.uid(event, key, name).is_none() {
                    let (entry, slot) = (key.clone(), name.clone());
                    records.push(Record::Slot { event: event.clone(), entry, slot, uid });
                }
            }
        }
        (out, records)
    }
}

fn without_zones(mut parts: Parts) -> Parts {
    parts.zone = None;
    parts.slots.iter_mut().for_each(|slot| slot.zone = None);
    parts
}

/// What an event says, without when it said so: changes exactly when a reader would see a difference.
fn print(parts: &mut Parts) -> Print {
    let stamp = (parts.updated, parts.published, parts.sequence);
    let origin = parts.origin.as_mut().and_then(|origin| origin.updated.take());
    (parts.updated, parts.published, parts.sequence) = (Timestamp::UNIX_EPOCH, None, 0);
    let mut hash = Hash(Sha256::new());
    // What is written into a hash cannot fail.
    drop(serde_json::to_writer(&mut hash, parts));
    (parts.updated, parts.published, parts.sequence) = stamp;
    if let Some(own) = parts.origin.as_mut() {
        own.updated = origin;
    }
    Print(hash.0.finalize().into())
}

struct Hash(Sha256);

impl std::io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
