//! What visiting by worth brings: a year of a programme's rhythm, without a network, against a fixed interval that costs
//! the same number of visits. The rule itself is the one that the aggregator follows.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a year in seconds fits into all of them")]

use std::time::Duration;

use essaim::aggregator::due::{Pace, heard, later};
use essaim::programme::Tempo;
use jiff::{SignedDuration, Timestamp};

const LABS: usize = 130;
const EVENTS: usize = 350;
const DAYS: i64 = 365;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// The day of the year, counted from 0, on which November begins, and its length.
const NOVEMBER: i64 = 304;
/// A change so near its event matters most.
const NEAR: i64 = 48 * HOUR;

/// The same numbers on every machine (splitmix64).
struct Chance(u64);

impl Chance {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + (self.unit() * (to - from) as f64) as i64
    }

    /// Waiting times of this mean.
    fn after(&mut self, mean: i64) -> i64 {
        (-(1.0 - self.unit()).ln() * mean as f64) as i64
    }

    /// One of 0, 1, 2, 3; the fewer the likelier.
    fn few(&mut self) -> usize {
        [0, 0, 0, 0, 1, 1, 1, 2, 2, 3][(self.unit() * 10.0) as usize]
    }
}

/// A change in what a lab says, and the start of the event it is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    at: i64,
    start: i64,
}

/// One lab's year: its changes in order, and its events as (typed, start).
#[derive(Default)]
struct Lab {
    changes: Vec<Change>,
    events: Vec<(i64, i64)>,
}

/// Into the working hours of that day, or of the Monday after it.
fn at_work(chance: &mut Chance, at: i64) -> i64 {
    let mut day = at.div_euclid(DAY);
    while day % 7 >= 5 {
        day += 1;
    }
    day * DAY + chance.between(9 * HOUR, 18 * HOUR)
}

fn year() -> Vec<Lab> {
    let mut chance = Chance(1);
    let mut labs: Vec<Lab> = (0..LABS).map(|_| Lab::default()).collect();
    for _ in 0..EVENTS {
        // Some labs announce ten events, most one or two.
        let lab = &mut labs[((chance.unit() * chance.unit()) * LABS as f64) as usize];
        let day = if chance.unit() < 0.8 { chance.between(NOVEMBER, NOVEMBER + 30) } else { chance.between(20, DAYS) };
        let start = day * DAY + [9, 10, 14, 18][(chance.unit() * 4.0) as usize] * HOUR;
        let ahead = (3 * DAY + chance.after(35 * DAY)).min(start - DAY);
        let typed = at_work(&mut chance, start - ahead);
        let mut changes = vec![typed];
        for _ in 0..chance.few() {
            let wait = chance.after(2 * DAY);
            changes.push(at_work(&mut chance, typed + wait));
        }
        for _ in 0..chance.few() {
            changes.push(start - chance.after(2 * DAY));
        }
        if chance.unit() < 0.06 {
            changes.push(start - chance.between(HOUR, 72 * HOUR));
        }
        lab.changes.extend(changes.into_iter().filter(|at| (typed..start).contains(at)).map(|at| Change { at, start }));
        lab.events.push((typed, start));
    }
    labs.iter_mut().for_each(|lab| lab.changes.sort());
    labs
}

/// What a year of visits cost and brought.
#[derive(Default)]
struct Told {
    visits: usize,
    by_day: Vec<usize>,
    delays: Vec<i64>,
    near: Vec<i64>,
}

fn instant(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

fn visit(labs: &[Lab], wait: impl Fn(&Tempo, Option<Timestamp>, Timestamp) -> Duration) -> Told {
    let mut told = Told { by_day: vec![0; DAYS as usize], ..Told::default() };
    let mut chance = Chance(2);
    for lab in labs {
        let (mut now, mut last, mut next, mut tempo) = (chance.between(0, HOUR), None, 0, Tempo::default());
        while now < DAYS * DAY {
            told.visits += 1;
            told.by_day[(now / DAY) as usize] += 1;
            let first = next;
            while let Some(change) = lab.changes.get(next).filter(|change| change.at <= now) {
                told.delays.push(now - change.at);
                if change.start - change.at < NEAR {
                    told.near.push(now - change.at);
                }
                next += 1;
            }
            if let Some(last) = last {
                tempo = heard(tempo, instant(last), next > first, instant(now));
            }
            last = Some(now);
            let starts = lab.events.iter().filter(|(typed, start)| *typed <= now && *start > now);
            let soonest = starts.map(|(_, start)| instant(*start)).min();
            let wait = wait(&tempo, soonest, instant(now)).mul_f64(0.9 + 0.2 * chance.unit());
            now = later(instant(now), wait).as_second();
        }
    }
    told.delays.sort_unstable();
    told.near.sort_unstable();
    told
}

fn part(sorted: &[i64], percent: usize) -> String {
    let at =
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default();
    format!("{}:{:02}", at / HOUR, at % HOUR / 60)
}

fn row(name: &str, told: &Told) {
    let all = told.visits as f64 / LABS as f64 / DAYS as f64;
    let autumn = &told.by_day[NOVEMBER as usize..NOVEMBER as usize + 30];
    let november = autumn.iter().sum::<usize>() as f64 / LABS as f64 / 30.0;
    let busiest = told.by_day.iter().max().copied().unwrap_or_default() as f64 / LABS as f64;
    let (delays, near) = (&told.delays, &told.near);
    println!(
        "| {name} | {all:.1} | {november:.1} | {busiest:.1} | {} | {} | {} | {} | {} | {} |",
        part(delays, 50),
        part(delays, 90),
        part(delays, 99),
        part(near, 50),
        part(near, 90),
        part(near, 99)
    );
}

fn main() {
    let labs = year();
    let changes: usize = labs.iter().map(|lab| lab.changes.len()).sum();
    println!("{LABS} labs, {EVENTS} events, {changes} changes in a year; delays in h:mm\n");
    println!(
        "| | visits a day, each | in November | busiest day | all: median | p90 | p99 | in the last 48 h: median | p90 | p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let pace = Pace { least: Duration::from_mins(15), longest: Duration::from_hours(6) };
    let worth = visit(&labs, |tempo, next, now| pace.worth(tempo, next, now));
    row("by worth", &worth);
    let interval = Duration::from_secs_f64((LABS as i64 * DAYS * DAY) as f64 / worth.visits as f64);
    let minutes = interval.as_secs() / 60;
    row(&format!("every {}:{:02}", minutes / 60, minutes % 60), &visit(&labs, |_, _, _| interval));
    row("every 0:15", &visit(&labs, |_, _, _| pace.least));
}
