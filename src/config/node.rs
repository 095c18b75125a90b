//! What a lab's server is told: where it listens, its look, and whose it is.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use ipnet::IpNet;
use serde::Deserialize;
use toml::Table;

use super::{
    Error, Oidc, Theme, base, database, example, french, listen, networks, optional, overridden, put, table, yes,
};
use crate::event::{Address, Id, Language, Licence, Line, Region, Zone};
use crate::fetch::AllowedHost;
use crate::programme::Lab;

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
    /// Hosts inside our network at which subscribers may be: `agenda.intranet.example`, or `.lab.example` for all below.
    #[serde(default)]
    pub allowed_hosts: Vec<AllowedHost>,
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

/// What can be said in a section.
const SECTIONS: [&str; 3] = ["lab", "theme", "oidc"];
/// Where a node is found of which nobody said where.
const HERE: &str = "http://127.0.0.1:8080/";

impl Node {
    /// The file that is read where none is named.
    pub const FILE: &str = "node.toml";

    /// Reads a node's configuration.
    ///
    /// # Errors
    /// [`Error`].
    pub fn read(path: &Path) -> Result<Node, Error> {
        Node::from_table(table(path, std::env::vars(), &SECTIONS)?, path)
    }

    /// A node of which no file says anything: on this machine alone, unless the environment says otherwise.
    ///
    /// # Errors
    /// [`Error`].
    pub fn without_file() -> Result<Node, Error> {
        let path = Path::new(Node::FILE);
        let text = format!("public_url = \"{HERE}\"\n");
        Node::from_table(overridden(&text, path, std::env::vars(), &SECTIONS)?, path)
    }

    fn from_table(table: Table, path: &Path) -> Result<Node, Error> {
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
        networks(&mut out, self.allow_private_addresses, &self.allowed_networks, &self.allowed_hosts);
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
            public_url: example(HERE),
            database: database(),
            hub: yes(),
            allow_private_addresses: false,
            allowed_networks: Vec::new(),
            allowed_hosts: Vec::new(),
            programme: None,
            oidc: None,
            theme: Theme::default(),
            lab: None,
        }
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
