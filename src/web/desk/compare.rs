//! Two texts of one event: where they differ, in the words of the form, when two people wrote at once.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;

use super::draft::{draft_of, known};
use super::view::Frame;
use super::*;
use crate::event::Region;
use crate::node::change::differences;
use crate::node::form::{Form, ROWS, read_day, read_hour};
use crate::programme::Kept;
use crate::store::Draft;

#[derive(Template)]
#[template(path = "desk/compare.html")]
struct ComparePage<'a> {
    f: Frame<'a>,
    lead: String,
    differences: Vec<(String, String, String)>,
    theirs: (String, String),
    mine: (String, String),
    /// Where mine can be put over what was published meanwhile.
    over: Option<String>,
}

/// Differences, with the fields called as the form calls them.
pub fn named(asked: &Asked, before: &Form, after: &Form) -> Vec<(String, String, String)> {
    let name = |field: &str| {
        let cell = ROWS.iter().find_map(|(kind, columns)| {
            let (row, column) = field.strip_prefix(kind)?.strip_prefix('-')?.split_once('-')?;
            columns.contains(&column).then(|| (format!("{kind}-{column}"), row.parse::<usize>().unwrap_or(0) + 1))
        });
        match cell {
            Some((key, n)) => format!("{} {n}", asked.say(&format!("desk-f-{key}"))),
            None => asked.say(&format!("desk-f-{field}")),
        }
    };
    let inner = |field: &str| ["-ref", "-times", "-new", "-own"].iter().any(|end| field.ends_with(end));
    differences(&worded(asked.t, before), &worded(asked.t, after))
        .into_iter()
        .filter(|(field, ..)| !inner(field))
        .map(|(field, a, b)| (name(&field), a, b))
        .collect()
}

/// A form with its days and codes in words.
fn worded(t: Tongue, form: &Form) -> Form {
    form.map(|name, value| {
        let list = match name.rsplit_once('-').map_or(name, |(_, last)| last) {
            "day" | "last" if name.starts_with("slot-") => {
                return read_day(value).map_or_else(|| value.to_owned(), |day| t.day(day));
            }
            "from" | "to" if name.starts_with("slot-") => {
                return read_hour(value).map_or_else(|| value.to_owned(), |time| t.hour(time));
            }
            "code" if name.starts_with("region-") => {
                return Region::new(value)
                    .ok()
                    .and_then(|region| t.region(&region))
                    .unwrap_or_else(|| value.to_owned());
            }
            "kind" if name.starts_with("slot-") => "desk-kind",
            "kind" => "resource",
            "access" if name == "access" => "accessibility",
            "access" => "desk-online",
            "required" | "free" => "desk",
            "per" => "desk-per",
            "fold" => "desk-fold",
            list @ ("availability" | "status" | "mode" | "format" | "audience" | "country") => list,
            _ => return value.to_owned(),
        };
        let key = format!("{list}-{value}");
        if t.knows(&key) { t.say(&key) } else { value.to_owned() }
    })
}

pub async fn compare(signed: Signed, Path((mine, theirs)): Path<(String, String)>) -> Answer {
    let asked = &signed.asked;
    let (mine, theirs) = (draft_of(&signed, &mine).await?, draft_of(&signed, &theirs).await?);
    let accounts = asked.desk.store().accounts().await?;
    let link = |draft: &Draft| asked.to(&format!("desk/drafts/{}", draft.key));
    let by = asked.called(&accounts, &theirs.author);
    let when = asked.instant(theirs.saved);
    let arguments = [("by", by.clone().into()), ("when", when.into())];
    let page_of = ComparePage {
        f: asked.frame("desk-compare"),
        lead: asked.t.say_with("desk-compare-drafts", arguments),
        differences: named(asked, &Form::from_values(theirs.form.clone()), &Form::from_values(mine.form.clone())),
        theirs: (asked.t.say_with("desk-compare-theirs", [("by", by.into())]), link(&theirs)),
        mine: (asked.say("desk-compare-mine"), link(&mine)),
        over: None,
    };
    page(asked, StatusCode::CONFLICT, &page_of)
}

/// What was published while a draft was written.
pub async fn overtaken(signed: &Signed, draft: &Draft, kept: &Kept) -> Answer {
    let asked = &signed.asked;
    let (accounts, history) = (asked.desk.store().accounts().await?, asked.desk.store().history(&kept.event.id).await?);
    let last = history.last();
    let by = last.map(|version| asked.called(&accounts, &version.by)).unwrap_or_default();
    let when = last.map(|version| asked.instant(version.at)).unwrap_or_default();
    let theirs = asked.form_of(&kept.event)?;
    let page_of = ComparePage {
        f: asked.frame("desk-compare"),
        lead: asked.t.say_with("desk-compare-published", [("by", by.clone().into()), ("when", when.into())]),
        differences: named(asked, &theirs, &Form::from_values(draft.form.clone())),
        theirs: (
            asked.t.say_with("desk-compare-theirs", [("by", by.into())]),
            asked.to(&format!("desk/events/{}", kept.slug)),
        ),
        mine: (asked.say("desk-compare-mine"), asked.to(&format!("desk/drafts/{}", draft.key))),
        over: Some(asked.to(&format!("desk/drafts/{}/over", draft.key))),
    };
    page(asked, StatusCode::CONFLICT, &page_of)
}

/// Puts a draft on what was published meanwhile: its words are to replace those.
pub async fn over(signed: Signed, Path(key): Path<String>) -> Answer {
    let draft = draft_of(&signed, &key).await?;
    let kept = known(&signed.asked, &draft).await?.ok_or(Trouble::NotFound)?;
    let draft = Draft { base: kept.version, saved: signed.asked.now, ..draft };
    signed.asked.desk.store().save_draft(&draft).await?;
    Ok(signed.asked.lead(&format!("desk/drafts/{key}/publish")))
}
