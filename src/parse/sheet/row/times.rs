//! What a row says of when: days, hours and zones, and the slots that come of them.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::super::Trouble;
use super::super::book::{Cell, Line};
use super::super::value::{self, Taken, Told, Wrong};
use super::{Group, Moved, Notes, Reader};
use crate::event::text::fold;
use crate::event::{Before, Days, Hours, Minutes, Moment, Name, Occurs, Parts, Previous, Slot, Status, When, Zone};
use crate::format::sheet::Field;
use crate::language::Tongue;
use crate::parse::draft::Clock;

impl Reader<'_> {
    /// When the slot of a row takes place, and the zone of its hours where the row says one.
    pub(super) fn when(&self, line: &Line, notes: &mut Notes) -> Option<(When, Option<Zone>)> {
        let read = |field: Field, notes: &mut Notes, taken: Taken<Told>| {
            let cell = self.cell(line, field);
            let told = notes.take(line.number, field, cell, taken).unwrap_or_default();
            if let Some(note) = told.note {
                let instead = told.date.map(|date| date.to_string()).unwrap_or_default();
                notes.tell(line.number, Some(field), cell, Wrong(note, instead));
            }
            told
        };
        let start = read(Field::StartDate, notes, value::day(self.cell(line, Field::StartDate), self.orders[0]));
        let hour = read(Field::StartTime, notes, value::hour(self.cell(line, Field::StartTime)));
        // An hour alone in the column of the end's day.
        let end_cell = self.cell(line, Field::EndDate);
        let end = match end_cell {
            Cell::Clock(None, Some(time)) => Told { time: Some(*time), ..Told::default() },
            cell => read(Field::EndDate, notes, value::day(cell, self.orders[1])),
        };
        let end_hour = read(Field::EndTime, notes, value::hour(self.cell(line, Field::EndTime)));
        let zone_cell = self.cell(line, Field::Zone);
        let own = match zone_cell {
            Cell::Nothing => None,
            cell => {
                let zone = Zone::new(&cell.to_string()).map_err(|_| Wrong(Trouble::BadCode, "Europe/Paris".to_owned()));
                notes.take(line.number, Field::Zone, cell, zone)
            }
        };
        if notes.stop {
            return None;
        }
        let zone = own.clone().or_else(|| self.ask.hints.zone.clone());
        let time = hour.time.or(start.time);
        let Some((date, moment)) = self.point(&start, time, zone.as_ref(), line, Field::StartDate, notes) else {
            if !notes.stop && (hour.time.is_some() || end.date.is_some() || end_hour.time.is_some()) {
                let field = if hour.time.is_some() { Field::StartTime } else { Field::EndDate };
                notes.tell(
                    line.number,
                    Some(field),
                    self.cell(line, field),
                    Wrong(Trouble::TimeWithoutDate, String::new()),
                );
            }
            return None;
        };
        let whole = self.whole(line, notes);
        let duration = match self.cell(line, Field::Duration) {
            Cell::Nothing => None,
            cell => notes.take(line.number, Field::Duration, cell, value::minutes(cell)),
        };
        let until = end_hour.time.or(end.time).or(hour.until).or(start.until);
        let last_date = end.date.unwrap_or(date);
        let before_start = |notes: &mut Notes| {
            let field = if end.date.is_some() { Field::EndDate } else { Field::EndTime };
            let field = if self.has(field) { field } else { Field::StartTime };
            notes.tell(
                line.number,
                Some(field),
                self.cell(line, field),
                Wrong(Trouble::EndBeforeStart, date.to_string()),
            );
        };
        let Some(moment) = moment.filter(|_| whole == Whole::No) else {
            let Ok(days) = Days::new(date, last_date) else {
                before_start(notes);
                return None;
            };
            let when = match whole {
                Whole::Yes => When::AllDay(days),
                Whole::Period => When::Period(days),
                Whole::No => When::Day { days, duration: duration.and_then(Minutes::new) },
            };
            return Some((when, own));
        };
        let ends = if end.clock.is_some() || until.is_some() {
            let told = Told { date: Some(last_date), clock: end.clock.clone(), ..Told::default() };
            self.point(&told, until, zone.as_ref(), line, Field::EndTime, notes).and_then(|(_, moment)| moment)
        } else {
            let after = duration.map(|minutes| SignedDuration::from_mins(minutes.into()));
            let at = after.and_then(|after| moment.instant().checked_add(after).ok());
            at.and_then(|at| zone.as_ref().and_then(|zone| zone.of(at)))
        };
        match Hours::new(moment, ends) {
            Ok(hours) => Some((When::Timed(hours), own)),
            Err(_) => {
                before_start(notes);
                None
            }
        }
    }

    /// A day, and the moment on it when its hour is told.
    fn point(
        &self,
        told: &Told,
        time: Option<jiff::civil::Time>,
        zone: Option<&Zone>,
        line: &Line,
        field: Field,
        notes: &mut Notes,
    ) -> Option<(jiff::civil::Date, Option<Moment>)> {
        let cell = self.cell(line, field);
        let wall = match (&told.clock, told.date, time) {
            (Some(Clock::Offset(moment)), _, _) => return Some((moment.wall().date(), Some(*moment))),
            (Some(Clock::Instant(at)), _, _) => {
                let Some(moment) = zone.and_then(|zone| zone.of(*at)) else {
                    notes.tell(line.number, Some(field), cell, Wrong(Trouble::NoZone, String::new()));
                    return None;
                };
                return Some((moment.wall().date(), Some(moment)));
            }
            (_, Some(date), Some(time)) => date.to_datetime(time),
            (_, Some(date), None) => return Some((date, None)),
            (_, None, _) => return None,
        };
        let Some(zone) = zone else {
            notes.tell(line.number, Some(field), cell, Wrong(Trouble::NoZone, String::new()));
            return None;
        };
        let moment = zone.at(wall);
        let is = moment.map(|moment| moment.to_string()).unwrap_or_default();
        match zone.has(wall) {
            Occurs::Once => {}
            Occurs::Never => notes.tell(line.number, Some(field), cell, Wrong(Trouble::HourSkipped, is)),
            Occurs::Twice => notes.tell(line.number, Some(field), cell, Wrong(Trouble::HourTwice, is)),
        }
        Some((wall.date(), moment))
    }

    fn whole(&self, line: &Line, notes: &mut Notes) -> Whole {
        let cell = self.cell(line, Field::AllDay);
        if cell.is_nothing() {
            return Whole::No;
        }
        let word = fold(&cell.to_string());
        if [Tongue::French, Tongue::English].iter().any(|tongue| fold(&tongue.say("cell-period")) == word) {
            return Whole::Period;
        }
        match notes.take(line.number, Field::AllDay, cell, value::yes(cell)) {
            Some(true) => Whole::Yes,
            _ => Whole::No,
        }
    }

    /// The slots that rows say, those of a known event kept where they are the same.
    pub(super) fn slots(
        &self,
        group: &Group,
        whens: Vec<Option<Moved>>,
        written: bool,
        is_known: bool,
        parts: &mut Parts,
        notes: &mut Notes,
    ) {
        if let Some(first) = group.lines.first() {
            self.place(first, None, parts, notes);
        }
        if whens.iter().all(Option::is_none) && !(written && self.has(Field::StartDate)) {
            return;
        }
        let all_kept = whens.iter().flatten().all(|moved| moved.kept);
        let old = std::mem::take(&mut parts.slots);
        let mut left: Vec<&Slot> = old.iter().collect();
        let mut names: BTreeSet<Name> = old.iter().map(|slot| slot.name.clone()).collect();
        let count = whens.iter().flatten().count();
        let mut slots: Vec<Slot> = Vec::new();
        let mut zones: BTreeSet<Option<Zone>> = BTreeSet::new();
        for (at, (line, when)) in group.lines.iter().zip(whens).enumerate() {
            let Some(Moved { when, zone: own, kept }) = when else { continue };
            let name = Name::new(self.cell(line, Field::Slot).to_string().trim()).ok();
            // The slot of this name; else the one at this time; else, of one that moved, the only one there is.
            let found = left
                .iter()
                .position(|slot| Some(&slot.name) == name.as_ref())
                .or_else(|| left.iter().position(|slot| name.is_none() && same_time(&slot.when, &when)))
                .or_else(|| (name.is_none() && old.len() == 1 && count == 1 && left.len() == 1).then_some(0));
            let mut slot = match found {
                Some(found) => left.remove(found).clone(),
                None => {
                    let name = name.filter(|name| !names.contains(name));
                    let free = || (1..).filter_map(|n| Name::new(&format!("c{n}")).ok()).find(|n| !names.contains(n));
                    let Some(name) = name.or_else(free) else { continue };
                    names.insert(name.clone());
                    Slot::new(name, when)
                }
            };
            if !kept && !same_time(&slot.when, &when) {
                // Who followed the event as it was announced is told that it moved.
                if is_known && parts.status == Status::Scheduled {
                    parts.status = Status::Rescheduled;
                }
                if is_known {
                    let before = match slot.when {
                        When::Timed(hours) => Before::Timed(hours),
                        When::Day { days, .. } | When::AllDay(days) | When::Period(days) => Before::Days(days),
                    };
                    let before = Previous { slot: Some(slot.name.clone()), when: before, foreign: Default::default() };
                    parts.previous.push(before);
                }
                slot.when = when;
                slot.zone = None;
            }
            if kept {
                slot.zone = slot.zone.or_else(|| parts.zone.clone());
                zones.insert(slot.zone.clone());
            } else if let When::Timed(hours) = slot.when {
                let zone = own
                    .or_else(|| slot.zone.clone())
                    .or_else(|| parts.zone.clone())
                    .or_else(|| self.ask.hints.zone.clone());
                let zone = zone.filter(|zone| hours.start().agrees_with(zone));
                zones.insert(zone.clone());
                slot.zone = zone;
            }
            let cell = self.cell(line, Field::Availability);
            let known = slot.availability.map(|code| code.code());
            match cell {
                Cell::Nothing if written && self.has(Field::Availability) => slot.availability = None,
                Cell::Nothing => {}
                cell => {
                    let code = value::code::<crate::event::Availability>(&cell.to_string());
                    if let Some(code) = notes.take(line.number, Field::Availability, cell, code)
                        && Some(code.code()) != known
                    {
                        slot.availability = Some(code);
                    }
                }
            }
            if at > 0 {
                self.place(line, Some(&mut slot), parts, notes);
            }
            slots.push(slot);
        }
        // A table of ours names every slot there is; in another one that it leaves out is not taken back.
        if !written {
            slots.extend(left.into_iter().cloned());
        }
        // One zone for all hours is the event's.
        if !all_kept
            && zones.len() == 1
            && slots.iter().all(|slot| slot.zone.is_some() || !matches!(slot.when, When::Timed(_)))
        {
            parts.zone = zones.into_iter().next().flatten().or(parts.zone.take());
        }
        for slot in &mut slots {
            if slot.zone == parts.zone {
                slot.zone = None;
            }
        }
        slots.sort_by(|a, b| (a.when, &a.name).cmp(&(b.when, &b.name)));
        parts.slots = slots.into();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    No,
    Yes,
    Period,
}

fn same_time(one: &When, other: &When) -> bool {
    match (one, other) {
        (When::Timed(one), When::Timed(other)) => {
            let end = |hours: &Hours| hours.end().map(|end| end.instant());
            one.start().instant() == other.start().instant() && end(one) == end(other)
        }
        (one, other) => one == other,
    }
}
