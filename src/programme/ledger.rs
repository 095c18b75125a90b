//! What must be remembered for the programme to stay what it was: ids, slugs, calendar UIDs, sequences, joins.
//!
//! Append-only records and the value they fold into. Nothing here can be computed again from the entries, because
//! it depends on what was seen first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{EntryKey, Slug};
use crate::event::{Id, SlotRef};

/// One thing to remember. Stored as it is, read back in the order it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Record {
    /// An event of the programme came to be.
    Minted {
        /// Its id, for ever.
        event: Id,
        /// Its slug, for ever.
        slug: Slug,
        /// The entry that founded it.
        founder: EntryKey,
        /// When.
        at: Timestamp,
    },
    /// An entry was taken for a copy of an event: a confirmed join.
    Joined {
        /// The event.
        event: Id,
        /// The entry.
        entry: EntryKey,
        /// When.
        at: Timestamp,
    },
    /// A slot of an entry got its calendar UID.
    Slot {
        /// The event.
        event: Id,
        /// The entry.
        entry: EntryKey,
        /// The slot within the entry.
        slot: SlotRef,
        /// Its UID, for ever.
        uid: Uuid,
    },
    /// What an event says changed.
    Changed {
        /// The event.
        event: Id,
        /// How often it has.
        sequence: u32,
        /// When, by the account of the copy that changed.
        updated: Timestamp,
        /// SHA-256 of what it says, in hex.
        print: String,
    },
    /// Two events became one: the younger leads to the older.
    Redirected {
        /// The younger.
        from: Id,
        /// The older.
        to: Id,
        /// When.
        at: Timestamp,
    },
    /// No copy of an event is left, or one is again.
    Gone {
        /// The event.
        event: Id,
        /// Since when; `None` when it is back.
        since: Option<Timestamp>,
    },
}

/// An event as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// Its slug.
    pub slug: Slug,
    /// The entry that founded it.
    pub founder: EntryKey,
    /// When it came to be: the older of two keeps its id.
    pub at: Timestamp,
    /// How often it changed.
    pub sequence: u32,
    /// When it last did.
    pub updated: Timestamp,
    /// SHA-256 of what it last said; empty before the first time.
    pub print: String,
    /// Into which it was merged.
    pub redirect: Option<(Id, Timestamp)>,
    /// Since when no copy is left.
    pub gone: Option<Timestamp>,
}

/// All that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    events: BTreeMap<Id, Minted>,
    slugs: HashMap<Slug, Id>,
    /// The event each entry belongs to, by the latest word.
    member: HashMap<EntryKey, Id>,
    /// Every UID a slot of an entry ever had: another one in each event that its entry was a copy of.
    slots: HashMap<(EntryKey, SlotRef), Vec<Uuid>>,
    uids: HashMap<Uuid, Id>,
    /// Entries ever joined to an event: [`Record::Joined`] without its time.
    joins: BTreeMap<Id, BTreeSet<EntryKey>>,
}

impl Ledger {
    /// Folds records in their order.
    pub fn from_records(records: impl IntoIterator<Item = Record>) -> Ledger {
        let mut ledger = Ledger::default();
        for record in records {
            ledger.apply(&record);
        }
        ledger
    }

    /// Adds one record.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Minted { event, slug, founder, at } => {
                self.slugs.insert(slug.clone(), event.clone());
                self.events.entry(event.clone()).or_insert_with(|| Minted {
                    slug: slug.clone(),
                    founder: founder.clone(),
                    at: *at,
                    sequence: 0,
                    updated: *at,
                    print: String::new(),
                    redirect: None,
                    gone: None,
                });
            }
            Record::Joined { event, entry, .. } => {
                self.member.insert(entry.clone(), event.clone());
                self.joins.entry(event.clone()).or_default().insert(entry.clone());
            }
            Record::Slot { event, entry, slot, uid } => {
                self.slots.entry((entry.clone(), slot.clone())).or_default().push(*uid);
                self.uids.entry(*uid).or_insert_with(|| event.clone());
            }
            Record::Changed { event, sequence, updated, print } => {
                if let Some(minted) = self.events.get_mut(event) {
                    minted.sequence = *sequence;
                    minted.updated = *updated;
                    minted.print.clone_from(print);
                }
            }
            Record::Redirected { from, to, at } => {
                if let Some(minted) = self.events.get_mut(from) {
                    minted.redirect = Some((to.clone(), *at));
                }
            }
            Record::Gone { event, since } => {
                if let Some(minted) = self.events.get_mut(event) {
                    minted.gone = *since;
                }
            }
        }
    }

    /// Every event ever minted.
    pub fn events(&self) -> &BTreeMap<Id, Minted> {
        &self.events
    }

    /// One event, as it is remembered.
    pub fn event(&self, id: &Id) -> Option<&Minted> {
        self.events.get(id)
    }

    /// Whether a slug was ever given.
    pub fn has_slug(&self, slug: &Slug) -> bool {
        self.slugs.contains_key(slug)
    }

    /// The event an entry belonged to last, through redirects.
    pub fn event_of(&self, entry: &EntryKey) -> Option<&Id> {
        self.member.get(entry).map(|id| self.survivor(id))
    }

    /// The UID that a slot of an entry has as part of an event. It is that event's own: an entry that becomes a copy of
    /// another event leaves it behind.
    pub fn uid(&self, event: &Id, entry: &EntryKey, slot: &SlotRef) -> Option<Uuid> {
        let uids = self.slots.get(&(entry.clone(), slot.clone()))?;
        uids.iter().find(|uid| self.uids.get(uid).map(|id| self.survivor(id)) == Some(event)).copied()
    }

    /// Whether a UID was ever given, to any slot.
    pub fn has_uid(&self, uid: &Uuid) -> bool {
        self.uids.contains_key(uid)
    }

    /// The entries ever joined to an event.
    pub fn joined(&self, event: &Id) -> Option<&BTreeSet<EntryKey>> {
        self.joins.get(event)
    }

    /// Where an id leads, through redirects.
    pub fn survivor<'a>(&'a self, id: &'a Id) -> &'a Id {
        let mut at = id;
        // Redirects lead from younger to older, so that they cannot go round; the bound is against a damaged store.
        for _ in 0..self.events.len() {
            match self.events.get(at).and_then(|minted| minted.redirect.as_ref()) {
                Some((to, _)) => at = to,
                None => break,
            }
        }
        at
    }
}
