//! Configuration: plain data, read once, handed down, never global.
//!
//! A TOML file per role; every value outside `[[source]]` and `[[edition]]` can be overridden by the environment (`ESSAIM_LISTEN`,
//! `ESSAIM_FETCH_INTERVAL`…), and `--print-config` writes the whole of it back, commented.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use crate::event::{Address, Id, Language, Licence, Line, Region, Zone};
use crate::programme::{Kind, Lab, Role, Source, SourceKey, Trust};

/// Why a configuration cannot be used. The text says what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or a value is not what its key wants.
    #[error("{path}: {source}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// An environment variable that overrides nothing.
    #[error("{0} overrides no setting: `--print-config` shows those there are")]
    Environment(String),
    /// Something that only shows when values are put together.
    #[error("{0}")]
    Value(String),
}

/// A lab's server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Where it listens.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// Where readers find it.
    pub public_url: Address,
    /// Where it keeps its events.
    #[serde(default = "database")]
    pub database: String,
    /// Whether it tells subscribers of changes at once.
    #[serde(default = "yes")]
    pub hub: bool,
    /// Tell subscribers inside our network too: only for tests and intranets.
    #[serde(default)]
    pub allow_private_addresses: bool,
    /// Networks inside ours in which subscribers may be.
    #[serde(default)]
    pub allowed_networks: Vec<IpNet>,
    /// A programme that gathers it: asked what became of its events, and what else there is on the same days.
    pub programme: Option<Address>,
    /// Who vouches for those who sign in, beside their passwords.
    pub oidc: Option<Oidc>,
    /// Its look.
    #[serde(default)]
    pub theme: Theme,
    /// Whose it is; fills an empty database, which then wins.
    pub lab: Option<LabSettings>,
}

/// An identity provider (OpenID Connect) where people sign in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// What it calls itself, letter by letter; its description is found below it, at
    /// `.well-known/openid-configuration`.
    pub issuer: String,
    /// What it calls this node.
    pub client_id: String,
    /// A file with the secret that it gave to this node, and nothing else.
    pub client_secret_file: PathBuf,
    /// What is peculiar to it.
    #[serde(default)]
    pub profile: OidcProfile,
    /// What people call it: stands on the button.
    pub label: Line,
    /// Whom it lets in that nobody here invited.
    #[serde(default)]
    pub newcomers: Newcomers,
    /// The establishments (SIRET) whose people are let in; all, when none is named.
    #[serde(default)]
    pub siret: BTreeSet<String>,
}

/// What is peculiar to an identity provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OidcProfile {
    /// As the specification has it.
    #[default]
    Generic,
    /// ProConnect, of the French State: what it says of a person is signed, and named in its own way.
    ProConnect,
}

/// What becomes of somebody whom the provider knows and nobody invited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Newcomers {
    /// They are not let in.
    #[default]
    None,
    /// They write their own events.
    Organiser,
    /// They change all events.
    Editor,
}

impl Oidc {
    /// # Errors
    /// [`Error::Value`] for an issuer that cannot be one, or a SIRET that is none.
    fn check(&self, inside: bool) -> Result<(), Error> {
        let issuer = &self.issuer;
        let plain = Address::new(issuer).is_ok() && !issuer.contains(['?', '#', ' ']);
        // In the clear anybody on the way could vouch for anybody.
        if !plain || !(issuer.starts_with("https://") || inside && issuer.starts_with("http://")) {
            return Err(Error::Value(format!("oidc.issuer = {issuer:?}: an https address without ? and # is needed")));
        }
        let wrong = self.siret.iter().find(|siret| siret.len() != 14 || !siret.bytes().all(|b| b.is_ascii_digit()));
        match wrong {
            Some(siret) => Err(Error::Value(format!("oidc.siret: {siret:?} is not a number of 14 digits"))),
            None => Ok(()),
        }
    }

    /// The secret that the provider gave.
    ///
    /// # Errors
    /// [`Error::Read`] when there is no such file, [`Error::Value`] when it is empty.
    pub fn secret(&self) -> Result<String, Error> {
        let path = &self.client_secret_file;
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let secret = text.trim();
        if secret.is_empty() {
            return Err(Error::Value(format!("oidc.client_secret_file: {} is empty", path.display())));
        }
        Ok(secret.to_owned())
    }

    fn print(oidc: Option<&Oidc>, out: &mut String) {
        out.push_str("\n# Where people sign in, beside their passwords (OpenID Connect).\n");
        out.push_str(if oidc.is_some() { "[oidc]\n" } else { "# [oidc]\n" });
        let value = |value: Option<String>, example: &str| value.ok_or_else(|| example.to_owned());
        out.push_str("# what it calls itself, letter by letter\n");
        optional(out, "issuer", value(oidc.map(|o| o.issuer.clone()), "https://auth.agentconnect.gouv.fr/api/v2"));
        optional(out, "client_id", value(oidc.map(|o| o.client_id.clone()), "what it calls this node"));
        out.push_str("# a file with the secret it gave, and nothing else\n");
        let file = oidc.map(|o| o.client_secret_file.display().to_string());
        optional(out, "client_secret_file", value(file, "/etc/essaim/oidc-secret"));
        out.push_str("# generic, or proconnect\n");
        let profile = oidc.map(|o| match o.profile {
            OidcProfile::Generic => "generic",
            OidcProfile::ProConnect => "proconnect",
        });
        optional(out, "profile", value(profile.map(str::to_owned), "proconnect"));
        out.push_str("# what stands on the button\n");
        optional(out, "label", value(oidc.map(|o| o.label.to_string()), "ProConnect"));
        out.push_str("# whom it lets in that nobody here invited: none, or as organiser or editor\n");
        let newcomers = oidc.map(|o| match o.newcomers {
            Newcomers::None => "none",
            Newcomers::Organiser => "organiser",
            Newcomers::Editor => "editor",
        });
        optional(out, "newcomers", value(newcomers.map(str::to_owned), "none"));
        out.push_str("# only people of these establishments (14 digits each); of all, when none is named\n");
        let siret: Vec<Value> = oidc.iter().flat_map(|o| &o.siret).cloned().map(Value::String).collect();
        let _ = writeln!(out, "{}siret = {}", if oidc.is_some() { "" } else { "# " }, Value::Array(siret));
    }
}

/// A site's own look.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Theme {
    /// A file: SVG, PNG, JPEG or WebP.
    pub logo: Option<PathBuf>,
    /// The colour of links, `#rrggbb`.
    pub accent: Option<String>,
    /// The colour of the band at the top, `#rrggbb`.
    pub band: Option<String>,
}

/// Whose node it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabSettings {
    /// The lab's name.
    pub name: Line,
    /// Title of its feed and pages.
    pub title: Option<Line>,
    /// The domain and year its ids begin with, for ever: `lab.example,2026`.
    pub tag: Option<String>,
    /// Its language.
    #[serde(default = "french")]
    pub language: Language,
    /// Its zone.
    pub time_zone: Option<Zone>,
    /// Its region.
    pub region: Option<Region>,
    /// Its home page.
    pub page: Option<Address>,
    /// Address of the licence of what it publishes.
    pub licence: Option<Address>,
}

/// A programme's server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregator {
    /// Where it listens.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// Where readers find it.
    pub public_url: Address,
    /// Where it keeps what it gathered.
    #[serde(default = "database")]
    pub database: String,
    /// Whether it tells subscribers of changes at once, and asks the hubs of its sources to tell it.
    #[serde(default = "yes")]
    pub hub: bool,
    /// What it publishes.
    pub programme: Programme,
    /// Its editions.
    #[serde(default)]
    pub edition: Vec<Edition>,
    /// How it gathers.
    #[serde(default)]
    pub fetch: Fetch,
    /// When a disappearance is held for a person.
    #[serde(default)]
    pub guard: Guard,
    /// Its look.
    #[serde(default)]
    pub theme: Theme,
    /// Whom it gathers; fills an empty database, which then wins.
    #[serde(default)]
    pub source: Vec<SourceSettings>,
}

/// What an aggregator publishes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Its title.
    pub title: Line,
    /// A sentence on it.
    pub subtitle: Option<Line>,
    /// Its language.
    #[serde(default = "french")]
    pub language: Language,
    /// Its zone, for sources that declare none.
    #[serde(default)]
    pub time_zone: Option<Zone>,
    /// Who publishes it.
    pub publisher: Option<Line>,
    /// Address of the licence of what it adds of its own.
    pub licence: Option<Address>,
    /// The domain and year its ids begin with, for ever: `programme.example,2026`. Made of the public address and the
    /// year of the first start when there is none; then the database holds it.
    pub tag: Option<String>,
}

/// A named period of a programme.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// Its key, which events name.
    pub key: Line,
    /// Its title; its key when there is none.
    pub title: Option<Line>,
    /// Its first day.
    pub starts: Option<Date>,
    /// Its last day.
    pub ends: Option<Date>,
    /// Until when events can be proposed.
    pub deadline: Option<Date>,
}

/// How an aggregator gathers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fetch {
    /// Least time between two polls of one source.
    #[serde(deserialize_with = "duration")]
    pub interval: Duration,
    /// How long a source that sleeps is left alone.
    #[serde(deserialize_with = "duration")]
    pub longest: Duration,
    /// The whole of one fetch.
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
    /// Where publishers can complain: sent with every request.
    pub contact: Option<String>,
    /// A file of certificate authorities (PEM) that are believed beside those of the system, as an intranet has them.
    pub extra_ca: Option<PathBuf>,
    /// Fetch from inside our network too: only for tests and intranets.
    pub allow_private_addresses: bool,
    /// Networks inside ours that may be fetched from.
    pub allowed_networks: Vec<IpNet>,
}

impl Default for Fetch {
    fn default() -> Fetch {
        Fetch {
            interval: Duration::from_mins(15),
            longest: Duration::from_hours(6),
            timeout: Duration::from_secs(30),
            contact: None,
            extra_ca: None,
            allow_private_addresses: false,
            allowed_networks: Vec::new(),
        }
    }
}

/// When so many entries of a complete feed are gone at once that a person is asked before they are withdrawn.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guard {
    /// A feed that had more than this many entries and now has none.
    pub emptied: usize,
    /// More than this many are gone…
    pub gone: usize,
    /// …and more than this part of all, in percent.
    pub percent: usize,
    /// How long after the first look the second one counts.
    #[serde(deserialize_with = "duration")]
    pub confirm_after: Duration,
}

impl Default for Guard {
    fn default() -> Guard {
        Guard { emptied: 3, gone: 5, percent: 20, confirm_after: Duration::from_hours(1) }
    }
}

/// A source to register.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// Address of its feed.
    pub url: Address,
    /// Its stable key; made of the address when there is none.
    pub key: Option<SourceKey>,
    /// Its name.
    pub name: Line,
    /// Its region.
    pub region: Option<Region>,
    /// Its language, where its feed is silent.
    pub language: Option<Language>,
    /// Its zone, for times without one.
    pub time_zone: Option<Zone>,
    /// What kind of publisher it is.
    #[serde(default)]
    pub role: Role,
    /// Whether it is published at once.
    #[serde(default)]
    pub trust: Trust,
    /// Hosts verified to be its own.
    #[serde(default)]
    pub verified_hosts: BTreeSet<String>,
    /// What is found at the address.
    #[serde(default)]
    pub kind: Kind,
    /// Whether the page that an entry links to is read where the feed gives no date.
    #[serde(default)]
    pub reads_pages: bool,
}

impl SourceSettings {
    /// As the aggregator registers it.
    pub fn source(&self) -> Source {
        Source {
            key: self.key.clone().unwrap_or_else(|| SourceKey::of(&self.url)),
            address: self.url.clone(),
            name: self.name.clone(),
            region: self.region.clone(),
            language: self.language.clone(),
            zone: self.time_zone.clone(),
            role: self.role,
            trust: self.trust,
            verified_hosts: self.verified_hosts.clone(),
            kind: self.kind,
            reads_pages: self.reads_pages,
            paused: false,
        }
    }
}

/// A case: what several labs publish, and what the programme makes of it. `essaim demo` runs on one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in a sentence.
    pub why: Line,
    /// The day it is about.
    pub now: Date,
    /// What the aggregator publishes.
    pub programme: Programme,
    /// Its editions.
    #[serde(default)]
    pub edition: Vec<Edition>,
    /// The feeds, which are files beside it.
    pub source: Vec<CaseSource>,
}

/// A source of a case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSource {
    /// Name of the file.
    pub file: String,
    /// Its stable key.
    pub key: SourceKey,
    /// Its name.
    pub name: Line,
    /// Its region.
    pub region: Option<Region>,
    /// Its zone, for times without one.
    pub time_zone: Option<Zone>,
    /// What kind of publisher it is.
    #[serde(default)]
    pub role: Role,
    /// Hosts verified to be its own.
    #[serde(default)]
    pub verified_hosts: BTreeSet<String>,
}

impl CaseSource {
    /// As an aggregator registers it at an address.
    pub fn source(&self, address: Address) -> Source {
        Source {
            key: self.key.clone(),
            address,
            name: self.name.clone(),
            region: self.region.clone(),
            language: None,
            zone: self.time_zone.clone(),
            role: self.role,
            trust: Trust::Auto,
            verified_hosts: self.verified_hosts.clone(),
            kind: Kind::default(),
            reads_pages: false,
            paused: false,
        }
    }
}

fn listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn database() -> String {
    "sqlite:essaim.db".to_owned()
}

fn yes() -> bool {
    true
}

fn french() -> Language {
    // A constant of two letters is a language tag.
    Language::new("fr").unwrap_or_else(|_| unreachable!("fr is a language tag"))
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    let parsed: Option<SignedDuration> = text.parse().ok();
    let positive = parsed.and_then(|d| Duration::try_from(d).ok()).filter(|d| !d.is_zero());
    positive.ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not a duration such as \"15m\" or \"1h\"")))
}

/// What stands outside every section and can be overridden; which of it a role has, its own type knows.
const ROOT: [&str; 7] =
    ["listen", "public_url", "database", "hub", "allow_private_addresses", "allowed_networks", "programme"];

/// What stands in the file, with what the environment overrides.
fn table(path: &Path, environment: impl Iterator<Item = (String, String)>, sections: &[&str]) -> Result<Table, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let parse = |source| Error::Parse { path: path.to_owned(), source: Box::new(source) };
    let mut table: Table = toml::from_str(&text).map_err(parse)?;
    for (variable, value) in environment {
        let Some(name) = variable.strip_prefix("ESSAIM_") else { continue };
        // These are read elsewhere.
        if matches!(name, "LOG" | "LOG_FORMAT") || name == "SOAK" || name.starts_with("TEST_") {
            continue;
        }
        let key = name.to_lowercase();
        // A value that reads as TOML is that; anything else is a string.
        let value = toml::from_str::<Table>(&format!("v = {value}"))
            .ok()
            .and_then(|mut table| table.remove("v"))
            .unwrap_or(Value::String(value));
        let section = sections.iter().find_map(|s| key.strip_prefix(&format!("{s}_")).map(|rest| (*s, rest)));
        match section {
            Some((section, rest)) => {
                let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
                let Some(inner) = inner.as_table_mut() else { return Err(Error::Environment(variable)) };
                inner.insert(rest.to_owned(), value);
            }
            None if ROOT.contains(&key.as_str()) => {
                table.insert(key, value);
            }
            None => return Err(Error::Environment(variable)),
        }
    }
    Ok(table)
}

fn base(address: &Address) -> Result<Address, Error> {
    let text = address.as_str();
    if text.contains(['?', '#']) {
        return Err(Error::Value(format!("public_url = {text:?}: an address without ? and # is needed")));
    }
    let slash = if text.ends_with('/') { "" } else { "/" };
    Address::new(&format!("{text}{slash}")).map_err(|error| Error::Value(format!("public_url = {text:?}: {error}")))
}

/// The configuration of either server, for what is done with both alike.
#[derive(Debug, Clone)]
pub enum Server {
    /// A lab's.
    Node(Box<Node>),
    /// A programme's.
    Aggregator(Box<Aggregator>),
}

impl Server {
    /// Reads a configuration; one with a section `[programme]` is an aggregator's.
    ///
    /// # Errors
    /// [`Error`].
    pub fn read(path: &Path) -> Result<Server, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let parse = |source| Error::Parse { path: path.to_owned(), source: Box::new(source) };
        let table: Table = toml::from_str(&text).map_err(parse)?;
        // A node may name the programme that gathers it: that is an address.
        Ok(if table.get("programme").is_some_and(Value::is_table) {
            Server::Aggregator(Box::new(Aggregator::read(path)?))
        } else {
            Server::Node(Box::new(Node::read(path)?))
        })
    }

    /// Where it keeps what it has.
    pub fn database(&self) -> &str {
        match self {
            Server::Node(config) => &config.database,
            Server::Aggregator(config) => &config.database,
        }
    }
}

impl Node {
    /// Reads a node's configuration.
    ///
    /// # Errors
    /// [`Error`].
    pub fn read(path: &Path) -> Result<Node, Error> {
        let table = table(path, std::env::vars(), &["lab", "theme", "oidc"])?;
        let mut config: Node =
            table.try_into().map_err(|source| Error::Parse { path: path.to_owned(), source: Box::new(source) })?;
        config.public_url = base(&config.public_url)?;
        if let Some(oidc) = &config.oidc {
            oidc.check(config.allow_private_addresses)?;
        }
        Ok(config)
    }

    /// The whole, commented, with these values.
    pub fn print(&self) -> String {
        let mut out = String::from("# A lab's node.\n\n");
        put(&mut out, "where it listens", "listen", &self.listen.to_string());
        put(&mut out, "where readers find it", "public_url", self.public_url.as_str());
        put(&mut out, "sqlite:FILE or postgres://USER@HOST/NAME", "database", &self.database);
        out.push_str("# tell subscribers of changes at once (WebSub)\n");
        let _ = writeln!(out, "hub = {}", self.hub);
        out.push_str("# tell those inside our network too: only for tests and intranets\n");
        networks(&mut out, self.allow_private_addresses, &self.allowed_networks);
        out.push_str("# a programme that gathers this node: what it made of each event, and what else there is on the same days\n");
        let programme = self.programme.as_ref().map(Address::to_string);
        optional(&mut out, "programme", programme.ok_or_else(|| "https://programme.example/".to_owned()));
        Oidc::print(self.oidc.as_ref(), &mut out);
        self.theme.print(&mut out);
        out.push_str("\n# Whose node it is: fills an empty database, which then wins.\n");
        let lab = self.lab.as_ref();
        out.push_str(if lab.is_some() { "[lab]\n" } else { "# [lab]\n" });
        let line = |value: Option<String>, example: &str| value.ok_or_else(|| example.to_owned());
        optional(&mut out, "name", line(lab.map(|l| l.name.to_string()), "Lab Exemple"));
        optional(
            &mut out,
            "title",
            line(lab.and_then(|l| l.title.as_ref().map(Line::to_string)), "Lab Exemple — événements"),
        );
        optional(&mut out, "tag", line(lab.and_then(|l| l.tag.clone()), "lab.example,2026"));
        optional(&mut out, "language", line(lab.map(|l| l.language.to_string()), "fr"));
        optional(
            &mut out,
            "time_zone",
            line(lab.and_then(|l| l.time_zone.as_ref().map(Zone::to_string)), "Europe/Paris"),
        );
        optional(&mut out, "region", line(lab.and_then(|l| l.region.as_ref().map(Region::to_string)), "FR-ARA"));
        optional(
            &mut out,
            "page",
            line(lab.and_then(|l| l.page.as_ref().map(Address::to_string)), "https://lab.example/"),
        );
        optional(
            &mut out,
            "licence",
            line(
                lab.and_then(|l| l.licence.as_ref().map(Address::to_string)),
                "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
            ),
        );
        out
    }
}

impl Default for Node {
    fn default() -> Node {
        Node {
            listen: listen(),
            public_url: example("http://127.0.0.1:8080/"),
            database: database(),
            hub: yes(),
            allow_private_addresses: false,
            allowed_networks: Vec::new(),
            programme: None,
            oidc: None,
            theme: Theme::default(),
            lab: None,
        }
    }
}

impl Theme {
    fn print(&self, out: &mut String) {
        out.push_str("\n# Its look. Colours that cannot be read on what they stand on are refused, with the nearest that can.\n[theme]\n");
        let logo = self.logo.as_ref().map(|path| path.display().to_string());
        out.push_str("# a file: SVG, PNG, JPEG or WebP\n");
        optional(out, "logo", logo.ok_or_else(|| "/etc/essaim/logo.svg".to_owned()));
        out.push_str("# links, and the band at the top\n");
        optional(out, "accent", self.accent.clone().ok_or_else(|| "#0a5d58".to_owned()));
        optional(out, "band", self.band.clone().ok_or_else(|| "#12383a".to_owned()));
    }
}

impl LabSettings {
    /// As the node keeps it. `base` gives the domain of its ids where none is set.
    ///
    /// # Errors
    /// [`Error::Value`] when the tag makes no identifier.
    pub fn lab(&self, base: &Address, year: i16) -> Result<Lab, Error> {
        let host = base.host().split(':').next().unwrap_or_default();
        let tag = self.tag.clone().unwrap_or_else(|| format!("{host},{year}"));
        if !tag.contains(',') || tag.contains([':', ' ']) {
            return Err(Error::Value(format!(
                "lab.tag = {tag:?}: write a domain and a year, as in \"lab.example,2026\""
            )));
        }
        let id = |text: String| Id::new(&text).map_err(|error| Error::Value(format!("lab.tag = {tag:?}: {error}")));
        Ok(Lab {
            name: self.name.clone(),
            title: self.title.clone().unwrap_or_else(|| self.name.clone()),
            tag: id(format!("tag:{tag}:"))?,
            feed_id: id(format!("tag:{tag}:programme"))?,
            language: self.language.clone(),
            zone: self.time_zone.clone(),
            region: self.region.clone(),
            page: self.page.clone(),
            licence: self.licence.clone().map(|href| Licence { href, title: None }),
            rights: None,
        })
    }
}

impl Aggregator {
    /// Reads an aggregator's configuration.
    ///
    /// # Errors
    /// [`Error`].
    pub fn read(path: &Path) -> Result<Aggregator, Error> {
        let table = table(path, std::env::vars(), &["programme", "fetch", "guard", "theme"])?;
        let mut config: Aggregator =
            table.try_into().map_err(|source| Error::Parse { path: path.to_owned(), source: Box::new(source) })?;
        config.public_url = base(&config.public_url)?;
        let mut keys = BTreeSet::new();
        for source in &config.source {
            let key = source.source().key;
            if !keys.insert(key.clone()) {
                return Err(Error::Value(format!(
                    "two [[source]] have the key {key}: give one of them a key of its own"
                )));
            }
        }
        Ok(config)
    }

    /// The whole, commented, with these values.
    pub fn print(&self) -> String {
        let mut out = String::from("# A programme's aggregator.\n\n");
        put(&mut out, "where it listens", "listen", &self.listen.to_string());
        put(&mut out, "where readers find it", "public_url", self.public_url.as_str());
        put(&mut out, "sqlite:FILE or postgres://USER@HOST/NAME", "database", &self.database);
        out.push_str("# tell subscribers of changes at once, and ask the hubs of sources to tell us (WebSub)\n");
        let _ = writeln!(out, "hub = {}", self.hub);
        out.push_str("\n[programme]\n");
        let p = &self.programme;
        let text = |line: &Option<Line>| line.as_ref().map(Line::to_string);
        put(&mut out, "", "title", p.title.as_str());
        optional(&mut out, "subtitle", text(&p.subtitle).ok_or_else(|| "Une phrase de présentation".to_owned()));
        put(&mut out, "", "language", p.language.as_str());
        optional(
            &mut out,
            "time_zone",
            p.time_zone.as_ref().map(Zone::to_string).ok_or_else(|| "Europe/Paris".to_owned()),
        );
        optional(&mut out, "publisher", text(&p.publisher).ok_or_else(|| "Équipe nationale".to_owned()));
        optional(
            &mut out,
            "licence",
            p.licence
                .as_ref()
                .map(Address::to_string)
                .ok_or_else(|| "https://www.etalab.gouv.fr/licence-ouverte-open-licence".to_owned()),
        );
        out.push_str(
            "# domain and year that ids begin with, for ever; taken at the first start, then the database holds it\n",
        );
        optional(&mut out, "tag", p.tag.clone().ok_or_else(|| "programme.example,2026".to_owned()));
        out.push_str("\n[fetch]\n");
        let f = &self.fetch;
        put(&mut out, "least time between two polls of one source", "interval", &format!("{:#}", signed(f.interval)));
        out.push_str(
            "# between the two a source is asked the more often the more it changes and the nearer its next event is\n",
        );
        put(&mut out, "how long a source that sleeps is left alone", "longest", &format!("{:#}", signed(f.longest)));
        put(&mut out, "the whole of one fetch", "timeout", &format!("{:#}", signed(f.timeout)));
        out.push_str("# where publishers can complain; sent with every request\n");
        optional(&mut out, "contact", f.contact.clone().ok_or_else(|| "https://programme.example/contact".to_owned()));
        out.push_str("# certificate authorities (PEM) believed beside those of the system\n");
        let file = f.extra_ca.as_ref().map(|path| path.display().to_string());
        optional(&mut out, "extra_ca", file.ok_or_else(|| "/etc/essaim/intranet.pem".to_owned()));
        out.push_str("# fetch from inside our network too: only for tests and intranets\n");
        networks(&mut out, f.allow_private_addresses, &f.allowed_networks);
        out.push_str(
            "\n# What disappears from a complete feed is withdrawn, but held for a second look and for a person when a feed\n\
             # of more than `emptied` entries has none, or more than `gone` and more than `percent` % are gone at once.\n\
             [guard]\n",
        );
        let g = &self.guard;
        let _ = writeln!(out, "emptied = {}\ngone = {}\npercent = {}", g.emptied, g.gone, g.percent);
        put(&mut out, "how long until the second look", "confirm_after", &format!("{:#}", signed(g.confirm_after)));
        self.theme.print(&mut out);
        for edition in &self.edition {
            out.push_str("\n[[edition]]\n");
            put(&mut out, "", "key", edition.key.as_str());
            optional(&mut out, "title", text(&edition.title).ok_or_else(|| edition.key.to_string()));
            for (key, day) in [("starts", edition.starts), ("ends", edition.ends), ("deadline", edition.deadline)] {
                if let Some(day) = day {
                    put(&mut out, "", key, &day.to_string());
                }
            }
        }
        out.push_str(
            "\n# Sources fill an empty database, which then wins. role: lab, aggregator, other. trust: auto, review.\n",
        );
        let sources: Vec<Source> = self.source.iter().map(SourceSettings::source).collect();
        out.push_str(&print_sources(&sources));
        if self.source.is_empty() {
            out.push_str("# [[source]]\n# url = \"https://lab.example/feed.atom\"\n# name = \"Lab Exemple\"\n# region = \"FR-ARA\"\n");
        }
        out
    }
}

/// Sources as the configuration of an aggregator names them. That one is paused has no word there: it is said in a
/// comment.
pub fn print_sources(sources: &[Source]) -> String {
    let mut out = String::new();
    let code = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    for source in sources {
        if source.paused {
            out.push_str("# paused\n");
        }
        out.push_str("[[source]]\n");
        put(&mut out, "", "url", source.address.as_str());
        put(&mut out, "", "key", source.key.as_str());
        put(&mut out, "", "name", source.name.as_str());
        for (key, value) in [
            ("region", source.region.as_ref().map(Region::to_string)),
            ("language", source.language.as_ref().map(Language::to_string)),
            ("time_zone", source.zone.as_ref().map(Zone::to_string)),
        ] {
            if let Some(value) = value {
                put(&mut out, "", key, &value);
            }
        }
        put(&mut out, "", "role", &code(serde_json::json!(source.role)));
        put(&mut out, "", "trust", &code(serde_json::json!(source.trust)));
        put(&mut out, "", "kind", &code(serde_json::json!(source.kind)));
        let _ = writeln!(out, "reads_pages = {}", source.reads_pages);
        let hosts = source.verified_hosts.iter().cloned().map(Value::String).collect();
        let _ = writeln!(out, "verified_hosts = {}\n", Value::Array(hosts));
    }
    out
}

impl Default for Aggregator {
    fn default() -> Aggregator {
        let title = Line::new("Programme").unwrap_or_else(|_| unreachable!("a word is a line"));
        Aggregator {
            listen: listen(),
            public_url: example("http://127.0.0.1:8080/"),
            database: database(),
            hub: yes(),
            programme: Programme {
                title,
                subtitle: None,
                language: french(),
                time_zone: Zone::new("Europe/Paris").ok(),
                publisher: None,
                licence: None,
                tag: None,
            },
            edition: Vec::new(),
            fetch: Fetch::default(),
            guard: Guard::default(),
            theme: Theme::default(),
            source: Vec::new(),
        }
    }
}

impl Case {
    /// Reads `case.toml` of a folder.
    ///
    /// # Errors
    /// [`Error`].
    pub fn read(folder: &Path) -> Result<Case, Error> {
        let path = folder.join("case.toml");
        let table = table(&path, std::iter::empty(), &[])?;
        table.try_into().map_err(|source| Error::Parse { path, source: Box::new(source) })
    }
}

/// Who inside our network may be asked.
fn networks(out: &mut String, all: bool, some: &[IpNet]) {
    let _ = writeln!(out, "allow_private_addresses = {all}");
    let some: Vec<Value> = some.iter().map(|n| Value::String(n.to_string())).collect();
    out.push_str("# or only these networks, such as \"10.1.0.0/16\"\n");
    let _ = writeln!(out, "allowed_networks = {}", Value::Array(some));
}

fn example(address: &str) -> Address {
    Address::new(address).unwrap_or_else(|_| unreachable!("an address of ours"))
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or_default()
}

fn put(out: &mut String, comment: &str, key: &str, value: &str) {
    if !comment.is_empty() {
        let _ = writeln!(out, "# {comment}");
    }
    let _ = writeln!(out, "{key} = {}", Value::String(value.to_owned()));
}

/// A value that is set, or an example of one in a comment.
fn optional(out: &mut String, key: &str, value: Result<String, String>) {
    let _ = match value {
        Ok(value) => writeln!(out, "{key} = {}", Value::String(value)),
        Err(example) => writeln!(out, "# {key} = {}", Value::String(example)),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn what_is_printed_cannot_be_read_back() {
        let printed = Aggregator::default().print();
        let again = Aggregator::read(file(&printed).path()).unwrap();
        assert_eq!(again.print(), printed);
        let full = "public_url = \"https://p.example/x\"\n[programme]\ntitle = \"T \\\"q\\\"\"\n\
                    [fetch]\ninterval = \"1h\"\nallowed_networks = [\"10.0.0.0/8\"]\nextra_ca = \"ca.pem\"\n\
                    [guard]\ngone = 7\nconfirm_after = \"2h\"\n\
                    [[edition]]\nkey = \"e\"\nstarts = \"2026-11-02\"\n\
                    [[source]]\nurl = \"https://lab.example/f\"\nname = \"L\"\nregion = \"fr-ara\"\n\
                    kind = \"open-agenda\"\nreads_pages = true\n";
        let printed = Aggregator::read(file(full).path()).unwrap().print();
        assert_eq!(Aggregator::read(file(&printed).path()).unwrap().print(), printed);
        assert!(printed.contains("https://p.example/x/") && printed.contains("lab.example/f"), "{printed}");
        assert!(printed.contains("kind = \"open-agenda\"\nreads_pages = true"), "{printed}");
        let printed = Node::default().print();
        assert_eq!(Node::read(file(&printed).path()).unwrap().print(), printed);
        let full = "public_url = \"https://lab.example/\"\n[oidc]\nissuer = \"https://id.example/v2\"\nclient_id = \"c\"\n\
                    client_secret_file = \"s\"\nprofile = \"proconnect\"\nlabel = \"P\"\nnewcomers = \"editor\"\n\
                    siret = [\"13002526500013\"]\n";
        let printed = Node::read(file(full).path()).unwrap().print();
        assert_eq!(Node::read(file(&printed).path()).unwrap().print(), printed);
        assert!(
            printed.contains("\nprofile = \"proconnect\"") && printed.contains("\nnewcomers = \"editor\""),
            "{printed}"
        );
    }

    #[test]
    fn the_environment_overrides_a_value_and_a_misspelt_variable_is_said() {
        let text = "public_url = \"https://p.example/\"\n[programme]\ntitle = \"T\"\n";
        let file = file(text);
        let set = |name: &str, value: &str| {
            let one = [(name.to_owned(), value.to_owned())];
            table(file.path(), one.into_iter(), &["programme", "fetch", "guard"])
        };
        assert_eq!(set("ESSAIM_FETCH_INTERVAL", "1h").unwrap()["fetch"]["interval"].as_str(), Some("1h"));
        assert_eq!(
            set("ESSAIM_FETCH_ALLOW_PRIVATE_ADDRESSES", "true").unwrap()["fetch"]["allow_private_addresses"].as_bool(),
            Some(true)
        );
        assert_eq!(set("ESSAIM_LISTEN", "127.0.0.1:9").unwrap()["listen"].as_str(), Some("127.0.0.1:9"));
        assert!(set("ESSAIM_LISTN", "x").is_err());
        assert!(set("PATH", "x").is_ok());
    }

    #[test]
    fn anybody_on_the_way_can_vouch_for_anybody() {
        let node = |more: &str, issuer: &str, siret: &str| {
            let text = format!(
                "public_url = \"https://lab.example/\"\n{more}[oidc]\nissuer = \"{issuer}\"\nclient_id = \"c\"\n\
                 client_secret_file = \"s\"\nlabel = \"P\"\nsiret = [\"{siret}\"]\n"
            );
            Node::read(file(&text).path())
        };
        let siret = "13002526500013";
        assert!(node("", "https://id.example/v2", siret).is_ok());
        for (issuer, siret) in [
            ("http://id.example/", siret),
            ("id.example", siret),
            ("https://id.example/?x", siret),
            ("https://id.example/", "1"),
        ] {
            assert!(node("", issuer, siret).is_err(), "{issuer} {siret}");
        }
        assert!(node("allow_private_addresses = true\n", "http://127.0.0.1:9/", siret).is_ok());
    }

    #[test]
    fn a_misspelt_key_is_ignored() {
        let wrong = file("public_url = \"https://p.example/\"\nlistn = \"x\"\n");
        let error = Node::read(wrong.path()).unwrap_err().to_string();
        assert!(error.contains("listn"), "{error}");
    }
}
