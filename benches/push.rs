//! From a lab to the nation: how long it takes from `essaim import` on a node until the event is in the programme.
//!
//! A real node and a real aggregator, each a process of its own, on loopback, in a programme of 40 sources and 1,000
//! entries. Sources are polled every quarter of an hour, so that what arrives sooner was pushed. Time runs from before
//! `essaim import` is started until `/programme.json` holds the event.
//!
//! `cargo bench --bench push` does 200 publications; `cargo bench --bench push -- 20` does 20.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use essaim::event::{Address, Event, Hours, Id, Language, Line, Name, Organiser, Parts, Slot, When, Zone};
use essaim::format::{Feed, Head, atom};
use essaim::programme::{Published, Slug};
use jiff::Timestamp;

/// Publications that are measured.
const PUBLICATIONS: usize = 200;
/// Sources beside the node, and entries of each.
const OTHERS: usize = 39;
const ENTRIES: usize = 25;
/// How often it is looked whether the event is there.
const LOOK: Duration = Duration::from_millis(5);
/// What takes longer was not pushed.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    // Cargo adds `--bench` of its own.
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(PUBLICATIONS);
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (node, aggregator) = (free_port(), free_port());
    let config = format!(
        "listen = \"127.0.0.1:{node}\"\npublic_url = \"http://127.0.0.1:{node}\"\ndatabase = \"sqlite:{}\"\n\
         allow_private_addresses = true\n[lab]\nname = \"Lab 0\"\ntag = \"lab0.example,2026\"\ntime_zone = \"Europe/Paris\"\n",
        folder.join("node.db").display()
    );
    std::fs::write(folder.join("node.toml"), config).expect("node.toml");
    let mut config = format!(
        "listen = \"127.0.0.1:{aggregator}\"\npublic_url = \"http://127.0.0.1:{aggregator}\"\ndatabase = \"sqlite:{}\"\n\
         [programme]\ntitle = \"Programme\"\ntime_zone = \"Europe/Paris\"\n[fetch]\nallow_private_addresses = true\n\
         [[source]]\nurl = \"http://127.0.0.1:{node}/feed.atom\"\nkey = \"lab0\"\nname = \"Lab 0\"\n",
        folder.join("programme.db").display()
    );
    for lab in 1..=OTHERS {
        let port = serve(feed(lab, 0..ENTRIES));
        config +=
            &format!("[[source]]\nurl = \"http://127.0.0.1:{port}/\"\nkey = \"lab{lab}\"\nname = \"Lab {lab}\"\n");
    }
    std::fs::write(folder.join("aggregator.toml"), config).expect("aggregator.toml");

    import(folder, feed(0, 0..ENTRIES));
    let _node = Running::start(folder, "node");
    let _aggregator = Running::start(folder, "aggregator");
    await_visible(aggregator, &id(0, 0), Instant::now());

    // The aggregator asks the node's hub once it has read the feed; what it missed before that is no measurement.
    let mut next = ENTRIES;
    while publish(folder, aggregator, &mut next) > Duration::from_secs(5) {}
    let mut times: Vec<Duration> = (0..count).map(|_| publish(folder, aggregator, &mut next)).collect();
    times.sort();
    let part = |percent: usize| times[(times.len() * percent).div_ceil(100).clamp(1, times.len()) - 1].as_millis();
    println!(
        "{count} publications, {} sources, {} entries: min {} ms, median {} ms, p90 {} ms, p99 {} ms, max {} ms",
        OTHERS + 1,
        OTHERS * ENTRIES + next,
        part(0),
        part(50),
        part(90),
        part(99),
        part(100)
    );
}

/// Publishes one event more on the node, and waits until the programme shows it.
fn publish(folder: &Path, aggregator: u16, next: &mut usize) -> Duration {
    let number = *next;
    *next += 1;
    let began = Instant::now();
    import(folder, feed(0, number..number + 1));
    await_visible(aggregator, &id(0, number), began)
}

fn await_visible(port: u16, id: &str, began: Instant) -> Duration {
    let needle = format!("\"{id}\"");
    let mut etag = String::new();
    while began.elapsed() < PATIENCE {
        if let Some((tag, body)) = get(port, "/programme.json", &etag) {
            let there = body.windows(needle.len()).any(|window| window == needle.as_bytes());
            if there {
                return began.elapsed();
            }
            etag = tag;
        }
        std::thread::sleep(LOOK);
    }
    PATIENCE
}

fn import(folder: &Path, feed: Vec<u8>) {
    let file = folder.join("import.atom");
    std::fs::write(&file, feed).expect("a file to import");
    let done = essaim().arg("import").arg("--config").arg(folder.join("node.toml")).arg(&file).output();
    let done = done.expect("essaim import starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn id(lab: usize, number: usize) -> String {
    format!("tag:lab{lab}.example,2026:e/{number}")
}

/// Events that nobody takes for one another: the words of their titles are their own.
fn feed(lab: usize, numbers: std::ops::Range<usize>) -> Vec<u8> {
    let line = |text: &str| Line::new(text).expect("a line");
    let zone = Zone::new("Europe/Paris").expect("a zone");
    let founded = Timestamp::from_second(1_790_000_000).expect("an instant");
    let events = numbers.map(|number| {
        let word =
            |n: usize| -> String { (0..6).map(|at| char::from(b"abcdefghijklmnop"[(n >> (4 * at)) & 15])).collect() };
        let title = format!("Atelier {} {}", word(lab * 100_003 + 7), word(lab * 7_919 + number * 104_729 + 13));
        let mut parts = Parts::new(Id::new(&id(lab, number)).expect("an id"), line(&title), founded);
        parts.zone = Some(zone.clone());
        let day = jiff::civil::date(2026, 11, 2)
            + jiff::Span::new().days(i64::try_from((lab * 31 + number) % 28).unwrap_or(0));
        let at = |hour| zone.at(day.at(hour, 0, 0, 0)).expect("an hour");
        let hours = Hours::new(at(10), Some(at(12))).expect("two hours");
        parts.slots = vec![Slot::new(Name::new("c1").expect("a name"), When::Timed(hours))].into();
        let event = Event::new(parts).expect("an event");
        let slug = Slug::new(&format!("e{number}")).expect("a slug");
        std::sync::Arc::new(Published {
            event,
            slug,
            uids: Default::default(),
            copies: Vec::new(),
            doubts: Vec::new(),
            voices: Default::default(),
        })
    });
    let head = Head {
        id: Id::new(&format!("tag:lab{lab}.example,2026:programme")).expect("an id"),
        title: line(&format!("Lab {lab}")),
        subtitle: None,
        language: Language::new("fr").expect("a language"),
        zone: Some(zone.clone()),
        updated: founded,
        author: Organiser { name: line(&format!("Lab {lab}")), page: None, role: None },
        base: Address::new(&format!("https://lab{lab}.example/")).expect("an address"),
        stem: "feed",
        licence: None,
        rights: None,
        regions: Vec::new(),
        complete: lab > 0,
        hub: None,
    };
    atom::write(&Feed { head, events: events.collect(), tombstones: Vec::new() })
}

/// A lab that is no node: the same feed for all who ask.
fn serve(feed: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                feed.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&feed));
        }
    });
    port
}

fn get(port: u16, path: &str, etag: &str) -> Option<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nIf-None-Match: {etag}\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap_or_default().to_owned();
    head.starts_with("HTTP/1.0 200").then(|| (tag, answer.split_off(end + 4)))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

fn essaim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_essaim"));
    command.env("ESSAIM_LOG", "warn");
    command
}

/// A server, ended with the measurement.
struct Running(Child);

impl Running {
    fn start(folder: &Path, role: &str) -> Running {
        let config = folder.join(format!("{role}.toml"));
        let mut command = essaim();
        command.arg(role).arg("--config").arg(config).stdin(Stdio::null()).stdout(Stdio::null());
        Running(command.spawn().expect("the server starts"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
