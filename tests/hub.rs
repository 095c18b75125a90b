//! What a node publishes is in the programme at once: real processes on real sockets, and the subscribers and hubs of
//! others at the other end.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::tools::{Running, essaim, free_ports, get, run, tool};
use serde_json::Value;

/// Sources are polled every quarter of an hour: what arrives sooner was pushed. Generous, since machines are slow.
const SOON: Duration = Duration::from_secs(60);

/// A folder with the configurations of a node and of an aggregator of one source.
struct World {
    folder: tempfile::TempDir,
    node: u16,
    aggregator: u16,
}

impl World {
    fn new(source: &str) -> World {
        let folder = tempfile::tempdir().unwrap();
        let node = free_ports(1);
        let aggregator = node + 1;
        let source = source.replace("NODE", &format!("http://127.0.0.1:{node}/feed.atom"));
        let config = |name: &str, port: u16, rest: &str| {
            let database = folder.path().join(format!("{name}.db"));
            let text = format!(
                "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n{rest}",
                database.display()
            );
            std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        };
        config("node", node, "allow_private_addresses = true\n[lab]\nname = \"Lab\"\ntag = \"lab.example,2026\"\n");
        let rest = format!(
            "[programme]\ntitle = \"Programme\"\n[fetch]\nallow_private_addresses = true\n\
             [[source]]\nurl = \"{source}\"\nkey = \"lab\"\nname = \"Lab\"\n"
        );
        config("aggregator", aggregator, &rest);
        World { folder, node, aggregator }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, role: &str) -> Running {
        let port = if role == "node" { self.node } else { self.aggregator };
        let config = self.path(&format!("{role}.toml"));
        Running::start(essaim().arg(role).arg("--config").arg(config), port, &self.path(&format!("{role}.log")))
    }

    /// Publishes an event on the node, by a process of its own.
    fn import(&self, title: &str) {
        let file = self.path("import.atom");
        std::fs::write(&file, feed("tag:lab.example,2026:programme", "", &[title])).unwrap();
        let (code, _, error) = run(essaim().arg("import").arg("--config").arg(self.path("node.toml")).arg(&file));
        assert_eq!(code, 0, "{error}");
    }

    fn log(&self, role: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{role}.log"))).unwrap_or_default()
    }

    /// Waits until the programme shows an event of this title.
    fn await_title(&self, title: &str) {
        let shown = || get(self.aggregator, "/programme.json").is_some_and(|body| contains(&body, title));
        if !within(SOON, shown) {
            panic!("{title} never came\n{}\n{}", self.log("node"), self.log("aggregator"));
        }
    }
}

fn contains(body: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(body).contains(text)
}

fn within(time: Duration, done: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < time {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    done()
}

/// A feed of events with these titles; `links` stand in its head.
fn feed(id: &str, links: &str, titles: &[&str]) -> String {
    let entries: String = titles
        .iter()
        .map(|title| {
            let id = title.replace(' ', "-");
            format!(
                "<entry><id>tag:lab.example,2026:{id}</id><title>{title}</title><updated>2026-09-01T08:00:00Z</updated>\
                 <summary>{title}.</summary></entry>"
            )
        })
        .collect();
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{id}</id><title>Lab</title><updated>2026-09-01T08:00:00Z</updated>\
         <author><name>Lab</name></author>{links}{entries}</feed>"
    )
}

/// The head of the answer to a plain request.
fn head(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "HEAD {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Posts a form; gives the status.
fn post(port: u16, path: &str, form: &[(&str, &str)]) -> u16 {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

#[test]
fn what_a_node_publishes_waits_for_the_next_poll_before_or_after_a_restart() {
    let world = World::new("NODE");
    world.import("Atelier un");
    let node = world.start("node");
    let aggregator = world.start("aggregator");
    world.await_title("Atelier un");
    let followed = || world.log("aggregator").contains("a hub tells of a source's changes");
    assert!(within(SOON, followed), "{}\n{}", world.log("node"), world.log("aggregator"));
    world.import("Visite deux");
    world.await_title("Visite deux");

    // Both ends remember: nobody subscribes anew, and what was published while the aggregator was away comes.
    assert_eq!(aggregator.interrupt(), Some(0));
    world.import("Rencontre trois");
    let _aggregator = world.start("aggregator");
    world.await_title("Rencontre trois");
    assert!(!followed(), "it subscribed anew");
    assert_eq!(node.interrupt(), Some(0));
    let _node = world.start("node");
    world.import("Conférence quatre");
    world.await_title("Conférence quatre");
}

#[test]
fn a_feed_does_not_name_its_hub_or_the_hub_takes_what_is_no_request() {
    let world = World::new("NODE");
    world.import("Atelier un");
    let _node = world.start("node");
    let base = format!("http://127.0.0.1:{}/", world.node);
    for extension in ["atom", "json", "ics"] {
        let head = head(world.node, &format!("/feed.{extension}")).to_lowercase();
        let links = format!("link: <{base}hub>; rel=\"hub\", <{base}feed.{extension}>; rel=\"self\"");
        assert!(head.contains(&links), "{head}");
    }
    let atom = String::from_utf8(get(world.node, "/feed.atom").unwrap()).unwrap();
    assert!(atom.contains(&format!("<link href=\"{base}hub\" rel=\"hub\"/>")), "{atom}");
    let json: Value = serde_json::from_slice(&get(world.node, "/feed.json").unwrap()).unwrap();
    assert_eq!(json["hubs"][0]["url"], format!("{base}hub"));

    let topic = format!("{base}feed.atom");
    let ask = |callback: &str| {
        post(world.node, "/hub", &[("hub.mode", "subscribe"), ("hub.topic", &topic), ("hub.callback", callback)])
    };
    assert_eq!(ask("http://127.0.0.1:1/"), 202);
    assert_eq!(ask("gopher://127.0.0.1/"), 400);
    assert_eq!(post(world.node, "/hub", &[("x", &"x".repeat(100_000))]), 413);
    assert_eq!(post(world.node, "/hub/token", &[]), 404, "a node follows nobody");
    let full = (0..20).map(|n| ask(&format!("http://127.0.0.1:1/{n}"))).filter(|status| *status == 429).count();
    assert!(full >= 10, "{full}");
}

/// A program that writes a line for each thing that happens.
struct Lines {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Lines {
    fn start(command: &mut Command) -> Lines {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| send.send(line))
        });
        Lines { child, lines }
    }

    fn next(&self) -> Value {
        let line = self.lines.recv_timeout(SOON).expect("it says nothing");
        serde_json::from_str(&line).unwrap_or(Value::String(line))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_subscriber_that_others_wrote_cannot_follow_a_node() {
    let Some(modules) = tool("ESSAIM_TEST_NODE") else { return };
    let world = World::new("NODE");
    world.import("Atelier un");
    let _node = world.start("node");
    let base = format!("http://127.0.0.1:{}", world.node);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/subscriber.js");
    let mut command = Command::new("node");
    command.arg(script).arg(format!("{base}/hub")).arg(format!("{base}/feed.atom")).env("NODE_PATH", modules);
    let mut subscriber = Lines::start(&mut command);
    let told = subscriber.next();
    assert_eq!((&told["event"], &told["topic"]), (&"subscribe".into(), &format!("{base}/feed.atom").into()), "{told}");
    // It tells what it verified: an event is only told when the signature is right.
    world.import("Visite deux");
    let told = subscriber.next();
    assert_eq!(
        (&told["event"], &told["type"]),
        (&"feed".into(), &"application/atom+xml; charset=utf-8".into()),
        "{told}"
    );
    assert!(told["signature"].as_str().unwrap().starts_with("sha256="), "{told}");
    let published = String::from_utf8(get(world.node, "/feed.atom").unwrap()).unwrap();
    assert!(published.contains("Visite deux"));
    assert_eq!(told["feed"].as_str().unwrap(), published);
    subscriber.child.stdin.as_mut().unwrap().write_all(b"unsubscribe\n").unwrap();
    assert_eq!(subscriber.next()["event"], "unsubscribe");
    world.import("Rencontre trois");
    assert!(subscriber.lines.recv_timeout(Duration::from_secs(2)).is_err(), "who left is told");
}

#[test]
fn a_hub_that_others_wrote_cannot_tell_an_aggregator() {
    let Some(python) = tool("ESSAIM_TEST_PYTHON") else { return };
    // A publisher whose feed names that hub.
    let hub = free_ports(0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let topic = format!("http://{}/feed", listener.local_addr().unwrap());
    let links = format!("<link rel=\"hub\" href=\"http://127.0.0.1:{hub}/hub\"/><link rel=\"self\" href=\"{topic}\"/>");
    let publish = |titles: &[&str]| feed("tag:lab.example,2026:programme", &links, titles);
    let published = Arc::new(Mutex::new(publish(&["Atelier un"])));
    let (body, address) = (Arc::clone(&published), topic.clone());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let body = body.lock().unwrap().clone();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\nConnection: close\r\nContent-Length: {}\r\n\
                 Link: <http://127.0.0.1:{hub}/hub>; rel=\"hub\", <{address}>; rel=\"self\"\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let world = World::new(&topic);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/hub.py");
    let _hub = Running::start(Command::new(python).arg(script).arg(hub.to_string()), hub, &world.path("hub.log"));
    let _aggregator = world.start("aggregator");
    world.await_title("Atelier un");
    let followed = || world.log("aggregator").contains("a hub tells of a source's changes");
    assert!(within(SOON, followed), "{}\n{}", world.log("hub"), world.log("aggregator"));
    *published.lock().unwrap() = publish(&["Atelier un", "Visite deux"]);
    // That hub writes down who subscribes only after we have confirmed it, and tells nobody until then: it is told
    // again, as a publisher does who sees no visit.
    let told = || {
        assert_eq!(post(hub, "/hub", &[("hub.mode", "publish"), ("hub.topic", &topic)]), 202);
        world.log("aggregator").contains("a source told of a change")
    };
    assert!(within(SOON, told), "{}\n{}", world.log("hub"), world.log("aggregator"));
    world.await_title("Visite deux");
}
