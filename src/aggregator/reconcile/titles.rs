//! What two titles have in common: stems of words, rare ones before common ones, and the step that a number names.

use std::collections::BTreeMap;

use frostem::{Algorithm, Stemmer};

use crate::event::text::fold;
use crate::event::{Event, Language};

/// A title taken apart for comparing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Title {
    /// Each stem with its weight and a word that it stands for.
    stems: BTreeMap<String, (u16, String)>,
    /// « étape 2 sur 3 », « (2/3) », « épisode 2 »: which, of how many if that is said.
    step: Option<(u32, Option<u32>)>,
}

/// What a rare word weighs; all weights are parts of it.
const RARE: u16 = 100;
/// What a word weighs that half the events of such a programme have in their titles.
const COMMON: u16 = 20;

/// What a word weighs that only says what kind of event it is.
const KIND: u16 = 5;

/// Words without meaning of their own, French and English, folded.
const EMPTY: &[&str] = &[
    "a", "au", "aux", "avec", "c", "ce", "ces", "cette", "comment", "d", "dans", "de", "des", "du", "elle", "en",
    "entre", "est", "et", "il", "j", "jusqu", "l", "la", "le", "les", "leur", "leurs", "lors", "m", "mais", "n", "ne",
    "nos", "notre", "nous", "on", "ou", "par", "pas", "plus", "pour", "pourquoi", "qu", "que", "quel", "quelle",
    "quels", "qui", "quoi", "s", "sa", "sans", "se", "ses", "si", "son", "sous", "sur", "t", "tous", "tout", "toute",
    "un", "une", "vers", "vos", "votre", "vous", "y", "an", "and", "are", "as", "at", "be", "by", "for", "from", "how",
    "in", "into", "is", "it", "its", "of", "or", "our", "that", "the", "their", "this", "to", "we", "what", "when",
    "where", "with", "you", "your",
];

/// Words that say what kind of event it is, folded: often all that two labs word differently.
const KINDS: &[&str] = &[
    "animation",
    "atelier",
    "ateliers",
    "barcamp",
    "cafe",
    "conference",
    "conversation",
    "debat",
    "debats",
    "demo",
    "demonstration",
    "evenement",
    "event",
    "exposition",
    "formation",
    "forum",
    "hackathon",
    "jeu",
    "journee",
    "journees",
    "masterclass",
    "matinee",
    "meeting",
    "meetup",
    "parcours",
    "presentation",
    "rencontre",
    "rencontres",
    "reunion",
    "seance",
    "seminaire",
    "session",
    "soiree",
    "talk",
    "training",
    "visioconference",
    "visite",
    "webinaire",
    "webinaires",
    "webinar",
    "workshop",
];

/// Words of times and of the field itself, folded: what a public-innovation programme is full of.
const USUAL: &[&str] = &[
    "2020",
    "2021",
    "2022",
    "2023",
    "2024",
    "2025",
    "2026",
    "2027",
    "2028",
    "action",
    "agents",
    "annuel",
    "annuelle",
    "citoyen",
    "citoyenne",
    "citoyens",
    "collectif",
    "creatif",
    "creative",
    "day",
    "decouverte",
    "echange",
    "echanges",
    "edition",
    "etape",
    "game",
    "innovant",
    "innovante",
    "innovation",
    "innovations",
    "introduction",
    "jour",
    "lab",
    "labo",
    "laboratoire",
    "laboratoires",
    "labos",
    "labs",
    "lancement",
    "ligne",
    "marathon",
    "mois",
    "month",
    "novembre",
    "octobre",
    "online",
    "open",
    "ouverte",
    "ouvertes",
    "ouverture",
    "participatif",
    "partie",
    "portes",
    "premier",
    "premiere",
    "programme",
    "projet",
    "projets",
    "public",
    "publics",
    "publique",
    "publiques",
    "ronde",
    "semaine",
    "serious",
    "service",
    "services",
    "table",
    "territoire",
    "territoires",
    "transformation",
    "week",
];

impl Title {
    /// Takes the title of an event apart, in the event's language.
    pub fn of(event: &Event) -> Title {
        let algorithm = match event.language.as_ref().map(Language::primary).as_deref() {
            Some("en") => Algorithm::English,
            _ => Algorithm::French,
        };
        let stemmer = Stemmer::new(algorithm);
        let folded = fold(event.title.as_str());
        let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let mut stems = BTreeMap::new();
        for word in &words {
            let number = word.bytes().all(|b| b.is_ascii_digit());
            if EMPTY.contains(word) || (number && word.len() < 3) || word.chars().count() < 2 {
                continue;
            }
            let weight = match *word {
                kind if KINDS.contains(&kind) => KIND,
                usual if USUAL.contains(&usual) => COMMON,
                _ => RARE,
            };
            stems.entry(stemmer.stem(word).to_string()).or_insert((weight, (*word).to_owned()));
        }
        Title { stems, step: step(&words, &folded) }
    }

    /// What another title must have in common for the two to be worth comparing: a rare stem, or two common ones.
    pub fn keys(&self) -> Vec<String> {
        let of = |weight: u16| self.stems.iter().filter(move |(_, (w, _))| *w == weight).map(|(stem, _)| stem);
        let mut keys: Vec<String> = of(RARE).cloned().collect();
        let common: Vec<&String> = of(COMMON).collect();
        for (index, one) in common.iter().enumerate() {
            keys.extend(common[index + 1..].iter().map(|two| format!("{one}+{two}")));
        }
        keys
    }

    /// Which step the title itself names, of how many if it says so.
    pub fn step(&self) -> Option<(u32, Option<u32>)> {
        self.step
    }

    /// How alike two titles are, in thousandths (Dice's coefficient over weighted stems), with the shared words, rare
    /// ones first.
    pub fn likeness(&self, other: &Title) -> Shared {
        let total = |title: &Title| title.stems.values().map(|(weight, _)| u32::from(*weight)).sum::<u32>();
        let mut words: Vec<(u16, String)> = self
            .stems
            .iter()
            .filter_map(|(stem, (weight, word))| {
                // The lesser weight of the two, so that likeness is the same from both sides.
                other.stems.get(stem).map(|(theirs, _)| (*weight.min(theirs), word.clone()))
            })
            .collect();
        words.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let shared: u32 = words.iter().map(|(weight, _)| u32::from(*weight)).sum();
        let (mine, theirs) = (total(self), total(other));
        let share = |part: u32, whole: u32| u16::try_from(part * 1000 / whole.max(1)).unwrap_or(1000);
        Shared {
            rare: words.iter().filter(|(weight, _)| *weight == RARE).count(),
            likeness: share(2 * shared, mine + theirs),
            contained: share(shared, mine.min(theirs)),
            words: words.into_iter().map(|(_, word)| word).collect(),
        }
    }
}

/// What two titles share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// How many rare stems.
    pub rare: usize,
    /// Thousandths of both titles together.
    pub likeness: u16,
    /// Thousandths of the shorter title.
    pub contained: u16,
    /// The words as the first title has them.
    pub words: Vec<String>,
}

/// What a number stands behind when it tells steps apart, folded.
const STEPS: &[&str] = &[
    "atelier",
    "chapitre",
    "edition",
    "episode",
    "etape",
    "jour",
    "module",
    "n",
    "no",
    "numero",
    "part",
    "partie",
    "saison",
    "seance",
    "session",
    "step",
    "volet",
    "volume",
    "webinaire",
    "webinar",
    "workshop",
];

/// « 2 sur 3 », « 2/3 », "2 of 3", « épisode 2 », « volet II », « #2 ».
fn step(words: &[&str], folded: &str) -> Option<(u32, Option<u32>)> {
    let number = |word: &str| word.parse::<u32>().ok().filter(|n| (1..=99).contains(n));
    let good = |position: u32, total: u32| (position <= total && total > 1).then_some((position, Some(total)));
    for window in words.windows(3) {
        if matches!(window[1], "sur" | "of")
            && let (Some(position), Some(total)) = (number(window[0]), number(window[2]))
        {
            return good(position, total);
        }
    }
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let slash = folded.match_indices('/').find_map(|(at, _)| {
        let before: String = digits(&folded[..at].trim_end().chars().rev().collect::<String>()).chars().rev().collect();
        let after = digits(folded[at + 1..].trim_start());
        // 19/11/2024 is a date.
        let date = folded[at + 1..].trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('/');
        if date { None } else { good(number(&before)?, number(&after)?) }
    });
    let roman = |word: &str| {
        ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"].iter().zip(1..).find(|(r, _)| **r == word)
    };
    let named = words.windows(2).find_map(|pair| {
        let position = number(pair[1]).or_else(|| roman(pair[1]).map(|(_, n)| n))?;
        STEPS.contains(&pair[0]).then_some((position, None))
    });
    let hash = folded.split_once('#').and_then(|(_, rest)| number(&digits(rest))).map(|position| (position, None));
    let last = words.last().and_then(|word| roman(word)).map(|(_, n)| (n, None));
    slash.or(named).or(hash).or(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Id, Line, Parts};

    fn title(text: &str) -> Title {
        let parts = Parts::new(Id::new("x").unwrap(), Line::new(text).unwrap(), jiff::Timestamp::UNIX_EPOCH);
        Title::of(&Event::new(parts).unwrap())
    }

    #[test]
    fn common_words_alone_make_two_titles_alike() {
        let shared =
            title("Atelier d’innovation publique : le slam").likeness(&title("Atelier d’innovation publique : l’eau"));
        assert!(shared.likeness < 500 && shared.rare == 0, "{shared:?}");
        let same = title("Atelier sur l’Œuvre de l’eau").likeness(&title("ATELIER oeuvres de l'eau"));
        assert!(same.likeness > 950, "{same:?}");
    }

    #[test]
    fn the_step_a_title_names_is_read_and_a_date_is_not_one() {
        assert_eq!(title("Webinaire 1 sur 3 : idéation").step(), Some((1, Some(3))));
        assert_eq!(title("Idéation (webinaire 2/3)").step(), Some((2, Some(3))));
        assert_eq!(title("Rencontre du 19/11/2024").step(), None);
        assert_eq!(title("Les 3 labs").step(), None);
        assert_eq!(title("Parcours, épisode 4").step(), Some((4, None)));
        assert_eq!(title("Rendez-vous n° 12").step(), Some((12, None)));
        assert_eq!(title("Le tiers-lieu, volet II").step(), Some((2, None)));
    }
}
