//! What each source says about each event, and how a poll of it is written.
//!
//! A poll is never written in part: its entries, what it says of their presence, its findings, its place in the history
//! of polls and the source's health stand or fall together, so that a validator is never kept without what it validates.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

use super::{
    Error, Poll, Result, Store, event_from_json, event_json, hash, instant, json, queries, reading, text, word, writing,
};
use crate::event::{Event, Id};
use crate::programme::{Entry, EntryKey, Finding, Health, Presence, SourceKey};

/// How many polls of a source are kept: two days of one every quarter of an hour.
const POLLS_KEPT: i64 = 200;

/// How many polls are forgotten at once: looking for one after each poll would cost more than keeping a few too long.
const FORGOTTEN_AT_ONCE: i64 = 20;

/// How many entries travel at once: each journey to the database costs more than the row, and most feeds are short.
const AT_ONCE: usize = 10;
/// How many sources travel at once.
const SOURCES_AT_ONCE: usize = 16;

/// [`PUT_ENTRY`] for [`AT_ONCE`] entries.
pub(super) static PUT_ENTRIES: LazyLock<String> = LazyLock::new(|| rows(PUT_ENTRY, AT_ONCE));
/// [`SET_HEALTH`] for [`SOURCES_AT_ONCE`] sources.
pub(super) static SET_HEALTHS: LazyLock<String> = LazyLock::new(|| rows(SET_HEALTH, SOURCES_AT_ONCE));
/// [`ADD_POLL`] for [`SOURCES_AT_ONCE`] sources, each another.
pub(super) static ADD_POLLS: LazyLock<String> = LazyLock::new(|| rows(ADD_POLL, SOURCES_AT_ONCE));

/// A query with one row of `VALUES`, for as many rows.
fn rows(query: &str, many: usize) -> String {
    let (head, rest) = query.split_once("VALUES ").unwrap_or((query, ""));
    let mut depth = 0;
    let end = rest.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    let (row, tail) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
    // `$3` is `$13` in the second row of ten columns.
    let mut places = row.split('$');
    let first = places.next().unwrap_or_default();
    let places: Vec<(usize, &str)> = places
        .filter_map(|place| {
            let digits = place.find(|c: char| !c.is_ascii_digit()).unwrap_or(place.len());
            Some((place[..digits].parse().ok()?, &place[digits..]))
        })
        .collect();
    let columns = places.iter().map(|(column, _)| *column).max().unwrap_or(0);
    let rows: Vec<String> = (0..many)
        .map(|row| {
            let places = places.iter().map(|(column, text)| format!("${}{text}", row * columns + column));
            first.to_owned() + &places.collect::<String>()
        })
        .collect();
    format!("{head}VALUES {}{tail}", rows.join(", "))
}

/// Up to this many entries are read one by one; beyond, all of their source are cheaper.
const ONE_BY_ONE: usize = 16;

/// How many entries before one are looked at for what it has in common with them.
const LOOKED_BACK: usize = 4;

/// An entry to insert, or to put in the place of what the source said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutEntry {
    /// What it means. Its `first_seen` counts the first time only.
    pub entry: Entry,
    /// What the source sent.
    pub raw: String,
    /// SHA-256 of its meaning, in hex.
    pub print: String,
}

/// All that one poll of a source changes.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    /// Which source.
    pub source: &'a SourceKey,
    /// How it does now.
    pub health: &'a Health,
    /// Entries that are new or changed; all of this source, no key twice.
    pub put: &'a [PutEntry],
    /// Entries of which only the presence changed; one that we never had is passed over.
    pub presence: &'a [(Id, Presence)],
    /// Entries that the source lists under another id from now on.
    pub aliases: &'a [(Id, Id)],
    /// All findings of the source; `None` leaves those it has, as when nothing was read.
    pub findings: Option<&'a [Finding]>,
    /// How the poll went; `None` where nobody was asked.
    pub poll: Option<Poll>,
}

impl<'a> Batch<'a> {
    /// Nothing changes but how the source does.
    pub fn of(source: &'a SourceKey, health: &'a Health) -> Batch<'a> {
        Batch { source, health, put: &[], presence: &[], aliases: &[], findings: None, poll: None }
    }
}

/// What must be known of an entry to tell whether it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// SHA-256 of its meaning, in hex.
    pub print: String,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When its meaning last changed.
    pub changed: Timestamp,
    /// Whether its source still lists it.
    pub presence: Presence,
    /// Under which id, if not its own.
    pub alias: Option<Id>,
}

queries! {
    SET_HEALTH = "UPDATE source SET health = told.column2, due = told.column3, reading = NULL, readings = 0
        FROM (VALUES (CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT))) AS told WHERE key = told.column1
        RETURNING key";
    SET_FINDINGS = "UPDATE source SET findings = $2 WHERE key = $1";
    PUT_ENTRY = "INSERT INTO entry (source, hash, id, first_seen, changed, print, presence, since, event, raw)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (source, hash) DO UPDATE
        SET changed = excluded.changed, print = excluded.print, presence = excluded.presence,
            since = excluded.since, event = excluded.event, raw = excluded.raw";
    SET_PRESENCE = "UPDATE entry SET presence = $3, since = $4 WHERE source = $1 AND hash = $2";
    SET_ALIAS = "UPDATE entry SET alias = $3 WHERE source = $1 AND hash = $2";
    ADD_POLL = "INSERT INTO poll (source, number, at, outcome, entries, millis)
        VALUES ($1, (SELECT coalesce(max(number), 0) + 1 FROM poll WHERE source = $1), $2, $3, $4, $5)
        RETURNING source, number";
    FORGET_POLLS = "DELETE FROM poll
        WHERE source = $1 AND number <= (SELECT max(number) FROM poll WHERE source = $1) - $2";
    ENTRIES = "SELECT source, id, first_seen, changed, presence, since, event FROM entry";
    ENTRY = "SELECT source, id, first_seen, changed, presence, since, event FROM entry WHERE source = $1 AND hash = $2";
    EVENTS = "SELECT id, event FROM entry WHERE source = $1";
    EVENT = "SELECT id, event FROM entry WHERE source = $1 AND hash = $2";
    PRINTS = "SELECT id, print, first_seen, changed, presence, since, alias FROM entry WHERE source = $1";
    COUNTS = "SELECT source, count(*) FROM entry WHERE presence <> 'withdrawn' GROUP BY source";
    RAW = "SELECT raw FROM entry WHERE source = $1 AND hash = $2";
}

/// A row of [`ENTRIES`]: source, id, first_seen, changed, presence, since, event.
type EntryRow = (String, String, i64, i64, String, Option<i64>, String);
/// A row of [`PRINTS`]: id, print, first_seen, changed, presence, since, alias.
type PrintRow = (String, String, i64, i64, String, Option<i64>, Option<String>);

impl Store {
    /// Writes all that polls of as many sources change, or nothing: one write for several, since what a write costs
    /// is mostly waiting for the disk. Gives the events of all entries that were put, in their order, as they read back:
    /// the same, in memory where nothing lies between them, for whoever keeps them. No source twice.
    ///
    /// # Errors
    /// [`Error::UnknownSource`], [`Error::Unstorable`] naming an entry to leave out, [`Error::Database`].
    pub async fn record(&self, batches: &[Batch<'_>]) -> Result<Vec<Arc<Event>>> {
        // Made before the transaction, so that the turn to write is short.
        let mut events = Vec::new();
        let batches = batches.iter().map(|batch| Rows::of(batch, &mut events)).collect::<Result<Vec<Rows<'_>>>>()?;
        writing!(self, |tx| {
            for some in at_once(&batches, SOURCES_AT_ONCE) {
                let mut query = sqlx::query_scalar(if some.len() == 1 { SET_HEALTH } else { SET_HEALTHS.as_str() });
                for Rows { batch, health, .. } in some {
                    query =
                        query.bind(batch.source.as_str()).bind(health).bind(batch.health.due.map(Timestamp::as_second));
                }
                let known: BTreeSet<String> = query.fetch_all(&mut *tx).await?.into_iter().collect();
                if let Some(unknown) = some.iter().find(|rows| !known.contains(rows.batch.source.as_str())) {
                    return Err(Error::UnknownSource { key: unknown.batch.source.clone() });
                }
            }
            for Rows { batch, findings, entries, .. } in &batches {
                let source = batch.source.as_str();
                for chunk in at_once(entries, AT_ONCE) {
                    let put = if chunk.len() == AT_ONCE { PUT_ENTRIES.as_str() } else { PUT_ENTRY };
                    let mut query = sqlx::query(put);
                    for (put, hash, event) in chunk {
                        let (presence, since) = presence_columns(put.entry.presence);
                        query = query
                            // The batch's source, whatever the entry says: a source can write nothing but its own.
                            .bind(source)
                            .bind(hash)
                            .bind(put.entry.key.id.as_str())
                            .bind(put.entry.first_seen.as_second())
                            .bind(put.entry.changed.as_second())
                            .bind(text(&put.print))
                            .bind(presence)
                            .bind(since)
                            .bind(event)
                            .bind(text(&put.raw));
                    }
                    query.execute(&mut *tx).await?;
                }
                for (id, presence) in batch.presence {
                    let (presence, since) = presence_columns(*presence);
                    sqlx::query(SET_PRESENCE)
                        .bind(source)
                        .bind(hash(id))
                        .bind(presence)
                        .bind(since)
                        .execute(&mut *tx)
                        .await?;
                }
                for (id, alias) in batch.aliases {
                    sqlx::query(SET_ALIAS).bind(source).bind(hash(id)).bind(alias.as_str()).execute(&mut *tx).await?;
                }
                if let Some(findings) = findings {
                    sqlx::query(SET_FINDINGS).bind(source).bind(findings).execute(&mut *tx).await?;
                }
            }
            let polled: Vec<(&str, &Poll)> = batches
                .iter()
                .filter_map(|rows| Some((rows.batch.source.as_str(), rows.batch.poll.as_ref()?)))
                .collect();
            for some in at_once(&polled, SOURCES_AT_ONCE) {
                let mut query = sqlx::query_as(if some.len() == 1 { ADD_POLL } else { ADD_POLLS.as_str() });
                for (source, poll) in some {
                    query = query
                        .bind(source)
                        .bind(poll.at.as_second())
                        .bind(&*poll.outcome)
                        .bind(i64::from(poll.entries))
                        .bind(i64::from(poll.millis));
                }
                let numbers: Vec<(String, i64)> = query.fetch_all(&mut *tx).await?;
                for (source, _) in numbers.iter().filter(|(_, number)| number % FORGOTTEN_AT_ONCE == 0) {
                    sqlx::query(FORGET_POLLS).bind(source).bind(POLLS_KEPT).execute(&mut *tx).await?;
                }
            }
            Ok(())
        })?;
        Ok(events)
    }

    /// What every source says, those entries too that are listed no more, by source and id.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn entries(&self) -> Result<Vec<Entry>> {
        let rows: Vec<EntryRow> = reading!(self, |db| sqlx::query_as(ENTRIES).fetch_all(db).await)?;
        let mut all: Vec<Entry> = Vec::with_capacity(rows.len());
        for row in rows {
            let read = entry(row, all.iter().map(|entry| &entry.event))?;
            all.push(read);
        }
        all.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(all)
    }

    /// What a source says about one event.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn entry(&self, key: &EntryKey) -> Result<Option<Entry>> {
        let hash = hash(&key.id);
        let row: Option<EntryRow> = reading!(self, |db| {
            sqlx::query_as(ENTRY).bind(key.source.as_str()).bind(&hash).fetch_optional(db).await
        })?;
        row.map(|row| entry(row, std::iter::empty())).transpose()
    }

    /// How many entries each source has that were not taken back; sources without are left out.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn entry_counts(&self) -> Result<BTreeMap<SourceKey, usize>> {
        let rows: Vec<(String, i64)> = reading!(self, |db| sqlx::query_as(COUNTS).fetch_all(db).await)?;
        let count = |(key, count): (String, i64)| Ok((word("source", &key)?, usize::try_from(count).unwrap_or(0)));
        rows.into_iter().map(count).collect()
    }

    /// What must be known of a source's entries to tell which of them changed.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn prints(&self, source: &SourceKey) -> Result<BTreeMap<Id, StoredEntry>> {
        let rows: Vec<PrintRow> =
            reading!(self, |db| sqlx::query_as(PRINTS).bind(source.as_str()).fetch_all(db).await)?;
        let stored = |(id, print, first_seen, changed, presence, since, alias): PrintRow| {
            let stored = StoredEntry {
                print,
                first_seen: instant(&id, first_seen)?,
                changed: instant(&id, changed)?,
                presence: presence_from(&id, &presence, since)?,
                alias: alias.map(|alias| word("alias", &alias)).transpose()?,
            };
            Ok((word("id", &id)?, stored))
        };
        rows.into_iter().map(stored).collect()
    }

    /// What a source last said, of these entries; those we do not have are left out.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn events(&self, source: &SourceKey, ids: &BTreeSet<Id>) -> Result<BTreeMap<Id, Event>> {
        let mut rows: Vec<(String, String)> = Vec::new();
        if ids.len() > ONE_BY_ONE {
            rows = reading!(self, |db| sqlx::query_as(EVENTS).bind(source.as_str()).fetch_all(db).await)?;
        } else {
            for id in ids {
                let hash = hash(id);
                let row = reading!(self, |db| {
                    sqlx::query_as(EVENT).bind(source.as_str()).bind(&hash).fetch_optional(db).await
                })?;
                rows.extend(row);
            }
        }
        let mut all = BTreeMap::new();
        for (id, event) in rows {
            let key: Id = word("id", &id)?;
            if ids.contains(&key) {
                all.insert(key, event_from_json(&id, &event)?);
            }
        }
        Ok(all)
    }

    /// What a source sent for an entry, as it sent it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn raw(&self, key: &EntryKey) -> Result<Option<String>> {
        let hash = hash(&key.id);
        Ok(reading!(self, |db| {
            sqlx::query_scalar(RAW).bind(key.source.as_str()).bind(&hash).fetch_optional(db).await
        })?)
    }
}

/// As many at once as a query for `many` takes. Those left over go one by one, so that the database need not learn a query
/// for every number of rows.
fn at_once<T>(all: &[T], many: usize) -> impl Iterator<Item = &[T]> {
    let whole = all.chunks_exact(many);
    let rest = whole.remainder().chunks(1);
    whole.chain(rest)
}

/// A batch as it is written.
struct Rows<'a> {
    batch: &'a Batch<'a>,
    health: String,
    findings: Option<String>,
    /// Each entry with the key of its row and its event.
    entries: Vec<(&'a PutEntry, String, String)>,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a Batch<'a>, events: &mut Vec<Arc<Event>>) -> Result<Rows<'a>> {
        debug_assert!(batch.put.iter().all(|put| put.entry.key.source == *batch.source), "an entry of another source");
        debug_assert_eq!(
            batch.put.iter().map(|put| &put.entry.key.id).collect::<BTreeSet<_>>().len(),
            batch.put.len(),
            "an entry twice"
        );
        let health = json("health", batch.health)?;
        let findings = batch.findings.map(|findings| json("findings", &findings)).transpose()?;
        let entries = batch.put.iter().map(|put| {
            let (json, event) = event_json(&put.entry.event)?;
            events.push(shared(event, events.iter()));
            Ok((put, hash(&put.entry.key.id), json))
        });
        Ok(Rows { batch, health, findings, entries: entries.collect::<Result<_>>()? })
    }
}

/// An event that holds in one place with those `before` what it says as they do.
fn shared<'a>(mut event: Event, before: impl DoubleEndedIterator<Item = &'a Arc<Event>>) -> Arc<Event> {
    before.rev().take(LOOKED_BACK).for_each(|other| event.share(other));
    Arc::new(event)
}

fn entry<'a>(row: EntryRow, before: impl DoubleEndedIterator<Item = &'a Arc<Event>>) -> Result<Entry> {
    let (source, id, first_seen, changed, presence, since, event) = row;
    Ok(Entry {
        key: EntryKey { source: word("source", &source)?, id: word("id", &id)? },
        event: shared(event_from_json(&id, &event)?, before),
        first_seen: instant(&id, first_seen)?,
        changed: instant(&id, changed)?,
        presence: presence_from(&id, &presence, since)?,
    })
}

fn presence_columns(presence: Presence) -> (&'static str, Option<i64>) {
    match presence {
        Presence::Listed => ("listed", None),
        Presence::Missing(since) => ("missing", Some(since.as_second())),
        Presence::Withdrawn(since) => ("withdrawn", Some(since.as_second())),
    }
}

fn presence_from(id: &str, presence: &str, since: Option<i64>) -> Result<Presence> {
    match (presence, since) {
        ("listed", _) => Ok(Presence::Listed),
        ("missing", Some(since)) => Ok(Presence::Missing(instant(id, since)?)),
        ("withdrawn", Some(since)) => Ok(Presence::Withdrawn(instant(id, since)?)),
        _ => Err(Error::damaged(format!("presence of {id}"), format!("it is {presence}, since {since:?}"))),
    }
}
