//! `essaim check`: what an aggregator would make of a feed, told to the person who publishes it.
//!
//! The same fetch, the same reading and the same words as a round's; what the feed would be registered with can be said.

use serde_json::{Value, json};

use super::document::{Document, Served, bytes, fetcher, levels, tell, when_and_where};
use super::{Done, Outcome, now, tongue};
use crate::aggregator::discover::{Candidate, discover};
use crate::event::{Address, Language, Region, Zone};
use crate::format::{Hints, Reading};
use crate::language::Tongue;
use crate::parse;
use crate::programme::{Code, Severity};

/// What the feed would be registered with.
#[derive(clap::Args)]
pub struct As {
    /// The zone of times without one, such as Europe/Paris; that of this machine where none is given
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// The region of events that name none, such as FR-ARA
    #[arg(long)]
    region: Option<String>,
    /// The language, where the feed is silent
    #[arg(long)]
    language: Option<String>,
}

/// Checks each feed; the worst decides the exit code.
pub async fn run(feeds: &[String], registered: &As, json: bool) -> Done {
    let hints = hints(registered)?;
    let tongue = tongue();
    let mut outcome = Outcome::Well;
    for feed in feeds {
        let document = match bytes(feed, now()).await {
            Ok(document) => document,
            Err(why) => {
                if json {
                    println!("{}", json!({ "feed": feed, "failure": why.trim() }));
                } else {
                    eprintln!("{feed}: {}", why.trim());
                }
                outcome = Outcome::WithProblems;
                continue;
            }
        };
        let hints = Hints { address: document.address.clone(), ..hints.clone() };
        match parse::read(&document.bytes, document.content_type.as_deref(), &hints) {
            Ok(reading) => {
                if reading.findings.iter().any(|finding| finding.code.severity() >= Severity::Quarantine) {
                    outcome = Outcome::WithProblems;
                }
                if json {
                    println!("{}", in_json(feed, &document, &reading));
                } else {
                    print(feed, &document, &reading, tongue);
                }
            }
            Err(rejected) => {
                outcome = Outcome::WithProblems;
                // A home page is what people give who do not know where their feed is.
                let feeds = match rejected.finding.code {
                    Code::WebPage => feeds_of(&hints).await,
                    _ => Vec::new(),
                };
                if json {
                    let findings = [rejected.finding];
                    println!("{}", json!({ "feed": feed, "entries": [], "findings": findings, "feeds": feeds }));
                } else {
                    tell(tongue, feed, &rejected.finding);
                    print_feeds(feed, &feeds, tongue);
                }
            }
        }
    }
    Ok(outcome)
}

fn hints(registered: &As) -> Result<Hints, String> {
    let wanted = |what: &str, error: &dyn std::fmt::Display| format!("--{what}: {error}");
    let zone = registered.zone.as_deref().map(Zone::new).transpose().map_err(|error| wanted("zone", &error))?;
    let region = registered.region.as_deref().map(Region::new).transpose().map_err(|e| wanted("region", &e))?;
    let language = registered.language.as_deref().map(Language::new).transpose().map_err(|e| wanted("language", &e))?;
    // An aggregator's programme has a zone for sources that declare none; that of the machine stands in.
    let zone = zone.or_else(|| jiff::tz::TimeZone::system().iana_name().and_then(|name| Zone::new(name).ok()));
    Ok(Hints { address: None, language, zone, region, by_link: false, seen: now() })
}

async fn feeds_of(hints: &Hints) -> Vec<Candidate> {
    let (Some(address), Ok(fetcher)) = (&hints.address, fetcher()) else { return Vec::new() };
    discover(&fetcher, address, hints, now()).await.unwrap_or_default()
}

fn print_feeds(page: &str, feeds: &[Candidate], tongue: Tongue) {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    if !feeds.is_empty() {
        println!("{page}: {}", tongue.say_with("check-feeds", [("count", number(feeds.len()).into())]));
    }
    for feed in feeds {
        let counts = [("entries", number(feed.entries).into()), ("dated", number(feed.dated).into())];
        let level = feed.level.map(|level| format!("{level:?}")).unwrap_or_default();
        let title = feed.title.as_ref().map(|title| format!(" — {title}")).unwrap_or_default();
        println!("  {level:2}  {}{title} · {}", feed.address, tongue.say_with("check-feed", counts));
    }
}

fn print(feed: &str, document: &Document, reading: &Reading, tongue: Tongue) {
    let title = reading.feed.title.as_ref().map(|title| format!(" — {title}")).unwrap_or_default();
    println!("{feed}{title}");
    if let Some(served) = &document.served {
        served_words(feed, document, served, reading, tongue).iter().for_each(|line| println!("  {line}"));
    }
    println!("  {}", levels(tongue, reading));
    for entry in &reading.entries {
        let event = &entry.event;
        let prefix = tongue.title_prefix(event.status, event.availability()).unwrap_or_default();
        println!("  {:?}  {prefix}{}", entry.level, event.title);
        println!("      {}", when_and_where(tongue, event));
    }
    reading.findings.iter().for_each(|finding| tell(tongue, feed, finding));
}

/// What the answer itself says: where it came from, as what, how long it may be kept, who tells of changes.
fn served_words(feed: &str, document: &Document, served: &Served, reading: &Reading, tongue: Tongue) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |key: &str, arguments: Vec<(&'static str, String)>| {
        let arguments = arguments.into_iter().map(|(name, value)| (name, value.into()));
        lines.push(tongue.say_with(key, arguments));
    };
    if let Some(address) = document.address.as_ref().map(Address::as_str).filter(|address| *address != feed) {
        let key = if served.moved { "check-moved" } else { "check-redirected" };
        say(key, vec![("address", address.to_owned())]);
    }
    let unsaid = || tongue.say("check-unsaid");
    say("check-type", vec![("type", document.content_type.clone().unwrap_or_else(unsaid))]);
    let headers = &served.headers;
    let validators: Vec<&str> = [("ETag", &headers.etag), ("Last-Modified", &headers.last_modified)]
        .into_iter()
        .filter(|(_, value)| value.is_some())
        .map(|(name, _)| name)
        .collect();
    if validators.is_empty() {
        say("check-no-validators", Vec::new());
    } else {
        say("check-validators", vec![("names", validators.join(", "))]);
    }
    let wanted = headers.max_age.max(reading.feed.pause).filter(|wait| !wait.is_zero());
    if let Some(wait) = wanted.and_then(|wait| jiff::SignedDuration::try_from(wait).ok()) {
        say("check-wait", vec![("wait", format!("{wait:#}"))]);
    }
    for hub in &reading.feed.hubs {
        say("check-hub", vec![("hub", hub.to_string())]);
    }
    lines
}

fn in_json(feed: &str, document: &Document, reading: &Reading) -> Value {
    let entries: Vec<Value> =
        reading.entries.iter().map(|entry| json!({ "level": entry.level, "event": entry.event })).collect();
    let tombstones: Vec<Value> = reading.tombstones.iter().map(|(id, at)| json!({ "id": id, "when": at })).collect();
    let served = document.served.as_ref().map(|served| {
        json!({
            "address": document.address, "moved": served.moved, "content_type": document.content_type,
            "etag": served.headers.etag, "last_modified": served.headers.last_modified,
            "max_age": served.headers.max_age.map(|age| age.as_secs()),
        })
    });
    json!({
        "feed": feed, "title": reading.feed.title, "id": reading.feed.id, "complete": reading.feed.complete,
        "served": served, "hubs": reading.feed.hubs, "pause": reading.feed.pause.map(|pause| pause.as_secs()),
        "understood": reading.tally(), "entries": entries, "tombstones": tombstones, "findings": reading.findings,
    })
}
