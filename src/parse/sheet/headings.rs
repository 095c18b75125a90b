//! Which column says what: headings in French and English, as people write them, and what a person said over them.

use super::book::{Cell, Table};
use super::{Column, letters, shown};
use crate::event::text::fold;
use crate::format::sheet::Field;
use crate::language::Tongue;

/// How far down a table its headings are looked for, in rows: above them stand titles and logos.
const FARTHEST: usize = 20;

/// Other headings that people give a column, folded. What the template writes is known beside them.
const NAMES: &[(Field, &[&str])] = &[
    (Field::Id, &["identifiant", "id", "uid", "identifier", "reference", "ref", "code evenement", "event id"]),
    (
        Field::Title,
        &[
            "titre",
            "title",
            "nom",
            "name",
            "intitule",
            "evenement",
            "event",
            "nom de l'evenement",
            "titre de l'evenement",
            "intitule de l'evenement",
            "intitule de l'action",
            "event name",
            "event title",
            "nom de l'action",
            "libelle",
        ],
    ),
    (
        Field::StartDate,
        &[
            "date",
            "jour",
            "day",
            "date de debut",
            "debut",
            "start",
            "start date",
            "date debut",
            "begins",
            "date begin",
            "dtstart",
            "date de l'evenement",
            "event date",
            "premier jour",
            "date et heure de debut",
            "date et heure",
            "start date time",
            "starts at",
            "du",
        ],
    ),
    (
        Field::StartTime,
        &[
            "heure",
            "horaire",
            "horaires",
            "heures",
            "time",
            "heure de debut",
            "heure debut",
            "start time",
            "hour",
            "hours",
            "times",
            "de",
            "debut heure",
        ],
    ),
    (
        Field::EndDate,
        &[
            "date de fin",
            "fin",
            "end",
            "end date",
            "date fin",
            "dernier jour",
            "dtend",
            "ends",
            "date et heure de fin",
            "end date time",
            "ends at",
            "au",
        ],
    ),
    (Field::EndTime, &["heure de fin", "heure fin", "end time", "a", "fin heure"]),
    (Field::Duration, &["duree", "duration", "length"]),
    (Field::AllDay, &["journee entiere", "toute la journee", "all day", "all day event", "jour entier"]),
    (
        Field::Venue,
        &[
            "lieu",
            "venue",
            "place",
            "location",
            "salle",
            "nom du lieu",
            "lieu de l'evenement",
            "location name",
            "where",
        ],
    ),
    (Field::Street, &["adresse", "address", "rue", "street", "adresse postale", "street address", "voie"]),
    (Field::Postcode, &["code postal", "cp", "postcode", "zip", "zip code", "postal code"]),
    (Field::Town, &["ville", "commune", "town", "city", "localite", "locality"]),
    (
        Field::Mode,
        &["modalite", "modalites", "mode", "presentiel distanciel", "attendance mode", "format de participation"],
    ),
    (
        Field::Online,
        &[
            "en ligne",
            "online",
            "lien visio",
            "visio",
            "lien de connexion",
            "acces en ligne",
            "visioconference",
            "online access",
        ],
    ),
    (Field::Summary, &["resume", "summary", "description courte", "chapo", "chapeau", "short description", "accroche"]),
    (
        Field::Body,
        &[
            "description",
            "texte",
            "text",
            "descriptif",
            "contenu",
            "presentation",
            "description longue",
            "long description",
            "details",
            "body",
        ],
    ),
    (
        Field::Organisers,
        &[
            "organisateur",
            "organisateurs",
            "organiser",
            "organisers",
            "organizer",
            "organizers",
            "structure",
            "porteur",
            "organisme",
            "laboratoire",
            "labo",
            "lab",
            "structure organisatrice",
        ],
    ),
    (
        Field::Speakers,
        &["intervenant", "intervenants", "intervenants es", "speakers", "speaker", "animateur", "animateurs", "avec"],
    ),
    (
        Field::Formats,
        &["format", "type", "formats", "type d'evenement", "event type", "nature", "format de l'evenement"],
    ),
    (Field::Audiences, &["public", "publics", "audience", "audiences", "public vise", "public cible", "cible"]),
    (
        Field::Registration,
        &[
            "inscription",
            "lien d'inscription",
            "registration",
            "registration link",
            "lien inscription",
            "url inscription",
            "inscriptions",
            "s'inscrire",
            "registration url",
            "billetterie",
        ],
    ),
    (Field::Free, &["gratuit", "free", "gratuite", "is free", "entree libre", "free of charge"]),
    (Field::Capacity, &["jauge", "capacite", "capacity", "nombre de places", "places", "nb de places", "nb places"]),
    (Field::Remaining, &["places restantes", "remaining", "places left", "reste"]),
    (Field::Availability, &["disponibilite", "availability", "complet", "places disponibles"]),
    (
        Field::RegistrationNote,
        &["modalites d'inscription", "note d'inscription", "conditions", "tarif", "price", "registration note"],
    ),
    (Field::Tags, &["mots cles", "tags", "mot cle", "keywords", "etiquettes"]),
    (Field::Topics, &["thematique", "thematiques", "theme", "themes", "topic", "topics", "parcours"]),
    (Field::Regions, &["region", "regions"]),
    (Field::Editions, &["edition", "editions"]),
    (Field::Status, &["statut", "status", "etat", "annule"]),
    (Field::Notice, &["avis", "notice", "information", "motif"]),
    (Field::Access, &["accessibilite", "accessibility", "accessible"]),
    (Field::AccessNote, &["precisions d'accessibilite", "accessibility note", "note d'accessibilite"]),
    (Field::Image, &["image", "visuel", "picture", "photo", "illustration", "affiche", "image url"]),
    (
        Field::ImageAlt,
        &[
            "texte alternatif",
            "alternative text",
            "alt",
            "texte alternatif de l'image",
            "image alt",
            "description de l'image",
        ],
    ),
    (Field::Resources, &["ressources", "resources", "documents", "pieces jointes"]),
    (Field::Page, &["page", "lien", "url", "link", "site", "site web", "website", "page web", "lien web"]),
    (Field::Commune, &["code insee", "insee", "code commune", "commune insee"]),
    (Field::Latitude, &["latitude", "lat"]),
    (Field::Longitude, &["longitude", "lon", "lng", "long"]),
    (Field::Country, &["pays", "country"]),
    (Field::Zone, &["fuseau horaire", "fuseau", "time zone", "timezone", "zone horaire"]),
    (Field::Language, &["langue", "language"]),
    (Field::Licence, &["licence", "license"]),
    (Field::Slot, &["creneau", "slot"]),
    (Field::Published, &["publie le", "published"]),
    (Field::Updated, &["modifie le", "updated", "mis a jour le"]),
    (Field::Sequence, &["revision", "sequence"]),
];

/// A table's headings.
#[derive(Debug)]
pub struct Headings {
    /// Their row, from 1.
    pub row: u32,
    /// Where the rows below begin in the table.
    pub below: usize,
    /// The language they are mostly in.
    pub tongue: Tongue,
    /// Of each column, its heading, what it says, and whether a person said so.
    columns: Vec<(String, Option<Field>, bool)>,
    /// Columns that a person named and that are not there.
    pub unknown: Vec<String>,
}

impl Headings {
    /// The columns of a field: one, but for what is cut into several.
    pub fn of(&self, field: Field) -> impl Iterator<Item = usize> {
        self.columns.iter().enumerate().filter(move |(_, (_, f, _))| *f == Some(field)).map(|(at, _)| at)
    }

    /// The words of a heading.
    pub fn heading(&self, column: usize) -> Option<String> {
        self.columns.get(column).map(|(heading, _, _)| shown(heading)).filter(|heading| !heading.is_empty())
    }

    /// As they are shown.
    pub fn columns(&self, table: &Table) -> Vec<Column> {
        let sample = |at: usize| {
            let cells = table.rows[self.below..].iter().filter_map(|row| row.cells.get(at));
            cells.map(Cell::to_string).find(|text| !text.is_empty()).unwrap_or_default()
        };
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(at, (heading, field, told))| Column {
                letter: letters(at),
                heading: shown(heading),
                field: *field,
                told: *told,
                sample: shown(&sample(at)),
            })
            .filter(|column| !column.heading.is_empty() || !column.sample.is_empty())
            .collect()
    }
}

/// The row of headings: the one near the top that knows most of them, a title among them.
pub fn find(table: &Table, told: &[(String, Option<Field>)]) -> Option<Headings> {
    let read = table.rows.iter().take(FARTHEST).enumerate().map(|(at, row)| {
        let words: Vec<String> = row.cells.iter().map(Cell::to_string).collect();
        let widest = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        Headings { row: row.number, below: at + 1, ..understood(words, widest, told) }
    });
    let count = |headings: &Headings| headings.columns.iter().filter(|(_, field, _)| field.is_some()).count();
    let titled = read.filter(|headings| headings.of(Field::Title).next().is_some());
    // The first of those that know as much as any.
    titled.fold(None, |best: Option<Headings>, next| match best {
        Some(best) if count(&best) >= count(&next) && best.unknown.len() <= next.unknown.len() => Some(best),
        _ => Some(next),
    })
}

fn understood(words: Vec<String>, widest: usize, told: &[(String, Option<Field>)]) -> Headings {
    let mut french = 0;
    let mut english = 0;
    let mut columns: Vec<(String, Option<Field>, bool)> = Vec::new();
    for heading in words {
        let field = field_of(&heading);
        if let Some(field) = field {
            french += usize::from(plain(&field.heading(Tongue::French)) == plain(&heading));
            english += usize::from(plain(&field.heading(Tongue::English)) == plain(&heading));
        }
        columns.push((heading, field, false));
    }
    columns.resize(columns.len().max(widest), (String::new(), None, false));
    let mut unknown = Vec::new();
    for (name, field) in told {
        let by_heading =
            columns.iter().position(|(heading, _, _)| !heading.is_empty() && plain(heading) == plain(name));
        let by_letter = || (0..columns.len()).find(|at| letters(*at).eq_ignore_ascii_case(name.trim()));
        match by_heading.or_else(by_letter) {
            Some(at) => {
                // Who says where something stands says that it stands nowhere else.
                if let Some(field) = field {
                    columns.iter_mut().filter(|(_, f, _)| *f == Some(*field)).for_each(|(_, f, _)| *f = None);
                }
                columns[at].1 = *field;
                columns[at].2 = true;
            }
            None => unknown.push(name.clone()),
        }
    }
    // Of two columns for one field the first counts; only what is cut into pieces has several.
    let mut taken = std::collections::BTreeSet::new();
    for (_, field, _) in &mut columns {
        if field.is_some_and(|field| field != Field::More && !taken.insert(field)) {
            *field = None;
        }
    }
    let tongue = if english > french { Tongue::English } else { Tongue::French };
    Headings { row: 0, below: 0, tongue, columns, unknown }
}

/// What a heading says; `None` for words that we do not know.
fn field_of(heading: &str) -> Option<Field> {
    let exact = plain(heading);
    // "Date de début (jj/mm/aaaa)", "Titre *"
    let short = plain(heading.split(['(', '[', ':', '\n']).next().unwrap_or_default());
    [exact, short].into_iter().filter(|words| !words.is_empty() && words.len() <= 60).find_map(|words| {
        let of_ours = Field::ALL.iter().copied().find(|field| {
            let ours = |tongue: Tongue| plain(&field.heading(tongue));
            words == plain(field.code()) || words == ours(Tongue::French) || words == ours(Tongue::English)
        });
        let more = plain(&Field::More.heading(Tongue::French));
        let more = words.starts_with(&more) || words.starts_with(&plain(&Field::More.heading(Tongue::English)));
        of_ours
            .or(more.then_some(Field::More))
            .or_else(|| NAMES.iter().find(|(_, names)| names.contains(&words.as_str())).map(|(field, _)| *field))
    })
}

/// A heading for comparing: folded, signs made spaces, one space between words.
fn plain(text: &str) -> String {
    let text: String = fold(text).chars().map(|c| if c.is_alphanumeric() || c == '\'' { c } else { ' ' }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
