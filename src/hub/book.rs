//! Who subscribed to our hub, what each of them is owed, and when: decided without a clock and without a network.
//!
//! A delivery is pending as long as what a subscriber last got is not what is published. So nothing is queued, a
//! subscriber that was away gets the latest and only that, and a restart forgets no delivery. Every bound on what a
//! stranger can make this server do is here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::later;
use crate::event::Address;
use crate::programme::push::{self, Subscription};

/// All subscriptions. Each may hold 8 KB of addresses, and is owed a whole feed at each change.
const MOST: usize = 2_000;
/// Those of one host: three or four feeds for each of a few installations. A host is a name and a port.
const MOST_OF_HOST: usize = 20;
/// Deliveries at once. A subscriber that does not answer holds one of these places for as long as a message may take.
const AT_ONCE: usize = 64;
/// Verifications in [`WINDOW`], of all hosts: a GET for each POST is no amplifier, but its source is us. A nation's
/// readers that renew every ten days need one every few minutes.
const MOST_ASKED: usize = 120;
/// Verifications of one host in [`WINDOW`].
const MOST_ASKED_OF_HOST: usize = 10;
/// In which verifications are counted.
const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// The first pause after a delivery that failed; each later one is twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// A server that was repaired hears of what it missed within this time.
const LONGEST_PAUSE: Duration = Duration::from_hours(4);
/// Attempts in a row, over about a day with these pauses, until a subscription ends. Who lives renews, or polls.
const MOST_FAILURES: u32 = 15;

/// Why nobody will be asked whether they want what was asked for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// Too many requests of late.
    ForNow,
    /// There is no place for one more subscription.
    Subscriptions,
}

/// What becomes of a subscription after an attempt that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// There will be another.
    Again(Box<Subscription>),
    /// There were enough.
    Over,
}

/// The subscriptions.
#[derive(Debug, Default)]
pub(super) struct Book {
    all: BTreeMap<String, Subscription>,
    /// Hosts to which something is being delivered.
    busy: BTreeSet<String>,
    /// The verifications of the last minute.
    asked: VecDeque<(Timestamp, String)>,
}

impl Book {
    /// A book of these subscriptions.
    pub(super) fn new(all: Vec<Subscription>) -> Book {
        Book { all: all.into_iter().map(|one| (one.key(), one)).collect(), ..Book::default() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether anything is being delivered.
    #[cfg(test)]
    pub(super) fn is_busy(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Counts a question to a callback, when there is room for it.
    pub(super) fn admit(&mut self, callback: &Address, now: Timestamp) -> Result<(), Full> {
        while self.asked.front().is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.asked.pop_front();
        }
        let host = callback.host();
        let of_host = self.asked.iter().filter(|(_, asked)| asked == host).count();
        if self.asked.len() >= MOST_ASKED || of_host >= MOST_ASKED_OF_HOST {
            return Err(Full::ForNow);
        }
        self.asked.push_back((now, host.to_owned()));
        Ok(())
    }

    /// Whether there is a place for this subscription; always, when it is there already.
    pub(super) fn has_place(&self, topic: &Address, callback: &Address) -> Result<(), Full> {
        let of_host = || self.all.values().filter(|one| one.callback.host() == callback.host()).count();
        let known = self.all.contains_key(&push::key(topic, callback));
        if !known && (self.all.len() >= MOST || of_host() >= MOST_OF_HOST) {
            return Err(Full::Subscriptions);
        }
        Ok(())
    }

    /// Takes a subscription that was confirmed. One that is renewed is owed what it was owed before; gives it as it
    /// is to be kept.
    pub(super) fn grant(&mut self, mut subscription: Subscription) -> Result<Subscription, Full> {
        // Looked at again: others were confirmed meanwhile.
        self.has_place(&subscription.topic, &subscription.callback)?;
        let key = subscription.key();
        if let Some(known) = self.all.get(&key) {
            subscription.delivered.clone_from(&known.delivered);
        }
        self.all.insert(key, subscription.clone());
        Ok(subscription)
    }

    /// Ends a subscription.
    pub(super) fn end(&mut self, key: &str) -> Option<Subscription> {
        self.all.remove(key)
    }

    /// Ends those whose lease is over; gives their keys.
    pub(super) fn lapse(&mut self, now: Timestamp) -> Vec<String> {
        self.all.extract_if(.., |_, one| one.until <= now).map(|(key, _)| key).collect()
    }

    /// Ends those to a topic that is published no more.
    pub(super) fn strays(&mut self, published: impl Fn(&Address) -> bool) -> Vec<Subscription> {
        self.all.extract_if(.., |_, one| !published(&one.topic)).map(|(_, one)| one).collect()
    }

    /// What is to be delivered now: one at a time to a host, those that answer before those that do not. The hosts are
    /// busy until [`Book::free`].
    pub(super) fn due(&mut self, etag: impl Fn(&Address) -> Option<String>, now: Timestamp) -> Vec<Subscription> {
        let mut owed: Vec<&Subscription> = self
            .all
            .values()
            .filter(|one| one.after.is_none_or(|after| after <= now))
            .filter(|one| etag(&one.topic).is_some_and(|etag| etag != one.delivered))
            .collect();
        owed.sort_by_key(|one| one.failures);
        let mut due = Vec::new();
        for one in owed {
            if self.busy.len() >= AT_ONCE {
                break;
            }
            if self.busy.insert(one.callback.host().to_owned()) {
                due.push(one.clone());
            }
        }
        due
    }

    /// Nothing is being delivered to this host any more.
    pub(super) fn free(&mut self, host: &str) {
        self.busy.remove(host);
    }

    /// When there may be something to do that nobody tells of: a lease that ends, another attempt.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.all.values().flat_map(|one| [Some(one.until), one.after]).flatten().filter(|at| *at > now).min()
    }

    /// What is published was delivered; gives the subscription as it is to be kept.
    pub(super) fn delivered(&mut self, key: &str, etag: &str) -> Option<Subscription> {
        let one = self.all.get_mut(key)?;
        one.delivered = etag.to_owned();
        (one.failures, one.after) = (0, None);
        Some(one.clone())
    }

    /// A delivery failed.
    pub(super) fn failed(&mut self, key: &str, now: Timestamp) -> Option<Failed> {
        let one = self.all.get_mut(key)?;
        one.failures += 1;
        if one.failures >= MOST_FAILURES {
            self.all.remove(key);
            return Some(Failed::Over);
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << (one.failures - 1).min(16)).min(LONGEST_PAUSE);
        one.after = Some(later(now, pause));
        Some(Failed::Again(Box::new(one.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn to(callback: &str) -> Subscription {
        Subscription {
            callback: Address::new(callback).unwrap(),
            topic: Address::new("https://lab.example/feed.atom").unwrap(),
            secret: None,
            until: at(1_000_000),
            delivered: "old".to_owned(),
            failures: 0,
            after: None,
        }
    }

    fn new(_: &Address) -> Option<String> {
        Some("new".to_owned())
    }

    fn owed(book: &mut Book, now: i64) -> Vec<String> {
        let due = book.due(new, at(now));
        due.iter().for_each(|one| book.free(one.callback.host()));
        due.iter().map(|one| one.callback.to_string()).collect()
    }

    #[test]
    fn a_delivery_that_fails_is_not_tried_again_for_about_a_day() {
        let one = to("https://r.example/a");
        let mut book = Book::new(vec![one.clone()]);
        let (mut now, mut attempts, mut pauses) = (0, 0, Vec::new());
        loop {
            assert_eq!(owed(&mut book, now).len(), 1, "at {now}");
            attempts += 1;
            match book.failed(&one.key(), at(now)).unwrap() {
                Failed::Over => break,
                Failed::Again(again) => {
                    let next = again.after.unwrap().as_second();
                    assert!(owed(&mut book, next - 1).is_empty(), "not before its time");
                    assert_eq!(book.next(at(now)), Some(at(next)));
                    pauses.push(next - now);
                    now = next;
                }
            }
        }
        assert_eq!(pauses[..3], [30, 60, 120]);
        assert_eq!(attempts, 15);
        assert!((18..=30).contains(&(now / 3600)), "{} hours", now / 3600);
        assert_eq!(book.len(), 0);
    }

    #[test]
    fn what_was_delivered_is_owed_again_or_what_changed_is_not() {
        let one = to("https://r.example/a");
        let mut book = Book::new(vec![one.clone()]);
        book.failed(&one.key(), at(0));
        assert_eq!(owed(&mut book, 30).len(), 1);
        let kept = book.delivered(&one.key(), "new").unwrap();
        assert_eq!((kept.failures, kept.after), (0, None));
        assert!(owed(&mut book, 31).is_empty());
        let newer = book.due(|_| Some("newer".to_owned()), at(32));
        assert_eq!(newer.len(), 1);
    }

    #[test]
    fn a_host_gets_two_deliveries_at_once_or_one_that_fails_goes_first() {
        let (a, b) = (to("https://r.example/a"), to("https://r.example/b"));
        let mut book = Book::new(vec![a.clone(), b.clone(), to("https://other.example/")]);
        book.failed(&a.key(), at(0));
        let due = book.due(new, at(100));
        let callbacks: Vec<&str> = due.iter().map(|one| one.callback.as_str()).collect();
        assert_eq!(callbacks.len(), 2);
        assert!(callbacks.contains(&b.callback.as_str()) && callbacks.contains(&"https://other.example/"));
        assert!(book.due(new, at(100)).is_empty());
        book.free("r.example");
        book.delivered(&b.key(), "new");
        assert_eq!(book.due(new, at(100))[0].callback, a.callback);
    }

    #[test]
    fn a_lease_never_ends() {
        let mut book =
            Book::new(vec![to("https://r.example/a"), Subscription { until: at(50), ..to("https://s.example/") }]);
        assert!(book.lapse(at(49)).is_empty());
        assert_eq!(book.lapse(at(50)).len(), 1);
        assert_eq!(book.len(), 1);
    }

    #[test]
    fn a_renewal_forgets_what_was_owed_or_keeps_what_failed() {
        let one = to("https://r.example/a");
        let mut book = Book::new(vec![one.clone()]);
        book.failed(&one.key(), at(0));
        let renewed = Subscription { delivered: "new".to_owned(), until: at(2_000_000), ..one.clone() };
        let kept = book.grant(renewed).unwrap();
        assert_eq!((kept.delivered.as_str(), kept.failures, kept.until), ("old", 0, at(2_000_000)));
        assert_eq!(owed(&mut book, 1).len(), 1);
    }

    #[test]
    fn a_flood_of_requests_makes_us_flood_others() {
        let mut book = Book::default();
        let victim = Address::new("https://victim.example/x").unwrap();
        let asked = (0..1000).filter(|_| book.admit(&victim, at(0)).is_ok()).count();
        assert_eq!(asked, MOST_ASKED_OF_HOST);
        let host = |n: usize| Address::new(&format!("https://h{n}.example/")).unwrap();
        let asked = (0..1000).filter(|n| book.admit(&host(*n), at(1)).is_ok()).count();
        assert_eq!(asked, MOST_ASKED - MOST_ASKED_OF_HOST);
        assert!(book.asked.len() <= MOST_ASKED);
        assert!(book.admit(&victim, at(60)).is_ok(), "a minute later there is room again");
    }

    #[test]
    fn subscriptions_are_without_number() {
        let mut book = Book::default();
        let granted = |book: &mut Book, callback: String| book.grant(to(&callback)).is_ok();
        let of_host = (0..100).filter(|n| granted(&mut book, format!("https://r.example/{n}"))).count();
        assert_eq!(of_host, MOST_OF_HOST);
        let all = (0..MOST + 50).filter(|n| granted(&mut book, format!("https://h{n}.example/"))).count();
        assert_eq!(all + of_host, MOST);
        assert!(granted(&mut book, "https://r.example/3".to_owned()), "who is there can renew");
    }
}
