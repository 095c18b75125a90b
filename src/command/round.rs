//! `essaim round`: one round without a server.

use std::path::Path;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};

use super::document::tell;
use super::roles::open_aggregator;
use super::{Done, Outcome, now, tongue};
use crate::aggregator::{Changes, Round, Which};
use crate::config;
use crate::language::Tongue;

/// Does the round, or rehearses it, and says what became of it.
pub async fn run(config: &Path, all: bool, dry_run: bool, json: bool) -> Done {
    let config = config::Aggregator::read(config)?;
    let aggregator = open_aggregator(&config, dry_run).await?;
    let which = if all { Which::All } else { Which::Due };
    // On a terminal only: in a log a bar would be noise.
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    let bar = Mutex::new(bar);
    let progress = |done: usize, total: usize, key: &crate::programme::SourceKey| {
        if let Ok(bar) = bar.lock() {
            bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
            bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
            bar.set_message(key.to_string());
        }
    };
    let round = if dry_run {
        aggregator.rehearse(which, now(), progress).await?
    } else {
        aggregator.round(which, now(), progress).await?
    };
    if let Ok(bar) = bar.lock() {
        bar.finish_and_clear();
    }
    aggregator.store().close().await;
    if json {
        println!("{}", serde_json::to_string(&round)?);
    } else {
        print(&round, dry_run, tongue());
    }
    let problems = round.failed > 0 || round.quarantined > 0;
    Ok(if problems { Outcome::WithProblems } else { Outcome::Well })
}

fn print(round: &Round, dry_run: bool, tongue: Tongue) {
    let n = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).into();
    println!(
        "{}",
        tongue.say_with(
            "command-round",
            [
                ("sources", n(round.sources)),
                ("fetched", n(round.fetched)),
                ("unchanged", n(round.unchanged)),
                ("failed", n(round.failed)),
                ("entries", n(round.entries)),
                ("events", n(round.events)),
                ("merged", n(round.merged)),
                ("seconds", format!("{:.1}", round.seconds).into()),
            ]
        )
    );
    if dry_run {
        println!("{}", tongue.say("command-dry-run"));
    }
    let Changes { added, changed, merged, withdrawn } = &round.changes;
    for (sign, list) in [("+", added), ("~", changed), ("=", merged), ("-", withdrawn)] {
        for title in list.values() {
            println!("  {sign} {title}");
        }
    }
    for failed in &round.failures {
        eprintln!("{}: {} {}", failed.source, tongue.failure(failed.failure.kind), failed.failure.detail);
    }
    for found in &round.findings {
        tell(tongue, found.source.as_str(), &found.finding);
    }
}
