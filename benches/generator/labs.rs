//! Many labs, served over HTTP/1.1 by another process: the bench starts itself again to be it.
//!
//! Each lab has a loopback address of its own, so that each is a host of its own to the aggregator's courtesy. What
//! the labs say, and which of them misbehave, is told to that process line by line.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use essaim::event::{Address, Line};
use essaim::format::atom;
use essaim::programme::{Role, Source, SourceKey, Trust};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::events;

/// Set in the process that serves: how many labs, how many entries each, on which port.
const SERVE: &str = "ESSAIM_BENCH_LABS";

/// How a lab can be bad company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Takes the request and never answers.
    SlowHead,
    /// Begins well and then sends a byte a second for ever.
    Drip,
    /// Sends a feed that does not end, as fast as it can.
    Huge,
    /// A few kilobytes that decompress to a gigabyte.
    Bomb,
    /// Cuts the connection without an answer.
    Reset,
    /// Ends in the middle of the body.
    Truncated,
    /// Answers 500.
    Error,
    /// Answers with a page instead of a feed.
    Page,
}

impl Fault {
    pub const ALL: [Fault; 8] = [
        Fault::SlowHead,
        Fault::Drip,
        Fault::Huge,
        Fault::Bomb,
        Fault::Reset,
        Fault::Truncated,
        Fault::Error,
        Fault::Page,
    ];
}

/// The labs, as the bench holds them.
pub struct Labs {
    child: Child,
    tell: ChildStdin,
    hear: BufReader<ChildStdout>,
    count: usize,
    port: u16,
    turn: usize,
    /// What all their feeds weigh, as they are and compressed (bytes).
    pub weight: (usize, usize),
}

impl Labs {
    /// Starts the process that serves `count` labs of `entries` events each.
    pub fn start(count: usize, entries: usize) -> Labs {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(SERVE, format!("{count} {entries} {port}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let tell = child.stdin.take().unwrap();
        let hear = BufReader::new(child.stdout.take().unwrap());
        let mut labs = Labs { child, tell, hear, count, port, turn: 0, weight: (0, 0) };
        labs.weight = labs.answer();
        labs
    }

    /// One lab in `one_in` edits so many of its entries: each time others, those whose number and the turn that is
    /// given make a multiple.
    pub fn change(&mut self, one_in: usize, entries: usize) -> usize {
        self.turn += 1;
        self.ask(&format!("change {one_in} {entries} {}", self.turn));
        self.turn
    }

    /// One lab in `one_in` misbehaves from now on, by `fault`; `None` makes them all well again.
    pub fn misbehave(&mut self, one_in: usize, fault: Option<Fault>) {
        let fault = fault.map_or(-1, |fault| fault as i64);
        self.ask(&format!("fault {one_in} {fault}"));
    }

    fn ask(&mut self, what: &str) {
        writeln!(self.tell, "{what}").unwrap();
        self.answer();
    }

    fn answer(&mut self) -> (usize, usize) {
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        let mut numbers = line.split_ascii_whitespace().map(|n| n.parse().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    }

    /// The labs as sources of an aggregator.
    pub fn sources(&self) -> Vec<Source> {
        (0..self.count)
            .map(|lab| Source {
                key: SourceKey::new(&format!("lab{lab:04}")).unwrap(),
                address: Address::new(&format!("http://{}/feed.atom", address(lab, self.port))).unwrap(),
                name: Line::new(&events::name(lab)).unwrap(),
                region: None,
                language: None,
                zone: None,
                role: Role::Lab,
                trust: Trust::Auto,
                verified_hosts: Default::default(),
                kind: Default::default(),
                reads_pages: false,
                paused: false,
            })
            .collect()
    }
}

impl Drop for Labs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address(lab: usize, port: u16) -> SocketAddr {
    let (block, host) = (u8::try_from(lab / 250).unwrap(), u8::try_from(lab % 250).unwrap());
    SocketAddr::from((Ipv4Addr::new(127, 1, block, host + 1), port))
}

/// What one lab says now.
struct Said {
    edits: Vec<u64>,
    etag: String,
    plain: Vec<u8>,
    gzip: Vec<u8>,
    fault: Option<Fault>,
}

impl Said {
    fn new(lab: usize, edits: Vec<u64>) -> Said {
        let plain = atom::write(&events::feed(lab, edits.len(), |number| edits[number]));
        let gzip = compressed(&plain);
        let etag = format!("\"{lab}-{}\"", edits.iter().sum::<u64>());
        Said { edits, etag, plain, gzip, fault: None }
    }
}

fn compressed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// To be called first in `main`: in the process that serves it never returns.
pub fn serve_if_asked() {
    let Ok(asked) = std::env::var(SERVE) else { return };
    let numbers: Vec<usize> = asked.split(' ').map(|n| n.parse().unwrap()).collect();
    let &[count, entries, port] = &numbers[..] else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let labs: Vec<_> = (0..count).map(|lab| Arc::new(RwLock::new(Said::new(lab, vec![0; entries])))).collect();
    let bomb: Arc<[u8]> = compressed(&vec![b' '; 100_000_000]).into();
    for (lab, said) in labs.iter().enumerate() {
        let (said, bomb) = (Arc::clone(said), Arc::clone(&bomb));
        let address = address(lab, u16::try_from(port).unwrap());
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        runtime.spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let (said, bomb) = (Arc::clone(&said), Arc::clone(&bomb));
                // Whoever hangs up ends their connection and nothing else.
                tokio::spawn(async move { drop(converse(stream, &said, &bomb).await) });
            }
        });
    }
    std::thread::spawn(move || obey(&labs));
    runtime.block_on(std::future::pending::<()>());
}

/// Takes orders until the bench is gone.
fn obey(labs: &[Arc<RwLock<Said>>]) {
    let weight = || {
        let of = |lab: &Arc<RwLock<Said>>| {
            let said = lab.read().unwrap();
            (said.plain.len(), said.gzip.len())
        };
        labs.iter().map(of).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    loop {
        let (plain, gzip) = weight();
        println!("{plain} {gzip}");
        let mut order = String::new();
        if std::io::stdin().read_line(&mut order).unwrap_or(0) == 0 {
            std::process::exit(0);
        }
        let words: Vec<&str> = order.split_ascii_whitespace().collect();
        let one_in: usize = words[1].parse().unwrap();
        if words[0] == "change" {
            let (entries, turn): (usize, usize) = (words[2].parse().unwrap(), words[3].parse().unwrap());
            for (lab, said) in labs.iter().enumerate().filter(|(lab, _)| (lab + turn).is_multiple_of(one_in)) {
                let mut edits = said.read().unwrap().edits.clone();
                edits.iter_mut().take(entries).for_each(|edit| *edit += 1);
                *said.write().unwrap() = Said::new(lab, edits);
            }
        } else {
            let fault = words[2].parse().ok().and_then(|fault: usize| Fault::ALL.get(fault).copied());
            for (lab, said) in labs.iter().enumerate() {
                said.write().unwrap().fault = fault.filter(|_| lab.is_multiple_of(one_in));
            }
        }
    }
}

/// One connection, request by request.
async fn converse(mut stream: TcpStream, said: &RwLock<Said>, bomb: &[u8]) -> std::io::Result<()> {
    let mut request = Vec::new();
    loop {
        // As it is when something is asked, not when the last answer was sent: connections are kept.
        stream.readable().await?;
        let fault = said.read().unwrap().fault;
        if fault == Some(Fault::Reset) {
            // With what was sent still unread, closing is a reset.
            return Ok(());
        }
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&request).into_owned();
        request.clear();
        if let Some(fault) = fault {
            return misbehave(&mut stream, fault, said, bomb).await;
        }
        let answer = {
            let said = said.read().unwrap();
            if head.contains(&said.etag) {
                format!("HTTP/1.1 304 Not Modified\r\nETag: {}\r\n\r\n", said.etag).into_bytes()
            } else {
                let mut answer = head_of(&said.etag, said.gzip.len());
                answer.extend_from_slice(&said.gzip);
                answer
            }
        };
        stream.write_all(&answer).await?;
    }
}

fn head_of(etag: &str, length: usize) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml; charset=utf-8\r\nETag: {etag}\r\n\
         Content-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes()
}

async fn misbehave(stream: &mut TcpStream, fault: Fault, said: &RwLock<Said>, bomb: &[u8]) -> std::io::Result<()> {
    let endless =
        b"HTTP/1.1 200 OK\r\nContent-Type: application/atom+xml\r\n\r\n<feed xmlns='http://www.w3.org/2005/Atom'>";
    match fault {
        Fault::SlowHead => tokio::time::sleep(Duration::from_secs(600)).await,
        Fault::Drip => {
            stream.write_all(endless).await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Fault::Huge => {
            stream.write_all(endless).await?;
            let entry = b"<entry><title>encore</title></entry>".repeat(1_000);
            loop {
                stream.write_all(&entry).await?;
            }
        }
        Fault::Bomb => {
            stream.write_all(&head_of("\"b\"", bomb.len())).await?;
            stream.write_all(bomb).await?;
        }
        Fault::Reset => {}
        Fault::Truncated => {
            let half = {
                let said = said.read().unwrap();
                let mut half = head_of("\"t\"", said.gzip.len());
                half.extend_from_slice(&said.gzip[..said.gzip.len() / 2]);
                half
            };
            stream.write_all(&half).await?;
        }
        Fault::Error => {
            stream.write_all(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?;
        }
        Fault::Page => {
            let page = "<!DOCTYPE html><title>Maintenance</title><p>Revenez plus tard.";
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length:";
            stream.write_all(format!("{head} {}\r\n\r\n{page}", page.len()).as_bytes()).await?;
        }
    }
    Ok(())
}
