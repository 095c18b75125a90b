//! Rows into events: which rows are one event, what its cells say, and what they change of an event that is known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::book::{Cell, Line, MOST_ROWS, Table};
use super::headings::Headings;
use super::value::{self, Order, Taken, Told, Wrong};
use super::{Ask, Problem, Row, Sheet, Trouble, Weight, letters, shown};
use crate::event::text::{fold, hex};
use crate::event::{
    Access, Area, Before, Capacity, Country, Days, Event, Geo, Hours, Id, Image, Language, Licence, Line as Words,
    List, Minutes, Moment, Name, Notice, Occurs, Online, OnlineAccess, Parts, Place, Previous, Rare, Region,
    RegionTerm, Registration, Slot, Status, Term, When, Zone,
};
use crate::format::sheet::{Field, Said, said};
use crate::format::{Level, ReadEntry, Reading, atom};
use crate::language::Tongue;
use crate::parse::draft::Clock;
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

    /// When the slot of a row takes place, and the zone of its hours where the row says one.
    fn when(&self, line: &Line, notes: &mut Notes) -> Option<(When, Option<Zone>)> {
        let read = |field: Field, notes: &mut Notes, taken: Taken<Told>| {
            let cell = self.cell(line, field);
            let told = notes.take(line.number, field, cell, taken).unwrap_or_default();
            if let Some(note) = told.note {
                let instead = told.date.map(|date| date.to_string()).unwrap_or_default();
                notes.tell(line.number, Some(field), cell, Wrong(note, instead));
            }
            told
        };
        let start = read(Field::StartDate, notes, value::day(self.cell(line, Field::StartDate), self.orders[0]));
        let hour = read(Field::StartTime, notes, value::hour(self.cell(line, Field::StartTime)));
        // An hour alone in the column of the end's day.
        let end_cell = self.cell(line, Field::EndDate);
        let end = match end_cell {
            Cell::Clock(None, Some(time)) => Told { time: Some(*time), ..Told::default() },
            cell => read(Field::EndDate, notes, value::day(cell, self.orders[1])),
        };
        let end_hour = read(Field::EndTime, notes, value::hour(self.cell(line, Field::EndTime)));
        let zone_cell = self.cell(line, Field::Zone);
        let own = match zone_cell {
            Cell::Nothing => None,
            cell => {
                let zone = Zone::new(&cell.to_string()).map_err(|_| Wrong(Trouble::BadCode, "Europe/Paris".to_owned()));
                notes.take(line.number, Field::Zone, cell, zone)
            }
        };
        if notes.stop {
            return None;
        }
        let zone = own.clone().or_else(|| self.ask.hints.zone.clone());
        let time = hour.time.or(start.time);
        let Some((date, moment)) = self.point(&start, time, zone.as_ref(), line, Field::StartDate, notes) else {
            if !notes.stop && (hour.time.is_some() || end.date.is_some() || end_hour.time.is_some()) {
                let field = if hour.time.is_some() { Field::StartTime } else { Field::EndDate };
                notes.tell(
                    line.number,
                    Some(field),
                    self.cell(line, field),
                    Wrong(Trouble::TimeWithoutDate, String::new()),
                );
            }
            return None;
        };
        let whole = self.whole(line, notes);
        let duration = match self.cell(line, Field::Duration) {
            Cell::Nothing => None,
            cell => notes.take(line.number, Field::Duration, cell, value::minutes(cell)),
        };
        let until = end_hour.time.or(end.time).or(hour.until).or(start.until);
        let last_date = end.date.unwrap_or(date);
        let before_start = |notes: &mut Notes| {
            let field = if end.date.is_some() { Field::EndDate } else { Field::EndTime };
            let field = if self.has(field) { field } else { Field::StartTime };
            notes.tell(
                line.number,
                Some(field),
                self.cell(line, field),
                Wrong(Trouble::EndBeforeStart, date.to_string()),
            );
        };
        let Some(moment) = moment.filter(|_| whole == Whole::No) else {
            let Ok(days) = Days::new(date, last_date) else {
                before_start(notes);
                return None;
            };
            let when = match whole {
                Whole::Yes => When::AllDay(days),
                Whole::Period => When::Period(days),
                Whole::No => When::Day { days, duration: duration.and_then(Minutes::new) },
            };
            return Some((when, own));
        };
        let ends = if end.clock.is_some() || until.is_some() {
            let told = Told { date: Some(last_date), clock: end.clock.clone(), ..Told::default() };
            self.point(&told, until, zone.as_ref(), line, Field::EndTime, notes).and_then(|(_, moment)| moment)
        } else {
            let after = duration.map(|minutes| SignedDuration::from_mins(minutes.into()));
            let at = after.and_then(|after| moment.instant().checked_add(after).ok());
            at.and_then(|at| zone.as_ref().and_then(|zone| zone.of(at)))
        };
        match Hours::new(moment, ends) {
            Ok(hours) => Some((When::Timed(hours), own)),
            Err(_) => {
                before_start(notes);
                None
            }
        }
    }

    /// A day, and the moment on it when its hour is told.
    fn point(
        &self,
        told: &Told,
        time: Option<jiff::civil::Time>,
        zone: Option<&Zone>,
        line: &Line,
        field: Field,
        notes: &mut Notes,
    ) -> Option<(jiff::civil::Date, Option<Moment>)> {
        let cell = self.cell(line, field);
        let wall = match (&told.clock, told.date, time) {
            (Some(Clock::Offset(moment)), _, _) => return Some((moment.wall().date(), Some(*moment))),
            (Some(Clock::Instant(at)), _, _) => {
                let Some(moment) = zone.and_then(|zone| zone.of(*at)) else {
                    notes.tell(line.number, Some(field), cell, Wrong(Trouble::NoZone, String::new()));
                    return None;
                };
                return Some((moment.wall().date(), Some(moment)));
            }
            (_, Some(date), Some(time)) => date.to_datetime(time),
            (_, Some(date), None) => return Some((date, None)),
            (_, None, _) => return None,
        };
        let Some(zone) = zone else {
            notes.tell(line.number, Some(field), cell, Wrong(Trouble::NoZone, String::new()));
            return None;
        };
        let moment = zone.at(wall);
        let is = moment.map(|moment| moment.to_string()).unwrap_or_default();
        match zone.has(wall) {
            Occurs::Once => {}
            Occurs::Never => notes.tell(line.number, Some(field), cell, Wrong(Trouble::HourSkipped, is)),
            Occurs::Twice => notes.tell(line.number, Some(field), cell, Wrong(Trouble::HourTwice, is)),
        }
        Some((wall.date(), moment))
    }

    fn whole(&self, line: &Line, notes: &mut Notes) -> Whole {
        let cell = self.cell(line, Field::AllDay);
        if cell.is_nothing() {
            return Whole::No;
        }
        let word = fold(&cell.to_string());
        if [Tongue::French, Tongue::English].iter().any(|tongue| fold(&tongue.say("cell-period")) == word) {
            return Whole::Period;
        }
        match notes.take(line.number, Field::AllDay, cell, value::yes(cell)) {
            Some(true) => Whole::Yes,
            _ => Whole::No,
        }
    }

    /// The slots that rows say, those of a known event kept where they are the same.
    fn slots(
        &self,
        group: &Group,
        whens: Vec<Option<Moved>>,
        written: bool,
        is_known: bool,
        parts: &mut Parts,
        notes: &mut Notes,
    ) {
        if let Some(first) = group.lines.first() {
            self.place(first, None, parts, notes);
        }
        if whens.iter().all(Option::is_none) && !(written && self.has(Field::StartDate)) {
            return;
        }
        let all_kept = whens.iter().flatten().all(|moved| moved.kept);
        let old = std::mem::take(&mut parts.slots);
        let mut left: Vec<&Slot> = old.iter().collect();
        let mut names: BTreeSet<Name> = old.iter().map(|slot| slot.name.clone()).collect();
        let count = whens.iter().flatten().count();
        let mut slots: Vec<Slot> = Vec::new();
        let mut zones: BTreeSet<Option<Zone>> = BTreeSet::new();
        for (at, (line, when)) in group.lines.iter().zip(whens).enumerate() {
            let Some(Moved { when, zone: own, kept }) = when else { continue };
            let name = Name::new(self.cell(line, Field::Slot).to_string().trim()).ok();
            // The slot of this name; else the one at this time; else, of one that moved, the only one there is.
            let found = left
                .iter()
                .position(|slot| Some(&slot.name) == name.as_ref())
                .or_else(|| left.iter().position(|slot| name.is_none() && same_time(&slot.when, &when)))
                .or_else(|| (name.is_none() && old.len() == 1 && count == 1 && left.len() == 1).then_some(0));
            let mut slot = match found {
                Some(found) => left.remove(found).clone(),
                None => {
                    let name = name.filter(|name| !names.contains(name));
                    let free = || (1..).filter_map(|n| Name::new(&format!("c{n}")).ok()).find(|n| !names.contains(n));
                    let Some(name) = name.or_else(free) else { continue };
                    names.insert(name.clone());
                    Slot::new(name, when)
                }
            };
            if !kept && !same_time(&slot.when, &when) {
                // Who followed the event as it was announced is told that it moved.
                if is_known && parts.status == Status::Scheduled {
                    parts.status = Status::Rescheduled;
                }
                if is_known {
                    let before = match slot.when {
                        When::Timed(hours) => Before::Timed(hours),
                        When::Day { days, .. } | When::AllDay(days) | When::Period(days) => Before::Days(days),
                    };
                    let before = Previous { slot: Some(slot.name.clone()), when: before, foreign: Default::default() };
                    parts.previous.push(before);
                }
                slot.when = when;
                slot.zone = None;
            }
            if kept {
                slot.zone = slot.zone.or_else(|| parts.zone.clone());
                zones.insert(slot.zone.clone());
            } else if let When::Timed(hours) = slot.when {
                let zone = own
                    .or_else(|| slot.zone.clone())
                    .or_else(|| parts.zone.clone())
                    .or_else(|| self.ask.hints.zone.clone());
                let zone = zone.filter(|zone| hours.start().agrees_with(zone));
                zones.insert(zone.clone());
                slot.zone = zone;
            }
            let cell = self.cell(line, Field::Availability);
            let known = slot.availability.map(|code| code.code());
            match cell {
                Cell::Nothing if written && self.has(Field::Availability) => slot.availability = None,
                Cell::Nothing => {}
                cell => {
                    let code = value::code::<crate::event::Availability>(&cell.to_string());
                    if let Some(code) = notes.take(line.number, Field::Availability, cell, code)
                        && Some(code.code()) != known
                    {
                        slot.availability = Some(code);
                    }
                }
            }
            if at > 0 {
                self.place(line, Some(&mut slot), parts, notes);
            }
            slots.push(slot);
        }
        // A table of ours names every slot there is; in another one that it leaves out is not taken back.
        if !written {
            slots.extend(left.into_iter().cloned());
        }
        // One zone for all hours is the event's.
        if !all_kept
            && zones.len() == 1
            && slots.iter().all(|slot| slot.zone.is_some() || !matches!(slot.when, When::Timed(_)))
        {
            parts.zone = zones.into_iter().next().flatten().or(parts.zone.take());
        }
        for slot in &mut slots {
            if slot.zone == parts.zone {
                slot.zone = None;
            }
        }
        slots.sort_by(|a, b| (a.when, &a.name).cmp(&(b.when, &b.name)));
        parts.slots = slots.into();
    }

    /// The place that a row says: the event's in its first row, the slot's own in a later one that says another.
    fn place(&self, line: &Line, slot: Option<&mut Slot>, parts: &mut Parts, notes: &mut Notes) {
        const FIELDS: [Field; 8] = [
            Field::Venue,
            Field::Street,
            Field::Postcode,
            Field::Town,
            Field::Commune,
            Field::Country,
            Field::Latitude,
            Field::Longitude,
        ];
        if FIELDS.iter().all(|field| self.cell(line, *field).is_nothing()) {
            return;
        }
        let now = match &slot {
            Some(slot) => slot.place.as_ref().or(parts.places.first()).cloned(),
            None => {
                let first = parts.slots.first().and_then(|slot| slot.place.as_ref());
                first.or(parts.places.first()).cloned()
            }
        };
        let mut place = now.clone().unwrap_or_default();
        let probe = {
            let mut probe = Parts::new(parts.id.clone(), parts.title.clone(), parts.updated);
            probe.places.extend(now.clone());
            probe
        };
        let mut degrees = (None, None);
        for field in FIELDS {
            let cell = self.cell(line, field);
            if cell.is_nothing() || matches(cell, &said(field, &probe, None, Tongue::French)) {
                continue;
            }
            if let Err(wrong) = self.set_place(field, cell, line.number, &mut place, &mut degrees, notes) {
                notes.tell(line.number, Some(field), cell, wrong);
            }
        }
        if degrees != (None, None) {
            let (north, east) = (
                degrees.0.or_else(|| value::degrees(self.cell(line, Field::Latitude)).ok()),
                degrees.1.or_else(|| value::degrees(self.cell(line, Field::Longitude)).ok()),
            );
            match north.zip(east).and_then(|(north, east)| Geo::new(north, east)) {
                Some(geo) => place.geo = Some(geo),
                None => {
                    let cell = self.cell(line, Field::Latitude);
                    notes.tell(
                        line.number,
                        Some(Field::Latitude),
                        cell,
                        Wrong(Trouble::NotANumber, "45.764".to_owned()),
                    );
                }
            }
        }
        if Some(&place) == now.as_ref() || place == Place::default() {
            return;
        }
        match slot {
            Some(slot) => slot.place = place.into(),
            None if parts.places.is_empty() => parts.places.push(place),
            None => parts.places.edit()[0] = place,
        }
    }

    fn set_place(
        &self,
        field: Field,
        cell: &Cell,
        row: u32,
        place: &mut Place,
        degrees: &mut (Option<f64>, Option<f64>),
        notes: &mut Notes,
    ) -> Taken<()> {
        match field {
            Field::Venue => place.name = Some(value::line(cell)?),
            Field::Street => place.street = Some(value::line(cell)?),
            Field::Town => place.locality = Some(value::line(cell)?),
            Field::Country => {
                let country = Country::new(&cell.to_string()).or_else(|error| match fold(&cell.to_string()).as_str() {
                    "france" => Country::new("FR"),
                    _ => Err(error),
                });
                place.country = Some(country.map_err(|_| Wrong(Trouble::BadCode, "FR".to_owned()))?);
            }
            Field::Postcode => place.postcode = Some(value::line(&self.five_digits(field, cell, row, place, notes))?),
            Field::Commune => {
                let code = value::line(&self.five_digits(field, cell, row, place, notes))?;
                let scheme = Words::new(Area::COMMUNE).map_err(|_| Wrong(Trouble::BadCode, "69123".to_owned()))?;
                let good = code.as_str().len() == 5 && code.as_str().bytes().all(|b| b.is_ascii_alphanumeric());
                if !good {
                    return Err(Wrong(Trouble::BadCode, "69123".to_owned()));
                }
                place.areas.retain(|area| area.scheme != scheme);
                place.areas.push(Area { scheme, code, label: None });
            }
            Field::Latitude => degrees.0 = Some(value::degrees(cell)?),
            Field::Longitude => degrees.1 = Some(value::degrees(cell)?),
            _ => {}
        }
        Ok(())
    }

    /// French codes have five digits; a spreadsheet that takes one for a number drops its first zero.
    fn five_digits(&self, field: Field, cell: &Cell, row: u32, place: &Place, notes: &mut Notes) -> Cell {
        let french = match (&place.country, &self.ask.hints.region) {
            (Some(country), _) => country.as_str() == "FR",
            (None, Some(region)) => region.as_str().starts_with("FR-"),
            (None, None) => self.headings.tongue == Tongue::French,
        };
        match cell {
            Cell::Number(number) if french && (1_000.0..10_000.0).contains(number) && number.fract() == 0.0 => {
                let whole = format!("0{number}");
                notes.tell(row, Some(field), cell, Wrong(Trouble::ZeroLost, whole.clone()));
                Cell::Text(whole)
            }
            cell => cell.clone(),
        }
    }

    /// Takes what a cell says of the whole event.
    fn set(&self, field: Field, cell: &Cell, line: &Line, parts: &mut Parts) -> Taken<()> {
        let bad = |instead: &str| Wrong(Trouble::BadCode, instead.to_owned());
        let terms = |cell: &Cell, now: &[Term]| -> Taken<Vec<Term>> {
            let codes = value::list(cell)?;
            codes
                .iter()
                .map(|code| {
                    // One that was there keeps what it is called.
                    let known = now.iter().find(|term| term.code.as_str() == code).cloned();
                    known.map_or_else(|| Ok(Term { code: value::line(&Cell::Text(code.clone()))?, label: None }), Ok)
                })
                .collect()
        };
        match field {
            Field::Title => parts.title = value::line(cell)?,
            Field::Summary => parts.summary = Some(value::line(cell)?),
            Field::Body => parts.body = value::html(cell)?,
            Field::Mode => parts.mode = Some(value::code(&cell.to_string())?),
            Field::Online => parts.online = vec![online(cell)?].into(),
            Field::Organisers => parts.organisers = value::organisers(cell)?.into(),
            Field::Speakers => parts.speakers = value::speakers(cell)?.into(),
            Field::Formats => parts.formats = value::codes(cell)?.into_iter().collect(),
            Field::Audiences => parts.audiences = value::codes(cell)?.into_iter().collect(),
            Field::Registration => registration(parts).href = Some(value::contact(cell)?),
            Field::Free => registration(parts).free = Some(value::yes(cell)?),
            Field::RegistrationNote => registration(parts).note = Some(value::line(cell)?),
            Field::Capacity | Field::Remaining => {
                let number = value::count(cell)?;
                let now = registration(parts).capacity;
                let (total, remaining) = match field {
                    Field::Capacity => (Some(number), now.remaining()),
                    _ => (now.total(), Some(number)),
                };
                let all = total.unwrap_or(0).to_string();
                registration(parts).capacity =
                    Capacity::new(total, remaining).ok_or(Wrong(Trouble::MoreThanAll, all))?;
            }
            Field::Tags => {
                let mut pieces = value::list(cell)?;
                // A list of one with commas in it is a list divided by them.
                if let [one] = pieces.as_slice() {
                    pieces = one.split(',').map(|piece| piece.trim().trim_start_matches('#').to_owned()).collect();
                }
                parts.tags = pieces.iter().filter_map(|piece| Words::new(piece).ok()).collect();
            }
            Field::Topics => parts.topics = terms(cell, &parts.topics)?.into(),
            Field::Editions => parts.editions = terms(cell, &parts.editions)?.into(),
            Field::Regions => {
                let regions = value::list(cell)?.iter().map(|text| region(text)).collect::<Option<Vec<_>>>();
                parts.regions = regions.ok_or_else(|| bad("FR-ARA"))?.into();
            }
            Field::Status => parts.status = value::code(&cell.to_string())?,
            Field::Notice => {
                let zone = parts.zone.clone().or_else(|| self.ask.hints.zone.clone());
                let utc = || Zone::new("UTC").ok();
                let since = zone.or_else(utc).and_then(|zone| zone.of(self.ask.hints.seen));
                if let Some(since) = since {
                    let since = parts.notice.as_ref().map_or(since, |notice| notice.since);
                    parts.notice = Notice { since, text: Some(value::line(cell)?), foreign: Default::default() }.into();
                }
            }
            Field::Access => access(parts).codes = value::codes(cell)?.into_iter().collect(),
            Field::AccessNote => access(parts).note = Some(value::line(cell)?),
            Field::Image => {
                let href = value::address(cell)?;
                let said = self.cell(line, Field::ImageAlt);
                let alt = if said.is_nothing() { None } else { Some(value::line(said)?) };
                let alt = alt.or_else(|| parts.image.as_ref().map(|image| image.alt.clone()));
                let alt = alt.ok_or(Wrong(Trouble::ImageWithoutAlt, Field::ImageAlt.heading(self.headings.tongue)))?;
                parts.image = Image { href, alt, media_type: None, length: None, foreign: Default::default() }.into();
            }
            Field::ImageAlt => {
                let alt = value::line(cell)?;
                if let Some(image) = parts.image.as_mut() {
                    image.alt = alt;
                }
            }
            Field::Resources => parts.resources = value::resources(cell)?.into(),
            Field::Page => parts.page = Some(value::address(cell)?),
            Field::Language => parts.language = Some(Language::new(&cell.to_string()).map_err(|_| bad("fr"))?),
            Field::Licence => parts.licence = Some(Licence { href: value::address(cell)?, title: None }),
            _ => {}
        }
        Ok(())
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    No,
    Yes,
    Period,
}

fn registration(parts: &mut Parts) -> &mut Registration {
    parts.registration.get_or_insert_with(Registration::default)
}

fn access(parts: &mut Parts) -> &mut Access {
    parts.access.get_or_insert_with(Access::default)
}

fn online(cell: &Cell) -> Taken<Online> {
    let word = fold(&cell.to_string());
    let said = |key: &str| [Tongue::French, Tongue::English].iter().any(|tongue| fold(&tongue.say(key)) == word);
    let access = if said("cell-public") || word == "public" {
        OnlineAccess::Public(None)
    } else if said("cell-registered") || word == "inscrits" || word == "oui" || word == "yes" {
        OnlineAccess::Registered
    } else {
        OnlineAccess::Public(Some(value::address(cell)?))
    };
    Ok(Online { access, note: None, foreign: Default::default() })
}

/// A region by its code or by its name.
fn region(text: &str) -> Option<RegionTerm> {
    let named = || {
        let folded = fold(text.trim());
        let codes = [
            "ARA", "BFC", "BRE", "CVL", "20R", "GES", "HDF", "IDF", "NOR", "NAQ", "OCC", "PDL", "PAC", "971", "972",
            "973", "974", "976",
        ];
        codes.iter().filter_map(|code| Region::new(&format!("FR-{code}")).ok()).find(|region| {
            [Tongue::French, Tongue::English]
                .iter()
                .any(|tongue| tongue.region(region).is_some_and(|name| fold(&name) == folded))
        })
    };
    let code = Region::new(text).ok().or_else(named)?;
    let label = Tongue::French.region(&code).and_then(|label| Words::new(&label).ok());
    Some(RegionTerm { code, label })
}

fn same_time(one: &When, other: &When) -> bool {
    match (one, other) {
        (When::Timed(one), When::Timed(other)) => {
            let end = |hours: &Hours| hours.end().map(|end| end.instant());
            one.start().instant() == other.start().instant() && end(one) == end(other)
        }
        (one, other) => one == other,
    }
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

/// Empties a field that a table of ours no longer says.
fn empty(field: Field, parts: &mut Parts) {
    match field {
        Field::Summary => parts.summary = None,
        Field::Body => parts.body = None,
        Field::Mode => parts.mode = None,
        Field::Online => parts.online = List::new(),
        Field::Organisers => parts.organisers = List::new(),
        Field::Speakers => parts.speakers = List::new(),
        Field::Formats => parts.formats = BTreeSet::new(),
        Field::Audiences => parts.audiences = BTreeSet::new(),
        Field::Registration => registration(parts).href = None,
        Field::Free => registration(parts).free = None,
        Field::RegistrationNote => registration(parts).note = None,
        Field::Capacity => registration(parts).capacity = Capacity::default(),
        Field::Remaining => {
            let total = registration(parts).capacity.total();
            registration(parts).capacity = Capacity::new(total, None).unwrap_or_default();
        }
        Field::Tags => parts.tags = List::new(),
        Field::Topics => parts.topics = List::new(),
        Field::Editions => parts.editions = List::new(),
        Field::Regions => parts.regions = List::new(),
        Field::Notice => parts.notice = Rare::default(),
        Field::Access => access(parts).codes = BTreeSet::new(),
        Field::AccessNote => access(parts).note = None,
        Field::Image => parts.image = Rare::default(),
        Field::Resources => parts.resources = List::new(),
        Field::Page => parts.page = None,
        Field::Licence => parts.licence = None,
        // What an event always has, and what is written for programs.
        _ => {}
    }
}
