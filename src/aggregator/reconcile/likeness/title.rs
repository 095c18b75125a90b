//! A title taken apart: its words with how much each tells, and its numbers.

use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};

use super::key::{Words, key};
use crate::event::text::fold;

/// A word of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Where it stands in [`Title::text`].
    at: u16,
    len: u16,
    /// How many characters it has.
    pub chars: u16,
    /// Its first byte.
    pub first: u8,
    /// Its letters, one bit each, whatever their number: what two words cannot have in common is seen at a glance.
    pub letters: u32,
    /// Key of the word as it is written.
    pub raw: u32,
    /// Key of its stem, or of what stands for it in both languages.
    pub stem: u32,
    /// How much it tells ([`rarity`]).
    pub weight: u16,
}

/// A title taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Title {
    /// Its words, folded, one after the other.
    text: Box<str>,
    /// Each once, in their order; neither numbers nor years.
    pub words: Box<[Word]>,
    /// Numbers up to 999 in any writing: `#12`, `12th`, `12ᵉ`, `XII`. Sorted.
    pub numbers: Box<[u16]>,
    /// Groups of three letters of its words run together, without those that name its place. Sorted.
    pub grams: Box<[u32]>,
    /// The words that do not name its own place, one bit each.
    pub kept: u64,
    /// The keys of its words, a bit for each ([`bit_of`]).
    pub bits: u64,
}

/// Most words of a title that are looked at. One bit each.
const MOST_WORDS: usize = 40;
/// Most characters of a title that are looked at.
const MOST_CHARS: usize = 400;

impl Title {
    /// Takes `text` apart, in French unless `english`; `place` holds the keys of the words that name its place, sorted.
    pub fn of(text: &str, english: bool, place: &[u32]) -> Title {
        let stemmer = if english { &ENGLISH } else { &FRENCH };
        let mut title = Title::default();
        let (mut run, mut words, mut numbers) = (String::new(), Vec::<Word>::new(), Vec::new());
        for part in split(text) {
            let folded = fold(&part);
            match number(&folded).or_else(|| roman(&part)) {
                Some(1990..=2099) => continue,
                Some(number) => {
                    numbers.push(number);
                    continue;
                }
                None if words.len() == MOST_WORDS => break,
                None => {}
            }
            let long = ALIASES.get(folded.as_str()).copied().unwrap_or(&folded);
            let stem = KINDS.get(long).map_or_else(|| key(&stemmer.stem(long)), |kind| key(kind));
            if words.iter().any(|known| known.stem == stem) {
                continue;
            }
            // Folding 400 characters gives a few thousand bytes at most.
            let (Ok(at), Ok(len)) = (u16::try_from(run.len()), u16::try_from(folded.len())) else { break };
            let chars = u16::try_from(folded.chars().count()).unwrap_or(u16::MAX);
            let letters = folded.chars().fold(0, |mask, c| mask | 1 << (u32::from(c) & 31));
            let first = folded.bytes().next().unwrap_or_default();
            words.push(Word { at, len, chars, first, letters, raw: key(&folded), stem, weight: rarity(long) });
            run.push_str(&folded);
        }
        numbers.sort_unstable();
        numbers.dedup();
        title.text = run.into();
        title.words = words.into();
        title.numbers = numbers.into();
        title.bits = title.words.iter().fold(0, |mask, word| mask | bit_of(word.raw));
        title.kept = title.but_for(place);
        title.grams = title.grams_of(title.kept);
        title
    }

    /// A word, folded.
    pub fn word(&self, index: usize) -> &str {
        let Some(word) = self.words.get(index) else { return "" };
        let at = usize::from(word.at);
        self.text.get(at..at + usize::from(word.len)).unwrap_or_default()
    }

    /// The words that do not name the place, one bit each; all of them, when nothing would be left that tells anything.
    pub fn but_for(&self, place: &[u32]) -> u64 {
        let all = (1u64 << self.words.len()) - 1;
        if place.iter().all(|key| bit_of(*key) & self.bits == 0) {
            return all;
        }
        let kept = self.words.iter().enumerate().filter(|(_, word)| place.binary_search(&word.raw).is_err());
        let (mask, tells) =
            kept.fold((0u64, false), |(mask, tells), (at, word)| (mask | 1 << at, tells || word.weight > LITTLE));
        if tells { mask } else { all }
    }

    /// The groups of three letters of these words run together, sorted.
    pub fn grams_of(&self, mask: u64) -> Box<[u32]> {
        let letters: Vec<char> = std::iter::once('^')
            .chain((0..self.words.len()).filter(|at| mask >> at & 1 == 1).flat_map(|at| self.word(at).chars()))
            .chain(['$'])
            .collect();
        let mut grams: Vec<u32> = letters
            .windows(3)
            .map(|three| three.iter().fold(0u32, |sum, c| sum.wrapping_mul(0x0100_0193) ^ u32::from(*c)))
            .collect();
        grams.sort_unstable();
        grams.dedup();
        grams.into()
    }
}

/// One bit of 64 for a key: two sets without a bit in common have no key in common.
pub fn bit_of(key: u32) -> u64 {
    1 << (key.wrapping_mul(0x9E37_79B9) >> 26)
}

static FRENCH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::French));
static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

/// Cuts at what is no letter or digit, and where capitals or digits show that words were run together: `DevFest`,
/// `PHPCon`, `RustConf2022`.
fn split(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = text.chars().take(MOST_CHARS).collect();
    for (at, &c) in letters.iter().enumerate() {
        let after = letters.get(at + 1).copied();
        let small = |at: usize| letters.get(at).is_some_and(|c| c.is_lowercase());
        if !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c) {
            // « what’s » is a word; « l’eau » and « d’idées » are an article and a word.
            let possessive = matches!(c, '\'' | '’' | 'ʼ') && word.chars().count() > 1;
            if !(possessive && matches!(after, Some('s' | 'S'))) {
                out.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            }
            continue;
        }
        let turn = at.checked_sub(1).and_then(|at| letters.get(at)).is_some_and(|before| {
            (before.is_lowercase() && c.is_uppercase())
                // Two small letters: « APIs » and « ONGs » are one word.
                || (before.is_uppercase() && c.is_uppercase() && small(at + 1) && small(at + 2))
                || (before.is_alphabetic() && c.is_ascii_digit())
        });
        if turn {
            out.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        word.push(c);
    }
    out.extend((!word.is_empty()).then_some(word));
    out
}

/// The number that a folded word is, with the ending of an ordinal in French or English: up to 999, or a year.
fn number(word: &str) -> Option<u16> {
    let (number, ending) = word.split_at(word.bytes().take_while(u8::is_ascii_digit).count());
    let ordinal = matches!(ending, "" | "e" | "er" | "ere" | "eme" | "o" | "st" | "nd" | "rd" | "th");
    let number: u16 = number.parse().ok().filter(|_| ordinal && number.len() <= 4)?;
    matches!(number, 0..=999 | 1990..=2099).then_some(number)
}

/// A Roman numeral in capitals, from II to XXXIX: a single letter is more often a word.
fn roman(word: &str) -> Option<u16> {
    let values: Vec<i16> = word
        .bytes()
        .map(|b| [(b'X', 10), (b'V', 5), (b'I', 1)].into_iter().find(|(c, _)| *c == b).map(|(_, v)| v))
        .collect::<Option<_>>()?;
    let total: i16 = (0..values.len())
        .map(|at| match values.get(at + 1) {
            Some(next) if *next > values[at] => -values[at],
            _ => values[at],
        })
        .sum();
    u16::try_from(total).ok().filter(|total| word.len() > 1 && (2..40).contains(total))
}

/// Short forms, folded, with what they stand for.
static ALIASES: LazyLock<Words<&str>> = LazyLock::new(|| {
    Words::from_iter([
        ("asso", "association"),
        ("conf", "conference"),
        ("confs", "conference"),
        ("dev", "developer"),
        ("devs", "developer"),
        ("expo", "exposition"),
        ("info", "information"),
        ("infos", "information"),
        ("intl", "international"),
        ("js", "javascript"),
        ("st", "saint"),
        ("ste", "sainte"),
        ("univ", "universite"),
        ("visio", "visioconference"),
    ])
});

/// Words for kinds of event, folded, with one name for each kind, so that both languages say the same.
static KINDS: LazyLock<Words<&str>> = LazyLock::new(|| {
    let kinds: [(&str, &[&str]); 16] = [
        ("=conference", &["conference", "conferences"]),
        ("=day", &["journee", "journees", "jour", "jours", "day", "days"]),
        ("=debate", &["debat", "debats", "debate", "debates"]),
        ("=evening", &["soiree", "soirees", "nuit", "evening", "night"]),
        ("=exhibition", &["exposition", "expositions", "exhibition", "exhibitions"]),
        ("=festival", &["festival", "festivals", "fest"]),
        ("=game", &["jeu", "jeux", "game", "games"]),
        ("=meeting", &["rencontre", "rencontres", "reunion", "reunions", "meeting", "meetings", "meetup", "meetups"]),
        ("=session", &["seance", "seances", "session", "sessions"]),
        ("=summit", &["sommet", "sommets", "summit", "summits"]),
        ("=talk", &["causerie", "expose", "talk", "talks"]),
        ("=training", &["formation", "formations", "training", "trainings"]),
        ("=visit", &["visite", "visites", "visit", "visits", "tour"]),
        ("=webinar", &["webinaire", "webinaires", "webinar", "webinars", "visioconference"]),
        ("=week", &["semaine", "semaines", "week", "weeks"]),
        ("=workshop", &["atelier", "ateliers", "workshop", "workshops"]),
    ];
    kinds.into_iter().flat_map(|(kind, words)| words.iter().map(move |word| (*word, kind))).collect()
});

/// The words of a title as they are looked up in the list of rarities: folded, in their long form, without numbers.
pub fn words(title: &str) -> Vec<String> {
    let folded = split(title).into_iter().map(|part| (fold(&part), part));
    let words = folded.filter(|(folded, part)| number(folded).or_else(|| roman(part)).is_none());
    words.map(|(folded, _)| ALIASES.get(folded.as_str()).map_or(folded, |long| (*long).to_owned())).collect()
}

/// What a word tells that no list knows.
const RAREST: u16 = 750;
/// What words tell that one would not miss in a title.
pub const LITTLE: u16 = 100;

/// How much a folded word tells: minus the natural logarithm of the share of titles that have it, in hundredths; at
/// most 750, which is one title of 1,800.
pub fn rarity(word: &str) -> u16 {
    RARITY.get(word).copied().unwrap_or(RAREST)
}

static RARITY: LazyLock<Words<u16>> = LazyLock::new(|| {
    let lines = include_str!("words.tsv").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?, fields.next()?.parse().ok()?))
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let title = Title::of(text, false, &[]);
        (0..title.words.len()).map(|at| title.word(at).to_owned()).collect()
    }

    #[test]
    fn words_run_together_are_told_apart_and_articles_stand_alone() {
        assert_eq!(words("DevFest RustConf2022 PHPCon"), ["dev", "fest", "rust", "conf", "php", "con"]);
        assert_eq!(words("GOTo APIs, les ONGs"), ["goto", "apis", "les", "ongs"]);
        assert_eq!(words("L’eau d’ici, what’s new"), ["l", "eau", "d", "ici", "whats", "new"]);
    }

    #[test]
    fn numbers_are_read_in_any_writing_and_years_are_none() {
        let numbers = |text: &str| Title::of(text, false, &[]).numbers.to_vec();
        assert_eq!(numbers("12ᵉ rencontre, #3, épisode IV, 2nd"), [2, 3, 4, 12]);
        assert!(numbers("Bilan 2024 à 2025").is_empty() && numbers("I have a plan, MIX").is_empty());
    }

    #[test]
    fn a_title_that_only_names_its_place_keeps_its_words() {
        let place = [key("lyon")];
        assert_eq!(Title::of("Lyon", false, &place).but_for(&place), 0b1);
        assert_eq!(Title::of("Slam Lyon", false, &place).but_for(&place), 0b1);
        assert_eq!(Title::of("Slam Lyon", false, &[]).but_for(&[]), 0b11);
    }

    #[test]
    fn kinds_of_event_are_one_word_in_both_languages() {
        let stems =
            |text: &str, english| Title::of(text, english, &[]).words.iter().map(|w| w.stem).collect::<Vec<_>>();
        assert_eq!(stems("Ateliers", false), stems("Workshop", true));
    }
}
