//! Events as a calendar (RFC 5545, with the properties of RFC 7986 and RFC 9253 that say more).
//!
//! One `VEVENT` for each slot, under the UID that the slot keeps for ever; an event without a date is in no calendar.
//! It hides folding, escaping and the rules of time zones, and what a calendar cannot say is said in words: a day
//! without an hour is a date that keeps nobody busy, marked so in its title. Every line goes out by one door, which
//! lets no control character through, so that no field can begin a line of its own.

mod lines;
mod zone;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use self::lines::{Lines, basic, clock, instant, utc};
use self::zone::{ZONED_YEARS, timezone};
use super::words::Words;
use super::{Feed, Head};
use crate::event::{Hours, MediaType, OnlineAccess, Place, Slot, Status, When, Zone};
use crate::programme::Published;

/// The media type of a calendar (RFC 5545 §8.1).
pub const CONTENT_TYPE: &str = "text/calendar; charset=utf-8";

/// Without a version: an upgrade alone must not change a calendar's bytes.
const PRODUCT: &str = "-//essaim//essaim//FR";
/// How often it is worth asking again (RFC 7986 §5.7). Google asks every 8 to 24 hours whatever is said here.
const REFRESH: &str = "PT1H";
/// With more slots than this, each names only its neighbours: naming all takes lines by the square of the slots.
const MOST_SIBLINGS: usize = 16;
/// What becomes of a cancelled slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancelled {
    /// `STATUS:CANCELLED`, as RFC 5545 has it: Apple strikes it through, Google takes it away.
    Struck,
    /// `?cancelled=shown`: an entry that takes no time and says so in its title, for clients that would drop it.
    Shown,
}

/// The whole calendar; cancelled slots are `STATUS:CANCELLED` (RFC 5545 §3.8.1.11).
pub fn write(feed: &Feed) -> String {
    let events = feed.events.iter().map(AsRef::as_ref);
    calendar(&feed.head, feed.head.title.as_str(), &feed.head.address("ics"), events, Cancelled::Struck)
}

/// The whole calendar for clients that drop what is cancelled: it stays, takes no time, and its title says so.
pub fn write_shown(feed: &Feed) -> String {
    let source = format!("{}?cancelled=shown", feed.head.address("ics"));
    let events = feed.events.iter().map(AsRef::as_ref);
    calendar(&feed.head, feed.head.title.as_str(), &source, events, Cancelled::Shown)
}

/// The calendar of one event, all its slots.
pub fn write_event(head: &Head, published: &Published) -> String {
    let source = format!("{}.ics", head.event_page(&published.slug));
    calendar(head, published.event.title.as_str(), &source, std::iter::once(published), Cancelled::Struck)
}

/// The calendar UID of a slot: the one it was given when first seen, or the one it would be given (UUIDv5 of the
/// event's id and the slot's name, RFC 9562 §5.5).
pub fn uid(published: &Published, slot: &Slot) -> Uuid {
    let minted = published.uid(&slot.name);
    let name = || format!("{}#{}", published.event.id, slot.name);
    minted.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, name().as_bytes()))
}

/// A slot on its way into the calendar.
struct Row<'a> {
    published: &'a Published,
    slot: &'a Slot,
    uid: Uuid,
    time: Stamp<'a>,
}

/// How the time of a slot is written.
enum Stamp<'a> {
    /// As dates (§3.3.4): the last is included here, and not in the calendar.
    Days { first: Date, last: Date, end: bool },
    /// By the wall clock of a zone that the calendar defines.
    Zoned(&'a Zone, Hours),
    /// In UTC: the zone is not known, or its wall clock cannot name this instant.
    Utc(Hours),
}

fn calendar<'a>(
    head: &Head,
    name: &str,
    source: &str,
    events: impl Iterator<Item = &'a Published>,
    cancelled: Cancelled,
) -> String {
    let mut rows: Vec<Row> = events
        .flat_map(|published| published.event.slots.iter().map(move |slot| (published, slot)))
        .map(|(published, slot)| Row { published, slot, uid: uid(published, slot), time: stamp(published, slot) })
        .collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.slot.when, row.uid);
        key(a).cmp(&key(b)).then_with(|| a.published.event.id.cmp(&b.published.event.id))
    });

    let mut out = Lines::default();
    out.word("BEGIN", "VCALENDAR");
    out.word("VERSION", "2.0");
    out.text("PRODID", &[], PRODUCT);
    out.word("CALSCALE", "GREGORIAN");
    out.word("METHOD", "PUBLISH");
    out.text("NAME", &[], name);
    out.text("X-WR-CALNAME", &[], name);
    if let Some(zone) = &head.zone {
        out.text("X-WR-TIMEZONE", &[], zone.as_str());
    }
    out.value("REFRESH-INTERVAL", &[("VALUE", "DURATION")], REFRESH);
    out.word("X-PUBLISHED-TTL", REFRESH);
    out.uri("SOURCE", &[("VALUE", "URI")], source);

    let mut zones: BTreeMap<&Zone, (Timestamp, i16)> = BTreeMap::new();
    for row in &rows {
        if let Stamp::Zoned(zone, hours) = row.time {
            let (start, last) = (hours.start().instant(), row.slot.when.last_day().year());
            let span = zones.entry(zone).or_insert((start, last));
            *span = (span.0.min(start), span.1.max(last));
        }
    }
    if rows.is_empty() {
        // §3.6: a calendar holds at least one component, and a client may refuse an empty one.
        let zone = Zone::new("UTC").ok();
        if let Some(zone) = head.zone.as_ref().or(zone.as_ref()) {
            timezone(&mut out, zone, head.updated, utc(head.updated).year().min(*ZONED_YEARS.end()));
        }
    }
    for (zone, (from, last)) in zones {
        timezone(&mut out, zone, from, last);
    }
    for row in &rows {
        event(&mut out, &Words::new(head, row.published), row, cancelled);
    }
    out.word("END", "VCALENDAR");
    out.done
}

fn stamp<'a>(published: &'a Published, slot: &'a Slot) -> Stamp<'a> {
    match slot.when {
        When::Timed(hours) => match published.event.zone_of(slot) {
            Some(zone)
                if zone.as_str() != "UTC"
                    && [Some(hours.start()), hours.end()].iter().flatten().all(|moment| {
                        // A wall clock that comes twice names the first of the two (§3.3.5).
                        ZONED_YEARS.contains(&moment.wall().year()) && zone.at(moment.wall()) == Some(*moment)
                    }) =>
            {
                Stamp::Zoned(zone, hours)
            }
            _ => Stamp::Utc(hours),
        },
        // A lone date lasts a day already; an end would only make it look announced.
        When::Day { days, .. } => {
            Stamp::Days { first: days.first(), last: days.last(), end: days.first() != days.last() }
        }
        When::AllDay(days) | When::Period(days) => Stamp::Days { first: days.first(), last: days.last(), end: true },
    }
}

fn event(out: &mut Lines, words: &Words, row: &Row, cancelled: Cancelled) {
    let (published, slot, event) = (row.published, row.slot, &row.published.event);
    let language = [("LANGUAGE", words.language())];
    out.word("BEGIN", "VEVENT");
    out.word("UID", &row.uid.to_string());
    out.word("DTSTAMP", &instant(event.updated));
    if let Some(published) = event.published {
        out.word("CREATED", &instant(published));
    }
    out.word("LAST-MODIFIED", &instant(event.updated));
    out.word("SEQUENCE", &event.sequence.to_string());
    times(out, &row.time);
    out.text("SUMMARY", &language, &words.slot_title(slot));
    out.text("DESCRIPTION", &language, &words.text(slot));
    out.uri("URL", &[], &words.page());
    if let Some(location) = words.location(Some(slot)) {
        out.text("LOCATION", &language, &location);
    }
    // GEO is one point (§3.8.1.6): with several places it would be the point of one of them.
    if let [Place { geo: Some(geo), .. }] = words.places(Some(slot)) {
        out.word("GEO", &format!("{};{}", geo.lat(), geo.lon()));
    }
    let labels = words.labels();
    if !labels.is_empty() {
        out.list("CATEGORIES", &language, &labels);
    }
    status(out, event.status_of(slot), slot.when, cancelled);
    // ORGANIZER wants an address to write to (§3.8.4.3), which a feed does not give.
    for organiser in &event.organisers {
        out.text("CONTACT", &language, organiser.name.as_str());
    }
    for online in words.online(Some(slot)) {
        if let OnlineAccess::Public(Some(address)) = &online.access {
            let label = online.note.as_ref().map(|note| ("LABEL", note.as_str()));
            let parameters: Vec<_> = [("VALUE", "URI")].into_iter().chain(label).collect();
            out.uri("CONFERENCE", &parameters, address.as_str());
        }
    }
    for sibling in siblings(published, slot) {
        out.value("RELATED-TO", &[("RELTYPE", "SIBLING")], &sibling.to_string());
    }
    for series in &event.series {
        // The series is no component of ours; its steps meet in the UID that all of them name.
        let parent = Uuid::new_v5(&Uuid::NAMESPACE_URL, series.id.as_str().as_bytes());
        out.value("RELATED-TO", &[("RELTYPE", "PARENT")], &parent.to_string());
    }
    if let Some(licence) = words.licence() {
        out.uri("LINK", &[("LINKREL", "license"), ("VALUE", "URI")], licence.href.as_str());
    }
    if let Some(href) = words.registration(Some(slot)).and_then(|registration| registration.href.as_ref()) {
        let relation = "https://w3id.org/essaim/rel/registration";
        out.uri("LINK", &[("LINKREL", relation), ("VALUE", "URI")], href.as_str());
    }
    let formats = event.formats.iter().map(|format| ("format", format.code()));
    let audiences = event.audiences.iter().map(|audience| ("audience", audience.code()));
    for (list, code) in formats.chain(audiences) {
        out.uri("CONCEPT", &[], &format!("https://w3id.org/essaim/vocab/{list}/{code}"));
    }
    if let Some(image) = event.image.as_ref() {
        let parameters = [("VALUE", "URI"), ("DISPLAY", "BADGE")].into_iter().chain(media(image.media_type.as_ref()));
        out.uri("IMAGE", &parameters.collect::<Vec<_>>(), image.href.as_str());
    }
    for resource in &event.resources {
        let parameters: Vec<_> = media(resource.media_type.as_ref()).collect();
        out.uri("ATTACH", &parameters, resource.href.as_str());
    }
    out.word("END", "VEVENT");
}

fn media(media_type: Option<&MediaType>) -> impl Iterator<Item = (&'static str, &str)> {
    media_type.map(|media_type| ("FMTTYPE", media_type.as_str())).into_iter()
}

fn times(out: &mut Lines, time: &Stamp) {
    match time {
        Stamp::Days { first, last, end } => {
            let day = [("VALUE", "DATE")];
            out.value("DTSTART", &day, &basic(*first));
            // The end is the day after the last (§3.6.1); after the last day of all there is none.
            if let (true, Ok(after)) = (end, last.tomorrow()) {
                out.value("DTEND", &day, &basic(after));
            }
        }
        Stamp::Zoned(zone, hours) => {
            let zone = [("TZID", zone.as_str())];
            out.value("DTSTART", &zone, &clock(hours.start().wall()));
            if let Some(end) = ending(hours) {
                out.value("DTEND", &zone, &clock(end.wall()));
            }
        }
        Stamp::Utc(hours) => {
            out.word("DTSTART", &instant(hours.start().instant()));
            if let Some(end) = ending(hours) {
                out.word("DTEND", &instant(end.instant()));
            }
        }
    }
}

/// An end that says something: one at the start itself is refused (§3.8.2.2), and means what no end means.
fn ending(hours: &Hours) -> Option<crate::event::Moment> {
    hours.end().filter(|end| end.instant() > hours.start().instant())
}

fn status(out: &mut Lines, status: Status, when: When, cancelled: Cancelled) {
    let word = match status {
        Status::Cancelled if cancelled == Cancelled::Struck => "CANCELLED",
        Status::Postponed => "TENTATIVE",
        _ => "CONFIRMED",
    };
    let takes_place = !matches!(status, Status::Cancelled | Status::Postponed);
    let busy = takes_place && matches!(when, When::Timed(_) | When::AllDay(_));
    out.word("STATUS", word);
    out.word("TRANSP", if busy { "OPAQUE" } else { "TRANSPARENT" });
}

/// The UIDs of the other slots of the event, in their order; of a long list, those before and after.
fn siblings(published: &Published, slot: &Slot) -> Vec<Uuid> {
    let slots = &published.event.slots;
    let at = slots.iter().position(|other| other.name == slot.name).unwrap_or(0);
    let near = |other: usize| slots.len() <= MOST_SIBLINGS || other.abs_diff(at) == 1;
    let others = slots.iter().enumerate().filter(|(other, _)| *other != at && near(*other));
    others.map(|(_, slot)| uid(published, slot)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;
    use super::*;
    use crate::event::{Name, Status};

    fn unfolded(calendar: &str) -> Vec<String> {
        calendar.replace("\r\n ", "").lines().map(str::to_owned).collect()
    }

    fn lines_of(slots: Vec<Slot>, change: impl FnOnce(&mut crate::event::Parts)) -> Vec<String> {
        let mut parts = parts("a", slots);
        change(&mut parts);
        unfolded(&write(&feed([published(parts)])))
    }

    fn has(lines: &[String], line: &str) -> bool {
        lines.iter().any(|other| other == line)
    }

    fn begins(lines: &[String], with: &str) -> usize {
        lines.iter().filter(|line| line.starts_with(with)).count()
    }

    #[test]
    fn a_day_without_an_hour_is_never_busy_nor_given_a_time() {
        let lines = lines_of(vec![day("c1", "2024-11-14")], |_| {});
        assert!(has(&lines, "DTSTART;VALUE=DATE:20241114") && has(&lines, "TRANSP:TRANSPARENT"));
        assert_eq!(begins(&lines, "DTEND"), 0);
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:Atelier : l’eau (horaire à préciser)"));
        assert!(
            lines
                .iter()
                .any(|l| l.starts_with("DESCRIPTION") && l.contains("(horaire à préciser\\, 1\u{a0}h\u{a0}30)"))
        );
    }

    #[test]
    fn whole_days_end_on_the_day_after_the_last() {
        let all_day = Slot::new(Name::new("c1").unwrap(), When::AllDay(days("2024-11-04", "2024-11-05")));
        let lines = lines_of(vec![all_day], |_| {});
        assert!(has(&lines, "DTEND;VALUE=DATE:20241106") && has(&lines, "TRANSP:OPAQUE"));
        let period = Slot::new(Name::new("c1").unwrap(), When::Period(days("2024-11-04", "2024-11-30")));
        let lines = lines_of(vec![period], |_| {});
        assert!(has(&lines, "DTEND;VALUE=DATE:20241201") && has(&lines, "TRANSP:TRANSPARENT"));
        let some_days = When::Day { days: days("2024-11-04", "2024-11-05"), duration: None };
        let lines = lines_of(vec![Slot::new(Name::new("c1").unwrap(), some_days)], |_| {});
        assert!(has(&lines, "DTEND;VALUE=DATE:20241106") && has(&lines, "TRANSP:TRANSPARENT"));
    }

    #[test]
    fn the_last_day_of_all_does_not_overflow() {
        let last = Slot::new(Name::new("c1").unwrap(), When::AllDay(days("9999-12-31", "9999-12-31")));
        let lines = lines_of(vec![last], |_| {});
        assert!(has(&lines, "DTSTART;VALUE=DATE:99991231") && begins(&lines, "DTEND") == 0);
    }

    #[test]
    fn an_unknown_end_stays_unknown() {
        let lines = lines_of(vec![timed("c1", "2024-11-19T10:00:00+01:00", None)], |_| {});
        assert!(has(&lines, "DTSTART:20241119T090000Z"));
        assert_eq!(begins(&lines, "DTEND") + begins(&lines, "DURATION"), 0);
    }

    #[test]
    fn a_cancelled_event_says_so_in_status_sequence_and_title() {
        let slots = vec![timed("c1", "2024-11-19T10:00:00+01:00", None)];
        let cancel = |parts: &mut crate::event::Parts| (parts.status, parts.sequence) = (Status::Cancelled, 3);
        let lines = lines_of(slots.clone(), cancel);
        assert!(has(&lines, "STATUS:CANCELLED") && has(&lines, "SEQUENCE:3") && has(&lines, "TRANSP:TRANSPARENT"));
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:[Annulé] Atelier : l’eau"));

        let mut parts = parts("a", slots);
        cancel(&mut parts);
        let lines = unfolded(&write_shown(&feed([published(parts)])));
        assert!(has(&lines, "STATUS:CONFIRMED") && has(&lines, "TRANSP:TRANSPARENT") && has(&lines, "SEQUENCE:3"));
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:[Annulé] Atelier : l’eau"));
        assert!(has(&lines, "SOURCE;VALUE=URI:https://lab.example/feed.ics?cancelled=shown"));
    }

    #[test]
    fn one_cancelled_slot_does_not_cancel_the_others() {
        let mut slots = vec![timed("c1", "2024-11-19T10:00:00Z", None), timed("c2", "2024-11-20T10:00:00Z", None)];
        slots[0].status = Some(Status::Cancelled);
        let lines = lines_of(slots, |_| {});
        assert_eq!((begins(&lines, "STATUS:CANCELLED"), begins(&lines, "STATUS:CONFIRMED")), (1, 1));
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:[Annulé] Atelier : l’eau (créneau 1/2)"));
        assert!(has(&lines, "SUMMARY;LANGUAGE=fr:Atelier : l’eau (créneau 2/2)"));
    }

    #[test]
    fn a_postponed_event_is_tentative_and_keeps_nobody_busy() {
        let slots = vec![timed("c1", "2024-11-19T10:00:00+01:00", None)];
        let lines = lines_of(slots, |parts| parts.status = Status::Postponed);
        assert!(has(&lines, "STATUS:TENTATIVE") && has(&lines, "TRANSP:TRANSPARENT"));
    }

    #[test]
    fn an_event_that_moved_online_has_no_place_left() {
        let slots = vec![timed("c1", "2024-11-19T10:00:00+01:00", None)];
        let lines = lines_of(slots, |parts| {
            parts.status = Status::MovedOnline;
            parts.places = full("Salle").event.places.clone();
        });
        assert!(has(&lines, "LOCATION;LANGUAGE=fr:En ligne") && begins(&lines, "GEO") == 0);
    }

    #[test]
    fn a_slot_keeps_its_uid_whatever_becomes_of_it() {
        let mut event = published(parts("a", vec![timed("c1", "2024-11-19T10:00:00+01:00", None)]));
        let founding = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"tag:lab.example,2024:evenement/a#c1");
        assert_eq!(uid(&event, &event.event.slots[0]), founding);
        event.uids = [(Name::new("c1").unwrap(), Uuid::nil())].into();
        assert!(has(&unfolded(&write_event(&head(), &event)), "UID:00000000-0000-0000-0000-000000000000"));
    }

    #[test]
    fn the_stamp_is_when_it_changed_and_never_now() {
        let lines = lines_of(vec![day("c1", "2024-11-14")], |_| {});
        assert!(has(&lines, "DTSTAMP:20241108T161200Z") && has(&lines, "LAST-MODIFIED:20241108T161200Z"));
    }

    #[test]
    fn no_field_can_begin_a_line_of_its_own() {
        let feed = feed([full(HOSTILE)]);
        for calendar in [write(&feed), write_shown(&feed), write_event(&feed.head, &feed.events[0])] {
            let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            assert!(!calendar.replace("\r\n", "").contains(breaks), "{calendar}");
            let lines = unfolded(&calendar);
            assert_eq!((begins(&lines, "BEGIN:VEVENT"), begins(&lines, "END:VEVENT")), (3, 3));
            assert_eq!(begins(&lines, "BEGIN:VALARM") + begins(&lines, "ATTACH:evil") + begins(&lines, "SUMMARY:"), 0);
            for line in lines {
                let name: String = line.chars().take_while(|c| !matches!(c, ':' | ';')).collect();
                assert!(KNOWN.contains(&name.as_str()), "{line}");
            }
        }
    }

    const KNOWN: &[&str] = &[
        "BEGIN",
        "END",
        "VERSION",
        "PRODID",
        "CALSCALE",
        "METHOD",
        "NAME",
        "X-WR-CALNAME",
        "X-WR-TIMEZONE",
        "REFRESH-INTERVAL",
        "X-PUBLISHED-TTL",
        "SOURCE",
        "TZID",
        "DTSTART",
        "DTEND",
        "RRULE",
        "TZOFFSETFROM",
        "TZOFFSETTO",
        "TZNAME",
        "UID",
        "DTSTAMP",
        "CREATED",
        "LAST-MODIFIED",
        "SEQUENCE",
        "SUMMARY",
        "DESCRIPTION",
        "URL",
        "LOCATION",
        "GEO",
        "CATEGORIES",
        "STATUS",
        "TRANSP",
        "CONTACT",
        "CONFERENCE",
        "RELATED-TO",
        "LINK",
        "CONCEPT",
        "IMAGE",
        "ATTACH",
    ];

    #[test]
    fn no_line_is_wider_than_75_octets_and_no_character_is_cut() {
        for shift in 0..4 {
            let mut out = Lines::default();
            out.text("X".repeat(shift + 1).as_str(), &[], &"é…🐝".repeat(100));
            assert!(out.done.ends_with("\r\n") && out.done.split("\r\n").all(|line| line.len() <= 75));
            assert!(out.done.replace("\r\n ", "").contains(&"é…🐝".repeat(100)));
        }
        for line in write(&feed([full(HOSTILE)])).split("\r\n") {
            assert!(line.len() <= 75, "{line}");
        }
    }

    #[test]
    fn the_same_events_in_another_order_are_another_feed_but_the_same_calendar() {
        let one = published(parts("a", vec![day("c1", "2024-11-14")]));
        let two = published(parts("b", vec![day("c1", "2024-11-14"), day("c2", "2024-11-13")]));
        assert_eq!(write(&feed([one.clone(), two.clone()])), write(&feed([two, one])));
    }

    #[test]
    fn an_event_without_a_date_is_in_no_calendar_and_an_empty_one_is_still_valid() {
        let lines = lines_of(Vec::new(), |_| {});
        assert_eq!(begins(&lines, "BEGIN:VEVENT"), 0);
        assert_eq!(begins(&lines, "BEGIN:VTIMEZONE"), 1);
    }

    #[test]
    fn slots_of_one_event_name_each_other_and_many_do_not_fill_the_calendar() {
        let slots =
            |n: u32| (0..n).map(|i| timed(&format!("c{i}"), &format!("2024-11-19T10:{i:02}:00Z"), None)).collect();
        assert_eq!(begins(&lines_of(slots(3), |_| {}), "RELATED-TO;RELTYPE=SIBLING:"), 6);
        assert_eq!(begins(&lines_of(slots(60), |_| {}), "RELATED-TO;RELTYPE=SIBLING:"), 118);
    }

    #[test]
    fn a_wall_clock_that_comes_twice_is_written_in_utc() {
        // 27 October 2024, 02:30 in Paris: a calendar would take the first (§3.3.5).
        let zone = |parts: &mut crate::event::Parts| parts.zone = Zone::new("Europe/Paris").ok();
        let first = lines_of(vec![timed("c1", "2024-10-27T02:30:00+02:00", None)], zone);
        assert!(has(&first, "DTSTART;TZID=Europe/Paris:20241027T023000"));
        let second = lines_of(vec![timed("c1", "2024-10-27T02:30:00+01:00", None)], zone);
        assert!(has(&second, "DTSTART:20241027T013000Z"));
    }

    #[test]
    fn an_end_at_the_start_is_left_out() {
        let at = "2024-11-19T10:00:00+01:00";
        assert_eq!(begins(&lines_of(vec![timed("c1", at, Some(at))], |_| {}), "DTEND"), 0);
    }

    #[test]
    fn paris_is_written_by_its_two_yearly_rules() {
        let slot = timed("c1", "2024-11-19T10:00:00+01:00", None);
        let calendar = write(&feed([{
            let mut parts = parts("a", vec![slot]);
            parts.zone = Zone::new("Europe/Paris").ok();
            published(parts)
        }]));
        let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n\
            BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n\
            TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n\
            BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n\
            TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n\
            END:VTIMEZONE\r\n";
        assert!(calendar.contains(zone), "{calendar}");
    }

    #[test]
    fn a_reader_finds_every_slot_again() {
        use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
        let calendar = write(&feed([full("a;b,c\\d")]));
        let read = ICalendar::parse(&calendar).unwrap();
        let events: Vec<_> =
            read.components.iter().filter(|c| c.component_type == ICalendarComponentType::VEvent).collect();
        assert_eq!(events.len(), 3);
        let summary = events[0].property(&ICalendarProperty::Summary).unwrap();
        assert_eq!(summary.values[0].as_text(), Some("a;b,c\\d (créneau 1/3)"));
    }
}
