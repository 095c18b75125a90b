//! `essaim backup` and `essaim restore`: all that a server knows in one file, taken while it runs.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{Done, Outcome, now, tongue};
use crate::config::Server;
use crate::store::Store;

/// What is saved, and where.
#[derive(clap::Args)]
pub struct Saving {
    /// The configuration of a node or an aggregator
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// What is put back, and where.
#[derive(clap::Args)]
pub struct Restoring {
    /// The configuration of a node or an aggregator, whose database is to be filled
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Replace what the database holds
    #[arg(long)]
    replace: bool,
    /// What `essaim backup` wrote
    #[arg(value_name = "FILE")]
    backup: PathBuf,
}

/// Writes a backup, whole or not at all; only its owner may read it.
pub async fn backup(what: &Saving) -> Done {
    let config = Server::read(&what.config)?;
    let store = Store::open(config.database()).await?;
    let failed = |error: std::io::Error| format!("{}: {error}", what.output.display());
    let folder = what.output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut half = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut zip = GzEncoder::new(half.as_file_mut(), Compression::default());
    let done = store.back_up(&mut zip, now()).await;
    store.close().await;
    let rows = done?;
    zip.finish().and_then(|file| file.flush()).map_err(failed)?;
    half.as_file().sync_all().map_err(failed)?;
    half.persist(&what.output).map_err(|error| failed(error.error))?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    println!(
        "{}",
        tongue().say_with("backup-done", [("rows", rows.into()), ("file", what.output.display().to_string().into())])
    );
    Ok(Outcome::Well)
}

/// Puts a backup back, all of it or nothing.
pub async fn restore(what: &Restoring) -> Done {
    let config = Server::read(&what.config)?;
    let failed = |error: std::io::Error| format!("{}: {error}", what.backup.display());
    let file = std::fs::File::open(&what.backup).map_err(failed)?;
    let mut file = BufReader::new(file);
    // One that was unpacked by hand is as good.
    let packed = file.fill_buf().map_err(failed)?.starts_with(&[0x1F, 0x8B]);
    let inside: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let store = Store::open(config.database()).await?;
    let done = store.restore(&mut BufReader::new(inside), what.replace).await;
    store.close().await;
    let rows = i64::try_from(done?).unwrap_or(i64::MAX);
    println!("{}", tongue().say_with("restore-done", [("rows", rows.into())]));
    Ok(Outcome::Well)
}
