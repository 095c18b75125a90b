//! Points learned from pairs whose truth is known: boosted stumps, which add up to one step function a piece.
//!
//! Friedman, *Greedy function approximation* (2001), with Newton steps on the logistic loss; each stump splits one piece
//! in two, so that the sum stays additive (Lou, Caruana & Gehrke, *Intelligible models*, 2012). A piece whose direction
//! is known ([`Piece::direction`]) is only split in that direction.

use std::fmt::Write as _;

use essaim::aggregator::reconcile::likeness::{Measures, Piece, UNKNOWN};

/// A pair whose truth is known.
pub struct Example {
    pub measures: Measures,
    pub same: bool,
}

/// How many stumps, and how much of each is taken.
const ROUNDS: usize = 1500;
const RATE: f64 = 0.1;
/// Keeps a leaf of few pairs from weighing much.
const RIDGE: f64 = 1.0;
/// A leaf holds at least so many pairs.
const LEAST: u32 = 8;
/// Most values a piece is cut at, among all pairs and among those of one event.
const CUTS: usize = 24;

struct Piecewise {
    piece: Piece,
    /// The first value of each bin but the first.
    edges: Vec<i16>,
    /// By bin; the last is that of what is unknown.
    points: Vec<f64>,
    /// By example.
    bins: Vec<u8>,
}

/// Learns a scorecard, in its file's format, without comments.
pub fn learn(examples: &[Example]) -> String {
    let same: f64 = examples.iter().map(|e| f64::from(u8::from(e.same))).sum();
    let base = (same / (examples.len() as f64 - same)).ln();
    let mut pieces: Vec<Piecewise> =
        Piece::ALL[..Piece::LEARNED].iter().map(|piece| Piecewise::new(*piece, examples)).collect();
    let mut scores = vec![base; examples.len()];
    for _ in 0..ROUNDS {
        let slopes: Vec<(f64, f64)> = scores
            .iter()
            .zip(examples)
            .map(|(score, example)| {
                let p = 1.0 / (1.0 + (-score).exp());
                (f64::from(u8::from(example.same)) - p, p * (1.0 - p))
            })
            .collect();
        let best = pieces.iter().enumerate().filter_map(|(at, piece)| Some((at, piece.split(&slopes)?)));
        let Some((at, split)) = best.max_by(|a, b| a.1.gain.total_cmp(&b.1.gain)) else { break };
        let piece = &mut pieces[at];
        let step: Vec<f64> = (0..piece.points.len()).map(|bin| RATE * split.of(bin, piece.unknown())).collect();
        piece.points.iter_mut().zip(&step).for_each(|(points, step)| *points += step);
        scores.iter_mut().zip(&piece.bins).for_each(|(score, bin)| *score += step[usize::from(*bin)]);
    }
    let mut out = String::new();
    let hundredths = |points: f64| (points * 100.0).round();
    let _ = writeln!(out, "base\t{}", hundredths(base));
    for piece in &pieces {
        let mut last = None;
        for (bin, points) in piece.points[..piece.unknown()].iter().enumerate() {
            let points = hundredths(*points);
            let from = bin.checked_sub(1).map_or(0, |at| piece.edges[at]);
            // Neighbours of nearly the same weight are one line to read.
            if last.is_none_or(|last: f64| (points - last).abs() >= 4.0) {
                let _ = writeln!(out, "{}\t{from}\t{points}", piece.piece.code());
                last = Some(points);
            }
        }
        let _ = writeln!(out, "{}\t?\t{}", piece.piece.code(), hundredths(piece.points[piece.unknown()]));
    }
    out
}

/// A cut: what lies below the bin, what from it on, and where what is unknown goes.
struct Split {
    gain: f64,
    at: usize,
    unknown_below: bool,
    below: f64,
    above: f64,
}

impl Split {
    fn of(&self, bin: usize, unknown: usize) -> f64 {
        let below = if bin == unknown { self.unknown_below } else { bin < self.at };
        if below { self.below } else { self.above }
    }
}

impl Piecewise {
    fn new(piece: Piece, examples: &[Example]) -> Piecewise {
        let sorted = |same: Option<bool>| {
            let mut values: Vec<i16> = examples
                .iter()
                .filter(|example| same.is_none_or(|same| example.same == same))
                .map(|example| example.measures.of(piece))
                .filter(|value| *value != UNKNOWN)
                .collect();
            values.sort_unstable();
            values
        };
        let cuts = |values: &[i16]| -> Vec<i16> {
            (1..=CUTS).filter_map(|n| values.get((values.len().max(1) - 1) * n / CUTS).copied()).collect()
        };
        let all = sorted(None);
        let mut edges = all.clone();
        edges.dedup();
        if edges.len() > 40 {
            edges = cuts(&all);
            edges.extend(cuts(&sorted(Some(true))));
            edges.sort_unstable();
            edges.dedup();
        }
        // The first value begins the first bin.
        if !edges.is_empty() {
            edges.remove(0);
        }
        let unknown = edges.len() + 1;
        let bin = |value: i16| if value == UNKNOWN { unknown } else { edges.partition_point(|edge| *edge <= value) };
        let bins = examples.iter().map(|e| u8::try_from(bin(e.measures.of(piece))).expect("few cuts")).collect();
        Piecewise { piece, bins, points: vec![0.0; unknown + 1], edges }
    }

    fn unknown(&self) -> usize {
        self.points.len() - 1
    }

    fn split(&self, slopes: &[(f64, f64)]) -> Option<Split> {
        let mut sums = vec![(0.0, 0.0, 0u32); self.points.len()];
        for (bin, (first, second)) in self.bins.iter().zip(slopes) {
            let sum = &mut sums[usize::from(*bin)];
            *sum = (sum.0 + first, sum.1 + second, sum.2 + 1);
        }
        let add = |a: (f64, f64, u32), b: (f64, f64, u32)| (a.0 + b.0, a.1 + b.1, a.2 + b.2);
        let all = sums.iter().copied().fold((0.0, 0.0, 0), add);
        let unknown = sums[self.unknown()];
        let worth = |sum: (f64, f64, u32)| sum.0 * sum.0 / (sum.1 + RIDGE);
        let mut best: Option<Split> = None;
        for unknown_below in [true, false] {
            if unknown_below && unknown.2 == 0 {
                continue;
            }
            let mut below = if unknown_below { unknown } else { (0.0, 0.0, 0) };
            for at in 1..=self.unknown() {
                below = add(below, sums[at - 1]);
                let above = (all.0 - below.0, all.1 - below.1, all.2 - below.2);
                if below.2 < LEAST || above.2 < LEAST {
                    continue;
                }
                let (low, high) = (below.0 / (below.1 + RIDGE), above.0 / (above.1 + RIDGE));
                let wrong = match self.piece.direction() {
                    1 => low > high,
                    -1 => low < high,
                    _ => false,
                };
                let gain = worth(below) + worth(above) - worth(all);
                if !wrong && gain > best.as_ref().map_or(1e-4, |best| best.gain) {
                    best = Some(Split { gain, at, unknown_below, below: low, above: high });
                }
            }
        }
        best
    }
}
