//! The communes of France, for suggestions without a network: a name or a postcode as it is typed, to INSEE's code.
//!
//! The data are in `communes/`, with where they come from. They are unpacked when first asked for: a node at which
//! nobody writes does not hold them.

use std::io::Read;
use std::sync::LazyLock;

use crate::event::text::fold;

/// One commune.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commune {
    /// Its INSEE code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its postcodes, in order.
    pub postcodes: Vec<&'static str>,
}

static DATA: &[u8] = include_bytes!("communes/communes.tsv.br");

/// The file, unpacked, and beside it each name as it is compared.
static TEXT: LazyLock<(String, Vec<String>)> = LazyLock::new(|| {
    let mut text = String::new();
    // Our own bytes, tried by a test: what cannot be read suggests nothing.
    let _ = brotli::Decompressor::new(DATA, 4096).read_to_string(&mut text);
    let names = text.lines().map(|line| plain(line.split('\t').nth(1).unwrap_or_default())).collect();
    (text, names)
});

/// Names as they are typed: without accents, dashes and apostrophes, `St` for `Saint`.
fn plain(text: &str) -> String {
    let folded: String = fold(text).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words = folded.split_whitespace().map(|word| match word {
        "st" => "saint",
        "ste" => "sainte",
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

fn commune(line: &'static str) -> Option<Commune> {
    let mut cells = line.split('\t');
    let (code, name) = (cells.next()?, cells.next()?);
    Some(Commune { code, name, postcodes: cells.next()?.split(' ').collect() })
}

/// Communes whose name or postcode begins so, the most populous first.
pub fn suggest(typed: &str, most: usize) -> Vec<Commune> {
    let (text, names) = &*TEXT;
    let typed = plain(typed);
    if typed.len() < 2 {
        return Vec::new();
    }
    let digits = typed.bytes().all(|b| b.is_ascii_digit());
    let lines = text.lines().zip(names).filter(|(line, name)| {
        if digits {
            line.rsplit('\t').next().is_some_and(|codes| codes.split(' ').any(|code| code.starts_with(&typed)))
        } else {
            name.starts_with(&typed)
        }
    });
    lines.filter_map(|(line, _)| commune(line)).take(most).collect()
}

/// The one commune of this name that has this postcode; without a postcode, the one commune of this name.
pub fn find(name: &str, postcode: &str) -> Option<Commune> {
    let (text, names) = &*TEXT;
    let (name, postcode) = (plain(name), postcode.trim());
    let mut found = text.lines().zip(names).filter(|(line, known)| {
        **known == name && (postcode.is_empty() || line.rsplit('\t').next().unwrap_or_default().contains(postcode))
    });
    match (found.next(), found.next()) {
        (Some((line, _)), None) => commune(line),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commune_is_not_found_as_it_is_typed() {
        assert!(TEXT.1.len() > 34_000, "{}", TEXT.1.len());
        let names = |typed| suggest(typed, 3).iter().map(|c| c.name).collect::<Vec<_>>();
        assert_eq!(names("saint etie")[0], "Saint-Étienne");
        assert_eq!(names("st-etie")[0], "Saint-Étienne");
        assert_eq!(names("69001")[0], "Lyon");
        assert_eq!(names("l"), Vec::<&str>::new());
        assert!(suggest("97400", 5).iter().any(|c| c.code == "97411"), "Saint-Denis of La Réunion");
    }

    #[test]
    fn of_two_communes_of_one_name_one_is_guessed() {
        assert!(find("Saint-Denis", "").is_none());
        assert_eq!(find("saint denis", "93200").unwrap().code, "93066");
        assert_eq!(find("Tulle", "").unwrap().code, "19272");
        assert!(find("Nulle-Part", "").is_none());
    }
}
