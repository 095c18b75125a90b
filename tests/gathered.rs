//! The desk and what is around it, over real HTTP: tables that come in, and a programme that gathers the node and tells
//! what it made of its events and what else there is on the same days.

mod common;

use std::time::{Duration, Instant};

use common::desk::{Got, Node, Visitor};
use common::site::{Site, feed as atom, ok};
use common::tools::{Running, essaim, free_ports, get};

fn feed(node: &Node) -> String {
    String::from_utf8(get(node.port, "/feed.atom").unwrap()).unwrap()
}

/// Sends a file to be looked at.
fn look(visitor: &mut Visitor, name: &str, bytes: &[u8]) -> Got {
    visitor.upload("/desk/import", &[("do", "try"), ("address", "")], ("file", name, bytes))
}

#[test]
fn a_table_is_taken_in_unseen_or_twice() {
    let node = Node::start("");
    let mut admin = node.set_up();
    let mut organiser = node.invited(&mut admin, "max", "organiser");
    assert_eq!(organiser.get("/desk/import").status, 403);
    for (name, begins) in [("essaim.csv", ""), ("essaim.xlsx", "PK")] {
        let template = admin.get(&format!("/desk/import/{name}"));
        assert!(template.status == 200 && template.body.starts_with(begins), "{name}: {}", template.head);
    }
    let table =
        "Titre;Date;Heure de début;Ville\nAtelier eau;19/11/2031;10:00;Tulle\nSans jour;31/02/2031;10:00;Tulle\n";
    let looked = look(&mut admin, "evenements.csv", table.as_bytes());
    assert_eq!(looked.status, 200, "{}", looked.body);
    for word in ["31/02/2031", "Cellule", "Rien n’est encore écrit", "Heure de début"] {
        assert!(looked.body.contains(word), "{word}: {}", looked.body);
    }
    assert!(!feed(&node).contains("Atelier eau"), "what was only looked at is in the feed");
    let done = admin.send("/desk/import", &looked, &[("do", "import")]);
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(feed(&node).contains("Atelier eau"), "{}", feed(&node));
    let entries = feed(&node).matches("<entry").count();
    let again = look(&mut admin, "evenements.csv", table.as_bytes());
    assert!(again.body.contains("0 nouveau, 0 modifié"), "{}", again.body);
    admin.send("/desk/import", &again, &[("do", "import")]);
    assert_eq!(feed(&node).matches("<entry").count(), entries);
    // What is no document of events is told beside the field.
    for (name, bytes) in
        [("x.xlsx", b"PK\x03\x04 not a workbook".as_slice()), ("x.txt", b"\0\0"), ("x.ics", b"bonjour")]
    {
        let told = look(&mut admin, name, bytes);
        assert!(told.status == 422 && told.problem("file").is_some(), "{name}: {}", told.body);
    }
    assert!(admin.post("/desk/import", &[("do", "try")]).problem("file").is_some());
}

#[test]
fn what_the_programme_says_is_not_on_the_desk() {
    let port = free_ports(0);
    let node = Node::start(&format!("programme = \"http://127.0.0.1:{port}/\"\n"));
    let mut admin = node.set_up();
    let page = admin.get("/desk/write");
    let main = scraper::Selector::parse("form[data-main]").unwrap();
    let to = {
        let page = scraper::Html::parse_document(&page.body);
        page.select(&main).next().unwrap().value().attr("action").unwrap().to_owned()
    };
    let day = "2031-11-19";
    let typed = [("title", "Atelier du lab"), ("slot-0-day", day), ("slot-0-from", "10:00"), ("do", "publish")];
    let sent = admin.send(&to, &page, &typed);
    assert_eq!(admin.post(sent.to(), &[]).status, 303);
    // Nobody answers there yet: that is said, and the desk goes on.
    let silent = admin.get("/desk/receipts");
    assert!(silent.status == 200 && silent.body.contains("n’a pas répondu"), "{}", silent.body);
    let others = Site::saying(ok(&atom(
        true,
        &[("e", "Ailleurs &lt;b&gt;ce&lt;/b&gt; jour", day), ("f", "Un autre jour", "2031-11-21")],
    )));
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}/\"\ndatabase = \"sqlite:{}\"\n\
         [programme]\ntitle = \"Programme national\"\n[fetch]\nallow_private_addresses = true\n\
         [[source]]\nurl = \"{}\"\nname = \"Lab Exemple\"\nkey = \"ours\"\n\
         [[source]]\nurl = \"{}\"\nname = \"Autre lab\"\nkey = \"others\"\n",
        folder.path().join("programme.db").display(),
        node.url("/feed.atom"),
        others.url("/feed.atom"),
    );
    let file = folder.path().join("aggregator.toml");
    std::fs::write(&file, config).unwrap();
    let mut command = essaim();
    command.args(["aggregator", "--config"]).arg(&file);
    let _running = Running::start(&mut command, port, &folder.path().join("log"));
    // A programme that was silent is left alone for a minute; a node that starts again asks anew.
    let mut node = node;
    let until = Instant::now() + Duration::from_secs(60);
    while !get(port, "/programme.atom").is_some_and(|feed| String::from_utf8_lossy(&feed).contains("Atelier du lab")) {
        assert!(Instant::now() < until, "the programme does not gather the node");
        std::thread::sleep(Duration::from_millis(200));
    }
    node.run();
    let receipts = admin.get("/desk/receipts");
    for word in ["Programme national", "Atelier du lab", "Dans le programme"] {
        assert!(receipts.body.contains(word), "{word}: {}", receipts.body);
    }
    assert!(receipts.body.contains("badge-plain\">Dans le programme"), "{}", receipts.body);
    // While the next one is drafted: what else is there that day, and nothing of another day or of our own.
    let page = admin.get("/desk/write");
    let to = {
        let page = scraper::Html::parse_document(&page.body);
        page.select(&main).next().unwrap().value().attr("action").unwrap().to_owned()
    };
    let typed = [("title", "Un autre"), ("slot-0-day", day), ("region-0-code", ""), ("do", "radar")];
    let sent = admin.send(&to, &page, &typed);
    assert!(sent.to().ends_with("/radar"), "{}", sent.body);
    let radar = admin.get(sent.to());
    assert!(radar.body.contains("Ailleurs") && radar.body.contains("19 novembre 2031"), "{}", radar.body);
    assert!(!radar.body.contains("Un autre jour") && !radar.body.contains("Atelier du lab"), "{}", radar.body);
    assert!(!radar.body.contains("<b>"), "{}", radar.body);
}
