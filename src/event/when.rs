//! When an event takes place, as exactly as its author said it and no more.
//!
//! A slot knows its minute, or only its day; the hour that nobody announced cannot be read out of it. Wall clock
//! and offset are kept as written, because the wall clock is what the poster says and the offset is what orders.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::text::{Name, TextError, text_type};

/// Why a time is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WhenError {
    /// Not `YYYY-MM-DDThh:mm:ss±hh:mm` (RFC 3339).
    #[error("not a date and time with an offset")]
    NotATime,
    /// Not `YYYY-MM-DD`.
    #[error("not a date")]
    NotADate,
    /// A date and time without an offset: nobody can tell which instant is meant.
    #[error("a time without an offset")]
    Floating(DateTime),
    /// The end comes before the start.
    #[error("the end comes before the start")]
    EndBeforeStart,
    /// A start of one kind (a day) with an end of the other (a time).
    #[error("start and end are not of one kind")]
    Mixed,
    /// Not an ISO 8601 duration in days, hours and minutes, or none at all.
    #[error("not a duration")]
    Duration,
    /// Not a zone of the IANA database.
    #[error("not a time zone")]
    Zone,
}

text_type! {
    /// A time zone by its name in the IANA database, such as `Europe/Paris`.
    Zone
}

impl Zone {
    /// Looks the name up in the bundled database and keeps its canonical spelling.
    ///
    /// # Errors
    /// [`TextError::Name`] when the database does not know it.
    pub fn new(text: &str) -> Result<Zone, TextError> {
        let zone = TimeZone::get(text.trim()).map_err(|_| TextError::Name)?;
        match zone.iana_name() {
            Some(name) if name != "Etc/Unknown" => Ok(Zone(name.into())),
            _ => Err(TextError::Name),
        }
    }

    /// The zone with its rules.
    pub fn rules(&self) -> TimeZone {
        // The constructor looked the name up; a database that lost it since leaves the offsets that were written.
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }

    /// The wall clock of an instant in this zone; `None` where its offset is not in whole minutes.
    pub fn of(&self, instant: Timestamp) -> Option<Moment> {
        let zoned = instant.to_zoned(self.rules());
        Moment::new(zoned.datetime(), zoned.offset()).ok()
    }

    /// The instant of a wall clock in this zone: in a gap, shifted past it; in a fold, the first of the two
    /// (RFC 5545 §3.3.5).
    pub fn at(&self, wall: DateTime) -> Option<Moment> {
        let zoned = self.rules().to_ambiguous_zoned(wall).compatible().ok()?;
        Moment::new(zoned.datetime(), zoned.offset()).ok()
    }

    /// Whether this zone has a wall clock once, not at all, or twice.
    pub fn has(&self, wall: DateTime) -> Occurs {
        match self.rules().to_ambiguous_timestamp(wall).offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { .. } => Occurs::Once,
            jiff::tz::AmbiguousOffset::Gap { .. } => Occurs::Never,
            jiff::tz::AmbiguousOffset::Fold { .. } => Occurs::Twice,
        }
    }
}

/// How often a zone has a wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurs {
    /// As nearly all.
    Once,
    /// Clocks go forward over it.
    Never,
    /// Clocks go back over it.
    Twice,
}

/// A wall clock with its offset from UTC, to the second: `2024-11-19T10:00:00+01:00`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment {
    wall: DateTime,
    offset: Offset,
}

impl Moment {
    /// Joins a wall clock and an offset, dropping parts of a second.
    ///
    /// # Errors
    /// [`WhenError::NotATime`] for a year outside 1 to 9999, or an offset of parts of a minute or past 14 hours,
    /// neither of which XML Schema can write.
    pub fn new(wall: DateTime, offset: Offset) -> Result<Moment, WhenError> {
        let wall = wall.with().subsec_nanosecond(0).build().map_err(|_| WhenError::NotATime)?;
        let seconds = offset.seconds();
        let year = (1..=9999).contains(&wall.year());
        if !year || seconds % 60 != 0 || seconds.abs() > 14 * 3600 || offset.to_timestamp(wall).is_err() {
            return Err(WhenError::NotATime);
        }
        Ok(Moment { wall, offset })
    }

    /// Reads RFC 3339.
    ///
    /// # Errors
    /// [`WhenError::Floating`] when only the offset is missing, else [`WhenError::NotATime`].
    pub fn parse(text: &str) -> Result<Moment, WhenError> {
        let text = text.trim();
        let pieces = jiff::fmt::temporal::Pieces::parse(text).map_err(|_| WhenError::NotATime)?;
        let Some(time) = pieces.time() else { return Err(WhenError::NotATime) };
        let wall = DateTime::from_parts(pieces.date(), time);
        match pieces.to_numeric_offset() {
            Some(offset) => Moment::new(wall, offset),
            None if text.ends_with(['Z', 'z']) => Moment::new(wall, Offset::UTC),
            None => Err(WhenError::Floating(wall)),
        }
    }

    /// The wall clock, as the poster says it.
    pub fn wall(&self) -> DateTime {
        self.wall
    }

    /// Seconds east of UTC.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// The instant, which orders.
    pub fn instant(&self) -> Timestamp {
        self.offset.to_timestamp(self.wall).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Whether `zone` has this offset at this wall clock; both offsets of a fold count.
    pub fn agrees_with(&self, zone: &Zone) -> bool {
        zone.rules().to_offset(self.instant()) == self.offset
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let w = self.wall;
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            w.year(),
            w.month(),
            w.day(),
            w.hour(),
            w.minute(),
            w.second()
        )?;
        let minutes = self.offset.seconds() / 60;
        if minutes == 0 {
            return f.write_str("Z");
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Moment) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Moment) -> std::cmp::Ordering {
        (self.instant(), self.wall).cmp(&(other.instant(), other.wall))
    }
}

impl TryFrom<String> for Moment {
    type Error = WhenError;
    fn try_from(text: String) -> Result<Moment, WhenError> {
        Moment::parse(&text)
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.to_string()
    }
}

/// How long something lasts, in whole minutes, at least one: `PT1H30M`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minutes(std::num::NonZeroU32);

impl Minutes {
    /// `None` for zero and for more than a year.
    pub fn new(minutes: u32) -> Option<Minutes> {
        std::num::NonZeroU32::new(minutes).filter(|m| m.get() <= 366 * 24 * 60).map(Minutes)
    }

    /// The number of minutes.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// Reads an ISO 8601 duration of weeks, days, hours and minutes; a day is 24 hours, since nobody said which day.
    ///
    /// # Errors
    /// [`WhenError::Duration`] for months and years, parts of a minute, negative or empty durations.
    pub fn parse(text: &str) -> Result<Minutes, WhenError> {
        let span: Span = text.trim().parse().map_err(|_| WhenError::Duration)?;
        if span.get_years() != 0 || span.get_months() != 0 || span.is_negative() {
            return Err(WhenError::Duration);
        }
        let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        let seconds = span.get_seconds();
        let minutes = days
            .checked_mul(24)
            .and_then(|h| h.checked_add(i64::from(span.get_hours())))
            .and_then(|h| h.checked_mul(60))
            .and_then(|m| m.checked_add(span.get_minutes()))
            .and_then(|m| m.checked_add(seconds / 60));
        match minutes.map(u32::try_from) {
            Some(Ok(minutes)) if seconds % 60 == 0 => Minutes::new(minutes).ok_or(WhenError::Duration),
            _ => Err(WhenError::Duration),
        }
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes) = (self.get() / 60, self.get() % 60);
        match (hours, minutes) {
            (0, m) => write!(f, "PT{m}M"),
            (h, 0) => write!(f, "PT{h}H"),
            (h, m) => write!(f, "PT{h}H{m}M"),
        }
    }
}

/// A run of whole days, the last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(Date, Date)", into = "(Date, Date)")]
pub struct Days {
    first: Date,
    last: Date,
}

impl Days {
    /// From the first day to the last, both included.
    ///
    /// # Errors
    /// [`WhenError::EndBeforeStart`]; [`WhenError::NotADate`] for a year outside 1 to 9999.
    pub fn new(first: Date, last: Date) -> Result<Days, WhenError> {
        if first.year() < 1 || last.year() < 1 {
            return Err(WhenError::NotADate);
        }
        if last < first { Err(WhenError::EndBeforeStart) } else { Ok(Days { first, last }) }
    }

    /// The first day.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The last day, included.
    pub fn last(&self) -> Date {
        self.last
    }
}

impl TryFrom<(Date, Date)> for Days {
    type Error = WhenError;
    fn try_from((first, last): (Date, Date)) -> Result<Days, WhenError> {
        Days::new(first, last)
    }
}

impl From<Days> for (Date, Date) {
    fn from(days: Days) -> (Date, Date) {
        (days.first, days.last)
    }
}

/// A start to the minute, and an end if one was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(Moment, Option<Moment>)", into = "(Moment, Option<Moment>)")]
pub struct Hours {
    start: Moment,
    end: Option<Moment>,
}

impl Hours {
    /// # Errors
    /// [`WhenError::EndBeforeStart`].
    pub fn new(start: Moment, end: Option<Moment>) -> Result<Hours, WhenError> {
        match end {
            Some(end) if end.instant() < start.instant() => Err(WhenError::EndBeforeStart),
            _ => Ok(Hours { start, end }),
        }
    }

    /// When it starts.
    pub fn start(&self) -> Moment {
        self.start
    }

    /// When it ends, if that was announced.
    pub fn end(&self) -> Option<Moment> {
        self.end
    }
}

impl TryFrom<(Moment, Option<Moment>)> for Hours {
    type Error = WhenError;
    fn try_from((start, end): (Moment, Option<Moment>)) -> Result<Hours, WhenError> {
        Hours::new(start, end)
    }
}

impl From<Hours> for (Moment, Option<Moment>) {
    fn from(hours: Hours) -> (Moment, Option<Moment>) {
        (hours.start, hours.end)
    }
}

/// When a slot takes place, by how much of it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Known to the minute; the end may be open.
    Timed(Hours),
    /// The day is known, the hour is not (`precision="day"`); how long it lasts may be. Never shown as all-day.
    Day {
        /// On which day, or over which days.
        days: Days,
        /// How long it lasts, when that was said though the hour was not.
        duration: Option<Minutes>,
    },
    /// Whole days, by the author's word.
    AllDay(Days),
    /// A stretch in which something is offered, such as a month's campaign: not a busy time.
    Period(Days),
}

impl When {
    /// The day on which it starts, on the poster's wall clock.
    pub fn first_day(&self) -> Date {
        match self {
            When::Timed(hours) => hours.start.wall.date(),
            When::Day { days, .. } | When::AllDay(days) | When::Period(days) => days.first,
        }
    }

    /// The day on which it ends, on the poster's wall clock; the first day when no end is known.
    pub fn last_day(&self) -> Date {
        match self {
            When::Timed(hours) => hours.end.unwrap_or(hours.start).wall.date(),
            When::Day { days, .. } | When::AllDay(days) | When::Period(days) => days.last,
        }
    }

    /// The start to the minute, when it is known.
    pub fn start(&self) -> Option<Moment> {
        match self {
            When::Timed(hours) => Some(hours.start),
            _ => None,
        }
    }
}

/// The order of a programme: by day, what has no hour before what has, then by instant.
impl Ord for When {
    fn cmp(&self, other: &When) -> std::cmp::Ordering {
        fn key(when: &When) -> (Date, u8, Option<Moment>, Date, Option<Moment>, Option<Minutes>) {
            let (rank, end, duration) = match when {
                When::Period(_) => (0, None, None),
                When::AllDay(_) => (1, None, None),
                When::Day { duration, .. } => (2, None, *duration),
                When::Timed(hours) => (3, hours.end, None),
            };
            (when.first_day(), rank, when.start(), when.last_day(), end, duration)
        }
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for When {
    fn partial_cmp(&self, other: &When) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What an event's date was before it moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Before {
    /// It was announced to the minute.
    Timed(Hours),
    /// Only the days were announced.
    Days(Days),
}

/// The name of a slot within its event, which it keeps when it moves (`evt:slot@ref`).
pub type SlotRef = Name;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_offset_is_told_apart_from_nonsense() {
        assert!(matches!(Moment::parse("2024-11-19T10:00:00"), Err(WhenError::Floating(_))));
        assert_eq!(Moment::parse("mardi 19 novembre"), Err(WhenError::NotATime));
        assert_eq!(Moment::parse("2024-11-19"), Err(WhenError::NotATime));
        assert_eq!(Moment::parse("2024-11-19T10:00:00.75Z").unwrap().to_string(), "2024-11-19T10:00:00Z");
    }

    #[test]
    fn an_end_before_its_start_cannot_be_built() {
        let at = |t| Moment::parse(t).unwrap();
        assert!(Hours::new(at("2024-11-19T10:00:00+01:00"), Some(at("2024-11-19T09:59:59Z"))).is_ok());
        assert!(Hours::new(at("2024-11-19T10:00:00+01:00"), Some(at("2024-11-19T08:59:59Z"))).is_err());
        let json = r#"["2024-11-19T10:00:00+01:00","2024-11-19T08:00:00Z"]"#;
        assert!(serde_json::from_str::<Hours>(json).is_err());
    }

    #[test]
    fn an_offset_that_its_zone_never_has_is_noticed() {
        let paris = Zone::new("europe/paris").unwrap();
        assert_eq!(paris.as_str(), "Europe/Paris");
        assert!(!Moment::parse("2024-11-19T10:00:00+02:00").unwrap().agrees_with(&paris));
        assert!(Moment::parse("2024-11-19T10:00:00+01:00").unwrap().agrees_with(&paris));
        // 25 October 2026, 02:30 happens twice.
        assert!(Moment::parse("2026-10-25T02:30:00+02:00").unwrap().agrees_with(&paris));
        assert!(Moment::parse("2026-10-25T02:30:00+01:00").unwrap().agrees_with(&paris));
    }

    #[test]
    fn an_hour_that_does_not_exist_that_night_is_shifted_past_the_gap() {
        let paris = Zone::new("Europe/Paris").unwrap();
        let wall = "2026-03-29T02:30:00".parse().unwrap();
        assert_eq!(paris.at(wall).unwrap().to_string(), "2026-03-29T03:30:00+02:00");
        assert_eq!(paris.has(wall), Occurs::Never);
        assert_eq!(paris.has("2026-10-25T02:30:00".parse().unwrap()), Occurs::Twice);
        assert_eq!(paris.has("2026-10-25T12:30:00".parse().unwrap()), Occurs::Once);
    }

    #[test]
    fn a_duration_is_read_back_as_it_is_written() {
        for (text, minutes) in [("PT1H30M", 90), ("PT24H", 1440), ("P1D", 1440), ("PT45M", 45)] {
            let read = Minutes::parse(text).unwrap();
            assert_eq!(read.get(), minutes);
            assert_eq!(Minutes::parse(&read.to_string()).unwrap(), read);
        }
        for text in ["P1M", "PT0S", "-PT1H", "PT30S", "une heure"] {
            assert_eq!(Minutes::parse(text), Err(WhenError::Duration), "{text}");
        }
    }
}
