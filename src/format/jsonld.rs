//! An event in the words of schema.org, for search engines and whoever else reads pages.
//!
//! Follows the mapping of the profile: one `subEvent` for each of several slots, a day without an hour as a `Date`,
//! the licence on a `CreativeWork` because an `Event` may have none. The text can stand inside a page's `<script>`:
//! no character of it can close one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::json::known;
use super::words::Words;
use super::{Feed, Head};
use crate::event::{
    Address, Availability, Before, Event, Format, Line, Mode, OnlineAccess, Per, Place, Registration, ResourceKind,
    Slot, Status, When,
};
use crate::programme::Published;

/// The media type of JSON-LD 1.1 (W3C, appendix C).
pub const CONTENT_TYPE: &str = "application/ld+json; charset=utf-8";

const CONTEXT: &str = "https://schema.org";
const VOCABULARY: &str = "https://w3id.org/essaim/vocab";
/// schema.org has no word for the step of a series.
const POSITION: &str = "https://w3id.org/essaim/event/1#seriesPosition";

/// All events of a feed, each for itself, in one graph.
pub fn write(feed: &Feed) -> String {
    let graph: Vec<Value> = feed.events.iter().map(|published| event(&feed.head, published, None)).collect();
    script_safe(&json!({ "@context": CONTEXT, "@graph": graph }).to_string())
}

/// One event, ready to stand in a page.
pub fn write_event(head: &Head, published: &Published) -> String {
    script_safe(&event(head, published, Some(CONTEXT)).to_string())
}

/// JSON in which no character means anything to HTML: `<`, `>` and `&` stand in strings only, where they may be
/// written by their number, as may the two line ends that JavaScript knew and JSON does not.
fn script_safe(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn event(head: &Head, published: &Published, context: Option<&str>) -> Value {
    let event = &published.event;
    let words = Words::new(head, published);
    let body = event.body.as_ref().map(|body| body.to_text());
    let short = event.summary.as_ref().map(Line::to_string);
    let (description, short) = match body {
        Some(body) => (Some(body), short),
        None => (short, None),
    };
    let pages: BTreeSet<&Address> = published.copies.iter().filter_map(|copy| copy.page.as_ref()).collect();
    // The only slot is the event; several are events within it.
    let only = match event.slots.as_slice() {
        [slot] => Some(slot),
        _ => None,
    };
    let status = only.map_or(event.status, |slot| event.status_of(slot));
    let registration = words.registration(only);
    let availability = only.map_or_else(|| event.availability(), |slot| words.availability(slot));
    let capacity = registration.filter(|r| r.per != Some(Per::Slot) || only.is_some()).map(|r| r.capacity);
    let subevents = match only {
        Some(_) => Vec::new(),
        None => event.slots.iter().map(|slot| subevent(&words, published, slot)).collect(),
    };
    known(json!({
        "@context": context,
        "@type": kind(event),
        "@id": event.id,
        "identifier": event.id,
        "additionalType": many(event.formats.iter().map(|f| json!(format!("{VOCABULARY}/format/{}", f.code())))),
        "name": event.title,
        "description": description,
        "disambiguatingDescription": short,
        "url": words.page(),
        // The same event on the pages of those who announced it.
        "sameAs": many(pages.into_iter().map(|page| json!(page))),
        "inLanguage": words.language(),
        "startDate": event.slots.first().map(start),
        "endDate": end_of_all(event),
        "duration": only.and_then(duration),
        "previousStartDate": previous(event, None),
        "eventStatus": status_of(status),
        "eventAttendanceMode": attendance(event, status),
        "location": location(&words, only),
        "organizer": many(event.organisers.iter().map(|organiser| known(json!({
            // Not all of them are administrations, and nobody said which are.
            "@type": "Organization",
            "name": organiser.name,
            "url": organiser.page,
        })))),
        "performer": many(event.speakers.iter().map(|speaker| known(json!({
            "@type": "Person",
            "name": speaker.name,
            "url": speaker.page,
            "affiliation": speaker.affiliation.as_ref().map(|name| json!({ "@type": "Organization", "name": name })),
        })))),
        "isAccessibleForFree": registration.and_then(|registration| registration.free),
        "offers": registration.map(|registration| offer(registration, availability)),
        "maximumAttendeeCapacity": capacity.and_then(|capacity| capacity.total()),
        "remainingAttendeeCapacity": remaining(capacity.and_then(|capacity| capacity.remaining()), availability),
        "keywords": keywords(&words, event),
        "audience": many(event.audiences.iter().map(|audience| json!({
            "@type": "Audience",
            "audienceType": words.tongue().label("audience", audience.code()),
        }))),
        "image": event.image.as_ref().map(|image| json!({
            "@type": "ImageObject",
            "url": image.href,
            "caption": image.alt,
        })),
        "subEvent": many(subevents),
        "superEvent": many(super_events(event)),
        "recordedIn": resources(event, |kind| kind == ResourceKind::Video),
        "workFeatured": resources(event, |kind| kind == ResourceKind::Slides),
        "subjectOf": subject_of(head, &words, published),
        POSITION: event.series.iter().find_map(|series| series.step.position()),
    }))
}

fn subevent(words: &Words, published: &Published, slot: &Slot) -> Value {
    let event = &published.event;
    let status = event.status_of(slot);
    let per_slot = words.registration(Some(slot)).filter(|r| slot.registration.is_some() || r.per == Some(Per::Slot));
    let elsewhere = slot.place.is_some() || slot.online.is_some() || status != event.status;
    let own = slot.availability.is_some() || slot.registration.is_some();
    let number = words.slot_number(slot).map(|number| format!(" ({number})")).unwrap_or_default();
    let offer = words.registration(Some(slot)).filter(|_| own).map(|r| offer(r, slot.availability));
    known(json!({
        "@type": kind(event),
        "@id": format!("{}#{}", event.id, slot.name),
        "name": format!("{}{number}", event.title),
        "startDate": start(slot),
        "endDate": end(slot),
        "duration": duration(slot),
        "previousStartDate": previous(event, Some(slot)),
        "eventStatus": status_of(status),
        "location": if elsewhere { location(words, Some(slot)) } else { Value::Null },
        "offers": offer,
        "maximumAttendeeCapacity": per_slot.and_then(|r| r.capacity.total()),
        "remainingAttendeeCapacity": remaining(per_slot.and_then(|r| r.capacity.remaining()), slot.availability),
    }))
}

/// The subtype of the first format that has one: a format is said exactly in `additionalType`.
fn kind(event: &Event) -> &'static str {
    let subtype = event.formats.iter().find_map(|format| match format {
        Format::Workshop | Format::Webinar | Format::Training | Format::SeriousGame => Some("EducationEvent"),
        Format::RoundTable | Format::Talk | Format::Debate | Format::Barcamp => Some("ConferenceEvent"),
        Format::Exhibition => Some("ExhibitionEvent"),
        Format::Hackathon => Some("Hackathon"),
        Format::Visit | Format::Simplificathon | Format::Demo | Format::Other => None,
    });
    subtype.unwrap_or("Event")
}

/// A `DateTime` with its offset when the minute is known, else a `Date`: never midnight.
fn start(slot: &Slot) -> String {
    slot.when.start().map_or_else(|| slot.when.first_day().to_string(), |start| start.to_string())
}

fn end(slot: &Slot) -> Option<String> {
    match &slot.when {
        When::Timed(hours) => hours.end().map(|end| end.to_string()),
        When::Day { days, .. } => (days.first() != days.last()).then(|| days.last().to_string()),
        // A `Date` here is the last day, which is included.
        When::AllDay(days) | When::Period(days) => Some(days.last().to_string()),
    }
}

/// When the last slot ends; of several slots, at least on which day.
fn end_of_all(event: &Event) -> Option<String> {
    let last = event.slots.iter().max_by_key(|slot| {
        let end = if let When::Timed(hours) = &slot.when { hours.end() } else { None };
        (slot.when.last_day(), end)
    })?;
    end(last).or_else(|| (event.slots.len() > 1).then(|| last.when.last_day().to_string()))
}

fn duration(slot: &Slot) -> Option<String> {
    match &slot.when {
        When::Day { duration, .. } => duration.map(|duration| duration.to_string()),
        _ => None,
    }
}

fn previous(event: &Event, slot: Option<&Slot>) -> Value {
    let concerns = |name: Option<&crate::event::SlotRef>| match (slot, name) {
        // Of the whole event, or of the only slot.
        (None, name) => name.is_none() || event.slots.len() == 1,
        (Some(slot), name) => name == Some(&slot.name),
    };
    let said = event.previous.iter().filter(|previous| concerns(previous.slot.as_ref()));
    many(said.map(|previous| match &previous.when {
        Before::Timed(hours) => json!(hours.start().to_string()),
        Before::Days(days) => json!(days.first().to_string()),
    }))
}

fn status_of(status: Status) -> &'static str {
    match status {
        Status::Scheduled => "https://schema.org/EventScheduled",
        Status::Rescheduled => "https://schema.org/EventRescheduled",
        Status::MovedOnline => "https://schema.org/EventMovedOnline",
        Status::Postponed => "https://schema.org/EventPostponed",
        Status::Cancelled => "https://schema.org/EventCancelled",
    }
}

fn attendance(event: &Event, status: Status) -> Option<&'static str> {
    let mode = if status == Status::MovedOnline { Some(Mode::Online) } else { event.mode };
    mode.map(|mode| match mode {
        Mode::Offline => "https://schema.org/OfflineEventAttendanceMode",
        Mode::Online => "https://schema.org/OnlineEventAttendanceMode",
        Mode::Mixed => "https://schema.org/MixedEventAttendanceMode",
    })
}

fn location(words: &Words, slot: Option<&Slot>) -> Value {
    let mut locations: Vec<Value> = words.places(slot).iter().map(|each| place(words, each)).collect();
    let registration = words.registration(slot).and_then(|r| r.href.as_ref()).and_then(|href| href.address());
    let online = words.online(slot);
    locations.extend(online.iter().map(|online| {
        let url = match &online.access {
            OnlineAccess::Public(address) => address.clone(),
            // Where the registered are told the address.
            OnlineAccess::Registered => registration.clone(),
        };
        known(json!({ "@type": "VirtualLocation", "url": url, "name": online.note }))
    }));
    if online.is_empty() && words.only_online(slot) {
        locations.push(known(json!({ "@type": "VirtualLocation", "url": registration })));
    }
    many(locations)
}

fn place(words: &Words, place: &Place) -> Value {
    let event = words.event();
    let region = event.regions.first().filter(|_| event.regions.len() == 1);
    let region = region.and_then(|r| words.tongue().region(&r.code).or(r.label.as_ref().map(Line::to_string)));
    let address = known(json!({
        "@type": "PostalAddress",
        "streetAddress": place.street,
        "postalCode": place.postcode,
        "addressLocality": place.locality,
        "addressRegion": region,
        "addressCountry": place.country,
    }));
    let addressed = address.as_object().is_some_and(|members| members.len() > 1);
    let access = event.access.iter().flat_map(|access| &access.codes);
    known(json!({
        "@type": "Place",
        "name": place.name.as_ref().map(Line::to_string).or_else(|| place.line()),
        "address": if addressed { address } else { Value::Null },
        "geo": place.geo.map(|geo| json!({
            "@type": "GeoCoordinates",
            "latitude": geo.lat(),
            "longitude": geo.lon(),
        })),
        "containedInPlace": many(place.areas.iter().map(|area| known(json!({
            "@type": "AdministrativeArea",
            "name": area.label,
            "identifier": { "@type": "PropertyValue", "propertyID": area.scheme, "value": area.code },
        })))),
        "amenityFeature": many(access.map(|code| json!({
            "@type": "LocationFeatureSpecification",
            "name": words.access_label(*code),
            "value": true,
        }))),
    }))
}

fn offer(registration: &Registration, availability: Option<Availability>) -> Value {
    let free = registration.free == Some(true);
    known(json!({
        "@type": "Offer",
        "url": registration.href.as_ref().and_then(|href| href.address()),
        "price": free.then_some(0),
        // A price wants a currency, and nothing costs the same in all.
        "priceCurrency": free.then_some("EUR"),
        "availability": availability.map(|availability| match availability {
            Availability::Open => "https://schema.org/InStock",
            Availability::Full | Availability::Waitlist => "https://schema.org/SoldOut",
            Availability::Closed => "https://schema.org/OutOfStock",
        }),
        "validFrom": registration.window.opens().map(|opens| opens.to_string()),
        "availabilityEnds": registration.window.closes().map(|closes| closes.to_string()),
    }))
}

/// What was said to be left; none where it was said to be full.
fn remaining(left: Option<u32>, availability: Option<Availability>) -> Option<u32> {
    let full = matches!(availability, Some(Availability::Full | Availability::Waitlist));
    if full { Some(0) } else { left }
}

fn keywords(words: &Words, event: &Event) -> Value {
    let term = |list: &str, code: &str, name: &str| {
        json!({
            "@type": "DefinedTerm",
            "termCode": code,
            "name": name,
            "inDefinedTermSet": format!("{VOCABULARY}/{list}"),
        })
    };
    let formats = event.formats.iter().map(|f| term("format", f.code(), &words.tongue().label("format", f.code())));
    let topics = event.topics.iter().map(|topic| {
        let name = topic.label.as_ref().unwrap_or(&topic.code);
        term("topic", topic.code.as_str(), name.as_str())
    });
    many(formats.chain(topics).chain(event.tags.iter().map(|tag| json!(tag))))
}

fn super_events(event: &Event) -> Vec<Value> {
    let series = event
        .series
        .iter()
        .map(|series| known(json!({ "@type": "EventSeries", "@id": series.id, "name": series.title })));
    let editions = event.editions.iter().map(|edition| {
        let name = edition.label.as_ref().unwrap_or(&edition.code);
        json!({ "@type": "Festival", "identifier": edition.code, "name": name })
    });
    series.chain(editions).collect()
}

fn resources(event: &Event, kinds: impl Fn(ResourceKind) -> bool) -> Value {
    many(event.resources.iter().filter(|resource| kinds(resource.kind)).map(|resource| {
        known(json!({
            "@type": if resource.kind == ResourceKind::Video { "VideoObject" } else { "CreativeWork" },
            "name": resource.title,
            "url": resource.href,
            "encodingFormat": resource.media_type,
        }))
    }))
}

/// The text about the event, whose licence and publisher are said here because an `Event` can have neither; and what
/// was made of it afterwards.
fn subject_of(head: &Head, words: &Words, published: &Published) -> Value {
    let speaks = published.copies.iter().find(|copy| copy.primary).map(|copy| &copy.name);
    let text = known(json!({
        "@type": "CreativeWork",
        "url": head.address("atom"),
        "license": words.licence().map(|licence| &licence.href),
        "dateModified": published.event.updated.to_string(),
        "sourceOrganization": { "@type": "Organization", "name": speaks.unwrap_or(&head.author.name) },
    }));
    let others = resources(&published.event, |kind| !matches!(kind, ResourceKind::Video | ResourceKind::Slides));
    match others {
        Value::Null => text,
        Value::Array(others) => Value::Array(std::iter::once(text).chain(others).collect()),
        other => json!([text, other]),
    }
}

/// Nothing, the one, or all of them: schema.org lets each property be repeated, and one alone reads best.
fn many(values: impl IntoIterator<Item = Value>) -> Value {
    let mut values: Vec<Value> = values.into_iter().collect();
    match values.len() {
        0 => Value::Null,
        1 => values.remove(0),
        _ => Value::Array(values),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::*;
    use crate::event::{Name, Parts};

    fn said(slots: Vec<Slot>, change: impl FnOnce(&mut Parts)) -> Value {
        let mut parts = parts("a", slots);
        change(&mut parts);
        serde_json::from_str(&write_event(&head(), &published(parts))).unwrap()
    }

    #[test]
    fn no_field_can_close_the_script_it_stands_in() {
        let event = full(HOSTILE);
        let feed = feed([event.clone()]);
        for text in [write_event(&feed.head, &event), write(&feed)] {
            assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{text}");
            assert!(!text.chars().any(|c| c.is_ascii_control()));
        }
        let read: Value = serde_json::from_str(&write_event(&feed.head, &event)).unwrap();
        assert_eq!(read["name"], json!(event.event.title));
    }

    #[test]
    fn a_day_without_an_hour_is_a_date_and_never_midnight() {
        let read = said(vec![day("c1", "2024-11-14")], |_| {});
        assert_eq!((&read["startDate"], &read["duration"]), (&json!("2024-11-14"), &json!("PT1H30M")));
        assert!(read.get("endDate").is_none() && read.get("subEvent").is_none());
    }

    #[test]
    fn an_unknown_end_stays_unknown() {
        let read = said(vec![timed("c1", "2024-11-19T10:00:00+01:00", None)], |_| {});
        assert_eq!(read["startDate"], "2024-11-19T10:00:00+01:00");
        assert!(read.get("endDate").is_none());
    }

    #[test]
    fn whole_days_end_on_their_last() {
        let slot = Slot::new(Name::new("c1").unwrap(), When::AllDay(days("2024-11-04", "2024-11-05")));
        assert_eq!(said(vec![slot], |_| {})["endDate"], "2024-11-05");
    }

    #[test]
    fn each_of_several_slots_is_an_event_within_the_event() {
        let mut slots = vec![
            timed("c1", "2024-11-19T10:00:00+01:00", Some("2024-11-19T11:30:00+01:00")),
            timed("c2", "2024-11-20T10:00:00+01:00", None),
        ];
        slots[0].status = Some(Status::Cancelled);
        slots[1].availability = Some(Availability::Full);
        let read = said(slots, |parts| {
            parts.registration = Some(Registration { free: Some(true), ..Registration::default() }).into();
        });
        assert_eq!((&read["startDate"], &read["endDate"]), (&json!("2024-11-19T10:00:00+01:00"), &json!("2024-11-20")));
        assert_eq!(read["eventStatus"], "https://schema.org/EventScheduled");
        assert_eq!(read["subEvent"][0]["eventStatus"], "https://schema.org/EventCancelled");
        assert_eq!(read["subEvent"][1]["offers"]["availability"], "https://schema.org/SoldOut");
        assert_eq!(read["subEvent"][1]["remainingAttendeeCapacity"], 0);
        assert!(read["subEvent"][1].get("endDate").is_none());
        assert_eq!((&read["isAccessibleForFree"], &read["offers"]["price"]), (&json!(true), &json!(0)));
    }

    #[test]
    fn a_fee_that_nobody_named_is_not_free() {
        let read = said(vec![day("c1", "2024-11-14")], |parts| {
            parts.registration = Some(Registration { required: Some(true), ..Registration::default() }).into();
        });
        assert!(read.get("isAccessibleForFree").is_none() && read["offers"].get("price").is_none());
    }

    #[test]
    fn an_event_that_moved_online_is_nowhere_else() {
        let read = said(vec![day("c1", "2024-11-14")], |parts| {
            parts.status = Status::MovedOnline;
            parts.mode = Some(Mode::Offline);
            parts.places = full("Salle").event.places.clone();
        });
        assert_eq!(read["location"]["@type"], "VirtualLocation");
        assert_eq!(read["eventAttendanceMode"], "https://schema.org/OnlineEventAttendanceMode");
    }

    #[test]
    fn the_same_event_gives_the_same_bytes() {
        assert_eq!(write_event(&head(), &full("x")), write_event(&head(), &full("x")));
    }
}
