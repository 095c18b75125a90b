//! iCalendar (RFC 5545, RFC 7986) into entries.

use super::{Rejected, reject};
use crate::format::{Hints, Reading};
use crate::programme::Code;

/// Reads a calendar.
pub fn read(_text: &str, _hints: &Hints) -> Result<Reading, Rejected> {
    Err(reject(Code::NotAFeed, "text/calendar"))
}
