//! What people read a lab's events with: feed readers and calendars that others wrote, over a real socket.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::tools::{Running, essaim, free_ports, get, run, tool};

/// A node with the events of a lab, one of them cancelled; its port, and how many events it has.
fn node(folder: &Path) -> (Running, u16, usize) {
    let port = free_ports(0);
    let config = folder.join("node.toml");
    let text = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n[lab]\n\
         name = \"Lab Exemple\"\ntag = \"lab.example,2026\"\ntime_zone = \"Europe/Paris\"\n",
        folder.join("node.db").display()
    );
    std::fs::write(&config, text).unwrap();
    let table = folder.join("events.csv");
    let rows = "Titre;Date de début;Heure de début;Heure de fin;Lieu;Résumé;Statut\n\
        Atelier : l’eau & « nous »;17/11/2031;10:00;11:30;Lyon;Une phrase.;\n\
        ;18/11/2031;10:00;11:30;;;\n\
        Débat;19/11/2031;14:00;;Lyon;;Annulé\n\
        Exposition;20/11/2031;;;Lyon;;\n";
    std::fs::write(&table, rows).unwrap();
    let (code, _, err) = run(essaim().args(["import", "--config"]).arg(&config).arg(&table));
    assert_eq!(code, 0, "{err}");
    let server = Running::start(essaim().args(["node", "--config"]).arg(&config), port, &folder.join("node.log"));
    (server, port, 3)
}

/// A program that was installed beside the Python of the tests.
fn beside_python(name: &str) -> Option<PathBuf> {
    let python = tool("ESSAIM_TEST_PYTHON")?;
    let program = python.parent().unwrap().join(name);
    if program.exists() {
        return Some(program);
    }
    println!("SKIPPED: {name} is not installed");
    eprintln!("SKIPPED: {name} is not installed");
    None
}

#[test]
fn newsboat_misses_an_event_or_a_notice() {
    if Command::new("newsboat").arg("-v").output().is_err() {
        println!("SKIPPED: newsboat is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, events) = node(folder.path());
    for (feed, expected) in [("feed.atom", events), ("feed.rss", events), ("news.atom", events + 1)] {
        let file = |name: &str| folder.path().join(format!("{feed}.{name}"));
        std::fs::write(file("urls"), format!("http://127.0.0.1:{port}/{feed}\n")).unwrap();
        std::fs::write(file("config"), "show-read-feeds yes\n").unwrap();
        let boat = |command: &str| {
            let mut boat = Command::new("newsboat");
            boat.env("HOME", folder.path()).args(["-u", file("urls").to_str().unwrap()]);
            boat.args(["-c", file("cache").to_str().unwrap(), "-C", file("config").to_str().unwrap()]);
            run(boat.args(["-x", command]))
        };
        let (code, out, err) = boat("reload");
        assert_eq!(code, 0, "{out}{err}");
        let (_, out, err) = boat("print-unread");
        assert!(out.starts_with(&format!("{expected} unread")), "{feed}: {out}{err}");
        // Read again, nothing is new.
        boat("reload");
        assert!(boat("print-unread").1.starts_with(&format!("{expected} unread")), "{feed}");
    }
}

#[test]
fn rss2email_sends_an_event_twice_or_not_at_all() {
    let Some(r2e) = beside_python("r2e") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, events) = node(folder.path());
    for (feed, expected) in [("feed.atom", events), ("feed.rss", events), ("news.atom", events + 1)] {
        let data = folder.path().join(format!("{feed}.json"));
        let config = folder.path().join(format!("{feed}.cfg"));
        let r2e = |arguments: &[&str]| {
            let mut command = Command::new(&r2e);
            command.env("HOME", folder.path()).arg("-c").arg(&config).arg("-d").arg(&data).args(arguments);
            let (code, out, err) = run(&mut command);
            assert_eq!(code, 0, "{arguments:?} {out}{err}");
            out + &err
        };
        r2e(&["new", "reader@lab.example"]);
        r2e(&["add", "lab", &format!("http://127.0.0.1:{port}/{feed}")]);
        for _ in 0..2 {
            let said = r2e(&["run", "--no-send"]);
            assert!(!said.to_lowercase().contains("error") && !said.contains("warning"), "{feed}: {said}");
            let seen: serde_json::Value = serde_json::from_slice(&std::fs::read(&data).unwrap()).unwrap();
            let seen = seen["feeds"][0]["seen"].as_object().unwrap().len();
            assert_eq!(seen, expected, "{feed}");
        }
    }
}

#[test]
fn feedparser_finds_something_wrong_with_a_feed() {
    if tool("ESSAIM_TEST_PYTHON").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, events) = node(folder.path());
    for (feed, expected) in [("feed.atom", events), ("feed.rss", events), ("news.atom", events + 1)] {
        let file = folder.path().join(feed);
        std::fs::write(&file, get(port, &format!("/{feed}")).unwrap()).unwrap();
        let (code, out, err) = common::tools::python("read_feed.py", &[file]).unwrap();
        assert_eq!(code, 0, "{feed}: {err}");
        let entries: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
        assert_eq!(entries.len(), expected, "{feed}");
        let titles: Vec<&str> = entries.iter().filter_map(|entry| entry["title"].as_str()).collect();
        assert!(titles.contains(&"Atelier : l’eau & « nous »"), "{titles:?}");
        assert!(entries.iter().all(|entry| entry["author"].is_string() && entry["id"].is_string()), "{out}");
    }
}

#[test]
fn icalendar_reads_other_hours_or_another_state_than_the_lab_announced() {
    if tool("ESSAIM_TEST_PYTHON").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, _) = node(folder.path());
    let read = |path: &str| {
        let file = folder.path().join("read.ics");
        std::fs::write(&file, get(port, path).unwrap_or_else(|| panic!("{path} is not there"))).unwrap();
        let (code, out, err) = common::tools::python("read_calendar.py", &[file]).unwrap();
        assert_eq!(code, 0, "{path}: {err}");
        serde_json::from_str::<Vec<serde_json::Value>>(&out).unwrap()
    };
    let all = read("/feed.ics");
    let of = |title: &str| all.iter().filter(|e| e["summary"].as_str().unwrap().contains(title)).collect::<Vec<_>>();
    let (workshop, debate, exhibition) = (of("Atelier : l’eau & « nous »"), of("Débat"), of("Exposition"));
    assert_eq!((all.len(), workshop.len(), debate.len(), exhibition.len()), (4, 2, 1, 1), "{all:?}");
    assert_eq!(workshop[0]["dtstart"], "2031-11-17T10:00:00+01:00");
    assert_eq!(workshop[1]["dtend"], "2031-11-18T11:30:00+01:00");
    assert_eq!((&debate[0]["status"], &workshop[0]["status"]), (&"CANCELLED".into(), &"CONFIRMED".into()));
    // A day whose hour nobody said keeps nobody busy.
    assert_eq!((&exhibition[0]["dtstart"], &exhibition[0]["transp"]), (&"2031-11-20".into(), &"TRANSPARENT".into()));
    // An event's own calendar says the same of it.
    let feed = String::from_utf8(get(port, "/feed.atom").unwrap()).unwrap();
    let base = format!("http://127.0.0.1:{port}");
    let own: Vec<&str> = feed
        .split('"')
        .filter_map(|link| link.strip_prefix(&base))
        .filter(|path| path.starts_with("/e/") && path.ends_with(".ics"))
        .collect();
    assert_eq!(own.len(), 3, "{own:?}");
    let mut each: Vec<serde_json::Value> = own.into_iter().flat_map(read).collect();
    let mut all = all.clone();
    for list in [&mut each, &mut all] {
        list.sort_by_key(|event| event["uid"].as_str().unwrap().to_owned());
    }
    assert_eq!(each, all);
}

#[test]
fn khal_shows_other_hours_than_the_lab_announced() {
    let (Some(vdirsyncer), Some(khal)) = (beside_python("vdirsyncer"), beside_python("khal")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (_server, port, _) = node(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let config = format!(
        "[general]\nstatus_path = \"{}\"\n[pair lab]\na = \"local\"\nb = \"remote\"\ncollections = null\n\
         [storage local]\ntype = \"filesystem\"\npath = \"{}\"\nfileext = \".ics\"\n\
         [storage remote]\ntype = \"http\"\nurl = \"http://127.0.0.1:{port}/feed.ics\"\n",
        path("status"),
        path("calendar")
    );
    std::fs::write(path("vdirsyncer"), config).unwrap();
    let sync = |command: &str| {
        let mut vdirsyncer = Command::new(&vdirsyncer);
        vdirsyncer.env("HOME", folder.path()).args(["-c", &path("vdirsyncer"), command]);
        let (code, out, err) = run(&mut vdirsyncer);
        assert_eq!(code, 0, "{command}: {out}{err}");
        out + &err
    };
    std::fs::create_dir_all(path("calendar")).unwrap();
    sync("discover");
    sync("sync");
    let files = || std::fs::read_dir(path("calendar")).unwrap().count();
    // One for each slot.
    assert_eq!(files(), 4);
    let again = sync("sync");
    assert!(files() == 4 && !again.to_lowercase().contains("copying"), "{again}");
    let config = format!(
        "[calendars]\n[[lab]]\npath = {}\n[locale]\nlocal_timezone = Europe/Paris\ndefault_timezone = Europe/Paris\n\
         timeformat = %H:%M\ndateformat = %d/%m/%Y\nlongdateformat = %d/%m/%Y\ndatetimeformat = %d/%m/%Y %H:%M\n\
         longdatetimeformat = %d/%m/%Y %H:%M\n[sqlite]\npath = {}\n",
        path("calendar"),
        path("khal.db")
    );
    std::fs::write(path("khal"), config).unwrap();
    let mut khal = Command::new(&khal);
    khal.env("HOME", folder.path()).args(["-c", &path("khal"), "list", "--format", "{start-end-time-style} {title}"]);
    let (code, out, err) = run(khal.args(["17/11/2031", "21/11/2031"]));
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(out.matches("10:00-11:30 Atelier : l’eau & « nous »").count(), 2, "{out}");
    assert!(out.contains("14:00") && out.contains("[Annulé] Débat"), "{out}");
    assert!(out.contains("Exposition"), "{out}");
}
