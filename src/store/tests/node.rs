//! What a node keeps: nothing is lost, nothing is overwritten.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::num::NonZeroU32;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{at, event, id, line, on_both, save};
use crate::event::foreign::{Element, Node, QName};
use crate::event::*;
use crate::programme::{Kept, Lab, Slug};
use crate::store::{Error, Save, Store};

/// What people and programs put where it hurts.
const HOSTILE: &[&str] = &[
    "'; DROP TABLE kept; --",
    "\"$1\" \\ %s {} \\u0000 \\x00",
    "<script>alert(1)</script>&amp;&#0;",
    "Été\u{A0}! \u{202E}retourné\u{202C} 👩‍👩‍👧 ﷽ İı \u{10FFFD}",
    "NULL",
    "line\none\r\ntwo\u{0}\u{8}",
];

fn hostile() -> Vec<Line> {
    HOSTILE.iter().map(|text| line(text)).collect()
}

/// An event that says something in every field.
fn rich() -> Event {
    let words = hostile();
    let word = |n: usize| Some(words[n % words.len()].clone());
    let address = |path: &str| Address::new(&format!("https://lab.example/{path}?q='\"é#%00")).unwrap();
    let term = |code: &str| Term { code: line(code), label: word(0) };
    let qname = |name: &str| QName { namespace: "urn:x".to_owned(), name: Name::new(name).unwrap() };
    let inner =
        Element { name: qname("in"), attributes: BTreeMap::new(), children: vec![Node::Text(HOSTILE[2].into())] };
    let outer = Element {
        name: qname("out"),
        attributes: BTreeMap::from([(qname("a"), HOSTILE[1].to_owned())]),
        children: vec![Node::Element(inner), Node::Text(HOSTILE[3].into())],
    };
    let foreign = Foreign::new(BTreeMap::from([(qname("b"), HOSTILE[0].to_owned())]), vec![outer]);
    let moment = |text: &str| Moment::parse(text).unwrap();
    let hours = Hours::new(moment("2026-11-19T10:00:00+01:00"), Some(moment("2026-11-19T12:00:00+01:00"))).unwrap();
    let place = Place {
        name: word(0),
        street: word(1),
        postcode: word(2),
        locality: word(3),
        country: Some(Country::new("FR").unwrap()),
        areas: vec![Area { scheme: line(Area::COMMUNE), code: line("2A004"), label: word(4) }].into(),
        geo: Geo::new(-48.123_456, 2.5),
        foreign: foreign.clone(),
    };
    let registration = Registration {
        href: Some(Contact::new("mailto:l'ab@lab.example").unwrap()),
        window: Window::new(Some(moment("2026-10-01T00:00:00Z")), Some(moment("2026-11-01T00:00:00Z"))).unwrap(),
        required: Some(true),
        free: Some(false),
        capacity: Capacity::new(Some(u32::MAX), Some(0)).unwrap(),
        per: Some(Per::Slot),
        note: word(5),
        foreign: crate::event::Foreign::default(),
    };
    let name = |text: &str| Name::new(text).unwrap();
    let mut slot = Slot::new(name("c1"), When::Timed(hours));
    slot.status = Some(Status::MovedOnline);
    slot.availability = Some(Availability::Waitlist);
    slot.place = place.clone().into();
    slot.online =
        Online { access: OnlineAccess::Public(None), note: word(1), foreign: crate::event::Foreign::default() }.into();
    slot.registration = registration.clone().into();
    slot.foreign = foreign.clone();
    let step = Step::new(NonZeroU32::new(2), NonZeroU32::new(3)).unwrap();

    let mut parts =
        Parts::new(id(&format!("tag:lab.example,2026:{}", HOSTILE[0])), words[3].clone(), at(1_790_000_000));
    parts.language = Some(Language::new("fr-FR").unwrap());
    parts.summary = word(4);
    parts.body = Html::clean(&format!("<p>{}</p><ul><li>{}</li></ul>", HOSTILE[1], HOSTILE[3]), None);
    parts.zone = Some(Zone::new("Europe/Paris").unwrap());
    parts.slots = vec![slot].into();
    parts.status = Status::Rescheduled;
    parts.mode = Some(Mode::Mixed);
    parts.places = vec![place].into();
    parts.online = vec![
        Online { access: OnlineAccess::Registered, note: None, foreign: crate::event::Foreign::default() },
        Online {
            access: OnlineAccess::Public(Some(address("live"))),
            note: word(0),
            foreign: crate::event::Foreign::default(),
        },
    ]
    .into();
    parts.organisers = vec![Organiser { name: words[0].clone(), page: Some(address("o")), role: word(1) }].into();
    parts.speakers = vec![Speaker { name: words[1].clone(), page: None, role: word(2), affiliation: word(3) }].into();
    parts.formats = Format::ALL.iter().copied().collect();
    parts.topics = vec![term("ia"), term("usager")].into();
    parts.tags = words.clone().into();
    parts.audiences = Audience::ALL.iter().copied().collect();
    parts.regions = vec![RegionTerm { code: Region::new("FR-ARA").unwrap(), label: word(2) }].into();
    parts.editions = vec![term("mip-2026")].into();
    parts.categories = vec![Category { scheme: words[0].clone(), term: words[1].clone(), label: None }].into();
    parts.access = Some(Access {
        codes: AccessCode::ALL.iter().copied().collect(),
        note: word(0),
        foreign: crate::event::Foreign::default(),
    })
    .into();
    parts.series =
        vec![Series { id: id("urn:s"), title: word(1), step, foreign: crate::event::Foreign::default() }].into();
    parts.registration = Some(registration).into();
    parts.notice = Some(Notice {
        since: moment("2026-10-01T00:00:00-03:30"),
        text: word(2),
        foreign: crate::event::Foreign::default(),
    })
    .into();
    parts.resources = vec![Resource {
        href: address("r"),
        kind: ResourceKind::Slides,
        media_type: Some(MediaType::new("application/pdf").unwrap()),
        length: Some(u64::MAX),
        title: word(3),
        foreign: crate::event::Foreign::default(),
    }]
    .into();
    parts.image = Some(Image {
        href: address("i"),
        alt: words[3].clone(),
        media_type: None,
        length: Some(0),
        foreign: crate::event::Foreign::default(),
    })
    .into();
    parts.page = Some(address("p"));
    parts.links =
        vec![Link { rel: words[4].clone(), href: address("l"), media_type: None, language: None, title: None }].into();
    parts.licence = Some(Licence { href: address("licence"), title: word(0) });
    parts.rights = word(1);
    parts.published = Some(at(1_780_000_000));
    parts.sequence = u32::MAX;
    parts.assumed = BTreeSet::from([name("zone")]);
    parts.with = vec![With {
        source: id("urn:f"),
        event: id(HOSTILE[1]),
        name: word(0),
        foreign: crate::event::Foreign::default(),
    }]
    .into();
    parts.origin = Some(Origin {
        id: Some(id("urn:o")),
        title: word(1),
        updated: Some(at(-1)),
        feed: Some(address("f")),
        licence: None,
        rights: word(2),
    })
    .into();
    parts.copies =
        vec![Copy { source: id("urn:f"), id: id("urn:e"), href: None, foreign: crate::event::Foreign::default() }]
            .into();
    parts.foreign = foreign.clone();
    parts.foreign_event = foreign;
    Event::new(parts).unwrap()
}

#[tokio::test]
async fn an_event_that_says_everything_comes_back_as_it_was() {
    on_both(async |bench| {
        let store = bench.open().await;
        let event = rich();
        let slug = Slug::new("riche").unwrap();
        let withdrawn = Some(at(1_790_000_001));
        let one = Save { event: event.clone(), slug: slug.clone(), withdrawn, action: "imported", expected: 0 };
        store.save(&[one], at(1_790_000_002), HOSTILE[0]).await.unwrap();

        let kept = Kept { event: event.clone(), slug, version: 1, withdrawn };
        assert_eq!(store.kept_one(&event.id).await.unwrap(), Some(kept.clone()));
        assert_eq!(store.kept().await.unwrap(), [kept]);
        let history = store.history(&event.id).await.unwrap();
        assert_eq!((&history[0].event, history[0].by.as_str()), (&event, HOSTILE[0]));
        assert_eq!((history[0].withdrawn, history[0].action.as_str()), (withdrawn, "imported"));
        assert_eq!(store.kept_one(&id("tag:other")).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn events_come_in_the_order_of_their_ids_whatever_the_language_of_the_database() {
    on_both(async |bench| {
        let store = bench.open().await;
        let names = ["b", "B", "a", "é", "Z", "10", "9", "-"];
        let saves = names.iter().enumerate().map(|(n, name)| {
            let slug = Slug::new(&format!("s{n}")).unwrap();
            Save { event: event(name, "x"), slug, withdrawn: None, action: "published", expected: 0 }
        });
        store.save(&saves.collect::<Vec<_>>(), at(1), "Zoé").await.unwrap();
        let found: Vec<Id> = store.kept().await.unwrap().into_iter().map(|kept| kept.event.id.clone()).collect();
        assert!(found.len() == names.len() && found.is_sorted(), "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn the_lab_is_kept_and_can_change() {
    on_both(async |bench| {
        let store = bench.open().await;
        assert_eq!(store.lab().await.unwrap(), None);
        let mut lab = Lab {
            name: line(HOSTILE[0]),
            title: line(HOSTILE[3]),
            tag: id("tag:lab.example,2026:"),
            feed_id: id("tag:lab.example,2026:feed"),
            language: Language::new("fr").unwrap(),
            zone: Some(Zone::new("Europe/Paris").unwrap()),
            region: None,
            page: None,
            licence: None,
            rights: None,
        };
        store.set_lab(&lab).await.unwrap();
        assert_eq!(store.lab().await.unwrap().as_ref(), Some(&lab));
        lab.title = line("Autre");
        store.set_lab(&lab).await.unwrap();
        assert_eq!(store.lab().await.unwrap(), Some(lab));
        assert_eq!(store.revision().await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_save_from_an_old_version_is_refused_and_nothing_is_lost() {
    on_both(async |bench| {
        let store = bench.open().await;
        store.save(&[save("a", "Un", 0)], at(1), "Zoé").await.unwrap();
        store.save(&[save("a", "Deux", 1)], at(2), "Zoé").await.unwrap();
        let before = (store.kept().await.unwrap(), store.revision().await.unwrap());
        for expected in [0, 1, 3] {
            // What comes before the stale one in the same call is not saved either.
            let saves = [save("b", "Neuf", 0), save("a", "Perdu", expected), save("c", "Neuf", 0)];
            let error = store.save(&saves, at(3), "Max").await.unwrap_err();
            assert!(matches!(&error, Error::Conflict { id } if *id == saves[1].event.id), "{error}");
        }
        assert_eq!((store.kept().await.unwrap(), store.revision().await.unwrap()), before);
        assert_eq!(store.history(&id("tag:lab.example,2026:b")).await.unwrap(), []);
        store.save(&[save("a", "Trois", 2)], at(4), "Max").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_address_is_given_once_and_for_ever() {
    on_both(async |bench| {
        let store = bench.open().await;
        store.save(&[save("a", "Un", 0)], at(1), "Zoé").await.unwrap();
        let thief = Save { slug: Slug::new("a").unwrap(), ..save("b", "Deux", 0) };
        assert!(matches!(store.save(&[thief], at(2), "Zoé").await, Err(Error::SlugTaken { .. })));
        let moved = Save { slug: Slug::new("z").unwrap(), ..save("a", "Un", 1) };
        assert!(matches!(store.save(&[moved], at(2), "Zoé").await, Err(Error::SlugFixed { .. })));
        assert_eq!(store.kept().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_history_keeps_every_version() {
    on_both(async |bench| {
        let store = bench.open().await;
        let (titles, actions) = (["Un", "Deux", "Trois"], ["published", "changed", "withdrawn"]);
        for n in 0..3 {
            let withdrawn = (n == 2).then(|| at(30));
            let one = Save { withdrawn, action: actions[n], ..save("a", titles[n], u32::try_from(n).unwrap()) };
            store.save(&[one], at(10 * (n as i64 + 1)), &format!("personne {n}")).await.unwrap();
        }
        let history = store.history(&id("tag:lab.example,2026:a")).await.unwrap();
        assert_eq!(history.len(), 3);
        for (n, version) in history.iter().enumerate() {
            assert_eq!((version.version, version.at), (u32::try_from(n).unwrap() + 1, at(10 * (n as i64 + 1))));
            assert_eq!((version.event.title.as_str(), version.action.as_str()), (titles[n], actions[n]));
            assert_eq!((version.by.clone(), version.withdrawn), (format!("personne {n}"), (n == 2).then(|| at(30))));
        }
        let kept = store.kept_one(&id("tag:lab.example,2026:a")).await.unwrap().unwrap();
        assert_eq!((kept.version, kept.withdrawn), (3, Some(at(30))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_in_several_processes_all_succeed_and_none_is_lost() {
    on_both(async |bench| {
        bench.open().await.save(&[save("commun", "0", 0)], at(1), "Zoé").await.unwrap();
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                let address = bench.address.clone();
                tokio::spawn(async move {
                    // Connections of its own, as another process would have.
                    let store = Store::open(&address).await.unwrap();
                    for n in 0..20 {
                        store.save(&[save(&format!("t{task}-{n}"), "x", 0)], at(2), "Zoé").await.unwrap();
                        // One event that all of them change: whoever comes second reads again.
                        loop {
                            let kept = store.kept_one(&id("tag:lab.example,2026:commun")).await.unwrap().unwrap();
                            match store.save(&[save("commun", "1", kept.version)], at(3), "Zoé").await {
                                Ok(()) => break,
                                Err(Error::Conflict { .. }) => {}
                                Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
                            }
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let store = bench.open().await;
        assert_eq!(store.kept().await.unwrap().len(), 8 * 20 + 1);
        let history = store.history(&id("tag:lab.example,2026:commun")).await.unwrap();
        assert_eq!(history.len(), 8 * 20 + 1);
        assert_eq!(store.revision().await.unwrap(), 1 + 2 * 8 * 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_save_that_is_abandoned_half_way_leaves_the_turn_to_others() {
    on_both(async |bench| {
        let store = bench.open().await;
        store.save(&[save("a", "0", 0)], at(1), "Zoé").await.unwrap();
        let one = id("tag:lab.example,2026:a");
        for n in 0..100 {
            // A browser that closes its connection stops the handler wherever it is.
            let saves = [save("a", "1", store.kept_one(&one).await.unwrap().unwrap().version)];
            tokio::time::timeout(Duration::from_micros(n * 60), store.save(&saves, at(2), "Zoé")).await.ok();
        }
        // The turn comes once whatever was under way has ended, one way or the other.
        let turn = tokio::time::timeout(Duration::from_secs(10), store.set_setting("turn", "mine"));
        turn.await.unwrap().unwrap();
        let kept = store.kept_one(&one).await.unwrap().unwrap();
        assert_eq!(u32::try_from(store.history(&one).await.unwrap().len()).unwrap(), kept.version);
        assert_eq!(store.revision().await.unwrap(), i64::from(kept.version) + 1);
    })
    .await;
}

/// The child of the next test: saves versions of one event and says each one that was acknowledged.
#[tokio::test]
async fn child_that_saves_until_it_is_killed() {
    let Ok(address) = std::env::var("ESSAIM_TEST_CHILD") else { return };
    let store = Store::open(&address).await.unwrap();
    for version in 0.. {
        store.save(&[save("a", &format!("version {version}"), version)], at(1), "enfant").await.unwrap();
        println!("\nsaved {}", version + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_save_survives_a_kill() {
    on_both(async |bench| {
        let store = bench.open().await;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::node::child_that_saves_until_it_is_killed", "--nocapture"])
            .env("ESSAIM_TEST_CHILD", &bench.address)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut acknowledged = 0;
        for said in lines {
            if let Some(version) = said.strip_prefix("saved ") {
                acknowledged = version.parse().unwrap();
                if acknowledged == 25 {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(acknowledged >= 25, "the child stopped by itself");
        // The process that was killed may have held the turn to write: the others get it all the same.
        let saves = [save("b", "Un", 0)];
        tokio::time::timeout(Duration::from_secs(10), store.save(&saves, at(2), "parent")).await.unwrap().unwrap();
        let kept = store.kept_one(&id("tag:lab.example,2026:a")).await.unwrap().unwrap();
        assert!(kept.version >= acknowledged, "{} of {acknowledged}", kept.version);
        assert_eq!(u32::try_from(store.history(&kept.event.id).await.unwrap().len()).unwrap(), kept.version);
    })
    .await;
}
