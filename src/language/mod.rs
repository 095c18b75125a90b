//! Every sentence that a person reads, in French and in English: code lists, dates in words, findings with their mend.
//!
//! One entrance, [`Tongue`]. The sentences are in `fr/*.ftl` and `en/*.ftl` (Fluent), compiled into the program; dates
//! and hours are written here, because French and English typography differ in more than words.

mod dossier;

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{Loader, static_loader};
use jiff::civil::{Date, Time};

use crate::event::{Availability, Days, Hours, Language, Minutes, Moment, Region, Status, When, Zone};
use crate::programme::{Code, FailureKind};

static_loader! {
    static SENTENCES = {
        locales: "./src/language",
        fallback_language: "en",
        // Isolation marks (U+2068) are for mixed-direction screens; in feeds and calendars they are noise.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language in which essaim speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tongue {
    /// French.
    #[default]
    French,
    /// English.
    English,
}

/// What a sentence is completed with.
pub type Argument<'a> = (&'static str, FluentValue<'a>);

impl Tongue {
    /// Both.
    pub const ALL: [Tongue; 2] = [Tongue::French, Tongue::English];

    /// French for French, English for all else; French where nothing is said, since most labs write it.
    pub fn of(language: Option<&Language>) -> Tongue {
        match language.map(Language::primary).as_deref() {
            None | Some("fr") => Tongue::French,
            Some(_) => Tongue::English,
        }
    }

    /// `fr` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Tongue::French => "fr",
            Tongue::English => "en",
        }
    }

    /// The other one, which a page links to.
    pub fn other(self) -> Tongue {
        match self {
            Tongue::French => Tongue::English,
            Tongue::English => Tongue::French,
        }
    }

    fn id(self) -> fluent_templates::LanguageIdentifier {
        match self {
            Tongue::French => fluent_templates::langid!("fr"),
            Tongue::English => fluent_templates::langid!("en"),
        }
    }

    /// The sentence of this key; a test sees to it that each key is in both languages.
    pub fn say(self, key: &str) -> String {
        SENTENCES.lookup(&self.id(), key)
    }

    /// Whether there is a sentence of this key.
    pub fn knows(self, key: &str) -> bool {
        SENTENCES.try_lookup(&self.id(), key).is_some()
    }

    /// The sentence of this key, completed.
    pub fn say_with<'a>(self, key: &str, arguments: impl IntoIterator<Item = Argument<'a>>) -> String {
        let arguments: HashMap<Cow<'static, str>, FluentValue<'a>> =
            arguments.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        SENTENCES.lookup_with_args(&self.id(), key, &arguments)
    }

    /// The name of a code of a list of the profile: `label("format", "workshop")` is *Atelier*.
    pub fn label(self, list: &str, code: &str) -> String {
        self.say(&format!("{list}-{code}"))
    }

    /// The name of a region of our default data; `None` for regions of other countries.
    pub fn region(self, region: &Region) -> Option<String> {
        SENTENCES.try_lookup(&self.id(), &format!("region-{region}"))
    }

    /// What was found, in a sentence.
    pub fn finding(self, code: Code) -> String {
        self.label("finding", code.as_str())
    }

    /// What to do about it, in a sentence.
    pub fn mend(self, code: Code) -> String {
        self.label("mend", code.as_str())
    }

    /// Why a fetch failed, in a sentence.
    pub fn failure(self, kind: FailureKind) -> String {
        self.label("failure", kind.as_str())
    }

    /// The prefix of the title of an event that does not take place as announced: `[Annulé] `. One at most, status
    /// before availability.
    pub fn title_prefix(self, status: Status, availability: Option<Availability>) -> Option<&'static str> {
        let french = self == Tongue::French;
        Some(match (status, availability) {
            (Status::Cancelled, _) => {
                if french {
                    "[Annulé] "
                } else {
                    "[Cancelled] "
                }
            }
            (Status::Postponed, _) => {
                if french {
                    "[Reporté] "
                } else {
                    "[Postponed] "
                }
            }
            (Status::Rescheduled, _) => {
                if french {
                    "[Nouvelle date] "
                } else {
                    "[New date] "
                }
            }
            (Status::MovedOnline, _) => {
                if french {
                    "[En ligne] "
                } else {
                    "[Online] "
                }
            }
            (Status::Scheduled, Some(Availability::Full)) => {
                if french {
                    "[Complet] "
                } else {
                    "[Full] "
                }
            }
            (Status::Scheduled, _) => return None,
        })
    }

    /// A day in words: *mardi 19 novembre 2024*, *Tuesday 19 November 2024*.
    pub fn day(self, day: Date) -> String {
        format!("{} {} {} {}", self.weekday(day), self.day_of_month(day), self.month(day), day.year())
    }

    /// A day without its year or weekday: *19 novembre*, *19 November*.
    pub fn short_day(self, day: Date) -> String {
        format!("{} {}", self.day_of_month(day), self.month(day))
    }

    /// The weekday: *mardi*, *Tuesday*.
    pub fn weekday(self, day: Date) -> &'static str {
        const FRENCH: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
        const ENGLISH: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let index = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        match self {
            Tongue::French => FRENCH[index],
            Tongue::English => ENGLISH[index],
        }
    }

    /// The month: *novembre*, *November*.
    pub fn month(self, day: Date) -> &'static str {
        const FRENCH: [&str; 12] = [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ];
        const ENGLISH: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let index = usize::from(day.month().unsigned_abs()) - 1;
        match self {
            Tongue::French => FRENCH[index],
            Tongue::English => ENGLISH[index],
        }
    }

    fn day_of_month(self, day: Date) -> String {
        // French says « 1er » for the first of a month only.
        if self == Tongue::French && day.day() == 1 { "1er".to_owned() } else { day.day().to_string() }
    }

    /// Days in words: *du 4 au 30 novembre 2024*, *4 to 30 November 2024*; one day with its weekday.
    pub fn days(self, days: Days) -> String {
        let (first, last) = (days.first(), days.last());
        if first == last {
            return self.day(first);
        }
        let from = if first.year() != last.year() {
            format!("{} {} {}", self.day_of_month(first), self.month(first), first.year())
        } else if first.month() != last.month() {
            format!("{} {}", self.day_of_month(first), self.month(first))
        } else {
            self.day_of_month(first)
        };
        let to = format!("{} {} {}", self.day_of_month(last), self.month(last), last.year());
        match self {
            Tongue::French => format!("du {from} au {to}"),
            Tongue::English => format!("{from} to {to}"),
        }
    }

    /// An hour: *10 h*, *10 h 30* with no-break spaces; *10:00*, *10:30*.
    pub fn hour(self, time: Time) -> String {
        match (self, time.minute()) {
            (Tongue::French, 0) => format!("{}\u{a0}h", time.hour()),
            (Tongue::French, minute) => format!("{}\u{a0}h\u{a0}{minute:02}", time.hour()),
            (Tongue::English, minute) => format!("{}:{minute:02}", time.hour()),
        }
    }

    /// When a slot takes place, as exactly as it is known: *mardi 19 novembre 2024, 10 h – 11 h 30*; *jeudi 14
    /// novembre 2024 (horaire à préciser)*.
    pub fn when(self, when: &When) -> String {
        match when {
            When::Timed(hours) => self.hours(hours),
            When::Day { days, duration: None } => format!("{} ({})", self.days(*days), self.say("hour-open")),
            When::Day { days, duration: Some(duration) } => {
                format!("{} ({}, {})", self.days(*days), self.say("hour-open"), self.duration(*duration))
            }
            When::AllDay(days) => format!("{} ({})", self.days(*days), self.say("all-day")),
            When::Period(days) => self.days(*days),
        }
    }

    fn hours(self, hours: &Hours) -> String {
        let start = hours.start().wall();
        let from = format!("{}, {}", self.day(start.date()), self.hour(start.time()));
        match hours.end().map(|end| end.wall()) {
            None => from,
            Some(end) if end.date() == start.date() => format!("{from} – {}", self.hour(end.time())),
            Some(end) => format!("{from} – {}, {}", self.day(end.date()), self.hour(end.time())),
        }
    }

    /// A moment: *18 novembre 2024, 18 h*.
    pub fn moment(self, moment: Moment) -> String {
        let wall = moment.wall();
        format!("{} {}, {}", self.short_day(wall.date()), wall.year(), self.hour(wall.time()))
    }

    /// How long: *1 h 30*, *45 min*, *24 h*.
    pub fn duration(self, minutes: Minutes) -> String {
        match (minutes.get() / 60, minutes.get() % 60) {
            (0, minutes) => format!("{minutes}\u{a0}min"),
            (hours, 0) => format!("{hours}\u{a0}h"),
            (hours, minutes) => format!("{hours}\u{a0}h\u{a0}{minutes:02}"),
        }
    }

    /// The zone for a reader who is elsewhere: *heure de Paris*, *Paris time*.
    pub fn zone(self, zone: &Zone) -> String {
        let city = zone.as_str().rsplit('/').next().unwrap_or_default().replace('_', " ");
        self.say_with("zone-of", [("city", city.into())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn keys(of: &str) -> std::collections::BTreeSet<String> {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/language").join(of);
        let files = std::fs::read_dir(dir).unwrap();
        files
            .flat_map(|file| {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                text.lines()
                    .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
                    .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim().to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn a_sentence_of_one_language_is_missing_in_the_other() {
        assert_eq!(keys("fr"), keys("en"));
    }

    /// Every file below a folder, with what is in it.
    fn sources(folder: &std::path::Path) -> Vec<(std::path::PathBuf, String)> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .flat_map(|path| match path.is_dir() {
                true => sources(&path),
                false => std::fs::read_to_string(&path).map(|text| (path, text)).into_iter().collect(),
            })
            .collect()
    }

    #[test]
    fn a_page_asks_for_a_sentence_that_is_not_there() {
        let known = keys("fr");
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut asked = Vec::new();
        // What a page says, and what is wrong with a form, by its code.
        for (path, text) in sources(&source.join("web")).into_iter().chain(sources(&source.join("command"))) {
            for call in ["say(\"", "say_with(\"", "self.num(\""] {
                let keys = text.split(call).skip(1).filter_map(|rest| rest.split_once('"'));
                asked.extend(keys.map(|(key, _)| (path.clone(), key.to_owned())));
            }
        }
        for (path, text) in sources(&source.join("node/form")) {
            for call in ["self.problem(", "self.word("] {
                let codes = text.split(call).skip(1).filter_map(|rest| rest.split_once(", \"")?.1.split_once('"'));
                asked.extend(codes.map(|(code, _)| (path.clone(), format!("desk-problem-{code}"))));
            }
        }
        assert!(asked.len() > 400, "{} are looked at: where have they gone?", asked.len());
        let missing: Vec<_> = asked.iter().filter(|(_, key)| !known.contains(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_code_has_its_sentence_in_both_languages() {
        use crate::event::{AccessCode, Audience, Format, Mode, ResourceKind};
        let known = keys("fr");
        let mut codes: Vec<String> = Vec::new();
        codes.extend(Status::ALL.iter().map(|c| format!("status-{}", c.code())));
        codes.extend(Availability::ALL.iter().map(|c| format!("availability-{}", c.code())));
        codes.extend(Mode::ALL.iter().map(|c| format!("mode-{}", c.code())));
        codes.extend(Format::ALL.iter().map(|c| format!("format-{}", c.code())));
        codes.extend(Audience::ALL.iter().map(|c| format!("audience-{}", c.code())));
        codes.extend(AccessCode::ALL.iter().map(|c| format!("accessibility-{}", c.code())));
        codes.extend(ResourceKind::ALL.iter().map(|c| format!("resource-{}", c.code())));
        codes.extend(Code::ALL.iter().map(|c| format!("finding-{}", c.as_str())));
        codes.extend(Code::ALL.iter().map(|c| format!("mend-{}", c.as_str())));
        codes.extend(FailureKind::ALL.iter().map(|c| format!("failure-{}", c.as_str())));
        let missing: Vec<&String> = codes.iter().filter(|code| !known.contains(*code)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_day_without_an_hour_is_never_said_to_last_all_day() {
        let days = Days::new(date(2024, 11, 14), date(2024, 11, 14)).unwrap();
        let day = When::Day { days, duration: Minutes::new(90) };
        assert_eq!(Tongue::French.when(&day), "jeudi 14 novembre 2024 (horaire à préciser, 1\u{a0}h\u{a0}30)");
        assert_eq!(Tongue::English.when(&day), "Thursday 14 November 2024 (time to be confirmed, 1\u{a0}h\u{a0}30)");
    }

    #[test]
    fn dates_and_hours_follow_each_languages_typography() {
        let at = |t| Moment::parse(t).unwrap();
        let hours = Hours::new(at("2024-12-01T10:00:00+01:00"), Some(at("2024-12-01T11:30:00+01:00"))).unwrap();
        assert_eq!(
            Tongue::French.when(&When::Timed(hours)),
            "dimanche 1er décembre 2024, 10\u{a0}h – 11\u{a0}h\u{a0}30"
        );
        assert_eq!(Tongue::English.when(&When::Timed(hours)), "Sunday 1 December 2024, 10:00 – 11:30");
        let days = Days::new(date(2024, 11, 4), date(2024, 11, 30)).unwrap();
        assert_eq!(Tongue::French.days(days), "du 4 au 30 novembre 2024");
    }
}
