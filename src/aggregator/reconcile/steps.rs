//! Steps of a series, as titles name them.

use crate::event::text::fold;

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

/// The step of a series that a title names, of how many if it says so: « 2 sur 3 », « 2/3 », "2 of 3", « épisode 2 »,
/// « volet II », « #2 ».
pub fn step(title: &str) -> Option<(u32, Option<u32>)> {
    let folded = fold(title);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
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

    #[test]
    fn the_step_a_title_names_is_read_and_a_date_is_not_one() {
        assert_eq!(step("Webinaire 1 sur 3 : idéation"), Some((1, Some(3))));
        assert_eq!(step("Idéation (webinaire 2/3)"), Some((2, Some(3))));
        assert_eq!(step("Rencontre du 19/11/2024"), None);
        assert_eq!(step("Les 3 labs"), None);
        assert_eq!(step("Parcours, épisode 4"), Some((4, None)));
        assert_eq!(step("Rendez-vous n° 12"), Some((12, None)));
        assert_eq!(step("Le tiers-lieu, volet II"), Some((2, None)));
    }
}
