//! Documents made to crash, hang or bloat whoever reads them: each is refused or read, on the stack that a thread of
//! the aggregator has, and takes little more memory than it weighs.

use std::sync::Mutex;

use essaim::event::Address;
use essaim::format::{Hints, Reading};
use essaim::parse::{self, Rejected};

/// What a thread of the aggregator has for its stack.
const STACK: usize = 2 * 1024 * 1024;
/// What reading may take beside the document itself (bytes): the largest that a fetch lets through weighs 5 MiB.
const MOST_MEMORY: u64 = 96 * 1024 * 1024;

/// One at a time: what a process holds at most is of all its threads.
static TURN: Mutex<()> = Mutex::new(());

fn read(document: impl Into<Vec<u8>>) -> Result<Reading, Rejected> {
    let document = document.into();
    let hints = Hints {
        address: Address::new("https://lab.example/feed").ok(),
        language: None,
        zone: None,
        region: None,
        by_link: false,
        seen: jiff::Timestamp::from_second(1_780_000_000).unwrap(),
    };
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // The peak is counted from here (proc(5)); elsewhere than on Linux it is not.
    let counted = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = memory("VmRSS");
    let reader = move || parse::read(&document, None, &hints);
    let read = std::thread::Builder::new().stack_size(STACK).spawn(reader).unwrap().join().expect("a reader panicked");
    let taken = memory("VmHWM").saturating_sub(before);
    assert!(!counted || taken < MOST_MEMORY, "reading took {taken} bytes");
    read
}

fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_default();
    let kib: u64 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap_or(0);
    kib * 1024
}

fn refused(document: impl Into<Vec<u8>>) -> &'static str {
    read(document).expect_err("it is taken for a feed").finding.code.as_str()
}

const ATOM: &str =
    "<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>F</title><updated>2026-01-01T00:00:00Z</updated>";
const RSS: &str = "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>F</title>";

fn entry(id: &str, inside: &str) -> String {
    format!("<entry><id>{id}</id><title>E</title><updated>2026-01-01T00:00:00Z</updated>{inside}</entry>")
}

fn atom(inside: &str) -> String {
    format!("{ATOM}{}</feed>", entry("e", inside))
}

#[test]
fn an_entity_is_expanded_or_fetched() {
    let bomb = "<!DOCTYPE feed [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;'>]>";
    assert_eq!(refused(format!("{bomb}{ATOM}{}</feed>", entry("e", "<summary>&c;</summary>"))), "doctype");
    let file = "<!DOCTYPE feed [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>";
    assert_eq!(refused(format!("{file}{ATOM}{}</feed>", entry("e", "<summary>&f;</summary>"))), "doctype");
    assert_eq!(refused(format!("{file}{RSS}<item><title>&f;</title></item></channel></rss>")), "doctype");
}

#[test]
fn depth_ends_the_process() {
    for depth in [3_000, 200_000] {
        let (open, close) = ("<a>".repeat(depth), "</a>".repeat(depth));
        assert_eq!(refused(atom(&format!("{open}{close}"))), "too-much");
        assert_eq!(refused(format!("{ATOM}{open}")), "too-much");
        assert_eq!(refused(format!("{RSS}<item>{open}{close}</item></channel></rss>")), "too-much");
        assert!(read(format!("{}{}", "[".repeat(depth), "]".repeat(depth))).is_err());
        let json = format!("{}1{}", "{\"items\":".repeat(depth), "}".repeat(depth));
        assert!(read(json).is_err());
        let page = format!("<!DOCTYPE html><body>{}x", "<div>".repeat(depth.min(20_000)));
        assert!(read(page).is_err());
    }
    let group = format!("{}{}", "<media:group>".repeat(1_000), "</media:group>".repeat(1_000));
    assert_eq!(refused(format!("{RSS}<item><title>E</title>{group}</item></channel></rss>")), "too-much");
    let calendar = format!("BEGIN:VCALENDAR\r\n{}", "BEGIN:VEVENT\r\n".repeat(200_000));
    let _ = read(calendar);
}

#[test]
fn what_is_very_long_is_held_many_times_over() {
    let million = "x".repeat(1_000_000);
    assert!(read(atom(&format!("<link href='https://a.example/{million}'/>"))).is_ok());
    assert!(read(atom(&format!("<summary>{million}</summary>"))).is_ok());
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=''")).collect();
    assert_eq!(refused(format!("<feed xmlns='http://www.w3.org/2005/Atom'{attributes}></feed>")), "too-much");
    assert_eq!(refused(atom(&format!("<x{attributes}/>"))), "too-much");
    let namespaces: String = (0..200_000).map(|n| format!(" xmlns:a{n}='urn:{n}'")).collect();
    assert!(read(atom(&format!("<x{namespaces}/>"))).is_err());
}

#[test]
fn what_is_very_many_is_read_to_its_end() {
    let entries: String = (0..100_000).map(|n| format!("<entry><id>e{n}</id><title>E</title></entry>")).collect();
    assert_eq!(refused(format!("{ATOM}{entries}</feed>")), "too-much");
    assert_eq!(refused(format!("{ATOM}{}</feed>", "<entry/>".repeat(650_000))), "too-much");
    let items: String = (0..100_000).map(|n| format!("<item><title>E{n}</title></item>")).collect();
    assert_eq!(refused(format!("{RSS}{items}</channel></rss>")), "too-much");
    let items = "{\"id\":\"1\"},".repeat(100_000);
    let feed = format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"F\",\"items\":[{items}{{}}]}}");
    assert_eq!(refused(feed), "too-much");
    assert_eq!(refused(atom(&"<x/>".repeat(300_000))), "too-much");
}

#[test]
fn markup_made_to_be_slow_takes_its_time() {
    // As much as is still given to the sanitiser, and more.
    for length in [90_000, 130_000] {
        for piece in ["<div>", "<b>", "<a href='x'>", "<p><b>", "<table><td>", "</b><p><b>", "<svg><b>", "&lt;b&gt;"] {
            let markup = piece.repeat(length / piece.len()).replace('&', "&amp;").replace('<', "&lt;");
            let reading = read(atom(&format!("<content type='html'>{markup}x</content>"))).unwrap();
            assert_eq!(reading.entries.len(), 1, "{piece}");
        }
    }
}

#[test]
fn bytes_of_sixteen_bits_are_taken_for_something_else() {
    let feed = atom("<summary>été</summary>");
    for (mark, swap) in [(true, false), (true, true), (false, false), (false, true)] {
        let mut bytes = Vec::new();
        for unit in mark.then_some(0xFEFF).into_iter().chain(feed.encode_utf16()) {
            bytes.extend(if swap { unit.to_be_bytes() } else { unit.to_le_bytes() });
        }
        let reading = read(bytes).unwrap();
        assert_eq!(reading.entries[0].event.summary.as_ref().unwrap().as_str(), "été", "{mark} {swap}");
    }
}

#[test]
fn a_control_character_reaches_an_output() {
    let reading = read(atom("<summary>a\u{1}b\u{8}\u{7f}c&#x0B;&#11;d\u{85}\u{9b}e</summary>"));
    if let Ok(reading) = reading {
        let summary = reading.entries[0].event.summary.as_ref().unwrap().to_string();
        assert!(!summary.contains(|c: char| c.is_control()), "{summary:?}");
    }
    let mut bytes = atom("<summary>x</summary>").into_bytes();
    let at = bytes.len() - 30;
    bytes[at] = 0;
    let _ = read(bytes);
}

#[test]
fn a_feed_cut_anywhere_looks_like_a_shorter_one() {
    let feed = format!("{ATOM}{}{}</feed>", entry("a", "<summary>été &amp; <![CDATA[x]]></summary>"), entry("b", ""));
    for at in 0..feed.len() {
        assert!(read(&feed.as_bytes()[..at]).is_err(), "cut at byte {at}");
    }
    assert_eq!(read(feed).unwrap().entries.len(), 2);
}
