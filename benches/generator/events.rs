//! French events as labs write them, every one another, the same for the same numbers.

use essaim::event::*;
use essaim::format::{Feed, Head};
use essaim::programme::{Published, Slug};
use jiff::Timestamp;
use jiff::civil::Date;

/// A generator of numbers that is good enough for words (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.roll() % most as u64).unwrap()
    }

    pub fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

const KINDS: &[&str] = &[
    "Atelier",
    "Conférence",
    "Table ronde",
    "Webinaire",
    "Visite",
    "Rencontre",
    "Formation",
    "Exposition",
    "Débat",
    "Café-débat",
    "Hackathon",
    "Balade",
    "Projection",
    "Démonstration",
    "Jeu sérieux",
    "Portes ouvertes",
];
const VERBS: &[&str] = &[
    "réinventer",
    "cartographier",
    "simplifier",
    "imaginer",
    "prototyper",
    "évaluer",
    "raconter",
    "réparer",
    "partager",
    "explorer",
    "comprendre",
    "financer",
    "observer",
    "mesurer",
    "dessiner",
    "écrire",
    "traduire",
    "transmettre",
    "rénover",
    "végétaliser",
    "désimperméabiliser",
    "mutualiser",
    "numériser",
    "accompagner",
    "accueillir",
    "anticiper",
    "apaiser",
    "arbitrer",
    "concerter",
    "construire",
    "cultiver",
    "débattre",
    "décider",
    "découvrir",
    "expérimenter",
    "fabriquer",
    "former",
    "habiter",
    "improviser",
    "jardiner",
    "négocier",
    "ouvrir",
    "piloter",
    "protéger",
    "recycler",
];
const NOUNS: &[&str] = &[
    "les cantines scolaires",
    "l’accueil des usagers",
    "la médiation numérique",
    "les mobilités douces",
    "les bibliothèques rurales",
    "la gestion de l’eau",
    "l’archivage électronique",
    "les marchés publics",
    "la qualité de vie au travail",
    "les données ouvertes",
    "la participation citoyenne",
    "les jardins partagés",
    "l’habitat inclusif",
    "la santé mentale des jeunes",
    "les déchèteries",
    "la rénovation des écoles",
    "l’intelligence artificielle",
    "les budgets participatifs",
    "la langue des signes",
    "le réemploi des matériaux",
    "les friches industrielles",
    "la sobriété énergétique",
    "les refuges climatiques",
    "le vieillissement à domicile",
    "la parentalité",
    "les conseils municipaux",
    "le guichet unique",
    "les formulaires",
    "le droit à l’erreur",
    "la nuit en ville",
    "les forêts communales",
    "le littoral",
    "les crues",
    "les circuits courts",
    "la laïcité",
    "le bénévolat",
    "les archives départementales",
    "l’égalité professionnelle",
    "la cybersécurité",
    "les apprentis",
    "les nudges",
    "la facilitation",
    "le design de service",
    "les communs",
    "la prospective",
    "la fiction climatique",
    "les tiers-lieux",
    "la recherche-action",
    "les fablabs",
    "l’open source",
    "la commande publique",
    "les musées",
    "le handicap invisible",
    "les transports scolaires",
    "la petite enfance",
    "la maison des aînés",
    "les haies",
    "la biodiversité urbaine",
    "les abeilles",
    "les îlots de chaleur",
    "la tarification sociale",
    "le non-recours",
    "les seniors connectés",
    "l’illectronisme",
    "la lecture facile",
    "les cimetières",
    "les fêtes foraines",
    "la signalétique",
    "les cours d’école",
    "les gares",
    "les ports de pêche",
    "les refuges de montagne",
    "le bruit",
    "la qualité de l’air",
    "l’éclairage public",
    "la vidéo",
    "le podcast",
    "les cartes sensibles",
    "le théâtre-forum",
    "la bande dessinée",
    "les jumeaux numériques",
    "la modélisation",
    "les capteurs",
    "les drones",
    "le cadastre",
    "les registres",
    "l’état civil",
    "la dématérialisation",
    "les standards téléphoniques",
    "le courrier",
    "la relation",
    "l’alimentation durable",
    "la précarité menstruelle",
    "la seconde vie des objets",
    "la logistique urbaine",
];
const ANGLES: &[&str] = &[
    "avec les habitants",
    "entre collègues",
    "en une matinée",
    "sans budget",
    "par le jeu",
    "pas à pas",
    "autrement",
    "à hauteur d’enfant",
    "loin des métropoles",
    "avec les élus",
    "côté agents",
    "en situation réelle",
    "hors les murs",
    "à plusieurs voix",
    "dix ans après",
    "en partant du terrain",
    "avec des designers",
    "à la lumière du droit",
    "chiffres en main",
    "en images",
    "pour débutants",
    "en pratique",
    "au féminin",
    "dans l’urgence",
    "au long cours",
];
const TOWNS: &[(&str, &str, &str, f64, f64)] = &[
    ("Lyon", "69001", "FR-ARA", 45.7640, 4.8357),
    ("Rennes", "35000", "FR-BRE", 48.1173, -1.6778),
    ("Tarbes", "65000", "FR-OCC", 43.2328, 0.0781),
    ("Lille", "59000", "FR-HDF", 50.6292, 3.0573),
    ("Bordeaux", "33000", "FR-NAQ", 44.8378, -0.5792),
    ("Nantes", "44000", "FR-PDL", 47.2184, -1.5536),
    ("Dijon", "21000", "FR-BFC", 47.3220, 5.0415),
    ("Metz", "57000", "FR-GES", 49.1193, 6.1757),
    ("Marseille", "13001", "FR-PAC", 43.2965, 5.3698),
    ("Orléans", "45000", "FR-CVL", 47.9030, 1.9093),
    ("Rouen", "76000", "FR-NOR", 49.4432, 1.0993),
    ("Ajaccio", "20000", "FR-COR", 41.9192, 8.7386),
    ("Montreuil", "93100", "FR-IDF", 48.8638, 2.4485),
    ("Aurillac", "15000", "FR-ARA", 44.9264, 2.4403),
    ("Guéret", "23000", "FR-NAQ", 46.1714, 1.8716),
    ("Vannes", "56000", "FR-BRE", 47.6582, -2.7608),
    ("Albi", "81000", "FR-OCC", 43.9277, 2.1480),
    ("Arras", "62000", "FR-HDF", 50.2910, 2.7775),
    ("Chambéry", "73000", "FR-ARA", 45.5646, 5.9178),
    ("Mulhouse", "68100", "FR-GES", 47.7508, 7.3359),
];
const VENUES: &[&str] = &[
    "Médiathèque",
    "Hôtel de ville",
    "Maison des associations",
    "Tiers-lieu La Fabrique",
    "Salle polyvalente",
    "Préfecture",
    "Hôtel du département",
    "Université, amphithéâtre B",
    "Le Lab",
    "Espace public numérique",
];
const STREETS: &[&str] =
    &["rue de la République", "place du Marché", "quai des Arts", "avenue Jean-Jaurès", "rue Haute"];
const NAMES: &[&str] = &["Camille", "Dominique", "Claude", "Sacha", "Maxime", "Andrea", "Lou", "Yaël", "Alix", "Noa"];
const FAMILIES: &[&str] =
    &["Martin", "Le Goff", "Benali", "Garcia", "Petit", "Moreau", "Nguyen", "Diallo", "Roux", "Faure"];
const SENTENCES: &[&str] = &[
    "Pendant deux heures, nous partirons de situations vécues pour construire ensemble des pistes concrètes.",
    "Aucune connaissance préalable n’est nécessaire ; venez comme vous êtes, avec vos questions.",
    "Une équipe de la collectivité présentera ce qu’elle a essayé, ce qui a marché et ce qui a échoué.",
    "Les résultats seront publiés sous licence ouverte et remis aux participants.",
    "Le nombre de places est limité, et la salle est accessible aux personnes à mobilité réduite.",
    "Cette séance fait suite à une enquête menée auprès de trois cents usagers au printemps.",
    "Nous travaillerons par petits groupes, puis mettrons en commun autour d’un café.",
    "Des chercheuses et des agents publics croiseront leurs regards sur le sujet.",
    "Un prototype sera testé sur place ; vos retours serviront à la version suivante.",
    "L’atelier alterne apports courts, mise en pratique et temps d’échange.",
    "Chacun repartira avec une fiche pratique et les contacts des intervenants.",
    "La séance sera traduite en langue des signes française.",
];
const TAGS: &[&str] =
    &["design", "usagers", "terrain", "numérique", "climat", "méthodes", "données", "santé", "jeunesse"];

fn line(text: &str) -> Line {
    Line::new(text).unwrap()
}

fn body(dice: &mut Dice) -> String {
    let mut paragraph = |sentences: usize| {
        let said: Vec<&str> = (0..sentences).map(|_| dice.of(SENTENCES)).collect();
        format!("<p>{}</p>", said.join(" "))
    };
    let mut html = paragraph(3) + &paragraph(2);
    html.push_str("<ul>");
    for _ in 0..3 {
        html.push_str(&format!("<li><strong>{}</strong> {}</li>", capital(dice.of(VERBS)), dice.of(NOUNS)));
    }
    html.push_str("</ul><p>Pour en savoir plus&#160;: <a href=\"https://ressources.example/");
    html.push_str(&format!("{}\">le dossier</a>.</p>", dice.below(10_000)));
    html
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The event `number` of a lab, as it is after so many `edits`: each changes its summary and moves it by an hour.
pub fn event(lab: usize, number: usize, edits: u64) -> Event {
    // One event in twenty is announced by the next lab too, in nearly the same words.
    let shared = number == 0 && lab % 3 == 1;
    let seed = if shared { (lab - 1) * 1_000 } else { lab * 1_000 + number };
    let dice = &mut Dice::new(seed as u64);
    let kind = dice.of(KINDS);
    let title = format!("{kind} : {} {} {}", dice.of(VERBS), dice.of(NOUNS), dice.of(ANGLES));
    let (town, postcode, region, lat, lon) = TOWNS[dice.below(TOWNS.len())];
    let day = Date::constant(2026, 9, 1).checked_add(jiff::Span::new().days(dice.below(365) as i64)).unwrap();
    let hour = 9 + i8::try_from(dice.below(8)).unwrap();
    let zone = Zone::new("Europe/Paris").unwrap();
    let moment = |hour: i8| zone.at(day.at(hour, 30 * i8::from(seed % 2 == 0), 0, 0)).unwrap();
    let moved = i8::try_from(edits % 3).unwrap();
    let host = host(lab);
    let published = Timestamp::from_second(1_780_000_000 + seed as i64).unwrap();
    let mut parts = Parts::new(
        Id::new(&format!("tag:{host},2026:evenement/{number}")).unwrap(),
        line(&title),
        published.checked_add(jiff::SignedDuration::from_hours(edits as i64)).unwrap(),
    );
    parts.published = Some(published);
    parts.language = Language::new("fr").ok();
    let again = if edits == 0 { String::new() } else { format!(" Mise à jour n° {edits}.") };
    parts.summary = Some(line(&format!("{} {}{again}", dice.of(SENTENCES), dice.of(SENTENCES))));
    parts.body = Html::clean(&body(dice), None);
    parts.zone = Some(zone.clone());
    let when = When::Timed(Hours::new(moment(hour + moved), Some(moment(hour + moved + 2))).unwrap());
    parts.slots = vec![Slot::new(Name::new("c1").unwrap(), when)].into();
    parts.mode = Some(Mode::Offline);
    parts.places = vec![Place {
        name: Some(line(&format!("{} de {town}", dice.of(VENUES)))),
        street: Some(line(&format!("{} {}", 1 + dice.below(80), dice.of(STREETS)))),
        postcode: Some(line(postcode)),
        locality: Some(line(town)),
        country: Country::new("FR").ok(),
        geo: Geo::new(lat, lon),
        ..Place::default()
    }]
    .into();
    let organiser = |lab: usize, role| Organiser {
        name: line(&name(lab)),
        page: Address::new(&format!("https://{}/", self::host(lab))).ok(),
        role,
    };
    parts.organisers = vec![organiser(lab, None)].into();
    if dice.once_in(4) {
        parts.organisers.push(organiser(lab + 1, Line::new(Organiser::CO_ORGANISER).ok()));
    }
    if dice.once_in(2) {
        parts.speakers.push(Speaker {
            name: line(&format!("{} {}", dice.of(NAMES), dice.of(FAMILIES))),
            page: None,
            role: Some(line(Speaker::SPEAKER)),
            affiliation: Some(line(&name(lab))),
        });
    }
    parts.formats = [Format::ALL[dice.below(Format::ALL.len())]].into();
    parts.audiences = [Audience::ALL[dice.below(Audience::ALL.len())]].into();
    parts.tags = vec![line(dice.of(TAGS))].into();
    parts.regions = vec![RegionTerm { code: Region::new(region).unwrap(), label: None }].into();
    parts.editions =
        vec![Term { code: line("mip-2026"), label: Some(line("Mois de l’innovation publique 2026")) }].into();
    parts.registration = Some(Registration {
        href: Contact::new(&format!("https://{host}/inscription/{number}")).ok(),
        required: Some(true),
        free: Some(true),
        capacity: Capacity::new(Some(40), Some(1 + u32::try_from(dice.below(40)).unwrap())).unwrap(),
        ..Registration::default()
    })
    .into();
    parts.page = Address::new(&format!("https://{host}/e/{number}")).ok();
    Event::new(parts).unwrap()
}

/// The host of a lab, as it stands in its ids and links.
pub fn host(lab: usize) -> String {
    format!("lab{lab}.example")
}

/// The name of a lab.
pub fn name(lab: usize) -> String {
    format!("Laboratoire {lab} de {}", TOWNS[lab % TOWNS.len()].0)
}

/// The feed of a lab; `edits` says how often each of its entries was edited.
pub fn feed(lab: usize, entries: usize, edits: impl Fn(usize) -> u64) -> Feed {
    let host = host(lab);
    let mut events: Vec<_> = (0..entries)
        .map(|number| {
            let mut parts = event(lab, number, edits(number)).into_parts();
            // As a node does: the page is its own.
            parts.page = Address::new(&format!("https://{host}/e/evenement-{number}")).ok();
            let event = Event::new(parts).unwrap();
            let slug = Slug::new(&format!("evenement-{number}")).unwrap();
            let (uids, copies, doubts) = Default::default();
            std::sync::Arc::new(Published { event, slug, uids, copies, doubts, voices: Default::default() })
        })
        .collect();
    events.sort_by(|a, b| (b.event.updated, &a.event.id).cmp(&(a.event.updated, &b.event.id)));
    let base = Address::new(&format!("https://{host}/")).unwrap();
    let head = Head {
        id: Id::new(&format!("tag:{host},2026:programme")).unwrap(),
        title: line(&format!("{} — événements", name(lab))),
        subtitle: None,
        language: Language::new("fr").unwrap(),
        zone: Zone::new("Europe/Paris").ok(),
        updated: events.first().map_or(Timestamp::UNIX_EPOCH, |first| first.event.updated),
        author: Organiser { name: line(&name(lab)), page: Some(base.clone()), role: None },
        base,
        stem: "feed",
        licence: None,
        rights: None,
        regions: Vec::new(),
        complete: true,
        hub: None,
    };
    Feed { head, events, tombstones: Vec::new() }
}
