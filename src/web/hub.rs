//! The addresses at which WebSub is spoken.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::Room;
use crate::hub::Refused;

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
