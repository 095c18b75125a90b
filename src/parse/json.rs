//! JSON into entries: JSON Feed, and the exports of those who list events.

use serde_json::Value;

use super::{Rejected, json_feed, reject};
use crate::format::{Hints, Reading};
use crate::programme::Code;

/// Values inside each other beyond which a document is refused.
const DEEPEST: usize = 64;
/// Values of one document beyond which it is refused before it is built: an entry of ours has some 60.
const MOST_VALUES: usize = 400_000;

/// Reads JSON of any dialect we know.
pub fn read(text: &str, hints: &Hints) -> Result<Reading, Rejected> {
    let value: Value = bounded(text)
        .and_then(|()| serde_json::from_str(text).map_err(|error| reject(Code::NotAFeed, &error.to_string())))?;
    json_feed::read(&value, hints)
}

fn bounded(text: &str) -> Result<(), Rejected> {
    let (mut depth, mut values, mut quoted, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => (depth, values) = (depth + 1, values + 1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Err(reject(Code::TooMuch, &format!("more than {DEEPEST} levels")));
        }
        if values > MOST_VALUES {
            return Err(reject(Code::TooMuch, &format!("more than {MOST_VALUES} values")));
        }
    }
    Ok(())
}
