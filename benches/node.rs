//! What a lab's node costs: how soon its first page is there, what it holds at rest, what a feed of 500 events takes, and
//! how soon a change is in it. `cargo bench --bench node`; docs/speed.md says what the lines mean.

#[expect(dead_code, reason = "the labs are the other bench's")]
mod generator;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use essaim::event::{Address, Status, Zone};
use essaim::format::{Feed, atom};
use essaim::node::Node;
use essaim::store::Store;
use essaim::web;
use generator::gauge::median;
use jiff::Timestamp;

/// Events of the largest node: a lab has 20 in a year.
const EVENTS: usize = 500;
/// How often each thing is measured.
const TIMES: usize = 20;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for events in [0, 100, EVENTS] {
        let config = node(folder.path(), port, events);
        let (mut first, mut rest, mut own, mut used) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let began = Instant::now();
            let server = start(&config);
            let page = wait(port, "/");
            first.push(began.elapsed().as_secs_f64() * 1e3);
            assert!(page.starts_with(b"HTTP/1.1 200"));
            std::thread::sleep(Duration::from_millis(300));
            rest.push(resident(server.0.id()));
            own.push(memory(server.0.id(), "RssAnon"));
            for path in ["/", "/feed.atom", "/feed.ics", "/feed.json", "/feed.rss", "/news.atom", "/embed"] {
                get(port, path).unwrap();
            }
            used.push(resident(server.0.id()));
        }
        println!(
            "{events} events: first page {:.0} ms after the start, at most {:.0} ms",
            median(first.clone()),
            most(&first)
        );
        println!(
            "{events} events: {:.1} MB at rest after it ({:.1} MB beside the program), {:.1} MB once every feed was read",
            most(&rest),
            most(&own),
            most(&used)
        );
    }
    feed_of_500(&folder.path().join("500.toml"), port);
    changes(folder.path());
}

/// Writes the configuration of a node with so many events.
fn node(folder: &Path, port: u16, events: usize) -> std::path::PathBuf {
    let config = folder.join(format!("{events}.toml"));
    let database = folder.join(format!("{events}.db"));
    let text = format!(
        "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"sqlite:{}\"\n\
         [lab]\nname = \"Lab\"\ntime_zone = \"Europe/Paris\"\n",
        database.display()
    );
    std::fs::write(&config, text).unwrap();
    let file = folder.join("lab.atom");
    std::fs::write(&file, atom::write(&generator::events::feed(7, events, |_| 0))).unwrap();
    let done = essaim().arg("import").arg("--config").arg(&config).arg(&file).output().unwrap();
    assert!(done.status.code().is_some_and(|code| code < 2), "{done:?}");
    config
}

fn essaim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_essaim"));
    command.env("LC_ALL", "C").env("ESSAIM_LOG", "error").stdin(Stdio::null());
    command
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(config: &Path) -> Server {
    Server(
        essaim().arg("node").arg("--config").arg(config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(),
    )
}

fn wait(port: u16, path: &str) -> Vec<u8> {
    loop {
        if let Some(answer) = get(port, path) {
            return answer;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn get(port: u16, path: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

/// Megabytes (10⁶ bytes) that a process holds.
fn resident(process: u32) -> f64 {
    memory(process, "VmRSS")
}

/// The same, of a kind: `RssAnon` is what it made, and not what it was read from (proc(5)).
fn memory(process: u32, what: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn feed_of_500(config: &Path, port: u16) {
    let mut first = Vec::new();
    let mut again = Vec::new();
    let mut bytes = 0;
    for _ in 0..TIMES {
        let server = start(config);
        wait(port, "/healthz");
        let began = Instant::now();
        bytes = get(port, "/feed.atom").unwrap().len();
        first.push(began.elapsed().as_secs_f64() * 1e3);
        for _ in 0..50 {
            let began = Instant::now();
            get(port, "/feed.atom").unwrap();
            again.push(began.elapsed().as_secs_f64() * 1e3);
        }
        drop(server);
    }
    println!(
        "/feed.atom of {EVENTS} events, {:.1} MB: {:.0} ms when first asked for, then {:.1} ms",
        bytes as f64 / 1e6,
        median(first),
        median(again)
    );
}

/// From the call that saves a change until a reader of the feed has it, over a socket.
fn changes(folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let times = runtime.block_on(async {
        let store = Store::open(&format!("sqlite:{}", folder.join(format!("{EVENTS}.db")).display())).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let base = Address::new(&format!("http://127.0.0.1:{port}/")).unwrap();
        let node = Arc::new(Node::open(store, base, None).await.unwrap());
        let router = pages(&node);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let feed: Arc<essaim::snapshot::Snapshot> = node.current().load();
        let ids: Vec<_> = scheduled(&feed.feed).take(TIMES * 2).collect();
        let mut times = Vec::new();
        for (n, (id, slug)) in ids.into_iter().enumerate() {
            let at = Timestamp::from_second(1_900_000_000 + i64::try_from(n).unwrap()).unwrap();
            let began = Instant::now();
            node.cancel(&id, None, at, "bench").await.unwrap();
            let read = move || loop {
                let answer = get(port, "/feed.atom").unwrap();
                let text = String::from_utf8_lossy(&answer);
                let entry = text.split("<entry>").find(|entry| entry.contains(&format!("/e/{slug}\"")));
                if entry.is_some_and(|entry| entry.contains("status=\"cancelled\"")) {
                    break;
                }
            };
            tokio::task::spawn_blocking(read).await.unwrap();
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        times
    });
    println!(
        "a change among {EVENTS} events: in /feed.atom after {:.0} ms, at most {:.0} ms, saving it included",
        median(times.clone()),
        most(&times)
    );
}

/// The pages of a node, as its server has them.
fn pages(node: &Arc<Node>) -> axum::Router {
    let fresh = Arc::clone(node);
    let refresh: web::Refresh = Arc::new(move || {
        let node = Arc::clone(&fresh);
        Box::pin(async move { node.refresh().await.unwrap() })
    });
    let site = web::Site {
        current: node.current(),
        clock: web::Clock::Real(Zone::new("Europe/Paris").unwrap()),
        editions: Vec::new(),
        home: None,
        refresh: Some(refresh),
        hub: None,
        metrics: Default::default(),
        follower: None,
        theme: Default::default(),
    };
    web::node(site, None)
}

fn scheduled(feed: &Feed) -> impl Iterator<Item = (essaim::event::Id, essaim::programme::Slug)> {
    let events = feed.events.iter().filter(|one| one.event.status == Status::Scheduled);
    events.map(|one| (one.event.id.clone(), one.slug.clone())).collect::<Vec<_>>().into_iter()
}
