//! The two servers: a lab's node and a programme's aggregator.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::health::sources_view;
use super::serve::{Stop, bind, serve};
use super::{Done, Outcome, now, tongue};
use crate::aggregator::record::Guard;
use crate::aggregator::{self, Aggregator, Round, Settings, Which};
use crate::config;
use crate::event::{Address, Licence, Line, Zone};
use crate::fetch::{Fetcher, Rules};
use crate::hub::{self, Follower, Heard, Hub, Named};
use crate::metrics::Metrics;
use crate::node::programme::Programme;
use crate::node::provider::Provider;
use crate::node::{Node, lab};
use crate::programme::Source;
use crate::store::{self, Store};
use crate::web::{self, Clock, Desk, Edition, Site, SourcesView, Theme};

/// How often the aggregator looks whether a source is due.
const LOOK: Duration = Duration::from_secs(5);
/// How often a node looks whether another process wrote to its store: one small read, and a fifth of the second in which
/// what is published is to be everywhere.
const WATCH: Duration = Duration::from_millis(200);

/// Runs a node until it is told to stop.
pub async fn node(path: Option<&Path>, print: bool) -> Done {
    let usual = Path::new(config::Node::FILE);
    let config = match path {
        Some(path) => config::Node::read(path)?,
        // What is printed goes into that file as a rule, which is there by then and empty.
        None if print => config::Node::default(),
        None if usual.exists() => config::Node::read(usual)?,
        None => config::Node::without_file()?,
    };
    if print {
        print!("{}", config.print());
        return Ok(Outcome::Well);
    }
    if lab::is_here(&config.public_url) {
        eprintln!("\n{}", tongue().say_with("command-node-try", [("base", config.public_url.to_string().into())]));
    }
    let stop = Stop::on_signal();
    let listener = bind(config.listen).await?;
    let store = Store::open(&config.database).await?;
    settle_lab(&store, &config).await?;
    let mut desk = Desk::new(store.clone(), config.public_url.clone())?;
    if let Some(code) = desk.accounts.first_code().await? {
        tell_code(&config.public_url, &code);
    }
    let Some(listener) = set_up(listener, &desk, stop.clone()).await? else { return Ok(Outcome::Well) };
    let node =
        Arc::new(Node::open(store, config.public_url.clone(), hub_address(config.hub, &config.public_url)).await?);
    desk.node = Some(Arc::clone(&node));
    let rules = Rules {
        user_agent: user_agent(&config.public_url),
        allow_private_addresses: config.allow_private_addresses,
        allowed_networks: config.allowed_networks.clone(),
        allowed_hosts: config.allowed_hosts.clone(),
        ..Rules::default()
    };
    let fetcher = Fetcher::new(rules.clone())?;
    if let Some(programme) = &config.programme {
        let feed = Address::join(Some(&config.public_url), "feed.atom")?;
        desk.programme = Some(Arc::new(Programme::new(programme, feed, fetcher.clone())));
    }
    if let Some(oidc) = config.oidc.clone() {
        desk.provider = Some(Arc::new(Provider::new(oidc, &config.public_url, rules.clone())?));
    }
    desk.fetcher = Some(fetcher.clone());
    let hub = if config.hub { Some(Hub::open(node.store().clone(), rules, node.current()).await?) } else { None };
    tracing::info!(listen = %config.listen, public_url = %config.public_url, "a node serves");
    let zone = Zone::new("Europe/Paris")?;
    let router = node_router(&node, Clock::Real(zone), hub.clone(), Some(desk), theme(&config.theme)?);
    let server = serve(listener, router, stop.clone());
    tokio::select! {
        () = tell(&node, hub, stop) => {}
        () = node.tell_partners(&fetcher, now) => {}
    }
    server.await?;
    node.store().close().await;
    Ok(Outcome::Well)
}

/// Says on the terminal, and nowhere else, how the first account is made.
fn tell_code(base: &Address, code: &str) {
    let said = tongue().say_with("command-set-up", [("base", base.to_string().into()), ("code", code.into())]);
    eprintln!("\n{said}\n");
}

/// Serves the page that asks whose node it is, until that is known; then gives the listener back. `None` when told to
/// stop meanwhile.
async fn set_up(
    listener: TcpListener,
    desk: &Desk,
    stop: Stop,
) -> Result<Option<TcpListener>, Box<dyn std::error::Error>> {
    if desk.accounts.store().lab().await?.is_some() {
        return Ok(Some(listener));
    }
    // Of two listeners on one socket the second goes on where the first ends: nobody is turned away in between.
    let listener = listener.into_std()?;
    let then = TcpListener::from_std(listener.try_clone()?)?;
    let (done, known) = Stop::by_hand();
    let server = serve(TcpListener::from_std(listener)?, web::first(desk.clone()), known);
    let settled = async {
        loop {
            tokio::select! {
                () = desk.settled.notified() => {}
                // An import by another process says whose node it is too.
                () = tokio::time::sleep(WATCH) => {}
            }
            if desk.accounts.store().lab().await?.is_some() {
                return Ok::<(), store::Error>(());
            }
        }
    };
    let going_on = tokio::select! {
        settled = settled => settled.map(|()| true)?,
        () = stop.asked() => false,
    };
    let _ = done.send(true);
    // A browser that keeps its connection open would be waited for.
    let _ = tokio::time::timeout(WATCH, server).await;
    Ok(going_on.then_some(then))
}

/// Gives an empty database the lab of the configuration.
pub async fn settle_lab(store: &Store, config: &config::Node) -> Result<(), Box<dyn std::error::Error>> {
    if store.lab().await?.is_none()
        && let Some(lab) = &config.lab
    {
        let year = now().to_zoned(jiff::tz::TimeZone::UTC).year();
        store.set_lab(&lab.lab(&config.public_url, year)?).await?;
    }
    Ok(())
}

/// A site's look, as its configuration has it.
pub fn theme(settings: &config::Theme) -> Result<Theme, web::Unusable> {
    Theme::new(settings.logo.as_deref(), settings.accent.as_deref(), settings.band.as_deref())
}

/// The hub of a server with this public address, if it has one.
pub fn hub_address(enabled: bool, public_url: &Address) -> Option<Address> {
    if enabled { Address::new(&format!("{public_url}hub")).ok() } else { None }
}

fn user_agent(contact: &impl std::fmt::Display) -> String {
    format!("essaim/{} (+{contact})", env!("CARGO_PKG_VERSION"))
}

/// Tells subscribers of what a node publishes, until told to stop; what another process writes, such as an import, is
/// seen without anybody asking for it.
pub async fn tell(node: &Node, hub: Option<Hub>, stop: Stop) {
    let Some(hub) = hub else { return stop.asked().await };
    let watch = async {
        let mut well = true;
        loop {
            let seen = node.refresh().await;
            if let (Err(error), true) = (&seen, well) {
                tracing::error!(%error, "what is published could not be brought up to date");
            }
            well = seen.is_ok();
            tokio::time::sleep(WATCH).await;
        }
    };
    tokio::select! {
        () = watch => {}
        () = hub.run(now) => {}
        () = stop.asked() => {}
    }
}

/// The pages and feeds of a node, which look at the store before each answer.
pub fn node_router(node: &Arc<Node>, clock: Clock, hub: Option<Hub>, desk: Option<Desk>, theme: Theme) -> Router {
    let fresh = Arc::clone(node);
    let refresh: web::Refresh = Arc::new(move || {
        let node = Arc::clone(&fresh);
        Box::pin(async move {
            if let Err(error) = node.refresh().await {
                tracing::error!(%error, "what is published could not be brought up to date");
            }
        })
    });
    let clock = match (clock, node.current().load().feed.head.zone.clone()) {
        (Clock::Real(_), Some(zone)) => Clock::Real(zone),
        (clock, _) => clock,
    };
    let home = node.current().load().feed.head.author.page.clone();
    let metrics = Metrics::default();
    let site = Site {
        current: node.current(),
        clock,
        editions: Vec::new(),
        home,
        refresh: Some(refresh),
        hub,
        follower: None,
        metrics,
        theme,
    };
    web::node(site, desk)
}

/// Runs an aggregator until it is told to stop.
pub async fn aggregator(path: Option<&Path>, print: bool) -> Done {
    let config = match path {
        Some(path) => config::Aggregator::read(path)?,
        None => config::Aggregator::default(),
    };
    if print {
        print!("{}", config.print());
        return Ok(Outcome::Well);
    }
    let stop = Stop::on_signal();
    let listener = bind(config.listen).await?;
    let aggregator = Arc::new(open_aggregator(&config, false).await?);
    let zone = config.programme.time_zone.clone().map_or_else(|| Zone::new("UTC"), Ok)?;
    let sources = Arc::new(ArcSwap::from_pointee(sources_view(aggregator.store()).await?));
    let push = open_push(&aggregator, &config).await?;
    let site = Site {
        current: aggregator.current(),
        clock: Clock::Real(zone),
        editions: editions(&config.edition),
        home: None,
        refresh: None,
        hub: push.hub.clone(),
        follower: push.follower.clone(),
        metrics: aggregator.metrics().clone(),
        theme: theme(&config.theme)?,
    };
    tracing::info!(listen = %config.listen, public_url = %config.public_url, "an aggregator serves");
    let pages = web::aggregator(site, Arc::clone(&sources), Some(aggregator.store().clone()));
    let server = serve(listener, pages, stop.clone());
    gather(&aggregator, push, &sources, stop).await;
    server.await?;
    aggregator.store().close().await;
    Ok(Outcome::Well)
}

/// Both ends of WebSub, as far as a programme has them.
#[derive(Default)]
pub struct Push {
    /// Who tells.
    pub hub: Option<Hub>,
    /// Who is told.
    pub follower: Option<Follower>,
}

/// What the configuration has of WebSub.
pub async fn open_push(aggregator: &Aggregator, config: &config::Aggregator) -> Result<Push, hub::Error> {
    if !config.hub {
        return Ok(Push::default());
    }
    let store = aggregator.store();
    let hub = Some(Hub::open(store.clone(), rules(config), aggregator.current()).await?);
    // To an address inside our network no hub outside of it can bring anything.
    let follower = match aggregator.fetcher().admits(config.public_url.as_str()) {
        Ok(()) => Some(Follower::open(store.clone(), aggregator.fetcher().clone(), config.public_url.clone()).await?),
        Err(why) => {
            tracing::info!(why = why.detail, "public_url cannot be reached by hubs: sources are polled only");
            None
        }
    };
    Ok(Push { hub, follower })
}

/// Opens the store and fetcher that a configuration names, and reconciles what is there.
pub async fn open_aggregator(
    config: &config::Aggregator,
    rehearsal: bool,
) -> Result<Aggregator, Box<dyn std::error::Error>> {
    let store = Store::open(&config.database).await?;
    let fetcher = Fetcher::new(rules(config))?;
    let sources = registered(config);
    let settings = settings(config);
    Ok(if rehearsal {
        Aggregator::open_to_rehearse(store, fetcher, settings, &sources, now()).await?
    } else {
        Aggregator::open(store, fetcher, settings, &sources, now()).await?
    })
}

/// The store that a configuration names, with its sources where it had none.
pub async fn open_sources(config: &config::Aggregator) -> Result<Store, Box<dyn std::error::Error>> {
    let store = Store::open(&config.database).await?;
    aggregator::fill(&store, &registered(config)).await?;
    Ok(store)
}

/// The sources of a configuration.
fn registered(config: &config::Aggregator) -> Vec<Source> {
    config.source.iter().map(config::SourceSettings::source).collect()
}

/// What the configuration lets a fetch cost, and whom it may ask.
pub fn rules(config: &config::Aggregator) -> Rules {
    let contact = config.fetch.contact.clone().unwrap_or_else(|| config.public_url.to_string());
    Rules {
        user_agent: user_agent(&contact),
        total_time: config.fetch.timeout,
        allow_private_addresses: config.fetch.allow_private_addresses,
        allowed_networks: config.fetch.allowed_networks.clone(),
        allowed_hosts: config.fetch.allowed_hosts.clone(),
        extra_ca: config.fetch.extra_ca.clone(),
        ..Rules::default()
    }
}

fn settings(config: &config::Aggregator) -> Settings {
    Settings {
        title: config.programme.title.clone(),
        subtitle: config.programme.subtitle.clone(),
        language: config.programme.language.clone(),
        zone: config.programme.time_zone.clone(),
        publisher: config.programme.publisher.clone(),
        licence: config.programme.licence.clone().map(|href| Licence { href, title: None }),
        tag: config.programme.tag.clone(),
        base: config.public_url.clone(),
        hub: hub_address(config.hub, &config.public_url),
        interval: config.fetch.interval,
        longest: config.fetch.longest,
        guard: Guard {
            emptied: config.guard.emptied,
            gone: config.guard.gone,
            percent: config.guard.percent,
            confirm_after: config.guard.confirm_after,
        },
    }
}

/// Round after round, and what is pushed as it comes, until told to stop. A round under way is ended; what it recorded
/// stays.
pub async fn gather(aggregator: &Aggregator, push: Push, sources: &ArcSwap<SourcesView>, stop: Stop) {
    let Push { hub, follower } = push;
    // A source is to be polled now, or what is shown of sources has changed.
    let soon = Notify::new();
    let rounds = async {
        let mut shown = None;
        loop {
            let asked = match aggregator.round(Which::Due, now(), |_, _, _| {}).await {
                Ok(round) => {
                    tell_of(&round);
                    round.sources > 0
                }
                Err(error) => {
                    tracing::error!(%error, "a round failed; the next one takes it up");
                    false
                }
            };
            if asked && let Some(follower) = &follower {
                match named(aggregator.store()).await {
                    Ok(named) => {
                        if let Err(error) = follower.heed(named, now()).await {
                            tracing::error!(%error, "the hubs of the sources could not be noted");
                        }
                    }
                    Err(error) => tracing::error!(%error, "the hubs of the sources could not be read"),
                }
            }
            if let Err(error) = show_sources(aggregator.store(), sources, &mut shown).await {
                tracing::error!(%error, "the health of the sources could not be read");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = soon.notified() => {}
            }
        }
    };
    let listen = async {
        let Some(follower) = &follower else { return std::future::pending().await };
        loop {
            match hear(aggregator, follower.next().await).await {
                Ok(_) => soon.notify_one(),
                Err(error) => tracing::error!(%error, "what was pushed could not be taken up; the next poll brings it"),
            }
        }
    };
    let ask = async {
        match &follower {
            Some(follower) => follower.run(now).await,
            None => std::future::pending().await,
        }
    };
    let tell = async {
        match &hub {
            Some(hub) => hub.run(now).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = rounds => {}
        () = listen => {}
        () = ask => {}
        () = tell => {}
        () = stop.asked() => {}
    }
}

fn tell_of(round: &Round) {
    if round.sources > 0 {
        tracing::info!(
            sources = round.sources,
            fetched = round.fetched,
            unchanged = round.unchanged,
            failed = round.failed,
            events = round.events,
            seconds = round.seconds,
            "a round is done"
        );
    }
}

/// Takes up what was heard of a source; `false` when the source is to be polled instead.
pub async fn hear(aggregator: &Aggregator, heard: Heard) -> Result<bool, aggregator::Error> {
    let Some(said) = heard.said else {
        aggregator.store().poll_soon(&heard.source).await?;
        return Ok(false);
    };
    let kind = said.content_type.as_deref();
    let taken = aggregator.receive(&heard.source, &said.topic, said.body, kind, now()).await?;
    if let Some(round) = &taken {
        tracing::info!(source = %heard.source, events = round.events, seconds = round.seconds, "a source told of a change");
    }
    Ok(taken.is_some())
}

/// The hubs that sources name, of those that are polled.
pub async fn named(store: &Store) -> Result<Vec<Named>, store::Error> {
    let mut health = store.all_health().await?;
    let active = store.sources().await?.into_iter().filter(|source| !source.paused);
    Ok(active
        .filter_map(|source| {
            let push = health.remove(&source.key)?.push;
            // A feed that does not say what it is called is called by where it is.
            Some(Named { hub: push.hub?, topic: push.topic.unwrap_or(source.address), source: source.key })
        })
        .collect())
}

/// Brings what the pages tell of sources up to date when anyone wrote: a round, or a person at a command.
async fn show_sources(
    store: &Store,
    sources: &ArcSwap<SourcesView>,
    shown: &mut Option<i64>,
) -> Result<(), store::Error> {
    let revision = store.revision().await?;
    if *shown != Some(revision) {
        sources.store(Arc::new(sources_view(store).await?));
        *shown = Some(revision);
    }
    Ok(())
}

/// Editions as the pages show them.
pub fn editions(editions: &[config::Edition]) -> Vec<Edition> {
    let title = |e: &config::Edition| -> Line { e.title.clone().unwrap_or_else(|| e.key.clone()) };
    editions
        .iter()
        .map(|e| Edition { key: e.key.clone(), title: title(e), starts: e.starts, ends: e.ends, deadline: e.deadline })
        .collect()
}
