//! Times as feeds write them: with an offset or without, to the minute or to the day, sometimes with an end that cannot be.

use jiff::civil::Date;

use super::Notes;
use crate::event::when::WhenError;
use crate::event::{Days, Hours, Minutes, Moment, Occurs, When, Zone};
use crate::programme::Code;

/// How exactly a slot says to be known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    Minute,
    Day,
    AllDay,
    Period,
}

/// When something takes place. `None`, with a finding, when it cannot be told: the entry then waits, since an event
/// without its date would look as if none were known.
pub(super) fn span(
    start: &str,
    end: Option<&str>,
    precision: Precision,
    duration: Option<Minutes>,
    zone: Option<&Zone>,
    zone_assumed: bool,
    notes: &mut Notes<'_>,
) -> Option<When> {
    let (start, end) = (start.trim(), end.map(str::trim).filter(|end| !end.is_empty()));
    if let Ok(first) = start.parse::<Date>()
        && start.len() == 10
    {
        let last = end.map(|end| end.get(..10).unwrap_or(end).parse::<Date>());
        let last = match last {
            None => first,
            Some(Ok(last)) if last >= first => last,
            Some(Ok(_)) => {
                notes.find(Code::EndBeforeStart, &format!("{start} – {}", end.unwrap_or_default()));
                first
            }
            Some(Err(_)) => {
                notes.bad("end", end.unwrap_or_default());
                first
            }
        };
        let Ok(days) = Days::new(first, last) else {
            notes.find(Code::Contradiction, start);
            return None;
        };
        return Some(match precision {
            Precision::Day => When::Day { days, duration },
            Precision::Minute | Precision::AllDay => When::AllDay(days),
            Precision::Period => When::Period(days),
        });
    }
    let Some(from) = moment(start, zone, zone_assumed, notes) else {
        notes.find(Code::Contradiction, &format!("start: {start}"));
        return None;
    };
    let until = end.and_then(|end| {
        let until = moment(end, zone, zone_assumed, notes);
        if until.is_none() {
            notes.bad("end", end);
        }
        until
    });
    let day = from.wall().date();
    match precision {
        Precision::Day | Precision::AllDay | Precision::Period => {
            // The hours were written and are said not to count: the days of the wall clock are what remains.
            let last = until.map_or(day, |until| until.wall().date()).max(day);
            let Ok(days) = Days::new(day, last) else {
                notes.find(Code::Contradiction, start);
                return None;
            };
            Some(match precision {
                Precision::Day => When::Day { days, duration },
                Precision::AllDay => When::AllDay(days),
                _ => When::Period(days),
            })
        }
        Precision::Minute => {
            let until = until.or_else(|| {
                let minutes = i64::from(duration?.get());
                let wall = from.wall().checked_add(jiff::Span::new().minutes(minutes)).ok()?;
                Moment::new(wall, from.offset()).ok()
            });
            let until = until.map(|until| past_midnight(from, until, notes));
            Some(When::Timed(
                Hours::new(from, until)
                    .or_else(|_| {
                        notes.find(Code::EndBeforeStart, &format!("{start} – {}", end.unwrap_or_default()));
                        Hours::new(from, None)
                    })
                    .ok()?,
            ))
        }
    }
}

/// An end on the day of its start and before it, by half a day at most, is that of a night: it was past midnight.
fn past_midnight(from: Moment, until: Moment, notes: &mut Notes<'_>) -> Moment {
    let early = until.instant() < from.instant() && until.wall().date() == from.wall().date();
    let next = until
        .wall()
        .checked_add(jiff::Span::new().days(1))
        .ok()
        .and_then(|wall| Moment::new(wall, until.offset()).ok());
    match next {
        Some(next) if early && next.instant().duration_since(from.instant()).as_hours() <= 12 => {
            notes.find(Code::EndBeforeStart, &format!("{from} – {until}"));
            notes.assume("end");
            next
        }
        _ => until,
    }
}

/// A time; one without an offset is read on the wall clock of `zone`, and that is said.
pub(super) fn moment(text: &str, zone: Option<&Zone>, assumed: bool, notes: &mut Notes<'_>) -> Option<Moment> {
    match Moment::parse(text) {
        Ok(moment) => Some(moment),
        Err(WhenError::Floating(wall)) => {
            let zone = zone?;
            let moment = zone.at(wall)?;
            notes.find(Code::FloatingTime, text);
            if assumed {
                notes.assume("tz");
            }
            match zone.has(wall) {
                Occurs::Once => {}
                Occurs::Never => notes.find(Code::HourSkipped, &format!("{wall} {zone}")),
                Occurs::Twice => notes.find(Code::HourTwice, &format!("{wall} {zone}")),
            }
            Some(moment)
        }
        Err(_) => None,
    }
}
