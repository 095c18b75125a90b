//! Subscriptions, kept apart from what is published.

use super::{at, on_both, run};
use crate::event::Address;
use crate::programme::SourceKey;
use crate::programme::push::{Following, Secret, Subscription};

fn address(text: &str) -> Address {
    Address::new(text).unwrap()
}

fn subscription(callback: &str) -> Subscription {
    Subscription {
        callback: address(callback),
        topic: address("https://lab.example/feed.atom"),
        secret: Secret::new("s3cret"),
        until: at(2_000_000_000),
        delivered: "\"etag\"".to_owned(),
        failures: 0,
        after: None,
    }
}

#[tokio::test]
async fn a_subscription_is_lost_or_kept_twice_and_readers_read_everything_again_for_it() {
    on_both(async |bench| {
        let store = bench.open().await;
        let revision = store.revision().await.unwrap();
        let long = subscription(&format!("https://reader.example/{}", "é".repeat(500)));
        let mut short = subscription("https://reader.example/a");
        store.put_subscription(&long).await.unwrap();
        store.put_subscription(&short).await.unwrap();
        short.failures = 3;
        store.put_subscription(&short).await.unwrap();
        store.end_subscription(&long.key()).await.unwrap();
        assert_eq!(bench.open().await.subscriptions().await.unwrap(), [short]);
        assert_eq!(store.revision().await.unwrap(), revision);
    })
    .await;
}

#[tokio::test]
async fn a_following_is_kept_for_its_source_only() {
    on_both(async |bench| {
        let store = bench.open().await;
        let mut following = Following {
            source: SourceKey::new("lab").unwrap(),
            hub: address("https://hub.example/"),
            topic: address("https://lab.example/feed.atom"),
            token: "t".repeat(64),
            secret: Secret::new("s3cret").unwrap(),
            asked: None,
            due: at(1),
            until: None,
            failures: 0,
            failure: None,
        };
        assert!(store.put_following(&following).await.is_err(), "a source that is not there");
        run(
            &store,
            "INSERT INTO source (key, source, paused, health, findings) VALUES ('lab', '{}', FALSE, '{}', '[]')",
        )
        .await;
        store.put_following(&following).await.unwrap();
        following.until = Some(at(5));
        store.put_following(&following).await.unwrap();
        assert_eq!(store.followings().await.unwrap(), [following.clone()]);
        assert!(!format!("{following:?}").contains("s3cret"), "a log would show the secret");
        store.end_following(&following.source).await.unwrap();
        assert!(store.followings().await.unwrap().is_empty());
    })
    .await;
}
