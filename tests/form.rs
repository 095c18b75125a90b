//! The form of an event against events of every shape: opened and sent without a change, none says anything else.

mod common;

use std::collections::BTreeMap;

use essaim::event::{Address, Event, Id, Language, Line, Region, Zone};
use essaim::node::form::{Form, Given, read};
use essaim::node::lab::Said;
use essaim::programme::Lab;
use jiff::Timestamp;
use proptest::prelude::*;

fn lab() -> Lab {
    let said = Said {
        name: Line::new("Lab").unwrap(),
        title: None,
        region: Region::new("FR-ARA").ok(),
        zone: Zone::new("Europe/Paris").ok(),
        page: None,
        licence: None,
        language: Language::new("fr").unwrap(),
    };
    said.lab(None, &Address::new("https://lab.example/").unwrap(), 2026).unwrap()
}

/// What the lab says where an event leaves it open is filled in; all else stays.
fn filled(event: &Event, lab: &Lab) -> Event {
    let mut parts = event.clone().into_parts();
    parts.assumed.clear();
    parts.language.get_or_insert_with(|| lab.language.clone());
    parts.zone = parts.zone.or_else(|| lab.zone.clone());
    Event::new(parts).unwrap()
}

proptest! {
    #[test]
    fn an_event_that_is_opened_and_sent_unchanged_says_something_else(event in common::generate::event()) {
        let (lab, pictures) = (lab(), Address::new("https://lab.example/pictures/").unwrap());
        // Hours of which no zone was said are put on the lab's clock: `src/node/form/tests.rs` has those.
        prop_assume!(event.slots.iter().all(|slot| event.zone_of(slot).is_some() || slot.when.start().is_none()));
        let form = Form::of(&event, &pictures, lab.zone.as_ref());
        let sent = Form::from_values(form.values().to_vec());
        prop_assert_eq!(&sent, &form);
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let (series, topics) = (BTreeMap::new(), BTreeMap::new());
        let given = Given { lab: &lab, pictures: &pictures, known: Some(&event), series, topics, now };
        let read = read(&sent, &given, &Id::new("tag:lab.example,2026:evenement/1").unwrap());
        prop_assert_eq!(read.map_err(|problems| format!("{problems:?}")), Ok(filled(&event, &lab)));
    }
}
