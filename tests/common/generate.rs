//! Events of every shape that the model allows, for properties: every field now absent, now ordinary, now hostile.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use essaim::event::foreign::{Element, Node, QName};
use essaim::event::*;
use essaim::format::{Feed, Head};
use essaim::programme::{Published, Slug};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use proptest::collection::{btree_set, vec};
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;

/// What labs write, and what those write who wish us ill.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "]]></content></entry><entry>",
    "\" onmouseover=\"x",
    "&amp;lt;b&gt; &eacute; &#0;",
    "a\r\nBEGIN:VEVENT\r\nUID:x",
    "\u{202E}abc\u{2066}",
    "\u{0}\u{b}\u{c}\u{fffe}\u{ffff}x",
    "[Annulé] [Annulé] x",
    "[Complet] y",
    "[Cancelled] z",
    "l’eau\u{a0}: « été » œuvre",
    "ﷺ العربية 日本語 👩‍👩‍👧",
    "\u{85}\u{2028}x",
    "--><!-- x",
    "<![CDATA[ x ]]>",
    "{{7*7}} ${x} %s \\n \\; , ;",
    "   espaces   multiples\t\n ",
];

fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => "[A-Za-zéèàç’ :,.()0-9-]{1,40}",
        2 => select(HOSTILE).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (select(HOSTILE), any::<String>()).prop_map(|(a, b)| format!("{a}{b}")),
    ]
    .boxed()
}

fn line() -> BoxedStrategy<Line> {
    text().prop_filter_map("empty", |t| Line::new(&t).ok()).boxed()
}

fn id() -> BoxedStrategy<Id> {
    prop_oneof![
        3 => "tag:[a-z]{1,8}\\.example,20[0-9]{2}:[a-z0-9/-]{1,20}".prop_filter_map("id", |t| Id::new(&t).ok()),
        1 => text().prop_filter_map("empty", |t| Id::new(&t).ok()),
    ]
    .boxed()
}

fn address() -> BoxedStrategy<Address> {
    ("[a-z]{1,8}", select(vec!["", "/é?a=1&b=<x>", "/a b#\"c\"", "/%00/../x", "/;,'"]), 0..1000u32)
        .prop_filter_map("address", |(host, path, n)| Address::new(&format!("https://{host}.example/{n}{path}")).ok())
        .boxed()
}

fn contact() -> BoxedStrategy<Contact> {
    prop_oneof![
        3 => address().prop_map(Contact::from),
        1 => Just("mailto:lab@lab.example?subject=a%20b").prop_filter_map("contact", |t| Contact::new(t).ok()),
        1 => Just("tel:+33100000000").prop_filter_map("contact", |t| Contact::new(t).ok()),
    ]
    .boxed()
}

fn language() -> BoxedStrategy<Language> {
    select(vec!["fr", "en", "fr-CA", "oc", "br"]).prop_filter_map("language", |t| Language::new(t).ok()).boxed()
}

fn name() -> BoxedStrategy<Name> {
    select(vec!["c1", "c2", "créneau-3", "_x", "matin.1"]).prop_filter_map("name", |t| Name::new(t).ok()).boxed()
}

fn zone() -> BoxedStrategy<Zone> {
    select(vec!["Europe/Paris", "Indian/Reunion", "America/Miquelon", "Pacific/Noumea", "Asia/Kolkata"])
        .prop_filter_map("zone", |t| Zone::new(t).ok())
        .boxed()
}

fn date() -> BoxedStrategy<Date> {
    (2001i16..2060, 1i8..=12, 1i8..=28).prop_filter_map("date", |(y, m, d)| Date::new(y, m, d).ok()).boxed()
}

fn wall() -> BoxedStrategy<DateTime> {
    (date(), 0i8..24, 0i8..60, 0i8..60).prop_map(|(day, h, m, s)| day.at(h, m, s, 0)).boxed()
}

fn days() -> BoxedStrategy<Days> {
    (date(), 0i32..40)
        .prop_filter_map("days", |(first, more)| {
            Days::new(first, first.checked_add(jiff::Span::new().days(more)).ok()?).ok()
        })
        .boxed()
}

fn moment() -> BoxedStrategy<Moment> {
    (wall(), -14 * 60i32..=14 * 60)
        .prop_filter_map("moment", |(wall, minutes)| {
            Moment::new(wall, jiff::tz::Offset::from_seconds(minutes * 60).ok()?).ok()
        })
        .boxed()
}

fn timed(zone: Option<Zone>) -> BoxedStrategy<Hours> {
    (wall(), of(1i64..5_000), moment())
        .prop_filter_map("hours", move |(wall, minutes, free)| {
            let start = match &zone {
                Some(zone) => zone.at(wall)?,
                None => free,
            };
            let end = minutes.and_then(|minutes| {
                let at = start.instant().checked_add(jiff::SignedDuration::from_mins(minutes)).ok()?;
                let offset = zone.as_ref().map_or(start.offset(), |zone| zone.rules().to_offset(at));
                Moment::new(offset.to_datetime(at), offset).ok()
            });
            Hours::new(start, end).ok()
        })
        .boxed()
}

fn when(zone: Option<Zone>) -> BoxedStrategy<When> {
    prop_oneof![
        4 => timed(zone).prop_map(When::Timed),
        2 => (days(), of(1u32..3_000)).prop_map(|(days, m)| When::Day { days, duration: m.and_then(Minutes::new) }),
        1 => days().prop_map(When::AllDay),
        1 => days().prop_map(When::Period),
    ]
    .boxed()
}

fn attributes() -> BoxedStrategy<BTreeMap<QName, String>> {
    let namespace = select(vec!["urn:x", "http://purl.org/dc/terms/", "https://w3id.org/essaim/event/1"]);
    let pair = (namespace, name(), text()).prop_map(|(n, name, v)| (QName { namespace: n.to_owned(), name }, v));
    vec(pair, 0..3).prop_map(|pairs| pairs.into_iter().collect()).boxed()
}

fn element() -> BoxedStrategy<Element> {
    let qname = (select(vec!["", "urn:x", "urn:y&z", "\"<not a uri>"]), name())
        .prop_map(|(namespace, name)| QName { namespace: namespace.to_owned(), name });
    let leaf = (qname, attributes(), weighted(0.5, text())).prop_map(|(name, attributes, text)| Element {
        name,
        attributes,
        children: text.into_iter().map(Node::Text).collect(),
    });
    leaf.prop_recursive(3, 8, 3, |inner| {
        let node = prop_oneof![inner.clone().prop_map(Node::Element), text().prop_map(Node::Text)];
        (inner, vec(node, 0..4)).prop_map(|(mut element, children)| {
            element.children = children;
            element
        })
    })
    .boxed()
}

fn foreign(elements: usize) -> BoxedStrategy<Foreign> {
    prop_oneof![
        3 => Just(Foreign::default()),
        1 => (attributes(), vec(element(), 0..=elements)).prop_map(|(a, e)| Foreign::new(a, e)),
    ]
    .boxed()
}

fn html() -> BoxedStrategy<Html> {
    let pieces = select(vec![
        "<p>",
        "</p>",
        "<br>",
        "<ul><li>",
        "</li></ul>",
        "<a href=\"https://x.example/?a=1&b=2\">",
        "</a>",
        "<b>",
        "</i>",
        "<i>",
        "<table><tr><td>",
        "</table>",
        "<h1>",
        "</h1>",
        "<pre>\n",
        "<img src=\"https://x.example/i.png\" alt=\"a\nb\">",
        "<div>",
        "</div>",
        "<time datetime=\"2024-11-19\">",
        "</time>",
        "&nbsp;",
        "&",
        "<",
        "texte",
        "<blockquote>",
        "<q>",
        "<svg>",
        "<script>",
        "<p lang=\"en\">",
        "<dl><dt>",
        "<dd>",
        "\n",
        " ",
        "\u{b}",
        "<p class=\"p-summary\">",
    ]);
    prop_oneof![
        3 => vec(prop_oneof![3 => pieces.prop_map(str::to_owned), 1 => text()], 1..16).prop_map(|p| p.concat()),
        1 => text(),
    ]
    .prop_filter_map("empty", |markup| Html::clean(&markup, None))
    .boxed()
}

fn place() -> BoxedStrategy<Place> {
    let geo = of((-90.0f64..=90.0, -180.0f64..=180.0)).prop_map(|g| g.and_then(|(lat, lon)| Geo::new(lat, lon)));
    let area = (select(vec![Area::COMMUNE, "nuts", "x y"]), line(), of(line()))
        .prop_filter_map("area", |(scheme, code, label)| Some(Area { scheme: Line::new(scheme).ok()?, code, label }));
    (of(line()), of(line()), of(line()), of(line()), any::<bool>(), vec(area, 0..2), geo, foreign(1))
        .prop_map(|(name, street, postcode, locality, country, areas, geo, foreign)| Place {
            name,
            street,
            postcode,
            locality,
            country: country.then(|| Country::new("FR").ok()).flatten(),
            areas: areas.into(),
            geo,
            foreign,
        })
        .boxed()
}

fn online() -> BoxedStrategy<Online> {
    let access = prop_oneof![of(address()).prop_map(OnlineAccess::Public), Just(OnlineAccess::Registered)];
    (access, of(line()), foreign(0)).prop_map(|(access, note, foreign)| Online { access, note, foreign }).boxed()
}

fn registration() -> BoxedStrategy<Registration> {
    let window = (of(moment()), of(moment()))
        .prop_filter_map("window", |(a, b)| Window::new(a, b).or_else(|| Window::new(b, a)));
    let capacity = (of(0u32..500), of(0u32..500))
        .prop_filter_map("capacity", |(a, b)| Capacity::new(a, b).or_else(|| Capacity::new(b, a)));
    let per = of(select(Per::ALL));
    (of(contact()), window, of(any::<bool>()), of(any::<bool>()), capacity, per, of(line()), foreign(0))
        .prop_map(|(href, window, required, free, capacity, per, note, foreign)| Registration {
            href,
            window,
            required,
            free,
            capacity,
            per,
            note,
            foreign,
        })
        .boxed()
}

fn slot(zone_of_event: Option<Zone>) -> BoxedStrategy<Slot> {
    weighted(0.2, zone())
        .prop_flat_map(move |own| {
            let effective = own.clone().or_else(|| zone_of_event.clone());
            (
                name(),
                when(effective),
                Just(own),
                weighted(0.3, select(Status::ALL)),
                weighted(0.3, select(Availability::ALL)),
                weighted(0.2, place()),
                weighted(0.2, online()),
                weighted(0.2, registration()),
                foreign(1),
            )
                .prop_map(
                    |(name, when, zone, status, availability, place, online, registration, foreign)| Slot {
                        name,
                        when,
                        zone,
                        status,
                        availability,
                        place: place.into(),
                        online: online.into(),
                        registration: registration.into(),
                        foreign,
                    },
                )
        })
        .boxed()
}

fn term() -> BoxedStrategy<Term> {
    (line(), of(line())).prop_map(|(code, label)| Term { code, label }).boxed()
}

fn licence() -> BoxedStrategy<Licence> {
    (address(), of(line())).prop_map(|(href, title)| Licence { href, title }).boxed()
}

fn media_type() -> BoxedStrategy<MediaType> {
    select(vec!["application/pdf", "image/png", "video/mp4"])
        .prop_filter_map("type", |t| MediaType::new(t).ok())
        .boxed()
}

fn instant() -> BoxedStrategy<Timestamp> {
    (1_000_000_000i64..1_780_000_000).prop_filter_map("instant", |s| Timestamp::from_second(s).ok()).boxed()
}

/// An event of any shape.
pub fn event() -> BoxedStrategy<Event> {
    let organiser = (line(), of(address()), of(Just("co-organizer"))).prop_map(|(name, page, role)| Organiser {
        name,
        page,
        role: role.and_then(|r| Line::new(r).ok()),
    });
    let speaker = (line(), of(address()), of(line()), of(line())).prop_map(|(name, page, role, affiliation)| Speaker {
        name,
        page,
        role,
        affiliation,
    });
    let series = (id(), of(line()), of(1u32..9), of(1u32..9), foreign(0)).prop_filter_map(
        "series",
        |(id, title, position, total, foreign)| {
            let (position, total) = (position.and_then(NonZeroU32::new), total.and_then(NonZeroU32::new));
            let step = Step::new(position, total).or_else(|| Step::new(total, position))?;
            Some(Series { id, title, step, foreign })
        },
    );
    let resource =
        (address(), select(ResourceKind::ALL), of(media_type()), of(0u64..9_000_000), of(line()), foreign(0)).prop_map(
            |(href, kind, media_type, length, title, foreign)| Resource {
                href,
                kind,
                media_type,
                length,
                title,
                foreign,
            },
        );
    let image = (address(), line(), of(media_type()), of(0u64..9_000_000), foreign(0))
        .prop_map(|(href, alt, media_type, length, foreign)| Image { href, alt, media_type, length, foreign });
    let link = (
        select(vec!["up", "https://rel.example/x", "describedby"]),
        address(),
        of(media_type()),
        of(language()),
        of(line()),
    )
        .prop_filter_map("link", |(rel, href, media_type, language, title)| {
            Some(Link { rel: Line::new(rel).ok()?, href, media_type, language, title })
        });
    let category = (select(vec!["urn:scheme", "https://w3id.org/essaim/vocab/nouveau"]), line(), of(line()))
        .prop_filter_map("category", |(scheme, term, label)| {
            Some(Category { scheme: Line::new(scheme).ok()?, term, label })
        });
    let region = (select(vec!["FR-ARA", "FR-974", "BE-BRU"]), of(line()))
        .prop_filter_map("region", |(code, label)| Some(RegionTerm { code: Region::new(code).ok()?, label }));
    let access = (btree_set(select(AccessCode::ALL), 0..3), of(line()), foreign(0))
        .prop_map(|(codes, note, foreign)| Access { codes, note, foreign });
    let notice = (moment(), of(line()), foreign(0)).prop_map(|(since, text, foreign)| Notice { since, text, foreign });
    let with = (id(), id(), of(line()), foreign(0)).prop_map(|(source, event, name, foreign)| With {
        source,
        event,
        name,
        foreign,
    });
    let copy = (id(), id(), of(address()), foreign(0)).prop_map(|(source, id, href, foreign)| Copy {
        source,
        id,
        href,
        foreign,
    });
    let origin = (of(id()), of(line()), of(instant()), of(address()), of(licence()), of(line()))
        .prop_map(|(id, title, updated, feed, licence, rights)| Origin { id, title, updated, feed, licence, rights });
    let before = prop_oneof![timed(None).prop_map(Before::Timed), days().prop_map(Before::Days)];
    let previous = (of(name()), before, foreign(1)).prop_map(|(slot, when, foreign)| Previous { slot, when, foreign });

    let words = (id(), line(), of(language()), of(line()), of(html())).boxed();
    let time = (of(zone()).prop_flat_map(move |zone| (Just(zone.clone()), vec(slot(zone), 0..4)))).boxed();
    let state =
        (select(Status::ALL), vec(previous, 0..2), of(select(Mode::ALL)), instant(), of(0i64..9_000_000), 0u32..9)
            .boxed();
    let place = (vec(place(), 0..2), vec(online(), 0..2), of(access), of(registration()), of(notice)).boxed();
    let people = (vec(organiser, 0..3), vec(speaker, 0..3)).boxed();
    let facets = (
        btree_set(select(Format::ALL), 0..3),
        vec(term(), 0..3),
        vec(line(), 0..3),
        btree_set(select(Audience::ALL), 0..2),
        vec(region, 0..2),
        vec(term(), 0..2),
        vec(category, 0..2),
        vec(series, 0..2),
    )
        .boxed();
    let links = (vec(resource, 0..3), of(image), of(address()), vec(link, 0..2), of(licence()), of(line())).boxed();
    let provenance =
        (vec(with, 0..2), of(origin), vec(copy, 0..2), btree_set(name(), 0..2), vec(element(), 0..2), foreign(2))
            .boxed();
    (words, time, state, place, people, facets, links, provenance)
        .prop_filter_map("parts that agree", |(words, time, state, place, people, facets, links, provenance)| {
            let mut parts = Parts::new(words.0, words.1, state.3);
            (parts.language, parts.summary, parts.body) = (words.2, words.3, words.4);
            (parts.zone, parts.slots) = (time.0, time.1.into());
            let mut names = BTreeSet::new();
            parts.slots.edit().retain(|slot| names.insert(slot.name.clone()));
            (parts.status, parts.previous, parts.mode) = (state.0, state.1.into(), state.2);
            parts.published = state.4.and_then(|s| Timestamp::from_second(parts.updated.as_second() - s).ok());
            parts.sequence = state.5;
            (parts.places, parts.online) = (place.0.into(), place.1.into());
            (parts.access, parts.registration, parts.notice) = (place.2.into(), place.3.into(), place.4.into());
            (parts.organisers, parts.speakers) = (people.0.into(), people.1.into());
            (parts.formats, parts.topics) = (facets.0, facets.1.into());
            (parts.tags, parts.audiences) = (facets.2.into(), facets.3);
            (parts.regions, parts.editions) = (facets.4.into(), facets.5.into());
            (parts.categories, parts.series) = (facets.6.into(), facets.7.into());
            (parts.resources, parts.image) = (links.0.into(), links.1.into());
            (parts.page, parts.links) = (links.2, links.3.into());
            (parts.licence, parts.rights) = (links.4, links.5);
            (parts.with, parts.origin) = (provenance.0.into(), provenance.1.into());
            (parts.copies, parts.assumed) = (provenance.2.into(), provenance.3);
            parts.foreign = Foreign::new(BTreeMap::new(), provenance.4);
            parts.foreign_event = provenance.5;
            Event::new(parts).ok()
        })
        .boxed()
}

/// A feed of these events, as a node would publish it.
pub fn feed(events: Vec<Event>) -> Feed {
    let line = |t: &str| Line::new(t).expect("a line");
    let published = events.into_iter().enumerate().map(|(n, event)| {
        let slug = Slug::new(&format!("e{n}")).expect("a slug");
        Arc::new(Published {
            event,
            slug,
            uids: Box::default(),
            copies: Vec::new(),
            doubts: Vec::new(),
            voices: Default::default(),
        })
    });
    Feed {
        head: Head {
            id: Id::new("tag:lab.example,2026:programme").expect("an id"),
            title: line("Lab <Exemple> & co"),
            subtitle: Some(line("Les événements du lab")),
            language: Language::new("fr").expect("a language"),
            zone: Zone::new("Europe/Paris").ok(),
            updated: Timestamp::from_second(1_790_000_000).expect("an instant"),
            author: Organiser { name: line("Lab Exemple"), page: None, role: None },
            base: Address::new("https://lab.example/").expect("an address"),
            stem: "feed",
            licence: None,
            rights: None,
            regions: Vec::new(),
            complete: true,
            hub: Address::new("https://lab.example/hub").ok(),
        },
        events: published.collect(),
        tombstones: Vec::new(),
    }
}
