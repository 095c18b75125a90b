//! The pages that entries link to, read where their feed gives no date.
//!
//! Done for the sources of which the national team asked it (`reads_pages`), since it costs the lab a visit an entry.
//! What a page said is kept with a print of what the feed said then, so that an entry that stays as it was is given
//! its date again without a visit. A page is visited again when its entry changes, daily while it gave no date, and
//! weekly while its event is still to come, since a page may move a date of which its feed says nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::poll::{Asker, PAGE};
use super::record;
use crate::event::{Address, Event, Id, Status};
use crate::fetch::{Answer, Request};
use crate::format::{Hints, Level, Reading};
use crate::parse;
use crate::programme::{Code, Finding, PageAnswer, Source};
use crate::store;

/// How many pages of one source are visited in one round. The others wait for the next.
const MOST_VISITS: usize = 10;
/// How long until a page that gave no date is visited again.
const WITHOUT_DATE: SignedDuration = SignedDuration::from_hours(24);
/// How long until a page that gave one is, while its event is still to come.
const WITH_DATE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whether a page is to be visited although its entry is what it was.
fn is_due(answer: &PageAnswer, now: Timestamp) -> bool {
    let Some(asked) = answer.asked else { return true };
    let again = match &answer.found {
        None => WITHOUT_DATE,
        // A day later than its last day is over in every zone.
        Some(event) => match event.last_day().and_then(|day| day.tomorrow().ok()) {
            Some(over) if over >= now.to_zoned(jiff::tz::TimeZone::UTC).date() => WITH_DATE,
            _ => return false,
        },
    };
    now.duration_since(asked) >= again
}

impl Asker {
    /// Whether pages of a source wait to be visited, so that its feed must be read again though it stays the same.
    pub(super) async fn pages_wait(&self, source: &Source) -> Result<bool, store::Error> {
        if !source.reads_pages {
            return Ok(false);
        }
        let answers = self.store.page_answers(&source.key).await?;
        Ok(answers.values().any(|answer| is_due(answer, self.now)))
    }

    /// Gives the entries without a date what their pages say.
    pub(super) async fn fill_from_pages(
        &self,
        source: &Source,
        hints: &Hints,
        reading: &mut Reading,
    ) -> Result<(), store::Error> {
        if !source.reads_pages {
            return Ok(());
        }
        let before = self.store.page_answers(&source.key).await?;
        let mut answers = BTreeMap::new();
        let mut due: Vec<(Option<Timestamp>, Id)> = Vec::new();
        // Who follows the whole profile and gives no date has said that there is none yet.
        let undated = |event: &Event, level| event.slots.is_empty() && event.page.is_some() && level != Level::N2;
        let wanted: BTreeMap<Id, Event> = reading
            .entries
            .iter()
            .filter(|entry| undated(&entry.event, entry.level))
            .map(|entry| (entry.event.id.clone(), entry.event.clone()))
            .collect();
        for (id, event) in &wanted {
            let print = record::print(event);
            let known = before.get(id);
            let mut answer = known.cloned().unwrap_or_default();
            if answer.print != print {
                // It waits for its turn; what it said before holds meanwhile.
                answer = PageAnswer { print, asked: None, ..answer };
            }
            if is_due(&answer, self.now) {
                due.push((answer.asked, id.clone()));
            }
            answers.insert(id.clone(), answer);
        }
        due.sort();
        let mut visited: BTreeMap<Address, Option<Reading>> = BTreeMap::new();
        for (_, id) in due {
            let (Some(event), Some(answer)) = (wanted.get(&id), answers.get_mut(&id)) else { continue };
            let Some(address) = &event.page else { continue };
            if !visited.contains_key(address) {
                if visited.len() == MOST_VISITS {
                    continue;
                }
                visited.insert(address.clone(), self.visit(address, hints).await);
            }
            answer.asked = Some(self.now);
            let hints = Hints { address: Some(address.clone()), ..hints.clone() };
            let page = visited.get(address).cloned().flatten();
            // A page that cannot be had, or says nothing any more, takes no date back.
            if let Some(found) = page.and_then(|page| parse::page::about(page, event, &hints)) {
                answer.found = Some(found);
            }
        }
        let mut dated = BTreeSet::new();
        for entry in &mut reading.entries {
            let Some(answer) = answers.get(&entry.event.id) else { continue };
            let page = entry.event.page.as_ref().map_or("", Address::as_str);
            let filled = answer.found.as_ref().and_then(|found| fill(&entry.event, found));
            if let Some(event) = filled {
                reading.findings.push(Finding::new(Code::DateFromPage, Some(&event.id), page));
                dated.insert(event.id.clone());
                (entry.event, entry.level) = (event, Level::N1);
            } else if answer.asked.is_some() {
                reading.findings.push(Finding::new(Code::PageUnread, Some(&entry.event.id), page));
            }
        }
        reading.findings.retain(|finding| {
            finding.code != Code::NoEventData || !finding.entry.as_ref().is_some_and(|id| dated.contains(id))
        });
        if answers != before && !self.rehearsal {
            self.store.set_page_answers(&source.key, &answers).await?;
        }
        Ok(())
    }

    /// One page and what is read of it; nothing when it cannot be had or describes no event.
    async fn visit(&self, address: &Address, hints: &Hints) -> Option<Reading> {
        let request = Request { address: address.as_str(), accept: Some(PAGE), ..Request::default() };
        let Ok(Answer::Fresh(fresh)) = self.fetcher.get(request, self.now).await else { return None };
        let hints = Hints { address: Address::new(&fresh.address).ok(), by_link: false, ..hints.clone() };
        let (bytes, kind) = (fresh.body, fresh.content_type);
        tokio::task::spawn_blocking(move || parse::read(&bytes, kind.as_deref(), &hints)).await.ok()?.ok()
    }
}

/// An entry with what it left open taken from its page. What the feed itself says is never changed by it.
fn fill(event: &Event, found: &Event) -> Option<Event> {
    let mut parts = event.clone().into_parts();
    let found = found.clone().into_parts();
    parts.slots = found.slots;
    parts.zone = found.zone;
    parts.assumed.extend(found.assumed);
    if parts.status == Status::Scheduled {
        parts.status = found.status;
        parts.previous = found.previous;
    }
    if parts.places.is_empty() {
        parts.places = found.places;
    }
    if parts.online.is_empty() {
        parts.online = found.online;
    }
    if parts.speakers.is_empty() {
        parts.speakers = found.speakers;
    }
    parts.mode = parts.mode.or(found.mode);
    if parts.registration.is_none() {
        parts.registration = found.registration;
    }
    if parts.image.is_none() {
        parts.image = found.image;
    }
    Event::new(parts).ok()
}
