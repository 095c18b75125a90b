//! Changes told at once: WebSub (<https://www.w3.org/TR/websub/>), both ends.
//!
//! A [`Hub`] tells subscribers of each change of what this server publishes: every node and every aggregator is the
//! hub of its own feeds. A [`Follower`] asks the hubs that sources name to tell us of theirs. Neither is needed for
//! anything to arrive: who was told nothing polls, as before. Both hide addresses that lie, ends that are slow or dead,
//! leases, signatures, and what must survive a restart.

mod book;
mod distribute;
mod follow;
mod signature;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::event::text::hex;

pub(crate) use distribute::links;
pub use distribute::{Error, Hub, Numbers, Refused};
pub use follow::{Followed, Follower, Heard, Named, Said, Taken};

/// The longest lease that is granted or believed: whoever forgets us must be able to stop within a fortnight.
const MOST_LEASE: Duration = Duration::from_hours(14 * 24);
/// The lease that is granted, and asked for, when nobody says otherwise: the ten days of the first hubs.
const USUAL_LEASE: Duration = Duration::from_hours(10 * 24);
/// For one message, all of it. A subscriber has only to take what it gets, and may do its work afterwards.
const PATIENCE: Duration = Duration::from_secs(15);

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok()).unwrap_or(Timestamp::MAX)
}

/// Text that nobody can guess: 32 random bytes in hex.
///
/// # Errors
/// When the system has no random numbers to give.
fn unguessable() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}
