//! Events to bytes and back, one file a format.
//!
//! What is published is a [`Feed`]: a head and the events, the same value for a node and an aggregator and for every
//! format. Each format is a function from it to bytes; the same feed gives the same bytes.

pub mod atom;
pub mod ical;
pub mod json;
pub mod jsonld;
pub mod opml;
pub mod rss;
#[cfg(test)]
pub(crate) mod sample;
pub mod sheet;
pub mod words;
pub mod xml;

use std::sync::Arc;

use jiff::Timestamp;

use crate::event::{Address, Event, Id, Language, Licence, Line, Organiser, Region, RegionTerm, Zone};
use crate::programme::{Finding, Published, Slug, Tally};

/// All that is published at one address, before it is given a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Who publishes it, and where.
    pub head: Head,
    /// The events, by when they were last changed, the latest first, then by id.
    pub events: Vec<Arc<Published>>,
    /// Events that were published and are no more (RFC 6721), the latest first.
    pub tombstones: Vec<Tombstone>,
}

/// What a feed says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its `tag:` id, for ever.
    pub id: Id,
    /// Its title.
    pub title: Line,
    /// A sentence on it.
    pub subtitle: Option<Line>,
    /// Its language.
    pub language: Language,
    /// Its zone.
    pub zone: Option<Zone>,
    /// When any of it last changed.
    pub updated: Timestamp,
    /// Who publishes it.
    pub author: Organiser,
    /// Its home page, which every address below begins with; ends in `/`.
    pub base: Address,
    /// Name of its files: `feed` on a node, `programme` on an aggregator.
    pub stem: &'static str,
    /// Its licence.
    pub licence: Option<Licence>,
    /// Who holds the rights, in words.
    pub rights: Option<Line>,
    /// Its regions.
    pub regions: Vec<RegionTerm>,
    /// It lists all there is (RFC 5005 §2): what it does not list is withdrawn.
    pub complete: bool,
    /// The hub that tells of its changes (WebSub §4).
    pub hub: Option<Address>,
}

/// An event that was published and is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Its id.
    pub id: Id,
    /// Since when.
    pub at: Timestamp,
}

impl Head {
    /// The address of this feed in a format: `https://lab.example/feed.atom`.
    pub fn address(&self, extension: &str) -> String {
        format!("{}{}.{extension}", self.base, self.stem)
    }

    /// The page of one event.
    pub fn event_page(&self, slug: &Slug) -> String {
        format!("{}e/{slug}", self.base)
    }

    /// What the ids of its other feeds begin with: `tag:lab.example,2026:` of `tag:lab.example,2026:programme`.
    pub fn id_stem(&self) -> String {
        let id = self.id.as_str();
        match id.strip_prefix("tag:").and_then(|_| id.rfind(':')) {
            Some(end) => id[..=end].to_owned(),
            None => format!("{id}#"),
        }
    }
}

/// What was understood of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What the feed says of itself.
    pub feed: FeedFacts,
    /// Its entries in their order, each id once.
    pub entries: Vec<ReadEntry>,
    /// Entries it says are no more, and since when.
    pub tombstones: Vec<(Id, Option<Timestamp>)>,
    /// What was wrong or doubtful, in the feed and in its entries.
    pub findings: Vec<Finding>,
}

impl Reading {
    /// How many entries there are, and how well they were understood.
    pub fn tally(&self) -> Tally {
        let count = |is: &dyn Fn(&ReadEntry) -> bool| {
            u32::try_from(self.entries.iter().filter(|entry| is(entry)).count()).unwrap_or(u32::MAX)
        };
        Tally {
            entries: count(&|_| true),
            dated: count(&|entry| !entry.event.slots.is_empty()),
            n1: count(&|entry| entry.level == Level::N1),
            n2: count(&|entry| entry.level == Level::N2),
        }
    }
}

/// What a feed says of itself, as far as a reader needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedFacts {
    /// Its id.
    pub id: Option<Id>,
    /// Its title.
    pub title: Option<Line>,
    /// Its language.
    pub language: Option<Language>,
    /// Its home page.
    pub page: Option<Address>,
    /// Its author, who stands in where an entry names none.
    pub author: Option<Organiser>,
    /// Its licence, which holds where an entry names none.
    pub licence: Option<Licence>,
    /// Its rights, likewise.
    pub rights: Option<Line>,
    /// Its regions.
    pub regions: Vec<RegionTerm>,
    /// What made it.
    pub generator: Option<Line>,
    /// It says that it lists all there is (RFC 5005 §2).
    pub complete: bool,
    /// Hubs that tell of its changes (WebSub §4).
    pub hubs: Vec<Address>,
    /// The address it calls its own (`rel="self"`): the topic that a hub knows it by.
    pub topic: Option<Address>,
    /// Its entries were known by their links, since too many shared their ids.
    pub by_link: bool,
    /// How long its publisher wants us to wait between two visits (`ttl`, `sy:updatePeriod`).
    pub pause: Option<std::time::Duration>,
}

/// One entry as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadEntry {
    /// What it means.
    pub event: Event,
    /// How much of the profile it follows.
    pub level: Level,
    /// Its text as it stood in the feed.
    pub raw: String,
}

/// What a reader may assume where a feed is silent.
#[derive(Debug, Clone)]
pub struct Hints {
    /// Where the document came from, against which relative addresses are resolved.
    pub address: Option<Address>,
    /// The source's language.
    pub language: Option<Language>,
    /// The source's zone, for times without one. What is assumed by it is marked so.
    pub zone: Option<Zone>,
    /// The source's region, for events that name none. What is assumed by it is marked so.
    pub region: Option<Region>,
    /// Entries are known by their links, since the ids of this source were found to be of no use before.
    pub by_link: bool,
    /// When the document was fetched: what it dates later has not happened.
    pub seen: Timestamp,
}

/// How much of the profile an entry follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum Level {
    /// A feed entry like any other: no date that can be read.
    N0,
    /// One slot, by the RSS event module.
    N1,
    /// The whole profile.
    N2,
}
