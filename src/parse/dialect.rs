//! The vocabularies in which feeds say when and where an event is, RSS and Atom alike: which element says what.
//!
//! Most of it is one table, [`DIALECTS`]; the rest is how values of each kind are written. It reads an item or entry that
//! holds such elements into a [`Draft`], and knows nothing of what surrounds them.

use jiff::civil::{DateTime, Time};

use super::calendar::{self, Window};
use super::dates;
use super::draft::{Clock, Draft, End, Session, plain};
use crate::event::{Availability, Line, Moment, Organiser, Place, Status, Zone};
use crate::format::atom::{ATOM, EV, GEORSS};
use crate::format::xml::Element;

/// What an element says of an event.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Field {
    /// Day and hour, as ISO 8601 writes them: anything else waits for its author.
    Start,
    End,
    /// Day and hour as the program shows them to people.
    ShownStart,
    ShownEnd,
    /// The wall clock of an instant that `Start` or `End` gives in UTC.
    LocalStart,
    LocalEnd,
    /// A day, and hours beside it.
    StartDay,
    EndDay,
    StartHour,
    EndHour,
    /// "October 4, 2026 - October 10, 2026".
    Days,
    /// "11:00 AM - 08:00 PM".
    HoursOfDay,
    /// How long it lasts (RFC 5545 §3.3.6).
    Duration,
    /// On which other dates it takes place, and on which not (RFC 5545 §3.8.5).
    Rule,
    OtherDates,
    LeftOut,
    Zone,
    /// A venue, or a place in one line.
    Venue,
    /// A room or house that stands before the venue's own name.
    Room,
    Address,
    Town,
    Postcode,
    /// "47.2 -1.5" or "47.2,-1.5".
    Point,
    Latitude,
    Longitude,
    Organiser,
    Status,
    Cancelled,
    Full,
    Registration,
    Body,
    Tag,
}

/// Which namespace a dialect's elements are of.
#[derive(Debug, Clone, Copy)]
enum Space {
    /// This one.
    Is(&'static str),
    /// One that holds these words: sites put their own address into it, or one of several editions.
    Holds(&'static str),
}

/// One vocabulary: its namespace and what its elements say.
struct Dialect {
    space: Space,
    fields: &'static [(&'static str, Field)],
}

/// xCal as drafts of it had it, and RSS since: values are iCalendar's or ISO 8601's.
const XCAL_DRAFT: &str = "urn:ietf:params:xml:ns:xcal";
/// xCal by RFC 6321: values are named by their types.
const XCAL_STANDARD: &str = "urn:ietf:params:xml:ns:icalendar-2.0";
/// iCalendar's properties as elements, which two namespaces share.
const XCAL: &[(&str, Field)] = &[
    ("dtstart", Field::Start),
    ("dtend", Field::End),
    ("duration", Field::Duration),
    ("rrule", Field::Rule),
    ("rdate", Field::OtherDates),
    ("exdate", Field::LeftOut),
    ("tzid", Field::Zone),
    ("location", Field::Venue),
    ("geo", Field::Point),
    ("organizer", Field::Organiser),
    ("status", Field::Status),
    ("categories", Field::Tag),
];

const DIALECTS: &[Dialect] = &[
    // RSS event module.
    Dialect {
        space: Space::Is(EV),
        fields: &[
            ("startdate", Field::Start),
            ("enddate", Field::End),
            ("location", Field::Venue),
            ("organizer", Field::Organiser),
            ("type", Field::Tag),
        ],
    },
    // A snippet for The Events Calendar (WordPress) binds the same prefix to this relative address.
    Dialect {
        space: Space::Is("Event"),
        fields: &[("startdate", Field::ShownStart), ("enddate", Field::ShownEnd), ("venue", Field::Venue)],
    },
    Dialect { space: Space::Is(XCAL_DRAFT), fields: XCAL },
    Dialect { space: Space::Is(XCAL_STANDARD), fields: XCAL },
    Dialect {
        space: Space::Holds("trumba.com"),
        fields: &[
            ("localstart", Field::LocalStart),
            ("localend", Field::LocalEnd),
            ("venue", Field::Venue),
            ("venueaddress", Field::Address),
            ("notes", Field::Body),
            ("eventtype", Field::Tag),
        ],
    },
    // Trumba's Atom, which does not always declare the prefix.
    Dialect {
        space: Space::Is("undeclared:gc"),
        fields: &[
            ("venue", Field::Venue),
            ("venueaddress", Field::Address),
            ("notes", Field::Body),
            ("eventtype", Field::Tag),
        ],
    },
    // SIDEARM Sports, beside the RSS event module.
    Dialect {
        space: Space::Holds("sidearmsports.com"),
        fields: &[("localstartdate", Field::LocalStart), ("localenddate", Field::LocalEnd)],
    },
    // Modern Events Calendar (WordPress).
    Dialect {
        space: Space::Holds("webnus.net/rss/mec"),
        fields: &[
            ("startDate", Field::StartDay),
            ("startHour", Field::StartHour),
            ("endDate", Field::EndDay),
            ("endHour", Field::EndHour),
            ("location", Field::Venue),
            ("organizer", Field::Organiser),
            ("category", Field::Tag),
        ],
    },
    // CivicPlus, whose namespace is the address of the town's own calendar page.
    Dialect {
        space: Space::Holds("/Calendar.aspx"),
        fields: &[("EventDates", Field::Days), ("EventTimes", Field::HoursOfDay), ("Location", Field::Address)],
    },
    // Springshare LibCal.
    Dialect {
        space: Space::Holds("libcal.com"),
        fields: &[
            ("date", Field::StartDay),
            ("start", Field::StartHour),
            ("end", Field::EndHour),
            ("location", Field::Room),
            ("campus", Field::Venue),
            ("organizer", Field::Organiser),
            ("description", Field::Body),
        ],
    },
    // BiblioCommons: the place is nested.
    Dialect {
        space: Space::Holds("bibliocommons"),
        fields: &[
            ("start_date", Field::Start),
            ("end_date", Field::End),
            ("start_date_local", Field::LocalStart),
            ("end_date_local", Field::LocalEnd),
            ("name", Field::Venue),
            ("street", Field::Address),
            ("city", Field::Town),
            ("zip", Field::Postcode),
            ("latitude", Field::Latitude),
            ("longitude", Field::Longitude),
            ("is_cancelled", Field::Cancelled),
            ("is_full", Field::Full),
        ],
    },
    // GeoRSS, simple and by GML.
    Dialect { space: Space::Is(GEORSS), fields: &[("point", Field::Point)] },
    Dialect { space: Space::Is("http://www.opengis.net/gml"), fields: &[("pos", Field::Point)] },
    // The W3C's basic geo vocabulary.
    Dialect {
        space: Space::Is("http://www.w3.org/2003/01/geo/wgs84_pos#"),
        fields: &[("lat", Field::Latitude), ("long", Field::Longitude), ("lon", Field::Longitude)],
    },
    // Calagator's Atom, in the namespace that surrounds it.
    Dialect { space: Space::Is(ATOM), fields: &[("start_time", Field::Start), ("end_time", Field::End)] },
    // RSS without a namespace: Calagator's names, ReverbNation's, and what others write by hand.
    Dialect {
        space: Space::Is(""),
        fields: &[
            ("start_time", Field::Start),
            ("end_time", Field::End),
            ("startdate", Field::Start),
            ("enddate", Field::End),
            ("venue", Field::Venue),
            ("address", Field::Address),
        ],
    },
];

/// Google's data API.
const GD: &str = "http://schemas.google.com/g/2005";
/// Google Calendar's own part of it.
const GCAL: &str = "http://schemas.google.com/gCal/2005";

impl Space {
    fn is(self, namespace: &str) -> bool {
        match self {
            Space::Is(name) => name == namespace,
            Space::Holds(words) => namespace.contains(words),
        }
    }
}

fn field(element: &Element) -> Option<Field> {
    let dialect = DIALECTS.iter().find(|dialect| dialect.space.is(&element.namespace))?;
    dialect.fields.iter().find(|(name, _)| *name == element.name).map(|(_, field)| *field)
}

/// What was found in one item, before it is put together.
#[derive(Default)]
struct Found {
    said: Vec<(Field, String)>,
    zone: Option<Zone>,
    /// Its start is told in iCalendar's terms: a day is a whole one, and it ends on the day after the last.
    as_calendar: bool,
    /// Lines of iCalendar on its other dates.
    repeats: Vec<String>,
}

impl Found {
    fn get(&self, field: Field) -> Option<&str> {
        self.said.iter().find(|(said, _)| *said == field).map(|(_, text)| text.as_str())
    }

    fn all(&self, field: Field) -> impl Iterator<Item = &str> {
        self.said.iter().filter(move |(said, _)| *said == field).map(|(_, text)| text.as_str())
    }
}

/// Elements inside each other among which an event's data is looked for.
const DEEPEST: usize = 6;
/// Values of one item that are looked at: more than any has.
const MOST_VALUES: usize = 200;

/// Reads what an item or entry says of its event in any of these vocabularies. `window` is the one of the whole document.
pub fn read(item: &Element, window: &mut Window, draft: &mut Draft) {
    let mut found = Found { zone: draft.zone.clone(), ..Found::default() };
    for element in item.elements() {
        if element.namespace == GD {
            google(element, window, draft);
        } else {
            look(element, 1, &mut found);
        }
    }
    times(&found, window, draft);
    if draft.zone.is_none() {
        draft.zone = found.zone.take();
    }
    place(&found, draft);
    for name in found.all(Field::Organiser).filter_map(person) {
        draft.organisers.push(Organiser { name, page: None, role: None });
    }
    if let Some(text) = found.get(Field::Status) {
        draft.status = status(text).or(draft.status);
    }
    if found.get(Field::Cancelled).is_some_and(is_yes) {
        draft.status = Some(Status::Cancelled);
    }
    if found.get(Field::Full).is_some_and(is_yes) {
        draft.availability = Some(Availability::Full);
    }
    if let Some(body) = found.get(Field::Body) {
        draft.body = Some(body.to_owned());
    }
    draft.tags.extend(found.all(Field::Tag).map(str::to_owned));
    if draft.registration.is_none() {
        draft.registration = found.get(Field::Registration).map(str::to_owned);
    }
}

/// The zone that a whole document declares for its entries.
pub fn zone_of<'e>(head: impl Iterator<Item = &'e Element<'e>>) -> Option<Zone> {
    let zone = |element: &Element| match (&*element.namespace, &*element.name) {
        (GCAL, "timezone") => element.attribute("value").map(str::to_owned),
        _ if field(element) == Some(Field::Zone) => Some(element.text()),
        _ => None,
    };
    head.filter_map(zone).find_map(|name| Zone::new(&name).ok())
}

fn look(element: &Element, depth: usize, found: &mut Found) {
    if found.said.len() + found.repeats.len() >= MOST_VALUES {
        return;
    }
    match field(element) {
        Some(Field::Zone) => found.zone = Zone::new(&element.text()).ok().or(found.zone.take()),
        Some(Field::Rule) => found.repeats.push(format!("RRULE:{}", rule(element))),
        Some(Field::OtherDates) => found.repeats.extend(list("RDATE", element)),
        Some(Field::LeftOut) => found.repeats.extend(list("EXDATE", element)),
        Some(field) => {
            found.as_calendar |= field == Field::Start && is_xcal(element);
            // RFC 6321 §3.5: parameters stand first, the value is named by its type.
            let value = element.elements().find(|child| matches!(&*child.name, "date-time" | "date" | "text"));
            if let Some(parameters) = element.elements().find(|child| child.name == "parameters") {
                look(parameters, depth + 1, found);
            }
            if let Some(zone) = element.attribute("tzid").and_then(|zone| Zone::new(zone).ok()) {
                found.zone = Some(zone);
            }
            let text = value.unwrap_or(element).text().trim().to_owned();
            // Some elements of a vocabulary hold others of it, such as a place with its parts.
            if !text.is_empty() && (value.is_some() || element.elements().next().is_none()) {
                found.said.push((field, text));
            }
        }
        None if depth < DEEPEST => element.elements().for_each(|child| look(child, depth + 1, found)),
        None => {}
    }
}

fn is_xcal(element: &Element) -> bool {
    matches!(&*element.namespace, XCAL_DRAFT | XCAL_STANDARD)
}

/// A rule: its parts as one text, or as elements (RFC 6321 §3.6.10).
fn rule(element: &Element) -> String {
    let Some(parts) = element.elements().find(|child| child.name == "recur") else {
        let text = on_a_line(&element.text());
        return text.strip_prefix("RRULE:").map(str::to_owned).unwrap_or(text);
    };
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for part in parts.elements() {
        let name = part.name.to_ascii_uppercase();
        let text = on_a_line(&part.text());
        let value = if name == "UNTIL" { Clock::parse(&text).map_or(text, |until| basic(&until)) } else { text };
        match told.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => told.push((name, vec![value])),
        }
    }
    let parts: Vec<String> = told.into_iter().map(|(name, values)| format!("{name}={}", values.join(","))).collect();
    parts.join(";")
}

/// A list of dates, a line for each: in one text, or as an element for each (RFC 6321 §3.6.3 to §3.6.7).
fn list(name: &str, element: &Element) -> Vec<String> {
    let parameters = element.elements().find(|child| child.name == "parameters");
    let zone = parameters.and_then(|told| told.elements().find(|told| told.name == "tzid").map(Element::text));
    let zone = zone.or_else(|| element.attribute("tzid").map(str::to_owned)).map(|zone| on_a_line(&zone));
    let zone = zone.filter(|zone| !zone.is_empty()).map(|zone| zone.replace('"', ""));
    let line = |value: &str| match Clock::parse(value) {
        Some(clock @ Clock::Floating(_)) if zone.is_some() => {
            format!("{name};TZID=\"{}\":{}", zone.as_deref().unwrap_or_default(), basic(&clock))
        }
        Some(clock) => property(name, &clock),
        None => format!("{name}:{value}"),
    };
    let period = |told: &Element| {
        let part = |name: &str| told.elements().find(|part| part.name == name).map(|part| on_a_line(&part.text()));
        let clock = |text: String| Clock::parse(&text).map_or(text, |clock| basic(&clock));
        let zone = zone.as_deref().map(|zone| format!(";TZID=\"{zone}\"")).unwrap_or_default();
        let end = part("end").map(clock).or_else(|| part("duration")).unwrap_or_default();
        format!("{name}{zone};VALUE=PERIOD:{}/{end}", part("start").map(clock).unwrap_or_default())
    };
    let values: Vec<String> = element
        .elements()
        .filter_map(|child| match &*child.name {
            "date" | "date-time" | "text" => Some(line(&on_a_line(&child.text()))),
            "period" => Some(period(child)),
            _ => None,
        })
        .collect();
    if !values.is_empty() {
        return values;
    }
    let text = on_a_line(&element.text());
    let written = text.split(',').map(str::trim).filter(|value| !value.is_empty());
    written
        .map(|value| if value.contains('/') { format!("{name};VALUE=PERIOD:{value}") } else { line(value) })
        .collect()
}

/// A text that cannot begin a line of its own.
fn on_a_line(text: &str) -> String {
    text.split(char::is_control).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// A property of iCalendar with one time.
fn property(name: &str, clock: &Clock) -> String {
    match clock {
        Clock::Day(_) => format!("{name};VALUE=DATE:{}", basic(clock)),
        Clock::In(_, zone) => format!("{name};TZID={zone}:{}", basic(clock)),
        _ => format!("{name}:{}", basic(clock)),
    }
}

/// A time as iCalendar writes it (RFC 5545 §3.3.5); one with an offset, for which it has no form, as RFC 3339 does.
fn basic(clock: &Clock) -> String {
    let local = |wall: &DateTime| wall.strftime("%Y%m%dT%H%M%S").to_string();
    match clock {
        Clock::Day(day) => day.strftime("%Y%m%d").to_string(),
        Clock::Floating(wall) | Clock::In(wall, _) => local(wall),
        Clock::Instant(at) => format!("{}Z", local(&jiff::tz::Offset::UTC.to_datetime(*at))),
        Clock::Offset(moment) => moment.to_string(),
    }
}

/// Takes up the dates of an event that repeats, as iCalendar's lines say them.
fn repeat(lines: &[String], home: Option<&Zone>, window: &mut Window, draft: &mut Draft) {
    let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    match calendar::dates(&text, home, window) {
        Ok(mut series) => {
            draft.without_dates |= series.without_dates;
            draft.found.append(&mut series.findings);
            draft.sessions.append(&mut series.sessions);
        }
        Err(text) => draft.unreadable = Some(text),
    }
}

fn google(element: &Element, window: &mut Window, draft: &mut Draft) {
    let ends_in = |value: Option<&str>, word: &str| value.is_some_and(|value| value.trim().ends_with(word));
    match &*element.name {
        "when" => {
            let Some(start) = element.attribute("startTime") else { return };
            match Clock::parse(start) {
                Some(start) => {
                    let end = element.attribute("endTime").and_then(Clock::parse).map(|end| past_last_day(&start, end));
                    let whole_days = matches!(start, Clock::Day(_));
                    draft.sessions.push(Session { whole_days, ..Session::new(start, end) });
                }
                None => draft.unreadable = Some(start.to_owned()),
            }
        }
        "where" => {
            let name = element.attribute("valueString").or_else(|| element.attribute("label"));
            draft.location = name.filter(|name| !name.trim().is_empty()).map(str::to_owned).or(draft.location.take());
        }
        "eventStatus" => {
            let value = element.attribute("value");
            if ends_in(value, "event.canceled") {
                draft.status = Some(Status::Cancelled);
            }
        }
        "who" if ends_in(element.attribute("rel"), "event.organizer") => {
            let name = element.attribute("valueString").and_then(person);
            draft.organisers.extend(name.map(|name| Organiser { name, page: None, role: None }));
        }
        "recurrence" => {
            let text = element.text();
            let lines = recurrence(&text);
            if lines.iter().any(|line| line.starts_with("DTSTART")) {
                let home = draft.zone.clone();
                repeat(&lines, home.as_ref(), window, draft);
            } else {
                draft.unreadable = Some(text);
            }
        }
        _ => {}
    }
}

/// The properties of an iCalendar event that say when it is, without the event around them.
fn recurrence(text: &str) -> Vec<String> {
    const PROPERTIES: [&str; 6] = ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"];
    let is_one = |line: &&str| PROPERTIES.contains(&line.split([';', ':']).next().unwrap_or_default());
    // What defines a zone has such lines too, and stands behind.
    let own = text.split("BEGIN:").next().unwrap_or_default();
    own.lines().map(str::trim).filter(is_one).map(str::to_owned).collect()
}

/// iCalendar's last day is the day behind it, and so is Google's.
fn past_last_day(start: &Clock, end: Clock) -> End {
    match (start, end) {
        (Clock::Day(_), Clock::Day(last)) => End::Before(last),
        (_, end) => End::At(end),
    }
}

fn times(found: &Found, window: &mut Window, draft: &mut Draft) {
    let strict = |text: &str| Clock::parse(text).map(|clock| in_zone(clock, found.zone.as_ref()));
    let (start, end) = if let Some(text) = found.get(Field::Start) {
        (Told::read(text, strict), found.get(Field::End).and_then(strict))
    } else if let Some(text) = found.get(Field::ShownStart) {
        (Told::read(text, dates::clock), found.get(Field::ShownEnd).and_then(dates::clock))
    } else if let Some(text) = found.get(Field::StartDay) {
        let end = found.get(Field::EndDay).or(Some(text)).and_then(dates::clock);
        with_hours(text, end, found.get(Field::StartHour), found.get(Field::EndHour))
    } else if let Some(text) = found.get(Field::Days) {
        let (first, last) = text.split_once(" - ").unwrap_or((text, text));
        let hours = found.get(Field::HoursOfDay);
        let (opens, closes) = hours.map_or((None, None), |hours| match hours.split_once(" - ") {
            Some((opens, closes)) => (Some(opens), Some(closes)),
            None => (Some(hours), None),
        });
        with_hours(first, dates::clock(last), opens, closes)
    } else {
        return;
    };
    let start = match start {
        Told::Read(clock) => clock,
        Told::Unread(text) => {
            draft.unreadable = Some(text);
            return;
        }
    };
    let start = local(start, found.get(Field::LocalStart));
    let end = match (end, found.get(Field::Duration).and_then(|text| text.parse().ok())) {
        (Some(end), _) => {
            let end = local(end, found.get(Field::LocalEnd));
            Some(if found.as_calendar { past_last_day(&start, end) } else { End::At(end) })
        }
        (None, Some(length)) => Some(End::After(length)),
        (None, None) => None,
    };
    if !found.repeats.is_empty() {
        let mut lines = vec![property("DTSTART", &start)];
        lines.extend(end.map(|end| match end {
            End::At(clock) => property("DTEND", &clock),
            End::Before(day) => property("DTEND", &Clock::Day(day)),
            End::After(length) => format!("DURATION:PT{}S", length.as_secs()),
        }));
        lines.extend_from_slice(&found.repeats);
        return repeat(&lines, found.zone.as_ref(), window, draft);
    }
    let whole_days = found.as_calendar && matches!(start, Clock::Day(_));
    draft.sessions.push(Session { whole_days, ..Session::new(start, end) });
}

/// A field that was there, read or not.
enum Told {
    Read(Clock),
    Unread(String),
}

impl Told {
    fn read(text: &str, read: impl Fn(&str) -> Option<Clock>) -> Told {
        read(text).map_or_else(|| Told::Unread(text.to_owned()), Told::Read)
    }
}

/// A day and its hours, told apart. An hour that cannot be read makes the whole unreadable: a day alone would say less.
fn with_hours(day: &str, last: Option<Clock>, opens: Option<&str>, closes: Option<&str>) -> (Told, Option<Clock>) {
    let at = |clock: Clock, time: Time| match clock {
        Clock::Day(day) => Clock::Floating(DateTime::from_parts(day, time)),
        other => other,
    };
    let Some(first) = dates::clock(day) else { return (Told::Unread(day.to_owned()), None) };
    match (opens, closes) {
        (None, _) => {
            let last = last.filter(|last| *last != first);
            (Told::Read(first), last)
        }
        (Some(text), closes) => match dates::hour(text) {
            None => (Told::Unread(format!("{day} {text}")), None),
            Some(opens) => {
                let end = closes.and_then(dates::hour).zip(last).map(|(closes, last)| at(last, closes));
                (Told::Read(at(first, opens)), end)
            }
        },
    }
}

/// A wall clock without an offset, where the document says its zone.
fn in_zone(clock: Clock, zone: Option<&Zone>) -> Clock {
    match (clock, zone) {
        (Clock::Floating(wall), Some(zone)) => Clock::In(wall, zone.clone()),
        (clock, _) => clock,
    }
}

/// An instant whose wall clock is told beside it: the difference is the offset.
fn local(clock: Clock, wall: Option<&str>) -> Clock {
    let told = || {
        let Clock::Instant(at) = clock else { return None };
        let wall = match Clock::parse(wall?)? {
            Clock::Floating(wall) => wall,
            // A wall clock that is called UTC by mistake.
            Clock::Instant(at) => jiff::tz::Offset::UTC.to_datetime(at),
            _ => return None,
        };
        let ahead = jiff::tz::Offset::UTC.to_timestamp(wall).ok()?.duration_since(at).as_secs();
        let offset = jiff::tz::Offset::from_seconds(i32::try_from(ahead).ok()?).ok()?;
        Moment::new(wall, offset).ok().map(Clock::Offset)
    };
    told().unwrap_or(clock)
}

fn place(found: &Found, draft: &mut Draft) {
    let line = |field| found.get(field).and_then(plain);
    let street = line(Field::Address);
    let name = match (line(Field::Room), line(Field::Venue)) {
        (Some(room), Some(venue)) => Line::new(&format!("{room}, {venue}")).ok(),
        (room, venue) => room.or(venue),
    };
    let (postcode, locality) = (line(Field::Postcode), line(Field::Town));
    if street.is_some() || postcode.is_some() || locality.is_some() {
        draft.place = Some(Place { name, street, postcode, locality, ..Place::default() });
    } else if let Some(name) = name {
        draft.location = Some(name.into());
    }
    let number = |field| found.get(field).and_then(|text| text.parse::<f64>().ok());
    let pair = number(Field::Latitude).zip(number(Field::Longitude));
    draft.geo = pair.or_else(|| found.get(Field::Point).and_then(point)).or(draft.geo);
}

/// Latitude and longitude in one text, by whatever sign they are set apart.
fn point(text: &str) -> Option<(f64, f64)> {
    let separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    let mut numbers = text.split(separator).filter(|number| !number.is_empty()).map(str::parse::<f64>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// A name without the e-mail address that stands with it: "name@host (Name)", "Name <name@host>", "MAILTO:name@host".
pub fn person(text: &str) -> Option<Line> {
    let text = plain(text)?;
    let text = text.as_str();
    if !text.contains('@') {
        return Line::new(text).ok();
    }
    let inside = text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(name, _)| name);
    let before = text.split_once('<').map(|(name, _)| name);
    let name = inside.or(before)?.trim().trim_matches('"');
    (!name.contains('@')).then(|| Line::new(name).ok()).flatten()
}

/// iCalendar's status, in either spelling (RFC 5545 §3.8.1.11).
fn status(text: &str) -> Option<Status> {
    match text.to_ascii_uppercase().as_str() {
        "CANCELLED" | "CANCELED" => Some(Status::Cancelled),
        "CONFIRMED" => Some(Status::Scheduled),
        _ => None,
    }
}

fn is_yes(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes")
}
