//! Tables out of a server and into another one: nothing is lost on the way, whatever an author typed.

mod common;

use std::collections::BTreeMap;

use common::generate;
use common::tools::{essaim, free_ports, run};
use essaim::event::{Event, Id};
use essaim::format::sheet::{self as tables, Detail};
use essaim::format::{Feed, Hints, atom};
use essaim::parse::{self, sheet};
use jiff::Timestamp;
use proptest::prelude::*;

fn hints() -> Hints {
    Hints {
        address: None,
        language: None,
        zone: None,
        region: None,
        by_link: false,
        seen: Timestamp::from_second(1_790_000_000).expect("an instant"),
    }
}

fn read(bytes: &[u8], known: BTreeMap<Id, Event>) -> (BTreeMap<Id, Event>, Vec<sheet::Problem>) {
    let tag = Id::new("tag:other.example,2026:").unwrap();
    let ask = sheet::Ask { hints: hints(), tag, columns: Vec::new(), known };
    let sheet = sheet::read(bytes, None, &ask).unwrap_or_else(|refused| panic!("{refused:?}"));
    let events = sheet.reading.entries.into_iter().map(|entry| (entry.event.id.clone(), entry.event)).collect();
    (events, sheet.problems)
}

/// What a reader of the Atom feed has of the same events.
fn by_atom(feed: &Feed) -> BTreeMap<Id, Event> {
    let reading = parse::read(&atom::write(feed), None, &hints()).unwrap();
    reading.entries.into_iter().map(|entry| (entry.event.id.clone(), entry.event)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_table_gives_other_events_than_the_feed(events in prop::collection::vec(generate::event(), 1..4)) {
        let mut events = events;
        events.sort_by(|a, b| a.id.cmp(&b.id));
        events.dedup_by(|a, b| a.id == b.id);
        let feed = generate::feed(events);
        let expected = by_atom(&feed);
        let tables = || [tables::write_csv(&feed, Detail::Whole), tables::write_xlsx(&feed, Detail::Whole).unwrap()];
        prop_assert!(tables() == tables(), "the same events give other bytes");
        for bytes in tables() {
            let (events, problems) = read(&bytes, BTreeMap::new());
            prop_assert!(problems.is_empty(), "{:?}", problems);
            prop_assert_eq!(&events, &expected);
        }
        // Where they are known, what is written of them changes nothing.
        let feed = generate::feed(expected.values().cloned().collect());
        for bytes in [tables::write_csv(&feed, Detail::Whole), tables::write_xlsx(&feed, Detail::Whole).unwrap()] {
            let (again, problems) = read(&bytes, expected.clone());
            prop_assert!(problems.is_empty(), "{:?}", problems);
            prop_assert_eq!(&again, &expected);
        }
    }
}

#[test]
fn a_nodes_events_do_not_move_to_another_node_as_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let port = free_ports(1);
    let node = |name: &str| {
        let text = format!(
            "public_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n[lab]\nname = \"Lab\"\n\
             tag = \"lab.example,2026\"\ntime_zone = \"Europe/Paris\"\n",
            path(&format!("{name}.db"))
        );
        std::fs::write(path(&format!("{name}.toml")), text).unwrap();
        path(&format!("{name}.toml"))
    };
    let (one, two, three) = (node("one"), node("two"), node("three"));
    let feed = some_feed();
    let (code, _, err) = run(essaim().args(["import", "--config", &one, &feed]));
    assert_eq!(code, 0, "{err}");
    let atom = |config: &str| {
        let (code, out, err) = run(essaim().args(["export", "--config", config, "--format", "atom"]));
        assert_eq!(code, 0, "{err}");
        out
    };
    let first = atom(&one);
    assert!(first.contains("<entry>"), "{first}");
    for (other, extension) in [(&two, "csv"), (&three, "xlsx")] {
        let table = path(&format!("all.{extension}"));
        let (code, out, err) = run(essaim().args(["export", "--config", &one, "--format", extension, "-o", &table]));
        assert_eq!((code, out.as_str()), (0, ""), "{err}");
        let (code, out, err) = run(essaim().args(["import", "--config", other, "--dry-run", "--json", &table]));
        assert_eq!(code, 0, "{err}");
        let told: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert!(told["imported"]["added"].as_array().is_some_and(|added| !added.is_empty()), "{out}");
        assert!(!atom(other).contains("<entry>"), "a rehearsal wrote something");
        for expected in ["0 changed, 0 unchanged", "0 added, 0 changed"] {
            let (code, out, err) = run(essaim().args(["import", "--config", other, &table]));
            assert_eq!(code, 0, "{err}");
            assert!(out.contains(expected), "{out}");
        }
        assert_eq!(atom(other), first);
        // Over the node it came from, it changes nothing.
        let (_, out, _) = run(essaim().args(["import", "--config", &one, &table]));
        assert!(out.contains("0 added, 0 changed"), "{out}");
    }
}

fn some_feed() -> String {
    let feeds = std::fs::read_dir("feeds/mois-innovation-publique").unwrap();
    let feed = feeds
        .filter_map(Result::ok)
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|e| e == "atom"));
    let largest = feed.max_by_key(|path| std::fs::metadata(path).map_or(0, |data| data.len())).unwrap();
    largest.to_str().unwrap().to_owned()
}

#[test]
fn a_lab_is_not_told_what_its_table_would_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let database = path("node.db");
    let config = format!(
        "public_url = \"http://127.0.0.1:9\"\ndatabase = \"sqlite:{database}\"\n[lab]\nname = \"Lab\"\n\
         tag = \"lab.example,2026\"\nregion = \"FR-ARA\"\n"
    );
    std::fs::write(path("node.toml"), config).unwrap();
    for template in ["t.csv", "t.xlsx"] {
        let (code, _, err) = run(essaim().env("LC_ALL", "fr_FR.UTF-8").args(["import", "--template", &path(template)]));
        assert_eq!(code, 0, "{err}");
        let (code, out, err) =
            run(essaim().args(["import", "--config", &path("node.toml"), "--dry-run", &path(template)]));
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("Titre → Title [title]") && out.contains("1 added"), "{out}");
    }
    let table = path("mine.csv");
    std::fs::write(&table, "Titre;Date de début;Quoi\nA;18 novembre;x\nB;18/11/2026;y\n").unwrap();
    let arguments = ["import", "--config", &path("node.toml"), "--dry-run", &table];
    let (code, out, err) = run(essaim().env("LC_ALL", "fr_FR.UTF-8").args(arguments));
    assert_eq!(code, 1, "{out}{err}");
    assert!(err.contains("B2 (Date de début)") && err.contains("écrire par exemple"), "{err}");
    assert!(out.contains("laissée de côté") && out.contains("1 ajouté"), "{out}");
    let arguments = ["import", "--config", &path("node.toml"), "--column", "Quoi=summary", &table];
    let (code, out, _) = run(essaim().args(arguments));
    assert_eq!(code, 1);
    assert!(out.contains("Quoi → Summary [summary]"), "{out}");
    let (code, _, err) =
        run(essaim().args(["import", "--config", &path("node.toml"), "--column", "Quoi=nope", &table]));
    assert_eq!(code, 2);
    assert!(err.contains("there is no field nope"), "{err}");
}

#[test]
fn a_site_of_files_lacks_a_page_or_links_to_one_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let config = format!(
        "public_url = \"http://site.example/agenda/\"\ndatabase = \"sqlite:{}\"\n[lab]\nname = \"Lab\"\n",
        path("node.db")
    );
    std::fs::write(path("node.toml"), config).unwrap();
    let (code, _, err) = run(essaim().args(["import", "--config", &path("node.toml"), &some_feed()]));
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = run(essaim().args(["export", "--config", &path("node.toml"), "--site", &path("site")]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("files"), "{out}");
    let root = folder.path().join("site");
    let mut pages = vec!["index.html".to_owned(), "en/index.html".to_owned()];
    let mut seen = 0;
    let mut known: std::collections::BTreeSet<String> = pages.iter().cloned().collect();
    while let Some(page) = pages.pop() {
        seen += 1;
        let html = std::fs::read_to_string(root.join(&page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(!html.contains("<form"), "{page} asks a server");
        for link in html
            .split(['"'])
            .filter(|text| text.starts_with("/agenda/") || text.starts_with("http://site.example/agenda/"))
        {
            let at = link.trim_start_matches("http://site.example").trim_start_matches("/agenda/");
            let at = at.split(['#', '?']).next().unwrap();
            let file = if at.is_empty() || at.ends_with('/') { format!("{at}index.html") } else { at.to_owned() };
            let file = if root.join(&file).is_file() { file } else { format!("{file}/index.html") };
            assert!(root.join(&file).is_file(), "{page} links to {link}, which is not there");
            if file.ends_with(".html") && known.insert(file.clone()) {
                pages.push(file);
            }
        }
    }
    assert!(seen > 4, "{seen} pages");
    for feed in ["feed.atom", "feed.rss", "feed.json", "feed.ics", "feed.csv", "feed.jsonld"] {
        assert!(root.join(feed).metadata().unwrap().len() > 200, "{feed}");
    }
}
