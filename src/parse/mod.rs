//! Bytes into entries and findings, whatever the dialect and however broken.
//!
//! One entrance, [`read`], and beside it what tells where there is something to read: [`feeds`] of a home page,
//! [`openagenda`]'s pages. It hides encodings, mending of almost-XML, recognition of what came by looking at it, and
//! the libraries for each dialect with their crashes. Pure and bounded: callers put it on a thread of its own.

mod calendar;
mod dates;
mod decode;
mod dialect;
mod draft;
mod json;
mod json_feed;
mod listing;
pub mod page;
mod schedule;
pub mod sheet;
mod syndication;
mod tidy;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::draft::Gathering;
pub use self::json::openagenda;
use crate::event::Address;
use crate::format::atom::ATOM;
use crate::format::xml::XmlError;
use crate::format::{Hints, Reading, atom};
use crate::programme::{Code, Finding, Severity};

/// What came is no feed: nothing of it is used, and what the source said before stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", finding.code.as_str())]
pub struct Rejected {
    /// Why.
    pub finding: Finding,
}

fn reject(code: Code, detail: &str) -> Rejected {
    Rejected { finding: Finding::new(code, None, detail) }
}

/// Reads a document as a feed.
///
/// `content_type` is what the server said; it is believed only for the charset, since servers call feeds many things.
/// One that no feed has is told.
///
/// A library that panics costs this document and nothing else.
///
/// # Errors
/// [`Rejected`], with the reason as a finding.
pub fn read(bytes: &[u8], content_type: Option<&str>, hints: &Hints) -> Result<Reading, Rejected> {
    let read = AssertUnwindSafe(|| recognise(bytes, content_type, hints));
    catch_unwind(read).unwrap_or_else(|_| Err(reject(Code::ReaderFailed, "")))
}

/// The feeds that a page names and those it may have, the most promising first; none where `bytes` are no page.
pub fn feeds(bytes: &[u8], content_type: Option<&str>, base: &Address) -> Vec<page::FeedLink> {
    let text = decode::decode(bytes, content_type, &mut Vec::new());
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if is_web_page(text) { page::feeds(text, base).unwrap_or_default() } else { Vec::new() }
}

fn recognise(bytes: &[u8], content_type: Option<&str>, hints: &Hints) -> Result<Reading, Rejected> {
    let mut findings = Vec::new();
    let bytes = calendar::unfolded(bytes);
    let text = decode::decode(&bytes, content_type, &mut findings);
    let text = decode::without_controls(text, &mut findings);
    let mut text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if !begins_well(text)
        && let Some((junk, document)) = decode::junk_before(text)
    {
        findings.push(Finding::new(Code::BadValue, None, junk));
        text = document;
    }
    let mut reading = if text.is_empty() {
        return Err(reject(Code::Empty, ""));
    } else if text.starts_with(['{', '[']) {
        json::read(text, hints)?
    } else if is_calendar(text) {
        calendar::read(text, hints)?
    } else if text.starts_with('<') {
        if is_web_page(text) { page::read(text, hints)? } else { read_xml(text, hints, &mut findings)? }
    } else {
        return Err(reject(Code::NotAFeed, start_of(text)));
    };
    if let Some(media_type) = content_type.filter(|media_type| !is_of_feeds(media_type) && !is_web_page(text)) {
        findings.push(Finding::new(Code::WrongType, None, media_type));
    }
    tidy::tidy(&mut reading, hints);
    findings.append(&mut reading.findings);
    reading.findings = bounded(findings);
    Ok(reading)
}

/// Whether a media type is one that servers give to feeds, rightly or for want of a better one.
fn is_of_feeds(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    ["xml", "json", "calendar"].iter().any(|word| essence.contains(word))
        || matches!(essence.as_str(), "" | "text/plain" | "application/octet-stream" | "binary/octet-stream")
}

/// Keeps the findings that decide what becomes of an entry, and of the others as many as anyone would read.
fn bounded(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut others = 0;
    findings.retain(|finding| {
        let decides = finding.code.severity() >= Severity::Quarantine;
        others += usize::from(!decides);
        decides || others <= MOST_FINDINGS
    });
    findings
}

/// Most findings of a feed that change nothing.
const MOST_FINDINGS: usize = 500;

/// Strictly first; where that fails, once more after mending what can be mended without guessing.
fn read_xml(text: &str, hints: &Hints, findings: &mut Vec<Finding>) -> Result<Reading, Rejected> {
    match read_well_formed(text, hints) {
        Err(Unread::Xml(XmlError::Malformed(why))) => {
            let mended = decode::mend(text);
            if let Cow::Borrowed(_) = mended {
                return Err(reject(Code::NotXml, &why));
            }
            findings.push(Finding::new(Code::StrayAmpersand, None, &why));
            read_well_formed(&mended, hints).map_err(Rejected::from)
        }
        other => other.map_err(Rejected::from),
    }
}

/// Why well-formed XML gave nothing.
enum Unread {
    Xml(XmlError),
    Rejected(Rejected),
}

impl From<Unread> for Rejected {
    fn from(unread: Unread) -> Rejected {
        match unread {
            Unread::Rejected(rejected) => rejected,
            Unread::Xml(error) => {
                let code = match &error {
                    XmlError::Doctype => Code::Doctype,
                    XmlError::TooMuch { .. } => Code::TooMuch,
                    _ => Code::NotXml,
                };
                reject(code, &error.to_string())
            }
        }
    }
}

fn read_well_formed(text: &str, hints: &Hints) -> Result<Reading, Unread> {
    match atom::read(text, hints).map_err(Unread::Xml)? {
        Some(document) => Ok(extended(document, hints)),
        None => match syndication::read(text, hints)? {
            Some(reading) => Ok(reading),
            None => match listing::read(text).map_err(Unread::Xml)? {
                Some(listing) => listing.gather(hints).map_err(Unread::Rejected),
                None => Err(Unread::Rejected(reject(Code::NotAFeed, start_of(text)))),
            },
        },
    }
}

/// An Atom document with what other vocabularies say in the entries that do not have the full profile.
fn extended(document: atom::Document, hints: &Hints) -> Reading {
    let atom::Document { reading, loose, head } = document;
    let zone = dialect::zone_of(head.elements());
    let mut window = calendar::Window::new(hints.seen);
    let mut gathering = Gathering::from_reading(reading, hints);
    for (at, entry) in loose {
        gathering.loosen(at, |draft| {
            let dated = ["published", "updated"].iter().find_map(|name| entry.first(ATOM, name));
            draft.dated = dated.and_then(|date| dates::clock(&date.text()));
            draft.zone.clone_from(&zone);
            dialect::read(&entry, &mut window, draft);
            if let Some(content) = entry.first(ATOM, "content") {
                page::marked_up(&content.text(), draft);
            }
        });
    }
    gathering.done()
}

/// Whether a document begins as one of those that we know, so that nothing is looked for behind its beginning.
fn begins_well(text: &str) -> bool {
    let known = ["{", "[", "<?xml", "<!", "<rss", "<feed", "<rdf:RDF"];
    known.iter().any(|beginning| text.starts_with(beginning)) || is_calendar(text) || is_web_page(text)
}

fn is_calendar(text: &str) -> bool {
    text.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
}

fn is_web_page(text: &str) -> bool {
    // Comments and declarations may stand before the first element.
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let end = if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest.starts_with("<?") {
            rest.find("?>").map(|at| at + 2)
        } else {
            break;
        };
        match end {
            Some(end) => rest = &rest[end..],
            None => return false,
        }
    }
    let name: String = rest.chars().skip(1).take_while(|c| c.is_ascii_alphanumeric() || *c == '!').collect();
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "!doctype" => {
            let kind = rest.get("<!doctype".len()..).unwrap_or_default().trim_start();
            kind.get(..4).is_some_and(|kind| kind.eq_ignore_ascii_case("html"))
        }
        // A piece of a page, as programs give it to be put into another.
        _ => HTML_ELEMENTS.contains(&name.as_str()),
    }
}

/// Elements that a page may begin with; no feed has a root of such a name.
const HTML_ELEMENTS: &[&str] = &[
    "html", "head", "body", "meta", "title", "link", "script", "style", "main", "article", "section", "header", "nav",
    "div", "span", "p", "ul", "ol", "table", "h1", "h2", "h3", "a",
];

fn start_of(text: &str) -> &str {
    let end = text.char_indices().nth(80).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

#[cfg(test)]
mod tests;
