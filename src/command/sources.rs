//! `essaim sources`: whom an aggregator gathers.
//!
//! The configuration fills an empty database; from then on the database holds the sources, and these commands change
//! them, beside a running aggregator too. Nothing is registered that was not looked at first, unless that is said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::decisions::unclear_words;
use super::document::levels;
use super::health::sources_view;
use super::roles::{open_sources, rules};
use super::{Done, Outcome, now, tongue};
use crate::aggregator::desk::{Unclear, near_sources};
use crate::aggregator::discover::discover;
use crate::config;
use crate::event::{Address, Language, Line, Region, Zone};
use crate::fetch::{Answer, Fetcher, Fresh, Request};
use crate::format::{Hints, Reading, opml};
use crate::language::Tongue;
use crate::parse;
use crate::programme::{Code, Finding, Kind, Role, Source, SourceKey, Trust};
use crate::store::Store;

/// What can be done with sources.
#[derive(Subcommand)]
pub enum Command {
    /// Look at a feed, say what is understood of it, and register it
    Add(Box<Add>),
    /// Every source: how it does, when it was last read and is next, what was found
    List,
    /// Publish what a source under review says, from now on at once; take the new address of one that moved
    Approve {
        /// The source
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Visit a source no more; what it said stays
    Pause {
        /// The source
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Visit a source again
    Resume {
        /// The source
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Register the feeds of a list, as feed readers export it (OPML); those known already stay as they are
    Import {
        /// The list
        #[arg(value_name = "FILE.opml")]
        file: PathBuf,
        /// Whether they are published at once, or once a person has looked: these are a stranger's words
        #[arg(long, value_enum, default_value = "review")]
        trust: TrustArgument,
        /// Only say what would be registered
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the sources out
    Export {
        /// For a configuration (toml) or for feed readers (opml)
        #[arg(long, value_enum, default_value = "toml")]
        format: Format,
        /// Into this file
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// A source to register.
#[derive(Args)]
pub struct Add {
    /// Address of its feed
    #[arg(value_name = "URL")]
    address: String,
    /// Its name; what the feed calls itself, where none is given
    #[arg(long)]
    name: Option<String>,
    /// Its stable key; made of the address, where none is given
    #[arg(long)]
    key: Option<String>,
    /// Its region, such as FR-ARA
    #[arg(long)]
    region: Option<String>,
    /// Its language, where its feed is silent
    #[arg(long)]
    language: Option<String>,
    /// Its zone, for times without one, such as Europe/Paris
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// What kind of publisher it is
    #[arg(long, value_enum, default_value = "lab")]
    role: RoleArgument,
    /// Whether what it says is published at once, or once a person has looked
    #[arg(long, value_enum, default_value = "auto")]
    trust: TrustArgument,
    /// What is found at the address
    #[arg(long, value_enum, default_value = "feed")]
    kind: KindArgument,
    /// Read the page that an entry links to where the feed gives no date
    #[arg(long)]
    reads_pages: bool,
    /// A host that is verified to be its own: its pages identify its events. Can be given several times
    #[arg(long, value_name = "HOST")]
    verified_host: Vec<String>,
    /// Register it though it cannot be read now
    #[arg(long)]
    anyway: bool,
}

/// See [`Role`].
#[derive(Clone, Copy, ValueEnum)]
pub enum RoleArgument {
    /// A lab that announces its own events
    Lab,
    /// An aggregator whose word on who announced what is believed
    Aggregator,
    /// Anyone else
    Other,
}

/// See [`Trust`].
#[derive(Clone, Copy, ValueEnum)]
pub enum TrustArgument {
    /// Published at once
    Auto,
    /// Published once released
    Review,
}

/// See [`Kind`].
#[derive(Clone, Copy, ValueEnum)]
pub enum KindArgument {
    /// A feed of whatever format
    Feed,
    /// The JSON export of an agenda of OpenAgenda
    OpenAgenda,
}

/// What sources are written as.
#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    /// As `[[source]]` of a configuration
    Toml,
    /// As a list for feed readers
    Opml,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Role {
        match role {
            RoleArgument::Lab => Role::Lab,
            RoleArgument::Aggregator => Role::Aggregator,
            RoleArgument::Other => Role::Other,
        }
    }
}

impl From<TrustArgument> for Trust {
    fn from(trust: TrustArgument) -> Trust {
        match trust {
            TrustArgument::Auto => Trust::Auto,
            TrustArgument::Review => Trust::Review,
        }
    }
}

impl From<KindArgument> for Kind {
    fn from(kind: KindArgument) -> Kind {
        match kind {
            KindArgument::Feed => Kind::Feed,
            KindArgument::OpenAgenda => Kind::OpenAgenda,
        }
    }
}

/// Lists or changes the sources.
pub async fn run(config: &Path, json: bool, command: Command) -> Done {
    let config = config::Aggregator::read(config)?;
    let store = open_sources(&config).await?;
    let sources = store.sources().await?;
    let tongue = tongue();
    let done = match command {
        Command::Add(add) => self::add(&store, &config, &sources, *add, json, tongue).await,
        Command::List => list(&store, json, tongue).await,
        Command::Approve { key } => approve(&store, &sources, &key, tongue).await,
        Command::Pause { key } => pause(&store, &sources, &key, true, tongue).await,
        Command::Resume { key } => pause(&store, &sources, &key, false, tongue).await,
        Command::Import { file, trust, dry_run } => {
            import(&store, &sources, &file, trust.into(), dry_run, json, tongue).await
        }
        Command::Export { format, output } => export(&config, &sources, format, output, tongue).await,
    };
    store.close().await;
    done
}

fn find<'a>(sources: &'a [Source], key: &str, tongue: Tongue) -> Result<&'a Source, String> {
    sources
        .iter()
        .find(|source| source.key.as_str() == key)
        .ok_or_else(|| unclear_words(tongue, "source", key, Unclear::Unknown(near_sources(sources.iter(), key))))
}

/// The source that has an address already, spelt a little differently too.
fn with_address<'a>(sources: &'a [Source], address: &Address) -> Option<&'a Source> {
    let plain = |address: &Address| {
        let rest = address.as_str().split_once("://").map_or("", |(_, rest)| rest);
        rest.trim_end_matches('/').to_owned()
    };
    sources.iter().find(|source| plain(&source.address) == plain(address))
}

async fn add(
    store: &Store,
    config: &config::Aggregator,
    sources: &[Source],
    add: Add,
    json: bool,
    tongue: Tongue,
) -> Done {
    let wanted = |what: &str, error: &dyn std::fmt::Display| format!("--{what}: {error}");
    let mut address = Address::new(&add.address).map_err(|error| format!("{}: {error}", add.address))?;
    let region = add.region.as_deref().map(Region::new).transpose().map_err(|e| wanted("region", &e))?;
    let language = add.language.as_deref().map(Language::new).transpose().map_err(|e| wanted("language", &e))?;
    let zone = add.zone.as_deref().map(Zone::new).transpose().map_err(|e| wanted("zone", &e))?;
    let name = add.name.as_deref().map(Line::new).transpose().map_err(|e| wanted("name", &e))?;
    let key = add.key.as_deref().map(SourceKey::new).transpose().map_err(|e| wanted("key", &e))?;
    let known = |address: &Address| with_address(sources, address).map(|source| known_words(source, tongue));
    if let Some(known) = known(&address) {
        return Err(known.into());
    }
    let hints = Hints {
        address: None,
        language: language.clone(),
        zone: zone.clone().or_else(|| config.programme.time_zone.clone()),
        region: region.clone(),
        by_link: false,
        seen: now(),
    };
    let fetcher = Fetcher::new(rules(config))?;
    let mut looked = look(&fetcher, &address, &hints).await;
    if looked.as_ref().is_err_and(Unread::is_page) && !add.anyway {
        // A home page was given for its feed.
        let feeds = discover(&fetcher, &address, &hints, now()).await.unwrap_or_default();
        if let Some(richest) = feeds.first() {
            let count = i64::try_from(feeds.len()).unwrap_or(i64::MAX);
            let arguments = [
                ("page", address.to_string().into()),
                ("count", count.into()),
                ("feed", richest.address.to_string().into()),
            ];
            say(json, &tongue.say_with("sources-home", arguments));
            address = richest.address.clone();
            looked = look(&fetcher, &address, &hints).await;
        }
    }
    let mut seen: Option<Reading> = None;
    match looked {
        Ok((fresh, reading)) => {
            // Every redirect said that it is for good: the old address has no future.
            if let Some(moved) = fresh.moved.as_deref().and_then(|moved| Address::new(moved).ok()) {
                let arguments = [("from", address.to_string().into()), ("to", moved.to_string().into())];
                say(json, &tongue.say_with("sources-moved", arguments));
                address = moved;
            }
            seen = Some(reading);
        }
        Err(why) if add.anyway => say(json, &why.words(tongue)),
        Err(why) => {
            eprintln!("{}", why.words(tongue));
            if let Some(finding) = &why.finding {
                eprintln!("  → {}", tongue.mend(finding.code));
            }
            eprintln!("{}", tongue.say("sources-not-added"));
            return Ok(Outcome::WithProblems);
        }
    }
    if let Some(known) = known(&address) {
        return Err(known.into());
    }
    let key = key.unwrap_or_else(|| SourceKey::of(&address));
    if sources.iter().any(|source| source.key == key) {
        return Err(tongue.say_with("sources-key-taken", [("key", key.to_string().into())]).into());
    }
    let titled = seen.as_ref().and_then(|reading| reading.feed.title.clone());
    let name = name.or(titled).map_or_else(|| Line::new(address.host()), Ok)?;
    let source = Source {
        region,
        language,
        zone,
        role: add.role.into(),
        trust: add.trust.into(),
        verified_hosts: add.verified_host.into_iter().collect::<BTreeSet<_>>(),
        kind: add.kind.into(),
        reads_pages: add.reads_pages,
        ..Source::new(key, address, name)
    };
    store.put_source(&source).await?;
    if json {
        let tally = seen.as_ref().map(Reading::tally);
        let findings = seen.map(|reading| reading.findings).unwrap_or_default();
        println!("{}", json!({ "added": source, "understood": tally, "findings": findings }));
        return Ok(Outcome::Well);
    }
    if let Some(reading) = &seen {
        println!("{}", levels(tongue, reading));
        by_code(&reading.findings, tongue);
    }
    let arguments = [("name", source.name.to_string().into()), ("key", source.key.to_string().into())];
    let sentence = if source.trust == Trust::Review { "sources-added-review" } else { "sources-added" };
    println!("{}", tongue.say_with(sentence, arguments));
    Ok(Outcome::Well)
}

fn known_words(source: &Source, tongue: Tongue) -> String {
    let arguments = [("name", source.name.to_string().into()), ("key", source.key.to_string().into())];
    tongue.say_with("sources-known", arguments)
}

/// To the person; where JSON is wanted, beside it.
fn say(json: bool, words: &str) {
    if json {
        eprintln!("{words}");
    } else {
        println!("{words}");
    }
}

/// Findings by their code: what, how often, the first words quoted, and the mend.
fn by_code(findings: &[Finding], tongue: Tongue) {
    let mut codes: BTreeMap<_, (usize, &str)> = BTreeMap::new();
    for finding in findings {
        let (count, example) = codes.entry(finding.code).or_insert((0, &finding.detail));
        *count += 1;
        if example.is_empty() {
            *example = &finding.detail;
        }
    }
    for (code, (count, example)) in codes {
        let example = if example.is_empty() { String::new() } else { format!(" [{example}]") };
        println!("  {count} × {} ({}){example}", tongue.finding(code), code.as_str());
        println!("      → {}", tongue.mend(code));
    }
}

/// Why an address gave nothing to register.
struct Unread {
    failure: Option<crate::programme::Failure>,
    finding: Option<Finding>,
    address: Address,
}

impl Unread {
    /// A web page, which may name feeds.
    fn is_page(&self) -> bool {
        self.finding.as_ref().is_some_and(|finding| finding.code == Code::WebPage)
    }

    fn words(&self, tongue: Tongue) -> String {
        let why = match (&self.failure, &self.finding) {
            (Some(failure), _) => format!("{} [{}]", tongue.failure(failure.kind), failure.detail),
            (_, Some(finding)) => format!("{} ({})", tongue.finding(finding.code), finding.code.as_str()),
            _ => String::new(),
        };
        format!("{}: {why}", self.address)
    }
}

/// Asks an address as a round would, and reads what comes.
async fn look(fetcher: &Fetcher, address: &Address, hints: &Hints) -> Result<(Fresh, Reading), Unread> {
    let unread = |failure, finding| Unread { failure, finding, address: address.clone() };
    let request = Request { address: address.as_str(), ..Request::default() };
    let fresh = match fetcher.get(request, now()).await {
        Ok(Answer::Fresh(fresh)) => fresh,
        // Nobody was asked whether anything changed.
        Ok(Answer::Unchanged { .. }) => return Err(unread(None, None)),
        Err(failure) => return Err(unread(Some(failure), None)),
    };
    let hints = Hints { address: Address::new(&fresh.address).ok(), ..hints.clone() };
    match parse::read(&fresh.body, fresh.content_type.as_deref(), &hints) {
        Ok(reading) => Ok((fresh, reading)),
        Err(rejected) => Err(unread(None, Some(rejected.finding))),
    }
}

async fn list(store: &Store, json: bool, tongue: Tongue) -> Done {
    let view = sources_view(store).await?;
    if json {
        println!("{}", view.to_json());
        return Ok(Outcome::Well);
    }
    let time = |at: Option<jiff::Timestamp>| {
        at.map_or_else(
            || "–".to_owned(),
            |at| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%F %H:%M").to_string(),
        )
    };
    let mut rows: Vec<Vec<String>> = vec![
        ["name", "state", "good", "next", "entries", "findings"]
            .map(|column| tongue.say(&format!("sources-column-{column}")))
            .to_vec(),
    ];
    rows[0].insert(0, tongue.say("sources-column-key"));
    for one in &view.sources {
        let (source, health) = (&one.source, &one.health);
        let state = tongue.say(&format!("web-state-{}", one.state().code()));
        rows.push(vec![
            source.key.to_string(),
            source.name.to_string(),
            state,
            time(health.good),
            if source.paused { "–".to_owned() } else { time(health.due) },
            one.entries.to_string(),
            one.findings.len().to_string(),
        ]);
    }
    print!("{}", table(&rows, 2));
    for one in view.sources.iter().filter(|one| one.health.failure.is_some()) {
        if let Some(failure) = &one.health.failure {
            println!("{}: {} [{}]", one.source.key, tongue.failure(failure.kind), failure.detail);
        }
    }
    let waiting = view.sources.iter().filter(|one| one.held > 0);
    for one in waiting {
        let arguments =
            [("count", i64::try_from(one.held).unwrap_or(i64::MAX).into()), ("key", one.source.key.to_string().into())];
        println!("{}", tongue.say_with("sources-held", arguments));
    }
    Ok(Outcome::Well)
}

/// Rows under each other, the last columns (numbers) to the right; long names are cut so that a row stays a line.
fn table(rows: &[Vec<String>], numbers: usize) -> String {
    const WIDEST: usize = 40;
    let cut = |cell: &str| match cell.char_indices().nth(WIDEST) {
        Some((at, _)) => format!("{}…", &cell[..at]),
        None => cell.to_owned(),
    };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| cut(cell)).collect()).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.chars().count());
            let right = column + numbers >= columns;
            line.push_str(&if right { format!("{space}{cell}  ") } else { format!("{cell}{space}  ") });
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

async fn approve(store: &Store, sources: &[Source], key: &str, tongue: Tongue) -> Done {
    let source = find(sources, key, tongue)?;
    let name = source.name.to_string();
    let moved = store.source_health(&source.key).await?.moved.filter(|moved| moved.proposed);
    if let Some(moved) = &moved {
        store.put_source(&Source { address: moved.to.clone(), trust: Trust::Auto, ..source.clone() }).await?;
        let arguments = [("name", name.clone().into()), ("to", moved.to.to_string().into())];
        println!("{}", tongue.say_with("sources-moved-approved", arguments));
    }
    if source.trust != Trust::Review {
        if moved.is_some() {
            return Ok(Outcome::Well);
        }
        return Err(tongue.say_with("sources-nothing-to-approve", [("name", name.into())]).into());
    }
    if moved.is_none() {
        store.put_source(&Source { trust: Trust::Auto, ..source.clone() }).await?;
    }
    println!("{}", tongue.say_with("sources-approved", [("name", name.into())]));
    Ok(Outcome::Well)
}

async fn pause(store: &Store, sources: &[Source], key: &str, paused: bool, tongue: Tongue) -> Done {
    let source = find(sources, key, tongue)?;
    let sentence = match (paused, source.paused == paused) {
        (true, false) => "sources-paused",
        (true, true) => "sources-paused-already",
        (false, false) => "sources-resumed",
        (false, true) => "sources-not-paused",
    };
    store.put_source(&Source { paused, ..source.clone() }).await?;
    println!("{}", tongue.say_with(sentence, [("name", source.name.to_string().into())]));
    Ok(Outcome::Well)
}

async fn import(
    store: &Store,
    sources: &[Source],
    file: &Path,
    trust: Trust,
    dry_run: bool,
    json: bool,
    tongue: Tongue,
) -> Done {
    let unreadable = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = tokio::fs::read_to_string(file).await.map_err(|error| unreadable(&error))?;
    let listed = opml::read(&text).map_err(|error| unreadable(&error))?;
    let mut all = sources.to_vec();
    let (mut added, mut known, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for one in listed {
        let address = match Address::new(&one.address) {
            Ok(address) => address,
            Err(error) => {
                refused.push((one.name, one.address, error.to_string()));
                continue;
            }
        };
        if let Some(source) = with_address(&all, &address) {
            known.push((source.clone(), one.address));
            continue;
        }
        let name = Line::new(one.name.trim()).or_else(|_| Line::new(address.host()))?;
        let source = Source {
            trust,
            language: one.language.and_then(|language| Language::new(&language).ok()),
            region: one.category.and_then(|category| Region::new(category.trim_start_matches('/')).ok()),
            ..Source::new(free_key(&all, &address), address, name)
        };
        all.push(source.clone());
        added.push(source);
    }
    if !dry_run {
        for source in &added {
            store.put_source(source).await?;
        }
    }
    if json {
        let known: Vec<Value> =
            known.iter().map(|(source, address)| json!({ "key": source.key, "address": address })).collect();
        let refused: Vec<Value> = refused
            .iter()
            .map(|(name, address, why)| json!({ "name": name, "address": address, "why": why }))
            .collect();
        println!("{}", json!({ "added": added, "known": known, "refused": refused }));
    } else {
        for source in &added {
            println!("  + {}  {} ({})", source.key, source.name, source.address);
        }
        for (source, address) in &known {
            println!("  = {}  {} ({address})", source.key, source.name);
        }
        for (name, address, why) in &refused {
            println!("  ! {name} ({address}): {why}");
        }
        let n = |count: usize| i64::try_from(count).unwrap_or(i64::MAX).into();
        let counts = [("added", n(added.len())), ("known", n(known.len())), ("refused", n(refused.len()))];
        println!("{}", tongue.say_with("sources-imported", counts));
        if dry_run {
            println!("{}", tongue.say("sources-rehearsed"));
        } else if trust == Trust::Review && !added.is_empty() {
            println!("{}", tongue.say("sources-imported-review"));
        }
    }
    Ok(if refused.is_empty() { Outcome::Well } else { Outcome::WithProblems })
}

/// The key of an address; with a number where another source took it.
fn free_key(sources: &[Source], address: &Address) -> SourceKey {
    let key = SourceKey::of(address);
    let taken = |key: &SourceKey| sources.iter().any(|source| source.key == *key);
    if !taken(&key) {
        return key;
    }
    // Room for the number: a key has at most 200 letters.
    let stem: String = key.as_str().chars().take(190).collect();
    let numbered = (2..).filter_map(|number: u32| SourceKey::new(&format!("{stem}-{number}")).ok());
    numbered.into_iter().find(|key| !taken(key)).unwrap_or(key)
}

async fn export(
    config: &config::Aggregator,
    sources: &[Source],
    format: Format,
    output: Option<PathBuf>,
    tongue: Tongue,
) -> Done {
    let text = match format {
        Format::Toml => config::print_sources(sources),
        Format::Opml => opml::write(config.programme.title.as_str(), &sources.iter().collect::<Vec<_>>()),
    };
    match output {
        None => print!("{text}"),
        Some(file) => {
            tokio::fs::write(&file, text).await.map_err(|error| format!("{}: {error}", file.display()))?;
            let count = i64::try_from(sources.len()).unwrap_or(i64::MAX);
            let arguments = [("count", count.into()), ("file", file.display().to_string().into())];
            println!("{}", tongue.say_with("sources-exported", arguments));
        }
    }
    Ok(Outcome::Well)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_spelt_another_way_is_another_source() {
        let address = |text: &str| Address::new(text).unwrap();
        let lab =
            Source::new(SourceKey::new("lab").unwrap(), address("https://lab.example/feed/"), Line::new("L").unwrap());
        let sources = [lab];
        assert!(with_address(&sources, &address("http://lab.example/feed")).is_some());
        assert!(with_address(&sources, &address("https://LAB.example/feed/")).is_some());
        assert!(with_address(&sources, &address("https://lab.example/feed2")).is_none());
    }

    #[test]
    fn columns_do_not_stand_under_each_other() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = table(&[row(["Nom", "État", "n"]), row(["Métropole", "À jour", "12"])], 1);
        assert_eq!(text, "Nom        État     n\nMétropole  À jour  12\n");
        assert!(table(&[row([&"é".repeat(100), "", "1"])], 1).chars().count() < 60);
    }
}
