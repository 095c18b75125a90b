//! Who said it, and what we make of it: sources and their entries, what was found wrong, what people ruled, what must
//! be remembered, and the programme that follows from all of these. Plain values; no I/O.

pub mod account;
pub mod correction;
pub mod finding;
pub mod health;
pub mod ledger;
pub mod push;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use correction::{Field, Unusable, Voice};
pub use finding::{Code, Failure, FailureKind, Finding, Severity};
pub use health::{Health, Held, Moved, Tally, Tempo, Vanished};
pub use ledger::{Ledger, Print, Record};

use crate::event::text::{TextError, text_type};
use crate::event::{Address, Event, Id, Language, Line, Region, SlotRef, Zone};

text_type! {
    /// The stable key of a source: it outlives changes of address and of name. Lower-case letters, digits, `.-_:/`.
    SourceKey
}

impl SourceKey {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`TextError::Name`] for other characters, or more than 200 of them.
    pub fn new(text: &str) -> Result<SourceKey, TextError> {
        let good = (1..=200).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_:/".contains(&b));
        if good { Ok(SourceKey(text.into())) } else { Err(TextError::Name) }
    }

    /// The key of a source that was given none: its address without the scheme.
    pub fn of(address: &Address) -> SourceKey {
        let text = address.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let key: String = text
            .chars()
            .map(|c| c.to_ascii_lowercase())
            .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_:/".contains(c) { c } else { '-' })
            .take(200)
            .collect();
        SourceKey(key.trim_end_matches('/').into())
    }
}

text_type! {
    /// The last part of a published page's address: lower-case ASCII letters, digits and dashes, at most 80.
    Slug
}

impl Slug {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`TextError::Name`] for other characters, dashes at the ends, or more than 80 characters.
    pub fn new(text: &str) -> Result<Slug, TextError> {
        let good = (1..=80).contains(&text.len())
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good { Ok(Slug(text.into())) } else { Err(TextError::Name) }
    }

    /// A slug that reads like `title`, or `evenement` when nothing of it is left; `taken` says which are no more to
    /// be had, and the first free number then makes the difference.
    pub fn from_title(title: &str, taken: impl Fn(&Slug) -> bool) -> Slug {
        let mut text = String::new();
        for c in crate::event::text::fold(title).chars() {
            if c.is_ascii_alphanumeric() {
                text.push(c);
            } else if !text.is_empty() && !text.ends_with('-') {
                text.push('-');
            }
        }
        // A cut at a dash leaves whole words; 60 leaves room for a number.
        if text.len() > 60 {
            let cut = text[..60].rfind('-').filter(|at| *at > 20).unwrap_or(60);
            text.truncate(cut);
        }
        let text = text.trim_matches('-');
        let stem = if text.is_empty() { "evenement" } else { text };
        let plain = Slug(stem.into());
        if !taken(&plain) {
            return plain;
        }
        // Numbers are taken in a row and for ever: a thousand of one name must not be tried one by one.
        let numbered = |number: usize| Slug(format!("{stem}-{number}").into());
        let (mut below, mut free) = (1, 2);
        while taken(&numbered(free)) {
            (below, free) = (free, free * 2);
        }
        while free - below > 1 {
            let middle = below.midpoint(free);
            if taken(&numbered(middle)) { below = middle } else { free = middle }
        }
        numbered(free)
    }
}

/// What kind of publisher a source is: who speaks first when several announce one event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A lab that announces its own events.
    #[default]
    Lab,
    /// An aggregator whose word on who announced what is believed.
    Aggregator,
    /// Anyone else: a press office, a portal.
    Other,
}

/// Whether what a source says is published at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Published at once.
    #[default]
    Auto,
    /// Published once the national team has looked.
    Review,
}

/// What is found at a source's address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A feed, of whatever format: one document is all there is.
    #[default]
    Feed,
    /// The JSON export of an agenda of OpenAgenda: page after page.
    OpenAgenda,
}

/// A feed as the aggregator knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its key.
    pub key: SourceKey,
    /// Where it is fetched.
    pub address: Address,
    /// Its name, as the national team registered it.
    pub name: Line,
    /// Its region.
    pub region: Option<Region>,
    /// The language of what it says, where the feed is silent.
    pub language: Option<Language>,
    /// The zone of times it gives without one.
    pub zone: Option<Zone>,
    /// What kind of publisher it is.
    pub role: Role,
    /// Whether it is published at once.
    pub trust: Trust,
    /// Hosts (`host` or `host:port`) whose page and registration addresses identify its events: the team verified
    /// that they are its own.
    pub verified_hosts: BTreeSet<String>,
    /// What is found at its address.
    #[serde(default)]
    pub kind: Kind,
    /// Whether the page that an entry links to is read where the feed gives no date. Asked for by the team, since it
    /// costs the lab a visit an entry.
    #[serde(default)]
    pub reads_pages: bool,
    /// Not polled while true.
    pub paused: bool,
}

impl Source {
    /// A source of which only what must be known is known: a lab, published at once.
    pub fn new(key: SourceKey, address: Address, name: Line) -> Source {
        Source {
            key,
            address,
            name,
            region: None,
            language: None,
            zone: None,
            role: Role::default(),
            trust: Trust::default(),
            verified_hosts: BTreeSet::new(),
            kind: Kind::default(),
            reads_pages: false,
            paused: false,
        }
    }
}

/// An entry by who says it and how they call it. No source can speak of another's entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryKey {
    /// Who.
    pub source: SourceKey,
    /// Its `atom:id` there.
    pub id: Id,
}

impl fmt::Display for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source, self.id)
    }
}

/// What one source says about one event, as we understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who says it and how they call it.
    pub key: EntryKey,
    /// What it means.
    pub event: Arc<Event>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When its meaning was last seen to change.
    pub changed: Timestamp,
    /// Whether its source still lists it.
    pub presence: Presence,
}

/// Whether a source still lists an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// It does.
    Listed,
    /// It does not, and we do not know why: the last good copy stays in the programme.
    Missing(Timestamp),
    /// It was taken back: by a tombstone, or by a complete feed that lists others but not it.
    Withdrawn(Timestamp),
}

impl Presence {
    /// Whether the entry is in the programme, or would be: it was not taken back.
    pub fn stays(self) -> bool {
        !matches!(self, Presence::Withdrawn(_))
    }
}

/// What the page said that an entry links to, where the feed gives no date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAnswer {
    /// SHA-256 of what the feed said then, in hex.
    pub print: String,
    /// When the page was last visited; absent while it waits for its turn.
    pub asked: Option<Timestamp>,
    /// The event on it that is about the entry; absent when it describes none, or none with a date.
    pub found: Option<Event>,
}

/// What a person ruled. Outranks every rule, and is undone as easily as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its key.
    pub id: Uuid,
    /// What was ruled.
    pub ruling: Ruling,
    /// By whom.
    pub by: Line,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: Option<Line>,
    /// When it was taken back, if it was.
    pub undone: Option<Timestamp>,
}

/// The kinds of decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// These two are one event.
    Same(EntryKey, EntryKey),
    /// These two never are.
    Different(EntryKey, EntryKey),
    /// This copy speaks for its event.
    Primary(EntryKey),
    /// The event of this entry is not shown.
    Hidden(EntryKey),
    /// The event of this entry says this, whatever its copies say.
    Corrected {
        /// The entry.
        entry: EntryKey,
        /// Which field.
        field: Field,
        /// What it says, as [`Field::correct`] reads it.
        value: Line,
    },
    /// This entry of a source under review may be shown.
    Released(EntryKey),
    /// What disappeared from this source at once was meant to: it is withdrawn. Holds for that one disappearance, by
    /// when it was first seen ([`Held::since`]), and for none after it.
    Emptied {
        /// Which source.
        source: SourceKey,
        /// Since when.
        since: Timestamp,
    },
}

impl Ruling {
    /// The name, as it is stored, typed and shown.
    pub fn code(&self) -> &'static str {
        match self {
            Ruling::Same(..) => "same",
            Ruling::Different(..) => "different",
            Ruling::Primary(_) => "primary",
            Ruling::Hidden(_) => "hidden",
            Ruling::Corrected { .. } => "corrected",
            Ruling::Released(_) => "released",
            Ruling::Emptied { .. } => "emptied",
        }
    }

    /// The entries it is about.
    pub fn entries(&self) -> Vec<&EntryKey> {
        match self {
            Ruling::Same(a, b) | Ruling::Different(a, b) => vec![a, b],
            Ruling::Primary(key) | Ruling::Hidden(key) | Ruling::Released(key) => vec![key],
            Ruling::Corrected { entry, .. } => vec![entry],
            Ruling::Emptied { .. } => Vec::new(),
        }
    }

    /// Whether it rules what `other` rules, whatever the order of a pair.
    pub fn says(&self, other: &Ruling) -> bool {
        if matches!(self, Ruling::Corrected { .. }) {
            return self == other;
        }
        let mut pairs = [self.entries(), other.entries()];
        pairs.iter_mut().for_each(|pair| pair.sort());
        self == other || (!pairs[0].is_empty() && self.code() == other.code() && pairs[0] == pairs[1])
    }
}

/// An event as a node or an aggregator publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The event: its `id` is the publisher's, its `page` the publisher's.
    pub event: Event,
    /// The last part of its page's address.
    pub slug: Slug,
    /// The calendar UID of each slot, for ever; by slot.
    pub uids: Box<[(SlotRef, Uuid)]>,
    /// Who announced it, the primary first; empty on a node, which speaks for itself.
    pub copies: Vec<Announced>,
    /// What was noticed while joining the copies, for the national team.
    pub doubts: Vec<Doubt>,
    /// Whose word each field is that is not the primary's alone.
    pub voices: BTreeMap<Field, Vec<Voice>>,
}

impl Published {
    /// The calendar UID of a slot; none where the publisher gives none of its own.
    pub fn uid(&self, slot: &SlotRef) -> Option<Uuid> {
        let at = self.uids.binary_search_by(|(name, _)| name.cmp(slot)).ok()?;
        self.uids.get(at).map(|(_, uid)| *uid)
    }
}

/// One copy of a published event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Announced {
    /// Which entry.
    pub key: EntryKey,
    /// The source's registered name.
    pub name: Line,
    /// Its page there.
    pub page: Option<Address>,
    /// Its title there.
    pub title: Line,
    /// Whether it speaks for the event.
    pub primary: bool,
    /// Why it was joined to the primary; `None` for the primary itself.
    pub join: Option<Join>,
}

/// Why two copies were taken for one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Join {
    /// The rule that joined them.
    pub rule: Rule,
    /// How likely they are one event, in thousandths; 1000 for exact evidence.
    pub score: u16,
    /// What was compared, in the order of weight.
    pub evidence: Vec<Weighed>,
}

/// One thing that was compared, with what it weighed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Weighed {
    /// What was compared.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// Its part of the score, in hundredths of log-odds: above 0 it speaks for one event, below against; absent where
    /// the rule asks for no score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<i16>,
}

/// The rules that may join two entries, in their order of authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A person said so.
    Decision,
    /// Each names the other (`evt:with`).
    With,
    /// An approved aggregator says that it took the one from the other.
    Chain,
    /// The same page, on a host that is verified for both.
    Page,
    /// The same registration address, on a host that is verified for both.
    Registration,
    /// One source lists it twice, with the same title, times and places, or in two languages.
    Twice,
    /// They were joined before, on evidence that has since changed.
    Confirmed,
    /// They are alike.
    Likeness,
}

/// One thing that was compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Evidence {
    /// Words of both titles, those that are rare first.
    TitleWords {
        /// The words, folded.
        words: Vec<String>,
        /// How alike the titles are, in thousandths.
        likeness: u16,
    },
    /// Words that only one of the titles has, those that are rare first.
    OtherWords {
        /// Of the primary's.
        here: Vec<String>,
        /// Of the copy's.
        there: Vec<String>,
    },
    /// Their titles have a number in common.
    Number,
    /// Their titles have other numbers.
    OtherNumber,
    /// They share a day.
    SameDay {
        /// The day.
        day: jiff::civil::Date,
    },
    /// They start at the same instant.
    SameStart {
        /// The instant.
        at: Timestamp,
    },
    /// They share a day, but start at other hours.
    OtherHour {
        /// The day.
        day: jiff::civil::Date,
    },
    /// They share no day.
    OtherDay {
        /// How many days lie between the starts.
        days: u16,
    },
    /// One of them is held under that name on other days too: the day decides.
    Recurs,
    /// Neither says a day yet.
    NoDay,
    /// They name an organiser in common.
    Organiser {
        /// Its name as the primary writes it.
        name: Line,
    },
    /// They name a place in common.
    Place {
        /// The place as the primary writes it.
        name: String,
    },
    /// They are held in other towns.
    OtherTown {
        /// The primary's.
        here: String,
        /// The copy's.
        there: String,
    },
    /// Events of that name are held in several towns at that time: the town decides.
    ManyTowns {
        /// In how many others.
        towns: u16,
    },
    /// Both are online.
    BothOnline,
    /// One is online, the other is not.
    OtherMode,
    /// Their texts share rare words.
    Text {
        /// How many of them, in thousandths.
        likeness: u16,
    },
    /// They name a speaker in common.
    Speaker {
        /// Its name as the primary writes it.
        name: Line,
    },
    /// They give the same address.
    Address {
        /// The address.
        address: String,
    },
    /// Each names the other's entry.
    NamesEachOther,
}

/// What the rules could not settle and a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "doubt", rename_all = "kebab-case")]
pub enum Doubt {
    /// A copy says that it is cancelled; the primary does not.
    CancelledByCopy {
        /// The copy.
        entry: EntryKey,
    },
    /// A copy that was joined has since changed so that it no longer agrees.
    Drifted {
        /// The copy.
        entry: EntryKey,
    },
    /// An entry that may be the same event, but not surely.
    Perhaps {
        /// The other entry.
        entry: EntryKey,
        /// How likely they are one event, in thousandths.
        score: u16,
        /// What was compared, in the order of weight.
        evidence: Vec<Weighed>,
    },
}

/// All events of an aggregator, each from its copies, as merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Programme {
    /// By programme id.
    pub events: BTreeMap<Id, Arc<Published>>,
    /// Slugs that lead elsewhere since two events became one.
    pub redirects: BTreeMap<Slug, Slug>,
    /// Events that are no more, and since when.
    pub tombstones: BTreeMap<Id, Timestamp>,
}

/// Who a node speaks for. Kept in its store, so that a lab can change its domain and keep its ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lab {
    /// The lab's name, which signs every entry.
    pub name: Line,
    /// Title of its feed and pages.
    pub title: Line,
    /// What its ids begin with (RFC 4151): `tag:lab.example,2026:`.
    pub tag: Id,
    /// `atom:id` of its feed.
    pub feed_id: Id,
    /// The language it writes.
    pub language: Language,
    /// Its zone.
    pub zone: Option<Zone>,
    /// Its region.
    pub region: Option<Region>,
    /// Its home page.
    pub page: Option<Address>,
    /// The licence of what it publishes.
    pub licence: Option<crate::event::Licence>,
    /// Who holds the rights, in words.
    pub rights: Option<Line>,
}

/// An event as a node keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The event; its `id` is the key.
    pub event: Event,
    /// The last part of its page's address, for ever.
    pub slug: Slug,
    /// How often it was saved; each save is in the history.
    pub version: u32,
    /// Since when it is withdrawn, if it is.
    pub withdrawn: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_that_is_taken_is_given_again_or_skips_numbers() {
        let of =
            |taken: &[&str]| Slug::from_title("Portes ouvertes", |slug| taken.contains(&slug.as_str())).to_string();
        assert_eq!(of(&[]), "portes-ouvertes");
        assert_eq!(of(&["portes-ouvertes"]), "portes-ouvertes-2");
        let numbered: Vec<String> = (2..500).map(|n| format!("portes-ouvertes-{n}")).collect();
        for count in [1, 2, 3, 30, 400] {
            let mut taken: Vec<&str> = numbered[..count].iter().map(String::as_str).collect();
            taken.push("portes-ouvertes");
            assert_eq!(of(&taken), format!("portes-ouvertes-{}", count + 2));
        }
    }
}
