//! OpenAgenda's export of an agenda (`events.v2.json`) and its API, version 2.
//!
//! Texts come in several languages, the long one as Markdown or HTML. Its status mixes two things that the profile
//! keeps apart: whether an event takes place, and whether there is room.

use serde_json::Value;

use super::{Listing, at, count, each, instant, number, organiser, text, text_at, words};
use crate::event::html::escape;
use crate::event::{
    AccessCode, Address, Area, Availability, Country, Id, Language, Line, Mode, Online, OnlineAccess, Place, Status,
    Zone,
};
use crate::format::{FeedFacts, Hints};
use crate::parse::draft::{Draft, End, Session};
use crate::parse::{Rejected, reject};
use crate::programme::Code;

/// An event that is published (*publié*). Others wait for the agenda's moderators (0, 1), or were refused by them (-1).
const PUBLISHED: u32 = 2;
/// Most timings of an event, which is also what OpenAgenda itself allows.
const MOST_TIMINGS: usize = 800;

/// Reads an export, if it is one.
pub fn read(document: &Value, hints: &Hints) -> Option<Listing> {
    let events = at(document, "events").or_else(|| at(document, "event")).unwrap_or(document);
    // What was removed from an agenda is told by its number alone, to whoever asks for it.
    let asked = hints.address.as_ref().is_some_and(|address| address.as_str().contains("removed="));
    let gone = |event: &Value| is_removed(event, asked && document.get("total").is_some());
    // An agenda without events is one too, and says so with its total.
    let empty = document.get("total").is_some() && events.as_array().is_some_and(Vec::is_empty);
    if !empty && !each(events).any(|event| is_event(event) || gone(event)) {
        return None;
    }
    let mut listing = Listing {
        feed: FeedFacts { generator: Line::new("OpenAgenda").ok(), ..FeedFacts::default() },
        ..Listing::default()
    };
    for event in each(events) {
        if gone(event) || is_event(event) && !is_shown(event) {
            // It may have been shown before.
            listing.withdrawn.extend(text_at(event, "uid").and_then(|uid| Id::new(&uid).ok()));
        } else if is_event(event) {
            listing.drafts.push(draft(event, hints));
        }
    }
    Some(listing)
}

fn is_event(event: &Value) -> bool {
    event.get("uid").is_some() && event.get("timings").is_some_and(Value::is_array)
}

/// Whether an event was taken out of the agenda or deleted; `asked`: those were asked for, of which no more is told than
/// a number and when.
fn is_removed(event: &Value, asked: bool) -> bool {
    let alone = || ["title", "timings", "slug"].iter().all(|name| event.get(*name).is_none());
    let when = || event.get("updatedAt").is_some();
    event.get("uid").is_some()
        && (is_set(event, "removed")
            || is_set(event, "deleted")
            || at(event, "deletedAt").is_some()
            || asked && alone() && when())
}

fn is_set(event: &Value, name: &str) -> bool {
    event.get(name).is_some_and(|value| value.as_bool() == Some(true) || value.as_u64() == Some(1))
}

/// Whether the agenda shows it to everyone. A state that is told and is not known is none in which it does.
fn is_shown(event: &Value) -> bool {
    let state = at(event, "state.id").or_else(|| at(event, "state"));
    state.is_none_or(|state| count(state) == Some(PUBLISHED)) && !is_set(event, "draft") && !is_set(event, "private")
}

fn draft(event: &Value, hints: &Hints) -> Draft {
    let mut draft = Draft { raw: event.to_string(), ..Draft::default() };
    let wanted = hints.language.as_ref();
    let said = |name: &str| event.get(name).and_then(|value| words(value, wanted));
    if let Some((title, language)) = said("title") {
        (draft.title, draft.language) = (title, language);
    }
    draft.summary = said("description").map(|(text, _)| text);
    draft.body = said("longDescription").map(|(text, _)| if text.contains("</") { text } else { markdown(&text) });
    draft.id = text_at(event, "uid");
    draft.page = page(event, hints);
    draft.published = event.get("createdAt").and_then(instant);
    draft.updated = event.get("updatedAt").and_then(instant);
    let zone = text_at(event, "timezone").or_else(|| text_at(event, "location.timezone"));
    draft.zone = zone.and_then(|zone| Zone::new(&zone).ok());
    for timing in event.get("timings").into_iter().flat_map(each).take(MOST_TIMINGS) {
        let clock = |names: [&str; 2]| names.iter().find_map(|name| text_at(timing, name));
        let Some(begin) = clock(["begin", "start"]) else { continue };
        let Some(start) = super::clock(&begin) else {
            draft.unreadable = Some(begin);
            break;
        };
        let end = clock(["end", "end"]).and_then(|end| super::clock(&end)).map(End::At);
        draft.sessions.push(Session::new(start, end));
    }
    let code = |name: &str| at(event, &format!("{name}.id")).or_else(|| event.get(name)).and_then(count);
    (draft.status, draft.availability) = match code("status") {
        Some(1) => (Some(Status::Scheduled), None),
        Some(2) => (Some(Status::Rescheduled), None),
        Some(3) => (Some(Status::MovedOnline), None),
        Some(4) => (Some(Status::Postponed), None),
        Some(5) => (Some(Status::Scheduled), Some(Availability::Full)),
        Some(6) => (Some(Status::Cancelled), None),
        _ => (None, None),
    };
    draft.mode = match code("attendanceMode") {
        Some(1) => Some(Mode::Offline),
        Some(2) => Some(Mode::Online),
        Some(3) => Some(Mode::Mixed),
        _ => None,
    };
    if event.get("onlineAccessLink").is_some_and(|link| link.as_str().is_some_and(|link| !link.is_empty())) {
        // The link is meant for those who come; that there is one is all that is given on.
        draft.online = Some(Online { access: OnlineAccess::Registered, note: None, foreign: Default::default() });
    }
    place(event, &mut draft);
    draft.registration = registration(event);
    draft.terms = said("conditions").map(|(text, _)| text);
    draft.image = image(event, wanted);
    // Who made a picture has a right to be named where it is shown.
    let shown = draft.image.as_ref().is_some_and(|(_, alt)| !alt.trim().is_empty());
    draft.rights = text_at(event, "imageCredits").filter(|_| shown);
    draft.access = codes(event.get("accessibility"));
    draft.tags = tags(event, wanted);
    let agenda = text_at(event, "originAgenda.title");
    let agenda_page = text_at(event, "originAgenda.uid").map(|uid| format!("https://openagenda.com/agendas/{uid}"));
    draft.organisers.extend(agenda.and_then(|name| organiser(&name, agenda_page.as_deref(), None)));
    draft
}

/// The page of an event in its agenda: its permanent address there.
fn page(event: &Value, hints: &Hints) -> Option<String> {
    if let Some(page) = text_at(event, "canonicalUrl").or_else(|| text_at(event, "permalink")) {
        return Some(page);
    }
    let listed = hints.address.as_ref().and_then(|address| {
        let after = address.as_str().split_once("/agendas/")?.1;
        let uid: String = after.chars().take_while(char::is_ascii_digit).collect();
        (!uid.is_empty()).then_some(uid)
    });
    let agenda = listed.or_else(|| text_at(event, "originAgenda.uid"))?;
    Some(format!("https://openagenda.com/agendas/{agenda}/events/{}", text_at(event, "uid")?))
}

fn place(event: &Value, draft: &mut Draft) {
    let Some(told) = event.get("location").filter(|location| location.is_object()) else {
        draft.location = text_at(event, "locationName");
        return;
    };
    let line = |name: &str| text_at(told, name).and_then(|text| Line::new(&text).ok());
    let mut place = Place {
        name: line("name"),
        street: line("address"),
        postcode: line("postalCode"),
        locality: line("city").or_else(|| line("adminLevel4")),
        country: text_at(told, "countryCode").and_then(|code| Country::new(&code).ok()),
        ..Place::default()
    };
    if let (Some(code), Ok(scheme)) = (line("insee"), Line::new(Area::COMMUNE)) {
        place.areas.push(Area { scheme, code, label: place.locality.clone() });
    }
    draft.place = Some(place);
    if let (Some(north), Some(east)) = (told.get("latitude").and_then(number), told.get("longitude").and_then(number)) {
        draft.geo = Some((north, east));
    }
}

/// How to register: a page before an e-mail address before a telephone number.
fn registration(event: &Value) -> Option<String> {
    let ways: Vec<&Value> = event.get("registration").into_iter().flat_map(each).collect();
    let of = |kind: &str| ways.iter().find(|way| way.get("type").and_then(Value::as_str) == Some(kind));
    let value = |way: &&Value| text_at(way, "value");
    of("link")
        .and_then(value)
        .or_else(|| of("email").and_then(value).map(|address| format!("mailto:{address}")))
        .or_else(|| {
            of("phone").and_then(value).map(|number| format!("tel:{}", number.replace(char::is_whitespace, "")))
        })
        .or_else(|| ways.iter().find_map(|way| text(way)))
}

/// Its picture and the words that stand for it. OpenAgenda itself asks who made a picture and not what it shows: words are
/// there when an agenda added them. A title or a credit is no such words.
fn image(event: &Value, wanted: Option<&Language>) -> Option<(String, String)> {
    let image = event.get("image")?;
    let href = text(image).or_else(|| stored(image)).or_else(|| text_at(image, "url"))?;
    let said =
        |holder: &Value, name: &str| holder.get(name).and_then(|value| words(value, wanted)).map(|(text, _)| text);
    let of_image = ["alt", "description"].iter().find_map(|name| said(image, name));
    let alt = of_image.or_else(|| ["imageAlt", "imageDescription"].iter().find_map(|name| said(event, name)));
    Some((href, alt.unwrap_or_default()))
}

/// Where the picture itself is, as wide as a page shows it: where OpenAgenda keeps its files, and the name of this one.
fn stored(image: &Value) -> Option<String> {
    let (base, name) = (text_at(image, "base")?, text_at(image, "filename")?);
    Some(format!("{}/{}", base.trim_end_matches('/'), name.trim_start_matches('/')))
}

/// Its accessibility: codes that are set, or a list of codes.
fn codes(value: Option<&Value>) -> std::collections::BTreeSet<AccessCode> {
    match value {
        Some(Value::Object(codes)) => {
            let set = codes.iter().filter(|(_, set)| set.as_bool() == Some(true));
            set.filter_map(|(code, _)| AccessCode::from_code(code)).collect()
        }
        Some(list) => each(list).filter_map(|code| AccessCode::from_code(code.as_str()?)).collect(),
        None => Default::default(),
    }
}

fn tags(event: &Value, wanted: Option<&Language>) -> Vec<String> {
    let Some(keywords) = event.get("keywords") else { return Vec::new() };
    let wanted = wanted.map(Language::primary);
    let lists = wanted.as_deref().into_iter().chain(["fr", "en"]);
    let list = lists.into_iter().find_map(|code| keywords.get(code)).or_else(|| keywords.as_object()?.values().next());
    let split = |text: String| text.split(',').map(|tag| tag.trim().to_owned()).collect::<Vec<_>>();
    list.unwrap_or(keywords)
        .clone()
        .as_str()
        .map_or_else(|| each(list.unwrap_or(keywords)).filter_map(text).collect(), |text| split(text.to_owned()))
}

/// The little of Markdown that people write in an agenda: paragraphs, line breaks, headings, lists, emphasis, links.
/// What it does not know stays as it was written.
fn markdown(text: &str) -> String {
    let mut out = String::new();
    for block in text.replace("\r\n", "\n").split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        let lines: Vec<&str> = block.lines().map(str::trim).collect();
        let item = |line: &str| line.starts_with("- ") || line.starts_with("* ");
        let heading = block.trim_start_matches('#');
        if lines.len() == 1 && heading.len() < block.len() && heading.starts_with(' ') {
            out.push_str(&format!("<h3>{}</h3>", inline(heading.trim())));
        } else if lines.iter().all(|line| item(line)) {
            let items: String = lines.iter().map(|line| format!("<li>{}</li>", inline(line[2..].trim()))).collect();
            out.push_str(&format!("<ul>{items}</ul>"));
        } else {
            let lines: Vec<String> = lines.iter().map(|line| inline(line)).collect();
            out.push_str(&format!("<p>{}</p>", lines.join("<br>")));
        }
    }
    out
}

/// Emphasis and links of one line. A mark that no other closes is a character like any other.
fn inline(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['*', '_', '[']) {
        out.push_str(&escape(&rest[..at]));
        rest = &rest[at..];
        // Inside a word an underscore joins.
        let inside_word = rest.starts_with('_') && out.ends_with(char::is_alphanumeric);
        let taken = [("**", "strong"), ("__", "strong"), ("*", "em"), ("_", "em")].iter().find_map(|(mark, name)| {
            let inner = rest.strip_prefix(mark).filter(|_| !inside_word)?;
            let end = inner.find(mark).filter(|end| *end > 0)?;
            let html = format!("<{name}>{}</{name}>", escape(&inner[..end]));
            Some((html, mark.len() + end + mark.len()))
        });
        let (html, length) = taken.or_else(|| link(rest)).unwrap_or_else(|| {
            let length = rest.chars().take_while(|c| rest.starts_with(*c)).count().max(1);
            (escape(&rest[..length]).into_owned(), length)
        });
        out.push_str(&html);
        rest = &rest[length..];
    }
    out.push_str(&escape(rest));
    out
}

fn link(text: &str) -> Option<(String, usize)> {
    let (words, after) = text.strip_prefix('[')?.split_once("](")?;
    let (href, _) = after.split_once(')')?;
    if words.contains('[') {
        return None;
    }
    let html = format!("<a href=\"{}\">{}</a>", escape(href.split_whitespace().next()?), escape(words));
    Some((html, 1 + words.len() + 2 + href.len() + 1))
}

/// Events of one page of an export: the most that OpenAgenda gives.
const PAGE_SIZE: usize = 300;

/// One page of an export.
#[derive(Debug)]
pub struct Page {
    /// Its events, as they stand there.
    pub events: Vec<Value>,
    /// How many events there are in all, when it says so.
    pub total: Option<usize>,
    /// From where the next page goes on.
    after: Vec<String>,
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// [`Rejected`] when it is none.
    pub fn read(text: &str) -> Result<Page, Rejected> {
        let document = super::parse(text)?;
        let Some(events) = document.get("events").and_then(Value::as_array) else {
            return Err(reject(Code::NotAFeed, "no events"));
        };
        // The API calls its cursor `after`, the export calls it `sort`.
        let after = ["after", "sort"].iter().find_map(|name| document.get(*name).filter(|after| !after.is_null()));
        Ok(Page {
            events: events.clone(),
            total: document.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok()),
            after: after.into_iter().flat_map(each).filter_map(super::text).collect(),
        })
    }

    /// Where the page after this one is; `None` after the last. `before` is how many events came on the pages before.
    pub fn next(&self, export: &Address, before: usize) -> Option<Address> {
        let came = before + self.events.len();
        let all = self.total.map_or(self.events.len() < PAGE_SIZE, |total| came >= total);
        if all || self.events.is_empty() || self.after.is_empty() {
            return None;
        }
        let mut url = url::Url::parse(export.as_str()).ok()?;
        url.query_pairs_mut().extend_pairs(self.after.iter().map(|value| ("after[]", value)));
        Address::new(url.as_str()).ok()
    }
}

/// Where the events of an agenda are, given the address of its export, of its API, or of its page by number; `None`
/// for the page by name, whose number only the page itself tells.
pub fn export(address: &Address) -> Option<Address> {
    let mut url = url::Url::parse(address.as_str()).ok()?;
    let path = url.path().trim_end_matches('/').to_owned();
    let is_api = path.contains("/v2/agendas/") && path.ends_with("/events");
    if !is_api && !path.ends_with("/events.v2.json") {
        let after = path.split_once("/agendas/")?.1;
        let uid: String = after.chars().take_while(char::is_ascii_digit).collect();
        if uid.is_empty() {
            return None;
        }
        url.set_path(&format!("/agendas/{uid}/events.v2.json"));
    }
    let asked: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let has = |name: &str| asked.iter().any(|asked| asked.split('[').next() == Some(name));
    let mut wanted = vec![("size", PAGE_SIZE.to_string())];
    wanted.extend([("detailed", "1"), ("longDescriptionFormat", "HTML")].map(|(name, value)| (name, value.to_owned())));
    wanted.retain(|(name, _)| !has(name));
    // Whoever chose dates chose them; else what is past is past, and stays as we have it.
    if !["relative", "timings"].into_iter().any(has) {
        wanted.extend([("relative[]", "current".to_owned()), ("relative[]", "upcoming".to_owned())]);
    }
    url.query_pairs_mut().extend_pairs(wanted);
    Address::new(url.as_str()).ok()
}

/// Where the events of the agenda are whose page, found at `address`, is `text`.
pub fn export_named_in(text: &str, address: &Address) -> Option<Address> {
    let after = text.split("agendas/").skip(1).find(|after| after.starts_with(|c: char| c.is_ascii_digit()))?;
    let uid: String = after.chars().take_while(char::is_ascii_digit).collect();
    export(&Address::join(Some(address), &format!("/agendas/{uid}")).ok()?)
}

/// All pages of an export as one.
pub fn whole(events: Vec<Value>) -> Vec<u8> {
    let total = events.len();
    serde_json::json!({ "total": total, "events": events }).to_string().into_bytes()
}
