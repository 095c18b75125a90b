//! The addresses at which WebSub is spoken.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::Room;
use crate::hub::{Refused, Taken};

/// The longest request to our hub: a callback, a topic and a secret, each as long as may be and percent-encoded.
const MOST_FORM: usize = 16 * 1024;
/// When to come again, in seconds, once there were too many: what is counted is counted by the minute.
const AGAIN: &str = "60";

/// `POST /hub`: somebody asks to be told of changes (WebSub §5.1).
pub(super) async fn ask(State(room): State<Arc<Room>>, body: Body) -> Response {
    let Some(hub) = &room.site.hub else { return StatusCode::NOT_FOUND.into_response() };
    let Ok(form) = to_bytes(body, MOST_FORM).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the request is longer than this hub reads\n").into_response();
    };
    match hub.ask(&form, Timestamp::now()) {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(refused @ Refused::Full) => {
            let mut response = (StatusCode::TOO_MANY_REQUESTS, format!("{refused}\n")).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(AGAIN));
            response
        }
        Err(refused) => (StatusCode::BAD_REQUEST, format!("{refused}\n")).into_response(),
    }
}

/// `GET /hub/TOKEN`: a hub asks whether we want what was asked of it (WebSub §5.3).
pub(super) async fn confirm(State(room): State<Arc<Room>>, parts: Parts) -> Response {
    let Some(follower) = &room.site.follower else { return StatusCode::NOT_FOUND.into_response() };
    let query = parts.uri.query().unwrap_or("");
    match follower.confirm(token(&parts), query, Timestamp::now()).await {
        Some(challenge) => challenge.into_response(),
        None => (StatusCode::NOT_FOUND, "this was not asked for\n").into_response(),
    }
}

/// `POST /hub/TOKEN`: a hub brings what changed (WebSub §6).
pub(super) async fn take(State(room): State<Arc<Room>>, parts: Parts, body: Body) -> Response {
    let Some(follower) = &room.site.follower else { return StatusCode::NOT_FOUND.into_response() };
    let Ok(body) = to_bytes(body, follower.most_bytes()).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the document is longer than any that is read\n").into_response();
    };
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    match follower.take(token(&parts), text("x-hub-signature"), text("content-type"), body) {
        Taken::Yes | Taken::Ignored => StatusCode::ACCEPTED.into_response(),
        Taken::Later => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        // So that its hub forgets it too (WebSub §7).
        Taken::Gone => StatusCode::GONE.into_response(),
    }
}

fn token(parts: &Parts) -> &str {
    parts.uri.path().strip_prefix("/hub/").unwrap_or("")
}
