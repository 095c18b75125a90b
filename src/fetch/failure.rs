//! What went wrong, as a value that a sysadmin can act upon.
//!
//! Hides the nest of errors that a failed exchange comes wrapped in, and which of our failures each status is. The text
//! is written in part by a stranger and will be shown, stored and logged: it is one short line, and never holds the
//! query of an address, where people put keys.

use std::error::Error;
use std::fmt::Display;
use std::io;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use url::Url;

use super::address::Refused;
use super::headers;
use crate::programme::{Failure, FailureKind};

/// The longest detail, in characters.
const MOST_DETAIL: usize = 300;

/// A failure of this kind, its detail made safe to show.
pub(super) fn failure(kind: FailureKind, detail: impl Display) -> Failure {
    Failure { kind, detail: one_line(&detail.to_string()), retry_after: None }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        failure(FailureKind::AddressRefused, refused)
    }
}

/// An exchange that broke off.
pub(super) fn of_error(error: &reqwest::Error) -> Failure {
    failure(kind_of_error(error), story(error))
}

/// An answer whose status is not one that we can use (RFC 9110 §15).
pub(super) fn of_status(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Failure {
    let kind = match status {
        StatusCode::NOT_FOUND => FailureKind::NotFound,
        StatusCode::GONE => FailureKind::Gone,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            FailureKind::Forbidden
        }
        StatusCode::TOO_MANY_REQUESTS => FailureKind::TooManyRequests,
        _ => FailureKind::Status,
    };
    let asks_for_patience = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let pause = if asks_for_patience { headers::retry_after(headers, now) } else { None };
    let retry_after = pause.and_then(|pause| now.checked_add(pause).ok());
    Failure { retry_after, ..failure(kind, format_args!("answered {status}")) }
}

/// An address as it may be shown: without user, query or fragment.
pub(super) fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn kind_of_error(error: &reqwest::Error) -> FailureKind {
    // First what only the innermost cause tells: reqwest takes a refused address for a failed resolution, and a bad
    // certificate for a failed connection.
    for cause in causes(error) {
        if cause.is::<Refused>() {
            return FailureKind::AddressRefused;
        }
        if cause.is::<rustls::Error>() {
            return FailureKind::Tls;
        }
        if let Some(kind) = kind_of_broken_head(&cause.to_string()) {
            return kind;
        }
    }
    if error.is_builder() {
        FailureKind::AddressRefused
    } else if error.is_dns() {
        FailureKind::NameNotFound
    } else if error.is_connect() {
        // Also when connecting took too long: the total time is not spent, and the host is what is unreachable.
        FailureKind::Connection
    } else if error.is_timeout() {
        FailureKind::Timeout
    } else if error.is_body() || error.is_decode() {
        FailureKind::Body
    } else {
        FailureKind::Connection
    }
}

/// An answer that is not HTTP, or whose head has no end. hyper tells this in words only, unless we were to name it and
/// pin its version; the tests hold the words.
fn kind_of_broken_head(said: &str) -> Option<FailureKind> {
    if said == "message head is too large" {
        Some(FailureKind::TooLarge)
    } else if said.starts_with("invalid HTTP") || said.ends_with(" parsed") {
        Some(FailureKind::Body)
    } else {
        None
    }
}

/// An error and what caused it, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>() {
        // An io::Error that wraps another error shows it as its own message, and skips it in source().
        Some(wrapper) => wrapper.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    }
}

/// The causes in one sentence, without reqwest's own words, which repeat the address with its query.
fn story(error: &reqwest::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    for cause in causes(error).filter(|cause| !cause.is::<reqwest::Error>()) {
        let said = cause.to_string();
        if told.last().is_none_or(|last| !last.contains(&said)) {
            told.push(said);
        }
    }
    told.join(": ")
}

/// One line of at most 300 characters, without those that a terminal or a page would obey.
fn one_line(text: &str) -> String {
    let harmless = text.replace(|c: char| c.is_control() || steers_layout(c), " ");
    let words: Vec<&str> = harmless.split_whitespace().collect();
    words.join(" ").chars().take(MOST_DETAIL).collect()
}

/// Line separators, and the marks that turn the direction of text around.
fn steers_layout(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_one_short_line_that_no_terminal_obeys() {
        let hostile = format!("a\r\nb\u{1b}[31m\tc\u{2028}d\u{202e}e\0{}", "é".repeat(1000));
        let detail = failure(FailureKind::Status, hostile).detail;
        assert!(detail.starts_with("a b [31m c d e é"), "{detail}");
        assert_eq!(detail.chars().count(), MOST_DETAIL);
    }

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        let url: Url = "https://user:word@lab.example:8443/feed.atom?key=secret#part".parse().unwrap();
        assert_eq!(shown(&url), "https://lab.example:8443/feed.atom");
    }

    #[test]
    fn an_error_inside_an_io_error_is_found() {
        let tls = rustls::Error::General("no".to_owned());
        let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        assert!(causes(&wrapped).any(|cause| cause.is::<rustls::Error>()));
    }
}
