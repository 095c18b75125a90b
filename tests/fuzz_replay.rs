//! What fuzzing looks at, in short and the same at every run: the corpus that fuzzing left behind, and the feeds of
//! `feeds/` with their bytes changed by a generator of fixed seed. ESSAIM_SOAK=1 changes them many times more.

#[path = "fuzz/targets.rs"]
mod targets;

use std::path::{Path, PathBuf};

/// What a thread of the aggregator has for its stack.
const STACK: usize = 2 * 1024 * 1024;
/// Changed feeds read by each target.
const USUALLY: usize = 1_500;
const SOAKING: usize = 60_000;
/// Longer feeds take their time and show nothing that shorter ones do not.
const LONGEST: usize = 20_000;
/// What breaks readers: the marks of every dialect, and numbers and letters at their edges.
const WORDS: &[&[u8]] = &[
    b"<",
    b">",
    b"</",
    b"/>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?xml",
    b"&amp;",
    b"&#0;",
    b"&#xFFFE;",
    b"&",
    b"\"",
    b"'",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"1e999",
    b"-1",
    b"\0",
    b"\xFF",
    b"\xEF\xBB\xBF",
    b"\xFE\xFF",
    b"\r\n ",
    b"\n",
    b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n",
    b"RRULE:FREQ=SECONDLY\r\n",
    b"DTSTART;TZID=Nowhere:20261110T250000\r\n",
    b"FREQ=YEARLY;BYDAY=53MO;UNTIL=0001-01-01",
    b"9999-12-31T23:59:59Z",
    b"0000-00-00",
    b"+99:99",
    b"PT999999H",
    b"<entry/>",
    b"<item>",
    b"<evt:slot ref=\"c1\" start=\"2026-11-10\"/>",
    b"xmlns:a=\"",
    b"xml:base=\"//\"",
    b"<div>",
];

/// A generator of numbers of fixed seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % most.max(1) as u64).unwrap()
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn all(folder: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    found.sort();
    found.iter().map(|path| std::fs::read(path).unwrap()).filter(|bytes| bytes.len() <= LONGEST).collect()
}

fn change(bytes: &mut Vec<u8>, others: &[Vec<u8>], dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let to = (at + dice.below(60)).min(bytes.len());
        match dice.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => bytes.splice(at..at, WORDS[dice.below(WORDS.len())].iter().copied()).for_each(drop),
            3 => bytes.splice(at..to, WORDS[dice.below(WORDS.len())].iter().copied()).for_each(drop),
            4 => {
                let again = bytes[at..to].repeat(1 + dice.below(30));
                bytes.splice(at..at, again).for_each(drop);
            }
            5 => {
                let other = &others[dice.below(others.len())];
                let from = dice.below(other.len());
                let part = &other[from..(from + dice.below(400)).min(other.len())];
                bytes.splice(at..to, part.iter().copied()).for_each(drop);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
    }
}

/// Runs a target on a thread of the usual size, so that too deep a recursion shows; what broke it is kept.
fn look(name: &str, target: targets::Target, documents: impl Iterator<Item = Vec<u8>> + Send) {
    std::thread::scope(|scope| {
        let look = move || {
            for document in documents {
                if std::panic::catch_unwind(|| target(&document)).is_err() {
                    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("broken-{name}"));
                    std::fs::write(&kept, &document).unwrap();
                    panic!("{name} breaks on {}", kept.display());
                }
            }
        };
        std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, look).unwrap();
    });
}

#[test]
fn what_fuzzing_found_breaks_again() {
    for (name, target) in targets::TARGETS {
        look(name, target, all(&format!("tests/fuzz/corpus/{name}")).into_iter());
    }
}

#[test]
fn a_feed_with_its_bytes_changed_breaks_a_reader() {
    let feeds = all("feeds");
    assert!(feeds.len() > 50);
    let rounds = if std::env::var_os("ESSAIM_SOAK").is_some() { SOAKING } else { USUALLY };
    for (number, (name, target)) in targets::TARGETS.into_iter().enumerate() {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 + number as u64);
        let feeds = &feeds;
        look(
            name,
            target,
            (0..rounds).map(move |_| {
                let mut bytes = feeds[dice.below(feeds.len())].clone();
                change(&mut bytes, feeds, &mut dice);
                bytes
            }),
        );
    }
}
