//! Coming in: the first set-up, signing in and out, choosing a password by a link, one's own account.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::view::{Frame, Problems};
use super::*;
use crate::event::Line;
use crate::node::account::{LONGEST_PASSWORD, Refused, SHORTEST_PASSWORD};
use crate::node::lab;
use crate::programme::account::{AccountName, Role};

#[derive(Template)]
#[template(path = "desk/sign-in.html")]
struct SignInPage<'a> {
    f: Frame<'a>,
    p: Problems,
    name: String,
    /// Where to go then.
    to: String,
    /// What was typed when the session had ended, to come back after signing in.
    kept: Option<String>,
}

/// Where to go after signing in: a page of the desk, and nowhere else.
pub fn back(to: Option<&str>) -> String {
    let to = to.unwrap_or_default().trim_start_matches('/');
    let inside = to == "desk" || to.starts_with("desk/");
    let plain = to.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~%".contains(&b));
    if inside && plain && !to.contains("..") { to.to_owned() } else { "desk".to_owned() }
}

pub async fn sign_in_page(asked: Asked) -> Answer {
    if asked.account.is_some() {
        return Ok(asked.lead("desk"));
    }
    if asked.desk.accounts.none().await? {
        return Ok(asked.lead("desk/set-up"));
    }
    let to = back(asked.query("to").as_deref());
    let f = asked.frame("desk-sign-in");
    page(&asked, StatusCode::OK, &SignInPage { f, p: Problems::default(), name: String::new(), to, kept: None })
}

pub async fn sign_in(asked: Asked, fields: Fields) -> Answer {
    // Signed in meanwhile, in another tab.
    if fields.get("do") == "go-on" {
        let (to, kept) = (back(Some(fields.get("to"))), fields.get("kept").to_owned());
        return match asked.account.clone() {
            Some(account) => {
                let signed = Signed { asked, account };
                let come_back = super::draft::come_back(&signed, &to, &kept).await?;
                Ok(come_back.unwrap_or_else(|| signed.asked.lead(&to)))
            }
            None => again(&asked, &to, kept),
        };
    }
    let name = fields.get("name").to_owned();
    let tried = asked.desk.accounts.sign_in(&name, fields.get("password"), asked.now).await?;
    let kept = Some(fields.get("kept").to_owned()).filter(|kept| !kept.is_empty());
    let to = back(Some(fields.get("to")));
    match tried {
        Ok(token) => {
            let account = asked.desk.accounts.session(&token, asked.now).await?.ok_or(Trouble::NotFound)?;
            let cookie = asked.cookie(Some(&token));
            let signed = Signed { asked, account };
            let come_back = match kept {
                Some(kept) => super::draft::come_back(&signed, &to, &kept).await?,
                None => None,
            };
            let mut response = come_back.unwrap_or_else(|| signed.asked.lead(&to));
            set_cookie(&mut response, &cookie);
            Ok(response)
        }
        Err(why) => {
            let mut p = Problems::default();
            p.add("name", refused(&asked, &why));
            let status = if matches!(why, Refused::Wait(_)) {
                StatusCode::TOO_MANY_REQUESTS
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            page(&asked, status, &SignInPage { f: asked.frame("desk-sign-in"), p, name, to, kept })
        }
    }
}

/// Asks somebody to sign in again whose session ended while they wrote; what they wrote comes back then.
pub fn again(asked: &Asked, to: &str, kept: String) -> Answer {
    let (f, p) = (asked.frame("desk-sign-in"), Problems::default());
    let shown = SignInPage { f, p, name: String::new(), to: back(Some(to)), kept: Some(kept) };
    page(asked, StatusCode::UNAUTHORIZED, &shown)
}

/// Why somebody was not let in, in words.
pub fn refused(asked: &Asked, why: &Refused) -> String {
    let t = asked.t;
    match why {
        Refused::Wait(until) => {
            let seconds = until.duration_since(asked.now).as_secs().max(1);
            t.say_with("desk-refused-wait", [("n", seconds.into())])
        }
        Refused::Wrong => t.say("desk-refused-wrong"),
        Refused::Short => t.say_with("desk-refused-short", [("n", SHORTEST_PASSWORD.into())]),
        Refused::Long => t.say_with("desk-refused-long", [("n", LONGEST_PASSWORD.into())]),
        Refused::Obvious => t.say("desk-refused-obvious"),
        Refused::Taken => t.say("desk-refused-taken"),
        Refused::Expired => t.say("desk-refused-expired"),
        Refused::LastAdmin => t.say("desk-refused-last-admin"),
        // Said with the provider's name, where one came by it.
        Refused::Unknown | Refused::NoAddress | Refused::Linked => t.say("desk-refused-wrong"),
    }
}

pub async fn sign_out(asked: Asked) -> Answer {
    let id_token = match &asked.token {
        Some(token) => asked.desk.accounts.sign_out(token).await?,
        None => None,
    };
    let mut response = match provider::end(&asked, id_token.as_deref()).await? {
        Some(page) => page,
        None => asked.lead("desk/sign-in"),
    };
    set_cookie(&mut response, &asked.cookie(None));
    Ok(response)
}

// ---- The first set-up

#[derive(Template)]
#[template(path = "desk/set-up.html")]
struct SetUpPage<'a> {
    f: Frame<'a>,
    p: Problems,
    /// The lab is asked too.
    lab: bool,
    l: accounts::LabForm,
    code: String,
    name: String,
    shown: String,
    /// What ids will begin with, and whether that names nothing but this machine.
    tag: String,
    here: bool,
}

/// Leads to the set-up; once that is done, to where one wanted to go, on a connection that the node answers.
pub async fn to_set_up(asked: Asked) -> Response {
    if asked.lab.is_none() {
        return asked.lead("desk/set-up");
    }
    let mut response = lead(&format!("{}{}", asked.desk.root(), asked.path));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

pub async fn set_up_page(asked: Asked) -> Answer {
    if !asked.desk.accounts.none().await? {
        return Ok(asked.lead("desk/sign-in"));
    }
    let (code, name) = (asked.query("code").unwrap_or_default(), String::new());
    let l = accounts::LabForm::new(&asked, &Fields::default());
    let (f, lab) = (asked.frame("desk-set-up"), asked.lab.is_none());
    let (tag, here) = ids(&asked);
    let (p, shown) = (Problems::default(), String::new());
    page(&asked, StatusCode::OK, &SetUpPage { f, p, lab, l, code, shown, name, tag, here })
}

pub async fn set_up(asked: Asked, fields: Fields) -> Answer {
    if !asked.desk.accounts.none().await? {
        return Ok(asked.lead("desk/sign-in"));
    }
    let mut p = Problems::default();
    if !asked.desk.accounts.is_first_code(fields.get("code")) {
        p.add("code", asked.say("desk-set-up-code-wrong"));
    }
    let l = accounts::LabForm::new(&asked, &fields);
    let said = if asked.lab.is_none() { l.read(&asked, &mut p) } else { None };
    let (name, shown) = account_fields(&asked, &fields, &mut p);
    if p.is_empty()
        && let (Some(name), Some(shown)) = (name, shown)
    {
        // Before the account, whose existence ends the set-up.
        if let Some(said) = said {
            let lab = said.lab(None, &asked.desk.base, year(&asked));
            asked.desk.store().set_lab(&lab.ok_or_else(|| Trouble::Inside("no tag".into()))?).await?;
        }
        let accounts = &asked.desk.accounts;
        match accounts.add(name.clone(), shown, Role::Admin, fields.get("password"), asked.now).await? {
            Ok(account) => {
                let token = accounts.begin(&account.name, asked.now).await?;
                asked.desk.settled.notify_one();
                let mut response = asked.lead("desk?done=set-up");
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                set_cookie(&mut response, &asked.cookie(Some(&token)));
                return Ok(response);
            }
            Err(why) => p.add("password", refused(&asked, &why)),
        }
    }
    let (f, lab) = (asked.frame("desk-set-up"), asked.lab.is_none());
    let get = |name: &str| fields.get(name).to_owned();
    let (code, name, shown) = (get("code"), get("account"), get("shown"));
    let (tag, here) = ids(&asked);
    page(&asked, StatusCode::UNPROCESSABLE_ENTITY, &SetUpPage { f, p, lab, l, code, name, shown, tag, here })
}

/// The year in which ids are minted.
fn year(asked: &Asked) -> i16 {
    asked.now.to_zoned(jiff::tz::TimeZone::UTC).year()
}

/// What ids will begin with, and whether that names nothing but this machine.
fn ids(asked: &Asked) -> (String, bool) {
    (lab::tag(&asked.desk.base, year(asked)), lab::is_here(&asked.desk.base))
}

/// The name to sign in with and the one the others see.
pub fn account_fields(asked: &Asked, fields: &Fields, p: &mut Problems) -> (Option<AccountName>, Option<Line>) {
    let name = AccountName::new(fields.get("account"));
    if name.is_err() {
        p.add("account", asked.say("desk-account-name-bad"));
    }
    let shown = Line::new(fields.get("shown"));
    if shown.is_err() {
        p.add("shown", asked.say("desk-account-shown-bad"));
    }
    (name.ok(), shown.ok())
}

// ---- A link to choose a password

#[derive(Template)]
#[template(path = "desk/invitation.html")]
struct InvitationPage<'a> {
    f: Frame<'a>,
    p: Problems,
    /// Whom it invites; nobody when it is no longer good.
    invited: Option<Account>,
    /// The last part of its address.
    link: String,
}

pub async fn invitation_page(asked: Asked, Path(link): Path<String>) -> Answer {
    let invited = asked.desk.accounts.invited(&Token::from_text(&link), asked.now).await?;
    let status = if invited.is_some() { StatusCode::OK } else { StatusCode::GONE };
    page(&asked, status, &InvitationPage { f: asked.frame("desk-invitation"), p: Problems::default(), invited, link })
}

pub async fn accept(asked: Asked, Path(link): Path<String>, fields: Fields) -> Answer {
    let link = Token::from_text(&link);
    match asked.desk.accounts.accept(&link, fields.get("password"), asked.now).await? {
        Ok(token) => {
            let mut response = asked.lead("desk?done=password");
            set_cookie(&mut response, &asked.cookie(Some(&token)));
            Ok(response)
        }
        Err(why) => {
            let mut p = Problems::default();
            p.add("password", refused(&asked, &why));
            let invited = asked.desk.accounts.invited(&link, asked.now).await?;
            let f = asked.frame("desk-invitation");
            let link = link.secret().to_owned();
            page(&asked, StatusCode::UNPROCESSABLE_ENTITY, &InvitationPage { f, p, invited, link })
        }
    }
}

// ---- One's own account

#[derive(Template)]
#[template(path = "desk/me.html")]
struct MePage<'a> {
    f: Frame<'a>,
    p: Problems,
    me: &'a Account,
    role: String,
    /// Whether they sign in by the provider.
    linked: bool,
    /// Whether they have a password.
    password: bool,
}

pub async fn me_page(signed: Signed) -> Answer {
    own(&signed, Problems::default()).await
}

async fn own(signed: &Signed, p: Problems) -> Answer {
    let linked = provider::linked(&signed.asked).await?.contains(signed.account.name.as_str());
    let password = signed.asked.desk.store().password(&signed.account.name).await?.is_some();
    let role = signed.asked.say(&format!("desk-role-{}", signed.account.role.code()));
    let f = signed.asked.frame("desk-me");
    page(&signed.asked, status(&p), &MePage { f, p, me: &signed.account, role, linked, password })
}

pub async fn me(State(desk): State<Arc<Desk>>, signed: Signed, fields: Fields) -> Answer {
    let (asked, me) = (&signed.asked, &signed.account);
    if fields.get("do") == "everywhere" {
        desk.store().end_sessions(&me.name).await?;
        let mut response = asked.lead("desk/sign-in");
        set_cookie(&mut response, &asked.cookie(None));
        return Ok(response);
    }
    if fields.get("do") == "link" {
        return provider::link(asked).await;
    }
    let mut p = Problems::default();
    // Whoever found the session open does not have the password for that.
    match desk.accounts.sign_in(me.name.as_str(), fields.get("old"), asked.now).await? {
        Err(why) => p.add("old", refused(asked, &why)),
        Ok(spare) => {
            desk.accounts.sign_out(&spare).await?;
            let link = desk.accounts.reset(&me.name, asked.now).await?.ok_or(Trouble::NotFound)?;
            match desk.accounts.accept(&link, fields.get("password"), asked.now).await? {
                Ok(token) => {
                    let mut response = asked.lead("desk/me?done=password");
                    set_cookie(&mut response, &asked.cookie(Some(&token)));
                    return Ok(response);
                }
                Err(why) => p.add("password", refused(asked, &why)),
            }
        }
    }
    own(&signed, p).await.map(IntoResponse::into_response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_another_site() {
        for to in ["https://evil.example/", "//evil.example/desk/", "/desk/../../x", "/desk/\\evil", "/deskevil", "/"] {
            assert_eq!(back(Some(to)), "desk", "{to}");
        }
        assert_eq!(back(Some("/desk/drafts/0191-a")), "desk/drafts/0191-a");
        assert_eq!(back(None), "desk");
    }
}
