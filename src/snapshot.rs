//! What is published, at an instant: the bytes and the ETag of every whole output, swapped in by one pointer.
//!
//! A node and an aggregator publish through the same value. It hides caching: each output is rendered when it is first
//! asked for, once per change, and compressed once for each encoding that anyone takes, so that a change costs what is
//! read of it. Readers never wait for the database, and never see half of an update.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::event::text::hex;
use crate::format::{Feed, atom, ical, json, jsonld, rss, sheet};
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
    gzip: OnceLock<Option<Encoded>>,
    brotli: OnceLock<Option<Encoded>>,
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
/// Middling: the first who asks waits for it.
const BROTLI_QUALITY: i32 = 5;

impl Document {
    /// Names `body` by its content, so that the same content has the same ETag for ever.
    pub fn new(content_type: &'static str, modified: Timestamp, body: Vec<u8>) -> Document {
        let hash = hex(&Sha256::digest(&body)[..16]);
        Document {
            content_type,
            modified,
            plain: Encoded { body: body.into(), etag: format!("\"{hash}\"") },
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
        }
    }

    /// The same for `Content-Encoding: gzip`; `None` where it would not be smaller.
    pub fn gzip(&self) -> Option<&Encoded> {
        self.gzip.get_or_init(|| self.smaller("gz", gzip)).as_ref()
    }

    /// The same for `Content-Encoding: br`; `None` where it would not be smaller.
    pub fn brotli(&self) -> Option<&Encoded> {
        self.brotli.get_or_init(|| self.smaller("br", brotli)).as_ref()
    }

    fn smaller(&self, suffix: &str, compress: fn(&[u8]) -> Vec<u8>) -> Option<Encoded> {
        let plain = &self.plain;
        if plain.body.len() < WORTH_COMPRESSING {
            return None;
        }
        let body = compress(&plain.body);
        let etag = format!("{}-{suffix}\"", plain.etag.trim_end_matches('"'));
        (body.len() < plain.body.len()).then(|| Encoded { body: body.into(), etag })
    }

    /// How many bytes it may come to hold: of text, both compressed forms together are smaller than the text.
    pub fn weight(&self) -> usize {
        2 * self.plain.body.len()
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

/// The extensions of the whole outputs.
pub const OUTPUTS: [&str; 6] = ["atom", "rss", "json", "ics", "csv", "jsonld"];

/// A feed with its outputs.
#[derive(Debug)]
pub struct Snapshot {
    /// What is published.
    pub feed: Feed,
    outputs: [OnceLock<Document>; OUTPUTS.len()],
    by_slug: HashMap<Slug, Arc<Published>>,
    /// Slugs that lead elsewhere.
    redirects: HashMap<Slug, Slug>,
}

impl Snapshot {
    /// A feed with its outputs still to be rendered.
    pub fn new(feed: Feed, redirects: impl IntoIterator<Item = (Slug, Slug)>) -> Snapshot {
        Snapshot {
            outputs: Default::default(),
            by_slug: feed.events.iter().map(|event| (event.slug.clone(), Arc::clone(event))).collect(),
            redirects: redirects.into_iter().collect(),
            feed,
        }
    }

    /// The whole output of an extension, if there is such a one. The first call after a change takes as long as
    /// rendering does.
    pub fn output(&self, extension: &str) -> Option<&Document> {
        let at = OUTPUTS.iter().position(|known| *known == extension)?;
        Some(self.outputs[at].get_or_init(|| {
            let feed = &self.feed;
            let (content_type, body) = match extension {
                "atom" => (atom::CONTENT_TYPE, atom::write(feed)),
                "rss" => (rss::CONTENT_TYPE, rss::write(feed).into_bytes()),
                "ics" => (ical::CONTENT_TYPE, ical::write(feed).into_bytes()),
                "csv" => (sheet::CSV_TYPE, sheet::write_csv(feed, sheet::Detail::Columns)),
                "jsonld" => (jsonld::CONTENT_TYPE, jsonld::write(feed).into_bytes()),
                _ => (json::CONTENT_TYPE, json::write(feed).into_bytes()),
            };
            Document::new(content_type, feed.head.updated, body)
        }))
    }

    /// The event of a page.
    pub fn event(&self, slug: &Slug) -> Option<&Arc<Published>> {
        self.by_slug.get(slug)
    }

    /// Where a page moved to, when its event became one with another.
    pub fn redirect(&self, slug: &Slug) -> Option<&Slug> {
        self.redirects.get(slug)
    }
}

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
