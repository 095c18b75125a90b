//! The demo as a person runs it: every address answers, every output is read by a reader that others wrote, and Ctrl-C
//! ends it.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::tools::{self, Running, essaim, get};

const NODES: u16 = 38;

#[test]
fn the_demo_does_not_show_one_programme_of_37_events() {
    let folder = tempfile::tempdir().unwrap();
    let port = tools::free_ports(NODES);
    let log = folder.path().join("log");
    let listen = format!("127.0.0.1:{port}");
    let demo = Running::start(essaim().args(["demo", "--listen", &listen]), port, &log);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !std::fs::read_to_string(&log).unwrap().contains("Ctrl-C") {
        assert!(std::time::Instant::now() < until, "{}", std::fs::read_to_string(&log).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("37 events, from 55 entries of 38 sources; 12 are announced by several"), "{said}");

    let json: serde_json::Value = serde_json::from_slice(&get(port, "/programme.json").unwrap()).unwrap();
    let items = json["items"].as_array().unwrap();
    assert_eq!(items.len(), 37);
    let undated = items.iter().filter(|i| i["_essaim"]["slots"].as_array().unwrap().is_empty()).count();
    assert_eq!(undated, 10, "ten events have no day");
    assert!(items.iter().all(|i| i["_essaim"]["slots"].as_array().unwrap().iter().all(|s| s["precision"] == "day")));

    // Each event has its page, in French and English; the programme says that its clock stands.
    let home = String::from_utf8(get(port, "/").unwrap()).unwrap();
    assert!(home.contains("Horloge arrêtée au mercredi 6 novembre 2024"));
    assert!(String::from_utf8(get(port, "/?ui=en").unwrap()).unwrap().contains("6 November 2024"));
    for item in items {
        let url = item["url"].as_str().unwrap();
        let path = url.strip_prefix(&format!("http://{listen}")).unwrap();
        for suffix in ["", "?ui=en", ".json", ".jsonld"] {
            assert!(get(port, &format!("{path}{suffix}")).is_some(), "{path}{suffix}");
        }
    }

    // Every feed, of every node and of the programme, is valid and read by an ordinary feed reader.
    let mut feeds = Vec::new();
    for node in 0..=NODES {
        let path = if node == 0 { "/programme.atom" } else { "/feed.atom" };
        let file = folder.path().join(format!("{node}.atom"));
        std::fs::write(&file, get(port + node, path).unwrap()).unwrap();
        feeds.push(file);
    }
    if let Some((code, out, err)) = tools::python("validate.py", &feeds) {
        assert_eq!(code, 0, "{out}{err}");
    }
    if let Some((code, out, err)) = tools::python("read_feed.py", &feeds[..1]) {
        assert_eq!(code, 0, "{err}");
        let read: serde_json::Value = serde_json::from_str(&out).unwrap();
        let entries = read.as_array().map_or_else(|| read["entries"].as_array().unwrap().len(), Vec::len);
        assert_eq!(entries, 37, "{out}");
    }
    let calendar = folder.path().join("programme.ics");
    std::fs::write(&calendar, get(port, "/programme.ics").unwrap()).unwrap();
    if let Some((code, out, err)) = tools::python("read_calendar.py", std::slice::from_ref(&calendar)) {
        assert_eq!(code, 0, "{err}");
        assert!(!out.contains("OPAQUE"), "a day without an hour is nobody's busy time");
    }
    screenshots(port, folder.path());
    assert_eq!(demo.interrupt(), Some(0), "Ctrl-C does not end it cleanly");
}

/// Pictures of the programme in a real browser; that of the README is kept when `ESSAIM_TEST_PICTURE` names a file.
fn screenshots(port: u16, folder: &Path) {
    let Some(chromium) = tools::tool("ESSAIM_TEST_CHROMIUM") else { return };
    for (name, width, path) in [("desktop", 1280, "/?ui=fr"), ("phone", 390, "/?ui=en")] {
        let picture = folder.join(format!("{name}.png"));
        let profile = tempfile::tempdir().unwrap();
        let status = Command::new(&chromium)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("--window-size={width},1400"))
            .arg(format!("--screenshot={}", picture.display()))
            .arg(format!("http://127.0.0.1:{port}{path}"))
            .output()
            .unwrap();
        assert!(status.status.success() && picture.exists(), "{}", String::from_utf8_lossy(&status.stderr));
        // A blank page of this size is a few kilobytes.
        assert!(std::fs::metadata(&picture).unwrap().len() > 30_000, "the browser drew nothing");
        if let (Some(kept), "desktop") = (std::env::var_os("ESSAIM_TEST_PICTURE"), name) {
            std::fs::copy(&picture, PathBuf::from(kept)).unwrap();
        }
    }
}
