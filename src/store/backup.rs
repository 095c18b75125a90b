//! All that a database holds, as one stream of text that either database gives and takes.
//!
//! A backup is read within one transaction, so that it is the database at one instant while others write. It says
//! itself what it is: a first line of JSON with its format and tables, a line before each table with its columns, a line
//! a row, and a last one with their number, without which it was cut off. Tables are found by asking the database, so
//! that a new one needs no line here. Nothing in it tells which database it came from.

use std::io::{BufRead, Write};

use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::{Backend, Error, MIGRATIONS, POSTGRES_BEGIN, Result, SQLITE_BEGIN, Store};

/// What the first line calls it.
const FORMAT: &str = "essaim-backup";
/// The version of the format.
const VERSION: u32 = 1;
/// The longest line that is read, in bytes: an event with all its text is well below it.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// What the first line of a backup says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// `essaim backup`’s own name for its format.
    pub format: String,
    /// The version of that format.
    pub version: u32,
    /// The essaim that made it.
    pub essaim: String,
    /// When.
    pub made: Timestamp,
    /// The last step of the tables' history that it knows.
    pub step: i64,
    /// Its tables, in their order.
    pub tables: Vec<String>,
}

/// A table's line.
#[derive(Debug, Serialize, Deserialize)]
struct Table {
    table: String,
    columns: Vec<(String, Kind)>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
struct End {
    end: u64,
}

/// The kinds of columns that both databases have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Text,
    Number,
    Boolean,
    Bytes,
}

impl Kind {
    fn of(declared: &str) -> Option<Kind> {
        match declared.to_ascii_lowercase().as_str() {
            "text" => Some(Kind::Text),
            "bigint" | "integer" => Some(Kind::Number),
            "boolean" => Some(Kind::Boolean),
            "blob" | "bytea" => Some(Kind::Bytes),
            _ => None,
        }
    }
}

/// Why a backup cannot be taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is no backup of ours.
    #[error("this is no backup of essaim")]
    NotOne,
    /// It ends before its end.
    #[error("the backup is cut off or damaged: {0}")]
    Damaged(String),
    /// A later version made it.
    #[error("the backup was made by a newer essaim ({0}): restore it with that version")]
    Newer(String),
    /// The database holds something.
    #[error("the database already holds something (table {0}): restore into an empty one, or add --replace")]
    NotEmpty(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Refusal {
        Refusal::Store(error.into())
    }
}

fn cut(error: impl std::fmt::Display) -> Refusal {
    Refusal::Damaged(error.to_string())
}

/// Tables of a database in the order they were made, so that those a row names come before it; and their columns.
const SQLITE_TABLES: &str = "SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY rowid";
const SQLITE_COLUMNS: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";
const POSTGRES_TABLES: &str = "SELECT relname::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND left(relname, 5) <> '_sqlx' ORDER BY oid";
const POSTGRES_COLUMNS: &str = "SELECT column_name::text, data_type::text FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
/// All reads see one instant.
const POSTGRES_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A name of a column or table of ours: letters, digits and underscores.
fn name(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The tables of a database and their columns, within a transaction.
macro_rules! tables {
    ($tx:expr, $tables:expr, $columns:expr) => {{
        let mut all: Vec<Table> = Vec::new();
        let names: Vec<String> = sqlx::query_scalar($tables).fetch_all(&mut *$tx).await?;
        for table in names {
            let columns: Vec<(String, String)> = sqlx::query_as($columns).bind(&table).fetch_all(&mut *$tx).await?;
            let kinds = columns.into_iter().map(|(column, declared)| {
                let unknown = || Error::damaged(format!("table {table}"), format!("a column of {declared}"));
                Kind::of(&declared).map(|kind| (column, kind)).ok_or_else(unknown)
            });
            let columns = kinds.collect::<Result<Vec<_>>>()?;
            all.push(Table { table, columns });
        }
        all
    }};
}

/// One row as a line of JSON, made by the database.
fn row_as_json(table: &Table, postgres: bool) -> String {
    let columns = table.columns.iter().map(|(column, kind)| match (kind, postgres) {
        (Kind::Bytes, true) => format!("encode(\"{column}\", 'hex')"),
        (Kind::Bytes, false) => format!("lower(hex(\"{column}\"))"),
        _ => format!("\"{column}\""),
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let array = if postgres { format!("json_build_array({columns})::text") } else { format!("json_array({columns})") };
    let order = table.columns.first().map(|(column, _)| format!(" ORDER BY \"{column}\"")).unwrap_or_default();
    format!("SELECT {array} FROM \"{}\"{order}", table.table)
}

macro_rules! write_rows {
    ($tx:expr, $tables:expr, $postgres:expr, $to:expr, $made:expr) => {{
        let failed = |error: std::io::Error| Error::damaged("backup", error);
        let about = About {
            format: FORMAT.to_owned(),
            version: VERSION,
            essaim: env!("CARGO_PKG_VERSION").to_owned(),
            made: $made,
            step: step(),
            tables: $tables.iter().map(|table| table.table.clone()).collect(),
        };
        writeln!($to, "{}", super::json("backup", &about)?).map_err(failed)?;
        let mut count = 0;
        for table in &$tables {
            writeln!($to, "{}", super::json("backup", table)?).map_err(failed)?;
            let query = AssertSqlSafe(row_as_json(table, $postgres));
            let mut rows = sqlx::query_scalar::<_, String>(query).fetch(&mut *$tx);
            while let Some(row) = rows.try_next().await? {
                writeln!($to, "{row}").map_err(failed)?;
                count += 1;
            }
        }
        writeln!($to, "{}", super::json("backup", &End { end: count })?).map_err(failed)?;
        Ok(count)
    }};
}

/// Empties what is to be replaced, or refuses; then puts every row of the backup where it was.
macro_rules! take_back {
    ($tx:expr, $tables:expr, $reader:expr, $about:expr, $replace:expr, $postgres:expr) => {{
        let here = &$tables;
        let mut raised: i64 = 0;
        for table in here.iter().rev() {
            let name = &table.table;
            if name == "revision" {
                // Whoever watches the database is to see that all of it is other than it was.
                raised = sqlx::query_scalar("SELECT max(number) FROM revision").fetch_one(&mut *$tx).await?;
            } else if !$replace {
                let any = AssertSqlSafe(format!("SELECT 1 FROM \"{name}\" LIMIT 1"));
                if sqlx::query(any).fetch_optional(&mut *$tx).await?.is_some() {
                    return Err(Refusal::NotEmpty(name.clone()));
                }
            }
            sqlx::query(AssertSqlSafe(format!("DELETE FROM \"{name}\""))).execute(&mut *$tx).await?;
        }
        let mut count: u64 = 0;
        let mut into: Option<(String, Vec<Kind>)> = None;
        loop {
            let Some(line) = next_line($reader)? else { return Err(Refusal::Damaged("its end is missing".to_owned())) };
            if line.starts_with('{') {
                if let Ok(end) = serde_json::from_str::<End>(&line) {
                    if end.end != count {
                        return Err(Refusal::Damaged(format!("{count} rows of {}", end.end)));
                    }
                    break;
                }
                let table: Table = serde_json::from_str(&line).map_err(cut)?;
                let known = here.iter().find(|known| known.table == table.table);
                let known = known.ok_or_else(|| Refusal::Newer($about.essaim.clone()))?;
                // Only what the tables of this version have, by the names that they have there.
                if let Some((column, _)) = table.columns.iter().find(|column| !known.columns.contains(column)) {
                    return Err(Refusal::Damaged(format!("{}.{column}", table.table)));
                }
                into = Some((insert(&table), table.columns.iter().map(|(_, kind)| *kind).collect()));
                continue;
            }
            let Some((insert, kinds)) = &into else { return Err(Refusal::NotOne) };
            let row: Vec<Value> = serde_json::from_str(&line).map_err(cut)?;
            if row.len() != kinds.len() {
                return Err(Refusal::Damaged(format!("row {}", count + 1)));
            }
            let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
            for (value, kind) in row.into_iter().zip(kinds) {
                let wrong = || Refusal::Damaged(format!("row {}", count + 1));
                query = match (kind, value) {
                    (Kind::Text, Value::Null) => query.bind(None::<String>),
                    (Kind::Text, Value::String(text)) => query.bind(text),
                    (Kind::Number, Value::Null) => query.bind(None::<i64>),
                    (Kind::Number, Value::Number(number)) => query.bind(number.as_i64().ok_or_else(wrong)?),
                    (Kind::Boolean, Value::Null) => query.bind(None::<bool>),
                    (Kind::Boolean, Value::Bool(is)) => query.bind(is),
                    // SQLite has no other word for it.
                    (Kind::Boolean, Value::Number(number)) => query.bind(number.as_i64() == Some(1)),
                    (Kind::Bytes, Value::Null) => query.bind(None::<Vec<u8>>),
                    (Kind::Bytes, Value::String(hex)) => query.bind(bytes(&hex).ok_or_else(wrong)?),
                    _ => return Err(wrong()),
                };
            }
            query.execute(&mut *$tx).await?;
            count += 1;
        }
        let raise = "UPDATE revision SET number = CASE WHEN number > $1 THEN number ELSE $1 END + 1";
        sqlx::query(raise).bind(raised).execute(&mut *$tx).await?;
        Ok(count)
    }};
}

impl Store {
    /// Writes all that the database holds at this instant, whoever writes meanwhile; gives the number of rows.
    ///
    /// What is written is to be kept as safe as the database: whoever holds it can be whoever is in it.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Damaged`] where it cannot be written.
    pub async fn back_up(&self, to: &mut impl Write, made: Timestamp) -> Result<u64> {
        match &self.backend {
            Backend::Sqlite { read, .. } => {
                // In WAL, a read transaction sees the database as it was at its first read.
                let mut tx = read.begin().await?;
                let tables = tables!(tx, SQLITE_TABLES, SQLITE_COLUMNS);
                write_rows!(tx, tables, false, to, made)
            }
            Backend::Postgres(pool) => {
                let mut tx = pool.begin_with(POSTGRES_SNAPSHOT).await?;
                let tables = tables!(tx, POSTGRES_TABLES, POSTGRES_COLUMNS);
                write_rows!(tx, tables, true, to, made)
            }
        }
    }

    /// Puts back what [`Store::back_up`] wrote, all of it or nothing; gives the number of rows.
    ///
    /// A database that holds anything is refused, unless it is to be replaced.
    ///
    /// # Errors
    /// [`Refusal`]; the database is as it was then.
    pub async fn restore(&self, from: &mut impl BufRead, replace: bool) -> std::result::Result<u64, Refusal> {
        let about = read_about(from)?;
        match &self.backend {
            Backend::Sqlite { write, .. } => {
                let mut tx = write.begin_with(SQLITE_BEGIN).await?;
                let tables = tables!(tx, SQLITE_TABLES, SQLITE_COLUMNS);
                let done: std::result::Result<u64, Refusal> =
                    async { take_back!(tx, tables, from, about, replace, false) }.await;
                finish(tx, done).await
            }
            Backend::Postgres(pool) => {
                let mut tx = pool.begin_with(POSTGRES_BEGIN).await?;
                // As every writer does first.
                sqlx::query(super::RAISE).execute(&mut *tx).await?;
                let tables = tables!(tx, POSTGRES_TABLES, POSTGRES_COLUMNS);
                let done: std::result::Result<u64, Refusal> =
                    async { take_back!(tx, tables, from, about, replace, true) }.await;
                finish(tx, done).await
            }
        }
    }
}

async fn finish<D: sqlx::Database>(
    tx: sqlx::Transaction<'_, D>,
    done: std::result::Result<u64, Refusal>,
) -> std::result::Result<u64, Refusal> {
    match done {
        Ok(count) => {
            tx.commit().await?;
            Ok(count)
        }
        Err(refusal) => {
            tx.rollback().await.ok();
            Err(refusal)
        }
    }
}

/// What a backup says of itself.
///
/// # Errors
/// [`Refusal::NotOne`], [`Refusal::Newer`].
fn read_about(from: &mut impl BufRead) -> std::result::Result<About, Refusal> {
    let line = next_line(from)?.ok_or(Refusal::NotOne)?;
    let about: About = serde_json::from_str(&line).map_err(|_| Refusal::NotOne)?;
    if about.format != FORMAT {
        return Err(Refusal::NotOne);
    }
    if about.version > VERSION || about.step > step() {
        return Err(Refusal::Newer(about.essaim));
    }
    Ok(about)
}

/// The last step of the tables' history.
fn step() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

fn next_line(from: &mut impl BufRead) -> std::result::Result<Option<String>, Refusal> {
    let mut line = String::new();
    let read = std::io::Read::take(&mut *from, LONGEST_LINE).read_line(&mut line).map_err(cut)?;
    match line.strip_suffix('\n') {
        Some(whole) => Ok(Some(whole.to_owned())),
        None if read == 0 => Ok(None),
        None => Err(Refusal::Damaged("a line has no end".to_owned())),
    }
}

fn insert(table: &Table) -> String {
    // Checked against the tables that are there: names of ours.
    debug_assert!(name(&table.table) && table.columns.iter().all(|(column, _)| name(column)));
    let columns: Vec<String> = table.columns.iter().map(|(column, _)| format!("\"{column}\"")).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    format!("INSERT INTO \"{}\" ({}) VALUES ({})", table.table, columns.join(", "), places.join(", "))
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}
