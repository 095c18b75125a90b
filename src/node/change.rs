//! What somebody at the desk does to an event: publishing what was written, and each clear action with its consequences
//! for the feed and for calendars.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::form::{Form, OWN};
use super::{Error, Node, notice};
use crate::event::{
    Address, Availability, Before, Event, Foreign, Id, Line, List, Mode, Online, OnlineAccess, Parts, Previous, Rare,
    Status, When, Zone,
};
use crate::programme::{Kept, Slug};
use crate::store::Save;

/// One clear action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It will not take place.
    Cancel(Option<Line>),
    /// Not on its date; the new one is not known.
    Postpone(Option<Line>),
    /// Online instead of on site: at this address, or where those who registered are told.
    Online(Option<Address>, Option<Line>),
    /// No place is left.
    Full,
    /// There is room again.
    Room,
    /// It takes place after all, as announced.
    Resume,
    /// It was published by mistake.
    Withdraw,
    /// It was withdrawn by mistake.
    Restore,
    /// As it was at this version.
    Undo(u32),
}

impl Act {
    /// As the history calls it.
    pub fn code(&self) -> &'static str {
        match self {
            Act::Cancel(_) => "cancelled",
            Act::Postpone(_) => "postponed",
            Act::Online(..) => "moved-online",
            Act::Full => "full",
            Act::Room => "room",
            Act::Resume => "resumed",
            Act::Withdraw => "withdrawn",
            Act::Restore => "restored",
            Act::Undo(_) => "undone",
        }
    }
}

/// Whether a change is one of which those who come must know: when, where, whether, how to register, what it is called.
pub fn is_significant(before: &Event, after: &Event) -> bool {
    let when = |e: &Event| {
        e.slots.iter().map(|s| (s.name.clone(), s.when, e.status_of(s), s.availability)).collect::<Vec<_>>()
    };
    before.title != after.title
        || before.status != after.status
        || when(before) != when(after)
        || before.mode != after.mode
        || before.places != after.places
        || before.online != after.online
        || before.registration != after.registration
        || before.notice != after.notice
}

/// What becomes of an event when its parts are changed: dates that moved are kept, and whoever must know is told by the
/// sequence and the time of the change.
///
/// # Errors
/// [`Error::Fault`].
pub fn follow(before: &Event, mut after: Parts, at: Timestamp) -> Result<Event, Error> {
    let mut moved = false;
    for slot in &mut after.slots {
        let Some(was) = before.slots.iter().find(|known| known.name == slot.name) else { continue };
        // Only what was still to come can move; what was over is put right. An hour that becomes known is no new date.
        let over = was.when.last_day() < at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let told = was.when.start().is_none() && slot.when.first_day() == was.when.first_day();
        let same = was.when.first_day() == slot.when.first_day() && was.when.start() == slot.when.start();
        if same || told || over {
            continue;
        }
        let when = match was.when {
            When::Timed(hours) => Before::Timed(hours),
            When::Day { days, .. } | When::AllDay(days) | When::Period(days) => Before::Days(days),
        };
        after.previous.push(Previous { slot: Some(slot.name.clone()), when, foreign: Foreign::default() });
        moved = true;
    }
    // A date that holds again is no previous one.
    let holds = |previous: &Previous| {
        after.slots.iter().any(|slot| {
            previous.slot.as_ref() == Some(&slot.name)
                && match (&previous.when, slot.when) {
                    (Before::Timed(was), When::Timed(is)) => was.start() == is.start(),
                    (Before::Days(was), When::Day { days, .. } | When::AllDay(days) | When::Period(days)) => {
                        *was == days
                    }
                    _ => false,
                }
        })
    };
    after.previous = std::mem::take(&mut after.previous).into_iter().filter(|previous| !holds(previous)).collect();
    if moved && matches!(after.status, Status::Scheduled | Status::Postponed) {
        after.status = if after.previous.is_empty() { Status::Scheduled } else { Status::Rescheduled };
    } else if after.status == Status::Rescheduled && after.previous.is_empty() {
        after.status = Status::Scheduled;
    }
    (after.updated, after.sequence) = (before.updated, before.sequence);
    let event = Event::new(after)?;
    if !is_significant(before, &event) {
        return Ok(event);
    }
    let mut parts = event.into_parts();
    parts.updated = at.max(before.updated);
    parts.sequence = before.sequence + 1;
    Ok(Event::new(parts)?)
}

/// What an action makes of an event.
fn apply(act: &Act, parts: &mut Parts, at: Timestamp) {
    match act {
        Act::Cancel(why) => {
            parts.status = Status::Cancelled;
            parts.notice = notice(at, parts, why.clone()).into();
        }
        Act::Postpone(why) => {
            parts.status = Status::Postponed;
            parts.notice = notice(at, parts, why.clone()).into();
        }
        Act::Online(href, why) => {
            parts.status = Status::MovedOnline;
            parts.mode = Some(Mode::Online);
            let access = match href {
                Some(href) => OnlineAccess::Public(Some(href.clone())),
                None => OnlineAccess::Registered,
            };
            parts.online = vec![Online { access, note: None, foreign: Foreign::default() }].into();
            parts.places = List::new();
            parts.slots.iter_mut().for_each(|slot| slot.place = Rare::default());
            parts.notice = notice(at, parts, why.clone()).into();
        }
        Act::Full => parts.slots.iter_mut().for_each(|slot| slot.availability = Some(Availability::Full)),
        Act::Room => parts.slots.iter_mut().for_each(|slot| slot.availability = None),
        Act::Resume => {
            parts.status = if parts.previous.is_empty() { Status::Scheduled } else { Status::Rescheduled };
            parts.notice = Rare::default();
        }
        Act::Withdraw | Act::Restore | Act::Undo(_) => {}
    }
}

impl Node {
    /// Publishes an event that was written: a new one when `known` is none, else that one changed.
    ///
    /// # Errors
    /// [`Error::Store`], whose `Conflict` tells that somebody published meanwhile; [`Error::Fault`].
    pub async fn put(&self, event: Event, known: Option<&Kept>, at: Timestamp, by: &str) -> Result<Slug, Error> {
        let save = match known {
            None => {
                let slug = self.free_slug(event.title.as_str()).await?;
                Save { event, slug, withdrawn: None, action: "published", expected: 0 }
            }
            Some(kept) => {
                let event = follow(&kept.event, event.into_parts(), at)?;
                Save {
                    event,
                    slug: kept.slug.clone(),
                    withdrawn: kept.withdrawn,
                    action: "changed",
                    expected: kept.version,
                }
            }
        };
        let slug = save.slug.clone();
        self.store().save(&[save], at, by).await?;
        self.refresh().await?;
        Ok(slug)
    }

    /// Does one clear action to an event, as it was when somebody was told its consequences.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an event or a version there is not; [`Error::Store`], whose `Conflict` tells that somebody
    /// changed it meanwhile.
    pub async fn act(&self, id: &Id, expected: u32, act: &Act, at: Timestamp, by: &str) -> Result<(), Error> {
        let unknown = || Error::Unknown(id.clone());
        let kept = self.store().kept_one(id).await?.ok_or_else(unknown)?;
        let (mut parts, mut withdrawn) = (kept.event.clone().into_parts(), kept.withdrawn);
        match act {
            Act::Withdraw => withdrawn = Some(at.max(kept.event.updated)),
            Act::Restore => withdrawn = None,
            Act::Undo(version) => {
                let history = self.store().history(id).await?;
                let then = history.into_iter().find(|one| one.version == *version).ok_or_else(unknown)?;
                (parts, withdrawn) = (then.event.into_parts(), then.withdrawn);
            }
            act => apply(act, &mut parts, at),
        }
        let changed = withdrawn != kept.withdrawn;
        (parts.updated, parts.sequence) = (kept.event.updated, kept.event.sequence);
        let event = Event::new(parts)?;
        let event = if changed || is_significant(&kept.event, &event) {
            let mut parts = event.into_parts();
            parts.updated = at.max(kept.event.updated);
            parts.sequence = kept.event.sequence + 1;
            Event::new(parts)?
        } else {
            event
        };
        let save = Save { event, slug: kept.slug, withdrawn, action: act.code(), expected };
        self.store().save(&[save], at, by).await?;
        self.refresh().await
    }
}

impl Node {
    /// Changes what alerts nobody: neither the time of the change nor the sequence moves.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Store`].
    pub(super) async fn quietly(
        &self,
        id: &Id,
        action: &'static str,
        at: Timestamp,
        by: &str,
        change: impl FnOnce(&mut Parts),
    ) -> Result<(), Error> {
        let kept = self.store().kept_one(id).await?.ok_or_else(|| Error::Unknown(id.clone()))?;
        let mut parts = kept.event.clone().into_parts();
        change(&mut parts);
        let event = Event::new(parts)?;
        if event == kept.event {
            return Ok(());
        }
        let save = Save { event, slug: kept.slug, withdrawn: kept.withdrawn, action, expected: kept.version };
        self.store().save(&[save], at, by).await?;
        self.refresh().await
    }
}

/// What a slot of another year does not take over from this year's.
const ANEW: [&str; 7] =
    ["ref", "fold", "status", "availability", "registration-left", "registration-opens", "registration-closes"];

/// The form of the same event next year: on the same weekdays 52 weeks later, and announced anew.
pub fn next_year(event: &Event, pictures: &Address, zone: Option<&Zone>) -> Form {
    let mut form = Form::of(event, pictures, zone);
    form.shift_days(52 * 7);
    for row in 0..form.rows("slot") {
        for column in ANEW {
            form.set(&format!("slot-{row}-{column}"), "");
        }
    }
    for kind in ["resource", "edition"] {
        for row in (0..form.rows(kind)).rev() {
            form.remove_row(kind, row);
        }
    }
    for field in ["registration-left", "registration-opens", "registration-closes", "notice"] {
        form.set(field, "");
    }
    form
}

/// Where two forms differ: each field with what it said before and after, those of the first form first.
pub fn differences(before: &Form, after: &Form) -> Vec<(String, String, String)> {
    let slot = |name: &str| name.starts_with("slot-");
    let names: Vec<&String> =
        before.values().iter().chain(after.values()).map(|(name, _)| name).filter(|name| !slot(name)).collect();
    let mut seen = BTreeSet::new();
    let joined = |form: &Form, name: &str| form.all(name).collect::<Vec<_>>().join(", ");
    // Slots are told apart by their names and not by their order, which a new date changes.
    let (was, is) = (slots(before), slots(after));
    let known = |list: &[(String, String)], name: &str| {
        list.iter().find(|(n, _)| n == name).map(|(_, words)| words.clone()).unwrap_or_default()
    };
    let slots = was.iter().chain(is.iter().filter(|(name, _)| was.iter().all(|(n, _)| n != name)));
    let slots = slots.map(|(name, _)| ("slot".to_owned(), known(&was, name), known(&is, name)));
    let slots: Vec<_> = slots.filter(|(_, before, after)| before != after).collect();
    slots
        .into_iter()
        .chain(
            names
                .into_iter()
                .filter(|name| seen.insert(name.as_str()))
                .map(|name| (name.clone(), joined(before, name), joined(after, name)))
                .filter(|(_, before, after)| before.trim() != after.trim()),
        )
        .collect()
}

/// Each slot of a form by its name, or by its place where it has none yet, in one line.
fn slots(form: &Form) -> Vec<(String, String)> {
    let one = |row: usize| {
        let cell = |column| form.cell("slot", row, column).trim().to_owned();
        let name = Some(cell("ref")).filter(|name| !name.is_empty()).unwrap_or_else(|| format!("{row}."));
        let dash = |a: String, b: String| if b.is_empty() { a } else { format!("{a} – {b}") };
        let days = dash(cell("day"), cell("last"));
        let words = ["kind", "duration", "zone", "fold", "availability", "status"].map(cell);
        let words = [days, dash(cell("from"), cell("to"))].into_iter().chain(words);
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        // Each thing of its own on a line of its own.
        let own = OWN.iter().map(|begin| form.own(row, begin)).filter(|words| !words.is_empty());
        (name, std::iter::once(words.join(" ")).chain(own).collect::<Vec<_>>().join("\n"))
    };
    (0..form.rows("slot")).map(one).filter(|(_, words)| !words.is_empty()).collect()
}

/// What an edition asks that an event does not give: advice, each with its reason.
pub fn advice(
    event: &Event,
    edition: Option<(&Line, Option<jiff::civil::Date>, Option<jiff::civil::Date>)>,
) -> Vec<&'static str> {
    let mut advice = Vec::new();
    if event.slots.is_empty() {
        advice.push("no-date");
    }
    if event.slots.iter().any(|slot| matches!(slot.when, When::Day { .. })) {
        advice.push("no-hour");
    }
    if let Some((key, starts, ends)) = edition
        && event.editions.iter().any(|term| term.code == *key)
    {
        let outside = |day| starts.is_some_and(|starts| day < starts) || ends.is_some_and(|ends| day > ends);
        if event.slots.iter().any(|slot| outside(slot.when.first_day()) || outside(slot.when.last_day())) {
            advice.push("outside");
        }
    }
    let own = event.slots.iter().filter_map(|slot| slot.registration.as_ref());
    let free: Vec<bool> = event.registration.iter().chain(own).filter_map(|registration| registration.free).collect();
    if free.contains(&false) {
        advice.push("not-free");
    } else if free.is_empty() {
        advice.push("free-unsaid");
    }
    if event.audiences.contains(&crate::event::Audience::Internal) {
        advice.push("internal");
    }
    let on_site = event.mode != Some(Mode::Online);
    let whole =
        |place: &crate::event::Place| place.locality.is_some() && (place.street.is_some() || place.geo.is_some());
    let own = event.slots.iter().filter_map(|slot| slot.place.as_ref());
    if on_site && !event.places.iter().chain(own).any(whole) {
        advice.push("address");
    }
    if event.mode.is_none() {
        advice.push("mode");
    }
    if event.summary.is_none() {
        advice.push("summary");
    }
    if event.access.is_none() {
        advice.push("access");
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Hours, Moment, Name, Slot};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn timed(text: &str) -> When {
        When::Timed(Hours::new(Moment::parse(text).unwrap(), None).unwrap())
    }

    fn event() -> Event {
        let line = |text: &str| Line::new(text).unwrap();
        let mut parts = Parts::new(Id::new("tag:a,2026:1").unwrap(), line("T"), at("2026-10-01T00:00:00Z"));
        parts.slots = vec![Slot::new(Name::new("c1").unwrap(), timed("2026-11-19T10:00:00+01:00"))].into();
        Event::new(parts).unwrap()
    }

    #[test]
    fn a_change_of_date_forgets_the_previous_one_or_a_correction_becomes_one() {
        let before = event();
        let mut parts = before.clone().into_parts();
        parts.slots.edit()[0].when = timed("2026-11-26T10:00:00+01:00");
        let moved = follow(&before, parts, at("2026-11-01T00:00:00Z")).unwrap();
        assert_eq!((moved.status, moved.previous.len(), moved.sequence), (Status::Rescheduled, 1, 1));
        assert_eq!(moved.updated, at("2026-11-01T00:00:00Z"));
        // Moved back: it is as it was announced, and whoever must know is told again.
        let mut parts = moved.clone().into_parts();
        parts.slots.edit()[0].when = timed("2026-11-19T10:00:00+01:00");
        let back = follow(&moved, parts, at("2026-11-02T00:00:00Z")).unwrap();
        assert!(
            back.previous.iter().all(|p| p.when
                != Before::Timed(Hours::new(Moment::parse("2026-11-19T10:00:00+01:00").unwrap(), None).unwrap()))
        );
        assert_eq!(back.sequence, 2);
        // Put right afterwards: no new date.
        let mut parts = before.clone().into_parts();
        parts.slots.edit()[0].when = timed("2026-11-19T09:30:00+01:00");
        let right = follow(&before, parts, at("2026-12-01T00:00:00Z")).unwrap();
        assert_eq!((right.status, right.previous.len()), (Status::Scheduled, 0));
    }

    #[test]
    fn a_slip_of_the_pen_alerts_everybody() {
        let before = event();
        let mut parts = before.clone().into_parts();
        parts.summary = Line::new("Une faute corrigée.").ok();
        let after = follow(&before, parts, at("2026-11-01T00:00:00Z")).unwrap();
        assert_eq!((after.updated, after.sequence), (before.updated, before.sequence));
        assert_ne!(after, before);
        let mut parts = before.clone().into_parts();
        parts.title = Line::new("U").unwrap();
        assert_eq!(follow(&before, parts, at("2026-11-01T00:00:00Z")).unwrap().sequence, 1);
    }

    #[test]
    fn next_year_falls_on_another_weekday_or_keeps_the_name_of_a_slot() {
        let pictures = Address::new("https://lab.example/pictures/").unwrap();
        let form = next_year(&event(), &pictures, None);
        assert_eq!((form.cell("slot", 0, "day"), form.cell("slot", 0, "ref")), ("2027-11-18", ""));
        let date: jiff::civil::Date = "2027-11-18".parse().unwrap();
        assert_eq!(date.weekday(), "2026-11-19".parse::<jiff::civil::Date>().unwrap().weekday());
    }

    #[test]
    fn advice_is_given_to_who_followed_it() {
        let key = Line::new("mip").unwrap();
        let (starts, ends) = ("2026-11-02".parse().ok(), "2026-11-30".parse().ok());
        let edition = Some((&key, starts, ends));
        assert_eq!(advice(&event(), edition), ["free-unsaid", "address", "mode", "summary", "access"]);
        let mut parts = event().into_parts();
        parts.editions = vec![crate::event::Term { code: key.clone(), label: None }].into();
        parts.slots.edit()[0].when = timed("2026-12-01T10:00:00+01:00");
        assert!(advice(&Event::new(parts).unwrap(), edition).contains(&"outside"));
    }
}
