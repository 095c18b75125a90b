use proptest::prelude::*;

use super::*;
use crate::event::{Event, Mode, When, Zone};
use crate::format::Level;

fn hints() -> Hints {
    Hints {
        address: Address::new("https://lab.example/agenda.ics").ok(),
        language: None,
        zone: Zone::new("Europe/Paris").ok(),
        region: None,
        by_link: false,
        seen: "2026-11-22T08:00:00Z".parse().unwrap(),
    }
}

/// A calendar of these lines, with an event around those of each group.
fn calendar(head: &str, events: &[&str]) -> String {
    let events: String = events.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
    let head = if head.is_empty() { String::new() } else { format!("{head}\n") };
    format!("BEGIN:VCALENDAR\n{head}{events}END:VCALENDAR\n")
}

fn reading(head: &str, events: &[&str]) -> Reading {
    crate::parse::read(calendar(head, events).as_bytes(), None, &hints()).unwrap()
}

/// The only event, its findings put aside.
fn event(head: &str, events: &[&str]) -> Event {
    let mut reading = reading(head, events);
    assert_eq!(reading.entries.len(), 1, "{:?}", reading.findings);
    reading.entries.remove(0).event
}

/// What was found, but for the missing stamps, which these events are too short to have.
fn codes(reading: &Reading) -> Vec<&'static str> {
    let codes = reading.findings.iter().map(|finding| finding.code);
    codes.filter(|code| *code != Code::BadUpdated).map(Code::as_str).collect()
}

fn when(when: &When) -> String {
    match when {
        When::Timed(hours) => {
            format!("{}{}", hours.start(), hours.end().map(|end| format!(" – {end}")).unwrap_or_default())
        }
        When::AllDay(days) => format!("{} – {}", days.first(), days.last()),
        other => format!("{other:?}"),
    }
}

fn slots(event: &Event) -> Vec<String> {
    event.slots.iter().map(|slot| when(&slot.when)).collect()
}

/// The times of an event with these lines.
fn times(lines: &str) -> Vec<String> {
    slots(&event("", &[&format!("UID:a\nSUMMARY:Atelier\n{lines}")]))
}

const PARIS: &str = "20261119T100000";

#[test]
fn a_time_is_read_as_another() {
    for (lines, is) in [
        ("DTSTART;TZID=Europe/Paris:20261119T100000", "2026-11-19T10:00:00+01:00"),
        ("DTSTART:20261119T090000Z", "2026-11-19T10:00:00+01:00"),
        ("DTSTART:20261119T100000+0100", "2026-11-19T10:00:00+01:00"),
        ("DTSTART;TZID=Romance Standard Time:20260719T100000", "2026-07-19T10:00:00+02:00"),
        ("DTSTART;TZID=\"GMT Standard Time\":20260719T100000", "2026-07-19T10:00:00+01:00"),
        ("DTSTART;TZID=(UTC+01:00) Bruxelles, Copenhague, Madrid, Paris:20260719T100000", "2026-07-19T10:00:00+02:00"),
        ("DTSTART;TZID=UTC:20261119T090000", "2026-11-19T10:00:00+01:00"),
        ("DTSTART:2026-11-19T10:00:00", "2026-11-19T10:00:00+01:00"),
        ("DTSTART:20261119T240000", "2026-11-20T00:00:00+01:00"),
        ("DTSTART:20261119T090000Z\nDTEND:20261119T110000Z", "2026-11-19T10:00:00+01:00 – 2026-11-19T12:00:00+01:00"),
        ("DTSTART:20261119T090000Z\nDURATION:PT1H30M", "2026-11-19T10:00:00+01:00 – 2026-11-19T11:30:00+01:00"),
        // An end at the start says nothing.
        ("DTSTART:20261119T090000Z\nDTEND:20261119T090000Z", "2026-11-19T10:00:00+01:00"),
        ("DTSTART:20261119T090000Z\nDURATION:PT0S", "2026-11-19T10:00:00+01:00"),
        // The night in which clocks go forward, and the one in which they go back.
        ("DTSTART;TZID=Europe/Paris:20260329T023000", "2026-03-29T03:30:00+02:00"),
        ("DTSTART;TZID=Europe/Paris:20261025T023000", "2026-10-25T02:30:00+02:00"),
    ] {
        assert_eq!(times(lines), [is], "{lines}");
    }
}

#[test]
fn whole_days_lose_or_win_a_day() {
    for (lines, is) in [
        ("DTSTART;VALUE=DATE:20261119", "2026-11-19 – 2026-11-19"),
        ("DTSTART:20261119", "2026-11-19 – 2026-11-19"),
        ("DTSTART;VALUE=DATE:20261119\nDTEND;VALUE=DATE:20261120", "2026-11-19 – 2026-11-19"),
        ("DTSTART;VALUE=DATE:20261119\nDTEND;VALUE=DATE:20261122", "2026-11-19 – 2026-11-21"),
        // The last day itself, as some have it.
        ("DTSTART;VALUE=DATE:20261119\nDTEND;VALUE=DATE:20261119", "2026-11-19 – 2026-11-19"),
        ("DTSTART;VALUE=DATE:20261119\nDTEND;VALUE=DATE:20261118", "2026-11-19 – 2026-11-19"),
        ("DTSTART;VALUE=DATE:20261119\nDURATION:P2D", "2026-11-19 – 2026-11-20"),
        ("DTSTART;VALUE=DATE:20261119T000000", "2026-11-19 – 2026-11-19"),
        // Midnight to midnight in Paris, told in UTC as YesWiki does, or marked by Outlook.
        ("DTSTART:20261118T230000Z\nDTEND:20261119T230000Z", "2026-11-19 – 2026-11-19"),
        (
            "DTSTART;TZID=Europe/Paris:20261119T000000\nDTEND;TZID=Europe/Paris:20261121T000000\n\
             X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
            "2026-11-19 – 2026-11-20",
        ),
    ] {
        assert_eq!(times(lines), [is], "{lines}");
    }
}

#[test]
fn a_time_without_a_zone_is_read_in_another_than_the_calendars() {
    let lines = format!("UID:a\nSUMMARY:Atelier\nDTSTART:{PARIS}");
    let lines = lines.as_str();
    let reunion = event("X-WR-TIMEZONE:Indian/Reunion", &[lines]);
    assert_eq!((slots(&reunion), reunion.assumed.len()), (vec!["2026-11-19T10:00:00+04:00".to_owned()], 0));
    let only = "BEGIN:VTIMEZONE\nTZID:Indian/Reunion\nEND:VTIMEZONE";
    assert_eq!(slots(&event(only, &[lines])), ["2026-11-19T10:00:00+04:00"]);
    // Else in the source's, which is said.
    let floating = reading("", &[lines]);
    assert_eq!(slots(&floating.entries[0].event), ["2026-11-19T10:00:00+01:00"]);
    assert_eq!(codes(&floating), ["floating-time"]);
    let unknown = reading("", &["UID:a\nSUMMARY:Atelier\nDTSTART;TZID=Chez nous:20261119T100000"]);
    assert_eq!(slots(&unknown.entries[0].event), ["2026-11-19T10:00:00+01:00"]);
    assert_eq!(codes(&unknown), ["bad-value", "floating-time"]);
}

#[test]
fn a_date_that_cannot_be_read_is_guessed_or_lost() {
    let reading = reading("", &["UID:a\nSUMMARY:Atelier\nDTSTART:mardi", "UID:b\nSUMMARY:Visite\nDTSTART:20261399"]);
    let unreadable = codes(&reading).iter().filter(|code| **code == "date-unreadable").count();
    assert_eq!((reading.entries.len(), unreadable), (0, 2));
    let reading = self::reading("", &["UID:a\nSUMMARY:Atelier"]);
    assert_eq!(reading.entries[0].level, Level::N0);
}

#[test]
fn a_series_gives_dates_that_it_does_not_have() {
    let weekly = "UID:a\nSUMMARY:Permanence\nDTSTART;TZID=Europe/Paris:20261015T140000\n\
                  DTEND;TZID=Europe/Paris:20261015T160000";
    let starts = |lines: &str, others: &[&str]| {
        let first = format!("{weekly}\n{lines}");
        let all: Vec<&str> = [first.as_str()].into_iter().chain(others.iter().copied()).collect();
        let event = event("", &all);
        let start = |slot: &crate::event::Slot| slot.when.start().unwrap().to_string();
        event.slots.iter().map(start).collect::<Vec<_>>()
    };
    // By the wall clock, in summer time and out of it.
    assert_eq!(
        starts("RRULE:FREQ=WEEKLY;COUNT=3", &[]),
        ["2026-10-15T14:00:00+02:00", "2026-10-22T14:00:00+02:00", "2026-10-29T14:00:00+01:00"]
    );
    // Its end may be told in UTC or as a day.
    assert_eq!(starts("RRULE:FREQ=WEEKLY;UNTIL=20261022T120000Z", &[]).len(), 2);
    assert_eq!(starts("RRULE:FREQ=WEEKLY;UNTIL=20261022T115959Z", &[]).len(), 1);
    assert_eq!(starts("RRULE:FREQ=WEEKLY;UNTIL=20261022", &[]).len(), 2);
    // Dates taken out and added, in any of their forms.
    for exdate in ["EXDATE;TZID=Europe/Paris:20261022T140000", "EXDATE:20261022T120000Z", "EXDATE;VALUE=DATE:20261022"]
    {
        let found = starts(&format!("RRULE:FREQ=WEEKLY;COUNT=3\n{exdate}"), &[]);
        assert_eq!(found, ["2026-10-15T14:00:00+02:00", "2026-10-29T14:00:00+01:00"], "{exdate}");
    }
    for rdate in ["RDATE;TZID=Europe/Paris:20261103T140000", "RDATE:20261103T130000Z", "RDATE;VALUE=DATE:20261103"] {
        assert_eq!(starts(rdate, &[]), ["2026-10-15T14:00:00+02:00", "2026-11-03T14:00:00+01:00"], "{rdate}");
    }
    // What is no rule of days leaves its first date.
    let hourly = reading("", &[&format!("{weekly}\nRRULE:FREQ=HOURLY")]);
    assert_eq!((hourly.entries[0].event.slots.len(), codes(&hourly)), (1, vec!["bad-value"]));
}

#[test]
fn a_series_of_which_no_date_is_left_stays() {
    let weekly = "UID:a\nSUMMARY:Permanence\nDTSTART;TZID=Europe/Paris:20261015T140000\nRRULE:FREQ=WEEKLY";
    for lines in [";UNTIL=20261015T115959Z", ";COUNT=1\nEXDATE;TZID=Europe/Paris:20261015T140000"] {
        let reading = reading("", &[&format!("{weekly}{lines}")]);
        assert_eq!((reading.entries.len(), codes(&reading)), (0, vec!["placeholder-entry"]));
        assert_eq!(reading.tombstones, [(Id::new("a").unwrap(), None)]);
    }
}

#[test]
fn a_period_of_a_list_ends_as_the_others() {
    let lines = "UID:a\nSUMMARY:Visite\nDTSTART:20261119T090000Z\nDTEND:20261119T100000Z\n\
                 RDATE;VALUE=PERIOD:20261120T090000Z/20261120T113000Z,20261121T090000Z/PT3H";
    let hours = |from: &str, to: &str| format!("{from}:00:00+01:00 – {to}:00+01:00");
    assert_eq!(
        slots(&event("", &[lines])),
        [
            hours("2026-11-19T10", "2026-11-19T11:00"),
            hours("2026-11-20T10", "2026-11-20T12:30"),
            hours("2026-11-21T10", "2026-11-21T13:00"),
        ]
    );
}

#[test]
fn a_date_that_moved_is_another_slot_or_stays_where_it_was() {
    let rule = "UID:a\nSUMMARY:Permanence\nDTSTART;TZID=Europe/Paris:20261103T140000\nRRULE:FREQ=WEEKLY;COUNT=4";
    let event = event(
        "",
        &[
            rule,
            "UID:a\nSUMMARY:Permanence\nRECURRENCE-ID:20261110T130000Z\nDTSTART;TZID=Europe/Paris:20261112T180000",
            "UID:a\nSUMMARY:Permanence\nRECURRENCE-ID;TZID=Europe/Paris:20261117T140000\nSTATUS:CANCELED\n\
             DTSTART;TZID=Europe/Paris:20261117T140000",
        ],
    );
    let slots: Vec<_> = event
        .slots
        .iter()
        .map(|slot| (slot.name.as_str(), slot.when.start().unwrap().to_string(), slot.status))
        .collect();
    let at = |at: &str| format!("2026-11-{at}:00:00+01:00");
    assert_eq!(
        slots,
        [
            ("d20261103T1400", at("03T14"), None),
            ("d20261110T1400", at("12T18"), None),
            ("d20261117T1400", at("17T14"), Some(Status::Cancelled)),
            ("d20261124T1400", at("24T14"), None),
        ]
    );
    assert_eq!(event.status, Status::Scheduled);
}

#[test]
fn a_date_at_another_place_takes_place_where_the_others_do() {
    let rule = "UID:a\nSUMMARY:Permanence\nLOCATION:Salle A\nDTSTART:20261103T130000Z\nRRULE:FREQ=WEEKLY;COUNT=3";
    let date = |day: u8, place: &str| {
        format!(
            "UID:a\nSUMMARY:Permanence\nLOCATION:{place}\nRECURRENCE-ID:202611{day}T130000Z\nDTSTART:202611{day}T130000Z"
        )
    };
    let event = event("", &[rule, &date(10, "Salle B"), &date(17, "https://visio.example/j/1")]);
    let place = |slot: &crate::event::Slot| slot.place.as_ref().and_then(crate::event::Place::line);
    let places: Vec<_> = event.slots.iter().map(place).collect();
    assert_eq!(places[..2], [None, Some("Salle B".to_owned())]);
    // A link of one date may not be for everyone.
    assert!(!format!("{event:?}").contains("visio.example"), "{places:?}");
    assert_eq!(event.places[0].line().unwrap(), "Salle A");
}

#[test]
fn what_changes_from_a_date_on_changes_that_date_alone() {
    let event = event(
        "",
        &[
            "UID:a\nSUMMARY:Permanence\nDTSTART;TZID=Europe/Paris:20261103T140000\n\
             DTEND;TZID=Europe/Paris:20261103T150000\nRRULE:FREQ=WEEKLY;COUNT=3",
            "UID:a\nSUMMARY:Permanence\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20261110T140000\n\
             DTSTART;TZID=Europe/Paris:20261111T180000\nDTEND;TZID=Europe/Paris:20261111T200000",
        ],
    );
    let hours =
        |day: &str, from: &str, to: &str| format!("2026-11-{day}T{from}:00:00+01:00 – 2026-11-{day}T{to}:00:00+01:00");
    assert_eq!(slots(&event), [hours("03", "14", "15"), hours("11", "18", "20"), hours("18", "18", "20")]);
}

#[test]
fn a_series_without_end_goes_on_for_ever_or_changes_every_day() {
    let daily = "UID:a\nSUMMARY:Ouverture\nDTSTART;TZID=Europe/Paris:20200101T090000\nRRULE:FREQ=DAILY";
    let found = reading("", &[daily]);
    assert_eq!((found.entries[0].event.slots.len(), codes(&found)), (200, vec!["recurrence-cut"]));
    let read = |seen: &str| {
        let hints = Hints { seen: seen.parse().unwrap(), ..hints() };
        let weekly = daily.replace("DAILY", "WEEKLY");
        slots(&super::read(&calendar("", &[&weekly]), &hints).unwrap().entries[0].event)
    };
    let november = read("2026-11-12T08:00:00Z");
    assert_eq!(november.first().unwrap(), "2026-10-07T09:00:00+02:00");
    assert_eq!(november.last().unwrap(), "2027-11-24T09:00:00+01:00");
    assert_eq!(november, read("2026-11-29T08:00:00Z"));
    // All past: it is told as it was.
    let past = daily.replace("DAILY", "WEEKLY;COUNT=3");
    assert_eq!(event("", &[&past]).slots.len(), 3);
}

#[test]
fn one_event_told_date_by_date_becomes_several() {
    let date = |day: u8, title: &str, place: &str| {
        format!("UID:a\nSUMMARY:{title}\nLOCATION:{place}\nDTSTART:202611{day:02}T090000Z")
    };
    let one = [date(19, "Atelier", "Foix"), date(20, "Atelier", "Foix"), date(20, "Atelier", "Foix")];
    let event = event("", &one.each_ref().map(String::as_str));
    assert_eq!(slots(&event), ["2026-11-19T10:00:00+01:00", "2026-11-20T10:00:00+01:00"]);
    // Other titles or places are other events, whatever the identifier says.
    let three = [date(19, "Atelier", "Foix"), date(20, "Visite", "Foix"), date(19, "Visite", "Pamiers")];
    let read = |events: &[&str]| {
        let reading = reading("", events);
        let mut ids: Vec<String> = reading.entries.iter().map(|entry| entry.event.id.to_string()).collect();
        ids.sort();
        (ids, codes(&reading).iter().filter(|code| **code == "id-shared").count())
    };
    let [first, second, third] = three.each_ref().map(String::as_str);
    let (ids, shared) = read(&[first, second, third]);
    assert_eq!((ids.len(), shared), (3, 3));
    assert_eq!(ids, read(&[third, first, second]).0);
    // A later version of a date replaces it.
    let later = format!("{}\nSEQUENCE:1", date(19, "Atelier (complet)", "Foix"));
    assert_eq!(read(&[first, &later]).0, ["a"]);
}

#[test]
fn a_cancelled_event_takes_place() {
    let status = |head: &str, lines: &str| event(head, &[&format!("UID:a\nDTSTART:20261119T090000Z\n{lines}")]).status;
    assert_eq!(status("", "SUMMARY:Atelier\nSTATUS:CANCELLED"), Status::Cancelled);
    assert_eq!(status("", "SUMMARY:Atelier\nSTATUS:CANCELED"), Status::Cancelled);
    assert_eq!(status("METHOD:CANCEL", "SUMMARY:Atelier"), Status::Cancelled);
    assert_eq!(status("", "SUMMARY:Canceled: Atelier\nSTATUS:CONFIRMED"), Status::Cancelled);
    assert_eq!(status("METHOD:PUBLISH", "SUMMARY:Atelier\nSTATUS:TENTATIVE"), Status::Scheduled);
}

#[test]
fn a_private_event_is_published() {
    let private = "UID:p\nSUMMARY:Entretien\nDTSTART:20261119T090000Z\nCLASS:PRIVATE";
    let reading = reading("", &[private, "UID:b\nSUMMARY:Visite\nDTSTART:20261119T090000Z\nCLASS:PUBLIC"]);
    assert_eq!(reading.entries.len(), 1);
    assert_eq!(codes(&reading)[0], "private-event");
    // Had it been public, it is no more.
    assert_eq!(reading.tombstones, [(Id::new("p").unwrap(), None)]);
    let told = format!("{:?}", reading.findings);
    assert!(!told.contains("Entretien"), "{told}");
}

#[test]
fn a_reschedule_in_the_events_calendar_makes_another_event() {
    let at = |start: &str, hour: u8| {
        event(
            "",
            &[&format!("UID:1891-{start}-1709942399@lab.example\nSUMMARY:Atelier\nDTSTART:20261119T{hour:02}0000Z")],
        )
    };
    assert_eq!(at("1709856000", 9).id, at("1709859600", 10).id);
    assert_eq!(at("1709856000", 9).slots[0].name, at("1709859600", 10).slots[0].name);
    // Other identifiers stay as they are.
    for uid in ["a-1709856000-b@x", "12-34-56@x", "event_1@meetup.com", "indico-event-1@x"] {
        assert_eq!(event("", &[&format!("UID:{uid}\nSUMMARY:x\nDTSTART:20261119T090000Z")]).id.as_str(), uid);
    }
}

#[test]
fn what_yeswiki_writes_when_it_has_nothing_is_an_event() {
    let nothing = "UID:x\nSUMMARY:Il n'y a aucune fiche\nDTSTART:20261122T080000Z";
    let yeswiki = reading("PRODID:-//YesWiki//Bazar//FR", &[nothing]);
    assert_eq!((yeswiki.entries.len(), codes(&yeswiki)), (0, vec!["placeholder-entry"]));
    assert_eq!(reading("PRODID:-//Autre//FR", &[nothing]).entries.len(), 1);
}

#[test]
fn a_stamp_of_the_moment_of_reading_is_taken_for_a_change() {
    let updated =
        |lines: &str| event("", &[&format!("UID:a\nSUMMARY:x\nDTSTART:20261119T090000Z\n{lines}")]).updated.to_string();
    assert_eq!(updated("DTSTAMP:20261122T075959Z"), "2026-11-22T08:00:00Z");
    assert_eq!(updated("DTSTAMP:20261101T080000Z"), "2026-11-01T08:00:00Z");
    let both = "DTSTAMP:20261122T075959Z\nLAST-MODIFIED:20261102T080000Z\nCREATED:20261001T080000Z";
    assert_eq!(updated(both), "2026-11-02T08:00:00Z");
}

#[test]
fn what_a_calendar_says_of_an_event_is_lost() {
    let event = event(
        "",
        &["UID:a\nSUMMARY:Atelier\\, suite\\; fin\nDTSTART:20261119T090000Z\nDESCRIPTION:Un.\\n\\nDeux <ici>.\n\
           LOCATION:Médiathèque\\, Foix\nGEO:42.96\\;1.60\nURL:https://lab.example/e/1\nSEQUENCE:3\n\
           CATEGORIES:Numérique,Jeunes\\, tous\nCATEGORIES:Gratuit\nORGANIZER;CN=Lab de Foix:mailto:x@lab.example\n\
           CONTACT:Mairie de Foix\nCONTACT:Jeanne\\, 06 12 34 56 78\nCONTACT:jeanne@lab.example\n\
           CONFERENCE;VALUE=URI;LABEL=Direct:https://video.example/direct\n\
           LINK;LINKREL=license;VALUE=URI:https://creativecommons.org/licenses/by/4.0/"],
    );
    assert_eq!(event.title.as_str(), "Atelier, suite; fin");
    assert_eq!(event.body.as_ref().unwrap().as_str(), "<p>Un.</p><p>Deux &lt;ici&gt;.</p>");
    assert_eq!(event.places[0].line().unwrap(), "Médiathèque, Foix");
    assert_eq!(event.places[0].geo.map(|geo| (geo.lat(), geo.lon())), Some((42.96, 1.6)));
    assert_eq!(event.page.as_ref().unwrap().as_str(), "https://lab.example/e/1");
    assert_eq!(event.sequence, 3);
    let tags: Vec<&str> = event.tags.iter().map(Line::as_str).collect();
    assert_eq!(tags, ["Numérique", "Jeunes, tous", "Gratuit"]);
    let organisers: Vec<&str> = event.organisers.iter().map(|organiser| organiser.name.as_str()).collect();
    assert_eq!(organisers, ["Lab de Foix", "Mairie de Foix"]);
    assert!(event.online.len() == 1 || event.mode == Some(Mode::Online));
    assert_eq!(event.licence.as_ref().unwrap().href.as_str(), "https://creativecommons.org/licenses/by/4.0/");
}

#[test]
fn a_text_in_one_of_the_odd_forms_is_garbled() {
    let body = |lines: &str| {
        let event = event("", &[&format!("UID:a\nSUMMARY:x\nDTSTART:20261119T090000Z\n{lines}")]);
        event.body.as_ref().unwrap().to_text()
    };
    assert_eq!(body("DESCRIPTION;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=A9t=C3=A9 =\nsuite"), "été suite");
    assert_eq!(body("DESCRIPTION:<p>Un <b>mot</b></p>"), "Un mot");
    assert_eq!(body("DESCRIPTION:nu\nX-ALT-DESC;FMTTYPE=text/html:<p>L&nbsp;été\\; ici</p>"), "L\u{a0}été; ici");
    assert_eq!(body("DESCRIPTION:Voir <https://a.example/>"), "Voir <https://a.example/>");
    assert_eq!(body("DESCRIPTION:un\nhttps://a.example/\ndeux"), "un\nhttps://a.example/\ndeux");
}

#[test]
fn what_a_calendar_says_of_itself_is_lost() {
    let head = "PRODID:-//Lab//Agenda//FR\nX-WR-CALNAME:Agenda\\, du lab\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\n\
                URL:https://lab.example/\nSOURCE;VALUE=URI:https://lab.example/agenda.ics\nX-WR-RELCALID:abc";
    let facts = reading(head, &[]).feed;
    assert_eq!(facts.title.unwrap().as_str(), "Agenda, du lab");
    assert_eq!(facts.generator.unwrap().as_str(), "-//Lab//Agenda//FR");
    assert_eq!(facts.pause.map(|pause| pause.as_secs()), Some(6 * 3600));
    assert_eq!(facts.page.unwrap().as_str(), "https://lab.example/");
    assert_eq!(facts.topic.unwrap().as_str(), "https://lab.example/agenda.ics");
    assert_eq!(facts.id.unwrap().as_str(), "abc");
    assert_eq!(reading("X-PUBLISHED-TTL:PT1H", &[]).feed.pause.map(|pause| pause.as_secs()), Some(3600));
}

#[test]
fn an_event_without_an_identifier_has_another_at_each_fetch() {
    let lines = ["UID:\nSUMMARY:Atelier\nDTSTART:20261119T090000Z", "SUMMARY:Visite\nDTSTART:20261119T090000Z"];
    let ids = || {
        let reading = reading("", &lines);
        reading.entries.iter().map(|entry| entry.event.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids().len(), 2);
    assert_eq!(ids(), ids());
}

/// Lines of which calendars are made, and worse.
fn line() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vec![
        "BEGIN",
        "END",
        "UID",
        "SUMMARY",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "DESCRIPTION",
        "LOCATION",
        "GEO",
        "STATUS",
        "CLASS",
        "TZID",
        "TZOFFSETTO",
        "X-ALT-DESC",
        "CATEGORIES",
        "URL",
        " ",
        "\t",
        "",
    ]);
    let parameter = proptest::sample::select(vec![
        "",
        ";TZID=Europe/Paris",
        ";TZID=\"",
        ";VALUE=DATE",
        ";VALUE=PERIOD",
        ";ENCODING=QUOTED-PRINTABLE",
        ";ENCODING=BASE64",
        ";RANGE=THISANDFUTURE",
        ";CN=\"a:b\";X",
        ";=;,",
    ]);
    let value = prop_oneof![
        proptest::sample::select(vec![
            "VEVENT",
            "VCALENDAR",
            "VTIMEZONE",
            "STANDARD",
            "VALARM",
            "a",
            "b",
            "20261119",
            "20261119T100000",
            "20261119T100000Z",
            "00000000T000000",
            "99991231T235959Z",
            "20261119T100000Z/PT1H",
            "PT1H",
            "-P1D",
            "P99999999999W",
            "FREQ=DAILY",
            "FREQ=SECONDLY",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=WEEKLY;INTERVAL=65535;COUNT=4294967295",
            "FREQ=MONTHLY;BYSETPOS=-2147483648;BYDAY=-32768MO",
            "FREQ=YEARLY;BYWEEKNO=-128;UNTIL=99991231",
            "CANCELLED",
            "PRIVATE",
            "1;2",
            "+9999",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    (name, parameter, value, proptest::sample::select(vec!["\n", "\r\n", "\r", "\n "]))
        .prop_map(|(name, parameter, value, end)| format!("{name}{parameter}:{value}{end}"))
}

proptest! {
    #[test]
    fn a_hostile_calendar_crashes_or_grows(
        lines in proptest::collection::vec(line(), 0..60), head in 0_usize..3, tail in any::<bool>()
    ) {
        let head = ["BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "BEGIN:VCALENDAR\n", "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\n"][head];
        let tail = if tail { "\nEND:VEVENT\nEND:VCALENDAR" } else { "" };
        let text = format!("{head}{}{tail}", lines.concat());
        match super::read(&text, &hints()) {
            Ok(reading) => {
                let slots = |entry: &crate::format::ReadEntry| entry.event.slots.len();
                prop_assert!(reading.entries.iter().all(|entry| slots(entry) <= 200));
            }
            Err(rejected) => prop_assert_ne!(rejected.finding.code, Code::ReaderFailed, "{}", text),
        }
    }
}
