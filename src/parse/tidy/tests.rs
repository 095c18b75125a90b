use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::event::foreign::{self, QName};
use crate::event::{Html, Image, Mode, Name, Organiser, Place, Resource, ResourceKind, Status, When};
use crate::programme::Severity;

fn hints() -> Hints {
    Hints {
        address: Address::new("https://lab.example/feed").ok(),
        language: None,
        zone: None,
        region: None,
        by_link: false,
        seen: "2026-11-22T08:00:00Z".parse::<Timestamp>().unwrap(),
    }
}

fn parts(title: &str) -> Parts {
    Parts::new(Id::new("e1").unwrap(), Line::new(title).unwrap(), Timestamp::UNIX_EPOCH)
}

fn reading(parts: Parts, level: Level) -> Reading {
    let event = Event::new(parts).unwrap();
    Reading { entries: vec![ReadEntry { event, level, raw: String::new() }], ..Reading::default() }
}

/// The entry once tidied, and the codes of what was found.
fn tidied(parts: Parts, level: Level) -> (Event, Vec<&'static str>) {
    let mut reading = reading(parts, level);
    tidy(&mut reading, &hints());
    let codes = reading.findings.iter().map(|finding| finding.code.as_str()).collect();
    (reading.entries.remove(0).event, codes)
}

fn address(text: &str) -> Address {
    Address::new(text).unwrap()
}

#[test]
fn a_link_that_tracks_or_leads_inside_is_given_on() {
    let mut parts = parts("Atelier");
    parts.page = Some(address("https://lab.example/e/1?utm_source=rss"));
    parts.registration = Some(Registration {
        href: Some(Contact::from(address("https://l.facebook.com/l.php?u=https%3A%2F%2Flab.example%2Finscription"))),
        ..Registration::default()
    })
    .into();
    let resource = |href: &str| Resource {
        href: address(href),
        kind: ResourceKind::Slides,
        media_type: None,
        length: None,
        title: None,
        foreign: Default::default(),
    };
    parts.resources =
        vec![resource("http://intranet/slides.pdf"), resource("https://lab.example/a.pdf?mc_cid=1")].into();
    parts.body = Html::clean(
        "<p><a href=\"https://lab.example/?a=1&amp;fbclid=2\">un</a> <a href=\"http://10.0.0.1/\">deux</a></p>",
        None,
    );
    let (event, codes) = tidied(parts, Level::N2);
    assert_eq!(event.page, Some(address("https://lab.example/e/1")));
    let registration = event.registration.as_ref().and_then(|registration| registration.href.as_ref());
    assert_eq!(registration.map(Contact::as_str), Some("https://lab.example/inscription"));
    assert_eq!(event.resources.iter().map(|r| r.href.as_str()).collect::<Vec<_>>(), ["https://lab.example/a.pdf"]);
    let body = event.body.as_ref().unwrap().as_str();
    assert_eq!(body, "<p><a href=\"https://lab.example/?a=1\" rel=\"noopener nofollow ugc\">un</a> deux</p>");
    assert_eq!(codes, ["tracking-removed", "bad-link"]);
}

#[test]
fn an_intranets_own_links_are_dropped() {
    let mut parts = parts("Atelier");
    parts.page = Some(address("http://127.0.0.1:8081/e/1"));
    let mut reading = reading(parts, Level::N2);
    tidy(&mut reading, &Hints { address: Address::new("http://127.0.0.1:8080/feed.atom").ok(), ..hints() });
    assert!(reading.entries[0].event.page.is_some() && reading.findings.is_empty());
}

#[test]
fn what_only_the_registered_should_know_is_told() {
    let room = "https://us02web.zoom.us/j/81234?pwd=x";
    let mut parts = parts("Atelier");
    parts.page = Some(address(room));
    parts.summary = Line::new(&format!("Rejoindre : {room} (code secret : 482913)")).ok();
    parts.body = Html::clean(&format!("<p><a href=\"{room}\">Rejoindre</a> Code : <b>tulipe</b></p>"), None);
    parts.online =
        vec![Online { access: OnlineAccess::Public(Some(address(room))), note: None, foreign: Default::default() }]
            .into();
    let (event, codes) = tidied(parts.clone(), Level::N1);
    let summary = "Rejoindre : [lien réservé aux inscrits] (code secret : [code masqué])";
    assert_eq!(event.summary.as_ref().map(Line::as_str), Some(summary));
    assert_eq!(event.body.as_ref().unwrap().as_str(), "<p>Rejoindre Code : <b>[code masqué]</b></p>");
    assert_eq!((event.page.as_ref(), &event.online[0].access), (None, &OnlineAccess::Registered));
    assert_eq!(codes, ["private-link"]);
    // Its author declares it open to everyone.
    let (event, codes) = tidied(parts.clone(), Level::N2);
    assert_eq!((&*event, codes), (&parts, Vec::new()));
}

#[test]
fn a_person_can_be_reached() {
    let mut parts = parts("Atelier, appeler le 06 12 34 56 78");
    parts.language = crate::event::Language::new("en").ok();
    parts.organisers = vec![
        Organiser { name: Line::new("marie.durand@lab.example").unwrap(), page: None, role: None },
        Organiser { name: Line::new("Le Hangar").unwrap(), page: None, role: None },
    ]
    .into();
    parts.body = Html::clean(
        "<p><a href=\"mailto:jean.petit@lab.example\">jean.petit@lab.example</a>, <a href=\"tel:+33561223344\">05 61 22 33 44</a></p>",
        None,
    );
    parts.registration =
        Some(Registration { href: Contact::new("mailto:jean.petit@lab.example").ok(), ..Registration::default() })
            .into();
    let (event, codes) = tidied(parts, Level::N2);
    assert_eq!(event.title.as_str(), "Atelier, appeler le [telephone hidden]");
    assert_eq!(event.organisers.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), ["Le Hangar"]);
    let landline = "<a href=\"tel:+33561223344\" rel=\"noopener nofollow ugc\">05 61 22 33 44</a>";
    assert_eq!(event.body.as_ref().unwrap().as_str(), format!("<p>[address hidden], {landline}</p>"));
    let registration = event.registration.as_ref().unwrap();
    assert_eq!((&registration.href, registration.note.as_ref().map(Line::as_str)), (&None, Some("[address hidden]")));
    assert_eq!(codes, ["personal-data"]);
    let role = Contact::new("mailto:inscription@lab.example").unwrap();
    let mut by_mail = self::parts("Atelier");
    by_mail.registration = Some(Registration { href: Some(role.clone()), ..Registration::default() }).into();
    let (event, codes) = tidied(by_mail, Level::N0);
    assert_eq!((event.registration.as_ref().unwrap().href.as_ref(), codes), (Some(&role), Vec::new()));
}

#[test]
fn an_extension_tells_what_the_fields_hide() {
    let mut parts = parts("Code");
    parts.summary = Line::new("https://zoom.us/j/1234 à 2026 mètres").ok();
    let name = |name: &str| QName { namespace: "urn:x".to_owned(), name: Name::new(name).unwrap() };
    let attributes = [(name("join"), "https://zoom.us/j/1234".to_owned())].into();
    let children = vec![foreign::Node::Text("06 12 34 56 78".to_owned())];
    let element = foreign::Element { name: name("meeting"), attributes, children };
    parts.foreign = foreign::Foreign::new(Default::default(), vec![element]);
    let (event, codes) = tidied(parts, Level::N1);
    let kept = serde_json::to_string(&event.foreign).unwrap();
    assert!(!kept.contains("zoom") && !kept.contains("12 34") && kept.contains("[téléphone masqué]"), "{kept}");
    assert_eq!(event.summary.as_ref().unwrap().as_str(), "[lien réservé aux inscrits] à 2026 mètres");
    assert_eq!(codes, ["private-link", "personal-data"]);
}

#[test]
fn a_finding_tells_what_the_programme_hides() {
    let mut reading = reading(parts("Atelier"), Level::N0);
    reading.findings.push(Finding::new(Code::MarkupInTitle, None, "<b>Atelier</b> 06 12 34 56 78"));
    tidy(&mut reading, &hints());
    assert_eq!(reading.findings[0].detail, "<b>Atelier</b> [téléphone masqué]");
}

#[test]
fn a_feed_as_a_whole_is_not_looked_at() {
    let entry = |n: u32, title: &str, day: &str, licence: Option<&str>| {
        let mut parts =
            Parts::new(Id::new(&format!("lab-{n}")).unwrap(), Line::new(title).unwrap(), Timestamp::UNIX_EPOCH);
        let day = day.parse().unwrap();
        let when = When::Day { days: crate::event::Days::new(day, day).unwrap(), duration: None };
        parts.slots = vec![Slot::new(Name::new("c1").unwrap(), when)].into();
        parts.licence = licence.map(|href| crate::event::Licence { href: address(href), title: None });
        ReadEntry { event: Event::new(parts).unwrap(), level: Level::N1, raw: String::new() }
    };
    let weekly = |n: u32| entry(n, "Permanence", &format!("2026-11-{:02}", 10 + 7 * n), None);
    let old = |n: u32| entry(10 + n, &format!("Ancien {n}"), &format!("2024-11-{:02}", 3 * n + 1), None);
    let codes = |entries: Vec<ReadEntry>, complete: bool, licence: Option<&str>| {
        let mut reading = Reading { entries, ..Reading::default() };
        reading.feed.complete = complete;
        reading.feed.licence = licence.map(|href| crate::event::Licence { href: address(href), title: None });
        tidy(&mut reading, &hints());
        reading.findings.iter().map(|f| format!("{} {}", f.code.as_str(), f.detail)).collect::<Vec<_>>()
    };
    assert_eq!(codes((0..3).map(weekly).collect(), false, None), ["perhaps-one-series Permanence (3)"]);
    assert_eq!(codes((0..2).map(weekly).collect(), false, None), Vec::<String>::new());
    assert_eq!(codes((0..6).map(old).collect(), false, None), ["old-entries 6"]);
    assert_eq!(codes(vec![entry(1, "Un", "2026-11-24", None)], true, None), ["licence-missing "]);
    let (mine, other) = ("https://licence.example/1", "https://licence.example/2");
    assert_eq!(codes(vec![entry(1, "Un", "2026-11-24", Some(mine))], true, Some(mine)), Vec::<String>::new());
    assert_eq!(
        codes(vec![entry(1, "Un", "2026-11-24", Some(other))], true, Some(mine)),
        [format!("licence-disagrees {other}")]
    );
}

#[test]
fn the_sources_region_is_said_for_each_entry() {
    let mut reading = reading(parts("Un"), Level::N1);
    let mut second = parts("Deux");
    second.id = Id::new("e2").unwrap();
    reading.entries.push(ReadEntry { event: Event::new(second).unwrap(), level: Level::N1, raw: String::new() });
    tidy(&mut reading, &Hints { region: crate::event::Region::new("FR-BRE").ok(), ..hints() });
    let found: Vec<_> = reading.findings.iter().map(|f| (f.code, f.detail.as_str())).collect();
    assert_eq!(found, [(Code::RegionAssumed, "2")]);
    assert!(reading.entries.iter().all(|entry| entry.event.regions[0].code.as_str() == "FR-BRE"));
}

/// What labs write, and what should not be given on.
const PIECES: &[&str] = &[
    "Atelier ",
    " 06 12 34 56 78 ",
    " marie.durand@lab.example ",
    " https://us02web.zoom.us/j/81234?pwd=x ",
    " us02web.zoom.us/j/81234 ",
    " Code secret : 482913 ",
    "Mot de passe : ",
    " tulipe9 ",
    "[Annulé] ",
    "En ligne",
    " + ",
    ", ",
    "31500 Toulouse",
    "12 rue des Lilas",
    "Complet",
    " - ",
    " : ",
    " https://lab.example/?utm_source=x ",
    "<b>",
    "</b>",
    "<a href=\"http://localhost/\">",
    "<a href=\"https://meet.google.com/abc-defg-hij\">",
    "<a href=\"https://lab.example/?utm_medium=x&amp;a=1\">",
    "<a href=\"mailto:marie.durand@lab.example\">",
    "</a>",
    "<img src=\"https://x.example/i.png\" alt=\" 06 12 34 56 78 \">",
    "<p>",
    "<script>",
    "</script>",
    "é",
    "\u{a0}",
    "(",
    ")",
    " et en ligne",
    "Salle B",
    " France",
    "0",
    "/",
    "@",
    "&",
    " 812 3456 7890 ",
    "ID de réunion ",
    "webinaire",
    "<li>",
];

fn words() -> impl Strategy<Value = String> {
    vec(prop_oneof![8 => select(PIECES).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)], 1..12)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn tidying_twice_is_not_tidying_once(
        title in words(),
        summary in words(),
        body in words(),
        place in words(),
        name in words(),
        geo in proptest::option::of((-90.0f64..=90.0, -180.0f64..=180.0)),
        level in select(vec![Level::N0, Level::N1, Level::N2]),
        status in select(Status::ALL),
        mode in proptest::option::of(select(Mode::ALL)),
        region in proptest::option::of(select(vec!["75", "FR-31", "Occitanie", "?"])),
    ) {
        let Ok(title) = Line::new(&title) else { return Ok(()) };
        let mut parts = Parts::new(Id::new("e1").unwrap(), title, Timestamp::UNIX_EPOCH);
        (parts.status, parts.mode) = (status, mode);
        parts.summary = Line::new(&summary).ok();
        parts.body = Html::clean(&body, None);
        let geo = geo.and_then(|(lat, lon)| crate::event::Geo::new(lat, lon));
        parts.places = vec![Place { name: Line::new(&place).ok(), geo, ..Place::default() }].into();
        parts.organisers.extend(Line::new(&name).ok().map(|name| Organiser { name, page: None, role: None }));
        parts.image = Line::new(&name).ok().map(|alt| Image {
            href: address("https://lab.example/a.png?utm_source=x"),
            alt,
            media_type: None,
            length: None,
            foreign: Default::default(),
        }).into();
        let scheme = Line::new(crate::format::atom::REGION_SCHEME).unwrap();
        parts.categories.extend(region.and_then(|term| Some(crate::event::Category {
            scheme,
            term: Line::new(term).ok()?,
            label: None,
        })));
        let mut once = reading(parts, level);
        tidy(&mut once, &hints());
        let mut twice = Reading { findings: Vec::new(), ..once.clone() };
        tidy(&mut twice, &hints());
        prop_assert_eq!(&once.entries, &twice.entries);
        prop_assert!(twice.findings.iter().all(|f| f.code.severity() == Severity::Note), "{:?}", twice.findings);
        let event = &once.entries[0].event;
        let links = event.body.as_ref().map_or("", Html::as_str);
        prop_assert!(!links.contains("\"http://localhost") && !links.contains("=\"https://lab.example/?utm_"), "{}", links);
        let shown = serde_json::to_string(event).unwrap();
        for private in ["zoom.us/j", "\"https://meet.google.com/", " 06 12 34 56 78 ", " marie.durand@", ": 482913"] {
            prop_assert!(!shown.contains(private), "{} in {}", private, shown);
        }
    }
}
