//! What surrounds every answer: headers that browsers enforce, a limit of time, a page in the visitor's language for
//! what went wrong, be it a panic, and the count.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::{HTML, Room, ask, metrics, view};

/// Everything is in memory: an answer that takes longer waits for something that will not come.
const LONGEST: Duration = Duration::from_secs(15);

/// No script at all; nothing from elsewhere; in no frame but our own. What others show in their pages, `/embed`, says
/// so itself.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                                base-uri 'none'; frame-ancestors 'self'";

/// Puts the guard around a router.
pub(super) fn around(router: Router, room: Arc<Room>) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST))
        .layer(from_fn_with_state(room, finish))
}

/// The panic itself was printed by the hook, with its place; here it becomes an answer.
fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    let mut response = Response::default();
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

async fn finish(State(room): State<Arc<Room>>, request: Request, next: Next) -> Response {
    let (tongue, chosen) = ask::tongue(request.uri().query().unwrap_or(""), request.headers());
    let route = metrics::route(request.extensions().get::<MatchedPath>().map(MatchedPath::as_str));
    let mut response = next.run(request).await;
    room.site.metrics.answered(route, metrics::status(response.status()));
    let known = [403, 404, 405, 413, 500, 503].contains(&response.status().as_u16());
    // Answers to machines (`/readyz`) say what they have to say; only wordless failures get a page.
    let wordless = !response.headers().contains_key(header::CONTENT_TYPE);
    if known && wordless {
        let status = response.status();
        let snapshot = room.site.current.load();
        if let Ok(page) = view::error(&room, &snapshot, tongue, chosen, status.as_u16()) {
            let mut friendly = Response::new(page.into());
            *friendly.status_mut() = status;
            let headers = friendly.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
            headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tongue.code()));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
            if let Some(allow) = response.headers().get(header::ALLOW) {
                headers.insert(header::ALLOW, allow.clone());
            }
            response = friendly;
        }
    }
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 3] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    // The desk says stricter things of its own pages.
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
