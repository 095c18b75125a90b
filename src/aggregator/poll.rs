//! Asking sources and reading what they answer, before anything of it is recorded.
//!
//! Hides who is asked when: one address at a time of a host, each address once for all the sources that share it, many
//! hosts at once, and a slow one never in the place of others. A panic while reading costs that one poll.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::event::{Address, Zone};
use crate::fetch::{Answer, Fetcher, Headers, Request};
use crate::format::{Hints, Reading};
use crate::metrics::{Fetched, Metrics, Step};
use crate::parse;
use crate::programme::{Code, Failure, Finding, Health, Source};

/// How many hosts are asked at once: enough that one core has always something to read.
const AT_ONCE: usize = 16;
/// A fetch that takes longer makes room for another: it waits for its host, not for us.
const SLOW: Duration = Duration::from_secs(2);
/// How many slow fetches go on beside the others. With [`AT_ONCE`], bounds sockets, and memory by as many bodies.
const SLOW_AT_ONCE: usize = 128;

/// What one poll of a source brought.
pub(super) struct Polled {
    pub(super) source: Source,
    /// How the source did before.
    pub(super) health: Health,
    pub(super) outcome: Outcome,
    pub(super) millis: u32,
}

pub(super) enum Outcome {
    /// 304.
    Unchanged(Headers),
    /// The bytes are those we have read before.
    SameBody(Headers),
    Read {
        headers: Headers,
        body: String,
        reading: Box<Reading>,
    },
    Rejected {
        headers: Headers,
        body: String,
        finding: Finding,
    },
    /// It came of its own accord: what is not in it is not gone.
    Pushed(Box<Reading>),
    Failed(Failure),
}

/// What all polls of a round share.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) fetcher: Fetcher,
    /// The programme's zone, for sources that declare none.
    pub(super) zone: Option<Zone>,
    pub(super) metrics: Metrics,
    pub(super) now: Timestamp,
}

/// Polls under way. Dropping it ends them.
pub(super) struct Polls {
    done: mpsc::Receiver<Polled>,
    _running: JoinSet<()>,
}

impl Polls {
    /// Begins to ask these sources, those first of each host that stand first.
    pub(super) fn begin(asker: &Asker, asked: Vec<(Source, Health)>) -> Polls {
        let mut hosts: BTreeMap<String, Vec<Vec<(Source, Health)>>> = BTreeMap::new();
        for (source, health) in asked {
            let addresses = hosts.entry(source.address.host().to_owned()).or_default();
            match addresses.iter_mut().find(|group| group[0].0.address == source.address) {
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
                for group in addresses {
                    asker.poll(group, &room, &sender).await;
                }
            });
        }
        Polls { done, _running: running }
    }

    /// The next that is done, in the order they end. A task that panicked gives nothing: its sources are asked again
    /// next time, since nothing was written.
    pub(super) async fn next(&mut self) -> Option<Polled> {
        self.done.recv().await
    }
}

/// Places for fetches under way.
struct Room {
    quick: Semaphore,
    slow: Semaphore,
}

impl Asker {
    /// Asks one address for all sources that have it.
    async fn poll(&self, group: Vec<(Source, Health)>, room: &Room, done: &mpsc::Sender<Polled>) {
        let Ok(mut place) = room.quick.acquire().await else { return };
        let began = Instant::now();
        // Of several sources with one address each may have read another version of it: then all of it is asked for.
        let (source, first) = &group[0];
        let known = |health: &Health| (health.etag.clone(), health.last_modified.clone(), health.body.clone());
        let alike = group.iter().all(|(_, health)| known(health) == known(first));
        let request = Request {
            address: source.address.as_str(),
            etag: first.etag.as_deref().filter(|_| alike),
            last_modified: first.last_modified.as_deref().filter(|_| alike),
        };
        let mut fetch = std::pin::pin!(self.fetcher.get(request, self.now));
        let answer = match tokio::time::timeout(SLOW, &mut fetch).await {
            Ok(answer) => answer,
            Err(_) => {
                drop(place);
                let Ok(slow) = room.slow.acquire().await else { return };
                place = slow;
                fetch.await
            }
        };
        let (what, bytes) = match &answer {
            Err(failure) => (Fetched::Failed(failure.kind), 0),
            Ok(Answer::Unchanged(_)) => (Fetched::Unchanged, 0),
            Ok(Answer::Fresh(fresh)) => (Fetched::Fresh, fresh.body.len()),
        };
        self.metrics.fetched(what, bytes, began.elapsed());
        for (source, health) in group.clone() {
            let outcome = match &answer {
                Err(failure) => Outcome::Failed(failure.clone()),
                Ok(Answer::Unchanged(headers)) => Outcome::Unchanged(headers.clone()),
                Ok(Answer::Fresh(fresh)) => {
                    let address = Address::new(&fresh.address).ok();
                    let body = Document { bytes: fresh.body.clone(), kind: fresh.content_type.clone(), address };
                    self.read(&source, &health, body, fresh.headers.clone()).await
                }
            };
            let millis = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
            // Nobody listens any more when the round was given up.
            let _ = done.send(Polled { source, health, outcome, millis }).await;
        }
        drop(place);
    }

    /// Reads what came as what its source says.
    pub(super) async fn read(&self, source: &Source, health: &Health, document: Document, headers: Headers) -> Outcome {
        let body: String = Sha256::digest(&document.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if health.body.as_ref() == Some(&body) {
            return Outcome::SameBody(headers);
        }
        let hints = Hints {
            address: document.address,
            language: source.language.clone(),
            zone: source.zone.clone().or_else(|| self.zone.clone()),
            region: source.region.clone(),
            by_link: false,
            seen: self.now,
        };
        let (bytes, kind) = (document.bytes, document.kind);
        // Reading is work for a processor: on a thread where it holds up nobody, and where a panic ends there.
        let began = Instant::now();
        let read = tokio::task::spawn_blocking(move || parse::read(&bytes, kind.as_deref(), &hints)).await;
        self.metrics.took(Step::Parse, began.elapsed());
        if let Ok(Ok(reading)) = &read {
            self.metrics.read(reading);
        }
        match read {
            Ok(Ok(reading)) => Outcome::Read { headers, body, reading: Box::new(reading) },
            Ok(Err(rejected)) => Outcome::Rejected { headers, body, finding: rejected.finding },
            Err(_) => Outcome::Rejected { headers, body, finding: Finding::new(Code::ReaderFailed, None, "") },
        }
    }
}

/// What came for a source, by whatever way.
pub(super) struct Document {
    pub(super) bytes: Bytes,
    /// Its media type, as it was called.
    pub(super) kind: Option<String>,
    /// Where it came from, after redirects.
    pub(super) address: Option<Address>,
}
