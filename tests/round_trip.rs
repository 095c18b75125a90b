//! What a node writes, an aggregator reads back as the same event, whatever its author typed.

mod common;

use common::generate;
use essaim::event::{Address, Availability, Days, Event, Id, Line, Name, Parts, Slot, When};
use essaim::format::{Hints, Level, atom};
use jiff::Timestamp;
use proptest::prelude::*;

fn hints() -> Hints {
    Hints {
        address: Address::new("https://lab.example/feed.atom").ok(),
        language: None,
        zone: None,
        region: None,
        by_link: false,
        seen: Timestamp::from_second(1_790_000_000).expect("an instant"),
    }
}

fn read(events: Vec<Event>) -> (Vec<Event>, String) {
    let bytes = atom::write(&generate::feed(events));
    let text = String::from_utf8(bytes).expect("a feed is UTF-8");
    let reading = atom::read(&text, &hints()).unwrap_or_else(|e| panic!("{e} in\n{text}")).expect("Atom").reading;
    assert!(reading.findings.is_empty(), "{:?} in\n{text}", reading.findings);
    assert!(reading.entries.iter().all(|entry| entry.level == Level::N2));
    (reading.entries.into_iter().map(|entry| entry.event).collect(), text)
}

proptest! {
    #[test]
    fn an_event_is_lost_or_changed_on_its_way_through_a_feed(event in generate::event()) {
        let (back, text) = read(vec![event.clone()]);
        prop_assert_eq!(back.len(), 1, "{}", text);
        prop_assert_eq!(&back[0], &event, "{}", text);
    }

    #[test]
    fn an_event_is_changed_by_being_kept(event in generate::event()) {
        let json = serde_json::to_string(&event).expect("an event is JSON");
        let back: Event = serde_json::from_str(&json).expect("and back");
        prop_assert_eq!(back, event);
    }
}

#[test]
fn a_title_that_begins_like_a_status_loses_its_beginning() {
    let slot = |name: &str, day: i8, availability| {
        let day = jiff::civil::date(2026, 11, day);
        let when = When::Day { days: Days::new(day, day).unwrap(), duration: None };
        Slot { availability, ..Slot::new(Name::new(name).unwrap(), when) }
    };
    let mut parts = Parts::new(
        Id::new("tag:lab.example,2026:e/1").unwrap(),
        Line::new("[Complet] y").unwrap(),
        Timestamp::from_second(1_700_000_000).unwrap(),
    );
    // One slot of two is full: the event is not, and the words are the author's.
    parts.slots = vec![slot("c1", 10, Some(Availability::Full)), slot("c2", 11, None)];
    let event = Event::new(parts).unwrap();
    assert_eq!(read(vec![event.clone()]).0, vec![event]);
}
