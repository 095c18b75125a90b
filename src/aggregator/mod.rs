//! Many feeds into one programme.
//!
//! One round, every step named: due → fetch → parse → record → reconcile → snapshot. An [`Aggregator`] holds what all
//! rounds share; it hides the concurrency of fetches, what is written when, and how the snapshot is swapped.

pub mod desk;
pub mod due;
mod poll;
pub mod reconcile;
pub mod record;
mod round;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::Mutex;

use self::poll::{Asker, Document, Outcome, Polled, Polls};
use self::reconcile::{Identity, Known, Reconciler};
use self::record::Guard;
pub use self::round::{Changes, Round, SourceFailure, SourceFinding, Which};
use self::visit::{Visit, known};
use crate::event::{Address, Id, Language, Licence, Line, Organiser, Zone};
use crate::fetch::{Fetcher, Headers};
use crate::format::{Feed, Head, Tombstone};
use crate::metrics::{Metrics, Step};
use crate::programme::{Entry, FailureKind, Health, Ledger, Presence, Programme, Source, SourceKey};
use crate::snapshot::{Current, Snapshot};
use crate::store::{self, Batch, Poll, Store};

/// How many events that are no more the feed still tells of, the latest.
const MOST_TOMBSTONES: usize = 500;
/// How often what another process did is taken up before it is an error.
const MOST_TRIES: usize = 5;
/// No revision of any store.
const UNKNOWN: i64 = -1;
/// From this many hosts that all fail to be reached, it is our own network that failed.
const OUTAGE_HOSTS: usize = 3;
/// When nothing more came for so long, what did come is shown: slow sources keep nobody's news back.
const QUIET: Duration = Duration::from_secs(1);

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
    metrics: Metrics,
    /// Sources of a rehearsal that the store does not know.
    unregistered: Vec<Source>,
}

/// What all that record and reconcile share. Locked to write, never while somebody is asked.
struct State {
    reconciler: Reconciler,
    /// Records in the stored ledger that the reconciler knows.
    known: u64,
    /// Revision of the store after our last write: another one means that someone else wrote.
    revision: i64,
    /// Entries that were recorded and are not reconciled yet.
    changed: BTreeMap<SourceKey, BTreeSet<Id>>,
    /// What the sources that were asked since then say of themselves.
    told: BTreeMap<SourceKey, Known>,
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
        let metrics = Metrics::default();
        Ok(Aggregator { store, fetcher, settings, identity, founded, state, current, metrics, unregistered })
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
        let mut polls = Polls::begin(&self.asker(now), asked);
        let mut done = 0;
        let mut failed = Vec::new();
        loop {
            let polled = match tokio::time::timeout(QUIET, polls.next()).await {
                Ok(Some(polled)) => polled,
                Ok(None) => break,
                Err(_) => {
                    self.settle(&mut *self.state.lock().await, now).await?;
                    continue;
                }
            };
            done += 1;
            progress(done, round.sources, &polled.source.key);
            match polled.outcome {
                Outcome::Failed(_) => failed.push(polled),
                _ => self.record(polled, false, now, &mut round).await?,
            }
        }
        // Failures are recorded when all are known: when no host can be reached, nobody is blamed.
        let outage = outage(&failed, round.sources);
        for polled in failed {
            self.record(polled, outage, now, &mut round).await?;
        }
        let mut state = self.state.lock().await;
        self.settle(&mut state, now).await?;
        round.close(&before, &state.reconciler);
        round.seconds = began.elapsed().as_secs_f64();
        if round.sources > 0 {
            self.metrics.round(began.elapsed());
        }
        Ok(round)
    }

    /// Takes up what a source sent of its own accord, as a hub hands it on. `None` when we have no such source.
    ///
    /// What is not in it is not gone: a hub may send the news alone, and the next poll tells. For the same reason it
    /// changes neither validators nor the next poll. What cannot be read is a failure of this round only.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn receive(
        &self,
        key: &SourceKey,
        body: Bytes,
        content_type: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Round>, Error> {
        let began = Instant::now();
        let Some(source) = self.store.sources().await?.into_iter().find(|source| source.key == *key) else {
            return Ok(None);
        };
        let before = self.up_to_date(now).await?;
        let health = self.store.source_health(key).await?;
        let address = Some(source.address.clone());
        let document = Document { bytes: body, kind: content_type.map(str::to_owned), address };
        let outcome = match self.asker(now).read(&source, &health, document, Headers::default()).await {
            Outcome::Read { reading, .. } => Outcome::Pushed(reading),
            other => other,
        };
        let mut round = Round { sources: 1, ..Round::default() };
        let pushed = matches!(outcome, Outcome::Pushed(_));
        let polled = Polled { source, health, outcome, millis: 0 };
        if pushed {
            self.record(polled, false, now, &mut round).await?;
        } else {
            round.add(&Visit::of(polled, &BTreeMap::new(), false, &self.settings, now));
        }
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
        let mut polls = Polls::begin(&self.asker(now), asked);
        let mut done = 0;
        let mut entries = Vec::new();
        let mut told = BTreeMap::new();
        while let Some(polled) = polls.next().await {
            done += 1;
            progress(done, round.sources, &polled.source.key);
            let held = self.store.prints(&polled.source.key).await?;
            let visit = Visit::of(polled, &held, false, &self.settings, now);
            round.add(&visit);
            let Some(plan) = &visit.plan else { continue };
            entries.extend(plan.put.iter().map(|put| put.entry.clone()));
            let moved: BTreeMap<&Id, Presence> = plan.presence.iter().map(|(id, p)| (id, *p)).collect();
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

    fn asker(&self, now: Timestamp) -> Asker {
        Asker { fetcher: self.fetcher.clone(), zone: self.settings.zone.clone(), metrics: self.metrics.clone(), now }
    }

    /// The programme, after taking up what another process or a person wrote since.
    async fn up_to_date(&self, now: Timestamp) -> Result<Programme, Error> {
        let mut state = self.state.lock().await;
        if state.revision != self.store.revision().await? {
            *state = load(&self.store, &self.identity, now, true).await?;
            self.publish(&state);
        }
        Ok(state.reconciler.programme().clone())
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

    /// Writes what follows from a poll, in one transaction, and notes what must be reconciled.
    async fn record(&self, polled: Polled, outage: bool, now: Timestamp, round: &mut Round) -> Result<(), Error> {
        let key = polled.source.key.clone();
        let held = match polled.outcome {
            Outcome::Failed(_) => BTreeMap::new(),
            _ => self.store.prints(&key).await?,
        };
        let visit = Visit::of(polled, &held, outage, &self.settings, now);
        if let Some(failure) = &visit.failure {
            tracing::info!(source = %key, kind = failure.kind.as_str(), detail = %failure.detail, millis = visit.millis, "a source failed");
        }
        round.add(&visit);
        visit.plan.iter().flat_map(|plan| &plan.findings).for_each(|finding| self.metrics.found(finding.code));
        let (put, presence): (&[_], &[_]) = visit.plan.as_ref().map_or((&[], &[]), |plan| (&plan.put, &plan.presence));
        let batch = Batch {
            source: &key,
            health: &visit.health,
            put,
            presence,
            findings: visit.plan.as_ref().map(|plan| plan.findings.as_slice()),
            poll: Poll { at: now, outcome: visit.outcome.into(), entries: visit.listed, millis: visit.millis },
        };
        let mut state = self.state.lock().await;
        // Should this fail or be given up, nobody knows what was written: then all is read again.
        let revision = std::mem::replace(&mut state.revision, UNKNOWN);
        let recording = Instant::now();
        self.store.record(&batch).await?;
        self.metrics.took(Step::Record, recording.elapsed());
        state.revision = if revision == UNKNOWN { UNKNOWN } else { revision + 1 };
        let ids = put.iter().map(|p| p.entry.key.id.clone()).chain(presence.iter().map(|(id, _)| id.clone()));
        state.changed.entry(key.clone()).or_default().extend(ids);
        if visit.plan.is_some() {
            state.told.insert(key, visit.known());
        }
        Ok(())
    }

    /// Reconciles what was recorded, remembers what must be, and shows the programme that follows.
    async fn settle(&self, state: &mut State, now: Timestamp) -> Result<(), Error> {
        let (told, changed) = (std::mem::take(&mut state.told), std::mem::take(&mut state.changed));
        if told.is_empty() {
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
        let entries = self.changed_entries(&changed).await?;
        records.extend(state.reconciler.update(entries, now));
        self.metrics.took(Step::Reconcile, reconciling.elapsed());
        // Remembered before it is shown: what a reader has seen is never forgotten.
        match self.store.append(&records, state.known).await {
            Ok(known) => {
                state.known = known;
                let appended = i64::from(!records.is_empty());
                state.revision = if revision == UNKNOWN { UNKNOWN } else { revision + appended };
            }
            // Another process reconciled meanwhile: what it remembers holds, and all is reconciled with it.
            Err(store::Error::Stale { .. }) => *state = load(&self.store, &self.identity, now, true).await?,
            Err(error) => return Err(error.into()),
        }
        self.publish(state);
        Ok(())
    }

    fn publish(&self, state: &State) {
        let rendering = Instant::now();
        self.current.publish(snapshot(&self.settings, &self.identity, self.founded, state.reconciler.programme()));
        self.metrics.took(Step::Render, rendering.elapsed());
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

/// Whether it is our own network that failed: of several hosts none could be reached.
fn outage(failed: &[Polled], asked: usize) -> bool {
    let unreached = |polled: &Polled| {
        matches!(&polled.outcome, Outcome::Failed(failure)
            if matches!(failure.kind, FailureKind::NameNotFound | FailureKind::Connection | FailureKind::Timeout))
    };
    let hosts: BTreeSet<&str> = failed.iter().map(|polled| polled.source.address.host()).collect();
    let outage = failed.len() == asked && hosts.len() >= OUTAGE_HOSTS && failed.iter().all(unreached);
    if outage {
        tracing::warn!(hosts = hosts.len(), "no host could be reached: our own network is taken to have failed");
    }
    outage
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
        let mut reconciler = Reconciler::new(identity.clone(), sources, &decisions, Ledger::from_records(records));
        let mut records = reconciler.update(store.entries().await?, now);
        records.extend(reconciler.sweep(now));
        if !write {
            records.clear();
        }
        match store.append(&records, remembered).await {
            Ok(known) => {
                let revision = revision + i64::from(!records.is_empty());
                let (changed, told) = Default::default();
                return Ok(State { reconciler, known, revision, changed, told });
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
        hub: settings.hub.clone(),
    };
    Snapshot::new(Feed { head, events, tombstones }, programme.redirects.clone())
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
            hub: None,
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
        // What a hub hands on is shown at once, and what it leaves out stays.
        let pushed = feed.replace("<id>e</id>", "<id>n</id>");
        let key = SourceKey::new(&format!("lab{port}")).unwrap();
        let round = aggregator.receive(&key, pushed.into(), None, now).await.unwrap().unwrap();
        assert_eq!((round.fetched, round.events, round.changes.added.len()), (1, 2, 1));
        assert!(aggregator.store.entries().await.unwrap().iter().all(|e| e.presence == Presence::Listed));
        let round = aggregator.receive(&key, "<html></html>".into(), None, now).await.unwrap().unwrap();
        assert_eq!((round.failed, round.events), (1, 2));
        assert_eq!(aggregator.store.source_health(&key).await.unwrap().failures, 0, "whoever pushes harms a source");
        assert_eq!(aggregator.state.lock().await.revision, aggregator.store.revision().await.unwrap());
        // What another writes is seen.
        aggregator.store.set_setting("x", "y").await.unwrap();
        assert_ne!(aggregator.state.lock().await.revision, aggregator.store.revision().await.unwrap());
        server.abort();
    }
}
