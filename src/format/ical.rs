//! Events as a calendar (RFC 5545, with the properties of RFC 7986 and RFC 9253 that say more).
//!
//! One `VEVENT` for each slot, under the UID that the slot keeps for ever; an event without a date is in no calendar.
//! It hides folding, escaping and the rules of time zones, and what a calendar cannot say is said in words: a day
//! without an hour is a date that keeps nobody busy, marked so in its title. Every line goes out by one door, which
//! lets no control character through, so that no field can begin a line of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::{Dst, Offset};
use uuid::Uuid;

use super::words::Words;
use super::{Feed, Head};
use crate::event::{Hours, MediaType, OnlineAccess, Place, Slot, Status, When, Zone};
use crate::programme::Published;

/// The media type of a calendar (RFC 5545 §8.1).
pub const CONTENT_TYPE: &str = "text/calendar; charset=utf-8";

/// Without a version: an upgrade alone must not change a calendar's bytes.
const PRODUCT: &str = "-//essaim//essaim//FR";
/// How often it is worth asking again (RFC 7986 §5.7). Google asks every 8 to 24 hours whatever is said here.
const REFRESH: &str = "PT1H";
/// With more slots than this, each names only its neighbours: naming all takes lines by the square of the slots.
const MOST_SIBLINGS: usize = 16;
/// The years in which times are written with their zone. The time zone database promises nothing before 1970, nobody
/// knows the rules after 2100, and the bound keeps a slot of the year 9999 from costing 16,000 transitions.
const ZONED_YEARS: std::ops::RangeInclusive<i16> = 1970..=2100;

/// What becomes of a cancelled slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancelled {
    /// `STATUS:CANCELLED`, as RFC 5545 has it: Apple strikes it through, Google takes it away.
    Struck,
    /// `?cancelled=shown`: an entry that takes no time and says so in its title, for clients that would drop it.
    Shown,
}

/// The whole calendar; cancelled slots are `STATUS:CANCELLED` (RFC 5545 §3.8.1.11).
pub fn write(feed: &Feed) -> String {
    let events = feed.events.iter().map(AsRef::as_ref);
    calendar(&feed.head, feed.head.title.as_str(), &feed.head.address("ics"), events, Cancelled::Struck)
}

/// The whole calendar for clients that drop what is cancelled: it stays, takes no time, and its title says so.
pub fn write_shown(feed: &Feed) -> String {
    let source = format!("{}?cancelled=shown", feed.head.address("ics"));
    let events = feed.events.iter().map(AsRef::as_ref);
    calendar(&feed.head, feed.head.title.as_str(), &source, events, Cancelled::Shown)
}

/// The calendar of one event, all its slots.
pub fn write_event(head: &Head, published: &Published) -> String {
    let source = format!("{}.ics", head.event_page(&published.slug));
    calendar(head, published.event.title.as_str(), &source, std::iter::once(published), Cancelled::Struck)
}

/// The calendar UID of a slot: the one it was given when first seen, or the one it would be given (UUIDv5 of the
/// event's id and the slot's name, RFC 9562 §5.5).
pub fn uid(published: &Published, slot: &Slot) -> Uuid {
    let minted = published.uid(&slot.name);
    let name = || format!("{}#{}", published.event.id, slot.name);
    minted.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, name().as_bytes()))
}

/// A slot on its way into the calendar.
struct Row<'a> {
    published: &'a Published,
    slot: &'a Slot,
    uid: Uuid,
    time: Stamp<'a>,
}

/// How the time of a slot is written.
enum Stamp<'a> {
    /// As dates (§3.3.4): the last is included here, and not in the calendar.
    Days { first: Date, last: Date, end: bool },
    /// By the wall clock of a zone that the calendar defines.
    Zoned(&'a Zone, Hours),
    /// In UTC: the zone is not known, or its wall clock cannot name this instant.
    Utc(Hours),
}

fn calendar<'a>(
    head: &Head,
    name: &str,
    source: &str,
    events: impl Iterator<Item = &'a Published>,
    cancelled: Cancelled,
) -> String {
    let mut rows: Vec<Row> = events
        .flat_map(|published| published.event.slots.iter().map(move |slot| (published, slot)))
        .map(|(published, slot)| Row { published, slot, uid: uid(published, slot), time: stamp(published, slot) })
        .collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.slot.when, row.uid);
        key(a).cmp(&key(b)).then_with(|| a.published.event.id.cmp(&b.published.event.id))
    });

    let mut out = Lines::default();
    out.word("BEGIN", "VCALENDAR");
    out.word("VERSION", "2.0");
    out.text("PRODID", &[], PRODUCT);
    out.word("CALSCALE", "GREGORIAN");
    out.word("METHOD", "PUBLISH");
    out.text("NAME", &[], name);
    out.text("X-WR-CALNAME", &[], name);
    if let Some(zone) = &head.zone {
        out.text("X-WR-TIMEZONE", &[], zone.as_str());
    }
    out.value("REFRESH-INTERVAL", &[("VALUE", "DURATION")], REFRESH);
    out.word("X-PUBLISHED-TTL", REFRESH);
    out.uri("SOURCE", &[("VALUE", "URI")], source);

    let mut zones: BTreeMap<&Zone, (Timestamp, i16)> = BTreeMap::new();
    for row in &rows {
        if let Stamp::Zoned(zone, hours) = row.time {
            let (start, last) = (hours.start().instant(), row.slot.when.last_day().year());
            let span = zones.entry(zone).or_insert((start, last));
            *span = (span.0.min(start), span.1.max(last));
        }
    }
    if rows.is_empty() {
        // §3.6: a calendar holds at least one component, and a client may refuse an empty one.
        let zone = Zone::new("UTC").ok();
        if let Some(zone) = head.zone.as_ref().or(zone.as_ref()) {
            timezone(&mut out, zone, head.updated, utc(head.updated).year().min(*ZONED_YEARS.end()));
        }
    }
    for (zone, (from, last)) in zones {
        timezone(&mut out, zone, from, last);
    }
    for row in &rows {
        event(&mut out, &Words::new(head, row.published), row, cancelled);
    }
    out.word("END", "VCALENDAR");
    out.done
}

fn stamp<'a>(published: &'a Published, slot: &'a Slot) -> Stamp<'a> {
    match slot.when {
        When::Timed(hours) => match published.event.zone_of(slot) {
            Some(zone)
                if zone.as_str() != "UTC"
                    && [Some(hours.start()), hours.end()].iter().flatten().all(|moment| {
                        // A wall clock that comes twice names the first of the two (§3.3.5).
                        ZONED_YEARS.contains(&moment.wall().year()) && zone.at(moment.wall()) == Some(*moment)
                    }) =>
            {
                Stamp::Zoned(zone, hours)
            }
            _ => Stamp::Utc(hours),
        },
        // A lone date lasts a day already; an end would only make it look announced.
        When::Day { days, .. } => {
            Stamp::Days { first: days.first(), last: days.last(), end: days.first() != days.last() }
        }
        When::AllDay(days) | When::Period(days) => Stamp::Days { first: days.first(), last: days.last(), end: true },
    }
}

fn event(out: &mut Lines, words: &Words, row: &Row, cancelled: Cancelled) {
    let (published, slot, event) = (row.published, row.slot, &row.published.event);
    let language = [("LANGUAGE", words.language())];
    out.word("BEGIN", "VEVENT");
    out.word("UID", &row.uid.to_string());
    out.word("DTSTAMP", &instant(event.updated));
    if let Some(published) = event.published {
        out.word("CREATED", &instant(published));
    }
    out.word("LAST-MODIFIED", &instant(event.updated));
    out.word("SEQUENCE", &event.sequence.to_string());
    times(out, &row.time);
    out.text("SUMMARY", &language, &words.slot_title(slot));
    out.text("DESCRIPTION", &language, &words.text(slot));
    out.uri("URL", &[], &words.page());
    if let Some(location) = words.location(Some(slot)) {
        out.text("LOCATION", &language, &location);
    }
    // GEO is one point (§3.8.1.6): with several places it would be the point of one of them.
    if let [Place { geo: Some(geo), .. }] = words.places(Some(slot)) {
        out.word("GEO", &format!("{};{}", geo.lat(), geo.lon()));
    }
    let labels = words.labels();
    if !labels.is_empty() {
        out.list("CATEGORIES", &language, &labels);
    }
    status(out, event.status_of(slot), slot.when, cancelled);
    // ORGANIZER wants an address to write to (§3.8.4.3), which a feed does not give.
    for organiser in &event.organisers {
        out.text("CONTACT", &language, organiser.name.as_str());
    }
    for online in words.online(Some(slot)) {
        if let OnlineAccess::Public(Some(address)) = &online.access {
            let label = online.note.as_ref().map(|note| ("LABEL", note.as_str()));
            let parameters: Vec<_> = [("VALUE", "URI")].into_iter().chain(label).collect();
            out.uri("CONFERENCE", &parameters, address.as_str());
        }
    }
    for sibling in siblings(published, slot) {
        out.value("RELATED-TO", &[("RELTYPE", "SIBLING")], &sibling.to_string());
    }
    for series in &event.series {
        // The series is no component of ours; its steps meet in the UID that all of them name.
        let parent = Uuid::new_v5(&Uuid::NAMESPACE_URL, series.id.as_str().as_bytes());
        out.value("RELATED-TO", &[("RELTYPE", "PARENT")], &parent.to_string());
    }
    if let Some(licence) = words.licence() {
        out.uri("LINK", &[("LINKREL", "license"), ("VALUE", "URI")], licence.href.as_str());
    }
    if let Some(href) = words.registration(Some(slot)).and_then(|registration| registration.href.as_ref()) {
        let relation = "https://w3id.org/essaim/rel/registration";
        out.uri("LINK", &[("LINKREL", relation), ("VALUE", "URI")], href.as_str());
    }
    let formats = event.formats.iter().map(|format| ("format", format.code()));
    let audiences = event.audiences.iter().map(|audience| ("audience", audience.code()));
    for (list, code) in formats.chain(audiences) {
        out.uri("CONCEPT", &[], &format!("https://w3id.org/essaim/vocab/{list}/{code}"));
    }
    if let Some(image) = event.image.as_ref() {
        let parameters = [("VALUE", "URI"), ("DISPLAY", "BADGE")].into_iter().chain(media(image.media_type.as_ref()));
        out.uri("IMAGE", &parameters.collect::<Vec<_>>(), image.href.as_str());
    }
    for resource in &event.resources {
        let parameters: Vec<_> = media(resource.media_type.as_ref()).collect();
        out.uri("ATTACH", &parameters, resource.href.as_str());
    }
    out.word("END", "VEVENT");
}

fn media(media_type: Option<&MediaType>) -> impl Iterator<Item = (&'static str, &str)> {
    media_type.map(|media_type| ("FMTTYPE", media_type.as_str())).into_iter()
}

fn times(out: &mut Lines, time: &Stamp) {
    match time {
        Stamp::Days { first, last, end } => {
            let day = [("VALUE", "DATE")];
            out.value("DTSTART", &day, &basic(*first));
            // The end is the day after the last (§3.6.1); after the last day of all there is none.
            if let (true, Ok(after)) = (end, last.tomorrow()) {
                out.value("DTEND", &day, &basic(after));
            }
        }
        Stamp::Zoned(zone, hours) => {
            let zone = [("TZID", zone.as_str())];
            out.value("DTSTART", &zone, &clock(hours.start().wall()));
            if let Some(end) = ending(hours) {
                out.value("DTEND", &zone, &clock(end.wall()));
            }
        }
        Stamp::Utc(hours) => {
            out.word("DTSTART", &instant(hours.start().instant()));
            if let Some(end) = ending(hours) {
                out.word("DTEND", &instant(end.instant()));
            }
        }
    }
}

/// An end that says something: one at the start itself is refused (§3.8.2.2), and means what no end means.
fn ending(hours: &Hours) -> Option<crate::event::Moment> {
    hours.end().filter(|end| end.instant() > hours.start().instant())
}

fn status(out: &mut Lines, status: Status, when: When, cancelled: Cancelled) {
    let word = match status {
        Status::Cancelled if cancelled == Cancelled::Struck => "CANCELLED",
        Status::Postponed => "TENTATIVE",
        _ => "CONFIRMED",
    };
    let takes_place = !matches!(status, Status::Cancelled | Status::Postponed);
    let busy = takes_place && matches!(when, When::Timed(_) | When::AllDay(_));
    out.word("STATUS", word);
    out.word("TRANSP", if busy { "OPAQUE" } else { "TRANSPARENT" });
}

/// The UIDs of the other slots of the event, in their order; of a long list, those before and after.
fn siblings(published: &Published, slot: &Slot) -> Vec<Uuid> {
    let slots = &published.event.slots;
    let at = slots.iter().position(|other| other.name == slot.name).unwrap_or(0);
    let near = |other: usize| slots.len() <= MOST_SIBLINGS || other.abs_diff(at) == 1;
    let others = slots.iter().enumerate().filter(|(other, _)| *other != at && near(*other));
    others.map(|(_, slot)| uid(published, slot)).collect()
}

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
fn timezone(out: &mut Lines, zone: &Zone, from: Timestamp, last_year: i16) {
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

fn utc(at: Timestamp) -> DateTime {
    Offset::UTC.to_datetime(at)
}

fn basic(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

fn clock(wall: DateTime) -> String {
    format!("{}T{:02}{:02}{:02}", basic(wall.date()), wall.hour(), wall.minute(), wall.second())
}

fn instant(at: Timestamp) -> String {
    format!("{}Z", clock(utc(at)))
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    let rest = if rest == 0 { String::new() } else { format!("{rest:02}") };
    format!("{sign}{hours:02}{minutes:02}{rest}")
}

/// Content lines (RFC 5545 §3.1), and the only door to them.
#[derive(Default)]
struct Lines {
    done: String,
}

/// The most octets of a line, without its end.
const WIDEST: usize = 75;

impl Lines {
    /// A value of our own making.
    fn word(&mut self, name: &str, value: &str) {
        self.value(name, &[], value);
    }

    /// A value of our own making, with parameters.
    fn value(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        self.line(name, parameters, value);
    }

    /// Text (§3.3.11).
    fn text(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        self.line(name, parameters, &escaped(value));
    }

    /// Texts, of which each may hold commas.
    fn list(&mut self, name: &str, parameters: &[(&str, &str)], values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| escaped(value)).collect();
        self.line(name, parameters, &values.join(","));
    }

    /// An address (§3.3.13): not escaped, and without the spaces that it cannot hold.
    fn uri(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        self.line(name, parameters, &value.replace(char::is_whitespace, "%20"));
    }

    /// Folds one line at 75 octets between characters. What would end a line here or for a careless reader is gone
    /// from it, whatever it was made of.
    fn line(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        let mut line = String::with_capacity(name.len() + value.len() + 32);
        line.push_str(name);
        for (name, value) in parameters {
            line.push_str(&format!(";{name}={}", parameter(value)));
        }
        line.push(':');
        line.push_str(value);
        let mut room = WIDEST;
        for c in line.chars().filter(|c| !ends_line(*c)) {
            if c.len_utf8() > room {
                self.done.push_str("\r\n ");
                room = WIDEST - 1;
            }
            self.done.push(c);
            room -= c.len_utf8();
        }
        self.done.push_str("\r\n");
    }
}

/// Control characters, and the two of Unicode that some readers take for line ends.
fn ends_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A parameter's value, quoted where it must be (§3.2) and with what quotes cannot hold written as RFC 6868 has it.
fn parameter(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    for c in value.chars() {
        match c {
            '^' => out.push_str("^^"),
            '"' => out.push_str("^'"),
            '\n' => out.push_str("^n"),
            c => out.push(c),
        }
    }
    if out.contains([':', ';', ',']) { format!("\"{out}\"") } else { out }
}

#[cfg(test)]
mod tests {
    use super::super::words::sample::*;
    use super::*;
    use crate::event::{Name, Status};

    fn unfolded(calendar: &str) -> Vec<String> {
        calendar.replace("\r\n ", "").lines().map(str::to_owned).collect()
    }

    fn lines_of(slots: Vec<Slot>, change: impl FnOnce(&mut crate::event::Parts)) -> Vec<String> {
        let mut parts = parts("a", slots);
        change(&mut parts);
        unfolded(&write(&feed([published(parts)])))
    }

    fn has(lines: &[String], line: &str) -> bool {
        lines.iter().any(|other| other == line)
    }

    fn begins(lines: &[String], with: &str) -> usize {
        lines.iter().filter(|line| line.starts_with(with)).count()
    }

    #[test]
    fn a_day_without_an_hour_is_never_busy_nor_given_a_time() {
        let lines = lines_of(vec![day("c1", "2024-11-14")], |_| {});
        assert!(has(&lines, "DTSTART;VALUE=DATE:20241114") && has(&lines, "TRANSP:TRANSPARENT"));
        assert_eq!(begins(&lines, "DTEND"), 0);
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:Atelier : l’eau (horaire à préciser)"));
        assert!(
            lines
                .iter()
                .any(|l| l.starts_with("DESCRIPTION") && l.contains("(horaire à préciser\\, 1\u{a0}h\u{a0}30)"))
        );
    }

    #[test]
    fn whole_days_end_on_the_day_after_the_last() {
        let all_day = Slot::new(Name::new("c1").unwrap(), When::AllDay(days("2024-11-04", "2024-11-05")));
        let lines = lines_of(vec![all_day], |_| {});
        assert!(has(&lines, "DTEND;VALUE=DATE:20241106") && has(&lines, "TRANSP:OPAQUE"));
        let period = Slot::new(Name::new("c1").unwrap(), When::Period(days("2024-11-04", "2024-11-30")));
        let lines = lines_of(vec![period], |_| {});
        assert!(has(&lines, "DTEND;VALUE=DATE:20241201") && has(&lines, "TRANSP:TRANSPARENT"));
        let some_days = When::Day { days: days("2024-11-04", "2024-11-05"), duration: None };
        let lines = lines_of(vec![Slot::new(Name::new("c1").unwrap(), some_days)], |_| {});
        assert!(has(&lines, "DTEND;VALUE=DATE:20241106") && has(&lines, "TRANSP:TRANSPARENT"));
    }

    #[test]
    fn the_last_day_of_all_does_not_overflow() {
        let last = Slot::new(Name::new("c1").unwrap(), When::AllDay(days("9999-12-31", "9999-12-31")));
        let lines = lines_of(vec![last], |_| {});
        assert!(has(&lines, "DTSTART;VALUE=DATE:99991231") && begins(&lines, "DTEND") == 0);
    }

    #[test]
    fn an_unknown_end_stays_unknown() {
        let lines = lines_of(vec![timed("c1", "2024-11-19T10:00:00+01:00", None)], |_| {});
        assert!(has(&lines, "DTSTART:20241119T090000Z"));
        assert_eq!(begins(&lines, "DTEND") + begins(&lines, "DURATION"), 0);
    }

    #[test]
    fn a_cancelled_event_says_so_in_status_sequence_and_title() {
        let slots = vec![timed("c1", "2024-11-19T10:00:00+01:00", None)];
        let cancel = |parts: &mut crate::event::Parts| (parts.status, parts.sequence) = (Status::Cancelled, 3);
        let lines = lines_of(slots.clone(), cancel);
        assert!(has(&lines, "STATUS:CANCELLED") && has(&lines, "SEQUENCE:3") && has(&lines, "TRANSP:TRANSPARENT"));
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:[Annulé] Atelier : l’eau"));

        let mut parts = parts("a", slots);
        cancel(&mut parts);
        let lines = unfolded(&write_shown(&feed([published(parts)])));
        assert!(has(&lines, "STATUS:CONFIRMED") && has(&lines, "TRANSP:TRANSPARENT") && has(&lines, "SEQUENCE:3"));
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:[Annulé] Atelier : l’eau"));
        assert!(has(&lines, "SOURCE;VALUE=URI:https://lab.example/feed.ics?cancelled=shown"));
    }

    #[test]
    fn one_cancelled_slot_does_not_cancel_the_others() {
        let mut slots = vec![timed("c1", "2024-11-19T10:00:00Z", None), timed("c2", "2024-11-20T10:00:00Z", None)];
        slots[0].status = Some(Status::Cancelled);
        let lines = lines_of(slots, |_| {});
        assert_eq!((begins(&lines, "STATUS:CANCELLED"), begins(&lines, "STATUS:CONFIRMED")), (1, 1));
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:[Annulé] Atelier : l’eau (créneau 1/2)"));
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:Atelier : l’eau (créneau 2/2)"));
    }

    #[test]
    fn a_postponed_event_is_tentative_and_keeps_nobody_busy() {
        let slots = vec![timed("c1", "2024-11-19T10:00:00+01:00", None)];
        let lines = lines_of(slots, |parts| parts.status = Status::Postponed);
        assert!(has(&lines, "STATUS:TENTATIVE") && has(&lines, "TRANSP:TRANSPARENT"));
    }

    #[test]
    fn an_event_that_moved_online_has_no_place_left() {
        let slots = vec![timed("c1", "2024-11-19T10:00:00+01:00", None)];
        let lines = lines_of(slots, |parts| {
            parts.status = Status::MovedOnline;
            parts.places = full("Salle").event.places.clone();
        });
        assert!(has(&lines, "LOCATION;LANGUAGE=fr:En ligne") && begins(&lines, "GEO") == 0);
    }

    #[test]
    fn a_slot_keeps_its_uid_whatever_becomes_of_it() {
        let mut event = published(parts("a", vec![timed("c1", "2024-11-19T10:00:00+01:00", None)]));
        let founding = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"tag:lab.example,2024:evenement/a#c1");
        assert_eq!(uid(&event, &event.event.slots[0]), founding);
        event.uids = [(Name::new("c1").unwrap(), Uuid::nil())].into();
        assert!(has(&unfolded(&write_event(&head(), &event)), "UID:00000000-0000-0000-0000-000000000000"));
    }

    #[test]
    fn the_stamp_is_when_it_changed_and_never_now() {
        let lines = lines_of(vec![day("c1", "2024-11-14")], |_| {});
        assert!(has(&lines, "DTSTAMP:20241108T161200Z") && has(&lines, "LAST-MODIFIED:20241108T161200Z"));
    }

    #[test]
    fn no_field_can_begin_a_line_of_its_own() {
        let feed = feed([full(HOSTILE)]);
        for calendar in [write(&feed), write_shown(&feed), write_event(&feed.head, &feed.events[0])] {
            let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            assert!(!calendar.replace("\r\n", "").contains(breaks), "{calendar}");
            let lines = unfolded(&calendar);
            assert_eq!((begins(&lines, "BEGIN:VEVENT"), begins(&lines, "END:VEVENT")), (3, 3));
            assert_eq!(begins(&lines, "BEGIN:VALARM") + begins(&lines, "ATTACH:evil") + begins(&lines, "SUMMARY:"), 0);
            for line in lines {
                let name: String = line.chars().take_while(|c| !matches!(c, ':' | ';')).collect();
                assert!(KNOWN.contains(&name.as_str()), "{line}");
            }
        }
    }

    const KNOWN: &[&str] = &[
        "BEGIN",
        "END",
        "VERSION",
        "PRODID",
        "CALSCALE",
        "METHOD",
        "NAME",
        "X-WR-CALNAME",
        "X-WR-TIMEZONE",
        "REFRESH-INTERVAL",
        "X-PUBLISHED-TTL",
        "SOURCE",
        "TZID",
        "DTSTART",
        "DTEND",
        "RRULE",
        "TZOFFSETFROM",
        "TZOFFSETTO",
        "TZNAME",
        "UID",
        "DTSTAMP",
        "CREATED",
        "LAST-MODIFIED",
        "SEQUENCE",
        "SUMMARY",
        "DESCRIPTION",
        "URL",
        "LOCATION",
        "GEO",
        "CATEGORIES",
        "STATUS",
        "TRANSP",
        "CONTACT",
        "CONFERENCE",
        "RELATED-TO",
        "LINK",
        "CONCEPT",
        "IMAGE",
        "ATTACH",
    ];

    #[test]
    fn the_door_lets_no_line_end_through_whatever_is_pushed_at_it() {
        let evil = "a\r\nX-EVIL:1\rX\nX\u{2028}X\u{85}X\u{0}\u{7f}\tz";
        let mut out = Lines::default();
        out.text("SUMMARY", &[("LABEL", evil)], evil);
        out.list("CATEGORIES", &[], &[evil.to_owned(), "b,c".to_owned()]);
        out.uri("URL", &[], evil);
        out.word("UID", evil);
        assert_eq!(
            out.done.lines().collect::<Vec<_>>(),
            [
                "SUMMARY;LABEL=\"a^nX-EVIL:1X^nXXXz\":a\\nX-EVIL:1X\\nX\\nXX z",
                "CATEGORIES:a\\nX-EVIL:1X\\nX\\nXX z,b\\,c",
                "URL:a%20%20X-EVIL:1%20X%20X%20X%20X%20z",
                "UID:aX-EVIL:1XXXXz",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_75_octets_and_no_character_is_cut() {
        for shift in 0..4 {
            let mut out = Lines::default();
            out.text("X".repeat(shift + 1).as_str(), &[], &"é…🐝".repeat(100));
            assert!(out.done.ends_with("\r\n") && out.done.split("\r\n").all(|line| line.len() <= 75));
            assert!(out.done.replace("\r\n ", "").contains(&"é…🐝".repeat(100)));
        }
        for line in write(&feed([full(HOSTILE)])).split("\r\n") {
            assert!(line.len() <= 75, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn text_comes_back_as_it_was_but_for_controls(text in ".*") {
            let mut out = Lines::default();
            out.text("SUMMARY", &[], &text);
            proptest::prop_assert!(out.done.split("\r\n").all(|line| line.len() <= 75));
            let line = out.done.replace("\r\n ", "");
            let mut read = String::new();
            let mut chars = line.trim_end_matches("\r\n").strip_prefix("SUMMARY:").unwrap().chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => read.push(match chars.next().unwrap() { 'n' => '\n', c => c }),
                    c => read.push(c),
                }
            }
            let kept = text.replace(['\u{2028}', '\u{2029}'], "\n").replace('\t', " ");
            let kept: String = kept.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
            proptest::prop_assert_eq!(read, kept);
        }
    }

    #[test]
    fn the_same_events_in_another_order_are_another_feed_but_the_same_calendar() {
        let one = published(parts("a", vec![day("c1", "2024-11-14")]));
        let two = published(parts("b", vec![day("c1", "2024-11-14"), day("c2", "2024-11-13")]));
        assert_eq!(write(&feed([one.clone(), two.clone()])), write(&feed([two, one])));
    }

    #[test]
    fn an_event_without_a_date_is_in_no_calendar_and_an_empty_one_is_still_valid() {
        let lines = lines_of(Vec::new(), |_| {});
        assert_eq!(begins(&lines, "BEGIN:VEVENT"), 0);
        assert_eq!(begins(&lines, "BEGIN:VTIMEZONE"), 1);
    }

    #[test]
    fn slots_of_one_event_name_each_other_and_many_do_not_fill_the_calendar() {
        let slots =
            |n: u32| (0..n).map(|i| timed(&format!("c{i}"), &format!("2024-11-19T10:{i:02}:00Z"), None)).collect();
        assert_eq!(begins(&lines_of(slots(3), |_| {}), "RELATED-TO;RELTYPE=SIBLING:"), 6);
        assert_eq!(begins(&lines_of(slots(60), |_| {}), "RELATED-TO;RELTYPE=SIBLING:"), 118);
    }

    #[test]
    fn a_wall_clock_that_comes_twice_is_written_in_utc() {
        // 27 October 2024, 02:30 in Paris: a calendar would take the first (§3.3.5).
        let zone = |parts: &mut crate::event::Parts| parts.zone = Zone::new("Europe/Paris").ok();
        let first = lines_of(vec![timed("c1", "2024-10-27T02:30:00+02:00", None)], zone);
        assert!(has(&first, "DTSTART;TZID=Europe/Paris:20241027T023000"));
        let second = lines_of(vec![timed("c1", "2024-10-27T02:30:00+01:00", None)], zone);
        assert!(has(&second, "DTSTART:20241027T013000Z"));
    }

    #[test]
    fn an_end_at_the_start_is_left_out() {
        let at = "2024-11-19T10:00:00+01:00";
        assert_eq!(begins(&lines_of(vec![timed("c1", at, Some(at))], |_| {}), "DTEND"), 0);
    }

    #[test]
    fn paris_is_written_by_its_two_yearly_rules() {
        let slot = timed("c1", "2024-11-19T10:00:00+01:00", None);
        let calendar = write(&feed([{
            let mut parts = parts("a", vec![slot]);
            parts.zone = Zone::new("Europe/Paris").ok();
            published(parts)
        }]));
        let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n\
            BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n\
            TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n\
            BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n\
            TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n\
            END:VTIMEZONE\r\n";
        assert!(calendar.contains(zone), "{calendar}");
    }

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

    #[test]
    fn a_reader_finds_every_slot_again() {
        use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
        let calendar = write(&feed([full("a;b,c\\d")]));
        let read = ICalendar::parse(&calendar).unwrap();
        let events: Vec<_> =
            read.components.iter().filter(|c| c.component_type == ICalendarComponentType::VEvent).collect();
        assert_eq!(events.len(), 3);
        let summary = events[0].property(&ICalendarProperty::Summary).unwrap();
        assert_eq!(summary.values[0].as_text(), Some("a;b,c\\d (créneau 1/3)"));
    }
}
