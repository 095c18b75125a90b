//! The feeds that a page names, and where feeds usually are.

use std::collections::BTreeSet;

use scraper::ElementRef;

use super::tree::{below, words};
use crate::event::Address;
use crate::event::text::fold;

/// Most feeds taken from one page: one that names more lists other people's.
const MOST_LINKS: usize = 50;

/// A feed that a page names, or that may be where such feeds usually are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedLink {
    /// Where.
    pub address: Address,
    /// What the page calls it.
    pub title: Option<String>,
    /// What is expected there.
    pub kind: FeedKind,
}

/// What is expected at a feed's address, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedKind {
    /// Atom: perhaps in our own profile.
    Atom,
    /// iCalendar: dates for sure.
    Calendar,
    /// RSS or JSON Feed: perhaps with dates.
    Other,
    /// Not named by the page: one of the usual addresses.
    Guess,
    /// What readers say of articles.
    Comments,
}

/// Media types of feeds.
const TYPES: &[(&str, FeedKind)] = &[
    ("application/atom+xml", FeedKind::Atom),
    ("text/calendar", FeedKind::Calendar),
    ("application/rss+xml", FeedKind::Other),
    ("application/rdf+xml", FeedKind::Other),
    ("application/feed+json", FeedKind::Other),
];
/// How the paths of feeds end.
const ENDINGS: &[(&str, FeedKind)] = &[
    (".atom", FeedKind::Atom),
    (".ics", FeedKind::Calendar),
    (".ical", FeedKind::Calendar),
    (".rss", FeedKind::Other),
    (".rdf", FeedKind::Other),
    ("/feed", FeedKind::Other),
    ("/feed/", FeedKind::Other),
    ("/rss", FeedKind::Other),
    ("/feed.xml", FeedKind::Other),
    ("/rss.xml", FeedKind::Other),
    ("/feed.json", FeedKind::Other),
];
/// Where feeds usually are: a node's own, then those of common programs for calendars and sites.
const USUAL: &[&str] =
    &["feed.atom", "?post_type=tribe_events&ical=1", "events.ics", "agenda.ics", "feed", "spip.php?page=ical"];

/// The feeds of a page, the most promising first.
pub fn feeds(root: ElementRef<'_>, base: &Address) -> Vec<FeedLink> {
    let mut found: Vec<FeedLink> = Vec::new();
    let named = below(root, |_| false).filter_map(|element| link(element, base)).take(MOST_LINKS);
    let usual = USUAL.iter().filter_map(|path| Address::join(Some(&home(base)?), path).ok());
    let usual = usual.map(|address| FeedLink { address, title: None, kind: FeedKind::Guess });
    let mut seen = BTreeSet::new();
    found.extend(named.chain(usual).filter(|link| link.address != *base && seen.insert(link.address.clone())));
    // Stable: among equals the page's own order says what its author thinks first.
    found.sort_by_key(|link| link.kind);
    found
}

fn home(base: &Address) -> Option<Address> {
    Address::join(Some(base), "/").ok()
}

fn link(element: ElementRef<'_>, base: &Address) -> Option<FeedLink> {
    let href = element.attr("href")?.trim();
    let address = address(href, base)?;
    let rels = element.attr("rel").unwrap_or_default().to_ascii_lowercase();
    let rel = |wanted: &str| rels.split_ascii_whitespace().any(|rel| rel == wanted);
    let media_type =
        element.attr("type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let typed = || TYPES.iter().find(|(known, _)| *known == media_type).map(|(_, kind)| *kind);
    let ends = || {
        let path = address.as_str().split(['?', '#']).next().unwrap_or_default();
        let asks = address.as_str().contains("ical=1") || href.starts_with("webcal:");
        let ending = ENDINGS.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, kind)| *kind);
        if asks { Some(FeedKind::Calendar) } else { ending }
    };
    let kind = match element.value().name() {
        "link" if rel("alternate") => typed()?,
        "link" if rel("feed") => typed().or_else(ends).unwrap_or(FeedKind::Other),
        "a" | "area" => ends().or_else(|| rel("feed").then_some(FeedKind::Other))?,
        _ => return None,
    };
    let title = element.attr("title").map_or_else(|| words(element), str::to_owned);
    let said = fold(&title);
    let comments =
        ["comment", "commentaire"].iter().any(|word| said.contains(word)) || address.as_str().contains("/comments/");
    let kind = if comments { FeedKind::Comments } else { kind };
    Some(FeedLink { address, title: Some(title).filter(|title| !title.trim().is_empty()), kind })
}

/// Where a link leads; `webcal:` is how a calendar program is told to fetch over HTTP.
fn address(href: &str, base: &Address) -> Option<Address> {
    match href.split_once("://") {
        Some(("webcal" | "webcals", rest)) => Address::new(&format!("https://{rest}")).ok(),
        _ => Address::join(Some(base), href).ok(),
    }
}
