//! What a calendar's dates and times say (RFC 5545 §3.3.4, §3.3.5, §3.3.9), and the one clock by which a series repeats.

use std::collections::BTreeSet;

use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendarDuration, ICalendarEntry, ICalendarParameterName, ICalendarParameterValue, ICalendarPeriod,
    ICalendarValue, ICalendarValueType,
};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::zones::{Zones, is_utc};
use crate::event::{Moment, Zone};
use crate::parse::draft::{Clock, End};

/// Reads the times of one calendar.
#[derive(Debug)]
pub struct Clocks<'a> {
    /// The calendar's zones.
    pub zones: &'a Zones,
    /// Names of zones that nobody knows: their times are read as if they had none.
    pub unknown: BTreeSet<String>,
}

impl Clocks<'_> {
    /// The times of a property, each with its end where it is a period; what cannot be read as it stands.
    pub fn read(&mut self, entry: &ICalendarEntry) -> Vec<Result<(Clock, Option<End>), String>> {
        let zone = self.zone(entry);
        let as_date = entry.params.iter().any(|parameter| {
            parameter.name == ICalendarParameterName::Value
                && parameter.value == ICalendarParameterValue::Value(ICalendarValueType::Date)
        });
        let clock = |told: &PartialDateTime| clock(told, zone.as_ref(), as_date);
        let unreadable = |value: &ICalendarValue| match value {
            ICalendarValue::Text(text) => text.clone(),
            other => other.clone().into_text().unwrap_or_default().into_owned(),
        };
        let read = |value: &ICalendarValue| {
            let read = match value {
                ICalendarValue::PartialDateTime(told) => clock(told).map(|start| (start, None)),
                ICalendarValue::Period(ICalendarPeriod::Range { start, end }) => {
                    clock(start).map(|start| (start, clock(end).map(End::At)))
                }
                ICalendarValue::Period(ICalendarPeriod::Duration { start, duration }) => {
                    clock(start).map(|start| (start, Some(End::After(length(duration)))))
                }
                ICalendarValue::Text(text) => Clock::parse(text).map(|start| (start, None)),
                _ => None,
            };
            read.ok_or_else(|| unreadable(value))
        };
        entry.values.iter().map(read).collect()
    }

    /// The only time of a property; `None` when it has none.
    pub fn one(&mut self, entry: &ICalendarEntry) -> Option<Result<Clock, String>> {
        self.read(entry).into_iter().next().map(|read| read.map(|(clock, _)| clock))
    }

    fn zone(&mut self, entry: &ICalendarEntry) -> Option<Zone> {
        // A name with commas that was not quoted comes in pieces.
        let parts: Vec<&str> =
            entry.parameters(&ICalendarParameterName::Tzid).filter_map(|part| part.as_text()).collect();
        if parts.is_empty() {
            return None;
        }
        let name = parts.join(", ");
        let zone = self.zones.get(&name);
        if zone.is_none() {
            self.unknown.insert(name);
        }
        zone
    }
}

/// One time, in the zone that its property names; `as_date` leaves its hour out.
pub fn clock(told: &PartialDateTime, zone: Option<&Zone>, as_date: bool) -> Option<Clock> {
    let part = |part: Option<u8>| i8::try_from(part.unwrap_or(0)).ok();
    let year = i16::try_from(told.year?).ok().filter(|year| *year > 0)?;
    let date = Date::new(year, part(Some(told.month?))?, part(Some(told.day?))?).ok()?;
    if as_date || !told.has_time() {
        return Some(Clock::Day(date));
    }
    // A leap second is no time of an event; the midnight at a day's end is the next day's.
    let (hour, minute, second) = (part(told.hour)?, part(told.minute)?, part(told.second)?.min(59));
    let wall = match (hour, minute) {
        (24, 0) => date.tomorrow().ok()?.to_datetime(Time::midnight()),
        _ => date.to_datetime(Time::new(hour, minute, second, 0).ok()?),
    };
    match told.tz_hour {
        Some(hours) => {
            let seconds = i32::from(hours) * 3600 + i32::from(told.tz_minute.unwrap_or(0)) * 60;
            let offset = Offset::from_seconds(if told.tz_minus { -seconds } else { seconds }).ok()?;
            match seconds {
                0 => Offset::UTC.to_timestamp(wall).ok().map(Clock::Instant),
                _ => Moment::new(wall, offset).ok().map(Clock::Offset),
            }
        }
        None => Some(match zone {
            Some(zone) if is_utc(zone) => Clock::Instant(Offset::UTC.to_timestamp(wall).ok()?),
            Some(zone) => Clock::In(wall, zone.clone()),
            None => Clock::Floating(wall),
        }),
    }
}

/// How long a duration is; a day counts 24 hours.
pub fn length(told: &ICalendarDuration) -> SignedDuration {
    let days = i64::from(told.weeks) * 7 + i64::from(told.days);
    let minutes = (days * 24 + i64::from(told.hours)) * 60 + i64::from(told.minutes);
    let seconds = minutes * 60 + i64::from(told.seconds);
    SignedDuration::from_secs(if told.neg { -seconds } else { seconds })
}

/// The clock by which a series repeats: that of its start.
#[derive(Debug, Clone)]
pub enum Frame {
    /// Whole days.
    Days,
    /// A wall clock of nobody knows where.
    Floating,
    /// The wall clock of a zone.
    In(Zone),
    /// One offset all year.
    Offset(Offset),
}

impl Frame {
    /// The clock of a series that starts then.
    pub fn of(start: &Clock) -> Frame {
        match start {
            Clock::Day(_) => Frame::Days,
            Clock::Floating(_) => Frame::Floating,
            Clock::In(_, zone) => Frame::In(zone.clone()),
            Clock::Offset(moment) => Frame::Offset(moment.offset()),
            Clock::Instant(_) => Frame::Offset(Offset::UTC),
        }
    }

    /// What this clock shows then. `home` is the zone of times that name none.
    pub fn wall(&self, clock: &Clock, home: Option<&Zone>) -> Option<DateTime> {
        let here = |at: Timestamp| match self {
            Frame::In(zone) => zone.of(at).map(|moment| moment.wall()),
            Frame::Offset(offset) => Some(offset.to_datetime(at)),
            Frame::Days | Frame::Floating => match home {
                Some(zone) => zone.of(at).map(|moment| moment.wall()),
                None => Some(Offset::UTC.to_datetime(at)),
            },
        };
        match (clock, self) {
            (Clock::Day(day), _) => Some(day.to_datetime(Time::midnight())),
            (Clock::Floating(wall), _) => Some(*wall),
            (Clock::In(wall, zone), Frame::In(own)) if zone == own => Some(*wall),
            (Clock::In(wall, _), Frame::Days | Frame::Floating) => Some(*wall),
            (Clock::In(wall, zone), _) => here(zone.at(*wall)?.instant()),
            (Clock::Offset(moment), Frame::Days | Frame::Floating) => Some(moment.wall()),
            (Clock::Offset(moment), _) => here(moment.instant()),
            (Clock::Instant(at), _) => here(*at),
        }
    }

    /// The time when this clock shows `wall`.
    pub fn clock(&self, wall: DateTime) -> Option<Clock> {
        Some(match self {
            Frame::Days => Clock::Day(wall.date()),
            Frame::Floating => Clock::Floating(wall),
            Frame::In(zone) => Clock::In(wall, zone.clone()),
            Frame::Offset(offset) if *offset == Offset::UTC => Clock::Instant(offset.to_timestamp(wall).ok()?),
            Frame::Offset(offset) => Clock::Offset(Moment::new(wall, *offset).ok()?),
        })
    }
}
