//! The commands as a sysadmin runs them: what they print, what they leave, and their exit codes.

mod common;

use std::path::Path;

use common::tools::{Running, essaim, free_ports, get, run};

const FEED: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:evt="https://w3id.org/essaim/event/1" xml:lang="fr">
  <id>tag:lab.example,2026:programme</id><title>Lab Exemple</title><updated>2026-10-01T08:00:00Z</updated>
  <author><name>Lab Exemple</name></author>
  <entry>
    <id>tag:lab.example,2026:e/1</id><title>Atelier eau</title>
    <published>2026-09-01T08:00:00Z</published><updated>2026-10-01T08:00:00Z</updated>
    <evt:event v="1" status="scheduled" tz="Europe/Paris">
      <evt:slot ref="c1" start="2026-11-10T10:00:00+01:00" end="2026-11-10T12:00:00+01:00"/>
    </evt:event>
  </entry>
</feed>"#;

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn node_config(folder: &Path, port: u16) -> String {
    let database = folder.join("node.db");
    let text = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n",
        database.display()
    );
    write(folder, "node.toml", &text)
}

fn aggregator_config(folder: &Path, port: u16, node: u16) -> String {
    let database = folder.join("programme.db");
    let text = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n\
         [programme]\ntitle = \"Programme\"\ntime_zone = \"Europe/Paris\"\n[fetch]\nallow_private_addresses = true\n\
         [[source]]\nurl = \"http://127.0.0.1:{node}/feed.atom\"\nname = \"Lab Exemple\"\n",
        database.display()
    );
    write(folder, "aggregator.toml", &text)
}

#[test]
fn an_event_does_not_travel_from_a_file_to_the_programme() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_ports(1);
    let feed = write(folder.path(), "lab.atom", FEED);
    let config = node_config(folder.path(), port);

    let (code, out, err) = run(essaim().args(["import", "--config", &config, &feed]));
    assert_eq!((code, out.trim()), (0, "1 added, 0 changed, 0 unchanged, 0 withdrawn."), "{err}");
    let (code, out, _) = run(essaim().args(["import", "--config", &config, &feed]));
    assert_eq!((code, out.trim()), (0, "0 added, 0 changed, 1 unchanged, 0 withdrawn."));

    let log = folder.path().join("node.log");
    let node = Running::start(essaim().args(["node", "--config", &config]), port, &log);
    let atom = String::from_utf8(get(port, "/feed.atom").unwrap()).unwrap();
    assert!(atom.contains("<id>tag:lab.example,2026:e/1</id>"), "the id is not kept: {atom}");
    assert!(atom.contains("<published>2026-09-01T08:00:00+00:00</published>"), "{atom}");

    let aggregator = aggregator_config(folder.path(), port + 1, port);
    let (code, out, err) = run(essaim().args(["round", "--config", &aggregator, "--dry-run"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("+ Atelier eau"), "{out}");
    let (code, out, err) = run(essaim().args(["round", "--config", &aggregator, "--json"]));
    assert_eq!(code, 0, "{err}");
    let round: serde_json::Value = serde_json::from_str(&out).unwrap();
    for (key, value) in [("sources", 1), ("fetched", 1), ("failed", 0), ("entries", 1), ("events", 1), ("merged", 0)] {
        assert_eq!(round[key], value, "{key} in {out}");
    }
    assert!(round["seconds"].is_number() && round["findings"].is_array() && round["quarantined"] == 0);
    // Not due yet.
    let (_, out, _) = run(essaim().args(["round", "--config", &aggregator, "--json"]));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap()["sources"], 0);

    // An older file takes nothing back.
    let older = FEED.replace("Atelier eau", "Vieux titre").replace("2026-10-01", "2026-09-15");
    let feed = write(folder.path(), "old.atom", &older);
    let (_, out, _) = run(essaim().args(["import", "--config", &config, &feed]));
    assert_eq!(out.trim(), "0 added, 0 changed, 1 unchanged, 0 withdrawn.");

    // A running node shows an import by another process at once.
    let changed = FEED.replace("Atelier eau", "Atelier rivière").replace("2026-10-01", "2026-10-02");
    let feed = write(folder.path(), "lab.atom", &changed);
    let (_, out, _) = run(essaim().args(["import", "--config", &config, &feed]));
    assert_eq!(out.trim(), "0 added, 1 changed, 0 unchanged, 0 withdrawn.");
    assert!(String::from_utf8(get(port, "/feed.atom").unwrap()).unwrap().contains("Atelier rivière"));

    let log = folder.path().join("aggregator.log");
    let (code, _, err) = run(essaim().args(["round", "--config", &aggregator, "--all"]));
    assert_eq!(code, 0, "{err}");
    let server = Running::start(essaim().args(["aggregator", "--config", &aggregator]), port + 1, &log);
    let programme = String::from_utf8(get(port + 1, "/programme.atom").unwrap()).unwrap();
    assert!(programme.contains("Atelier rivière") && programme.contains("evt:copy"), "{programme}");
    assert_eq!((server.interrupt(), node.interrupt()), (Some(0), Some(0)));
}

#[test]
fn a_source_that_fails_is_reported_as_done() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_ports(1);
    let aggregator = aggregator_config(folder.path(), port + 1, port);
    let (code, out, err) = run(essaim().args(["round", "--config", &aggregator]));
    assert_eq!(code, 1, "{out}{err}");
    assert!(err.contains("The server does not answer"), "{err}");
}

#[test]
fn checking_a_feed_does_not_say_what_to_mend() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "good.atom", FEED);
    let (code, out, err) = run(essaim().args(["check", &good]));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("N2  Atelier eau") && out.contains("Tuesday 10 November 2026, 10:00 – 12:00"), "{out}");

    let bad = write(folder.path(), "bad.atom", &FEED.replace("10:00:00+01:00", "10:00:00+02:00"));
    let (code, _, err) = run(essaim().args(["check", &bad]));
    assert_eq!(code, 1);
    assert!(err.contains("zone-contradicted") && err.contains("→ Correct the offset"), "{err}");
    let (code, _, err) = run(essaim().env("LC_ALL", "fr_FR.UTF-8").args(["check", &bad]));
    assert_eq!(code, 1);
    assert!(err.contains("→ Corrigez le décalage"), "{err}");

    let page = write(folder.path(), "page.html", "<!doctype html><html></html>");
    let (code, out, _) = run(essaim().args(["check", "--json", &page, &good]));
    assert_eq!(code, 1);
    let lines: Vec<serde_json::Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines[0]["findings"][0]["code"], "web-page");
    assert_eq!(lines[1]["entries"][0]["level"], "N2");
}

#[test]
fn unusable_arguments_or_configuration_end_with_another_code_than_two() {
    let folder = tempfile::tempdir().unwrap();
    let misspelt = write(folder.path(), "a.toml", "public_url = \"https://p.example\"\nlistn = \"x\"\n");
    for arguments in [
        vec!["nonsense"],
        vec!["aggregator"],
        vec!["node", "--config", "/nowhere.toml"],
        vec!["node", "--config", &misspelt],
        vec!["demo", "--listen", "192.0.2.1:80"],
    ] {
        let (code, out, err) = run(essaim().args(&arguments));
        assert_eq!(code, 2, "{arguments:?}");
        assert!(!err.is_empty() && out.is_empty(), "{arguments:?}: {err}");
    }
    // Whose node it is must be known before anything of it can be given on.
    let empty = node_config(folder.path(), free_ports(0));
    let (code, _, err) = run(essaim().args(["export", "--config", &empty, "--format", "atom"]));
    assert_eq!(code, 2);
    assert!(err.contains("[lab]"), "{err}");
    for arguments in [vec!["--help"], vec!["round", "--help"], vec!["--version"], vec!["node", "--print-config"]] {
        assert_eq!(run(essaim().args(&arguments)).0, 0, "{arguments:?}");
    }
}

#[test]
fn a_node_that_does_not_know_its_lab_ends_at_once_or_cannot_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_ports(0);
    let config = node_config(folder.path(), port);
    let node = Running::start(essaim().args(["node", "--config", &config]), port, &folder.path().join("node.log"));
    assert_eq!(node.interrupt(), Some(0));
}

/// A feed of a lab: id, title and slot start of each event.
fn feed_of(lab: &str, events: &[(&str, &str, &str)]) -> String {
    let entry = |(id, title, start): &(&str, &str, &str)| {
        format!(
            "<entry><id>tag:{lab},2026:{id}</id><title>{title}</title><updated>2026-10-01T08:00:00Z</updated>\
             <evt:event v=\"1\" status=\"scheduled\" tz=\"Europe/Paris\"><evt:slot ref=\"c1\" start=\"{start}\"/></evt:event></entry>"
        )
    };
    let entries: String = events.iter().map(entry).collect();
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:evt=\"https://w3id.org/essaim/event/1\" xml:lang=\"fr\">\
         <id>tag:{lab},2026:feed</id><title>{lab}</title><updated>2026-10-01T08:00:00Z</updated>\
         <author><name>{lab}</name></author>{entries}</feed>"
    )
}

/// Serves files of a folder on a port, until the test ends.
fn serve_files(folder: &Path, port: u16) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let path = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
            let (status, body) = match std::fs::read(folder.join(&path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let kind = if path.ends_with(".html") { "text/html" } else { "application/atom+xml" };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
}

/// A programme of two labs whose feeds are files: the folder, its configuration and the port of its server.
fn programme(feeds: &[(&str, String, &str)]) -> (tempfile::TempDir, String, u16) {
    let folder = tempfile::tempdir().unwrap();
    let port = free_ports(1);
    serve_files(folder.path(), port + 1);
    let mut text = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n\
         [programme]\ntitle = \"Programme\"\ntime_zone = \"Europe/Paris\"\n[fetch]\nallow_private_addresses = true\n",
        folder.path().join("programme.db").display()
    );
    for (key, feed, more) in feeds {
        write(folder.path(), &format!("{key}.atom"), feed);
        let address = format!("http://127.0.0.1:{}/{key}.atom", port + 1);
        text.push_str(&format!("[[source]]\nkey = \"{key}\"\nurl = \"{address}\"\nname = \"Lab {key}\"\n{more}\n"));
    }
    let config = write(folder.path(), "aggregator.toml", &text);
    (folder, config, port)
}

fn decisions(config: &str, arguments: &[&str]) -> (i32, String, String) {
    run(essaim().env("USER", "anna").args(["decisions", "--config", config]).args(arguments))
}

fn events(config: &str) -> u64 {
    let (_, out, err) = run(essaim().args(["round", "--config", config, "--json"]));
    let round: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    round["events"].as_u64().unwrap()
}

#[test]
fn a_ruling_does_not_do_what_it_says_or_cannot_be_taken_back() {
    let a = feed_of("a.example", &[("1", "Atelier des courriers", "2026-11-10T10:00:00+01:00")]);
    let b = feed_of(
        "b.example",
        &[("1", "Fabrique du lien", "2026-11-12T10:00:00+01:00"), ("2", "Visite", "2026-11-20T10:00:00+01:00")],
    );
    let (_folder, config, _) = programme(&[("a", a, ""), ("b", b, "")]);
    let (_, out, err) = run(essaim().args(["round", "--config", &config, "--json"]));
    assert!(out.contains("\"events\":3"), "{out}{err}");

    let (code, out, err) =
        decisions(&config, &["same", "a tag:a.example,2026:1", "fabrique-du-lien", "--why", "même salle"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("two events became one") && out.contains("by anna"), "{out}");
    assert_eq!(events(&config), 2);
    let (code, _, err) = decisions(&config, &["same", "fabrique-du-lien", "b tag:b.example,2026:1"]);
    assert_eq!(code, 2);
    assert!(err.contains("one and the same entry") || err.contains("decided already"), "{err}");

    // The other copy speaks; a second ruling on the same event takes the place of the first.
    let (code, out, err) = decisions(&config, &["primary", "b tag:b.example,2026:1"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("Lab b speaks for it, instead of Lab a"), "{out}");
    let (_, out, _) = decisions(&config, &["primary", "a tag:a.example,2026:1"]);
    assert!(out.contains("taken back: primary Fabrique du lien"), "{out}");

    // Never the same: what was ruled before is taken back by it.
    let (code, out, err) = decisions(&config, &["different", "a tag:a.example,2026:1", "b tag:b.example,2026:1"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("taken back: same") && out.contains("is shown"), "{out}");
    assert_eq!(events(&config), 3);

    let (code, out, err) = decisions(&config, &["hide", "visite", "--why", "hors sujet", "--by", "Équipe"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("“Visite” is no longer shown"), "{out}");
    assert_eq!(events(&config), 2);
    let (code, _, err) = decisions(&config, &["hide", "b tag:b.example,2026:2", "--why", "encore"]);
    assert_eq!(code, 2);
    assert!(err.contains("decided already"), "{err}");
    let (code, out, err) = decisions(&config, &["show", "visite"]);
    assert_eq!((code, out.contains("“Visite” is shown")), (0, true), "{out}{err}");
    assert_eq!(events(&config), 3);

    // What holds and what was taken back is listed, with who and why; any of it can be undone by its handle.
    let (_, out, _) = decisions(&config, &["list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    let ruled: Vec<(&str, bool)> = list["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["ruling"].as_str().unwrap(), d["undone"].is_null()))
        .collect();
    assert_eq!(ruled, [("same", false), ("primary", false), ("primary", true), ("different", true), ("hidden", false)]);
    assert_eq!((&list["decisions"][0]["by"], &list["decisions"][0]["why"]), (&"anna".into(), &"même salle".into()));
    assert_eq!(list["decisions"][4]["by"], "Équipe");
    let handle = list["decisions"][3]["handle"].as_str().unwrap();
    let (code, out, err) = decisions(&config, &["undo", &handle[..5]]);
    assert_eq!((code, out.contains("taken back: different")), (0, true), "{out}{err}");
    let (code, _, err) = decisions(&config, &["undo", handle]);
    assert_eq!((code, err.contains("was taken back before")), (2, true), "{err}");
    let (_, out, _) = decisions(&config, &["list"]);
    assert!(out.contains("Decisions: 1.") && !out.contains("taken back"), "{out}");
    let (_, out, _) = decisions(&config, &["list", "--undone"]);
    assert!(out.contains("Decisions: 5.") && out.contains("anna") && out.contains("hors sujet"), "{out}");
}

#[test]
fn a_name_that_means_nothing_or_several_is_answered_without_help() {
    let both = |lab| feed_of(lab, &[("1", "Atelier des courriers", "2026-11-10T10:00:00+01:00")]);
    let shared = both("a.example");
    let (_folder, config, _) = programme(&[("a", shared.clone(), ""), ("b", shared, ""), ("c", both("c.example"), "")]);
    events(&config);
    for (arguments, wanted) in [
        (vec!["hide", "courriers", "--why", "x"], "Near ones:\n  "),
        (vec!["hide", "zzz", "--why", "x"], "No entry is called “zzz”"),
        (vec!["primary", "tag:a.example,2026:1"], "means several entries:"),
        (vec!["undo", "abcd"], "No decision is called"),
        (vec!["release", "--source", "labo"], "No source has the key “labo”"),
        (vec!["release", "--source", "a"], "does not wait to be released"),
        (vec!["show", "a tag:a.example,2026:1"], "No decision hides"),
        (vec!["hide", "a tag:a.example,2026:1"], "--why"),
        (vec!["rule"], "unrecognized subcommand"),
    ] {
        let (code, out, err) = decisions(&config, &arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(wanted), "{arguments:?}: {err}");
    }
    let nobody = run(essaim().env_remove("USER").env_remove("LOGNAME").args([
        "decisions",
        "--config",
        &config,
        "primary",
        "c tag:c.example,2026:1",
    ]));
    assert_eq!((nobody.0, nobody.2.contains("--by")), (2, true), "{}", nobody.2);
}

#[test]
fn what_a_source_under_review_says_is_shown_before_it_is_released() {
    let a = feed_of(
        "a.example",
        &[("1", "Atelier des courriers", "2026-11-10T10:00:00+01:00"), ("2", "Visite", "2026-11-20T10:00:00+01:00")],
    );
    let broken = feed_of("b.example", &[("1", "Table ronde", "2026-11-10T10:00:00+02:00")]);
    let (folder, config, port) = programme(&[("a", a, "trust = \"review\""), ("b", broken, "")]);
    assert_eq!(events(&config), 0);
    let (code, out, err) = decisions(&config, &["list"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("Held: 2 entries") && out.contains("Atelier des courriers (a)"), "{out}");
    assert!(out.contains("Waiting for its author: 1 entry.") && err.contains("zone-contradicted"), "{out}{err}");
    assert!(err.contains("→ Correct the offset"), "{err}");

    // A server that runs takes it up by itself, though no source is due.
    let server =
        Running::start(essaim().args(["aggregator", "--config", &config]), port, &folder.path().join("aggregator.log"));
    let (_, list, _) = decisions(&config, &["list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let handle = list["held"][0]["handle"].as_str().unwrap();
    let (code, out, err) = decisions(&config, &["release", handle]);
    assert_eq!((code, out.contains("is shown")), (0, true), "{out}{err}");
    let shown = |title: &str| {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while std::time::Instant::now() < until {
            if get(port, "/programme.atom").is_some_and(|b| String::from_utf8_lossy(&b).contains(title)) {
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        false
    };
    assert!(shown("Atelier des courriers"), "the running aggregator does not take it up");
    let (code, out, err) = decisions(&config, &["release", "--source", "a"]);
    assert_eq!((code, out.contains("Visite")), (0, true), "{out}{err}");
    assert!(shown("Visite"));
    assert_eq!(server.interrupt(), Some(0));
}

#[test]
fn what_disappeared_at_once_cannot_be_released_by_name_or_is_released_unseen() {
    let titles: Vec<String> = (0..12).map(|n| format!("Atelier numéro {n}")).collect();
    let ids: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let days: Vec<String> = (0..12).map(|n| format!("2999-11-{:02}T10:00:00+01:00", 10 + n)).collect();
    let of = |n: usize| {
        let all: Vec<_> = (0..n).map(|at| (ids[at].as_str(), titles[at].as_str(), days[at].as_str())).collect();
        let whole = "<fh:complete xmlns:fh=\"http://purl.org/syndication/history/1.0\"/><entry>";
        feed_of("a.example", &all).replacen("<entry>", whole, 1)
    };
    let (folder, config, _) = programme(&[("a", of(12), "")]);
    assert_eq!(events(&config), 12);
    let release = ["release", "--disappeared", "a", "--why", "refonte du site"];
    let (code, out, err) = decisions(&config, &release);
    assert_eq!((code, err.contains("Lab a")), (2, true), "nothing disappeared yet: {out}{err}");

    write(folder.path(), "a.atom", &of(2));
    let visit = || run(essaim().args(["round", "--all", "--config", &config])).0;
    visit();
    assert_eq!(events(&config), 12, "they stay until somebody looks");
    let (_, list, _) = decisions(&config, &["list"]);
    assert!(list.contains("a  10 of 12 entries disappeared at once"), "{list}");
    let (code, out, err) = decisions(&config, &release);
    assert_eq!((code, out.contains("by anna")), (0, true), "{out}{err}");
    let (_, list, _) = decisions(&config, &["list", "--json"]);
    assert!(list.contains("refonte du site") && list.contains("emptied"), "{list}");
    // The second look comes first, however sure the person was.
    visit();
    assert_eq!(events(&config), 12);
}

fn sources(config: &str, arguments: &[&str]) -> (i32, String, String) {
    run(essaim().args(["sources", "--config", config]).args(arguments))
}

#[test]
fn a_source_is_added_unseen_twice_or_without_a_word_of_what_it_holds() {
    let one = [("1", "Atelier des courriers", "2026-11-10T10:00:00+01:00")];
    let (folder, config, port) = programme(&[("a", feed_of("a.example", &one), "")]);
    let address = |name: &str| format!("http://127.0.0.1:{}/{name}", port + 1);
    write(folder.path(), "b.atom", &feed_of("b.example", &one).replace("2026-10-01T08", "2099-10-01T08"));
    write(folder.path(), "page.html", "<!doctype html><html><p>Rien</p></html>");

    let b = address("b.atom");
    let arguments =
        ["add", &b, "--key", "b", "--region", "FR-BRE", "--trust", "review", "--verified-host", "b.example"];
    let (code, out, err) = sources(&config, &arguments);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("Understood: 1 entry, 1 with a date (N2: 1"), "{out}");
    assert!(out.contains("b.example is added under the key b"), "the feed's own name stands in: {out}");
    for (again, wanted) in [
        (vec!["add", b.as_str()], "already the one of b.example (b)"),
        (vec!["add", "ftp://x.example/f"], "ftp://x.example/f"),
        (vec!["add", "https://x.example/f", "--zone", "Europe/Nowhere"], "--zone"),
        (vec!["add", "https://x.example/f", "--role", "king"], "invalid value"),
        (vec!["pause", "c"], "No source has the key “c”"),
        (vec!["pause", "b.ex"], "Near ones:\n  b  b.example"),
        (vec!["approve", "a"], "Nothing of Lab a waits"),
        (vec!["import", "/nowhere.opml"], "/nowhere.opml"),
    ] {
        let (code, out, err) = sources(&config, &again);
        assert_eq!((code, out.as_str()), (2, ""), "{again:?} {err}");
        assert!(err.contains(wanted), "{again:?}: {err}");
    }
    // What cannot be read is not added, unless that is asked for.
    for (name, wanted) in [("page.html", "web-page"), ("none.atom", "The address does not exist")] {
        let (code, _, err) = sources(&config, &["add", &address(name)]);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(wanted) && err.contains("not added"), "{err}");
    }
    // A home page is given for its richest feed.
    let home = "<!doctype html><html><head><link rel='alternate' type='application/rss+xml' href='poor.rss'>\
                <link rel='alternate' type='application/atom+xml' href='rich.atom'></head></html>";
    let poor =
        "<rss version='2.0'><channel><title>P</title><item><guid>1</guid><title>Un</title></item></channel></rss>";
    write(folder.path(), "home.html", home);
    write(folder.path(), "poor.rss", poor);
    write(folder.path(), "rich.atom", &feed_of("rich.example", &one));
    let (code, out, err) = sources(&config, &["add", &address("home.html"), "--key", "rich", "--trust", "review"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("leads to 2 feeds") && out.contains("/rich.atom") && out.contains("N2: 1"), "{out}");
    let (code, out, err) =
        sources(&config, &["add", &address("none.atom"), "--anyway", "--name", "Plus tard", "--json"]);
    assert_eq!(code, 0, "{err}");
    let added: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&added["added"]["name"], &added["understood"]), (&"Plus tard".into(), &serde_json::Value::Null));

    assert_eq!(events(&config), 1);
    let (code, out, err) = sources(&config, &["list"]);
    assert_eq!(code, 0, "{err}");
    let row = |key: &str| out.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key}: {out}"));
    assert!(row("b ").contains("Up to date") && !row("b ").trim_end().ends_with(" 0"), "{out}");
    assert!(out.contains("The address does not exist (404). ["), "{out}");
    assert!(out.contains("1 entry of b waits to be released"), "{out}");
    let (_, out, _) = sources(&config, &["list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(list["sources"][2]["key"], "b");

    let (code, out, _) = sources(&config, &["approve", "b"]);
    assert_eq!((code, out.contains("published at once")), (0, true));
    let (_, out, _) = run(essaim().args(["round", "--config", &config, "--json"]));
    assert!(out.contains("\"merged\":1"), "{out}");
    let (code, out, _) = sources(&config, &["pause", "a"]);
    assert_eq!((code, out.contains("visited no more")), (0, true));
    let (_, out, _) = run(essaim().args(["round", "--config", &config, "--all", "--json"]));
    let round: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&round["sources"], &round["events"]), (&3.into(), &1.into()), "what a paused source said stays");
    let (_, out, _) = sources(&config, &["resume", "a"]);
    assert!(out.contains("is visited again"), "{out}");
}

#[test]
fn a_list_of_feeds_is_lost_doubled_or_published_unseen() {
    let one = [("1", "Atelier des courriers", "2026-11-10T10:00:00+01:00")];
    let (folder, config, port) = programme(&[("a", feed_of("a.example", &one), "")]);
    write(folder.path(), "b.atom", &feed_of("b.example", &one));
    let known = format!("http://127.0.0.1:{}/a.atom", port + 1);
    let new = format!("http://127.0.0.1:{}/b.atom", port + 1);
    let list = write(
        folder.path(),
        "list.opml",
        &format!(
            "<?xml version=\"1.0\"?><opml version=\"2.0\"><head><title>Mes flux</title></head><body>\
             <outline text=\"Connu\" xmlUrl=\"{known}\"/><outline text=\"Bretagne\">\
             <outline text=\"Lab &amp; b\" category=\"/FR-BRE\" xmlUrl=\"{new}\"/><outline text=\"Deux fois\" xmlUrl=\"{new}\"/>\
             </outline><outline text=\"Mauvais\" xmlUrl=\"javascript:alert(1)\"/></body></opml>"
        ),
    );
    let (code, out, err) = sources(&config, &["import", &list, "--dry-run"]);
    assert_eq!(code, 1, "one was refused: {err}");
    assert!(out.contains("1 added, 2 known already, 1 refused.") && out.contains("nothing was written"), "{out}");
    let (_, out, _) = sources(&config, &["import", &list]);
    assert!(out.contains("1 added, 2 known already, 1 refused."), "{out}");
    let (_, out, _) = sources(&config, &["import", &list, "--json"]);
    let again: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(again["added"].as_array().map(Vec::len), Some(0), "twice makes nothing twice: {out}");
    assert_eq!(events(&config), 1);
    let (_, out, _) = decisions(&config, &["list"]);
    assert!(out.contains("Held: 1 entry"), "{out}");

    // What is exported can be imported, and read as a configuration.
    let file = folder.path().join("out.opml");
    let (code, _, err) = sources(&config, &["export", "--format", "opml", "-o", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("Lab &amp; b") && text.contains(&new), "{text}");
    let (_, toml, _) = sources(&config, &["export"]);
    let head = format!(
        "public_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n[programme]\ntitle = \"P\"\n",
        folder.path().join("other.db").display()
    );
    let other = write(folder.path(), "other.toml", &format!("{head}{toml}"));
    let (code, out, err) = sources(&other, &["list", "--json"]);
    assert_eq!(code, 0, "{err}");
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(list["sources"].as_array().map(Vec::len), Some(2), "{out}");
    assert_eq!(list["sources"][0]["region"], "FR-BRE");
    let empty = write(folder.path(), "empty.toml", &head.replace("other.db", "empty.db"));
    let (code, out, err) = sources(&empty, &["import", file.to_str().unwrap(), "--trust", "auto"]);
    assert_eq!((code, out.contains("2 added")), (0, true), "{out}{err}");
}

#[test]
fn monitoring_cannot_read_what_is_counted_or_logs_cannot_be_read_by_programs() {
    let one = [("1", "Atelier des courriers", "2026-11-10T10:00:00+01:00")];
    let (folder, config, port) = programme(&[("a", feed_of("a.example", &one), "")]);
    let (_, _, err) = sources(&config, &["add", "http://127.0.0.1:1/secret.atom?key=hidden", "--anyway", "--key", "b"]);
    assert_eq!(err, "");
    let log = folder.path().join("aggregator.log");
    let mut command = essaim();
    let server =
        Running::start(command.env("ESSAIM_LOG_FORMAT", "json").args(["aggregator", "--config", &config]), port, &log);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let text = loop {
        let text = String::from_utf8(get(port, "/metrics").unwrap()).unwrap();
        if text.contains("essaim_round_seconds_count 1") || std::time::Instant::now() > until {
            break text;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    for line in [
        "essaim_fetches_total{outcome=\"fresh\"} 1",
        "essaim_fetch_failures_total{kind=\"connection\"} 1",
        "essaim_entries_read_total{level=\"n2\"} 1",
        "essaim_events 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in {text}");
    }
    assert!(!text.contains("a.example") && !text.contains("Lab"), "{text}");
    let file = folder.path().join("metrics.txt");
    std::fs::write(&file, &text).unwrap();
    if let Some((code, out, err)) = common::tools::python("read_metrics.py", std::slice::from_ref(&file)) {
        assert_eq!(code, 0, "{err}");
        let families: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(families["essaim_fetches"]["type"], "counter", "{out}");
        assert_eq!(families["essaim_step_seconds"]["type"], "histogram", "{out}");
    }
    assert_eq!(get(port, "/healthz").as_deref(), Some(b"ok\n".as_slice()));
    assert_eq!(get(port, "/readyz").as_deref(), Some(b"ready\n".as_slice()));
    assert_eq!(server.interrupt(), Some(0));

    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let failed: Vec<_> = lines.iter().filter(|line| line["message"] == "a source failed").collect();
    assert_eq!(failed.len(), 1, "a failure is logged once: {text}");
    assert_eq!((&failed[0]["source"], &failed[0]["kind"]), (&"b".into(), &"connection".into()), "{text}");
    assert!(!text.contains("key=hidden"), "the query of an address is where people put keys: {text}");
    let (code, _, err) = run(essaim().env("ESSAIM_LOG_FORMAT", "xml").args(["sources", "--config", &config, "list"]));
    assert_eq!((code, err.contains("text and json")), (2, true), "{err}");
}

#[test]
fn checking_an_address_does_not_say_how_it_is_served_or_with_what_it_is_read() {
    let floating = feed_of("a.example", &[("1", "Atelier", "2026-11-10T10:00:00+01:00")]);
    let (folder, _, port) = programme(&[("a", floating, "")]);
    let address = format!("http://127.0.0.1:{}/a.atom", port + 1);
    let (code, out, err) = run(essaim().args(["check", &address]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("Type: application/atom+xml") && out.contains("Without ETag"), "{out}");
    assert!(out.contains("Understood: 1 entry, 1 with a date (N2: 1, N1: 0, N0: 0)."), "{out}");
    let (_, out, _) = run(essaim().args(["check", "--json", &address]));
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["served"]["content_type"], "application/atom+xml", "{out}");
    assert_eq!(told["understood"]["dated"], 1, "{out}");
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261001T000000Z\r\n\
                    DTSTART:20261110T100000\r\nSUMMARY:Atelier\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let file = write(folder.path(), "a.ics", calendar);
    let (_, out, _) = run(essaim().args(["check", "--json", "--zone", "Indian/Reunion", &file]));
    assert!(out.contains("+04:00"), "the zone it would be registered with is not used: {out}");
    let (code, _, err) = run(essaim().args(["check", "--zone", "Nowhere", &file]));
    assert_eq!((code, err.contains("--zone")), (2, true), "{err}");
}
