//! What administrators settle: who may sign in, and who the lab is.

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;

use super::enter::{account_fields, refused};
use super::view::{Frame, Problems};
use super::*;
use crate::event::{Language, Line, Region, Zone};
use crate::node::account::Refused;
use crate::node::form::read_day;
use crate::node::lab::{LICENCES, REGIONS, Said, zone_of};
use crate::programme::account::{AccountName, Role};

#[derive(Template)]
#[template(path = "desk/accounts.html")]
struct AccountsPage<'a> {
    f: Frame<'a>,
    p: Problems,
    rows: Vec<Row>,
    roles: Vec<(&'static str, String)>,
    /// A link that was just made: shown once, and to be sent to its owner.
    link: Option<(String, String)>,
    name: String,
    shown: String,
    role: String,
}

struct Row {
    account: Account,
    sessions: String,
    me: bool,
    /// Whether they sign in by the identity provider.
    linked: bool,
}

pub async fn all(signed: Signed) -> Answer {
    signed.admin()?;
    show(&signed, Problems::default(), None, &Fields::default()).await
}

async fn show(signed: &Signed, p: Problems, link: Option<(String, String)>, fields: &Fields) -> Answer {
    let asked = &signed.asked;
    let sessions: std::collections::HashMap<String, i64> = asked.desk.store().sessions().await?.into_iter().collect();
    let linked = super::provider::linked(asked).await?;
    let row = |account: Account| Row {
        linked: linked.contains(account.name.as_str()),
        sessions: asked.t.say_with(
            "desk-sessions",
            [("n", sessions.get(account.name.as_str()).copied().unwrap_or_default().into())],
        ),
        me: account.name == signed.account.name,
        account,
    };
    let rows = asked.desk.store().accounts().await?.into_iter().map(row).collect();
    let roles = Role::ALL.into_iter().map(|role| (role.code(), asked.say(&format!("desk-role-{}", role.code()))));
    let role = Role::from_code(fields.get("role")).unwrap_or(Role::Editor).code().to_owned();
    let shown = AccountsPage {
        f: asked.frame("desk-accounts"),
        rows,
        roles: roles.collect(),
        link,
        name: fields.get("account").to_owned(),
        shown: fields.get("shown").to_owned(),
        role,
        p,
    };
    page(asked, status(&shown.p), &shown)
}

pub async fn change(State(desk): State<Arc<Desk>>, signed: Signed, fields: Fields) -> Answer {
    signed.admin()?;
    let (asked, accounts) = (&signed.asked, &desk.accounts);
    let link = |token: &Token| format!("{}desk/invitation/{}", desk.base, token.secret());
    let mut p = Problems::default();
    if fields.get("do") == "invite" {
        let (name, shown) = account_fields(asked, &fields, &mut p);
        let role = Role::from_code(fields.get("role")).unwrap_or(Role::Organiser);
        if let (Some(name), Some(shown)) = (name, shown) {
            match accounts.invite(name.clone(), shown, role, asked.now).await? {
                Ok(token) => {
                    let made = Some((name.to_string(), link(&token)));
                    return show(&signed, p, made, &Fields::default()).await;
                }
                Err(why) => p.add("account", refused(asked, &why)),
            }
        }
        return show(&signed, p, None, &fields).await;
    }
    let Ok(name) = AccountName::new(fields.get("name")) else { return Err(Trouble::NotFound) };
    let Some(account) = desk.store().account(&name).await? else { return Err(Trouble::NotFound) };
    let done = match fields.get("do") {
        "reset" => {
            let token = accounts.reset(&name, asked.now).await?.ok_or(Trouble::NotFound)?;
            return show(&signed, p, Some((name.to_string(), link(&token))), &Fields::default()).await;
        }
        "end" => {
            desk.store().end_sessions(&name).await?;
            true
        }
        "unlink" => {
            desk.store().forget_identities(&name).await?;
            true
        }
        "remove" => desk.store().remove_account(&name).await?,
        "role" => {
            let role = Role::from_code(fields.get("role")).ok_or(Trouble::NotFound)?;
            desk.store().settle_account(&name, account.shown.as_str(), role).await?
        }
        _ => return Err(Trouble::NotFound),
    };
    if done {
        return Ok(asked.lead("desk/accounts?done=accounts"));
    }
    p.add("accounts", refused(asked, &Refused::LastAdmin));
    show(&signed, p, None, &Fields::default()).await
}

// ---- The lab

/// The form of who the lab is, as it was filled in.
pub struct LabForm {
    pub name: String,
    pub title: String,
    pub region: String,
    pub zone: String,
    pub page: String,
    pub licence: String,
    pub language: String,
    pub regions: Vec<(&'static str, String)>,
    pub licences: Vec<(String, String)>,
}

impl LabForm {
    /// As it was sent; where nothing was, as the lab is.
    pub fn new(asked: &Asked, fields: &Fields) -> LabForm {
        let lab = asked.lab.as_ref();
        let sent = !fields.values().is_empty();
        let field = |name: &str, known: Option<String>| {
            if sent { fields.get(name).to_owned() } else { known.unwrap_or_default() }
        };
        let region = |code: &'static str| (code, Region::new(code).ok().and_then(|r| asked.t.region(&r)));
        let licence = field("licence", lab.and_then(|lab| lab.licence.as_ref()).map(|l| l.href.to_string()));
        let mut licences: Vec<(String, String)> =
            LICENCES.iter().map(|(href, name)| ((*href).to_owned(), (*name).to_owned())).collect();
        if !licence.is_empty() && licences.iter().all(|(href, _)| *href != licence) {
            licences.push((licence.clone(), licence.clone()));
        }
        LabForm {
            name: field("lab", lab.map(|lab| lab.name.to_string())),
            title: field("title", lab.map(|lab| lab.title.to_string()).filter(|_| lab.is_some())),
            region: field("region", lab.and_then(|lab| lab.region.as_ref()).map(ToString::to_string)),
            // Only one that is not its region's: a lab that moves to another region takes its hour.
            zone: field(
                "zone",
                lab.and_then(|lab| lab.zone.clone().filter(|z| Some(z) != of_region(lab).as_ref()))
                    .map(|z| z.to_string()),
            ),
            page: field("page", lab.and_then(|lab| lab.page.as_ref()).map(ToString::to_string)),
            licence: if sent || lab.is_some() { licence } else { LICENCES[0].0.to_owned() },
            language: field("language", Some(lab.map_or("fr".to_owned(), |lab| lab.language.to_string()))),
            regions: REGIONS.into_iter().map(region).filter_map(|(code, name)| Some((code, name?))).collect(),
            licences,
        }
    }

    /// What was said, if it can be understood.
    pub fn read(&self, asked: &Asked, p: &mut Problems) -> Option<Said> {
        let optional = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let name = Line::new(&self.name).map_err(|_| p.add("lab", asked.say("desk-lab-name-bad"))).ok();
        let title = match optional(&self.title).map(|text| Line::new(&text)) {
            Some(Err(_)) => {
                p.add("title", asked.say("desk-lab-title-bad"));
                None
            }
            title => title.and_then(Result::ok),
        };
        let region = match optional(&self.region).map(|text| Region::new(&text)) {
            Some(Err(_)) => {
                p.add("region", asked.say("desk-lab-region-bad"));
                None
            }
            region => region.and_then(Result::ok),
        };
        let zone = match optional(&self.zone).map(|text| Zone::new(&text)) {
            Some(Err(_)) => {
                p.add("zone", asked.say("desk-lab-zone-bad"));
                None
            }
            zone => zone.and_then(Result::ok),
        };
        if zone.is_none() && region.as_ref().and_then(zone_of).is_none() && p.of("zone").is_none() {
            p.add("region", asked.say("desk-lab-region-bad"));
        }
        let page = address(&self.page, asked, "page", p);
        let licence = address(&self.licence, asked, "licence", p);
        let language = Language::new(&self.language).or_else(|_| Language::new("fr")).ok()?;
        Some(Said { name: name?, title, region, zone, page, licence, language })
    }
}

fn of_region(lab: &Lab) -> Option<Zone> {
    lab.region.as_ref().and_then(zone_of)
}

/// An address that may be missing; one without `https://` is told.
pub fn address(text: &str, asked: &Asked, field: &str, p: &mut Problems) -> Option<Address> {
    if text.trim().is_empty() {
        return None;
    }
    Address::new(text).map_err(|_| p.add(field, asked.say("desk-address-bad"))).ok()
}

/// The edition in which the lab takes part, as it was settled.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Edition {
    /// Its key, which events name.
    pub key: Line,
    /// Its first day.
    pub starts: Option<Date>,
    /// Its last day.
    pub ends: Option<Date>,
}

/// The name under which the store remembers the edition.
const EDITION: &str = "desk.edition";

/// The edition that was settled, if one was.
pub async fn edition(asked: &Asked) -> Result<Option<Edition>, Trouble> {
    let known = asked.desk.store().setting(EDITION).await?;
    Ok(known.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The edition's fields, as typed.
struct EditionForm {
    key: String,
    starts: String,
    ends: String,
}

#[derive(Template)]
#[template(path = "desk/lab.html")]
struct LabPage<'a> {
    f: Frame<'a>,
    p: Problems,
    l: LabForm,
    e: EditionForm,
    tag: String,
}

pub async fn lab_page(signed: Signed) -> Answer {
    signed.admin()?;
    let l = LabForm::new(&signed.asked, &Fields::default());
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let known = edition(&signed.asked).await?;
    let e = known.map_or_else(
        || EditionForm { key: String::new(), starts: String::new(), ends: String::new() },
        |known| EditionForm { key: known.key.to_string(), starts: day(known.starts), ends: day(known.ends) },
    );
    lab(&signed, Problems::default(), l, e)
}

fn lab(signed: &Signed, p: Problems, l: LabForm, e: EditionForm) -> Answer {
    let tag = signed.asked.lab.as_ref().map(|lab| lab.tag.to_string()).unwrap_or_default();
    page(&signed.asked, status(&p), &LabPage { f: signed.asked.frame("desk-lab"), p, l, e, tag })
}

pub async fn settle(State(desk): State<Arc<Desk>>, signed: Signed, fields: Fields) -> Answer {
    signed.admin()?;
    let asked = &signed.asked;
    let mut p = Problems::default();
    let l = LabForm::new(asked, &fields);
    let year = asked.now.to_zoned(jiff::tz::TimeZone::UTC).year();
    let said = l.read(asked, &mut p);
    let get = |name: &str| fields.get(name).trim().to_owned();
    let e = EditionForm { key: get("edition"), starts: get("starts"), ends: get("ends") };
    let mut day = |name: &str, typed: &str| {
        let day = read_day(typed);
        if day.is_none() && !typed.is_empty() {
            p.add(name, asked.t.say_with("desk-problem-day", [("with", typed.to_owned().into())]));
        }
        day
    };
    let (starts, ends) = (day("starts", &e.starts), day("ends", &e.ends));
    if starts.zip(ends).is_some_and(|(starts, ends)| ends < starts) {
        p.add("ends", asked.say("desk-problem-end-before-start"));
    }
    let said = said.filter(|_| p.is_empty());
    match said.and_then(|said| said.lab(asked.lab.as_ref(), &desk.base, year)) {
        Some(settled) => {
            desk.store().set_lab(&settled).await?;
            let edition = Line::new(&e.key).ok().map(|key| Edition { key, starts, ends });
            desk.store().set_setting(EDITION, &serde_json::to_string(&edition)?).await?;
            Ok(asked.lead("desk/lab?done=lab"))
        }
        None => lab(&signed, p, l, e),
    }
}
