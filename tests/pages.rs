//! Pages and agendas over real sockets: dates that a feed does not give, an agenda that comes in pages, and the feeds
//! of a home page.

mod common;

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::site::{Site as Server, path, reply};
use essaim::aggregator::discover::discover;
use essaim::aggregator::record::Guard;
use essaim::aggregator::{Aggregator, Round, Settings, Which};
use essaim::event::{Address, Language, Line, Status, Zone};
use essaim::fetch::{Fetcher, Rules};
use essaim::format::{Hints, Level};
use essaim::programme::{Code, FailureKind, Kind, Source, SourceKey};
use essaim::store::Store;
use jiff::Timestamp;

/// A site that answers at each path as it was told to, and counts who asks.
#[derive(Default)]
struct Site {
    answers: Arc<Mutex<HashMap<String, String>>>,
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Site {
    /// Begins to answer, and gives the address.
    fn start(&self) -> String {
        let (answers, asked) = (Arc::clone(&self.answers), Arc::clone(&self.asked));
        let server = Server::new(move |head, stream| {
            let path = path(head).to_owned();
            *asked.lock().unwrap().entry(path.clone()).or_default() += 1;
            let answer = answers.lock().unwrap().get(&path).cloned();
            let answer = match answer.as_deref() {
                Some("500") => reply("500 Internal Server Error", &[], b""),
                // Who has seen this body is told that nothing is new.
                Some(body) if head.contains(&tag(body)) => reply("304 Not Modified", &[], b""),
                Some(body) => reply("200 OK", &[&format!("ETag: {}", tag(body))], body.as_bytes()),
                None => reply("404 Not Found", &[], b""),
            };
            let _ = stream.write_all(&answer);
        });
        server.url("")
    }

    fn put(&self, path: &str, body: impl Into<String>) {
        self.answers.lock().unwrap().insert(path.to_owned(), body.into());
    }

    fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().get(path).copied().unwrap_or_default()
    }
}

fn tag(body: &str) -> String {
    format!("\"{}-{}\"", body.len(), body.bytes().map(usize::from).sum::<usize>())
}

/// Asks nobody outside this machine, and nobody else on a private network.
fn fetcher() -> Fetcher {
    let allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    Fetcher::new(Rules { allowed_networks, spacing: Duration::ZERO, ..Rules::default() }).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_793_900_000 + second).unwrap()
}

fn source(address: &str) -> Source {
    Source {
        key: SourceKey::new("lab").unwrap(),
        address: Address::new(address).unwrap(),
        name: Line::new("Lab").unwrap(),
        region: None,
        language: None,
        zone: Zone::new("Europe/Paris").ok(),
        role: Default::default(),
        trust: Default::default(),
        verified_hosts: Default::default(),
        kind: Kind::Feed,
        reads_pages: false,
        paused: false,
    }
}

async fn aggregator(folder: &std::path::Path, source: Source) -> Aggregator {
    let store = Store::open(&format!("sqlite:{}", folder.join("programme.db").display())).await.unwrap();
    let settings = Settings {
        title: Line::new("Programme").unwrap(),
        subtitle: None,
        language: Language::new("fr").unwrap(),
        zone: None,
        publisher: None,
        licence: None,
        tag: None,
        base: Address::new("https://programme.example/").unwrap(),
        hub: None,
        interval: Duration::from_mins(15),
        longest: Duration::from_hours(6),
        guard: Guard::default(),
    };
    Aggregator::open(store, fetcher(), settings, &[source], at(0)).await.unwrap()
}

async fn round(aggregator: &Aggregator, now: Timestamp) -> Round {
    aggregator.round(Which::All, now, |_, _, _| {}).await.unwrap()
}

/// Title and first day of each entry, and whether it takes place.
async fn entries(aggregator: &Aggregator) -> Vec<(String, Option<String>, Status)> {
    let entries = aggregator.store().entries().await.unwrap();
    let told = entries.iter().map(|entry| {
        let day = entry.event.slots.first().map(|slot| slot.when.first_day().to_string());
        (entry.event.title.to_string(), day, entry.event.status)
    });
    told.collect()
}

fn codes(round: &Round) -> Vec<Code> {
    round.findings.iter().map(|found| found.finding.code).collect()
}

fn rss(items: &[(&str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(title, link)| format!("<item><title>{title}</title><link>{link}</link><guid>{link}</guid></item>"))
        .collect();
    format!(
        "<rss version='2.0'><channel><title>Lab</title><link>http://lab.example/</link><description>x</description>{items}</channel></rss>"
    )
}

fn page(title: &str, day: &str, more: &str) -> String {
    format!(
        "<!doctype html><html><script type='application/ld+json'>{{\"@type\":\"Event\",\"name\":\"{title}\",\"startDate\":\"{day}\"{more}}}</script><p>Bonjour"
    )
}

#[tokio::test]
async fn a_date_that_stands_on_the_page_is_lost_or_the_page_is_visited_at_each_poll() {
    let (site, folder) = (Site::default(), tempfile::tempdir().unwrap());
    let base = site.start();
    let link = |path: &str| format!("{base}{path}");
    let items = [("Atelier", link("/e/1")), ("Annonce", link("/e/2")), ("Ailleurs", "http://10.1.2.3/e/3".to_owned())];
    let items: Vec<(&str, &str)> = items.iter().map(|(title, link)| (*title, link.as_str())).collect();
    site.put("/rss", rss(&items));
    site.put(
        "/e/1",
        page("Atelier", "2026-11-19", ",\"eventStatus\":\"https://schema.org/EventCancelled\",\"location\":\"Tulle\""),
    );
    site.put("/e/2", "<html><p>Rien de daté");
    let lab = Source { reads_pages: true, ..source(&link("/rss")) };
    let aggregator = aggregator(folder.path(), lab).await;
    let first = round(&aggregator, at(0)).await;
    let expected = [
        ("Ailleurs".to_owned(), None, Status::Scheduled),
        ("Annonce".to_owned(), None, Status::Scheduled),
        ("Atelier".to_owned(), Some("2026-11-19".to_owned()), Status::Cancelled),
    ];
    let mut told = entries(&aggregator).await;
    told.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(told, expected);
    assert_eq!(codes(&first).iter().filter(|code| **code == Code::DateFromPage).count(), 1);
    assert_eq!(
        codes(&first).iter().filter(|code| **code == Code::PageUnread).count(),
        2,
        "the network within is not asked"
    );
    // The feed says something new of another entry: what was read is remembered.
    let mut more = items.clone();
    more.push(("Encore", "http://10.1.2.3/e/4"));
    site.put("/rss", rss(&more));
    round(&aggregator, at(3_600)).await;
    assert_eq!((site.asked("/e/1"), site.asked("/e/2")), (1, 1));
    assert!(entries(&aggregator).await.contains(&expected[2]), "the date is still there");
    // An entry that changes has its page visited again, and so has, a day later, one that gave no date.
    let items: Vec<(&str, &str)> = [("Atelier bis", items[0].1), items[1], items[2]].to_vec();
    site.put("/rss", rss(&items));
    site.put("/e/1", page("Atelier bis", "2026-11-20", ""));
    site.put("/e/2", page("Annonce", "2026-11-25", ""));
    round(&aggregator, at(2 * 86_400)).await;
    assert_eq!((site.asked("/e/1"), site.asked("/e/2")), (2, 2));
    let told = entries(&aggregator).await;
    assert!(told.contains(&("Atelier bis".to_owned(), Some("2026-11-20".to_owned()), Status::Scheduled)), "{told:?}");
    assert!(told.contains(&("Annonce".to_owned(), Some("2026-11-25".to_owned()), Status::Scheduled)), "{told:?}");
    // A page that is down takes no date back.
    site.put("/e/1", "500");
    site.put("/rss", rss(&[("Atelier ter", items[0].1)]));
    round(&aggregator, at(3 * 86_400)).await;
    let told = entries(&aggregator).await;
    assert!(told.contains(&("Atelier ter".to_owned(), Some("2026-11-20".to_owned()), Status::Scheduled)), "{told:?}");
}

#[tokio::test]
async fn more_pages_than_a_round_may_visit_are_never_visited() {
    let (site, folder) = (Site::default(), tempfile::tempdir().unwrap());
    let base = site.start();
    let items: Vec<(String, String)> = (0..25).map(|n| (format!("Atelier {n}"), format!("{base}/e/{n}"))).collect();
    for (title, _) in &items {
        site.put(&format!("/e/{}", &title[8..]), page(title, "2026-11-19", ""));
    }
    let items: Vec<(&str, &str)> = items.iter().map(|(title, link)| (title.as_str(), link.as_str())).collect();
    site.put("/rss", rss(&items));
    let lab = Source { reads_pages: true, ..source(&format!("{base}/rss")) };
    let aggregator = aggregator(folder.path(), lab).await;
    for (hour, visited) in [(0, 10), (1, 20), (2, 25), (3, 25)] {
        round(&aggregator, at(hour * 3_600)).await;
        let asked: usize = (0..25).map(|n| site.asked(&format!("/e/{n}"))).sum();
        let dated = entries(&aggregator).await.iter().filter(|(_, day, _)| day.is_some()).count();
        assert_eq!((asked, dated), (visited, visited), "hour {hour}");
    }
    let visits = || -> usize { (0..25).map(|n| site.asked(&format!("/e/{n}"))).sum() };
    assert!((0..25).all(|n| site.asked(&format!("/e/{n}")) == 1), "a page that gave its date was visited again");
    // A week later its date may have moved; once the event is over, nobody asks any more.
    round(&aggregator, at(8 * 86_400)).await;
    assert_eq!(visits(), 35);
    round(&aggregator, at(40 * 86_400)).await;
    assert_eq!(visits(), 35, "events that are over are visited");
}

fn agenda_page(ids: &[u32], after: Option<u32>) -> String {
    let events: Vec<String> = ids
        .iter()
        .map(|id| {
            format!(
                "{{\"uid\":{id},\"slug\":\"e{id}\",\"title\":{{\"fr\":\"Événement {id}\"}},\"timezone\":\"Europe/Paris\",\
                 \"timings\":[{{\"begin\":\"2026-11-19T10:00:00+01:00\",\"end\":\"2026-11-19T11:00:00+01:00\"}}],\
                 \"updatedAt\":\"2026-10-01T08:00:00.000Z\"}}"
            )
        })
        .collect();
    let after = after.map_or("null".to_owned(), |after| format!("[{after},\"x y\"]"));
    format!("{{\"total\":5,\"events\":[{}],\"after\":{after}}}", events.join(","))
}

#[tokio::test]
async fn half_an_agenda_passes_for_a_whole_one() {
    let (site, folder) = (Site::default(), tempfile::tempdir().unwrap());
    let base = site.start();
    let asked = "/agendas/7/events.v2.json?size=300&detailed=1&longDescriptionFormat=HTML&relative%5B%5D=current&relative%5B%5D=upcoming";
    let second = format!("{asked}&after%5B%5D=2&after%5B%5D=x+y");
    site.put("/lab-exemple", "<html><a href='https://openagenda.com/agendas/7/contribute'>Contribuer</a>");
    site.put(asked, agenda_page(&[1, 2], Some(2)));
    site.put(&second, agenda_page(&[3, 4], Some(4)));
    site.put(&format!("{asked}&after%5B%5D=4&after%5B%5D=x+y"), agenda_page(&[5], None));
    let lab = Source { kind: Kind::OpenAgenda, ..source(&format!("{base}/lab-exemple")) };
    let aggregator = aggregator(folder.path(), lab).await;
    assert_eq!(round(&aggregator, at(0)).await.entries, 5);
    assert_eq!(round(&aggregator, at(60)).await.unchanged, 1, "the same pages are the same agenda");
    for (broken, kind) in [
        ("500", FailureKind::Status),
        ("{\"total\":5,\"events\":[],\"after\":null}", FailureKind::Body),
        ("<html>Connexion", FailureKind::NotAFeed),
        (agenda_page(&[3, 4], Some(2)).as_str(), FailureKind::TooLarge),
    ] {
        site.put(&second, broken);
        let round = round(&aggregator, at(120)).await;
        assert_eq!(round.failures.first().map(|failed| failed.failure.kind), Some(kind), "{broken}");
        assert_eq!(round.entries, 5, "{broken}");
    }
}

#[tokio::test]
async fn of_several_feeds_of_a_site_a_poorer_one_is_preferred() {
    let site = Site::default();
    let base = site.start();
    site.put(
        "/",
        "<html><head><link rel=alternate type=application/rss+xml title='Commentaires' href=/comments/feed/>\
         <link rel=alternate type=application/rss+xml href=/rss><link rel=alternate type='application/atom+xml' href=/lab.atom>\
         </head><a href=http://10.1.2.3/feed>x</a>",
    );
    site.put("/rss", rss(&[("Annonce", "http://lab.example/1")]));
    site.put("/comments/feed/", rss(&[("Bravo", "http://lab.example/1#c"), ("Encore", "http://lab.example/1#d")]));
    site.put("/lab.atom", std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/example.atom")).unwrap());
    site.put(
        "/events.ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261001T080000Z\r\nDTSTART:20261119T090000Z\r\nSUMMARY:Atelier\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
    let hints = Hints { address: None, language: None, zone: None, region: None, by_link: false, seen: at(0) };
    let home = Address::new(&format!("{base}/")).unwrap();
    let found = discover(&fetcher(), &home, &hints, at(0)).await.unwrap();
    let paths: Vec<&str> = found.iter().map(|one| &one.address.as_str()[base.len()..]).collect();
    assert_eq!(paths[..2], ["/lab.atom", "/events.ics"], "{found:?}");
    assert_eq!(found[0].level, Some(Level::N2));
    assert!(found.iter().skip(2).all(|one| one.dated == 0), "{found:?}");
    assert!(site.asked.lock().unwrap().values().sum::<usize>() <= 7, "the home page and six candidates");
    // A feed is its own answer, and a site without any has none.
    let feed = Address::new(&format!("{base}/lab.atom")).unwrap();
    assert_eq!(discover(&fetcher(), &feed, &hints, at(0)).await.unwrap().len(), 1);
    let other = Site::default();
    let other_base = other.start();
    other.put("/", "<html><p>Bonjour");
    let home = Address::new(&format!("{other_base}/")).unwrap();
    assert!(discover(&fetcher(), &home, &hints, at(0)).await.unwrap().is_empty());
}
