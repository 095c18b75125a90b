//! What a poll makes of a source: how it does now, when it is asked next, and what changes in what we hold of it.
//! Decided from values alone; written by whoever calls.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::poll::{Outcome, Polled};
use super::reconcile::Known;
use super::record::{Plan, plan};
use super::{Settings, due};
use crate::event::Id;
use crate::programme::{Failure, FailureKind, Health, Presence, Source};
use crate::store::StoredEntry;

/// A poll and what follows from it.
pub(super) struct Visit {
    pub(super) source: Source,
    /// How it does now.
    pub(super) health: Health,
    /// What changes in its entries; `None` when nothing was read.
    pub(super) plan: Option<Plan>,
    /// Why it gave nothing, if so.
    pub(super) failure: Option<Failure>,
    /// What it gave, by the name under which polls are stored.
    pub(super) outcome: &'static str,
    /// How many entries it lists.
    pub(super) listed: u32,
    pub(super) millis: u32,
}

impl Visit {
    /// What follows from a poll, of a source whose entries are `held`. `outage` says that it failed together with
    /// too many others to be blamed for it.
    pub(super) fn of(
        polled: Polled,
        held: &BTreeMap<Id, StoredEntry>,
        outage: bool,
        settings: &Settings,
        now: Timestamp,
    ) -> Visit {
        let Polled { source, mut health, outcome, millis } = polled;
        health.tried = Some(now);
        let (name, plan, headers, failure) = match outcome {
            Outcome::Unchanged(headers) => ("unchanged", None, headers, None),
            Outcome::SameBody(headers) => ("same", None, headers, None),
            Outcome::Read { headers, body, reading } => {
                health.feed_id.clone_from(&reading.feed.id);
                health.feed_title.clone_from(&reading.feed.title);
                health.tally = Some(reading.tally());
                health.body = Some(body);
                let plan = plan(&source.key, *reading, held, settings.guard, now);
                ("fresh", Some(plan), headers, None)
            }
            Outcome::Pushed(mut reading) => {
                reading.feed.complete = false;
                let mut plan = plan(&source.key, *reading, held, settings.guard, now);
                plan.presence.retain(|(_, presence)| !matches!(presence, Presence::Missing(_)));
                let listed = plan.listed;
                health.good = Some(now);
                return Visit { source, health, plan: Some(plan), failure: None, outcome: "pushed", listed, millis };
            }
            Outcome::Rejected { headers, body, finding } => {
                let detail = finding.code.as_str().to_owned();
                let failure = Failure { kind: FailureKind::NotAFeed, detail, retry_after: None };
                health.body = Some(body);
                ("rejected", Some(Plan { findings: vec![finding], ..Plan::default() }), headers, Some(failure))
            }
            Outcome::Failed(failure) => {
                if !outage {
                    health.failures = health.failures.saturating_add(1);
                }
                let failures = health.failures.max(1);
                let due = due::after_failure(&source.key, settings.interval, failures, failure.retry_after, now);
                health.due = Some(due);
                health.failure = Some(failure.clone());
                let failure = Some(failure);
                return Visit { source, health, plan: None, failure, outcome: "failed", listed: 0, millis };
            }
        };
        health.etag.clone_from(&headers.etag);
        health.last_modified.clone_from(&headers.last_modified);
        // The same broken body, told by 304 or by its hash, is still broken.
        let broken = health.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::NotAFeed);
        if failure.is_some() || (plan.is_none() && broken) {
            health.failures = health.failures.saturating_add(1);
            health.due = Some(due::after_failure(&source.key, settings.interval, health.failures, None, now));
            health.failure = failure.clone().or(health.failure);
        } else {
            health.good = Some(now);
            health.failure = None;
            health.failures = 0;
            let wanted = headers.max_age.max(headers.retry_after);
            health.due = Some(due::after_success(&source.key, settings.interval, wanted, now));
        }
        let listed = plan.as_ref().map_or_else(|| count_listed(held), |plan| plan.listed);
        Visit { source, health, plan, failure, outcome: name, listed, millis }
    }

    /// What the reconciler needs to know of the source.
    pub(super) fn known(&self) -> Known {
        known(self.source.clone(), &self.health)
    }
}

/// What the reconciler needs to know of a source.
pub(super) fn known(source: Source, health: &Health) -> Known {
    Known { source, feed_id: health.feed_id.clone(), feed_title: health.feed_title.clone() }
}

fn count_listed(held: &BTreeMap<Id, StoredEntry>) -> u32 {
    u32::try_from(held.values().filter(|h| h.presence == Presence::Listed).count()).unwrap_or(u32::MAX)
}
