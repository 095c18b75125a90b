//! A site on this machine that answers each request as it is told to, over a real socket, and remembers who asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// How a site answers: it is given the head of the request, and the socket to write on.
pub type Serve = dyn Fn(&str, &mut TcpStream) + Send + Sync;

/// A site. It goes on until the test ends, unless it is closed.
pub struct Site {
    pub address: SocketAddr,
    serve: Arc<Mutex<Arc<Serve>>>,
    heads: Arc<Mutex<Vec<String>>>,
    open: Arc<Mutex<bool>>,
}

impl Site {
    pub fn new(serve: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let serve: Arc<Mutex<Arc<Serve>>> = Arc::new(Mutex::new(Arc::new(serve)));
        let (heads, open) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(Mutex::new(true)));
        let site = Site { address, serve: serve.clone(), heads: heads.clone(), open: open.clone() };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if !*open.lock().unwrap() {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                let (serve, heads) = (serve.lock().unwrap().clone(), heads.clone());
                thread::spawn(move || {
                    let head = read_head(&mut stream);
                    heads.lock().unwrap().push(head.clone());
                    serve(&head, &mut stream);
                });
            }
        });
        site
    }

    /// A site that answers every request with these bytes.
    pub fn saying(answer: Vec<u8>) -> Site {
        Site::new(move |_, stream| drop(stream.write_all(&answer)))
    }

    /// From now on it answers otherwise.
    pub fn now_serves(&self, serve: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) {
        *self.serve.lock().unwrap() = Arc::new(serve);
    }

    /// From now on it answers every request with these bytes.
    pub fn now_says(&self, answer: Vec<u8>) {
        self.now_serves(move |_, stream| drop(stream.write_all(&answer)));
    }

    /// Nobody listens there any more.
    pub fn close(&self) {
        *self.open.lock().unwrap() = false;
        drop(TcpStream::connect(self.address));
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The heads of the requests since this was last asked.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }
}

fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// The path that a request asks for.
pub fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

/// An answer as it stands on the wire.
pub fn reply(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut reply = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        reply += header;
        reply += "\r\n";
    }
    [(reply + "\r\n").as_bytes(), body].concat()
}

/// A feed of one's own, as it is answered.
pub fn ok(feed: &str) -> Vec<u8> {
    reply("200 OK", &["Content-Type: application/atom+xml"], feed.as_bytes())
}

/// An Atom feed whose entries are dated: `(id, title, day of the event)`, published in this order.
pub fn feed(complete: bool, entries: &[(&str, &str, &str)]) -> String {
    let mut out = String::from(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:ev='http://purl.org/rss/1.0/modules/event/' \
         xmlns:fh='http://purl.org/syndication/history/1.0' xmlns:at='http://purl.org/atompub/tombstones/1.0'>\
         <id>urn:feed</id><title>Lab</title><updated>2026-01-01T00:00:00Z</updated>",
    );
    if complete {
        out += "<fh:complete/>";
    }
    for (n, (id, title, day)) in entries.iter().enumerate() {
        let published = format!("2026-01-01T00:{:02}:{:02}Z", n / 60, n % 60);
        out += &format!(
            "<entry><id>urn:{id}</id><title>{title}</title><published>{published}</published>\
             <updated>2026-01-02T00:00:00Z</updated><ev:startdate>{day}T10:00:00+01:00</ev:startdate></entry>"
        );
    }
    out + "</feed>"
}
