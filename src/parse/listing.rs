//! Listings of events in XML that are no feeds: a conference's schedule, Columba's calendar, Ticketsolve's shows.
//!
//! Recognised by their root, read child by child within the bounds of every XML document.

use jiff::civil::{Date, Time};

use super::draft::{Clock, Draft, Session};
use super::json::{self, Listing};
use super::schedule;
use crate::event::{Availability, Country, Line, Organiser, Place, Status, Zone};
use crate::format::xml::{Element, Limits, Reader, XmlError};

/// Columba's calendar; where it holds events, and which details the University of Manchester adds to one.
const CALML: &str = "http://www.columbasystems.com/cpng/xmlviewer/cal/1-0/";

/// Reads a listing, if the document is one.
///
/// # Errors
/// [`XmlError`], as for any XML.
pub fn read(text: &str) -> Result<Option<Listing>, XmlError> {
    let (reader, root) = Reader::open(text, Limits::default())?;
    Ok(match (&*root.namespace, &*root.name) {
        ("", "schedule") => Some(schedule::from_xml(&children(reader)?)),
        (CALML, "calendar") => Some(calml(&children(reader)?)),
        ("", "venues") => Some(ticketsolve(&children(reader)?)),
        _ => None,
    })
}

fn children<'a>(mut reader: Reader<'a>) -> Result<Vec<(Element<'a>, &'a str)>, XmlError> {
    let mut all = Vec::new();
    while let Some(child) = reader.next_child()? {
        all.push(child);
    }
    Ok(all)
}

/// A child's text, whatever its namespace.
fn said(element: &Element, name: &str) -> Option<String> {
    let child = element.elements().find(|child| child.name == name)?;
    Some(child.text().trim().to_owned()).filter(|text| !text.is_empty())
}

/// A descendant, by its names on the way there, whatever their namespaces.
fn reach<'e>(element: &'e Element<'e>, path: &[&str]) -> Option<&'e Element<'e>> {
    path.iter().try_fold(element, |here, name| here.elements().find(|child| child.name == *name))
}

/// An attribute, whatever its namespace.
fn named(element: &Element, name: &str) -> Option<String> {
    element.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.to_string())
}

fn line(text: Option<String>) -> Option<Line> {
    Line::new(&text?).ok()
}

/// Columba's calendar: days that hold events, each with its times in several zones, and details under namespaces that
/// every customer has its own of.
fn calml(children: &[(Element, &str)]) -> Listing {
    let zone =
        children.iter().find(|(child, _)| child.name == "state").and_then(|(state, _)| said(state, "userTimezone"));
    let zone = zone.and_then(|zone| Zone::new(&zone).ok());
    let views = children.iter().filter(|(child, _)| child.name.ends_with("View"));
    let days = views.flat_map(|(view, _)| view.elements().filter(|child| child.name == "day"));
    let events = days.flat_map(|day| day.elements().filter(|child| child.name == "event"));
    let drafts = events.map(|event| {
        let mut draft = Draft { raw: event.text(), zone: zone.clone(), ..Draft::default() };
        draft.id = reach(event, &["id"]).and_then(|id| named(id, "query")).or_else(|| said(event, "id"));
        draft.title = said(event, "title").unwrap_or_default();
        draft.describe(&said(event, "description").unwrap_or_default());
        draft.status = match said(event, "status").as_deref() {
            Some("cancelled" | "canceled") => Some(Status::Cancelled),
            Some("postponed") => Some(Status::Postponed),
            _ => None,
        };
        let times = event.elements().find(|child| child.name == "times" && child.attribute("type") == Some("local"));
        if let Some(times) = times {
            let clock = |name: &str| {
                let point = times.elements().find(|child| child.name == name)?;
                let date: Date = said(point, "date")?.parse().ok()?;
                let Some(time) = said(point, "time") else { return Some(Clock::Day(date)) };
                Some(Clock::Floating(date.to_datetime(time.parse::<Time>().ok()?)))
            };
            match clock("start") {
                Some(start) => draft.sessions.push(Session::new(start, clock("end").map(super::draft::End::At))),
                None => draft.unreadable = Some(times.text()),
            }
        }
        if let Some(data) = reach(event, &["eventData", "data"]) {
            details(data, &mut draft);
        }
        draft
    });
    Listing { drafts: drafts.collect(), ..Listing::default() }
}

fn details(data: &Element, draft: &mut Draft) {
    if let Some(location) = reach(data, &["location"]) {
        draft.place = Some(Place {
            name: line(said(location, "building").or_else(|| named(location, "name"))),
            locality: line(said(location, "city")),
            country: reach(location, &["country"]).and_then(|c| Country::new(&said(c, "iso2")?).ok()),
            ..Place::default()
        });
        let point = reach(location, &["geoLocation"]).and_then(|geo| said(geo, "point"));
        // Its points are written like WKT's, but latitude comes first.
        let degrees = point.as_deref().and_then(|p| p.strip_prefix("POINT(")?.strip_suffix(')')?.split_once(' '));
        draft.geo = degrees.and_then(|(north, east)| Some((north.parse().ok()?, east.trim().parse().ok()?)));
    }
    let organiser = reach(data, &["organiser"]).and_then(|organiser| line(named(organiser, "name")));
    draft.organisers.extend(organiser.map(|name| Organiser { name, page: None, role: None }));
    draft.registration = reach(data, &["links", "link"]).and_then(|link| named(link, "href"));
    let kind = reach(data, &["eventType"]).and_then(|kind| named(kind, "name"));
    draft.tags.extend(kind);
    draft.free = said(data, "price").filter(|price| price.eq_ignore_ascii_case("free")).map(|_| true);
}

/// Ticketsolve: venues, their shows, and the performances of each, which are the sessions of one event.
fn ticketsolve(children: &[(Element, &str)]) -> Listing {
    let mut drafts = Vec::new();
    for (venue, _) in children {
        for show in reach(venue, &["shows"]).into_iter().flat_map(|shows| shows.all("", "show")) {
            let mut draft = Draft { raw: show.text(), id: named(show, "id"), ..Draft::default() };
            draft.title = said(show, "name").unwrap_or_default();
            draft.describe(&said(show, "description").unwrap_or_default());
            draft.page = said(show, "url");
            draft.place = Some(Place { name: line(said(venue, "name")), ..Place::default() });
            draft.tags.extend(said(show, "event_category"));
            draft
                .tags
                .extend(reach(show, &["tags"]).into_iter().flat_map(|tags| tags.all("", "tag")).map(Element::text));
            let organiser = line(said(show, "production_company_name"));
            draft.organisers.extend(organiser.map(|name| Organiser { name, page: None, role: None }));
            let image = reach(show, &["images", "image", "url"]).map(Element::text);
            draft.image = image.map(|href| (href, String::new()));
            for performance in reach(show, &["events"]).into_iter().flat_map(|events| events.all("", "event")) {
                let Some(told) = said(performance, "date_time_iso") else { continue };
                let Some(start) = json::clock(&told) else {
                    draft.unreadable = Some(told);
                    break;
                };
                let mut session = Session::new(start, None);
                session.name = named(performance, "id");
                (session.status, session.availability) = match said(performance, "status").as_deref() {
                    Some("available") => (None, Some(Availability::Open)),
                    Some("sold_out" | "soldout" | "sold out") => (None, Some(Availability::Full)),
                    Some("cancelled") => (Some(Status::Cancelled), None),
                    Some("closed" | "off_sale") => (None, Some(Availability::Closed)),
                    _ => (None, None),
                };
                draft.sessions.push(session);
            }
            drafts.push(draft);
        }
    }
    Listing { drafts, ..Listing::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Address, When};
    use crate::format::Hints;

    fn read_one(xml: &str) -> crate::event::Event {
        let hints = Hints {
            address: Address::new("https://lab.example/x.xml").ok(),
            language: None,
            zone: Zone::new("Europe/Paris").ok(),
            region: None,
            by_link: false,
            seen: "2026-11-05T08:00:00Z".parse().unwrap(),
        };
        let mut reading = crate::parse::read(xml.as_bytes(), None, &hints).unwrap();
        assert_eq!(reading.entries.len(), 1, "{reading:?}");
        reading.entries.remove(0).event
    }

    #[test]
    fn a_show_loses_a_performance_or_its_venue() {
        let event = read_one(
            "<venues><venue id='1'><name><![CDATA[ Le Hangar ]]></name><shows><show id='7'><name>Visite</name>\
             <description><![CDATA[<p>Deux fois</p>]]></description><url>https://b.example/7</url><events>\
             <event id='a'><date_time_iso>2026-11-19T10:00:00+01:00</date_time_iso><status>available</status></event>\
             <event id='b'><date_time_iso>2026-11-20T10:00:00+01:00</date_time_iso><status>sold_out</status></event>\
             </events></show></shows></venue></venues>",
        );
        assert_eq!((event.id.as_str(), event.slots.len()), ("7", 2));
        assert_eq!(event.slots[0].name.as_str(), "a");
        assert_eq!(event.slots[1].availability, Some(Availability::Full));
        assert_eq!(event.places[0].line().unwrap(), "Le Hangar");
    }

    #[test]
    fn a_calendar_is_read_in_another_zone_than_its_own() {
        let event = read_one(
            "<c:calendar xmlns:c='http://www.columbasystems.com/cpng/xmlviewer/cal/1-0/'>\
             <c:state><c:userTimezone>Europe/London</c:userTimezone></c:state><c:listView><c:day><c:event><c:id query='{x}1'>x:1</c:id>\
             <c:title>Visite</c:title><c:status>cancelled</c:status>\
             <c:times type='GMT'><c:start><c:date>2026-07-04</c:date><c:time>09:00:00</c:time></c:start></c:times>\
             <c:times type='local'><c:start><c:date>2026-07-04</c:date><c:time>10:00:00</c:time></c:start></c:times>\
             <c:eventData><u:data xmlns:u='u'><u:location><u:building>Bibliothèque</u:building></u:location><u:price>Free</u:price></u:data></c:eventData>\
             </c:event></c:day></c:listView></c:calendar>",
        );
        let When::Timed(hours) = event.slots[0].when else { panic!("{event:?}") };
        assert_eq!(hours.start().to_string(), "2026-07-04T10:00:00+01:00");
        assert_eq!((event.id.as_str(), event.status), ("{x}1", Status::Cancelled));
        assert_eq!(event.places[0].line().unwrap(), "Bibliothèque");
        assert_eq!(event.registration.as_ref().unwrap().free, Some(true));
    }
}
