//! An event as somebody types it: names and values, be they right or wrong, to an event and back.
//!
//! What is wrong is told field by field and nothing of it is lost, since the words themselves are what a draft keeps.
//! What the form does not show of an event that is changed stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::{communes, text};
use crate::event::{
    Access, AccessCode, Address, Area, Audience, Availability, Capacity, Contact, Days, Event, Fault, Foreign, Format,
    Geo, Hours, Id, Image, Language, Licence, Line, List, MediaType, Mode, Moment, Name, Occurs, Online, OnlineAccess,
    Organiser, Parts, Per, Place, Rare, Region, RegionTerm, Registration, Resource, ResourceKind, Series, Slot,
    Speaker, Status, Step, Term, When, Window, Zone,
};
use crate::programme::{Lab, Slug};

/// The most slots of one event: two a day for a hundred days.
pub const MOST_SLOTS: usize = 200;
/// The most rows of anything else.
const MOST_ROWS: usize = 60;

/// What is wrong with a field: a sentence by its code, beside the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field's name.
    pub field: String,
    /// What is wrong.
    pub code: &'static str,
    /// What completes the sentence.
    pub with: String,
}

/// The form of an event, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    values: Vec<(String, String)>,
}

/// The kinds of rows of which a form has as many as one wants, with their columns.
///
/// `ref` says which of a known event's it is; `new` that a row is there although nothing is said in it yet.
pub const ROWS: [(&str, &[&str]); 9] = [
    ("place", &["ref", "new", "name", "street", "postcode", "city", "geo"]),
    ("online", &["ref", "new", "access", "href", "note"]),
    ("region", &["new", "code"]),
    ("edition", &["new", "code", "title"]),
    ("series", &["new", "title", "step", "total"]),
    ("slot", &["ref", "day", "from", "to", "last", "kind", "fold", "availability", "status", "times"]),
    ("speaker", &["name", "affiliation", "role", "page"]),
    ("organiser", &["new", "name", "page"]),
    ("resource", &["href", "kind", "title"]),
];

/// Fields of one line or text.
pub const SINGLE: [&str; 22] = [
    "title",
    "summary",
    "body",
    "mode",
    "registration-href",
    "registration-required",
    "registration-free",
    "registration-capacity",
    "registration-left",
    "registration-per",
    "registration-opens",
    "registration-closes",
    "registration-note",
    "image",
    "image-alt",
    "tags",
    "topics",
    "access-note",
    "language",
    "zone",
    "licence",
    "rights",
];

/// Fields that are boxes to tick, of which any may be.
pub const TICKED: [&str; 3] = ["format", "audience", "access"];

impl Form {
    /// As it was sent: the fields that an event has, and no others.
    pub fn from_values(values: impl IntoIterator<Item = (String, String)>) -> Form {
        let values = values.into_iter().map(|(name, value)| (renamed(&name).map_or(name, str::to_owned), value));
        let ours = |name: &str| SINGLE.contains(&name) || TICKED.contains(&name) || cell(name).is_some();
        Form { values: values.filter(|(name, value)| ours(name) && !value.is_empty()).collect() }
    }

    /// Names and values.
    pub fn values(&self) -> &[(String, String)] {
        &self.values
    }

    /// The value of a field; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Sets a field.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.retain(|(n, _)| n != name);
        let value = value.into();
        if !value.is_empty() {
            self.values.push((name.to_owned(), value));
        }
    }

    fn put(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.set(name, value.to_string());
        }
    }

    /// How many rows of a kind there are: one more than the highest that says anything.
    pub fn rows(&self, kind: &str) -> usize {
        let rows = self.values.iter().filter_map(|(name, _)| cell(name)).filter(|(k, ..)| *k == kind);
        rows.map(|(_, n, _)| n + 1).max().unwrap_or(0)
    }

    /// One cell of a row.
    pub fn cell(&self, kind: &str, row: usize, column: &str) -> &str {
        self.get(&format!("{kind}-{row}-{column}"))
    }

    fn row(&self, kind: &str, row: usize) -> Vec<(&'static str, String)> {
        columns(kind).iter().map(|column| (*column, self.cell(kind, row, column).to_owned())).collect()
    }

    /// Takes a row away; those after it move up.
    pub fn remove_row(&mut self, kind: &str, row: usize) {
        let mut rows: Vec<_> = (0..self.rows(kind)).map(|n| self.row(kind, n)).collect();
        if row < rows.len() {
            rows.remove(row);
        }
        self.set_rows(kind, rows);
    }

    fn set_rows(&mut self, kind: &str, rows: Vec<Vec<(&'static str, String)>>) {
        self.values.retain(|(name, _)| cell(name).is_none_or(|(k, ..)| k != kind));
        for (n, row) in rows.into_iter().enumerate() {
            for (column, value) in row {
                self.set(&format!("{kind}-{n}-{column}"), value);
            }
        }
    }

    /// Copies a slot `times` times, each `days` days after the one before; the copies stand after it. What cannot be
    /// moved for want of a day is copied as it is.
    pub fn repeat_slot(&mut self, row: usize, times: usize, days: i32) {
        let mut rows: Vec<_> = (0..self.rows("slot")).map(|n| self.row("slot", n)).collect();
        let Some(first) = rows.get(row).cloned() else { return };
        let room = MOST_SLOTS.saturating_sub(rows.len());
        for n in (1..=times.min(room)).rev() {
            let shift = i32::try_from(n).unwrap_or(0) * days;
            let copy = first.iter().map(|(column, value)| match *column {
                // A slot of its own: a calendar keeps the two apart.
                "ref" | "fold" | "status" | "availability" | "times" => (*column, String::new()),
                "day" | "last" => (*column, shifted(value, shift).unwrap_or_else(|| value.clone())),
                _ => (*column, value.clone()),
            });
            rows.insert(row + 1, copy.collect());
        }
        self.set_rows("slot", rows);
    }

    /// Moves all days, for another year.
    pub fn shift_days(&mut self, days: i32) {
        for (name, value) in &mut self.values {
            if let Some(("slot", _, "day" | "last")) = cell(name)
                && let Some(moved) = shifted(value, days)
            {
                *value = moved;
            }
        }
    }

    /// An event as one would have typed it.
    pub fn of(event: &Event, pictures: &Address) -> Form {
        let mut form = Form::default();
        form.set("title", event.title.as_str());
        form.put("summary", event.summary.as_ref());
        form.put("body", event.body.as_ref().map(text::from_html));
        for (n, slot) in event.slots.iter().enumerate() {
            let mut put = |column: &str, value: String| form.set(&format!("slot-{n}-{column}"), value);
            put("ref", slot.name.to_string());
            put("day", slot.when.first_day().to_string());
            match slot.when {
                When::Timed(hours) => {
                    put("from", hour(hours.start().wall().time()));
                    if let Some(end) = hours.end() {
                        put("to", hour(end.wall().time()));
                    }
                    let zone = event.zone_of(slot).map(Zone::rules);
                    let wall = hours.start().wall();
                    if let Some(second) = zone.and_then(|zone| second_of_fold(&zone, wall)) {
                        put("fold", if hours.start().offset() == second { "second" } else { "first" }.to_owned());
                    }
                }
                When::AllDay(_) => put("kind", "all-day".to_owned()),
                When::Period(_) => put("kind", "period".to_owned()),
                When::Day { .. } => {}
            }
            if slot.when.last_day() != slot.when.first_day() {
                put("last", slot.when.last_day().to_string());
            }
            put("availability", slot.availability.map(Availability::code).unwrap_or_default().to_owned());
            put("status", slot.status.map(Status::code).unwrap_or_default().to_owned());
        }
        form.put("mode", event.mode.map(Mode::code));
        for (n, place) in event.places.iter().enumerate() {
            form.set(&format!("place-{n}-ref"), n.to_string());
            form.put(&format!("place-{n}-name"), place.name.as_ref());
            form.put(&format!("place-{n}-street"), place.street.as_ref());
            form.put(&format!("place-{n}-postcode"), place.postcode.as_ref());
            form.put(&format!("place-{n}-city"), place.locality.as_ref());
            form.put(&format!("place-{n}-geo"), place.geo.map(|geo| format!("{}, {}", geo.lat(), geo.lon())));
        }
        for (n, online) in event.online.iter().enumerate() {
            form.set(&format!("online-{n}-ref"), n.to_string());
            match &online.access {
                OnlineAccess::Public(href) => {
                    form.set(&format!("online-{n}-access"), "public");
                    form.put(&format!("online-{n}-href"), href.as_ref());
                }
                OnlineAccess::Registered => form.set(&format!("online-{n}-access"), "registered"),
            }
            form.put(&format!("online-{n}-note"), online.note.as_ref());
        }
        if let Some(registration) = event.registration.as_ref() {
            let yes_no = |value: bool| if value { "yes" } else { "no" };
            form.put("registration-href", registration.href.as_ref());
            form.put("registration-required", registration.required.map(yes_no));
            form.put("registration-free", registration.free.map(yes_no));
            form.put("registration-capacity", registration.capacity.total());
            form.put("registration-left", registration.capacity.remaining());
            form.put("registration-per", registration.per.map(Per::code));
            let moment = |moment: Moment| moment.wall().strftime("%Y-%m-%dT%H:%M").to_string();
            form.put("registration-opens", registration.window.opens().map(moment));
            form.put("registration-closes", registration.window.closes().map(moment));
            form.put("registration-note", registration.note.as_ref());
        }
        if let Some(image) = event.image.as_ref() {
            let own = image.href.as_str().strip_prefix(pictures.as_str());
            form.set("image", own.unwrap_or(image.href.as_str()));
            form.set("image-alt", image.alt.as_str());
        }
        for (n, speaker) in event.speakers.iter().enumerate() {
            form.set(&format!("speaker-{n}-name"), speaker.name.as_str());
            form.put(&format!("speaker-{n}-affiliation"), speaker.affiliation.as_ref());
            form.put(&format!("speaker-{n}-role"), speaker.role.as_ref());
            form.put(&format!("speaker-{n}-page"), speaker.page.as_ref());
        }
        for (n, organiser) in event.organisers.iter().skip(1).enumerate() {
            form.set(&format!("organiser-{n}-name"), organiser.name.as_str());
            form.put(&format!("organiser-{n}-page"), organiser.page.as_ref());
        }
        for (n, resource) in event.resources.iter().enumerate() {
            form.set(&format!("resource-{n}-href"), resource.href.as_str());
            form.set(&format!("resource-{n}-kind"), resource.kind.code());
            form.put(&format!("resource-{n}-title"), resource.title.as_ref());
        }
        let list = |words: Vec<&str>| Some(words.join(", ")).filter(|words| !words.is_empty());
        form.put("tags", list(event.tags.iter().map(Line::as_str).collect()));
        let label = |term: &'_ Term| term.label.as_ref().unwrap_or(&term.code).to_string();
        form.put("topics", Some(event.topics.iter().map(label).collect::<Vec<_>>().join(", ")));
        for (n, edition) in event.editions.iter().enumerate() {
            form.set(&format!("edition-{n}-code"), edition.code.as_str());
            form.put(&format!("edition-{n}-title"), edition.label.as_ref());
        }
        for (n, series) in event.series.iter().enumerate() {
            form.set(&format!("series-{n}-title"), series.title.as_ref().map_or(series.id.as_str(), Line::as_str));
            form.put(&format!("series-{n}-step"), series.step.position());
            form.put(&format!("series-{n}-total"), series.step.total());
        }
        for (n, region) in event.regions.iter().enumerate() {
            form.set(&format!("region-{n}-code"), region.code.as_str());
        }
        form.put("access-note", event.access.as_ref().and_then(|access| access.note.as_ref()));
        form.put("language", event.language.as_ref());
        form.put("zone", event.zone.as_ref());
        form.put("licence", event.licence.as_ref().map(|licence| licence.href.as_str()));
        form.put("rights", event.rights.as_ref());
        let mut tick = |name: &str, code: &str| form.values.push((name.to_owned(), code.to_owned()));
        event.formats.iter().for_each(|code| tick("format", code.code()));
        event.audiences.iter().for_each(|code| tick("audience", code.code()));
        event.access.iter().flat_map(|access| &access.codes).for_each(|code| tick("access", code.code()));
        form
    }
}

/// What a field is called of which there was one alone once: drafts are kept as they were typed.
fn renamed(name: &str) -> Option<&'static str> {
    Some(match name {
        "place-name" => "place-0-name",
        "place-street" => "place-0-street",
        "place-postcode" => "place-0-postcode",
        "place-city" => "place-0-city",
        "place-geo" => "place-0-geo",
        "online" => "online-0-access",
        "online-href" => "online-0-href",
        "online-note" => "online-0-note",
        "region" => "region-0-code",
        "edition" => "edition-0-code",
        "edition-title" => "edition-0-title",
        "series" => "series-0-title",
        "series-step" => "series-0-step",
        "series-total" => "series-0-total",
        _ => return None,
    })
}

/// The kind, row and column of a field that is a cell.
fn cell(name: &str) -> Option<(&'static str, usize, &'static str)> {
    ROWS.iter().find_map(|(kind, columns)| {
        let rest = name.strip_prefix(kind)?.strip_prefix('-')?;
        let (row, column) = rest.split_once('-')?;
        let most = if *kind == "slot" { MOST_SLOTS } else { MOST_ROWS };
        let row: usize = row.parse().ok().filter(|row| *row < most)?;
        Some((*kind, row, *columns.iter().find(|c| **c == column)?))
    })
}

fn columns(kind: &str) -> &'static [&'static str] {
    ROWS.iter().find(|(k, _)| *k == kind).map_or(&[], |(_, columns)| columns)
}

/// A day some days later, in the form in which it was typed if that is ours.
fn shifted(day: &str, days: i32) -> Option<String> {
    Some(read_day(day)?.checked_add(days.days()).ok()?.to_string())
}

fn hour(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// The offset of the second of two occurrences of a wall clock; `None` where it has only one.
fn second_of_fold(zone: &TimeZone, wall: DateTime) -> Option<Offset> {
    match zone.to_ambiguous_timestamp(wall).offset() {
        jiff::tz::AmbiguousOffset::Fold { after, .. } => Some(after),
        _ => None,
    }
}

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
    let minutes = minutes.split(':').next().unwrap_or_default();
    let minutes: i8 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    Time::new(hours.parse().ok()?, minutes, 0, 0).ok()
}

/// What an event is made with beside what was typed.
pub struct Given<'a> {
    /// The lab.
    pub lab: &'a Lab,
    /// What pictures' addresses begin with.
    pub pictures: &'a Address,
    /// The event that is changed.
    pub known: Option<&'a Event>,
    /// Ids of series by their titles, of the lab's events.
    pub series: BTreeMap<String, Id>,
    /// Now.
    pub now: Timestamp,
}

/// Reads one form.
struct Reader<'a> {
    form: &'a Form,
    given: &'a Given<'a>,
    problems: Vec<Problem>,
}

/// The event that a form says, or what is wrong with it. `id` is its id when it is new.
///
/// # Errors
/// What is wrong, field by field, in the order of the form.
pub fn read(form: &Form, given: &Given<'_>, id: &Id) -> Result<Event, Vec<Problem>> {
    let mut reader = Reader { form, given, problems: Vec::new() };
    let parts = reader.parts(id);
    match parts {
        Some(parts) if reader.problems.is_empty() => Event::new(parts).map_err(|fault| {
            let code = match fault {
                Fault::SlotNamedTwice(_) => "slots",
                _ => "zone-contradicted",
            };
            vec![Problem { field: "slot-0-day".into(), code, with: fault.to_string() }]
        }),
        _ => Err(reader.problems),
    }
}

impl Reader<'_> {
    fn problem(&mut self, field: &str, code: &'static str, with: impl ToString) {
        self.problems.push(Problem { field: field.to_owned(), code, with: with.to_string() });
    }

    /// A line that may be missing.
    fn line(&mut self, field: &str) -> Option<Line> {
        let typed = self.form.get(field).to_owned();
        if typed.trim().is_empty() {
            return None;
        }
        match Line::new(&typed) {
            Ok(line) => Some(line),
            Err(_) if typed.chars().count() > Line::MOST => {
                self.problem(field, "too-long", Line::MOST);
                None
            }
            Err(_) => None,
        }
    }

    fn address(&mut self, field: &str) -> Option<Address> {
        let typed = self.form.get(field).trim().to_owned();
        if typed.is_empty() {
            return None;
        }
        Address::new(&typed).map_err(|_| self.problem(field, "address", &typed)).ok()
    }

    fn count(&mut self, field: &str) -> Option<u32> {
        let typed = self.form.get(field).trim().to_owned();
        if typed.is_empty() {
            return None;
        }
        typed.parse::<u32>().ok().filter(|n| *n <= 1_000_000).or_else(|| {
            self.problem(field, "number", &typed);
            None
        })
    }

    fn yes_no(&self, field: &str) -> Option<bool> {
        match self.form.get(field) {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }

    fn parts(&mut self, id: &Id) -> Option<Parts> {
        let title = self.line("title");
        if title.is_none() && self.problems.is_empty() {
            self.problem("title", "title", "");
        }
        let known = self.given.known.cloned().map(Event::into_parts);
        let placeholder = Line::new("…").ok()?;
        let mut parts = known.unwrap_or_else(|| {
            let mut parts = Parts::new(id.clone(), placeholder.clone(), self.given.now);
            parts.published = Some(self.given.now);
            parts
        });
        parts.title = title.unwrap_or(placeholder);
        parts.summary = self.line("summary");
        let body = self.form.get("body");
        if body.chars().count() > text::LONGEST {
            self.problem("body", "too-long", text::LONGEST);
        } else {
            parts.body = if body.trim().is_empty() { None } else { text::to_html(body).0 };
        }
        parts.zone = match self.form.get("zone").trim() {
            "" => self.given.lab.zone.clone(),
            typed => match Zone::new(typed) {
                Ok(zone) => Some(zone),
                Err(_) => {
                    self.problem("zone", "zone", typed.to_owned());
                    None
                }
            },
        };
        let zone = parts.zone.clone().or_else(|| Zone::new("UTC").ok())?;
        parts.slots = self.slots(&zone, &parts).into();
        self.places(&mut parts);
        self.online(&mut parts);
        self.registration(&mut parts, &zone);
        self.people(&mut parts);
        self.lists(&mut parts);
        self.image(&mut parts);
        parts.language = match self.form.get("language").trim() {
            "" => Some(self.given.lab.language.clone()),
            typed => Language::new(typed).ok().or_else(|| {
                self.problem("language", "language", typed.to_owned());
                None
            }),
        };
        let licence = self.address("licence");
        let same = |known: &Licence| Some(&known.href) == licence.as_ref();
        parts.licence = parts.licence.filter(same).or(licence.map(|href| Licence { href, title: None }));
        parts.rights = self.line("rights");
        // What was assumed and now stands in a form that a person sent was said.
        parts.assumed = BTreeSet::new();
        Some(parts)
    }

    fn slots(&mut self, zone: &Zone, known: &Parts) -> Vec<Slot> {
        let mut slots: Vec<Slot> = Vec::new();
        let mut taken: BTreeSet<String> = known.slots.iter().map(|slot| slot.name.to_string()).collect();
        taken.extend(known.previous.iter().filter_map(|p| p.slot.as_ref()).map(ToString::to_string));
        taken.extend((0..self.form.rows("slot")).map(|row| self.form.cell("slot", row, "ref").to_owned()));
        let mut next = 1;
        for row in 0..self.form.rows("slot") {
            let Some(when) = self.slot(row, zone) else { continue };
            let typed = Name::new(self.form.cell("slot", row, "ref")).ok();
            let name = typed.filter(|name| slots.iter().all(|slot| slot.name != *name)).or_else(|| {
                while !taken.insert(format!("c{next}")) {
                    next += 1;
                }
                Name::new(&format!("c{next}")).ok()
            });
            let Some(name) = name else { continue };
            // A slot that is changed keeps what the form does not show: its own place, its own registration.
            let known = known.slots.iter().find(|slot| slot.name == name).cloned();
            let mut slot = known.unwrap_or_else(|| Slot::new(name, when));
            slot.when = when;
            slot.availability = Availability::from_code(self.form.cell("slot", row, "availability"));
            slot.status = Status::from_code(self.form.cell("slot", row, "status"));
            slots.push(slot);
        }
        slots
    }

    fn slot(&mut self, row: usize, zone: &Zone) -> Option<When> {
        let form = self.form;
        let field = |column: &str| format!("slot-{row}-{column}");
        let typed = |column| form.cell("slot", row, column).trim().to_owned();
        let (day, from, to, last) = (typed("day"), typed("from"), typed("to"), typed("last"));
        if day.is_empty() {
            // An empty row is none; hours without a day are a day forgotten.
            if !(from.is_empty() && to.is_empty() && last.is_empty()) {
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
        match (form.cell("slot", row, "kind"), from.is_empty()) {
            ("all-day", _) => return Some(When::AllDay(days)),
            ("period", _) => return Some(When::Period(days)),
            (_, true) if to.is_empty() => return Some(When::Day { days, duration: None }),
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
                "second" => second_of_fold(&zone.rules(), wall).and_then(|offset| Moment::new(wall, offset).ok()),
                _ => {
                    self.problem(&field, "hour-twice", "");
                    None
                }
            },
        }
    }

    /// Which of the known ones a row is.
    fn known<'b, T>(&self, kind: &str, row: usize, known: &'b [T]) -> Option<&'b T> {
        known.get(self.form.cell(kind, row, "ref").parse::<usize>().ok()?)
    }

    fn places(&mut self, parts: &mut Parts) {
        parts.mode = Mode::from_code(self.form.get("mode"));
        let known = std::mem::take(&mut parts.places);
        for row in 0..self.form.rows("place") {
            let place = self.place(row, self.known("place", row, &known).cloned().unwrap_or_default());
            if !place.is_empty() {
                parts.places.push(place);
            }
        }
        let known = std::mem::take(&mut parts.regions);
        for row in 0..self.form.rows("region") {
            let region = self.form.cell("region", row, "code").trim().to_owned();
            match Region::new(&region) {
                Ok(code) if parts.regions.iter().any(|term| term.code == code) => {}
                Ok(code) => {
                    let same = known.iter().find(|term| term.code == code).cloned();
                    parts.regions.push(same.unwrap_or(RegionTerm { code, label: None }));
                }
                Err(_) if region.is_empty() => {}
                Err(_) => self.problem(&format!("region-{row}-code"), "region", &region),
            }
        }
    }

    fn place(&mut self, row: usize, known: Place) -> Place {
        let field = |column: &str| format!("place-{row}-{column}");
        let mut place = Place {
            name: self.line(&field("name")),
            street: self.line(&field("street")),
            postcode: self.line(&field("postcode")),
            locality: self.line(&field("city")),
            ..known.clone()
        };
        let geo = self.form.cell("place", row, "geo").trim().to_owned();
        place.geo = if geo.is_empty() {
            None
        } else {
            let mut numbers = geo.split([',', ';', ' ']).filter(|n| !n.is_empty()).map(str::parse::<f64>);
            let found = match (numbers.next(), numbers.next(), numbers.next()) {
                (Some(Ok(lat)), Some(Ok(lon)), None) => Geo::new(lat, lon),
                _ => None,
            };
            if found.is_none() {
                self.problem(&field("geo"), "geo", &geo);
            }
            found
        };
        let said = [&place.name, &place.street, &place.postcode, &place.locality].iter().any(|line| line.is_some());
        if !said && place.geo.is_none() {
            // All that a person sees of it was taken away.
            return Place::default();
        }
        let town = (&place.postcode, &place.locality);
        if town != (&known.postcode, &known.locality) {
            place.areas.retain(|area| area.scheme.as_str() != Area::COMMUNE);
        }
        if let Some(city) = &place.locality
            && place.commune().is_none()
        {
            let postcode = place.postcode.as_ref().map(Line::as_str).unwrap_or_default();
            if let Some(commune) = communes::find(city.as_str(), postcode) {
                let line = |text: &str| Line::new(text).ok();
                if let (Some(scheme), Some(code)) = (line(Area::COMMUNE), line(commune.code)) {
                    place.areas.push(Area { scheme, code, label: line(commune.name) });
                }
                if place.postcode.is_none() && commune.postcodes.len() == 1 {
                    place.postcode = line(commune.postcodes[0]);
                }
            }
        }
        place
    }

    fn online(&mut self, parts: &mut Parts) {
        let known = std::mem::take(&mut parts.online);
        for row in 0..self.form.rows("online") {
            let field = |column: &str| format!("online-{row}-{column}");
            let (href, note) = (self.address(&field("href")), self.line(&field("note")));
            let access = match self.form.cell("online", row, "access") {
                "public" => Some(OnlineAccess::Public(href.clone())),
                "registered" => Some(OnlineAccess::Registered),
                _ if href.is_some() => {
                    self.problem(&field("access"), "online", "");
                    None
                }
                _ => None,
            };
            if access == Some(OnlineAccess::Registered) && href.is_some() {
                self.problem(&field("href"), "online-private", "");
            }
            let foreign = self.known("online", row, &known).map(|online| online.foreign.clone()).unwrap_or_default();
            let online = access.map(|access| Online { access, note, foreign });
            if online.as_ref().is_some_and(Online::tells_private_address) {
                self.problem(&field("note"), "online-private", "");
            }
            parts.online.extend(online);
        }
    }

    fn registration(&mut self, parts: &mut Parts, zone: &Zone) {
        let typed = self.form.get("registration-href").trim().to_owned();
        // An address to write to is typed without its scheme.
        let mail = typed.contains('@') && !typed.contains([':', '/', ' ']);
        let href = if typed.is_empty() {
            None
        } else {
            let whole = if mail { format!("mailto:{typed}") } else { typed.clone() };
            Contact::new(&whole).map_err(|_| self.problem("registration-href", "contact", &typed)).ok()
        };
        let (opens, closes) = (self.when("registration-opens", zone), self.when("registration-closes", zone));
        let window = Window::new(opens, closes).unwrap_or_else(|| {
            self.problem("registration-closes", "closes-before-opens", "");
            Window::default()
        });
        let (total, left) = (self.count("registration-capacity"), self.count("registration-left"));
        let capacity = Capacity::new(total, left).unwrap_or_else(|| {
            self.problem("registration-left", "left-over", "");
            Capacity::default()
        });
        let foreign = parts.registration.take().map(|registration| registration.foreign).unwrap_or_default();
        parts.registration = Rare::from(Registration {
            href,
            window,
            required: self.yes_no("registration-required"),
            free: self.yes_no("registration-free"),
            capacity,
            per: Per::from_code(self.form.get("registration-per")).filter(|_| total.is_some()),
            note: self.line("registration-note"),
            foreign,
        });
    }

    /// A day and an hour in one field.
    fn when(&mut self, field: &str, zone: &Zone) -> Option<Moment> {
        let typed = self.form.get(field).trim().to_owned();
        if typed.is_empty() {
            return None;
        }
        let (day, hour) = typed.split_once(['T', ' ']).unwrap_or((&typed, "00:00"));
        let wall = read_day(day).zip(read_hour(hour)).map(|(day, hour)| DateTime::from_parts(day, hour));
        wall.and_then(|wall| zone.at(wall)).or_else(|| {
            self.problem(field, "moment", &typed);
            None
        })
    }

    fn people(&mut self, parts: &mut Parts) {
        let mut speakers = Vec::new();
        for row in 0..self.form.rows("speaker") {
            let field = |column: &str| format!("speaker-{row}-{column}");
            let name = self.line(&field("name"));
            let (affiliation, role) = (self.line(&field("affiliation")), self.line(&field("role")));
            let page = self.address(&field("page"));
            match name {
                Some(name) => speakers.push(Speaker { name, page, role, affiliation }),
                None if affiliation.is_some() || page.is_some() => self.problem(&field("name"), "name-missing", ""),
                None => {}
            }
        }
        parts.speakers = speakers.into();
        let lab = self.given.lab;
        let own = Organiser { name: lab.name.clone(), page: lab.page.clone(), role: None };
        let own = parts.organisers.first().cloned().unwrap_or(own);
        let mut organisers = Vec::new();
        for row in 0..self.form.rows("organiser") {
            let field = |column: &str| format!("organiser-{row}-{column}");
            let (name, page) = (self.line(&field("name")), self.address(&field("page")));
            let known = parts.organisers.iter().skip(1).find(|known| Some(&known.name) == name.as_ref());
            let role = known.and_then(|known| known.role.clone()).or_else(|| Line::new(Organiser::CO_ORGANISER).ok());
            match name {
                Some(name) => organisers.push(Organiser { name, page, role }),
                None if page.is_some() => self.problem(&field("name"), "name-missing", ""),
                None => {}
            }
        }
        // Alone, the lab is named when it is published, by the name it then has.
        if organisers.is_empty() {
            parts.organisers.edit().truncate(1);
        } else {
            organisers.insert(0, own);
            parts.organisers = organisers.into();
        }
        let mut resources = Vec::new();
        for row in 0..self.form.rows("resource") {
            let field = |column: &str| format!("resource-{row}-{column}");
            let (href, title) = (self.address(&field("href")), self.line(&field("title")));
            let kind = ResourceKind::from_code(self.form.get(&field("kind"))).unwrap_or(ResourceKind::Other);
            match href {
                Some(href) => {
                    let known = parts.resources.iter().find(|known| known.href == href).cloned();
                    let fresh = Resource {
                        media_type: None,
                        length: None,
                        foreign: Foreign::default(),
                        href,
                        kind,
                        title: title.clone(),
                    };
                    resources.push(Resource { kind, title, ..known.unwrap_or(fresh) });
                }
                None if title.is_some() && self.form.get(&field("href")).trim().is_empty() => {
                    self.problem(&field("href"), "address", "");
                }
                None => {}
            }
        }
        parts.resources = resources.into();
    }

    fn lists(&mut self, parts: &mut Parts) {
        let form = self.form;
        parts.formats = form.all("format").filter_map(Format::from_code).collect();
        parts.audiences = form.all("audience").filter_map(Audience::from_code).collect();
        let words = |field: &str| -> Vec<Line> {
            form.get(field)
                .split([',', ';', '\n'])
                .filter_map(|word| Line::new(word.trim_start_matches('#')).ok())
                .collect()
        };
        parts.tags = words("tags").into();
        // A topic that is known keeps its code.
        let known = std::mem::take(&mut parts.topics);
        let named = |line: &Line| known.iter().find(|t| t.label.as_ref().unwrap_or(&t.code) == line).cloned();
        parts.topics =
            words("topics").into_iter().map(|line| named(&line).unwrap_or(Term { code: line, label: None })).collect();
        parts.editions = List::new();
        for row in 0..self.form.rows("edition") {
            let (code, label) = (self.line(&format!("edition-{row}-code")), self.line(&format!("edition-{row}-title")));
            match code {
                Some(code) if parts.editions.iter().any(|term| term.code == code) => {}
                Some(code) => parts.editions.push(Term { code, label }),
                None if label.is_some() => self.problem(&format!("edition-{row}-code"), "edition", ""),
                None => {}
            }
        }
        let codes: BTreeSet<AccessCode> = form.all("access").filter_map(AccessCode::from_code).collect();
        let note = self.line("access-note");
        let foreign = parts.access.take().map(|access| access.foreign).unwrap_or_default();
        parts.access = Access { codes, note, foreign }.into();
        self.series(parts);
    }

    fn series(&mut self, parts: &mut Parts) {
        let known = std::mem::take(&mut parts.series);
        let number = |n: Option<u32>| n.and_then(NonZeroU32::new);
        for row in 0..self.form.rows("series") {
            let field = |column: &str| format!("series-{row}-{column}");
            let (title, step, total) =
                (self.line(&field("title")), self.count(&field("step")), self.count(&field("total")));
            let Some(title) = title else {
                if step.is_some() || total.is_some() {
                    self.problem(&field("title"), "series", "");
                }
                continue;
            };
            let Some(step) = Step::new(number(step), number(total)) else {
                self.problem(&field("step"), "step", "");
                continue;
            };
            let same =
                |series: &&Series| series.title.as_ref().map_or(series.id.as_str(), Line::as_str) == title.as_str();
            let of_lab = || self.given.series.get(title.as_str()).cloned();
            let minted = || {
                Id::new(&format!("{}serie/{}", self.given.lab.tag, Slug::from_title(title.as_str(), |_| false))).ok()
            };
            let fresh = |id| Series { id, title: Some(title.clone()), step, foreign: Foreign::default() };
            let series = match known.iter().find(same).cloned() {
                Some(known) => Some(Series { step, ..known }),
                None => of_lab().or_else(minted).map(fresh),
            };
            parts.series.extend(series.filter(|series| parts.series.iter().all(|other| other.id != series.id)));
        }
    }

    fn image(&mut self, parts: &mut Parts) {
        let typed = self.form.get("image").trim().to_owned();
        let alt = self.line("image-alt");
        let known = parts.image.take();
        if typed.is_empty() {
            return;
        }
        let kind = super::picture::kind_of(&typed);
        let href = match kind {
            Some(_) => Address::new(&format!("{}{typed}", self.given.pictures)).ok(),
            None => self.address("image"),
        };
        match (href, alt) {
            (Some(href), Some(alt)) => {
                let known = known.filter(|known| known.href == href);
                let media_type = kind.and_then(|kind| MediaType::new(kind).ok());
                parts.image = Rare::from(match known {
                    Some(known) => Image { alt, ..known },
                    None => Image { href, alt, media_type, length: None, foreign: Foreign::default() },
                });
            }
            (_, None) => self.problem("image-alt", "alt-missing", ""),
            (None, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab() -> Lab {
        let said = crate::node::lab::Said {
            name: Line::new("Lab").unwrap(),
            title: None,
            region: Region::new("FR-ARA").ok(),
            zone: None,
            page: None,
            licence: None,
            language: Language::new("fr").unwrap(),
        };
        said.lab(None, &Address::new("https://lab.example/").unwrap(), 2026).unwrap()
    }

    fn form(fields: &[(&str, &str)]) -> Form {
        Form::from_values(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn read_with(fields: &[(&str, &str)], known: Option<&Event>) -> Result<Event, Vec<Problem>> {
        let (lab, pictures) = (lab(), Address::new("https://lab.example/pictures/").unwrap());
        let now = Timestamp::from_second(1_793_900_000).unwrap();
        let given = Given { lab: &lab, pictures: &pictures, known, series: BTreeMap::new(), now };
        read(&form(fields), &given, &Id::new("tag:lab.example,2026:evenement/1").unwrap())
    }

    /// The fields and codes of what is wrong.
    fn wrong(fields: &[(&str, &str)]) -> Vec<(String, &'static str)> {
        let mut all = vec![("title", "T")];
        all.extend_from_slice(fields);
        read_with(&all, None).unwrap_err().into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn days_and_hours_are_not_read_as_they_are_typed() {
        for typed in ["2026-11-19", "19/11/2026", "19.11.26", " 19-11-2026 "] {
            assert_eq!(read_day(typed).unwrap().to_string(), "2026-11-19", "{typed}");
        }
        for typed in ["31/02/2026", "mardi", "19/11", "0026-11-19", "1/2/3/4", ""] {
            assert!(read_day(typed).is_none(), "{typed}");
        }
        for (typed, is) in
            [("10:00", "10:00"), ("10h", "10:00"), ("10 h 30", "10:30"), ("9.30", "09:30"), ("9", "09:00")]
        {
            assert_eq!(hour(read_hour(typed).unwrap()), is, "{typed}");
        }
        for typed in ["25:00", "dix heures", "10:75", ""] {
            assert!(read_hour(typed).is_none(), "{typed}");
        }
    }

    #[test]
    fn what_is_wrong_is_not_told_beside_its_field() {
        let one = |field: &str, code| vec![(field.to_owned(), code)];
        assert_eq!(wrong(&[("slot-0-from", "10:00")]), one("slot-0-day", "day-missing"));
        assert_eq!(wrong(&[("slot-0-day", "31/02/2026")]), one("slot-0-day", "day"));
        assert_eq!(wrong(&[("slot-0-day", "2026-11-19"), ("slot-0-from", "x")]), one("slot-0-from", "hour"));
        let evening = [("slot-0-day", "2026-11-19"), ("slot-0-from", "22:00"), ("slot-0-to", "01:00")];
        assert_eq!(wrong(&evening), one("slot-0-to", "end-before-start"));
        let gap = [("slot-0-day", "2026-03-29"), ("slot-0-from", "02:30")];
        assert_eq!(wrong(&gap), one("slot-0-from", "hour-never"));
        let fold = [("slot-0-day", "2026-10-25"), ("slot-0-from", "02:30")];
        assert_eq!(wrong(&fold), one("slot-0-from", "hour-twice"));
        assert_eq!(wrong(&[("registration-href", "lab.example/x")]), one("registration-href", "contact"));
        assert_eq!(wrong(&[("speaker-0-name", "A"), ("speaker-0-page", "www.x.fr")]), one("speaker-0-page", "address"));
        assert_eq!(wrong(&[("image", "https://lab.example/a.png")]), one("image-alt", "alt-missing"));
        assert_eq!(
            wrong(&[("online-0-access", "registered"), ("online-0-note", "https://zoom.us/j/1")]),
            one("online-0-note", "online-private")
        );
        assert_eq!(
            wrong(&[("registration-capacity", "10"), ("registration-left", "11")]),
            one("registration-left", "left-over")
        );
        assert_eq!(
            wrong(&[("series-0-title", "Parcours"), ("series-0-step", "3"), ("series-0-total", "2")]),
            one("series-0-step", "step")
        );
        let long = "é".repeat(text::LONGEST + 1);
        assert_eq!(wrong(&[("body", &long)]), one("body", "too-long"));
        assert_eq!(read_with(&[("title", " \u{200B} ")], None).unwrap_err()[0].code, "title");
    }

    #[test]
    fn the_second_of_two_hours_of_a_night_becomes_the_first() {
        let fields =
            |fold| [("title", "T"), ("slot-0-day", "2026-10-25"), ("slot-0-from", "02:30"), ("slot-0-fold", fold)];
        for (fold, is) in [("first", "2026-10-25T02:30:00+02:00"), ("second", "2026-10-25T02:30:00+01:00")] {
            let event = read_with(&fields(fold), None).unwrap();
            assert_eq!(event.slots[0].when.start().unwrap().to_string(), is);
            let pictures = Address::new("https://lab.example/pictures/").unwrap();
            assert_eq!(Form::of(&event, &pictures).cell("slot", 0, "fold"), fold);
        }
    }

    #[test]
    fn an_event_that_is_opened_and_saved_says_something_else() {
        let fields = [
            ("title", "L’eau, demain"),
            ("summary", "Deux phrases. Voilà."),
            ("body", "Un **texte**\n\n- et une liste"),
            ("slot-0-day", "2026-11-19"),
            ("slot-0-from", "10:00"),
            ("slot-0-to", "11:30"),
            ("slot-1-day", "2026-11-20"),
            ("slot-2-day", "2026-11-21"),
            ("slot-2-last", "2026-11-23"),
            ("slot-2-kind", "all-day"),
            ("slot-2-availability", "full"),
            ("mode", "mixed"),
            ("place-0-name", "Préfecture"),
            ("place-0-street", "1 rue de la Paix"),
            ("place-0-city", "Tulle"),
            ("place-0-geo", "45.26, 1.77"),
            ("online-0-access", "public"),
            ("online-0-href", "https://lab.example/direct"),
            ("registration-href", "lab@lab.example"),
            ("registration-required", "yes"),
            ("registration-free", "yes"),
            ("registration-capacity", "30"),
            ("registration-per", "slot"),
            ("registration-closes", "2026-11-18T18:00"),
            ("speaker-0-name", "Ada"),
            ("speaker-0-affiliation", "INRIA"),
            ("organiser-0-name", "Ti Lab"),
            ("resource-0-href", "https://lab.example/d.pdf"),
            ("resource-0-kind", "slides"),
            ("resource-0-title", "42 participants"),
            ("image", "0123456789abcdef0123456789abcdef.jpg"),
            ("image-alt", "Une rivière"),
            ("tags", "eau, climat"),
            ("topics", "Sobriété"),
            ("edition-0-code", "mip-2026"),
            ("edition-0-title", "Mois 2026"),
            ("series-0-title", "Parcours eau"),
            ("series-0-step", "1"),
            ("series-0-total", "3"),
            ("access-note", "Rampe"),
            ("region-0-code", "FR-NAQ"),
            ("format", "workshop"),
            ("format", "debate"),
            ("audience", "everyone"),
            ("access", "step-free"),
        ];
        let event = read_with(&fields, None).unwrap();
        assert_eq!(event.places[0].commune().unwrap().as_str(), "19272");
        assert_eq!(event.places[0].postcode.as_ref().unwrap().as_str(), "19000");
        assert_eq!(event.registration.as_ref().unwrap().href.as_ref().unwrap().as_str(), "mailto:lab@lab.example");
        let pictures = Address::new("https://lab.example/pictures/").unwrap();
        let form = Form::of(&event, &pictures);
        for (name, value) in fields {
            if !matches!(name, "registration-href") {
                assert!(form.all(name).any(|v| v == value), "{name}: {:?}", form.get(name));
            }
        }
        let values: Vec<(&str, &str)> = form.values().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let again = read_with(&values, Some(&event)).unwrap();
        assert_eq!(again, event);
        // Refs are kept by those that stay, and never given again to another.
        assert_eq!(event.slots.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["c1", "c2", "c3"]);
    }

    #[test]
    fn what_the_form_does_not_show_is_lost_when_an_event_is_changed() {
        let mut parts = read_with(&[("title", "T"), ("slot-0-day", "2026-11-19")], None).unwrap().into_parts();
        let place = |name: &str| Place { name: Line::new(name).ok(), ..Place::default() };
        parts.places = vec![place("A"), place("B")].into();
        parts.slots.edit()[0].place = Some(place("C")).into();
        parts.sequence = 4;
        let known = Event::new(parts).unwrap();
        let fields = [("title", "U"), ("slot-0-ref", "c1"), ("slot-0-day", "2026-11-20"), ("place-0-name", "A")];
        let event = read_with(&fields, Some(&known)).unwrap();
        assert_eq!((event.places.len(), event.sequence), (1, 4));
        assert_eq!(event.slots[0].place, known.slots[0].place);
        assert_eq!(event.id, known.id);
    }

    #[test]
    fn a_second_place_access_edition_series_or_region_is_lost_or_takes_what_another_has() {
        let fields = [
            ("title", "T"),
            ("place-0-name", "A"),
            ("place-0-city", "Tulle"),
            ("place-1-name", "B"),
            ("place-1-geo", "45.76, 4.84"),
            ("place-2-new", "1"),
            ("online-0-access", "public"),
            ("online-0-href", "https://lab.example/fr"),
            ("online-1-access", "registered"),
            ("online-1-note", "En langue des signes"),
            ("edition-0-code", "mip-2026"),
            ("edition-1-code", "lab-2026"),
            ("edition-1-title", "Un an du laboratoire"),
            ("series-0-title", "Eau"),
            ("series-0-step", "1"),
            ("series-1-title", "Climat"),
            ("series-1-step", "2"),
            ("series-1-total", "3"),
            ("region-0-code", "FR-NAQ"),
            ("region-1-code", "FR-ARA"),
        ];
        let event = read_with(&fields, None).unwrap();
        let lengths = [event.places.len(), event.online.len(), event.editions.len(), event.series.len()];
        assert_eq!((lengths, event.regions.len()), ([2; 4], 2));
        let pictures = Address::new("https://lab.example/pictures/").unwrap();
        let mut form = Form::of(&event, &pictures);
        let read = |form: &Form| {
            let values: Vec<(&str, &str)> = form.values().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            read_with(&values, Some(&event)).unwrap()
        };
        assert_eq!(read(&form), event);
        // The second stays itself when the first is taken away: the commune and the link are the first's.
        for kind in ["place", "online", "edition", "series", "region"] {
            form.remove_row(kind, 0);
        }
        let left = read(&form);
        assert_eq!((&left.places[..], &left.online[..]), (&event.places[1..], &event.online[1..]));
        assert_eq!((&left.editions[..], &left.series[..]), (&event.editions[1..], &event.series[1..]));
        assert_eq!(*left.regions, event.regions[1..]);
        assert!(left.places[0].commune().is_none() && left.places[0].geo.is_some());
        // What is wrong is told beside its own row.
        assert_eq!(wrong(&[("place-1-geo", "x")]), [("place-1-geo".to_owned(), "geo")]);
        assert_eq!(wrong(&[("online-2-href", "https://a.example/")]), [("online-2-access".to_owned(), "online")]);
        assert_eq!(wrong(&[("edition-1-title", "X")]), [("edition-1-code".to_owned(), "edition")]);
        assert_eq!(wrong(&[("series-1-step", "2")]), [("series-1-title".to_owned(), "series")]);
        // A draft from when there was one of each.
        let old = Form::from_values([("place-city".to_owned(), "Lyon".to_owned()), ("region".into(), "FR-ARA".into())]);
        assert_eq!((old.cell("place", 0, "city"), old.cell("region", 0, "code")), ("Lyon", "FR-ARA"));
    }

    #[test]
    fn a_weekly_slot_keeps_its_hour_over_summer_time_or_shares_a_name() {
        let mut form = form(&[
            ("title", "T"),
            ("slot-0-ref", "c1"),
            ("slot-0-day", "2026-10-20"),
            ("slot-0-from", "18:00"),
            ("slot-0-status", "cancelled"),
            ("slot-1-day", "2026-12-01"),
        ]);
        form.repeat_slot(0, 2, 7);
        assert_eq!(form.rows("slot"), 4);
        let values: Vec<(&str, &str)> = form.values().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let event = read_with(&values, None).unwrap();
        let when: Vec<String> = event.slots.iter().filter_map(|s| s.when.start()).map(|m| m.to_string()).collect();
        assert_eq!(when, ["2026-10-20T18:00:00+02:00", "2026-10-27T18:00:00+01:00", "2026-11-03T18:00:00+01:00"]);
        assert_eq!(event.slots.iter().filter(|slot| slot.status.is_some()).count(), 1, "a copy is cancelled too");
        form.remove_row("slot", 1);
        assert_eq!((form.rows("slot"), form.cell("slot", 1, "day")), (3, "2026-11-03"));
        form.repeat_slot(0, 1000, 7);
        assert_eq!(form.rows("slot"), MOST_SLOTS);
        assert_eq!(cell("slot-200-day"), None, "a row past the most is read");
    }
}
