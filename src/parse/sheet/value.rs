//! What stands in one cell, as a value of an event, or what is the matter with it.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use super::Trouble;
use super::book::{Cell, MOST_CHARACTERS};
use crate::event::text::fold;
use crate::event::{
    AccessCode, Address, Audience, Availability, Contact, Format, Html, Line, Mode, Organiser, Resource, ResourceKind,
    Speaker, Status,
};
use crate::language::Tongue;
use crate::parse::dates;
use crate::parse::draft::Clock;

/// Why a cell cannot be taken as it is, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub Trouble, pub String);

/// What reading a cell gives.
pub type Taken<T> = Result<T, Wrong>;

fn wrong<T>(trouble: Trouble, instead: impl ToString) -> Taken<T> {
    Err(Wrong(trouble, instead.to_string()))
}

/// Which of day and month is written first where both could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// 19/11/2026.
    DayFirst,
    /// 11/19/2026.
    MonthFirst,
    /// Nobody knows.
    Unknown,
}

/// Tells the order of a column's dates by those that leave no choice; where none does, French is known to write the
/// day first.
pub fn order<'a>(cells: impl Iterator<Item = &'a Cell>, tongue: Tongue) -> Order {
    let (mut day, mut month) = (false, false);
    for cell in cells {
        let Cell::Text(text) = cell else { continue };
        if let Some((first, second, _)) = slashed(text) {
            day |= first > 12;
            month |= second > 12;
        }
    }
    match (day, month, tongue) {
        (true, false, _) | (false, false, Tongue::French) => Order::DayFirst,
        (false, true, _) => Order::MonthFirst,
        _ => Order::Unknown,
    }
}

/// Two numbers and a year, `04/05/2026`, and what stands behind them.
fn slashed(text: &str) -> Option<(i8, i8, (i16, &str))> {
    let text = text.trim();
    let text = text.trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, '.' | ',' | ' '));
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '/' | '.' | '-')).unwrap_or(text.len());
    let mut parts = text[..end].trim_end_matches(['.', '-']).split(['/', '.', '-']);
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || first.len() > 2 || second.len() > 2 {
        return None;
    }
    let year: i16 = match year.len() {
        4 => year.parse().ok()?,
        // Nobody lists events of the last century.
        2 => 2000 + year.parse::<i16>().ok()?,
        _ => return None,
    };
    Some((first.parse().ok()?, second.parse().ok()?, (year, &text[end..])))
}

/// The first number that spreadsheets and we take for a day: 1982. What is smaller counts something else.
const EARLIEST_SERIAL: f64 = 30_000.0;
/// The last one: 2119.
const LATEST_SERIAL: f64 = 80_000.0;

/// A day, an hour with it, and an end where both stand in one cell; with a trouble that is only to be told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// The day.
    pub date: Option<Date>,
    /// The hour.
    pub time: Option<Time>,
    /// A whole point in time of its own zone, where the cell says one.
    pub clock: Option<Clock>,
    /// The hour at which it ends.
    pub until: Option<Time>,
    /// What is to be told.
    pub note: Option<Trouble>,
}

/// A cell that says a day.
pub fn day(cell: &Cell, order: Order) -> Taken<Told> {
    match cell {
        Cell::Nothing => Ok(Told::default()),
        Cell::Failed(text) => wrong(Trouble::DateUnreadable, text),
        Cell::Clock(date, time) => match date {
            Some(_) => Ok(Told { date: *date, time: *time, ..Told::default() }),
            None => wrong(Trouble::DateUnreadable, "2026-11-19"),
        },
        // A day whose column was formatted as a number.
        Cell::Number(number) if (EARLIEST_SERIAL..LATEST_SERIAL).contains(number) => {
            let epoch = Date::constant(1899, 12, 30);
            #[expect(clippy::cast_possible_truncation, reason = "within 80,000, checked on the line above")]
            let (days, seconds) = (number.floor() as i64, (number.fract() * 86_400.0).round() as i64);
            let date = epoch.checked_add(jiff::Span::new().days(days)).ok();
            let time = Time::midnight().checked_add(SignedDuration::from_secs(seconds)).ok().filter(|_| seconds > 0);
            Ok(Told { date, time, note: Some(Trouble::NumberAsDate), ..Told::default() })
        }
        Cell::Number(_) => wrong(Trouble::DateUnreadable, "2026-11-19"),
        Cell::Text(text) => day_in_words(text, order),
    }
}

fn day_in_words(text: &str, order: Order) -> Taken<Told> {
    if let Some((first, second, (year, rest))) = slashed(text) {
        let date = |day, month| Date::new(year, month, day).ok();
        let both = (date(first, second), date(second, first));
        let date = match (both, order) {
            ((Some(one), Some(other)), _) if one == other => one,
            ((Some(day_first), None), _) | ((Some(day_first), _), Order::DayFirst) => day_first,
            ((None, Some(month_first)), _) | ((_, Some(month_first)), Order::MonthFirst) => month_first,
            ((Some(one), Some(other)), Order::Unknown) => {
                return wrong(Trouble::DateAmbiguous, format!("{one} / {other}"));
            }
            ((None, None), _) => return wrong(Trouble::DateUnreadable, "2026-11-19"),
        };
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | 'à' | '@' | '-' | 'T'));
        if rest.is_empty() {
            return Ok(Told { date: Some(date), ..Told::default() });
        }
        let hours = hours(rest).ok_or_else(|| Wrong(Trouble::DateUnreadable, date.to_string()))?;
        return Ok(Told { date: Some(date), ..hours });
    }
    match dates::clock(text) {
        Some(Clock::Day(date)) => Ok(Told { date: Some(date), ..Told::default() }),
        Some(Clock::Floating(wall)) => Ok(of_wall(wall)),
        Some(clock) => Ok(Told { clock: Some(clock), ..Told::default() }),
        None => {
            let instead = dates::in_words(text).map_or_else(|| "2026-11-19".to_owned(), |told| told.to_string());
            wrong(Trouble::DateUnreadable, instead)
        }
    }
}

fn of_wall(wall: DateTime) -> Told {
    Told { date: Some(wall.date()), time: Some(wall.time()), ..Told::default() }
}

/// A cell that says an hour, or from when until when.
pub fn hour(cell: &Cell) -> Taken<Told> {
    let unreadable = || Wrong(Trouble::TimeUnreadable, "10:00".to_owned());
    match cell {
        Cell::Nothing => Ok(Told::default()),
        Cell::Clock(_, Some(time)) => Ok(Told { time: Some(*time), ..Told::default() }),
        // A part of a day; midnight is the whole number 0.
        Cell::Number(number) if (0.0..1.0).contains(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "a day has 86,400 seconds")]
            let seconds = (number * 86_400.0).round() as i64;
            let time = Time::midnight().checked_add(SignedDuration::from_secs(seconds)).map_err(|_| unreadable())?;
            Ok(Told { time: Some(time), ..Told::default() })
        }
        // "10" for ten o'clock leaves no doubt in a column of hours.
        Cell::Number(number) if number.fract() == 0.0 && (0.0..24.0).contains(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "below 24, checked on the line above")]
            let time = Time::new(*number as i8, 0, 0, 0).map_err(|_| unreadable())?;
            Ok(Told { time: Some(time), ..Told::default() })
        }
        Cell::Text(text) => hours(text).ok_or_else(unreadable),
        Cell::Clock(..) | Cell::Number(_) | Cell::Failed(_) => Err(unreadable()),
    }
}

/// `10 h 30`, `10:00 - 11:30`, `de 14h à 16h`.
fn hours(text: &str) -> Option<Told> {
    let folded = fold(text);
    let words = folded.trim().trim_start_matches("de ").trim_start_matches("from ").trim_start_matches("a ");
    let one = |text: &str| {
        let text = text.trim().trim_end_matches('.');
        let whole = text.parse::<i8>().ok().and_then(|hour| Time::new(hour, 0, 0, 0).ok());
        dates::hour(text).or(whole)
    };
    if let Some(time) = dates::hour(words.trim()) {
        return Some(Told { time: Some(time), ..Told::default() });
    }
    [" a ", " - ", "–", "—", "-", "/", " to ", "→"].iter().find_map(|sign| {
        let (from, until) = words.split_once(sign)?;
        Some(Told { time: Some(one(from)?), until: Some(one(until)?), ..Told::default() })
    })
}

/// How long, in whole minutes: `90 min`, `1h30`, `PT1H30M`, or hours as a spreadsheet counts them.
pub fn minutes(cell: &Cell) -> Taken<u32> {
    let unreadable = || Wrong(Trouble::NotANumber, "90 min".to_owned());
    let of_time = |time: &Time| u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs());
    match cell {
        Cell::Clock(None, Some(time)) => Ok(of_time(time)),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive part of a day")]
        Cell::Number(number) if *number > 0.0 && *number < 1.0 => Ok((number * 24.0 * 60.0).round() as u32),
        // A bare number: nobody knows of what.
        Cell::Text(text) => {
            let folded = fold(text).replace([' ', '\u{a0}'], "");
            let number = ["minutes", "min", "mn"].iter().find_map(|unit| folded.strip_suffix(unit)?.parse().ok());
            let whole = crate::event::Minutes::parse(text).ok().map(crate::event::Minutes::get);
            number.or(whole).or_else(|| dates::hour(&folded).as_ref().map(of_time)).ok_or_else(unreadable)
        }
        _ => Err(unreadable()),
    }
}

/// One line of words.
pub fn line(cell: &Cell) -> Taken<Line> {
    let text = match cell {
        Cell::Failed(text) => return wrong(Trouble::Formula, text),
        cell => cell.to_string(),
    };
    line_of(&text)
}

fn line_of(text: &str) -> Taken<Line> {
    Line::new(text).map_err(|_| Wrong(Trouble::TooLong, Line::MOST.to_string()))
}

/// A text of paragraphs, plain or marked up.
pub fn html(cell: &Cell) -> Taken<Option<Html>> {
    let text = match cell {
        Cell::Failed(text) => return wrong(Trouble::Formula, text),
        cell => cell.to_string(),
    };
    if text.chars().count() > MOST_CHARACTERS {
        return wrong(Trouble::TooLong, MOST_CHARACTERS);
    }
    let marked = ["<p", "<ul", "<ol", "<br", "<h2", "<h3", "<div", "<strong", "<em", "<a ", "<li", "<b>", "<i>"];
    let html =
        if marked.iter().any(|tag| text.contains(tag)) { Html::clean(&text, None) } else { Html::from_text(&text) };
    Ok(html)
}

/// A cell in pieces, as people divide them.
pub fn list(cell: &Cell) -> Taken<Vec<String>> {
    let text = match cell {
        Cell::Failed(text) => return wrong(Trouble::Formula, text),
        cell => cell.to_string(),
    };
    Ok(text.split([';', '\n']).map(str::trim).filter(|piece| !piece.is_empty()).map(str::to_owned).collect())
}

/// Yes or no.
pub fn yes(cell: &Cell) -> Taken<bool> {
    match fold(&cell.to_string()).trim() {
        "oui" | "yes" | "o" | "y" | "x" | "vrai" | "true" | "1" | "gratuit" | "gratuite" | "free" => Ok(true),
        "non" | "no" | "n" | "faux" | "false" | "0" | "payant" | "paid" => Ok(false),
        _ => wrong(Trouble::UnknownWord, both("cell-yes", "cell-no")),
    }
}

fn both(one: &str, other: &str) -> String {
    [Tongue::French, Tongue::English].map(|tongue| format!("{}, {}", tongue.say(one), tongue.say(other))).join(" / ")
}

/// A number of people or steps.
pub fn count(cell: &Cell) -> Taken<u32> {
    let number = match cell {
        Cell::Number(number) => *number,
        Cell::Text(text) => {
            let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            text.parse().map_err(|_| Wrong(Trouble::NotANumber, "20".to_owned()))?
        }
        _ => return wrong(Trouble::NotANumber, "20"),
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and in range, checked on this line"
    )]
    if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
        Ok(number as u32)
    } else {
        wrong(Trouble::NotANumber, "20")
    }
}

/// Degrees.
pub fn degrees(cell: &Cell) -> Taken<f64> {
    match cell {
        Cell::Number(number) => Ok(*number),
        Cell::Text(text) => {
            text.trim().replace(',', ".").parse().map_err(|_| Wrong(Trouble::NotANumber, "45.764".to_owned()))
        }
        _ => wrong(Trouble::NotANumber, "45.764"),
    }
}

/// An address of the web.
pub fn address(cell: &Cell) -> Taken<Address> {
    address_of(&cell.to_string())
}

fn address_of(text: &str) -> Taken<Address> {
    let text = text.trim();
    Address::new(text).map_err(|_| {
        let host = text.split(['/', '?']).next().unwrap_or_default();
        let looks = !text.contains("://") && host.contains('.') && !text.contains(char::is_whitespace);
        let instead = looks.then(|| Address::new(&format!("https://{text}")).ok()).flatten();
        Wrong(Trouble::NotAnAddress, instead.map_or_else(|| "https://…".to_owned(), |address| address.to_string()))
    })
}

/// Where to write or call to register.
pub fn contact(cell: &Cell) -> Taken<Contact> {
    let text = cell.to_string();
    let text = text.trim();
    Contact::new(text).or_else(|_| match text.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace) => {
            wrong(Trouble::NotAnAddress, format!("mailto:{text}"))
        }
        _ => address_of(text).map(Contact::from),
    })
}

/// The closed lists of the profile, which cells name by their words in either language or by their codes.
pub trait Coded: Copy + 'static {
    /// The list's name among the sentences.
    const LIST: &'static str;
    /// Every code.
    fn all() -> &'static [Self];
    /// One code.
    fn code(self) -> &'static str;
}

macro_rules! coded {
    ($($type:ident = $list:literal,)+) => {
        $(impl Coded for $type {
            const LIST: &'static str = $list;
            fn all() -> &'static [Self] {
                $type::ALL
            }
            fn code(self) -> &'static str {
                $type::code(self)
            }
        })+
    };
}

coded! {
    Format = "format",
    Audience = "audience",
    Mode = "mode",
    Status = "status",
    Availability = "availability",
    AccessCode = "accessibility",
    ResourceKind = "resource",
}

/// Other words for codes, folded.
const WORDS: &[(&str, &str, &str)] = &[
    ("mode", "presentiel", "offline"),
    ("mode", "sur place", "offline"),
    ("mode", "sur site", "offline"),
    ("mode", "in person", "offline"),
    ("mode", "distanciel", "online"),
    ("mode", "a distance", "online"),
    ("mode", "visio", "online"),
    ("mode", "visioconference", "online"),
    ("mode", "hybrid", "mixed"),
    ("mode", "presentiel et distanciel", "mixed"),
    ("status", "confirme", "scheduled"),
    ("status", "maintenu", "scheduled"),
    ("status", "confirmed", "scheduled"),
    ("status", "oui", "cancelled"),
    ("status", "annulee", "cancelled"),
    ("status", "canceled", "cancelled"),
    ("status", "reportee", "postponed"),
    ("status", "deplace", "rescheduled"),
    ("availability", "oui", "full"),
    ("availability", "non", "open"),
    ("availability", "complet", "full"),
    ("format", "webinar", "webinar"),
    ("format", "visio", "webinar"),
    ("format", "portes ouvertes", "visit"),
    ("format", "visite", "visit"),
    ("format", "visit", "visit"),
    ("format", "marathon creatif", "hackathon"),
    ("audience", "tout public", "everyone"),
    ("audience", "agents", "public-servants"),
    ("audience", "agents de l'etat", "public-servants"),
    ("audience", "citoyens", "citizens"),
    ("accessibility", "plain-pied", "step-free"),
    ("accessibility", "pmr", "mi"),
    ("accessibility", "langue des signes", "lsf"),
    ("accessibility", "sous-titres", "captions"),
];

/// The code that a word names.
pub fn code<C: Coded>(word: &str) -> Taken<C> {
    let folded = fold(word.trim());
    let all = C::all().iter().copied();
    let named = |code: C| {
        folded == code.code()
            || [Tongue::French, Tongue::English]
                .iter()
                .any(|tongue| fold(&tongue.label(C::LIST, code.code())) == folded)
    };
    let other = WORDS.iter().find(|(list, word, _)| *list == C::LIST && *word == folded).map(|(_, _, code)| *code);
    let found = all.clone().find(|code| named(*code)).or_else(|| all.clone().find(|code| Some(code.code()) == other));
    found.ok_or_else(|| {
        let labels: Vec<String> = all.map(|code| Tongue::French.label(C::LIST, code.code())).collect();
        Wrong(Trouble::UnknownWord, labels.join(", "))
    })
}

/// The codes that a cell names; words with commas between them too.
pub fn codes<C: Coded>(cell: &Cell) -> Taken<Vec<C>> {
    let mut codes = Vec::new();
    for piece in list(cell)? {
        match code(&piece) {
            Ok(code) => codes.push(code),
            Err(wrong) if piece.contains(',') => {
                for word in piece.split(',') {
                    codes.push(code(word).map_err(|_: Wrong| wrong.clone())?);
                }
            }
            Err(wrong) => return Err(wrong),
        }
    }
    Ok(codes)
}

/// `Name <https://…>`: the name, and the address where one stands in angle brackets.
fn named(piece: &str) -> Taken<(String, Option<Address>)> {
    let Some((name, rest)) = piece.rsplit_once('<').filter(|(_, rest)| rest.ends_with('>')) else {
        return Ok((piece.to_owned(), None));
    };
    Ok((name.trim().to_owned(), Some(address_of(rest.trim_end_matches('>'))?)))
}

/// Who organises: the first owns the event.
pub fn organisers(cell: &Cell) -> Taken<Vec<Organiser>> {
    let mut all = Vec::new();
    for piece in list(cell)? {
        let (name, page) = named(&piece)?;
        let role = if all.is_empty() { None } else { Line::new(Organiser::CO_ORGANISER).ok() };
        all.push(Organiser { name: line_of(&name)?, page, role });
    }
    Ok(all)
}

/// Who speaks.
pub fn speakers(cell: &Cell) -> Taken<Vec<Speaker>> {
    let mut all = Vec::new();
    for piece in list(cell)? {
        let (name, page) = named(&piece)?;
        let (name, affiliation) = match name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
            Some((name, affiliation)) => (name.to_owned(), Some(line_of(affiliation)?)),
            None => (name, None),
        };
        all.push(Speaker { name: line_of(&name)?, page, role: Line::new(Speaker::SPEAKER).ok(), affiliation });
    }
    Ok(all)
}

/// Slides, recordings, photos, by their addresses.
pub fn resources(cell: &Cell) -> Taken<Vec<Resource>> {
    let mut all = Vec::new();
    for piece in list(cell)? {
        let (name, href) = match named(&piece)? {
            (name, Some(href)) => (name, href),
            (text, None) => (String::new(), address_of(&text)?),
        };
        let (kind, title) = match name.split_once(':') {
            Some((kind, title)) if code::<ResourceKind>(kind).is_ok() => (code(kind).ok(), Some(title.trim())),
            _ => match code::<ResourceKind>(&name) {
                Ok(kind) => (Some(kind), None),
                Err(_) => (None, Some(name.as_str())),
            },
        };
        let title = title.filter(|title| !title.is_empty()).map(line_of).transpose()?;
        all.push(Resource {
            href,
            kind: kind.unwrap_or(ResourceKind::Other),
            media_type: None,
            length: None,
            title,
            foreign: Default::default(),
        });
    }
    Ok(all)
}
