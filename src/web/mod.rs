//! The pages and feeds that everyone may read, of a node and of an aggregator alike.
//!
//! A router over one [`Site`]: what is published comes from [`Current`], rendered whole outputs are sent as they are,
//! pages are rendered per snapshot, language and day and kept in a bounded `cache`. HTTP's fine print is in
//! `conditional`, what surrounds every answer in `guard`, what a visitor asks in `ask`, what pages say in `view`.

mod alerts;
mod api;
mod ask;
mod cache;
mod conditional;
mod desk;
mod embed;
#[cfg(test)]
mod fixture;
mod guard;
mod hub;
mod metrics;
mod receipts;
mod sources;
mod still;
#[cfg(test)]
mod tests;
mod theme;
mod view;

use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use crate::event::{Address, Line, Zone};
use crate::hub::{self as push, Follower, Hub};
use crate::language::Tongue;
use crate::metrics::Metrics;
use crate::programme::Slug;
use crate::snapshot::{Current, Document, OUTPUTS, Snapshot};
use crate::store::Store;
use ask::Filter;
use cache::{Cache, Key, Page};
use conditional::{Policy, answer};

pub use desk::{Desk, first};
pub use sources::{Outcome, Poll, SourceView, SourcesView};
pub use still::files;
pub use theme::{Theme, Unusable};

/// What is served, and how its pages introduce themselves.
#[derive(Clone)]
pub struct Site {
    /// What is published.
    pub current: Arc<Current>,
    /// What day it is.
    pub clock: Clock,
    /// The programme's editions; none on most nodes.
    pub editions: Vec<Edition>,
    /// The publisher's own site, to which the pages lead back.
    pub home: Option<Address>,
    /// Awaited before each answer that depends on what is published, for a node whose store others may have changed.
    pub refresh: Option<Refresh>,
    /// Who tells subscribers of changes.
    pub hub: Option<Hub>,
    /// What the process counts; the answers given here too.
    pub metrics: Metrics,
    /// Who hears of the changes of sources.
    pub follower: Option<Follower>,
    /// Its own logo and colours.
    pub theme: Theme,
}

/// Brings [`Site::current`] up to date.
pub type Refresh = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What day it is.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The day it is in this zone.
    Real(Zone),
    /// Always this day, and every page says so.
    Stopped(Date),
}

/// A named period of the programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// Its key, which events name.
    pub key: Line,
    /// Its title.
    pub title: Line,
    /// Its first day, where known.
    pub starts: Option<Date>,
    /// Its last day.
    pub ends: Option<Date>,
    /// Until when events can be proposed.
    pub deadline: Option<Date>,
}

/// Whose pages these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Node,
    Aggregator,
}

/// The pages and feeds of a lab, and the desk at which its people write.
pub fn node(site: Site, desk: Option<Desk>) -> Router {
    router(Room::new(Kind::Node, site, None), desk)
}

/// The pages and feeds of a programme, with the health of its sources; with its store, what became of each entry.
pub fn aggregator(site: Site, sources: Arc<ArcSwap<SourcesView>>, store: Option<Store>) -> Router {
    router(Room { store, ..Room::new(Kind::Aggregator, site, Some(sources)) }, None)
}

fn router(room: Room, desk: Option<Desk>) -> Router {
    let room = Arc::new(room);
    let mut router = Router::new()
        .route("/", get(home))
        .route("/e/{name}", get(event))
        .route("/hub", post(hub::ask))
        .route("/hub/{token}", get(hub::confirm).post(hub::take))
        .route("/news.atom", get(news))
        .route("/embed", get(embed::page))
        .route("/embed.js", get(embed::script))
        .route("/sitemap.xml", get(sitemap))
        .route("/robots.txt", get(robots))
        .route("/healthz", get(async || "ok\n"))
        .route("/metrics", get(async |State(room): State<Arc<Room>>| metrics::page(&room)))
        .route(&STYLE.address, get(async |parts: Parts| answer(&parts.headers, &STYLE.document, Policy::Fixed)))
        .route(&ICON.address, get(async |parts: Parts| answer(&parts.headers, &ICON.document, Policy::Fixed)))
        .route(
            &embed::FRAME.address,
            get(async |parts: Parts| answer(&parts.headers, &embed::FRAME.document, Policy::Fixed)),
        );
    for asset in room.site.theme.logo.iter().chain(&room.site.theme.style) {
        let shown = Arc::clone(asset);
        let file = async move |parts: Parts| answer(&parts.headers, &shown.document, Policy::Fixed);
        router = router.route(&asset.address, get(file));
    }
    let stem = match room.kind {
        Kind::Node => "feed",
        Kind::Aggregator => "programme",
    };
    for extension in OUTPUTS {
        router = router.route(&format!("/{stem}.{extension}"), get(feed));
    }
    if room.kind == Kind::Aggregator {
        router = router
            .route("/sources", get(sources_page))
            .route("/sources/{*key}", get(source_page))
            .route("/sources.atom", get(sources_atom))
            .route("/sources.json", get(sources_json))
            .route("/sources.opml", get(sources_opml))
            .route("/api/v1/events", get(api::events))
            .route("/api/v1/events/{slug}", get(api::event))
            .route("/api/v1/receipts", get(api::receipts_of))
            .route("/openapi.json", get(api::description))
            .route("/readyz", get(readyz));
    }
    let mut router = router.with_state(Arc::clone(&room));
    if let Some(desk) = desk {
        let _ = desk.room.set(Arc::clone(&room));
        router = router.merge(desk::router(desk));
    }
    guard::around(router, room)
}

/// What every handler shares.
struct Room {
    kind: Kind,
    site: Site,
    sources: Option<Arc<ArcSwap<SourcesView>>>,
    cache: Cache,
    /// Its pages are written to files.
    still: bool,
    /// Where an aggregator keeps what its sources say.
    store: Option<Store>,
}

impl Room {
    fn new(kind: Kind, site: Site, sources: Option<Arc<ArcSwap<SourcesView>>>) -> Room {
        Room { kind, site, sources, cache: Cache::default(), still: false, store: None }
    }

    async fn snapshot(&self) -> Arc<Snapshot> {
        if let Some(refresh) = &self.site.refresh {
            refresh().await;
        }
        self.site.current.load()
    }

    fn today(&self) -> Date {
        match &self.site.clock {
            Clock::Stopped(day) => *day,
            Clock::Real(zone) => Timestamp::now().to_zoned(zone.rules()).date(),
        }
    }

    /// A page moves with the day too: whoever knows only its date must not keep yesterday's.
    fn modified(&self, snapshot: &Snapshot, today: Date) -> Timestamp {
        let updated = snapshot.feed.head.updated;
        match &self.site.clock {
            Clock::Stopped(_) => updated,
            Clock::Real(zone) => {
                today.to_zoned(zone.rules()).map_or(updated, |midnight| updated.max(midnight.timestamp()))
            }
        }
    }

    fn page_policy(&self, tongue: Tongue) -> Policy {
        Policy::Page { tongue, fresh: self.kind == Kind::Node }
    }

    /// The document of this key: the one that is kept, or a new one.
    fn kept(
        &self,
        snapshot: &Arc<Snapshot>,
        key: Key,
        content_type: &'static str,
        render: impl FnOnce() -> Result<Vec<u8>, askama::Error>,
    ) -> Result<Arc<Document>, Failed> {
        if let Some(document) = self.cache.get(snapshot, &key) {
            return Ok(document);
        }
        let body = render().map_err(Failed)?;
        let document = Arc::new(Document::new(content_type, self.modified(snapshot, key.today), body));
        self.cache.put(snapshot, key, &document);
        Ok(document)
    }
}

/// A page could not be rendered: logged here, shown as the friendly 500.
struct Failed(askama::Error);

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "a page could not be rendered");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

const HTML: &str = "text/html; charset=utf-8";

async fn home(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let query = parts.uri.query().unwrap_or("");
    let (tongue, chosen) = ask::tongue(query, &parts.headers);
    let filter = Filter::read(query);
    let key = Key { page: Page::Home(filter.clone()), tongue, chosen, today: room.today() };
    let today = key.today;
    let page = room.kept(&snapshot, key, HTML, || view::home(&room, &snapshot, tongue, chosen, today, &filter))?;
    Ok(answer(&parts.headers, &page, room.page_policy(tongue)))
}

async fn event(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    // From the path as it came: what is percent-encoded or not ASCII is no slug, and simply not found.
    let name = parts.uri.path().strip_prefix("/e/").unwrap_or("");
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let extension = match extension {
        "" if !name.contains('.') => None,
        "ics" => Some("ics"),
        "json" => Some("json"),
        "jsonld" => Some("jsonld"),
        _ => return Ok(StatusCode::NOT_FOUND.into_response()),
    };
    let Ok(slug) = Slug::new(stem) else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let Some(published) = snapshot.event(&slug) else {
        return Ok(moved(&room, &snapshot, &slug, extension, parts.uri.query()));
    };
    let query = parts.uri.query().unwrap_or("");
    let (tongue, chosen) = ask::tongue(query, &parts.headers);
    let today = room.today();
    let Some(extension) = extension else {
        let key = Key { page: Page::Event(slug), tongue, chosen, today };
        let page =
            room.kept(&snapshot, key, HTML, || view::event(&room, &snapshot, tongue, chosen, today, published))?;
        return Ok(answer(&parts.headers, &page, room.page_policy(tongue)));
    };
    // Data speaks the feed's language and knows no day: one document for everyone.
    let page = Page::Format(slug, extension);
    let key = Key { page, tongue: Tongue::French, chosen: false, today: Date::ZERO };
    let head = &snapshot.feed.head;
    let (content_type, write): (&str, fn(&crate::format::Head, &crate::programme::Published) -> String) =
        match extension {
            "ics" => (crate::format::ical::CONTENT_TYPE, crate::format::ical::write_event),
            "json" => ("application/json; charset=utf-8", crate::format::json::write_event),
            _ => (crate::format::jsonld::CONTENT_TYPE, crate::format::jsonld::write_event),
        };
    let document = room.kept(&snapshot, key, content_type, || Ok(write(head, published).into_bytes()))?;
    Ok(answer(&parts.headers, &document, Policy::Feed))
}

/// Where an event went that became one with another; 404 for a name nobody had.
fn moved(room: &Room, snapshot: &Snapshot, slug: &Slug, extension: Option<&str>, query: Option<&str>) -> Response {
    let mut to = snapshot.redirect(slug);
    // The bound is against a loop that a damaged ledger would make.
    for _ in 0..8 {
        match to.and_then(|slug| snapshot.redirect(slug)) {
            Some(further) if to.is_some_and(|slug| snapshot.event(slug).is_none()) => to = Some(further),
            _ => break,
        }
    }
    let Some(to) = to.filter(|slug| snapshot.event(slug).is_some()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (tongue, chosen) = ask::tongue(query.unwrap_or(""), &axum::http::HeaderMap::new());
    let root = view::root(&snapshot.feed.head);
    let suffix = extension.map(|extension| format!(".{extension}")).unwrap_or_default();
    let ui = if chosen { format!("?ui={}", tongue.code()) } else { String::new() };
    let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&format!("{root}e/{to}{suffix}{ui}")) {
        headers.insert(header::LOCATION, location);
    }
    let keep = Policy::Page { tongue, fresh: room.kind == Kind::Node };
    let keep = if keep == (Policy::Page { tongue, fresh: true }) { "public, no-cache" } else { "public, max-age=60" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}

async fn feed(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let extension = parts.uri.path().rsplit('.').next().unwrap_or("").to_owned();
    let query = parts.uri.query().unwrap_or("");
    let shown =
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "cancelled" && value == "shown");
    if extension == "ics" && room.kind == Kind::Aggregator && shown {
        let key = Key { page: Page::Shown, tongue: Tongue::French, chosen: false, today: Date::ZERO };
        let write = || Ok(crate::format::ical::write_shown(&snapshot.feed).into_bytes());
        let document = room.kept(&snapshot, key, crate::format::ical::CONTENT_TYPE, write)?;
        return Ok(answer(&parts.headers, &document, Policy::Feed));
    }
    // The first to ask after a change has it rendered and compressed, on a thread where that holds up nobody.
    let answered = tokio::task::spawn_blocking(move || {
        let mut response = answer(&parts.headers, snapshot.output(&extension)?, Policy::Feed);
        let head = &snapshot.feed.head;
        // Where a subscriber looks first, and finds it for a calendar too (WebSub §4).
        if let Some(links) = push::links(head, &head.address(&extension)).and_then(|links| links.parse().ok()) {
            response.headers_mut().insert(header::LINK, links);
        }
        Some(response)
    });
    Ok(answered.await.ok().flatten().unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
}

async fn sources_page(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let sources = room.sources.as_ref().map(|sources| sources.load_full()).unwrap_or_default();
    let (tongue, chosen) = ask::tongue(parts.uri.query().unwrap_or(""), &parts.headers);
    let body = view::sources(&room, &snapshot, tongue, chosen, room.today(), &sources).map_err(Failed)?;
    let modified = sources.modified().unwrap_or(snapshot.feed.head.updated);
    Ok(answer(&parts.headers, &Document::new(HTML, modified, body), Policy::Page { tongue, fresh: true }))
}

async fn source_page(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let sources = room.sources.as_ref().map(|sources| sources.load_full()).unwrap_or_default();
    // From the path as it came: a key needs no escaping, and what is escaped is no key.
    let key = parts.uri.path().strip_prefix("/sources/").unwrap_or("");
    if let Some(key) = key.strip_suffix("/receipts.json") {
        let key = key.to_owned();
        return Ok(receipts::receipts(State(room), parts, &key).await);
    }
    let Some(source) = sources.of(key) else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let (tongue, chosen) = ask::tongue(parts.uri.query().unwrap_or(""), &parts.headers);
    let body = view::source(&room, &snapshot, tongue, chosen, room.today(), source).map_err(Failed)?;
    let modified = sources.modified().unwrap_or(snapshot.feed.head.updated);
    Ok(answer(&parts.headers, &Document::new(HTML, modified, body), Policy::Page { tongue, fresh: true }))
}

async fn sources_opml(State(room): State<Arc<Room>>, parts: Parts) -> Response {
    let sources = room.sources.as_ref().map(|sources| sources.load_full()).unwrap_or_default();
    let snapshot = room.site.current.load();
    let body = sources.to_opml(snapshot.feed.head.title.as_str()).into_bytes();
    let modified = sources.modified().unwrap_or(Timestamp::UNIX_EPOCH);
    answer(&parts.headers, &Document::new(crate::format::opml::CONTENT_TYPE, modified, body), Policy::Feed)
}

async fn sources_atom(State(room): State<Arc<Room>>, parts: Parts) -> Response {
    let sources = room.sources.as_ref().map(|sources| sources.load_full()).unwrap_or_default();
    let snapshot = room.site.current.load();
    let head = &snapshot.feed.head;
    let body = alerts::write(head, &|at| local(&room.site.clock, head, at), &sources);
    let modified = sources.modified().unwrap_or(head.updated);
    answer(&parts.headers, &Document::new(crate::format::atom::CONTENT_TYPE, modified, body), Policy::Feed)
}

async fn sources_json(State(room): State<Arc<Room>>, parts: Parts) -> Response {
    let sources = room.sources.as_ref().map(|sources| sources.load_full()).unwrap_or_default();
    let modified = sources.modified().unwrap_or(Timestamp::UNIX_EPOCH);
    let document = Document::new("application/json; charset=utf-8", modified, sources.to_json().into_bytes());
    answer(&parts.headers, &document, Policy::Feed)
}

/// Ready once there is a programme to show: events, or sources that were all asked at least once.
async fn readyz(State(room): State<Arc<Room>>) -> Response {
    let sources = room.sources.as_ref().map(|sources| sources.load_full()).unwrap_or_default();
    let asked = sources.sources.iter().all(|one| one.source.paused || one.health.tried.is_some());
    if asked || !room.site.current.load().feed.events.is_empty() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the first round is not over\n").into_response()
    }
}

/// What is new and what changed, by the feed that is published.
async fn news(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let key = Key { page: Page::News, tongue: Tongue::French, chosen: false, today: Date::ZERO };
    let write = || Ok(crate::format::atom::write_news(&snapshot.feed));
    let document = room.kept(&snapshot, key, crate::format::atom::CONTENT_TYPE, write)?;
    Ok(answer(&parts.headers, &document, Policy::Feed))
}

/// Every page, for search engines (sitemaps.org).
async fn sitemap(State(room): State<Arc<Room>>, parts: Parts) -> Result<Response, Failed> {
    let snapshot = room.snapshot().await;
    let key = Key { page: Page::Sitemap, tongue: Tongue::French, chosen: false, today: Date::ZERO };
    let write = || Ok(view::sitemap(&room, &snapshot).into_bytes());
    let document = room.kept(&snapshot, key, "application/xml; charset=utf-8", write)?;
    Ok(answer(&parts.headers, &document, Policy::Feed))
}

/// What robots need not look at (RFC 9309).
async fn robots(State(room): State<Arc<Room>>) -> Response {
    let snapshot = room.site.current.load();
    let head = &snapshot.feed.head;
    let root = view::root(head);
    let text = format!(
        "User-agent: *\nDisallow: {root}hub\nDisallow: {root}desk\nDisallow: {root}metrics\nDisallow: {root}embed\n\nSitemap: {}sitemap.xml\n",
        head.base
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")], text)
        .into_response()
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A file whose address names its content.
#[derive(Debug)]
struct Asset {
    address: String,
    document: Document,
}

impl Asset {
    fn new(name: &str, extension: &str, content_type: &'static str, body: impl AsRef<[u8]>) -> Asset {
        let document = Document::new(content_type, Timestamp::UNIX_EPOCH, body.as_ref().to_vec());
        let hash: String = document.plain.etag.chars().filter(char::is_ascii_hexdigit).take(12).collect();
        Asset { address: format!("/{name}.{hash}.{extension}"), document }
    }
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style", "css", "text/css; charset=utf-8", include_str!("style.css")));
static DESK_STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("desk", "css", "text/css; charset=utf-8", include_str!("desk/desk.css")));
static DESK_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("desk", "js", "text/javascript; charset=utf-8", include_str!("desk/desk.js")));
static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("icon.svg")));

/// The instant in the site's zone, for people.
fn local(clock: &Clock, head: &crate::format::Head, at: Timestamp) -> jiff::civil::DateTime {
    let zone = match clock {
        Clock::Real(zone) => zone.rules(),
        Clock::Stopped(_) => head.zone.as_ref().map_or(TimeZone::UTC, Zone::rules),
    };
    at.to_zoned(zone).datetime()
}
