//! What `evt:event` says, element by element.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use super::time::{Precision, moment, span};
use super::{Codes, Notes, Scope, foreign_attributes, foreign_element, line};
use crate::event::{
    Access, AccessCode, Address, Area, Availability, Before, Capacity, Contact, Copy, Country, Foreign, Geo, Hours, Id,
    Image, Language, MediaType, Minutes, Mode, Moment, Name, Notice, Online, OnlineAccess, Parts, Per, Place, Previous,
    Registration, Resource, ResourceKind, Series, Slot, Status, Step, When, Window, With, Zone,
};
use crate::format::Hints;
use crate::format::atom::EVT;
use crate::format::xml::Element;
use crate::programme::Code;

/// Level N2: everything that `evt:event` says.
pub(super) fn n2(
    event: &Element,
    scope: &Scope,
    hints: &Hints,
    codes: &Codes,
    parts: &mut Parts,
    notes: &mut Notes<'_>,
) -> Option<()> {
    const KNOWN: [&str; 7] = ["v", "status", "mode", "tz", "lang", "sequence", "assumed"];
    let status = notes.value("status", event.attribute("status"), Status::from_code);
    parts.status = status.or(codes.status).unwrap_or(Status::Scheduled);
    parts.mode = notes.value("mode", event.attribute("mode"), Mode::from_code);
    parts.zone = notes.value("tz", event.attribute("tz"), |t| Zone::new(t).ok());
    match event.attribute("lang") {
        None => {}
        Some("") => parts.language = None,
        Some(text) => {
            parts.language = notes.value("lang", Some(text), |t| Language::new(t).ok()).or(parts.language.take());
        }
    }
    parts.sequence = notes.value("sequence", event.attribute("sequence"), |n| n.trim().parse().ok()).unwrap_or(0);
    let assumed = event.attribute("assumed").unwrap_or_default().split_ascii_whitespace();
    parts.assumed = assumed.filter_map(|name| Name::new(name).ok()).collect();
    let mut unknown = Vec::new();
    for element in event.elements() {
        let known = element.namespace == EVT;
        match &*element.name {
            "slot" if known => parts.slots.push(slot(element, scope, hints, parts.zone.as_ref(), notes)?),
            "previous" if known => parts.previous.extend(previous(element, parts.zone.as_ref(), notes)),
            "place" if known => parts.places.push(place(element, notes)),
            "online" if known => parts.online.push(online(element, scope, notes)),
            "registration" if known => {
                let linked = parts.registration.take().and_then(|r| r.href);
                let mut said = registration(element, scope, parts.zone.as_ref(), notes);
                said.href = said.href.or(linked);
                parts.registration = said.into();
            }
            "series" if known => parts.series.extend(series(element, notes)),
            "access" if known => parts.access = access(element, notes).into(),
            "notice" if known => parts.notice = notice(element, parts.zone.as_ref(), notes).into(),
            "resource" if known => {
                if let Some(resource) = resource(element, scope, notes) {
                    // A "related" link of the same address said less.
                    parts.resources.retain(|r| r.href != resource.href);
                    parts.resources.push(resource);
                }
            }
            "image" if known => parts.image = image(element, scope, notes).into(),
            "with" if known => parts.with.extend(with(element, notes)),
            "copy" if known => parts.copies.extend(copy(element, scope, notes)),
            _ => unknown.extend(foreign_element(element, 0, notes)),
        }
    }
    parts.foreign_event = Foreign::new(foreign_attributes(event, &KNOWN, notes), unknown);
    Some(())
}

fn slot(
    element: &Element,
    scope: &Scope,
    hints: &Hints,
    event_zone: Option<&Zone>,
    notes: &mut Notes<'_>,
) -> Option<Slot> {
    const KNOWN: [&str; 8] = ["ref", "start", "end", "precision", "duration", "tz", "status", "availability"];
    let name = Name::new(element.attribute("ref").unwrap_or_default()).ok();
    let Some(name) = name else {
        notes.find(Code::Contradiction, &format!("slot ref: {}", element.attribute("ref").unwrap_or_default()));
        return None;
    };
    let own_zone = notes.value("slot tz", element.attribute("tz"), |t| Zone::new(t).ok());
    let said = own_zone.as_ref().or(event_zone);
    let precision = notes.value("precision", element.attribute("precision"), |p| match p {
        "minute" => Some(Precision::Minute),
        "day" => Some(Precision::Day),
        "all-day" => Some(Precision::AllDay),
        "period" => Some(Precision::Period),
        _ => None,
    });
    let duration = notes.value("duration", element.attribute("duration"), |d| Minutes::parse(d).ok());
    let when = span(
        element.attribute("start").unwrap_or_default(),
        element.attribute("end"),
        precision.unwrap_or(Precision::Minute),
        duration,
        said.or(hints.zone.as_ref()),
        said.is_none(),
        notes,
    )?;
    let mut slot = Slot::new(name, said.map_or(when, |zone| on_the_clock_of(zone, when)));
    slot.status = notes.value("slot status", element.attribute("status"), Status::from_code);
    slot.availability = notes.value("availability", element.attribute("availability"), Availability::from_code);
    let mut unknown = Vec::new();
    for child in element.elements() {
        match &*child.name {
            "place" if child.namespace == EVT => slot.place = place(child, notes).into(),
            "online" if child.namespace == EVT => slot.online = online(child, scope, notes).into(),
            "registration" if child.namespace == EVT => {
                slot.registration = registration(child, scope, said, notes).into();
            }
            _ => unknown.extend(foreign_element(child, 0, notes)),
        }
    }
    slot.zone = own_zone;
    slot.foreign = Foreign::new(foreign_attributes(element, &KNOWN, notes), unknown);
    Some(slot)
}

/// `Z` tells the instant and not the local time (RFC 9557 §2): with a zone, the wall clock is that zone's.
fn on_the_clock_of(zone: &Zone, when: When) -> When {
    let local = |moment: Moment| {
        let universal = moment.offset().is_zero() && !moment.agrees_with(zone);
        if universal { zone.of(moment.instant()).unwrap_or(moment) } else { moment }
    };
    match when {
        When::Timed(hours) => Hours::new(local(hours.start()), hours.end().map(local)).map_or(when, When::Timed),
        other => other,
    }
}

fn previous(element: &Element, zone: Option<&Zone>, notes: &mut Notes<'_>) -> Option<Previous> {
    let start = element.attribute("start").unwrap_or_default();
    let when = span(start, element.attribute("end"), Precision::Minute, None, zone, false, notes)?;
    let when = match when {
        When::Timed(hours) => Before::Timed(hours),
        When::Day { days, .. } | When::AllDay(days) | When::Period(days) => Before::Days(days),
    };
    let slot = notes.value("previous ref", element.attribute("ref"), |r| Name::new(r).ok());
    let elements = element.elements().filter_map(|e| foreign_element(e, 0, notes)).collect();
    Some(Previous {
        slot,
        when,
        foreign: Foreign::new(foreign_attributes(element, &["ref", "start", "end"], notes), elements),
    })
}

fn place(element: &Element, notes: &mut Notes<'_>) -> Place {
    let mut place = Place::default();
    let mut unknown = Vec::new();
    for child in element.elements() {
        if child.namespace != EVT {
            unknown.extend(foreign_element(child, 0, notes));
            continue;
        }
        match &*child.name {
            "name" => place.name = line(&child.text()),
            "address" => {
                place.street = child.attribute("street").and_then(line);
                place.postcode = child.attribute("postcode").and_then(line);
                place.locality = child.attribute("locality").and_then(line);
                place.country = notes.value("country", child.attribute("country"), |c| Country::new(c).ok());
            }
            "area" => {
                let scheme = child.attribute("scheme").and_then(line);
                let code = child.attribute("code").and_then(line);
                let label = line(&child.text());
                place.areas.extend(scheme.zip(code).map(|(scheme, code)| Area { scheme, code, label }));
            }
            "geo" => {
                let number = |name| child.attribute(name).and_then(|n: &str| n.trim().parse().ok());
                place.geo = number("lat").zip(number("lon")).and_then(|(lat, lon)| Geo::new(lat, lon));
                if place.geo.is_none() {
                    notes.bad("geo", &format!("{:?} {:?}", child.attribute("lat"), child.attribute("lon")));
                }
            }
            _ => unknown.extend(foreign_element(child, 0, notes)),
        }
    }
    place.foreign = Foreign::new(foreign_attributes(element, &[], notes), unknown);
    place
}

fn online(element: &Element, scope: &Scope, notes: &mut Notes<'_>) -> Online {
    let public = matches!(element.attribute("public").map(str::trim), Some("true" | "1"));
    let href = element.attribute("href");
    let access = if public {
        OnlineAccess::Public(notes.value("online href", href, |h| scope.address(h)))
    } else {
        if href.is_some() {
            // The address itself stays out of the finding, which is shown to everyone.
            notes.find(Code::PrivateLink, "evt:online");
        }
        OnlineAccess::Registered
    };
    let foreign = Foreign::new(foreign_attributes(element, &["href", "public"], notes), Vec::new());
    let online = Online { access, note: line(&element.text()), foreign };
    if online.tells_private_address() && href.is_none() {
        notes.find(Code::PrivateLink, "evt:online");
    }
    online
}

fn registration(element: &Element, scope: &Scope, zone: Option<&Zone>, notes: &mut Notes<'_>) -> Registration {
    const KNOWN: [&str; 8] = ["href", "opens", "closes", "required", "free", "capacity", "remaining", "per"];
    let contact = |h: &str| Contact::new(h).or_else(|_| Address::join(scope.base.as_ref(), h).map(Contact::from)).ok();
    let yes = |t: &str| match t.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    };
    let time = |notes: &mut Notes<'_>, name: &str| {
        let text = element.attribute(name)?;
        let time = moment(text, zone, false, notes);
        if time.is_none() {
            notes.bad(name, text);
        }
        time
    };
    let (opens, closes) = (time(notes, "opens"), time(notes, "closes"));
    let window = Window::new(opens, closes).unwrap_or_else(|| {
        notes.bad("closes", element.attribute("closes").unwrap_or_default());
        Window::new(opens, None).unwrap_or_default()
    });
    let number = |n: &str| n.trim().parse().ok();
    let total = notes.value("capacity", element.attribute("capacity"), number);
    let left = notes.value("remaining", element.attribute("remaining"), number);
    let capacity = Capacity::new(total, left).unwrap_or_else(|| {
        notes.bad("remaining", element.attribute("remaining").unwrap_or_default());
        Capacity::new(total, None).unwrap_or_default()
    });
    Registration {
        href: notes.value("registration", element.attribute("href"), contact),
        window,
        required: notes.value("required", element.attribute("required"), yes),
        free: notes.value("free", element.attribute("free"), yes),
        capacity,
        per: notes.value("per", element.attribute("per"), Per::from_code),
        note: line(&element.text()),
        foreign: Foreign::new(foreign_attributes(element, &KNOWN, notes), Vec::new()),
    }
}

fn series(element: &Element, notes: &mut Notes<'_>) -> Option<Series> {
    let id = notes.value("series", element.attribute("ref"), |r| Id::new(r).ok())?;
    let number = |n: &str| n.trim().parse::<NonZeroU32>().ok();
    let position = notes.value("position", element.attribute("position"), number);
    let total = notes.value("total", element.attribute("total"), number);
    let step = Step::new(position, total).unwrap_or_else(|| {
        notes.bad("position", element.attribute("position").unwrap_or_default());
        Step::default()
    });
    let foreign = Foreign::new(foreign_attributes(element, &["ref", "position", "total"], notes), Vec::new());
    Some(Series { id, title: line(&element.text()), step, foreign })
}

fn access(element: &Element, notes: &mut Notes<'_>) -> Access {
    let mut codes = BTreeSet::new();
    for code in element.attribute("codes").unwrap_or_default().split_ascii_whitespace() {
        codes.extend(notes.value("access", Some(code), AccessCode::from_code));
    }
    let foreign = Foreign::new(foreign_attributes(element, &["codes"], notes), Vec::new());
    Access { codes, note: line(&element.text()), foreign }
}

fn notice(element: &Element, zone: Option<&Zone>, notes: &mut Notes<'_>) -> Option<Notice> {
    let since = element.attribute("since").unwrap_or_default();
    let Some(since) = moment(since, zone, false, notes) else {
        notes.bad("notice since", since);
        return None;
    };
    let foreign = Foreign::new(foreign_attributes(element, &["since"], notes), Vec::new());
    Some(Notice { since, text: line(&element.text()), foreign })
}

fn resource(element: &Element, scope: &Scope, notes: &mut Notes<'_>) -> Option<Resource> {
    let href = notes.value("resource", element.attribute("href"), |h| scope.address(h))?;
    let kind = notes.value("resource kind", element.attribute("kind"), ResourceKind::from_code);
    let foreign = Foreign::new(foreign_attributes(element, &["href", "kind", "type"], notes), Vec::new());
    Some(Resource {
        href,
        kind: kind.unwrap_or(ResourceKind::Other),
        media_type: element.attribute("type").and_then(|t| MediaType::new(t).ok()),
        length: None,
        title: line(&element.text()),
        foreign,
    })
}

fn image(element: &Element, scope: &Scope, notes: &mut Notes<'_>) -> Option<Image> {
    let href = notes.value("image", element.attribute("href"), |h| scope.address(h))?;
    let Some(alt) = element.attribute("alt").and_then(line) else {
        notes.find(Code::ImageWithoutAlt, href.as_str());
        return None;
    };
    let media_type = element.attribute("type").and_then(|t| MediaType::new(t).ok());
    let foreign = Foreign::new(foreign_attributes(element, &["href", "alt", "type"], notes), Vec::new());
    Some(Image { href, alt, media_type, length: None, foreign })
}

fn with(element: &Element, notes: &mut Notes<'_>) -> Option<With> {
    let source = notes.value("with source", element.attribute("source"), |s| Id::new(s).ok())?;
    let event = notes.value("with event", element.attribute("event"), |e| Id::new(e).ok())?;
    let foreign = Foreign::new(foreign_attributes(element, &["source", "event"], notes), Vec::new());
    Some(With { source, event, name: line(&element.text()), foreign })
}

fn copy(element: &Element, scope: &Scope, notes: &mut Notes<'_>) -> Option<Copy> {
    let source = notes.value("copy source", element.attribute("source"), |s| Id::new(s).ok())?;
    let id = notes.value("copy id", element.attribute("id"), |e| Id::new(e).ok())?;
    let href = notes.value("copy href", element.attribute("href"), |h| scope.address(h));
    let foreign = Foreign::new(foreign_attributes(element, &["source", "id", "href"], notes), Vec::new());
    Some(Copy { source, id, href, foreign })
}
