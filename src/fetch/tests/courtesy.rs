//! Who is asked when, over which connection.

use std::sync::Barrier;

use super::*;

#[tokio::test]
async fn a_host_is_asked_one_request_at_a_time_with_a_pause_in_between() {
    let spans: Arc<Mutex<Vec<(Instant, Instant)>>> = Arc::default();
    let noted = spans.clone();
    let site = Site::open(PUBLIC, move |head, stream| {
        let start = Instant::now();
        thread::sleep(Duration::from_millis(150));
        noted.lock().unwrap().push((start, Instant::now()));
        send(stream, &if path(head) == "/moved" { to("302 Found", "/feed") } else { ok("feed") });
    });
    let spacing = Duration::from_millis(300);
    let fetcher = Fetcher::new(Rules { spacing, ..rules() }).unwrap();
    let get = async |path| {
        let address = site.url(path);
        fetcher.get(Request { address: &address, ..Request::default() }, now()).await.unwrap()
    };
    tokio::join!(get("/feed"), get("/moved"));
    let spans = spans.lock().unwrap();
    assert_eq!(spans.len(), 3, "two requests, one of them redirected");
    for pair in spans.windows(2) {
        let pause = pair[1].0.duration_since(pair[0].1);
        // Saturates to zero when the second began before the end of the first.
        assert!(pause >= spacing, "only {pause:?} after the end of the request before");
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_nothing_or_not_for_the_next_feed_of_its_host() {
    // What came over a connection that had been used before, with what had come over it.
    let again: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let heard = again.clone();
    let site = Site::open(PUBLIC, move |head, stream| {
        let mut before = path(head).to_owned();
        loop {
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfeed");
            let head = read_head(stream);
            if head.is_empty() {
                return;
            }
            let now = path(&head).to_owned();
            heard.lock().unwrap().push((std::mem::replace(&mut before, now.clone()), now));
        }
    });
    let fetcher = Fetcher::new(rules()).unwrap();
    let get = async |path, alone| {
        let address = site.url(path);
        fetcher.get(Request { address: &address, alone, ..Request::default() }, now()).await.unwrap();
        // It is free again a moment after its answer was read.
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let kept = ("/first".to_owned(), "/last".to_owned());
    for _ in 0..50 {
        get("/first", false).await;
        get("/last", true).await;
        if again.lock().unwrap().contains(&kept) {
            break;
        }
    }
    get("/first", false).await;
    let again = again.lock().unwrap();
    assert!(again.contains(&kept), "{again:?}");
    assert!(again.iter().all(|(before, _)| before != "/last"), "{again:?}");
    let close = |head: &&String| header(head, "connection") == Some("close");
    assert!(site.heads().iter().filter(close).all(|head| path(head) == "/last"));
}

#[tokio::test]
async fn two_hosts_are_asked_at_the_same_time() {
    let both_asked = Arc::new(Barrier::new(2));
    let open = || {
        let both_asked = both_asked.clone();
        Site::of(move |_| {
            both_asked.wait();
            ok("feed")
        })
    };
    let (one, two) = (open(), open());
    let fetcher = Fetcher::new(rules()).unwrap();
    let get = async |site: &Site| {
        let address = site.url("/");
        fetcher.get(Request { address: &address, ..Request::default() }, now()).await
    };
    // Neither answers before both are asked.
    let (one, two) = tokio::join!(get(&one), get(&two));
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test]
async fn fetches_redirected_to_each_others_hosts_do_not_wait_for_ever() {
    let both_asked = Arc::new(Barrier::new(2));
    let other: [Arc<Mutex<String>>; 2] = Default::default();
    let open = |there: &Arc<Mutex<String>>| {
        let (both_asked, there) = (both_asked.clone(), there.clone());
        Site::of(move |path| match path {
            "/" => {
                both_asked.wait();
                to("302 Found", &there.lock().unwrap())
            }
            _ => ok("feed"),
        })
    };
    let sites = [open(&other[0]), open(&other[1])];
    *other[0].lock().unwrap() = sites[1].url("/feed");
    *other[1].lock().unwrap() = sites[0].url("/feed");
    let fetcher = Fetcher::new(rules()).unwrap();
    let get = async |site: &Site| {
        let address = site.url("/");
        fetcher.get(Request { address: &address, ..Request::default() }, now()).await
    };
    let both = async { tokio::join!(get(&sites[0]), get(&sites[1])) };
    let (one, two) = tokio::time::timeout(Duration::from_secs(20), both).await.expect("each waits for the other");
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
}

#[tokio::test]
async fn there_is_no_pause_where_private_addresses_are_allowed() {
    let site = Site::of(|_| ok("feed"));
    let fetcher = Fetcher::new(Rules { allow_private_addresses: true, ..Rules::default() }).unwrap();
    let started = Instant::now();
    for _ in 0..4 {
        let address = site.url("/");
        fetcher.get(Request { address: &address, ..Request::default() }, now()).await.unwrap();
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
