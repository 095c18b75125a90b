//! The properties of one component, by what they are for.

use calcard::icalendar::{
    ICalendarComponent, ICalendarEntry, ICalendarParameterName as Parameter, ICalendarProperty as Property,
    ICalendarValue,
};
use jiff::{SignedDuration, Timestamp};

use super::clock::length;
use crate::event::Status;

/// One component.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    component: ICalendarComponent,
    /// How it stood in the document.
    pub raw: &'a str,
    /// Lines of it that were too long to be read, by name.
    pub too_long: Vec<String>,
}

impl<'a> Fields<'a> {
    /// The properties of a component that stood so.
    pub fn new(component: ICalendarComponent, raw: &'a str, too_long: Vec<String>) -> Fields<'a> {
        Fields { component, raw, too_long }
    }

    /// Whether it has such a property.
    pub fn has(&self, name: &Property) -> bool {
        self.component.has_property(name)
    }

    /// The first property of this name.
    pub fn entry(&self, name: &Property) -> Option<&ICalendarEntry> {
        self.entries(name).next()
    }

    /// The properties of this name, in their order.
    pub fn entries(&self, name: &Property) -> impl Iterator<Item = &ICalendarEntry> {
        self.component.entries.iter().filter(move |entry| entry.name == *name)
    }

    /// The first text of a property that says something.
    pub fn text(&self, name: &Property) -> Option<String> {
        self.entries(name).filter_map(text).find(|text| !text.trim().is_empty())
    }

    /// The same, of a property that no standard names.
    pub fn other(&self, name: &str) -> Option<String> {
        let own =
            |entry: &&ICalendarEntry| matches!(&entry.name, Property::Other(own) if own.eq_ignore_ascii_case(name));
        self.component.entries.iter().filter(own).filter_map(text).find(|text| !text.trim().is_empty())
    }

    /// Properties that no standard names, with their parameters.
    pub fn others(&self, name: &str) -> impl Iterator<Item = &ICalendarEntry> {
        let own = move |entry: &&ICalendarEntry| matches!(&entry.name, Property::Other(own) if own.eq_ignore_ascii_case(name));
        self.component.entries.iter().filter(own)
    }

    /// An instant, as the stamps of a component are.
    pub fn instant(&self, name: &Property) -> Option<Timestamp> {
        let told = self.entry(name)?.values.first()?.as_partial_date_time()?;
        Timestamp::from_second(told.to_timestamp()?).ok()
    }

    /// How often it changed, and when last: which of two versions is the later one.
    pub fn revision(&self) -> (u32, Option<Timestamp>) {
        (self.sequence(), self.instant(&Property::LastModified))
    }

    /// How often it changed (RFC 5545 §3.8.7.4).
    pub fn sequence(&self) -> u32 {
        let told = self.entry(&Property::Sequence).and_then(|entry| entry.values.first());
        told.and_then(ICalendarValue::as_integer).and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
    }

    /// `DURATION`.
    pub fn duration(&self) -> Option<SignedDuration> {
        match self.entry(&Property::Duration)?.values.first()? {
            ICalendarValue::Duration(told) => Some(length(told)),
            _ => None,
        }
    }

    /// Whether it takes place, where it says so. `TENTATIVE` says nothing about that.
    pub fn status(&self) -> Option<Status> {
        let told = self.text(&Property::Status)?;
        match told.trim().to_ascii_uppercase().as_str() {
            // The second is a misspelling that programs write.
            "CANCELLED" | "CANCELED" => Some(Status::Cancelled),
            "CONFIRMED" => Some(Status::Scheduled),
            _ => None,
        }
    }

    /// Whether its program marks it as of whole days though it gives hours.
    pub fn says_all_day(&self) -> bool {
        let marks = ["X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY"];
        let yes = |told: String| told.eq_ignore_ascii_case("TRUE") || told == "1";
        marks.iter().any(|mark| self.other(mark).is_some_and(yes))
    }

    /// Whether it changes its date and all that follow (RFC 5545 §3.2.13).
    pub fn is_for_the_rest(&self) -> bool {
        self.entry(&Property::RecurrenceId).is_some_and(|entry| entry.has_parameter(&Parameter::Range))
    }

    /// Whether it is for its owner or their circle only (RFC 5545 §3.8.1.3).
    pub fn is_private(&self) -> bool {
        let told = self.text(&Property::Class).unwrap_or_default();
        ["PRIVATE", "CONFIDENTIAL"].iter().any(|class| told.trim().eq_ignore_ascii_case(class))
    }
}

/// All that an entry says, as one text: what a reader took for separators in it is put back.
pub fn text(entry: &ICalendarEntry) -> Option<String> {
    let parts: Vec<&str> = entry.values.iter().filter_map(ICalendarValue::as_text).collect();
    (!parts.is_empty()).then(|| parts.join(";"))
}

/// A parameter of an entry, by its name.
pub fn parameter<'a>(entry: &'a ICalendarEntry, name: &Parameter) -> Option<&'a str> {
    entry.parameters(name).find_map(|value| value.as_text())
}
