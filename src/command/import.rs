//! `essaim import`: the events of a feed into a node's database.

use std::path::Path;

use super::document::{bytes, tell};
use super::roles::settle_lab;
use super::{Done, Outcome, now, tongue};
use crate::config;
use crate::format::Hints;
use crate::node;
use crate::parse;
use crate::programme::{Finding, Severity};
use crate::store::Store;

/// Who imported, for the history.
const BY: &str = "import";

/// Imports one feed.
pub async fn run(config: &Path, feed: &str, json: bool) -> Done {
    let config = config::Node::read(config)?;
    let store = Store::open(&config.database).await?;
    settle_lab(&store, &config).await?;
    let document = bytes(feed, now()).await.map_err(|why| format!("{feed}: {why}"))?;
    let lab = store.lab().await?;
    let hints = Hints {
        address: document.address,
        language: lab.as_ref().map(|lab| lab.language.clone()),
        zone: lab.and_then(|lab| lab.zone),
        region: None,
        by_link: false,
        seen: now(),
    };
    let tongue = tongue();
    let reading = match parse::read(&document.bytes, document.content_type.as_deref(), &hints) {
        Ok(reading) => reading,
        Err(rejected) => {
            tell(tongue, feed, &rejected.finding);
            return Ok(Outcome::WithProblems);
        }
    };
    let findings: Vec<Finding> = reading.findings.clone();
    let done = node::import(&store, reading, now(), BY).await?;
    store.close().await;
    if json {
        println!("{}", serde_json::json!({ "imported": done, "findings": findings }));
    } else {
        let count = |list: &[crate::event::Id]| i64::try_from(list.len()).unwrap_or(i64::MAX);
        println!(
            "{}",
            tongue.say_with(
                "command-imported",
                [
                    ("added", count(&done.added).into()),
                    ("changed", count(&done.changed).into()),
                    ("unchanged", count(&done.unchanged).into()),
                    ("withdrawn", count(&done.withdrawn).into()),
                ]
            )
        );
        findings.iter().for_each(|finding| tell(tongue, feed, finding));
    }
    let waits = findings.iter().any(|finding| finding.code.severity() >= Severity::Quarantine);
    Ok(if waits { Outcome::WithProblems } else { Outcome::Well })
}
