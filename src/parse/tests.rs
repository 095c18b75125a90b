use jiff::Timestamp;

use super::*;
use crate::event::{Address, Status};
use crate::format::Level;

fn hints() -> Hints {
    Hints {
        address: Address::new("https://lab.example/feed").ok(),
        language: None,
        zone: crate::event::Zone::new("Europe/Paris").ok(),
        region: None,
        by_link: false,
        seen: "2026-11-22T08:00:00Z".parse::<Timestamp>().unwrap(),
    }
}

fn codes(reading: &Reading) -> Vec<&'static str> {
    reading.findings.iter().map(|f| f.code.as_str()).collect()
}

fn atom(entry: &str) -> String {
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:ev='http://purl.org/rss/1.0/modules/event/' \
         xmlns:evt='https://w3id.org/essaim/event/1'><id>f</id><title>F</title>\
         <updated>2024-01-01T00:00:00Z</updated>{entry}</feed>"
    )
}

fn entry(inside: &str) -> String {
    atom(&format!("<entry><id>e1</id><title>Un</title><updated>2024-01-01T00:00:00Z</updated>{inside}</entry>"))
}

fn read_text(text: &str) -> Result<Reading, Rejected> {
    read(text.as_bytes(), None, &hints())
}

#[test]
fn what_is_not_a_feed_is_refused_with_its_reason() {
    for (text, code) in [
        ("", Code::Empty),
        (" \u{FEFF}\n", Code::Empty),
        ("<!DOCTYPE html><html></html>", Code::WebPage),
        ("<?xml version='1.0'?>\n<!-- x --><html xmlns='http://www.w3.org/1999/xhtml'/>", Code::WebPage),
        ("Bonjour", Code::NotAFeed),
        ("<x/>", Code::NotAFeed),
        ("{\"a\":1}", Code::NotAFeed),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><entry>", Code::NotXml),
        ("<!DOCTYPE feed [<!ENTITY a 'b'>]><feed xmlns='http://www.w3.org/2005/Atom'>&a;</feed>", Code::Doctype),
    ] {
        assert_eq!(read_text(text).map(|_| ()).unwrap_err().finding.code, code, "{text}");
    }
    let deep = format!("<rss><channel>{}", "<media:group>".repeat(1_000));
    assert_eq!(read_text(&deep).unwrap_err().finding.code, Code::TooMuch);
    let json = format!("{{\"a\":{}", "[".repeat(10_000));
    assert_eq!(read_text(&json).unwrap_err().finding.code, Code::TooMuch);
}

#[test]
fn a_truncated_feed_never_looks_like_a_shorter_one() {
    let whole = entry("");
    for cut in 1..whole.len() {
        assert!(read_text(&whole[..cut]).is_err(), "{}", &whole[..cut]);
    }
}

#[test]
fn one_bad_entry_costs_that_entry() {
    let text = atom(
        "<entry><title>sans id</title><updated>2024-01-01T00:00:00Z</updated></entry>\
         <entry><id>a</id><updated>2024-01-01T00:00:00Z</updated></entry>\
         <entry><id>b</id><title>B</title><updated>2024-01-01T00:00:00Z</updated></entry>\
         <entry><id>b</id><title>Autre</title><updated>2024-01-01T00:00:00Z</updated></entry>",
    );
    let reading = read_text(&text).unwrap();
    assert_eq!(reading.entries.len(), 1);
    assert_eq!(codes(&reading), ["without-id", "without-title", "no-event-data", "no-event-data", "id-twice"]);
}

#[test]
fn a_stray_ampersand_and_html_entities_are_mended_and_said() {
    let text = entry("").replace("<title>Un</title>", "<title>Caf&eacute; & th&Eacute; &amp; R&D</title>");
    let reading = read_text(&text).unwrap();
    assert_eq!(reading.entries[0].event.title.as_str(), "Café & thÉ & R&D");
    assert!(codes(&reading).contains(&"stray-ampersand"));
}

#[test]
fn almost_xml_made_to_be_slow_is_read_over_and_over() {
    // Each of these took seconds to minutes when what follows was searched to the end of the document every time.
    for hostile in ["& ".repeat(500_000), "<!-- ".repeat(200_000), "<![CDATA[ ".repeat(100_000), "<? ".repeat(300_000)]
    {
        let text = entry("").replace("<title>Un</title>", &format!("<title>&x{hostile}</title>"));
        let _ = read_text(&text);
    }
    let namespaces = entry(&format!("<y:a xmlns:y='urn:{}'>{}</y:a>", "a".repeat(100_000), "<y:b/>".repeat(20_000)));
    assert_eq!(read_text(&namespaces).unwrap_err().finding.code, Code::TooMuch);
    let findings = entry(&format!("<undeclared:a/>{}", "<u:b/>".repeat(20_000)));
    assert!(read_text(&findings).unwrap().findings.len() <= 25);
    let rss = format!("<rss version='2.0'><channel>{}</channel></rss>", "<item/>".repeat(150_000));
    assert_eq!(read_text(&rss).unwrap_err().finding.code, Code::TooMuch);
}

#[test]
fn an_extension_of_xmls_own_namespaces_breaks_our_feed() {
    let text = entry("<evt:event v='1' status='scheduled'/><xml:foo/><x:a xmlns:x='urn:x'/>");
    let reading = read_text(&text).unwrap();
    let kept: Vec<&str> =
        reading.entries[0].event.foreign.elements().iter().map(|e| e.name.namespace.as_str()).collect();
    assert_eq!(kept, ["urn:x"]);
}

#[test]
fn bytes_of_another_encoding_are_read_and_said() {
    let text = entry("").replace("Un", "Été");
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let reading = read(&latin, Some("application/atom+xml; charset=utf-8"), &hints()).unwrap();
    assert_eq!(reading.entries[0].event.title.as_str(), "Été");
    assert!(codes(&reading).contains(&"encoding"));
    let reading = read(&latin, Some("text/xml; charset=ISO-8859-1"), &hints()).unwrap();
    assert_eq!(codes(&reading), ["no-event-data"]);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&utf16, None, &hints()).unwrap().entries.len(), 1);
}

#[test]
fn a_day_without_an_hour_at_level_n1_is_a_day() {
    let reading = read_text(&entry("<ev:startdate>2024-11-14</ev:startdate>")).unwrap();
    assert!(matches!(reading.entries[0].event.slots[0].when, crate::event::When::Day { .. }));
    assert_eq!(reading.entries[0].level, Level::N1);
}

#[test]
fn a_floating_time_is_read_on_the_sources_clock_and_marked_assumed() {
    let reading = read_text(&entry("<ev:startdate>2024-11-14T10:00:00</ev:startdate>")).unwrap();
    let event = &reading.entries[0].event;
    assert_eq!(event.slots[0].when.start().unwrap().to_string(), "2024-11-14T10:00:00+01:00");
    assert!(event.assumed.iter().any(|name| name.as_str() == "tz"));
    assert_eq!(codes(&reading), ["floating-time"]);
}

#[test]
fn an_end_before_its_start_is_left_out_and_said() {
    let event =
        "<ev:startdate>2024-11-14T10:00:00+01:00</ev:startdate><ev:enddate>2024-11-13T10:00:00+01:00</ev:enddate>";
    let reading = read_text(&entry(event)).unwrap();
    assert!(matches!(reading.entries[0].event.slots[0].when, crate::event::When::Timed(h) if h.end().is_none()));
    assert_eq!(codes(&reading), ["end-before-start"]);
}

#[test]
fn an_hour_that_contradicts_its_zone_waits_for_its_author() {
    let event = "<evt:event v='1' status='scheduled' tz='Europe/Paris'><evt:slot ref='c1' start='2024-11-14T10:00:00+02:00'/></evt:event>";
    let reading = read_text(&entry(event)).unwrap();
    assert!(reading.entries.is_empty());
    assert_eq!(codes(&reading), ["zone-contradicted"]);
    // A person sees both hours.
    let told = &reading.findings[0].detail;
    assert_eq!(told, "2024-11-14T10:00:00+02:00 is 2024-11-14T09:00:00+01:00 in Europe/Paris");
}

#[test]
fn a_slot_that_cannot_be_read_does_not_leave_an_event_without_a_date() {
    let event = "<evt:event v='1' status='scheduled'><evt:slot ref='c1' start='mardi 19'/></evt:event>";
    let reading = read_text(&entry(event)).unwrap();
    assert!(reading.entries.is_empty());
    assert_eq!(codes(&reading), ["contradiction"]);
}

#[test]
fn a_private_meeting_link_goes_no_further() {
    let event = "<evt:event v='1' status='scheduled'><evt:online public='false' href='https://visio.example/secret'/></evt:event>";
    let reading = read_text(&entry(event)).unwrap();
    let kept = serde_json::to_string(&reading.entries[0].event).unwrap();
    assert!(!kept.contains("secret"));
    assert!(!format!("{:?}", reading.findings).contains("secret"));
    assert_eq!(codes(&reading), ["private-link"]);
}

#[test]
fn a_cancellation_told_only_in_the_title_is_understood() {
    for (title, plain, status) in [
        ("[ANNULÉ] Atelier", "Atelier", Status::Cancelled),
        ("Annulé - Atelier", "Atelier", Status::Cancelled),
        ("Canceled: Atelier", "Atelier", Status::Cancelled),
        ("Atelier (reporté)", "Atelier", Status::Postponed),
        ("Un projet annulé", "Un projet annulé", Status::Scheduled),
        ("Repas complet : la cuisine", "Repas complet : la cuisine", Status::Scheduled),
    ] {
        let reading = read_text(&entry("").replace("<title>Un</title>", &format!("<title>{title}</title>"))).unwrap();
        let event = &reading.entries[0].event;
        assert_eq!((event.title.as_str(), event.status), (plain, status), "{title}");
    }
}

#[test]
fn a_title_struck_through_is_one_more_event() {
    let title = "<title type='html'>&lt;s&gt;Atelier&lt;/s&gt;</title>";
    let reading = read_text(&entry("").replace("<title>Un</title>", title)).unwrap();
    let event = &reading.entries[0].event;
    assert_eq!((event.title.as_str(), event.status), ("Atelier", Status::Cancelled));
    assert!(codes(&reading).contains(&"status-in-title"));
    let rss = "<rss version='2.0'><channel><title>Lab</title><item><title>&lt;del&gt;Atelier&lt;/del&gt;</title>\
               <guid>1</guid></item></channel></rss>";
    assert_eq!(read_text(rss).unwrap().entries[0].event.status, Status::Cancelled);
}

#[test]
fn rss_and_json_feed_are_read_without_inventing_a_date() {
    let rss = "<rss version='2.0'><channel><title>Lab</title><link>https://lab.example/</link><language>fr</language>\
               <item><title>Atelier &lt;b&gt;eau&lt;/b&gt;</title><link>https://lab.example/a</link>\
               <pubDate>Tue, 19 Nov 2024 10:00:00 +0100</pubDate><description>&lt;p&gt;Mot&lt;script&gt;x&lt;/script&gt;&lt;/p&gt;</description></item>\
               </channel></rss>";
    let first = read_text(rss).unwrap();
    let event = &first.entries[0].event;
    assert_eq!(event.title.as_str(), "Atelier eau");
    assert!(event.slots.is_empty());
    assert_eq!(event.body.as_ref().unwrap().as_str(), "<p>Mot</p>");
    assert_eq!(read_text(rss).unwrap(), first, "an entry without id keeps the one it was given");
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Lab","items":[{"id":"1","title":"Un","content_html":"<p>x</p>"}]}"#;
    assert_eq!(read_text(json).unwrap().entries.len(), 1);
}

#[test]
fn relative_links_are_resolved_against_the_nearest_base() {
    let text = entry("<link href='b'/><content type='html'>&lt;a href='c'&gt;x&lt;/a&gt;</content>")
        .replace("<entry>", "<entry xml:base='https://lab.example/a/'>");
    let event = &read_text(&text).unwrap().entries[0].event;
    assert_eq!(event.page.as_ref().unwrap().as_str(), "https://lab.example/a/b");
    assert!(event.body.as_ref().unwrap().as_str().contains("https://lab.example/a/c"));
}

#[test]
fn a_notice_of_change_is_no_event() {
    let text = entry("<category scheme='https://w3id.org/essaim/vocab/entry-kind' term='change-notice'/>");
    let reading = read_text(&text).unwrap();
    assert!(reading.entries.is_empty());
    assert_eq!(codes(&reading), ["change-notice"]);
}

fn rss(namespaces: &str, items: &str) -> String {
    format!(
        "<rss version='2.0' {namespaces}><channel><title>Lab</title><link>https://lab.example/</link>{items}</channel></rss>"
    )
}

#[test]
fn a_feed_says_how_often_to_ask_who_tells_of_changes_and_under_which_licence() {
    let head = "<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>\
                <atom:link rel='self' href='https://lab.example/f.rss'/><atom:link rel='hub' href='https://hub.example/'/>\
                <cc:license>https://creativecommons.org/licenses/by/4.0/</cc:license><copyright>Le Labo</copyright>\
                <generator>Drupal</generator><language>fr_FR</language><fh:complete/>";
    let names = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:atom='http://www.w3.org/2005/Atom' \
                 xmlns:cc='http://backend.userland.com/creativeCommonsRssModule' \
                 xmlns:fh='http://purl.org/syndication/history/1.0'";
    let feed = read_text(&rss(names, head)).unwrap().feed;
    assert_eq!(feed.pause, Some(std::time::Duration::from_secs(6 * 3600)));
    assert_eq!(feed.hubs, [Address::new("https://hub.example/").unwrap()]);
    assert_eq!(feed.topic, Address::new("https://lab.example/f.rss").ok());
    assert_eq!(feed.licence.unwrap().href.as_str(), "https://creativecommons.org/licenses/by/4.0/");
    assert_eq!(feed.rights.unwrap().as_str(), "Le Labo");
    assert_eq!(feed.generator.unwrap().as_str(), "Drupal");
    assert_eq!(feed.language.unwrap().as_str(), "fr-FR");
    assert!(feed.complete);
    let json = r#"{"version":"https://jsonfeed.org/version/1","title":"Lab","feed_url":"https://lab.example/f.json",
        "hubs":[{"type":"WebSub","url":"https://hub.example/"}],"author":{"name":"Ada"},"items":[]}"#;
    let feed = read_text(json).unwrap().feed;
    assert_eq!(feed.hubs.len(), 1);
    assert_eq!(feed.topic, Address::new("https://lab.example/f.json").ok());
    assert_eq!(feed.author.unwrap().name.as_str(), "Ada");
}

#[test]
fn an_item_of_rss_keeps_its_picture_tags_text_and_links() {
    let item = "<item xml:base='https://lab.example/a/'><guid isPermaLink='false'>1</guid><title>Un</title><link>b</link>\
                <category domain='x'>Eau</category><dc:subject>Air</dc:subject><description>Court.</description>\
                <content:encoded>&lt;p&gt;&lt;a href='c'&gt;Long&lt;/a&gt;&lt;/p&gt;</content:encoded>\
                <media:group><media:content url='p.png' type='image/png'><media:description>Un puits</media:description>\
                </media:content></media:group><enclosure url='d.pdf' type='application/pdf' length='12'/><dc:creator>ada@lab.example</dc:creator></item>";
    let names = "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' \
                 xmlns:media='http://search.yahoo.com/mrss/'";
    let reading = read_text(&rss(names, item)).unwrap();
    let event = &reading.entries[0].event;
    assert_eq!(event.page.as_ref().unwrap().as_str(), "https://lab.example/a/b");
    assert_eq!(event.summary.as_ref().unwrap().as_str(), "Court.");
    assert!(event.body.as_ref().unwrap().as_str().contains("https://lab.example/a/c"));
    assert_eq!(event.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), ["Eau", "Air"]);
    let image = event.image.as_ref().unwrap();
    assert_eq!((image.href.as_str(), image.alt.as_str()), ("https://lab.example/a/p.png", "Un puits"));
    let file = &event.resources[0];
    assert_eq!((file.href.as_str(), file.length), ("https://lab.example/a/d.pdf", Some(12)));
    // An address is nobody's name.
    assert_eq!(event.organisers[0].name.as_str(), "Lab");
    assert!(reading.entries[0].raw.starts_with("<item"));
}

#[test]
fn an_id_that_was_made_changes_with_the_title_or_the_order() {
    let item = |title: &str, link: &str| format!("<item><title>{title}</title><link>{link}</link></item>");
    let ids = |items: &str| {
        let reading = read_text(&rss("", items)).unwrap();
        reading.entries.into_iter().map(|entry| entry.event.id.to_string()).collect::<Vec<_>>()
    };
    let (a, b) = (item("A", "/a"), item("B", "/b"));
    let first = ids(&format!("{a}{b}"));
    assert_eq!(first[0], ids(&item("Un autre titre", "/a"))[0]);
    assert_eq!(first[1], ids(&format!("{b}{a}"))[0]);
    // One link for all tells none from another: then the title does.
    let shared = ids(&format!("{}{}", item("A", "/"), item("B", "/")));
    assert_eq!(shared.len(), 2);
    assert_ne!(shared[0], shared[1]);
}

#[test]
fn a_source_whose_ids_are_of_no_use_goes_back_to_them() {
    let items = "<item><title>A</title><guid>g</guid><link>/a</link></item>";
    let hints = Hints { by_link: true, ..hints() };
    let reading = read(rss("", items).as_bytes(), None, &hints).unwrap();
    assert!(reading.feed.by_link);
    assert_eq!(reading.entries[0].event.id.as_str(), "https://lab.example/a");
}

#[test]
fn a_media_type_that_no_feed_has_is_told_and_others_are_not() {
    let text = rss("", "<item><title>A</title><guid>g</guid></item>");
    let told = |media_type: &str| {
        let reading = read(text.as_bytes(), Some(media_type), &hints()).unwrap();
        codes(&reading).contains(&"wrong-type")
    };
    assert!(told("text/html; charset=utf-8") && told("image/png"));
    for fine in ["text/xml", "text/plain", "application/rss+xml", "application/octet-stream", "", "text/Calendar"] {
        assert!(!told(fine), "{fine}");
    }
}

#[test]
fn what_our_own_json_says_is_read_back_as_it_was_written() {
    use crate::format::sample::{full, head};
    let published = full("Pain & sel");
    let feed = crate::format::Feed {
        head: head(),
        events: vec![std::sync::Arc::new(published.clone())],
        tombstones: Vec::new(),
    };
    let reading = read_text(&crate::format::json::write(&feed)).unwrap();
    let (said, read) = (&published.event, &reading.entries[0].event);
    assert_eq!(read.id, said.id);
    assert_eq!(
        read.slots.iter().map(|slot| (&slot.name, &slot.when)).collect::<Vec<_>>(),
        said.slots.iter().map(|slot| (&slot.name, &slot.when)).collect::<Vec<_>>()
    );
    assert_eq!((read.status, read.mode, &read.zone), (said.status, said.mode, &said.zone));
    assert_eq!((&read.summary, &read.body), (&said.summary, &said.body));
    assert_eq!((&read.organisers, &read.speakers), (&said.organisers, &said.speakers));
    assert_eq!((&read.formats, &read.audiences, &read.tags), (&said.formats, &said.audiences, &said.tags));
    assert_eq!((&read.editions, &read.topics, &read.sequence), (&said.editions, &said.topics, &said.sequence));
    assert_eq!(
        read.places.iter().map(|place| place.line()).collect::<Vec<_>>(),
        said.places.iter().map(|place| place.line()).collect::<Vec<_>>()
    );
}

#[test]
fn what_is_said_once_for_all_entries_does_not_say_what_to_mend() {
    let item = |guid: &str, date: &str| {
        format!("<item><title>T {guid}</title><guid>{guid}</guid><link>https://lab.example/{guid}</link>{date}</item>")
    };
    let updated = |items: &[String]| {
        let reading = read_text(&rss("", &items.concat())).unwrap();
        let found = reading.findings.into_iter().filter(|finding| finding.code == Code::BadUpdated);
        found.map(|finding| (finding.entry.map(|id| id.to_string()), finding.detail.to_string())).collect::<Vec<_>>()
    };
    let words = "<pubDate>le mardi d’après</pubDate>";
    let (none, unreadable) = (item("a", ""), item("b", words));
    assert_eq!(
        updated(&[none.clone(), unreadable.clone(), item("c", "<pubDate>hier</pubDate>")]),
        [(None, "le mardi d’après".to_owned())]
    );
    assert_eq!(updated(&[none, item("d", "")]), [(None, String::new())]);
    let good = item("e", "<pubDate>Thu, 01 Oct 2026 09:00:00 +0200</pubDate>");
    assert_eq!(updated(&[good, unreadable]), [(Some("b".to_owned()), "le mardi d’après".to_owned())]);
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Lab","items":[
        {"id":"1","title":"Un","content_text":"x","date_published":"bientôt"},{"id":"2","title":"Deux","content_text":"y"}]}"#;
    let found = read_text(json).unwrap().findings;
    assert!(
        found
            .iter()
            .any(|found| found.code == Code::BadUpdated && found.entry.is_none() && found.detail.contains("bientôt")),
        "{found:?}"
    );

    let ahead: String =
        (1..=3).map(|n| item(&n.to_string(), &format!("<pubDate>2027-01-0{n}T10:00:00+01:00</pubDate>"))).collect();
    let found = read_text(&rss("", &ahead)).unwrap().findings;
    let start = found.iter().find(|found| found.code == Code::PublishedIsStart).expect("said");
    assert_eq!(start.detail.as_str(), "2027-01-01T09:00:00Z");
}

const XCAL: &str = "xmlns:xcal='urn:ietf:params:xml:ns:xcal'";

fn xcal_item(guid: &str, inside: &str) -> String {
    format!("<item><title>T {guid}</title><guid>{guid}</guid>{inside}</item>")
}

#[test]
fn a_whole_day_of_xcal_lasts_a_day_longer_than_in_a_calendar() {
    let days = "<xcal:dtstart>2026-11-24</xcal:dtstart><xcal:dtend>2026-11-26</xcal:dtend>";
    let repeated = format!("{days}<xcal:rrule>FREQ=DAILY;INTERVAL=7;COUNT=2</xcal:rrule>");
    let items = [xcal_item("once", days), xcal_item("twice", &repeated)].concat();
    let reading = read_text(&rss(XCAL, &items)).unwrap();
    let told = |at: usize| {
        let slots = reading.entries[at].event.slots.iter();
        slots.map(|slot| format!("{:?}", slot.when)).collect::<Vec<_>>()
    };
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:twice\r\nSUMMARY:T\r\nDTSTART;VALUE=DATE:20261124\r\n\
                    DTEND;VALUE=DATE:20261126\r\nRRULE:FREQ=DAILY;INTERVAL=7;COUNT=2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = read_text(calendar).unwrap();
    let of_calendar: Vec<String> =
        calendar.entries[0].event.slots.iter().map(|slot| format!("{:?}", slot.when)).collect();
    assert_eq!(of_calendar.len(), 2);
    assert!(of_calendar[0].contains("2026-11-25") && !of_calendar[0].contains("2026-11-26"), "{of_calendar:?}");
    assert_eq!(told(1), of_calendar);
    assert_eq!(told(0), of_calendar[..1]);
}

#[test]
fn a_date_of_xcal_begins_a_line_of_its_own_or_is_lost_unsaid() {
    let start = "<xcal:dtstart>2026-11-24T10:00:00Z</xcal:dtstart>";
    let items = [
        xcal_item(
            "line",
            &format!("{start}<xcal:rrule>FREQ=DAILY;COUNT=1&#13;&#10;RDATE:20261125T100000Z</xcal:rrule>"),
        ),
        xcal_item("words", &format!("{start}<xcal:rdate>mardi 1er décembre</xcal:rdate>")),
        xcal_item("zone", &format!("{start}<xcal:rdate tzid='Lune\"'>2026-12-01T10:00:00</xcal:rdate>")),
        xcal_item("none", "<xcal:rrule>FREQ=DAILY;COUNT=3</xcal:rrule>"),
    ];
    let reading = read_text(&rss(XCAL, &items.concat())).unwrap();
    let slots: Vec<usize> = reading.entries.iter().map(|entry| entry.event.slots.len()).collect();
    assert_eq!(slots, [1, 1, 2, 0]);
    let said: Vec<(String, &str)> = reading
        .findings
        .iter()
        .filter(|finding| finding.code == Code::BadValue)
        .map(|finding| (finding.entry.as_ref().unwrap().to_string(), finding.detail.as_str()))
        .collect();
    let told = |id: &str, words: &str| said.iter().any(|(entry, detail)| entry == id && detail.contains(words));
    assert!(told("words", "RDATE: mardi 1er décembre") && told("zone", "TZID: Lune"), "{said:?}");
    assert!(told("line", "RRULE"), "{said:?}");
}

#[test]
fn rules_of_many_items_cost_more_than_those_of_one_calendar() {
    // Each looks at every day since the year 1: all together, hours of work.
    let rule = "<xcal:rrule>FREQ=DAILY;COUNT=9999999</xcal:rrule>".repeat(50);
    let inside = format!("<xcal:dtstart>0001-01-02T10:00:00Z</xcal:dtstart>{rule}");
    let items: String = (0..200).map(|n| xcal_item(&n.to_string(), &inside)).collect();
    let reading = read_text(&rss(XCAL, &items)).unwrap();
    assert!(!reading.entries.is_empty());
    let cut = reading.findings.iter().filter(|finding| finding.code == Code::RecurrenceCut).count();
    assert_eq!(cut, reading.entries.len());
}

#[test]
fn many_items_made_to_be_slow_are_compared_over_and_over() {
    let many = |most: usize, item: &dyn Fn(usize) -> String| rss("", &(0..most).map(item).collect::<String>());
    for text in [
        many(5_000, &|n| format!("<item><guid>g</guid><title>T</title><description>x{n}</description></item>")),
        many(5_000, &|_| "<item><guid>g</guid><title>T</title></item>".to_owned()),
        many(5_000, &|n| format!("<item><title>T{n}</title><link>/</link><pubDate>1 Dec 2099</pubDate></item>")),
        many(1, &|_| format!("<item><title>{}</title></item>", "&amp;amp;lt;".repeat(50_000))),
        many(1, &|_| format!("<item><title>T</title><description>{}</description></item>", "19 mars ".repeat(200_000))),
    ] {
        let _ = read_text(&text);
    }
}

mod soup {
    use proptest::prelude::*;

    use super::*;

    const PIECES: [&str; 48] = [
        "<rss version='2.0'>",
        "</rss>",
        "<channel>",
        "</channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<guid>",
        "</guid>",
        "<pubDate>",
        "</pubDate>",
        "<link>",
        "</link>",
        "<description>",
        "</description>",
        "19 Nov 2026 10:00",
        " - ",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "</feed>",
        "<entry>",
        "</entry>",
        "<id>",
        "</id>",
        "&amp;",
        "&eacute;",
        "& ",
        "< ",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<gd:when xmlns:gd='http://schemas.google.com/g/2005' startTime='2026-11-19'/>",
        "<gd:recurrence xmlns:gd='http://schemas.google.com/g/2005'>DTSTART:20261119</gd:recurrence>",
        "<x:dtstart xmlns:x='urn:ietf:params:xml:ns:xcal'>2026-11-19T10:00:00Z</x:dtstart>",
        "<x:rrule xmlns:x='urn:ietf:params:xml:ns:xcal'>FREQ=DAILY;COUNT=3;X=\"é</x:rrule>",
        "<x:exdate xmlns:x='urn:ietf:params:xml:ns:xcal' tzid='\";:'>20261119T100000,2026-11-19/PT1H,</x:exdate>",
        "<x:rdate xmlns:x='urn:ietf:params:xml:ns:icalendar-2.0'><x:period><x:start>2026-11-19</x:start></x:period></x:rdate>",
        "<ev:startdate xmlns:ev='http://purl.org/rss/1.0/modules/event/'>",
        "</ev:startdate>",
        "2026-11-19T10:00",
        "<start_time>9999-12-31T23:59:59-23:59</start_time>",
        "[2026-11-19] a @ b",
        "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[",
        "{\"id\":1,\"_essaim\":{\"slots\":[{\"start\":",
        "\"2026-11-19\"",
        "}]}}",
        "é\u{b}\u{0}\u{FEFF}",
    ];

    proptest! {
        #[test]
        fn soup_of_feeds_makes_a_reader_panic(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
            let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
            for text in [rss("", &format!("<item>{text}</item>")), text] {
                if let Err(rejected) = read_text(&text) {
                    prop_assert_ne!(rejected.finding.code, Code::ReaderFailed, "{}", text);
                }
            }
        }
    }
}
