//! Notes that a body is about to be read. Each must be on the disk before its reading begins, and a round begins many:
//! those that come while one is written are written together, since what a write costs is mostly waiting for the disk.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::{Result, Store, noting, number, queries};
use crate::programme::SourceKey;

queries! {
    /// In a SET both databases read what stood there before.
    BEGIN_READING = "UPDATE source SET readings = CASE WHEN reading = $2 THEN readings + 1 ELSE 1 END, reading = $2
        WHERE key = $1 RETURNING readings";
}

/// What waits to be noted, and whose turn it is to write.
#[derive(Debug, Default)]
pub(super) struct Begun {
    waiting: Mutex<Vec<Note>>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Note {
    key: SourceKey,
    body: String,
    tell: oneshot::Sender<u32>,
}

impl Store {
    /// Notes that a body, by its hash, is about to be read; gives how often that was begun without an end, this time
    /// included. Whatever [`Store::record`] writes for the source is the end.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn begin_reading(&self, key: &SourceKey, body: &str) -> Result<u32> {
        loop {
            let (tell, mut told) = oneshot::channel();
            let waiting = || self.begun.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting().push(Note { key: key.clone(), body: body.to_owned(), tell });
            let _turn = self.begun.turn.lock().await;
            match told.try_recv() {
                // Whoever had the turn before noted all that waited then.
                Ok(times) => return Ok(times),
                // They took it up and failed, or were given up.
                Err(TryRecvError::Closed) => continue,
                Err(TryRecvError::Empty) => {}
            }
            let mut notes = std::mem::take(&mut *waiting());
            // In one order, so that two processes on one PostgreSQL do not wait for each other.
            notes.sort_by(|a, b| a.key.cmp(&b.key));
            let times = self.note(&notes).await?;
            for (note, times) in notes.into_iter().zip(times) {
                // Nobody listens any more when the round was given up.
                let _ = note.tell.send(times);
            }
            if let Ok(times) = told.try_recv() {
                return Ok(times);
            }
        }
    }

    async fn note(&self, notes: &[Note]) -> Result<Vec<u32>> {
        noting!(self, |db| {
            let mut tx = db.begin().await?;
            let mut all = Vec::with_capacity(notes.len());
            for note in notes {
                let query = sqlx::query_scalar(BEGIN_READING).bind(note.key.as_str()).bind(&note.body);
                let times: Option<i64> = query.fetch_optional(&mut *tx).await?;
                all.push(number("readings", times.unwrap_or(1))?);
            }
            tx.commit().await?;
            Ok(all)
        })
    }
}
