//! What outlives the process.
//!
//! Hides that there are two databases, SQLite and PostgreSQL, and all of SQL. Each query is written once and runs on
//! both; what differs is opening, in this file. Writers take turns, one transaction at a time, and a write that was
//! answered with `Ok` survives a crash. Readers never wait for writers.

mod account;
mod begun;
mod decision;
mod draft;
mod entry;
mod error;
mod ledger;
mod node;
mod page;
pub mod partner;
mod push;
mod source;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

pub use account::{Attempts, Given, Identity};
pub use draft::Draft;
pub use entry::{Batch, PutEntry, StoredEntry};
pub use error::Error;
pub use node::{Save, Version};
pub use source::Poll;

use self::begun::Begun;
use crate::event::text::hex;
use crate::event::{Event, Id};

mod backup;
pub use backup::{About, Refusal};

/// What every function here gives.
pub type Result<T> = std::result::Result<T, Error>;

/// The tables and their history. A file added to the folder is seen at the next change of this one.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How a write transaction begins on SQLite: with the write lock. Taken later, at the first write, the lock fails at
/// once when somebody wrote since the first read.
const SQLITE_BEGIN: &str = "BEGIN IMMEDIATE";
/// How a write transaction begins on PostgreSQL. Said, since a server may default to another level: after waiting for
/// the lock on the revision, a writer must see what the one before it wrote.
const POSTGRES_BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// What a connection to PostgreSQL is told first. A process that stops in the middle of a write must not stop the
/// others, and one that waits must say so in the end.
const POSTGRES_SESSION: &str = "SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'";

/// How long SQLite waits for another process to finish writing. A nation's first round takes a few seconds.
const BUSY: Duration = Duration::from_secs(15);
/// How long between two attempts to open a file that another process is making: SQLite does not wait by itself while
/// the journal mode changes.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a request waits for a free connection before it fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// Reads are short; more readers than this only compete for the disk.
const SQLITE_READERS: u32 = 4;
/// How long SQLite's journal grows (pages of 4 KiB) before it is carried into the file: what a few writes of a round fill,
/// where SQLite's own thousand are one.
const JOURNAL: &str = "4000";
/// A stock PostgreSQL serves 100; several processes share it.
const POSTGRES_CONNECTIONS: u32 = 8;

/// The database. Cheap to clone: all clones share its connections.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    begun: Arc<Begun>,
}

/// Which database it is: nobody outside this room knows.
#[derive(Clone)]
enum Backend {
    Sqlite {
        /// Cannot write, whatever it is asked.
        read: SqlitePool,
        /// Of one connection: SQLite has one writer, and waiting for it here is cheaper and fairer than there.
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// Compiles one body for each database, on a pool that reads.
macro_rules! reading {
    ($store:expr, |$db:ident| $body:expr) => {
        match &$store.backend {
            $crate::store::Backend::Sqlite { read: $db, .. } => $body,
            $crate::store::Backend::Postgres($db) => $body,
        }
    };
}
use reading;

/// Compiles one body for each database, in a transaction that is alone in writing: it commits when the body gives
/// `Ok`, and leaves nothing behind when it gives `Err`. `return` leaves the body, not the function.
macro_rules! writing {
    ($store:expr, |$tx:ident| $body:expr) => {
        match &$store.backend {
            $crate::store::Backend::Sqlite { write, .. } => {
                $crate::store::writing!(@in write, $crate::store::SQLITE_BEGIN, $tx, $body)
            }
            $crate::store::Backend::Postgres(pool) => {
                $crate::store::writing!(@in pool, $crate::store::POSTGRES_BEGIN, $tx, $body)
            }
        }
    };
    (@in $pool:expr, $begin:expr, $tx:ident, $body:expr) => {{
        let mut transaction = $pool.begin_with($begin).await?;
        let done: $crate::store::Result<_> = async {
            let $tx = &mut *transaction;
            // First, because on PostgreSQL it is what makes writers take turns.
            sqlx::query($crate::store::RAISE).execute(&mut *$tx).await?;
            $body
        }
        .await;
        match done {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // The database rolls back by itself if this fails; the first error is the one to tell.
                transaction.rollback().await.ok();
                Err(error)
            }
        }
    }};
}
use writing;

/// Compiles one body for each database, for a note that no reader looks at: the revision stays.
macro_rules! noting {
    ($store:expr, |$db:ident| $body:expr) => {
        match &$store.backend {
            $crate::store::Backend::Sqlite { write: $db, .. } => $body,
            $crate::store::Backend::Postgres($db) => $body,
        }
    };
}
use noting;

/// Declares the queries of a file, and the list from which a test prepares each of them on both databases.
macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$doc])* pub(super) const $name: &str = $text;)+
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $text)),+];
    };
}
use queries;

queries! {
    /// Takes the turn to write.
    RAISE = "UPDATE revision SET number = number + 1 WHERE only_row = 1";
    REVISION = "SELECT number FROM revision WHERE only_row = 1";
    SETTING = "SELECT value FROM setting WHERE name = $1";
    SET_SETTING = "INSERT INTO setting (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

impl Store {
    /// Opens the database at `address` (`sqlite:path/to/file.db` or `postgres://user@host/name`), creates the file if
    /// it is SQLite and not there, and brings the tables up to date.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Open`] or [`Error::Newer`], each saying what to do.
    pub async fn open(address: &str) -> Result<Store> {
        Store::open_waiting(address, BUSY).await
    }

    /// Opens, waiting no longer than `busy` for other processes.
    async fn open_waiting(address: &str, busy: Duration) -> Result<Store> {
        let unknown = || Error::Address { address: error::without_password(address) };
        let (scheme, rest) = address.split_once(':').ok_or_else(unknown)?;
        let backend = match scheme {
            // The path is taken as it is written, `?` and `%` too: it is a path, not a URL.
            "sqlite" => match rest.strip_prefix("//").unwrap_or(rest) {
                // In memory each connection would have a database of its own.
                "" | ":memory:" => return Err(unknown()),
                path => open_sqlite(address, path, busy).await?,
            },
            "postgres" | "postgresql" => open_postgres(address).await?,
            _ => return Err(unknown()),
        };
        Ok(Store { backend, begun: Arc::default() })
    }

    /// Lets go of the database once what is under way is done. Not needed for what was written to be safe; SQLite
    /// then leaves one file instead of three.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Backend::Postgres(pool) => pool.close().await,
        }
    }

    /// How often anything was written, by whatever process: while it stays the same, what was read stays true.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn revision(&self) -> Result<i64> {
        Ok(reading!(self, |db| sqlx::query_scalar(REVISION).fetch_one(db).await)?)
    }

    /// What is remembered under a name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        Ok(reading!(self, |db| sqlx::query_scalar(SETTING).bind(name).fetch_optional(db).await)?)
    }

    /// Remembers a value under a name, instead of what was there.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        let value = text(value);
        writing!(self, |tx| {
            sqlx::query(SET_SETTING).bind(name).bind(&*value).execute(&mut *tx).await?;
            Ok(())
        })
    }
}

impl fmt::Debug for Store {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.backend {
            Backend::Sqlite { .. } => f.write_str("Store(SQLite)"),
            Backend::Postgres(_) => f.write_str("Store(PostgreSQL)"),
        }
    }
}

async fn open_sqlite(address: &str, path: &str, busy: Duration) -> Result<Backend> {
    let file = SqliteConnectOptions::new().filename(path).foreign_keys(true).busy_timeout(busy);
    let writer = file
        .clone()
        .create_if_missing(true)
        // So that readers and the writer do not wait for each other.
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", JOURNAL)
        // With WAL, anything less may lose the last commits when the machine loses power.
        .synchronous(SqliteSynchronous::Full);
    let failed = |source| Error::open(address, source);

    let started = tokio::time::Instant::now();
    let write = loop {
        // The one connection is kept, so that the journal stays where readers look for it.
        let pool = SqlitePoolOptions::new().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
        match pool.acquire_timeout(PATIENCE).connect_with(writer.clone()).await {
            Ok(pool) => break pool,
            Err(source) if error::is_busy(&source) && started.elapsed() < busy => tokio::time::sleep(PAUSE).await,
            Err(source) => return Err(failed(source)),
        }
    };

    // One transaction for all steps: of two processes that start at once, the second finds the work done.
    let mut tx = write.begin_with(SQLITE_BEGIN).await.map_err(failed)?;
    // Not `run`, whose future the compiler does not believe to be `Send` when it is given a connection.
    MIGRATIONS.run_direct(None, &mut *tx, false).await.map_err(|e| Error::migration(address, e))?;
    tx.commit().await.map_err(failed)?;

    let read = SqlitePoolOptions::new().max_connections(SQLITE_READERS).acquire_timeout(PATIENCE);
    let read = read.connect_with(file.read_only(true)).await.map_err(failed)?;
    Ok(Backend::Sqlite { read, write })
}

async fn open_postgres(address: &str) -> Result<Backend> {
    let failed = |source| Error::open(address, source);
    let options = PgConnectOptions::from_str(address).map_err(failed)?.application_name("essaim");

    // One connection by itself: a pool tries again and again, and in the end says only that it waited in vain.
    let connection = tokio::time::timeout(PATIENCE, options.connect()).await;
    let mut connection = connection.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(failed)?;
    let encoding: String =
        sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut connection).await.map_err(failed)?;
    if encoding != "UTF8" {
        return Err(Error::Open {
            address: error::without_password(address),
            advice: "it does not hold every language: createdb --encoding=UTF8 --template=template0 NAME",
            source: format!("its encoding is {encoding}").into(),
        });
    }
    sqlx::raw_sql(POSTGRES_SESSION).execute(&mut connection).await.map_err(failed)?;
    // Several processes may do this at once: the library takes a lock of its own.
    MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(|e| Error::migration(address, e))?;
    connection.close().await.map_err(failed)?;

    let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(PATIENCE);
    let pool = pool.after_connect(|connection, _| {
        Box::pin(async move { sqlx::raw_sql(POSTGRES_SESSION).execute(connection).await.map(drop) })
    });
    Ok(Backend::Postgres(pool.connect_lazy_with(options)))
}

/// The key of a row whose id somebody else chose; see `kept.hash`.
fn hash(id: &Id) -> String {
    hex(&Sha256::digest(id.as_str()))
}

/// Text as both databases can hold it: PostgreSQL refuses the character NUL, which no XML and no JSON contains.
fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{FFFD}")) } else { Cow::Borrowed(text) }
}

/// A value as JSON.
fn json<T: Serialize>(what: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| Error::damaged(what, source))
}

/// A value from the JSON that [`json`] wrote.
fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| Error::damaged(what, source))
}

/// An event as JSON that is known to give the same event again, and the event it gave.
///
/// Looked at before it is written, because strangers write events, and one that could not be read back would stop
/// every reader of the table.
fn event_json(event: &Event) -> Result<(String, Event)> {
    let unstorable = |source| Error::Unstorable { id: event.id.clone(), source };
    let text = serde_json::to_string(event).map_err(|e| unstorable(e.into()))?;
    let back: Event = serde_json::from_str(&text).map_err(|e| unstorable(e.into()))?;
    if back == *event { Ok((text, back)) } else { Err(unstorable("it reads back as another".into())) }
}

fn event_from_json(id: &str, text: &str) -> Result<Event> {
    serde_json::from_str(text).map_err(|source| Error::damaged(format!("event {id}"), source))
}

/// A string type from what it was stored as.
fn word<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|source: T::Err| Error::damaged(format!("{what} {text}"), source))
}

fn instant(what: &str, second: i64) -> Result<Timestamp> {
    Timestamp::from_second(second).map_err(|source| Error::damaged(format!("time of {what}"), source))
}

fn maybe_instant(what: &str, second: Option<i64>) -> Result<Option<Timestamp>> {
    second.map(|second| instant(what, second)).transpose()
}

fn number(what: &str, number: i64) -> Result<u32> {
    number.try_into().map_err(|source: std::num::TryFromIntError| Error::damaged(what, source))
}
