use super::*;
use crate::event::{Availability, Line, Mode, Parts, Status, Zone};
use crate::format::ReadEntry;

fn hints() -> Hints {
    Hints {
        address: Address::new("https://lab.example/agenda").ok(),
        language: None,
        zone: Zone::new("Europe/Paris").ok(),
        region: None,
        by_link: false,
        seen: "2026-11-05T08:00:00Z".parse().unwrap(),
    }
}

fn read_one(body: &str) -> (ReadEntry, Vec<Code>) {
    let reading = read(&format!("<!DOCTYPE html><html lang=fr><title>Agenda</title><body>{body}"), &hints()).unwrap();
    assert_eq!(reading.entries.len(), 1, "{reading:?}");
    (reading.entries[0].clone(), reading.findings.iter().map(|f| f.code).collect())
}

fn json_ld(json: &str) -> (ReadEntry, Vec<Code>) {
    read_one(&format!("<script type='application/ld+json'>{json}</script>"))
}

fn starts(entry: &ReadEntry) -> Vec<String> {
    entry
        .event
        .slots
        .iter()
        .map(|slot| slot.when.start().map_or_else(|| slot.when.first_day().to_string(), |m| m.to_string()))
        .collect()
}

#[test]
fn an_event_in_json_ld_loses_its_place_status_or_registration() {
    let (entry, _) = json_ld(
        r#"{"@context":"https://schema.org","@graph":[
            {"@type":"WebSite","name":"Lab"},
            {"@id":"a#lieu","@type":"Place","name":"Le Hangar","geo":{"latitude":"45.76","longitude":4.83},
             "address":{"@type":"PostalAddress","streetAddress":"1 quai du Port","postalCode":"69001","addressLocality":"Lyon","addressCountry":"FR"}},
            {"@type":["EducationEvent","Thing"],"@id":"/e/1","url":"/e/1","name":"Atelier donn&eacute;es","inLanguage":"fr",
             "startDate":"2026-11-19T10:00:00:00+01:00","endDate":"2026-11-19T12:00+01:00","doorTime":"2026-11-19T09:30+01:00",
             "eventStatus":"http://schema.org/EventRescheduled","previousStartDate":"2026-11-12T10:00:00+01:00",
             "eventAttendanceMode":"https://schema.org/MixedEventAttendanceMode",
             "location":[{"@id":"a#lieu"},{"@type":"VirtualLocation","url":"https://lab.example/e/1"}],
             "organizer":{"@type":"Organization","name":"Lab Exemple","url":"https://lab.example/"},
             "performer":["Ada Exemple",{"@type":"Person","name":"Bo Exemple","affiliation":{"name":"Préfecture"}}],
             "offers":[{"url":"/inscription","availability":"https://schema.org/SoldOut"},{"availability":"SoldOut"}],
             "image":{"url":"/i.jpg","caption":"Une salle"},"keywords":"données, ouverture","isAccessibleForFree":true,
             "maximumAttendeeCapacity":30,"superEvent":{"@type":"Event","name":"Le mois","startDate":"2026-11-01"}}]}"#,
    );
    let event = &entry.event;
    assert_eq!(event.id.as_str(), "https://lab.example/e/1");
    assert_eq!(event.title.as_str(), "Atelier données");
    assert_eq!(starts(&entry), ["2026-11-19T10:00:00+01:00"]);
    assert_eq!((event.status, event.mode), (Status::Rescheduled, Some(Mode::Mixed)));
    assert_eq!(event.places[0].line().unwrap(), "Le Hangar, 1 quai du Port, 69001 Lyon");
    assert_eq!(event.places[0].geo.unwrap().lat(), 45.76);
    assert_eq!(event.slots[0].availability, Some(Availability::Full));
    let registration = event.registration.as_ref().unwrap();
    assert_eq!(registration.href.as_ref().unwrap().as_str(), "https://lab.example/inscription");
    assert_eq!((registration.free, registration.capacity.total()), (Some(true), Some(30)));
    assert_eq!(event.speakers.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["Ada Exemple", "Bo Exemple"]);
    assert_eq!(event.image.as_ref().unwrap().alt.as_str(), "Une salle");
    assert_eq!(event.tags.len(), 2);
    assert_eq!(event.previous.len(), 1);
}

#[test]
fn json_ld_that_is_broken_in_a_way_that_takes_no_guess_is_lost() {
    let (entry, findings) = json_ld(
        "<!-- [{\"@type\":\"Event\",\"name\":\"L\\'atelier\",\"startDate\":\"2026-11-19\",\"description\":\"une\nligne\tlongue\",},] -->",
    );
    assert_eq!(entry.event.title.as_str(), "L'atelier");
    assert_eq!(entry.event.summary.as_ref().unwrap().as_str(), "une ligne longue");
    assert!(!findings.contains(&Code::BadValue));
    let body = "<script type=application/ld+json>{\"@type\":\"Event\",\"name\":</script>\
                <script type=application/ld+json>{\"@type\":\"Event\",\"name\":\"Un\",\"startDate\":\"2026-11-19\"}</script>";
    assert!(read_one(body).1.contains(&Code::BadValue), "what was left out is said");
}

#[test]
fn a_date_that_cannot_be_read_makes_an_event_without_date() {
    let page = "<html><script type=application/ld+json>{\"@type\":\"Event\",\"name\":\"Un\",\"startDate\":\"mardi prochain\"}</script>";
    let reading = read(page, &hints()).unwrap();
    assert!(reading.entries.is_empty());
    assert!(reading.findings.iter().any(|f| f.code == Code::DateUnreadable && f.detail == "mardi prochain"));
}

#[test]
fn parts_of_an_event_are_its_slots_unless_they_have_a_page_of_their_own() {
    let (entry, _) = json_ld(
        r#"{"@type":"EventSeries","name":"Parcours","url":"/p","subEvent":[
            {"@type":"Event","startDate":"2026-11-05T10:00:00+01:00","eventStatus":"EventCancelled"},
            {"@type":"Event","startDate":"2026-11-12T10:00:00+01:00"}]}"#,
    );
    assert_eq!(starts(&entry), ["2026-11-05T10:00:00+01:00", "2026-11-12T10:00:00+01:00"]);
    assert_eq!(entry.event.slots[0].status, Some(Status::Cancelled));
    let page = r#"<html><script type="application/ld+json">{"@type":"Festival","name":"Semaine","url":"/s","startDate":"2026-11-02","endDate":"2026-11-06",
        "subEvent":{"@type":"Event","name":"Débat","url":"/d","startDate":"2026-11-03T18:00:00+01:00"}}</script>"#;
    let titles: Vec<String> =
        read(page, &hints()).unwrap().entries.iter().map(|entry| entry.event.title.to_string()).collect();
    assert_eq!(titles, ["Semaine", "Débat"]);
}

#[test]
fn one_page_that_gives_an_event_once_a_date_gives_one_event_of_many_slots() {
    let (entry, findings) = json_ld(
        r#"[{"@type":"Event","name":"Visite","url":"/v","startDate":"2026-11-05T10:00:00+01:00"},
            {"@type":"Event","name":"Visite","url":"/v","startDate":"2026-11-06T10:00:00+01:00","eventStatus":"EventCancelled"}]"#,
    );
    assert_eq!(starts(&entry).len(), 2);
    assert_eq!(entry.event.slots[1].status, Some(Status::Cancelled));
    assert!(!findings.contains(&Code::IdTwice));
}

#[test]
fn a_weekly_schedule_is_followed_to_its_end_and_not_beyond() {
    let (entry, _) = json_ld(
        r#"{"@type":"Event","name":"Permanence","startDate":"2026-11-02","eventSchedule":{"@type":"Schedule",
            "startDate":"2026-11-02","endDate":"2026-11-15","repeatFrequency":"P1W","byDay":["https://schema.org/Tuesday","Thursday"],
            "startTime":"14:00","endTime":"16:00:00","scheduleTimezone":"Europe/Paris","exceptDate":"2026-11-12"}}"#,
    );
    let tuesday = ["2026-11-03T14:00:00+01:00", "2026-11-05T14:00:00+01:00", "2026-11-10T14:00:00+01:00"];
    assert_eq!(starts(&entry), tuesday);
    let (entry, _) = json_ld(
        r#"{"@type":"Event","name":"Toujours","startDate":"2026-11-02","eventSchedule":{"startDate":"2026-11-02","repeatFrequency":"P1D"}}"#,
    );
    assert_eq!(starts(&entry), ["2026-11-02"], "what never ends is not made up");
}

#[test]
fn microdata_and_microformats_are_read_as_what_they_mark_up() {
    let (entry, _) = read_one(
        r#"<div itemscope itemtype="https://schema.org/Event"><a itemprop=url href=/e/2><h2 itemprop=name>Visite</h2></a>
           <time itemprop=startDate datetime=2026-11-19T10:00+01:00>jeudi</time>
           <div itemprop=location itemscope itemtype="http://schema.org/Place"><span itemprop=name>Mairie</span></div></div>"#,
    );
    assert_eq!((entry.event.title.as_str(), starts(&entry)[0].as_str()), ("Visite", "2026-11-19T10:00:00+01:00"));
    assert_eq!(entry.event.places[0].line().unwrap(), "Mairie");
    let (entry, _) = read_one(
        r#"<article class="h-event"><a class="u-url p-name" href="/e/3">Débat</a><script>x</script>
           <p class="dt-start"><time class=value datetime=2026-11-19>jeudi</time> à <span class=value>7:30 p.m.</span></p>
           <span class="dt-end"><span class=value>9pm</span></span>
           <div class="p-location h-card"><b class=p-name>Mairie</b> <i class=p-locality>Tulle</i></div>
           <span class="p-organizer h-card"><b class=p-name>Lab Tulle</b></span></article>"#,
    );
    assert_eq!(entry.event.title.as_str(), "Débat");
    assert_eq!(starts(&entry), ["2026-11-19T19:30:00+01:00"]);
    assert_eq!(entry.event.places[0].line().unwrap(), "Mairie, Tulle");
    assert_eq!(entry.event.organisers[0].name.as_str(), "Lab Tulle");
    let (entry, _) = read_one(
        r#"<div class=vevent><a class="url summary" href=/e/4>Portes ouvertes</a>
           <abbr class=dtstart title=20261119T100000>le 19</abbr><abbr class=dtend title="2026-11-19 12:00:00">midi</abbr>
           <div class="location vcard"><span class="fn org">Bagdad</span> <span class=postal-code>19000</span></div></div>"#,
    );
    assert_eq!(starts(&entry), ["2026-11-19T10:00:00+01:00"]);
    assert_eq!(entry.event.places[0].line().unwrap(), "Bagdad, 19000");
}

#[test]
fn every_hour_of_a_half_day_clock_is_read() {
    let hours = ["7pm", "07:00PM", "7:00 p.m.", "07:00:00pm", "19:00"];
    for hour in hours {
        let page = format!(
            "<div class=h-event><b class=p-name>X</b><p class=dt-start><b class=value>2026-11-19</b> <b class=value>{hour}</b></p>"
        );
        assert_eq!(starts(&read_one(&page).0), ["2026-11-19T19:00:00+01:00"], "{hour}");
    }
    let page = "<div class=h-event><b class=p-name>X</b><time class=dt-start datetime='2026-11-19 12am'></time>";
    assert_eq!(starts(&read_one(page).0), ["2026-11-19T00:00:00+01:00"]);
    let page = "<html><div class=h-event><b class=p-name>X</b><time class=dt-start datetime='2026-11-19 13pm'></time>";
    assert!(read(page, &hints()).unwrap().entries.is_empty());
}

fn entry(title: &str, page: &str) -> Event {
    let id = crate::event::Id::new("x").unwrap();
    let mut parts = Parts::new(id, Line::new(title).unwrap(), "2026-01-01T00:00:00Z".parse().unwrap());
    parts.page = Address::new(page).ok();
    Event::new(parts).unwrap()
}

#[test]
fn the_date_of_another_event_on_the_page_is_taken() {
    let hints = Hints { address: Address::new("https://lab.example/e/1").ok(), ..hints() };
    let page = |events: &str| {
        let page = format!("<html><script type=application/ld+json>[{events}]</script>");
        read(&page, &hints).unwrap_or_default()
    };
    let event = |name: &str, url: &str| {
        let url = if url.is_empty() { String::new() } else { format!(",\"url\":\"{url}\"") };
        format!("{{\"@type\":\"Event\",\"name\":\"{name}\",\"startDate\":\"2026-11-19\"{url}}}")
    };
    let wanted = entry("Atelier données ouvertes", "http://www.lab.example/e/1/#haut");
    let found =
        |events: &[String]| about(page(&events.join(",")), &wanted, &hints).map(|event| event.title.to_string());
    let (own, other) = (event("Tout autre titre", "/e/1"), event("Débat", "/e/9"));
    assert_eq!(found(&[other.clone(), own]).as_deref(), Some("Tout autre titre"), "its address tells");
    assert_eq!(found(&[event("Rendez-vous", "")]).as_deref(), Some("Rendez-vous"), "the only one there is");
    assert_eq!(found(std::slice::from_ref(&other)), None, "another page's event");
    assert_eq!(
        found(&[other, event("Atelier : données ouvertes", "/x/1")]).as_deref(),
        Some("Atelier : données ouvertes")
    );
    assert_eq!(found(&[event("Atelier un", ""), event("Atelier deux", "")]), None, "nobody can tell");
}

#[test]
fn the_feeds_of_a_page_are_found_the_most_promising_first() {
    let page = r#"<html><head>
        <link rel="alternate" type="application/rss+xml" title="Lab » Flux des commentaires" href="/comments/feed/">
        <link rel="alternate" type="application/rss+xml" title="Actualités" href="/feed/">
        <link rel="alternate stylesheet" type="text/css" href="/x.css"><link rel=alternate hreflang=en href=/en>
        <link rel="alternate" type="application/atom+xml; charset=utf-8" href="feed.atom">
        </head><body><a href="webcal://lab.example/agenda.ics">Agenda</a><a href="javascript:x.ics">x</a><a href="mailto:a@b.ics">y</a>"#;
    let base = Address::new("https://lab.example/accueil").unwrap();
    let found = feeds(page, &base).unwrap();
    let named: Vec<(&str, FeedKind)> = found
        .iter()
        .filter(|link| link.kind != FeedKind::Guess)
        .map(|link| (link.address.as_str().trim_start_matches("https://lab.example"), link.kind))
        .collect();
    let expected = [
        ("/feed.atom", FeedKind::Atom),
        ("/agenda.ics", FeedKind::Calendar),
        ("/feed/", FeedKind::Other),
        ("/comments/feed/", FeedKind::Comments),
    ];
    assert_eq!(named, expected);
    assert!(found.iter().any(|link| link.address.as_str().ends_with("?post_type=tribe_events&ical=1")));
}

#[test]
fn a_page_that_describes_nothing_is_a_feed() {
    assert_eq!(read("<html><p>Bonjour", &hints()).unwrap_err().finding.code, Code::WebPage);
}

proptest::proptest! {
    #[test]
    fn no_soup_of_tags_panics(pieces in proptest::collection::vec(soup(), 0..60)) {
        let text = format!("<html>{}", pieces.concat());
        let _ = read(&text, &hints());
        let _ = feeds(&text, &Address::new("https://lab.example/").unwrap());
    }
}

fn soup() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let tag = prop::sample::select(vec![
        "<div class=h-event>",
        "<div class='vevent'>",
        "<b class='p-name summary'>",
        "<i class='dt-start dtstart'>",
        "<b class=value>",
        "<time class='dt-start value' datetime='",
        "'>",
        "<p itemscope itemtype='//schema.org/Event'>",
        "<b itemprop='name startDate location'>",
        "<script type=application/ld+json>",
        "</script>",
        "{\"@type\":\"Event\",",
        "\"startDate\":",
        "\"subEvent\":[",
        "\"@id\":\"a\",",
        "]}",
        "<table>",
        "<template>",
        "<svg>",
        "</div>",
        "<a rel=feed href='",
        "<base href='",
        "<div class='p-location h-card'>",
        "<!--",
        "2026-11-19T10:00",
    ]);
    prop_oneof![4 => tag.prop_map(str::to_owned), 1 => "\\PC{0,8}", 1 => "[\\s\\S]{0,3}"]
}
