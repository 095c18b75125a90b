//! Our end as a subscriber: which hubs are asked to tell us of their sources' changes, what they confirm, and what they
//! bring (WebSub §5, §6, §8).
//!
//! A callback is an address that nobody can guess, and answers for nothing that we did not ask. What is brought counts
//! when it is signed with the secret of that one subscription.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};

use super::{MOST_LEASE, USUAL_LEASE, later, signature, unguessable};
use crate::event::Address;
use crate::fetch::{Fetcher, Message};
use crate::programme::SourceKey;
use crate::programme::push::{Following, Secret};
use crate::store::{self, Store};

/// Hubs that are asked at once.
const ASKING: usize = 8;
/// How long a hub may take to confirm: those that many use put it in a queue.
const CONFIRM: Duration = Duration::from_mins(10);
/// The first pause after a request that came to nothing; each later one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_mins(10);
/// A hub that comes to life is asked within this time. Until then the source is polled.
const LONGEST_PAUSE: Duration = Duration::from_hours(24);
/// A lease is believed to be this long at least: a hub that promises less would be asked all the time.
const LEAST_LEASE: Duration = Duration::from_mins(2);
/// Bodies that wait to be taken up, in bytes: some twelve of the largest feeds. The hub brings the rest again.
const MOST_WAITING: usize = 64 * 1024 * 1024;
/// Subscriptions that we left and whose hub may still ask whether we mean it.
const MOST_LEFT: usize = 1000;
/// The loop looks at the clock this often, since clocks are set.
const LOOK: Duration = Duration::from_secs(60);

/// What a source names: the hub of its feed, and the feed as the hub knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which source.
    pub source: SourceKey,
    /// The hub.
    pub hub: Address,
    /// The topic.
    pub topic: Address,
}

/// What was heard of a source without asking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Which source.
    pub source: SourceKey,
    /// Its feed as the hub brought it. `None`: nobody told us what changed while there was no subscription, so that
    /// the source is best polled now.
    pub said: Option<Said>,
}

/// A feed as a hub brought it, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The topic that the hub was asked for.
    pub topic: Address,
    /// The body.
    pub body: Bytes,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is taken up.
    Yes,
    /// It is not signed as it should be. Its hub is told that all is well, so that a forger learns nothing
    /// (WebSub §8).
    Ignored,
    /// There is no room now.
    Later,
    /// There is no such subscription, and none will come back.
    Gone,
}

/// What a follower did since it was opened, and what holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Followed {
    /// Sources whose hub was asked.
    pub asked: u64,
    /// Of these, sources whose hub promised to tell, when it was last heard.
    pub confirmed: u64,
    /// Deliveries that were signed.
    pub brought: u64,
    /// Deliveries that were not.
    pub forged: u64,
}

/// The subscriptions of an aggregator. Cheap to clone.
#[derive(Clone)]
pub struct Follower(Arc<Inner>);

struct Inner {
    store: Store,
    fetcher: Fetcher,
    /// Where this server is found; ends in `/`.
    base: Address,
    desk: Mutex<Desk>,
    asking: Semaphore,
    /// Somebody is to be asked.
    wake: Notify,
    /// Something was heard.
    heard: Notify,
    brought: AtomicU64,
    forged: AtomicU64,
}

#[derive(Default)]
struct Desk {
    all: BTreeMap<SourceKey, Following>,
    by_token: HashMap<String, SourceKey>,
    /// Topics of subscriptions that we left, by token.
    left: BTreeMap<String, (Timestamp, Address)>,
    /// The latest of each source; what came before it is in it.
    waiting: BTreeMap<SourceKey, Heard>,
}

impl Follower {
    /// Opens the subscriptions that the store holds. `base` is where hubs find this server.
    ///
    /// # Errors
    /// [`store::Error`].
    pub async fn open(store: Store, fetcher: Fetcher, base: Address) -> store::Result<Follower> {
        let mut desk = Desk::default();
        for following in store.followings().await? {
            desk.by_token.insert(following.token.clone(), following.source.clone());
            desk.all.insert(following.source.clone(), following);
        }
        Ok(Follower(Arc::new(Inner {
            store,
            fetcher,
            base,
            desk: Mutex::new(desk),
            asking: Semaphore::new(ASKING),
            wake: Notify::new(),
            heard: Notify::new(),
            brought: AtomicU64::new(0),
            forged: AtomicU64::new(0),
        })))
    }

    /// What it did and holds.
    pub fn numbers(&self) -> Followed {
        let desk = self.0.desk();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Followed {
            asked: count(desk.all.len()),
            confirmed: count(desk.all.values().filter(|one| one.until.is_some()).count()),
            brought: self.0.brought.load(Ordering::Relaxed),
            forged: self.0.forged.load(Ordering::Relaxed),
        }
    }

    /// Takes up what all sources name now: hubs that are new are asked, those that are named no more are left.
    ///
    /// # Errors
    /// [`store::Error`].
    pub async fn heed(&self, named: Vec<Named>, now: Timestamp) -> store::Result<()> {
        let inner = &self.0;
        let (begun, left) = {
            let mut desk = inner.desk();
            let mut left = Vec::new();
            let mut begun = Vec::new();
            let wanted: BTreeMap<&SourceKey, &Named> = named.iter().map(|one| (&one.source, one)).collect();
            let over: Vec<SourceKey> = desk
                .all
                .values()
                .filter(|one| wanted.get(&one.source).is_none_or(|w| (&w.hub, &w.topic) != (&one.hub, &one.topic)))
                .map(|one| one.source.clone())
                .collect();
            left.extend(over.iter().filter_map(|source| desk.leave(source, now)));
            for one in wanted.into_values().filter(|one| !desk.all.contains_key(&one.source)).collect::<Vec<_>>() {
                let (Ok(token), Ok(secret)) = (unguessable(), unguessable()) else {
                    tracing::error!("the system gives no random numbers: no hub is asked");
                    break;
                };
                let Some(secret) = Secret::new(&secret) else { break };
                let following = Following {
                    source: one.source.clone(),
                    hub: one.hub.clone(),
                    topic: one.topic.clone(),
                    token,
                    secret,
                    asked: None,
                    due: now,
                    until: None,
                    failures: 0,
                    failure: None,
                };
                desk.put(following.clone());
                begun.push(following);
            }
            (begun, left)
        };
        for following in &left {
            inner.store.end_following(&following.source).await?;
        }
        for following in &begun {
            inner.store.put_following(following).await?;
        }
        for following in left {
            let inner = Arc::clone(inner);
            // Asked once: a hub that does not hear it stops when the lease is over, or when it is told 410.
            tokio::spawn(async move { inner.post(&following, "unsubscribe").await });
        }
        if !begun.is_empty() {
            inner.wake.notify_one();
        }
        Ok(())
    }

    /// Asks hubs when it is time, for as long as it is awaited. `clock` tells what time it is.
    pub async fn run(&self, clock: impl Fn() -> Timestamp + Send) {
        loop {
            let now = clock();
            self.begin(now).await;
            let next = self.0.desk().all.values().map(|one| one.due).min();
            let pause = next.and_then(|next| Duration::try_from(next.duration_since(now)).ok()).unwrap_or(LOOK);
            tokio::select! {
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(pause.min(LOOK)) => {}
            }
        }
    }

    /// Asks those whose time has come.
    pub(super) async fn begin(&self, now: Timestamp) {
        let (ask, kept) = {
            let mut desk = self.0.desk();
            let (mut ask, mut kept) = (Vec::new(), Vec::new());
            for one in desk.all.values_mut().filter(|one| one.due <= now) {
                if one.asked.take().is_some() {
                    one.failed("it did not confirm what was asked", now);
                } else {
                    // Before it is asked, since it may confirm before it answers.
                    (one.asked, one.due) = (Some(now), later(now, CONFIRM));
                    ask.push(one.clone());
                }
                kept.push(one.clone());
            }
            (ask, kept)
        };
        for one in &kept {
            self.0.keep(one).await;
        }
        for one in ask {
            let inner = Arc::clone(&self.0);
            tokio::spawn(async move { inner.subscribe(one, now).await });
        }
    }

    /// Answers a hub that asks whether we want what was asked of it: with its challenge, or `None` when we do not
    /// (WebSub §5.3).
    pub async fn confirm(&self, token: &str, query: &str, now: Timestamp) -> Option<String> {
        let asked: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let topic = Address::new(asked.get("hub.topic")?).ok()?;
        let challenge = || asked.get("hub.challenge").map(|challenge| challenge.to_string());
        let (kept, answer, began) = {
            let mut desk = self.0.desk();
            let mode: &str = asked.get("hub.mode")?;
            if mode == "unsubscribe" {
                let (_, left) = desk.left.get(token)?;
                return if *left == topic { challenge() } else { None };
            }
            let source = desk.by_token.get(token)?.clone();
            let one = desk.all.get_mut(&source).filter(|one| one.topic == topic)?;
            match mode {
                "subscribe" => {
                    one.asked?;
                    let answer = challenge()?;
                    let lease = asked.get("hub.lease_seconds").and_then(|lease| lease.parse().ok());
                    let lease = lease.map_or(USUAL_LEASE, Duration::from_secs).clamp(LEAST_LEASE, MOST_LEASE);
                    let began = !one.holds(now);
                    (one.asked, one.failures, one.failure) = (None, 0, None);
                    (one.until, one.due) = (Some(later(now, lease)), later(now, lease / 2));
                    (one.clone(), Some(answer), began)
                }
                "denied" => {
                    let reason: String =
                        asked.get("hub.reason").map_or("", |reason| reason).chars().take(200).collect();
                    (one.asked, one.until) = (None, None);
                    one.failed(&format!("it refuses: {}", reason.escape_debug()), now);
                    one.due = later(now, LONGEST_PAUSE);
                    (one.clone(), Some(String::new()), false)
                }
                _ => return None,
            }
        };
        self.0.keep(&kept).await;
        if began {
            tracing::info!(source = %kept.source, hub = kept.hub.host(), "a hub tells of a source's changes");
            // Whatever changed since the source was polled, nobody told.
            let look = Heard { source: kept.source.clone(), said: None };
            self.0.desk().waiting.entry(kept.source).or_insert(look);
            self.0.heard.notify_one();
        }
        answer
    }

    /// Takes what a hub brings (WebSub §6, §8).
    pub fn take(&self, token: &str, signed: Option<&str>, content_type: Option<&str>, body: Bytes) -> Taken {
        let (source, topic, secret) = {
            let desk = self.0.desk();
            let Some(one) = desk.by_token.get(token).and_then(|source| desk.all.get(source)) else {
                return Taken::Gone;
            };
            (one.source.clone(), one.topic.clone(), one.secret.clone())
        };
        if !signed.is_some_and(|signed| signature::verify(&secret, signed, &body)) {
            self.0.forged.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%source, "what was brought is not signed by its hub, and is ignored");
            return Taken::Ignored;
        }
        let mut desk = self.0.desk();
        let others = desk.waiting.values().filter(|heard| heard.source != source);
        let waiting: usize = others.filter_map(|heard| heard.said.as_ref()).map(|said| said.body.len()).sum();
        if waiting + body.len() > MOST_WAITING {
            return Taken::Later;
        }
        let said = Some(Said { topic, body, content_type: content_type.map(str::to_owned) });
        desk.waiting.insert(source.clone(), Heard { source, said });
        drop(desk);
        self.0.brought.fetch_add(1, Ordering::Relaxed);
        self.0.heard.notify_one();
        Taken::Yes
    }

    /// Waits for the next that is heard, of whatever source.
    pub async fn next(&self) -> Heard {
        loop {
            let heard = self.0.desk().waiting.pop_first();
            match heard {
                Some((_, heard)) => return heard,
                None => self.0.heard.notified().await,
            }
        }
    }

    /// The longest body that is taken.
    pub fn most_bytes(&self) -> usize {
        self.0.fetcher.most_bytes()
    }
}

impl Inner {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        // Whoever panicked while it held the lock left a desk that is whole: it only ever moves finished values.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn subscribe(&self, one: Following, now: Timestamp) {
        let Err(why) = self.post(&one, "subscribe").await else { return };
        let kept = {
            let mut desk = self.desk();
            let Some(now_known) = desk.all.get_mut(&one.source).filter(|known| known.token == one.token) else {
                return;
            };
            // It may have confirmed and then failed to say so.
            if now_known.asked.is_none() {
                return;
            }
            now_known.asked = None;
            now_known.failed(&why, now);
            now_known.clone()
        };
        tracing::info!(source = %kept.source, hub = kept.hub.host(), failures = kept.failures, why, "a hub cannot be asked");
        self.keep(&kept).await;
    }

    /// Sends a request to a hub (WebSub §5.1).
    async fn post(&self, one: &Following, mode: &str) -> Result<(), String> {
        let Ok(_place) = self.asking.acquire().await else { return Ok(()) };
        let callback = format!("{}hub/{}", self.base, one.token);
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.callback", &callback)
            .append_pair("hub.mode", mode)
            .append_pair("hub.topic", one.topic.as_str())
            .append_pair("hub.lease_seconds", &USUAL_LEASE.as_secs().to_string())
            .append_pair("hub.secret", one.secret.reveal())
            .finish();
        let message = Message {
            address: one.hub.to_string(),
            headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
            body: Some(form.into()),
        };
        match self.fetcher.send(message).await {
            Ok(reply) if reply.taken() => Ok(()),
            Ok(reply) => Err(format!("it answered {}", reply.status)),
            Err(failure) => Err(failure.detail),
        }
    }

    /// What cannot be kept holds until the next start, and is said.
    async fn keep(&self, one: &Following) {
        if let Err(error) = self.store.put_following(one).await {
            tracing::error!(%error, "a subscription could not be kept");
        }
    }
}

impl Desk {
    fn put(&mut self, following: Following) {
        self.by_token.insert(following.token.clone(), following.source.clone());
        self.all.insert(following.source.clone(), following);
    }

    fn leave(&mut self, source: &SourceKey, now: Timestamp) -> Option<Following> {
        let one = self.all.remove(source)?;
        self.by_token.remove(&one.token);
        let patience = later(now, CONFIRM);
        self.left.retain(|_, (until, _)| *until > now);
        if self.left.len() < MOST_LEFT {
            self.left.insert(one.token.clone(), (patience, one.topic.clone()));
        }
        Some(one)
    }
}

impl Following {
    /// A request came to nothing: the next one is made after a pause.
    fn failed(&mut self, why: &str, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.failure = Some(why.to_owned());
        let pause = FIRST_PAUSE.saturating_mul(1 << (self.failures - 1).min(16)).min(LONGEST_PAUSE);
        self.due = later(now, pause);
    }
}
