//! Atom into events: what Atom itself says and the full profile, entry by entry, so that a bad entry costs that entry
//! and no other.
//!
//! Everything that is left out, mended or assumed becomes a finding. What the profile does not know is preserved.

mod elder;
mod profile;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{ATOM, EV, EVT, GEORSS, HISTORY, PUBLISHER, REGISTRATION, TOMBSTONES, VOCABULARY, XHTML};
use crate::event::foreign::{self, QName};
use crate::event::html::{Lost, escape, is_struck_out, strip_tags};
use crate::event::{
    Access, AccessCode, Address, Audience, Category, Contact, Event, Fault, Foreign, Format, Html, Id, Language,
    Licence, Line, Link, MediaType, Mode, Name, Organiser, Origin, Parts, Region, RegionTerm, Registration, Resource,
    ResourceKind, Speaker, Status, Term,
};
use crate::format::xml::{Element, Limits, Node, Reader, XML, XmlError};
use crate::format::{FeedFacts, Hints, Level, ReadEntry, Reading};
use crate::language::Tongue;
use crate::programme::{Code, Finding};

/// An Atom document as far as Atom and the profile go.
#[derive(Debug)]
pub struct Document<'a> {
    /// What was read. Entries that share an id are all here.
    pub reading: Reading,
    /// The entries below the full profile, in their order, by their place in `reading.entries`: other vocabularies may
    /// say more of them.
    pub loose: Vec<(usize, Element<'a>)>,
    /// The feed without its entries.
    pub head: Element<'a>,
}

/// Reads a feed, or a single entry, that is well-formed XML in Atom's namespace; or in none, or in that of Atom 0.3.
///
/// `None` when the root is not Atom's.
///
/// # Errors
/// [`XmlError`]; nothing of the document is used then, since a feed that was cut off must not look complete.
pub fn read<'a>(text: &'a str, hints: &Hints) -> Result<Option<Document<'a>>, XmlError> {
    let (mut reader, mut root) = Reader::open(text, Limits::default())?;
    let elder = elder::namespace(&root).map(str::to_owned);
    if let Some(namespace) = &elder {
        elder::renew(&mut root, namespace);
    }
    let lone_entry = root.is(ATOM, "entry");
    if !root.is(ATOM, "feed") && !lone_entry {
        return Ok(None);
    }
    let mut head = Element { children: Vec::new(), ..root };
    let mut entries = Vec::new();
    while let Some((mut child, raw)) = reader.next_child()? {
        if let Some(namespace) = &elder {
            elder::renew(&mut child, namespace);
        }
        if !lone_entry && child.is(ATOM, "entry") {
            entries.push((child, raw));
        } else {
            head.children.push(Node::Element(child));
        }
    }
    if lone_entry {
        entries.push((std::mem::take(&mut head), text));
    }
    let scope = Scope::of(&head, hints.address.as_ref(), hints.language.as_ref());
    let mut reading = Reading { feed: facts(&head, &scope), ..Default::default() };
    tombstones(&head, &mut reading);
    let mut loose = Vec::new();
    for (element, raw) in entries {
        let Some((event, level)) = entry(&element, &scope, &reading.feed, hints, &mut reading.findings) else {
            continue;
        };
        if level != Level::N2 {
            loose.push((reading.entries.len(), element));
        }
        reading.entries.push(ReadEntry { event, level, raw: raw.to_owned() });
    }
    Ok(Some(Document { reading, loose, head }))
}

/// What an element inherits: `xml:base` and `xml:lang`.
#[derive(Clone)]
struct Scope {
    base: Option<Address>,
    language: Option<Language>,
}

impl Scope {
    fn of(element: &Element, base: Option<&Address>, language: Option<&Language>) -> Scope {
        let declared = element.attribute_of(XML, "base").and_then(|b| Address::join(base, b).ok());
        let said = element.attribute_of(XML, "lang").and_then(|l| Language::new(l).ok());
        Scope { base: declared.or_else(|| base.cloned()), language: said.or_else(|| language.cloned()) }
    }

    fn inside(&self, element: &Element) -> Scope {
        Scope::of(element, self.base.as_ref(), self.language.as_ref())
    }

    fn address(&self, text: &str) -> Option<Address> {
        Address::join(self.base.as_ref(), text).ok()
    }
}

/// Findings on one entry, as they are made.
struct Notes<'a> {
    entry: Id,
    findings: &'a mut Vec<Finding>,
    assumed: BTreeSet<Name>,
    found: usize,
}

/// Most findings of one entry.
const MOST_FINDINGS: usize = 20;
/// Most slots of one entry: OpenAgenda's own limit.
const MOST_SLOTS: usize = 800;
/// Most bytes of what is preserved of one entry beyond the profile.
const MOST_FOREIGN: usize = 32 * 1024;

impl Notes<'_> {
    fn find(&mut self, code: Code, detail: &str) {
        self.found += 1;
        // Beyond a few, only what decides the entry's fate.
        if self.found > MOST_FINDINGS && code.severity() < crate::programme::Severity::Quarantine {
            return;
        }
        self.findings.push(Finding::new(code, Some(&self.entry), detail));
    }

    fn bad(&mut self, what: &str, value: &str) {
        self.find(Code::BadValue, &format!("{what}: {value}"));
    }

    fn assume(&mut self, field: &str) {
        self.assumed.extend(Name::new(field).ok());
    }

    /// An author's markup, sanitised, with findings on what was taken away.
    fn html(&mut self, markup: &str, scope: &Scope) -> Option<Html> {
        let (html, lost) = Html::clean_telling(markup, scope.base.as_ref());
        self.lost(&lost);
        html
    }

    fn lost(&mut self, lost: &Lost) {
        Code::of_lost(lost).for_each(|(code, detail)| self.find(code, detail));
    }

    /// A value of an attribute, or a finding where it cannot be read.
    fn value<T>(&mut self, what: &str, text: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = text?;
        let value = parse(text);
        if value.is_none() {
            self.bad(what, text);
        }
        value
    }
}

fn line(text: &str) -> Option<Line> {
    match Line::new(text) {
        Ok(line) => Some(line),
        Err(crate::event::text::TextError::TooLong(most)) => {
            let cut: String = text.chars().take(most - 1).chain(['…']).collect();
            Line::new(&cut).ok()
        }
        Err(_) => None,
    }
}

fn facts(head: &Element, scope: &Scope) -> FeedFacts {
    let text = |name: &str| head.first(ATOM, name).and_then(|e| line(&plain(e)));
    let link = |rel: &str| head.all(ATOM, "link").find(move |l| l.attribute("rel").unwrap_or("alternate") == rel);
    let html = head.all(ATOM, "link").find(|l| {
        l.attribute("rel").unwrap_or("alternate") == "alternate"
            && l.attribute("type").is_none_or(|t| t.starts_with("text/html"))
    });
    FeedFacts {
        id: head.first(ATOM, "id").and_then(|e| Id::new(&e.text()).ok()),
        title: text("title"),
        language: scope.language.clone(),
        page: html.and_then(|l| scope.address(l.attribute("href")?)),
        author: head.first(ATOM, "author").and_then(|a| organiser(a, scope)),
        licence: link("license").and_then(|l| licence(l, scope)),
        rights: text("rights"),
        regions: head.all(ATOM, "category").filter_map(region_of).collect(),
        generator: text("generator"),
        complete: head.first(HISTORY, "complete").is_some(),
        hubs: head
            .all(ATOM, "link")
            .filter(|l| l.attribute("rel") == Some("hub"))
            .filter_map(|l| scope.address(l.attribute("href")?))
            .collect(),
        topic: link("self").and_then(|l| scope.address(l.attribute("href")?)),
        ..FeedFacts::default()
    }
}

fn tombstones(head: &Element, reading: &mut Reading) {
    for element in head.all(TOMBSTONES, "deleted-entry") {
        let Some(id) = element.attribute("ref").and_then(|r| Id::new(r).ok()) else { continue };
        let when = element.attribute("when").and_then(|w| w.parse().ok());
        reading.tombstones.push((id, when));
    }
}

/// One entry; `None` when it is quarantined or no event, with a finding that says so.
fn entry(
    element: &Element,
    feed_scope: &Scope,
    feed: &FeedFacts,
    hints: &Hints,
    findings: &mut Vec<Finding>,
) -> Option<(Event, Level)> {
    let scope = feed_scope.inside(element);
    let title = element.first(ATOM, "title");
    let Some(id) = element.first(ATOM, "id").and_then(|e| Id::new(&e.text()).ok()) else {
        let title = title.map(plain).unwrap_or_default();
        findings.push(Finding::new(Code::WithoutId, None, &title));
        return None;
    };
    let mut notes = Notes { entry: id.clone(), findings, assumed: BTreeSet::new(), found: 0 };
    let is_notice = |c: &Element| {
        c.attribute("scheme") == Some(&format!("{VOCABULARY}entry-kind"))
            && c.attribute("term") == Some("change-notice")
    };
    if element.all(ATOM, "category").any(is_notice) {
        notes.find(Code::ChangeNotice, &title.map(plain).unwrap_or_default());
        return None;
    }
    let profile = element.first(EVT, "event");
    let Some(title) = title.and_then(|t| title_of(t, profile.is_some(), &mut notes)) else {
        notes.find(Code::WithoutTitle, "");
        return None;
    };
    let (published, updated) = times(element, hints, &mut notes);
    let mut parts = Parts::new(id, title, updated);
    parts.published = published;
    parts.language = scope.language.clone();
    parts.rights = element.first(ATOM, "rights").and_then(|e| line(&plain(e))).or_else(|| feed.rights.clone());
    persons(element, &scope, feed, &mut parts);
    let mut codes = Codes::default();
    categories(element, &mut parts, &mut codes);
    let enclosures = links(element, &scope, &mut parts, &mut notes);
    parts.licence = parts.licence.or_else(|| feed.licence.clone());
    parts.origin = element.first(ATOM, "source").map(|source| origin(source, &scope)).into();
    let level = match profile {
        Some(profile) => {
            profile::n2(profile, &scope, hints, &codes, &mut parts, &mut notes)?;
            Level::N2
        }
        None => {
            parts.status = codes.status.unwrap_or(Status::Scheduled);
            if codes.status.is_none() && element.first(ATOM, "title").is_some_and(|title| is_struck_out(&title.text()))
            {
                parts.status = Status::Cancelled;
                notes.find(Code::StatusInTitle, parts.title.clone().as_str());
            }
            parts.mode = codes.mode;
            parts.access =
                (!codes.access.is_empty()).then(|| Access { codes: codes.access, ..Access::default() }).into();
            Level::N0
        }
    };
    words(element, &scope, level == Level::N2, &mut parts, &mut notes);
    attach(enclosures, &mut parts);
    let elements = element.elements().filter(|e| !known_in_entry(e)).filter_map(|e| foreign_element(e, 0, &mut notes));
    parts.foreign = Foreign::new(BTreeMap::new(), elements.collect());
    if [&parts.foreign, &parts.foreign_event]
        .iter()
        .any(|f| !f.is_empty() && serde_json::to_vec(f).is_ok_and(|b| b.len() > MOST_FOREIGN))
    {
        notes.bad("extension", "more than 32 KiB");
        (parts.foreign, parts.foreign_event) = (Foreign::default(), Foreign::default());
    }
    if parts.slots.len() > MOST_SLOTS {
        notes.find(Code::Contradiction, "more than 800 slots");
        return None;
    }
    if level == Level::N2 {
        let tongue = Tongue::of(parts.language.as_ref());
        strip_prefix(&mut parts, tongue);
    }
    parts.assumed.append(&mut notes.assumed);
    match Event::new(parts) {
        Ok(event) => Some((event, level)),
        Err(fault @ Fault::ZoneContradicted { .. }) => {
            notes.find(Code::ZoneContradicted, &fault.to_string());
            None
        }
        Err(fault) => {
            notes.find(Code::Contradiction, &fault.to_string());
            None
        }
    }
}

fn known_in_entry(element: &Element) -> bool {
    match &*element.namespace {
        ATOM => true,
        EVT => element.name == "event",
        EV => matches!(&*element.name, "startdate" | "enddate" | "location" | "organizer" | "type"),
        GEORSS => element.name == "point",
        _ => false,
    }
}

/// The text of an Atom text construct (RFC 4287 §3.1) without markup.
fn plain(element: &Element) -> String {
    match element.attribute("type") {
        Some("html") => Html::clean(&element.text(), None).map(|html| html.to_text()).unwrap_or_default(),
        _ => element.text(),
    }
}

/// A title. At level N2 it is plain text by contract; elsewhere markup and entities that survived decoding are undone,
/// twice at most.
fn title_of(element: &Element, exact: bool, notes: &mut Notes<'_>) -> Option<Line> {
    let mut text = plain(element);
    if !exact {
        for _ in 0..2 {
            let stripped = strip_tags(&text);
            let decoded = quick_xml::escape::unescape_with(&stripped, quick_xml::escape::resolve_html5_entity)
                .map_or_else(|_| stripped.clone(), std::borrow::Cow::into_owned);
            if decoded == text {
                break;
            }
            notes.find(Code::MarkupInTitle, &text);
            text = decoded;
        }
    }
    line(&text)
}

fn times(element: &Element, hints: &Hints, notes: &mut Notes<'_>) -> (Option<Timestamp>, Timestamp) {
    // A clock that is a little ahead is no lie; a day ahead is an event's date in the wrong element.
    let latest = hints.seen.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(hints.seen);
    let mut read = |name: &str| {
        let text = element.first(ATOM, name)?.text();
        let time: Option<Timestamp> = text.trim().parse().ok();
        let good = time.filter(|t| *t <= latest);
        if good.is_none() {
            notes.find(Code::BadUpdated, &format!("{name}: {text}"));
        }
        good
    };
    let published = read("published");
    let updated = read("updated");
    match (published, updated) {
        (Some(published), Some(updated)) if published > updated => {
            notes.find(Code::BadUpdated, "published > updated");
            (Some(published), published)
        }
        (published, Some(updated)) => (published, updated),
        (Some(published), None) => (Some(published), published),
        (None, None) => (None, hints.seen),
    }
}

fn organiser(element: &Element, scope: &Scope) -> Option<Organiser> {
    Some(Organiser {
        name: line(&element.first(ATOM, "name")?.text())?,
        page: element.first(ATOM, "uri").and_then(|e| scope.address(&e.text())),
        role: element.first(EVT, "role").and_then(|e| line(&e.text())),
    })
}

fn persons(element: &Element, scope: &Scope, feed: &FeedFacts, parts: &mut Parts) {
    let authors: Vec<Organiser> = element.all(ATOM, "author").filter_map(|a| organiser(a, scope)).collect();
    if authors.is_empty() {
        // RFC 4287 §4.2.1: an entry without an author has its source's, or its feed's.
        let source = element.first(ATOM, "source").and_then(|s| s.first(ATOM, "author"));
        parts.organisers =
            source.and_then(|a| organiser(a, scope)).or_else(|| feed.author.clone()).into_iter().collect();
    } else {
        let organises = |a: &Organiser| a.role.as_ref().is_none_or(|role| role.as_str() != PUBLISHER);
        parts.organisers = authors.into_iter().filter(organises).collect();
    }
    parts.speakers = element
        .all(ATOM, "contributor")
        .filter_map(|c| {
            let Organiser { name, page, role } = organiser(c, scope)?;
            let affiliation = c.first(EVT, "affiliation").and_then(|e| line(&e.text()));
            Some(Speaker { name, page, role, affiliation })
        })
        .collect();
}

/// Codes of categories that N2 says again, and N1 says only here.
#[derive(Default)]
struct Codes {
    status: Option<Status>,
    mode: Option<Mode>,
    access: BTreeSet<AccessCode>,
}

fn region_of(category: &Element) -> Option<RegionTerm> {
    if category.attribute("scheme")?.strip_prefix(VOCABULARY)? != "region" {
        return None;
    }
    let code = Region::new(category.attribute("term")?).ok()?;
    Some(RegionTerm { code, label: category.attribute("label").and_then(line) })
}

fn categories(element: &Element, parts: &mut Parts, codes: &mut Codes) {
    for category in element.all(ATOM, "category") {
        let Some(term) = category.attribute("term").and_then(line) else { continue };
        let label = category.attribute("label").and_then(line);
        let Some(scheme) = category.attribute("scheme").and_then(line) else {
            parts.tags.push(term);
            continue;
        };
        let code = term.as_str();
        let understood = match scheme.as_str().strip_prefix(VOCABULARY) {
            Some("format") => Format::from_code(code).map(|f| parts.formats.insert(f)).is_some(),
            Some("audience") => Audience::from_code(code).map(|a| parts.audiences.insert(a)).is_some(),
            Some("accessibility") => AccessCode::from_code(code).map(|a| codes.access.insert(a)).is_some(),
            Some("status") => Status::from_code(code).map(|s| codes.status = Some(s)).is_some(),
            Some("mode") => Mode::from_code(code).map(|m| codes.mode = Some(m)).is_some(),
            Some("region") => region_of(category).map(|r| parts.regions.push(r)).is_some(),
            Some("topic") => {
                parts.topics.push(Term { code: term.clone(), label: label.clone() });
                true
            }
            Some("edition") => {
                parts.editions.push(Term { code: term.clone(), label: label.clone() });
                true
            }
            _ => false,
        };
        if !understood {
            parts.categories.push(Category { scheme, term, label });
        }
    }
}

fn licence(link: &Element, scope: &Scope) -> Option<Licence> {
    let href = scope.address(link.attribute("href")?)?;
    Some(Licence { href, title: link.attribute("title").and_then(line) })
}

/// A file that a link names, until it is known to be a picture or a resource.
struct Enclosure {
    href: Address,
    media_type: Option<MediaType>,
    length: Option<u64>,
    title: Option<Line>,
}

fn links(element: &Element, scope: &Scope, parts: &mut Parts, notes: &mut Notes<'_>) -> Vec<Enclosure> {
    let mut enclosures = Vec::new();
    let mut page_language = None;
    for link in element.all(ATOM, "link") {
        let Some(href) = link.attribute("href") else { continue };
        let rel = link.attribute("rel").unwrap_or("alternate");
        if rel == REGISTRATION {
            match Contact::new(href).or_else(|_| Address::join(scope.base.as_ref(), href).map(Contact::from)) {
                Ok(contact) => {
                    parts.registration.get_or_insert_with(Registration::default).href.get_or_insert(contact);
                }
                Err(_) => notes.find(Code::BadLink, href),
            }
            continue;
        }
        let Some(href) = scope.address(href) else {
            // Relations of the feed's own mechanics, and renderings, are nothing that is republished.
            if matches!(rel, "alternate" | "enclosure" | "related") {
                notes.find(Code::BadLink, href);
            }
            continue;
        };
        let media_type = link.attribute("type").and_then(|t| MediaType::new(t).ok());
        let language = link.attribute("hreflang").and_then(|l| Language::new(l).ok());
        let title = link.attribute("title").and_then(line);
        match rel {
            "alternate" => match media_type.as_ref().map(MediaType::as_str) {
                None | Some("text/html" | "application/xhtml+xml") if parts.page.is_none() => {
                    page_language = language;
                    parts.page = Some(href);
                }
                None | Some("text/html" | "application/xhtml+xml")
                    if language.is_some() && language != page_language =>
                {
                    let rel = line(rel);
                    parts.links.extend(rel.map(|rel| Link { rel, href, media_type, language, title }));
                }
                // The same event in another format: rendering, not content.
                _ => {}
            },
            "license" if parts.licence.is_none() => parts.licence = licence(link, scope),
            "enclosure" => {
                let length = link.attribute("length").and_then(|n| n.trim().parse().ok());
                enclosures.push(Enclosure { href, media_type, length, title });
            }
            // A reader opens the first "related" instead of the entry's page, so that none is republished.
            "related" => {
                parts.resources.push(Resource {
                    href,
                    kind: ResourceKind::Other,
                    media_type: None,
                    length: None,
                    title,
                    foreign: Foreign::default(),
                });
            }
            "self" | "edit" | "edit-media" | "hub" | "license" => {}
            rel => {
                let rel = line(rel);
                parts.links.extend(rel.map(|rel| Link { rel, href, media_type, language, title }));
            }
        }
    }
    enclosures
}

/// Gives each file to the picture or resource it belongs to; what belongs to none is a resource of its own.
fn attach(enclosures: Vec<Enclosure>, parts: &mut Parts) {
    for Enclosure { href, media_type, length, title } in enclosures {
        if let Some(image) = parts.image.as_mut().filter(|image| image.href == href) {
            image.length = image.length.or(length);
            image.media_type = image.media_type.take().or(media_type);
        } else if let Some(resource) = parts.resources.iter_mut().find(|resource| resource.href == href) {
            resource.length = resource.length.or(length);
            resource.media_type = resource.media_type.take().or(media_type);
        } else {
            let foreign = Foreign::default();
            parts.resources.push(Resource { href, kind: ResourceKind::Other, media_type, length, title, foreign });
        }
    }
    let copied: BTreeSet<&Address> = parts.copies.iter().filter_map(|copy| copy.href.as_ref()).collect();
    parts.links.retain(|link| link.rel.as_str() != "via" || !copied.contains(&link.href));
}

fn origin(source: &Element, scope: &Scope) -> Origin {
    let scope = scope.inside(source);
    let link = |rel: &str| source.all(ATOM, "link").find(move |l| l.attribute("rel") == Some(rel));
    Origin {
        id: source.first(ATOM, "id").and_then(|e| Id::new(&e.text()).ok()),
        title: source.first(ATOM, "title").and_then(|e| line(&plain(e))),
        updated: source.first(ATOM, "updated").and_then(|e| e.text().trim().parse().ok()),
        feed: link("self").and_then(|l| scope.address(l.attribute("href")?)),
        licence: link("license").and_then(|l| licence(l, &scope)),
        rights: source.first(ATOM, "rights").and_then(|e| line(&plain(e))),
    }
}

/// The author's summary and body: the h-event properties where the content has them, else all of it.
fn words(element: &Element, scope: &Scope, exact: bool, parts: &mut Parts, notes: &mut Notes<'_>) {
    let summary = element.first(ATOM, "summary");
    let Some(content) = element.first(ATOM, "content") else {
        match summary {
            Some(e) if e.attribute("type") == Some("html") => parts.body = notes.html(&e.text(), scope),
            other => parts.summary = other.and_then(|e| line(&plain(e))),
        }
        return;
    };
    let scope = scope.inside(content);
    let xhtml = match content.attribute("type") {
        Some("xhtml") => true,
        Some("html") => false,
        None | Some("text") => {
            parts.body = Html::from_text(&content.text());
            parts.summary = summary.and_then(|e| line(&plain(e)));
            return;
        }
        // Media that is not text is not an author's words.
        Some(_) => return,
    };
    let (document, fragment);
    let (root, lost) = if xhtml {
        (content.elements().next(), Lost::default())
    } else {
        let (structure, lost) = Html::structure(&content.text());
        document = in_a_root(&structure);
        fragment = first_child(&document);
        (fragment.as_ref(), lost)
    };
    let event = root.and_then(|root| find_class(root, "h-event"));
    let (body, said) = (event.and_then(|e| find_class(e, "e-content")), event.and_then(|e| find_class(e, "p-summary")));
    // At the full profile all else is rendering; elsewhere an h-event that marks no words is all words.
    match event.filter(|_| exact || body.is_some() || said.is_some()) {
        Some(_) => {
            notes.lost(&lost);
            parts.body = body.and_then(|e| notes.html(&inner_markup(e), &scope));
            parts.summary = said.and_then(|e| line(&e.text()));
        }
        None => {
            let markup = if xhtml { root.map(inner_markup).unwrap_or_default() } else { content.text() };
            parts.body = notes.html(&markup, &scope);
            parts.summary = summary.and_then(|e| line(&plain(e)));
        }
    }
}

/// The author's own text in a rendering of ours (h-event, `e-content`), for formats that hold it in a string.
pub fn authored(markup: &str) -> Option<String> {
    let (structure, _) = Html::structure(markup);
    let document = in_a_root(&structure);
    let root = first_child(&document)?;
    find_class(find_class(&root, "h-event")?, "e-content").map(inner_markup)
}

fn in_a_root(xhtml: &str) -> String {
    format!("<r><div xmlns=\"{XHTML}\">{xhtml}</div></r>")
}

fn first_child(document: &str) -> Option<Element<'_>> {
    let limits = Limits { depth: 400, ..Limits::default() };
    let (mut reader, _) = Reader::open(document, limits).ok()?;
    reader.next_child().ok().flatten().map(|(element, _)| element)
}

/// The first element with a class, not looking inside an author's text for what stands around it.
fn find_class<'e>(element: &'e Element<'e>, class: &str) -> Option<&'e Element<'e>> {
    let has =
        |e: &Element, class: &str| e.attribute("class").is_some_and(|c| c.split_ascii_whitespace().any(|c| c == class));
    if has(element, class) {
        return Some(element);
    }
    element.elements().filter(|e| class == "e-content" || !has(e, "e-content")).find_map(|e| find_class(e, class))
}

/// What stands inside an element, as markup for the sanitiser.
fn inner_markup(element: &Element) -> String {
    fn write(element: &Element, out: &mut String) {
        for child in &element.children {
            match child {
                Node::Text(text) => out.push_str(&escape(text)),
                Node::Element(e) => {
                    out.push('<');
                    out.push_str(&e.name);
                    for attribute in e.attributes.iter().filter(|a| a.namespace.is_empty()) {
                        for part in [" ", &*attribute.name, "=\"", &*escape(&attribute.value), "\""] {
                            out.push_str(part);
                        }
                    }
                    // `xml:lang` is XHTML's way to say `lang`.
                    if let (Some(lang), None) = (e.attribute_of(XML, "lang"), e.attribute("lang")) {
                        out.push_str(&format!(" lang=\"{}\"", escape(lang)));
                    }
                    out.push('>');
                    if !matches!(&*e.name, "br" | "hr" | "img") {
                        write(e, out);
                        for part in ["</", &*e.name, ">"] {
                            out.push_str(part);
                        }
                    }
                }
            }
        }
    }
    let mut out = String::new();
    write(element, &mut out);
    out
}

/// Takes a rendered status prefix off a title: one at most, and only when the status or the availability says the same.
fn strip_prefix(parts: &mut Parts, tongue: Tongue) {
    let availability = parts.availability();
    for tongue in [tongue, tongue.other()] {
        let Some(prefix) = tongue.title_prefix(parts.status, availability) else { return };
        if let Some(rest) = parts.title.as_str().strip_prefix(prefix.trim_end()).and_then(|rest| Line::new(rest).ok()) {
            parts.title = rest;
            return;
        }
    }
}

fn foreign_attributes(element: &Element, known: &[&str], notes: &mut Notes<'_>) -> BTreeMap<QName, String> {
    let mut out = BTreeMap::new();
    for attribute in &element.attributes {
        if attribute.namespace.is_empty() && known.contains(&&*attribute.name) {
            continue;
        }
        match Name::new(&attribute.name) {
            Ok(name) if kept_namespace(&attribute.namespace) => {
                out.insert(QName { namespace: attribute.namespace.to_string(), name }, attribute.value.to_string());
            }
            _ => notes.bad("attribute", &attribute.name),
        }
    }
    out
}

/// Whether something of a namespace is preserved: one that somebody declared, by a name that is a URI.
fn kept_namespace(namespace: &str) -> bool {
    !namespace.starts_with("undeclared:") && foreign::is_namespace(namespace)
}

/// How deep an extension is preserved; our own store reads no deeper, and no extension seen is.
const DEEPEST_FOREIGN: usize = 16;

fn foreign_element(element: &Element, depth: usize, notes: &mut Notes<'_>) -> Option<foreign::Element> {
    if element.namespace == ATOM
        || !kept_namespace(&element.namespace)
        || !foreign::is_element_namespace(&element.namespace)
        || depth > DEEPEST_FOREIGN
    {
        notes.bad("element", &element.name);
        return None;
    }
    let name = notes.value("element", Some(&element.name), |n| Name::new(n).ok())?;
    let attributes = foreign_attributes(element, &[], notes);
    let mut children = Vec::new();
    for child in &element.children {
        match child {
            Node::Text(text) => children.push(foreign::Node::Text(text.to_string())),
            Node::Element(child) => {
                let kept = if child.namespace == ATOM {
                    foreign_atom(child, depth + 1, notes)
                } else {
                    foreign_element(child, depth + 1, notes)
                };
                children.extend(kept.map(foreign::Node::Element));
            }
        }
    }
    Some(foreign::Element { name: QName { namespace: element.namespace.to_string(), name }, attributes, children })
}

/// Atom inside an extension is the extension's own.
fn foreign_atom(element: &Element, depth: usize, notes: &mut Notes<'_>) -> Option<foreign::Element> {
    let renamed = Element { namespace: "".into(), ..element.clone() };
    let mut kept = foreign_element(&renamed, depth, notes)?;
    ATOM.clone_into(&mut kept.name.namespace);
    Some(kept)
}
