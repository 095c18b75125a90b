//! `essaim demo`: a whole programme at work, every part of it real, on one machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::civil::Date;

use super::health::sources_view;
use super::roles::{editions, gather, hub_address, node_router, open_aggregator, open_push, tell};
use super::serve::{Stop, bind, serve};
use super::{Done, Outcome, now, tongue};
use crate::aggregator::Which;
use crate::config::{self, Case, CaseSource};
use crate::event::Address;
use crate::fetch::Rules;
use crate::format::Hints;
use crate::hub::Hub;
use crate::node::{self, Node};
use crate::parse;
use crate::store::Store;
use crate::web::{self, Clock, Site};

/// Who imported, for the history.
const BY: &str = "demo";
/// How often the demo's nodes are polled: soon enough to watch a change arrive.
const INTERVAL: std::time::Duration = std::time::Duration::from_secs(15);

/// Runs until Ctrl-C.
pub async fn run(listen: SocketAddr, feeds: &Path, data: Option<PathBuf>, now_shown: Option<Date>) -> Done {
    if !listen.ip().is_loopback() {
        return Err(format!("the demo is for this machine only: {listen} is not a loopback address").into());
    }
    let case = Case::read(feeds).map_err(|error| {
        format!("{error}; run the demo in a checkout of essaim, or name a folder of feeds with --feeds")
    })?;
    let stop = Stop::on_signal();
    // Kept until the end: its folder goes when it does.
    let temporary = if data.is_none() { Some(tempfile::tempdir()?) } else { None };
    let folder = data.or_else(|| temporary.as_ref().map(|t| t.path().to_owned())).unwrap_or_default();
    tokio::fs::create_dir_all(&folder).await?;
    let clock = Clock::Stopped(now_shown.unwrap_or(case.now));
    let listener = bind(listen).await?;
    let mut servers = Vec::new();
    let mut sources = Vec::new();
    let mut lines = Vec::new();
    for (number, source) in (1u16..).zip(&case.source) {
        let port = listen.port().checked_add(number).ok_or("--listen leaves no ports for the nodes")?;
        let address = SocketAddr::new(listen.ip(), port);
        let (node, events) = open_node(feeds, &folder, source, address).await?;
        let rules = Rules { allow_private_addresses: true, ..Rules::default() };
        let hub = Hub::open(node.store().clone(), rules, node.current()).await?;
        servers.push(serve(
            bind(address).await?,
            node_router(&node, clock.clone(), Some(hub.clone()), None, web::Theme::default()),
            stop.clone(),
        ));
        let stop = stop.clone();
        servers.push(tokio::spawn(async move { tell(&node, Some(hub), stop).await }));
        sources.push(source.source(Address::new(&format!("http://{address}/feed.atom"))?));
        lines.push(format!("  http://{address}/  {} ({events})", source.name));
    }
    let config = config::Aggregator {
        listen,
        public_url: Address::new(&format!("http://{listen}/"))?,
        database: format!("sqlite:{}", folder.join("programme.db").display()),
        hub: true,
        programme: case.programme.clone(),
        edition: case.edition.clone(),
        fetch: config::Fetch {
            interval: INTERVAL,
            longest: INTERVAL,
            allow_private_addresses: true,
            ..config::Fetch::default()
        },
        guard: config::Guard::default(),
        theme: config::Theme::default(),
        source: Vec::new(),
    };
    {
        // Ports may differ from those of the last demo on the same data.
        let store = Store::open(&config.database).await?;
        for source in &sources {
            store.put_source(source).await?;
        }
        store.close().await;
    }
    let aggregator = Arc::new(open_aggregator(&config, false).await?);
    let round = aggregator.round(Which::All, now(), |_, _, _| {}).await?;
    let view = Arc::new(ArcSwap::from_pointee(sources_view(aggregator.store()).await?));
    let push = open_push(&aggregator, &config).await?;
    let site = Site {
        current: aggregator.current(),
        clock: clock.clone(),
        editions: editions(&case.edition),
        home: None,
        refresh: None,
        hub: push.hub.clone(),
        follower: push.follower.clone(),
        metrics: aggregator.metrics().clone(),
        theme: web::Theme::default(),
    };
    servers.push(serve(
        listener,
        web::aggregator(site, Arc::clone(&view), Some(aggregator.store().clone())),
        stop.clone(),
    ));
    let tongue = tongue();
    let Clock::Stopped(day) = clock else { return Err("the demo's clock stands still".into()) };
    let n = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).into();
    println!("{}", case.programme.title);
    println!("  http://{listen}/");
    for page in ["programme.atom", "programme.ics", "programme.json", "sources"] {
        println!("  http://{listen}/{page}");
    }
    println!("{}", tongue.say_with("command-demo-nodes", [("count", n(case.source.len()))]));
    lines.iter().for_each(|line| println!("{line}"));
    println!(
        "{}",
        tongue.say_with(
            "command-demo",
            [
                ("events", n(round.events)),
                ("entries", n(round.entries)),
                ("sources", n(round.sources)),
                ("merged", n(round.merged)),
                ("day", tongue.day(day).into()),
            ]
        )
    );
    println!("{}", tongue.say("command-demo-end"));
    gather(&aggregator, push, &view, stop).await;
    for server in servers {
        server.await?;
    }
    aggregator.store().close().await;
    println!("{}", tongue.say("command-demo-ended"));
    Ok(Outcome::Well)
}

/// A node with the events of its file; those it has already stay as they are, unless the file is newer.
async fn open_node(
    feeds: &Path,
    folder: &Path,
    source: &CaseSource,
    address: SocketAddr,
) -> Result<(Arc<Node>, usize), Box<dyn std::error::Error>> {
    let path = feeds.join(&source.file);
    let bytes = tokio::fs::read(&path).await.map_err(|error| format!("{}: {error}", path.display()))?;
    let hints = Hints {
        address: None,
        language: None,
        zone: source.time_zone.clone(),
        region: None,
        by_link: false,
        seen: now(),
    };
    let reading = parse::read(&bytes, None, &hints).map_err(|rejected| format!("{}: {rejected}", path.display()))?;
    let store = Store::open(&format!("sqlite:{}", folder.join(format!("{}.db", source.key)).display())).await?;
    node::import(&store, reading, now(), BY).await?;
    let base = Address::new(&format!("http://{address}/"))?;
    let hub = hub_address(true, &base);
    let node = Node::open(store, base, hub).await?;
    let events = node.current().load().feed.events.len();
    Ok((Arc::new(node), events))
}
