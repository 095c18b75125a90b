//! The dates of one event: its rule expanded, extra and missing dates, and what single dates were changed to.
//!
//! It hides RRULE, RDATE, EXDATE and RECURRENCE-ID (RFC 5545 §3.8.4.4, §3.8.5). A slot is named by the date that the
//! series gave it, so that it stays the same slot when it moves. Of a series without end, those dates become slots that
//! lie in a window around the day it was read; the window begins and ends with a month, so that what is shown does not
//! change with every fetch.

use std::collections::{BTreeMap, BTreeSet};

use calcard::common::PartialDateTime;
use calcard::icalendar::{ICalendarProperty as Property, ICalendarValue};
use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::clock::{Clocks, Frame, clock};
use super::fields::Fields;
use super::group::Group;
use super::producer::Producer;
use super::recurrence::Rule;
use crate::event::text::fold;
use crate::event::{Status, Zone};
use crate::parse::draft::{Clock, End, Session};
use crate::programme::Code;

/// Most slots of an event.
const MOST_SLOTS: usize = 200;
/// Most slots of all events of a document that repeat: past it, each shows its first.
const MOST_IN_ALL: usize = 20_000;
/// Months before that of reading of which dates are still shown.
const MONTHS_BACK: i64 = 1;
/// Months after that of reading of which dates are shown already: all that one plans for, at most 400 days.
const MONTHS_AHEAD: i64 = 12;
/// Days of rules that are looked at in one document: three years for each of 4,000 yearly rules, in a fraction of a
/// second.
const BUDGET: u32 = 4_400_000;

/// What becomes of the dates of a calendar read at some instant.
#[derive(Debug)]
pub struct Window {
    from: DateTime,
    to: DateTime,
    /// Days of rules that may still be looked at.
    budget: u32,
    /// Slots that may still be shown.
    slots: usize,
}

impl Window {
    /// The window of a document read then.
    pub fn new(seen: Timestamp) -> Window {
        let month = jiff::tz::Offset::UTC.to_datetime(seen).date().first_of_month().to_datetime(Time::midnight());
        let from = month.saturating_sub(MONTHS_BACK.months());
        let to = month.saturating_add((MONTHS_AHEAD + 1).months());
        Window { from, to, budget: BUDGET, slots: MOST_IN_ALL }
    }
}

/// The slots of an event as they are found.
#[derive(Debug, Default)]
pub struct Series {
    /// By their original dates.
    pub sessions: Vec<Session>,
    /// What is told of all of them.
    pub status: Option<Status>,
    /// It repeats, and has no date left.
    pub without_dates: bool,
    /// What was wrong with them.
    pub findings: Vec<(Code, String)>,
}

/// Slots by their dates and names.
type Slots = BTreeMap<(DateTime, String), Session>;

/// One date of a series.
struct Occurrence {
    start: Clock,
    end: Option<End>,
    status: Option<Status>,
    location: Option<String>,
}

/// Collects the sessions of one event from its components.
///
/// # Errors
/// The date that cannot be read: then nothing is known of when it is.
pub fn sessions(
    group: &Group,
    producer: &Producer,
    clocks: &mut Clocks,
    window: &mut Window,
) -> Result<Series, String> {
    let mut series = Series::default();
    let mut slots = Slots::new();
    let repeats = |fields: &Fields| fields.has(&Property::Rrule) || fields.has(&Property::Rdate);
    let (first, others, overrides) = (&group.first, &group.others, &group.overrides);
    if others.is_empty() && overrides.is_empty() && !group.without_master && !repeats(first) {
        series.sessions.extend(session(first, producer, clocks, &mut series.findings)?);
        return Ok(series.of_one_event(first));
    }
    let home = clocks.zones.own.clone();
    let masters: Vec<&Fields> = [first].into_iter().chain(others).collect();
    // What single dates were changed to belongs to the rule, else to the first that is told.
    let owner = masters.iter().position(|master| repeats(master)).unwrap_or(0);
    for (at, master) in masters.into_iter().enumerate() {
        let Some(base) = session(master, producer, clocks, &mut series.findings)? else { continue };
        let frame = Frame::of(&base.start);
        let Some(start) = frame.wall(&base.start, home.as_ref()) else { continue };
        if !group.without_master && (repeats(master) || at == owner && !overrides.is_empty()) {
            let own: &[Fields] = if at == owner { overrides } else { &[] };
            let mut repeated =
                Repeated { master, base, frame, start, clocks, producer, findings: &mut series.findings };
            repeated.expand(own, window, &mut slots)?;
            continue;
        }
        let original = master.entry(&Property::RecurrenceId).and_then(|entry| clocks.one(entry)).and_then(Result::ok);
        let original = original.and_then(|clock| frame.wall(&clock, home.as_ref())).unwrap_or(start);
        // Of dates that have an identifier each, that is what stays when they move.
        let name = if group.siblings { master.text(&Property::Uid) } else { None }.unwrap_or_else(|| name(original));
        slots.insert((start, name.clone()), Session { name: Some(name), ..base });
    }
    series.without_dates = slots.is_empty() && group.all().any(repeats);
    series.sessions.extend(slots.into_values());
    if series.sessions.len() > MOST_SLOTS {
        series.sessions.truncate(MOST_SLOTS);
        series.findings.push((Code::RecurrenceCut, MOST_SLOTS.to_string()));
    }
    Ok(series.of_one_event(first))
}

impl Series {
    /// What all slots have in common is the event's.
    fn of_one_event(mut self, first: &Fields) -> Series {
        let shared = self.sessions.first().and_then(|session| session.status);
        self.status = shared.filter(|_| self.sessions.iter().all(|session| session.status == shared));
        let place = first.text(&Property::Location).map(|place| fold(&place));
        for session in &mut self.sessions {
            session.status = session.status.filter(|_| self.status.is_none());
            session.location = session.location.take().filter(|told| Some(fold(told)) != place);
        }
        self
    }
}

/// The session that a component tells by itself.
fn session(
    fields: &Fields,
    producer: &Producer,
    clocks: &mut Clocks,
    findings: &mut Vec<(Code, String)>,
) -> Result<Option<Session>, String> {
    let Some(entry) = fields.entry(&Property::Dtstart) else { return Ok(None) };
    let mark = producer.mark(&fields.text(&Property::Summary).unwrap_or_default());
    let start = clocks.one(entry).unwrap_or_else(|| Err(String::new()))?;
    let mut end = None;
    if let Some(read) = fields.entry(&Property::Dtend).and_then(|entry| clocks.one(entry)) {
        match read {
            Ok(clock) => end = Some(End::At(clock)),
            Err(text) => findings.push((Code::BadValue, format!("DTEND: {text}"))),
        }
    } else if let Some(length) = fields.duration() {
        end = Some(End::After(length));
    }
    let all_day = fields.says_all_day();
    let day_of = |clock: &Clock| match clock {
        Clock::Day(day) => Some(*day),
        Clock::In(wall, _) | Clock::Floating(wall) if all_day && wall.time() == Time::midnight() => Some(wall.date()),
        _ => None,
    };
    let session = match day_of(&start) {
        Some(first) => {
            let end = match end {
                // The end is the day after the last (§3.6.1), but some programs give the last day itself.
                Some(End::At(clock)) => match day_of(&clock) {
                    Some(after) if after >= first => Some(End::Before(after)),
                    Some(before) => Some(End::At(Clock::Day(before))),
                    None => Some(End::At(clock)),
                },
                other => other,
            };
            Session { whole_days: !producer.leaves_hour_open(fields), ..Session::new(Clock::Day(first), end) }
        }
        None => {
            if let Some(End::At(Clock::Day(day))) = end {
                findings.push((Code::BadValue, format!("DTEND: {day}")));
                end = None;
            }
            // An end at the start itself says nothing.
            let end = end.filter(|end| *end != End::At(start.clone()) && *end != End::After(SignedDuration::ZERO));
            Session::new(start, end)
        }
    };
    Ok(Some(Session {
        status: mark
            .map(|(_, status, _)| status)
            .or_else(|| fields.status())
            .filter(|status| *status != Status::Scheduled),
        availability: mark.and_then(|(_, _, availability)| availability),
        location: fields.text(&Property::Location),
        ..session
    }))
}

/// A component that repeats.
struct Repeated<'a, 'z> {
    master: &'a Fields<'a>,
    /// The date it tells itself.
    base: Session,
    frame: Frame,
    /// What its clock shows then.
    start: DateTime,
    clocks: &'a mut Clocks<'z>,
    producer: &'a Producer,
    findings: &'a mut Vec<(Code, String)>,
}

impl Repeated<'_, '_> {
    fn home(&self) -> Option<Zone> {
        self.clocks.zones.own.clone()
    }

    /// Adds its slots.
    fn expand(&mut self, overrides: &[Fields], window: &mut Window, slots: &mut Slots) -> Result<(), String> {
        let (mut dates, mut more) = self.dates(window);
        let changes = self.changes(overrides);
        for (original, change) in &changes {
            // A date that the rule does not give was added by hand.
            let day = original.date();
            let whole_day = day.to_datetime(Time::midnight())..=day.to_datetime(Time::MAX);
            let known = dates.contains_key(original) || change.day && dates.range(whole_day).next().is_some();
            if !known && !change.rest {
                dates.insert(*original, None);
            }
        }
        let shown = |at: &DateTime| (window.from..window.to).contains(at);
        let mut kept: Vec<DateTime> = dates.keys().copied().filter(shown).collect();
        more |= dates.keys().any(|at| *at >= window.to);
        if kept.is_empty() {
            // All of it is past, or far ahead: then it is told as it stands.
            kept = dates.keys().copied().collect();
            more = false;
        }
        let most = MOST_SLOTS.min(window.slots).max(1);
        if more || kept.len() > most {
            kept.truncate(most);
            let last = kept.last().map(|last| last.date().to_string()).unwrap_or_default();
            self.findings.push((Code::RecurrenceCut, format!("… {last}")));
        }
        window.slots = window.slots.saturating_sub(kept.len());
        for at in kept {
            let own = changes.iter().find(|(original, change)| !change.rest && change.is_of(**original, at));
            let rest = || changes.iter().rev().find(|(original, change)| change.rest && **original <= at);
            let occurrence = match own.or_else(rest) {
                Some((original, change)) => self.changed(change, *original, at)?,
                None => moved(&self.base, self.start, at, &self.frame, self.home().as_ref()),
            };
            let Some(mut occurrence) = occurrence else { continue };
            // A period tells its own end (RFC 5545 §3.8.5.2).
            if let (None, Some(Some(end))) = (own, dates.get(&at)) {
                occurrence.end = Some(end.clone());
            }
            let session = Session {
                name: Some(name(at)),
                status: occurrence.status,
                location: occurrence.location,
                whole_days: matches!(occurrence.start, Clock::Day(_)),
                ..Session::new(occurrence.start, occurrence.end)
            };
            slots.insert((at, name(at)), session);
        }
        Ok(())
    }

    /// Its dates by its start, rules and lists, on its own clock; a date that is told as a period has an end of its own.
    /// Also, whether there are more.
    fn dates(&mut self, window: &mut Window) -> (BTreeMap<DateTime, Option<End>>, bool) {
        let home = self.home();
        // The start is one of the dates (§3.8.5.3), unless the rule ends before it: Google leaves such a rule behind
        // when all of a series is moved.
        let (mut dates, mut ended) = (BTreeMap::new(), false);
        let mut more = false;
        for value in self.master.entries(&Property::Rrule).flat_map(|entry| &entry.values) {
            let rule = match value {
                ICalendarValue::RecurrenceRule(told) => {
                    let until = told.until.as_ref().and_then(|until| until_wall(until, &self.frame, home.as_ref()));
                    ended |= until.is_some_and(|until| until < self.start);
                    Rule::new(told, self.start, until).ok_or_else(|| told.to_string())
                }
                other => Err(other.as_text().unwrap_or_default().to_owned()),
            };
            match rule {
                Ok(rule) => {
                    let found = rule.dates(self.start, window.from, window.to, &mut window.budget);
                    dates.extend(found.dates.into_iter().map(|at| (at, None)));
                    more |= found.more;
                }
                Err(text) => self.findings.push((Code::BadValue, format!("RRULE: {text}"))),
            }
        }
        if !ended {
            dates.insert(self.start, None);
        }
        for entry in self.master.entries(&Property::Rdate) {
            for read in self.clocks.read(entry) {
                match read.map(|(clock, end)| (self.frame.wall(&clock, home.as_ref()), end)) {
                    Ok((Some(at), end)) => {
                        // A mere day in a list of a timed series means the series' hour.
                        let as_told = matches!(self.frame, Frame::Days) || at.time() != Time::midnight();
                        dates.insert(if as_told { at } else { at.date().to_datetime(self.start.time()) }, end);
                    }
                    Ok((None, _)) => {}
                    Err(text) => self.findings.push((Code::BadValue, format!("RDATE: {text}"))),
                }
            }
        }
        let (mut moments, mut days) = (BTreeSet::new(), BTreeSet::new());
        for entry in self.master.entries(&Property::Exdate) {
            for read in self.clocks.read(entry) {
                match read {
                    Ok((Clock::Day(day), _)) => {
                        days.insert(day);
                    }
                    Ok((clock, _)) => moments.extend(self.frame.wall(&clock, home.as_ref())),
                    Err(text) => self.findings.push((Code::BadValue, format!("EXDATE: {text}"))),
                }
            }
        }
        if matches!(self.frame, Frame::Days) {
            days.extend(moments.iter().map(|at| at.date()));
        }
        dates.retain(|at, _| !moments.contains(at) && !days.contains(&at.date()));
        (dates, more)
    }

    /// What became of single dates, by the date that the series gave them.
    fn changes<'a>(&mut self, overrides: &'a [Fields<'a>]) -> BTreeMap<DateTime, Change<'a>> {
        let home = self.home();
        let mut changes: BTreeMap<DateTime, Change> = BTreeMap::new();
        for fields in overrides {
            match fields.entry(&Property::RecurrenceId).and_then(|entry| self.clocks.one(entry)) {
                Some(Ok(clock)) => {
                    let day = matches!(clock, Clock::Day(_));
                    let Some(original) = self.frame.wall(&clock, home.as_ref()) else { continue };
                    let change = Change { fields, day, rest: fields.is_for_the_rest() };
                    // Of two changes of one date, the later revision holds.
                    let known = changes.get(&original);
                    if known.is_none_or(|known| known.fields.revision() <= fields.revision()) {
                        changes.insert(original, change);
                    }
                }
                Some(Err(text)) => self.findings.push((Code::BadValue, format!("RECURRENCE-ID: {text}"))),
                None => {}
            }
        }
        changes
    }

    /// A date as a change tells it; from the change's own date on, the rest is moved by as much.
    fn changed(&mut self, change: &Change, original: DateTime, at: DateTime) -> Result<Option<Occurrence>, String> {
        let home = self.home();
        let told = session(change.fields, self.producer, self.clocks, self.findings)?;
        Ok(match told {
            None => moved(&self.base, self.start, at, &self.frame, home.as_ref()),
            Some(told) if !change.rest || original == at => {
                Some(Occurrence { start: told.start, end: told.end, status: told.status, location: told.location })
            }
            Some(told) => {
                let frame = Frame::of(&told.start);
                let first = frame.wall(&told.start, home.as_ref());
                let target = first.and_then(|first| first.checked_add(at.duration_since(original)).ok());
                first.zip(target).and_then(|(first, target)| moved(&told, first, target, &frame, home.as_ref()))
            }
        })
    }
}

/// The end of a rule on the clock of its series: a day is included.
fn until_wall(told: &PartialDateTime, frame: &Frame, home: Option<&Zone>) -> Option<DateTime> {
    let clock = clock(told, None, false)?;
    let wall = frame.wall(&clock, home)?;
    // Of a series of days, the day of its end is told as an instant by some.
    let day = matches!(clock, Clock::Day(_)) || matches!(frame, Frame::Days);
    Some(if day { wall.date().to_datetime(Time::MAX) } else { wall })
}

/// The name of a slot, from the date that its series gave it.
fn name(original: DateTime) -> String {
    let (date, time) = (original.date(), original.time());
    let day = format!("d{:04}{:02}{:02}", date.year(), date.month(), date.day());
    if time == Time::midnight() { day } else { format!("{day}T{:02}{:02}", time.hour(), time.minute()) }
}

/// What became of a date of a series.
struct Change<'a> {
    fields: &'a Fields<'a>,
    /// The date was told without its hour.
    day: bool,
    /// It holds for all dates from then on (`RANGE=THISANDFUTURE`).
    rest: bool,
}

impl Change<'_> {
    fn is_of(&self, original: DateTime, date: DateTime) -> bool {
        original == date || self.day && original.date() == date.date()
    }
}

/// A session that starts when its clock shows `first`, at `at` instead.
fn moved(base: &Session, first: DateTime, at: DateTime, frame: &Frame, home: Option<&Zone>) -> Option<Occurrence> {
    let by = at.duration_since(first);
    let end = match &base.end {
        None => None,
        Some(End::After(length)) => Some(End::After(*length)),
        Some(End::Before(day)) => Some(End::Before(day.checked_add(by).ok()?)),
        Some(End::At(clock)) => {
            // By the wall clock, so that it ends at its hour in summer and winter.
            let wall = frame.wall(clock, home)?.checked_add(by).ok()?;
            Some(End::At(frame.clock(wall)?))
        }
    };
    Some(Occurrence { start: frame.clock(at)?, end, status: base.status, location: base.location.clone() })
}
