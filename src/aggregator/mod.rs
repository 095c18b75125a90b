//! Many feeds into one programme.
//!
//! One round, every step named: due → fetch → parse → record → reconcile → snapshot. An [`Aggregator`] holds what all
//! rounds share; it hides the concurrency of fetches, what is written when, and how the snapshot is swapped.

pub mod due;
pub mod reconcile;
pub mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use self::reconcile::{Identity, Known, Reconciler};
use self::record::{Guard, Plan, plan};
use crate::event::{Address, Id, Language, Licence, Line, Organiser, Zone};
use crate::fetch::{Answer, Fetcher, Headers, Request};
use crate::format::{Feed, Head, Hints, Tombstone};
use crate::parse;
use crate::programme::{
    Entry, Failure, FailureKind, Finding, Health, Ledger, Presence, Programme, Severity, Source, SourceKey,
};
use crate::snapshot::{Current, Snapshot};
use crate::store::{self, Batch, Poll, Store};

/// How many sources are fetched at once. Courtesy to one host is the fetcher's; this bounds memory and sockets.
const AT_ONCE: usize = 16;
/// How many events that are no more the feed still tells of, the latest.
const MOST_TOMBSTONES: usize = 500;
/// How often what another process did is taken up before it is an error.
const MOST_TRIES: usize = 5;
/// No revision of any store.
const UNKNOWN: i64 = -1;
/// From this many hosts that all fail to be reached, it is our own network that failed.
const OUTAGE_HOSTS: usize = 3;

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
    /// Least time between two polls of one source.
    pub interval: Duration,
    /// When a disappearance is held.
    pub guard: Guard,
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
    /// Sources of a rehearsal that the store does not know.
    unregistered: Vec<Source>,
}

struct State {
    reconciler: Reconciler,
    /// Records in the stored ledger that the reconciler knows.
    known: u64,
    /// Revision of the store after our last write: another one means that someone else wrote.
    revision: i64,
}

/// Which sources a round asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that are due.
    Due,
    /// All that are not paused.
    All,
}

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Round {
    /// Sources asked.
    pub sources: usize,
    /// That gave a feed.
    pub fetched: usize,
    /// That had nothing new.
    pub unchanged: usize,
    /// That failed.
    pub failed: usize,
    /// Entries held, of all sources.
    pub entries: usize,
    /// Entries that wait for their author.
    pub quarantined: usize,
    /// Events of the programme.
    pub events: usize,
    /// Events that have several copies.
    pub merged: usize,
    /// How long it took.
    pub seconds: f64,
    /// What was found, by source.
    pub findings: Vec<SourceFinding>,
    /// Why sources failed.
    pub failures: Vec<SourceFailure>,
    /// What became of the programme.
    pub changes: Changes,
}

/// A finding with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFinding {
    /// Whose.
    pub source: SourceKey,
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
}

/// A failure with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFailure {
    /// Whose.
    pub source: SourceKey,
    /// What.
    #[serde(flatten)]
    pub failure: Failure,
}

/// How a programme differs from what it was: titles by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Events that are new.
    pub added: BTreeMap<Id, Line>,
    /// Events that say something else.
    pub changed: BTreeMap<Id, Line>,
    /// Events that took another copy.
    pub merged: BTreeMap<Id, Line>,
    /// Events that are no more.
    pub withdrawn: BTreeMap<Id, Line>,
}

/// What one poll brought, before anything is written.
struct Polled {
    source: Source,
    health: Health,
    outcome: Outcome,
    millis: u32,
}

enum Outcome {
    Unchanged(Headers),
    /// The bytes are those we have read before.
    SameBody(Headers),
    Read {
        headers: Headers,
        body: String,
        reading: Box<crate::format::Reading>,
    },
    Rejected {
        headers: Headers,
        body: String,
        finding: Finding,
    },
    Failed(Failure),
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
        if store.sources().await?.is_empty() {
            for source in sources {
                store.put_source(source).await?;
            }
        }
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
        Ok(Aggregator { store, fetcher, settings, identity, founded, state, current, unregistered })
    }

    /// What readers are shown.
    pub fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current)
    }

    /// The store, for what the pages tell of sources.
    pub fn store(&self) -> &Store {
        &self.store
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
        let mut state = self.state.lock().await;
        let mut revision = self.store.revision().await?;
        // Whatever ends this round early leaves a reconciler that knows more than the store: it is then not trusted.
        let trusted = std::mem::replace(&mut state.revision, UNKNOWN) == revision;
        if !trusted {
            // Someone else wrote: another process, or a person who decided.
            let loaded = load(&self.store, &self.identity, now, true).await?;
            (state.reconciler, state.known, revision) = (loaded.reconciler, loaded.known, loaded.revision);
        }
        let before = state.reconciler.programme().clone();
        let asked = self.asked(which, now).await?;
        if asked.is_empty() && trusted {
            state.revision = revision;
            let mut round = Round::default();
            round.count(state.reconciler.programme(), &state.reconciler);
            return Ok(round);
        }
        let mut round = Round { sources: asked.len(), ..Round::default() };
        let mut changed: BTreeMap<SourceKey, BTreeSet<Id>> = BTreeMap::new();
        let mut failed = Vec::new();
        let mut known = Vec::new();
        let total = asked.len();
        let mut polls = self.poll(asked, now);
        let mut done = 0;
        while let Some(polled) = polls.next().await {
            done += 1;
            progress(done, total, &polled.source.key);
            if let Outcome::Failed(_) = polled.outcome {
                failed.push(polled);
                continue;
            }
            let (facts, ids) = self.record(polled, now, &mut round).await?;
            changed.entry(facts.source.key.clone()).or_default().extend(ids);
            known.push(facts);
        }
        // Every poll was one write; what anyone else writes meanwhile shows in the number, and is read next time.
        revision += i64::try_from(done).unwrap_or(i64::MAX);
        self.record_failures(failed, now, &mut round).await?;
        let mut records = Vec::new();
        // In the order of keys, not of arrival, so that the same feeds mint the same slugs.
        known.sort_by(|a, b| a.source.key.cmp(&b.source.key));
        for facts in known {
            records.extend(state.reconciler.set_source(facts, now));
        }
        let entries: Vec<Entry> = self.changed_entries(&changed).await?;
        records.extend(state.reconciler.update(entries, now));
        // Remembered before it is shown: what a reader has seen is never forgotten.
        match self.store.append(&records, state.known).await {
            Ok(known) => {
                state.known = known;
                state.revision = revision + i64::from(!records.is_empty());
            }
            // Another process reconciled meanwhile: what it remembers holds, and all is reconciled with it.
            Err(store::Error::Stale { .. }) => {
                let loaded = load(&self.store, &self.identity, now, true).await?;
                (state.reconciler, state.known, state.revision) = (loaded.reconciler, loaded.known, loaded.revision);
            }
            Err(error) => return Err(error.into()),
        }
        let programme = state.reconciler.programme();
        round.changes = changes(&before, programme);
        round.count(programme, &state.reconciler);
        self.current.publish(snapshot(&self.settings, &self.identity, self.founded, programme));
        round.seconds = began.elapsed().as_secs_f64();
        Ok(round)
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
        let total = asked.len();
        let mut polls = self.poll(asked, now);
        let mut done = 0;
        let mut entries = Vec::new();
        let mut known = Vec::new();
        let stored = self.store.entries().await?;
        while let Some(polled) = polls.next().await {
            done += 1;
            progress(done, total, &polled.source.key);
            let key = polled.source.key.clone();
            match polled.outcome {
                Outcome::Unchanged(_) | Outcome::SameBody(_) => round.unchanged += 1,
                Outcome::Failed(failure) => {
                    round.failed += 1;
                    round.failures.push(SourceFailure { source: key, failure });
                }
                Outcome::Rejected { finding, .. } => {
                    round.failed += 1;
                    round.find(&key, vec![finding]);
                }
                Outcome::Read { reading, .. } => {
                    round.fetched += 1;
                    let mut health = polled.health;
                    health.feed_id.clone_from(&reading.feed.id);
                    health.feed_title.clone_from(&reading.feed.title);
                    known.push(facts(polled.source, &health));
                    let held = self.store.prints(&key).await?;
                    let plan = plan(&key, *reading, &held, self.settings.guard, now);
                    entries.extend(plan.put.iter().map(|put| put.entry.clone()));
                    let moved: BTreeMap<&Id, Presence> = plan.presence.iter().map(|(id, p)| (id, *p)).collect();
                    entries.extend(stored.iter().filter(|e| e.key.source == key).filter_map(|entry| {
                        moved.get(&entry.key.id).map(|presence| Entry { presence: *presence, ..entry.clone() })
                    }));
                    round.find(&key, plan.findings);
                }
            }
        }
        known.sort_by(|a, b| a.source.key.cmp(&b.source.key));
        for facts in known {
            reconciler.set_source(facts, now);
        }
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        reconciler.update(entries, now);
        round.changes = changes(&before, reconciler.programme());
        round.count(reconciler.programme(), &reconciler);
        round.seconds = began.elapsed().as_secs_f64();
        Ok(round)
    }

    async fn asked(&self, which: Which, now: Timestamp) -> Result<Vec<(Source, Health)>, Error> {
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

    fn poll(&self, asked: Vec<(Source, Health)>, now: Timestamp) -> Polls {
        let zone = self.settings.zone.clone();
        Polls {
            waiting: asked.into_iter().rev().collect(),
            running: JoinSet::new(),
            fetcher: self.fetcher.clone(),
            zone,
            now,
        }
    }

    /// Writes what one source said, in one transaction; gives the entries that must be reconciled.
    async fn record(&self, polled: Polled, now: Timestamp, round: &mut Round) -> Result<(Known, BTreeSet<Id>), Error> {
        let Polled { source, mut health, outcome, millis } = polled;
        let key = &source.key;
        let held = self.store.prints(key).await?;
        health.tried = Some(now);
        let (plan, name, headers) = match outcome {
            Outcome::Unchanged(headers) => {
                round.unchanged += 1;
                (None, "unchanged", headers)
            }
            Outcome::SameBody(headers) => {
                round.unchanged += 1;
                (None, "same", headers)
            }
            Outcome::Read { headers, body, reading } => {
                round.fetched += 1;
                health.feed_id.clone_from(&reading.feed.id);
                health.feed_title.clone_from(&reading.feed.title);
                health.body = Some(body);
                (Some(plan(key, *reading, &held, self.settings.guard, now)), "fresh", headers)
            }
            Outcome::Rejected { headers, body, finding } => {
                round.failed += 1;
                let failure = Failure {
                    kind: FailureKind::NotAFeed,
                    detail: finding.code.as_str().to_owned(),
                    retry_after: None,
                };
                round.failures.push(SourceFailure { source: key.clone(), failure: failure.clone() });
                health.failure = Some(failure);
                health.body = Some(body);
                (Some(Plan { findings: vec![finding], ..Plan::default() }), "rejected", headers)
            }
            Outcome::Failed(_) => return Ok((facts(source, &health), BTreeSet::new())),
        };
        health.etag.clone_from(&headers.etag);
        health.last_modified.clone_from(&headers.last_modified);
        // The same broken body, told by 304 or by its hash, is still broken.
        let broken = health.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::NotAFeed);
        if name == "rejected" || (name != "fresh" && broken) {
            health.failures = health.failures.saturating_add(1);
            health.due = Some(due::after_failure(key, self.settings.interval, health.failures, None, now));
        } else {
            health.good = Some(now);
            health.failure = None;
            health.failures = 0;
            health.due =
                Some(due::after_success(key, self.settings.interval, headers.max_age.max(headers.retry_after), now));
        }
        let listed = plan.as_ref().map_or_else(|| count_listed(&held), |plan| plan.listed);
        let mut plan = plan;
        if let Some(plan) = &mut plan {
            round.find(key, plan.findings.clone());
        }
        let (put, presence): (&[_], &[_]) = plan.as_ref().map_or((&[], &[]), |plan| (&plan.put, &plan.presence));
        let batch = Batch {
            source: key,
            health: &health,
            put,
            presence,
            findings: plan.as_ref().map(|plan| plan.findings.as_slice()),
            poll: Poll { at: now, outcome: name.into(), entries: listed, millis },
        };
        self.store.record(&batch).await?;
        let ids = put.iter().map(|p| p.entry.key.id.clone()).chain(presence.iter().map(|(id, _)| id.clone())).collect();
        Ok((facts(source, &health), ids))
    }

    /// Failures are written when all are known: when every host fails, it is our network, and nobody is blamed.
    async fn record_failures(&self, failed: Vec<Polled>, now: Timestamp, round: &mut Round) -> Result<(), Error> {
        let unreached = |kind: FailureKind| {
            matches!(kind, FailureKind::NameNotFound | FailureKind::Connection | FailureKind::Timeout)
        };
        let hosts: BTreeSet<&str> = failed.iter().map(|polled| polled.source.address.host()).collect();
        let all = failed.len() == round.sources
            && failed.iter().all(|p| matches!(&p.outcome, Outcome::Failed(f) if unreached(f.kind)));
        let outage = all && hosts.len() >= OUTAGE_HOSTS;
        if outage {
            tracing::warn!(hosts = hosts.len(), "no host could be reached: our own network is taken to have failed");
        }
        for Polled { source, mut health, outcome, millis } in failed {
            let Outcome::Failed(failure) = outcome else { continue };
            let key = source.key;
            round.failed += 1;
            round.failures.push(SourceFailure { source: key.clone(), failure: failure.clone() });
            tracing::info!(source = %key, kind = failure.kind.as_str(), detail = %failure.detail, "a source failed");
            health.tried = Some(now);
            if !outage {
                health.failures = health.failures.saturating_add(1);
            }
            let failures = health.failures.max(1);
            health.due = Some(due::after_failure(&key, self.settings.interval, failures, failure.retry_after, now));
            health.failure = Some(failure);
            let poll = Poll { at: now, outcome: "failed".into(), entries: 0, millis };
            self.store
                .record(&Batch { source: &key, health: &health, put: &[], presence: &[], findings: None, poll })
                .await?;
        }
        Ok(())
    }

    async fn changed_entries(&self, changed: &BTreeMap<SourceKey, BTreeSet<Id>>) -> Result<Vec<Entry>, Error> {
        if changed.values().all(BTreeSet::is_empty) {
            return Ok(Vec::new());
        }
        let entries = self.store.entries().await?;
        Ok(entries
            .into_iter()
            .filter(|entry| changed.get(&entry.key.source).is_some_and(|ids| ids.contains(&entry.key.id)))
            .collect())
    }
}

fn count_listed(held: &BTreeMap<Id, store::StoredEntry>) -> u32 {
    u32::try_from(held.values().filter(|h| h.presence == Presence::Listed).count()).unwrap_or(u32::MAX)
}

fn facts(source: Source, health: &Health) -> Known {
    Known { source, feed_id: health.feed_id.clone(), feed_title: health.feed_title.clone() }
}

impl Round {
    fn find(&mut self, source: &SourceKey, findings: Vec<Finding>) {
        self.quarantined += findings.iter().filter(|f| f.code.severity() == Severity::Quarantine).count();
        self.findings.extend(findings.into_iter().map(|finding| SourceFinding { source: source.clone(), finding }));
        self.findings.sort_by(|a, b| (&a.source, &a.finding).cmp(&(&b.source, &b.finding)));
    }

    fn count(&mut self, programme: &Programme, reconciler: &Reconciler) {
        self.entries = reconciler.entries();
        self.events = programme.events.len();
        self.merged = programme.events.values().filter(|event| event.copies.len() > 1).count();
    }
}

/// Fetches and readings under way, a bounded number at once.
struct Polls {
    waiting: Vec<(Source, Health)>,
    running: JoinSet<Polled>,
    fetcher: Fetcher,
    zone: Option<Zone>,
    now: Timestamp,
}

impl Polls {
    async fn next(&mut self) -> Option<Polled> {
        loop {
            while self.running.len() < AT_ONCE
                && let Some((source, health)) = self.waiting.pop()
            {
                let (fetcher, zone, now) = (self.fetcher.clone(), self.zone.clone(), self.now);
                self.running.spawn(async move { poll(&fetcher, source, health, zone, now).await });
            }
            match self.running.join_next().await? {
                Ok(polled) => return Some(polled),
                // A task that panicked has said so; its source is asked again next time, since nothing was written.
                Err(error) => tracing::error!(%error, "a poll ended abnormally"),
            }
        }
    }
}

async fn poll(fetcher: &Fetcher, source: Source, health: Health, zone: Option<Zone>, now: Timestamp) -> Polled {
    let began = Instant::now();
    let request = Request {
        address: source.address.as_str(),
        etag: health.etag.as_deref(),
        last_modified: health.last_modified.as_deref(),
    };
    let outcome = match fetcher.get(request, now).await {
        Err(failure) => Outcome::Failed(failure),
        Ok(Answer::Unchanged(headers)) => Outcome::Unchanged(headers),
        Ok(Answer::Fresh(fresh)) => {
            let body: String = Sha256::digest(&fresh.body).iter().map(|byte| format!("{byte:02x}")).collect();
            if health.body.as_ref() == Some(&body) {
                Outcome::SameBody(fresh.headers)
            } else {
                let hints = Hints {
                    address: Address::new(&fresh.address).ok(),
                    language: source.language.clone(),
                    zone: source.zone.clone().or(zone),
                    region: source.region.clone(),
                    by_link: false,
                    seen: now,
                };
                let (bytes, kind) = (fresh.body, fresh.content_type);
                // Reading is work for a processor: on a thread where it holds up nobody, and where a panic ends there.
                let read = tokio::task::spawn_blocking(move || parse::read(&bytes, kind.as_deref(), &hints)).await;
                let headers = fresh.headers;
                match read {
                    Ok(Ok(reading)) => Outcome::Read { headers, body, reading: Box::new(reading) },
                    Ok(Err(rejected)) => Outcome::Rejected { headers, body, finding: rejected.finding },
                    Err(_) => {
                        let finding = Finding::new(crate::programme::Code::ReaderFailed, None, "");
                        Outcome::Rejected { headers, body, finding }
                    }
                }
            }
        }
    };
    let millis = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
    Polled { source, health, outcome, millis }
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
            facts(source, &health)
        });
        let sources = sources.collect();
        let records = store.ledger().await?;
        let known = u64::try_from(records.len()).unwrap_or(u64::MAX);
        let decisions = store.decisions().await?;
        let mut reconciler = Reconciler::new(identity.clone(), sources, &decisions, Ledger::from_records(records));
        let mut records = reconciler.update(store.entries().await?, now);
        records.extend(reconciler.sweep(now));
        if !write {
            records.clear();
        }
        match store.append(&records, known).await {
            Ok(known) => {
                let revision = revision + i64::from(!records.is_empty());
                return Ok(State { reconciler, known, revision });
            }
            Err(store::Error::Stale { .. }) if tries < MOST_TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn snapshot(settings: &Settings, identity: &Identity, founded: Timestamp, programme: &Programme) -> Snapshot {
    let mut events: Vec<_> = programme.events.values().cloned().collect();
    events.sort_by(|a, b| (b.event.updated, &a.event.id).cmp(&(a.event.updated, &b.event.id)));
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
    };
    Snapshot::new(Feed { head, events, tombstones }, programme.redirects.clone())
}

/// How one programme differs from another.
fn changes(before: &Programme, after: &Programme) -> Changes {
    let mut out = Changes::default();
    for (id, event) in &after.events {
        let title = event.event.title.clone();
        match before.events.get(id) {
            None => drop(out.added.insert(id.clone(), title)),
            Some(old) => {
                if old.event != event.event {
                    out.changed.insert(id.clone(), title.clone());
                }
                let known: BTreeSet<_> = old.copies.iter().map(|copy| &copy.key).collect();
                if event.copies.iter().any(|copy| !known.contains(&copy.key)) {
                    out.merged.insert(id.clone(), title);
                }
            }
        }
        if !before.events.contains_key(id) && event.copies.len() > 1 {
            out.merged.insert(id.clone(), event.event.title.clone());
        }
    }
    for (id, event) in &before.events {
        if !after.events.contains_key(id) {
            out.withdrawn.insert(id.clone(), event.event.title.clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Rules;
    use crate::programme::{Role, Trust};

    #[tokio::test]
    async fn a_round_takes_its_own_writes_for_another_processes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("p.db").display())).await.unwrap();
        // One feed is there; where nobody listens the poll fails, and failures are written too.
        let feed = "<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>F</title><updated>2024-01-01T00:00:00Z</updated>\
                    <entry><id>e</id><title>Un</title><updated>2024-01-01T00:00:00Z</updated></entry></feed>";
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = axum::Router::new().route("/feed.atom", axum::routing::get(move || async move { feed }));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let source = |n: u16| Source {
            key: SourceKey::new(&format!("lab{n}")).unwrap(),
            address: Address::new(&format!("http://127.0.0.1:{n}/feed.atom")).unwrap(),
            name: Line::new("Lab").unwrap(),
            region: None,
            language: None,
            zone: None,
            role: Role::Lab,
            trust: Trust::Auto,
            verified_hosts: BTreeSet::new(),
            kind: Default::default(),
            reads_pages: false,
            paused: false,
        };
        let settings = Settings {
            title: Line::new("Programme").unwrap(),
            subtitle: None,
            language: Language::new("fr").unwrap(),
            zone: None,
            publisher: None,
            licence: None,
            tag: None,
            base: Address::new("https://programme.example/").unwrap(),
            interval: Duration::from_mins(15),
            guard: Guard::default(),
        };
        let fetcher = Fetcher::new(Rules { allow_private_addresses: true, ..Rules::default() }).unwrap();
        let now = Timestamp::from_second(1_760_000_000).unwrap();
        let sources = [source(1), source(port)];
        let aggregator = Aggregator::open(store, fetcher, settings, &sources, now).await.unwrap();
        for added in [1, 0] {
            let round = aggregator.round(Which::All, now, |_, _, _| {}).await.unwrap();
            assert_eq!((round.failed, round.changes.added.len()), (1, added));
            let known = aggregator.state.lock().await.revision;
            assert_eq!(known, aggregator.store.revision().await.unwrap());
        }
        // What another writes is seen.
        aggregator.store.set_setting("x", "y").await.unwrap();
        assert_ne!(aggregator.state.lock().await.revision, aggregator.store.revision().await.unwrap());
        server.abort();
    }
}
