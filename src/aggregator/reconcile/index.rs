//! Which entries are worth comparing, and which have one name: found without looking at all pairs.
//!
//! Two entries are compared when they share a claim or an address; a rare word, or two that are less rare, within a
//! fortnight; a town within two days; or, without a day, such words alone. Words are met by their first four letters, so
//! that endings and most slips of the pen do not keep them apart.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use jiff::tz::TimeZone;

use super::likeness::key;
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
/// What a word tells at least that is more than a kind of event.
const NAMING: u16 = 300;
/// Letters by which titles are met from their beginning.
const BEGINNING: usize = 6;

/// Keys are hashes already.
#[derive(Default)]
pub struct Plain(u64);

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

type Keyed<K> = HashMap<K, Vec<No>, BuildHasherDefault<Plain>>;

/// Entries by what they may have in common.
#[derive(Debug, Clone, Default)]
pub struct Index {
    met: Keyed<u64>,
    named: Keyed<u64>,
    /// Exact evidence is found by the whole mark, on which it rests.
    marks: HashMap<Mark, Vec<No>>,
}

impl Index {
    /// Adds an entry.
    pub fn put(&mut self, no: No, profile: &Profile) {
        for key in keys(profile, false) {
            self.met.entry(key).or_default().push(no);
        }
        for mark in marks(profile) {
            self.marks.entry(mark).or_default().push(no);
        }
        self.named.entry(profile.name).or_default().push(no);
    }

    /// Takes an entry out.
    pub fn remove(&mut self, no: No, profile: &Profile) {
        for key in keys(profile, false) {
            take(&mut self.met, &key, no);
        }
        for mark in marks(profile) {
            if let Some(entries) = self.marks.get_mut(&mark) {
                entries.retain(|other| *other != no);
                if entries.is_empty() {
                    self.marks.remove(&mark);
                }
            }
        }
        take(&mut self.named, &profile.name, no);
    }

    /// The entries that one should be compared with, itself too; sorted. Only those of exact evidence, unless `alike`.
    pub fn candidates(&self, profile: &Profile, alike: bool) -> Vec<No> {
        let mut found: Vec<No> = Vec::new();
        for key in keys(profile, true).into_iter().filter(|_| alike) {
            found.extend(self.met.get(&key).into_iter().flatten());
        }
        for mark in marks(profile) {
            found.extend(self.marks.get(&mark).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The entries of one name.
    pub fn named(&self, name: u64) -> &[No] {
        self.named.get(&name).map_or(&[], Vec::as_slice)
    }
}

fn take(keyed: &mut Keyed<u64>, key: &u64, no: No) {
    if let Some(entries) = keyed.get_mut(key) {
        if let Some(at) = entries.iter().position(|other| *other == no) {
            entries.swap_remove(at);
        }
        if entries.is_empty() {
            keyed.remove(key);
        }
    }
}

fn marks(profile: &Profile) -> impl Iterator<Item = Mark> {
    let own = profile.own.iter().chain(&profile.chain).chain(&profile.with);
    own.chain(&profile.page).chain(&profile.registration).copied()
}

/// The keys under which an entry is found; to look with, those of the days around too.
fn keys(profile: &Profile, around: bool) -> Vec<u64> {
    let mix = |what: u64, more: i32| {
        let more = u64::from(more.cast_unsigned());
        (what ^ more.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29)
    };
    let title = &profile.sketch.title;
    let beginning = |at: usize| {
        u64::from(key(title.word(at).char_indices().nth(4).map_or(title.word(at), |(end, _)| &title.word(at)[..end])))
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
    let names = (0..title.words.len()).filter(|at| title.words[*at].weight >= NAMING);
    let run: String = names.flat_map(|at| title.word(at).chars()).take(BEGINNING).collect();
    words.push(u64::from(key(&run)) | 1 << 41);
    words.push(profile.name);
    if !profile.has_days() {
        words.iter_mut().for_each(|word| *word = mix(*word, i32::MAX));
        return words;
    }
    // Days by the wall clock, and those of the starts in UTC, which are the same everywhere.
    let utc = profile.starts.iter().map(|start| {
        let day = start.to_zoned(TimeZone::UTC).date();
        jiff::civil::date(1970, 1, 1).until(day).map_or(0, |span| span.get_days())
    });
    let spans = profile.sketch.slots.iter().copied().chain(utc.map(|day| (day, day)));
    let (mut stretches, mut days) = (Vec::new(), Vec::new());
    let margin = i32::from(around);
    for (first, last) in spans {
        let (from, to) = (first.div_euclid(STRETCH), last.div_euclid(STRETCH));
        stretches.extend((from - margin)..=to.min(from + MOST_STRETCHES) + margin);
        days.extend((first - 2 * margin)..=(first + 2 * margin));
    }
    for list in [&mut stretches, &mut days] {
        list.sort_unstable();
        list.dedup();
    }
    let by_word = words.iter().flat_map(|word| stretches.iter().map(move |stretch| mix(*word, *stretch)));
    let towns = profile.sketch.towns.iter().map(|town| u64::from(key(town)) | 1 << 40);
    let by_town = towns.flat_map(|town| days.iter().map(move |day| mix(town, *day)));
    let mut out: Vec<u64> = by_word.chain(by_town).collect();
    out.sort_unstable();
    out.dedup();
    out
}
