//! One request at a time to a host, and a pause between two.
//!
//! Many labs share one hosting service: a round must not fall on it all at once. A host is a name and a port. This
//! file hides the queue of each host and the forgetting of those that nobody asks any more: it knows about twice as
//! many hosts as are in use, whatever the number of sources.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep_until};
use url::Url;

/// Below this number of hosts, looking for idle ones to forget is not worth the time.
const FEW_HOSTS: usize = 256;

type HostAndPort = (String, u16);

/// When our last request to a host ended; whoever holds the lock has the host to itself. Tokio's lock, because it is
/// held across a whole request, and is given in the order in which it was asked for.
type LastEnd = Arc<tokio::sync::Mutex<Option<Instant>>>;

/// The queues of all hosts.
#[derive(Debug)]
pub(super) struct Courtesy {
    spacing: Duration,
    hosts: Mutex<Hosts>,
}

#[derive(Debug)]
struct Hosts {
    known: HashMap<HostAndPort, LastEnd>,
    /// Idle hosts are next looked for when this many are known: twice what was left the last time, so that the search
    /// costs each newcomer a constant.
    room: usize,
}

/// The right to ask a host now. Dropping it, on success, failure or cancellation alike, is the end of the request.
#[derive(Debug)]
pub(super) struct Turn {
    last_end: OwnedMutexGuard<Option<Instant>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.last_end = Some(Instant::now());
    }
}

impl Courtesy {
    /// `spacing` is the pause from the end of a request to the start of the next.
    pub(super) fn new(spacing: Duration) -> Courtesy {
        Courtesy { spacing, hosts: Mutex::new(Hosts { known: HashMap::new(), room: FEW_HOSTS }) }
    }

    /// Waits until this URL's host may be asked. First come, first served.
    pub(super) async fn turn(&self, url: &Url) -> Turn {
        let last_end = self.queue(url).lock_owned().await;
        // The Turn is made only after the pause: a wait that is given up must not count as a request.
        if let Some(ended) = *last_end {
            sleep_until(ended + self.spacing).await;
        }
        Turn { last_end }
    }

    fn queue(&self, url: &Url) -> LastEnd {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.known.len() >= hosts.room {
            self.forget_idle(&mut hosts);
        }
        hosts.known.entry(host_and_port(url)).or_default().clone()
    }

    fn forget_idle(&self, hosts: &mut Hosts) {
        hosts.known.retain(|_, last_end| {
            // Queues are cloned only under the lock of `hosts`: a count of one means that nobody waits or asks.
            let in_use = Arc::strong_count(last_end) > 1;
            let within_pause =
                || last_end.try_lock().is_ok_and(|last_end| last_end.is_some_and(|end| end.elapsed() < self.spacing));
            in_use || within_pause()
        });
        hosts.room = FEW_HOSTS.max(2 * hosts.known.len());
    }
}

fn host_and_port(url: &Url) -> HostAndPort {
    // `lab.example.` and `lab.example` are one name (RFC 1034 §3.1).
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    (host.to_owned(), url.port_or_known_default().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(address: &str) -> Url {
        address.parse().unwrap()
    }

    fn known(courtesy: &Courtesy) -> usize {
        courtesy.hosts.lock().unwrap().known.len()
    }

    #[tokio::test]
    async fn hosts_that_are_idle_are_forgotten_and_those_in_use_are_not() {
        let courtesy = Courtesy::new(Duration::ZERO);
        let held = courtesy.turn(&url("http://held.example/")).await;
        for number in 0..5 * FEW_HOSTS {
            drop(courtesy.turn(&url(&format!("http://lab{number}.example/"))).await);
        }
        assert!(known(&courtesy) <= FEW_HOSTS + 1, "{} hosts are remembered", known(&courtesy));
        let again = tokio::time::timeout(Duration::from_millis(50), courtesy.turn(&url("http://held.example/"))).await;
        assert!(again.is_err(), "a host in use was forgotten, and given twice");
        drop(held);
    }

    #[tokio::test]
    async fn a_host_is_not_forgotten_during_its_pause() {
        let courtesy = Courtesy::new(Duration::from_secs(3600));
        for number in 0..2 * FEW_HOSTS {
            drop(courtesy.turn(&url(&format!("http://lab{number}.example/"))).await);
        }
        assert_eq!(known(&courtesy), 2 * FEW_HOSTS);
    }

    #[tokio::test]
    async fn waiting_in_vain_does_not_lengthen_the_pause() {
        let courtesy = Courtesy::new(Duration::from_millis(400));
        drop(courtesy.turn(&url("http://lab.example/")).await);
        let ended = Instant::now();
        let gave_up =
            tokio::time::timeout(Duration::from_millis(250), courtesy.turn(&url("http://lab.example/"))).await;
        assert!(gave_up.is_err());
        drop(courtesy.turn(&url("http://lab.example/")).await);
        assert!(ended.elapsed() < Duration::from_millis(600), "{:?}", ended.elapsed());
    }

    #[test]
    fn a_host_is_its_name_and_port_whatever_the_spelling() {
        let same = ["http://lab.example/a", "http://LAB.example:80/b?c", "http://lab.example./"];
        assert!(same.iter().all(|spelling| host_and_port(&url(spelling)) == ("lab.example".to_owned(), 80)));
        assert_ne!(host_and_port(&url("https://lab.example/")), host_and_port(&url("http://lab.example/")));
    }
}
