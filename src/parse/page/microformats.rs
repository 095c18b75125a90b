//! Events marked up in a page by classes: h-event (microformats2) and its ancestor hCalendar (`vevent`).
//!
//! Both name the same things under two sets of classes, which is the table [`PROPERTIES`]. What the markup makes of a
//! value (a title on `abbr`, a `datetime`, parts in the class `value`) is known here and nowhere else.

use jiff::civil::DateTime;
use scraper::ElementRef;

use super::tree::{below, has_class, words};
use crate::event::text::fold;
use crate::event::{Line, Organiser, Place, Status};
use crate::parse::dates;
use crate::parse::draft::{Clock, Draft, End, Session};
use crate::parse::json::duration;

/// What a class says of an event.
#[derive(Clone, Copy, PartialEq)]
enum Property {
    Name,
    Summary,
    Content,
    Start,
    End,
    Duration,
    Location,
    Url,
    Uid,
    Category,
    Organiser,
    Photo,
    Status,
    Published,
    Updated,
    Geo,
    Latitude,
    Longitude,
}

/// By their names in microformats2 and in hCalendar.
const PROPERTIES: &[(&str, &str, Property)] = &[
    ("p-name", "summary", Property::Name),
    ("p-summary", "", Property::Summary),
    ("e-content", "description", Property::Content),
    ("p-description", "", Property::Content),
    ("dt-start", "dtstart", Property::Start),
    ("dt-end", "dtend", Property::End),
    ("dt-duration", "duration", Property::Duration),
    ("p-location", "location", Property::Location),
    ("u-url", "url", Property::Url),
    ("u-uid", "uid", Property::Uid),
    ("p-category", "category", Property::Category),
    ("p-organizer", "organizer", Property::Organiser),
    ("u-photo", "", Property::Photo),
    ("u-featured", "", Property::Photo),
    ("p-status", "status", Property::Status),
    ("dt-published", "", Property::Published),
    ("dt-updated", "last-modified", Property::Updated),
    ("p-geo", "geo", Property::Geo),
    ("p-latitude", "latitude", Property::Latitude),
    ("p-longitude", "longitude", Property::Longitude),
];

/// Where a part of a place is kept.
type Part = fn(&mut Place) -> &mut Option<Line>;

/// The parts of a place, in hCard and h-card, adr and h-adr alike.
const PLACE: &[(&str, &str, Part)] = &[
    ("p-name", "fn", |place| &mut place.name),
    ("p-org", "org", |place| &mut place.name),
    ("p-street-address", "street-address", |place| &mut place.street),
    ("p-postal-code", "postal-code", |place| &mut place.postcode),
    ("p-locality", "locality", |place| &mut place.locality),
];

/// Elements of one event that say something of it. More are looked at in vain: each may hold the same text again.
const MOST_PROPERTIES: usize = 200;

/// The events that stand in a page; one inside another belongs to that one.
pub fn drafts(root: ElementRef<'_>, most: usize) -> Vec<Draft> {
    below(root, |element| is_event(element).is_some())
        .filter_map(is_event)
        .take(most)
        .map(|(element, old)| draft(element, old))
        .collect()
}

/// An event's root, and whether it is of the older kind.
fn is_event(element: ElementRef<'_>) -> Option<(ElementRef<'_>, bool)> {
    if has_class(element, "h-event") {
        Some((element, false))
    } else {
        has_class(element, "vevent").then_some((element, true))
    }
}

fn draft(root: ElementRef<'_>, old: bool) -> Draft {
    let mut draft = Draft { raw: root.html(), ..Draft::default() };
    let (mut starts, mut end, mut length) = (Vec::new(), None, None);
    let (mut latitude, mut longitude) = (None, None);
    // What is inside another event, a person or a place is said of that one.
    let closed = move |element: ElementRef<'_>| {
        is_event(element).is_some() || is_card(element) || (old && property(element, true, Property::Location))
    };
    let said = below(root, closed).flat_map(|element| {
        let said = PROPERTIES.iter().filter(move |(new, older, _)| {
            let class = if old { older } else { new };
            !class.is_empty() && has_class(element, class)
        });
        said.map(move |(_, _, property)| (element, *property))
    });
    for (element, property) in said.take(MOST_PROPERTIES) {
        match property {
            Property::Name if draft.title.is_empty() => draft.title = plain(element),
            Property::Summary => draft.summary = Some(plain(element)),
            Property::Content if draft.body.is_none() => draft.body = Some(element.inner_html()),
            Property::Start => starts.push(time(element)),
            Property::End => end = end.or(Some(time(element))),
            Property::Duration => length = duration(&time(element)),
            Property::Location if draft.place.is_none() && draft.location.is_none() => place(element, &mut draft),
            Property::Url => draft.page = draft.page.or_else(|| link(element)),
            Property::Uid => draft.id = Some(link(element).unwrap_or_else(|| plain(element))),
            Property::Category => draft.tags.push(plain(element)),
            Property::Organiser => draft.organisers.extend(organiser(element)),
            Property::Photo => {
                let alt = element.attr("alt").unwrap_or_default().to_owned();
                draft.image = link(element).map(|href| (href, alt));
            }
            Property::Status => draft.status = status(&plain(element)),
            Property::Published => draft.published = instant(&time(element)),
            Property::Updated => draft.updated = instant(&time(element)),
            Property::Geo => draft.geo = draft.geo.or_else(|| geo(&plain(element))),
            Property::Latitude => latitude = plain(element).parse().ok(),
            Property::Longitude => longitude = plain(element).parse().ok(),
            Property::Name | Property::Content | Property::Location => {}
        }
    }
    if draft.title.is_empty() && !old {
        // An event without a marked name is called by its words (microformats2, implied name).
        draft.title = words(root);
    }
    if let (Some(latitude), Some(longitude)) = (latitude, longitude) {
        draft.geo = Some((latitude, longitude));
    }
    let single = starts.len() == 1;
    for start in starts {
        let Some(clock) = clock(&start, None) else {
            draft.unreadable = Some(start);
            break;
        };
        // An end without its day is on the day of the start.
        let told = end.as_deref().filter(|_| single).and_then(|end| self::clock(end, Some(&clock))).map(End::At);
        draft.sessions.push(Session::new(clock, told.or(length.map(End::After))));
    }
    draft
}

fn property(element: ElementRef<'_>, old: bool, wanted: Property) -> bool {
    PROPERTIES
        .iter()
        .any(|(new, older, property)| *property == wanted && has_class(element, if old { older } else { new }))
}

fn is_card(element: ElementRef<'_>) -> bool {
    ["h-card", "vcard", "h-adr"].iter().any(|class| has_class(element, class))
}

/// The value of a text (microformats2 `p-*`).
fn plain(element: ElementRef<'_>) -> String {
    let marked: Vec<String> = values(element);
    if !marked.is_empty() {
        return marked.concat();
    }
    let attribute = match element.value().name() {
        "abbr" | "link" => element.attr("title"),
        "data" | "input" => element.attr("value"),
        "img" | "area" => element.attr("alt"),
        _ => None,
    };
    attribute.map_or_else(|| words(element), str::to_owned)
}

/// The value of a link (microformats2 `u-*`).
fn link(element: ElementRef<'_>) -> Option<String> {
    let attribute = match element.value().name() {
        "a" | "area" | "link" => element.attr("href"),
        "img" | "audio" | "video" | "source" | "iframe" => element.attr("src"),
        "object" => element.attr("data"),
        _ => None,
    };
    attribute.map(str::to_owned).or_else(|| Some(plain(element))).filter(|href| !href.trim().is_empty())
}

/// The value of a time (microformats2 `dt-*`): an attribute, a text, or a date and an hour in two parts.
fn time(element: ElementRef<'_>) -> String {
    let parts = values(element);
    if !parts.is_empty() {
        return parts.join(" ");
    }
    let attribute = match element.value().name() {
        "time" | "ins" | "del" => element.attr("datetime"),
        "abbr" => element.attr("title"),
        "data" | "input" => element.attr("value"),
        _ => None,
    };
    attribute.map_or_else(|| words(element), str::to_owned)
}

/// The parts marked by the value-class-pattern.
fn values(element: ElementRef<'_>) -> Vec<String> {
    below(element, |inner| has_class(inner, "value"))
        .filter_map(|inner| {
            if has_class(inner, "value-title") {
                return inner.attr("title").map(str::to_owned);
            }
            has_class(inner, "value").then(|| match inner.value().name() {
                "time" | "ins" | "del" => inner.attr("datetime").map_or_else(|| words(inner), str::to_owned),
                "abbr" => inner.attr("title").map_or_else(|| words(inner), str::to_owned),
                "img" | "area" => inner.attr("alt").unwrap_or_default().to_owned(),
                "data" => inner.attr("value").map_or_else(|| words(inner), str::to_owned),
                _ => words(inner),
            })
        })
        .collect()
}

/// Reads a time as microformats write it: an hour may stand after its date or alone, and be told in halves of a day.
fn clock(text: &str, start: Option<&Clock>) -> Option<Clock> {
    let text = text.trim();
    if let Some(clock) = crate::parse::json::clock(text) {
        return Some(clock);
    }
    let (date, hour) = match text.split_once(char::is_whitespace) {
        Some((date, hour)) => (date.parse().ok()?, hour),
        None => (day(start?)?, text),
    };
    Some(Clock::Floating(DateTime::from_parts(date, dates::hour(hour)?)))
}

fn day(clock: &Clock) -> Option<jiff::civil::Date> {
    match clock {
        Clock::Day(date) => Some(*date),
        Clock::Floating(wall) | Clock::In(wall, _) => Some(wall.date()),
        Clock::Offset(moment) => Some(moment.wall().date()),
        Clock::Instant(_) => None,
    }
}

fn instant(text: &str) -> Option<jiff::Timestamp> {
    match crate::parse::json::clock(text)? {
        Clock::Instant(at) => Some(at),
        Clock::Offset(moment) => Some(moment.instant()),
        _ => None,
    }
}

fn geo(text: &str) -> Option<(f64, f64)> {
    let (latitude, longitude) = text.split_once(';')?;
    Some((latitude.trim().parse().ok()?, longitude.trim().parse().ok()?))
}

fn place(element: ElementRef<'_>, draft: &mut Draft) {
    let mut place = Place::default();
    for inner in below(element, |_| false) {
        for (new, old, field) in PLACE {
            if (has_class(inner, new) || has_class(inner, old)) && field(&mut place).is_none() {
                *field(&mut place) = Line::new(&plain(inner)).ok();
            }
        }
        let number = |class: &str| has_class(inner, class).then(|| plain(inner).parse::<f64>().ok()).flatten();
        let (latitude, longitude) = draft.geo.unwrap_or_default();
        if let Some(north) = number("p-latitude").or_else(|| number("latitude")) {
            draft.geo = Some((north, longitude));
        }
        if let Some(east) = number("p-longitude").or_else(|| number("longitude")) {
            draft.geo = Some((latitude, east));
        }
    }
    if place.is_empty() {
        draft.location = Some(plain(element)).filter(|words| !words.is_empty());
    } else {
        draft.place = Some(place);
    }
}

fn organiser(element: ElementRef<'_>) -> Option<Organiser> {
    let name = below(element, |_| false).find(|inner| has_class(*inner, "p-name") || has_class(*inner, "fn"));
    let name = Line::new(&plain(name.unwrap_or(element))).ok()?;
    Some(Organiser { name, page: None, role: None })
}

fn status(text: &str) -> Option<Status> {
    match fold(text).as_str() {
        "cancelled" | "canceled" => Some(Status::Cancelled),
        "confirmed" => Some(Status::Scheduled),
        _ => None,
    }
}
