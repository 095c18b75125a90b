//! What servers tell each other and those who run them: events and receipts as data, asked for by a node; backups that
//! are taken while the server writes.

mod common;

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use common::tools::{Running, essaim, free_ports, get, run};
use essaim::event::{Address, Days, Id, Region};
use essaim::fetch::{Fetcher, Rules};
use essaim::language::Tongue;
use essaim::node::programme::{Programme, State};
use essaim::programme::FailureKind;
use jiff::Timestamp;
use serde_json::Value;

fn entry(id: &str, title: &str, day: &str) -> String {
    format!(
        "<entry><id>tag:lab.example,2026:{id}</id><title>{title}</title><published>2026-09-01T08:00:00Z</published>\
         <updated>2026-10-01T08:00:00Z</updated><evt:event v=\"1\" status=\"scheduled\" tz=\"Europe/Paris\">\
         <evt:slot ref=\"c1\" start=\"{day}T10:00:00+01:00\" end=\"{day}T12:00:00+01:00\"/></evt:event></entry>"
    )
}

fn feed(name: &str, entries: &str) -> String {
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:evt=\"https://w3id.org/essaim/event/1\" xml:lang=\"fr\">\
         <id>tag:{name}.example,2026:programme</id><title>{name}</title><updated>2026-10-01T08:00:00Z</updated>\
         <author><name>{name}</name></author>{entries}</feed>"
    )
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A node that holds a feed, serving.
fn node(folder: &Path, name: &str, port: u16, entries: &str) -> Running {
    let config = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\nhub = false\n",
        folder.join(format!("{name}.db")).display()
    );
    let config = write(folder, &format!("{name}.toml"), &config);
    let file = write(folder, &format!("{name}.atom"), &feed(name, entries));
    let (code, _, err) = run(essaim().args(["import", "--config", &config, &file]));
    assert_eq!(code, 0, "{err}");
    Running::start(essaim().args(["node", "--config", &config]), port, &folder.join(format!("{name}.log")))
}

/// What a description says of JSON, as far as ours goes.
fn check(schema: &Value, all: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        return check(&all["components"]["schemas"][name], all, value, at);
    }
    if let Some(options) = schema["anyOf"].as_array() {
        let null = options.iter().any(|option| option["type"] == "null");
        if value.is_null() {
            return assert!(null, "{at} is null");
        }
        return check(options.iter().find(|option| option["type"] != "null").unwrap(), all, value, at);
    }
    if let Some(options) = schema["enum"].as_array() {
        return assert!(options.contains(value), "{at}: {value} is none of {options:?}");
    }
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => panic!("{at}: the description does not say what it is"),
    };
    assert!(allowed.contains(&is), "{at} is {is} and not {allowed:?}");
    match value {
        Value::Object(members) => {
            for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                assert!(members.contains_key(required), "{at}.{required} is missing");
            }
            for (name, member) in members {
                match schema["properties"].get(name) {
                    Some(schema) => check(schema, all, member, &format!("{at}.{name}")),
                    None => assert_ne!(schema["additionalProperties"], false, "{at}.{name} is not described"),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check(&schema["items"], all, item, &format!("{at}[]"))),
        _ => {}
    }
}

fn json(port: u16, path: &str) -> Value {
    let bytes = get(port, path).unwrap_or_else(|| panic!("{path} is not there"));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_programme_made_of_an_event_does_not_come_back_to_its_lab() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_ports(4);
    let ours = entry("e/1", "Atelier de l’eau en 2044 à Lyon", "2026-11-10") + &entry("e/2", "Débat", "2026-11-12");
    let theirs = entry("e/9", "Atelier de l’eau en 2044 à Lyon", "2026-11-10").replace("tag:lab", "tag:mairie");
    let _lab = node(folder.path(), "lab", port + 1, &ours);
    let _town = node(folder.path(), "mairie", port + 2, &theirs);
    // A third lab, whose entry cannot be read, and which is looked at before it is published.
    let broken = entry("e/7", "Visite", "2026-11-11") + &entry("e/8", "Expo", "2026-11-31");
    let site = common::site::Site::saying(common::site::ok(&feed("tiers", &broken.replace("tag:lab", "tag:tiers"))));
    let config = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\nhub = false\n\
         [programme]\ntitle = \"Programme\"\ntime_zone = \"Europe/Paris\"\n[fetch]\nallow_private_addresses = true\n\
         [[source]]\nkey = \"lab\"\nurl = \"http://127.0.0.1:{}/feed.atom\"\nname = \"Lab\"\nregion = \"FR-ARA\"\n\
         [[source]]\nkey = \"fr/mairie\"\nurl = \"http://127.0.0.1:{}/feed.atom\"\nname = \"Mairie\"\n\
         [[source]]\nkey = \"tiers\"\nurl = \"{}\"\nname = \"Tiers\"\ntrust = \"review\"\n",
        folder.path().join("programme.db").display(),
        port + 1,
        port + 2,
        site.url("/feed.atom"),
    );
    let config = write(folder.path(), "aggregator.toml", &config);
    let (_, out, err) = run(essaim().args(["round", "--config", &config, "--json"]));
    let round: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    assert_eq!((&round["failed"], &round["merged"]), (&0.into(), &1.into()), "{out}");
    let log = folder.path().join("aggregator.log");
    let _aggregator = Running::start(essaim().args(["aggregator", "--config", &config]), port, &log);

    let described = json(port, "/openapi.json");
    let of = |path: &str| {
        described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"].clone()
    };
    let all = json(port, "/api/v1/events");
    check(&of("/api/v1/events"), &described, &all, "events");
    assert_eq!(all["total"], 2);
    let slug = all["events"][0]["slug"].as_str().unwrap();
    let one = json(port, &format!("/api/v1/events/{slug}"));
    check(&of("/api/v1/events/{slug}"), &described, &one, "event");
    assert_eq!(one, all["events"][0]);
    assert_eq!(one["copies"].as_array().unwrap().len(), 2);
    for (query, total) in [
        ("q=debat", 1),
        ("from=2026-11-11&to=2026-11-30", 1),
        ("region=FR-BRE", 0),
        ("lang=fr", 2),
        ("lang=en", 0),
        ("status=cancelled", 0),
        ("source=lab", 2),
    ] {
        assert_eq!(json(port, &format!("/api/v1/events?{query}"))["total"], total, "{query}");
    }
    let page = json(port, "/api/v1/events?per_page=1&source=lab");
    assert_eq!(
        (&page["pages"], page["next"].as_str().unwrap()),
        (&2.into(), &*format!("http://127.0.0.1:{port}/api/v1/events?source=lab&page=2&per_page=1"))
    );
    let next = json(port, page["next"].as_str().unwrap().split_once(&format!(":{port}")).unwrap().1);
    assert_eq!((&next["page"], &next["next"]), (&2.into(), &Value::Null));
    assert!(get(port, "/api/v1/events/none").is_none() && get(port, "/sources/none/receipts.json").is_none());

    for key in ["lab", "fr/mairie", "tiers"] {
        let receipts = json(port, &format!("/sources/{key}/receipts.json"));
        check(&of("/sources/{key}/receipts.json"), &described, &receipts, key);
    }
    let tiers = json(port, "/sources/tiers/receipts.json");
    let why: std::collections::BTreeMap<&str, &str> = tiers["receipts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|receipt| (receipt["id"].as_str().unwrap(), receipt["why"].as_str().unwrap()))
        .collect();
    assert_eq!(why["tag:tiers.example,2026:e/7"], "review", "{tiers}");
    assert_eq!(why["tag:tiers.example,2026:e/8"], "author", "{tiers}");

    // The node's side: it knows the programme's address and its own.
    let fetcher = Fetcher::new(Rules { allow_private_addresses: true, ..Rules::default() }).unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let address = |text: &str| Address::new(text).unwrap();
    let feed = address(&format!("http://127.0.0.1:{}/feed.atom", port + 1));
    let programme = Programme::new(&address(&format!("http://127.0.0.1:{port}")), feed.clone(), fetcher.clone());
    let now = at("2026-10-05T08:00:00Z");
    let heard = programme.receipts(Tongue::French, now).await;
    assert_eq!(heard.failure, None);
    let receipts = heard.said.unwrap();
    let shared = receipts.of(&Id::new("tag:lab.example,2026:e/1").unwrap()).unwrap();
    assert_eq!((shared.state, shared.joined.len()), (State::Accepted, 1));
    assert_eq!(shared.joined[0].name.as_str(), "Mairie");
    assert!(shared.joined[0].rule.as_deref().is_some_and(|rule| rule == "ils se ressemblent"), "{shared:?}");
    assert!(shared.page.as_ref().unwrap().as_str().contains("/e/"));
    assert_eq!(receipts.entries.len(), 2);
    let days = Days::new("2026-11-09".parse().unwrap(), "2026-11-10".parse().unwrap()).unwrap();
    let around = programme.around(days, Region::new("FR-ARA").ok().as_ref(), now).await.said.unwrap();
    assert_eq!(around.len(), 1);
    assert!(around[0].own && around[0].starts.as_deref() == Some("2026-11-10T10:00:00+01:00"), "{around:?}");
    assert!(programme.around(days, Region::new("FR-BRE").ok().as_ref(), now).await.said.unwrap().is_empty());

    // A programme that is none, or is away: said, with what was known before.
    let site =
        common::site::Site::saying(common::site::reply("200 OK", &["Content-Type: text/html"], b"<p>Bonjour</p>"));
    let none = Programme::new(&address(&site.url("/")), feed.clone(), fetcher.clone());
    let heard = none.receipts(Tongue::English, now).await;
    assert_eq!((heard.said.is_none(), heard.failure.map(|f| f.kind)), (true, Some(FailureKind::NotAFeed)));
    none.receipts(Tongue::English, now).await;
    assert_eq!(site.asked().len(), 1, "it is asked again at once");
    site.now_says(common::site::reply("200 OK", &[], br#"{"receipts":[{"id":"a","state":"accepted"}]}"#));
    let later = at("2026-10-05T08:02:00Z");
    assert_eq!(none.receipts(Tongue::English, later).await.said.unwrap().entries.len(), 1);
    site.close();
    let heard = none.receipts(Tongue::English, at("2026-10-05T09:00:00Z")).await;
    assert_eq!(heard.said.unwrap().entries.len(), 1, "what was known is forgotten");
    assert!(heard.failure.is_some() && heard.at == Some(later));
}

#[test]
fn a_backup_taken_while_a_node_writes_is_another_nodes_feed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let port = free_ports(1);
    let config = |database: &str| {
        let text = format!(
            "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"{database}\"\n"
        );
        let name = format!("{}.toml", text.len());
        write(folder.path(), &name, &text)
    };
    let from = config(&format!("sqlite:{}", path("one.db")));
    let entries: String = (0..40).map(|n| entry(&format!("e/{n}"), &format!("Événement {n}"), "2026-11-10")).collect();
    let all = write(folder.path(), "all.atom", &feed("lab", &entries));
    assert_eq!(run(essaim().args(["import", "--config", &from, &all])).0, 0);
    let log = folder.path().join("node.log");
    let node = Running::start(essaim().args(["node", "--config", &from]), port, &log);

    // Saves go on, each of 40 events that all say the same round.
    let stop = std::sync::atomic::AtomicBool::new(false);
    let backups = std::thread::scope(|threads| {
        // When the test fails, the saver is not to go on for ever.
        struct Stop<'a>(&'a std::sync::atomic::AtomicBool);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        }
        let saver = threads.spawn(|| {
            let mut round = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                round += 1;
                let entries = entries
                    .replace("2026-10-01T08:00:00Z", &format!("2026-10-02T08:{:02}:{:02}Z", round / 60, round % 60));
                let entries = entries.replace("Événement", &format!("Tour {round} :"));
                let file = write(folder.path(), "round.atom", &feed("lab", &entries));
                assert_eq!(run(essaim().args(["import", "--config", &from, &file])).0, 0);
            }
            round
        });
        let stopping = Stop(&stop);
        let mut backups = Vec::new();
        let until = Instant::now() + Duration::from_secs(3);
        while backups.len() < 3 || (Instant::now() < until && backups.len() < 6) {
            let file = path(&format!("{}.backup", backups.len()));
            let (code, out, err) = run(essaim().args(["backup", "--config", &from, "-o", &file]));
            assert_eq!(code, 0, "{out}{err}");
            backups.push(file);
        }
        drop(stopping);
        assert!(saver.join().unwrap() > 1, "nothing was saved meanwhile");
        backups
    });
    for (n, backup) in backups.iter().enumerate() {
        let to = config(&format!("sqlite:{}", path(&format!("to-{n}-{}.db", "x".repeat(n)))));
        let (code, out, err) = run(essaim().args(["restore", "--config", &to, backup]));
        assert_eq!(code, 0, "{out}{err}");
        let (_, atom, _) = run(essaim().args(["export", "--config", &to, "--format", "atom"]));
        // The first may be of before the first round.
        let round = |title: &str| title.strip_prefix("Tour ").map(|rest| rest.split(' ').next().unwrap().to_owned());
        let rounds: std::collections::BTreeSet<Option<String>> = atom.split("<title>").skip(2).map(round).collect();
        assert_eq!((atom.matches("<entry>").count(), rounds.len()), (40, 1), "half of a save: {rounds:?}");
    }

    // The last one, once all is quiet: the same feed, byte for byte.
    let file = path("last.backup");
    assert_eq!(run(essaim().args(["backup", "--config", &from, "-o", &file])).0, 0);
    let first = get(port, "/feed.atom").unwrap();
    drop(node);
    let mut databases = vec![format!("sqlite:{}", path("again.db"))];
    let schema = format!("essaim_backup_{}", std::process::id());
    if let Ok(server) = std::env::var("ESSAIM_TEST_POSTGRES") {
        let mark = if server.contains('?') { '&' } else { '?' };
        databases.push(format!("{server}{mark}options[search_path]={schema}"));
        psql(&server, &format!("CREATE SCHEMA {schema}"));
    }
    let mut archives = vec![file];
    for database in &databases {
        let to = config(database);
        let archive = archives.last().unwrap().clone();
        let (code, out, err) = run(essaim().args(["restore", "--config", &to, &archive]));
        assert_eq!(code, 0, "{out}{err}");
        let (code, _, err) = run(essaim().args(["restore", "--config", &to, &archive]));
        assert!(code == 2 && err.contains("--replace"), "it was written over: {err}");
        assert_eq!(run(essaim().args(["restore", "--config", &to, "--replace", &archive])).0, 0);
        let node = Running::start(essaim().args(["node", "--config", &to]), port, &log);
        // The running node names its hub, as the first did.
        assert!(get(port, "/feed.atom").unwrap() == first, "another feed from {database}");
        drop(node);
        let next = path(&format!("{}.backup", archives.len() * 1000));
        assert_eq!(run(essaim().args(["backup", "--config", &to, "-o", &next])).0, 0);
        archives.push(next);
    }
    // What PostgreSQL gave goes back into SQLite.
    let to = config(&format!("sqlite:{}", path("and-back-again.db")));
    assert_eq!(run(essaim().args(["restore", "--config", &to, archives.last().unwrap()])).0, 0);
    let node = Running::start(essaim().args(["node", "--config", &to]), port, &log);
    assert!(get(port, "/feed.atom").unwrap() == first);
    drop(node);
    if let Ok(server) = std::env::var("ESSAIM_TEST_POSTGRES") {
        psql(&server, &format!("DROP SCHEMA {schema} CASCADE"));
    }

    // Cut off, of a later version, or none at all: nothing is written.
    let whole = unpacked(archives.last().unwrap());
    let half = &whole[..whole.len() / 2];
    let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
    for (name, text, why) in [
        ("half", half, "cut off"),
        ("newer", &newer, "newer essaim"),
        ("none", "hello\n", "no backup"),
        ("empty", "", "no backup"),
    ] {
        let file = write(folder.path(), name, text);
        let to = config(&format!("sqlite:{}", path(&format!("refused-{name}.db"))));
        let (code, _, err) = run(essaim().args(["restore", "--config", &to, &file]));
        assert!(code == 2 && err.contains(why), "{name}: {err}");
        assert_eq!(
            run(essaim().args(["restore", "--config", &to, archives.last().unwrap()])).0,
            0,
            "{name} left something"
        );
    }
}

fn unpacked(archive: &str) -> String {
    let output = std::process::Command::new("gzip").args(["-dc", archive]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn psql(server: &str, statement: &str) {
    let mut child =
        std::process::Command::new("psql").args(["-q", server]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(statement.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_programme_restored_elsewhere_is_another_programme() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_ports(3);
    let ours = entry("e/1", "Atelier de l’eau en 2044 à Lyon", "2026-11-10") + &entry("e/2", "Débat", "2026-11-12");
    let lab = node(folder.path(), "lab", port + 1, &ours);
    let config = |database: &str| {
        let text = format!(
            "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\nhub = false\n\
             [programme]\ntitle = \"Programme\"\ntime_zone = \"Europe/Paris\"\n[fetch]\nallow_private_addresses = true\n\
             [[source]]\nkey = \"lab\"\nurl = \"http://127.0.0.1:{}/feed.atom\"\nname = \"Lab\"\n",
            folder.path().join(database).display(),
            port + 1,
        );
        write(folder.path(), &format!("{database}.toml"), &text)
    };
    let (one, two) = (config("one.db"), config("two.db"));
    assert_eq!(run(essaim().args(["round", "--config", &one])).0, 0);
    let export = |config: &str, format: &str| {
        let (code, out, err) = run(essaim().args(["export", "--config", config, "--format", format]));
        assert_eq!(code, 0, "{err}");
        out
    };
    let formats = ["atom", "ics", "json", "csv", "rss", "jsonld"];
    let first: Vec<String> = formats.iter().map(|format| export(&one, format)).collect();
    let file = folder.path().join("programme.backup").to_str().unwrap().to_owned();
    assert_eq!(run(essaim().args(["backup", "--config", &one, "-o", &file])).0, 0);
    // Its lab is gone, and with it whatever a poll could bring.
    drop(lab);
    let (code, out, err) = run(essaim().args(["restore", "--config", &two, &file]));
    assert_eq!(code, 0, "{out}{err}");
    for (format, first) in formats.iter().zip(&first) {
        assert!(export(&two, format) == *first, "{format} is another");
        assert!(first.contains("2044"), "{format}: {first}");
    }
}

#[test]
fn a_lab_that_changes_its_domain_gives_its_events_other_ids() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_ports(1);
    let text = |host: &str| {
        format!(
            "listen = \"127.0.0.1:{port}\"\npublic_url = \"https://{host}/\"\ndatabase = \"sqlite:{}\"\nhub = false\n\
             [lab]\nname = \"Lab\"\ntime_zone = \"Europe/Paris\"\n",
            folder.path().join("node.db").display()
        )
    };
    let before = write(folder.path(), "before.toml", &text("ancien.example"));
    let after = write(folder.path(), "after.toml", &text("nouveau.example"));
    let table = write(folder.path(), "t.csv", "Titre;Date de début\nA;17/11/2026\n");
    assert_eq!(run(essaim().args(["import", "--config", &before, &table])).0, 0);
    let ids = |config: &str| {
        let (code, atom, err) = run(essaim().args(["export", "--config", config, "--format", "atom"]));
        assert_eq!(code, 0, "{err}");
        let ids: Vec<String> =
            atom.split("<id>").skip(1).map(|rest| rest.split("</id>").next().unwrap().to_owned()).collect();
        let (_, ics, _) = run(essaim().args(["export", "--config", config, "--format", "ics"]));
        let uids: Vec<String> = ics.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect();
        (ids, uids, atom)
    };
    let (old_ids, old_uids, old) = ids(&before);
    let (new_ids, new_uids, new) = ids(&after);
    assert_eq!((&new_ids, &new_uids), (&old_ids, &old_uids));
    assert!(old_ids.len() == 2 && old_ids[1].starts_with("tag:ancien.example,"), "{old_ids:?}");
    assert!(old.contains("https://ancien.example/e/") && new.contains("https://nouveau.example/e/"), "{new}");
    // A table read again knows its events by the old ids.
    let (_, out, _) = run(essaim().args(["import", "--config", &after, &table]));
    assert!(out.contains("0 added, 0 changed, 1 unchanged"), "{out}");
}
