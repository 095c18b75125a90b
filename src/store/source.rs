//! The sources of an aggregator: how they are registered, how they do, what was found in them, how polls went.
//!
//! What the team says of a source and what polls find out about it are written apart, so that neither undoes the
//! other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Result, Store, from_json, instant, json, noting, number, queries, reading, word, writing};
use crate::programme::{Finding, Health, Source, SourceKey};

/// How one poll went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// When.
    pub at: Timestamp,
    /// What it gave, by a stable name.
    pub outcome: Cow<'static, str>,
    /// How many entries were listed.
    pub entries: u32,
    /// How long it took.
    pub millis: u32,
}

queries! {
    SOURCES = "SELECT key, source FROM source";
    PUT_SOURCE = "INSERT INTO source (key, source, paused, health, due, findings) VALUES ($1, $2, $3, $4, NULL, '[]')
        ON CONFLICT (key) DO UPDATE SET source = excluded.source, paused = excluded.paused";
    HEALTH = "SELECT health FROM source WHERE key = $1";
    ALL_HEALTH = "SELECT key, health FROM source";
    DUE = "SELECT source, health FROM source WHERE NOT paused AND (due IS NULL OR due <= $1)";
    SOON = "UPDATE source SET due = NULL WHERE key = $1";
    FINDINGS = "SELECT key, findings FROM source WHERE findings <> '[]'";
    LAST_POLLS = "SELECT p.source, p.at, p.outcome, p.entries, p.millis FROM source s JOIN poll p ON p.source = s.key
        AND p.number > (SELECT max(q.number) FROM poll q WHERE q.source = s.key) - $1 ORDER BY p.source, p.number";
}

/// A row of [`LAST_POLLS`]: source, at, outcome, entries, millis.
type PollRow = (String, i64, String, i64, i64);

impl Store {
    /// Every source, by key.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn sources(&self) -> Result<Vec<Source>> {
        let rows: Vec<(String, String)> = reading!(self, |db| sqlx::query_as(SOURCES).fetch_all(db).await)?;
        let all = rows.iter().map(|(key, source)| from_json(&format!("source {key}"), source));
        let mut all = all.collect::<Result<Vec<Source>>>()?;
        all.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(all)
    }

    /// Registers a source, or changes how it is registered; its health and its entries stay.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn put_source(&self, source: &Source) -> Result<()> {
        let text = json("source", source)?;
        let health = json("health", &Health::default())?;
        writing!(self, |tx| {
            sqlx::query(PUT_SOURCE)
                .bind(source.key.as_str())
                .bind(&text)
                .bind(source.paused)
                .bind(&health)
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }

    /// How a source does; one that we do not have has not been polled.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn source_health(&self, key: &SourceKey) -> Result<Health> {
        let health: Option<String> =
            reading!(self, |db| sqlx::query_scalar(HEALTH).bind(key.as_str()).fetch_optional(db).await)?;
        health.map_or_else(|| Ok(Health::default()), |health| from_json(&format!("health of {key}"), &health))
    }

    /// How every source does.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn all_health(&self) -> Result<BTreeMap<SourceKey, Health>> {
        let rows: Vec<(String, String)> = reading!(self, |db| sqlx::query_as(ALL_HEALTH).fetch_all(db).await)?;
        let one = |(key, health): &(String, String)| {
            Ok((word("source", key)?, from_json(&format!("health of {key}"), health)?))
        };
        rows.iter().map(one).collect()
    }

    /// The sources to poll now, the longest due first (those never polled before all), then by key.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn due(&self, now: Timestamp) -> Result<Vec<(Source, Health)>> {
        let rows: Vec<(String, String)> =
            reading!(self, |db| sqlx::query_as(DUE).bind(now.as_second()).fetch_all(db).await)?;
        let one =
            |(source, health): &(String, String)| Ok((from_json("source", source)?, from_json("health", health)?));
        let mut due = rows.iter().map(one).collect::<Result<Vec<(Source, Health)>>>()?;
        due.sort_by(|(a, x), (b, y)| (x.due, &a.key).cmp(&(y.due, &b.key)));
        Ok(due)
    }

    /// Has a source polled at the next occasion, whenever it was due. The next poll says again when it is.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn poll_soon(&self, key: &SourceKey) -> Result<()> {
        noting!(self, |db| sqlx::query(SOON).bind(key.as_str()).execute(db).await.map(drop))?;
        Ok(())
    }

    /// What is wrong or doubtful in what each source last sent, in the order it was found; sources without are
    /// left out.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn findings(&self) -> Result<BTreeMap<SourceKey, Vec<Finding>>> {
        let rows: Vec<(String, String)> = reading!(self, |db| sqlx::query_as(FINDINGS).fetch_all(db).await)?;
        let one = |(key, findings): &(String, String)| {
            Ok((word("source", key)?, from_json(&format!("findings of {key}"), findings)?))
        };
        rows.iter().map(one).collect()
    }

    /// The last polls of every source, at most `most` of each, the oldest first.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn last_polls(&self, most: u32) -> Result<BTreeMap<SourceKey, Vec<Poll>>> {
        let rows: Vec<PollRow> =
            reading!(self, |db| sqlx::query_as(LAST_POLLS).bind(i64::from(most)).fetch_all(db).await)?;
        let mut all: BTreeMap<SourceKey, Vec<Poll>> = BTreeMap::new();
        for (source, at, outcome, entries, millis) in rows {
            let poll = Poll {
                at: instant("poll", at)?,
                outcome: outcome.into(),
                entries: number("poll", entries)?,
                millis: number("poll", millis)?,
            };
            all.entry(word("source", &source)?).or_default().push(poll);
        }
        Ok(all)
    }
}
