//! Every feed we write is valid, by validators that others wrote.

mod common;

use common::{generate, tools};
use essaim::event::{Address, Event, Parts};
use essaim::format::atom;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

#[test]
fn a_feed_with_whatever_an_author_typed_is_invalid() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let mut files = Vec::new();
    for n in 0..60 {
        let events: Vec<_> = (0..4).map(|_| generate::event().new_tree(&mut runner).unwrap().current()).collect();
        let mut ids = std::collections::BTreeSet::new();
        let published = |event: Event| {
            // Whoever publishes an event shows it on a page.
            let page = event.page.clone().or_else(|| Address::new("https://lab.example/e/x").ok());
            Event::new(Parts { page, ..event.into_parts() }).unwrap()
        };
        let events = events.into_iter().filter(|event| ids.insert(event.id.clone())).map(published).collect();
        let path = folder.path().join(format!("{n}.atom"));
        std::fs::write(&path, atom::write(&generate::feed(events))).unwrap();
        files.push(path);
    }
    let Some((code, out, err)) = tools::python("validate.py", &files) else { return };
    assert_eq!(code, 0, "{}{err}", out.chars().take(4_000).collect::<String>());
}

#[test]
fn a_feed_of_the_demo_is_invalid_as_it_was_written() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds/mois-innovation-publique");
    let files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "atom"))
        .collect();
    assert_eq!(files.len(), 38);
    let Some((code, out, err)) = tools::python("validate.py", &files) else { return };
    assert_eq!(code, 0, "{out}{err}");
}
