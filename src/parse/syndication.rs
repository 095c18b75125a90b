//! RSS 0.9x, 1.0 and 2.0: one walk over the items, for what RSS says itself and for what other vocabularies say in it.
//!
//! Hides how the versions differ: items inside the channel or beside it, in a namespace or in none, and the many elements
//! that say one thing. Whoever made the document is asked for once, in [`quirks`].

use std::time::Duration;

use super::calendar::Window;
use super::draft::{Clock, Draft, File, Gathering, Session, plain};
use super::{Unread, dates, dialect, page, reject};
use crate::event::{Address, Id, Language, Licence, Line, Organiser};
use crate::format::atom::{ATOM, HISTORY};
use crate::format::xml::{Element, Limits, Reader, XML};
use crate::format::{FeedFacts, Hints, Reading};
use crate::programme::Code;

/// Dublin Core.
const DC: &str = "http://purl.org/dc/elements/1.1/";
/// RSS content module.
const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";
/// RSS syndication module.
const SY: &str = "http://purl.org/rss/1.0/modules/syndication/";
/// Media RSS.
const MEDIA: &str = "http://search.yahoo.com/mrss/";
/// Licences, by the module of Creative Commons for RSS 2.0 and by its RDF vocabulary for RSS 1.0.
const LICENCES: [&str; 3] = [
    "http://backend.userland.com/creativeCommonsRssModule",
    "http://web.resource.org/cc/",
    "http://creativecommons.org/ns#",
];
/// The W3C's basic geo vocabulary.
const GEO: &str = "http://www.w3.org/2003/01/geo/wgs84_pos#";
/// RDF, whose `resource` and `about` hold addresses.
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
/// The namespaces of RSS itself; most versions have none.
const RSS: [&str; 5] = [
    "",
    "http://purl.org/rss/1.0/",
    "http://channel.netscape.com/rdf/simple/0.9/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://backend.userland.com/rss2",
];

/// Reads a document whose root is `rss` or `RDF`; `None` where it is another.
pub fn read(text: &str, hints: &Hints) -> Result<Option<Reading>, Unread> {
    let (mut reader, mut head) = Reader::open(text, Limits::default()).map_err(Unread::Xml)?;
    if !matches!(&*head.name, "rss" | "RDF") {
        return Ok(None);
    }
    // Items stand in the channel, or beside it in RSS 0.90 and 1.0.
    reader.look_through("channel");
    let mut items = Vec::new();
    while let Some((child, raw)) = reader.next_child().map_err(Unread::Xml)? {
        if is_rss(&child, "item") {
            items.push((child, raw));
        } else {
            head.children.push(crate::format::xml::Node::Element(child));
        }
    }
    if items.is_empty() && head.children.is_empty() {
        return Err(Unread::Rejected(reject(Code::NotAFeed, &head.name)));
    }
    let zone = dialect::zone_of(head.elements());
    let base = head.attribute_of(XML, "base").and_then(|base| Address::join(hints.address.as_ref(), base).ok());
    let hints = Hints { address: base.or_else(|| hints.address.clone()), ..hints.clone() };
    let mut gathering = Gathering::new(facts(&head, &hints), &hints);
    let quirks = Quirks::of(text, &items);
    if quirks.localist {
        gathering.dates_are_starts();
    }
    let mut window = Window::new(hints.seen);
    for (item, raw) in items {
        let mut draft = draft(&item, &hints);
        draft.zone.clone_from(&zone);
        draft.raw = raw.to_owned();
        quirks.read(&item, &mut draft, &mut gathering);
        dialect::read(&item, &mut window, &mut draft);
        let markup = draft.body.take();
        if let Some(markup) = &markup {
            page::marked_up(markup, &mut draft);
        }
        draft.body = draft.body.take().or(markup);
        gathering.add(draft);
    }
    Ok(Some(gathering.done()))
}

fn is_rss(element: &Element, name: &str) -> bool {
    element.name == name && RSS.contains(&&*element.namespace)
}

/// The text of the first child of RSS's own with one of these names that says anything.
fn own(element: &Element, names: &[&str]) -> Option<String> {
    let said = |name: &&str| {
        let texts = element.elements().filter(|child| is_rss(child, name)).map(Element::text);
        texts.map(|text| text.trim().to_owned()).find(|text| !text.is_empty())
    };
    names.iter().find_map(said)
}

/// The text of the first child of a namespace that says anything.
fn other(element: &Element, namespace: &str, name: &str) -> Option<String> {
    element.all(namespace, name).map(|child| child.text().trim().to_owned()).find(|text| !text.is_empty())
}

/// The address that an `atom:link` of a relation leads to.
fn atom_link<'a>(element: &'a Element, rel: &'a str) -> impl Iterator<Item = &'a str> {
    let links = element.all(ATOM, "link").filter(move |link| link.attribute("rel").unwrap_or("alternate") == rel);
    links.filter_map(|link| link.attribute("href"))
}

fn facts(head: &Element, hints: &Hints) -> FeedFacts {
    let base = hints.address.as_ref();
    let address = |text: &str| Address::join(base, text.trim()).ok();
    let title = own(head, &["title"]).as_deref().and_then(plain);
    let language = own(head, &["language"]).or_else(|| other(head, DC, "language"));
    let person = own(head, &["managingEditor"]).or_else(|| other(head, DC, "creator"));
    let person =
        person.as_deref().and_then(dialect::person).or_else(|| other(head, DC, "publisher").as_deref().and_then(plain));
    let page = own(head, &["link"]).as_deref().and_then(address);
    FeedFacts {
        id: atom_link(head, "self").next().and_then(|href| Id::new(href).ok()).or_else(|| id_of(page.as_ref())),
        language: language
            .and_then(|text| Language::new(&text.replace('_', "-")).ok())
            .or_else(|| hints.language.clone()),
        page,
        author: person.or_else(|| title.clone()).map(|name| Organiser { name, page: None, role: None }),
        licence: licence(head, base),
        rights: rights(head),
        generator: own(head, &["generator"]).as_deref().and_then(plain),
        complete: head.first(HISTORY, "complete").is_some(),
        hubs: atom_link(head, "hub").filter_map(address).collect(),
        topic: atom_link(head, "self").next().and_then(address),
        pause: pause(head),
        title,
        ..FeedFacts::default()
    }
}

fn id_of(page: Option<&Address>) -> Option<Id> {
    page.and_then(|page| Id::new(page.as_str()).ok())
}

fn licence(element: &Element, base: Option<&Address>) -> Option<Licence> {
    let named = LICENCES.iter().find_map(|namespace| element.first(namespace, "license"));
    let resource =
        named.and_then(|named| named.attribute_of(RDF, "resource").map(str::to_owned).or(Some(named.text())));
    let href = resource.as_deref().or_else(|| atom_link(element, "license").next())?;
    Some(Licence { href: Address::join(base, href.trim()).ok()?, title: None })
}

fn rights(element: &Element) -> Option<Line> {
    let text = own(element, &["copyright"]).or_else(|| other(element, DC, "rights"));
    text.as_deref().and_then(plain)
}

/// How long a publisher wants us to wait: `ttl` in minutes, or so many updates in a period (RSS syndication module).
fn pause(head: &Element) -> Option<Duration> {
    const MINUTE: u64 = 60;
    let minutes = own(head, &["ttl"]).and_then(|text| text.parse::<u64>().ok()).filter(|minutes| *minutes > 0);
    let ttl = minutes.and_then(|minutes| minutes.checked_mul(MINUTE)).map(Duration::from_secs);
    let period = match other(head, SY, "updatePeriod").as_deref() {
        Some("hourly") => Some(60 * MINUTE),
        Some("daily") => Some(24 * 60 * MINUTE),
        Some("weekly") => Some(7 * 24 * 60 * MINUTE),
        Some("monthly") => Some(30 * 24 * 60 * MINUTE),
        Some("yearly") => Some(365 * 24 * 60 * MINUTE),
        _ => None,
    };
    let often = other(head, SY, "updateFrequency").and_then(|text| text.parse::<u64>().ok()).unwrap_or(1).max(1);
    ttl.max(period.map(|period| Duration::from_secs(period / often)))
}

/// What RSS itself says of an item.
fn draft(item: &Element, hints: &Hints) -> Draft {
    let base = item.attribute_of(XML, "base").and_then(|base| Address::join(hints.address.as_ref(), base).ok());
    let absolute = |href: String| match &base {
        Some(base) => Address::join(Some(base), href.trim()).map(String::from).unwrap_or(href),
        None => href,
    };
    let guid = item.elements().find(|child| is_rss(child, "guid"));
    let id = guid.map(|guid| guid.text().trim().to_owned()).filter(|id| !id.is_empty());
    let is_link = guid.is_some_and(|guid| guid.attribute("isPermaLink") != Some("false"));
    let about = item.attribute_of(RDF, "about").map(str::to_owned);
    let page = own(item, &["link"])
        .or_else(|| atom_link(item, "alternate").next().map(str::to_owned))
        .or_else(|| id.clone().filter(|id| is_link && id.contains("://")))
        .or_else(|| about.clone());
    let (summary, body) = words(item);
    let dated = own(item, &["pubDate"]).or_else(|| other(item, DC, "date"));
    let (said, dated) = (dated.as_deref(), dated.as_deref().and_then(dates::clock));
    let undated = said.filter(|_| dated.is_none()).map(str::to_owned);
    let updated = other(item, ATOM, "updated").as_deref().and_then(dates::clock);
    let authors = item.elements().filter(|child| is_rss(child, "author") || child.is(DC, "creator"));
    let names = authors.filter_map(|author| dialect::person(&author.text()));
    let categories = item.elements().filter(|child| is_rss(child, "category") || child.is(DC, "subject"));
    Draft {
        id: id.or(about),
        title: own(item, &["title"]).or_else(|| other(item, DC, "title")).unwrap_or_default(),
        summary,
        body,
        page: page.map(absolute),
        published: dated.as_ref().and_then(Clock::instant),
        updated: updated.as_ref().and_then(Clock::instant),
        dated,
        undated,
        organisers: names.map(|name| Organiser { name, page: None, role: None }).collect(),
        tags: categories.map(Element::text).collect(),
        image: image(item),
        files: item.elements().filter(|child| is_rss(child, "enclosure")).filter_map(file).collect(),
        language: other(item, DC, "language").and_then(|text| Language::new(&text).ok()),
        licence: licence(item, hints.address.as_ref()),
        rights: rights(item).map(String::from),
        ..Draft::default()
    }
}

/// An item's summary and text. `description` is the whole text where there is no other and it holds markup.
fn words(item: &Element) -> (Option<String>, Option<String>) {
    let summary = own(item, &["description"]).or_else(|| other(item, DC, "description"));
    let body = other(item, CONTENT, "encoded").or_else(|| other(item, ATOM, "content"));
    match (summary, body) {
        (Some(summary), None) if summary.contains('<') => (None, Some(summary)),
        said => said,
    }
}

/// An enclosure that is no picture.
fn file(enclosure: &Element) -> Option<File> {
    let media_type = enclosure.attribute("type").filter(|kind| !kind.starts_with("image/"))?;
    Some(File {
        href: enclosure.attribute("url")?.to_owned(),
        media_type: Some(media_type.to_owned()),
        length: enclosure.attribute("length").and_then(|length| length.trim().parse().ok()),
        title: None,
    })
}

/// A picture and the words that stand for it: Media RSS, or an enclosure.
fn image(item: &Element) -> Option<(String, String)> {
    fn media<'e>(element: &'e Element<'e>, depth: usize) -> Option<&'e Element<'e>> {
        let is_image = |content: &Element| {
            content.attribute("medium") == Some("image")
                || content.attribute("type").is_some_and(|media_type| media_type.starts_with("image/"))
        };
        let own = element.all(MEDIA, "content").find(|content| is_image(content));
        own.or_else(|| element.all(MEDIA, "group").filter(|_| depth > 0).find_map(|group| media(group, depth - 1)))
    }
    let alt = |element: &Element| {
        let said = ["description", "title", "text"].iter().find_map(|name| other(element, MEDIA, name));
        said.or_else(|| element.attribute("alt").map(str::to_owned))
    };
    if let Some(content) = media(item, 1) {
        let alt = alt(content).or_else(|| alt(item)).unwrap_or_default();
        return Some((content.attribute("url")?.to_owned(), alt));
    }
    let enclosures = item.elements().filter(|child| is_rss(child, "enclosure"));
    let picture = enclosures.filter(|file| file.attribute("type").is_some_and(|kind| kind.starts_with("image/")));
    let file = picture.take(1).next()?;
    Some((file.attribute("url")?.to_owned(), alt(file).unwrap_or_default()))
}

/// What a program is known to put elsewhere than RSS has it, told by how all its items look, since few say their name.
struct Quirks {
    /// Gancio: "[2026-11-19] Title @ Place".
    dated_titles: bool,
    /// ReverbNation: the title is the date.
    titles_are_dates: bool,
    /// Localist: the publication date is the start, and no item has an id.
    localist: bool,
}

impl Quirks {
    fn of(text: &str, items: &[(Element, &str)]) -> Quirks {
        let all = |like: fn(&Element, &str) -> bool| {
            !items.is_empty() && items.iter().all(|(item, _)| like(item, &own(item, &["title"]).unwrap_or_default()))
        };
        Quirks {
            dated_titles: all(|_, title| dated_title(title).is_some()),
            titles_are_dates: all(|item, title| own(item, &["venue"]).is_some() && dates::clock(title).is_some()),
            localist: text.contains(GEO)
                && text.contains(MEDIA)
                && all(|item, _| {
                    let link = own(item, &["link"]).unwrap_or_default();
                    own(item, &["guid"]).is_none() && link.contains("/event/")
                }),
        }
    }

    fn read(&self, item: &Element, draft: &mut Draft, gathering: &mut Gathering<'_>) {
        if self.dated_titles
            && let Some((day, title, place)) = dated_title(&draft.title)
        {
            draft.sessions.push(Session::new(day, None));
            draft.location = Some(place.to_owned());
            draft.title = title.to_owned();
        }
        if self.titles_are_dates
            && let Some(start) = dates::clock(&draft.title)
        {
            draft.sessions.push(Session::new(start, None));
            // The description says who plays where, which is as near to a title as there is.
            draft.title = draft.summary.take().unwrap_or_else(|| draft.title.clone());
        }
        // Drupal at Utrecht: publication dates that have an end are no publication dates.
        let range = own(item, &["pubDate"]).and_then(|text| dates::range(&text));
        if let Some((start, Some(end))) = range {
            draft.sessions.push(Session::new(start, Some(end)));
            gathering.dates_are_starts();
        }
    }
}

fn dated_title(title: &str) -> Option<(Clock, &str, &str)> {
    let (day, rest) = title.trim().strip_prefix('[')?.split_once(']')?;
    let (title, place) = rest.rsplit_once(" @ ")?;
    Some((Clock::Day(day.parse().ok()?), title.trim(), place.trim()))
}
