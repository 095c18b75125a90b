use serde_json::json;

use super::*;
use crate::event::{AccessCode, Availability, Mode, OnlineAccess, Status, Zone};
use crate::format::ReadEntry;
use crate::programme::Code;

fn hints() -> Hints {
    Hints {
        address: Address::new("https://openagenda.com/agendas/77/events.v2.json").ok(),
        language: None,
        zone: Zone::new("Europe/Paris").ok(),
        region: None,
        by_link: false,
        seen: "2026-11-05T08:00:00Z".parse().unwrap(),
    }
}

fn read_all(value: &Value) -> Reading {
    read(&value.to_string(), &hints()).unwrap()
}

fn read_one(value: &Value) -> ReadEntry {
    let reading = read_all(value);
    assert_eq!(reading.entries.len(), 1, "{reading:?}");
    reading.entries[0].clone()
}

fn starts(entry: &ReadEntry) -> Vec<String> {
    entry
        .event
        .slots
        .iter()
        .map(|slot| slot.when.start().map_or_else(|| slot.when.first_day().to_string(), |at| at.to_string()))
        .collect()
}

fn agenda_event() -> Value {
    json!({
        "uid": 9, "slug": "atelier", "title": {"en": "Workshop", "fr": "Atelier"}, "description": {"fr": "Un atelier"},
        "longDescription": {"fr": "## Au programme\n\n- **un** tour\n- [le plan](https://lab.example/p)\n\nLa salle a_b_c & *le* jardin"},
        "timezone": "Europe/Paris", "attendanceMode": 3, "status": 1, "state": 2, "draft": 0, "private": 0,
        "onlineAccessLink": "https://visio.example/secret", "conditions": {"fr": "Gratuit"},
        "timings": [{"begin": "2026-11-19T10:00:00+01:00", "end": "2026-11-19T12:00:00+01:00"},
                    {"begin": "2026-11-20T09:00:00.000Z", "end": "2026-11-20T11:00:00.000Z"}],
        "location": {"name": "Le Hangar", "address": "1 quai du Port", "postalCode": "69001", "city": "Lyon", "insee": "69381",
                     "countryCode": "FR", "latitude": 45.76, "longitude": 4.83},
        "registration": [{"type": "phone", "value": "04 00 00 00 00"}, {"type": "link", "value": "https://lab.example/i"}],
        "accessibility": {"hi": true, "mi": false}, "keywords": {"fr": ["données"]},
        "originAgenda": {"uid": 77, "title": "Lab Exemple"}, "updatedAt": "2026-10-01T08:00:00.000Z"
    })
}

#[test]
fn an_event_of_openagenda_loses_a_field_or_tells_its_private_link() {
    let entry = read_one(&json!({"total": 1, "events": [agenda_event()]}));
    let event = &entry.event;
    assert_eq!((event.id.as_str(), event.title.as_str()), ("9", "Atelier"));
    assert_eq!(event.page.as_ref().unwrap().as_str(), "https://openagenda.com/agendas/77/events/9");
    assert_eq!(starts(&entry), ["2026-11-19T10:00:00+01:00", "2026-11-20T10:00:00+01:00"]);
    assert_eq!((event.status, event.mode), (Status::Scheduled, Some(Mode::Mixed)));
    assert_eq!(event.online[0].access, OnlineAccess::Registered);
    assert!(!serde_json::to_string(event).unwrap().contains("visio.example"));
    assert_eq!(event.places[0].commune().unwrap().as_str(), "69381");
    assert_eq!(event.access.as_ref().unwrap().codes, [AccessCode::Hearing].into());
    let registration = event.registration.as_ref().unwrap();
    assert_eq!(registration.href.as_ref().unwrap().as_str(), "https://lab.example/i");
    assert_eq!(registration.note.as_ref().unwrap().as_str(), "Gratuit");
    let body = event.body.as_ref().unwrap().as_str();
    assert!(body.contains("<strong>un</strong> tour") && body.contains("href=\"https://lab.example/p\""), "{body}");
    assert!(body.contains("a_b_c &amp; <em>le</em> jardin"), "{body}");
}

#[test]
fn a_full_event_of_openagenda_is_taken_for_cancelled_or_an_unpublished_one_is_shown() {
    let with = |name: &str, value: Value| {
        let mut event = agenda_event();
        event[name] = value;
        read_all(&json!({"events": [event]}))
    };
    let full = with("status", json!(5)).entries[0].event.clone();
    assert_eq!((full.status, full.slots[0].availability), (Status::Scheduled, Some(Availability::Full)));
    assert_eq!(with("status", json!({"id": 6, "label": {"fr": "Annulé"}})).entries[0].event.status, Status::Cancelled);
    let hidden = [
        ("state", json!(1)),
        ("state", json!(0)),
        ("state", json!(-1)),
        ("state", json!("-1")),
        ("state", json!({"id": -1, "label": {"fr": "Refusé"}})),
        ("draft", json!(1)),
        ("private", json!(1)),
        ("removed", json!(true)),
        ("deletedAt", json!("2026-10-02T08:00:00.000Z")),
    ];
    for (name, value) in hidden {
        let reading = with(name, value.clone());
        assert!(reading.entries.is_empty(), "{name}: {value}");
        let withdrawn: Vec<&str> = reading.tombstones.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(withdrawn, ["9"], "{name}: {value}");
    }
    for (name, value) in
        [("state", Value::Null), ("state", json!({"id": 2})), ("deletedAt", Value::Null), ("removed", json!(0))]
    {
        assert_eq!(with(name, value.clone()).entries.len(), 1, "{name}: {value}");
    }
    assert!(read_all(&json!({"total": 0, "events": []})).entries.is_empty(), "an agenda may be empty");
}

#[test]
fn what_an_agenda_says_was_removed_stays_or_makes_the_rest_unreadable() {
    let removed = json!({"uid": 81517351, "updatedAt": "2026-10-02T08:00:00.000Z"});
    let document = json!({"total": 2, "events": [removed, agenda_event()]});
    let asked = Hints {
        address: Address::new("https://openagenda.com/agendas/77/events.v2.json?removed=null").ok(),
        ..hints()
    };
    let reading = read(&document.to_string(), &asked).unwrap();
    assert_eq!(reading.entries.len(), 1);
    assert_eq!(reading.tombstones.len(), 1);
    assert_eq!(reading.tombstones[0].0.as_str(), "81517351");
    // Whoever asked for two fields of each event has not asked for what is gone.
    let reading = read_all(&document);
    assert_eq!((reading.entries.len(), reading.tombstones.len()), (1, 0));
}

/// A picture as the export of an agenda of Rennes has it, shortened.
fn picture() -> Value {
    json!({
        "filename": "347c52b650d84e8aad815ac8afbc7472.base.image.jpg", "size": {"width": 700, "height": 373},
        "variants": [{"filename": "347c52b650d84e8aad815ac8afbc7472.thumb.image.jpg", "size": {"width": 200, "height": 200}, "type": "thumbnail"}],
        "base": "https://cdn.openagenda.com/main/"
    })
}

#[test]
fn a_picture_of_openagenda_is_lost_or_shown_without_words_or_without_its_maker() {
    const WHERE: &str = "https://cdn.openagenda.com/main/347c52b650d84e8aad815ac8afbc7472.base.image.jpg";
    let with = |change: &dyn Fn(&mut Value)| {
        let mut event = agenda_event();
        event["image"] = picture();
        event["imageCredits"] = json!("Aurélien Mole");
        change(&mut event);
        read_all(&json!({"total": 1, "events": [event]}))
    };
    let bare = with(&|_| {});
    assert!(bare.entries[0].event.image.as_ref().is_none() && bare.entries[0].event.rights.is_none());
    let said: Vec<&str> = bare
        .findings
        .iter()
        .filter(|found| found.code == Code::ImageWithoutAlt)
        .map(|found| found.detail.as_str())
        .collect();
    assert_eq!(said, [WHERE]);
    let described: [&dyn Fn(&mut Value); 4] = [
        &|event| event["image"]["alt"] = json!("Un manège"),
        &|event| event["image"]["description"] = json!({"en": "A carousel", "fr": "Un manège"}),
        &|event| event["imageAlt"] = json!({"fr": "Un manège"}),
        &|event| {
            event["image"]["base"] = json!("//cdn.openagenda.com/main");
            event["image"]["alt"] = json!("Un manège");
        },
    ];
    for change in described {
        let reading = with(change);
        let event = &reading.entries[0].event;
        let image = event.image.as_ref().expect("a picture");
        assert_eq!((image.href.as_str(), image.alt.as_str()), (WHERE, "Un manège"));
        assert_eq!(event.rights.as_ref().unwrap().as_str(), "Aurélien Mole");
        assert!(reading.findings.iter().all(|found| found.code != Code::ImageWithoutAlt));
    }
    for nothing in [Value::Null, json!({"base": "https://cdn.openagenda.com/main/", "filename": null}), json!({})] {
        let reading = with(&|event| event["image"] = nothing.clone());
        assert!(reading.entries[0].event.image.as_ref().is_none(), "{nothing}");
        assert!(reading.findings.iter().all(|found| found.code != Code::ImageWithoutAlt), "{nothing}");
    }
}

#[test]
fn an_activity_or_an_outbox_gives_its_events() {
    let event = json!({"type": "Event", "id": "https://mob.example/e/1", "name": "Rencontre", "startTime": "2026-11-19T10:00:00Z",
        "endTime": "2026-11-19T23:59:00Z", "displayEndTime": false, "timezone": "Europe/Paris", "ical:status": "CANCELLED",
        "url": [{"type": "Link", "mediaType": "text/html", "href": "https://mob.example/p/1"}], "content": "<p>Bonjour</p>",
        "location": {"type": "Place", "name": "Mairie", "address": {"streetAddress": "1 place", "addressLocality": "Tulle"}, "latitude": 45.2, "longitude": 1.7},
        "attributedTo": "https://mob.example/@lab", "organizers": {"items": [{"name": "Lab Tulle"}]},
        "joinMode": "external", "externalParticipationUrl": "https://lab.example/i", "maximumAttendeeCapacity": 20, "remainingAttendeeCapacity": 0,
        "tag": [{"type": "Hashtag", "name": "#données"}, {"type": "Mention", "name": "@a"}], "published": "2026-10-01T08:00:00Z"});
    let entry = read_one(&json!({"type": "OrderedCollection", "totalItems": 1,
        "first": {"type": "OrderedCollectionPage", "orderedItems": [{"type": "Create", "object": event}, {"type": "Join", "object": "x"}]}}));
    let said = &entry.event;
    assert_eq!(starts(&entry), ["2026-11-19T11:00:00+01:00"]);
    assert_eq!(said.slots[0].when.last_day().to_string(), "2026-11-19");
    assert!(
        matches!(said.slots[0].when, crate::event::When::Timed(hours) if hours.end().is_none()),
        "nobody said its end"
    );
    assert_eq!((said.status, said.slots[0].availability), (Status::Cancelled, Some(Availability::Full)));
    assert_eq!(said.page.as_ref().unwrap().as_str(), "https://mob.example/p/1");
    assert_eq!(said.organisers[0].name.as_str(), "Lab Tulle");
    assert_eq!(said.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), ["données"]);
    let actor = json!({"type": "Person", "name": "Lab", "outbox": "https://mob.example/outbox"});
    assert_eq!(read(&actor.to_string(), &hints()).unwrap_err().finding.code, Code::NotAFeed);
}

#[test]
fn a_conference_schedule_gives_its_talks_in_both_forms() {
    let json = json!({"schedule": {"conference": {"title": "Rencontres", "time_zone_name": "Europe/Paris", "days": [{"date": "2026-11-19",
        "rooms": {"Salle A": [{"guid": "g1", "title": "Ouvrir", "date": "2026-11-19T10:00:00+01:00", "start": "10:00", "duration": "01:30",
            "room": "Salle A", "url": "https://conf.example/t/1", "persons": [{"public_name": "Ada Exemple"}], "language": "fr"}]}}]}}});
    let xml = r#"<schedule><conference><title>Rencontres</title><time_zone_name>Europe/Paris</time_zone_name></conference>
        <day date="2026-11-19"><room name="Salle A"><event guid="g1" id="4"><start>10:00</start><duration>01:30</duration><title>Ouvrir</title>
        <url>https://conf.example/t/1</url><persons><person id="1">Ada Exemple</person></persons></event></room></day></schedule>"#;
    let from_json = read_one(&json);
    let from_xml = crate::parse::read(xml.as_bytes(), None, &hints()).unwrap().entries.remove(0);
    for entry in [from_json, from_xml] {
        let crate::event::When::Timed(hours) = entry.event.slots[0].when else { panic!("{entry:?}") };
        assert_eq!(hours.start().to_string(), "2026-11-19T10:00:00+01:00");
        assert_eq!(hours.end().unwrap().to_string(), "2026-11-19T11:30:00+01:00");
        assert_eq!((entry.event.id.as_str(), entry.event.speakers[0].name.as_str()), ("g1", "Ada Exemple"));
        assert_eq!(entry.event.places[0].line().unwrap(), "Salle A");
    }
}

/// One small document of each dialect that is a row of the table, and what must be understood of it.
#[test]
fn a_field_of_a_listing_is_looked_for_where_it_does_not_live() {
    let zone = "Europe/Paris";
    let (day, ten) = ("2026-11-19", "2026-11-19T10:00:00+01:00");
    // Document, title, start, place.
    let cases = [
        (
            json!({"website": {"timeZone": zone, "baseUrl": "https://lab.example"}, "upcoming": [{"id": "1", "title": "T", "fullUrl": "/e/1",
            "startDate": 1_795_078_800_000_i64, "endDate": 1_795_086_000_000_i64, "location": {"addressTitle": "P", "markerLat": 1.0, "markerLng": 2.0}}]}),
            ten,
            "P",
        ),
        (
            json!({"data": [{"id": "ev_1", "event_series_id": "es_1", "name": "T", "start": {"iso": ten}, "end": {"iso": ten}, "timezone": zone,
            "venue": {"name": "P"}, "hidden": "false", "tickets_available": "true"}]}),
            ten,
            "P",
        ),
        (
            json!({"events": [{"id": "1", "name": {"text": "T"}, "start": {"timezone": zone, "local": "2026-11-19T10:00:00"}, "end": {"local": "2026-11-19T12:00:00"},
            "venue": {"name": "P"}}]}),
            ten,
            "P",
        ),
        (
            json!({"data": {"venue": {"name": "P", "events": [{"id": "1", "title": "T", "startTime": "2026-11-19T10:00:00.000", "contentUrl": "/events/1"}]}}}),
            ten,
            "P",
        ),
        (
            json!({"specVersion": "0.1.0", "id": "i", "name": "T", "startDate": day, "timezone": zone, "location": {"venue": "P"}}),
            day,
            "P",
        ),
        (
            json!({"events": [{"id": 1, "global_id": "lab.example?id=1", "title": "T", "start_date": "2026-11-19 10:00:00", "timezone": zone, "venue": {"venue": "P"}}]}),
            ten,
            "P",
        ),
        (json!([{"slug": "T", "start_date": day, "end_date": day, "host_name": "H", "venue": "P"}]), day, "P"),
        (
            json!({"items": [{"id": "1", "representationId": "r", "title": "T", "startDate": "2026-11-19 10:00:00", "locations": ["P"]}]}),
            ten,
            "P",
        ),
        (json!({"id": "1", "name": "T", "start_time": "2026-11-19T10:00:00", "location": "P"}), ten, "P"),
        (json!({"@type": "Event", "name": "T", "startDate": ten, "location": "P"}), ten, "P"),
    ];
    for (document, start, place) in cases {
        let entry = read_one(&document);
        assert_eq!(entry.event.title.as_str(), "T", "{document}");
        assert_eq!(starts(&entry), [start], "{document}");
        assert_eq!(entry.event.places[0].line().unwrap(), place, "{document}");
    }
}

#[test]
fn what_is_hidden_or_not_json_or_too_deep_is_read() {
    let hidden = json!({"data": [{"id": "1", "event_series_id": "s", "name": "T", "start": {"iso": "2026-11-19"}, "hidden": "true"}]});
    assert!(read(&hidden.to_string(), &hints()).is_err());
    assert_eq!(read("{\"a\": tru", &hints()).unwrap_err().finding.code, Code::NotAFeed);
    assert_eq!(read(&"[".repeat(200_000), &hints()).unwrap_err().finding.code, Code::TooMuch);
    let many = format!("[{}]", "0,".repeat(500_000));
    assert_eq!(read(&many, &hints()).unwrap_err().finding.code, Code::TooMuch);
}

#[test]
fn mending_changes_what_json_means() {
    for (broken, mended) in [
        ("{\"a\":\"b\nc\",}", "{\"a\":\"b\\nc\"}"),
        ("[1 , ]", "[1  ]"),
        (r#"["l\'a", "\\", "é,]"]"#, r#"["l'a", "\\", "é,]"]"#),
        ("[\"\u{1}x\"]", "[\"x\"]"),
    ] {
        assert_eq!(mend(broken), mended);
    }
    assert!(matches!(mend(r#"{"a":[1,2],"b":"\n,}"}"#), Cow::Borrowed(_)));
}

proptest::proptest! {
    #[test]
    fn no_json_soup_panics(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "{", "}", "[", "]", ",", "\"timings\":", "\"uid\":1", "\"events\":", "\"type\":\"Event\"", "\"startTime\":", "\"2026-11-19T10:00:00:00+01:00\"",
        "\"@type\":\"Event\"", "\"startDate\":", "\"eventSchedule\":", "\"repeatFrequency\":\"P1D\"", "\"endDate\":\"9999-12-31\"", "null", "1e999",
        "\"schedule\":", "\"conference\":", "\"days\":", "\"rooms\":", "\"title\":", "{\"fr\":\"é\"}", "\\", "\"", "é",
    ]), 0..40)) {
        let text = pieces.concat();
        let _ = read(&text, &hints());
        let _ = read(&mend(&text), &hints());
    }
}
