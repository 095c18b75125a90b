//! What an aggregator keeps: polls stand or fall whole, and the ledger has one future.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::{Bench, at, event, id, line, on_both, run};
use crate::event::foreign::{Element, Node, QName};
use crate::event::{Address, Event, Foreign, Id, Name, Parts, Region};
use crate::programme::*;
use crate::store::{Batch, Error, Poll, PutEntry, Store, StoredEntry};

fn key(text: &str) -> SourceKey {
    SourceKey::new(text).unwrap()
}

fn source(name: &str) -> Source {
    Source {
        key: key(name),
        address: Address::new(&format!("https://{name}/feed.atom")).unwrap(),
        name: line(&format!("Lab {name}")),
        region: Some(Region::new("FR-ARA").unwrap()),
        language: None,
        zone: None,
        role: Role::Lab,
        trust: Trust::Review,
        verified_hosts: BTreeSet::from([name.to_owned(), "autre.example:8080".to_owned()]),
        kind: Default::default(),
        reads_pages: false,
        paused: false,
    }
}

fn health(due: Option<i64>) -> Health {
    Health {
        feed_id: Some(id("urn:feed")),
        feed_title: Some(line("Le flux")),
        etag: Some("W/\"a'b\\c\"".to_owned()),
        last_modified: Some("Tue, 03 Nov 2026 10:00:00 GMT".to_owned()),
        body: Some("0f".repeat(32)),
        due: due.map(at),
        tried: Some(at(5)),
        good: None,
        failures: 3,
        failure: Some(Failure { kind: FailureKind::Timeout, detail: "lent\0".into(), retry_after: Some(at(9)) }),
        tally: Some(Tally { entries: 3, dated: 2, n1: 1, n2: 1 }),
        ..Health::default()
    }
}

fn put(source: &str, name: &str, title: &str, second: i64) -> PutEntry {
    let event = Arc::new(event(name, title));
    let key = EntryKey { source: key(source), id: event.id.clone() };
    let entry = Entry { key, event, first_seen: at(second), changed: at(second), presence: Presence::Listed };
    PutEntry { entry, raw: format!("<entry>{title}</entry>"), print: format!("print of {title}") }
}

fn poll(second: i64) -> Poll {
    Poll { at: at(second), outcome: "fresh".into(), entries: 2, millis: u32::MAX }
}

/// A poll of `a.example` that puts these.
async fn record(store: &Store, put: &[PutEntry], presence: &[(Id, Presence)], findings: Option<&[Finding]>) {
    let health = health(Some(100));
    let batch = Batch {
        source: &key("a.example"),
        health: &health,
        put,
        presence,
        findings,
        aliases: &[],
        poll: Some(poll(7)),
    };
    store.record(std::slice::from_ref(&batch)).await.unwrap();
}

async fn with_source(bench: &Bench) -> Store {
    let store = bench.open().await;
    store.put_source(&source("a.example")).await.unwrap();
    store
}

#[tokio::test]
async fn registering_again_changes_the_source_and_keeps_its_health() {
    on_both(async |bench| {
        let store = bench.open().await;
        let (b, mut a) = (source("b.example"), source("a.example"));
        store.put_source(&b).await.unwrap();
        store.put_source(&a).await.unwrap();
        record(&store, &[], &[], None).await;
        a.name = line("'; DROP TABLE source; --");
        a.paused = true;
        store.put_source(&a).await.unwrap();

        assert_eq!(store.sources().await.unwrap(), [a.clone(), b.clone()]);
        assert_eq!(store.source_health(&a.key).await.unwrap(), health(Some(100)));
        assert_eq!(store.source_health(&key("c.example")).await.unwrap(), Health::default());
        let all = BTreeMap::from([(a.key, health(Some(100))), (b.key, Health::default())]);
        assert_eq!(store.all_health().await.unwrap(), all);
    })
    .await;
}

#[tokio::test]
async fn those_are_due_that_are_not_paused_and_whose_time_has_come() {
    on_both(async |bench| {
        let store = bench.open().await;
        for (name, due) in
            [("e", Some(10)), ("d", Some(20)), ("c", Some(10)), ("b", None), ("a", Some(21)), ("p", None)]
        {
            store.put_source(&Source { paused: name == "p", ..source(name) }).await.unwrap();
            let batch = Batch {
                source: &key(name),
                health: &health(due),
                put: &[],
                presence: &[],
                findings: None,
                aliases: &[],
                poll: Some(poll(1)),
            };
            store.record(std::slice::from_ref(&batch)).await.unwrap();
        }
        let due: Vec<String> =
            store.due(at(20)).await.unwrap().into_iter().map(|(source, _)| source.key.to_string()).collect();
        assert_eq!(due, ["b", "c", "e", "d"]);
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_changes_keeps_the_time_it_was_first_seen() {
    on_both(async |bench| {
        let store = with_source(bench).await;
        let (mut a, b) = (put("a.example", "a", "Un", 10), put("a.example", "b", "Deux", 10));
        record(&store, &[b.clone(), a.clone()], &[], None).await;
        assert_eq!(store.entries().await.unwrap(), [a.entry.clone(), b.entry.clone()]);

        a = put("a.example", "a", "Un, changé", 20);
        let missing = Presence::Missing(at(20));
        record(&store, &[a.clone()], &[(b.entry.key.id.clone(), missing), (id("urn:unknown"), missing)], None).await;
        a.entry.first_seen = at(10);
        let gone = Entry { presence: missing, ..b.entry.clone() };
        assert_eq!(store.entries().await.unwrap(), [a.entry.clone(), gone]);
        assert_eq!(store.raw(&a.entry.key).await.unwrap(), Some(a.raw.clone()));
        assert_eq!(store.raw(&EntryKey { source: key("b.example"), ..a.entry.key.clone() }).await.unwrap(), None);
        let stored = |put: &PutEntry, presence| StoredEntry {
            print: put.print.clone(),
            first_seen: at(10),
            changed: put.entry.changed,
            presence,
            alias: None,
        };
        let prints = BTreeMap::from([
            (a.entry.key.id.clone(), stored(&a, Presence::Listed)),
            (b.entry.key.id.clone(), stored(&b, missing)),
        ]);
        assert_eq!(store.prints(&key("a.example")).await.unwrap(), prints);
        assert_eq!(store.prints(&key("b.example")).await.unwrap(), BTreeMap::new());
    })
    .await;
}

#[tokio::test]
async fn no_source_can_touch_what_another_says() {
    on_both(async |bench| {
        let store = with_source(bench).await;
        store.put_source(&source("b.example")).await.unwrap();
        record(&store, &[put("a.example", "a", "Un", 10)], &[], None).await;
        let same_id = [put("b.example", "a", "Volé", 20)];
        let withdrawn = [(same_id[0].entry.key.id.clone(), Presence::Withdrawn(at(20)))];
        for (put, presence) in [(&same_id[..], &[][..]), (&[], &withdrawn)] {
            let (source, health) = (key("b.example"), Health::default());
            let batch = Batch {
                source: &source,
                health: &health,
                put,
                presence,
                findings: None,
                aliases: &[],
                poll: Some(poll(20)),
            };
            store.record(std::slice::from_ref(&batch)).await.unwrap();
        }
        let entries = store.entries().await.unwrap();
        assert_eq!(entries[0], put("a.example", "a", "Un", 10).entry);
        assert_eq!(entries[1].presence, Presence::Withdrawn(at(20)));
        for entry in entries {
            assert_eq!(store.entry(&entry.key).await.unwrap(), Some(entry));
        }
    })
    .await;
}

#[tokio::test]
async fn a_stranger_may_choose_the_longest_id() {
    on_both(async |bench| {
        let store = with_source(bench).await;
        // 2,000 characters of four bytes that do not compress: more than PostgreSQL can index.
        let mut seed = 1_u32;
        let long: String = (0..Id::MOST)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from_u32(0x2_0000 + (seed >> 16) % 0xA000).unwrap()
            })
            .collect();
        let event = Arc::new(Event::new(Parts::new(id(&long), line("Long"), at(1))).unwrap());
        let mut one = put("a.example", "a", "Long", 1);
        one.entry.key.id = event.id.clone();
        one.entry.event = event;
        record(&store, std::slice::from_ref(&one), &[], None).await;
        assert_eq!(store.entries().await.unwrap(), [one.entry]);
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_could_not_be_read_back_is_refused_by_name() {
    on_both(async |bench| {
        let store = with_source(bench).await;
        let name = QName { namespace: "urn:x".to_owned(), name: Name::new("x").unwrap() };
        let deep = (0..60).fold(Vec::new(), |children, _| {
            vec![Node::Element(Element { name: name.clone(), attributes: BTreeMap::new(), children })]
        });
        let Some(Node::Element(deep)) = deep.into_iter().next() else { panic!() };
        let mut parts = event("a", "Profond").into_parts();
        parts.foreign = Foreign::new(BTreeMap::new(), vec![deep]);
        let mut one = put("a.example", "a", "Profond", 1);
        one.entry.event = Arc::new(Event::new(parts).unwrap());
        let (source, health) = (key("a.example"), health(None));
        let put = [one];
        let batch = Batch {
            source: &source,
            health: &health,
            put: &put,
            presence: &[],
            findings: None,
            aliases: &[],
            poll: Some(poll(1)),
        };
        let error = store.record(std::slice::from_ref(&batch)).await.unwrap_err();
        assert!(matches!(&error, Error::Unstorable { id, .. } if *id == put[0].entry.key.id), "{error}");
        assert_eq!(store.entries().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_poll_that_fails_inside_leaves_nothing() {
    on_both(async |bench| {
        let store = with_source(bench).await;
        let finding = [Finding::new(Code::Encoding, None, "latin1")];
        record(&store, &[put("a.example", "a", "Un", 10)], &[], Some(&finding)).await;
        let before = (
            store.entries().await.unwrap(),
            store.findings().await.unwrap(),
            store.all_health().await.unwrap(),
            store.revision().await.unwrap(),
        );

        // The last step fails.
        run(&store, "ALTER TABLE poll RENAME TO elsewhere").await;
        let source = key("a.example");
        let changes = [put("a.example", "a", "Perdu", 20), put("a.example", "b", "Perdu", 20)];
        let presence = [(changes[0].entry.key.id.clone(), Presence::Withdrawn(at(20)))];
        let batch = Batch {
            source: &source,
            health: &health(Some(999)),
            put: &changes,
            presence: &presence,
            aliases: &[],
            findings: Some(&[]),
            poll: Some(poll(20)),
        };
        assert!(matches!(store.record(std::slice::from_ref(&batch)).await, Err(Error::Database { .. })));
        run(&store, "ALTER TABLE elsewhere RENAME TO poll").await;

        let after = (
            store.entries().await.unwrap(),
            store.findings().await.unwrap(),
            store.all_health().await.unwrap(),
            store.revision().await.unwrap(),
        );
        assert_eq!(after, before);
        // And the one connection that writes is free again.
        store.record(std::slice::from_ref(&batch)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_poll_of_an_unknown_source_is_refused() {
    on_both(async |bench| {
        let store = bench.open().await;
        let (source, health) = (key("x.example"), health(None));
        let put = [put("x.example", "a", "Un", 1)];
        let batch = Batch {
            source: &source,
            health: &health,
            put: &put,
            presence: &[],
            findings: None,
            aliases: &[],
            poll: Some(poll(1)),
        };
        assert!(matches!(store.record(std::slice::from_ref(&batch)).await, Err(Error::UnknownSource { key }) if key == source));
        assert_eq!(store.entries().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn findings_are_replaced_as_one_or_left() {
    on_both(async |bench| {
        let store = with_source(bench).await;
        let first = [
            Finding::new(Code::WithoutTitle, Some(&id("urn:1")), "'\"\0"),
            Finding::new(Code::Encoding, None, "latin1"),
            Finding::new(Code::Encoding, None, "latin1"),
        ];
        record(&store, &[], &[], Some(&first)).await;
        assert_eq!(store.findings().await.unwrap(), BTreeMap::from([(key("a.example"), first.to_vec())]));
        record(&store, &[], &[], None).await;
        assert_eq!(store.findings().await.unwrap()[&key("a.example")], first);
        record(&store, &[], &[], Some(&first[1..2])).await;
        assert_eq!(store.findings().await.unwrap()[&key("a.example")], first[1..2]);
        record(&store, &[], &[], Some(&[])).await;
        assert_eq!(store.findings().await.unwrap(), BTreeMap::new());
    })
    .await;
}

#[tokio::test]
async fn the_last_two_hundred_polls_are_kept_even_within_one_second() {
    on_both(async |bench| {
        let store = with_source(bench).await;
        store.put_source(&source("b.example")).await.unwrap();
        let health = health(None);
        for n in 0..220 {
            let one = Poll { entries: n, ..poll(i64::from(n) / 2) };
            let source = key("a.example");
            let batch = Batch {
                source: &source,
                health: &health,
                put: &[],
                presence: &[],
                findings: None,
                aliases: &[],
                poll: Some(one),
            };
            store.record(std::slice::from_ref(&batch)).await.unwrap();
        }
        let polls = &store.last_polls(1000).await.unwrap()[&key("a.example")];
        assert_eq!(polls.len(), 200);
        assert_eq!(polls[199], Poll { entries: 219, ..poll(109) });
        assert_eq!(polls[0].entries, 20);
        let last = store.last_polls(2).await.unwrap();
        assert_eq!(last, BTreeMap::from([(key("a.example"), polls[198..].to_vec())]));
    })
    .await;
}

#[tokio::test]
async fn a_decision_is_undone_once_and_never_deleted() {
    on_both(async |bench| {
        let store = bench.open().await;
        let entry = |name: &str| EntryKey { source: key("a.example"), id: id(name) };
        let decision = |n: u128, second: i64, ruling: Ruling, why: Option<&str>| Decision {
            id: Uuid::from_u128(n),
            ruling,
            by: line("Équipe"),
            at: at(second),
            why: why.map(line),
            undone: None,
        };
        let mut all = vec![
            decision(7, 10, Ruling::Same(entry("x"), entry("y")), Some("'; DROP TABLE decision; --")),
            decision(3, 20, Ruling::Different(entry("x"), entry("z")), None),
            decision(9, 20, Ruling::Primary(entry("x")), None),
            decision(1, 30, Ruling::Hidden(entry("é")), None),
        ];
        for n in [2, 0, 3, 1] {
            store.decide(std::slice::from_ref(&all[n]), &[], at(0)).await.unwrap();
        }
        assert_eq!(store.decisions().await.unwrap(), all);
        // Taken back once, with what stands instead; what nobody made cannot be.
        let instead = decision(11, 40, Ruling::Same(entry("x"), entry("z")), None);
        store.decide(std::slice::from_ref(&instead), &[all[1].id], at(40)).await.unwrap();
        store.decide(&[], &[all[1].id, Uuid::from_u128(99)], at(50)).await.unwrap();
        all[1].undone = Some(at(40));
        all.push(instead);
        assert_eq!(store.decisions().await.unwrap(), all);
        // All or nothing: a decision that was made before takes nothing back.
        assert!(store.decide(&all[..1], &[all[3].id], at(60)).await.is_err());
        assert_eq!(store.decisions().await.unwrap(), all);
    })
    .await;
}

fn records(n: i64) -> Vec<Record> {
    let event = id(&format!("tag:programme,2026:{n}"));
    let entry = EntryKey { source: key("a.example"), id: id("urn:1") };
    vec![
        Record::Minted { event: event.clone(), slug: Slug::new("s").unwrap(), founder: entry.clone(), at: at(n) },
        Record::Slot { event: event.clone(), entry, slot: Name::new("c1").unwrap(), uid: Uuid::from_u128(1) },
        Record::Gone { event, since: None },
    ]
}

#[tokio::test]
async fn the_ledger_is_read_in_the_order_it_was_written() {
    on_both(async |bench| {
        let store = bench.open().await;
        let mut all = Vec::new();
        for n in [1, 1, 99, 100, 101] {
            let more: Vec<Record> = (0..n).flat_map(records).collect();
            let known = all.len() as u64;
            all.extend(more.clone());
            assert_eq!(store.append(&more, known).await.unwrap(), all.len() as u64);
        }
        assert_eq!(store.ledger().await.unwrap(), all);
        assert_eq!(store.append(&[], 906).await.unwrap(), 906);
    })
    .await;
}

#[tokio::test]
async fn a_ledger_that_grew_in_the_meantime_refuses() {
    on_both(async |bench| {
        let store = bench.open().await;
        store.append(&records(1), 0).await.unwrap();
        for expected in [0, 2, 4, u64::MAX] {
            let error = store.append(&records(2), expected).await.unwrap_err();
            assert!(matches!(error, Error::Stale { found: 3, .. }), "{error}");
            assert!(matches!(store.append(&[], expected).await, Err(Error::Stale { found: 3, .. })));
        }
        assert_eq!(store.ledger().await.unwrap(), records(1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_futures_of_one_ledger_only_one_is_written() {
    on_both(async |bench| {
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                let address = bench.address.clone();
                tokio::spawn(async move {
                    let store = Store::open(&address).await.unwrap();
                    let mut known = 0;
                    for _ in 0..20 {
                        loop {
                            match store.append(&records(task), known).await {
                                Ok(count) => break known = count,
                                Err(Error::Stale { found, .. }) => known = found,
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
        let ledger = bench.open().await.ledger().await.unwrap();
        assert_eq!(ledger.len(), 8 * 20 * 3);
        // Nobody's three came between another's.
        for three in ledger.chunks(3) {
            assert!((0..8).any(|task| three == records(task)));
        }
    })
    .await;
}

#[tokio::test]
async fn of_many_polls_written_at_once_one_goes_to_another_source() {
    on_both(async |bench| {
        let store = bench.open().await;
        let names: Vec<String> = (0..37).map(|n| format!("lab{n}.example")).collect();
        for name in &names {
            store.put_source(&source(name)).await.unwrap();
        }
        let all: Vec<(SourceKey, Health)> = names
            .iter()
            .enumerate()
            .map(|(n, name)| (key(name), health((n % 3 > 0).then(|| 100 + n as i64))))
            .collect();
        let told = |(source, health): &(SourceKey, Health), second| {
            let poll = Some(Poll { outcome: source.as_str().to_owned().into(), ..poll(second) });
            (source.clone(), health.clone(), poll)
        };
        for round in 0..2 {
            let told: Vec<_> = all.iter().map(|one| told(one, round)).collect();
            let batches: Vec<Batch<'_>> = told
                .iter()
                .map(|(source, health, poll)| Batch { poll: poll.clone(), ..Batch::of(source, health) })
                .collect();
            store.record(&batches).await.unwrap();
        }
        let (known, polls) = (store.all_health().await.unwrap(), store.last_polls(10).await.unwrap());
        let due: BTreeSet<SourceKey> =
            store.due(at(110)).await.unwrap().into_iter().map(|(source, _)| source.key).collect();
        for (n, (source, health)) in all.iter().enumerate() {
            assert_eq!(known[source].due, health.due, "{source}");
            assert_eq!(due.contains(source), n % 3 == 0 || n <= 10, "{source}");
            let said: Vec<(&str, i64)> =
                polls[source].iter().map(|poll| (&*poll.outcome, poll.at.as_second())).collect();
            assert_eq!(said, [(source.as_str(), 0), (source.as_str(), 1)]);
        }
        // One that is not known stops all, whichever it is, and is named.
        for stranger in [0, 20, 36] {
            let mut some: Vec<_> = all.iter().map(|one| told(one, 9)).collect();
            some[stranger].0 = key("stranger.example");
            let batches: Vec<Batch<'_>> = some
                .iter()
                .map(|(source, health, poll)| Batch { poll: poll.clone(), ..Batch::of(source, health) })
                .collect();
            let failed = store.record(&batches).await;
            assert!(
                matches!(&failed, Err(Error::UnknownSource { key }) if key.as_str() == "stranger.example"),
                "{failed:?}"
            );
            assert_eq!(store.last_polls(10).await.unwrap(), polls);
        }
    })
    .await;
}
