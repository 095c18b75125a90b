//! What must be remembered for the programme to stay what it was, as rows that are only ever added.
//!
//! Whoever adds says how many records they know: what two processes computed from the same past cannot both become
//! the future.

use std::sync::LazyLock;

use super::{Error, Result, Store, from_json, json, queries, reading, writing};
use crate::programme::Record;

queries! {
    LEDGER = "SELECT record FROM ledger ORDER BY position";
    LAST = "SELECT coalesce(max(position), 0) FROM ledger";
    APPEND = "INSERT INTO ledger (position, record) VALUES ($1, $2)";
}

/// How many records travel at once: a first round brings tens of thousands, and each journey to the database costs
/// more than the row.
const AT_ONCE: usize = 100;

/// [`APPEND`] for [`AT_ONCE`] records.
pub(super) static APPEND_MANY: LazyLock<String> = LazyLock::new(|| {
    let more: String = (1..AT_ONCE).map(|row| format!(", (${}, ${})", 2 * row + 1, 2 * row + 2)).collect();
    format!("{APPEND}{more}")
});

impl Store {
    /// Every record, in the order they were written.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn ledger(&self) -> Result<Vec<Record>> {
        let rows: Vec<String> = reading!(self, |db| sqlx::query_scalar(LEDGER).fetch_all(db).await)?;
        (1..).zip(&rows).map(|(position, record)| from_json(&format!("ledger record {position}"), record)).collect()
    }

    /// Adds records after the `expected` that are known, and gives how many there are then.
    ///
    /// # Errors
    /// [`Error::Stale`] when there are not as many as expected, [`Error::Database`].
    pub async fn append(&self, records: &[Record], expected: u64) -> Result<u64> {
        if records.is_empty() {
            // Nothing to write is no reason for others to read again.
            let last: i64 = reading!(self, |db| sqlx::query_scalar(LAST).fetch_one(db).await)?;
            return count(last).and_then(|found| as_expected(found, expected));
        }
        writing!(self, |tx| {
            let mut position: i64 = sqlx::query_scalar(LAST).fetch_one(&mut *tx).await?;
            as_expected(count(position)?, expected)?;
            let many = records.chunks_exact(AT_ONCE);
            // Those left over go one by one, so that the database need not learn a query for every number of rows.
            let rest = many.remainder().chunks(1);
            for chunk in many.chain(rest) {
                let text = if chunk.len() == AT_ONCE { APPEND_MANY.as_str() } else { APPEND };
                let mut query = sqlx::query(text);
                for record in chunk {
                    position += 1;
                    // Only those that travel are written out: a first round would else hold all of them as text.
                    query = query.bind(position).bind(json("ledger record", record)?);
                }
                query.execute(&mut *tx).await?;
            }
            count(position)
        })
    }
}

fn as_expected(found: u64, expected: u64) -> Result<u64> {
    if found == expected { Ok(found) } else { Err(Error::Stale { expected, found }) }
}

fn count(position: i64) -> Result<u64> {
    position.try_into().map_err(|source: std::num::TryFromIntError| Error::damaged("ledger", source))
}
