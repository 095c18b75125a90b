//! The events as data, for programs that ask for some of them: `/api/v1/events`, described at `/openapi.json`.
//!
//! The questions are those of the public list, and so are the answers: nothing is here that a page does not show. Within
//! `v1` members are added, never removed or given another meaning.

use std::sync::Arc;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde_json::{Value, json};
use url::form_urlencoded::parse;

use super::ask::Filter;
use super::cache::{Key, Page};
use super::conditional::{Policy, answer};
use super::{Failed, Room};
use crate::event::Address;
use crate::format::json as format;
use crate::language::Tongue;
use crate::programme::{Published, Slug};
use crate::snapshot::{Document, Snapshot};

const JSON: &str = "application/json; charset=utf-8";
/// How many events a page has where nobody says.
const PAGE: usize = 50;
/// The most events of a page.
const MOST: usize = 200;

/// `GET /api/v1/events`.
pub async fn events(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let query = parts.uri.query().unwrap_or("");
    let filter = Filter::read(query);
    let wanted = parse(query.as_bytes()).take(40).find(|(name, _)| name == "per_page");
    let most = wanted.and_then(|(_, value)| value.parse::<usize>().ok()).unwrap_or(PAGE).clamp(1, MOST);
    // Data speaks the feed's language and knows no day: one document for everyone.
    let key = Key { page: Page::Api(filter.clone(), most), tongue: Tongue::French, chosen: false, today: Date::ZERO };
    let document = room.kept(&snapshot, key, JSON, || Ok(list(&snapshot, &filter, most).to_string().into_bytes()))?;
    Ok(answer(&parts.headers, &document, Policy::Feed))
}

/// `GET /api/v1/events/{slug}`.
pub async fn event(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let name = parts.uri.path().strip_prefix("/api/v1/events/").unwrap_or("");
    let Ok(slug) = Slug::new(name) else { return Ok(missing()) };
    let head = &snapshot.feed.head;
    let Some(published) = snapshot.event(&slug) else {
        // One that became one with another is found where that is.
        let to = snapshot.redirect(&slug).filter(|to| snapshot.event(to).is_some());
        let to = to.and_then(|to| HeaderValue::from_str(&format!("{}api/v1/events/{to}", head.base)).ok());
        return Ok(match to {
            Some(to) => (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to)]).into_response(),
            None => missing(),
        });
    };
    let key = Key { page: Page::Format(slug, "api"), tongue: Tongue::French, chosen: false, today: Date::ZERO };
    let document = room.kept(&snapshot, key, JSON, || Ok(format::event(head, published).to_string().into_bytes()))?;
    Ok(answer(&parts.headers, &document, Policy::Feed))
}

/// `GET /openapi.json`.
pub async fn description(State(room): State<Arc<Room>>, parts: Parts) -> Response {
    let snapshot = room.site.current.load();
    let head = &snapshot.feed.head;
    let text = include_str!("openapi.json").replace("https://programme.example/", head.base.as_str());
    let text = text.replace("0.0.0", env!("CARGO_PKG_VERSION"));
    answer(&parts.headers, &Document::new(JSON, jiff::Timestamp::UNIX_EPOCH, text.into_bytes()), Policy::Feed)
}

/// `GET /api/v1/receipts?feed=ADDRESS`: leads to the receipts of the source that is read there.
pub async fn receipts_of(State(room): State<Arc<Room>>, parts: Parts) -> Response {
    let asked = parse(parts.uri.query().unwrap_or("").as_bytes()).take(40).find(|(name, _)| name == "feed");
    let Some(asked) = asked.and_then(|(_, value)| Address::new(&value).ok()) else {
        return problem(StatusCode::BAD_REQUEST, "feed: the address of a feed is needed");
    };
    let sources = room.sources.as_ref().map(|sources| sources.load_full()).unwrap_or_default();
    let key = asked.key();
    let Some(one) = sources.sources.iter().find(|one| one.source.address.key() == key) else { return missing() };
    let base = &room.site.current.load().feed.head.base;
    let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
    if let Ok(to) = HeaderValue::from_str(&format!("{base}sources/{}/receipts.json", one.source.key)) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    response
}

fn list(snapshot: &Snapshot, filter: &Filter, most: usize) -> Value {
    let head = &snapshot.feed.head;
    let words = filter.words();
    let mut wanted: Vec<&Arc<Published>> =
        snapshot.feed.events.iter().filter(|one| filter.wants(one, &words)).collect();
    // By when they take place; what has no day stands last.
    let first = |one: &Published| one.event.slots.first().map(|slot| slot.when);
    let key = |one: &Published| (first(one).is_none(), first(one), one.slug.clone());
    wanted.sort_by_key(|one: &&Arc<Published>| key(one));
    let pages = wanted.len().div_ceil(most).max(1);
    let at = filter.page.min(pages - 1);
    let shown = wanted.iter().skip(at * most).take(most);
    let address = |page: usize| {
        let query = Filter { page, ..filter.clone() }.query(None);
        let size = if most == PAGE { String::new() } else { format!("per_page={most}") };
        let query = match (query.is_empty(), size.is_empty()) {
            (_, true) => query,
            (true, false) => format!("?{size}"),
            (false, false) => format!("{query}&{size}"),
        };
        format!("{}api/v1/events{query}", head.base)
    };
    json!({
        "programme": { "id": head.id, "title": head.title, "url": head.base },
        "updated": head.updated.to_string(),
        "total": wanted.len(),
        "page": at + 1,
        "pages": pages,
        "per_page": most,
        "previous": (at > 0).then(|| address(at - 1)),
        "next": (at + 1 < pages).then(|| address(at + 1)),
        "events": shown.map(|one| format::event(head, one)).collect::<Vec<_>>(),
    })
}

fn missing() -> Response {
    problem(StatusCode::NOT_FOUND, "there is no such thing")
}

/// What went wrong, for programs (RFC 9457).
fn problem(status: StatusCode, title: &str) -> Response {
    let body = json!({ "status": status.as_u16(), "title": title }).to_string();
    let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (status, headers, body).into_response()
}
