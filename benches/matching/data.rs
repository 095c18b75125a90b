//! Labelled lists of real events, as entries of feeds. Their form is in docs/matching.md.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use essaim::aggregator::reconcile::likeness;
use essaim::aggregator::reconcile::{Identity, Known};
use essaim::event::*;
use essaim::programme::*;
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Record {
    rid: String,
    source: Option<String>,
    group: Option<String>,
    first_listed: Option<String>,
    title: String,
    start: String,
    end: Option<String>,
    city: Option<String>,
    country: Option<String>,
    place_raw: Option<String>,
    online: Option<bool>,
    lang: Option<String>,
    desc: Option<String>,
}

/// What a person found out about a pair.
pub struct Label {
    /// Whether they are one event; `None` where nobody could tell.
    pub same: Option<bool>,
    /// Not the same title and start, nor lists that copy from each other.
    pub hard: bool,
}

/// A set of lists with its truth.
pub struct Set {
    pub name: &'static str,
    pub known: Vec<Known>,
    pub entries: Vec<Entry>,
    pub days: HashMap<String, i32>,
    /// What each says, in a line.
    pub said: HashMap<String, String>,
    pub keys: HashMap<String, EntryKey>,
    pub labels: HashMap<(String, String), Label>,
    /// The entries that are truly the same event as one.
    pub same: HashMap<String, HashSet<String>>,
}

pub fn pair(a: &str, b: &str) -> (String, String) {
    if a < b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}

pub fn identity() -> Identity {
    Identity {
        tag: Id::new("tag:programme.example,2026:").unwrap(),
        feed_id: Id::new("tag:programme.example,2026:programme").unwrap(),
        base: Address::new("https://programme.example/").unwrap(),
    }
}

pub fn source(name: &str) -> Known {
    let key: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let address = Address::new(&format!("https://{key}.example/feed.atom")).unwrap();
    let source = Source::new(SourceKey::new(&key).unwrap(), address, Line::new(name).unwrap());
    Known { source: Source { role: Role::Other, ..source }, feed_id: None, feed_title: None }
}

/// Titles of a set, for counting words.
pub fn titles(folder: &Path) -> Vec<String> {
    records(folder).into_iter().map(|record| record.title).collect()
}

fn records(folder: &Path) -> Vec<Record> {
    let path = folder.join("records.jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a record a line")).collect()
}

pub fn read(folder: &Path, name: &'static str) -> Set {
    let mut set = Set {
        name,
        known: Vec::new(),
        entries: Vec::new(),
        days: HashMap::new(),
        said: HashMap::new(),
        keys: HashMap::new(),
        labels: labels(folder),
        same: HashMap::new(),
    };
    for ((a, b), label) in &set.labels {
        if label.same == Some(true) {
            set.same.entry(a.clone()).or_default().insert(b.clone());
            set.same.entry(b.clone()).or_default().insert(a.clone());
        }
    }
    let mut sources = BTreeMap::new();
    for record in records(folder) {
        let list = record.source.clone().or(record.first_listed.clone()).expect("who lists it");
        let known = sources.entry(list.clone()).or_insert_with(|| source(&list));
        let (start, end) =
            (record.start.parse().unwrap(), record.end.as_deref().unwrap_or(&record.start).parse().unwrap());
        let since: jiff::civil::Date = start;
        set.days.insert(record.rid.clone(), jiff::civil::date(1970, 1, 1).until(since).unwrap().get_days());
        let entry = entry(&known.source.key, &record, Days::new(start, std::cmp::max(start, end)).unwrap());
        let place = entry.event.places.first();
        let place = place.map(|p| format!("{:?} {:?}", p.locality, p.country)).unwrap_or_default();
        let mode = entry.event.mode;
        let said = format!("{} ({start} – {end}; {place} {mode:?}; {list})", record.title);
        set.said.insert(record.rid.clone(), said.replace("Some(", "").replace(['"', ')'], ""));
        set.keys.insert(record.rid.clone(), entry.key.clone());
        set.entries.push(entry);
    }
    set.known = sources.into_values().collect();
    set
}

fn entry(source: &SourceKey, record: &Record, days: Days) -> Entry {
    let id = Id::new(&record.rid).unwrap();
    let mut parts = Parts::new(id.clone(), Line::new(&record.title).unwrap(), Timestamp::UNIX_EPOCH);
    parts.slots = vec![Slot::new(Name::new("c1").unwrap(), When::Day { days, duration: None })].into();
    parts.language = record.lang.as_deref().map_or_else(|| Language::new("en").ok(), |lang| Language::new(lang).ok());
    parts.organisers = record
        .group
        .iter()
        .filter_map(|group| Some(Organiser { name: Line::new(group).ok()?, page: None, role: None }))
        .collect();
    parts.summary = record.desc.as_deref().and_then(|text| Line::new(text).ok());
    let (town, country, online) = match &record.group {
        Some(_) => free(record.place_raw.as_deref().unwrap_or_default()),
        None => (record.city.clone(), record.country.clone(), record.online),
    };
    let town = town.filter(|town| likeness::country(town).is_none() && likeness::plain(town) != "online");
    let place = Place {
        locality: town.and_then(|town| Line::new(town.split(',').next().unwrap_or_default()).ok()),
        country: country.and_then(|name| {
            let code = likeness::country(&name).map(str::to_owned);
            let own = record.group.is_some() && name.len() == 2;
            Country::new(&code.or(own.then_some(name.to_uppercase()))?).ok()
        }),
        ..Place::default()
    };
    if !place.is_empty() {
        parts.places = vec![place].into();
    }
    parts.mode = online.map(|online| if online { Mode::Online } else { Mode::Offline });
    Entry {
        key: EntryKey { source: source.clone(), id },
        event: Arc::new(Event::new(parts).unwrap()),
        first_seen: Timestamp::UNIX_EPOCH,
        changed: Timestamp::UNIX_EPOCH,
        presence: Presence::Listed,
    }
}

/// `Virtual (Stuttgart, DE)`, `Hybrid - Vancouver, BC, CA`: town, country, online.
fn free(place: &str) -> (Option<String>, Option<String>, Option<bool>) {
    let low = place.to_lowercase();
    let hybrid = low.contains("hybrid") || low.contains('+');
    let mut rest = place.to_owned();
    for word in ["Virtual", "Hybrid", "In person", "In-person"] {
        rest = rest.replace(word, "");
    }
    let parts: Vec<&str> =
        rest.split([',', '(', ')', '/', '+', '-']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let country = (parts.len() > 1).then(|| parts.last().map(|part| (*part).to_owned())).flatten();
    let online = (!hybrid).then(|| low.contains("virtual") || low.contains("online"));
    (parts.first().map(|part| (*part).to_owned()), country, online)
}

fn labels(folder: &Path) -> HashMap<(String, String), Label> {
    let text = std::fs::read_to_string(folder.join("pairs.tsv")).expect("pairs.tsv");
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().expect("a header");
    let column = |name: &str| head.iter().position(|column| *column == name);
    let [a, b, label] = ["rid_a", "rid_b", "label"].map(|name| column(name).expect("a column"));
    let (kind, flags, scope) = (column("kind"), column("flags"), column("scope"));
    lines
        .map(|fields| {
            let of = |at: Option<usize>| at.and_then(|at| fields.get(at)).copied().unwrap_or_default();
            // What was moved cannot be told from another edition; what one list has twice is no matter of matching.
            let aside = of(kind) == "moved" || of(scope) == "within";
            let same = if aside {
                None
            } else {
                [Some(false), Some(true)].into_iter().nth(fields[label].parse().unwrap_or(9)).flatten()
            };
            let flags: BTreeSet<&str> = of(flags).split(',').collect();
            let easy = of(kind) == "same_title_same_start" && !flags.contains("city_differs");
            (pair(fields[a], fields[b]), Label { same, hard: !easy && !flags.contains("kin") })
        })
        .collect()
}
