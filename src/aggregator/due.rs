//! When a source is polled next: not before its publisher wants, never more often than the least interval, and never
//! given up.
//!
//! Between the least and the longest interval a source is visited as often as it is worth. Let it change λ times an
//! hour, and a change that waits cost w times as much as one that is not urgent. Visits every d hours cost 1/d visits
//! and let changes wait λ·w·d/2 hours, in every hour; the sum is least at d = √(2c/(λ·w)), where c says how much
//! waiting one visit is worth. λ is counted from the visits so far, those of last week half as much as those of today;
//! w rises as the next event comes near. `benches/polling.rs` shows what it is worth over a year.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::programme::{Health, SourceKey, Tempo};

/// However long a publisher asks us to wait, and however often it fails: once a day we look.
pub const LONGEST: Duration = Duration::from_hours(24);

/// What one visit is worth, in hours that a change which is not urgent may wait instead: 72 seconds. Sets the number
/// of all visits; measured so that a programme of 130 labs costs each of them some seven visits a day.
const VISIT: f64 = 0.02;
/// How much more a change is worth at the hour of an event than one long before it.
const URGENT: f64 = 30.0;
/// Over how many hours before an event that halves.
const URGENT_HALVES: f64 = 48.0;
/// After how many hours a visit counts half in the count of changes: a week.
const FORGET: f64 = 7.0 * 24.0;
/// What a source that was never visited is taken for: half a change in two days, as one that has just been registered.
const PRIOR_CHANGES: f64 = 0.5;
const PRIOR_HOURS: f64 = 48.0;

/// Between which bounds we choose when to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Least time between two polls of one source.
    pub least: Duration,
    /// How long a source that sleeps is left alone.
    pub longest: Duration,
}

impl Pace {
    /// The next poll of a source after one that answered. `wanted` is the longest that its publisher asked for.
    pub fn after_success(
        self,
        key: &SourceKey,
        health: &Health,
        wanted: Option<Duration>,
        now: Timestamp,
    ) -> Timestamp {
        let worth = self.worth(&health.tempo, health.next_start(now), now);
        let wait = worth.max(wanted.unwrap_or_default()).min(LONGEST);
        later(now, jittered(key, wait, now))
    }

    /// The next poll after `failures` failures in a row: twice as long each time.
    pub fn after_failure(
        self,
        key: &SourceKey,
        failures: u32,
        retry_after: Option<Timestamp>,
        now: Timestamp,
    ) -> Timestamp {
        let doubled = self.least.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let next = later(now, jittered(key, doubled.min(LONGEST), now));
        // No publisher may keep us away for ever.
        let limit = later(now, LONGEST);
        retry_after.map_or(next, |asked| next.max(asked).min(limit))
    }

    /// How long a source is best left alone that changes at this tempo and whose next event begins then.
    pub fn worth(self, tempo: &Tempo, next_start: Option<Timestamp>, now: Timestamp) -> Duration {
        let changes = f64::from(tempo.thousandths) / 1000.0;
        let rate = (changes + PRIOR_CHANGES) / (f64::from(tempo.minutes) / 60.0 + PRIOR_HOURS);
        let urgency = next_start.map_or(0.0, |start| URGENT * (-hours(now, start) / URGENT_HALVES).exp2());
        let wait = Duration::from_secs_f64(3600.0 * (2.0 * VISIT / (rate * (1.0 + urgency))).sqrt());
        // In this order, so that a longest below the least does no harm.
        wait.min(self.longest).max(self.least)
    }
}

/// A tempo after one more visit, since the last of which `since` is: whether it found a change.
pub fn heard(tempo: Tempo, since: Timestamp, changed: bool, now: Timestamp) -> Tempo {
    let passed = hours(since, now);
    let kept = (-passed / FORGET).exp2();
    let whole = |value: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
        let whole = value.round() as u32;
        whole
    };
    Tempo {
        thousandths: whole(f64::from(tempo.thousandths) * kept + if changed { 1000.0 } else { 0.0 }),
        minutes: whole(f64::from(tempo.minutes) * kept + passed * 60.0),
    }
}

fn hours(from: Timestamp, to: Timestamp) -> f64 {
    (to.duration_since(from).as_secs_f64() / 3600.0).max(0.0)
}

/// An instant so much later.
pub fn later(now: Timestamp, wait: Duration) -> Timestamp {
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

    const PACE: Pace = Pace { least: Duration::from_mins(15), longest: Duration::from_hours(6) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lab(n: usize) -> SourceKey {
        SourceKey::new(&format!("lab{n}")).unwrap()
    }

    #[test]
    fn failures_shorten_the_wait_or_end_it() {
        let (key, now) = (lab(0), at(1_000_000));
        let wait = |failures| PACE.after_failure(&key, failures, None, now).duration_since(now).as_secs();
        assert!((13 * 60..=17 * 60).contains(&wait(1)));
        assert!(wait(1) < wait(2) && wait(2) < wait(4));
        assert!(wait(400) <= 27 * 3600);
        let asked = later(now, Duration::from_hours(3));
        assert_eq!(PACE.after_failure(&key, 1, Some(asked), now), asked);
        let forever = later(now, Duration::from_hours(10_000));
        assert!(PACE.after_failure(&key, 1, Some(forever), now) <= later(now, LONGEST));
    }

    #[test]
    fn a_publisher_that_wants_to_be_asked_less_often_is_not_heard() {
        let now = at(1_000_000);
        let next = |wanted| PACE.after_success(&lab(0), &Health::default(), wanted, now).duration_since(now).as_secs();
        assert!(next(Some(Duration::from_hours(10))) > 9 * 3600 - 1);
        assert!(next(Some(Duration::from_hours(1000))) <= 27 * 3600, "a source is never left alone for ever");
        assert!(next(Some(Duration::ZERO)) > 13 * 60, "no header makes us come more often than the least interval");
    }

    #[test]
    fn sources_that_were_added_together_are_polled_together_for_ever() {
        let now = at(1_000_000);
        let next = |n| PACE.after_success(&lab(n), &Health::default(), None, now);
        let spread: std::collections::BTreeSet<_> = (0..20).map(next).collect();
        assert!(spread.len() > 15, "{spread:?}");
        assert_eq!(next(3), next(3));
    }

    #[test]
    fn a_source_that_changes_or_has_events_soon_waits_as_long_as_one_that_sleeps() {
        let now = at(1_000_000);
        let asleep = Tempo { thousandths: 0, minutes: 14_400 };
        let awake = Tempo { thousandths: 20_000, minutes: 14_400 };
        let tomorrow = Some(later(now, Duration::from_hours(24)));
        assert!(PACE.worth(&asleep, None, now) > Duration::from_hours(4));
        assert!(PACE.worth(&awake, None, now) < Duration::from_hours(1));
        assert!(PACE.worth(&asleep, tomorrow, now) < Duration::from_hours(2));
        assert_eq!(PACE.worth(&awake, tomorrow, now), PACE.least);
    }

    #[test]
    fn what_a_source_did_long_ago_counts_as_much_as_what_it_does() {
        let week = 7 * 24 * 3600;
        let tempo = heard(Tempo::default(), at(0), true, at(3600));
        assert_eq!((tempo.thousandths, tempo.minutes), (1000, 60));
        let tempo = heard(tempo, at(0), false, at(week));
        assert_eq!((tempo.thousandths, tempo.minutes), (500, 30 + 7 * 24 * 60));
    }
}
