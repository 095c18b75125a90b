//! The same steps by the libraries alone: what a programme would cost that did nothing but call them. No check, no
//! finding, no identity, no matching; a yardstick, not a peer.

use std::collections::HashMap;
use std::sync::Arc;

use essaim::programme::Source;
use tokio::task::JoinSet;

use crate::generator::gauge::Watch;
use crate::say;

/// Fetches at once, as the aggregator does.
const AT_ONCE: usize = 16;
/// Rows in one insertion.
const ROWS: usize = 100;

/// Fetch with reqwest, parse with feed-rs, clean with ammonia, insert with sqlx, write with atom_syndication.
pub async fn steps(sources: &[Source]) {
    let whole = Watch::start();
    let watch = Watch::start();
    let bodies = fetch(sources).await;
    say("bare: fetched (reqwest)", watch.stop());

    let watch = Watch::start();
    let feeds: Vec<_> = bodies.iter().map(|body| feed_rs::parser::parse(&body[..]).unwrap()).collect();
    say("bare: parsed (feed-rs)", watch.stop());

    let watch = Watch::start();
    let entries: Vec<_> = feeds.into_iter().flat_map(|feed| feed.entries).collect();
    let text = |text: Option<feed_rs::model::Text>| text.map(|text| text.content).unwrap_or_default();
    let cleaned: Vec<(String, String, String)> = entries
        .into_iter()
        .map(|entry| {
            let body = entry.content.and_then(|content| content.body).unwrap_or_default();
            (entry.id, text(entry.title), ammonia::clean(&body))
        })
        .collect();
    say("bare: cleaned (ammonia)", watch.stop());

    let watch = Watch::start();
    insert(&cleaned).await;
    say("bare: inserted (sqlx, SQLite)", watch.stop());

    let watch = Watch::start();
    let entries = cleaned
        .into_iter()
        .map(|(id, title, body)| atom_syndication::Entry {
            id,
            title: atom_syndication::Text::plain(title),
            content: Some(atom_syndication::Content {
                content_type: Some("html".to_owned()),
                value: Some(body),
                ..Default::default()
            }),
            ..Default::default()
        })
        .collect();
    let feed = atom_syndication::Feed { entries, ..Default::default() };
    let bytes = feed.write_to(Vec::new()).unwrap();
    assert!(!bytes.is_empty());
    say("bare: written (atom_syndication)", watch.stop());
    say("bare: all of these", whole.stop());
}

async fn fetch(sources: &[Source]) -> Vec<Vec<u8>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().gzip(true).no_proxy().build().unwrap();
    let mut waiting: Vec<String> = sources.iter().map(|source| source.address.to_string()).collect();
    let mut running = JoinSet::new();
    let mut bodies = Vec::new();
    loop {
        while running.len() < AT_ONCE
            && let Some(address) = waiting.pop()
        {
            let client = client.clone();
            running.spawn(async move { client.get(address).send().await.unwrap().bytes().await.unwrap().to_vec() });
        }
        let Some(body) = running.join_next().await else { return bodies };
        bodies.push(body.unwrap());
    }
}

async fn insert(rows: &[(String, String, String)]) {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(folder.path().join("bare.db")).create_if_missing(true);
    let pool = SqlitePool::connect_with(options.journal_mode(SqliteJournalMode::Wal)).await.unwrap();
    sqlx::query("CREATE TABLE entry (id TEXT PRIMARY KEY, title TEXT, body TEXT)").execute(&pool).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    let texts: HashMap<usize, Arc<str>> = rows
        .chunks(ROWS)
        .map(|chunk| {
            let places: Vec<String> =
                (0..chunk.len()).map(|row| format!("(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3)).collect();
            (chunk.len(), format!("INSERT INTO entry VALUES {}", places.join(", ")).into())
        })
        .collect();
    for chunk in rows.chunks(ROWS) {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(texts[&chunk.len()].to_string()));
        for (id, title, body) in chunk {
            query = query.bind(id).bind(title).bind(body);
        }
        query.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
}
