//! What a round reports: how many sources gave what, what was found in them, and how the programme differs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::reconcile::Reconciler;
use super::visit::Visit;
use crate::event::{Id, Line};
use crate::programme::{Failure, Finding, Programme, Severity, SourceKey};

/// Which sources a round asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that are due.
    Due,
    /// All that are not paused.
    All,
}

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Round {
    /// Sources asked.
    pub sources: usize,
    /// That gave a feed.
    pub fetched: usize,
    /// That had nothing new.
    pub unchanged: usize,
    /// That failed.
    pub failed: usize,
    /// That were not asked after all, since their host wants fewer visits.
    pub postponed: usize,
    /// Most hosts could not be reached, so that our own network is taken to have failed and no failure counts.
    pub outage: bool,
    /// Entries held, of all sources.
    pub entries: usize,
    /// Entries that wait for their author.
    pub quarantined: usize,
    /// Events of the programme.
    pub events: usize,
    /// Events that have several copies.
    pub merged: usize,
    /// How long it took.
    pub seconds: f64,
    /// What was found, by source.
    pub findings: Vec<SourceFinding>,
    /// Why sources failed.
    pub failures: Vec<SourceFailure>,
    /// What became of the programme.
    pub changes: Changes,
}

/// A finding with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFinding {
    /// Whose.
    pub source: SourceKey,
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
}

/// A failure with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFailure {
    /// Whose.
    pub source: SourceKey,
    /// What.
    #[serde(flatten)]
    pub failure: Failure,
}

/// How a programme differs from what it was: titles by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Events that are new.
    pub added: BTreeMap<Id, Line>,
    /// Events that say something else.
    pub changed: BTreeMap<Id, Line>,
    /// Events that took another copy.
    pub merged: BTreeMap<Id, Line>,
    /// Events that are no more.
    pub withdrawn: BTreeMap<Id, Line>,
}

impl Round {
    /// Takes a visit into the account.
    pub(super) fn add(&mut self, visit: &Visit) {
        if let Some(failure) = &visit.failure {
            self.failed += 1;
            self.failures.push(SourceFailure { source: visit.source.key.clone(), failure: failure.clone() });
        } else if visit.findings.is_some() {
            self.fetched += 1;
        } else if visit.outcome.is_some() {
            self.unchanged += 1;
        } else {
            self.postponed += 1;
        }
        for finding in visit.findings.iter().flatten().cloned().chain(visit.health.findings()) {
            self.quarantined += usize::from(finding.code.severity() == Severity::Quarantine);
            self.findings.push(SourceFinding { source: visit.source.key.clone(), finding });
        }
    }

    /// Counts the programme that came of it, and puts what was found in an order that no arrival decides.
    pub(super) fn close(&mut self, before: &Programme, reconciler: &Reconciler) {
        let programme = reconciler.programme();
        self.changes = Changes::between(before, programme);
        self.entries = reconciler.entries();
        self.events = programme.events.len();
        self.merged = programme.events.values().filter(|event| event.copies.len() > 1).count();
        self.findings.sort_by(|a, b| (&a.source, &a.finding).cmp(&(&b.source, &b.finding)));
        self.failures.sort_by(|a, b| a.source.cmp(&b.source));
    }
}

impl Changes {
    /// What must be done to `before` to make it `after`.
    fn between(before: &Programme, after: &Programme) -> Changes {
        let mut out = Changes::default();
        // Both are in the order of ids, and nearly all events are the very same: they are gone through side by side.
        let mut olds = before.events.iter().peekable();
        for (id, event) in &after.events {
            let title = || event.event.title.clone();
            while let Some((gone, old)) = olds.next_if(|(old, _)| *old < id) {
                out.withdrawn.insert(gone.clone(), old.event.title.clone());
            }
            let old = olds.next_if(|(old, _)| *old == id).map(|(_, old)| old);
            match old {
                None => drop(out.added.insert(id.clone(), title())),
                Some(old) if Arc::ptr_eq(old, event) => continue,
                Some(old) if old.event != event.event => {
                    drop(out.changed.insert(id.clone(), title()));
                }
                Some(_) => {}
            }
            let joined = match old {
                None => event.copies.len() > 1,
                Some(old) => event.copies.iter().any(|copy| old.copies.iter().all(|known| known.key != copy.key)),
            };
            if joined {
                out.merged.insert(id.clone(), title());
            }
        }
        out.withdrawn.extend(olds.map(|(id, event)| (id.clone(), event.event.title.clone())));
        out
    }
}
