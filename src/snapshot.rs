//! What is published, rendered at an instant: the bytes and the ETag of every whole output, swapped in by one pointer.
//!
//! A node and an aggregator publish through the same value. It hides caching: readers get bytes that were rendered and
//! compressed once per change, never wait for the database, and never see half of an update.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::format::{Feed, atom, ical, json};
use crate::programme::{Published, Slug};

/// One output, ready to be sent.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its media type, with the charset where that matters.
    pub content_type: &'static str,
    /// When what it says last changed: never the time it was rendered.
    pub modified: Timestamp,
    /// The bytes as they are.
    pub plain: Encoded,
    /// The same for `Content-Encoding: gzip`; absent where it would not be smaller.
    pub gzip: Option<Encoded>,
    /// The same for `Content-Encoding: br`.
    pub brotli: Option<Encoded>,
}

/// Bytes of one encoding, with the strong ETag that belongs to them (RFC 9110 §8.8.3.3: another encoding, another tag).
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The body.
    pub body: Bytes,
    /// With its quotes.
    pub etag: String,
}

/// Bodies below this many bytes are sent as they are: the headers cost more.
const WORTH_COMPRESSING: usize = 512;
/// Middling: each output is compressed once per change, while a round waits for it.
const BROTLI_QUALITY: i32 = 5;

impl Document {
    /// Compresses `body` and names it by its content, so that the same content has the same ETag for ever.
    pub fn new(content_type: &'static str, modified: Timestamp, body: Vec<u8>) -> Document {
        let hash: String = Sha256::digest(&body).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let smaller = |bytes: Vec<u8>, suffix: &str| {
            (bytes.len() < body.len()).then(|| Encoded { body: bytes.into(), etag: format!("\"{hash}-{suffix}\"") })
        };
        let (gzip, brotli) = if body.len() < WORTH_COMPRESSING {
            (None, None)
        } else {
            (smaller(gzip(&body), "gz"), smaller(brotli(&body), "br"))
        };
        Document {
            content_type,
            modified,
            plain: Encoded { body: body.into(), etag: format!("\"{hash}\"") },
            gzip,
            brotli,
        }
    }
}

// Writing to a vector cannot fail; if it ever did, the plain body would be served.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.unwrap_or_else(|_| body.to_vec())
}

fn brotli(body: &[u8]) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams { quality: BROTLI_QUALITY, ..Default::default() };
    let mut out = Vec::new();
    match brotli::BrotliCompress(&mut &body[..], &mut out, &params) {
        Ok(_) => out,
        Err(_) => body.to_vec(),
    }
}

/// A feed with its outputs.
#[derive(Debug)]
pub struct Snapshot {
    /// What is published.
    pub feed: Feed,
    /// `.atom`
    pub atom: Document,
    /// `.ics`
    pub ical: Document,
    /// `.json`
    pub json: Document,
    by_slug: HashMap<Slug, Arc<Published>>,
    /// Slugs that lead elsewhere.
    redirects: HashMap<Slug, Slug>,
}

impl Snapshot {
    /// Renders every whole output.
    pub fn new(feed: Feed, redirects: impl IntoIterator<Item = (Slug, Slug)>) -> Snapshot {
        let modified = feed.head.updated;
        Snapshot {
            atom: Document::new(atom::CONTENT_TYPE, modified, atom::write(&feed)),
            ical: Document::new(ical::CONTENT_TYPE, modified, ical::write(&feed).into_bytes()),
            json: Document::new(json::CONTENT_TYPE, modified, json::write(&feed).into_bytes()),
            by_slug: feed.events.iter().map(|event| (event.slug.clone(), Arc::clone(event))).collect(),
            redirects: redirects.into_iter().collect(),
            feed,
        }
    }

    /// The whole output of this extension, if there is one.
    pub fn output(&self, extension: &str) -> Option<&Document> {
        match extension {
            "atom" => Some(&self.atom),
            "ics" => Some(&self.ical),
            "json" => Some(&self.json),
            _ => None,
        }
    }

    /// The event of a page.
    pub fn event(&self, slug: &Slug) -> Option<&Arc<Published>> {
        self.by_slug.get(slug)
    }

    /// Where a page moved to, when its event became one with another.
    pub fn redirect(&self, slug: &Slug) -> Option<&Slug> {
        self.redirects.get(slug)
    }

    /// The ETag that changes with anything in the feed.
    pub fn etag(&self) -> &str {
        &self.atom.plain.etag
    }
}

/// The extensions of the whole outputs.
pub const OUTPUTS: [&str; 3] = ["atom", "ics", "json"];

/// The pointer that readers follow.
#[derive(Debug)]
pub struct Current {
    snapshot: ArcSwap<Snapshot>,
    told: watch::Sender<()>,
}

impl Current {
    /// Starts with a first snapshot.
    pub fn new(snapshot: Snapshot) -> Current {
        Current { snapshot: ArcSwap::from_pointee(snapshot), told: watch::Sender::new(()) }
    }

    /// What is published now; whoever holds it keeps seeing this one.
    pub fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Publishes another, for everyone at once.
    pub fn publish(&self, snapshot: Snapshot) {
        self.snapshot.store(Arc::new(snapshot));
        self.told.send_replace(());
    }

    /// Hears of every publication from now on.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.told.subscribe()
    }
}
