//! The form of an event as a page: what can be chosen in it, what is wrong beside each field, and what its buttons do.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::draft::{self, Saved, found, fresh, known, understood};
use super::view::{Frame, Problems};
use super::*;
use crate::event::{AccessCode, Audience, Availability, Format, Line, Mode, Region, ResourceKind, Status, Zone};
use crate::node::change::next_year;
use crate::node::form::{self, Form, Given, Problem, ROWS};
use crate::node::lab::REGIONS;
use crate::node::{communes, picture};
use crate::programme::Kept;
use crate::store::Draft;

/// The most copies that one gesture makes.
const MOST_REPEATS: usize = 52;

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
    /// It has a place, an access or a registration of its own, or is about to.
    own: bool,
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
    countries: Vec<(String, String)>,
    types: [&'static str; 8],
    zones: [&'static str; 13],
}

/// Countries that a lab's events are in, the nearest first; any other that an event names is offered with it.
const COUNTRIES: [&str; 36] = [
    "FR", "BE", "CH", "LU", "MC", "DE", "ES", "IT", "GB", "AD", "AT", "BG", "CA", "CY", "CZ", "DK", "EE", "FI", "GR",
    "HR", "HU", "IE", "IS", "LI", "LT", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "UA",
];
/// What files of resources mostly are.
const TYPES: [&str; 8] = [
    "application/pdf",
    "application/zip",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "audio/mpeg",
    "image/jpeg",
    "image/png",
    "video/mp4",
];
/// The zones of France, and of its neighbours.
const ZONES: [&str; 13] = [
    "Europe/Paris",
    "America/Guadeloupe",
    "America/Martinique",
    "America/Cayenne",
    "America/Miquelon",
    "Indian/Reunion",
    "Indian/Mayotte",
    "Pacific/Noumea",
    "Pacific/Wallis",
    "Pacific/Tahiti",
    "Europe/Brussels",
    "Europe/Zurich",
    "Europe/London",
];

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
            slot_status: codes("status", Status::ALL.iter().map(|c| c.code()).collect()),
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
            countries: COUNTRIES.iter().map(|code| ((*code).to_owned(), t.label("country", code))).collect(),
            types: TYPES,
            zones: ZONES,
        }
    }
}

impl Options {
    /// With what the form says already, which would otherwise be unsaid by opening it.
    fn with_those_of(mut self, t: Tongue, form: &Form) -> Options {
        for row in 0..form.rows("region") {
            let code = form.cell("region", row, "code");
            if !code.is_empty() && self.regions.iter().all(|(known, _)| known != code) {
                let words = Region::new(code).ok().and_then(|region| t.region(&region));
                self.regions.push((code.to_owned(), words.unwrap_or_else(|| code.to_owned())));
            }
        }
        let country = |name: &str| name.starts_with("place-") || name.starts_with("slot-");
        for (name, code) in form.values() {
            if country(name) && name.ends_with("-country") && self.countries.iter().all(|(known, _)| known != code) {
                self.countries.push((code.clone(), code.clone()));
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

    /// The rows of a kind that say something, or are about to.
    fn said_rows(&self, kind: &str) -> Vec<usize> {
        (0..self.form.rows(kind)).collect()
    }

    /// What the fields of a row begin with.
    fn row_at(&self, kind: &str, row: &usize) -> String {
        format!("{kind}-{row}-")
    }

    /// What the fields begin with of what a slot has of its own.
    fn own_at(&self, row: &usize, begin: &str) -> String {
        format!("slot-{row}-{begin}")
    }

    fn at(&self, at: &str, column: &str) -> String {
        format!("{at}{column}")
    }

    fn said(&self, at: &str, column: &str) -> &str {
        self.form.get(&format!("{at}{column}"))
    }

    /// Whether folded columns of a row say something, or have a problem.
    fn unfolded(&self, kind: &str, row: &usize, columns: &[&str]) -> bool {
        let said = |column: &&str| !self.form.cell(kind, *row, column).is_empty();
        columns.iter().any(|column| said(column) || self.p.of(self.id(kind, row, column)).is_some())
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
        own: form.is_own(n),
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
        options: Options::new(asked.t, &kept).with_those_of(asked.t, &form),
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
    for column in ["day", "from", "to", "last", "kind", "fold", "duration", "zone"] {
        one.set(&format!("slot-0-{column}"), form.cell("slot", row, column));
    }
    if let Some(zone) = zone {
        one.set("zone", zone.as_str());
    }
    let lab = asked.lab.as_ref()?;
    let pictures = asked.pictures().ok()?;
    let given = Given {
        lab,
        pictures: &pictures,
        known: None,
        series: Default::default(),
        topics: Default::default(),
        now: asked.now,
    };
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

pub async fn new_page(signed: Signed) -> Answer {
    let mut form = Form::default();
    if let Some(region) = signed.asked.lab()?.region.as_ref() {
        form.set("region-0-code", region.as_str());
    }
    form.set("mode", Mode::Offline.code());
    // What was written last is near at hand: the edition, and whether it is free.
    show(&signed.asked, &fresh(&signed, None, &form), Problems::default(), Vec::new()).await
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
    let form = asked.form_of(&kept.event)?;
    show(asked, &fresh(&signed, Some(&kept), &form), Problems::default(), Vec::new()).await
}

/// An event as a draft for another year.
pub async fn duplicate(signed: Signed, Path(slug): Path<String>) -> Answer {
    let kept = found(&signed, &slug).await?;
    let form = next_year(&kept.event, &signed.asked.pictures()?, signed.asked.lab()?.zone.as_ref());
    let draft = fresh(&signed, None, &form);
    signed.asked.desk.store().save_draft(&draft).await?;
    Ok(signed.asked.lead(&format!("desk/drafts/{}?done=duplicated", draft.key)))
}

pub async fn draft_page(signed: Signed, Path(key): Path<String>) -> Answer {
    let draft = draft::draft_of(&signed, &key).await?;
    show(&signed.asked, &draft, Problems::default(), Vec::new()).await
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
    let mut draft = draft::sent(&signed, &key, &fields)?;
    let mut p = Problems::default();
    if let Some(file) = &fields.file {
        take_picture(asked, &mut draft, file.bytes.clone(), &mut p).await?;
    }
    let what = fields.get("do").to_owned();
    let mut form = Form::from_values(draft.form.clone());
    let place = rows(&mut form, &what);
    draft.form = form.values().to_vec();
    let draft = match draft::save(&signed, draft).await? {
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

/// Does what a button of a row asks, and gives the place to lead to.
fn rows(form: &mut Form, what: &str) -> Option<String> {
    let (verb, rest) = what.split_once(':')?;
    if what == "remove:picture" {
        form.set("image", "");
        form.set("image-alt", "");
        return Some("f-picture".to_owned());
    }
    let (kind, row) = rest.split_once('-').map_or((rest, None), |(kind, row)| (kind, row.parse::<usize>().ok()));
    let kind = ROWS.iter().map(|(kind, _)| *kind).find(|k| *k == kind)?;
    match (verb, row) {
        ("remove", Some(row)) => form.remove_row(kind, row),
        ("own", Some(row)) if kind == "slot" => form.set(&format!("slot-{row}-own"), "1"),
        ("plain", Some(row)) if kind == "slot" => form.drop_own(row),
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

/// A line that may be missing, of a form of one field.
pub fn line(fields: &Fields, name: &str) -> Option<Line> {
    Line::new(fields.get(name)).ok()
}
