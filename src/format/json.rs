//! Events as JSON Feed 1.1, which readers show, with `_essaim` beside it, which scripts use.
//!
//! The standard members say an event in words; the extension says it in data, with the names and the precision of the
//! profile, and with who announced it and why the copies were taken for one. What is not known is left out: no member
//! holds a guess. Lists are always there, so that a script need not ask.

use serde_json::{Map, Value, json};

use super::words::Words;
use super::{Feed, Head, ical};
use crate::event::{
    Before, Days, Licence, Moment, Online, OnlineAccess, Organiser, Place, Previous, Registration, Series, Slot,
    Status, Term, When,
};
use crate::language::Tongue;
use crate::programme::{Announced, Published};

/// The media type of JSON Feed 1.1.
pub const CONTENT_TYPE: &str = "application/feed+json; charset=utf-8";

const VERSION: &str = "https://jsonfeed.org/version/1.1";
/// What `_essaim` is (JSON Feed 1.1, "Extensions": `about`).
const ABOUT: &str = "https://w3id.org/essaim/event/1";

/// The whole feed, the events in its order.
pub fn write(feed: &Feed) -> String {
    let head = &feed.head;
    let items = feed.events.iter().map(|published| item(head, published)).collect();
    let about = json!({
        "about": ABOUT,
        "v": 1,
        "licence": head.licence.as_ref().map(licence),
        "rights": head.rights,
        "updated": head.updated.to_string(),
        "complete": head.complete,
    });
    // The hub tells of the whole feed, not of one event's.
    let hubs: Vec<Value> = head.hub.iter().map(|hub| json!({ "type": "WebSub", "url": hub })).collect();
    let hubs = (!hubs.is_empty()).then_some(hubs);
    envelope(head, head.title.as_str(), head.base.as_str(), &head.address("json"), hubs, items, about)
}

/// The feed of one event: never complete, since it says nothing of the others.
pub fn write_event(head: &Head, published: &Published) -> String {
    let page = head.event_page(&published.slug);
    let words = Words::new(head, published);
    let about = json!({
        "about": ABOUT,
        "v": 1,
        "licence": words.licence().map(licence),
        "rights": published.event.rights.as_ref().or(head.rights.as_ref()),
        "updated": published.event.updated.to_string(),
        "complete": false,
    });
    let items = vec![item(head, published)];
    envelope(head, published.event.title.as_str(), &words.page(), &format!("{page}.json"), None, items, about)
}

fn envelope(
    head: &Head,
    title: &str,
    home: &str,
    feed: &str,
    hubs: Option<Vec<Value>>,
    items: Vec<Value>,
    about: Value,
) -> String {
    let members = known(json!({
        "version": VERSION,
        "title": title,
        "home_page_url": home,
        "feed_url": feed,
        "description": head.subtitle,
        "language": head.language,
        "authors": [author(&head.author)],
        "hubs": hubs,
        "items": items,
        "_essaim": known(about),
    }));
    members.to_string()
}

/// One event as an item of JSON Feed 1.1.
pub fn item(head: &Head, published: &Published) -> Value {
    let words = Words::new(head, published);
    let event = &published.event;
    let mut tags = words.labels();
    if event.status != Status::Scheduled {
        tags.push(words.tongue().label("status", event.status.code()));
    }
    let authors: Vec<Value> = match event.organisers.as_slice() {
        [] => vec![author(&head.author)],
        organisers => organisers.iter().map(author).collect(),
    };
    // An attachment must have a media type; resources without one are pages, and stand in `_essaim`.
    let files = event.resources.iter().filter_map(|resource| {
        let media_type = resource.media_type.as_ref()?;
        Some(known(json!({
            "url": resource.href,
            "mime_type": media_type,
            "title": resource.title,
            "size_in_bytes": resource.length,
        })))
    });
    let calendar = (!event.slots.is_empty()).then(|| {
        let address = format!("{}.ics", head.event_page(&published.slug));
        json!({ "url": address, "mime_type": "text/calendar" })
    });
    known(json!({
        "id": event.id,
        "url": words.page(),
        "title": words.title(),
        "summary": words.summary(),
        "content_html": words.html(),
        "date_published": event.published.map(|at| at.to_string()),
        "date_modified": event.updated.to_string(),
        "language": words.language(),
        "authors": authors,
        "tags": tags,
        "image": event.image.as_ref().map(|image| &image.href),
        "attachments": calendar.into_iter().chain(files).collect::<Vec<_>>(),
        "_essaim": extension(&words, published),
    }))
}

/// One event as data alone, for programs: what `_essaim` says of it, and the author's own words beside.
pub fn event(head: &Head, published: &Published) -> Value {
    let words = Words::new(head, published);
    let event = &published.event;
    let mut all = extension(&words, published);
    let own = known(json!({
        "id": event.id,
        "slug": published.slug,
        "url": head.event_page(&published.slug),
        "title": event.title,
        "text_html": event.body.as_ref().map(|body| body.as_str()),
        "language": words.language(),
        "published": event.published.map(|at| at.to_string()),
        "updated": event.updated.to_string(),
        "image": event.image.as_ref().map(|image| &image.href),
    }));
    if let (Value::Object(all), Value::Object(own)) = (&mut all, own) {
        all.remove("about");
        all.remove("v");
        all.extend(own);
    }
    all
}

fn extension(words: &Words, published: &Published) -> Value {
    let event = &published.event;
    let places: Vec<Value> = event.places.iter().map(place).collect();
    let slots: Vec<Value> = event.slots.iter().map(|each| slot(published, each)).collect();
    known(json!({
        "about": ABOUT,
        "v": 1,
        "slots": slots,
        "status": event.status,
        "availability": event.availability(),
        "mode": event.mode,
        "place": places.first(),
        // A second place is rare enough not to make everyone read a list.
        "places": (places.len() > 1).then_some(&places),
        "insee": event.places.iter().find_map(Place::commune),
        "online": event.online.iter().map(online).collect::<Vec<_>>(),
        "series": event.series.iter().map(series).collect::<Vec<_>>(),
        "edition": event.editions.iter().map(term).collect::<Vec<_>>(),
        "formats": event.formats,
        "topics": event.topics.iter().map(term).collect::<Vec<_>>(),
        "tags": event.tags,
        "audiences": event.audiences,
        "regions": event.regions.iter().map(|region| &region.code).collect::<Vec<_>>(),
        "organisers": event.organisers.iter().map(organiser).collect::<Vec<_>>(),
        "speakers": event.speakers.iter().map(|speaker| known(json!({
            "name": speaker.name,
            "url": speaker.page,
            "role": speaker.role,
            "affiliation": speaker.affiliation,
        }))).collect::<Vec<_>>(),
        "registration": event.registration.as_ref().map(registration),
        "resources": event.resources.iter().map(|resource| known(json!({
            "href": resource.href,
            "kind": resource.kind,
            "type": resource.media_type,
            "length": resource.length,
            "title": resource.title,
        }))).collect::<Vec<_>>(),
        "image_alt": event.image.as_ref().map(|image| &image.alt),
        "access": event.access.as_ref().map(|access| known(json!({ "codes": access.codes, "note": access.note }))),
        "notice": event.notice.as_ref().map(|notice| known(json!({ "since": notice.since, "text": notice.text }))),
        "previous": event.previous.iter().map(previous).collect::<Vec<_>>(),
        "summary": event.summary,
        "licence": words.licence().map(licence),
        "rights": event.rights,
        "sequence": event.sequence,
        "assumed": event.assumed,
        "tz": event.zone,
        "copies": published.copies.iter().map(copy).collect::<Vec<_>>(),
        "dossier": dossier(published),
    }))
}

fn slot(published: &Published, slot: &Slot) -> Value {
    let (precision, start, end, duration) = match &slot.when {
        When::Timed(hours) => ("minute", hours.start().to_string(), hours.end().map(|end| end.to_string()), None),
        When::Day { days, duration } => ("day", days.first().to_string(), last(days), *duration),
        When::AllDay(days) => ("all-day", days.first().to_string(), last(days), None),
        When::Period(days) => ("period", days.first().to_string(), last(days), None),
    };
    known(json!({
        "ref": slot.name,
        "start": start,
        "end": end,
        "precision": precision,
        "duration": duration.map(|duration| duration.to_string()),
        "tz": published.event.zone_of(slot),
        "status": published.event.status_of(slot),
        "availability": slot.availability,
        "uid": ical::uid(published, slot).to_string(),
        "place": slot.place.as_ref().map(place),
        "online": slot.online.as_ref().map(online),
        "registration": slot.registration.as_ref().map(registration),
    }))
}

/// The last of several days; the only day is its own end, and nobody announced one.
fn last(days: &Days) -> Option<String> {
    (days.last() != days.first()).then(|| days.last().to_string())
}

fn place(place: &Place) -> Value {
    known(json!({
        "name": place.name,
        "street": place.street,
        "postcode": place.postcode,
        "locality": place.locality,
        "country": place.country,
        "areas": place.areas.iter().map(|area| known(json!({
            "scheme": area.scheme,
            "code": area.code,
            "label": area.label,
        }))).collect::<Vec<_>>(),
        "geo": place.geo.map(|geo| json!({ "lat": geo.lat(), "lon": geo.lon() })),
    }))
}

fn online(online: &Online) -> Value {
    let (public, href) = match &online.access {
        OnlineAccess::Public(href) => (true, href.as_ref()),
        OnlineAccess::Registered => (false, None),
    };
    known(json!({ "public": public, "href": href, "note": online.note }))
}

fn registration(registration: &Registration) -> Value {
    let at = |moment: Option<Moment>| moment.map(|moment| moment.to_string());
    known(json!({
        "href": registration.href,
        "opens": at(registration.window.opens()),
        "closes": at(registration.window.closes()),
        "required": registration.required,
        "free": registration.free,
        "capacity": registration.capacity.total(),
        "remaining": registration.capacity.remaining(),
        "per": registration.per,
        "note": registration.note,
    }))
}

fn series(series: &Series) -> Value {
    known(json!({
        "id": series.id,
        "title": series.title,
        "position": series.step.position(),
        "total": series.step.total(),
    }))
}

fn previous(previous: &Previous) -> Value {
    let (start, end) = match &previous.when {
        Before::Timed(hours) => (hours.start().to_string(), hours.end().map(|end| end.to_string())),
        Before::Days(days) => (days.first().to_string(), last(days)),
    };
    known(json!({ "ref": previous.slot, "start": start, "end": end }))
}

fn term(term: &Term) -> Value {
    known(json!({ "code": term.code, "label": term.label }))
}

fn licence(licence: &Licence) -> Value {
    known(json!({ "href": licence.href, "title": licence.title }))
}

fn author(organiser: &Organiser) -> Value {
    known(json!({ "name": organiser.name, "url": organiser.page }))
}

fn organiser(organiser: &Organiser) -> Value {
    known(json!({ "name": organiser.name, "url": organiser.page, "role": organiser.role }))
}

/// Who announced it: `rule` and `score` are null for the primary, which was joined to nothing.
fn copy(copy: &Announced) -> Value {
    json!({
        "source": copy.key.source,
        "id": copy.key.id,
        "name": copy.name,
        "title": copy.title,
        "url": copy.page,
        "primary": copy.primary,
        "rule": copy.join.as_ref().map(|join| join.rule),
        "score": copy.join.as_ref().map(|join| join.score),
    })
}

/// Why the copies were joined, and what is doubtful about it.
fn dossier(published: &Published) -> Value {
    let joins = published.copies.iter().filter_map(|copy| {
        let join = copy.join.as_ref()?;
        Some(json!({
            "source": copy.key.source,
            "id": copy.key.id,
            "rule": join.rule,
            "score": join.score,
            "evidence": join.evidence,
            "words": { "fr": Tongue::French.weighed(&join.evidence), "en": Tongue::English.weighed(&join.evidence) },
        }))
    });
    let voices = published.voices.iter().map(|(field, voices)| (field.code(), voices));
    json!({
        "joins": joins.collect::<Vec<_>>(),
        "doubts": published.doubts,
        "fields": voices.collect::<std::collections::BTreeMap<_, _>>(),
    })
}

/// The members that are known: what nobody said is not said to be null.
pub(super) fn known(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::*;
    use crate::event::{Name, Parts};

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn said(slots: Vec<Slot>, change: impl FnOnce(&mut Parts)) -> Value {
        let mut parts = parts("a", slots);
        change(&mut parts);
        item(&head(), &published(parts))
    }

    fn members(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn a_feed_is_json_feed_1_1_and_a_hostile_title_survives_in_it() {
        let event = full(HOSTILE);
        let feed = feed([event.clone(), published(parts("b", Vec::new()))]);
        for text in [write(&feed), write_event(&feed.head, &event)] {
            let read = read(&text);
            assert_eq!(read["version"], "https://jsonfeed.org/version/1.1");
            for member in ["title", "home_page_url", "feed_url", "description", "language"] {
                assert!(read[member].is_string(), "{member}");
            }
            for item in read["items"].as_array().unwrap() {
                for member in ["id", "url", "title", "summary", "content_html", "date_modified", "language"] {
                    assert!(item[member].is_string(), "{member}");
                }
                assert!(item["authors"].as_array().unwrap().iter().all(|author| author["name"].is_string()));
                assert!(item["tags"].as_array().unwrap().iter().all(Value::is_string));
                let attachments = item["attachments"].as_array().unwrap();
                assert!(attachments.iter().all(|a| a["url"].is_string() && a["mime_type"].is_string()));
                assert_eq!(item["_essaim"]["about"], ABOUT);
            }
            assert_eq!(read["items"][0]["title"], json!(event.event.title));
            assert_eq!(read["items"][0]["date_published"], "2024-10-21T08:00:00Z");
            assert_eq!(read["items"][0]["attachments"][1]["size_in_bytes"], 182_044);
        }
    }

    #[test]
    fn a_day_without_an_hour_has_neither_hour_nor_end() {
        let item = said(vec![day("c1", "2024-11-14")], |_| {});
        let slot = &item["_essaim"]["slots"][0];
        assert_eq!(members(slot), ["duration", "precision", "ref", "start", "status", "uid"]);
        assert_eq!((&slot["start"], &slot["precision"]), (&json!("2024-11-14"), &json!("day")));
        assert_eq!(item["summary"], "Jeudi 14 novembre 2024 (horaire à préciser, 1\u{a0}h\u{a0}30).");
    }

    #[test]
    fn whole_days_end_on_their_last_and_an_unknown_end_stays_unknown() {
        let period = Slot::new(Name::new("c1").unwrap(), When::Period(days("2024-11-04", "2024-11-30")));
        let item = said(vec![period, timed("c2", "2024-11-19T10:00:00+01:00", None)], |_| {});
        let slots = &item["_essaim"]["slots"];
        assert_eq!((&slots[0]["end"], &slots[0]["precision"]), (&json!("2024-11-30"), &json!("period")));
        assert_eq!(members(&slots[1]), ["precision", "ref", "start", "status", "uid"]);
    }

    #[test]
    fn what_nobody_said_is_left_out() {
        let item = said(Vec::new(), |_| {});
        for member in ["availability", "mode", "place", "insee", "registration", "access", "tz"] {
            assert!(item["_essaim"].get(member).is_none(), "{member}");
        }
        for list in
            ["slots", "online", "series", "edition", "organisers", "speakers", "resources", "previous", "copies"]
        {
            assert_eq!(item["_essaim"][list], json!([]), "{list}");
        }
        assert!(item.get("date_published").is_none());
    }

    #[test]
    fn an_event_says_who_announced_it_and_why_they_were_taken_for_one() {
        let item = item(&head(), &full("x"));
        let copies = &item["_essaim"]["copies"];
        assert_eq!((&copies[0]["primary"], &copies[0]["rule"]), (&json!(true), &Value::Null));
        assert!(copies[0].get("score").is_some_and(Value::is_null));
        assert_eq!((&copies[1]["rule"], &copies[1]["score"]), (&json!("likeness"), &json!(910)));
        assert_eq!((&copies[1]["source"], &copies[1]["url"]), (&json!("dreal"), &json!("https://o.example/1")));
        let dossier = &item["_essaim"]["dossier"];
        assert_eq!(dossier["joins"][0]["evidence"][0]["what"], "organiser");
        assert_eq!(dossier["doubts"][0]["doubt"], "drifted");
    }

    #[test]
    fn the_title_says_that_it_is_cancelled() {
        let item = said(vec![day("c1", "2024-11-14")], |parts| parts.status = Status::Cancelled);
        assert_eq!(item["title"], "[Annulé] Atelier : l’eau");
        assert!(item["tags"].as_array().unwrap().contains(&json!("Annulé")));
    }

    #[test]
    fn the_feed_of_one_event_never_claims_to_list_all() {
        let read = read(&write_event(&head(), &full("x")));
        assert_eq!(read["_essaim"]["complete"], false);
        assert_eq!(read["feed_url"], "https://lab.example/e/eau-2044.json");
    }

    #[test]
    fn the_same_feed_gives_the_same_bytes() {
        assert_eq!(write(&feed([full("x")])), write(&feed([full("x")])));
    }
}
