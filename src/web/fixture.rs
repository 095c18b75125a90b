//! A programme of all kinds of events, for tests and for looking at pages: as odd as real ones, and some hostile.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::civil::{Date, date};

use super::{Clock, Edition, Site};
use crate::event::*;
use crate::format::{Feed, Head};
use crate::programme::*;
use crate::snapshot::{Current, Snapshot};

/// What must never come out as markup.
pub const HOSTILE: &str = "<script>alert('x')</script> \"onmouseover=alert(1) x=\" <b>& </title>";
/// With a mark that turns the direction of all that follows it.
pub const RTL: &str = "ورشة عمل حول الابتكار العام \u{202E}tfel ot thgir";

pub fn line(text: &str) -> Line {
    Line::new(text).unwrap()
}

pub fn address(text: &str) -> Address {
    Address::new(text).unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

/// `2024-11-07` for a day, `2024-11-07T10:00 11:30` for hours in Paris in winter, `2024-11-04/2024-11-30` for a period.
pub fn slot(number: usize, text: &str) -> Slot {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let when = match text.split_once('/') {
        Some((first, last)) => When::Period(Days::new(day(first), day(last)).unwrap()),
        None if text.len() == 10 => When::Day { days: Days::new(day(text), day(text)).unwrap(), duration: None },
        None => {
            let (start, end) = text.split_once(' ').map_or((text, None), |(start, end)| (start, Some(end)));
            let end = end.map(|end| at(&format!("{}{end}:00+01:00", &start[..11])));
            When::Timed(Hours::new(at(&format!("{start}:00+01:00")), end).unwrap())
        }
    };
    Slot::new(name(&format!("c{number}")), when)
}

fn place(venue: &str, town: &str, code: &str) -> Place {
    Place { name: Some(line(venue)), locality: Some(line(town)), postcode: Some(line(code)), ..Place::default() }
}

fn organiser(text: &str) -> Organiser {
    let page = Some(address("https://lab.example/"));
    Organiser { name: line(text), page, role: None }
}

/// Builds an event by its slug, title, slots and a change to its parts.
pub fn event(slug: &str, title: &str, slots: &[&str], with: impl FnOnce(&mut Parts)) -> Published {
    let id = Id::new(&format!("tag:programme.example,2024:{slug}")).unwrap();
    let mut parts = Parts::new(id, line(title), "2024-11-05T09:00:00Z".parse().unwrap());
    parts.language = Some(Language::new("fr").unwrap());
    parts.zone = Some(Zone::new("Europe/Paris").unwrap());
    parts.slots = slots.iter().enumerate().map(|(at, text)| slot(at + 1, text)).collect();
    parts.organisers = vec![organiser("Ti Lab")].into();
    parts.editions =
        vec![Term { code: line("mip-2024"), label: Some(line("Mois de l’innovation publique 2024")) }].into();
    with(&mut parts);
    Published {
        event: Event::new(parts).unwrap(),
        slug: Slug::new(slug).unwrap(),
        uids: Box::default(),
        copies: vec![announced("ti-lab", "Ti Lab", title, None)],
        doubts: Vec::new(),
        voices: Default::default(),
    }
}

fn announced(key: &str, source: &str, title: &str, join: Option<Join>) -> Announced {
    Announced {
        key: EntryKey { source: SourceKey::new(key).unwrap(), id: Id::new(&format!("tag:{key},2024:1")).unwrap() },
        name: line(source),
        page: Some(address(&format!("https://{key}.example/e/1"))),
        title: line(title),
        primary: join.is_none(),
        join,
    }
}

fn term(code: &str, label: &str) -> Term {
    Term { code: line(code), label: Some(line(label)) }
}

/// The events, in the order of nothing in particular.
#[expect(clippy::too_many_lines, reason = "a list of samples")]
pub fn events() -> Vec<Published> {
    let region = |code: &str| RegionTerm { code: Region::new(code).unwrap(), label: None };
    let likeness = |words: &[&str]| Join {
        rule: Rule::Likeness,
        score: 930,
        evidence: [
            (Evidence::TitleWords { words: words.iter().map(|w| (*w).to_owned()).collect(), likeness: 910 }, 320),
            (Evidence::SameDay { day: date(2024, 11, 19) }, 230),
            (Evidence::Organiser { name: line("Ti Lab") }, 150),
        ]
        .into_iter()
        .map(|(evidence, points)| Weighed { evidence, points: Some(points) })
        .collect(),
    };
    let mut full = event(
        "design-des-courriers",
        "Atelier : réécrire un courrier administratif avec ses destinataires",
        &["2024-11-19T10:00 11:30", "2024-11-19T14:00 15:30", "2024-11-26T10:00 11:30"],
        |p| {
            p.summary = Some(line(
                "On vient avec un courrier que personne ne comprend, on repart avec une lettre que l’on a testée auprès de ceux qui la reçoivent.",
            ));
            p.body = Html::clean(
                "<p>Trois créneaux, le même atelier. Chacun apporte <strong>un courrier</strong>.</p><h2>Déroulé</h2><ul><li>Lecture à voix haute</li><li>Réécriture à quatre mains</li><li>Épreuve auprès de trois personnes</li></ul><p><img src=\"https://tracker.example/pixel.png\" alt=\"Une table et des feuilles\"> Voir <a href=\"https://lab.example/methode\">la méthode</a>.</p><table><tr><th>Heure</th><th>Étape</th></tr><tr><td>10 h</td><td>Accueil</td></tr></table>",
                None,
            );
            p.formats = [Format::Workshop, Format::Training].into();
            p.mode = Some(Mode::Mixed);
            let mut venue = place("Hôtel de Région, salle Anita-Conti", "Rennes", "35000");
            venue.street = Some(line("283 avenue du Général-Patton"));
            venue.areas =
                vec![Area { scheme: line(Area::COMMUNE), code: line("35238"), label: Some(line("Rennes")) }].into();
            venue.geo = Geo::new(48.1269, -1.6536);
            p.places = vec![venue].into();
            p.online = vec![Online {
                access: OnlineAccess::Registered,
                note: Some(line("captation de la première heure")),
                foreign: Foreign::default(),
            }]
            .into();
            p.organisers = vec![
                organiser("Ti Lab"),
                organiser("Région Bretagne"),
                organiser("Préfecture de région"),
                organiser("CNFPT"),
            ]
            .into();
            p.speakers = vec![
                Speaker {
                    name: line("Maïwenn Le Goff"),
                    page: None,
                    role: Some(line("speaker")),
                    affiliation: Some(line("Ti Lab")),
                },
                Speaker {
                    name: line("Jean-Baptiste Kerouédan"),
                    page: Some(address("https://lab.example/jb")),
                    role: Some(line("moderator")),
                    affiliation: Some(line("Préfecture de la région Bretagne")),
                },
            ]
            .into();
            p.audiences = [Audience::PublicServants, Audience::Managers].into();
            p.regions = vec![region("FR-BRE")].into();
            p.topics = vec![term("ecrire", "Langage clair")].into();
            p.tags = vec![line("courrier"), line("usagers"), line("design")].into();
            p.series = vec![Series {
                id: Id::new("tag:ti-lab.example,2024:parcours").unwrap(),
                title: Some(line("Parcours « Langage clair »")),
                step: Step::new(NonZeroU32::new(2), NonZeroU32::new(3)).unwrap(),
                foreign: Foreign::default(),
            }]
            .into();
            p.access = Some(Access {
                codes: [AccessCode::StepFree, AccessCode::SignLanguage].into(),
                note: Some(line("Boucle magnétique à l’accueil.")),
                foreign: Foreign::default(),
            })
            .into();
            p.registration = Some(Registration {
                href: Some(Contact::new("https://inscription.example/courriers").unwrap()),
                window: Window::new(Some(at("2024-10-15T09:00:00+02:00")), Some(at("2024-11-18T18:00:00+01:00")))
                    .unwrap(),
                required: Some(true),
                free: Some(true),
                capacity: Capacity::new(Some(24), Some(3)).unwrap(),
                per: Some(Per::Slot),
                note: Some(line("Deux places par service au plus.")),
                foreign: Foreign::default(),
            })
            .into();
            p.resources = vec![Resource {
                href: address("https://lab.example/kit.pdf"),
                kind: ResourceKind::Slides,
                media_type: Some(MediaType::new("application/pdf").unwrap()),
                length: Some(1_840_000),
                title: Some(line("Le kit du courrier clair")),
                foreign: Foreign::default(),
            }]
            .into();
            p.image = Some(Image {
                href: address("https://lab.example/photo.jpg"),
                alt: line("Des feuilles annotées sur une table"),
                media_type: None,
                length: None,
                foreign: Foreign::default(),
            })
            .into();
            p.licence = Some(Licence {
                href: address("https://www.etalab.gouv.fr/licence-ouverte-open-licence"),
                title: Some(line("Licence Ouverte 2.0")),
            });
            p.rights = Some(line("Ti Lab, mise à jour le 5 novembre 2024"));
            p.assumed = [name("zone"), name("end")].into();
            p.slots.edit()[1].availability = Some(Availability::Full);
            p.slots.edit()[2].status = Some(Status::Cancelled);
        },
    );
    full.copies.push(announced(
        "region-bretagne",
        "Région Bretagne",
        "Réécrire les courriers de l’administration",
        Some(likeness(&["courrier", "reecrire", "administratif"])),
    ));
    let with = Join {
        rule: Rule::With,
        score: 1000,
        evidence: vec![Weighed { evidence: Evidence::NamesEachOther, points: None }],
    };
    full.copies.push(announced("cnfpt", "CNFPT Bretagne", full.event.title.clone().as_str(), Some(with)));
    full.doubts.push(Doubt::CancelledByCopy { entry: full.copies[1].key.clone() });

    let mut merged = event("journee-des-labs", "Journée des labs", &["2024-11-14"], |p| {
        p.summary = Some(line("Une journée pour que les laboratoires d’innovation se rencontrent."));
        p.places = vec![place("Superpublic", "Paris", "75013")].into();
        p.regions = vec![region("FR-IDF")].into();
        p.formats = [Format::Talk].into();
        p.mode = Some(Mode::Offline);
        p.organisers = vec![organiser("DITP"), organiser("Superpublic")].into();
    });
    for (key, source) in [
        ("superpublic", "Superpublic"),
        ("etat-lin", "État’LIN"),
        ("mel", "Métropole européenne de Lille"),
        ("fap", "SDIT/FàP"),
    ] {
        merged.copies.push(announced(
            key,
            source,
            "La journée nationale des labs",
            Some(likeness(&["labs", "journee"])),
        ));
    }
    let edition = |p: &mut Parts, code: &str| p.editions = vec![term(code, code)].into();
    let mut list = vec![
        full,
        merged,
        event("marathon", "Marathon créatif : l’accueil des usagers", &["2024-11-07T09:00 17:30"], |p| {
            p.formats = [Format::Hackathon].into();
            p.mode = Some(Mode::Offline);
            p.places = vec![place("Préfecture de l’Ardèche", "Privas", "07000")].into();
            p.regions = vec![region("FR-ARA")].into();
            p.organisers = vec![organiser("Lab @RCHIPEL")].into();
            p.summary = Some(line("Une journée, trois équipes, un accueil à repenser de la porte au guichet."));
        }),
        event("webinaire", "Webinaire : démarches en ligne, par où commencer ?", &["2024-11-07T12:30"], |p| {
            p.formats = [Format::Webinar].into();
            p.mode = Some(Mode::Online);
            p.online = vec![Online {
                access: OnlineAccess::Public(Some(address("https://visio.example/demarches"))),
                note: None,
                foreign: Foreign::default(),
            }]
            .into();
            p.organisers = vec![organiser("Association Déclic")].into();
        }),
        event("annule", "Table ronde sur le télétravail dans les collectivités", &["2024-11-08T14:00 16:00"], |p| {
            p.status = Status::Cancelled;
            p.formats = [Format::RoundTable].into();
            p.mode = Some(Mode::Offline);
            p.places = vec![place("Hôtel de ville", "Grenoble", "38000")].into();
            p.regions = vec![region("FR-ARA")].into();
            p.notice = Some(Notice {
                since: at("2024-11-05T09:00:00+01:00"),
                text: Some(line("L’intervenante principale est souffrante ; les inscrits sont prévenus.")),
                foreign: Foreign::default(),
            })
            .into();
            p.registration = Some(Registration {
                href: Some(Contact::new("https://inscription.example/t").unwrap()),
                ..Registration::default()
            })
            .into();
        }),
        event(
            "deplace",
            "Découverte du design fiction : 2030, réinventer la relation aux citoyens et aux administrés",
            &["2024-11-21T09:30 12:00"],
            |p| {
                p.status = Status::Rescheduled;
                p.previous = vec![Previous {
                    slot: Some(name("c1")),
                    when: Before::Timed(Hours::new(at("2024-11-12T09:30:00+01:00"), None).unwrap()),
                    foreign: Foreign::default(),
                }]
                .into();
                p.notice =
                    Some(Notice { since: at("2024-11-04T09:00:00+01:00"), text: None, foreign: Foreign::default() })
                        .into();
                p.formats = [Format::Workshop].into();
                p.places = vec![place("SGAR", "Nantes", "44000")].into();
                p.regions = vec![region("FR-PDL")].into();
            },
        ),
        event("complet", "Simplificathon : le dossier d’aide en une page", &["2024-11-12T14:00 17:00"], |p| {
            p.slots.edit()[0].availability = Some(Availability::Full);
            p.formats = [Format::Simplificathon].into();
            p.registration = Some(Registration {
                href: Some(Contact::new("mailto:lab@lab.example").unwrap()),
                ..Registration::default()
            })
            .into();
            p.mode = Some(Mode::Offline);
        }),
        event("reporte", "Visite du tiers-lieu de la Caserne", &["2024-11-13"], |p| {
            p.status = Status::Postponed;
            p.formats = [Format::Visit].into();
        }),
        event(
            "en-ligne-finalement",
            "Conférence : ce que la science fait à l’action publique",
            &["2024-11-15T18:00 20:00"],
            |p| {
                p.status = Status::MovedOnline;
                p.formats = [Format::Talk].into();
                p.mode = Some(Mode::Online);
            },
        ),
        event("exposition", "Exposition « Chantiers ouverts au public »", &["2024-11-04/2024-11-30"], |p| {
            p.formats = [Format::Exhibition].into();
            p.places = vec![place("La Piste", "Lyon", "69003")].into();
            p.regions = vec![region("FR-ARA")].into();
            p.mode = Some(Mode::Offline);
        }),
        event(
            "barcamp",
            "Public service barcamp: what can a lab learn from a library?",
            &["2024-11-20T10:00 16:00"],
            |p| {
                p.language = Some(Language::new("en-GB").unwrap());
                p.formats = [Format::Barcamp].into();
                p.summary = Some(line("An open day, in English, for anyone who serves the public."));
                p.places = vec![place("Médiathèque Malraux", "Strasbourg", "67000")].into();
                p.regions = vec![region("FR-GES")].into();
            },
        ),
        event("hostile", HOSTILE, &["2024-11-22T10:00"], |p| {
            p.summary = Some(line(HOSTILE));
            p.body = Html::clean("<p onclick=x>Bonjour</p><script>alert(1)</script><img src=x onerror=alert(1)>", None);
            p.organisers = vec![Organiser { name: line(HOSTILE), page: None, role: None }].into();
            p.tags = vec![line(HOSTILE)].into();
            p.places = vec![place(HOSTILE, HOSTILE, "00000")].into();
            p.speakers = vec![Speaker {
                name: line(HOSTILE),
                page: None,
                role: Some(line(HOSTILE)),
                affiliation: Some(line(HOSTILE)),
            }]
            .into();
            p.editions = vec![term(HOSTILE, HOSTILE)].into();
            p.regions = vec![RegionTerm { code: Region::new("XX-1").unwrap(), label: Some(line(HOSTILE)) }].into();
            p.rights = Some(line(HOSTILE));
        }),
        event("rtl", RTL, &["2024-11-22"], |p| {
            p.language = Some(Language::new("ar").unwrap());
            p.organisers = vec![organiser("مختبر الابتكار")].into();
        }),
        event(
            "long",
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft_et_aussi_un_identifiant_sans_aucune_espace",
            &["2024-11-25T08:00 09:00"],
            |p| {
                p.organisers = vec![organiser(
                    "Direction-interministérielle-de-l’accompagnement-des-organisations-territoriales-et-des-politiques",
                )].into();
                p.places = vec![place(
                    "https://un-lieu-qui-est-une-adresse.example/tres/longue/adresse/qui/ne/se/coupe/pas",
                    "X",
                    "1",
                )]
                .into();
            },
        ),
        event("debat", "Débat : l’évaluation sert-elle à décider ?", &["2024-11-28T18:30"], |p| {
            p.formats = [Format::Debate].into();
        }),
        event("sans-date", "Formation au langage clair", &[], |p| p.formats = [Format::Training].into()),
        event("sans-date-2", "Rencontre des référents innovation", &[], |p| p.mode = Some(Mode::Online)),
        event("hier", "Ouverture du mois de l’innovation publique", &["2024-11-04T09:00 10:00"], |p| {
            p.formats = [Format::Talk].into();
        }),
        event("hier-2", "Petit-déjeuner des référents", &["2024-11-05"], |_| ()),
        event("hier-3", "Atelier budget participatif", &["2024-11-05T14:00 16:00"], |p| p.status = Status::Cancelled),
        event("ancien", "La ronde des labos publics", &["2021-11-22"], |p| edition(p, "mip-2021")),
        event("ancien-2", "Université de l’innovation publique", &["2021-11-16"], |p| edition(p, "mip-2021")),
        event("ancien-3", "Premier barcamp de l’innovation publique", &["2015-10-15"], |p| edition(p, "mip-2015")),
        event("ancien-4", "Un événement de 2022 sans jour", &[], |p| edition(p, "mip-2022")),
        event("hors-edition", "Un événement de 2018", &["2018-03-02"], |p| p.editions = List::new()),
    ];
    for number in 0..14 {
        let at = format!("2024-11-18T{:02}:00", 8 + number % 10);
        list.push(event(
            &format!("lundi-{number}"),
            &format!("Portes ouvertes du lab nº {}", number + 1),
            &[&at],
            |p| {
                p.formats = [Format::Visit].into();
                p.regions = vec![region("FR-OCC")].into();
                p.mode = Some(Mode::Offline);
            },
        ));
    }
    list
}

pub fn head(stem: &'static str) -> Head {
    Head {
        id: Id::new("tag:programme.example,2024:programme").unwrap(),
        title: line(if stem == "feed" { "Ti Lab — événements" } else { "Mois de l’innovation publique" }),
        subtitle: Some(line("Tous les événements des laboratoires, chacun une seule fois.")),
        language: Language::new("fr").unwrap(),
        zone: Some(Zone::new("Europe/Paris").unwrap()),
        updated: "2024-11-05T09:00:00Z".parse().unwrap(),
        author: organiser("DITP"),
        base: address("https://programme.example/"),
        stem,
        licence: Some(Licence {
            href: address("https://www.etalab.gouv.fr/licence-ouverte-open-licence"),
            title: Some(line("Licence Ouverte 2.0")),
        }),
        rights: None,
        regions: Vec::new(),
        complete: true,
        hub: None,
    }
}

pub fn snapshot_of(stem: &'static str, events: Vec<Published>) -> Snapshot {
    let events = events.into_iter().map(Arc::new).collect();
    let slug = |text: &str| Slug::new(text).unwrap();
    let redirects = [
        (slug("ancien-nom"), slug("avant")),
        (slug("avant"), slug("journee-des-labs")),
        (slug("nulle-part"), slug("rien")),
    ];
    Snapshot::new(Feed { head: head(stem), events, tombstones: Vec::new() }, redirects)
}

pub fn snapshot() -> Snapshot {
    snapshot_of("programme", events())
}

pub fn site(snapshot: Snapshot) -> Site {
    let edition = |key: &str, title: &str, dates: Option<(Date, Date)>| Edition {
        key: line(key),
        title: line(title),
        starts: dates.map(|dates| dates.0),
        ends: dates.map(|dates| dates.1),
        deadline: None,
    };
    Site {
        current: Arc::new(Current::new(snapshot)),
        clock: Clock::Stopped(date(2024, 11, 6)),
        editions: vec![
            edition(
                "mip-2015",
                "Semaine de l’innovation publique 2015",
                Some((date(2015, 10, 12), date(2015, 10, 18))),
            ),
            edition("mip-2021", "Mois de l’innovation publique 2021", None),
            edition("mip-2022", "Mois de l’innovation publique 2022", None),
            edition(
                "mip-2024",
                "11ᵉ édition : inventer avec les usagers",
                Some((date(2024, 11, 4), date(2024, 11, 30))),
            ),
        ],
        home: None,
        refresh: None,
        hub: None,
        metrics: Default::default(),
        follower: None,
        theme: Default::default(),
    }
}
