//! What people ruled: made, read and undone, never deleted.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Result, Store, from_json, instant, json, maybe_instant, queries, reading, word, writing};
use crate::programme::Decision;

queries! {
    DECIDE = "INSERT INTO decision (id, ruling, author, at, why, undone) VALUES ($1, $2, $3, $4, $5, $6)";
    DECISIONS = "SELECT id, ruling, author, at, why, undone FROM decision";
    UNDO = "UPDATE decision SET undone = $2 WHERE id = $1 AND undone IS NULL";
}

/// A row of [`DECISIONS`]: id, ruling, author, at, why, undone.
type Row = (String, String, String, i64, Option<String>, Option<i64>);

impl Store {
    /// Adds decisions, all or none, and takes back at `at` those that they stand instead of.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), also when an id was given before.
    pub async fn decide(&self, decisions: &[Decision], instead_of: &[Uuid], at: Timestamp) -> Result<()> {
        let rulings = decisions.iter().map(|decision| Ok((decision, json("ruling", &decision.ruling)?)));
        let rulings = rulings.collect::<Result<Vec<_>>>()?;
        writing!(self, |tx| {
            for id in instead_of {
                sqlx::query(UNDO).bind(id.to_string()).bind(at.as_second()).execute(&mut *tx).await?;
            }
            for (decision, ruling) in &rulings {
                sqlx::query(DECIDE)
                    .bind(decision.id.to_string())
                    .bind(ruling)
                    .bind(decision.by.as_str())
                    .bind(decision.at.as_second())
                    .bind(decision.why.as_ref().map(|why| why.as_str()))
                    .bind(decision.undone.map(Timestamp::as_second))
                    .execute(&mut *tx)
                    .await?;
            }
            Ok(())
        })
    }

    /// Every decision, those undone too, in the order they were made, then by id.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn decisions(&self) -> Result<Vec<Decision>> {
        let rows: Vec<Row> = reading!(self, |db| sqlx::query_as(DECISIONS).fetch_all(db).await)?;
        let decision = |(id, ruling, by, at, why, undone): Row| {
            Ok(Decision {
                id: word::<Uuid>("decision", &id)?,
                ruling: from_json(&format!("decision {id}"), &ruling)?,
                by: word("author", &by)?,
                at: instant("decision", at)?,
                why: why.map(|why| word("reason", &why)).transpose()?,
                undone: maybe_instant("decision", undone)?,
            })
        };
        let mut all = rows.into_iter().map(decision).collect::<Result<Vec<Decision>>>()?;
        all.sort_by_key(|decision| (decision.at, decision.id));
        Ok(all)
    }
}
