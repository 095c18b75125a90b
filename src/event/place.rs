//! Where an event takes place: on site, as far as it was said, and online, without what only the registered should know.

use serde::{Deserialize, Serialize};

use super::foreign::Foreign;
use super::list::List;
use super::text::{Address, Country, Line};

/// A place, as far as it was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Name of the venue.
    pub name: Option<Line>,
    /// Street and number.
    pub street: Option<Line>,
    /// Postal code.
    pub postcode: Option<Line>,
    /// Town.
    pub locality: Option<Line>,
    /// Country.
    pub country: Option<Country>,
    /// Official areas it lies in, such as an INSEE commune.
    pub areas: List<Area>,
    /// Coordinates.
    pub geo: Option<Geo>,
    /// Beyond the profile.
    pub foreign: Foreign,
}

impl Place {
    /// Nothing was said of it.
    pub fn is_empty(&self) -> bool {
        *self == Place::default()
    }

    /// One line, as one would write it on a poster; `None` when there is nothing to write.
    pub fn line(&self) -> Option<String> {
        let town = match (&self.postcode, &self.locality) {
            (Some(code), Some(town)) => Some(format!("{code} {town}")),
            (Some(one), None) | (None, Some(one)) => Some(one.to_string()),
            (None, None) => None,
        };
        let mut parts: Vec<String> = [&self.name, &self.street].into_iter().flatten().map(Line::to_string).collect();
        parts.extend(town);
        if parts.is_empty() {
            parts.extend(self.areas.iter().find_map(|area| area.label.as_ref()).map(Line::to_string));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The code of the French commune (INSEE) it lies in.
    pub fn commune(&self) -> Option<&Line> {
        self.areas.iter().find(|area| area.scheme.as_str() == Area::COMMUNE).map(|area| &area.code)
    }
}

/// An official area by its code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Area {
    /// Which list the code is of: [`Area::COMMUNE`], `insee-departement`, `nuts`.
    pub scheme: Line,
    /// The code: a string, since INSEE's may hold letters and leading zeros.
    pub code: Line,
    /// Its name.
    pub label: Option<Line>,
}

impl Area {
    /// Communes of the French Code officiel géographique.
    pub const COMMUNE: &'static str = "insee-commune";
}

/// Coordinates in WGS 84, kept as millionths of a degree (11 cm), so that they are equal when they are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(i32, i32)", into = "(i32, i32)")]
pub struct Geo {
    lat: i32,
    lon: i32,
}

impl Geo {
    /// From degrees north and east; `None` outside ±90 and ±180, and for what is not a number.
    pub fn new(lat: f64, lon: f64) -> Option<Geo> {
        let good = lat.is_finite() && lon.is_finite() && lat.abs() <= 90.0 && lon.abs() <= 180.0;
        #[expect(clippy::cast_possible_truncation, reason = "within ±180 million, checked on this line")]
        good.then(|| Geo { lat: (lat * 1e6).round() as i32, lon: (lon * 1e6).round() as i32 })
    }

    /// Degrees north.
    pub fn lat(self) -> f64 {
        f64::from(self.lat) / 1e6
    }

    /// Degrees east.
    pub fn lon(self) -> f64 {
        f64::from(self.lon) / 1e6
    }
}

impl TryFrom<(i32, i32)> for Geo {
    type Error = &'static str;
    fn try_from((lat, lon): (i32, i32)) -> Result<Geo, &'static str> {
        let good = lat.abs() <= 90_000_000 && lon.abs() <= 180_000_000;
        if good { Ok(Geo { lat, lon }) } else { Err("coordinates out of range") }
    }
}

impl From<Geo> for (i32, i32) {
    fn from(geo: Geo) -> (i32, i32) {
        (geo.lat, geo.lon)
    }
}

/// Taking part online. A link meant for the registered cannot be held: there is no field for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Online {
    /// Open to everyone at this address, or for the registered only.
    pub access: OnlineAccess,
    /// The author's word on it.
    pub note: Option<Line>,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

impl Online {
    /// Whether the note tells an address that only the registered should have.
    pub fn tells_private_address(&self) -> bool {
        let host = |word: &str| word.split_once('/').is_some_and(|(host, _)| host.contains('.'));
        let address = |word: &str| word.contains("://") || word.starts_with("www.") || host(word);
        let words = |note: &Line| note.as_str().split_whitespace().any(address);
        self.access == OnlineAccess::Registered && self.note.as_ref().is_some_and(words)
    }

    pub(super) fn keep_private(&mut self) {
        if self.tells_private_address() {
            self.note = None;
        }
    }
}

/// Who may come online.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnlineAccess {
    /// Everyone; the address may not be known yet.
    Public(Option<Address>),
    /// Those who registered: the address is sent to them and never published.
    Registered,
}
