//! The entries of one document: what can only be seen in all of them together.
//!
//! Whether publication dates are the starts of the events, which ids several entries share, which entry is one that a
//! program writes when it has none.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::finish::{self, Notes};
use super::{Clock, Draft, Session};
use crate::event::text::fold;
use crate::event::{Address, Event, Id, Parts, When};
use crate::format::{FeedFacts, Hints, ReadEntry, Reading};
use crate::programme::{Code, Finding};

/// Fewest entries from whose publication dates anything can be told.
const FEWEST_FOR_STARTS: usize = 3;
/// More entries than this of a hundred under ids that others have, and ids of this source are of no use.
const MOST_SHARED: usize = 30;
/// Fewer than this may be one mistake, however few entries there are.
const FEWEST_SHARED: usize = 3;

/// The entries of one document, as they are read.
#[derive(Debug)]
pub struct Gathering<'a> {
    hints: &'a Hints,
    reading: Reading,
    items: Vec<Item>,
    dates_are_starts: bool,
}

/// An entry before and after it was understood.
#[derive(Debug)]
enum Item {
    Draft(Box<Draft>),
    Entry(Box<ReadEntry>),
}

/// An entry that was understood, with what was found in it.
struct Done {
    entry: ReadEntry,
    findings: Vec<Finding>,
}

impl<'a> Gathering<'a> {
    /// Begins with what the document says of itself.
    pub fn new(feed: FeedFacts, hints: &'a Hints) -> Gathering<'a> {
        Gathering::from_reading(Reading { feed, ..Reading::default() }, hints)
    }

    /// Begins with what was read of a document already.
    pub fn from_reading(mut reading: Reading, hints: &'a Hints) -> Gathering<'a> {
        let entries = std::mem::take(&mut reading.entries);
        let items = entries.into_iter().map(|entry| Item::Entry(Box::new(entry))).collect();
        Gathering { hints, reading, items, dates_are_starts: false }
    }

    /// A finding on the document or on an entry that is not taken up.
    pub fn find(&mut self, code: Code, entry: Option<&Id>, detail: &str) {
        self.reading.findings.push(Finding::new(code, entry, detail));
    }

    /// The program that made the document is known to date its entries by the starts of their events.
    pub fn dates_are_starts(&mut self) {
        self.dates_are_starts = true;
    }

    /// An entry that is not for the public: if it was published, it is no more.
    pub fn withdraw(&mut self, id: Id) {
        self.reading.tombstones.push((id, None));
    }

    /// Takes an entry up.
    pub fn add(&mut self, draft: Draft) {
        self.items.push(Item::Draft(Box::new(draft)));
    }

    /// What a draft says in loose words, understood at once, so that a dialect that has the profile's own terms can add
    /// to it; `None`, with a finding, where it cannot be an entry.
    pub fn begin(&mut self, draft: &Draft) -> Option<Parts> {
        let mut notes = Notes::default();
        let begun = finish::begin(draft, false, self.hints, &self.reading.feed, &mut notes);
        self.reading.findings.append(&mut notes.findings);
        begun
    }

    /// An entry that was read as far as its format goes becomes a draft again, to which other vocabularies may add.
    pub fn loosen(&mut self, at: usize, change: impl FnOnce(&mut Draft)) {
        let Some(item) = self.items.get_mut(at) else { return };
        if let Item::Entry(entry) = item {
            let said = Some(Box::new(entry.event.clone().into_parts()));
            let mut draft = Draft { said, raw: std::mem::take(&mut entry.raw), ..Draft::default() };
            change(&mut draft);
            *item = Item::Draft(Box::new(draft));
        }
    }

    /// Whether none of several entries says when it was published or changed: pages, schedules and many calendars have no
    /// place for it.
    fn says_no_date_of_its_own(&self) -> bool {
        let silent = |item: &Item| match item {
            Item::Draft(draft) => {
                draft.said.is_none() && draft.dated.is_none() && draft.published.is_none() && draft.updated.is_none()
            }
            Item::Entry(_) => false,
        };
        self.items.len() > 1 && self.items.iter().all(silent)
    }

    /// All that was read.
    pub fn done(mut self) -> Reading {
        self.leave_placeholder_out();
        let starts = self.are_dates_starts();
        if starts {
            self.read_dates_as_starts();
        }
        let undated = self.says_no_date_of_its_own();
        // That those dates are none of publication, or that there are none, is said once, for the whole document.
        let counts = |finding: &Finding| !(starts || undated) || finding.code != Code::BadUpdated;
        if undated && !starts {
            let told = self.drafts().find_map(|draft| draft.undated.clone()).unwrap_or_default();
            self.find(Code::BadUpdated, None, &told);
        }
        self.reading.findings.retain(|finding| finding.entry.is_none() || counts(finding));
        let pages = self.shared_pages();
        let mut done = Vec::with_capacity(self.items.len());
        for item in std::mem::take(&mut self.items) {
            match item {
                Item::Entry(entry) => done.push(Done { entry: *entry, findings: Vec::new() }),
                Item::Draft(draft) if draft.without_dates => self.leave_out(&draft),
                Item::Draft(mut draft) => {
                    let raw = std::mem::take(&mut draft.raw);
                    let page = draft.page.as_deref().unwrap_or_default().trim();
                    let shared = page.is_empty() || pages.contains(page);
                    let mut notes = Notes::default();
                    let finished = finish::finish(*draft, shared, self.hints, &self.reading.feed, &mut notes);
                    notes.findings.retain(counts);
                    match finished {
                        Some((event, level)) => {
                            done.push(Done { entry: ReadEntry { event, level, raw }, findings: notes.findings });
                        }
                        None => self.reading.findings.append(&mut notes.findings),
                    }
                }
            }
        }
        self.tell_apart(done);
        self.reading
    }

    /// An event of which all dates were taken out one by one, or went on to another entry.
    fn leave_out(&mut self, draft: &Draft) {
        let said = draft.said.as_ref();
        let id = said.map(|parts| parts.id.clone()).or_else(|| Id::new(draft.id.as_deref()?).ok());
        let title = said.map_or(draft.title.trim(), |parts| parts.title.as_str());
        self.find(Code::PlaceholderEntry, id.as_ref(), title);
        id.into_iter().for_each(|id| self.withdraw(id));
    }

    fn drafts(&mut self) -> impl Iterator<Item = &mut Draft> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Draft(draft) => Some(&mut **draft),
            Item::Entry(_) => None,
        })
    }

    /// Some programs list one entry that says that there are none (YesWiki).
    fn leave_placeholder_out(&mut self) {
        const SAYINGS: [&str; 3] = ["pas de fiche", "aucune fiche", "no entries found"];
        let [Item::Draft(only)] = self.items.as_slice() else { return };
        let title = fold(&finish::plain(&only.title).map(String::from).unwrap_or_default());
        if only.sessions.is_empty() && SAYINGS.iter().any(|saying| title.starts_with(saying)) {
            self.find(Code::PlaceholderEntry, None, &title);
            self.items.clear();
        }
    }

    /// Publication dates that lie in the future are no publication dates, if most are so.
    fn are_dates_starts(&mut self) -> bool {
        let latest = tomorrow(self.hints);
        let (mut dated, mut ahead) = (0, 0);
        for draft in self.drafts().filter(|draft| draft.sessions.is_empty() && draft.unreadable.is_none()) {
            if let Some(at) = draft.dated.as_ref().and_then(Clock::instant) {
                dated += 1;
                ahead += usize::from(at > latest);
            }
        }
        self.dates_are_starts || (dated >= FEWEST_FOR_STARTS && ahead * 2 > dated)
    }

    fn read_dates_as_starts(&mut self) {
        let seen = self.hints.seen;
        let mut told = None;
        for draft in self.drafts().filter(|draft| draft.sessions.is_empty() && draft.unreadable.is_none()) {
            let Some(start) = draft.dated.take() else { continue };
            told = told.or_else(|| start.instant());
            (draft.published, draft.updated) = (None, None);
            if let Some(parts) = &mut draft.said {
                (parts.published, parts.updated) = (None, seen);
            }
            draft.sessions.push(match start {
                // Midnight is how such a program says that the hour does not matter.
                Clock::Offset(moment) if moment.wall().time() == jiff::civil::Time::midnight() => {
                    Session { whole_days: true, ..Session::new(Clock::Day(moment.wall().date()), None) }
                }
                start => Session::new(start, None),
            });
        }
        let told = told.map(|at| at.to_string()).unwrap_or_default();
        self.find(Code::PublishedIsStart, None, &told);
    }

    /// Links that several entries have, or that lead to the home page: they tell no entry from another.
    fn shared_pages(&mut self) -> HashSet<String> {
        let mut seen = HashSet::new();
        let mut shared: HashSet<String> = self.reading.feed.page.iter().map(|page| page.as_str().to_owned()).collect();
        for draft in self.drafts() {
            if let Some(page) = draft.page.as_deref().map(str::trim)
                && !seen.insert(page.to_owned())
            {
                shared.insert(page.to_owned());
            }
        }
        shared
    }

    /// Gives every entry an id of its own: those that share one are known by their links too, or by their first slots.
    /// Where many share, ids are of no use, and all entries of the source are known by their links, for good.
    fn tell_apart(&mut self, mut done: Vec<Done>) {
        drop_repeated(&mut done);
        let all = done.len();
        let shared = all - done.iter().map(|done| &done.entry.event.id).collect::<HashSet<_>>().len();
        let useless = shared >= FEWEST_SHARED && shared * 100 > all * MOST_SHARED;
        let by_link = self.hints.by_link || useless;
        if by_link {
            self.reading.feed.by_link = true;
            for done in &mut done {
                let page = done.entry.event.page.as_ref().and_then(|page| Id::new(page.as_str()).ok());
                if let Some(id) = page {
                    rename(done, id);
                }
            }
            if shared > 0 {
                self.find(Code::IdShared, None, &format!("{shared}/{all}"));
            }
        }
        if by_link || shared > 0 {
            split(&mut done, page_of, !by_link);
            split(&mut done, first_slot, !by_link);
        }
        let mut taken = HashSet::new();
        for Done { entry, mut findings } in done {
            self.reading.findings.append(&mut findings);
            if taken.insert(entry.event.id.clone()) {
                self.reading.entries.push(entry);
            } else {
                self.find(Code::IdTwice, Some(&entry.event.id), entry.event.title.as_str());
            }
        }
    }
}

/// Leaves out what is said twice in the same words.
fn drop_repeated(done: &mut Vec<Done>) {
    let mut ids: HashMap<&Id, usize> = HashMap::new();
    done.iter().for_each(|done| *ids.entry(&done.entry.event.id).or_default() += 1);
    let mut said: HashSet<&Event> = HashSet::new();
    // Only those that share an id can be equal: the others need not be compared.
    let keep: Vec<bool> =
        done.iter().map(|done| ids[&done.entry.event.id] == 1 || said.insert(&done.entry.event)).collect();
    let mut keep = keep.into_iter();
    done.retain(|_| keep.next().unwrap_or(true));
}

fn page_of(event: &Event) -> Option<String> {
    event.page.as_ref().map(|page| Address::as_str(page).to_owned())
}

fn first_slot(event: &Event) -> Option<String> {
    event.slots.first().map(|slot| match slot.when {
        When::Timed(hours) => hours.start().instant().to_string(),
        _ => slot.when.first_day().to_string(),
    })
}

/// Adds a key to the ids that several entries share, where it tells them all apart.
fn split(done: &mut [Done], key: fn(&Event) -> Option<String>, say: bool) {
    let mut groups: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
    for (at, done) in done.iter().enumerate() {
        groups.entry(done.entry.event.id.clone()).or_default().push(at);
    }
    for (id, members) in groups.into_iter().filter(|(_, members)| members.len() > 1) {
        let keys: HashMap<usize, String> =
            members.iter().filter_map(|at| Some((*at, key(&done[*at].entry.event)?))).collect();
        if keys.values().collect::<HashSet<_>>().len() < members.len() {
            continue;
        }
        for (at, key) in keys {
            let Ok(own) = Id::new(&format!("{id}#{key}")) else { continue };
            if say {
                done[at].findings.push(Finding::new(Code::IdShared, Some(&id), &key));
            }
            rename(&mut done[at], own);
        }
    }
}

/// Gives an entry another id, and its findings with it.
fn rename(done: &mut Done, id: Id) {
    let mut parts = done.entry.event.clone().into_parts();
    done.findings.iter_mut().for_each(|finding| finding.entry = Some(id.clone()));
    parts.id = id;
    // Its parts agreed before, and an id contradicts none of them.
    if let Ok(event) = Event::new(parts) {
        done.entry.event = event;
    }
}

/// A clock that is a little ahead is no lie; a day ahead is an event's date in the wrong element.
pub(super) fn tomorrow(hints: &Hints) -> Timestamp {
    hints.seen.checked_add(SignedDuration::from_hours(24)).unwrap_or(hints.seen)
}
