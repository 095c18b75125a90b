//! Dates as people and old standards write them: RFC 822, "mardi 19 novembre 2024 à 10h", "November 19, 2024 7:30 PM".
//!
//! One small grammar for all of them, over words and numbers, in French and English. Whoever asks decides what an answer
//! is worth: a field that is meant for a date may be believed, a sentence is only good for a suggestion.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::draft::{Clock, End};
use crate::event::Moment;
use crate::event::text::fold;

/// A date as it was told, with the hour and the offset if they were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    date: Date,
    time: Option<Time>,
    offset: Option<Offset>,
    /// Day and month could be the other way round.
    doubtful: bool,
}

impl Told {
    fn clock(&self) -> Option<Clock> {
        let Some(time) = self.time else { return Some(Clock::Day(self.date)) };
        let wall = DateTime::from_parts(self.date, time);
        match self.offset {
            // Universal time tells the instant and not the wall clock of where it happens.
            Some(offset) if offset == Offset::UTC => offset.to_timestamp(wall).ok().map(Clock::Instant),
            Some(offset) => Moment::new(wall, offset).ok().map(Clock::Offset),
            None => Some(Clock::Floating(wall)),
        }
    }
}

/// As ISO 8601 writes it: what is suggested to people.
impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.time {
            None => write!(f, "{}", self.date),
            Some(time) => write!(f, "{}T{:02}:{:02}", self.date, time.hour(), time.minute()),
        }
    }
}

/// A date that is the whole of a field: ISO 8601 in its many forms, RFC 822, or words that leave no doubt.
pub fn clock(text: &str) -> Option<Clock> {
    let text = text.trim();
    if let Some(clock) = Clock::parse(text) {
        return Some(clock);
    }
    if text.len() > LONGEST_FIELD {
        return None;
    }
    let tokens = tokens(text);
    let (told, after) = told(&tokens, start_of_date(&tokens)?, true)?;
    (after == tokens.len() && !told.doubtful).then(|| told.clock()).flatten()
}

/// A start and an end in one field, set off by a dash: "Wed, 03 Sep 2025 15:00:00 +0200 - Wed, 03 Sep 2025 17:30:00 +0200".
pub fn range(text: &str) -> Option<(Clock, Option<End>)> {
    if let Some(start) = clock(text) {
        return Some((start, None));
    }
    for dash in [" - ", " – ", " — "] {
        if let Some((start, end)) = text.split_once(dash) {
            return Some((clock(start)?, Some(End::At(clock(end)?))));
        }
    }
    None
}

/// An hour of the day: "11:00 AM", "16:00:00", "10h30".
pub fn hour(text: &str) -> Option<Time> {
    let tokens = tokens(text.get(..text.len().min(LONGEST_FIELD))?);
    let (time, after) = time(&tokens, 0)?;
    (after == tokens.len()).then_some(time)
}

/// The first date in a sentence that names its year: a suggestion for people, no fact.
pub fn in_words(text: &str) -> Option<Told> {
    let end = text.char_indices().nth(MOST_PROSE).map_or(text.len(), |(at, _)| at);
    let tokens = tokens(&text[..end]);
    (0..tokens.len()).find_map(|at| told(&tokens, at, false)).map(|(told, _)| told)
}

/// No field that holds a date is longer (bytes).
const LONGEST_FIELD: usize = 120;
/// How far into a text a date is looked for (characters): whoever tells one does so early.
const MOST_PROSE: usize = 4_000;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A number and how many digits it was written with.
    Number(i64, usize),
    /// A word, folded.
    Word(String),
    /// Any other character but a space.
    Sign(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            let mut digits = String::from(c);
            while let Some(next) = chars.next_if(char::is_ascii_digit) {
                digits.push(next);
            }
            // More digits than any date has: a number all the same, of nothing that we look for.
            tokens.push(Token::Number(digits.parse().unwrap_or(i64::MAX), digits.len()));
        } else if c.is_alphabetic() {
            let mut word = String::from(c);
            while let Some(next) = chars.next_if(|c| c.is_alphabetic()) {
                word.push(next);
            }
            tokens.push(Token::Word(fold(&word)));
        } else if !c.is_whitespace() {
            tokens.push(Token::Sign(c));
        }
    }
    tokens
}

/// Where a field's date begins: behind the name of its day and words such as "le".
fn start_of_date(tokens: &[Token]) -> Option<usize> {
    tokens.iter().position(|token| match token {
        Token::Number(..) => true,
        Token::Word(word) => month(word).is_some() && word != "mar",
        Token::Sign(_) => false,
    })
}

const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "janvier", "janv"],
    &["february", "feb", "fevrier", "fevr", "fev"],
    &["march", "mar", "mars"],
    &["april", "apr", "avril", "avr"],
    &["may", "mai"],
    &["june", "jun", "juin"],
    &["july", "jul", "juillet", "juil"],
    &["august", "aug", "aout"],
    &["september", "sep", "sept", "septembre"],
    &["october", "oct", "octobre"],
    &["november", "nov", "novembre"],
    &["december", "dec", "decembre"],
];

fn month(word: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    i8::try_from(at + 1).ok()
}

/// Zones that RFC 822 names (§5.1), and what it says of them.
const ZONES: [(&str, i8); 14] = [
    ("gmt", 0),
    ("ut", 0),
    ("utc", 0),
    ("z", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
    ("cet", 1),
    ("cest", 2),
];

/// A date that begins at a token, and the token behind it. A field may write a year in two digits; a sentence may not.
fn told(tokens: &[Token], at: usize, field: bool) -> Option<(Told, usize)> {
    let (date, doubtful, after) = date(tokens, at, field)?;
    let from = skip(tokens, after);
    let Some((time, after)) = time(tokens, from) else {
        return Some((Told { date, time: None, offset: None, doubtful }, after));
    };
    let (offset, after) = match offset(tokens, after) {
        Some((offset, after)) => (Some(offset), after),
        None => (None, after),
    };
    Some((Told { date, time: Some(time), offset, doubtful }, after))
}

fn date(tokens: &[Token], at: usize, field: bool) -> Option<(Date, bool, usize)> {
    let year = |at: usize| match tokens.get(at)? {
        Token::Number(year @ 1900..=2999, 4) => i16::try_from(*year).ok(),
        // Nobody lists events of the last century.
        Token::Number(year, 2) if field => i16::try_from(2000 + year).ok(),
        _ => None,
    };
    let small = |at: usize| match tokens.get(at)? {
        Token::Number(number, 1 | 2) => i8::try_from(*number).ok(),
        _ => None,
    };
    let is_sign = |at: usize, signs: &[char]| matches!(tokens.get(at), Some(Token::Sign(c)) if signs.contains(c));
    // A point or a comma behind a day, an ordinal's end, or a short month.
    let past = |mut at: usize| {
        if matches!(tokens.get(at), Some(Token::Word(word)) if ["er", "st", "nd", "rd", "th"].contains(&word.as_str()))
        {
            at += 1;
        }
        if is_sign(at, &['.', ',', '-']) { at + 1 } else { at }
    };
    let built = |year, month, day| Date::new(year, month, day).ok();
    match tokens.get(at)? {
        // 19 novembre 2024
        Token::Number(_, 1 | 2) if matches!(tokens.get(past(at + 1)), Some(Token::Word(_))) => {
            let named = past(at + 1);
            let Some(Token::Word(word)) = tokens.get(named) else { return None };
            let after = past(named + 1);
            Some((built(year(after)?, month(word)?, small(at)?)?, false, after + 1))
        }
        // 19/11/2024
        Token::Number(_, 1 | 2) if is_sign(at + 1, &['/', '-', '.']) && tokens.get(at + 1) == tokens.get(at + 3) => {
            let (first, second) = (small(at)?, small(at + 2)?);
            let Some(Token::Number(_, 4)) = tokens.get(at + 4) else { return None };
            let doubtful = first <= 12 && second <= 12 && first != second;
            let (day, month) = if second > 12 { (second, first) } else { (first, second) };
            Some((built(year(at + 4)?, month, day)?, doubtful, at + 5))
        }
        // 2024-11-19
        Token::Number(_, 4) if is_sign(at + 1, &['/', '-', '.']) && tokens.get(at + 1) == tokens.get(at + 3) => {
            Some((built(year(at)?, small(at + 2)?, small(at + 4)?)?, false, at + 5))
        }
        // November 19, 2024
        Token::Word(word) => {
            let month = month(word)?;
            let day = past(at + 1);
            let after = past(day + 1);
            Some((built(year(after)?, month, small(day)?)?, false, after + 1))
        }
        _ => None,
    }
}

/// Words and signs between a date and its hour.
fn skip(tokens: &[Token], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Sign(',' | '@' | '-' | '–' | ':' | '·' | '|') => at += 1,
            Token::Word(word) if ["a", "at", "de", "des", "from", "t"].contains(&word.as_str()) => at += 1,
            _ => break,
        }
    }
    at
}

/// An hour that begins at a token, if it is marked as one.
fn time(tokens: &[Token], at: usize) -> Option<(Time, usize)> {
    let number = |at: usize| match tokens.get(at)? {
        Token::Number(number, 1 | 2) => i8::try_from(*number).ok(),
        _ => None,
    };
    let word = |at: usize| match tokens.get(at) {
        Some(Token::Word(word)) => word.as_str(),
        _ => "",
    };
    let sign = |at: usize| matches!(tokens.get(at), Some(Token::Sign(':' | '.')));
    let mut hour = number(at)?;
    let (mut minute, mut second, mut after) = (0, 0, at + 1);
    let mut marked = false;
    if ["h", "heures", "heure"].contains(&word(after)) {
        (marked, after) = (true, after + 1);
        if let Some(minutes) = number(after) {
            (minute, after) = (minutes, after + 1);
            if ["min", "mn", "minutes"].contains(&word(after)) {
                after += 1;
            }
        }
    } else if sign(after)
        && let Some(minutes) = number(after + 1)
    {
        (marked, minute, after) = (true, minutes, after + 2);
        if sign(after)
            && let Some(seconds) = number(after + 1)
        {
            (second, after) = (seconds, after + 2);
        }
    }
    // "7:30 p.m." is written with and without points.
    let half = match (word(after), word(after + 2)) {
        ("am" | "pm", _) => Some((word(after) == "pm", after + 1)),
        ("a" | "p", "m") if sign(after + 1) => {
            Some((word(after) == "p", if sign(after + 3) { after + 4 } else { after + 3 }))
        }
        _ => None,
    };
    if let Some((afternoon, next)) = half {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if afternoon { 12 } else { 0 };
        (marked, after) = (true, next);
    }
    // Leap seconds end their minute.
    let time = Time::new(hour, minute, second.min(59), 0).ok()?;
    marked.then_some((time, after))
}

fn offset(tokens: &[Token], at: usize) -> Option<(Offset, usize)> {
    match tokens.get(at)? {
        Token::Word(word) => {
            let (_, hours) = ZONES.iter().find(|(name, _)| name == word)?;
            Some((Offset::constant(*hours), at + 1))
        }
        Token::Sign(sign @ ('+' | '-' | '−')) => {
            let (hours, minutes, after) = match (tokens.get(at + 1)?, tokens.get(at + 2), tokens.get(at + 3)) {
                (Token::Number(number, 4), _, _) => (number / 100, number % 100, at + 2),
                (Token::Number(hours, 2), Some(Token::Sign(':')), Some(Token::Number(minutes, 2))) => {
                    (*hours, *minutes, at + 4)
                }
                _ => return None,
            };
            let seconds = i32::try_from(hours * 3600 + minutes * 60).ok().filter(|_| minutes < 60)?;
            let seconds = if *sign == '+' { seconds } else { -seconds };
            Some((Offset::from_seconds(seconds).ok()?, after))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match clock(text) {
            Some(Clock::Day(day)) => day.to_string(),
            Some(Clock::Floating(wall)) => wall.to_string(),
            Some(Clock::Offset(moment)) => moment.to_string(),
            Some(Clock::Instant(at)) => at.to_string(),
            Some(Clock::In(wall, zone)) => format!("{wall} {zone}"),
            None => String::new(),
        }
    }

    #[test]
    fn dates_of_old_standards_and_of_two_languages_are_read() {
        for (text, is) in [
            ("Tue, 19 Nov 2024 10:00:00 +0100", "2024-11-19T10:00:00+01:00"),
            ("Tuesday, 19 November 2024 10:00 GMT", "2024-11-19T10:00:00Z"),
            ("19 Nov 24 10:00:00 EST", "2024-11-19T10:00:00-05:00"),
            ("mardi 19 novembre 2024 à 10h", "2024-11-19T10:00:00"),
            ("1er décembre 2024, 9 h 30", "2024-12-01T09:30:00"),
            ("19 novembre 2024 @ 10 h 00 min", "2024-11-19T10:00:00"),
            ("November 19, 2024 @ 7:30 pm", "2024-11-19T19:30:00"),
            ("Sat Nov 15 08  07:30 PM", "2008-11-15T19:30:00"),
            (" October 4, 2026 ", "2026-10-04"),
            ("19/11/2024", "2024-11-19"),
            ("2025-05-18T23:30:00.0000000Z", "2025-05-18T23:30:00Z"),
            ("2024-11-19 10:00", "2024-11-19T10:00:00"),
            // Could be April or May.
            ("04/05/2024", ""),
            ("bientôt", ""),
            ("31 novembre 2024", ""),
            ("le 19 novembre", ""),
            ("99999999999999999999999", ""),
        ] {
            assert_eq!(read(text), is, "{text}");
        }
    }

    #[test]
    fn a_range_has_a_start_and_an_end() {
        let (_, end) = range("Mon, 08 Sep 2025 09:00:00 +0200 - Tue, 09 Sep 2025 17:00:00 +0200").unwrap();
        let end = end.unwrap();
        assert!(matches!(end, End::At(Clock::Offset(at)) if at.to_string() == "2025-09-09T17:00:00+02:00"));
        assert_eq!(range("October 4, 2026 - maybe"), None);
    }

    #[test]
    fn an_hour_is_read_by_itself() {
        for (text, is) in
            [("11:00 AM", "11:00:00"), ("12:00 AM", "00:00:00"), ("16:00:00", "16:00:00"), ("10h30", "10:30:00")]
        {
            assert_eq!(hour(text).map(|time| time.to_string()).as_deref(), Some(is), "{text}");
        }
        assert_eq!(hour("25:00"), None);
        assert_eq!(hour("toute la journée"), None);
    }

    #[test]
    fn a_sentence_gives_a_suggestion_only_where_it_names_the_year() {
        let told = |text: &str| in_words(text).map(|told| told.to_string());
        assert_eq!(told("Rendez-vous mardi 19 novembre 2024 à 10h, salle B.").as_deref(), Some("2024-11-19T10:00"));
        assert_eq!(told("On 19/11/2024 in Lyon").as_deref(), Some("2024-11-19"));
        assert_eq!(told("Le 19 novembre, sans doute."), None);
        assert_eq!(told("En 2024, 12 projets"), None);
        assert_eq!(told(&"19 novembre ".repeat(100_000)), None);
    }
}
