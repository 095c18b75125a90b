//! An event that two labs hold together: the other lab's is found by its address, named in ours, and holds once theirs
//! names ours too (`evt:with`).
//!
//! A lab tells the other that it named one of its events. What is told is never believed: the feed it comes from is read,
//! by the rules of every fetch, and says it or not.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Error, Node};
use crate::event::{Address, Foreign, Id, Line, When, With};
use crate::fetch::{Answer, Fetcher, Message, Request};
use crate::format::{Hints, Reading};
use crate::parse;
use crate::programme::{Failure, FailureKind};
use crate::store::partner::{Asked, Said, Telling, TellingState};

/// The most events of another lab that are offered to choose from.
const MOST: usize = 200;
/// The most feeds of a page that are tried.
const FEEDS: usize = 3;
/// How long the other lab has to take our word; it comes by its own visits otherwise.
const PATIENCE: Duration = Duration::from_secs(15);

/// The first pause after telling in vain; each later one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// A lab that comes back is told within this time.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);
/// A site that is away for so long has changed hands, or is none any more.
const LONG_ENOUGH: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Whether a lab heard.
enum Heard {
    Yes,
    /// It may another time.
    NotNow,
    /// It did, and did not find in our feed what we said. It may another time.
    Unread,
    /// Nobody there could.
    Never,
}

/// What another lab's feed holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    /// Its feed's id.
    pub feed: Id,
    /// Where the feed is.
    pub address: Address,
    /// The lab.
    pub lab: Line,
    /// Its events: the one that was asked for alone, when the address is its page.
    pub events: Vec<Their>,
}

/// One event of another lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Their {
    /// Its id.
    pub id: Id,
    /// Its title.
    pub title: Line,
    /// Its page.
    pub page: Option<Address>,
    /// When it begins.
    pub when: Option<When>,
    /// Whom it names.
    pub with: Vec<With>,
}

/// Looks at an address of another lab: one of its feeds, or a page that names its feed, such as that of an event.
///
/// # Errors
/// A [`Failure`]: it cannot be fetched, or no feed of it says what it is called.
pub async fn look(fetcher: &Fetcher, address: &Address, now: Timestamp) -> Result<Theirs, Failure> {
    let (body, kind, at) = get(fetcher, address, now).await?;
    let feeds = {
        let (body, kind, at) = (body.clone(), kind.clone(), at.clone());
        tokio::task::spawn_blocking(move || parse::feeds(&body, kind.as_deref(), &at)).await.unwrap_or_default()
    };
    if let Some(theirs) = read(body, kind, at.clone(), now).await {
        // A page that describes events for machines is no feed: it does not say what it is called.
        return Ok(theirs);
    }
    for link in feeds.into_iter().take(FEEDS) {
        let Ok((body, kind, at_feed)) = get(fetcher, &link.address, now).await else { continue };
        if let Some(mut theirs) = read(body, kind, at_feed, now).await {
            let page = |address: &Address| address.as_str().split(['?', '#']).next().unwrap_or_default().to_owned();
            let named = |their: &Their| {
                their.page.as_ref().is_some_and(|own| page(own) == page(&at) || page(own) == page(address))
            };
            if theirs.events.iter().any(named) {
                theirs.events.retain(named);
            }
            return Ok(theirs);
        }
    }
    Err(Failure { kind: FailureKind::NotAFeed, detail: address.to_string(), retry_after: None })
}

type Got = (bytes::Bytes, Option<String>, Address);

async fn get(fetcher: &Fetcher, address: &Address, now: Timestamp) -> Result<Got, Failure> {
    match fetcher.get(Request { address: address.as_str(), ..Request::default() }, now).await? {
        Answer::Fresh(fresh) => {
            let at = Address::new(&fresh.address).unwrap_or_else(|_| address.clone());
            Ok((fresh.body, fresh.content_type, at))
        }
        // Not asked for, so an answer that says nothing.
        Answer::Unchanged { .. } => {
            Err(Failure { kind: FailureKind::Status, detail: "304".to_owned(), retry_after: None })
        }
    }
}

async fn read(body: bytes::Bytes, kind: Option<String>, at: Address, now: Timestamp) -> Option<Theirs> {
    let hints =
        Hints { address: Some(at.clone()), language: None, zone: None, region: None, by_link: false, seen: now };
    let read = tokio::task::spawn_blocking(move || parse::read(&body, kind.as_deref(), &hints)).await;
    let Reading { feed, entries, .. } = read.ok()?.ok()?;
    let lab = feed.author.as_ref().map(|author| author.name.clone()).or(feed.title)?;
    let their = |entry: crate::format::ReadEntry| {
        let event = entry.event;
        Their {
            id: event.id.clone(),
            title: event.title.clone(),
            page: event.page.clone(),
            when: event.slots.first().map(|slot| slot.when),
            with: event.with.to_vec(),
        }
    };
    Some(Theirs { feed: feed.id?, address: at, lab, events: entries.into_iter().take(MOST).map(their).collect() })
}

impl Node {
    /// Names another lab's event in ours.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Store`].
    pub async fn join(&self, ours: &Id, theirs: &With, at: Timestamp, by: &str) -> Result<(), Error> {
        self.quietly(ours, "joined", at, by, |parts| {
            let same = |with: &With| (&with.source, &with.event) == (&theirs.source, &theirs.event);
            if !parts.with.iter().any(same) {
                parts.with.push(theirs.clone());
            }
        })
        .await
    }

    /// Names it no longer.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Store`].
    pub async fn part(&self, ours: &Id, feed: &Id, event: &Id, at: Timestamp, by: &str) -> Result<(), Error> {
        self.quietly(ours, "parted", at, by, |parts| parts.with.retain(|w| (&w.source, &w.event) != (feed, event)))
            .await?;
        Ok(self.store().end_telling(ours, feed, event).await?)
    }

    /// Has another lab told that one of our events names one of theirs: at once, and again until it is heard. `address` is
    /// where their feed is, or a page that names it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn tell_partner(&self, ours: &Id, theirs: &With, address: Address, now: Timestamp) -> Result<(), Error> {
        let telling = Telling {
            ours: ours.clone(),
            feed: theirs.source.clone(),
            event: theirs.event.clone(),
            address,
            since: now,
            tries: 0,
            after: now,
            state: TellingState::Waiting,
        };
        self.store().put_telling(&telling).await?;
        self.told.notify_one();
        Ok(())
    }

    /// Tells other labs what they are to be told, for as long as it is awaited; while there is nothing to tell it sleeps.
    pub async fn tell_partners(&self, fetcher: &Fetcher, clock: impl Fn() -> Timestamp) {
        loop {
            let next = match self.tell_those_due(fetcher, &clock).await {
                Ok(next) => next.map(|next| Duration::try_from(next.duration_since(clock())).unwrap_or_default()),
                Err(error) => {
                    tracing::error!(%error, "what other labs are to be told could not be read or noted");
                    Some(LONGEST_PAUSE)
                }
            };
            tokio::select! {
                () = self.told.notified() => {}
                () = async {
                    match next {
                        // An instant that is over by now is at least a second away: nobody is told in a circle.
                        Some(pause) => tokio::time::sleep(pause.max(Duration::from_secs(1))).await,
                        None => std::future::pending().await,
                    }
                } => {}
            }
        }
    }

    /// Tells those whose turn it is; gives when the next one has its turn.
    async fn tell_those_due(
        &self,
        fetcher: &Fetcher,
        clock: &impl Fn() -> Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let mut next: Option<Timestamp> = None;
        for mut one in self.store().tellings().await? {
            if !one.state.waits() {
                continue;
            }
            if one.after <= clock() {
                // Looked at now, not when it was noted: nobody is told of what was taken back.
                let named = self.store().kept_one(&one.ours).await?.is_some_and(|kept| {
                    kept.withdrawn.is_none()
                        && kept.event.with.iter().any(|w| w.source == one.feed && w.event == one.event)
                });
                let heard = if named { self.say(fetcher, &one, clock()).await } else { Heard::Yes };
                let now = clock();
                match heard {
                    Heard::Yes => {
                        self.store().end_telling(&one.ours, &one.feed, &one.event).await?;
                        continue;
                    }
                    Heard::Never => one.state = TellingState::Deaf,
                    _ if now.duration_since(one.since) > LONG_ENOUGH => one.state = TellingState::Over,
                    again => {
                        one.state =
                            if matches!(again, Heard::Unread) { TellingState::Unread } else { TellingState::Waiting };
                        let pause = FIRST_PAUSE.saturating_mul(1 << one.tries.min(16)).min(LONGEST_PAUSE);
                        one.after = SignedDuration::try_from(pause).map_or(now, |pause| now + pause);
                    }
                }
                one.tries = one.tries.saturating_add(1);
                tracing::info!(partner = one.address.host(), tries = one.tries, state = ?one.state, "another lab was not told");
                self.store().put_telling(&one).await?;
            }
            if one.state.waits() {
                next = Some(next.map_or(one.after, |next| next.min(one.after)));
            }
        }
        Ok(next)
    }

    /// Tells the lab once. Whether it takes our word is its own affair: it finds ours in our feed.
    async fn say(&self, fetcher: &Fetcher, one: &Telling, now: Timestamp) -> Heard {
        // Their feed may have moved, and what we have may be a page that names it.
        let feed = match look(fetcher, &one.address, now).await {
            Ok(theirs) if theirs.feed == one.feed => theirs.address,
            Ok(_) => return Heard::Never,
            Err(_) => return Heard::NotNow,
        };
        let head = &self.current().load().feed.head;
        let Ok(there) = Address::join(Some(&feed), "co-organised") else { return Heard::Never };
        let feed_and_event = [("feed", head.address("atom")), ("event", one.ours.to_string())];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(feed_and_event).finish();
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        let message = Message { address: there.to_string(), headers, body: Some(body.into()) };
        match tokio::time::timeout(PATIENCE, fetcher.send(message)).await {
            Ok(Ok(reply)) if reply.taken() => Heard::Yes,
            Ok(Ok(reply)) if reply.status == 424 => Heard::Unread,
            // A site without a desk: it says that there is no such page, or that one cannot write there.
            Ok(Ok(reply)) if matches!(reply.status, 404 | 405 | 410 | 501) => Heard::Never,
            _ => Heard::NotNow,
        }
    }

    /// Hears that an event of the feed at this address names one of ours, and looks whether it does: gives whether it was
    /// found to.
    ///
    /// # Errors
    /// [`Error::Store`]; that it does not say so is none.
    pub async fn hear_partner(
        &self,
        fetcher: &Fetcher,
        feed: &Address,
        event: &Id,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Ok(theirs) = look(fetcher, feed, now).await else { return Ok(false) };
        let own = self.current().load().feed.head.id.clone();
        let Some(their) = theirs.events.iter().find(|their| their.id == *event) else { return Ok(false) };
        let mut found = false;
        for with in their.with.iter().filter(|with| with.source == own) {
            if self.store().kept_one(&with.event).await?.is_none_or(|kept| kept.withdrawn.is_some()) {
                continue;
            }
            let said = Said { lab: theirs.lab.clone(), title: their.title.clone(), page: their.page.clone() };
            let asked = Asked {
                ours: with.event.clone(),
                feed: theirs.feed.clone(),
                event: their.id.clone(),
                said,
                at: now,
                refused: false,
            };
            self.store().partner_asks(&asked).await?;
            found = true;
        }
        Ok(found)
    }
}

/// Another lab's event, as ours names it.
pub fn with(feed: &Id, event: &Id, lab: &Line) -> With {
    With { source: feed.clone(), event: event.clone(), name: Some(lab.clone()), foreign: Foreign::default() }
}
