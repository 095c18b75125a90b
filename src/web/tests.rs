//! Both routers over real sockets and raw bytes: what a browser, a feed reader and an attacker would see.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::fixture::{self, HOSTILE};
use super::*;

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

async fn serve(router: Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn ask(to: std::net::SocketAddr, method: &str, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head[9..12].parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

async fn get(to: std::net::SocketAddr, path: &str) -> Answer {
    ask(to, "GET", path, "").await
}

fn programme() -> Router {
    aggregator(fixture::site(fixture::snapshot()), super::sources::sample::sources(), None)
}

const PATHS: [&str; 23] = [
    "/programme.rss",
    "/programme.csv",
    "/programme.jsonld",
    "/news.atom",
    "/sitemap.xml",
    "/embed.js",
    "/openapi.json",
    "/api/v1/events",
    "/",
    "/?q=courrier",
    "/e/hostile",
    "/e/journee-des-labs",
    "/e/hostile.json",
    "/e/hostile.jsonld",
    "/sources",
    "/sources.atom",
    "/sources.json",
    "/sources.opml",
    "/sources/mel",
    "/sources/declic",
    "/programme.ics",
    "/healthz",
    "/nothing",
];

#[tokio::test]
async fn head_says_what_get_says_without_the_body() {
    let to = serve(programme()).await;
    for path in PATHS {
        for accept in ["", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip\r\n"] {
            let (get, head) = (ask(to, "GET", path, accept).await, ask(to, "HEAD", path, accept).await);
            let without_date = |answer: &Answer| {
                let mut lines: Vec<_> = answer.head.lines().filter(|line| !line.starts_with("date:")).collect();
                lines.sort_unstable();
                lines.join("\n")
            };
            assert_eq!(without_date(&get), without_date(&head), "{path}");
            assert!(head.body.is_empty(), "{path}");
            assert_eq!(get.header("content-length").unwrap(), get.body.len().to_string(), "{path}");
        }
    }
}

#[tokio::test]
async fn what_one_has_is_not_sent_again() {
    let to = serve(programme()).await;
    for path in ["/", "/e/hostile", "/programme.atom", "/e/hostile.ics", "/sources", "/sources.json"] {
        for accept in ["Accept-Encoding: br\r\n", "Accept-Encoding: gzip\r\n", ""] {
            let first = ask(to, "GET", path, accept).await;
            assert_eq!(first.status, 200, "{path}");
            let etag = first.header("etag").unwrap();
            for method in ["GET", "HEAD"] {
                let again = ask(to, method, path, &format!("{accept}If-None-Match: {etag}\r\n")).await;
                assert_eq!(again.status, 304, "{path}");
                assert_eq!(again.header("etag"), Some(etag));
                for gone in ["content-length", "content-type", "content-encoding", "transfer-encoding"] {
                    assert_eq!(again.header(gone), None, "{path} {method}: {}", again.head);
                }
                assert!(again.body.is_empty());
                assert_eq!(again.header("vary"), first.header("vary"));
                assert_eq!(again.header("cache-control"), first.header("cache-control"));
            }
            let modified = first.header("last-modified").unwrap();
            let again = ask(to, "GET", path, &format!("{accept}If-Modified-Since: {modified}\r\n")).await;
            assert_eq!(again.status, 304, "{path}");
        }
    }
}

#[tokio::test]
async fn every_answer_is_guarded_and_only_data_is_open_to_other_sites() {
    let to = serve(programme()).await;
    for path in PATHS {
        let answer = get(to, path).await;
        assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let data = path.contains('.') || path.starts_with("/api/");
        assert_eq!(answer.header("access-control-allow-origin").is_some(), data, "{path}");
    }
}

/// A page without the event for search engines in it, which is no markup: no sign of it means anything to HTML.
fn without_linked_data(page: &str) -> String {
    const START: &str = "<script type=\"application/ld+json\">";
    let Some((before, rest)) = page.split_once(START) else { return page.to_owned() };
    let (data, after) = rest.split_once("</script>").unwrap();
    assert!(!data.contains(['<', '>', '&']), "{data}");
    serde_json::from_str::<serde_json::Value>(data).unwrap();
    format!("{before}{after}")
}

/// Tags and attributes that a page has, so that what is not among them came from outside.
fn assert_harmless(page: &str, path: &str) {
    let page = &without_linked_data(page);
    let lower = page.to_lowercase();
    for bad in ["<script", "<b>&", "javascript:", "style=", "<iframe", "<img ", "src=\"http", "</title> "] {
        assert!(!lower.contains(bad), "{path} holds {bad}");
    }
    // Inside tags, no attribute that starts a script: quotes of a value never end early.
    for tag in page.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
        let outside: String = tag.split('"').step_by(2).collect();
        assert!(!outside.to_lowercase().contains("onmouseover"), "{path}: {tag}");
        assert!(!outside.contains("alert"), "{path}: {tag}");
    }
    assert_eq!(lower.matches("<title>").count(), lower.matches("</title>").count(), "{path}");
    assert_eq!(lower.matches("<h1").count(), 1, "{path}");
}

#[tokio::test]
async fn a_hostile_title_name_or_body_stays_text_wherever_it_is_shown() {
    let to = serve(programme()).await;
    let hostile: String = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    let mut paths: Vec<String> =
        ["/", "/sources", "/sources/declic", "/e/hostile", "/e/rtl", "/e/long"].map(str::to_owned).to_vec();
    paths.push(format!("/?q={hostile}&edition={hostile}&region={hostile}&source=a-b"));
    paths.push(format!("/e/{hostile}"));
    paths.push(format!("/{hostile}?ui={hostile}"));
    for path in paths {
        for ui in ["fr", "en"] {
            let sign = if path.contains('?') { '&' } else { '?' };
            assert_harmless(get(to, &format!("{path}{sign}ui={ui}")).await.text(), &path);
        }
    }
    for path in ["/e/hostile.json", "/e/hostile.jsonld", "/sources.json"] {
        let answer = get(to, path).await;
        serde_json::from_str::<serde_json::Value>(answer.text()).unwrap();
        assert!(answer.header("content-type").unwrap().contains("json"));
    }
    let page = get(to, "/e/rtl").await;
    assert!(!page.text().split("<title>").nth(1).unwrap().split("</title>").next().unwrap().contains('\u{202E}'));
    for path in ["/sources.json", "/sources", "/sources/mel"] {
        let failures = get(to, path).await;
        assert!(!failures.text().contains("10.0.0.3"), "what a remote said may name what is inside our network");
    }
    assert_eq!(get(to, "/sources/nobody").await.status, 404);
}

#[tokio::test]
async fn a_hub_that_is_silent_looks_like_one_that_tells() {
    let to = serve(programme()).await;
    for (path, said) in [
        ("/sources/ti-lab", "hub.example nous prévient de chaque changement"),
        ("/sources/ti-lab?ui=en", "hub.example tells us of each change"),
        ("/sources/mel", "hub.example n’a pas encore confirmé"),
        ("/sources/declic", "hub.example ne prévient pas des changements"),
    ] {
        let page = get(to, path).await;
        assert!(page.text().replace(['\u{2068}', '\u{2069}'], "").contains(said), "{path}: {said}");
    }
    assert!(!get(to, "/sources/fap").await.text().contains("hub.example"));
    let all = get(to, "/sources.json").await;
    let all: serde_json::Value = serde_json::from_str(all.text()).unwrap();
    let silent: Vec<_> = (0..4).map(|at| all["sources"][at]["hub"]["silent"].as_bool()).collect();
    assert_eq!(silent, [Some(false), Some(false), Some(true), None]);
}

#[tokio::test]
async fn a_slug_of_odd_bytes_is_not_found_and_breaks_nothing() {
    let to = serve(programme()).await;
    for name in [
        "%00",
        "%ff%fe",
        "..%2f..%2fetc",
        "A",
        "a%20b",
        "é",
        "-",
        "a.exe",
        ".ics",
        "hostile.ics.ics",
        "",
        "a/b",
        "%",
        "x?%ff",
    ] {
        let answer = get(to, &format!("/e/{name}")).await;
        assert!([400, 404].contains(&answer.status), "{name} gave {}", answer.status);
        if answer.status == 404 {
            assert_harmless(answer.text(), name);
        }
    }
    assert_eq!(get(to, "/e/hostile?ui=%ff&q=%00%ff").await.status, 200);
    assert_eq!(get(to, "/?q=%ff%00&page=-1&from=x&format=%22").await.status, 200);
}

#[tokio::test]
async fn the_name_of_a_merged_event_leads_to_the_one_that_stays() {
    let to = serve(programme()).await;
    for (path, location) in [
        ("/e/avant", "/e/journee-des-labs"),
        ("/e/ancien-nom", "/e/journee-des-labs"),
        ("/e/ancien-nom.ics", "/e/journee-des-labs.ics"),
        ("/e/avant?ui=en", "/e/journee-des-labs?ui=en"),
    ] {
        let answer = get(to, path).await;
        assert_eq!((answer.status, answer.header("location")), (301, Some(location)), "{path}");
    }
    assert_eq!(get(to, "/e/nulle-part").await.status, 404);
}

#[tokio::test]
async fn pages_are_in_the_visitors_language_and_links_keep_the_one_that_was_chosen() {
    let to = serve(programme()).await;
    let english = ask(to, "GET", "/", "Accept-Language: en-GB, fr;q=0.5\r\n").await;
    assert_eq!(english.header("content-language"), Some("en"));
    assert_eq!(english.header("vary"), Some("Accept-Encoding, Accept-Language"));
    assert!(english.text().contains("<html lang=\"en\">") && english.text().contains("Upcoming"));
    let french = get(to, "/").await;
    assert!(french.text().contains("<html lang=\"fr\">") && french.text().contains("À venir"));
    assert!(french.text().contains("href=\"/e/marathon\""));
    let chosen = ask(to, "GET", "/?ui=fr&q=marathon", "Accept-Language: en\r\n").await;
    assert!(chosen.text().contains("href=\"/e/marathon?ui=fr\""));
    assert!(chosen.text().contains("href=\"/?q=marathon&#38;ui=en\""), "the switch keeps what was asked");
    for (path, fr, en) in [
        ("/e/annule", "Cet événement est annulé.", "This event is cancelled."),
        ("/sources", "En échec", "Failing"),
        ("/nothing", "n’existe pas", "does not exist"),
    ] {
        assert!(get(to, path).await.text().contains(fr), "{path}");
        assert!(get(to, &format!("{path}?ui=en")).await.text().contains(en), "{path}");
    }
    for path in ["/", "/e/design-des-courriers", "/sources", "/sources/mel", "/sources/declic"] {
        for ui in ["fr", "en"] {
            let page = get(to, &format!("{path}?ui={ui}")).await;
            assert!(!page.text().contains("Unknown localization"), "{path} {ui}");
        }
    }
}

#[tokio::test]
async fn a_stopped_clock_is_said_on_every_page_and_a_running_one_is_not() {
    let to = serve(programme()).await;
    for path in ["/", "/e/marathon", "/sources", "/nothing"] {
        assert!(get(to, path).await.text().contains("Horloge arrêtée au mercredi 6 novembre 2024"), "{path}");
        assert!(get(to, &format!("{path}?ui=en")).await.text().contains("Clock stopped on Wednesday 6 November 2024"));
    }
    let clock = Clock::Real(Zone::new("Europe/Paris").unwrap());
    let to = serve(node(Site { clock, ..fixture::site(fixture::snapshot_of("feed", fixture::events())) }, None)).await;
    assert!(!get(to, "/").await.text().contains("Horloge"));
    assert_eq!(get(to, "/").await.status, 200);
}

#[tokio::test]
async fn an_event_is_listed_once_under_its_next_day_and_by_what_is_known_of_it() {
    let to = serve(programme()).await;
    let page = get(to, "/").await;
    let page = page.text();
    assert_eq!(page.matches("href=\"/e/journee-des-labs\"").count(), 1);
    assert!(page.contains("Aussi annoncé par Superpublic, État’LIN, Métropole européenne de Lille et 1 de plus"));
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what} is not there"));
    let order = [
        "id=\"a-venir\"",
        "id=\"j-2024-11-07\"",
        "/e/marathon\"",
        "id=\"j-2024-11-19\"",
        "id=\"date-a-preciser\"",
        "/e/sans-date\"",
        "id=\"deja-passes\"",
        "/e/hier\"",
        "Mois de l’innovation publique 2021</h3>",
        "/e/ancien\"",
        "/e/ancien-3\"",
    ];
    assert!(order.map(at).is_sorted(), "{:?}", order.map(at));
    assert!(at("/e/ancien-4") > at("deja-passes"), "an event without a day of a past edition is past");
    assert!(page.contains("horaire à préciser"));
    assert!(page.contains("<s>Table ronde sur le télétravail") && page.contains(">Annulé</span>"));
    // The exhibition that began before today and goes on.
    assert!(page.contains("jusqu’au 30 novembre"));
    // Each day of the calendar that leads into the page leads somewhere.
    for anchor in page.split("href=\"#j-").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"j-{anchor}\"")), "{anchor}");
    }
}

#[tokio::test]
async fn one_finds_by_words_without_accents_and_by_each_criterion() {
    let to = serve(programme()).await;
    for (query, there, absent) in [
        ("q=DEMARCHES", "/e/webinaire\"", "/e/marathon\""),
        ("q=privas+accueil", "/e/marathon\"", "/e/webinaire\""),
        ("q=superpublic", "/e/journee-des-labs\"", "/e/marathon\""),
        ("format=hackathon", "/e/marathon\"", "/e/webinaire\""),
        ("mode=online", "/e/design-des-courriers\"", "/e/marathon\""),
        ("edition=mip-2021", "/e/ancien\"", "/e/marathon\""),
        ("region=fr-bre", "/e/design-des-courriers\"", "/e/marathon\""),
        ("source=etat-lin", "/e/journee-des-labs\"", "/e/marathon\""),
        ("from=2024-11-20&to=2024-11-20", "/e/barcamp\"", "/e/design-des-courriers\""),
    ] {
        let page = get(to, &format!("/?{query}")).await;
        assert!(page.text().contains(there) && !page.text().contains(absent), "{query}");
        assert!(page.text().contains("Revoir tout le programme"), "{query}");
    }
    assert!(get(to, "/?q=zzz").await.text().contains("Aucun événement trouvé"));
}

#[tokio::test]
async fn a_long_programme_is_cut_into_pages_that_lead_to_each_other() {
    let many = (0..700).map(|n| fixture::event(&format!("n{n}"), "Atelier", &["2024-11-19"], |_| ())).collect();
    let to = serve(aggregator(
        fixture::site(fixture::snapshot_of("programme", many)),
        super::sources::sample::sources(),
        None,
    ))
    .await;
    let mut seen = std::collections::BTreeSet::new();
    for page in 1..=3 {
        let answer = get(to, &format!("/?page={page}")).await;
        assert!(answer.text().contains(&format!("Page {page} sur 3")));
        seen.extend(answer.text().split("href=\"/e/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    assert_eq!(seen.len(), 700);
    assert!(get(to, "/?page=999").await.text().contains("Page 3 sur 3"));
}

#[tokio::test]
async fn a_node_shows_a_change_at_once() {
    let site = fixture::site(fixture::snapshot_of("feed", Vec::new()));
    let current = Arc::clone(&site.current);
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let refresh: Refresh = Arc::new(move || {
        let n = counter.fetch_add(1, Ordering::SeqCst);
        let current = Arc::clone(&current);
        Box::pin(async move {
            if n == 1 {
                current.publish(fixture::snapshot_of("feed", fixture::events()));
            }
        })
    });
    let to = serve(node(Site { refresh: Some(refresh), editions: Vec::new(), ..site }, None)).await;
    assert!(get(to, "/").await.text().contains("Aucun événement n’est encore annoncé"));
    let page = get(to, "/").await;
    assert!(page.text().contains("/e/marathon"));
    assert_eq!(page.header("cache-control"), Some("public, no-cache"));
    assert_eq!(get(to, "/feed.atom").await.status, 200);
    assert_eq!(get(to, "/healthz").await.status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 3, "health asks for nothing");
    assert_eq!(get(to, "/sources").await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_served_gets_a_page_a_person_can_read() {
    let site = fixture::site(fixture::snapshot());
    let broken: Refresh = Arc::new(|| Box::pin(async { panic!("on purpose") }));
    let to = serve(node(Site { refresh: Some(broken), ..site }, None)).await;
    let answer = get(to, "/").await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("Quelque chose s’est cassé") && !answer.text().contains("on purpose"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = ask(to, "POST", "/", "Content-Length: 0\r\n").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")));
    assert!(answer.text().contains("ne fait que se lire"));
}

#[tokio::test]
async fn readiness_waits_for_the_first_round() {
    let sources = super::sources::sample::sources();
    let to =
        serve(aggregator(fixture::site(fixture::snapshot_of("programme", Vec::new())), Arc::clone(&sources), None))
            .await;
    assert_eq!(get(to, "/readyz").await.status, 503);
    let mut read = (*sources.load_full()).clone();
    read.sources.iter_mut().for_each(|one| one.health.tried = Some(Timestamp::UNIX_EPOCH));
    sources.store(Arc::new(read));
    assert_eq!(get(to, "/readyz").await.status, 200);
}

#[tokio::test]
async fn style_and_icon_are_kept_for_ever_under_the_name_of_their_content() {
    let to = serve(programme()).await;
    let page = get(to, "/").await;
    for what in ["/style.", "/icon."] {
        let from = page.text().find(&format!("href=\"{what}")).unwrap() + 6;
        let href = page.text()[from..].split('"').next().unwrap();
        let answer = get(to, href).await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("cache-control").unwrap().contains("immutable"));
    }
}

#[tokio::test]
async fn monitoring_reads_what_was_answered_and_a_stranger_makes_no_series() {
    let to = serve(programme()).await;
    for path in ["/", "/e/hostile", "/e/nulle-part", "/x1", "/x2?y", "/sources.json"] {
        get(to, path).await;
    }
    let answer = get(to, "/metrics").await;
    assert_eq!(answer.header("content-type"), Some(crate::metrics::CONTENT_TYPE));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let text = answer.text();
    for line in [
        "essaim_http_requests_total{route=\"home\",status=\"200\"} 1",
        "essaim_http_requests_total{route=\"event\",status=\"404\"} 1",
        "essaim_http_requests_total{route=\"none\",status=\"404\"} 2",
        "essaim_http_requests_total{route=\"sources\",status=\"200\"} 1",
        "essaim_sources{state=\"failing\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("hostile") && !text.contains("x1") && !text.contains("mel"), "{text}");
}

#[tokio::test]
async fn a_page_but_the_one_made_for_it_can_be_shown_in_another_sites_frame() {
    let site = Site { theme: Theme::default(), ..fixture::site(fixture::snapshot_of("feed", fixture::events())) };
    let to = serve(node(site, None)).await;
    for path in ["/", "/e/hostile", "/feed.atom", "/nothing", "/embed.js"] {
        let policy = get(to, path).await.header("content-security-policy").unwrap().to_owned();
        assert!(policy.ends_with("frame-ancestors 'self'") && !policy.contains("script-src"), "{path}: {policy}");
    }
    let page = get(to, "/embed?n=3&ui=en").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors *") && policy.contains("script-src 'self'"), "{policy}");
    assert_eq!(page.text().matches("class=\"hour\"").count(), 3, "{}", page.text());
    let script = page.text().split("<script src=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(get(to, script).await.header("content-type"), Some("text/javascript; charset=utf-8"));
    let page = page.text().replacen(&format!("<script src=\"{script}\" defer></script>"), "", 1);
    assert_harmless(&page, "/embed");
    assert!(!page.contains("http://") && page.contains("All events"), "{page}");
    assert_eq!(get(to, "/embed?q=nothing-of-the-kind").await.status, 200);
}

#[tokio::test]
async fn a_search_engine_misses_a_page_or_is_led_into_the_desk() {
    let to = serve(programme()).await;
    let robots = get(to, "/robots.txt").await;
    assert!(robots.text().contains("Disallow: /desk") && robots.text().contains("/sitemap.xml"), "{}", robots.text());
    let sitemap = get(to, "/sitemap.xml").await;
    let pages: Vec<&str> =
        sitemap.text().split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap()).collect();
    assert_eq!(pages.len(), fixture::events().len() + 2);
    for page in pages {
        let path = page.strip_prefix("https://programme.example").unwrap();
        assert_eq!(get(to, path).await.status, 200, "{page}");
    }
}

#[tokio::test]
async fn a_labs_own_look_is_not_shown_or_comes_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/>").unwrap();
    let theme = Theme::new(Some(&logo), Some("#8a1c5b"), Some("#ffe066")).unwrap();
    let site = Site { theme, ..fixture::site(fixture::snapshot_of("feed", fixture::events())) };
    let to = serve(node(site, None)).await;
    let page = get(to, "/").await;
    let address = |mark: &str| page.text().split(mark).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let logo = get(to, &address("class=\"logo\" src=\"")).await;
    assert_eq!((logo.status, logo.header("content-type")), (200, Some("image/svg+xml")));
    assert!(logo.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let style = page.text().split("href=\"").find(|part| part.starts_with("/theme.")).unwrap();
    let style = get(to, style.split('"').next().unwrap()).await;
    assert!(
        style.text().contains("--link: #8a1c5b") && style.text().contains("--on-pine: #10181a"),
        "{}",
        style.text()
    );
}
