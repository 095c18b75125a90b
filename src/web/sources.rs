//! How the sources do, as whoever polls them hands it over: plain values behind one pointer, swapped after each round.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::format::opml;
use crate::programme::{Finding, Health, Source};

/// Every source and how it does, in the order they are shown.
#[derive(Debug, Clone, Default)]
pub struct SourcesView {
    /// The sources.
    pub sources: Vec<SourceView>,
}

/// One source and how it does.
#[derive(Debug, Clone)]
pub struct SourceView {
    /// The source.
    pub source: Source,
    /// What the last polls gave.
    pub health: Health,
    /// What was found in its last good answer.
    pub findings: Vec<Finding>,
    /// How many of its entries are in the programme, or wait to be.
    pub entries: usize,
    /// How many of these wait to be released.
    pub held: usize,
    /// Its last polls, the oldest first.
    pub polls: Vec<Poll>,
}

/// One visit to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Poll {
    /// When.
    pub at: Timestamp,
    /// What it gave.
    pub outcome: Outcome,
    /// How long it took.
    pub millis: u32,
}

/// What a visit gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Something new.
    Fresh,
    /// Something new, brought by a hub.
    Pushed,
    /// The same as before.
    Unchanged,
    /// Nothing.
    Failed,
}

impl Outcome {
    /// Every outcome, in the order of the legend.
    pub const ALL: [Outcome; 4] = [Outcome::Fresh, Outcome::Pushed, Outcome::Unchanged, Outcome::Failed];

    /// The name, as in addresses of sentences and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Fresh => "fresh",
            Outcome::Pushed => "pushed",
            Outcome::Unchanged => "unchanged",
            Outcome::Failed => "failed",
        }
    }
}

/// In a word, how a source does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The last visit went well.
    Good,
    /// It did not.
    Failing,
    /// It is not visited.
    Paused,
    /// It was never read.
    Unread,
}

impl State {
    /// Every state, the best first.
    pub const ALL: [State; 4] = [State::Good, State::Failing, State::Paused, State::Unread];

    /// The name, as in addresses of sentences and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            State::Good => "good",
            State::Failing => "failing",
            State::Paused => "paused",
            State::Unread => "unread",
        }
    }
}

impl SourceView {
    /// In a word.
    pub fn state(&self) -> State {
        if self.source.paused {
            State::Paused
        } else if self.health.failure.is_some() || self.health.failures > 0 {
            State::Failing
        } else if self.health.good.is_none() {
            State::Unread
        } else {
            State::Good
        }
    }
}

impl SourcesView {
    /// When a source was last asked.
    pub fn modified(&self) -> Option<Timestamp> {
        self.sources.iter().filter_map(|one| one.health.tried).max()
    }

    /// The source of a key.
    pub fn of(&self, key: &str) -> Option<&SourceView> {
        self.sources.iter().find(|one| one.source.key.as_str() == key)
    }

    /// The list of their feeds, for feed readers.
    pub fn to_opml(&self, title: &str) -> String {
        opml::write(title, &self.sources.iter().map(|one| &one.source).collect::<Vec<_>>())
    }

    /// The same for programs, as docs/sources.md describes it. What a remote said in its failure is for the sysadmin, and not repeated here: it may
    /// name what is inside our network.
    pub fn to_json(&self) -> String {
        let sources: Vec<serde_json::Value> = self
            .sources
            .iter()
            .map(|one| {
                let findings: Vec<serde_json::Value> = one
                    .findings
                    .iter()
                    .map(|finding| {
                        json!({
                            "code": finding.code, "severity": finding.code.severity(),
                            "entry": finding.entry, "detail": finding.detail,
                        })
                    })
                    .collect();
                json!({
                    "key": one.source.key, "name": one.source.name, "address": one.source.address,
                    "region": one.source.region, "role": one.source.role, "trust": one.source.trust,
                    "kind": one.source.kind, "state": one.state(),
                    "last_tried": one.health.tried, "last_good": one.health.good, "next": one.health.due,
                    "failures": one.health.failures,
                    "failure": one.health.failure.as_ref().map(|failure| failure.kind),
                    "entries": one.entries, "held": one.held, "understood": one.health.tally,
                    "moved": one.health.moved.as_ref().filter(|moved| moved.proposed).map(|moved| &moved.to),
                    "disappeared": one.health.held.as_ref().map(|held| json!({
                        "since": held.since, "gone": held.gone, "of": held.of,
                    })),
                    "hub": one.health.push.hub.as_ref().map(|hub| json!({
                        "address": hub, "until": one.health.push.until, "told": one.health.push.told,
                        "missed": one.health.push.missed, "silent": one.health.push.silent(),
                    })),
                    "findings": findings, "polls": one.polls,
                })
            })
            .collect();
        json!({ "sources": sources }).to_string()
    }
}

/// Sources in every state, one with a hostile name.
#[cfg(test)]
pub mod sample {
    use std::sync::Arc;

    use arc_swap::ArcSwap;

    use super::*;
    use crate::event::{Id, Region};
    use crate::programme::push::Push;
    use crate::programme::{Code, Failure, FailureKind, Role, SourceKey, Trust};
    use crate::web::fixture::{HOSTILE, address, line};

    pub fn sources() -> Arc<ArcSwap<SourcesView>> {
        let one = |key: &str, name: &str, region: Option<&str>| SourceView {
            source: Source {
                key: SourceKey::new(key).unwrap(),
                address: address(&format!("https://{key}.example/feed.atom")),
                name: line(name),
                region: region.map(|region| Region::new(region).unwrap()),
                language: None,
                zone: None,
                role: Role::Lab,
                trust: Trust::Auto,
                verified_hosts: Default::default(),
                kind: Default::default(),
                reads_pages: false,
                paused: false,
            },
            health: Health {
                good: Some("2024-11-06T08:15:00Z".parse().unwrap()),
                tried: Some("2024-11-06T08:15:00Z".parse().unwrap()),
                due: Some("2024-11-06T08:30:00Z".parse().unwrap()),
                ..Health::default()
            },
            findings: Vec::new(),
            entries: 4,
            held: 0,
            polls: (0..30)
                .map(|n| Poll {
                    at: Timestamp::from_second(1_730_880_900 - (29 - i64::from(n)) * 900).unwrap(),
                    outcome: if n % 7 == 0 { Outcome::Fresh } else { Outcome::Unchanged },
                    millis: 40 + n * 13 % 200,
                })
                .collect(),
        };
        let mut failing = one("mel", "Métropole européenne de Lille", Some("FR-HDF"));
        failing.health.failures = 3;
        failing.health.failure =
            Some(Failure { kind: FailureKind::Timeout, detail: "10.0.0.3".into(), retry_after: None });
        failing.polls.iter_mut().skip(27).for_each(|poll| poll.outcome = Outcome::Failed);
        let mut doubtful = one("declic", HOSTILE, None);
        doubtful.findings = vec![
            Finding::new(
                Code::FloatingTime,
                Some(&Id::new("tag:declic.example,2024:7").unwrap()),
                "2024-11-19T10:00:00",
            ),
            Finding::new(Code::MarkupInTitle, None, HOSTILE),
        ];
        let mut paused = one("fap", "SDIT/FàP", Some("FR-IDF"));
        paused.source.paused = true;
        let mut unread = one("superpublic", "Superpublic", Some("FR-IDF"));
        unread.health = Health::default();
        unread.entries = 0;
        unread.polls.clear();
        let mut told = one("ti-lab", "Ti Lab", Some("FR-BRE"));
        told.health.push = Push {
            hub: Some(address("https://hub.example/")),
            until: Some("2024-11-16T08:15:00Z".parse().unwrap()),
            told: Some("2024-11-06T07:00:00Z".parse().unwrap()),
            ..Push::default()
        };
        failing.health.push = Push { refused: 0, missed: 0, told: None, until: None, ..told.health.push.clone() };
        doubtful.health.push = Push { missed: 3, ..told.health.push.clone() };
        let sources = vec![told, failing, doubtful, paused, unread];
        Arc::new(ArcSwap::from_pointee(SourcesView { sources }))
    }
}
