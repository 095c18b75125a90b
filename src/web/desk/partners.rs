//! Events held together with another lab: named by the address of theirs, asked of them, confirmed at the desk.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::draft::found;
use super::view::{Frame, Problems};
use super::*;
use crate::event::{Id, Line};
use crate::node::partner::{Theirs, look, with};
use crate::store::partner::{Asked as Request, TellingState};

#[derive(Template)]
#[template(path = "desk/partner.html")]
struct PartnerPage<'a> {
    f: Frame<'a>,
    p: Problems,
    title: String,
    address: String,
    action: String,
    back: String,
    /// What was found there, to choose from.
    theirs: Option<Theirs>,
    /// Each event with its date in words.
    events: Vec<(String, String, String)>,
}

pub async fn partner_page(signed: Signed, Path(slug): Path<String>) -> Answer {
    let kept = found(&signed, &slug).await?;
    show(&signed, &kept.event.title, &slug, Problems::default(), String::new(), None)
}

fn show(signed: &Signed, title: &Line, slug: &str, p: Problems, address: String, theirs: Option<Theirs>) -> Answer {
    let asked = &signed.asked;
    let here = format!("desk/events/{slug}");
    let events = theirs.iter().flat_map(|theirs| &theirs.events).map(|their| {
        let when = their.when.map_or_else(|| asked.say("date-open"), |when| asked.t.when(&when));
        (their.id.to_string(), their.title.to_string(), when)
    });
    let page_of = PartnerPage {
        f: asked.frame("desk-partner"),
        title: title.to_string(),
        action: asked.to(&format!("{here}/partner")),
        back: asked.to(&here),
        events: events.collect(),
        p,
        address,
        theirs,
    };
    page(asked, status(&page_of.p), &page_of)
}

pub async fn partner(
    State(desk): State<Arc<Desk>>,
    signed: Signed,
    Path(slug): Path<String>,
    fields: Fields,
) -> Answer {
    let kept = found(&signed, &slug).await?;
    let (asked, node) = (&signed.asked, signed.asked.node()?);
    let by = signed.account.name.as_str();
    let back = |done: &str| Ok(asked.lead(&format!("desk/events/{slug}?done={done}")));
    if fields.get("do") == "part" {
        let (feed, event) = (Id::new(fields.get("feed"))?, Id::new(fields.get("event"))?);
        node.part(&kept.event.id, &feed, &event, asked.now, by).await?;
        return back("parted");
    }
    let mut p = Problems::default();
    let typed = fields.get("address").to_owned();
    let Some(fetcher) = &desk.fetcher else { return Err(Trouble::Inside("no fetcher".into())) };
    let theirs = match super::accounts::address(&typed, asked, "address", &mut p) {
        Some(address) => match look(fetcher, &address, asked.now).await {
            Ok(theirs) if theirs.feed == asked.lab()?.feed_id => {
                p.add("address", asked.say("desk-partner-own"));
                None
            }
            Ok(theirs) => Some(theirs),
            Err(failure) => {
                p.add("address", format!("{} {}", asked.say("desk-partner-none"), asked.t.failure(failure.kind)));
                None
            }
        },
        None => {
            if p.is_empty() {
                p.add("address", asked.say("desk-problem-address"));
            }
            None
        }
    };
    let chosen = theirs.as_ref().and_then(|theirs| theirs.events.iter().find(|e| e.id.as_str() == fields.get("event")));
    if let (Some(theirs), Some(chosen)) = (&theirs, chosen) {
        let with = with(&theirs.feed, &chosen.id, &theirs.lab);
        node.join(&kept.event.id, &with, asked.now, by).await?;
        // They are told beside the answer: a slow lab holds up nobody here, and one that is away is told later.
        node.tell_partner(&kept.event.id, &with, theirs.address.clone(), asked.now).await?;
        return back("joined");
    }
    show(&signed, &kept.event.title, &slug, p, typed, theirs)
}

/// What stands on the page of an event about those with whom it is held.
pub struct PartnerView {
    pub name: String,
    pub feed: String,
    pub event: String,
    pub state: String,
    /// Why their desk may not know.
    pub telling: Option<String>,
}

pub async fn views(asked: &Asked, event: &crate::event::Event) -> Result<Vec<PartnerView>, Trouble> {
    let all = asked.desk.store().partners().await?;
    let tellings = asked.desk.store().tellings().await?;
    let view = |with: &crate::event::With| {
        let both = all.iter().any(|one| one.ours == event.id && one.feed == with.source && one.event == with.event);
        let telling =
            tellings.iter().find(|one| one.ours == event.id && one.feed == with.source && one.event == with.event);
        PartnerView {
            name: with.name.as_ref().map_or_else(|| with.source.to_string(), Line::to_string),
            feed: with.source.to_string(),
            event: with.event.to_string(),
            state: asked.say(if both { "desk-partner-both" } else { "desk-partner-asked" }),
            telling: telling.filter(|one| one.tries > 0).map(|one| match one.state {
                TellingState::Waiting => {
                    asked.t.say_with("desk-partner-waiting", [("when", asked.instant(one.after).into())])
                }
                TellingState::Unread => {
                    asked.t.say_with("desk-partner-unread", [("when", asked.instant(one.after).into())])
                }
                TellingState::Deaf => asked.say("desk-partner-deaf"),
                TellingState::Over => asked.say("desk-partner-over"),
            }),
        }
    };
    Ok(event.with.iter().map(view).collect())
}

/// What other labs ask and nobody answered yet, for who may answer.
pub struct RequestView {
    pub words: String,
    pub page: Option<String>,
    pub ours: String,
    pub feed: String,
    pub event: String,
}

pub async fn requests(
    asked: &Asked,
    kept: &[crate::programme::Kept],
    may: impl Fn(&Id) -> bool,
) -> Result<Vec<RequestView>, Trouble> {
    let open = asked.desk.store().partners().await?.into_iter().filter(|one| !one.refused);
    Ok(open
        .filter_map(|one| {
            let ours = kept.iter().find(|kept| kept.event.id == one.ours && kept.withdrawn.is_none())?;
            let confirmed = ours.event.with.iter().any(|with| with.source == one.feed && with.event == one.event);
            if confirmed || !may(&one.ours) {
                return None;
            }
            let arguments = [
                ("lab", one.said.lab.to_string().into()),
                ("theirs", one.said.title.to_string().into()),
                ("ours", ours.event.title.to_string().into()),
            ];
            Some(RequestView {
                words: asked.t.say_with("desk-partner-request", arguments),
                page: one.said.page.as_ref().map(ToString::to_string),
                ours: one.ours.to_string(),
                feed: one.feed.to_string(),
                event: one.event.to_string(),
            })
        })
        .collect())
}

/// Says yes or no to what another lab asks.
pub async fn answer_request(State(desk): State<Arc<Desk>>, signed: Signed, fields: Fields) -> Answer {
    let asked = &signed.asked;
    let all = desk.store().partners().await?;
    let same = |one: &Request| {
        (one.ours.as_str(), one.feed.as_str(), one.event.as_str())
            == (fields.get("ours"), fields.get("feed"), fields.get("event"))
    };
    let one = all.into_iter().find(same).ok_or(Trouble::NotFound)?;
    super::draft::allowed(&signed, &one.ours).await?;
    if fields.get("do") != "yes" {
        desk.store().refuse_partner(&one).await?;
        return Ok(asked.lead("desk?done=refused"));
    }
    let node = asked.node()?;
    let by = signed.account.name.as_str();
    let with = with(&one.feed, &one.event, &one.said.lab);
    node.join(&one.ours, &with, asked.now, by).await?;
    // They learn that both say so now.
    if let Some(page) = one.said.page.clone() {
        node.tell_partner(&one.ours, &with, page, asked.now).await?;
    }
    Ok(asked.lead("desk?done=joined"))
}

/// How long another lab waits to be told whether it was found to say so. It asks again if it was not.
const LISTENING: std::time::Duration = std::time::Duration::from_secs(10);

/// Hears another lab, which may be anyone: what it says is looked for in its feed.
pub async fn hear(State(desk): State<Arc<Desk>>, fields: Fields) -> Response {
    let (Some(node), Some(fetcher)) = (desk.node.clone(), desk.fetcher.clone()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (Ok(feed), Ok(event)) = (Address::new(fields.get("feed")), Id::new(fields.get("event"))) else {
        return (StatusCode::BAD_REQUEST, "feed and event are needed\n").into_response();
    };
    // A few at a time: a stranger can have us read some feeds, and no more.
    let Ok(turn) = Arc::clone(&desk.listening).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "try again later\n").into_response();
    };
    // It goes on when nobody waits for it any more.
    let looking = tokio::spawn(async move {
        let _turn = turn;
        node.hear_partner(&fetcher, &feed, &event, now()).await
    });
    match tokio::time::timeout(LISTENING, looking).await {
        Ok(Ok(Ok(true))) => (StatusCode::OK, "heard\n").into_response(),
        // One word for all that can be in the way: a stranger learns nothing of what we can reach.
        Ok(Ok(Ok(false))) => {
            (StatusCode::FAILED_DEPENDENCY, "your feed was not found to name an event of ours\n").into_response()
        }
        Ok(Ok(Err(error))) => {
            tracing::error!(%error, "what another lab said could not be noted");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "try again later\n").into_response(),
    }
}
