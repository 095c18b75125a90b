//! The schedule of a conference as frab, pentabarf and pretalx publish it, in XML and in JSON: days, rooms, talks.

use jiff::SignedDuration;
use jiff::civil::Date;
use serde_json::Value;

use super::draft::{Clock, Draft, End, Session};
use super::json::{self, Listing, at, text_at};
use crate::event::{Language, Line, Speaker, Zone};
use crate::format::FeedFacts;
use crate::format::xml::Element;

/// Reads the JSON form, if it is one.
pub fn from_json(document: &Value) -> Option<Listing> {
    let conference = at(document, "schedule.conference")?;
    let zone = text_at(conference, "time_zone_name").and_then(|zone| Zone::new(&zone).ok());
    let mut drafts = Vec::new();
    for day in conference.get("days").into_iter().flat_map(json::each) {
        for (room, talks) in day.get("rooms").and_then(Value::as_object).into_iter().flatten() {
            for event in json::each(talks) {
                let persons = event.get("persons").into_iter().flat_map(json::each);
                let persons =
                    persons.filter_map(|person| text_at(person, "name").or_else(|| text_at(person, "public_name")));
                let day = text_at(day, "date");
                let said = |name: &str| text_at(event, name);
                drafts.push(talk(said, persons.collect(), room, day.as_deref(), zone.clone(), event.to_string()));
            }
        }
    }
    let feed = facts(text_at(conference, "title"));
    Some(Listing { feed, drafts, ..Listing::default() })
}

/// Reads the XML form from the children of its root `schedule`.
pub fn from_xml(children: &[(Element, &str)]) -> Listing {
    let mut listing = Listing::default();
    let mut zone = None;
    for (child, _) in children {
        match &*child.name {
            "conference" => {
                let said = |name: &str| child.first("", name).map(Element::text);
                listing.feed = facts(said("title"));
                zone = said("time_zone_name").and_then(|zone| Zone::new(&zone).ok());
            }
            "day" => {
                for room in child.all("", "room") {
                    for event in room.all("", "event") {
                        let persons =
                            event.first("", "persons").map(|p| p.all("", "person").map(Element::text).collect());
                        let said = |name: &str| {
                            let text = event.first("", name).map(Element::text);
                            let text = text.or_else(|| event.attribute(name).map(str::to_owned));
                            text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
                        };
                        let (name, day) = (room.attribute("name").unwrap_or_default(), child.attribute("date"));
                        listing.drafts.push(talk(
                            said,
                            persons.unwrap_or_default(),
                            name,
                            day,
                            zone.clone(),
                            event.text(),
                        ));
                    }
                }
            }
            _ => {}
        }
    }
    listing
}

fn facts(title: Option<String>) -> FeedFacts {
    FeedFacts { title: title.and_then(|title| Line::new(&title).ok()), ..FeedFacts::default() }
}

/// One talk, by the names that both forms share.
fn talk(
    said: impl Fn(&str) -> Option<String>,
    persons: Vec<String>,
    room: &str,
    day: Option<&str>,
    zone: Option<Zone>,
    raw: String,
) -> Draft {
    let mut draft = Draft { raw, zone, ..Draft::default() };
    draft.id = said("guid").or_else(|| said("id"));
    draft.title = said("title").unwrap_or_default();
    draft.page = said("url");
    draft.summary = said("abstract").or_else(|| said("subtitle"));
    draft.body = said("description");
    draft.location = said("room").or_else(|| (!room.is_empty()).then(|| room.to_owned()));
    draft.language = said("language").and_then(|code| Language::new(&code).ok());
    draft.tags = ["track", "type"].iter().filter_map(|name| said(name)).collect();
    draft.speakers = persons
        .iter()
        .filter_map(|name| Line::new(name).ok())
        .map(|name| Speaker { name, page: None, role: Line::new(Speaker::SPEAKER).ok(), affiliation: None })
        .collect();
    // The date holds the hour in newer files; in older ones the day is the day's, and the hour stands apart.
    let told = said("date").and_then(|date| json::clock(&date));
    let start = told.or_else(|| {
        let day: Date = day?.parse().ok()?;
        Some(Clock::Floating(day.to_datetime(said("start")?.parse().ok()?)))
    });
    let end = said("end").and_then(|end| json::clock(&end)).map(End::At);
    let length = || said("duration").as_deref().and_then(length).map(End::After);
    match start {
        Some(start) => draft.sessions.push(Session::new(start, end.or_else(length))),
        None => draft.unreadable = said("date").or_else(|| said("start")),
    }
    draft
}

/// Hours and minutes, `01:30`, with days before them where it is long.
fn length(text: &str) -> Option<SignedDuration> {
    let mut parts = text.rsplit(':').map(|part| part.trim().parse::<u16>());
    let minutes = i64::from(parts.next()?.ok()?);
    let hours = i64::from(parts.next()?.ok()?);
    let days = i64::from(parts.next().unwrap_or(Ok(0)).ok()?);
    Some(SignedDuration::from_mins((days * 24 + hours) * 60 + minutes))
}
