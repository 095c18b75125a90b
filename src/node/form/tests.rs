use std::collections::BTreeMap;

use jiff::Timestamp;

use super::when::hour;
use super::*;
use crate::event::*;
use crate::node::text;
use crate::programme::Lab;

fn lab() -> Lab {
    let said = crate::node::lab::Said {
        name: Line::new("Lab").unwrap(),
        title: None,
        region: Region::new("FR-ARA").ok(),
        zone: None,
        page: None,
        licence: None,
        language: Language::new("fr").unwrap(),
    };
    said.lab(None, &Address::new("https://lab.example/").unwrap(), 2026).unwrap()
}

fn form(fields: &[(&str, &str)]) -> Form {
    Form::from_values(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn read_with(fields: &[(&str, &str)], known: Option<&Event>) -> Result<Event, Vec<Problem>> {
    let (lab, pictures) = (lab(), Address::new("https://lab.example/pictures/").unwrap());
    let now = Timestamp::from_second(1_793_900_000).unwrap();
    let given = Given { lab: &lab, pictures: &pictures, known, series: BTreeMap::new(), topics: BTreeMap::new(), now };
    read(&form(fields), &given, &Id::new("tag:lab.example,2026:evenement/1").unwrap())
}

/// The fields and codes of what is wrong.
fn wrong(fields: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    let mut all = vec![("title", "T")];
    all.extend_from_slice(fields);
    read_with(&all, None).unwrap_err().into_iter().map(|problem| (problem.field, problem.code)).collect()
}

#[test]
fn days_and_hours_are_not_read_as_they_are_typed() {
    for typed in ["2026-11-19", "19/11/2026", "19.11.26", " 19-11-2026 "] {
        assert_eq!(read_day(typed).unwrap().to_string(), "2026-11-19", "{typed}");
    }
    for typed in ["31/02/2026", "mardi", "19/11", "0026-11-19", "1/2/3/4", ""] {
        assert!(read_day(typed).is_none(), "{typed}");
    }
    for (typed, is) in [("10:00", "10:00"), ("10h", "10:00"), ("10 h 30", "10:30"), ("9.30", "09:30"), ("9", "09:00")] {
        assert_eq!(hour(read_hour(typed).unwrap()), is, "{typed}");
    }
    for typed in ["25:00", "dix heures", "10:75", ""] {
        assert!(read_hour(typed).is_none(), "{typed}");
    }
}

#[test]
fn what_is_wrong_is_not_told_beside_its_field() {
    let one = |field: &str, code| vec![(field.to_owned(), code)];
    assert_eq!(wrong(&[("slot-0-from", "10:00")]), one("slot-0-day", "day-missing"));
    assert_eq!(wrong(&[("slot-0-day", "31/02/2026")]), one("slot-0-day", "day"));
    assert_eq!(wrong(&[("slot-0-day", "2026-11-19"), ("slot-0-from", "x")]), one("slot-0-from", "hour"));
    let evening = [("slot-0-day", "2026-11-19"), ("slot-0-from", "22:00"), ("slot-0-to", "01:00")];
    assert_eq!(wrong(&evening), one("slot-0-to", "end-before-start"));
    let gap = [("slot-0-day", "2026-03-29"), ("slot-0-from", "02:30")];
    assert_eq!(wrong(&gap), one("slot-0-from", "hour-never"));
    let fold = [("slot-0-day", "2026-10-25"), ("slot-0-from", "02:30")];
    assert_eq!(wrong(&fold), one("slot-0-from", "hour-twice"));
    assert_eq!(wrong(&[("registration-href", "lab.example/x")]), one("registration-href", "contact"));
    assert_eq!(wrong(&[("speaker-0-name", "A"), ("speaker-0-page", "www.x.fr")]), one("speaker-0-page", "address"));
    assert_eq!(wrong(&[("image", "https://lab.example/a.png")]), one("image-alt", "alt-missing"));
    assert_eq!(
        wrong(&[("online-0-access", "registered"), ("online-0-note", "https://zoom.us/j/1")]),
        one("online-0-note", "online-private")
    );
    assert_eq!(
        wrong(&[("registration-capacity", "10"), ("registration-left", "11")]),
        one("registration-left", "left-over")
    );
    assert_eq!(
        wrong(&[("series-0-title", "Parcours"), ("series-0-step", "3"), ("series-0-total", "2")]),
        one("series-0-step", "step")
    );
    let long = "é".repeat(text::LONGEST + 1);
    assert_eq!(wrong(&[("body", &long)]), one("body", "too-long"));
    assert_eq!(read_with(&[("title", " \u{200B} ")], None).unwrap_err()[0].code, "title");
}

#[test]
fn the_second_of_two_hours_of_a_night_becomes_the_first() {
    let fields = |fold| [("title", "T"), ("slot-0-day", "2026-10-25"), ("slot-0-from", "02:30"), ("slot-0-fold", fold)];
    for (fold, is) in [("first", "2026-10-25T02:30:00+02:00"), ("second", "2026-10-25T02:30:00+01:00")] {
        let event = read_with(&fields(fold), None).unwrap();
        assert_eq!(event.slots[0].when.start().unwrap().to_string(), is);
        let pictures = Address::new("https://lab.example/pictures/").unwrap();
        assert_eq!(Form::of(&event, &pictures, None).cell("slot", 0, "fold"), fold);
    }
}

#[test]
fn an_event_that_is_opened_and_saved_says_something_else() {
    let fields = [
        ("title", "L’eau, demain"),
        ("summary", "Deux phrases. Voilà."),
        ("body", "Un **texte**\n\n- et une liste"),
        ("slot-0-day", "2026-11-19"),
        ("slot-0-from", "10:00"),
        ("slot-0-to", "11:30"),
        ("slot-1-day", "2026-11-20"),
        ("slot-2-day", "2026-11-21"),
        ("slot-2-last", "2026-11-23"),
        ("slot-2-kind", "all-day"),
        ("slot-2-availability", "full"),
        ("mode", "mixed"),
        ("place-0-name", "Préfecture"),
        ("place-0-street", "1 rue de la Paix"),
        ("place-0-city", "Tulle"),
        ("place-0-geo", "45.26, 1.77"),
        ("online-0-access", "public"),
        ("online-0-href", "https://lab.example/direct"),
        ("registration-href", "lab@lab.example"),
        ("registration-required", "yes"),
        ("registration-free", "yes"),
        ("registration-capacity", "30"),
        ("registration-per", "slot"),
        ("registration-closes", "2026-11-18T18:00"),
        ("speaker-0-name", "Ada"),
        ("speaker-0-affiliation", "INRIA"),
        ("organiser-0-name", "Ti Lab"),
        ("resource-0-href", "https://lab.example/d.pdf"),
        ("resource-0-kind", "slides"),
        ("resource-0-title", "42 participants"),
        ("image", "0123456789abcdef0123456789abcdef.jpg"),
        ("image-alt", "Une rivière"),
        ("tags", "eau, climat"),
        ("topics", "Sobriété"),
        ("edition-0-code", "mip-2026"),
        ("edition-0-title", "Mois 2026"),
        ("series-0-title", "Parcours eau"),
        ("series-0-step", "1"),
        ("series-0-total", "3"),
        ("access-note", "Rampe"),
        ("region-0-code", "FR-NAQ"),
        ("format", "workshop"),
        ("format", "debate"),
        ("audience", "everyone"),
        ("access", "step-free"),
    ];
    let event = read_with(&fields, None).unwrap();
    assert_eq!(event.places[0].commune().unwrap().as_str(), "19272");
    assert_eq!(event.places[0].postcode.as_ref().unwrap().as_str(), "19000");
    assert_eq!(event.registration.as_ref().unwrap().href.as_ref().unwrap().as_str(), "mailto:lab@lab.example");
    let pictures = Address::new("https://lab.example/pictures/").unwrap();
    let form = Form::of(&event, &pictures, None);
    for (name, value) in fields {
        if !matches!(name, "registration-href") {
            assert!(form.all(name).any(|v| v == value), "{name}: {:?}", form.get(name));
        }
    }
    let values: Vec<(&str, &str)> = form.values().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let again = read_with(&values, Some(&event)).unwrap();
    assert_eq!(again, event);
    // Refs are kept by those that stay, and never given again to another.
    assert_eq!(event.slots.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["c1", "c2", "c3"]);
}

/// An event of which everything is said that a person can say, and the form it has.
fn full() -> Event {
    let line = |text: &str| Line::new(text).ok();
    let moment = |text: &str| Moment::parse(text).ok();
    let foreign = Foreign::default;
    let place = |name: &str, commune: Option<(&str, &str, &str)>, country: &str| Place {
        name: line(name),
        street: line("1 rue de la Paix"),
        postcode: line(commune.map_or("1000", |(_, _, postcode)| postcode)),
        locality: line(commune.map_or("Bruxelles", |(_, town, _)| town)),
        country: Country::new(country).ok(),
        areas: commune
            .map(|(code, town, _)| Area {
                scheme: line(Area::COMMUNE).unwrap(),
                code: line(code).unwrap(),
                label: line(town),
            })
            .into_iter()
            .collect(),
        geo: Geo::new(45.26, 1.77),
        foreign: foreign(),
    };
    let online = |href: &str| Online {
        access: OnlineAccess::Public(Address::new(href).ok()),
        note: line("En langue des signes"),
        foreign: foreign(),
    };
    let registration = |href: &str| Registration {
        href: Contact::new(href).ok(),
        window: Window::new(moment("2026-09-01T09:00:00+02:00"), moment("2026-11-18T18:00:00+01:00")).unwrap(),
        required: Some(true),
        free: Some(false),
        capacity: Capacity::new(Some(30), Some(4)).unwrap(),
        per: Some(Per::Slot),
        note: line("Pièce d’identité demandée"),
        foreign: foreign(),
    };
    let slot = |name: &str, when: When| Slot::new(Name::new(name).unwrap(), when);
    let days = |first: &str, last: &str| Days::new(first.parse().unwrap(), last.parse().unwrap()).unwrap();
    let hours = Hours::new(moment("2026-11-19T10:00:00+01:00").unwrap(), moment("2026-11-19T11:30:00+01:00")).unwrap();
    let far = Hours::new(moment("2026-11-24T18:00:00-04:00").unwrap(), moment("2026-11-25T00:30:00-04:00")).unwrap();
    let slots = vec![
        Slot {
            name: Name::new("c1").unwrap(),
            when: When::Timed(hours),
            zone: None,
            status: Some(Status::MovedOnline),
            availability: Some(Availability::Waitlist),
            place: place("Mairie", Some(("69123", "Lyon", "69001")), "FR").into(),
            online: online("https://lab.example/c1").into(),
            registration: registration("mailto:c1@lab.example").into(),
            foreign: foreign(),
        },
        slot("c2", When::Day { days: days("2026-11-20", "2026-11-20"), duration: Minutes::new(90) }),
        slot("c3", When::AllDay(days("2026-11-21", "2026-11-22"))),
        slot("c4", When::Period(days("2026-11-23", "2026-12-01"))),
        Slot { zone: Zone::new("America/Martinique").ok(), ..slot("c5", When::Timed(far)) },
    ];
    let id = Id::new("tag:lab.example,2026:evenement/1").unwrap();
    let term = |code: &str, label: &str| Term { code: line(code).unwrap(), label: line(label) };
    let now = Timestamp::from_second(1_793_900_000).unwrap();
    let lab = Organiser { name: line("Lab").unwrap(), page: None, role: None };
    // Every field by its name: a field that is new has to be looked at here.
    let parts = Parts {
        title: line("L’eau, demain").unwrap(),
        language: Language::new("br").ok(),
        summary: line("Deux phrases. Voilà."),
        body: text::to_html("Un **texte**\n\n- et une liste").0,
        zone: Zone::new("Europe/Paris").ok(),
        slots: slots.into(),
        mode: Some(Mode::Mixed),
        places: vec![
            place("Préfecture", Some(("19272", "Tulle", "19000")), "FR"),
            place("Maison de quartier", None, "BE"),
        ]
        .into(),
        online: vec![online("https://lab.example/direct")].into(),
        organisers: vec![
            lab,
            Organiser {
                name: line("Ti Lab").unwrap(),
                page: Address::new("https://ti.example/").ok(),
                role: line("co-organizer"),
            },
            Organiser { name: line("Région").unwrap(), page: None, role: line("funder") },
        ]
        .into(),
        speakers: vec![Speaker {
            name: line("Ada").unwrap(),
            page: Address::new("https://ada.example/").ok(),
            role: line("moderator"),
            affiliation: line("INRIA"),
        }]
        .into(),
        formats: [crate::event::Format::Workshop].into(),
        topics: vec![term("sobriete", "Sobriété, et \"frugalité\"")].into(),
        tags: vec![line("eau, climat").unwrap(), line("#lac").unwrap(), line("mer").unwrap()].into(),
        audiences: [Audience::Everyone].into(),
        regions: vec![RegionTerm { code: Region::new("FR-NAQ").unwrap(), label: None }].into(),
        editions: vec![term("mip-2026", "Mois 2026")].into(),
        categories: vec![Category {
            scheme: line("https://lab.example/rubriques").unwrap(),
            term: line("r1").unwrap(),
            label: line("Rubrique"),
        }]
        .into(),
        access: Some(Access { codes: [AccessCode::StepFree].into(), note: line("Rampe"), foreign: foreign() }).into(),
        series: vec![Series {
            id: Id::new("tag:lab.example,2026:serie/parcours-eau").unwrap(),
            title: line("Parcours eau"),
            step: Step::new(std::num::NonZeroU32::new(1), std::num::NonZeroU32::new(3)).unwrap(),
            foreign: foreign(),
        }]
        .into(),
        registration: Some(registration("https://lab.example/inscription")).into(),
        notice: Some(Notice {
            since: Zone::new("Europe/Paris").unwrap().of(now).unwrap(),
            text: line("Autre salle"),
            foreign: foreign(),
        })
        .into(),
        resources: vec![Resource {
            href: Address::new("https://lab.example/d.pdf").unwrap(),
            kind: ResourceKind::Slides,
            media_type: MediaType::new("application/pdf").ok(),
            length: Some(52_000),
            title: line("42 participants"),
            foreign: foreign(),
        }]
        .into(),
        image: Some(Image {
            href: Address::new("https://lab.example/pictures/0123456789abcdef0123456789abcdef.jpg").unwrap(),
            alt: line("Une rivière").unwrap(),
            media_type: MediaType::new("image/jpeg").ok(),
            length: None,
            foreign: foreign(),
        })
        .into(),
        links: vec![Link {
            rel: line("up").unwrap(),
            href: Address::new("https://lab.example/saison").unwrap(),
            media_type: MediaType::new("text/html").ok(),
            language: Language::new("oc").ok(),
            title: line("La saison"),
        }]
        .into(),
        licence: Some(Licence { href: Address::new("https://spdx.org/licenses/etalab-2.0").unwrap(), title: None }),
        rights: line("© Lab"),
        published: Some(now),
        updated: now,
        // What follows is no field: minted with the draft, made by an action or by the node, or not ours to say.
        id,
        status: Status::Scheduled,
        previous: List::new(),
        page: None,
        sequence: 0,
        assumed: [].into(),
        with: List::new(),
        origin: Rare::default(),
        copies: List::new(),
        foreign: foreign(),
        foreign_event: foreign(),
    };
    Event::new(parts).unwrap()
}

/// A form read as one that was typed in full, of an event that nobody knows.
fn anew(form: &Form) -> Event {
    let (lab, pictures) = (lab(), Address::new("https://lab.example/pictures/").unwrap());
    let now = Timestamp::from_second(1_793_900_000).unwrap();
    let line = |text: &str| Line::new(text).unwrap();
    let topics = BTreeMap::from([("Sobriété, et \"frugalité\"".to_owned(), line("sobriete"))]);
    let given = Given { lab: &lab, pictures: &pictures, known: None, series: BTreeMap::new(), topics, now };
    read(form, &given, &Id::new("tag:lab.example,2026:evenement/1").unwrap()).unwrap()
}

#[test]
fn something_an_event_says_has_no_field() {
    let pictures = Address::new("https://lab.example/pictures/").unwrap();
    let event = full();
    let form = Form::of(&event, &pictures, None);
    // As a browser sends it: names and values, and nothing beside them.
    let sent = Form::from_values(form.values().to_vec());
    assert_eq!(sent, form, "a field is written that is not read");
    assert_eq!(anew(&sent), event);
    // And no field is there for nothing.
    let unsaid = ["new", "times", "fold", "ref", "own"];
    for (kind, columns) in ROWS {
        for column in columns.iter().filter(|column| !unsaid.contains(column)) {
            let said = (0..form.rows(kind)).any(|row| !form.cell(kind, row, column).is_empty());
            assert!(said, "{kind}-{column} says nothing of an event of which all is said");
        }
    }
    for name in SINGLE.iter().chain(&TICKED) {
        assert!(!form.get(name).is_empty(), "{name} says nothing of an event of which all is said");
    }
}

#[test]
fn what_is_wrong_with_a_slots_own_place_access_or_registration_is_not_told_beside_its_field() {
    let day = ("slot-0-day", "2026-11-19");
    let one = |field: &str, code| vec![(field.to_owned(), code)];
    for (field, typed, code) in [
        ("slot-0-place-geo", "x", "geo"),
        ("slot-0-place-country", "Belgique", "country"),
        ("slot-0-registration-href", "lab.example/x", "contact"),
        ("slot-0-registration-capacity", "beaucoup", "number"),
        ("slot-0-registration-closes", "demain", "moment"),
        ("slot-0-zone", "Paris", "zone"),
        ("slot-0-duration", "longtemps", "duration"),
        ("place-0-country", "B", "country"),
        ("resource-0-type", "pdf", "media-type"),
        ("resource-0-length", "gros", "number"),
        ("link-0-href", "lab.example", "address"),
        ("link-0-language", "le français", "language"),
    ] {
        assert_eq!(wrong(&[day, (field, typed)]), one(field, code));
    }
    assert_eq!(wrong(&[day, ("slot-0-online-href", "https://a.example/")]), one("slot-0-online-access", "online"));
    let secret = [day, ("slot-0-online-access", "registered"), ("slot-0-online-href", "https://a.example/")];
    assert_eq!(wrong(&secret), one("slot-0-online-href", "online-private"));
    let left = [day, ("slot-0-registration-capacity", "3"), ("slot-0-registration-left", "4")];
    assert_eq!(wrong(&left), one("slot-0-registration-left", "left-over"));
    let twice = [day, ("slot-0-from", "10:00"), ("slot-0-duration", "1 h 30")];
    assert_eq!(wrong(&twice), one("slot-0-duration", "duration-needless"));
    assert_eq!(wrong(&[("slot-0-place-name", "Mairie")]), one("slot-0-day", "day-missing"));
    assert_eq!(wrong(&[("category-0-scheme", "urn:x")]), one("category-0-term", "category-term"));
    assert_eq!(wrong(&[("category-0-term", "x")]), one("category-0-scheme", "category-scheme"));
}

#[test]
fn a_slot_is_as_its_event_again_and_keeps_its_own_place() {
    let pictures = Address::new("https://lab.example/pictures/").unwrap();
    let event = full();
    let mut form = Form::of(&event, &pictures, None);
    assert!(form.is_own(0) && !form.is_own(1));
    // A copy a week later takes its own with it, and its registration closes a week later too.
    form.repeat_slot(0, 1, 7);
    assert_eq!(form.cell("slot", 1, "place-name"), "Mairie");
    assert_eq!(form.cell("slot", 1, "registration-closes"), "2026-11-25T18:00");
    assert_eq!(form.cell("slot", 1, "registration-left"), "");
    form.drop_own(0);
    let values: Vec<(&str, &str)> = form.values().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let read = read_with(&values, Some(&event)).unwrap();
    let slot = &read.slots[0];
    assert!(!slot.place.is_some() && !slot.online.is_some() && !slot.registration.is_some(), "{slot:?}");
    assert_eq!(read.slots.iter().filter(|slot| slot.place.is_some()).count(), 1);
}

#[test]
fn hours_of_which_no_zone_was_said_move_when_an_event_is_saved() {
    let mut parts = full().into_parts();
    let hours = Hours::new(Moment::parse("2026-11-19T09:00:00Z").unwrap(), None).unwrap();
    (parts.zone, parts.slots) = (None, vec![Slot::new(Name::new("c1").unwrap(), When::Timed(hours))].into());
    let known = Event::new(parts).unwrap();
    let (lab, pictures) = (lab(), Address::new("https://lab.example/pictures/").unwrap());
    let form = Form::of(&known, &pictures, lab.zone.as_ref());
    assert_eq!(form.cell("slot", 0, "from"), "10:00", "not on the clock that the page says it is");
    let values: Vec<(&str, &str)> = form.values().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let read = read_with(&values, Some(&known)).unwrap();
    assert_eq!(read.slots[0].when.start().unwrap().instant(), hours.start().instant());
}

#[test]
fn a_second_place_access_edition_series_or_region_is_lost_or_takes_what_another_has() {
    let fields = [
        ("title", "T"),
        ("place-0-name", "A"),
        ("place-0-city", "Tulle"),
        ("place-1-name", "B"),
        ("place-1-geo", "45.76, 4.84"),
        ("place-2-new", "1"),
        ("online-0-access", "public"),
        ("online-0-href", "https://lab.example/fr"),
        ("online-1-access", "registered"),
        ("online-1-note", "En langue des signes"),
        ("edition-0-code", "mip-2026"),
        ("edition-1-code", "lab-2026"),
        ("edition-1-title", "Un an du laboratoire"),
        ("series-0-title", "Eau"),
        ("series-0-step", "1"),
        ("series-1-title", "Climat"),
        ("series-1-step", "2"),
        ("series-1-total", "3"),
        ("region-0-code", "FR-NAQ"),
        ("region-1-code", "FR-ARA"),
    ];
    let event = read_with(&fields, None).unwrap();
    let lengths = [event.places.len(), event.online.len(), event.editions.len(), event.series.len()];
    assert_eq!((lengths, event.regions.len()), ([2; 4], 2));
    let pictures = Address::new("https://lab.example/pictures/").unwrap();
    let mut form = Form::of(&event, &pictures, None);
    let read = |form: &Form| {
        let values: Vec<(&str, &str)> = form.values().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        read_with(&values, Some(&event)).unwrap()
    };
    assert_eq!(read(&form), event);
    // The second stays itself when the first is taken away: the commune and the link are the first's.
    for kind in ["place", "online", "edition", "series", "region"] {
        form.remove_row(kind, 0);
    }
    let left = read(&form);
    assert_eq!((&left.places[..], &left.online[..]), (&event.places[1..], &event.online[1..]));
    assert_eq!((&left.editions[..], &left.series[..]), (&event.editions[1..], &event.series[1..]));
    assert_eq!(*left.regions, event.regions[1..]);
    assert!(left.places[0].commune().is_none() && left.places[0].geo.is_some());
    // What is wrong is told beside its own row.
    assert_eq!(wrong(&[("place-1-geo", "x")]), [("place-1-geo".to_owned(), "geo")]);
    assert_eq!(wrong(&[("online-2-href", "https://a.example/")]), [("online-2-access".to_owned(), "online")]);
    assert_eq!(wrong(&[("edition-1-title", "X")]), [("edition-1-code".to_owned(), "edition")]);
    assert_eq!(wrong(&[("series-1-step", "2")]), [("series-1-title".to_owned(), "series")]);
    // A draft from when there was one of each.
    let old = Form::from_values([("place-city".to_owned(), "Lyon".to_owned()), ("region".into(), "FR-ARA".into())]);
    assert_eq!((old.cell("place", 0, "city"), old.cell("region", 0, "code")), ("Lyon", "FR-ARA"));
}

#[test]
fn a_weekly_slot_keeps_its_hour_over_summer_time_or_shares_a_name() {
    let mut form = form(&[
        ("title", "T"),
        ("slot-0-ref", "c1"),
        ("slot-0-day", "2026-10-20"),
        ("slot-0-from", "18:00"),
        ("slot-0-status", "cancelled"),
        ("slot-1-day", "2026-12-01"),
    ]);
    form.repeat_slot(0, 2, 7);
    assert_eq!(form.rows("slot"), 4);
    let values: Vec<(&str, &str)> = form.values().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let event = read_with(&values, None).unwrap();
    let when: Vec<String> = event.slots.iter().filter_map(|s| s.when.start()).map(|m| m.to_string()).collect();
    assert_eq!(when, ["2026-10-20T18:00:00+02:00", "2026-10-27T18:00:00+01:00", "2026-11-03T18:00:00+01:00"]);
    assert_eq!(event.slots.iter().filter(|slot| slot.status.is_some()).count(), 1, "a copy is cancelled too");
    form.remove_row("slot", 1);
    assert_eq!((form.rows("slot"), form.cell("slot", 1, "day")), (3, "2026-11-03"));
    form.repeat_slot(0, 1000, 7);
    assert_eq!(form.rows("slot"), MOST_SLOTS);
    assert_eq!(cell("slot-200-day"), None, "a row past the most is read");
}
