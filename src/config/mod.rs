//! Configuration: plain data, read once, handed down, never global.
//!
//! A TOML file per role; every value outside `[[source]]` and `[[edition]]` can be overridden by the environment (`ESSAIM_LISTEN`,
//! `ESSAIM_FETCH_INTERVAL`…), and `--print-config` writes the whole of it back, commented.

mod aggregator;
mod case;
mod node;
mod oidc;
#[cfg(test)]
mod tests;
mod theme;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use crate::event::{Address, Language};
use crate::fetch::AllowedHost;

pub use aggregator::{Aggregator, Edition, Fetch, Guard, Programme, SourceSettings, print_sources};
pub use case::{Case, CaseSource};
pub use node::{LabSettings, Node};
pub use oidc::{Newcomers, Oidc, OidcProfile};
pub use theme::Theme;

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
const ROOT: [&str; 8] = [
    "listen",
    "public_url",
    "database",
    "hub",
    "allow_private_addresses",
    "allowed_networks",
    "allowed_hosts",
    "programme",
];

/// What stands in the file, with what the environment overrides.
fn table(path: &Path, environment: impl Iterator<Item = (String, String)>, sections: &[&str]) -> Result<Table, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    overridden(&text, path, environment, sections)
}

/// What a text says that stands in this file, with what the environment overrides.
fn overridden(
    text: &str,
    path: &Path,
    environment: impl Iterator<Item = (String, String)>,
    sections: &[&str],
) -> Result<Table, Error> {
    let parse = |source| Error::Parse { path: path.to_owned(), source: Box::new(source) };
    let mut table: Table = toml::from_str(text).map_err(parse)?;
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

/// Who inside our network may be asked.
fn networks(out: &mut String, all: bool, some: &[IpNet], hosts: &[AllowedHost]) {
    let _ = writeln!(out, "allow_private_addresses = {all}");
    let some: Vec<Value> = some.iter().map(|n| Value::String(n.to_string())).collect();
    out.push_str("# or only these networks, such as \"10.1.0.0/16\"\n");
    let _ = writeln!(out, "allowed_networks = {}", Value::Array(some));
    let hosts: Vec<Value> = hosts.iter().map(|h| Value::String(h.to_string())).collect();
    out.push_str("# or only these hosts: \"agenda.intranet.example\", or \".lab.example\" for all names below it\n");
    let _ = writeln!(out, "allowed_hosts = {}", Value::Array(hosts));
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
