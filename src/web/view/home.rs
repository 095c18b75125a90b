//! The list of events: what is to come day by day, what has no date yet, what is past by edition.
//!
//! One order for all of it, cut into pages, so that ten thousand events stay readable. An event is listed once, under
//! its next day; its other slots to come get one line each, under theirs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use jiff::civil::Date;

use super::card::{Card, card};
use super::month::{Month, month};
use super::{Frame, Rendered, render};
use crate::event::{Days, Format, Mode, Status};
use crate::programme::Published;
use crate::snapshot::Snapshot;
use crate::web::ask::Filter;
use crate::web::{Edition, Room};

/// Events on one page of the list.
const PAGE: usize = 300;
/// Lines for further slots of one event.
const MOST_LINES: usize = 60;

/// An event that was asked for.
pub struct Listed<'a> {
    pub published: &'a Arc<Published>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page<'a> {
    f: Frame<'a>,
    eyebrow: Option<String>,
    dates: Option<String>,
    counts: Vec<String>,
    deadline: Option<String>,
    month: Option<Month>,
    form: Form,
    found: Option<(String, String)>,
    empty: bool,
    sections: Vec<Section>,
    past: Vec<Section>,
    pages: Option<Pages>,
}

/// A part of the list.
struct Section {
    id: &'static str,
    title: String,
    count: String,
    note: Option<String>,
    open: bool,
    days: Vec<DayGroup>,
    cards: Vec<Card>,
}

/// The events of a day.
struct DayGroup {
    id: String,
    iso: String,
    number: String,
    weekday: &'static str,
    month: String,
    near: Option<String>,
    cards: Vec<Card>,
}

struct Form {
    q: String,
    hidden: Vec<(&'static str, String)>,
    selects: Vec<Select>,
}

struct Select {
    name: &'static str,
    label: String,
    all: String,
    options: Vec<(String, String, bool)>,
}

struct Pages {
    words: String,
    previous: Option<String>,
    next: Option<String>,
}

/// Where in the list an item stands; the order of variants is the order of the page.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Upcoming,
    Undated,
    PastCurrent,
    /// The latest first; an edition of which no day is known after those with one.
    Past(Reverse<Option<Date>>, String),
}

struct Item<'a> {
    part: Part,
    day: Option<Date>,
    published: &'a Arc<Published>,
    slot: Option<usize>,
    again: bool,
}

pub fn page(mut f: Frame, room: &Room, snapshot: &Snapshot, today: Date, filter: &Filter) -> Rendered {
    let t = f.t;
    f.canonical = Some(f.head.base.to_string());
    f.filter = filter.clone();
    let editions = &room.site.editions;
    let current = current(editions, today);
    let words = filter.words();
    let wanted = snapshot.feed.events.iter().filter(|one| filter.wants(one, &words));
    let listed: Vec<Listed> = wanted.map(|published| Listed { published }).collect();
    let items = items(&listed, editions, current, today);
    // Of each part, how many events, whatever page is shown.
    let mut totals: BTreeMap<Part, usize> = BTreeMap::new();
    for item in items.iter().filter(|item| !item.again) {
        *totals.entry(item.part.clone()).or_default() += 1;
    }
    let last = items.len().div_ceil(PAGE).max(1) - 1;
    let at = filter.page.min(last);
    let shown = &items[(at * PAGE).min(items.len())..((at + 1) * PAGE).min(items.len())];
    let (sections, past, anchors) = sections(&f, shown, &totals, editions, today);
    let month = current.and_then(|edition| month(&f, edition, &listed, today, &anchors));
    let turn = |to: usize| f.list(&Filter { page: to, ..filter.clone() });
    let pages = (last > 0).then(|| Pages {
        words: t.say_with("web-page-of", [("page", (at + 1).into()), ("pages", (last + 1).into())]),
        previous: (at > 0).then(|| turn(at - 1)),
        next: (at < last).then(|| turn(at + 1)),
    });
    let all = snapshot.feed.events.len();
    let mut counts = vec![f.count("web-of-events", all)];
    let announcers: BTreeSet<_> = snapshot.feed.events.iter().flat_map(|e| &e.copies).map(|c| &c.key.source).collect();
    if !announcers.is_empty() {
        counts.push(f.count("web-of-organisers", announcers.len()));
    }
    if !filter.is_set() && all > 0 {
        counts.push(f.count("web-count-upcoming", totals.get(&Part::Upcoming).copied().unwrap_or(0)));
    }
    let page = Page {
        eyebrow: current.map(|edition| edition.title.to_string()).filter(|title| *title != f.heading),
        dates: current.and_then(|edition| Days::new(edition.starts?, edition.ends?).ok()).map(|days| t.days(days)),
        deadline: current
            .and_then(|edition| edition.deadline)
            .filter(|deadline| *deadline >= today)
            .map(|day| t.say_with("web-deadline", [("day", t.day(day).into())])),
        counts,
        month,
        form: form(&f, snapshot, editions, filter),
        found: filter.is_set().then(|| {
            let what = described(&f, editions, filter);
            (f.count("web-found", listed.len()), t.say_with("web-found-for", [("what", what.into())]))
        }),
        empty: all == 0,
        sections,
        past,
        pages,
        f,
    };
    render(&page)
}

#[derive(Template)]
#[template(path = "embed.html")]
struct Embedded<'a> {
    f: Frame<'a>,
    cards: Vec<Card>,
    all: String,
}

/// The next events of a list, for other people's pages.
pub fn embed(f: Frame, room: &Room, snapshot: &Snapshot, today: Date, filter: &Filter, most: usize) -> Rendered {
    let editions = &room.site.editions;
    let words = filter.words();
    let wanted = snapshot.feed.events.iter().filter(|one| filter.wants(one, &words));
    let listed: Vec<Listed> = wanted.map(|published| Listed { published }).collect();
    let items = items(&listed, editions, current(editions, today), today);
    let next = items.iter().filter(|item| item.part == Part::Upcoming && !item.again).take(most);
    // No heading says the day, and no card the hour.
    let with_hour = |card: Card| Card { day: format!("{}, {}", card.day, card.hour), ..card };
    let cards = next.map(|item| with_hour(self::item(&f, item, item.day))).collect();
    render(&Embedded { cards, all: f.list(filter), f })
}

/// How many pages the whole list has.
pub fn pages(room: &Room, snapshot: &Snapshot, today: Date) -> usize {
    let editions = &room.site.editions;
    let listed: Vec<Listed> = snapshot.feed.events.iter().map(|published| Listed { published }).collect();
    items(&listed, editions, current(editions, today), today).len().div_ceil(PAGE).max(1)
}

/// The edition that the page is about: the one under way, else the next, else the last one that has dates.
fn current(editions: &[Edition], today: Date) -> Option<&Edition> {
    let dated = || editions.iter().filter_map(|e| Some((e, e.starts?, e.ends?)));
    let now = dated().find(|(_, starts, ends)| *starts <= today && today <= *ends);
    let next = || dated().filter(|(_, starts, _)| *starts > today).min_by_key(|(_, starts, _)| *starts);
    let before = || dated().max_by_key(|(_, _, ends)| *ends);
    now.or_else(next).or_else(before).map(|(edition, ..)| edition)
}

/// Every event in its part and at its day, in the order of the page.
fn items<'a>(listed: &[Listed<'a>], editions: &[Edition], current: Option<&Edition>, today: Date) -> Vec<Item<'a>> {
    // The last day of each edition by its events, for editions that give no dates of their own.
    let mut latest: BTreeMap<&str, Date> = BTreeMap::new();
    for one in listed {
        if let (Some(key), Some(day)) = (edition_key(one.published), one.published.event.last_day()) {
            latest.entry(key).and_modify(|last| *last = day.max(*last)).or_insert(day);
        }
    }
    // Editions are listed in order: one that stands before an edition that has begun is over.
    let begun = editions.iter().rposition(|e| e.starts.is_some_and(|starts| starts <= today)).unwrap_or(0);
    let over = |key: &str| {
        let at = editions.iter().position(|e| e.key.as_str() == key);
        let ended = at.and_then(|at| editions[at].ends).is_some_and(|ends| ends < today);
        ended || at.is_some_and(|at| at < begun)
    };
    let past = |one: &Published| {
        let key = edition_key(one);
        if key.is_some() && key == current.map(|e| e.key.as_str()) {
            return Part::PastCurrent;
        }
        match key {
            Some(key) => {
                let known = editions.iter().find(|e| e.key.as_str() == key).and_then(|e| e.ends);
                Part::Past(Reverse(latest.get(key).copied().max(known)), key.to_owned())
            }
            None => {
                let year = one.event.last_day().map(jiff::civil::Date::year);
                let end = year.and_then(|year| Date::new(year, 12, 31).ok());
                Part::Past(Reverse(end), year.map(|year| year.to_string()).unwrap_or_default())
            }
        }
    };
    let mut items = Vec::new();
    for one in listed {
        let published = one.published;
        let event = &published.event;
        let slots: Vec<usize> = (0..event.slots.len()).filter(|at| event.slots[*at].when.last_day() >= today).collect();
        // The next slot that takes place speaks for the event; if none does, the next one.
        let main = slots.iter().copied().find(|at| event.status_of(&event.slots[*at]) != Status::Cancelled);
        let Some(main) = main.or(slots.first().copied()) else {
            let undated = event.slots.is_empty() && !edition_key(published).is_some_and(over);
            let part = if undated { Part::Undated } else { past(published) };
            let slot = (!event.slots.is_empty()).then_some(0);
            let day = event.slots.first().map(|slot| slot.when.first_day());
            items.push(Item { part, day, published, slot, again: false });
            continue;
        };
        for at in slots.into_iter().take(MOST_LINES.max(main + 1)) {
            let day = event.slots[at].when.first_day().max(today);
            items.push(Item { part: Part::Upcoming, day: Some(day), published, slot: Some(at), again: at != main });
        }
    }
    items.sort_by(|a, b| {
        let when = |item: &Item| item.slot.map(|at| item.published.event.slots[at].when);
        // What has no day stands after what has, and is in the order of titles.
        let key = |item: &Item| (item.day.is_none(), item.day);
        (&a.part, key(a), when(a), &a.published.slug).cmp(&(&b.part, key(b), when(b), &b.published.slug))
    });
    items
}

fn edition_key(one: &Published) -> Option<&str> {
    one.event.editions.first().map(|edition| edition.code.as_str())
}

type Sections = (Vec<Section>, Vec<Section>, BTreeSet<Date>);

/// Lays one page of items out; says too which days it lists.
fn sections(f: &Frame, items: &[Item], totals: &BTreeMap<Part, usize>, editions: &[Edition], today: Date) -> Sections {
    let t = f.t;
    let (mut sections, mut past, mut anchors) = (Vec::new(), Vec::new(), BTreeSet::new());
    for group in items.chunk_by(|a, b| a.part == b.part) {
        let part = &group[0].part;
        let count = f.count("web-of-events", totals.get(part).copied().unwrap_or(0));
        let mut section = Section {
            id: "",
            title: String::new(),
            count,
            note: None,
            open: f.filter.is_set(),
            days: Vec::new(),
            cards: Vec::new(),
        };
        match part {
            Part::Upcoming => {
                section.id = "a-venir";
                section.title = t.say("web-upcoming");
                section.days = group
                    .chunk_by(|a, b| a.day == b.day)
                    .filter_map(|items| Some(day_group(f, items[0].day?, items, today)))
                    .collect();
                anchors.extend(group.iter().filter_map(|item| item.day));
                sections.push(section);
                continue;
            }
            Part::Undated => {
                section.id = "date-a-preciser";
                section.title = t.say("web-undated");
                section.note = Some(t.say("web-undated-why"));
            }
            Part::PastCurrent => {
                section.id = "deja-passes";
                section.title = t.say("web-past-current");
                section.open = true;
            }
            Part::Past(_, key) => section.title = past_title(f, key, editions, group),
        }
        section.cards = group.iter().map(|item| self::item(f, item, item.day)).collect();
        if *part == Part::Undated {
            sections.push(section);
            continue;
        }
        // Of what is past, nothing is to be confirmed any more.
        let open = t.say("web-place-open");
        section.cards.iter_mut().for_each(|card| card.place = card.place.take().filter(|place| *place != open));
        if *part == Part::PastCurrent {
            for (card, item) in section.cards.iter_mut().zip(group) {
                card.anchor = item.day.filter(|day| anchors.insert(*day)).map(|day| format!("j-{day}"));
            }
        }
        past.push(section);
    }
    (sections, past, anchors)
}

fn past_title(f: &Frame, key: &str, editions: &[Edition], group: &[Item]) -> String {
    if let Some(edition) = editions.iter().find(|e| e.key.as_str() == key) {
        return edition.title.to_string();
    }
    let said = group[0].published.event.editions.first();
    match said.map(|edition| edition.label.as_ref().unwrap_or(&edition.code)) {
        Some(title) => title.to_string(),
        None if key.is_empty() => f.say("web-past-other"),
        None => f.t.say_with("web-past-year", [("year", key.to_owned().into())]),
    }
}

fn item(f: &Frame, item: &Item, day: Option<Date>) -> Card {
    let slot = item.slot.and_then(|at| item.published.event.slots.get(at));
    Card { again: item.again, ..card(f, item.published, slot, day) }
}

fn day_group(f: &Frame, day: Date, items: &[Item], today: Date) -> DayGroup {
    let t = f.t;
    let near = match day {
        _ if day == today => Some(t.say("web-today")),
        _ if today.tomorrow().is_ok_and(|tomorrow| day == tomorrow) => Some(t.say("web-tomorrow")),
        _ => None,
    };
    let month =
        if day.year() == today.year() { t.month(day).to_owned() } else { format!("{} {}", t.month(day), day.year()) };
    DayGroup {
        id: format!("j-{day}"),
        iso: day.to_string(),
        number: day.day().to_string(),
        weekday: t.weekday(day),
        month,
        near,
        cards: items.iter().map(|item| self::item(f, item, None)).collect(),
    }
}

fn form(f: &Frame, snapshot: &Snapshot, editions: &[Edition], filter: &Filter) -> Form {
    let t = f.t;
    let events = || snapshot.feed.events.iter().map(|one| &one.event);
    let formats: BTreeSet<Format> = events().flat_map(|e| e.formats.iter().copied()).collect();
    let modes: BTreeSet<Mode> = events().filter_map(|e| e.mode).collect();
    let mut regions: BTreeMap<String, String> = BTreeMap::new();
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for event in events() {
        for region in &event.regions {
            let label = t.region(&region.code).or_else(|| region.label.as_ref().map(ToString::to_string));
            regions.insert(label.unwrap_or_else(|| region.code.to_string()), region.code.to_string());
        }
        for edition in &event.editions {
            let label = edition.label.as_ref().unwrap_or(&edition.code);
            named.insert(edition.code.to_string(), label.to_string());
        }
    }
    // The programme's own editions in its order, the latest first; then those that only events name.
    let known: Vec<(String, String)> = editions
        .iter()
        .rev()
        .filter(|e| named.remove(e.key.as_str()).is_some())
        .map(|e| (e.key.to_string(), e.title.to_string()))
        .collect();
    let select = |name, all: &str, options: Vec<(String, String)>, chosen: Option<&str>| Select {
        name,
        label: t.say(&format!("web-find-{name}")),
        all: t.say(all),
        options: options
            .into_iter()
            .map(|(value, words)| {
                let is = chosen == Some(value.as_str());
                (value, super::brief(&words, 60), is)
            })
            .collect(),
    };
    let format = formats.iter().map(|c| (c.code().to_owned(), t.label("format", c.code()))).collect();
    let mode = modes.iter().map(|c| (c.code().to_owned(), t.label("mode", c.code()))).collect();
    let edition = known.into_iter().chain(named).collect();
    let region = regions.into_iter().map(|(label, code)| (code, label)).collect();
    let mut selects = vec![
        select("format", "web-find-all", format, filter.format.map(Format::code)),
        select("mode", "web-find-all-feminine", mode, filter.mode.map(Mode::code)),
        select("edition", "web-find-all-feminine", edition, filter.edition.as_deref()),
        select("region", "web-find-all-feminine", region, filter.region.as_ref().map(crate::event::Region::as_str)),
    ];
    // A choice between one thing is none.
    selects.retain(|select| select.options.len() > 1 || select.options.iter().any(|option| option.2));
    let mut hidden = Vec::new();
    hidden.extend(f.ui.map(|tongue| ("ui", tongue.code().to_owned())));
    hidden.extend(filter.source.as_ref().map(|key| ("source", key.to_string())));
    hidden.extend(filter.topic.iter().map(|code| ("topic", code.clone())));
    hidden.extend(filter.audience.map(|code| ("audience", code.code().to_owned())));
    hidden.extend(filter.status.map(|code| ("status", code.code().to_owned())));
    hidden.extend(filter.series.iter().map(|id| ("series", id.clone())));
    hidden.extend(filter.lang.iter().map(|lang| ("lang", lang.clone())));
    hidden.extend(filter.from.map(|day| ("from", day.to_string())));
    hidden.extend(filter.to.map(|day| ("to", day.to_string())));
    Form { q: filter.q.clone(), hidden, selects }
}

/// What was asked for, in words.
fn described(f: &Frame, editions: &[Edition], filter: &Filter) -> String {
    let t = f.t;
    let mut words = Vec::new();
    if !filter.q.is_empty() {
        words.push(match t {
            crate::language::Tongue::French => format!("«\u{a0}{}\u{a0}»", filter.q),
            crate::language::Tongue::English => format!("“{}”", filter.q),
        });
    }
    words.extend(filter.format.map(|format| t.label("format", format.code())));
    words.extend(filter.mode.map(|mode| t.label("mode", mode.code())));
    words.extend(filter.edition.as_ref().map(|key| {
        let known = editions.iter().find(|e| e.key.as_str() == key);
        known.map_or(key.clone(), |edition| edition.title.to_string())
    }));
    words.extend(filter.region.as_ref().map(|region| t.region(region).unwrap_or_else(|| region.to_string())));
    words.extend(filter.source.as_ref().map(ToString::to_string));
    words.extend(filter.topic.clone());
    words.extend(filter.audience.map(|code| t.label("audience", code.code())));
    words.extend(filter.status.map(|code| t.label("status", code.code())));
    words.extend(filter.series.clone());
    words.extend(filter.lang.clone());
    match (filter.from, filter.to) {
        (Some(from), Some(to)) if from == to => words.push(t.day(from)),
        (from, to) => {
            words.extend(from.map(|day| t.say_with("web-find-from", [("day", t.day(day).into())])));
            words.extend(to.map(|day| t.say_with("web-find-to", [("day", t.day(day).into())])));
        }
    }
    words.join(", ")
}
