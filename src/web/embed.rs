//! The events to come, for other people's pages: a short list in a frame, and a script that puts the frame there.
//!
//! The only page that may be framed, and the only one with a script, of ours, which tells the frame how tall it is. It
//! sets no cookie and loads nothing from elsewhere.

use std::sync::Arc;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use url::form_urlencoded::parse;

use super::ask::{self, Filter};
use super::cache::{Key, Page};
use super::conditional::{Policy, answer};
use super::{Asset, Failed, HTML, Room, view};
use crate::snapshot::Document;

/// How many events are listed where nobody says.
const FEW: usize = 10;
/// The most.
const MOST: usize = 50;

/// What browsers enforce for the page in the frame.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
                                base-uri 'none'; form-action 'none'; frame-ancestors *";

/// `GET /embed`.
pub async fn page(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let query = parts.uri.query().unwrap_or("");
    let (tongue, chosen) = ask::tongue(query, &parts.headers);
    let filter = Filter { page: 0, ..Filter::read(query) };
    let wanted = parse(query.as_bytes()).take(40).find(|(name, _)| name == "n");
    let most = wanted.and_then(|(_, value)| value.parse::<usize>().ok()).unwrap_or(FEW).clamp(1, MOST);
    let key = Key { page: Page::Embed(filter.clone(), most), tongue, chosen, today: room.today() };
    let today = key.today;
    let page =
        room.kept(&snapshot, key, HTML, || view::embed(&room, &snapshot, tongue, chosen, today, &filter, most))?;
    let mut response = answer(&parts.headers, &page, room.page_policy(tongue));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY));
    Ok(response)
}

/// `GET /embed.js`: the same address for ever, since other people's pages name it.
pub async fn script(parts: Parts) -> Response {
    let script = include_str!("embed.js").as_bytes().to_vec();
    let document = Document::new(super::JAVASCRIPT, jiff::Timestamp::UNIX_EPOCH, script);
    answer(&parts.headers, &document, Policy::Feed)
}

/// What runs in the frame.
pub(super) static FRAME: std::sync::LazyLock<Asset> =
    std::sync::LazyLock::new(|| Asset::new("frame", "js", super::JAVASCRIPT, include_str!("frame.js")));
