//! One polite, bounded GET.
//!
//! [`Fetcher::get`] asks an address once and says what came: something fresh, nothing new, or a failure that is a
//! value. It hides conditional requests, compression, redirects, certificates, limits of size and time, one request at
//! a time to a host, and the refusal of every address that leads inside our network. No other room names reqwest.
//! [`Fetcher::send`] is for the few messages of WebSub that are no fetch, [`Fetcher::ask`] for those to an identity provider.
//! Everything that a remote sends is taken for hostile; what it may cost us is set by [`Rules`].

mod address;
mod courtesy;
mod failure;
mod headers;
mod message;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ipnet::IpNet;
use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONNECTION, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Certificate, Client, Response, StatusCode, redirect};
use tokio::time::Instant;
use url::Url;

use self::address::Gate;
pub use self::address::{AllowedHost, NotAHost, is_public};
use self::courtesy::Courtesy;
use self::failure::{failure, shown};
pub use self::headers::Headers;
pub use self::message::{Message, Reply, Told};
use crate::programme::{Failure, FailureKind};

/// Atom before all, which is what we read best; then the other feeds, then calendars, then whatever there is, since
/// many a feed is served as something else.
const ACCEPTED: &str = "application/atom+xml, application/rss+xml;q=0.9, application/feed+json;q=0.9, \
     application/rdf+xml;q=0.8, application/xml;q=0.7, text/xml;q=0.7, text/calendar;q=0.5, */*;q=0.1";

/// The most headers, and the most bytes of headers, of an answer. Real ones have some twenty lines in two kilobytes.
const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: u32 = 64 * 1024;

/// How long an idle connection is kept beyond the pause between two requests to a host. Enough for the next feed of the
/// same host in a round, not until the next round: a thousand hosts would hold a thousand descriptors and 30 MB.
const IDLE_CONNECTION: Duration = Duration::from_secs(1);

/// What a fetch may cost and whom it may ask.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Name, version and an address to complain to: `essaim/0.1.0 (+https://programme.example)`. Never a browser's.
    pub user_agent: String,
    /// For the whole of a fetch, redirects and body included. Waiting for one's turn at a host is not counted.
    pub total_time: Duration,
    /// For one connection: name, TCP and TLS.
    pub connect_time: Duration,
    /// The longest body after decompression, in bytes. A longer one is refused, never cut.
    pub most_bytes: usize,
    /// How many redirects are followed.
    pub most_redirects: usize,
    /// Ask any address, inside our network too. For tests, demonstrations and intranets; sets `spacing` to 0.
    pub allow_private_addresses: bool,
    /// Networks that may be asked although they are not public.
    pub allowed_networks: Vec<IpNet>,
    /// Hosts that may be asked although their addresses are not public.
    pub allowed_hosts: Vec<AllowedHost>,
    /// A file of certificate authorities (PEM) that are believed beside those of the system.
    pub extra_ca: Option<PathBuf>,
    /// The pause between the end of one request to a host and port and the start of the next, redirects included.
    pub spacing: Duration,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            user_agent: concat!("essaim/", env!("CARGO_PKG_VERSION")).to_owned(),
            total_time: Duration::from_secs(30),
            connect_time: Duration::from_secs(10),
            most_bytes: 5 * 1024 * 1024,
            most_redirects: 5,
            allow_private_addresses: false,
            allowed_networks: Vec::new(),
            allowed_hosts: Vec::new(),
            extra_ca: None,
            spacing: Duration::from_secs(1),
        }
    }
}

/// Why no [`Fetcher`] could be made. What goes wrong with a remote is never this, but a [`Failure`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `user_agent` holds something that a header cannot: a line end, a control character.
    #[error("the user agent cannot be sent in a header")]
    UserAgent,
    /// The file of additional certificate authorities cannot be read, or holds none.
    #[error("the certificate authorities of {path} cannot be used")]
    Authorities {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The TLS client could not be set up; mostly, the system has no certificate authorities installed.
    #[error("the HTTP client could not be set up")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What to fetch, and what is already known of it.
#[derive(Clone, Copy, Default)]
pub struct Request<'a> {
    /// An absolute http or https address. Hostile: it need not even be an address.
    pub address: &'a str,
    /// `ETag` of the last answer, byte for byte as [`Headers::etag`] gave it.
    pub etag: Option<&'a str>,
    /// `Last-Modified` of the last answer, byte for byte as [`Headers::last_modified`] gave it.
    pub last_modified: Option<&'a str>,
    /// What to ask for (RFC 9110 §12.5.1), where it is no feed.
    pub accept: Option<&'static str>,
    /// The longest body to take, in bytes, where it is less than [`Rules::most_bytes`].
    pub most_bytes: Option<usize>,
    /// Whether nothing else is to be asked of its host soon: the connection is then closed behind it (RFC 9112 §9.6),
    /// rather than kept open here and there for a second.
    pub alone: bool,
}

/// What a successful fetch brought.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A representation: new, or from a remote that does not do conditional requests.
    Fresh(Fresh),
    /// 304: what we hold is still current (RFC 9110 §15.4.5).
    Unchanged {
        /// The validators to keep, and lifetimes.
        headers: Headers,
        /// As in [`Fresh::moved`].
        moved: Option<String>,
    },
}

/// A whole representation.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// Decompressed, complete, at most [`Rules::most_bytes`] long.
    pub body: Bytes,
    /// `Content-Type` as sent (RFC 9110 §8.3). Often wrong.
    pub content_type: Option<String>,
    /// Validators and lifetimes.
    pub headers: Headers,
    /// The address that answered, after redirects: the base of the relative addresses in the body.
    pub address: String,
    /// The address to use from now on, if every redirect said so (301 or 308, RFC 9110 §15.4).
    pub moved: Option<String>,
}

/// Fetches. Cheap to clone: clones share connections and the queues of the hosts, so a process needs one.
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    gate: Gate,
    courtesy: Courtesy,
    rules: Rules,
}

/// What one request of a fetch led to.
enum Step {
    Fresh { body: Bytes, content_type: Option<String>, headers: Headers },
    Unchanged(Headers),
    Redirect { target: Url, permanent: bool },
}

impl Fetcher {
    /// Sets up the client: the certificate authorities of the system, the rules. Asks nothing yet.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn new(mut rules: Rules) -> Result<Fetcher, Error> {
        if rules.allow_private_addresses {
            rules.spacing = Duration::ZERO;
        }
        let gate = Gate::new(rules.allow_private_addresses, &rules.allowed_networks, &rules.allowed_hosts);
        let client = client(&rules, gate.clone())?;
        let courtesy = Courtesy::new(rules.spacing);
        Ok(Fetcher { inner: Arc::new(Inner { client, gate, courtesy, rules }) })
    }

    /// Asks an address once, following its redirects. `now` is what a `Retry-After` is counted from.
    ///
    /// Waits as long as needed for its turn at the host; from then on it ends within [`Rules::total_time`]. May be
    /// dropped at any await.
    ///
    /// # Errors
    ///
    /// A [`Failure`] for whatever did not give a whole and current representation. To be stored with the source; the
    /// last good copy is still good.
    pub async fn get(&self, request: Request<'_>, now: Timestamp) -> Result<Answer, Failure> {
        let answer = self.inner.follow(&request, now).await;
        match &answer {
            Ok(Answer::Fresh(fresh)) => {
                tracing::debug!(?request, bytes = fresh.body.len(), "fetched");
            }
            Ok(Answer::Unchanged { .. }) => tracing::debug!(?request, "fetched, unchanged"),
            Err(failure) => {
                tracing::debug!(?request, kind = ?failure.kind, detail = failure.detail, "fetch failed");
            }
        }
        answer
    }
}

impl Inner {
    async fn follow(&self, request: &Request<'_>, now: Timestamp) -> Result<Answer, Failure> {
        let mut url = self.gate.read(request.address)?;
        let mut conditions = headers::conditions(request);
        let most_bytes = request.most_bytes.unwrap_or(usize::MAX).min(self.rules.most_bytes);
        let mut passed = Vec::new();
        let mut all_permanent = true;
        let mut time_left = self.rules.total_time;
        loop {
            let turn = self.courtesy.turn(&url).await;
            let started = Instant::now();
            let step =
                match tokio::time::timeout(time_left, self.ask(&url, &conditions, request, most_bytes, now)).await {
                    Ok(step) => step?,
                    Err(_) => return Err(self.out_of_time(&url)),
                };
            time_left = time_left.saturating_sub(started.elapsed());
            // Given back before waiting for another: two fetches redirected to each other's hosts would wait for ever.
            drop(turn);

            let (target, permanent) = match step {
                Step::Unchanged(headers) => {
                    let moved = (all_permanent && !passed.is_empty()).then(|| url.to_string());
                    return Ok(Answer::Unchanged { headers: headers.renewing(request), moved });
                }
                Step::Fresh { body, content_type, headers } => {
                    let moved = (all_permanent && !passed.is_empty()).then(|| url.to_string());
                    let address = url.into();
                    return Ok(Answer::Fresh(Fresh { body, content_type, headers, address, moved }));
                }
                Step::Redirect { target, permanent } => (target, permanent),
            };
            if target.origin() != url.origin() {
                // Validators mean nothing to another server, and tell it what we read. They stay dropped if
                // it sends us back.
                conditions.clear();
            }
            all_permanent &= permanent;
            passed.push(std::mem::replace(&mut url, target));
            if passed.contains(&url) {
                return Err(failure(FailureKind::Redirects, format_args!("redirects in a loop at {}", shown(&url))));
            }
            if passed.len() > self.rules.most_redirects {
                let detail = format_args!("more than {} redirects, to {}", self.rules.most_redirects, shown(&url));
                return Err(failure(FailureKind::Redirects, detail));
            }
        }
    }

    /// One request and its answer, without limit of time.
    async fn ask(
        &self,
        url: &Url,
        conditions: &HeaderMap,
        asked: &Request<'_>,
        most_bytes: usize,
        now: Timestamp,
    ) -> Result<Step, Failure> {
        let mut request = self.client.get(url.clone()).headers(conditions.clone());
        request = request.header(ACCEPT, asked.accept.unwrap_or(ACCEPTED));
        if asked.alone {
            request = request.header(CONNECTION, "close");
        }
        let response = request.send().await.map_err(|error| failure::of_error(&error))?;
        refuse_large_head(response.headers())?;
        match response.status() {
            // The only two that carry the whole representation: 206 is a part of it, 202 and 204 are none (RFC 9110
            // §15.3). To take their bodies for the feed would be to withdraw what is missing from them.
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => {
                let headers = Headers::read(response.headers(), now);
                let content_type = headers::content_type(response.headers());
                Ok(Step::Fresh { body: self.body(response, most_bytes).await?, content_type, headers })
            }
            // Unasked for, it would say "unchanged" to someone who holds nothing.
            StatusCode::NOT_MODIFIED if !conditions.is_empty() => {
                Ok(Step::Unchanged(Headers::read(response.headers(), now)))
            }
            status @ (StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT) => {
                self.redirect(url, status, &response, true)
            }
            status @ (StatusCode::FOUND | StatusCode::SEE_OTHER | StatusCode::TEMPORARY_REDIRECT) => {
                self.redirect(url, status, &response, false)
            }
            status => Err(failure::of_status(status, response.headers(), now)),
        }
    }

    fn redirect(&self, url: &Url, status: StatusCode, response: &Response, permanent: bool) -> Result<Step, Failure> {
        let location = response.headers().get(LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        let Some(location) = location else {
            return Err(failure(FailureKind::Redirects, format_args!("answered {status} without saying where to")));
        };
        Ok(Step::Redirect { target: self.gate.read_relative(url, location)?, permanent })
    }

    async fn body(&self, mut response: Response, most: usize) -> Result<Bytes, Failure> {
        let too_large = || failure(FailureKind::TooLarge, format_args!("larger than {most} bytes"));
        if response.content_length().is_some_and(|length| length > most as u64) {
            return Err(too_large());
        }
        refuse_unknown_encoding(response.headers())?;
        let mut body = BytesMut::new();
        // Each chunk is decoded as it is pulled, a few kilobytes at a time: a bomb never exists beyond the cap.
        while let Some(chunk) = response.chunk().await.map_err(|error| failure::of_error(&error))? {
            if chunk.len() > most - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn out_of_time(&self, url: &Url) -> Failure {
        let seconds = self.rules.total_time.as_secs_f32();
        failure(FailureKind::Timeout, format_args!("not done after {seconds} seconds, at {}", shown(url)))
    }
}

/// The client behind every request. All that reqwest would do of its own accord, redirects, proxies from the
/// environment, referers, is switched off: each would go around a rule.
fn client(rules: &Rules, gate: Gate) -> Result<Client, Error> {
    // reqwest takes the provider of the process. An error means that another room was first, and all use ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let user_agent = HeaderValue::from_str(&rules.user_agent).map_err(|_| Error::UserAgent)?;
    Client::builder()
        .tls_certs_merge(authorities(rules)?)
        .user_agent(user_agent)
        .dns_resolver(gate)
        .connect_timeout(rules.connect_time)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .gzip(true)
        .brotli(true)
        // Bounds the head of an answer while it arrives, with hyper's own 400 KB for HTTP/1.
        .http1_max_headers(MOST_HEADERS)
        .http2_max_header_list_size(MOST_HEADER_BYTES)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(rules.spacing + IDLE_CONNECTION)
        .build()
        .map_err(|error| Error::Client(error.into()))
}

/// The certificate authorities that are believed beside those of the system.
fn authorities(rules: &Rules) -> Result<Vec<Certificate>, Error> {
    let Some(path) = &rules.extra_ca else { return Ok(Vec::new()) };
    let unusable = |source| Error::Authorities { path: path.clone(), source };
    let pem = std::fs::read(path).map_err(|error| unusable(error.into()))?;
    let all = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.into()))?;
    if all.is_empty() { Err(unusable("it holds no certificate".into())) } else { Ok(all) }
}

/// Refuses an answer whose headers are more than headers need to be.
fn refuse_large_head(headers: &HeaderMap) -> Result<(), Failure> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if !u32::try_from(bytes).is_ok_and(|bytes| bytes <= MOST_HEADER_BYTES) {
        return Err(failure(FailureKind::TooLarge, format_args!("{bytes} bytes of headers")));
    }
    Ok(())
}

/// Refuses a body that nobody decoded. What reqwest did decode no longer has the header; what is left is an encoding
/// that we did not ask for, or several on top of each other.
fn refuse_unknown_encoding(headers: &HeaderMap) -> Result<(), Failure> {
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            let encoding = String::from_utf8_lossy(encoding.as_bytes());
            Err(failure(FailureKind::Body, format_args!("encoded as {encoding}, which was not asked for")))
        }
        _ => Ok(()),
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("rules", &self.inner.rules).finish_non_exhaustive()
    }
}

/// Shows the address without its query.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = Url::parse(self.address).map_or_else(|_| "(unreadable)".to_owned(), |url| shown(&url));
        let mut shape = f.debug_struct("Request");
        shape.field("address", &address).field("etag", &self.etag).field("last_modified", &self.last_modified).finish()
    }
}
