//! What is being written at a node's desk: drafts, as they were typed, and pictures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use super::{Error, Result, Store, from_json, instant, json, noting, number, queries, reading, text};
use crate::event::Id;

/// A draft as it was last saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its key.
    pub key: String,
    /// The event that it changes; none for a new one.
    pub event: Option<Id>,
    /// The version of that event which it was made from.
    pub base: u32,
    /// How often it was saved; 0 for one that never was.
    pub version: u32,
    /// Who writes it.
    pub author: String,
    /// When it was last saved.
    pub saved: Timestamp,
    /// Names and values as they were typed.
    pub form: Vec<(String, String)>,
}

queries! {
    DRAFTS = "SELECT key, event, base, version, author, saved, form FROM draft";
    DRAFT = "SELECT key, event, base, version, author, saved, form FROM draft WHERE key = $1";
    BEGIN_DRAFT = "INSERT INTO draft (key, event, base, version, author, saved, form) VALUES ($1, $2, $3, 1, $4, $5, $6)
        ON CONFLICT (key) DO NOTHING";
    SAVE_DRAFT = "UPDATE draft SET base = $3, version = version + 1, saved = $4, form = $5
        WHERE key = $1 AND version = $2";
    DROP_DRAFT = "DELETE FROM draft WHERE key = $1";
    PUT_PICTURE = "INSERT INTO picture (name, content) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    PICTURE = "SELECT content FROM picture WHERE name = $1";
    OWNERS = "SELECT k.id, h.author FROM history h JOIN kept k ON k.hash = h.hash WHERE h.version = 1";
}

type DraftRow = (String, Option<String>, i64, i64, String, i64, String);

impl Store {
    /// All drafts, the one saved last first.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn drafts(&self) -> Result<Vec<Draft>> {
        let rows: Vec<DraftRow> = reading!(self, |db| sqlx::query_as(DRAFTS).fetch_all(db).await)?;
        let mut all = rows.into_iter().map(draft).collect::<Result<Vec<Draft>>>()?;
        all.sort_by(|a, b| (b.saved, &a.key).cmp(&(a.saved, &b.key)));
        Ok(all)
    }

    /// One draft.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn draft(&self, key: &str) -> Result<Option<Draft>> {
        let row: Option<DraftRow> = reading!(self, |db| sqlx::query_as(DRAFT).bind(key).fetch_optional(db).await)?;
        row.map(draft).transpose()
    }

    /// Saves a draft that was made from its version, and raises that; `false` when somebody saved it meanwhile, whose
    /// words then stay.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn save_draft(&self, draft: &Draft) -> Result<bool> {
        let form = json("draft", &draft.form)?;
        let form = text(&form);
        let saved = draft.saved.as_second();
        let rows = if draft.version == 0 {
            noting!(self, |db| sqlx::query(BEGIN_DRAFT)
                .bind(&draft.key)
                .bind(draft.event.as_ref().map(Id::as_str))
                .bind(i64::from(draft.base))
                .bind(&draft.author)
                .bind(saved)
                .bind(&*form)
                .execute(db)
                .await
                .map(|done| done.rows_affected()))?
        } else {
            noting!(self, |db| sqlx::query(SAVE_DRAFT)
                .bind(&draft.key)
                .bind(i64::from(draft.version))
                .bind(i64::from(draft.base))
                .bind(saved)
                .bind(&*form)
                .execute(db)
                .await
                .map(|done| done.rows_affected()))?
        };
        Ok(rows > 0)
    }

    /// Lets a draft go: it was published, or thrown away by its author.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn drop_draft(&self, key: &str) -> Result<()> {
        noting!(self, |db| sqlx::query(DROP_DRAFT).bind(key).execute(db).await.map(drop))?;
        Ok(())
    }

    /// Keeps a picture under its name, which is its content's.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn put_picture(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let content = BASE64.encode(bytes);
        noting!(self, |db| sqlx::query(PUT_PICTURE).bind(name).bind(&content).execute(db).await.map(drop))?;
        Ok(())
    }

    /// A picture by its name.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn picture(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let content: Option<String> =
            reading!(self, |db| sqlx::query_scalar(PICTURE).bind(name).fetch_optional(db).await)?;
        let bytes = content.map(|content| BASE64.decode(content));
        bytes.transpose().map_err(|source| Error::damaged(format!("picture {name}"), source))
    }

    /// Who wrote each event first, by the event's id.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn owners(&self) -> Result<Vec<(String, String)>> {
        Ok(reading!(self, |db| sqlx::query_as(OWNERS).fetch_all(db).await)?)
    }
}

fn draft((key, event, base, version, author, saved, form): DraftRow) -> Result<Draft> {
    Ok(Draft {
        event: event.map(|id| super::word("event of draft", &id)).transpose()?,
        base: number("draft", base)?,
        version: number("draft", version)?,
        saved: instant("draft", saved)?,
        form: from_json("draft", &form)?,
        author,
        key,
    })
}
