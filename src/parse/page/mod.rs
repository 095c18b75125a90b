//! Web pages: the events that they describe for machines, and the feeds that they name.
//!
//! Four entrances: [`read`] for a page that is itself the source, [`about`] for the page that an entry links to,
//! [`marked_up`] for the text of an entry, and [`feeds`] for a home page. They hide how a page tells an event: schema.org in JSON-LD or microdata, h-event,
//! hCalendar. Within bounds, whatever the page.

mod links;
mod microdata;
mod microformats;
mod tree;

use std::collections::BTreeSet;

use scraper::ElementRef;

pub use self::links::{FeedKind, FeedLink};
use self::tree::{below, words};
use super::draft::{Draft, Gathering};
use super::json::{self, MOST_EVENTS, schema_org};
use super::{Rejected, reject, start_of};
use crate::event::text::fold;
use crate::event::{Address, Event, Language, Line};
use crate::format::{FeedFacts, Hints, Reading};
use crate::programme::Code;

/// Reads a page that was given as if it were a feed: the events it describes, where it describes any.
///
/// # Errors
/// [`Code::WebPage`] when it describes none.
pub fn read(text: &str, hints: &Hints) -> Result<Reading, Rejected> {
    let html = tree::build(text).map_err(|code| reject(code, ""))?;
    let root = html.root_element();
    let said = Said::new(root, hints);
    if said.drafts.is_empty() {
        let why = said.broken.into_iter().next().unwrap_or_else(|| start_of(text).to_owned());
        return Err(reject(Code::WebPage, &why));
    }
    let mut gathering = Gathering::new(facts(root, hints), hints);
    for draft in said.drafts {
        gathering.add(draft);
    }
    for why in said.broken {
        gathering.find(Code::BadValue, None, &why);
    }
    Ok(gathering.done())
}

/// The event on a page that is about `entry`: the one with its address, else the only one that names no other page,
/// else the one whose title is clearly the likest.
pub fn about(reading: Reading, entry: &Event, hints: &Hints) -> Option<Event> {
    let events: Vec<Event> =
        reading.entries.into_iter().map(|read| read.event).filter(|event| !event.slots.is_empty()).collect();
    let own: Vec<String> = [entry.page.as_ref(), hints.address.as_ref(), reading.feed.page.as_ref()]
        .into_iter()
        .flatten()
        .map(key)
        .collect();
    let names_another = |event: &&Event| event.page.as_ref().is_some_and(|page| !own.contains(&key(page)));
    let (others, here): (Vec<&Event>, Vec<&Event>) = events.iter().partition(names_another);
    match here.as_slice() {
        [one] => Some((*one).clone()),
        [] => likest(&others, entry),
        several => likest(several, entry),
    }
}

/// Adds to an entry without a date when and where its own text says that its event is: the first that is marked up
/// there (hCalendar, h-event).
pub fn marked_up(markup: &str, draft: &mut Draft) {
    // Most texts mark nothing up, and are not worth a tree.
    if !draft.sessions.is_empty() || !["dtstart", "dt-start"].iter().any(|class| markup.contains(class)) {
        return;
    }
    let Ok(html) = tree::build(markup) else { return };
    let Some(said) = microformats::drafts(html.root_element(), 1).pop() else { return };
    draft.sessions = said.sessions;
    draft.unreadable = draft.unreadable.take().or(said.unreadable);
    draft.place = draft.place.take().or(said.place);
    draft.location = draft.location.take().or(said.location);
}

/// The feeds that a page names and those it may have, the most promising first.
///
/// # Errors
/// The [`Code`] of what made it unreadable.
pub fn feeds(text: &str, base: &Address) -> Result<Vec<FeedLink>, Code> {
    let html = tree::build(text)?;
    Ok(links::feeds(html.root_element(), &base_of(html.root_element(), base)))
}

/// An address without what does not tell two pages apart.
fn key(page: &Address) -> String {
    let rest = page.as_str().split_once("://").map_or("", |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default().trim_end_matches('/');
    rest.strip_prefix("www.").unwrap_or(rest).to_owned()
}

/// Share of words that two titles must have in common to be of one event, in percent.
const ALIKE: usize = 60;

fn likest(events: &[&Event], entry: &Event) -> Option<Event> {
    let title = title_words(&entry.title);
    let alike = |event: &Event| {
        let other = title_words(&event.title);
        100 * title.intersection(&other).count() / title.union(&other).count().max(1)
    };
    let mut scored: Vec<(usize, &Event)> = events.iter().map(|event| (alike(event), *event)).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    match scored.as_slice() {
        [(best, event), rest @ ..] if *best >= ALIKE && rest.first().is_none_or(|(second, _)| second < best) => {
            Some((*event).clone())
        }
        _ => None,
    }
}

fn title_words(title: &Line) -> BTreeSet<String> {
    let text = fold(title.as_str());
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1).map(str::to_owned).collect()
}

/// All that a page says of events.
struct Said {
    drafts: Vec<Draft>,
    /// JSON-LD that could not be read, and why.
    broken: Vec<String>,
}

impl Said {
    fn new(root: ElementRef<'_>, hints: &Hints) -> Said {
        let mut said = Said { drafts: Vec::new(), broken: Vec::new() };
        let base = hints.address.as_ref().map(|address| base_of(root, address));
        let hints = Hints { address: base, ..hints.clone() };
        for script in below(root, |_| false).filter(|element| is_json_ld(*element)) {
            let text: String = script.text().collect();
            let text = unwrapped(&text);
            if text.is_empty() {
                continue;
            }
            match json::parse(text) {
                Ok(document) => said.drafts.extend(schema_org::drafts(&document, &hints)),
                Err(rejected) => said.broken.push(format!("JSON-LD: {}", rejected.finding.detail)),
            }
            if said.drafts.len() > MOST_EVENTS {
                break;
            }
        }
        // The same events said twice are one; who says them in two ways says most in JSON-LD.
        if said.drafts.is_empty() {
            let items = microdata::items(root, MOST_EVENTS);
            said.drafts = schema_org::drafts(&serde_json::Value::Array(items), &hints);
        }
        if said.drafts.is_empty() {
            said.drafts = microformats::drafts(root, MOST_EVENTS);
        }
        said.drafts.truncate(MOST_EVENTS);
        said
    }
}

fn is_json_ld(element: ElementRef<'_>) -> bool {
    let media_type = element.attr("type").unwrap_or_default().split(';').next().unwrap_or_default();
    element.value().name() == "script" && media_type.trim().eq_ignore_ascii_case("application/ld+json")
}

/// A script's text without the comment or CDATA marks that hid it from old readers.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim().trim_end_matches(';').trim();
    for (open, close) in [("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<![CDATA[", "]]>")]
    {
        if let Some(inner) = text.strip_prefix(open) {
            text = inner.trim().strip_suffix(close).unwrap_or(inner).trim();
        }
    }
    text
}

/// What relative addresses of a page are relative to.
fn base_of(root: ElementRef<'_>, address: &Address) -> Address {
    let base =
        below(root, |_| false).find(|element| element.value().name() == "base").and_then(|base| base.attr("href"));
    base.and_then(|base| Address::join(Some(address), base).ok()).unwrap_or_else(|| address.clone())
}

fn facts(root: ElementRef<'_>, hints: &Hints) -> FeedFacts {
    let first = |name: &str| below(root, |_| false).find(|element| element.value().name() == name);
    let canonical = below(root, |_| false)
        .find(|element| element.value().name() == "link" && element.attr("rel") == Some("canonical"))
        .and_then(|link| Address::join(hints.address.as_ref(), link.attr("href")?).ok());
    FeedFacts {
        title: first("title").and_then(|title| Line::new(&words(title)).ok()),
        language: root.attr("lang").and_then(|language| Language::new(language).ok()),
        page: canonical.or_else(|| hints.address.clone()),
        ..FeedFacts::default()
    }
}

#[cfg(test)]
mod tests;
