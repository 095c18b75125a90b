//! JSON into entries: JSON Feed, and what those who list events export.
//!
//! Recognised by its members, never by its address. Size and depth are bounded before anything is built. How the
//! family of documents that hold schema.org's terms is read is in [`schema_org`], which pages share.

mod activity;
mod listing;
pub mod openagenda;

pub mod schema_org;

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::draft::{Clock, Draft, Gathering};
use super::{Rejected, dates, json_feed, reject, schedule};
use crate::event::{Address, Id, Language, Line, Organiser};
use crate::format::{FeedFacts, Hints, Reading};
use crate::programme::Code;

/// Most events of one document, as for feeds.
pub const MOST_EVENTS: usize = 5_000;
/// Values inside each other beyond which a document is refused.
const DEEPEST: usize = 64;
/// Values of one document. An agenda of 300 events with 80 slots each has some 100,000.
const MOST_VALUES: usize = 400_000;
/// Values that are visited in search of events.
const MOST_VISITS: usize = 200_000;

/// Reads JSON of any dialect we know.
///
/// # Errors
/// [`Rejected`]: it is not JSON, or lists no events.
pub fn read(text: &str, hints: &Hints) -> Result<Reading, Rejected> {
    let value = parse(text)?;
    if text_at(&value, "version").is_some_and(|version| version.contains("jsonfeed.org/version")) {
        return json_feed::read(&value, hints);
    }
    let readers: [fn(&Value, &Hints) -> Option<Listing>; 5] = [
        openagenda::read,
        |value, _| schedule::from_json(value),
        activity::read,
        |value, hints| {
            let drafts = schema_org::drafts(value, hints);
            (!drafts.is_empty()).then_some(Listing { drafts, ..Listing::default() })
        },
        listing::read,
    ];
    match readers.iter().find_map(|reader| reader(&value, hints)) {
        Some(listing) => listing.gather(hints),
        None => json_feed::read(&value, hints),
    }
}

/// What a document lists, and what it says of itself.
#[derive(Default)]
pub struct Listing {
    /// What it says of itself.
    pub feed: FeedFacts,
    /// Its events.
    pub drafts: Vec<Draft>,
    /// Events that it says are none any more, or not for the public.
    pub withdrawn: Vec<Id>,
}

impl Listing {
    /// Takes all up that it lists.
    ///
    /// # Errors
    /// [`Code::TooMuch`].
    pub fn gather(self, hints: &Hints) -> Result<Reading, Rejected> {
        if self.drafts.len() + self.withdrawn.len() > MOST_EVENTS {
            return Err(reject(Code::TooMuch, &format!("more than {MOST_EVENTS} entries")));
        }
        let mut gathering = Gathering::new(self.feed, hints);
        for draft in self.drafts {
            gathering.add(draft);
        }
        for id in self.withdrawn {
            gathering.withdraw(id);
        }
        Ok(gathering.done())
    }
}

/// Builds the values of a document, within bounds; mended once where it is broken in a way that takes no guess.
///
/// # Errors
/// [`Code::TooMuch`], [`Code::NotAFeed`] with where it breaks.
pub fn parse(text: &str) -> Result<Value, Rejected> {
    let (depth, values) = extent(text);
    if depth > DEEPEST {
        return Err(reject(Code::TooMuch, &format!("more than {DEEPEST} levels")));
    }
    if values > MOST_VALUES {
        return Err(reject(Code::TooMuch, &format!("more than {MOST_VALUES} values")));
    }
    serde_json::from_str(text).or_else(|error| match mend(text) {
        Cow::Borrowed(_) => Err(reject(Code::NotAFeed, &error.to_string())),
        Cow::Owned(mended) => serde_json::from_str(&mended).map_err(|_| reject(Code::NotAFeed, &error.to_string())),
    })
}

/// The most levels inside each other, and how many values at most.
fn extent(text: &str) -> (usize, usize) {
    let (mut depth, mut deepest, mut values) = (0usize, 0usize, 1usize);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
                values += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
    }
    (deepest, values)
}

/// Mends JSON where that takes no guess: line ends and other control characters inside strings, a comma after the last
/// member, an escaped apostrophe. Borrowed when there was nothing to mend.
pub fn mend(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut quoted, mut escaped) = (false, false);
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let replacement: Option<Cow<'_, str>> = match byte {
            b'\'' if escaped => {
                escaped = false;
                // The backslash goes with it.
                out.push_str(&text[from..at - 1]);
                from = at + 1;
                out.push('\'');
                continue;
            }
            _ if escaped => {
                escaped = false;
                None
            }
            b'\\' if quoted => {
                escaped = true;
                None
            }
            b'"' => {
                quoted = !quoted;
                None
            }
            b'\n' if quoted => Some(Cow::Borrowed("\\n")),
            b'\r' if quoted => Some(Cow::Borrowed("")),
            b'\t' if quoted => Some(Cow::Borrowed("\\t")),
            0..=0x1f if quoted => Some(Cow::Borrowed("")),
            b',' if !quoted => {
                let next = text.as_bytes()[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
                next.is_some_and(|byte| matches!(byte, b'}' | b']')).then_some(Cow::Borrowed(""))
            }
            _ => None,
        };
        if let Some(replacement) = replacement {
            out.push_str(&text[from..at]);
            out.push_str(&replacement);
            from = at + 1;
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// The value at a path of members: `location.name`. An index is a member of an array.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut here = value;
    for member in path.split('.') {
        here = match here {
            Value::Object(members) => members.get(member)?,
            Value::Array(items) => items.get(member.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    (!here.is_null()).then_some(here)
}

/// A text, or a number in its place; `None` when it says nothing.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The text at a path.
pub fn text_at(value: &Value, path: &str) -> Option<String> {
    at(value, path).and_then(text)
}

/// A text that may be given in several languages, `{"fr": …, "en": …}`: in the reader's, else in French, English, or
/// the first there is. With the language it is in, where that was said.
pub fn words(value: &Value, wanted: Option<&Language>) -> Option<(String, Option<Language>)> {
    match value {
        Value::Object(members) => {
            let wanted = wanted.map(Language::primary);
            let order = wanted.as_deref().into_iter().chain(["fr", "en"]).chain(members.keys().map(String::as_str));
            let said = order.filter_map(|code| Some((text(members.get(code)?)?, Language::new(code).ok())));
            said.into_iter().next()
        }
        other => text(other).map(|text| (text, None)),
    }
}

/// A number, or a text in its place.
pub fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// How many there are of something.
pub fn count(value: &Value) -> Option<u32> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()).and_then(|count| u32::try_from(count).ok())
}

/// One value or several: an array's items, or the value itself.
pub fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        other => std::slice::from_ref(other).iter(),
    }
}

/// Reads a point in time as JSON and pages write it: what any feed may write, and seconds told twice
/// (`12:30:00:00+01:00`).
pub fn clock(text: &str) -> Option<Clock> {
    dates::clock(text).or_else(|| {
        let (date, time) = text.trim().split_once(['T', ' '])?;
        let clock = time.get(..8)?;
        let twice =
            time.get(8..11).filter(|more| more.starts_with(':') && more[1..].bytes().all(|b| b.is_ascii_digit()))?;
        Clock::parse(&format!("{date}T{clock}{}", &time[8 + twice.len()..]))
    })
}

/// Reads an instant: RFC 3339, or seconds or milliseconds since 1970.
pub fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => {
            let number = number.as_i64()?;
            // Seconds pass this in the year 5138, milliseconds in 1973.
            let at = if number.abs() < 100_000_000_000 {
                Timestamp::from_second(number)
            } else {
                Timestamp::from_millisecond(number)
            };
            at.ok()
        }
        Value::String(text) => match clock(text)? {
            Clock::Instant(at) => Some(at),
            Clock::Offset(moment) => Some(moment.instant()),
            _ => None,
        },
        _ => None,
    }
}

/// Reads a duration of days, hours, minutes and seconds (ISO 8601). Months and years are of no fixed length.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.trim().parse().ok()?;
    if span.get_months() != 0 || span.get_years() != 0 {
        return None;
    }
    let duration = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?;
    duration.is_positive().then_some(duration)
}

/// Someone who organises, by name and home page.
fn organiser(name: &str, page: Option<&str>, base: Option<&Address>) -> Option<Organiser> {
    let page = page.and_then(|page| Address::join(base, page).ok());
    Some(Organiser { name: Line::new(name).ok()?, page, role: None })
}

#[cfg(test)]
mod tests;
