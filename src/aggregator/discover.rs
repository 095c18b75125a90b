//! Which feed of a site to gather: given any address of it, the feeds it has, the richest first.
//!
//! What a feed is called says little of what is in it, so a few candidates are fetched and read, and ranked by what
//! was understood of them. Every fetch keeps the rules of any other.

use std::cmp::Reverse;

use bytes::Bytes;
use jiff::Timestamp;

use crate::event::{Address, Line};
use crate::fetch::{Answer, Fetcher, Request};
use crate::format::{Hints, Level, Reading};
use crate::parse;
use crate::programme::{Failure, FailureKind};

/// How many candidates are fetched for one site.
const MOST_CANDIDATES: usize = 6;

/// A feed that was found, and what was understood of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Candidate {
    /// Where it is.
    pub address: Address,
    /// What it calls itself.
    pub title: Option<Line>,
    /// How many entries it has.
    pub entries: usize,
    /// How many of them have a date.
    pub dated: usize,
    /// The most that an entry follows of the profile; `None` without entries.
    pub level: Option<Level>,
}

/// Looks at `address`: what is there if it is a feed, else the feeds that the page names or may have, the richest
/// first. Empty when it has none.
///
/// # Errors
/// The [`Failure`] of fetching `address` itself; a candidate that cannot be fetched or read is passed over.
pub async fn discover(
    fetcher: &Fetcher,
    address: &Address,
    hints: &Hints,
    now: Timestamp,
) -> Result<Vec<Candidate>, Failure> {
    let home = get(fetcher, address, now).await?;
    let hints_at = |address: &Address| Hints { address: Some(address.clone()), ..hints.clone() };
    let mut found: Vec<Candidate> = home.read(hints_at(&home.address)).await.into_iter().collect();
    let (bytes, kind, base) = (home.bytes, home.kind, home.address);
    let links = tokio::task::spawn_blocking(move || parse::feeds(&bytes, kind.as_deref(), &base)).await;
    for link in links.unwrap_or_default().into_iter().take(MOST_CANDIDATES) {
        let Ok(there) = get(fetcher, &link.address, now).await else { continue };
        if let Some(candidate) = there.read(hints_at(&there.address)).await
            && !found.iter().any(|known| known.address == candidate.address)
        {
            found.push(candidate);
        }
    }
    found.sort_by_key(|candidate| Reverse(candidate.worth()));
    Ok(found)
}

impl Candidate {
    fn of(address: Address, reading: &Reading) -> Candidate {
        Candidate {
            address,
            title: reading.feed.title.clone(),
            entries: reading.entries.len(),
            dated: reading.entries.iter().filter(|entry| !entry.event.slots.is_empty()).count(),
            level: reading.entries.iter().map(|entry| entry.level).max(),
        }
    }

    /// By what is understood of its entries, then by the share of them that have a date, then by how many do.
    fn worth(&self) -> (Option<Level>, usize, usize) {
        (self.level, 1000 * self.dated / self.entries.max(1), self.dated)
    }
}

/// What an address gave.
struct There {
    bytes: Bytes,
    kind: Option<String>,
    address: Address,
}

async fn get(fetcher: &Fetcher, address: &Address, now: Timestamp) -> Result<There, Failure> {
    let request = Request { address: address.as_str(), ..Request::default() };
    match fetcher.get(request, now).await? {
        Answer::Fresh(fresh) => {
            let address = Address::new(&fresh.address).unwrap_or_else(|_| address.clone());
            Ok(There { bytes: fresh.body, kind: fresh.content_type, address })
        }
        // Not asked for, so an answer that says nothing.
        Answer::Unchanged { .. } => {
            Err(Failure { kind: FailureKind::Status, detail: "304".to_owned(), retry_after: None })
        }
    }
}

impl There {
    async fn read(&self, hints: Hints) -> Option<Candidate> {
        let (bytes, kind) = (self.bytes.clone(), self.kind.clone());
        let read = tokio::task::spawn_blocking(move || parse::read(&bytes, kind.as_deref(), &hints)).await;
        let reading = read.ok()?.ok()?;
        Some(Candidate::of(self.address.clone(), &reading))
    }
}
