//! Other people's collections of difficult feeds: each file is read as the aggregator would read it, and whatever it
//! is, reading ends with an answer.
//!
//! feedparser's own test files (ESSAIM_TEST_FEEDPARSER names their folder; tests/run fetches them), and any folder of
//! samples that ESSAIM_TEST_FEEDS names. `--nocapture` shows what is refused and why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use essaim::event::Address;
use essaim::format::Hints;
use essaim::parse;

/// What a thread of the aggregator has for its stack: reading too deep would end the process here as it would there.
const STACK: usize = 2 * 1024 * 1024;

fn hints() -> Hints {
    Hints {
        address: Address::new("https://lab.example/feed").ok(),
        language: None,
        zone: None,
        region: None,
        by_link: false,
        seen: jiff::Timestamp::from_second(1_780_000_000).unwrap(),
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The media type that a file wants to be served with: feedparser's say so in a comment, `Header: Content-type: …`.
fn content_type(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().take(20).find_map(|line| line.trim().strip_prefix("Header:").map(str::trim))?;
    let (name, value) = line.split_once(':')?;
    name.eq_ignore_ascii_case("content-type").then(|| value.trim().to_owned())
}

/// What became of a folder.
#[derive(Default)]
struct Account {
    files: usize,
    ours: usize,
    theirs: usize,
    entries: usize,
    /// Why we refuse, by how many files.
    refused: BTreeMap<String, usize>,
    /// What feed-rs takes and we refuse.
    only_theirs: Vec<String>,
}

fn read_all(folder: &Path) -> Account {
    let mut found = Vec::new();
    files(folder, &mut found);
    found.sort();
    let reader = move || {
        let mut account = Account::default();
        for path in found {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            account.files += 1;
            let theirs = std::panic::catch_unwind(|| feed_rs::parser::parse(&bytes[..]).is_ok()).unwrap_or(false);
            account.theirs += usize::from(theirs);
            match parse::read(&bytes, content_type(&bytes).as_deref(), &hints()) {
                Ok(reading) => {
                    account.ours += 1;
                    account.entries += reading.entries.len();
                }
                Err(rejected) => {
                    let finding = rejected.finding;
                    *account.refused.entry(finding.code.as_str().to_owned()).or_default() += 1;
                    if theirs {
                        account.only_theirs.push(format!("{name}: {} {}", finding.code.as_str(), finding.detail));
                    }
                }
            }
        }
        account
    };
    // A panic in a reader would be caught there and told as a finding; here it must not be silent.
    let account = std::thread::Builder::new().stack_size(STACK).spawn(reader).unwrap().join();
    let account = account.expect("a reader panicked");
    println!(
        "{}: {} files, {} accepted with {} entries, by feed-rs alone {}",
        folder.display(),
        account.files,
        account.ours,
        account.entries,
        account.theirs
    );
    for (code, files) in &account.refused {
        println!("    refused as {code}: {files}");
    }
    for one in &account.only_theirs {
        println!("    taken by feed-rs: {one}");
    }
    account
}

#[test]
fn a_file_of_feedparsers_tests_is_refused_that_feed_rs_takes() {
    let Some(folder) = std::env::var_os("ESSAIM_TEST_FEEDPARSER") else {
        eprintln!("SKIPPED: feedparser's corpus, since ESSAIM_TEST_FEEDPARSER is not set");
        return;
    };
    let account = read_all(Path::new(&folder));
    assert!(account.files > 2_000, "the corpus is not whole");
    assert!(account.ours >= account.theirs, "{} accepted, by feed-rs alone {}", account.ours, account.theirs);
}

#[test]
fn reading_a_folder_of_samples_does_not_end_well() {
    let Some(folder) = std::env::var_os("ESSAIM_TEST_FEEDS") else { return };
    assert!(read_all(Path::new(&folder)).files > 0, "nothing is in the folder");
}
