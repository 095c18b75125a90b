//! JSON into entries: JSON Feed, and the exports of those who list events.

use super::{Rejected, syndication};
use crate::format::{Hints, Reading};

/// Reads JSON of any dialect we know.
pub fn read(text: &str, hints: &Hints) -> Result<Reading, Rejected> {
    syndication::read(text, hints)
}
