//! What is seen of two entries at a glance: the most that their score can come to.
//!
//! Most entries that meet share a word and nothing else, and reading both whole to find that out is what matching would
//! spend its time on. A glance is a few lines of memory side by side; it never keeps apart what
//! [`compare`](super::compare::compare) would not.

use super::likeness::{Context, Piece, Scorecard, Sketch, UNKNOWN, bit_of};
use super::profile::{Profile, SAME_START};

/// A number that stands for none, or for several.
const NONE: i32 = i32::MIN;
const SEVERAL: i32 = i32::MAX;

/// More than any score, where no glance was taken.
pub const UNSEEN: i32 = i32::MAX / 2;

/// An entry at a glance.
#[derive(Debug, Clone, Copy)]
pub struct Glance {
    /// The one slot, in days; [`NONE`] or [`SEVERAL`].
    slot: (i32, i32),
    /// The one start, in seconds since 1970, by the same rule; `i64` since seconds outgrow the days' numbers.
    start: i64,
    /// Keys of the one town and of the one number in the title, by the same rule.
    town: i32,
    number: i32,
    spelling: Spelling,
    source: u32,
    country: Option<[u8; 2]>,
    /// Organisers, speakers and venues, a bit for each name.
    organisers: u32,
    speakers: u32,
    venues: u32,
    words: Words,
    online: Option<bool>,
    context: Context,
    letters: Letters,
}

/// Of the rare words of the texts: a bit for each, how many there are, and how many have a bit that another has too.
#[derive(Debug, Clone, Copy)]
struct Words {
    bits: u128,
    count: u32,
    unseen: u32,
}

impl Words {
    fn of(text: &[u32]) -> Words {
        let bits = text.iter().fold(0, |bits, word| bits | 1 << (word.wrapping_mul(0x9E37_79B9) >> 25));
        let count = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Words { bits, count, unseen: count - bits.count_ones() }
    }

    /// The most that [`Piece::Text`] can be.
    fn most(self, other: Words) -> i16 {
        let least = self.count.min(other.count);
        if (least as usize) < super::compare::LEAST_TEXT {
            return UNKNOWN;
        }
        let shared = (self.bits & other.bits).count_ones() + self.unseen.min(other.unseen);
        i16::try_from(shared.min(least) * 1000 / least).unwrap_or(1000)
    }
}

/// Of the one town: its letters, a bit for each, and how many characters it has; none when it has several words.
#[derive(Debug, Clone, Copy, Default)]
struct Spelling {
    letters: u32,
    chars: u16,
}

impl Spelling {
    fn of(town: &str) -> Spelling {
        if town.contains(' ') {
            return Spelling::default();
        }
        let letters = town.chars().fold(0, |mask, c| mask | 1 << (u32::from(c) & 31));
        Spelling { letters, chars: u16::try_from(town.chars().count()).unwrap_or(0) }
    }

    /// Whether the likeness of two towns (Jaro-Winkler) can reach 0.88: the prefix adds at most two fifths of what is
    /// missing, so that Jaro's must reach 0.8; and no letter that the other lacks is matched.
    fn may_be_alike(self, other: Spelling) -> bool {
        let share = |mine: Spelling, theirs: Spelling| {
            let alone = (mine.letters & !theirs.letters).count_ones();
            1000 - 1000 * alone / u32::from(mine.chars)
        };
        self.chars == 0 || other.chars == 0 || share(self, other) + share(other, self) >= 1400
    }
}

/// Of a title: its groups of three letters, a bit for each, how many there are, and how many have a bit that another has
/// too; its words and those of its place.
#[derive(Debug, Clone, Copy)]
struct Letters {
    groups: [u64; 4],
    count: u32,
    unseen: u32,
    words: u64,
    place: u64,
}

impl Letters {
    fn of(sketch: &Sketch) -> Letters {
        let mut groups = [0u64; 4];
        for group in &sketch.title.grams {
            let bit = group.wrapping_mul(0x9E37_79B9) >> 24;
            groups[bit as usize / 64] |= 1 << (bit % 64);
        }
        let count = u32::try_from(sketch.title.grams.len()).unwrap_or(u32::MAX);
        let place = sketch.place.iter().fold(0, |bits, key| bits | bit_of(*key));
        let unseen = count - groups.iter().map(|bits| bits.count_ones()).sum::<u32>();
        Letters { groups, count, unseen, words: sketch.title.bits, place }
    }

    /// The most that [`Piece::Letters`] can be; none when one title names the other's place, which changes what counts.
    fn most(&self, other: &Letters) -> Option<i16> {
        if self.words & other.place != 0 || other.words & self.place != 0 {
            return None;
        }
        let shared: u32 = self.groups.iter().zip(&other.groups).map(|(x, y)| (x & y).count_ones()).sum();
        // Groups of one bit may be shared unseen.
        let shared = shared + self.unseen.min(other.unseen);
        Some(i16::try_from(2 * shared * 1000 / (self.count + other.count).max(1)).unwrap_or(i16::MAX))
    }
}

impl Glance {
    /// Of a profile, its context included.
    pub fn of(profile: &Profile) -> Glance {
        fn one<T, N>(all: &[T], none: N, several: N, number: impl Fn(&T) -> N) -> N {
            match all {
                [] => none,
                [only] => number(only),
                _ => several,
            }
        }
        let sketch = &profile.sketch;
        // The two lowest bits away from the ends, so that no key is taken for a word about keys.
        let key = |text: &str| (super::likeness::key(text) >> 2).cast_signed();
        let names = |names: &[u64]| names.iter().fold(0, |mask, name| mask | 1u32 << (name >> 59));
        Glance {
            slot: one(&sketch.slots, (NONE, NONE), (SEVERAL, SEVERAL), |slot| *slot),
            start: one(&profile.starts, i64::from(NONE), i64::MAX, |start| start.as_second()),
            town: one(&sketch.towns, NONE, SEVERAL, |town| key(town)),
            spelling: one(&sketch.towns, Spelling::default(), Spelling::default(), |town| Spelling::of(town)),
            number: one(&sketch.title.numbers, NONE, SEVERAL, |number| i32::from(*number)),
            source: super::likeness::key(profile.entry.key.source.as_str()),
            country: sketch.country,
            organisers: names(&profile.organisers),
            speakers: names(&profile.speakers),
            venues: names(&profile.venues),
            words: Words::of(&profile.text),
            online: sketch.online,
            context: sketch.context,
            letters: Letters::of(sketch),
        }
    }
}

/// The most that two entries can come to, in points; what a glance does not tell counts for its most.
#[derive(Debug, Clone)]
pub struct Bounds {
    base: i32,
    /// What the words of the titles can come to.
    words: i32,
    most: [i32; Piece::COUNT],
}

impl Bounds {
    /// Of a scorecard.
    pub fn of(card: &Scorecard) -> Bounds {
        let mut most = Piece::ALL.map(|piece| card.most(piece));
        let words = Piece::OF_WORDS.iter().map(|piece| std::mem::take(&mut most[*piece as usize])).sum();
        Bounds { base: card.base(), words, most }
    }

    /// The most that the two come to with all but the words of their titles ([`Piece::OF_WORDS`]); none when likeness can
    /// say nothing of them, whatever the words.
    pub fn but_for_words(&self, card: &Scorecard, a: &Glance, b: &Glance) -> Option<i32> {
        if a.source == b.source {
            return Some(UNSEEN);
        }
        if (a.slot.0 == NONE) != (b.slot.0 == NONE) || a.context.crowded || b.context.crowded {
            return None;
        }
        Some(self.most(card, a, b)).filter(|most| most + self.words >= card.ask())
    }

    /// By all but the words.
    fn most(&self, card: &Scorecard, a: &Glance, b: &Glance) -> i32 {
        let mut sum = self.base;
        let mut add = |piece: Piece, value: Option<i16>| {
            sum += value.map_or(self.most[piece as usize], |value| card.points(piece, value));
        };
        let one = |x: i32, y: i32| x != SEVERAL && y != SEVERAL;
        let dated = a.slot.0 != NONE;
        let (mut start, mut overlap) = (None, None);
        if !dated {
            (start, overlap) = (Some(UNKNOWN), Some(UNKNOWN));
        } else if one(a.slot.0, b.slot.0) {
            let (days, shared) = super::likeness::two_slots(a.slot, b.slot);
            (start, overlap) = (Some(days), Some(shared));
        }
        add(Piece::Start, start);
        add(Piece::Overlap, overlap);
        let recurs = dated && (a.context.recurs || b.context.recurs);
        add(Piece::Recurs, if recurs { start } else { Some(UNKNOWN) });
        let many = a.context.towns.max(b.context.towns) >= 2;
        let (towns, of_none) = if many { (Piece::TownOfMany, Piece::Town) } else { (Piece::Town, Piece::TownOfMany) };
        add(of_none, Some(UNKNOWN));
        let elsewhere = one(a.town, b.town) && a.town != NONE && b.town != NONE && a.town != b.town;
        let town = match (elsewhere, a.spelling.may_be_alike(b.spelling)) {
            (false, _) => self.most[towns as usize],
            (true, true) => card.points(towns, 1).max(card.points(towns, 2)),
            (true, false) => card.points(towns, 2),
        };
        let (countries, of_none) =
            if many { (Piece::CountryOfMany, Piece::Country) } else { (Piece::Country, Piece::CountryOfMany) };
        let country = a.country.zip(b.country).map_or(UNKNOWN, |(x, y)| if x == y { 1 } else { 2 });
        add(countries, Some(country));
        add(of_none, Some(UNKNOWN));
        let online = super::likeness::online((a.online, a.town != NONE), (b.online, b.town != NONE));
        add(Piece::Online, Some(online));
        add(Piece::Towns, Some(super::likeness::towns_of_name(&a.context, &b.context)));
        add(
            Piece::Numbers,
            match (a.number, b.number) {
                (SEVERAL, NONE) | (NONE, SEVERAL) => Some(3),
                (SEVERAL, _) | (_, SEVERAL) => None,
                (NONE, NONE) => Some(0),
                (NONE, _) | (_, NONE) => Some(3),
                (x, y) => Some(if x == y { 1 } else { 2 }),
            },
        );
        add(Piece::Organiser, if a.organisers & b.organisers == 0 { Some(UNKNOWN) } else { None });
        let named = |x: u32, y: u32| match (x, y) {
            (0, _) | (_, 0) => Some(UNKNOWN),
            (x, y) => (x & y == 0).then_some(2),
        };
        add(Piece::Speaker, named(a.speakers, b.speakers));
        if elsewhere {
            add(Piece::Venue, Some(UNKNOWN));
        } else if one(a.town, b.town) {
            add(Piece::Venue, named(a.venues, b.venues));
        } else {
            add(Piece::Venue, None);
        }
        let known = |start: i64| start != i64::from(NONE);
        add(
            Piece::Hour,
            match (a.start, b.start) {
                (x, y) if !known(x) || !known(y) => Some(UNKNOWN),
                (i64::MAX, _) | (_, i64::MAX) => None,
                (x, y) => Some(if (x - y).abs() <= SAME_START { 1 } else { 2 }),
            },
        );
        let letters = a.letters.most(&b.letters);
        let letters = letters.map_or(self.most[Piece::Letters as usize], |most| card.most_up_to(Piece::Letters, most));
        sum + town + letters + card.most_up_to(Piece::Text, a.words.most(b.words))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::aggregator::reconcile::compare::{Verdict, compare_unmarked, measures};
    use crate::event::*;
    use crate::programme::{Entry, EntryKey, Presence, Role, Source, SourceKey};

    const WORDS: [&str; 12] = [
        "Atelier",
        "fresque",
        "Lyon",
        "12",
        "DDD",
        "domain",
        "driven",
        "design",
        "designs",
        "de l’eau",
        "Lille",
        "III",
    ];
    const TOWNS: [&str; 5] = ["Lyon", "Lille", "Lyons", "Saint-Denis", "Saint-Denys"];

    type Said = ((usize, Vec<usize>, Vec<usize>, Vec<(i8, Option<i8>)>), (Option<bool>, bool, bool, u8, bool));

    fn profile(((source, words, towns, slots), (online, signed, long, many, recurs)): Said) -> Profile {
        let key = SourceKey::new(&format!("s{source}")).unwrap();
        let id = Id::new("tag:a.example,2026:1").unwrap();
        let title: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
        let mut parts = Parts::new(id.clone(), Line::new(&title.join(" ")).unwrap(), Timestamp::UNIX_EPOCH);
        let zone = Zone::new("Europe/Paris").unwrap();
        for (n, (day, hour)) in slots.into_iter().enumerate() {
            let day = date(2026, 11, day);
            let when = match hour {
                Some(hour) => When::Timed(Hours::new(zone.at(day.at(hour, 0, 0, 0)).unwrap(), None).unwrap()),
                None => When::Day { days: Days::new(day, day).unwrap(), duration: None },
            };
            parts.slots.push(Slot::new(Name::new(&format!("c{n}")).unwrap(), when));
        }
        parts.mode = online.map(|online| if online { Mode::Online } else { Mode::Offline });
        parts.places = towns
            .into_iter()
            .map(|town| Place {
                locality: Line::new(TOWNS[town]).ok(),
                name: signed.then(|| Line::new(if recurs { "Halle" } else { "Gare" }).unwrap()),
                country: signed.then(|| Country::new("FR").unwrap()),
                ..Place::default()
            })
            .collect();
        if signed {
            parts.organisers = vec![Organiser { name: Line::new("Labo").unwrap(), page: None, role: None }].into();
        }
        if long {
            let texts = [
                "Zébrures, quolibets, hippocampes, sarabandes, kaléidoscopes, mandragores, ornithorynques",
                "Zébrures, quolibets, hippocampes, sarabandes, calligrammes, tournebroches, vilebrequins",
                "Pampilles, girandoles, clavicules, passacailles, palimpsestes, bastingages, arquebuses",
            ];
            parts.summary = Line::new(texts[usize::from(many) % 3]).ok();
            let speaker = if many > 1 { "Camille" } else { "Dominique" };
            parts.speakers =
                vec![Speaker { name: Line::new(speaker).unwrap(), role: None, page: None, affiliation: None }].into();
        }
        let address = Address::new("https://s.example/feed").unwrap();
        let source =
            Source { role: Role::Other, ..Source::new(key.clone(), address, Line::new(key.as_str()).unwrap()) };
        let entry = Entry {
            key: EntryKey { source: key, id },
            event: Arc::new(Event::new(parts).unwrap()),
            first_seen: Timestamp::UNIX_EPOCH,
            changed: Timestamp::UNIX_EPOCH,
            presence: Presence::Listed,
        };
        let mut profile = Profile::new(entry, true, &source, None);
        profile.sketch.context = Context { towns: many, recurs, crowded: false };
        profile
    }

    fn said() -> impl Strategy<Value = Said> {
        let words = proptest::collection::vec(0..WORDS.len(), 1..6);
        let towns = proptest::collection::vec(0..TOWNS.len(), 0..3);
        let slots = proptest::collection::vec((1i8..20, proptest::option::of(8i8..11)), 0..2);
        let rest = (any::<Option<bool>>(), any::<bool>(), any::<bool>(), 0u8..4, any::<bool>());
        ((0usize..3, words, towns, slots), rest)
    }

    proptest! {
        #[test]
        fn two_entries_come_to_more_than_a_glance_said(a in said(), mut b in said(), dated in any::<bool>(), twins in any::<bool>()) {
            let card = Scorecard::shipped();
            let of = |mut said: Said| {
                // Entries with and without a day are never compared.
                if dated { said.0.3.push((3, None)) } else { said.0.3.clear() }
                profile(said)
            };
            if twins {
                b.0.1.clone_from(&a.0.1);
            }
            let (a, b) = (of(a), of(b));
            let (bounds, measures) = (Bounds::of(&card), measures(&a, &b));
            let words: i32 = Piece::OF_WORDS.into_iter().map(|piece| card.points(piece, measures.of(piece))).sum();
            let most = bounds.most(&card, &Glance::of(&a), &Glance::of(&b)) + words;
            let score = card.score(&measures);
            prop_assert!(words <= bounds.words, "{words} and not {}", bounds.words);
            // And what is compared no further is what comparing all of it would keep apart.
            let at_once = bounds.but_for_words(&card, &Glance::of(&a), &Glance::of(&b));
            let at_once = at_once.map_or(Verdict::Apart, |most| compare_unmarked(&card, &a, &b, most));
            prop_assert_eq!(at_once, compare_unmarked(&card, &a, &b, UNSEEN));
            prop_assert!(score <= most, "{score} and not {most}");
        }
    }
}
