//! Names of places as two languages and two habits write them.

use std::sync::LazyLock;

use super::key::{Words, key};
use crate::event::text::fold;

/// A name folded to its words, one space between them.
pub fn plain(name: &str) -> String {
    fold(name).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A town by one name of several, folded, without what follows a comma: `Londres`, `London, UK` → `london`.
pub fn town(name: &str) -> String {
    let first = plain(name.split([',', '(']).next().unwrap_or(name));
    TOWNS.get(first.as_str()).map_or(first, |known| (*known).to_owned())
}

/// The keys of the words by which a country is named in titles.
pub fn country_words(code: &str) -> Vec<u32> {
    let names = COUNTRIES.iter().find(|(known, _)| *known == code).map(|(_, names)| *names).unwrap_or_default();
    names.iter().flat_map(|name| name.split(' ')).map(key).collect()
}

/// The ISO 3166-1 code of a country by its folded name, as lists write it.
pub fn country(name: &str) -> Option<&'static str> {
    let name = plain(name);
    COUNTRIES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(code, _)| *code)
}

/// Towns that French, English and their own language spell differently, folded, with one spelling.
static TOWNS: LazyLock<Words<&str>> = LazyLock::new(|| {
    Words::from_iter([
        ("antwerpen", "anvers"),
        ("antwerp", "anvers"),
        ("athens", "athenes"),
        ("barcelona", "barcelone"),
        ("basel", "bale"),
        ("bengaluru", "bangalore"),
        ("brussel", "bruxelles"),
        ("brussels", "bruxelles"),
        ("bucharest", "bucarest"),
        ("copenhague", "copenhagen"),
        ("kobenhavn", "copenhagen"),
        ("den haag", "la haye"),
        ("the hague", "la haye"),
        ("dublin city", "dublin"),
        ("edinburgh", "edimbourg"),
        ("firenze", "florence"),
        ("frankfurt", "francfort"),
        ("frankfurt am main", "francfort"),
        ("gent", "gand"),
        ("ghent", "gand"),
        ("geneva", "geneve"),
        ("genf", "geneve"),
        ("genova", "genes"),
        ("genoa", "genes"),
        ("goteborg", "gothenburg"),
        ("hambourg", "hamburg"),
        ("kiev", "kyiv"),
        ("koln", "cologne"),
        ("krakow", "cracovie"),
        ("cracow", "cracovie"),
        ("lisboa", "lisbonne"),
        ("lisbon", "lisbonne"),
        ("london", "londres"),
        ("leuven", "louvain"),
        ("luik", "liege"),
        ("milano", "milan"),
        ("moskva", "moscou"),
        ("moscow", "moscou"),
        ("muenchen", "munich"),
        ("munchen", "munich"),
        ("napoli", "naples"),
        ("new york city", "new york"),
        ("nuremberg", "nurnberg"),
        ("nyc", "new york"),
        ("porto", "oporto"),
        ("praha", "prague"),
        ("roma", "rome"),
        ("sevilla", "seville"),
        ("strassburg", "strasbourg"),
        ("torino", "turin"),
        ("venezia", "venise"),
        ("venice", "venise"),
        ("vienna", "vienne"),
        ("warsaw", "varsovie"),
        ("warszawa", "varsovie"),
        ("wien", "vienne"),
    ])
});

/// Countries by their code (ISO 3166-1), with the folded names that lists and titles give them.
const COUNTRIES: &[(&str, &[&str])] = &[
    ("AE", &["united arab emirates", "uae", "emirats arabes unis"]),
    ("AR", &["argentina", "argentine"]),
    ("AT", &["austria", "autriche", "osterreich"]),
    ("AU", &["australia", "australie"]),
    ("BE", &["belgium", "belgique", "belgie"]),
    ("BG", &["bulgaria", "bulgarie"]),
    ("BR", &["brazil", "bresil", "brasil"]),
    ("CA", &["canada"]),
    ("CH", &["switzerland", "suisse", "schweiz"]),
    ("CL", &["chile", "chili"]),
    ("CN", &["china", "chine"]),
    ("CO", &["colombia", "colombie"]),
    ("CY", &["cyprus", "chypre"]),
    ("CZ", &["czech republic", "czechia", "republique tcheque", "tchequie"]),
    ("DE", &["germany", "allemagne", "deutschland"]),
    ("DK", &["denmark", "danemark"]),
    ("EE", &["estonia", "estonie"]),
    ("EG", &["egypt", "egypte"]),
    ("ES", &["spain", "espagne", "espana"]),
    ("FI", &["finland", "finlande"]),
    ("FR", &["france"]),
    (
        "GB",
        &[
            "united kingdom",
            "uk",
            "u k",
            "great britain",
            "england",
            "scotland",
            "wales",
            "royaume uni",
            "angleterre",
            "ecosse",
        ],
    ),
    ("GR", &["greece", "grece"]),
    ("HK", &["hong kong"]),
    ("HR", &["croatia", "croatie"]),
    ("HU", &["hungary", "hongrie"]),
    ("ID", &["indonesia", "indonesie"]),
    ("IE", &["ireland", "irlande"]),
    ("IL", &["israel"]),
    ("IN", &["india", "inde"]),
    ("IT", &["italy", "italie", "italia"]),
    ("JP", &["japan", "japon"]),
    ("KE", &["kenya"]),
    ("KR", &["south korea", "korea", "coree du sud", "republic of korea"]),
    ("LT", &["lithuania", "lituanie"]),
    ("LU", &["luxembourg"]),
    ("LV", &["latvia", "lettonie"]),
    ("MA", &["morocco", "maroc"]),
    ("MT", &["malta", "malte"]),
    ("MX", &["mexico", "mexique"]),
    ("MY", &["malaysia", "malaisie"]),
    ("NG", &["nigeria"]),
    ("NL", &["netherlands", "the netherlands", "holland", "pays bas", "nederland"]),
    ("NO", &["norway", "norvege"]),
    ("NZ", &["new zealand", "nouvelle zelande"]),
    ("PE", &["peru", "perou"]),
    ("PH", &["philippines"]),
    ("PL", &["poland", "pologne", "polska"]),
    ("PT", &["portugal"]),
    ("RO", &["romania", "roumanie"]),
    ("RS", &["serbia", "serbie"]),
    ("RU", &["russia", "russie"]),
    ("SA", &["saudi arabia", "arabie saoudite"]),
    ("SE", &["sweden", "suede"]),
    ("SG", &["singapore", "singapour"]),
    ("SI", &["slovenia", "slovenie"]),
    ("SK", &["slovakia", "slovaquie"]),
    ("TH", &["thailand", "thailande"]),
    ("TN", &["tunisia", "tunisie"]),
    ("TR", &["turkey", "turquie", "turkiye"]),
    ("TW", &["taiwan"]),
    ("UA", &["ukraine"]),
    ("US", &["united states", "usa", "u s a", "us", "united states of america", "etats unis"]),
    ("ZA", &["south africa", "afrique du sud"]),
];
