//! What a programme's server is told: what it publishes, how it gathers, and from whom.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Value;

use super::{
    Error, Theme, base, database, duration, example, french, listen, networks, optional, put, signed, table, yes,
};
use crate::event::{Address, Language, Line, Region, Zone};
use crate::fetch::AllowedHost;
use crate::programme::{Kind, Role, Source, SourceKey, Trust};

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
    /// Hosts inside our network that may be fetched from: `agenda.intranet.example`, or `.lab.example` for all below.
    pub allowed_hosts: Vec<AllowedHost>,
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
            allowed_hosts: Vec::new(),
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
        networks(&mut out, f.allow_private_addresses, &f.allowed_networks, &f.allowed_hosts);
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
