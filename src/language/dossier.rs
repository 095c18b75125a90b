//! Why copies were joined, or may be one event, as a person would say it.

use super::Tongue;
use crate::programme::{Evidence, Join, Rule, Weighed};

/// Most words of a title that a sentence names.
const MOST_WORDS: usize = 5;
/// Longest name that a sentence holds, in characters.
const LONGEST: usize = 80;

impl Tongue {
    /// The rule that joined two copies.
    pub fn rule(self, rule: Rule) -> String {
        self.say(match rule {
            Rule::Decision => "dossier-rule-decision",
            Rule::With => "dossier-rule-with",
            Rule::Chain => "dossier-rule-chain",
            Rule::Page => "dossier-rule-page",
            Rule::Registration => "dossier-rule-registration",
            Rule::Twice => "dossier-rule-twice",
            Rule::Confirmed => "dossier-rule-confirmed",
            Rule::Likeness => "dossier-rule-likeness",
        })
    }

    /// One thing that was compared.
    pub fn evidence(self, evidence: &Evidence) -> String {
        let with = |key: &str, name: &'static str, value: &str| self.say_with(key, [(name, brief(value).into())]);
        match evidence {
            Evidence::TitleWords { words, .. } if words.is_empty() => self.say("dossier-no-words"),
            Evidence::TitleWords { words, .. } => with("dossier-words", "words", &some(words)),
            Evidence::OtherWords { here, there } => match (here.is_empty(), there.is_empty()) {
                (false, false) => self.say_with(
                    "dossier-words-on-each",
                    [("here", brief(&some(here)).into()), ("there", brief(&some(there)).into())],
                ),
                (true, _) => with("dossier-words-on-one", "words", &some(there)),
                (_, true) => with("dossier-words-on-one", "words", &some(here)),
            },
            Evidence::Number => self.say("dossier-number"),
            Evidence::OtherNumber => self.say("dossier-other-number"),
            Evidence::SameDay { day } => with("dossier-day", "day", &self.short_day(*day)),
            Evidence::SameStart { .. } => self.say("dossier-start"),
            Evidence::OtherHour { day } => with("dossier-other-hour", "day", &self.short_day(*day)),
            Evidence::OtherDay { days } => self.say_with("dossier-other-day", [("days", (*days).into())]),
            Evidence::Recurs => self.say("dossier-recurs"),
            Evidence::NoDay => self.say("dossier-no-day"),
            Evidence::Organiser { name } => with("dossier-organiser", "name", name.as_str()),
            Evidence::Place { name } => with("dossier-place", "name", name),
            Evidence::OtherTown { here, there } => {
                self.say_with("dossier-other-town", [("here", brief(here).into()), ("there", brief(there).into())])
            }
            Evidence::ManyTowns { towns } => self.say_with("dossier-many-towns", [("towns", (*towns).into())]),
            Evidence::BothOnline => self.say("dossier-online"),
            Evidence::OtherMode => self.say("dossier-other-mode"),
            Evidence::Text { .. } => self.say("dossier-text"),
            Evidence::Speaker { name } => with("dossier-speaker", "name", name.as_str()),
            Evidence::Address { .. } => self.say("dossier-address"),
            Evidence::NamesEachOther => self.say("dossier-each-other"),
        }
    }

    /// A join in one line, for readers: the rule, and what speaks for it.
    pub fn why(self, join: &Join) -> String {
        let speaks = join.evidence.iter().filter(|weighed| weighed.points.is_none_or(|points| points > 0));
        let mut parts = vec![self.rule(join.rule)];
        for weighed in speaks {
            let said = self.evidence(&weighed.evidence);
            if !parts.contains(&said) {
                parts.push(said);
            }
        }
        parts.join(" · ")
    }

    /// All that was compared, each with its points where it has some: `+2,3 même jour (mardi 19 novembre)`.
    pub fn weighed(self, evidence: &[Weighed]) -> Vec<String> {
        evidence
            .iter()
            .map(|weighed| match weighed.points {
                Some(points) => format!("{} {}", self.points(points), self.evidence(&weighed.evidence)),
                None => self.evidence(&weighed.evidence),
            })
            .collect()
    }

    fn points(self, hundredths: i16) -> String {
        let sign = if hundredths < 0 { '−' } else { '+' };
        let tenths = (hundredths.unsigned_abs() + 5) / 10;
        let point = if self == Tongue::French { ',' } else { '.' };
        format!("{sign}{}{point}{}", tenths / 10, tenths % 10)
    }
}

fn some(words: &[String]) -> String {
    words.iter().take(MOST_WORDS).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// A feed may hold a name of any length.
fn brief(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_written_as_each_language_writes_numbers() {
        assert_eq!(Tongue::French.points(234), "+2,3");
        assert_eq!(Tongue::English.points(-56), "−0.6");
    }

    #[test]
    fn readers_are_told_what_speaks_for_a_join_and_the_team_what_speaks_against_too() {
        let evidence = vec![
            Weighed { evidence: Evidence::BothOnline, points: Some(120) },
            Weighed { evidence: Evidence::OtherDay { days: 1 }, points: Some(-80) },
        ];
        let join = Join { rule: Rule::Likeness, score: 800, evidence };
        assert_eq!(Tongue::English.why(&join), "alike announcements · both online");
        assert_eq!(Tongue::French.weighed(&join.evidence)[1], "−0,8 un jour d’écart entre les débuts");
    }
}
