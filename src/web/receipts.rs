//! What a programme made of what one source says: a receipt for each of its entries.
//!
//! For the lab, whose node shows them beside its events, and for whoever asks: only what the programme's own pages show
//! of it, and why an entry waits. What people wrote to each other about it is not in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::conditional::{Policy, answer};
use super::{Room, SourceView};
use crate::event::Id;
use crate::language::Tongue;
use crate::programme::{Announced, Decision, EntryKey, Finding, Presence, Published, Ruling, Severity, Trust};
use crate::snapshot::{Document, Snapshot};
use crate::store::{self, Store, StoredEntry};

/// `GET /sources/{key}/receipts.json`.
pub async fn receipts(State(room): State<Arc<Room>>, parts: Parts, key: &str) -> Response {
    let sources = room.sources.as_ref().map(|sources| sources.load_full()).unwrap_or_default();
    let (Some(source), Some(store)) = (sources.of(key), &room.store) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let snapshot = room.snapshot().await;
    match gathered(store, &snapshot, source).await {
        Ok(value) => {
            let modified = source.health.tried.unwrap_or(snapshot.feed.head.updated);
            let body = value.to_string().into_bytes();
            answer(&parts.headers, &Document::new("application/json; charset=utf-8", modified, body), Policy::Feed)
        }
        Err(error) => {
            tracing::error!(%error, "the receipts of a source could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn gathered(store: &Store, snapshot: &Snapshot, source: &SourceView) -> Result<Value, store::Error> {
    let entries = store.prints(&source.source.key).await?;
    let decisions = store.decisions().await?;
    let events: BTreeMap<&Id, &Arc<Published>> = snapshot
        .feed
        .events
        .iter()
        .flat_map(|published| published.copies.iter().map(move |copy| (copy, published)))
        .filter(|(copy, _)| copy.key.source == source.source.key)
        .map(|(copy, published)| (&copy.key.id, published))
        .collect();
    let book = Book { snapshot, source, decisions: &decisions, events };
    let mut found: BTreeMap<&Id, Vec<&Finding>> = BTreeMap::new();
    let mut of_feed = Vec::new();
    for finding in &source.findings {
        match &finding.entry {
            Some(entry) => found.entry(entry).or_default().push(finding),
            None => of_feed.push(finding),
        }
    }
    let mut receipts: Vec<Value> = Vec::new();
    let mut listed: BTreeSet<&Id> = BTreeSet::new();
    for (id, entry) in &entries {
        // The lab knows its entry by the id that it gives it now.
        let now = entry.alias.as_ref().unwrap_or(id);
        listed.extend([id, now]);
        let findings: Vec<&Finding> =
            BTreeSet::from([id, now]).into_iter().flat_map(|id| found.get(id)).flatten().copied().collect();
        receipts.push(book.receipt(id, now, Some(entry), &findings));
    }
    // What waited from the first is not among the entries.
    for (id, findings) in found.iter().filter(|(id, _)| !listed.contains(**id)) {
        receipts.push(book.receipt(id, id, None, findings));
    }
    let head = &snapshot.feed.head;
    let health = &source.health;
    Ok(json!({
        "programme": { "id": head.id, "title": head.title, "url": head.base },
        "source": {
            "key": source.source.key, "name": source.source.name, "address": source.source.address,
            "page": format!("{}sources/{}", head.base, source.source.key),
        },
        "feed": {
            "state": source.state(),
            "last_tried": health.tried, "last_good": health.good, "next": health.due,
            "failure": health.failure.as_ref().map(|failure| json!({
                "kind": failure.kind,
                "text": both(|tongue| tongue.failure(failure.kind)),
            })),
            "disappeared": health.held.as_ref().map(|held| json!({
                "since": held.since, "gone": held.gone, "of": held.of,
            })),
            "findings": of_feed.into_iter().map(finding).collect::<Vec<_>>(),
        },
        "receipts": receipts,
    }))
}

struct Book<'a> {
    snapshot: &'a Snapshot,
    source: &'a SourceView,
    decisions: &'a [Decision],
    events: BTreeMap<&'a Id, &'a Arc<Published>>,
}

impl Book<'_> {
    fn receipt(&self, id: &Id, now: &Id, entry: Option<&StoredEntry>, findings: &[&Finding]) -> Value {
        let event = self.events.get(id);
        let waits = findings.iter().any(|finding| finding.code.severity() >= Severity::Quarantine);
        let withdrawn = entry.is_some_and(|entry| matches!(entry.presence, Presence::Withdrawn(_)));
        let (state, why) = match (event, entry) {
            (Some(_), _) if waits => ("accepted", Some("author")),
            (Some(_), Some(entry)) if matches!(entry.presence, Presence::Missing(_)) => ("accepted", Some("missing")),
            (Some(_), _) => ("accepted", None),
            (None, Some(_)) if withdrawn => ("withdrawn", None),
            (None, _) => ("waiting", Some(self.why(id, waits))),
        };
        let since = entry.and_then(|entry| match entry.presence {
            Presence::Missing(at) | Presence::Withdrawn(at) => Some(at),
            Presence::Listed => None,
        });
        let copy = event.and_then(|event| {
            event.copies.iter().find(|copy| copy.key.id == *id && copy.key.source == self.source.source.key)
        });
        let others = event.into_iter().flat_map(|event| {
            event
                .copies
                .iter()
                .filter(|copy| copy.key.source != self.source.source.key)
                .map(|other| joined(copy, other))
        });
        json!({
            "id": now,
            "state": state,
            "why": why,
            "text": why.map(|why| both(|tongue| tongue.label("receipt", why))),
            "first_seen": entry.map(|entry| entry.first_seen),
            "changed": entry.map(|entry| entry.changed),
            "since": since,
            "title": copy.map(|copy| &copy.title),
            "event": event.map(|event| json!({
                "id": event.event.id, "title": event.event.title,
                "url": self.snapshot.feed.head.event_page(&event.slug),
            })),
            "speaks": copy.map(|copy| copy.primary),
            "joined": others.collect::<Vec<_>>(),
            "findings": findings.iter().map(|one| finding(one)).collect::<Vec<_>>(),
        })
    }

    /// Why an entry is in no event.
    fn why(&self, id: &Id, waits: bool) -> &'static str {
        let key = EntryKey { source: self.source.source.key.clone(), id: id.clone() };
        let ruled = |is: fn(&Ruling, &EntryKey) -> bool| {
            self.decisions.iter().any(|decision| decision.undone.is_none() && is(&decision.ruling, &key))
        };
        if ruled(|ruling, key| matches!(ruling, Ruling::Hidden(hidden) if hidden == key)) {
            "hidden"
        } else if waits {
            "author"
        } else if self.source.source.trust == Trust::Review
            && !ruled(|ruling, key| matches!(ruling, Ruling::Released(released) if released == key))
        {
            "review"
        } else {
            "soon"
        }
    }
}

/// Another lab's copy of the event, and by which rule it is the same.
fn joined(own: Option<&Announced>, other: &Announced) -> Value {
    // The join stands with the copy that is not the primary.
    let join = if other.primary { own.and_then(|own| own.join.as_ref()) } else { other.join.as_ref() };
    json!({
        "source": other.key.source, "name": other.name, "title": other.title, "url": other.page,
        "speaks": other.primary,
        "rule": join.map(|join| join.rule),
        "text": join.map(|join| both(|tongue| tongue.label("receipt-rule", rule(join.rule)))),
        "score": join.map(|join| join.score),
    })
}

fn rule(rule: crate::programme::Rule) -> &'static str {
    use crate::programme::Rule;
    match rule {
        Rule::Decision => "decision",
        Rule::With => "with",
        Rule::Chain => "chain",
        Rule::Page => "page",
        Rule::Registration => "registration",
        Rule::Twice => "twice",
        Rule::Confirmed => "confirmed",
        Rule::Likeness => "likeness",
    }
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code, "severity": finding.code.severity(), "detail": finding.detail,
        "text": both(|tongue| tongue.finding(finding.code)),
        "mend": both(|tongue| tongue.mend(finding.code)),
    })
}

/// A sentence in both languages.
fn both(say: impl Fn(Tongue) -> String) -> Value {
    json!({ "fr": say(Tongue::French), "en": say(Tongue::English) })
}
