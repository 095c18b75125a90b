//! Rounds and pushes against feeds on real sockets, and what the store then knows.

use super::*;
use crate::fetch::Rules;
use crate::programme::{Role, Trust};

fn source(n: u16) -> Source {
    Source {
        key: SourceKey::new(&format!("lab{n}")).unwrap(),
        address: Address::new(&format!("http://127.0.0.1:{n}/feed.atom")).unwrap(),
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
    }
}

fn settings() -> Settings {
    Settings {
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
    }
}

#[tokio::test]
async fn what_was_asked_for_before_a_push_is_taken_for_newer_than_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("p.db").display())).await.unwrap();
    let feed = |title: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>F</title><updated>2024-01-01T00:00:00Z</updated>\
             <entry><id>e</id><title>{title}</title><updated>2024-01-01T00:00:00Z</updated></entry></feed>"
        )
    };
    // The answer is what was published when it was asked for, and comes when it is let go.
    let (asked, go) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let (before, old) = (Arc::new(Mutex::new(Some(feed("Premier")))), feed("Ancien"));
    let (seen, wait) = (Arc::clone(&asked), Arc::clone(&go));
    let answer = move || async move {
        let published = before.lock().await.take().unwrap_or(old);
        seen.notify_one();
        wait.notified().await;
        published
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = axum::Router::new().route("/feed.atom", axum::routing::get(answer));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let fetcher = Fetcher::new(Rules { allow_private_addresses: true, ..Rules::default() }).unwrap();
    let now = Timestamp::from_second(1_760_000_000).unwrap();
    let source = source(port);
    let opened = Aggregator::open(store, fetcher, settings(), std::slice::from_ref(&source), now).await;
    let aggregator = Arc::new(opened.unwrap());
    let round = || {
        let aggregator = Arc::clone(&aggregator);
        tokio::spawn(async move { aggregator.round(Which::All, now, |_, _, _| {}).await.unwrap() })
    };
    go.notify_one();
    round().await.unwrap();
    asked.notified().await;

    let asking = round();
    asked.notified().await;
    let pushed = aggregator.receive(&source.key, &source.address, feed("Nouveau").into(), None, now).await.unwrap();
    assert_eq!(pushed.unwrap().changes.changed.len(), 1);
    go.notify_one();
    assert_eq!(asking.await.unwrap().fetched, 0);
    assert_eq!(aggregator.store.entries().await.unwrap()[0].event.title.as_str(), "Nouveau");
    server.abort();
}

#[tokio::test]
async fn a_round_takes_its_own_writes_for_another_processes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("p.db").display())).await.unwrap();
    // One feed is there; where nobody listens the poll fails, and failures are written too.
    let feed = "<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>F</title><updated>2024-01-01T00:00:00Z</updated>\
                <entry><id>e</id><title>Un</title><updated>2024-01-01T00:00:00Z</updated></entry></feed>";
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = axum::Router::new().route("/feed.atom", axum::routing::get(move || async move { feed }));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let fetcher = Fetcher::new(Rules { allow_private_addresses: true, ..Rules::default() }).unwrap();
    let now = Timestamp::from_second(1_760_000_000).unwrap();
    let sources = [source(1), source(port)];
    let aggregator = Aggregator::open(store, fetcher, settings(), &sources, now).await.unwrap();
    for added in [1, 0] {
        let round = aggregator.round(Which::All, now, |_, _, _| {}).await.unwrap();
        assert_eq!((round.failed, round.changes.added.len()), (1, added));
        let known = aggregator.state.lock().await.revision;
        assert_eq!(known, aggregator.store.revision().await.unwrap());
    }
    // What a hub hands on is shown at once, and what it leaves out stays.
    let pushed = feed.replace("<id>e</id>", "<id>n</id>");
    let key = SourceKey::new(&format!("lab{port}")).unwrap();
    let topic = source(port).address;
    let round = aggregator.receive(&key, &topic, pushed.into(), None, now).await.unwrap().unwrap();
    assert_eq!((round.fetched, round.events, round.changes.added.len()), (1, 2, 1));
    assert!(aggregator.store.entries().await.unwrap().iter().all(|e| e.presence == Presence::Listed));
    // What calls itself otherwise, or is no feed, is not believed: the source itself is asked.
    let due = async || aggregator.store.due(now).await.unwrap().iter().any(|(due, _)| due.key == key);
    assert!(!due().await);
    let other = "<link rel='self' href='https://other.example/'/><id>f</id>";
    for untrue in [feed.replace("<id>f</id>", "<id>g</id>"), feed.replace("<id>f</id>", other), "<html/>".to_owned()] {
        assert_eq!(aggregator.receive(&key, &topic, untrue.into(), None, now).await.unwrap(), None);
        assert!(due().await);
        aggregator.round(Which::Due, now, |_, _, _| {}).await.unwrap();
        assert!(!due().await);
    }
    assert_eq!(aggregator.store.source_health(&key).await.unwrap().failures, 0, "whoever pushes harms a source");
    assert_eq!(aggregator.state.lock().await.revision, aggregator.store.revision().await.unwrap());
    // What another writes is seen.
    aggregator.store.set_setting("x", "y").await.unwrap();
    assert_ne!(aggregator.state.lock().await.revision, aggregator.store.revision().await.unwrap());
    server.abort();
}
