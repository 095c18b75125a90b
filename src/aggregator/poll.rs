//! Asking sources and reading what they answer, before anything of it is recorded.
//!
//! Hides who is asked when: one address at a time of a host, each address once for all the sources that share it, many
//! hosts at once, and a slow one never in the place of others. A panic while reading costs that one poll.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::task::JoinSet;

use super::agenda;
use super::due::later;
use super::record::Incoming;
use crate::event::text::hex;
use crate::event::{Address, Event, Id, Zone};
use crate::fetch::{Answer, Fetcher, Headers, Request};
use crate::format::Hints;
use crate::metrics::{Fetched, Metrics, Step};
use crate::parse;
use crate::programme::{Code, Failure, FailureKind, Finding, Health, Kind, Source};
use crate::store::{self, Store, StoredEntry};

/// How many hosts are asked at once: enough that one core has always something to read.
const AT_ONCE: usize = 16;
/// A fetch that takes longer makes room for another: it waits for its host, not for us. Were it seconds, a few dozen slow
/// hosts would hold all places, one after the other, and everyone would wait for them.
const SLOW: Duration = Duration::from_millis(100);
/// How many slow fetches go on beside the others. With [`AT_ONCE`], bounds sockets, and memory by as many bodies.
const SLOW_AT_ONCE: usize = 128;

/// What comes within so long is recorded together: a write waits for the disk however little it holds.
const TOGETHER: Duration = Duration::from_millis(20);

/// How often the reading of one body may be begun without coming to an end: a power cut, an upgrade and a restart by
/// hand may all fall into the same moment, a body that kills the process does so each time.
const MOST_READINGS: u32 = 5;
/// In how many polls an entry must be missing before its page is looked at, how many pages are looked at in one poll,
/// and how long until one is looked at again.
const VANISHED_POLLS: u32 = 3;
const PAGES_AT_ONCE: usize = 3;
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// What is asked for at the address of a page.
pub(super) const PAGE: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// What one poll of a source brought.
pub(super) struct Polled {
    pub(super) source: Source,
    /// How the source did before.
    pub(super) health: Health,
    /// Its entries, where the outcome is to be compared with them.
    pub(super) entries: BTreeMap<Id, StoredEntry>,
    /// Those events of them that the comparison wants.
    pub(super) events: BTreeMap<Id, Event>,
    pub(super) outcome: Outcome,
    /// The pages of vanished entries that were looked at.
    pub(super) pages: Vec<(Id, PageState)>,
    /// Before it was asked.
    pub(super) began: Instant,
    pub(super) times: Times,
}

/// How long the parts of a poll took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    /// Asking and being answered, waiting for one's turn at the host included.
    pub(super) fetch: Duration,
    /// Reading what came.
    pub(super) read: Duration,
}

pub(super) enum Outcome {
    /// 304.
    Unchanged {
        headers: Headers,
        moved: Option<Address>,
    },
    /// The bytes are those we have read before.
    SameBody {
        headers: Headers,
        moved: Option<Address>,
    },
    Read {
        headers: Headers,
        moved: Option<Address>,
        body: String,
        incoming: Box<Incoming>,
    },
    Rejected {
        headers: Headers,
        body: String,
        finding: Finding,
    },
    /// It came of its own accord: what is not in it is not gone. `None`: we have read these bytes before.
    Pushed(Option<Box<Incoming>>),
    Failed(Failure),
    /// It was not asked: its host wants no visits until then.
    Postponed(Timestamp),
}

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageState {
    /// 404 or 410.
    Gone,
    /// Anything else, failures included: no proof of anything.
    Perhaps,
}

/// What all polls of a round share.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) fetcher: Fetcher,
    pub(super) store: Store,
    /// Nothing is written.
    pub(super) rehearsal: bool,
    /// The programme's zone, for sources that declare none.
    pub(super) zone: Option<Zone>,
    /// Until when a host is left alone that wants fewer visits and does not say until when.
    pub(super) interval: Duration,
    pub(super) metrics: Metrics,
    /// Places for documents that are being read, two for each processor: more would wait for each other, each
    /// with all that it holds.
    pub(super) readers: Arc<Semaphore>,
    pub(super) now: Timestamp,
}

/// Polls under way. Dropping it ends them.
pub(super) struct Polls {
    done: mpsc::Receiver<Result<Polled, store::Error>>,
    /// What came and was not given yet.
    came: Vec<Result<Polled, store::Error>>,
    _running: JoinSet<()>,
}

impl Polls {
    /// Begins to ask these sources, those first of each host that stand first.
    pub(super) fn begin(asker: &Asker, asked: Vec<(Source, Health)>) -> Polls {
        let mut hosts: BTreeMap<String, Vec<Vec<(Source, Health)>>> = BTreeMap::new();
        for (source, health) in asked {
            let addresses = hosts.entry(source.address.host().to_owned()).or_default();
            let same = |other: &Source| other.address == source.address && other.kind == source.kind;
            match addresses.iter_mut().find(|group| same(&group[0].0)) {
                Some(group) => group.push((source, health)),
                None => addresses.push(vec![(source, health)]),
            }
        }
        // Readings wait here for their turn to be recorded: no more than are worth keeping in memory.
        let (sender, done) = mpsc::channel(AT_ONCE);
        let room = Arc::new(Room { quick: Semaphore::new(AT_ONCE), slow: Semaphore::new(SLOW_AT_ONCE) });
        let mut running = JoinSet::new();
        for addresses in hosts.into_values() {
            let (asker, sender, room) = (asker.clone(), sender.clone(), Arc::clone(&room));
            running.spawn(async move {
                let (mut wants_fewer, mut left) = (None, addresses.into_iter());
                while let Some(group) = left.next() {
                    match wants_fewer {
                        None => {
                            // A thousand may wait for a place: what a poll takes is taken from then on.
                            let Ok(place) = room.quick.acquire().await else { return };
                            let alone = left.len() == 0;
                            wants_fewer = Box::pin(asker.poll(group, alone, place, &room, &sender)).await;
                        }
                        Some(until) => {
                            for (source, health) in group {
                                let polled = Polled::new(source, health, Outcome::Postponed(until));
                                let _ = sender.send(Ok(polled)).await;
                            }
                        }
                    }
                }
            });
        }
        Polls { done, came: Vec::new(), _running: running }
    }

    /// Those that are done, as many as came in [`TOGETHER`], in the order they ended; none when all were given. A task
    /// that panicked gives nothing: its sources are asked again next time, since nothing was written. May be dropped at any
    /// await: what came is given the next time.
    pub(super) async fn next(&mut self) -> Result<Vec<Polled>, store::Error> {
        if self.came.is_empty() {
            self.done.recv_many(&mut self.came, AT_ONCE).await;
        }
        let until = tokio::time::Instant::now() + TOGETHER;
        while self.came.iter().filter(|polled| heavy(polled)).count() < AT_ONCE {
            let more = self.done.recv_many(&mut self.came, AT_ONCE);
            if !matches!(tokio::time::timeout_at(until, more).await, Ok(1..)) {
                break;
            }
        }
        std::mem::take(&mut self.came).into_iter().collect()
    }

    /// The next that is done.
    pub(super) async fn next_one(&mut self) -> Result<Option<Polled>, store::Error> {
        self.done.recv().await.transpose()
    }
}

/// Whether it holds a document's entries.
fn heavy(polled: &Result<Polled, store::Error>) -> bool {
    polled.as_ref().is_ok_and(|polled| matches!(polled.outcome, Outcome::Read { .. } | Outcome::Pushed(Some(_))))
}

/// Places for fetches under way.
struct Room {
    quick: Semaphore,
    slow: Semaphore,
}

impl Polled {
    pub(super) fn new(source: Source, health: Health, outcome: Outcome) -> Polled {
        let (entries, events, pages, times) = Default::default();
        Polled { source, health, entries, events, outcome, pages, began: Instant::now(), times }
    }
}

impl Asker {
    /// Asks one address for all sources that have it; `alone` is the last one of its host. Gives until when the host wants
    /// no visits, if it said so (429).
    async fn poll(
        &self,
        mut group: Vec<(Source, Health)>,
        alone: bool,
        mut place: SemaphorePermit<'_>,
        room: &Room,
        done: &mpsc::Sender<Result<Polled, store::Error>>,
    ) -> Option<Timestamp> {
        for (source, health) in &mut group {
            match self.pages_wait(source).await {
                Ok(false) => {}
                Ok(true) => (health.etag, health.last_modified, health.body) = (None, None, None),
                Err(error) => {
                    let _ = done.send(Err(error)).await;
                    return None;
                }
            }
        }
        let began = Instant::now();
        // Of several sources with one address each may have read another version of it: then all of it is asked for.
        let (source, first) = &group[0];
        let known = |health: &Health| (health.etag.clone(), health.last_modified.clone(), health.body.clone());
        let alike = group.iter().all(|(_, health)| known(health) == known(first));
        let request = Request {
            address: source.address.as_str(),
            etag: first.etag.as_deref().filter(|_| alike),
            last_modified: first.last_modified.as_deref().filter(|_| alike),
            // Pages of its entries mostly lie on the same host.
            alone: alone && !group.iter().any(|(source, _)| source.reads_pages),
            ..Request::default()
        };
        let fetch = async {
            match source.kind {
                Kind::Feed => self.fetcher.get(request, self.now).await,
                Kind::OpenAgenda => agenda::get(&self.fetcher, &source.address, self.now).await,
            }
        };
        let mut fetch = std::pin::pin!(fetch);
        let answer = match tokio::time::timeout(SLOW, &mut fetch).await {
            Ok(answer) => answer,
            Err(_) => {
                drop(place);
                place = room.slow.acquire().await.ok()?;
                fetch.await
            }
        };
        let (what, bytes) = match &answer {
            Err(failure) => (Fetched::Failed(failure.kind), 0),
            Ok(Answer::Unchanged { .. }) => (Fetched::Unchanged, 0),
            Ok(Answer::Fresh(fresh)) => (Fetched::Fresh, fresh.body.len()),
        };
        self.metrics.fetched(what, bytes, began.elapsed());
        let times = Times { fetch: began.elapsed(), read: Duration::ZERO };
        let wants_fewer = match &answer {
            Err(failure) if failure.kind == FailureKind::TooManyRequests => {
                Some(failure.retry_after.unwrap_or_else(|| later(self.now, self.interval)))
            }
            _ => None,
        };
        for (source, health) in group.clone() {
            let polled = self.answered(source, health, &answer).await;
            let polled =
                polled.map(|polled| Polled { began, times: Times { fetch: times.fetch, ..polled.times }, ..polled });
            // Nobody listens any more when the round was given up.
            let _ = done.send(polled).await;
        }
        drop(place);
        wants_fewer
    }

    /// What an answer brings to one of the sources that have its address.
    async fn answered(
        &self,
        source: Source,
        health: Health,
        answer: &Result<Answer, Failure>,
    ) -> Result<Polled, store::Error> {
        let address = |moved: &Option<String>| moved.as_deref().and_then(|moved| Address::new(moved).ok());
        let mut polled = match answer {
            Err(failure) => return Ok(Polled::new(source, health, Outcome::Failed(failure.clone()))),
            Ok(Answer::Unchanged { headers, moved }) => {
                let (headers, moved) = (headers.clone(), address(moved));
                Polled::new(source, health, Outcome::Unchanged { headers, moved })
            }
            Ok(Answer::Fresh(fresh)) => {
                let (headers, moved) = (fresh.headers.clone(), address(&fresh.moved));
                let body = hash(&fresh.body);
                if health.body.as_ref() == Some(&body) {
                    Polled::new(source, health, Outcome::SameBody { headers, moved })
                } else if !self.rehearsal && self.store.begin_reading(&source.key, &body).await? > MOST_READINGS {
                    // It was begun so often and the process ended: it is not the process that is at fault.
                    let finding = Finding::new(Code::ReaderFailed, None, "");
                    Polled::new(source, health, Outcome::Rejected { headers, body, finding })
                } else {
                    let address = Address::new(&fresh.address).ok();
                    let document = Document { bytes: fresh.body.clone(), kind: fresh.content_type.clone(), address };
                    self.read(source, health, document, |read| match read {
                        Ok(incoming) => Outcome::Read { headers, moved, body, incoming },
                        Err(finding) => Outcome::Rejected { headers, body, finding },
                    })
                    .await?
                }
            }
        };
        polled.pages = self.look_at_pages(&polled.health).await;
        if polled.health.held.is_some() && polled.entries.is_empty() {
            polled.entries = self.store.prints(&polled.source.key).await?;
        }
        Ok(polled)
    }

    /// Reads what came as what its source says, beside what we hold of it.
    pub(super) async fn read(
        &self,
        source: Source,
        health: Health,
        document: Document,
        outcome: impl FnOnce(Result<Box<Incoming>, Finding>) -> Outcome,
    ) -> Result<Polled, store::Error> {
        let began = Instant::now();
        let entries = self.store.prints(&source.key).await?;
        let hints = Hints {
            address: document.address,
            language: source.language.clone(),
            zone: source.zone.clone().or_else(|| self.zone.clone()),
            region: source.region.clone(),
            by_link: health.by_link,
            seen: self.now,
        };
        let (bytes, kind) = (document.bytes, document.kind);
        // Reading is work for a processor: on a thread where it holds up nobody, and where a panic ends there.
        let (metrics, hints_there) = (self.metrics.clone(), hints.clone());
        let failed = || Finding::new(Code::ReaderFailed, None, "");
        // Nobody closes it: without a place there is none to wait for.
        let place = self.readers.acquire().await.ok();
        let read = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let read = parse::read(&bytes, kind.as_deref(), &hints_there);
            metrics.took(Step::Parse, began.elapsed());
            read.map_err(|rejected| rejected.finding)
        });
        let mut read = read.await.unwrap_or_else(|_| Err(failed()));
        drop(place);
        if let Ok(reading) = &mut read {
            self.fill_from_pages(&source, &hints, reading).await?;
            self.metrics.read(reading);
        }
        let place = self.readers.acquire().await.ok();
        let compared = tokio::task::spawn_blocking(move || {
            let read = read.map(|reading| Box::new(Incoming::new(reading, &entries)));
            (read, entries)
        });
        let (read, entries) = compared.await.unwrap_or_else(|_| (Err(failed()), BTreeMap::new()));
        drop(place);
        let events = match &read {
            Ok(incoming) => self.store.events(&source.key, &incoming.wanted(&entries)).await?,
            Err(_) => BTreeMap::new(),
        };
        let times = Times { fetch: Duration::ZERO, read: began.elapsed() };
        Ok(Polled { entries, events, times, ..Polled::new(source, health, outcome(read)) })
    }

    /// Looks at the pages of entries that have long vanished, a few at a time and each once a day.
    async fn look_at_pages(&self, health: &Health) -> Vec<(Id, PageState)> {
        let due = health.vanished.iter().filter(|one| {
            let looked = one.looked.is_none_or(|at| self.now.duration_since(at) >= LOOK_AGAIN);
            one.polls >= VANISHED_POLLS && !one.page_gone && looked
        });
        let mut pages = Vec::new();
        for vanished in due.take(PAGES_AT_ONCE) {
            let Some(page) = &vanished.page else { continue };
            let request = Request { address: page.as_str(), accept: Some(PAGE), ..Request::default() };
            let gone = match self.fetcher.get(request, self.now).await {
                Err(failure) => matches!(failure.kind, FailureKind::NotFound | FailureKind::Gone),
                Ok(_) => false,
            };
            pages.push((vanished.id.clone(), if gone { PageState::Gone } else { PageState::Perhaps }));
        }
        pages
    }
}

/// SHA-256, in hex: how a body is known again.
pub(super) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// What came for a source, by whatever way.
pub(super) struct Document {
    pub(super) bytes: Bytes,
    /// Its media type, as it was called.
    pub(super) kind: Option<String>,
    /// Where it came from, after redirects.
    pub(super) address: Option<Address>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Line;
    use crate::programme::SourceKey;

    #[tokio::test]
    async fn a_poll_that_came_while_nobody_waited_to_the_end_is_lost() {
        let (sender, done) = mpsc::channel(AT_ONCE);
        let mut polls = Polls { done, came: Vec::new(), _running: JoinSet::new() };
        let address = Address::new("https://lab.example/feed.atom").unwrap();
        let source = Source::new(SourceKey::new("lab").unwrap(), address, Line::new("Lab").unwrap());
        let polled = || Ok(Polled::new(source.clone(), Health::default(), Outcome::Postponed(Timestamp::UNIX_EPOCH)));
        sender.send(polled()).await.unwrap();
        // Given up while it waits for more.
        assert!(tokio::time::timeout(TOGETHER / 10, polls.next()).await.is_err());
        sender.send(polled()).await.unwrap();
        drop(sender);
        assert_eq!(polls.next().await.unwrap().len(), 2);
        assert!(polls.next().await.unwrap().is_empty());
    }
}
