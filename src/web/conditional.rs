//! One document to one request: which encoding, whether it is news to the asker, and the headers that let caches keep it.
//!
//! Everything of HTTP that RFC 9110 says on validators and content codings is here and nowhere else. The bytes are
//! compressed once for each coding that anyone takes; each encoding has its own strong ETag, so that a cache never joins halves of two.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::language::Tongue;
use crate::snapshot::{Document, Encoded};

/// How a document may be kept and by whom it may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// A feed or data: kept a minute, readable by scripts of any site.
    Feed,
    /// A page in a language; `fresh` when every showing must be asked for again.
    Page {
        /// Its language.
        tongue: Tongue,
        /// Never shown without asking.
        fresh: bool,
    },
    /// A file whose address changes with its content.
    Fixed,
}

/// Answers with `document`, or with 304 when the asker has it.
pub fn answer(request: &HeaderMap, document: &Document, policy: Policy) -> Response {
    let (encoded, coding) = choose(request, document);
    let known = unchanged(request, &encoded.etag, document.modified);
    let mut response = Response::new(if known { Body::new(Nothing) } else { Body::from(encoded.body.clone()) });
    let headers = response.headers_mut();
    put(headers, header::ETAG, &encoded.etag);
    if policy != Policy::Fixed
        && let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&document.modified)
    {
        put(headers, header::LAST_MODIFIED, &date);
    }
    let (keep, vary) = match policy {
        Policy::Feed => ("public, max-age=60", "Accept-Encoding"),
        Policy::Page { fresh: false, .. } => ("public, max-age=60", "Accept-Encoding, Accept-Language"),
        Policy::Page { fresh: true, .. } => ("public, no-cache", "Accept-Encoding, Accept-Language"),
        Policy::Fixed => ("public, max-age=31536000, immutable", "Accept-Encoding"),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    if policy == Policy::Feed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(document.content_type));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    if let Policy::Page { tongue, .. } = policy {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tongue.code()));
    }
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// A body of which nobody knows the length beforehand: axum would write `Content-Length: 0` for an empty one, which
/// in a 304 speaks of the document, not of the answer (RFC 9110 §8.6).
struct Nothing;

impl HttpBody for Nothing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(None)
    }
}

/// The encoding that the asker likes best among those we have; between equals, the smaller. What is refused (`q=0`)
/// is never sent, but for the plain bytes when nothing else is left (RFC 9110 §12.5.3).
fn choose<'a>(request: &HeaderMap, document: &'a Document) -> (&'a Encoded, Option<&'static str>) {
    let wishes = list(request, &header::ACCEPT_ENCODING);
    let quality = |coding: &str| weigh(&wishes, |name| name == coding || name.strip_prefix("x-") == Some(coding));
    // Nobody need name identity: it is acceptable unless refused, itself or through `*` (same section).
    let identity = quality("identity").unwrap_or(1);
    let mut codings = [("br", quality("br").unwrap_or(0)), ("gzip", quality("gzip").unwrap_or(0))];
    codings.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
    for (coding, quality) in codings {
        if quality == 0 || quality < identity {
            break;
        }
        let encoded = if coding == "br" { document.brotli() } else { document.gzip() };
        if let Some(encoded) = encoded {
            return (encoded, Some(coding));
        }
    }
    (&document.plain, None)
}

/// Names in lower case with their quality in thousandths, of a header that may come in several lines.
pub fn list(request: &HeaderMap, name: &HeaderName) -> Vec<(String, u16)> {
    let mut wishes = Vec::new();
    for line in request.get_all(name).iter().filter_map(|value| value.to_str().ok()) {
        // What asks for more than this is no browser.
        for item in line.split(',').take(40) {
            let mut parts = item.split(';');
            let name = parts.next().unwrap_or("").trim().to_ascii_lowercase();
            let quality = parts
                .filter_map(|part| part.trim().split_once('='))
                .find(|(key, _)| key.trim().eq_ignore_ascii_case("q"))
                .map_or(1000, |(_, q)| thousandths(q.trim()));
            if !name.is_empty() {
                wishes.push((name, quality));
            }
        }
    }
    wishes
}

/// The quality of what `is` names, or else of `*`; `None` when neither is mentioned.
fn weigh(wishes: &[(String, u16)], is: impl Fn(&str) -> bool) -> Option<u16> {
    let by = |is: &dyn Fn(&str) -> bool| wishes.iter().find(|(name, _)| is(name)).map(|(_, quality)| *quality);
    by(&is).or_else(|| by(&|name| name == "*"))
}

fn thousandths(q: &str) -> u16 {
    let q: f32 = q.parse().unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000; NaN becomes 0")]
    let whole = (q.clamp(0.0, 1.0) * 1000.0).round() as u16;
    whole
}

/// Whether the asker has this already. `If-Modified-Since` counts only without `If-None-Match` (RFC 9110 §13.1.3).
fn unchanged(request: &HeaderMap, etag: &str, modified: Timestamp) -> bool {
    let mut tags = request.get_all(header::IF_NONE_MATCH).iter().peekable();
    if tags.peek().is_some() {
        return tags.filter_map(|value| value.to_str().ok()).any(|value| names(value, etag));
    }
    let since = request.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok()).and_then(date);
    since.is_some_and(|since| modified.as_second() <= since.as_second())
}

/// Weak comparison (RFC 9110 §8.8.3.2): proxies that compress weaken our tags on the way.
fn names(list: &str, etag: &str) -> bool {
    if list.trim() == "*" {
        return true;
    }
    // Our tags hold neither commas nor quotes, so that a tag which does is not ours however it is cut.
    list.split(',').map(|tag| tag.trim()).any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// The three forms of a date that RFC 9110 §5.6.7 has us read.
fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Some(at);
    }
    let old = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let read = |form: &str| jiff::fmt::strtime::parse(form, text).ok()?.to_datetime().ok();
    let wall = old.iter().find_map(|form| read(form))?;
    jiff::tz::Offset::UTC.to_timestamp(wall).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        Document::new("text/plain", "2024-11-06T08:00:00Z".parse().unwrap(), "essaim ".repeat(500).into_bytes())
    }

    fn ask(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn coding(accept: &str) -> String {
        let response = answer(&ask(&[("accept-encoding", accept)]), &document(), Policy::Feed);
        response.headers().get("content-encoding").map_or("identity".into(), |v| v.to_str().unwrap().to_owned())
    }

    #[test]
    fn an_encoding_refused_by_q_0_is_never_sent() {
        for (accept, expected) in [
            ("br, gzip", "br"),
            ("gzip, br", "br"),
            ("gzip;q=1, br;q=0.5", "gzip"),
            ("br;q=0, gzip", "gzip"),
            ("br;q=0, gzip;q=0", "identity"),
            ("br; Q=0.000 , *", "gzip"),
            ("*;q=0", "identity"),
            ("identity;q=0, gzip", "gzip"),
            ("identity, gzip;q=0.5", "identity"),
            ("GZIP", "gzip"),
            ("x-gzip", "gzip"),
            ("zstd", "identity"),
            ("gzip;q=NaN", "identity"),
            ("", "identity"),
        ] {
            assert_eq!(coding(accept), expected, "{accept}");
        }
    }

    #[test]
    fn each_encoding_has_its_own_tag_and_answers_304_to_it() {
        let document = document();
        let tags = [
            ("br", &document.brotli().unwrap().etag),
            ("gzip", &document.gzip().unwrap().etag),
            ("identity", &document.plain.etag),
        ];
        for (accept, etag) in tags {
            for sent in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
                let headers = ask(&[("accept-encoding", accept), ("if-none-match", &sent)]);
                let response = answer(&headers, &document, Policy::Feed);
                assert_eq!(response.status(), 304, "{accept} {sent}");
                assert_eq!(response.headers()["etag"], etag.as_str());
                assert!(response.headers().get("content-type").is_none());
                assert_eq!(response.headers()["vary"], "Accept-Encoding");
            }
        }
        let headers = ask(&[("accept-encoding", "gzip"), ("if-none-match", &document.plain.etag)]);
        assert_eq!(answer(&headers, &document, Policy::Feed).status(), 200, "another encoding is another tag");
    }

    #[test]
    fn a_date_counts_only_when_no_tag_is_sent() {
        let at = |pairs: &[(&str, &str)]| answer(&ask(pairs), &document(), Policy::Feed).status();
        for date in ["Wed, 06 Nov 2024 08:00:00 GMT", "Wednesday, 06-Nov-24 08:00:00 GMT", "Wed Nov  6 08:00:00 2024"] {
            assert_eq!(at(&[("if-modified-since", date)]), 304, "{date}");
            assert_eq!(at(&[("if-modified-since", date), ("if-none-match", "\"x\"")]), 200);
        }
        assert_eq!(at(&[("if-modified-since", "Wed, 06 Nov 2024 07:59:59 GMT")]), 200);
        assert_eq!(at(&[("if-modified-since", "yesterday")]), 200);
    }
}
