//! What is known of the programs that write calendars, told by their `PRODID` and the form of their identifiers.

use calcard::icalendar::ICalendarProperty as Property;

use super::fields::Fields;
use crate::event::text::fold;
use crate::event::{Availability, Status};
use crate::language::Tongue;

/// The languages that we write around a title.
const TONGUES: [Tongue; 2] = [Tongue::French, Tongue::English];

/// The program that wrote a calendar.
#[derive(Debug, Default)]
pub struct Producer {
    /// A calendar of ours: one component for each slot.
    ours: bool,
    /// YesWiki, which writes an event when it has none.
    yeswiki: bool,
}

impl Producer {
    /// Recognises it.
    pub fn new(calendar: &Fields) -> Producer {
        let id = calendar.text(&Property::Prodid).unwrap_or_default().to_ascii_lowercase();
        Producer { ours: id.starts_with("-//essaim//"), yeswiki: id.contains("yeswiki") }
    }

    /// The part of a `UID` that stays when the event moves; `None` when it is empty.
    ///
    /// The Events Calendar writes post, start and end into it: `1891-1709856000-1709942399@host`.
    pub fn id(&self, uid: &str) -> Option<String> {
        let uid = uid.trim();
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let instant = |text: &str| number(text) && (9..=10).contains(&text.len());
        let moving = uid.split_once('@').and_then(|(local, host)| {
            let mut parts = local.splitn(3, '-');
            let (post, start, end) = (parts.next()?, parts.next()?, parts.next()?);
            (number(post) && instant(start) && instant(end)).then(|| format!("tec:{post}@{host}"))
        });
        moving.or_else(|| (!uid.is_empty()).then(|| uid.to_owned()))
    }

    /// Whether an event only says that there is none.
    pub fn is_placeholder(&self, title: &str) -> bool {
        let title = fold(title);
        self.yeswiki && (title.contains("aucune fiche") || title.contains("pas de fiche"))
    }

    /// Whether `DTSTAMP` tells when the calendar was asked for, not when the event changed.
    pub fn stamps_now(&self) -> bool {
        self.yeswiki
    }

    /// Whether the dates of an event name each other by `RELATED-TO`.
    pub fn tells_siblings(&self) -> bool {
        self.ours
    }

    /// Whether a day is one of which the hour is still open, rather than a whole one.
    pub fn leaves_hour_open(&self, fields: &Fields) -> bool {
        let title = fields.text(&Property::Summary).unwrap_or_default();
        self.ours && TONGUES.iter().any(|tongue| title.trim_end().ends_with(&hour_open(*tongue)))
    }

    /// What we write before the title of a slot: whether it takes place, and whether one can still come.
    pub fn mark(&self, title: &str) -> Option<(&'static str, Status, Option<Availability>)> {
        let availabilities = || [None].into_iter().chain(Availability::ALL.iter().copied().map(Some));
        let marks = Status::ALL.iter().flat_map(|status| availabilities().map(|availability| (*status, availability)));
        let mut marks = marks.flat_map(|(status, availability)| TONGUES.map(|tongue| (tongue, status, availability)));
        let mark = marks.find_map(|(tongue, status, availability)| {
            let prefix = tongue.title_prefix(status, availability).filter(|prefix| title.starts_with(prefix))?;
            // A prefix that tells of the status tells nothing of the places left.
            Some((prefix, status, availability.filter(|_| status == Status::Scheduled)))
        });
        mark.filter(|_| self.ours)
    }

    /// A title without what we write around it: its status, which slot of how many, that the hour is open.
    pub fn title(&self, title: &str) -> String {
        let mut title = title.trim();
        if !self.ours {
            return title.to_owned();
        }
        if let Some((prefix, ..)) = self.mark(title) {
            title = &title[prefix.len()..];
        }
        for tongue in TONGUES {
            title = title.strip_suffix(&hour_open(tongue)).unwrap_or(title);
        }
        if let Some((rest, number)) = title.strip_suffix(')').and_then(|title| title.rsplit_once(" ("))
            && let Some((word, number)) = number.split_once(' ')
            && ["créneau", "slot"].contains(&word)
            && number.split_once('/').is_some_and(|(n, of)| n.parse::<u16>().is_ok() && of.parse::<u16>().is_ok())
        {
            title = rest;
        }
        title.to_owned()
    }
}

fn hour_open(tongue: Tongue) -> String {
    format!(" ({})", tongue.say("hour-open"))
}
