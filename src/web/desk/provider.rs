//! To the identity provider and back, and signing out there too.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;

use super::view::Frame;
use super::*;
use crate::node::account::{Entrance, Refused};
use crate::node::provider::{Back, Refusal, TICKET, Ticket};

/// The cookie of somebody who is at the provider.
const TICKET_COOKIE: &str = "essaim-sign-in";

/// Why nobody was let in, as it stands in an address, to be said there with the provider's name.
fn code(refused: &Refused) -> &'static str {
    match refused {
        Refused::Unknown => "unknown",
        Refused::NoAddress => "no-address",
        Refused::Linked => "linked",
        _ => "expired",
    }
}

/// Why nobody was let in, in words; `None` for a code that is none.
pub fn refused(asked: &Asked, said: &str) -> Option<String> {
    let provider = asked.desk.provider.as_ref()?;
    let ours = [Refused::Unknown, Refused::NoAddress, Refused::Linked, Refused::Expired];
    let mut all = Refusal::ALL.map(Refusal::code).into_iter().chain(ours.iter().map(code));
    let key = format!("desk-provider-{}", all.find(|code| *code == said)?);
    Some(asked.t.say_with(&key, [("provider", provider.label().to_string().into())]))
}

/// The accounts that sign in by the provider.
pub async fn linked(asked: &Asked) -> Result<BTreeSet<String>, Trouble> {
    match &asked.desk.provider {
        Some(provider) => Ok(asked.desk.store().with_identity(provider.issuer()).await?.into_iter().collect()),
        None => Ok(BTreeSet::new()),
    }
}

fn ticket_cookie(asked: &Asked, ticket: Option<&Ticket>) -> String {
    let secure = if asked.desk.base.as_str().starts_with("https:") { "; Secure" } else { "" };
    let (value, age) = ticket.map_or((String::new(), 0), |ticket| (ticket.cookie(), TICKET.as_secs()));
    let path = asked.desk.root();
    format!("{TICKET_COOKIE}={value}; Path={path}desk/sign-in; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// Leads to the provider.
pub async fn go(State(desk): State<Arc<Desk>>, asked: Asked) -> Answer {
    if asked.account.is_some() {
        return Ok(asked.lead("desk"));
    }
    let to = super::enter::back(asked.query("to").as_deref());
    let invitation = asked.query("invitation").unwrap_or_default();
    let invitation: String = invitation.chars().filter(char::is_ascii_hexdigit).take(64).collect();
    let (ticket, there) = leave(&desk, &asked, &to, &invitation).await?;
    let mut response = match there {
        Ok(there) => lead(there.as_str()),
        Err(why) => return Ok(turned_away(&asked, &to, &invitation, why.code())),
    };
    set_cookie(&mut response, &ticket_cookie(&asked, Some(&ticket)));
    Ok(response)
}

/// Leads somebody there who is signed in, to be known by that identity from now on. Only a form of ours does: a link on
/// another site could give their account the identity of somebody else, signed in there in their browser.
pub async fn link(asked: &Asked) -> Answer {
    let Some(provider) = &asked.desk.provider else { return Err(Trouble::NotFound) };
    let (ticket, there) = leave(&asked.desk, asked, "desk/me", Ticket::ME).await?;
    let there = match there {
        Ok(there) => there.to_string(),
        Err(why) => return Ok(turned_away(asked, "desk/me", Ticket::ME, why.code())),
    };
    let f = asked.frame("desk-link-go");
    let why = asked.t.say_with("desk-link-leaving", [("provider", provider.label().to_string().into())]);
    let mut response = page(asked, StatusCode::OK, &LeavingPage { f, there, why })?;
    set_cookie(&mut response, &ticket_cookie(asked, Some(&ticket)));
    Ok(response)
}

async fn leave(desk: &Desk, asked: &Asked, to: &str, by: &str) -> Result<(Ticket, Result<url::Url, Refusal>), Trouble> {
    let Some(provider) = &desk.provider else { return Err(Trouble::NotFound) };
    let tongue = if asked.chosen { asked.t.code() } else { "" };
    let ticket = Ticket::new(tongue, to, by, asked.now)?;
    let there = provider.begin(&ticket, asked.t.code()).await;
    Ok((ticket, there))
}

/// Takes up who comes from the provider.
pub async fn back(
    State(desk): State<Arc<Desk>>,
    Query(back): Query<Back>,
    headers: HeaderMap,
    mut asked: Asked,
) -> Answer {
    let Some(provider) = &desk.provider else { return Err(Trouble::NotFound) };
    let ticket = cookie(&headers, TICKET_COOKIE).and_then(|cookie| Ticket::read(&cookie, asked.now));
    let spoken = |ticket: &Ticket| Tongue::ALL.into_iter().find(|tongue| tongue.code() == ticket.tongue);
    if let Some(tongue) = ticket.as_ref().and_then(spoken) {
        (asked.t, asked.chosen) = (tongue, true);
    }
    let (to, by) = ticket
        .as_ref()
        .map_or(("desk".to_owned(), String::new()), |ticket| (super::enter::back(Some(&ticket.to)), ticket.by.clone()));
    let entered = match provider.finish(ticket.as_ref(), back, asked.now).await {
        Ok(person) => {
            let link = Token::from_text(&by);
            let entrance = match (by.as_str(), &asked.account) {
                ("", _) => Some(Entrance::Plain),
                (Ticket::ME, Some(account)) => Some(Entrance::Signed(&account.name)),
                // Signed out meanwhile: by whom, nobody knows any more.
                (Ticket::ME, None) => None,
                _ => Some(Entrance::Invited(&link)),
            };
            match entrance {
                Some(entrance) => {
                    let entered = desk.accounts.enter(&person, entrance, provider.newcomers(), asked.now).await?;
                    entered.map_err(|why| code(&why))
                }
                None => Err(Refusal::Stale.code()),
            }
        }
        Err(why) => Err(why.code()),
    };
    let mut response = match entered {
        Ok(token) => {
            // The session from which they left goes on as the new one.
            if let Some(old) = &asked.token {
                desk.accounts.sign_out(old).await?;
            }
            let mut response = asked.lead(&to);
            set_cookie(&mut response, &asked.cookie(Some(&token)));
            response
        }
        Err(why) => turned_away(&asked, &to, &by, why),
    };
    set_cookie(&mut response, &ticket_cookie(&asked, None));
    Ok(response)
}

/// Leads to the page from which they left, which says why they are there again.
fn turned_away(asked: &Asked, to: &str, by: &str, why: &str) -> Response {
    let page = match (by, &asked.account) {
        (Ticket::ME, _) | ("", Some(_)) => format!("desk/me?refused={why}"),
        ("", None) => format!("desk/sign-in?refused={why}&to={}", encode(&format!("/{to}"))),
        (invitation, _) => format!("desk/invitation/{invitation}?refused={why}"),
    };
    asked.lead(&page)
}

#[derive(Template)]
#[template(path = "desk/leaving.html")]
struct LeavingPage<'a> {
    f: Frame<'a>,
    there: String,
    why: String,
}

/// The page that leads on to the end of the session at the provider: a form may not lead to another site, a page may.
pub async fn end(asked: &Asked, id_token: Option<&str>) -> Result<Option<Response>, Trouble> {
    let (Some(provider), Some(id_token)) = (&asked.desk.provider, id_token) else { return Ok(None) };
    let Some(there) = provider.end(id_token).await else { return Ok(None) };
    let why = asked.t.say_with("desk-signed-out-why", [("provider", provider.label().to_string().into())]);
    let mut f = asked.frame("desk-signed-out");
    f.leave();
    page(asked, StatusCode::OK, &LeavingPage { f, there: there.to_string(), why }).map(Some)
}
