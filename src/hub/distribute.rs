//! Our end as a hub: requests, verification of intent, distribution of content (WebSub §5, §7).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};

use super::book::{Book, Failed, Full};
use super::{MOST_LEASE, PATIENCE, USUAL_LEASE, later, signature, unguessable};
use crate::event::Address;
use crate::fetch::{self, Fetcher, Message, Rules};
use crate::format::Head;
use crate::programme::push::{Secret, Subscription, key};
use crate::snapshot::{Current, OUTPUTS, Snapshot};
use crate::store::{self, Store};

/// A shorter lease would have its subscriber ask more often than it is told anything.
const LEAST_LEASE: Duration = Duration::from_mins(5);
/// Callbacks that are asked at once whether they want what was asked for them.
const VERIFYING: usize = 16;
/// The longest callback. Readers put a token there, not a text.
const MOST_CALLBACK: usize = 2_000;
/// The loop looks at the clock this often, since clocks are set.
const LOOK: Duration = Duration::from_secs(60);

/// Why a hub could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The HTTP client.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
}

/// Why a request is not followed. The text is for whoever wrote the subscriber.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// It is no request that this hub understands.
    #[error("{0}")]
    Request(&'static str),
    /// The callback is not at an address that is asked.
    #[error("hub.callback: {0}")]
    Callback(String),
    /// This hub has as many requests or subscriptions as it takes, of this host or in all.
    #[error("this hub takes no more requests for now, of this host or in all: try again later")]
    Full,
}

/// What a hub did since it was opened, and what it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Subscriptions there are.
    pub subscriptions: u64,
    /// Requests that were refused at once.
    pub refused: u64,
    /// Requests that their callback did not confirm.
    pub unconfirmed: u64,
    /// Deliveries that were taken.
    pub delivered: u64,
    /// Deliveries that failed, each attempt counted.
    pub failed: u64,
}

/// The hub of what this server publishes. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    store: Store,
    fetcher: Fetcher,
    current: Arc<Current>,
    book: Mutex<Book>,
    verifying: Arc<Semaphore>,
    /// Something was done, and something else may have its turn.
    wake: Notify,
    refused: AtomicU64,
    unconfirmed: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
}

/// A request as it was sent (WebSub §5.1).
#[derive(Debug, Clone)]
struct Request {
    subscribe: bool,
    callback: Address,
    topic: Address,
    lease: Duration,
    secret: Option<Secret>,
}

impl Hub {
    /// Opens the hub of what is `current`, with the subscriptions that the store holds. It asks callbacks by `rules`,
    /// in queues of its own, so that polls and deliveries do not wait for each other.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn open(store: Store, rules: Rules, current: Arc<Current>) -> Result<Hub, Error> {
        let fetcher = Fetcher::new(Rules { total_time: PATIENCE, ..rules })?;
        let book = Mutex::new(Book::new(store.subscriptions().await?));
        Ok(Hub(Arc::new(Inner {
            store,
            fetcher,
            current,
            book,
            verifying: Arc::new(Semaphore::new(VERIFYING)),
            wake: Notify::new(),
            refused: AtomicU64::new(0),
            unconfirmed: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        })))
    }

    /// What it did and holds.
    pub fn numbers(&self) -> Numbers {
        let of = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Numbers {
            subscriptions: u64::try_from(self.0.book().len()).unwrap_or(u64::MAX),
            refused: of(&self.0.refused),
            unconfirmed: of(&self.0.unconfirmed),
            delivered: of(&self.0.delivered),
            failed: of(&self.0.failed),
        }
    }

    /// Takes a request, a form as a subscriber posted it: `Ok` is to be answered 202. Whether its callback wants what
    /// is asked for it is then asked there, and only then anything changes.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn ask(&self, form: &[u8], now: Timestamp) -> Result<(), Refused> {
        let asked = self.consider(form, now);
        if asked.is_err() {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
        }
        asked
    }

    fn consider(&self, form: &[u8], now: Timestamp) -> Result<(), Refused> {
        let inner = &self.0;
        let request = Request::read(form)?;
        inner.fetcher.admits(request.callback.as_str()).map_err(|failure| Refused::Callback(failure.detail))?;
        let snapshot = inner.current.load();
        let head = &snapshot.feed.head;
        if !request.topic.as_str().starts_with(head.base.as_str()) {
            return Err(Refused::Request("hub.topic: this hub tells of this server's feeds only"));
        }
        let etag = etag(&snapshot, &request.topic);
        let full = |_: Full| Refused::Full;
        let place = inner.verifying.clone().try_acquire_owned().map_err(|_| Refused::Full)?;
        {
            let mut book = inner.book();
            if request.subscribe && etag.is_some() {
                book.has_place(&request.topic, &request.callback).map_err(full)?;
            }
            book.admit(&request.callback, now).map_err(full)?;
        }
        let inner = Arc::clone(inner);
        tokio::spawn(async move {
            match etag {
                Some(etag) => inner.verify(request, etag, now).await,
                None => inner.deny(&request.callback, &request.topic, "this page is not pushed: poll it").await,
            }
            drop(place);
        });
        Ok(())
    }

    /// Delivers what changes, as it changes, for as long as it is awaited. `clock` tells what time it is.
    pub async fn run(&self, clock: impl Fn() -> Timestamp + Send) {
        let mut changed = self.0.current.watch();
        loop {
            let now = clock();
            self.0.begin(now).await;
            let next = self.0.book().next(now);
            let pause = next.and_then(|next| Duration::try_from(next.duration_since(now)).ok()).unwrap_or(LOOK);
            tokio::select! {
                // An error means that nothing will be published any more; leases still end.
                told = changed.changed() => if told.is_err() { tokio::time::sleep(LOOK).await },
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(pause.min(LOOK)) => {}
            }
        }
    }

    /// Begins what is due, and returns when all of it ended.
    #[cfg(test)]
    pub(super) async fn turn(&self, now: Timestamp) {
        self.0.begin(now).await;
        while self.0.book().is_busy() || self.0.verifying.available_permits() < VERIFYING {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Inner {
    fn book(&self) -> MutexGuard<'_, Book> {
        // Whoever panicked while it held the lock left a book that is whole: it only ever moves finished values.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the callback whether it wants this (WebSub §5.3).
    async fn verify(&self, request: Request, etag: String, now: Timestamp) {
        let Ok(challenge) = unguessable() else {
            tracing::error!("the system gives no random numbers: nobody can subscribe");
            return;
        };
        let mode = if request.subscribe { "subscribe" } else { "unsubscribe" };
        let lease = request.lease.as_secs().to_string();
        let mut query = vec![("hub.mode", mode), ("hub.topic", request.topic.as_str()), ("hub.challenge", &challenge)];
        if request.subscribe {
            query.push(("hub.lease_seconds", &lease));
        }
        let message = Message { address: with_query(&request.callback, &query), ..Message::default() };
        let reply = self.fetcher.send(message).await;
        let host = request.callback.host();
        let confirmed = reply.as_ref().is_ok_and(|reply| reply.taken() && reply.body == challenge.as_bytes());
        if !confirmed {
            self.unconfirmed.fetch_add(1, Ordering::Relaxed);
            let status = reply.map_or_else(|failure| failure.detail, |reply| reply.status.to_string());
            tracing::info!(host, mode, status, "a callback did not confirm what was asked for it");
            return;
        }
        let done = if request.subscribe {
            let granted = self.book().grant(Subscription {
                callback: request.callback.clone(),
                topic: request.topic.clone(),
                secret: request.secret,
                until: later(now, request.lease),
                delivered: etag,
                failures: 0,
                after: None,
            });
            match granted {
                Ok(granted) => self.store.put_subscription(&granted).await,
                Err(_) => return self.deny(&request.callback, &request.topic, "this hub is full").await,
            }
        } else {
            let key = key(&request.topic, &request.callback);
            self.book().end(&key);
            self.store.end_subscription(&key).await
        };
        self.tell_of(done);
        tracing::info!(host, mode, topic = %request.topic, "a subscriber was heard");
        // What was published meanwhile is owed.
        self.wake.notify_one();
    }

    /// Tells a callback that it will not be told (WebSub §5.2).
    async fn deny(&self, callback: &Address, topic: &Address, reason: &str) {
        let query = [("hub.mode", "denied"), ("hub.topic", topic.as_str()), ("hub.reason", reason)];
        let message = Message { address: with_query(callback, &query), ..Message::default() };
        // Said once: whoever does not hear it notices when the lease is over.
        let _ = self.fetcher.send(message).await;
        tracing::info!(host = callback.host(), %topic, reason, "a subscriber was denied");
    }

    /// Ends what is over and begins what is due.
    async fn begin(self: &Arc<Self>, now: Timestamp) {
        let snapshot = self.current.load();
        let (lapsed, strays, due) = {
            let mut book = self.book();
            let lapsed = book.lapse(now);
            let strays = book.strays(|topic| extension(&snapshot.feed.head, topic).is_some());
            (lapsed, strays, book.due(|topic| etag(&snapshot, topic), now))
        };
        for one in due {
            let (inner, snapshot) = (Arc::clone(self), Arc::clone(&snapshot));
            tokio::spawn(async move {
                let _turn = Turn { inner: &inner, host: one.callback.host().to_owned() };
                inner.deliver(one, &snapshot, now).await;
            });
        }
        for key in lapsed {
            self.tell_of(self.store.end_subscription(&key).await);
        }
        for one in strays {
            self.tell_of(self.store.end_subscription(&one.key()).await);
            let inner = Arc::clone(self);
            tokio::spawn(async move {
                inner.deny(&one.callback, &one.topic, "this feed is published at another address now").await;
            });
        }
    }

    /// Delivers what is published (WebSub §7).
    async fn deliver(&self, one: Subscription, snapshot: &Snapshot, now: Timestamp) {
        let head = &snapshot.feed.head;
        let Some(document) = extension(head, &one.topic).and_then(|extension| snapshot.output(extension)) else {
            return;
        };
        let mut headers = vec![("content-type", document.content_type.to_owned())];
        headers.extend(links(head, &one.topic).map(|links| ("link", links)));
        let signed = one.secret.as_ref().and_then(|secret| signature::sign(secret, &document.plain.body));
        headers.extend(signed.map(|signed| ("x-hub-signature", signed)));
        let address = one.callback.as_str().to_owned();
        let message = Message { address, headers, body: Some(document.plain.body.clone()) };
        let reply = self.fetcher.send(message).await;
        let (host, key) = (one.callback.host(), one.key());
        match reply {
            Ok(reply) if reply.taken() => {
                self.delivered.fetch_add(1, Ordering::Relaxed);
                let kept = self.book().delivered(&key, &document.plain.etag);
                if let Some(kept) = kept {
                    self.tell_of(self.store.put_subscription(&kept).await);
                }
            }
            // The subscriber is no more (WebSub §7).
            Ok(reply) if reply.status == 410 => {
                self.book().end(&key);
                self.tell_of(self.store.end_subscription(&key).await);
                tracing::info!(host, topic = %one.topic, "a subscriber is gone");
            }
            reply => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                let why = reply.map_or_else(|failure| failure.detail, |reply| format!("answered {}", reply.status));
                let failed = self.book().failed(&key, now);
                match failed {
                    Some(Failed::Again(kept)) => {
                        tracing::info!(host, failures = kept.failures, why, "a delivery failed");
                        self.tell_of(self.store.put_subscription(&kept).await);
                    }
                    Some(Failed::Over) => {
                        tracing::warn!(host, topic = %one.topic, why, "a subscriber takes nothing, and is given up");
                        self.tell_of(self.store.end_subscription(&key).await);
                    }
                    None => {}
                }
            }
        }
    }

    /// What cannot be kept holds until the next start, and is said.
    fn tell_of(&self, done: store::Result<()>) {
        if let Err(error) = done {
            tracing::error!(%error, "a subscription could not be kept");
        }
    }
}

/// A delivery under way; however it ends, its host is free again.
struct Turn<'a> {
    inner: &'a Inner,
    host: String,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.inner.book().free(&self.host);
        self.inner.wake.notify_one();
    }
}

impl Request {
    fn read(form: &[u8]) -> Result<Request, Refused> {
        let (mut mode, mut callback, mut topic, mut lease, mut secret) = (None, None, None, None, None);
        for (name, value) in url::form_urlencoded::parse(form) {
            let slot = match &*name {
                "hub.mode" => &mut mode,
                "hub.callback" => &mut callback,
                "hub.topic" => &mut topic,
                "hub.lease_seconds" => &mut lease,
                "hub.secret" => &mut secret,
                // "Hubs MUST ignore additional request parameters they do not understand."
                _ => continue,
            };
            // The first of several, as for most who read forms.
            slot.get_or_insert(value);
        }
        let subscribe = match mode.as_deref() {
            Some("subscribe") => true,
            Some("unsubscribe") => false,
            Some("publish") => return Err(Refused::Request("hub.mode: this hub is told of changes by its own server")),
            _ => return Err(Refused::Request("hub.mode: subscribe or unsubscribe is needed")),
        };
        let callback = callback.ok_or(Refused::Request("hub.callback is missing"))?;
        let callback = Address::new(&callback).map_err(|error| Refused::Callback(error.to_string()))?;
        if callback.as_str().len() > MOST_CALLBACK {
            return Err(Refused::Callback(format!("more than {MOST_CALLBACK} bytes")));
        }
        let topic = topic.ok_or(Refused::Request("hub.topic is missing"))?;
        let topic = Address::new(&topic).map_err(|_| Refused::Request("hub.topic is not an address"))?;
        let lease = match lease.as_deref().filter(|text| !text.is_empty()) {
            None => USUAL_LEASE,
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Duration::from_secs(text.parse().unwrap_or(u64::MAX)).clamp(LEAST_LEASE, MOST_LEASE)
            }
            Some(_) => return Err(Refused::Request("hub.lease_seconds: a number of seconds is needed")),
        };
        let secret = match secret.as_deref().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => {
                Some(Secret::new(text).ok_or(Refused::Request("hub.secret: fewer than 200 bytes are needed"))?)
            }
        };
        Ok(Request { subscribe, callback, topic, lease, secret })
    }
}

/// Which of our outputs a topic is.
fn extension(head: &Head, topic: &Address) -> Option<&'static str> {
    OUTPUTS.into_iter().find(|extension| head.address(extension) == topic.as_str())
}

fn etag(snapshot: &Snapshot, topic: &Address) -> Option<String> {
    let output = snapshot.output(extension(&snapshot.feed.head, topic)?)?;
    Some(output.plain.etag.clone())
}

/// The `Link` header that names hub and topic (WebSub §4); none where there is no hub.
pub(crate) fn links(head: &Head, topic: &impl std::fmt::Display) -> Option<String> {
    head.hub.as_ref().map(|hub| format!("<{hub}>; rel=\"hub\", <{topic}>; rel=\"self\""))
}

/// A callback with our parameters after its own (WebSub §5.1: "MUST preserve").
fn with_query(callback: &Address, pairs: &[(&str, &str)]) -> String {
    match url::Url::parse(callback.as_str()) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            url.into()
        }
        // An `Address` is one that was parsed before.
        Err(_) => callback.to_string(),
    }
}
