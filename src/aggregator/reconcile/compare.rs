//! Two entries side by side: never the same, surely the same, perhaps, or nothing to do with each other; and why.
//!
//! Pure, symmetric and blind to all other entries, so that a pair is judged alike whenever and wherever it is met. The
//! bars and weights are first values, set by hand on real announcements of one event by several labs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Claim;
use super::titles::Title;
use crate::event::text::fold;
use crate::event::{Event, Mode, Place, Status};
use crate::programme::{Entry, Evidence, Join, Role, Rule, Source};

/// From this score two entries are one event (thousandths).
const SURE: u16 = 600;
/// From this score a person is asked.
const PERHAPS: u16 = 420;
/// Below this likeness of titles nothing else can make two entries one event.
const LEAST_TITLE: u16 = 420;
/// Two events without a day have nothing but their titles and names: these must be closer.
const LEAST_TITLE_WITHOUT_DAY: u16 = 600;
/// What speaks for one event beside the title.
const SHARED_ORGANISER: i32 = 150;
const SHARED_PLACE: i32 = 100;
const SHARED_SPEAKER: i32 = 100;
const SAME_START: i32 = 100;
/// What speaks against.
const OTHER_PLACE: i32 = -300;
const OTHER_START: i32 = -250;
const OTHER_MODE: i32 = -250;
/// Starts this close are the same start, said less or more exactly (minutes).
const SAME_START_MINUTES: i64 = 15;
/// Events further apart are other editions of it, however alike (days).
const ANOTHER_EDITION_DAYS: i32 = 150;

/// An entry made ready for comparing.
#[derive(Debug, Clone)]
pub struct Profile {
    pub entry: Entry,
    pub title: Title,
    /// Days on which it takes place, by its own wall clock.
    pub days: BTreeSet<Date>,
    /// Instants at which it starts, where the hour is known.
    pub starts: BTreeSet<Timestamp>,
    /// Names of its organisers and of its source, folded.
    organisers: BTreeSet<String>,
    speakers: BTreeSet<String>,
    /// Names of places and towns, folded.
    venues: BTreeSet<String>,
    towns: BTreeSet<String>,
    pub role: Role,
    /// Whether its source is registered as its first organiser.
    pub registered: bool,
    /// This entry, as other feeds name it.
    pub own: Option<Claim>,
    /// Entries that an approved aggregator says it took this from.
    pub chain: BTreeSet<Claim>,
    /// Entries that it says are the same event.
    pub with: BTreeSet<Claim>,
    /// Its page and registration address, when they are on a host verified for its source.
    pub page: Option<String>,
    pub registration: Option<String>,
}

impl Profile {
    /// `feed_id` is that of the source's feed, unless other sources claim it too.
    pub fn new(entry: Entry, source: &Source, feed_id: Option<&crate::event::Id>) -> Profile {
        let event = &entry.event;
        let name = |text: &str| fold(text).split(|c: char| !c.is_alphanumeric()).collect::<Vec<_>>().join(" ");
        let mut organisers: BTreeSet<String> = event.organisers.iter().map(|o| name(o.name.as_str())).collect();
        let source_name = name(source.name.as_str());
        // A portal that signs itself is no organiser for that.
        let first = event.organisers.first();
        let registered = source.role == Role::Lab && first.is_some_and(|o| name(o.name.as_str()) == source_name);
        organisers.insert(source_name);
        let verified = |host: &str| source.verified_hosts.contains(host);
        let claim = |source: &crate::event::Id, id: &crate::event::Id| Claim { source: source.clone(), id: id.clone() };
        let mut chain = BTreeSet::new();
        if source.role == Role::Aggregator {
            chain.extend(event.copies.iter().map(|copy| claim(&copy.source, &copy.id)));
            chain.extend(event.origin.as_ref().and_then(|o| o.id.as_ref()).map(|id| claim(id, &event.id)));
        }
        let registration = event.registration.as_ref().and_then(|r| r.href.as_ref()).and_then(|h| h.address());
        Profile {
            title: Title::of(event),
            days: days(event),
            starts: event.slots.iter().filter_map(|slot| slot.when.start()).map(|start| start.instant()).collect(),
            speakers: event.speakers.iter().map(|s| name(s.name.as_str())).collect(),
            venues: places(event).filter_map(|p| p.name.as_ref()).map(|n| name(n.as_str())).collect(),
            towns: places(event).filter_map(|p| p.locality.as_ref()).map(|n| name(n.as_str())).collect(),
            organisers,
            role: source.role,
            registered,
            own: feed_id.map(|feed| claim(feed, &event.id)),
            chain,
            with: event.with.iter().map(|w| claim(&w.source, &w.event)).collect(),
            page: event.page.as_ref().filter(|p| verified(p.host())).map(ToString::to_string),
            registration: registration.filter(|p| verified(p.host())).map(|p| p.to_string()),
            entry,
        }
    }

    fn event(&self) -> &Event {
        &self.entry.event
    }

    /// Both say in which town, and no town is of both.
    fn other_town(&self, other: &Profile) -> bool {
        !self.towns.is_empty() && !other.towns.is_empty() && self.towns.is_disjoint(&other.towns)
    }

    /// The days by which it is met: its own, and those of its starts in UTC, which are the same everywhere.
    pub fn meeting_days(&self) -> BTreeSet<Date> {
        let utc = self.starts.iter().map(|start| start.to_zoned(TimeZone::UTC).date());
        self.days.iter().copied().chain(utc).collect()
    }
}

/// The days on which an event takes place; of a long stretch the first forty, which are enough to meet another.
fn days(event: &Event) -> BTreeSet<Date> {
    let mut out = BTreeSet::new();
    for slot in &event.slots {
        let (mut day, last) = (slot.when.first_day(), slot.when.last_day());
        for _ in 0..40 {
            out.insert(day);
            match day.tomorrow() {
                Ok(next) if next <= last => day = next,
                _ => break,
            }
        }
    }
    out
}

/// What comparing two entries gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// They are one event.
    Same(Join),
    /// They may be.
    Perhaps(Join),
    /// They are not, or nothing says that they are.
    Apart,
}

/// Why two entries are never one event, unless a person says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Different {
    /// Two steps of a series.
    Step,
    /// On site in two communes at the same hour.
    Commune,
    /// Editions of different years.
    Edition,
    /// Two entries of one source: it would know.
    OneSource,
}

/// The hard rules, which outrank all evidence but a decision.
pub fn different(a: &Profile, b: &Profile) -> Option<Different> {
    if a.entry.key == b.entry.key {
        return None;
    }
    let (x, y) = (a.event(), b.event());
    if let (Some((p, n)), Some((q, m))) = (a.title.step(), b.title.step())
        && p != q
        && (n == m || n.is_none() || m.is_none())
    {
        return Some(Different::Step);
    }
    for one in &x.series {
        for two in &y.series {
            let positions = (one.step.position(), two.step.position());
            let title = |s: &crate::event::Series| s.title.as_ref().map(|t| fold(t.as_str()));
            let same = one.id == two.id || (title(one).is_some() && title(one) == title(two));
            if same && matches!(positions, (Some(p), Some(q)) if p != q) {
                return Some(Different::Step);
            }
        }
    }
    let on_site = |e: &Event| !matches!(e.mode, Some(Mode::Online)) && e.status != Status::MovedOnline;
    if on_site(x) && on_site(y) {
        let commune = |e: &Event| places(e).find_map(|p| p.commune().cloned());
        let together = !a.starts.is_disjoint(&b.starts);
        let communes = matches!((commune(x), commune(y)), (Some(c), Some(d)) if c != d);
        if together && (communes || a.other_town(b)) {
            return Some(Different::Commune);
        }
    }
    let apart = match (a.days.first().zip(a.days.last()), b.days.first().zip(b.days.last())) {
        (Some((from, to)), Some((since, until))) => {
            let gap = if to < since { span(*to, *since) } else { span(*until, *from) };
            gap > ANOTHER_EDITION_DAYS
        }
        _ => {
            let codes = |e: &Event| e.editions.iter().map(|t| t.code.clone()).collect::<BTreeSet<_>>();
            let (c, d) = (codes(x), codes(y));
            !c.is_empty() && !d.is_empty() && c.is_disjoint(&d)
        }
    };
    if apart {
        return Some(Different::Edition);
    }
    (a.entry.key.source == b.entry.key.source).then_some(Different::OneSource)
}

fn places(event: &Event) -> impl Iterator<Item = &Place> {
    event.places.iter().chain(event.slots.iter().filter_map(|slot| slot.place.as_ref()))
}

fn span(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// Compares two entries by evidence, exact first. Hard rules are the caller's to ask for.
pub fn compare(a: &Profile, b: &Profile) -> Verdict {
    let exact = |rule, evidence| Verdict::Same(Join { rule, score: 1000, evidence: vec![evidence] });
    if let (Some(mine), Some(theirs)) = (&a.own, &b.own)
        && a.with.contains(theirs)
        && b.with.contains(mine)
    {
        return exact(Rule::With, Evidence::NamesEachOther);
    }
    let taken = |from: &Profile, by: &Profile| from.own.as_ref().is_some_and(|own| by.chain.contains(own));
    if taken(a, b) || taken(b, a) || !a.chain.is_disjoint(&b.chain) {
        let page = a.event().page.as_ref().or(b.event().page.as_ref());
        let address = page.map(ToString::to_string).unwrap_or_default();
        return exact(Rule::Chain, Evidence::Address { address });
    }
    let shared_day = a.days.intersection(&b.days).next().copied().or_else(|| shared_start(a, b).map(|_| first_day(a)));
    // A lab may link its agenda from every entry: the days must not differ.
    let day_agrees = shared_day.is_some() || a.days.is_empty() || b.days.is_empty();
    if let Some(address) = a.page.as_ref().filter(|page| b.page.as_ref() == Some(page) && day_agrees) {
        return exact(Rule::Page, Evidence::Address { address: address.clone() });
    }
    if let Some(address) = a.registration.as_ref().filter(|r| b.registration.as_ref() == Some(r))
        && shared_day.is_some()
    {
        // One form may serve several events of a lab: the day must agree.
        return exact(Rule::Registration, Evidence::Address { address: address.clone() });
    }
    alike(a, b, shared_day)
}

fn first_day(profile: &Profile) -> Date {
    profile.days.first().copied().unwrap_or(Date::ZERO)
}

/// An instant at which both start, or nearly: on the other side of the globe that may be another day.
fn shared_start(a: &Profile, b: &Profile) -> Option<Timestamp> {
    let close = |x: &Timestamp, y: &Timestamp| (x.as_second() - y.as_second()).abs() <= SAME_START_MINUTES * 60;
    a.starts.iter().find(|x| b.starts.iter().any(|y| close(x, y))).copied()
}

fn alike(a: &Profile, b: &Profile, shared_day: Option<Date>) -> Verdict {
    let shared = a.title.likeness(&b.title);
    let mut evidence = vec![Evidence::TitleWords { words: shared.words.clone(), likeness: shared.likeness }];
    // A short title inside a longer one is as much the same as two that overlap by seven tenths.
    let title = shared.likeness.max(shared.contained / 10 * 7);
    let mut score = i32::from(title);
    let organiser = a.organisers.intersection(&b.organisers).next();
    if let Some(folded) = organiser {
        score += SHARED_ORGANISER;
        let by = |p: &Profile| {
            p.event().organisers.iter().find(|o| fold(o.name.as_str()) == *folded).map(|o| o.name.clone())
        };
        let named = by(a).or_else(|| by(b)).or_else(|| crate::event::Line::new(folded).ok());
        evidence.extend(named.map(|name| Evidence::Organiser { name }));
    }
    let venue = a.venues.intersection(&b.venues).next();
    let town = a.towns.intersection(&b.towns).next();
    if let Some(place) = venue.or(town) {
        score += SHARED_PLACE;
        evidence.push(Evidence::Place { name: place.clone() });
    }
    if a.other_town(b) {
        score += OTHER_PLACE;
    }
    if let Some(folded) = a.speakers.intersection(&b.speakers).next() {
        score += SHARED_SPEAKER;
        let named = a.event().speakers.iter().find(|s| fold(s.name.as_str()).contains(folded.as_str()));
        let name = named.map(|s| s.name.clone()).or_else(|| crate::event::Line::new(folded).ok());
        evidence.extend(name.map(|name| Evidence::Speaker { name }));
    }
    let opposed = matches!(
        (a.event().mode, b.event().mode),
        (Some(Mode::Online), Some(Mode::Offline)) | (Some(Mode::Offline), Some(Mode::Online))
    );
    if opposed {
        score += OTHER_MODE;
    }
    let close = shared_start(a, b);
    let other_start = close.is_none() && !a.starts.is_empty() && !b.starts.is_empty();
    if let Some(at) = close {
        score += SAME_START;
        evidence.insert(0, Evidence::SameStart { at });
    } else if other_start {
        score += OTHER_START;
    }
    // What these say against a join no title outweighs: a person decides.
    let contradicted = opposed || a.other_town(b) || (other_start && organiser.is_none());
    let score = u16::try_from(score.clamp(0, 999)).unwrap_or(0);
    let join = |evidence| Join { rule: Rule::Likeness, score, evidence };
    match (shared_day, a.days.is_empty(), b.days.is_empty()) {
        (Some(day), _, _) => {
            evidence.insert(0, Evidence::SameDay { day });
            // One rare word may be chance; two are not, nor is one that is all a title has.
            // A title of common words alone may still be a name, when the other has all of it and an organiser besides.
            let name = shared.contained >= 900 && shared.words.len() >= 3 && organiser.is_some();
            let telling = shared.rare >= 2 || (shared.rare == 1 && shared.contained >= 950) || name;
            if score >= SURE && title >= LEAST_TITLE && telling && !contradicted {
                Verdict::Same(join(evidence))
            } else if score >= PERHAPS && (shared.rare >= 1 || shared.words.len() >= 3) {
                Verdict::Perhaps(join(evidence))
            } else {
                Verdict::Apart
            }
        }
        (None, true, true) => {
            evidence.insert(0, Evidence::NoDay);
            let named = organiser.is_some() || venue.is_some();
            if title < LEAST_TITLE_WITHOUT_DAY || shared.rare == 0 {
                Verdict::Apart
            } else if named && score >= SURE {
                Verdict::Same(join(evidence))
            } else {
                Verdict::Perhaps(join(evidence))
            }
        }
        _ => Verdict::Apart,
    }
}
