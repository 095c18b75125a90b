//! Events into Atom.
//!
//! atom_syndication writes what is plain Atom; persons, `atom:source` and everything of other namespaces are written
//! here and put where the schema wants them: before the entries in a feed, at the end in an entry.

use atom_syndication as syndication;
use jiff::Timestamp;
use syndication::{FixedDateTime, WriteConfig};

use super::{ATOM, EVT, PREFIXES, PUBLISHER, REGISTRATION, THREADING, VOCABULARY, XHTML};
use crate::event::foreign::{Element, Node, QName};
use crate::event::{
    Address, Before, Event, Foreign, Language, MediaType, Online, OnlineAccess, Organiser, Place, Registration, Slot,
    Status, When,
};
use crate::format::words::Words;
use crate::format::xml::{Writer, XML, escape_into};
use crate::format::{Feed, Head};
use crate::language::Tongue;
use crate::programme::{Published, Slug};

/// Writes a whole feed. The same feed gives the same bytes.
pub fn write(feed: &Feed) -> Vec<u8> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let head = head(feed);
    // Extensions of the feed must stand before its entries (RFC 4287 Appendix B), which atom_syndication does not do;
    // so the head is written without entries and closed by hand.
    out.push_str(head.trim_end().strip_suffix("</feed>").unwrap_or(&head).trim_end());
    out.push('\n');
    let mut extensions = Writer::at(1);
    if feed.head.complete {
        extensions.empty("fh:complete", &[]);
    }
    for tombstone in &feed.tombstones {
        extensions.empty("at:deleted-entry", &[("ref", tombstone.id.as_str()), ("when", &tombstone.at.to_string())]);
    }
    out.push_str(&extensions.finish());
    for event in &feed.events {
        out.push_str(&entry(&feed.head, event));
    }
    out.push_str("</feed>\n");
    out.into_bytes()
}

fn head(feed: &Feed) -> String {
    let head = &feed.head;
    let mut links = vec![
        link("self", &head.address("atom"), Some(super::CONTENT_TYPE)),
        link("alternate", head.base.as_str(), Some("text/html")),
        link("alternate", &head.address("ics"), Some("text/calendar")),
        link("alternate", &head.address("json"), Some("application/feed+json")),
    ];
    links[1].hreflang = Some(head.language.to_string());
    links.extend(head.hub.iter().map(|hub| link("hub", hub.as_str(), None)));
    if let Some(licence) = &head.licence {
        links.push(syndication::Link {
            title: licence.title.as_ref().map(ToString::to_string),
            ..link("license", licence.href.as_str(), Some("text/html"))
        });
    }
    let feed = syndication::Feed {
        title: syndication::Text::plain(head.title.as_str()),
        id: head.id.to_string(),
        updated: instant(head.updated),
        authors: vec![syndication::Person {
            name: head.author.name.to_string(),
            uri: head.author.page.as_ref().map(ToString::to_string),
            ..Default::default()
        }],
        categories: head
            .regions
            .iter()
            .map(|region| category("region", region.code.as_str(), region.label.as_ref().map(AsRef::as_ref)))
            .collect(),
        generator: Some(syndication::Generator {
            value: "essaim".to_owned(),
            uri: None,
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        links,
        rights: head.rights.as_ref().map(|rights| syndication::Text::plain(rights.as_str())),
        subtitle: head.subtitle.as_ref().map(|subtitle| syndication::Text::plain(subtitle.as_str())),
        namespaces: PREFIXES.iter().map(|(prefix, uri)| ((*prefix).to_owned(), (*uri).to_owned())).collect(),
        lang: Some(head.language.to_string()),
        ..Default::default()
    };
    written(feed.write_with_config(Vec::new(), CONFIG))
}

const CONFIG: WriteConfig = WriteConfig { write_document_declaration: false, indent_size: Some(2) };

/// Writing to memory fails only where memory does; an empty part would then be seen by every reader.
fn written(result: Result<Vec<u8>, syndication::Error>) -> String {
    result.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn instant(at: Timestamp) -> FixedDateTime {
    at.to_string().parse().unwrap_or_default()
}

fn link(rel: &str, href: &str, media_type: Option<&str>) -> syndication::Link {
    syndication::Link {
        rel: rel.to_owned(),
        href: href.to_owned(),
        // A media type in a link says what is there, not in which charset.
        mime_type: media_type.map(|t| t.split(';').next().unwrap_or(t).to_owned()),
        ..Default::default()
    }
}

fn category(list: &str, term: &str, label: Option<&str>) -> syndication::Category {
    syndication::Category {
        term: term.to_owned(),
        scheme: Some(format!("{VOCABULARY}{list}")),
        label: label.map(str::to_owned),
    }
}

/// One entry as a document of its own (RFC 4287 §2).
pub fn write_entry(head: &Head, published: &Published) -> String {
    entry(head, published).replacen("<entry>", &format!("<entry{}>", write_namespaces()), 1)
}

/// The declarations of every namespace that we write, for a root.
pub(super) fn write_namespaces() -> String {
    let prefixes = PREFIXES.iter().copied().chain([("thr", THREADING)]);
    let namespaces: String = prefixes.map(|(prefix, name)| format!(" xmlns:{prefix}=\"{name}\"")).collect();
    format!(" xmlns=\"{ATOM}\"{namespaces}")
}

pub(super) fn entry(head: &Head, published: &Published) -> String {
    let event = &published.event;
    let words = Words::new(head, published);
    let tongue = words.tongue();
    let entry = syndication::Entry {
        title: syndication::Text::plain(words.title()),
        id: event.id.to_string(),
        updated: instant(event.updated),
        categories: categories(event, tongue),
        links: links(head, event, &published.slug, tongue),
        published: event.published.map(instant),
        rights: event.rights.as_ref().map(|rights| syndication::Text::plain(rights.as_str())),
        summary: Some(syndication::Text::plain(words.summary())),
        content: Some(syndication::Content {
            content_type: Some("xhtml".to_owned()),
            lang: event.language.as_ref().map(Language::to_string),
            value: Some(format!("<div xmlns=\"{XHTML}\">{}</div>", words.html())),
            ..Default::default()
        }),
        ..Default::default()
    };
    let text = written(entry.write_with_config(Vec::new(), CONFIG));
    let text = text.trim_end().strip_suffix("</entry>").unwrap_or(&text).trim_end();
    let body = text.strip_prefix(&format!("<entry xmlns=\"{ATOM}\">")).unwrap_or(text);
    let mut rest = Writer::at(1);
    persons(head, event, &mut rest);
    origin(event, &mut rest);
    first_slot(&words, &mut rest);
    event_element(event, &mut rest);
    for element in event.foreign.elements() {
        rest.raw(&foreign_element(element));
    }
    format!("<entry>{body}\n{}</entry>\n", rest.finish())
}

fn categories(event: &Event, tongue: Tongue) -> Vec<syndication::Category> {
    let coded = |list: &str, code: &str| category(list, code, Some(&tongue.label(list, code)));
    let mut out = Vec::new();
    out.extend(event.formats.iter().map(|f| coded("format", f.code())));
    out.extend(event.topics.iter().map(|t| category("topic", t.code.as_str(), t.label.as_ref().map(AsRef::as_ref))));
    out.extend(event.audiences.iter().map(|a| coded("audience", a.code())));
    out.extend(event.regions.iter().map(|r| category("region", r.code.as_str(), r.label.as_ref().map(AsRef::as_ref))));
    out.extend(event.mode.iter().map(|m| coded("mode", m.code())));
    out.push(coded("status", event.status.code()));
    out.extend(
        event.editions.iter().map(|e| category("edition", e.code.as_str(), e.label.as_ref().map(AsRef::as_ref))),
    );
    out.extend(event.access.iter().flat_map(|a| &a.codes).map(|code| coded("accessibility", code.code())));
    out.extend(event.tags.iter().map(|tag| syndication::Category { term: tag.to_string(), scheme: None, label: None }));
    out.extend(event.categories.iter().map(|c| syndication::Category {
        term: c.term.to_string(),
        scheme: Some(c.scheme.to_string()),
        label: c.label.as_ref().map(ToString::to_string),
    }));
    out
}

fn links(head: &Head, event: &Event, slug: &Slug, tongue: Tongue) -> Vec<syndication::Link> {
    let mut out = Vec::new();
    if let Some(page) = &event.page {
        out.push(syndication::Link {
            hreflang: event.language.as_ref().map(ToString::to_string),
            ..link("alternate", page.as_str(), Some("text/html"))
        });
    }
    let own = head.event_page(slug);
    if !event.slots.is_empty() {
        out.push(link("alternate", &format!("{own}.ics"), Some("text/calendar")));
    }
    out.push(link("alternate", &format!("{own}.jsonld"), Some("application/ld+json")));
    if let Some(href) = event.registration.as_ref().and_then(|r| r.href.as_ref()) {
        out.push(syndication::Link {
            title: Some(tongue.say("registration-link")),
            ..link(REGISTRATION, href.as_str(), None)
        });
    }
    out.extend(
        event
            .copies
            .iter()
            .filter_map(|copy| copy.href.as_ref())
            .map(|href| link("via", href.as_str(), Some("text/html"))),
    );
    out.extend(event.links.iter().map(|l| syndication::Link {
        rel: l.rel.to_string(),
        href: l.href.to_string(),
        hreflang: l.language.as_ref().map(ToString::to_string),
        mime_type: l.media_type.as_ref().map(ToString::to_string),
        title: l.title.as_ref().map(ToString::to_string),
        length: None,
    }));
    let enclosure = |href: &Address, media_type: Option<&MediaType>, length: Option<u64>, title: Option<String>| {
        (media_type.is_some() || length.is_some()).then(|| syndication::Link {
            length: length.map(|n| n.to_string()),
            title,
            ..link("enclosure", href.as_str(), media_type.map(AsRef::as_ref))
        })
    };
    out.extend(event.image.iter().filter_map(|i| enclosure(&i.href, i.media_type.as_ref(), i.length, None)));
    out.extend(event.resources.iter().filter_map(|r| {
        enclosure(&r.href, r.media_type.as_ref(), r.length, r.title.as_ref().map(ToString::to_string))
    }));
    if let Some(licence) = &event.licence {
        out.push(syndication::Link {
            title: licence.title.as_ref().map(ToString::to_string),
            ..link("license", licence.href.as_str(), Some("text/html"))
        });
    }
    out
}

fn persons(head: &Head, event: &Event, to: &mut Writer) {
    let author = |to: &mut Writer, organiser: &Organiser, role: Option<&str>| {
        to.nest("author", &[], |to| {
            to.text("name", &[], Some(organiser.name.as_str()));
            if let Some(page) = &organiser.page {
                to.text("uri", &[], Some(page.as_str()));
            }
            if let Some(role) = role {
                to.text("evt:role", &[], Some(role));
            }
        });
    };
    for organiser in &event.organisers {
        author(to, organiser, organiser.role.as_ref().map(AsRef::as_ref));
    }
    if event.organisers.is_empty() {
        // Every entry names an author, for readers that do not inherit the feed's; the role keeps that from being
        // taken for an organiser whom nobody named.
        author(to, &head.author, Some(PUBLISHER));
    }
    for speaker in &event.speakers {
        to.nest("contributor", &[], |to| {
            to.text("name", &[], Some(speaker.name.as_str()));
            if let Some(page) = &speaker.page {
                to.text("uri", &[], Some(page.as_str()));
            }
            if let Some(role) = &speaker.role {
                to.text("evt:role", &[], Some(role.as_str()));
            }
            if let Some(affiliation) = &speaker.affiliation {
                to.text("evt:affiliation", &[], Some(affiliation.as_str()));
            }
        });
    }
}

fn origin(event: &Event, to: &mut Writer) {
    let Some(origin) = event.origin.as_ref() else { return };
    to.nest("source", &[], |to| {
        if let Some(id) = &origin.id {
            to.text("id", &[], Some(id.as_str()));
        }
        if let Some(title) = &origin.title {
            to.text("title", &[], Some(title.as_str()));
        }
        if let Some(updated) = origin.updated {
            to.text("updated", &[], Some(&updated.to_string()));
        }
        if let Some(feed) = &origin.feed {
            to.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", feed.as_str())]);
        }
        if let Some(licence) = &origin.licence {
            let mut attributes = vec![("rel", "license"), ("href", licence.href.as_str())];
            attributes.extend(licence.title.as_ref().map(|title| ("title", title.as_str())));
            to.empty("link", &attributes);
        }
        if let Some(rights) = &origin.rights {
            to.text("rights", &[], Some(rights.as_str()));
        }
    });
}

/// The first slot and place for readers of level N1, who know one of each.
/// The first slot, place and organiser in the RSS event module, for readers that know no more (N1).
pub fn first_slot(words: &Words<'_>, to: &mut Writer) {
    let event = words.event();
    if let Some(slot) = event.slots.first() {
        let (start, end) = start_and_end(&slot.when);
        to.text("ev:startdate", &[], Some(&start));
        to.text("ev:enddate", &[], end.as_deref());
    }
    if let Some(location) = words.location(None) {
        to.text("ev:location", &[], Some(&location));
    }
    if let Some(organiser) = event.organisers.first() {
        to.text("ev:organizer", &[], Some(organiser.name.as_str()));
    }
    if let Some(format) = event.formats.first() {
        to.text("ev:type", &[], Some(format.code()));
    }
    if let Some(geo) = event.places.iter().find_map(|place| place.geo) {
        to.text("georss:point", &[], Some(&format!("{} {}", geo.lat(), geo.lon())));
    }
}

fn start_and_end(when: &When) -> (String, Option<String>) {
    match when {
        When::Timed(hours) => (hours.start().to_string(), hours.end().map(|end| end.to_string())),
        When::Day { days, .. } | When::AllDay(days) | When::Period(days) => {
            (days.first().to_string(), (days.last() != days.first()).then(|| days.last().to_string()))
        }
    }
}

/// Attributes of one element: those of the profile in their order, then preserved ones.
#[derive(Default)]
struct Attributes(Vec<(String, String)>);

impl Attributes {
    fn put(&mut self, name: &str, value: impl ToString) -> &mut Attributes {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }

    fn maybe(&mut self, name: &str, value: Option<impl ToString>) -> &mut Attributes {
        if let Some(value) = value {
            self.put(name, value);
        }
        self
    }

    fn foreign(&mut self, foreign: &Foreign) -> &mut Attributes {
        self.0.extend(qualified(foreign.attributes()));
        self
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

fn event_element(event: &Event, to: &mut Writer) {
    let mut attributes = Attributes::default();
    attributes
        .put("v", 1)
        .put("status", event.status.code())
        .maybe("mode", event.mode.map(crate::event::Mode::code))
        // An empty tag says that the language is not known, where silence would mean the feed's.
        .put("lang", event.language.as_ref().map_or("", AsRef::as_ref))
        .maybe("tz", event.zone.as_ref())
        .put("sequence", event.sequence);
    if !event.assumed.is_empty() {
        let names: Vec<&str> = event.assumed.iter().map(AsRef::as_ref).collect();
        attributes.put("assumed", names.join(" "));
    }
    attributes.foreign(&event.foreign_event);
    to.nest("evt:event", &attributes.pairs(), |to| {
        for slot in &event.slots {
            slot_element(slot, to);
        }
        for previous in &event.previous {
            let mut attributes = Attributes::default();
            attributes.maybe("ref", previous.slot.as_ref());
            match &previous.when {
                Before::Timed(hours) => attributes.put("start", hours.start()).maybe("end", hours.end()),
                Before::Days(days) => attributes
                    .put("start", days.first())
                    .maybe("end", (days.last() != days.first()).then(|| days.last())),
            };
            attributes.foreign(&previous.foreign);
            to.nest("evt:previous", &attributes.pairs(), |to| foreign_elements(&previous.foreign, to));
        }
        for place in &event.places {
            place_element(place, to);
        }
        for online in &event.online {
            online_element(online, to);
        }
        if let Some(registration) = event.registration.as_ref() {
            registration_element(registration, to);
        }
        for series in &event.series {
            let mut attributes = Attributes::default();
            attributes
                .put("ref", &series.id)
                .maybe("position", series.step.position())
                .maybe("total", series.step.total())
                .foreign(&series.foreign);
            to.text("evt:series", &attributes.pairs(), series.title.as_ref().map(AsRef::as_ref));
        }
        if let Some(access) = event.access.as_ref() {
            let codes: Vec<&str> = access.codes.iter().map(|code| code.code()).collect();
            let mut attributes = Attributes::default();
            attributes.maybe("codes", (!codes.is_empty()).then(|| codes.join(" "))).foreign(&access.foreign);
            to.text("evt:access", &attributes.pairs(), access.note.as_ref().map(AsRef::as_ref));
        }
        if let Some(notice) = event.notice.as_ref() {
            let mut attributes = Attributes::default();
            attributes.put("since", notice.since).foreign(&notice.foreign);
            to.text("evt:notice", &attributes.pairs(), notice.text.as_ref().map(AsRef::as_ref));
        }
        for resource in &event.resources {
            let mut attributes = Attributes::default();
            attributes
                .put("href", &resource.href)
                .put("kind", resource.kind.code())
                .maybe("type", resource.media_type.as_ref())
                .foreign(&resource.foreign);
            to.text("evt:resource", &attributes.pairs(), resource.title.as_ref().map(AsRef::as_ref));
        }
        if let Some(image) = event.image.as_ref() {
            let mut attributes = Attributes::default();
            attributes
                .put("href", &image.href)
                .put("alt", &image.alt)
                .maybe("type", image.media_type.as_ref())
                .foreign(&image.foreign);
            to.empty("evt:image", &attributes.pairs());
        }
        for with in &event.with {
            let mut attributes = Attributes::default();
            attributes.put("source", &with.source).put("event", &with.event).foreign(&with.foreign);
            to.text("evt:with", &attributes.pairs(), with.name.as_ref().map(AsRef::as_ref));
        }
        for copy in &event.copies {
            let mut attributes = Attributes::default();
            attributes.put("source", &copy.source).put("id", &copy.id).maybe("href", copy.href.as_ref());
            attributes.foreign(&copy.foreign);
            to.empty("evt:copy", &attributes.pairs());
        }
        foreign_elements(&event.foreign_event, to);
    });
}

fn slot_element(slot: &Slot, to: &mut Writer) {
    let (start, end) = start_and_end(&slot.when);
    let (precision, duration) = match &slot.when {
        When::Timed(_) => (None, None),
        When::Day { duration, .. } => (Some("day"), *duration),
        When::AllDay(_) => (Some("all-day"), None),
        When::Period(_) => (Some("period"), None),
    };
    let mut attributes = Attributes::default();
    attributes
        .put("ref", &slot.name)
        .put("start", start)
        .maybe("end", end)
        .maybe("precision", precision)
        .maybe("duration", duration)
        .maybe("tz", slot.zone.as_ref())
        .maybe("status", slot.status.map(Status::code))
        .maybe("availability", slot.availability.map(crate::event::Availability::code))
        .foreign(&slot.foreign);
    to.nest("evt:slot", &attributes.pairs(), |to| {
        if let Some(place) = slot.place.as_ref() {
            place_element(place, to);
        }
        if let Some(online) = slot.online.as_ref() {
            online_element(online, to);
        }
        if let Some(registration) = slot.registration.as_ref() {
            registration_element(registration, to);
        }
        foreign_elements(&slot.foreign, to);
    });
}

fn place_element(place: &Place, to: &mut Writer) {
    let mut attributes = Attributes::default();
    attributes.foreign(&place.foreign);
    to.nest("evt:place", &attributes.pairs(), |to| {
        if let Some(name) = &place.name {
            to.text("evt:name", &[], Some(name.as_str()));
        }
        let mut address = Attributes::default();
        address
            .maybe("street", place.street.as_ref())
            .maybe("postcode", place.postcode.as_ref())
            .maybe("locality", place.locality.as_ref())
            .maybe("country", place.country.as_ref());
        if !address.0.is_empty() {
            to.empty("evt:address", &address.pairs());
        }
        for area in &place.areas {
            let attributes = [("scheme", area.scheme.as_str()), ("code", area.code.as_str())];
            to.text("evt:area", &attributes, area.label.as_ref().map(AsRef::as_ref));
        }
        if let Some(geo) = place.geo {
            to.empty("evt:geo", &[("lat", &geo.lat().to_string()), ("lon", &geo.lon().to_string())]);
        }
        foreign_elements(&place.foreign, to);
    });
}

fn online_element(online: &Online, to: &mut Writer) {
    let mut attributes = Attributes::default();
    match &online.access {
        OnlineAccess::Public(href) => attributes.maybe("href", href.as_ref()).put("public", true),
        OnlineAccess::Registered => attributes.put("public", false),
    };
    attributes.foreign(&online.foreign);
    to.text("evt:online", &attributes.pairs(), online.note.as_ref().map(AsRef::as_ref));
}

fn registration_element(registration: &Registration, to: &mut Writer) {
    let mut attributes = Attributes::default();
    attributes
        .maybe("href", registration.href.as_ref())
        .maybe("opens", registration.window.opens())
        .maybe("closes", registration.window.closes())
        .maybe("required", registration.required)
        .maybe("free", registration.free)
        .maybe("capacity", registration.capacity.total())
        .maybe("remaining", registration.capacity.remaining())
        .maybe("per", registration.per.map(crate::event::Per::code))
        .foreign(&registration.foreign);
    to.text("evt:registration", &attributes.pairs(), registration.note.as_ref().map(AsRef::as_ref));
}

fn foreign_elements(foreign: &Foreign, to: &mut Writer) {
    for element in foreign.elements() {
        to.raw(&foreign_element(element));
    }
}

/// Names of preserved attributes: a prefix that the root declares, or one declared beside it.
fn qualified<'a>(attributes: impl IntoIterator<Item = (&'a QName, &'a String)>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (index, (name, value)) in attributes.into_iter().enumerate() {
        let local = &name.name;
        match name.namespace.as_str() {
            "" => out.push((local.to_string(), value.clone())),
            XML => out.push((format!("xml:{local}"), value.clone())),
            namespace => match PREFIXES.iter().find(|(_, uri)| *uri == namespace) {
                Some((prefix, _)) => out.push((format!("{prefix}:{local}"), value.clone())),
                None => {
                    out.push((format!("xmlns:x{index}"), namespace.to_owned()));
                    out.push((format!("x{index}:{local}"), value.clone()));
                }
            },
        }
    }
    out
}

/// A preserved element, written without any space that was not in it.
fn foreign_element(element: &Element) -> String {
    let mut out = String::new();
    write_foreign(element, &mut out);
    out
}

fn write_foreign(element: &Element, out: &mut String) {
    let namespace = element.name.namespace.as_str();
    let name = if namespace == EVT { format!("evt:{}", element.name.name) } else { element.name.name.to_string() };
    out.push_str(&format!("<{name}"));
    if namespace != EVT {
        out.push_str(" xmlns=\"");
        escape_into(namespace, true, out);
        out.push('"');
    }
    for (name, value) in qualified(&element.attributes) {
        out.push_str(&format!(" {name}=\""));
        escape_into(&value, true, out);
        out.push('"');
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for child in &element.children {
        match child {
            Node::Text(text) => escape_into(text, false, out),
            Node::Element(element) => write_foreign(element, out),
        }
    }
    out.push_str(&format!("</{name}>"));
}
