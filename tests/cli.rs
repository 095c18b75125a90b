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
        vec!["node"],
        vec!["node", "--config", "/nowhere.toml"],
        vec!["node", "--config", &misspelt],
        vec!["demo", "--listen", "192.0.2.1:80"],
    ] {
        let (code, out, err) = run(essaim().args(&arguments));
        assert_eq!(code, 2, "{arguments:?}");
        assert!(!err.is_empty() && out.is_empty(), "{arguments:?}: {err}");
    }
    let empty = node_config(folder.path(), free_ports(0));
    let (code, _, err) = run(essaim().args(["node", "--config", &empty]));
    assert_eq!(code, 2);
    assert!(err.contains("[lab]"), "{err}");
    for arguments in [vec!["--help"], vec!["round", "--help"], vec!["--version"], vec!["node", "--print-config"]] {
        assert_eq!(run(essaim().args(&arguments)).0, 0, "{arguments:?}");
    }
}
