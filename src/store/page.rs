//! What the pages said that entries of a source link to: a memory that spares the lab visits. Losing it costs no more
//! than visiting them again.

use std::collections::BTreeMap;

use super::{Result, Store, from_json, json, noting, queries, reading};
use crate::event::Id;
use crate::programme::{PageAnswer, SourceKey};

queries! {
    PAGE_ANSWERS = "SELECT answers FROM page WHERE source = $1";
    SET_PAGE_ANSWERS = "INSERT INTO page (source, answers) VALUES ($1, $2)
        ON CONFLICT (source) DO UPDATE SET answers = excluded.answers";
}

impl Store {
    /// What the pages of a source's entries said, by entry.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn page_answers(&self, source: &SourceKey) -> Result<BTreeMap<Id, PageAnswer>> {
        let answers: Option<String> =
            reading!(self, |db| { sqlx::query_scalar(PAGE_ANSWERS).bind(source.as_str()).fetch_optional(db).await })?;
        answers.map_or(Ok(BTreeMap::new()), |answers| from_json("answers of pages", &answers))
    }

    /// Puts these in the place of all that the pages of a source's entries said.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), also for a source that we do not have.
    pub async fn set_page_answers(&self, source: &SourceKey, answers: &BTreeMap<Id, PageAnswer>) -> Result<()> {
        let answers = json("answers of pages", answers)?;
        noting!(self, |db| {
            sqlx::query(SET_PAGE_ANSWERS).bind(source.as_str()).bind(&answers).execute(db).await.map(drop)
        })?;
        Ok(())
    }
}
