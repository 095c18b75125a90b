//! Atom (RFC 4287) with the event profile at level N2: the only place that knows how an event sits in a feed.
//!
//! [`write()`] and [`read()`] are two halves of one contract: what the one writes the other reads back as an equal event.
//! What an author wrote stands in its own elements; all that is said around it (dates in words, a status in the
//! title, labels of codes) is rendering, and reading leaves it aside.

mod news;
mod read;
mod write;

pub use news::write_news;
pub use read::{Document, authored, read};
pub(super) use write::first_slot;
pub use write::{write, write_entry};

/// The media type, with its charset.
pub const CONTENT_TYPE: &str = "application/atom+xml; charset=utf-8";

/// RFC 4287.
pub const ATOM: &str = "http://www.w3.org/2005/Atom";
/// The event profile, version 1.
pub const EVT: &str = "https://w3id.org/essaim/event/1";
/// RSS event module, which N1 uses.
pub const EV: &str = "http://purl.org/rss/1.0/modules/event/";
/// GeoRSS Simple.
pub const GEORSS: &str = "http://www.georss.org/georss";
/// Feed paging and archiving (RFC 5005).
pub const HISTORY: &str = "http://purl.org/syndication/history/1.0";
/// Tombstones (RFC 6721).
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";
/// Threading (RFC 4685).
const THREADING: &str = "http://purl.org/syndication/thread/1.0";
/// XHTML.
const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// What the schemes of our code lists begin with.
const VOCABULARY: &str = "https://w3id.org/essaim/vocab/";
/// The scheme of regions.
pub const REGION_SCHEME: &str = "https://w3id.org/essaim/vocab/region";
/// The relation of a registration page.
const REGISTRATION: &str = "https://w3id.org/essaim/rel/registration";
/// The role of an author who publishes an entry and does not organise its event.
const PUBLISHER: &str = "publisher";

/// The prefixes that the root declares, so that elements of these namespaces need not declare their own.
const PREFIXES: [(&str, &str); 5] = [("at", TOMBSTONES), ("ev", EV), ("evt", EVT), ("fh", HISTORY), ("georss", GEORSS)];
