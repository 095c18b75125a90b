//! A lab's own events: written once, kept with their history, published as a feed.
//!
//! A [`Node`] holds the store and what is published from it. Every change is one save with its version, so that two
//! people at once are told; what is published follows the store, whichever process wrote to it.

pub mod account;
pub mod change;
pub mod communes;
pub mod form;
pub mod lab;
pub mod partner;
pub mod picture;
pub mod text;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::{Mutex, Notify};
use uuid::Uuid;

use crate::event::{
    Address, Before, Event, Fault, Foreign, Id, Line, List, Moment, Notice, Organiser, Parts, Previous, Rare,
    RegionTerm, SlotRef, Status, When,
};
use crate::format::{Feed, Head, Reading, Tombstone};
use crate::language::Tongue;
use crate::programme::{Kept, Lab, Published, Slug};
use crate::snapshot::{Current, Snapshot};
use crate::store::{self, Save, Store};

pub mod programme;
pub mod provider;

/// Why a node could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database, or someone else's change.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The change would make an event whose parts contradict each other.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// There is no such event.
    #[error("no event is called {0}")]
    Unknown(Id),
    /// The event has no such slot.
    #[error("the event has no slot {0}")]
    NoSlot(SlotRef),
    /// Nobody said whose node it is.
    #[error("this node does not know its lab yet: fill in [lab] in its configuration, or import the lab's feed")]
    NoLab,
}

/// A lab's node at work.
pub struct Node {
    store: Store,
    base: Address,
    hub: Option<Address>,
    current: Arc<Current>,
    /// Revision of the store that is published.
    published: AtomicI64,
    /// One renders at a time; the others then find it done.
    rendering: Mutex<()>,
    /// There is something to tell another lab.
    told: Notify,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Events that are new.
    pub added: Vec<Id>,
    /// Events that now say something else.
    pub changed: Vec<Id>,
    /// Events that were there already, as they are.
    pub unchanged: Vec<Id>,
    /// Events that the file says are no more.
    pub withdrawn: Vec<Id>,
}

impl Node {
    /// Opens a node that publishes at `base`, which ends in `/`, and whose feeds name this hub.
    ///
    /// # Errors
    /// [`Error::NoLab`] until its lab is known; [`Error::Store`].
    pub async fn open(store: Store, base: Address, hub: Option<Address>) -> Result<Node, Error> {
        let lab = store.lab().await?.ok_or(Error::NoLab)?;
        let revision = store.revision().await?;
        let snapshot = Snapshot::new(feed(&lab, &base, hub.as_ref(), store.kept().await?), []);
        let current = Arc::new(Current::new(snapshot));
        let (published, rendering, told) = (AtomicI64::new(revision), Mutex::new(()), Notify::new());
        Ok(Node { store, base, hub, current, published, rendering, told })
    }

    /// What readers are shown.
    pub fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current)
    }

    /// Its store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Publishes what the store holds now, when it holds something else than what is published: this process or
    /// another, such as an import, may have written.
    ///
    /// # Errors
    /// [`Error::Store`]; what was published stays published.
    pub async fn refresh(&self) -> Result<(), Error> {
        if self.store.revision().await? == self.published.load(Ordering::Acquire) {
            return Ok(());
        }
        let _turn = self.rendering.lock().await;
        // Read before the events are: what is written meanwhile is published next time.
        let revision = self.store.revision().await?;
        if revision == self.published.load(Ordering::Acquire) {
            return Ok(());
        }
        let lab = self.store.lab().await?.ok_or(Error::NoLab)?;
        let feed = feed(&lab, &self.base, self.hub.as_ref(), self.store.kept().await?);
        self.current.publish(Snapshot::new(feed, []));
        self.published.store(revision, Ordering::Release);
        Ok(())
    }

    /// Publishes a new event.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn publish(&self, event: Event, at: Timestamp, by: &str) -> Result<Slug, Error> {
        let slug = self.free_slug(event.title.as_str()).await?;
        let save = Save { event, slug: slug.clone(), withdrawn: None, action: "published", expected: 0 };
        self.store.save(&[save], at, by).await?;
        self.refresh().await?;
        Ok(slug)
    }

    /// Cancels an event: it stays listed, and says so.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Store`].
    pub async fn cancel(&self, id: &Id, why: Option<Line>, at: Timestamp, by: &str) -> Result<(), Error> {
        self.change(id, "cancelled", at, by, |parts| {
            parts.status = Status::Cancelled;
            parts.notice = notice(at, parts, why).into();
            Ok(())
        })
        .await
    }

    /// Moves a slot to another time. The one it had is kept, and its name, so that calendars move it too.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::NoSlot`], [`Error::Fault`], [`Error::Store`].
    pub async fn reschedule(&self, id: &Id, slot: &SlotRef, when: When, at: Timestamp, by: &str) -> Result<(), Error> {
        self.change(id, "moved", at, by, |parts| {
            let moved = parts.slots.iter_mut().find(|s| s.name == *slot).ok_or_else(|| Error::NoSlot(slot.clone()))?;
            let before = match moved.when {
                When::Timed(hours) => Before::Timed(hours),
                When::Day { days, .. } | When::AllDay(days) | When::Period(days) => Before::Days(days),
            };
            moved.when = when;
            parts.previous.push(Previous { slot: Some(slot.clone()), when: before, foreign: Foreign::default() });
            parts.status = Status::Rescheduled;
            Ok(())
        })
        .await
    }

    /// Takes back an event that was published by mistake: the feed says that it is no more.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Store`].
    pub async fn withdraw(&self, id: &Id, at: Timestamp, by: &str) -> Result<(), Error> {
        let kept = self.store.kept_one(id).await?.ok_or_else(|| Error::Unknown(id.clone()))?;
        let save = Save {
            event: kept.event,
            slug: kept.slug,
            withdrawn: Some(at),
            action: "withdrawn",
            expected: kept.version,
        };
        self.store.save(&[save], at, by).await?;
        self.refresh().await
    }

    async fn change(
        &self,
        id: &Id,
        action: &'static str,
        at: Timestamp,
        by: &str,
        change: impl FnOnce(&mut Parts) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let kept = self.store.kept_one(id).await?.ok_or_else(|| Error::Unknown(id.clone()))?;
        let mut parts = kept.event.into_parts();
        change(&mut parts)?;
        parts.updated = at.max(parts.updated);
        parts.sequence += 1;
        let event = Event::new(parts)?;
        let save = Save { event, slug: kept.slug, withdrawn: kept.withdrawn, action, expected: kept.version };
        self.store.save(&[save], at, by).await?;
        self.refresh().await
    }

    async fn free_slug(&self, title: &str) -> Result<Slug, Error> {
        let kept = self.store.kept().await?;
        Ok(Slug::from_title(title, |slug| kept.iter().any(|k| k.slug == *slug)))
    }
}

/// Takes the events of a feed into a node's store, with their ids and times. Twice makes nothing twice.
///
/// A node that does not know its lab yet takes it from the feed's head.
///
/// # Errors
/// [`Error::Store`]; nothing was imported then. [`Error::NoLab`] when the feed does not say whose it is either.
pub async fn import(store: &Store, reading: Reading, at: Timestamp, by: &str) -> Result<Imported, Error> {
    let lab = match store.lab().await? {
        Some(lab) => lab,
        None => {
            let lab = lab_of(&reading).ok_or(Error::NoLab)?;
            store.set_lab(&lab).await?;
            lab
        }
    };
    let (done, saves) = plan(store, &lab, reading, at).await?;
    if !saves.is_empty() {
        store.save(&saves, at, by).await?;
    }
    Ok(done)
}

/// What [`import`] would do; nothing is written.
///
/// # Errors
/// As for [`import`].
pub async fn rehearse(store: &Store, reading: Reading, at: Timestamp) -> Result<Imported, Error> {
    let lab = store.lab().await?.or_else(|| lab_of(&reading)).ok_or(Error::NoLab)?;
    Ok(plan(store, &lab, reading, at).await?.0)
}

/// The events of a node as it publishes them, by id, those withdrawn too: what a table is read against
/// ([`crate::parse::sheet::Ask::known`]).
///
/// # Errors
/// [`Error::Store`]; [`Error::NoLab`].
pub async fn known(store: &Store, base: &Address) -> Result<BTreeMap<Id, Event>, Error> {
    let lab = store.lab().await?.ok_or(Error::NoLab)?;
    let kept = store.kept().await?;
    Ok(kept.into_iter().map(|kept| (kept.event.id.clone(), published(&lab, base, kept).event)).collect())
}

/// What an import changes, and how.
async fn plan(store: &Store, lab: &Lab, reading: Reading, at: Timestamp) -> Result<(Imported, Vec<Save>), Error> {
    let kept: BTreeMap<Id, Kept> = store.kept().await?.into_iter().map(|kept| (kept.event.id.clone(), kept)).collect();
    let mut slugs: HashSet<Slug> = kept.values().map(|kept| kept.slug.clone()).collect();
    let mut done = Imported::default();
    let mut saves = Vec::new();
    let listed: HashSet<Id> = reading.entries.iter().map(|entry| entry.event.id.clone()).collect();
    for entry in reading.entries {
        let id = entry.event.id.clone();
        let known = kept.get(&id);
        // The node shows the event on a page of its own, and speaks for itself.
        let mut parts = entry.event.into_parts();
        (parts.page, parts.origin) = (None, Rare::default());
        if let Some(known) = known {
            leave_open(lab, &known.event, &mut parts);
        }
        let event = Event::new(parts)?;
        let save = |slug, expected, event| Save { event, slug, withdrawn: None, action: "imported", expected };
        match known {
            Some(known) if known.event == event && known.withdrawn.is_none() => done.unchanged.push(id),
            // What the node has is newer, or as new: an older file takes nothing back.
            Some(known) if event.updated <= known.event.updated.max(known.withdrawn.unwrap_or(known.event.updated)) => {
                done.unchanged.push(id);
            }
            Some(known) => {
                let mut parts = event.into_parts();
                parts.sequence = parts.sequence.max(known.event.sequence + 1);
                saves.push(save(known.slug.clone(), known.version, Event::new(parts)?));
                done.changed.push(id);
            }
            None => {
                let slug = Slug::from_title(event.title.as_str(), |slug| slugs.contains(slug));
                slugs.insert(slug.clone());
                saves.push(save(slug, 0, event));
                done.added.push(id);
            }
        }
    }
    let tombstones: BTreeMap<Id, Option<Timestamp>> = reading.tombstones.into_iter().collect();
    for (id, when) in tombstones.into_iter().filter(|(id, _)| !listed.contains(id)) {
        let Some(known) = kept.get(&id).filter(|known| known.withdrawn.is_none()) else { continue };
        saves.push(Save {
            event: known.event.clone(),
            slug: known.slug.clone(),
            withdrawn: Some(when.unwrap_or(at).min(at)),
            action: "withdrawn",
            expected: known.version,
        });
        done.withdrawn.push(id);
    }
    Ok((done, saves))
}

/// What an event leaves to its lab it goes on leaving to it, when a file only says what was published.
fn leave_open(lab: &Lab, known: &Event, parts: &mut Parts) {
    if known.organisers.is_empty() && *parts.organisers == [organiser(lab)] {
        parts.organisers = List::new();
    }
    let same =
        |one: &Option<crate::event::Licence>| one.as_ref().map(|l| &l.href) == lab.licence.as_ref().map(|l| &l.href);
    if known.licence.is_none() && same(&parts.licence) {
        parts.licence = None;
    }
}

fn organiser(lab: &Lab) -> Organiser {
    Organiser { name: lab.name.clone(), page: lab.page.clone(), role: None }
}

/// Whose feed it is, as far as its head says.
fn lab_of(reading: &Reading) -> Option<Lab> {
    let feed = &reading.feed;
    let name = feed.author.as_ref().map(|author| author.name.clone()).or_else(|| feed.title.clone())?;
    let id = feed.id.clone()?;
    // `tag:lab.example,2026:programme` gives `tag:lab.example,2026:`; other ids give nothing to build on.
    let tag = id.as_str().starts_with("tag:").then(|| id.as_str().rfind(':')).flatten();
    let tag = tag.map_or_else(|| format!("{id}:"), |end| id.as_str()[..=end].to_owned());
    Some(Lab {
        title: feed.title.clone().unwrap_or_else(|| name.clone()),
        name,
        tag: Id::new(&tag).ok()?,
        feed_id: id,
        language: feed.language.clone().or_else(|| crate::event::Language::new("fr").ok())?,
        zone: None,
        region: feed.regions.first().map(|region| region.code.clone()),
        page: feed.page.clone(),
        licence: feed.licence.clone(),
        rights: feed.rights.clone(),
    })
}

fn notice(at: Timestamp, parts: &Parts, text: Option<Line>) -> Option<Notice> {
    let zone = parts.zone.as_ref().map_or(TimeZone::UTC, crate::event::Zone::rules);
    let zoned = at.to_zoned(zone);
    let since = Moment::new(zoned.datetime(), zoned.offset()).ok()?;
    Some(Notice { since, text, foreign: Foreign::default() })
}

/// What a node publishes of what it keeps.
fn feed(lab: &Lab, base: &Address, hub: Option<&Address>, kept: Vec<Kept>) -> Feed {
    let mut events = Vec::new();
    let mut tombstones = Vec::new();
    for kept in kept {
        match kept.withdrawn {
            Some(at) => tombstones.push(Tombstone { id: kept.event.id.clone(), at }),
            None => events.push(Arc::new(published(lab, base, kept))),
        }
    }
    events.sort_by(|a, b| (b.event.updated, &a.event.id).cmp(&(a.event.updated, &b.event.id)));
    tombstones.sort_by(|a, b| (b.at, &a.id).cmp(&(a.at, &b.id)));
    let changed = events.iter().map(|e| e.event.updated).chain(tombstones.iter().map(|t| t.at)).max();
    let tongue = Tongue::of(Some(&lab.language));
    let region = lab.region.iter().map(|code| RegionTerm {
        code: code.clone(),
        label: tongue.region(code).and_then(|label| Line::new(&label).ok()),
    });
    Feed {
        head: Head {
            id: lab.feed_id.clone(),
            title: lab.title.clone(),
            subtitle: None,
            language: lab.language.clone(),
            zone: lab.zone.clone(),
            updated: changed.unwrap_or(Timestamp::UNIX_EPOCH),
            author: organiser(lab),
            base: base.clone(),
            stem: "feed",
            licence: lab.licence.clone(),
            rights: lab.rights.clone(),
            regions: region.collect(),
            complete: true,
            hub: hub.cloned(),
        },
        events,
        tombstones,
    }
}

/// An event as a node at `base` publishes it.
pub fn published(lab: &Lab, base: &Address, kept: Kept) -> Published {
    let mut parts = kept.event.clone().into_parts();
    // Our pictures are where we are, whatever we were called when they were put in.
    if let Some(image) = parts.image.as_mut()
        && let Some(name) = image.href.as_str().rsplit_once("/pictures/").map(|(_, name)| name)
        && picture::kind_of(name).is_some()
        && let Ok(here) = Address::new(&format!("{base}pictures/{name}"))
    {
        image.href = here;
    }
    parts.page = Address::new(&format!("{base}e/{}", kept.slug)).ok();
    if parts.organisers.is_empty() {
        parts.organisers = vec![organiser(lab)].into();
    }
    parts.licence = parts.licence.or_else(|| lab.licence.clone());
    let uid = |slot: &SlotRef| Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}#{slot}", parts.id).as_bytes());
    let uids = parts.slots.iter().map(|slot| (slot.name.clone(), uid(&slot.name))).collect();
    // A page, organisers and a licence contradict nothing that an event already is.
    let event = Event::new(parts).unwrap_or(kept.event);
    Published { event, slug: kept.slug, uids, copies: Vec::new(), doubts: Vec::new(), voices: Default::default() }
}
