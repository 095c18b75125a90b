//! What each measure weighs.

use std::sync::{Arc, LazyLock};

use super::{Measures, Piece, UNKNOWN};

/// The points of every measure: a step function a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scorecard {
    merge: i32,
    ask: i32,
    base: i32,
    curves: [Curve; Piece::COUNT],
}

/// Most steps of a piece.
const MOST_STEPS: usize = 24;

/// Points by value. Side by side and of one length, so that the step of a value is counted without a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Curve {
    /// From which value on each step holds, sorted; what is left over holds from no value on.
    from: [i16; MOST_STEPS],
    /// The points below all steps, which are none, and of each step.
    points: [i32; MOST_STEPS + 1],
    /// The most of them up to each.
    most: [i32; MOST_STEPS + 1],
    unknown: i32,
}

impl Curve {
    const NONE: Curve =
        Curve { from: [i16::MAX; MOST_STEPS], points: [0; MOST_STEPS + 1], most: [0; MOST_STEPS + 1], unknown: 0 };

    /// Adds a step; false when it is one too many.
    fn put(&mut self, from: i16, points: i32) -> bool {
        let used = self.from.iter().filter(|value| **value != i16::MAX).count();
        if used == MOST_STEPS {
            return false;
        }
        let at = self.from.partition_point(|value| *value <= from);
        self.from[at..=used].rotate_right(1);
        self.points[at + 1..=used + 1].rotate_right(1);
        (self.from[at], self.points[at + 1]) = (from, points);
        let mut most = 0;
        for (at, points) in self.points[..=used + 1].iter().enumerate() {
            most = most.max(*points);
            self.most[at] = most;
        }
        true
    }

    fn above(&self, value: i16) -> usize {
        self.from.iter().map(|from| usize::from(*from <= value)).sum()
    }

    fn of(&self, value: i16) -> i32 {
        if value == UNKNOWN { self.unknown } else { self.points[self.above(value)] }
    }
}

/// Why a scorecard cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {0} of the scorecard is not: piece, value or `?` or `base`, points; a piece has 24 steps at most")]
pub struct Unreadable(usize);

impl Scorecard {
    /// The one that ships.
    pub fn shipped() -> Arc<Scorecard> {
        static SHIPPED: LazyLock<Arc<Scorecard>> = LazyLock::new(|| {
            // A test reads it; without points nothing would ever be joined by likeness.
            Arc::new(Scorecard::parse(include_str!("scorecard.tsv")).unwrap_or_else(|_| Scorecard::empty()))
        });
        Arc::clone(&SHIPPED)
    }

    /// One that gives no points to anything, and `base` low enough to join nothing.
    pub fn empty() -> Scorecard {
        Scorecard { merge: 0, ask: 0, base: -10_000, curves: [Curve::NONE; Piece::COUNT] }
    }

    /// Reads tab-separated lines: piece, the value from which on it holds (`?` when it could not be measured), points in
    /// hundredths of log-odds. `base`, `merge` and `ask` have points alone. Lines that begin with `#` are comments.
    ///
    /// # Errors
    /// The line that cannot be read is named.
    pub fn parse(text: &str) -> Result<Scorecard, Unreadable> {
        let mut card = Scorecard { merge: i32::MAX, ask: i32::MAX, base: 0, curves: [Curve::NONE; Piece::COUNT] };
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let bad = || Unreadable(number + 1);
            let fields: Vec<&str> = line.split('\t').collect();
            let points = |text: &str| text.parse::<i32>().map_err(|_| bad());
            match fields[..] {
                ["base", text] => card.base = points(text)?,
                ["merge", text] => card.merge = points(text)?,
                ["ask", text] => card.ask = points(text)?,
                [name, from, text] => {
                    let piece = Piece::ALL.into_iter().find(|piece| piece.code() == name).ok_or_else(bad)?;
                    let curve = &mut card.curves[piece as usize];
                    match from {
                        "?" => curve.unknown = points(text)?,
                        from if !curve.put(from.parse().map_err(|_| bad())?, points(text)?) => return Err(bad()),
                        _ => {}
                    }
                }
                _ => return Err(bad()),
            }
        }
        Ok(card)
    }

    /// From this score two entries are one event.
    pub fn merge(&self) -> i32 {
        self.merge
    }

    /// From this score a person is asked.
    pub fn ask(&self) -> i32 {
        self.ask
    }

    /// The points of one piece, in hundredths of log-odds.
    pub fn points(&self, piece: Piece, value: i16) -> i32 {
        self.curves[piece as usize].of(value)
    }

    /// What two entries begin with.
    pub fn base(&self) -> i32 {
        self.base
    }

    /// The most that a piece can add.
    pub fn most(&self, piece: Piece) -> i32 {
        let curve = &self.curves[piece as usize];
        curve.most[curve.above(i16::MAX - 1)].max(curve.unknown)
    }

    /// The most that a piece can add whose value is at most this.
    pub fn most_up_to(&self, piece: Piece, value: i16) -> i32 {
        let curve = &self.curves[piece as usize];
        if value == UNKNOWN { curve.unknown } else { curve.most[curve.above(value)] }
    }

    /// The most that the pieces can add that have points by hand.
    pub fn most_by_hand(&self) -> i32 {
        Piece::ALL[Piece::LEARNED..].iter().map(|piece| self.most(*piece)).sum()
    }

    /// The sum of all points: hundredths of the log-odds that the two are one event.
    pub fn score(&self, measures: &Measures) -> i32 {
        self.base + self.curves.iter().zip(measures.values).map(|(curve, value)| curve.of(value)).sum::<i32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_scorecard_is_readable_and_weighs_every_piece() {
        let card = Scorecard::parse(include_str!("scorecard.tsv")).unwrap();
        for piece in Piece::ALL {
            assert_ne!(card.curves[piece as usize], Curve::NONE, "{} weighs nothing", piece.code());
        }
        assert_eq!(*Scorecard::shipped(), card);
        assert!(card.ask < card.merge && card.merge < i32::MAX);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        assert_eq!(Scorecard::parse("base\t-3\ntitles\tx\t3"), Err(Unreadable(2)));
        assert_eq!(Scorecard::parse("likes\t1\t3"), Err(Unreadable(1)));
    }

    #[test]
    fn points_hold_from_their_value_on() {
        let card = Scorecard::parse("base\t-100\nstart\t2\t-30\nstart\t0\t50\nstart\t?\t7").unwrap();
        assert_eq!([0, 1, 2, 400, UNKNOWN].map(|value| card.points(Piece::Start, value)), [50, 50, -30, -30, 7]);
    }
}
