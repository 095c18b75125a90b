//! One event of the lab: what can be done to it, each thing with its consequences said before, and all that was.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::compare::named;
use super::draft::found;
use super::view::{Frame, Problems};
use super::write::line;
use super::*;
use crate::event::{Availability, Status};
use crate::node::change::Act;
use crate::programme::Kept;
use crate::store;

#[derive(Template)]
#[template(path = "desk/event.html")]
struct EventPage<'a> {
    f: Frame<'a>,
    state: Vec<String>,
    when: Vec<String>,
    acts: Vec<(String, String, String)>,
    public: Option<String>,
    edit: String,
    history: String,
    duplicate: String,
    image: Option<(String, String)>,
    partners: Vec<super::partners::PartnerView>,
    partner: String,
}

/// The acts that make sense now, by the last part of their address.
fn possible(kept: &Kept) -> Vec<&'static str> {
    let event = &kept.event;
    if kept.withdrawn.is_some() {
        return vec!["restore"];
    }
    let mut acts = Vec::new();
    match event.status {
        Status::Cancelled | Status::Postponed => acts.push("resume"),
        _ => acts.extend(["cancel", "postpone"]),
    }
    if event.status != Status::Cancelled {
        if event.mode != Some(crate::event::Mode::Online) {
            acts.push("online");
        }
        if !event.slots.is_empty() {
            acts.push(if event.availability() == Some(Availability::Full) { "room" } else { "full" });
        }
    }
    acts.push("withdraw");
    acts
}

/// What is said of the state of an event.
fn state(asked: &Asked, kept: &Kept) -> Vec<String> {
    let t = asked.t;
    if let Some(at) = kept.withdrawn {
        return vec![t.say_with("desk-state-withdrawn", [("when", asked.instant(at).into())])];
    }
    let mut state = vec![t.label("status", kept.event.status.code())];
    state.extend(kept.event.availability().map(|a| t.label("availability", a.code())));
    state.extend(kept.event.notice.as_ref().and_then(|notice| notice.text.as_ref()).map(ToString::to_string));
    state
}

pub async fn event_page(signed: Signed, Path(slug): Path<String>) -> Answer {
    let kept = found(&signed, &slug).await?;
    let asked = &signed.asked;
    let here = format!("desk/events/{slug}");
    let act = |act: &'static str| {
        (
            asked.to(&format!("{here}/{act}")),
            asked.say(&format!("desk-act-{act}")),
            asked.say(&format!("desk-act-{act}-why")),
        )
    };
    let page_of = EventPage {
        f: Frame::new(asked, kept.event.title.to_string()),
        state: state(asked, &kept),
        when: kept.event.slots.iter().map(|slot| asked.t.when(&slot.when)).collect(),
        acts: possible(&kept).into_iter().map(act).collect(),
        public: kept.withdrawn.is_none().then(|| asked.to(&format!("e/{slug}"))),
        edit: asked.to(&format!("{here}/edit")),
        history: asked.to(&format!("{here}/history")),
        duplicate: asked.to(&format!("{here}/duplicate")),
        partners: super::partners::views(asked, &kept.event).await?,
        partner: asked.to(&format!("{here}/partner")),
        image: kept.event.image.as_ref().map(|image| (image.href.to_string(), image.alt.to_string())),
    };
    page(asked, StatusCode::OK, &page_of)
}

// ---- One act

#[derive(Template)]
#[template(path = "desk/act.html")]
struct ActPage<'a> {
    f: Frame<'a>,
    p: Problems,
    title: String,
    consequences: Vec<String>,
    /// A word to those who come is asked.
    why: bool,
    href: bool,
    why_typed: String,
    href_typed: String,
    version: u32,
    action: String,
    back: String,
    go: String,
    severe: bool,
}

/// How many consequences are said of each act.
fn consequences(asked: &Asked, act: &str) -> Vec<String> {
    (1..=4)
        .map(|n| format!("desk-act-{act}-then-{n}"))
        .filter(|key| asked.t.knows(key))
        .map(|key| asked.say(&key))
        .collect()
}

fn act_form(asked: &Asked, kept: &Kept, act: &str, p: Problems, fields: &Fields) -> Answer {
    let here = format!("desk/events/{}", kept.slug);
    let version = fields.get("version").parse().unwrap_or(kept.version);
    let page_of = ActPage {
        f: asked.frame(&format!("desk-act-{act}")),
        title: kept.event.title.to_string(),
        consequences: consequences(asked, act),
        why: matches!(act, "cancel" | "postpone" | "online"),
        href: act == "online",
        why_typed: fields.get("why").to_owned(),
        href_typed: fields.get("href").to_owned(),
        // What was shown is what is acted on: after a conflict, what is there now.
        version: if p.of("version").is_some() { kept.version } else { version },
        action: asked.to(&format!("{here}/{act}")),
        back: asked.to(&here),
        go: asked.say(&format!("desk-act-{act}")),
        severe: matches!(act, "cancel" | "withdraw"),
        p,
    };
    page(asked, status(&page_of.p), &page_of)
}

pub async fn act_page(signed: Signed, Path((slug, act)): Path<(String, String)>) -> Answer {
    let kept = found(&signed, &slug).await?;
    if !possible(&kept).contains(&act.as_str()) {
        // Done already, in another window or by somebody else.
        return Ok(signed.asked.lead(&format!("desk/events/{slug}")));
    }
    act_form(&signed.asked, &kept, &act, Problems::default(), &Fields::default())
}

pub async fn act(signed: Signed, Path((slug, act)): Path<(String, String)>, fields: Fields) -> Answer {
    let kept = found(&signed, &slug).await?;
    let asked = &signed.asked;
    let mut p = Problems::default();
    let why = line(&fields, "why");
    if why.is_none() && !fields.get("why").trim().is_empty() {
        p.add("why", asked.t.say_with("desk-problem-too-long", [("with", crate::event::Line::MOST.into())]));
    }
    let done = match act.as_str() {
        "cancel" => Act::Cancel(why),
        "postpone" => Act::Postpone(why),
        "online" => Act::Online(super::accounts::address(fields.get("href"), asked, "href", &mut p), why),
        "full" => Act::Full,
        "room" => Act::Room,
        "resume" => Act::Resume,
        "withdraw" => Act::Withdraw,
        "restore" => Act::Restore,
        "undo" => Act::Undo(fields.get("to").parse().map_err(|_| Trouble::NotFound)?),
        _ => return Err(Trouble::NotFound),
    };
    if p.is_empty() {
        let version = fields.get("version").parse().map_err(|_| Trouble::NotFound)?;
        let by = signed.account.name.as_str();
        match asked.node()?.act(&kept.event.id, version, &done, asked.now, by).await {
            Ok(()) => return Ok(asked.lead(&format!("desk/events/{slug}?done={}", done.code()))),
            Err(crate::node::Error::Store(store::Error::Conflict { .. })) => {
                p.add("version", asked.say("desk-act-overtaken"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if act == "undo" {
        return Ok(asked.lead(&format!("desk/events/{slug}/history")));
    }
    act_form(asked, &kept, &act, p, &fields)
}

// ---- All that was

#[derive(Template)]
#[template(path = "desk/history.html")]
struct HistoryPage<'a> {
    f: Frame<'a>,
    title: String,
    back: String,
    action: String,
    version: u32,
    versions: Vec<VersionView>,
}

struct VersionView {
    version: u32,
    what: String,
    differences: Vec<(String, String, String)>,
    /// It can be gone back to.
    earlier: bool,
}

pub async fn history(signed: Signed, Path(slug): Path<String>) -> Answer {
    let kept = found(&signed, &slug).await?;
    let asked = &signed.asked;
    let (all, accounts) = (asked.desk.store().history(&kept.event.id).await?, asked.desk.store().accounts().await?);
    let mut versions = Vec::new();
    for (n, one) in all.iter().enumerate() {
        let key = format!("desk-history-{}", one.action);
        let what = if asked.t.knows(&key) { asked.say(&key) } else { one.action.clone() };
        let arguments = [
            ("what", what.into()),
            ("by", asked.called(&accounts, &one.by).into()),
            ("when", asked.instant(one.at).into()),
        ];
        let before =
            n.checked_sub(1).and_then(|n| all.get(n)).map(|before| asked.form_of(&before.event)).transpose()?;
        let after = asked.form_of(&one.event)?;
        let mut differences = before.map(|before| named(asked, &before, &after)).unwrap_or_default();
        // The status is no field of the form, and still changes what readers see.
        if let Some(before) = n.checked_sub(1).and_then(|n| all.get(n)) {
            let label = |status: Status| asked.t.label("status", status.code());
            if before.event.status != one.event.status {
                differences.push((asked.say("desk-f-status"), label(before.event.status), label(one.event.status)));
            }
        }
        versions.push(VersionView {
            version: one.version,
            what: asked.t.say_with("desk-history-line", arguments),
            differences,
            earlier: one.version != kept.version,
        });
    }
    versions.reverse();
    let here = format!("desk/events/{slug}");
    let page_of = HistoryPage {
        f: asked.frame("desk-history"),
        title: kept.event.title.to_string(),
        back: asked.to(&here),
        action: asked.to(&format!("{here}/undo")),
        version: kept.version,
        versions,
    };
    page(asked, StatusCode::OK, &page_of)
}
