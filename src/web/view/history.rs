//! The last visits to a source as a picture: when each was, and what it gave, told by its shape.
//!
//! Time runs along a line with marks at round hours or days, so that a gap is seen as one. Each kind of visit has a
//! shape of its own, so that nothing hangs on colour; the same is said in words beside it. All visits of a kind are one
//! path: a page of a thousand sources stays small.

use std::fmt::Write as _;

use jiff::civil::DateTime;
use jiff::{RoundMode, SignedDuration, Timestamp, ToSpan, Unit};

use crate::language::Tongue;
use crate::web::sources::{Outcome, Poll};

/// Room at both ends for half a shape.
const EDGE: f64 = 5.0;
/// Where the line is drawn, from the top.
const BASE: u32 = 24;
/// What may lie between two marks of the line, in hours: the first that gives few enough is taken.
const STEPS: [i64; 9] = [1, 3, 6, 12, 24, 48, 168, 336, 744];
/// Most marks: more than these run into each other on a small screen.
const MOST_MARKS: i64 = 6;

/// A picture of visits.
pub struct History {
    /// Width of the drawing; its height is fixed.
    pub width: u32,
    /// Each kind of visit that there was, in the order of the legend.
    pub shapes: Vec<Shape>,
    /// Marks of the line: where, and what is written there.
    pub marks: Vec<(String, String)>,
    /// The first and the last visit, written at the ends.
    pub ends: [String; 2],
    /// The whole in words.
    pub words: String,
}

/// All visits of one kind.
pub struct Shape {
    /// The kind, as the sheet knows it.
    pub class: &'static str,
    /// The path.
    pub path: String,
}

/// The kinds in the order of the legend, each with its shape for it.
pub fn legend(t: Tongue) -> Vec<(Shape, String)> {
    Outcome::ALL
        .into_iter()
        .map(|kind| {
            let shape = Shape { class: kind.code(), path: draw(kind, 7.0) };
            (shape, t.say(&format!("web-visit-{}", kind.code())))
        })
        .collect()
}

/// Draws visits, the oldest first, `width` wide; `None` when there was none.
pub fn history(
    t: Tongue,
    local: &dyn Fn(Timestamp) -> DateTime,
    say_at: &dyn Fn(Timestamp) -> String,
    polls: &[Poll],
    width: u32,
) -> Option<History> {
    let (first, last) = (polls.first()?, polls.last()?);
    let (from, to) = (local(first.at), local(last.at));
    let seconds = |at: DateTime| at.duration_since(from).as_secs_f64();
    let whole = seconds(to).max(1.0);
    let place = |at: DateTime| EDGE + (seconds(at) / whole).clamp(0.0, 1.0) * (f64::from(width) - 2.0 * EDGE);
    let (mut shapes, mut told) = (Vec::new(), Vec::new());
    for kind in Outcome::ALL {
        let here: Vec<&Poll> = polls.iter().filter(|poll| poll.outcome == kind).collect();
        if here.is_empty() {
            continue;
        }
        told.push(t.say_with(&format!("web-visits-{}", kind.code()), [("n", here.len().into())]));
        // One visit alone stands where the last one does.
        let at = |poll: &Poll| if polls.len() == 1 { f64::from(width) - EDGE } else { place(local(poll.at)) };
        let path = here.iter().fold(String::new(), |path, poll| path + &draw(kind, at(poll)));
        shapes.push(Shape { class: kind.code(), path });
    }
    let arguments = [
        ("n", polls.len().into()),
        ("from", say_at(first.at).into()),
        ("to", say_at(last.at).into()),
        ("told", told.join(", ").into()),
    ];
    let words = t.say_with("web-history-words", arguments);
    let marks = marks(from, to).into_iter().map(|at| (format!("{:.1}", place(at)), mark_words(t, at))).collect();
    // On one day the hour is enough at the other end.
    let end = if from.date() == to.date() { t.hour(to.time()) } else { say_at(last.at) };
    Some(History { width, shapes, marks, ends: [say_at(first.at), end], words })
}

fn draw(kind: Outcome, x: f64) -> String {
    let mut path = String::new();
    let _ = match kind {
        Outcome::Fresh => write!(path, "M{:.1} {BASE}v-18h4v18z", x - 2.0),
        // An arrow: it came of its own accord.
        Outcome::Pushed => write!(path, "M{:.1} {BASE}v-10h-3l5-8 5 8h-3v10z", x - 2.0),
        Outcome::Unchanged => write!(path, "M{:.1} {BASE}v-8h2v8z", x - 1.0),
        Outcome::Failed => write!(path, "M{:.1} {}l7 7m0-7l-7 7", x - 3.5, BASE - 12),
    };
    path
}

/// The round times between two, at a step that gives few of them.
fn marks(from: DateTime, to: DateTime) -> Vec<DateTime> {
    let hours = to.duration_since(from).as_hours();
    let step = STEPS.into_iter().find(|step| hours / step <= MOST_MARKS).unwrap_or(STEPS[STEPS.len() - 1]);
    let Ok(midnight) = from.round(jiff::civil::DateTimeRound::new().smallest(Unit::Day).mode(RoundMode::Trunc)) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    let mut at = midnight;
    // Twice the most, since the first may lie a day back: at the smallest step that is the hours of a day.
    for _ in 0..24 + 2 * MOST_MARKS {
        if at > to {
            break;
        }
        if at >= from {
            all.push(at);
        }
        match at.checked_add(step.hours()) {
            Ok(next) => at = next,
            Err(_) => break,
        }
    }
    all
}

fn mark_words(t: Tongue, at: DateTime) -> String {
    if at.hour() == 0 { t.short_day(at.date()) } else { t.hour(at.time()) }
}

/// How long a source usually takes to answer: the middle of its answers.
pub fn usual(polls: &[Poll]) -> Option<SignedDuration> {
    let mut answers: Vec<u32> = polls
        .iter()
        .filter(|poll| matches!(poll.outcome, Outcome::Fresh | Outcome::Unchanged))
        .map(|poll| poll.millis)
        .collect();
    answers.sort_unstable();
    answers.get(answers.len() / 2).map(|millis| SignedDuration::from_millis(i64::from(*millis)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(minute: i64, outcome: Outcome) -> Poll {
        let at = Timestamp::from_second(1_730_800_000 + minute * 60).unwrap();
        Poll { at, outcome, millis: u32::try_from(minute % 7).unwrap() }
    }

    fn drawn(polls: &[Poll]) -> Option<History> {
        let local = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        history(Tongue::English, &local, &|at| at.to_string(), polls, 200)
    }

    #[test]
    fn visits_of_different_kinds_look_alike_or_a_gap_is_not_seen() {
        let polls = [
            poll(0, Outcome::Fresh),
            poll(60, Outcome::Unchanged),
            poll(120, Outcome::Failed),
            poll(600, Outcome::Pushed),
        ];
        let history = drawn(&polls).unwrap();
        let paths: std::collections::BTreeSet<String> =
            history.shapes.iter().map(|shape| shape.path.split_once(' ').unwrap().1.to_owned()).collect();
        assert_eq!(paths.len(), 4);
        let x = |class: &str| -> f64 {
            let shape = history.shapes.iter().find(|shape| shape.class == class).unwrap();
            shape.path[1..].split(' ').next().unwrap().parse().unwrap()
        };
        assert!(x("pushed") - x("failed") > 3.0 * (x("failed") - x("fresh")), "eight hours look like two");
        assert!(history.words.contains("4 visits") && history.words.contains("1 failed"), "{}", history.words);
        assert!((1..=8).contains(&history.marks.len()), "{:?}", history.marks);
    }

    #[test]
    fn a_picture_of_no_visit_or_one_or_of_years_fails() {
        assert!(drawn(&[]).is_none());
        let one = drawn(&[poll(0, Outcome::Failed)]).unwrap();
        assert_eq!(one.shapes.len(), 1);
        let years = drawn(&[poll(0, Outcome::Fresh), poll(60 * 24 * 900, Outcome::Fresh)]).unwrap();
        assert!(years.marks.len() <= 36, "{}", years.marks.len());
        let back = drawn(&[poll(60, Outcome::Fresh), poll(0, Outcome::Fresh)]).unwrap();
        assert!(!back.shapes[0].path.contains("NaN"));
    }
}
