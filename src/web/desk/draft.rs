//! Drafts: who may see one, how it is saved so that nothing is lost, and the event that it says.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::view::Frame;
use super::*;
use crate::event::{Event, Id};
use crate::node::form::{self, Form, Given, Problem};
use crate::programme::Kept;
use crate::store::Draft;

/// The event that a form says, or what is wrong with it.
pub async fn understood(
    asked: &Asked,
    draft: &Draft,
    known: Option<&Kept>,
) -> Result<Result<Event, Vec<Problem>>, Trouble> {
    let lab = asked.lab()?;
    let pictures = asked.pictures()?;
    let form = Form::from_values(draft.form.clone());
    // Minted with the draft, and never made of what it says.
    let id = Id::new(&format!("{}evenement/{}", lab.tag, draft.key))?;
    let known = known.map(|kept| &kept.event);
    // What the lab's other events call a series or a topic is that one.
    let kept = asked.desk.store().kept().await?;
    let series = kept.iter().flat_map(|one| &one.event.series);
    let series = series.filter_map(|s| Some((s.title.as_ref()?.to_string(), s.id.clone()))).collect();
    let topics = kept.iter().flat_map(|one| &one.event.topics);
    let topics = topics.filter_map(|t| Some((t.label.as_ref()?.to_string(), t.code.clone()))).collect();
    let given = Given { lab, pictures: &pictures, known, series, topics, now: asked.now };
    Ok(form::read(&form, &given, &id))
}

/// A draft that nobody saved yet.
pub fn fresh(signed: &Signed, event: Option<&Kept>, form: &Form) -> Draft {
    Draft {
        key: Uuid::now_v7().to_string(),
        event: event.map(|kept| kept.event.id.clone()),
        base: event.map_or(0, |kept| kept.version),
        version: 0,
        author: signed.account.name.to_string(),
        saved: signed.asked.now,
        form: form.values().to_vec(),
    }
}

/// The event of this address, for who may change it.
pub async fn found(signed: &Signed, slug: &str) -> Result<Kept, Trouble> {
    let kept = signed.asked.desk.store().kept().await?;
    let one = kept.into_iter().find(|one| one.slug.as_str() == slug).ok_or(Trouble::NotFound)?;
    allowed(signed, &one.event.id).await?;
    Ok(one)
}

pub async fn allowed(signed: &Signed, id: &Id) -> Result<(), Trouble> {
    let owners = signed.asked.desk.store().owners().await?;
    let owner = owners.iter().find(|(event, _)| event == id.as_str()).map(|(_, owner)| owner.as_str());
    if signed.account.may_change(owner) { Ok(()) } else { Err(Trouble::Forbidden) }
}

/// The draft of this key, for who may see it.
pub async fn draft_of(signed: &Signed, key: &str) -> Result<Draft, Trouble> {
    let draft = signed.asked.desk.store().draft(key).await?.ok_or(Trouble::NotFound)?;
    let editor = signed.account.role >= crate::programme::account::Role::Editor;
    if editor || draft.author == signed.account.name.as_str() { Ok(draft) } else { Err(Trouble::Forbidden) }
}

/// What was sent with a form, as the draft it is to be saved as.
pub fn sent(signed: &Signed, key: &str, fields: &Fields) -> Result<Draft, Trouble> {
    Uuid::try_parse(key).map_err(|_| Trouble::NotFound)?;
    let event = Some(fields.get("event")).filter(|id| !id.is_empty()).map(Id::new).transpose()?;
    Ok(Draft {
        key: key.to_owned(),
        event,
        base: fields.get("base").parse().unwrap_or(0),
        version: fields.get("version").parse().unwrap_or(0),
        author: signed.account.name.to_string(),
        saved: signed.asked.now,
        form: Form::from_values(fields.values().to_vec()).values().to_vec(),
    })
}

/// How a save went.
pub enum Saved {
    /// With the version it now has.
    Well(Draft),
    /// Somebody saved meanwhile: what was sent is kept beside theirs.
    Beside { mine: Draft, theirs: Draft },
}

pub async fn save(signed: &Signed, draft: Draft) -> Result<Saved, Trouble> {
    let store = signed.asked.desk.store();
    if draft.version > 0 || store.draft(&draft.key).await?.is_some() {
        draft_of(signed, &draft.key).await.map(drop).or_else(|trouble| match trouble {
            // It was published or thrown away in another window: what was typed is a draft again.
            Trouble::NotFound => Ok(()),
            other => Err(other),
        })?;
    }
    if let Some(event) = &draft.event {
        allowed(signed, event).await?;
    }
    let next = |draft: Draft| Draft { version: draft.version + 1, ..draft };
    if store.save_draft(&draft).await? {
        return Ok(Saved::Well(next(draft)));
    }
    let beside = Draft { key: Uuid::now_v7().to_string(), version: 0, ..draft.clone() };
    match store.draft(&draft.key).await? {
        // The same words twice, as a browser sends them after going back: nothing to ask.
        Some(theirs) if theirs.form == draft.form => Ok(Saved::Well(theirs)),
        Some(theirs) => {
            store.save_draft(&beside).await?;
            Ok(Saved::Beside { mine: next(beside), theirs })
        }
        None => {
            store.save_draft(&beside).await?;
            Ok(Saved::Well(next(beside)))
        }
    }
}

/// The event that a draft changes.
pub async fn known(asked: &Asked, draft: &Draft) -> Result<Option<Kept>, Trouble> {
    match &draft.event {
        Some(id) => Ok(asked.desk.store().kept_one(id).await?),
        None => Ok(None),
    }
}

/// What came back after signing in again: saved as the draft it was to be.
pub async fn come_back(signed: &Signed, to: &str, kept: &str) -> Result<Option<Response>, Trouble> {
    let Some(key) = to.strip_prefix("desk/drafts/") else { return Ok(None) };
    let draft = sent(signed, key, &Fields::read(kept.as_bytes()))?;
    Ok(Some(match save(signed, draft).await? {
        Saved::Well(draft) => signed.asked.lead(&format!("desk/drafts/{}?done=back", draft.key)),
        Saved::Beside { mine, theirs } => {
            signed.asked.lead(&format!("desk/drafts/{}/compare/{}", mine.key, theirs.key))
        }
    }))
}

#[derive(Template)]
#[template(path = "desk/discard.html")]
struct DiscardPage<'a> {
    f: Frame<'a>,
    title: String,
    action: String,
    back: String,
}

pub async fn discard_page(signed: Signed, Path(key): Path<String>) -> Answer {
    let draft = draft_of(&signed, &key).await?;
    let asked = &signed.asked;
    let form = Form::from_values(draft.form);
    let page_of = DiscardPage {
        f: asked.frame("desk-discard"),
        title: form.get("title").to_owned(),
        action: asked.to(&format!("desk/drafts/{key}/discard")),
        back: asked.to(&format!("desk/drafts/{key}")),
    };
    page(asked, StatusCode::OK, &page_of)
}

pub async fn discard(signed: Signed, Path(key): Path<String>) -> Answer {
    let draft = draft_of(&signed, &key).await?;
    signed.asked.desk.store().drop_draft(&draft.key).await?;
    Ok(signed.asked.lead("desk?done=discarded"))
}
