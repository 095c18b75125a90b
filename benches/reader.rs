//! How fast a feed of level N2 is read, in megabytes of Atom a second: the bare tokenizer, our reader, the others.
//! `cargo bench --bench reader`; docs/speed.md says what the lines mean.

#[expect(dead_code, reason = "the labs and the memory are the other bench's")]
mod generator;

use std::hint::black_box;
use std::time::Duration;

use essaim::format::xml::{Limits, Reader};
use essaim::format::{Hints, atom};
use essaim::parse;
use generator::gauge::{Way, in_turn};
use quick_xml::NsReader;
use quick_xml::events::Event;

/// For how long the ways of reading are repeated.
const ALL: Duration = Duration::from_secs(12);

fn main() {
    let text = String::from_utf8(atom::write(&generator::events::feed(7, 300, |_| 0))).unwrap();
    println!("{} entries of level N2, {} bytes of Atom; medians", 300, text.len());
    let hints = Hints {
        address: None,
        language: None,
        zone: None,
        region: None,
        by_link: false,
        seen: jiff::Timestamp::from_second(1_800_000_000).unwrap(),
    };
    let mut ways: Vec<Way> = vec![
        ("quick-xml: events with resolved names", Box::new(|| assert!(black_box(tokens(&text)) > 0))),
        ("essaim: elements, limits on", Box::new(|| assert!(black_box(elements(&text)) > 0))),
        ("essaim: events, sanitised", Box::new(|| drop(black_box(atom::read(&text, &hints).unwrap().unwrap())))),
        (
            "essaim: all that a fetch is read by",
            Box::new(|| drop(black_box(parse::read(text.as_bytes(), None, &hints).unwrap()))),
        ),
        ("feed-rs", Box::new(|| drop(black_box(feed_rs::parser::parse(text.as_bytes()).unwrap())))),
        ("atom_syndication", Box::new(|| drop(black_box(text.parse::<atom_syndication::Feed>().unwrap())))),
    ];
    let seconds = in_turn(ALL, &mut ways);
    for ((what, _), seconds) in ways.iter().zip(seconds) {
        println!(
            "{what:<52} {:>8.1} MB/s {:>8.1} µs an entry",
            text.len() as f64 / seconds / 1e6,
            seconds / 300.0 * 1e6
        );
    }
}

fn tokens(text: &str) -> usize {
    let mut reader = NsReader::from_str(text);
    let mut count = 0;
    loop {
        match reader.read_resolved_event().unwrap() {
            (_, Event::Eof) => return count,
            _ => count += 1,
        }
    }
}

fn elements(text: &str) -> usize {
    let (mut reader, _) = Reader::open(text, Limits::default()).unwrap();
    let mut count = 0;
    while let Some((element, _)) = reader.next_child().unwrap() {
        count += element.children.len();
    }
    count
}
