//! Our subscriptions against hubs of every kind. The clock is an argument.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use axum::http::Method;
use tempfile::TempDir;

use super::{Reader, Sent, at};
use crate::event::{Address, Line};
use crate::fetch::{Fetcher, Rules};
use crate::hub::{Follower, Heard, Named, Taken, signature};
use crate::programme::push::{Following, Secret};
use crate::programme::{Role, Source, SourceKey, Trust};
use crate::store::Store;

const TOPIC: &str = "https://lab.example/feed.atom";
const DAY: i64 = 24 * 3600;

fn address(text: &str) -> Address {
    Address::new(text).unwrap()
}

fn key() -> SourceKey {
    SourceKey::new("lab").unwrap()
}

struct Desk {
    _folder: TempDir,
    store: Store,
    follower: Follower,
}

impl Desk {
    async fn open(allow_private_addresses: bool) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("p.db").display())).await.unwrap();
        let source = Source {
            key: key(),
            address: address(TOPIC),
            name: Line::new("Lab").unwrap(),
            region: None,
            language: None,
            zone: None,
            role: Role::Lab,
            trust: Trust::Auto,
            verified_hosts: BTreeSet::new(),
            kind: Default::default(),
            reads_pages: false,
            paused: false,
        };
        store.put_source(&source).await.unwrap();
        let fetcher = Fetcher::new(Rules { allow_private_addresses, ..Rules::default() }).unwrap();
        let base = address("https://programme.example/");
        let follower = Follower::open(store.clone(), fetcher, base).await.unwrap();
        Desk { _folder: folder, store, follower }
    }

    async fn heed(&self, hub: &str, topic: &str, now: i64) {
        let named = Named { source: key(), hub: address(hub), topic: address(topic) };
        self.follower.heed(vec![named], at(now)).await.unwrap();
    }

    /// What is kept of the one subscription.
    async fn kept(&self) -> Following {
        self.store.followings().await.unwrap().pop().unwrap()
    }

    /// Asks what is due, and waits until the hub heard it or it failed.
    async fn begin(&self, now: i64) -> Following {
        self.follower.begin(at(now)).await;
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        self.kept().await
    }

    async fn confirm(&self, token: &str, pairs: &[(&str, &str)], now: i64) -> Option<String> {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.follower.confirm(token, &query, at(now)).await
    }
}

fn asked<'a>(mode: &'a str, topic: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("hub.mode", mode), ("hub.topic", topic), ("hub.challenge", "c4"), ("hub.lease_seconds", "864000")]
}

fn form(sent: &Sent) -> HashMap<String, String> {
    url::form_urlencoded::parse(&sent.body).into_owned().collect()
}

fn sign(secret: &Secret, body: &str) -> String {
    signature::sign(secret, body.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_hub_is_answered_for_what_was_not_asked_of_it() {
    let (desk, hub) = (Desk::open(true).await, Reader::open().await);
    desk.heed(&hub.at("/hub"), TOPIC, 0).await;
    let token = desk.kept().await.token;
    assert_eq!(desk.confirm(&token, &asked("subscribe", TOPIC), 0).await, None, "not asked yet");
    let kept = desk.begin(0).await;
    let sent = &hub.deliveries()[0];
    assert_eq!(sent.headers["content-type"], "application/x-www-form-urlencoded");
    let form = form(sent);
    assert_eq!((form["hub.mode"].as_str(), form["hub.topic"].as_str()), ("subscribe", TOPIC));
    assert_eq!(form["hub.callback"], format!("https://programme.example/hub/{token}"));
    assert_eq!((form["hub.secret"].as_str(), form["hub.secret"].len()), (kept.secret.reveal(), 64));
    assert_ne!(form["hub.secret"], token);

    for (token, mode, topic) in [
        ("0".repeat(64), "subscribe", TOPIC),
        (String::new(), "subscribe", TOPIC),
        (token.clone(), "subscribe", "https://lab.example/other"),
        (token.clone(), "unsubscribe", TOPIC),
        (token.clone(), "publish", TOPIC),
    ] {
        assert_eq!(desk.confirm(&token, &asked(mode, topic), 1).await, None, "{token} {mode} {topic}");
    }
    assert_eq!(desk.confirm(&token, &asked("subscribe", TOPIC), 1).await.as_deref(), Some("c4"));
    assert_eq!(desk.confirm(&token, &asked("subscribe", TOPIC), 2).await, None, "it was asked once");
    assert!(desk.kept().await.holds(at(1)));
    // What changed before the hub promised anything, it told nobody.
    assert_eq!(desk.follower.next().await, Heard { source: key(), said: None });
}

#[tokio::test]
async fn what_its_hub_did_not_sign_is_taken_up() {
    let (desk, hub) = (Desk::open(true).await, Reader::open().await);
    desk.heed(&hub.at("/hub"), TOPIC, 0).await;
    let kept = desk.begin(0).await;
    let signed = sign(&kept.secret, "body");
    let take = |token: &str, signed: Option<&str>, body: &'static str| {
        desk.follower.take(token, signed, Some("application/atom+xml"), body.into())
    };
    assert_eq!(take(&kept.token, None, "body"), Taken::Ignored);
    assert_eq!(take(&kept.token, Some(&signed), "b0dy"), Taken::Ignored);
    assert_eq!(take(&kept.token, Some(&signed.replace("sha256", "sha1")), "body"), Taken::Ignored);
    assert_eq!(take(&kept.token, Some(&sign(&Secret::new("other").unwrap(), "body")), "body"), Taken::Ignored);
    assert_eq!(take(&"0".repeat(64), Some(&signed), "body"), Taken::Gone);
    assert_eq!((desk.follower.numbers().brought, desk.follower.numbers().forged), (0, 4));
    assert_eq!(take(&kept.token, Some(&signed), "body"), Taken::Yes);
    // Of two that wait, the later holds what the earlier held.
    assert_eq!(take(&kept.token, Some(&sign(&kept.secret, "later")), "later"), Taken::Yes);
    let said = desk.follower.next().await.said.unwrap();
    assert_eq!((&said.body[..], said.topic.as_str()), (&b"later"[..], TOPIC));
    let more = tokio::time::timeout(Duration::from_millis(50), desk.follower.next()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn a_lease_is_believed_for_ever_or_ends_before_it_is_renewed() {
    let (desk, hub) = (Desk::open(true).await, Reader::open().await);
    desk.heed(&hub.at("/hub"), TOPIC, 0).await;
    let token = desk.begin(0).await.token;
    let long =
        [("hub.mode", "subscribe"), ("hub.topic", TOPIC), ("hub.challenge", "c"), ("hub.lease_seconds", "99999999")];
    desk.confirm(&token, &long, 0).await.unwrap();
    assert_eq!(desk.kept().await.until, Some(at(14 * DAY)));
    desk.begin(7 * DAY - 1).await;
    assert_eq!(hub.deliveries().len(), 1);
    let asked_again = desk.begin(7 * DAY).await;
    assert_eq!((hub.deliveries().len(), asked_again.until), (2, Some(at(14 * DAY))), "what was promised still holds");
    desk.confirm(&token, &asked("subscribe", TOPIC), 7 * DAY).await.unwrap();
    assert_eq!(desk.kept().await.until, Some(at(17 * DAY)));
    // Only the first time is there something that nobody told.
    assert_eq!(desk.follower.next().await.said, None);
    assert!(tokio::time::timeout(Duration::from_millis(50), desk.follower.next()).await.is_err());
}

#[tokio::test]
async fn a_hub_that_never_confirms_is_believed_or_asked_all_the_time() {
    let (desk, hub) = (Desk::open(true).await, Reader::open().await);
    desk.heed(&hub.at("/hub"), TOPIC, 0).await;
    let mut now = 0;
    for failures in 1..=4 {
        assert!(desk.begin(now).await.asked.is_some());
        let given_up = desk.begin(now + 600).await;
        assert_eq!((given_up.failures, given_up.asked, given_up.until), (failures, None, None));
        now = given_up.due.as_second() - at(0).as_second();
    }
    assert_eq!(hub.deliveries().len(), 4);
    assert_eq!(now, 4 * 600 + 600 + 1200 + 2400 + 4800, "ten minutes, then twice as long each time");
    // One that says no is asked again after a day.
    desk.begin(now).await;
    let denied = [("hub.mode", "denied"), ("hub.topic", TOPIC), ("hub.reason", "full\u{1b}[31m")];
    desk.confirm(&desk.kept().await.token, &denied, now).await.unwrap();
    let kept = desk.kept().await;
    assert_eq!((kept.due, kept.failure.unwrap()), (at(now + DAY), "it refuses: full\\u{1b}[31m".to_owned()));
}

#[tokio::test]
async fn a_hub_that_cannot_be_reached_or_is_inside_our_network_is_asked_or_forgotten() {
    let desk = Desk::open(true).await;
    desk.heed("http://127.0.0.1:1/hub", TOPIC, 0).await;
    let kept = desk.begin(0).await;
    assert_eq!((kept.failures, kept.asked), (1, None));
    let (desk, hub) = (Desk::open(false).await, Reader::open().await);
    desk.heed(&hub.at("/hub"), TOPIC, 0).await;
    let kept = desk.begin(0).await;
    assert!(kept.failure.unwrap().contains("not at a public address"));
    assert_eq!((kept.failures, hub.sent(Method::POST).len()), (1, 0));
}

#[tokio::test]
async fn a_source_that_changes_its_hub_stays_with_the_old_one() {
    let (desk, old, new) = (Desk::open(true).await, Reader::open().await, Reader::open().await);
    desk.heed(&old.at("/hub"), TOPIC, 0).await;
    let before = desk.begin(0).await;
    desk.heed(&old.at("/hub"), TOPIC, 1).await;
    assert_eq!(desk.kept().await.token, before.token, "nothing new was named");
    desk.heed(&new.at("/hub"), TOPIC, 2).await;
    let after = desk.begin(2).await;
    assert_ne!((&after.token, after.secret.reveal()), (&before.token, before.secret.reveal()));
    assert_eq!(form(&old.deliveries()[1])["hub.mode"], "unsubscribe");
    assert_eq!(form(&new.deliveries()[0])["hub.mode"], "subscribe");
    assert_eq!(desk.confirm(&before.token, &asked("unsubscribe", TOPIC), 3).await.as_deref(), Some("c4"));
    assert_eq!(desk.follower.take(&before.token, None, None, "late".into()), Taken::Gone);
    // No hub at all any more.
    desk.follower.heed(Vec::new(), at(4)).await.unwrap();
    assert!(desk.store.followings().await.unwrap().is_empty());
    assert_eq!(desk.follower.numbers().asked, 0);
}

#[tokio::test]
async fn a_restart_forgets_a_subscription() {
    let (desk, hub) = (Desk::open(true).await, Reader::open().await);
    desk.heed(&hub.at("/hub"), TOPIC, 0).await;
    let kept = desk.begin(0).await;
    desk.confirm(&kept.token, &asked("subscribe", TOPIC), 0).await.unwrap();
    let fetcher = Fetcher::new(Rules { allow_private_addresses: true, ..Rules::default() }).unwrap();
    let again = Follower::open(desk.store.clone(), fetcher, address("https://programme.example/")).await.unwrap();
    assert_eq!(again.numbers().confirmed, 1);
    let signed = sign(&kept.secret, "body");
    assert_eq!(again.take(&kept.token, Some(&signed), None, "body".into()), Taken::Yes);
    again.begin(at(4 * DAY)).await;
    assert_eq!(hub.deliveries().len(), 1, "it is renewed at half-life, not at each start");
}
