//! How right matching is, on lists whose truth is known, and how fast. docs/matching.md says what the lines mean.
//!
//! `cargo bench --bench matching -- FOLDER` measures out of fold; `FOLDER learn` writes the scorecard anew, `FOLDER words`
//! the rarity of words; `speed` and `growth` need no folder.

mod data;
mod learn;
mod speed;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use data::{Set, pair};
use essaim::aggregator::reconcile::likeness::{Measures, Scorecard, plain};
use essaim::aggregator::reconcile::{Obstacle, Reconciler};
use essaim::programme::{Doubt, Ledger};
use jiff::Timestamp;
use learn::Example;

const SCORECARD: &str = "src/aggregator/reconcile/likeness/scorecard.tsv";
const WORDS: &str = "src/aggregator/reconcile/likeness/words.tsv";
/// Pairs of the same two months are learned from together or not at all, so that nothing of an event is known before.
const FOLD_DAYS: i32 = 60;
const FOLDS: i32 = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["speed"] => speed::speed(),
        ["growth"] => speed::growth(),
        [folder, "words"] => words(Path::new(folder)),
        [folder, "learn"] => {
            let sets = sets(Path::new(folder));
            let examples: Vec<Example> = sets.iter().flat_map(|set| examples(set, |_| true)).collect();
            std::fs::write(SCORECARD, with_hand(&learn::learn(&examples))).expect("the scorecard is written");
            println!("{SCORECARD}: learned from {} pairs", examples.len());
        }
        [folder] => measure(&sets(Path::new(folder))),
        _ => {
            println!("matching: no folder of labelled lists was given, so that only speed is measured");
            speed::speed();
        }
    }
}

fn sets(folder: &Path) -> Vec<Set> {
    ["dev", "recurring"].into_iter().map(|name| data::read(&folder.join(name), name)).collect()
}

fn reconciled(set: &Set, card: Scorecard) -> Reconciler {
    let (identity, known) = (data::identity(), set.known.clone());
    let mut reconciler = Reconciler::with_scorecard(identity, known, &[], Ledger::default(), Arc::new(card));
    reconciler.update(set.entries.clone(), Timestamp::UNIX_EPOCH);
    reconciler
}

fn fold(set: &Set, key: &(String, String)) -> i32 {
    set.days[&key.0].min(set.days[&key.1]).div_euclid(FOLD_DAYS).rem_euclid(FOLDS)
}

/// Every pair that was compared, with what was measured.
fn pairs(set: &Set) -> Vec<((String, String), Measures)> {
    let reconciler = reconciled(set, Scorecard::empty());
    let measured = reconciler.measured().into_iter();
    measured.map(|(a, b, measures)| (pair(a.id.as_str(), b.id.as_str()), measures)).collect()
}

/// What is learned from: pairs whose truth is known; those that nobody named are two events.
fn examples(set: &Set, take: impl Fn(&(String, String)) -> bool) -> Vec<Example> {
    let known = |key: &(String, String)| set.labels.get(key).map_or(Some(false), |label| label.same);
    let all = pairs(set).into_iter().filter(|(key, _)| take(key));
    all.filter_map(|(key, measures)| Some(Example { measures, same: known(&key)? })).collect()
}

/// The learned lines, and those that are written by hand.
fn with_hand(learned: &str) -> String {
    let shipped = std::fs::read_to_string(SCORECARD).expect("the scorecard");
    let mut lines = shipped.lines().skip_while(|line| !line.starts_with("# By hand"));
    let mut out = String::from("# Learned: `cargo bench --bench matching -- FOLDER learn` writes these lines anew.\n");
    out.push_str(learned);
    lines.by_ref().for_each(|line| writeln!(out, "{line}").expect("a string grows"));
    out
}

/// What is counted: found and true, found and false, true.
#[derive(Default, Clone, Copy)]
struct Count {
    right: usize,
    wrong: usize,
    all: usize,
    hard: usize,
    all_hard: usize,
}

impl Count {
    fn line(&self) -> String {
        let precision = self.right as f64 / (self.right + self.wrong).max(1) as f64;
        let recall = self.right as f64 / self.all.max(1) as f64;
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        let hard = self.hard as f64 / self.all_hard.max(1) as f64;
        format!(
            "precision {precision:.4}  recall {recall:.4}  F1 {f1:.4}  hard recall {hard:.4}  ({} of {}, {} wrong)",
            self.right, self.all, self.wrong
        )
    }

    fn found(&mut self, set: &Set, key: &(String, String)) {
        match set.labels.get(key) {
            Some(label) => match label.same {
                Some(true) => {
                    self.right += 1;
                    self.hard += usize::from(label.hard);
                }
                Some(false) => self.wrong += 1,
                None => {}
            },
            None => self.wrong += 1,
        }
    }

    fn of(set: &Set) -> Count {
        let same = || set.labels.values().filter(|label| label.same == Some(true));
        Count { all: same().count(), all_hard: same().filter(|label| label.hard).count(), ..Count::default() }
    }
}

fn measure(sets: &[Set]) {
    let cards: Vec<Scorecard> = (0..FOLDS)
        .map(|n| {
            let examples: Vec<Example> = sets.iter().flat_map(|set| examples(set, |key| fold(set, key) != n)).collect();
            Scorecard::parse(&with_hand(&learn::learn(&examples))).expect("what was learned can be read")
        })
        .collect();
    for set in sets {
        println!("== {}: {} entries of {} lists, out of fold", set.name, set.entries.len(), set.known.len());
        let mut whole = Count::of(set);
        let mut wrong: Vec<String> = Vec::new();
        let mut joined: HashSet<(String, String)> = HashSet::new();
        let mut queue: Vec<(u16, bool)> = Vec::new();
        let mut cubed = Cubed::default();
        for (n, card) in (0..FOLDS).zip(&cards) {
            let reconciler = reconciled(set, card.clone());
            for event in reconciler.programme().events.values() {
                let ids: Vec<&str> = event.copies.iter().map(|copy| copy.key.id.as_str()).collect();
                let sources: Vec<_> = event.copies.iter().map(|copy| &copy.key.source).collect();
                let first = ids.iter().map(|id| set.days[*id]).min().unwrap_or(0);
                let within = first.div_euclid(FOLD_DAYS).rem_euclid(FOLDS) == n;
                for (at, a) in ids.iter().enumerate().filter(|_| within) {
                    cubed.add(set, a, &ids);
                    for (other, b) in ids.iter().enumerate().skip(at + 1) {
                        let key = pair(a, b);
                        if sources[at] != sources[other] {
                            let before = whole.wrong;
                            whole.found(set, &key);
                            if whole.wrong > before {
                                wrong.push(format!("joined   {}  |  {}", set.said[*a], set.said[*b]));
                            }
                        }
                        joined.insert(key);
                    }
                }
                let primary = ids[0];
                for doubt in event.doubts.iter().filter(|_| within) {
                    if let Doubt::Perhaps { entry, score, .. } = doubt
                        && primary < entry.id.as_str()
                    {
                        let label = set.labels.get(&pair(primary, entry.id.as_str()));
                        queue.push((*score, label.is_some_and(|label| label.same == Some(true))));
                    }
                }
            }
        }
        println!("programme, at the merge bar   {}", whole.line());
        println!("whole events (B-cubed)        {}", cubed.line());
        queue.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let share = 100.0 * queue.len() as f64 / set.entries.len() as f64;
        print!("desk: {} pairs, {share:.1} for 100 entries; right by tenth of the queue:", queue.len());
        for tenth in queue.chunks(queue.len().div_ceil(10).max(1)) {
            print!(" {}/{}", tenth.iter().filter(|(_, same)| *same).count(), tenth.len());
        }
        println!();
        curve(set, &cards);
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for (n, card) in (0..FOLDS).zip(&cards) {
            let missed = set
                .labels
                .iter()
                .filter(|(key, label)| fold(set, key) == n && label.same == Some(true) && !joined.contains(*key));
            let reconciler = reconciled(set, card.clone());
            for (key, _) in missed {
                let why = why_not(set, &reconciler, key);
                wrong.push(format!("missed   {}  |  {}  |  {why}", set.said[&key.0], set.said[&key.1]));
                *kinds.entry(why.split(" -").next().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        println!("missed, by what stood in the way: {kinds:?}");
        wrong.sort();
        if std::env::var_os("ESSAIM_MATCHING_ERRORS").is_some() {
            wrong.iter().for_each(|line| println!("  {line}"));
        }
    }
}

/// What stood in the way of a join.
fn why_not(set: &Set, reconciler: &Reconciler, key: &(String, String)) -> String {
    let Some((met, obstacle)) = reconciler.obstacle(&set.keys[&key.0], &set.keys[&key.1]) else {
        return "not shown".to_owned();
    };
    match obstacle {
        _ if !met => "never met".to_owned(),
        Some(Obstacle::Rule(rule)) => format!("rule {rule:?}"),
        Some(Obstacle::Contradicted(by)) => format!("contradicted by {by:?}"),
        Some(Obstacle::Score(score)) => format!("score {score}").replace(" -", " - "),
        Some(other) => format!("{other:?}"),
        None => "cluster".to_owned(),
    }
}

fn curve(set: &Set, cards: &[Scorecard]) {
    let scored: Vec<_> = pairs(set)
        .into_iter()
        .map(|(key, measures)| {
            let n = usize::try_from(fold(set, &key)).expect("not below 0");
            (cards[n].score(&measures), key)
        })
        .collect();
    println!("pairs by score alone, along the curve (points in hundredths of log-odds):");
    for bar in [-200, -100, -50, 0, 40, 100, 200, 300] {
        let mut count = Count::of(set);
        scored.iter().filter(|(score, _)| *score >= bar).for_each(|(_, key)| count.found(set, key));
        println!("  from {bar:>4}   {}", count.line());
    }
}

/// B-cubed (Bagga & Baldwin, 1998): of each entry's event, which share is right, and which share was found.
#[derive(Default)]
struct Cubed {
    precision: f64,
    recall: f64,
    entries: usize,
}

impl Cubed {
    fn add(&mut self, set: &Set, one: &str, found: &[&str]) {
        let same =
            |other: &str| other == one || set.labels.get(&pair(one, other)).is_some_and(|l| l.same != Some(false));
        let none = HashSet::new();
        let true_ones = set.same.get(one).unwrap_or(&none);
        let right = found.iter().filter(|other| same(other)).count();
        let reached = found.iter().filter(|other| **other == one || true_ones.contains(**other)).count();
        self.precision += right as f64 / found.len() as f64;
        self.recall += reached as f64 / (true_ones.len() + 1) as f64;
        self.entries += 1;
    }

    fn line(&self) -> String {
        let (p, r) = (self.precision / self.entries.max(1) as f64, self.recall / self.entries.max(1) as f64);
        format!("precision {p:.4}  recall {r:.4}  F1 {:.4}", 2.0 * p * r / (p + r).max(1e-9))
    }
}

/// Counts in how many titles each word is, and writes what it tells.
fn words(folder: &Path) {
    let titles: Vec<String> = ["dev"].iter().flat_map(|name| data::titles(&folder.join(name))).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for title in &titles {
        let words: HashSet<String> = essaim::aggregator::reconcile::likeness::words(title).into_iter().collect();
        words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
    }
    let shipped = std::fs::read_to_string(WORDS).expect("the words");
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for (word, count) in counts.into_iter().filter(|(word, count)| *count >= 6 && plain(word) == *word) {
        let weight = (-(count as f64 / titles.len() as f64).ln() * 100.0).round();
        if weight < 750.0 {
            lines.insert(word.clone(), format!("{word}\t{weight}"));
        }
    }
    for line in shipped.lines().filter(|line| line.ends_with("\tby hand")) {
        lines.insert(line.split('\t').next().unwrap_or_default().to_owned(), line.to_owned());
    }
    let mut out: String =
        shipped.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    lines.values().for_each(|line| writeln!(out, "{line}").expect("a string grows"));
    std::fs::write(WORDS, out).expect("the words are written");
    println!("{WORDS}: {} words of {} titles", lines.len(), titles.len());
}
