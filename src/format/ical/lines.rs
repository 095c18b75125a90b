//! The lines of a calendar, and the one door to them: nothing that comes in can begin a line of its own.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// Content lines (RFC 5545 §3.1), and the only door to them.
#[derive(Default)]
pub struct Lines {
    pub done: String,
}

/// The most octets of a line, without its end.
const WIDEST: usize = 75;

impl Lines {
    /// A value of our own making.
    pub fn word(&mut self, name: &str, value: &str) {
        self.value(name, &[], value);
    }

    /// A value of our own making, with parameters.
    pub fn value(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        self.line(name, parameters, value);
    }

    /// Text (§3.3.11).
    pub fn text(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        self.line(name, parameters, &escaped(value));
    }

    /// Texts, of which each may hold commas.
    pub fn list(&mut self, name: &str, parameters: &[(&str, &str)], values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| escaped(value)).collect();
        self.line(name, parameters, &values.join(","));
    }

    /// An address (§3.3.13): not escaped, and without the spaces that it cannot hold.
    pub fn uri(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        self.line(name, parameters, &value.replace(char::is_whitespace, "%20"));
    }

    /// Folds one line at 75 octets between characters. What would end a line here or for a careless reader is gone
    /// from it, whatever it was made of.
    fn line(&mut self, name: &str, parameters: &[(&str, &str)], value: &str) {
        let mut line = String::with_capacity(name.len() + value.len() + 32);
        line.push_str(name);
        for (name, value) in parameters {
            line.push_str(&format!(";{name}={}", parameter(value)));
        }
        line.push(':');
        line.push_str(value);
        let mut room = WIDEST;
        for c in line.chars().filter(|c| !ends_line(*c)) {
            if c.len_utf8() > room {
                self.done.push_str("\r\n ");
                room = WIDEST - 1;
            }
            self.done.push(c);
            room -= c.len_utf8();
        }
        self.done.push_str("\r\n");
    }
}

/// Control characters, and the two of Unicode that some readers take for line ends.
fn ends_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A parameter's value, quoted where it must be (§3.2) and with what quotes cannot hold written as RFC 6868 has it.
fn parameter(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    for c in value.chars() {
        match c {
            '^' => out.push_str("^^"),
            '"' => out.push_str("^'"),
            '\n' => out.push_str("^n"),
            c => out.push(c),
        }
    }
    if out.contains([':', ';', ',']) { format!("\"{out}\"") } else { out }
}

pub fn utc(at: Timestamp) -> DateTime {
    Offset::UTC.to_datetime(at)
}

pub fn basic(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

pub fn clock(wall: DateTime) -> String {
    format!("{}T{:02}{:02}{:02}", basic(wall.date()), wall.hour(), wall.minute(), wall.second())
}

pub fn instant(at: Timestamp) -> String {
    format!("{}Z", clock(utc(at)))
}

pub fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    let rest = if rest == 0 { String::new() } else { format!("{rest:02}") };
    format!("{sign}{hours:02}{minutes:02}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_lets_no_line_end_through_whatever_is_pushed_at_it() {
        let evil = "a\r\nX-EVIL:1\rX\nX\u{2028}X\u{85}X\u{0}\u{7f}\tz";
        let mut out = Lines::default();
        out.text("SUMMARY", &[("LABEL", evil)], evil);
        out.list("CATEGORIES", &[], &[evil.to_owned(), "b,c".to_owned()]);
        out.uri("URL", &[], evil);
        out.word("UID", evil);
        assert_eq!(
            out.done.lines().collect::<Vec<_>>(),
            [
                "SUMMARY;LABEL=\"a^nX-EVIL:1X^nXXXz\":a\\nX-EVIL:1X\\nX\\nXX z",
                "CATEGORIES:a\\nX-EVIL:1X\\nX\\nXX z,b\\,c",
                "URL:a%20%20X-EVIL:1%20X%20X%20X%20X%20z",
                "UID:aX-EVIL:1XXXXz",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn text_comes_back_as_it_was_but_for_controls(text in ".*") {
            let mut out = Lines::default();
            out.text("SUMMARY", &[], &text);
            proptest::prop_assert!(out.done.split("\r\n").all(|line| line.len() <= 75));
            let line = out.done.replace("\r\n ", "");
            let mut read = String::new();
            let mut chars = line.trim_end_matches("\r\n").strip_prefix("SUMMARY:").unwrap().chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => read.push(match chars.next().unwrap() { 'n' => '\n', c => c }),
                    c => read.push(c),
                }
            }
            let kept = text.replace(['\u{2028}', '\u{2029}'], "\n").replace('\t', " ");
            let kept: String = kept.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
            proptest::prop_assert_eq!(read, kept);
        }
    }
}
