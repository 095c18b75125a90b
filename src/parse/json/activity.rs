//! Events of the Fediverse: ActivityStreams 2 as Mobilizon, Gancio and WordPress's Event Bridge publish it (FEP-8a8e).
//!
//! An event may come alone, inside the activity that published it, or in a collection such as an outbox.

use serde_json::Value;

use super::{Listing, at, clock, count, each, instant, number, organiser, text, text_at, words};
use crate::event::text::fold;
use crate::event::{Availability, Capacity, Country, Language, Line, Mode, Online, OnlineAccess, Place, Status, Zone};
use crate::format::{FeedFacts, Hints};
use crate::parse::draft::{Draft, End, Session};

/// What holds an event, or several, by type, and in which member.
const HOLDERS: &[(&str, &[&str])] = &[
    ("Create", &["object"]),
    ("Update", &["object"]),
    ("Announce", &["object"]),
    ("Collection", &["items", "first"]),
    ("OrderedCollection", &["orderedItems", "first"]),
    ("CollectionPage", &["items"]),
    ("OrderedCollectionPage", &["orderedItems"]),
];
/// A collection holds pages, these activities, these an event.
const DEEPEST: usize = 4;

/// Reads what holds events, if it does.
pub fn read(document: &Value, hints: &Hints) -> Option<Listing> {
    let mut events = Vec::new();
    let known = find(document, 0, &mut events);
    let collection = kind(document).is_some_and(|kind| kind.contains("Collection"));
    if !known || (events.is_empty() && !collection) {
        return None;
    }
    let title = text_at(document, "name").and_then(|name| Line::new(&name).ok());
    let feed = FeedFacts { title: title.filter(|_| collection), ..FeedFacts::default() };
    Some(Listing { feed, drafts: events.into_iter().map(|event| draft(event, hints)).collect(), ..Listing::default() })
}

fn kind(value: &Value) -> Option<&str> {
    each(value.get("type")?).find_map(Value::as_str)
}

fn find<'a>(value: &'a Value, depth: usize, events: &mut Vec<&'a Value>) -> bool {
    let Some(kind) = kind(value).filter(|_| depth < DEEPEST) else { return false };
    // Carried by ActivityStreams, or by an activity that is one.
    if kind == "Event" && value.get("startTime").is_some() {
        events.push(value);
        return true;
    }
    let Some((_, members)) = HOLDERS.iter().find(|(holder, _)| *holder == kind) else { return false };
    for inner in members.iter().filter_map(|member| value.get(*member)).flat_map(each) {
        find(inner, depth + 1, events);
    }
    true
}

fn draft(event: &Value, hints: &Hints) -> Draft {
    let mut draft = Draft { raw: event.to_string(), ..Draft::default() };
    let wanted = hints.language.as_ref();
    let said = |name: &str, map: &str| {
        let mapped = event.get(map).and_then(|map| words(map, wanted)).map(|(text, _)| text);
        mapped.or_else(|| text_at(event, name))
    };
    draft.title = said("name", "nameMap").unwrap_or_default();
    draft.summary = said("summary", "summaryMap");
    draft.body = said("content", "contentMap");
    draft.id = text_at(event, "id");
    draft.page = page(event.get("url").unwrap_or(&Value::Null)).or_else(|| draft.id.clone());
    draft.published = event.get("published").and_then(instant);
    draft.updated = event.get("updated").and_then(instant);
    draft.language = text_at(event, "inLanguage").and_then(|code| Language::new(&code).ok());
    draft.zone = text_at(event, "timezone").and_then(|zone| Zone::new(&zone).ok());
    if let Some(start) = text_at(event, "startTime") {
        match clock(&start) {
            // An end that is not to be shown is one that the program made up (Mobilizon, FEP-8a8e).
            Some(begins) => {
                let shown = event.get("displayEndTime").and_then(Value::as_bool) != Some(false);
                let end = text_at(event, "endTime").filter(|_| shown).and_then(|end| clock(&end));
                draft.sessions.push(Session::new(begins, end.map(End::At)));
            }
            None => draft.unreadable = Some(start),
        }
    }
    draft.status = ["eventStatus", "ical:status", "status"].iter().find_map(|name| status(&text_at(event, name)?));
    for place in event.get("location").into_iter().flat_map(each) {
        locate(place, &mut draft);
    }
    if event.get("isOnline").and_then(Value::as_bool) == Some(true) {
        let physical = draft.place.is_some() || draft.location.is_some();
        draft.mode = Some(if physical { Mode::Mixed } else { Mode::Online });
    }
    let organisers =
        at(event, "organizers.items").or_else(|| event.get("organizers")).or_else(|| event.get("attributedTo"));
    draft.organisers = organisers
        .into_iter()
        .flat_map(each)
        .filter_map(|one| organiser(&text_at(one, "name")?, text_at(one, "url").as_deref(), hints.address.as_ref()))
        .collect();
    if text_at(event, "joinMode").as_deref() == Some("external") {
        draft.registration = text_at(event, "externalParticipationUrl");
    }
    let places =
        |name: &str| event.get(name).and_then(count).filter(|_| event.get("maximumAttendeeCapacity").is_some());
    let (most, left) =
        (places("maximumAttendeeCapacity").filter(|most| *most > 0), places("remainingAttendeeCapacity"));
    draft.capacity = Capacity::new(most, left).unwrap_or_default();
    if most.is_some() && left == Some(0) {
        draft.availability = Some(Availability::Full);
    }
    draft.tags = event.get("tag").into_iter().flat_map(each).filter_map(tag).collect();
    draft.image = ["image", "attachment"].iter().flat_map(|name| event.get(*name)).flat_map(each).find_map(image);
    draft
}

/// The page for people among the addresses of something.
fn page(value: &Value) -> Option<String> {
    let links: Vec<&Value> = each(value).collect();
    let html = links.iter().find(|link| text_at(link, "mediaType").is_some_and(|kind| kind.starts_with("text/html")));
    html.or(links.first()).and_then(|link| text(link).or_else(|| text_at(link, "href")))
}

fn status(word: &str) -> Option<Status> {
    match fold(word).trim_start_matches("event") {
        "cancelled" | "canceled" => Some(Status::Cancelled),
        "postponed" => Some(Status::Postponed),
        "rescheduled" => Some(Status::Rescheduled),
        "movedonline" => Some(Status::MovedOnline),
        "confirmed" | "scheduled" => Some(Status::Scheduled),
        _ => None,
    }
}

fn locate(location: &Value, draft: &mut Draft) {
    if let Some(words) = text(location) {
        draft.location = Some(words);
        return;
    }
    if kind(location) == Some("VirtualLocation") {
        draft.online = Some(Online { access: OnlineAccess::Public(None), note: None, foreign: Default::default() });
        draft.mode = draft.mode.or(Some(Mode::Online));
        return;
    }
    let line = |path: &str| text_at(location, path).and_then(|text| Line::new(&text).ok());
    let place = Place {
        name: line("name"),
        // One line, or the parts of schema.org's PostalAddress.
        street: line("address.streetAddress").or_else(|| line("address")),
        postcode: line("address.postalCode"),
        locality: line("address.addressLocality"),
        country: text_at(location, "address.addressCountry").and_then(|code| Country::new(&code).ok()),
        ..Place::default()
    };
    if !place.is_empty() {
        draft.place = Some(place);
    }
    if let (Some(north), Some(east)) =
        (location.get("latitude").and_then(number), location.get("longitude").and_then(number))
    {
        draft.geo = Some((north, east));
    }
}

fn tag(tag: &Value) -> Option<String> {
    let hashtag = kind(tag).is_none_or(|kind| kind == "Hashtag");
    let name = text(tag).or_else(|| text_at(tag, "name")).filter(|_| hashtag)?;
    Some(name.trim_start_matches('#').to_owned()).filter(|name| !name.is_empty())
}

fn image(value: &Value) -> Option<(String, String)> {
    let is_image =
        kind(value) == Some("Image") || text_at(value, "mediaType").is_some_and(|kind| kind.starts_with("image/"));
    let href = page(value.get("url")?).filter(|_| is_image)?;
    // Mobilizon calls every banner the same, which tells nobody what it shows.
    let alt = text_at(value, "name").filter(|name| name != "Banner").unwrap_or_default();
    Some((href, alt))
}
