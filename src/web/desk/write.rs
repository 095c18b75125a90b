//! Writing: the list of the lab's events, the form, drafts that are never lost, previews, and publication.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::enter;
use super::view::{Frame, Problems};
use super::*;
use crate::event::{
    AccessCode, Audience, Availability, Event, Format, Id, Line, Mode, Region, ResourceKind, Status, Zone,
};
use crate::node::change::{advice, differences, next_year};
use crate::node::form::{self, Form, Given, Problem, ROWS};
use crate::node::lab::REGIONS;
use crate::node::{communes, picture, text};
use crate::programme::{Kept, Slug};
use crate::store::{self, Draft};

/// The most copies that one gesture makes.
const MOST_REPEATS: usize = 52;

impl Asked {
    pub fn node(&self) -> Result<&Arc<Node>, Trouble> {
        self.desk.node.as_ref().ok_or_else(|| Trouble::Inside("no node".into()))
    }

    pub fn lab(&self) -> Result<&Lab, Trouble> {
        self.lab.as_ref().ok_or_else(|| Trouble::Inside("no lab".into()))
    }

    /// What the addresses of pictures begin with.
    pub fn pictures(&self) -> Result<Address, Trouble> {
        Ok(Address::new(&format!("{}pictures/", self.desk.base))?)
    }

    /// The hour at the lab.
    fn local(&self) -> jiff::Zoned {
        let zone = self.lab.as_ref().and_then(|lab| lab.zone.as_ref()).map_or(TimeZone::UTC, Zone::rules);
        self.now.to_zoned(zone)
    }

    /// An instant in words, at the lab.
    pub fn instant(&self, at: Timestamp) -> String {
        let zone = self.lab.as_ref().and_then(|lab| lab.zone.as_ref()).map_or(TimeZone::UTC, Zone::rules);
        let wall = at.to_zoned(zone).datetime();
        format!("{} {}, {}", self.t.short_day(wall.date()), wall.year(), self.t.hour(wall.time()))
    }

    /// Whoever has this account, as the others call them.
    pub fn called(&self, accounts: &[Account], name: &str) -> String {
        accounts.iter().find(|a| a.name.as_str() == name).map_or_else(|| name.to_owned(), |a| a.shown.to_string())
    }
}

// ---- The list

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

// ---- The form

#[derive(Template)]
#[template(path = "desk/write.html")]
struct WritePage<'a> {
    f: Frame<'a>,
    p: Problems,
    form: &'a Form,
    draft: &'a Draft,
    action: String,
    /// What the draft is on, when it changes an event.
    event: Option<String>,
    saved: String,
    slots: Vec<SlotRow>,
    /// The lab's zone in words.
    zone: String,
    options: Options,
    notes: Vec<String>,
    picture: Option<String>,
    script: String,
}

struct SlotRow {
    n: usize,
    words: Option<String>,
    fold: bool,
}

/// What can be chosen.
struct Options {
    kinds: Vec<(String, String)>,
    modes: Vec<(String, String)>,
    online: Vec<(String, String)>,
    yes_no: Vec<(String, String)>,
    per: Vec<(String, String)>,
    availability: Vec<(String, String)>,
    slot_status: Vec<(String, String)>,
    resources: Vec<(String, String)>,
    formats: Vec<(String, String)>,
    audiences: Vec<(String, String)>,
    access: Vec<(String, String)>,
    regions: Vec<(String, String)>,
    editions: Vec<(String, String)>,
    series: Vec<String>,
    places: Vec<String>,
    cities: Vec<String>,
}

impl Options {
    fn new(t: Tongue, kept: &[Kept]) -> Options {
        let list = |list: &str, codes: &[&'static str]| -> Vec<(String, String)> {
            codes.iter().map(|code| ((*code).to_owned(), t.label(list, code))).collect()
        };
        let codes = |list: &str, codes: Vec<&'static str>| list_of(t, list, codes);
        let region = |code: &&str| Some(((*code).to_owned(), t.region(&Region::new(code).ok()?)?));
        let events = || kept.iter().map(|one| &one.event);
        let unique = |words: Vec<String>| {
            let mut seen = std::collections::BTreeSet::new();
            words.into_iter().filter(|word| seen.insert(word.clone())).take(60).collect::<Vec<_>>()
        };
        let mut editions: Vec<(String, String)> = Vec::new();
        for term in events().flat_map(|e| &e.editions) {
            if editions.iter().all(|(code, _)| *code != term.code.as_str()) {
                editions.push((term.code.to_string(), term.label.as_ref().unwrap_or(&term.code).to_string()));
            }
        }
        Options {
            kinds: list("desk-kind", &["all-day", "period"]),
            modes: codes("mode", Mode::ALL.iter().map(|c| c.code()).collect()),
            online: list("desk-online", &["public", "registered"]),
            yes_no: list("desk", &["yes", "no"]),
            per: list("desk-per", &["event", "slot"]),
            availability: codes("availability", Availability::ALL.iter().map(|c| c.code()).collect()),
            slot_status: list("status", &["cancelled", "postponed", "moved-online"]),
            resources: codes("resource", ResourceKind::ALL.iter().map(|c| c.code()).collect()),
            formats: codes("format", Format::ALL.iter().map(|c| c.code()).collect()),
            audiences: codes("audience", Audience::ALL.iter().map(|c| c.code()).collect()),
            access: codes("accessibility", AccessCode::ALL.iter().map(|c| c.code()).collect()),
            regions: REGIONS.iter().filter_map(region).collect(),
            editions,
            series: unique(
                events().flat_map(|e| &e.series).filter_map(|s| s.title.as_ref()).map(ToString::to_string).collect(),
            ),
            places: unique(
                events().flat_map(|e| &e.places).filter_map(|p| p.name.as_ref()).map(ToString::to_string).collect(),
            ),
            cities: unique(
                events().flat_map(|e| &e.places).filter_map(|p| p.locality.as_ref()).map(ToString::to_string).collect(),
            ),
        }
    }
}

impl Options {
    /// With what the form says already, which would otherwise be unsaid by opening it.
    fn with_regions_of(mut self, t: Tongue, form: &Form) -> Options {
        for row in 0..form.rows("region") {
            let code = form.cell("region", row, "code");
            if !code.is_empty() && self.regions.iter().all(|(known, _)| known != code) {
                let words = Region::new(code).ok().and_then(|region| t.region(&region));
                self.regions.push((code.to_owned(), words.unwrap_or_else(|| code.to_owned())));
            }
        }
        self
    }
}

fn list_of(t: Tongue, list: &str, codes: Vec<&'static str>) -> Vec<(String, String)> {
    codes.into_iter().map(|code| (code.to_owned(), t.label(list, code))).collect()
}

impl WritePage<'_> {
    fn has(&self, name: &str, code: &str) -> bool {
        self.form.all(name).any(|value| value == code)
    }

    fn rows(&self, kind: &str) -> Vec<usize> {
        (0..self.form.rows(kind).max(1)).collect()
    }

    /// Whether there are several rows of a kind: each then has a number, and can be taken away.
    fn several(&self, kind: &str) -> bool {
        self.form.rows(kind) > 1
    }

    fn cell(&self, kind: &str, row: &usize, column: &str) -> &str {
        self.form.cell(kind, *row, column)
    }

    fn id(&self, kind: &str, row: &usize, column: &str) -> String {
        format!("{kind}-{row}-{column}")
    }

    /// Whether a programme can be asked.
    fn radar(&self) -> bool {
        self.f.has_programme()
    }

    fn discard(&self) -> String {
        self.f.to(&format!("desk/drafts/{}/discard", self.draft.key))
    }

    fn num(&self, key: &str, n: &usize) -> String {
        self.f.t.say_with(key, [("n", (*n + 1).into())])
    }

    /// Whether a folded part of the form says something, or has a problem.
    fn open(&self, names: &[&str]) -> bool {
        let within = |name: &str| names.iter().any(|n| name == *n || name.starts_with(&format!("{n}-")));
        self.form.values().iter().any(|(name, _)| within(name)) || self.p.0.iter().any(|(name, _)| within(name))
    }
}

/// The words that stand beside each field.
pub fn told(asked: &Asked, problems: &[Problem]) -> Problems {
    let mut p = Problems::default();
    for one in problems {
        let key = format!("desk-problem-{}", one.code);
        p.add(&one.field, asked.t.say_with(&key, [("with", one.with.clone().into())]));
    }
    p
}

/// The series of the lab's events, by title.
async fn series(asked: &Asked) -> Result<std::collections::BTreeMap<String, Id>, Trouble> {
    let kept = asked.desk.store().kept().await?;
    let all = kept.iter().flat_map(|one| &one.event.series);
    Ok(all.filter_map(|s| Some((s.title.as_ref()?.to_string(), s.id.clone()))).collect())
}

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
    let given = Given { lab, pictures: &pictures, known, series: series(asked).await?, now: asked.now };
    Ok(form::read(&form, &given, &id))
}

pub async fn show(asked: &Asked, draft: &Draft, p: Problems, notes: Vec<String>) -> Answer {
    let kept = asked.desk.store().kept().await?;
    let form = Form::from_values(draft.form.clone());
    let lab = asked.lab()?;
    let zone = Zone::new(form.get("zone")).ok().or_else(|| lab.zone.clone());
    let known = draft.event.as_ref().and_then(|id| kept.iter().find(|one| one.event.id == *id));
    let slots = (0..form.rows("slot").max(1)).map(|n| SlotRow {
        words: slot_words(asked, &form, n, zone.as_ref()),
        fold: !form.cell("slot", n, "fold").is_empty()
            || ["from", "to"].iter().any(|c| is_twice(&form, n, c, zone.as_ref())),
        n,
    });
    let named = form.get("image");
    let picture = picture::kind_of(named).map(|_| format!("{}pictures/{named}", asked.desk.root()));
    let heading = if known.is_some() { "desk-write-change" } else { "desk-write" };
    let page_of = WritePage {
        f: asked.frame(heading),
        action: asked.to(&format!("desk/drafts/{}", draft.key)),
        event: known.map(|one| one.event.title.to_string()),
        saved: if draft.version == 0 {
            asked.say("desk-not-saved-yet")
        } else {
            asked.t.say_with("desk-saved-at", [("when", asked.instant(draft.saved).into())])
        },
        slots: slots.collect(),
        zone: zone.as_ref().map(|zone| asked.t.zone(zone)).unwrap_or_default(),
        options: Options::new(asked.t, &kept).with_regions_of(asked.t, &form),
        notes,
        picture,
        script: format!("{}{}", asked.desk.root(), super::super::DESK_SCRIPT.address.trim_start_matches('/')),
        form: &form,
        draft,
        p,
    };
    page(asked, status(&page_of.p), &page_of)
}

/// A slot in words, when it can be understood.
fn slot_words(asked: &Asked, form: &Form, row: usize, zone: Option<&Zone>) -> Option<String> {
    let mut one = Form::default();
    one.set("title", "…");
    for column in ["day", "from", "to", "last", "kind", "fold"] {
        one.set(&format!("slot-0-{column}"), form.cell("slot", row, column));
    }
    if let Some(zone) = zone {
        one.set("zone", zone.as_str());
    }
    let lab = asked.lab.as_ref()?;
    let pictures = asked.pictures().ok()?;
    let given = Given { lab, pictures: &pictures, known: None, series: Default::default(), now: asked.now };
    let event = form::read(&one, &given, &lab.feed_id).ok()?;
    event.slots.first().map(|slot| asked.t.when(&slot.when))
}

/// Whether an hour exists twice that night.
fn is_twice(form: &Form, row: usize, column: &str, zone: Option<&Zone>) -> bool {
    let day = form::read_day(form.cell(
        "slot",
        row,
        if column == "to" && !form.cell("slot", row, "last").is_empty() { "last" } else { "day" },
    ));
    let hour = form::read_hour(form.cell("slot", row, column));
    match (day, hour, zone) {
        (Some(day), Some(hour), Some(zone)) => zone.has(day.to_datetime(hour)) == crate::event::Occurs::Twice,
        _ => false,
    }
}

/// A draft that nobody saved yet.
fn fresh(signed: &Signed, event: Option<&Kept>, form: &Form) -> Draft {
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

pub async fn new_page(signed: Signed) -> Answer {
    let mut form = Form::default();
    if let Some(region) = signed.asked.lab()?.region.as_ref() {
        form.set("region-0-code", region.as_str());
    }
    form.set("mode", Mode::Offline.code());
    // What was written last is near at hand: the edition, and whether it is free.
    show(&signed.asked, &fresh(&signed, None, &form), Problems::default(), Vec::new()).await
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

pub async fn edit_page(signed: Signed, Path(slug): Path<String>) -> Answer {
    let kept = found(&signed, &slug).await?;
    let asked = &signed.asked;
    let drafts = asked.desk.store().drafts().await?;
    let mine =
        drafts.iter().find(|d| d.event.as_ref() == Some(&kept.event.id) && d.author == signed.account.name.as_str());
    if let Some(mine) = mine {
        return Ok(asked.lead(&format!("desk/drafts/{}", mine.key)));
    }
    let form = Form::of(&kept.event, &asked.pictures()?);
    show(asked, &fresh(&signed, Some(&kept), &form), Problems::default(), Vec::new()).await
}

/// An event as a draft for another year.
pub async fn duplicate(signed: Signed, Path(slug): Path<String>) -> Answer {
    let kept = found(&signed, &slug).await?;
    let form = next_year(&kept.event, &signed.asked.pictures()?);
    let draft = fresh(&signed, None, &form);
    signed.asked.desk.store().save_draft(&draft).await?;
    Ok(signed.asked.lead(&format!("desk/drafts/{}?done=duplicated", draft.key)))
}

/// The draft of this key, for who may see it.
pub async fn draft_of(signed: &Signed, key: &str) -> Result<Draft, Trouble> {
    let draft = signed.asked.desk.store().draft(key).await?.ok_or(Trouble::NotFound)?;
    let editor = signed.account.role >= crate::programme::account::Role::Editor;
    if editor || draft.author == signed.account.name.as_str() { Ok(draft) } else { Err(Trouble::Forbidden) }
}

pub async fn draft_page(signed: Signed, Path(key): Path<String>) -> Answer {
    let draft = draft_of(&signed, &key).await?;
    show(&signed.asked, &draft, Problems::default(), Vec::new()).await
}

/// What was sent with a form, as the draft it is to be saved as.
fn sent(signed: &Signed, key: &str, fields: &Fields) -> Result<Draft, Trouble> {
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
enum Saved {
    /// With the version it now has.
    Well(Draft),
    /// Somebody saved meanwhile: what was sent is kept beside theirs.
    Beside { mine: Draft, theirs: Draft },
}

async fn save(signed: &Signed, draft: Draft) -> Result<Saved, Trouble> {
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

pub async fn write(asked: Asked, Path(key): Path<String>, headers: HeaderMap, fields: Fields) -> Answer {
    let by_script =
        headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    let Some(account) = asked.account.clone() else {
        if by_script {
            return Ok(StatusCode::UNAUTHORIZED.into_response());
        }
        let mut kept = url::form_urlencoded::Serializer::new(String::new());
        kept.extend_pairs(fields.values().iter().filter(|(name, _)| name != "do"));
        return enter::again(&asked, &format!("desk/drafts/{key}"), kept.finish());
    };
    let signed = Signed { asked, account };
    let asked = &signed.asked;
    let mut draft = sent(&signed, &key, &fields)?;
    let mut p = Problems::default();
    if let Some(file) = &fields.file {
        take_picture(asked, &mut draft, file.bytes.clone(), &mut p).await?;
    }
    let what = fields.get("do").to_owned();
    let mut form = Form::from_values(draft.form.clone());
    let place = rows(&mut form, &what);
    draft.form = form.values().to_vec();
    let draft = match save(&signed, draft).await? {
        Saved::Well(draft) => draft,
        Saved::Beside { mine, .. } if by_script => {
            let to = asked.to(&format!("desk/drafts/{}/compare/{key}", mine.key));
            return Ok((StatusCode::CONFLICT, Json(serde_json::json!({ "compare": to }))).into_response());
        }
        Saved::Beside { mine, theirs } => {
            return Ok(asked.lead(&format!("desk/drafts/{}/compare/{}", mine.key, theirs.key)));
        }
    };
    if by_script {
        let words = asked.t.say_with("desk-saved-at", [("when", asked.instant(draft.saved).into())]);
        return Ok(
            Json(serde_json::json!({ "version": draft.version, "words": words, "key": draft.key })).into_response()
        );
    }
    if !p.is_empty() {
        return show(asked, &draft, p, Vec::new()).await;
    }
    let here = format!("desk/drafts/{}", draft.key);
    match what.as_str() {
        "publish" | "preview" | "radar" => {
            let known = known(asked, &draft).await?;
            match understood(asked, &draft, known.as_ref()).await? {
                Ok(_) => Ok(asked.lead(&format!("{here}/{what}"))),
                Err(problems) => show(asked, &draft, told(asked, &problems), Vec::new()).await,
            }
        }
        _ => match place {
            Some(place) => Ok(asked.lead(&format!("{here}#{place}"))),
            None => Ok(asked.lead(&format!("{here}?done=draft"))),
        },
    }
}

/// The event that a draft changes.
pub async fn known(asked: &Asked, draft: &Draft) -> Result<Option<Kept>, Trouble> {
    match &draft.event {
        Some(id) => Ok(asked.desk.store().kept_one(id).await?),
        None => Ok(None),
    }
}

/// Does what a button of a row asks, and gives the place to lead to.
fn rows(form: &mut Form, what: &str) -> Option<String> {
    let (verb, rest) = what.split_once(':')?;
    let (kind, row) = rest.split_once('-').map_or((rest, None), |(kind, row)| (kind, row.parse::<usize>().ok()));
    let kind = ROWS.iter().map(|(kind, _)| *kind).find(|k| *k == kind)?;
    match (verb, row) {
        ("remove", Some(row)) => form.remove_row(kind, row),
        ("copy", Some(row)) => form.repeat_slot(row, 1, 0),
        ("week", Some(row)) => {
            let times = form.cell("slot", row, "times").trim().parse().unwrap_or(1);
            form.repeat_slot(row, usize::clamp(times, 1, MOST_REPEATS), 7);
        }
        ("add", _) => {
            // A row without a word is none: the new one begins with what a person would choose first.
            let n = form.rows(kind);
            let (column, value) = match kind {
                "slot" => ("times", "1"),
                "resource" => ("kind", "slides"),
                "speaker" => ("role", "speaker"),
                _ => ("new", "1"),
            };
            form.set(&format!("{kind}-{n}-{column}"), value);
            return Some(format!("row-{kind}-{n}"));
        }
        _ => return None,
    }
    Some(format!("row-{kind}-{}", row.unwrap_or(0)))
}

async fn take_picture(
    asked: &Asked,
    draft: &mut Draft,
    bytes: axum::body::Bytes,
    p: &mut Problems,
) -> Result<(), Trouble> {
    // One at a time: a large one takes the memory of many requests.
    let _turn = asked.desk.pictures.acquire().await;
    let made = tokio::task::spawn_blocking(move || picture::make(&bytes)).await?;
    match made {
        Ok(made) => {
            asked.desk.store().put_picture(&made.name, &made.bytes).await?;
            let mut form = Form::from_values(draft.form.clone());
            form.set("image", made.name);
            draft.form = form.values().to_vec();
        }
        Err(unfit) => {
            let code = match unfit {
                picture::Unfit::Large => "picture-large",
                picture::Unfit::Kind => "picture-kind",
                picture::Unfit::Broken => "picture-broken",
            };
            p.add("picture", asked.say(&format!("desk-problem-{code}")));
        }
    }
    Ok(())
}

/// A picture of the node, for everyone.
pub async fn picture_file(State(desk): State<Arc<Desk>>, Path(name): Path<String>) -> Answer {
    let kind = picture::kind_of(&name).ok_or(Trouble::NotFound)?;
    let bytes = desk.store().picture(&name).await?.ok_or(Trouble::NotFound)?;
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}

/// Communes that begin as what is typed, for the script of the form.
pub async fn places(signed: Signed) -> Answer {
    let typed = signed.asked.query("q").unwrap_or_default();
    let found = tokio::task::spawn_blocking(move || communes::suggest(&typed, 8)).await?;
    let one = |c: &communes::Commune| serde_json::json!({ "name": c.name, "postcodes": c.postcodes });
    Ok(Json(found.iter().map(one).collect::<Vec<_>>()).into_response())
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

// ---- Two people at once

#[derive(Template)]
#[template(path = "desk/compare.html")]
struct ComparePage<'a> {
    f: Frame<'a>,
    lead: String,
    differences: Vec<(String, String, String)>,
    theirs: (String, String),
    mine: (String, String),
    /// Where mine can be put over what was published meanwhile.
    over: Option<String>,
}

/// Differences, with the fields called as the form calls them.
pub fn named(asked: &Asked, before: &Form, after: &Form) -> Vec<(String, String, String)> {
    let name = |field: &str| {
        let cell = ROWS.iter().find_map(|(kind, columns)| {
            let (row, column) = field.strip_prefix(kind)?.strip_prefix('-')?.split_once('-')?;
            columns.contains(&column).then(|| (format!("{kind}-{column}"), row.parse::<usize>().unwrap_or(0) + 1))
        });
        match cell {
            Some((key, n)) => format!("{} {n}", asked.say(&format!("desk-f-{key}"))),
            None => asked.say(&format!("desk-f-{field}")),
        }
    };
    let inner = |field: &str| ["-ref", "-times", "-new"].iter().any(|end| field.ends_with(end));
    differences(before, after)
        .into_iter()
        .filter(|(field, ..)| !inner(field))
        .map(|(field, a, b)| (name(&field), a, b))
        .collect()
}

pub async fn compare(signed: Signed, Path((mine, theirs)): Path<(String, String)>) -> Answer {
    let asked = &signed.asked;
    let (mine, theirs) = (draft_of(&signed, &mine).await?, draft_of(&signed, &theirs).await?);
    let accounts = asked.desk.store().accounts().await?;
    let link = |draft: &Draft| asked.to(&format!("desk/drafts/{}", draft.key));
    let by = asked.called(&accounts, &theirs.author);
    let when = asked.instant(theirs.saved);
    let arguments = [("by", by.clone().into()), ("when", when.into())];
    let page_of = ComparePage {
        f: asked.frame("desk-compare"),
        lead: asked.t.say_with("desk-compare-drafts", arguments),
        differences: named(asked, &Form::from_values(theirs.form.clone()), &Form::from_values(mine.form.clone())),
        theirs: (asked.t.say_with("desk-compare-theirs", [("by", by.into())]), link(&theirs)),
        mine: (asked.say("desk-compare-mine"), link(&mine)),
        over: None,
    };
    page(asked, StatusCode::CONFLICT, &page_of)
}

/// What was published while a draft was written.
async fn overtaken(signed: &Signed, draft: &Draft, kept: &Kept) -> Answer {
    let asked = &signed.asked;
    let (accounts, history) = (asked.desk.store().accounts().await?, asked.desk.store().history(&kept.event.id).await?);
    let last = history.last();
    let by = last.map(|version| asked.called(&accounts, &version.by)).unwrap_or_default();
    let when = last.map(|version| asked.instant(version.at)).unwrap_or_default();
    let theirs = Form::of(&kept.event, &asked.pictures()?);
    let page_of = ComparePage {
        f: asked.frame("desk-compare"),
        lead: asked.t.say_with("desk-compare-published", [("by", by.clone().into()), ("when", when.into())]),
        differences: named(asked, &theirs, &Form::from_values(draft.form.clone())),
        theirs: (
            asked.t.say_with("desk-compare-theirs", [("by", by.into())]),
            asked.to(&format!("desk/events/{}", kept.slug)),
        ),
        mine: (asked.say("desk-compare-mine"), asked.to(&format!("desk/drafts/{}", draft.key))),
        over: Some(asked.to(&format!("desk/drafts/{}/over", draft.key))),
    };
    page(asked, StatusCode::CONFLICT, &page_of)
}

/// Puts a draft on what was published meanwhile: its words are to replace those.
pub async fn over(signed: Signed, Path(key): Path<String>) -> Answer {
    let draft = draft_of(&signed, &key).await?;
    let kept = known(&signed.asked, &draft).await?.ok_or(Trouble::NotFound)?;
    let draft = Draft { base: kept.version, saved: signed.asked.now, ..draft };
    signed.asked.desk.store().save_draft(&draft).await?;
    Ok(signed.asked.lead(&format!("desk/drafts/{key}/publish")))
}

// ---- Preview and publication

#[derive(Template)]
#[template(path = "desk/preview.html")]
struct PreviewPage<'a> {
    f: Frame<'a>,
    back: String,
    publish: String,
    frame: String,
    title: String,
    summary: String,
    content: String,
    calendar: Vec<Vec<(String, String)>>,
    lost: Vec<String>,
}

/// The draft of this key as it would be published.
async fn as_published(
    signed: &Signed,
    key: &str,
) -> Result<(Draft, Result<crate::programme::Published, Vec<Problem>>), Trouble> {
    let asked = &signed.asked;
    let draft = draft_of(signed, key).await?;
    let known = known(asked, &draft).await?;
    let event = match understood(asked, &draft, known.as_ref()).await? {
        Ok(event) => event,
        Err(problems) => return Ok((draft, Err(problems))),
    };
    let event = match &known {
        Some(kept) => crate::node::change::follow(&kept.event, event.into_parts(), asked.now)?,
        None => event,
    };
    let slug = known.map_or_else(|| Slug::from_title(event.title.as_str(), |_| false), |kept| kept.slug);
    let kept = Kept { event, slug, version: draft.base, withdrawn: None };
    let published = crate::node::published(asked.lab()?, &asked.desk.base, kept);
    Ok((draft, Ok(published)))
}

pub async fn preview(signed: Signed, Path(key): Path<String>) -> Answer {
    let asked = &signed.asked;
    let published = match as_published(&signed, &key).await? {
        (_, Ok(published)) => published,
        (draft, Err(problems)) => return show(asked, &draft, told(asked, &problems), Vec::new()).await,
    };
    let snapshot = asked.node()?.current().load();
    let item = crate::format::json::item(&snapshot.feed.head, &published);
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let form = Form::from_values(draft_of(&signed, &key).await?.form);
    let lost = text::to_html(form.get("body")).1;
    let told = [("active", lost.active), ("pixel", lost.pixel), ("undescribed", lost.undescribed)];
    let lost = told.into_iter().filter_map(|(code, what)| {
        what.map(|what| asked.t.say_with(&format!("desk-lost-{code}"), [("what", what.into())]))
    });
    let page_of = PreviewPage {
        f: asked.frame("desk-preview"),
        back: asked.to(&format!("desk/drafts/{key}")),
        publish: asked.to(&format!("desk/drafts/{key}/publish")),
        frame: asked.to(&format!("desk/drafts/{key}/page")),
        title: text("title"),
        summary: text("summary"),
        content: text("content_html"),
        calendar: calendar(asked.t, &crate::format::ical::write_event(&snapshot.feed.head, &published)),
        lost: lost.collect(),
    };
    let mut response = page(asked, StatusCode::OK, &page_of)?;
    let security = CONTENT_SECURITY.replace("default-src 'none'", "default-src 'none'; frame-src 'self'");
    if let Ok(security) = HeaderValue::from_str(&security) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, security);
    }
    Ok(response)
}

/// What a calendar shows of each of its events: the lines of the file that people see.
fn calendar(t: Tongue, text: &str) -> Vec<Vec<(String, String)>> {
    let unfolded = text.replace("\r\n ", "").replace("\r\n\t", "");
    let mut all: Vec<Vec<(String, String)>> = Vec::new();
    for line in unfolded.lines() {
        if line == "BEGIN:VEVENT" {
            all.push(Vec::new());
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = name.split(';').next().unwrap_or_default();
        if let Some(event) = all.last_mut()
            && matches!(name, "SUMMARY" | "DTSTART" | "DTEND" | "LOCATION" | "STATUS" | "DESCRIPTION" | "URL")
        {
            let value = value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
            let moment = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", value.trim_end_matches('Z')).ok();
            let day = jiff::civil::Date::strptime("%Y%m%d", &value).ok();
            let (key, value) = match (name, moment, day) {
                ("DTSTART", Some(at), _) => ("when", format!("{}, {}", t.day(at.date()), t.hour(at.time()))),
                ("DTSTART", None, Some(day)) => ("when", t.day(day)),
                ("DTEND", Some(at), _) => {
                    // An end is said after its start, in one line.
                    if let Some((_, when)) = event.iter_mut().find(|(label, _)| *label == t.say("desk-cal-when")) {
                        when.push_str(&format!(" – {}", t.hour(at.time())));
                    }
                    continue;
                }
                ("DTSTART" | "DTEND", ..) => continue,
                ("STATUS", ..) => ("status", value),
                (other, ..) => (
                    match other {
                        "SUMMARY" => "summary",
                        "LOCATION" => "location",
                        "URL" => "url",
                        _ => "description",
                    },
                    value,
                ),
            };
            event.push((t.say(&format!("desk-cal-{key}")), value));
        }
    }
    all
}

/// The page that readers would be shown, to stand in a frame of the preview.
pub async fn preview_frame(signed: Signed, Path(key): Path<String>) -> Answer {
    let asked = &signed.asked;
    let (_, Ok(published)) = as_published(&signed, &key).await? else { return Err(Trouble::NotFound) };
    let room = asked.desk.room.get().cloned().ok_or(Trouble::NotFound)?;
    let snapshot = room.snapshot().await;
    let body = pages::event(&room, &snapshot, asked.t, asked.chosen, room.today(), &published)?;
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    // Nothing in it does anything: it is looked at.
    let security = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(security));
    Ok(response)
}

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
            Some(kept) => {
                named(asked, &Form::of(&kept.event, &asked.pictures()?), &Form::from_values(draft.form.clone()))
            }
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

/// A line that may be missing, of a form of one field.
pub fn line(fields: &Fields, name: &str) -> Option<Line> {
    Line::new(fields.get(name)).ok()
}
