//! Rows into events: which rows are one event, what its cells say, and what they change of an event that is known.

mod fields;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use self::fields::empty;
use super::book::{Cell, Line, MOST_ROWS, Table};
use super::headings::Headings;
use super::value::{self, Order, Taken, Wrong};
use super::{Ask, Problem, Row, Sheet, Trouble, Weight, letters, shown};
use crate::event::text::{fold, hex};
use crate::event::{Event, Id, Line as Words, List, Parts, When, Zone};
use crate::format::sheet::{Field, Said, said};
use crate::format::{Level, ReadEntry, Reading, atom};
use crate::language::Tongue;
use crate::parse::tidy;

/// Reads all rows below the headings.
pub fn read(table: &Table, headings: &Headings, ask: &Ask, sheet: &mut Sheet) {
    let lines = &table.rows[headings.below.min(table.rows.len())..];
    let column = |field: Field| headings.of(field).next();
    let order = |field: Field| {
        let cells = column(field).into_iter().flat_map(|at| lines.iter().filter_map(move |line| line.cells.get(at)));
        value::order(cells, headings.tongue)
    };
    let reader =
        Reader { headings, ask, orders: [order(Field::StartDate), order(Field::EndDate)], titles: titles(ask) };
    let groups = reader.group(lines);
    // How often each title stands in the table: one that stands twice tells no event.
    let mut often: BTreeMap<String, usize> = BTreeMap::new();
    for group in &groups {
        *often.entry(fold(&group.title)).or_default() += 1;
    }
    let mut read: Vec<(Event, Level, bool)> = Vec::new();
    let mut taken: BTreeSet<Id> = BTreeSet::new();
    for group in groups {
        let mut notes = Notes { reader: &reader, name: table.name.clone(), problems: &mut sheet.problems, stop: false };
        let one = often.get(&fold(&group.title)) == Some(&1);
        let event = reader.event(&group, one, &taken, &mut notes);
        let id = event.as_ref().map(|(event, _, _)| event.id.clone());
        taken.extend(id.clone());
        sheet.rows.extend(group.lines.iter().map(|line| Row { number: line.number, event: id.clone() }));
        read.extend(event);
    }
    sheet.rows.sort_by_key(|row| row.number);
    if table.more {
        let mut notes = Notes { reader: &reader, name: table.name.clone(), problems: &mut sheet.problems, stop: false };
        let number = lines.last().map_or(0, |line| line.number);
        notes.tell(number, None, &Cell::Nothing, Wrong(Trouble::TooManyRows, MOST_ROWS.to_string()));
    }
    // What an event that is there says is as its lab wrote it; what is new or other is tidied as any feed is.
    let fresh = read.iter().filter(|(_, _, changed)| *changed);
    let entries = fresh.map(|(event, level, _)| ReadEntry { event: event.clone(), level: *level, raw: String::new() });
    let mut reading = Reading { entries: entries.collect(), ..Reading::default() };
    tidy::tidy(&mut reading, &ask.hints);
    let mut tidied: BTreeMap<Id, ReadEntry> =
        std::mem::take(&mut reading.entries).into_iter().map(|entry| (entry.event.id.clone(), entry)).collect();
    for (event, level, changed) in read {
        if !changed {
            reading.entries.push(ReadEntry { event, level, raw: String::new() });
        } else if let Some(entry) = tidied.remove(&event.id) {
            reading.entries.push(entry);
        }
    }
    sheet.reading = reading;
}

/// The events that are known, by their titles.
fn titles(ask: &Ask) -> BTreeMap<String, Vec<Id>> {
    let mut titles: BTreeMap<String, Vec<Id>> = BTreeMap::new();
    for event in ask.known.values() {
        titles.entry(fold(event.title.as_str())).or_default().push(event.id.clone());
    }
    titles
}

/// The rows of one event.
struct Group<'a> {
    id: Option<Id>,
    title: String,
    lines: Vec<&'a Line>,
}

struct Reader<'a> {
    headings: &'a Headings,
    ask: &'a Ask,
    /// Of the dates of starts and of ends.
    orders: [Order; 2],
    titles: BTreeMap<String, Vec<Id>>,
}

/// Collects what is the matter with the rows of one event.
struct Notes<'a> {
    reader: &'a Reader<'a>,
    name: Option<String>,
    problems: &'a mut Vec<Problem>,
    /// The event waits.
    stop: bool,
}

impl Notes<'_> {
    fn tell(&mut self, row: u32, field: Option<Field>, cell: &Cell, Wrong(trouble, instead): Wrong) {
        let column = field.and_then(|field| self.reader.headings.of(field).next());
        self.stop |= trouble.weight() == Weight::Event;
        self.problems.push(Problem {
            sheet: self.name.clone(),
            row,
            column: column.map(letters),
            heading: column.and_then(|column| self.reader.headings.heading(column)),
            found: shown(&cell.to_string()),
            trouble,
            instead: instead.chars().take(300).collect(),
        });
    }

    /// What a cell gives, or `None` once its trouble is told.
    fn take<T>(&mut self, row: u32, field: Field, cell: &Cell, taken: Taken<T>) -> Option<T> {
        match taken {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.tell(row, Some(field), cell, wrong);
                None
            }
        }
    }
}

const NOTHING: &Cell = &Cell::Nothing;

impl<'a> Reader<'a> {
    fn cell<'l>(&self, line: &'l Line, field: Field) -> &'l Cell {
        self.headings.of(field).next().and_then(|at| line.cells.get(at)).unwrap_or(NOTHING)
    }

    /// Whether a table has the column at all.
    fn has(&self, field: Field) -> bool {
        self.headings.of(field).next().is_some()
    }

    /// Rows of one id are one event; so are those below a title that leave theirs open or in which its cell goes on.
    fn group<'l>(&self, lines: &'l [Line]) -> Vec<Group<'l>> {
        let mut groups: Vec<Group<'l>> = Vec::new();
        let mut by_id: BTreeMap<Id, usize> = BTreeMap::new();
        // Ids that we wrote, on the first row of each event, are whole whatever they look like.
        let ours = lines.iter().filter(|line| !self.cell(line, Field::Updated).is_nothing());
        let ours: BTreeSet<String> = ours.map(|line| self.cell(line, Field::Id).to_string()).collect();
        for line in lines {
            let id = self.id(line, &ours);
            let title = self.cell(line, Field::Title).to_string();
            if let Some(id) = &id {
                match by_id.get(id) {
                    Some(at) => groups[*at].lines.push(line),
                    None => {
                        by_id.insert(id.clone(), groups.len());
                        groups.push(Group { id: Some(id.clone()), title, lines: vec![line] });
                    }
                }
                continue;
            }
            let goes_on = [Field::Title, Field::Id].iter().filter_map(|field| self.headings.of(*field).next());
            let goes_on = goes_on.into_iter().any(|at| line.merged.contains(&at));
            let open = title.is_empty() && !self.cell(line, Field::StartDate).is_nothing();
            match groups.last_mut() {
                Some(group) if goes_on || open => group.lines.push(line),
                _ => groups.push(Group { id: None, title, lines: vec![line] }),
            }
        }
        groups
    }

    /// The id that a row says: its own where it is one, else the lab's with it.
    fn id(&self, line: &Line, ours: &BTreeSet<String>) -> Option<Id> {
        let text = self.cell(line, Field::Id).to_string();
        let text = text.trim();
        let scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && scheme.len() > 1
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        });
        match text {
            "" => None,
            text if scheme || ours.contains(text) => Id::new(text).ok(),
            text if Id::new(text).is_ok_and(|id| self.ask.known.contains_key(&id)) => Id::new(text).ok(),
            text => Id::new(&format!("{}event/{text}", self.ask.tag)).ok(),
        }
    }

    /// The id of an event that has none, from what it says: the same each time.
    fn derived(&self, title: &str, first: Option<When>) -> Option<Id> {
        let day = first.map(|when| when.first_day().to_string()).unwrap_or_default();
        let hash = Sha256::digest(format!("{}\n{day}", fold(title.trim())).as_bytes());
        let hash = hex(&hash[..12]);
        Id::new(&format!("{}event/{hash}", self.ask.tag)).ok()
    }

    /// The event of some rows, its level, and whether it is new or other than it is known.
    fn event(&self, group: &Group, one: bool, taken: &BTreeSet<Id>, notes: &mut Notes) -> Option<(Event, Level, bool)> {
        let first = *group.lines.first()?;
        if group.title.trim().is_empty() {
            notes.tell(first.number, Some(Field::Title), NOTHING, Wrong(Trouble::NoTitle, String::new()));
        }
        let now = self.ask.hints.seen;
        let mut base = group.id.as_ref().and_then(|id| self.base(first, id, notes));
        // The days are read before the id, which may be made of the first.
        let parts = base.as_deref();
        let whens: Vec<Option<Moved>> = group.lines.iter().map(|line| self.moved(line, parts, notes)).collect();
        if notes.stop {
            self.tell_the_rest(first, notes);
            return None;
        }
        let id = match &group.id {
            Some(id) => id.clone(),
            None => {
                let earliest = whens.iter().flatten().map(|moved| moved.when).min();
                let id = self.derived(&group.title, earliest)?;
                let id = self.by_title(&id, group, one, taken, notes).unwrap_or(id);
                base = self.base(first, &id, notes);
                id
            }
        };
        let known = self.ask.known.get(&id);
        // A row that says when it was written is one that we wrote: then an emptied cell empties its field.
        let written = match self.cell(first, Field::Updated) {
            Cell::Nothing => None,
            cell => cell.to_string().parse::<Timestamp>().ok(),
        };
        if let (Some(known), Some(written)) = (known, written)
            && written < known.updated
        {
            let cell = self.cell(first, Field::Updated);
            notes.tell(first.number, Some(Field::Updated), cell, Wrong(Trouble::Older, known.updated.to_string()));
            return Some((known.clone(), Level::N2, false));
        }
        let mut parts = match &base {
            Some(base) => base.clone().into_parts(),
            None => Parts::new(id.clone(), Words::new(&group.title).ok()?, now),
        };
        parts.id = id;
        let is_new = base.is_none();
        if is_new {
            parts.language.clone_from(&self.ask.hints.language);
        }
        let before = parts.clone();
        for field in Field::ALL.iter().copied().filter(|field| !field.is_of_slot() || *field == Field::Title) {
            let cell = self.cell(first, field);
            let is = said(field, &before, before.slots.first(), Tongue::French);
            let same =
                matches(cell, &is) || matches(cell, &said(field, &before, before.slots.first(), Tongue::English));
            if cell.is_nothing() {
                if written.is_some() && self.has(field) && is != Said::Nothing {
                    empty(field, &mut parts);
                }
                continue;
            }
            if (!same || is_new)
                && let Err(wrong) = self.set(field, cell, first, &mut parts)
            {
                notes.tell(first.number, Some(field), cell, wrong);
            }
            // What a later row says of the whole event is said twice, or not at all.
            for line in group.lines.iter().skip(1) {
                let later = self.cell(line, field);
                if !later.is_nothing() && later.to_string() != cell.to_string() {
                    notes.tell(line.number, Some(field), later, Wrong(Trouble::OtherRow, first.number.to_string()));
                }
            }
        }
        self.slots(group, whens, written.is_some(), known.is_some(), &mut parts, notes);
        if notes.stop {
            return None;
        }
        let level = if base.is_some() {
            Level::N2
        } else if parts.slots.is_empty() {
            Level::N0
        } else {
            Level::N1
        };
        let contradicts = |fault: crate::event::Fault, notes: &mut Notes| {
            notes.tell(first.number, None, NOTHING, Wrong(Trouble::Contradiction, fault.to_string()));
        };
        let event = Event::new(parts).map_err(|fault| contradicts(fault, notes)).ok()?;
        let changed = base.as_ref() != Some(&event);
        let mut parts = event.into_parts();
        if changed && base.is_some() {
            let after = before.updated.checked_add(SignedDuration::from_secs(1)).unwrap_or(now);
            parts.updated = now.max(after);
        } else if is_new {
            parts.published = self.cell(first, Field::Published).to_string().parse().ok();
            parts.updated = written.unwrap_or(now).max(parts.published.unwrap_or(Timestamp::MIN));
        }
        let event = Event::new(parts).map_err(|fault| contradicts(fault, notes)).ok()?;
        // One that only came along in the last column is new all the same.
        Some((event, level, changed || known.is_none()))
    }

    /// Tells what else is wrong with a row that waits, so that all of it is mended in one go.
    fn tell_the_rest(&self, line: &Line, notes: &mut Notes) {
        let (Ok(id), Ok(title)) = (Id::new("urn:essaim:waits"), Words::new("…")) else { return };
        let mut parts = Parts::new(id, title, self.ask.hints.seen);
        for field in Field::ALL.iter().copied().filter(|field| !field.is_of_slot()) {
            let cell = self.cell(line, field);
            if !cell.is_nothing()
                && let Err(wrong) = self.set(field, cell, line, &mut parts)
            {
                notes.tell(line.number, Some(field), cell, wrong);
            }
        }
        self.place(line, None, &mut parts, notes);
    }

    /// The event that a row is about, as it is known or as its last column has it.
    fn base(&self, line: &Line, id: &Id, notes: &mut Notes) -> Option<Event> {
        self.ask.known.get(id).cloned().or_else(|| self.more(line, id, notes))
    }

    /// When the slot of a row takes place; as it is known, where its cells still say that.
    fn moved(&self, line: &Line, base: Option<&Parts>, notes: &mut Notes) -> Option<Moved> {
        const WHEN: [Field; 7] = [
            Field::StartDate,
            Field::StartTime,
            Field::EndDate,
            Field::EndTime,
            Field::Duration,
            Field::AllDay,
            Field::Zone,
        ];
        let name = self.cell(line, Field::Slot).to_string();
        let slot = base.and_then(|base| base.slots.iter().find(|slot| slot.name.as_str() == name.trim()));
        if let (Some(base), Some(slot)) = (base, slot) {
            let says =
                |field: &Field, tongue| matches(self.cell(line, *field), &said(*field, base, Some(slot), tongue));
            let says = |field: &Field| says(field, Tongue::French) || says(field, Tongue::English);
            if WHEN.iter().all(|field| !self.has(*field) || says(field)) {
                return Some(Moved { when: slot.when, zone: None, kept: true });
            }
        }
        self.when(line, notes).map(|(when, zone)| Moved { when, zone, kept: false })
    }

    /// The one known event of this title, when the row's own id is not known and the title tells it from all others:
    /// its day was put right in the table.
    fn by_title(&self, id: &Id, group: &Group, one: bool, taken: &BTreeSet<Id>, notes: &mut Notes) -> Option<Id> {
        let ids = self.titles.get(&fold(&group.title))?;
        let [known] = ids.as_slice() else { return None };
        // Only one whose id was made here: those with ids of their own are known by them.
        let made = known.as_str().strip_prefix(self.ask.tag.as_str()).and_then(|rest| rest.strip_prefix("event/"));
        let made = made.is_some_and(|hash| hash.len() == 24 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
        if known == id || !one || !made || taken.contains(known) {
            return None;
        }
        let line = group.lines.first()?;
        let cell = self.cell(line, Field::Title);
        notes.tell(line.number, Some(Field::Title), cell, Wrong(Trouble::ByTitle, known.to_string()));
        Some(known.clone())
    }

    /// The event that the last column holds.
    fn more(&self, line: &Line, id: &Id, notes: &mut Notes) -> Option<Event> {
        let pieces = self.headings.of(Field::More).filter_map(|at| line.cells.get(at));
        let text: String = pieces.map(Cell::to_string).collect();
        if text.trim().is_empty() {
            return None;
        }
        let document = atom::read(&text, &self.ask.hints).ok().flatten();
        let entry = document.and_then(|document| document.reading.entries.into_iter().next());
        let Some(entry) = entry.filter(|entry| entry.level == Level::N2) else {
            let cell = Cell::Text(text);
            notes.tell(line.number, Some(Field::More), &cell, Wrong(Trouble::MoreUnreadable, String::new()));
            return None;
        };
        if entry.event.id == *id {
            return Some(entry.event);
        }
        // A row that was copied and given another id is another event, published today.
        let mut parts = entry.event.into_parts();
        parts.id = id.clone();
        (parts.published, parts.updated, parts.sequence) = (None, self.ask.hints.seen, 0);
        parts.with = List::new();
        Event::new(parts).ok()
    }
}

/// When the slot of a row takes place.
struct Moved {
    when: When,
    /// The zone that the row says.
    zone: Option<Zone>,
    /// As it is known: nothing of it is to be read again.
    kept: bool,
}

/// Whether a cell says what is said already.
fn matches(cell: &Cell, said: &Said) -> bool {
    let text = cell.to_string();
    match said {
        Said::Nothing => cell.is_nothing(),
        Said::Number(number) => {
            matches!(cell, Cell::Number(other) if (other - number).abs() < 1e-9) || text == said.to_string()
        }
        Said::Text(is) => text.trim() == is.replace("\r\n", "\n").trim(),
        _ => text == said.to_string(),
    }
}
