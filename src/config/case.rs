//! A case: feeds beside what they must become.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;

use super::{Edition, Error, Programme, table};
use crate::event::{Address, Line, Region, Zone};
use crate::programme::{Kind, Role, Source, SourceKey, Trust};

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
