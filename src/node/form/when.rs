//! Days and hours: as they are typed, and as they are shown.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::read::Reader;
use crate::event::{Days, Hours, Minutes, Moment, Occurs, When, Zone};

/// A day as browsers send it, or as one types it: `2026-11-19`, `19/11/2026`, `19.11.26`.
pub fn read_day(typed: &str) -> Option<Date> {
    let typed = typed.trim();
    if let Ok(day) = typed.parse::<Date>() {
        return Some(day).filter(|day| (1970..=2200).contains(&day.year()));
    }
    let mut cells = typed.split(['/', '.', '-', ' ']).map(str::trim);
    let (day, month, year) = (cells.next()?, cells.next()?, cells.next()?);
    let year: i16 = match year.len() {
        2 => year.parse::<i16>().ok()? + 2000,
        4 => year.parse().ok()?,
        _ => return None,
    };
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok().filter(|_| cells.next().is_none())
}

/// An hour as browsers send it, or as one types it: `10:00`, `10h`, `10 h 30`, `9.30`, `10`.
pub fn read_hour(typed: &str) -> Option<Time> {
    let typed: String = typed.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let typed = typed.trim_end_matches("min");
    let (hours, minutes) = typed.split_once([':', 'h', '.']).unwrap_or((typed, ""));
    let (minutes, seconds) = minutes.split_once(':').unwrap_or((minutes, ""));
    let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<i8>().ok() };
    Time::new(hours.parse().ok()?, number(minutes)?, number(seconds)?, 0).ok()
}

/// How long something lasts, as one types it: `1 h 30`, `2h`, `1:30`, `45 min`.
fn read_duration(typed: &str) -> Option<Minutes> {
    let typed: String = typed.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u32>().ok() };
    let minutes = match typed.split_once([':', 'h']) {
        Some((hours, minutes)) => {
            let minutes = number(minutes.trim_end_matches("min"))?;
            number(hours)?.checked_mul(60)?.checked_add(minutes)?
        }
        None => typed.strip_suffix("min")?.parse().ok()?,
    };
    Minutes::new(minutes)
}

/// An hour as browsers take it.
pub(super) fn hour(time: Time) -> String {
    let seconds = if time.second() == 0 { String::new() } else { format!(":{:02}", time.second()) };
    format!("{:02}:{:02}{seconds}", time.hour(), time.minute())
}

/// A day and an hour in one field, on the clock of a zone.
pub(super) fn minute(moment: Moment, zone: Option<&Zone>) -> String {
    let wall = on_clock(moment, zone).wall();
    format!("{}T{}", wall.date(), hour(wall.time()))
}

/// A moment on the clock of a zone; as it is said where there is none.
fn on_clock(moment: Moment, zone: Option<&Zone>) -> Moment {
    zone.and_then(|zone| zone.of(moment.instant())).unwrap_or(moment)
}

/// The offset of the second of two occurrences of a wall clock; `None` where it has only one.
fn second_of_fold(zone: &Zone, wall: DateTime) -> Option<Offset> {
    match zone.rules().to_ambiguous_timestamp(wall).offset() {
        jiff::tz::AmbiguousOffset::Fold { after, .. } => Some(after),
        _ => None,
    }
}

/// The columns that say when a slot is, on the clock of a zone.
pub(super) fn cells(when: &When, zone: Option<&Zone>) -> Vec<(&'static str, String)> {
    let days = |days: &Days| {
        let last = (days.last() != days.first()).then(|| ("last", days.last().to_string()));
        std::iter::once(("day", days.first().to_string())).chain(last).collect::<Vec<_>>()
    };
    match when {
        When::Timed(hours) => {
            let start = on_clock(hours.start(), zone);
            let end = hours.end().map(|end| on_clock(end, zone));
            let mut cells = vec![("day", start.wall().date().to_string()), ("from", hour(start.wall().time()))];
            if let Some(end) = end {
                cells.push(("to", hour(end.wall().time())));
                if end.wall().date() != start.wall().date() {
                    cells.push(("last", end.wall().date().to_string()));
                }
            }
            let twice = |moment: Moment| Some((second_of_fold(zone?, moment.wall())?, moment.offset()));
            if let Some((second, offset)) = twice(start).or_else(|| twice(end?)) {
                cells.push(("fold", if offset == second { "second" } else { "first" }.to_owned()));
            }
            cells
        }
        When::Day { days: all, duration } => {
            let mut cells = days(all);
            let words = |minutes: &Minutes| format!("{} h {:02}", minutes.get() / 60, minutes.get() % 60);
            cells.extend(duration.as_ref().map(|minutes| ("duration", words(minutes))));
            cells
        }
        When::AllDay(all) => [days(all), vec![("kind", "all-day".to_owned())]].concat(),
        When::Period(all) => [days(all), vec![("kind", "period".to_owned())]].concat(),
    }
}

impl Reader<'_> {
    /// When a slot is; `None` for a row that says nothing, or something wrong.
    pub(super) fn slot(&mut self, row: usize, zone: &Zone) -> Option<When> {
        let form = self.form;
        let field = |column: &str| format!("slot-{row}-{column}");
        let typed = |column| form.cell("slot", row, column).trim().to_owned();
        let (day, from, to, last) = (typed("day"), typed("from"), typed("to"), typed("last"));
        let lasts = typed("duration");
        if day.is_empty() {
            // An empty row is none; hours without a day are a day forgotten, and so is a place of its own.
            let own = super::OWN.iter().any(|begin| self.says(&format!("slot-{row}-{begin}")));
            if own || !(from.is_empty() && to.is_empty() && last.is_empty() && lasts.is_empty()) {
                self.problem(&field("day"), "day-missing", "");
            }
            return None;
        }
        let Some(first) = read_day(&day) else {
            self.problem(&field("day"), "day", &day);
            return None;
        };
        let last_day = if last.is_empty() {
            first
        } else {
            match read_day(&last) {
                Some(last) if last >= first => last,
                Some(_) => {
                    self.problem(&field("last"), "end-before-start", "");
                    return None;
                }
                None => {
                    self.problem(&field("last"), "day", &last);
                    return None;
                }
            }
        };
        let days = Days::new(first, last_day).ok()?;
        let kind = form.cell("slot", row, "kind");
        if !lasts.is_empty() && (!kind.is_empty() || !from.is_empty() || !to.is_empty()) {
            self.problem(&field("duration"), "duration-needless", "");
            return None;
        }
        match (kind, from.is_empty()) {
            ("all-day", _) => return Some(When::AllDay(days)),
            ("period", _) => return Some(When::Period(days)),
            (_, true) if lasts.is_empty() && to.is_empty() => return Some(When::Day { days, duration: None }),
            (_, true) if to.is_empty() => {
                let duration = read_duration(&lasts);
                if duration.is_none() {
                    self.problem(&field("duration"), "duration", &lasts);
                }
                return Some(When::Day { days, duration });
            }
            (_, true) => {
                self.problem(&field("from"), "hour-missing", "");
                return None;
            }
            _ => {}
        }
        let start = self.moment(row, "from", first, &from, zone)?;
        let end = if to.is_empty() {
            if last_day != first {
                self.problem(&field("to"), "hour-missing", "");
                return None;
            }
            None
        } else {
            Some(self.moment(row, "to", last_day, &to, zone)?)
        };
        match Hours::new(start, end) {
            Ok(hours) if end != Some(start) => Some(When::Timed(hours)),
            _ => {
                self.problem(&field("to"), "end-before-start", "");
                None
            }
        }
    }

    /// A wall clock in a zone: one that does not exist that night, or exists twice and nobody said which, is told.
    fn moment(&mut self, row: usize, column: &str, day: Date, typed: &str, zone: &Zone) -> Option<Moment> {
        let field = format!("slot-{row}-{column}");
        let Some(time) = read_hour(typed) else {
            self.problem(&field, "hour", typed);
            return None;
        };
        let wall = DateTime::from_parts(day, time);
        match zone.has(wall) {
            Occurs::Once => zone.at(wall),
            Occurs::Never => {
                let after = zone.at(wall).map(|moment| hour(moment.wall().time())).unwrap_or_default();
                self.problem(&field, "hour-never", after);
                None
            }
            Occurs::Twice => match self.form.cell("slot", row, "fold") {
                "first" => zone.at(wall),
                "second" => second_of_fold(zone, wall).and_then(|offset| Moment::new(wall, offset).ok()),
                _ => {
                    self.problem(&field, "hour-twice", "");
                    None
                }
            },
        }
    }

    /// A day and an hour in one field; `known` where it still says what it said.
    pub(super) fn when(&mut self, field: &str, zone: &Zone, known: Option<Moment>) -> Option<Moment> {
        let typed = self.form.get(field).trim().to_owned();
        if typed.is_empty() {
            return None;
        }
        if known.is_some_and(|known| minute(known, Some(zone)) == typed) {
            return known;
        }
        let (day, hour) = typed.split_once(['T', ' ']).unwrap_or((&typed, "00:00"));
        let wall = read_day(day).zip(read_hour(hour)).map(|(day, hour)| DateTime::from_parts(day, hour));
        wall.and_then(|wall| zone.at(wall)).or_else(|| {
            self.problem(field, "moment", &typed);
            None
        })
    }
}
