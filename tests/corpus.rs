//! Every folder of `feeds/` is a case: the feeds that labs publish, and what they must become (`programme.json`).
//!
//! `programme.json` says only what the case is about: groups (`copies`, the primary first where `primary` is true),
//! fields (`title`, `slots`, `status`, `mode`, `places`, `regions`, `edition`, `organisers`…), findings, doubts. Never scores, ports or
//! absolute addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use essaim::aggregator::reconcile::{Identity, Known, Reconciler};
use essaim::aggregator::record::{Before, Guard, Incoming, plan};
use essaim::config::Case;
use essaim::event::{Address, Id, When};
use essaim::format::Hints;
use essaim::parse;
use essaim::programme::{Doubt, Entry, Ledger, Programme};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// What the case shows, in a sentence.
    why: String,
    events: Vec<ExpectedEvent>,
    /// `source: code` or `source entry: code`; all there are, when given.
    findings: Option<BTreeSet<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedEvent {
    /// `source atom:id`.
    copies: Vec<String>,
    /// The first copy must be the primary.
    #[serde(default)]
    primary: bool,
    title: Option<String>,
    /// First days, or starts where the hour is known.
    slots: Option<Vec<String>>,
    status: Option<String>,
    availability: Option<String>,
    mode: Option<String>,
    edition: Option<String>,
    organisers: Option<Vec<String>>,
    registration: Option<String>,
    page: Option<String>,
    summary: Option<String>,
    /// Each in one line.
    places: Option<Vec<String>>,
    regions: Option<Vec<String>>,
    /// `cancelled-by-copy ENTRY`, `perhaps ENTRY`.
    doubts: Option<BTreeSet<String>>,
}

fn cases() -> Vec<PathBuf> {
    let feeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds");
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(feeds).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

fn gather(folder: &Path, case: &Case) -> (Programme, BTreeSet<String>) {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut known = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut findings = BTreeSet::new();
    for source in &case.source {
        let key = &source.key;
        let bytes = std::fs::read(folder.join(&source.file)).unwrap_or_else(|e| panic!("{}: {e}", source.file));
        let address = Address::new(&format!("https://{key}.example/feed.atom")).unwrap();
        let zone = source.time_zone.clone().or(case.programme.time_zone.clone());
        let hints = Hints {
            address: Some(address.clone()),
            language: None,
            zone,
            region: source.region.clone(),
            by_link: false,
            seen: now,
        };
        let mut find = |finding: &essaim::programme::Finding| {
            let entry = finding.entry.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
            findings.insert(format!("{key}{entry}: {}", finding.code.as_str()));
        };
        let mut this = Known { source: source.source(address), feed_id: None, feed_title: None };
        match parse::read(&bytes, None, &hints) {
            Ok(reading) => {
                (this.feed_id, this.feed_title) = (reading.feed.id.clone(), reading.feed.title.clone());
                let nothing = (BTreeMap::new(), BTreeMap::new());
                let before = Before { entries: &nothing.0, events: &nothing.1, vanished: &[], good: None };
                let plan = plan(key, Incoming::new(reading, &nothing.0), before, Guard::default(), now);
                plan.findings.iter().for_each(&mut find);
                entries.extend(plan.put.into_iter().map(|put| put.entry));
            }
            Err(rejected) => find(&rejected.finding),
        }
        known.push(this);
    }
    let identity = Identity {
        tag: Id::new("tag:programme.example,2026:").unwrap(),
        feed_id: Id::new("tag:programme.example,2026:programme").unwrap(),
        base: Address::new("https://programme.example/").unwrap(),
    };
    let mut reconciler = Reconciler::new(identity, known, &[], Ledger::default());
    reconciler.update(entries, now);
    (reconciler.programme().clone(), findings)
}

fn check(folder: &Path) -> Result<(), String> {
    let case = Case::read(folder).map_err(|e| e.to_string())?;
    let text = std::fs::read_to_string(folder.join("programme.json")).map_err(|e| format!("programme.json: {e}"))?;
    let expected: Expected = serde_json::from_str(&text).map_err(|e| format!("programme.json: {e}"))?;
    let (programme, findings) = gather(folder, &case);
    let mut wrong = Vec::new();
    let mut groups: BTreeMap<BTreeSet<String>, _> = programme
        .events
        .values()
        .map(|event| (event.copies.iter().map(|c| c.key.to_string()).collect::<BTreeSet<_>>(), event))
        .collect();
    for want in &expected.events {
        let copies: BTreeSet<String> = want.copies.iter().cloned().collect();
        let Some(event) = groups.remove(&copies) else {
            wrong.push(format!("no event is made of {copies:?}"));
            continue;
        };
        let mut differ = |what: &str, want: String, is: String| {
            if want != is {
                wrong.push(format!("{copies:?}: {what} should be {want}, is {is}"));
            }
        };
        let said = &event.event;
        if want.primary {
            differ("primary", want.copies[0].clone(), event.copies[0].key.to_string());
        }
        if let Some(title) = &want.title {
            differ("title", title.clone(), said.title.to_string());
        }
        if let Some(slots) = &want.slots {
            let start = |when: &When| match when {
                When::Timed(hours) => hours.start().to_string(),
                other => other.first_day().to_string(),
            };
            differ(
                "slots",
                format!("{slots:?}"),
                format!("{:?}", said.slots.iter().map(|s| start(&s.when)).collect::<Vec<_>>()),
            );
        }
        if let Some(status) = &want.status {
            differ("status", status.clone(), said.status.code().to_owned());
        }
        if let Some(availability) = &want.availability {
            differ("availability", availability.clone(), said.availability().map_or("", |a| a.code()).to_owned());
        }
        if let Some(mode) = &want.mode {
            differ("mode", mode.clone(), said.mode.map_or("", |mode| mode.code()).to_owned());
        }
        if let Some(edition) = &want.edition {
            let editions = said.editions.iter().map(|e| e.code.to_string()).collect::<Vec<_>>();
            differ("edition", edition.clone(), editions.join(" "));
        }
        if let Some(organisers) = &want.organisers {
            let names: Vec<String> = said.organisers.iter().map(|o| o.name.to_string()).collect();
            differ("organisers", format!("{organisers:?}"), format!("{names:?}"));
        }
        if let Some(registration) = &want.registration {
            let href = said.registration.as_ref().and_then(|r| r.href.as_ref()).map(ToString::to_string);
            differ("registration", registration.clone(), href.unwrap_or_default());
        }
        // The programme's page of an event is its own; a lab's is the copy's.
        if let Some(page) = &want.page {
            differ("page", page.clone(), event.copies[0].page.as_ref().map(ToString::to_string).unwrap_or_default());
        }
        if let Some(summary) = &want.summary {
            differ("summary", summary.clone(), said.summary.as_ref().map(ToString::to_string).unwrap_or_default());
        }
        if let Some(places) = &want.places {
            let lines: Vec<String> = said.places.iter().filter_map(|place| place.line()).collect();
            differ("places", format!("{places:?}"), format!("{lines:?}"));
        }
        if let Some(regions) = &want.regions {
            let codes: Vec<&str> = said.regions.iter().map(|region| region.code.as_str()).collect();
            differ("regions", format!("{regions:?}"), format!("{codes:?}"));
        }
        if let Some(doubts) = &want.doubts {
            let found: BTreeSet<String> = event
                .doubts
                .iter()
                .map(|doubt| match doubt {
                    Doubt::CancelledByCopy { entry } => format!("cancelled-by-copy {entry}"),
                    Doubt::Drifted { entry } => format!("drifted {entry}"),
                    Doubt::Perhaps { entry, .. } => format!("perhaps {entry}"),
                })
                .collect();
            differ("doubts", format!("{doubts:?}"), format!("{found:?}"));
        }
    }
    wrong.extend(groups.keys().map(|copies| format!("an event nobody expects is made of {copies:?}")));
    if let Some(want) = expected.findings
        && want != findings
    {
        wrong.push(format!("findings should be {want:?}, are {findings:?}"));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("{} — {}\n  {}", folder.display(), expected.why, wrong.join("\n  ")))
    }
}

#[test]
fn a_case_of_feeds_no_longer_becomes_its_programme() {
    let cases = cases();
    assert!(!cases.is_empty());
    let failed: Vec<String> = cases.iter().filter_map(|folder| check(folder).err()).collect();
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
    println!("{} cases", cases.len());
}
