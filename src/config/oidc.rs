//! Where a node's people have an identity already.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Value;

use super::{Error, optional};
use crate::event::{Address, Line};

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
    pub(super) fn check(&self, inside: bool) -> Result<(), Error> {
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

    pub(super) fn print(oidc: Option<&Oidc>, out: &mut String) {
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
