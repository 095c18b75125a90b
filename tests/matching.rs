//! What must hold of matching in any world: order and restarts change nothing, ids stay, nobody speaks for another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use essaim::aggregator::reconcile::{Identity, Known, Reconciler};
use essaim::event::*;
use essaim::programme::*;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use proptest::sample::Index;

fn identity() -> Identity {
    Identity {
        tag: Id::new("tag:programme.example,2026:").unwrap(),
        feed_id: Id::new("tag:programme.example,2026:programme").unwrap(),
        base: Address::new("https://programme.example/").unwrap(),
    }
}

fn known(n: usize) -> Known {
    let key = format!("lab{n}");
    Known {
        source: Source {
            key: SourceKey::new(&key).unwrap(),
            address: Address::new(&format!("https://{key}.example/feed.atom")).unwrap(),
            name: Line::new(&format!("Lab {n}")).unwrap(),
            region: None,
            language: None,
            zone: None,
            role: if n == 0 { Role::Aggregator } else { Role::Lab },
            trust: Trust::Auto,
            verified_hosts: BTreeSet::new(),
            kind: Default::default(),
            reads_pages: false,
            paused: false,
        },
        feed_id: Some(Id::new(&format!("tag:{key}.example,2026:feed")).unwrap()),
        feed_title: None,
    }
}

const SOURCES: usize = 5;

fn sources() -> Vec<Known> {
    (0..SOURCES).map(known).collect()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_730_000_000 + second).unwrap()
}

/// What one lab says: one of a few real events, in one of a few wordings.
#[derive(Debug, Clone)]
struct Saying {
    source: usize,
    id: u8,
    topic: usize,
    wording: usize,
    day: Option<i8>,
    cancelled: bool,
    with: Option<(usize, u8)>,
    copies: Option<(usize, u8)>,
    withdrawn: bool,
}

const TOPICS: [&str; 5] = [
    "design fiction sur la pénurie d’eau",
    "ingénierie territoriale et métiers",
    "télétravail dans les collectivités",
    "méthodes d’idéation (étape 1 sur 2)",
    "méthodes d’idéation (étape 2 sur 2)",
];
const WORDINGS: [&str; 3] = ["Atelier : ", "Table ronde – ", "[Nouveau] Découverte publique, "];

fn saying() -> impl Strategy<Value = Saying> {
    (
        0..SOURCES,
        0u8..4,
        0..TOPICS.len(),
        0..WORDINGS.len(),
        proptest::option::weighted(0.8, 12i8..15),
        proptest::bool::weighted(0.1),
        proptest::option::weighted(0.2, (0..SOURCES, 0u8..4)),
        proptest::option::weighted(0.2, (0..SOURCES, 0u8..4)),
        proptest::bool::weighted(0.15),
    )
        .prop_map(|(source, id, topic, wording, day, cancelled, with, copies, withdrawn)| Saying {
            source,
            id,
            topic,
            wording,
            day,
            cancelled,
            with,
            copies,
            withdrawn,
        })
}

fn entry_id(source: usize, id: u8) -> Id {
    // Two sources use the same ids, as a careless or a hostile one would.
    Id::new(&format!("tag:lab{}.example,2026:e/{id}", source % 4)).unwrap()
}

fn entry(said: &Saying, seen: i64) -> Entry {
    let key = EntryKey { source: known(said.source).source.key, id: entry_id(said.source, said.id) };
    let title = format!("{}{}", WORDINGS[said.wording], TOPICS[said.topic]);
    let mut parts = Parts::new(key.id.clone(), Line::new(&title).unwrap(), at(said.id.into()));
    parts.published = Some(at(0));
    parts.organisers = vec![Organiser { name: known(said.source).source.name, page: None, role: None }].into();
    parts.page = Address::new(&format!("https://lab{}.example/e/{}", said.source, said.id)).ok();
    if said.cancelled {
        parts.status = Status::Cancelled;
    }
    if let Some(day) = said.day {
        let day = date(2024, 11, day);
        let when = When::Day { days: Days::new(day, day).unwrap(), duration: None };
        parts.slots = vec![Slot::new(Name::new("c1").unwrap(), when)].into();
    }
    let feed = |n: usize| known(n).feed_id.unwrap();
    let foreign = Foreign::default();
    parts.with = said
        .with
        .map(|(s, id)| With { source: feed(s), event: entry_id(s, id), name: None, foreign: foreign.clone() })
        .into_iter()
        .collect();
    parts.copies = said
        .copies
        .map(|(s, id)| Copy { source: feed(s), id: entry_id(s, id), href: None, foreign })
        .into_iter()
        .collect();
    Entry {
        key,
        event: Arc::new(Event::new(parts).unwrap()),
        // Kept by the store from the first time; a test that is about it sets it.
        first_seen: at(1),
        changed: at(seen),
        presence: if said.withdrawn { Presence::Withdrawn(at(seen)) } else { Presence::Listed },
    }
}

/// The last word on each entry.
fn last(said: &[Saying]) -> Vec<Entry> {
    let mut out = BTreeMap::new();
    for said in said {
        let entry = entry(said, 100);
        out.insert(entry.key.clone(), entry);
    }
    out.into_values().collect()
}

/// Which entries are together, and what is said of them: all that may not depend on the order of arrival.
fn content(programme: &Programme) -> BTreeMap<BTreeSet<EntryKey>, (EntryKey, String, Status, usize)> {
    programme
        .events
        .values()
        .map(|event| {
            let copies = event.copies.iter().map(|copy| copy.key.clone()).collect();
            let primary = event.copies[0].key.clone();
            (copies, (primary, event.event.title.to_string(), event.event.status, event.event.slots.len()))
        })
        .collect()
}

fn fresh() -> Reconciler {
    Reconciler::new(identity(), sources(), &[], Ledger::default())
}

/// Feeds a history in small rounds and gives every state of the programme.
fn history(said: &[Saying], step: usize) -> (Reconciler, Vec<Programme>, Vec<Record>) {
    let mut reconciler = fresh();
    let (mut states, mut records) = (Vec::new(), Vec::new());
    for (round, said) in said.chunks(step.max(1)).enumerate() {
        let seen = i64::try_from(round).unwrap() * 60 + 100;
        let mut batch = BTreeMap::new();
        for said in said {
            let entry = entry(said, seen);
            batch.insert(entry.key.clone(), entry);
        }
        records.extend(reconciler.update(batch.into_values().collect(), at(seen)));
        states.push(reconciler.programme().clone());
    }
    (reconciler, states, records)
}

proptest! {
    #[test]
    fn the_order_of_arrival_changes_who_is_grouped(said in proptest::collection::vec(saying(), 1..14), order in any::<Vec<Index>>()) {
        let entries = last(&said);
        let mut whole = fresh();
        whole.update(entries.clone(), at(100));
        let mut shuffled = entries;
        for (n, index) in order.iter().enumerate() {
            let (a, b) = (n % shuffled.len(), index.index(shuffled.len()));
            shuffled.swap(a, b);
        }
        let mut all_at_once = fresh();
        all_at_once.update(shuffled, at(100));
        prop_assert_eq!(content(whole.programme()), content(all_at_once.programme()));
    }

    #[test]
    fn bringing_up_to_date_differs_from_starting_anew(said in proptest::collection::vec(saying(), 1..24), step in 1usize..5) {
        let (reconciler, _, records) = history(&said, step);
        let ledger = Ledger::from_records(records);
        prop_assert_eq!(&ledger, reconciler.ledger());
        let mut anew = Reconciler::new(identity(), sources(), &[], ledger);
        let entries: Vec<Entry> = {
            // The last word on each entry, as the store would give it.
            let mut last = BTreeMap::new();
            for (round, said) in said.chunks(step).enumerate() {
                let seen = i64::try_from(round).unwrap() * 60 + 100;
                for said in said {
                    let entry = entry(said, seen);
                    last.insert(entry.key.clone(), entry);
                }
            }
            last.into_values().collect()
        };
        let more = anew.update(entries, at(9_000));
        prop_assert_eq!(anew.programme(), reconciler.programme());
        prop_assert_eq!(more, Vec::<Record>::new(), "a restart found something to remember");
    }

    #[test]
    fn a_decision_reaches_less_or_more_than_starting_anew_with_it(
        said in proptest::collection::vec(saying(), 1..16),
        rulings in proptest::collection::vec((0..5usize, (0..SOURCES, 0u8..4), (0..SOURCES, 0u8..4), any::<bool>()), 1..6),
    ) {
        let (mut reconciler, _, mut records) = history(&said, 3);
        let mut decisions: Vec<Decision> = Vec::new();
        for (n, (kind, a, b, undone)) in rulings.into_iter().enumerate() {
            let (a, b) = (key(a.0, a.1), key(b.0, b.1));
            let ruling = match kind {
                0 | 1 if a == b => continue,
                0 => Ruling::Same(a, b),
                1 => Ruling::Different(a, b),
                2 => Ruling::Primary(a),
                3 => Ruling::Hidden(a),
                _ => Ruling::Corrected { entry: a, field: Field::Title, value: Line::new("Corrigé").unwrap() },
            };
            decisions.push(ruled(ruling, u8::try_from(n).unwrap()));
            records.extend(reconciler.set_decisions(&decisions, at(5_000)));
            if undone && let Some(last) = decisions.last_mut() {
                last.undone = Some(at(0));
                records.extend(reconciler.set_decisions(&decisions, at(5_000)));
            }
        }
        let mut anew = Reconciler::new(identity(), sources(), &decisions, Ledger::from_records(records));
        let mut entries = BTreeMap::new();
        for (round, said) in said.chunks(3).enumerate() {
            let seen = i64::try_from(round).unwrap() * 60 + 100;
            entries.extend(said.iter().map(|said| entry(said, seen)).map(|entry| (entry.key.clone(), entry)));
        }
        anew.update(entries.into_values().collect(), at(5_000));
        prop_assert_eq!(anew.programme(), reconciler.programme());
    }

    #[test]
    fn a_published_id_or_uid_changes_hands(said in proptest::collection::vec(saying(), 1..24), step in 1usize..5) {
        let (reconciler, states, _) = history(&said, step);
        let end = reconciler.programme();
        let mut slug_of: BTreeMap<Id, Slug> = BTreeMap::new();
        for state in &states {
            let mut uids = BTreeSet::new();
            for (id, event) in &state.events {
                prop_assert_eq!(&event.event.id, id);
                prop_assert!(!state.tombstones.contains_key(id), "an event is shown and gone");
                let slug = slug_of.entry(id.clone()).or_insert_with(|| event.slug.clone());
                prop_assert_eq!(&*slug, &event.slug, "a slug changed");
                for uid in event.uids.iter().map(|(_, uid)| uid) {
                    prop_assert!(uids.insert(*uid), "two slots have one UID");
                }
                prop_assert_eq!(event.uids.len(), event.event.slots.len());
            }
        }
        let slugs: BTreeSet<&Slug> = slug_of.values().collect();
        prop_assert_eq!(slugs.len(), slug_of.len(), "two events had one slug");
        for (id, slug) in &slug_of {
            let shown = end.events.contains_key(id);
            prop_assert!(shown || end.tombstones.contains_key(id), "an event vanished without a trace");
            prop_assert!(shown || !end.events.values().any(|e| e.slug == *slug));
        }
        // Every entry that is listed is in exactly one event.
        let mut seen = BTreeSet::new();
        for copy in end.events.values().flat_map(|e| &e.copies) {
            prop_assert!(seen.insert(&copy.key), "an entry is in two events");
        }
    }

    #[test]
    fn a_copy_cancels_or_is_joined_without_agreeing_with_the_primary(said in proptest::collection::vec(saying(), 1..14)) {
        let mut reconciler = fresh();
        let entries = last(&said);
        reconciler.update(entries.clone(), at(100));
        for event in reconciler.programme().events.values() {
            let primary = entries.iter().find(|e| e.key == event.copies[0].key).unwrap();
            prop_assert_eq!(event.event.status, primary.event.status);
            prop_assert_eq!(&event.event.registration, &primary.event.registration);
            for copy in &event.copies[1..] {
                prop_assert!(copy.join.is_some(), "a copy was joined and nobody can say why");
            }
        }
    }
}

fn say(source: usize, id: u8, topic: usize) -> Saying {
    Saying {
        source,
        id,
        topic,
        wording: 0,
        day: Some(12),
        cancelled: false,
        with: None,
        copies: None,
        withdrawn: false,
    }
}

fn decide(ruling: Ruling) -> Decision {
    Decision { id: uuid::Uuid::nil(), ruling, by: Line::new("équipe").unwrap(), at: at(0), why: None, undone: None }
}

fn key(source: usize, id: u8) -> EntryKey {
    EntryKey { source: known(source).source.key, id: entry_id(source, id) }
}

#[test]
fn naming_anothers_event_is_enough_to_join_it() {
    // Lab 3 claims to be with lab 1's event and to be a copy of it; lab 1 never said so.
    let mut thief = say(3, 1, 2);
    thief.with = Some((1, 0));
    thief.copies = Some((1, 0));
    let mut reconciler = fresh();
    reconciler.update(vec![entry(&say(1, 0, 0), 1), entry(&thief, 1)], at(1));
    assert_eq!(reconciler.programme().events.len(), 2);
    // Said by both, it holds.
    let mut host = say(1, 0, 0);
    host.with = Some((3, 1));
    reconciler.update(vec![entry(&host, 2)], at(2));
    assert_eq!(reconciler.programme().events.len(), 1);
    let event = reconciler.programme().events.values().next().unwrap();
    assert_eq!(event.copies[1].join.as_ref().unwrap().rule, Rule::With);
}

#[test]
fn whoever_names_another_meets_it_in_one_direction_only() {
    // Nothing in common but that lab 1 names lab 2's event. What is compared must not hang on which of the two came last.
    let one_sided = Saying { with: Some((2, 0)), ..say(1, 0, 0) };
    let other = Saying { day: Some(14), wording: 1, ..say(2, 0, 1) };
    let met = |reconciler: &Reconciler| {
        [(key(1, 0), key(2, 0)), (key(2, 0), key(1, 0))].map(|(a, b)| reconciler.obstacle(&a, &b).unwrap().0)
    };
    let mut reconciler = fresh();
    reconciler.update(vec![entry(&one_sided, 1), entry(&other, 1)], at(1));
    assert_eq!(met(&reconciler), [false; 2]);
    reconciler.update(vec![entry(&Saying { with: Some((1, 0)), ..other }, 2)], at(2));
    assert_eq!(met(&reconciler), [true; 2]);
}

#[test]
fn a_feed_that_claims_anothers_id_joins_as_that_feed() {
    let mut sources = sources();
    sources[3].feed_id = sources[1].feed_id.clone();
    let mut reconciler = Reconciler::new(identity(), sources, &[], Ledger::default());
    let mut host = say(1, 0, 0);
    host.with = Some((2, 0));
    let mut partner = say(2, 0, 2);
    partner.with = Some((1, 0));
    let mut thief = entry(&say(3, 0, 1), 1);
    // Lab 3 pretends to be lab 1's entry.
    thief.key.id = entry_id(1, 0);
    let parts = Parts { id: entry_id(1, 0), ..(*thief.event).clone().into_parts() };
    thief.event = Arc::new(Event::new(parts).unwrap());
    reconciler.update(vec![entry(&host, 1), entry(&partner, 1), thief], at(1));
    for event in reconciler.programme().events.values() {
        assert!(event.copies.iter().all(|c| c.key.source != known(3).source.key) || event.copies.len() == 1);
    }
}

#[test]
fn whoever_claims_the_oldest_date_speaks_for_an_event() {
    let mut reconciler = fresh();
    reconciler.update(vec![entry(&say(1, 0, 0), 1)], at(1));
    // Another source joins later, says that it was published long before, and cancels.
    let thief = Saying { cancelled: true, ..say(3, 1, 0) };
    let mut thief = entry(&thief, 50);
    thief.first_seen = at(50);
    for signed in [true, false] {
        let mut parts = (*thief.event).clone().into_parts();
        parts.published = Some(Timestamp::from_second(1).unwrap());
        if !signed {
            parts.organisers = Vec::new().into();
        }
        thief.event = Arc::new(Event::new(parts).unwrap());
        reconciler.update(vec![thief.clone()], at(50));
        let event = reconciler.programme().events.values().find(|e| e.copies.len() == 2).unwrap();
        assert_eq!((event.copies[0].key.clone(), event.event.status), (key(1, 0), Status::Scheduled));
        assert_eq!(event.doubts, vec![Doubt::CancelledByCopy { entry: thief.key.clone() }]);
    }
}

#[test]
fn an_entry_dated_in_the_future_stands_before_all_others_until_then() {
    let mut reconciler = fresh();
    let mut one = entry(&say(0, 1, 0), 50);
    let parts = Parts { updated: at(1_000_000), ..one.event.as_ref().clone().into_parts() };
    one.event = Arc::new(Event::new(parts).unwrap());
    reconciler.update(vec![one, entry(&say(1, 60, 1), 70)], at(80));
    let updated: Vec<_> = reconciler.programme().events.values().map(|event| event.event.updated).collect();
    // It counts as changed when it was read; what it says itself is kept with its entry.
    assert!(updated.contains(&at(50)) && updated.contains(&at(60)), "{updated:?}");
}

#[test]
fn a_slot_takes_the_uid_of_one_that_moved() {
    let timed = |said: &Saying, slots: &[(&str, i8)], seen| {
        let mut entry = entry(said, seen);
        let mut parts = (*entry.event).clone().into_parts();
        parts.slots = slots
            .iter()
            .map(|(name, day)| {
                let day = date(2024, 11, *day);
                let days = Days::new(day, day).unwrap();
                Slot::new(Name::new(name).unwrap(), When::Day { days, duration: None })
            })
            .collect();
        entry.event = Arc::new(Event::new(parts).unwrap());
        entry
    };
    let (host, copy) = (say(1, 0, 0), say(2, 0, 0));
    let mut reconciler = fresh();
    reconciler.update(vec![timed(&host, &[("c1", 19)], 1), timed(&copy, &[("x", 19)], 1)], at(1));
    let c1 = Name::new("c1").unwrap();
    let uid = reconciler.programme().events.values().next().unwrap().uid(&c1).unwrap();
    // c1 moves, and another slot is held where it was; the copy has not followed.
    reconciler.update(vec![timed(&host, &[("c1", 26), ("c3", 19)], 2)], at(2));
    let event = reconciler.programme().events.values().next().unwrap();
    assert_eq!(event.uid(&c1).unwrap(), uid);
    assert_ne!(event.uid(&Name::new("c3").unwrap()).unwrap(), uid);
}

#[test]
fn a_withdrawal_cut_off_by_a_crash_leaves_no_tombstone() {
    let mut reconciler = fresh();
    let records = reconciler.update(vec![entry(&say(1, 0, 0), 1)], at(1));
    let id = reconciler.programme().events.keys().next().unwrap().clone();
    // The withdrawal was recorded with the entry, and the process ended before it was reconciled.
    let gone = Saying { withdrawn: true, ..say(1, 0, 0) };
    let mut anew = Reconciler::new(identity(), sources(), &[], Ledger::from_records(records));
    anew.update(vec![entry(&gone, 2)], at(3));
    anew.sweep(at(3));
    assert_eq!(anew.programme().tombstones.get(&id), Some(&at(3)));
}

#[test]
fn a_decision_loses_to_a_rule_or_is_forgotten() {
    let entries = vec![entry(&say(1, 0, 0), 1), entry(&say(2, 0, 0), 1), entry(&say(3, 0, 2), 1)];
    let mut reconciler = fresh();
    reconciler.update(entries, at(1));
    assert_eq!(reconciler.programme().events.len(), 2);
    let ids: BTreeSet<Id> = reconciler.programme().events.keys().cloned().collect();
    let apart = decide(Ruling::Different(key(1, 0), key(2, 0)));
    reconciler.set_decisions(std::slice::from_ref(&apart), at(2));
    assert_eq!(reconciler.programme().events.len(), 3);
    // It holds when an entry is said again.
    reconciler.update(vec![entry(&say(2, 0, 0), 3)], at(3));
    assert_eq!(reconciler.programme().events.len(), 3);
    let same = decide(Ruling::Same(key(1, 0), key(3, 0)));
    reconciler.set_decisions(&[apart, same], at(4));
    assert_eq!(reconciler.programme().events.len(), 2);
    // Undone, everything is as it was: the joined pair confirmed before comes together again.
    reconciler.set_decisions(&[], at(5));
    assert!(
        ids.iter()
            .all(|id| reconciler.programme().events.contains_key(id)
                || reconciler.programme().tombstones.contains_key(id))
    );
}

#[test]
fn what_was_ruled_the_same_stays_together_when_that_is_undone() {
    let (mut reconciler, mut taken) = (fresh(), decide(Ruling::Same(key(1, 0), key(3, 0))));
    reconciler.update(vec![entry(&say(1, 0, 0), 1), entry(&say(3, 0, 2), 1)], at(1));
    let before = reconciler.programme().events.clone();
    reconciler.set_decisions(std::slice::from_ref(&taken), at(2));
    assert_eq!(reconciler.programme().events.len(), 1);
    taken.undone = Some(at(3));
    reconciler.set_decisions(std::slice::from_ref(&taken), at(3));
    assert_eq!(reconciler.programme().events.len(), 2);
    let kept = reconciler.programme().events.keys().filter(|id| before.contains_key(*id)).count();
    assert_eq!(kept, 1, "the older of the two keeps its id");
}

#[test]
fn a_hidden_event_is_shown_or_vanishes_without_a_word() {
    let mut reconciler = fresh();
    let mut hidden = decide(Ruling::Hidden(key(1, 0)));
    let mut records = reconciler.update(vec![entry(&say(1, 0, 0), 1)], at(1));
    let id = reconciler.programme().events.keys().next().unwrap().clone();
    records.extend(reconciler.set_decisions(std::slice::from_ref(&hidden), at(2)));
    assert!(reconciler.programme().events.is_empty());
    assert_eq!(reconciler.programme().tombstones.get(&id), Some(&at(2)));
    // It is as hidden after a restart, and since then.
    let mut anew = Reconciler::new(identity(), sources(), std::slice::from_ref(&hidden), Ledger::from_records(records));
    assert!(anew.update(vec![entry(&say(1, 0, 0), 1)], at(3)).is_empty());
    assert_eq!(anew.programme(), reconciler.programme());
    hidden.undone = Some(at(4));
    reconciler.set_decisions(std::slice::from_ref(&hidden), at(4));
    assert!(reconciler.programme().events.contains_key(&id) && reconciler.programme().tombstones.is_empty());
}

#[test]
fn a_copy_whose_day_moves_splits_an_event() {
    let mut reconciler = fresh();
    reconciler.update(vec![entry(&say(1, 0, 0), 1), entry(&say(2, 0, 0), 1)], at(1));
    let id = reconciler.programme().events.keys().next().unwrap().clone();
    let uids = reconciler.programme().events[&id].uids.clone();
    let mut moved = say(1, 0, 0);
    moved.day = Some(14);
    reconciler.update(vec![entry(&moved, 2)], at(2));
    assert_eq!(reconciler.programme().events.len(), 1);
    let event = &reconciler.programme().events[&id];
    assert_eq!(event.doubts, vec![Doubt::Drifted { entry: key(2, 0) }]);
    assert_eq!(event.uids, uids, "the calendar entry moves; it is not replaced");
    assert_eq!(event.event.sequence, 1);
}

#[test]
fn a_series_is_joined_into_one_event() {
    let mut reconciler = fresh();
    let mut steps =
        vec![entry(&say(1, 0, 3), 1), entry(&say(2, 0, 3), 1), entry(&say(1, 1, 4), 1), entry(&say(2, 1, 4), 1)];
    steps.push(entry(&say(3, 2, 4), 1));
    reconciler.update(steps, at(1));
    let sizes: Vec<usize> = reconciler.programme().events.values().map(|e| e.copies.len()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 5);
    assert_eq!(sizes.len(), 2);
}

#[test]
fn the_last_copy_leaves_without_a_tombstone_or_comes_back_under_another_id() {
    let mut reconciler = fresh();
    reconciler.update(vec![entry(&say(1, 0, 0), 1)], at(1));
    let id = reconciler.programme().events.keys().next().unwrap().clone();
    let mut gone = say(1, 0, 0);
    gone.withdrawn = true;
    reconciler.update(vec![entry(&gone, 2)], at(2));
    assert!(reconciler.programme().events.is_empty());
    assert_eq!(reconciler.programme().tombstones.get(&id), Some(&at(2)));
    reconciler.update(vec![entry(&say(1, 0, 0), 3)], at(3));
    assert!(reconciler.programme().events.contains_key(&id));
    assert!(reconciler.programme().tombstones.is_empty());
}

#[test]
fn our_own_programme_comes_back_as_news() {
    let mut reconciler = fresh();
    let mut echo = entry(&say(0, 0, 0), 1);
    let mut parts = (*echo.event).clone().into_parts();
    parts.copies = vec![Copy {
        source: identity().feed_id,
        id: Id::new("tag:programme.example,2026:evenement/x").unwrap(),
        href: None,
        foreign: Foreign::default(),
    }]
    .into();
    echo.event = Arc::new(Event::new(parts).unwrap());
    reconciler.update(vec![echo], at(1));
    assert!(reconciler.programme().events.is_empty());
}

fn ruled(ruling: Ruling, second: u8) -> Decision {
    let by = Line::new("équipe").unwrap();
    Decision { id: uuid::Uuid::from_u128(second.into()), ruling, by, at: at(second.into()), why: None, undone: None }
}

#[test]
fn a_corrected_field_is_lost_at_the_next_poll_or_outlives_its_decision() {
    let mut reconciler = fresh();
    reconciler.update(vec![entry(&say(1, 0, 0), 1), entry(&say(2, 0, 0), 1)], at(1));
    let only = |reconciler: &Reconciler| reconciler.programme().events.values().next().unwrap().clone();
    let before = only(&reconciler);
    let line = |text: &str| Line::new(text).unwrap();
    let correct = |field, value: &str| Ruling::Corrected { entry: key(2, 0), field, value: line(value) };
    let mut decisions =
        vec![ruled(correct(Field::Title, "Le bon titre"), 5), ruled(correct(Field::Slots, "2024-11-20"), 6)];
    reconciler.set_decisions(&decisions, at(6));
    reconciler.update(vec![entry(&say(1, 0, 0), 7)], at(7));
    let corrected = only(&reconciler);
    assert_eq!(corrected.event.title.as_str(), "Le bon titre");
    assert_eq!(corrected.event.slots[0].when.first_day(), date(2024, 11, 20));
    assert_eq!(corrected.uids, before.uids, "the calendar entry moves; it is not replaced");
    assert_eq!(corrected.voices[&Field::Title], vec![Voice::Decision { id: decisions[0].id }]);
    decisions.iter_mut().for_each(|decision| decision.undone = Some(at(8)));
    reconciler.set_decisions(&decisions, at(8));
    assert_eq!(only(&reconciler).event.title, before.event.title);
    assert_eq!(only(&reconciler).event.slots, before.event.slots);
}

#[test]
fn a_source_that_repeats_one_name_joins_or_doubts_nothing() {
    let mut reconciler = fresh();
    let mut flood: Vec<Entry> = (0..40)
        .map(|n| {
            let mut one = entry(&say(3, 0, 0), 1);
            let id = Id::new(&format!("tag:lab3.example,2026:flood/{n}")).unwrap();
            let mut parts = one.event.as_ref().clone().into_parts();
            parts.id = id.clone();
            one.key.id = id;
            one.event = Arc::new(Event::new(parts).unwrap());
            one
        })
        .collect();
    flood.push(entry(&say(1, 0, 0), 1));
    reconciler.update(flood, at(1));
    let own = |event: &&Arc<Published>| event.copies.iter().any(|copy| copy.key == key(1, 0));
    let events = &reconciler.programme().events;
    let mine = events.values().find(own).unwrap();
    assert_eq!(mine.copies.len(), 1);
    assert!(mine.doubts.is_empty(), "{:?}", mine.doubts);
}

#[test]
fn a_word_that_becomes_usual_is_forgotten_in_part() {
    // So many entries of those days have the word that nobody is found by it any more, then again few enough.
    let word = |source: usize, name: &str, day: i8| {
        let mut one = entry(&Saying { day: Some(day), ..say(source, 0, 0) }, 1);
        let id = Id::new(&format!("tag:lab{source}.example,2026:{name}")).unwrap();
        let mut parts = one.event.as_ref().clone().into_parts();
        (parts.id, parts.title) = (id.clone(), Line::new(&format!("Zanzibarque {name}")).unwrap());
        one.key.id = id;
        one.event = Arc::new(Event::new(parts).unwrap());
        one
    };
    let mut held = vec![word(1, "sonore", 14), word(2, "sonores et lumineux", 14), word(2, "muet", 14)];
    let mut reconciler = fresh();
    reconciler.update(held.clone(), at(1));
    let together = |reconciler: &Reconciler| {
        let programme = reconciler.programme().events.values();
        programme.map(|event| (event.copies.clone(), event.doubts.clone())).collect::<Vec<_>>()
    };
    let before = together(&reconciler);
    let anew = |held: &[Entry], ledger: Ledger| {
        let mut anew = Reconciler::new(identity(), sources(), &[], ledger);
        anew.update(held.to_vec(), at(1));
        together(&anew)
    };
    let mut met = Vec::new();
    for n in 0..90 {
        let letter = |n: i8| char::from(b'a' + u8::try_from(n).unwrap());
        let one = word(3, &format!("{}{}", letter(n / 10), letter(n % 10)), 14 + n % 3);
        held.push(one.clone());
        reconciler.update(vec![one], at(1));
        assert_eq!(together(&reconciler), anew(&held, reconciler.ledger().clone()), "after {n} more");
        met.push(reconciler.obstacle(&held[0].key, &held[3].key).unwrap().0);
    }
    assert_eq!((met[0], met[89]), (true, false), "whether the word finds anyone");
    while held.len() > 3 {
        let mut one = held.pop().unwrap();
        one.presence = Presence::Withdrawn(at(2));
        reconciler.update(vec![one], at(2));
        assert_eq!(together(&reconciler), anew(&held, reconciler.ledger().clone()), "with {} left", held.len());
    }
    assert_eq!(together(&reconciler), before);
}
