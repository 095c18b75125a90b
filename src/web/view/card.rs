//! An event in a list: when that day, what, where, by whom, and in words whether it takes place as announced.

use jiff::civil::Date;

use super::{Frame, foreign};
use crate::event::text::fold;
use crate::event::{Availability, Event, Mode, Slot, Status, When};
use crate::language::Tongue;
use crate::programme::Published;

/// A word on an event's state, never a colour alone.
pub struct Badge {
    /// How it is drawn.
    pub class: &'static str,
    /// What it says.
    pub words: String,
}

/// An event in a list.
pub struct Card {
    pub href: String,
    pub title: String,
    pub lang: Option<String>,
    /// For `<time datetime>`; empty without a date.
    pub datetime: String,
    /// The hour, or why there is none.
    pub hour: String,
    /// The day in short, where no heading says it.
    pub day: String,
    /// Set on the first of its day, for links to the day.
    pub anchor: Option<String>,
    pub badges: Vec<Badge>,
    pub cancelled: bool,
    pub place: Option<String>,
    pub formats: Vec<String>,
    pub organisers: String,
    pub also: String,
    pub summary: Option<String>,
    pub more: Option<String>,
    /// Another slot of an event that has its card elsewhere: shown in one line.
    pub again: bool,
}

/// The card of an event, by the slot under which it is listed.
pub fn card(f: &Frame, one: &Published, slot: Option<&Slot>, day: Option<Date>) -> Card {
    let (t, event) = (f.t, &one.event);
    let status = slot.map_or(event.status, |slot| event.status_of(slot));
    let others = event.slots.len().saturating_sub(1);
    Card {
        href: f.to(&format!("e/{}", one.slug)),
        title: event.title.to_string(),
        lang: foreign(event.language.as_ref(), t),
        datetime: slot.map(|slot| datetime(&slot.when)).unwrap_or_default(),
        hour: slot.map_or_else(|| t.say("date-open"), |slot| hour(t, &slot.when)),
        day: day.map(|day| t.short_day(day)).unwrap_or_default(),
        anchor: None,
        badges: badges(t, status, slot.and_then(|slot| slot.availability).or_else(|| event.availability())),
        cancelled: status == Status::Cancelled,
        place: place(t, event, slot),
        formats: event.formats.iter().map(|format| t.label("format", format.code())).collect(),
        organisers: names(t, event.organisers.iter().map(|organiser| organiser.name.as_str())),
        also: also(t, one),
        summary: event.summary.as_ref().map(|summary| super::brief(summary.as_str(), 220)),
        more: (others > 0).then(|| f.count("web-more-slots", others)),
        again: false,
    }
}

/// What a reader must know before coming.
pub fn badges(t: Tongue, status: Status, availability: Option<Availability>) -> Vec<Badge> {
    let mut badges = Vec::new();
    let class = match status {
        Status::Scheduled => "",
        Status::Cancelled | Status::Postponed => "off",
        Status::Rescheduled | Status::MovedOnline => "new",
    };
    if !class.is_empty() {
        badges.push(Badge { class, words: t.label("status", status.code()) });
    }
    if let Some(availability @ (Availability::Full | Availability::Waitlist | Availability::Closed)) = availability
        && status != Status::Cancelled
    {
        badges.push(Badge { class: "full", words: t.label("availability", availability.code()) });
    }
    badges
}

/// For `<time datetime>`.
pub fn datetime(when: &When) -> String {
    when.start().map_or_else(|| when.first_day().to_string(), |start| start.to_string())
}

/// The hour beside a day that is already said.
fn hour(t: Tongue, when: &When) -> String {
    let until =
        |first: Date, last: Date| (last > first).then(|| t.say_with("web-until", [("day", t.short_day(last).into())]));
    match when {
        When::Timed(hours) => {
            let start = hours.start().wall();
            let from = t.hour(start.time());
            match hours.end().map(|end| end.wall()) {
                None => from,
                Some(end) if end.date() == start.date() => format!("{from} – {}", t.hour(end.time())),
                Some(end) => format!("{from} – {}, {}", t.short_day(end.date()), t.hour(end.time())),
            }
        }
        When::Day { days, duration } => {
            let open = t.say("hour-open");
            let open = duration.map_or(open.clone(), |duration| format!("{open} ({})", t.duration(duration)));
            until(days.first(), days.last()).map_or(open.clone(), |until| format!("{until}, {open}"))
        }
        When::AllDay(days) => until(days.first(), days.last()).unwrap_or_else(|| t.say("all-day")),
        When::Period(days) => until(days.first(), days.last()).unwrap_or_else(|| t.say("all-day")),
    }
}

/// Where, in one line; *Lieu à préciser* only where one must come somewhere.
pub fn place(t: Tongue, event: &Event, slot: Option<&Slot>) -> Option<String> {
    let own = slot.and_then(|slot| slot.place.as_ref());
    let line = own.or(event.places.first()).and_then(crate::event::Place::line);
    let moved = slot.map_or(event.status, |slot| event.status_of(slot)) == Status::MovedOnline;
    match (event.mode, line) {
        _ if moved => Some(t.say("web-online")),
        (Some(Mode::Online), _) => Some(t.say("web-online")),
        (Some(Mode::Mixed), Some(line)) => Some(format!("{line} · {}", t.say("web-online"))),
        (Some(Mode::Mixed), None) => Some(t.label("mode", Mode::Mixed.code())),
        (_, Some(line)) => Some(line),
        (Some(Mode::Offline), None) => Some(t.say("web-place-open")),
        (None, None) if event.online.is_empty() => Some(t.say("web-place-open")),
        (None, None) => Some(t.say("web-online")),
    }
}

/// Names in one line, the first three.
pub fn names<'a>(t: Tongue, names: impl Iterator<Item = &'a str>) -> String {
    let mut seen = std::collections::BTreeSet::new();
    let names: Vec<&str> = names.filter(|name| seen.insert(fold(name))).collect();
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} {}", t.say_with("web-and-more", [("n", more.into())])),
    }
}

/// Who else announces it.
fn also(t: Tongue, one: &Published) -> String {
    let others = names(t, one.copies.iter().filter(|copy| !copy.primary).map(|copy| copy.name.as_str()));
    if others.is_empty() { others } else { t.say_with("web-also-announced", [("names", others.into())]) }
}
