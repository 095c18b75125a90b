//! What a title says of an event's status, for feeds without a field for it: `[ANNULÉ]`, `Reporté -`, `Canceled:`.
//!
//! Only marks at an end of the title count, in brackets or set off by a sign: « un projet annulé » is about a project.
//! Where the feed has a field and the title says otherwise, the graver holds.

use super::Notes;
use crate::event::text::fold;
use crate::event::{Availability, Line, Mode, Parts, Status};
use crate::programme::Code;

/// What a mark means.
#[derive(Clone, Copy)]
enum Mark {
    Status(Status),
    Availability(Availability),
    Online,
}

/// Marks, folded.
const MARKS: [(&str, Mark); 42] = [
    ("annule", Mark::Status(Status::Cancelled)),
    ("annulee", Mark::Status(Status::Cancelled)),
    ("annules", Mark::Status(Status::Cancelled)),
    ("annulees", Mark::Status(Status::Cancelled)),
    ("annulation", Mark::Status(Status::Cancelled)),
    ("evenement annule", Mark::Status(Status::Cancelled)),
    ("cancelled", Mark::Status(Status::Cancelled)),
    ("canceled", Mark::Status(Status::Cancelled)),
    ("event cancelled", Mark::Status(Status::Cancelled)),
    ("reporte", Mark::Status(Status::Postponed)),
    ("reportee", Mark::Status(Status::Postponed)),
    ("reportes", Mark::Status(Status::Postponed)),
    ("reportees", Mark::Status(Status::Postponed)),
    ("report", Mark::Status(Status::Postponed)),
    ("evenement reporte", Mark::Status(Status::Postponed)),
    ("postponed", Mark::Status(Status::Postponed)),
    ("nouvelle date", Mark::Status(Status::Rescheduled)),
    ("changement de date", Mark::Status(Status::Rescheduled)),
    ("date modifiee", Mark::Status(Status::Rescheduled)),
    ("new date", Mark::Status(Status::Rescheduled)),
    ("rescheduled", Mark::Status(Status::Rescheduled)),
    ("deplace en ligne", Mark::Status(Status::MovedOnline)),
    ("deplacee en ligne", Mark::Status(Status::MovedOnline)),
    ("bascule en ligne", Mark::Status(Status::MovedOnline)),
    ("passe en ligne", Mark::Status(Status::MovedOnline)),
    ("moved online", Mark::Status(Status::MovedOnline)),
    ("complet", Mark::Availability(Availability::Full)),
    ("complete", Mark::Availability(Availability::Full)),
    ("complets", Mark::Availability(Availability::Full)),
    ("sold out", Mark::Availability(Availability::Full)),
    ("full", Mark::Availability(Availability::Full)),
    ("fully booked", Mark::Availability(Availability::Full)),
    ("liste d'attente", Mark::Availability(Availability::Waitlist)),
    ("sur liste d'attente", Mark::Availability(Availability::Waitlist)),
    ("waitlist", Mark::Availability(Availability::Waitlist)),
    ("waiting list", Mark::Availability(Availability::Waitlist)),
    ("inscriptions closes", Mark::Availability(Availability::Closed)),
    ("inscriptions fermees", Mark::Availability(Availability::Closed)),
    ("registration closed", Mark::Availability(Availability::Closed)),
    ("en ligne", Mark::Online),
    ("online", Mark::Online),
    ("en visio", Mark::Online),
];

/// Marks that a date follows: `Reporté au 12/12`.
const MOVED_TO: [&str; 6] =
    ["reporte au ", "reportee au ", "reportes au ", "reporte le ", "postponed to ", "moved to "];

/// The longest mark with its date (bytes): what is longer is a sentence.
const LONGEST_MARK: usize = 60;

/// Longer titles (bytes) are sentences, and are not looked at.
const LONGEST_TITLE: usize = 400;

/// Takes marks off the title and sets what they mean.
pub fn tidy(parts: &mut Parts, notes: &mut Notes<'_>) {
    if parts.title.as_str().len() > LONGEST_TITLE {
        return;
    }
    let before = parts.status;
    let mut told: Option<(Line, Code)> = None;
    while let Some((mark, rest)) = split(parts.title.as_str())
        && let Ok(rest) = Line::new(rest)
    {
        let code = match mark {
            // The day it moves to is known from the title alone: it stays there for people to read.
            Found::MovedTo if before != Status::Scheduled => break,
            Found::MovedTo => set_status(parts, before, Status::Postponed),
            // Without a slot there is nothing to be full: the words stay in the title.
            Found::Mark(Mark::Availability(_)) if parts.slots.is_empty() => break,
            Found::Mark(Mark::Availability(availability)) => set_availability(parts, availability),
            Found::Mark(Mark::Status(status)) => set_status(parts, before, status),
            // An event that was said to be on site has moved; another one is online and always was.
            Found::Mark(Mark::Online) if parts.mode == Some(Mode::Offline) => {
                set_status(parts, before, Status::MovedOnline)
            }
            Found::Mark(Mark::Online) => {
                let told = parts.mode.is_none();
                parts.mode.get_or_insert(Mode::Online);
                told.then_some(Code::StatusInTitle)
            }
        };
        let stays = matches!(mark, Found::MovedTo);
        let title = if stays { parts.title.clone() } else { std::mem::replace(&mut parts.title, rest) };
        if let Some(code) = code {
            let (_, graver) = told.get_or_insert((title, code));
            if code == Code::StatusDisagrees {
                *graver = code;
            }
        }
        if stays {
            break;
        }
    }
    if let Some((title, code)) = told {
        notes.find(code, title.as_str());
    }
}

/// Sets a status unless a graver one holds; what there is to say of it beside what was said `before`.
fn set_status(parts: &mut Parts, before: Status, status: Status) -> Option<Code> {
    parts.status = parts.status.max(status);
    match before {
        before if before == status => None,
        Status::Scheduled => Some(Code::StatusInTitle),
        _ => Some(Code::StatusDisagrees),
    }
}

/// Sets the availability of every slot that was not said to be full, closed or waited for.
fn set_availability(parts: &mut Parts, availability: Availability) -> Option<Code> {
    let mut code = None;
    for slot in &mut parts.slots {
        match slot.availability {
            None => code = code.or(Some(Code::StatusInTitle)),
            Some(Availability::Open) => code = Some(Code::StatusDisagrees),
            Some(_) => continue,
        }
        slot.availability = Some(availability);
    }
    code
}

#[derive(Clone, Copy)]
enum Found {
    Mark(Mark),
    MovedTo,
}

fn meaning(words: &str) -> Option<Found> {
    if words.len() > LONGEST_MARK {
        return None;
    }
    // « ** ANNULÉ ! ** », “⚠ Sold out”: signs around a mark are for the eye.
    let folded = fold(words.trim_matches(|c: char| !c.is_alphanumeric()));
    let mark = MARKS.iter().find(|(mark, _)| *mark == folded).map(|(_, meaning)| Found::Mark(*meaning));
    mark.or_else(|| {
        let moved =
            MOVED_TO.iter().any(|words| folded.starts_with(words)) && folded.contains(|c: char| c.is_ascii_digit());
        moved.then_some(Found::MovedTo)
    })
}

/// Signs between a mark and the title.
const BETWEEN: [char; 8] = [' ', '-', '–', '—', ':', '!', '|', '\u{a0}'];

fn split(title: &str) -> Option<(Found, &str)> {
    let start = title.trim_start_matches(|c: char| !c.is_alphanumeric() && !"[(«\"“".contains(c));
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some((inside, rest)) = start.strip_prefix(open).and_then(|t| t.split_once(close))
            && let Some(mark) = meaning(inside)
        {
            return Some((mark, rest.trim_start_matches(BETWEEN)));
        }
        if let Some((rest, inside)) = title.strip_suffix(close).and_then(|t| t.rsplit_once(open))
            && let Some(mark) = meaning(inside)
        {
            return Some((mark, rest.trim_end_matches(BETWEEN)));
        }
    }
    // A mark set off by a sign: a colon, a dash beside a space, an exclamation.
    let set_off = |found: Option<Found>| found.filter(|found| !matches!(found, Found::Mark(Mark::Online)));
    for sign in [" - ", " – ", " — ", "- ", ": ", "\u{a0}: ", " : ", " | ", "! ", " ! ", "\u{a0}! "] {
        if let Some((before, rest)) = title.split_once(sign)
            && let Some(mark) = set_off(meaning(before))
        {
            return Some((mark, rest));
        }
        if let Some((rest, after)) = title.rsplit_once(sign)
            && let Some(mark) = set_off(meaning(after))
        {
            return Some((mark, rest));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Id, Name, Slot, When};
    use jiff::Timestamp;

    fn parts(title: &str) -> Parts {
        let mut parts = Parts::new(Id::new("e1").unwrap(), Line::new(title).unwrap(), Timestamp::UNIX_EPOCH);
        let day = jiff::civil::date(2026, 11, 19);
        let when = When::Day { days: crate::event::Days::new(day, day).unwrap(), duration: None };
        parts.slots = vec![Slot::new(Name::new("c1").unwrap(), when)].into();
        parts
    }

    fn tidied(mut parts: Parts) -> (Parts, Vec<Code>) {
        let mut findings = Vec::new();
        let id = parts.id.clone();
        tidy(&mut parts, &mut Notes::new(&id, &mut findings));
        (parts, findings.into_iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn a_status_told_only_in_the_title_is_lost() {
        for (title, plain, status) in [
            ("[ANNULÉ] Atelier", "Atelier", Status::Cancelled),
            ("ANNULE - Atelier", "Atelier", Status::Cancelled),
            ("Annulé- Atelier", "Atelier", Status::Cancelled),
            ("⚠️ ANNULÉ ⚠️ : Atelier", "Atelier", Status::Cancelled),
            ("Canceled: Atelier", "Atelier", Status::Cancelled),
            ("[CANCELLED] Atelier", "Atelier", Status::Cancelled),
            ("Atelier : annulée", "Atelier", Status::Cancelled),
            ("Atelier (reporté)", "Atelier", Status::Postponed),
            ("Reporté au 12/12 : Atelier", "Reporté au 12/12 : Atelier", Status::Postponed),
            ("Nouvelle date – Atelier", "Atelier", Status::Rescheduled),
            ("[Déplacé en ligne] Atelier", "Atelier", Status::MovedOnline),
            ("Un projet annulé", "Un projet annulé", Status::Scheduled),
            ("Annulation, mode d’emploi : un atelier", "Annulation, mode d’emploi : un atelier", Status::Scheduled),
            ("Repas complet : la cuisine", "Repas complet : la cuisine", Status::Scheduled),
            ("En ligne : écrire pour le web", "En ligne : écrire pour le web", Status::Scheduled),
            ("[Annulé]", "[Annulé]", Status::Scheduled),
            ("[Reporté] Annulé : Atelier (en ligne)", "Atelier", Status::Cancelled),
        ] {
            let (parts, codes) = tidied(parts(title));
            assert_eq!((parts.title.as_str(), parts.status), (plain, status), "{title}");
            let told = status != Status::Scheduled;
            assert_eq!(codes, if told { vec![Code::StatusInTitle] } else { Vec::new() }, "{title}");
            assert_eq!(tidied(parts.clone()), (parts, Vec::new()), "{title}, twice");
        }
    }

    #[test]
    fn a_full_house_told_only_in_the_title_is_lost() {
        for (title, availability) in [
            ("COMPLET ! Atelier", Availability::Full),
            ("Atelier – complet", Availability::Full),
            ("Sold out: Atelier", Availability::Full),
            ("[Liste d’attente] Atelier", Availability::Waitlist),
            ("Atelier (inscriptions closes)", Availability::Closed),
        ] {
            let (parts, codes) = tidied(parts(title));
            assert_eq!((parts.title.as_str(), parts.availability()), ("Atelier", Some(availability)), "{title}");
            assert_eq!(codes, [Code::StatusInTitle]);
        }
        let mut dateless = parts("[Complet] Atelier");
        dateless.slots = crate::event::List::new();
        assert_eq!(tidied(dateless.clone()), (dateless, Vec::new()));
    }

    #[test]
    fn the_milder_of_two_statuses_wins() {
        let mut said = parts("[Reporté] Atelier");
        said.status = Status::Cancelled;
        let (parts_then, codes) = tidied(said);
        assert_eq!((parts_then.status, codes), (Status::Cancelled, vec![Code::StatusDisagrees]));
        let mut said = parts("Annulé : Atelier");
        said.status = Status::Rescheduled;
        let (parts_then, codes) = tidied(said);
        assert_eq!((parts_then.status, codes), (Status::Cancelled, vec![Code::StatusDisagrees]));
        let mut said = parts("[Annulé] Atelier");
        said.status = Status::Cancelled;
        let (parts_then, codes) = tidied(said);
        assert_eq!((parts_then.title.as_str(), codes), ("Atelier", Vec::new()));
    }

    #[test]
    fn online_in_brackets_is_a_mode_and_moves_what_was_on_site() {
        let (online, codes) = tidied(parts("Atelier [En ligne]"));
        assert_eq!(
            (online.mode, online.status, codes),
            (Some(Mode::Online), Status::Scheduled, vec![Code::StatusInTitle])
        );
        let mut said = parts("[En ligne] Atelier");
        said.mode = Some(Mode::Offline);
        let (moved, codes) = tidied(said);
        assert_eq!((moved.status, codes), (Status::MovedOnline, vec![Code::StatusInTitle]));
    }
}
