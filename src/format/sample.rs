//! An event that says all that one can say, for the tests of every format.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::civil::Date;

use crate::event::*;
use crate::format::{Feed, Head};
use crate::programme::{Announced, Doubt, EntryKey, Evidence, Join, Published, Rule, Slug, SourceKey, Weighed};

/// What an attacker would write in every field.
pub const HOSTILE: &str = "x\r\nEND:VEVENT\nATTACH:evil\u{2028}BEGIN:VALARM\u{85}\u{b}SUMMARY:evil\\,;:\"^n^' \
     </script><script>alert(1)</script><!-- ]]> &amp; \u{202e}fin";
/// A meeting address that only the registered should have.
pub const SECRET: &str = "https://visio.example/secret-42";

pub fn line(text: &str) -> Line {
    Line::new(text).unwrap()
}

pub fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

pub fn timed(name: &str, start: &str, end: Option<&str>) -> Slot {
    let hours = Hours::new(moment(start), end.map(moment)).unwrap();
    Slot::new(Name::new(name).unwrap(), When::Timed(hours))
}

pub fn days(first: &str, last: &str) -> Days {
    let day = |text: &str| text.parse::<Date>().unwrap();
    Days::new(day(first), day(last)).unwrap()
}

pub fn day(name: &str, on: &str) -> Slot {
    Slot::new(Name::new(name).unwrap(), When::Day { days: days(on, on), duration: Minutes::new(90) })
}

pub fn address(text: &str) -> Address {
    Address::new(text).unwrap()
}

pub fn head() -> Head {
    Head {
        id: Id::new("tag:lab.example,2024:programme").unwrap(),
        title: line("Lab Exemple — événements"),
        subtitle: Some(line("Ce que fait le lab")),
        language: Language::new("fr").unwrap(),
        zone: Some(Zone::new("Europe/Paris").unwrap()),
        updated: "2024-11-12T08:30:00Z".parse().unwrap(),
        author: Organiser { name: line("Lab Exemple"), page: Some(address("https://lab.example/")), role: None },
        base: address("https://lab.example/"),
        stem: "feed",
        licence: Some(Licence { href: address("https://licence.example/ouverte"), title: None }),
        rights: Some(line("Licence Ouverte 2.0 — Lab Exemple, mise à jour le 12 novembre 2024")),
        regions: Vec::new(),
        complete: true,
        hub: None,
    }
}

pub fn feed(events: impl IntoIterator<Item = Published>) -> Feed {
    Feed { head: head(), events: events.into_iter().map(Arc::new).collect(), tombstones: Vec::new() }
}

pub fn parts(slug: &str, slots: Vec<Slot>) -> Parts {
    let id = Id::new(&format!("tag:lab.example,2024:evenement/{slug}")).unwrap();
    let mut parts = Parts::new(id, line("Atelier : l’eau"), "2024-11-08T16:12:00Z".parse().unwrap());
    parts.slots = slots.into();
    parts
}

pub fn published(parts: Parts) -> Published {
    let slug = parts.id.as_str().rsplit('/').next().unwrap();
    Published {
        slug: Slug::new(slug).unwrap(),
        event: Event::new(parts).unwrap(),
        uids: Box::default(),
        copies: Vec::new(),
        doubts: Vec::new(),
        voices: Default::default(),
    }
}

/// An event with every field, all of its words `said`.
pub fn full(said: &str) -> Published {
    let said = line(said);
    let some = || Some(said.clone());
    let slots = vec![
        timed("c1", "2024-11-19T10:00:00+01:00", Some("2024-11-19T11:30:00+01:00")),
        timed("c2", "2024-11-20T10:00:00+01:00", None),
        day("c3", "2024-11-27"),
    ];
    let mut parts = parts("eau-2044", slots);
    let place = Place {
        name: some(),
        street: some(),
        postcode: some(),
        locality: some(),
        country: Some(Country::new("FR").unwrap()),
        areas: vec![Area { scheme: line(Area::COMMUNE), code: line("69383"), label: some() }].into(),
        geo: Geo::new(45.7597, 4.852),
        foreign: Default::default(),
    };
    parts.slots.edit()[1].availability = Some(Availability::Full);
    parts.slots.edit()[2].place = Place { name: some(), ..Place::default() }.into();
    parts.title = said.clone();
    parts.summary = some();
    parts.body = Html::from_text(&format!("{said}\n\n{HOSTILE}"));
    parts.zone = Some(Zone::new("Europe/Paris").unwrap());
    parts.places = vec![place].into();
    parts.online = vec![
        Online {
            access: OnlineAccess::Registered,
            note: Some(line(&format!("Lien : {SECRET}"))),
            foreign: crate::event::Foreign::default(),
        },
        Online {
            access: OnlineAccess::Public(Some(address("https://direct.example/?a=1;b=,2"))),
            note: some(),
            foreign: crate::event::Foreign::default(),
        },
    ]
    .into();
    parts.previous = vec![Previous {
        slot: Some(Name::new("c1").unwrap()),
        when: Before::Days(days("2024-11-12", "2024-11-12")),
        foreign: Default::default(),
    }]
    .into();
    parts.mode = Some(Mode::Mixed);
    parts.organisers =
        vec![Organiser { name: said.clone(), page: Some(address("https://o.example/")), role: None }].into();
    parts.speakers = vec![Speaker { name: said.clone(), page: None, role: some(), affiliation: some() }].into();
    parts.formats = [Format::Workshop].into();
    parts.audiences = [Audience::PublicServants].into();
    parts.topics = vec![Term { code: said.clone(), label: some() }].into();
    parts.tags = vec![said.clone()].into();
    parts.regions = vec![RegionTerm { code: Region::new("FR-ARA").unwrap(), label: some() }].into();
    parts.editions = vec![Term { code: line("mip-2024"), label: some() }].into();
    parts.access =
        Some(Access { codes: [AccessCode::Motor].into(), note: some(), foreign: crate::event::Foreign::default() })
            .into();
    parts.series = vec![Series {
        id: Id::new(said.as_str()).unwrap(),
        title: some(),
        step: Step::new(NonZeroU32::new(2), NonZeroU32::new(3)).unwrap(),
        foreign: crate::event::Foreign::default(),
    }]
    .into();
    parts.registration = Some(Registration {
        href: Some(Contact::new("mailto:lab@lab.example?subject=a b,c").unwrap()),
        window: Window::new(None, Some(moment("2024-11-18T18:00:00+01:00"))).unwrap(),
        required: Some(true),
        free: Some(true),
        capacity: Capacity::new(Some(15), Some(1)).unwrap(),
        per: Some(Per::Slot),
        note: some(),
        foreign: crate::event::Foreign::default(),
    })
    .into();
    parts.notice = Some(Notice {
        since: moment("2024-11-08T17:00:00+01:00"),
        text: some(),
        foreign: crate::event::Foreign::default(),
    })
    .into();
    parts.resources = vec![Resource {
        href: address("https://lab.example/livret.pdf"),
        kind: ResourceKind::Report,
        media_type: Some(MediaType::new("application/pdf").unwrap()),
        length: Some(182_044),
        title: some(),
        foreign: crate::event::Foreign::default(),
    }]
    .into();
    parts.image = Some(Image {
        href: address("https://lab.example/i.png"),
        alt: said.clone(),
        media_type: None,
        length: None,
        foreign: crate::event::Foreign::default(),
    })
    .into();
    parts.licence = Some(Licence { href: address("https://licence.example/ouverte"), title: some() });
    parts.rights = some();
    parts.published = Some("2024-10-21T08:00:00Z".parse().unwrap());
    parts.sequence = 2;
    parts.assumed = [Name::new("tz").unwrap()].into();
    let mut published = published(parts);
    let entry = |source: &str| EntryKey { source: SourceKey::new(source).unwrap(), id: Id::new("tag:x,1:1").unwrap() };
    let copy = |source: &str, join: Option<Join>| Announced {
        key: entry(source),
        name: said.clone(),
        page: Some(address("https://o.example/1")),
        title: said.clone(),
        primary: join.is_none(),
        join,
    };
    let weighed = |evidence| Weighed { evidence, points: None };
    let evidence = vec![weighed(Evidence::Organiser { name: said.clone() }), weighed(Evidence::NoDay)];
    let join = Join { rule: Rule::Likeness, score: 910, evidence };
    published.copies = vec![copy("lab", None), copy("dreal", Some(join))];
    published.doubts = vec![Doubt::Drifted { entry: entry("dreal") }];
    published
}
