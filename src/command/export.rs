//! `essaim export`: everything that a node or an aggregator publishes, in one format or as a whole site, at any time.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use clap::ValueEnum;

use super::health::sources_view;
use super::roles::{editions, open_aggregator, settle_lab, theme};
use super::{Done, Outcome, tongue};
use crate::config::Server;
use crate::event::Zone;
use crate::format::sheet::{self, Detail};
use crate::metrics::Metrics;
use crate::node::Node;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::web::{self, Clock, Site, SourcesView};

/// What is written, and where.
#[derive(clap::Args)]
pub struct What {
    /// The configuration of a node or an aggregator
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// All events in this format
    #[arg(long, value_enum, required_unless_present = "site")]
    format: Option<Format>,
    /// Where to; the output where it is left out
    #[arg(short, long, value_name = "FILE", requires = "format")]
    output: Option<PathBuf>,
    /// The whole site as files below this folder, to be served at public_url by any web server
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    site: Option<PathBuf>,
}

/// The formats of an export.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// The feed, with all there is
    Atom,
    /// RSS 2.0
    Rss,
    /// JSON Feed
    Json,
    /// A calendar
    Ics,
    /// A table as text, with all there is
    Csv,
    /// A workbook, with all there is
    Xlsx,
    /// schema.org
    Jsonld,
}

/// Exports.
pub async fn run(what: &What) -> Done {
    let (site, sources) = open(&what.config).await?;
    if let Some(folder) = &what.site {
        let count = write_site(folder, site, sources).await?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let arguments = [("count", count.into()), ("folder", folder.display().to_string().into())];
        println!("{}", tongue().say_with("export-site", arguments));
        return Ok(Outcome::Well);
    }
    let Some(format) = what.format else { return Err("--format or --site is needed".into()) };
    let bytes = rendered(&site.current.load(), format)?;
    put(what.output.as_deref(), &bytes)?;
    Ok(Outcome::Well)
}

/// What is published by the server of a configuration, without the server.
async fn open(path: &Path) -> Result<(Site, Option<Arc<ArcSwap<SourcesView>>>), Box<dyn std::error::Error>> {
    match Server::read(path)? {
        Server::Node(config) => {
            let store = Store::open(&config.database).await?;
            settle_lab(&store, &config).await?;
            let node = Node::open(store, config.public_url.clone(), None).await?;
            let current = node.current();
            let head = current.load().feed.head.clone();
            let zone = head.zone.map_or_else(|| Zone::new("Europe/Paris"), Ok)?;
            node.store().close().await;
            let look = theme(&config.theme)?;
            Ok((Site { theme: look, ..site(current, zone, Vec::new(), head.author.page) }, None))
        }
        Server::Aggregator(config) => {
            let aggregator = open_aggregator(&config, true).await?;
            let zone = config.programme.time_zone.clone().map_or_else(|| Zone::new("UTC"), Ok)?;
            let sources = Arc::new(ArcSwap::from_pointee(sources_view(aggregator.store()).await?));
            aggregator.store().close().await;
            let look = theme(&config.theme)?;
            let site = site(aggregator.current(), zone, editions(&config.edition), None);
            Ok((Site { theme: look, ..site }, Some(sources)))
        }
    }
}

fn site(
    current: Arc<crate::snapshot::Current>,
    zone: Zone,
    editions: Vec<web::Edition>,
    home: Option<crate::event::Address>,
) -> Site {
    Site {
        current,
        clock: Clock::Real(zone),
        editions,
        home,
        refresh: None,
        hub: None,
        follower: None,
        metrics: Metrics::default(),
        theme: web::Theme::default(),
    }
}

fn rendered(snapshot: &Snapshot, format: Format) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let extension = match format {
        Format::Csv => return Ok(sheet::write_csv(&snapshot.feed, Detail::Whole)),
        Format::Xlsx => return Ok(sheet::write_xlsx(&snapshot.feed, Detail::Whole)?),
        Format::Atom => "atom",
        Format::Rss => "rss",
        Format::Json => "json",
        Format::Ics => "ics",
        Format::Jsonld => "jsonld",
    };
    let document = snapshot.output(extension).ok_or("there is no such output")?;
    Ok(document.plain.body.to_vec())
}

/// Writes the site; gives the number of files.
async fn write_site(
    folder: &Path,
    site: Site,
    sources: Option<Arc<ArcSwap<SourcesView>>>,
) -> Result<usize, Box<dyn std::error::Error>> {
    let files = web::files(site, sources)?;
    for (path, bytes) in &files {
        // Slugs, keys and names of ours: none leads out of the folder; a key may have points in it.
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
        let file = parts.iter().fold(folder.to_owned(), |path, part| path.join(part));
        let failed = |error: std::io::Error| format!("{}: {error}", file.display());
        if let Some(parent) = file.parent() {
            tokio::fs::create_dir_all(parent).await.map_err(failed)?;
        }
        tokio::fs::write(&file, bytes).await.map_err(failed)?;
    }
    Ok(files.len())
}

/// Writes to a file, whole or not at all, or to the output.
pub fn put(file: Option<&Path>, bytes: &[u8]) -> Result<(), String> {
    let Some(file) = file.filter(|file| *file != Path::new("-")) else {
        return std::io::stdout().write_all(bytes).map_err(|error| error.to_string());
    };
    let failed = |error: std::io::Error| format!("{}: {error}", file.display());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut half = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    half.write_all(bytes).map_err(failed)?;
    half.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}
