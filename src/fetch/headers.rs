//! What the headers of an answer say to a polite client.
//!
//! Hides the grammar of validators, cache lifetimes, `Retry-After` and the three forms of HTTP dates. All of it is
//! written by strangers: what cannot be read counts as absent, and no duration comes out longer than its cap, so that a
//! caller can add it to an instant without thinking.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{
    CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LINK, RETRY_AFTER,
};

use super::Request;
use crate::event::Address;

/// The longest that a `Retry-After` keeps us away: a feed is asked at least once a day, whatever it says.
const MOST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// The longest `max-age`: what RFC 9111 §1.2.2 has a cache use for a number that it cannot hold.
const MOST_MAX_AGE: Duration = Duration::from_secs(1 << 31);

/// The longest validator that is kept and sent back, in bytes. Real ones have some forty.
const MOST_VALIDATOR_BYTES: usize = 1024;

/// What an answer says about when to ask again and how to ask cheaply. To be stored before the body is parsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// `ETag` (RFC 9110 §8.8.3), byte for byte, quotes and `W/` included. When a 304 does not repeat it, the one that
    /// was sent; so this is always what to send the next time. Absent if it is not UTF-8 or longer than 1,024 bytes.
    pub etag: Option<String>,
    /// `Last-Modified` (RFC 9110 §8.8.2), byte for byte and never interpreted; kept over a 304 like `etag`.
    pub last_modified: Option<String>,
    /// For how long the answer said it stays fresh: `Cache-Control: max-age`, else `Expires` minus `Date`
    /// (RFC 9111 §4.2.1). At most 2³¹ seconds.
    pub max_age: Option<Duration>,
    /// `Retry-After` (RFC 9110 §10.2.3), on an answer that is a success. At most 24 hours.
    pub retry_after: Option<Duration>,
    /// Where the first `Link` of relation `hub` leads, as it is written (RFC 8288; W3C WebSub §4).
    pub hub: Option<String>,
    /// The same of relation `self`: what the hub knows the feed by.
    pub topic: Option<String>,
}

impl Headers {
    /// Reads the headers of an answer received at `now`.
    pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Headers {
        Headers {
            etag: validator(headers, ETAG),
            last_modified: validator(headers, LAST_MODIFIED),
            max_age: max_age(headers).or_else(|| until_expiry(headers, now)),
            retry_after: retry_after(headers, now),
            hub: link(headers, "hub"),
            topic: link(headers, "self"),
        }
    }

    /// The validators to keep after a 304, which need not repeat those that still hold (RFC 9111 §3.2).
    pub(super) fn renewing(mut self, request: &Request<'_>) -> Headers {
        self.etag = self.etag.or_else(|| request.etag.map(str::to_owned));
        self.last_modified = self.last_modified.or_else(|| request.last_modified.map(str::to_owned));
        self
    }
}

/// The headers that make a request conditional (RFC 9110 §13.1). A stored validator that no header can hold is left
/// out: the cost is one full answer.
pub(super) fn conditions(request: &Request<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, validator) in [(IF_NONE_MATCH, request.etag), (IF_MODIFIED_SINCE, request.last_modified)] {
        // From bytes, because an entity tag may hold bytes beyond ASCII.
        if let Some(value) = validator.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// `Content-Type`, as sent.
pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    text(headers, CONTENT_TYPE).map(str::to_owned)
}

/// How long the remote asks us to stay away, at most 24 hours. A date in the past is no time at all.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?.trim();
    let asked = seconds(value).or_else(|| http_date(value).map(|date| from_to(now, date)))?;
    Some(asked.min(MOST_RETRY_AFTER))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
}

fn validator(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    text(headers, name).filter(|value| !value.is_empty() && value.len() <= MOST_VALIDATOR_BYTES).map(str::to_owned)
}

/// Where the first link of a relation leads, among all that the `Link` headers name (RFC 8288 §3).
fn link(headers: &HeaderMap, relation: &str) -> Option<String> {
    let lines = headers.get_all(LINK).iter().filter_map(|line| std::str::from_utf8(line.as_bytes()).ok());
    lines.flat_map(links).find_map(|(target, parameters)| {
        let rel = parameters.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("rel"))?.1;
        let said = rel.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case(relation));
        (said && !target.is_empty() && target.len() <= Address::MOST).then(|| target.to_owned())
    })
}

/// The links of one line, each with its parameters. Whatever follows what is no link is left.
fn links(line: &str) -> Vec<(&str, Vec<(&str, &str)>)> {
    let mut links = Vec::new();
    let mut rest = line;
    while let Some((target, after)) =
        rest.trim_start_matches([' ', '\t', ',']).strip_prefix('<').and_then(|r| r.split_once('>'))
    {
        let mut parameters = Vec::new();
        rest = after.trim_start();
        while let Some(after) = rest.strip_prefix(';') {
            let end = after.find(['=', ';', ',']).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
                // A quotation may hold what ends a parameter elsewhere.
                Some(quoted) if quoted.starts_with('"') => quoted[1..].split_once('"').unwrap_or((&quoted[1..], "")),
                Some(plain) => plain.split_at(plain.find([';', ',']).unwrap_or(plain.len())),
                None => ("", after),
            };
            parameters.push((name.trim(), value.trim()));
            rest = after.trim_start();
        }
        links.push((target.trim(), parameters));
    }
    links
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("max-age") {
            return None;
        }
        // The quoted form is not to be sent but is to be understood (RFC 9111 §5.2).
        Some(seconds(value.trim().trim_matches('"'))?.min(MOST_MAX_AGE))
    })
}

fn until_expiry(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let expires = text(headers, EXPIRES)?;
    // `Date`, when there is one, so that a remote whose clock is wrong is at least consistent with itself.
    let date = text(headers, DATE).and_then(http_date).unwrap_or(now);
    // A value that is no date, `0` above all, means already expired (RFC 9111 §5.3).
    let lifetime = http_date(expires).map_or(Duration::ZERO, |expires| from_to(date, expires));
    Some(lifetime.min(MOST_MAX_AGE))
}

/// Digits only: no sign, no fraction. What does not fit is as long as can be.
fn seconds(value: &str) -> Option<Duration> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(value.parse().unwrap_or(u64::MAX)))
}

fn from_to(start: Timestamp, end: Timestamp) -> Duration {
    let difference: SignedDuration = end.duration_since(start);
    difference.try_into().unwrap_or(Duration::ZERO)
}

/// An HTTP date in any of its three forms (RFC 9110 §5.6.7).
fn http_date(value: &str) -> Option<Timestamp> {
    const FORMS: [&str; 3] = ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%b %e %H:%M:%S %Y"];
    // The weekday comes first in all three. It decides nothing and is sometimes wrong: not even looked at.
    let (_weekday, date) = value.trim().split_once(' ')?;
    let civil = FORMS.iter().find_map(|form| DateTime::strptime(form, date).ok())?;
    // The end of the year 9999, which means "never" to many a server, is beyond what a Timestamp holds.
    Some(civil.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "1994-11-06T08:49:00Z".parse().unwrap()
    }

    fn read(lines: &[(&'static str, &str)]) -> Headers {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Headers::read(&headers, now())
    }

    fn secs(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn all_three_forms_of_http_date_are_understood() {
        let date: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        let forms = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];
        for form in forms {
            assert_eq!(http_date(form), Some(date), "{form}");
        }
        for no_date in ["", "0", "-1", "tomorrow", "Sun, 06 Nov 1994", "99999999999999999999"] {
            assert_eq!(http_date(no_date), None, "{no_date}");
        }
    }

    #[test]
    fn a_wrong_weekday_does_not_lose_a_date() {
        assert_eq!(http_date("Mon, 06 Nov 1994 08:49:37 GMT"), http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
    }

    #[test]
    fn max_age_outranks_expires_and_is_found_among_other_directives() {
        let expires = ("expires", "Sun, 06 Nov 1994 09:49:37 GMT");
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(read(&[("cache-control", "public, Max-Age=900"), expires, date]).max_age, secs(900));
        assert_eq!(read(&[("cache-control", "public"), ("cache-control", "max-age=\"60\"")]).max_age, secs(60));
        assert_eq!(read(&[("cache-control", "s-maxage=5, private"), expires, date]).max_age, secs(3600));
        assert_eq!(read(&[expires]).max_age, secs(3637));
        assert_eq!(read(&[("expires", "0")]).max_age, secs(0));
        assert_eq!(read(&[("cache-control", "max-age=-1")]).max_age, None);
        assert_eq!(read(&[]).max_age, None);
    }

    #[test]
    fn no_number_of_seconds_is_long_enough_to_break_a_clock() {
        let huge = "99999999999999999999999999";
        let headers = read(&[("cache-control", &format!("max-age={huge}")), ("retry-after", huge)]);
        assert_eq!(headers.max_age, Some(MOST_MAX_AGE));
        assert_eq!(headers.retry_after, Some(MOST_RETRY_AFTER));
        assert_eq!(read(&[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")]).retry_after, Some(MOST_RETRY_AFTER));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(read(&[("retry-after", "120")]).retry_after, secs(120));
        assert_eq!(read(&[("retry-after", "Sun, 06 Nov 1994 08:50:00 GMT")]).retry_after, secs(60));
        assert_eq!(read(&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]).retry_after, secs(0));
        assert_eq!(read(&[("retry-after", "soon")]).retry_after, None);
        assert_eq!(read(&[("retry-after", "-5")]).retry_after, None);
    }

    #[test]
    fn a_hub_that_only_a_header_names_is_missed() {
        let named = |lines: &[&str]| {
            let headers: Vec<(&str, &str)> = lines.iter().map(|line| ("link", *line)).collect();
            let headers = read(&headers);
            (headers.hub, headers.topic)
        };
        let both = (Some("https://h.example/a,b;c".to_owned()), Some("/feed".to_owned()));
        for lines in [
            &["<https://h.example/a,b;c>; rel=\"hub\", </feed>; rel=\"self\""][..],
            &["</x>; title=\"a, <b>; rel=hub\"; rel=next", "<https://h.example/a,b;c> ;REL=hub", "</feed>; rel=self"],
            &["</feed>;rel=\"alternate SELF\",<https://h.example/a,b;c>; type=x; rel=\"preload hub\", <z>; rel=hub"],
        ] {
            assert_eq!(named(lines), both, "{lines:?}");
        }
        for nothing in ["", "<", "<x", "<x>", "<>; rel=hub", "<x>; rel", "<x>; rel=\"hubs\"", "x; rel=hub", "<x>;;;=,<"]
        {
            assert_eq!(named(&[nothing]), (None, None), "{nothing}");
        }
    }

    #[test]
    fn a_validator_that_could_not_be_sent_back_as_received_is_not_kept() {
        assert_eq!(read(&[("etag", "W/\"é\"")]).etag.as_deref(), Some("W/\"é\""));
        assert_eq!(read(&[("etag", &"x".repeat(MOST_VALIDATOR_BYTES + 1))]).etag, None);
        let mut latin1 = HeaderMap::new();
        latin1.insert(ETAG, HeaderValue::from_bytes(b"\"\xe9\"").unwrap());
        assert_eq!(Headers::read(&latin1, now()).etag, None);
    }
}
