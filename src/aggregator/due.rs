//! When a source is polled next: not before its publisher wants, never more often than the least interval, and never
//! given up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::programme::SourceKey;

/// However long a publisher asks us to wait, and however often it fails: once a day we look.
const LONGEST: Duration = Duration::from_hours(24);

/// The next poll after one that answered. `wanted` is the longest that any caching header asked for.
pub fn after_success(key: &SourceKey, interval: Duration, wanted: Option<Duration>, now: Timestamp) -> Timestamp {
    let wait = interval.max(wanted.unwrap_or_default()).min(LONGEST);
    later(now, jittered(key, wait, now))
}

/// The next poll after `failures` failures in a row: twice as long each time.
pub fn after_failure(
    key: &SourceKey,
    interval: Duration,
    failures: u32,
    retry_after: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let doubled = interval.saturating_mul(1 << failures.saturating_sub(1).min(16));
    let next = later(now, jittered(key, doubled.min(LONGEST), now));
    // No publisher may keep us away for ever.
    let limit = later(now, LONGEST);
    retry_after.map_or(next, |asked| next.max(asked).min(limit))
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(24));
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// A tenth more or less, so that sources that were added together are not polled together; the same for the same
/// source at the same time, so that it can be tested.
fn jittered(key: &SourceKey, wait: Duration, now: Timestamp) -> Duration {
    let seed = Sha256::digest(format!("{key} {}", now.as_second()).as_bytes());
    let part = f64::from(u16::from_be_bytes([seed[0], seed[1]])) / f64::from(u16::MAX);
    wait.mul_f64(0.9 + 0.2 * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_lengthen_the_wait_and_never_end_it() {
        let key = SourceKey::new("lab").unwrap();
        let now = Timestamp::from_second(1_000_000).unwrap();
        let quarter = Duration::from_mins(15);
        let wait = |failures| after_failure(&key, quarter, failures, None, now).duration_since(now).as_secs();
        assert!((13 * 60..=17 * 60).contains(&wait(1)));
        assert!(wait(1) < wait(2) && wait(2) < wait(4));
        assert!(wait(400) <= 27 * 3600);
        let asked = later(now, Duration::from_hours(3));
        assert_eq!(after_failure(&key, quarter, 1, Some(asked), now), asked);
        let forever = later(now, Duration::from_hours(10_000));
        assert!(after_failure(&key, quarter, 1, Some(forever), now) <= later(now, LONGEST));
    }

    #[test]
    fn a_publisher_that_wants_to_be_asked_less_often_is() {
        let key = SourceKey::new("lab").unwrap();
        let now = Timestamp::from_second(1_000_000).unwrap();
        let next = after_success(&key, Duration::from_mins(15), Some(Duration::from_hours(2)), now);
        assert!(next.duration_since(now).as_secs() > 6000);
    }
}
