//! Publication: what will happen, what the edition asks, and then that it happens.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::compare::{named, overtaken};
use super::draft::{allowed, draft_of, known, understood};
use super::preview::as_published;
use super::view::Frame;
use super::write::{show, told};
use super::*;
use crate::event::Id;
use crate::node::change::advice;
use crate::node::form::Form;
use crate::store;

#[derive(Template)]
#[template(path = "desk/publish.html")]
struct PublishPage<'a> {
    f: Frame<'a>,
    title: String,
    when: Vec<String>,
    consequences: Vec<String>,
    advice: Vec<(String, String)>,
    differences: Vec<(String, String, String)>,
    action: String,
    back: String,
    preview: String,
    discard: String,
    go: String,
}

pub async fn publish_page(signed: Signed, Path(key): Path<String>) -> Answer {
    let asked = &signed.asked;
    let (draft, published) = as_published(&signed, &key).await?;
    let published = match published {
        Ok(published) => published,
        Err(problems) => return show(asked, &draft, told(asked, &problems), Vec::new()).await,
    };
    let known = known(asked, &draft).await?;
    if let Some(kept) = known.as_ref().filter(|kept| kept.version != draft.base) {
        return overtaken(&signed, &draft, kept).await;
    }
    let event = &published.event;
    let mut consequences = vec![if known.is_some() { "changed" } else { "new" }];
    if let Some(kept) = &known {
        if event.previous.len() > kept.event.previous.len() {
            consequences.push("moved");
        }
        if kept.event.slots.iter().any(|slot| event.slots.iter().all(|s| s.name != slot.name)) {
            consequences.push("slot-gone");
        }
        if !crate::node::change::is_significant(&kept.event, event) {
            consequences.push("small");
        }
    }
    let edition = super::accounts::edition(asked).await?;
    let edition = edition.as_ref().map(|edition| (&edition.key, edition.starts, edition.ends));
    let told = |code: &str| (asked.say(&format!("desk-advice-{code}")), asked.say(&format!("desk-advice-{code}-why")));
    let here = format!("desk/drafts/{key}");
    let page_of = PublishPage {
        f: asked.frame(if known.is_some() { "desk-publish-change" } else { "desk-publish" }),
        title: event.title.to_string(),
        when: event.slots.iter().map(|slot| asked.t.when(&slot.when)).collect(),
        consequences: consequences.into_iter().map(|code| asked.say(&format!("desk-then-{code}"))).collect(),
        advice: advice(event, edition).into_iter().map(told).collect(),
        differences: match &known {
            Some(kept) => named(asked, &asked.form_of(&kept.event)?, &Form::from_values(draft.form.clone())),
            None => Vec::new(),
        },
        action: asked.to(&format!("{here}/publish")),
        back: asked.to(&here),
        preview: asked.to(&format!("{here}/preview")),
        discard: asked.to(&format!("{here}/discard")),
        go: asked.say(if known.is_some() { "desk-publish-change" } else { "desk-publish" }),
    };
    page(asked, StatusCode::OK, &page_of)
}

pub async fn publish(signed: Signed, Path(key): Path<String>) -> Answer {
    let asked = &signed.asked;
    let draft = draft_of(&signed, &key).await?;
    let known = known(asked, &draft).await?;
    let event = match understood(asked, &draft, known.as_ref()).await? {
        Ok(event) => event,
        Err(problems) => return show(asked, &draft, told(asked, &problems), Vec::new()).await,
    };
    if let Some(kept) = &known {
        allowed(&signed, &kept.event.id).await?;
        if kept.version != draft.base {
            return overtaken(&signed, &draft, kept).await;
        }
    }
    let put = asked.node()?.put(event, known.as_ref(), asked.now, signed.account.name.as_str()).await;
    match put {
        Ok(slug) => {
            asked.desk.store().drop_draft(&key).await?;
            let done = if known.is_some() { "changed" } else { "published" };
            Ok(asked.lead(&format!("desk/events/{slug}?done={done}")))
        }
        Err(crate::node::Error::Store(store::Error::Conflict { .. })) => {
            let kept = match &draft.event {
                Some(id) => asked.desk.store().kept_one(id).await?,
                // A new event that is there already: published a moment ago, in another window.
                None => {
                    let id = Id::new(&format!("{}evenement/{}", asked.lab()?.tag, draft.key))?;
                    asked.desk.store().kept_one(&id).await?
                }
            };
            overtaken(&signed, &draft, &kept.ok_or(Trouble::NotFound)?).await
        }
        Err(error) => Err(error.into()),
    }
}
