//! The list of the lab's events: drafts, what is to come, what is past, and what the desk asks for.

use askama::Template;
use axum::http::StatusCode;

use super::view::Frame;
use super::*;
use crate::event::{Availability, Id, Status};
use crate::node::form::Form;
use crate::programme::Kept;

#[derive(Template)]
#[template(path = "desk/home.html")]
struct HomePage<'a> {
    f: Frame<'a>,
    feed: String,
    parts: Vec<Part>,
    /// Events of yesterday and before that nothing is left of yet.
    after: Vec<Item>,
    /// What other labs ask.
    requests: Vec<super::partners::RequestView>,
}

struct Part {
    key: &'static str,
    title: String,
    items: Vec<Item>,
}

pub struct Item {
    pub href: String,
    pub title: String,
    pub when: String,
    pub about: String,
}

/// How long after it the desk asks what is left of an event.
const ASKED_FOR: i32 = 30;

pub async fn home(signed: Signed) -> Answer {
    let asked = &signed.asked;
    let (store, t) = (asked.desk.store(), asked.t);
    let (kept, drafts, accounts) = (store.kept().await?, store.drafts().await?, store.accounts().await?);
    let owners: std::collections::HashMap<String, String> = store.owners().await?.into_iter().collect();
    let owner = |id: &Id| owners.get(id.as_str()).map(String::as_str);
    let today = asked.local().date();
    let item = |one: &Kept| {
        let when = one.event.slots.first().map_or_else(|| t.say("date-open"), |slot| t.when(&slot.when));
        let more = one.event.slots.len().saturating_sub(1);
        let status =
            if one.event.status == Status::Scheduled { None } else { Some(t.label("status", one.event.status.code())) };
        let full =
            one.event.availability().filter(|a| *a == Availability::Full).map(|a| t.label("availability", a.code()));
        let about: Vec<String> = status.into_iter().chain(full).collect();
        Item {
            href: asked.to(&format!("desk/events/{}", one.slug)),
            title: one.event.title.to_string(),
            when: if more == 0 {
                when
            } else {
                format!("{when} {}", t.say_with("desk-and-more", [("n", more.into())]))
            },
            about: about.join(", "),
        }
    };
    let mut coming: Vec<&Kept> = Vec::new();
    let (mut past, mut withdrawn, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for one in &kept {
        match one.event.last_day() {
            _ if one.withdrawn.is_some() => withdrawn.push(one),
            Some(last) if last < today => {
                let since = (today - last).get_days();
                let held = !matches!(one.event.status, Status::Cancelled | Status::Postponed);
                if held
                    && since <= ASKED_FOR
                    && one.event.resources.is_empty()
                    && signed.account.may_change(owner(&one.event.id))
                {
                    after.push(item(one));
                }
                past.push(one);
            }
            _ => coming.push(one),
        }
    }
    let day = |one: &&Kept| one.event.slots.iter().map(|s| s.when).find(|w| w.last_day() >= today);
    coming.sort_by_key(|one| (day(one).is_none(), day(one)));
    past.sort_by_key(|one| std::cmp::Reverse(one.event.last_day()));
    let mine = drafts.iter().filter(|d| {
        signed.account.role >= crate::programme::account::Role::Editor || d.author == signed.account.name.as_str()
    });
    let written = mine.map(|draft| {
        let form = Form::from_values(draft.form.clone());
        let title = Some(form.get("title").trim())
            .filter(|t| !t.is_empty())
            .map_or_else(|| t.say("desk-untitled"), str::to_owned);
        let by = asked.called(&accounts, &draft.author);
        let key = if draft.event.is_some() { "desk-draft-change" } else { "desk-draft-new" };
        Item {
            href: asked.to(&format!("desk/drafts/{}", draft.key)),
            title,
            when: t.say_with("desk-draft-saved", [("when", asked.instant(draft.saved).into()), ("by", by.into())]),
            about: t.say(key),
        }
    });
    let parts = [
        ("drafts", written.collect::<Vec<_>>()),
        ("coming", coming.into_iter().map(item).collect()),
        ("past", past.into_iter().map(item).collect()),
        ("withdrawn", withdrawn.into_iter().map(item).collect()),
    ];
    let part = |(key, items): (&'static str, Vec<Item>)| Part { key, title: t.say(&format!("desk-list-{key}")), items };
    let may = |id: &Id| signed.account.may_change(owner(id));
    let requests = super::partners::requests(asked, &kept, may).await?;
    let page_of = HomePage {
        requests,
        f: asked.frame("desk-home"),
        feed: format!("{}feed.atom", asked.desk.base),
        parts: parts.into_iter().map(part).collect(),
        after,
    };
    page(asked, StatusCode::OK, &page_of)
}
