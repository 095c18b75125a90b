//! Two entries side by side: never the same, surely the same, perhaps, or nothing to do with each other; and why.
//!
//! Pure, symmetric and blind to all other entries but for what the profiles hold of them, so that a pair is judged alike
//! whenever and wherever it is met. Rules that keep apart come before all evidence, exact evidence before likeness, and
//! what contradicts a join leaves it to a person, however alike the rest.

use super::glance::UNSEEN;
use super::likeness::{Measures, Piece, Scorecard, UNKNOWN, measure, measure_if, plain};
use super::profile::{Profile, SAME_START, day, named, on_site, places};
use crate::event::Event;
use crate::event::text::fold;
use crate::programme::{Evidence, Join, Role, Rule, Weighed};

/// Events further apart are other editions of it, however alike (days).
const ANOTHER_EDITION: i32 = 150;
/// Titles that share less, of their words and of their letters, have nothing to do with each other (thousandths).
const LEAST_TITLES: i16 = 200;
const LEAST_LETTERS: i16 = 300;
/// Two events without a day have nothing but their titles and names: these must be closer (thousandths).
const LEAST_TITLES_WITHOUT_DAY: i16 = 600;
/// What one word tells at least that is more than a usual word (hundredths of a nat).
const TELLING: u16 = 420;
/// What the words tell at least that each of two titles has alone, to be two names (hundredths of a nat).
const OWN_WORDS: i16 = 1200;
/// The same between two lists that are no lab's.
const OWN_WORDS_OF_LISTS: i16 = 200;
/// Rare words that two texts have at least, to be compared: fewer are chance.
pub const LEAST_TEXT: usize = 6;
/// What the shared words tell at least, to stand for a title without a day (hundredths of a nat).
const LEAST_WORDS_WITHOUT_DAY: i16 = 500;

/// What comparing two entries gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are one event, by this rule.
    Same(Rule, i32),
    /// They may be: the score in hundredths of log-odds.
    Perhaps(i32),
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
    if let (Some((p, n)), Some((q, m))) = (a.step, b.step)
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
    if on_site(x) && on_site(y) && a.shared_start(b, 0).is_some() {
        let commune = |e: &Event| places(e).find_map(|p| p.commune().cloned());
        let communes = matches!((commune(x), commune(y)), (Some(c), Some(d)) if c != d);
        if communes || a.other_town(b) {
            return Some(Different::Commune);
        }
    }
    let apart = match a.gap(b) {
        Some(gap) => gap > ANOTHER_EDITION,
        None => {
            let shared = || x.editions.iter().any(|e| y.editions.iter().any(|f| e.code == f.code));
            !x.editions.is_empty() && !y.editions.is_empty() && !shared()
        }
    };
    if apart {
        return Some(Different::Edition);
    }
    (a.of_one_source(b) && !twice(a, b)).then_some(Different::OneSource)
}

/// Whether a source lists one event twice: all that tells events apart is the same, the title too; or the languages
/// differ, and page, registration or speakers are the same.
fn twice(a: &Profile, b: &Profile) -> bool {
    let (x, y) = (a.event(), b.event());
    let times = |e: &Event| {
        let mut times: Vec<_> =
            e.slots.iter().map(|slot| (slot.when.first_day(), slot.when.start(), slot.when.last_day())).collect();
        times.sort_unstable();
        times
    };
    let all_else = a.has_days()
        && times(x) == times(y)
        && a.venues == b.venues
        && a.sketch.towns == b.sketch.towns
        && x.mode == y.mode
        && a.step == b.step
        && x.series == y.series;
    if !all_else {
        return false;
    }
    if x.title == y.title || plain(x.title.as_str()) == plain(y.title.as_str()) {
        return x.summary == y.summary || x.body == y.body || a.text == b.text;
    }
    let languages = matches!((&x.language, &y.language), (Some(l), Some(m)) if l.primary() != m.primary());
    let registration = |e: &Event| e.registration.as_ref().and_then(|r| r.href.as_ref()).and_then(|h| h.address());
    let one_form = registration(x).is_some() && registration(x) == registration(y);
    let one_page = x.page.is_some() && x.page == y.page;
    languages && (one_form || one_page || (!a.speakers.is_empty() && a.speakers == b.speakers))
}

/// Compares two entries by evidence, exact first. What only takes a join away, the hard rules too, is asked last: most
/// pairs that meet have little in common, and that is seen at once.
pub fn compare(card: &Scorecard, a: &Profile, b: &Profile) -> Verdict {
    let verdict = match exact(a, b) {
        Some(rule) => Verdict::Same(rule, i32::MAX),
        None => by_likeness(card, a, b, UNSEEN),
    };
    but_for_rules(verdict, a, b)
}

/// The same for two that have no mark in common, so that no exact evidence is looked for; `most` is what a glance says that
/// they come to at most but for the words of their titles.
pub fn compare_unmarked(card: &Scorecard, a: &Profile, b: &Profile, most: i32) -> Verdict {
    but_for_rules(by_likeness(card, a, b, most), a, b)
}

fn but_for_rules(verdict: Verdict, a: &Profile, b: &Profile) -> Verdict {
    if verdict != Verdict::Apart && different(a, b).is_some() { Verdict::Apart } else { verdict }
}

fn by_likeness(card: &Scorecard, a: &Profile, b: &Profile, most: i32) -> Verdict {
    if a.has_days() != b.has_days() || a.sketch.context.crowded || b.sketch.context.crowded {
        return Verdict::Apart;
    }
    if a.of_one_source(b) {
        return if twice(a, b) { Verdict::Same(Rule::Twice, i32::MAX) } else { Verdict::Apart };
    }
    let enough = |words: &Measures| {
        let points = Piece::OF_WORDS.into_iter().map(|piece| card.points(piece, words.of(piece))).sum::<i32>();
        points + most >= card.ask()
    };
    let Some(mut measures) = measure_if(&a.sketch, &b.sketch, enough) else { return Verdict::Apart };
    if card.score(&measures) + card.most_by_hand() < card.ask() || unlike(&measures) {
        return Verdict::Apart;
    }
    by_hand(&mut measures, a, b);
    let score = card.score(&measures);
    if score >= card.merge() && contradiction(a, b, &measures).is_none() {
        Verdict::Same(Rule::Likeness, score)
    } else if score >= card.ask() {
        Verdict::Perhaps(score)
    } else {
        Verdict::Apart
    }
}

/// What is measured between two entries that no rule decides on.
pub fn learnable(a: &Profile, b: &Profile) -> Option<Measures> {
    let decided = different(a, b).is_some() || exact(a, b).is_some() || a.has_days() != b.has_days();
    (!decided).then(|| measure(&a.sketch, &b.sketch))
}

/// The rule by which two entries are surely one event, the highest in authority.
fn exact(a: &Profile, b: &Profile) -> Option<Rule> {
    if let (Some(mine), Some(theirs)) = (&a.own, &b.own)
        && a.with.contains(theirs)
        && b.with.contains(mine)
    {
        return Some(Rule::With);
    }
    let chained = |x: &Profile, y: &Profile| y.own.as_ref().is_some_and(|own| x.chain.contains(own));
    let common = || a.chain.iter().any(|mark| b.chain.contains(mark));
    if chained(a, b) || chained(b, a) || common() {
        return Some(Rule::Chain);
    }
    let ((page, registration), theirs) = ((a.page, a.registration), (b.page, b.registration));
    let one_day = || a.shared_day(b).is_some() || a.shared_start(b, SAME_START).is_some();
    // A lab may link its agenda from every entry: the days must not differ.
    if page.is_some() && page == theirs.0 && (!a.has_days() || !b.has_days() || one_day()) {
        return Some(Rule::Page);
    }
    // One form may serve several events of a lab: the day must agree.
    (registration.is_some() && registration == theirs.1 && one_day() && !other_pages(a, b))
        .then_some(Rule::Registration)
}

/// Whether both have a page on one verified host, and not the same: a site gives each event its own.
fn other_pages(a: &Profile, b: &Profile) -> bool {
    let host = |p: &Profile| p.page.and(p.event().page.as_ref()).map(|page| page.host().to_owned());
    host(a).is_some() && host(a) == host(b) && a.page != b.page
}

/// All measures of a pair.
pub fn measures(a: &Profile, b: &Profile) -> Measures {
    let mut out = measure(&a.sketch, &b.sketch);
    by_hand(&mut out, a, b);
    out
}

/// Measures what has points by hand.
fn by_hand(out: &mut Measures, a: &Profile, b: &Profile) {
    if a.shared_organiser(b).is_some() {
        out.set(Piece::Organiser, 1);
    }
    let common = |x: &[u64], y: &[u64]| {
        if x.is_empty() || y.is_empty() {
            UNKNOWN
        } else if x.iter().any(|name| y.contains(name)) {
            1
        } else {
            2
        }
    };
    out.set(Piece::Speaker, common(&a.speakers, &b.speakers));
    if !a.other_town(b) {
        out.set(Piece::Venue, common(&a.venues, &b.venues));
    }
    if !a.starts.is_empty() && !b.starts.is_empty() {
        out.set(Piece::Hour, if a.shared_start(b, SAME_START).is_some() { 1 } else { 2 });
    }
    let least = a.text.len().min(b.text.len());
    if least >= LEAST_TEXT {
        let shared = a.text.iter().filter(|key| b.text.binary_search(key).is_ok()).count();
        out.set(Piece::Text, i16::try_from(shared * 1000 / least).unwrap_or(1000));
    }
}

/// The titles have nothing to do with each other.
fn unlike(m: &Measures) -> bool {
    m.of(Piece::Titles) < LEAST_TITLES && m.of(Piece::Letters) < LEAST_LETTERS
}

/// What no likeness outweighs: a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// Without a day, with neither name nor place in common or titles that are not close.
    NoDay,
    /// In other countries.
    Country,
    /// One online, the other not.
    Online,
    /// Pages of their own on one site.
    Pages,
    /// One says that it takes place *at* the other: a part of it.
    Part,
    /// Other numbers in their titles: those of the events of a series.
    Numbers,
    /// Another day of what recurs.
    Recurs,
    /// Other days, though who holds it is named and knows.
    Day,
    /// Two titles of one organiser, each with words of its own.
    Titles,
    /// In other towns, each with its own organiser, or on one day at known hours.
    Town,
    /// Usual words alone, without a common place.
    Usual,
    /// Other hours, and no organiser in common.
    Hour,
}

fn contradiction(a: &Profile, b: &Profile, m: &Measures) -> Option<Contradiction> {
    let organiser = m.of(Piece::Organiser) == 1;
    let elsewhere = a.other_town(b);
    // A lab signs by announcing.
    let signed = |p: &Profile| p.role == Role::Lab || !p.event().organisers.is_empty();
    let both_signed = signed(a) && signed(b);
    let one_day = |p: &Profile| p.sketch.slots.iter().all(|(first, last)| first == last);
    // Two labs that hold « Portes ouvertes » on a day hold two, unless one place says that it is one.
    let usual = || {
        let title = &a.sketch.title;
        (0..title.words.len()).filter(|at| m.shared >> at & 1 == 1).all(|at| title.words[at].weight < TELLING)
    };
    let placed = matches!(m.of(Piece::Town), 0 | 1) || m.of(Piece::Venue) == 1;
    let no_day = !a.has_days() && {
        let named = organiser || m.of(Piece::Venue) == 1;
        !named || m.of(Piece::Titles) < LEAST_TITLES_WITHOUT_DAY || m.of(Piece::Words) < LEAST_WORDS_WITHOUT_DAY
    };
    // Who is named as holding it knows on which day; lists that name nobody copy each other's slips.
    let day = (organiser || both_signed) && a.has_days() && a.shared_day(b).is_none() && m.of(Piece::Hour) != 1;
    // Who holds both on one day knows what each is called, and lists repeat it; a lab that announces says it in its words.
    let listed = a.role == Role::Other && b.role == Role::Other;
    let own_words = if listed { OWN_WORDS_OF_LISTS } else { OWN_WORDS };
    let titles = organiser && m.of(Piece::Unmatched) >= own_words && m.of(Piece::Hour) != 1;
    // Two labs may well hold one format in two towns on a day; a congress is written with its suburb or its city.
    let timed = one_day(a) && one_day(b) && m.of(Piece::Hour) != UNKNOWN;
    [
        (no_day, Contradiction::NoDay),
        (m.of(Piece::Country) == 2 || m.of(Piece::CountryOfMany) == 2, Contradiction::Country),
        (m.of(Piece::Online) == 2, Contradiction::Online),
        (other_pages(a, b), Contradiction::Pages),
        (m.of(Piece::Inside) == 2, Contradiction::Part),
        (m.of(Piece::Numbers) == 2, Contradiction::Numbers),
        (m.of(Piece::Recurs) > 0, Contradiction::Recurs),
        (day, Contradiction::Day),
        (titles, Contradiction::Titles),
        (elsewhere && (both_signed && !organiser || timed), Contradiction::Town),
        (both_signed && !organiser && !placed && usual(), Contradiction::Usual),
        (m.of(Piece::Hour) == 2 && !organiser, Contradiction::Hour),
    ]
    .into_iter()
    .find_map(|(holds, contradiction)| holds.then_some(contradiction))
}

/// Why two entries that may be one event are not joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// A rule keeps them apart.
    Rule(Different),
    /// They are not comparable: one has a day, the other has none, or a source repeats one name without end.
    Incomparable,
    /// Their titles have nothing in common.
    Unlike,
    /// What is measured is too little; the score in hundredths of log-odds.
    Score(i32),
    /// Something contradicts it.
    Contradicted(Contradiction),
}

/// What stands in the way of a join, if anything does.
pub fn obstacle(card: &Scorecard, a: &Profile, b: &Profile) -> Option<Obstacle> {
    if let Some(rule) = different(a, b) {
        return Some(Obstacle::Rule(rule));
    }
    if exact(a, b).is_some() || a.of_one_source(b) {
        return None;
    }
    if a.has_days() != b.has_days() || a.sketch.context.crowded || b.sketch.context.crowded {
        return Some(Obstacle::Incomparable);
    }
    let measures = measures(a, b);
    if unlike(&measures) {
        return Some(Obstacle::Unlike);
    }
    let score = card.score(&measures);
    if score < card.merge() {
        return Some(Obstacle::Score(score));
    }
    contradiction(a, b, &measures).map(Obstacle::Contradicted)
}

/// Why two entries are one event, or may be, in words and points.
pub fn why(card: &Scorecard, a: &Profile, b: &Profile) -> Join {
    let bare = |rule, evidence| Join { rule, score: 1000, evidence: vec![Weighed { evidence, points: None }] };
    let said = |e: &Event| e.page.as_ref().map(ToString::to_string);
    match exact(a, b) {
        Some(Rule::With) => return bare(Rule::With, Evidence::NamesEachOther),
        Some(rule @ (Rule::Chain | Rule::Page)) => {
            let address = said(a.event()).or_else(|| said(b.event())).unwrap_or_default();
            return bare(rule, Evidence::Address { address });
        }
        Some(rule) => {
            let form = a.event().registration.as_ref().and_then(|r| r.href.as_ref()).and_then(|h| h.address());
            return bare(rule, Evidence::Address { address: form.map(|form| form.to_string()).unwrap_or_default() });
        }
        None => {}
    }
    if a.of_one_source(b) {
        return Join { rule: Rule::Twice, score: 1000, evidence: Vec::new() };
    }
    let measures = measures(a, b);
    Join { rule: Rule::Likeness, score: thousandths(card.score(&measures)), evidence: evidence(card, a, b, &measures) }
}

/// Log-odds in hundredths as a probability in thousandths, short of certainty.
pub fn thousandths(score: i32) -> u16 {
    let probability = 1.0 / (1.0 + (-f64::from(score.clamp(-2000, 2000)) / 100.0).exp());
    // Between 0 and 999 by construction.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a probability in thousandths")]
    let thousandths = (probability * 1000.0) as u16;
    thousandths.min(999)
}

/// What was measured, as a person would say it, with its points; what weighs most comes first.
fn evidence(card: &Scorecard, a: &Profile, b: &Profile, m: &Measures) -> Vec<Weighed> {
    let mut out: Vec<(i32, Evidence)> = Vec::new();
    let points = |pieces: &[Piece]| pieces.iter().map(|piece| card.points(*piece, m.of(*piece))).sum::<i32>();
    let words = |p: &Profile, mask: u64| -> Vec<String> {
        let title = &p.sketch.title;
        let mut words: Vec<(u16, String)> = (0..title.words.len())
            .filter(|at| mask >> at & 1 == 1)
            .map(|at| (title.words[at].weight, title.word(at).to_owned()))
            .collect();
        words.sort_by(|x, y| y.0.cmp(&x.0).then_with(|| x.1.cmp(&y.1)));
        words.into_iter().map(|(_, word)| word).collect()
    };
    let likeness = u16::try_from(m.of(Piece::Titles)).unwrap_or(0);
    let titles = [Piece::Titles, Piece::Words, Piece::Contained, Piece::Letters];
    out.push((points(&titles), Evidence::TitleWords { words: words(a, m.shared), likeness }));
    let alone = [words(a, m.alone[0]), words(b, m.alone[1])];
    if alone.iter().any(|words| !words.is_empty()) {
        let [here, there] = alone;
        out.push((points(&[Piece::Unmatched, Piece::Inside]), Evidence::OtherWords { here, there }));
    }
    match m.of(Piece::Numbers) {
        1 => out.push((points(&[Piece::Numbers]), Evidence::Number)),
        2 => out.push((points(&[Piece::Numbers]), Evidence::OtherNumber)),
        _ => {}
    }
    let times = points(&[Piece::Start, Piece::Overlap, Piece::Hour]);
    if let Some(at) = a.shared_start(b, SAME_START) {
        out.push((times, Evidence::SameStart { at }));
    } else if let Some(shared) = a.shared_day(b) {
        let day = day(shared);
        out.push((times, if m.of(Piece::Hour) == 2 { Evidence::OtherHour { day } } else { Evidence::SameDay { day } }));
    } else if a.has_days() {
        out.push((times, Evidence::OtherDay { days: u16::try_from(m.of(Piece::Start)).unwrap_or(0) }));
    } else {
        out.push((0, Evidence::NoDay));
    }
    if m.of(Piece::Recurs) != UNKNOWN {
        out.push((points(&[Piece::Recurs]), Evidence::Recurs));
    }
    let place = points(&[Piece::Town, Piece::TownOfMany, Piece::Country, Piece::CountryOfMany, Piece::Venue]);
    let common = |x: &[u64], y: &[u64]| x.iter().find(|name| y.contains(name)).copied();
    let venue = common(&a.venues, &b.venues).and_then(|key| {
        places(a.event()).filter_map(|place| place.name.as_ref()).find(|name| named(name.as_str()) == Some(key))
    });
    let shared_town = || a.sketch.towns.iter().find(|town| b.sketch.towns.contains(town)).map(ToString::to_string);
    if let Some(name) = venue.map(ToString::to_string).or_else(shared_town) {
        out.push((place, Evidence::Place { name }));
    } else if a.other_town(b) {
        let town = |p: &Profile| p.sketch.towns.join(", ");
        out.push((place, Evidence::OtherTown { here: town(a), there: town(b) }));
    }
    if m.of(Piece::Towns) >= 2 {
        let towns = u16::try_from(m.of(Piece::Towns)).unwrap_or(0);
        out.push((points(&[Piece::Towns]), Evidence::ManyTowns { towns }));
    }
    match m.of(Piece::Online) {
        1 => out.push((points(&[Piece::Online]), Evidence::BothOnline)),
        2 => out.push((points(&[Piece::Online]), Evidence::OtherMode)),
        _ => {}
    }
    if let Some(key) = a.shared_organiser(b) {
        let by = |p: &Profile| {
            let organiser = p.event().organisers.iter().find(|o| named(o.name.as_str()) == Some(key))?;
            Some(organiser.name.clone())
        };
        let name = by(a).or_else(|| by(b)).unwrap_or_else(|| a.source_name.clone());
        out.push((points(&[Piece::Organiser]), Evidence::Organiser { name }));
    }
    if let Some(key) = common(&a.speakers, &b.speakers) {
        let speaker = a.event().speakers.iter().find(|s| named(s.name.as_str()) == Some(key));
        out.extend(speaker.map(|s| (points(&[Piece::Speaker]), Evidence::Speaker { name: s.name.clone() })));
    }
    let text = m.of(Piece::Text);
    if text >= 250 {
        out.push((points(&[Piece::Text]), Evidence::Text { likeness: u16::try_from(text).unwrap_or(0) }));
    }
    out.sort_by_key(|(points, _)| -points.abs());
    let weighed = |(points, evidence)| Weighed { evidence, points: Some(i16::try_from(points).unwrap_or(i16::MAX)) };
    out.into_iter().map(weighed).collect()
}
