//! JSON Feed 1.0 and 1.1, and what our own feeds add to it: `_essaim` says an event in data, as [`crate::format::json`]
//! writes it.
//!
//! Members of the wrong type cost themselves and nothing else; an id may be a number, as in version 1.0.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use jiff::civil::Date;
use serde_json::Value;

use super::draft::{Clock, Draft, File, Gathering, plain};
use super::{Rejected, dates, dialect, reject};
use crate::event::{
    Access, AccessCode, Address, Area, Audience, Availability, Before, Capacity, Contact, Country, Days, Format, Geo,
    Hours, Html, Id, Language, Licence, Line, MediaType, Minutes, Mode, Moment, Name, Notice, Online, OnlineAccess,
    Organiser, Parts, Per, Place, Previous, Region, RegionTerm, Registration, Resource, ResourceKind, Series, Slot,
    Speaker, Status, Term, When, Window, Zone,
};
use crate::format::atom::authored;
use crate::format::{FeedFacts, Hints, Reading};
use crate::programme::Code;

/// Most entries of one feed, as for Atom.
const MOST_ENTRIES: usize = 5_000;

/// Reads a JSON Feed.
///
/// # Errors
/// [`Rejected`] where it is none, or lists more than anybody has.
pub fn read(document: &Value, hints: &Hints) -> Result<Reading, Rejected> {
    let version = text(document, "version").unwrap_or_default();
    let items = document.get("items").and_then(Value::as_array);
    let Some(items) = items.filter(|_| version.contains("jsonfeed.org/version/1")) else {
        return Err(reject(Code::NotAFeed, version));
    };
    if items.len() > MOST_ENTRIES {
        return Err(reject(Code::TooMuch, &format!("more than {MOST_ENTRIES} entries")));
    }
    let mut gathering = Gathering::new(facts(document, hints), hints);
    for item in items {
        let mut draft = draft(item);
        // Only what says the whole of an event is worth taking by its own terms.
        if let Some(own) = item.get("_essaim").filter(|own| own.get("slots").is_some()) {
            let Some(mut parts) = gathering.begin(&draft) else { continue };
            match essaim(own, text(item, "content_html").and_then(authored), &mut parts) {
                Ok(()) => (draft.said, draft.body) = (Some(Box::new(parts)), None),
                Err(slot) => draft.unreadable = Some(slot),
            }
        }
        gathering.add(draft);
    }
    Ok(gathering.done())
}

fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

/// Values of a list of texts.
fn each<'a, T>(value: &'a Value, member: &str, read: impl Fn(&'a str) -> Option<T>) -> impl Iterator<Item = T> {
    list(value, member).filter_map(Value::as_str).filter_map(read)
}

fn line(value: &Value, member: &str) -> Option<Line> {
    text(value, member).and_then(plain)
}

fn address(value: &Value, member: &str) -> Option<Address> {
    text(value, member).and_then(|href| Address::new(href).ok())
}

fn facts(document: &Value, hints: &Hints) -> FeedFacts {
    let title = line(document, "title");
    let resolved = |member| text(document, member).and_then(|href| Address::join(hints.address.as_ref(), href).ok());
    let topic = resolved("feed_url");
    let own = document.get("_essaim");
    let author = authors(document).next().or_else(|| title.clone().map(named));
    FeedFacts {
        id: topic.as_ref().and_then(|topic| Id::new(topic.as_str()).ok()),
        language: text(document, "language").and_then(|l| Language::new(l).ok()).or_else(|| hints.language.clone()),
        page: resolved("home_page_url"),
        author,
        licence: own.and_then(|own| licence(own.get("licence")?)),
        rights: own.and_then(|own| line(own, "rights")),
        complete: own.and_then(|own| own.get("complete")).and_then(Value::as_bool).unwrap_or(false),
        hubs: list(document, "hubs").filter_map(|hub| address(hub, "url")).collect(),
        topic,
        title,
        ..FeedFacts::default()
    }
}

fn named(name: Line) -> Organiser {
    Organiser { name, page: None, role: None }
}

/// Version 1.1 has a list of authors, version 1.0 one.
fn authors(value: &Value) -> impl Iterator<Item = Organiser> {
    list(value, "authors").chain(value.get("author")).filter_map(organiser)
}

fn organiser(value: &Value) -> Option<Organiser> {
    let name = text(value, "name").and_then(dialect::person)?;
    Some(Organiser { name, page: address(value, "url"), role: line(value, "role") })
}

fn draft(item: &Value) -> Draft {
    let id = match item.get("id") {
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    };
    let body = text(item, "content_html").map(str::to_owned).or_else(|| {
        let html = Html::from_text(text(item, "content_text")?)?;
        Some(html.as_str().to_owned())
    });
    let time = |member| text(item, member).and_then(dates::clock);
    let dated = time("date_published");
    let undated = text(item, "date_published").filter(|_| dated.is_none()).map(str::to_owned);
    let image = text(item, "image").or_else(|| text(item, "banner_image"));
    let alt = item.get("_essaim").and_then(|own| text(own, "image_alt")).unwrap_or_default();
    Draft {
        id: id.filter(|id| !id.trim().is_empty()),
        title: text(item, "title").unwrap_or_default().to_owned(),
        summary: text(item, "summary").map(str::to_owned),
        body,
        page: text(item, "url").or_else(|| text(item, "external_url")).map(str::to_owned),
        published: dated.as_ref().and_then(Clock::instant),
        updated: time("date_modified").as_ref().and_then(Clock::instant),
        dated,
        undated,
        organisers: authors(item).collect(),
        tags: each(item, "tags", |tag| Some(tag.to_owned())).collect(),
        image: image.map(|href| (href.to_owned(), alt.to_owned())),
        files: list(item, "attachments").filter_map(file).collect(),
        language: text(item, "language").and_then(|language| Language::new(language).ok()),
        raw: item.to_string(),
        ..Draft::default()
    }
}

/// An attachment; the event in another format is none.
fn file(attachment: &Value) -> Option<File> {
    let media_type = text(attachment, "mime_type").filter(|media_type| *media_type != "text/calendar")?;
    Some(File {
        href: text(attachment, "url")?.to_owned(),
        media_type: Some(media_type.to_owned()),
        length: attachment.get("size_in_bytes").and_then(Value::as_u64),
        title: text(attachment, "title").map(str::to_owned),
    })
}

/// Takes what `_essaim` says; the text of a slot that cannot be read, for then the event must wait.
fn essaim(own: &Value, body: Option<String>, parts: &mut Parts) -> Result<(), String> {
    parts.status = text(own, "status").and_then(Status::from_code).unwrap_or(Status::Scheduled);
    parts.mode = text(own, "mode").and_then(Mode::from_code);
    parts.zone = text(own, "tz").and_then(|zone| Zone::new(zone).ok());
    for value in list(own, "slots") {
        parts.slots.push(slot(value, parts.slots.len(), parts.status).ok_or_else(|| value.to_string())?);
    }
    parts.places = match own.get("places") {
        Some(_) => list(own, "places").map(place).collect(),
        None => own.get("place").map(place).into_iter().collect(),
    };
    parts.online = list(own, "online").map(online).collect();
    parts.series = list(own, "series").filter_map(series).collect();
    parts.editions = list(own, "edition").filter_map(term).collect();
    parts.topics = list(own, "topics").filter_map(term).collect();
    parts.formats = each(own, "formats", Format::from_code).collect();
    parts.audiences = each(own, "audiences", Audience::from_code).collect();
    // The feed's own tags hold the labels of codes too, for people.
    parts.tags = each(own, "tags", plain).collect();
    let region = |code: &str| Some(RegionTerm { code: Region::new(code).ok()?, label: None });
    parts.regions = each(own, "regions", region).collect();
    parts.speakers = list(own, "speakers").filter_map(speaker).collect();
    parts.registration = own.get("registration").map(registration).into();
    parts.resources = list(own, "resources").filter_map(resource).collect();
    let access = own.get("access").map(|access| {
        let codes: BTreeSet<AccessCode> = each(access, "codes", AccessCode::from_code).collect();
        Access { codes, note: line(access, "note"), foreign: Default::default() }
    });
    parts.access = access.into();
    let notice = own.get("notice").and_then(|notice| {
        let since = moment(notice, "since")?;
        Some(Notice { since, text: line(notice, "text"), foreign: Default::default() })
    });
    parts.notice = notice.into();
    parts.previous = list(own, "previous").filter_map(previous).collect();
    // What stands around it is rendering: the date in words, the place.
    parts.summary = line(own, "summary");
    parts.body = body.as_deref().and_then(|body| Html::clean(body, parts.page.as_ref()));
    parts.licence = own.get("licence").and_then(licence).or(parts.licence.take());
    parts.rights = line(own, "rights").or(parts.rights.take());
    parts.sequence = own.get("sequence").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    parts.assumed.extend(each(own, "assumed", |name| Name::new(name).ok()));
    Ok(())
}

fn moment(value: &Value, member: &str) -> Option<Moment> {
    text(value, member).and_then(|text| Moment::parse(text).ok())
}

fn days(value: &Value) -> Option<Days> {
    let day = |member| text(value, member).and_then(|text| text.parse::<Date>().ok());
    let first = day("start")?;
    Days::new(first, day("end").unwrap_or(first)).ok()
}

fn hours(value: &Value) -> Option<Hours> {
    let end = match value.get("end") {
        None => None,
        Some(_) => Some(moment(value, "end")?),
    };
    Hours::new(moment(value, "start")?, end).ok()
}

fn slot(value: &Value, before: usize, status: Status) -> Option<Slot> {
    let when = match text(value, "precision").unwrap_or("minute") {
        "minute" => When::Timed(hours(value)?),
        "day" => {
            let duration = text(value, "duration").and_then(|text| Minutes::parse(text).ok());
            When::Day { days: days(value)?, duration }
        }
        "all-day" => When::AllDay(days(value)?),
        "period" => When::Period(days(value)?),
        _ => return None,
    };
    let name = text(value, "ref").and_then(|name| Name::new(name).ok());
    let mut slot = Slot::new(name.or_else(|| Name::new(&format!("c{}", before + 1)).ok())?, when);
    slot.zone = text(value, "tz").and_then(|zone| Zone::new(zone).ok());
    // Each slot is written with the status that holds for it: only one of its own is its own.
    slot.status = text(value, "status").and_then(Status::from_code).filter(|own| *own != status);
    slot.availability = text(value, "availability").and_then(Availability::from_code);
    slot.place = value.get("place").map(place).into();
    slot.online = value.get("online").map(online).into();
    slot.registration = value.get("registration").map(registration).into();
    Some(slot)
}

fn place(value: &Value) -> Place {
    let areas = list(value, "areas").filter_map(|area| {
        let label = line(area, "label");
        Some(Area { scheme: line(area, "scheme")?, code: line(area, "code")?, label })
    });
    let number = |geo: &Value, member: &str| geo.get(member).and_then(Value::as_f64);
    Place {
        name: line(value, "name"),
        street: line(value, "street"),
        postcode: line(value, "postcode"),
        locality: line(value, "locality"),
        country: text(value, "country").and_then(|country| Country::new(country).ok()),
        areas: areas.collect(),
        geo: value.get("geo").and_then(|geo| Geo::new(number(geo, "lat")?, number(geo, "lon")?)),
        foreign: Default::default(),
    }
}

fn online(value: &Value) -> Online {
    let access = match value.get("public").and_then(Value::as_bool) {
        Some(true) => OnlineAccess::Public(address(value, "href")),
        // What nobody called public is not.
        _ => OnlineAccess::Registered,
    };
    Online { access, note: line(value, "note"), foreign: Default::default() }
}

fn registration(value: &Value) -> Registration {
    let number = |member| value.get(member).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    Registration {
        href: text(value, "href").and_then(|href| Contact::new(href).ok()),
        window: Window::new(moment(value, "opens"), moment(value, "closes")).unwrap_or_default(),
        required: value.get("required").and_then(Value::as_bool),
        free: value.get("free").and_then(Value::as_bool),
        capacity: Capacity::new(number("capacity"), number("remaining")).unwrap_or_default(),
        per: text(value, "per").and_then(Per::from_code),
        note: line(value, "note"),
        foreign: Default::default(),
    }
}

fn series(value: &Value) -> Option<Series> {
    let number = |member| {
        let number = value.get(member).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        number.and_then(NonZeroU32::new)
    };
    let step = crate::event::Step::new(number("position"), number("total")).unwrap_or_default();
    let id = text(value, "id").and_then(|id| Id::new(id).ok())?;
    Some(Series { id, title: line(value, "title"), step, foreign: Default::default() })
}

fn term(value: &Value) -> Option<Term> {
    Some(Term { code: line(value, "code")?, label: line(value, "label") })
}

fn speaker(value: &Value) -> Option<Speaker> {
    let Organiser { name, page, role } = organiser(value)?;
    Some(Speaker { name, page, role, affiliation: line(value, "affiliation") })
}

fn resource(value: &Value) -> Option<Resource> {
    Some(Resource {
        href: address(value, "href")?,
        kind: text(value, "kind").and_then(ResourceKind::from_code).unwrap_or(ResourceKind::Other),
        media_type: text(value, "type").and_then(|media_type| MediaType::new(media_type).ok()),
        length: value.get("length").and_then(Value::as_u64),
        title: line(value, "title"),
        foreign: Default::default(),
    })
}

fn previous(value: &Value) -> Option<Previous> {
    let when = match hours(value) {
        Some(hours) => Before::Timed(hours),
        None => Before::Days(days(value)?),
    };
    let slot = text(value, "ref").and_then(|name| Name::new(name).ok());
    Some(Previous { slot, when, foreign: Default::default() })
}

fn licence(value: &Value) -> Option<Licence> {
    Some(Licence { href: address(value, "href")?, title: line(value, "title") })
}
