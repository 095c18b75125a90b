//! Labs that say of one of their events that it is ours too.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Result, Store, from_json, hash, instant, json, noting, queries, reading, word};
use crate::event::{Address, Id, Line};

/// What another lab's feed said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Our event.
    pub ours: Id,
    /// Their feed.
    pub feed: Id,
    /// Their event.
    pub event: Id,
    /// How they call it.
    pub said: Said,
    /// Since when we know.
    pub at: Timestamp,
    /// Somebody at the desk said no.
    pub refused: bool,
}

/// What they call themselves and their event, and its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The lab.
    pub lab: Line,
    /// The event.
    pub title: Line,
    /// Its page.
    pub page: Option<Address>,
}

queries! {
    PARTNERS = "SELECT ours, feed, event, said, at, state FROM partner";
    ASKED = "INSERT INTO partner (hash, ours, feed, event, said, at, state) VALUES ($1, $2, $3, $4, $5, $6, 'asked')
        ON CONFLICT (hash) DO UPDATE SET said = excluded.said";
    REFUSE = "UPDATE partner SET state = 'refused' WHERE hash = $1";
}

/// A row of [`PARTNERS`]: ours, feed, event, said, at, state.
type Row = (String, String, String, String, i64, String);

impl Store {
    /// All that other labs said, the latest first.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn partners(&self) -> Result<Vec<Asked>> {
        let rows: Vec<Row> = reading!(self, |db| sqlx::query_as(PARTNERS).fetch_all(db).await)?;
        let mut all = rows.into_iter().map(asked).collect::<Result<Vec<Asked>>>()?;
        all.sort_by(|a, b| (b.at, &a.event).cmp(&(a.at, &b.event)));
        Ok(all)
    }

    /// Notes what another lab said; a refusal stays one.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn partner_asks(&self, asked: &Asked) -> Result<()> {
        let said = json("partner", &asked.said)?;
        noting!(self, |db| sqlx::query(ASKED)
            .bind(key(asked)?)
            .bind(asked.ours.as_str())
            .bind(asked.feed.as_str())
            .bind(asked.event.as_str())
            .bind(&said)
            .bind(asked.at.as_second())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Somebody at the desk said no.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn refuse_partner(&self, asked: &Asked) -> Result<()> {
        noting!(self, |db| sqlx::query(REFUSE).bind(key(asked)?).execute(db).await.map(drop))?;
        Ok(())
    }
}

fn key(asked: &Asked) -> Result<String> {
    // Each is an id, so that no two triples are written alike.
    let each = [&asked.ours, &asked.feed, &asked.event].map(hash).concat();
    Ok(hash(&word("partner", &each)?))
}

fn asked((ours, feed, event, said, at, state): Row) -> Result<Asked> {
    Ok(Asked {
        ours: word("event of partner", &ours)?,
        feed: word("feed of partner", &feed)?,
        event: word("event of partner", &event)?,
        said: from_json("partner", &said)?,
        at: instant("partner", at)?,
        refused: state == "refused",
    })
}
