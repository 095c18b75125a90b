//! Events in the terms of schema.org, as JSON-LD: in a page, or as a document of its own.
//!
//! JSON-LD is read as the JSON that people write, not as the graph it stands for: contexts are not followed, and a
//! reference (`@id`) is looked up in the same document only. Publishers put the same fact in several forms (a place as
//! a text, an object, a list); those forms are known here.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde_json::Value;

use super::{MOST_VISITS, at, clock, count, duration, each, instant, number, organiser, text, text_at, words};
use crate::event::{
    Address, Availability, Capacity, Country, Language, Line, Mode, Online, OnlineAccess, Organiser, Place, Speaker,
    Status, Zone,
};
use crate::format::Hints;
use crate::parse::draft::{Clock, Draft, End, Session};

/// Subtypes of Event whose names do not end in it.
const TYPES: &[&str] = &["Festival", "Hackathon", "CourseInstance", "EventSeries"];
/// Events of schema.org that are no occasions to go to.
const NO_OCCASIONS: &[&str] =
    &["PublicationEvent", "BroadcastEvent", "OnDemandEvent", "DeliveryEvent", "UserInteraction"];
/// Where events stand in something that is none.
const HOLDERS: &[&str] = &[
    "@graph",
    "itemListElement",
    "item",
    "mainEntity",
    "event",
    "events",
    "dataFeedElement",
    "about",
    "hasPart",
    "hasCourseInstance",
];
/// Most dates of one schedule, as for a recurrence in a calendar.
const MOST_DATES: usize = 200;
/// How many days a schedule is followed: two years.
const MOST_DAYS: usize = 731;

/// The events of a document in their order. Objects that give one event once for each date become one draft.
pub fn drafts(document: &Value, hints: &Hints) -> Vec<Draft> {
    let graph = Graph::new(document, hints);
    let mut drafts: Vec<Draft> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for event in graph.events(document) {
        let draft = graph.draft(event);
        let key = draft.page.clone().map(|page| (page, draft.title.clone()));
        match key.as_ref().and_then(|key| known.get(key)) {
            Some(first) if draft.unreadable.is_none() => {
                let first = &mut drafts[*first];
                let own = |mut session: Session| {
                    session.status = draft.status.filter(|status| Some(*status) != first.status);
                    session.availability = draft.availability;
                    session
                };
                first.sessions.extend(draft.sessions.into_iter().map(own));
            }
            _ => {
                known.extend(key.map(|key| (key, drafts.len())));
                drafts.push(draft);
            }
        }
    }
    drafts
}

/// A document with its named objects.
struct Graph<'a> {
    named: HashMap<&'a str, &'a Value>,
    base: Option<&'a Address>,
    language: Option<&'a Language>,
}

impl<'a> Graph<'a> {
    fn new(document: &'a Value, hints: &'a Hints) -> Graph<'a> {
        let mut named = HashMap::new();
        for value in walk(document, |members| members.iter().map(|(_, value)| value).collect()) {
            // An object that only refers has nothing but its name.
            if let Some(members) = value.as_object().filter(|members| members.len() > 1)
                && let Some(id) = members.get("@id").and_then(Value::as_str)
            {
                named.entry(id).or_insert(value);
            }
        }
        Graph { named, base: hints.address.as_ref(), language: hints.language.as_ref() }
    }

    /// What a value stands for: itself, or the object it refers to.
    fn meant(&self, value: &'a Value) -> &'a Value {
        let refers = value.as_object().filter(|members| members.len() == 1).and_then(|members| members.get("@id"));
        refers.and_then(Value::as_str).and_then(|id| self.named.get(id)).copied().unwrap_or(value)
    }

    fn events(&self, document: &'a Value) -> Vec<&'a Value> {
        let holds = |members: &'a serde_json::Map<String, Value>| -> Vec<&'a Value> {
            if is_event(members) {
                // Parts of an event that have a page of their own are events of their own.
                let parts = members.get("subEvent").into_iter().chain(members.get("subEvents")).flat_map(each);
                return parts.filter(|part| self.stands_alone(part, members)).collect();
            }
            HOLDERS.iter().filter_map(|holder| members.get(*holder)).collect()
        };
        walk(document, holds).filter(|value| value.as_object().is_some_and(is_event)).collect()
    }

    fn stands_alone(&self, part: &Value, whole: &serde_json::Map<String, Value>) -> bool {
        let page = part.get("url").and_then(Value::as_str);
        page.is_some() && page != whole.get("url").and_then(Value::as_str) && part.get("name").is_some()
    }

    fn words(&self, value: &Value) -> Option<String> {
        each(value).find_map(|value| match value {
            Value::Object(members) => {
                members.get("@value").and_then(text).or_else(|| words(value, self.language).map(|w| w.0))
            }
            other => text(other),
        })
    }

    /// The name of a thing, which may be given as its name alone.
    fn name(&self, value: &'a Value) -> Option<String> {
        match self.meant(value) {
            Value::Object(members) => {
                ["name", "legalName", "alternateName"].iter().find_map(|m| self.words(members.get(*m)?))
            }
            other => text(other),
        }
    }

    fn draft(&self, event: &'a Value) -> Draft {
        let field = |name: &str| event.get(name).filter(|value| !value.is_null());
        let mut draft = Draft { raw: event.to_string(), ..Draft::default() };
        draft.title = field("name").or_else(|| field("headline")).and_then(|name| self.words(name)).unwrap_or_default();
        draft.page = field("url").and_then(address);
        draft.id = self.id(event);
        if let Some(words) = field("description").and_then(|description| self.words(description)) {
            draft.describe(&words);
        }
        draft.published = field("datePublished").and_then(instant);
        draft.updated = field("dateModified").and_then(instant);
        self.times(event, &mut draft);
        draft.status = field("eventStatus").and_then(|status| each(status).find_map(|one| self::status(term(one)?)));
        draft.mode = field("eventAttendanceMode").and_then(|mode| each(mode).find_map(|one| self::mode(term(one)?)));
        if let Some(before) = field("previousStartDate").and_then(|before| each(before).find_map(Value::as_str)) {
            draft.previous = clock(before);
        }
        for place in field("location").into_iter().flat_map(each) {
            self.place(self.meant(place), &mut draft);
        }
        if draft.mode.is_none() && draft.online.is_some() && draft.place.is_none() && draft.location.is_none() {
            // A place that is said to be a virtual one is where it takes place.
            draft.mode = Some(Mode::Online);
        }
        draft.organisers = self.people("organizer", event).collect();
        draft.speakers = ["performer", "performers"]
            .into_iter()
            .flat_map(|member| field(member).into_iter().flat_map(each))
            .filter_map(|person| self.speaker(self.meant(person)))
            .collect();
        self.offers(event, &mut draft);
        draft.image = field("image").and_then(|image| each(image).find_map(|image| self.image(self.meant(image))));
        draft.language = field("inLanguage").and_then(|language| {
            let code = text(language).or_else(|| text_at(language, "alternateName"));
            Language::new(&code?).ok()
        });
        draft.tags = field("keywords").into_iter().flat_map(each).flat_map(|keyword| self.tags(keyword)).collect();
        draft.free = field("isAccessibleForFree").and_then(Value::as_bool);
        let places = |name: &str| field(name).and_then(count);
        draft.capacity =
            Capacity::new(places("maximumAttendeeCapacity"), places("remainingAttendeeCapacity")).unwrap_or_default();
        draft
    }

    /// Its name in the document, its page, or its number: whatever is told and is more than a name within the page.
    fn id(&self, event: &Value) -> Option<String> {
        let own = event.get("@id").and_then(Value::as_str).filter(|id| !id.starts_with("_:"));
        let page = || event.get("url").and_then(address);
        if let Some(id) = own.map(str::to_owned).or_else(page) {
            // What is relative there is another thing here.
            return Some(Address::join(self.base, &id).map_or(id, |address| address.as_str().to_owned()));
        }
        each(event.get("identifier")?).find_map(|id| text(id).or_else(|| text_at(id, "value")))
    }

    fn times(&self, event: &'a Value, draft: &mut Draft) {
        let parts = ["subEvent", "subEvents"].into_iter().filter_map(|member| event.get(member)).flat_map(each);
        let members = event.as_object();
        let parts: Vec<&Value> = parts
            .map(|part| self.meant(part))
            .filter(|part| {
                part.get("startDate").is_some() && !members.is_some_and(|whole| self.stands_alone(part, whole))
            })
            .collect();
        if !parts.is_empty() {
            for part in parts {
                let from = draft.sessions.len();
                self.session(part, draft);
                let mut own = Draft::default();
                self.offers(part, &mut own);
                for session in &mut draft.sessions[from..] {
                    session.name = text_at(part, "@id").or_else(|| text_at(part, "identifier"));
                    session.status = part.get("eventStatus").and_then(term).and_then(status);
                    session.availability = own.availability;
                }
            }
            return;
        }
        let scheduled: Vec<Session> = event
            .get("eventSchedule")
            .into_iter()
            .flat_map(each)
            .filter_map(|schedule| scheduled(self.meant(schedule)))
            .flatten()
            .take(MOST_DATES)
            .collect();
        if scheduled.is_empty() {
            self.session(event, draft);
        } else {
            draft.sessions = scheduled;
        }
    }

    fn session(&self, event: &Value, draft: &mut Draft) {
        let ends: Vec<&Value> = event.get("endDate").into_iter().flat_map(each).collect();
        for (index, start) in event.get("startDate").into_iter().flat_map(each).enumerate() {
            let Some(start) = text(start).or_else(|| text_at(start, "@value")) else { continue };
            let Some(begins) = clock(&start) else {
                draft.unreadable = Some(start);
                return;
            };
            let end = ends.get(index).and_then(|end| text(end).or_else(|| text_at(end, "@value")));
            let length = || duration(event.get("duration")?.as_str()?).map(End::After);
            let end = end.and_then(|end| clock(&end)).map(End::At).or_else(length);
            draft.sessions.push(Session::new(begins, end));
        }
    }

    fn place(&self, place: &'a Value, draft: &mut Draft) {
        let Value::Object(members) = place else {
            draft.location = draft.location.take().or_else(|| text(place));
            return;
        };
        if types(members).any(|kind| kind == "VirtualLocation") {
            let page = members.get("url").and_then(address);
            // Many give the event's own page for want of another: that is not where one takes part.
            let page = page.filter(|page| Some(page) != draft.page.as_ref());
            let page = page.and_then(|page| Address::join(self.base, &page).ok());
            let access = OnlineAccess::Public(page);
            draft.online.get_or_insert(Online { access, note: None, foreign: Default::default() });
            return;
        }
        let line =
            |name: &str| members.get(name).and_then(|value| self.words(value)).and_then(|words| Line::new(&words).ok());
        let mut told = Place { name: line("name"), ..Place::default() };
        match members.get("address").map(|address| self.meant(each(address).next().unwrap_or(address))) {
            Some(Value::Object(address)) => {
                let line = |name: &str| {
                    address.get(name).and_then(|value| self.words(value)).and_then(|words| Line::new(&words).ok())
                };
                told.street = line("streetAddress");
                told.postcode = line("postalCode");
                told.locality = line("addressLocality");
                let country =
                    address.get("addressCountry").and_then(|country| text(country).or_else(|| self.name(country)));
                told.country = country.and_then(|country| Country::new(&country).ok());
            }
            Some(address) => told.street = text(address).and_then(|line| Line::new(&line).ok()),
            None => {}
        }
        let degrees = |name: &str| at(place, &format!("geo.{name}")).or_else(|| members.get(name)).and_then(number);
        if let (Some(north), Some(east)) = (degrees("latitude"), degrees("longitude")) {
            draft.geo = draft.geo.or(Some((north, east)));
        }
        if !told.is_empty() {
            draft.place.get_or_insert(told);
        }
    }

    fn people(&self, member: &str, event: &'a Value) -> impl Iterator<Item = Organiser> {
        event.get(member).into_iter().flat_map(each).filter_map(|person| {
            let page = self.meant(person).get("url").and_then(Value::as_str);
            organiser(&self.name(person)?, page, self.base)
        })
    }

    fn speaker(&self, person: &'a Value) -> Option<Speaker> {
        let name = Line::new(&self.name(person)?).ok()?;
        let page = person.get("url").and_then(address).and_then(|page| Address::join(self.base, &page).ok());
        let affiliation = person.get("affiliation").or_else(|| person.get("worksFor"));
        let affiliation = affiliation.and_then(|body| self.name(body)).and_then(|name| Line::new(&name).ok());
        Some(Speaker { name, page, role: Line::new(Speaker::SPEAKER).ok(), affiliation })
    }

    /// Where to register, and whether a place is left: full only when nothing that is offered is to be had.
    fn offers(&self, event: &'a Value, draft: &mut Draft) {
        let all: Vec<&Value> = event.get("offers").into_iter().flat_map(each).map(|offer| self.meant(offer)).collect();
        draft.registration = all.iter().find_map(|offer| offer.get("url").and_then(address));
        let single = |offer: &&'a Value| -> Vec<&'a Value> {
            let inner: Vec<&Value> = offer.get("offers").into_iter().flat_map(each).collect();
            if inner.is_empty() { vec![*offer] } else { inner }
        };
        let said: Vec<Option<&str>> =
            all.iter().flat_map(single).map(|offer| offer.get("availability").and_then(term)).collect();
        let gone = |said: &Option<&str>| matches!(said, Some("SoldOut" | "OutOfStock"));
        if !said.is_empty() && said.iter().all(gone) {
            draft.availability = Some(Availability::Full);
        } else if said.iter().flatten().any(|said| matches!(*said, "InStock" | "LimitedAvailability" | "OnlineOnly")) {
            draft.availability = Some(Availability::Open);
        }
    }

    fn image(&self, image: &Value) -> Option<(String, String)> {
        let href = address(image).or_else(|| ["url", "contentUrl"].iter().find_map(|m| address(image.get(*m)?)))?;
        let alt = ["caption", "description", "name"].iter().find_map(|member| self.words(image.get(*member)?));
        Some((href, alt.unwrap_or_default()))
    }

    fn tags(&self, keyword: &Value) -> Vec<String> {
        match keyword {
            Value::String(text) => {
                text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
            }
            other => other.get("name").and_then(|name| self.words(name)).into_iter().collect(),
        }
    }
}

/// The values of a document, in order and within bounds; which of an object's members are entered is for the caller
/// to say.
fn walk<'a>(
    document: &'a Value,
    enter: impl Fn(&'a serde_json::Map<String, Value>) -> Vec<&'a Value>,
) -> impl Iterator<Item = &'a Value> {
    let mut open = vec![document];
    std::iter::from_fn(move || {
        let next = open.pop()?;
        match next {
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(members) => open.extend(enter(members).into_iter().rev()),
            _ => {}
        }
        Some(next)
    })
    .take(MOST_VISITS)
}

fn types(members: &serde_json::Map<String, Value>) -> impl Iterator<Item = &str> {
    members.get("@type").into_iter().flat_map(each).filter_map(term)
}

fn is_event(members: &serde_json::Map<String, Value>) -> bool {
    types(members).any(|kind| (kind.ends_with("Event") || TYPES.contains(&kind)) && !NO_OCCASIONS.contains(&kind))
}

/// A term of schema.org without its address: `https://schema.org/EventCancelled` is `EventCancelled`.
fn term(value: &Value) -> Option<&str> {
    let text = value.as_str().or_else(|| value.get("@id")?.as_str())?.trim();
    Some(text.rsplit(['/', '#', ':']).next().unwrap_or(text))
}

/// An address as a text or as an object with one.
fn address(value: &Value) -> Option<String> {
    each(value).find_map(|value| text(value).or_else(|| text_at(value, "@id")).or_else(|| text_at(value, "url")))
}

fn status(term: &str) -> Option<Status> {
    match term {
        "EventScheduled" => Some(Status::Scheduled),
        "EventRescheduled" => Some(Status::Rescheduled),
        "EventMovedOnline" => Some(Status::MovedOnline),
        "EventPostponed" => Some(Status::Postponed),
        "EventCancelled" | "EventCanceled" | "Cancelled" | "Canceled" => Some(Status::Cancelled),
        _ => None,
    }
}

fn mode(term: &str) -> Option<Mode> {
    match term {
        "OfflineEventAttendanceMode" => Some(Mode::Offline),
        "OnlineEventAttendanceMode" => Some(Mode::Online),
        "MixedEventAttendanceMode" => Some(Mode::Mixed),
        _ => None,
    }
}

/// The dates of a Schedule: every day or every week, on the days it names, between its two dates. `None` for what is
/// not that simple: the event's own dates then stand.
fn scheduled(schedule: &Value) -> Option<Vec<Session>> {
    let date = |member: &str| text_at(schedule, member)?.get(..10)?.parse::<Date>().ok();
    let time =
        |member: &str| text_at(schedule, member).and_then(|text| text.trim_start_matches('T').parse::<Time>().ok());
    let first = date("startDate")?;
    let times = schedule.get("repeatCount").and_then(count).and_then(|times| usize::try_from(times).ok());
    // Without an end it goes on for ever, and who knows whether it does.
    let last = date("endDate").or_else(|| times.map(|_| Date::MAX))?;
    let every = match text_at(schedule, "repeatFrequency")?.as_str() {
        "P1D" | "Daily" | "daily" => 1,
        "P1W" | "P7D" | "Weekly" | "weekly" => 7,
        "P2W" | "P14D" => 14,
        _ => return None,
    };
    let days: Vec<Weekday> =
        schedule.get("byDay").into_iter().flat_map(each).filter_map(|day| weekday(term(day)?)).collect();
    let except: Vec<Date> = schedule
        .get("exceptDate")
        .into_iter()
        .flat_map(each)
        .filter_map(|date| text(date)?.get(..10)?.parse().ok())
        .take(MOST_DATES)
        .collect();
    let zone = text_at(schedule, "scheduleTimezone").and_then(|zone| Zone::new(&zone).ok());
    let at = |date: Date, time: Time| {
        let wall = DateTime::from_parts(date, time);
        zone.clone().map_or(Clock::Floating(wall), |zone| Clock::In(wall, zone))
    };
    let week = |date: Date| first.until(date).ok().map(|span| i64::from(span.get_days()) / 7);
    let falls = |date: &Date| match (days.is_empty(), every) {
        (true, every) => first.until(*date).is_ok_and(|span| i64::from(span.get_days()) % every == 0),
        (false, 14) => days.contains(&date.weekday()) && week(*date).is_some_and(|week| week % 2 == 0),
        (false, _) => days.contains(&date.weekday()),
    };
    let sessions = std::iter::successors(Some(first), |date| date.tomorrow().ok())
        .take(MOST_DAYS)
        .take_while(|date| *date <= last)
        .filter(|date| falls(date) && !except.contains(date))
        .take(times.unwrap_or(MOST_DATES).min(MOST_DATES))
        .map(|date| match time("startTime") {
            Some(start) => Session::new(at(date, start), time("endTime").map(|end| End::At(at(date, end)))),
            None => Session::new(Clock::Day(date), None),
        })
        .collect();
    Some(sessions)
}

fn weekday(term: &str) -> Option<Weekday> {
    Some(match term {
        "Monday" | "MO" => Weekday::Monday,
        "Tuesday" | "TU" => Weekday::Tuesday,
        "Wednesday" | "WE" => Weekday::Wednesday,
        "Thursday" | "TH" => Weekday::Thursday,
        "Friday" | "FR" => Weekday::Friday,
        "Saturday" | "SA" => Weekday::Saturday,
        "Sunday" | "SU" => Weekday::Sunday,
        _ => return None,
    })
}
