//! `essaim check`: what an aggregator would make of a feed, told to the person who publishes it.

use serde_json::json;

use super::document::{bytes, tell, when_and_where};
use super::{Done, Outcome, now, tongue};
use crate::event::Zone;
use crate::format::{Hints, Reading};
use crate::language::Tongue;
use crate::parse;
use crate::programme::Severity;

/// Checks each feed; the worst decides the exit code.
pub async fn run(feeds: &[String], json: bool) -> Done {
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
        // An aggregator's programme has a zone for sources that declare none; that of the machine stands in.
        let zone = jiff::tz::TimeZone::system().iana_name().and_then(|name| Zone::new(name).ok());
        let hints =
            Hints { address: document.address, language: None, zone, region: None, by_link: false, seen: now() };
        match parse::read(&document.bytes, document.content_type.as_deref(), &hints) {
            Ok(reading) => {
                let grave = reading.findings.iter().any(|f| f.code.severity() >= Severity::Quarantine);
                if grave {
                    outcome = Outcome::WithProblems;
                }
                if json { print_json(feed, &reading) } else { print(feed, &reading, tongue) }
            }
            Err(rejected) => {
                outcome = Outcome::WithProblems;
                if json {
                    println!("{}", json!({ "feed": feed, "entries": [], "findings": [rejected.finding] }));
                } else {
                    tell(tongue, feed, &rejected.finding);
                }
            }
        }
    }
    Ok(outcome)
}

fn print(feed: &str, reading: &Reading, tongue: Tongue) {
    let title = reading.feed.title.as_ref().map(|t| format!(" — {t}")).unwrap_or_default();
    let count = i64::try_from(reading.entries.len()).unwrap_or(i64::MAX);
    println!("{feed}{title}: {}", tongue.say_with("command-entries", [("count", count.into())]));
    for entry in &reading.entries {
        let event = &entry.event;
        let prefix = tongue.title_prefix(event.status, event.availability()).unwrap_or_default();
        println!("  {:?}  {prefix}{}", entry.level, event.title);
        println!("      {}", when_and_where(tongue, event));
    }
    reading.findings.iter().for_each(|finding| tell(tongue, feed, finding));
}

fn print_json(feed: &str, reading: &Reading) {
    let entries: Vec<_> =
        reading.entries.iter().map(|entry| json!({ "level": entry.level, "event": entry.event })).collect();
    let tombstones: Vec<_> = reading.tombstones.iter().map(|(id, at)| json!({ "id": id, "when": at })).collect();
    println!(
        "{}",
        json!({
            "feed": feed, "title": reading.feed.title, "id": reading.feed.id, "complete": reading.feed.complete,
            "entries": entries, "tombstones": tombstones, "findings": reading.findings,
        })
    );
}
