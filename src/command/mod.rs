//! The command line: what can be asked, in the field's words, and the exit code that answers.
//!
//! 0: done. 1: done, with problems that were reported. 2: the arguments or the configuration cannot be used.

mod backup;
mod check;
mod decisions;
mod demo;
mod document;
mod export;
mod health;
mod import;
mod roles;
mod round;
mod serve;
mod sources;
mod users;

use std::error::Error as StdError;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::language::Tongue;

/// What a command ends with.
type Done = Result<Outcome, Box<dyn StdError>>;

/// How a command that could run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Well,
    WithProblems,
}

#[derive(Parser)]
#[command(
    name = "essaim",
    version,
    about = "Federated event sharing over feeds",
    long_about = "\
essaim shares events over feeds. A lab's NODE publishes the lab's events as an Atom feed; an AGGREGATOR gathers many
feeds, sees which entries are the same event, and publishes one programme: pages, feeds, calendars.

To see it at work on real events:   essaim demo
To see what a feed gives:           essaim check https://lab.example/feed.atom"
)]
#[command(after_help = "Exit code: 0 done; 1 done, with problems reported; 2 unusable arguments or configuration.\n\
ESSAIM_LOG sets what is logged, such as ESSAIM_LOG=debug; ESSAIM_LOG_FORMAT=json writes it for programs.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show a whole programme at work on this machine: an aggregator and one real node per feed of a folder
    #[command(long_about = "\
Starts one real node for each feed that case.toml of a folder names and one aggregator that polls them over HTTP, all on this machine,
prints their addresses and runs until Ctrl-C. The events are real and past, so the pages show a day that the folder
names; --now shows another. Without --data everything is forgotten at the end.")]
    Demo {
        /// Where the aggregator listens; the nodes take the ports after it
        #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
        listen: SocketAddr,
        /// The folder of feeds, with its case.toml
        #[arg(long, default_value = "feeds/mois-innovation-publique", value_name = "DIR")]
        feeds: PathBuf,
        /// Where to keep the databases, so that the next demo goes on with them
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// The day the pages show
        #[arg(long, value_name = "DATE")]
        now: Option<Date>,
    },
    /// Run a lab's node
    #[command(long_about = "\
Serves a lab's events: pages at /, the feed at /feed.atom, the calendar at /feed.ics, JSON at /feed.json. Events are
written at /desk, and come in by `essaim import`, also while it runs. At the first start it prints the code with which
the first account is made at /desk/set-up. Runs until Ctrl-C or SIGTERM.")]
    Node {
        /// The node's configuration; node.toml of this folder when none is named, and without one a try on this machine
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print the whole configuration, commented, and end
        #[arg(long)]
        print_config: bool,
    },
    /// Run a programme's aggregator
    #[command(long_about = "\
Polls its sources when they are due, merges what they announce, and serves the programme: pages at /, /programme.atom,
/programme.ics, /programme.json, the health of every source at /sources. Runs until Ctrl-C or SIGTERM.")]
    Aggregator {
        /// The aggregator's configuration
        #[arg(long, value_name = "FILE", required_unless_present = "print_config")]
        config: Option<PathBuf>,
        /// Print the whole configuration, commented, and end
        #[arg(long)]
        print_config: bool,
    },
    /// Do one round without a server, then end
    #[command(long_about = "\
Polls the sources that are due, records what they say, and brings the programme up to date; says what was added,
changed, merged and withdrawn. Exit code 1 when a source failed or an entry waits for its author.")]
    Round {
        /// The aggregator's configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Ask every source, due or not
        #[arg(long)]
        all: bool,
        /// Only show what would change; nothing of it is written
        #[arg(long)]
        dry_run: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Read feeds as an aggregator would, and say what was understood and what to mend
    #[command(long_about = "\
Reads each feed as an aggregator would and prints the entries understood, with their level of the profile (N0: no date
that can be read; N1: one slot; N2: everything), and the findings, each with its mend. Exit code 1 when a feed is refused
or an entry would wait for its author. Of an address it also says where it leads, how it is served, and who tells of changes.")]
    Check {
        /// Print one JSON object per feed
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        registered: check::As,
        /// Addresses or files
        #[arg(required = true, value_name = "URL|FILE")]
        feeds: Vec<String>,
    },
    /// List what waits for a person, and rule on it: same, different, primary, hide, show, release, undo
    #[command(long_about = "\
Lists what is held (entries of sources under review), doubtful (entries that may be one event, or no longer agree) and
waiting for its author, with what was ruled; and rules on it. A decision outranks every rule and can be undone. Each
entry and decision has a short handle to type; an entry is also known by its id or by the page of its event. A running
aggregator takes a decision up within seconds.")]
    Decisions {
        /// The aggregator's configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print one JSON object
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: decisions::Command,
    },
    /// Say whom an aggregator gathers: add, list, approve, pause, resume, import, export
    #[command(long_about = "\
Registers sources, after looking at them as a round would; lists how each does; publishes at once what a source under
review says; pauses and resumes visits; takes a list of feeds as feed readers export it (OPML), and writes one. The
configuration fills an empty database, which then holds the sources. A running aggregator takes changes up within
seconds.")]
    Sources {
        /// The aggregator's configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print one JSON object
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: sources::Command,
    },
    /// Take the events of a feed, a calendar or a table into a node; twice makes nothing twice
    #[command(long_about = "\
Takes the events of an Atom, RSS or JSON feed, of a calendar (.ics) or of a table (.xlsx, .csv) into a node's database.
Ids and times are kept; an event that is there already is brought up to date; nothing is ever removed but what the feed
itself says is withdrawn. A node that does not know its lab yet takes it from the feed. A running node shows what was
imported at once.

Of a table the columns are recognised by their headings, in French or English, and shown; --column corrects them. What
cannot be read is told cell by cell, with what to write instead; --dry-run tells it before anything is written.
--template writes an empty table to fill in.")]
    Import {
        #[command(flatten)]
        what: import::What,
    },
    /// Write out everything: all events in one format, or the whole site as files
    #[command(long_about = "\
Writes all events of a node or an aggregator in a format (atom, rss, json, ics, csv, xlsx, jsonld), to a file or to the
output; or the whole site, pages and feeds, as files that any web server can serve. What is written as csv or xlsx holds
everything: imported into another node, it gives the same events. The server may run meanwhile.")]
    Export {
        #[command(flatten)]
        what: export::What,
    },
    /// Save all that a server knows into one file, while it runs
    #[command(long_about = "\
Writes all that the database of a node or an aggregator holds, as it is at one instant, into one file (gzip of lines of
JSON that say themselves what they are). The server may go on writing. Keep the file as safe as the database: it holds
accounts too. The configuration is not in it.")]
    Backup {
        #[command(flatten)]
        what: backup::Saving,
    },
    /// Put a backup back into a database
    #[command(long_about = "\
Fills the database that the configuration names with what `essaim backup` wrote, all of it or nothing; SQLite and
PostgreSQL take each other's backups. A database that holds anything is left alone, unless --replace is given. Start the
server afterwards: it publishes the same feed, byte for byte.")]
    Restore {
        #[command(flatten)]
        what: backup::Restoring,
    },
    /// Say who may sign in at a node's desk: add, list, reset, remove
    #[command(long_about = "\
Adds accounts, lists them, lets somebody choose another password, takes accounts away. No password is typed here: add and
reset print a link, good once and for seven days, by which its owner chooses one. Roles: organiser (writes and changes
their own events), editor (all events), admin (settings and accounts too). A running node takes changes up at once.")]
    Users {
        /// The node's configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print one JSON object
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: users::Command,
    },
}

/// Runs what the arguments ask for.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // `--help` and `--version` are errors to clap, and none to anyone else.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    if let Err(why) = log() {
        eprintln!("essaim: {why}");
        return ExitCode::from(2);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error),
    };
    let done = runtime.block_on(run(arguments.command));
    // What is being read on other threads is not waited for: it was not acknowledged.
    runtime.shutdown_background();
    match done {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::WithProblems) => ExitCode::from(1),
        Err(error) => complain(error.as_ref()),
    }
}

async fn run(command: Command) -> Done {
    match command {
        Command::Demo { listen, feeds, data, now } => demo::run(listen, &feeds, data, now).await,
        Command::Node { config, print_config } => roles::node(config.as_deref(), print_config).await,
        Command::Aggregator { config, print_config } => roles::aggregator(config.as_deref(), print_config).await,
        Command::Round { config, all, dry_run, json } => round::run(&config, all, dry_run, json).await,
        Command::Check { json, registered, feeds } => check::run(&feeds, &registered, json).await,
        Command::Decisions { config, json, command } => decisions::run(&config, json, command).await,
        Command::Sources { config, json, command } => sources::run(&config, json, command).await,
        Command::Import { what } => import::run(&what).await,
        Command::Export { what } => export::run(&what).await,
        Command::Backup { what } => backup::backup(&what).await,
        Command::Restore { what } => backup::restore(&what).await,
        Command::Users { config, json, command } => users::run(&config, json, command).await,
    }
}

/// Prints an error with what lies below it, each once.
fn complain(error: &dyn StdError) -> ExitCode {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        below = cause.source();
    }
    eprintln!("essaim: {text}");
    ExitCode::from(2)
}

/// Begins the log, as lines for people or, where that is asked for, as one JSON object a line.
fn log() -> Result<(), String> {
    // Certificates that cannot be verified are failures of a source, told where sources are; not twice.
    let quiet = "info,rustls_platform_verifier=off";
    let filter = tracing_subscriber::EnvFilter::try_from_env("ESSAIM_LOG").unwrap_or_else(|_| quiet.into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match std::env::var("ESSAIM_LOG_FORMAT").as_deref() {
        Err(_) | Ok("text" | "") => log.with_ansi(std::io::stderr().is_terminal()).init(),
        // Values beside the message, as fields of their own: what reads logs need not look for them.
        Ok("json") => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
        Ok(other) => return Err(format!("ESSAIM_LOG_FORMAT={other}: text and json are known")),
    }
    Ok(())
}

/// The clock, read here and handed down, in whole seconds.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The language of the person at the terminal.
fn tongue() -> Tongue {
    let language = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if language.is_some_and(|language| language.starts_with("fr")) { Tongue::French } else { Tongue::English }
}
