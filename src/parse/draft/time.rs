//! When a session takes place: what clocks, nights and programs do to the times that people tell.

use jiff::civil::Time;

use super::finish::Notes;
use super::{Clock, End, Session};
use crate::event::{Days, Hours, Moment, Occurs, When, Zone};
use crate::programme::Code;

/// Days beyond which an event is a period in which something is offered and no busy time.
const LONGEST_EVENT: i32 = 31;

/// When a session takes place, and the zone that its wall clock was read in. `None`, with a finding, when it cannot be
/// told: the entry then waits, since an event without its date would look as if none were known.
pub(super) fn when(
    session: &Session,
    zone: Option<&Zone>,
    assumed: bool,
    notes: &mut Notes,
) -> Option<(When, Option<Zone>)> {
    let (when, own) = as_told(session, zone, assumed, notes)?;
    if matches!(when, When::Period(_)) || !is_long(&when) {
        return Some((when, own));
    }
    let (first, last) = (when.first_day(), when.last_day());
    notes.find(Code::LongPeriod, &format!("{first} – {last}"));
    Some((When::Period(Days::new(first, last).ok()?), None))
}

/// More than 31 days, or a month from its first day to its last: a campaign, whatever hours were written.
fn is_long(when: &When) -> bool {
    let (first, last) = (when.first_day(), when.last_day());
    let month = first == first.first_of_month() && last == first.last_of_month();
    month || last.duration_since(first).as_hours() / 24 >= i64::from(LONGEST_EVENT)
}

fn as_told(session: &Session, zone: Option<&Zone>, assumed: bool, notes: &mut Notes) -> Option<(When, Option<Zone>)> {
    if let Clock::Day(first) = session.start {
        let last = match &session.end {
            None => first,
            Some(End::At(Clock::Day(last))) => *last,
            Some(End::Before(after)) => after.yesterday().unwrap_or(*after).max(first),
            Some(End::At(Clock::Floating(wall) | Clock::In(wall, _))) => wall.date(),
            Some(End::At(Clock::Offset(moment))) => moment.wall().date(),
            Some(End::At(Clock::Instant(at))) => zone.and_then(|zone| zone.of(*at))?.wall().date(),
            Some(End::After(length)) => {
                let days = (length.as_hours() / 24).max(1) - 1;
                first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?
            }
        };
        if last < first {
            notes.find(Code::EndBeforeStart, &format!("{first} – {last}"));
        }
        let days = Days::new(first, last.max(first)).ok()?;
        let when = if session.whole_days { When::AllDay(days) } else { When::Day { days, duration: None } };
        return Some((when, None));
    }
    let Some((start, own)) = moment(&session.start, zone, assumed, notes) else {
        notes.find(Code::DateUnreadable, &format!("{:?}", session.start));
        return None;
    };
    let end = match &session.end {
        None => None,
        Some(End::At(Clock::Day(_)) | End::Before(_)) => None,
        Some(End::At(clock)) => moment(clock, own.as_ref().or(zone), assumed, notes).map(|(moment, _)| moment),
        Some(End::After(length)) => {
            let at = start.instant().checked_add(*length).ok();
            at.and_then(|at| match &own {
                Some(zone) => zone.of(at),
                None => Moment::new(start.offset().to_datetime(at), start.offset()).ok(),
            })
        }
    };
    if let Some(days) = midnight_to_midnight(start, end) {
        notes.find(Code::AllDayByHours, &format!("{start} – {}", end.map(|end| end.to_string()).unwrap_or_default()));
        return Some((When::AllDay(days), None));
    }
    let end = end.and_then(|end| {
        if end.instant() >= start.instant() {
            return Some(end);
        }
        notes.find(Code::EndBeforeStart, &format!("{start} – {end}"));
        let next = end.wall().checked_add(jiff::Span::new().days(1)).ok()?;
        let next = Moment::new(next, end.offset()).ok()?;
        let night =
            end.wall().date() == start.wall().date() && next.instant().duration_since(start.instant()).as_hours() <= 12;
        if night {
            notes.assume("end");
        }
        night.then_some(next)
    });
    Some((When::Timed(Hours::new(start, end).ok()?), own))
}

/// Whole days that were told as hours: from midnight on the wall clock to a later midnight, or to a minute before.
fn midnight_to_midnight(start: Moment, end: Option<Moment>) -> Option<Days> {
    let end = end?;
    if start.wall().time() != Time::midnight() || end.instant() <= start.instant() {
        return None;
    }
    let last = match end.wall().time() {
        time if time == Time::midnight() => end.wall().date().yesterday().ok()?,
        time if (time.hour(), time.minute()) == (23, 59) => end.wall().date(),
        _ => return None,
    };
    Days::new(start.wall().date(), last).ok()
}

/// A moment, and the zone whose wall clock it shows.
fn moment(clock: &Clock, zone: Option<&Zone>, assumed: bool, notes: &mut Notes) -> Option<(Moment, Option<Zone>)> {
    let (wall, zone) = match clock {
        Clock::Day(_) => return None,
        // An offset says no zone: only one that the document declares is taken with it.
        Clock::Offset(moment) => {
            return Some((*moment, zone.filter(|zone| !assumed && moment.agrees_with(zone)).cloned()));
        }
        // The instant is certain whatever the zone; where it takes place tells the wall clock.
        Clock::Instant(at) => {
            return match zone {
                Some(zone) => {
                    if assumed {
                        notes.assume("tz");
                    }
                    zone.of(*at).map(|moment| (moment, Some(zone.clone())))
                }
                None => {
                    let wall = jiff::tz::Offset::UTC.to_datetime(*at);
                    Moment::new(wall, jiff::tz::Offset::UTC).ok().map(|moment| (moment, None))
                }
            };
        }
        Clock::In(wall, zone) => (*wall, zone),
        Clock::Floating(wall) => {
            let zone = zone?;
            // Once is enough for a start, its end and all other sessions.
            if assumed && !notes.has_assumed("tz") {
                notes.find(Code::FloatingTime, &wall.to_string());
                notes.assume("tz");
            }
            (*wall, zone)
        }
    };
    let moment = zone.at(wall)?;
    match zone.has(wall) {
        Occurs::Once => {}
        Occurs::Never => notes.find(Code::HourSkipped, &format!("{wall} {zone}")),
        Occurs::Twice => notes.find(Code::HourTwice, &format!("{wall} {zone}")),
    }
    Some((moment, Some(zone.clone())))
}
