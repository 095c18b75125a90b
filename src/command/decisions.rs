//! `essaim decisions`: what waits for a person, and what a person rules.
//!
//! A ruling is written and its effect told by comparing the programme before and after; a running aggregator takes it
//! up at its next look.

use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::roles::open_aggregator;
use super::{Done, Outcome, now, tongue};
use crate::aggregator::Aggregator;
use crate::aggregator::desk::{Desk, Effect, Unclear, handle};
use crate::config;
use crate::event::{Event, Line};
use crate::language::Tongue;
use crate::programme::{Decision, Doubt, EntryKey, Field, Ruling};

/// What can be asked and ruled.
#[derive(Subcommand)]
pub enum Command {
    /// What is held, doubtful or waiting for its author, and what was ruled
    List {
        /// Decisions that were taken back too
        #[arg(long)]
        undone: bool,
    },
    /// Two entries are one event
    Same {
        /// An entry: its handle, "SOURCE ID", its id, or the page of its event
        #[arg(value_name = "ENTRY")]
        a: String,
        /// The other
        #[arg(value_name = "ENTRY")]
        b: String,
        #[command(flatten)]
        who: Who,
    },
    /// Two entries never are one event
    Different {
        /// An entry: its handle, "SOURCE ID", its id, or the page of its event
        #[arg(value_name = "ENTRY")]
        a: String,
        /// The other
        #[arg(value_name = "ENTRY")]
        b: String,
        #[command(flatten)]
        who: Who,
    },
    /// This entry speaks for its event
    Primary {
        /// The entry
        #[arg(value_name = "ENTRY")]
        entry: String,
        #[command(flatten)]
        who: Who,
    },
    /// The event of this entry says this, whatever its copies say
    #[command(long_about = "\
The event of this entry says this, whatever its copies say, until the decision is taken back. FIELD is one of title,
summary, status, mode, venue, town, registration, slots. Slots are written one after the other with a space between:
2026-11-19T10:00/2026-11-19T12:00 in the zone of the event, 2026-11-19 for a day without an hour, 2026-11-19/2026-11-21 for days.")]
    Correct {
        /// The entry, or the page of the event
        #[arg(value_name = "ENTRY")]
        entry: String,
        /// Which field
        #[arg(value_name = "FIELD")]
        field: String,
        /// What it says
        #[arg(value_name = "VALUE")]
        value: String,
        #[command(flatten)]
        who: Who,
    },
    /// The event of this entry is not shown; those who follow the programme are told that it is gone
    Hide {
        /// The entry, or the page of the event
        #[arg(value_name = "ENTRY")]
        entry: String,
        /// By whom; the system user where nobody is named
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// Why: asked for, since an event is taken from the public
        #[arg(long, value_name = "REASON")]
        why: String,
    },
    /// The event of this entry is shown again
    Show {
        /// The entry, or the page of the event
        #[arg(value_name = "ENTRY")]
        entry: String,
    },
    /// What a source under review says may be shown; what disappeared at once may go
    Release {
        /// The entry
        #[arg(value_name = "ENTRY", required_unless_present_any = ["source", "disappeared"])]
        entry: Option<String>,
        /// All that this source says until now
        #[arg(long, value_name = "KEY", conflicts_with_all = ["entry", "disappeared"])]
        source: Option<String>,
        /// What disappeared from this source at once: it was meant to, and is withdrawn
        #[arg(long, value_name = "KEY", conflicts_with = "entry")]
        disappeared: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Takes a decision back: the rules decide again
    Undo {
        /// The decision: its handle or its id
        #[arg(value_name = "DECISION")]
        decision: String,
    },
}

/// Who rules, and why.
#[derive(Args)]
pub struct Who {
    /// By whom; the system user where nobody is named
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "REASON")]
    why: Option<String>,
}

/// Lists or rules.
pub async fn run(config: &Path, json: bool, command: Command) -> Done {
    let config = config::Aggregator::read(config)?;
    let aggregator = open_aggregator(&config, true).await?;
    let desk = aggregator.desk().await?;
    let tongue = tongue();
    let done = match command {
        Command::List { undone } => {
            if json {
                println!("{}", list_json(&desk));
            } else {
                list(&desk, undone, tongue);
            }
            Ok(())
        }
        command => rule(&aggregator, &desk, command, json, tongue).await,
    };
    aggregator.store().close().await;
    done.map(|()| Outcome::Well)
}

/// What is to be written.
#[derive(Default)]
struct Change {
    made: Vec<Decision>,
    undone: Vec<Uuid>,
}

async fn rule(
    aggregator: &Aggregator,
    desk: &Desk,
    command: Command,
    json: bool,
    tongue: Tongue,
) -> Result<(), Box<dyn std::error::Error>> {
    let entry = |name: &str| desk.entry(name).map_err(|unclear| unclear_words(tongue, "entry", name, unclear));
    let at = now();
    let mut change = Change::default();
    let mut make =
        |ruling: Ruling, by: Option<String>, why: Option<String>| -> Result<(), Box<dyn std::error::Error>> {
            if let Some(already) = desk.said_already(&ruling) {
                let handle = handle(&already.id);
                return Err(tongue.say_with("decisions-already", [("decision", handle.into())]).into());
            }
            change.undone.extend(desk.against(&ruling).into_iter().map(|decision| decision.id));
            let why = why.map(|why| Line::new(&why)).transpose().map_err(|error| format!("--why: {error}"))?;
            change.made.push(Decision { id: Uuid::now_v7(), ruling, by: by_whom(by, tongue)?, at, why, undone: None });
            Ok(())
        };
    match command {
        Command::List { .. } => {}
        Command::Same { a, b, who } => {
            let (a, b) = two(entry(&a)?, entry(&b)?, tongue)?;
            make(Ruling::Same(a, b), who.by, who.why)?;
        }
        Command::Different { a, b, who } => {
            let (a, b) = two(entry(&a)?, entry(&b)?, tongue)?;
            make(Ruling::Different(a, b), who.by, who.why)?;
        }
        Command::Primary { entry: name, who } => make(Ruling::Primary(entry(&name)?), who.by, who.why)?,
        Command::Correct { entry: name, field, value, who } => {
            let key = entry(&name)?;
            let all = || Field::CORRECTED.map(Field::code).join(", ");
            let field = Field::corrected(&field).ok_or_else(|| {
                tongue.say_with("decisions-no-field", [("field", field.into()), ("fields", all().into())])
            })?;
            let unusable = || {
                tongue.say_with("decisions-unusable", [("field", field.code().into()), ("value", value.clone().into())])
            };
            let line = Line::new(&value).map_err(|_| unusable())?;
            let mut parts = match desk.shown(&key) {
                Some(event) => event.event.clone().into_parts(),
                None => desk.entries[&key].event.as_ref().clone().into_parts(),
            };
            field.correct(&mut parts, &line).map_err(|_| unusable())?;
            Event::new(parts).map_err(|fault| format!("{} {fault}", unusable()))?;
            make(Ruling::Corrected { entry: key, field, value: line }, who.by, who.why)?;
        }
        Command::Hide { entry: name, by, why } => {
            let key = entry(&name)?;
            if let Some(already) = desk.hiding(&key).first() {
                let handle = handle(&already.id);
                return Err(tongue.say_with("decisions-already", [("decision", handle.into())]).into());
            }
            make(Ruling::Hidden(key), by, Some(why))?;
        }
        Command::Show { entry: name } => {
            let key = entry(&name)?;
            change.undone = desk.hiding(&key).into_iter().map(|decision| decision.id).collect();
            if change.undone.is_empty() {
                return Err(tongue.say_with("decisions-not-hidden", [("title", desk.title(&key).into())]).into());
            }
        }
        Command::Release { entry: Some(name), who, .. } => {
            let key = entry(&name)?;
            if !desk.held.contains(&key) {
                return Err(tongue.say_with("decisions-not-held", [("title", desk.title(&key).into())]).into());
            }
            make(Ruling::Released(key), who.by, who.why)?;
        }
        Command::Release { disappeared: Some(name), who, .. } => {
            let source = desk.source(&name).map_err(|unclear| unclear_words(tongue, "source", &name, unclear))?;
            let Some((key, held)) = desk.disappearances.iter().find(|(key, _)| *key == source.key) else {
                let name = source.name.to_string();
                return Err(tongue.say_with("decisions-nothing-disappeared", [("name", name.into())]).into());
            };
            make(Ruling::Emptied { source: key.clone(), since: held.since }, who.by, who.why)?;
        }
        Command::Release { source, who, .. } => {
            let name = source.unwrap_or_default();
            let source = desk.source(&name).map_err(|unclear| unclear_words(tongue, "source", &name, unclear))?;
            let held: Vec<&EntryKey> = desk.held.iter().filter(|key| key.source == source.key).collect();
            if held.is_empty() {
                return Err(tongue.say_with("decisions-not-held", [("title", source.name.to_string().into())]).into());
            }
            for key in held {
                make(Ruling::Released(key.clone()), who.by.clone(), who.why.clone())?;
            }
        }
        Command::Undo { decision: name } => {
            let found = desk.decision(&name).map_err(|unclear| unclear_words(tongue, "decision", &name, unclear))?;
            if found.undone.is_some() {
                return Err(tongue.say_with("decisions-undone-already", [("decision", name.into())]).into());
            }
            change.undone.push(found.id);
        }
    }
    let mut all = desk.decisions.clone();
    all.iter_mut().filter(|decision| change.undone.contains(&decision.id)).for_each(|d| d.undone = Some(at));
    all.extend(change.made.iter().cloned());
    let effect = aggregator.weigh(&all, at).await;
    aggregator.store().decide(&change.made, &change.undone, at).await?;
    if json {
        let made: Vec<Value> = change.made.iter().map(decision_json).collect();
        let undone: Vec<&Decision> = all.iter().filter(|decision| change.undone.contains(&decision.id)).collect();
        let undone: Vec<Value> = undone.into_iter().map(decision_json).collect();
        println!("{}", json!({ "made": made, "undone": undone, "effect": effect_json(&effect) }));
    } else {
        tell(desk, &change, &effect, tongue);
    }
    Ok(())
}

fn two(a: EntryKey, b: EntryKey, tongue: Tongue) -> Result<(EntryKey, EntryKey), String> {
    if a == b { Err(tongue.say("decisions-one-entry")) } else { Ok((a, b)) }
}

fn by_whom(by: Option<String>, tongue: Tongue) -> Result<Line, String> {
    let user = || ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    let name = by.or_else(user).ok_or_else(|| tongue.say("decisions-by-whom"))?;
    Line::new(&name).map_err(|error| format!("--by: {error}"))
}

/// Why a name does not name one thing, with what may have been meant.
pub fn unclear_words(tongue: Tongue, what: &str, name: &str, unclear: Unclear) -> String {
    let (key, near) = match unclear {
        Unclear::Unknown(near) if near.is_empty() => (format!("unknown-{what}"), near),
        Unclear::Unknown(near) => (format!("unknown-{what}-near"), near),
        Unclear::Several(near) => (format!("several-{what}"), near),
    };
    let mut text = tongue.say_with(&key, [("name", name.to_owned().into())]);
    for (handle, words) in near {
        text.push_str(&format!("\n  {handle}  {words}"));
    }
    text
}

fn tell(desk: &Desk, change: &Change, effect: &Effect, tongue: Tongue) {
    for decision in desk.decisions.iter().filter(|decision| change.undone.contains(&decision.id)) {
        let ruled = desk.ruled(&decision.ruling);
        let arguments = [("decision", handle(&decision.id).into()), ("ruled", ruled.into())];
        println!("{}", tongue.say_with("decisions-taken-back", arguments));
    }
    for decision in &change.made {
        let ruled = desk.ruled(&decision.ruling);
        let arguments = [
            ("decision", handle(&decision.id).into()),
            ("ruled", ruled.into()),
            ("by", decision.by.to_string().into()),
        ];
        println!("{}", tongue.say_with("decisions-made", arguments));
    }
    if change.made.iter().any(|decision| matches!(decision.ruling, Ruling::Emptied { .. })) {
        println!("{}", tongue.say("decisions-emptied"));
        return;
    }
    println!("{}", tongue.say(if effect.is_none() { "decisions-no-effect" } else { "decisions-effect" }));
    let say = |key: &str, names: &[&'static str], values: &[Line]| {
        let arguments = names.iter().zip(values).map(|(name, value)| (*name, value.to_string().into()));
        println!("  {}", tongue.say_with(key, arguments));
    };
    effect.joined.iter().for_each(|pair| say("decisions-joined", &["younger", "older"], pair));
    effect.speaks.iter().for_each(|three| say("decisions-speaks", &["title", "was", "is"], three));
    let one = std::slice::from_ref;
    effect.shown.iter().for_each(|title| say("decisions-shown", &["title"], one(title)));
    effect.gone.iter().for_each(|title| say("decisions-gone", &["title"], one(title)));
    effect.changed.iter().for_each(|title| say("decisions-changed", &["title"], one(title)));
    println!("{}", tongue.say("decisions-soon"));
}

fn list(desk: &Desk, undone: bool, tongue: Tongue) {
    let head = |key: &str, count: usize| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        println!("{}", tongue.say_with(key, [("count", count.into())]));
    };
    head("decisions-held", desk.held.len());
    for key in &desk.held {
        println!("  {}  {} ({})", handle(key), desk.title(key), key.source);
        if let Some(entry) = desk.entries.get(key) {
            println!("            {}", super::document::when_and_where(tongue, &entry.event));
        }
    }
    if !desk.disappearances.is_empty() {
        head("decisions-disappeared", desk.disappearances.len());
        for (source, held) in &desk.disappearances {
            let arguments = [
                ("gone", i64::from(held.gone).into()),
                ("of", i64::from(held.of).into()),
                ("since", held.since.to_string().into()),
            ];
            println!("  {source}  {}", tongue.say_with("decisions-of", arguments));
            let looked = if held.confirmed.is_some() { "decisions-confirmed" } else { "decisions-unconfirmed" };
            println!("    → {}", tongue.say(looked));
        }
    }
    let doubts = desk.doubts();
    head("decisions-doubts", doubts.len());
    for (event, doubt) in doubts {
        let (entry, what, evidence) = match doubt {
            Doubt::CancelledByCopy { entry } => (entry, tongue.say("doubt-cancelled-by-copy"), &[][..]),
            Doubt::Drifted { entry } => (entry, tongue.say("doubt-drifted"), &[][..]),
            Doubt::Perhaps { entry, score, evidence } => {
                let percent = i64::from(score / 10);
                (entry, tongue.say_with("doubt-perhaps", [("percent", percent.into())]), &evidence[..])
            }
        };
        println!("  {}", event.event.title);
        for copy in event.copies.iter().filter(|copy| copy.primary) {
            println!("    {}  {} — {}", handle(&copy.key), copy.name, copy.title);
        }
        println!("    {}  {} — {}", handle(entry), desk.name(entry), desk.title(entry));
        println!("    → {what}");
        tongue.weighed(evidence).iter().for_each(|said| println!("      {said}"));
    }
    head("decisions-quarantined", desk.quarantined.len());
    for (source, finding) in &desk.quarantined {
        super::document::tell(tongue, source.as_str(), finding);
    }
    let shown: Vec<&Decision> = desk.decisions.iter().filter(|d| undone || d.undone.is_none()).collect();
    head("decisions-ruled", shown.len());
    for decision in shown {
        let why = decision.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let back = decision.undone.map(|at| tongue.say_with("decisions-back", [("at", at.to_string().into())]));
        let back = back.map(|back| format!(" {back}")).unwrap_or_default();
        println!("  {}  {}", handle(&decision.id), desk.ruled(&decision.ruling));
        println!("            {}, {}{why}{back}", decision.by, decision.at);
    }
}

fn entry_json(desk: &Desk, key: &EntryKey) -> Value {
    json!({ "handle": handle(key), "source": key.source, "id": key.id, "title": desk.title(key) })
}

fn decision_json(decision: &Decision) -> Value {
    let entries: Vec<Value> = decision
        .ruling
        .entries()
        .into_iter()
        .map(|key| json!({ "handle": handle(key), "source": key.source, "id": key.id }))
        .collect();
    json!({
        "handle": handle(&decision.id), "id": decision.id, "ruling": decision.ruling.code(), "entries": entries,
        "by": decision.by, "at": decision.at, "why": decision.why, "undone": decision.undone,
    })
}

fn effect_json(effect: &Effect) -> Value {
    let joined: Vec<Value> =
        effect.joined.iter().map(|[younger, older]| json!({ "younger": younger, "older": older })).collect();
    let speaks: Vec<Value> =
        effect.speaks.iter().map(|[title, was, is]| json!({ "title": title, "was": was, "is": is })).collect();
    json!({
        "joined": joined, "speaks": speaks, "shown": effect.shown, "gone": effect.gone, "changed": effect.changed,
    })
}

fn list_json(desk: &Desk) -> Value {
    let held: Vec<Value> = desk.held.iter().map(|key| entry_json(desk, key)).collect();
    let disappearances: Vec<Value> = desk
        .disappearances
        .iter()
        .map(|(source, held)| {
            json!({
                "source": source, "since": held.since, "gone": held.gone, "of": held.of, "confirmed": held.confirmed,
            })
        })
        .collect();
    let doubts: Vec<Value> = desk
        .doubts()
        .into_iter()
        .map(|(event, doubt)| {
            let (code, entry, likely) = match doubt {
                Doubt::CancelledByCopy { entry } => ("cancelled-by-copy", entry, None),
                Doubt::Drifted { entry } => ("drifted", entry, None),
                Doubt::Perhaps { entry, score, evidence } => ("perhaps", entry, Some((score, evidence))),
            };
            let primary = event.copies.iter().find(|copy| copy.primary).map(|copy| entry_json(desk, &copy.key));
            json!({
                "doubt": code, "event": event.event.id, "slug": event.slug, "title": event.event.title,
                "primary": primary, "entry": entry_json(desk, entry), "score": likely.map(|(score, _)| score),
                "evidence": likely.map(|(_, evidence)| evidence),
                "words": likely.map(|(_, evidence)| json!({
                    "fr": Tongue::French.weighed(evidence), "en": Tongue::English.weighed(evidence),
                })),
            })
        })
        .collect();
    let quarantined: Vec<Value> = desk
        .quarantined
        .iter()
        .map(|(source, finding)| {
            json!({ "source": source, "entry": finding.entry, "code": finding.code, "detail": finding.detail })
        })
        .collect();
    let decisions: Vec<Value> = desk.decisions.iter().map(decision_json).collect();
    json!({
        "held": held, "disappearances": disappearances, "doubts": doubts, "quarantined": quarantined,
        "decisions": decisions,
    })
}
