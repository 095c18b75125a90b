//! What a programme makes of a lab's events, and what else it lists on the same days: asked of the programme politely,
//! kept for a while, and never in the way of the lab's own work.
//!
//! All that need be known is the programme's address. A desk holds one [`Programme`] for each, and asks
//!
//! - [`Programme::receipts`] for what became of each of the lab's entries, to show beside them by [`Receipts::of`];
//! - [`Programme::around`] for the events of some days, of a region and of none, while one is being drafted.
//!
//! Both answer within the time of one fetch, mostly from memory. What could not be asked is a value, and what was heard
//! before stays beside it: a desk shows both. Everything a programme says is hostile: text to be escaped, addresses to
//! be followed by people only.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use crate::event::{Address, Days, Id, Line, Region};
use crate::fetch::{Answer, Fetcher, Request};
use crate::language::Tongue;
use crate::programme::{Failure, FailureKind};

/// How long an answer is taken as it is.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// How long a programme that could not be asked is left alone.
const PATIENCE: SignedDuration = SignedDuration::from_mins(1);
/// How many questions are remembered.
const MOST_KEPT: usize = 64;
/// The longest answer, in bytes.
const MOST_BYTES: usize = 5 * 1024 * 1024;
/// The most receipts, and the most events of one answer, that are looked at.
const MOST: usize = 5_000;
/// The most pages of events that are asked for at once.
const MOST_PAGES: usize = 3;
/// How long one waits for a programme altogether: somebody is writing meanwhile.
const LONGEST: Duration = Duration::from_secs(8);

/// A programme that gathers this node.
pub struct Programme {
    /// Its home page; ends in `/`.
    address: Address,
    /// Our feed, as it is registered there.
    feed: Address,
    fetcher: Fetcher,
    kept: Mutex<Kept>,
}

/// What is known of a question, and what went wrong last.
#[derive(Debug, Clone)]
pub struct Heard<T> {
    /// The last good answer.
    pub said: Option<Arc<T>>,
    /// When it was given.
    pub at: Option<Timestamp>,
    /// Why there is no newer one.
    pub failure: Option<Failure>,
}

/// What became of a node's entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipts {
    /// The programme's title.
    pub programme: Option<Line>,
    /// The page there on which our feed is shown.
    pub page: Option<Address>,
    /// What was found in the feed as a whole: sentence and mend, in the tongue that was asked for.
    pub findings: Vec<Told>,
    /// By the id of our entry.
    pub entries: BTreeMap<Id, Receipt>,
}

impl Receipts {
    /// The receipt of an event; `None` when the programme has not seen it yet.
    pub fn of(&self, id: &Id) -> Option<&Receipt> {
        self.entries.get(id)
    }
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// In the programme, waiting, or taken back.
    pub state: State,
    /// Why it waits, or is not as it was written, in a sentence.
    pub why: Option<String>,
    /// When the programme first saw it.
    pub seen: Option<Timestamp>,
    /// Its page in the programme.
    pub page: Option<Address>,
    /// Whether it speaks for the event there.
    pub speaks: bool,
    /// Whose entries it was joined with, and by which rule.
    pub joined: Vec<Joined>,
    /// What is to be mended.
    pub findings: Vec<Told>,
}

/// What became of an entry, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is in the programme.
    Accepted,
    /// It is not, yet or on purpose.
    Waiting,
    /// It was taken back.
    Withdrawn,
}

/// Another lab's entry on the same event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The lab.
    pub name: Line,
    /// How it calls the event.
    pub title: Line,
    /// Its page there.
    pub page: Option<Address>,
    /// By which rule, in a sentence.
    pub rule: Option<String>,
}

/// A finding as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What was found, in a sentence.
    pub text: String,
    /// What to do about it.
    pub mend: String,
    /// The words it was found in.
    pub detail: String,
}

/// An event that takes place around the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearby {
    /// Its title.
    pub title: Line,
    /// Its page in the programme.
    pub page: Address,
    /// When its first slot starts: a date, or a date and time with its offset.
    pub starts: Option<String>,
    /// Who organises it.
    pub organisers: Vec<Line>,
    /// The town, or the venue.
    pub place: Option<Line>,
    /// Where it takes place, by its codes; empty for what is national or online.
    pub regions: Vec<Region>,
    /// It is one of ours.
    pub own: bool,
}

/// Answers by their question, the oldest first to go.
#[derive(Default)]
struct Kept {
    answers: BTreeMap<String, Remembered>,
    order: VecDeque<String>,
}

#[derive(Clone, Default)]
struct Remembered {
    value: Option<Arc<Value>>,
    etag: Option<String>,
    at: Option<Timestamp>,
    tried: Option<Timestamp>,
    failure: Option<Failure>,
}

impl Programme {
    /// A programme by its address, as it gathers `feed`. Asks nothing yet.
    pub fn new(address: &Address, feed: Address, fetcher: Fetcher) -> Programme {
        let slash = if address.as_str().ends_with('/') { "" } else { "/" };
        let address = Address::new(&format!("{address}{slash}")).unwrap_or_else(|_| address.clone());
        Programme { address, feed, fetcher, kept: Mutex::default() }
    }

    /// Its home page.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What became of our entries, its sentences in `tongue`.
    pub async fn receipts(&self, tongue: Tongue, now: Timestamp) -> Heard<Receipts> {
        let feed: String = byte_serialize(self.feed.as_str().as_bytes()).collect();
        let question = format!("{}api/v1/receipts?feed={feed}", self.address);
        let answer = self.ask(&question, now).await;
        let said = answer.value.as_deref().map(|value| Arc::new(receipts(value, tongue)));
        Heard { said, at: answer.at, failure: answer.failure }
    }

    /// The events of some days, of a region and of none, by when they take place; ours are marked.
    pub async fn around(&self, days: Days, region: Option<&Region>, now: Timestamp) -> Heard<Vec<Nearby>> {
        let mut question =
            format!("{}api/v1/events?from={}&to={}&per_page=200", self.address, days.first(), days.last());
        let mut nearby = Vec::new();
        let mut heard = Heard { said: None, at: None, failure: None };
        for _ in 0..MOST_PAGES {
            let answer = self.ask(&question, now).await;
            heard.failure = heard.failure.or(answer.failure);
            let Some(value) = answer.value else { return heard };
            heard.at = answer.at;
            nearby.extend(list(&value, "events").filter_map(|event| self.nearby(event)));
            // A next page elsewhere is no page of this programme.
            let next = text(&value, "next").filter(|next| next.starts_with(self.address.as_str()));
            match next {
                Some(next) if nearby.len() < MOST => question = next.to_owned(),
                _ => break,
            }
        }
        nearby.retain(|event| region.is_none_or(|region| event.regions.is_empty() || event.regions.contains(region)));
        heard.said = Some(Arc::new(nearby));
        heard
    }

    fn nearby(&self, event: &Value) -> Option<Nearby> {
        let first = list(event, "slots").next();
        let place = event.get("place").unwrap_or(&Value::Null);
        // Our pages are where our feed is.
        let ours = |copy: &Value| {
            text(copy, "url").and_then(|url| Address::new(url).ok()).is_some_and(|url| url.host() == self.feed.host())
        };
        Some(Nearby {
            title: line(event, "title")?,
            page: address(event, "url")?,
            starts: first.and_then(|slot| text(slot, "start")).map(short),
            organisers: list(event, "organisers").filter_map(|one| line(one, "name")).take(20).collect(),
            place: line(place, "locality").or_else(|| line(place, "name")),
            regions: list(event, "regions").filter_map(|code| Region::new(code.as_str()?).ok()).take(30).collect(),
            own: list(event, "copies").any(ours),
        })
    }

    /// The answer to a question: the one that is kept, or a new one.
    async fn ask(&self, question: &str, now: Timestamp) -> Remembered {
        let known = self.lock().answers.get(question).cloned().unwrap_or_default();
        let age = |at: Option<Timestamp>| at.map(|at| now.duration_since(at));
        let fresh = known.failure.is_none() && age(known.at).is_some_and(|age| age < FRESH);
        let patient = known.failure.is_some() && age(known.tried).is_some_and(|age| age < PATIENCE);
        if fresh || patient {
            return known;
        }
        let request = Request {
            address: question,
            etag: known.etag.as_deref(),
            last_modified: None,
            accept: Some("application/json"),
            most_bytes: Some(MOST_BYTES),
            ..Request::default()
        };
        let answer = tokio::time::timeout(LONGEST, self.fetcher.get(request, now)).await;
        let late = || Failure { kind: FailureKind::Timeout, detail: String::new(), retry_after: None };
        let mut next = Remembered { tried: Some(now), failure: None, ..known.clone() };
        match answer.unwrap_or_else(|_| Err(late())) {
            Ok(Answer::Unchanged { .. }) => next.at = Some(now),
            Ok(Answer::Fresh(fresh)) => match serde_json::from_slice::<Value>(&fresh.body) {
                Ok(value) if value.is_object() => {
                    next.value = Some(Arc::new(value));
                    next.etag = fresh.headers.etag;
                    next.at = Some(now);
                }
                // A page, or the answer of something that is no programme.
                _ => {
                    let detail = fresh.content_type.unwrap_or_default();
                    next.failure =
                        Some(Failure { kind: FailureKind::NotAFeed, detail: short(&detail), retry_after: None });
                }
            },
            Err(failure) => next.failure = Some(failure),
        }
        self.remember(question, next.clone());
        next
    }

    fn remember(&self, question: &str, answer: Remembered) {
        let mut kept = self.lock();
        if kept.answers.insert(question.to_owned(), answer).is_none() {
            kept.order.push_back(question.to_owned());
        }
        while kept.order.len() > MOST_KEPT {
            if let Some(oldest) = kept.order.pop_front() {
                kept.answers.remove(&oldest);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        // What is kept is whole after each line: a panic elsewhere does not spoil it.
        self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn receipts(value: &Value, tongue: Tongue) -> Receipts {
    let nothing = Value::Null;
    let part = |name: &str| value.get(name).unwrap_or(&nothing);
    let entries =
        list(value, "receipts").filter_map(|one| Some((Id::new(text(one, "id")?).ok()?, receipt(one, tongue))));
    Receipts {
        programme: line(part("programme"), "title"),
        page: address(part("source"), "page"),
        findings: told(part("feed"), tongue),
        entries: entries.collect(),
    }
}

fn receipt(one: &Value, tongue: Tongue) -> Receipt {
    let joined = list(one, "joined").filter_map(|other| {
        Some(Joined {
            name: line(other, "name")?,
            title: line(other, "title")?,
            page: address(other, "url"),
            rule: sentence(other, "text", tongue),
        })
    });
    Receipt {
        state: match text(one, "state") {
            Some("accepted") => State::Accepted,
            Some("withdrawn") => State::Withdrawn,
            // A word of a later version means at least that it is not there.
            _ => State::Waiting,
        },
        why: sentence(one, "text", tongue),
        seen: text(one, "first_seen").and_then(|at| at.parse().ok()),
        page: one.get("event").and_then(|event| address(event, "url")),
        speaks: one.get("speaks").and_then(Value::as_bool).unwrap_or(false),
        joined: joined.take(100).collect(),
        findings: told(one, tongue),
    }
}

fn told(value: &Value, tongue: Tongue) -> Vec<Told> {
    let findings = list(value, "findings").filter_map(|one| {
        let text = sentence(one, "text", tongue)?;
        let detail = self::text(one, "detail").map(short).unwrap_or_default();
        Some(Told { text, mend: sentence(one, "mend", tongue).unwrap_or_default(), detail })
    });
    findings.take(200).collect()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten().take(MOST)
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn line(value: &Value, name: &str) -> Option<Line> {
    Line::new(text(value, name)?).ok()
}

fn address(value: &Value, name: &str) -> Option<Address> {
    Address::new(text(value, name)?).ok()
}

fn sentence(value: &Value, name: &str, tongue: Tongue) -> Option<String> {
    text(value.get(name)?, tongue.code()).map(short)
}

fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}
