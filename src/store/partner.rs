//! Labs that say of one of their events that it is ours too.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Result, Store, from_json, hash, instant, json, noting, number, queries, reading, word};
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
    TELLINGS = "SELECT ours, feed, event, address, since, tries, after, state FROM telling";
    TELL = "INSERT INTO telling (hash, ours, feed, event, address, since, tries, after, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (hash) DO UPDATE SET address = excluded.address, since = excluded.since, tries = excluded.tries,
            after = excluded.after, state = excluded.state";
    TOLD = "DELETE FROM telling WHERE hash = $1";
}

/// What is to be told another lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Our event.
    pub ours: Id,
    /// Their feed.
    pub feed: Id,
    /// Their event.
    pub event: Id,
    /// Where their feed is, or a page that names it.
    pub address: Address,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried in vain.
    pub tries: u32,
    /// When it is tried again.
    pub after: Timestamp,
    /// What came of it.
    pub state: TellingState,
}

/// What came of telling another lab; once it was heard nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellingState {
    /// It is tried again.
    Waiting,
    /// It is tried again: they heard us, and did not find in our feed what we said.
    Unread,
    /// Nobody there could hear it: no node of ours answers.
    Deaf,
    /// It was tried long enough.
    Over,
}

impl TellingState {
    const ALL: [TellingState; 4] =
        [TellingState::Waiting, TellingState::Unread, TellingState::Deaf, TellingState::Over];

    /// Whether it is tried again.
    pub fn waits(self) -> bool {
        matches!(self, TellingState::Waiting | TellingState::Unread)
    }

    fn code(self) -> &'static str {
        match self {
            TellingState::Waiting => "waiting",
            TellingState::Unread => "unread",
            TellingState::Deaf => "deaf",
            TellingState::Over => "over",
        }
    }
}

/// A row of [`TELLINGS`].
type TellingRow = (String, String, String, String, i64, i64, i64, String);

impl Store {
    /// All that is to be told other labs, the one whose turn is next first.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn tellings(&self) -> Result<Vec<Telling>> {
        let rows: Vec<TellingRow> = reading!(self, |db| sqlx::query_as(TELLINGS).fetch_all(db).await)?;
        let mut all = rows.into_iter().map(telling).collect::<Result<Vec<Telling>>>()?;
        all.sort_by(|a, b| (a.after, &a.event).cmp(&(b.after, &b.event)));
        Ok(all)
    }

    /// Notes what is to be told, or how that stands.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn put_telling(&self, one: &Telling) -> Result<()> {
        noting!(self, |db| sqlx::query(TELL)
            .bind(triple(&one.ours, &one.feed, &one.event)?)
            .bind(one.ours.as_str())
            .bind(one.feed.as_str())
            .bind(one.event.as_str())
            .bind(one.address.as_str())
            .bind(one.since.as_second())
            .bind(i64::from(one.tries))
            .bind(one.after.as_second())
            .bind(one.state.code())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// It was heard, or need not be told any more.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn end_telling(&self, ours: &Id, feed: &Id, event: &Id) -> Result<()> {
        noting!(self, |db| sqlx::query(TOLD).bind(triple(ours, feed, event)?).execute(db).await.map(drop))?;
        Ok(())
    }
}

fn telling((ours, feed, event, address, since, tries, after, state): TellingRow) -> Result<Telling> {
    let known = TellingState::ALL.into_iter().find(|known| known.code() == state);
    Ok(Telling {
        ours: word("event of telling", &ours)?,
        feed: word("feed of telling", &feed)?,
        event: word("their event of telling", &event)?,
        address: word("address of telling", &address)?,
        since: instant("telling", since)?,
        tries: number("tries of telling", tries)?,
        after: instant("telling", after)?,
        state: known.ok_or_else(|| super::Error::damaged(format!("state {state}"), "there is no such state"))?,
    })
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
    triple(&asked.ours, &asked.feed, &asked.event)
}

fn triple(ours: &Id, feed: &Id, event: &Id) -> Result<String> {
    // Each is an id, so that no two triples are written alike.
    let each = [ours, feed, event].map(hash).concat();
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
