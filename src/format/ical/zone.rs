//! What a zone's clocks do, as a calendar says it (RFC 5545 §3.6.5), for clients without a time zone database.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::{Dst, Offset};

use super::lines::{Lines, clock, instant, offset};
use crate::event::Zone;

/// The years in which times are written with their zone. The time zone database promises nothing before 1970, nobody
/// knows the rules after 2100, and the bound keeps a slot of the year 9999 from costing 16,000 transitions.
pub const ZONED_YEARS: std::ops::RangeInclusive<i16> = 1970..=2100;

/// A change of a zone's offset (§3.6.5): when it came, by the wall clock that it ended.
#[derive(Debug, Clone)]
struct Onset {
    at: Timestamp,
    wall: DateTime,
    from: Offset,
    to: Offset,
    dst: bool,
    name: String,
}

/// Onsets of one kind, one a year, on a day that one rule names: the last Sunday of March.
#[derive(Debug)]
struct Run {
    first: Onset,
    last: Onset,
    /// Which weekday of its month all of them fall on, counted from the start, if on the same.
    nth: Option<i8>,
    /// Whether all of them fall on the last such weekday of their month.
    ultimate: bool,
}

impl Run {
    fn of(onset: Onset) -> Run {
        let day = onset.wall.date();
        let nth = (day.day() - 1) / 7 + 1;
        let ultimate = day.day() + 7 > day.days_in_month();
        Run { first: onset.clone(), last: onset, nth: (nth < 5).then_some(nth), ultimate }
    }

    /// Takes one more onset in, when a rule still names them all.
    fn extend(&mut self, onset: &Onset) -> bool {
        let (this, next) = (&self.last, Run::of(onset.clone()));
        let alike = (this.from, this.to, this.dst, &this.name) == (onset.from, onset.to, onset.dst, &onset.name)
            && this.wall.time() == onset.wall.time()
            && this.wall.month() == onset.wall.month()
            && this.wall.weekday() == onset.wall.weekday()
            && this.wall.year() + 1 == onset.wall.year();
        let nth = self.nth.filter(|nth| next.nth == Some(*nth));
        let ultimate = self.ultimate && next.ultimate;
        let extends = alike && (nth.is_some() || ultimate);
        if extends {
            (self.last, self.nth, self.ultimate) = (onset.clone(), nth, ultimate);
        }
        extends
    }
}

/// Writes what a zone's clocks do from an instant to the end of a year, so that a client without a time zone database
/// knows it. Yearly rules where they hold, as Outlook reads nothing else.
pub fn timezone(out: &mut Lines, zone: &Zone, from: Timestamp, last_year: i16) {
    let rules = zone.rules();
    let beginning = date(*ZONED_YEARS.start(), 1, 1);
    let (zero, end) = (at_utc(beginning), at_utc(date(last_year.max(*ZONED_YEARS.start()).saturating_add(2), 1, 1)));
    let mut before = rules.to_offset(zero);
    let first = rules.to_offset_info(zero);
    let first = Onset {
        at: zero,
        wall: beginning.to_datetime(Time::midnight()),
        from: before,
        to: before,
        dst: first.dst() == Dst::Yes,
        name: first.abbreviation().to_owned(),
    };
    let mut onsets = Vec::new();
    for change in rules.following(zero).take_while(|change| change.timestamp() < end) {
        let (at, to) = (change.timestamp(), change.offset());
        let (wall, dst, name) = (before.to_datetime(at), change.dst() == Dst::Yes, change.abbreviation().to_owned());
        onsets.push(Onset { at, wall, from: before, to, dst, name });
        before = to;
    }
    // What held when the first slot began is the oldest that is needed.
    let needed = onsets.iter().map(|onset| onset.at).filter(|at| *at <= from).max();
    let mut runs: Vec<Run> = Vec::new();
    if needed.is_none() {
        runs.push(Run::of(first));
    }
    let mut grown: Vec<Run> = Vec::new();
    for onset in onsets {
        if !grown.iter_mut().any(|run| run.extend(&onset)) {
            grown.push(Run::of(onset));
        }
    }
    runs.extend(grown.into_iter().filter(|run| needed.is_none_or(|needed| run.last.at >= needed)));

    out.word("BEGIN", "VTIMEZONE");
    out.text("TZID", &[], zone.as_str());
    for run in &runs {
        observance(out, run, last_year.saturating_add(1));
    }
    out.word("END", "VTIMEZONE");
}

fn observance(out: &mut Lines, run: &Run, final_year: i16) {
    let onset = &run.first;
    let kind = if onset.dst { "DAYLIGHT" } else { "STANDARD" };
    out.word("BEGIN", kind);
    out.word("DTSTART", &clock(onset.wall));
    if run.first.at != run.last.at {
        let weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
            [usize::from(onset.wall.weekday().to_monday_zero_offset().unsigned_abs())];
        // Where both would do, the last of the month: legislators say so more often.
        let nth = if run.ultimate { -1 } else { run.nth.unwrap_or(1) };
        let mut rule = format!("FREQ=YEARLY;BYMONTH={};BYDAY={nth}{weekday}", onset.wall.month());
        if run.last.wall.year() < final_year {
            rule = format!("{rule};UNTIL={}", instant(run.last.at));
        }
        out.word("RRULE", &rule);
    }
    out.word("TZOFFSETFROM", &offset(onset.from));
    out.word("TZOFFSETTO", &offset(onset.to));
    out.text("TZNAME", &[], &onset.name);
    out.word("END", kind);
}

fn at_utc(day: Date) -> Timestamp {
    Offset::UTC.to_timestamp(day.to_datetime(Time::midnight())).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a zone as a client without a database would: all onsets, by instant.
    fn read(calendar: &str, until: i16) -> Vec<(Timestamp, Offset)> {
        let mut onsets = Vec::new();
        let seconds = |text: &str| {
            let (sign, digits) = text.split_at(1);
            let part = |at: usize| digits.get(at..at + 2).map_or(0, |part| part.parse::<i32>().unwrap());
            let seconds = part(0) * 3600 + part(2) * 60 + part(4);
            Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).unwrap()
        };
        for observance in calendar.split("BEGIN:").skip(2) {
            let value = |name: &str| observance.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let start: DateTime = value("DTSTART").unwrap().parse().unwrap();
            let (from, to) = (seconds(value("TZOFFSETFROM").unwrap()), seconds(value("TZOFFSETTO").unwrap()));
            let mut walls = vec![start];
            if let Some(rule) = value("RRULE") {
                let part = |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
                let nth: i8 = part("BYDAY").unwrap().trim_end_matches(char::is_alphabetic).parse().unwrap();
                let end: Timestamp = part("UNTIL").map_or(Timestamp::MAX, |until| until.parse().unwrap());
                for year in start.year() + 1..=until {
                    let day = date(year, start.month(), 1).nth_weekday_of_month(nth, start.weekday()).unwrap();
                    let wall = day.to_datetime(start.time());
                    if from.to_timestamp(wall).unwrap() <= end {
                        walls.push(wall);
                    }
                }
            }
            onsets.extend(walls.into_iter().map(|wall| (from.to_timestamp(wall).unwrap(), to)));
        }
        onsets.sort_by_key(|(at, _)| *at);
        onsets
    }

    #[test]
    fn every_zone_of_the_world_is_written_as_its_clocks_go() {
        for name in jiff::tz::db().available() {
            let Ok(zone) = Zone::new(name.as_str()) else { continue };
            let rules = zone.rules();
            for (first, last) in [(1975, 1976), (2006, 2008), (2015, 2026)] {
                let (from, to) = (at_utc(date(first, 1, 1)), at_utc(date(last + 1, 1, 1)));
                let mut out = Lines::default();
                timezone(&mut out, &zone, from, last);
                let onsets = read(&out.done, last);
                let mut at = from;
                while at < to {
                    let said = onsets.iter().rfind(|(onset, _)| *onset <= at).unwrap().1;
                    assert_eq!(said, rules.to_offset(at), "{zone} {at}\n{}", out.done);
                    at += jiff::SignedDuration::from_hours(61);
                }
            }
        }
    }
}
