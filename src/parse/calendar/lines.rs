//! A calendar cut into its components, within bounds, before any library sees it.
//!
//! It hides how lines are folded (RFC 5545 §3.1) and how programs get that wrong: line ends of one character, text that
//! goes on without the space that says so, soft line ends of quoted-printable, a component that begins before the last
//! one ended, zones whose names hold the signs that end a name. Only lines that someone reads later are kept, so
//! that a hostile calendar costs no more than its own size.

use std::borrow::Cow;

/// Most events of a calendar.
const MOST_EVENTS: usize = 5_000;
/// Most components of any kind: alarms and attendees come by the dozen.
const MOST_COMPONENTS: usize = 50_000;
/// Components inside each other: a calendar, an event, an alarm, and room for what extensions bring.
const DEEPEST: usize = 16;
/// The longest line that is read, unfolded (bytes). Longer ones are pictures written as text.
const LONGEST_LINE: usize = 100_000;
/// Most lines that are read of one component.
const MOST_LINES: usize = 2_000;
/// The most that is read of one component (bytes): a book of description, and no more values than memory holds.
const LARGEST: usize = 500_000;

/// What is read of an event.
const OF_EVENTS: [&str; 36] = [
    "ATTACH",
    "CATEGORIES",
    "CLASS",
    "CONFERENCE",
    "CONTACT",
    "CREATED",
    "DESCRIPTION",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DURATION",
    "EXDATE",
    "GEO",
    "IMAGE",
    "LAST-MODIFIED",
    "LINK",
    "LOCATION",
    "ORGANIZER",
    "RDATE",
    "RECURRENCE-ID",
    "RELATED-TO",
    "RRULE",
    "SEQUENCE",
    "STATUS",
    "STYLED-DESCRIPTION",
    "SUMMARY",
    "TRANSP",
    "UID",
    "URL",
    "X-ALT-DESC",
    "X-APPLE-STRUCTURED-LOCATION",
    "X-FUNAMBOL-ALLDAY",
    "X-MICROSOFT-CDO-ALLDAYEVENT",
    "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT",
    "X-TRUMBA-CUSTOMFIELD",
    "X-TRUMBA-LINK",
];
/// What is read of a calendar.
const OF_CALENDARS: [&str; 13] = [
    "DESCRIPTION",
    "METHOD",
    "NAME",
    "PRODID",
    "REFRESH-INTERVAL",
    "SOURCE",
    "UID",
    "URL",
    "X-ORIGINAL-URL",
    "X-PUBLISHED-TTL",
    "X-WR-CALNAME",
    "X-WR-RELCALID",
    "X-WR-TIMEZONE",
];
/// What is read of a zone and its rules.
const OF_ZONES: [&str; 8] =
    ["DTSTART", "RDATE", "RRULE", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "X-LIC-LOCATION", "X-MICROSOFT-CDO-TZID"];
/// Components that stand in a calendar and in nothing else: one begins where the last one ended, said or not.
const OF_THE_CALENDAR: [&str; 6] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"];

/// The components of a document.
#[derive(Debug, Default)]
pub struct Cut<'a> {
    /// Lines of the calendar itself; of the first, where several follow each other.
    pub calendar: Component<'a>,
    /// Its zones.
    pub zones: Vec<Component<'a>>,
    /// Its events.
    pub events: Vec<Component<'a>>,
}

/// One component: unfolded lines, a name first.
#[derive(Debug, Default)]
pub struct Component<'a> {
    /// Its lines, between `BEGIN` and `END`.
    pub text: String,
    /// How it stood in the document.
    pub raw: &'a str,
    /// Lines that were too long to be read, by name.
    pub too_long: Vec<String>,
    lines: usize,
}

/// Why a document could not be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncut {
    /// It ends before its `END:VCALENDAR`.
    CutOff,
    /// More of something than any calendar needs.
    TooMuch(&'static str),
}

/// A component that has not ended.
struct Open<'a> {
    name: String,
    from: usize,
    component: Component<'a>,
}

/// Cuts a document. Linear in its length.
///
/// # Errors
/// [`Uncut`]: then nothing of it is used.
pub fn cut(text: &str) -> Result<Cut<'_>, Uncut> {
    let mut cut = Cut::default();
    let mut open: Vec<Open> = Vec::new();
    let mut components = 0;
    let mut calendars = 0;
    for line in Lines::new(text) {
        let name = line.name();
        if name.eq_ignore_ascii_case("BEGIN") {
            let begun = line.value().to_ascii_uppercase();
            components += 1;
            if components > MOST_COMPONENTS {
                return Err(Uncut::TooMuch("components"));
            }
            if open.is_empty() && begun != "VCALENDAR" {
                continue;
            }
            if OF_THE_CALENDAR.contains(&begun.as_str()) {
                close(text, &mut cut, &mut open, 1, line.from);
            }
            if open.len() >= DEEPEST {
                return Err(Uncut::TooMuch("depth"));
            }
            let mut component = Component::default();
            // What a zone holds is read together with it.
            if let Some(zone) = open.get_mut(1).filter(|open| open.name == "VTIMEZONE") {
                zone.component.keep(&format!("BEGIN:{begun}"), None)?;
            } else {
                component.keep(&format!("BEGIN:{begun}"), None)?;
            }
            open.push(Open { name: begun, from: line.from, component });
        } else if name.eq_ignore_ascii_case("END") {
            let ended = line.value();
            if let Some(depth) = open.iter().rposition(|open| open.name.eq_ignore_ascii_case(ended)) {
                calendars += usize::from(depth == 0 && open[0].name == "VCALENDAR");
                close(text, &mut cut, &mut open, depth, line.to);
            }
        } else {
            let within = open.get(1).map(|open| open.name.as_str());
            let (known, at): (&[&str], usize) = match (open.len(), within) {
                (1, _) => (&OF_CALENDARS, 0),
                (2, Some("VEVENT")) => (&OF_EVENTS, 1),
                (_, Some("VTIMEZONE")) => (&OF_ZONES, 1),
                _ => continue,
            };
            if known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                open[at].component.keep(&line.text, line.too_long.then_some(name))?;
            }
        }
        if cut.events.len() > MOST_EVENTS {
            return Err(Uncut::TooMuch("events"));
        }
    }
    if calendars == 0
        || open.iter().any(|open| OF_THE_CALENDAR.contains(&open.name.as_str()) || open.name == "VCALENDAR")
    {
        return Err(Uncut::CutOff);
    }
    Ok(cut)
}

/// Ends all that is open at this depth and below it.
fn close<'a>(text: &'a str, cut: &mut Cut<'a>, open: &mut Vec<Open<'a>>, depth: usize, to: usize) {
    while open.len() > depth {
        let Some(Open { name, from, mut component }) = open.pop() else { return };
        if let Some(zone) = open.get_mut(1).filter(|open| open.name == "VTIMEZONE") {
            zone.component.text.push_str(&format!("END:{name}\n"));
            continue;
        }
        component.text.push_str(&format!("END:{name}\n"));
        component.raw = text.get(from..to).unwrap_or_default().trim_end();
        match name.as_str() {
            "VEVENT" => cut.events.push(component),
            "VTIMEZONE" => cut.zones.push(component),
            "VCALENDAR" if cut.calendar.text.is_empty() => cut.calendar = component,
            _ => {}
        }
    }
}

impl Component<'_> {
    fn keep(&mut self, line: &str, too_long: Option<&str>) -> Result<(), Uncut> {
        self.lines += 1;
        if self.lines > MOST_LINES || self.text.len() > LARGEST {
            return Err(Uncut::TooMuch("lines"));
        }
        if let Some(name) = too_long {
            self.too_long.push(name.to_ascii_uppercase());
        } else {
            self.text.push_str(&quoted(line));
            self.text.push('\n');
        }
        Ok(())
    }
}

/// Sets a zone's name in quotes where it holds signs that would end it: `TZID=(UTC+01:00) Bruxelles, Paris`.
fn quoted(line: &str) -> Cow<'_, str> {
    const TZID: &str = ";TZID=";
    let Some(at) = line.find(TZID).map(|at| at + TZID.len()) else { return Cow::Borrowed(line) };
    let rest = &line[at..];
    let closed = rest
        .strip_prefix('"')
        .and_then(|rest| rest.split_once('"'))
        .is_some_and(|(_, rest)| rest.starts_with([':', ';']));
    if closed {
        return Cow::Borrowed(line);
    }
    // A quote that does not end where the name does is none.
    let rest = rest.replace('"', "");
    let end = rest.find(";VALUE=").or_else(|| rest.rfind(':')).unwrap_or(rest.len());
    let name = &rest[..end];
    if !line.contains('"') && !name.contains([':', ',', ';']) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(format!("{}\"{name}\"{}", &line[..at], &rest[end..]))
}

/// An unfolded line and where it stood.
#[derive(Debug)]
struct Line {
    text: String,
    from: usize,
    to: usize,
    too_long: bool,
}

impl Line {
    fn name(&self) -> &str {
        let end = self.text.find([';', ':']).unwrap_or(self.text.len());
        self.text[..end].trim()
    }

    fn value(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, value)| value.trim())
    }

    fn is_border(&self) -> bool {
        ["BEGIN", "END"].iter().any(|border| self.name().eq_ignore_ascii_case(border))
    }

    /// Joins what another line of the document adds to this one.
    fn join(&mut self, between: &str, rest: &str) {
        if self.text.len() + rest.len() > LONGEST_LINE {
            self.too_long = true;
        } else {
            self.text.push_str(between);
            self.text.push_str(rest);
        }
    }
}

/// Unfolds a document line by line.
struct Lines<'a> {
    text: &'a str,
    end: char,
    at: usize,
    next: Option<Line>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        let end = if text.contains('\n') { '\n' } else { '\r' };
        Lines { text, end, at: 0, next: None }
    }

    /// The next line as it stands, without its end.
    fn physical(&mut self) -> Option<(usize, &'a str)> {
        let from = self.at;
        let rest = self.text.get(from..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(self.end).unwrap_or(rest.len());
        self.at = (from + length + 1).min(self.text.len());
        Some((from, rest[..length].trim_end_matches('\r')))
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        while let Some((from, physical)) = self.physical() {
            let to = self.at;
            if physical.trim().is_empty() {
                continue;
            }
            if let Some(line) = &mut self.next {
                let soft = line.text.ends_with('=') && is_quoted_printable(&line.text);
                let joined = match physical.strip_prefix([' ', '\t']) {
                    Some(rest) => Some(("", rest)),
                    None if soft => Some(("", physical)),
                    None if is_property(physical)
                        || is_name(physical) && VALUE_FOLLOWS.iter().any(|next| self.text[to..].starts_with(next)) =>
                    {
                        None
                    }
                    // What stands between components belongs to nothing.
                    None if line.is_border() => continue,
                    // Text that goes on without saying so.
                    None => Some(("\\n", physical)),
                };
                if let Some((between, rest)) = joined {
                    if soft {
                        line.text.pop();
                    }
                    line.join(between, rest);
                    line.to = to;
                    continue;
                }
            }
            let too_long = physical.len() > LONGEST_LINE;
            let text = if too_long { physical.chars().take(80).collect() } else { physical.to_owned() };
            if let Some(line) = self.next.replace(Line { text, from, to, too_long }) {
                return Some(line);
            }
        }
        self.next.take()
    }
}

/// Whether a value is written as quoted-printable, which old Lotus and Outlook programs do (RFC 2445's predecessor).
fn is_quoted_printable(line: &str) -> bool {
    line.split(':').next().is_some_and(|head| head.to_ascii_uppercase().contains("QUOTED-PRINTABLE"))
}

/// How a line goes on that ends before its value, as KOrganizer folds it.
const VALUE_FOLLOWS: [&str; 4] = [" :", " ;", "\t:", "\t;"];

/// Whether a line begins a property: a name as standards and extensions write it, then its parameters or value.
/// A link or a word with a colon, in text that was not folded, does not.
fn is_property(line: &str) -> bool {
    line.find([';', ':']).is_some_and(|end| is_name(&line[..end]))
}

fn is_name(text: &str) -> bool {
    let name = text.trim_end();
    let known = || {
        let known = OF_EVENTS.iter().chain(&OF_CALENDARS).chain(&OF_ZONES).chain(&["BEGIN", "END"]);
        known.into_iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    named && (!name.bytes().any(|b| b.is_ascii_lowercase()) || known())
}

/// Bytes of a calendar with their folded lines joined, where they are no text otherwise: some programs fold in the
/// middle of a character. All other bytes as they are.
pub fn unfolded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let calendar = |start: &[u8]| start.to_ascii_uppercase().windows(15).any(|word| word == b"BEGIN:VCALENDAR");
    if !calendar(&bytes[..bytes.len().min(64)]) || std::str::from_utf8(bytes).is_ok() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match rest {
            [b'\r', b'\n', b' ' | b'\t', after @ ..] | [b'\n', b' ' | b'\t', after @ ..] => after,
            _ => {
                out.push(byte);
                after
            }
        };
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        Lines::new(text).map(|line| line.text).collect()
    }

    #[test]
    fn a_line_folded_in_any_of_the_odd_ways_loses_its_end() {
        for (text, whole) in [
            ("SUMMARY:un\r\n  deux\r\n", "SUMMARY:un deux"),
            ("SUMMARY:un \n\tdeux\n", "SUMMARY:un deux"),
            ("SUMMARY:un\r  deux\r", "SUMMARY:un deux"),
            ("SUMMARY:un\r\r\n  deux", "SUMMARY:un deux"),
            ("SUMMARY\n :un deux", "SUMMARY:un deux"),
            ("DESCRIPTION:un\nhttps://a.example/\nNote: deux", "DESCRIPTION:un\\nhttps://a.example/\\nNote: deux"),
            (
                "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:=C3=A9t=C3=A9=\nX",
                "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:=C3=A9t=C3=A9X",
            ),
        ] {
            assert_eq!(lines(text), [whole], "{text:?}");
        }
        assert_eq!(lines("begin:vevent\nsummary:x").len(), 2);
    }

    #[test]
    fn a_calendar_cut_off_looks_like_a_shorter_one() {
        let whole = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nEND:VEVENT\nEND:VCALENDAR";
        assert_eq!(cut(whole).unwrap().events.len(), 2);
        for end in 0..whole.len() {
            assert_eq!(cut(&whole[..end]).unwrap_err(), Uncut::CutOff, "{}", &whole[..end]);
        }
    }

    #[test]
    fn an_event_without_its_end_takes_the_next_one_with_it() {
        let text =
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nBEGIN:VALARM\nSUMMARY:x\nBEGIN:VEVENT\nUID:b\nEND:VCALENDAR\n<br>";
        let cut = cut(text).unwrap();
        let texts: Vec<&str> = cut.events.iter().map(|event| event.text.as_str()).collect();
        assert_eq!(texts, ["BEGIN:VEVENT\nUID:a\nEND:VEVENT\n", "BEGIN:VEVENT\nUID:b\nEND:VEVENT\n"]);
        assert_eq!(cut.events[1].raw, "BEGIN:VEVENT\nUID:b\nEND:VCALENDAR");
    }

    #[test]
    fn more_than_any_calendar_needs_is_read() {
        let events = |n| format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", "BEGIN:VEVENT\nEND:VEVENT\n".repeat(n));
        assert!(cut(&events(MOST_EVENTS)).is_ok());
        assert_eq!(cut(&events(MOST_EVENTS + 1)).unwrap_err(), Uncut::TooMuch("events"));
        let deep = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}", "BEGIN:X\n".repeat(100));
        assert_eq!(cut(&deep).unwrap_err(), Uncut::TooMuch("depth"));
        let many = format!("BEGIN:VCALENDAR\n{}", "BEGIN:X\nEND:X\n".repeat(MOST_COMPONENTS));
        assert_eq!(cut(&many).unwrap_err(), Uncut::TooMuch("components"));
        let lines = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}", "SUMMARY:x\n".repeat(MOST_LINES + 1));
        assert_eq!(cut(&lines).unwrap_err(), Uncut::TooMuch("lines"));
        let large = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}", format!("SUMMARY:{}\n", "x".repeat(90_000)).repeat(7));
        assert_eq!(cut(&large).unwrap_err(), Uncut::TooMuch("lines"));
        let long = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nATTACH:{}\nSUMMARY:y\nEND:VEVENT\nEND:VCALENDAR",
            "x\n ".repeat(LONGEST_LINE)
        );
        let cut = cut(&long).unwrap();
        assert_eq!(cut.events[0].text, "BEGIN:VEVENT\nSUMMARY:y\nEND:VEVENT\n");
        assert_eq!(cut.events[0].too_long, ["ATTACH"]);
    }

    #[test]
    fn a_zone_named_with_signs_breaks_its_line() {
        for (line, whole) in [
            (
                "DTSTART;TZID=(UTC+01:00) Bruxelles, Paris:20261119T100000",
                "DTSTART;TZID=\"(UTC+01:00) Bruxelles, Paris\":20261119T100000",
            ),
            ("DTSTART;TZID=Europe/Paris:20261119T100000", "DTSTART;TZID=Europe/Paris:20261119T100000"),
            ("DTSTART;TZID=\"a, b\":20261119T100000", "DTSTART;TZID=\"a, b\":20261119T100000"),
            ("DTSTART;TZID=\"a b:20261119T100000\"", "DTSTART;TZID=\"a b\":20261119T100000"),
            ("EXDATE;TZID=a, b;VALUE=DATE:20261119", "EXDATE;TZID=\"a, b\";VALUE=DATE:20261119"),
        ] {
            assert_eq!(quoted(line), whole);
        }
    }

    #[test]
    fn a_character_folded_in_its_middle_is_lost() {
        let text = "BEGIN:VCALENDAR\r\nSUMMARY:é\r\nX:y\r\n z";
        let middle = text.find('é').unwrap() + 1;
        let (head, tail) = text.as_bytes().split_at(middle);
        let folded = [head, b"\r\n ", tail].concat();
        assert_eq!(unfolded(&folded), "BEGIN:VCALENDAR\r\nSUMMARY:é\r\nX:yz".as_bytes());
        // Whole characters, another encoding or another format stay as they are.
        assert_eq!(unfolded(text.as_bytes()), text.as_bytes());
        assert_eq!(unfolded(b"<feed>\xE9\n x"), b"<feed>\xE9\n x".as_slice());
    }
}
