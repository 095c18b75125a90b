//! What this process has spent and holds, as Linux tells it under `/proc/self`.

use std::time::{Duration, Instant};

/// Ticks of `/proc/self/stat` in a second (`getconf CLK_TCK`; 100 on every Linux that Rust runs on).
const TICKS: f64 = 100.0;

/// Processor seconds, of all threads, in user and kernel mode.
pub fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the program stands in brackets and may hold spaces.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    // Fields 14 and 15 of proc(5), the first after the name being 3.
    (ticks(11) + ticks(12)) / TICKS
}

/// Memory in megabytes (10⁶ bytes): `VmRSS` is what is resident now, `VmHWM` the most that ever was.
pub fn memory(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    let kib: f64 = line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024.0 / 1e6
}

/// What something took: seconds on the wall and of processors.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    pub wall: f64,
    pub cpu: f64,
}

/// Measures between [`Watch::start`] and [`Watch::stop`].
pub struct Watch {
    began: Instant,
    cpu: f64,
}

impl Watch {
    pub fn start() -> Watch {
        Watch { began: Instant::now(), cpu: cpu() }
    }

    pub fn stop(&self) -> Spent {
        Spent { wall: self.began.elapsed().as_secs_f64(), cpu: cpu() - self.cpu }
    }
}

/// The middle one; of an even number the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
    (values[low] + values[high]) / 2.0
}

/// The medians of both.
pub fn medians(spent: &[Spent]) -> Spent {
    Spent { wall: median(spent.iter().map(|s| s.wall).collect()), cpu: median(spent.iter().map(|s| s.cpu).collect()) }
}

/// Processor seconds of this thread: other work on the machine does not count. The kernel brings it up to date when its
/// clock ticks, every four milliseconds on many.
fn thread_cpu() -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    schedstat.split_ascii_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// Something to measure, by what it is called.
pub type Way<'a> = (&'a str, Box<dyn FnMut() + 'a>);

/// How long one way is run before another has its turn, in seconds: a hundred ticks.
const TURN: f64 = 0.4;

/// Runs all of these in turn until `least` has passed, three turns at least, and gives the median processor seconds that
/// one run of each took: what slows one down for a while slows down all.
pub fn in_turn(least: Duration, all: &mut [Way<'_>]) -> Vec<f64> {
    let began = Instant::now();
    let mut times = vec![Vec::new(); all.len()];
    while times[0].len() < 3 || began.elapsed() < least {
        for ((_, what), times) in all.iter_mut().zip(&mut times) {
            let (before, mut spent, mut runs) = (thread_cpu(), 0.0, 0);
            while spent < TURN {
                what();
                runs += 1;
                spent = thread_cpu() - before;
            }
            times.push(spent / f64::from(runs));
        }
    }
    times.into_iter().map(median).collect()
}
