//! What must be remembered for the programme to stay what it was: ids, slugs, calendar UIDs, sequences, joins.
//!
//! Append-only records and the value they fold into. Nothing here can be computed again from the entries, because
//! it depends on what was seen first.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{EntryKey, Slug};
use crate::event::text::hex;
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
        /// What it says.
        print: Print,
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

/// SHA-256 of what an event says; in hex where it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Print(pub [u8; 32]);

impl TryFrom<String> for Print {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Print, &'static str> {
        let mut print = [0; 32];
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        if text.len() != 64 {
            return Err("not 64 digits");
        }
        for (byte, two) in print.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (high, low) = digit(two[0]).zip(digit(two[1])).ok_or("not a hexadecimal digit")?;
            *byte = high << 4 | low;
        }
        Ok(Print(print))
    }
}

impl From<Print> for String {
    fn from(print: Print) -> String {
        hex(&print.0)
    }
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
    /// What it last said; none before the first time.
    pub print: Option<Print>,
    /// Into which it was merged.
    pub redirect: Option<(Id, Timestamp)>,
    /// Since when no copy is left.
    pub gone: Option<Timestamp>,
    /// The entries ever joined to it, each once and in their order: [`Record::Joined`] without its time.
    pub joined: Box<[EntryKey]>,
}

/// All that is remembered. Every event that ever was is in it, so that it keeps each text once and no empty room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Behind a pointer: half of a table may be empty.
    events: HashMap<Id, Box<Minted>>,
    slugs: HashSet<Slug>,
    /// The event each entry belongs to, by the latest word.
    member: HashMap<EntryKey, Id>,
    /// Every UID a slot of an entry ever had: another one in each event that its entry was a copy of.
    slots: HashMap<(EntryKey, SlotRef), Box<[Uuid]>>,
    uids: HashMap<Uuid, Id>,
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
                let founder = &self.entry(founder);
                self.slugs.insert(slug.clone());
                self.events.entry(event.clone()).or_insert_with(|| {
                    Box::new(Minted {
                        slug: slug.clone(),
                        founder: founder.clone(),
                        at: *at,
                        sequence: 0,
                        updated: *at,
                        print: None,
                        redirect: None,
                        gone: None,
                        joined: Box::default(),
                    })
                });
            }
            Record::Joined { event, entry, .. } => {
                let (event, entry) = (self.id(event), self.entry(entry));
                if let Some(minted) = self.events.get_mut(&event)
                    && let Err(at) = minted.joined.binary_search(&entry)
                {
                    insert(&mut minted.joined, at, entry.clone());
                }
                self.member.insert(entry, event);
            }
            Record::Slot { event, entry, slot, uid } => {
                let (event, entry) = (self.id(event), self.entry(entry));
                let uids = self.slots.entry((entry, slot.clone())).or_default();
                insert(uids, uids.len(), *uid);
                self.uids.entry(*uid).or_insert(event);
            }
            Record::Changed { event, sequence, updated, print } => {
                if let Some(minted) = self.events.get_mut(event) {
                    minted.sequence = *sequence;
                    minted.updated = *updated;
                    minted.print = Some(*print);
                }
            }
            Record::Redirected { from, to, at } => {
                let to = self.id(to);
                if let Some(minted) = self.events.get_mut(from) {
                    minted.redirect = Some((to, *at));
                }
            }
            Record::Gone { event, since } => {
                if let Some(minted) = self.events.get_mut(event) {
                    minted.gone = *since;
                }
            }
        }
    }

    /// An id as it is kept already, since each record that is read brings its own copy of the text.
    fn id(&self, id: &Id) -> Id {
        self.events.get_key_value(id).map_or(id, |(kept, _)| kept).clone()
    }

    /// The same of an entry.
    fn entry(&self, entry: &EntryKey) -> EntryKey {
        self.member.get_key_value(entry).map_or(entry, |(kept, _)| kept).clone()
    }

    /// Every event ever minted.
    pub fn events(&self) -> impl Iterator<Item = (&Id, &Minted)> {
        self.events.iter().map(|(id, minted)| (id, &**minted))
    }

    /// One event, as it is remembered.
    pub fn event(&self, id: &Id) -> Option<&Minted> {
        self.events.get(id).map(|minted| &**minted)
    }

    /// Whether a slug was ever given.
    pub fn has_slug(&self, slug: &Slug) -> bool {
        self.slugs.contains(slug)
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

    /// The entries ever joined to an event, in their order.
    pub fn joined(&self, event: &Id) -> Option<&[EntryKey]> {
        self.events.get(event).map(|minted| &*minted.joined)
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

/// Puts one more into a list that has no room to spare: nearly all of these lists have one member for ever.
fn insert<T>(list: &mut Box<[T]>, at: usize, one: T) {
    let mut longer = std::mem::take(list).into_vec();
    longer.reserve_exact(1);
    longer.insert(at, one);
    *list = longer.into_boxed_slice();
}
