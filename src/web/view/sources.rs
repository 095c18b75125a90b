//! Every source and how it does, in words that its lab understands and can act on: all of them, and each on its own.

use std::collections::BTreeMap;

use askama::Template;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::history::{self, History, Shape};
use super::{Alternate, Frame, Rendered, render};
use crate::language::Tongue;
use crate::programme::{Code, Finding, Severity};
use crate::snapshot::Snapshot;
use crate::web::ask::Filter;
use crate::web::sources::{SourceView, SourcesView, State};

/// Examples shown of one finding: past these, the mend is the same.
const MOST_EXAMPLES: usize = 20;
/// Visits drawn beside each source; on its own page all that are known are.
const MOST_VISITS: usize = 24;
/// Widths of the pictures.
const SMALL: u32 = 200;
const LARGE: u32 = 480;
/// Events listed of one source; the rest is a click away.
const MOST_EVENTS: usize = 50;

#[derive(Template)]
#[template(path = "sources.html")]
struct Page<'a> {
    f: Frame<'a>,
    lead: String,
    totals: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    legend: Vec<(Shape, String)>,
    alerts: String,
    json: String,
    opml: String,
}

#[derive(Template)]
#[template(path = "source.html")]
struct OnePage<'a> {
    f: Frame<'a>,
    row: Row,
    address: String,
    usual: Option<String>,
    /// What its hub does, a sentence each.
    hub: Vec<String>,
    legend: Vec<(Shape, String)>,
    events: Vec<EventLine>,
    more_events: Option<String>,
}

/// A source, in words.
struct Row {
    name: String,
    href: String,
    list: String,
    region: Option<String>,
    state: &'static str,
    state_words: String,
    failure: Option<String>,
    failures: Option<String>,
    /// What happens next, where that is not simply the next visit.
    notices: Vec<String>,
    good: Option<(String, String)>,
    next: Option<(String, String)>,
    entries: usize,
    understood: Option<String>,
    findings_words: Option<String>,
    groups: Vec<Group>,
    history: Option<History>,
}

/// Findings of one code.
struct Group {
    code: &'static str,
    severity: String,
    what: String,
    mend: String,
    times: Option<String>,
    examples: Vec<Example>,
    more: Option<String>,
}

struct Example {
    entry: Option<String>,
    detail: String,
}

/// An event that the programme has from a source.
struct EventLine {
    href: String,
    title: String,
    lang: Option<String>,
    when: String,
}

/// All sources.
pub fn page(mut f: Frame, local: &dyn Fn(Timestamp) -> DateTime, today: Date, sources: &SourcesView) -> Rendered {
    let heading = f.say("web-sources");
    f.name(heading, Some("sources".to_owned()));
    f.on_sources = true;
    let [alerts, json, opml] = ["atom", "json", "opml"].map(|kind| format!("{}sources.{kind}", f.root));
    for (kind, href, title) in [
        ("text/x-opml", &opml, "web-sources-opml"),
        ("application/json", &json, "web-sources-json"),
        ("application/atom+xml", &alerts, "web-sources-alerts"),
    ] {
        f.alternates.insert(0, Alternate { kind, href: href.clone(), title: f.say(title) });
    }
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
        rows: sources.sources.iter().map(|one| row(&f, local, today, one, MOST_VISITS, SMALL)).collect(),
        legend: history::legend(f.t),
        alerts,
        json,
        opml,
        f,
    };
    render(&page)
}

/// One source.
pub fn one(
    mut f: Frame,
    local: &dyn Fn(Timestamp) -> DateTime,
    today: Date,
    snapshot: &Snapshot,
    one: &SourceView,
) -> Rendered {
    f.name(one.source.name.to_string(), Some(format!("sources/{}", one.source.key)));
    f.on_sources = true;
    let t = f.t;
    let mut here: Vec<_> = snapshot
        .feed
        .events
        .iter()
        .filter(|event| event.copies.iter().any(|copy| copy.key.source == one.source.key))
        .collect();
    here.sort_by_key(|event| {
        let day = event.event.slots.first().map(|slot| slot.when.first_day());
        (day.is_none(), day, event.event.title.clone())
    });
    let more = here.len().saturating_sub(MOST_EVENTS);
    let events = here
        .iter()
        .take(MOST_EVENTS)
        .map(|event| EventLine {
            href: f.to(&format!("e/{}", event.slug)),
            title: event.event.title.to_string(),
            lang: super::foreign(event.event.language.as_ref(), t),
            when: event.event.slots.first().map_or_else(|| t.say("date-open"), |slot| t.when(&slot.when)),
        })
        .collect();
    let usual = history::usual(&one.polls).map(|usual| {
        let millis = i64::try_from(usual.as_millis()).unwrap_or(i64::MAX);
        t.say_with("web-usual", [("millis", millis.into())])
    });
    let page = OnePage {
        row: row(&f, local, today, one, usize::MAX, LARGE),
        address: one.source.address.to_string(),
        usual,
        hub: hub(t, &|at| said(t, local, today, at), one),
        legend: history::legend(t),
        events,
        more_events: (more > 0).then(|| f.count("web-more-events", more)),
        f,
    };
    render(&page)
}

/// Whether the hub that a feed names tells us of its changes, so that a lab need not wonder why news are late.
fn hub(t: Tongue, words: &dyn Fn(Timestamp) -> String, one: &SourceView) -> Vec<String> {
    let push = &one.health.push;
    let Some(hub) = &push.hub else { return Vec::new() };
    let host = || ("hub", hub.host().to_owned().into());
    // As of the last visit: a view has no clock.
    let promised = push.until.filter(|until| one.health.tried.is_none_or(|tried| *until > tried));
    let mut all = vec![match promised {
        _ if push.silent() => t.say_with("web-hub-silent", [host()]),
        Some(until) => t.say_with("web-hub-tells", [host(), ("until", words(until).into())]),
        None => t.say_with("web-hub-waiting", [host()]),
    }];
    all.extend(push.told.map(|told| t.say_with("web-hub-told", [("told", words(told).into())])));
    all
}

/// An instant in words, as near as a reader needs it.
fn said(t: Tongue, local: &dyn Fn(Timestamp) -> DateTime, today: Date, at: Timestamp) -> String {
    let wall = local(at);
    let day = match wall.date() {
        day if day == today => t.say("web-today"),
        day if day.year() == today.year() => t.short_day(day),
        day => format!("{} {}", t.short_day(day), day.year()),
    };
    format!("{day}, {}", t.hour(wall.time()))
}

fn row(
    f: &Frame,
    local: &dyn Fn(Timestamp) -> DateTime,
    today: Date,
    one: &SourceView,
    most_visits: usize,
    width: u32,
) -> Row {
    let t = f.t;
    let state = one.state();
    let words = |at: Timestamp| said(t, local, today, at);
    let at = |at: Timestamp| (at.to_string(), words(at));
    let region = one.source.region.as_ref();
    let shown = &one.polls[one.polls.len().saturating_sub(most_visits)..];
    let failures = one.health.failures as usize;
    let understood = one.health.tally.filter(|_| one.entries > 0).map(|tally| {
        let n = |n: u32| i64::from(n).into();
        t.say_with("web-understood", [("entries", n(tally.entries)), ("dated", n(tally.dated)), ("n2", n(tally.n2))])
    });
    Row {
        name: one.source.name.to_string(),
        href: f.to(&format!("sources/{}", one.source.key)),
        list: f.list(&Filter { source: Some(one.source.key.clone()), ..Filter::default() }),
        region: region.map(|region| t.region(region).unwrap_or_else(|| region.to_string())),
        state: state.code(),
        state_words: t.say(&format!("web-state-{}", state.code())),
        failure: one.health.failure.as_ref().map(|failure| t.failure(failure.kind)),
        failures: (failures > 1).then(|| f.count("web-failures", failures)),
        notices: notices(f, one),
        good: one.health.good.map(at),
        next: one.health.due.filter(|_| state != State::Paused).map(at),
        entries: one.entries,
        understood,
        findings_words: (!one.findings.is_empty()).then(|| f.count("web-findings", one.findings.len())),
        groups: groups(f, &one.findings),
        history: history::history(t, local, &words, shown, width),
    }
}

/// What happens next with a source that does not simply go on.
fn notices(f: &Frame, one: &SourceView) -> Vec<String> {
    let mut all = Vec::new();
    if one.state() == State::Failing && one.entries > 0 {
        all.push(f.say("web-kept"));
    }
    if one.held > 0 {
        all.push(f.count("web-held", one.held));
    }
    if let Some(held) = &one.health.held {
        // Before the second look nobody is asked.
        let key = if held.confirmed.is_some() { "web-disappeared" } else { "web-disappeared-soon" };
        let arguments = [("gone", i64::from(held.gone).into()), ("of", i64::from(held.of).into())];
        all.push(f.t.say_with(key, arguments));
    }
    if let Some(moved) = one.health.moved.as_ref().filter(|moved| moved.proposed) {
        all.push(f.t.say_with("web-moved", [("to", moved.to.to_string().into())]));
    }
    if one.source.paused {
        all.push(f.say("web-paused-why"));
    } else if one.health.gone.is_some() {
        all.push(f.say("web-gone"));
    }
    all
}

/// Findings by their code, the gravest first.
fn groups(f: &Frame, findings: &[Finding]) -> Vec<Group> {
    let t = f.t;
    let mut by_code: BTreeMap<Code, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_code.entry(finding.code).or_default().push(finding);
    }
    let mut groups: Vec<(Code, Vec<&Finding>)> = by_code.into_iter().collect();
    groups.sort_by_key(|(code, _)| (std::cmp::Reverse(code.severity()), *code));
    groups
        .into_iter()
        .map(|(code, found)| Group {
            code: code.as_str(),
            severity: t.say(match code.severity() {
                Severity::Note => "web-severity-note",
                Severity::Repair => "web-severity-repair",
                Severity::Quarantine => "web-severity-quarantine",
                Severity::Reject => "web-severity-reject",
            }),
            what: t.finding(code),
            mend: t.mend(code),
            times: (found.len() > 1).then(|| f.count("web-times", found.len())),
            examples: found
                .iter()
                .take(MOST_EXAMPLES)
                .filter(|finding| finding.entry.is_some() || !finding.detail.is_empty())
                .map(|finding| Example {
                    entry: finding.entry.as_ref().map(ToString::to_string),
                    detail: finding.detail.clone(),
                })
                .collect(),
            more: (found.len() > MOST_EXAMPLES).then(|| f.count("web-more", found.len() - MOST_EXAMPLES)),
        })
        .collect()
}
