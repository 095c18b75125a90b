//! What a title says of an event's status, where nothing else does: `[ANNULÉ]`, `Reporté -`, `Canceled:`.
//!
//! Only marks at an end of the title count, in brackets or set off by a sign: « un projet annulé » is about a project.

use crate::event::text::fold;
use crate::event::{Availability, Event, Line, Parts, Status};

/// What a mark means.
#[derive(Clone, Copy)]
enum Mark {
    Status(Status),
    Full,
}

const MARKS: [(&str, Mark); 14] = [
    ("annule", Mark::Status(Status::Cancelled)),
    ("annulee", Mark::Status(Status::Cancelled)),
    ("annulation", Mark::Status(Status::Cancelled)),
    ("cancelled", Mark::Status(Status::Cancelled)),
    ("canceled", Mark::Status(Status::Cancelled)),
    ("reporte", Mark::Status(Status::Postponed)),
    ("reportee", Mark::Status(Status::Postponed)),
    ("postponed", Mark::Status(Status::Postponed)),
    ("nouvelle date", Mark::Status(Status::Rescheduled)),
    ("rescheduled", Mark::Status(Status::Rescheduled)),
    ("complet", Mark::Full),
    ("complete", Mark::Full),
    ("sold out", Mark::Full),
    ("full", Mark::Full),
];

/// The parts with the mark taken off the title and its meaning set; `None` when the title has none.
pub fn from_title(event: &Event) -> Option<Parts> {
    let (mark, rest) = split(event.title.as_str())?;
    let mut parts = event.clone().into_parts();
    parts.title = Line::new(rest).ok()?;
    match mark {
        // What the feed says in its own fields may be the graver: it stays then.
        Mark::Status(status) => parts.status = parts.status.max(status),
        // Without a slot there is nothing to be full: the word stays in the title.
        Mark::Full if parts.slots.is_empty() => return None,
        Mark::Full => parts.slots.iter_mut().for_each(|slot| slot.availability = Some(Availability::Full)),
    }
    Some(parts)
}

fn split(title: &str) -> Option<(Mark, &str)> {
    let meaning = |words: &str| {
        let folded = fold(words.trim().trim_end_matches('!').trim());
        MARKS.iter().find(|(mark, _)| *mark == folded).map(|(_, meaning)| *meaning)
    };
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some((inside, rest)) = title.strip_prefix(open).and_then(|t| t.split_once(close))
            && let Some(mark) = meaning(inside)
        {
            return Some((mark, rest.trim_start_matches([' ', '-', '–', '—', ':', '\u{a0}'])));
        }
        if let Some((rest, inside)) = title.strip_suffix(close).and_then(|t| t.rsplit_once(open))
            && let Some(mark) = meaning(inside)
        {
            return Some((mark, rest.trim_end_matches([' ', '-', '–', '—', ':', '\u{a0}'])));
        }
    }
    // A mark set off by a sign: a colon, or a dash between spaces.
    for sign in [" - ", " – ", " — ", ": ", "\u{a0}: ", " : ", " | ", " ! "] {
        if let Some((before, rest)) = title.split_once(sign)
            && let Some(mark) = meaning(before)
        {
            return Some((mark, rest));
        }
        if let Some((rest, after)) = title.rsplit_once(sign)
            && let Some(mark) = meaning(after)
        {
            return Some((mark, rest));
        }
    }
    None
}
