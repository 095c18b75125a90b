//! Which entries are the same event, and what the programme says of it.
//!
//! One value, [`Reconciler`], brought up to date by the entries that changed. It hides the candidates (`index`), the
//! rules and the evidence (`compare`, [`likeness`]), the clusters, and the ledger's bookkeeping (`published`). Work is
//! done per connected group: an update touches only the groups that its entries are or were in, and gives the same
//! programme as reconciling everything anew with the same ledger.

mod compare;
mod glance;
mod index;
pub mod likeness;
mod merge;
mod profile;
mod published;
mod rulings;
mod steps;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

pub use self::compare::Obstacle;
use self::compare::{Different, Verdict, compare, compare_unmarked, different};
use self::glance::{Bounds, Glance};
use self::index::{Index, No, Numbers};
use self::likeness::{Context, Measures, NEARBY_DAYS, Scorecard};
use self::merge::same_slot;
use self::profile::Profile;
use self::rulings::Rulings;
use crate::event::{Address, Id, Line};
use crate::programme::{
    Decision, Entry, EntryKey, Ledger, Presence, Programme, Record, Role, Source, SourceKey, Trust,
};

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

/// Most entries of one name that a source may have on a day, for likeness to tell them apart at all.
const MOST_ALIKE: usize = 12;

/// How a pair is linked, without the evidence, which is gathered anew for the pairs that are shown. With the score in
/// hundredths of log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Same(i32),
    Perhaps(i32),
}

/// An entry with what hangs on it.
#[derive(Debug, Clone)]
struct Held {
    profile: Profile,
    links: Vec<(No, Link)>,
    /// The event of the programme that it is a copy of now.
    placed: Option<Id>,
}

/// The programme and all that is needed to bring it up to date.
#[derive(Debug, Clone)]
pub struct Reconciler {
    identity: Identity,
    card: Arc<Scorecard>,
    bounds: Bounds,
    sources: BTreeMap<SourceKey, Known>,
    /// How many sources claim each id of a feed.
    claimed: HashMap<Id, usize>,
    rulings: Rulings,
    ledger: Ledger,
    /// Every entry that ever came, shown or not. Where it is held says nothing of its rank: whatever decides goes by key.
    held: Vec<Held>,
    /// Each of them at a glance.
    glances: Vec<Glance>,
    numbers: HashMap<EntryKey, No>,
    index: Index,
    programme: Programme,
}

impl Reconciler {
    /// Starts from what is known and remembered; entries come by [`Reconciler::update`].
    pub fn new(identity: Identity, sources: Vec<Known>, decisions: &[Decision], ledger: Ledger) -> Reconciler {
        Reconciler::with_scorecard(identity, sources, decisions, ledger, Scorecard::shipped())
    }

    /// The same, with other weights than those that ship.
    pub fn with_scorecard(
        identity: Identity,
        sources: Vec<Known>,
        decisions: &[Decision],
        ledger: Ledger,
        card: Arc<Scorecard>,
    ) -> Reconciler {
        let mut claimed: HashMap<Id, usize> = HashMap::new();
        for id in sources.iter().filter_map(|known| known.feed_id.as_ref()) {
            *claimed.entry(id.clone()).or_default() += 1;
        }
        let mut this = Reconciler {
            identity,
            bounds: Bounds::of(&card),
            card,
            claimed,
            sources: sources.into_iter().map(|known| (known.source.key.clone(), known)).collect(),
            rulings: Rulings::new(decisions),
            ledger,
            held: Vec::new(),
            glances: Vec::new(),
            numbers: HashMap::new(),
            index: Index::default(),
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
        self.held.iter().filter(|held| held.profile.entry.presence.stays()).count()
    }

    /// One entry as it came, shown or not.
    pub fn entry(&self, key: &EntryKey) -> Option<&Entry> {
        self.numbers.get(key).map(|no| &self.at(*no).profile.entry)
    }

    /// Every pair that is near enough to be compared and that no rule decides, with what was measured: what weights are
    /// learned from. Each pair once, the lesser key first.
    pub fn measured(&self) -> Vec<(&EntryKey, &EntryKey, Measures)> {
        let mut out = Vec::new();
        for one in self.held.iter().map(|held| &held.profile).filter(|profile| profile.shown) {
            for (other, _) in self.candidates(one) {
                let other = &self.at(other).profile;
                let first = one.entry.key < other.entry.key && one.entry.key.source != other.entry.key.source;
                if first && let Some(measures) = compare::learnable(one, other) {
                    out.push((&one.entry.key, &other.entry.key, measures));
                }
            }
        }
        out
    }

    /// Whether two entries meet at all, and what stands in the way of their join.
    pub fn obstacle(&self, a: &EntryKey, b: &EntryKey) -> Option<(bool, Option<Obstacle>)> {
        let (a, b) = (*self.numbers.get(a)?, *self.numbers.get(b)?);
        let (one, other) = (self.shown(a)?, self.shown(b)?);
        let met = self.candidates(one).iter().any(|(no, _)| *no == b);
        Some((met, compare::obstacle(&self.card, one, other)))
    }

    fn at(&self, no: No) -> &Held {
        &self.held[no as usize]
    }

    fn at_mut(&mut self, no: No) -> &mut Held {
        &mut self.held[no as usize]
    }

    fn key(&self, no: No) -> &EntryKey {
        &self.at(no).profile.entry.key
    }

    /// A profile that takes part.
    fn shown(&self, no: No) -> Option<&Profile> {
        Some(&self.at(no).profile).filter(|profile| profile.shown)
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
        let entries = self.held.iter().map(|held| &held.profile.entry);
        let again = entries.filter(|e| concerned.contains(&e.key.source)).cloned().collect();
        self.update(again, at)
    }

    /// Takes what people ruled; the entries on which they ruled otherwise than before are reconciled anew.
    pub fn set_decisions(&mut self, decisions: &[Decision], at: Timestamp) -> Vec<Record> {
        let before = std::mem::replace(&mut self.rulings, Rulings::new(decisions));
        let keys = self.rulings.unlike(&before);
        let again = keys.iter().filter_map(|key| self.entry(key)).cloned().collect();
        self.update(again, at)
    }

    /// Takes entries that are new or changed, and brings the programme up to date. Returns what must be remembered,
    /// to be stored before the programme is shown.
    pub fn update(&mut self, changed: Vec<Entry>, at: Timestamp) -> Vec<Record> {
        // To compare, and to group anew: those that changed or whose context did, and those that were or are beside them.
        let (mut fresh, mut dirty) = (Numbers::default(), Numbers::default());
        let mut names: HashSet<u64> = HashSet::new();
        for entry in changed {
            let known = self.numbers.get(&entry.key).copied();
            if let Some(no) = known {
                dirty.extend(self.unlink(no));
                let profile = &self.held[no as usize].profile;
                if profile.shown {
                    names.insert(profile.name);
                    self.index.remove(no, profile);
                }
            }
            let Some(profile) = self.profile(entry) else { continue };
            let no = match known {
                Some(no) => {
                    self.glances[no as usize] = Glance::of(&profile);
                    self.at_mut(no).profile = profile;
                    no
                }
                None => {
                    let Ok(no) = No::try_from(self.held.len()) else { break };
                    self.numbers.insert(profile.entry.key.clone(), no);
                    self.glances.push(Glance::of(&profile));
                    self.held.push(Held { profile, links: Vec::new(), placed: None });
                    // Its event may be remembered from another life of the process.
                    dirty.extend(self.group(no));
                    no
                }
            };
            dirty.insert(no);
            let profile = &self.held[no as usize].profile;
            if profile.shown {
                names.insert(profile.name);
                // All are in the index before any is compared, so that the order in which they came is forgotten.
                self.index.put(no, profile);
                fresh.insert(no);
            }
        }
        let mut turned = self.index.turned();
        for name in names {
            for (no, context) in self.contexts(name) {
                if self.at(no).profile.sketch.context != context {
                    let profile = &mut self.at_mut(no).profile;
                    profile.sketch.context = context;
                    self.glances[no as usize] = Glance::of(profile);
                    turned.insert(no);
                }
            }
        }
        for no in turned {
            if fresh.insert(no) {
                dirty.extend(self.unlink(no));
                dirty.insert(no);
            }
        }
        self.compare_anew(&fresh, &mut dirty);
        let mut order: Vec<No> = dirty.into_iter().collect();
        order.sort_by(|a, b| self.key(*a).cmp(self.key(*b)));
        let mut records = Vec::new();
        let mut done = Numbers::default();
        let mut left: BTreeSet<Id> = BTreeSet::new();
        for start in order {
            if done.contains(&start) {
                continue;
            }
            let group = self.group(start);
            done.extend(&group);
            for no in &group {
                left.extend(self.at_mut(*no).placed.take());
            }
            self.reconcile_group(&group, at, &mut left, &mut records);
        }
        self.forget(left, at, &mut records);
        records
    }

    fn profile(&self, entry: Entry) -> Option<Profile> {
        let known = self.sources.get(&entry.key.source)?;
        let under_review = known.source.trust == Trust::Review && !self.rulings.released(&entry.key);
        // Our own events that come back by another aggregator are no news.
        let own = &self.identity.feed_id;
        let event = &entry.event;
        let come_back = event.origin.as_ref().is_some_and(|o| o.id.as_ref() == Some(own))
            || event.copies.iter().any(|c| c.source == *own);
        let shown = !matches!(entry.presence, Presence::Withdrawn(_)) && !under_review && !come_back;
        Some(Profile::new(entry, shown, &known.source, self.feed_id(known)))
    }

    /// The id of a source's feed. One that two sources claim proves nothing for either.
    fn feed_id<'a>(&self, known: &'a Known) -> Option<&'a Id> {
        known.feed_id.as_ref().filter(|id| self.claimed.get(*id) == Some(&1))
    }

    /// What the entries of one name tell of each other.
    fn contexts(&self, name: u64) -> Vec<(No, Context)> {
        let named = self.index.named(name);
        if let [alone] = named {
            return vec![(*alone, Context::default())];
        }
        // By day, so that only those nearby are looked at.
        let mut days: Vec<(i32, No)> = Vec::new();
        for no in named {
            days.extend(self.at(*no).profile.sketch.slots.iter().map(|slot| (slot.0, *no)));
        }
        days.sort_unstable();
        let mut out = Vec::with_capacity(named.len());
        for no in named {
            let mine = &self.at(*no).profile;
            let (mut towns, mut recurs, mut crowd): (BTreeSet<&str>, bool, usize) = (BTreeSet::new(), false, 0);
            let mut seen = Numbers::from_iter([*no]);
            for (first, _) in mine.sketch.slots.iter() {
                let from = days.partition_point(|(day, _)| *day < first - NEARBY_DAYS);
                for (_, other) in days[from..].iter().take_while(|(day, _)| *day <= first + NEARBY_DAYS) {
                    if !seen.insert(*other) {
                        continue;
                    }
                    let theirs = &self.at(*other).profile;
                    towns.extend(theirs.sketch.towns.first().map(|town| &**town));
                    if mine.entry.key.source == theirs.entry.key.source {
                        let one_day = mine.shared_day(theirs).is_some();
                        recurs |= !one_day && !theirs.other_town(mine);
                        crowd += usize::from(one_day);
                    }
                }
            }
            towns.extend(mine.sketch.towns.first().map(|town| &**town));
            let towns = u8::try_from(towns.len().saturating_sub(1)).unwrap_or(u8::MAX);
            out.push((*no, Context { towns, recurs, crowded: crowd >= MOST_ALIKE }));
        }
        out
    }

    /// Takes away an entry's links, and says whom it was linked or grouped with.
    fn unlink(&mut self, no: No) -> Vec<No> {
        let mut beside = self.group(no);
        for (other, _) in std::mem::take(&mut self.at_mut(no).links) {
            self.at_mut(other).links.retain(|(back, _)| *back != no);
            // A near miss is shown with its event.
            beside.push(other);
        }
        beside
    }

    /// [`Index::candidates`] of one that takes part.
    fn candidates(&self, profile: &Profile) -> Vec<(No, bool)> {
        let names_it = |no: No| profile.own.is_some_and(|own| self.at(no).profile.with.contains(&own));
        self.index.candidates(profile, !profile.sketch.context.crowded, names_it)
    }

    fn compare_anew(&mut self, fresh: &Numbers, dirty: &mut Numbers) {
        // In the order in which they are held, so that memory is read in that order.
        let mut order: Vec<No> = fresh.iter().copied().collect();
        order.sort_unstable();
        for no in &order {
            let Some(profile) = self.shown(*no) else { continue };
            let glance = &self.glances[*no as usize];
            let mut found = Vec::new();
            for (other, marked) in self.candidates(profile) {
                // Two that are both compared anew meet once.
                if other == *no || (fresh.contains(&other) && other < *no) {
                    continue;
                }
                let verdict = if marked {
                    self.shown(other).map(|theirs| compare(&self.card, profile, theirs))
                } else {
                    let most = self.bounds.but_for_words(&self.card, glance, &self.glances[other as usize]);
                    most.zip(self.shown(other))
                        .map(|(most, theirs)| compare_unmarked(&self.card, profile, theirs, most))
                };
                match verdict.unwrap_or(Verdict::Apart) {
                    Verdict::Same(_, score) => found.push((other, Link::Same(score))),
                    Verdict::Perhaps(score) => found.push((other, Link::Perhaps(score))),
                    Verdict::Apart => {}
                }
            }
            for (other, link) in found {
                dirty.insert(other);
                self.at_mut(other).links.push((*no, link));
                self.at_mut(*no).links.push((other, link));
            }
        }
    }

    fn link(&self, a: No, b: No) -> Option<Link> {
        self.at(a).links.iter().find(|(other, _)| *other == b).map(|(_, link)| *link)
    }

    /// Whether two entries were copies of one event when last seen, and nobody has since said otherwise.
    fn remembered_pair(&self, a: &EntryKey, b: &EntryKey) -> bool {
        let event = self.ledger.event_of(a);
        event.is_some() && event == self.ledger.event_of(b) && !self.rulings.taken_back(a, b)
    }

    /// Whether nothing binds an entry to another, as is so of most.
    fn stands_alone(&self, no: No) -> bool {
        let key = self.key(no);
        let remembered = self.ledger.event_of(key).and_then(|id| self.ledger.joined(id)).unwrap_or_default();
        self.at(no).links.iter().all(|(_, link)| matches!(link, Link::Perhaps(_)))
            && remembered.iter().all(|other| other == key)
            && self.rulings.same_as(key).is_empty()
    }

    /// All entries that hang together with one: by links that join, by decisions, by the event they are remembered in.
    fn group(&self, start: No) -> Vec<No> {
        let mut group = vec![start];
        if self.stands_alone(start) {
            return group;
        }
        let mut seen = Numbers::from_iter([start]);
        let mut at = 0;
        while let Some(no) = group.get(at).copied() {
            at += 1;
            let key = self.key(no);
            let remembered = self.ledger.event_of(key).and_then(|id| self.ledger.joined(id)).into_iter().flatten();
            let bound = remembered.chain(self.rulings.same_as(key)).filter_map(|key| self.numbers.get(key).copied());
            let linked = self.at(no).links.iter().filter(|(_, link)| matches!(link, Link::Same(_))).map(|(no, _)| *no);
            let next: Vec<No> = linked.chain(bound).filter(|no| seen.insert(*no)).collect();
            group.extend(next);
        }
        group
    }

    /// The order in which copies speak: a decision, the organiser itself, a lab before an aggregator before others, the
    /// earliest seen; then the earliest published, then by key.
    fn rank(&self, no: No) -> (bool, bool, Role, Timestamp, Timestamp, EntryKey) {
        let profile = &self.at(no).profile;
        let Entry { event, first_seen, key, .. } = &profile.entry;
        // When we first saw it nobody can claim; when it was published they can.
        let published = event.published.unwrap_or(event.updated);
        (!self.rulings.primary(key), !profile.registered, profile.role, *first_seen, published, key.clone())
    }

    /// Entries that stay together whatever the evidence says now: joined by a decision, or confirmed before.
    fn units(&self, ranked: &[No]) -> Vec<Vec<No>> {
        let mut units: Vec<Vec<No>> = Vec::new();
        let ruled = |a: &No, b: &No| self.rulings.same(self.key(*a), self.key(*b));
        for no in ranked {
            let bound = |other: &No| ruled(no, other) || self.remembered_pair(self.key(*no), self.key(*other));
            let home = units.iter().position(|unit| {
                unit.iter().any(bound) && unit.iter().all(|other| !self.kept_apart(*no, *other, None))
            });
            match home {
                Some(at) => units[at].push(*no),
                None => units.push(vec![*no]),
            }
        }
        // A decision may bind two units that were already begun.
        let mut at = 0;
        while at < units.len() {
            let (head, tail) = units.split_at_mut(at + 1);
            let unit = &mut head[at];
            let bound = tail.iter().position(|other| {
                other.iter().any(|b| unit.iter().any(|a| ruled(a, b)))
                    && other.iter().all(|b| unit.iter().all(|a| !self.kept_apart(*a, *b, None)))
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
    fn kept_apart(&self, a: No, b: No, primary: Option<&Profile>) -> bool {
        let (x, y) = (&self.at(a).profile, &self.at(b).profile);
        let (p, q) = (&x.entry.key, &y.entry.key);
        if self.rulings.different(p, q) {
            return true;
        }
        if self.rulings.same(p, q) {
            return false;
        }
        match different(x, y) {
            None => false,
            Some(Different::OneSource) => {
                let holds = |p: &Profile, q: &Profile| {
                    let slots = &q.entry.event.slots;
                    !slots.is_empty() && slots.iter().all(|slot| same_slot(slot, &p.entry.event).is_some())
                };
                let both =
                    primary.is_some_and(|own| own.entry.key.source != p.source && holds(own, x) && holds(own, y));
                // Once joined they stay, though the primary has since changed.
                !both && !self.remembered_pair(p, q)
            }
            Some(_) => true,
        }
    }

    fn reconcile_group(&mut self, group: &[No], at: Timestamp, left: &mut BTreeSet<Id>, records: &mut Vec<Record>) {
        let mut ranked: Vec<No> = group.iter().copied().filter(|no| self.at(*no).profile.shown).collect();
        if ranked.len() > 1 {
            ranked.sort_by_cached_key(|no| self.rank(*no));
        }
        let clusters = self.clusters(&ranked);
        let ids = self.assign(&clusters, at, records);
        for (cluster, id) in clusters.iter().zip(ids) {
            left.remove(&id);
            self.publish(cluster, id, at, records);
        }
    }

    /// Joins units, the surest pair first, as long as nothing keeps any two of them apart and each agrees with who would
    /// speak for all: copies do not chain. Each cluster is in rank; so are the clusters.
    fn clusters(&self, ranked: &[No]) -> Vec<Vec<No>> {
        if ranked.len() < 2 {
            return ranked.iter().map(|no| vec![*no]).collect();
        }
        let rank: HashMap<No, usize> = ranked.iter().enumerate().map(|(rank, no)| (*no, rank)).collect();
        let units = self.units(ranked);
        // Each cluster as the units in it, by the rank of their first.
        let mut clusters: Vec<Vec<usize>> = (0..units.len()).map(|unit| vec![unit]).collect();
        let mut home: HashMap<No, usize> =
            units.iter().enumerate().flat_map(|(at, unit)| unit.iter().map(move |no| (*no, at))).collect();
        let mut pairs: Vec<(i32, usize, usize)> = Vec::new();
        if units.len() > 1 {
            for (place, no) in ranked.iter().enumerate() {
                for (other, link) in &self.at(*no).links {
                    if let (Link::Same(score), Some(theirs)) = (link, rank.get(other))
                        && place < *theirs
                    {
                        pairs.push((*score, place, *theirs));
                    }
                }
            }
        }
        pairs.sort_unstable_by_key(|(score, a, b)| (-i64::from(*score), *a, *b));
        // Until nothing more joins: who speaks for a cluster may change as it grows, and what did not agree may then.
        loop {
            let mut joined = false;
            for (_, a, b) in &pairs {
                let (x, y) = (home[&ranked[*a]], home[&ranked[*b]]);
                let together: Vec<usize> = clusters[x].iter().chain(&clusters[y]).copied().collect();
                if x == y || !self.agree(&together.iter().map(|unit| &units[*unit][..]).collect::<Vec<_>>(), &rank) {
                    continue;
                }
                home.extend(clusters[y].iter().flat_map(|unit| &units[*unit]).map(|no| (*no, x)));
                clusters[x] = together;
                clusters[y].clear();
                joined = true;
            }
            if !joined {
                break;
            }
        }
        let mut out: Vec<Vec<No>> = clusters
            .into_iter()
            .filter(|cluster| !cluster.is_empty())
            .map(|cluster| {
                let mut all: Vec<No> = cluster.into_iter().flat_map(|unit| units[unit].iter().copied()).collect();
                // A unit that a decision bound speaks by its first, though another of it may rank higher.
                all.sort_unstable_by_key(|no| rank[no]);
                all
            })
            .collect();
        out.sort_unstable_by_key(|cluster| rank[&cluster[0]]);
        out
    }

    /// Whether these units may be one event: all of each agree with who would speak for all, but for those that are bound
    /// to it, and nothing keeps two apart.
    fn agree(&self, units: &[&[No]], rank: &HashMap<No, usize>) -> bool {
        let all = || units.iter().flat_map(|unit| unit.iter());
        let Some(first) = all().min_by_key(|no| rank[no]) else { return false };
        let primary = &self.at(*first).profile;
        let agrees = |no: &No| {
            no == first
                || matches!(self.link(*first, *no), Some(Link::Same(_)))
                || self.rulings.same(self.key(*first), self.key(*no))
        };
        units.iter().all(|unit| unit.contains(first) || unit.iter().all(agrees))
            && units.iter().enumerate().all(|(at, unit)| {
                let others = || units[at + 1..].iter().flat_map(|other| other.iter());
                unit.iter().all(|a| others().all(|b| !self.kept_apart(*a, *b, Some(primary))))
            })
    }
}
