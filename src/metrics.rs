//! What happened at every stage, counted, in the text that monitoring reads (OpenMetrics 1.0).
//!
//! Hides prometheus-client and the names of the series. Each stage says what it did in the words of the house; the sets
//! of labels are closed, so that no stranger can make them grow, and none holds a name, an address or anything private.
//! What a series means is in docs/metrics.md.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::format::{Level, Reading};
use crate::programme::{Code, FailureKind};

/// The media type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds of the buckets of a fetch and of a round, in seconds: from a neighbour's answer to the longest allowed.
const WAITS: [f64; 10] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Bounds of the buckets of work of ours, in seconds: from one small feed to a nation reconciled anew.
const WORK: [f64; 9] = [0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// One label and its value, both of a closed set.
type Label = [(&'static str, &'static str); 1];
/// Two of them.
type Labels = [(&'static str, &'static str); 2];
/// Counters told apart by one label.
type Counters = Family<Label, Counter>;
/// A histogram for each step.
type Histograms = Family<Label, Histogram, fn() -> Histogram>;

/// What one fetch gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// A body, be it that of last time.
    Fresh,
    /// 304.
    Unchanged,
    /// Nothing, for this reason.
    Failed(FailureKind),
}

/// A step of a round that is work of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Bytes into entries.
    Parse,
    /// Entries into the store.
    Record,
    /// Entries into the programme.
    Reconcile,
    /// The programme into what is published.
    Render,
}

/// What there is now, and what others have counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stock {
    /// Sources by state, each state once.
    pub sources: Vec<(&'static str, usize)>,
    /// Entries held.
    pub entries: usize,
    /// Events published.
    pub events: usize,
    /// Of these, announced by several.
    pub merged: usize,
    /// Doubts that wait for a person.
    pub doubts: usize,
    /// Entries that wait to be released.
    pub held: usize,
    /// Subscriptions to our hub.
    pub subscriptions: usize,
    /// Pushes of WebSub until now, by what became of them, each once.
    pub pushes: Vec<(&'static str, u64)>,
}

/// The counters of a process. Cheap to clone: all clones count together.
#[derive(Clone)]
pub struct Metrics(Arc<Series>);

struct Series {
    registry: Registry,
    fetches: Counters,
    failures: Counters,
    bytes: Counter,
    fetch: Histogram,
    steps: Histograms,
    round: Histogram,
    entries_read: Counters,
    findings: Counters,
    pushes: Counters,
    requests: Family<Labels, Counter>,
    sources: Family<Label, Gauge>,
    stock: [Gauge; 6],
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("essaim");
        let of_work: fn() -> Histogram = || Histogram::new(WORK);
        let [fetches, failures, entries_read, findings, pushes] = std::array::from_fn(|_| Counters::default());
        let (bytes, requests) = (Counter::default(), Family::default());
        let (fetch, round) = (Histogram::new(WAITS), Histogram::new(WAITS));
        let steps = Histograms::new_with_constructor(of_work);
        let sources = Family::default();
        let stock: [Gauge; 6] = std::array::from_fn(|_| Gauge::default());
        registry.register("build", "The program that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("fetches", "Fetches of sources, by what they gave", fetches.clone());
        registry.register("fetch_failures", "Fetches that gave nothing, by kind of failure", failures.clone());
        registry.register("fetched", "Bytes of feeds received, decompressed", bytes.clone());
        registry.register_with_unit("fetch", "Time of one fetch", Unit::Seconds, fetch.clone());
        registry.register_with_unit("step", "Time of one step of a round", Unit::Seconds, steps.clone());
        registry.register_with_unit("round", "Time of one round", Unit::Seconds, round.clone());
        registry.register("entries_read", "Entries understood, by level of the profile", entries_read.clone());
        registry.register("findings", "Findings, by code", findings.clone());
        registry.register("pushes", "Pushes of WebSub, by what became of them", pushes.clone());
        registry.register("http_requests", "Requests answered, by kind of page and status", requests.clone());
        registry.register("sources", "Sources, by state", sources.clone());
        let kinds = [
            ("entries", "Entries held"),
            ("events", "Events published"),
            ("events_merged", "Events announced by several sources"),
            ("doubts", "Doubts that wait for a person"),
            ("entries_held", "Entries of sources under review that wait to be released"),
            ("subscriptions", "Subscriptions to our hub"),
        ];
        for ((name, help), gauge) in kinds.into_iter().zip(&stock) {
            registry.register(name, help, gauge.clone());
        }
        Metrics(Arc::new(Series {
            registry,
            fetches,
            failures,
            bytes,
            fetch,
            steps,
            round,
            entries_read,
            findings,
            pushes,
            requests,
            sources,
            stock,
        }))
    }
}

impl Metrics {
    /// A fetch is over; `bytes` of a body came, decompressed.
    pub fn fetched(&self, what: Fetched, bytes: usize, took: Duration) {
        let outcome = match what {
            Fetched::Fresh => "fresh",
            Fetched::Unchanged => "unchanged",
            Fetched::Failed(kind) => {
                self.0.failures.get_or_create(&[("kind", kind.as_str())]).inc();
                "failed"
            }
        };
        self.0.fetches.get_or_create(&[("outcome", outcome)]).inc();
        self.0.bytes.inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.0.fetch.observe(took.as_secs_f64());
    }

    /// A feed was read.
    pub fn read(&self, reading: &Reading) {
        for entry in &reading.entries {
            let level = match entry.level {
                Level::N0 => "n0",
                Level::N1 => "n1",
                Level::N2 => "n2",
            };
            self.0.entries_read.get_or_create(&[("level", level)]).inc();
        }
    }

    /// Something was found in what a source sent.
    pub fn found(&self, code: Code) {
        self.0.findings.get_or_create(&[("code", code.as_str())]).inc();
    }

    /// A step of a round is over.
    pub fn took(&self, step: Step, time: Duration) {
        let step = match step {
            Step::Parse => "parse",
            Step::Record => "record",
            Step::Reconcile => "reconcile",
            Step::Render => "render",
        };
        self.0.steps.get_or_create(&[("step", step)]).observe(time.as_secs_f64());
    }

    /// A round that asked somebody is over.
    pub fn round(&self, took: Duration) {
        self.0.round.observe(took.as_secs_f64());
    }

    /// A request was answered. `route` is the kind of page, `status` one that our pages give.
    pub fn answered(&self, route: &'static str, status: &'static str) {
        self.0.requests.get_or_create(&[("route", route), ("status", status)]).inc();
    }

    /// Everything, as monitoring reads it, with what there is now.
    pub fn text(&self, stock: &Stock) -> String {
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        for (state, count) in &stock.sources {
            self.0.sources.get_or_create(&[("state", state)]).set(number(*count));
        }
        for (outcome, total) in &stock.pushes {
            // Counted elsewhere, and never taken back by a scrape that was overtaken by another.
            self.0.pushes.get_or_create(&[("outcome", outcome)]).inner().fetch_max(*total, Ordering::Relaxed);
        }
        let counts = [stock.entries, stock.events, stock.merged, stock.doubts, stock.held, stock.subscriptions];
        for (gauge, count) in self.0.stock.iter().zip(counts) {
            gauge.set(number(count));
        }
        let mut out = String::new();
        // Writing to a string cannot fail; what is there is then whole.
        let _ = encode(&mut out, &self.0.registry);
        out
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_and_the_text_is_whole() {
        let metrics = Metrics::default();
        metrics.fetched(Fetched::Fresh, 1234, Duration::from_millis(40));
        metrics.clone().fetched(Fetched::Failed(FailureKind::Tls), 0, Duration::from_secs(40));
        metrics.found(Code::FloatingTime);
        metrics.took(Step::Parse, Duration::from_millis(2));
        metrics.answered("home", "200");
        let pushes = vec![("sent", 1)];
        let stock = Stock { sources: vec![("good", 3)], events: 7, pushes, ..Stock::default() };
        let text = metrics.text(&stock);
        for line in [
            "essaim_fetches_total{outcome=\"fresh\"} 1",
            "essaim_fetches_total{outcome=\"failed\"} 1",
            "essaim_fetch_failures_total{kind=\"tls\"} 1",
            "essaim_fetched_total 1234",
            "essaim_fetch_seconds_count 2",
            "essaim_findings_total{code=\"floating-time\"} 1",
            "essaim_step_seconds_bucket{le=\"0.005\",step=\"parse\"} 1",
            "essaim_http_requests_total{route=\"home\",status=\"200\"} 1",
            "essaim_pushes_total{outcome=\"sent\"} 1",
            "essaim_sources{state=\"good\"} 3",
            "essaim_events 7",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
        let less = metrics.text(&Stock { sources: vec![("good", 0)], ..Stock::default() });
        assert!(less.contains("essaim_sources{state=\"good\"} 0") && less.contains("essaim_events 0"), "{less}");
    }
}
