//! What fuzzing looks at: each target takes any bytes and panics when a promise is broken. Shared by cargo-fuzz and by
//! the replay in tests/fuzz_replay.rs.

use essaim::event::{Address, Event, Html, Zone};
use essaim::format::{Feed, Hints, Level, Reading, atom};
use essaim::parse;
use essaim::programme::{Published, Slug};

/// What looks at bytes, and panics when a promise is broken.
pub type Target = fn(&[u8]);

pub const TARGETS: [(&str, Target); 4] =
    [("parse_any", parse_any), ("atom_round_trip", atom_round_trip), ("html", html), ("words", words)];

fn hints() -> Hints {
    Hints {
        address: Address::new("https://lab.example/feed").ok(),
        language: None,
        zone: Zone::new("Europe/Paris").ok(),
        region: None,
        by_link: false,
        seen: jiff::Timestamp::from_second(1_780_000_000).unwrap(),
    }
}

/// Any document: reading ends, and what it gives is as an event must be: stored and read again it is the same.
pub fn parse_any(data: &[u8]) {
    let Ok(reading) = parse::read(data, None, &hints()) else { return };
    for entry in &reading.entries {
        let stored = serde_json_of(&entry.event);
        assert_eq!(stored, entry.event, "an event is stored as another");
    }
}

fn serde_json_of(event: &Event) -> Event {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}

/// A feed that was read, written by us and read again says the same.
pub fn atom_round_trip(data: &[u8]) {
    let Ok(reading) = parse::read(data, None, &hints()) else { return };
    let feed = feed_of(reading);
    let text = String::from_utf8(atom::write(&feed)).unwrap();
    let again = parse::read(text.as_bytes(), None, &hints()).unwrap_or_else(|e| panic!("{e}: {text}"));
    let written: Vec<&Event> = feed.events.iter().map(|published| &published.event).collect();
    let read: Vec<&Event> = again.entries.iter().map(|entry| &entry.event).collect();
    assert!(again.entries.iter().all(|entry| entry.level == Level::N2));
    assert_eq!(read, written);
}

fn feed_of(reading: Reading) -> Feed {
    let events = reading.entries.into_iter().enumerate().map(|(number, entry)| {
        let slug = Slug::new(&format!("e{number}")).unwrap();
        let (uids, copies, doubts) = Default::default();
        std::sync::Arc::new(Published { event: entry.event, slug, uids, copies, doubts, voices: Default::default() })
    });
    let base = Address::new("https://lab.example/").unwrap();
    let head = essaim::format::Head {
        id: essaim::event::Id::new("tag:lab.example,2026:programme").unwrap(),
        title: essaim::event::Line::new("Lab").unwrap(),
        subtitle: None,
        language: essaim::event::Language::new("fr").unwrap(),
        zone: None,
        updated: jiff::Timestamp::UNIX_EPOCH,
        author: essaim::event::Organiser {
            name: essaim::event::Line::new("Lab").unwrap(),
            page: Some(base.clone()),
            role: None,
        },
        base,
        stem: "feed",
        licence: None,
        rights: None,
        regions: Vec::new(),
        complete: true,
        hub: None,
    };
    Feed { head, events: events.collect(), tombstones: Vec::new() }
}

/// The sanitiser: what it lets through is well-formed, and cleaning it again changes nothing.
pub fn html(data: &[u8]) {
    let markup = String::from_utf8_lossy(data);
    let Some(html) = Html::clean(&markup, Address::new("https://lab.example/").ok().as_ref()) else { return };
    assert_eq!(Html::clean(html.as_str(), None).as_ref(), Some(&html));
    let lower = html.as_str().to_ascii_lowercase();
    assert!(!lower.contains("<script") && !lower.contains("javascript:\""));
    let document = format!("<d xmlns='http://www.w3.org/1999/xhtml'>{html}</d>");
    let limits = essaim::format::xml::Limits { depth: 2_000, ..Default::default() };
    let (mut reader, _) = essaim::format::xml::Reader::open(&document, limits).unwrap();
    while reader.next_child().unwrap().is_some() {}
    html.to_text();
    html.without_remote_images("image");
}

/// The small readers of what stands in attributes and headers: times, zones, addresses, durations, languages.
pub fn words(data: &[u8]) {
    use essaim::event::{Contact, Country, Id, Language, Line, MediaType, Minutes, Moment, Name, Region};
    let text = String::from_utf8_lossy(data);
    let _ = Moment::parse(&text).map(|moment| assert_eq!(Moment::parse(&moment.to_string()), Ok(moment)));
    let _ = Minutes::parse(&text).map(|minutes| assert_eq!(Minutes::parse(&minutes.to_string()), Ok(minutes)));
    macro_rules! settled {
        ($($name:ident)+) => {
            $(if let Ok(value) = $name::new(&text) {
                assert_eq!($name::new(value.as_str()), Ok(value), stringify!($name));
            })+
        };
    }
    settled! { Address Contact Country Id Language Line MediaType Name Region Slug Zone }
    Slug::from_title(&text, |_| false);
}
