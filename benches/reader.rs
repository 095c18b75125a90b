//! How fast a feed of level N2 is read, in megabytes of Atom a second: the bare tokenizer, our reader, the others.
//! `cargo bench --bench reader`; docs/speed.md says what the lines mean.

#[expect(dead_code, reason = "the labs and the memory are the other bench's")]
mod generator;

use std::time::Duration;

use essaim::format::xml::{Limits, Reader};
use essaim::format::{Hints, atom};
use essaim::parse;
use generator::gauge::repeat;
use quick_xml::NsReader;
use quick_xml::events::Event;

/// For how long each way of reading is repeated.
const EACH: Duration = Duration::from_secs(2);

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
    let say = |what: &str, seconds: f64| {
        println!(
            "{what:<52} {:>8.1} MB/s {:>8.1} µs an entry",
            text.len() as f64 / seconds / 1e6,
            seconds / 300.0 * 1e6
        );
    };
    say("quick-xml: events with resolved names", repeat(EACH, || tokens(&text)));
    say("essaim: elements, limits on", repeat(EACH, || elements(&text)));
    say("essaim: events, sanitised", repeat(EACH, || atom::read(&text, &hints).unwrap().unwrap()));
    say("essaim: all that a fetch is read by", repeat(EACH, || parse::read(text.as_bytes(), None, &hints).unwrap()));
    say("feed-rs", repeat(EACH, || feed_rs::parser::parse(text.as_bytes()).unwrap()));
    say("atom_syndication", repeat(EACH, || text.parse::<atom_syndication::Feed>().unwrap()));
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
