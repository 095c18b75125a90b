//! Signing in by an identity provider: OpenID Connect, authorization code flow with PKCE (RFC 7636).
//!
//! Hides openidconnect: nobody else names it. A [`Ticket`] goes with the browser to the provider and back; state, nonce
//! and code verifier are made of its secret, so that an answer counts only in the browser that asked for it. What comes
//! back is a [`Person`], or a [`Refusal`]; whose account that is, [`account`](super::account) decides.
//!
//! The provider is asked by the rules of every fetch: no redirect, bounded size and time, and no address inside our network
//! that the configuration does not allow.

use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreIdToken,
    CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreTokenResponse,
};
use openidconnect::{
    AdditionalClaims, AsyncHttpClient, AuthType, AuthenticationContextClass, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, IssuerUrl, LanguageTag, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError, Scope,
    StandardClaims, TokenResponse, UserInfoClaims, UserInfoError, UserInfoResponseType, http,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use url::Url;

use super::account::{Error, Person, Token};
use crate::config::{self, Newcomers, Oidc, OidcProfile};
use crate::event::{Address, Line};
use crate::fetch::{self, Fetcher, Message, Rules};
use crate::programme::Failure;
use crate::programme::account::{AccountName, Role};

/// How long somebody may take at the provider.
pub const TICKET: SignedDuration = SignedDuration::from_mins(10);
/// How far the provider's clock may be from ours.
const CLOCKS: i64 = 600;
/// How long what the provider says of itself, its keys included, is taken for current.
const CURRENT: Duration = Duration::from_hours(1);
/// The whole of one question to it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Its longest answer, in bytes.
const MOST_BYTES: usize = 256 * 1024;
/// Answers that are remembered so that none counts twice.
const USED: usize = 10_000;
/// So many come back at once; the others wait.
const AT_ONCE: usize = 4;
/// With what it may sign. Never with nothing, nor with a secret that both know.
const SIGNED: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
];

/// Why nobody came back from the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It does not answer, or answers that it cannot.
    Unavailable,
    /// It, or the person there, said no.
    Denied,
    /// The answer is to a question that this browser did not ask, asked too long ago, or had answered already.
    Stale,
    /// What it said does not hold: a wrong signature, issuer, audience, nonce or time.
    Unsound,
    /// The person is of an establishment that is not let in.
    Elsewhere,
}

impl Refusal {
    /// All there are.
    pub const ALL: [Refusal; 5] =
        [Refusal::Unavailable, Refusal::Denied, Refusal::Stale, Refusal::Unsound, Refusal::Elsewhere];

    /// As it stands in an address.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::Unavailable => "unavailable",
            Refusal::Denied => "denied",
            Refusal::Stale => "stale",
            Refusal::Unsound => "unsound",
            Refusal::Elsewhere => "elsewhere",
        }
    }
}

/// What a browser holds while its owner is at the provider.
#[derive(Debug, Clone)]
pub struct Ticket {
    secret: Token,
    made: i64,
    /// The language that the address of the page chose from which they left; empty when it chose none.
    pub tongue: String,
    /// Where they want to go then: a path of the desk.
    pub to: String,
    /// By which link they came, if by one; or [`Ticket::ME`].
    pub by: String,
}

impl Ticket {
    /// Somebody who is signed in wants to sign in so from now on.
    pub const ME: &str = "me";

    /// A new one. What it is given may hold no `!`.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn new(tongue: &str, to: &str, by: &str, now: Timestamp) -> Result<Ticket, Error> {
        let secret = Token::new()?;
        let [tongue, to, by] = [tongue, to, by].map(str::to_owned);
        Ok(Ticket { secret, made: now.as_second(), tongue, to, by })
    }

    /// The one that a browser brought back; `None` when that is none, or too old.
    pub fn read(cookie: &str, now: Timestamp) -> Option<Ticket> {
        let mut parts = cookie.split('!');
        let mut next = || parts.next().map(str::to_owned);
        let (secret, made) = (next()?, next()?.parse().ok()?);
        let ticket = Ticket { secret: Token::from_text(&secret), made, tongue: next()?, to: next()?, by: next()? };
        let age = now.as_second().checked_sub(made)?;
        (parts.next().is_none() && (0..TICKET.as_secs()).contains(&age)).then_some(ticket)
    }

    /// As the browser keeps it.
    pub fn cookie(&self) -> String {
        format!("{}!{}", self.secret.secret(), self.said())
    }

    fn said(&self) -> String {
        format!("{}!{}!{}!{}", self.made, self.tongue, self.to, self.by)
    }

    /// 256 bits that only who holds the ticket can make, another for each use; all of the ticket is in it.
    fn made_for(&self, what: &str) -> String {
        let mut mac: Hmac<Sha256> = Hmac::new_from_slice(self.secret.secret().as_bytes())
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(format!("{what}!{}", self.said()).as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    fn state(&self) -> String {
        self.made_for("state")
    }
}

/// What the provider sent the browser back with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    code: String,
    state: String,
    error: String,
    /// Which provider answers (RFC 9207).
    iss: Option<String>,
}

/// What it says of people beside the standard.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Peculiar {
    #[serde(default)]
    usual_name: Option<String>,
    #[serde(default)]
    siret: Option<String>,
}

impl AdditionalClaims for Peculiar {}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// An identity provider, as the configuration has it.
pub struct Provider {
    oidc: Oidc,
    secret: ClientSecret,
    asking: Asking,
    issuer: IssuerUrl,
    /// Where it sends people back to, and where after they signed out.
    back: RedirectUrl,
    after: PostLogoutRedirectUrl,
    known: tokio::sync::Mutex<Option<(Instant, Arc<ProviderMetadataWithLogout>)>>,
    used: Mutex<HashMap<String, i64>>,
    turn: Semaphore,
}

/// Why the configuration makes no provider.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// A value.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// An address.
    #[error("oidc: {0}")]
    Address(#[from] url::ParseError),
    /// What it is asked with.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
}

/// How asking the provider failed.
#[derive(Debug, thiserror::Error)]
enum Silent {
    #[error("{:?}: {}", .0.kind, .0.detail)]
    Failed(Failure),
    #[error("the question cannot be asked")]
    Question,
}

/// Why what it said does not count.
enum Doubt {
    /// A signature: its keys may have changed.
    Signature(String),
    Refused(Refusal, String),
}

impl Provider {
    /// The provider of the configuration, for the node at `base`. Asks nothing yet.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn new(oidc: Oidc, base: &Address, rules: Rules) -> Result<Provider, Unusable> {
        // One of our own: who signs in does not wait for a pause between fetches.
        let rules = Rules { total_time: PATIENCE, most_bytes: MOST_BYTES, spacing: Duration::ZERO, ..rules };
        Ok(Provider {
            secret: ClientSecret::new(oidc.secret()?),
            issuer: IssuerUrl::new(oidc.issuer.clone())?,
            back: RedirectUrl::new(format!("{base}desk/sign-in/back"))?,
            after: PostLogoutRedirectUrl::new(format!("{base}desk/sign-in"))?,
            oidc,
            asking: Asking(Fetcher::new(rules)?),
            known: tokio::sync::Mutex::default(),
            used: Mutex::default(),
            turn: Semaphore::new(AT_ONCE),
        })
    }

    /// What people call it.
    pub fn label(&self) -> &Line {
        &self.oidc.label
    }

    /// What it calls itself.
    pub fn issuer(&self) -> &str {
        &self.oidc.issuer
    }

    /// With which role it lets in whom nobody invited.
    pub fn newcomers(&self) -> Option<Role> {
        match self.oidc.newcomers {
            Newcomers::None => None,
            Newcomers::Organiser => Some(Role::Organiser),
            Newcomers::Editor => Some(Role::Editor),
        }
    }

    /// Where the browser that holds the ticket goes, to be spoken to in a language.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn begin(&self, ticket: &Ticket, tongue: &str) -> Result<Url, Refusal> {
        let client = self.client(&*self.known(false).await?);
        let state = CsrfToken::new(ticket.state());
        let nonce = Nonce::new(ticket.made_for("nonce"));
        let verifier = PkceCodeVerifier::new(ticket.made_for("verifier"));
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client
            .authorize_url(flow, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_ui_locale(LanguageTag::new(tongue.to_owned()));
        let scopes: &[&str] = match self.oidc.profile {
            OidcProfile::Generic => &["email", "profile"],
            OidcProfile::ProConnect => &["given_name", "usual_name", "email", "uid", "siret", "idp_id"],
        };
        for scope in scopes {
            request = request.add_scope(Scope::new((*scope).to_owned()));
        }
        if self.oidc.profile == OidcProfile::ProConnect {
            request = request.add_auth_context_value(AuthenticationContextClass::new("eidas1".to_owned()));
        }
        Ok(request.url().0)
    }

    /// Who came back, with the ticket that they left with.
    ///
    /// # Errors
    /// [`Refusal`]; the log says more.
    pub async fn finish(&self, ticket: Option<&Ticket>, back: Back, now: Timestamp) -> Result<Person, Refusal> {
        let refused = |refusal: Refusal, why: &str| {
            tracing::warn!(refusal = refusal.code(), why, "nobody was let in by the identity provider");
            refusal
        };
        let Some(ticket) = ticket else { return Err(refused(Refusal::Stale, "no ticket, or an old one")) };
        // Hashes are compared: how long that takes says nothing of the state.
        if Sha256::digest(back.state.as_bytes()) != Sha256::digest(ticket.state().as_bytes()) {
            return Err(refused(Refusal::Stale, "the state is another one"));
        }
        if !self.first_use(&back.state, now) {
            return Err(refused(Refusal::Stale, "the answer was used already"));
        }
        if back.iss.as_ref().is_some_and(|iss| *iss != self.oidc.issuer) {
            return Err(refused(Refusal::Unsound, "another provider answers"));
        }
        if !back.error.is_empty() {
            let refusal = match back.error.as_str() {
                "server_error" | "temporarily_unavailable" => Refusal::Unavailable,
                _ => Refusal::Denied,
            };
            return Err(refused(refusal, &back.error));
        }
        let _turn = self.turn.acquire().await;
        let known = self.known(false).await?;
        let token = match self.exchange(&known, ticket, back.code).await {
            Ok(token) => token,
            Err((refusal, why)) => return Err(refused(refusal, &why)),
        };
        let Some(id_token) = token.id_token() else { return Err(refused(Refusal::Unsound, "no ID token")) };
        let nonce = Nonce::new(ticket.made_for("nonce"));
        let person = match self.vouched(&known, &token, id_token, &nonce, now).await {
            // Signed with a key that is new since we looked.
            Err(Doubt::Signature(_)) => {
                let known = self.known(true).await?;
                self.vouched(&known, &token, id_token, &nonce, now).await
            }
            person => person,
        };
        person.map_err(|doubt| match doubt {
            Doubt::Signature(why) => refused(Refusal::Unsound, &why),
            Doubt::Refused(refusal, why) => refused(refusal, &why),
        })
    }

    /// Where somebody goes to sign out there too; `None` where it offers no such thing, or does not answer.
    pub async fn end(&self, id_token: &str) -> Option<Url> {
        let known = self.known(false).await.ok()?;
        let end = known.additional_metadata().end_session_endpoint.clone()?;
        let hint: CoreIdToken = id_token.parse().ok()?;
        let state = CsrfToken::new(Token::new().ok()?.secret().to_owned());
        let request = LogoutRequest::from(end)
            .set_id_token_hint(&hint)
            .set_client_id(self.client_id())
            .set_post_logout_redirect_uri(self.after.clone())
            .set_state(state);
        Some(request.http_get_url())
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.oidc.client_id.clone())
    }

    /// Notes that an answer is used; `false` when it was before.
    fn first_use(&self, state: &str, now: Timestamp) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.as_second();
        used.retain(|_, at| now - *at <= TICKET.as_secs());
        if used.len() >= USED
            && let Some(oldest) = used.iter().min_by_key(|(_, at)| **at).map(|(state, _)| state.clone())
        {
            used.remove(&oldest);
        }
        used.insert(state.to_owned(), now).is_none()
    }

    /// What it says of itself, and its keys; asked anew when that is old or `anew`.
    async fn known(&self, anew: bool) -> Result<Arc<ProviderMetadataWithLogout>, Refusal> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata)) = &*known
            && !anew
            && at.elapsed() < CURRENT
        {
            return Ok(Arc::clone(metadata));
        }
        match ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.asking).await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *known = Some((Instant::now(), Arc::clone(&metadata)));
                Ok(metadata)
            }
            Err(error) => {
                tracing::warn!(why = chain(&error), "the identity provider does not say what it is");
                Err(Refusal::Unavailable)
            }
        }
    }

    fn client(&self, known: &ProviderMetadataWithLogout) -> Client {
        let methods: BTreeSet<&str> = known
            .token_endpoint_auth_methods_supported()
            .into_iter()
            .flatten()
            .filter_map(|method| match method {
                CoreClientAuthMethod::ClientSecretBasic => Some("basic"),
                CoreClientAuthMethod::ClientSecretPost => Some("post"),
                _ => None,
            })
            .collect();
        // Basic where nothing is said (OpenID Connect Discovery §3).
        let by_body =
            methods.contains("post") && (self.oidc.profile == OidcProfile::ProConnect || !methods.contains("basic"));
        let secret = Some(self.secret.clone());
        CoreClient::from_provider_metadata(known.clone(), self.client_id(), secret)
            .set_redirect_uri(self.back.clone())
            .set_auth_type(if by_body { AuthType::RequestBody } else { AuthType::BasicAuth })
    }

    async fn exchange(
        &self,
        known: &ProviderMetadataWithLogout,
        ticket: &Ticket,
        code: String,
    ) -> Result<CoreTokenResponse, (Refusal, String)> {
        let client = self.client(known);
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| (Refusal::Unavailable, error.to_string()))?;
        let verifier = PkceCodeVerifier::new(ticket.made_for("verifier"));
        request.set_pkce_verifier(verifier).request_async(&self.asking).await.map_err(|error| match &error {
            RequestTokenError::ServerResponse(said) => {
                let invalid = *said.error() == CoreErrorResponseType::InvalidGrant;
                let refusal = if invalid { Refusal::Stale } else { Refusal::Unavailable };
                (refusal, said.error().to_string())
            }
            RequestTokenError::Request(silent) => (Refusal::Unavailable, silent.to_string()),
            // What it says may be secret.
            RequestTokenError::Parse(..) => (Refusal::Unsound, "the answer to the code cannot be read".to_owned()),
            RequestTokenError::Other(_) => (Refusal::Unavailable, "the code cannot be exchanged".to_owned()),
        })
    }

    /// Whom it vouches for, once all that it says holds.
    async fn vouched(
        &self,
        known: &ProviderMetadataWithLogout,
        token: &CoreTokenResponse,
        id_token: &CoreIdToken,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<Person, Doubt> {
        let client = self.client(known);
        let now = now.as_second();
        let near = move |at: i64| {
            if (now - at).abs() <= CLOCKS { Ok(()) } else { Err("issued at another time than now".to_owned()) }
        };
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(SIGNED)
            .set_issue_time_verifier_fn(move |at| near(at.timestamp()));
        let claims: &CoreIdTokenClaims = id_token.claims(&verifier, nonce).map_err(|error| doubt(&error))?;
        let subject = claims.subject();
        let unsound = |why: &str| Doubt::Refused(Refusal::Unsound, why.to_owned());
        let request = client.user_info(token.access_token().clone(), Some(subject.clone()));
        let request = request.map_err(|_| unsound("no userinfo is offered"))?;
        let signed = self.oidc.profile == OidcProfile::ProConnect;
        let kind = if signed { UserInfoResponseType::Jwt } else { UserInfoResponseType::Json };
        let request = request.require_signed_response(signed).set_response_type(kind);
        let info: UserInfoClaims<Peculiar, CoreGenderClaim> =
            request.request_async(&self.asking).await.map_err(|error| of_info(&error))?;
        if info.subject() != subject {
            return Err(unsound("it speaks of somebody else"));
        }
        let (standard, peculiar) = (info.standard_claims(), info.additional_claims());
        let siret = peculiar.siret.as_deref().map(|siret| siret.replace(' ', ""));
        if !self.oidc.siret.is_empty() && !siret.is_some_and(|siret| self.oidc.siret.contains(&siret)) {
            return Err(Doubt::Refused(Refusal::Elsewhere, "an establishment that is not let in".to_owned()));
        }
        self.person(standard, peculiar, id_token).ok_or_else(|| unsound("it gives no name"))
    }

    fn person(
        &self,
        claims: &StandardClaims<CoreGenderClaim>,
        peculiar: &Peculiar,
        id_token: &CoreIdToken,
    ) -> Option<Person> {
        // ProConnect lets each address be vouched for only by the provider of its domain, and need not repeat it.
        let vouched = claims.email_verified().unwrap_or(self.oidc.profile == OidcProfile::ProConnect);
        let address = claims.email().filter(|_| vouched).and_then(|email| AccountName::new(email.as_str()).ok());
        let of = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let plain = |claim: Option<&openidconnect::LocalizedClaim<_>>| of(claim.and_then(first));
        let given = of(claims.given_name().and_then(|claim| claim.get(None)).map(|name| name.as_str()));
        let family = of(claims.family_name().and_then(|claim| claim.get(None)).map(|name| name.as_str()));
        let family = of(peculiar.usual_name.as_deref()).or(family);
        let both: Vec<String> = given.into_iter().chain(family).collect();
        let whole = plain(claims.name());
        let preferred = of(claims.preferred_username().map(|name| name.as_str()));
        let named = address.as_ref().map(ToString::to_string);
        let shown = whole.or_else(|| (!both.is_empty()).then(|| both.join(" "))).or(preferred).or(named);
        Some(Person {
            issuer: self.oidc.issuer.clone(),
            subject: claims.subject().to_string(),
            shown: Line::new(&shown.unwrap_or_else(|| claims.subject().to_string())).ok()?,
            address,
            id_token: id_token.to_string(),
        })
    }
}

/// How openidconnect asks: through our fetcher.
struct Asking(Fetcher);

impl<'c> AsyncHttpClient<'c> for Asking {
    type Error = Silent;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Silent>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            // What is asked with: what is wanted, what is sent, and who asks.
            let headers = ["accept", "content-type", "authorization"];
            let header = |name: &'static str| Some((name, parts.headers.get(name)?.to_str().ok()?.to_owned()));
            let body = (parts.method == http::Method::POST).then(|| body.into());
            let headers = headers.into_iter().filter_map(header).collect();
            let message = Message { address: parts.uri.to_string(), headers, body };
            let told = self.0.ask(message).await.map_err(Silent::Failed)?;
            let mut response = http::Response::builder().status(told.status);
            if let Some(kind) = &told.content_type {
                response = response.header(http::header::CONTENT_TYPE, kind);
            }
            response.body(told.body.to_vec()).map_err(|_| Silent::Question)
        })
    }
}

fn first(claim: &openidconnect::LocalizedClaim<openidconnect::EndUserName>) -> Option<&str> {
    claim.get(None).or_else(|| claim.iter().next().map(|(_, name)| name)).map(|name| name.as_str())
}

fn doubt(error: &ClaimsVerificationError) -> Doubt {
    match error {
        ClaimsVerificationError::SignatureVerification(why) => Doubt::Signature(chain(why)),
        other => Doubt::Refused(Refusal::Unsound, other.to_string()),
    }
}

fn of_info(error: &UserInfoError<Silent>) -> Doubt {
    match error {
        UserInfoError::ClaimsVerification(why) => doubt(why),
        UserInfoError::Request(silent) => Doubt::Refused(Refusal::Unavailable, silent.to_string()),
        UserInfoError::Response(status, ..) if !status.is_success() => {
            Doubt::Refused(Refusal::Unavailable, format!("userinfo: {status}"))
        }
        // What it says of the person stays out of the log.
        _ => Doubt::Refused(Refusal::Unsound, "userinfo cannot be read".to_owned()),
    }
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.oidc.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_ticket_is_good_for_ever_or_for_another_page() {
        let ticket = Ticket::new("fr", "desk/me", "", at(0)).unwrap();
        let cookie = ticket.cookie();
        let read = Ticket::read(&cookie, at(599)).unwrap();
        assert_eq!((read.state(), read.to.as_str()), (ticket.state(), "desk/me"));
        for (cookie, second) in [(cookie.as_str(), 600), (&cookie, -1), ("a!b!c!d!e", 0), ("", 0), (&cookie[..80], 0)] {
            assert!(Ticket::read(cookie, at(second)).is_none(), "{cookie} {second}");
        }
        assert!(Ticket::read(&format!("{cookie}!x"), at(0)).is_none());
        let other = Ticket::read(&cookie.replace("desk/me", "desk/lab"), at(0)).unwrap();
        assert_ne!(other.state(), ticket.state(), "where it leads can be changed on the way");
        let younger = cookie.replace("1800000000", "1800000500");
        assert_ne!(Ticket::read(&younger, at(1_000)).unwrap().state(), ticket.state(), "an old ticket is made young");
        let three = ["state", "nonce", "verifier"].map(|what| ticket.made_for(what));
        assert!(three[0] != three[1] && three[1] != three[2] && three.iter().all(|each| each.len() == 43));
        assert!(!three.iter().any(|each| cookie.contains(each.as_str())));
    }
}
