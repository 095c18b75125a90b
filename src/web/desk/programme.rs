//! What the programme that gathers this node makes of its events, and what else it lists on the days of a draft.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::draft::{draft_of, known, understood};
use super::view::Frame;
use super::*;
use crate::event::Days;
use crate::node::programme::{Heard, Programme, Receipt, State, Told};
use crate::programme::Failure;

#[derive(Template)]
#[template(path = "desk/receipts.html")]
struct ReceiptsPage<'a> {
    f: Frame<'a>,
    programme: String,
    page: Option<String>,
    /// When it was said, and why there is nothing newer.
    at: Option<String>,
    failure: Option<String>,
    findings: Vec<(String, String, String)>,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    title: String,
    state: String,
    lines: Vec<String>,
    page: Option<String>,
    joined: Vec<(String, String, Option<String>)>,
    findings: Vec<(String, String, String)>,
}

fn programme(asked: &Asked) -> Result<&Arc<Programme>, Trouble> {
    asked.desk.programme.as_ref().ok_or(Trouble::NotFound)
}

fn told(one: &Told) -> (String, String, String) {
    (one.text.clone(), one.mend.clone(), one.detail.clone())
}

/// Why nothing newer is known, in words.
fn failure(asked: &Asked, failure: Option<&Failure>) -> Option<String> {
    failure.map(|failure| format!("{} {}", asked.say("desk-programme-silent"), asked.t.failure(failure.kind)))
}

pub async fn receipts(signed: Signed) -> Answer {
    let asked = &signed.asked;
    let programme = programme(asked)?;
    let Heard { said, at, failure: why } = programme.receipts(asked.t, asked.now).await;
    let said = said.unwrap_or_default();
    let mut kept = asked.desk.store().kept().await?;
    kept.retain(|one| one.withdrawn.is_none());
    kept.sort_by_key(|one| std::cmp::Reverse(one.event.last_day()));
    let row = |one: &crate::programme::Kept| {
        let receipt = said.of(&one.event.id);
        let mut lines = Vec::new();
        if let Some(receipt) = receipt {
            lines.extend(receipt.why.clone());
            lines.extend(
                receipt.seen.map(|seen| asked.t.say_with("desk-receipt-seen", [("when", asked.instant(seen).into())])),
            );
            if receipt.speaks && !receipt.joined.is_empty() {
                lines.push(asked.say("desk-receipt-speaks"));
            }
        }
        Row {
            href: asked.to(&format!("desk/events/{}", one.slug)),
            title: one.event.title.to_string(),
            state: state(asked, receipt),
            lines,
            page: receipt.and_then(|r| r.page.as_ref()).map(ToString::to_string),
            joined: receipt
                .iter()
                .flat_map(|r| &r.joined)
                .map(|j| {
                    (
                        j.name.to_string(),
                        j.rule.clone().unwrap_or_else(|| j.title.to_string()),
                        j.page.as_ref().map(ToString::to_string),
                    )
                })
                .collect(),
            findings: receipt.iter().flat_map(|r| &r.findings).map(told).collect(),
        }
    };
    let page_of = ReceiptsPage {
        f: asked.frame("desk-receipts"),
        programme: said.programme.as_ref().map_or_else(|| programme.address().to_string(), ToString::to_string),
        page: said.page.as_ref().map(ToString::to_string),
        at: at.map(|at| asked.t.say_with("desk-receipts-at", [("when", asked.instant(at).into())])),
        failure: failure(asked, why.as_ref()),
        findings: said.findings.iter().map(told).collect(),
        rows: kept.iter().map(row).collect(),
    };
    page(asked, StatusCode::OK, &page_of)
}

fn state(asked: &Asked, receipt: Option<&Receipt>) -> String {
    asked.say(match receipt.map(|receipt| receipt.state) {
        Some(State::Accepted) => "desk-receipt-accepted",
        Some(State::Waiting) => "desk-receipt-waiting",
        Some(State::Withdrawn) => "desk-receipt-withdrawn",
        None => "desk-receipt-unseen",
    })
}

#[derive(Template)]
#[template(path = "desk/radar.html")]
struct RadarPage<'a> {
    f: Frame<'a>,
    back: String,
    programme: String,
    failure: Option<String>,
    days: Vec<RadarDay>,
}

struct RadarDay {
    words: String,
    events: Vec<(String, String, String)>,
}

/// The most days of a draft that are asked for.
const MOST_DAYS: usize = 12;

pub async fn radar(signed: Signed, Path(key): Path<String>) -> Answer {
    let asked = &signed.asked;
    let programme = programme(asked)?;
    let draft = draft_of(&signed, &key).await?;
    let before = known(asked, &draft).await?;
    let event = match understood(asked, &draft, before.as_ref()).await? {
        Ok(event) => event,
        // The text says first what is wrong with it.
        Err(problems) => {
            let p = super::write::told(asked, &problems);
            return super::write::show(asked, &draft, p, Vec::new()).await;
        }
    };
    let region = event.regions.first().map(|region| region.code.clone());
    let mut seen = std::collections::BTreeSet::new();
    let (mut days, mut silent) = (Vec::new(), None);
    for slot in &event.slots {
        let first = slot.when.first_day();
        if !seen.insert(first) || seen.len() > MOST_DAYS {
            continue;
        }
        let Ok(day) = Days::new(first, first) else { continue };
        let Heard { said, failure: why, .. } = programme.around(day, region.as_ref(), asked.now).await;
        silent = silent.or(why);
        let others = said.iter().flat_map(|said| said.iter()).filter(|near| !near.own);
        let events = others.map(|near| {
            let who: Vec<String> = near.organisers.iter().map(ToString::to_string).collect();
            let at = near.starts.as_ref().and_then(|starts| crate::event::Moment::parse(starts).ok());
            let at = at.map(|at| asked.t.hour(at.wall().time()));
            let about: Vec<String> =
                at.into_iter().chain(near.place.as_ref().map(ToString::to_string)).chain([who.join(", ")]).collect();
            (near.page.to_string(), near.title.to_string(), about.join(" · "))
        });
        days.push(RadarDay { words: asked.t.day(first), events: events.collect() });
    }
    let page_of = RadarPage {
        f: asked.frame("desk-radar"),
        back: asked.to(&format!("desk/drafts/{key}")),
        programme: programme.address().to_string(),
        failure: failure(asked, silent.as_ref()),
        days,
    };
    page(asked, StatusCode::OK, &page_of)
}
