//! Exports that are a list of events under names of their own: one row of [`DIALECTS`] for each.
//!
//! A path leads to a value from the event, or from the document when it begins with `/`. What a publisher means by a
//! word (a status, a mode) is the same in all of them.

use serde_json::Value;

use super::{Listing, at, clock, each, instant, number, organiser, text};
use crate::event::text::fold;
use crate::event::{
    Address, Availability, Country, Language, Line, Mode, Online, OnlineAccess, Place, Speaker, Status, Zone,
};
use crate::format::{FeedFacts, Hints};
use crate::parse::draft::{Clock, Draft, End, Session};

/// Where each field lives. A field may live in several places: the first that says something counts.
struct Dialect {
    /// Who exports so.
    name: &'static str,
    /// Lists of events, from the document's root; empty for the document itself.
    events: &'static [&'static str],
    /// Members by which an event of it is known.
    marks: &'static [&'static str],
    /// What addresses that are not whole are relative to: itself an address, or a path.
    base: &'static str,
    id: &'static [&'static str],
    title: &'static [&'static str],
    text: &'static [&'static str],
    page: &'static [&'static str],
    start: &'static [&'static str],
    end: &'static [&'static str],
    zone: &'static [&'static str],
    status: &'static [&'static str],
    mode: &'static [&'static str],
    /// A link for those who come: only that there is one is given on.
    access: &'static [&'static str],
    venue: &'static [&'static str],
    street: &'static [&'static str],
    postcode: &'static [&'static str],
    town: &'static [&'static str],
    country: &'static [&'static str],
    north: &'static [&'static str],
    east: &'static [&'static str],
    organiser: &'static [&'static str],
    organiser_page: &'static [&'static str],
    speakers: &'static [&'static str],
    registration: &'static [&'static str],
    free: &'static [&'static str],
    /// `false` when no place is left.
    room: &'static [&'static str],
    image: &'static [&'static str],
    tags: &'static [&'static str],
    language: &'static [&'static str],
    published: &'static [&'static str],
    updated: &'static [&'static str],
    /// Members that say, when true, that an event is not for everyone's eyes.
    hidden: &'static [&'static str],
}

/// A dialect that says nothing.
const NOTHING: Dialect = Dialect {
    name: "",
    events: &[],
    marks: &[],
    base: "",
    id: &[],
    title: &[],
    text: &[],
    page: &[],
    start: &[],
    end: &[],
    zone: &[],
    status: &[],
    mode: &[],
    access: &[],
    venue: &[],
    street: &[],
    postcode: &[],
    town: &[],
    country: &[],
    north: &[],
    east: &[],
    organiser: &[],
    organiser_page: &[],
    speakers: &[],
    registration: &[],
    free: &[],
    room: &[],
    image: &[],
    tags: &[],
    language: &[],
    published: &[],
    updated: &[],
    hidden: &[],
};

const DIALECTS: &[Dialect] = &[
    Dialect {
        name: "Squarespace",
        events: &["upcoming", "past"],
        marks: &["fullUrl", "startDate", "title"],
        base: "/website.baseUrl",
        id: &["id"],
        title: &["title"],
        text: &["body", "excerpt"],
        page: &["fullUrl"],
        start: &["startDate"],
        end: &["endDate"],
        zone: &["/website.timeZone"],
        venue: &["location.addressTitle"],
        street: &["location.addressLine1"],
        town: &["location.addressLine2"],
        north: &["location.markerLat"],
        east: &["location.markerLng"],
        tags: &["tags", "categories"],
        published: &["publishOn"],
        updated: &["updatedOn"],
        ..NOTHING
    },
    Dialect {
        name: "Ticket Tailor",
        events: &["data"],
        marks: &["event_series_id", "start", "name"],
        id: &["id"],
        title: &["name"],
        text: &["description"],
        page: &["url"],
        start: &["start.iso"],
        end: &["end.iso"],
        zone: &["timezone"],
        status: &["status"],
        mode: &["online_event"],
        access: &["online_link"],
        venue: &["venue.name"],
        postcode: &["venue.postal_code"],
        country: &["venue.country"],
        registration: &["checkout_url"],
        room: &["tickets_available"],
        image: &["images.header"],
        published: &["created_at"],
        hidden: &["hidden", "private"],
        ..NOTHING
    },
    Dialect {
        name: "Eventbrite",
        events: &["events", ""],
        marks: &["start.local", "name.text"],
        id: &["id"],
        title: &["name.text"],
        text: &["description.html", "description.text", "summary"],
        page: &["url"],
        start: &["start.local"],
        end: &["end.local"],
        zone: &["start.timezone"],
        status: &["status"],
        mode: &["online_event"],
        venue: &["venue.name"],
        street: &["venue.address.address_1"],
        postcode: &["venue.address.postal_code"],
        town: &["venue.address.city"],
        country: &["venue.address.country"],
        north: &["venue.latitude"],
        east: &["venue.longitude"],
        organiser: &["organizer.name"],
        organiser_page: &["organizer.url"],
        registration: &["url"],
        free: &["is_free"],
        image: &["logo.url"],
        published: &["published", "created"],
        updated: &["changed"],
        ..NOTHING
    },
    Dialect {
        name: "Resident Advisor",
        events: &["data.venue.events"],
        marks: &["contentUrl", "startTime", "title"],
        base: "https://ra.co",
        id: &["id"],
        title: &["title"],
        text: &["content"],
        page: &["contentUrl"],
        start: &["startTime"],
        end: &["endTime"],
        venue: &["/data.venue.name"],
        street: &["/data.venue.address"],
        ..NOTHING
    },
    Dialect {
        name: "OpenTechEvents",
        events: &["events", ""],
        marks: &["name", "startDate", "timezone"],
        id: &["id"],
        title: &["name"],
        text: &["description"],
        page: &["url"],
        start: &["startDate"],
        end: &["endDate"],
        zone: &["timezone"],
        status: &["status"],
        mode: &["attendanceMode"],
        venue: &["location.venue", "location.address"],
        north: &["location.latitude"],
        east: &["location.longitude"],
        organiser: &["organizer.name", "community.name"],
        organiser_page: &["organizer.url", "community.uri"],
        registration: &["offers.registrationUrl"],
        free: &["offers.isFree"],
        image: &["image"],
        tags: &["tags"],
        language: &["languages.0"],
        updated: &["updatedAt"],
        ..NOTHING
    },
    Dialect {
        name: "The Events Calendar",
        events: &["events", ""],
        marks: &["global_id", "start_date", "title"],
        id: &["global_id"],
        title: &["title"],
        text: &["description", "excerpt"],
        page: &["url"],
        start: &["start_date"],
        end: &["end_date"],
        zone: &["timezone"],
        status: &["event_status"],
        venue: &["venue.venue"],
        street: &["venue.address"],
        postcode: &["venue.zip"],
        town: &["venue.city"],
        north: &["venue.geo_lat"],
        east: &["venue.geo_lng"],
        organiser: &["organizer.0.organizer"],
        organiser_page: &["organizer.0.url"],
        registration: &["website"],
        image: &["image.url"],
        tags: &["categories.0.name"],
        ..NOTHING
    },
    Dialect {
        name: "The Carpentries",
        events: &[""],
        marks: &["slug", "start_date", "host_name"],
        id: &["slug"],
        title: &["slug"],
        page: &["url"],
        start: &["start_date"],
        end: &["end_date"],
        venue: &["venue"],
        country: &["country"],
        north: &["latitude"],
        east: &["longitude"],
        organiser: &["host_name"],
        speakers: &["instructors"],
        tags: &["tag_name", "curriculum"],
        ..NOTHING
    },
    Dialect {
        name: "University of Amsterdam",
        events: &["items"],
        marks: &["representationId", "startDate", "title"],
        id: &["id"],
        title: &["title"],
        text: &["lead"],
        page: &["url"],
        start: &["startDate"],
        end: &["endDate"],
        venue: &["locations.0.title", "locations.0"],
        image: &["image.imageUrl"],
        tags: &["eventType"],
        ..NOTHING
    },
    Dialect {
        name: "Facebook",
        events: &["data", ""],
        marks: &["start_time", "name"],
        id: &["id"],
        title: &["name"],
        text: &["description"],
        start: &["start_time"],
        end: &["end_time"],
        zone: &["timezone"],
        venue: &["location", "place.name"],
        street: &["venue.street", "place.location.street"],
        town: &["venue.city", "place.location.city"],
        north: &["venue.latitude", "place.location.latitude"],
        east: &["venue.longitude", "place.location.longitude"],
        organiser: &["owner.name"],
        updated: &["updated_time"],
        ..NOTHING
    },
];

/// Reads a listing of any of them, if it is one.
pub fn read(document: &Value, hints: &Hints) -> Option<Listing> {
    DIALECTS.iter().find_map(|dialect| {
        let lists: Vec<&Value> = dialect.events.iter().filter_map(|path| list(document, path)).collect();
        let known = |event: &&Value| dialect.marks.iter().all(|mark| at(event, mark).is_some());
        let row = Row { dialect, document, hints };
        let events = lists.iter().flat_map(|list| each(list)).filter(known).filter(|event| !row.is_hidden(event));
        let drafts: Vec<Draft> = events.map(|event| row.draft(event)).collect();
        let feed = FeedFacts { generator: Line::new(dialect.name).ok(), ..FeedFacts::default() };
        (!drafts.is_empty()).then_some(Listing { feed, drafts, ..Listing::default() })
    })
}

fn list<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() { Some(document) } else { at(document, path) }
}

/// One dialect at work on one document.
struct Row<'a> {
    dialect: &'a Dialect,
    document: &'a Value,
    hints: &'a Hints,
}

impl<'a> Row<'a> {
    fn value(&self, event: &'a Value, paths: &[&str]) -> Option<&'a Value> {
        paths.iter().find_map(|path| match path.strip_prefix('/') {
            Some(path) => at(self.document, path),
            None => at(event, path),
        })
    }

    fn text(&self, event: &'a Value, paths: &[&str]) -> Option<String> {
        paths.iter().find_map(|path| self.value(event, &[path]).and_then(text))
    }

    fn texts(&self, event: &'a Value, paths: &[&str]) -> Vec<String> {
        let values = paths.iter().filter_map(|path| self.value(event, &[path])).flat_map(each).filter_map(text);
        values.flat_map(|text| text.split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>()).collect()
    }

    fn line(&self, event: &'a Value, paths: &[&str]) -> Option<Line> {
        Line::new(&self.text(event, paths)?).ok()
    }

    fn says(&self, event: &'a Value, paths: &[&str]) -> Option<bool> {
        match self.value(event, paths)? {
            Value::Bool(said) => Some(*said),
            Value::String(said) => said.parse().ok(),
            _ => None,
        }
    }

    fn is_hidden(&self, event: &'a Value) -> bool {
        let hidden = self.dialect.hidden.iter().any(|path| self.says(event, &[path]) == Some(true));
        hidden || self.text(event, self.dialect.status).as_deref() == Some("draft")
    }

    fn base(&self) -> Option<Address> {
        let base = self.dialect.base;
        let told = if base.starts_with("https:") { Some(base.to_owned()) } else { self.text(self.document, &[base]) };
        told.and_then(|base| Address::new(&base).ok()).or_else(|| self.hints.address.clone())
    }

    fn time(&self, event: &'a Value, paths: &[&str]) -> Option<Result<Clock, String>> {
        let value = self.value(event, paths)?;
        Some(match value {
            Value::Number(_) => instant(value).map(Clock::Instant).ok_or_else(|| value.to_string()),
            other => {
                let text = text(other)?;
                clock(&text).ok_or(text)
            }
        })
    }

    fn draft(&self, event: &'a Value) -> Draft {
        let here = self.dialect;
        let mut draft = Draft { raw: event.to_string(), ..Draft::default() };
        let base = self.base();
        let whole =
            |href: String| Address::join(base.as_ref(), &href).map_or(href, |address| address.as_str().to_owned());
        draft.id = self.text(event, here.id);
        draft.title = self.text(event, here.title).unwrap_or_default();
        draft.describe(&self.text(event, here.text).unwrap_or_default());
        draft.page = self.text(event, here.page).map(whole);
        draft.zone = self.text(event, here.zone).and_then(|zone| Zone::new(&zone).ok());
        match self.time(event, here.start) {
            Some(Ok(start)) => {
                let end = self.time(event, here.end).and_then(Result::ok).map(End::At);
                draft.sessions.push(Session::new(start, end));
            }
            Some(Err(told)) => draft.unreadable = Some(told),
            None => {}
        }
        let status = self.text(event, here.status).map(|word| fold(&word));
        draft.status = status.as_deref().and_then(whether);
        draft.availability = match (status.as_deref(), self.says(event, here.room)) {
            (Some("sold_out" | "soldout"), _) | (_, Some(false)) => Some(Availability::Full),
            (Some("sales_closed"), _) => Some(Availability::Closed),
            (_, Some(true)) => Some(Availability::Open),
            _ => None,
        };
        draft.mode = self.value(event, here.mode).and_then(how);
        if self.text(event, here.access).is_some() {
            draft.online = Some(Online { access: OnlineAccess::Registered, note: None, foreign: Default::default() });
        }
        let place = Place {
            name: self.line(event, here.venue),
            street: self.line(event, here.street),
            postcode: self.line(event, here.postcode),
            locality: self.line(event, here.town),
            country: self.text(event, here.country).and_then(|code| Country::new(&code).ok()),
            ..Place::default()
        };
        if let (Some(north), Some(east)) = (self.degrees(event, here.north), self.degrees(event, here.east)) {
            // Squarespace puts a pin into New York where nobody chose a place.
            draft.geo = (!place.is_empty()).then_some((north, east));
        }
        draft.place = (!place.is_empty()).then_some(place);
        let name = self.text(event, here.organiser);
        let page = self.text(event, here.organiser_page);
        draft.organisers.extend(name.and_then(|name| organiser(&name, page.as_deref(), base.as_ref())));
        let speaker = |name: &String| {
            let role = Line::new(Speaker::SPEAKER).ok();
            Some(Speaker { name: Line::new(name).ok()?, page: None, role, affiliation: None })
        };
        draft.speakers = self.texts(event, here.speakers).iter().filter_map(speaker).collect();
        draft.registration = self.text(event, here.registration);
        draft.free = self.says(event, here.free);
        draft.image = self.text(event, here.image).map(|href| (href, String::new()));
        draft.tags = self.texts(event, here.tags);
        draft.language = self.text(event, here.language).and_then(|code| Language::new(&code).ok());
        draft.published = self.value(event, here.published).and_then(instant);
        draft.updated = self.value(event, here.updated).and_then(instant);
        draft
    }

    fn degrees(&self, event: &'a Value, paths: &[&str]) -> Option<f64> {
        self.value(event, paths).and_then(number)
    }
}

/// Whether an event takes place, in the words of any of them.
fn whether(word: &str) -> Option<Status> {
    match word {
        "cancelled" | "canceled" => Some(Status::Cancelled),
        "postponed" => Some(Status::Postponed),
        "rescheduled" => Some(Status::Rescheduled),
        "scheduled" | "live" | "published" | "started" | "ended" | "completed" => Some(Status::Scheduled),
        _ => None,
    }
}

/// How one takes part, in the words of any of them; a member that only says whether it is online says nothing by no.
fn how(value: &Value) -> Option<Mode> {
    match value {
        Value::Bool(true) => Some(Mode::Online),
        Value::String(word) => match fold(word).as_str() {
            "true" | "online" => Some(Mode::Online),
            "in-person" | "offline" => Some(Mode::Offline),
            "hybrid" | "mixed" => Some(Mode::Mixed),
            _ => None,
        },
        _ => None,
    }
}
