//! What people ruled, ready to be asked pair by pair.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::event::Line;
use crate::programme::{Decision, EntryKey, Field, Ruling};

/// The decisions in force, and the joins that were taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rulings {
    same: HashMap<EntryKey, Vec<EntryKey>>,
    different: HashSet<(EntryKey, EntryKey)>,
    primary: HashSet<EntryKey>,
    hidden: HashSet<EntryKey>,
    released: HashSet<EntryKey>,
    /// By entry, in the order they were made.
    corrected: HashMap<EntryKey, Vec<Correction>>,
    /// Pairs that were ruled the same and no longer are: that they were once together binds them no more.
    taken_back: HashSet<(EntryKey, EntryKey)>,
}

/// A field that a person corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub at: Timestamp,
    pub decision: Uuid,
    pub field: Field,
    pub value: Line,
}

fn pair(a: &EntryKey, b: &EntryKey) -> (EntryKey, EntryKey) {
    if a <= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) }
}

impl Rulings {
    /// Those of all decisions ever made that hold.
    pub fn new(decisions: &[Decision]) -> Rulings {
        let mut this = Rulings::default();
        for decision in decisions {
            match (&decision.ruling, decision.undone.is_some()) {
                (Ruling::Same(a, b), true) => drop(this.taken_back.insert(pair(a, b))),
                (_, true) => {}
                (Ruling::Same(a, b), false) => {
                    this.same.entry(a.clone()).or_default().push(b.clone());
                    this.same.entry(b.clone()).or_default().push(a.clone());
                }
                (Ruling::Different(a, b), false) => drop(this.different.insert(pair(a, b))),
                (Ruling::Primary(key), false) => drop(this.primary.insert(key.clone())),
                (Ruling::Hidden(key), false) => drop(this.hidden.insert(key.clone())),
                (Ruling::Released(key), false) => drop(this.released.insert(key.clone())),
                (Ruling::Corrected { entry, field, value }, false) => {
                    let correction =
                        Correction { at: decision.at, decision: decision.id, field: *field, value: value.clone() };
                    this.corrected.entry(entry.clone()).or_default().push(correction);
                }
                (Ruling::Emptied { .. }, false) => {}
            }
        }
        this.same.values_mut().for_each(|others| others.sort());
        this
    }

    /// The entries on which the other ruled otherwise.
    pub fn unlike(&self, other: &Rulings) -> BTreeSet<EntryKey> {
        let pairs = self.different.symmetric_difference(&other.different);
        let pairs = pairs.chain(self.taken_back.symmetric_difference(&other.taken_back));
        let mut out: BTreeSet<EntryKey> = pairs.flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
        for (mine, theirs) in
            [(&self.primary, &other.primary), (&self.hidden, &other.hidden), (&self.released, &other.released)]
        {
            out.extend(mine.symmetric_difference(theirs).cloned());
        }
        let keys = self.same.keys().chain(other.same.keys());
        out.extend(keys.filter(|key| self.same_as(key) != other.same_as(key)).cloned());
        let keys = self.corrected.keys().chain(other.corrected.keys());
        out.extend(keys.filter(|key| self.corrected.get(key) != other.corrected.get(key)).cloned());
        out
    }

    /// Those that were ruled the same as this one.
    pub fn same_as(&self, key: &EntryKey) -> &[EntryKey] {
        self.same.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether these two were ruled the same.
    pub fn same(&self, a: &EntryKey, b: &EntryKey) -> bool {
        self.same_as(a).contains(b)
    }

    /// Whether these two were ruled never the same.
    pub fn different(&self, a: &EntryKey, b: &EntryKey) -> bool {
        !self.different.is_empty() && self.different.contains(&pair(a, b))
    }

    /// Whether a ruling that these two are the same was taken back.
    pub fn taken_back(&self, a: &EntryKey, b: &EntryKey) -> bool {
        !self.taken_back.is_empty() && self.taken_back.contains(&pair(a, b))
    }

    /// Whether it was chosen to speak for its event.
    pub fn primary(&self, key: &EntryKey) -> bool {
        self.primary.contains(key)
    }

    /// Whether the event of this entry is not shown.
    pub fn hidden(&self, key: &EntryKey) -> bool {
        self.hidden.contains(key)
    }

    /// What was corrected of the event of these entries, the latest last.
    pub fn corrections<'a>(&'a self, keys: impl Iterator<Item = &'a EntryKey>) -> Vec<&'a Correction> {
        let mut all: Vec<&Correction> = keys.filter_map(|key| self.corrected.get(key)).flatten().collect();
        all.sort_by_key(|correction| (correction.at, correction.decision));
        all
    }

    /// Whether it may be shown, though its source is under review.
    pub fn released(&self, key: &EntryKey) -> bool {
        self.released.contains(key)
    }
}
