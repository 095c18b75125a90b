//! Which entries are worth comparing, and which have one name: found without looking at all pairs.
//!
//! Two entries are compared when they share a claim or an address; a rare word, two that are less rare, the letters they
//! begin with or initials, within a fortnight; a town within two days, or a town and a moment; or, without a day, such
//! words alone. Words are met by their first five letters, so that endings and most slips of the pen do not keep them
//! apart. What many have in common is not enough, and what too many have finds nobody: which word says little is seen in
//! the programme itself, whatever its language and its subject.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

use smallvec::SmallVec;

use super::likeness::{LITTLE, Plain, key};
use super::profile::{Mark, Profile};

/// Where an entry is held.
pub type No = u32;

/// Most words of a title by which it is met.
const MOST_WORDS: usize = 24;
/// Most stretches of days that a long event is met in.
const MOST_STRETCHES: i32 = 60;
/// Days in a stretch. Neighbouring stretches are looked at too, so that events up to eight days apart always meet.
const STRETCH: i32 = 8;
/// What a word tells at least to be a key alone, and in a pair (hundredths of a nat).
const ALONE: u16 = 420;
const PAIRED: u16 = 200;
/// A title with fewer rare words than this is short.
const FEW: usize = 3;
/// Letters of an acronym.
const LEAST_INITIALS: usize = 3;
const MOST_INITIALS: usize = 6;
/// Letters by which words are met.
const LETTERS: usize = 5;
/// Letters by which titles are met from their beginning.
const BEGINNING: usize = 6;
/// Most entries under a key that tells anything, and under one that tells enough alone ([`Telling`]).
const MOST_MET: usize = 32;
const FEW_MET: usize = 16;

type Keyed<K> = HashMap<K, Entries, BuildHasherDefault<Plain>>;
/// Nearly all keys lead to one entry or two.
type Entries = SmallVec<[No; 4]>;
/// Entries by where they are held.
pub type Numbers = HashSet<No, BuildHasherDefault<Plain>>;

/// Entries by what they may have in common.
#[derive(Debug, Clone, Default)]
pub struct Index {
    met: Keyed<u64>,
    named: Keyed<u64>,
    /// Exact evidence is found by the whole mark, on which it rests.
    marks: HashMap<Mark, Entries>,
    /// Keys that came to tell more or less than they did, with what they told before.
    turned: HashMap<u64, Telling, BuildHasherDefault<Plain>>,
}

/// What it tells of two entries that they have a key in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Telling {
    /// Nothing: too many have it.
    Nothing,
    /// Not enough, unless they have another.
    Half,
    /// Enough to compare them.
    Enough,
}

/// The same in points that are added up, and of a mark.
const HALF: u8 = 1;
const ENOUGH: u8 = 2;
const MARKED: u8 = 3;

impl Telling {
    fn of(entries: usize) -> Telling {
        if entries <= FEW_MET {
            Telling::Enough
        } else if entries <= MOST_MET {
            Telling::Half
        } else {
            Telling::Nothing
        }
    }
}

impl Index {
    /// Adds an entry.
    pub fn put(&mut self, no: No, profile: &Profile) {
        for (key, _) in Keys::of(profile).each() {
            let entries = self.met.entry(key).or_default();
            let before = Telling::of(entries.len());
            entries.push(no);
            if before != Telling::of(entries.len()) {
                self.turned.entry(key).or_insert(before);
            }
        }
        for mark in put_by(profile) {
            self.marks.entry(mark).or_default().push(no);
        }
        self.named.entry(profile.name).or_default().push(no);
    }

    /// Takes an entry out.
    pub fn remove(&mut self, no: No, profile: &Profile) {
        for (key, _) in Keys::of(profile).each() {
            let left = take(&mut self.met, &key, no);
            let before = Telling::of(left + 1);
            if before != Telling::of(left) {
                self.turned.entry(key).or_insert(before);
            }
        }
        for mark in put_by(profile) {
            if let Some(entries) = self.marks.get_mut(&mark) {
                entries.retain(|other| *other != no);
                if entries.is_empty() {
                    self.marks.remove(&mark);
                }
            }
        }
        take(&mut self.named, &profile.name, no);
    }

    /// The entries whose candidates have changed since this was last asked, though they have not.
    pub fn turned(&mut self) -> Numbers {
        let turned = std::mem::take(&mut self.turned).into_iter();
        let changed = turned.filter_map(|(key, before)| {
            let entries = self.met.get(&key)?;
            (before != Telling::of(entries.len())).then_some(entries)
        });
        changed.flatten().copied().collect()
    }

    /// The entries that one should be compared with, which has been put, itself too; sorted, each with whether a mark leads
    /// to it. Only those, unless `alike`. Whom one finds finds it: a key tells as much as the lesser of the two under which
    /// they are, and whom it names in `evt:with` counts if that one `names_it` too.
    pub fn candidates(&self, profile: &Profile, alike: bool, names_it: impl Fn(No) -> bool) -> Vec<(No, bool)> {
        let mut found: Vec<(No, u8)> = Vec::new();
        if alike {
            let telling = |key: u64| {
                let entries = self.met.get(&key)?;
                Some((entries, Telling::of(entries.len()))).filter(|(_, telling)| *telling > Telling::Nothing)
            };
            for (own, around) in Keys::of(profile).each() {
                let Some((_, mine)) = telling(own) else { continue };
                for (entries, theirs) in around.filter_map(telling) {
                    let points = if mine.min(theirs) == Telling::Enough { ENOUGH } else { HALF };
                    found.extend(entries.iter().map(|no| (*no, points)));
                }
            }
        }
        let marked = put_by(profile).filter_map(|mark| self.marks.get(&mark)).flatten().copied();
        let named = profile.with.iter().filter_map(|mark| self.marks.get(mark)).flatten().copied();
        found.extend(marked.chain(named.filter(|no| names_it(*no))).map(|no| (no, MARKED)));
        found.sort_unstable();
        let together = found.chunk_by(|a, b| a.0 == b.0).filter_map(|all| {
            let points: u32 = all.iter().map(|(_, points)| u32::from(*points)).sum();
            let (no, most) = all.last()?;
            (points >= u32::from(ENOUGH)).then_some((*no, *most == MARKED))
        });
        together.collect()
    }

    /// The entries of one name.
    pub fn named(&self, name: u64) -> &[No] {
        self.named.get(&name).map_or(&[], SmallVec::as_slice)
    }
}

/// How many are left.
fn take(keyed: &mut Keyed<u64>, key: &u64, no: No) -> usize {
    let Some(entries) = keyed.get_mut(key) else { return 0 };
    if let Some(at) = entries.iter().position(|other| *other == no) {
        entries.swap_remove(at);
    }
    let left = entries.len();
    if left == 0 {
        keyed.remove(key);
    }
    left
}

/// The marks by which others find an entry. Those whom it names are looked up by theirs, so that whoever names a thousand is
/// found by none of them for that.
fn put_by(profile: &Profile) -> impl Iterator<Item = Mark> {
    profile.own.iter().chain(&profile.chain).chain(&profile.page).chain(&profile.registration).copied()
}

/// What an entry is met by: words in stretches of days, or alone when it has no day, and towns on days.
struct Keys {
    words: Vec<u64>,
    stretches: Vec<i32>,
    towns: Vec<u64>,
    days: Vec<i32>,
}

/// The stretch of what has no day, far from all others.
const NO_STRETCH: i32 = i32::MAX / 2;

impl Keys {
    fn of(profile: &Profile) -> Keys {
        let title = &profile.sketch.title;
        let beginning = |at: usize| {
            let word = title.word(at);
            u64::from(key(word.char_indices().nth(LETTERS).map_or(word, |(end, _)| &word[..end])))
        };
        let (mut words, mut paired) = (Vec::new(), Vec::new());
        for at in 0..title.words.len().min(MOST_WORDS) {
            match title.words[at].weight {
                ALONE.. => words.push(beginning(at)),
                PAIRED.. => paired.push(beginning(at)),
                _ => {}
            }
        }
        paired.sort_unstable();
        paired.truncate(8);
        // A short title is met by each of its words; a long one by two together.
        if words.len() < FEW {
            words.extend(&paired);
        }
        for (at, one) in paired.iter().enumerate() {
            words.extend(paired[at + 1..].iter().map(|two| one.rotate_left(17) ^ two));
        }
        // « Ruby Day 2026 » and « RubyDay : une journée » begin with the same letters.
        let kept = || (0..title.words.len()).filter(|at| title.kept >> at & 1 == 1);
        let run: String = kept().flat_map(|at| title.word(at).chars()).take(BEGINNING).collect();
        words.push(u64::from(key(&run)) | 1 << 41);
        // « ICML » is made of the first letters of « International Conference on Machine Learning ».
        let telling = || (0..title.words.len()).filter(|at| title.words[*at].weight > LITTLE);
        let initials: String = telling().filter_map(|at| title.word(at).chars().next()).take(MOST_INITIALS).collect();
        let lengths = (LEAST_INITIALS..=initials.len()).filter(|end| initials.is_char_boundary(*end));
        words.extend(lengths.map(|end| u64::from(key(&initials[..end])) | 1 << 42));
        let short =
            telling().filter(|at| (LEAST_INITIALS..=MOST_INITIALS).contains(&usize::from(title.words[*at].chars)));
        words.extend(
            short.filter(|at| title.words[*at].weight >= ALONE).map(|at| u64::from(key(title.word(at))) | 1 << 42),
        );
        words.push(profile.name);
        let mut towns: Vec<u64> = profile.sketch.towns.iter().map(|town| u64::from(key(town)) | 1 << 40).collect();
        // In two languages nothing but where and when is the same.
        let moments = profile.starts.iter().map(|start| start.as_second().cast_unsigned() << 8);
        towns.extend(
            moments.flat_map(|at| profile.sketch.towns.iter().map(move |town| at ^ u64::from(key(town)) | 1 << 7)),
        );
        let (mut stretches, mut days) = (Vec::new(), Vec::new());
        // Days by the wall clock, and those of the starts in UTC, which are the same everywhere.
        let utc = profile.starts.iter().map(|start| i32::try_from(start.as_second().div_euclid(86_400)).unwrap_or(0));
        for (first, last) in profile.sketch.slots.iter().copied().chain(utc.map(|day| (day, day))) {
            let (from, to) = (first.div_euclid(STRETCH), last.div_euclid(STRETCH));
            stretches.extend(from..=to.min(from + MOST_STRETCHES));
            days.push(first);
        }
        if !profile.has_days() {
            stretches.push(NO_STRETCH);
        }
        let mut keys = Keys { words, stretches, towns, days };
        for list in [&mut keys.words, &mut keys.towns] {
            list.sort_unstable();
            list.dedup();
        }
        for list in [&mut keys.stretches, &mut keys.days] {
            list.sort_unstable();
            list.dedup();
        }
        keys
    }

    /// The keys under which the entry is found, each with those around it under which it looks for others.
    fn each(&self) -> impl Iterator<Item = (u64, impl Iterator<Item = u64>)> {
        let around = |what: u64, when: i32, margin: i32| {
            (mix(what, when), ((when - margin)..=(when + margin)).map(move |when| mix(what, when)))
        };
        let words = self.words.iter().flat_map(move |word| self.stretches.iter().map(move |at| around(*word, *at, 1)));
        let towns = self.towns.iter().flat_map(move |town| self.days.iter().map(move |day| around(*town, *day, 2)));
        words.chain(towns)
    }
}

fn mix(what: u64, when: i32) -> u64 {
    let when = u64::from(when.cast_unsigned());
    (what ^ when.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29)
}
