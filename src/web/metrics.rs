//! `/metrics`: what the process counted, with what there is now, and the kind of page each request was for.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Room;
use super::sources::State;
use crate::metrics::{CONTENT_TYPE, Stock};

/// The counters of this process.
pub fn page(room: &Room) -> Response {
    let mut response = room.site.metrics.text(&stock(room)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn stock(room: &Room) -> Stock {
    let snapshot = room.site.current.load();
    let events = &snapshot.feed.events;
    let mut stock = Stock {
        events: events.len(),
        merged: events.iter().filter(|event| event.copies.len() > 1).count(),
        doubts: events.iter().map(|event| event.doubts.len()).sum(),
        ..Stock::default()
    };
    if let Some(sources) = &room.sources {
        let sources = sources.load();
        let of = |state| sources.sources.iter().filter(|one| one.state() == state).count();
        stock.sources = State::ALL.iter().map(|state| (state.code(), of(*state))).collect();
        stock.entries = sources.sources.iter().map(|one| one.entries).sum();
        stock.held = sources.sources.iter().map(|one| one.held).sum();
    }
    if let Some(hub) = &room.site.hub {
        let numbers = hub.numbers();
        stock.subscriptions = usize::try_from(numbers.subscriptions).unwrap_or(usize::MAX);
        stock.pushes = vec![
            ("delivered", numbers.delivered),
            ("failed", numbers.failed),
            ("refused", numbers.refused),
            ("unconfirmed", numbers.unconfirmed),
        ];
    }
    stock
}

/// The kind of page that a route is, of which there are few: an address would let a stranger make series.
pub fn route(matched: Option<&str>) -> &'static str {
    match matched {
        None => "none",
        Some("/") => "home",
        Some("/e/{name}") => "event",
        Some("/hub") => "hub",
        Some("/healthz" | "/readyz" | "/metrics") => "operations",
        Some(path) if path.starts_with("/sources") => "sources",
        Some(path) if path.starts_with("/feed.") || path.starts_with("/programme.") => "feed",
        Some(path) if path.starts_with("/style.") || path.starts_with("/icon.") => "file",
        Some(_) => "other",
    }
}

/// A status that our pages give, by its number; any other by its class.
pub fn status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200 => "200",
        202 => "202",
        301 => "301",
        304 => "304",
        400 => "400",
        404 => "404",
        405 => "405",
        500 => "500",
        503 => "503",
        100..=199 => "1xx",
        201..=299 => "2xx",
        300..=399 => "3xx",
        401..=499 => "4xx",
        _ => "5xx",
    }
}
