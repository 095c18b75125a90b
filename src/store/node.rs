//! What a node keeps: its lab, its events and all their versions.
//!
//! A save says which version it was made from, so that two people at two desks cannot overwrite each other. Nothing
//! is ever deleted: an event that is withdrawn keeps its id and its address.

use jiff::Timestamp;

use super::{
    Error, Result, Store, event_from_json, event_json, from_json, hash, instant, json, maybe_instant, number, queries,
    reading, text, word, writing,
};
use crate::event::{Event, Id};
use crate::programme::{Kept, Lab, Slug};

/// One event to save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// The event; its `id` is the key.
    pub event: Event,
    /// The last part of its page's address, which a later save cannot change.
    pub slug: Slug,
    /// Since when it is withdrawn, if it is.
    pub withdrawn: Option<Timestamp>,
    /// What was done: `published`, `changed`, `cancelled`, `moved`, `withdrawn`, `imported`.
    pub action: &'static str,
    /// The version it was made from; 0 for a new event.
    pub expected: u32,
}

/// An event as it was saved once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Which version, from 1.
    pub version: u32,
    /// When it was saved.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What was done; see [`Save::action`].
    pub action: String,
    /// The event as it then was.
    pub event: Event,
    /// Since when it was withdrawn, if it was.
    pub withdrawn: Option<Timestamp>,
}

queries! {
    LAB = "SELECT lab FROM lab WHERE only_row = 1";
    SET_LAB = "INSERT INTO lab (only_row, lab) VALUES (1, $1) ON CONFLICT (only_row) DO UPDATE SET lab = excluded.lab";
    KEPT = "SELECT id, slug, version, withdrawn, event FROM kept";
    KEPT_ONE = "SELECT id, slug, version, withdrawn, event FROM kept WHERE hash = $1";
    SAVED = "SELECT version, slug FROM kept WHERE hash = $1";
    SLUG_OWNER = "SELECT hash FROM kept WHERE slug = $1";
    SAVE = "INSERT INTO kept (hash, id, slug, version, withdrawn, event) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (hash) DO UPDATE
        SET version = excluded.version, withdrawn = excluded.withdrawn, event = excluded.event";
    REMEMBER = "INSERT INTO history (hash, version, at, author, action, withdrawn, event)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    HISTORY = "SELECT version, at, author, action, withdrawn, event FROM history WHERE hash = $1 ORDER BY version";
}

/// A row of [`KEPT`]: id, slug, version, withdrawn, event.
type KeptRow = (String, String, i64, Option<i64>, String);
/// A row of [`HISTORY`]: version, at, author, action, withdrawn, event.
type VersionRow = (i64, i64, String, String, Option<i64>, String);

impl Store {
    /// Who the node speaks for; `None` until somebody has said so.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn lab(&self) -> Result<Option<Lab>> {
        let lab: Option<String> = reading!(self, |db| sqlx::query_scalar(LAB).fetch_optional(db).await)?;
        lab.map(|lab| from_json("lab", &lab)).transpose()
    }

    /// Says who the node speaks for.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn set_lab(&self, lab: &Lab) -> Result<()> {
        let lab = json("lab", lab)?;
        writing!(self, |tx| {
            sqlx::query(SET_LAB).bind(&lab).execute(&mut *tx).await?;
            Ok(())
        })
    }

    /// All events of the node, those withdrawn too, by id.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn kept(&self) -> Result<Vec<Kept>> {
        let rows: Vec<KeptRow> = reading!(self, |db| sqlx::query_as(KEPT).fetch_all(db).await)?;
        let mut all = rows.into_iter().map(kept).collect::<Result<Vec<Kept>>>()?;
        all.sort_by(|a, b| a.event.id.cmp(&b.event.id));
        Ok(all)
    }

    /// One event of the node.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn kept_one(&self, id: &Id) -> Result<Option<Kept>> {
        let hash = hash(id);
        let row: Option<KeptRow> = reading!(self, |db| sqlx::query_as(KEPT_ONE).bind(&hash).fetch_optional(db).await)?;
        row.map(kept).transpose()
    }

    /// Saves all of these events, or none; each becomes a version more, which its history keeps.
    ///
    /// # Errors
    /// [`Error::Conflict`] when one is not at the version expected, [`Error::SlugTaken`], [`Error::SlugFixed`],
    /// [`Error::Unstorable`], [`Error::Database`].
    pub async fn save(&self, saves: &[Save], at: Timestamp, by: &str) -> Result<()> {
        if saves.is_empty() {
            return Ok(());
        }
        // Made before the transaction, so that the turn to write is short.
        let rows = saves.iter().map(|save| Ok((save, hash(&save.event.id), event_json(&save.event)?.0)));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let (at, by) = (at.as_second(), text(by));
        writing!(self, |tx| {
            for (save, hash, event) in &rows {
                let saved: Option<(i64, String)> = sqlx::query_as(SAVED).bind(hash).fetch_optional(&mut *tx).await?;
                let (version, slug) = saved.map_or((0, None), |(version, slug)| (version, Some(slug)));
                if version != i64::from(save.expected) {
                    return Err(Error::Conflict { id: save.event.id.clone() });
                }
                if slug.is_some_and(|slug| slug != save.slug.as_str()) {
                    return Err(Error::SlugFixed { id: save.event.id.clone(), slug: save.slug.clone() });
                }
                let owner: Option<String> =
                    sqlx::query_scalar(SLUG_OWNER).bind(save.slug.as_str()).fetch_optional(&mut *tx).await?;
                if owner.is_some_and(|owner| owner != *hash) {
                    return Err(Error::SlugTaken { slug: save.slug.clone() });
                }
                let withdrawn = save.withdrawn.map(Timestamp::as_second);
                sqlx::query(SAVE)
                    .bind(hash)
                    .bind(save.event.id.as_str())
                    .bind(save.slug.as_str())
                    .bind(version + 1)
                    .bind(withdrawn)
                    .bind(event)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(REMEMBER)
                    .bind(hash)
                    .bind(version + 1)
                    .bind(at)
                    .bind(&*by)
                    .bind(save.action)
                    .bind(withdrawn)
                    .bind(event)
                    .execute(&mut *tx)
                    .await?;
            }
            Ok(())
        })
    }

    /// Every version of an event, the first first; none for an event we do not have.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn history(&self, id: &Id) -> Result<Vec<Version>> {
        let hash = hash(id);
        let rows: Vec<VersionRow> = reading!(self, |db| sqlx::query_as(HISTORY).bind(&hash).fetch_all(db).await)?;
        let version = |(version, at, by, action, withdrawn, event): VersionRow| {
            Ok(Version {
                version: number("version", version)?,
                at: instant("version", at)?,
                by,
                action,
                event: event_from_json(id.as_str(), &event)?,
                withdrawn: maybe_instant("version", withdrawn)?,
            })
        };
        rows.into_iter().map(version).collect()
    }
}

fn kept((id, slug, version, withdrawn, event): KeptRow) -> Result<Kept> {
    Ok(Kept {
        event: event_from_json(&id, &event)?,
        slug: word("slug", &slug)?,
        version: number("version", version)?,
        withdrawn: maybe_instant("event", withdrawn)?,
    })
}
