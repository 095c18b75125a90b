//! A draft as readers would see it: on its page, in a feed reader and in a calendar.

use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::draft::{draft_of, known, understood};
use super::view::Frame;
use super::write::{show, told};
use super::*;
use crate::node::form::{Form, Problem};
use crate::node::text;
use crate::programme::{Kept, Slug};
use crate::store::Draft;

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
pub async fn as_published(
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
                ("STATUS", ..) => ("status", t.say(&format!("desk-cal-{}", value.to_ascii_lowercase()))),
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
