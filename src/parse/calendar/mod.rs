//! iCalendar (RFC 5545, RFC 7986, with what RFC 9073 and RFC 9253 add) into entries.
//!
//! One entrance, [`read`]. It hides how programs write calendars: components of one `UID` become one event with a slot
//! for each date, rules of recurrence are expanded within bounds, and zones by whatever name become those of the IANA
//! database. `lines` cuts the document within bounds, calcard reads the lines of each component, `series` makes slots.

mod clock;
mod describe;
mod fields;
mod group;
mod lines;
mod producer;
mod recurrence;
mod series;
mod zones;

use calcard::icalendar::{ICalendar, ICalendarProperty as Property, ICalendarValue};
use calcard::{Entry, Parser};

pub use lines::unfolded;
pub use series::{Series, Window};

use self::clock::Clocks;
use self::fields::Fields;
use self::group::Group;
use self::lines::{Component, Cut, Uncut};
use self::producer::Producer;
use self::series::sessions;
use self::zones::Zones;
use super::draft::{Draft, Gathering, plain};
use super::{Rejected, reject};
use crate::event::{Address, Id, Line, Status, Zone};
use crate::format::{FeedFacts, Hints, Reading};
use crate::programme::Code;

/// Most tags of an event: more sort nothing.
const MOST_TAGS: usize = 100;

/// Reads a calendar.
///
/// # Errors
/// [`Rejected`] when it was cut off or is past the bounds.
pub fn read(document: &str, hints: &Hints) -> Result<Reading, Rejected> {
    let cut = lines::cut(document).map_err(|uncut| match uncut {
        Uncut::CutOff => reject(Code::CutOff, "END:VCALENDAR"),
        Uncut::TooMuch(what) => reject(Code::TooMuch, what),
    })?;
    Ok(gather(cut, hints))
}

fn gather(cut: Cut, hints: &Hints) -> Reading {
    let definitions: Vec<ICalendar> = cut.zones.iter().filter_map(|zone| parsed(&zone.text)).collect();
    let calendar = fields(cut.calendar).unwrap_or_default();
    let zones = Zones::new(&definitions, calendar.other("X-WR-TIMEZONE").as_deref());
    let mut clocks = Clocks { zones: &zones, unknown: Default::default() };
    let producer = Producer::new(&calendar);
    let cancelled = calendar.text(&Property::Method).is_some_and(|method| method.trim().eq_ignore_ascii_case("CANCEL"));
    let mut window = Window::new(hints.seen);
    let mut gathering = Gathering::new(facts(&calendar), hints);
    let events = cut.events.into_iter().filter_map(fields).collect();
    for group in group::groups(events, &producer) {
        let about = Id::new(group.id.as_deref().unwrap_or_default()).ok();
        if let Some(private) = group.all().find(|fields| fields.is_private()) {
            gathering.find(Code::PrivateEvent, about.as_ref(), &private.text(&Property::Class).unwrap_or_default());
            // It may have been public before.
            about.into_iter().for_each(|id| gathering.withdraw(id));
            continue;
        }
        let title = group.first.text(&Property::Summary).unwrap_or_default();
        if producer.is_placeholder(&title) {
            gathering.find(Code::PlaceholderEntry, about.as_ref(), &title);
            continue;
        }
        let found = match sessions(&group, &producer, &mut clocks, &mut window) {
            Ok(found) => found,
            Err(unreadable) => {
                let draft = describe::draft(&group, &producer, hints);
                gathering.add(Draft { unreadable: Some(unreadable), ..draft });
                continue;
            }
        };
        if found.without_dates {
            // Its dates were taken out one by one, or went on to another series.
            gathering.find(Code::PlaceholderEntry, about.as_ref(), &title);
            about.into_iter().for_each(|id| gathering.withdraw(id));
            continue;
        }
        for (code, detail) in &found.findings {
            gathering.find(*code, about.as_ref(), detail);
        }
        // A picture written as text is none that could be shown.
        let pictures = ["ATTACH", "IMAGE"];
        for name in group.all().flat_map(|fields| &fields.too_long).filter(|name| !pictures.contains(&name.as_str())) {
            gathering.find(Code::BadValue, about.as_ref(), name);
        }
        if group.shared {
            gathering.find(Code::IdShared, about.as_ref(), &title);
        }
        let mut draft = describe::draft(&group, &producer, hints);
        if draft.tags.len() > MOST_TAGS {
            gathering.find(Code::BadValue, about.as_ref(), &format!("CATEGORIES: {}", draft.tags.len()));
            draft.tags.truncate(MOST_TAGS);
        }
        draft.zone = zones.own.clone();
        draft.sessions = found.sessions;
        draft.status = if cancelled { Some(Status::Cancelled) } else { found.status };
        gathering.add(draft);
    }
    for name in std::mem::take(&mut clocks.unknown) {
        gathering.find(Code::BadValue, None, &format!("TZID: {name}"));
    }
    gathering.done()
}

/// The dates of an event that another format tells in iCalendar's terms: of its properties only those are here that say
/// when it is (RFC 5545 §3.8.2, §3.8.5), each on a line of its own. `home` is the zone of times that name none, `window`
/// the one of the whole document.
///
/// # Errors
/// What cannot be read: then nothing is known of when it is.
pub fn dates(lines: &str, home: Option<&Zone>, window: &mut Window) -> Result<Series, String> {
    let calendar = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n");
    let unread = || lines.split_whitespace().collect::<Vec<_>>().join(" ");
    let events = lines::cut(&calendar).map_err(|_| unread())?.events;
    let event = events.into_iter().next().and_then(fields).ok_or_else(unread)?;
    let zones = Zones::of(home);
    let mut clocks = Clocks { zones: &zones, unknown: Default::default() };
    let mut series = sessions(&Group::new(None, event), &Producer::default(), &mut clocks, window)?;
    series.findings.extend(clocks.unknown.into_iter().map(|name| (Code::BadValue, format!("TZID: {name}"))));
    Ok(series)
}

/// A component as the library reads it.
fn parsed(text: &str) -> Option<ICalendar> {
    match Parser::new(text).entry() {
        Entry::ICalendar(calendar) => Some(calendar),
        _ => None,
    }
}

fn fields(component: Component<'_>) -> Option<Fields<'_>> {
    let read = parsed(&component.text)?.components.into_iter().next()?;
    Some(Fields::new(read, component.raw, component.too_long))
}

/// What the calendar says of itself.
fn facts(calendar: &Fields) -> FeedFacts {
    let address = |text: Option<String>| text.and_then(|text| Address::new(&text).ok());
    let name = calendar.text(&Property::Name).or_else(|| calendar.other("X-WR-CALNAME"));
    let id = calendar.text(&Property::Uid).or_else(|| calendar.other("X-WR-RELCALID"));
    let pause = match calendar.entry(&Property::RefreshInterval).and_then(|entry| entry.values.first()) {
        Some(ICalendarValue::Duration(told)) => Some(clock::length(told)),
        _ => calendar.other("X-PUBLISHED-TTL").and_then(|text| text.trim().parse().ok()),
    };
    FeedFacts {
        id: id.and_then(|id| Id::new(&id).ok()),
        title: name.as_deref().and_then(plain),
        page: address(calendar.text(&Property::Url)).or_else(|| address(calendar.other("X-ORIGINAL-URL"))),
        generator: calendar.text(&Property::Prodid).and_then(|text| Line::new(&text).ok()),
        topic: address(calendar.text(&Property::Source)),
        pause: pause.and_then(|pause| pause.try_into().ok()),
        ..FeedFacts::default()
    }
}

#[cfg(test)]
mod tests;
