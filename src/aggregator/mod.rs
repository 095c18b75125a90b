//! Many feeds into one programme.
//!
//! One round, every step named: due → fetch → parse → record → reconcile → snapshot. An [`Aggregator`] holds what all
//! rounds share; it hides the concurrency of fetches, what is written when, and how the snapshot is swapped.

mod agenda;
pub mod desk;
pub mod discover;
pub mod due;
mod pages;
mod poll;
pub mod reconcile;
pub mod record;
mod round;
#[cfg(test)]
mod tests;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{Mutex, Semaphore};

use self::due::{Pace, later};
use self::poll::{Asker, Document, Outcome, Polled, Polls, hash};
use self::reconcile::{Identity, Known, Reconciler};
use self::record::Guard;
pub use self::round::{Changes, Round, SourceFailure, SourceFinding, Which};
use self::visit::{Around, Visit, known};
use crate::event::{Address, Id, Language, Licence, Line, Organiser, Zone};
use crate::fetch::{Fetcher, Headers};
use crate::format::{Feed, FeedFacts, Head, Tombstone};
use crate::metrics::{Metrics, Step};
use crate::programme::{Entry, EntryKey, FailureKind, Health, Ledger, Presence, Programme, Ruling, Source, SourceKey};
use crate::snapshot::{Current, Snapshot};
use crate::store::{self, Batch, Store};

/// How many events that are no more the feed still tells of, the latest.
const MOST_TOMBSTONES: usize = 500;
/// How often what another process did is taken up before it is an error.
const MOST_TRIES: usize = 5;
/// No revision of any store.
const UNKNOWN: i64 = -1;
/// From this many hosts that did well, of which at least this part in a hundred cannot be reached, it is our own
/// network that failed: labs do not fall together.
const OUTAGE_HOSTS: usize = 3;
const OUTAGE_PERCENT: usize = 80;
/// When nothing more came for so long, what did come is shown: slow sources keep nobody's news back.
const QUIET: Duration = Duration::from_millis(100);

/// What a programme is and how it gathers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its title.
    pub title: Line,
    /// A sentence on it.
    pub subtitle: Option<Line>,
    /// Its language.
    pub language: Language,
    /// Its zone, for sources that declare none.
    pub zone: Option<Zone>,
    /// Who publishes it; its title when nobody is named.
    pub publisher: Option<Line>,
    /// Its licence, for what it adds of its own.
    pub licence: Option<Licence>,
    /// Domain and year that its ids begin with, when the store does not hold them yet.
    pub tag: Option<String>,
    /// Its home page, ending in `/`.
    pub base: Address,
    /// The hub that its feeds name.
    pub hub: Option<Address>,
    /// Least time between two polls of one source.
    pub interval: Duration,
    /// How long a source that sleeps is left alone.
    pub longest: Duration,
    /// When a disappearance is held.
    pub guard: Guard,
}

impl Settings {
    fn pace(&self) -> Pace {
        Pace { least: self.interval, longest: self.longest }
    }
}

/// Why the aggregator could not go on. What goes wrong with a source is never this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The base address does not end in `/`, or gives no id.
    #[error("the public address {0} makes no identifier")]
    Address(Address),
}

/// An aggregator at work.
pub struct Aggregator {
    store: Store,
    fetcher: Fetcher,
    settings: Settings,
    identity: Identity,
    /// When it was first opened: what its feed says while it is empty.
    founded: Timestamp,
    state: Mutex<State>,
    current: Arc<Current>,
    metrics: Metrics,
    /// Documents read at once.
    readers: Arc<Semaphore>,
    /// Sources of a rehearsal that the store does not know.
    unregistered: Vec<Source>,
}

/// What all that record and reconcile share. Locked to write, never while somebody is asked.
struct State {
    reconciler: Reconciler,
    /// Records in the stored ledger that the reconciler knows.
    known: u64,
    /// Disappearances that a person let happen: of which source, first seen when.
    emptied: BTreeSet<(SourceKey, Timestamp)>,
    /// Revision of the store after our last write: another one means that someone else wrote.
    revision: i64,
    /// Entries that were recorded and are not reconciled yet.
    changed: BTreeMap<EntryKey, Entry>,
    /// What the sources that were asked since then say of themselves.
    told: BTreeMap<SourceKey, Known>,
    /// When each source was last heard without being asked.
    pushed: BTreeMap<SourceKey, Instant>,
}

impl Aggregator {
    /// Opens the store, registers `sources` when it has none yet, reconciles all that it holds, and publishes it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn open(
        store: Store,
        fetcher: Fetcher,
        settings: Settings,
        sources: &[Source],
        now: Timestamp,
    ) -> Result<Aggregator, Error> {
        fill(&store, sources).await?;
        Aggregator::start(store, fetcher, settings, Vec::new(), now, true).await
    }

    /// The same for [`Aggregator::rehearse`] only: nothing is written, and `sources` stand in where there are none yet.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn open_to_rehearse(
        store: Store,
        fetcher: Fetcher,
        settings: Settings,
        sources: &[Source],
        now: Timestamp,
    ) -> Result<Aggregator, Error> {
        let sources = if store.sources().await?.is_empty() { sources.to_vec() } else { Vec::new() };
        Aggregator::start(store, fetcher, settings, sources, now, false).await
    }

    async fn start(
        store: Store,
        fetcher: Fetcher,
        settings: Settings,
        unregistered: Vec<Source>,
        now: Timestamp,
        write: bool,
    ) -> Result<Aggregator, Error> {
        let (identity, founded) = identity(&store, &settings, now, write).await?;
        let state = load(&store, &identity, now, write).await?;
        let snapshot = snapshot(&settings, &identity, founded, state.reconciler.programme());
        let state = Mutex::new(state);
        let current = Arc::new(Current::new(snapshot));
        let metrics = Metrics::default();
        let readers = Arc::new(Semaphore::new(2 * std::thread::available_parallelism().map_or(2, usize::from)));
        let aggregator =
            Aggregator { store, fetcher, settings, identity, founded, state, current, metrics, readers, unregistered };
        if write {
            // What was ruled while nobody was at work.
            aggregator.release(&mut *aggregator.state.lock().await, now).await?;
        }
        Ok(aggregator)
    }

    /// What readers are shown.
    pub fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current)
    }

    /// What its rounds count.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The store, for what the pages tell of sources.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// By what it asks, for what else is asked on its behalf.
    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// One round. `progress` hears of each source as it is done.
    ///
    /// # Errors
    /// [`Error`]; what was recorded before stays recorded, and the next round takes it up.
    pub async fn round(
        &self,
        which: Which,
        now: Timestamp,
        progress: impl Fn(usize, usize, &SourceKey) + Send + Sync,
    ) -> Result<Round, Error> {
        let began = Instant::now();
        let before = self.up_to_date(now).await?;
        let asked = self.asked(which, now).await?;
        let mut round = Round { sources: asked.len(), ..Round::default() };
        let asked_hosts = well_before(&asked);
        let mut polls = Polls::begin(&self.asker(now, false), asked);
        let mut done = 0;
        let mut failed = Vec::new();
        loop {
            let polled = match tokio::time::timeout(QUIET, polls.next()).await {
                Ok(polled) => polled?,
                Err(_) => {
                    self.settle(&mut *self.state.lock().await, now).await?;
                    continue;
                }
            };
            if polled.is_empty() {
                break;
            }
            for polled in &polled {
                done += 1;
                progress(done, round.sources, &polled.source.key);
            }
            let is_failed = |polled: &Polled| matches!(polled.outcome, Outcome::Failed(_));
            let (bad, good): (Vec<Polled>, Vec<Polled>) = polled.into_iter().partition(is_failed);
            failed.extend(bad);
            self.record(good, false, now, &mut round).await?;
        }
        // Failures are recorded when all are known: when no host can be reached, nobody is blamed.
        round.outage = outage(&asked_hosts, &failed);
        let outage = round.outage;
        let crowded = crowded(&failed, &self.settings, now);
        self.record(failed, outage, now, &mut round).await?;
        self.postpone(&crowded).await?;
        let mut state = self.state.lock().await;
        self.settle(&mut state, now).await?;
        round.close(&before, &state.reconciler);
        round.seconds = began.elapsed().as_secs_f64();
        if round.sources > 0 {
            self.metrics.round(began.elapsed());
        }
        Ok(round)
    }

    /// Takes up what a source sent of its own accord, as the hub of this topic hands it on.
    ///
    /// What is not in it is not gone: a hub may send the news alone, and the next poll tells. For the same reason it
    /// changes neither validators nor the next poll. `None` when nothing came of it: we have no such source; or it
    /// cannot be read, or calls itself otherwise than the source does, and the source is asked itself, soon.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn receive(
        &self,
        key: &SourceKey,
        topic: &Address,
        body: Bytes,
        content_type: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Round>, Error> {
        let began = Instant::now();
        let Some(source) = self.store.sources().await?.into_iter().find(|source| source.key == *key && !source.paused)
        else {
            return Ok(None);
        };
        let before = self.up_to_date(now).await?;
        let health = self.store.source_health(key).await?;
        let address = Some(source.address.clone());
        let id = health.feed_id.clone();
        let own = |feed: &FeedFacts| feed.id == id && feed.topic.as_ref().is_none_or(|address| address == topic);
        let polled = if health.body.as_ref() == Some(&hash(&body)) {
            Polled::new(source, health, Outcome::Pushed(None))
        } else {
            let document = Document { bytes: body, kind: content_type.map(str::to_owned), address };
            let asker = self.asker(now, false);
            let read = asker.read(source, health, document, |read| match read {
                Ok(incoming) => Outcome::Pushed(Some(incoming)),
                Err(finding) => Outcome::Rejected { headers: Headers::default(), body: String::new(), finding },
            });
            read.await?
        };
        let believed = match &polled.outcome {
            Outcome::Pushed(incoming) => incoming.as_ref().is_none_or(|incoming| own(incoming.feed())),
            _ => false,
        };
        if !believed {
            self.store.poll_soon(key).await?;
            return Ok(None);
        }
        let mut round = Round { sources: 1, ..Round::default() };
        self.record(vec![polled], false, now, &mut round).await?;
        let mut state = self.state.lock().await;
        self.settle(&mut state, now).await?;
        round.close(&before, &state.reconciler);
        round.seconds = began.elapsed().as_secs_f64();
        Ok(Some(round))
    }

    /// What a round would do, without writing anything.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn rehearse(
        &self,
        which: Which,
        now: Timestamp,
        progress: impl Fn(usize, usize, &SourceKey) + Send + Sync,
    ) -> Result<Round, Error> {
        let began = Instant::now();
        let mut reconciler = self.state.lock().await.reconciler.clone();
        let before = reconciler.programme().clone();
        let asked = self.asked(which, now).await?;
        let mut round = Round { sources: asked.len(), ..Round::default() };
        let stored = self.store.entries().await?;
        let mut polls = Polls::begin(&self.asker(now, true), asked);
        let mut done = 0;
        let mut entries = Vec::new();
        let mut told = BTreeMap::new();
        while let Some(polled) = polls.next_one().await? {
            done += 1;
            progress(done, round.sources, &polled.source.key);
            let visit = Visit::of(polled, Around::default(), &self.settings, now);
            round.add(&visit);
            entries.extend(visit.put.iter().map(|put| put.entry.clone()));
            let moved: BTreeMap<&Id, Presence> = visit.presence.iter().map(|(id, p)| (id, *p)).collect();
            entries.extend(stored.iter().filter(|e| e.key.source == visit.source.key).filter_map(|entry| {
                moved.get(&entry.key.id).map(|presence| Entry { presence: *presence, ..entry.clone() })
            }));
            told.insert(visit.source.key.clone(), visit.known());
        }
        for known in told.into_values() {
            reconciler.set_source(known, now);
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        reconciler.update(entries, now);
        round.close(&before, &reconciler);
        round.seconds = began.elapsed().as_secs_f64();
        Ok(round)
    }

    fn asker(&self, now: Timestamp, rehearsal: bool) -> Asker {
        Asker {
            fetcher: self.fetcher.clone(),
            store: self.store.clone(),
            rehearsal,
            zone: self.settings.zone.clone(),
            interval: self.settings.interval,
            metrics: self.metrics.clone(),
            readers: Arc::clone(&self.readers),
            now,
        }
    }

    /// The programme, after taking up what another process or a person wrote since.
    async fn up_to_date(&self, now: Timestamp) -> Result<Programme, Error> {
        let mut state = self.state.lock().await;
        if state.revision != self.store.revision().await? {
            let pushed = std::mem::take(&mut state.pushed);
            *state = State { pushed, ..load(&self.store, &self.identity, now, true).await? };
            self.release(&mut state, now).await?;
            self.publish(&state);
        }
        Ok(state.reconciler.programme().clone())
    }

    /// Withdraws what a person let go, of what disappeared at once and was looked for twice; brings back what was
    /// withdrawn by a ruling that was undone.
    async fn release(&self, state: &mut State, now: Timestamp) -> Result<(), Error> {
        for (key, mut health) in self.store.all_health().await? {
            let Some(held) = &mut health.held else { continue };
            let stands = |since| state.emptied.contains(&(key.clone(), since));
            if held.withdrawn.is_some() == stands(held.since) {
                continue;
            }
            let presence = visit::ruled(held, &self.store.prints(&key).await?, stands, now);
            if !presence.is_empty() {
                let batch = Batch { presence: &presence, ..Batch::of(&key, &health) };
                self.write(state, &[batch]).await?;
            }
        }
        self.settle(state, now).await
    }

    /// Leaves alone the other sources of hosts that want fewer visits.
    async fn postpone(&self, crowded: &BTreeMap<String, Timestamp>) -> Result<(), Error> {
        if crowded.is_empty() {
            return Ok(());
        }
        let mut health = self.store.all_health().await?;
        for source in self.store.sources().await? {
            let Some(until) = crowded.get(source.address.host()) else { continue };
            let mut health = health.remove(&source.key).unwrap_or_default();
            if health.due.is_none_or(|due| due < *until) {
                health.due = Some(*until);
                self.write(&mut *self.state.lock().await, &[Batch::of(&source.key, &health)]).await?;
            }
        }
        Ok(())
    }

    async fn asked(&self, which: Which, now: Timestamp) -> Result<Vec<(Source, Health)>, Error> {
        let mut asked = self.due(which, now).await?;
        let followings = self.store.followings().await?;
        let followings: BTreeMap<_, _> = followings.into_iter().map(|one| (one.source.clone(), one)).collect();
        for (source, health) in &mut asked {
            let following = followings.get(&source.key);
            health.push.until = following.and_then(|one| one.until);
            health.push.refused = following.map_or(0, |one| one.failures);
        }
        Ok(asked)
    }

    async fn due(&self, which: Which, now: Timestamp) -> Result<Vec<(Source, Health)>, Error> {
        match which {
            _ if !self.unregistered.is_empty() => {
                Ok(self.unregistered.iter().map(|source| (source.clone(), Health::default())).collect())
            }
            Which::Due => Ok(self.store.due(now).await?),
            Which::All => {
                let mut health = self.store.all_health().await?;
                let sources = self.store.sources().await?;
                let active = sources.into_iter().filter(|source| !source.paused);
                Ok(active
                    .map(|source| {
                        let health = health.remove(&source.key).unwrap_or_default();
                        (source, health)
                    })
                    .collect())
            }
        }
    }

    /// Writes what follows from polls, in one transaction, and notes what must be reconciled.
    async fn record(&self, polled: Vec<Polled>, outage: bool, now: Timestamp, round: &mut Round) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        let mut visits = Vec::with_capacity(polled.len());
        for polled in polled {
            let key = &polled.source.key;
            if matches!(polled.outcome, Outcome::Pushed(_)) {
                state.pushed.insert(key.clone(), Instant::now());
            } else if state.pushed.get(key).is_some_and(|pushed| *pushed > polled.began) {
                // What was asked for before may be older than what was told since. It is still due, and asked again.
                continue;
            }
            let held = polled.health.held.as_ref();
            let released = held.is_some_and(|held| state.emptied.contains(&(key.clone(), held.since)));
            let visit = Visit::of(polled, Around { released, outage }, &self.settings, now);
            if let Some(failure) = &visit.failure {
                let (source, kind, detail) = (&visit.source.key, failure.kind.as_str(), &failure.detail);
                let (millis, failures) = (visit.millis, visit.health.failures);
                tracing::info!(%source, kind, %detail, millis, failures, "a source failed");
            }
            round.add(&visit);
            visit.findings.iter().flatten().for_each(|finding| self.metrics.found(finding.code));
            visits.push(visit);
        }
        let batches: Vec<Batch<'_>> = visits.iter().map(|visit| visit.batch(now)).collect();
        self.write(&mut state, &batches).await?;
        for visit in visits {
            if visit.findings.is_some() {
                state.told.insert(visit.source.key.clone(), visit.known());
            }
            if visit.pause {
                let source = &visit.source.key;
                tracing::warn!(%source, "a source says that it is gone for good: it is paused, its events stay");
                let revision = std::mem::replace(&mut state.revision, UNKNOWN);
                self.store.put_source(&Source { paused: true, ..visit.source }).await?;
                state.revision = raised(revision, true);
            }
        }
        Ok(())
    }

    /// One write, counted.
    async fn write(&self, state: &mut State, batches: &[Batch<'_>]) -> Result<(), Error> {
        if batches.is_empty() {
            return Ok(());
        }
        // Should this fail or be given up, nobody knows what was written: then all is read again.
        let revision = std::mem::replace(&mut state.revision, UNKNOWN);
        let recording = Instant::now();
        let events = self.store.record(batches).await?;
        self.metrics.took(Step::Record, recording.elapsed());
        state.revision = raised(revision, true);
        let mut events = events.into_iter();
        for batch in batches {
            state.changed.extend(batch.put.iter().zip(&mut events).map(|(put, event)| {
                let key = EntryKey { source: batch.source.clone(), id: event.id.clone() };
                (key.clone(), Entry { key, event, ..put.entry.clone() })
            }));
            for (id, presence) in batch.presence {
                let key = EntryKey { source: batch.source.clone(), id: id.clone() };
                // One that we never had was passed over by the store too.
                let before = state.changed.get(&key).or_else(|| state.reconciler.entry(&key)).cloned();
                state.changed.extend(before.map(|entry| (key, Entry { presence: *presence, ..entry })));
            }
        }
        Ok(())
    }

    /// Reconciles what was recorded, remembers what must be, and shows the programme that follows.
    async fn settle(&self, state: &mut State, now: Timestamp) -> Result<(), Error> {
        let (told, changed) = (std::mem::take(&mut state.told), std::mem::take(&mut state.changed));
        if told.is_empty() && changed.is_empty() {
            return Ok(());
        }
        // Whatever ends this early leaves a reconciler that knows more than the store: it is then not trusted.
        let revision = std::mem::replace(&mut state.revision, UNKNOWN);
        let mut records = Vec::new();
        let reconciling = Instant::now();
        // In the order of keys, not of arrival, so that the same feeds mint the same slugs.
        for known in told.into_values() {
            records.extend(state.reconciler.set_source(known, now));
        }
        let unmoved = changed.is_empty();
        records.extend(state.reconciler.update(changed.into_values().collect(), now));
        let unmoved = unmoved && records.is_empty();
        self.metrics.took(Step::Reconcile, reconciling.elapsed());
        // Remembered before it is shown: what a reader has seen is never forgotten.
        match self.store.append(&records, state.known).await {
            Ok(known) => {
                state.known = known;
                state.revision = raised(revision, !records.is_empty());
            }
            // Another process reconciled meanwhile: what it remembers holds, and all is reconciled with it.
            Err(store::Error::Stale { .. }) => {
                let pushed = std::mem::take(&mut state.pushed);
                *state = State { pushed, ..load(&self.store, &self.identity, now, true).await? };
            }
            Err(error) => return Err(error.into()),
        }
        if !unmoved {
            self.publish(state);
        }
        Ok(())
    }

    fn publish(&self, state: &State) {
        let rendering = Instant::now();
        self.current.publish(snapshot(&self.settings, &self.identity, self.founded, state.reconciler.programme()));
        self.metrics.took(Step::Render, rendering.elapsed());
    }
}

/// Registers `sources` where the store has none yet; afterwards the store wins.
///
/// # Errors
/// [`Error::Store`].
pub async fn fill(store: &Store, sources: &[Source]) -> Result<(), Error> {
    if store.sources().await?.is_empty() {
        for source in sources {
            store.put_source(source).await?;
        }
    }
    Ok(())
}

/// A revision after one write more, or after none.
fn raised(revision: i64, wrote: bool) -> i64 {
    if revision == UNKNOWN { UNKNOWN } else { revision + i64::from(wrote) }
}

/// The hosts of sources that did well the last time: those whose silence says something.
fn well_before(asked: &[(Source, Health)]) -> BTreeSet<String> {
    let well = asked.iter().filter(|(_, health)| health.failures == 0);
    well.map(|(source, _)| source.address.host().to_owned()).collect()
}

/// Whether it is our own network that failed: of several hosts that did well, most cannot be reached, all at once.
fn outage(well_before: &BTreeSet<String>, failed: &[Polled]) -> bool {
    let unreached = |polled: &&Polled| {
        matches!(&polled.outcome, Outcome::Failed(failure)
            if matches!(failure.kind, FailureKind::NameNotFound | FailureKind::Connection | FailureKind::Timeout))
    };
    let hosts: BTreeSet<&str> = failed.iter().filter(unreached).map(|polled| polled.source.address.host()).collect();
    let lost = hosts.iter().filter(|host| well_before.contains(**host)).count();
    let outage = well_before.len() >= OUTAGE_HOSTS && lost * 100 >= well_before.len() * OUTAGE_PERCENT;
    if outage {
        tracing::warn!(
            lost,
            of = well_before.len(),
            "most hosts are out of reach: our own network is taken to have failed"
        );
    }
    outage
}

/// The hosts that want fewer visits (429), and until when they want none.
fn crowded(failed: &[Polled], settings: &Settings, now: Timestamp) -> BTreeMap<String, Timestamp> {
    let mut hosts = BTreeMap::new();
    for polled in failed {
        if let Outcome::Failed(failure) = &polled.outcome
            && failure.kind == FailureKind::TooManyRequests
        {
            let until = failure.retry_after.unwrap_or_else(|| later(now, settings.interval));
            hosts.insert(polled.source.address.host().to_owned(), until.min(later(now, due::LONGEST)));
        }
    }
    hosts
}

/// The programme's ids: made once from its first address and year, then remembered, so that it can move.
async fn identity(
    store: &Store,
    settings: &Settings,
    now: Timestamp,
    write: bool,
) -> Result<(Identity, Timestamp), Error> {
    let founded = match store.setting("founded").await?.and_then(|text| text.parse().ok()) {
        Some(founded) => founded,
        None => {
            let founded = Timestamp::from_second(now.as_second()).unwrap_or(now);
            if write {
                store.set_setting("founded", &founded.to_string()).await?;
            }
            founded
        }
    };
    let tag = match store.setting("tag").await? {
        Some(tag) => tag,
        None => {
            let host = settings.base.host().split(':').next().unwrap_or_default().to_owned();
            let year = founded.to_zoned(jiff::tz::TimeZone::UTC).year();
            let tag = format!("tag:{}:", settings.tag.clone().unwrap_or_else(|| format!("{host},{year}")));
            if write {
                store.set_setting("tag", &tag).await?;
            }
            tag
        }
    };
    let id = |text: &str| Id::new(text).map_err(|_| Error::Address(settings.base.clone()));
    let feed_id = id(&format!("{tag}programme"))?;
    Ok((Identity { tag: id(&tag)?, feed_id, base: settings.base.clone() }, founded))
}

/// Everything from the store, reconciled anew. What must be remembered of it is written at once.
async fn load(store: &Store, identity: &Identity, now: Timestamp, write: bool) -> Result<State, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        // Read first: what is written while the rest is read makes the number wrong, and all is read again next time.
        let revision = store.revision().await?;
        let mut health = store.all_health().await?;
        let sources = store.sources().await?.into_iter().map(|source| {
            let health = health.remove(&source.key).unwrap_or_default();
            known(source, &health)
        });
        let sources = sources.collect();
        let records = store.ledger().await?;
        let remembered = u64::try_from(records.len()).unwrap_or(u64::MAX);
        let decisions = store.decisions().await?;
        let emptied = decisions.iter().filter(|decision| decision.undone.is_none());
        let emptied = emptied.filter_map(|decision| match &decision.ruling {
            Ruling::Emptied { source, since } => Some((source.clone(), *since)),
            _ => None,
        });
        let emptied = emptied.collect();
        let mut reconciler = Reconciler::new(identity.clone(), sources, &decisions, Ledger::from_records(records));
        let mut records = reconciler.update(store.entries().await?, now);
        records.extend(reconciler.sweep(now));
        if !write {
            records.clear();
        }
        match store.append(&records, remembered).await {
            Ok(known) => {
                let revision = revision + i64::from(!records.is_empty());
                let (changed, told, pushed) = Default::default();
                return Ok(State { reconciler, known, emptied, revision, changed, told, pushed });
            }
            Err(store::Error::Stale { .. }) if tries < MOST_TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn snapshot(settings: &Settings, identity: &Identity, founded: Timestamp, programme: &Programme) -> Snapshot {
    let mut events: Vec<_> = programme.events.values().cloned().collect();
    // The latest first; those of one instant stay in the order of their ids, in which the programme keeps them.
    events.sort_by_cached_key(|event| std::cmp::Reverse(event.event.updated));
    let mut tombstones: Vec<Tombstone> =
        programme.tombstones.iter().map(|(id, at)| Tombstone { id: id.clone(), at: *at }).collect();
    tombstones.sort_by(|a, b| (b.at, &a.id).cmp(&(a.at, &b.id)));
    // Whoever has not looked for a year starts anew; a feed that tells of all that ever was would only grow.
    tombstones.truncate(MOST_TOMBSTONES);
    let updated =
        events.iter().map(|e| e.event.updated).chain(tombstones.iter().map(|t| t.at)).max().unwrap_or(founded);
    let name = settings.publisher.clone().unwrap_or_else(|| settings.title.clone());
    let head = Head {
        id: identity.feed_id.clone(),
        title: settings.title.clone(),
        subtitle: settings.subtitle.clone(),
        language: settings.language.clone(),
        zone: settings.zone.clone(),
        updated,
        author: Organiser { name, page: Some(settings.base.clone()), role: None },
        base: settings.base.clone(),
        stem: "programme",
        licence: settings.licence.clone(),
        rights: None,
        regions: Vec::new(),
        complete: true,
        hub: settings.hub.clone(),
    };
    Snapshot::new(Feed { head, events, tombstones }, programme.redirects.clone())
}
