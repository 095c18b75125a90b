//! Every source and how it does, in words that its lab understands and can act on.

use askama::Template;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::{Alternate, Frame, Rendered, render};
use crate::programme::Severity;
use crate::web::ask::Filter;
use crate::web::sources::{Outcome, SourceView, SourcesView, State};

/// Findings shown of one source: past these, the mend is the same.
const MOST_FINDINGS: usize = 30;
/// Visits drawn.
const MOST_POLLS: usize = 24;

#[derive(Template)]
#[template(path = "sources.html")]
struct Page<'a> {
    f: Frame<'a>,
    lead: String,
    totals: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    json: String,
}

struct Row {
    name: String,
    address: String,
    list: String,
    region: Option<String>,
    state: &'static str,
    state_words: String,
    failure: Option<String>,
    failures: Option<String>,
    kept: bool,
    good: Option<(String, String)>,
    next: Option<(String, String)>,
    entries: usize,
    findings_words: Option<String>,
    findings: Vec<FindingView>,
    history: Vec<Bar>,
    history_words: String,
}

struct FindingView {
    severity: String,
    what: String,
    entry: Option<String>,
    detail: String,
    mend: String,
}

/// One visit, drawn: a bar as long as it took; a failure is drawn otherwise, not only in another colour.
struct Bar {
    x: usize,
    y: u32,
    height: u32,
    failed: bool,
    fresh: bool,
}

pub fn page(mut f: Frame, local: &dyn Fn(Timestamp) -> DateTime, today: Date, sources: &SourcesView) -> Rendered {
    let heading = f.say("web-sources");
    f.name(heading, Some("sources".to_owned()));
    f.on_sources = true;
    let json = format!("{}sources.json", f.root);
    f.alternates
        .insert(0, Alternate { kind: "application/json", href: json.clone(), title: f.say("web-sources-json") });
    let mut totals = Vec::new();
    for state in State::ALL {
        let n = sources.sources.iter().filter(|one| one.state() == state).count();
        if n > 0 {
            totals.push((state.code(), f.count(&format!("web-sources-{}", state.code()), n)));
        }
    }
    let page = Page {
        lead: f.count("web-sources-lead", sources.sources.len()),
        totals,
        rows: sources.sources.iter().map(|one| row(&f, local, today, one)).collect(),
        json,
        f,
    };
    render(&page)
}

fn row(f: &Frame, local: &dyn Fn(Timestamp) -> DateTime, today: Date, one: &SourceView) -> Row {
    let t = f.t;
    let state = one.state();
    let at = |at: Timestamp| {
        let wall = local(at);
        let day = match wall.date() {
            day if day == today => t.say("web-today"),
            day if day.year() == today.year() => t.short_day(day),
            day => format!("{} {}", t.short_day(day), day.year()),
        };
        (at.to_string(), format!("{day}, {}", t.hour(wall.time())))
    };
    let region = one.source.region.as_ref();
    let skip = one.polls.len().saturating_sub(MOST_POLLS);
    let shown = &one.polls[skip..];
    let failed = shown.iter().filter(|poll| poll.outcome == Outcome::Failed).count();
    let slowest = shown.iter().map(|poll| poll.millis).max().unwrap_or(1).max(1);
    let failures = one.health.failures as usize;
    Row {
        name: one.source.name.to_string(),
        address: one.source.address.to_string(),
        list: f.list(&Filter { source: Some(one.source.key.clone()), ..Filter::default() }),
        region: region.map(|region| t.region(region).unwrap_or_else(|| region.to_string())),
        state: state.code(),
        state_words: t.say(&format!("web-state-{}", state.code())),
        failure: one.health.failure.as_ref().map(|failure| t.failure(failure.kind)),
        failures: (failures > 1).then(|| f.count("web-failures", failures)),
        kept: state == State::Failing && one.entries > 0,
        good: one.health.good.map(at),
        next: one.health.due.filter(|_| state != State::Paused).map(at),
        entries: one.entries,
        findings_words: (!one.findings.is_empty()).then(|| f.count("web-findings", one.findings.len())),
        findings: one
            .findings
            .iter()
            .take(MOST_FINDINGS)
            .map(|finding| FindingView {
                severity: t.say(match finding.code.severity() {
                    Severity::Note => "web-severity-note",
                    Severity::Repair => "web-severity-repair",
                    Severity::Quarantine => "web-severity-quarantine",
                    Severity::Reject => "web-severity-reject",
                }),
                what: t.finding(finding.code),
                entry: finding.entry.as_ref().map(ToString::to_string),
                detail: finding.detail.clone(),
                mend: t.mend(finding.code),
            })
            .collect(),
        history: shown
            .iter()
            .enumerate()
            .map(|(index, poll)| {
                let height = 4 + u32::try_from(u64::from(poll.millis) * 16 / u64::from(slowest)).unwrap_or(16);
                Bar {
                    x: index * 6,
                    y: 22 - height,
                    height,
                    failed: poll.outcome == Outcome::Failed,
                    fresh: poll.outcome == Outcome::Fresh,
                }
            })
            .collect(),
        history_words: t.say_with("web-history-words", [("n", shown.len().into()), ("failed", failed.into())]),
    }
}
