//! What a poll makes of a source: how it does now, when it is asked next, and what changes in what we hold of it.
//! Decided from values alone; written by whoever calls.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Settings;
use super::due::{heard, later};
use super::poll::{Outcome, PageState, Polled};
use super::reconcile::Known;
use super::record::{Before, Incoming, Plan, plan};
use crate::event::{Address, Event, Id};
use crate::fetch::Headers;
use crate::programme::{Failure, FailureKind, Finding, Health, Held, Moved, Presence, Source};
use crate::store::{Batch, Poll, PutEntry, StoredEntry};

/// Sightings of a new address, and the time between the first and the last, that make it worth a person's look.
const MOVED_SEEN: u32 = 3;
const MOVED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How long a source must answer that it is gone before we believe it.
const GONE_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How many times the least interval a source is left alone while its hub tells of changes: an hour, as configured. Hubs
/// fail silently, so that polling never ends.
const BACKUP: u32 = 4;

/// A poll and what follows from it.
pub(super) struct Visit {
    pub(super) source: Source,
    /// How it does now.
    pub(super) health: Health,
    /// Entries that are new or say something else.
    pub(super) put: Vec<PutEntry>,
    /// Entries of which only the presence changed.
    pub(super) presence: Vec<(Id, Presence)>,
    /// Entries that are listed under another id from now on.
    pub(super) aliases: Vec<(Id, Id)>,
    /// What was found in its document; `None` when nothing was read.
    pub(super) findings: Option<Vec<Finding>>,
    /// Why it gave nothing, if so.
    pub(super) failure: Option<Failure>,
    /// What it gave, by the name under which polls are stored; `None` when it was not asked after all.
    pub(super) outcome: Option<&'static str>,
    pub(super) millis: u32,
    /// It is gone for good: the source is paused.
    pub(super) pause: bool,
}

/// What a poll alone does not tell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    /// A person ruled that what is held for them disappeared on purpose.
    pub(super) released: bool,
    /// It failed together with too many others to be blamed for it.
    pub(super) outage: bool,
}

/// What a poll is compared with.
#[derive(Clone, Copy)]
struct Past<'a> {
    entries: &'a BTreeMap<Id, StoredEntry>,
    /// Of the entries that a reading makes [wanted](Incoming::wanted).
    events: &'a BTreeMap<Id, Event>,
    pages: &'a [(Id, PageState)],
    released: bool,
}

impl Visit {
    /// What follows from a poll.
    pub(super) fn of(polled: Polled, around: Around, settings: &Settings, now: Timestamp) -> Visit {
        let Polled { source, health, entries, events, outcome, pages, times, .. } = polled;
        let past = Past { entries: &entries, events: &events, pages: &pages, released: around.released };
        let millis = u32::try_from((times.fetch + times.read).as_millis()).unwrap_or(u32::MAX);
        let mut visit = Visit {
            source,
            health,
            put: Vec::new(),
            presence: Vec::new(),
            aliases: Vec::new(),
            findings: None,
            failure: None,
            outcome: None,
            millis,
            pause: false,
        };
        match outcome {
            Outcome::Postponed(until) => visit.health.due = visit.health.due.max(Some(until)),
            Outcome::Failed(failure) => visit.fail(failure, around.outage, settings, now),
            Outcome::Rejected { headers, body, finding } => {
                let detail = finding.code.as_str().to_owned();
                visit.findings = Some(vec![finding]);
                visit.health.body = Some(body);
                visit.validators(&headers);
                visit.fail(Failure { kind: FailureKind::NotAFeed, detail, retry_after: None }, false, settings, now);
                visit.outcome = Some("rejected");
            }
            Outcome::Pushed(incoming) => {
                if let Some(incoming) = incoming {
                    let mut plan = visit.plan(*incoming, past, settings, now);
                    plan.presence.retain(|(_, presence)| !matches!(presence, Presence::Missing(_)));
                    visit.take(plan);
                }
                (visit.health.push.missed, visit.health.push.told) = (0, Some(now));
                visit.outcome = Some("pushed");
            }
            Outcome::Unchanged { headers, moved } => visit.same("unchanged", &headers, moved, past, settings, now),
            Outcome::SameBody { headers, moved } => visit.same("same", &headers, moved, past, settings, now),
            Outcome::Read { headers, moved, body, incoming } => {
                let address = moved.as_ref().unwrap_or(&visit.source.address);
                let named = |text: &Option<String>| Address::join(Some(address), text.as_deref()?).ok();
                let told_by = (named(&headers.hub), named(&headers.topic));
                visit.read(*incoming, told_by, past, settings, now);
                visit.health.body = Some(body);
                visit.outcome = Some("fresh");
                visit.well(&headers, moved, past, settings, now);
            }
        }
        visit
    }

    /// What is written of it.
    pub(super) fn batch(&self, now: Timestamp) -> Batch<'_> {
        let poll = self.outcome.map(|outcome| Poll {
            at: now,
            outcome: outcome.into(),
            entries: self.health.listed,
            millis: self.millis,
        });
        Batch {
            source: &self.source.key,
            health: &self.health,
            put: &self.put,
            presence: &self.presence,
            aliases: &self.aliases,
            findings: self.findings.as_deref(),
            poll,
        }
    }

    /// What the reconciler needs to know of the source.
    pub(super) fn known(&self) -> Known {
        known(self.source.clone(), &self.health)
    }

    fn fail(&mut self, failure: Failure, outage: bool, settings: &Settings, now: Timestamp) {
        let health = &mut self.health;
        health.tried = Some(now);
        if !outage {
            health.failures = health.failures.saturating_add(1);
            health.failure = Some(failure.clone());
            self.outcome = Some("failed");
            health.gone = (failure.kind == FailureKind::Gone).then(|| health.gone.unwrap_or(now));
            if health.gone.is_some_and(|since| now.duration_since(since) >= GONE_FOR) {
                // Whoever takes it up again gives it two looks more.
                health.gone = None;
                self.pause = true;
            }
        }
        let failures = health.failures.max(1);
        health.due = Some(settings.pace().after_failure(&self.source.key, failures, failure.retry_after, now));
        self.failure = Some(failure);
    }

    /// Nothing new came.
    fn same(
        &mut self,
        name: &'static str,
        headers: &Headers,
        moved: Option<Address>,
        past: Past,
        settings: &Settings,
        now: Timestamp,
    ) {
        // The same broken body, told by 304 or by its hash, is still broken.
        let broken = self.health.failure.clone().filter(|failure| failure.kind == FailureKind::NotAFeed);
        if let Some(failure) = broken {
            self.validators(headers);
            self.fail(failure, false, settings, now);
        } else {
            self.heard(false, now);
            for vanished in &mut self.health.vanished {
                vanished.polls = vanished.polls.saturating_add(1);
            }
            self.outcome = Some(name);
            self.well(headers, moved, past, settings, now);
        }
    }

    /// `told_by` is the hub and the topic that the answer's headers name, which the feed need not repeat.
    fn read(
        &mut self,
        incoming: Incoming,
        told_by: (Option<Address>, Option<Address>),
        past: Past,
        settings: &Settings,
        now: Timestamp,
    ) {
        let feed = incoming.feed();
        let known_feed = self.health.feed_id.is_none() || self.health.feed_id == feed.id;
        self.health.feed_id.clone_from(&feed.id);
        self.health.feed_title.clone_from(&feed.title);
        self.health.by_link |= feed.by_link;
        self.health.pause = feed.pause.map(|pause| pause.as_secs());
        let told_by = match feed.hubs.first() {
            Some(hub) => (Some(hub.clone()), feed.topic.clone()),
            None => (told_by.0, feed.topic.clone().or(told_by.1)),
        };
        if !known_feed {
            // Another feed at the new address is no proof that ours moved there.
            self.health.moved = None;
        }
        let plan = self.plan(incoming, past, settings, now);
        self.health.starts.clone_from(&plan.starts);
        self.health.listed = plan.listed;
        self.health.vanished.clone_from(&plan.vanished);
        self.health.held = match (self.health.held.take(), &plan.mass) {
            (held, None) => held.filter(|held| held.withdrawn.is_some()),
            (Some(held), Some(mass)) if held.print == mass.print => Some(held),
            (_, Some(mass)) => {
                let (gone, of, print) = (mass.gone, mass.of, mass.print.clone());
                Some(Held { since: now, gone, of, print, confirmed: None, withdrawn: None })
            }
        };
        let changed = !plan.put.is_empty() || !plan.presence.is_empty();
        let push = &mut self.health.push;
        (push.hub, push.topic) = told_by;
        if changed && push.until.is_some_and(|until| until > now) {
            push.missed = push.missed.saturating_add(1);
        }
        self.heard(changed, now);
        self.take(plan);
    }

    fn plan(&self, incoming: Incoming, past: Past, settings: &Settings, now: Timestamp) -> Plan {
        let before = Before {
            entries: past.entries,
            events: past.events,
            vanished: &self.health.vanished,
            good: self.health.good,
        };
        plan(&self.source.key, incoming, before, settings.guard, now)
    }

    fn take(&mut self, plan: Plan) {
        (self.put, self.presence, self.aliases) = (plan.put, plan.presence, plan.aliases);
        self.findings = Some(plan.findings);
    }

    /// Counts a visit that was answered. The first is no change: it has nothing to differ from.
    fn heard(&mut self, changed: bool, now: Timestamp) {
        if let Some(since) = self.health.tried.filter(|_| self.health.good.is_some()) {
            self.health.tempo = heard(self.health.tempo, since, changed, now);
        }
    }

    fn validators(&mut self, headers: &Headers) {
        self.health.etag.clone_from(&headers.etag);
        self.health.last_modified.clone_from(&headers.last_modified);
    }

    /// A whole feed answered, new or not.
    fn well(&mut self, headers: &Headers, moved: Option<Address>, past: Past, settings: &Settings, now: Timestamp) {
        self.validators(headers);
        self.looked_at(past.pages, now);
        self.release(past, settings.guard.confirm_after, now);
        let health = &mut self.health;
        health.tried = Some(now);
        health.good = Some(now);
        health.first_read = health.first_read.or(Some(now));
        health.failure = None;
        health.failures = 0;
        health.gone = None;
        health.moved = moved.map(|to| match health.moved.take() {
            Some(before) if before.to == to => {
                let seen = before.seen.saturating_add(1);
                let long = now.duration_since(before.since) >= MOVED_FOR;
                Moved { seen, proposed: before.proposed || (seen >= MOVED_SEEN && long), ..before }
            }
            _ => Moved { to, since: now, seen: 1, proposed: false },
        });
        // A publisher whose hub tells of changes has no need of many visits.
        let told = health.push.works(now).then(|| settings.interval.saturating_mul(BACKUP));
        let pause = health.pause.map(Duration::from_secs);
        let wanted = headers.max_age.max(headers.retry_after).max(pause).max(told);
        let mut due = settings.pace().after_success(&self.source.key, health, wanted, now);
        if let Some(held) = health.held.as_ref().filter(|held| held.confirmed.is_none()) {
            // The second look is worth coming back for.
            due = due.min(later(held.since, settings.guard.confirm_after).max(later(now, settings.interval)));
        }
        health.due = Some(due);
    }

    /// What the pages of vanished entries told: a page that is gone too means withdrawn.
    fn looked_at(&mut self, pages: &[(Id, PageState)], now: Timestamp) {
        for vanished in &mut self.health.vanished {
            let Some((id, state)) = pages.iter().find(|(id, _)| *id == vanished.id) else { continue };
            vanished.looked = Some(now);
            if *state == PageState::Gone {
                vanished.page_gone = true;
                self.presence.push((id.clone(), Presence::Withdrawn(now)));
            }
        }
        self.health.vanished.retain(|vanished| vanished.until > now);
    }

    /// What is held is confirmed by a second look, then withdrawn when a person has ruled so.
    fn release(&mut self, past: Past, confirm_after: Duration, now: Timestamp) {
        let Some(held) = &mut self.health.held else { return };
        if held.confirmed.is_none() && now >= later(held.since, confirm_after) {
            held.confirmed = Some(now);
        }
        if held.confirmed.is_some() && held.withdrawn.is_none() && past.released {
            held.withdrawn = Some(now);
            self.presence.extend(withdrawn(past.entries, &self.put, &self.presence, now));
        }
    }
}

/// All entries that are missing, as withdrawn: what a released disappearance comes to. `put` and `presence` are what
/// the same poll brought.
fn withdrawn(
    held: &BTreeMap<Id, StoredEntry>,
    put: &[PutEntry],
    presence: &[(Id, Presence)],
    now: Timestamp,
) -> Vec<(Id, Presence)> {
    let back = |id: &Id| {
        put.iter().any(|put| put.entry.key.id == *id)
            || presence.iter().any(|(other, presence)| other == id && !matches!(presence, Presence::Missing(_)))
    };
    let missing = held.iter().filter(|(_, known)| matches!(known.presence, Presence::Missing(_)));
    missing.filter(|(id, _)| !back(id)).map(|(id, _)| (id.clone(), Presence::Withdrawn(now))).collect()
}

/// What a ruling on a confirmed disappearance, or its undoing, changes at once, without another poll. `ruled` says
/// which rulings stand, by when the disappearance was first seen.
pub(super) fn ruled(
    held: &mut Held,
    entries: &BTreeMap<Id, StoredEntry>,
    ruled: impl Fn(Timestamp) -> bool,
    now: Timestamp,
) -> Vec<(Id, Presence)> {
    match held.withdrawn {
        None if held.confirmed.is_some() && ruled(held.since) => {
            held.withdrawn = Some(now);
            withdrawn(entries, &[], &[], now)
        }
        Some(at) if !ruled(held.since) => {
            held.withdrawn = None;
            let back = entries.iter().filter(|(_, known)| known.presence == Presence::Withdrawn(at));
            back.map(|(id, _)| (id.clone(), Presence::Missing(at))).collect()
        }
        _ => Vec::new(),
    }
}

/// What the reconciler needs to know of a source.
pub(super) fn known(source: Source, health: &Health) -> Known {
    Known { source, feed_id: health.feed_id.clone(), feed_title: health.feed_title.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregator::record::Guard;
    use crate::event::{Language, Line, Parts};
    use crate::format::{FeedFacts, Level, ReadEntry, Reading};
    use crate::programme::{Code, SourceKey};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_760_000_000 + second).unwrap()
    }

    fn settings() -> Settings {
        Settings {
            title: Line::new("Programme").unwrap(),
            subtitle: None,
            language: Language::new("fr").unwrap(),
            zone: None,
            publisher: None,
            licence: None,
            tag: None,
            base: Address::new("https://programme.example/").unwrap(),
            hub: None,
            interval: Duration::from_mins(15),
            longest: Duration::from_hours(6),
            guard: Guard::default(),
        }
    }

    /// A source whose hub promised to tell, and that lists `n` entries.
    fn incoming(n: usize) -> Box<Incoming> {
        let entry = |n: usize| {
            let id = Id::new(&format!("e{n}")).unwrap();
            let event = Event::new(Parts::new(id, Line::new("Titre").unwrap(), at(0))).unwrap();
            ReadEntry { event, level: Level::N2, raw: String::new() }
        };
        let hubs = vec![Address::new("https://hub.example/").unwrap()];
        let feed = FeedFacts { hubs, ..FeedFacts::default() };
        let reading = Reading { feed, entries: (0..n).map(entry).collect(), ..Reading::default() };
        Box::new(Incoming::new(reading, &BTreeMap::new()))
    }

    fn poll(health: Health, outcome: Outcome, second: i64) -> Health {
        let source: Source = serde_json::from_value(serde_json::json!({
            "key": SourceKey::new("lab").unwrap(), "address": "https://lab.example/feed.atom", "name": "Lab", "region": null,
            "language": null, "zone": null, "role": "lab", "trust": "auto", "verified_hosts": [], "paused": false,
        }))
        .unwrap();
        Visit::of(Polled::new(source, health, outcome), Around::default(), &settings(), at(second)).health
    }

    fn read(n: usize) -> Outcome {
        Outcome::Read { headers: Headers::default(), moved: None, body: String::new(), incoming: incoming(n) }
    }

    /// How long the source is left alone, in minutes.
    fn wait(health: &Health, second: i64) -> i64 {
        health.due.unwrap().duration_since(at(second)).as_mins()
    }

    #[test]
    fn a_hub_that_is_silent_is_relied_on_or_one_that_tells_is_not() {
        let mut health = poll(Health::default(), read(1), 0);
        // A source that changes often, so that it would be polled as often as may be.
        health.tempo.thousandths = 1_000_000;
        health.push.until = Some(at(1_000_000));
        let mut health = poll(health, Outcome::Unchanged { headers: Headers::default(), moved: None }, 1);
        assert!(wait(&health, 1) >= 54, "an hour, a tenth less at most: {}", wait(&health, 1));
        // Two changes that nobody told of may be a coincidence.
        for n in 2..=3 {
            health = poll(health, read(n), 2);
        }
        assert_eq!((health.push.missed, health.push.works(at(2))), (2, true));
        // One that is told of later than it was found is told of, the bytes being known already.
        health = poll(health, Outcome::Pushed(None), 3);
        assert_eq!((health.push.missed, health.push.told), (0, Some(at(3))));
        for n in 4..=6 {
            health = poll(health, read(n), 4);
        }
        assert_eq!(health.push.missed, 3);
        assert!(health.findings().iter().any(|finding| finding.code == Code::HubSilent));
        assert!(wait(&health, 4) < 54, "{}", wait(&health, 4));
        // It tells again: all is well.
        let health = poll(health, Outcome::Pushed(Some(incoming(7))), 5);
        assert!(health.push.works(at(5)) && health.findings().is_empty());
        assert!(!health.push.works(at(1_000_000)), "what it promised is over");
    }
}
