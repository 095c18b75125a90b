//! What can only be seen of a feed as a whole, and is only said: that it lists long past events, that several entries
//! look like the dates of one event, that it names no licence.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::event::{Event, Licence};
use crate::format::{Hints, Reading};
use crate::programme::{Code, Finding};

/// Days after which an event is long past: a year, and the month in which the next edition is prepared.
const LONG_PAST: i64 = 400;
/// Fewer long past events are an archive's last page, and worth no word.
const MANY: usize = 5;
/// Days between two dates of one series: a month, and a holiday. What comes once a year is another event each time.
const LONGEST_GAP: i64 = 35;
/// Two entries of one title may be two events.
const FEWEST_DATES: usize = 3;

/// Says what is to be said of the feed.
pub fn look(reading: &mut Reading, hints: &Hints) {
    let events = || reading.entries.iter().map(|entry| &entry.event);
    let mut findings = Vec::new();
    let today = jiff::tz::Offset::UTC.to_datetime(hints.seen).date();
    let is_old = |day: Date| today.duration_since(day).as_hours() > LONG_PAST * 24;
    let old = events().filter(|event| event.last_day().is_some_and(is_old)).count();
    if old >= MANY {
        findings.push(Finding::new(Code::OldEntries, None, &old.to_string()));
    }
    // A feed that says it is complete offers itself to be gathered: what others may do with it is part of that.
    let licensed = reading.feed.licence.is_some() || events().any(|event| event.licence.is_some());
    if reading.feed.complete && !licensed && !reading.entries.is_empty() {
        findings.push(Finding::new(Code::LicenceMissing, None, ""));
    }
    if let Some(licence) = &reading.feed.licence {
        // An entry that was taken from elsewhere keeps the licence it had there.
        let own = events().filter(|event| event.origin.is_none() && event.copies.is_empty());
        for event in own {
            if let Some(other) = event.licence.as_ref().filter(|other| !is_same(licence, other)) {
                findings.push(Finding::new(Code::LicenceDisagrees, Some(&event.id), other.href.as_str()));
            }
        }
    }
    for group in series(reading.entries.iter().map(|entry| &entry.event), today) {
        let (first, count) = (group[0], group.len());
        let detail = format!("{} ({count})", first.title);
        findings.push(Finding::new(Code::PerhapsOneSeries, Some(&first.id), &detail));
    }
    reading.findings.append(&mut findings);
}

fn is_same(one: &Licence, other: &Licence) -> bool {
    one.href == other.href || one.href.key() == other.href.key()
}

/// Entries that look like the dates of one event, not all of them past: one title, one place, ids or pages that differ
/// by a number, regular dates. The earliest of each group first.
fn series<'a>(events: impl Iterator<Item = &'a Event>, today: Date) -> Vec<Vec<&'a Event>> {
    let mut groups: BTreeMap<(&str, String), Vec<(Date, &Event)>> = BTreeMap::new();
    for event in events {
        let [slot] = &event.slots[..] else { continue };
        if !event.series.is_empty() {
            continue;
        }
        let page = event.page.as_ref().map_or("", |page| page.as_str());
        for stem in [stem(event.id.as_str()), stem(page)].into_iter().filter(|stem| !stem.is_empty()) {
            groups.entry((event.title.as_str(), stem)).or_default().push((slot.when.first_day(), event));
        }
    }
    let mut found: Vec<Vec<&Event>> = Vec::new();
    for mut group in groups.into_values().filter(|group| group.len() >= FEWEST_DATES) {
        group.sort_by_key(|(day, event)| (*day, &event.id));
        let days: Vec<Date> = group.iter().map(|(day, _)| *day).collect();
        let group: Vec<&Event> = group.into_iter().map(|(_, event)| event).collect();
        let place = |event: &Event| event.places.first().and_then(|place| place.line());
        let one_place = group.iter().all(|event| place(event) == place(group[0]));
        // What is over needs no better listing; and the same entries may be alike by their ids and by their pages.
        if one_place
            && days.last() >= Some(&today)
            && is_regular(&days)
            && !found.iter().any(|known| known[0].id == group[0].id)
        {
            found.push(group);
        }
    }
    found
}

/// What of an id or an address is the same for all dates: all but its numbers.
fn stem(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Whether days come one after the other at one distance, or on one day of the week, or on one day of the month.
fn is_regular(days: &[Date]) -> bool {
    let gaps: Vec<i64> = days.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_hours() / 24).collect();
    let even = gaps.iter().all(|gap| *gap == gaps[0]);
    let weekly = gaps.iter().all(|gap| gap % 7 == 0);
    let monthly = days.iter().all(|day| day.day() == days[0].day());
    gaps.iter().all(|gap| (1..=LONGEST_GAP).contains(gap)) && (even || weekly || monthly)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_that_come_by_chance_are_regular() {
        assert!(is_regular(&[date(2026, 11, 3), date(2026, 11, 10), date(2026, 12, 1)]));
        assert!(is_regular(&[date(2026, 11, 3), date(2026, 12, 3), date(2027, 1, 3)]));
        assert!(is_regular(&[date(2026, 11, 3), date(2026, 11, 5), date(2026, 11, 7)]));
        assert!(!is_regular(&[date(2026, 11, 3), date(2026, 11, 5), date(2026, 11, 10)]));
        assert!(!is_regular(&[date(2026, 11, 3), date(2026, 11, 3), date(2026, 11, 3)]));
        assert!(!is_regular(&[date(2024, 12, 25), date(2025, 12, 25), date(2026, 12, 25)]));
    }
}
