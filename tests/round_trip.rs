//! What a node writes, an aggregator reads back as the same event, whatever its author typed.

mod common;

use common::generate;
use essaim::event::{Address, Availability, Days, Event, Id, Line, Name, Parts, Slot, Status, When};
use essaim::format::{Hints, Level, atom, ical};
use essaim::parse;
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

/// Whether two slots are one as far as a calendar tells: a period is days there, how long a day without an hour lasts
/// is not said, and from midnight to midnight is a day.
fn is_same_slot((event, slot): (&Event, &Slot), (other, copy): (&Event, &Slot)) -> bool {
    let time = match (slot.when, copy.when) {
        (When::Timed(hours), When::Timed(copy)) => {
            let end = hours.end().filter(|end| end.instant() > hours.start().instant());
            (hours.start().instant(), end.map(|end| end.instant()))
                == (copy.start().instant(), copy.end().map(|end| end.instant()))
        }
        (When::Timed(hours), When::AllDay(_)) => hours
            .end()
            .is_some_and(|end| end.instant().duration_since(hours.start().instant()).as_mins() >= 24 * 60 - 1),
        (When::Day { days, .. }, When::Day { days: copy, .. }) => days == copy,
        // A whole month is a period, whatever it was called.
        (When::Day { days, .. } | When::AllDay(days) | When::Period(days), When::Period(copy)) => days == copy,
        (When::AllDay(days) | When::Period(days), When::AllDay(copy)) => days == copy,
        _ => false,
    };
    let told = |status: Status| if status == Status::MovedOnline { Status::Scheduled } else { status };
    time && told(event.status_of(slot)) == told(other.status_of(copy))
}

proptest! {
    #[test]
    fn our_calendar_is_read_back_as_other_events(event in generate::event()) {
        // A status in the author's own words is one wherever a calendar tells it.
        prop_assume!(!event.title.as_str().contains('['));
        let text = ical::write(&generate::feed(vec![event.clone()]));
        let reading = parse::read(text.as_bytes(), None, &hints()).unwrap_or_else(|e| panic!("{e} in\n{text}"));
        prop_assert_eq!(reading.entries.len(), usize::from(!event.slots.is_empty()), "{}", text);
        if let Some(entry) = reading.entries.first() {
            let mut copies: Vec<&Slot> = entry.event.slots.iter().collect();
            for slot in &event.slots {
                let at = copies.iter().position(|copy| is_same_slot((&event, slot), (&entry.event, copy)));
                prop_assert!(at.is_some(), "{:?} not in {:?} of\n{}", slot, copies, text);
                copies.remove(at.unwrap_or(0));
            }
            prop_assert!(copies.is_empty(), "{:?} in\n{}", copies, text);
            let plain = |title: &Line| !title.as_str().contains(['<', '&', '(']);
            if plain(&event.title) {
                prop_assert_eq!(&entry.event.title, &event.title, "{}", text);
            }
        }
    }

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
    parts.slots = vec![slot("c1", 10, Some(Availability::Full)), slot("c2", 11, None)].into();
    let event = Event::new(parts).unwrap();
    assert_eq!(read(vec![event.clone()]).0, vec![event]);
}
