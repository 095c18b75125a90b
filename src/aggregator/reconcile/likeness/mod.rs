//! How alike two entries are: a sum of named pieces of evidence, each measured and weighed on its own.
//!
//! An entry is first made a [`Sketch`]; two sketches are [`measure`]d, and a [`Scorecard`] gives each measure its points
//! (log-odds that the two are one event, in hundredths). An additive model, so that a person can be told what each piece
//! of evidence weighed. The points are learned from labelled lists of real events, but for a few that no list has; the
//! file says which, and docs/matching.md how they are made again.

mod key;
mod places;
mod scorecard;
mod title;

pub use key::{Plain, key, long_key};
pub use places::{country, country_words, plain, town};
pub use scorecard::Scorecard;
pub use title::{LITTLE, Title, Word, bit_of, rarity, words};

/// What likeness looks at in an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Its title.
    pub title: Title,
    /// First and last day of each slot, in days since 1970, sorted.
    pub slots: Box<[(i32, i32)]>,
    /// Keys of the words that name its towns and countries, sorted: in a title they say nothing more than the place does.
    pub place: Box<[u32]>,
    /// Its towns ([`town`]).
    pub towns: Box<[Box<str>]>,
    /// Its country, ISO 3166-1.
    pub country: Option<[u8; 2]>,
    /// Whether it takes place online only; unknown when nothing says so.
    pub online: Option<bool>,
    /// What other entries tell of it.
    pub context: Context,
}

impl Sketch {
    /// A key of the name of the event: of its title without place, numbers and years. Events of one name in many towns
    /// have the same.
    pub fn name(&self) -> u64 {
        let mask = self.title.kept;
        let kept = self.title.words.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1);
        let mut stems: Vec<u32> = kept.map(|(_, word)| word.stem).collect();
        stems.sort_unstable();
        stems
            .iter()
            .fold(0xCBF2_9CE4_8422_2325, |sum: u64, stem| (sum ^ u64::from(*stem)).wrapping_mul(0x0100_0000_01B3))
    }
}

/// What the entries of the same name at that time tell of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// In how many other towns an event of that name is announced within [`NEARBY_DAYS`].
    pub towns: u8,
    /// Whether its own source has an event of that name on another day within [`NEARBY_DAYS`], in no other town.
    pub recurs: bool,
    /// Whether its source lists so many of that name on a day that nothing tells them apart.
    pub crowded: bool,
}

/// How far apart events of one name tell of each other, in days.
pub const NEARBY_DAYS: i32 = 45;

/// The pieces of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Piece {
    /// What the titles share, of all that both say, weighed by rarity (Dice's coefficient), in thousandths.
    Titles,
    /// How much the shared words tell, in hundredths of a nat.
    Words,
    /// What the titles share, of all that the shorter says, in thousandths.
    Contained,
    /// How much the words tell that only one title has, on the side where they tell less, in hundredths of a nat.
    Unmatched,
    /// What the letters share (Dice's coefficient over groups of three), in thousandths.
    Letters,
    /// Where the shorter title stands in the longer: 0 nowhere, 1 at its beginning, 2 after a word such as *at*, 3
    /// elsewhere.
    Inside,
    /// Numbers in the titles: 0 none, 1 one in common, 2 others, 3 on one side only.
    Numbers,
    /// Days between the starts of the two nearest slots.
    Start,
    /// Days that these slots share, of all that both cover, in thousandths.
    Overlap,
    /// Towns: 0 the same, 1 alike, 2 others, 3 one side says none, 4 neither does.
    Town,
    /// The same, where events of that name are announced in several towns: there the town decides.
    TownOfMany,
    /// Countries: 1 the same, 2 others.
    Country,
    /// The same, where events of that name are announced in several towns.
    CountryOfMany,
    /// Online only: 0 neither, 1 both, 2 one of them, 3 one of them, where the other names a town and does not say.
    Online,
    /// In how many other towns an event of that name is announced at that time.
    Towns,
    /// Days between the starts, where one of the two has the name on other days as well: there the day decides.
    Recurs,
    /// They name an organiser in common: 1. By hand, as are all that follow.
    Organiser,
    /// They name a speaker in common: 1; both name speakers, all others: 2.
    Speaker,
    /// Venues of one town: 1 the same, 2 others.
    Venue,
    /// Starts on a shared day: 1 within a quarter of an hour, 2 otherwise.
    Hour,
    /// What their texts share, in thousandths of their rare words.
    Text,
}

impl Piece {
    /// How many there are.
    pub const COUNT: usize = 21;
    /// Those that the words of the titles tell.
    pub const OF_WORDS: [Piece; 5] = [Piece::Titles, Piece::Words, Piece::Contained, Piece::Unmatched, Piece::Inside];
    /// How many of them have points that were learned; those come first.
    pub const LEARNED: usize = 16;
    /// All, in their order.
    pub const ALL: [Piece; Piece::COUNT] = [
        Piece::Titles,
        Piece::Words,
        Piece::Contained,
        Piece::Unmatched,
        Piece::Letters,
        Piece::Inside,
        Piece::Numbers,
        Piece::Start,
        Piece::Overlap,
        Piece::Town,
        Piece::TownOfMany,
        Piece::Country,
        Piece::CountryOfMany,
        Piece::Online,
        Piece::Towns,
        Piece::Recurs,
        Piece::Organiser,
        Piece::Speaker,
        Piece::Venue,
        Piece::Hour,
        Piece::Text,
    ];

    /// Its name in the scorecard and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Piece::Titles => "titles",
            Piece::Words => "words",
            Piece::Contained => "contained",
            Piece::Unmatched => "unmatched",
            Piece::Letters => "letters",
            Piece::Inside => "inside",
            Piece::Numbers => "numbers",
            Piece::Start => "start",
            Piece::Overlap => "overlap",
            Piece::Town => "town",
            Piece::TownOfMany => "town-of-many",
            Piece::Country => "country",
            Piece::CountryOfMany => "country-of-many",
            Piece::Online => "online",
            Piece::Towns => "towns",
            Piece::Recurs => "recurs",
            Piece::Organiser => "organiser",
            Piece::Speaker => "speaker",
            Piece::Venue => "venue",
            Piece::Hour => "hour",
            Piece::Text => "text",
        }
    }

    /// The direction in which more of it can only speak: 1 for one event, -1 against, 0 either way. Training keeps to it.
    pub fn direction(self) -> i8 {
        match self {
            Piece::Titles | Piece::Words | Piece::Contained | Piece::Letters | Piece::Overlap => 1,
            Piece::Unmatched | Piece::Start | Piece::Recurs => -1,
            _ => 0,
        }
    }
}

/// A measure that could not be taken.
pub const UNKNOWN: i16 = -1;

/// What was measured between two entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measures {
    /// By [`Piece`]; [`UNKNOWN`] where one side does not say.
    pub values: [i16; Piece::COUNT],
    /// Words of the first title that the second has, one bit each.
    pub shared: u64,
    /// Words of the first title that the second lacks, and the other way round; place words left out.
    pub alone: [u64; 2],
}

impl Measures {
    /// The value of one piece.
    pub fn of(&self, piece: Piece) -> i16 {
        self.values[piece as usize]
    }

    /// Sets the value of one piece.
    pub fn set(&mut self, piece: Piece, value: i16) {
        self.values[piece as usize] = value;
    }
}

/// Measures the learned pieces; those by hand are left [`UNKNOWN`].
pub fn measure(a: &Sketch, b: &Sketch) -> Measures {
    let (mut out, kept) = measure_words(a, b);
    measure_rest(&mut out, kept, a, b);
    out
}

/// The same, if what the words of the titles come to ([`Piece::OF_WORDS`]) is `enough` for the rest to matter.
pub fn measure_if(a: &Sketch, b: &Sketch, enough: impl Fn(&Measures) -> bool) -> Option<Measures> {
    let (mut out, kept) = measure_words(a, b);
    enough(&out).then(|| {
        measure_rest(&mut out, kept, a, b);
        out
    })
}

fn measure_rest(out: &mut Measures, kept: [u64; 2], a: &Sketch, b: &Sketch) {
    out.set(Piece::Letters, letters(a, b, kept));
    let numbers = (&a.title.numbers, &b.title.numbers);
    let numbers = match (numbers.0.is_empty(), numbers.1.is_empty()) {
        (true, true) => 0,
        (false, false) if numbers.0.iter().any(|n| numbers.1.contains(n)) => 1,
        (false, false) => 2,
        _ => 3,
    };
    out.set(Piece::Numbers, numbers);
    let many = a.context.towns.max(b.context.towns) >= 2;
    if let Some((start, overlap)) = nearest(&a.slots, &b.slots) {
        out.set(Piece::Start, start);
        out.set(Piece::Overlap, overlap);
        if a.context.recurs || b.context.recurs {
            out.set(Piece::Recurs, start);
        }
    }
    out.set(if many { Piece::TownOfMany } else { Piece::Town }, towns(&a.towns, &b.towns));
    if let (Some(x), Some(y)) = (a.country, b.country) {
        out.set(if many { Piece::CountryOfMany } else { Piece::Country }, if x == y { 1 } else { 2 });
    }
    out.set(Piece::Online, online((a.online, !a.towns.is_empty()), (b.online, !b.towns.is_empty())));
    out.set(Piece::Towns, towns_of_name(&a.context, &b.context));
}

/// [`Piece::Online`] of two sides, each with whether it names a town.
pub fn online(a: (Option<bool>, bool), b: (Option<bool>, bool)) -> i16 {
    match (a, b) {
        ((Some(x), _), (Some(y), _)) if x == y => i16::from(x),
        ((Some(_), _), (Some(_), _)) => 2,
        ((Some(true), _), (None, true)) | ((None, true), (Some(true), _)) => 3,
        _ => UNKNOWN,
    }
}

/// [`Piece::Towns`].
pub fn towns_of_name(a: &Context, b: &Context) -> i16 {
    i16::from(a.towns.max(b.towns).min(60))
}

/// [`Piece::Start`] and [`Piece::Overlap`] of two slots.
pub fn two_slots(x: (i32, i32), y: (i32, i32)) -> (i16, i16) {
    let shared = (x.1.min(y.1) - x.0.max(y.0) + 1).max(0);
    let all = x.1.max(y.1) - x.0.min(y.0) + 1;
    let start = (x.0 - y.0).abs().min(400);
    (i16::try_from(start).unwrap_or(400), i16::try_from(shared * 1000 / all.max(1)).unwrap_or(1000))
}

/// The same of the two slots that are nearest.
fn nearest(a: &[(i32, i32)], b: &[(i32, i32)]) -> Option<(i16, i16)> {
    let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (*x, *y)));
    let (x, y) = pairs.min_by_key(|(x, y)| (x.0 - y.0).abs() + (x.1 - y.1).abs())?;
    Some(two_slots(x, y))
}

fn towns(a: &[Box<str>], b: &[Box<str>]) -> i16 {
    if a.is_empty() || b.is_empty() {
        return 3 + i16::from(a.is_empty() && b.is_empty());
    }
    let alike = |x: &str, y: &str| {
        let word = |w: &&str| w.len() > 3;
        x.split(' ').filter(word).any(|w| y.split(' ').any(|v| v == w)) || strsim::jaro_winkler(x, y) > 0.88
    };
    let pairs = || a.iter().flat_map(|x| b.iter().map(move |y| (x, y)));
    if pairs().any(|(x, y)| x == y) {
        0
    } else if pairs().any(|(x, y)| alike(x, y)) {
        1
    } else {
        2
    }
}

/// One title while it is compared: which of its words count, and which have found their like.
struct Side<'a> {
    title: &'a Title,
    kept: u64,
    found: u64,
}

impl Side<'_> {
    fn free(&self) -> u64 {
        self.kept & !self.found
    }

    fn weight(&self, mask: u64) -> i32 {
        bits(mask).map(|at| i32::from(self.title.words[at].weight)).sum()
    }
}

fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (at < 64).then_some(at as usize)
    })
}

/// Measures what the titles' words tell, and says which words of each counted.
fn measure_words(a: &Sketch, b: &Sketch) -> (Measures, [u64; 2]) {
    // Place words of either side count on neither: « DevFest Lyon » and « DevFest » held in Lyon.
    let keep = |mine: &Sketch, theirs: &Sketch| {
        let (own, other) = (mine.title.kept, mine.title.but_for(&theirs.place));
        let both = own & other;
        if both == 0 { own } else { both }
    };
    let mut x = Side { title: &a.title, kept: keep(a, b), found: 0 };
    let mut y = Side { title: &b.title, kept: keep(b, a), found: 0 };
    let (all_x, all_y) = (x.weight(x.kept), y.weight(y.kept));
    let mut matched = 0;
    for i in bits(x.kept) {
        let word = x.title.words[i];
        if let Some(j) = bits(y.free()).find(|j| y.title.words[*j].stem == word.stem) {
            matched += i32::from(word.weight.min(y.title.words[j].weight));
            (x.found, y.found) = (x.found | 1 << i, y.found | 1 << j);
        }
    }
    let shared_exactly = x.found;
    matched += run_together(&mut x, &mut y) + run_together(&mut y, &mut x);
    matched += nearly(&mut x, &mut y);
    matched += short_for(&mut x, &mut y) + short_for(&mut y, &mut x);
    let (rest_x, rest_y) = (x.weight(x.free()), y.weight(y.free()));
    let share = |part: i32, whole: i32| thousandths(part.min(whole), whole);
    let (shared, alone) = (shared_exactly | x.found, [x.free(), y.free()]);
    let mut out = Measures { values: [UNKNOWN; Piece::COUNT], shared, alone };
    out.set(Piece::Titles, share(2 * matched, all_x + all_y));
    out.set(Piece::Words, i16::try_from(matched).unwrap_or(i16::MAX));
    out.set(Piece::Contained, share(matched, all_x.min(all_y)));
    out.set(Piece::Unmatched, i16::try_from(rest_x.min(rest_y)).unwrap_or(i16::MAX));
    out.set(Piece::Inside, inside(&x, rest_y).max(inside(&y, rest_x)));
    (out, [x.kept, y.kept])
}

fn thousandths(part: i32, whole: i32) -> i16 {
    i16::try_from(i64::from(part) * 1000 / i64::from(whole.max(1))).unwrap_or(1000)
}

/// Words that one title writes as one and the other as two: « Ruby Day » and « RubyDay ».
fn run_together(x: &mut Side<'_>, y: &mut Side<'_>) -> i32 {
    let mut matched = 0;
    for j in bits(y.free()) {
        let letters = y.title.words[j].letters;
        // Two free words in a row, whose letters are all in the one.
        let two = bits(x.free() & x.free() >> 1).find(|i| {
            let next = i + 1;
            let one = || y.title.word(j).strip_prefix(x.title.word(*i));
            (x.title.words[*i].letters | x.title.words[next].letters) == letters
                && one().is_some_and(|rest| rest == x.title.word(next))
        });
        if let Some(i) = two {
            matched += (x.weight(0b11 << i) + y.weight(1 << j)) / 2;
            (x.found, y.found) = (x.found | 0b11 << i, y.found | 1 << j);
        }
    }
    matched
}

/// Words that differ by a slip of the pen or an ending.
fn nearly(x: &mut Side<'_>, y: &mut Side<'_>) -> i32 {
    let mut matched = 0;
    for i in bits(x.free()) {
        let best = bits(y.free())
            .map(|j| (closeness(x.title, i, y.title, j), j))
            .filter(|(percent, _)| *percent > 0)
            .max_by_key(|(percent, j)| (*percent, std::cmp::Reverse(*j)));
        if let Some((percent, j)) = best {
            matched += percent * x.weight(1 << i).min(y.weight(1 << j)) / 100;
            (x.found, y.found) = (x.found | 1 << i, y.found | 1 << j);
        }
    }
    matched
}

/// Without the lowest bit that is set.
fn but_one(mask: u32) -> u32 {
    mask & mask.wrapping_sub(1)
}

/// Whether more than one bit is set. Not every processor that we are built for counts bits at once.
fn more_than_one(mask: u32) -> bool {
    but_one(mask) != 0
}

/// How nearly two words are the same, in hundredths; 0 when they are not.
fn closeness(a: &Title, i: usize, b: &Title, j: usize) -> i32 {
    let (x, y) = (&a.words[i], &b.words[j]);
    let ((short, of_short, n), (long, of_long, m)) =
        if x.chars <= y.chars { ((x, a, i), (y, b, j)) } else { ((y, b, j), (x, a, i)) };
    let (least, most) = (short.chars, long.chars);
    // Letters that the short one has alone, and all that only one has: few, or the words are not near.
    if more_than_one(short.letters & !long.letters) || least < 3 {
        return 0;
    }
    let beginning = 2 * least >= most && short.letters & !long.letters == 0;
    if beginning && of_long.word(m).starts_with(of_short.word(n)) {
        return 80;
    }
    let slip = least >= 4 && most - least <= 1 && !more_than_one(but_one(short.letters ^ long.letters));
    if slip && one_slip(of_short.word(n), of_long.word(m)) { 85 } else { 0 }
}

/// Whether at most one letter was changed, left out, put in, or two next to each other were exchanged (Damerau, 1964).
fn one_slip(short: &str, long: &str) -> bool {
    let ahead = short.chars().zip(long.chars()).take_while(|(a, b)| a == b);
    let ahead: usize = ahead.map(|(c, _)| c.len_utf8()).sum();
    let (short, long) = (&short[ahead..], &long[ahead..]);
    let behind = short.chars().rev().zip(long.chars().rev()).take_while(|(a, b)| a == b);
    let behind: usize = behind.map(|(c, _)| c.len_utf8()).sum();
    let (mut one, mut two) = (short[..short.len() - behind].chars(), long[..long.len() - behind].chars());
    match (one.next(), one.next(), two.next(), two.next()) {
        (_, None, _, None) => true,
        (Some(a), Some(b), Some(c), Some(d)) => (a, b) == (d, c) && one.next().is_none() && two.next().is_none(),
        _ => false,
    }
}

/// A word of `x` made of the beginnings of words of `y` in a row, little ones passed over: « DDD », « ICML ».
fn short_for(x: &mut Side<'_>, y: &mut Side<'_>) -> i32 {
    let mut matched = 0;
    if y.free() & y.free().wrapping_sub(1) == 0 {
        return 0;
    }
    let theirs = bits(y.free()).fold(0, |mask, at| mask | y.title.words[at].letters);
    for i in bits(x.free()) {
        if !(2..=10).contains(&x.title.words[i].chars) || x.title.words[i].letters & !theirs != 0 {
            continue;
        }
        let short = x.title.word(i);
        let ends = |mask: u64| Some(u64::BITS - mask.leading_zeros()) == u32::try_from(y.title.words.len()).ok();
        let first = x.title.words[i].first;
        let run = bits(y.free()).filter(|from| y.title.words[*from].first == first).find_map(|from| {
            let mask = beginnings(short, y, from)?;
            // Two words prove little, unless the title ends with them.
            (mask.count_ones() >= 3 || (mask.count_ones() == 2 && ends(mask))).then_some(mask)
        });
        if let Some(mask) = run {
            matched += (x.weight(1 << i) + y.weight(mask)) * 2 / 5;
            (x.found, y.found) = (x.found | 1 << i, y.found | mask);
        }
    }
    matched
}

/// The words of `y`, from one on, by whose beginnings `short` is made, a bit for each.
fn beginnings(short: &str, y: &Side<'_>, from: usize) -> Option<u64> {
    if short.is_empty() {
        return Some(0);
    }
    let word = y.title.words.get(from)?;
    if word.weight <= LITTLE && Some(word.first) != short.bytes().next() {
        return beginnings(short, y, from + 1);
    }
    if y.free() >> from & 1 == 0 {
        return None;
    }
    let common = short.bytes().zip(y.title.word(from).bytes()).take_while(|(a, b)| a == b).count();
    let ends = (1..=common.min(4)).rev().filter(|n| short.is_char_boundary(*n));
    ends.into_iter().find_map(|n| beginnings(&short[n..], y, from + 1).map(|more| more | 1 << from))
}

fn letters(a: &Sketch, b: &Sketch, [kept_a, kept_b]: [u64; 2]) -> i16 {
    // Most often nothing but the own place was left out, and the groups are at hand.
    let of = |s: &Sketch, kept: u64| (s.title.kept != kept).then(|| s.title.grams_of(kept));
    let (own_a, own_b) = (of(a, kept_a), of(b, kept_b));
    let x = own_a.as_deref().unwrap_or(&a.title.grams);
    let y = own_b.as_deref().unwrap_or(&b.title.grams);
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while let (Some(p), Some(q)) = (x.get(i), y.get(j)) {
        shared += i32::from(p == q);
        (i, j) = (i + usize::from(p <= q), j + usize::from(q <= p));
    }
    let whole = i32::try_from(x.len() + y.len()).unwrap_or(i32::MAX);
    thousandths(2 * shared, whole)
}

/// Where a title stands in a longer one that has all of it: 0 nowhere, or both say as much; 1 at its beginning, as in
/// « FOSDEM : les salles »; 2 after a word such as *at*, as in « Ruby at FOSDEM »; 3 elsewhere.
fn inside(longer: &Side<'_>, rest_of_other: i32) -> i16 {
    const AT: [&str; 12] = ["a", "at", "au", "aux", "by", "de", "des", "du", "for", "in", "lors", "pour"];
    if rest_of_other > 100 || longer.free() == 0 {
        return 0;
    }
    let kept: Vec<usize> = bits(longer.kept).collect();
    match kept.iter().position(|at| longer.found >> at & 1 == 1) {
        None | Some(0) => 1,
        // « Workshop at IEEE QRS » too.
        Some(first) if kept[first.saturating_sub(2)..first].iter().any(|at| AT.contains(&longer.title.word(*at))) => 2,
        Some(_) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(a: &str, b: &str) -> Measures {
        let sketch = |title: &str| Sketch { title: Title::of(title, true, &[]), ..Sketch::default() };
        measure(&sketch(a), &sketch(b))
    }

    #[test]
    fn an_acronym_shares_nothing_with_what_it_is_short_for() {
        for (short, long) in [
            ("DDD Europe", "Domain Driven Design Europe"),
            ("ICML", "International Conference on Machine Learning"),
            ("ONG", "Organisations, not governments"),
        ] {
            let (met, other) = (titles(short, long), titles(short, "Week of the Forest"));
            assert!(met.of(Piece::Titles) > 600 && met.values == titles(long, short).values, "{short}: {met:?}");
            assert!(other.of(Piece::Titles) < 200, "{short}: {other:?}");
        }
    }

    #[test]
    fn a_part_of_a_larger_event_is_not_told_from_its_subtitle() {
        let inside = |longer: &str| titles("QRS", longer).of(Piece::Inside);
        assert_eq!(inside("QRS, software quality"), 1);
        assert_eq!(inside("Validation workshop at QRS"), 2);
        assert_eq!(inside("Validation workshop at the IEEE QRS conference"), 3);
        assert_eq!(inside("Validation workshop at IEEE QRS"), 2);
    }
}
