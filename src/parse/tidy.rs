//! What holds for entries of every dialect once they are read: links, places, regions, private things.

use crate::format::{Hints, Reading};

/// Puts right what can be put right without guessing, and says so.
pub fn tidy(_reading: &mut Reading, _hints: &Hints) {}
