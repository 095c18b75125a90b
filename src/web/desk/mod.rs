//! The desk of a lab: the signed-in pages where its people write their events.
//!
//! A router of its own, beside the pages that everyone may read. Every page works without a script and is for one
//! person: never kept by a cache, never shown in a frame, never sent from another site. What is decided is decided in
//! [`crate::node`]; here a request becomes words for it, and its answer a page.

mod accounts;
mod compare;
mod draft;
mod enter;
mod events;
mod fields;
mod home;
mod import;
mod partners;
mod preview;
mod programme;
mod provider;
mod publish;
mod view;
mod write;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::{Notify, Semaphore};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

use super::{HTML, ask, view as pages};
use crate::event::{Address, Event, Zone};
use crate::fetch::Fetcher;
use crate::language::Tongue;
use crate::node::Node;
use crate::node::account::{self, Accounts, Token};
use crate::node::form::Form;
use crate::node::programme::Programme;
use crate::node::provider::Provider;
use crate::programme::Lab;
use crate::programme::account::Account;
use crate::store::Store;
use fields::Fields;
use view::{Frame, Problems};

/// The cookie of a session.
const COOKIE: &str = "essaim-desk";
/// A form with 10 MB of text and a picture of another 10 is read, and what is wrong with it said beside the field.
const LARGEST: usize = 24 * 1024 * 1024;
/// So many labs that tell us something are looked at at once.
const LABS_AT_ONCE: usize = 2;
/// Scripts and styles of ours alone; no frame, and no form that leads elsewhere.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
                                img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What a desk works with.
#[derive(Clone)]
pub struct Desk {
    /// Who may sign in.
    pub accounts: Accounts,
    /// Where readers find the node; ends in `/`.
    pub base: Address,
    /// The node at work; none until its lab is known.
    pub node: Option<Arc<Node>>,
    /// Told when the lab becomes known.
    pub settled: Arc<Notify>,
    /// The pages of the node, in which a draft is previewed.
    pub(super) room: Arc<OnceLock<Arc<super::Room>>>,
    /// The programme that gathers this node, where one is named.
    pub programme: Option<Arc<Programme>>,
    /// Who vouches for those who sign in, where one does.
    pub provider: Option<Arc<Provider>>,
    /// How other labs are asked; none where nobody is.
    pub fetcher: Option<Fetcher>,
    /// Whose turn it is to be heard, of the labs that tell us something.
    listening: Arc<Semaphore>,
    /// Whose turn it is to have a picture read.
    pictures: Arc<Semaphore>,
}

impl Desk {
    /// The desk of a node in this store.
    ///
    /// # Errors
    /// [`account::Error`].
    pub fn new(store: Store, base: Address) -> Result<Desk, account::Error> {
        let pictures = Arc::new(Semaphore::new(1));
        let (settled, room) = (Arc::default(), Arc::default());
        let (programme, provider) = (None, None);
        let (fetcher, listening) = (None, Arc::new(Semaphore::new(LABS_AT_ONCE)));
        Ok(Desk {
            accounts: Accounts::new(store)?,
            base,
            node: None,
            settled,
            room,
            programme,
            provider,
            fetcher,
            listening,
            pictures,
        })
    }

    fn store(&self) -> &Store {
        self.accounts.store()
    }

    fn root(&self) -> String {
        pages::root_of(&self.base)
    }
}

/// The pages of a desk, to stand beside those of its node.
pub(super) fn router(desk: Desk) -> Router {
    let routes = Router::new()
        .route("/desk", get(home::home))
        .route("/desk/write", get(write::new_page))
        .route("/desk/places", get(write::places))
        .route("/desk/drafts/{key}", get(write::draft_page).post(write::write))
        .route("/desk/drafts/{key}/preview", get(preview::preview))
        .route("/desk/drafts/{key}/page", get(preview::preview_frame))
        .route("/desk/drafts/{key}/publish", get(publish::publish_page).post(publish::publish))
        .route("/desk/drafts/{key}/over", post(compare::over))
        .route("/desk/drafts/{key}/discard", get(draft::discard_page).post(draft::discard))
        .route("/desk/drafts/{key}/compare/{theirs}", get(compare::compare))
        .route("/desk/events/{slug}", get(events::event_page))
        .route("/desk/events/{slug}/edit", get(write::edit_page))
        .route("/desk/events/{slug}/history", get(events::history))
        .route("/desk/events/{slug}/partner", get(partners::partner_page).post(partners::partner))
        .route("/desk/import", get(import::import_page).post(import::import))
        .route("/desk/import/{name}", get(import::template))
        .route("/desk/receipts", get(programme::receipts))
        .route("/desk/drafts/{key}/radar", get(programme::radar))
        .route("/desk/partners", post(partners::answer_request))
        .route("/co-organised", post(partners::hear))
        .route("/desk/events/{slug}/duplicate", post(write::duplicate))
        .route("/desk/events/{slug}/{act}", get(events::act_page).post(events::act))
        .route("/pictures/{name}", get(write::picture_file))
        .route(&super::DESK_STYLE.address, get(desk_style))
        .route(&super::DESK_SCRIPT.address, get(desk_script))
        .route("/desk/sign-in", get(enter::sign_in_page).post(enter::sign_in))
        .route("/desk/sign-in/go", get(provider::go))
        .route("/desk/sign-in/back", get(provider::back))
        .route("/desk/sign-out", post(enter::sign_out))
        .route("/desk/set-up", get(enter::set_up_page).post(enter::set_up))
        .route("/desk/invitation/{token}", get(enter::invitation_page).post(enter::accept))
        .route("/desk/me", get(enter::me_page).post(enter::me))
        .route("/desk/accounts", get(accounts::all).post(accounts::change))
        .route("/desk/lab", get(accounts::lab_page).post(accounts::settle));
    guarded(routes.with_state(Arc::new(desk)))
}

/// What a node serves that does not know its lab yet: the page that asks, and the way there.
pub fn first(desk: Desk) -> Router {
    let desk = Arc::new(desk);
    let routes = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/", get(enter::to_set_up))
        .route("/desk", get(enter::to_set_up))
        .route("/desk/{*rest}", get(enter::to_set_up))
        .route("/desk/set-up", get(enter::set_up_page).post(enter::set_up))
        .route(&super::STYLE.address, get(style))
        .route(&super::ICON.address, get(icon))
        .route(&super::DESK_STYLE.address, get(desk_style))
        // A feed that is not there yet is no empty feed.
        .fallback(async || StatusCode::SERVICE_UNAVAILABLE);
    guarded(routes.with_state(desk))
}

async fn style(parts: Parts) -> Response {
    super::answer(&parts.headers, &super::STYLE.document, super::Policy::Fixed)
}

async fn icon(parts: Parts) -> Response {
    super::answer(&parts.headers, &super::ICON.document, super::Policy::Fixed)
}

async fn desk_script(parts: Parts) -> Response {
    super::answer(&parts.headers, &super::DESK_SCRIPT.document, super::Policy::Fixed)
}

async fn desk_style(parts: Parts) -> Response {
    super::answer(&parts.headers, &super::DESK_STYLE.document, super::Policy::Fixed)
}

fn guarded(router: Router) -> Router {
    router
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(from_fn(private))
}

/// What is on a desk is for one person, and for no other site.
async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not none at all: a browser then hides from our own forms where they come from.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Who asks, in which language, and when.
struct Asked {
    desk: Arc<Desk>,
    t: Tongue,
    /// The language was chosen in the address: where we lead to keeps it.
    chosen: bool,
    /// After the root.
    path: String,
    query: String,
    lab: Option<Lab>,
    token: Option<Token>,
    account: Option<Account>,
    now: Timestamp,
}

impl Asked {
    pub fn node(&self) -> Result<&Arc<Node>, Trouble> {
        self.desk.node.as_ref().ok_or_else(|| Trouble::Inside("no node".into()))
    }

    pub fn lab(&self) -> Result<&Lab, Trouble> {
        self.lab.as_ref().ok_or_else(|| Trouble::Inside("no lab".into()))
    }

    /// What the addresses of pictures begin with.
    pub fn pictures(&self) -> Result<Address, Trouble> {
        Ok(Address::new(&format!("{}pictures/", self.desk.base))?)
    }

    /// The hour at the lab.
    fn local(&self) -> jiff::Zoned {
        let zone = self.lab.as_ref().and_then(|lab| lab.zone.as_ref()).map_or(TimeZone::UTC, Zone::rules);
        self.now.to_zoned(zone)
    }

    /// An instant in words, at the lab.
    pub fn instant(&self, at: Timestamp) -> String {
        let zone = self.lab.as_ref().and_then(|lab| lab.zone.as_ref()).map_or(TimeZone::UTC, Zone::rules);
        let wall = at.to_zoned(zone).datetime();
        format!("{} {}, {}", self.t.short_day(wall.date()), wall.year(), self.t.hour(wall.time()))
    }

    /// Whoever has this account, as the others call them.
    pub fn called(&self, accounts: &[Account], name: &str) -> String {
        accounts.iter().find(|a| a.name.as_str() == name).map_or_else(|| name.to_owned(), |a| a.shown.to_string())
    }

    /// An event as its form would say it, on the lab's clock.
    pub fn form_of(&self, event: &Event) -> Result<Form, Trouble> {
        Ok(Form::of(event, &self.pictures()?, self.lab()?.zone.as_ref()))
    }
}

impl FromRequestParts<Arc<Desk>> for Asked {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Asked, Trouble> {
        let query = parts.uri.query().unwrap_or("").to_owned();
        let (t, chosen) = ask::tongue(&query, &parts.headers);
        let now = now();
        let token = cookie(&parts.headers, COOKIE).map(|text| Token::from_text(&text));
        let account = match &token {
            Some(token) => desk.accounts.session(token, now).await?,
            None => None,
        };
        let lab = desk.store().lab().await?;
        let path = parts.uri.path().trim_start_matches('/').to_owned();
        Ok(Asked { desk: Arc::clone(desk), t, chosen, path, query, lab, token, account, now })
    }
}

/// Somebody who is signed in.
struct Signed {
    asked: Asked,
    account: Account,
}

impl FromRequestParts<Arc<Desk>> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Signed, Response> {
        let asked = Asked::from_request_parts(parts, desk).await.map_err(IntoResponse::into_response)?;
        match asked.account.clone() {
            Some(account) => Ok(Signed { asked, account }),
            None if desk.accounts.none().await.unwrap_or(false) => Err(asked.lead("desk/set-up")),
            None => Err(asked.lead_to_sign_in(parts.method == Method::GET)),
        }
    }
}

impl Asked {
    /// The address of a page of ours, in the language that the address chose.
    fn to(&self, path: &str) -> String {
        let ui = match (self.chosen, path.contains('?')) {
            (true, false) => format!("?ui={}", self.t.code()),
            (true, true) => format!("&ui={}", self.t.code()),
            (false, _) => String::new(),
        };
        let (path, anchor) = path.split_once('#').map_or((path, String::new()), |(path, a)| (path, format!("#{a}")));
        format!("{}{path}{ui}{anchor}", self.desk.root())
    }

    /// Leads to a page of ours, to be got anew.
    fn lead(&self, path: &str) -> Response {
        lead(&self.to(path))
    }

    fn lead_to_sign_in(&self, back: bool) -> Response {
        let back = if back { format!("?to={}", encode(&format!("/{}", self.path))) } else { String::new() };
        self.lead(&format!("desk/sign-in{back}"))
    }

    fn frame(&self, key: &str) -> Frame<'_> {
        Frame::new(self, self.t.say(key))
    }

    fn say(&self, key: &str) -> String {
        self.t.say(key)
    }

    /// The value of the address's query.
    fn query(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
    }

    /// The cookie that begins a session, or ends it.
    fn cookie(&self, token: Option<&Token>) -> String {
        let secure = if self.desk.base.as_str().starts_with("https:") { "; Secure" } else { "" };
        let (value, age) = token.map_or(("", 0), |token| (token.secret(), account::SESSION.as_secs()));
        format!("{COOKIE}={value}; Path={}; Max-Age={age}; HttpOnly; SameSite=Lax{secure}", self.desk.root())
    }
}

impl Signed {
    /// # Errors
    /// [`Trouble::Forbidden`] for who may not settle anything.
    fn admin(&self) -> Result<(), Trouble> {
        if self.account.may_settle() { Ok(()) } else { Err(Trouble::Forbidden) }
    }
}

/// Why no page came of it.
#[derive(Debug)]
enum Trouble {
    /// Logged here, and shown as the friendly 500.
    Inside(String),
    /// There is no such thing.
    NotFound,
    /// They may not.
    Forbidden,
}

impl<E: std::error::Error> From<E> for Trouble {
    fn from(error: E) -> Trouble {
        Trouble::Inside(error.to_string())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Trouble::Inside(error) => {
                tracing::error!(error, "the desk could not answer");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            Trouble::NotFound => StatusCode::NOT_FOUND.into_response(),
            Trouble::Forbidden => StatusCode::FORBIDDEN.into_response(),
        }
    }
}

type Answer = Result<Response, Trouble>;

/// A page for one person.
fn page(asked: &Asked, status: StatusCode, page: &impl askama::Template) -> Answer {
    let mut response = Response::new(page.render()?.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(asked.t.code()));
    Ok(response)
}

/// A form that cannot be taken as it is, or is shown for the first time.
fn status(problems: &Problems) -> StatusCode {
    if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn lead(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn cookie(headers: &HeaderMap, cookie: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == cookie && !value.is_empty()).map(|(_, value)| value.to_owned())
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The clock, read here and handed down, in whole seconds.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
