//! Which zone of the IANA database a calendar means by a name of its own.
//!
//! It hides the names that Windows, Outlook (in several languages), Mozilla and Evolution give to zones, and those that
//! only the calendar itself explains by its rules (`VTIMEZONE`, RFC 5545 §3.6.5). The database's rules are taken, not
//! the calendar's: these are often out of date, and a published time names its zone.

use std::collections::BTreeMap;
use std::str::FromStr;

use calcard::common::timezone::Tz;
use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue};

use crate::event::Zone;

/// Zones of which Outlook names the towns in French: its other names calcard knows. One town is enough, since no two
/// of Windows' zones share one.
const BY_TOWN: [(&str, &str); 12] = [
    ("Paris", "Europe/Paris"),
    ("Bruxelles", "Europe/Paris"),
    ("Brussels", "Europe/Paris"),
    ("Londres", "Europe/London"),
    ("Lisbonne", "Europe/London"),
    ("Berne", "Europe/Berlin"),
    ("Belgrade", "Europe/Budapest"),
    ("Varsovie", "Europe/Warsaw"),
    ("Athènes", "Europe/Bucharest"),
    ("Helsinki", "Europe/Helsinki"),
    ("Casablanca", "Africa/Casablanca"),
    ("La Réunion", "Indian/Reunion"),
];

/// Zones that stand for their offsets where a calendar explains a name by its rules alone, one for each pair of
/// offsets and the hemisphere's summer; those where most of our readers live come first.
const BY_RULES: [&str; 17] = [
    "Europe/Paris",
    "Europe/London",
    "Europe/Athens",
    "Atlantic/Azores",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Halifax",
    "America/St_Johns",
    "America/Miquelon",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Asia/Jerusalem",
    "Asia/Beirut",
];

/// The zones of a calendar.
#[derive(Debug, Default)]
pub struct Zones {
    /// What each name means, as far as it was understood.
    named: BTreeMap<String, Option<Zone>>,
    /// The zone that the whole calendar is in, when it says so or knows but one.
    pub own: Option<Zone>,
}

impl Zones {
    /// Those of a document that defines none and is in this one.
    pub fn of(home: Option<&Zone>) -> Zones {
        Zones { own: home.cloned(), ..Zones::default() }
    }

    /// Reads the definitions of a calendar, and its `X-WR-TIMEZONE`.
    pub fn new(definitions: &[ICalendar], whole: Option<&str>) -> Zones {
        let mut zones = Zones::default();
        for definition in definitions {
            let Some(component) = definition.components.first() else { continue };
            // Some programs run the definitions of several zones into one.
            for name in component.properties(&ICalendarProperty::Tzid).filter_map(|name| name.values.first()?.as_text())
            {
                zones.named.entry(name.to_owned()).or_insert_with(|| defined(name, definition, component));
            }
        }
        zones.own = whole.and_then(|name| zones.get(name)).or_else(|| {
            // Some programs define UTC beside the zone they use.
            let mut known = zones.named.values().flatten().filter(|zone| !is_utc(zone));
            known.next().filter(|_| known.next().is_none()).cloned()
        });
        zones
    }

    /// The zone of this name; `None` when nobody knows it.
    pub fn get(&self, name: &str) -> Option<Zone> {
        let name = name.trim();
        match self.named.get(name) {
            Some(zone) => zone.clone(),
            None => by_name(name),
        }
    }
}

/// Whether a zone is UTC by one of its names: then a time in it is an instant, and tells no wall clock.
pub fn is_utc(zone: &Zone) -> bool {
    matches!(zone.as_str(), "UTC" | "Etc/UTC" | "Etc/UCT" | "UCT" | "Zulu" | "Etc/Zulu" | "Universal" | "Etc/Universal")
}

fn defined(name: &str, definition: &ICalendar, component: &ICalendarComponent) -> Option<Zone> {
    let other = |name: &str| text(component, &ICalendarProperty::Other(name.to_owned()));
    let location = || other("X-LIC-LOCATION").and_then(by_name);
    let microsoft = || other("X-MICROSOFT-CDO-TZID").and_then(Tz::from_ms_cdo_zone_id).and_then(zone);
    by_name(name).or_else(location).or_else(microsoft).or_else(|| by_rules(definition))
}

fn by_name(name: &str) -> Option<Zone> {
    let name = name.trim().trim_matches('"');
    if let Ok(zone) = Zone::new(name) {
        return Some(zone);
    }
    // `/freeassociation.sourceforge.net/Europe/Paris`, `/mozilla.org/20050126_1/America/Indiana/Knox`
    let parts: Vec<&str> = name.split('/').collect();
    for length in (2..=3).filter(|length| *length < parts.len()) {
        if let Ok(zone) = Zone::new(&parts[parts.len() - length..].join("/")) {
            return Some(zone);
        }
    }
    let known = Tz::from_str(name).ok();
    let Some((_, towns)) = name.strip_prefix('(').and_then(|name| name.split_once(')')) else {
        return known.and_then(zone);
    };
    // `(UTC+01:00) Bruxelles, Copenhague, Madrid, Paris`: the offset alone would be wrong half of the year.
    let named =
        known.filter(|tz| matches!(tz, Tz::Tz(_))).and_then(zone).filter(|zone| !zone.as_str().starts_with("Etc/"));
    named.or_else(|| {
        let town = |named: &str| BY_TOWN.iter().find(|(known, _)| *known == named);
        towns.split(',').find_map(|named| town(named.trim())).and_then(|(_, zone)| Zone::new(zone).ok())
    })
}

fn zone(tz: Tz) -> Option<Zone> {
    tz.name().and_then(|name| Zone::new(&name).ok())
}

fn text<'a>(component: &'a ICalendarComponent, name: &ICalendarProperty) -> Option<&'a str> {
    component.property(name)?.values.first()?.as_text()
}

/// A zone that does what these rules say: in winter and in summer, on this half of the Earth.
fn by_rules(definition: &ICalendar) -> Option<Zone> {
    let (standard, _) = latest(definition, &ICalendarComponentType::Standard)?;
    let daylight = latest(definition, &ICalendarComponentType::Daylight);
    let Some((summer, begins)) = daylight else {
        let hours = standard / 3600;
        if standard % 3600 != 0 {
            return None;
        }
        // The names of POSIX count westward.
        let sign = if hours > 0 { '-' } else { '+' };
        let name = if hours == 0 { "Etc/UTC".to_owned() } else { format!("Etc/GMT{sign}{}", hours.abs()) };
        return Zone::new(&name).ok();
    };
    // Any recent year has the rules of today.
    let offset = |zone: &Zone, month| {
        let noon = jiff::civil::date(2026, month, 1).at(12, 0, 0, 0);
        zone.at(noon).map(|moment| moment.offset().seconds())
    };
    let north = (2..=7).contains(&begins);
    let (january, july) = if north { (standard, summer) } else { (summer, standard) };
    BY_RULES
        .iter()
        .filter_map(|name| Zone::new(name).ok())
        .find(|zone| offset(zone, 1) == Some(january) && offset(zone, 7) == Some(july))
}

/// The offset (seconds east) of the rule of this kind that began last, and the month in which it begins each year.
fn latest(definition: &ICalendar, kind: &ICalendarComponentType) -> Option<(i32, u8)> {
    let rules = definition.components.iter().filter(|component| component.component_type == *kind);
    let read = |component: &ICalendarComponent| {
        let time = |name| component.property(&name)?.values.first()?.as_partial_date_time().cloned();
        let offset = time(ICalendarProperty::Tzoffsetto)?;
        let seconds = i32::from(offset.tz_hour?) * 3600 + i32::from(offset.tz_minute.unwrap_or(0)) * 60;
        let start = time(ICalendarProperty::Dtstart)?;
        let rule = component.property(&ICalendarProperty::Rrule).and_then(|rule| rule.values.first());
        let month = match rule {
            Some(ICalendarValue::RecurrenceRule(rule)) => {
                rule.bymonth.first().map(calcard::icalendar::ICalendarMonth::month)
            }
            _ => None,
        };
        let seconds = if offset.tz_minus { -seconds } else { seconds };
        Some((start.year?, seconds, month.or(start.month)?))
    };
    rules.filter_map(read).max_by_key(|(year, ..)| *year).map(|(_, seconds, month)| (seconds, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(text: &str) -> ICalendar {
        ICalendar::parse(text).unwrap()
    }

    fn rules(name: &str, standard: &str, daylight: Option<(&str, u8)>) -> ICalendar {
        let rule = |kind: &str, to: &str, month: u8| {
            format!(
                "BEGIN:{kind}\nDTSTART:16010101T030000\nTZOFFSETFROM:+0000\nTZOFFSETTO:{to}\n\
                 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH={month}\nEND:{kind}\n"
            )
        };
        let summer = daylight.map(|(to, month)| rule("DAYLIGHT", to, month)).unwrap_or_default();
        let winter = rule("STANDARD", standard, 10);
        definition(&format!("BEGIN:VTIMEZONE\nTZID:{name}\n{winter}{summer}END:VTIMEZONE\n"))
    }

    #[test]
    fn a_zone_by_another_name_is_unknown() {
        let zones = Zones::default();
        for (name, is) in [
            ("Europe/Paris", "Europe/Paris"),
            ("europe/paris", "Europe/Paris"),
            ("/freeassociation.sourceforge.net/Europe/Paris", "Europe/Paris"),
            ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"),
            ("/citadel.org/20210210_1/America/Indiana/Knox", "America/Indiana/Knox"),
            ("Romance Standard Time", "Europe/Paris"),
            ("GMT Standard Time", "Europe/London"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", "Europe/Paris"),
            ("(UTC+01:00) Bruxelles, Copenhague, Madrid, Paris", "Europe/Paris"),
            ("(GMT+01:00) Amsterdam, Berlin, Berne, Rome, Stockholm, Vienne", "Europe/Berlin"),
            ("Pacific Standard Time", "America/Los_Angeles"),
        ] {
            assert_eq!(zones.get(name).map(|zone| zone.to_string()).as_deref(), Some(is), "{name}");
        }
        for name in ["", "Chez nous", "(UTC+01:00) Nulle part", "Customized Time Zone"] {
            assert_eq!(zones.get(name), None, "{name}");
        }
    }

    #[test]
    fn a_name_that_only_the_calendar_explains_is_unknown() {
        let named = |definition: ICalendar| Zones::new(&[definition], None).get("Nous").map(|zone| zone.to_string());
        assert_eq!(named(rules("Nous", "+0100", Some(("+0200", 3)))).as_deref(), Some("Europe/Paris"));
        assert_eq!(named(rules("Nous", "+0000", Some(("+0100", 3)))).as_deref(), Some("Europe/London"));
        assert_eq!(named(rules("Nous", "-0500", Some(("-0400", 3)))).as_deref(), Some("America/New_York"));
        assert_eq!(named(rules("Nous", "+1000", Some(("+1100", 10)))).as_deref(), Some("Australia/Sydney"));
        assert_eq!(named(rules("Nous", "+0400", None)).as_deref(), Some("Etc/GMT-4"));
        assert_eq!(named(rules("Nous", "+0517", None)), None);
        let located = "BEGIN:VTIMEZONE\nTZID:Nous\nX-LIC-LOCATION:Indian/Reunion\nEND:VTIMEZONE\n";
        assert_eq!(named(definition(located)).as_deref(), Some("Indian/Reunion"));
        let outlook = "BEGIN:VTIMEZONE\nTZID:Nous\nX-MICROSOFT-CDO-TZID:3\nEND:VTIMEZONE\n";
        assert_eq!(named(definition(outlook)).as_deref(), Some("Europe/Paris"));
    }

    #[test]
    fn times_without_a_zone_are_read_in_another_than_the_calendars_own() {
        let own = |definitions: &[ICalendar], whole| Zones::new(definitions, whole).own.map(|zone| zone.to_string());
        let (paris, utc) = (rules("Europe/Paris", "+0100", None), rules("UTC", "+0000", None));
        assert_eq!(own(&[], Some("Europe/Paris")).as_deref(), Some("Europe/Paris"));
        assert_eq!(own(&[paris.clone(), utc], None).as_deref(), Some("Europe/Paris"));
        assert_eq!(own(&[paris, rules("Europe/London", "+0000", None)], None), None);
        assert_eq!(own(&[], None), None);
    }
}
