//! `essaim import`: the events of a feed, a calendar or a table into a node's database.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::document::{Document, bytes, tell};
use super::roles::settle_lab;
use super::{Done, Outcome, now, tongue};
use crate::config;
use crate::event::{Id, Zone};
use crate::format::{Hints, sheet as tables};
use crate::language::Tongue;
use crate::node;
use crate::parse::{self, sheet};
use crate::programme::{Finding, Severity};
use crate::store::Store;

/// Who imported, for the history.
const BY: &str = "import";

/// What is imported, and how.
#[derive(clap::Args)]
pub struct What {
    /// The node's configuration
    #[arg(long, value_name = "FILE", required_unless_present = "template")]
    config: Option<PathBuf>,
    /// Only show what would be imported, and what to mend, cell by cell; nothing is written
    #[arg(long)]
    dry_run: bool,
    /// What a column of a table says, by its heading or letter: --column "Intitulé=title"; nothing behind = leaves it out
    #[arg(long = "column", value_name = "HEADING=FIELD")]
    columns: Vec<String>,
    /// Write an empty table to fill in, with an example, to a file that ends in .xlsx or .csv; - writes CSV to the output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["config", "feed", "dry_run", "columns"])]
    template: Option<PathBuf>,
    /// Address or file
    #[arg(value_name = "FILE|URL", required_unless_present = "template")]
    feed: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Imports one document, or writes a table to fill in.
pub async fn run(what: &What) -> Done {
    let (config, feed) = match (&what.template, &what.config, &what.feed) {
        (Some(template), _, _) => return write_template(template),
        (None, Some(config), Some(feed)) => (config::Node::read(config)?, feed),
        _ => return Err("--config and a file are needed".into()),
    };
    let columns = what.columns.iter().map(|column| told(column)).collect::<Result<Vec<_>, _>>()?;
    let store = Store::open(&config.database).await?;
    let done = import(&store, &config, what, feed, columns).await;
    store.close().await;
    done
}

async fn import(
    store: &Store,
    config: &config::Node,
    what: &What,
    feed: &str,
    columns: Vec<(String, Option<sheet::Field>)>,
) -> Done {
    settle_lab(store, config).await?;
    let document = bytes(feed, now()).await.map_err(|why| format!("{feed}: {why}"))?;
    let lab = store.lab().await?;
    let hints = Hints {
        address: document.address.clone(),
        language: lab.as_ref().map(|lab| lab.language.clone()),
        zone: lab.as_ref().and_then(|lab| lab.zone.clone()),
        region: lab.as_ref().and_then(|lab| lab.region.clone()),
        by_link: false,
        seen: now(),
    };
    let tongue = tongue();
    let is_table = sheet::is_table(&document.bytes, feed, document.content_type.as_deref());
    let (reading, table) = if is_table {
        let lab = lab.ok_or(node::Error::NoLab)?;
        // A lab of a region keeps its hours; nowhere is a table's hour of another zone unless it says so.
        let zone = hints.zone.clone().or_else(|| default_zone(&hints));
        let hints = Hints { zone, ..hints };
        let ask = sheet::Ask { hints, tag: lab.tag, columns, known: node::known(store, &config.public_url).await? };
        match read_table(document, ask).await? {
            Ok(mut table) => (std::mem::take(&mut table.reading), Some(table)),
            Err(refused) => {
                eprintln!("{feed}: {}", refused.sentence(tongue));
                return Ok(Outcome::WithProblems);
            }
        }
    } else {
        let hints = Hints { region: None, ..hints };
        match parse::read(&document.bytes, document.content_type.as_deref(), &hints) {
            Ok(reading) => (reading, None),
            Err(rejected) => {
                tell(tongue, feed, &rejected.finding);
                return Ok(Outcome::WithProblems);
            }
        }
    };
    let findings: Vec<Finding> = reading.findings.clone();
    let done = if what.dry_run {
        node::rehearse(store, reading, now()).await?
    } else {
        node::import(store, reading, now(), BY).await?
    };
    if what.json {
        let table = table.as_ref().map(in_json);
        println!("{}", json!({ "imported": done, "findings": findings, "table": table, "dry_run": what.dry_run }));
    } else {
        if let Some(table) = &table {
            print_table(feed, table, tongue);
        }
        if what.dry_run {
            println!("{}", tongue.say("import-rehearsed"));
        }
        println!("{}", counts(&done, tongue));
        findings.iter().for_each(|finding| tell(tongue, feed, finding));
    }
    let waits = findings.iter().any(|finding| finding.code.severity() >= Severity::Quarantine);
    let waits =
        waits || table.is_some_and(|table| table.problems.iter().any(|p| p.trouble.weight() > sheet::Weight::Said));
    Ok(if waits { Outcome::WithProblems } else { Outcome::Well })
}

/// The zone of a lab that says only its region: that of its country, where it has one for all.
fn default_zone(hints: &Hints) -> Option<Zone> {
    let region = hints.region.as_ref()?.as_str();
    let zone = match region {
        "FR-971" => "America/Guadeloupe",
        "FR-972" => "America/Martinique",
        "FR-973" => "America/Cayenne",
        "FR-974" => "Indian/Reunion",
        "FR-976" => "Indian/Mayotte",
        // Metropolitan regions have letters, or 20R for Corsica.
        code if code.strip_prefix("FR-").is_some_and(|part| part.len() == 3 && part.ends_with(char::is_alphabetic)) => {
            "Europe/Paris"
        }
        _ => return None,
    };
    Zone::new(zone).ok()
}

/// Reads a table on a thread of its own: unpacking a large one takes a while.
async fn read_table(
    document: Document,
    ask: sheet::Ask,
) -> Result<Result<sheet::Sheet, sheet::Refused>, tokio::task::JoinError> {
    tokio::task::spawn_blocking(move || sheet::read(&document.bytes, document.content_type.as_deref(), &ask)).await
}

/// `HEADING=FIELD`.
fn told(column: &str) -> Result<(String, Option<sheet::Field>), String> {
    let (heading, field) =
        column.rsplit_once('=').ok_or_else(|| format!("--column {column}: HEADING=FIELD is needed"))?;
    let field = match field.trim() {
        "" | "-" => None,
        code => Some(sheet::Field::from_code(code).ok_or_else(|| {
            let fields = sheet::Field::ALL.iter().filter(|field| field.is_for_people());
            let fields: Vec<&str> = fields.map(|field| field.code()).collect();
            format!("--column {column}: there is no field {code}. There are: {}", fields.join(", "))
        })?),
    };
    Ok((heading.trim().to_owned(), field))
}

fn write_template(file: &Path) -> Done {
    let tongue = tongue();
    let bytes = match file.extension().and_then(|extension| extension.to_str()) {
        Some("xlsx") => tables::template_xlsx(tongue)?,
        Some("csv") => tables::template_csv(tongue),
        _ if file == Path::new("-") => tables::template_csv(tongue),
        _ => return Err(format!("{}: a name that ends in .xlsx or .csv is needed", file.display()).into()),
    };
    super::export::put(Some(file), &bytes)?;
    Ok(Outcome::Well)
}

fn counts(done: &node::Imported, tongue: Tongue) -> String {
    let count = |list: &[Id]| i64::try_from(list.len()).unwrap_or(i64::MAX);
    tongue.say_with(
        "command-imported",
        [
            ("added", count(&done.added).into()),
            ("changed", count(&done.changed).into()),
            ("unchanged", count(&done.unchanged).into()),
            ("withdrawn", count(&done.withdrawn).into()),
        ],
    )
}

fn print_table(file: &str, table: &sheet::Sheet, tongue: Tongue) {
    let rows = i64::try_from(table.rows.len()).unwrap_or(i64::MAX);
    let key = if table.name.is_some() { "import-table-of" } else { "import-table" };
    let name = table.name.clone().unwrap_or_default();
    println!("{file}: {}", tongue.say_with(key, [("sheet", name.into()), ("rows", rows.into())]));
    for column in &table.columns {
        let is = match column.field {
            Some(field) => format!("{} [{}]", field.heading(tongue), field.code()),
            None => tongue.say("import-left-out"),
        };
        println!("  {:>3}  {} → {is}", column.letter, column.heading);
    }
    if !table.others.is_empty() {
        println!("  {}", tongue.say_with("import-other-sheets", [("names", table.others.join(", ").into())]));
    }
    for problem in &table.problems {
        let found = if problem.found.is_empty() { String::new() } else { format!(" [{}]", problem.found) };
        eprintln!("{}: {}{found}", problem.place(), problem.sentence(tongue));
        eprintln!("  → {}", problem.mend(tongue));
    }
}

fn in_json(table: &sheet::Sheet) -> Value {
    let problems: Vec<Value> = table
        .problems
        .iter()
        .map(|problem| {
            let mut value = json!(problem);
            value["weight"] = json!(problem.trouble.weight());
            value
        })
        .collect();
    json!({
        "sheet": table.name, "other_sheets": table.others, "delimiter": table.delimiter,
        "heading_row": table.heading_row, "columns": table.columns, "rows": table.rows, "problems": problems,
    })
}
