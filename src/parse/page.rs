//! Web pages: the events that they describe for machines, and the feeds that they name.

use super::{Rejected, reject, start_of};
use crate::format::{Hints, Reading};
use crate::programme::Code;

/// Reads a page that was given as if it were a feed: the events it describes, where it describes any.
pub fn read(text: &str, _hints: &Hints) -> Result<Reading, Rejected> {
    Err(reject(Code::WebPage, start_of(text)))
}
