//! Why the store could not do what it was asked, and what to do about it.
//!
//! Both databases report trouble in their own codes; here they become a few kinds, each with advice for the person
//! who runs the server. What the database itself said is kept as the source of the error.

use std::error::Error as StdError;

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use crate::event::Id;
use crate::programme::{Slug, SourceKey};

/// What lies below an error, without naming the library it comes from.
type Cause = Box<dyn StdError + Send + Sync>;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address names no database that we know.
    #[error("not a database address: {address}; write sqlite:path/to/file.db or postgres://user@host/name")]
    Address {
        /// The address, without the password.
        address: String,
    },
    /// The database cannot be used.
    #[error("the database {address} cannot be opened: {advice}")]
    Open {
        /// The address, without the password.
        address: String,
        /// What to do.
        advice: &'static str,
        /// What the database said.
        source: Cause,
    },
    /// A later version of essaim has already changed its tables.
    #[error(
        "the database {address} was written by a newer essaim (its step {step} is unknown here): run that version, or restore a backup made before it"
    )]
    Newer {
        /// The address, without the password.
        address: String,
        /// The first migration that we do not know.
        step: i64,
    },
    /// Somebody else saved the event since it was read. Nothing was saved.
    #[error("{id} was changed by someone else in the meantime: read it again, then make the change again")]
    Conflict {
        /// Which event.
        id: Id,
    },
    /// Another event has this address. Nothing was saved.
    #[error("the address {slug} is already that of another event: choose another")]
    SlugTaken {
        /// The last part of the address.
        slug: Slug,
    },
    /// An event was to change its address, which is published for ever. Nothing was saved.
    #[error("{id} is published at another address than {slug}, and keeps it")]
    SlugFixed {
        /// Which event.
        id: Id,
        /// The address that was wanted.
        slug: Slug,
    },
    /// Another process added to the ledger. Nothing was added.
    #[error("the ledger holds {found} records, not {expected}: read it again, then reconcile again")]
    Stale {
        /// How many records the writer knew.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// No source has this key. Nothing was saved.
    #[error("no source is called {key}: register it first")]
    UnknownSource {
        /// The key.
        key: SourceKey,
    },
    /// What would be written could not be read again, such as elements inside each other without end. Nothing was saved.
    #[error("the event {id} cannot be stored: leave it out and report it")]
    Unstorable {
        /// Which event.
        id: Id,
        /// Why.
        source: Cause,
    },
    /// A row does not hold what it should.
    #[error(
        "the stored {what} cannot be read: restore a backup, or run the newer essaim if one has written to this database"
    )]
    Damaged {
        /// Which row.
        what: String,
        /// Why.
        source: Cause,
    },
    /// The database failed.
    #[error("the database failed: {advice}")]
    Database {
        /// What to do.
        advice: &'static str,
        /// What the database said.
        source: Cause,
    },
}

impl Error {
    /// A row that does not hold what it should.
    pub(super) fn damaged(what: impl Into<String>, source: impl Into<Cause>) -> Error {
        Error::Damaged { what: what.into(), source: source.into() }
    }

    /// A database that cannot be opened.
    pub(super) fn open(address: &str, source: sqlx::Error) -> Error {
        Error::Open { address: without_password(address), advice: advice(&source), source: Box::new(source) }
    }

    /// A database whose tables cannot be brought up to date.
    pub(super) fn migration(address: &str, source: MigrateError) -> Error {
        match source {
            MigrateError::VersionMissing(step) => Error::Newer { address: without_password(address), step },
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => Error::open(address, source),
            source => Error::Open {
                address: without_password(address),
                advice: "its tables are not those that this version made: restore a backup",
                source: Box::new(source),
            },
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Error {
        Error::Database { advice: advice(&source), source: Box::new(source) }
    }
}

/// An address as it may be shown and logged.
pub(super) fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    // A password may itself hold an `@`, or be given after the question mark; neither is worth telling apart.
    let rest = rest.split('?').next().unwrap_or(rest);
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}"),
        None => format!("{scheme}://{rest}"),
    }
}

/// Whether SQLite gave up because another process holds the file.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    sqlite_code(error) == Some(5)
}

/// The primary result code (<https://www.sqlite.org/rescode.html>) of an error of SQLite.
fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let error = error.as_database_error()?;
    error.try_downcast_ref::<SqliteError>()?;
    // The rest of the number only refines it.
    error.code()?.parse::<i32>().ok().map(|code| code & 0xff)
}

/// What a person who runs the server can do about it.
fn advice(error: &sqlx::Error) -> &'static str {
    if let Some(code) = sqlite_code(error) {
        return match code {
            5 | 6 => "another program holds it: stop that program, or wait for it, then try again",
            8 => "it may not be written to: give this user the right to write to the file and to its folder",
            10 => "the disk failed: check it, then restore a backup",
            11 => "it is damaged: restore a backup",
            13 => "the disk is full: make room, then try again",
            14 => "create its folder, and give this user the right to read and to write there",
            26 => "it is no SQLite database: check the path, or restore a backup",
            _ => "this should not happen: please report it with the lines below",
        };
    }
    if let Some(code) =
        error.as_database_error().and_then(|e| e.try_downcast_ref::<PgDatabaseError>()).map(|e| e.code())
    {
        return match (code, code.get(..2)) {
            ("3D000", _) => "create it first: createdb --encoding=UTF8 --template=template0 NAME",
            (_, Some("28")) => "PostgreSQL refuses this user: check name and password in the address, and pg_hba.conf",
            ("42501", _) => "give this user the right to create and to write tables in its schema",
            ("3F000", _) => "the schema does not exist: create it, or check search_path",
            ("53300", _) => "PostgreSQL has no connection left: raise max_connections, or run fewer processes",
            ("53100", _) => "the disk is full: make room, then try again",
            ("25006", _) => "PostgreSQL is read-only: give the address of the primary server",
            ("55P03", _) => "another process has been writing for too long: find it in pg_stat_activity",
            ("57P01" | "57P02" | "57P03", _) => "PostgreSQL is starting or stopping: try again",
            _ => "this should not happen: please report it with the lines below",
        };
    }
    match error {
        sqlx::Error::Io(_) => "nothing answers there: check that it runs, and host and port in the address",
        sqlx::Error::Tls(_) => "no secure connection: check the server's certificate, and sslmode in the address",
        sqlx::Error::PoolTimedOut => "it does not answer in time: see what keeps it busy",
        sqlx::Error::PoolClosed => "the server is stopping",
        sqlx::Error::Configuration(_) => "its address cannot be read: write it as postgres://user@host/name",
        _ => "this should not happen: please report it with the lines below",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for address in [
            "postgres://lab:s3cret@db.example/essaim",
            "postgres://lab:s3cret@x@db.example/essaim",
            "postgres://db.example/essaim?user=lab&password=s3cret",
        ] {
            assert!(!without_password(address).contains("s3cret"), "{address}");
            assert!(without_password(address).contains("db.example/essaim"));
        }
        assert_eq!(without_password("sqlite:essaim.db"), "sqlite:essaim.db");
    }
}
