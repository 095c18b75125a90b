//! How long matching takes in programmes of up to a million entries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use essaim::aggregator::reconcile::{Known, Reconciler};
use essaim::event::*;
use essaim::programme::*;
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};

use super::data;

/// Entries of one source.
const ENTRIES: usize = 30;
/// Of a hundred entries, how many announce an event that another source announces too.
const SHARED: u64 = 25;

const KINDS: [&str; 8] =
    ["Atelier", "Webinaire", "Conférence", "Table ronde", "Visite", "Hackathon", "Rencontre", "Formation"];
const MIDDLES: [&str; 8] = ["autour de", "et", "face à", "pour", "contre", "avec", "au service de", "à l’épreuve de"];
const SYLLABLES: [&str; 24] = [
    "ba", "cri", "do", "fe", "gra", "hu", "jo", "ka", "lu", "mi", "no", "pra", "que", "ri", "so", "tra", "ur", "vi",
    "xa", "ze", "blo", "cha", "dre", "flu",
];

/// A stream of numbers that is the same everywhere (Steele et al., 2014).
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ x >> 31) % below
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.next(of.len() as u64)).unwrap()]
    }

    /// A word that few titles have: three syllables of 24.
    fn word(&mut self) -> String {
        (0..3).map(|_| SYLLABLES[usize::try_from(self.next(24)).unwrap()]).collect()
    }
}

/// What an event is before anyone announces it: by its number, so that two sources can announce the same one.
fn event(number: u64, events: u64, wording: u64) -> Parts {
    let mut random = Random(number.wrapping_mul(0xA076_1D64_78BD_642F));
    let (one, two, three) = (random.word(), random.word(), random.word());
    let middle = random.pick(&MIDDLES);
    let mut kind = random.pick(&KINDS).to_owned();
    // As many events a day in a programme of any size: a larger one covers more of the year and more years.
    let day = date(2026, 1, 1) + i64::try_from(random.next((events / 120).max(30))).unwrap().days();
    let (hour, town) = (8 + i8::try_from(random.next(11)).unwrap(), random.next(300));
    if wording == 1 {
        kind = KINDS[usize::try_from(number % 8).unwrap()].to_owned();
    }
    let title = match wording {
        0 => format!("{kind} : {one} {two} {middle} {three}"),
        1 => format!("{one} {two} {middle} {three} – {}", kind.to_lowercase()),
        _ => format!("[Nouveau] {one} {two} {middle} {three}"),
    };
    let mut parts = Parts::new(Id::new("x").unwrap(), Line::new(&title).unwrap(), Timestamp::UNIX_EPOCH);
    let zone = Zone::new("Europe/Paris").unwrap();
    let hours = Hours::new(zone.at(day.at(hour, 0, 0, 0)).unwrap(), None).unwrap();
    parts.slots = vec![Slot::new(Name::new("c1").unwrap(), When::Timed(hours))].into();
    parts.zone = Some(zone);
    parts.places = vec![Place { locality: Line::new(&Random(town).word()).ok(), ..Place::default() }].into();
    parts
}

fn entry(number: usize, all: usize, changed: bool) -> Entry {
    let mut random = Random(number as u64);
    let shared = random.next(100) < SHARED;
    let number64 = number as u64;
    // A shared event is that of an entry of another source.
    let (what, wording) = if shared { (random.next(all as u64), 1 + random.next(2)) } else { (number64, 0) };
    let source = format!("lab-{}", number / ENTRIES);
    let id = Id::new(&format!("tag:{source}.example,2026:e/{number}")).unwrap();
    let mut parts = event(what, all as u64, wording);
    parts.id = id.clone();
    parts.organisers = vec![Organiser { name: Line::new(&source).unwrap(), page: None, role: None }].into();
    if changed {
        parts.summary = Line::new("Changé").ok();
    }
    Entry {
        key: EntryKey { source: SourceKey::new(&source).unwrap(), id },
        event: Arc::new(Event::new(parts).unwrap()),
        first_seen: Timestamp::UNIX_EPOCH,
        changed: Timestamp::UNIX_EPOCH,
        presence: Presence::Listed,
    }
}

fn sources(entries: usize) -> Vec<Known> {
    (0..entries.div_ceil(ENTRIES)).map(|n| data::source(&format!("lab-{n}"))).collect()
}

fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or(0.0) * 4096.0 / 1e6
}

/// Processor time of this thread, which other programs do not lengthen as they do the clock's.
fn spent() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says what a thread has used");
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("nanoseconds"))
}

fn once(all: usize) -> (Duration, Vec<Duration>) {
    let entries: Vec<Entry> = (0..all).map(|n| entry(n, all, false)).collect();
    let before = resident();
    let mut reconciler = Reconciler::new(data::identity(), sources(all), &[], Ledger::default());
    let (begun, before_it) = (Instant::now(), spent());
    reconciler.update(entries, Timestamp::UNIX_EPOCH);
    let (clock, whole) = (begun.elapsed(), spent() - before_it);
    let events = reconciler.programme().events.len();
    println!(
        "{all:>9} entries → {events:>8} events: {:>7.2} s of one core, {:.2} by the clock; {:>6.0} MB resident, {:.0} MB of \
         them the entries as they came",
        whole.as_secs_f64(),
        clock.as_secs_f64(),
        resident(),
        before
    );
    let changes: Vec<Duration> = (0..20)
        .map(|n| {
            let first = (n * 7919 % (all / ENTRIES)) * ENTRIES;
            let changed: Vec<Entry> = (first..first + ENTRIES).map(|number| entry(number, all, true)).collect();
            // What a thread has used is told by ticks of some milliseconds, which are too long here.
            let begun = Instant::now();
            reconciler.update(changed, Timestamp::UNIX_EPOCH);
            begun.elapsed()
        })
        .collect();
    (whole, changes)
}

fn say(changes: &mut [Duration]) {
    changes.sort();
    println!(
        "          one source of {ENTRIES} entries changed: median {:.1} ms, longest {:.1} ms",
        changes[changes.len() / 2].as_secs_f64() * 1e3,
        changes[changes.len() - 1].as_secs_f64() * 1e3
    );
}

/// A programme of 100,000 entries from nothing, and one source that changes.
pub fn speed() {
    let (_, mut changes) = once(100_000);
    say(&mut changes);
}

/// The same for programmes of 1,000 to 1,000,000 entries.
pub fn growth() {
    for all in [1_000, 10_000, 100_000, 300_000, 1_000_000] {
        let (whole, mut changes) = once(all);
        println!("          {:.2} µs an entry", whole.as_secs_f64() / all as f64 * 1e6);
        say(&mut changes);
    }
}
