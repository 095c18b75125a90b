//! How every source does, from the store to the pages and the command line.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregator::desk;
use crate::programme::{EntryKey, Finding, Health, Source, SourceKey, Trust};
use crate::store::{self, Store};
use crate::web::{Outcome, Poll, SourceView, SourcesView};

/// How many visits are shown: ten hours of one every quarter of an hour.
const VISITS: u32 = 40;

/// How every source does.
///
/// # Errors
/// What the store gives.
pub async fn sources_view(store: &Store) -> Result<SourcesView, store::Error> {
    let mut health = store.all_health().await?;
    let mut findings = store.findings().await?;
    let mut counts = store.entry_counts().await?;
    let mut polls = store.last_polls(VISITS).await?;
    let sources = store.sources().await?;
    let held = held(store, &sources).await?;
    let view = |source: Source| SourceView {
        findings: all_findings(&mut findings, &health, &source.key),
        health: health.remove(&source.key).unwrap_or_default(),
        entries: counts.remove(&source.key).unwrap_or_default(),
        held: held.get(&source.key).copied().unwrap_or_default(),
        polls: polls
            .remove(&source.key)
            .unwrap_or_default()
            .into_iter()
            .map(|poll| Poll { at: poll.at, outcome: outcome(&poll.outcome), millis: poll.millis })
            .collect(),
        source,
    };
    Ok(SourcesView { sources: sources.into_iter().map(view).collect() })
}

/// What was found in the last document, and what is to be told of the source beside it.
fn all_findings(
    found: &mut BTreeMap<SourceKey, Vec<Finding>>,
    health: &BTreeMap<SourceKey, Health>,
    key: &SourceKey,
) -> Vec<Finding> {
    let mut all = found.remove(key).unwrap_or_default();
    all.extend(health.get(key).into_iter().flat_map(Health::findings));
    all
}

/// How many entries of each source under review wait to be released.
async fn held(store: &Store, sources: &[Source]) -> Result<BTreeMap<SourceKey, usize>, store::Error> {
    let mut waiting = BTreeMap::new();
    let review: Vec<&Source> = sources.iter().filter(|source| source.trust == Trust::Review).collect();
    if review.is_empty() {
        return Ok(waiting);
    }
    let decisions = store.decisions().await?;
    let released: BTreeSet<&EntryKey> = desk::released(&decisions);
    for source in review {
        let here = store.prints(&source.key).await?;
        let of = |id: &crate::event::Id| EntryKey { source: source.key.clone(), id: id.clone() };
        let held = here.iter().filter(|(id, known)| known.presence.stays() && !released.contains(&of(id))).count();
        waiting.insert(source.key.clone(), held);
    }
    Ok(waiting)
}

fn outcome(name: &str) -> Outcome {
    match name {
        "fresh" => Outcome::Fresh,
        "pushed" => Outcome::Pushed,
        "unchanged" | "same" => Outcome::Unchanged,
        _ => Outcome::Failed,
    }
}
