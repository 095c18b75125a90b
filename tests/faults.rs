//! Every fault that a source can have, against the program itself over real sockets: before its feed was ever read, and
//! after. What the programme shows, what the health says, and what `/sources` and `/sources.json` tell is asserted; the
//! table that comes of it is the one in `docs/faults.md`.

mod common;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use common::site::{Site, feed, ok, path, reply};
use common::tools::{Running, essaim, free_ports, get, run};
use essaim::event::{Address, Line};
use essaim::language::Tongue;
use essaim::programme::{Code, FailureKind};
use essaim::store::Store;
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

/// How long one fetch may take here: what is slow is slower.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A fault: how a lab's site serves, or where its feed is said to be instead.
struct Fault {
    name: &'static str,
    way: Way,
    /// How the visit is stored, if it fails.
    failure: Option<FailureKind>,
    /// What is found besides.
    finding: Option<Code>,
}

enum Way {
    /// Given the request, what the lab would say if it were well, and the socket.
    Serve(Arc<Serve>),
    Address(String),
}

type Serve = dyn Fn(&str, &str, &mut TcpStream) + Send + Sync;

fn serves(
    name: &'static str,
    failure: Option<FailureKind>,
    finding: Option<Code>,
    serve: impl Fn(&str, &str, &mut TcpStream) + Send + Sync + 'static,
) -> Fault {
    Fault { name, way: Way::Serve(Arc::new(serve)), failure, finding }
}

fn says(name: &'static str, failure: Option<FailureKind>, finding: Option<Code>, answer: Vec<u8>) -> Fault {
    serves(name, failure, finding, move |_, _, stream| drop(stream.write_all(&answer)))
}

/// A body that breaks a reader: refused or read, but never more than that.
fn document(name: &'static str, code: Code, body: impl AsRef<[u8]>) -> Fault {
    says(name, Some(FailureKind::NotAFeed), Some(code), reply("200 OK", &[], body.as_ref()))
}

/// Writes on and on, until nobody listens.
fn drip(stream: &mut TcpStream, bytes: &[u8], every: Duration) {
    while stream.write_all(bytes).and_then(|()| stream.flush()).is_ok() {
        thread::sleep(every);
    }
}

fn to(status: &str, location: &str) -> Vec<u8> {
    reply(status, &[&format!("Location: {location}")], b"")
}

fn gzip(size: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; size]).unwrap();
    encoder.finish().unwrap()
}

fn brotli(size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 5, 22);
    encoder.write_all(&vec![b' '; size]).unwrap();
    drop(encoder);
    out
}

/// A key that RFC 9500 §2.3 publishes for tests, and two certificates for 127.0.0.1 that it signed itself: one that
/// nobody vouches for, and one that is vouched for (`extra_ca`) but was good in 2020 only.
const KEY: &[u8] = b"-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIObLW92AqkWunJXowVR2Z5/+yVPBaFHnEedDk5WJxk/BoAoGCCqGSM49
AwEHoUQDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjV
uKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==
-----END EC PRIVATE KEY-----";
const UNVOUCHED: &[u8] = b"-----BEGIN CERTIFICATE-----
MIIBZzCCAQygAwIBAgIUEDxk2VOH2vZSSEF2Oo54A1dGCNkwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyNjE4NDYyNloYDzIxMjYxMTAyMTg0
NjI2WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AARCJUj4j7eC/7Xso3REUscqHlWPvW9zvl5I6TIyzEXFsWxM0QxMuNW4oXE56UiC
yJklcpk0JfQUGat+kKQqSUJyo0AwPjAPBgNVHREECDAGhwR/AAABMAwGA1UdEwEB
/wQCMAAwHQYDVR0OBBYEFFtwp5gX95/2N9L349xEbCEJ17vUMAoGCCqGSM49BAMC
A0kAMEYCIQDDh9ghx6pC3k+TLf0q/xcXHV/+gg5+ofhKo/xG98a42gIhAK1d8Azo
oKnASf5axGBwf5LWvcexGPFc9G6XcEzIA5I/
-----END CERTIFICATE-----";
const EXPIRED: &[u8] = b"-----BEGIN CERTIFICATE-----
MIIBVjCB/aADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDAeFw0yMDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxv
Y2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEIlSPiPt4L/teyjdERS
xyoeVY+9b3O+XkjpMjLMRcWxbEzRDEy41bihcTnpSILImSVymTQl9BQZq36QpCpJ
QnKjQDA+MA8GA1UdEQQIMAaHBH8AAAEwDAYDVR0TAQH/BAIwADAdBgNVHQ4EFgQU
W3CnmBf3n/Y30vfj3ERsIQnXu9QwCgYIKoZIzj0EAwIDSAAwRQIgAi0JOHVmOeWC
KVKTx6tTDATRvCXOTqcZ9I0MI+J7wFoCIQCtQlIkX0fFE8+afhzkoedS1nBxCM9e
3qj4O6K4kXTOKQ==
-----END CERTIFICATE-----";

/// The address of an https site with that certificate.
fn https(certificate: &[u8]) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let session = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket.unwrap());
            let _ = stream.read(&mut [0; 1024]).and_then(|_| stream.write_all(&ok("")));
        }
    });
    format!("https://{address}/")
}

fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

/// The document of a lab: two events of its own.
fn document_of(number: usize) -> String {
    // Each on a day of its own, so that nothing is taken for a copy of anything.
    let day = |n: usize| {
        jiff::civil::date(2027, 1, 1).saturating_add(jiff::Span::new().days(i64::try_from(n).unwrap())).to_string()
    };
    let days = [day(number), day(number + 100)];
    let (a, b) = (format!("l{number}-a"), format!("l{number}-b"));
    let titles = [format!("Rendez-vous {number} du printemps décalé"), format!("Balade {number} au bord de l’eau")];
    feed(true, &[(&a, &titles[0], &days[0]), (&b, &titles[1], &days[1])])
}

/// An answer made of what the lab would say if it were well.
fn garbles(
    name: &'static str,
    failure: Option<FailureKind>,
    finding: Option<Code>,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> Fault {
    serves(name, failure, finding, move |_, good, stream| drop(stream.write_all(&answer(good))))
}

fn rss(inside: &str) -> String {
    let media = "xmlns:media='http://search.yahoo.com/mrss/'";
    format!("<rss version='2.0' {media}><channel><title>L</title>{inside}</channel></rss>")
}

fn in_latin1(text: &str) -> Vec<u8> {
    let one = |c: char| if c == '’' { b'\x92' } else { u8::try_from(u32::from(c)).unwrap_or(b'?') };
    text.chars().map(one).collect()
}

fn faults() -> Vec<Fault> {
    use FailureKind::*;
    let login = b"<!DOCTYPE html><html><head><title>Connexion</title></head><body><form></form></body></html>";
    let groups = format!("<item>{}{}</item>", "<media:group>".repeat(1000), "</media:group>".repeat(1000));
    let address =
        |name, address, failure| Fault { name, way: Way::Address(address), failure: Some(failure), finding: None };
    vec![
        address("a name that does not exist", "http://nobody.invalid/".into(), NameNotFound),
        address("connection refused", closed_port(), Connection),
        address("a certificate that nobody vouches for", https(UNVOUCHED), Tls),
        address("a certificate out of date", https(EXPIRED), Tls),
        says("closed without a word", Some(Connection), None, Vec::new()),
        says("broken off in the headers", Some(Connection), None, b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        garbles("broken off in the body", Some(Body), None, |good| ok(good)[..ok(good).len() - 200].to_vec()),
        serves("headers that never end", Some(Timeout), None, |_, _, stream| {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\n"));
            drip(stream, b"X: y\r\n", Duration::from_millis(200));
        }),
        serves("a body that drips for ever", Some(Timeout), None, |_, _, stream| {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<feed>"));
            drip(stream, b" ", Duration::from_millis(50));
        }),
        serves("a body without end, fast", Some(TooLarge), None, |_, _, stream| {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<feed>"));
            drip(stream, &[b' '; 65536], Duration::ZERO);
        }),
        says(
            "a length past the limit",
            Some(TooLarge),
            None,
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec(),
        ),
        says("gzip bomb", Some(TooLarge), None, reply("200 OK", &["Content-Encoding: gzip"], &gzip(100 << 20))),
        says("brotli bomb", Some(TooLarge), None, reply("200 OK", &["Content-Encoding: br"], &brotli(100 << 20))),
        garbles("gzip that is none", Some(Body), None, |good| {
            reply("200 OK", &["Content-Encoding: gzip"], good.as_bytes())
        }),
        garbles("an encoding nobody asked for", Some(Body), None, |good| {
            reply("200 OK", &["Content-Encoding: zstd"], good.as_bytes())
        }),
        says("no HTTP at all", Some(Body), None, b"220 smtp.lab.example ESMTP\r\n".to_vec()),
        document("a sign-in page with 200", Code::WebPage, login),
        serves("302 to a sign-in page", Some(NotAFeed), Some(Code::WebPage), move |head, _, stream| {
            let page = reply("200 OK", &["Content-Type: text/html"], login);
            drop(stream.write_all(&if path(head) == "/login" { page } else { to("302 Found", "/login") }));
        }),
        document("200 and nothing", Code::Empty, ""),
        garbles("XML cut off", Some(NotAFeed), Some(Code::NotXml), |good| ok(&good[..good.len() - 100])),
        document(
            "an entity bomb",
            Code::Doctype,
            "<!DOCTYPE f [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><feed>&b;</feed>",
        ),
        document(
            "elements 3,000 deep",
            Code::TooMuch,
            format!("<feed xmlns='http://www.w3.org/2005/Atom'>{}{}</feed>", "<a>".repeat(3000), "</a>".repeat(3000)),
        ),
        document("RSS with 1,000 groups in each other", Code::TooMuch, rss(&groups)),
        garbles("UTF-16 without a mark", None, None, |good| {
            let bytes: Vec<u8> = good.encode_utf16().flat_map(u16::to_be_bytes).collect();
            reply("200 OK", &[], &bytes)
        }),
        garbles("Latin-1 that says UTF-8", None, Some(Code::Encoding), |good| reply("200 OK", &[], &in_latin1(good))),
        garbles("another ETag, the same body", None, None, |good| {
            let etag = format!("ETag: \"{}\"", Timestamp::now().as_nanosecond());
            reply("200 OK", &[&etag], good.as_bytes())
        }),
        says("404", Some(NotFound), None, reply("404 Not Found", &[], b"")),
        says("410, once", Some(Gone), None, reply("410 Gone", &[], b"")),
        says("403", Some(Forbidden), None, reply("403 Forbidden", &[], b"")),
        says(
            "429 with Retry-After",
            Some(TooManyRequests),
            None,
            reply("429 Too Many Requests", &["Retry-After: 7200"], b""),
        ),
        says("503 with Retry-After", Some(Status), None, reply("503 Service Unavailable", &["Retry-After: 7200"], b"")),
        says("500", Some(Status), None, reply("500 Internal Server Error", &[], b"")),
        says(
            "304 that nobody asked for",
            Some(Status),
            None,
            b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec(),
        ),
        garbles("206 with a part", Some(Status), None, |good| reply("206 Partial Content", &[], good.as_bytes())),
        says("a redirect to itself", Some(Redirects), None, to("301 Moved Permanently", "/")),
        says("a redirect without a target", Some(Redirects), None, reply("302 Found", &[], b"")),
        says(
            "a redirect into a network",
            Some(AddressRefused),
            None,
            to("302 Found", "http://169.254.169.254/latest/meta-data/"),
        ),
        says("a redirect to a file", Some(AddressRefused), None, to("302 Found", "file:///etc/passwd")),
    ]
}

/// The labs: each with its fault, its site, and the key under which it is registered.
struct Labs {
    faults: Vec<Fault>,
    sites: Vec<Site>,
}

impl Labs {
    fn new() -> Labs {
        let faults = faults();
        let sites = faults.iter().map(|_| Site::new(|_, _| {})).collect();
        Labs { faults, sites }
    }

    /// Which of them fail at every visit while the faults last.
    fn failing(&self) -> usize {
        self.faults.iter().filter(|fault| fault.failure.is_some()).count()
    }

    async fn put(&self, store: &Store, faulty: bool) {
        for (n, (fault, site)) in self.faults.iter().zip(&self.sites).enumerate() {
            let good = document_of(n);
            let mut address = site.url("/");
            match &fault.way {
                Way::Serve(serve) if faulty => {
                    let serve = Arc::clone(serve);
                    site.now_serves(move |head, stream| serve(head, &good, stream));
                }
                Way::Address(elsewhere) if faulty => address.clone_from(elsewhere),
                _ => site.now_says(ok(&good)),
            }
            let key = essaim::programme::SourceKey::new(&format!("lab{n}")).unwrap();
            let source = essaim::programme::Source {
                key,
                address: Address::new(&address).unwrap(),
                name: Line::new(fault.name).unwrap(),
                region: None,
                language: None,
                zone: None,
                role: Default::default(),
                trust: Default::default(),
                verified_hosts: Default::default(),
                kind: Default::default(),
                reads_pages: false,
                paused: false,
            };
            store.put_source(&source).await.unwrap();
        }
    }
}

/// What one lab is shown as: by the round, on the pages, in the programme.
struct Shown {
    state: String,
    failure: Option<String>,
    failures: u64,
    findings: Vec<String>,
    events: usize,
    /// Minutes until the next visit.
    next: i64,
}

/// Starts the program on what the rounds left, and asks it as readers do.
fn pages(folder: &Path, config: &str, labs: &Labs) -> Vec<Shown> {
    let port = free_ports(1);
    let log = folder.join("aggregator.log");
    let listen = format!("127.0.0.1:{port}");
    let server =
        Running::start(essaim().args(["aggregator", "--config", config]).env("ESSAIM_LISTEN", &listen), port, &log);
    let text = |path: &str| String::from_utf8(get(port, path).unwrap()).unwrap();
    let sources: Value = serde_json::from_str(&text("/sources.json")).unwrap();
    let programme: Value = serde_json::from_str(&text("/programme.json")).unwrap();
    let page = text("/sources");
    assert_eq!(server.interrupt(), Some(0));
    let items = programme["items"].as_array().unwrap();
    let source =
        |key: &str| sources["sources"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap().clone();
    let shown = labs.faults.iter().enumerate().map(|(n, fault)| {
        let key = format!("lab{n}");
        let one = source(&key);
        assert!(page.contains(fault.name), "{} is not on the page", fault.name);
        let failure = one["failure"].as_str().map(str::to_owned);
        if let Some(kind) = fault.failure.filter(|kind| failure.as_deref() == Some(kind.as_str())) {
            let words = Tongue::French.failure(kind).replace('\'', "&#39;");
            assert!(page.contains(words.trim_end_matches('.')), "{}: the page does not say “{words}”", fault.name);
        }
        let next: Timestamp = one["next"].as_str().unwrap().parse().unwrap();
        let tried: Timestamp = one["last_tried"].as_str().unwrap().parse().unwrap();
        let mine =
            |item: &&Value| item["_essaim"]["copies"].as_array().unwrap().iter().any(|copy| copy["source"] == *key);
        let findings = one["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap().to_owned());
        Shown {
            state: one["state"].as_str().unwrap().to_owned(),
            failure,
            failures: one["failures"].as_u64().unwrap(),
            findings: findings.collect(),
            events: items.iter().filter(mine).count(),
            next: next.duration_since(tried).as_mins(),
        }
    });
    shown.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_loses_an_event_or_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let database = format!("sqlite:{}", file("p.db"));
    std::fs::write(file("ca.pem"), EXPIRED).unwrap();
    let config = file("aggregator.toml");
    let toml = format!(
        "public_url = \"http://127.0.0.1/\"\ndatabase = {database:?}\nhub = false\n[programme]\ntitle = \"P\"\n\
         [fetch]\ntimeout = \"{}s\"\nallowed_networks = [\"127.0.0.1/32\"]\nextra_ca = {:?}\n",
        TIMEOUT.as_secs(),
        file("ca.pem")
    );
    std::fs::write(&config, toml).unwrap();
    let labs = Labs::new();
    let store = Store::open(&database).await.unwrap();
    let round = || {
        let (_, out, err) = run(essaim().args(["round", "--config", &config, "--all", "--json"]));
        serde_json::from_str::<Value>(&out).unwrap_or_else(|_| panic!("{err}"))
    };

    // Before anything was read.
    labs.put(&store, true).await;
    let first = round();
    assert_eq!(first["failed"], labs.failing(), "{}", first["failures"]);
    let unread = pages(folder.path(), &config, &labs);
    // All is well once, for all.
    labs.put(&store, false).await;
    let well = round();
    assert_eq!((&well["failed"], &well["events"]), (&0.into(), &(2 * labs.faults.len()).into()));
    // The same faults again.
    labs.put(&store, true).await;
    let again = round();
    assert_eq!((&again["failed"], &again["events"]), (&labs.failing().into(), &well["events"]));
    let read = pages(folder.path(), &config, &labs);
    // And over.
    labs.put(&store, false).await;
    assert_eq!(round()["failed"], 0);
    for (fault, shown) in labs.faults.iter().zip(pages(folder.path(), &config, &labs)) {
        assert_eq!((shown.state.as_str(), shown.failures, shown.events), ("good", 0, 2), "{} is over", fault.name);
    }

    let mut table = String::from(
        "| fault | the health says | found | events, unread before | events, read before | next visit |\n\
         |---|---|---|---|---|---|\n",
    );
    for (fault, (unread, read)) in labs.faults.iter().zip(unread.iter().zip(&read)) {
        let name = fault.name;
        let kind = fault.failure.map(FailureKind::as_str);
        for shown in [unread, read] {
            assert_eq!(shown.failure.as_deref(), kind, "{name}");
            assert_eq!(
                (shown.state.as_str(), shown.failures),
                if kind.is_some() { ("failing", 1) } else { ("good", 0) },
                "{name}"
            );
        }
        let code = fault.finding.map(Code::as_str);
        assert!(code.is_none_or(|code| read.findings.iter().any(|found| found == code)), "{name}: {:?}", read.findings);
        let expected = if kind.is_some() { 0 } else { 2 };
        assert_eq!((unread.events, read.events), (expected, 2), "{name}");
        let patient = matches!(fault.name, "429 with Retry-After" | "503 with Retry-After");
        let next = match (kind, patient) {
            (_, true) => "after the 2 hours it asks for",
            (Some(_), _) => "in 15 minutes, doubling",
            (None, _) => "as always",
        };
        if kind.is_some() {
            assert!(
                if patient { read.next >= 119 } else { (13..=17).contains(&read.next) },
                "{name}: {} min",
                read.next
            );
        }
        let cell = |text: Option<&str>| text.map_or_else(String::new, |text| format!("`{text}`"));
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {} | {next} |",
            cell(kind),
            cell(code),
            unread.events,
            read.events
        );
    }
    println!("{table}");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let docs = std::fs::read_to_string(docs).unwrap_or_default();
    assert!(docs.contains(&table), "docs/faults.md is out of date; the table is now:\n{table}");
}
