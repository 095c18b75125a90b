//! Two labs that hold one event together, each at its own desk, over real HTTP.

mod common;

use std::time::{Duration, Instant};

use common::desk::{Node, Visitor};
use common::site::{Site, ok, reply};
use common::tools::get;

fn feed(node: &Node) -> String {
    String::from_utf8(get(node.port, "/feed.atom").unwrap()).unwrap()
}

fn id(feed: &str, after: &str) -> String {
    let rest = &feed[feed.find(after).unwrap()..];
    rest.split("<id>").nth(1).unwrap().split("</id>").next().unwrap().to_owned()
}

/// Waits until a page of the desk says something.
fn until(visitor: &mut Visitor, path: &str, words: &str) -> String {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let body = visitor.get(path).body;
        if body.contains(words) {
            return body;
        }
        assert!(Instant::now() < end, "{words} is not on {path}: {body}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn two_labs_cannot_say_that_they_hold_an_event_together_or_one_says_it_for_both() {
    let lab = |name: &str| Node::start(&format!("[lab]\nname = \"{name}\"\ntag = \"{name}.example,2026\"\n"));
    let (here, there) = (lab("ici"), lab("ailleurs"));
    let (mut zoe, mut max) = (here.set_up(), there.set_up());
    let ours = zoe.publish("Ensemble");
    let theirs = max.publish("Ensemble, là-bas");
    let page = format!("{ours}/partner");
    for (address, word) in [
        ("lab.example", "https://"),
        (&here.url("/feed.atom"), "votre propre flux"),
        (&there.url("/pictures/none"), "Aucun flux"),
    ] {
        let told = zoe.post(&page, &[("address", address)]);
        assert!(told.problem("address").is_some_and(|told| told.contains(word)), "{address}: {}", told.body);
    }
    // By the page of their event, which alone is offered then; nothing is said before it is chosen.
    let slug = theirs.rsplit('/').next().unwrap();
    let their_page = there.url(&format!("/e/{slug}"));
    let found = zoe.post(&page, &[("address", &their_page)]);
    assert!(found.body.contains("Ensemble, là-bas"), "{}", found.body);
    assert!(!feed(&here).contains("evt:with"));
    let asked = zoe.send(&page, &found, &[]);
    assert_eq!(asked.status, 303, "{}", asked.body);
    let said = feed(&here);
    let their_id = id(&feed(&there), "<entry>");
    assert!(said.contains("<evt:with ") && said.contains(&format!("event=\"{their_id}\"")), "{said}");
    assert!(zoe.get(&ours).body.contains("pas encore confirmé"));
    // The other desk is asked; until it answers, its feed says nothing.
    until(&mut max, "/desk", "comme co-organisé avec vous");
    assert!(!feed(&there).contains("evt:with"));
    let home = max.get("/desk");
    let (mine, from, event) = {
        let page = scraper::Html::parse_document(&home.body);
        let value = |name: &str| {
            let field = scraper::Selector::parse(&format!("form.request input[name={name}]")).unwrap();
            page.select(&field).next().unwrap().value().attr("value").unwrap().to_owned()
        };
        (value("ours"), value("feed"), value("event"))
    };
    let answer = |visitor: &mut Visitor, yes: &str| {
        visitor.post("/desk/partners", &[("ours", &mine), ("feed", &from), ("event", &event), ("do", yes)])
    };
    assert_eq!(answer(&mut max, "yes").status, 303);
    assert!(feed(&there).contains(&format!("event=\"{event}\"")), "{}", feed(&there));
    assert!(!max.get("/desk").body.contains("comme co-organisé avec vous"));
    until(&mut zoe, &ours, "Les deux flux le disent");
    assert!(max.get(&theirs).body.contains("Les deux flux le disent"));
    // Each can say it no longer.
    let with = [("do", "part"), ("feed", from.as_str()), ("event", event.as_str())];
    assert_eq!(max.post(&format!("{theirs}/partner"), &with).status, 303);
    assert!(!feed(&there).contains("evt:with"));
}

#[test]
fn a_request_that_no_feed_makes_is_shown() {
    let node = Node::start("");
    let mut zoe = node.set_up();
    zoe.publish("Atelier");
    let feed = feed(&node);
    let (own, event) = (id(&feed, "<feed"), id(&feed, "<entry>"));
    let says = |with: &str| {
        ok(&format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:evt='https://w3id.org/essaim/event/1'><id>urn:them</id>\
             <title>Eux</title><updated>2026-01-01T00:00:00Z</updated><author><name>Eux &amp; &lt;b&gt;</name></author>\
             <entry><id>urn:e</id><title>Le leur</title><updated>2026-01-01T00:00:00Z</updated>\
             <evt:event v='1'><evt:slot ref='c1' start='2031-11-19T10:00:00+01:00'/>{with}</evt:event></entry></feed>"
        ))
    };
    let site = Site::saying(says(""));
    let url = site.url("/feed.atom");
    let tell = |event: &str| node.visitor().post("/co-organised", &[("feed", &url), ("event", event)]).status;
    assert_eq!(tell("urn:e"), 424);
    assert_eq!(site.asked().len(), 1, "it is looked for where it is said to be");
    assert!(!zoe.get("/desk").body.contains("Le leur"), "a claim is believed that no feed makes");
    site.now_says(says(&format!("<evt:with source='urn:someone-else' event='{event}'/>")));
    assert_eq!(tell("urn:e"), 424);
    assert!(!zoe.get("/desk").body.contains("Le leur"), "what another lab is asked is shown here");
    site.now_says(says(&format!("<evt:with source='{own}' event='{event}'/>")));
    assert_eq!(tell("urn:e"), 200);
    let home = until(&mut zoe, "/desk", "Le leur");
    assert!(!home.contains("<b>"), "{home}");
    // No is an answer, and stays one.
    let no = [("ours", event.as_str()), ("feed", "urn:them"), ("event", "urn:e"), ("do", "no")];
    assert_eq!(zoe.post("/desk/partners", &no).status, 303);
    assert_eq!(tell("urn:e"), 200);
    assert!(!zoe.get("/desk").body.contains("Le leur"));
    let nobody = node.visitor().post("/co-organised", &[("feed", "file:///etc/passwd"), ("event", "x")]).status;
    assert_eq!(nobody, 400);
}

#[test]
fn a_lab_that_is_away_is_never_told_or_told_without_end() {
    let mut node = Node::start("[lab]\nname = \"Ici\"\ntag = \"ici.example,2026\"\n");
    let mut zoe = node.set_up();
    let ours = zoe.publish("Ensemble");
    let theirs = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:evt='https://w3id.org/essaim/event/1'><id>urn:them</id>\
         <title>Eux</title><updated>2026-01-01T00:00:00Z</updated><author><name>Eux</name></author>\
         <entry><id>urn:e</id><title>Le leur</title><updated>2026-01-01T00:00:00Z</updated>\
         <evt:event v='1'><evt:slot ref='c1' start='2031-11-19T10:00:00+01:00'/></evt:event></entry></feed>";
    // Their feed is there, their desk is not.
    let serving = |status: &'static str| {
        move |head: &str, stream: &mut std::net::TcpStream| {
            let answer = if head.starts_with("POST /co-organised ") { reply(status, &[], b"") } else { ok(theirs) };
            drop(std::io::Write::write_all(stream, &answer));
        }
    };
    let told = |site: &Site| site.asked().iter().filter(|head| head.starts_with("POST")).count();
    let site = Site::new(serving("503 Service Unavailable"));
    let named = [("address", site.url("/feed.atom")), ("event", "urn:e".to_owned())];
    let named: Vec<(&str, &str)> = named.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let partner = format!("{ours}/partner");
    assert_eq!(zoe.post(&partner, &named).status, 303);
    until(&mut zoe, &ours, "Leur bureau n’a pas encore pu être prévenu\u{a0}; nouvel essai le");
    assert_eq!(told(&site), 1, "one that does not answer is told in a circle");
    // Our process is killed, and told them when it is back and they are.
    site.now_serves(serving("200 OK"));
    node.run();
    let end = Instant::now() + Duration::from_secs(30);
    while zoe.get(&ours).body.contains("nouvel essai") {
        assert!(Instant::now() < end, "what was to be told is forgotten");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(told(&site), 1);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(told(&site), 0, "who heard is told again");
    // A site that knows no such thing is told once, and our people are.
    site.now_serves(serving("404 Not Found"));
    let with = [("do", "part"), ("feed", "urn:them"), ("event", "urn:e")];
    assert_eq!(zoe.post(&partner, &with).status, 303);
    assert_eq!(zoe.post(&partner, &named).status, 303);
    until(&mut zoe, &ours, "Leur site ne reçoit pas ces demandes");
    std::thread::sleep(Duration::from_secs(7));
    assert_eq!(told(&site), 1);
    // What is taken back is told to nobody.
    site.now_serves(serving("503 Service Unavailable"));
    assert_eq!(zoe.post(&partner, &with).status, 303);
    assert_eq!(zoe.post(&partner, &named).status, 303);
    until(&mut zoe, &ours, "nouvel essai");
    assert_eq!(zoe.post(&partner, &with).status, 303);
    told(&site);
    std::thread::sleep(Duration::from_secs(7));
    assert_eq!(told(&site), 0);
}

#[test]
fn a_lab_that_cannot_read_our_feed_is_not_told_again_or_our_desk_does_not_know() {
    let start = |name: &str| Node::start(&format!("[lab]\nname = \"{name}\"\ntag = \"{name}.example,2026\"\n"));
    let there = start("ailleurs");
    // Our feed is where nobody can read it, until somebody sees to it.
    let mut here = start("ici");
    let config = std::fs::read_to_string(here.config()).unwrap();
    let away = config.replace(&format!("public_url = \"{}\"", here.url("/")), "public_url = \"http://127.0.0.1:9/\"");
    assert_ne!(config, away);
    std::fs::write(here.config(), away).unwrap();
    here.run();
    let (mut zoe, mut max) = (here.set_up(), there.set_up());
    let ours = zoe.publish("Ensemble");
    max.publish("Ensemble, là-bas");
    let page = format!("{ours}/partner");
    let found = zoe.post(&page, &[("address", &there.url("/feed.atom"))]);
    assert_eq!(zoe.send(&page, &found, &[]).status, 303, "{}", found.body);
    until(&mut zoe, &ours, "n’a pas trouvé votre demande dans votre flux");
    assert!(!max.get("/desk").body.contains("comme co-organisé avec vous"));
    std::fs::write(here.config(), config).unwrap();
    here.run();
    until(&mut max, "/desk", "comme co-organisé avec vous");
    let end = Instant::now() + Duration::from_secs(20);
    while zoe.get(&ours).body.contains("pas trouvé votre demande") {
        assert!(Instant::now() < end, "it is told that they heard as if they had not");
        std::thread::sleep(Duration::from_millis(200));
    }
}
