//! Our hub against subscribers of every kind. The clock is an argument.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Method;
use tempfile::TempDir;

use super::{Reader, at};
use crate::event::{Address, Event, Id, Language, Line, Organiser, Parts};
use crate::fetch::Rules;
use crate::format::{Feed, Head};
use crate::hub::{Hub, Refused, signature};
use crate::programme::push::Secret;
use crate::programme::{Published, Slug};
use crate::snapshot::{Current, Snapshot};
use crate::store::Store;

const BASE: &str = "https://lab.example/";
const TOPIC: &str = "https://lab.example/feed.atom";

fn snapshot(base: &str, title: &str) -> Snapshot {
    let line = |text: &str| Line::new(text).unwrap();
    let event = Event::new(Parts::new(Id::new("tag:lab.example,2026:e").unwrap(), line(title), at(0))).unwrap();
    let slug = Slug::new("e").unwrap();
    let published = Published {
        event,
        slug,
        uids: Default::default(),
        copies: Vec::new(),
        doubts: Vec::new(),
        voices: Default::default(),
    };
    let head = Head {
        id: Id::new("tag:lab.example,2026:programme").unwrap(),
        title: line("Lab"),
        subtitle: None,
        language: Language::new("fr").unwrap(),
        zone: None,
        updated: at(0),
        author: Organiser { name: line("Lab"), page: None, role: None },
        base: Address::new(base).unwrap(),
        stem: "feed",
        licence: None,
        rights: None,
        regions: Vec::new(),
        complete: true,
        hub: Address::new(&format!("{base}hub")).ok(),
    };
    Snapshot::new(Feed { head, events: vec![Arc::new(published)], tombstones: Vec::new() }, [])
}

/// A hub with what it publishes.
struct Server {
    folder: TempDir,
    current: Arc<Current>,
    hub: Hub,
}

impl Server {
    async fn open() -> Server {
        Server::open_with(Rules { allow_private_addresses: true, ..Rules::default() }).await
    }

    async fn open_with(rules: Rules) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let current = Arc::new(Current::new(snapshot(BASE, "Un")));
        let hub = hub(&folder, rules, &current).await;
        Server { folder, current, hub }
    }

    /// The same server after a restart, publishing this.
    async fn restart(self, snapshot: Snapshot) -> Server {
        let current = Arc::new(Current::new(snapshot));
        let rules = Rules { allow_private_addresses: true, ..Rules::default() };
        let hub = hub(&self.folder, rules, &current).await;
        Server { folder: self.folder, current, hub }
    }

    fn publish(&self, title: &str) -> Bytes {
        self.current.publish(snapshot(BASE, title));
        self.current.load().output("atom").unwrap().plain.body.clone()
    }

    /// Asks, and lets the callback answer.
    async fn ask(&self, form: &[(&str, &str)], now: i64) -> Result<(), Refused> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.hub.ask(form.as_bytes(), at(now))?;
        self.hub.turn(at(now)).await;
        Ok(())
    }

    async fn subscribe(&self, callback: &str, now: i64) {
        self.ask(&subscribe(callback), now).await.unwrap();
    }

    fn subscriptions(&self) -> u64 {
        self.hub.numbers().subscriptions
    }
}

async fn hub(folder: &TempDir, rules: Rules, current: &Arc<Current>) -> Hub {
    let store = Store::open(&format!("sqlite:{}", folder.path().join("hub.db").display())).await.unwrap();
    Hub::open(store, rules, Arc::clone(current)).await.unwrap()
}

fn subscribe(callback: &str) -> [(&str, &str); 3] {
    [("hub.mode", "subscribe"), ("hub.callback", callback), ("hub.topic", TOPIC)]
}

#[tokio::test]
async fn a_subscriber_that_confirms_is_not_told_what_changes_whole_and_signed() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    let callback = reader.at("/a?mine=1&x=%C3%A9");
    let secret = [("hub.secret", "s3cret"), ("hub.lease_seconds", "3600"), ("unknown", "x")];
    server.ask(&[&subscribe(&callback)[..], &secret].concat(), 0).await.unwrap();
    let asked = &reader.sent(Method::GET)[0];
    assert_eq!((asked.query["hub.mode"].as_str(), asked.query["hub.topic"].as_str()), ("subscribe", TOPIC));
    assert_eq!((asked.query["hub.lease_seconds"].as_str(), asked.query["mine"].as_str()), ("3600", "1"));
    assert_eq!(asked.query["x"], "é");
    assert!(reader.deliveries().is_empty(), "nothing has changed yet");

    let body = server.publish("Deux");
    server.hub.turn(at(1)).await;
    let told = reader.deliveries();
    assert_eq!((told.len(), &told[0].body, told[0].path.as_str()), (1, &body, "/a"));
    let header = |name: &str| told[0].headers[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/atom+xml; charset=utf-8");
    assert_eq!(header("link"), "<https://lab.example/hub>; rel=\"hub\", <https://lab.example/feed.atom>; rel=\"self\"");
    assert!(header("x-hub-signature").starts_with("sha256="));
    assert!(signature::verify(&Secret::new("s3cret").unwrap(), header("x-hub-signature"), &body));

    // The same bytes again are nothing to tell.
    server.publish("Deux");
    server.hub.turn(at(2)).await;
    assert_eq!(reader.deliveries().len(), 1);
    assert_eq!((server.hub.numbers().delivered, server.hub.numbers().failed), (1, 0));
}

#[tokio::test]
async fn who_does_not_confirm_exactly_is_subscribed() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    for path in ["/refuses", "/wrong", "/longer", "/moves"] {
        server.subscribe(&reader.at(path), 0).await;
        assert_eq!(server.subscriptions(), 0, "{path}");
    }
    assert_eq!(server.hub.numbers().unconfirmed, 4);
    server.subscribe("http://127.0.0.1:1/nobody", 0).await;
    assert_eq!(server.subscriptions(), 0);
    // Nor can anyone unsubscribe another.
    server.subscribe(&reader.at("/a"), 0).await;
    let others = [("hub.mode", "unsubscribe"), ("hub.callback", &reader.at("/refuses")), ("hub.topic", TOPIC)];
    server.ask(&others, 0).await.unwrap();
    assert_eq!(server.subscriptions(), 1);
}

#[tokio::test]
async fn who_unsubscribed_or_let_the_lease_end_is_told() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    server.subscribe(&reader.at("/a"), 0).await;
    server.ask(&[&subscribe(&reader.at("/b"))[..], &[("hub.lease_seconds", "1")]].concat(), 0).await.unwrap();
    assert_eq!(reader.sent(Method::GET)[1].query["hub.lease_seconds"], "300", "five minutes at least");
    server
        .ask(&[&subscribe(&reader.at("/c"))[..], &[("hub.lease_seconds", "99999999999999999999")]].concat(), 0)
        .await
        .unwrap();
    assert_eq!(reader.sent(Method::GET)[2].query["hub.lease_seconds"], "1209600", "a fortnight at most");
    let leaving = [("hub.mode", "unsubscribe"), ("hub.callback", &reader.at("/a")), ("hub.topic", TOPIC)];
    server.ask(&leaving, 1).await.unwrap();
    server.hub.turn(at(300)).await;
    server.publish("Deux");
    server.hub.turn(at(301)).await;
    let told: Vec<String> = reader.deliveries().into_iter().map(|sent| sent.path).collect();
    assert_eq!((told, server.subscriptions()), (vec!["/c".to_owned()], 1));
    // Renewed in time, it goes on; the store knows.
    server.subscribe(&reader.at("/c"), 1_200_000).await;
    server.hub.turn(at(1_209_601)).await;
    let server = server.restart(snapshot(BASE, "Deux")).await;
    assert_eq!(server.subscriptions(), 1);
    server.hub.turn(at(1_200_000 + 864_001)).await;
    assert_eq!(server.subscriptions(), 0);
    let server = server.restart(snapshot(BASE, "Deux")).await;
    assert_eq!(server.subscriptions(), 0, "the store keeps what is over");
}

#[tokio::test]
async fn a_subscriber_that_fails_is_not_tried_again_or_gets_what_is_old() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    server.subscribe(&reader.at("/twice"), 0).await;
    server.publish("Deux");
    server.hub.turn(at(1)).await;
    server.hub.turn(at(30)).await;
    assert_eq!(reader.deliveries().len(), 1, "not before its time");
    server.hub.turn(at(31)).await;
    let latest = server.publish("Trois");
    server.hub.turn(at(32)).await;
    assert_eq!(reader.deliveries().len(), 2, "what changes is no reason to press someone who fails");
    server.hub.turn(at(91)).await;
    assert_eq!(reader.deliveries().len(), 3);
    assert_eq!(reader.deliveries()[2].body, latest);
    server.hub.turn(at(10_000)).await;
    assert_eq!(reader.deliveries().len(), 3);
}

#[tokio::test]
async fn one_that_is_gone_is_told_again_and_a_redirect_is_followed() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    server.subscribe(&reader.at("/gone"), 0).await;
    server.subscribe(&reader.at("/redirects"), 0).await;
    server.publish("Deux");
    server.hub.turn(at(1)).await;
    server.hub.turn(at(1)).await;
    let mut told: Vec<String> = reader.deliveries().into_iter().map(|sent| sent.path).collect();
    told.sort();
    assert_eq!((told, server.subscriptions()), (vec!["/gone".to_owned(), "/redirects".to_owned()], 1));
}

#[tokio::test]
async fn a_subscriber_that_never_answers_delays_another() {
    let (server, reader, slow) = (Server::open().await, Reader::open().await, Reader::open().await);
    server.subscribe(&slow.at("/slow"), 0).await;
    server.subscribe(&reader.at("/a"), 0).await;
    let hub = server.hub.clone();
    let running = tokio::spawn(async move { hub.run(|| at(1)).await });
    for title in ["Deux", "Trois", "Quatre"] {
        let body = server.publish(title);
        let told = async {
            while reader.deliveries().last().is_none_or(|sent| sent.body != body) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), told).await.expect("who is slow delays who is not");
    }
    assert_eq!(slow.deliveries().len(), 1, "one at a time");
    running.abort();
}

#[tokio::test]
async fn a_restart_loses_a_subscription_or_what_it_is_owed() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    server.subscribe(&reader.at("/twice"), 0).await;
    server.publish("Deux");
    server.hub.turn(at(1)).await;
    // Down while something else is published.
    let server = server.restart(snapshot(BASE, "Trois")).await;
    server.hub.turn(at(2)).await;
    assert_eq!(reader.deliveries().len(), 1, "the pause after a failure holds");
    server.hub.turn(at(31)).await;
    server.hub.turn(at(91)).await;
    let told = reader.deliveries();
    assert_eq!((told.len(), &told[2].body), (3, &server.current.load().output("atom").unwrap().plain.body));
    let server = server.restart(snapshot(BASE, "Trois")).await;
    server.hub.turn(at(100)).await;
    assert_eq!(reader.deliveries().len(), 3, "what was delivered is known to be");
}

#[tokio::test]
async fn who_cannot_be_told_any_more_is_not_told_so() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    server.subscribe(&reader.at("/a"), 0).await;
    // A page of ours that is no feed.
    let form =
        [("hub.mode", "subscribe"), ("hub.callback", &reader.at("/b")), ("hub.topic", "https://lab.example/e/e")];
    server.ask(&form, 0).await.unwrap();
    let server = server.restart(snapshot("https://new.example/", "Un")).await;
    server.hub.turn(at(1)).await;
    let denied = async {
        while reader.sent(Method::GET).len() < 3 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), denied).await.unwrap();
    let denied: Vec<_> = reader.sent(Method::GET).split_off(1);
    assert_eq!((denied[0].path.as_str(), denied[1].path.as_str()), ("/b", "/a"));
    assert!(denied.iter().all(|sent| sent.query["hub.mode"] == "denied" && !sent.query["hub.reason"].is_empty()));
    assert_eq!(denied[1].query["hub.topic"], TOPIC);
    assert_eq!(server.subscriptions(), 0);
}

#[tokio::test]
async fn a_request_that_is_none_asks_anybody_anything() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    let callback = reader.at("/a");
    let long = "x".repeat(200);
    for (form, word) in [
        (vec![], "hub.mode"),
        (vec![("hub.mode", "publish"), ("hub.url", TOPIC)], "hub.mode"),
        (vec![("hub.mode", "subscribe"), ("hub.topic", TOPIC)], "hub.callback"),
        (vec![("hub.mode", "subscribe"), ("hub.callback", &callback)], "hub.topic"),
        (vec![("hub.mode", "subscribe"), ("hub.callback", "ftp://x.example/"), ("hub.topic", TOPIC)], "hub.callback"),
        (
            vec![("hub.mode", "subscribe"), ("hub.callback", &callback), ("hub.topic", "https://other.example/")],
            "hub.topic",
        ),
        ([&subscribe(&callback)[..], &[("hub.lease_seconds", "-1")]].concat(), "hub.lease_seconds"),
        ([&subscribe(&callback)[..], &[("hub.secret", &long)]].concat(), "hub.secret"),
    ] {
        let refused = server.ask(&form, 0).await.unwrap_err();
        assert!(refused.to_string().contains(word), "{refused}");
    }
    assert!(reader.sent.lock().unwrap().is_empty());
    assert_eq!(server.hub.numbers().refused, 8);
}

#[tokio::test]
async fn a_callback_inside_our_network_is_asked() {
    let server = Server::open_with(Rules::default()).await;
    let reader = Reader::open().await;
    let port = reader.address.rsplit(':').next().unwrap();
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let callback = format!("http://{host}:{port}/a");
        let refused = server.ask(&subscribe(&callback), 0).await.unwrap_err();
        assert!(matches!(refused, Refused::Callback(_)), "{host}");
    }
    // A name is only found out when it is resolved.
    server.subscribe(&format!("http://localhost:{port}/a"), 0).await;
    assert!(reader.sent.lock().unwrap().is_empty());
    assert_eq!((server.subscriptions(), server.hub.numbers().unconfirmed), (0, 1));
}

#[tokio::test]
async fn a_flood_of_requests_is_passed_on() {
    let (server, reader) = (Server::open().await, Reader::open().await);
    let mut full = 0;
    for number in 0..200 {
        let asked = server.ask(&subscribe(&reader.at(&format!("/{number}"))), 0).await;
        full += usize::from(asked == Err(Refused::Full));
    }
    assert_eq!((full, reader.sent(Method::GET).len(), server.subscriptions()), (190, 10, 10));
}
