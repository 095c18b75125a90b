//! The call against real sockets on loopback: servers that are polite, broken, slow, greedy or hostile.
//!
//! 127.0.0.2 stands for the public internet, by `allowed_networks`; 127.0.0.1 is our own network, and stays refused.

mod courtesy;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;

const PUBLIC: &str = "127.0.0.2";
const PRIVATE: &str = "127.0.0.1";

/// A server that reads the head of each request, notes it, and lets a closure write to the socket what it likes.
struct Site {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn open(ip: &str, serve: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Site {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let site = Site { address: listener.local_addr().unwrap(), heads: Arc::default() };
        let (serve, heads) = (Arc::new(serve), site.heads.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, serve, heads) = (stream.unwrap(), serve.clone(), heads.clone());
                thread::spawn(move || {
                    let head = read_head(&mut stream);
                    heads.lock().unwrap().push(head.clone());
                    serve(&head, &mut stream);
                });
            }
        });
        site
    }

    /// A public site that gives each path its answer.
    fn of(answers: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Site {
        Site::open(PUBLIC, move |head, stream| send(stream, &answers(path(head))))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

/// A request's header of that name.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Writes, and tells whether the client still listens.
fn heard(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}

/// Writes, to whom it may concern.
fn send(stream: &mut TcpStream, bytes: &[u8]) {
    heard(stream, bytes);
}

fn reply(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut reply = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        reply += header;
        reply += "\r\n";
    }
    [(reply + "\r\n").as_bytes(), body].concat()
}

fn ok(body: &str) -> Vec<u8> {
    reply("200 OK", &[], body.as_bytes())
}

fn to(status: &str, location: &str) -> Vec<u8> {
    reply(status, &[&format!("Location: {location}")], b"")
}

/// The usual rules, but that 127.0.0.2 is public, and less patience.
fn rules() -> Rules {
    Rules {
        total_time: Duration::from_secs(10),
        most_bytes: 256 * 1024,
        allowed_networks: vec!["127.0.0.2/32".parse().unwrap()],
        spacing: Duration::ZERO,
        ..Rules::default()
    }
}

fn now() -> Timestamp {
    "2026-11-02T10:00:00Z".parse().unwrap()
}

async fn get_by(rules: Rules, request: Request<'_>) -> Result<Answer, Failure> {
    Fetcher::new(rules).unwrap().get(request, now()).await
}

async fn get(address: &str) -> Result<Answer, Failure> {
    get_by(rules(), Request { address, ..Request::default() }).await
}

async fn fresh(address: &str) -> Fresh {
    match get(address).await {
        Ok(Answer::Fresh(fresh)) => fresh,
        other => panic!("{address} gave {other:?}"),
    }
}

async fn failed(address: &str) -> Failure {
    get(address).await.expect_err(address)
}

async fn kind(address: &str) -> FailureKind {
    failed(address).await.kind
}

// What we send, and conditional requests.

#[tokio::test]
async fn a_request_says_who_we_are_prefers_atom_and_carries_nothing_else() {
    let site = Site::of(|path| match path {
        "/" => reply("302 Found", &["Location: /feed", "Set-Cookie: spy=1; Path=/"], b""),
        _ => ok("feed"),
    });
    let user_agent = "essaim/0.1.0 (+https://programme.example)".to_owned();
    let rules = Rules { user_agent: user_agent.clone(), ..rules() };
    get_by(rules, Request { address: &site.url("/"), ..Request::default() }).await.unwrap();
    let heads = site.heads();
    assert_eq!(heads.len(), 2);
    for head in &heads {
        assert_eq!(header(head, "user-agent"), Some(user_agent.as_str()));
        assert!(header(head, "accept").unwrap().starts_with("application/atom+xml,"), "{head}");
        let encodings = header(head, "accept-encoding").unwrap();
        assert!(encodings.contains("gzip") && encodings.contains("br"), "{head}");
        for name in ["cookie", "referer", "authorization", "if-none-match", "if-modified-since"] {
            assert_eq!(header(head, name), None, "{head}");
        }
    }
}

#[tokio::test]
async fn validators_go_out_byte_for_byte_and_a_304_keeps_those_that_it_does_not_renew() {
    let site = Site::of(|_| reply("304 Not Modified", &["Last-Modified: yesterday, about noon"], b""));
    let request = Request {
        address: &site.url("/"),
        etag: Some("W/\"é-1;gzip\""),
        last_modified: Some("Mon, 02 Nov 2026 8h"),
        ..Request::default()
    };
    let Ok(Answer::Unchanged { headers, .. }) = get_by(rules(), request).await else { panic!("not unchanged") };
    assert_eq!(header(&site.heads()[0], "if-none-match"), request.etag);
    assert_eq!(header(&site.heads()[0], "if-modified-since"), request.last_modified);
    assert_eq!(headers.etag.as_deref(), request.etag);
    assert_eq!(headers.last_modified.as_deref(), Some("yesterday, about noon"));
}

#[tokio::test]
async fn a_304_renews_the_validators_and_the_lifetime() {
    let site = Site::of(|_| {
        reply("304 Not Modified", &["ETag: \"new\"", "Cache-Control: max-age=600", "Retry-After: 30"], b"")
    });
    let request = Request { address: &site.url("/"), etag: Some("\"old\""), ..Request::default() };
    let Ok(Answer::Unchanged { headers, .. }) = get_by(rules(), request).await else { panic!("not unchanged") };
    let expected = Headers {
        etag: Some("\"new\"".to_owned()),
        last_modified: None,
        max_age: Some(Duration::from_secs(600)),
        retry_after: Some(Duration::from_secs(30)),
        ..Headers::default()
    };
    assert_eq!(headers, expected);
}

#[tokio::test]
async fn a_304_to_someone_who_holds_nothing_is_a_failure() {
    let site = Site::of(|_| reply("304 Not Modified", &["ETag: \"1\""], b""));
    assert_eq!(kind(&site.url("/")).await, FailureKind::Status);
}

#[tokio::test]
async fn a_fresh_answer_gives_its_body_type_validators_and_address() {
    let site = Site::of(|_| {
        reply(
            "200 OK",
            &["Content-Type: text/html", "ETag: \"a\"", "Last-Modified: L", "Cache-Control: max-age=5"],
            b"feed",
        )
    });
    let fresh = fresh(&site.url("/feed?page=1#top")).await;
    assert_eq!(fresh.body, "feed");
    assert_eq!(fresh.content_type.as_deref(), Some("text/html"));
    assert_eq!(fresh.headers.etag.as_deref(), Some("\"a\""));
    assert_eq!(fresh.headers.last_modified.as_deref(), Some("L"));
    assert_eq!(fresh.headers.max_age, Some(Duration::from_secs(5)));
    assert_eq!(fresh.address, site.url("/feed?page=1"));
    assert_eq!(fresh.moved, None);
}

// Size and encodings.

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn brotli(body: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    brotli::CompressorWriter::new(&mut encoded, 4096, 1, 18).write_all(body).unwrap();
    encoded
}

#[tokio::test]
async fn gzip_and_brotli_are_decoded() {
    let site = Site::of(|path| match path {
        "/gzip" => reply("200 OK", &["Content-Encoding: gzip"], &gzip(b"a feed")),
        _ => reply("200 OK", &["Content-Encoding: br"], &brotli(b"a feed")),
    });
    assert_eq!(fresh(&site.url("/gzip")).await.body, "a feed");
    assert_eq!(fresh(&site.url("/br")).await.body, "a feed");
}

#[tokio::test]
async fn a_bomb_ends_at_the_cap() {
    let zeros = vec![0; 4 << 20];
    let (gz, br) = (gzip(&zeros), brotli(&zeros));
    assert!(gz.len() < rules().most_bytes && br.len() < rules().most_bytes, "too large even before it is decoded");
    let site = Site::of(move |path| match path {
        "/gzip" => reply("200 OK", &["Content-Encoding: gzip"], &gz),
        _ => reply("200 OK", &["Content-Encoding: br"], &br),
    });
    assert_eq!(kind(&site.url("/gzip")).await, FailureKind::TooLarge);
    assert_eq!(kind(&site.url("/br")).await, FailureKind::TooLarge);
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_at_the_cap() {
    let site = Site::open(PUBLIC, |_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while heard(stream, b"4\r\nfeed\r\n") {}
    });
    assert_eq!(kind(&site.url("/")).await, FailureKind::TooLarge);
}

#[tokio::test]
async fn a_body_announced_above_the_cap_is_refused_before_it_comes() {
    let site = Site::open(PUBLIC, |_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 262145\r\n\r\n");
        let _ = stream.read(&mut [0]);
    });
    assert_eq!(kind(&site.url("/")).await, FailureKind::TooLarge);
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_is_taken_whole() {
    let site = Site::of(|path| reply("200 OK", &[], &vec![b'x'; path[1..].parse().unwrap()]));
    assert_eq!(fresh(&site.url("/262144")).await.body.len(), 262144);
    assert_eq!(kind(&site.url("/262145")).await, FailureKind::TooLarge);
}

#[tokio::test]
async fn a_body_that_is_cut_off_or_cannot_be_decoded_is_never_taken_for_a_feed() {
    let site = Site::open(PUBLIC, |head, stream| {
        let zipped = gzip(b"a feed that will be cut off before its end");
        let cut = &zipped[..zipped.len() - 12];
        let bytes = match path(head) {
            "/short" => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfeed".to_vec(),
            "/chunk" => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfeed\r\n".to_vec(),
            "/cut" => reply("200 OK", &["Content-Encoding: gzip"], cut),
            "/not-gzip" => reply("200 OK", &["Content-Encoding: gzip"], b"<feed/>"),
            "/twice" => reply("200 OK", &["Content-Encoding: gzip, gzip"], &gzip(&zipped)),
            _ => reply("200 OK", &["Content-Encoding: zstd"], b"<feed/>"),
        };
        send(stream, &bytes);
    });
    for path in ["/short", "/chunk", "/cut", "/not-gzip", "/twice", "/zstd"] {
        assert_eq!(kind(&site.url(path)).await, FailureKind::Body, "{path}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let site = Site::open(PUBLIC, |head, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
        match path(head) {
            "/endless" => while heard(stream, format!("X-Long: {}\r\n", "x".repeat(50_000)).as_bytes()) {},
            "/many" => send(stream, "X-Short: x\r\n".repeat(200).as_bytes()),
            _ => send(stream, format!("X-Long: {}\r\n", "x".repeat(70_000)).as_bytes()),
        }
        send(stream, b"\r\n");
    });
    for path in ["/endless", "/many", "/long"] {
        assert_eq!(kind(&site.url(path)).await, FailureKind::TooLarge, "{path}");
    }
}

// Time.

#[tokio::test]
async fn a_slow_drip_is_ended_by_the_total_time() {
    let site = Site::open(PUBLIC, |head, stream| {
        let start: &[u8] = match path(head) {
            "/body" => b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
            _ => b"HTTP/1.1 200 OK\r\nX-Slow: ",
        };
        send(stream, start);
        while heard(stream, b"x") {
            thread::sleep(Duration::from_millis(50));
        }
    });
    for path in ["/body", "/head"] {
        let rules = Rules { total_time: Duration::from_millis(700), ..rules() };
        let started = Instant::now();
        let failure = get_by(rules, Request { address: &site.url(path), ..Request::default() }).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Timeout, "{path}");
        assert!(started.elapsed() < Duration::from_secs(5), "{path} took {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn each_redirect_does_not_get_the_total_time_anew() {
    let site = Site::of(|path| {
        thread::sleep(Duration::from_millis(400));
        let number: u32 = path[1..].parse().unwrap();
        if number < 4 { to("302 Found", &format!("/{}", number + 1)) } else { ok("feed") }
    });
    let rules = Rules { total_time: Duration::from_millis(1000), ..rules() };
    let failure = get_by(rules, Request { address: &site.url("/0"), ..Request::default() }).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
}

// Redirects.

#[tokio::test]
async fn a_redirect_loop_ends_where_it_closes() {
    let site = Site::of(|path| to("302 Found", if path == "/a" { "/b" } else { "/a" }));
    assert_eq!(kind(&site.url("/a")).await, FailureKind::Redirects);
    assert_eq!(site.heads().len(), 2);
}

#[tokio::test]
async fn five_redirects_are_followed_and_not_six() {
    let site = Site::of(|path| match path[1..].parse().unwrap() {
        0 => ok("feed"),
        left => to("307 Temporary Redirect", &format!("/{}", left - 1)),
    });
    assert_eq!(fresh(&site.url("/5")).await.address, site.url("/0"));
    assert_eq!(kind(&site.url("/6")).await, FailureKind::Redirects);
}

#[tokio::test]
async fn moved_is_told_only_when_every_redirect_was_permanent() {
    let site = Site::of(|path| match path {
        "/301" => to("301 Moved Permanently", "/308"),
        "/308" => to("308 Permanent Redirect", "/feed?of=lab#top"),
        "/302" => to("302 Found", "/308"),
        "/mixed" => to("301 Moved Permanently", "/303"),
        "/303" => to("303 See Other", "/feed?of=lab"),
        _ => ok("feed"),
    });
    let feed = site.url("/feed?of=lab");
    for (start, moved) in
        [("/301", Some(&feed)), ("/308", Some(&feed)), ("/302", None), ("/mixed", None), ("/303", None)]
    {
        let fresh = fresh(&site.url(start)).await;
        assert_eq!(fresh.moved.as_ref(), moved, "{start}");
        assert_eq!(fresh.address, feed, "{start}");
    }
    assert_eq!(fresh(&feed).await.moved, None);
}

#[tokio::test]
async fn validators_follow_a_redirect_within_their_origin_and_are_never_shown_to_another() {
    let other = Site::of(|path| if path == "/" { ok("feed") } else { to("302 Found", "/") });
    let elsewhere = other.url("/");
    let site = Site::of(move |path| match path {
        "/here" => to("302 Found", "/feed"),
        "/elsewhere" => to("302 Found", &elsewhere),
        _ => reply("304 Not Modified", &[], b""),
    });
    let get = async |path| {
        let request =
            Request { address: &site.url(path), etag: Some("\"1\""), last_modified: Some("L"), ..Request::default() };
        get_by(rules(), request).await
    };
    assert!(matches!(get("/here").await, Ok(Answer::Unchanged { .. })));
    assert!(matches!(get("/elsewhere").await, Ok(Answer::Fresh(_))));
    let shown = &other.heads()[0];
    assert_eq!((header(shown, "if-none-match"), header(shown, "if-modified-since")), (None, None));
}

#[tokio::test]
async fn a_redirect_into_our_network_or_to_another_scheme_is_not_followed() {
    let private = Site::open(PRIVATE, |_, stream| send(stream, &ok("secret")));
    let port = private.address.port();
    for location in [
        format!("http://127.0.0.1:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://[::ffff:7f00:1]:{port}/"),
        format!("http://user@127.0.0.2:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.2/".to_owned(),
        "http://".to_owned(),
    ] {
        let said = location.clone();
        let site = Site::of(move |_| to("302 Found", &said));
        assert_eq!(kind(&site.url("/")).await, FailureKind::AddressRefused, "{location}");
    }
    assert!(private.heads().is_empty(), "our network was asked");
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_a_failure() {
    let site = Site::of(|_| reply("301 Moved Permanently", &[], b""));
    assert_eq!(kind(&site.url("/")).await, FailureKind::Redirects);
}

// Addresses.

#[tokio::test]
async fn no_spelling_of_loopback_reaches_it() {
    let private = Site::open(PRIVATE, |_, stream| send(stream, &ok("secret")));
    let port = private.address.port();
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "017700000001",
        "①②⑦.⓪.⓪.①",
        "127%2e0.0.1",
        "0.0.0.0",
        "0",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[::1]",
        "[::]",
        "localhost",
        "LOCALHOST",
    ] {
        let address = format!("http://{host}:{port}/");
        assert_eq!(kind(&address).await, FailureKind::AddressRefused, "{address}");
    }
    assert!(private.heads().is_empty(), "our network was asked");
    let rules = Rules { allow_private_addresses: true, ..rules() };
    let allowed = get_by(rules, Request { address: &private.url("/"), ..Request::default() }).await;
    assert!(matches!(allowed, Ok(Answer::Fresh(_))), "{allowed:?}");
}

#[tokio::test]
async fn an_allowed_host_opens_our_network_by_another_name_or_at_a_later_hop() {
    let private = Site::open(PRIVATE, |head, stream| {
        let answer = match path(head) {
            "/by-address" => {
                to("302 Found", &format!("http://{}/", header(head, "host").unwrap().replace("localhost", PRIVATE)))
            }
            "/metadata" => to("302 Found", "http://169.254.169.254/latest/meta-data/"),
            "/itself" => to("302 Found", "/"),
            _ => ok("agenda"),
        };
        send(stream, &answer);
    });
    let port = private.address.port();
    let inside = format!("http://localhost:{port}");
    let allowed =
        |hosts: &[&str]| Rules { allowed_hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(), ..rules() };
    let ask = async |hosts: &[&str], address: &str| {
        let answer = get_by(allowed(hosts), Request { address, ..Request::default() }).await;
        answer.map(|_| ()).map_err(|failure| failure.kind)
    };
    let refused = Err(FailureKind::AddressRefused);

    let public = Site::of(move |path| to("301 Moved Permanently", &format!("http://localhost:{port}{path}")));
    for address in
        [format!("{inside}/"), format!("http://LOCALHOST:{port}/"), format!("{inside}/itself"), public.url("/")]
    {
        assert_eq!(ask(&["LocalHost"], &address).await, Ok(()), "{address}");
    }
    let asked = private.heads().len();
    assert_eq!(asked, 5);
    // The name is allowed, not where it leads.
    assert_eq!(ask(&["localhost"], &format!("http://{PRIVATE}:{port}/")).await, refused);
    assert_eq!(ask(&["localhost"], &format!("http://[::ffff:{PRIVATE}]:{port}/")).await, refused);
    // All below a name, but not itself; and another name.
    for hosts in [&[".localhost"][..], &["host"], &["agenda.intranet.example"], &[]] {
        assert_eq!(ask(hosts, &format!("{inside}/")).await, refused, "{hosts:?}");
        assert_eq!(ask(hosts, &public.url("/")).await, refused, "{hosts:?}");
    }
    assert_eq!(private.heads().len(), asked, "our network was asked");
    // Being inside opens no other door.
    assert_eq!(ask(&["localhost"], &format!("{inside}/by-address")).await, refused);
    assert_eq!(ask(&["localhost"], &format!("{inside}/metadata")).await, refused);
    assert_eq!(private.heads().len(), asked + 2);

    // Hubs and callbacks go through the same gate.
    let message = || Message { address: format!("{inside}/"), ..Message::default() };
    let sent = Fetcher::new(allowed(&["localhost"])).unwrap().send(message()).await;
    assert!(sent.unwrap().taken());
    let kept_out = Fetcher::new(allowed(&["intranet"])).unwrap().send(message()).await;
    assert_eq!(kept_out.unwrap_err().kind, FailureKind::AddressRefused);
}

#[tokio::test]
async fn what_is_not_a_plain_web_address_is_refused_without_a_request() {
    let site = Site::of(|_| ok("feed"));
    let host = site.address;
    for address in [
        "",
        "feed.atom",
        "/feed.atom",
        "http://",
        "http://[::1",
        "file:///etc/passwd",
        "gopher://127.0.0.2/",
        "data:text/xml,<feed/>",
        &format!("ftp://{host}/"),
        &format!("feed://{host}/"),
        &format!("http://user@{host}/"),
        &format!("http://user:word@{host}/"),
        &format!("http://:word@{host}/"),
    ] {
        assert_eq!(kind(address).await, FailureKind::AddressRefused, "{address}");
    }
    assert!(site.heads().is_empty());
}

// Statuses.

#[tokio::test]
async fn each_status_is_the_failure_that_it_means() {
    let site = Site::of(|path| reply(&format!("{} As Asked", &path[1..]), &[], b"<feed/>"));
    for (status, expected) in [
        (401, FailureKind::Forbidden),
        (403, FailureKind::Forbidden),
        (407, FailureKind::Forbidden),
        (404, FailureKind::NotFound),
        (410, FailureKind::Gone),
        (429, FailureKind::TooManyRequests),
        (202, FailureKind::Status),
        (206, FailureKind::Status),
        (300, FailureKind::Status),
        (400, FailureKind::Status),
        (451, FailureKind::Status),
        (500, FailureKind::Status),
        (503, FailureKind::Status),
    ] {
        let failure = failed(&site.url(&format!("/{status}"))).await;
        assert_eq!(failure.kind, expected, "{status}");
        assert!(failure.detail.contains(&status.to_string()), "{}", failure.detail);
        assert_eq!(failure.retry_after, None, "{status}");
    }
}

#[tokio::test]
async fn retry_after_is_an_instant_at_most_a_day_away_for_429_and_503_only() {
    let site = Site::of(|path| {
        let (status, when) = path[1..].split_once('/').unwrap();
        reply(&format!("{status} Later"), &[&format!("Retry-After: {}", when.replace('_', " "))], b"")
    });
    let date = "Mon,_02_Nov_2026_10:05:00_GMT";
    for (path, expected) in [
        ("/429/120".to_owned(), Some("2026-11-02T10:02:00Z")),
        ("/503/120".to_owned(), Some("2026-11-02T10:02:00Z")),
        (format!("/429/{date}"), Some("2026-11-02T10:05:00Z")),
        (format!("/503/{date}"), Some("2026-11-02T10:05:00Z")),
        ("/429/604800".to_owned(), Some("2026-11-03T10:00:00Z")),
        ("/503/Sun,_02_Nov_2036_10:05:00_GMT".to_owned(), Some("2026-11-03T10:00:00Z")),
        ("/429/soon".to_owned(), None),
        ("/500/120".to_owned(), None),
    ] {
        let expected: Option<Timestamp> = expected.map(|instant| instant.parse().unwrap());
        assert_eq!(failed(&site.url(&path)).await.retry_after, expected, "{path}");
    }
}

// What breaks below HTTP.

/// A key that RFC 9500 §2.3 publishes for tests, and a certificate for 127.0.0.2 that it signed itself, until 2126.
const KEY: &[u8] = b"-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIObLW92AqkWunJXowVR2Z5/+yVPBaFHnEedDk5WJxk/BoAoGCCqGSM49
AwEHoUQDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjV
uKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==
-----END EC PRIVATE KEY-----";
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----
MIIBmTCCAT6gAwIBAgIUSJUdK5A/JEDJiIDh6DfGiLG2MocwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA3NDM1MloYDzIxMjYxMDI5
MDc0MzUyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARCJUj4j7eC/7Xso3REUscqHlWPvW9zvl5I6TIyzEXFsWxM0QxMuNW4
oXE56UiCyJklcpk0JfQUGat+kKQqSUJyo2wwajAdBgNVHQ4EFgQUW3CnmBf3n/Y3
0vfj3ERsIQnXu9QwHwYDVR0jBBgwFoAUW3CnmBf3n/Y30vfj3ERsIQnXu9QwGgYD
VR0RBBMwEYIJbG9jYWxob3N0hwR/AAACMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0E
AwIDSQAwRgIhANgKoIPpVSMM3PJ+i3Nz/4yUAq9PXF+R1ydX9FqEC69vAiEA6g6a
SH1eo9cN4yNcCOpJ7EkO8r9nW1Cdw5H4AovwbBA=
-----END CERTIFICATE-----";

/// An https site whose certificate nobody vouches for. Returns its port.
fn open_unvouched_site() -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind((PUBLIC, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let session = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket.unwrap());
            read_head(&mut stream);
            let _ = stream.write_all(&ok("feed")).and_then(|()| stream.flush());
        }
    });
    port
}

#[tokio::test]
async fn a_certificate_of_the_intranet_is_refused_though_its_authority_is_given() {
    let pem = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(pem.path(), CERTIFICATE).unwrap();
    let rules = Rules { extra_ca: Some(pem.path().to_owned()), ..rules() };
    let address = format!("https://127.0.0.2:{}/", open_unvouched_site());
    let answer = get_by(rules.clone(), Request { address: &address, ..Request::default() }).await;
    assert!(matches!(answer, Ok(Answer::Fresh(_))), "{answer:?}");
    std::fs::write(pem.path(), "nothing").unwrap();
    assert!(matches!(Fetcher::new(rules), Err(Error::Authorities { .. })));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_a_failure() {
    let failure = failed(&format!("https://127.0.0.2:{}/", open_unvouched_site())).await;
    assert_eq!(failure.kind, FailureKind::Tls, "{}", failure.detail);
}

#[tokio::test]
async fn a_site_that_does_not_speak_tls_is_a_tls_failure() {
    let listener = TcpListener::bind((PUBLIC, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut stream = socket.unwrap();
            // The whole greeting, or closing would reset the connection before the answer is read.
            let _ = stream.read(&mut [0; 8192]);
            send(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    assert_eq!(kind(&format!("https://127.0.0.2:{port}/")).await, FailureKind::Tls);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_a_closed_port_and_a_stranger_to_http_are_told_apart() {
    // A label of more than 63 bytes (RFC 1035 §2.3.4): every resolver refuses it, without asking the network.
    let no_name = format!("http://{}.example/", "x".repeat(64));
    assert_eq!(kind(&no_name).await, FailureKind::NameNotFound);

    let closed = TcpListener::bind((PUBLIC, 0)).unwrap().local_addr().unwrap();
    assert_eq!(kind(&format!("http://{closed}/")).await, FailureKind::Connection);

    let silent = Site::open(PUBLIC, |_, _| {});
    assert_eq!(kind(&silent.url("/")).await, FailureKind::Connection);

    let mail = Site::open(PUBLIC, |_, stream| send(stream, b"220 mail.example ESMTP\r\n221 Bye\r\n"));
    assert_eq!(kind(&mail.url("/")).await, FailureKind::Body);
}

#[tokio::test]
async fn no_detail_tells_the_query_of_an_address() {
    let site = Site::open(PUBLIC, |head, stream| {
        let bytes = match path(head).split('?').next().unwrap_or_default() {
            "/loop" => to("302 Found", "/loop?key=secret"),
            "/inside" => to("302 Found", "http://127.0.0.1/?key=secret"),
            "/bad" => to("302 Found", "http://[?key=secret"),
            "/mail" => b"220 mail.example ESMTP\r\n".to_vec(),
            "/cut" => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfeed".to_vec(),
            "/slow" => return thread::sleep(Duration::from_secs(2)),
            _ => reply("404 Not Found", &[], b""),
        };
        send(stream, &bytes);
    });
    let closed = TcpListener::bind((PUBLIC, 0)).unwrap().local_addr().unwrap();
    let mut addresses: Vec<String> = ["/loop", "/inside", "/bad", "/mail", "/cut", "/slow", "/none"]
        .map(|path| site.url(&format!("{path}?key=secret")))
        .into();
    addresses.push(format!("http://{closed}/?key=secret"));
    addresses.push("http://localhost/?key=secret".to_owned());
    addresses.push("http://user:secret@lab.example/".to_owned());
    addresses.push("http://[/?key=secret".to_owned());
    for address in &addresses {
        let rules = Rules { total_time: Duration::from_millis(700), ..rules() };
        let request = Request { address, ..Request::default() };
        assert!(!format!("{request:?}").contains("secret"), "{request:?}");
        let detail = get_by(rules, request).await.unwrap_err().detail;
        assert!(!detail.is_empty() && !detail.contains("secret"), "{address}: {detail}");
    }
}

#[test]
fn a_user_agent_that_no_header_can_hold_is_refused_at_once() {
    let rules = Rules { user_agent: "essaim\r\nX-Evil: 1".to_owned(), ..Rules::default() };
    assert!(matches!(Fetcher::new(rules), Err(Error::UserAgent)));
}
