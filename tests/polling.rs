//! How sources are visited, over real sockets and a real database, with a clock of the test's own.

mod common;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::site::{Site, feed, ok, path, reply};
use essaim::aggregator::record::Guard;
use essaim::aggregator::{Aggregator, Round, Settings, Which};
use essaim::event::{Address, Language, Line};
use essaim::fetch::{Fetcher, Rules};
use essaim::programme::{
    Code, Decision, FailureKind, Finding, Health, Presence, Role, Ruling, Source, SourceKey, Trust,
};
use essaim::store::Store;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Seconds after the noon of a day in October.
fn at(second: i64) -> Timestamp {
    let start: Timestamp = "2026-10-01T12:00:00Z".parse().unwrap();
    Timestamp::from_second(start.as_second() + second).unwrap()
}

fn key(name: &str) -> SourceKey {
    SourceKey::new(name).unwrap()
}

fn source(name: &str, address: &str) -> Source {
    Source {
        key: key(name),
        address: Address::new(address).unwrap(),
        name: Line::new(name).unwrap(),
        region: None,
        language: None,
        zone: None,
        role: Role::Lab,
        trust: Trust::Auto,
        verified_hosts: Default::default(),
        kind: Default::default(),
        reads_pages: false,
        paused: false,
    }
}

/// An aggregator that can be started again on what it left.
struct World {
    folder: tempfile::TempDir,
    aggregator: Aggregator,
}

impl World {
    async fn of(sources: &[Source]) -> World {
        let folder = tempfile::tempdir().unwrap();
        let aggregator = World::open(&folder, sources, Duration::from_secs(5)).await;
        World { folder, aggregator }
    }

    /// One that waits for slow sources as long as it takes.
    async fn patient(sources: &[Source]) -> World {
        let folder = tempfile::tempdir().unwrap();
        let aggregator = World::open(&folder, sources, Duration::from_mins(5)).await;
        World { folder, aggregator }
    }

    async fn open(folder: &tempfile::TempDir, sources: &[Source], total_time: Duration) -> Aggregator {
        let store = Store::open(&format!("sqlite:{}", folder.path().join("p.db").display())).await.unwrap();
        let rules = Rules { allow_private_addresses: true, total_time, ..Rules::default() };
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
        Aggregator::open(store, Fetcher::new(rules).unwrap(), settings, sources, at(0)).await.unwrap()
    }

    async fn restart(&mut self) {
        self.aggregator.store().close().await;
        self.aggregator = World::open(&self.folder, &[], Duration::from_secs(5)).await;
    }

    async fn due(&self, second: i64) -> Round {
        self.aggregator.round(Which::Due, at(second), |_, _, _| {}).await.unwrap()
    }

    async fn all(&self, second: i64) -> Round {
        self.aggregator.round(Which::All, at(second), |_, _, _| {}).await.unwrap()
    }

    async fn health(&self, name: &str) -> Health {
        self.aggregator.store().source_health(&key(name)).await.unwrap()
    }

    async fn waits(&self, name: &str, second: i64) -> i64 {
        self.health(name).await.due.unwrap().duration_since(at(second)).as_secs()
    }

    /// Titles of what is shown.
    fn shown(&self) -> Vec<String> {
        let snapshot = self.aggregator.current().load();
        let mut all: Vec<String> = snapshot.feed.events.iter().map(|event| event.event.title.to_string()).collect();
        all.sort();
        all
    }

    async fn rule(&self, ruling: Ruling) {
        let (id, by) = (uuid::Uuid::now_v7(), Line::new("équipe").unwrap());
        let decision = Decision { id, ruling, by, at: at(0), why: None, undone: None };
        self.aggregator.store().decide(std::slice::from_ref(&decision), &[], decision.at).await.unwrap();
    }
}

fn has(findings: &[Finding], code: Code) -> bool {
    findings.iter().any(|finding| finding.code == code)
}

fn one() -> String {
    feed(true, &[("a", "Atelier", "2026-11-10")])
}

fn many(count: usize) -> String {
    let ids: Vec<String> = (0..count).map(|n| format!("e{n}")).collect();
    let entries: Vec<_> = ids.iter().map(|id| (id.as_str(), id.as_str(), "2026-11-10")).collect();
    feed(true, &entries)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_polls_everything_again_and_forgets_the_validators() {
    let site = Site::saying(reply("200 OK", &["ETag: \"1\""], one().as_bytes()));
    let mut world = World::of(&[source("lab", &site.url("/"))]).await;
    world.due(0).await;
    assert_eq!(world.health("lab").await.first_read, Some(at(0)));
    world.restart().await;
    assert_eq!(world.due(60).await.sources, 0, "asked again a minute after");
    site.now_says(b"HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\nConnection: close\r\n\r\n".to_vec());
    site.asked();
    world.due(DAY).await;
    assert!(site.asked()[0].to_lowercase().contains("if-none-match: \"1\""));
    assert_eq!(world.health("lab").await.etag.as_deref(), Some("\"2\""), "a 304 renews the validators");
    assert_eq!((world.shown().len(), world.health("lab").await.first_read), (1, Some(at(0))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_publisher_asks_for_is_not_heard() {
    let long = "Cache-Control: max-age=36000";
    let site = Site::saying(reply("200 OK", &[long], one().as_bytes()));
    let world = World::of(&[source("lab", &site.url("/"))]).await;
    world.due(0).await;
    assert!(world.waits("lab", 0).await >= 9 * HOUR);
    site.now_says(reply("503 Service Unavailable", &["Retry-After: 7200"], b""));
    world.all(100).await;
    assert!(world.waits("lab", 100).await >= 2 * HOUR);
    let ttl = "<rss version='2.0'><channel><title>L</title><link>http://l.example/</link><description>d</description>\
               <ttl>720</ttl><item><guid>g</guid><title>T</title></item></channel></rss>";
    site.now_says(reply("200 OK", &[], ttl.as_bytes()));
    world.all(200).await;
    let pause = world.health("lab").await.pause.map(|seconds| seconds.cast_signed());
    assert!(pause.is_none() || world.waits("lab", 200).await * 10 >= pause.unwrap_or_default() * 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_is_found_only_where_the_feed_itself_names_it() {
    let links = "Link: </hub>; rel=\"hub\", </feed>; rel=\"self\"";
    let site = Site::saying(reply("200 OK", &[links], one().as_bytes()));
    let world = World::of(&[source("lab", &site.url("/"))]).await;
    world.due(0).await;
    let push = world.health("lab").await.push;
    let named = [push.hub, push.topic].map(|address| address.map(|address| address.to_string()));
    assert_eq!(named, [Some(site.url("/hub")), Some(site.url("/feed"))]);
    site.now_says(ok(&many(2)));
    world.all(DAY).await;
    assert_eq!(world.health("lab").await.push.hub, None, "it is named no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_readings_that_begin_at_once_some_are_not_noted() {
    let sources: Vec<_> = (0..40).map(|n| source(&format!("s{n:02}"), &format!("http://127.0.0.1:9/{n}"))).collect();
    let world = World::of(&sources).await;
    let mut running = tokio::task::JoinSet::new();
    for (n, source) in sources.iter().cycle().take(120).enumerate() {
        let (store, source) = (world.aggregator.store().clone(), source.key.clone());
        running.spawn(async move { store.begin_reading(&source, "body").await.unwrap() });
        if n == 60 {
            // Whoever waited for its turn and was given up takes nobody's note along.
            let store = world.aggregator.store().clone();
            tokio::spawn(async move { store.begin_reading(&key("nobody"), "body").await }).abort();
        }
    }
    let mut times: Vec<u32> = running.join_all().await;
    times.sort_unstable();
    let each = |times: u32| std::iter::repeat_n(times, 40);
    assert_eq!(times, each(1).chain(each(2)).chain(each(3)).collect::<Vec<_>>());
    for source in &sources {
        assert_eq!(world.aggregator.store().begin_reading(&source.key, "body").await.unwrap(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_kills_the_process_is_read_for_ever() {
    let site = Site::saying(ok(&one()));
    let world = World::of(&[source("lab", &site.url("/"))]).await;
    let body: String = Sha256::digest(one()).iter().map(|byte| format!("{byte:02x}")).collect();
    // Five times the process began to read it, and did not live to write what it read.
    for times in 1..=5 {
        assert_eq!(world.aggregator.store().begin_reading(&key("lab"), &body).await.unwrap(), times);
    }
    let round = world.due(0).await;
    assert_eq!((round.failed, round.events), (1, 0));
    assert!(round.findings.iter().any(|one| one.finding.code == Code::ReaderFailed));
    assert_eq!(world.all(DAY).await.failed, 1, "the same body is still not read");
    assert_eq!(world.health("lab").await.failures, 2);
    site.now_says(ok(&many(2)));
    assert_eq!(world.all(2 * DAY).await.events, 2, "another body is");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_wants_fewer_visits_speaks_for_itself_alone_or_one_that_is_down_for_its_host() {
    let crowded = || {
        Site::new(|head, stream| {
            let answer = if path(head) == "/1" {
                reply("429 Too Many Requests", &["Retry-After: 10800"], b"")
            } else {
                ok(&one())
            };
            drop(stream.write_all(&answer));
        })
    };
    let (site, other) = (crowded(), Site::saying(ok(&one())));
    let sources = [
        source("a1", &site.url("/1")),
        source("a2", &site.url("/2")),
        source("b", &other.url("/")),
        source("z", &site.url("/3")),
    ];
    let world = World::of(&sources).await;
    // The last is not due, and is put off all the same.
    let health = Health { due: Some(at(60)), ..Health::default() };
    world.aggregator.store().record(&[essaim::store::Batch::of(&key("z"), &health)]).await.unwrap();
    let round = world.due(0).await;
    assert_eq!((round.failed, round.postponed, round.fetched), (1, 1, 1));
    assert_eq!(site.asked().len(), 1, "the host was asked again after it said enough");
    for name in ["a1", "a2", "z"] {
        assert!(world.waits(name, 0).await >= 3 * HOUR, "{name}");
    }
    assert_eq!(world.health("a2").await.failures, 0);
    // A server that is down says nothing of its neighbours.
    site.now_serves(|head, stream| {
        let down = reply("503 Service Unavailable", &["Retry-After: 10800"], b"");
        drop(stream.write_all(&if path(head) == "/1" { down } else { ok(&one()) }));
    });
    let round = world.all(DAY).await;
    assert_eq!((round.failed, round.fetched, round.postponed), (1, 2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn labs_are_blamed_when_our_own_network_fails() {
    let sites: Vec<Site> = (0..5).map(|_| Site::saying(ok(&one()))).collect();
    let sources: Vec<Source> =
        sites.iter().enumerate().map(|(n, site)| source(&format!("lab{n}"), &site.url("/"))).collect();
    let world = World::of(&sources).await;
    assert_eq!(world.all(0).await.failed, 0);
    sites[0].close();
    let round = world.all(DAY).await;
    assert_eq!((round.failed, round.outage, world.health("lab0").await.failures), (1, false, 1));
    for site in &sites[1..4] {
        site.close();
    }
    // Of the four that did well three are lost: not most, and each is counted.
    let round = world.all(2 * DAY).await;
    assert_eq!((round.failed, round.outage, world.health("lab1").await.failures), (4, false, 1));
    // When all at once fall silent it is us.
    let sites: Vec<Site> = (0..5).map(|_| Site::saying(ok(&one()))).collect();
    let sources: Vec<Source> =
        sites.iter().enumerate().map(|(n, site)| source(&format!("lab{n}"), &site.url("/"))).collect();
    let world = World::of(&sources).await;
    world.all(0).await;
    sites[..4].iter().for_each(Site::close);
    let round = world.all(DAY).await;
    assert_eq!((round.failed, round.outage), (4, true));
    let health = world.health("lab0").await;
    assert_eq!((health.failures, health.failure, health.tried), (0, None, Some(at(DAY))));
    assert!(world.waits("lab0", DAY).await < HOUR, "and is asked again soon");
    assert_eq!(world.shown().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sources_of_one_address_cost_it_two_visits() {
    let site = Site::saying(reply("200 OK", &["ETag: \"1\""], one().as_bytes()));
    let world = World::of(&[source("a", &site.url("/feed")), source("b", &site.url("/feed"))]).await;
    assert_eq!(world.due(0).await.fetched, 2);
    let heads = site.asked();
    assert_eq!(heads.len(), 1);
    let agent = format!("user-agent: essaim/{}", env!("CARGO_PKG_VERSION"));
    assert!(heads[0].to_lowercase().contains(&agent), "{}", heads[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_moves_takes_its_source_along_before_a_person_has_looked() {
    let redirect = |id: &'static str| {
        move |head: &str, stream: &mut std::net::TcpStream| {
            let moved = reply("308 Permanent Redirect", &["Location: /new"], b"");
            let there = ok(&one().replace("urn:feed", id));
            drop(stream.write_all(&if path(head) == "/old" { moved } else { there }));
        }
    };
    let site = Site::new(redirect("urn:feed"));
    let world = World::of(&[source("lab", &site.url("/old"))]).await;
    for (sighting, second) in [0, HOUR, 2 * HOUR].into_iter().enumerate() {
        let round = world.all(second).await;
        assert_eq!((round.failed, round.events), (0, 1), "followed at once");
        let moved = world.health("lab").await.moved.unwrap();
        assert_eq!((moved.seen as usize, moved.proposed), (sighting + 1, false), "not within a day");
    }
    let round = world.all(DAY).await;
    let moved = world.health("lab").await.moved.unwrap();
    assert_eq!((moved.to.as_str(), moved.proposed), (site.url("/new").as_str(), true));
    assert!(round.findings.iter().any(|one| one.finding.code == Code::Moved));
    assert_eq!(world.aggregator.store().sources().await.unwrap()[0].address.as_str(), site.url("/old"));
    // Another feed there is no proof.
    site.now_serves(redirect("urn:another"));
    world.all(2 * DAY).await;
    assert_eq!(world.health("lab").await.moved.map(|moved| (moved.seen, moved.proposed)), Some((1, false)));
    site.now_says(ok(&one()));
    world.all(3 * DAY).await;
    assert_eq!(world.health("lab").await.moved, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_gone_takes_its_events_with_it() {
    let site = Site::saying(ok(&one()));
    let world = World::of(&[source("lab", &site.url("/"))]).await;
    world.all(0).await;
    site.now_says(reply("410 Gone", &[], b""));
    for (second, paused) in [(HOUR, false), (2 * HOUR, false), (2 * DAY, true)] {
        world.all(second).await;
        assert_eq!(world.aggregator.store().sources().await.unwrap()[0].paused, paused, "after {second} s");
    }
    assert_eq!(world.health("lab").await.failure.map(|failure| failure.kind), Some(FailureKind::Gone));
    assert_eq!((world.shown().len(), world.all(3 * DAY).await.sources), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mass_disappearance_withdraws_events_before_a_second_look_and_a_person() {
    let site = Site::saying(reply("200 OK", &["ETag: \"1\""], many(10).as_bytes()));
    let mut world = World::of(&[source("lab", &site.url("/"))]).await;
    world.all(0).await;
    site.now_serves(|head, stream| {
        let answer = if head.to_lowercase().contains("if-none-match: \"2\"") {
            b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec()
        } else {
            reply("200 OK", &["ETag: \"2\""], many(2).as_bytes())
        };
        drop(stream.write_all(&answer));
    });
    world.all(DAY).await;
    let held = world.health("lab").await.held.unwrap();
    assert_eq!((held.gone, held.of, held.confirmed), (8, 10, None));
    let wait = world.waits("lab", DAY).await;
    assert!((HOUR..=HOUR + 60).contains(&wait), "comes back for the second look, not in {wait} s");
    // A ruling alone is not enough: the second look comes first.
    let emptied = Ruling::Emptied { source: key("lab"), since: held.since };
    world.rule(emptied.clone()).await;
    world.all(DAY + 60).await;
    assert_eq!(world.shown().len(), 10);
    let rulings = world.aggregator.store().decisions().await.unwrap();
    world.aggregator.store().decide(&[], &[rulings[0].id], at(DAY + 61)).await.unwrap();
    // The second look, by a 304, after a restart: then it waits for a person.
    world.restart().await;
    let round = world.all(DAY + 2 * HOUR).await;
    assert_eq!(round.unchanged, 1);
    assert!(round.findings.iter().any(|one| one.finding.code == Code::MassDisappearance));
    assert_eq!(world.health("lab").await.held.unwrap().confirmed, Some(at(DAY + 2 * HOUR)));
    world.restart().await;
    world.all(4 * DAY).await;
    assert_eq!((world.shown().len(), world.health("lab").await.held.is_some()), (10, true));
    // A ruling on another disappearance of the same source changes nothing; on this one it acts without a poll.
    world.rule(Ruling::Emptied { source: key("lab"), since: at(7) }).await;
    world.due(4 * DAY + 60).await;
    assert_eq!(world.shown().len(), 10);
    world.rule(emptied).await;
    let round = world.due(4 * DAY + 120).await;
    assert_eq!((round.sources, world.shown()), (0, vec!["e0".to_owned(), "e1".to_owned()]));
    assert!(world.health("lab").await.findings().is_empty());
    // And is undone as easily.
    world.all(5 * DAY).await;
    for ruling in world.aggregator.store().decisions().await.unwrap() {
        world.aggregator.store().decide(&[], &[ruling.id], at(5 * DAY)).await.unwrap();
    }
    world.restart().await;
    world.all(6 * DAY).await;
    assert_eq!((world.shown().len(), world.health("lab").await.findings().len()), (10, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_or_is_taken_back_by_name_waits_for_a_person() {
    let site = Site::saying(ok(&many(10)));
    let world = World::of(&[source("lab", &site.url("/"))]).await;
    world.all(0).await;
    site.now_says(ok(&feed(true, &[])));
    world.all(DAY).await;
    assert_eq!(world.shown().len(), 10, "an empty feed empties nothing");
    site.now_says(ok(&many(10).replace("Lab", "Lab bis")));
    world.all(2 * DAY).await;
    assert_eq!(world.health("lab").await.held, None);
    let entries = world.aggregator.store().entries().await.unwrap();
    assert!(entries.iter().all(|entry| entry.presence == Presence::Listed));
    // Tombstones say what they mean: all at once, if so.
    let graves: String =
        (0..9).map(|n| format!("<at:deleted-entry ref='urn:e{n}' when='2026-10-02T00:00:00Z'/>")).collect();
    let last = feed(true, &[("e9", "e9", "2026-11-10")]).replace("</feed>", &format!("{graves}</feed>"));
    site.now_says(ok(&last));
    world.all(3 * DAY).await;
    assert_eq!(world.shown(), ["e9"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_page_is_there_is_withdrawn_or_one_whose_page_is_gone_is_kept() {
    let site = Site::new(|_, _| {});
    let with_pages = |entries: &[(&str, &str, &str)]| {
        let mut feed = feed(false, entries);
        for (id, ..) in entries {
            let link = format!("<link rel='alternate' href='{}'/>", site.url(&format!("/{id}")));
            feed = feed.replace(&format!("<id>urn:{id}</id>"), &format!("<id>urn:{id}</id>{link}"));
        }
        feed
    };
    let day = "2026-11-10";
    let all = [("a", "a", day), ("b", "b", day), ("c", "c", day), ("d", "d", "2026-09-10")];
    let (full, fewer) = (with_pages(&all), with_pages(&all[..1]));
    let serve = |feed: String| {
        move |head: &str, stream: &mut std::net::TcpStream| {
            let answer = match path(head) {
                "/feed" => ok(&feed),
                "/b" => reply("404 Not Found", &[], b""),
                _ => reply("200 OK", &[], b"<html>"),
            };
            drop(stream.write_all(&answer));
        }
    };
    site.now_serves(serve(full));
    let world = World::of(&[source("lab", &site.url("/feed"))]).await;
    world.all(0).await;
    site.now_serves(serve(fewer));
    let mut pages = Vec::new();
    for n in 1..=6 {
        world.all(n * HOUR).await;
        pages.extend(site.asked().iter().map(|head| path(head).to_owned()).filter(|path| path != "/feed"));
        let expected: &[&str] = if n < 4 { &["a", "b", "c", "d"] } else { &["a", "c", "d"] };
        assert_eq!(world.shown(), expected, "after {n} polls");
    }
    assert_eq!(pages, ["/b", "/c"], "each once a day, and none of what is past");
    let findings = world.health("lab").await.findings();
    assert!(has(&findings, Code::PageGone) && has(&findings, Code::Disappeared));
    assert_eq!(findings.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_identifier_changes_gets_another_address() {
    let titles = [("a", "Atelier", "2026-11-10"), ("b", "Visite", "2026-11-11")];
    let site = Site::saying(ok(&feed(true, &titles)));
    let mut world = World::of(&[source("lab", &site.url("/"))]).await;
    world.all(0).await;
    let ids = |world: &World| -> Vec<String> {
        let snapshot = world.aggregator.current().load();
        snapshot.feed.events.iter().map(|event| event.event.id.to_string()).collect()
    };
    let before = ids(&world);
    let renamed = [("a-2", "Atelier", "2026-11-10"), ("b", "Visite", "2026-11-11")];
    site.now_says(ok(&feed(true, &renamed)));
    let round = world.all(DAY).await;
    assert!(round.findings.iter().any(|one| one.finding.code == Code::IdChanged));
    assert_eq!(ids(&world), before);
    world.restart().await;
    // Under the new id it is the same entry for ever: changed, and withdrawn.
    let moved = [("a-2", "Atelier, plus tard", "2026-11-12"), ("b", "Visite", "2026-11-11")];
    site.now_says(ok(&feed(true, &moved)));
    assert_eq!(world.all(2 * DAY).await.changes.changed.len(), 1);
    assert_eq!(ids(&world).len(), 2);
    site.now_says(ok(&feed(true, &moved[1..])));
    world.all(3 * DAY).await;
    assert_eq!(world.shown(), ["Visite"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_with_an_event_tomorrow_waits_as_long_as_one_that_sleeps() {
    let (soon, late) = (
        Site::saying(ok(&feed(true, &[("a", "a", "2026-10-02")]))),
        Site::saying(ok(&feed(true, &[("a", "a", "2027-05-02")]))),
    );
    let world = World::of(&[source("late", &late.url("/")), source("soon", &soon.url("/"))]).await;
    for n in 0..20 {
        world.all(n * HOUR / 4).await;
    }
    let (soon, late) = (world.waits("soon", 5 * HOUR).await, world.waits("late", 5 * HOUR).await);
    assert!(soon < HOUR / 2 && late > HOUR, "{soon} s and {late} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_sources_keep_the_news_of_others_back() {
    // More of them than are asked at once; each waits until the test lets it go.
    let wait = Arc::new(AtomicBool::new(true));
    let slow: Vec<Site> = (0..20)
        .map(|_| {
            let wait = wait.clone();
            Site::new(move |_, stream| {
                while wait.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(10));
                }
                drop(stream.write_all(&ok(&one())));
            })
        })
        .collect();
    let quick = Site::saying(ok(&feed(true, &[("q", "Vite", "2026-11-10")])));
    let mut sources: Vec<Source> =
        slow.iter().enumerate().map(|(n, site)| source(&format!("a{n}"), &site.url("/"))).collect();
    sources.push(source("quick", &quick.url("/")));
    let world = Arc::new(World::patient(&sources).await);
    let round = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.all(0).await }
    });
    while world.shown() != ["Vite"] {
        assert!(!round.is_finished(), "it was shown with the slow ones only");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    wait.store(false, Ordering::SeqCst);
    assert_eq!((round.await.unwrap().fetched, world.shown().len()), (21, 21));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_ids_are_of_no_use_is_known_by_them_again() {
    let item = |n: u8, guid: &str| {
        format!(
            "<item><guid isPermaLink='false'>{guid}</guid><title>T{n}</title><link>http://l.example/{n}</link></item>"
        )
    };
    let rss = |items: String| {
        let head = "<title>L</title><link>http://l.example/</link><description>d</description>";
        format!("<rss version='2.0'><channel>{head}{items}</channel></rss>")
    };
    let site = Site::saying(ok(&rss((0..4).map(|n| item(n, "same")).collect())));
    let mut world = World::of(&[source("lab", &site.url("/"))]).await;
    world.all(0).await;
    assert!(world.health("lab").await.by_link);
    let before = world.aggregator.store().entries().await.unwrap();
    assert_eq!(before.len(), 4);
    world.restart().await;
    // Its ids are mended: to go back to them would make every entry new.
    site.now_says(ok(&rss((0..4).map(|n| item(n, &format!("id{n}"))).collect())));
    world.all(DAY).await;
    assert!(world.health("lab").await.by_link);
    let after = world.aggregator.store().entries().await.unwrap();
    assert_eq!(after.iter().map(|e| &e.key).collect::<Vec<_>>(), before.iter().map(|e| &e.key).collect::<Vec<_>>());
}
