//! What a round costs: a first one, one in which nothing changed, one in which a part did, one among labs that
//! misbehave. `cargo bench --bench round`; docs/speed.md says what the lines mean.
//!
//! ESSAIM_BENCH_SOURCES, ESSAIM_BENCH_ENTRIES and ESSAIM_BENCH_ROUNDS change the sizes; words after `--` choose
//! parts: `first`, `bare`, `faults`, `growth`.

mod bare;
#[expect(dead_code, reason = "the dice and the stopwatch for small things are the other bench's")]
mod generator;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use essaim::aggregator::record::Guard;
use essaim::aggregator::{Aggregator, Round, Settings, Which};
use essaim::event::{Address, Id, Language, Line, Zone};
use essaim::fetch::{Fetcher, Rules};
use essaim::metrics::Stock;
use essaim::programme::Source;
use essaim::store::Store;
use generator::gauge::{Spent, Watch, median, medians, memory};
use generator::labs::{Fault, Labs, serve_if_asked};
use jiff::Timestamp;

/// Until idle connections are closed: rounds of a programme are a quarter of an hour apart.
const APART: Duration = Duration::from_millis(1_500);
/// For how long a lab may keep us waiting here; thirty seconds in production would only make the bench longer.
const PATIENCE: Duration = Duration::from_secs(8);

fn main() {
    serve_if_asked();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(bench());
}

fn size(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(usual)
}

async fn bench() {
    let parts: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|word| word == part);
    let (sources, entries) = (size("ESSAIM_BENCH_SOURCES", 1_000), size("ESSAIM_BENCH_ENTRIES", 30));
    let mut labs = Labs::start(sources, entries);
    let (plain, gzip) = labs.weight;
    let megabytes = |bytes: usize| bytes as f64 / 1e6;
    println!(
        "{sources} sources × {entries} entries, {:.1} MB of Atom, {:.1} MB gzipped",
        megabytes(plain),
        megabytes(gzip)
    );
    println!("{:<44} {:>8} {:>8}", "medians", "CPU s", "wall s");

    if wanted("first") {
        first(&mut labs).await;
    }
    if wanted("bare") {
        bare::steps(&labs.sources()).await;
    }
    if wanted("faults") {
        faults(&mut labs).await;
    }
    if wanted("growth") {
        growth(&mut labs, size("ESSAIM_BENCH_ROUNDS", 200)).await;
    }
}

fn say(what: &str, spent: Spent) {
    println!("{what:<44} {:>8.2} {:>8.2}", spent.cpu, spent.wall);
}

/// An aggregator with a clock of its own: each round is a day after the one before.
struct Bench {
    aggregator: Arc<Aggregator>,
    day: i64,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn open(sources: &[Source]) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("bench.db").display())).await.unwrap();
        let rules = Rules { allow_private_addresses: true, total_time: PATIENCE, ..Rules::default() };
        let settings = Settings {
            title: Line::new("Programme").unwrap(),
            subtitle: None,
            language: Language::new("fr").unwrap(),
            zone: Zone::new("Europe/Paris").ok(),
            publisher: None,
            licence: None,
            tag: None,
            hub: None,
            base: Address::new("https://programme.example/").unwrap(),
            interval: Duration::from_mins(15),
            longest: Duration::from_hours(24),
            guard: Guard::default(),
        };
        let fetcher = Fetcher::new(rules).unwrap();
        let aggregator = Aggregator::open(store, fetcher, settings, sources, now(0)).await.unwrap();
        Bench { aggregator: Arc::new(aggregator), day: 0, _folder: folder }
    }

    /// A round that opens connections of its own.
    async fn round_apart(&mut self) -> (Round, Spent) {
        tokio::time::sleep(APART).await;
        self.round().await
    }

    async fn round(&mut self) -> (Round, Spent) {
        self.day += 1;
        let watch = Watch::start();
        let round = self.aggregator.round(Which::All, now(self.day), |_, _, _| {}).await.unwrap();
        (round, watch.stop())
    }
}

fn now(day: i64) -> Timestamp {
    Timestamp::from_second(1_785_000_000 + day * 86_400).unwrap()
}

async fn first(labs: &mut Labs) {
    let sources = labs.sources();
    let mut spent = Vec::new();
    for _ in 0..2 {
        spent.push(Bench::open(&sources).await.round().await.1);
    }
    let mut bench = Bench::open(&sources).await;
    let (round, last) = bench.round().await;
    spent.push(last);
    say("first round", medians(&spent));
    println!("    of the last one, by the clock: {}", steps(&bench.aggregator));
    println!("    {} entries, {} events, {} merged", round.entries, round.events, round.merged);
    println!("    resident {:.0} MB, at most {:.0} MB", memory("VmRSS"), memory("VmHWM"));
    let mut spent = Vec::new();
    for _ in 0..9 {
        let (round, one) = bench.round_apart().await;
        assert_eq!(round.unchanged, round.sources);
        spent.push(one);
    }
    say("unchanged", medians(&spent));
    for (what, entries) in [("10 % of sources changed one entry", 1), ("10 % of sources changed all entries", 1_000)] {
        let mut spent = Vec::new();
        for _ in 0..9 {
            labs.change(10, entries);
            let (round, one) = bench.round_apart().await;
            assert_eq!(round.fetched, round.sources / 10);
            assert!(round.changes.changed.len() >= round.fetched / 2);
            spent.push(one);
        }
        say(what, medians(&spent));
    }
    println!("    resident {:.0} MB, at most {:.0} MB", memory("VmRSS"), memory("VmHWM"));
}

/// How long the steps of all rounds took until now.
fn steps(aggregator: &Aggregator) -> String {
    let metrics = aggregator.metrics().text(&Stock::default());
    let steps = metrics.lines().filter_map(|line| {
        let (step, seconds) = line.strip_prefix("essaim_step_seconds_sum{step=\"")?.split_once("\"} ")?;
        Some(format!("{step} {:.2}", seconds.parse::<f64>().ok()?))
    });
    steps.collect::<Vec<_>>().join(", ")
}

/// How long it takes until readers see what the healthy labs changed, while one lab in twenty misbehaves.
async fn faults(labs: &mut Labs) {
    let mut bench = Bench::open(&labs.sources()).await;
    bench.round().await;
    let mut well = Vec::new();
    for _ in 0..5 {
        well.push(until_seen(&mut bench, labs, None).await.0);
    }
    let well = median(well);
    println!("{:<44} {:>8} {well:>8.2}", "seen when all are well", "");
    for fault in Fault::ALL {
        let mut seen = Vec::new();
        let mut whole = Vec::new();
        for _ in 0..3 {
            let (one, round) = until_seen(&mut bench, labs, Some(fault)).await;
            seen.push(one);
            whole.push(round);
            // Well again, so that the next time the feed of each is as new as those of the others.
            labs.misbehave(20, None);
            bench.round().await;
        }
        let seen = median(seen);
        println!(
            "{:<44} {:>8} {seen:>8.2} ({:.2} ×; the whole round {:.2})",
            format!("seen with 5 % {fault:?}"),
            "",
            seen / well,
            median(whole)
        );
    }
    println!("    resident {:.0} MB, at most {:.0} MB", memory("VmRSS"), memory("VmHWM"));
}

/// One round after a tenth of the labs changed: seconds until all that the healthy ones changed is published, and until
/// the round is over.
async fn until_seen(bench: &mut Bench, labs: &mut Labs, fault: Option<Fault>) -> (f64, f64) {
    let turn = labs.change(10, 1_000);
    labs.misbehave(20, fault);
    let awaited: BTreeMap<Id, u32> = bench
        .aggregator
        .current()
        .load()
        .feed
        .events
        .iter()
        .filter(|event| {
            let lab: usize = event.copies[0].key.source.as_str().trim_start_matches("lab").parse().unwrap();
            (lab + turn).is_multiple_of(10) && !(fault.is_some() && lab.is_multiple_of(20))
        })
        .map(|event| (event.event.id.clone(), event.event.sequence))
        .collect();
    assert!(!awaited.is_empty());
    let current = bench.aggregator.current();
    let began = Instant::now();
    let watch = tokio::spawn(async move {
        loop {
            let snapshot = current.load();
            // One that has moved into another, and became one with it, is no more and not awaited.
            let old = |e: &Arc<essaim::programme::Published>| {
                awaited.get(&e.event.id).is_some_and(|before| e.event.sequence <= *before)
            };
            if !snapshot.feed.events.iter().any(old) {
                return began.elapsed().as_secs_f64();
            }
            drop(snapshot);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let (round, spent) = bench.round().await;
    // What the round did not bring it never will.
    match tokio::time::timeout(Duration::from_secs(5), watch).await {
        Ok(seen) => (seen.unwrap(), spent.wall),
        Err(_) => {
            let healthy =
                |source: &str| !source.trim_start_matches("lab").parse().is_ok_and(|lab: usize| lab.is_multiple_of(20));
            let failed = round.failures.iter().filter(|one| healthy(one.source.as_str()));
            println!("    not all was seen; of the healthy failed: {:?}", failed.collect::<Vec<_>>());
            (spent.wall, spent.wall)
        }
    }
}

/// Memory over many rounds in which a tenth changes.
async fn growth(labs: &mut Labs, rounds: usize) {
    let mut bench = Bench::open(&labs.sources()).await;
    bench.round().await;
    let mut resident = Vec::new();
    for _ in 0..rounds {
        labs.change(10, 3);
        bench.round().await;
        resident.push(memory("VmRSS"));
    }
    let tenth = (rounds / 10).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    println!(
        "resident over {rounds} rounds: {:.0} MB in the first tenth, {:.0} MB in the last, at most {:.0} MB",
        mean(&resident[..tenth]),
        mean(&resident[rounds - tenth..]),
        memory("VmHWM")
    );
}
