//! The store, tested on both databases by one suite.
//!
//! SQLite is always there. PostgreSQL is tried when `ESSAIM_TEST_POSTGRES` holds the address of one in which schemas
//! may be made: each test has a schema of its own.

mod aggregator;
mod node;
mod push;

use std::io::Write as _;
use std::sync::Once;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::{Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    Backend, Error, Save, Store, account, begun, decision, draft, entry, ledger, node as node_queries, page, partner,
    push as push_queries, source,
};
use crate::event::{Event, Id, Line, Parts};
use crate::programme::Slug;

/// One empty database.
struct Bench {
    address: String,
    folder: Option<TempDir>,
}

impl Bench {
    fn sqlite() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        // A path is a path: nothing in it is taken for part of a URL.
        let address = format!("sqlite:{}", folder.path().join("été ?mode=ro&x=%23 #1.db").display());
        Bench { address, folder: Some(folder) }
    }

    async fn postgres(server: &str, schema: &str) -> Bench {
        let mut admin = PgConnection::connect(server).await.unwrap();
        admin.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        let mark = if server.contains('?') { '&' } else { '?' };
        Bench { address: format!("{server}{mark}options[search_path]={schema}"), folder: None }
    }

    async fn open(&self) -> Store {
        Store::open(&self.address).await.unwrap()
    }
}

/// Runs a test on an empty SQLite, then on an empty PostgreSQL if there is one.
async fn on_both(test: impl AsyncFn(&Bench)) {
    test(&Bench::sqlite()).await;
    let Ok(server) = std::env::var("ESSAIM_TEST_POSTGRES") else {
        static ONCE: Once = Once::new();
        // Not `eprintln!`, which the test runner swallows when the test succeeds.
        ONCE.call_once(|| {
            let line = "\nSKIPPED: PostgreSQL, since ESSAIM_TEST_POSTGRES is not set (postgres://user@host/name)\n\n";
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        });
        return;
    };
    let schema = format!("essaim_test_{}", Uuid::now_v7().simple());
    test(&Bench::postgres(&server, &schema).await).await;
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
}

/// Runs a statement that only a test needs.
async fn run(store: &Store, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match &store.backend {
        Backend::Sqlite { write, .. } => drop(write.execute(sql).await.unwrap()),
        Backend::Postgres(pool) => drop(pool.execute(sql).await.unwrap()),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn line(text: &str) -> Line {
    Line::new(text).unwrap()
}

fn event(name: &str, title: &str) -> Event {
    Event::new(Parts::new(id(&format!("tag:lab.example,2026:{name}")), line(title), at(1_790_000_000))).unwrap()
}

fn save(name: &str, title: &str, expected: u32) -> Save {
    let slug = Slug::new(name).unwrap();
    Save { event: event(name, title), slug, withdrawn: None, action: "published", expected }
}

#[tokio::test]
async fn every_query_is_understood_by_both_databases() {
    on_both(async |bench| {
        let store = bench.open().await;
        let mut all = [
            super::ALL,
            node_queries::ALL,
            account::ALL,
            begun::ALL,
            draft::ALL,
            partner::ALL,
            source::ALL,
            entry::ALL,
            decision::ALL,
            ledger::ALL,
            page::ALL,
            push_queries::ALL,
        ]
        .concat();
        all.push(("APPEND_MANY", ledger::APPEND_MANY.as_str()));
        all.push(("PUT_ENTRIES", entry::PUT_ENTRIES.as_str()));
        all.push(("SET_HEALTHS", entry::SET_HEALTHS.as_str()));
        all.push(("ADD_POLLS", entry::ADD_POLLS.as_str()));
        for (name, text) in all {
            let done = match &store.backend {
                Backend::Sqlite { write, .. } => write.prepare(text.into_sql_str()).await.map(drop),
                Backend::Postgres(pool) => pool.prepare(text.into_sql_str()).await.map(drop),
            };
            done.unwrap_or_else(|error| panic!("{name} on {store:?}: {error}"));
        }
    })
    .await;
}

#[tokio::test]
async fn opening_again_finds_everything() {
    on_both(async |bench| {
        let store = bench.open().await;
        store.save(&[save("a", "Un", 0)], at(1), "Zoé").await.unwrap();
        store.set_setting("hub", "un\0deux").await.unwrap();
        let (kept, revision) = (store.kept().await.unwrap(), store.revision().await.unwrap());
        store.close().await;

        let store = bench.open().await;
        assert_eq!(store.kept().await.unwrap(), kept);
        assert_eq!(store.revision().await.unwrap(), revision);
        assert_eq!(store.setting("hub").await.unwrap().as_deref(), Some("un\u{FFFD}deux"));
        assert_eq!(store.setting("none").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_together_share_a_new_database() {
    on_both(async |bench| {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let address = bench.address.clone();
                tokio::spawn(async move { Store::open(&address).await.map(drop) })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn every_write_raises_the_revision_for_other_processes() {
    on_both(async |bench| {
        let (here, there) = (bench.open().await, bench.open().await);
        assert_eq!(there.revision().await.unwrap(), 0);
        here.save(&[save("a", "Un", 0), save("b", "Deux", 0)], at(1), "Zoé").await.unwrap();
        assert_eq!(there.revision().await.unwrap(), 1);
        here.set_setting("a", "b").await.unwrap();
        assert_eq!(there.revision().await.unwrap(), 2);
        // What was refused changed nothing, and nobody need read again.
        here.save(&[save("a", "Un", 0)], at(1), "Zoé").await.unwrap_err();
        here.save(&[], at(1), "Zoé").await.unwrap();
        here.append(&[], 0).await.unwrap();
        assert_eq!(there.revision().await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn sqlite_is_set_to_survive_a_power_cut() {
    let bench = Bench::sqlite();
    let store = bench.open().await;
    let Backend::Sqlite { read, write } = &store.backend else { panic!("not SQLite") };
    for (pragma, value) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"));
        let found: String = sqlx::query_scalar(sql).fetch_one(write).await.unwrap();
        assert_eq!(found, value, "{pragma}");
    }
    assert!(read.execute("DELETE FROM history").await.is_err(), "a reader could write");
}

#[tokio::test]
async fn a_database_that_cannot_be_used_says_what_to_do() {
    for address in ["essaim.db", "mysql://x/y", "sqlite:", "sqlite::memory:", ""] {
        assert!(matches!(Store::open(address).await, Err(Error::Address { .. })), "{address}");
    }
    let bench = Bench::sqlite();
    let path = bench.folder.as_ref().unwrap().path();
    let open = async |name: &str| {
        let address = format!("sqlite:{}", path.join(name).display());
        Store::open_waiting(&address, Duration::from_millis(300)).await.unwrap_err().to_string()
    };

    assert!(open("missing/essaim.db").await.contains("create its folder"));

    std::fs::write(path.join("letter.db"), "Bonjour, ".repeat(1000)).unwrap();
    assert!(open("letter.db").await.contains("it is no SQLite database"));

    drop(Store::open(&format!("sqlite:{}", path.join("locked.db").display())).await.unwrap());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path.join("locked.db"));
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    assert!(open("locked.db").await.contains("another program holds it"));

    let password = "s3cret";
    let address = format!("postgres://essaim:{password}@127.0.0.1:1/essaim");
    let text = Store::open(&address).await.unwrap_err().to_string();
    assert!(text.contains("check that it runs") && !text.contains(password), "{text}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    on_both(async |bench| {
        let store = bench.open().await;
        let newer = "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
            SELECT 9999, 'later', installed_on, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
        run(&store, newer).await;
        let error = Store::open(&bench.address).await.unwrap_err();
        assert!(matches!(error, Error::Newer { step: 9999, .. }), "{error}");
        assert!(error.to_string().contains("newer essaim"));
    })
    .await;
}

#[tokio::test]
async fn a_row_that_was_tampered_with_is_named() {
    on_both(async |bench| {
        let store = bench.open().await;
        store.save(&[save("a", "Un", 0)], at(1), "Zoé").await.unwrap();
        run(&store, "UPDATE kept SET event = '{}'").await;
        let error = store.kept().await.unwrap_err();
        assert!(error.to_string().contains("tag:lab.example,2026:a"), "{error}");
    })
    .await;
}
