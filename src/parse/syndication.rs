//! RSS 0.9x, 1.0, 2.0 and JSON Feed, by feed-rs: level N0, an entry without a date that can be read.
//!
//! feed-rs is kept behind a guard: depth and number are bounded by a scan of our own first, since it recurses without
//! bound, and a panic in it costs this document and nothing else.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Rejected, reject};
use crate::event::{Address, Event, Html, Id, Language, Line, Organiser, Parts};
use crate::format::xml::{Limits, Reader, XmlError};
use crate::format::{FeedFacts, Hints, Level, ReadEntry, Reading};
use crate::programme::{Code, Finding};

/// Most entries of one feed, as for Atom.
const MOST_ENTRIES: usize = 5_000;
/// JSON inside JSON beyond this is refused before the library sees it.
const DEEPEST_JSON: usize = 64;

/// Refuses hostile shapes before feed-rs sees them.
///
/// # Errors
/// [`XmlError`], as reading Atom would.
pub fn scan(text: &str) -> Result<(), XmlError> {
    let (mut reader, _) = Reader::open(text, Limits::default())?;
    let mut items = 0;
    while let Some((child, _)) = reader.next_child()? {
        // Items are children of the root in RSS 1.0, and of its channel in the others.
        items += usize::from(child.name == "item") + child.elements().filter(|e| e.name == "item").count();
        if items > MOST_ENTRIES {
            return Err(XmlError::TooMuch { what: "entries", most: MOST_ENTRIES });
        }
    }
    Ok(())
}

/// Reads what [`scan`] let through, or JSON.
pub fn read(text: &str, hints: &Hints) -> Result<Reading, Rejected> {
    if text.starts_with('{') && text.matches('{').count() > MOST_ENTRIES * 8 {
        return Err(reject(Code::TooMuch, &format!("more than {MOST_ENTRIES} entries")));
    }
    if text.starts_with('{') && json_depth(text) > DEEPEST_JSON {
        return Err(reject(Code::TooMuch, &format!("more than {DEEPEST_JSON} levels")));
    }
    let base = hints.address.as_ref().map(Address::as_str);
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        feed_rs::parser::Builder::new()
            .base_uri(base)
            .sanitize_content(false)
            .id_generator(generated_id)
            .build()
            .parse(text.as_bytes())
    }));
    let feed = match parsed {
        Err(_) => return Err(reject(Code::ReaderFailed, "")),
        Ok(Err(error)) => return Err(reject(Code::NotAFeed, &error.to_string())),
        Ok(Ok(feed)) => feed,
    };
    if feed.entries.len() > MOST_ENTRIES {
        return Err(reject(Code::TooMuch, &format!("more than {MOST_ENTRIES} entries")));
    }
    let mut reading = Reading { feed: facts(&feed, hints), ..Default::default() };
    let mut seen = HashMap::new();
    for entry in feed.entries {
        read_entry(entry, hints, &mut seen, &mut reading);
    }
    Ok(reading)
}

/// An id for an entry that has none, the same at each fetch: feed-rs would make a random one.
fn generated_id(links: &[model::Link], title: &Option<model::Text>, uri: Option<&str>) -> String {
    let link = links.first().map_or("", |link| link.href.as_str());
    let title = title.as_ref().map_or("", |title| title.content.as_str());
    let seed = if link.is_empty() { format!("{}\n{title}", uri.unwrap_or_default()) } else { link.to_owned() };
    let hash: String = Sha256::digest(seed.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("urn:essaim:sans-id:{hash}")
}

fn json_depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn plain(text: &model::Text) -> Option<Line> {
    // RSS says nothing of whether its texts are HTML; one that looks like it is read as it.
    if text.content.contains(['<', '&']) {
        let html = Html::clean(&text.content, None)?;
        return Line::new(&html.to_text()).ok();
    }
    Line::new(&text.content).ok()
}

fn page(links: &[model::Link]) -> Option<Address> {
    let html = |link: &&model::Link| {
        link.rel.as_deref().is_none_or(|rel| rel == "alternate")
            && link.media_type.as_deref().is_none_or(|t| t.starts_with("text/html"))
    };
    links.iter().find(html).and_then(|link| Address::new(&link.href).ok())
}

fn facts(feed: &model::Feed, hints: &Hints) -> FeedFacts {
    let title = feed.title.as_ref().and_then(plain);
    let language = feed.language.as_deref().and_then(|l| Language::new(l).ok()).or_else(|| hints.language.clone());
    let person =
        feed.authors.first().and_then(|author| Line::new(author.name.as_deref()?).ok()).or_else(|| title.clone());
    FeedFacts {
        id: Id::new(&feed.id).ok(),
        language,
        page: page(&feed.links),
        author: person.map(|name| Organiser { name, page: None, role: None }),
        rights: feed.rights.as_ref().and_then(plain),
        generator: feed.generator.as_ref().and_then(|g| Line::new(&g.content).ok()),
        title,
        ..Default::default()
    }
}

fn read_entry(entry: model::Entry, hints: &Hints, seen: &mut HashMap<Id, Event>, reading: &mut Reading) {
    let Ok(id) = Id::new(&entry.id) else {
        reading.findings.push(Finding::new(Code::WithoutId, None, ""));
        return;
    };
    let Some(title) = entry.title.as_ref().and_then(plain) else {
        reading.findings.push(Finding::new(Code::WithoutTitle, Some(&id), ""));
        return;
    };
    let latest = hints.seen.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(hints.seen);
    // feed-rs speaks chrono: seconds are the language both understand.
    let time = |seconds: Option<i64>| seconds.and_then(|s| Timestamp::from_second(s).ok()).filter(|t| *t <= latest);
    let published = time(entry.published.map(|t| t.timestamp()));
    let updated = time(entry.updated.map(|t| t.timestamp()));
    if published.is_none() && updated.is_none() {
        reading.findings.push(Finding::new(Code::BadUpdated, Some(&id), ""));
    }
    let updated = updated.max(published).unwrap_or(hints.seen);
    reading.findings.push(Finding::new(Code::NoEventData, Some(&id), title.as_str()));
    let mut parts = Parts::new(id.clone(), title, updated);
    parts.published = published;
    parts.language = reading.feed.language.clone();
    parts.page = page(&entry.links);
    let base = parts.page.as_ref().or(hints.address.as_ref());
    let body = entry.content.as_ref().and_then(|content| content.body.as_deref());
    parts.body = body.and_then(|body| Html::clean(body, base));
    match (&parts.body, &entry.summary) {
        // RSS's description is the whole text when there is no other.
        (None, Some(summary)) if summary.content.contains('<') => parts.body = Html::clean(&summary.content, base),
        (_, Some(summary)) => parts.summary = plain(summary),
        _ => {}
    }
    let authors = entry.authors.iter().filter_map(|author| Line::new(author.name.as_deref()?).ok());
    parts.organisers = authors.map(|name| Organiser { name, page: None, role: None }).collect();
    if parts.organisers.is_empty() {
        parts.organisers.extend(reading.feed.author.clone());
    }
    parts.tags = entry.categories.iter().filter_map(|category| Line::new(&category.term).ok()).collect();
    parts.rights = entry.rights.as_ref().and_then(plain).or_else(|| reading.feed.rights.clone());
    let Ok(event) = Event::new(parts) else {
        reading.findings.push(Finding::new(Code::Contradiction, Some(&id), ""));
        return;
    };
    match seen.get(&event.id) {
        None => drop(seen.insert(event.id.clone(), event.clone())),
        // Said twice in the same words: once is enough.
        Some(first) if *first == event => return,
        Some(_) => {
            reading.findings.push(Finding::new(Code::IdTwice, Some(&id), event.title.as_str()));
            return;
        }
    }
    // feed-rs gives no source text: what it understood stands in for it.
    let raw = serde_json::to_string(&event).unwrap_or_default();
    reading.entries.push(ReadEntry { event, level: Level::N0, raw });
}
