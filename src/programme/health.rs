//! How a source does: what its polls gave, when the next is due, and what waits for another look or for a person.
//!
//! Written with each poll, read before the next one, so that a restart forgets nothing. Unlike findings, which a
//! reading replaces, what stands here lasts over polls that had nothing to read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::finding::{Code, Failure, Finding};
use super::push::Push;
use crate::event::{Address, Id, Line};

/// How a source does: what the last polls gave and when the next is due.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// `atom:id` of the feed, which other feeds name it by.
    pub feed_id: Option<Id>,
    /// What the feed calls itself.
    pub feed_title: Option<Line>,
    /// Validators of the last answer, byte for byte.
    pub etag: Option<String>,
    /// See `etag`.
    pub last_modified: Option<String>,
    /// SHA-256 of the last body, in hex: the same body is not read again.
    pub body: Option<String>,
    /// When it is polled next; at once when absent.
    pub due: Option<Timestamp>,
    /// When it was last asked.
    pub tried: Option<Timestamp>,
    /// When it was first read: entries first seen then are not news, however new they are to us.
    pub first_read: Option<Timestamp>,
    /// When it last answered well.
    pub good: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Why the last poll failed; `None` when it did not.
    pub failure: Option<Failure>,
    /// Since when it answers that it is gone for good (410); two answers a day apart pause it.
    pub gone: Option<Timestamp>,
    /// How many entries it listed at the last reading.
    pub listed: u32,
    /// Its entries are known by their links, since its ids were found to be of no use; for ever, since to change
    /// back and forth would be worse than either.
    pub by_link: bool,
    /// How long its publisher wants us to wait, in seconds, as its last document said.
    pub pause: Option<u64>,
    /// What the last feed that was read held.
    pub tally: Option<Tally>,
    /// How often it changes.
    pub tempo: Tempo,
    /// When its next events begin, as of the last reading, the nearest first.
    pub starts: Vec<Timestamp>,
    /// Where it answers from now.
    pub moved: Option<Moved>,
    /// Entries that disappeared together, and stay until a person has ruled.
    pub held: Option<Held>,
    /// Entries of events to come that it lists no more, though it lists older ones.
    pub vanished: Vec<Vanished>,
    /// What a hub does for it.
    pub push: Push,
}

/// How many entries a feed held, and how well they were understood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Entries, but for those that wait for their author.
    pub entries: u32,
    /// Of these, with at least one slot.
    pub dated: u32,
    /// Of these, at the level N1 of the profile: one slot.
    pub n1: u32,
    /// Of these, at the level N2: the whole profile.
    pub n2: u32,
}

/// How often a source changes, as counts in which a visit weighs less the older it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tempo {
    /// Visits that found a change, in thousandths.
    pub thousandths: u32,
    /// The time over which they were counted.
    pub minutes: u32,
}

/// A source that answers from another address and says that it does so for good (301, 308).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The new address.
    pub to: Address,
    /// When we were first sent there.
    pub since: Timestamp,
    /// How often since, with the same feed each time.
    pub seen: u32,
    /// It was seen often enough and long enough to be believed: a person may put the new address in the old one's
    /// place.
    pub proposed: bool,
}

/// Many entries that disappeared from a complete feed at once. Told by a mistake from a withdrawal by looking again,
/// then by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// When they were first seen to be missing. [`Ruling::Emptied`](super::Ruling::Emptied) names it by this.
    pub since: Timestamp,
    /// How many are gone.
    pub gone: u32,
    /// Of how many.
    pub of: u32,
    /// Which: SHA-256 of their ids, in hex.
    pub print: String,
    /// When a second look found the same to be missing. From then on it waits for a person only.
    pub confirmed: Option<Timestamp>,
    /// When they were withdrawn, as a person ruled. Remembered as long as nothing else disappears, so that the ruling
    /// can be undone.
    pub withdrawn: Option<Timestamp>,
}

/// An entry that is listed no more though older ones are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vanished {
    /// Which.
    pub id: Id,
    /// Its page, which tells whether it was withdrawn.
    pub page: Option<Address>,
    /// When its event is over, and its absence no news.
    pub until: Timestamp,
    /// In how many polls it was missing.
    pub polls: u32,
    /// When its page was last looked at.
    pub looked: Option<Timestamp>,
    /// Its page is gone too: it was withdrawn.
    pub page_gone: bool,
}

impl Health {
    /// When the next event begins that the source listed.
    pub fn next_start(&self, now: Timestamp) -> Option<Timestamp> {
        self.starts.iter().copied().find(|start| *start > now)
    }

    /// What is to be told of the source beside what was found in its last document.
    pub fn findings(&self) -> Vec<Finding> {
        let mut all = Vec::new();
        if let Some(held) = self.held.as_ref().filter(|held| held.withdrawn.is_none()) {
            all.push(Finding::new(Code::MassDisappearance, None, &format!("{}/{}", held.gone, held.of)));
        }
        if self.push.silent() {
            all.push(Finding::new(Code::HubSilent, None, ""));
        }
        if let Some(moved) = self.moved.as_ref().filter(|moved| moved.proposed) {
            all.push(Finding::new(Code::Moved, None, moved.to.as_str()));
        }
        all.extend(self.vanished.iter().map(|vanished| {
            let code = if vanished.page_gone { Code::PageGone } else { Code::Disappeared };
            Finding::new(code, Some(&vanished.id), "")
        }));
        all
    }
}
