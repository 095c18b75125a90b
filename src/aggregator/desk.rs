//! What waits for a person, how it is named, and what a ruling would change.
//!
//! A [`Desk`] is all of it at one instant, gathered from the store and the programme. It hides how people name things,
//! by a few letters of a hash, an id or a page, and what of the rulings contradicts what.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Aggregator, Error};
use crate::event::Line;
use crate::event::text::{fold, hex};
use crate::programme::{
    Decision, Doubt, Entry, EntryKey, Finding, Held, Ledger, Programme, Published, Ruling, Severity, Source, SourceKey,
    Trust,
};

/// Letters of a handle that are shown.
const SHOWN: usize = 8;
/// Letters of a handle that must be typed at least: fewer name too much.
const TYPED: usize = 4;
/// How many things a name that means none or several is answered with.
const MOST_NEAR: usize = 5;

/// What a person types instead of a long id: the start of its SHA-256, in hex. The same on every machine and for ever.
pub fn handle(of: &impl Display) -> String {
    digest(of)[..SHOWN].to_owned()
}

fn digest(of: &impl Display) -> String {
    hex(&Sha256::digest(of.to_string().as_bytes()))
}

/// Everything that waits for a person and everything that was ruled.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Every entry, withdrawn ones too.
    pub entries: BTreeMap<EntryKey, Entry>,
    /// Every source.
    pub sources: BTreeMap<SourceKey, Source>,
    /// The programme as it is.
    pub programme: Programme,
    /// Entries of sources under review that nobody released.
    pub held: Vec<EntryKey>,
    /// Sources of which so much disappeared at once that it waits for a person.
    pub disappearances: Vec<(SourceKey, Held)>,
    /// Entries that wait for their author, and why.
    pub quarantined: Vec<(SourceKey, Finding)>,
    /// Every decision, those undone too, the oldest first.
    pub decisions: Vec<Decision>,
    ledger: Ledger,
}

/// A name that does not name one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// It names nothing; these look like it: handle and words.
    Unknown(Vec<(String, String)>),
    /// It names each of these: handle and words.
    Several(Vec<(String, String)>),
}

/// How rulings change a programme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Events that became one: the title and page of the younger, which leads to those of the older.
    pub joined: Vec<[Line; 2]>,
    /// Events that are shown and were not.
    pub shown: Vec<Line>,
    /// Events that are no longer shown.
    pub gone: Vec<Line>,
    /// Events for which another source speaks now: the event, who did, who does.
    pub speaks: Vec<[Line; 3]>,
    /// Events that say something else otherwise.
    pub changed: Vec<Line>,
}

impl Effect {
    /// Whether the programme stays as it is.
    pub fn is_none(&self) -> bool {
        *self == Effect::default()
    }

    fn between(before: &Programme, after: &Programme) -> Effect {
        let mut effect = Effect::default();
        let by_slug: BTreeMap<_, _> = after.events.values().map(|event| (&event.slug, event)).collect();
        for (id, old) in &before.events {
            let title = &old.event.title;
            match after.events.get(id) {
                Some(new) => {
                    let (was, is) = (speaker(old), speaker(new));
                    if was.map(|copy| &copy.key) != is.map(|copy| &copy.key)
                        && let (Some(was), Some(is)) = (was, is)
                    {
                        effect.speaks.push([new.event.title.clone(), was.name.clone(), is.name.clone()]);
                    } else if old.event != new.event {
                        effect.changed.push(new.event.title.clone());
                    }
                }
                None => match after.redirects.get(&old.slug).and_then(|to| by_slug.get(to)) {
                    Some(older) => effect.joined.push([title.clone(), older.event.title.clone()]),
                    None => effect.gone.push(title.clone()),
                },
            }
        }
        let new = after.events.iter().filter(|(id, _)| !before.events.contains_key(*id));
        effect.shown = new.map(|(_, event)| event.event.title.clone()).collect();
        effect
    }
}

fn speaker(event: &Published) -> Option<&crate::programme::Announced> {
    event.copies.iter().find(|copy| copy.primary)
}

impl Aggregator {
    /// Everything that waits for a person and everything that was ruled, now.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn desk(&self) -> Result<Desk, Error> {
        let decisions = self.store().decisions().await?;
        let sources: BTreeMap<SourceKey, Source> =
            self.store().sources().await?.into_iter().map(|source| (source.key.clone(), source)).collect();
        let entries: BTreeMap<EntryKey, Entry> =
            self.store().entries().await?.into_iter().map(|entry| (entry.key.clone(), entry)).collect();
        let findings: Vec<(SourceKey, Finding)> = self
            .store()
            .findings()
            .await?
            .into_iter()
            .flat_map(|(key, findings)| findings.into_iter().map(move |finding| (key.clone(), finding)))
            .collect();
        let held = held(&sources, entries.values(), &decisions).cloned().collect();
        let quarantined =
            findings.into_iter().filter(|(_, finding)| finding.code.severity() == Severity::Quarantine).collect();
        let health = self.store().all_health().await?;
        let disappearances = health.into_iter().filter_map(|(key, health)| Some((key, health.held?)));
        let disappearances = disappearances
            .filter(|(key, held)| {
                let ruling = Ruling::Emptied { source: key.clone(), since: held.since };
                !decisions.iter().any(|decision| decision.undone.is_none() && decision.ruling == ruling)
            })
            .collect();
        let state = self.state.lock().await;
        Ok(Desk {
            held,
            disappearances,
            quarantined,
            programme: state.reconciler.programme().clone(),
            ledger: state.reconciler.ledger().clone(),
            entries,
            sources,
            decisions,
        })
    }

    /// What the programme would be if these were all the decisions. Nothing is written.
    pub async fn weigh(&self, decisions: &[Decision], now: Timestamp) -> Effect {
        let mut reconciler = self.state.lock().await.reconciler.clone();
        let before = reconciler.programme().clone();
        reconciler.set_decisions(decisions, now);
        Effect::between(&before, reconciler.programme())
    }
}

/// The entries that somebody released.
pub fn released(decisions: &[Decision]) -> BTreeSet<&EntryKey> {
    let in_force = decisions.iter().filter(|decision| decision.undone.is_none());
    let released = in_force.filter_map(|decision| match &decision.ruling {
        Ruling::Released(key) => Some(key),
        _ => None,
    });
    released.collect()
}

/// The entries of sources under review that nobody released.
fn held<'a>(
    sources: &BTreeMap<SourceKey, Source>,
    entries: impl Iterator<Item = &'a Entry>,
    decisions: &[Decision],
) -> impl Iterator<Item = &'a EntryKey> {
    let released = released(decisions);
    let under_review = |key: &EntryKey| sources.get(&key.source).is_some_and(|source| source.trust == Trust::Review);
    entries
        .filter(|entry| entry.presence.stays())
        .map(|entry| &entry.key)
        .filter(move |key| under_review(key) && !released.contains(key))
}

impl Desk {
    /// The doubts of the programme, with their events, by title.
    pub fn doubts(&self) -> Vec<(&Published, &Doubt)> {
        let mut all: Vec<(&Published, &Doubt)> = self
            .programme
            .events
            .values()
            .flat_map(|event| event.doubts.iter().map(move |doubt| (event.as_ref(), doubt)))
            .collect();
        // What is most likely wrong now comes first, then what is most likely one event.
        let likely = |doubt: &Doubt| match doubt {
            Doubt::Perhaps { score, .. } => *score,
            Doubt::CancelledByCopy { .. } | Doubt::Drifted { .. } => u16::MAX,
        };
        let place = |(event, doubt): (&Published, &Doubt)| {
            (std::cmp::Reverse(likely(doubt)), event.event.title.clone(), event.event.id.clone(), doubt.clone())
        };
        all.sort_by_cached_key(|one| place(*one));
        all
    }

    /// What an entry is called, in words.
    pub fn title(&self, key: &EntryKey) -> String {
        self.entries.get(key).map_or_else(|| key.id.to_string(), |entry| entry.event.title.to_string())
    }

    /// The name of an entry's source.
    pub fn name(&self, key: &EntryKey) -> String {
        self.sources.get(&key.source).map_or_else(|| key.source.to_string(), |source| source.name.to_string())
    }

    /// The entry that a person means: by a handle, by `SOURCE ID`, by its id, or by the page or slug of an event of the
    /// programme, which means the copy that speaks for it.
    ///
    /// # Errors
    /// [`Unclear`], with what the person may have meant.
    pub fn entry(&self, name: &str) -> Result<EntryKey, Unclear> {
        let name = name.trim();
        let exact = |key: &&EntryKey| {
            key.id.as_str() == name
                || name
                    .split_once(' ')
                    .is_some_and(|(source, id)| key.source.as_str() == source && key.id.as_str() == id)
        };
        let named: Vec<&EntryKey> = self.entries.keys().filter(exact).collect();
        if !named.is_empty() {
            return self.only(named);
        }
        let slug = name.trim_end_matches('/').rsplit_once("/e/").map_or(name, |(_, slug)| slug);
        if let Some(key) = self.of_page(slug) {
            return Ok(key);
        }
        let typed = name.to_ascii_lowercase();
        if typed.len() >= TYPED && typed.bytes().all(|b| b.is_ascii_hexdigit()) {
            let named: Vec<&EntryKey> = self.entries.keys().filter(|key| digest(key).starts_with(&typed)).collect();
            if !named.is_empty() {
                return self.only(named);
            }
        }
        let words = fold(name);
        let near = self.entries.values().filter(|entry| {
            words.len() >= 3
                && (fold(entry.event.title.as_str()).contains(&words) || fold(&entry.key.to_string()).contains(&words))
                || typed.len() >= 3 && digest(&entry.key).starts_with(&typed[..typed.floor_char_boundary(3)])
        });
        Err(Unclear::Unknown(near.take(MOST_NEAR).map(|entry| self.told(&entry.key)).collect()))
    }

    fn only(&self, named: Vec<&EntryKey>) -> Result<EntryKey, Unclear> {
        match named.as_slice() {
            [one] => Ok((*one).clone()),
            several => Err(Unclear::Several(several.iter().take(MOST_NEAR).map(|key| self.told(key)).collect())),
        }
    }

    fn told(&self, key: &EntryKey) -> (String, String) {
        (handle(key), format!("{} ({})", self.title(key), key.source))
    }

    /// The copy that speaks for the event of a slug; of one that is hidden, the entry that founded it.
    fn of_page(&self, slug: &str) -> Option<EntryKey> {
        let (id, _) = self.ledger.events().find(|(_, minted)| minted.slug.as_str() == slug)?;
        let id = self.ledger.survivor(id);
        let shown = self.programme.events.get(id).and_then(|event| speaker(event)).map(|copy| copy.key.clone());
        shown.or_else(|| self.ledger.event(id).map(|minted| minted.founder.clone()))
    }

    /// The event of the programme that an entry is a copy of.
    pub fn shown(&self, key: &EntryKey) -> Option<&Published> {
        self.ledger.event_of(key).and_then(|id| self.programme.events.get(id)).map(std::convert::AsRef::as_ref)
    }

    /// The decision that a person means, by its handle or id.
    ///
    /// # Errors
    /// [`Unclear`], with the decisions still in force where it names none.
    pub fn decision(&self, name: &str) -> Result<&Decision, Unclear> {
        let typed = name.trim().to_ascii_lowercase();
        let named = |decision: &&Decision| {
            decision.id.to_string() == typed || typed.len() >= TYPED && digest(&decision.id).starts_with(&typed)
        };
        let named: Vec<&Decision> = self.decisions.iter().filter(named).collect();
        let told = |decision: &&Decision| (handle(&decision.id), self.ruled(&decision.ruling));
        match named.as_slice() {
            [one] => Ok(one),
            [] => {
                let in_force = self.decisions.iter().rev().filter(|decision| decision.undone.is_none());
                Err(Unclear::Unknown(in_force.take(MOST_NEAR).map(|decision| told(&decision)).collect()))
            }
            several => Err(Unclear::Several(several.iter().take(MOST_NEAR).map(told).collect())),
        }
    }

    /// A ruling in a line: its code and the titles it is about.
    pub fn ruled(&self, ruling: &Ruling) -> String {
        if let Ruling::Emptied { source, .. } = ruling {
            return format!("{} {source}", ruling.code());
        }
        let about: Vec<String> = ruling.entries().into_iter().map(|key| self.told(key).1).collect();
        let about = about.join(" = ");
        match ruling {
            Ruling::Corrected { field, value, .. } => format!("{} {about}: {} = {value}", ruling.code(), field.code()),
            _ => format!("{} {about}", ruling.code()),
        }
    }

    /// The source that a person means by its key.
    ///
    /// # Errors
    /// [`Unclear`], with the keys that hold what was typed.
    pub fn source(&self, name: &str) -> Result<&Source, Unclear> {
        let found = self.sources.values().find(|source| source.key.as_str() == name);
        found.ok_or_else(|| Unclear::Unknown(near_sources(self.sources.values(), name)))
    }

    /// The decisions in force that say the same as `ruling`.
    pub fn said_already(&self, ruling: &Ruling) -> Option<&Decision> {
        self.decisions.iter().find(|decision| decision.undone.is_none() && decision.ruling.says(ruling))
    }

    /// The decisions in force that cannot hold beside `ruling`: *same* and *different* of one pair, two that speak for
    /// one event, two corrections of one field.
    pub fn against(&self, ruling: &Ruling) -> Vec<&Decision> {
        let of_one = |a: &EntryKey, b: &EntryKey| {
            let event = self.ledger.event_of(a);
            event.is_some() && event == self.ledger.event_of(b)
        };
        let against = |other: &Ruling| match (ruling, other) {
            (Ruling::Same(a, b), Ruling::Different(x, y)) | (Ruling::Different(a, b), Ruling::Same(x, y)) => {
                (a, b) == (x, y) || (a, b) == (y, x)
            }
            (Ruling::Primary(a), Ruling::Primary(b)) => a != b && of_one(a, b),
            (Ruling::Corrected { entry: a, field, .. }, Ruling::Corrected { entry: b, field: other, .. }) => {
                field == other && (a == b || of_one(a, b))
            }
            _ => false,
        };
        self.decisions.iter().filter(|decision| decision.undone.is_none() && against(&decision.ruling)).collect()
    }

    /// The decisions in force that hide the event of an entry.
    pub fn hiding(&self, key: &EntryKey) -> Vec<&Decision> {
        let event = self.ledger.event_of(key);
        let hides = |ruling: &Ruling| match ruling {
            Ruling::Hidden(hidden) => hidden == key || event.is_some() && self.ledger.event_of(hidden) == event,
            _ => false,
        };
        self.decisions.iter().filter(|decision| decision.undone.is_none() && hides(&decision.ruling)).collect()
    }
}

/// The sources whose key or name holds what was typed: key and name.
pub fn near_sources<'a>(sources: impl Iterator<Item = &'a Source>, name: &str) -> Vec<(String, String)> {
    let words = fold(name);
    let near = sources.filter(|source| {
        words.len() >= 2
            && (source.key.as_str().contains(&words)
                || words.contains(source.key.as_str())
                || fold(source.name.as_str()).contains(&words))
    });
    near.take(MOST_NEAR).map(|source| (source.key.to_string(), source.name.to_string())).collect()
}
