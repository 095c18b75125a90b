//! What a person names on the command line, a file or an address, and what is said to them of it.

use bytes::Bytes;
use jiff::Timestamp;

use super::tongue;
use crate::event::{Address, Event, Place};
use crate::fetch::{Answer, Fetcher, Headers, Request, Rules};
use crate::format::Reading;
use crate::language::Tongue;
use crate::programme::Finding;

/// What stands at an address or in a file.
pub struct Document {
    /// Its bytes.
    pub bytes: Bytes,
    /// What the server called it.
    pub content_type: Option<String>,
    /// Where it came from, when that is an address.
    pub address: Option<Address>,
    /// How it was served, when that is an address.
    pub served: Option<Served>,
}

/// What an answer says beside its body.
pub struct Served {
    /// Validators and lifetimes.
    pub headers: Headers,
    /// Every redirect on the way said that it is for good.
    pub moved: bool,
}

/// Reads a file, or fetches an address with the limits of a poll. Whoever sits at the terminal may ask their own
/// machine, so that private addresses are allowed.
pub async fn bytes(feed: &str, now: Timestamp) -> Result<Document, String> {
    if !feed.starts_with("http://") && !feed.starts_with("https://") {
        let bytes = tokio::fs::read(feed).await.map_err(|error| error.to_string())?;
        return Ok(Document { bytes: bytes.into(), content_type: None, address: None, served: None });
    }
    let request = Request { address: feed, ..Request::default() };
    match fetcher()?.get(request, now).await {
        Ok(Answer::Fresh(fresh)) => Ok(Document {
            bytes: fresh.body,
            content_type: fresh.content_type,
            address: Address::new(&fresh.address).ok(),
            served: Some(Served { headers: fresh.headers, moved: fresh.moved.is_some() }),
        }),
        Ok(Answer::Unchanged { .. }) => Err("304".to_owned()),
        Err(failure) => Err(format!("{} {}", tongue().failure(failure.kind), failure.detail)),
    }
}

/// What asks for whoever sits at the terminal.
pub fn fetcher() -> Result<Fetcher, String> {
    let rules = Rules { allow_private_addresses: true, ..Rules::default() };
    Fetcher::new(rules).map_err(|error| error.to_string())
}

/// When and where an event takes place, and how, on one line.
pub fn when_and_where(tongue: Tongue, event: &Event) -> String {
    let mut words: Vec<String> = event.slots.iter().map(|slot| tongue.when(&slot.when)).collect();
    if words.is_empty() {
        words.push(tongue.say("date-open"));
    }
    words.extend(event.places.iter().filter_map(Place::line));
    words.extend(event.mode.map(|mode| tongue.label("mode", mode.code())));
    words.join(" · ")
}

/// How many entries were read, and how well they were understood, in a sentence.
pub fn levels(tongue: Tongue, reading: &Reading) -> String {
    let tally = reading.tally();
    let n = |n: u32| i64::from(n).into();
    tongue.say_with(
        "command-levels",
        [
            ("count", n(tally.entries)),
            ("dated", n(tally.dated)),
            ("n0", n(tally.entries - tally.n1 - tally.n2)),
            ("n1", n(tally.n1)),
            ("n2", n(tally.n2)),
        ],
    )
}

/// A finding on a line, and its mend on the next.
pub fn tell(tongue: Tongue, feed: &str, finding: &Finding) {
    let entry = finding.entry.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let detail = if finding.detail.is_empty() { String::new() } else { format!(" [{}]", finding.detail) };
    eprintln!("{feed}{entry}: {} ({}){detail}", tongue.finding(finding.code), finding.code.as_str());
    eprintln!("  → {}", tongue.mend(finding.code));
}
