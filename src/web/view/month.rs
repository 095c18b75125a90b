//! The edition at a glance: a calendar of its days, in each a comb with one cell for every event that day.
//!
//! Drawn as one SVG path a day with coordinates only, so that no style is needed beside the sheet. Who does not see it
//! hears each day with its number of events.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jiff::civil::Date;

use super::Frame;
use super::home::Listed;
use crate::event::{Status, When};
use crate::web::Edition;
use crate::web::ask::Filter;

/// Days past which a calendar is no glance any more.
const LONGEST: i32 = 62;
/// Cells past which a comb only says how many more there are.
const MOST_CELLS: usize = 30;
/// A run of days longer than this is drawn on its first only: an exhibition must not fill the month.
const LONGEST_RUN: usize = 7;

/// A calendar of an edition.
pub struct Month {
    pub weekdays: Vec<(String, String)>,
    pub days: Vec<Day>,
    pub has_today: bool,
}

/// A day of it.
pub struct Day {
    pub number: String,
    /// The month in short, on the first of each that follows another.
    pub month: Option<String>,
    /// The day and how many events, in words.
    pub words: String,
    pub href: Option<String>,
    /// Column of the first day, 1 to 7; 0 for those that follow it.
    pub column: i8,
    pub today: bool,
    pub past: bool,
    pub weekend: bool,
    /// Path of the cells of events that take place, and of those that do not.
    pub full: String,
    pub empty: String,
    pub more: usize,
}

/// The calendar of `edition`, if it has days and not too many. `anchors` are the days that the page itself lists.
pub fn month(f: &Frame, edition: &Edition, listed: &[Listed], today: Date, anchors: &BTreeSet<Date>) -> Option<Month> {
    let (first, last) = (edition.starts?, edition.ends?);
    if last < first || first.until(last).ok()?.get_days() > LONGEST {
        return None;
    }
    let t = f.t;
    // For each day, how many take place and how many are cancelled.
    let mut counts: BTreeMap<Date, (usize, usize)> = BTreeMap::new();
    for one in listed {
        for (day, cancelled) in days_of(one) {
            let count = counts.entry(day).or_default();
            if cancelled { count.1 += 1 } else { count.0 += 1 }
        }
    }
    let weekdays = (0..7).filter_map(|n| Date::constant(2024, 1, 1).checked_add(jiff::Span::new().days(n)).ok());
    let weekdays = weekdays.map(|day| {
        let name = t.weekday(day);
        (name.to_owned(), name.chars().take(1).collect::<String>().to_uppercase())
    });
    let mut days = Vec::new();
    let mut day = first;
    while day <= last {
        let (full, empty) = counts.get(&day).copied().unwrap_or_default();
        let total = full + empty;
        let spoken = format!("{} {}", t.weekday(day), t.short_day(day));
        let words = t.say_with("web-month-day", [("day", spoken.into()), ("n", total.into())]);
        let href = (total > 0).then(|| {
            if anchors.contains(&day) {
                format!("#j-{day}")
            } else {
                let only = Filter { from: Some(day), to: Some(day), page: 0, ..f.filter.clone() };
                format!("{}#liste", f.list(&only))
            }
        });
        let (drawn_full, drawn_empty) = comb(full, empty);
        days.push(Day {
            number: day.day().to_string(),
            month: (day != first && day.day() == 1).then(|| short(t.month(day))),
            words,
            href,
            column: if day == first { day.weekday().to_monday_one_offset() } else { 0 },
            today: day == today,
            past: day < today,
            weekend: day.weekday().to_monday_one_offset() > 5,
            full: drawn_full,
            empty: drawn_empty,
            more: total.saturating_sub(MOST_CELLS),
        });
        day = day.tomorrow().ok()?;
    }
    let has_today = first <= today && today <= last;
    Some(Month { weekdays: weekdays.collect(), days, has_today })
}

/// *déc.*, *Dec.*: what fits beside a number.
fn short(month: &str) -> String {
    if month.chars().count() <= 4 {
        month.to_owned()
    } else {
        format!("{}.", month.chars().take(3).collect::<String>())
    }
}

/// The days on which an event takes place, each once, and whether it is cancelled then.
fn days_of(one: &Listed) -> BTreeMap<Date, bool> {
    let event = &one.published.event;
    let mut days: BTreeMap<Date, bool> = BTreeMap::new();
    for slot in &event.slots {
        let cancelled = matches!(event.status_of(slot), Status::Cancelled | Status::Postponed);
        let first = slot.when.first_day();
        let run: Vec<Date> = first
            .series(jiff::Span::new().days(1))
            .take_while(|d| *d <= slot.when.last_day())
            .take(LONGEST_RUN + 1)
            .collect();
        let whole = matches!(slot.when, When::Day { .. } | When::AllDay(_)) && run.len() <= LONGEST_RUN;
        for day in run.into_iter().take(if whole { LONGEST_RUN } else { 1 }) {
            days.entry(day).and_modify(|other| *other &= cancelled).or_insert(cancelled);
        }
    }
    days
}

/// Hexagons in rows of a comb, in a box of 48 by 30: as large as their number allows.
fn comb(full: usize, empty: usize) -> (String, String) {
    let total = (full + empty).min(MOST_CELLS);
    let (per_row, radius) = match total {
        0..=3 => (3, 8.0),
        4..=8 => (4, 5.8),
        9..=15 => (5, 4.6),
        _ => (8, 3.2),
    };
    let (mut drawn_full, mut drawn_empty) = (String::new(), String::new());
    let width = radius * 1.732_05;
    let rows = total.div_ceil(per_row);
    #[expect(clippy::cast_precision_loss, reason = "at most MOST_CELLS")]
    for index in 0..total {
        let (row, column) = (index / per_row, index % per_row);
        let in_row = if row + 1 == rows { total - row * per_row } else { per_row };
        let shift = if rows > 1 && row % 2 == 1 && in_row == per_row { width / 2.0 } else { 0.0 };
        let x = 24.0 + (column as f64 - (in_row as f64 - 1.0) / 2.0) * (width + 1.2) + shift
            - if rows > 1 { width / 4.0 } else { 0.0 };
        let y = 15.0 + (row as f64 - (rows as f64 - 1.0) / 2.0) * (radius * 1.5 + 1.0);
        let path = if index < full.min(total) { &mut drawn_full } else { &mut drawn_empty };
        let (half, quarter) = (width / 2.0, radius / 2.0);
        // Writing to a string cannot fail.
        let _ = write!(
            path,
            "M{:.1} {:.1}l{half:.2} {quarter:.2}v{radius:.2}l-{half:.2} {quarter:.2}-{half:.2}-{quarter:.2}v-{radius:.2}z",
            x,
            y - radius
        );
    }
    (drawn_full, drawn_empty)
}
