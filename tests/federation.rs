//! Three labs and a programme, over real sockets and real databases: what a lab says reaches the programme.

use std::sync::Arc;
use std::time::Duration;

use essaim::aggregator::record::Guard;
use essaim::aggregator::{Aggregator, Round, Settings, Which};
use essaim::event::*;
use essaim::fetch::{Fetcher, Rules};
use essaim::node::Node;
use essaim::programme::{Lab, Role, Source, SourceKey, Trust};
use essaim::store::Store;
use essaim::web::{self, Clock, Site};
use jiff::Timestamp;
use tokio::net::TcpListener;

struct LabAtWork {
    node: Arc<Node>,
    source: Source,
    server: tokio::task::JoinHandle<()>,
}

fn line(text: &str) -> Line {
    Line::new(text).unwrap()
}

fn at(second: i64) -> Timestamp {
    // After the events' first publication, before anyone's clock.
    Timestamp::from_second(1_760_000_000 + second).unwrap()
}

async fn lab(folder: &std::path::Path, key: &str) -> LabAtWork {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.join(format!("{key}.db")).display())).await.unwrap();
    let tag = format!("tag:{key}.example,2026:");
    store
        .set_lab(&Lab {
            name: line(&format!("Lab {key}")),
            title: line(&format!("Lab {key} — événements")),
            tag: Id::new(&tag).unwrap(),
            feed_id: Id::new(&format!("{tag}programme")).unwrap(),
            language: Language::new("fr").unwrap(),
            zone: Zone::new("Europe/Paris").ok(),
            region: None,
            page: None,
            licence: None,
            rights: None,
        })
        .await
        .unwrap();
    let base = Address::new(&format!("http://{address}/")).unwrap();
    let node = Arc::new(Node::open(store, base, None).await.unwrap());
    let fresh = Arc::clone(&node);
    let refresh: web::Refresh = Arc::new(move || {
        let node = Arc::clone(&fresh);
        Box::pin(async move { node.refresh().await.unwrap() })
    });
    let clock = Clock::Real(Zone::new("Europe/Paris").unwrap());
    let site = Site {
        current: node.current(),
        clock,
        editions: Vec::new(),
        home: None,
        refresh: Some(refresh),
        hub: None,
        metrics: Default::default(),
        follower: None,
        theme: Default::default(),
    };
    let router = web::node(site, None);
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let source = Source {
        key: SourceKey::new(key).unwrap(),
        address: Address::new(&format!("http://{address}/feed.atom")).unwrap(),
        name: line(&format!("Lab {key}")),
        region: None,
        language: None,
        zone: None,
        role: Role::Lab,
        trust: Trust::Auto,
        verified_hosts: Default::default(),
        kind: Default::default(),
        reads_pages: false,
        paused: false,
    };
    LabAtWork { node, source, server }
}

fn settings() -> Settings {
    Settings {
        title: line("Programme"),
        subtitle: None,
        language: Language::new("fr").unwrap(),
        zone: Zone::new("Europe/Paris").ok(),
        publisher: None,
        licence: None,
        tag: None,
        base: Address::new("https://programme.example/").unwrap(),
        hub: None,
        interval: Duration::from_secs(1),
        longest: Duration::from_secs(1),
        guard: Guard::default(),
    }
}

async fn aggregator(folder: &std::path::Path, labs: &[LabAtWork], now: Timestamp) -> Aggregator {
    let store = Store::open(&format!("sqlite:{}", folder.join("programme.db").display())).await.unwrap();
    let fetcher = Fetcher::new(Rules { allow_private_addresses: true, ..Rules::default() }).unwrap();
    let sources: Vec<Source> = labs.iter().map(|lab| lab.source.clone()).collect();
    Aggregator::open(store, fetcher, settings(), &sources, now).await.unwrap()
}

fn event(key: &str, name: &str, title: &str, day: &str) -> Event {
    let mut parts = Parts::new(Id::new(&format!("tag:{key}.example,2026:e/{name}")).unwrap(), line(title), at(0));
    parts.published = Some(at(0));
    parts.language = Language::new("fr").ok();
    parts.zone = Zone::new("Europe/Paris").ok();
    parts.slots = vec![Slot::new(Name::new("c1").unwrap(), when(day, 10))].into();
    Event::new(parts).unwrap()
}

fn when(day: &str, hour: i8) -> When {
    let zone = Zone::new("Europe/Paris").unwrap();
    let day: jiff::civil::Date = day.parse().unwrap();
    let at = |hour| zone.at(day.at(hour, 0, 0, 0));
    When::Timed(Hours::new(at(hour).unwrap(), at(hour + 1)).unwrap())
}

async fn round(aggregator: &Aggregator, second: i64) -> Round {
    aggregator.round(Which::All, at(second), |_, _, _| {}).await.unwrap()
}

/// What is shown: id, title, status, start, sequence, how many copies.
fn shown(aggregator: &Aggregator) -> Vec<(Id, String, Status, String, u32, usize)> {
    let snapshot = aggregator.current().load();
    let mut all: Vec<_> = snapshot
        .feed
        .events
        .iter()
        .map(|e| {
            let start = e.event.slots[0].when.start().unwrap().to_string();
            (e.event.id.clone(), e.event.title.to_string(), e.event.status, start, e.event.sequence, e.copies.len())
        })
        .collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programme_does_not_follow_what_a_lab_does() {
    let folder = tempfile::tempdir().unwrap();
    let labs = [lab(folder.path(), "a").await, lab(folder.path(), "b").await, lab(folder.path(), "c").await];
    let a = event("a", "1", "Atelier de design fiction sur la pénurie d’eau", "2026-11-10");
    let b = event("b", "x9", "Design fiction : la pénurie d’eau (atelier)", "2026-11-10");
    let c = event("c", "1", "Théâtre-forum sur la coopération", "2026-11-12");
    labs[0].node.publish(a.clone(), at(1), "officer").await.unwrap();
    labs[1].node.publish(b.clone(), at(1), "officer").await.unwrap();
    labs[2].node.publish(c.clone(), at(1), "officer").await.unwrap();

    let aggregator = aggregator(folder.path(), &labs, at(2)).await;
    let first = round(&aggregator, 2).await;
    assert_eq!((first.sources, first.fetched, first.failed, first.events, first.merged), (3, 3, 0, 2, 1));
    let before = shown(&aggregator);
    let uids: Vec<_> = aggregator.current().load().feed.events.iter().map(|e| e.uids.clone()).collect();

    // Nothing new: nothing is sent, nothing changes.
    let etag = aggregator.current().load().output("atom").unwrap().plain.etag.clone();
    let second = round(&aggregator, 3).await;
    assert_eq!((second.fetched, second.unchanged), (0, 3));
    assert_eq!(aggregator.current().load().output("atom").unwrap().plain.etag, etag);

    // Moved by an hour, said by the lab that speaks for the event.
    let c1 = Name::new("c1").unwrap();
    labs[0].node.reschedule(&a.id, &c1, when("2026-11-10", 14), at(100), "officer").await.unwrap();
    round(&aggregator, 101).await;
    let moved = shown(&aggregator);
    assert_eq!(moved.len(), 2, "a copy that has not followed yet does not split the event");
    let (id, _, status, start, sequence, copies) = moved.iter().find(|e| e.5 == 2).unwrap().clone();
    assert_eq!((status, start.as_str(), sequence, copies), (Status::Rescheduled, "2026-11-10T14:00:00+01:00", 1, 2));
    assert!(before.iter().any(|e| e.0 == id), "the id stays");

    // Cancelled.
    labs[2].node.cancel(&c.id, Some(line("Faute d’intervenant")), at(200), "officer").await.unwrap();
    round(&aggregator, 201).await;
    let cancelled = shown(&aggregator);
    assert_eq!(cancelled.iter().find(|e| e.5 == 1).unwrap().2, Status::Cancelled);
    let atom = String::from_utf8(aggregator.current().load().output("atom").unwrap().plain.body.to_vec()).unwrap();
    assert!(atom.contains("[Annulé] Théâtre-forum"));
    let ical = String::from_utf8(aggregator.current().load().output("ics").unwrap().plain.body.to_vec()).unwrap();
    assert!(ical.contains("STATUS:CANCELLED"));

    // Withdrawn by one of two: the other still announces it.
    labs[0].node.withdraw(&a.id, at(300), "officer").await.unwrap();
    round(&aggregator, 301).await;
    let left = shown(&aggregator);
    let still = left.iter().find(|e| e.0 == id).expect("the event stays under its id");
    assert_eq!((still.1.as_str(), still.5), ("Design fiction : la pénurie d’eau (atelier)", 1));

    // Withdrawn by both: a tombstone, and the page says so.
    labs[1].node.withdraw(&b.id, at(400), "officer").await.unwrap();
    let last = round(&aggregator, 401).await;
    assert_eq!(last.events, 1);
    assert!(aggregator.current().load().feed.tombstones.iter().any(|t| t.id == id));

    // After a restart everything is as it was, byte for byte.
    let bytes = aggregator.current().load().output("atom").unwrap().plain.body.clone();
    drop(aggregator);
    let again = self::aggregator(folder.path(), &labs, at(500)).await;
    assert_eq!(again.current().load().output("atom").unwrap().plain.body, bytes);
    let ends: Vec<_> = again.current().load().feed.events.iter().map(|e| e.uids.clone()).collect();
    assert!(ends.iter().all(|uid| uids.contains(uid)), "calendar UIDs changed");
    labs.iter().for_each(|lab| lab.server.abort());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_that_fails_takes_its_events_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let labs = [lab(folder.path(), "a").await, lab(folder.path(), "b").await];
    labs[0].node.publish(event("a", "1", "Atelier slam", "2026-11-10"), at(1), "officer").await.unwrap();
    labs[1].node.publish(event("b", "1", "Visite du tiers-lieu", "2026-11-11"), at(1), "officer").await.unwrap();
    let aggregator = aggregator(folder.path(), &labs, at(2)).await;
    round(&aggregator, 2).await;
    let before = shown(&aggregator);
    labs[0].server.abort();
    let _ = tokio::time::timeout(Duration::from_secs(1), async {
        while !labs[0].server.is_finished() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let failed = round(&aggregator, 100).await;
    assert_eq!((failed.failed, failed.events), (1, 2));
    assert_eq!(shown(&aggregator), before);
    let health = aggregator.store().source_health(&labs[0].source.key).await.unwrap();
    assert_eq!(health.failures, 1);
    assert!(health.due.unwrap() > at(100));
    labs[1].server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_cannot_be_gathered_by_another() {
    // A region's aggregator between two labs and the nation's, which also reads one lab itself.
    let folder = tempfile::tempdir().unwrap();
    let labs = [lab(folder.path(), "a").await, lab(folder.path(), "b").await];
    let a = event("a", "1", "Atelier de design fiction sur la pénurie d’eau", "2026-11-10");
    labs[0].node.publish(a, at(1), "officer").await.unwrap();
    labs[1].node.publish(event("b", "1", "Visite du tiers-lieu", "2026-11-11"), at(1), "officer").await.unwrap();
    let region = aggregator(folder.path(), &labs, at(2)).await;
    round(&region, 2).await;

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let atom = region.current().load().output("atom").unwrap().plain.body.clone();
    let router = axum::Router::new().route("/programme.atom", axum::routing::get(move || async move { atom }));
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let source = Source {
        key: SourceKey::new("region").unwrap(),
        address: Address::new(&format!("http://{address}/programme.atom")).unwrap(),
        name: line("Région"),
        role: Role::Aggregator,
        ..labs[0].source.clone()
    };
    let nation_folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", nation_folder.path().join("n.db").display())).await.unwrap();
    let fetcher = Fetcher::new(Rules { allow_private_addresses: true, ..Rules::default() }).unwrap();
    let sources = [labs[0].source.clone(), source];
    let settings = Settings { base: Address::new("https://nation.example/").unwrap(), ..settings() };
    let nation = Aggregator::open(store, fetcher, settings, &sources, at(3)).await.unwrap();
    let done = round(&nation, 3).await;
    assert_eq!((done.events, done.merged), (2, 1), "the lab's own entry and the region's copy of it are one event");
    let snapshot = nation.current().load();
    let both = snapshot.feed.events.iter().find(|e| e.copies.len() == 2).unwrap();
    assert_eq!(both.copies[0].key.source.as_str(), "a", "the lab speaks, not the aggregator");
    server.abort();
    labs.iter().for_each(|lab| lab.server.abort());
}
