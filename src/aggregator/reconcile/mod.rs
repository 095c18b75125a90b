//! Which entries are the same event, and what the programme says of it.
//!
//! One value, [`Reconciler`], brought up to date by the entries that changed. It hides the candidates, the rules, the
//! clusters and the ledger's bookkeeping. Work is done per connected group: an update touches only the groups that its
//! entries are or were in, and gives the same programme as reconciling everything anew with the same ledger.

mod compare;
mod merge;
mod titles;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use self::compare::{Different, Profile, Verdict, compare, different};
use self::merge::{Spoken, doubts, merge, same_slot};
use crate::event::{Address, Event, Id, Line, Parts, SlotRef};
use crate::programme::{
    Announced, Decision, Doubt, Entry, EntryKey, Evidence, Join, Ledger, Presence, Programme, Published, Record, Role,
    Rule, Ruling, Slug, Source, SourceKey, Trust,
};

/// An entry of a feed, as other feeds name it: `atom:id` of the feed, `atom:id` of the entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    source: Id,
    id: Id,
}

/// Who the programme is: what its ids and pages begin with.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `tag:programme.example,2026:`; every id of an event begins with it.
    pub tag: Id,
    /// `atom:id` of its feed, by which it knows its own events when they come back.
    pub feed_id: Id,
    /// The address of its home page, ending in `/`.
    pub base: Address,
}

/// A source with what its feed calls itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The source.
    pub source: Source,
    /// `atom:id` of its feed.
    pub feed_id: Option<Id>,
    /// Title of its feed.
    pub feed_title: Option<Line>,
}

/// Most days and stems by which an entry is met: more tell nothing more, and each costs memory.
const MOST_DAYS: usize = 100;
const MOST_STEMS: usize = 24;

/// What candidates share: entries with no such key in common are never compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Day(Date, String),
    NoDay(String),
    Claim(Claim),
    Address(String),
}

/// How a pair is linked, without the evidence, which is gathered anew for the pairs that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Same,
    Perhaps(u16),
}

/// The programme and all that is needed to bring it up to date.
#[derive(Debug, Clone)]
pub struct Reconciler {
    identity: Identity,
    sources: BTreeMap<SourceKey, Known>,
    /// How many sources claim each id of a feed.
    claimed: HashMap<Id, usize>,
    rulings: Vec<Ruling>,
    /// Pairs that were ruled the same and no longer are: that they were once together binds them no more.
    taken_back: Vec<(EntryKey, EntryKey)>,
    ledger: Ledger,
    /// Entries as they came, shown or not.
    entries: BTreeMap<EntryKey, Entry>,
    profiles: BTreeMap<EntryKey, Profile>,
    index: HashMap<Key, BTreeSet<EntryKey>>,
    links: HashMap<EntryKey, BTreeMap<EntryKey, Link>>,
    /// The event of the programme that each entry is a copy of now.
    placed: HashMap<EntryKey, Id>,
    programme: Programme,
}

impl Reconciler {
    /// Starts from what is known and remembered; entries come by [`Reconciler::update`].
    pub fn new(identity: Identity, sources: Vec<Known>, decisions: &[Decision], ledger: Ledger) -> Reconciler {
        let mut claimed: HashMap<Id, usize> = HashMap::new();
        for id in sources.iter().filter_map(|known| known.feed_id.as_ref()) {
            *claimed.entry(id.clone()).or_default() += 1;
        }
        let mut this = Reconciler {
            identity,
            claimed,
            sources: sources.into_iter().map(|known| (known.source.key.clone(), known)).collect(),
            rulings: in_force(decisions),
            taken_back: taken_back(decisions),
            ledger,
            entries: BTreeMap::new(),
            profiles: BTreeMap::new(),
            index: HashMap::new(),
            links: HashMap::new(),
            placed: HashMap::new(),
            programme: Programme::default(),
        };
        this.remember_programme();
        this
    }

    /// The programme as of the last update.
    pub fn programme(&self) -> &Programme {
        &self.programme
    }

    /// What is remembered, the records of the last update included.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How many entries there are, shown or not, but for those withdrawn.
    pub fn entries(&self) -> usize {
        self.entries.values().filter(|entry| !matches!(entry.presence, Presence::Withdrawn(_))).count()
    }

    /// One entry as it came, shown or not.
    pub fn entry(&self, key: &EntryKey) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Takes new facts on a source; its entries are compared anew when these matter to comparing.
    pub fn set_source(&mut self, known: Known, at: Timestamp) -> Vec<Record> {
        let key = known.source.key.clone();
        let before = self.sources.insert(key.clone(), known.clone());
        if let Some(id) = before.as_ref().and_then(|known| known.feed_id.as_ref()) {
            self.claimed.entry(id.clone()).and_modify(|sources| *sources -= 1);
        }
        if let Some(id) = &known.feed_id {
            *self.claimed.entry(id.clone()).or_default() += 1;
        }
        if before.as_ref() == Some(&known) {
            return Vec::new();
        }
        // Another feed id may make a claim that others share ambiguous, or free it.
        let ids: HashSet<&Id> = before.iter().chain([&known]).filter_map(|k| k.feed_id.as_ref()).collect();
        let concerned: BTreeSet<&SourceKey> = self
            .sources
            .values()
            .filter(|k| k.source.key == key || k.feed_id.as_ref().is_some_and(|id| ids.contains(id)))
            .map(|k| &k.source.key)
            .collect();
        let again = self.entries.values().filter(|e| concerned.contains(&e.key.source)).cloned().collect();
        self.update(again, at)
    }

    /// Takes what people ruled; everything is reconciled anew.
    pub fn set_decisions(&mut self, decisions: &[Decision], at: Timestamp) -> Vec<Record> {
        let (rulings, taken_back) = (in_force(decisions), taken_back(decisions));
        if rulings == self.rulings && taken_back == self.taken_back {
            return Vec::new();
        }
        (self.rulings, self.taken_back) = (rulings, taken_back);
        let all = self.entries.values().cloned().collect();
        self.update(all, at)
    }

    /// Takes entries that are new or changed, and brings the programme up to date. Returns what must be remembered,
    /// to be stored before the programme is shown.
    pub fn update(&mut self, changed: Vec<Entry>, at: Timestamp) -> Vec<Record> {
        let mut dirty: BTreeSet<EntryKey> = BTreeSet::new();
        for entry in changed {
            let key = entry.key.clone();
            dirty.extend(self.unlink(&key));
            dirty.insert(key.clone());
            self.entries.insert(key.clone(), entry);
            if let Some(profile) = self.profile(&key) {
                self.profiles.insert(key.clone(), profile);
            }
        }
        // All are in the index before any is compared, so that the order in which they came is forgotten.
        for key in &dirty {
            self.put_in_index(key);
        }
        let mut beside = BTreeSet::new();
        for key in &dirty {
            self.compare_with_candidates(key, &mut beside);
        }
        // What is now nearly the same as another is shown with it.
        dirty.append(&mut beside);
        let mut records = Vec::new();
        let mut done: BTreeSet<EntryKey> = BTreeSet::new();
        let mut left: BTreeSet<Id> = BTreeSet::new();
        for start in &dirty {
            if done.contains(start) {
                continue;
            }
            let group = self.group(start);
            done.extend(group.iter().cloned());
            for key in &group {
                left.extend(self.placed.remove(key));
            }
            self.reconcile_group(&group, at, &mut left, &mut records);
        }
        self.forget(left, at, &mut records);
        records
    }

    fn profile(&self, key: &EntryKey) -> Option<Profile> {
        let entry = self.entries.get(key)?;
        let known = self.sources.get(&key.source)?;
        if matches!(entry.presence, Presence::Withdrawn(_)) {
            return None;
        }
        let released = self.rulings.iter().any(|r| matches!(r, Ruling::Released(released) if released == key));
        if known.source.trust == Trust::Review && !released {
            return None;
        }
        // Our own events that come back by another aggregator are no news.
        let own = &self.identity.feed_id;
        let event = &entry.event;
        if event.origin.as_ref().is_some_and(|o| o.id.as_ref() == Some(own))
            || event.copies.iter().any(|c| c.source == *own)
        {
            return None;
        }
        Some(Profile::new(entry.clone(), &known.source, self.feed_id(known)))
    }

    /// The id of a source's feed. One that two sources claim proves nothing for either.
    fn feed_id<'a>(&self, known: &'a Known) -> Option<&'a Id> {
        known.feed_id.as_ref().filter(|id| self.claimed.get(*id) == Some(&1))
    }

    fn keys(profile: &Profile) -> Vec<Key> {
        let mut keys = Vec::new();
        let days: Vec<Date> = profile.meeting_days().into_iter().take(MOST_DAYS).collect();
        for stem in profile.title.keys().into_iter().take(MOST_STEMS) {
            if profile.days.is_empty() {
                keys.push(Key::NoDay(stem.clone()));
            }
            keys.extend(days.iter().map(|day| Key::Day(*day, stem.clone())));
        }
        keys.extend(profile.own.iter().chain(&profile.chain).chain(&profile.with).cloned().map(Key::Claim));
        keys.extend(profile.page.iter().chain(&profile.registration).cloned().map(Key::Address));
        keys
    }

    /// Takes an entry out of everything, and says whom it was linked or grouped with.
    fn unlink(&mut self, key: &EntryKey) -> BTreeSet<EntryKey> {
        let mut beside: BTreeSet<EntryKey> = self.group(key);
        if let Some(profile) = self.profiles.remove(key) {
            for k in Reconciler::keys(&profile) {
                if let Some(entries) = self.index.get_mut(&k) {
                    entries.remove(key);
                    if entries.is_empty() {
                        self.index.remove(&k);
                    }
                }
            }
        }
        for other in self.links.remove(key).unwrap_or_default().into_keys() {
            if let Some(back) = self.links.get_mut(&other) {
                back.remove(key);
            }
            // A near miss is shown with its event.
            beside.insert(other);
        }
        beside
    }

    fn put_in_index(&mut self, key: &EntryKey) {
        let Some(profile) = self.profiles.get(key) else { return };
        for k in Reconciler::keys(profile) {
            self.index.entry(k).or_default().insert(key.clone());
        }
    }

    fn compare_with_candidates(&mut self, key: &EntryKey, beside: &mut BTreeSet<EntryKey>) {
        let Some(profile) = self.profiles.get(key) else { return };
        // A source's own entries are never joined by a rule: it would know.
        let candidates: BTreeSet<&EntryKey> = Reconciler::keys(profile)
            .iter()
            .filter_map(|k| self.index.get(k))
            .flatten()
            .filter(|k| k.source != key.source)
            .collect();
        let mut found = Vec::new();
        for other in candidates {
            let Some(theirs) = self.profiles.get(other) else { continue };
            let link = match self.judge(profile, theirs) {
                Verdict::Same(_) => Link::Same,
                Verdict::Perhaps(join) => Link::Perhaps(join.score),
                Verdict::Apart => continue,
            };
            found.push((other.clone(), link));
        }
        for (other, link) in found {
            beside.insert(other.clone());
            self.links.entry(other.clone()).or_default().insert(key.clone(), link);
            self.links.entry(key.clone()).or_default().insert(other, link);
        }
    }

    /// Compares two entries by all that outranks evidence, then by evidence. A source's own entries are judged alike:
    /// their being two is weighed when they meet in a cluster.
    fn judge(&self, a: &Profile, b: &Profile) -> Verdict {
        match different(a, b) {
            Some(Different::OneSource) | None => compare(a, b),
            Some(_) => Verdict::Apart,
        }
    }

    fn ruled_same<'a>(&'a self, key: &'a EntryKey) -> impl Iterator<Item = &'a EntryKey> {
        self.rulings.iter().filter_map(move |ruling| match ruling {
            Ruling::Same(a, b) if a == key => Some(b),
            Ruling::Same(a, b) if b == key => Some(a),
            _ => None,
        })
    }

    fn ruled_different(&self, a: &EntryKey, b: &EntryKey) -> bool {
        self.rulings
            .iter()
            .any(|ruling| matches!(ruling, Ruling::Different(x, y) if (x == a && y == b) || (x == b && y == a)))
    }

    fn ruled_same_pair(&self, a: &EntryKey, b: &EntryKey) -> bool {
        self.ruled_same(a).any(|other| other == b)
    }

    /// Whether two entries were copies of one event when last seen, and nobody has since said otherwise.
    fn remembered_pair(&self, a: &EntryKey, b: &EntryKey) -> bool {
        let event = self.ledger.event_of(a);
        event.is_some()
            && event == self.ledger.event_of(b)
            && !self.taken_back.iter().any(|(x, y)| (x == a && y == b) || (x == b && y == a))
    }

    /// All entries that hang together with one: by links that join, by decisions, by the event they are remembered in.
    fn group(&self, start: &EntryKey) -> BTreeSet<EntryKey> {
        let mut group = BTreeSet::from([start.clone()]);
        let mut queue = vec![start.clone()];
        while let Some(key) = queue.pop() {
            let linked = self.links.get(&key).into_iter().flatten().filter(|(_, l)| **l == Link::Same).map(|(k, _)| k);
            let remembered = self.ledger.event_of(&key).and_then(|id| self.ledger.joined(id)).into_iter().flatten();
            let ruled = self.ruled_same(&key);
            let next: Vec<EntryKey> =
                linked.chain(remembered).chain(ruled).filter(|k| self.entries.contains_key(*k)).cloned().collect();
            for key in next {
                if group.insert(key.clone()) {
                    queue.push(key);
                }
            }
        }
        group
    }

    /// The order in which copies speak: a decision, the organiser itself, a lab before an aggregator before others, the
    /// earliest seen; then the earliest published, then by key.
    fn rank(&self, key: &EntryKey) -> (bool, bool, Role, Timestamp, Timestamp, EntryKey) {
        let chosen = self.rulings.iter().any(|r| matches!(r, Ruling::Primary(k) if k == key));
        let Some(profile) = self.profiles.get(key) else {
            return (!chosen, true, Role::Other, Timestamp::MAX, Timestamp::MAX, key.clone());
        };
        let Entry { event, first_seen, .. } = &profile.entry;
        // When we first saw it nobody can claim; when it was published they can.
        let published = event.published.unwrap_or(event.updated);
        (!chosen, !profile.registered, profile.role, *first_seen, published, key.clone())
    }

    /// Entries that stay together whatever the evidence says now: joined by a decision, or confirmed before.
    fn units(&self, ranked: &[EntryKey]) -> Vec<Vec<EntryKey>> {
        let mut units: Vec<Vec<EntryKey>> = Vec::new();
        for key in ranked {
            let bound = |other: &EntryKey| self.ruled_same_pair(key, other) || self.remembered_pair(key, other);
            let home = units
                .iter()
                .position(|unit| unit.iter().any(bound) && unit.iter().all(|other| !self.kept_apart(key, other, None)));
            match home {
                Some(at) => units[at].push(key.clone()),
                None => units.push(vec![key.clone()]),
            }
        }
        // A decision may bind two units that were already begun.
        let mut at = 0;
        while at < units.len() {
            let (head, tail) = units.split_at_mut(at + 1);
            let unit = &mut head[at];
            let bound = tail.iter().position(|other| {
                other.iter().any(|b| unit.iter().any(|a| self.ruled_same_pair(a, b)))
                    && other.iter().all(|b| unit.iter().all(|a| !self.kept_apart(a, b, None)))
            });
            match bound {
                Some(index) => unit.append(&mut tail[index].split_off(0)),
                None => at += 1,
            }
        }
        units.retain(|unit| !unit.is_empty());
        units
    }

    /// Whether two entries may not be copies of one event. Two entries of one source may, when `primary` is another
    /// source's and holds the slots of both.
    fn kept_apart(&self, a: &EntryKey, b: &EntryKey, primary: Option<&Profile>) -> bool {
        if self.ruled_different(a, b) {
            return true;
        }
        if self.ruled_same_pair(a, b) {
            return false;
        }
        let (Some(x), Some(y)) = (self.profiles.get(a), self.profiles.get(b)) else { return false };
        match different(x, y) {
            None => false,
            Some(Different::OneSource) => {
                let holds = |p: &Profile, q: &Profile| {
                    let slots = &q.entry.event.slots;
                    !slots.is_empty() && slots.iter().all(|slot| same_slot(slot, &p.entry.event).is_some())
                };
                let both = primary.is_some_and(|p| p.entry.key.source != a.source && holds(p, x) && holds(p, y));
                // Once joined they stay, though the primary has since changed.
                !both && !self.remembered_pair(a, b)
            }
            Some(_) => true,
        }
    }

    fn reconcile_group(
        &mut self,
        group: &BTreeSet<EntryKey>,
        at: Timestamp,
        left: &mut BTreeSet<Id>,
        records: &mut Vec<Record>,
    ) {
        let mut ranked: Vec<EntryKey> = group.iter().filter(|key| self.profiles.contains_key(*key)).cloned().collect();
        ranked.sort_by_cached_key(|key| self.rank(key));
        let mut clusters: Vec<Vec<EntryKey>> = Vec::new();
        let mut units = self.units(&ranked);
        while !units.is_empty() {
            let mut cluster = units.remove(0);
            let Some(primary) = self.profiles.get(&cluster[0]) else { continue };
            units.retain_mut(|unit| {
                let agrees = unit.iter().any(|key| {
                    self.ruled_same_pair(&cluster[0], key)
                        || self.links.get(&cluster[0]).and_then(|links| links.get(key)) == Some(&Link::Same)
                });
                let apart = || unit.iter().any(|a| cluster.iter().any(|b| self.kept_apart(a, b, Some(primary))));
                if agrees && !apart() {
                    cluster.append(unit);
                    return false;
                }
                true
            });
            cluster[1..].sort_by_cached_key(|key| self.rank(key));
            clusters.push(cluster);
        }
        let ids = self.assign(&clusters, at, records);
        for (cluster, id) in clusters.iter().zip(ids) {
            left.remove(&id);
            self.publish(cluster, id, at, records);
        }
    }

    /// Gives each cluster its event: the one its entries are remembered in, the oldest of several, a new one if none.
    fn assign(&mut self, clusters: &[Vec<EntryKey>], at: Timestamp, records: &mut Vec<Record>) -> Vec<Id> {
        // An event whose entries are now in several clusters stays with its founder, else with the first in rank.
        let mut owner: BTreeMap<Id, usize> = BTreeMap::new();
        for (index, cluster) in clusters.iter().enumerate() {
            for key in cluster {
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
            owned.sort_by_key(|id| (self.ledger.event(id).map(|minted| minted.at), (*id).clone()));
            let id = match owned.split_first() {
                Some((oldest, younger)) => {
                    let oldest = (*oldest).clone();
                    let younger: Vec<Id> = younger.iter().map(|id| (*id).clone()).collect();
                    for from in younger {
                        self.remember(Record::Redirected { from, to: oldest.clone(), at }, records);
                    }
                    oldest
                }
                None => self.mint(&cluster[0], at, records),
            };
            for key in cluster {
                if self.ledger.event_of(key) != Some(&id)
                    || !self.ledger.joined(&id).is_some_and(|joined| joined.contains(key))
                {
                    self.remember(Record::Joined { event: id.clone(), entry: key.clone(), at }, records);
                }
            }
            out.push(id);
        }
        out
    }

    fn mint(&mut self, founder: &EntryKey, at: Timestamp, records: &mut Vec<Record>) -> Id {
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
        let title = self.profiles.get(founder).map(|p| p.entry.event.title.to_string()).unwrap_or_default();
        let slug = Slug::from_title(&title, |slug| self.ledger.has_slug(slug));
        self.remember(Record::Minted { event: id.clone(), slug, founder: founder.clone(), at }, records);
        id
    }

    fn remember(&mut self, record: Record, records: &mut Vec<Record>) {
        self.ledger.apply(&record);
        match &record {
            Record::Redirected { from, .. } => {
                self.programme.events.remove(from);
                self.remember_programme();
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
    fn remember_programme(&mut self) {
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
        let shown: HashSet<&Id> = self.placed.values().collect();
        let events = self.ledger.events().iter();
        let left = events.filter(|(id, m)| m.redirect.is_none() && m.gone.is_none() && !shown.contains(id));
        let left: BTreeSet<Id> = left.map(|(id, _)| id.clone()).collect();
        let mut records = Vec::new();
        self.forget(left, at, &mut records);
        records
    }

    /// Events that no cluster took are no more.
    fn forget(&mut self, left: BTreeSet<Id>, at: Timestamp, records: &mut Vec<Record>) {
        for id in left {
            self.programme.events.remove(&id);
            let gone = self.ledger.event(&id).is_some_and(|minted| minted.redirect.is_none() && minted.gone.is_none());
            if gone {
                self.remember(Record::Gone { event: id, since: Some(at) }, records);
            }
        }
    }

    fn publish(&mut self, cluster: &[EntryKey], id: Id, at: Timestamp, records: &mut Vec<Record>) {
        let Some(minted) = self.ledger.event(&id).cloned() else { return };
        let page = Address::new(&format!("{}e/{}", self.identity.base, minted.slug)).ok();
        let copies: Vec<Spoken<'_>> = cluster.iter().filter_map(|key| self.spoken(key)).collect();
        let Some((primary, others)) = copies.split_first() else { return };
        let mut parts = merge(primary, others, id.clone(), page);
        let announced = self.announced(primary, others);
        let mut doubts = doubts(primary, others);
        doubts.extend(self.drifted(primary, others));
        doubts.extend(self.near_misses(cluster));
        doubts.sort();
        let uids = self.uids(primary, others, &parts, &id);
        let hidden = self.rulings.iter().any(|r| matches!(r, Ruling::Hidden(k) if cluster.contains(k)));
        let latest =
            copies.iter().map(|c| c.profile.entry.event.updated.min(c.profile.entry.changed)).max().unwrap_or(at);
        let print = print(&parts);
        let (sequence, updated) = match (minted.print == print, minted.print.is_empty()) {
            (true, _) => (minted.sequence, minted.updated),
            (false, true) => (minted.sequence, latest),
            (false, false) => {
                (minted.sequence + 1, if latest > minted.updated { latest } else { at.max(minted.updated) })
            }
        };
        for key in cluster {
            self.placed.insert(key.clone(), id.clone());
        }
        for record in uids.1 {
            self.remember(record, records);
        }
        if minted.print != print {
            self.remember(Record::Changed { event: id.clone(), sequence, updated, print }, records);
        }
        // Those who follow the feed must hear that an event is hidden, and that it is shown again.
        if minted.gone.is_some() != hidden {
            let since = hidden.then_some(at);
            self.remember(Record::Gone { event: id.clone(), since }, records);
        }
        parts.sequence = sequence;
        parts.updated = updated;
        parts.published = parts.published.map(|published| published.min(updated));
        // Only a zone can disagree with what was once a valid event, when the zone database has changed since: its name
        // goes, the offsets stay, and the event is shown.
        let Ok(event) = Event::new(parts.clone()).or_else(|_| Event::new(without_zones(parts))) else { return };
        if hidden {
            self.programme.events.remove(&id);
            return;
        }
        let published = Published { event, slug: minted.slug, uids: uids.0, copies: announced, doubts };
        self.programme.events.insert(id, Arc::new(published));
    }

    fn spoken(&self, key: &EntryKey) -> Option<Spoken<'_>> {
        let profile = self.profiles.get(key)?;
        let known = self.sources.get(&key.source)?;
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
        let bare = |rule, evidence| Join { rule, score: 1000, evidence };
        if self.ruled_same_pair(&primary.entry.key, &copy.entry.key) {
            return bare(Rule::Decision, Vec::new());
        }
        match compare(primary, copy) {
            Verdict::Same(join) => join,
            Verdict::Perhaps(join) => Join { rule: Rule::Confirmed, ..join },
            Verdict::Apart => Join { rule: Rule::Confirmed, score: 0, evidence: Vec::<Evidence>::new() },
        }
    }

    fn drifted(&self, primary: &Spoken<'_>, others: &[Spoken<'_>]) -> Vec<Doubt> {
        let key = &primary.profile.entry.key;
        others
            .iter()
            .filter(|copy| !self.ruled_same_pair(key, &copy.profile.entry.key))
            .filter(|copy| !matches!(compare(primary.profile, copy.profile), Verdict::Same(_)))
            .map(|copy| Doubt::Drifted { entry: copy.profile.entry.key.clone() })
            .collect()
    }

    fn near_misses(&self, cluster: &[EntryKey]) -> Vec<Doubt> {
        let mut best: BTreeMap<&EntryKey, u16> = BTreeMap::new();
        for key in cluster {
            for (other, link) in self.links.get(key).into_iter().flatten() {
                let apart = cluster.contains(other) || self.ruled_different(key, other);
                if let (Link::Perhaps(score), false) = (link, apart) {
                    let known = best.entry(other).or_default();
                    *known = (*known).max(*score);
                }
            }
        }
        best.into_iter().map(|(entry, score)| Doubt::Perhaps { entry: entry.clone(), score }).collect()
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

fn in_force(decisions: &[Decision]) -> Vec<Ruling> {
    decisions.iter().filter(|d| d.undone.is_none()).map(|d| d.ruling.clone()).collect()
}

fn taken_back(decisions: &[Decision]) -> Vec<(EntryKey, EntryKey)> {
    let undone = decisions.iter().filter(|d| d.undone.is_some());
    let pairs = undone.filter_map(|d| match &d.ruling {
        Ruling::Same(a, b) => Some((a.clone(), b.clone())),
        _ => None,
    });
    pairs.collect()
}

fn without_zones(mut parts: Parts) -> Parts {
    parts.zone = None;
    parts.slots.iter_mut().for_each(|slot| slot.zone = None);
    parts
}

/// What an event says, without when it said so: changes exactly when a reader would see a difference.
fn print(parts: &Parts) -> String {
    let mut said = parts.clone();
    said.updated = Timestamp::UNIX_EPOCH;
    said.published = None;
    said.sequence = 0;
    if let Some(origin) = &mut said.origin {
        origin.updated = None;
    }
    let json = serde_json::to_vec(&said).unwrap_or_default();
    Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect()
}
