//! One event with everything it has: when and where in full, how to come, what it is, and who announced it.

use std::collections::BTreeSet;

use askama::Template;
use jiff::civil::Date;

use super::card::{Badge, badges, datetime};
use super::{Alternate, Frame, Rendered, brief, foreign, render, visible};
use crate::event::text::fold;
use crate::event::{
    Availability, Before, Contact, Days, Event, Moment, OnlineAccess, Per, Place, Registration, Slot, Speaker, Status,
    When, Zone,
};
use crate::format::{Head, jsonld};
use crate::language::Tongue;
use crate::programme::{Announced, Doubt, Published};

#[derive(Template)]
#[template(path = "event.html")]
struct Page<'a> {
    f: Frame<'a>,
    e: &'a Event,
    lang: Option<String>,
    badges: Vec<Badge>,
    formats: Vec<String>,
    cancelled: bool,
    over: bool,
    banner: Option<Banner>,
    previous: Vec<String>,
    slots: Vec<SlotView>,
    slots_count: String,
    zone: Option<String>,
    mode: Option<String>,
    places: Vec<PlaceView>,
    online: Vec<OnlineView>,
    registration: Option<RegistrationView>,
    calendar: Option<String>,
    speakers: Vec<SpeakerView>,
    details: Vec<(String, Vec<String>)>,
    organisers: Vec<(String, Option<String>, bool)>,
    access: Vec<String>,
    access_note: Option<String>,
    resources: Vec<(String, String, String)>,
    body: Option<String>,
    copies: Vec<CopyView>,
    copies_count: String,
    doubts: Vec<String>,
    page: Option<String>,
    data: Vec<(String, &'static str)>,
    assumed: Option<String>,
    /// The event in the words of schema.org: text in which no character means anything to HTML.
    linked: String,
}

struct Banner {
    class: &'static str,
    words: String,
    notice: Option<String>,
    since: Option<String>,
}

struct SlotView {
    datetime: String,
    words: String,
    zone: Option<String>,
    badges: Vec<Badge>,
    cancelled: bool,
    place: Option<String>,
    online: Option<OnlineView>,
    registration: Option<RegistrationView>,
}

struct PlaceView {
    line: String,
    more: Vec<String>,
}

struct OnlineView {
    words: String,
    href: Option<String>,
    note: Option<String>,
}

struct RegistrationView {
    href: Option<String>,
    go: String,
    host: Option<String>,
    lines: Vec<String>,
    note: Option<String>,
}

struct SpeakerView {
    name: String,
    href: Option<String>,
    role: Option<String>,
    affiliation: Option<String>,
}

struct CopyView {
    name: String,
    see: Option<(String, String)>,
    title: Option<String>,
    primary: bool,
    why: Option<String>,
}

pub fn page(mut f: Frame, head: &Head, today: Date, one: &Published) -> Rendered {
    let (t, e) = (f.t, &one.event);
    let path = format!("e/{}", one.slug);
    f.name(e.title.to_string(), Some(path.clone()));
    if let Some(prefix) = t.title_prefix(e.status, e.availability()) {
        f.title = format!("{prefix}{}", f.title);
    }
    f.description = description(t, e);
    f.image = e.image.as_ref().map(|image| (image.href.to_string(), image.alt.to_string()));
    let own = |extension: &str| format!("{}{path}.{extension}", head.base);
    f.alternates
        .insert(0, Alternate { kind: "application/ld+json", href: own("jsonld"), title: "schema.org".to_owned() });
    let data = [("ics", "iCalendar"), ("json", "JSON"), ("jsonld", "JSON-LD")];
    let over = e.last_day().is_some_and(|last| last < today);
    let (zone, zones_differ) = common_zone(e);
    let page = Page {
        linked: jsonld::write_event(head, one),
        lang: foreign(e.language.as_ref(), t),
        badges: badges(t, e.status, e.availability()),
        formats: e.formats.iter().map(|format| t.label("format", format.code())).collect(),
        cancelled: e.status == Status::Cancelled,
        over,
        banner: banner(t, e),
        previous: e.previous.iter().map(|previous| before(t, &previous.when)).collect(),
        slots: e.slots.iter().map(|slot| slot_view(&f, e, slot, zones_differ, over)).collect(),
        slots_count: f.count("web-slots", e.slots.len()),
        zone: zone.map(|zone| t.say_with("web-hours-in", [("zone", t.zone(zone).into())])),
        mode: e.mode.map(|mode| t.label("mode", mode.code())),
        places: e.places.iter().filter_map(place_view).collect(),
        online: e.online.iter().map(|online| online_view(t, online)).collect(),
        registration: e
            .registration
            .as_ref()
            .map(|r| registration_view(&f, r, over || e.status == Status::Cancelled))
            .filter(|view| view.href.is_some() || !view.lines.is_empty() || view.note.is_some()),
        calendar: (!e.slots.is_empty()).then(|| own("ics")),
        speakers: e.speakers.iter().map(|speaker| speaker_view(t, speaker)).collect(),
        details: details(t, e),
        organisers: e
            .organisers
            .iter()
            .enumerate()
            .map(|(at, o)| (o.name.to_string(), o.page.as_ref().map(ToString::to_string), at > 0))
            .collect(),
        access: e
            .access
            .iter()
            .flat_map(|access| &access.codes)
            .map(|code| t.label("accessibility", code.code()))
            .collect(),
        access_note: e.access.as_ref().and_then(|access| access.note.as_ref()).map(ToString::to_string),
        resources: e
            .resources
            .iter()
            .map(|r| {
                let kind = t.label("resource", r.kind.code());
                let title = r.title.as_ref().map_or_else(|| kind.clone(), ToString::to_string);
                let mut about = vec![kind];
                about.extend(r.media_type.as_ref().map(ToString::to_string));
                about.extend(r.length.map(|bytes| size(t, bytes)));
                (r.href.to_string(), title, about.join(", "))
            })
            .collect(),
        body: e.body.as_ref().map(|body| body.without_remote_images(&t.say("web-image")).into_owned()),
        copies: one.copies.iter().map(|copy| copy_view(t, e, copy)).collect(),
        copies_count: f.count("web-announced-lead", one.copies.len()),
        doubts: doubts(t, one),
        page: one
            .copies
            .is_empty()
            .then_some(e.page.as_ref())
            .flatten()
            .filter(|page| page.as_str() != head.event_page(&one.slug))
            .map(ToString::to_string),
        data: data.into_iter().map(|(extension, name)| (format!("{}{path}.{extension}", f.root), name)).collect(),
        assumed: assumed(t, e),
        e,
        f,
    };
    render(&page)
}

/// What previews show: the date, then the author's words.
fn description(t: Tongue, e: &Event) -> Option<String> {
    let when = e.slots.first().map_or_else(|| t.say("date-open"), |slot| t.when(&slot.when));
    let text = e.summary.as_ref().map(ToString::to_string);
    let text = text.or_else(|| e.body.as_ref().map(|body| body.to_text().replace('\n', " ")));
    let text = text.map_or(when.clone(), |text| format!("{when}. {text}"));
    Some(visible(&brief(&text, 240)))
}

fn banner(t: Tongue, e: &Event) -> Option<Banner> {
    let (class, words) = match (e.status, e.availability()) {
        (Status::Cancelled, _) => ("off", t.say("web-status-cancelled")),
        (Status::Postponed, _) => ("off", t.say("web-status-postponed")),
        (Status::Rescheduled, _) => ("new", t.say("web-status-rescheduled")),
        (Status::MovedOnline, _) => ("new", t.say("web-status-moved-online")),
        (Status::Scheduled, Some(Availability::Full)) => ("full", t.say("web-full")),
        (Status::Scheduled, Some(Availability::Waitlist)) => ("full", t.say("web-waitlist")),
        // A notice without a change of state is still the author's word to those who come.
        (Status::Scheduled, _) => ("new", String::new()),
    };
    let notice = e.notice.as_ref().and_then(|notice| notice.text.as_ref()).map(ToString::to_string);
    if words.is_empty() && notice.is_none() {
        return None;
    }
    let since = e.notice.as_ref().map(|notice| notice.since.wall().date());
    let since =
        since.map(|day| t.say_with("web-since", [("day", format!("{} {}", t.short_day(day), day.year()).into())]));
    Some(Banner { class, words, notice, since })
}

fn before(t: Tongue, when: &Before) -> String {
    match when {
        Before::Timed(hours) => t.when(&When::Timed(*hours)),
        Before::Days(days) => t.days(*days),
    }
}

/// The zone of all hours, and whether they are in several.
fn common_zone(e: &Event) -> (Option<&Zone>, bool) {
    let timed = e.slots.iter().filter(|slot| slot.when.start().is_some());
    let zones: BTreeSet<Option<&Zone>> = timed.map(|slot| e.zone_of(slot)).collect();
    let mut zones = zones.into_iter();
    match (zones.next(), zones.next()) {
        (Some(zone), None) => (zone, zone.is_none()),
        (Some(_), Some(_)) => (None, true),
        (None, _) => (None, false),
    }
}

/// The zone of one slot in words, or its offset when no zone was said.
fn zone_words(t: Tongue, e: &Event, slot: &Slot) -> Option<String> {
    let start = slot.when.start()?;
    Some(e.zone_of(slot).map_or_else(|| offset(start), |zone| t.zone(zone)))
}

fn offset(moment: Moment) -> String {
    let minutes = moment.offset().seconds() / 60;
    let sign = if minutes < 0 { '−' } else { '+' };
    format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

fn slot_view(f: &Frame, e: &Event, slot: &Slot, zones_differ: bool, over: bool) -> SlotView {
    let t = f.t;
    let status = e.status_of(slot);
    // The event's own state is said above: here only what sets this slot apart.
    let said = if status == e.status { Status::Scheduled } else { status };
    let availability = if slot.availability == e.availability() { None } else { slot.availability };
    SlotView {
        datetime: datetime(&slot.when),
        words: t.when(&slot.when),
        zone: zone_words(t, e, slot).filter(|_| zones_differ),
        badges: badges(t, said, availability),
        cancelled: status == Status::Cancelled,
        place: slot.place.as_ref().and_then(Place::line),
        online: slot.online.as_ref().map(|online| online_view(t, online)),
        registration: slot
            .registration
            .as_ref()
            .map(|registration| registration_view(f, registration, over || status == Status::Cancelled)),
    }
}

fn place_view(place: &Place) -> Option<PlaceView> {
    let line = place.line()?;
    let mut more: Vec<String> = Vec::new();
    for area in &place.areas {
        if let Some(label) = &area.label
            && !fold(&line).contains(&fold(label.as_str()))
        {
            more.push(label.to_string());
        }
    }
    more.extend(place.geo.map(|geo| format!("{:.5}, {:.5}", geo.lat(), geo.lon())));
    Some(PlaceView { line, more })
}

fn online_view(t: Tongue, online: &crate::event::Online) -> OnlineView {
    let (words, href) = match &online.access {
        OnlineAccess::Public(href) => ("web-online-public", href.as_ref().map(ToString::to_string)),
        OnlineAccess::Registered => ("web-online-registered", None),
    };
    OnlineView { words: t.say(words), href, note: online.note.as_ref().map(ToString::to_string) }
}

/// `closed`: nobody can register any more, and a link would mislead.
fn registration_view(f: &Frame, r: &Registration, closed: bool) -> RegistrationView {
    let t = f.t;
    let href = r.href.as_ref().filter(|_| !closed);
    let go = match href.map(Contact::as_str) {
        Some(text) if text.starts_with("mailto:") => "web-register-mail",
        Some(text) if text.starts_with("tel:") => "web-register-phone",
        _ => "web-register-go",
    };
    let mut lines = Vec::new();
    let when = |key: &str, moment: Moment| t.say_with(key, [("when", t.moment(moment).into())]);
    lines.extend(r.window.opens().map(|moment| when("web-register-opens", moment)));
    lines.extend(r.window.closes().map(|moment| when("web-register-closes", moment)));
    let yes_no = |value: bool, yes: &str, no: &str| t.say(if value { yes } else { no });
    lines.extend(r.required.map(|v| yes_no(v, "web-register-required", "web-register-optional")));
    lines.extend(r.free.map(|v| yes_no(v, "web-register-free", "web-register-paid")));
    let each = if r.per == Some(Per::Slot) { "web-register-capacity-slot" } else { "web-register-capacity" };
    let count = |key: &str, n: u32| t.say_with(key, [("n", n.into())]);
    lines.extend(r.capacity.total().map(|n| count(each, n)));
    lines.extend(r.capacity.remaining().map(|n| count("web-register-left", n)));
    RegistrationView {
        href: href.map(ToString::to_string),
        go: t.say(go),
        host: href
            .and_then(Contact::address)
            .map(|address| t.say_with("web-register-where", [("host", address.host().to_owned().into())])),
        lines,
        note: r.note.as_ref().map(ToString::to_string),
    }
}

fn speaker_view(t: Tongue, speaker: &Speaker) -> SpeakerView {
    let role = speaker.role.as_ref().filter(|role| role.as_str() != Speaker::SPEAKER);
    SpeakerView {
        name: speaker.name.to_string(),
        href: speaker.page.as_ref().map(ToString::to_string),
        role: role
            .map(|role| if role.as_str() == "moderator" { t.say("web-role-moderator") } else { role.to_string() }),
        affiliation: speaker.affiliation.as_ref().map(ToString::to_string),
    }
}

/// Formats, audiences and the like: what has a name and a list.
fn details(t: Tongue, e: &Event) -> Vec<(String, Vec<String>)> {
    let term = |term: &crate::event::Term| term.label.as_ref().unwrap_or(&term.code).to_string();
    let region = |r: &crate::event::RegionTerm| {
        t.region(&r.code).or_else(|| r.label.as_ref().map(ToString::to_string)).unwrap_or_else(|| r.code.to_string())
    };
    let step = |series: &crate::event::Series| {
        let title = series.title.as_ref().map_or_else(|| series.id.to_string(), ToString::to_string);
        match (series.step.position(), series.step.total()) {
            (Some(n), Some(total)) => {
                format!("{title}, {}", t.say_with("web-step-of", [("n", n.into()), ("total", total.into())]))
            }
            (Some(n), None) => format!("{title}, {}", t.say_with("web-step", [("n", n.into())])),
            _ => title,
        }
    };
    let all: [(&str, Vec<String>); 7] = [
        ("web-formats", e.formats.iter().map(|c| t.label("format", c.code())).collect()),
        ("web-audiences", e.audiences.iter().map(|c| t.label("audience", c.code())).collect()),
        ("web-series", e.series.iter().map(step).collect()),
        ("web-topics", e.topics.iter().map(term).collect()),
        ("web-regions", e.regions.iter().map(region).collect()),
        ("web-editions", e.editions.iter().map(term).collect()),
        ("web-tags", e.tags.iter().map(ToString::to_string).collect()),
    ];
    all.into_iter().filter(|(_, values)| !values.is_empty()).map(|(key, values)| (t.say(key), values)).collect()
}

fn copy_view(t: Tongue, e: &Event, copy: &Announced) -> CopyView {
    let see = || t.say_with("web-see-there", [("name", copy.name.to_string().into())]);
    CopyView {
        name: copy.name.to_string(),
        see: copy.page.as_ref().map(|page| (page.to_string(), see())),
        title: (copy.title != e.title).then(|| copy.title.to_string()),
        primary: copy.primary,
        why: copy.join.as_ref().map(|join| t.why(join)),
    }
}

/// Of what the rules could not settle, only what a reader must know before coming.
fn doubts(t: Tongue, one: &Published) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for doubt in &one.doubts {
        if let Doubt::CancelledByCopy { entry } = doubt
            && one.event.status != Status::Cancelled
        {
            let copy = one.copies.iter().find(|copy| copy.key == *entry);
            names.push(copy.map_or_else(|| entry.source.to_string(), |copy| copy.name.to_string()));
        }
    }
    names.into_iter().map(|name| t.say_with("web-doubt-cancelled", [("name", name.into())])).collect()
}

fn assumed(t: Tongue, e: &Event) -> Option<String> {
    let names = e.assumed.iter().map(|name| match name.as_str() {
        "zone" | "tz" => t.say("web-assumed-zone"),
        "end" => t.say("web-assumed-end"),
        "region" => t.say("web-assumed-region"),
        "mode" => t.say("web-assumed-mode"),
        "language" | "lang" => t.say("web-assumed-language"),
        other => other.to_owned(),
    });
    let what = names.collect::<Vec<_>>().join(", ");
    (!what.is_empty()).then(|| t.say_with("web-assumed", [("what", what.into())]))
}

fn size(t: Tongue, bytes: u64) -> String {
    let (unit, units, point) = match t {
        Tongue::French => ("ko", "Mo", ','),
        Tongue::English => ("kB", "MB", '.'),
    };
    match bytes {
        0..1_000_000 => format!("{}\u{a0}{unit}", bytes.div_ceil(1000)),
        _ => format!("{}{point}{}\u{a0}{units}", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

impl Page<'_> {
    /// Days that are kept for the heading of the fact sheet: the span of all slots.
    fn span(&self) -> Option<String> {
        let first = self.e.slots.first()?.when.first_day();
        let last = self.e.last_day()?;
        (self.e.slots.len() > 1).then(|| Days::new(first, last).ok().map(|days| self.f.t.days(days))).flatten()
    }
}
